#include "engine/index/sqlentries.h"

#include "engine/index/errors.h"

#include <QJsonArray>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

void Table::addRow(const Digest& row, std::uint64_t bytes)
{
    if (!m_sketch)
        m_sketch = std::make_unique<RowSketch>();
    ++m_rows;
    m_bytes += bytes;
    m_sum.add(row);
    m_sketch->add(row);
}

void Table::setColumns(const Digest& columns)
{
    if (columns == m_columns)
        return;
    m_columns = columns;
    m_definition.add(columns);
}

QJsonObject Table::toJson(const QString& name) const
{
    QJsonObject json{{u"kind"_s, u"table"_s},
                     {u"name"_s, name},
                     {u"rows"_s, m_rows},
                     {u"bytes"_s, static_cast<qint64>(m_bytes)},
                     {u"sha256"_s, QString::fromLatin1(m_sum.toHex())},
                     {u"schemaSha256"_s, QString::fromLatin1(m_definition.toHex())}};
    if (m_sketch)
        json.insert(u"sketch"_s, QString::fromLatin1(m_sketch->toBase64()));
    return json;
}

Result<void> SqlEntries::checkRoom(const QByteArray& name) const
{
    if (m_tables.size() + m_named.size() >= MaxEntries)
        return fail(ErrorCode::Unsupported, u"The dump creates more than %1 tables and other objects."_s.arg(MaxEntries),
                    notProven());
    if (static_cast<size_t>(name.size()) > MaxName)
        return fail(ErrorCode::BadInput, u"The dump holds a name of more than %1 bytes."_s.arg(MaxName), notProven());
    return {};
}

Result<Table*> SqlEntries::table(const QByteArray& name)
{
    const auto found = m_tables.find(name);
    if (found != m_tables.end())
        return &found->second;
    if (auto room = checkRoom(name); !room)
        return fail(room.error());
    return &m_tables[name];
}

Result<SqlEntries::Named*> SqlEntries::named(const QString& kind, const QByteArray& name)
{
    const auto found = m_named.find({kind, name});
    if (found != m_named.end())
        return &found->second;
    if (auto room = checkRoom(name); !room)
        return fail(room.error());
    return &m_named[{kind, name}];
}

Result<void> SqlEntries::add(const QString& kind, const QByteArray& name, const Digest& statement)
{
    return named(kind, name).map([&](Named* entry) { entry->sum.add(statement); });
}

Result<void> SqlEntries::setValue(const QByteArray& sequence, const QByteArray& value)
{
    return named(u"sequence"_s, sequence).map([&](Named* entry) { entry->value = value; });
}

QJsonObject SqlEntries::toJson(const QString& format, const QString& endMark) const
{
    QJsonArray entries;
    qint64 rows = 0;
    for (const auto& [name, table] : m_tables) {
        entries.append(table.toJson(printable(name)));
        rows += table.rows();
    }
    QMap<QString, qint64> counts;
    for (const auto& [key, entry] : m_named) {
        QJsonObject json{{u"kind"_s, key.first},
                         {u"name"_s, printable(key.second)},
                         {u"sha256"_s, QString::fromLatin1(entry.sum.toHex())}};
        if (!entry.value.isEmpty())
            json.insert(u"value"_s, printable(entry.value));
        entries.append(json);
        ++counts[key.first];
    }
    QJsonObject summary{{u"tables"_s, static_cast<qint64>(m_tables.size())}, {u"rows"_s, rows}};
    for (const QString& kind : {u"routine"_s, u"trigger"_s, u"view"_s, u"sequence"_s})
        summary.insert(kind + u's', counts.value(kind));
    return {{u"format"_s, format}, {u"endMark"_s, endMark}, {u"summary"_s, summary}, {u"entries"_s, entries}};
}

} // namespace scalekeep::index
