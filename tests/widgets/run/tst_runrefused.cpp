#include "runparts.h"
#include "engine/run/journal.h"
#include "models/run/runreport.h"
#include "tests/widgets/common/testtheme.h"
#include "widgets/run/runspage.h"
#include "widgets/run/runview.h"

#include <QJsonArray>
#include <QSignalSpy>
#include <QTableView>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace runparts;
using models::RunState;

/// Runs that are refused to go on, on the page Runs: what is then said of them must be true.
class TestRunRefused : public QObject {
    Q_OBJECT

    /// As the main window does it.
    static void open(RunsPage& page, models::RunHub& hub, const RunWorld& world)
    {
        connect(&page, &RunsPage::resumeRequested, &page, [&](const QString& run, bool removed) { hub.resume(run, world.connection(), removed); });
        connect(&page, &RunsPage::undoRequested, &page, [&](const QString& run, bool removed) { hub.undo(run, world.connection(), removed); });
        page.resize(1212, 720);
        page.show();
        page.activated();
    }

    static bool mayGoOn(const RunsPage& page, const QString& id)
    {
        const RunState* run = page.view()->run();
        return run && run->runId() == id && run->resumable();
    }

    /// By its button, until it has ended again.
    static void goOn(const RunsPage& page, bool undo)
    {
        QAbstractButton* pressed = button(page.view(), undo ? u"Undo…"_s : u"Resume"_s);
        QVERIFY(pressed && pressed->isEnabled());
        pressed->click();
        if (undo) {
            QTRY_VERIFY(asked(u"Undo the run"_s));
            asked(u"Undo the run"_s)->click();
        }
        QVERIFY(page.view()->run()->live());
        QTRY_COMPARE_WITH_TIMEOUT(page.view()->run()->phase(), RunState::Phase::Ended, 10'000);
    }

    /// A run that was killed while it began that step.
    static QString killed(const RunWorld& world, models::RunRequest request, const QByteArray& step)
    {
        models::RunHub hub(world.workplace());
        request.catalog = models::fixture::namespaceState(u"threescale"_s, models::fixture::threescaleObjects()).detection->catalog;
        const RunState* run = hub.start(std::move(request));
        if (!QTest::qWaitFor([run] { return run->phase() == RunState::Phase::Ended; }, 10'000))
            qFatal("it did not end");
        world.cutAfter(run->runId(), "step-started", step);
        return run->runId();
    }

private Q_SLOTS:
    void initTestCase()
    {
        test::installTheme();
    }

    void aRunThatHasEndedElsewhere_data()
    {
        QTest::addColumn<bool>("undo");
        QTest::addColumn<QString>("state");
        QTest::newRow("resumed there") << false << u"done"_s;
        QTest::newRow("undone there") << true << u"failed-undone"_s;
    }

    /// With the command line, while the page showed it as it was before: it is then shown as it has ended.
    void aRunThatHasEndedElsewhere()
    {
        QFETCH(const bool, undo);
        QFETCH(const QString, state);
        RunWorld world;
        const QString id = interrupted(world);
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        open(page, hub, world);
        QTRY_VERIFY(mayGoOn(page, id));
        {
            const auto journal = run::Journal::reopen(run::Session::journalPath(world.workplace().home, id));
            QVERIFY(journal);
            QVERIFY((*journal)->append({.type = u"run-resumed"_s, .data = {{u"runId"_s, id}, {u"mode"_s, undo ? u"undo"_s : u"resume"_s}}}, true));
            QVERIFY((*journal)->append({.type = u"run-finished"_s, .data = {{u"state"_s, state}, {u"undoErrors"_s, QJsonArray{}}}}, true));
        }
        const auto past = run::readPast(world.workplace().home, id);
        QVERIFY(past && past->state == state);

        goOn(page, undo);
        const RunState& run = *page.view()->run();
        QCOMPARE(run.stateName(), state);
        QCOMPARE(run.finished(), past->ended);
        QVERIFY(!run.resumable() && !models::reportOf(run).problem);
        QVERIFY(!button(page.view(), u"Resume"_s) && !button(page.view(), u"Undo…"_s));
        QVERIFY2(!shownText(page.view()).contains(u"its lock is kept"_s), qPrintable(shownText(page.view())));
        // Why nothing was done stands in its log.
        QVERIFY(std::any_of(run.log().begin(), run.log().end(), [](const models::LogLine& line) { return line.text.contains(u"there is nothing to"_s); }));
        const auto* list = page.findChild<QTableView*>(u"runsTable"_s);
        QTRY_COMPARE(list->currentIndex().data(models::RunsModel::StateName).toString(), state);
    }

    void aNamespaceThatWasMadeAnew_data()
    {
        QTest::addColumn<bool>("undo");
        QTest::newRow("resume") << false;
        QTest::newRow("undo") << true;
    }

    /// The run never goes on: what is left is to restore again.
    void aNamespaceThatWasMadeAnew()
    {
        QFETCH(const bool, undo);
        RunWorld world;
        world.putNamespace(models::fixture::threescaleObjects());
        models::RunRequest request = world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)}));
        request.plan.projectUid = u"uid-before"_s;
        const QString id = killed(world, std::move(request), "b");
        world.putProject(u"uid-now"_s);
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        open(page, hub, world);
        const QSignalSpy again(&page, &RunsPage::restoreAgain);
        QTRY_VERIFY(mayGoOn(page, id));
        QVERIFY(!button(page.view(), u"Restore again…"_s)->isEnabled());

        goOn(page, undo);
        const auto& outcome = page.view()->run()->outcome();
        QVERIFY(outcome && outcome->error && outcome->error->code == ErrorCode::Conflict);
        QVERIFY2(!shownText(page.view()).contains(u"its lock is kept"_s), qPrintable(shownText(page.view())));
        QVERIFY2(shownText(page.view()).contains(u"Nothing was changed by this attempt."_s), qPrintable(shownText(page.view())));
        QVERIFY(button(page.view(), u"Restore again…"_s)->isEnabled());
        button(page.view(), u"Restore again…"_s)->click();
        QCOMPARE(again.size(), 1);
        QCOMPARE(again.first().first().toString(), id);
    }

    void aBackupThatARestoreCameBetween_data()
    {
        QTest::addColumn<bool>("leaves");
        QTest::newRow("closed by the refusal") << false;
        QTest::newRow("may have left something") << true; // so its journal stays open
    }

    void aBackupThatARestoreCameBetween()
    {
        QFETCH(const bool, leaves);
        RunWorld world;
        world.putNamespace(models::fixture::threescaleObjects());
        plan::Step tidies = RunWorld::step(u"b"_s);
        tidies.always = leaves;
        models::RunRequest request = world.request(RunWorld::plan({RunWorld::step(u"a"_s), tidies}));
        request.plan.kind = u"backup"_s;
        const QString id = killed(world, std::move(request), "a");
        models::RunHub hub(world.workplace());
        RunState* restore = hub.start(world.request(RunWorld::plan({RunWorld::change(u"c"_s)})));
        QTRY_COMPARE(restore->phase(), RunState::Phase::Ended);
        QCOMPARE(restore->outcome()->state, run::Outcome::State::Done);
        RunsPage page(hub);
        open(page, hub, world);
        const auto* list = page.findChild<QTableView*>(u"runsTable"_s);
        QTRY_COMPARE(list->model()->rowCount(), 2);
        page.showRun(id);
        QTRY_VERIFY(mayGoOn(page, id));
        QVERIFY(!button(page.view(), u"Back up again…"_s));

        goOn(page, false);
        const RunState& run = *page.view()->run();
        QVERIFY(run.outcome() && run.outcome()->error && run.outcome()->error->code == ErrorCode::Conflict);
        QCOMPARE(run.stateName(), leaves ? u"needs-attention"_s : u"failed-unchanged"_s);
        QCOMPARE(run.resumable(), leaves);
        QCOMPARE(button(page.view(), u"Resume"_s) != nullptr, leaves);
        QVERIFY2(shownText(page.view()).contains(u"Nothing was changed in the namespace"_s), qPrintable(shownText(page.view())));
        QVERIFY(button(page.view(), u"Back up again…"_s) && button(page.view(), u"Back up again…"_s)->isEnabled());
        QTRY_COMPARE(list->currentIndex().data(models::RunsModel::StateName).toString(), leaves ? u"interrupted"_s : u"failed-unchanged"_s);
    }
};

QTEST_MAIN(TestRunRefused)
#include "tst_runrefused.moc"
