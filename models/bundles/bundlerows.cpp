#include "models/bundles/bundlelibrary.h"

#include "models/common/format.h"

#include <QFileInfo>
#include <QMimeData>
#include <QUrl>

/// The library as rows and columns.
namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestCell = 300; ///< of what comes out of files

QString cut(const QString& text)
{
    return text.size() <= longestCell ? text : text.left(longestCell - 1) + u'…';
}
} // namespace

int BundleLibrary::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_bundles.size());
}

int BundleLibrary::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant BundleLibrary::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section == Size || section == Complete ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    const QStringList titles{tr("Taken"), tr("Cluster"), tr("Namespace"), tr("3scale"), tr("Size"), tr("Complete"), tr("Verified"), tr("Note")};
    const QStringList tips{tr("When the backup began"),
                           tr("Name of the cluster that it was taken from"),
                           tr("Namespace that it was taken from"),
                           tr("Version of 3scale"),
                           tr("Size of the file"),
                           tr("Components that are whole, of those that the namespace had"),
                           tr("When every byte was last compared with what was written"),
                           tr("Your own note, kept on this computer and not in the bundle (F2)")};
    return role == Qt::DisplayRole ? titles.at(section) : role == Qt::ToolTipRole ? QVariant(tips.at(section)) : QVariant();
}

Qt::ItemFlags BundleLibrary::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsDragEnabled | Qt::ItemNeverHasChildren;
    if (index.column() == Note)
        flags |= Qt::ItemIsEditable;
    return flags;
}

QString BundleLibrary::stateText(const BundleInfo& bundle) const
{
    const auto verified = m_store.verification(bundle.file);
    switch (bundle.state) {
    case BundleInfo::State::Reading: return tr("Reading…");
    case BundleInfo::State::Writing: return tr("Being written");
    case BundleInfo::State::CutOff: return tr("Cut off");
    case BundleInfo::State::Damaged: return tr("Damaged");
    case BundleInfo::State::Unreadable: return tr("Cannot be read");
    case BundleInfo::State::Readable: break;
    }
    if (!verified)
        return tr("Never");
    return verified->whole ? formatMoment(verified->when) : tr("Damaged");
}

QString BundleLibrary::glyph(const BundleInfo& bundle) const
{
    const auto verified = m_store.verification(bundle.file);
    switch (bundle.state) {
    case BundleInfo::State::Reading:
    case BundleInfo::State::Writing: return u"running"_s;
    case BundleInfo::State::CutOff:
    case BundleInfo::State::Damaged:
    case BundleInfo::State::Unreadable: return u"failed"_s;
    case BundleInfo::State::Readable: break;
    }
    if (verified && !verified->whole)
        return u"failed"_s;
    if (bundle.wholeComponents() < bundle.expectedComponents() || bundle.isSalvaged())
        return u"warning"_s;
    return verified ? u"proven"_s : u"waiting"_s;
}

QString BundleLibrary::display(const BundleInfo& bundle, int column) const
{
    const bool known = bundle.header.started.isValid();
    const auto orDash = [](const QString& text) { return text.isEmpty() ? u"–"_s : cut(text); };
    switch (column) {
    case Taken: return formatMoment(known ? bundle.header.started : bundle.file.modified);
    case Cluster: return orDash(bundle.header.cluster);
    case Namespace: return orDash(bundle.header.namespaceName);
    case Threescale: return known && bundle.header.threescaleVersion.isEmpty() ? tr("not known") : orDash(bundle.header.threescaleVersion);
    case Size: return formatBytes(bundle.file.size);
    case Complete: return bundle.expectedComponents() == 0 ? u"–"_s : tr("%1 of %2").arg(bundle.wholeComponents()).arg(bundle.expectedComponents());
    case Verified: return stateText(bundle);
    default: break;
    }
    if (const QString own = m_store.note(bundle); !own.isEmpty())
        return own;
    if (bundle.broken() && known)
        return bundle.wholeComponents() == 1 ? tr("1 component may be whole") : tr("%n components may be whole", nullptr, bundle.wholeComponents());
    if (bundle.isSalvaged())
        return tr("Salvaged");
    if (bundle.isSafety())
        return tr("Safety bundle of a restore");
    return bundle.wholeComponents() < bundle.expectedComponents() ? cut(bundle.missing().value(0)) : QString();
}

QVariant BundleLibrary::sortKey(const BundleInfo& bundle, int column) const
{
    switch (column) {
    case Taken: return bundle.header.started.isValid() ? bundle.header.started : bundle.file.modified;
    case Size: return bundle.file.size;
    case Complete: return bundle.expectedComponents() == 0 ? -1.0 : double(bundle.wholeComponents()) / bundle.expectedComponents();
    case Verified: {
        const auto verified = m_store.verification(bundle.file);
        return verified ? verified->when : QDateTime::fromMSecsSinceEpoch(0);
    }
    default: return display(bundle, column).toLower();
    }
}

QString BundleLibrary::tint(const BundleInfo& bundle, int column) const
{
    if (column == Complete && !bundle.broken() && bundle.wholeComponents() < bundle.expectedComponents())
        return u"warn"_s;
    if (column == Verified && glyph(bundle) == u"failed")
        return u"err"_s;
    return {};
}

QString BundleLibrary::toolTip(const BundleInfo& bundle, int column) const
{
    const auto verified = m_store.verification(bundle.file);
    switch (column) {
    case Taken: return bundle.header.started.isValid() ? formatExact(bundle.header.started) + u'\n' + bundle.file.path : bundle.file.path;
    case Complete: return bundle.broken() ? bundle.lost.join(u'\n') : bundle.missing().join(u'\n');
    case Verified:
        if (bundle.error)
            return bundle.error->message;
        if (!verified)
            return tr("Every byte can be compared with what was written: choose Verify.");
        return verified->whole ? tr("Verified %1.").arg(formatExact(verified->when)) : verified->problem;
    case Note: return bundle.isSafety() ? tr("Taken by a restore of what it replaced.") + u'\n' + display(bundle, Note) : display(bundle, Note);
    default: return display(bundle, column);
    }
}

QVariant BundleLibrary::data(const QModelIndex& index, int role) const
{
    const BundleInfo* info = bundle(index);
    if (!info)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole: return display(*info, column);
    case Qt::EditRole: return column == Note ? m_store.note(*info) : display(*info, column);
    case Qt::ToolTipRole: return toolTip(*info, column);
    case Qt::AccessibleTextRole: return column == Taken ? tr("%1, %2").arg(display(*info, Taken), stateText(*info)) : display(*info, column);
    case Qt::TextAlignmentRole: return int(column == Size || column == Complete ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case role::Glyph: return column == Taken ? glyph(*info) : QVariant();
    case role::Icon: return column == Namespace && info->isSafety() ? u"undo"_s : QVariant();
    case role::Dim: return (column == Note && m_store.note(*info).isEmpty()) || (column == Verified && info->state == BundleInfo::State::Readable && !m_store.verification(info->file));
    case role::Tint: return tint(*info, column);
    case role::Sort: return sortKey(*info, column);
    case Path: return info->file.path;
    case Folder: return QFileInfo(info->file.path).path();
    default: return {};
    }
}

bool BundleLibrary::setData(const QModelIndex& index, const QVariant& value, int role)
{
    const BundleInfo* info = bundle(index);
    if (!info || index.column() != Note || role != Qt::EditRole)
        return false;
    setNote(QString(info->file.path), value.toString());
    return true;
}

QStringList BundleLibrary::mimeTypes() const
{
    return {u"text/uri-list"_s};
}

QMimeData* BundleLibrary::mimeData(const QModelIndexList& indexes) const
{
    QList<QUrl> urls;
    for (const QModelIndex& each : indexes) {
        const BundleInfo* info = bundle(each);
        if (const QUrl url = info ? QUrl::fromLocalFile(info->file.path) : QUrl(); url.isValid() && !urls.contains(url))
            urls.append(url);
    }
    auto* mime = new QMimeData;
    mime->setUrls(urls);
    return mime;
}

} // namespace scalekeep::models
