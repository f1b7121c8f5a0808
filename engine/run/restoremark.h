#pragma once

#include "engine/run/lock.h"

/// How a backup that only reads, and so takes no lock, finds out that a restore began, or began and ended, while it read: the ConfigMap
/// `scalekeep-last`, which every process that works on a restore writes under its lock and before its first change, and which stays in the namespace.
/// Blocking, thread-safe.
namespace scalekeep::run {

/// Whether its holder may change data: what is read beside it may be neither old nor new. Stopping writers, as a backup does, is no such change.
bool mayWriteData(const LockInfo& holder);

/// Says that this holder of the lock begins to change the namespace.
Result<void> markRestore(const oc::Client& client, const LockInfo& holder);

/// The mark as it is now (empty: none yet); Locked while somebody who may change data holds the lock.
Result<QString> restoreMark(const oc::Client& client);

/// Conflict when a restore holds the lock or has begun since that mark. `before` unknown: only the lock can tell.
Result<void> noRestoreSince(const oc::Client& client, const std::optional<QString>& before);

} // namespace scalekeep::run
