#include "engine/run/kept.h"

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
/// Only to be asked something: what it would say and note is nobody's.
StepRun asking(Context& context, const plan::Step& step, const std::stop_token& stop)
{
    return {.context = context,
            .step = step,
            .client = context.client->withObserver({}, stop),
            .stop = stop,
            .progress = [](qint64, qint64, const QString&) {},
            .log = [](const QString&) {},
            .evidence = [](const QJsonObject&) -> Result<void> { return {}; },
            .earlierEvidence = {},
            .evidenceOf = {},
            .found = {}};
}
} // namespace

QString firstOf(const plan::Step& step)
{
    const QString component = step.parameters[u"afterSnapshotOf"].toString();
    return component.isEmpty() ? QString{} : step.id.section(u':', 0, 0) + u':' + component;
}

Result<Kept> keptOf(const Past& past, const Handlers& handlers, Context& context, const std::stop_token& stop)
{
    const QHash<QString, QJsonObject> done = doneSteps(past);
    {
        const std::lock_guard lock(context.mutex);
        context.results = done; // what the handlers go by
    }
    Kept kept;
    bool ran = false;
    for (const plan::Stage& stage : past.plan.stages) {
        for (const plan::Step& step : stage.steps) {
            const bool isDone = done.contains(step.id);
            if (step.action == u"workloads.stop") {
                const auto handler = isDone ? handlers.value(step.action) : nullptr;
                StepRun run = asking(context, step, stop);
                const auto stopped = handler ? handler->recall(run, done.value(step.id)) : Result<bool>(false);
                if (!stopped)
                    return fail(stopped.error());
                ran = ran || !*stopped;
                continue;
            }
            if (!isDone || step.changes)
                continue;
            const QString first = firstOf(step);
            const QString entry = done.value(step.id)[u"entry"][u"id"].toString();
            if (ran || (!first.isEmpty() && !done.contains(first)))
                kept.again.append({.type = u"step-again"_s, .step = step.id, .data = {{u"title"_s, step.title}, {u"because"_s, ran ? u"the writers ran meanwhile"_s : u"it must not be older than %1, which has to be read again"_s.arg(first.section(u':', 1))}}});
            else if (!entry.isEmpty())
                kept.components.append(entry);
            // Done, says the journal; whether the file holds that one whole, only its reader sees. One that had nothing to be read names no files.
            if (kept.components.contains(entry) && !first.isEmpty() && done.value(first)[u"entry"][u"state"].toString() == u"proven")
                kept.after.insert(entry, step.parameters[u"afterSnapshotOf"].toString());
        }
    }
    return kept;
}

} // namespace scalekeep::run
