#include "models/restore/restorecomponentsmodel.h"

#include "models/common/components.h"
#include "models/common/format.h"
#include "models/common/roles.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

RestoreComponentsModel::RestoreComponentsModel(QObject* parent) : QAbstractTableModel(parent) {}

void RestoreComponentsModel::set(const bundle::Manifest& manifest)
{
    beginResetModel();
    m_rows.clear();
    for (const bundle::Component& component : manifest.components) {
        Row row{.component = component, .bytes = 0, .chosen = false};
        row.chosen = row.whole();
        for (const bundle::Stream& stream : manifest.streams)
            row.bytes += stream.component == component.id ? stream.bytes : 0;
        m_rows.append(row);
    }
    endResetModel();
    Q_EMIT chosenChanged();
}

void RestoreComponentsModel::clear()
{
    set({});
}

QStringList RestoreComponentsModel::chosen() const
{
    QStringList ids;
    for (const Row& row : m_rows) {
        if (row.chosen)
            ids.append(row.component.id);
    }
    return ids;
}

QStringList RestoreComponentsModel::available() const
{
    QStringList ids;
    for (const Row& row : m_rows) {
        if (row.whole())
            ids.append(row.component.id);
    }
    return ids;
}

void RestoreComponentsModel::choose(const QStringList& ids)
{
    bool changed = false;
    for (Row& row : m_rows) {
        const bool chosen = row.whole() && ids.contains(row.component.id);
        changed = changed || chosen != row.chosen;
        row.chosen = chosen;
    }
    if (!changed)
        return;
    Q_EMIT dataChanged(index(0, 0), index(int(m_rows.size()) - 1, 0), {Qt::CheckStateRole});
    Q_EMIT chosenChanged();
}

qint64 RestoreComponentsModel::chosenBytes() const
{
    qint64 bytes = 0;
    for (const Row& row : m_rows)
        bytes += row.chosen ? row.bytes : 0;
    return bytes;
}

bool RestoreComponentsModel::has(const QString& id) const
{
    return std::any_of(m_rows.begin(), m_rows.end(), [&id](const Row& row) { return row.chosen && row.component.id == id; });
}

QStringList RestoreComponentsModel::notes(bool emptyQueues) const
{
    QStringList notes;
    const bool database = has(u"system-mysql"_s) || has(u"system-postgresql"_s);
    const QStringList all = available();
    if (database && !(has(u"backend-redis"_s) && has(u"system-redis"_s)))
        notes.append(tr("Without system-redis and backend-redis, jobs in the live queues may name rows that no longer exist after the database is restored."));
    if (database && !has(u"system-storage"_s) && all.contains(u"system-storage"_s))
        notes.append(tr("The database names files in system-storage: without them, the portals may miss what was uploaded before the backup and removed since."));
    if (has(u"system-storage"_s) && !database)
        notes.append(tr("The files belong to rows of the system database: without it, files of rows that are newer than the bundle will be missing."));
    if (database && all.contains(u"zync-database"_s) && !has(u"zync-database"_s))
        notes.append(tr("zync-database stays as it is; Routes are made again from the system database at the end."));
    if ((has(u"secrets"_s) || has(u"configmaps"_s)) && !has(u"workloads"_s))
        notes.append(tr("Changed Secrets and ConfigMaps reach their pods by a rollout, which is part of the plan."));
    if (emptyQueues && !has(u"backend-redis"_s) && !has(u"system-redis"_s))
        notes.append(tr("No Redis is chosen: the live queues are not emptied."));
    return notes;
}

QString RestoreComponentsModel::contentOf(const Row& row) const
{
    const QJsonObject& summary = row.component.summary;
    const auto count = [&summary](QStringView key) { return formatCount(std::max<qint64>(0, summary[key].toInteger())); };
    if (!row.whole())
        return row.component.state == u"absent" ? tr("not in the bundle") : tr("could not be read");
    if (summary.contains(u"rows"_s))
        return tr("%1 tables, %2 rows").arg(count(u"tables"), count(u"rows"));
    if (summary.contains(u"keys"_s))
        return tr("%1 keys").arg(count(u"keys"));
    if (summary.contains(u"files"_s))
        return tr("%1 files").arg(count(u"files"));
    if (summary.contains(u"objects"_s))
        return tr("%1 objects").arg(count(u"objects"));
    return u"–"_s;
}

QString RestoreComponentsModel::overwrittenBy(const bundle::Component& component) const
{
    if (component.engine == u"mysql" || component.engine == u"postgresql")
        return tr("the whole database");
    if (component.engine == u"redis")
        return tr("all keys");
    if (component.engine == u"files")
        return tr("all files");
    return tr("what differs");
}

int RestoreComponentsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int RestoreComponentsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RestoreComponentsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row& row = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Component:
            return row.component.id;
        case Size:
            return row.whole() ? formatBytes(row.bytes) : u"–"_s;
        case Content:
            return contentOf(row);
        default:
            return row.whole() ? overwrittenBy(row.component) : QString{};
        }
    case Qt::CheckStateRole:
        return index.column() == Component ? QVariant(row.chosen ? Qt::Checked : Qt::Unchecked) : QVariant{};
    case Qt::TextAlignmentRole:
        return index.column() == Size ? int(Qt::AlignRight | Qt::AlignVCenter) : int(Qt::AlignLeft | Qt::AlignVCenter);
    case Qt::ToolTipRole: {
        QStringList lines{row.component.title.left(200)};
        if (!row.component.serverVersion.isEmpty())
            lines.append(tr("Taken from version %1").arg(row.component.serverVersion.left(60)));
        if (!row.whole())
            lines.append(tr("The bundle does not hold it: it cannot be restored from here."));
        if (row.whole() && index.column() == Overwrites && row.component.engine == u"objects")
            lines.append(tr("Objects that are missing are created, those that differ are replaced; others stay."));
        for (const QString& note : row.component.notes.mid(0, 5))
            lines.append(note.left(300));
        return lines.join(u'\n');
    }
    case Qt::AccessibleTextRole:
        return index.column() == Component ? u"%1, %2, %3"_s.arg(row.component.id, formatBytes(row.bytes), contentOf(row)) : QVariant{};
    case role::Icon:
        return index.column() == Component ? QVariant(iconOfComponent(row.component.engine, row.component.id)) : QVariant{};
    case role::Dim:
        return index.column() == Content || index.column() == Overwrites || !row.whole();
    case role::Sort:
        return index.column() == Size ? QVariant(row.bytes) : data(index, Qt::DisplayRole);
    default:
        return {};
    }
}

bool RestoreComponentsModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid) || index.column() != Component || role != Qt::CheckStateRole || !m_rows[index.row()].whole())
        return false;
    m_rows[index.row()].chosen = value.toInt() == Qt::Checked;
    Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
    Q_EMIT chosenChanged();
    return true;
}

Qt::ItemFlags RestoreComponentsModel::flags(const QModelIndex& index) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    if (m_rows[index.row()].whole())
        flags |= Qt::ItemIsEnabled | (index.column() == Component ? Qt::ItemIsUserCheckable : Qt::NoItemFlags);
    return flags;
}

QVariant RestoreComponentsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == Size ? int(Qt::AlignRight | Qt::AlignVCenter) : int(Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Component:
        return tr("Component");
    case Size:
        return tr("Size");
    case Content:
        return tr("In the bundle");
    default:
        return tr("Overwrites");
    }
}

} // namespace scalekeep::models
