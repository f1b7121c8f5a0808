#include "engine/compare/compare.h"

#include "engine/compare/nodes.h"

#include <QElapsedTimer>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
QStringList componentsOf(const Content& a, const Content& b)
{
    QStringList ids;
    for (const Content* side : {&a, &b}) {
        for (const bundle::Component& component : side->manifest.components) {
            if (side->parts.contains(component.id) && !ids.contains(component.id))
                ids.append(component.id);
        }
        for (auto it = side->parts.cbegin(); it != side->parts.cend(); ++it) {
            if (!ids.contains(it.key()))
                ids.append(it.key());
        }
    }
    return ids;
}

Node componentNode(const QString& id, const Content& a, const Content& b, const Rules& rules, const NoiseFilter& noise)
{
    Node node;
    node.kind = Node::Kind::Component;
    node.name = node.path = node.component = id;
    const auto left = a.parts.constFind(id), right = b.parts.constFind(id);
    const bool inA = left != a.parts.cend(), inB = right != b.parts.cend();
    node.type = inA ? left->engine : right->engine;
    if (!inA || !inB || left->unreadable || right->unreadable) {
        node.state = State::NotCompared;
        for (const auto& [here, part, side] : {std::tuple{inA, left, u"A"_s}, std::tuple{inB, right, u"B"_s}}) {
            if (!here)
                node.notes << u"%1 does not hold it"_s.arg(side);
            else if (part->unreadable)
                node.notes << u"it could not be read for %1: %2"_s.arg(side, part->notes.value(0, u"no reason is known"_s));
        }
        return node;
    }
    const QString format = left->index.value("format"_L1).toString(), other = right->index.value("format"_L1).toString();
    using Compare = void (*)(const Builder&, const QJsonObject&, const QJsonObject&, Node&);
    static const QHash<QString, Compare> formats{{u"mysqldump"_s, compareSql}, {u"pg_dump"_s, compareSql}, {u"rdb"_s, compareRedis}, {u"tar"_s, compareFiles}, {u"json"_s, compareObjects}};
    const Compare compareFormat = formats.value(format);
    if (format != other || !compareFormat || !left->index.value("entries"_L1).isArray() || !right->index.value("entries"_L1).isArray()) {
        node.state = State::NotCompared;
        node.notes << (format != other ? u"A holds it as %1, B as %2"_s.arg(format.left(40), other.left(40)) : u"its content index is of an unknown form"_s);
        return node;
    }
    node.a = node.b = 0;
    compareFormat({rules, noise, id, left->moment.toMSecsSinceEpoch(), right->moment.toMSecsSinceEpoch()}, left->index, right->index, node);
    return node;
}

/// Numbers and states of everything below, and the way up.
void finish(Node& node, const Node* parent, int row)
{
    node.parent = parent;
    node.row = row;
    bool differs = false, noise = false;
    qint64 bytesA = -1, bytesB = -1;
    for (size_t i = 0; i < node.children.size(); ++i) {
        Node& child = node.children[i];
        finish(child, &node, static_cast<int>(i));
        differs = differs || (child.state != State::Equal && !child.noise);
        noise = noise || child.noise;
        node.counts += child.counts;
        if (child.bytesA >= 0)
            bytesA = std::max<qint64>(bytesA, 0) + child.bytesA;
        if (child.bytesB >= 0)
            bytesB = std::max<qint64>(bytesB, 0) + child.bytesB;
    }
    if (node.bytesA < 0)
        node.bytesA = bytesA;
    if (node.bytesB < 0)
        node.bytesB = bytesB;
    if (differs && (node.state == State::Equal || node.noise)) {
        node.state = node.state == State::Equal ? State::Changed : node.state;
        node.noise = false;
    } else if (noise && node.state == State::Equal) {
        node.noise = true;
    }
    if (!node.noise)
        node.rule.clear();
}

QStringList notesOn(const Content& a, const Content& b)
{
    QStringList notes;
    const bundle::Header &left = a.header, &right = b.header;
    if (left.apiUrl != right.apiUrl || left.namespaceName != right.namespaceName)
        notes << u"The two are of different installations: %1/%2 and %3/%4."_s.arg(left.cluster, left.namespaceName, right.cluster, right.namespaceName);
    else if (!left.projectUid.isEmpty() && !right.projectUid.isEmpty() && left.projectUid != right.projectUid)
        notes << u"The namespace %1 was made anew between the two."_s.arg(left.namespaceName);
    const auto shown = [](const QString& version) { return version.isEmpty() ? u"of a version that is not known"_s : version; };
    if (left.threescaleVersion != right.threescaleVersion)
        notes << u"3scale is %1 in A and %2 in B."_s.arg(shown(left.threescaleVersion), shown(right.threescaleVersion));
    if (a.when.isValid() && b.when.isValid() && a.when > b.when)
        notes << u"A, the base, is the newer one: what was made since B shows as removed."_s;
    return notes;
}

void collect(const Node& node, bool withNoise, QList<const Node*>& list)
{
    const bool leaf = node.children.empty() || !node.notes.isEmpty();
    if (leaf && node.kind != Node::Kind::Root && node.state != State::Equal && (withNoise || !node.noise))
        list.append(&node);
    for (const Node& child : node.children)
        collect(child, withNoise, list);
}

const Node* findIn(const Node& node, const QString& path)
{
    if (node.path == path)
        return &node;
    for (const Node& child : node.children) {
        if (const Node* found = findIn(child, path))
            return found;
    }
    return nullptr;
}
} // namespace

Counts& Counts::operator+=(const Counts& other)
{
    added += other.added;
    removed += other.removed;
    changed += other.changed;
    exact = exact && other.exact;
    return *this;
}

bool Comparison::isEqual() const
{
    return root->state == State::Equal;
}

const Node* Comparison::find(const QString& path) const
{
    return path.isEmpty() ? nullptr : findIn(*root, path);
}

QList<const Node*> Comparison::differences(bool withNoise) const
{
    QList<const Node*> list;
    collect(*root, withNoise, list);
    return list;
}

Comparison compare(const Content& a, const Content& b, const Rules& rules)
{
    QElapsedTimer timer;
    timer.start();
    const NoiseFilter noise(rules);
    const auto root = std::make_shared<Node>();
    for (const QString& id : componentsOf(a, b))
        root->children.push_back(componentNode(id, a, b, rules, noise));
    finish(*root, nullptr, 0);
    return {.a = a, .b = b, .rules = rules, .root = root, .notes = notesOn(a, b), .milliseconds = timer.elapsed()};
}

QString stateName(State state)
{
    switch (state) {
    case State::Equal: return u"equal"_s;
    case State::Changed: return u"changed"_s;
    case State::Added: return u"added"_s;
    case State::Removed: return u"removed"_s;
    case State::NotCompared: return u"not-compared"_s;
    }
    return {};
}

QString kindName(Node::Kind kind)
{
    switch (kind) {
    case Node::Kind::Root: return u"root"_s;
    case Node::Kind::Component: return u"component"_s;
    case Node::Kind::Table: return u"table"_s;
    case Node::Kind::Definition: return u"definition"_s;
    case Node::Kind::Database: return u"database"_s;
    case Node::Kind::Prefix: return u"prefix"_s;
    case Node::Kind::Directory: return u"directory"_s;
    case Node::Kind::File: return u"file"_s;
    case Node::Kind::ObjectKind: return u"kind"_s;
    case Node::Kind::Object: return u"object"_s;
    case Node::Kind::Field: return u"field"_s;
    }
    return {};
}

} // namespace scalekeep::compare
