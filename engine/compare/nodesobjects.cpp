#include "engine/compare/nodes.h"

#include <QSet>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
QString text(const QJsonObject& entry, QLatin1StringView key)
{
    return entry.value(key).toString();
}

qint64 fieldsOf(const QJsonObject* entry)
{
    return entry ? entry->value("fields"_L1).toObject().size() : -1;
}

void addField(const Builder& builder, Node& object, const QString& name, const QString& field, State state)
{
    Node node = builder.node(Node::Kind::Field, object.type, field, object.path.mid(builder.component.size() + 1) + u'/' + field);
    node.state = state;
    node.noise = !builder.counts(node, object.type, name, field);
    if (!node.noise)
        (state == State::Added ? node.counts.added : state == State::Removed ? node.counts.removed : node.counts.changed) = 1;
    object.children.push_back(std::move(node));
}

Node objectNode(const Builder& builder, const QJsonObject* a, const QJsonObject* b, QSet<QString>& paths)
{
    const QJsonObject& any = a ? *a : *b;
    const QString kind = text(any, "kind"_L1), group = text(any, "group"_L1), name = text(any, "name"_L1);
    // Kinds of one name in two groups are rare; their paths differ all the same.
    const QString path = paths.contains(kind + u'/' + name) ? u"%1.%2/%3"_s.arg(kind, group, name) : kind + u'/' + name;
    paths.insert(path);
    Node node = builder.node(Node::Kind::Object, kind, name, path);
    node.raw = QStringList{kind, group, name}.join(u'\n').toUtf8();
    node.a = fieldsOf(a);
    node.b = fieldsOf(b);
    const Node::Detail detail = kind == "Secret"_L1 ? Node::Detail::Secret : Node::Detail::Text;
    if (!a || !b) {
        builder.oneSided(node, a ? State::Removed : State::Added, kind, name);
        node.detail = detail;
        return node;
    }
    if (a->value("sha256"_L1) == b->value("sha256"_L1))
        return node;
    const QJsonObject before = a->value("fields"_L1).toObject(), now = b->value("fields"_L1).toObject();
    for (auto it = before.begin(); it != before.end(); ++it) {
        const QJsonValue other = now.value(it.key());
        if (other.isUndefined())
            addField(builder, node, name, it.key(), State::Removed);
        else if (other != it.value())
            addField(builder, node, name, it.key(), State::Changed);
    }
    for (auto it = now.begin(); it != now.end(); ++it) {
        if (!before.contains(it.key()))
            addField(builder, node, name, it.key(), State::Added);
    }
    std::ranges::stable_sort(node.children, {}, &Node::name);
    node.detail = detail;
    if (node.children.empty()) { // an index whose digest is not that of its fields
        node.state = State::Changed;
        node.counts.changed = 1;
        node.notes << u"it differs, but the index does not say in what"_s;
    }
    return node;
}
} // namespace

void compareObjects(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component)
{
    const auto key = [](const QJsonObject& entry) {
        const QString kind = text(entry, "kind"_L1), name = text(entry, "name"_L1);
        return kind.isEmpty() || name.isEmpty() ? QString() : QStringList{kind, text(entry, "group"_L1), name}.join(QChar(0));
    };
    std::vector<Node> kinds;
    QSet<QString> paths;
    component.a = component.b = 0;
    pairUp(keyed(a, key), keyed(b, key), [&](const QJsonObject* left, const QJsonObject* right) {
        const QString kind = text(left ? *left : *right, "kind"_L1);
        if (kinds.empty() || kinds.back().name != kind) {
            kinds.push_back(builder.node(Node::Kind::ObjectKind, kind, kind, kind));
            kinds.back().a = kinds.back().b = 0;
        }
        kinds.back().children.push_back(objectNode(builder, left, right, paths));
        for (Node* sum : {&kinds.back(), &component}) {
            sum->a += left ? 1 : 0;
            sum->b += right ? 1 : 0;
        }
    });
    component.children = kinds.size() == 1 ? std::move(kinds.front().children) : std::move(kinds);
}

} // namespace scalekeep::compare
