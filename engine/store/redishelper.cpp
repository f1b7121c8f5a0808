#include "engine/store/redis.h"

#include "engine/store/helper.h"
#include "engine/store/proof.h"
#include "engine/store/recall.h"
#include "engine/store/redisaside.h"

#include <QJsonArray>

/// The safe way to restore Redis: a helper pod on the volume, whose own server loads the dump and builds the append-only file.
namespace scalekeep::store::redis {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString helperSocket = u"/tmp/scalekeep-redis.sock"_s;
constexpr std::chrono::milliseconds pollInterval{300};

/// By the server's own clock, which decides what has expired; this machine's may differ.
Result<QDateTime> serverTime(const run::StepRun& step, const oc::PodRef& pod, const QString& socket)
{
    const auto answer = cli(step, pod, {u"TIME"_s}, u"ask Redis for its time"_s, socket);
    if (!answer)
        return fail(answer.error());
    const QDateTime time = parseTime(*answer);
    return time.isValid() ? Result<QDateTime>(time) : fail(ErrorCode::BadInput, u"Redis in pod %1 did not answer its time."_s.arg(pod.pod), u"Nothing was changed by asking. Try again."_s, QString::fromUtf8(answer->left(200)));
}

QString stagedDump(const run::StepRun& step)
{
    return stagedPath(step.context, helper::volumePath, u"dump.rdb"_s);
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
        const auto pod = helper::ensure(step);
        return pod ? unstage(step, *pod, stagedDump(step)) : Result<void>(fail(pod.error()));
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        return pod ? probeStaged(step, *pod, helper::volumePath, u"dump.rdb"_s, false) : fail(pod.error());
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        // It lies on the volume and outlives the helper, but is looked for through it.
        const auto pod = helper::container(step, step.step.component);
        return isDone(step, u"prove:"_s + step.step.component) || (pod && isInPod(step, *pod, result[u"path"].toString()));
    }
};

Result<void> stopHelperServer(run::StepRun& step, const oc::PodRef& pod)
{
    const QString script = u"p=$(cat /tmp/scalekeep-redis.pid 2>/dev/null) || exit 0; redis-cli -s %1 SHUTDOWN NOSAVE >/dev/null 2>&1; "
                           "i=0; while kill -0 \"$p\" 2>/dev/null; do i=$((i+1)); [ $i -gt 300 ] && { kill -KILL \"$p\"; exit 1; }; sleep 0.2; done; rm -f /tmp/scalekeep-redis.pid"_s.arg(helperSocket);
    const auto stopped = execChecked(step, pod, {storeShell, u"-c"_s, script}, u"stop the server in the helper pod %1"_s.arg(pod.pod));
    return stopped ? Result<void>{} : Result<void>(fail(stopped.error()));
}

Result<void> awaitAppendOnly(run::StepRun& step, const oc::PodRef& pod, const QString& socket)
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

Result<void> awaitLoaded(run::StepRun& step, const oc::PodRef& pod)
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

/// The server of the helper pod with this dump in the place of the old files, and the append-only file built from it.
Result<void> buildFrom(run::StepRun& step, const oc::PodRef& pod, const QString& dump, const QJsonArray& emptied)
{
    const QString place = u"set -e; cd \"$1\"; rm -rf -- dump.rdb appendonly.aof appendonlydir; ln -- \"$2\" dump.rdb || cp -- \"$2\" dump.rdb"_s;
    if (const auto placed = execChecked(step, pod, {storeShell, u"-c"_s, place, u"place"_s, helper::volumePath, dump}, u"put the dump in the place of the old files"_s); !placed)
        return fail(placed.error());
    const QString start = u"redis-server --port 0 --unixsocket %1 --dir \"$1\" --dbfilename dump.rdb --save '' --appendonly no --daemonize yes --pidfile /tmp/scalekeep-redis.pid --logfile /tmp/scalekeep-redis.log"_s.arg(helperSocket);
    if (const auto started = execChecked(step, pod, {storeShell, u"-c"_s, start, u"start"_s, helper::volumePath}, u"start Redis in the helper pod"_s); !started)
        return fail(started.error());
    if (const auto loaded = awaitLoaded(step, pod); !loaded)
        return loaded;
    for (const QJsonValue& database : emptied) {
        if (const auto flushed = cli(step, pod, {u"-n"_s, QString::number(database.toInt()), u"FLUSHDB"_s}, u"empty the queues in database %1"_s.arg(database.toInt()), helperSocket); !flushed)
            return fail(flushed.error());
    }
    // With `appendonly yes` and no append-only file the server would ignore the dump and start empty: build the file first.
    if (const auto enabled = cli(step, pod, {u"CONFIG"_s, u"SET"_s, u"appendonly"_s, u"yes"_s}, u"build the append-only file"_s, helperSocket); !enabled)
        return fail(enabled.error());
    return awaitAppendOnly(step, pod, helperSocket);
}

/// What the helper's server holds, by a SAVE: what that file shows is what the append-only file holds too. `at`: by the server's clock.
struct Saved { QJsonObject index; QDateTime at; };
Result<Saved> savedIndex(run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    if (const auto saved = saveNow(step, pod, u"save what was loaded into %1"_s.arg(component.id), helperSocket); !saved)
        return fail(saved.error());
    const auto now = serverTime(step, pod, helperSocket);
    if (!now)
        return fail(now.error());
    const auto found = indexOf(step, {.component = component, .stream = u"dump.rdb"_s, .format = u"rdb"_s, .pod = pod, .argv = {u"cat"_s, u"--"_s, helper::volumePath + u"/dump.rdb"_s}, .snapshot = {}, .compressIfItPays = true});
    if (!found)
        return fail(found.error());
    return Saved{*found, *now};
}

Result<void> checkBack(run::StepRun& step, const oc::PodRef& pod)
{
    const auto component = componentOf(step);
    const auto saved = component ? savedIndex(step, **component, pod) : Result<Saved>(fail(component.error()));
    return saved ? proveBack(step, (*component)->id, saved->index, saved->at) : Result<void>(fail(saved.error()));
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
        if (const auto moved = aside::put(step, *pod, helper::volumePath); !moved)
            return fail(moved.error());
        if (const auto built = buildFrom(step, *pod, stagedDump(step), step.step.parameters[u"emptyDatabases"].toArray()); !built)
            return fail(built.error());
        return keyspaceOf(step, *pod);
    }
    [[nodiscard]] bool endangersData() const override { return true; }

    /// The append-only file comes last, after the dump and the emptied databases.
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        const auto moved = pod ? aside::probe(step, *pod, helper::volumePath) : Result<Probe>(fail(pod.error()));
        if (!moved || *moved != Probe::Happened)
            return moved;
        const auto alive = step.client.exec(*pod, cliCommand({u"INFO"_s, u"persistence"_s}, helperSocket));
        if (!alive)
            return fail(alive.error());
        const QMap<QString, QString> state = parseInfo(alive->output);
        if (state.value(u"aof_enabled"_s) != u"1" || state.value(u"aof_rewrite_in_progress"_s) != u"0" || state.value(u"aof_rewrite_scheduled"_s) != u"0" || state.value(u"aof_last_bgrewrite_status"_s) != u"ok")
            return Probe::Partly;
        const auto keyspace = keyspaceOf(step, *pod);
        if (!keyspace)
            return fail(keyspace.error());
        step.found = *keyspace;
        return Probe::Happened;
    }

    /// The old files, as long as they lie aside; afterwards what the safety bundle holds.
    Result<void> undo(run::StepRun& step) const override
    {
        const auto pod = helper::ensure(step);
        if (!pod)
            return fail(pod.error());
        if (const auto stopped = stopHelperServer(step, *pod); !stopped)
            return stopped;
        const auto tidied = wasTidied(step, *pod, aside::directory(step, helper::volumePath));
        return !tidied ? Result<void>(fail(tidied.error())) : *tidied ? fromSafety(step, *pod) : aside::back(step, *pod, helper::volumePath);
    }

    /// What is loaded lives in the helper's server until it is proven.
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override
    {
        if (isDone(step, u"prove:"_s + step.step.component))
            return true;
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return false;
        const auto alive = step.client.exec(*pod, cliCommand({u"PING"_s}, helperSocket));
        return alive && alive->exitCode == 0 && alive->output.trimmed() == "PONG";
    }

    static Result<QJsonObject> keyspaceOf(run::StepRun& step, const oc::PodRef& pod)
    {
        const auto keyspace = info(step, pod, u"keyspace"_s, helperSocket);
        if (!keyspace)
            return fail(keyspace.error());
        QJsonObject databases;
        for (auto entry = keyspace->cbegin(); entry != keyspace->cend(); ++entry)
            databases.insert(entry.key(), entry.value());
        return QJsonObject{{u"keyspace"_s, databases}};
    }

    static Result<void> fromSafety(run::StepRun& step, const oc::PodRef& pod)
    {
        const auto before = safetyCopy(step, u"dump.rdb"_s);
        if (!before)
            return fail(before.error());
        if (before->absent) {
            const auto removed = execChecked(step, pod, {storeShell, u"-c"_s, u"cd \"$1\" && rm -rf -- dump.rdb appendonly.aof appendonlydir"_s, u"empty"_s, helper::volumePath}, u"empty the volume of %1"_s.arg(step.step.component));
            return removed ? Result<void>{} : Result<void>(fail(removed.error()));
        }
        const auto staged = stageInPod(step, *step.context.safety, *before->stream, pod, helper::volumePath, false);
        if (!staged)
            return fail(staged.error());
        auto built = buildFrom(step, pod, staged->path, {});
        if (built)
            built = checkBack(step, pod);
        const auto stopped = stopHelperServer(step, pod);
        const auto removed = unstage(step, pod, staged->path);
        return !built ? built : !stopped ? stopped : removed;
    }
};

/// What the helper's server holds is what the bundle has.
class ProveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto component = componentOf(step);
        const auto pod = component ? helper::container(step, (*component)->id) : Result<oc::PodRef>(fail(component.error()));
        if (!pod)
            return fail(pod.error());
        const auto saved = savedIndex(step, **component, *pod);
        if (!saved)
            return fail(saved.error());
        return proveIndex(step, (*component)->id, saved->index, saved->at);
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
    [[nodiscard]] bool staysDone() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        const auto runs = pod ? existsInPod(step, *pod, u"/tmp/scalekeep-redis.pid"_s) : Result<bool>(fail(pod.error()));
        return runs ? Result<Probe>(*runs ? Probe::NotHappened : Probe::Happened) : fail(runs.error());
    }
};

/// Removes the files that were put aside, once the new ones are proven and unless they are the only copy.
class TidyHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        if (!pod)
            return fail(pod.error());
        if (const auto removed = unstage(step, *pod, stagedDump(step)); !removed)
            return fail(removed.error());
        return aside::tidy(step, *pod, helper::volumePath);
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the load's own undo follows, and finds them or the safety bundle
    [[nodiscard]] bool staysDone() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = helper::container(step, step.step.component);
        const auto staged = pod ? existsInPod(step, *pod, stagedDump(step)) : Result<bool>(fail(pod.error()));
        return !staged ? fail(staged.error()) : *staged ? Result<Probe>(Probe::Partly) : aside::probeTidy(step, *pod, helper::volumePath);
    }
};
} // namespace

void registerHelperHandlers(run::Handlers& handlers)
{
    run::add<StageHandler>(handlers, u"redis.stage"_s);
    run::add<LoadHandler>(handlers, u"redis.load"_s);
    run::add<ProveHandler>(handlers, u"redis.prove"_s);
    run::add<ShutdownHandler>(handlers, u"redis.shutdown"_s);
    run::add<TidyHandler>(handlers, u"redis.tidy"_s);
}

} // namespace scalekeep::store::redis
