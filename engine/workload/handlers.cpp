#include "engine/workload/handlers.h"

#include "engine/run/refresh.h"
#include "engine/run/lock.h"
#include "engine/workload/apimanager.h"
#include "engine/workload/changed.h"
#include "engine/workload/state.h"
#include "engine/workload/verify.h"

#include <QJsonArray>

#include <algorithm>
#include <functional>

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

/// Scales all that can be scaled, and answers them: one that cannot be started must not keep the others down. `first`: the first error.
QList<Wanted> scaleAll(run::StepRun& step, const QList<Wanted>& workloads, bool mayBeGone, Result<void>& first)
{
    QList<Wanted> scaled;
    for (const Wanted& each : workloads) {
        const auto state = read(step.client, each.kind, each.name);
        const auto done = !state ? Result<void>(fail(state.error())) : state->desired == each.replicas ? Result<void>{} : step.client.scale(target(each.kind, each.name), each.replicas);
        if (done)
            scaled.append(each);
        else if (first && !(mayBeGone && done.error().code == ErrorCode::NotFound))
            first = done;
    }
    return scaled;
}

/// Scales and awaits several workloads at once.
Result<void> startAll(run::StepRun& step, const QList<Wanted>& workloads)
{
    Result<void> answer;
    const QList<Wanted> started = scaleAll(step, workloads, false, answer);
    for (const Wanted& each : started) {
        if (const auto ready = awaitReady(step, each.kind, each.name, each.replicas); !ready && answer)
            answer = ready;
    }
    return answer;
}

QStringList namesOf(const QList<Wanted>& workloads)
{
    QStringList names;
    for (const Wanted& each : workloads)
        names.append(each.name);
    return names;
}

/// Calls `look` with every named workload that is there, as it is now.
Result<void> lookAt(run::StepRun& step, const std::function<Result<void>(const Wanted&, const State&)>& look)
{
    for (const Wanted& each : wanted(step)) {
        const auto state = read(step.client, each.kind, each.name);
        if (!state && state.error().code == ErrorCode::NotFound)
            continue;
        if (!state)
            return fail(state.error());
        if (const auto looked = look(each, *state); !looked)
            return looked;
    }
    return {};
}

/// With the parameter `watched`, what is stopped is to stay so untouched until a later step has looked.
QJsonObject marksOf(const run::StepRun& step, const QHash<QString, QString>& marks)
{
    QJsonObject object;
    if (!step.step.parameters[u"watched"].toBool())
        return object;
    for (auto mark = marks.cbegin(); mark != marks.cend(); ++mark)
        object.insert(mark.key(), mark.value());
    return object;
}

bool isAsMarked(const QJsonObject& result, const State& state)
{
    const QJsonValue mark = result[u"marks"][state.name];
    return mark.isUndefined() || mark.toString() == changeMark(state);
}

/// Whether a later step of this run has brought the workload up again.
bool startedSince(const run::StepRun& step, const QString& name)
{
    const std::lock_guard lock(step.context.mutex);
    for (auto result = step.context.results.cbegin(); result != step.context.results.cend(); ++result) {
        if (result.key().startsWith(u"start"_s) && result.value()[u"replicas"].toObject().contains(name))
            return true;
    }
    return step.context.results.contains(u"resume"_s);
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
        QHash<QString, QString> marks;
        const auto looked = !step.step.parameters[u"watched"].toBool() ? Result<void>{} : lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            if (state.desired != 0)
                return fail(ErrorCode::Conflict, u"%1 was scaled back to %2 by somebody else."_s.arg(each.name).arg(state.desired), u"Stop the operator or autoscaler that does it, then try again."_s);
            marks.insert(each.name, changeMark(state));
            return {};
        });
        return looked ? Result<QJsonObject>(QJsonObject{{u"replicas"_s, originals}, {u"marks"_s, marksOf(step, marks)}}) : fail(looked.error());
    }
    Result<void> undo(run::StepRun& step) const override
    {
        const auto may = mayStart(step, namesOf(wanted(step)));
        if (!may)
            return fail(may.error());
        if (!*may) {
            step.log(u"Stays stopped, as this run found it: the data was half-loaded before it began."_s);
            return {};
        }
        const QStringList kept = keptDown(step);
        if (!kept.isEmpty())
            step.log(u"Stays stopped, as this run found it, for some of the data had been restored and the rest had not: %1."_s.arg(kept.join(u", "_s)));
        if (const auto back = putFieldsBack(step, kept); !back)
            return back;
        QList<Wanted> before;
        for (const Wanted& each : wanted(step)) {
            if (const auto original = originalReplicas(step, each.kind, each.name); original && !kept.contains(each.name))
                before.append({each.kind, each.name, *original});
        }
        // The counts are what was taken away. Pods may have had their own reasons not to be ready, before this run as after it.
        Result<void> answer;
        const QList<Wanted> started = scaleAll(step, before, true, answer);
        for (const Wanted& each : started) {
            if (const auto ready = awaitReady(step, each.kind, each.name, each.replicas, undoLimit); !ready && ready.error().code != ErrorCode::NotFound)
                step.log(u"Warning: %1"_s.arg(ready.error().message));
        }
        return answer;
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        QJsonObject originals;
        QHash<QString, QString> marks;
        qsizetype stopped = 0, running = 0;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            const auto gone = isStopped(step, state);
            if (!gone)
                return fail(gone.error());
            const auto original = originalReplicas(step, each.kind, each.name);
            *gone && original ? ++stopped : ++running; // without an original there would be no way back
            originals.insert(each.name, original.value_or(0));
            marks.insert(each.name, changeMark(state));
            return {};
        });
        step.found = {{u"replicas"_s, originals}, {u"marks"_s, marksOf(step, marks)}};
        return looked ? Result<Probe>(allOrNone(stopped, running)) : fail(looked.error());
    }
    /// Somebody (an operator, an autoscaler, a person) may have started them since.
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        bool stopped = true;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            stopped = stopped && ((state.desired == 0 && isAsMarked(result, state)) || startedSince(step, each.name));
            return {};
        });
        return looked ? Result<bool>(stopped) : fail(looked.error());
    }
};

/// Whether what the step named by the parameter `since` has stopped never ran again: only then a bundle may say that the writers were stopped.
class StayedHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const QJsonObject since = step.context.result(step.step.parameters[u"since"].toString());
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            const auto gone = isStopped(step, state);
            if (!gone)
                return fail(gone.error());
            if (*gone && isAsMarked(since, state))
                return {};
            const QString what = *gone ? u"%1 is stopped, but was changed while the data was read: it may have run meanwhile."_s.arg(each.name) : u"%1 was started by somebody else while the data was read."_s.arg(each.name);
            if (step.context.catalog && step.context.catalog->operatorDeployments.contains(each.name)) {
                step.log(u"Warning: %1 It writes no data itself, and the writers did not run."_s.arg(what)); // else one of them says so
                return {};
            }
            return fail(ErrorCode::Conflict, what, u"What was read may be of several moments: there is no bundle. Stop the operator, autoscaler or rollout that does it, then make a new backup."_s);
        });
        return looked ? Result<QJsonObject>(QJsonObject{}) : fail(looked.error());
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override { return !step.context.writer; } // as long as the bundle is not complete
};

/// Brings workloads up: to `replicas` of the plan where it names a count, else to what the lock remembers, else as they are.
class StartHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        if (const auto may = mayStart(step, namesOf(wanted(step))); !may)
            return fail(may.error());
        if (const auto back = putFieldsBack(step); !back)
            return fail(back.error());
        QJsonObject counts;
        QList<Wanted> targets;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            targets.append({each.kind, each.name, countOf(step, each, state)});
            counts.insert(each.name, targets.last().replicas);
            return {};
        });
        if (!looked)
            return fail(looked.error());
        if (const auto started = startAll(step, targets); !started)
            return fail(started.error());
        return QJsonObject{{u"replicas"_s, counts}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        if (const auto zeroed = zeroFields(step); !zeroed)
            return zeroed;
        for (const Wanted& each : wanted(step)) {
            // Gone, not only asked to go: what is undone next must have no writer.
            if (const auto stopped = stopAgain(step, each.kind, each.name); !stopped && stopped.error().code != ErrorCode::NotFound)
                return stopped;
        }
        return {};
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        QJsonObject counts;
        qsizetype up = 0, down = 0, between = 0;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            const int count = countOf(step, each, state);
            if (state.desired == count && state.ready >= count && !state.rolloutInProgress)
                ++up;
            else
                state.desired == 0 ? ++down : ++between;
            counts.insert(each.name, count);
            return {};
        });
        step.found = {{u"replicas"_s, counts}};
        const auto back = fieldsAreBack(step);
        if (!looked || !back)
            return fail(looked ? back.error() : looked.error());
        return between > 0 || (up > 0 && !*back) ? Result<Probe>(Probe::Partly) : Result<Probe>(allOrNone(up, down));
    }

private:
    static int countOf(const run::StepRun& step, const Wanted& each, const State& state)
    {
        return each.replicas >= 0 ? each.replicas : originalReplicas(step, each.kind, each.name).value_or(state.desired);
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
    Result<void> undo(run::StepRun&) const override { return {}; } // what it brings back is what an undo wants
    Result<Probe> probe(run::StepRun& step) const override
    {
        qsizetype back = 0, away = 0;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            originalReplicas(step, each.kind, each.name).value_or(state.desired) == state.desired ? ++back : ++away;
            return {};
        });
        return looked ? Result<Probe>(allOrNone(back, away)) : fail(looked.error());
    }
};

class RolloutHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        QJsonArray rolledOut;
        const auto done = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            if (state.desired == 0) {
                step.log(u"%1 has no pods: they will start with the new values."_s.arg(each.name));
                return {};
            }
            if (const auto noted = step.evidence({{u"rollingOut"_s, each.name}, {u"mark"_s, rolloutMark(state)}}); !noted)
                return noted;
            rolledOut.append(each.name);
            return rollOut(step, each.kind, each.name);
        });
        return done ? Result<QJsonObject>(QJsonObject{{u"rolledOut"_s, rolledOut}}) : fail(done.error());
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // the pods run again; their data was not touched
    Result<Probe> probe(run::StepRun& step) const override
    {
        QJsonArray rolledOut;
        qsizetype done = 0, open = 0, begun = 0;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            if (state.desired == 0)
                return {};
            const auto noted = std::find_if(step.earlierEvidence.crbegin(), step.earlierEvidence.crend(), [&each](const QJsonObject& fact) { return fact[u"rollingOut"].toString() == each.name; });
            const Probe since = noted == step.earlierEvidence.crend() ? Probe::NotHappened : sinceMark(state, (*noted)[u"mark"].toString());
            since == Probe::Happened ? ++done : since == Probe::Partly ? ++begun : ++open;
            rolledOut.append(each.name);
            return {};
        });
        step.found = {{u"rolledOut"_s, rolledOut}};
        return !looked ? fail(looked.error()) : begun > 0 ? Result<Probe>(Probe::Partly) : Result<Probe>(allOrNone(done, open));
    }
};

QString pausedKey(const QString& name)
{
    return u"paused:%1"_s.arg(name);
}

class PauseHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto done = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            if (const auto noted = remember(step, pausedKey(each.name), state.paused); !noted)
                return noted;
            return state.paused ? Result<void>{} : step.client.rolloutPause(target(each.kind, each.name));
        });
        return done ? Result<QJsonObject>(QJsonObject{}) : fail(done.error());
    }
    Result<void> undo(run::StepRun& step) const override
    {
        // A rollout that was held back begins at once, and its hooks run on whatever the database holds.
        const auto may = mayStart(step, namesOf(wanted(step)));
        return !may ? Result<void>(fail(may.error())) : *may ? resume(step, keptDown(step)) : Result<void>{};
    }
    Result<Probe> probe(run::StepRun& step) const override { return arePaused(step, true); }
    Result<bool> recall(run::StepRun& step, const QJsonObject&) const override
    {
        {
            const std::lock_guard lock(step.context.mutex);
            if (step.context.results.contains(u"resume-rollouts"_s))
                return true;
        }
        const auto paused = arePaused(step, true);
        return paused ? Result<bool>(*paused == Probe::Happened) : fail(paused.error());
    }

    static Result<Probe> arePaused(run::StepRun& step, bool wantedState)
    {
        qsizetype yes = 0, no = 0;
        const auto looked = lookAt(step, [&](const Wanted&, const State& state) -> Result<void> {
            state.paused == wantedState ? ++yes : ++no;
            return {};
        });
        return looked ? Result<Probe>(allOrNone(yes, no)) : fail(looked.error());
    }

    static Result<void> resume(run::StepRun& step, const QStringList& kept = {})
    {
        return lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            const QJsonValue before = step.context.lock->originals()[pausedKey(each.name)];
            if (kept.contains(each.name) || !before.isBool() || before.toBool() || !state.paused)
                return {}; // not paused by us, or not any more
            return step.client.rolloutResume(target(each.kind, each.name));
        });
    }
};

class UnpauseHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        if (const auto may = mayStart(step, namesOf(wanted(step))); !may)
            return fail(may.error());
        const auto resumed = PauseHandler::resume(step);
        return resumed ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(resumed.error()));
    }
    Result<void> undo(run::StepRun& step) const override
    {
        return lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> { return state.paused ? Result<void>{} : step.client.rolloutPause(target(each.kind, each.name)); });
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        qsizetype yes = 0, no = 0;
        const auto looked = lookAt(step, [&](const Wanted& each, const State& state) -> Result<void> {
            const QJsonValue before = step.context.lock->originals()[pausedKey(each.name)];
            state.paused == before.toBool(false) ? ++yes : ++no;
            return {};
        });
        return looked ? Result<Probe>(allOrNone(yes, no)) : fail(looked.error());
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
        if (const auto refreshed = run::refresh(step); !refreshed)
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
    /// It was begun: how far it came is known to System alone, and saying it twice does no harm.
    Result<Probe> probe(run::StepRun&) const override { return Probe::Partly; }
};
} // namespace

void registerHandlers(run::Handlers& handlers)
{
    run::add<StopHandler>(handlers, u"workloads.stop"_s);
    run::add<StayedHandler>(handlers, u"workloads.stayed"_s);
    run::add<StartHandler>(handlers, u"workloads.start"_s);
    run::add<ResumeAllHandler>(handlers, u"workloads.resume"_s);
    run::add<RolloutHandler>(handlers, u"workloads.rollout"_s);
    run::add<PauseHandler>(handlers, u"rollouts.pause"_s);
    run::add<UnpauseHandler>(handlers, u"rollouts.resume"_s);
    run::add<TaskHandler>(handlers, u"task.run"_s);
    registerApiManagerHandlers(handlers);
    registerChangedHandlers(handlers);
    registerVerifyHandlers(handlers);
}

} // namespace scalekeep::workload
