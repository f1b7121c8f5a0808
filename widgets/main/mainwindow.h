#pragma once

#include "models/clusters/clusterhub.h"
#include "models/common/programlog.h"
#include "models/run/runhub.h"
#include "widgets/common/parts.h"

#include <QMainWindow>

namespace scalekeep::models {
class BackupPlan;
class BackupQueue;
class BundleJobs;
class BundleLibrary;
}

class QDockWidget;
class QSettings;
class QStackedWidget;
class QSystemTrayIcon;

namespace scalekeep::widgets {

class BackupPage;
class BundlesPage;
class ClustersPane;
class ComparePage;
class ProgramLogPane;
class ModeBar;
class RestorePage;
class RunsPage;

/// The window: pages, clusters tree, log, status bar, and the wiring between them. What it is given outlives it.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    enum PageIndex { Backup, Bundles, Restore, Compare, Runs, PageCount };

    MainWindow(const models::Workplace& workplace, models::ClusterHub& clusters, models::RunHub& runs, models::ProgramLog& log, QSettings& settings, QWidget* parent = nullptr);
    ~MainWindow() override;

    void showPage(PageIndex page);
    [[nodiscard]] PageIndex currentPage() const;
    /// A bundle from the command line or the file manager.
    void openBundle(const QString& path);
    [[nodiscard]] ClustersPane* clustersPane() const { return m_clustersPane; }
    [[nodiscard]] BackupPage* backupPage() const { return m_backup; }
    [[nodiscard]] BundlesPage* bundlesPage() const { return m_bundles; }
    [[nodiscard]] RestorePage* restorePage() const { return m_restore; }
    [[nodiscard]] ComparePage* comparePage() const { return m_compare; }
    [[nodiscard]] RunsPage* runsPage() const { return m_runs; }

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void makePages();
    void makeDocks();
    void makeMenus();
    void makeStatusBar();
    void connectHubs();
    void restoreWindow();
    void saveWindow() const;
    [[nodiscard]] Page* page() const;
    [[nodiscard]] bool focusIn(const QWidget* pane) const;
    void find();
    void refresh();
    void copyAsText();
    void cyclePanes(bool forward);
    void updateConnections();
    void updateRunning();
    void updateBadge();
    void runEnded(models::RunState* run);
    void notify(const QString& title, const QString& text);
    void showSettings();
    [[nodiscard]] const models::RunSummary* summary(const QString& runId) const;
    void continueRun(const QString& runId, bool resume, bool lockWasRemoved);
    void showLock(const models::NamespaceRef& where);
    void runAgain(const QString& runId);
    void showPlanned();
    void askBeforeClosing();

    const models::Workplace& m_workplace;
    models::ClusterHub& m_clusters;
    models::RunHub& m_runHub;
    models::ProgramLog& m_log;
    QSettings& m_settings;

    models::BackupPlan* m_plan;
    models::BackupQueue* m_queue;
    models::BundleLibrary* m_library;
    models::BundleJobs* m_bundleJobs;

    ModeBar* m_modes = nullptr;
    QList<QAction*> m_pageActions;
    QStackedWidget* m_stack = nullptr;
    QDockWidget* m_clustersDock = nullptr;
    QDockWidget* m_logDock = nullptr;
    ClustersPane* m_clustersPane = nullptr;
    ProgramLogPane* m_logPane = nullptr;
    BackupPage* m_backup = nullptr;
    BundlesPage* m_bundles = nullptr;
    RestorePage* m_restore = nullptr;
    ComparePage* m_compare = nullptr;
    RunsPage* m_runs = nullptr;
    GlyphLabel* m_connectionGlyph = nullptr;
    QLabel* m_connections = nullptr;
    QToolButton* m_logSwitch = nullptr;
    QSystemTrayIcon* m_tray = nullptr;
    QList<bool> m_clustersShown;     ///< by page, as the user left it
    bool m_closing = false;          ///< waiting for runs to end before the window goes
};

} // namespace scalekeep::widgets
