#include "models/compare/comparefilter.h"

#include <algorithm>

namespace scalekeep::models {

using compare::Node;
using compare::State;

namespace {
/// Whether something of a wanted kind is in the node or below it.
bool isWanted(const Node& node, const compare::Counts& counts, const CompareFilter::Choice& choice)
{
    if (node.state == State::NotCompared)
        return true;
    if (node.noise || node.state == State::Equal)
        return !choice.onlyChanges;
    if ((choice.added && counts.added > 0) || (choice.removed && counts.removed > 0) || (choice.changed && counts.changed > 0))
        return true;
    // A difference that is no row, key, file or field.
    return counts.sum() == 0 && (node.state == State::Added ? choice.added : node.state == State::Removed ? choice.removed : choice.changed);
}

bool isDifference(const Node& node)
{
    return !node.noise && node.state != State::Equal;
}
} // namespace

CompareFilter::CompareFilter(CompareTree* tree, QObject* parent) : QSortFilterProxyModel(parent), m_tree(tree)
{
    connect(tree, &QAbstractItemModel::modelReset, this, [this] { mark(); }); // before the proxy itself hears of it
    setSourceModel(tree);
    mark();
}

bool CompareFilter::isNarrowed() const
{
    return !m_words.isEmpty() || !m_choice.component.isEmpty() || !m_choice.added || !m_choice.removed || !m_choice.changed;
}

void CompareFilter::setChoice(const Choice& choice)
{
    if (choice == m_choice)
        return;
    m_choice = choice;
    m_words = choice.words.simplified().split(u' ', Qt::SkipEmptyParts);
    mark();
    invalidateFilter();
}

void CompareFilter::mark()
{
    m_shown.clear();
    m_stops.clear();
    if (const compare::Comparison* comparison = m_tree->comparison()) {
        for (const Node& component : comparison->root->children) {
            if (m_choice.component.isEmpty() || component.component == m_choice.component)
                mark(component, false, false);
        }
    }
}

/// `above`: a row above holds the words; `stopAbove`: it is where next() halts. Answers whether the node is shown.
bool CompareFilter::mark(const Node& node, bool above, bool stopAbove)
{
    if (!isWanted(node, m_tree->countsOf(node), m_choice))
        return false;
    const bool own = m_words.isEmpty() || above || std::all_of(m_words.begin(), m_words.end(), [&node](const QString& word) { return node.name.contains(word, Qt::CaseInsensitive); });
    const int place = int(m_shown.size());
    const size_t stops = m_stops.size();
    m_shown.emplace(&node, place);
    // Of an object it is enough to halt once: its lines are seen together.
    const bool stop = isDifference(node) && !stopAbove && (node.detail != Node::Detail::None || node.children.empty() || !node.notes.isEmpty());
    if (stop)
        m_stops.push_back(&node);
    bool below = false;
    for (const Node& child : node.children)
        below = mark(child, own && !m_words.isEmpty(), stopAbove || (stop && node.detail != Node::Detail::None)) || below;
    if (!own && !below) {
        m_shown.erase(&node);
        m_stops.resize(stops);
        return false;
    }
    return true;
}

QModelIndex CompareFilter::next(const QModelIndex& from, bool forward) const
{
    if (m_stops.empty())
        return {};
    const Node* node = m_tree->node(mapToSource(from));
    const auto known = m_shown.find(node);
    const int place = known == m_shown.end() ? -1 : known->second;
    const auto placeOf = [this](const Node* each) { return m_shown.at(each); };
    const Node* found = nullptr;
    if (forward) {
        const auto after = std::upper_bound(m_stops.begin(), m_stops.end(), place, [&](int now, const Node* each) { return now < placeOf(each); });
        found = after == m_stops.end() ? m_stops.front() : *after;
    } else {
        const auto at = std::lower_bound(m_stops.begin(), m_stops.end(), place, [&](const Node* each, int now) { return placeOf(each) < now; });
        found = at == m_stops.begin() ? m_stops.back() : *std::prev(at);
    }
    return mapFromSource(m_tree->indexOf(found));
}

QModelIndex CompareFilter::indexOf(const QString& path) const
{
    const QModelIndex source = m_tree->indexOf(path);
    return source.isValid() ? mapFromSource(source) : QModelIndex();
}

bool CompareFilter::filterAcceptsRow(int row, const QModelIndex& parent) const
{
    return m_shown.contains(m_tree->node(m_tree->index(row, 0, parent)));
}

} // namespace scalekeep::models
