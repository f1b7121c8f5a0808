#pragma once

#include "engine/run/handler.h"
#include "engine/run/lock.h"

namespace scalekeep::restore {

/// Puts back what a lost run has left, from what its lock remembers alone: ends its loaders, removes its helper pods and staged files (dumps hold
/// secrets), swaps files and Redis back that lie aside on their volumes, then paused rollouts, replica fields and counts. While data is neither old
/// nor new, or of different times, nothing is started: `halfLoaded` and `mixed` name it. May be repeated.
struct PutBack {
    QStringList halfLoaded;     ///< components that must be restored first
    QStringList mixed;          ///< components that a run has loaded already, while the rest may hold what was there before; empty: there is none, or it is accepted
    QStringList started;        ///< workloads that were scaled up
};
/// `step`: whose client, log and lock are used. `nonces`: of the lost run, and of those whose lock it had taken over, the last one first.
/// `acceptMixed`: somebody knows what has been loaded and what has not.
Result<PutBack> putBack(run::StepRun& step, const QStringList& nonces, const run::Handlers& handlers, bool acceptMixed);

/// For a namespace that is not worked on by a run of this program: takes the lock over (the lost run, should it live, stops before its next change),
/// puts back, and removes the lock, or leaves it to a restore. `seen`: the lock that somebody was shown; another one is not taken.
Result<PutBack> takeOver(const oc::Client& client, const catalog::Catalog& catalog, Redactor& redactor, const QString& operatorIdentity, const std::function<void(const QString&)>& log, bool acceptMixed = false,
                         const run::LockInfo* seen = nullptr);

/// workloads.putBack: the same at the end of a restore that took such a lock over. Knows the actions that are registered before it.
void registerPutBackHandler(run::Handlers& handlers);

} // namespace scalekeep::restore
