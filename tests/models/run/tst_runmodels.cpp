#include "models/run/runlogmodel.h"
#include "models/run/runsmodel.h"
#include "models/run/runstepsmodel.h"
#include "models/run/undomodel.h"
#include "runworld.h"

#include <QAbstractItemModelTester>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;

class TestRunModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stepsUndoAndList()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunsModel runs(hub);
        const QAbstractItemModelTester runsTester(&runs, QAbstractItemModelTester::FailureReportingMode::QtTest);
        RunStepsModel steps;
        const QAbstractItemModelTester stepsTester(&steps, QAbstractItemModelTester::FailureReportingMode::QtTest);
        UndoModel undo;
        const QAbstractItemModelTester undoTester(&undo, QAbstractItemModelTester::FailureReportingMode::QtTest);

        RunWorld::Gate& gate = world.gate();
        world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> {
            step.progress(620, 1'000, u"bytes"_s);
            if (!gate.wait(step.stop))
                return fail(ErrorCode::Cancelled, u"Stopped."_s);
            return QJsonObject{{u"bytes"_s, 1'000}, {u"sha256"_s, u"00"_s}};
        });
        world.onRun(u"b"_s, [](run::StepRun&) -> Result<QJsonObject> { return fail(ErrorCode::RemoteFailed, u"It broke."_s); });
        plan::Step first = RunWorld::change(u"a"_s);
        first.weight = 1'000;
        RunState* run = hub.start(world.request(RunWorld::plan({first, RunWorld::change(u"b"_s), RunWorld::step(u"c"_s)})));
        steps.setRun(run);
        undo.setRun(run);
        QCOMPARE(runs.rowCount(), 1);
        QCOMPARE(runs.index(0, 0).data(role::Glyph).toString(), u"running"_s);
        QCOMPARE(steps.rowCount(), 2);

        const QModelIndex a = steps.indexOf(u"a"_s);
        QTRY_COMPARE(a.siblingAtColumn(RunStepsModel::Progress).data(role::Percent).toInt(), 62);
        QCOMPARE(a.data(role::Glyph).toString(), u"running"_s);
        QCOMPARE(a.siblingAtColumn(RunStepsModel::Data).data().toString(), u"620 B of 1 KiB"_s);
        QCOMPARE(steps.index(0, RunStepsModel::Progress).data().toString(), u"Done: 1 of 1 steps"_s);
        QCOMPARE(undo.rowCount(), 1);
        QCOMPARE(undo.index(0, UndoModel::Text).data().toString(), u"Takes a back"_s);

        gate.open();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, run::Outcome::State::FailedUndone);
        QCOMPARE(a.data(role::Glyph).toString(), u"undone"_s);
        const QModelIndex b = steps.indexOf(u"b"_s);
        QCOMPARE(b.data(role::Glyph).toString(), u"failed"_s);
        QCOMPARE(steps.nextFailed({}, true), b);
        QCOMPARE(steps.nextFailed(b, false), b);
        QCOMPARE(steps.indexOf(u"c"_s).siblingAtColumn(RunStepsModel::Progress).data().toString(), u"Not started"_s);
        QCOMPARE(undo.rowCount(), 2);
        QCOMPARE(undo.done(), 2);

        QTRY_COMPARE(hub.summaries().size(), 1); // from its journal
        QCOMPARE(hub.summaries().first().state, u"failed-undone"_s);
        QCOMPARE(hub.summaries().first().message, u"It broke."_s);
        QCOMPARE(runs.rowCount(), 1);
        QCOMPARE(runs.index(0, 0).data(role::Glyph).toString(), u"undone"_s);

        world.onRun(u"b"_s, {});
        RunState* second = hub.start(world.request(RunWorld::plan({RunWorld::step(u"b"_s)})));
        QCOMPARE(runs.rowCount(), 2);
        QCOMPARE(runs.state(0), second);
        steps.setRun(second);
        QTRY_COMPARE(second->phase(), RunState::Phase::Ended);
        QTRY_COMPARE(hub.summaries().size(), 2);
        steps.setRun(nullptr);
        undo.setRun(nullptr);
        QCOMPARE(steps.rowCount(), 0);
    }

    void logOfAHundredThousandLines()
    {
        RunWorld world;
        RunHub hub(world.workplace());
        RunLogModel log;
        const QAbstractItemModelTester tester(&log, QAbstractItemModelTester::FailureReportingMode::QtTest);
        RunWorld::Gate& more = world.gate();
        world.onRun(u"a"_s, [&](run::StepRun& step) -> Result<QJsonObject> {
            for (int line = 0; line < 1'000; ++line)
                step.log(line % 10 == 0 ? u"Warning: slow %1"_s.arg(line) : u"line %1"_s.arg(line));
            if (!more.wait(step.stop))
                return fail(ErrorCode::Cancelled, u"Stopped."_s);
            QString text;
            for (int line = 1'000; line < 1'100; ++line)
                text += u"line %1\n"_s.arg(line);
            for (int block = 0; block < 1'010; ++block)
                step.log(text);
            return QJsonObject{};
        });
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s)})));
        log.setRun(run);
        QTRY_VERIFY(run->log().size() >= 1'000);
        QTRY_VERIFY(log.rowCount() >= 1'000);
        log.setFilter({.step = {}, .level = LogLine::Level::Warning, .text = {}});
        QTRY_COMPARE(log.rowCount(), 100);
        QCOMPARE(log.index(0, RunLogModel::Level).data().toString(), u"warning"_s);
        log.setFilter({.step = u"a"_s, .level = LogLine::Level::Debug, .text = u"LINE 99"_s});
        QTRY_COMPARE(log.rowCount(), 10); // 99 and 991 to 999
        log.setFilter({.step = u"look"_s, .level = LogLine::Level::Debug, .text = {}});
        QTRY_VERIFY(log.rowCount() > 0 && log.rowCount() < 5);
        log.setFilter({});
        QTRY_VERIFY(log.rowCount() >= 1'000);

        more.open();
        QTRY_COMPARE_WITH_TIMEOUT(run->phase(), RunState::Phase::Ended, 60'000);
        QCOMPARE(run->log().size(), RunFold::MaxLogLines);
        QVERIFY(run->droppedLogLines() > 0);
        QTRY_VERIFY(!log.filtering());
        QCOMPARE(log.rowCount(), int(RunFold::MaxLogLines));
        QVERIFY(log.line(log.rowCount() - 1).contains(u"The run ended"_s));

        // No single pass through the event loop takes long, whatever is searched for.
        log.setFilter({.step = {}, .level = LogLine::Level::Debug, .text = u"line 1050"_s});
        qint64 longest = 0;
        while (log.filtering()) {
            QElapsedTimer pass;
            pass.start();
            QCoreApplication::processEvents(QEventLoop::AllEvents, 1);
            longest = std::max(longest, pass.elapsed());
        }
        QVERIFY2(longest < 1'000, qPrintable(QString::number(longest)));
        QVERIFY(log.rowCount() > 900);
    }
};

QTEST_GUILESS_MAIN(TestRunModels)
#include "tst_runmodels.moc"
