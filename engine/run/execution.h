#pragma once

#include "engine/run/facts.h"

#include <QSet>

#include <atomic>
#include <condition_variable>

namespace scalekeep::run {

/// One pass over a plan. The scheduling thread owns the order; handlers run on threads of their own, one a step.
/// execution.cpp goes forward, executionundo.cpp takes back and takes over what an earlier pass did.
class Executor::Execution {
public:
    Execution(const Executor& executor, const plan::Plan& plan, Context& context);

    /// Takes over what an earlier, interrupted pass did.
    void recall(const QList<Event>& history);
    Outcome execute(std::stop_token stop);
    /// The same after recall(): what earlier steps made is looked at first, for some of it may be gone.
    Outcome resume(std::stop_token stop);
    Outcome undoAll(std::stop_token stop);

private:
    Result<void> emitEvent(Event event, bool sync); ///< fails when the journal could not be written
    void noteFailure(const Error& error, const QString& step);
    [[nodiscard]] bool failed() const;
    [[nodiscard]] StepRun stepRun(const plan::Step& step, std::stop_token stop);
    [[nodiscard]] QList<QJsonObject> evidenceOf(const QString& id) const;
    const Handler* handlerFor(const plan::Step& step);

    void runStage(const plan::Stage& stage);
    /// Waits while somebody holds the run.
    void waitInPause();
    void runStep(const plan::Step& step, std::stop_token stop);
    /// Whether a step that may have begun is to be run; otherwise it is done or failed by now.
    bool mustRun(const Handler& handler, StepRun& run, bool afterLogin);
    void stepDone(const plan::Step& step, const QJsonObject& result);
    void stepFailed(const plan::Step& step, const Error& error);
    /// Asks for a new login when the error says that there is none any more; several steps that lose it ask once.
    bool renewLogin(const Error& error, const plan::Step& step, int logins, const std::stop_token& stop);
    /// `work`, again after every renewed login.
    template <class T>
    Result<T> withLogin(const plan::Step& step, const std::stop_token& stop, const std::function<Result<T>()>& work);

    /// What done steps made and later ones need may be gone since: those steps are run again. `asFarAsItGoes`: errors are only logged.
    Result<void> lookAgain(const std::stop_token& stop, bool asFarAsItGoes);
    /// Before data is taken back: false when what was started meanwhile could not be stopped.
    bool stopAgain();
    void forget(const QString& id);
    void forgetProofsAfter(const QString& id);
    [[nodiscard]] bool endangers(const plan::Step& step) const;
    /// Refuses to go on where only an undo can, or where it would overwrite what is in no bundle.
    [[nodiscard]] Result<void> mayGoOn() const;
    /// Whether the safety bundle, taken behind this stop, is finished and something that it keeps is still to be overwritten.
    [[nodiscard]] bool reliesOnSafety(const plan::Step& stop) const;
    [[nodiscard]] QStringList changesBegun(qsizetype from = 0) const;
    [[nodiscard]] Result<void> stillOurs() const;
    /// What the lock says about the component's data, before and after a step that overwrites or proves it.
    Result<void> noteData(const Handler& handler, const plan::Step& step, bool begins);
    bool undoSteps(const QStringList& ids, QList<Error>& errors);
    [[nodiscard]] bool isDue(const plan::Step& always) const;
    void runAlways();
    Outcome afterFailure();
    Outcome finish(Outcome outcome);

    const Executor& m_executor;
    const plan::Plan& m_plan;
    Context& m_context;

    mutable std::mutex m_mutex;
    std::stop_source m_siblings;
    std::stop_token m_user;         ///< stops the run, but no undo
    std::optional<Error> m_error;
    QString m_failedStep;
    QStringList m_begun;            ///< in journal order; without what was undone
    QSet<QString> m_everBegun;
    QSet<QString> m_done;
    QSet<QString> m_again;          ///< done by an earlier pass, but what they made is gone
    QSet<QString> m_halfUndone;     ///< an undo of them was begun and did not end well: neither done nor undone, whatever a probe sees
    qsizetype m_provenUpTo = 0;     ///< begun steps before this index stay after a failure
    QHash<QString, QList<QJsonObject>> m_evidence;
    QList<Error> m_alwaysErrors;
    std::mutex m_loginMutex;
    std::atomic<int> m_logins = 0;  ///< how often the login was renewed
};

template <class T>
Result<T> Executor::Execution::withLogin(const plan::Step& step, const std::stop_token& stop, const std::function<Result<T>()>& work)
{
    while (true) {
        const int logins = m_logins;
        auto answer = work();
        if (answer || !renewLogin(answer.error(), step, logins, stop))
            return answer;
    }
}

} // namespace scalekeep::run
