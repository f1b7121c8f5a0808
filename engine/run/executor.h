#pragma once

#include "engine/run/handler.h"
#include "engine/run/pause.h"

namespace scalekeep::run {

/// How a run ended; the CLI's exit codes 0, 2, 3 and 4 are folds of it.
struct Outcome {
    enum class State {
        Done,
        FailedUnchanged,               ///< nothing that changes the cluster had begun
        FailedUndone,                  ///< every change was undone
        NeedsAttention,                ///< changes, or things of the run's own that could not be removed, are left: resume or undo
    };
    State state = State::Done;
    std::optional<Error> error;        ///< the first failure; code Cancelled when the user stopped the run
    QString failedStep;
    QList<Error> undoErrors;
    QByteArray journalHead;
};

/// Called on a step's thread when the server does not know the login any more. Blocks until it was renewed (true: the run goes on) or the token
/// is stopped (false). The kubeconfig's path stays the same.
using LoginLost = std::function<bool(const Error& error, std::stop_token stop)>;

/// Executes a plan: stages in order, steps of a stage in parallel up to its limit, everything journaled. On failure: siblings are
/// stopped and awaited, what was begun since the last proven point is undone in reverse journal order, steps marked `always` run, the
/// outcome says what is left. Before every changing step the lock's nonce is checked again.
/// run() blocks; one Executor runs one plan.
class Executor {
public:
    /// Who may hold a run up. Both are optional.
    struct Guards {
        Pause* pause = nullptr;        ///< waited for before each step, never by an undo
        LoginLost onLoginLost;
    };

    Executor(const Handlers& handlers, Journal& journal, EventSink live);
    Executor(const Handlers& handlers, Journal& journal, EventSink live, Guards guards);
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
    Guards m_guards;
};

} // namespace scalekeep::run
