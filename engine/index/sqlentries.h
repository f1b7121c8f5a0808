#pragma once

#include "engine/base/result.h"
#include "engine/index/contentdigest.h"
#include "engine/index/rowsketch.h"

#include <QJsonObject>

#include <map>
#include <memory>

namespace scalekeep::index {

/// What a dump says of one table: constant size, however many rows there are.
class Table {
public:
    /// `bytes`: of the row's canonical text, which does not depend on how the dump writes values.
    void addRow(const Digest& row, std::uint64_t bytes);
    /// The columns that an INSERT or COPY names. Their order belongs to the definition: it decides what a row's values mean.
    void setColumns(const Digest& columns);
    void addDefinition(const Digest& statement) { m_definition.add(statement); }
    [[nodiscard]] qint64 rows() const { return m_rows; }
    [[nodiscard]] QJsonObject toJson(const QString& name) const;

private:
    qint64 m_rows = 0;
    std::uint64_t m_bytes = 0;
    DigestSum m_sum;
    DigestSum m_definition;
    Digest m_columns{};
    std::unique_ptr<RowSketch> m_sketch; ///< made with the first row
};

/// The things that an SQL dump creates, by kind and name; grows with their number, never with their rows. Both dialects fill one.
class SqlEntries {
public:
    static constexpr size_t MaxEntries = 50'000;
    static constexpr size_t MaxName = 4096;

    /// The table of that name, made when it is new. Valid as long as the entries live and the table is not dropped.
    Result<Table*> table(const QByteArray& name);
    [[nodiscard]] bool hasTable(const QByteArray& name) const { return m_tables.contains(name); }
    /// Adds a statement to what is known of a routine, trigger, view, sequence ...
    Result<void> add(const QString& kind, const QByteArray& name, const Digest& statement);
    /// The current value of a sequence, shown to people.
    Result<void> setValue(const QByteArray& sequence, const QByteArray& value);
    void dropTable(const QByteArray& name) { m_tables.erase(name); }
    void drop(const QString& kind, const QByteArray& name) { m_named.erase({kind, name}); }

    [[nodiscard]] QJsonObject toJson(const QString& format, const QString& endMark) const;

private:
    struct Named {
        DigestSum sum;
        QByteArray value;
    };
    Result<Named*> named(const QString& kind, const QByteArray& name);
    [[nodiscard]] Result<void> checkRoom(const QByteArray& name) const;

    std::map<QByteArray, Table> m_tables;
    std::map<std::pair<QString, QByteArray>, Named> m_named;
};

} // namespace scalekeep::index
