#include "models/clusters/clustertree.h"

#include "engine/store/completeness.h"
#include "models/common/format.h"

#include <QSet>

#include <algorithm>
#include <vector>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

struct ClusterTreeModel::Node {
    ClusterItem item;
    Node* parent = nullptr;
    int row = 0;                                  ///< kept up to date by renumber()
    std::vector<std::unique_ptr<Node>> children;

    void renumber(size_t from)
    {
        for (size_t at = from; at < children.size(); ++at)
            children[at]->row = int(at);
    }

    static std::unique_ptr<Node> make(const ClusterBranch& branch, Node* parent)
    {
        auto made = std::make_unique<Node>();
        made->item = branch.item;
        made->parent = parent;
        QSet<QString> seen;
        for (const ClusterBranch& child : branch.children) {
            if (seen.contains(child.item.id))
                continue;
            seen.insert(child.item.id);
            made->children.push_back(make(child, made.get()));
        }
        made->renumber(0);
        return made;
    }
};

ClusterTreeModel::ClusterTreeModel(const ClusterHub& hub, QObject* parent) : QAbstractItemModel(parent), m_hub(&hub), m_root(std::make_unique<Node>())
{
    connect(&hub, &ClusterHub::clustersChanged, this, &ClusterTreeModel::mergeAll);
    connect(&hub, &ClusterHub::clusterChanged, this, &ClusterTreeModel::mergeCluster);
    connect(&hub, &ClusterHub::namespaceChanged, this, &ClusterTreeModel::mergeNamespace);
    mergeAll();
}

ClusterTreeModel::~ClusterTreeModel() = default;

// Structure --------------------------------------------------------------------------------------------------------------

ClusterTreeModel::Node* ClusterTreeModel::node(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<Node*>(index.internalPointer()) : m_root.get();
}

QModelIndex ClusterTreeModel::indexOf(const Node* node) const
{
    return !node || node == m_root.get() ? QModelIndex() : createIndex(node->row, 0, node);
}

QModelIndex ClusterTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, node(parent)->children[size_t(row)].get());
}

QModelIndex ClusterTreeModel::parent(const QModelIndex& index) const
{
    return index.isValid() ? indexOf(node(index)->parent) : QModelIndex();
}

int ClusterTreeModel::rowCount(const QModelIndex& parent) const
{
    return parent.column() > 0 ? 0 : int(node(parent)->children.size());
}

int ClusterTreeModel::columnCount(const QModelIndex& /*parent*/) const
{
    return 1;
}

const ClusterItem& ClusterTreeModel::item(const QModelIndex& index) const
{
    return node(index)->item;
}

QModelIndex ClusterTreeModel::indexOf(const QString& path) const
{
    const Node* at = m_root.get();
    const QStringList ids = path.split(u'\n');
    for (const QString& id : ids) {
        const auto place = std::find_if(at->children.begin(), at->children.end(), [&id](const auto& child) { return child->item.id == id; });
        if (place == at->children.end())
            return {};
        at = place->get();
    }
    return indexOf(at);
}

QModelIndex ClusterTreeModel::indexOf(const NamespaceRef& where) const
{
    return indexOf(where.cluster + u'\n' + where.name);
}

ClusterTreeModel::Node* ClusterTreeModel::find(const QString& cluster) const
{
    const auto place = std::find_if(m_root->children.begin(), m_root->children.end(), [&cluster](const auto& child) { return child->item.id == cluster; });
    return place == m_root->children.end() ? nullptr : place->get();
}

// Merging ----------------------------------------------------------------------------------------------------------------

void ClusterTreeModel::mergeAll()
{
    QList<ClusterBranch> wanted;
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (const ClusterState& each : m_hub->clusters())
        wanted.append(clusterBranch(each, now));
    merge(m_root.get(), wanted);
}

void ClusterTreeModel::mergeCluster(const QString& name)
{
    const ClusterState* state = m_hub->cluster(name);
    Node* known = find(name);
    if (!state || !known) {
        mergeAll();
        return;
    }
    const ClusterBranch wanted = clusterBranch(*state, QDateTime::currentDateTimeUtc());
    update(known, wanted.item);
    merge(known, wanted.children);
}

void ClusterTreeModel::mergeNamespace(const NamespaceRef& where)
{
    const ClusterState* cluster = m_hub->cluster(where.cluster);
    const NamespaceState* state = m_hub->namespaceState(where);
    const QModelIndex known = indexOf(where);
    if (!cluster || !state || !known.isValid()) {
        mergeCluster(where.cluster);
        return;
    }
    const ClusterBranch wanted = namespaceBranch(*cluster, *state);
    update(node(known), wanted.item);
    merge(node(known), wanted.children);
}

void ClusterTreeModel::update(Node* node, const ClusterItem& item)
{
    if (node->item == item)
        return;
    node->item = item;
    const QModelIndex changed = indexOf(node);
    Q_EMIT dataChanged(changed, changed);
}

void ClusterTreeModel::merge(Node* parent, const QList<ClusterBranch>& given)
{
    QSet<QString> ids;
    QList<const ClusterBranch*> wanted;
    for (const ClusterBranch& each : given) {
        if (!ids.contains(each.item.id)) {
            ids.insert(each.item.id);
            wanted.append(&each);
        }
    }
    auto& children = parent->children;
    for (size_t end = children.size(); end > 0;) {
        size_t first = end;
        while (first > 0 && !ids.contains(children[first - 1]->item.id))
            --first;
        if (first < end) {
            beginRemoveRows(indexOf(parent), int(first), int(end) - 1);
            children.erase(children.begin() + qsizetype(first), children.begin() + qsizetype(end));
            parent->renumber(first);
            endRemoveRows();
        }
        end = first > 0 ? first - 1 : 0;
    }
    QSet<QString> known;
    for (const auto& child : children)
        known.insert(child->item.id);
    for (size_t row = 0; row < size_t(wanted.size()); ++row) {
        const ClusterBranch& branch = *wanted[qsizetype(row)];
        if (!known.contains(branch.item.id)) {
            size_t last = row;
            while (last + 1 < size_t(wanted.size()) && !known.contains(wanted[qsizetype(last) + 1]->item.id))
                ++last;
            beginInsertRows(indexOf(parent), int(row), int(last));
            std::vector<std::unique_ptr<Node>> added;
            for (size_t at = row; at <= last; ++at)
                added.push_back(Node::make(*wanted[qsizetype(at)], parent));
            children.insert(children.begin() + qsizetype(row), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
            parent->renumber(row);
            endInsertRows();
            row = last;
            continue;
        }
        if (children[row]->item.id != branch.item.id) {
            const auto place = std::find_if(children.begin() + qsizetype(row), children.end(), [&branch](const auto& child) { return child->item.id == branch.item.id; });
            const int from = int(place - children.begin());
            beginMoveRows(indexOf(parent), from, from, indexOf(parent), int(row));
            std::rotate(children.begin() + qsizetype(row), place, place + 1);
            parent->renumber(row);
            endMoveRows();
        }
        update(children[row].get(), branch.item);
        merge(children[row].get(), branch.children);
    }
}

// Values -----------------------------------------------------------------------------------------------------------------

QVariant ClusterTreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Node* at = node(index);
    const ClusterItem& item = at->item;
    switch (role) {
    case Qt::DisplayRole: return item.name;
    case Qt::ToolTipRole: return item.toolTip;
    case Qt::AccessibleTextRole: {
        QStringList parts{item.name};
        if (item.production)
            parts.append(tr("Production"));
        for (const QString& part : {item.subtitle, item.detail == u"••••••••" ? tr("value hidden") : item.detail, item.glyphText}) {
            if (!part.isEmpty())
                parts.append(part);
        }
        if (isPlanned(item))
            parts.append(tr("in the plan"));
        return parts.join(u", "_s);
    }
    case role::Icon: return item.icon;
    case role::Glyph: return item.glyph;
    case role::Dim: return item.kind == ClusterItemKind::Detail || item.kind == ClusterItemKind::SecretKey;
    case KindRole: return int(item.kind);
    case DetailRole: return item.detail;
    case SubtitleRole: return item.subtitle;
    case GlyphTextRole: return item.glyphText;
    case PlannedRole: return isPlanned(item);
    case ColourRole: return item.colour;
    case ProductionRole: return item.production;
    case ReadOnlyRole: return item.readOnly;
    case StateRole: return int(item.state);
    case ClusterRole: return item.where.cluster;
    case NamespaceRole: return item.where.name;
    case ObjectRole: return item.object;
    case KeyRole: return item.key;
    case PathRole: {
        QStringList path;
        for (; at != m_root.get(); at = at->parent)
            path.prepend(at->item.id);
        return path.join(u'\n');
    }
    default: return {};
    }
}

Qt::ItemFlags ClusterTreeModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    const ClusterItem& item = node(index)->item;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (!item.components.isEmpty())
        flags |= Qt::ItemIsDragEnabled;
    if (!item.where.name.isEmpty() && !item.readOnly)
        flags |= Qt::ItemIsDropEnabled;
    return flags;
}

// Dragging ---------------------------------------------------------------------------------------------------------------

QStringList ClusterTreeModel::mimeTypes() const
{
    return {QLatin1String(componentsMimeType), u"text/uri-list"_s};
}

QMimeData* ClusterTreeModel::mimeData(const QModelIndexList& indexes) const
{
    const QList<ComponentRef> components = componentsOf(indexes);
    return components.isEmpty() ? nullptr : toMimeData(components);
}

QList<ComponentRef> ClusterTreeModel::componentsOf(const QModelIndexList& indexes) const
{
    QList<ComponentRef> components;
    for (const QModelIndex& each : indexes) {
        for (const ComponentRef& component : node(each)->item.components) {
            if (each.isValid() && !components.contains(component))
                components.append(component);
        }
    }
    const QList<ComponentRef> all = components;
    components.removeIf([&all](const ComponentRef& c) { return !c.component.isEmpty() && all.contains(ComponentRef{c.where, {}}); });
    return components;
}

QString ClusterTreeModel::describe(const QList<ComponentRef>& components) const
{
    int count = 0;
    qint64 bytes = -1;
    for (const ComponentRef& each : components) {
        const NamespaceState* state = m_hub->namespaceState(each.where);
        QStringList ids{each.component};
        if (each.component.isEmpty())
            ids = state && state->detection ? store::presentComponents(state->detection->catalog, state->inventory) : QStringList();
        count += int(ids.size());
        for (const QString& id : std::as_const(ids)) {
            if (const qint64 used = state ? usedBytesOf(*state, id) : -1; used >= 0)
                bytes = std::max<qint64>(bytes, 0) + used;
        }
    }
    const QString what = count == 1 && components.size() == 1 && !components.first().component.isEmpty() ? components.first().component
                         : count == 1                                                                     ? tr("1 component")
                                                                                                          : tr("%1 components").arg(count);
    return bytes < 0 ? what : tr("%1, %2").arg(what, formatBytes(bytes));
}

QString ClusterTreeModel::dropText(const QModelIndex& index, QString* refused) const
{
    const ClusterItem& item = node(index)->item;
    if (!index.isValid() || item.where.name.isEmpty()) {
        *refused = tr("Drop the bundle on a namespace.");
        return {};
    }
    if (item.readOnly) {
        *refused = tr("%1 is read only.").arg(item.where.cluster);
        return {};
    }
    return tr("Restore into %1…").arg(item.where.name);
}

bool ClusterTreeModel::canDropMimeData(const QMimeData* data, Qt::DropAction action, int /*row*/, int /*column*/, const QModelIndex& parent) const
{
    QString refused;
    return data && action == Qt::CopyAction && bundlesIn(data).size() == 1 && !dropText(parent, &refused).isEmpty();
}

bool ClusterTreeModel::dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column, const QModelIndex& parent)
{
    if (!canDropMimeData(data, action, row, column, parent))
        return false;
    Q_EMIT bundleDropped(node(parent)->item.where, bundlesIn(data).constFirst());
    return true;
}

// In the plan ------------------------------------------------------------------------------------------------------------

namespace {
bool allIn(const QList<ComponentRef>& planned, const ClusterItem& item)
{
    return item.marks && !item.components.isEmpty() && std::all_of(item.components.begin(), item.components.end(), [&planned](const ComponentRef& c) {
        return planned.contains(c) || planned.contains(ComponentRef{c.where, {}});
    });
}
} // namespace

bool ClusterTreeModel::isPlanned(const ClusterItem& item) const
{
    return allIn(m_planned, item);
}

void ClusterTreeModel::setPlanned(const QList<ComponentRef>& components)
{
    const QList<ComponentRef> before = std::exchange(m_planned, components);
    if (before != components)
        announcePlanned(m_root.get(), before);
}

void ClusterTreeModel::announcePlanned(Node* node, const QList<ComponentRef>& before)
{
    if (node->item.marks && allIn(before, node->item) != allIn(m_planned, node->item)) {
        const QModelIndex changed = indexOf(node);
        Q_EMIT dataChanged(changed, changed, {PlannedRole, Qt::AccessibleTextRole});
    }
    for (const auto& child : node->children)
        announcePlanned(child.get(), before);
}

} // namespace scalekeep::models
