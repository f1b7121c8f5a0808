#include "engine/compare/nodes.h"
#include "engine/index/rowsketch.h"

#include <algorithm>
#include <cstdlib>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
QString text(const QJsonObject& entry, QLatin1StringView key)
{
    return entry.value(key).toString();
}

// In an index from a file: sums of such numbers do not overflow.
constexpr qint64 Most = qint64(1) << 46;

qint64 rowsOf(const QJsonObject& entry)
{
    return std::clamp<qint64>(entry.value("rows"_L1).toInteger(), 0, Most);
}

std::optional<index::RowSketch> sketchOf(const QJsonObject& table)
{
    if (rowsOf(table) == 0)
        return index::RowSketch();
    return index::RowSketch::fromBase64(text(table, "sketch"_L1).toLatin1());
}

/// How many rows differ, as far as the index tells.
Counts rowCounts(const QJsonObject& a, const QJsonObject& b)
{
    const qint64 before = rowsOf(a), now = rowsOf(b);
    Counts counts{.added = std::max<qint64>(now - before, 0), .removed = std::max<qint64>(before - now, 0), .changed = 0, .exact = false};
    // All rows of an empty table are new, whatever else.
    if (before == 0 || now == 0)
        return {.added = now, .removed = before, .changed = 0, .exact = true};
    const auto was = sketchOf(a), is = sketchOf(b);
    const auto difference = was && is ? was->compare(*is) : index::RowSketch::Difference{};
    const qint64 pairs = std::min(difference.missing, difference.extra);
    if (difference.exact && pairs + std::abs(difference.missing - difference.extra) > 0 && difference.extra - difference.missing == now - before) {
        counts.changed = pairs;
        counts.exact = true;
    } else {
        // A lower bound of rows on either side; the one that the numbers alone show is among them.
        counts.changed = std::max<qint64>((difference.missing + difference.extra + 1) / 2 - std::abs(now - before), now == before ? 1 : 0);
    }
    return counts;
}

Node tableNode(const Builder& builder, const QJsonObject* a, const QJsonObject* b)
{
    const QString name = text(a ? *a : *b, "name"_L1);
    Node node = builder.node(Node::Kind::Table, u"table"_s, name, u"table/"_s + name);
    node.raw = name.toUtf8();
    node.a = a ? rowsOf(*a) : -1;
    node.b = b ? rowsOf(*b) : -1;
    node.bytesA = a ? std::clamp<qint64>(a->value("bytes"_L1).toInteger(-1), -1, Most) : -1;
    node.bytesB = b ? std::clamp<qint64>(b->value("bytes"_L1).toInteger(-1), -1, Most) : -1;
    if (!a || !b) {
        builder.oneSided(node, a ? State::Removed : State::Added, u"table"_s, name, a ? node.a : node.b);
        node.notes << (a ? u"the table is only in A"_s : u"the table is only in B"_s);
        node.detail = Node::Detail::Rows;
        return node;
    }
    const bool rows = node.a != node.b || a->value("sha256"_L1) != b->value("sha256"_L1);
    const bool definition = a->value("schemaSha256"_L1) != b->value("schemaSha256"_L1);
    if (!rows && !definition)
        return node;
    node.state = State::Changed;
    if (definition) {
        node.notes << u"its definition differs"_s;
        if (builder.counts(node, u"table"_s, name, u"definition"_s))
            node.counts.changed += 1;
    }
    if (rows) {
        if (builder.counts(node, u"table"_s, name, u"content"_s))
            node.counts += rowCounts(*a, *b);
    }
    node.noise = node.counts.sum() == 0;
    // A definition alone is a text; with rows the rows say more.
    node.detail = rows ? Node::Detail::Rows : Node::Detail::Text;
    return node;
}

Node definitionNode(const Builder& builder, const QJsonObject* a, const QJsonObject* b)
{
    const QJsonObject& any = a ? *a : *b;
    const QString name = text(any, "name"_L1), kind = text(any, "kind"_L1);
    Node node = builder.node(Node::Kind::Definition, kind, name, kind + u'/' + name);
    node.raw = name.toUtf8();
    node.a = a ? 1 : -1;
    node.b = b ? 1 : -1;
    if (!a || !b) {
        builder.oneSided(node, a ? State::Removed : State::Added, kind, name);
        node.detail = Node::Detail::Text;
        return node;
    }
    const bool definition = a->value("sha256"_L1) != b->value("sha256"_L1);
    const bool value = a->value("value"_L1) != b->value("value"_L1);
    if (!definition && !value)
        return node;
    node.state = State::Changed;
    if (value)
        node.notes << u"stands at %1 in A, at %2 in B"_s.arg(text(*a, "value"_L1).left(80), text(*b, "value"_L1).left(80));
    const bool counted = (definition && builder.counts(node, kind, name, u"content"_s)) || (value && builder.counts(node, kind, name, u"value"_s));
    node.counts.changed = counted ? 1 : 0;
    node.noise = !counted;
    node.detail = definition ? Node::Detail::Text : Node::Detail::None;
    return node;
}
} // namespace

void compareSql(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component)
{
    // Tables first, the rest by kind.
    const auto key = [](const QJsonObject& entry) {
        const QString kind = text(entry, "kind"_L1), name = text(entry, "name"_L1);
        return name.isEmpty() || kind.isEmpty() ? QString() : (kind == "table"_L1 ? u"0"_s : u"1"_s + kind) + QChar(0) + name;
    };
    component.a = component.b = 0;
    pairUp(keyed(a, key), keyed(b, key), [&](const QJsonObject* left, const QJsonObject* right) {
        const bool table = text(left ? *left : *right, "kind"_L1) == "table"_L1;
        component.children.push_back(table ? tableNode(builder, left, right) : definitionNode(builder, left, right));
        if (table) {
            component.a += std::max<qint64>(component.children.back().a, 0);
            component.b += std::max<qint64>(component.children.back().b, 0);
        }
    });
}

} // namespace scalekeep::compare
