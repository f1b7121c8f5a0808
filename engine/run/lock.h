#pragma once

#include "engine/oc/client.h"

#include <QDateTime>

#include <memory>
#include <mutex>

namespace scalekeep::run {

/// The lock object of a namespace (ConfigMap `scalekeep-lock`, created atomically): one changing run at a time, also between
/// workstations. It also keeps the *originals* (replica counts, paused states) until the run is closed, so that a crashed run's zeros
/// never become the next run's originals.
struct LockInfo {
    QString nonce, runId, owner, host, purpose;
    QDateTime since;
    QJsonObject originals;
    bool operator==(const LockInfo&) const = default;
};

class Lock {
public:
    /// Locked says who holds it, since when and from which host, with `unlock` as the way out.
    static Result<std::unique_ptr<Lock>> acquire(const oc::Client& client, const LockInfo& info);
    /// Takes over an existing lock of the same run (resume, undo).
    static Result<std::unique_ptr<Lock>> adopt(const oc::Client& client, const QString& runId);
    static Result<std::optional<LockInfo>> show(const oc::Client& client);
    static Result<void> breakLock(const oc::Client& client);
    /// What to do about a namespace that this run holds, in sentences.
    static QString remedy(const LockInfo& holder, const QString& namespaceName);

    /// Locked when the nonce in the namespace is no longer ours: checked before every changing step.
    [[nodiscard]] Result<void> check() const;
    /// Adds to the originals; a key that is there already keeps its first value.
    Result<void> remember(const QString& key, const QJsonValue& original);
    [[nodiscard]] QJsonObject originals() const;
    Result<void> release();
    [[nodiscard]] const LockInfo& info() const { return m_info; }

private:
    Lock(const oc::Client& client, LockInfo info);
    oc::Client m_client;
    LockInfo m_info;
    mutable std::mutex m_mutex;
};

} // namespace scalekeep::run
