#include "widgets/main/mainwindow.h"

#include "models/backup/backupplan.h"
#include "models/backup/backupqueue.h"
#include "models/bundles/bundlejobs.h"
#include "models/bundles/bundlelibrary.h"
#include "models/common/components.h"
#include "models/run/runstate.h"
#include "widgets/backup/backuppage.h"
#include "widgets/bundles/bundlespage.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"
#include "widgets/compare/comparepage.h"
#include "widgets/main/programlogpane.h"
#include "widgets/main/modebar.h"
#include "widgets/main/settingsdialog.h"
#include "widgets/record/recorddialog.h"
#include "widgets/restore/restorepage.h"
#include "widgets/run/jobsindicator.h"
#include "widgets/run/lockdialog.h"
#include "widgets/run/runspage.h"
#include "widgets/run/runview.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QSystemTrayIcon>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::ProgramLog;

MainWindow::MainWindow(const models::Workplace& workplace, models::ClusterHub& clusters, models::RunHub& runs, models::ProgramLog& log, QSettings& settings, QWidget* parent)
    : QMainWindow(parent), m_workplace(workplace), m_clusters(clusters), m_runHub(runs), m_log(log), m_settings(settings), m_plan(new models::BackupPlan(clusters, this)), m_queue(new models::BackupQueue(clusters, runs, this)),
      m_library(new models::BundleLibrary(workplace, this)), m_bundleJobs(new models::BundleJobs(workplace, *m_library, this))
{
    setObjectName(u"mainWindow"_s);
    setWindowTitle(tr("Scalekeep"));
    setMinimumSize(1024, 700);
    setAcceptDrops(true);
    setDockOptions({});
    makePages();
    makeDocks();
    makeMenus();
    makeStatusBar();
    connectHubs();
    restoreWindow();
    updateConnections();
}

MainWindow::~MainWindow()
{
    hide(); // else ~QWidget does, and the dock tells slots of a window that is no MainWindow any more
}

void MainWindow::makePages()
{
    models::PlanOptions options = m_plan->content().options;
    options.folder = settings::bundleFolder(m_settings);
    m_plan->setOptions(options);
    m_library->addFolder(options.folder);
    m_backup = new BackupPage(*m_plan, *m_queue, this);
    m_bundles = new BundlesPage(m_workplace, *m_library, *m_bundleJobs, this);
    m_restore = new RestorePage(m_clusters, m_runHub, this);
    m_compare = new ComparePage(m_clusters, *m_library, this);
    m_runs = new RunsPage(m_runHub, this);
    m_stack = new QStackedWidget(this);
    for (Page* each : std::initializer_list<Page*>{m_backup, m_bundles, m_restore, m_compare, m_runs}) {
        // Else the widest page decides for all, and takes its width from the clusters tree.
        each->setMinimumWidth(640);
        m_stack->addWidget(each);
    }
    setCentralWidget(m_stack);

    m_modes = new ModeBar(this);
    addToolBar(Qt::LeftToolBarArea, m_modes);
    const std::array<std::tuple<QString, QString, QKeySequence>, PageCount> pages{{{tr("Backup"), u"backup"_s, Qt::CTRL | Qt::Key_1}, {tr("Bundles"), u"bundle"_s, Qt::CTRL | Qt::Key_2},
                                                                                  {tr("Restore"), u"restore"_s, Qt::CTRL | Qt::Key_3}, {tr("Compare"), u"compare"_s, Qt::CTRL | Qt::Key_4},
                                                                                  {tr("Runs"), u"runs"_s, Qt::CTRL | Qt::Key_5}}};
    for (int index = 0; index < PageCount; ++index) {
        const auto& [title, iconName, shortcut] = pages[size_t(index)];
        QAction* action = m_modes->addPage(title, iconName, shortcut);
        action->setShortcut(shortcut);
        connect(action, &QAction::triggered, this, [this, index] { showPage(PageIndex(index)); });
        m_pageActions.append(action);
    }
    connect(m_modes->addFoot(tr("Settings"), u"settings"_s), &QAction::triggered, this, &MainWindow::showSettings);

    const auto showRun = [this](models::RunState* run) {
        showPage(Runs);
        m_runs->show(run);
    };
    connect(m_backup, &BackupPage::runStarted, this, showRun);
    connect(m_backup, &BackupPage::showRunRequested, this, showRun);
    connect(m_backup, &BackupPage::addClusterRequested, this, [this] { m_clustersPane->addCluster(); });
    connect(m_backup, &BackupPage::importRequested, this, [this] { m_clustersPane->importKubeconfig(); });
    connect(m_backup, &BackupPage::openBundleRequested, this, [this] {
        showPage(Bundles);
        m_bundles->chooseBundle();
    });
    connect(m_backup, &BackupPage::message, this, [this](const QString& text) { m_log.add(ProgramLog::Level::Info, tr("Backup"), text); });
    connect(m_bundles, &BundlesPage::restoreRequested, this, [this](const QString& path) {
        showPage(Restore);
        m_restore->begin(path, std::nullopt);
    });
    connect(m_bundles, &BundlesPage::compareRequested, this, [this](const QStringList& paths) {
        showPage(Compare);
        m_compare->compare(paths);
    });
    connect(m_compare, &ComparePage::loginWanted, this, [this](const QString& cluster) { m_clustersPane->loginAgain(cluster); });
    m_restore->setBundles(m_library, models::BundleLibrary::Path);
    connect(m_restore, &RestorePage::runStarted, this, showRun);
    connect(m_restore, &RestorePage::runWanted, this, showRun);
    connect(m_restore, &RestorePage::loginWanted, this, [this](const QString& cluster) { m_clustersPane->loginAgain(cluster); });
    connect(m_restore, &RestorePage::lockWanted, this, &MainWindow::showLock);
    connect(m_runs, &RunsPage::showBundle, this, &MainWindow::openBundle);
    connect(m_runs, &RunsPage::recordWanted, this, [this](const QString& runId) {
        auto* dialog = new RecordDialog(m_clusters.workplace(), runId, this);
        connect(dialog, &RecordDialog::exported, this, [this](const QStringList& files) { m_log.add(ProgramLog::Level::Info, tr("Record"), tr("Written: %1").arg(files.join(u", "_s))); });
        dialog->open();
    });
    connect(m_runs, &RunsPage::resumeRequested, this, [this](const QString& id, bool lockWasRemoved) { continueRun(id, true, lockWasRemoved); });
    connect(m_runs, &RunsPage::undoRequested, this, [this](const QString& id, bool lockWasRemoved) { continueRun(id, false, lockWasRemoved); });
    connect(m_runs, &RunsPage::lockWanted, this, &MainWindow::showLock);
    connect(m_backup, &BackupPage::lockRequested, this, &MainWindow::showLock);
    connect(m_runs, &RunsPage::imported, this, [this](const QString& id) { m_log.add(ProgramLog::Level::Info, tr("Runs"), tr("Run %1 was imported.").arg(id)); });
    connect(m_runs, &RunsPage::restoreAgain, this, &MainWindow::runAgain);
    m_runs->chipOf = [this](const QString& name) {
        const models::ClusterState* state = m_clusters.cluster(name);
        const bool production = state && state->cluster.production;
        return RunsPage::ChipText{production ? tr("Production") : QString{}, theme::clusterColour(state ? state->cluster.colour : QString{})};
    };
}

const models::RunSummary* MainWindow::summary(const QString& runId) const
{
    const auto& all = m_runHub.summaries();
    const auto found = std::find_if(all.begin(), all.end(), [&runId](const models::RunSummary& each) { return each.runId == runId; });
    return found == all.end() ? nullptr : &*found;
}

/// The connection may come from the keychain, so it is asked for in the background.
void MainWindow::continueRun(const QString& runId, bool resume, bool lockWasRemoved)
{
    const models::RunSummary* run = summary(runId);
    if (!run)
        return;
    const QString cluster = run->cluster, namespaceName = run->namespaceName;
    const QString doing = resume ? tr("Resume the run") : tr("Undo the run");
    // It would put right what the run has begun, but by changing the cluster.
    const models::ClusterState* state = m_clusters.cluster(cluster);
    if (run->undoable && state && state->cluster.readOnly) {
        showError(this, doing, {ErrorCode::Usage, tr("%1 is marked read only, and the run would change it.").arg(cluster), {},
                                tr("Nothing was changed. To put right what the run has begun, first clear that mark in Cluster settings…, then press %1 again.").arg(resume ? tr("Resume") : tr("Undo…"))});
        return;
    }
    m_workplace.inBackground(this, [&logins = m_workplace.logins, cluster, namespaceName] { return logins.connection(cluster, namespaceName); },
                             [this, runId, resume, lockWasRemoved, doing](const Result<oc::Connection>& connection) {
                                 if (!connection) {
                                     showError(this, doing, connection.error());
                                     return;
                                 }
                                 m_runs->show(resume ? m_runHub.resume(runId, *connection, lockWasRemoved) : m_runHub.undo(runId, *connection, lockWasRemoved));
                             });
}

void MainWindow::showLock(const models::NamespaceRef& where)
{
    const models::ClusterState* state = m_clusters.cluster(where.cluster);
    auto* dialog = new LockDialog(m_workplace, m_runHub, where, state && state->cluster.readOnly, this);
    connect(dialog, &LockDialog::runWanted, this, [this](const QString& id) {
        showPage(Runs);
        m_runs->showRun(id);
    });
    connect(dialog, &QDialog::finished, this, [this, where] { m_restore->session().lockMayBeGone(where); });
    dialog->open();
}

/// The same choices once more; nothing starts by itself.
void MainWindow::runAgain(const QString& runId)
{
    // The one that is shown: it has been read, also if it is of an earlier session, and may have no id where it could not begin.
    const models::RunState* state = m_runs->view()->run();
    if (!state || state->runId() != runId)
        return;
    const plan::Plan plan = state->plan();
    const models::NamespaceRef where{plan.cluster, plan.namespaceName};
    if (plan.kind == u"restore") {
        showPage(Restore);
        m_restore->begin(plan.bundle, where, plan.choices);
        return;
    }
    QList<models::ComponentRef> components;
    for (const QJsonValue& id : plan.choices[u"components"].toArray())
        components.append({where, id.toString()});
    showPage(Backup);
    m_backup->add(components);
}

void MainWindow::showSettings()
{
    auto* dialog = new SettingsDialog(m_settings, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this] {
        const QString folder = settings::bundleFolder(m_settings);
        models::PlanOptions options = m_plan->content().options;
        options.folder = folder;
        m_plan->setOptions(options);
        m_library->addFolder(folder);
        m_backup->refresh();
    });
    dialog->open();
}

void MainWindow::showPlanned()
{
    QList<models::ComponentRef> planned;
    for (const models::Selection& selection : m_plan->content().selections) {
        for (const QString& component : selection.components)
            planned.append({selection.where, component});
    }
    m_clustersPane->setPlanned(planned);
}

void MainWindow::makeDocks()
{
    m_clustersPane = new ClustersPane(m_clusters, this);
    m_clustersDock = new QDockWidget(tr("Clusters"), this);
    m_clustersDock->setObjectName(u"clustersDock"_s);
    m_clustersDock->setFeatures(QDockWidget::NoDockWidgetFeatures);
    m_clustersDock->setTitleBarWidget(new QWidget(m_clustersDock)); // the pane has a head of its own
    m_clustersDock->setWidget(m_clustersPane);
    m_clustersPane->setMinimumWidth(240);
    addDockWidget(Qt::LeftDockWidgetArea, m_clustersDock);
    m_clustersShown = {true, true, true, false, false};

    m_logPane = new ProgramLogPane(m_log, m_workplace.home + u"/logs/scalekeep.log"_s, this);
    m_logPane->setMinimumHeight(96);
    m_logDock = new QDockWidget(tr("Log"), this);
    m_logDock->setObjectName(u"logDock"_s);
    m_logDock->setFeatures(QDockWidget::NoDockWidgetFeatures);
    m_logDock->setTitleBarWidget(new QWidget(m_logDock));
    m_logDock->setWidget(m_logPane);
    addDockWidget(Qt::BottomDockWidgetArea, m_logDock);
    setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
    m_logDock->hide();
    resizeDocks({m_clustersDock}, {320}, Qt::Horizontal);
    resizeDocks({m_logDock}, {190}, Qt::Vertical);

    connect(m_clustersPane, &ClustersPane::addRequested, this, [this](const QList<models::ComponentRef>& components) {
        showPage(Backup);
        m_backup->add(components);
    });
    connect(m_clustersPane, &ClustersPane::lockRequested, this, &MainWindow::showLock);
    connect(m_clustersPane, &ClustersPane::compareRequested, this, [this](const models::NamespaceRef& where) {
        showPage(Compare);
        m_compare->compareNamespace(where);
    });
    connect(m_clustersPane, &ClustersPane::bundleDropped, this, [this](const models::NamespaceRef& where, const QString& path) {
        showPage(Restore);
        m_restore->begin(path, where);
    });
    connect(m_plan, &models::BackupPlan::contentChanged, this, &MainWindow::showPlanned);
}

void MainWindow::makeStatusBar()
{
    m_connectionGlyph = new GlyphLabel(u"waiting"_s, 12, this);
    m_connections = new QLabel(this);
    m_connections->setFont(theme::smallFont());
    m_logSwitch = new QToolButton(this);
    m_logSwitch->setAutoRaise(true);
    m_logSwitch->setFont(theme::smallFont());
    m_logSwitch->setIcon(icon(u"terminal"_s));
    m_logSwitch->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    const auto showSwitch = [this] { m_logSwitch->setText(m_logDock->isHidden() ? tr("Show log  Ctrl+L") : tr("Hide log  Ctrl+L")); };
    showSwitch();
    connect(m_logSwitch, &QToolButton::clicked, this, [this] { m_logDock->setHidden(!m_logDock->isHidden()); });
    connect(m_logDock, &QDockWidget::visibilityChanged, this, showSwitch);
    auto* left = new QWidget(this);
    auto* layout = new QHBoxLayout(left);
    layout->setContentsMargins(8, 0, 8, 0);
    layout->setSpacing(6);
    layout->addWidget(m_connectionGlyph);
    layout->addWidget(m_connections);
    layout->addSpacing(8);
    auto* jobs = new JobsIndicator(m_runHub, this);
    connect(jobs, &JobsIndicator::clicked, this, [this](models::RunState* run) {
        showPage(Runs);
        m_runs->show(run);
    });
    layout->addWidget(jobs);
    layout->addStretch();
    statusBar()->setSizeGripEnabled(false);
    statusBar()->addWidget(left, 1);
    statusBar()->addPermanentWidget(m_logSwitch);
    if (QSystemTrayIcon::isSystemTrayAvailable())
        m_tray = new QSystemTrayIcon(qApp->windowIcon(), this);
}

void MainWindow::connectHubs()
{
    using models::ClusterHub;
    using models::RunHub;
    connect(&m_clusters, &ClusterHub::clustersChanged, this, &MainWindow::updateConnections);
    connect(&m_clusters, &ClusterHub::clusterChanged, this, &MainWindow::updateConnections);
    connect(&m_clusters, &ClusterHub::message, this, [this](const QString& text) { m_log.add(ProgramLog::Level::Info, {}, text); });
    connect(&m_clusters, &ClusterHub::loginExpired, this, [this](const QString& cluster) { m_log.add(ProgramLog::Level::Warning, cluster, tr("The login has expired. Log in again in the clusters tree; nothing that was selected or planned is lost.")); });
    connect(&m_clusters, &ClusterHub::loginRenewed, this, [this](const QString& cluster) { m_log.add(ProgramLog::Level::Info, cluster, tr("Logged in.")); });
    connect(&m_clusters, &ClusterHub::loginRenewed, &m_runHub, &RunHub::loginRenewed);
    connect(&m_runHub, &RunHub::loginLost, &m_clusters, &ClusterHub::loginLost);
    connect(&m_runHub, &RunHub::started, this, [this](models::RunState* run) {
        m_log.add(ProgramLog::Level::Info, run->title(), tr("Started."));
        updateRunning();
    });
    connect(&m_runHub, &RunHub::ended, this, &MainWindow::runEnded);
    connect(&m_runHub, &RunHub::summariesChanged, this, &MainWindow::updateBadge);
}

void MainWindow::runEnded(models::RunState* run)
{
    using State = run::Outcome::State;
    const auto& outcome = run->outcome();
    const bool good = outcome && outcome->state == State::Done;
    QString text = tr("Ended.");
    if (good)
        text = run->plan().kind == u"restore" ? tr("Restored and proven equal to the bundle.") : tr("Proven: %1").arg(run->writesTo());
    else if (outcome && outcome->state == State::FailedUnchanged)
        text = tr("Failed; nothing was changed in the cluster.");
    else if (outcome && outcome->state == State::FailedUndone)
        text = tr("Failed; everything that was begun has been undone.");
    else if (outcome)
        text = tr("The namespace is not as it was: resume or undo the run on the Runs page.");
    if (outcome && outcome->error)
        text += u' ' + outcome->error->message;
    m_log.add(good ? ProgramLog::Level::Info : ProgramLog::Level::Error, run->title(), text);
    updateRunning();
    if (run->progress(models::verifyBundleStep).state == models::StepState::Proven)
        m_library->setVerification(models::FileStamp::of(run->writesTo()), {run->finished(), true, {}});
    m_bundles->refresh();
    if (m_closing && outcome && outcome->state == State::NeedsAttention) {
        m_closing = false; // nobody would be told
        showPage(Runs);
        m_runs->show(run);
    }
    if (!isActiveWindow())
        notify(run->title(), text);
    if (m_closing && m_runHub.running().isEmpty())
        close();
}

void MainWindow::notify(const QString& title, const QString& text)
{
    QApplication::alert(this);
    if (!m_tray)
        return;
    m_tray->show();
    m_tray->showMessage(title, text);
    connect(m_tray, &QSystemTrayIcon::messageClicked, this, [this] { activateWindow(); }, Qt::UniqueConnection);
}

void MainWindow::updateConnections()
{
    int connected = 0, troubled = 0;
    for (const models::ClusterState& each : m_clusters.clusters()) {
        connected += each.state == models::ConnectionState::Connected;
        troubled += each.state == models::ConnectionState::LoginExpired || each.state == models::ConnectionState::Unreachable;
    }
    QString text = connected == 0 ? tr("No cluster connected") : connected == 1 ? tr("1 cluster connected") : tr("%1 clusters connected").arg(connected);
    if (troubled > 0)
        text += tr(", %1 not reachable or logged out").arg(troubled);
    m_connectionGlyph->setGlyph(troubled > 0 ? u"warning"_s : connected > 0 ? u"proven"_s : u"waiting"_s);
    m_connections->setText(text);
}

void MainWindow::updateRunning()
{
    QStringList written;
    const auto running = m_runHub.running();
    for (const models::RunState* run : running)
        written.append(run->writesTo());
    m_library->setBeingWritten(written);
    updateBadge();
}

void MainWindow::updateBadge()
{
    const qsizetype running = m_runHub.running().size();
    const auto& summaries = m_runHub.summaries();
    const bool attention = std::any_of(summaries.begin(), summaries.end(), [](const models::RunSummary& run) { return run.state == u"interrupted" || run.state == u"needs-attention"; });
    m_modes->setBadge(m_pageActions[Runs], running > 0 ? QString::number(running) : attention ? u"!"_s : QString{}, running == 0 && attention);
}

void MainWindow::showPage(PageIndex index)
{
    const int before = m_stack->currentIndex();
    if (before >= 0 && before < m_clustersShown.size())
        m_clustersShown[before] = !m_clustersDock->isHidden();
    const bool hadFocus = before >= 0 && focusIn(m_stack);
    m_stack->setCurrentIndex(index);
    m_pageActions[index]->setChecked(true);
    m_clustersDock->setVisible(m_clustersShown[index]);
    page()->activated();
    if (!hadFocus || focusIn(m_stack))
        return;
    // What had the focus is hidden now: Qt would give it to the mode bar.
    const auto views = page()->findChildren<QAbstractItemView*>();
    for (QAbstractItemView* view : views) {
        if (view->isVisibleTo(page()) && view->isEnabled()) {
            view->setFocus();
            return;
        }
    }
}

MainWindow::PageIndex MainWindow::currentPage() const { return PageIndex(m_stack->currentIndex()); }
Page* MainWindow::page() const { return static_cast<Page*>(m_stack->currentWidget()); }

void MainWindow::openBundle(const QString& path)
{
    showPage(Bundles);
    m_bundles->openBundle(path);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!models::bundlesIn(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    for (const QString& path : models::bundlesIn(event->mimeData()))
        openBundle(path);
}

void MainWindow::restoreWindow()
{
    m_settings.beginGroup(u"window"_s);
    if (!restoreGeometry(m_settings.value(u"geometry"_s).toByteArray()))
        resize(1280, 800);
    restoreState(m_settings.value(u"state"_s).toByteArray());
    for (int i = 0; i < PageCount; ++i)
        m_clustersShown[i] = m_settings.value(u"clusters%1"_s.arg(i), m_clustersShown[i]).toBool();
    const int last = m_settings.value(u"page"_s, Backup).toInt();
    m_settings.endGroup();
    for (int i = 0; i < PageCount; ++i)
        static_cast<Page*>(m_stack->widget(i))->restoreState(m_settings);
    m_clustersPane->restoreState(m_settings);
    m_stack->setCurrentIndex(last >= 0 && last < PageCount ? last : Backup);
    m_clustersDock->setVisible(m_clustersShown[m_stack->currentIndex()]);
    m_pageActions[m_stack->currentIndex()]->setChecked(true);
    page()->activated();
}

void MainWindow::saveWindow() const
{
    m_settings.beginGroup(u"window"_s);
    m_settings.setValue(u"geometry"_s, saveGeometry());
    m_settings.setValue(u"state"_s, saveState());
    m_settings.setValue(u"page"_s, m_stack->currentIndex());
    for (int i = 0; i < PageCount; ++i)
        m_settings.setValue(u"clusters%1"_s.arg(i), i == m_stack->currentIndex() ? !m_clustersDock->isHidden() : m_clustersShown[i]);
    m_settings.endGroup();
    for (int i = 0; i < PageCount; ++i)
        static_cast<const Page*>(m_stack->widget(i))->saveState(m_settings);
    m_clustersPane->saveState(m_settings);
    m_settings.sync();
}

} // namespace scalekeep::widgets
