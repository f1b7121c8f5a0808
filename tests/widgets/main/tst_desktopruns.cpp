#include "onsandbox.h"

#include <QClipboard>
#include <QLineEdit>

using namespace scalekeep;
using namespace scalekeep::test;
using widgets::MainWindow;

/// What befalls runs in the whole program, on two real sandbox clusters. The parts build on each other; tst_desktop is what goes before.
class TestDesktopRuns : public OnSandbox {
    Q_OBJECT

    /// As `edit`, without the dialog (tst_desktop goes through it), until the installation is in the tree.
    bool logIn(const QString& cluster)
    {
        models::LoginRequest request;
        request.name = cluster;
        request.server = m_sandbox.server(cluster);
        request.token = m_sandbox.token(cluster, u"edit"_s);
        request.trust = m_sandbox.trust(cluster);
        m_program->clusters().login(request, &window(), [cluster](const Result<void>& done) {
            if (!done)
                qWarning("%s: %s", qPrintable(cluster), qPrintable(done.error().message));
        });
        return QTest::qWaitFor([&] { return rowAt(tree()->model(), {cluster, u"threescale"_s, u"Data"_s, u"backend-redis"_s}).isValid(); }, 90'000);
    }

    /// Puts components into the plan by keyboard and starts.
    models::RunState* startBackup(const QStringList& stores)
    {
        window().showPage(MainWindow::Backup);
        if (QAbstractItemView* view = plan()) {
            view->setFocus();
            view->selectAll();
            QTest::keyClick(view, Qt::Key_Delete);
        }
        tree()->clearSelection();
        for (const QString& store : stores) {
            const QModelIndex index = inTree({u"north"_s, u"threescale"_s, u"Data"_s, store});
            tree()->selectionModel()->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
            tree()->selectionModel()->setCurrentIndex(index, QItemSelectionModel::NoUpdate);
        }
        tree()->setFocus();
        QTest::keyClick(tree(), Qt::Key_Return);
        auto* start = visible<QAbstractButton>(window().backupPage(), u"start"_s);
        if (!QTest::qWaitFor([start] { return start->isEnabled(); }, 20'000))
            return nullptr;
        QTest::mouseClick(start, Qt::LeftButton);
        models::RunState* run = nullptr;
        (void)QTest::qWaitFor([&] { return (run = lastRun()) != nullptr; }, 60'000);
        return run;
    }

private Q_SLOTS:
    void initTestCase()
    {
        setUp();
        if (QTest::currentTestFailed())
            return;
        QVERIFY(logIn(u"north"_s));
        QVERIFY(logIn(u"south"_s));
    }
    void cleanup() { tidy(); }
    void cleanupTestCase() { end(); }

    void aRunCanBePausedAndCancelled()
    {
        models::RunState* run = startBackup({u"system-mysql"_s});
        QVERIFY(run);
        run->pause(true);
        QTRY_VERIFY_WITH_TIMEOUT(run->phase() == models::RunState::Phase::Paused || ended(run), 60'000);
        QVERIFY(!ended(run));
        shot(&window(), u"21-run-paused"_s);
        click(button(window().runsPage(), u"Cancel…"_s));
        QTRY_VERIFY_WITH_TIMEOUT(dialogOf(&window()), 5'000);
        shot(&window(), u"22-run-cancel"_s);
        const auto buttons = dialogOf(&window())->findChildren<QAbstractButton*>();
        QAbstractButton* yes = nullptr;
        for (QAbstractButton* each : buttons) {
            if (each->text().remove(u'&').startsWith(u"Cancel "))
                yes = each;
        }
        click(yes);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 60'000);
        QVERIFY2(run->outcome()->state == run::Outcome::State::FailedUnchanged, qPrintable(why(run)));
        QVERIFY(!QFile::exists(run->writesTo()));
        QTest::qWait(300);
        shot(&window(), u"23-run-cancelled"_s);
    }

    void aLoginThatExpiresIsRenewedInPlace()
    {
        inTree({u"north"_s, u"threescale"_s, u"Data"_s, u"backend-redis"_s});
        models::RunState* run = startBackup({u"backend-redis"_s, u"system-redis"_s});
        QVERIFY(run);
        run->pause(true);
        QTRY_VERIFY_WITH_TIMEOUT(run->phase() == models::RunState::Phase::Paused || ended(run), 60'000);
        QVERIFY(m_sandbox.run({u"expire-token"_s, u"--cluster"_s, u"north"_s}));
        run->pause(false);
        QTRY_VERIFY_WITH_TIMEOUT(run->phase() == models::RunState::Phase::WaitingForLogin || ended(run), 60'000);
        QVERIFY2(!ended(run), qPrintable(ended(run) ? why(run) : QString{}));
        QTRY_COMPARE_WITH_TIMEOUT(m_program->clusters().cluster(u"north"_s)->state, models::ConnectionState::LoginExpired, 30'000);
        window().showPage(MainWindow::Backup);
        QVERIFY(row(plan()->model(), u"system-redis"_s).isValid()); // the plan stays
        shot(&window(), u"24-login-expired"_s);
        QVERIFY(m_sandbox.run({u"renew-token"_s}));
        window().clustersPane()->loginAgain(u"north"_s);
        QDialog* dialog = nullptr;
        QTRY_VERIFY((dialog = dialogOf(&window())));
        shot(&window(), u"25-login-again"_s);
        auto* line = visible<QLineEdit>(dialog, u"loginLine"_s);
        QVERIFY(line);
        QApplication::clipboard()->setText(u"oc login --token=%1 --server=%2"_s.arg(QString::fromUtf8(m_sandbox.token(u"north"_s, u"edit"_s).reveal()), m_sandbox.server(u"north"_s).toString()));
        line->paste();
        auto* connectButton = visible<QAbstractButton>(dialog, u"connect"_s);
        QTRY_VERIFY(connectButton->isEnabled());
        click(connectButton);
        QTRY_VERIFY_WITH_TIMEOUT(!dialogOf(&window()), 30'000);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 120'000);
        QVERIFY2(run->outcome()->state == run::Outcome::State::Done, qPrintable(why(run)));
    }

    void aFailedRunSaysWhatHappened()
    {
        QVERIFY(m_sandbox.run({u"fault"_s, u"add"_s, u"truncate"_s, u"--verb"_s, u"exec"_s, u"--contains"_s, u"mysqldump"_s, u"--bytes"_s, u"3000"_s}));
        models::RunState* run = startBackup({u"system-mysql"_s});
        QVERIFY(run);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 120'000);
        QVERIFY(m_sandbox.run({u"fault"_s, u"clear"_s}));
        QVERIFY2(run->outcome()->state == run::Outcome::State::FailedUnchanged, qPrintable(why(run)));
        QTest::qWait(300);
        shot(&window(), u"26-run-failed"_s);
    }

    void closingDuringARunAsks()
    {
        models::RunState* run = startBackup({u"system-mysql"_s});
        QVERIFY(run);
        run->pause(true);
        window().close();
        QVERIFY(window().isVisible());
        QTRY_VERIFY(dialogOf(&window()));
        shot(&window(), u"27-close-during-run"_s);
        dialogOf(&window())->reject();
        QVERIFY(!ended(run));
        run->pause(false);
        QTRY_VERIFY_WITH_TIMEOUT(ended(run), 180'000);
    }

    void aRestartRemembersAndOffersTheInterruptedRun()
    {
        // A run whose program was killed: its journal has a begin and no end.
        const QString runs = m_sandbox.state() + u"/runs"_s;
        const QStringList ids = QDir(runs).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
        QVERIFY(!ids.isEmpty());
        window().showPage(MainWindow::Bundles);
        window().close();
        QVERIFY(!window().isVisible());
        m_program.reset();
        QFile journal(u"%1/%2/journal.jsonl"_s.arg(runs, ids.last()));
        QVERIFY(journal.open(QIODevice::ReadWrite));
        QByteArray text = journal.readAll();
        text.truncate(text.lastIndexOf('\n', text.size() - 2) + 1); // without run-finished
        text.truncate(text.lastIndexOf('\n', text.size() - 2) + 20);
        journal.resize(0);
        journal.write(text);
        journal.close();

        m_program = std::make_unique<Program>(m_sandbox.state());
        QVERIFY(QTest::qWaitForWindowExposed(&window()));
        QCOMPARE(window().currentPage(), MainWindow::Bundles);
        QTRY_VERIFY_WITH_TIMEOUT(rowAt(tree()->model(), {u"south"_s, u"threescale"_s, u"Data"_s}).isValid(), 60'000);
        window().showPage(MainWindow::Runs);
        QTRY_VERIFY_WITH_TIMEOUT(std::any_of(m_program->runs().summaries().begin(), m_program->runs().summaries().end(), [&](const models::RunSummary& run) { return run.runId == ids.last() && run.state == u"interrupted"; }), 20'000);
        window().runsPage()->showRun(ids.last());
        QTRY_VERIFY_WITH_TIMEOUT(button(window().runsPage(), u"Undo"_s) || button(window().runsPage(), u"Resume"_s), 20'000);
        shot(&window(), u"28-run-interrupted"_s);
    }
};

int main(int argc, char* argv[])
{
    return runOnSandbox<TestDesktopRuns>(argc, argv);
}

#include "tst_desktopruns.moc"
