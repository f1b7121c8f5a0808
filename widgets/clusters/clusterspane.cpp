#include "widgets/clusters/clusterspane.h"

#include "widgets/clusters/clusterstree.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMenu>
#include <QScrollBar>
#include <QSettings>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using models::ClusterItemKind;
using models::ClusterTreeModel;
using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int longestFilter = 200;

QFrame* line(QWidget* parent)
{
    auto* frame = new QFrame(parent);
    frame->setFrameShape(QFrame::HLine);
    frame->setFrameShadow(QFrame::Plain);
    frame->setForegroundRole(QPalette::Mid);
    frame->setFixedHeight(1);
    return frame;
}
} // namespace

ClustersPane::ClustersPane(models::ClusterHub& hub, QWidget* parent)
    : QWidget(parent), m_hub(hub), m_model(new ClusterTreeModel(hub, this)), m_filter(new models::ClusterFilter(m_model, this)), m_menu(new QMenu(this))
{
    setObjectName(u"clusters"_s);
    setAccessibleName(tr("Clusters"));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    makeHead(all);
    m_tree = new ClustersTree(m_model, m_filter, this);
    all->addWidget(m_tree, 1);
    m_empty = EmptyState::over(m_tree, u"cluster"_s, {}, {});
    m_clearFilter = m_empty->addAction(tr("Clear filter"));
    connect(m_clearFilter, &QPushButton::clicked, this, [this] {
        m_filterField->clear();
        m_filterField->setFocus();
    });
    updateEmpty();
    makeActions();

    connect(m_filterField, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_tree->setFilterText(text.trimmed());
        updateEmpty();
    });
    connect(m_tree, &ClustersTree::enterPressed, this, &ClustersPane::enter);
    connect(m_tree, &ClustersTree::loginWanted, this, &ClustersPane::loginAgain);
    connect(m_tree, &QWidget::customContextMenuRequested, this, &ClustersPane::showMenu);
    connect(m_tree->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ClustersPane::updateActions);
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &ClustersPane::updateActions);
    connect(m_model, &ClusterTreeModel::bundleDropped, this, &ClustersPane::bundleDropped);
    connect(&hub, &models::ClusterHub::clustersChanged, this, &ClustersPane::updateEmpty);
    connect(&hub, &models::ClusterHub::clustersChanged, this, &ClustersPane::updateActions);
    connect(&hub, &models::ClusterHub::clusterChanged, this, &ClustersPane::updateActions);
    updateActions();
}

void ClustersPane::makeHead(QVBoxLayout* all)
{
    auto* head = new QHBoxLayout;
    head->setContentsMargins(8, 4, 8, 3);
    head->setSpacing(2);
    auto* title = new QLabel(tr("Clusters"), this);
    QFont bold = title->font();
    bold.setWeight(QFont::DemiBold);
    title->setFont(bold);
    head->addWidget(title, 1);
    auto* add = makeToolButton(u"plus"_s, tr("Add cluster…"), this);
    add->setObjectName(u"addCluster"_s);
    auto* refresh = makeToolButton(u"refresh"_s, tr("Refresh all clusters"), this);
    refresh->setObjectName(u"refreshClusters"_s);
    auto* more = makeToolButton(u"more"_s, tr("More actions"), this);
    more->setObjectName(u"moreClusters"_s);
    more->setMenu(m_menu);
    more->setPopupMode(QToolButton::InstantPopup);
    for (QToolButton* button : {add, refresh, more})
        head->addWidget(button);
    all->addLayout(head);
    all->addWidget(line(this));
    m_filterField = new SearchField(tr("Filter clusters and objects"), this);
    m_filterField->setObjectName(u"clustersFilter"_s);
    m_filterField->setMaxLength(longestFilter);
    auto* field = new QHBoxLayout;
    field->setContentsMargins(8, 4, 8, 4);
    field->addWidget(m_filterField);
    all->addLayout(field);
    all->addWidget(line(this));
    setTabOrder(add, refresh);
    setTabOrder(refresh, more);
    setTabOrder(more, m_filterField);
    connect(add, &QToolButton::clicked, this, &ClustersPane::addCluster);
    connect(refresh, &QToolButton::clicked, this, [this] { m_hub.refresh(); });
}

void ClustersPane::updateEmpty()
{
    const QString text = m_filterField->text().trimmed();
    const bool filtered = !m_hub.clusters().isEmpty() && !text.isEmpty();
    if (filtered)
        m_empty->set(tr("No object matches “%1”").arg(text.left(60)), {});
    else
        m_empty->set(tr("No clusters yet"), tr("A cluster you add shows its 3scale namespaces here."));
    m_clearFilter->setVisible(filtered);
}

QString ClustersPane::currentCluster() const
{
    return m_tree->currentIndex().data(ClusterTreeModel::ClusterRole).toString();
}

models::NamespaceRef ClustersPane::currentNamespace() const
{
    return {currentCluster(), m_tree->currentIndex().data(ClusterTreeModel::NamespaceRole).toString()};
}

const models::ClusterState* ClustersPane::currentState() const
{
    return m_hub.cluster(currentCluster());
}

QList<models::ComponentRef> ClustersPane::selectedComponents() const
{
    return m_model->componentsOf(m_tree->selectedSources());
}

void ClustersPane::enter()
{
    const models::ClusterState* state = currentState();
    const QModelIndex current = m_tree->currentIndex();
    if (!selectedComponents().isEmpty())
        addSelected();
    else if (state && current.data(ClusterTreeModel::KindRole).toInt() == int(ClusterItemKind::Cluster) &&
             (state->state == models::ConnectionState::LoginExpired || state->state == models::ConnectionState::LoggedOut))
        loginAgain(state->cluster.name);
    else if (m_filter->hasChildren(current))
        m_tree->setExpanded(current, !m_tree->isExpanded(current));
}

void ClustersPane::setPlanned(const QList<models::ComponentRef>& components)
{
    m_model->setPlanned(components);
}

void ClustersPane::saveState(QSettings& settings) const
{
    settings.beginGroup(objectName());
    settings.setValue(u"opened"_s, m_tree->opened());
    settings.setValue(u"closed"_s, m_tree->closed());
    settings.setValue(u"current"_s, m_tree->currentIndex().data(ClusterTreeModel::PathRole));
    settings.endGroup();
}

void ClustersPane::restoreState(QSettings& settings)
{
    settings.beginGroup(objectName());
    m_tree->setOpened(settings.value(u"opened"_s).toStringList(), settings.value(u"closed"_s).toStringList());
    const QString current = settings.value(u"current"_s).toString();
    settings.endGroup();
    if (current.isEmpty())
        return;
    // The row may come minutes later, when its namespace has been read; by then the user may have chosen another.
    auto* waiting = new QObject(this);
    const auto look = [this, current, waiting] {
        const QModelIndex found = m_filter->mapFromSource(m_model->indexOf(current));
        if (m_tree->currentIndex().isValid() || found.isValid())
            waiting->deleteLater();
        if (!m_tree->currentIndex().isValid() && found.isValid())
            m_tree->setCurrentIndex(found);
    };
    connect(m_filter, &QAbstractItemModel::rowsInserted, waiting, look);
    look();
}

} // namespace scalekeep::widgets
