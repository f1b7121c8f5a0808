#include "engine/run/executor.h"

#include "engine/run/lock.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QSet>

#include <algorithm>
#include <condition_variable>
#include <thread>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int progressIntervalMs = 250;

QJsonObject errorToJson(const Error& error)
{
    return {{u"code"_s, errorCodeName(error.code)}, {u"message"_s, error.message}, {u"detail"_s, error.detail}, {u"hint"_s, error.hint}};
}

/// Text by text, not the JSON as a whole: a password of digits would also be found in a number, and what is left is no JSON.
QJsonValue redacted(const Redactor& redactor, const QJsonValue& value)
{
    if (value.isString())
        return redactor.redact(value.toString());
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue& item : value.toArray())
            array.append(redacted(redactor, item));
        return array;
    }
    if (value.isObject()) {
        QJsonObject object;
        const QJsonObject from = value.toObject();
        for (auto entry = from.begin(); entry != from.end(); ++entry)
            object.insert(redactor.redact(entry.key()), redacted(redactor, entry.value()));
        return object;
    }
    return value;
}
} // namespace

/// One pass over a plan. The scheduling thread owns `m_states`; handlers run on threads of their own, one a step.
class Executor::Execution {
public:
    Execution(const Handlers& handlers, Journal& journal, const EventSink& live, const plan::Plan& plan, Context& context)
        : m_handlers(handlers), m_journal(journal), m_live(live), m_plan(plan), m_context(context)
    {
    }

    /// Takes over what an earlier, interrupted pass did.
    void recall(const QList<Event>& history)
    {
        for (const Event& event : history) {
            if (event.type == u"step-started" && !m_begun.contains(event.step))
                m_begun.append(event.step);
            else if (event.type == u"step-done") {
                m_done.insert(event.step);
                m_context.results.insert(event.step, event.data[u"result"].toObject());
                if (event.data[u"proves"].toBool())
                    m_provenUpTo = m_begun.size();
            } else if (event.type == u"undo-done") {
                forget(event.step);
            } else if (event.type == u"evidence")
                m_evidence[event.step].append(event.data);
        }
    }

    Outcome execute(std::stop_token stop)
    {
        // Two tokens: the user's, and the one that stops the siblings of a failed step.
        const std::stop_callback forward(stop, [this] { m_siblings.request_stop(); });
        for (const plan::Stage& stage : m_plan.stages) {
            if (failed() || stop.stop_requested())
                break;
            emitEvent({.type = u"stage-started"_s, .data = {{u"stage"_s, stage.id}, {u"title"_s, stage.title}}}, false);
            runStage(stage);
        }
        if (!failed() && stop.stop_requested())
            m_error = Error{ErrorCode::Cancelled, u"The run was cancelled."_s, {}, {}};
        Outcome outcome;
        if (failed())
            outcome = afterFailure();
        return finish(std::move(outcome));
    }

    Outcome undoAll()
    {
        Outcome outcome;
        outcome.state = undoSteps(changesBegun(), outcome.undoErrors) ? Outcome::State::FailedUndone : Outcome::State::NeedsAttention;
        runAlways();
        return finish(std::move(outcome));
    }

private:
    void emitEvent(Event event, bool sync)
    {
        // One place for redaction: whatever a handler or the client said, no known secret passes.
        event.data = redacted(*m_context.redactor, event.data).toObject();
        if (const auto written = m_journal.append(event, sync); !written)
            noteFailure(written.error(), event.step);
        event.time = QDateTime::currentDateTimeUtc();
        m_live(event);
    }

    void noteFailure(const Error& error, const QString& step)
    {
        const std::lock_guard lock(m_mutex);
        // The first failure is the cause; what siblings answer when they are stopped is its consequence.
        if (!m_error) {
            m_error = error;
            m_failedStep = step;
        }
        m_siblings.request_stop();
    }

    bool failed() const
    {
        const std::lock_guard lock(m_mutex);
        return m_error.has_value();
    }

    StepRun stepRun(const plan::Step& step, std::stop_token stop)
    {
        auto timer = std::make_shared<QElapsedTimer>();
        auto observer = [this, id = step.id](const oc::CommandEvent& command) {
            if (command.kind == oc::CommandEvent::Kind::Started) {
                emitEvent({.type = u"command-started"_s, .step = id, .data = {{u"number"_s, qint64(command.number)}, {u"command"_s, command.commandLine}}}, false);
            } else {
                emitEvent({.type = u"command-finished"_s, .step = id,
                           .data = {{u"number"_s, qint64(command.number)}, {u"command"_s, command.commandLine}, {u"exitCode"_s, command.exitCode},
                                    {u"milliseconds"_s, qint64(command.duration.count())}, {u"bytesOut"_s, command.bytesOut},
                                    {u"bytesIn"_s, command.bytesIn}, {u"errorText"_s, command.errorText}}}, false);
            }
        };
        return StepRun{
            .context = m_context,
            .step = step,
            .client = m_context.client->withObserver(observer, stop),
            .stop = stop,
            .progress =
                [this, id = step.id, timer](qint64 done, qint64 total, const QString& unit) {
                    if (timer->isValid() && timer->elapsed() < progressIntervalMs && done != total)
                        return;
                    timer->start();
                    Event event{.type = u"progress"_s, .step = id, .data = {{u"done"_s, done}, {u"total"_s, total}, {u"unit"_s, unit}}};
                    event.time = QDateTime::currentDateTimeUtc();
                    m_live(event);
                },
            .log = [this, id = step.id](const QString& text) { emitEvent({.type = u"log"_s, .step = id, .data = {{u"text"_s, text}}}, false); },
            .evidence = [this, id = step.id](const QJsonObject& fact) -> Result<void> {
                emitEvent({.type = u"evidence"_s, .step = id, .data = fact}, true);
                const std::lock_guard lock(m_mutex);
                m_evidence[id].append(fact);
                // A fact that could not be written down must not be relied upon.
                return m_error && m_error->code != ErrorCode::Cancelled && m_failedStep == id ? Result<void>(fail(*m_error)) : Result<void>{};
            },
            .earlierEvidence = evidenceOf(step.id),
        };
    }

    QList<QJsonObject> evidenceOf(const QString& id) const
    {
        const std::lock_guard lock(m_mutex);
        return m_evidence.value(id);
    }

    const Handler* handlerFor(const plan::Step& step)
    {
        const auto handler = m_handlers.constFind(step.action);
        if (handler != m_handlers.constEnd())
            return handler->get();
        noteFailure({ErrorCode::Internal, u"The plan has a step “%1” that this version of Scalekeep does not know."_s.arg(step.action), {}, {}}, step.id);
        return nullptr;
    }

    void runStage(const plan::Stage& stage)
    {
        std::condition_variable_any changed;
        std::mutex waiting;
        QSet<QString> finished, running;
        std::vector<std::jthread> threads;
        for (const plan::Step& step : stage.steps) {
            if (m_done.contains(step.id))
                finished.insert(step.id);
        }
        std::unique_lock lock(waiting);
        while (true) {
            const auto ready = [&](const plan::Step& step) {
                return !finished.contains(step.id) && !running.contains(step.id) &&
                       std::all_of(step.after.begin(), step.after.end(), [&](const QString& id) { return finished.contains(id); });
            };
            if (!m_siblings.stop_requested()) {
                for (const plan::Step& step : stage.steps) {
                    if (running.size() >= stage.parallel)
                        break;
                    if (!ready(step))
                        continue;
                    running.insert(step.id);
                    threads.emplace_back([this, &step, &waiting, &changed, &finished, &running] {
                        runStep(step, m_siblings.get_token());
                        const std::lock_guard guard(waiting);
                        running.remove(step.id);
                        finished.insert(step.id);
                        changed.notify_all();
                    });
                }
            }
            if (running.isEmpty())
                break;
            changed.wait(lock);
        }
        lock.unlock();
        threads.clear(); // joins
    }

    bool wasBegun(const QString& id) const
    {
        const std::lock_guard lock(m_mutex);
        return m_begun.contains(id);
    }

    void runStep(const plan::Step& step, std::stop_token stop)
    {
        const Handler* handler = handlerFor(step);
        if (!handler)
            return;
        StepRun run = stepRun(step, stop);
        if (wasBegun(step.id)) { // begun by an interrupted run
            const auto probed = handler->probe(run);
            if (!probed)
                return stepFailed(step, probed.error());
            if (*probed == Handler::Probe::Happened)
                return stepDone(step, {});
            if (*probed != Handler::Probe::NotHappened && !step.idempotent)
                return stepFailed(step, {ErrorCode::Conflict, u"It cannot be told whether “%1” happened."_s.arg(step.title), {}, u"Undo the run."_s});
        }
        if (step.changes && m_context.lock) {
            if (const auto held = m_context.lock->check(); !held)
                return stepFailed(step, held.error());
        }
        emitEvent({.type = u"step-started"_s, .step = step.id, .data = {{u"title"_s, step.title}}}, step.changes);
        {
            const std::lock_guard lock(m_mutex);
            if (m_error)
                return; // the journal could not be written, or a sibling failed: not begun
            if (!m_begun.contains(step.id))
                m_begun.append(step.id);
        }
        const auto result = handler->run(run);
        if (result)
            stepDone(step, *result);
        else
            stepFailed(step, result.error());
    }

    void stepDone(const plan::Step& step, const QJsonObject& result)
    {
        {
            const std::scoped_lock lock(m_mutex, m_context.mutex);
            m_done.insert(step.id);
            m_context.results.insert(step.id, result);
            if (step.proves)
                m_provenUpTo = m_begun.size();
        }
        emitEvent({.type = u"step-done"_s, .step = step.id, .data = {{u"result"_s, result}, {u"proves"_s, step.proves}}}, step.changes || step.proves);
    }

    void stepFailed(const plan::Step& step, const Error& error)
    {
        emitEvent({.type = u"step-failed"_s, .step = step.id, .data = errorToJson(error)}, true);
        noteFailure(error, step.id);
    }

    /// An undone step was never begun, and what was proven after it proves nothing any more: a resumed run proves it again.
    void forget(const QString& id)
    {
        const qsizetype from = m_begun.indexOf(id);
        for (qsizetype index = m_begun.size() - 1; from >= 0 && index >= from; --index) {
            const plan::Step* step = m_plan.step(m_begun[index]);
            if (index != from && !(step && step->proves && !step->changes))
                continue;
            m_done.remove(m_begun.takeAt(index));
            if (index < m_provenUpTo)
                --m_provenUpTo;
        }
        m_done.remove(id);
    }

    QStringList changesBegun(qsizetype from = 0) const
    {
        QStringList ids;
        for (const QString& id : m_begun.mid(from)) {
            const plan::Step* step = m_plan.step(id);
            if (step && step->changes)
                ids.append(id);
        }
        return ids;
    }

    /// Locked when another run may be working in the namespace: taking changes back would then destroy its work. A lock that merely cannot be
    /// read keeps nobody from trying.
    Result<void> stillOurs() const
    {
        const auto held = m_context.lock ? m_context.lock->check() : Result<void>{};
        return !held && held.error().code == ErrorCode::Locked ? held : Result<void>{};
    }

    /// Reverse order; true when everything is as it was before.
    bool undoSteps(const QStringList& ids, QList<Error>& errors)
    {
        bool complete = true;
        for (auto id = ids.crbegin(); id != ids.crend(); ++id) {
            const plan::Step& step = *m_plan.step(*id);
            const Handler* handler = handlerFor(step);
            if (!handler || !step.undoable) {
                complete = false;
                errors.append(Error{ErrorCode::Unsupported, u"“%1” has no undo."_s.arg(step.title), {}, step.undo});
                continue;
            }
            if (const auto ours = stillOurs(); !ours) {
                errors.append(ours.error());
                return false;
            }
            emitEvent({.type = u"undo-started"_s, .step = *id, .data = {{u"undo"_s, step.undo}}}, true);
            StepRun run = stepRun(step, {});
            const auto undone = handler->undo(run);
            if (undone) {
                emitEvent({.type = u"undo-done"_s, .step = *id, .data = {}}, true);
                forget(*id);
            } else {
                complete = false;
                errors.append(undone.error());
                emitEvent({.type = u"undo-failed"_s, .step = *id, .data = errorToJson(undone.error())}, true);
            }
        }
        return complete;
    }

    void runAlways()
    {
        for (const plan::Stage& stage : m_plan.stages) {
            for (const plan::Step& step : stage.steps) {
                if (!step.always || m_done.contains(step.id))
                    continue;
                const Handler* handler = handlerFor(step);
                if (!handler)
                    continue;
                if (const auto ours = stillOurs(); step.changes && !ours) {
                    m_alwaysErrors.append(ours.error());
                    continue;
                }
                emitEvent({.type = u"step-started"_s, .step = step.id, .data = {{u"title"_s, step.title}}}, step.changes);
                StepRun run = stepRun(step, {});
                const auto result = handler->run(run);
                if (result) {
                    stepDone(step, *result);
                } else {
                    emitEvent({.type = u"step-failed"_s, .step = step.id, .data = errorToJson(result.error())}, true);
                    m_alwaysErrors.append(result.error());
                }
            }
        }
    }

    Outcome afterFailure()
    {
        Outcome outcome;
        const bool changedAnything = !changesBegun().isEmpty();
        const bool keepsProven = m_provenUpTo > 0 && !changesBegun().mid(0, changesBegun().size() - changesBegun(m_provenUpTo).size()).isEmpty();
        const bool complete = undoSteps(changesBegun(m_provenUpTo), outcome.undoErrors);
        runAlways();
        outcome.undoErrors.append(m_alwaysErrors);
        if (!changedAnything) // a clean-up that failed is among the errors, but nothing of the namespace is at stake
            outcome.state = Outcome::State::FailedUnchanged;
        else if (complete && !keepsProven && m_alwaysErrors.isEmpty())
            outcome.state = Outcome::State::FailedUndone;
        else
            outcome.state = Outcome::State::NeedsAttention;
        return outcome;
    }

    Outcome finish(Outcome outcome)
    {
        {
            const std::lock_guard lock(m_mutex);
            outcome.error = m_error;
            outcome.failedStep = m_failedStep;
        }
        static const QHash<int, QString> names{{int(Outcome::State::Done), u"done"_s},
                                               {int(Outcome::State::FailedUnchanged), u"failed-unchanged"_s},
                                               {int(Outcome::State::FailedUndone), u"failed-undone"_s},
                                               {int(Outcome::State::NeedsAttention), u"needs-attention"_s}};
        QJsonObject data{{u"state"_s, names.value(int(outcome.state))}};
        if (outcome.error)
            data[u"error"] = errorToJson(*outcome.error);
        QJsonArray undoErrors;
        for (const Error& error : outcome.undoErrors)
            undoErrors.append(errorToJson(error));
        data[u"undoErrors"] = undoErrors;
        emitEvent({.type = u"run-finished"_s, .data = data}, true);
        outcome.journalHead = m_journal.head();
        return outcome;
    }

    const Handlers& m_handlers;
    Journal& m_journal;
    const EventSink& m_live;
    const plan::Plan& m_plan;
    Context& m_context;

    mutable std::mutex m_mutex;
    std::stop_source m_siblings;
    std::optional<Error> m_error;
    QString m_failedStep;
    QStringList m_begun;            ///< in journal order
    QSet<QString> m_done;
    qsizetype m_provenUpTo = 0;     ///< begun steps before this index stay after a failure
    QHash<QString, QList<QJsonObject>> m_evidence;
    QList<Error> m_alwaysErrors;
};

Executor::Executor(const Handlers& handlers, Journal& journal, EventSink live) : m_handlers(handlers), m_journal(journal), m_live(std::move(live)) {}

Outcome Executor::run(const plan::Plan& plan, Context& context, std::stop_token stop)
{
    return Execution(m_handlers, m_journal, m_live, plan, context).execute(stop);
}

Outcome Executor::resume(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token stop)
{
    Execution execution(m_handlers, m_journal, m_live, plan, context);
    execution.recall(history);
    return execution.execute(stop);
}

Outcome Executor::undo(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token)
{
    Execution execution(m_handlers, m_journal, m_live, plan, context);
    execution.recall(history);
    return execution.undoAll();
}

} // namespace scalekeep::run
