#include "engine/compare/nodes.h"
#include "engine/compare/secretnames.h"
#include "engine/index/rdbkeys.h"

#include <QMap>
#include <QSet>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
/// One pair as seen from A and B: the pairs were made in the order of time, for a key can only be gone after its time.
struct Seen {
    qint64 a = 0, b = 0, bytesA = 0, bytesB = 0, added = 0, removed = 0, expired = 0;
};

Seen seen(const index::RdbKeys::Pair& pair, bool reversed)
{
    Seen s{pair.keysExpected, pair.keysFound, pair.bytesExpected, pair.bytesFound, pair.extra, pair.missing, pair.expired};
    if (reversed) {
        std::swap(s.a, s.b);
        std::swap(s.bytesA, s.bytesB);
        std::swap(s.added, s.removed);
    }
    return s;
}

QString shownPrefix(const std::string& prefix)
{
    const bool open = prefix.empty() || prefix.ends_with(':') || prefix.ends_with('/');
    return maskedKey(QString::fromStdString(prefix)) + (open ? u"*"_s : QString());
}

Node prefixNode(const Builder& builder, const index::RdbKeys::Pair& pair, bool reversed, QSet<QString>& paths)
{
    const Seen s = seen(pair, reversed);
    const QString shown = shownPrefix(pair.prefix);
    // Prefixes that differ in a masked part only.
    QString path = u"%1/%2/%3"_s.arg(pair.database).arg(pair.type, shown);
    for (int copy = 2; paths.contains(path); ++copy)
        path = u"%1/%2/%3 #%4"_s.arg(pair.database).arg(pair.type, shown).arg(copy);
    paths.insert(path);
    Node node = builder.node(Node::Kind::Prefix, pair.type, shown, path);
    node.raw = QByteArray::number(pair.database) + ' ' + QByteArray::fromStdString(pair.prefix);
    node.a = s.a == 0 ? -1 : s.a;
    node.b = s.b == 0 ? -1 : s.b;
    node.bytesA = s.a == 0 ? -1 : s.bytesA;
    node.bytesB = s.b == 0 ? -1 : s.bytesB;
    if (s.added == 0 && s.removed == 0 && !pair.changed && s.expired == 0)
        return node;
    node.detail = Node::Detail::Keys;
    const bool expiredCounts = s.expired > 0 && builder.counts(node, u"prefix"_s, shown, u"expired"_s);
    if (s.expired > 0)
        node.notes << (s.expired == 1 ? u"1 key is gone because its time to live was over"_s : u"%1 keys are gone because their time to live was over"_s.arg(s.expired));
    const bool contentDiffers = s.added > 0 || s.removed > 0 || pair.changed;
    node.state = s.a == 0 ? State::Added : s.b == 0 ? State::Removed : State::Changed;
    if (contentDiffers && builder.counts(node, u"prefix"_s, shown, u"content"_s))
        node.counts = {.added = s.added, .removed = s.removed, .changed = pair.changed ? 1 : 0, .exact = s.a == 0 || s.b == 0};
    if (expiredCounts)
        (reversed ? node.counts.added : node.counts.removed) += s.expired;
    node.noise = node.counts.sum() == 0;
    return node;
}

Node functionNode(const Builder& builder, const QJsonObject* a, const QJsonObject* b)
{
    const QString name = (a ? *a : *b).value("name"_L1).toString();
    Node node = builder.node(Node::Kind::Definition, u"function"_s, name, u"function/"_s + name);
    if (!a || !b) {
        builder.oneSided(node, a ? State::Removed : State::Added, u"function"_s, name);
    } else if (a->value("sha256"_L1) != b->value("sha256"_L1)) {
        node.state = State::Changed;
        node.noise = !builder.counts(node, u"function"_s, name, u"content"_s);
        node.counts.changed = node.noise ? 0 : 1;
    }
    return node;
}
} // namespace

void compareRedis(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component)
{
    auto keysA = index::RdbKeys::fromJson(a), keysB = index::RdbKeys::fromJson(b);
    if (!keysA || !keysB) {
        component.state = State::NotCompared;
        component.notes << u"The content index of %1 makes no sense: check the bundle with verify."_s.arg(keysA ? u"B"_s : u"A"_s);
        return;
    }
    const bool reversed = builder.momentA > builder.momentB;
    const auto pairs = reversed ? index::RdbKeys::pairs(std::move(*keysB), std::move(*keysA), builder.momentA)
                                : index::RdbKeys::pairs(std::move(*keysA), std::move(*keysB), builder.momentB);
    component.a = component.b = 0;
    QSet<QString> paths;
    for (const index::RdbKeys::Pair& pair : pairs.list) {
        const QString name = QString::number(pair.database);
        if (component.children.empty() || component.children.back().name != name) {
            component.children.push_back(builder.node(Node::Kind::Database, u"database"_s, name, name));
            component.children.back().a = component.children.back().b = 0;
        }
        Node& database = component.children.back();
        database.children.push_back(prefixNode(builder, pair, reversed, paths));
        const Node& prefix = database.children.back();
        for (Node* sum : {&database, &component}) {
            sum->a += std::max<qint64>(prefix.a, 0);
            sum->b += std::max<qint64>(prefix.b, 0);
        }
    }
    const auto key = [](const QJsonObject& entry) { return entry.value("kind"_L1) == "function"_L1 ? entry.value("name"_L1).toString() : QString(); };
    pairUp(keyed(a, key), keyed(b, key), [&](const QJsonObject* left, const QJsonObject* right) { component.children.push_back(functionNode(builder, left, right)); });
}

} // namespace scalekeep::compare
