#pragma once

#include "engine/index/index.h"
#include "engine/index/pglexer.h"
#include "engine/index/sqlrows.h"
#include "engine/index/sqltext.h"
#include "engine/index/sqlwatch.h"

namespace scalekeep::index {

/// Index of what `pg_dump` writes as plain text (PostgreSQL 10 to 16), with COPY or with --inserts. A row of COPY is its line, a row
/// of INSERT its values: dumps of the two forms are not comparable. Constant memory a table.
class PgDumpIndexer : public Indexer {
public:
    explicit PgDumpIndexer(const SqlWatch* watch = nullptr) : m_watch(watch) {}
    Result<void> add(std::span<const char> data) override;
    Result<QJsonObject> finish() override;

private:
    enum class Mode { Statements, Rows, CopyStart, Copy, AfterEnd };

    Result<size_t> readStatements(std::span<const char> data);
    Result<size_t> readRows(std::span<const char> data);
    size_t readCopyStart(std::span<const char> data);
    size_t readCopy(std::span<const char> data);
    void collectLine(std::string_view line);
    Result<size_t> readTail(std::span<const char> data);
    Result<void> statement();
    Result<void> create(SqlWords words);
    Result<void> define(const QByteArray& table);
    Result<void> alter(SqlWords words);
    Result<void> select(SqlWords words);
    Result<void> copy(SqlWords words);
    Result<void> command();
    Result<Table*> tableWithColumns(SqlWords words);
    Result<void> add(const QByteArray& kind, const QByteArray& name);
    Digest statementDigest() { return m_digester.of(m_lexer.text()); }

    const SqlWatch* m_watch;
    Mode m_mode = Mode::Statements;
    PgLexer m_lexer;
    RowReader m_rows{RowReader::Escapes::DoubledQuotes};
    RowDigest m_line;           ///< of COPY, when it spans two pieces of data
    Table* m_copyTable = nullptr;
    bool m_collects = false;  ///< the rows that come next are the watched ones
    bool m_tooLong = false;
    std::string m_canonical, m_value; ///< of a collected line
    SqlEntries m_entries;
    Digester m_digester;
    QByteArray m_restrictKey;   ///< of `\restrict`, which the last line has to repeat
    QByteArray m_tail;
    qint64 m_offset = 0;
};

} // namespace scalekeep::index
