#include "engine/run/lock.h"

#include "engine/base/files.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString lockName = u"scalekeep-lock"_s;
const QString beingRemoved = u" (being removed)"_s; // no run's id ends so: none adopts a lock with it

QByteArray compact(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QJsonObject parsed(const QJsonValue& text)
{
    return QJsonDocument::fromJson(text.toString().toUtf8()).object();
}

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
                                    {u"holder"_s, info.holder},
                                    {u"purpose"_s, info.purpose},
                                    {u"since"_s, info.since.toString(Qt::ISODate)},
                                    {u"bundle"_s, info.bundle},
                                    {u"safetyBundle"_s, info.safetyBundle},
                                    {u"originals"_s, QString::fromUtf8(compact(info.originals))},
                                    {u"inFlight"_s, QString::fromUtf8(compact(info.inFlight))},
                                    {u"loaded"_s, QString::fromUtf8(compact(info.loaded))},
                                    {u"left"_s, info.left ? u"yes"_s : u"no"_s},
                                    {u"inherited"_s, QString::fromUtf8(compact(info.inherited))}}}};
}

LockInfo fromObject(const QJsonObject& object)
{
    const QJsonObject data = object[u"data"].toObject();
    return {.nonce = data[u"nonce"].toString(),
            .runId = data[u"runId"].toString(),
            .owner = data[u"owner"].toString(),
            .host = data[u"host"].toString(),
            .purpose = data[u"purpose"].toString(),
            .holder = data[u"holder"].toString(),
            .since = QDateTime::fromString(data[u"since"].toString(), Qt::ISODate),
            .bundle = data[u"bundle"].toString(),
            .safetyBundle = data[u"safetyBundle"].toString(),
            .originals = parsed(data[u"originals"]),
            .inFlight = parsed(data[u"inFlight"]),
            .loaded = parsed(data[u"loaded"]),
            .left = data[u"left"].toString() == u"yes",
            .inherited = parsed(data[u"inherited"])};
}

/// What a run that takes this lock over keeps of it: for its put-back, and to leave it as it was. No originals: it goes into the journal, too.
QJsonObject inheritanceOf(const LockInfo& there)
{
    QJsonArray nonces = there.inherited[u"closed"].toBool() ? QJsonArray{} : there.inherited[u"nonces"].toArray();
    nonces.prepend(there.nonce);
    return {{u"runId"_s, there.runId},
            {u"nonces"_s, nonces},
            {u"inFlight"_s, there.inFlight},
            {u"loaded"_s, there.loaded},
            {u"lock"_s, QJsonObject{{u"nonce"_s, there.nonce},
                                    {u"owner"_s, there.owner},
                                    {u"host"_s, there.host},
                                    {u"purpose"_s, there.purpose},
                                    {u"since"_s, there.since.toString(Qt::ISODate)},
                                    {u"bundle"_s, there.bundle},
                                    {u"safetyBundle"_s, there.safetyBundle},
                                    {u"inherited"_s, there.inherited}}}};
}

/// The lock of the run before once more, which names the bundles that belong to its data; what has been settled since stays so.
LockInfo asTakenOver(LockInfo info)
{
    const QJsonObject before = info.inherited.value(u"lock").toObject();
    if (before.isEmpty()) // taken over by an earlier version of this program
        return info;
    info.runId = info.inherited.value(u"runId").toString();
    info.nonce = before.value(u"nonce").toString();
    info.owner = before.value(u"owner").toString();
    info.host = before.value(u"host").toString();
    info.purpose = before.value(u"purpose").toString();
    info.since = QDateTime::fromString(before.value(u"since").toString(), Qt::ISODate);
    info.bundle = before.value(u"bundle").toString();
    info.safetyBundle = before.value(u"safetyBundle").toString();
    info.inherited = before.value(u"inherited").toObject();
    QJsonObject older = info.inherited.value(u"inFlight").toObject();
    for (const QString& component : older.keys()) {
        if (!info.inFlight.contains(component))
            older.remove(component);
    }
    if (info.inherited.contains(u"inFlight"))
        info.inherited[u"inFlight"] = older;
    return info;
}

/// What is in flight has its own remedy.
QStringList loadedOnly(const LockInfo& info)
{
    QStringList names = info.loaded.keys();
    names.removeIf([&info](const QString& name) { return info.inFlight.contains(name); });
    return names;
}

Error heldBy(const LockInfo& info, const QString& namespaceName)
{
    return {ErrorCode::Locked, u"Namespace %1 is locked: %2"_s.arg(namespaceName, Lock::describe(info)), {}, u"Nothing was changed. "_s + Lock::remedy(info, namespaceName)};
}

Error changedSince(const QString& namespaceName)
{
    return {ErrorCode::Conflict, u"The lock of %1 has changed since it was shown."_s.arg(namespaceName), {}, u"Nothing was changed. Look who holds it now, and whether that run still works."_s};
}

/// The object, if its lock is the one that was seen.
Result<QJsonObject> asSeen(const oc::Client& client, const LockInfo& seen)
{
    const auto object = client.get(u"configmap"_s, lockName);
    if (!object && object.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::NotFound, u"Namespace %1 is not locked any more."_s.arg(client.connection().namespaceName), u"Nothing was changed."_s);
    if (object && fromObject(*object) != seen)
        return fail(changedSince(client.connection().namespaceName));
    return object;
}
} // namespace

// Not stopped with the run: a cancelled one is undone under its lock, and then releases it.
Lock::Lock(const oc::Client& client, LockInfo info) : m_client(client.withObserver({}, {})), m_info(std::move(info)) {}

bool Lock::isUnclear(const Error& error)
{
    return error.code == ErrorCode::Unreachable || error.code == ErrorCode::Timeout || error.code == ErrorCode::Cancelled || error.code == ErrorCode::Io;
}

Result<std::unique_ptr<Lock>> Lock::acquire(const oc::Client& stoppable, const LockInfo& info, bool mayTakeOver)
{
    const oc::Client client = stoppable.withObserver({}, {});
    const QString& namespaceName = client.connection().namespaceName;
    LockInfo wanted = info;
    wanted.holder = randomHex(8);
    std::unique_ptr<Lock> lock(new Lock(client, wanted));
    const auto created = client.create(toObject(wanted, namespaceName));
    if (created)
        return lock;
    // The answer to the creation may have been lost: then the lock that is there is this one.
    const bool unclear = isUnclear(created.error()) || created.error().code == ErrorCode::BadInput;
    if (created.error().code != ErrorCode::AlreadyExists && !unclear)
        return fail(created.error());
    const auto object = client.get(u"configmap"_s, lockName);
    if (unclear && !object)
        return fail(isUnclear(object.error()) ? object.error() : created.error());
    if (!object)
        return fail(ErrorCode::Locked, u"Namespace %1 was locked by another run a moment ago."_s.arg(namespaceName), u"Nothing was changed. Try again."_s);
    const LockInfo there = fromObject(*object);
    if (there.holder == wanted.holder)
        return lock;
    if (!there.left || !mayTakeOver)
        return fail(heldBy(there, namespaceName));
    wanted.originals = there.originals;
    wanted.inFlight = there.inFlight;
    wanted.loaded = there.loaded;
    wanted.inherited = inheritanceOf(there);
    if (const auto taken = client.replace(toObject(wanted, namespaceName, (*object)[u"metadata"][u"resourceVersion"].toString())); !taken) {
        const auto now = show(client);
        if (!now && isUnclear(now.error()))
            return fail(now.error());
        if (!now || !*now || (*now)->holder != wanted.holder)
            return fail(taken.error());
    }
    return std::unique_ptr<Lock>(new Lock(client, wanted));
}

Result<std::unique_ptr<Lock>> Lock::adopt(const oc::Client& client, const QString& runId, const QString& owner, const QString& host, const LockInfo* seen)
{
    const QString& namespaceName = client.connection().namespaceName;
    const auto object = client.get(u"configmap"_s, lockName);
    if (!object && object.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::NotFound, u"Namespace %1 is not locked by run %2 any more."_s.arg(namespaceName, runId));
    if (!object)
        return fail(object.error());
    LockInfo info = fromObject(*object);
    if (info.runId != runId)
        return fail(heldBy(info, namespaceName));
    if (seen && info != *seen)
        return fail(changedSince(namespaceName));
    info.holder = randomHex(8);
    if (!owner.isEmpty()) {
        info.owner = owner;
        info.host = host;
    }
    if (isBeingRemoved(info)) // that failed
        info.runId.chop(beingRemoved.size());
    info.left = false;
    if (const auto taken = client.replace(toObject(info, namespaceName, (*object)[u"metadata"][u"resourceVersion"].toString())); !taken)
        return fail(taken.error());
    return std::unique_ptr<Lock>(new Lock(client, info));
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

std::optional<LockInfo> Lock::among(const QJsonArray& objects)
{
    for (const QJsonValue& object : objects) {
        if (object[u"kind"].toString() == u"ConfigMap" && object[u"metadata"][u"name"].toString() == lockName)
            return fromObject(object.toObject());
    }
    return {};
}

QString Lock::describe(const LockInfo& holder)
{
    const QString who = u"%1 by %2 on %3 since %4 (run %5)"_s.arg(holder.purpose, holder.owner, holder.host, holder.since.toString(Qt::ISODate), holder.runId);
    QString data = holder.inFlight.isEmpty() ? QString{} : u" Neither old nor new at this moment: %1."_s.arg(holder.inFlight.keys().join(u", "_s));
    if (const QStringList loaded = loadedOnly(holder); !loaded.isEmpty())
        data += u" Loaded already, while the rest may hold what was there before: %1."_s.arg(loaded.join(u", "_s));
    return holder.left ? u"left half-way: %1.%2"_s.arg(who, data) : u"%1.%2"_s.arg(who, data);
}

bool Lock::isBeingRemoved(const LockInfo& holder)
{
    return holder.runId.endsWith(beingRemoved);
}

QString Lock::safetyOf(const LockInfo& holder)
{
    QString text = holder.safetyBundle.isEmpty() ? QString{} : u" What was there before is in %1 on %2."_s.arg(holder.safetyBundle, holder.host);
    QJsonObject inherited = holder.inherited;
    while (!inherited.isEmpty() && !inherited.value(u"closed").toBool()) {
        const QJsonObject before = inherited.value(u"lock").toObject();
        if (const QString path = before.value(u"safetyBundle").toString(); !path.isEmpty())
            text += u" What was there before run %1 is in %2 on %3."_s.arg(inherited.value(u"runId").toString(), path, before.value(u"host").toString());
        inherited = before.value(u"inherited").toObject();
    }
    return text;
}

QString Lock::remedy(const LockInfo& holder, const QString& namespaceName)
{
    if (isBeingRemoved(holder))
        return u"Somebody removes this lock at this moment, and no run goes on under it. If it is still there in a while, that failed: remove it again with scalekeep-cli unlock CLUSTER/%1 --confirm %1, "
               "or add --put-back to put back what it remembers."_s.arg(namespaceName);
    const QString before = safetyOf(holder);
    const QStringList loaded = loadedOnly(holder);
    if (holder.left && holder.inFlight.isEmpty() && !loaded.isEmpty()) {
        QStringList runs;
        for (const QString& name : loaded)
            runs.append(holder.loaded[name].toString());
        runs.removeDuplicates();
        // What another run loaded is of another bundle.
        const QString wanted = (runs == QStringList{holder.runId} ? u"the rest of "_s : u"all of "_s) + (holder.bundle.isEmpty() ? u"the bundle"_s : holder.bundle);
        return u"%1 %2 what run %3 loaded, the rest may hold what was there before. Restore %4, or %1 from the safety bundle, which takes this lock over and starts everything again: "
               "scalekeep-cli restore BUNDLE CLUSTER/%5 --confirm %5 --component ID.%6 Or start on data of different times: scalekeep-cli unlock CLUSTER/%5 --confirm %5 --put-back --accept-mixed"_s.arg(
            loaded.join(u", "_s), loaded.size() == 1 ? u"holds"_s : u"hold"_s, runs.join(u" and "_s), wanted, namespaceName, before);
    }
    if (holder.left && holder.inFlight.isEmpty())
        return u"What was stopped is not started again yet. See and finish it with: scalekeep-cli unlock CLUSTER/%1 --confirm %1 --put-back"_s.arg(namespaceName);
    if (holder.left) {
        const QString mixed = loaded.isEmpty() ? QString{} : u" Loaded already: %1. Everything is started after that restore, so also restore the remaining components from the same bundle, or put %1 back from the safety bundle."_s.arg(loaded.join(u", "_s));
        return u"Restore what is half-loaded, which takes this lock over and starts everything again: scalekeep-cli restore BUNDLE CLUSTER/%1 --confirm %1 --component %2.%3%4"_s.arg(
            namespaceName, holder.inFlight.keys().join(u" --component "_s), before, mixed);
    }
    return u"Wait until that run ends. If it was interrupted, go on with it on %3: scalekeep-cli resume %2, or scalekeep-cli undo %2; or bring its folder here: scalekeep-cli runs --import FOLDER. "
           "Only if its journal is lost, put back what the lock remembers: scalekeep-cli unlock CLUSTER/%1 --confirm %1 --put-back"_s.arg(namespaceName, holder.runId, holder.host);
}

Result<void> Lock::heldAsSeen(const oc::Client& client, const LockInfo& seen)
{
    const auto object = asSeen(client, seen);
    return object ? Result<void>{} : fail(object.error());
}

Result<void> Lock::claim(const oc::Client& client, const LockInfo& seen)
{
    const auto object = asSeen(client, seen);
    if (!object)
        return fail(object.error());
    // Owner and host stay: should the lock not go after all, they tell where its journal and its safety bundle are.
    LockInfo claimed = seen;
    claimed.holder = randomHex(8);
    // A resume or undo in between would write down originals that go with the lock.
    if (!isBeingRemoved(claimed))
        claimed.runId += beingRemoved;
    claimed.left = false; // no restore takes it over now
    const auto taken = client.replace(toObject(claimed, client.connection().namespaceName, (*object)[u"metadata"][u"resourceVersion"].toString()));
    if (!taken && (taken.error().code == ErrorCode::Conflict || taken.error().code == ErrorCode::NotFound))
        return fail(changedSince(client.connection().namespaceName));
    return taken ? Result<void>{} : fail(taken.error());
}

Result<void> Lock::breakLock(const oc::Client& client)
{
    return client.remove(u"configmap"_s, lockName);
}

Result<void> Lock::check() const
{
    const auto now = show(m_client);
    if (!now)
        return fail(now.error());
    if (!*now)
        return fail(ErrorCode::Locked, u"The lock of namespace %1 was removed while this run was working."_s.arg(m_client.connection().namespaceName),
                    u"The run stopped before its next change. Find out who removed the lock before you resume or undo."_s);
    const LockInfo ours = info();
    if ((*now)->nonce == ours.nonce && (*now)->holder != ours.holder)
        return fail(ErrorCode::Locked, u"Run %1 was taken over by %2 meanwhile."_s.arg(ours.runId, (*now)->owner == ours.owner && (*now)->host == ours.host ? u"another process"_s : u"%1 on %2"_s.arg((*now)->owner, (*now)->host)), u"This process stopped before its next change; the run goes on there."_s);
    if ((*now)->nonce != ours.nonce)
        return fail(heldBy(**now, m_client.connection().namespaceName));
    return {};
}

bool Lock::goesOnElsewhere() const
{
    const auto now = show(m_client);
    const LockInfo ours = info();
    return now && *now && (*now)->nonce == ours.nonce && (*now)->holder != ours.holder;
}

/// With m_mutex held.
Result<void> Lock::update(const LockInfo& updated)
{
    const auto current = m_client.get(u"configmap"_s, lockName);
    if (!current)
        return fail(current.error());
    const LockInfo there = fromObject(*current);
    if (there.nonce != m_info.nonce || there.holder != m_info.holder)
        return fail(heldBy(there, m_client.connection().namespaceName));
    const auto replaced = m_client.replace(toObject(updated, m_client.connection().namespaceName, (*current)[u"metadata"][u"resourceVersion"].toString()));
    if (!replaced)
        return fail(replaced.error());
    m_info = updated;
    return {};
}

Result<void> Lock::remember(const QString& key, const QJsonValue& original)
{
    const std::lock_guard lock(m_mutex);
    if (m_info.originals.contains(key))
        return {};
    LockInfo updated = m_info;
    updated.originals[key] = original;
    return update(updated);
}

QJsonObject Lock::originals() const
{
    const std::lock_guard lock(m_mutex);
    return m_info.originals;
}

Result<void> Lock::endanger(const QString& component, const QString& step, const QString& action)
{
    const std::lock_guard lock(m_mutex);
    if (m_info.inFlight.contains(component))
        return {};
    LockInfo updated = m_info;
    updated.inFlight[component] = QJsonObject{{u"step"_s, step}, {u"action"_s, action}, {u"nonce"_s, m_info.nonce}, {u"since"_s, QDateTime::currentDateTimeUtc().toString(Qt::ISODate)}};
    return update(updated);
}

Result<void> Lock::settle(const QString& component, bool proven)
{
    const std::lock_guard lock(m_mutex);
    LockInfo updated = m_info;
    if (proven && m_info.inFlight.contains(component)) {
        updated.inFlight.remove(component);
        updated.loaded[component] = m_info.runId;
    } else if (!proven) {
        if (!m_info.inherited.value(u"inFlight").toObject().contains(component))
            updated.inFlight.remove(component);
        if (const QJsonValue before = m_info.inherited.value(u"loaded").toObject().value(component); before.isString())
            updated.loaded[component] = before;
        else
            updated.loaded.remove(component);
    }
    return updated == m_info ? Result<void>{} : update(updated);
}

Result<void> Lock::settleInherited(const QString& component)
{
    const std::lock_guard lock(m_mutex);
    LockInfo updated = m_info;
    updated.inFlight.remove(component);
    if (QJsonObject before = m_info.inherited.value(u"inFlight").toObject(); before.contains(component)) {
        before.remove(component);
        updated.inherited[u"inFlight"] = before;
    }
    return updated == m_info ? Result<void>{} : update(updated);
}

Result<void> Lock::noteLoaded(const QString& component)
{
    const std::lock_guard lock(m_mutex);
    LockInfo updated = m_info;
    updated.loaded[component] = m_info.runId;
    return updated == m_info ? Result<void>{} : update(updated);
}

QJsonObject Lock::loaded() const
{
    const std::lock_guard lock(m_mutex);
    return m_info.loaded;
}

QJsonObject Lock::inFlight() const
{
    const std::lock_guard lock(m_mutex);
    return m_info.inFlight;
}

QJsonObject Lock::inheritedInFlight() const
{
    const std::lock_guard lock(m_mutex);
    return m_info.inherited[u"inFlight"].toObject();
}

Result<void> Lock::closeInheritance(bool closed)
{
    const std::lock_guard lock(m_mutex);
    if (m_info.inherited.isEmpty() || m_info.inherited.value(u"closed").toBool() == closed)
        return {};
    LockInfo updated = m_info;
    updated.inherited[u"closed"] = closed;
    return update(updated);
}

Result<void> Lock::leave()
{
    const std::lock_guard lock(m_mutex);
    LockInfo updated = m_info;
    updated.left = true;
    return update(updated);
}

Result<void> Lock::release()
{
    if (const auto held = check(); !held)
        return held;
    const std::lock_guard lock(m_mutex);
    if (m_info.inherited.isEmpty() || m_info.inherited.value(u"closed").toBool())
        return m_client.remove(u"configmap"_s, lockName);
    LockInfo before = asTakenOver(m_info);
    before.left = true;
    return update(before);
}

LockInfo Lock::info() const
{
    const std::lock_guard lock(m_mutex);
    return m_info;
}

} // namespace scalekeep::run
