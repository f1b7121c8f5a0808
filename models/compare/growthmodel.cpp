#include "models/compare/growthmodel.h"

#include "models/common/format.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using compare::TimePoint;

namespace {
bool isSameInstallation(const bundle::Header& a, const bundle::Header& b)
{
    const bool sameProject = a.projectUid.isEmpty() || b.projectUid.isEmpty() ? a.namespaceName == b.namespaceName : a.projectUid == b.projectUid;
    return a.apiUrl == b.apiUrl && sameProject;
}

QString signedBytes(qint64 bytes)
{
    return bytes == 0 ? u"="_s : (bytes > 0 ? u"+"_s : u"−"_s) + formatBytes(std::abs(bytes));
}
} // namespace

GrowthModel::GrowthModel(const BundleLibrary& library, QObject* parent) : QAbstractTableModel(parent), m_library(library)
{
    // A folder of bundles is read one by one.
    m_soon.setSingleShot(true);
    m_soon.setInterval(100);
    connect(&m_soon, &QTimer::timeout, this, &GrowthModel::update);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(&library, signal, &m_soon, qOverload<>(&QTimer::start));
    connect(&library, &BundleLibrary::bundleChanged, &m_soon, qOverload<>(&QTimer::start));
    update();
}

void GrowthModel::setSubject(const std::optional<bundle::Header>& header)
{
    if (m_subject && header && isSameInstallation(*m_subject, *header))
        return;
    m_subject = header;
    update();
}

void GrowthModel::update()
{
    QList<compare::TimelineEntry> entries;
    std::optional<bundle::Header> subject = m_subject;
    for (int row = 0; row < m_library.rowCount(); ++row) {
        const BundleInfo* info = m_library.bundle(m_library.index(row, 0));
        if (!info || info->state != BundleInfo::State::Readable || !info->manifest)
            continue;
        if (!m_subject && (!subject || subject->started < info->header.started))
            subject = info->header;
        entries.append({info->file.path, info->header, *info->manifest});
    }
    if (subject)
        erase_if(entries, [&subject](const compare::TimelineEntry& entry) { return !isSameInstallation(entry.header, *subject); });
    const QList<TimePoint> wanted = compare::timeline(entries);
    m_title = subject && !wanted.isEmpty() ? NamespaceRef{subject->cluster.left(120), subject->namespaceName.left(120)}.title() : QString();

    // By bundle: what went, what came, what has changed.
    const auto has = [](const QList<TimePoint>& list, const QString& bundle) { return std::any_of(list.begin(), list.end(), [&bundle](const TimePoint& point) { return point.bundle == bundle; }); };
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (has(wanted, m_points.at(row).bundle))
            continue;
        beginRemoveRows({}, row, row);
        m_points.removeAt(row);
        endRemoveRows();
    }
    for (int row = 0; row < int(wanted.size()); ++row) {
        const int now = rowOf(wanted.at(row).bundle);
        if (now < 0) {
            beginInsertRows({}, row, row);
            m_points.insert(row, wanted.at(row));
            endInsertRows();
            continue;
        }
        if (now != row) {
            beginMoveRows({}, now, now, {}, row);
            m_points.move(now, row);
            endMoveRows();
        }
        m_points[row] = wanted.at(row);
    }

    QMap<QString, qint64> largest;
    for (const TimePoint& point : std::as_const(m_points)) {
        for (auto part = point.parts.begin(); part != point.parts.end(); ++part)
            largest[part.key()] = std::max(largest.value(part.key()), part->bytes);
    }
    m_bands = largest.keys();
    std::stable_sort(m_bands.begin(), m_bands.end(), [&largest](const QString& a, const QString& b) { return largest.value(a) > largest.value(b); });
    m_rest = m_bands.size() > ShownComponents;
    m_bands = m_bands.mid(0, ShownComponents);
    if (!m_points.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    Q_EMIT changed();
}

qint64 GrowthModel::bytes(int point, int band) const
{
    if (point < 0 || point >= rowCount())
        return 0;
    const TimePoint& at = m_points.at(point);
    if (band < m_bands.size())
        return at.parts.value(m_bands.at(band)).bytes;
    qint64 rest = 0;
    for (auto part = at.parts.begin(); part != at.parts.end(); ++part)
        rest += m_bands.contains(part.key()) ? 0 : part->bytes;
    return rest;
}

int GrowthModel::rowOf(const QString& bundle) const
{
    const auto found = std::find_if(m_points.begin(), m_points.end(), [&bundle](const TimePoint& point) { return point.bundle == bundle; });
    return found == m_points.end() ? -1 : int(found - m_points.begin());
}

/// The component that has grown or shrunk most since the bundle before.
QString GrowthModel::largestChange(int row) const
{
    if (row <= 0)
        return {};
    const TimePoint &now = m_points.at(row), &before = m_points.at(row - 1);
    QString component;
    qint64 most = 0;
    for (auto part = now.parts.begin(); part != now.parts.end(); ++part) {
        // One that was not backed up then has not grown.
        const qint64 change = before.parts.contains(part.key()) ? part->bytes - before.parts.value(part.key()).bytes : 0;
        if (std::abs(change) > std::abs(most)) {
            most = change;
            component = part.key();
        }
    }
    return most == 0 ? QString() : tr("%1 %2").arg(component, signedBytes(most));
}

QString GrowthModel::text() const
{
    QStringList lines;
    for (int row = 0; row < rowCount(); ++row) {
        QStringList parts{index(row, Taken).data(Qt::AccessibleTextRole).toString(), index(row, Size).data().toString()};
        for (int band = 0; band < m_bands.size() + (m_rest ? 1 : 0); ++band)
            parts.append(tr("%1: %2").arg(band < m_bands.size() ? m_bands.at(band) : tr("others"), formatBytes(bytes(row, band))));
        lines.append(parts.join(u", "_s));
    }
    return lines.join(u'\n');
}

int GrowthModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_points.size());
}

int GrowthModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant GrowthModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section == Size || section == Change ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    const QStringList titles{tr("Taken"), tr("Data"), tr("Since before"), tr("Most by")};
    const QStringList tips{tr("When the backup began"), tr("Size of the data, before compression"), tr("More or less than in the bundle before"), tr("The component that has changed most since the bundle before")};
    return role == Qt::DisplayRole ? titles.at(section) : role == Qt::ToolTipRole ? QVariant(tips.at(section)) : QVariant();
}

QVariant GrowthModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const TimePoint& point = m_points.at(index.row());
    const int row = index.row();
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Taken: return formatMoment(point.when);
        case Size: return formatBytes(point.bytes);
        case Change: return row == 0 ? u"–"_s : signedBytes(point.bytes - m_points.at(row - 1).bytes);
        default: return largestChange(row);
        }
    case Qt::AccessibleTextRole: return index.column() == Taken ? formatExact(point.when) : data(index, Qt::DisplayRole);
    case Qt::ToolTipRole: return index.column() == Taken ? formatExact(point.when) + u'\n' + point.bundle : QVariant();
    case Qt::TextAlignmentRole: return int(index.column() == Size || index.column() == Change ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case role::Icon: return index.column() == Taken && point.purpose == u"safety" ? u"undo"_s : QVariant();
    case Path: return point.bundle;
    default: return {};
    }
}

} // namespace scalekeep::models
