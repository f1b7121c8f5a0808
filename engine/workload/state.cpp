#include "engine/workload/state.h"

#include "engine/run/lock.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <algorithm>
#include <thread>

namespace scalekeep::workload {

using namespace Qt::Literals::StringLiterals;

namespace {
// Most pods need seconds, some are ready at once: asked soon, then less and less often.
constexpr std::chrono::milliseconds firstPoll{100}, lastPoll{2000};
constexpr std::chrono::seconds rolloutLimit{900};
constexpr std::chrono::seconds deletionLimit{300};

QString originalKey(const QString& kind, const QString& name)
{
    return u"replicas:%1/%2"_s.arg(kind, name);
}

Result<void> sleep(const run::StepRun& step, std::chrono::milliseconds time)
{
    for (auto slept = std::chrono::milliseconds(0); slept < time; slept += std::chrono::milliseconds(50)) {
        if (step.stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return {};
}

Result<QStringList> podNames(const run::StepRun& step, const State& state)
{
    // Hook and deployer pods carry other labels: these are the workload's own.
    QStringList terms;
    const QJsonObject selector = state.kind == u"DeploymentConfig" ? state.object[u"spec"][u"selector"].toObject() : state.object[u"spec"][u"selector"][u"matchLabels"].toObject();
    for (auto term = selector.begin(); term != selector.end(); ++term)
        terms.append(term.key() + u'=' + term.value().toString());
    if (terms.isEmpty())
        return fail(ErrorCode::BadInput, u"%1 has no selector: its pods cannot be told."_s.arg(state.name));
    const auto pods = step.client.list({u"pods"_s}, terms.join(u','));
    if (!pods)
        return fail(pods.error());
    if (!pods->problems.isEmpty())
        return fail(pods->problems.first());
    QStringList names;
    for (const QJsonValue& pod : pods->items) {
        const QString phase = pod[u"status"][u"phase"].toString();
        if (phase != u"Succeeded" && phase != u"Failed")
            names.append(pod[u"metadata"][u"name"].toString());
    }
    return names;
}

/// As many as are wanted, all of its definition as it is now, ready or not.
bool hasOnlyNewPods(const State& state)
{
    const QJsonValue status = state.object[u"status"];
    const bool isSeen = status[u"observedGeneration"].toInteger() >= state.object[u"metadata"][u"generation"].toInteger();
    return isSeen && state.updated >= state.desired && state.updated == status[u"replicas"].toInt();
}
} // namespace

QString target(const QString& kind, const QString& name)
{
    return (kind == u"DeploymentConfig" ? u"dc/"_s : u"deployment/"_s) + name;
}

QString resource(const QString& kind)
{
    return kind == u"DeploymentConfig" ? u"deploymentconfigs.apps.openshift.io"_s : u"deployments.apps"_s;
}

Result<State> read(const oc::Client& client, const QString& kind, const QString& name)
{
    const auto object = client.get(resource(kind), name);
    if (!object)
        return fail(object.error());
    const QJsonObject spec = (*object)[u"spec"].toObject(), status = (*object)[u"status"].toObject();
    State state{.kind = kind, .name = name, .desired = spec[u"replicas"].toInt(), .ready = status[u"readyReplicas"].toInt(), .updated = status[u"updatedReplicas"].toInt(),
                .paused = spec[u"paused"].toBool(), .object = *object};
    const cluster::Inventory alone = cluster::inventoryFromObjects({*object}, client.connection().namespaceName);
    state.rolloutInProgress = !alone.workloads.isEmpty() && alone.workloads.first().rolloutInProgress;
    return state;
}

std::optional<int> originalReplicas(const run::StepRun& step, const QString& kind, const QString& name)
{
    if (!step.context.lock)
        return {};
    const QJsonValue value = step.context.lock->originals()[originalKey(kind, name)];
    return value.isDouble() ? std::optional(value.toInt()) : std::nullopt;
}

Result<QStringList> beginStop(run::StepRun& step, const QString& kind, const QString& name)
{
    const auto state = read(step.client, kind, name);
    if (!state)
        return fail(state.error());
    if (const auto noted = remember(step, originalKey(kind, name), state->desired); !noted)
        return fail(noted.error());
    if (state->desired > 0) {
        if (const auto scaled = step.client.scale(target(kind, name), 0); !scaled)
            return fail(scaled.error());
    }
    return podNames(step, *state);
}

Result<void> awaitGone(run::StepRun& step, const QString& kind, const QString& name, const QStringList& pods)
{
    QElapsedTimer timer;
    timer.start();
    auto poll = firstPoll;
    for (QStringList left = pods;;) {
        for (const QString& pod : left) {
            if (const auto gone = step.client.waitForDeletion(u"pod"_s, pod, deletionLimit); !gone)
                return gone;
        }
        // Somebody (an operator, an autoscaler) may have put the count back meanwhile.
        const auto after = read(step.client, kind, name);
        if (!after)
            return fail(after.error());
        if (after->desired != 0)
            return fail(ErrorCode::Conflict, u"%1 was scaled back to %2 by somebody else."_s.arg(name).arg(after->desired), u"Stop the operator or autoscaler that does it, then try again."_s);
        // A rollout that is under way brings pods that were not there yet, also when its deployer has just ended the old ones; at its end they go, too.
        const auto others = podNames(step, *after);
        if (!others)
            return fail(others.error());
        if (others->isEmpty() && !after->rolloutInProgress)
            return {};
        if (timer.hasExpired(std::chrono::milliseconds(after->rolloutInProgress ? rolloutLimit : deletionLimit).count())) {
            const QString why = others->isEmpty() ? u"%1 has a rollout that does not end, and may bring pods though none is wanted."_s.arg(name) : u"%1 gets new pods though none is wanted: %2."_s.arg(name, others->join(u", "_s));
            return fail(ErrorCode::Conflict, why, u"Wait until its rollout is done, or cancel it, then try again."_s);
        }
        left = *others;
        if (!left.isEmpty())
            continue;
        if (const auto slept = sleep(step, poll); !slept)
            return slept;
        poll = std::min(poll * 2, lastPoll);
    }
}

Result<void> stopAgain(run::StepRun& step, const QString& kind, const QString& name)
{
    const auto state = read(step.client, kind, name);
    if (!state)
        return fail(state.error());
    if (state->desired > 0) {
        if (const auto scaled = step.client.scale(target(kind, name), 0); !scaled)
            return scaled;
    }
    const auto pods = podNames(step, *state);
    return pods ? awaitGone(step, kind, name, *pods) : Result<void>(fail(pods.error()));
}

Result<void> remember(run::StepRun& step, const QString& key, const QJsonValue& original)
{
    if (const auto noted = step.context.lock->remember(key, original); !noted)
        return noted;
    return step.evidence({{u"original"_s, key}, {u"value"_s, step.context.lock->originals()[key]}, {u"found"_s, original}});
}

int wantedNow(const State& state, int replicas)
{
    return state.desired > 0 ? std::min(replicas, state.desired) : replicas;
}

Result<void> awaitReady(run::StepRun& step, const QString& kind, const QString& name, int replicas, std::chrono::minutes limit)
{
    QElapsedTimer timer;
    timer.start();
    for (auto poll = firstPoll;; poll = std::min(poll * 2, lastPoll)) {
        const auto state = read(step.client, kind, name);
        if (!state)
            return fail(state.error());
        const int wanted = wantedNow(*state, replicas);
        if (state->ready >= wanted && !state->rolloutInProgress)
            return {};
        step.progress(state->ready, wanted, u"pods"_s);
        if (timer.hasExpired(std::chrono::milliseconds(limit).count()))
            return fail(ErrorCode::Timeout, u"%1 has %2 of %3 pods ready after %4 minutes."_s.arg(name).arg(state->ready).arg(wanted).arg(limit.count()),
                        u"Look at its pods' events and logs; the data is loaded. Resume the run when they are ready."_s);
        if (const auto slept = sleep(step, poll); !slept)
            return slept;
    }
}

Result<void> awaitSettled(run::StepRun& step, const QString& kind, const QString& name, std::chrono::minutes limit, std::chrono::minutes patience)
{
    QElapsedTimer timer, sinceAllNew;
    timer.start();
    sinceAllNew.start();
    for (auto poll = firstPoll;; poll = std::min(poll * 2, lastPoll)) {
        const auto state = read(step.client, kind, name);
        if (!state)
            return fail(state.error());
        const bool allNew = hasOnlyNewPods(*state);
        if (!allNew)
            sinceAllNew.start();
        // Until the first new pod is asked for, a Deployment that is recreated shows the end of its last rollout (kubernetes, syncRolloutStatus).
        if (!state->rolloutInProgress && (allNew || kind == u"DeploymentConfig"))
            return {};
        if (allNew && sinceAllNew.hasExpired(std::chrono::milliseconds(patience).count())) {
            step.log(u"Warning: the rollout of %1 has not ended, for its new pod is not ready. No old pod is left, so the run goes on."_s.arg(name));
            return {};
        }
        step.progress(state->updated, state->desired, u"pods"_s);
        if (timer.hasExpired(std::chrono::milliseconds(limit).count()))
            return fail(ErrorCode::Timeout, u"The rollout of %1 has not ended after %2 minutes."_s.arg(name).arg(limit.count()), u"Nothing was loaded. Look at its pods' events and logs, then resume the run."_s);
        if (const auto slept = sleep(step, poll); !slept)
            return slept;
    }
}

Result<void> rollOut(run::StepRun& step, const QString& kind, const QString& name)
{
    const auto before = read(step.client, kind, name);
    if (!before)
        return fail(before.error());
    const auto begun = kind == u"DeploymentConfig" ? step.client.rolloutLatest(u"dc/"_s + name) : step.client.rolloutRestart(target(kind, name));
    if (!begun)
        return begun;
    if (const auto done = step.client.rolloutStatus(target(kind, name), rolloutLimit); !done)
        return done;
    return awaitReady(step, kind, name, before->desired);
}

Result<bool> isStopped(const run::StepRun& step, const State& state)
{
    if (state.desired > 0 || state.rolloutInProgress)
        return false;
    const auto pods = podNames(step, state);
    return pods ? Result<bool>(pods->isEmpty()) : fail(pods.error());
}

QString changeMark(const State& state)
{
    const QJsonObject metadata = state.object[u"metadata"].toObject();
    return u"%1 %2 %3"_s.arg(metadata[u"uid"].toString()).arg(metadata[u"generation"].toInteger()).arg(rolloutMark(state));
}

QString rolloutMark(const State& state)
{
    return state.kind == u"DeploymentConfig" ? QString::number(state.object[u"status"][u"latestVersion"].toInteger())
                                             : state.object[u"spec"][u"template"][u"metadata"][u"annotations"][u"kubectl.kubernetes.io/restartedAt"].toString();
}

run::Handler::Probe sinceMark(const State& state, const QString& mark)
{
    if (rolloutMark(state) == mark)
        return run::Handler::Probe::NotHappened;
    return !state.rolloutInProgress && state.ready >= state.desired ? run::Handler::Probe::Happened : run::Handler::Probe::Partly;
}

run::Handler::Probe allOrNone(qsizetype yes, qsizetype no)
{
    return no == 0 ? run::Handler::Probe::Happened : yes == 0 ? run::Handler::Probe::NotHappened : run::Handler::Probe::Partly;
}

Result<bool> mayStart(const run::StepRun& step, const QStringList& names)
{
    if (!step.context.lock)
        return true;
    const QStringList before = step.context.lock->inheritedInFlight().keys();
    const QJsonObject inFlight = step.context.lock->inFlight();
    QStringList ours;
    bool leave = false;
    for (const QString& id : inFlight.keys()) {
        const catalog::Component* component = step.context.catalog ? step.context.catalog->component(id) : nullptr;
        const bool touched = !component || std::any_of(names.begin(), names.end(), [&](const QString& name) {
            // Redis itself would start on the files that are swapped; a database has to run to be put right, and Redis on the documented way, too.
            // An operator starts everything that it owns.
            const bool half = component->engine == u"redis" && inFlight[id][u"action"].toString() != u"redis.documented.load";
            return (half && component->workload == name) || component->adminWriters.contains(name) || component->apiWriters.contains(name) || step.context.catalog->operatorDeployments.contains(name);
        });
        if (touched && before.contains(id))
            leave = true;
        else if (touched)
            ours.append(id);
    }
    if (!ours.isEmpty())
        return fail(ErrorCode::Conflict, u"%1 stays stopped, for the data of %2 is neither old nor new."_s.arg(names.join(u", "_s), ours.join(u", "_s)), u"Put the data right first (resume or undo the run, or restore it), then the rest follows."_s);
    return !leave;
}

QStringList keptDown(const run::StepRun& step)
{
    const QJsonObject inherited = step.context.lock ? step.context.lock->info().inherited : QJsonObject();
    if (inherited[u"closed"].toBool() || inherited[u"loaded"].toObject().isEmpty() || step.step.parameters[u"acceptMixed"].toBool())
        return {};
    // Of this step, or of the one that stopped them for it.
    const QList<QJsonObject> facts = step.earlierEvidence + step.evidenceOf(u"stop-writers"_s);
    QStringList names;
    for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
        const QString kind = each[u"kind"].toString(), name = each[u"name"].toString(), key = originalKey(kind, name);
        // The first time, before this run had stopped it; a step that was cut off before had stopped nothing yet.
        const auto first = std::find_if(facts.begin(), facts.end(), [&key](const QJsonObject& fact) { return fact[u"original"].toString() == key; });
        if (originalReplicas(step, kind, name).value_or(0) > 0 && (first == facts.end() || (*first)[u"found"].toInt() == 0))
            names.append(name);
    }
    return names;
}

} // namespace scalekeep::workload
