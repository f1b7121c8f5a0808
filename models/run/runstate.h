#pragma once

#include "engine/run/pause.h"
#include "models/run/runfold.h"

#include <QObject>
#include <QTimer>

namespace scalekeep::models {

/// One run as the window shows it: a fold over the events of its journal, live or read again. Value access is cheap; signals come at most four
/// times a second. GUI thread; made by RunHub.
class RunState : public QObject {
    Q_OBJECT
public:
    enum class Phase { Loading, Running, Paused, WaitingForLogin, Cancelling, Undoing, Ended };

    ~RunState() override;

    [[nodiscard]] QString runId() const { return m_runId; } ///< empty until the run has a journal
    [[nodiscard]] const plan::Plan& plan() const { return m_fold.plan(); }
    [[nodiscard]] QString title() const;                    ///< "Backup of north / threescale"
    [[nodiscard]] QString journal() const { return m_journal; }
    [[nodiscard]] QString writesTo() const { return m_writesTo; }
    [[nodiscard]] QString operatorIdentity() const { return m_operator; }
    [[nodiscard]] Phase phase() const { return m_phase; }
    [[nodiscard]] bool live() const { return m_feed != nullptr && m_phase != Phase::Ended; } ///< runs in this program
    [[nodiscard]] bool holding() const;                     ///< asked to pause before the next step
    [[nodiscard]] bool undoRun() const { return m_undoRun; } ///< was started to take an earlier run back
    [[nodiscard]] const std::optional<run::Outcome>& outcome() const { return m_outcome; } ///< set when ended
    [[nodiscard]] bool interrupted() const { return m_interrupted; } ///< read from a journal without an end
    [[nodiscard]] const std::optional<Error>& unreadable() const { return m_unreadable; } ///< why its journal cannot be read
    [[nodiscard]] bool elsewhere() const { return m_elsewhere; } ///< another process works on it
    [[nodiscard]] bool resumable() const;                    ///< ended with something left to do
    [[nodiscard]] bool mayBeUndone() const;                  ///< the same, and it may have changed the namespace
    [[nodiscard]] qint64 written() const;                    ///< size of the file it writes; negative: not known
    [[nodiscard]] QString stateName() const;                ///< as RunSummary::state
    [[nodiscard]] QDateTime started() const { return m_started; }
    [[nodiscard]] QDateTime finished() const { return m_fold.finished(); }
    [[nodiscard]] StepProgress progress(const QString& stepId) const { return m_fold.steps().value(stepId); }
    [[nodiscard]] int percent() const { return m_fold.percent(); } ///< by weights; never goes back
    [[nodiscard]] qint64 bytesDone() const { return m_fold.bytesDone(); }
    [[nodiscard]] qint64 bytesTotal() const { return m_fold.bytesTotal(); } ///< 0: not known
    [[nodiscard]] double rate() const { return m_fold.rate(); } ///< bytes a second over 5 s, all steps; negative: not known
    [[nodiscard]] qint64 millisecondsLeft() const { return m_fold.millisecondsLeft(); } ///< negative: not known
    [[nodiscard]] qint64 stepMillisecondsLeft(const QString& stepId) const { return m_fold.stepMillisecondsLeft(stepId); }
    [[nodiscard]] const QList<LogLine>& log() const { return m_fold.log(); } ///< ring: the newest 100,000. Do not keep a copy
    [[nodiscard]] qint64 droppedLogLines() const { return m_fold.droppedLogLines(); }
    /// Steps that have changed the cluster and would be undone now, newest first: what a cancel takes back.
    [[nodiscard]] QStringList undoable() const { return m_fold.undoable(); }
    /// Steps whose undo has begun, in that order.
    [[nodiscard]] QStringList undoOrder() const { return m_fold.undoOrder(); }
    [[nodiscard]] bool failed() const { return m_fold.failed() || (m_outcome && m_outcome->error); }
    [[nodiscard]] QJsonObject results() const { return m_fold.results(); }
    [[nodiscard]] const RunFold& fold() const { return m_fold; }

public Q_SLOTS:
    void pause(bool hold);                                  ///< before the next step
    void cancel();                                          ///< stops and undoes, see the outcome

Q_SIGNALS:
    void stepsChanged(const QStringList& stepIds);          ///< throttled
    void progressed();                                      ///< totals; throttled
    void phaseChanged();
    void logAppended(int count);                            ///< lines at the end of log(); throttled. May follow `logDropped`
    void logDropped(int count);                             ///< lines from the front
    void loaded();
    void ended();

private:
    friend class RunHub;
    class Feed;
    explicit RunState(QObject* parent);

    void follow(std::shared_ptr<Feed> feed); ///< live from now on
    void take();                             ///< what came since the last time
    void setPhase(Phase phase);
    void updatePhase();
    void load(RunFold fold, const std::optional<Error>& unreadable, bool elsewhere);
    void end(const std::optional<run::Outcome>& outcome, const QDateTime& at);

    std::shared_ptr<Feed> m_feed;            ///< shared with the run's threads
    QTimer m_timer;
    RunFold m_fold;
    QString m_runId, m_journal, m_writesTo, m_operator;
    Phase m_phase = Phase::Loading;
    std::optional<run::Outcome> m_outcome;
    std::optional<Error> m_unreadable;
    bool m_interrupted = false, m_elsewhere = false, m_cancelled = false, m_undoRun = false;
    QDateTime m_started;
};

} // namespace scalekeep::models
