#pragma once

#include "engine/plan/plan.h"
#include "engine/run/executor.h"
#include "engine/run/pause.h"

#include <QElapsedTimer>
#include <QObject>

namespace scalekeep::models {

enum class StepState { Waiting, Running, Proven, Done, Failed, Undoing, Undone, UndoFailed, Skipped };

/// What is known of one step, folded from events.
struct StepProgress {
    StepState state = StepState::Waiting;
    QDateTime started, finished;
    qint64 done = 0, total = 0;          ///< in `unit`
    QString unit;                        ///< "bytes" or a noun
    double rate = -1;                    ///< units a second over the last 5 s; negative: not known
    QString command;                     ///< the exact command that runs or ran last, redacted
    int exitCode = 0;
    QString message;                     ///< result or error in one line
    QJsonObject result;
    std::optional<Error> error;
    QDateTime undoStarted, undoFinished;
};

struct LogLine {
    enum class Level { Debug, Info, Warning, Error };
    QDateTime time;
    Level level = Level::Info;
    QString step;                        ///< id, or empty
    QString text;
};

/// One run as the window shows it: a fold over the events of its journal, live or read again. Value access is cheap; signals come at most four
/// times a second. GUI thread; made by RunHub.
class RunState : public QObject {
    Q_OBJECT
public:
    enum class Phase { Loading, Running, Paused, WaitingForLogin, Cancelling, Undoing, Ended };

    [[nodiscard]] QString runId() const { return m_runId; }
    [[nodiscard]] const plan::Plan& plan() const { return m_plan; }
    [[nodiscard]] QString title() const;                    ///< "Backup of north / threescale"
    [[nodiscard]] QString journal() const { return m_journal; }
    [[nodiscard]] QString writesTo() const { return m_writesTo; }
    [[nodiscard]] QString operatorIdentity() const { return m_operator; }
    [[nodiscard]] Phase phase() const { return m_phase; }
    [[nodiscard]] const std::optional<run::Outcome>& outcome() const { return m_outcome; } ///< set when ended
    [[nodiscard]] bool interrupted() const { return m_interrupted; } ///< read from a journal without an end
    [[nodiscard]] QDateTime started() const { return m_started; }
    [[nodiscard]] QDateTime finished() const { return m_finished; }
    [[nodiscard]] StepProgress progress(const QString& stepId) const { return m_steps.value(stepId); }
    [[nodiscard]] int percent() const;                      ///< by weights; never goes back
    [[nodiscard]] qint64 bytesDone() const;
    [[nodiscard]] double rate() const;                      ///< bytes a second over 5 s, all steps; negative: not known
    [[nodiscard]] qint64 millisecondsLeft() const;          ///< negative: not known
    [[nodiscard]] const QList<LogLine>& log() const { return m_log; } ///< ring: the newest 100,000
    [[nodiscard]] qint64 droppedLogLines() const { return m_droppedLines; }
    /// Steps that have changed the cluster and would be undone now, newest first: what a cancel takes back.
    [[nodiscard]] QStringList undoable() const;
    [[nodiscard]] QJsonObject results() const { return m_results; }

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
    RunState(QString runId, QObject* parent);

    class Fold;
    std::unique_ptr<Fold> d;
    QString m_runId, m_journal, m_writesTo, m_operator;
    plan::Plan m_plan;
    Phase m_phase = Phase::Loading;
    std::optional<run::Outcome> m_outcome;
    bool m_interrupted = false;
    QDateTime m_started, m_finished;
    QHash<QString, StepProgress> m_steps;
    QList<LogLine> m_log;
    qint64 m_droppedLines = 0;
    QJsonObject m_results;
};

} // namespace scalekeep::models
