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
        QStringList names;
        for (const QString& id : {u"rollout-stores"_s, u"rollout-others"_s}) {
            const QList<QJsonObject> facts = step.evidenceOf(id);
            for (const QJsonObject& fact : facts) {
                if (const QString name = fact[u"rollingOut"].toString(); !name.isEmpty() && !names.contains(name))
                    names.append(name);
            }
        }
        for (const QJsonValue& each : step.step.parameters[u"workloads"].toArray()) {
            const QString kind = each[u"kind"].toString(), name = each[u"name"].toString();
            if (!names.contains(name))
                continue;
            const auto state = workload::read(step.client, kind, name);
            if (!state && state.error().code == ErrorCode::NotFound)
                continue;
            if (!state)
                return fail(state.error());
            if (state->desired == 0)
                continue; // it will start with the old values
            step.log(u"%1 had read the restored values: rolling it out again."_s.arg(name));
            if (const auto done = workload::rollOut(step, kind, name); !done)
                return done;
            if (const auto loaded = loadAgain(step, name); !loaded)
                return loaded;
        }
        return run::refresh(step);
    }

private:
    /// A store whose data goes with its pod has just lost what its own undo had brought back.
    Result<void> loadAgain(run::StepRun& step, const QString& workload) const
    {
        const auto& components = step.context.catalog->components;
        const auto component = std::find_if(components.begin(), components.end(), [&workload](const catalog::Component& each) { return each.emptyDir && each.workload == workload; });
        if (component == components.end() || !step.context.safety)
            return {};
        const auto load = m_handlers.value(component->engine + u".load"_s);
        if (!load)
            return {};
        plan::Step inner;
        inner.id = u"load:"_s + component->id;
        inner.title = u"Load %1 again"_s.arg(component->id);
        inner.component = component->id;
        inner.action = component->engine + u".load"_s;
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
