#include "runparts.h"
#include "tests/widgets/common/testtheme.h"
#include "widgets/common/theme.h"
#include "widgets/run/failurepane.h"
#include "widgets/run/jobsindicator.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runhead.h"
#include "widgets/run/runspage.h"
#include "widgets/run/runview.h"

#include <QApplication>
#include <QDialog>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::widgets;
using namespace runparts;
using models::RunState;

class TestRunView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        test::installTheme();
    }

    void emptyPage()
    {
        RunWorld world;
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        QVERIFY(page.filter());
        QVERIFY(!page.findChild<QTableView*>(u"runsTable"_s)->isVisible());
        picture(page, u"runs-empty"_s);
    }

    void aRunInProgress()
    {
        RunWorld world;
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.chipOf = [](const QString&) { return RunsPage::ChipText{u"Production"_s, theme::clusterColour(u"violet"_s)}; };
        JobsIndicator jobs(hub);
        page.resize(1212, 720);
        page.show();

        RunWorld::Gate& gate = world.gate();
        const auto stream = [&](qint64 total) {
            return [&gate, total](run::StepRun& step) -> Result<QJsonObject> {
                qint64 done = 0;
                for (int part = 0; part < 12 && !step.stop.stop_requested(); ++part) {
                    step.progress(done += total / 20, total, u"bytes"_s);
                    step.log(u"Table cinstances: %1 rows"_s.arg(9'377 + part));
                    QThread::msleep(130);
                }
                if (!gate.wait(step.stop))
                    return fail(ErrorCode::Cancelled, u"Stopped."_s);
                return QJsonObject{{u"bytes"_s, total}, {u"sha256"_s, QString(64, u'a')}, {u"endMark"_s, u"-- Dump completed"_s}, {u"summary"_s, QJsonObject{{u"tables"_s, 104}}}};
            };
        };
        world.onRun(u"mysql"_s, stream(3'100'000'000));
        world.onRun(u"redis"_s, stream(1'137'704'960));
        world.onRun(u"files"_s, [](run::StepRun& step) -> Result<QJsonObject> {
            step.log(u"Warning: rate fell to 12.4 MiB/s for 4 s"_s);
            return QJsonObject{{u"bytes"_s, 224'395'264}, {u"sha256"_s, QString(64, u'b')}, {u"summary"_s, QJsonObject{{u"files"_s, 3'412}}}};
        });
        plan::Step mysql = RunWorld::step(u"mysql"_s, 3'100'000'000), redis = RunWorld::step(u"redis"_s, 1'137'704'960), files = RunWorld::step(u"files"_s, 224'395'264);
        mysql.component = u"system-mysql"_s;
        mysql.title = u"Read system-mysql"_s;
        mysql.section = u"6.5.1"_s;
        mysql.departure = u"Routines are added, which the text forgets."_s;
        mysql.commands = {u"oc -n threescale exec -c system-mysql system-mysql-3-q7k2d -- bash -c 'mysqldump --single-transaction system'"_s};
        redis.component = u"backend-redis"_s;
        redis.title = u"Read backend-redis"_s;
        files.component = u"system-storage"_s;
        files.title = u"Read system-storage"_s;
        plan::Plan plan = RunWorld::plan({mysql, redis, files}, 3);
        plan.kind = u"backup"_s;
        plan.stages.append({.id = u"close"_s, .title = u"Finish"_s, .parallel = 1, .steps = {RunWorld::step(u"x"_s), RunWorld::step(u"y"_s)}});
        RunState* run = hub.start(world.request(plan));

        QCOMPARE(page.view()->run(), run);
        QTRY_VERIFY_WITH_TIMEOUT(run->progress(u"mysql"_s).rate > 0 && run->progress(u"files"_s).state == models::StepState::Proven, 10'000);
        QTest::qWait(1'200);
        QVERIFY(jobs.text().contains(u"Backup of north / threescale"_s));
        QVERIFY(!page.view()->showsFailure());
        auto* tree = page.findChild<QTreeView*>(u"runSteps"_s);
        QVERIFY(tree->isExpanded(tree->model()->index(1, 0)));
        picture(page, u"run-backup"_s);

        // Pause and go on.
        auto* pause = button(page.view()->head(), u"Pause before next step"_s);
        QVERIFY(pause && pause->isVisible() && !pause->toolTip().isEmpty());
        pause->click();
        QVERIFY(run->holding());
        QTRY_COMPARE(pause->text(), u"Continue"_s);
        gate.open();
        QTRY_COMPARE(run->phase(), RunState::Phase::Paused);
        pause->click();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QTRY_VERIFY(!jobs.isVisibleTo(nullptr) || jobs.text().isEmpty());
        QTest::qWait(300);
        picture(page, u"run-done"_s);

        // The log: filter, save.
        auto* log = page.view()->log();
        auto* view = log->findChild<QTableView*>(u"log"_s);
        const int all = view->model()->rowCount();
        QVERIFY(all > 20);
        page.filter()->setText(u"rate fell"_s);
        QTRY_COMPARE(view->model()->rowCount(), 1);
        QTemporaryDir folder;
        const QString path = folder.filePath(u"run.log"_s);
        log->save(path);
        QTRY_VERIFY(QFile::exists(path));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString saved = QString::fromUtf8(file.readAll());
        QCOMPARE(saved.count(u'\n'), 1);
        QVERIFY(saved.contains(u"rate fell to 12.4 MiB/s"_s));
        page.filter()->clear();
        QTRY_COMPARE(view->model()->rowCount(), all);
    }

    void cancelAsksAndAFailureIsExplained()
    {
        RunWorld world;
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        QVERIFY(QTest::qWaitForWindowExposed(&page));
        RunWorld::Gate& never = world.gate();
        world.onRun(u"b"_s, [&](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)})));
        QTRY_COMPARE(run->progress(u"b"_s).state, models::StepState::Running);
        button(page.view()->head(), u"Cancel…"_s)->click();
        QTRY_VERIFY(asked(u"Cancel the run"_s));
        QCOMPARE(run->phase(), RunState::Phase::Running); // only asked
        asked(u"Cancel the run"_s)->click();
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->state, run::Outcome::State::FailedUndone);
        QTRY_VERIFY(page.view()->showsFailure());

        world.onRun(u"b"_s, [](run::StepRun&) -> Result<QJsonObject> {
            return fail(ErrorCode::RemoteFailed, u"Redis needed more memory than the helper pod's limit of 1 GiB."_s, u"Raise the helper pod's memory to 3 GiB."_s, u"command terminated with exit code 137 <b>"_s);
        });
        RunWorld::Gate& undo = world.gate();
        world.onUndo(u"a"_s, [&](run::StepRun& step) -> Result<void> {
            step.progress(610, 1'000, u"bytes"_s);
            (void)undo.wait(step.stop);
            return {};
        });
        const QSignalSpy again(&page, &RunsPage::restoreAgain);
        RunState* failing = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s), RunWorld::step(u"c"_s)})));
        QCOMPARE(page.view()->run(), failing);
        QTRY_COMPARE(failing->phase(), RunState::Phase::Undoing);
        QTRY_VERIFY(page.view()->showsFailure());
        auto* restore = button(page.view(), u"Restore again…"_s);
        QVERIFY(restore && !restore->isEnabled()); // not before the undo has ended
        const auto* steps = page.findChild<FailurePane*>();
        QVERIFY(button(steps, u"Export record…"_s) && !button(steps, u"Export record…"_s)->isEnabled());
        QTest::qWait(300);
        picture(page, u"run-failed"_s);
        undo.open();
        QTRY_COMPARE(failing->phase(), RunState::Phase::Ended);
        QTRY_VERIFY(button(page.view(), u"Restore again…"_s)->isEnabled());
        QTest::qWait(300);
        picture(page, u"run-undone"_s);
        button(page.view(), u"Restore again…"_s)->click();
        QCOMPARE(again.size(), 1);
        QCOMPARE(again.first().first().toString(), failing->runId());
        const QSignalSpy record(&page, &RunsPage::recordWanted);
        button(steps, u"Export record…"_s)->click();
        QCOMPARE(record.size(), 1);
        QCOMPARE(record.first().first().toString(), failing->runId());
        page.nextProblem(true);
        auto* tree = page.findChild<QTreeView*>(u"runSteps"_s);
        QVERIFY(tree->currentIndex().siblingAtColumn(0).data().toString().contains(u"b"_s));
        QCOMPARE(page.view()->run()->title(), u"Restore of north / threescale"_s);
    }

    void earlierRuns()
    {
        RunWorld world;
        {
            models::RunHub hub(world.workplace());
            world.onRun(u"b"_s, [](run::StepRun&) -> Result<QJsonObject> { return fail(ErrorCode::RemoteFailed, u"It broke."_s); });
            RunState* failed = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)})));
            QTRY_COMPARE(failed->phase(), RunState::Phase::Ended);
            RunState* kept = hub.start(world.request(RunWorld::plan({RunWorld::step(u"a"_s)})));
            QTRY_COMPARE(kept->phase(), RunState::Phase::Ended);
        }
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        page.activated();
        auto* list = page.findChild<QTableView*>(u"runsTable"_s);
        QTRY_COMPARE(list->model()->rowCount(), 2);
        QVERIFY(list->isVisible());
        QVERIFY(page.view()->run());
        for (int row = 0; row < 2; ++row) {
            list->setCurrentIndex(list->model()->index(row, 0));
            QTRY_COMPARE(page.view()->run()->phase(), RunState::Phase::Ended);
            QCOMPARE(page.view()->showsFailure(), page.view()->run()->outcome()->error.has_value());
            QTest::qWait(50);
            picture(page, u"runs-earlier-%1"_s.arg(row));
        }
        page.resize(1024 - 68, 640);
        QTest::qWait(50);
        picture(page, u"runs-narrow"_s);
    }

    void aRunIsImportedFromAnotherWorkstation()
    {
        RunWorld other, world;
        const QString id = interrupted(other);
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        const QSignalSpy imported(&page, &RunsPage::imported);
        const auto choose = [&page](const QString& folder) {
            auto* dialog = page.findChild<QFileDialog*>(u"importFolder"_s);
            QVERIFY(dialog && dialog->isVisible());
            dialog->findChild<QLineEdit*>(u"fileNameEdit"_s)->setText(folder);
            auto* accept = button(dialog, u"Import"_s);
            QVERIFY(accept && accept->isEnabled());
            accept->click();
        };

        // A folder that is no run: a sentence, and nothing is listed.
        auto* first = button(page.findChild<EmptyState*>(), u"Import run…"_s);
        QVERIFY(first && first->isVisible());
        first->click();
        choose(other.workplace().home);
        QTRY_VERIFY(asked(u"Close"_s));
        QVERIFY2(shownText(inFront<QDialog>()).contains(u"is no folder of a run"_s), qPrintable(shownText(inFront<QDialog>())));
        asked(u"Close"_s)->click();
        QCOMPARE(hub.summaries().size(), 0);
        QTRY_VERIFY(!page.findChild<QFileDialog*>());

        first->click();
        choose(QFileInfo(run::Session::journalPath(other.workplace().home, id)).absolutePath());
        // Until it is whole it says so, and a second copy cannot be begun.
        const auto* told = page.findChild<Banner*>(u"imported"_s);
        QVERIFY2(told->isVisible() && shownText(told).contains(u"is being copied…"_s), qPrintable(shownText(told)));
        QVERIFY(!first->isEnabled() && !page.findChild<QToolButton*>(u"importRun"_s)->isEnabled() && button(told, u"Cancel"_s));
        QTRY_COMPARE(imported.size(), 1);
        auto* list = page.findChild<QTableView*>(u"runsTable"_s);
        QTRY_VERIFY(list->isVisible() && list->currentIndex().isValid());
        QCOMPARE(list->currentIndex().data(models::RunsModel::RunId).toString(), id);
        QTRY_VERIFY(page.view()->run() && page.view()->run()->interrupted());
        QVERIFY(button(page.view(), u"Resume"_s) && button(page.view(), u"Undo…"_s));
        QTRY_VERIFY(told->isVisible());
        QVERIFY(button(told, u"Dismiss"_s));
        QVERIFY2(shownText(told).contains(u"The other workstation must not go on with it"_s), qPrintable(shownText(told)));
        QTest::qWait(100);
        picture(page, u"runs-imported"_s);

        // Once more, now from above the list.
        auto* tool = page.findChild<QToolButton*>(u"importRun"_s);
        QVERIFY(tool->isVisible() && tool->isEnabled() && tool->focusPolicy() != Qt::NoFocus);
        QTRY_VERIFY(!page.findChild<QFileDialog*>());
        tool->click();
        choose(QFileInfo(run::Session::journalPath(other.workplace().home, id)).absolutePath());
        QTRY_VERIFY(asked(u"Close"_s));
        QVERIFY2(shownText(inFront<QDialog>()).contains(u"is known here already"_s), qPrintable(shownText(inFront<QDialog>())));
        asked(u"Close"_s)->click();
        QCOMPARE(list->model()->rowCount(), 1);
    }

    /// A long copy is given up by Cancel, and by the end of the program: nothing is left of it.
    void anImportIsGivenUp()
    {
        RunWorld other, world;
        const QString id = interrupted(other, u"/backups/large.scalekeep.tar"_s), folder = QFileInfo(run::Session::journalPath(other.workplace().home, id)).absolutePath();
        QFile large(folder + u"/large.scalekeep.tar"_s);
        QVERIFY(large.open(QIODevice::WriteOnly) && large.resize(qint64(4) << 30)); // sparse
        const QDir home(world.workplace().home);
        const auto copying = [&home] { return home.entryList({u"import-*"_s}, QDir::Dirs).size() == 1; };
        {
            models::RunHub hub(world.workplace());
            RunsPage page(hub);
            page.show();
            const QSignalSpy imported(&page, &RunsPage::imported);
            const auto begin = [&page, &folder] {
                page.importRun();
                auto* dialog = page.findChild<QFileDialog*>(u"importFolder"_s);
                dialog->findChild<QLineEdit*>(u"fileNameEdit"_s)->setText(folder);
                button(dialog, u"Import"_s)->click();
            };
            begin();
            auto* told = page.findChild<Banner*>(u"imported"_s);
            QTRY_VERIFY(copying());
            QTest::qWait(50);
            picture(page, u"runs-importing"_s);
            button(told, u"Cancel"_s)->click();
            QTRY_VERIFY(!told->isVisible());
            QVERIFY(!copying() && !inFront<QDialog>() && imported.isEmpty());
            QTRY_VERIFY(!page.findChild<QFileDialog*>());
            begin();
            QTRY_VERIFY(copying());
        }
        world.workplace().workers.waitForDone();
        QVERIFY(!copying());
        QCOMPARE(home.entryList({u"runs"_s}), QStringList());
    }

    void aRunThatHasLostItsLockIsGoneOnWithOnPurposeOnly_data()
    {
        QTest::addColumn<bool>("undo");
        QTest::newRow("resume") << false;
        QTest::newRow("undo") << true;
    }

    void aRunThatHasLostItsLockIsGoneOnWithOnPurposeOnly()
    {
        QFETCH(const bool, undo);
        RunWorld world;
        const QString id = interrupted(world);
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        page.activated();
        // As the main window does it.
        connect(&page, &RunsPage::resumeRequested, &page, [&](const QString& run, bool removed) { hub.resume(run, world.connection(), removed); });
        connect(&page, &RunsPage::undoRequested, &page, [&](const QString& run, bool removed) { hub.undo(run, world.connection(), removed); });
        QTRY_VERIFY(page.view()->run() && page.view()->run()->resumable());
        QFile journal(run::Session::journalPath(world.workplace().home, id));
        QVERIFY(journal.open(QIODevice::ReadOnly));
        const QByteArray before = journal.readAll();
        const QString verb = undo ? u"Undo without its lock"_s : u"Resume without its lock"_s;
        const auto begin = [&] {
            button(page.view(), undo ? u"Undo…"_s : u"Resume"_s)->click();
            if (undo)
                QTRY_VERIFY(asked(u"Undo the run"_s));
            if (undo)
                asked(u"Undo the run"_s)->click();
            QTRY_VERIFY(asked(verb));
        };

        begin();
        QVERIFY2(shownText(inFront<QDialog>()).contains(u"its lock was removed by hand, nothing was put back from it"_s), qPrintable(shownText(inFront<QDialog>())));
        auto* cancel = qobject_cast<QPushButton*>(asked(u"Cancel"_s));
        QVERIFY(cancel && cancel->isDefault()); // Enter does not overwrite what was written since
        QTest::qWait(50);
        picture(*inFront<QDialog>(), u"run-without-lock"_s);
        cancel->click();
        QCOMPARE(page.view()->run()->phase(), RunState::Phase::Ended);
        QVERIFY(world.lock().isEmpty());
        journal.seek(0);
        QCOMPARE(journal.readAll(), before);
        QVERIFY(!shownText(page.view()).contains(u"--lock-removed"_s));

        begin();
        asked(verb)->click();
        QTRY_COMPARE(page.view()->run()->phase(), RunState::Phase::Ended);
        // It went on under a lock of its own; the steps of this test are none of a backup's, and it says that.
        QVERIFY(page.view()->run()->outcome()->error || !page.view()->run()->outcome()->undoErrors.isEmpty());
        QVERIFY(!page.view()->run()->outcome()->error || page.view()->run()->outcome()->error->code != ErrorCode::LockRemoved);
        QCOMPARE(world.lock()[u"runId"].toString(), id);
        journal.seek(0);
        QVERIFY(journal.readAll().contains("run-resumed"));
        QVERIFY(!asked(verb));
    }

    /// A backup that stops the writers and is refused under a lock says where to look.
    void aLockedRunOffersTheLock()
    {
        RunWorld world;
        world.putLock(strangersLock());
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        page.resize(1212, 720);
        page.show();
        const QSignalSpy wanted(&page, &RunsPage::lockWanted);
        RunState* run = hub.start(world.request(RunWorld::plan({RunWorld::change(u"a"_s)})));
        QTRY_COMPARE(run->phase(), RunState::Phase::Ended);
        QCOMPARE(run->outcome()->error->code, ErrorCode::Locked);
        QTRY_VERIFY(button(page.view(), u"Lock…"_s));
        QVERIFY2(!shownText(page.view()).contains(u"scalekeep-cli"_s), qPrintable(shownText(page.view())));
        button(page.view(), u"Lock…"_s)->click();
        QCOMPARE(wanted.size(), 1);
    }

    void everyControlHasAName()
    {
        RunWorld world;
        models::RunHub hub(world.workplace());
        RunsPage page(hub);
        for (const auto* each : page.findChildren<QAbstractButton*>()) {
            if (each->inherits("QLineEditIconButton") || each->inherits("QTableCornerButton"))
                continue; // Qt's own
            QVERIFY2(!each->text().isEmpty() || !each->accessibleName().isEmpty(), each->metaObject()->className());
        }
        for (const auto* each : page.findChildren<QAbstractItemView*>()) {
            if (each->window() == page.window() && !each->inherits("QHeaderView")) // nor the lists of combo boxes
                QVERIFY2(!each->accessibleName().isEmpty(), qPrintable(QLatin1String(each->metaObject()->className()) + u" in "_s + QLatin1String(each->parent()->metaObject()->className())));
        }
    }
};

QTEST_MAIN(TestRunView)
#include "tst_runview.moc"
