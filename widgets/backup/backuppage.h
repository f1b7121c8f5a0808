#pragma once

#include "engine/record/change.h"
#include "models/backup/backupqueue.h"
#include "widgets/common/parts.h"

class QAction;
class QSplitter;
class QStackedWidget;

namespace scalekeep::widgets {

class Commands;
class Completeness;
class Destination;
class DropZone;
class EmptyState;
class FirstStart;
class PlanView;
class SavedPlans;

/// The Backup page: the plan, how complete it is, where it goes, its commands; the first steps while there is no cluster. Services outlive it.
class BackupPage : public Page {
    Q_OBJECT
public:
    BackupPage(models::BackupPlan& plan, models::BackupQueue& queue, QWidget* parent = nullptr);

    /// Enter in the clusters tree: adds, selects and shows them; says why not, when nothing can be added.
    void add(const QList<models::ComponentRef>& components);
    void dryRun();
    void start();
    /// For the window's menus: Ctrl+Z, Ctrl+Shift+Z, Ctrl+S. They work while the page is visible.
    [[nodiscard]] QAction* undoAction() const { return m_undo; }
    [[nodiscard]] QAction* redoAction() const { return m_redo; }
    [[nodiscard]] QAction* saveAction() const { return m_save; }

    void saveState(QSettings& settings) const override;
    void restoreState(QSettings& settings) override;
    void activated() override;
    void refresh() override;
    QAbstractButton* mainButton() override { return m_start; }
    void copyAsText() override;

Q_SIGNALS:
    void addClusterRequested();
    void importRequested();
    void openBundleRequested();
    void runStarted(scalekeep::models::RunState* run);
    void showRunRequested(scalekeep::models::RunState* run);
    void lockRequested(const scalekeep::models::NamespaceRef& where);
    void message(const QString& text);            ///< one line for the status bar

private:
    QWidget* makePlanPage();
    void remove(const QList<models::ComponentRef>& components);
    void editChange();
    void setChange(const record::Change& change);
    void showPlan();
    void showActions();
    void showQueue();
    void showRefusal(const models::BackupPreparation& preparation);
    void showFirst();
    [[nodiscard]] const models::PlanGroup* currentGroup() const;

    models::BackupPlan& m_plan;
    models::BackupQueue& m_queue;
    QStackedWidget* m_pages;
    FirstStart* m_first;
    SavedPlans* m_saved;
    QPushButton* m_undoButton;
    Banner* m_refused;
    QPushButton* m_lock;
    QPushButton* m_details;
    Banner* m_running;
    QPushButton* m_show;
    QPushButton* m_cancel;
    Completeness* m_completeness;
    PlanView* m_view;
    EmptyState* m_empty;
    DropZone* m_zone;
    Destination* m_destination;
    Commands* m_commands;
    ActionBar* m_bar;
    QPushButton* m_changeButton;
    QPushButton* m_dry;
    QPushButton* m_start;
    QAction* m_undo;
    QAction* m_redo;
    QAction* m_save;
    QList<models::BackupPreparation> m_refusals;
    record::Change m_change;             ///< that the next backups are part of
};

} // namespace scalekeep::widgets
