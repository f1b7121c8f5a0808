#include "engine/run/journallock.h"

#include "engine/run/redaction.h"
#include "engine/run/session.h"

#include <QSet>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
QJsonObject originalsOf(const Past& past)
{
    QJsonObject originals;
    for (const Event& event : past.events) {
        const QString key = event.type == u"evidence" ? event.data[u"original"].toString() : QString{};
        if (!key.isEmpty() && !originals.contains(key))
            originals.insert(key, event.data[u"value"]);
    }
    return originals;
}
} // namespace

QStringList begunSteps(const Past& past)
{
    QStringList begun;
    for (const Event& event : past.events) {
        if (event.data[u"cleanup"].toBool())
            continue;
        if (event.type == u"step-started" && !begun.contains(event.step))
            begun.append(event.step);
        else if (event.type == u"undo-done")
            begun.removeAll(event.step);
    }
    return begun;
}

LockInfo lockFromJournal(const Past& past, const Handlers& handlers, LockInfo info)
{
    info.originals = originalsOf(past);
    const QHash<QString, QJsonObject> done = doneSteps(past);
    for (const Event& event : past.events) {
        if (event.type != u"lock-inherited")
            continue;
        info.inherited = event.data[u"inherited"].toObject();
        info.inFlight = info.inherited.value(u"inFlight").toObject();
        info.loaded = info.inherited.value(u"loaded").toObject();
    }
    if (!info.inherited.isEmpty() && done.contains(putBackStep)) {
        info.inherited[u"closed"] = true;
        info.inFlight = {}; // or it had failed
    }
    QSet<QString> halfUndone;
    for (const Event& event : past.events) {
        if (event.type == u"undo-started")
            halfUndone.insert(event.step);
        else if (event.type == u"undo-done" || event.type == u"step-done")
            halfUndone.remove(event.step);
    }
    for (const QString& id : begunSteps(past)) {
        const plan::Step* step = past.plan.step(id);
        const auto handler = step ? handlers.value(step->action) : nullptr;
        if (handler && handler->endangersData() && !step->component.isEmpty()) {
            // Who was the first to overwrite it stays: so far back it must be taken.
            if (!info.inFlight.contains(step->component) || info.inFlight.value(step->component)[u"nonce"].toString() == info.nonce)
                info.inFlight[step->component] = QJsonObject{{u"step"_s, id}, {u"action"_s, (halfUndone.contains(id) ? u"undo:"_s : QString{}) + step->action}, {u"nonce"_s, info.nonce}};
        } else if (step && step->proves && done.contains(id) && info.inFlight.contains(step->component)) {
            info.inFlight.remove(step->component);
            info.loaded[step->component] = past.runId;
        }
        // Objects have no state between old and new.
        const bool changed = step && std::any_of(past.events.begin(), past.events.end(), [&id](const Event& event) {
            return event.step == id && event.type == u"evidence" && (event.data.contains(u"creating"_s) || event.data.contains(u"replacing"_s));
        });
        if (changed)
            info.loaded[step->component] = past.runId;
    }
    return info;
}

Result<void> noteInherited(Journal& journal, const Redactor& redactor, const Lock& lock, const EventSink& live)
{
    const QJsonObject inherited = lock.info().inherited;
    if (inherited.isEmpty())
        return {};
    const Event event{.type = u"lock-inherited"_s, .data = {{u"inherited"_s, redacted(redactor, inherited)}}};
    if (const auto written = journal.append(event, true); !written)
        return written;
    live(event);
    return {};
}

} // namespace scalekeep::run
