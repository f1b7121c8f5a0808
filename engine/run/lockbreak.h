#pragma once

#include "engine/catalog/catalog.h"
#include "engine/run/lock.h"

#include <optional>

namespace scalekeep::run {

/// What goes with a lock that is removed; fields without content are left out.
QJsonObject memoryOf(const LockInfo& lock);

/// How the removal of a lock from outside its run has ended.
struct Broken {
    std::optional<Error> error = {};
    QString file = {};      ///< what the lock remembered, for who puts back by hand; empty: the lock was left as it was
    bool begun = false;     ///< the lock was taken from its holder, or may have been: with an error, it is there or not
};
/// Saves what the lock remembers in `locks/` under `home`, then removes the lock that was seen, and no other. Without the file nothing is removed.
Broken breakLock(const oc::Client& client, const QString& home, const LockInfo& seen);

/// What putting back from a lock alone needs: who does it, and the catalogue of what is there now.
struct BeforePutBack {
    QString identity;
    catalog::Catalog catalog;
};
/// Read anew, the namespace's secrets taught to the redactor; last of all, that the lock is still the one that was seen.
Result<BeforePutBack> lookBeforePutBack(const oc::Client& client, Redactor& redactor, const QString& catalogueFolder, const LockInfo& seen);

} // namespace scalekeep::run
