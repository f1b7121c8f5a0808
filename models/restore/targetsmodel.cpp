#include "models/restore/targetsmodel.h"

#include "models/common/roles.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

TargetsModel::TargetsModel(const ClusterHub& hub, QObject* parent) : QAbstractTableModel(parent), m_hub(hub)
{
    connect(&hub, &ClusterHub::clustersChanged, this, &TargetsModel::update);
    connect(&hub, &ClusterHub::clusterChanged, this, &TargetsModel::update);
    connect(&hub, &ClusterHub::namespaceChanged, this, &TargetsModel::update);
    m_rows = rows();
}

void TargetsModel::setBundle(const std::optional<bundle::Header>& header)
{
    m_header = header;
    update();
}

Kinship TargetsModel::kinship(const NamespaceRef& where) const
{
    const ClusterState* cluster = m_hub.cluster(where.cluster);
    if (!m_header || !cluster || m_header->namespaceName != where.name)
        return Kinship::Other;
    const NamespaceState* state = m_hub.namespaceState(where);
    const auto plain = [](const QString& url) { return url.endsWith(u'/') ? url.chopped(1) : url; };
    const QString api = state && !state->inventory.apiUrl.isEmpty() ? state->inventory.apiUrl : cluster->cluster.server.toString();
    if (plain(api) != plain(m_header->apiUrl))
        return Kinship::Other;
    const QString uid = state ? state->inventory.projectUid : QString{};
    return uid.isEmpty() || m_header->projectUid.isEmpty() || uid == m_header->projectUid ? Kinship::Own : Kinship::Recreated;
}

QList<TargetsModel::Row> TargetsModel::rows() const
{
    QList<Row> rows;
    for (const ClusterState& cluster : m_hub.clusters()) {
        if (cluster.state != ConnectionState::Connected)
            continue;
        for (const NamespaceState& state : cluster.namespaces) {
            const NamespaceRef where{cluster.cluster.name, state.name};
            rows.append({.where = where, .installation = state.installation(), .kinship = kinship(where), .readOnly = cluster.cluster.readOnly, .production = cluster.cluster.production});
        }
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.kinship < b.kinship; });
    return rows;
}

void TargetsModel::update()
{
    const QList<Row> wanted = rows();
    if (wanted == m_rows)
        return;
    const auto has = [](const QList<Row>& list, const NamespaceRef& where) { return std::any_of(list.begin(), list.end(), [&where](const Row& row) { return row.where == where; }); };
    for (int row = int(m_rows.size()) - 1; row >= 0; --row) {
        if (has(wanted, m_rows[row].where))
            continue;
        beginRemoveRows({}, row, row);
        m_rows.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < int(wanted.size()); ++row) {
        const int now = rowOf(wanted[row].where);
        if (now < 0) {
            beginInsertRows({}, row, row);
            m_rows.insert(row, wanted[row]);
            endInsertRows();
            continue;
        }
        if (now != row) {
            beginMoveRows({}, now, now, {}, row);
            m_rows.move(now, row);
            endMoveRows();
        }
        if (m_rows[row] != wanted[row]) {
            m_rows[row] = wanted[row];
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        }
    }
}

NamespaceRef TargetsModel::at(int row) const
{
    return row >= 0 && row < m_rows.size() ? m_rows[row].where : NamespaceRef{};
}

int TargetsModel::rowOf(const NamespaceRef& where) const
{
    for (int row = 0; row < int(m_rows.size()); ++row) {
        if (m_rows[row].where == where)
            return row;
    }
    return -1;
}

std::optional<NamespaceRef> TargetsModel::own() const
{
    if (!m_rows.isEmpty() && m_rows.first().kinship != Kinship::Other && !m_rows.first().readOnly)
        return m_rows.first().where;
    return {};
}

int TargetsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int TargetsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant TargetsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[index.row()];
    const auto note = [&row] {
        QString text;
        switch (row.kinship) {
        case Kinship::Own:
            text = tr("the one in the bundle");
            break;
        case Kinship::Recreated:
            text = tr("same name, but another project than the one in the bundle");
            break;
        case Kinship::Other:
            text = tr("another installation than the one in the bundle");
            break;
        }
        return row.readOnly ? tr("read only") : text;
    };
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == Target)
            return row.where.title();
        if (index.column() == Version)
            return row.installation.isEmpty() ? u"–"_s : row.installation;
        return note();
    case Qt::AccessibleTextRole:
        return index.column() == Target ? u"%1, %2, %3"_s.arg(row.where.title(), row.installation, note()) : QVariant{};
    case Qt::ToolTipRole:
        if (row.readOnly)
            return tr("%1 is marked read only: nothing can be restored there. The mark is changed with Cluster, Edit.").arg(row.where.cluster);
        if (row.kinship == Kinship::Other)
            return tr("The bundle is of another installation. Restoring it here must be allowed on purpose; domains inside the database are not changed.");
        return row.where.title();
    case role::Icon:
        return index.column() == Target ? QVariant(u"namespace"_s) : QVariant{};
    case role::Glyph:
        if (index.column() != Note)
            return {};
        return row.readOnly ? u"skipped"_s : row.kinship == Kinship::Own ? u"proven"_s : u"warning"_s;
    case role::Dim:
        return index.column() == Version || row.readOnly;
    default:
        return {};
    }
}

QVariant TargetsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Target ? tr("Namespace") : section == Version ? tr("3scale") : tr("Compared with the bundle");
}

} // namespace scalekeep::models
