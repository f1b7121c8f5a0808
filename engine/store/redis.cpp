#include "engine/store/redis.h"

#include "engine/store/proof.h"
#include "engine/store/recall.h"

#include <QJsonArray>
#include <QRegularExpression>

namespace scalekeep::store::redis {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::milliseconds pollInterval{300};

Result<std::pair<const catalog::Component*, oc::PodRef>> running(run::StepRun& step)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    const auto pod = containerOf(step, **component);
    if (!pod)
        return fail(pod.error());
    return std::pair{*component, *pod};
}

class InspectHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto state = info(step, where->second, u"default"_s);
        if (!state)
            return fail(state.error());
        return QJsonObject{{u"serverVersion"_s, state->value(u"redis_version"_s)}, {u"usedMemory"_s, state->value(u"used_memory"_s).toLongLong()}};
    }
};

/// A completed BGSAVE, kept from being replaced by a hard link: the dump that is read later is this one, whatever the server saves meanwhile.
class SnapshotHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto& [component, pod] = *where;
        const auto memory = info(step, pod, u"memory"_s);
        if (!memory)
            return fail(memory.error());
        const auto space = freeBytesInPod(step, pod, component->dataDirectory);
        if (!space)
            return fail(space.error());
        const qint64 used = memory->value(u"used_memory"_s).toLongLong();
        // A BGSAVE that fills the volume stops production: stop-writes-on-bgsave-error is on.
        if (*space < used)
            return fail(ErrorCode::NoSpace, u"The volume of %1 has %2 MiB free, but Redis holds %3 MiB in memory: a dump might fill the volume, and Redis would then refuse all writes."_s.arg(component->id).arg(*space / 1048576).arg(used / 1048576 + 1),
                        u"Nothing was changed. Enlarge the volume of %1, then try again."_s.arg(component->id));
        const QDateTime moment = QDateTime::currentDateTimeUtc();
        if (const auto saved = save(step, pod); !saved)
            return fail(saved.error());
        const auto file = cli(step, pod, {u"CONFIG"_s, u"GET"_s, u"dbfilename"_s}, u"ask for the name of the dump"_s);
        if (!file)
            return fail(file.error());
        const QString dump = u"%1/%2"_s.arg(component->dataDirectory, QString::fromUtf8(file->split('\n').value(1).trimmed()));
        const auto linked = execChecked(step, pod, {storeShell, u"-c"_s, u"ln -f -- \"$1\" \"$2\" || cp -- \"$1\" \"$2\""_s, u"ln"_s, dump, linkPath(step, *component)}, u"keep the dump of %1"_s.arg(component->id));
        if (!linked)
            return fail(linked.error());
        noteSnapshot(step.context, component->id, moment);
        return QJsonObject{{u"moment"_s, moment.toString(Qt::ISODateWithMs)}, {u"usedMemory"_s, used}};
    }

    Result<void> undo(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        return unstage(step, where->second, linkPath(step, *where->first));
    }

    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        if (isDone(step, QString(step.step.id).replace(u"snapshot:"_s, u"dump:"_s)) && isStored(step))
            return true;
        const auto where = running(step);
        if (!where)
            return where.error().code == ErrorCode::NotReady ? Result<bool>(false) : Result<bool>(fail(where.error()));
        if (!isInPod(step, where->second, linkPath(step, *where->first)))
            return false;
        noteSnapshot(step.context, where->first->id, QDateTime::fromString(result[u"moment"].toString(), Qt::ISODateWithMs));
        return true;
    }

private:
    /// The state of Redis once nothing is being saved, or after some seconds: waiting in the pod takes one command instead of many.
    static Result<QMap<QString, QString>> afterSaving(run::StepRun& step, const oc::PodRef& pod)
    {
        const QString script = u"i=0; while :; do s=$(redis-cli INFO persistence) || exit 1; case $s in *rdb_bgsave_in_progress:1*|*aof_rewrite_in_progress:1*) ;; *) break;; esac; "
                               "i=$((i+1)); [ $i -gt 40 ] && break; sleep 0.25; done; printf '%s\\n' \"$s\""_s;
        const QString doing = u"read the state of Redis in pod %1"_s.arg(pod.pod);
        const auto text = execChecked(step, pod, {storeShell, u"-c"_s, script}, doing);
        if (!text)
            return fail(text.error());
        if (!text->contains("rdb_bgsave_in_progress:"))
            return fail(ErrorCode::RemoteFailed, u"Could not %1: Redis refused it."_s.arg(doing), {}, QString::fromUtf8(text->left(4096)));
        return parseInfo(*text);
    }

    static Result<void> save(run::StepRun& step, const oc::PodRef& pod)
    {
        while (true) {
            const auto answer = execChecked(step, pod, cliCommand({u"BGSAVE"_s}), u"start a BGSAVE in pod %1"_s.arg(pod.pod));
            if (!answer)
                return fail(answer.error());
            const bool started = answer->startsWith("Background saving started");
            // Another save or an AOF rewrite is running: wait for it, then ask again. Of a rewrite, Redis 3.2 says "Can't BGSAVE while ...", 6 and 7 "...: can't BGSAVE right now".
            if (!started && !answer->contains("in progress") && !answer->toLower().contains("can't bgsave"))
                return fail(ErrorCode::RemoteFailed, u"Redis in pod %1 refused to save."_s.arg(pod.pod), u"Nothing was changed."_s, QString::fromUtf8(*answer));
            while (true) {
                const auto state = afterSaving(step, pod);
                if (!state)
                    return fail(state.error());
                step.progress(0, 0, u"bytes"_s);
                if (state->value(u"rdb_bgsave_in_progress"_s) == u"0" && state->value(u"aof_rewrite_in_progress"_s) == u"0") {
                    if (!started)
                        break;
                    if (state->value(u"rdb_last_bgsave_status"_s) == u"ok")
                        return {};
                    return fail(ErrorCode::RemoteFailed, u"The BGSAVE in pod %1 failed (rdb_last_bgsave_status:%2)."_s.arg(pod.pod, state->value(u"rdb_last_bgsave_status"_s)), u"Redis may refuse all writes until a save succeeds. Look at the free space of its volume and the memory of its node, then try again."_s);
                }
                if (const auto waited = pause(step, pollInterval); !waited)
                    return waited;
            }
        }
    }
};

class DumpHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto& [component, pod] = *where;
        QDateTime moment;
        {
            const std::lock_guard lock(step.context.mutex);
            moment = step.context.snapshots.value(component->id);
        }
        return dumpToBundle(step, dumpOf(step, *component, pod, moment));
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override { return recallDump(step, result); }
};

class UnlinkHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto removed = unstage(step, where->second, linkPath(step, *where->first));
        return removed ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(removed.error()));
    }
    Result<void> undo(run::StepRun&) const override { return {}; }
};

/// The started server has as many keys as were proven (fewer only by those whose time has come).
class CheckHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto where = running(step);
        if (!where)
            return fail(where.error());
        const auto& [component, pod] = *where;
        const auto answer = cli(step, pod, {u"CONFIG"_s, u"GET"_s, u"appendonly"_s}, u"read the configuration of %1"_s.arg(component->id));
        if (!answer)
            return fail(answer.error());
        const auto keyspace = info(step, pod, u"keyspace"_s);
        if (!keyspace)
            return fail(keyspace.error());
        const QJsonObject loaded = step.context.result(u"load:"_s + component->id)[u"keyspace"].toObject();
        static const QRegularExpression counts(u"keys=(\\d+),expires=(\\d+)"_s);
        for (auto entry = loaded.begin(); entry != loaded.end(); ++entry) {
            const auto before = counts.match(entry.value().toString());
            const auto after = counts.match(keyspace->value(entry.key()));
            const qint64 least = before.captured(1).toLongLong() - before.captured(2).toLongLong();
            if (after.captured(1).toLongLong() < least)
                return fail(ErrorCode::VerificationFailed, u"%1 started with %2 keys in %3, but %4 were loaded."_s.arg(component->id, after.hasMatch() ? after.captured(1) : u"no"_s, entry.key(), before.captured(1)),
                            u"The writers are still stopped. Restore %1 again before they are started."_s.arg(component->id));
        }
        QJsonObject databases;
        for (auto entry = keyspace->cbegin(); entry != keyspace->cend(); ++entry)
            databases.insert(entry.key(), entry.value());
        return QJsonObject{{u"keyspace"_s, databases}, {u"appendonly"_s, QString::fromUtf8(answer->split('\n').value(1).trimmed())}};
    }
};
QJsonObject withoutDatabases(QJsonObject index, const QJsonArray& databases)
{
    QJsonArray kept;
    const QJsonArray entries = index[u"entries"].toArray();
    for (const QJsonValue& entry : entries) {
        if (!databases.contains(entry[u"database"]))
            kept.append(entry);
    }
    index[u"entries"] = kept;
    return index;
}

} // namespace

QString linkPath(const run::StepRun& step, const catalog::Component& component)
{
    return u"%1/scalekeep-%2.rdb"_s.arg(component.dataDirectory, step.context.nonce);
}

Dump dumpOf(const run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod, const QDateTime& moment)
{
    return {.component = component, .stream = u"dump.rdb"_s, .format = u"rdb"_s, .pod = pod, .argv = {u"cat"_s, u"--"_s, linkPath(step, component)}, .snapshot = moment, .compressIfItPays = true};
}

QStringList cliCommand(const QStringList& arguments, const QString& socket)
{
    QStringList command{storeShell, u"-c"_s, socket.isEmpty() ? u"exec redis-cli \"$@\""_s : u"exec redis-cli -s %1 \"$@\""_s.arg(socket), u"redis-cli"_s};
    return command + arguments;
}

Result<QByteArray> cli(const run::StepRun& step, const oc::PodRef& pod, const QStringList& arguments, const QString& doing, const QString& socket)
{
    auto answer = execChecked(step, pod, cliCommand(arguments, socket), doing);
    // redis-cli ends with 0 although the server answered an error.
    if (answer && (answer->startsWith("ERR ") || answer->startsWith("NOAUTH") || answer->startsWith("MISCONF") || answer->startsWith("Could not connect")))
        return fail(ErrorCode::RemoteFailed, u"Could not %1: Redis refused it."_s.arg(doing), {}, QString::fromUtf8(*answer));
    return answer;
}

Result<QMap<QString, QString>> info(const run::StepRun& step, const oc::PodRef& pod, const QString& section, const QString& socket)
{
    const auto text = cli(step, pod, {u"INFO"_s, section}, u"read the state of Redis in pod %1"_s.arg(pod.pod), socket);
    if (!text)
        return fail(text.error());
    return parseInfo(*text);
}

Result<void> saveNow(run::StepRun& step, const oc::PodRef& pod, const QString& doing, const QString& socket)
{
    const auto answer = runLong(step, pod, cliCommand({u"SAVE"_s}, socket), doing);
    if (!answer)
        return fail(answer.error());
    if (answer->trimmed() != "OK")
        return fail(ErrorCode::RemoteFailed, u"Could not %1: Redis did not write its dump file."_s.arg(doing), u"Look at the free space of the volume, then resume or undo the run."_s, QString::fromUtf8(answer->left(4096)));
    return {};
}

Result<QJsonObject> proveIndex(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at)
{
    const QJsonArray emptied = step.step.parameters[u"emptyDatabases"].toArray();
    if (emptied.isEmpty())
        return prove(step, component, found, at);
    const auto stored = storedIndex(*step.context.reader, component);
    if (!stored)
        return fail(stored.error());
    const QJsonObject expected = withoutDatabases(*stored, emptied);
    const QList<index::Difference> differences = index::differences(expected, found, at.toMSecsSinceEpoch());
    for (const index::Difference& difference : differences) {
        if (!difference.warning)
            return fail(ErrorCode::VerificationFailed, u"%1 is not equal to the bundle after loading: %2: %3."_s.arg(component, difference.entry, difference.what), u"The writers are still stopped. Undo the run, or resume it to load again."_s);
    }
    return QJsonObject{{u"proven"_s, true}, {u"before"_s, expected[u"summary"]}, {u"after"_s, found[u"summary"]}, {u"emptiedDatabases"_s, emptied}};
}

QMap<QString, QString> parseInfo(const QByteArray& info)
{
    QMap<QString, QString> values;
    for (const QByteArray& line : info.split('\n')) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && !line.startsWith('#'))
            values.insert(QString::fromUtf8(line.left(colon)), QString::fromUtf8(line.mid(colon + 1).trimmed()));
    }
    return values;
}

QDateTime parseTime(const QByteArray& answer)
{
    const QList<QByteArray> lines = answer.split('\n');
    bool seconds = false, microseconds = false;
    const qint64 whole = lines.value(0).trimmed().toLongLong(&seconds), part = lines.value(1).trimmed().toLongLong(&microseconds);
    return seconds && microseconds ? QDateTime::fromMSecsSinceEpoch(whole * 1000 + part / 1000, Qt::UTC) : QDateTime();
}

QString configurationForLoad(const QString& configuration)
{
    QStringList lines = configuration.split(u'\n');
    static const QRegularExpression saveLine(u"^\\s*save\\s"_s, QRegularExpression::CaseInsensitiveOption), appendLine(u"^\\s*appendonly\\s"_s, QRegularExpression::CaseInsensitiveOption);
    for (QString& line : lines) {
        if (saveLine.match(line).hasMatch())
            line.prepend(u'#');
        else if (appendLine.match(line).hasMatch())
            line = u"appendonly no"_s;
    }
    return lines.join(u'\n');
}

void registerHandlers(run::Handlers& handlers)
{
    run::add<InspectHandler>(handlers, u"redis.inspect"_s);
    run::add<SnapshotHandler>(handlers, u"redis.snapshot"_s);
    run::add<DumpHandler>(handlers, u"redis.dump"_s);
    run::add<UnlinkHandler>(handlers, u"redis.unlink"_s);
    registerHelperHandlers(handlers);
    run::add<CheckHandler>(handlers, u"redis.check"_s);
}

} // namespace scalekeep::store::redis
