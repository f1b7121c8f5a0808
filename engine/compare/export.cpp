#include "engine/compare/export.h"

#include <QJsonArray>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
QJsonObject countsJson(const Counts& counts)
{
    return {{u"added"_s, counts.added}, {u"removed"_s, counts.removed}, {u"changed"_s, counts.changed}, {u"exact"_s, counts.exact}};
}

QJsonObject sideJson(const Content& content)
{
    return {{u"label"_s, content.label}, {u"live"_s, content.live}, {u"bundle"_s, content.bundle}, {u"cluster"_s, content.header.cluster}, {u"namespace"_s, content.header.namespaceName},
            {u"apiUrl"_s, content.header.apiUrl}, {u"version"_s, content.header.threescaleVersion}, {u"when"_s, content.when.toUTC().toString(Qt::ISODateWithMs)}};
}

QJsonValue cellJson(const Cell& cell)
{
    QJsonObject json;
    if (cell.masked)
        json.insert(u"masked"_s, true);
    else if (!cell.null)
        json.insert(u"text"_s, cell.text);
    if (cell.null)
        json.insert(u"null"_s, true);
    if (cell.changed)
        json.insert(u"changed"_s, true);
    return json;
}

QJsonArray cellsJson(const QList<Cell>& cells)
{
    QJsonArray array;
    for (const Cell& cell : cells)
        array.append(cellJson(cell));
    return array;
}

QJsonObject rowsJson(const RowDetail& detail)
{
    QJsonArray rows, keys;
    for (const int key : detail.keyColumns)
        keys.append(detail.columns.value(key));
    for (const RowPair& pair : detail.rows) {
        QJsonObject row{{u"state"_s, stateName(pair.state)}};
        if (!pair.a.isEmpty())
            row.insert(u"a"_s, cellsJson(pair.a));
        if (!pair.b.isEmpty())
            row.insert(u"b"_s, cellsJson(pair.b));
        rows.append(row);
    }
    return {{u"columns"_s, QJsonArray::fromStringList(detail.columns)}, {u"key"_s, keys}, {u"rowsA"_s, detail.rowsA}, {u"rowsB"_s, detail.rowsB}, {u"counts"_s, countsJson(detail.counts)},
            {u"rows"_s, rows}, {u"whole"_s, detail.isWhole}, {u"notes"_s, QJsonArray::fromStringList(detail.notes)}};
}

QJsonObject textJson(const TextDetail& detail)
{
    QJsonArray hunks;
    for (const Hunk& hunk : detail.hunks) {
        QJsonArray lines;
        for (const LinePair& line : hunk.lines) {
            QJsonObject json{{u"state"_s, stateName(line.state)}};
            if (line.numberA > 0) {
                json.insert(u"lineA"_s, line.numberA);
                json.insert(u"a"_s, line.a);
            }
            if (line.numberB > 0) {
                json.insert(u"lineB"_s, line.numberB);
                json.insert(u"b"_s, line.b);
            }
            lines.append(json);
        }
        hunks.append(lines);
    }
    return {{u"language"_s, detail.language}, {u"linesA"_s, detail.linesA}, {u"linesB"_s, detail.linesB}, {u"counts"_s, countsJson(detail.counts)}, {u"hunks"_s, hunks}, {u"whole"_s, detail.isWhole},
            {u"notes"_s, QJsonArray::fromStringList(detail.notes)}};
}

QJsonObject nodeJson(const Node& node, const ExportOptions& options)
{
    QJsonObject json{{u"kind"_s, kindName(node.kind)}, {u"state"_s, stateName(node.state)}, {u"counts"_s, countsJson(node.counts)}};
    for (const auto& [key, text] : {std::pair{u"type"_s, node.type}, std::pair{u"name"_s, node.name}, std::pair{u"path"_s, node.path}, std::pair{u"renamedFrom"_s, node.renamedFrom}, std::pair{u"rule"_s, node.rule}}) {
        if (!text.isEmpty())
            json.insert(key, text);
    }
    for (const auto& [key, number] : {std::pair{u"a"_s, node.a}, std::pair{u"b"_s, node.b}, std::pair{u"bytesA"_s, node.bytesA}, std::pair{u"bytesB"_s, node.bytesB}}) {
        if (number >= 0)
            json.insert(key, number);
    }
    if (node.noise)
        json.insert(u"noise"_s, true);
    if (!node.notes.isEmpty())
        json.insert(u"notes"_s, QJsonArray::fromStringList(node.notes));
    if (const auto detail = options.details.constFind(node.path); detail != options.details.cend())
        json.insert(u"detail"_s, toJson(*detail));
    QJsonArray children;
    qint64 equal = 0;
    for (const Node& child : node.children) {
        if (options.onlyDifferences && child.state == State::Equal && !child.noise)
            ++equal;
        else
            children.append(nodeJson(child, options));
    }
    if (!children.isEmpty())
        json.insert(u"children"_s, children);
    if (equal > 0)
        json.insert(u"equalChildren"_s, equal);
    return json;
}
} // namespace

QJsonObject toJson(const Detail& detail)
{
    switch (detail.kind) {
    case Node::Detail::Rows:
    case Node::Detail::Keys: return rowsJson(detail.rows);
    case Node::Detail::Text: return textJson(detail.text);
    case Node::Detail::Secret: {
        QJsonArray keys;
        for (const SecretDetail::Key& key : detail.secret.keys)
            keys.append(QJsonObject{{u"name"_s, key.name}, {u"state"_s, stateName(key.state)}});
        return {{u"keys"_s, keys}};
    }
    case Node::Detail::None: break;
    }
    return {};
}

QJsonObject toJson(const Comparison& comparison, const ExportOptions& options)
{
    return {{u"format"_s, u"scalekeep-comparison"_s}, {u"version"_s, 1}, {u"a"_s, sideJson(comparison.a)}, {u"b"_s, sideJson(comparison.b)}, {u"equal"_s, comparison.isEqual()},
            {u"counts"_s, countsJson(comparison.root->counts)}, {u"notes"_s, QJsonArray::fromStringList(comparison.notes)}, {u"milliseconds"_s, comparison.milliseconds},
            {u"rules"_s, comparison.rules.toJson().value(u"rules")}, {u"tree"_s, nodeJson(*comparison.root, options)}};
}

} // namespace scalekeep::compare
