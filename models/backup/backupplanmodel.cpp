#include "models/backup/backupplanmodel.h"

#include "models/common/format.h"
#include "models/common/roles.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr quintptr noParent = 0;

QString about(qint64 bytes, bool complete = true)
{
    return bytes < 0 ? formatBytes(bytes) : complete ? u"≈ "_s + formatBytes(bytes) : u"> "_s + formatBytes(bytes);
}

QString aboutTime(qint64 milliseconds)
{
    // A second at least: less than that says nothing about the next time.
    return milliseconds < 0 ? u"–"_s : u"≈ "_s + formatDuration(std::max<qint64>(milliseconds, 1000));
}

bool alignedRight(int column)
{
    return column == BackupPlanModel::InCluster || column == BackupPlanModel::InBundle || column == BackupPlanModel::Time;
}
} // namespace

BackupPlanModel::BackupPlanModel(BackupPlan& plan, QObject* parent) : QAbstractItemModel(parent), m_plan(plan)
{
    connect(&plan, &BackupPlan::groupsChanged, this, &BackupPlanModel::merge);
    merge();
}

int BackupPlanModel::rowOf(quintptr serial) const
{
    const auto found = std::find_if(m_groups.begin(), m_groups.end(), [serial](const Group& group) { return group.serial == serial; });
    return found == m_groups.end() ? -1 : int(found - m_groups.begin());
}

ComponentRef BackupPlanModel::refOf(const QModelIndex& index) const
{
    if (!index.isValid())
        return {};
    if (index.internalId() == noParent)
        return {m_groups[index.row()].value.where, {}};
    const PlanGroup& group = m_groups[rowOf(index.internalId())].value;
    return {group.where, group.components[index.row()].id};
}

QModelIndex BackupPlanModel::indexOf(const ComponentRef& ref) const
{
    for (int row = 0; row < m_groups.size(); ++row) {
        const PlanGroup& group = m_groups[row].value;
        if (group.where != ref.where)
            continue;
        const QModelIndex parent = index(row, 0);
        if (ref.component.isEmpty())
            return parent;
        for (int child = 0; child < group.components.size(); ++child) {
            if (group.components[child].id == ref.component)
                return index(child, 0, parent);
        }
    }
    return {};
}

QModelIndex BackupPlanModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? m_groups[parent.row()].serial : noParent);
}

QModelIndex BackupPlanModel::parent(const QModelIndex& child) const
{
    if (!child.isValid() || child.internalId() == noParent)
        return {};
    const int row = rowOf(child.internalId());
    return row < 0 ? QModelIndex{} : createIndex(row, 0, noParent);
}

int BackupPlanModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return int(m_groups.size());
    return parent.internalId() == noParent && parent.column() == 0 ? int(m_groups[parent.row()].value.components.size()) : 0;
}

int BackupPlanModel::columnCount(const QModelIndex& /*parent*/) const
{
    return ColumnCount;
}

void BackupPlanModel::merge()
{
    const QList<PlanGroup>& fresh = m_plan.groups();
    for (int row = int(m_groups.size()) - 1; row >= 0; --row) {
        if (std::none_of(fresh.begin(), fresh.end(), [&](const PlanGroup& each) { return each.where == m_groups[row].value.where; })) {
            beginRemoveRows({}, row, row);
            m_groups.removeAt(row);
            endRemoveRows();
        }
    }
    for (int row = 0; row < fresh.size(); ++row) {
        int old = row;
        while (old < m_groups.size() && m_groups[old].value.where != fresh[row].where)
            ++old;
        if (old >= m_groups.size()) {
            beginInsertRows({}, row, row);
            m_groups.insert(row, {.serial = ++m_serial, .value = fresh[row]});
            endInsertRows();
            continue;
        }
        if (old != row) {
            beginMoveRows({}, old, old, {}, row);
            m_groups.move(old, row);
            endMoveRows();
        }
        mergeComponents(row, fresh[row]);
    }
}

void BackupPlanModel::mergeComponents(int row, const PlanGroup& fresh)
{
    const QModelIndex parent = index(row, 0);
    QList<PlannedComponent>& mine = m_groups[row].value.components;
    for (int child = int(mine.size()) - 1; child >= 0; --child) {
        if (std::none_of(fresh.components.begin(), fresh.components.end(), [&](const PlannedComponent& each) { return each.id == mine[child].id; })) {
            beginRemoveRows(parent, child, child);
            mine.removeAt(child);
            endRemoveRows();
        }
    }
    for (int child = 0; child < fresh.components.size(); ++child) {
        const PlannedComponent& wanted = fresh.components[child];
        int old = child;
        while (old < mine.size() && mine[old].id != wanted.id)
            ++old;
        if (old >= mine.size()) {
            beginInsertRows(parent, child, child);
            mine.insert(child, wanted);
            endInsertRows();
            continue;
        }
        if (old != child) {
            beginMoveRows(parent, old, old, parent, child);
            mine.move(old, child);
            endMoveRows();
        }
        if (mine[child] != wanted) {
            mine[child] = wanted;
            Q_EMIT dataChanged(index(child, 0, parent), index(child, ColumnCount - 1, parent));
        }
    }
    if (m_groups[row].value != fresh)
        m_groups[row].value = fresh;
    // Always: its sums depend on the options as well.
    Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

QVariant BackupPlanModel::groupData(const PlanGroup& group, int column, int role) const
{
    const PlanSums sums = m_plan.sums(group);
    switch (role) {
    case role::Strong:
        return true;
    case role::Icon:
        return column == Component ? u"namespace"_s : QVariant{};
    case role::Glyph:
        return column == Taken && group.error ? u"warning"_s : QVariant{};
    case Qt::AccessibleTextRole:
    case Qt::DisplayRole:
        switch (column) {
        case Component:
            return group.where.title();
        case Taken:
            return group.error ? group.error->message : QString{};
        case InCluster:
            return formatBytes(sums.inCluster);
        case InBundle:
            return about(sums.inBundle, sums.inBundleComplete);
        case Time:
            return aboutTime(sums.milliseconds);
        case Remove:
            return role == Qt::AccessibleTextRole ? tr("Remove %1 from the plan").arg(group.where.title()) : QVariant{};
        }
        return {};
    case Qt::ToolTipRole:
        if (column == Remove)
            return tr("Remove %1 from the plan").arg(group.where.title());
        if (column == Taken && group.error)
            return group.error->hint.isEmpty() ? group.error->message : group.error->message + u'\n' + group.error->hint;
        if (column == InBundle && sums.inBundle >= 0 && !sums.inBundleComplete)
            return tr("Not all of its components are in the last bundle.");
        return {};
    default:
        return {};
    }
}

QVariant BackupPlanModel::componentData(const PlannedComponent& component, int column, int role) const
{
    switch (role) {
    case role::Icon:
        return column == Component ? component.icon : QVariant{};
    case role::Dim:
        return column == Taken && component.problem.isEmpty();
    case role::Glyph:
        return column == Taken && !component.problem.isEmpty() ? u"warning"_s : QVariant{};
    case Qt::AccessibleTextRole:
    case Qt::DisplayRole:
        switch (column) {
        case Component:
            return component.title;
        case Taken:
            return component.problem.isEmpty() ? component.taken : component.problem;
        case InCluster:
            return formatBytes(component.inCluster);
        case InBundle:
            return about(component.inBundle);
        case Time:
            return aboutTime(component.milliseconds);
        case Remove:
            return role == Qt::AccessibleTextRole ? tr("Remove %1 from the plan").arg(component.title) : QVariant{};
        }
        return {};
    case Qt::ToolTipRole:
        switch (column) {
        case Component:
        case Taken:
            return component.problem.isEmpty() ? QVariant{} : component.problem;
        case InCluster:
            return component.inCluster < 0 ? tr("Not known: its size can only be read during a backup.") : QVariant{};
        case InBundle:
        case Time:
            return component.inBundle < 0 ? tr("Not known: there is no earlier bundle of it in the destination.") : tr("As in the last bundle of this namespace.");
        case Remove:
            return tr("Remove %1 from the plan").arg(component.title);
        }
        return {};
    default:
        return {};
    }
}

QVariant BackupPlanModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((alignedRight(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (index.internalId() == noParent)
        return groupData(m_groups[index.row()].value, index.column(), role);
    const int row = rowOf(index.internalId());
    return row < 0 ? QVariant{} : componentData(m_groups[row].value.components[index.row()], index.column(), role);
}

QVariant BackupPlanModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int((alignedRight(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Component:
        return tr("Component");
    case Taken:
        return tr("What is taken");
    case InCluster:
        return tr("In cluster");
    case InBundle:
        return tr("In bundle");
    case Time:
        return tr("Time");
    default:
        return {};
    }
}

Qt::ItemFlags BackupPlanModel::flags(const QModelIndex& index) const
{
    // Everywhere, below the last row as well.
    return index.isValid() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDropEnabled : Qt::ItemIsDropEnabled;
}

QStringList BackupPlanModel::mimeTypes() const
{
    return {QLatin1String(componentsMimeType)};
}

bool BackupPlanModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int /*row*/, int /*column*/, const QModelIndex& /*parent*/) const
{
    return action == Qt::CopyAction && data && data->hasFormat(QLatin1String(componentsMimeType)) && m_plan.refusal(componentsIn(data)).isEmpty();
}

bool BackupPlanModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent)
{
    if (action == Qt::IgnoreAction)
        return true;
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    const QList<ComponentRef> added = m_plan.add(componentsIn(data));
    if (!added.isEmpty())
        Q_EMIT dropped(added);
    return !added.isEmpty();
}

} // namespace scalekeep::models
