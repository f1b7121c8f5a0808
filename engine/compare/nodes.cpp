#include "engine/compare/nodes.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

Node Builder::node(Node::Kind kind, const QString& type, const QString& name, const QString& path) const
{
    Node node;
    node.kind = kind;
    node.type = type;
    node.name = name;
    node.path = component + u'/' + path;
    node.component = component;
    return node;
}

bool Builder::counts(Node& node, const QString& kind, const QString& name, const QString& field) const
{
    const int rule = noise.matches(kind, name, field);
    if (rule >= 0)
        node.rule = rules.list.at(rule).id;
    return rule < 0;
}

void Builder::oneSided(Node& node, State state, const QString& kind, const QString& name, qint64 size) const
{
    node.state = state;
    node.noise = !counts(node, kind, name, u"content"_s);
    if (!node.noise)
        (state == State::Added ? node.counts.added : node.counts.removed) = std::max<qint64>(size, 1);
}

std::vector<Keyed> keyed(const QJsonObject& index, const std::function<QString(const QJsonObject&)>& key)
{
    std::vector<Keyed> list;
    const QJsonArray entries = index.value("entries"_L1).toArray();
    list.reserve(static_cast<size_t>(entries.size()));
    for (const QJsonValue value : entries) {
        const QJsonObject entry = value.toObject();
        list.push_back({key(entry), entry});
    }
    std::erase_if(list, [](const Keyed& item) { return item.key.isEmpty(); });
    std::ranges::stable_sort(list, {}, &Keyed::key);
    // Not std::ranges::unique, whose answer clang 14 cannot take from this standard library.
    list.erase(std::unique(list.begin(), list.end(), [](const Keyed& first, const Keyed& second) { return first.key == second.key; }), list.end());
    return list;
}

void pairUp(const std::vector<Keyed>& a, const std::vector<Keyed>& b, const std::function<void(const QJsonObject*, const QJsonObject*)>& each)
{
    auto left = a.begin();
    auto right = b.begin();
    while (left != a.end() || right != b.end()) {
        if (right == b.end() || (left != a.end() && left->key < right->key)) {
            each(&left->entry, nullptr);
            ++left;
        } else if (left == a.end() || right->key < left->key) {
            each(nullptr, &right->entry);
            ++right;
        } else {
            each(&left->entry, &right->entry);
            ++left;
            ++right;
        }
    }
}

} // namespace scalekeep::compare
