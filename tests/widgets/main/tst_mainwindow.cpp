#include "ondesk.h"
#include "models/bundles/bundlelibrary.h"
#include "models/run/runsmodel.h"
#include "tests/widgets/common/widgetaudit.h"
#include "widgets/clusters/addclusterdialog.h"
#include "widgets/main/helpdialog.h"
#include "widgets/main/programlogpane.h"
#include "widgets/run/lockdialog.h"

#include <QClipboard>
#include <QDockWidget>
#include <QSplitter>
#include <QTableView>

using namespace scalekeep;
using namespace scalekeep::test;
using widgets::MainWindow;

/// The whole window without a cluster, used by keyboard alone.
class TestMainWindow : public OnDesk {
    Q_OBJECT

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

        const auto inFront = [this](const QString& text) { return dialogOf(&window()) ? button(dialogOf(&window()), text) : nullptr; };
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
