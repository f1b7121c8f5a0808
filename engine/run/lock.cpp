#include "engine/run/lock.h"

#include <QJsonDocument>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString lockName = u"scalekeep-lock"_s;

QJsonObject toObject(const LockInfo& info, const QString& namespaceName, const QString& resourceVersion = {})
{
    QJsonObject metadata{{u"name"_s, lockName},
                         {u"namespace"_s, namespaceName},
                         {u"labels"_s, QJsonObject{{u"app.kubernetes.io/managed-by"_s, u"scalekeep"_s}}}};
    if (!resourceVersion.isEmpty())
        metadata[u"resourceVersion"] = resourceVersion;
    return {{u"apiVersion"_s, u"v1"_s},
            {u"kind"_s, u"ConfigMap"_s},
            {u"metadata"_s, metadata},
            {u"data"_s, QJsonObject{{u"nonce"_s, info.nonce},
                                    {u"runId"_s, info.runId},
                                    {u"owner"_s, info.owner},
                                    {u"host"_s, info.host},
                                    {u"purpose"_s, info.purpose},
                                    {u"since"_s, info.since.toString(Qt::ISODate)},
                                    {u"originals"_s, QString::fromUtf8(QJsonDocument(info.originals).toJson(QJsonDocument::Compact))}}}};
}

LockInfo fromObject(const QJsonObject& object)
{
    const QJsonObject data = object[u"data"].toObject();
    return {.nonce = data[u"nonce"].toString(),
            .runId = data[u"runId"].toString(),
            .owner = data[u"owner"].toString(),
            .host = data[u"host"].toString(),
            .purpose = data[u"purpose"].toString(),
            .since = QDateTime::fromString(data[u"since"].toString(), Qt::ISODate),
            .originals = QJsonDocument::fromJson(data[u"originals"].toString().toUtf8()).object()};
}

Error heldBy(const LockInfo& info, const QString& namespaceName)
{
    return {ErrorCode::Locked,
            u"Namespace %1 is locked: %2 by %3 on %4 since %5 (run %6)."_s.arg(namespaceName, info.purpose, info.owner, info.host, info.since.toString(Qt::ISODate), info.runId),
            {}, u"Nothing was changed. "_s + Lock::remedy(info, namespaceName)};
}
} // namespace

// Not stopped with the run: a cancelled one is undone under its lock, and then releases it.
Lock::Lock(const oc::Client& client, LockInfo info) : m_client(client.withObserver({}, {})), m_info(std::move(info)) {}

Result<std::unique_ptr<Lock>> Lock::acquire(const oc::Client& client, const LockInfo& info)
{
    const QString& namespaceName = client.connection().namespaceName;
    if (const auto created = client.create(toObject(info, namespaceName)); !created) {
        if (created.error().code != ErrorCode::AlreadyExists)
            return fail(created.error());
        const auto holder = show(client);
        if (holder && *holder)
            return fail(heldBy(**holder, namespaceName));
        return fail(ErrorCode::Locked, u"Namespace %1 was locked by another run a moment ago."_s.arg(namespaceName), u"Nothing was changed. Try again."_s);
    }
    return std::unique_ptr<Lock>(new Lock(client, info));
}

Result<std::unique_ptr<Lock>> Lock::adopt(const oc::Client& client, const QString& runId)
{
    const auto holder = show(client);
    if (!holder)
        return fail(holder.error());
    if (!*holder)
        return fail(ErrorCode::NotFound, u"Namespace %1 is not locked by run %2 any more."_s.arg(client.connection().namespaceName, runId));
    if ((*holder)->runId != runId)
        return fail(heldBy(**holder, client.connection().namespaceName));
    return std::unique_ptr<Lock>(new Lock(client, **holder));
}

Result<std::optional<LockInfo>> Lock::show(const oc::Client& client)
{
    const auto object = client.get(u"configmap"_s, lockName);
    if (!object) {
        if (object.error().code == ErrorCode::NotFound)
            return std::optional<LockInfo>{};
        return fail(object.error());
    }
    return std::optional(fromObject(*object));
}

QString Lock::remedy(const LockInfo& holder, const QString& namespaceName)
{
    return u"Wait until that run ends. If it was interrupted, go on with it on %3: scalekeep-cli resume %2, or scalekeep-cli undo %2. Only if its journal is lost there, "
           "remove the lock with: scalekeep-cli unlock CLUSTER/%1 --confirm %1"_s.arg(namespaceName, holder.runId, holder.host);
}

Result<void> Lock::breakLock(const oc::Client& client)
{
    return client.remove(u"configmap"_s, lockName);
}

Result<void> Lock::check() const
{
    const auto holder = show(m_client);
    if (!holder)
        return fail(holder.error());
    if (!*holder)
        return fail(ErrorCode::Locked, u"The lock of namespace %1 was removed while this run was working."_s.arg(m_client.connection().namespaceName),
                    u"The run stopped before its next change. Find out who removed the lock before you resume or undo."_s);
    if ((*holder)->nonce != m_info.nonce)
        return fail(heldBy(**holder, m_client.connection().namespaceName));
    return {};
}

Result<void> Lock::remember(const QString& key, const QJsonValue& original)
{
    const std::lock_guard lock(m_mutex);
    if (m_info.originals.contains(key))
        return {};
    const auto current = m_client.get(u"configmap"_s, lockName);
    if (!current)
        return fail(current.error());
    if (fromObject(*current).nonce != m_info.nonce)
        return fail(heldBy(fromObject(*current), m_client.connection().namespaceName));
    LockInfo updated = m_info;
    updated.originals[key] = original;
    const auto replaced = m_client.replace(toObject(updated, m_client.connection().namespaceName, (*current)[u"metadata"][u"resourceVersion"].toString()));
    if (!replaced)
        return fail(replaced.error());
    m_info = updated;
    return {};
}

QJsonObject Lock::originals() const
{
    const std::lock_guard lock(m_mutex);
    return m_info.originals;
}

Result<void> Lock::release()
{
    if (const auto held = check(); !held)
        return held;
    return m_client.remove(u"configmap"_s, lockName);
}

} // namespace scalekeep::run
