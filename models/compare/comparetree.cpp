#include "models/compare/comparetree.h"

#include "models/common/components.h"
#include "models/common/format.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using compare::Node;
using compare::State;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::CompareTree)
};

constexpr qsizetype longestName = 300; ///< of what comes out of bundles

QString cut(const QString& text)
{
    return text.size() <= longestName ? text : text.left(longestName - 1) + u'…';
}

QString figure(qint64 count, bool exact, const QString& sign)
{
    // An index may only tell that there are at least so many.
    return count == 0 ? QString() : exact ? sign + formatCount(count) : u"≥ "_s + formatCount(count);
}

QString stateText(const Node& node)
{
    if (node.noise)
        return Texts::tr("noise");
    switch (node.state) {
    case State::Equal: return Texts::tr("equal");
    case State::Changed: return Texts::tr("changed");
    case State::Added: return Texts::tr("added");
    case State::Removed: return Texts::tr("removed");
    case State::NotCompared: return Texts::tr("not compared");
    }
    return {};
}
} // namespace

QString glyphOf(State state)
{
    switch (state) {
    case State::Equal: return u"equal"_s;
    case State::Changed: return u"changed"_s;
    case State::Added: return u"added"_s;
    case State::Removed: return u"removed"_s;
    case State::NotCompared: return u"skipped"_s;
    }
    return {};
}

QString titleOf(const Node& node)
{
    QStringList names;
    for (const Node* each = &node; each && each->kind != Node::Kind::Root; each = each->parent)
        names.prepend(cut(each->name));
    return names.join(u" / "_s);
}

QString amountsOf(const Node& node)
{
    const auto both = [&node](const QString& ofBoth, const QString& ofA, const QString& ofB) {
        return node.a >= 0 && node.b >= 0 ? ofBoth.arg(formatCount(node.a), formatCount(node.b)) : node.a >= 0 ? ofA.arg(formatCount(node.a)) : node.b >= 0 ? ofB.arg(formatCount(node.b)) : QString();
    };
    switch (node.kind) {
    case Node::Kind::Table: return both(Texts::tr("%1 rows in A, %2 in B"), Texts::tr("%1 rows, only in A"), Texts::tr("%1 rows, only in B"));
    case Node::Kind::Database:
    case Node::Kind::Prefix: return both(Texts::tr("%1 keys in A, %2 in B"), Texts::tr("%1 keys, only in A"), Texts::tr("%1 keys, only in B"));
    case Node::Kind::Directory: return both(Texts::tr("%1 files in A, %2 in B"), Texts::tr("%1 files, only in A"), Texts::tr("%1 files, only in B"));
    case Node::Kind::ObjectKind: return both(Texts::tr("%1 objects in A, %2 in B"), Texts::tr("%1 objects, only in A"), Texts::tr("%1 objects, only in B"));
    case Node::Kind::File:
        if (node.bytesA >= 0 && node.bytesB >= 0)
            return Texts::tr("%1 in A, %2 in B").arg(formatBytes(node.bytesA), formatBytes(node.bytesB));
        break;
    default: break;
    }
    return {};
}

CompareTree::CompareTree(QObject* parent) : QAbstractItemModel(parent) {}

void CompareTree::setComparison(const std::shared_ptr<const compare::Comparison>& comparison)
{
    if (comparison == m_comparison)
        return;
    beginResetModel();
    m_comparison = comparison;
    m_counted.clear();
    endResetModel();
}

compare::Counts CompareTree::countsOf(const Node& node) const
{
    const auto counted = m_counted.find(&node);
    return counted == m_counted.end() ? node.counts : counted->second;
}

void CompareTree::setCounted(const QString& path, const compare::Detail& detail)
{
    const Node* node = m_comparison ? m_comparison->find(path) : nullptr;
    if (!node || (detail.kind != Node::Detail::Rows && detail.kind != Node::Detail::Keys))
        return;
    const compare::Counts before = countsOf(*node), now = detail.rows.counts;
    for (const Node* each = node; each; each = each->parent) {
        compare::Counts counts = countsOf(*each);
        counts.added += now.added - before.added;
        counts.removed += now.removed - before.removed;
        counts.changed += now.changed - before.changed;
        if (each == node)
            counts.exact = true;
        m_counted[each] = counts;
        if (const QModelIndex index = indexOf(each); index.isValid())
            Q_EMIT dataChanged(index.siblingAtColumn(Added), index.siblingAtColumn(Changed));
    }
}

const Node* CompareTree::node(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<const Node*>(index.constInternalPointer()) : nullptr;
}

QModelIndex CompareTree::indexOf(const Node* node) const
{
    return node && node->parent ? createIndex(node->row, 0, node) : QModelIndex();
}

QModelIndex CompareTree::indexOf(const QString& path) const
{
    return m_comparison && !path.isEmpty() ? indexOf(m_comparison->find(path)) : QModelIndex();
}

QModelIndex CompareTree::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    const Node* above = parent.isValid() ? node(parent) : m_comparison->root.get();
    return createIndex(row, column, &above->children[size_t(row)]);
}

QModelIndex CompareTree::parent(const QModelIndex& index) const
{
    const Node* below = node(index);
    return below ? indexOf(below->parent) : QModelIndex();
}

int CompareTree::rowCount(const QModelIndex& parent) const
{
    if (!m_comparison || parent.column() > 0)
        return 0;
    return int((parent.isValid() ? node(parent) : m_comparison->root.get())->children.size());
}

int CompareTree::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QVariant CompareTree::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section == Object ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
    const QStringList titles{tr("Object"), tr("Added"), tr("Removed"), tr("Changed")};
    const QStringList tips{tr("What was compared, by component"), tr("Rows, keys, files and fields that only B has"), tr("Rows, keys, files and fields that only A has"), tr("Rows, keys, files and fields that both have, but not equal")};
    return role == Qt::DisplayRole ? titles.at(section) : role == Qt::ToolTipRole ? QVariant(tips.at(section)) : QVariant();
}

QString CompareTree::iconOf(const Node& node) const
{
    switch (node.kind) {
    case Node::Kind::Component: {
        const auto part = m_comparison->a.parts.contains(node.component) ? m_comparison->a.parts.value(node.component) : m_comparison->b.parts.value(node.component);
        return iconOfComponent(part.engine, node.component);
    }
    case Node::Kind::Table: return u"table"_s;
    case Node::Kind::Definition: return u"file"_s;
    case Node::Kind::Database:
    case Node::Kind::Prefix: return u"layers"_s;
    case Node::Kind::Directory: return u"folder"_s;
    case Node::Kind::File: return u"file"_s;
    case Node::Kind::ObjectKind:
    case Node::Kind::Object: {
        const QString kind = node.kind == Node::Kind::Object ? node.type : node.name;
        return kind == u"Secret" ? u"key"_s : kind == u"ConfigMap" ? u"file"_s : kind == u"Route" ? u"route"_s : u"cube"_s;
    }
    case Node::Kind::Root:
    case Node::Kind::Field: return {};
    }
    return {};
}

QString CompareTree::toolTip(const Node& node) const
{
    QStringList lines{titleOf(node)};
    if (node.state == State::NotCompared)
        lines.append(tr("Not compared."));
    if (!node.renamedFrom.isEmpty())
        lines.append(tr("In A it is %1, with the same content.").arg(cut(node.renamedFrom)));
    if (const QString amounts = amountsOf(node); !amounts.isEmpty())
        lines.append(amounts);
    for (const QString& note : node.notes.mid(0, 20))
        lines.append(cut(note));
    if (!countsOf(node).exact)
        lines.append(tr("The index tells that there are at least so many. Select it to count them."));
    if (node.noise) {
        const auto rule = std::find_if(m_comparison->rules.list.begin(), m_comparison->rules.list.end(), [&node](const compare::Rule& each) { return each.id == node.rule; });
        lines.append(rule == m_comparison->rules.list.end() ? tr("Taken for noise.") : tr("Taken for noise: %1").arg(cut(rule->title)));
    }
    return lines.join(u'\n');
}

QVariant CompareTree::data(const QModelIndex& index, int role) const
{
    const Node* row = node(index);
    if (!row)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        switch (column) {
        case Object: return row->kind == Node::Kind::Definition && !row->type.isEmpty() ? tr("%1 (%2)").arg(cut(row->name), cut(row->type)) : cut(row->name);
        case Added: return figure(countsOf(*row).added, countsOf(*row).exact, u"+"_s);
        case Removed: return figure(countsOf(*row).removed, countsOf(*row).exact, u"−"_s);
        default: return figure(countsOf(*row).changed, countsOf(*row).exact, {});
        }
    case Qt::AccessibleTextRole:
        return column == Object ? tr("%1, %2").arg(cut(row->name), stateText(*row)) : data(index, Qt::DisplayRole);
    case Qt::ToolTipRole: return toolTip(*row);
    case Qt::TextAlignmentRole: return int(column == Object ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
    case role::Glyph: return column == Object ? glyphOf(row->noise && row->children.empty() ? State::Equal : row->state) : QVariant();
    case role::Icon: return column == Object ? iconOf(*row) : QVariant();
    case role::Tint: return column == Added ? u"ok"_s : column == Removed ? u"err"_s : column == Changed ? u"warn"_s : QVariant();
    case role::Dim: return row->noise || row->state == State::Equal;
    case Path: return row->path;
    default: return {};
    }
}

} // namespace scalekeep::models
