#include "engine/workload/handlers.h"

#include "engine/run/lock.h"
#include "engine/workload/apimanager.h"
#include "engine/workload/changed.h"
#include "engine/workload/state.h"
#include "engine/workload/verify.h"

#include <QJsonArray>

namespace scalekeep::workload {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::minutes undoLimit{2};

struct Wanted { QString kind, name; int replicas; };

QList<Wanted> wanted(const run::StepRun& step)
{
    QList<Wanted> list;
    for (const QJsonValue& value : step.step.parameters[u"workloads"].toArray())
        list.append({value[u"kind"].toString(), value[u"name"].toString(), value[u"replicas"].toInt(-1)});
    return list;
}

/// Scales and awaits several workloads at once. `counts`: how many of each.
Result<void> startAll(run::StepRun& step, const QList<Wanted>& workloads)
{
    Result<void> answer;
    QList<Wanted> started;
    // One that cannot be started must not keep the others down.
    for (const Wanted& each : workloads) {
        const auto state = read(step.client, each.kind, each.name);
        const auto scaled = !state ? Result<void>(fail(state.error())) : state->desired == each.replicas ? Result<void>{} : step.client.scale(target(each.kind, each.name), each.replicas);
        if (scaled)
            started.append(each);
        else if (answer)
            answer = scaled;
    }
    for (const Wanted& each : started) {
        if (const auto ready = awaitReady(step, each.kind, each.name, each.replicas); !ready && answer)
            answer = ready;
    }
    return answer;
}

/// Scales every named workload to 0 and waits until their pods are gone. Undo: back to what the lock remembers.
class StopHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonObject originals;
        QList<std::pair<Wanted, QStringList>> going;
        for (const Wanted& each : wanted(step)) {
            const auto pods = beginStop(step, each.kind, each.name);
            if (!pods && pods.error().code == ErrorCode::NotFound) {
                step.log(u"%1 is not there: nothing to stop."_s.arg(each.name));
                continue;
            }
            if (!pods)
                return fail(pods.error());
            going.append({each, *pods});
            originals.insert(each.name, originalReplicas(step, each.kind, each.name).value_or(0));
        }
        for (const auto& [each, pods] : going) {
            if (const auto gone = awaitGone(step, each.kind, each.name, pods); !gone)
                return fail(gone.error());
        }
        return QJsonObject{{u"replicas"_s, originals}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        // Writers on data that is neither old nor new would make it worse: system-app drops and seeds a database that it takes for an empty one.
        for (const QString& id : std::as_const(step.context.undoFailed)) {
            if (id.startsWith(u"load:"_s) || id.startsWith(u"swap:"_s))
                return fail(ErrorCode::Conflict, u"What was stopped stays stopped, for the undo of “%1” failed."_s.arg(id), u"Put the data right first, then undo the run again."_s);
        }
        QList<Wanted> before;
        for (const Wanted& each : wanted(step)) {
            if (const auto original = originalReplicas(step, each.kind, each.name))
                before.append({each.kind, each.name, *original});
        }
        // The counts are what was taken away. Pods may have had their own reasons not to be ready, before this run as after it.
        for (const Wanted& each : before) {
            const auto state = read(step.client, each.kind, each.name);
            const auto scaled = !state ? Result<void>(fail(state.error())) : state->desired == each.replicas ? Result<void>{} : step.client.scale(target(each.kind, each.name), each.replicas);
            if (!scaled && scaled.error().code != ErrorCode::NotFound)
                return scaled;
        }
        for (const Wanted& each : before) {
            if (const auto ready = awaitReady(step, each.kind, each.name, each.replicas, undoLimit); !ready && ready.error().code != ErrorCode::NotFound)
                step.log(u"Warning: %1"_s.arg(ready.error().message));
        }
        return {};
    }
};

/// Brings workloads up: to `replicas` of the plan where it names a count, else to what the lock remembers, else as they are.
class StartHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonObject counts;
        QList<Wanted> targets;
        for (const Wanted& each : wanted(step)) {
            const auto state = read(step.client, each.kind, each.name);
            if (!state && state.error().code == ErrorCode::NotFound) {
                step.log(u"%1 is not there: nothing to start."_s.arg(each.name));
                continue;
            }
            if (!state)
                return fail(state.error());
            const int replicas = each.replicas >= 0 ? each.replicas : originalReplicas(step, each.kind, each.name).value_or(state->desired);
            targets.append({each.kind, each.name, replicas});
            counts.insert(each.name, replicas);
        }
        if (const auto started = startAll(step, targets); !started)
            return fail(started.error());
        return QJsonObject{{u"replicas"_s, counts}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        for (const Wanted& each : wanted(step)) {
            // Gone, not only asked to go: what is undone next must have no writer.
            if (const auto stopped = stopAgain(step, each.kind, each.name); !stopped && stopped.error().code != ErrorCode::NotFound)
                return stopped;
        }
        return {};
    }
};

/// Puts everything that the lock remembers back: for the end of a quiesced backup, whatever happened before.
class ResumeAllHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        StopHandler stopped;
        if (const auto undone = stopped.undo(step); !undone)
            return fail(undone.error());
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun&) const override { return {}; }
};

class RolloutHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonArray rolledOut;
        for (const Wanted& each : wanted(step)) {
            const auto state = read(step.client, each.kind, each.name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (state->desired == 0) {
                step.log(u"%1 has no pods: they will start with the new values."_s.arg(each.name));
                continue;
            }
            if (const auto done = rollOut(step, each.kind, each.name); !done)
                return fail(done.error());
            rolledOut.append(each.name);
        }
        return QJsonObject{{u"rolledOut"_s, rolledOut}};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the pods run again; their data was not touched
};

QString pausedKey(const QString& name)
{
    return u"paused:%1"_s.arg(name);
}

class PauseHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        for (const Wanted& each : wanted(step)) {
            const auto state = read(step.client, each.kind, each.name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (const auto noted = remember(step, pausedKey(each.name), state->paused); !noted)
                return fail(noted.error());
            if (state->paused)
                continue;
            if (const auto paused = step.client.rolloutPause(target(each.kind, each.name)); !paused)
                return fail(paused.error());
        }
        return QJsonObject{};
    }
    Result<void> undo(run::StepRun& step) const override { return resume(step); }

    static Result<void> resume(run::StepRun& step)
    {
        for (const Wanted& each : wanted(step)) {
            const QJsonValue before = step.context.lock->originals()[pausedKey(each.name)];
            if (!before.isBool() || before.toBool())
                continue; // not paused by us
            const auto state = read(step.client, each.kind, each.name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (!state->paused)
                continue;
            if (const auto resumed = step.client.rolloutResume(target(each.kind, each.name)); !resumed)
                return resumed;
        }
        return {};
    }
};

class UnpauseHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto resumed = PauseHandler::resume(step);
        return resumed ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(resumed.error()));
    }
    Result<void> undo(run::StepRun& step) const override
    {
        for (const Wanted& each : wanted(step)) {
            const auto state = read(step.client, each.kind, each.name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (state->paused)
                continue;
            if (const auto paused = step.client.rolloutPause(target(each.kind, each.name)); !paused)
                return paused;
        }
        return {};
    }
};

/// A rake task in a ready pod, under heartbeats: it may take long and prints little.
class TaskHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const catalog::Task* task = step.context.catalog->task(step.step.parameters[u"task"].toString());
        if (!task)
            return fail(ErrorCode::BadInput, u"The catalogue has no task “%1”."_s.arg(step.step.parameters[u"task"].toString()));
        if (const auto refreshed = refresh(step); !refreshed)
            return fail(refreshed.error());
        oc::PodRef pod;
        {
            const std::lock_guard lock(step.context.mutex);
            const auto ready = step.context.inventory.readyPod(task->workload);
            if (!ready)
                return fail(ready.error());
            pod = {ready->name, task->container, ready->uid};
        }
        QByteArray output;
        oc::StreamOptions options;
        options.compress = false;
        options.dataSilence = std::chrono::milliseconds{0};
        const auto ran = step.client.streamOut(
            pod, task->argv,
            [&output](std::span<const char> data) -> Result<void> {
                constexpr qsizetype limit = 1024 * 1024;
                output.append(data.data(), std::min(static_cast<qsizetype>(data.size()), limit - output.size()));
                return {};
            },
            options);
        if (!ran)
            return fail(ran.error());
        if (!output.trimmed().isEmpty())
            step.log(QString::fromUtf8(output));
        return QJsonObject{{u"output"_s, QString::fromUtf8(output.right(4096))}};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // it only repeats what System says
};
} // namespace

void registerHandlers(run::Handlers& handlers)
{
    handlers.insert(u"workloads.stop"_s, std::make_shared<StopHandler>());
    handlers.insert(u"workloads.start"_s, std::make_shared<StartHandler>());
    handlers.insert(u"workloads.resume"_s, std::make_shared<ResumeAllHandler>());
    handlers.insert(u"workloads.rollout"_s, std::make_shared<RolloutHandler>());
    handlers.insert(u"rollouts.pause"_s, std::make_shared<PauseHandler>());
    handlers.insert(u"rollouts.resume"_s, std::make_shared<UnpauseHandler>());
    handlers.insert(u"task.run"_s, std::make_shared<TaskHandler>());
    registerApiManagerHandlers(handlers);
    registerChangedHandlers(handlers);
    registerVerifyHandlers(handlers);
}

} // namespace scalekeep::workload
