#include "engine/run/execution.h"

#include "engine/run/lock.h"
#include "engine/run/redaction.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <algorithm>
#include <thread>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int progressIntervalMs = 250;
} // namespace

Executor::Execution::Execution(const Executor& executor, const plan::Plan& plan, Context& context) : m_executor(executor), m_plan(plan), m_context(context) {}

Outcome Executor::Execution::execute(std::stop_token stop)
{
    m_user = stop;
    // Two tokens: the user's, and the one that stops the siblings of a failed step.
    const std::stop_callback forward(stop, [this] { m_siblings.request_stop(); });
    for (const plan::Stage& stage : m_plan.stages) {
        if (failed() || stop.stop_requested())
            break;
        if (std::all_of(stage.steps.begin(), stage.steps.end(), [this](const plan::Step& step) { return m_done.contains(step.id); }))
            continue; // by an earlier pass
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

Result<void> Executor::Execution::emitEvent(Event event, bool sync)
{
    // One place for redaction: whatever a handler or the client said, no known secret passes.
    event.data = redacted(*m_context.redactor, event.data).toObject();
    auto written = m_executor.m_journal.append(event, sync);
    if (!written)
        noteFailure(written.error(), event.step);
    event.time = QDateTime::currentDateTimeUtc();
    m_executor.m_live(event);
    return written;
}

void Executor::Execution::noteFailure(const Error& error, const QString& step)
{
    const std::lock_guard lock(m_mutex);
    // The first failure is the cause; what siblings answer when they are stopped is its consequence.
    if (!m_error) {
        m_error = error;
        m_failedStep = step;
    }
    m_siblings.request_stop();
}

bool Executor::Execution::failed() const
{
    const std::lock_guard lock(m_mutex);
    return m_error.has_value();
}

StepRun Executor::Execution::stepRun(const plan::Step& step, std::stop_token stop)
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
                m_executor.m_live(event);
            },
        .log = [this, id = step.id](const QString& text) { emitEvent({.type = u"log"_s, .step = id, .data = {{u"text"_s, text}}}, false); },
        .evidence = [this, id = step.id](const QJsonObject& fact) -> Result<void> {
            // A fact that could not be written down must not be relied upon.
            auto written = emitEvent({.type = u"evidence"_s, .step = id, .data = fact}, true);
            const std::lock_guard lock(m_mutex);
            m_evidence[id].append(fact);
            return written;
        },
        .earlierEvidence = evidenceOf(step.id),
        .evidenceOf = [this](const QString& id) { return evidenceOf(id); },
        .found = {},
    };
}

QList<QJsonObject> Executor::Execution::evidenceOf(const QString& id) const
{
    const std::lock_guard lock(m_mutex);
    return m_evidence.value(id);
}

const Handler* Executor::Execution::handlerFor(const plan::Step& step)
{
    const auto handler = m_executor.m_handlers.constFind(step.action);
    if (handler != m_executor.m_handlers.constEnd())
        return handler->get();
    noteFailure({ErrorCode::Internal, u"The plan has a step “%1” that this version of Scalekeep does not know."_s.arg(step.action), {}, {}}, step.id);
    return nullptr;
}

void Executor::Execution::runStage(const plan::Stage& stage)
{
    std::condition_variable_any changed;
    std::mutex waiting;
    QSet<QString> finished, running;
    std::vector<std::jthread> threads;
    for (const plan::Step& step : stage.steps) {
        if (m_done.contains(step.id))
            finished.insert(step.id);
    }
    const Pause* pause = m_executor.m_guards.pause;
    std::unique_lock lock(waiting);
    while (true) {
        const auto ready = [&](const plan::Step& step) {
            return !finished.contains(step.id) && !running.contains(step.id) &&
                   std::all_of(step.after.begin(), step.after.end(), [&](const QString& id) { return finished.contains(id); });
        };
        if (!m_siblings.stop_requested()) {
            if (pause && pause->held() && std::any_of(stage.steps.begin(), stage.steps.end(), ready)) {
                lock.unlock();
                waitInPause();
                lock.lock();
                continue;
            }
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

void Executor::Execution::waitInPause()
{
    emitEvent({.type = u"paused"_s}, true);
    m_executor.m_guards.pause->wait(m_siblings.get_token());
    emitEvent({.type = u"resumed"_s}, true);
}

bool Executor::Execution::renewLogin(const Error& error, const plan::Step& step, int logins, const std::stop_token& stop)
{
    const LoginLost& ask = m_executor.m_guards.onLoginLost;
    if (error.code != ErrorCode::NotLoggedIn || !ask || stop.stop_requested())
        return false;
    const std::lock_guard lock(m_loginMutex);
    if (m_logins != logins)
        return true; // another step has asked meanwhile
    emitEvent({.type = u"login-lost"_s, .step = step.id, .data = errorToJson(error)}, true);
    if (!ask(error, stop))
        return false;
    ++m_logins;
    emitEvent({.type = u"login-renewed"_s, .step = step.id}, true);
    return true;
}

bool Executor::Execution::mustRun(const Handler& handler, StepRun& run, bool afterLogin)
{
    const plan::Step& step = run.step;
    if (!step.changes || (afterLogin && step.idempotent))
        return true; // looking again harms nobody
    bool halfUndone = false;
    {
        const std::lock_guard lock(m_mutex);
        halfUndone = m_halfUndone.contains(step.id);
    }
    const auto probed = halfUndone ? Result<Handler::Probe>(Handler::Probe::Partly) : withLogin<Handler::Probe>(step, run.stop, [&] { return handler.probe(run); });
    if (!probed) {
        stepFailed(step, probed.error());
        return false;
    }
    if (*probed == Handler::Probe::Happened) {
        // Its proof may have been lost with the program, but not what the lock says about its data.
        stepDone(step, run.found);
        return false;
    }
    if (*probed != Handler::Probe::NotHappened && !step.idempotent) {
        stepFailed(step, {ErrorCode::Conflict, u"It cannot be told whether “%1” happened."_s.arg(step.title), {}, u"Undo the run."_s});
        return false;
    }
    return true;
}

void Executor::Execution::runStep(const plan::Step& step, std::stop_token stop)
{
    const Handler* handler = handlerFor(step);
    if (!handler)
        return;
    StepRun run = stepRun(step, stop);
    bool begun = false;
    {
        const std::lock_guard lock(m_mutex);
        begun = m_begun.contains(step.id) && !m_again.contains(step.id);
    }
    if (begun && !mustRun(*handler, run, false)) // begun by an interrupted run
        return;
    if (step.changes && m_context.lock) {
        if (const auto held = withLogin<void>(step, stop, [this] { return m_context.lock->check(); }); !held)
            return stepFailed(step, held.error());
    }
    emitEvent({.type = u"step-started"_s, .step = step.id, .data = {{u"title"_s, step.title}}}, step.changes);
    {
        const std::lock_guard lock(m_mutex);
        if (m_error)
            return; // the journal could not be written, or a sibling failed: not begun
        if (!m_begun.contains(step.id))
            m_begun.append(step.id);
        m_everBegun.insert(step.id);
    }
    // Behind the journal's line: data that only the lock knew to be in flight could never be undone.
    if (const auto noted = withLogin<void>(step, stop, [&] { return noteData(*handler, step, true); }); !noted)
        return stepFailed(step, noted.error());
    while (true) {
        const int logins = m_logins;
        const auto result = handler->run(run);
        if (result) {
            if (const auto noted = withLogin<void>(step, stop, [&] { return noteData(*handler, step, false); }); !noted)
                return stepFailed(step, noted.error());
            return stepDone(step, *result);
        }
        if (!renewLogin(result.error(), step, logins, stop))
            return stepFailed(step, result.error());
        run.earlierEvidence = evidenceOf(step.id);
        if (!mustRun(*handler, run, true))
            return;
    }
}

void Executor::Execution::stepDone(const plan::Step& step, const QJsonObject& result)
{
    {
        const std::scoped_lock lock(m_mutex, m_context.mutex);
        m_done.insert(step.id);
        m_halfUndone.remove(step.id);
        m_context.results.insert(step.id, result);
        if (step.proves)
            m_provenUpTo = m_begun.size();
    }
    emitEvent({.type = u"step-done"_s, .step = step.id, .data = {{u"result"_s, result}, {u"proves"_s, step.proves}}}, step.changes || step.proves);
}

void Executor::Execution::stepFailed(const plan::Step& step, const Error& error)
{
    emitEvent({.type = u"step-failed"_s, .step = step.id, .data = errorToJson(error)}, true);
    noteFailure(error, step.id);
}

Result<void> Executor::Execution::noteData(const Handler& handler, const plan::Step& step, bool begins)
{
    if (!m_context.lock || step.component.isEmpty())
        return {};
    if (begins)
        return handler.endangersData() ? m_context.lock->endanger(step.component, step.id, step.action) : Result<void>{};
    return step.proves ? m_context.lock->settle(step.component, true) : Result<void>{};
}

Outcome Executor::Execution::finish(Outcome outcome)
{
    {
        const std::lock_guard lock(m_mutex);
        outcome.error = m_error;
        outcome.failedStep = m_failedStep;
    }
    // Before the last line: a journal that says *ended* leaves no locked namespace behind. A run that needs attention keeps its lock, for the
    // originals in it are what resume and undo go by.
    if (m_context.lock && outcome.state != Outcome::State::NeedsAttention) {
        if (const auto released = m_context.lock->release(); !released) {
            outcome.state = Outcome::State::NeedsAttention;
            if (outcome.error)
                outcome.undoErrors.append(released.error());
            else
                outcome.error = released.error();
        }
    }
    QJsonObject data{{u"state"_s, stateName(outcome.state)}};
    if (outcome.error)
        data[u"error"] = errorToJson(*outcome.error);
    QJsonArray undoErrors;
    for (const Error& error : outcome.undoErrors)
        undoErrors.append(errorToJson(error));
    data[u"undoErrors"] = undoErrors;
    emitEvent({.type = u"run-finished"_s, .data = data}, true);
    outcome.journalHead = m_executor.m_journal.head();
    return outcome;
}

} // namespace scalekeep::run
