#include "engine/run/lockbreak.h"

#include "engine/base/files.h"
#include "engine/cluster/inventory.h"
#include "engine/run/redaction.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QRegularExpression>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
Result<QString> keep(const QString& home, const LockInfo& lock)
{
    const QString folder = home + u"/locks"_s;
    if (const auto made = makePrivateDirectory(folder); !made)
        return fail(made.error());
    // Both come from the cluster.
    static const QRegularExpression other(u"[^A-Za-z0-9_-]"_s);
    const auto plain = [](QString text) { return text.left(60).replace(other, u"_"_s); };
    const QString base = folder + u'/' + plain(lock.runId) + u'-' + plain(lock.nonce);
    QString path = base + u".json"_s;
    for (int copy = 2; QFileInfo::exists(path); ++copy)
        path = u"%1-%2.json"_s.arg(base).arg(copy);
    if (const auto written = writePrivateFile(path, QJsonDocument(memoryOf(lock)).toJson(QJsonDocument::Indented)); !written)
        return fail(written.error());
    return path;
}
} // namespace

QJsonObject memoryOf(const LockInfo& lock)
{
    QJsonObject memory{{u"runId"_s, lock.runId}, {u"nonce"_s, lock.nonce}, {u"owner"_s, lock.owner}, {u"host"_s, lock.host}, {u"purpose"_s, lock.purpose}, {u"since"_s, lock.since.toString(Qt::ISODate)},
            {u"bundle"_s, lock.bundle}, {u"safetyBundle"_s, lock.safetyBundle}, {u"originals"_s, lock.originals}, {u"inFlight"_s, lock.inFlight}, {u"loaded"_s, lock.loaded}, {u"inherited"_s, lock.inherited}};
    for (const QString& key : memory.keys()) {
        if (const QJsonValue value = memory.value(key); value == QJsonValue(QJsonObject{}) || value == QJsonValue(QString{}))
            memory.remove(key);
    }
    return memory;
}

Broken breakLock(const oc::Client& client, const QString& home, const LockInfo& seen)
{
    if (const auto held = Lock::heldAsSeen(client, seen); !held)
        return {.error = held.error()};
    const auto file = keep(home, seen);
    if (!file) {
        Error error = file.error();
        error.hint = (error.hint + u" The lock was kept: what it remembers could not be saved."_s).trimmed();
        return {.error = error};
    }
    // `oc delete` knows no precondition: the lock is first taken over under one, and refuses every other run until it is deleted.
    if (const auto claimed = Lock::claim(client, seen); !claimed)
        return {.error = claimed.error(), .file = *file, .begun = Lock::isUnclear(claimed.error()) || claimed.error().code == ErrorCode::BadInput}; // an answer that cannot be read says nothing
    if (const auto removed = Lock::breakLock(client); !removed) {
        Error error = removed.error();
        error.hint = u"The lock was taken from its holder, but may still be there: look again, and then remove it."_s;
        return {.error = error, .file = *file, .begun = true};
    }
    return {.error = {}, .file = *file, .begun = true};
}

Result<BeforePutBack> lookBeforePutBack(const oc::Client& client, Redactor& redactor, const QString& catalogueFolder, const LockInfo& seen)
{
    const auto identity = client.whoami();
    if (!identity)
        return fail(identity.error());
    learnSecrets(redactor, client);
    const auto inventory = cluster::takeInventory(client);
    if (!inventory)
        return fail(inventory.error());
    learnSecrets(redactor, inventory->objects);
    const auto detection = catalog::detect(*inventory, catalogueFolder);
    if (!detection)
        return fail(detection.error());
    if (const auto held = Lock::heldAsSeen(client, seen); !held)
        return fail(held.error());
    return BeforePutBack{.identity = *identity, .catalog = detection->catalog};
}

} // namespace scalekeep::run
