#pragma once

#include "engine/plan/plan.h"
#include "engine/record/record.h"

#include <QHash>
#include <QSet>

/// How a record is made of a journal: event by event, then what follows from all of them. Of the module's own.
namespace scalekeep::record {

inline constexpr qsizetype longestText = 16 * 1024;
/// "102 tables, 2423020 rows" of a component's summary.
QString summaryText(const QJsonObject& summary);

class Fold {
public:
    explicit Fold(const QList<Afterwards>& afterwards) : m_afterwards(afterwards) {}

    void apply(const run::Event& event);
    Result<Record> finish();

private:
    struct StepFact {
        const plan::Step* step = nullptr;
        QString state;                 ///< empty: never begun
        QDateTime first, last;         ///< of its own runs, without undo
        bool proven = false;
    };

    void started(const run::Event& event);
    void resumed(const run::Event& event);
    void command(const run::Event& event, qint64 line);
    void stepBegan(const run::Event& event, qint64 line);
    void stepEnded(const run::Event& event, qint64 line);
    void undoEnded(const run::Event& event);
    void noteResult(const plan::Step& step, const QJsonObject& result);
    void interruption(const QDateTime& at, const QString& text);
    void warn(const QString& text);
    qsizetype begin(const run::Event& event, qint64 line, const QString& kind);
    void end(const QString& step, const QDateTime& at, const QString& state, const QString& result);
    void stop(const plan::Step& step, const QDateTime& at);
    void goOn(const plan::Step& step, const QDateTime& at);
    void makeStages();
    void makeCounts();
    void countedBefore(CountFact& count) const;
    void makeBundles();
    void makeChange();

    const QList<Afterwards>& m_afterwards;
    Record m;
    plan::Plan m_plan;
    Error m_planError{ErrorCode::Damaged, QStringLiteral("The journal does not begin with a run."), {}, {}};
    QJsonObject m_setup;
    QHash<QString, StepFact> m_steps;
    QHash<QString, qsizetype> m_open;                                   ///< step -> its activity that goes on
    QHash<std::pair<QString, qint64>, std::pair<qsizetype, qsizetype>> m_commands; ///< step and number -> place
    QHash<QString, QJsonObject> m_before, m_written, m_proofs;          ///< component -> answer
    QHash<QString, QString> m_failed;                                   ///< component -> why its proof failed
    QJsonObject m_finished;                                             ///< answer of the step that finished the bundle
    QSet<QString> m_stoppedNow;
    QDateTime m_stoppedSince;
    bool m_ended = false;
};

} // namespace scalekeep::record
