#include "models/restore/changesmodel.h"

#include "models/common/format.h"
#include "models/common/roles.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

struct ChangesModel::Node {
    const Change* change = nullptr;
    Node* parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Node>> children;

    void fill(const QList<Change>& list)
    {
        for (const Change& each : list) {
            auto node = std::make_unique<Node>();
            node->change = &each;
            node->parent = this;
            node->row = int(children.size());
            node->fill(each.children);
            children.push_back(std::move(node));
        }
    }
};

namespace {
QString figure(const std::optional<qint64>& value, const QString& text)
{
    if (!text.isEmpty())
        return text;
    return value ? formatCount(*value) : u"–"_s;
}

void append(QString& text, const QList<Change>& list, int depth)
{
    for (const Change& each : list) {
        text += u"%1%2\t%3\t%4\t%5\n"_s.arg(QString(depth * 2, u' '), each.object, figure(each.now, each.nowText), figure(each.afterwards, each.afterwardsText), each.change);
        append(text, each.children, depth + 1);
    }
}
} // namespace

ChangesModel::ChangesModel(QObject* parent) : QAbstractItemModel(parent), m_root(std::make_unique<Node>()) {}
ChangesModel::~ChangesModel() = default;

void ChangesModel::set(const QList<Change>& changes)
{
    if (changes == m_changes)
        return;
    beginResetModel();
    m_changes = changes;
    m_root = std::make_unique<Node>();
    m_root->fill(m_changes);
    endResetModel();
}

QString ChangesModel::asText() const
{
    QString text = u"%1\t%2\t%3\t%4\n"_s.arg(tr("Object"), tr("Now"), tr("Afterwards"), tr("Change"));
    append(text, m_changes, 0);
    return text;
}

QModelIndex ChangesModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    const Node* node = parent.isValid() ? static_cast<const Node*>(parent.constInternalPointer()) : m_root.get();
    return createIndex(row, column, node->children[size_t(row)].get());
}

QModelIndex ChangesModel::parent(const QModelIndex& child) const
{
    if (!child.isValid())
        return {};
    Node* node = static_cast<const Node*>(child.constInternalPointer())->parent;
    return node == m_root.get() ? QModelIndex{} : createIndex(node->row, 0, node);
}

int ChangesModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    const Node* node = parent.isValid() ? static_cast<const Node*>(parent.constInternalPointer()) : m_root.get();
    return int(node->children.size());
}

int ChangesModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

QVariant ChangesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const Change& change = *static_cast<const Node*>(index.constInternalPointer())->change;
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Object:
            return change.object;
        case Now:
            return figure(change.now, change.nowText);
        case Afterwards:
            return figure(change.afterwards, change.afterwardsText);
        default:
            return change.change;
        }
    case Qt::TextAlignmentRole:
        return index.column() == Object ? int(Qt::AlignLeft | Qt::AlignVCenter) : int(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ToolTipRole:
        return change.explanation.isEmpty() ? QVariant{} : QVariant(change.explanation);
    case role::Glyph:
        return index.column() == Object ? QVariant(change.glyph) : QVariant{};
    case role::Icon:
        return index.column() == Object ? QVariant(change.icon) : QVariant{};
    case role::Dim:
        return index.column() == Now || (index.column() == Difference && (change.glyph == u"equal" || change.glyph == u"skipped"));
    default:
        return {};
    }
}

QVariant ChangesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return section == Object ? int(Qt::AlignLeft | Qt::AlignVCenter) : int(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Object:
        return tr("Object");
    case Now:
        return tr("Now");
    case Afterwards:
        return tr("Afterwards");
    default:
        return tr("Change");
    }
}

} // namespace scalekeep::models
