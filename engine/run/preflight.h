#pragma once

#include "engine/catalog/catalog.h"
#include "engine/oc/client.h"
#include "engine/run/check.h"
#include "engine/run/lock.h"
#include "engine/run/rights.h"

/// Checks that every run needs; a feature adds its own. They change nothing.
namespace scalekeep::run::preflight {

using run::Need;

/// One SelfSubjectRulesReview against what the plan's verbs need. `unknown`: actions of which nothing is known fail the check.
Check rights(const oc::Client& client, const QList<Need>& needs, const QStringList& unknown = {});
/// Ready pods of the stores and of the file tree's workload. `required`: a missing pod fails the check, else it is a warning.
Check podsReady(const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components, bool required);
/// The programs that the procedures use, in every container that they use. A restore needs more of them; there a container that does not answer is a
/// warning, for it may be what the restore is to mend.
enum class Purpose { Backup, Restore };
Check tools(const oc::Client& client, const catalog::Catalog& catalog, const cluster::Inventory& inventory, const QStringList& components, Purpose purpose = Purpose::Backup);
Check localSpace(const QString& path, qint64 needed);
/// `mayTakeOver`: what a lost run has left is a warning.
Check notLocked(const oc::Client& client, bool mayTakeOver = false);
/// For a backup that changes nothing: it may run beside another backup, but what a restore writes is neither old nor new. `holder`: as Lock::show() answers.
Check notBeingRestored(const Result<std::optional<LockInfo>>& holder, const QString& namespaceName);
/// A rollout of one of the `decisive` workloads fails the check: its hooks or its new pod would meet data that is being loaded. Others are a warning.
Check noRollout(const cluster::Inventory& inventory, const QStringList& decisive = {});

} // namespace scalekeep::run::preflight
