#include "engine/restore/putback.h"

#include "engine/run/refresh.h"
#include "engine/restore/restore.h"
#include "engine/store/common.h"
#include "engine/store/helper.h"
#include "engine/workload/state.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
/// A step of the lost run, as far as its undo needs it: the names of files and pods hold that run's nonce.
class LostStep {
public:
    LostStep(run::StepRun& outer, const QString& nonce, const QString& component, const QString& action, const QJsonObject& parameters)
    {
        m_context.client = outer.context.client;
        m_context.catalog = outer.context.catalog;
        m_context.redactor = outer.context.redactor;
        m_context.lock = outer.context.lock;
        m_context.nonce = nonce;
        {
            const std::lock_guard lock(outer.context.mutex);
            m_context.inventory = outer.context.inventory;
        }
        m_step.id = m_step.title = action;
        m_step.component = component;
        m_step.action = action;
        m_step.parameters = parameters;
        m_run.emplace(run::StepRun{.context = m_context, .step = m_step, .client = outer.client, .stop = outer.stop, .progress = outer.progress, .log = outer.log, .evidence = outer.evidence,
                                   .earlierEvidence = {}, .evidenceOf = [](const QString&) { return QList<QJsonObject>{}; }, .found = {}});
    }
    run::StepRun& run() { return *m_run; }

private:
    run::Context m_context;
    plan::Step m_step;
    std::optional<run::StepRun> m_run;
};

Result<void> undoOf(run::StepRun& step, const QString& nonce, const run::Handlers& handlers, const QString& component, const QString& action, const QJsonObject& parameters = {})
{
    const auto handler = handlers.value(action);
    if (!handler)
        return fail(ErrorCode::Unsupported, u"This version of Scalekeep does not know “%1”."_s.arg(action));
    LostStep lost(step, nonce, component, action, parameters);
    return handler->undo(lost.run());
}

/// Loaders of the lost run that may still work in a store's pod, and its staged dumps.
Result<void> tidyStore(run::StepRun& step, const QString& nonce, const catalog::Component& component)
{
    const cluster::Workload* workload = step.context.inventory.workload(component.workload);
    if (!workload)
        return {};
    const QList<cluster::Pod> pods = step.context.inventory.podsOf(*workload);
    for (const cluster::Pod& pod : pods) {
        if (pod.phase != u"Running" || pod.terminating)
            continue;
        const oc::PodRef container{pod.name, component.container, pod.uid};
        if (const auto ended = store::endOrphans(step, container); !ended)
            return ended;
        // What lies aside on a Redis volume is data, and is left to its own undo.
        const QString script = u"rm -rf -- /tmp/scalekeep-\"$1\"-*; [ -z \"$2\" ] || rm -f -- \"$2/scalekeep-$1.rdb\" \"$2/scalekeep-$1-dump.rdb\"*"_s;
        const auto removed = store::execChecked(step, container, {u"sh"_s, u"-c"_s, script, u"sh"_s, nonce, component.engine == u"redis" ? component.dataDirectory : QString{}}, u"remove what the lost run had staged in pod %1"_s.arg(pod.name));
        if (!removed)
            return fail(removed.error());
    }
    return {};
}

/// Nobody may have the files open that are swapped back: who was started by hand since is stopped again, and started with the rest.
Result<void> stopUsers(run::StepRun& step, const QString& id)
{
    const catalog::Component* component = step.context.catalog->component(id);
    if (!component)
        return {};
    const QStringList names = component->engine == u"files" ? component->adminWriters + component->apiWriters : QStringList{component->workload};
    for (const QString& name : names) {
        const cluster::Workload* known = step.context.inventory.workload(name);
        if (!known)
            continue;
        const auto pods = workload::beginStop(step, known->kind, name);
        const auto gone = pods ? workload::awaitGone(step, known->kind, name, *pods) : Result<void>(fail(pods.error()));
        if (!gone)
            return gone;
    }
    return {};
}

/// Takes back what these runs had put in the place of a component's data. Each run put aside what it found: only the last one first leads back.
Result<void> takeBack(run::StepRun& step, const QStringList& nonces, const run::Handlers& handlers, const QString& component, const QString& action)
{
    for (const QString& nonce : nonces) {
        if (const auto back = undoOf(step, nonce, handlers, component, action); !back)
            return back;
        if (nonce == nonces.last() || action == u"redis.documented.load")
            continue;
        // The next one needs the volume for a helper pod of its own name. Without this one nobody comes by what it had unpacked or copied: a dump holds secrets.
        if (const auto tidied = undoOf(step, nonce, handlers, component, action == u"files.swap" ? u"files.extract"_s : u"redis.stage"_s); !tidied)
            return tidied;
        if (const auto removed = undoOf(step, nonce, handlers, component, u"helper.create"_s); !removed)
            return removed;
    }
    return {};
}

/// Files and Redis lie aside on their volumes until they are proven: there the old data can be had without a bundle.
QStringList swapBack(run::StepRun& step, const QStringList& nonces, const run::Handlers& handlers)
{
    QStringList halfLoaded;
    const QJsonObject inFlight = step.context.lock->inFlight();
    for (auto each = inFlight.begin(); each != inFlight.end(); ++each) {
        // As far back as the run that was the first to overwrite it: what earlier ones have aside is older than what they had proven.
        const QString since = each.value()[u"nonce"].toString();
        const qsizetype first = nonces.indexOf(since);
        const QStringList runs = nonces.mid(0, std::max<qsizetype>(first, 0) + 1);
        const QString action = each.value()[u"action"].toString();
        const bool aside = action == u"files.swap" || action == u"redis.load" || action == u"redis.documented.load";
        // The documented way of Redis puts its files back in the running pod.
        const auto still = aside && action != u"redis.documented.load" ? stopUsers(step, each.key()) : Result<void>{};
        const auto back = !still ? still : aside ? takeBack(step, runs, handlers, each.key(), action) : Result<void>(fail(ErrorCode::Unsupported, u"%1 was being %2: what it held before is in the safety bundle only."_s.arg(each.key(), action.startsWith(u"undo:"_s) ? u"put back"_s : u"loaded"_s)));
        auto settled = back ? step.context.lock->settle(each.key(), false) : back;
        if (settled && first >= 0 && since != step.context.lock->info().nonce)
            settled = step.context.lock->settleInherited(each.key());
        if (settled && !step.context.lock->inFlight().contains(each.key())) {
            step.log(u"%1 holds its old data again."_s.arg(each.key()));
        } else {
            step.log(settled ? u"%1 was half-loaded before that run began, and is so again."_s.arg(each.key()) : settled.error().message);
            halfLoaded.append(each.key());
        }
    }
    return halfLoaded;
}

Result<void> removeHelpers(run::StepRun& step, const QString& nonce, const run::Handlers& handlers)
{
    const auto pods = step.client.list({u"pods"_s}, u"%1=%2"_s.arg(store::helper::runLabel, nonce));
    if (!pods)
        return fail(pods.error());
    if (!pods->problems.isEmpty())
        return fail(pods->problems.first());
    for (const catalog::Component& component : step.context.catalog->components) {
        const QString name = u"scalekeep-%1-%2"_s.arg(component.id, nonce);
        if (std::none_of(pods->items.begin(), pods->items.end(), [&name](const QJsonValue& pod) { return pod[u"metadata"][u"name"].toString() == name; }))
            continue;
        // What it had unpacked or copied onto the volume goes with it.
        const auto tidied = undoOf(step, nonce, handlers, component.id, component.engine == u"files" ? u"files.extract"_s : u"redis.stage"_s);
        if (!tidied)
            step.log(u"Warning: %1"_s.arg(tidied.error().message));
    }
    for (const QJsonValue& pod : pods->items) {
        const QString name = pod[u"metadata"][u"name"].toString();
        if (const auto removed = step.client.remove(u"pod"_s, name); !removed)
            return removed;
        step.log(u"Removed the helper pod %1."_s.arg(name));
    }
    return {};
}

Result<void> configurationBack(run::StepRun& step)
{
    const QJsonObject originals = step.context.lock->originals();
    for (auto original = originals.begin(); original != originals.end(); ++original) {
        const QString name = original.key().startsWith(u"configmap:"_s) ? original.key().section(u':', 1) : QString{};
        if (name.isEmpty() || !original.value().isString())
            continue;
        const auto now = step.client.get(u"configmap"_s, name);
        if (!now)
            return fail(now.error());
        if ((*now)[u"data"][u"redis.conf"].toString() == original.value().toString())
            continue;
        if (const auto patched = step.client.patch(u"configmap"_s, name, {{u"data"_s, QJsonObject{{u"redis.conf"_s, original.value()}}}}); !patched)
            return fail(patched.error());
        step.log(u"ConfigMap %1 is as it was."_s.arg(name));
        for (const catalog::Component& component : step.context.catalog->components) {
            const cluster::Workload* workload = component.engine == u"redis" && component.configMaps.contains(name) ? step.context.inventory.workload(component.workload) : nullptr;
            if (workload && workload->desired > 0) {
                if (const auto rolled = workload::rollOut(step, workload->kind, workload->name); !rolled)
                    return rolled;
            }
        }
    }
    return {};
}

/// What is at 0 and was not, stores first, operators last. What runs was started since, on purpose.
QJsonArray down(const run::StepRun& step)
{
    const catalog::Catalog& catalog = *step.context.catalog;
    const auto place = [&catalog](const QString& name) {
        const catalog::WorkloadFact* fact = catalog.workload(name);
        return !fact ? 1'000'000 : fact->side == u"store" ? -1 : fact->startStage;
    };
    QStringList keys;
    const QJsonObject originals = step.context.lock->originals();
    for (const QString& key : originals.keys()) {
        const cluster::Workload* workload = key.startsWith(u"replicas:"_s) ? step.context.inventory.workload(key.section(u'/', 1)) : nullptr;
        if (workload && workload->desired == 0 && originals[key].toInt() > 0)
            keys.append(key);
    }
    std::stable_sort(keys.begin(), keys.end(), [&place](const QString& a, const QString& b) { return place(a.section(u'/', 1)) < place(b.section(u'/', 1)); });
    QJsonArray list;
    for (const QString& key : std::as_const(keys))
        list.append(QJsonObject{{u"kind"_s, key.section(u':', 1).section(u'/', 0, 0)}, {u"name"_s, key.section(u'/', 1)}});
    return list;
}

/// Of the runs that have left something, the last one first.
QStringList inheritedNonces(const run::LockInfo& info)
{
    QStringList nonces;
    for (const QJsonValue& each : info.inherited[u"nonces"].toArray())
        nonces.append(each.toString());
    return nonces;
}

QJsonArray paused(const run::StepRun& step)
{
    QJsonArray list;
    const QJsonObject originals = step.context.lock->originals();
    for (const QString& key : originals.keys()) {
        const QString name = key.startsWith(u"paused:"_s) ? key.section(u':', 1) : QString{};
        if (const cluster::Workload* workload = name.isEmpty() ? nullptr : step.context.inventory.workload(name))
            list.append(QJsonObject{{u"kind"_s, workload->kind}, {u"name"_s, name}});
    }
    return list;
}
} // namespace

Result<PutBack> putBack(run::StepRun& step, const QStringList& nonces, const run::Handlers& handlers, bool acceptMixed)
{
    if (const auto refreshed = run::refresh(step); !refreshed)
        return fail(refreshed.error());
    for (const catalog::Component& component : step.context.catalog->components) {
        if (component.engine == u"objects" || component.engine == u"files")
            continue;
        for (const QString& each : nonces) {
            if (const auto tidied = tidyStore(step, each, component); !tidied)
                return fail(tidied.error());
        }
    }
    const QString nonce = nonces.value(0);
    PutBack answer{.halfLoaded = swapBack(step, nonces, handlers), .mixed = acceptMixed ? QStringList{} : step.context.lock->loaded().keys(), .started = {}};
    if (const auto refreshed = run::refresh(step); !refreshed)
        return fail(refreshed.error());
    answer.mixed.removeIf([&answer](const QString& id) { return answer.halfLoaded.contains(id); });
    for (const QString& each : nonces) {
        if (const auto removed = removeHelpers(step, each, handlers); !removed)
            return fail(removed.error());
    }
    if (const auto configured = configurationBack(step); !configured)
        return fail(configured.error());
    if (!answer.halfLoaded.isEmpty() || !answer.mixed.isEmpty())
        return answer;
    // Counts before rollouts are let go, as a run's own undo does it: the operator's fields, then what it owns, then the operator.
    const QJsonArray stopped = down(step), held = paused(step);
    for (const QJsonValue& each : stopped)
        answer.started.append(each[u"name"].toString());
    // Before it happens: its undo must know.
    if (const auto noted = step.evidence({{u"started"_s, QJsonArray::fromStringList(answer.started)}}); !noted)
        return fail(noted.error());
    if (const auto resumed = undoOf(step, nonce, handlers, {}, u"rollouts.pause"_s, {{u"workloads"_s, held}, {u"acceptMixed"_s, true}}); !resumed)
        return fail(resumed.error());
    if (step.context.lock->originals().contains(u"apimanager"_s)) {
        if (const auto back = undoOf(step, nonce, handlers, {}, u"apimanager.zero"_s, {{u"resource"_s, step.context.catalog->customResource}}); !back)
            return fail(back.error());
    }
    if (const auto started = undoOf(step, nonce, handlers, {}, u"workloads.stop"_s, {{u"workloads"_s, stopped}, {u"acceptMixed"_s, true}}); !started)
        return fail(started.error());
    if (!answer.started.isEmpty())
        step.log(u"Started again: %1."_s.arg(answer.started.join(u", "_s)));
    return answer;
}

Result<PutBack> takeOver(const oc::Client& client, const catalog::Catalog& catalog, Redactor& redactor, const QString& operatorIdentity, const std::function<void(const QString&)>& log, bool acceptMixed,
                         const run::LockInfo* seen)
{
    const auto holder = run::Lock::show(client);
    if (!holder)
        return fail(holder.error());
    if (!*holder)
        return fail(ErrorCode::NotFound, u"Namespace %1 is not locked."_s.arg(client.connection().namespaceName), u"There is nothing to put back."_s);
    // Owner and host stay: should something be left, they tell where the safety bundle is.
    auto lock = run::Lock::adopt(client, (*holder)->runId, {}, {}, seen);
    if (!lock)
        return fail(lock.error());
    log(u"What run %1 has left is put back by %2."_s.arg((*holder)->runId, operatorIdentity));
    run::Context context;
    context.client = &client;
    context.catalog = &catalog;
    context.redactor = &redactor;
    context.lock = lock->get();
    context.nonce = (*holder)->nonce;
    plan::Step own;
    own.id = run::putBackStep;
    own.title = u"Put back what run %1 has left"_s.arg((*holder)->runId);
    run::StepRun step{.context = context, .step = own, .client = client, .stop = client.stopToken(), .progress = [](qint64, qint64, const QString&) {}, .log = log,
                      .evidence = [](const QJsonObject&) -> Result<void> { return {}; }, .earlierEvidence = {}, .evidenceOf = [](const QString&) { return QList<QJsonObject>{}; }, .found = {}};
    auto back = putBack(step, QStringList{context.nonce} + inheritedNonces(**holder), handlers(), acceptMixed);
    // Never left without saying so: the lock stays until everything is back, also what a run had left whose lock the lost one took over.
    const bool whole = back && back->halfLoaded.isEmpty() && back->mixed.isEmpty();
    const auto closed = whole ? (*lock)->closeInheritance(true) : Result<void>{};
    const auto ended = !closed ? closed : whole ? (*lock)->release() : (*lock)->leave();
    if (back && !ended)
        return fail(ended.error());
    return back;
}

namespace {
class PutBackHandler : public run::Handler {
public:
    explicit PutBackHandler(const run::Handlers& handlers) : m_handlers(handlers) {}

    Result<QJsonObject> run(run::StepRun& step) const override
    {
        // What was loaded and what was not, its user was told before this restore began.
        const auto back = putBack(step, inheritedNonces(step.context.lock->info()), m_handlers, true);
        if (!back)
            return fail(back.error());
        if (!back->halfLoaded.isEmpty())
            return fail(ErrorCode::Conflict, u"%1 is still neither old nor new."_s.arg(back->halfLoaded.join(u", "_s)), u"Resume the run."_s);
        if (const auto closed = step.context.lock->closeInheritance(true); !closed)
            return fail(closed.error());
        return QJsonObject{{u"started"_s, QJsonArray::fromStringList(back->started)}};
    }
    Result<void> undo(run::StepRun& step) const override
    {
        if (const auto opened = step.context.lock->closeInheritance(false); !opened)
            return opened;
        if (const auto refreshed = run::refresh(step); !refreshed)
            return refreshed;
        for (const QJsonObject& fact : std::as_const(step.earlierEvidence)) {
            for (const QJsonValue& name : fact[u"started"].toArray()) {
                const cluster::Workload* known = step.context.inventory.workload(name.toString());
                if (!known)
                    continue;
                const cluster::Workload workload = *known;
                if (const auto stopped = workload::stopAgain(step, workload.kind, workload.name); !stopped)
                    return stopped;
            }
        }
        return {};
    }
    Result<Probe> probe(run::StepRun& step) const override
    {
        return step.context.lock->info().inherited[u"closed"].toBool() ? Probe::Happened : Probe::Partly;
    }

private:
    run::Handlers m_handlers;
};
} // namespace

void registerPutBackHandler(run::Handlers& handlers)
{
    const run::Handlers known = handlers;
    run::add<PutBackHandler>(handlers, u"workloads.putBack"_s, known);
}

} // namespace scalekeep::restore
