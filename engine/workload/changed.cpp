#include "engine/workload/changed.h"

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
        const QSet<QString> changed = changedObjects(step);
        QJsonArray rolledOut;
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            const auto state = read(step.client, kind, name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            const QStringList references = referencedObjects(state->object);
            if (state->desired == 0 || std::none_of(references.begin(), references.end(), [&changed](const QString& reference) { return changed.contains(reference); }))
                continue;
            step.log(u"%1 reads what was restored: rolling it out."_s.arg(name));
            if (const auto done = rollOut(step, kind, name); !done)
                return fail(done.error());
            rolledOut.append(name);
        }
        if (const auto refreshed = refresh(step); !refreshed)
            return fail(refreshed.error());
        return QJsonObject{{u"rolledOut"_s, rolledOut}};
    }
    Result<void> undo(run::StepRun&) const override { return {}; }
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
    handlers.insert(u"workloads.rolloutChanged"_s, std::make_shared<RolloutChangedHandler>());
}

} // namespace scalekeep::workload
