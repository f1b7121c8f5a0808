#include "widgets/clusters/addclusterdialog.h"
#include "widgets/clusters/clustersettingsdialog.h"
#include "widgets/clusters/clusterspane.h"
#include "widgets/clusters/clusterstree.h"
#include "widgets/clusters/namespacedialog.h"
#include "widgets/clusters/revealed.h"
#include "widgets/common/icons.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QMenu>
#include <QPointer>

/// What is done to the selected rows, in the menus of ClustersPane.
namespace scalekeep::widgets {

using models::ClusterItemKind;
using models::ClusterTreeModel;
using models::ConnectionState;
using namespace Qt::Literals::StringLiterals;

QAction* ClustersPane::makeAction(const QString& text, const QString& iconName, const QString& tip, void (ClustersPane::*slot)())
{
    auto* action = new QAction(text, this);
    if (!iconName.isEmpty())
        action->setIcon(icon(iconName));
    action->setToolTip(tip);
    action->setStatusTip(tip);
    connect(action, &QAction::triggered, this, slot);
    addAction(action);
    m_menu->addAction(action);
    return action;
}

void ClustersPane::makeActions()
{
    const auto separator = [this] {
        auto* line = new QAction(this);
        line->setSeparator(true);
        addAction(line);
        m_menu->addAction(line);
    };
    m_menu->setToolTipsVisible(true);
    m_add = makeAction(tr("Add to backup"), u"backup"_s, tr("Adds what is selected to the backup plan (Enter)"), &ClustersPane::addSelected);
    m_copy = makeAction(tr("Copy name"), u"copy"_s, tr("Copies the names of the selected rows"), &ClustersPane::copyName);
    m_reveal = makeAction(tr("Reveal value"), u"eye"_s, tr("Reads this key of the Secret once and shows it for ten seconds"), &ClustersPane::reveal);
    m_compare = makeAction(tr("Compare with a bundle…"), u"compare"_s, tr("Shows what differs between a bundle and this namespace as it is now"), &ClustersPane::compareSelected);
    m_lock = makeAction(tr("Lock…"), u"lock"_s, tr("Who holds this namespace, and what a lost run has left there"), &ClustersPane::showLock);
    m_lock->setObjectName(u"lock"_s);
    separator();
    m_refresh = makeAction(tr("Refresh selected"), u"refresh"_s, tr("Reads the selected namespaces and clusters again"), &ClustersPane::refreshSelected);
    m_namespace = makeAction(tr("Add namespace…"), u"namespace"_s, tr("For users who may not list the projects of the cluster"), &ClustersPane::addNamespace);
    separator();
    m_login = makeAction(tr("Log in again…"), u"lock"_s, tr("Renews the login; selection, plan and runs stay"), &ClustersPane::loginSelected);
    m_logout = makeAction(tr("Log out…"), u"logout"_s, tr("Removes the login from this computer and ends its token"), &ClustersPane::logoutSelected);
    m_settings = makeAction(tr("Cluster settings…"), u"settings"_s, tr("Colour, production, read only, namespaces"), &ClustersPane::showSettings);
    m_remove = makeAction(tr("Remove…"), u"trash"_s, tr("Takes the cluster out of the list"), &ClustersPane::removeSelected);
}

void ClustersPane::updateActions()
{
    const models::ClusterState* state = currentState();
    const bool connected = state && state->state == ConnectionState::Connected;
    m_add->setEnabled(!selectedComponents().isEmpty());
    m_copy->setEnabled(m_tree->selectionModel()->hasSelection());
    m_reveal->setEnabled(connected && m_tree->currentIndex().data(ClusterTreeModel::KindRole).toInt() == int(ClusterItemKind::SecretKey));
    m_compare->setEnabled(connected && !currentNamespace().name.isEmpty());
    m_lock->setEnabled(connected && !currentNamespace().name.isEmpty());
    m_refresh->setEnabled(state != nullptr);
    m_namespace->setEnabled(connected);
    m_login->setEnabled(state != nullptr);
    m_login->setText(state && state->state == ConnectionState::LoggedOut ? tr("Log in…") : tr("Log in again…"));
    m_logout->setEnabled(state && !state->cluster.tokenStore.isEmpty());
    m_settings->setEnabled(state != nullptr);
    m_remove->setEnabled(state != nullptr);
}

void ClustersPane::showMenu(const QPoint& pos)
{
    if (m_tree->indexAt(pos).isValid())
        m_menu->popup(m_tree->viewport()->mapToGlobal(pos));
}

void ClustersPane::addSelected()
{
    const QList<models::ComponentRef> components = selectedComponents();
    if (!components.isEmpty())
        Q_EMIT addRequested(components);
}

void ClustersPane::copyName()
{
    QStringList names;
    const QModelIndexList rows = m_tree->selectedSources();
    for (const QModelIndex& each : rows)
        names.append(each.data().toString());
    if (!names.isEmpty())
        QGuiApplication::clipboard()->setText(names.join(u'\n'));
}

void ClustersPane::reveal()
{
    const QPersistentModelIndex row = m_tree->currentIndex();
    const models::NamespaceRef where = currentNamespace();
    const QString secret = row.data(ClusterTreeModel::ObjectRole).toString(), key = row.data(ClusterTreeModel::KeyRole).toString();
    if (secret.isEmpty())
        return;
    m_reveal->setEnabled(false);
    m_hub.reveal(where, secret, key, this, [this, row, secret, key](const Result<Secret>& value) {
        updateActions();
        if (!value) {
            showError(this, tr("Reveal value"), value.error());
            return;
        }
        // The row may be gone or out of sight by now.
        const QRect place = row.isValid() ? m_tree->visualRect(row) : QRect();
        auto* shown = new Revealed(secret, key, *value, this);
        shown->showAt(m_tree->viewport()->mapToGlobal(place.isEmpty() ? QPoint(24, 24) : place.bottomLeft()));
    });
}

void ClustersPane::compareSelected()
{
    if (const models::NamespaceRef where = currentNamespace(); !where.name.isEmpty())
        Q_EMIT compareRequested(where);
}

void ClustersPane::showLock()
{
    if (const models::NamespaceRef where = currentNamespace(); !where.name.isEmpty())
        Q_EMIT lockRequested(where);
}

void ClustersPane::openDialog(AddClusterDialog* dialog)
{
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    // A new cluster is what the user wants to see next.
    connect(dialog, &AddClusterDialog::connected, this, [this](const QString& name) {
        const QModelIndex found = m_filter->mapFromSource(m_model->indexOf(name));
        if (found.isValid() && !m_tree->currentIndex().isValid())
            m_tree->setCurrentIndex(found);
        m_tree->setFocus();
    });
    dialog->open();
}

void ClustersPane::addCluster()
{
    openDialog(new AddClusterDialog(m_hub, window()));
}

void ClustersPane::importKubeconfig()
{
    auto* dialog = new AddClusterDialog(m_hub, window());
    dialog->showTab(AddClusterDialog::Kubeconfig);
    openDialog(dialog);
}

void ClustersPane::loginAgain(const QString& cluster)
{
    if (const models::ClusterState* state = m_hub.cluster(cluster))
        openDialog(new AddClusterDialog(m_hub, state->cluster, window()));
}

void ClustersPane::loginSelected()
{
    loginAgain(currentCluster());
}

void ClustersPane::logoutSelected()
{
    const models::ClusterState* state = currentState();
    if (!state)
        return;
    const QString name = state->cluster.name;
    const QString text = state->cluster.imported ? tr("The login is removed from this computer. The token came from a kubeconfig and stays valid.")
                                                 : tr("The login is removed from this computer and its token is ended at the cluster. A run on this cluster would stop before its next step.");
    ask(window(), tr("Log out of %1?").arg(name), text, tr("Log out"), ButtonKind::Primary, [this, name] {
        m_hub.logout(name, this, [this](const Result<void>& done) {
            if (!done)
                showError(window(), tr("Log out"), done.error());
        });
    });
}

void ClustersPane::addNamespace()
{
    if (const models::ClusterState* state = currentState()) {
        auto* dialog = new AddNamespaceDialog(m_hub, state->cluster.name, window());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    }
}

void ClustersPane::refreshSelected()
{
    QList<models::NamespaceRef> done;
    const QModelIndexList rows = m_tree->selectedSources();
    for (const QModelIndex& each : rows) {
        const models::NamespaceRef where = m_model->item(each).where;
        if (done.contains(where))
            continue;
        done.append(where);
        const models::ClusterState* state = m_hub.cluster(where.cluster);
        if (where.name.isEmpty() || !state || state->state != ConnectionState::Connected)
            m_hub.refresh(where.cluster);
        else
            m_hub.refresh(where);
    }
}

void ClustersPane::showSettings()
{
    if (const models::ClusterState* state = currentState()) {
        auto* dialog = new ClusterSettingsDialog(m_hub, state->cluster, window());
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->open();
    }
}

void ClustersPane::removeSelected()
{
    const QString name = currentCluster();
    if (name.isEmpty())
        return;
    ask(window(), tr("Remove %1 from the list?").arg(name), tr("Its login is removed from this computer. Nothing in the cluster is changed, and bundles stay."), tr("Remove"), ButtonKind::Primary, [this, name] {
        m_hub.remove(name, this, [this](const Result<void>& done) {
            if (!done)
                showError(window(), tr("Remove cluster"), done.error());
        });
    });
}

} // namespace scalekeep::widgets
