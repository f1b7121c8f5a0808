#pragma once

#include "engine/index/index.h"
#include "engine/index/mysqllexer.h"
#include "engine/index/sqlrows.h"
#include "engine/index/sqltext.h"
#include "engine/index/sqlwatch.h"

namespace scalekeep::index {

/// Index of what `mysqldump` or `mariadb-dump` writes (MySQL 5.7 and 8.0, MariaDB 10). Constant memory a table. Comments in routine
/// bodies are not compared: the `mysql` client drops them when it loads a dump.
class MysqldumpIndexer : public Indexer {
public:
    explicit MysqldumpIndexer(const SqlWatch* watch = nullptr) : m_watch(watch) {}
    Result<void> add(std::span<const char> data) override;
    Result<QJsonObject> finish() override;

private:
    enum class Mode { Statements, Rows, AfterEnd };

    Result<size_t> readStatements(std::span<const char> data);
    Result<size_t> readRows(std::span<const char> data);
    Result<void> statement();
    Result<void> create(SqlWords words);
    Result<void> setStatement(SqlWords words);
    Result<void> startRows();
    [[nodiscard]] QByteArray qualified(const QByteArray& name) const;
    Result<void> add(const QString& kind, const QByteArray& name, const Digest& digest);
    Digest digestOf(std::string_view text) { return m_digester.of(text); }

    const SqlWatch* m_watch;
    Mode m_mode = Mode::Statements;
    MysqlLexer m_lexer;
    RowReader m_rows{RowReader::Escapes::Backslash};
    SqlEntries m_entries;
    Digester m_digester;
    QByteArray m_database; ///< of the last USE
    QByteArray m_sqlMode;  ///< in force for the routines that follow
    qint64 m_offset = 0;
};

} // namespace scalekeep::index
