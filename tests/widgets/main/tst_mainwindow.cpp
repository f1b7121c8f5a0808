#include "ondesk.h"
#include "models/bundles/bundlelibrary.h"
#include "models/run/runsmodel.h"
#include "tests/widgets/common/widgetaudit.h"
#include "widgets/clusters/addclusterdialog.h"
#include "widgets/main/helpdialog.h"
#include "widgets/main/programlogpane.h"
#include "widgets/run/lockdialog.h"
#include "widgets/run/runview.h"

#include <QCheckBox>
#include <QClipboard>
#include <QDockWidget>
#include <QJsonArray>
#include <QSignalSpy>
#include <QSplitter>
#include <QTableView>

using namespace scalekeep;
using namespace scalekeep::test;
using widgets::MainWindow;

/// The whole window without a cluster, used by keyboard alone.
class TestMainWindow : public OnDesk {
    Q_OBJECT

    QAbstractButton* inFront(const QString& text) { return dialogOf(&window()) ? button(dialogOf(&window()), text) : nullptr; }

    /// Shows the run that needs attention: its id.
    QString showStuck()
    {
        window().showPage(MainWindow::Runs);
        const auto& all = m_desk->program().runs().summaries();
        const auto stuck = [&all] { return std::find_if(all.begin(), all.end(), [](const models::RunSummary& each) { return each.state == u"needs-attention"; }); };
        if (!QTest::qWaitFor([&] { return stuck() != all.end(); }, 5'000))
            return {};
        window().runsPage()->showRun(stuck()->runId);
        (void)QTest::qWaitFor([this] { return button(window().runsPage(), u"Undo…"_s) != nullptr; }, 5'000);
        return stuck()->runId;
    }

    static QString focusTitle() { return QApplication::focusWidget() ? widgetTitle(QApplication::focusWidget()) : u"nothing"_s; }

private Q_SLOTS:
    void initTestCase() { setUp(); }
    void cleanup() { tidy(); }

    /// From the clusters tree and from Runs to who holds a namespace; a run that has lost its lock is gone on with after a question only.
    void locks()
    {
        QVERIFY(start(true));
        const RunWorld& world = m_desk->world();
        world.logIn();
        world.putNamespace(models::fixture::threescaleObjects());
        const auto lockDialog = [this] { return qobject_cast<widgets::LockDialog*>(dialogOf(&window())); };
        const auto saysNotLocked = [&] {
            const auto* state = lockDialog() ? lockDialog()->findChild<QLabel*>(u"lockState"_s) : nullptr;
            return state && state->text() == u"Namespace threescale is not locked."_s;
        };
        m_desk->tree()->setCurrentIndex(rowAt(m_desk->tree()->model(), {u"north"_s}));
        QAction* ofTree = actionOf(*window().clustersPane(), u"lock"_s);
        QVERIFY(ofTree && !ofTree->isEnabled()); // of a namespace only
        m_desk->tree()->setCurrentIndex(rowAt(m_desk->tree()->model(), {u"north"_s, u"threescale"_s}));
        QVERIFY(ofTree->isEnabled());
        ofTree->trigger();
        QTRY_VERIFY(saysNotLocked());
        QCOMPARE(lockDialog()->windowTitle(), u"Lock of north / threescale"_s);
        press(Qt::Key_Escape);
        QTRY_VERIFY(!dialogOf(&window()));

        window().showPage(MainWindow::Runs);
        auto* list = visible<QTableView>(window().runsPage(), u"runsTable"_s);
        QVERIFY(list);
        QTRY_COMPARE(list->model()->rowCount(), 3);
        int stuck = 0;
        while (stuck < 3 && list->model()->index(stuck, 0).data(models::RunsModel::StateName).toString() != u"needs-attention")
            ++stuck;
        QVERIFY(stuck < 3);
        const QString id = list->model()->index(stuck, 0).data(models::RunsModel::RunId).toString();
        list->setCurrentIndex(list->model()->index(stuck, 0));
        actionOf(*window().runsPage(), u"lock"_s)->trigger();
        QTRY_VERIFY(saysNotLocked());
        press(Qt::Key_Escape);
        QTRY_VERIFY(!dialogOf(&window()));
        (void)activate();

        QTRY_VERIFY(button(window().runsPage(), u"Undo…"_s));
        click(button(window().runsPage(), u"Undo…"_s));
        QTRY_VERIFY(inFront(u"Undo the run"_s));
        click(inFront(u"Undo the run"_s));
        QTRY_VERIFY_WITH_TIMEOUT(inFront(u"Undo without its lock"_s), 10'000);
        QVERIFY(world.lock().isEmpty());
        click(inFront(u"Undo without its lock"_s));
        QTRY_COMPARE_WITH_TIMEOUT(world.lock()[u"runId"].toString(), id, 10'000);
        QTRY_VERIFY(m_desk->program().runs().running().isEmpty());
    }

    void aReadOnlyClusterIsNotChangedByAnEarlierRun_data()
    {
        QTest::addColumn<bool>("undo");
        QTest::newRow("resume") << false;
        QTest::newRow("undo") << true;
    }

    /// Its mark is taken off first, in its settings, as the refusal says.
    void aReadOnlyClusterIsNotChangedByAnEarlierRun()
    {
        QFETCH(const bool, undo);
        QVERIFY(start(true));
        const RunWorld& world = m_desk->world();
        world.logIn();
        world.putNamespace(models::fixture::threescaleObjects());
        const QString id = showStuck();
        QVERIFY(!id.isEmpty());
        const auto goOn = [&] {
            click(button(window().runsPage(), undo ? u"Undo…"_s : u"Resume"_s));
            if (undo)
                QTRY_VERIFY(inFront(u"Undo the run"_s));
            if (undo)
                click(inFront(u"Undo the run"_s));
        };
        const auto mark = [this](bool readOnly) {
            m_desk->tree()->setCurrentIndex(rowAt(m_desk->tree()->model(), {u"north"_s}));
            const auto actions = window().clustersPane()->actions();
            const auto settings = std::find_if(actions.begin(), actions.end(), [](const QAction* each) { return each->text() == u"Cluster settings…"; });
            QVERIFY(settings != actions.end() && (*settings)->isEnabled());
            (*settings)->trigger();
            QTRY_VERIFY(dialogOf(&window()) && dialogOf(&window())->findChild<QCheckBox*>(u"readOnly"_s));
            dialogOf(&window())->findChild<QCheckBox*>(u"readOnly"_s)->setChecked(readOnly);
            click(inFront(u"Save"_s));
            QTRY_VERIFY(!dialogOf(&window()));
            (void)activate();
        };

        mark(true);
        goOn();
        QTRY_VERIFY(inFront(u"Close"_s));
        const auto texts = dialogOf(&window())->findChildren<QLabel*>();
        QVERIFY(std::any_of(texts.begin(), texts.end(), [](const QLabel* each) { return each->text().contains(u"north is marked read only"_s); }));
        QVERIFY(m_desk->program().runs().running().isEmpty());
        click(inFront(u"Close"_s));
        QTRY_VERIFY(!dialogOf(&window()));
        (void)activate();

        mark(false);
        const QSignalSpy begun(&m_desk->program().runs(), &models::RunHub::started);
        goOn();
        QTRY_COMPARE_WITH_TIMEOUT(begun.size(), 1, 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->program().runs().running().isEmpty(), 10'000);
    }

    void closingDuringARun_data()
    {
        QTest::addColumn<bool>("stuck");
        QTest::newRow("taken back") << false;
        QTest::newRow("cannot be taken back") << true;
    }

    /// A run that closing has cancelled, and that leaves something behind, is shown before the window goes.
    void closingDuringARun()
    {
        QFETCH(const bool, stuck);
        QVERIFY(start(true));
        const QString earlier = showStuck();
        QVERIFY(!earlier.isEmpty());
        RunWorld& world = m_desk->world();
        RunWorld::Gate& never = world.gate();
        world.onRun(u"b"_s, [&never](run::StepRun& step) -> Result<QJsonObject> { (void)never.wait(step.stop); return fail(ErrorCode::Cancelled, u"Stopped."_s); });
        if (stuck)
            world.onUndo(u"a"_s, [](run::StepRun&) -> Result<void> { return fail(ErrorCode::RemoteFailed, u"The deployment does not come back."_s); });
        models::RunState* run = m_desk->program().runs().start(world.request(RunWorld::plan({RunWorld::change(u"a"_s), RunWorld::change(u"b"_s)})));
        QTRY_COMPARE(run->progress(u"b"_s).state, models::StepState::Running);
        window().runsPage()->showRun(earlier);
        QVERIFY(window().runsPage()->view()->run() != run);
        window().showPage(MainWindow::Backup);
        QVERIFY(!window().close());
        QTRY_VERIFY(inFront(u"Cancel run and close"_s));
        click(inFront(u"Cancel run and close"_s));
        QTRY_COMPARE(run->phase(), models::RunState::Phase::Ended);
        if (!stuck) {
            QTRY_VERIFY(!window().isVisible());
            return;
        }
        QCOMPARE(run->outcome()->state, run::Outcome::State::NeedsAttention);
        QTest::qWait(50);
        QVERIFY(window().isVisible());
        QCOMPARE(window().currentPage(), MainWindow::Runs);
        QCOMPARE(window().runsPage()->view()->run(), run);
        QTRY_VERIFY(button(window().runsPage(), u"Resume"_s));
        QVERIFY(window().close()); // nothing runs any more
        QVERIFY(!window().isVisible());
    }

    /// Of runs of an earlier session: the bundle and what was chosen; what was given up then is asked for again.
    void againWithTheSameChoices()
    {
        QVERIFY(start(true));
        const auto ranBefore = [this](const QString& kind, const QJsonObject& choices) -> QString {
            models::RunHub hub(m_desk->world().workplace());
            plan::Plan made = RunWorld::plan({RunWorld::change(u"stop"_s), RunWorld::change(u"broken"_s)});
            made.kind = kind;
            made.bundle = kind == u"restore" ? m_desk->bundle() : QString{};
            made.choices = choices;
            models::RunRequest request = m_desk->world().request(made);
            request.catalog = models::fixture::namespaceState(u"threescale"_s, models::fixture::threescaleObjects()).detection->catalog;
            const models::RunState* run = hub.start(std::move(request));
            return QTest::qWaitFor([run] { return run->phase() == models::RunState::Phase::Ended; }, 20'000) ? run->runId() : QString{};
        };
        const auto isShown = [this](const QString& id, const QString& text) {
            window().runsPage()->showRun(id);
            const models::RunState* run = window().runsPage()->view()->run();
            const QAbstractButton* again = button(window().runsPage(), text);
            return run && run->runId() == id && run->phase() == models::RunState::Phase::Ended && again && again->isEnabled();
        };
        const QJsonArray components{u"system-mysql"_s, u"secrets"_s};
        const QString restored = ranBefore(u"restore"_s, {{u"components"_s, components}, {u"queues"_s, u"empty"_s}, {u"redisMethod"_s, u"documented"_s}, {u"map"_s, true}, {u"withoutSafetyBundle"_s, u"The disk is full."_s},
                                                          {u"acceptUnreadable"_s, QJsonArray{u"system-mysql"_s}}});
        const QString backedUp = ranBefore(u"backup"_s, {{u"components"_s, components}});
        QVERIFY(!restored.isEmpty() && !backedUp.isEmpty());
        window().showPage(MainWindow::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(isShown(restored, u"Restore again…"_s), 10'000);
        click(button(window().runsPage(), u"Restore again…"_s));
        QTRY_COMPARE(window().currentPage(), MainWindow::Restore);
        models::RestoreSession& session = window().restorePage()->session();
        QTRY_COMPARE(session.step(), models::RestoreSession::Step::Components);
        QCOMPARE(session.bundlePath(), m_desk->bundle());
        QCOMPARE(session.components()->chosen(), (QStringList{u"system-mysql"_s, u"secrets"_s}));
        QVERIFY(session.options().emptyQueues && session.options().documentedRedis);
        QVERIFY(session.safety() && !session.options().map && session.options().acceptUnreadable.isEmpty());

        window().showPage(MainWindow::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(isShown(backedUp, u"Back up again…"_s), 10'000);
        QTest::qWait(100); // the page lays itself out, and reads the runs again
        QVERIFY(isShown(backedUp, u"Back up again…"_s));
        click(button(window().runsPage(), u"Back up again…"_s));
        QTRY_COMPARE(window().currentPage(), MainWindow::Backup);
        QAbstractItemView* planned = nullptr;
        QTRY_VERIFY((planned = visible<QAbstractItemView>(window().backupPage(), u"plan"_s)) && row(planned->model(), u"system-mysql"_s).isValid());
    }

    void pagesAndPanesByKey()
    {
        QVERIFY(start(true));
        for (const auto& [key, page] : {std::pair{Qt::Key_2, MainWindow::Bundles}, {Qt::Key_3, MainWindow::Restore}, {Qt::Key_4, MainWindow::Compare}, {Qt::Key_5, MainWindow::Runs}, {Qt::Key_1, MainWindow::Backup}}) {
            press(key, Qt::ControlModifier);
            QCOMPARE(window().currentPage(), page);
        }
        QVERIFY(m_desk->tree()->isVisible());
        press(Qt::Key_F9);
        QVERIFY(!m_desk->tree()->isVisible());
        press(Qt::Key_F9);
        QVERIFY(m_desk->tree()->isVisible());
        auto* log = window().findChild<widgets::ProgramLogPane*>();
        QVERIFY(!log->isVisible());
        press(Qt::Key_L, Qt::ControlModifier);
        QVERIFY(log->isVisible());

        // F6 goes round through tree, page and log, Shift+F6 the other way.
        QVERIFY(planAll());
        auto* plan = visible<QAbstractItemView>(window().backupPage(), u"plan"_s);
        m_desk->tree()->setFocus();
        QList<QWidget*> round;
        for (int i = 0; i < 20 && !round.contains(QApplication::focusWidget()); ++i) {
            round << QApplication::focusWidget();
            press(Qt::Key_F6);
        }
        QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(m_desk->tree()));
        QVERIFY(round.contains(plan));
        QCOMPARE(round.last(), static_cast<QWidget*>(log->view()));
        press(Qt::Key_F6, Qt::ShiftModifier);
        QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(log->view()));

        // Ctrl+F is for the pane that has the focus; Esc empties the field, and another one leaves it.
        const auto finds = [](QWidget* from, QWidget* field) {
            from->setFocus();
            press(Qt::Key_F, Qt::ControlModifier);
            return QApplication::focusWidget() == field;
        };
        QVERIFY2(finds(log->view(), log->filter()), qPrintable(focusTitle()));
        QVERIFY2(finds(m_desk->tree(), window().clustersPane()->filter()), qPrintable(focusTitle()));
        QTest::keyClicks(QApplication::focusWidget(), u"backend-redis"_s);
        QTRY_VERIFY(!row(m_desk->tree()->model(), u"system-mysql"_s).isValid());
        press(Qt::Key_Escape);
        QVERIFY(window().clustersPane()->filter()->text().isEmpty());
        QTRY_VERIFY(row(m_desk->tree()->model(), u"system-mysql"_s).isValid());
        press(Qt::Key_Escape);
        QVERIFY2(QApplication::focusWidget() == m_desk->tree(), qPrintable(focusTitle()));
        press(Qt::Key_2, Qt::ControlModifier);
        auto* library = visible<QAbstractItemView>(window().bundlesPage(), u"library"_s);
        QVERIFY2(finds(library, window().bundlesPage()->filter()), qPrintable(focusTitle()));
        press(Qt::Key_Escape);
        QVERIFY2(QApplication::focusWidget() == library, qPrintable(focusTitle()));
        press(Qt::Key_5, Qt::ControlModifier);
        auto* runs = visible<QAbstractItemView>(window().runsPage(), u"runsTable"_s);
        QVERIFY2(finds(runs, window().runsPage()->filter()), qPrintable(focusTitle()));
    }

    void dialogsByKey()
    {
        QVERIFY(start(true));
        press(Qt::Key_N, Qt::ControlModifier);
        QTRY_VERIFY(qobject_cast<widgets::AddClusterDialog*>(dialogOf(&window())));
        QVERIFY(QTest::qWaitForWindowActive(dialogOf(&window())));
        QTRY_COMPARE(QApplication::focusWidget()->objectName(), u"loginLine"_s);
        press(Qt::Key_Escape);
        QTRY_VERIFY(!dialogOf(&window()));
        QVERIFY(activate());
        press(Qt::Key_F1);
        QTRY_VERIFY(qobject_cast<widgets::HelpDialog*>(dialogOf(&window())));
        QTRY_VERIFY2(dialogOf(&window())->isAncestorOf(QApplication::focusWidget()), qPrintable(focusTitle()));
        press(Qt::Key_Escape);
        QTRY_VERIFY2(!dialogOf(&window()), qPrintable(focusTitle()));
        QVERIFY(activate());
    }

    void planByKey()
    {
        QVERIFY(start(true));
        widgets::ClustersTree* tree = m_desk->tree();
        tree->setCurrentIndex(rowAt(tree->model(), {u"north"_s, u"threescale"_s, u"Data"_s, u"system-mysql"_s}));
        QVERIFY(tree->currentIndex().isValid());
        tree->setFocus();
        press(Qt::Key_Return);
        QAbstractItemView* plan = nullptr;
        QTRY_VERIFY((plan = visible<QAbstractItemView>(window().backupPage(), u"plan"_s)) && row(plan->model(), u"system-mysql"_s).isValid());
        for (int i = 0; i < 20 && QApplication::focusWidget() != plan; ++i)
            press(Qt::Key_F6);
        QCOMPARE(QApplication::focusWidget(), static_cast<QWidget*>(plan));
        plan->setCurrentIndex(row(plan->model(), u"system-mysql"_s));
        QApplication::clipboard()->clear();
        press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY2(QApplication::clipboard()->text().contains(u"system-mysql"_s), qPrintable(QApplication::clipboard()->text()));
        press(Qt::Key_Delete);
        QTRY_VERIFY(!row(plan->model(), u"system-mysql"_s).isValid());
        press(Qt::Key_Z, Qt::ControlModifier);
        QTRY_VERIFY(row(plan->model(), u"system-mysql"_s).isValid());
        tree->setFocus();
        QApplication::clipboard()->clear();
        press(Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY2(QApplication::clipboard()->text().contains(u"system-mysql"_s), qPrintable(QApplication::clipboard()->text()));
    }

    void refreshByKey()
    {
        QVERIFY(start(true));
        // On a page its own things are read again: a journal that is gone.
        press(Qt::Key_5, Qt::ControlModifier);
        auto* runs = visible<QTableView>(window().runsPage(), u"runsTable"_s);
        QTRY_COMPARE(runs->model()->rowCount(), 3);
        runs->setFocus();
        const QString journal = m_desk->program().runs().summaries().first().journal;
        QVERIFY(QFile::remove(journal));
        press(Qt::Key_F5);
        QTRY_COMPARE(runs->model()->rowCount(), 2);
        // In the tree the clusters: nobody is logged in to them any more.
        press(Qt::Key_1, Qt::ControlModifier);
        m_desk->tree()->setFocus();
        QCOMPARE(m_desk->program().clusters().cluster(u"north"_s)->state, models::ConnectionState::Connected);
        press(Qt::Key_F5);
        QTRY_VERIFY_WITH_TIMEOUT(m_desk->program().clusters().cluster(u"north"_s)->state != models::ConnectionState::Connected, 10'000);
    }

    void theLayoutSurvivesARestart()
    {
        QVERIFY(start(true));
        QVERIFY(planAll());
        auto* dock = window().findChild<QDockWidget*>(u"clustersDock"_s);
        window().resizeDocks({dock}, {285}, Qt::Horizontal);
        auto* split = window().backupPage()->findChild<QSplitter*>(u"split"_s);
        QTest::qWait(50);
        const int height = split->sizes().first() + split->sizes().last();
        const int before = split->sizes().first();
        split->setSizes({before - 22, height - before + 22});
        QTest::qWait(50);
        const QList<int> sizes = split->sizes();
        QVERIFY(sizes.first() != before);
        const int wide = dock->width();
        QCOMPARE(wide, 285);
        press(Qt::Key_2, Qt::ControlModifier);
        auto* library = visible<QTableView>(window().bundlesPage(), u"library"_s);
        library->setColumnWidth(models::BundleLibrary::Cluster, 133);
        press(Qt::Key_F9);
        QVERIFY(m_desk->end());

        m_desk->start();
        m_desk->putClusters();
        QVERIFY(activate());
        QCOMPARE(window().currentPage(), MainWindow::Bundles);
        library = visible<QTableView>(window().bundlesPage(), u"library"_s);
        QCOMPARE(library->columnWidth(models::BundleLibrary::Cluster), 133);
        dock = window().findChild<QDockWidget*>(u"clustersDock"_s);
        QVERIFY(dock->isHidden());
        press(Qt::Key_1, Qt::ControlModifier);
        QVERIFY(dock->isVisible());
        split = window().backupPage()->findChild<QSplitter*>(u"split"_s);
        QTRY_COMPARE(dock->width(), wide);
        QTRY_COMPARE(split->sizes(), sizes);
        auto* plan = visible<QAbstractItemView>(window().backupPage(), u"plan"_s);
        QVERIFY(plan);
        QTRY_VERIFY(row(plan->model(), u"system-mysql"_s).isValid());
    }
};

QTEST_MAIN(TestMainWindow)
#include "tst_mainwindow.moc"
