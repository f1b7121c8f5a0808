#include "engine/workload/changed.h"

#include "engine/run/refresh.h"
#include "engine/workload/state.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::workload {

using namespace Qt::Literals::StringLiterals;

namespace {
QSet<QString> changedObjects(const run::StepRun& step)
{
    QSet<QString> changed;
    const std::lock_guard lock(step.context.mutex);
    for (const QString& id : {u"restore:secrets"_s, u"restore:configmaps"_s}) {
        const QJsonObject result = step.context.results.value(id);
        for (const QString& list : {u"created"_s, u"replaced"_s}) {
            for (const QJsonValue& key : result[list].toArray())
                changed.insert(key.toString());
        }
    }
    return changed;
}

class RolloutChangedHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto targets = affected(step);
        if (!targets)
            return fail(targets.error());
        QJsonArray rolledOut;
        for (const State& state : *targets) {
            step.log(u"%1 reads what was restored: rolling it out."_s.arg(state.name));
            // Before it: an undo rolls out again what may have read the restored values.
            if (const auto noted = step.evidence({{u"rollingOut"_s, state.name}, {u"mark"_s, rolloutMark(state)}}); !noted)
                return fail(noted.error());
            if (const auto done = rollOut(step, state.kind, state.name); !done)
                return fail(done.error());
            rolledOut.append(state.name);
        }
        if (const auto refreshed = run::refresh(step); !refreshed)
            return fail(refreshed.error());
        return QJsonObject{{u"rolledOut"_s, rolledOut}};
    }
    Result<void> undo(run::StepRun&) const override { return {}; } // once the objects are back, the undo of objects.readers rolls out again
    Result<Probe> probe(run::StepRun& step) const override
    {
        const auto targets = affected(step);
        if (!targets)
            return fail(targets.error());
        QJsonArray rolledOut;
        qsizetype done = 0, open = 0, begun = 0;
        for (const State& state : *targets) {
            const auto noted = std::find_if(step.earlierEvidence.crbegin(), step.earlierEvidence.crend(), [&state](const QJsonObject& fact) { return fact[u"rollingOut"].toString() == state.name; });
            const Probe since = noted == step.earlierEvidence.crend() ? Probe::NotHappened : sinceMark(state, (*noted)[u"mark"].toString());
            since == Probe::Happened ? ++done : since == Probe::Partly ? ++begun : ++open;
            rolledOut.append(state.name);
        }
        step.found = {{u"rolledOut"_s, rolledOut}};
        return begun > 0 ? Probe::Partly : allOrNone(done, open);
    }

private:
    /// Those that run and read what was restored.
    static Result<QList<State>> affected(run::StepRun& step)
    {
        const QSet<QString> changed = changedObjects(step);
        QList<State> list;
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const auto state = read(step.client, each[u"kind"].toString(), each[u"name"].toString());
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            const QStringList references = referencedObjects(state->object);
            if (state->desired > 0 && std::any_of(references.begin(), references.end(), [&changed](const QString& reference) { return changed.contains(reference); }))
                list.append(*state);
        }
        return list;
    }
};

/// Nothing is to be asked of a pod that is about to go with its old definition. One whose definition is as it was is left as it is: it may be what the restore is for.
class SettleHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const QJsonArray replaced = step.context.result(u"restore:workloads"_s)[u"replaced"].toArray();
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            const auto settled = replaced.contains(u"%1/%2"_s.arg(kind, name)) ? awaitSettled(step, kind, name) : Result<void>{};
            if (!settled && settled.error().code != ErrorCode::NotFound)
                return fail(settled.error());
        }
        return QJsonObject{};
    }
};
} // namespace

QStringList referencedObjects(const QJsonObject& workload)
{
    QSet<QString> references;
    const auto add = [&references](const QString& kind, const QJsonValue& name) {
        if (!name.toString().isEmpty())
            references.insert(u"%1/%2"_s.arg(kind, name.toString()));
    };
    const QJsonValue spec = workload[u"spec"][u"template"][u"spec"];
    for (const QString& list : {u"containers"_s, u"initContainers"_s}) {
        for (const QJsonValue& container : spec[list].toArray()) {
            for (const QJsonValue& variable : container[u"env"].toArray()) {
                add(u"Secret"_s, variable[u"valueFrom"][u"secretKeyRef"][u"name"]);
                add(u"ConfigMap"_s, variable[u"valueFrom"][u"configMapKeyRef"][u"name"]);
            }
            for (const QJsonValue& source : container[u"envFrom"].toArray()) {
                add(u"Secret"_s, source[u"secretRef"][u"name"]);
                add(u"ConfigMap"_s, source[u"configMapRef"][u"name"]);
            }
        }
    }
    for (const QJsonValue& volume : spec[u"volumes"].toArray()) {
        add(u"Secret"_s, volume[u"secret"][u"secretName"]);
        add(u"ConfigMap"_s, volume[u"configMap"][u"name"]);
        for (const QJsonValue& source : volume[u"projected"][u"sources"].toArray()) {
            add(u"Secret"_s, source[u"secret"][u"name"]);
            add(u"ConfigMap"_s, source[u"configMap"][u"name"]);
        }
    }
    QStringList sorted(references.begin(), references.end());
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

void registerChangedHandlers(run::Handlers& handlers)
{
    run::add<RolloutChangedHandler>(handlers, u"workloads.rolloutChanged"_s);
    run::add<SettleHandler>(handlers, u"workloads.settle"_s);
}

} // namespace scalekeep::workload
