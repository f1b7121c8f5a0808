#pragma once

#include "engine/index/index.h"
#include "engine/index/sqlrows.h"

namespace scalekeep::index {

/// What somebody wants to see of an SQL dump while it is read, beside its index: the statements that define one entry, and a table's rows. With a watch
/// no row is digested, so the index that comes out has none.
struct SqlWatch {
    QString kind, name;                                       ///< as in the index
    std::function<void(std::string_view statement)> definition; ///< CREATE, ALTER ... of the entry, canonical
    std::function<void(std::string_view columns)> columns;    ///< "(`id`, `name`)" of an INSERT or COPY, before the rows it is about
    RowReader::Sink row;                                      ///< canonical texts, see splitRow(); empty: rows are passed over

    [[nodiscard]] bool watches(const QString& ofKind, const QByteArray& ofName) const;
};

/// Reads a dump for a watch, which outlives it; null for a format that is not SQL.
std::unique_ptr<Indexer> sqlReader(const QString& format, const SqlWatch& watch);

/// Columns of a table in their order, and the positions of its primary key's.
struct TableShape {
    QStringList columns;
    QStringList key; ///< names; empty: no primary key
    bool operator==(const TableShape&) const = default;

    /// Reads a CREATE TABLE or ALTER TABLE ... ADD ... PRIMARY KEY; anything else changes nothing.
    void addDefinition(std::string_view statement);
    /// A column list of INSERT or COPY, which replaces the columns of the definition.
    void setColumns(std::string_view list);
};

} // namespace scalekeep::index
