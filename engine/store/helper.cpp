#include "engine/store/helper.h"

#include "engine/run/refresh.h"
#include "engine/store/identity.h"
#include "engine/store/recall.h"

#include <QJsonArray>

namespace scalekeep::store::helper {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int startAttempts = 150;
constexpr std::chrono::seconds startInterval{2};
constexpr std::chrono::seconds removalTimeout{120};

QString podName(const QString& component, const QString& nonce)
{
    return u"scalekeep-%1-%2"_s.arg(component, nonce);
}

bool isOver(const QJsonObject& pod)
{
    const QString phase = pod[u"status"][u"phase"].toString();
    return phase == u"Failed" || phase == u"Succeeded";
}

/// What the workload's template states holds, as it does for the workload's own pods.
QJsonObject merged(QJsonObject stated, const QJsonObject& given)
{
    for (auto field = given.begin(); field != given.end(); ++field) {
        if (!stated.contains(field.key()))
            stated.insert(field.key(), *field);
    }
    return stated;
}

Result<bool> isThere(const run::StepRun& step, const QJsonObject& made)
{
    if (made[u"pod"].toString().isEmpty())
        return false;
    const auto pod = step.client.get(u"pod"_s, made[u"pod"].toString());
    if (!pod)
        return pod.error().code == ErrorCode::NotFound ? Result<bool>(false) : Result<bool>(fail(pod.error()));
    return (*pod)[u"metadata"][u"uid"].toString() == made[u"uid"].toString() && !isOver(*pod) && !(*pod)[u"metadata"].toObject().contains(u"deletionTimestamp"_s);
}

Result<QJsonObject> start(run::StepRun& step)
{
    const auto component = componentOf(step);
    if (!component)
        return fail(component.error());
    if (const auto refreshed = run::refresh(step); !refreshed)
        return fail(refreshed.error());
    QJsonObject pod;
    {
        const std::lock_guard lock(step.context.mutex);
        const auto made = podFor(**component, step.context.inventory, step.context.nonce);
        if (!made)
            return fail(made.error());
        pod = *made;
    }
    const QString name = pod[u"metadata"][u"name"].toString();
    // One of an earlier pass that has ended is no use; one that goes must be gone first.
    const auto old = step.client.get(u"pod"_s, name);
    if (!old && old.error().code != ErrorCode::NotFound)
        return fail(old.error());
    if (old && (isOver(*old) || (*old)[u"metadata"].toObject().contains(u"deletionTimestamp"_s))) {
        if (const auto removed = step.client.remove(u"pod"_s, name, true, removalTimeout); !removed)
            return fail(removed.error());
    }
    if (const auto created = step.client.create(pod); !created && created.error().code != ErrorCode::AlreadyExists)
        return fail(created.error());
    QString last = u"Pending"_s;
    for (int attempt = 0; attempt < startAttempts; ++attempt) {
        const auto now = step.client.get(u"pod"_s, name);
        if (!now)
            return fail(now.error());
        const QJsonObject status = (*now)[u"status"].toObject();
        last = status[u"phase"].toString();
        const QJsonObject state = status[u"containerStatuses"][0].toObject();
        if (last == u"Running" && state[u"ready"].toBool())
            return QJsonObject{{u"pod"_s, name}, {u"uid"_s, (*now)[u"metadata"][u"uid"]}, {u"container"_s, u"helper"_s}};
        if (last == u"Failed" || last == u"Succeeded")
            break;
        if (const QString reason = state[u"state"][u"waiting"][u"reason"].toString(); !reason.isEmpty())
            last = reason;
        if (const auto waited = pause(step, startInterval); !waited)
            return fail(waited.error());
    }
    return fail(ErrorCode::NotReady, u"The helper pod %1 did not start (%2)."_s.arg(name, last), u"No data was changed. Look at its events with: oc describe pod %1"_s.arg(name));
}

class CreateHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override { return start(step); }
    Result<void> undo(run::StepRun& step) const override
    {
        return step.client.remove(u"pod"_s, podName(step.step.component, step.context.nonce), true, removalTimeout);
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = step.client.get(u"pod"_s, podName(step.step.component, step.context.nonce));
        if (!pod)
            return pod.error().code == ErrorCode::NotFound ? Result<Probe>(Probe::NotHappened) : fail(pod.error());
        const QJsonObject status = (*pod)[u"status"].toObject();
        if (status[u"phase"].toString() != u"Running" || !status[u"containerStatuses"][0][u"ready"].toBool() || (*pod)[u"metadata"].toObject().contains(u"deletionTimestamp"_s))
            return Probe::Partly;
        step.found = {{u"pod"_s, (*pod)[u"metadata"][u"name"]}, {u"uid"_s, (*pod)[u"metadata"][u"uid"]}, {u"container"_s, u"helper"_s}};
        return Probe::Happened;
    }
    Result<bool> recall(run::StepRun& step, const QJsonObject& result) const override
    {
        const QString& id = step.step.component;
        return isDone(step, u"remove-helper:"_s + id) ? Result<bool>(true) : isThere(step, result);
    }
};

class RemoveHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto removed = step.client.remove(u"pod"_s, podName(step.step.component, step.context.nonce), true, removalTimeout);
        return removed ? Result<QJsonObject>(QJsonObject{}) : Result<QJsonObject>(fail(removed.error()));
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // making it again serves nobody
    [[nodiscard]] bool staysDone() const override { return true; }
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto pod = step.client.get(u"pod"_s, podName(step.step.component, step.context.nonce));
        if (!pod && pod.error().code != ErrorCode::NotFound)
            return fail(pod.error());
        return pod ? Probe::NotHappened : Probe::Happened;
    }
};
} // namespace

Result<QJsonObject> podFor(const catalog::Component& component, const cluster::Inventory& inventory, const QString& nonce)
{
    const cluster::Workload* workload = inventory.workload(component.workload);
    const QJsonObject object = workload ? inventory.object(workload->kind, workload->name) : QJsonObject{};
    const QJsonObject spec = object[u"spec"][u"template"][u"spec"].toObject();
    QJsonObject container;
    const QJsonArray containers = spec[u"containers"].toArray();
    for (const QJsonValue& candidate : containers) {
        if (candidate[u"name"].toString() == component.container)
            container = candidate.toObject();
    }
    if (container.isEmpty())
        return fail(ErrorCode::NotFound, u"%1 has no container “%2” in %3, by which a helper pod could be made."_s.arg(component.workload, component.container, inventory.namespaceName),
                    u"Restore the workloads first."_s);
    if (component.claim.isEmpty())
        return fail(ErrorCode::Unsupported, u"%1 has no volume claim: a helper pod cannot reach its data."_s.arg(component.id));

    QJsonObject helper{{u"name"_s, u"helper"_s},
                       {u"image"_s, container[u"image"]},
                       {u"command"_s, QJsonArray{u"sh"_s, u"-c"_s, u"trap 'exit 0' TERM; while :; do sleep 1; done"_s}},
                       {u"volumeMounts"_s, QJsonArray{QJsonObject{{u"name"_s, u"data"_s}, {u"mountPath"_s, volumePath}}}}};
    if (container.contains(u"resources"_s))
        helper[u"resources"] = container[u"resources"];
    const Identity identity = identityFor(inventory, *workload, component.container, spec[u"serviceAccountName"].toString(u"default"_s));
    helper[u"securityContext"] = merged(container.value(u"securityContext"_s).toObject(), identity.container);
    QJsonObject podSpec{{u"containers"_s, QJsonArray{helper}},
                        {u"restartPolicy"_s, u"Never"_s},
                        {u"terminationGracePeriodSeconds"_s, 5},
                        {u"volumes"_s, QJsonArray{QJsonObject{{u"name"_s, u"data"_s}, {u"persistentVolumeClaim"_s, QJsonObject{{u"claimName"_s, component.claim}}}}}}};
    podSpec[u"securityContext"] = merged(spec[u"securityContext"].toObject(), identity.pod);
    for (const QString& key : {u"serviceAccountName"_s, u"imagePullSecrets"_s, u"nodeSelector"_s, u"tolerations"_s, u"affinity"_s}) {
        if (spec.contains(key))
            podSpec[key] = spec[key];
    }
    return QJsonObject{{u"apiVersion"_s, u"v1"_s},
                       {u"kind"_s, u"Pod"_s},
                       {u"metadata"_s, QJsonObject{{u"name"_s, podName(component.id, nonce)},
                                                   {u"labels"_s, QJsonObject{{runLabel, nonce}, {u"app.kubernetes.io/managed-by"_s, u"scalekeep"_s}}}}},
                       {u"spec"_s, podSpec}};
}

Result<oc::PodRef> container(const run::StepRun& step, const QString& component)
{
    const QJsonObject made = step.context.result(u"helper:"_s + component);
    if (made[u"pod"].toString().isEmpty())
        return fail(ErrorCode::NotReady, u"There is no helper pod for %1."_s.arg(component));
    return oc::PodRef{made[u"pod"].toString(), made[u"container"].toString(), made[u"uid"].toString()};
}

Result<oc::PodRef> ensure(run::StepRun& step)
{
    const QString id = u"helper:"_s + step.step.component;
    const QJsonObject made = step.context.result(id);
    const auto there = isThere(step, made);
    if (!there)
        return fail(there.error());
    if (!*there) {
        const auto started = start(step);
        if (!started)
            return fail(started.error());
        const std::lock_guard lock(step.context.mutex);
        step.context.results.insert(id, *started);
    }
    return container(step, step.step.component);
}

void registerHandlers(run::Handlers& handlers)
{
    run::add<CreateHandler>(handlers, u"helper.create"_s);
    run::add<RemoveHandler>(handlers, u"helper.remove"_s);
}

} // namespace scalekeep::store::helper
