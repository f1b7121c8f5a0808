#pragma once

#include "models/backup/plancontent.h"

#include <QDateTime>

/// Saved plans: one JSON file each (0600) in the plans folder, named by a digest of the plan's name. Blocking, for workers.
namespace scalekeep::models::planstore {

struct Saved {
    QString name;
    QDateTime saved;
    bool operator==(const Saved&) const = default;
};

inline constexpr qsizetype longestPlanName = 80;

/// Empty when the name may be used; otherwise why not.
QString nameProblem(const QString& name);
/// By name; files that are no plans are left out.
QList<Saved> list(const QString& folder);
Result<PlanContent> load(const QString& folder, const QString& name);
/// AlreadyExists without `overwrite` when there is one of that name.
Result<void> save(const QString& folder, const QString& name, const PlanContent& content, bool overwrite);
Result<void> rename(const QString& folder, const QString& from, const QString& to);
Result<void> remove(const QString& folder, const QString& name);

} // namespace scalekeep::models::planstore
