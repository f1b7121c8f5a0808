#pragma once

#include "engine/run/handler.h"

namespace scalekeep::run {

/// How a run ended; the CLI's exit codes 0, 2, 3 and 4 are folds of it.
struct Outcome {
    enum class State {
        Done,
        FailedUnchanged,               ///< nothing that changes the cluster had begun
        FailedUndone,                  ///< every change was undone
        NeedsAttention,                ///< changes are left: resume or undo
    };
    State state = State::Done;
    std::optional<Error> error;        ///< the first failure; code Cancelled when the user stopped the run
    QString failedStep;
    QList<Error> undoErrors;
    QByteArray journalHead;
};

/// Executes a plan: stages in order, steps of a stage in parallel up to its limit, everything journaled. On failure: siblings are
/// stopped and awaited, what was begun since the last proven point is undone in reverse journal order, steps marked `always` run, the
/// outcome says what is left. Before every changing step the lock's nonce is checked again.
/// run() blocks; one Executor runs one plan.
class Executor {
public:
    Executor(const Handlers& handlers, Journal& journal, EventSink live);
    [[nodiscard]] Outcome run(const plan::Plan& plan, Context& context, std::stop_token stop = {});
    /// Continues a run that was cut off: done steps are skipped, begun ones probed.
    [[nodiscard]] Outcome resume(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token stop = {});
    /// Undoes everything that was begun, in reverse order.
    [[nodiscard]] Outcome undo(const plan::Plan& plan, Context& context, const QList<Event>& history, std::stop_token stop = {});

private:
    class Execution;
    const Handlers& m_handlers;
    Journal& m_journal;
    EventSink m_live;
};

} // namespace scalekeep::run
