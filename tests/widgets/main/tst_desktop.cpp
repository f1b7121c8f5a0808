#include "onsandbox.h"

#include "models/bundles/bundlelibrary.h"
#include "widgets/compare/comparepage.h"
#include "widgets/compare/detailpane.h"

#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QRadioButton>
#include <QTextBrowser>
#include <QTreeView>

using namespace scalekeep;
using namespace scalekeep::test;
using widgets::MainWindow;

/// The whole program as a user meets it, on two real sandbox clusters: from the first start to a proven restore and its record. The parts build on each
/// other; what befalls runs is in tst_desktopruns.
/// With SCALEKEEP_SCREENSHOTS=FOLDER it also leaves a picture of each state there (tests/screenshots.sh).
class TestDesktop : public OnSandbox {
    Q_OBJECT

    QString m_bundle;

private Q_SLOTS:
    void initTestCase() { setUp(); }
    void cleanup() { tidy(); }
    void cleanupTestCase() { end(); }

    void theFirstStartSaysWhatToDo()
    {
        QCOMPARE(window().currentPage(), MainWindow::Backup);
        QTRY_VERIFY(visible<QWidget>(window().backupPage(), u"firstStart"_s));
        QTest::qWait(1500); // what is ready on this computer is looked up in the background
        shot(&window(), u"01-first-start"_s);
        for (const auto& [page, name] : {std::pair{MainWindow::Bundles, u"02-bundles-empty"_s}, {MainWindow::Restore, u"03-restore-empty"_s}, {MainWindow::Runs, u"04-runs-empty"_s}}) {
            window().showPage(page);
            QTest::qWait(50);
            shot(&window(), name);
        }
        window().showPage(MainWindow::Backup);
    }

    void aPastedLoginLineAddsACluster()
    {
        QTest::keyClick(&window(), Qt::Key_N, Qt::ControlModifier);
        QDialog* dialog = nullptr;
        QTRY_VERIFY((dialog = dialogOf(&window())));
        shot(&window(), u"05-add-cluster"_s);
        auto* line = visible<QLineEdit>(dialog, u"loginLine"_s);
        QVERIFY(line);
        QApplication::clipboard()->setText(u"oc login --token=%1 --server=%2"_s.arg(QString::fromUtf8(m_sandbox.token(u"north"_s, u"edit"_s).reveal()), m_sandbox.server(u"north"_s).toString()));
        line->setFocus();
        line->paste();
        QVERIFY2(!line->text().contains(QString::fromUtf8(m_sandbox.token(u"north"_s, u"edit"_s).reveal())), "the token is shown");
        auto* name = visible<QLineEdit>(dialog, u"clusterName"_s);
        QVERIFY(name);
        name->selectAll();
        QTest::keyClicks(name, u"north"_s);
        auto* connectButton = visible<QAbstractButton>(dialog, u"connect"_s);
        click(connectButton);
        // The sandbox's authority is unknown to this computer: the certificate is shown, and nothing is sent before it is trusted.
        QLineEdit* expected = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((expected = visible<QLineEdit>(dialog, u"expectedFingerprint"_s)), 20'000);
        expected->setFocus();
        QTest::keyClicks(expected, u"00:11:22"_s);
        QVERIFY(!connectButton->isEnabled());
        shot(&window(), u"06-add-cluster-certificate-wrong"_s);
        expected->clear();
        auto* trust = visible<QRadioButton>(dialog, u"trustThis"_s);
        QVERIFY(trust);
        trust->setChecked(true);
        QTRY_VERIFY(connectButton->isEnabled());
        shot(&window(), u"07-add-cluster-certificate"_s);
        click(connectButton);
        QTRY_VERIFY_WITH_TIMEOUT(!dialogOf(&window()), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(rowAt(tree()->model(), {u"north"_s, u"threescale"_s, u"Data"_s, u"system-mysql"_s}).isValid(), 60'000);
    }

    void aPasswordAddsTheSecondCluster()
    {
        window().clustersPane()->addCluster();
        QDialog* dialog = nullptr;
        QTRY_VERIFY((dialog = dialogOf(&window())));
        auto* ways = dialog->findChild<QTabBar*>();
        QVERIFY(ways);
        ways->setCurrentIndex(2);
        const auto fill = [dialog](const QString& accessibleName, const QString& text) {
            const auto edits = dialog->findChildren<QLineEdit*>();
            for (QLineEdit* edit : edits) {
                if (edit->isVisible() && edit->accessibleName() == accessibleName) {
                    edit->setFocus();
                    edit->selectAll();
                    QTest::keyClicks(edit, text);
                    return true;
                }
            }
            return false;
        };
        QVERIFY(fill(u"API server"_s, m_sandbox.server(u"south"_s).toString()));
        QVERIFY(fill(u"User"_s, u"admin3s"_s));
        QVERIFY(fill(u"Password"_s, u"wrong"_s));
        QVERIFY(fill(u"Name"_s, u"south"_s));
        auto* connectButton = visible<QAbstractButton>(dialog, u"connect"_s);
        click(connectButton);
        QRadioButton* file = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((file = visible<QRadioButton>(dialog, u"trustFile"_s)), 20'000);
        file->setChecked(true);
        visible<QLineEdit>(dialog, u"caFile"_s)->setText(m_sandbox.path(u"ca-south.crt"_s));
        QTRY_VERIFY(connectButton->isEnabled());
        click(connectButton);
        QWidget* problem = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((problem = visible<QWidget>(dialog, u"loginProblem"_s)), 30'000);
        shot(&window(), u"08-add-cluster-wrong-password"_s);
        QVERIFY(fill(u"Password"_s, QString::fromUtf8(m_sandbox.file(u"password-south-edit"_s))));
        QTRY_VERIFY(connectButton->isEnabled());
        click(connectButton);
        QTRY_VERIFY_WITH_TIMEOUT(!dialogOf(&window()), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(rowAt(tree()->model(), {u"south"_s, u"threescale"_s, u"Data"_s, u"backend-redis"_s}).isValid(), 60'000);
    }

    void theTreeShowsTheInstallationAndFilters()
    {
        const QModelIndex store = inTree({u"north"_s, u"threescale"_s, u"Data"_s, u"system-mysql"_s});
        QVERIFY(store.isValid());
        shot(&window(), u"09-backup-empty-plan"_s);
        window().activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window()));
        tree()->setFocus();
        QTest::keyClick(&window(), Qt::Key_F, Qt::ControlModifier);
        QTRY_COMPARE(QApplication::focusWidget(), static_cast<QWidget*>(window().clustersPane()->filter()));
        QTest::keyClicks(window().clustersPane()->filter(), u"redis"_s);
        QTRY_VERIFY(!row(tree()->model(), u"system-mysql"_s).isValid());
        QVERIFY(row(tree()->model(), u"backend-redis"_s).isValid());
        QTest::keyClick(window().clustersPane()->filter(), Qt::Key_Escape);
        QTRY_VERIFY(row(tree()->model(), u"system-mysql"_s).isValid());
        QVERIFY(window().clustersPane()->filter()->text().isEmpty());
    }

    void aRubberBandSelectsAndADragFillsThePlan()
    {
        const QModelIndex first = inTree({u"north"_s, u"threescale"_s, u"Data"_s, u"system-mysql"_s}), last = inTree({u"north"_s, u"threescale"_s, u"Data"_s, u"zync-database"_s});
        QVERIFY(first.isValid() && last.isValid());
        QWidget* port = tree()->viewport();
        // From the free space at the right of the rows' text, down over five of them.
        const QPoint from(port->width() - 3, tree()->visualRect(first).top() + 2), to(tree()->visualRect(last).left() + 30, tree()->visualRect(last).center().y());
        QTest::mousePress(port, Qt::LeftButton, {}, from);
        for (int step = 1; step <= 8; ++step)
            QTest::mouseMove(port, from + (to - from) * step / 8);
        QTest::mouseRelease(port, Qt::LeftButton, {}, to);
        QVERIFY2(window().clustersPane()->selectedComponents().size() >= 2, qPrintable(QString::number(window().clustersPane()->selectedComponents().size())));

        tree()->selectionModel()->setCurrentIndex(first, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        // Qt's drag loop moves nothing on the offscreen platform: the events that it would send, with what the tree gives it.
        const std::unique_ptr<QMimeData> dragged(tree()->model()->mimeData(tree()->selectionModel()->selectedRows()));
        QVERIFY(dragged);
        QWidget* target = plan()->viewport();
        const QPoint middle = target->rect().center();
        QDragEnterEvent enter(middle, Qt::CopyAction, dragged.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &enter);
        QVERIFY(enter.isAccepted());
        QDragMoveEvent over(middle, Qt::CopyAction, dragged.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &over);
        QVERIFY(over.isAccepted());
        QDropEvent drop(middle, Qt::CopyAction, dragged.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(target, &drop);
        QTRY_VERIFY_WITH_TIMEOUT(plan() && row(plan()->model(), u"system-mysql"_s).isValid(), 5'000);
        QTest::qWait(1500);
        shot(&window(), u"10-backup-one-component"_s);
    }

    void removingCanBeUndone()
    {
        QAbstractItemView* view = plan();
        view->setFocus();
        view->setCurrentIndex(row(view->model(), u"system-mysql"_s));
        QTest::keyClick(view, Qt::Key_Delete);
        QTRY_VERIFY(!plan() || !row(plan()->model(), u"system-mysql"_s).isValid());
        QTest::keyClick(&window(), Qt::Key_Z, Qt::ControlModifier);
        QTRY_VERIFY(plan() && row(plan()->model(), u"system-mysql"_s).isValid());
    }

    void aBackupRunsToItsProof()
    {
        // The whole namespace by keyboard.
        const QModelIndex whole = inTree({u"north"_s, u"threescale"_s});
        tree()->selectionModel()->setCurrentIndex(whole, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
        tree()->setFocus();
        QTest::keyClick(tree(), Qt::Key_Return);
        QTRY_VERIFY(row(plan()->model(), u"zync-database"_s).isValid());
        auto* start = visible<QAbstractButton>(window().backupPage(), u"start"_s);
        QTRY_VERIFY_WITH_TIMEOUT(start->isEnabled(), 20'000);
        plan()->setCurrentIndex(row(plan()->model(), u"backend-redis"_s));
        QTest::qWait(300);
        shot(&window(), u"11-backup-whole"_s);
        click(visible<QAbstractButton>(window().backupPage(), u"dryRun"_s));
        QTRY_VERIFY_WITH_TIMEOUT(dialogOf(&window()), 20'000);
        QTest::qWait(6000);
        shot(&window(), u"12-backup-dry-run"_s);
        dialogOf(&window())->close();

        click(start);
        models::RunState* run = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((run = lastRun()), 60'000);
        QTRY_COMPARE(window().currentPage(), MainWindow::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(run->percent() > 10 || ended(run), 60'000);
        shot(&window(), u"13-run-backup"_s);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 240'000);
        QVERIFY2(run->outcome()->state == run::Outcome::State::Done, qPrintable(why(run)));
        m_bundle = run->writesTo();
        QVERIFY(QFile::exists(m_bundle));
        QTest::qWait(300);
        shot(&window(), u"14-run-backup-done"_s);
    }

    void theBundleIsInTheLibrary()
    {
        window().showPage(MainWindow::Bundles);
        auto* library = visible<QAbstractItemView>(window().bundlesPage(), u"library"_s);
        QVERIFY(library);
        QTRY_VERIFY_WITH_TIMEOUT(library->model()->rowCount() == 1, 15'000);
        window().openBundle(m_bundle);
        QTRY_COMPARE(window().bundlesPage()->currentBundle(), m_bundle);
        auto* content = visible<QTreeView>(window().bundlesPage(), u"content"_s);
        QVERIFY(content);
        QModelIndex store;
        QTRY_VERIFY_WITH_TIMEOUT((store = row(content->model(), u"system-mysql"_s)).isValid(), 15'000);
        content->expand(store);
        QTRY_VERIFY_WITH_TIMEOUT(row(content->model(), u"cinstances"_s).isValid(), 15'000);
        click(button(window().bundlesPage(), u"Verify"_s));
        QTest::qWait(3000);
        shot(&window(), u"15-bundles"_s);
    }

    void itIsComparedWithTheNamespace()
    {
        using State = models::CompareSession::State;
        // One row is edited by hand; all else is as it was.
        QVERIFY(m_sandbox.run({u"exec-in"_s, u"north/threescale"_s, u"system-mysql"_s, u"mysql"_s, u"-uroot"_s, u"system"_s, u"-e"_s, u"UPDATE accounts SET org_name = 'Edited by hand' ORDER BY id LIMIT 1"_s}));
        widgets::ComparePage* page = window().comparePage();
        models::CompareSession& session = page->session();
        // From the tree's menu, with a bundle that is still to be chosen.
        tree()->setCurrentIndex(inTree({u"north"_s, u"threescale"_s}));
        const auto actions = window().clustersPane()->actions();
        const auto compare = std::find_if(actions.begin(), actions.end(), [](const QAction* each) { return each->text() == u"Compare with a bundle…"; });
        QVERIFY(compare != actions.end() && (*compare)->isEnabled());
        (*compare)->trigger();
        QCOMPARE(window().currentPage(), MainWindow::Compare);
        QVERIFY(session.side(models::CompareSession::B).isLive());
        window().showPage(MainWindow::Bundles);

        click(visible<QAbstractButton>(window().bundlesPage(), u"compareBundles"_s));
        QTRY_COMPARE(window().currentPage(), MainWindow::Compare);
        QCOMPARE(session.side(models::CompareSession::A).bundle, m_bundle);
        // The namespace from the tree, which is hidden here until it is asked for.
        QTest::keyClick(&window(), Qt::Key_F9);
        const QModelIndex where = inTree({u"north"_s, u"threescale"_s});
        const std::unique_ptr<QMimeData> dragged(tree()->model()->mimeData({where}));
        QVERIFY(dragged);
        auto* side = page->findChild<QWidget*>(u"sideB"_s);
        QDragEnterEvent enter(side->rect().center(), Qt::CopyAction, dragged.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(side, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop(side->rect().center(), Qt::CopyAction, dragged.get(), Qt::LeftButton, Qt::NoModifier);
        QApplication::sendEvent(side, &drop);
        QTest::keyClick(&window(), Qt::Key_F9);
        QCOMPARE(session.state(), State::Ready);
        shot(&window(), u"29-compare-ready"_s);
        click(page->mainButton());
        QTRY_COMPARE(session.state(), State::Working);
        shot(&window(), u"30-compare-reading"_s);
        QTRY_VERIFY_WITH_TIMEOUT(session.state() != State::Working, 120'000);
        QVERIFY2(session.state() == State::Done, session.error() ? qPrintable(session.error()->message + u' ' + session.error()->detail) : "");
        QStringList found;
        for (const compare::Node* each : session.comparison()->differences())
            found.append(each->path);
        QVERIFY2(found == QStringList{u"system-mysql/table/accounts"_s}, qPrintable(found.join(u'\n')));
        auto* differences = visible<QTreeView>(page, u"differences"_s);
        differences->setCurrentIndex(row(differences->model(), u"accounts"_s));
        // It is read from the namespace once more, and so only when asked.
        auto* pane = page->findChild<widgets::DetailPane*>(u"detail"_s);
        QCOMPARE(pane->detail().state(), models::CompareDetail::State::Waiting);
        click(pane->findChild<QAbstractButton*>(u"openDetail"_s));
        QTRY_VERIFY_WITH_TIMEOUT(pane->detail().state() == models::CompareDetail::State::Done || pane->detail().error(), 60'000);
        QVERIFY2(!pane->detail().error(), pane->detail().error() ? qPrintable(pane->detail().error()->message + u' ' + pane->detail().error()->detail) : "");
        QCOMPARE(pane->detail().sides()->rowCount(), 1);
        QTest::qWait(300);
        shot(&window(), u"31-compare"_s);
        window().showPage(MainWindow::Bundles);
    }

    void itIsRestoredThroughEveryPage()
    {
        QVERIFY(m_sandbox.run({u"destroy"_s, u"north/threescale"_s, u"system-mysql"_s, u"system-storage"_s}));
        click(button(window().bundlesPage(), u"Restore…"_s));
        QTRY_COMPARE(window().currentPage(), MainWindow::Restore);
        widgets::RestorePage* page = window().restorePage();
        QAbstractButton* next = nullptr;
        QTRY_VERIFY((next = visible<QAbstractButton>(page, u"continue"_s)));
        // The bundle is chosen; so is the target, the bundle's own namespace.
        QTRY_VERIFY_WITH_TIMEOUT(visible<QAbstractItemView>(page, u"restoreTargets"_s), 15'000);
        QTRY_VERIFY(next->isEnabled());
        shot(&window(), u"16-restore-target"_s);
        click(next);
        QAbstractItemView* components = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((components = visible<QAbstractItemView>(page, u"restoreComponents"_s)), 10'000);
        click(visible<QAbstractButton>(page, u"chooseNone"_s));
        for (const QString& store : {u"system-mysql"_s, u"system-storage"_s})
            QVERIFY(components->model()->setData(row(components->model(), store), Qt::Checked, Qt::CheckStateRole));
        shot(&window(), u"17-restore-components"_s);
        QTRY_VERIFY(next->isEnabled());
        click(next);
        QAbstractItemView* checks = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((checks = visible<QAbstractItemView>(page, u"checks"_s)), 10'000);
        QTRY_VERIFY_WITH_TIMEOUT(checks->model()->rowCount() > 5, 60'000);
        QLineEdit* typed = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((typed = visible<QLineEdit>(page, u"typedName"_s)) && typed->isEnabled(), 60'000);
        auto* restore = visible<QAbstractButton>(page, u"restoreButton"_s);
        QVERIFY(restore && !restore->isEnabled());
        QTest::keyClick(&window(), Qt::Key_Return, Qt::ControlModifier); // never starts what overwrites
        QVERIFY(!lastRun());
        typed->setFocus();
        QTest::keyClicks(typed, u"threescal"_s);
        QVERIFY(!restore->isEnabled());
        QTest::keyClicks(typed, u"e"_s);
        QTRY_VERIFY(restore->isEnabled());
        shot(&window(), u"18-restore-check"_s);
        click(restore);
        models::RunState* run = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((run = lastRun()), 30'000);
        QTRY_COMPARE(window().currentPage(), MainWindow::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(run->percent() > 15 || ended(run), 120'000);
        shot(&window(), u"19-run-restore"_s);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 300'000);
        QVERIFY2(run->outcome()->state == run::Outcome::State::Done, qPrintable(why(run)));
        window().showPage(MainWindow::Restore);
        QTRY_VERIFY_WITH_TIMEOUT(visible<QWidget>(page, u"resultTitle"_s), 10'000);
        shot(&window(), u"20-restore-result"_s);
        QVERIFY(m_sandbox.run({u"exec-in"_s, u"north/threescale"_s, u"system-mysql"_s, u"sh"_s, u"-c"_s, u"mysql -uroot -BN system -e 'SELECT COUNT(*) > 0 FROM cinstances' | grep -qx 1"_s}));
    }

    void itsRecordIsReadyForTheBoard()
    {
        window().showPage(MainWindow::Runs);
        click(visible<QAbstractButton>(window().runsPage(), u"exportRecord"_s));
        QDialog* dialog = nullptr;
        QTRY_VERIFY((dialog = dialogOf(&window())));
        auto* preview = dialog->findChild<QTextBrowser*>();
        QTRY_VERIFY_WITH_TIMEOUT(preview->toPlainText().contains(u"equal to the bundle"_s), 30'000);
        shot(&window(), u"32-record"_s);
        dialog->reject();
        QTRY_VERIFY(!dialogOf(&window()));
    }
};

int main(int argc, char* argv[])
{
    return runOnSandbox<TestDesktop>(argc, argv);
}

#include "tst_desktop.moc"
