#pragma once

#include "engine/record/change.h"
#include "models/restore/restoresession.h"
#include "widgets/common/parts.h"

#include <QAbstractItemModel>
#include <QStackedWidget>

namespace scalekeep::widgets {

class BundleStep;
class CheckStep;
class ComponentsStep;
class Confirmation;
class ResultStep;
class StepBar;
class TargetStep;

/// The Restore page: bundle, target, components, check and confirm, run, result. Draws one models::RestoreSession, which decides everything.
/// GUI thread; the hubs outlive it.
class RestorePage : public Page {
    Q_OBJECT
public:
    RestorePage(models::ClusterHub& clusters, models::RunHub& runs, QWidget* parent = nullptr);
    ~RestorePage() override;

    /// Bundles to choose from; `pathRole` of column 0 gives the file's path. The model outlives the page.
    void setBundles(QAbstractItemModel* model, int pathRole);
    /// A restore of this bundle (empty: to be chosen), into this namespace (none: the bundle's own), with what a plan says was chosen. Starts nothing.
    void begin(const QString& bundlePath, const std::optional<models::NamespaceRef>& target, const QJsonObject& choices = {});
    [[nodiscard]] models::RestoreSession& session() { return *m_session; }

    void activated() override;
    void refresh() override;
    QAbstractButton* mainButton() override; ///< on to the next step; none where data would be overwritten
    void copyAsText() override;

Q_SIGNALS:
    void runStarted(scalekeep::models::RunState* run);
    void runWanted(scalekeep::models::RunState* run);   ///< show it on Runs
    void loginWanted(const QString& cluster);
    void lockWanted(const scalekeep::models::NamespaceRef& where); ///< who holds it; afterwards the session is told, see lockMayBeGone()

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void update();
    void showStep();
    void back();
    void next();
    void start();
    void dryRun();
    void editChange();
    void setChange(const record::Change& change);

    models::RestoreSession* m_session;
    StepBar* m_bar;
    ElidedLabel* m_contextBundle;
    QLabel* m_contextArrow;
    ElidedLabel* m_contextTarget;
    Chip* m_chip;
    QLabel* m_contextCount;
    QWidget* m_context;
    Banner* m_banner;
    QPushButton* m_login;
    QStackedWidget* m_stack;
    BundleStep* m_bundle;
    TargetStep* m_target;
    ComponentsStep* m_components;
    CheckStep* m_check;
    ResultStep* m_result;
    Confirmation* m_confirmation;
    ActionBar* m_actions;
    QPushButton* m_back;
    QPushButton* m_changeButton;
    QPushButton* m_dryRun;
    QPushButton* m_next;
    QPushButton* m_restore;
    record::Change m_change;             ///< that the restore is part of
};

} // namespace scalekeep::widgets
