#pragma once

#include "engine/plan/plan.h"
#include "engine/run/executor.h"

#include <QDateTime>
#include <QHash>

#include <deque>

namespace scalekeep::models {

enum class StepState { Waiting, Running, Proven, Done, Failed, Undoing, Undone, UndoFailed, Skipped };

/// What is known of one step, folded from events.
struct StepProgress {
    StepState state = StepState::Waiting;
    QDateTime started, finished;
    qint64 done = 0, total = 0;          ///< in `unit`; total 0: not known
    QString unit;                        ///< "bytes" or a noun
    double rate = -1;                    ///< units a second over the last 5 s; negative: not known
    QString command;                     ///< the exact command that runs or ran last, redacted
    int exitCode = 0;
    bool commandEnded = false;           ///< exitCode is that of `command`
    QString message;                     ///< result or error in one line
    QJsonObject result;
    std::optional<Error> error;
    QDateTime undoStarted, undoFinished;

    [[nodiscard]] bool ended() const { return state != StepState::Waiting && state != StepState::Running && state != StepState::Undoing; }
};

struct LogLine {
    enum class Level { Debug, Info, Warning, Error };
    QDateTime time;
    Level level = Level::Info;
    QString step;                        ///< id, or empty
    QString text;
    bool operator==(const LogLine&) const = default;
};

/// Log lines of an event: of a text with several lines one each; every length is bounded. Pure.
QList<LogLine> logLines(const run::Event& event);

/// A run as the sum of its events, live or out of a journal (hostile: unknown steps and types are ignored). A value without thread or clock:
/// moments come from the events, so that the same events give the same fold.
class RunFold {
public:
    static constexpr qsizetype MaxLogLines = 100'000;
    static constexpr qint64 MaxLogChars = 32LL * 1024 * 1024;

    void setPlan(const plan::Plan& plan);
    /// One more stage after the plan's, shown but no part of it (the bundle's verification).
    void appendStage(const plan::Stage& stage);
    /// `lines` false: the event's log lines come by appendLog().
    void apply(const run::Event& event, bool lines = true);
    /// `lost`: lines before these that did not fit anywhere.
    void appendLog(QList<LogLine> lines, qint64 lost = 0);
    /// Nothing more will come: what runs has failed, what waits was not started.
    void close(const std::optional<run::Outcome>& outcome, const QDateTime& at);

    [[nodiscard]] const plan::Plan& plan() const { return m_plan; }
    [[nodiscard]] const QHash<QString, StepProgress>& steps() const { return m_steps; }
    [[nodiscard]] const QList<LogLine>& log() const { return m_log; }
    [[nodiscard]] qint64 droppedLogLines() const { return m_dropped; }
    [[nodiscard]] const QString& runId() const { return m_runId; }
    [[nodiscard]] const QString& writesTo() const { return m_writesTo; }
    [[nodiscard]] const QString& operatorIdentity() const { return m_operator; }
    [[nodiscard]] const QDateTime& started() const { return m_started; }
    [[nodiscard]] const QDateTime& finished() const { return m_finished; }
    [[nodiscard]] const std::optional<run::Outcome>& outcome() const { return m_outcome; } ///< as run-finished says
    [[nodiscard]] const QJsonObject& results() const { return m_results; }
    [[nodiscard]] bool begun() const { return m_anyBegun; }       ///< a step has begun
    [[nodiscard]] bool undoing() const { return m_undoing; }
    [[nodiscard]] bool failed() const { return m_failed; }        ///< a step has failed
    [[nodiscard]] QStringList undoable(bool proven = false) const; ///< newest first; `proven`: also what a failure leaves, and an undo does not
    [[nodiscard]] QStringList undoOrder() const { return m_undoOrder; } ///< steps whose undo has begun, in that order
    [[nodiscard]] int percent() const { return m_percent; }
    [[nodiscard]] qint64 bytesDone() const;
    [[nodiscard]] qint64 bytesTotal() const;                      ///< 0: not known of all steps that move data
    [[nodiscard]] double rate() const;
    [[nodiscard]] qint64 millisecondsLeft() const { return m_left; }
    [[nodiscard]] qint64 stepMillisecondsLeft(const QString& id) const;
    /// Rates fall when nothing comes any more; recomputes percent.
    void tick(const QDateTime& now);
    /// Steps that changed since this was asked last.
    [[nodiscard]] QStringList takeChanged();

private:
    struct Sample { qint64 at = 0, done = 0; };
    StepProgress* step(const QString& id);
    void started(const run::Event& event);
    void progress(const run::Event& event);
    void runFinished(const run::Event& event);
    void forget(const QString& id);
    void forgetProofsAfter(const QString& id);
    void recount();
    [[nodiscard]] qint64 leftNow() const;
    void trimLog();

    plan::Plan m_plan;
    QHash<QString, StepProgress> m_steps;
    QHash<QString, std::deque<Sample>> m_samples;
    QList<LogLine> m_log;
    qint64 m_dropped = 0, m_logChars = 0;
    QString m_runId, m_writesTo, m_operator, m_failedStep;
    QDateTime m_started, m_finished, m_now;
    std::optional<run::Outcome> m_outcome;
    QJsonObject m_results;
    QStringList m_begun, m_undoOrder, m_appended;
    qsizetype m_provenUpTo = 0;
    QStringList m_changed;
    int m_percent = 0;
    qint64 m_left = -1;
    QDateTime m_leftAt;                      ///< time left changes at most once a second
    bool m_undoing = false, m_failed = false, m_anyBegun = false;
};

} // namespace scalekeep::models
