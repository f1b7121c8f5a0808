#pragma once

#include "models/common/components.h"

#include <QJsonObject>

/// What a user puts together for a backup, as a value: undo keeps copies of it, files hold it as JSON.
namespace scalekeep::models {

/// Components of one namespace, by catalogue id.
struct Selection {
    NamespaceRef where;
    QStringList components;
    bool operator==(const Selection&) const = default;
};

struct PlanOptions {
    QString folder;          ///< where the bundles go
    bool quiesce = false;
    bool verifyAfterwards = true;
    bool compress = true;    ///< in the pod
    int parallel = 3;        ///< streams at once
    bool operator==(const PlanOptions&) const = default;
};

struct PlanContent {
    QList<Selection> selections;
    PlanOptions options;
    [[nodiscard]] const Selection* selection(const NamespaceRef& where) const;
    bool operator==(const PlanContent&) const = default;
};

inline constexpr int mostParallelStreams = 8;

QJsonObject toJson(const PlanContent& content);
/// A file of unknown origin: bounded numbers and lengths, plain names only; BadInput says what is wrong.
Result<PlanContent> planContentFromJson(const QJsonObject& json);

} // namespace scalekeep::models
