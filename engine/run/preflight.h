#pragma once

#include "engine/catalog/catalog.h"
#include "engine/oc/client.h"
#include "engine/run/check.h"

/// Checks that every run needs; a feature adds its own. They change nothing.
namespace scalekeep::run::preflight {

/// One SelfSubjectRulesReview against what the plan's verbs need.
struct Need { QString verb, group, resource; }; ///< resource may be "pods/exec"
Check rights(const oc::Client& client, const QList<Need>& needs);
/// Ready pods of the stores and of the file tree's workload. `required`: a missing pod fails the check, else it is a warning.
Check podsReady(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components, bool required);
/// The programs that the procedures use, in every container that they use.
Check tools(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components);
Check localSpace(const QString& path, qint64 needed);
/// `mayTakeOver`: what a lost run has left is a warning.
Check notLocked(const oc::Client& client, bool mayTakeOver = false);
Check noRollout(const cluster::Inventory& inventory);

} // namespace scalekeep::run::preflight
