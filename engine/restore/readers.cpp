#include "engine/restore/readers.h"

#include "engine/run/refresh.h"
#include "engine/workload/state.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
class ReadersHandler : public run::Handler {
public:
    explicit ReadersHandler(const run::Handlers& handlers) : m_handlers(handlers) {}

    Result<QJsonObject> run(run::StepRun&) const override { return QJsonObject{}; }
    Result<Probe> probe(run::StepRun&) const override { return Probe::Happened; }

    Result<void> undo(run::StepRun& step) const override
    {
        QStringList names, replaced;
        for (const QString& id : {u"rollout-stores"_s, u"rollout-others"_s}) {
            const QList<QJsonObject> facts = step.evidenceOf(id);
            for (const QJsonObject& fact : facts) {
                if (const QString name = fact[u"rollingOut"].toString(); !name.isEmpty() && !names.contains(name))
                    names.append(name);
            }
        }
        const QList<QJsonObject> definitions = step.evidenceOf(u"restore:workloads"_s);
        for (const QJsonObject& fact : definitions)
            replaced.append(fact[u"replacing"].toString());
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            // Its old definition has restarted it, or is about to: after the undo of its load.
            const catalog::Component* store = inItsPod(step, name);
            const bool isDefined = store && replaced.contains(kind + u'/' + name);
            if (!names.contains(name) && !isDefined)
                continue;
            const auto state = workload::read(step.client, kind, name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (state->desired == 0)
                continue; // it will start with the old values
            step.log((isDefined ? u"%1 has its old definition again, and its data went with its pod: rolling it out, then loading it again."_s : u"%1 had read the restored values: rolling it out again."_s).arg(name));
            if (const auto done = workload::rollOut(step, kind, name); !done)
                return done;
            if (const auto loaded = store ? loadAgain(step, *store) : Result<void>{}; !loaded)
                return loaded;
        }
        return run::refresh(step);
    }

private:
    /// The store whose data goes with this workload's pod.
    static const catalog::Component* inItsPod(const run::StepRun& step, const QString& workload)
    {
        const auto& components = step.context.catalog->components;
        const auto component = std::find_if(components.begin(), components.end(), [&workload](const catalog::Component& each) { return each.emptyDir && each.workload == workload; });
        return component == components.end() ? nullptr : &*component;
    }

    /// It has just lost what its own undo had brought back.
    Result<void> loadAgain(run::StepRun& step, const catalog::Component& component) const
    {
        const auto load = m_handlers.value(component.engine + u".load"_s);
        if (!load || !step.context.safety)
            return {};
        plan::Step inner;
        inner.id = u"load:"_s + component.id;
        inner.title = u"Load %1 again"_s.arg(component.id);
        inner.component = component.id;
        inner.action = component.engine + u".load"_s;
        run::StepRun run{.context = step.context, .step = inner, .client = step.client, .stop = step.stop, .progress = step.progress, .log = step.log, .evidence = step.evidence,
                         .earlierEvidence = {}, .evidenceOf = step.evidenceOf, .found = {}};
        return load->undo(run);
    }

    run::Handlers m_handlers;
};
} // namespace

void registerReadersHandler(run::Handlers& handlers)
{
    const run::Handlers known = handlers;
    run::add<ReadersHandler>(handlers, u"objects.readers"_s, known);
}

} // namespace scalekeep::restore
