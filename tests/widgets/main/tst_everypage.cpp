#include "ondesk.h"
#include "tests/cluster/httpsserver.h"
#include "tests/models/compare/comparesamples.h"
#include "tests/widgets/common/pseudolocale.h"
#include "tests/widgets/common/widgetaudit.h"
#include "widgets/bundles/extractdialog.h"
#include "widgets/clusters/addclusterdialog.h"
#include "widgets/clusters/clustersettingsdialog.h"
#include "widgets/clusters/namespacedialog.h"
#include "widgets/compare/comparepage.h"
#include "widgets/compare/detailpane.h"
#include "widgets/main/modebar.h"

#include <QDockWidget>
#include <QTableView>
#include <QTreeView>

using namespace scalekeep;
using namespace scalekeep::test;
using widgets::MainWindow;
using Step = models::RestoreSession::Step;

/// The whole window without a cluster: every page and dialog is looked at for names, cut texts and the Tab key, in English and in a language of long
/// words.
class TestEveryPage : public OnDesk {
    Q_OBJECT

    TestCertificate m_certificate;
    QStringList m_problems;

    /// Looks at a window as it stands and remembers what is wrong with it.
    void look(QWidget& at, const QString& what)
    {
        QTest::qWait(40);
        const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
        if (!folder.isEmpty())
            at.grab().save(QDir(folder).filePath(what + u".png"_s));
        // What comes from the background, and the heights of wrapped words, settle a moment after the page is shown.
        (void)QTest::qWaitFor([&at] { return auditWidgets(at).isEmpty(); }, 3'000);
        for (const QString& problem : auditWidgets(at)) {
            // The same head, tree and bars are on every page.
            if (!m_problems.contains(problem))
                m_problems << problem << u"      on "_s + what;
        }
    }

    /// The dialog that has been opened, looked at and closed again: by Esc, also out of a text.
    void lookAtDialog(const QString& what)
    {
        QDialog* dialog = nullptr;
        if (!QTest::qWaitFor([&] { return (dialog = dialogOf(&window())) != nullptr; }, 5'000)) {
            m_problems << what + u": did not open"_s;
            return;
        }
        look(*dialog, what);
        const auto texts = dialog->findChildren<QAbstractScrollArea*>();
        for (QAbstractScrollArea* text : texts) {
            if (text->isVisible() && (text->inherits("QTextEdit") || text->inherits("QPlainTextEdit")))
                text->setFocus();
        }
        const QPointer<QDialog> gone = dialog;
        press(Qt::Key_Escape);
        if (gone && gone->isVisible())
            m_problems << what + u": Esc does not close it"_s;
        if (gone)
            closeDialog(gone);
        (void)activate();
    }

    void lookAtEmptyPages()
    {
        QVERIFY(start(false));
        QTest::qWait(400); // what is ready on this computer
        look(window(), u"first-start"_s);
        window().showPage(MainWindow::Bundles);
        look(window(), u"bundles-empty"_s);
        window().showPage(MainWindow::Restore);
        look(window(), u"restore-empty"_s);
        window().showPage(MainWindow::Compare);
        look(window(), u"compare-empty"_s);
        window().showPage(MainWindow::Runs);
        look(window(), u"runs-empty"_s);
        QVERIFY(m_desk->end());
    }

    void lookAtBackup()
    {
        window().showPage(MainWindow::Backup);
        look(window(), u"backup-empty"_s);
        QVERIFY(planAll());
        look(window(), u"backup"_s);
        auto* log = window().findChild<QDockWidget*>(u"logDock"_s);
        log->show();
        look(window(), u"backup-log"_s);
        log->hide();
        auto* start = visible<QAbstractButton>(window().backupPage(), u"start"_s);
        QVERIFY(start && QTest::qWaitFor([start] { return start->isEnabled(); }, 5'000));
        click(visible<QAbstractButton>(window().backupPage(), u"dryRun"_s));
        QTRY_VERIFY(dialogOf(&window()));
        // Nobody is logged in: the answer says so.
        auto* found = dialogOf(&window())->findChild<QAbstractItemView*>();
        QTRY_VERIFY_WITH_TIMEOUT(found->model()->rowCount() > 0, 10'000);
        lookAtDialog(u"backup-dry-run"_s);
        click(start);
        const auto refused = [this] {
            const auto banners = window().backupPage()->findChildren<widgets::Banner*>();
            return std::any_of(banners.begin(), banners.end(), [](const widgets::Banner* each) { return each->isVisible(); });
        };
        QTRY_VERIFY_WITH_TIMEOUT(refused() && start->isEnabled(), 10'000);
        look(window(), u"backup-refused"_s);
    }

    void lookAtBundles()
    {
        window().showPage(MainWindow::Bundles);
        auto* library = visible<QAbstractItemView>(window().bundlesPage(), u"library"_s);
        QVERIFY(library);
        QTRY_COMPARE_WITH_TIMEOUT(library->model()->rowCount(), 2, 10'000);
        window().openBundle(m_desk->bundle());
        QTRY_COMPARE(window().bundlesPage()->currentBundle(), m_desk->bundle());
        auto* content = visible<QTreeView>(window().bundlesPage(), u"content"_s);
        QTRY_VERIFY_WITH_TIMEOUT(content->model()->rowCount() > 0, 10'000);
        content->expand(content->model()->index(0, 0));
        look(window(), u"bundles"_s);
        window().bundlesPage()->bundleActions().at(1)->trigger();
        QTRY_VERIFY(qobject_cast<widgets::ExtractDialog*>(dialogOf(&window())));
        lookAtDialog(u"extract"_s);
        window().bundlesPage()->nextProblem(true);
        look(window(), u"bundles-cut-off"_s);
    }

    void lookAtRestore()
    {
        window().showPage(MainWindow::Restore);
        models::RestoreSession& session = window().restorePage()->session();
        session.begin({}, {});
        session.openBundle(m_desk->bundle());
        QTRY_VERIFY(session.header().has_value());
        look(window(), u"restore-1"_s);
        session.goTo(Step::Target);
        look(window(), u"restore-2"_s);
        session.setTarget(models::NamespaceRef{u"north"_s, u"acme-api"_s});
        look(window(), u"restore-2-other"_s);
        session.setTarget(models::NamespaceRef{u"north"_s, u"threescale"_s});
        session.goTo(Step::Components);
        look(window(), u"restore-3"_s);
        session.setSafety(false);
        look(window(), u"restore-3-no-safety"_s);
        session.setSafety(true);
        session.goTo(Step::Check);
        QCOMPARE(session.step(), Step::Check);
        look(window(), u"restore-4-checking"_s);
        session.put(m_desk->preparation());
        QVERIFY(session.preparation());
        look(window(), u"restore-4"_s);
        auto* tabs = window().findChild<QTabWidget*>(u"restoreTabs"_s);
        for (int i = 1; i < tabs->count(); ++i) {
            tabs->setCurrentIndex(i);
            look(window(), u"restore-4-tab-%1"_s.arg(i));
        }
        click(visible<QAbstractButton>(window().restorePage(), u"dryRun"_s));
        lookAtDialog(u"restore-dry-run"_s);
    }

    void lookAtCompare()
    {
        using State = models::CompareSession::State;
        const QString folder = m_desk->home() + u"/compared"_s;
        QVERIFY(QDir().mkpath(folder));
        const QString before = folder + u"/before.scalekeep.tar"_s, after = folder + u"/after.scalekeep.tar"_s;
        samples::writeBundle(before, {.started = samples::before}, samples::streamsBefore());
        samples::writeBundle(after, {.started = samples::after}, samples::streamsAfter());
        window().showPage(MainWindow::Compare);
        widgets::ComparePage* page = window().comparePage();
        models::CompareSession& session = page->session();
        session.setSides({before, {}}, {});
        look(window(), u"compare-one"_s);
        page->compare({after, before});
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Done, 20'000);
        auto* tree = visible<QTreeView>(page, u"differences"_s);
        QVERIFY(tree);
        auto* pane = page->findChild<widgets::DetailPane*>(u"detail"_s);
        // One of each kind: rows, lines, a secret; one stays pinned.
        for (const auto& [name, what] : {std::pair{u"system-environment"_s, u"compare-lines"_s}, {u"system-recaptcha"_s, u"compare-secret"_s}, {u"cinstances"_s, u"compare-rows"_s}}) {
            tree->setCurrentIndex(row(tree->model(), name));
            QTRY_COMPARE_WITH_TIMEOUT(pane->detail().state(), models::CompareDetail::State::Done, 20'000);
            look(window(), what);
            if (name == u"system-environment"_s)
                click(page->findChild<QPushButton*>(u"pin"_s));
        }
        click(page->findChild<QPushButton*>(u"timeline"_s));
        look(window(), u"compare-timeline"_s);
        click(page->findChild<QPushButton*>(u"growthAsTable"_s));
        look(window(), u"compare-growth-table"_s);
        click(page->findChild<QPushButton*>(u"timeline"_s));
        page->filter()->setText(u"no such thing"_s);
        QTRY_COMPARE(tree->model()->rowCount(), 0);
        look(window(), u"compare-nothing-matches"_s);
        page->filter()->clear();
        click(page->findChild<QPushButton*>(u"rules"_s));
        lookAtDialog(u"noise-rules"_s);
        window().resize(1024, 700);
        QTest::qWait(100);
        look(window(), u"compare-narrow"_s);
        window().resize(1280, 800);
        session.setSide(models::CompareSession::B, {{}, {u"north"_s, u"threescale"_s}});
        look(window(), u"compare-ready"_s);
        click(page->mainButton());
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), State::Failed, 20'000);
        look(window(), u"compare-failed"_s);
    }

    void lookAtRuns()
    {
        window().showPage(MainWindow::Runs);
        auto* list = visible<QTableView>(window().runsPage(), u"runsTable"_s);
        QVERIFY(list);
        QTRY_COMPARE(list->model()->rowCount(), 3);
        for (int i = 0; i < 3; ++i) {
            list->setCurrentIndex(list->model()->index(i, 0));
            QTest::qWait(150); // the journal is read in the background
            look(window(), u"run-%1"_s.arg(i));
        }
        RunWorld::Gate& gate = m_desk->gate();
        models::RunState* run = m_desk->startRun(gate);
        QTRY_VERIFY(run->progress(u"mysql"_s).state == models::StepState::Running);
        QTest::qWait(400);
        look(window(), u"run-live"_s);
        window().close();
        QVERIFY2(window().isVisible(), "closed over a run");
        lookAtDialog(u"close-question"_s);
        gate.open();
        QTRY_VERIFY_WITH_TIMEOUT(run->phase() == models::RunState::Phase::Ended, 20'000);
        look(window(), u"run-done"_s);
    }

    void lookAtLogin()
    {
        for (int tab = 0; tab < 4; ++tab) {
            auto* dialog = new widgets::AddClusterDialog(m_desk->program().clusters(), &window());
            dialog->setAttribute(Qt::WA_DeleteOnClose);
            dialog->showTab(widgets::AddClusterDialog::Tab(tab));
            dialog->open();
            QTest::qWait(200); // where the login would be kept
            lookAtDialog(u"add-cluster-%1"_s.arg(tab));
        }
        const HttpsServer server(m_certificate, [](const HttpsServer::Request&) { return HttpsServer::json("{}", "401 Unauthorized"); });
        auto* dialog = new widgets::AddClusterDialog(m_desk->program().clusters(), &window());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->showTab(widgets::AddClusterDialog::Token);
        dialog->open();
        visible<QLineEdit>(dialog, u"tokenServer"_s)->setText(u"https://127.0.0.1:%1"_s.arg(server.port()));
        visible<QLineEdit>(dialog, u"token"_s)->setText(u"sha256~refused"_s);
        visible<QLineEdit>(dialog, u"clusterName"_s)->setText(u"dr-eu"_s);
        auto* connectButton = visible<QAbstractButton>(dialog, u"connect"_s);
        click(connectButton);
        QLineEdit* expected = nullptr;
        QTRY_VERIFY_WITH_TIMEOUT((expected = visible<QLineEdit>(dialog, u"expectedFingerprint"_s)), 10'000);
        look(*dialog, u"certificate"_s);
        expected->setText(u"00:11"_s);
        look(*dialog, u"certificate-different"_s);
        expected->clear();
        click(connectButton);
        QTRY_VERIFY_WITH_TIMEOUT(visible<QWidget>(dialog, u"loginProblem"_s), 10'000);
        look(*dialog, u"login-refused"_s);
        closeDialog(dialog);
        window().clustersPane()->loginAgain(u"south"_s);
        lookAtDialog(u"login-again"_s);
    }

    void lookAtDialogs()
    {
        models::ClusterHub& hub = m_desk->program().clusters();
        auto* name = new widgets::AddNamespaceDialog(hub, u"north"_s, &window());
        name->setAttribute(Qt::WA_DeleteOnClose);
        name->open();
        lookAtDialog(u"add-namespace"_s);
        auto* cluster = new widgets::ClusterSettingsDialog(hub, hub.cluster(u"north"_s)->cluster, &window());
        cluster->setAttribute(Qt::WA_DeleteOnClose);
        cluster->open();
        lookAtDialog(u"cluster-settings"_s);
        m_desk->tree()->setCurrentIndex(rowAt(m_desk->tree()->model(), {u"north"_s, u"threescale"_s}));
        actionOf(*window().clustersPane(), u"lock"_s)->trigger();
        QTRY_VERIFY(dialogOf(&window()) && dialogOf(&window())->findChild<QPushButton*>(u"lockAgain"_s)->isEnabled()); // nobody is logged in: it says so
        lookAtDialog(u"lock"_s);
        click(window().findChild<QToolBar*>(u"modeBar"_s)->findChildren<QToolButton*>().last());
        lookAtDialog(u"settings"_s);
        press(Qt::Key_F1);
        lookAtDialog(u"help"_s);
        const Error error{ErrorCode::RemoteFailed, u"The pod ended the command."_s, u"command terminated with exit code 137"_s, u"Give the pod more memory and start again."_s};
        widgets::showError(&window(), u"Reading a value"_s, error);
        auto* details = visible<QToolButton>(dialogOf(&window()), u"details"_s);
        QVERIFY(details);
        details->setChecked(true);
        lookAtDialog(u"error"_s);
        widgets::ask(&window(), u"Log out of north?"_s, u"The login is removed from this computer."_s, u"Log out"_s, widgets::ButtonKind::Danger, {});
        lookAtDialog(u"question"_s);
    }

private Q_SLOTS:
    void initTestCase()
    {
        setUp();
        m_certificate = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}});
    }
    void cleanup() { tidy(); }

    void everythingHasANameAndRoom_data()
    {
        QTest::addColumn<bool>("longWords");
        QTest::newRow("English") << false;
        QTest::newRow("long words") << true;
    }

    void everythingHasANameAndRoom()
    {
        QFETCH(const bool, longWords);
        PseudoTranslator translator;
        if (longWords)
            QCoreApplication::installTranslator(&translator);
        m_problems.clear();
        for (const auto& part : {&TestEveryPage::lookAtEmptyPages, &TestEveryPage::lookAtBackup, &TestEveryPage::lookAtBundles, &TestEveryPage::lookAtRestore, &TestEveryPage::lookAtCompare, &TestEveryPage::lookAtRuns, &TestEveryPage::lookAtLogin,
                                 &TestEveryPage::lookAtDialogs}) {
            if (part == &TestEveryPage::lookAtBackup)
                QVERIFY(start(true));
            (this->*part)();
            if (QTest::currentTestFailed())
                break;
        }
        for (const QString& problem : std::as_const(m_problems)) // one by one: Qt Test cuts long messages
            qWarning("%s", qPrintable(problem));
        QVERIFY2(m_problems.isEmpty(), "see above");
    }
};

QTEST_MAIN(TestEveryPage)
#include "tst_everypage.moc"
