#include "runworld.h"
#include "widgets/common/theme.h"
#include "widgets/run/failurepane.h"
#include "widgets/run/jobsindicator.h"
#include "widgets/run/logpane.h"
#include "widgets/run/runhead.h"
#include "widgets/run/runspage.h"
#include "widgets/run/runview.h"

#include <QApplication>
#include <QDialog>
#include <QFile>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QTreeView>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::widgets;
using models::RunState;

namespace {
QAbstractButton* button(const QWidget* parent, const QString& text)
{
    for (auto* each : parent->findChildren<QAbstractButton*>()) {
        if (each->text().remove(u'&') == text)
            return each;
    }
    return nullptr;
}

/// The button of a question that stands in front.
QAbstractButton* asked(const QString& text)
{
    for (QWidget* top : QApplication::topLevelWidgets()) {
        if (auto* found = top->isVisible() && qobject_cast<QDialog*>(top) ? button(top, text) : nullptr)
            return found;
    }
    return nullptr;
}

/// Where pictures for a designer go; nothing is kept without it.
void picture(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
    if (!folder.isEmpty())
        widget.grab().save(folder + u'/' + name + u".png"_s);
}
} // namespace

class TestRunView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        theme::install(*qApp);
        if (qEnvironmentVariableIsSet("SCALEKEEP_DARK"))
            theme::choose(theme::Choice::Dark);
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
