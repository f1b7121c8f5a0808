#include "models/clusters/clusterfilter.h"

namespace scalekeep::models {

ClusterFilter::ClusterFilter(ClusterTreeModel* source, QObject* parent) : QSortFilterProxyModel(parent), m_source(source)
{
    // Connected before the base class is, so that its handlers already ask for rows anew.
    connect(source, &QAbstractItemModel::rowsInserted, this, &ClusterFilter::outdate);
    connect(source, &QAbstractItemModel::rowsAboutToBeRemoved, this, &ClusterFilter::outdate);
    connect(source, &QAbstractItemModel::rowsRemoved, this, &ClusterFilter::outdate);
    connect(source, &QAbstractItemModel::rowsMoved, this, &ClusterFilter::outdate);
    connect(source, &QAbstractItemModel::modelReset, this, &ClusterFilter::outdate);
    connect(source, &QAbstractItemModel::dataChanged, this, &ClusterFilter::outdate);
    setSourceModel(source);
}

void ClusterFilter::setText(const QString& text)
{
    if (text == m_text)
        return;
    m_text = text;
    m_known = false;
    invalidateFilter();
}

void ClusterFilter::outdate()
{
    if (m_text.isEmpty())
        return;
    m_known = false;
    if (m_queued)
        return;
    // A new row may bring rows above it back, which the base class does not look for; once for a whole reading.
    m_queued = true;
    QMetaObject::invokeMethod(
        this,
        [this] {
            m_queued = false;
            m_known = false;
            invalidateFilter();
        },
        Qt::QueuedConnection);
}

void ClusterFilter::look() const
{
    m_accepted.clear();
    m_matches.clear();
    for (int row = 0; row < m_source->rowCount(); ++row)
        lookInto(m_source->index(row, 0), false);
    m_known = true;
}

bool ClusterFilter::lookInto(const QModelIndex& index, bool belowMatch) const
{
    const ClusterItem& item = m_source->item(index);
    const bool own = item.name.contains(m_text, Qt::CaseInsensitive) || (item.kind != ClusterItemKind::SecretKey && item.detail.contains(m_text, Qt::CaseInsensitive));
    if (own)
        m_matches.append(index);
    bool any = own || belowMatch;
    for (int row = 0; row < m_source->rowCount(index); ++row)
        any = lookInto(m_source->index(row, 0, index), own || belowMatch) || any;
    if (any)
        m_accepted.insert(index.internalPointer());
    return any;
}

bool ClusterFilter::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    if (m_text.isEmpty())
        return true;
    if (!m_known)
        look();
    return m_accepted.contains(m_source->index(sourceRow, 0, sourceParent).internalPointer());
}

QModelIndexList ClusterFilter::matches(int limit) const
{
    if (m_text.isEmpty())
        return {};
    if (!m_known)
        look();
    QModelIndexList found;
    for (const QModelIndex& each : std::as_const(m_matches)) {
        if (found.size() == limit)
            break;
        if (const QModelIndex own = mapFromSource(each); own.isValid())
            found.append(own);
    }
    return found;
}

} // namespace scalekeep::models
