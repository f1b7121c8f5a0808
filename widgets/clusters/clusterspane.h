#pragma once

#include "models/clusters/clusterfilter.h"
#include "widgets/common/parts.h"

class QMenu;
class QSettings;

namespace scalekeep::widgets {

class ClustersTree;

/// The clusters at the left of the window: head, filter, tree, and everything that is done to a cluster. Its actions() are for the menu *Cluster*.
/// The hub outlives it.
class ClustersPane : public QWidget {
    Q_OBJECT
public:
    explicit ClustersPane(models::ClusterHub& hub, QWidget* parent = nullptr);

    void addCluster();
    void importKubeconfig();
    /// The dialog for renewing this cluster's login; nothing in the tree changes meanwhile.
    void loginAgain(const QString& cluster);
    [[nodiscard]] ClustersTree* view() const { return m_tree; }
    [[nodiscard]] SearchField* filter() const { return m_filterField; }
    [[nodiscard]] models::ClusterTreeModel* model() const { return m_model; }
    /// What is selected and can be taken.
    [[nodiscard]] QList<models::ComponentRef> selectedComponents() const;

    void saveState(QSettings& settings) const;
    void restoreState(QSettings& settings);

public Q_SLOTS:
    void setPlanned(const QList<scalekeep::models::ComponentRef>& components);

Q_SIGNALS:
    void addRequested(const QList<scalekeep::models::ComponentRef>& components);
    void lockRequested(const scalekeep::models::NamespaceRef& where);
    void compareRequested(const scalekeep::models::NamespaceRef& where);
    void bundleDropped(const scalekeep::models::NamespaceRef& where, const QString& path);

private:
    void makeHead(QVBoxLayout* all);
    void makeActions();
    QAction* makeAction(const QString& text, const QString& iconName, const QString& tip, void (ClustersPane::*slot)());
    void updateActions();
    void updateEmpty();
    void showMenu(const QPoint& pos);
    void enter();
    void addSelected();
    void copyName();
    void reveal();
    void compareSelected();
    void showLock();
    void loginSelected();
    void logoutSelected();
    void addNamespace();
    void refreshSelected();
    void showSettings();
    void removeSelected();
    void openDialog(class AddClusterDialog* dialog);
    [[nodiscard]] QString currentCluster() const;
    [[nodiscard]] models::NamespaceRef currentNamespace() const; ///< its name is empty on a cluster
    [[nodiscard]] const models::ClusterState* currentState() const;

    models::ClusterHub& m_hub;
    models::ClusterTreeModel* m_model;
    models::ClusterFilter* m_filter;
    SearchField* m_filterField = nullptr;
    ClustersTree* m_tree = nullptr;
    EmptyState* m_empty = nullptr;
    QPushButton* m_clearFilter = nullptr;
    QMenu* m_menu;
    QAction *m_add = nullptr, *m_copy = nullptr, *m_reveal = nullptr, *m_compare = nullptr, *m_lock = nullptr, *m_login = nullptr, *m_logout = nullptr, *m_namespace = nullptr, *m_refresh = nullptr, *m_settings = nullptr,
            *m_remove = nullptr;
};

} // namespace scalekeep::widgets
