#pragma once

#include "engine/oc/client.h"

#include <QDateTime>

#include <memory>
#include <mutex>

namespace scalekeep::run {

/// The lock object of a namespace (ConfigMap `scalekeep-lock`, created atomically): one changing run at a time, also between
/// workstations. It also keeps the *originals* (replica counts, paused states) until the run is closed, so that a crashed run's zeros
/// never become the next run's originals, and which components' data is *in flight*: all that is needed where the journal is lost.
struct LockInfo {
    QString nonce, runId, owner, host, purpose;
    QString holder = {};           ///< of the process that works now: whoever takes the run over puts another one there, and so stops the one before
    QDateTime since;
    QString bundle = {}, safetyBundle = {}; ///< paths on `host`
    QJsonObject originals;
    QJsonObject inFlight = {};     ///< component -> {step, action, nonce of the run, since}: its data is neither the old nor the new
    QJsonObject loaded = {};       ///< component -> the run that loaded it: it holds a bundle's data, while others may still hold what was there before
    bool left = false;          ///< nobody works on it any more: a restore may take it over with what it remembers
    QJsonObject inherited = {};    ///< by whom it was left when it was taken over, and what was in flight and loaded then: {runId, nonces (of those before it, too), inFlight, loaded, closed,
                                   ///< lock: the rest of it but the originals, for release(); missing in one of an earlier version}
    bool operator==(const LockInfo&) const = default;
};

/// Thread-safe; blocking. Every change of the object is refused by the server when somebody else has changed it meanwhile.
class Lock {
public:
    /// Locked says who holds it, since when and from which host, and the way out. `mayTakeOver`: one that a lost run has left is taken over.
    /// Not stopped with the client's token: a creation that is cut off would leave a lock of which nobody knows.
    static Result<std::unique_ptr<Lock>> acquire(const oc::Client& client, const LockInfo& info, bool mayTakeOver = false);
    /// Whether the lock may be there although acquire() failed so: the client was cut off before it said.
    static bool isUnclear(const Error& error);
    /// Takes over the lock of the same run (resume, undo): whoever held it before is stopped before his next change. With `seen`: only if it is
    /// still that one, as somebody was shown it. Without `owner`, owner and host stay: the paths are on that host, and the journal.
    static Result<std::unique_ptr<Lock>> adopt(const oc::Client& client, const QString& runId, const QString& owner, const QString& host, const LockInfo* seen = nullptr);
    static Result<std::optional<LockInfo>> show(const oc::Client& client);
    /// The same from objects that were read already.
    static std::optional<LockInfo> among(const QJsonArray& objects);
    /// NotFound or Conflict when the lock that was seen is gone, is another one, or has changed since.
    static Result<void> heldAsSeen(const oc::Client& client, const LockInfo& seen);
    /// Takes the lock that was seen from its holder, who stops before his next change; refused like heldAsSeen(), by the server up to the last moment.
    /// Its run cannot adopt it any more: what it would remember would go with the lock.
    static Result<void> claim(const oc::Client& client, const LockInfo& seen);
    /// Removes what is there, whoever holds it: claim() it first, see breakLock() in lockbreak.h.
    static Result<void> breakLock(const oc::Client& client);
    /// Somebody has taken it by claim(), and it was not removed, or not yet.
    static bool isBeingRemoved(const LockInfo& holder);
    /// Where what its run has overwritten is, and what lost runs have that it took over: sentences with a blank before each; empty: nowhere.
    static QString safetyOf(const LockInfo& holder);
    /// What holds the namespace, and what to do about it, in sentences.
    static QString describe(const LockInfo& holder);
    static QString remedy(const LockInfo& holder, const QString& namespaceName);

    /// Locked when the lock in the namespace is no longer ours: checked before every changing step.
    [[nodiscard]] Result<void> check() const;
    /// The same run is worked on by another process: its files are in use.
    [[nodiscard]] bool goesOnElsewhere() const;
    /// Adds to the originals; a key that is there already keeps its first value.
    Result<void> remember(const QString& key, const QJsonValue& original);
    [[nodiscard]] QJsonObject originals() const;
    /// Says that a step, or its undo, is about to overwrite a component's data.
    Result<void> endanger(const QString& component, const QString& step, const QString& action);
    /// The data is proven, or back. What was in flight or loaded before this run is so again by an undo.
    Result<void> settle(const QString& component, bool proven);
    /// What it held before the lost run that was the first to overwrite it is back: not in flight any more, also for those that took over.
    Result<void> settleInherited(const QString& component);
    /// Says that objects of a component are about to become the bundle's: of these there is nothing between old and new.
    Result<void> noteLoaded(const QString& component);
    [[nodiscard]] QJsonObject loaded() const;
    [[nodiscard]] QJsonObject inFlight() const;
    /// In flight since before this run: an undo leaves it so.
    [[nodiscard]] QJsonObject inheritedInFlight() const;
    /// The originals of the run before are put back (or, by an undo, away again): release() removes the lock then.
    Result<void> closeInheritance(bool closed);
    /// Leaves the lock to whoever takes over (`unlock --put-back`, a restore).
    Result<void> leave();
    /// Removes it, or leaves it as it was taken over: to its run of before, with the bundles of that one.
    Result<void> release();
    [[nodiscard]] LockInfo info() const;

private:
    Lock(const oc::Client& client, LockInfo info);
    Result<void> update(const LockInfo& updated);
    oc::Client m_client;
    LockInfo m_info;
    mutable std::mutex m_mutex;
};

} // namespace scalekeep::run
