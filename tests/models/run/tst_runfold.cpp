#include "models/run/runfold.h"
#include "models/run/runtexts.h"
#include "models/run/stagesummary.h"
#include "models/run/timeline.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

namespace {
const QDateTime origin = QDateTime::fromString(u"2026-11-22T10:41:07.000Z"_s, Qt::ISODateWithMs);

run::Event at(qint64 after, const QString& type, const QString& step = {}, const QJsonObject& data = {})
{
    return {.time = origin.addMSecs(after), .type = type, .step = step, .data = data};
}

plan::Step step(const QString& id, qint64 weight, bool changes = false)
{
    plan::Step made;
    made.id = id;
    made.title = u"Step "_s + id;
    made.action = u"test"_s;
    made.weight = weight;
    made.changes = made.undoable = changes;
    return made;
}

plan::Plan somePlan()
{
    plan::Plan made;
    made.kind = u"restore"_s;
    made.cluster = u"north"_s;
    made.namespaceName = u"threescale"_s;
    made.stages = {{.id = u"look"_s, .title = u"Check"_s, .parallel = 1, .steps = {step(u"look"_s, 1)}},
                   {.id = u"data"_s, .title = u"Data"_s, .parallel = 2, .steps = {step(u"a"_s, 1'000'000, true), step(u"b"_s, 3'000'000, true)}},
                   {.id = u"end"_s, .title = u"Finish"_s, .parallel = 1, .steps = {step(u"end"_s, 1)}}};
    return made;
}

RunFold begun()
{
    RunFold fold;
    fold.apply(at(0, u"run-started"_s, {}, {{u"runId"_s, u"run-1"_s}, {u"operator"_s, u"mwagner"_s}, {u"plan"_s, plan::toJson(somePlan())}}));
    fold.apply(at(10, u"step-started"_s, u"look"_s));
    fold.apply(at(1'000, u"step-done"_s, u"look"_s));
    fold.apply(at(1'000, u"step-started"_s, u"a"_s));
    fold.apply(at(1'000, u"step-started"_s, u"b"_s));
    return fold;
}

QJsonObject bytes(qint64 done, qint64 total)
{
    return {{u"done"_s, done}, {u"total"_s, total}, {u"unit"_s, u"bytes"_s}};
}
} // namespace

class TestRunFold : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void planAndNamesFromTheJournal()
    {
        const RunFold fold = begun();
        QCOMPARE(fold.plan(), somePlan());
        QCOMPARE(fold.runId(), u"run-1"_s);
        QCOMPARE(fold.operatorIdentity(), u"mwagner"_s);
        QCOMPARE(fold.started(), origin);
        QCOMPARE(fold.steps().value(u"look"_s).state, StepState::Done);
        QCOMPARE(fold.steps().value(u"a"_s).state, StepState::Running);
        QCOMPARE(fold.steps().value(u"end"_s).state, StepState::Waiting);
    }

    void progressRateAndTimeLeft()
    {
        RunFold fold = begun();
        for (int tenth = 1; tenth <= 50; ++tenth)
            fold.apply(at(1'000 + tenth * 100, u"progress"_s, u"a"_s, bytes(tenth * 10'000, 1'000'000)));
        const StepProgress a = fold.steps().value(u"a"_s);
        QCOMPARE(a.done, 500'000);
        QVERIFY2(qAbs(a.rate - 100'000) < 1'000, qPrintable(QString::number(a.rate)));
        QCOMPARE(fold.stepMillisecondsLeft(u"a"_s), 5'000);
        QCOMPARE(fold.bytesDone(), 500'000);
        QCOMPARE(fold.bytesTotal(), 4'000'000);
        QCOMPARE(fold.percent(), 12);
        fold.tick(origin.addMSecs(6'000));
        QCOMPARE(fold.millisecondsLeft(), 35'000); // 3.5 MB at 100 kB/s
        fold.tick(origin.addMSecs(20'000));        // nothing came
        QCOMPARE(fold.steps().value(u"a"_s).rate, 0);
    }

    void percentNeverGoesBack()
    {
        RunFold fold = begun();
        fold.apply(at(2'000, u"progress"_s, u"b"_s, bytes(2'400'000, 3'000'000)));
        const int before = fold.percent();
        QVERIFY(before >= 59);
        fold.apply(at(3'000, u"progress"_s, u"b"_s, bytes(2'500'000, 30'000'000))); // a total that turns out larger
        QCOMPARE(fold.percent(), before);
        fold.apply(at(4'000, u"step-done"_s, u"b"_s, {{u"result"_s, QJsonObject{}}}));
        fold.apply(at(4'000, u"step-done"_s, u"a"_s, {{u"result"_s, QJsonObject{}}}));
        QVERIFY(fold.percent() > before);
        QVERIFY(fold.percent() < 100);
    }

    void provenOnlyWithDigest()
    {
        RunFold fold = begun();
        fold.apply(at(5'000, u"step-done"_s, u"a"_s, {{u"result"_s, QJsonObject{{u"bytes"_s, 2'000}, {u"sha256"_s, u"ab"_s}, {u"summary"_s, QJsonObject{{u"files"_s, 3'412}}}}}}));
        fold.apply(at(5'000, u"step-done"_s, u"b"_s, {{u"result"_s, QJsonObject{{u"created"_s, 3}}}}));
        QCOMPARE(fold.steps().value(u"a"_s).state, StepState::Proven);
        QCOMPARE(fold.steps().value(u"a"_s).message, u"Proven: %1 files"_s.arg(QLocale().toString(3'412)));
        QCOMPARE(fold.steps().value(u"a"_s).rate, 500.0); // 2,000 bytes in 4 s
        QCOMPARE(fold.steps().value(u"b"_s).state, StepState::Done);
    }

    void undo()
    {
        RunFold fold = begun();
        QCOMPARE(fold.undoable(), (QStringList{u"b"_s, u"a"_s}));
        fold.apply(at(5'000, u"step-failed"_s, u"b"_s, {{u"code"_s, u"remote-failed"_s}, {u"message"_s, u"It broke."_s}, {u"hint"_s, u"Try again."_s}}));
        fold.apply(at(6'000, u"undo-started"_s, u"b"_s));
        QVERIFY(fold.undoing());
        QCOMPARE(fold.steps().value(u"b"_s).state, StepState::Undoing);
        QCOMPARE(fold.steps().value(u"b"_s).error->hint, u"Try again."_s);
        fold.apply(at(7'000, u"undo-done"_s, u"b"_s));
        QCOMPARE(fold.undoable(), QStringList{u"a"_s});
        fold.apply(at(7'000, u"undo-started"_s, u"a"_s));
        fold.apply(at(8'000, u"undo-failed"_s, u"a"_s, {{u"message"_s, u"No."_s}}));
        QCOMPARE(fold.undoOrder(), (QStringList{u"b"_s, u"a"_s}));
        QCOMPARE(fold.steps().value(u"a"_s).state, StepState::UndoFailed);
        fold.apply(at(9'000, u"run-finished"_s, {}, {{u"state"_s, u"needs-attention"_s}, {u"error"_s, QJsonObject{{u"message"_s, u"It broke."_s}}}}));
        fold.close(fold.outcome(), origin.addMSecs(9'000));
        QCOMPARE(fold.outcome()->state, run::Outcome::State::NeedsAttention);
        QCOMPARE(fold.outcome()->failedStep, u"b"_s);
        QCOMPARE(fold.steps().value(u"end"_s).state, StepState::Skipped);
        QVERIFY(fold.percent() < 100);
        const StageSummary sum = summaryOf(fold.plan().stages[1], fold);
        QCOMPARE(sum.state, StepState::Failed);
        QCOMPARE(sum.undone, 1);
    }

    void provenStaysAfterAFailure()
    {
        RunFold fold = begun();
        fold.apply(at(2'000, u"step-done"_s, u"a"_s, {{u"result"_s, QJsonObject{{u"proven"_s, true}}}, {u"proves"_s, true}}));
        QVERIFY(fold.undoable().isEmpty()); // both had begun when it was proven
        QCOMPARE(fold.undoable(true), (QStringList{u"b"_s, u"a"_s}));
        fold.apply(at(3'000, u"step-started"_s, u"end"_s));
        QVERIFY(fold.undoable().isEmpty()); // changes nothing
    }

    /// Neither after an undo nor while, or since, it is half done.
    void whatIsTakenBackIsProvenNoMore_data()
    {
        QTest::addColumn<QString>("ends");
        QTest::newRow("undone") << u"undo-done"_s;
        QTest::newRow("not undone") << u"undo-failed"_s;
        QTest::newRow("killed") << QString{};
    }

    void whatIsTakenBackIsProvenNoMore()
    {
        QFETCH(const QString, ends);
        plan::Plan plan = somePlan();
        plan.stages[1].steps = {step(u"a"_s, 1, true), step(u"prove:a"_s, 1), step(u"b"_s, 1, true), step(u"prove:b"_s, 1)};
        plan.stages[1].steps[1].proves = plan.stages[1].steps[3].proves = true;
        RunFold fold;
        fold.setPlan(plan);
        for (const plan::Step& each : std::as_const(plan.stages[1].steps)) {
            fold.apply(at(1'000, u"step-started"_s, each.id));
            fold.apply(at(2'000, u"step-done"_s, each.id, {{u"result"_s, QJsonObject{{u"proven"_s, each.proves}}}, {u"proves"_s, each.proves}}));
        }
        QVERIFY(fold.results().contains(u"prove:a"_s) && fold.results().contains(u"prove:b"_s));
        fold.apply(at(3'000, u"run-resumed"_s, {}, {{u"mode"_s, u"undo"_s}}));
        fold.apply(at(3'000, u"undo-started"_s, u"b"_s));
        if (!ends.isEmpty())
            fold.apply(at(4'000, ends, u"b"_s));
        QCOMPARE(fold.results().keys(), (QStringList{u"a"_s, u"prove:a"_s}));
        QCOMPARE(fold.undoable(true), ends == u"undo-done" ? QStringList{u"a"_s} : (QStringList{u"b"_s, u"a"_s}));
        QCOMPARE(fold.undoable(), ends == u"undo-done" ? QStringList{} : QStringList{u"b"_s}); // the other store's proof stands
        fold.apply(at(5'000, u"undo-started"_s, u"a"_s));
        fold.apply(at(6'000, u"undo-done"_s, u"a"_s));
        QVERIFY(fold.results().isEmpty());
    }

    void aResumedRunBeginsAgainWhereItFailed()
    {
        RunFold fold = begun();
        fold.apply(at(2'000, u"step-done"_s, u"a"_s));
        fold.apply(at(3'000, u"step-failed"_s, u"b"_s, {{u"message"_s, u"It broke."_s}}));
        fold.apply(at(3'100, u"run-finished"_s, {}, {{u"state"_s, u"needs-attention"_s}}));
        fold.apply(at(9'000, u"run-resumed"_s, {}, {{u"mode"_s, u"resume"_s}}));
        QVERIFY(!fold.outcome());
        QVERIFY(!fold.failed());
        QCOMPARE(fold.steps().value(u"a"_s).state, StepState::Done);
        QCOMPARE(fold.steps().value(u"b"_s).state, StepState::Waiting);
    }

    void aCleanUpDoesNotStandForItsStep()
    {
        RunFold fold = begun();
        fold.apply(at(3'000, u"step-started"_s, u"end"_s, {{u"cleanup"_s, true}}));
        fold.apply(at(3'100, u"step-done"_s, u"end"_s, {{u"cleanup"_s, true}, {u"result"_s, QJsonObject{{u"x"_s, 1}}}}));
        QVERIFY(!fold.results().contains(u"end"_s));
        QCOMPARE(fold.undoable().size(), 2);
    }

    void hostileEvents()
    {
        RunFold fold = begun();
        fold.apply(at(1, u"step-done"_s, u"unknown"_s));
        fold.apply(at(1, u"nonsense"_s, u"a"_s));
        fold.apply(at(1, u"progress"_s, u"a"_s, {{u"done"_s, -5}, {u"total"_s, -9}, {u"unit"_s, QString(100'000, u'x')}}));
        fold.apply(at(1, u"log"_s, u"a"_s, {{u"text"_s, QString(10'000'000, u'x')}}));
        fold.apply(at(1, u"log"_s, u"a"_s, {{u"text"_s, QString(100'000, u'\n')}}));
        fold.apply(at(1, u"log"_s, u"a"_s, {{u"text"_s, u"a\nb\n"_s.repeated(10'000)}}));
        fold.apply({.time = {}, .type = u"progress"_s, .step = u"a"_s, .data = bytes(7, 9)});
        QCOMPARE(fold.steps().size(), 4);
        QVERIFY(fold.steps().value(u"a"_s).unit.size() <= 40);
        for (const LogLine& line : fold.log())
            QVERIFY(line.text.size() <= 2'001);
        QVERIFY(fold.log().size() < 500);
        fold.apply(at(9'000, u"run-finished"_s, {}, {{u"state"_s, u"all-well"_s}}));
        QCOMPARE(fold.outcome()->state, run::Outcome::State::NeedsAttention);
    }

    void ring()
    {
        RunFold fold = begun();
        const qint64 before = fold.log().size();
        for (int index = 0; index < 100'500; ++index)
            fold.apply(at(index, u"log"_s, u"a"_s, {{u"text"_s, u"line %1"_s.arg(index)}}));
        QCOMPARE(fold.log().size(), RunFold::MaxLogLines);
        QCOMPARE(fold.droppedLogLines(), before + 500);
        QCOMPARE(fold.log().last().text, u"line 100499"_s);
        QCOMPARE(fold.log().first().text, u"line 500"_s);
    }

    void levels()
    {
        QCOMPARE(logLines(at(0, u"log"_s, u"a"_s, {{u"text"_s, u"Warning: slow"_s}})).first().level, LogLine::Level::Warning);
        QCOMPARE(logLines(at(0, u"command-started"_s, u"a"_s, {{u"command"_s, u"oc get pods"_s}})).first().text, u"$ oc get pods"_s);
        const auto ended = logLines(at(0, u"command-finished"_s, u"a"_s, {{u"exitCode"_s, 137}, {u"errorText"_s, u"OOMKilled"_s}}));
        QCOMPARE(ended.size(), 2);
        QCOMPARE(ended.last(), (LogLine{origin, LogLine::Level::Warning, u"a"_s, u"OOMKilled"_s}));
        QCOMPARE(logLines(at(0, u"command-finished"_s, u"a"_s, {{u"exitCode"_s, 0}})).first().level, LogLine::Level::Debug);
        QCOMPARE(logLines(at(0, u"undo-failed"_s, u"a"_s, {{u"message"_s, u"No."_s}})).first().level, LogLine::Level::Error);
    }

    void timeline()
    {
        RunFold fold = begun();
        fold.apply(at(2'000, u"progress"_s, u"a"_s, bytes(100'000, 1'000'000)));
        fold.apply(at(3'000, u"progress"_s, u"a"_s, bytes(200'000, 1'000'000)));
        const Timeline line = timelineOf(fold, origin, origin.addMSecs(3'000), true);
        QCOMPARE(line.rows.size(), 4); // Check, a, b, Finish
        QCOMPARE(line.rows[0].bars, (QList<TimelineBar>{{TimelineBar::Kind::Proven, 10, 1'000}}));
        QCOMPARE(line.rows[1].bars.size(), 2);
        QCOMPARE(line.rows[1].bars[0], (TimelineBar{TimelineBar::Kind::Running, 1'000, 3'000}));
        QCOMPARE(line.rows[1].bars[1], (TimelineBar{TimelineBar::Kind::Expected, 3'000, 11'000}));
        QCOMPARE(line.end, 11'000);
        QVERIFY(line.rows[3].bars.isEmpty());
        QVERIFY(timelineText(line).contains(u"running since 0:01"_s));
        QCOMPARE(timelineTicks(11'000, 6), (QList<qint64>{0, 2'000, 4'000, 6'000, 8'000, 10'000}));
        QVERIFY(timelineTicks(std::numeric_limits<qint64>::max() / 4, 5).size() <= 6);
    }
};

QTEST_GUILESS_MAIN(TestRunFold)
#include "tst_runfold.moc"
