#include "engine/run/execution.h"

#include "engine/run/lock.h"

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
Result<void> wroteSince()
{
    return fail(ErrorCode::Conflict, u"The writers ran since the safety bundle was taken: what they wrote is in no bundle, and would be overwritten."_s,
                u"Undo the run, then restore again: the new run keeps what is there then."_s);
}

QSet<QString> workloadsOf(const plan::Step& step)
{
    QSet<QString> names;
    for (const QJsonValue& each : step.parameters[u"workloads"].toArray())
        names.insert(each[u"name"].toString());
    return names;
}

/// Whether its undo only removes what was put beside the data: no other undo depends upon it.
bool onlyTidies(const plan::Step& step)
{
    return step.action.endsWith(u".stage"_s) || step.action == u"files.extract" || step.action == u"helper.create";
}
} // namespace

void Executor::Execution::recall(const QList<Event>& history)
{
    for (const Event& event : history) {
        if (event.data[u"cleanup"].toBool())
            continue; // what was tidied after a failure does not stand for the step in its place
        if (event.type == u"step-started") {
            m_everBegun.insert(event.step);
            if (!m_begun.contains(event.step))
                m_begun.append(event.step);
        } else if (event.type == u"step-done") {
            m_done.insert(event.step);
            m_halfUndone.remove(event.step);
            m_context.results.insert(event.step, event.data[u"result"].toObject());
            if (event.data[u"proves"].toBool())
                m_provenUpTo = m_begun.size();
        } else if (event.type == u"step-again") {
            m_done.remove(event.step);
            m_context.results.remove(event.step);
        } else if (event.type == u"undo-started") {
            // Not done any more, and not undone either: it is run or undone again, and what it was proven by proves nothing.
            m_halfUndone.insert(event.step);
            m_done.remove(event.step);
            if (const plan::Step* step = m_plan.step(event.step); step && endangers(*step))
                m_context.results.remove(event.step); // by which others would take its data for loaded
            forgetProofsAfter(event.step);
        } else if (event.type == u"undo-done") {
            m_halfUndone.remove(event.step);
            forget(event.step);
        } else if (event.type == u"evidence") {
            m_evidence[event.step].append(event.data);
        }
    }
}

Result<void> Executor::Execution::lookAgain(const std::stop_token& stop, bool asFarAsItGoes)
{
    QSet<QString> stoppedAgain; // workloads
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (!asFarAsItGoes && step.action == u"workloads.stop" && !m_done.contains(step.id) && reliesOnSafety(step))
                return wroteSince();
            const Handler* handler = m_done.contains(step.id) ? handlerFor(step) : nullptr;
            if (!handler)
                continue;
            StepRun run = stepRun(step, stop);
            // What is stopped once more has to be started once more.
            const bool goesDown = !asFarAsItGoes && step.action == u"workloads.start" && stoppedAgain.intersects(workloadsOf(step));
            const auto holds = goesDown ? Result<bool>(false) : withLogin<bool>(step, stop, [&] { return handler->recall(run, m_context.result(step.id)); });
            if (!holds && asFarAsItGoes)
                run.log(u"Warning: %1"_s.arg(holds.error().message));
            else if (!holds)
                return fail(holds.error());
            if (!holds || *holds)
                continue;
            // They stood still when it was decided what of the bundle is kept, a moment ago.
            if (step.action == u"workloads.stop" && m_context.writer && !m_context.writer->streams().isEmpty())
                return fail(ErrorCode::Conflict, u"The writers were started by somebody else just now."_s, u"What was read before no longer fits to what would be read now. Resume the run again: it reads everything anew."_s);
            if (!asFarAsItGoes && step.action == u"workloads.stop" && reliesOnSafety(step))
                return wroteSince();
            emitEvent({.type = u"step-again"_s, .step = step.id, .data = {{u"title"_s, step.title}}}, true);
            m_done.remove(step.id);
            m_again.insert(step.id);
            m_context.results.remove(step.id);
            if (step.action == u"workloads.stop")
                stoppedAgain += workloadsOf(step);
        }
    }
    return {};
}

/// Data that was removed from a volume is brought back by its undo alone: what a load would put aside in its place is only half of it.
Result<void> Executor::Execution::mayGoOn() const
{
    for (const QString& id : m_halfUndone) {
        const plan::Step* step = m_plan.step(id);
        if (step && endangers(*step) && m_everBegun.contains(u"tidy:"_s + step->component))
            return fail(ErrorCode::Conflict, u"The undo of %1 was begun after its old data had been removed, and was cut off: only an undo can go on."_s.arg(step->component), u"Undo the run: it takes the old data from the safety bundle."_s);
    }
    return {};
}

bool Executor::Execution::endangers(const plan::Step& step) const
{
    const auto handler = m_executor.m_handlers.value(step.action);
    return handler && handler->endangersData();
}

bool Executor::Execution::reliesOnSafety(const plan::Step& stop) const
{
    const QSet<QString> stopped = workloadsOf(stop);
    if (!stopped.isEmpty() && m_context.catalog && m_context.catalog->operatorDeployments.contains(*stopped.cbegin()))
        return false; // it writes no data itself
    bool behind = false, finished = false;
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (finished && step.action == u"workloads.start" && m_begun.contains(step.id) && workloadsOf(step).intersects(stopped))
                return false; // it was this run that started them, on what it had proven
            if (finished && !m_done.contains(step.id) && endangers(step))
                return true;
            behind = behind || step.id == stop.id;
            finished = finished || (behind && step.action == u"bundle.finish" && m_done.contains(step.id));
        }
    }
    return false;
}

Outcome Executor::Execution::resume(std::stop_token stop)
{
    m_user = stop;
    auto looked = mayGoOn();
    if (looked)
        looked = lookAgain(stop, false);
    if (!looked) {
        // Nothing was begun in this pass: the run is as it was, and can be resumed or undone another time.
        noteFailure(looked.error(), {});
        Outcome outcome;
        const bool mayOnlyBeUndone = looked.error().code == ErrorCode::Conflict;
        outcome.state = changesBegun().isEmpty() && !mayOnlyBeUndone ? Outcome::State::FailedUnchanged : Outcome::State::NeedsAttention;
        return finish(std::move(outcome));
    }
    return execute(stop);
}

/// A workload that somebody has started since would go on with the files that are taken from under it, and save its own over them later.
bool Executor::Execution::stopAgain()
{
    const QStringList begun = changesBegun();
    const bool overwrites = std::any_of(begun.begin(), begun.end(), [this](const QString& id) { return endangers(*m_plan.step(id)); });
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (!overwrites || step.action != u"workloads.stop" || !m_again.contains(step.id))
                continue;
            runStep(step, {});
            if (!m_done.contains(step.id))
                return false;
        }
    }
    return true;
}

Outcome Executor::Execution::undoAll(std::stop_token stop)
{
    m_user = stop;
    Outcome outcome;
    (void)lookAgain({}, true); // an undo that needs what is not there says so itself
    if (!stopAgain()) {
        outcome.state = Outcome::State::NeedsAttention;
        return finish(std::move(outcome));
    }
    const bool complete = undoSteps(changesBegun(), outcome.undoErrors);
    runAlways();
    outcome.undoErrors.append(m_alwaysErrors);
    outcome.state = complete && m_alwaysErrors.isEmpty() ? Outcome::State::FailedUndone : Outcome::State::NeedsAttention;
    return finish(std::move(outcome));
}

/// What was proven after a step that is undone proves nothing any more: a resumed run proves it again.
void Executor::Execution::forgetProofsAfter(const QString& id)
{
    const qsizetype from = m_begun.indexOf(id);
    for (qsizetype index = m_begun.size() - 1; from >= 0 && index > from; --index) {
        const plan::Step* step = m_plan.step(m_begun[index]);
        if (!step || !step->proves || step->changes)
            continue;
        m_context.results.remove(m_begun[index]);
        m_done.remove(m_begun.takeAt(index));
        if (index < m_provenUpTo)
            --m_provenUpTo;
    }
    // Up to the last proof that still holds.
    while (m_provenUpTo > 0) {
        const plan::Step* last = m_plan.step(m_begun[m_provenUpTo - 1]);
        if (last && last->proves && m_done.contains(last->id))
            break;
        --m_provenUpTo;
    }
}

/// An undone step was never begun.
void Executor::Execution::forget(const QString& id)
{
    m_done.remove(id);
    m_context.results.remove(id);
    forgetProofsAfter(id);
    const qsizetype index = m_begun.indexOf(id);
    if (index < 0)
        return;
    m_begun.removeAt(index);
    if (index < m_provenUpTo)
        --m_provenUpTo;
}

QStringList Executor::Execution::changesBegun(qsizetype from) const
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
Result<void> Executor::Execution::stillOurs() const
{
    const auto held = m_context.lock ? m_context.lock->check() : Result<void>{};
    return !held && held.error().code == ErrorCode::Locked ? held : Result<void>{};
}

/// Reverse order, but for what is to be undone first; true when everything is as it was before.
bool Executor::Execution::undoSteps(const QStringList& ids, QList<Error>& errors)
{
    bool complete = true;
    QStringList order(ids.crbegin(), ids.crend());
    // An operator that runs starts again what the others stop, and they would wait for ever.
    std::stable_partition(order.begin(), order.end(), [this](const QString& id) { return m_plan.step(id)->parameters[u"undoFirst"].toBool(); });
    for (const QString& id : std::as_const(order)) {
        const plan::Step& step = *m_plan.step(id);
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
        // What the journal does not know of, a resumed restore would take for done. A backup only starts again what it stopped and removes what it made.
        if (!emitEvent({.type = u"undo-started"_s, .step = id, .data = {{u"undo"_s, step.undo}}}, true) && m_plan.kind == u"restore") {
            errors.append(Error{ErrorCode::NoSpace, u"Nothing was taken back, for the journal could not be written."_s, {}, u"Free some space, then resume or undo the run."_s});
            return false;
        }
        StepRun run = stepRun(step, {});
        // An undo overwrites data, too: until it has ended well, the lock says so, and that the old data may lie aside no more.
        const bool touchesData = m_context.lock && handler->endangersData() && !step.component.isEmpty();
        auto undone = touchesData ? withLogin<void>(step, m_user, [&] { return m_context.lock->endanger(step.component, step.id, u"undo:"_s + step.action); }) : Result<void>{};
        if (undone)
            undone = withLogin<void>(step, m_user, [&] { return handler->undo(run); });
        if (undone && touchesData)
            undone = withLogin<void>(step, m_user, [&] { return m_context.lock->settle(step.component, false); });
        if (undone) {
            emitEvent({.type = u"undo-done"_s, .step = id, .data = {}}, true);
            forget(id);
        } else {
            complete = false;
            errors.append(undone.error());
            emitEvent({.type = u"undo-failed"_s, .step = id, .data = errorToJson(undone.error())}, true);
            // Each counts on those behind it: data is not taken back under writers that could not be stopped, nor are writers started on what was not.
            // What a backup had stopped is started as far as it goes.
            if (m_plan.kind == u"restore" && !onlyTidies(step))
                return false;
        }
    }
    return complete;
}

/// What its component's other steps never began needs no tidying; one of no component goes with any change.
bool Executor::Execution::isDue(const plan::Step& always) const
{
    return std::any_of(m_everBegun.begin(), m_everBegun.end(), [&](const QString& id) {
        const plan::Step* step = m_plan.step(id);
        return step && step != &always && (always.component.isEmpty() ? step->changes : step->component == always.component);
    });
}

void Executor::Execution::runAlways()
{
    for (const plan::Stage& stage : m_plan.stages) {
        for (const plan::Step& step : stage.steps) {
            if (!step.always || m_done.contains(step.id) || !isDue(step))
                continue;
            const Handler* handler = handlerFor(step);
            if (!handler)
                continue;
            const auto ours = stillOurs();
            if (!ours && m_context.lock->goesOnElsewhere()) {
                m_alwaysErrors.append(ours.error()); // what is staged and linked under this run's nonce, whoever took it over works with
                return;
            }
            if (step.changes && !ours) {
                m_alwaysErrors.append(ours.error());
                continue;
            }
            emitEvent({.type = u"step-started"_s, .step = step.id, .data = {{u"title"_s, step.title}, {u"cleanup"_s, true}}}, step.changes);
            StepRun run = stepRun(step, {});
            const auto result = withLogin<QJsonObject>(step, m_user, [&] { return handler->run(run); });
            if (result) {
                emitEvent({.type = u"step-done"_s, .step = step.id, .data = {{u"result"_s, *result}, {u"cleanup"_s, true}}}, step.changes);
            } else {
                QJsonObject data = errorToJson(result.error());
                data[u"cleanup"] = true;
                emitEvent({.type = u"step-failed"_s, .step = step.id, .data = data}, true);
                m_alwaysErrors.append(result.error());
            }
        }
    }
}

Outcome Executor::Execution::afterFailure()
{
    Outcome outcome;
    const bool changedAnything = !changesBegun().isEmpty();
    const bool keepsProven = m_provenUpTo > 0 && !changesBegun().mid(0, changesBegun().size() - changesBegun(m_provenUpTo).size()).isEmpty();
    QStringList ids = changesBegun(m_provenUpTo);
    ids.removeIf([this](const QString& id) {
        const Handler* handler = m_done.contains(id) ? handlerFor(*m_plan.step(id)) : nullptr;
        return handler && m_provenUpTo > 0 && handler->staysDone();
    });
    const bool complete = undoSteps(ids, outcome.undoErrors);
    runAlways();
    outcome.undoErrors.append(m_alwaysErrors);
    if (!changedAnything && m_alwaysErrors.isEmpty())
        outcome.state = Outcome::State::FailedUnchanged;
    else if (complete && !keepsProven && m_alwaysErrors.isEmpty())
        outcome.state = Outcome::State::FailedUndone;
    else
        outcome.state = Outcome::State::NeedsAttention;
    return outcome;
}

} // namespace scalekeep::run
