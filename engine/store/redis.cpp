#include "engine/store/redis.h"

#include "engine/store/helper.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QVersionNumber>

namespace scalekeep::store::redis {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString helperSocket = u"/tmp/scalekeep-redis.sock"_s;
constexpr std::chrono::milliseconds pollInterval{300};
const QVersionNumber firstRefused(6, 2); // commented save lines mean the defaults from here on (3scale-facts D)

Result<QByteArray> cli(const run::StepRun& step, const oc::PodRef& pod, const QStringList& arguments, const QString& doing, const QString& socket = {})
{
    auto answer = execChecked(step, pod, cliCommand(arguments, socket), doing);
    // redis-cli ends with 0 although the server answered an error.
    if (answer && (answer->startsWith("ERR ") || answer->startsWith("NOAUTH") || answer->startsWith("MISCONF") || answer->startsWith("Could not connect")))
        return fail(ErrorCode::RemoteFailed, u"Could not %1: Redis refused it."_s.arg(doing), {}, QString::fromUtf8(*answer));
    return answer;
}

/// By the server's own clock, which decides what has expired; this machine's may differ.
Result<QDateTime> serverTime(const run::StepRun& step, const oc::PodRef& pod, const QString& socket)
{
    const auto answer = cli(step, pod, {u"TIME"_s}, u"ask Redis for its time"_s, socket);
    if (!answer)
        return fail(answer.error());
    return QDateTime::fromSecsSinceEpoch(answer->split('\n').value(0).trimmed().toLongLong(), Qt::UTC);
}

Result<QMap<QString, QString>> info(const run::StepRun& step, const oc::PodRef& pod, const QString& section, const QString& socket = {})
{
    const auto text = cli(step, pod, {u"INFO"_s, section}, u"read the state of Redis in pod %1"_s.arg(pod.pod), socket);
    if (!text)
        return fail(text.error());
    return parseInfo(*text);
}

QString linkPath(const run::StepRun& step, const catalog::Component& component)
{
    return u"%1/scalekeep-%2.rdb"_s.arg(component.dataDirectory, step.context.nonce);
}

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
        const auto server = info(step, where->second, u"server"_s);
        const auto memory = server ? info(step, where->second, u"memory"_s) : server;
        if (!memory)
            return fail(memory.error());
        return QJsonObject{{u"serverVersion"_s, server->value(u"redis_version"_s)}, {u"usedMemory"_s, memory->value(u"used_memory"_s).toLongLong()}};
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

private:
    static Result<void> save(run::StepRun& step, const oc::PodRef& pod)
    {
        while (true) {
            const auto answer = execChecked(step, pod, cliCommand({u"BGSAVE"_s}), u"start a BGSAVE in pod %1"_s.arg(pod.pod));
            if (!answer)
                return fail(answer.error());
            const bool started = answer->startsWith("Background saving started");
            // Another save or an AOF rewrite is running: wait for it, then ask again.
            if (!started && !answer->contains("in progress") && !answer->contains("Can't BGSAVE"))
                return fail(ErrorCode::RemoteFailed, u"Redis in pod %1 refused to save."_s.arg(pod.pod), u"Nothing was changed."_s, QString::fromUtf8(*answer));
            while (true) {
                const auto state = info(step, pod, u"persistence"_s);
                if (!state)
                    return fail(state.error());
                step.progress(0, 0, u"bytes"_s);
                if (state->value(u"rdb_bgsave_in_progress"_s) == u"0" && state->value(u"aof_rewrite_in_progress"_s) == u"0") {
                    if (!started)
                        break;
                    if (state->value(u"rdb_last_bgsave_status"_s) == u"ok")
                        return {};
                    return fail(ErrorCode::RemoteFailed, u"The BGSAVE in pod %1 failed (rdb_last_bgsave_status:%2)."_s.arg(pod.pod, state->value(u"rdb_last_bgsave_status"_s)), u"Look at the free space of its volume and the memory of its node; nothing was changed."_s);
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
        return dumpToBundle(step, {.component = *component, .stream = u"dump.rdb"_s, .format = u"rdb"_s, .pod = pod, .argv = {u"cat"_s, u"--"_s, linkPath(step, *component)}, .snapshot = moment});
    }
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

// The safe way: a helper pod on the volume -------------------------------------------------------------------------------------------

QString stagedDump(const run::StepRun& step)
{
    return stagedPath(step.context, helper::volumePath, u"dump.rdb"_s);
}
QString asideDirectory(const run::StepRun& step)
{
    return u"%1/scalekeep-%2-old"_s.arg(helper::volumePath, step.context.nonce);
}

class StageHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        const bundle::Stream* stream = step.context.reader->stream(step.step.component, u"dump.rdb"_s);
        if (!stream)
            return fail(ErrorCode::BadInput, u"The bundle has no dump of %1."_s.arg(step.step.component));
        const auto staged = stageInPod(step, *step.context.reader, *stream, *pod, helper::volumePath, false);
        if (!staged)
            return fail(staged.error());
        return QJsonObject{{u"path"_s, staged->path}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        return pod ? unstage(step, *pod, stagedDump(step)) : Result<void>(fail(pod.error()));
    }
};

Result<void> stopHelperServer(run::StepRun& step, const oc::PodRef& pod)
{
    const QString script = u"p=$(cat /tmp/scalekeep-redis.pid 2>/dev/null) || exit 0; redis-cli -s %1 SHUTDOWN NOSAVE >/dev/null 2>&1; "
                           "i=0; while kill -0 \"$p\" 2>/dev/null; do i=$((i+1)); [ $i -gt 300 ] && { kill -KILL \"$p\"; exit 1; }; sleep 0.2; done; rm -f /tmp/scalekeep-redis.pid"_s.arg(helperSocket);
    const auto stopped = execChecked(step, pod, {storeShell, u"-c"_s, script}, u"stop the server in the helper pod %1"_s.arg(pod.pod));
    return stopped ? Result<void>{} : Result<void>(fail(stopped.error()));
}

class LoadHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? helper::container(step, (*component)->id) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        if (const auto stopped = stopHelperServer(step, *pod); !stopped)
            return fail(stopped.error());
        // The old files go aside once, whatever is run again: the mark says that what lies in the volume now is ours.
        const QString prepare = u"set -e; cd \"$1\"; mkdir -p \"$2\"; if [ ! -e \"$2/.aside\" ]; then for f in dump.rdb appendonly.aof appendonlydir; do if [ -e \"$f\" ]; then mv -- \"$f\" \"$2/\"; fi; done; : >\"$2/.aside\"; fi; "
                                "rm -rf -- dump.rdb appendonly.aof appendonlydir; ln -- \"$3\" dump.rdb || cp -- \"$3\" dump.rdb"_s;
        if (const auto prepared = execChecked(step, *pod, {storeShell, u"-c"_s, prepare, u"prepare"_s, helper::volumePath, asideDirectory(step), stagedDump(step)}, u"put the dump in the place of the old files"_s); !prepared)
            return fail(prepared.error());
        const QString start = u"redis-server --port 0 --unixsocket %1 --dir \"$1\" --dbfilename dump.rdb --save '' --appendonly no --daemonize yes --pidfile /tmp/scalekeep-redis.pid --logfile /tmp/scalekeep-redis.log"_s.arg(helperSocket);
        if (const auto started = execChecked(step, *pod, {storeShell, u"-c"_s, start, u"start"_s, helper::volumePath}, u"start Redis in the helper pod"_s); !started)
            return fail(started.error());
        if (const auto loaded = awaitLoaded(step, *pod); !loaded)
            return fail(loaded.error());
        const QJsonArray emptied = step.step.parameters[u"emptyDatabases"].toArray();
        for (const QJsonValue& database : emptied) {
            if (const auto flushed = cli(step, *pod, {u"-n"_s, QString::number(database.toInt()), u"FLUSHDB"_s}, u"empty the queues in database %1"_s.arg(database.toInt()), helperSocket); !flushed)
                return fail(flushed.error());
        }
        // With `appendonly yes` and no append-only file the server would ignore the dump and start empty: build the file first.
        if (const auto enabled = cli(step, *pod, {u"CONFIG"_s, u"SET"_s, u"appendonly"_s, u"yes"_s}, u"build the append-only file"_s, helperSocket); !enabled)
            return fail(enabled.error());
        if (const auto written = awaitAppendOnly(step, *pod, helperSocket); !written)
            return fail(written.error());
        const auto keyspace = info(step, *pod, u"keyspace"_s, helperSocket);
        if (!keyspace)
            return fail(keyspace.error());
        QJsonObject databases;
        for (auto entry = keyspace->cbegin(); entry != keyspace->cend(); ++entry)
            databases.insert(entry.key(), entry.value());
        return QJsonObject{{u"keyspace"_s, databases}};
    }

    Result<void> undo(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        if (const auto stopped = stopHelperServer(step, *pod); !stopped)
            return stopped;
        const QString back = u"set -e; cd \"$1\"; [ -e \"$2\" ] || exit 0; if [ -e \"$2/.aside\" ]; then rm -rf -- dump.rdb appendonly.aof appendonlydir; fi; "
                             "for f in dump.rdb appendonly.aof appendonlydir; do if [ -e \"$2/$f\" ]; then mv -- \"$2/$f\" .; fi; done; rm -rf -- \"$2\""_s;
        const auto restored = execChecked(step, *pod, {storeShell, u"-c"_s, back, u"back"_s, helper::volumePath, asideDirectory(step)}, u"put the old files of %1 back"_s.arg(step.step.component));
        return restored ? Result<void>{} : Result<void>(fail(restored.error()));
    }

    static Result<void> awaitAppendOnly(run::StepRun& step, const oc::PodRef& pod, const QString& socket)
    {
        while (true) {
            const auto state = info(step, pod, u"persistence"_s, socket);
            if (!state)
                return fail(state.error());
            if (state->value(u"aof_rewrite_in_progress"_s) == u"0" && state->value(u"aof_rewrite_scheduled"_s) == u"0") {
                if (state->value(u"aof_last_bgrewrite_status"_s) != u"ok")
                    return fail(ErrorCode::RemoteFailed, u"Redis could not write the append-only file of %1 (aof_last_bgrewrite_status:%2)."_s.arg(step.step.component, state->value(u"aof_last_bgrewrite_status"_s)),
                                u"Look at the free space of the volume, then resume or undo the run."_s);
                return {};
            }
            if (const auto waited = pause(step, pollInterval); !waited)
                return waited;
        }
    }

private:
    static Result<void> awaitLoaded(run::StepRun& step, const oc::PodRef& pod)
    {
        while (true) {
            const auto answer = step.client.exec(pod, cliCommand({u"PING"_s}, helperSocket));
            if (!answer)
                return fail(answer.error());
            if (answer->output.trimmed() == "PONG")
                return {};
            // Loading: the process lives. A dump that this server cannot read makes it end with the reason in its log.
            const auto alive = step.client.exec(pod, {storeShell, u"-c"_s, u"kill -0 \"$(cat /tmp/scalekeep-redis.pid)\" 2>/dev/null || { tail -n 5 /tmp/scalekeep-redis.log >&2; exit 1; }"_s});
            if (!alive)
                return fail(alive.error());
            if (alive->exitCode != 0)
                return fail(ErrorCode::RemoteFailed, u"Redis in the helper pod of %1 could not load the dump."_s.arg(step.step.component), u"The old files were put aside, not removed: undo puts them back."_s, QString::fromUtf8(alive->errorText));
            if (const auto waited = pause(step, pollInterval); !waited)
                return waited;
        }
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

/// SAVE in the helper's server, whose file is then read and compared: what it shows is what the append-only file holds too.
class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? helper::container(step, (*component)->id) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        if (const auto saved = runLong(step, *pod, cliCommand({u"SAVE"_s}, helperSocket), u"save what was loaded into %1"_s.arg((*component)->id)); !saved)
            return fail(saved.error());
        const auto now = serverTime(step, *pod, helperSocket);
        if (!now)
            return fail(now.error());
        const auto found = indexOf(step, {.component = **component, .stream = u"dump.rdb"_s, .format = u"rdb"_s, .pod = *pod, .argv = {u"cat"_s, u"--"_s, helper::volumePath + u"/dump.rdb"_s}, .snapshot = {}});
        if (!found)
            return fail(found.error());
        return proveIndex(step, (*component)->id, *found, *now);
    }
};

class ShutdownHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        if (const auto stopped = stopHelperServer(step, *pod); !stopped)
            return fail(stopped.error());
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // nothing to go back to: the load's own undo follows
};

/// Removes the files that were put aside, once the new ones are proven.
class TidyHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        for (const QString& path : {stagedDump(step), asideDirectory(step)}) {
            if (const auto removed = unstage(step, *pod, path); !removed)
                return fail(removed.error());
        }
        return QJsonObject{};
    }
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
        const QJsonObject loaded = step.context.results.value(u"load:"_s + component->id)[u"keyspace"].toObject();
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
} // namespace

QStringList cliCommand(const QStringList& arguments, const QString& socket)
{
    QStringList command{storeShell, u"-c"_s, socket.isEmpty() ? u"exec redis-cli \"$@\""_s : u"exec redis-cli -s %1 \"$@\""_s.arg(socket), u"redis-cli"_s};
    return command + arguments;
}

Result<QJsonObject> proveIndex(run::StepRun& step, const QString& component, const QJsonObject& found, const QDateTime& at)
{
    const QJsonArray emptied = step.step.parameters[u"emptyDatabases"].toArray();
    if (emptied.isEmpty())
        return prove(step, component, found, at);
    const auto stored = step.context.reader->index(component);
    if (!stored)
        return fail(stored.error());
    const QJsonObject expected = withoutDatabases(QJsonDocument::fromJson(*stored).object(), emptied);
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
    handlers.insert(u"redis.inspect"_s, std::make_shared<InspectHandler>());
    handlers.insert(u"redis.snapshot"_s, std::make_shared<SnapshotHandler>());
    handlers.insert(u"redis.dump"_s, std::make_shared<DumpHandler>());
    handlers.insert(u"redis.unlink"_s, std::make_shared<UnlinkHandler>());
    handlers.insert(u"redis.stage"_s, std::make_shared<StageHandler>());
    handlers.insert(u"redis.load"_s, std::make_shared<LoadHandler>());
    handlers.insert(u"redis.prove"_s, std::make_shared<ProveHandler>());
    handlers.insert(u"redis.shutdown"_s, std::make_shared<ShutdownHandler>());
    handlers.insert(u"redis.tidy"_s, std::make_shared<TidyHandler>());
    handlers.insert(u"redis.check"_s, std::make_shared<CheckHandler>());
}

} // namespace scalekeep::store::redis
