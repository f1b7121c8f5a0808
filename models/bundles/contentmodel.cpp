#include "models/bundles/contentmodel.h"

#include "models/common/format.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

ContentModel::ContentModel(const Workplace& workplace, QObject* parent) : QAbstractItemModel(parent), m_workplace(workplace), m_root(std::make_unique<ContentNode>()) {}
ContentModel::~ContentModel() = default;

void ContentModel::clear()
{
    beginResetModel();
    ++m_generation;
    m_root = std::make_unique<ContentNode>();
    m_file = {};
    m_state = BundleInfo::State::Reading;
    m_manifest = {};
    m_reader.reset();
    m_loads.clear();
    m_loading = 0;
    endResetModel();
    Q_EMIT loadingChanged();
}

void ContentModel::setBundle(const BundleInfo& bundle)
{
    if (bundle.file == m_file && bundle.state == m_state)
        return;
    clear();
    beginResetModel();
    m_file = bundle.file;
    m_state = bundle.state;
    if (bundle.state == BundleInfo::State::Readable) {
        m_manifest = *bundle.manifest;
        m_root = ContentTree::components(m_manifest);
    } else if (bundle.broken()) {
        const auto add = [this](const QString& name, const QString& what, const QString& glyph) {
            auto row = std::make_unique<ContentNode>();
            row->kind = ContentNode::Kind::Message;
            row->name = name.left(ContentTree::LongestName);
            row->what = what.left(ContentTree::LongestName);
            row->glyph = glyph;
            m_root->add(std::move(row));
        };
        for (const QString& stream : bundle.salvageable)
            add(stream, tr("has all of its parts"), u"waiting"_s);
        for (const QString& lost : bundle.lost)
            add(lost.section(u": "_s, 0, 0), tr("lost: %1").arg(lost.section(u": "_s, 1)), u"failed"_s);
    }
    mark(*m_root, false);
    endResetModel();
    if (isFiltered())
        setWords(m_words.join(u' '));
}

void ContentModel::setWords(const QString& words)
{
    m_words = words.simplified().split(u' ', Qt::SkipEmptyParts);
    if (isFiltered()) {
        for (const QString& component : m_manifest.indexSha256.keys())
            load(component);
    }
    mark(*m_root, false);
    Q_EMIT wordsChanged();
}

/// `above`: a row above holds the words. Answers whether this row or one below does.
bool ContentModel::mark(ContentNode& node, bool above) const
{
    const bool own = &node != m_root.get() && !m_words.isEmpty() &&
                     std::all_of(m_words.begin(), m_words.end(), [&node](const QString& word) { return node.name.contains(word, Qt::CaseInsensitive); });
    bool below = false;
    for (const auto& child : node.children)
        below = mark(*child, above || own) || below;
    node.hit = m_words.isEmpty() || own || below || above;
    return own || below;
}

// ------------------------------------------------------------------------------------------------------------ loading

bool ContentModel::canFetchMore(const QModelIndex& parent) const
{
    const ContentNode* row = node(parent);
    return row && row->kind == ContentNode::Kind::Component && m_manifest.indexSha256.contains(row->component) && m_loads.value(row->component) == Load::None;
}

void ContentModel::fetchMore(const QModelIndex& parent)
{
    if (canFetchMore(parent))
        load(node(parent)->component);
}

void ContentModel::load(const QString& component)
{
    const auto known = std::find_if(m_manifest.components.begin(), m_manifest.components.end(), [&](const bundle::Component& each) { return each.id == component; });
    const auto row = std::find_if(m_root->children.begin(), m_root->children.end(), [&](const auto& each) { return each->component == component; });
    if (m_loads.value(component) != Load::None || known == m_manifest.components.end() || row == m_root->children.end())
        return;
    m_loads.insert(component, Load::Running);
    ++m_loading;
    // Not at once: views ask for more in the middle of a change, and no row may come then.
    QMetaObject::invokeMethod(
        this,
        [this, component, generation = m_generation] {
            if (generation == m_generation && m_loads.value(component) == Load::Running)
                showReading(component);
        },
        Qt::QueuedConnection);
    Q_EMIT loadingChanged();
    struct Answer {
        std::shared_ptr<const bundle::Reader> reader;
        Tree tree;
    };
    m_workplace.inBackground(
        this,
        [reader = m_reader, path = m_file.path, described = *known, streams = m_manifest.streams]() mutable {
            if (!reader) {
                auto opened = bundle::Reader::open(path);
                if (!opened)
                    return Answer{nullptr, std::make_shared<Result<std::unique_ptr<ContentNode>>>(fail(opened.error()))};
                reader = std::move(*opened);
            }
            erase_if(streams, [&](const bundle::Stream& stream) { return stream.component != described.id; });
            const auto index = reader->index(described.id);
            auto tree = index ? ContentTree::children(described, streams, *index) : Result<std::unique_ptr<ContentNode>>(fail(index.error()));
            return Answer{reader, std::make_shared<Result<std::unique_ptr<ContentNode>>>(std::move(tree))};
        },
        [this, component, generation = m_generation](const Answer& answer) { loaded(generation, component, answer.reader, answer.tree); });
}

void ContentModel::showReading(const QString& component)
{
    const auto row = std::find_if(m_root->children.begin(), m_root->children.end(), [&](const auto& each) { return each->component == component; });
    std::vector<std::unique_ptr<ContentNode>> reading;
    reading.push_back(std::make_unique<ContentNode>());
    reading.back()->kind = ContentNode::Kind::Message;
    reading.back()->name = tr("Reading…");
    reading.back()->glyph = u"running"_s;
    reading.back()->dim = true;
    replaceChildren(**row, std::move(reading));
}

void ContentModel::loaded(quint64 generation, const QString& component, const std::shared_ptr<const bundle::Reader>& reader, const Tree& tree)
{
    if (generation != m_generation)
        return;
    --m_loading;
    m_loads.insert(component, Load::Done);
    if (!m_reader)
        m_reader = reader;
    const auto row = std::find_if(m_root->children.begin(), m_root->children.end(), [&](const auto& each) { return each->component == component; });
    std::vector<std::unique_ptr<ContentNode>> children;
    if (*tree && !(**tree)->children.empty()) {
        children = std::move((**tree)->children);
        const double share = (*row)->share;
        // Shares of the component become shares of the bundle, as its own bar is.
        const auto scale = [share](const auto& self, ContentNode& each) -> void {
            if (each.share >= 0)
                each.share *= std::max(share, 0.0);
            for (const auto& child : each.children)
                self(self, *child);
        };
        for (const auto& child : children)
            scale(scale, *child);
    } else {
        children.push_back(std::make_unique<ContentNode>());
        children.back()->kind = ContentNode::Kind::Message;
        children.back()->dim = true;
        children.back()->name = *tree ? tr("Nothing is in it") : tree->error().message;
        children.back()->glyph = *tree ? QString() : u"failed"_s;
        children.back()->toolTip = *tree ? QString() : tree->error().hint;
    }
    replaceChildren(**row, std::move(children));
    if (isFiltered()) {
        mark(*m_root, false);
        Q_EMIT wordsChanged();
    }
    Q_EMIT loadingChanged();
}

void ContentModel::replaceChildren(ContentNode& component, std::vector<std::unique_ptr<ContentNode>> children)
{
    const QModelIndex parent = indexOf(&component);
    if (!component.children.empty()) {
        beginRemoveRows(parent, 0, int(component.children.size()) - 1);
        component.children.clear();
        endRemoveRows();
    }
    if (children.empty())
        return;
    beginInsertRows(parent, 0, int(children.size()) - 1);
    for (auto& child : children)
        component.add(std::move(child));
    mark(component, false);
    endInsertRows();
}

// --------------------------------------------------------------------------------------------------------------- rows

const ContentNode* ContentModel::node(const QModelIndex& index) const
{
    return index.isValid() ? static_cast<const ContentNode*>(index.internalPointer()) : nullptr;
}

QModelIndex ContentModel::indexOf(const ContentNode* row) const
{
    return row && row != m_root.get() ? createIndex(row->row, 0, row) : QModelIndex();
}

QModelIndex ContentModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    const ContentNode* above = parent.isValid() ? node(parent) : m_root.get();
    return createIndex(row, column, above->children.at(size_t(row)).get());
}

QModelIndex ContentModel::parent(const QModelIndex& index) const
{
    return index.isValid() ? indexOf(node(index)->parent) : QModelIndex();
}

int ContentModel::rowCount(const QModelIndex& parent) const
{
    if (parent.column() > 0)
        return 0;
    return int((parent.isValid() ? node(parent) : m_root.get())->children.size());
}

int ContentModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

bool ContentModel::hasChildren(const QModelIndex& parent) const
{
    return parent.column() <= 0 && (rowCount(parent) > 0 || canFetchMore(parent));
}

QVariant ContentModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(section == Size ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    const QStringList titles{tr("Content"), tr("What"), tr("Size"), tr("Share")};
    const QStringList tips{tr("Components of the bundle, and what is in them"), tr("What was counted when the backup was taken"), tr("Size of the data, before compression; a dash where only rows or keys are counted"),
                           tr("Share of the bundle's data; within a database by rows, within Redis by keys")};
    return role == Qt::DisplayRole ? titles.at(section) : role == Qt::ToolTipRole ? QVariant(tips.at(section)) : QVariant();
}

QVariant ContentModel::toolTip(const ContentNode& row, int column) const
{
    if (column == Content)
        return row.toolTip.isEmpty() ? row.name : row.name == row.toolTip ? row.name : row.name + u'\n' + row.toolTip;
    if (column == Share && row.share >= 0)
        return tr("%1 % of the bundle's data").arg(row.share * 100, 0, 'f', row.share < 0.1 ? 1 : 0) + (row.toolTip.isEmpty() || row.bytes >= 0 ? QString() : u'\n' + row.toolTip);
    return column == What ? row.what : QVariant();
}

QVariant ContentModel::data(const QModelIndex& index, int role) const
{
    const ContentNode* row = node(index);
    if (!row)
        return {};
    const int column = index.column();
    switch (role) {
    case Qt::DisplayRole:
        return column == Content ? row->name : column == What ? row->what : column == Size && row->kind != ContentNode::Kind::Message ? formatBytes(row->bytes) : QString();
    case Qt::AccessibleTextRole:
        if (column == Share)
            return row->share < 0 ? QString() : tr("%1 %").arg(row->share * 100, 0, 'f', 1);
        return data(index, Qt::DisplayRole);
    case Qt::ToolTipRole: return toolTip(*row, column);
    case Qt::TextAlignmentRole: return int(column == Size ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case role::Icon: return column == Content && row->glyph.isEmpty() && !row->icon.isEmpty() ? row->icon : QVariant();
    case role::Glyph: return column == Content && !row->glyph.isEmpty() ? row->glyph : QVariant();
    case role::Share: return column == Share && row->share >= 0 ? std::clamp(row->share, 0.0, 1.0) : QVariant();
    case role::Dim: return row->dim || column == What || (column == Size && row->bytes < 0);
    default: return {};
    }
}

// ------------------------------------------------------------------------------------------------------------- filter

ContentFilter::ContentFilter(ContentModel* model, QObject* parent) : QSortFilterProxyModel(parent), m_model(model)
{
    setSourceModel(model);
    connect(model, &ContentModel::wordsChanged, this, [this] { invalidateFilter(); });
}

bool ContentFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    return m_model->node(m_model->index(row, 0, parent))->hit;
}

} // namespace scalekeep::models
