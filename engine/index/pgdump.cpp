#include "engine/index/pgdump.h"

#include "engine/index/errors.h"

#include <cstring>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
const QString Format = u"pg_dump"_s;
constexpr qsizetype MaxTail = 1024;
constexpr std::string_view CopyEnd = "\\.";

// The text up to the keyword, which is passed over: what a GRANT, COMMENT or OWNER TO is about.
QByteArray textUntil(SqlWords& words, std::initializer_list<std::string_view> keywords)
{
    const char* const start = words.rest().data();
    const std::string_view keyword = words.skipTo(keywords);
    const char* const end = keyword.empty() ? words.rest().data() : keyword.data();
    return QByteArray(start, end - start).trimmed();
}
} // namespace

Result<void> PgDumpIndexer::add(const QByteArray& kind, const QByteArray& name)
{
    const QString kindName = QString::fromLatin1(kind);
    if (m_watch && m_watch->definition && m_watch->watches(kindName, name.left(SqlEntries::MaxName)))
        m_watch->definition(m_lexer.text());
    return m_entries.add(kindName, name.left(SqlEntries::MaxName), statementDigest());
}

Result<void> PgDumpIndexer::define(const QByteArray& table)
{
    if (m_watch && m_watch->definition && m_watch->watches(u"table"_s, table))
        m_watch->definition(m_lexer.text());
    return m_entries.table(table).map([&](Table* t) { t->addDefinition(statementDigest()); });
}

Result<void> PgDumpIndexer::create(SqlWords words)
{
    while (words.skip({"OR", "REPLACE", "UNIQUE", "UNLOGGED", "MATERIALIZED", "FOREIGN", "CONSTRAINT", "RECURSIVE", "EVENT",
                       "TRUSTED", "PROCEDURAL"})) {
    }
    const QByteArray kind = copyOf(words.next()).toLower();
    while (words.skip({"IF", "NOT", "EXISTS", "ONLY"})) {
    }
    QByteArray name = words.name();
    if (kind == "database")
        return {};
    if (kind == "table")
        return define(name);
    if (kind == "trigger" || kind == "rule" || kind == "policy") {
        words.skipTo({kind == "rule" ? "TO" : "ON"});
        name += " on " + words.name();
    }
    if (kind != "function" && kind != "procedure" && kind != "aggregate")
        return add(kind, name);
    // Routines of one name are told apart by their arguments.
    name += textUntil(words, {"RETURNS", "LANGUAGE", "AS"});
    return add("routine", name);
}

Result<void> PgDumpIndexer::alter(SqlWords words)
{
    SqlWords search = words;
    while (!search.skipTo({"OWNER"}).empty()) {
        if (!isWord(search.peek(), "TO"))
            continue;
        const std::string_view object = words.rest().substr(0, words.rest().size() - search.rest().size());
        return add("owner", copyOf(object).chopped(static_cast<qsizetype>(std::strlen("OWNER"))).trimmed());
    }
    while (words.skip({"FOREIGN", "MATERIALIZED"})) {
    }
    const QByteArray kind = copyOf(words.next()).toLower();
    while (words.skip({"IF", "EXISTS", "ONLY"})) {
    }
    if (kind == "default")
        return add("privilege", "default");
    const QByteArray name = words.name();
    if (kind != "table" || (isWord(words.peek(), "REPLICA") && !m_entries.hasTable(name)))
        return add(kind == "table" ? QByteArray("view") : kind, name);
    return define(name);
}

Result<void> PgDumpIndexer::select(SqlWords words)
{
    const QByteArray function = words.name();
    if (function == "pg_catalog.set_config")
        return {};
    if (function != "pg_catalog.setval")
        return add("statement", "SELECT " + function);
    words.next(); // the parenthesis
    const std::string_view quoted = words.next();
    if (quoted.size() < 2)
        return add("statement", "SELECT " + function);
    SqlWords inner(quoted.substr(1, quoted.size() - 2));
    words.next(); // the comma
    return m_entries.setValue(inner.name(), copyOf(words.rest()).replace(')', QByteArray()).trimmed());
}

Result<Table*> PgDumpIndexer::tableWithColumns(SqlWords words)
{
    const QByteArray name = words.name();
    auto table = m_entries.table(name);
    const std::string_view columns = words.rest().substr(0, words.rest().rfind(')') + 1);
    if (table && !columns.empty())
        (*table)->setColumns(m_digester.of(columns));
    const bool watched = m_watch && m_watch->watches(u"table"_s, name);
    if (watched && m_watch->columns && !columns.empty())
        m_watch->columns(columns);
    m_collects = watched && m_watch->row;
    return table;
}

Result<void> PgDumpIndexer::copy(SqlWords words)
{
    const auto table = tableWithColumns(words);
    if (!table)
        return fail(table.error());
    words.skipTo({"FROM"});
    if (!words.skip({"stdin"}) || !words.peek().empty())
        return add("statement", "COPY");
    m_copyTable = *table;
    if (m_collects)
        m_line.keepWhole();
    m_mode = Mode::CopyStart;
    return {};
}

Result<void> PgDumpIndexer::statement()
{
    SqlWords words(m_lexer.text());
    const std::string_view verb = words.next();
    if (verb.empty() || isOneOf(verb, {"SET", "RESET", "BEGIN", "COMMIT", "LOCK", "REFRESH"}))
        return {};
    if (isWord(verb, "COPY"))
        return copy(words);
    if (isWord(verb, "CREATE"))
        return create(words);
    if (isWord(verb, "ALTER"))
        return alter(words);
    if (isWord(verb, "SELECT"))
        return select(words);
    if (isOneOf(verb, {"GRANT", "REVOKE"})) {
        words.skipTo({"ON"});
        return add("privilege", textUntil(words, {"TO", "FROM"}));
    }
    if (isWord(verb, "COMMENT")) {
        words.skipTo({"ON"});
        return add("comment", textUntil(words, {"IS"}));
    }
    if (isWord(verb, "INSERT") && words.skip({"INTO"})) {
        const auto table = m_entries.table(words.name());
        if (!table)
            return fail(table.error());
        (*table)->addRow(statementDigest(), 0); // DEFAULT VALUES: the table has no columns
        return {};
    }
    return add("statement", copyOf(verb).toUpper());
}

// Anything but these could make psql run a program: pg_dump does not write it.
Result<void> PgDumpIndexer::command()
{
    const QByteArray line = copyOf(m_lexer.text());
    if (line.startsWith("\\restrict ") && m_restrictKey.isEmpty()) {
        m_restrictKey = line.mid(10).trimmed();
        return {};
    }
    if (line.startsWith("\\connect "))
        return {};
    return malformed(Format, m_offset, u"it holds a psql command that pg_dump does not write"_s);
}

Result<size_t> PgDumpIndexer::readStatements(std::span<const char> data)
{
    const auto progress = m_lexer.read(data);
    Result<void> result;
    switch (progress.event) {
    case PgLexer::Event::NeedMore: break;
    case PgLexer::Event::EndMark: m_mode = Mode::AfterEnd; break;
    case PgLexer::Event::Statement:
    case PgLexer::Event::Command:
        result = progress.event == PgLexer::Event::Statement ? statement() : command();
        m_lexer.reset();
        break;
    case PgLexer::Event::Values: {
        SqlWords words(m_lexer.text());
        words.skipTo({"INTO"});
        const auto table = tableWithColumns(words);
        if (!table)
            return fail(table.error());
        if (!m_watch)
            m_rows.start(**table);
        else if (m_collects)
            m_rows.collect(m_watch->row);
        else
            m_rows.skip();
        m_lexer.reset();
        m_mode = Mode::Rows;
        break;
    }
    case PgLexer::Event::Problem:
        return malformed(Format, m_offset, u"a statement that is not an INSERT has more than 64 MiB"_s);
    }
    if (!result)
        return fail(result.error());
    return progress.taken;
}

Result<size_t> PgDumpIndexer::readRows(std::span<const char> data)
{
    const auto progress = m_rows.read(data);
    if (progress.problem)
        return malformed(Format, m_offset + static_cast<qint64>(progress.taken), QString::fromLatin1(progress.problem));
    if (progress.done)
        m_mode = Mode::Statements;
    return progress.taken;
}

size_t PgDumpIndexer::readCopyStart(std::span<const char> data)
{
    if (data.front() == '\n')
        m_mode = Mode::Copy;
    return 1;
}

// The escapes of COPY: \N is NULL, \b \f \n \r \t \v are bytes, a backslash before anything else stands for that. pg_dump writes no others.
void PgDumpIndexer::collectLine(std::string_view line)
{
    m_canonical.clear();
    m_value.clear();
    const auto end = [this](bool null) {
        appendValue(m_canonical, null ? RowValue() : RowValue(m_value));
        m_value.clear();
    };
    bool null = false;
    for (size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\t') {
            end(null);
            null = false;
        } else if (line[i] != '\\' || i + 1 == line.size()) {
            m_value.push_back(line[i]);
        } else {
            const char c = line[++i];
            constexpr std::string_view letters = "bfnrtv", bytes = "\b\f\n\r\t\v";
            const size_t letter = letters.find(c);
            if (c == 'N' && m_value.empty() && (i + 1 == line.size() || line[i + 1] == '\t'))
                null = true;
            else if (letter != std::string_view::npos)
                m_value.push_back(bytes[letter]);
            else
                m_value.push_back(c);
        }
    }
    end(null);
    m_watch->row(m_canonical);
}

size_t PgDumpIndexer::readCopy(std::span<const char> data)
{
    const char* at = data.data();
    const char* const end = at + data.size();
    while (at != end) {
        const char* const stop = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
        const std::string_view line(at, static_cast<size_t>((stop ? stop : end) - at));
        const bool begun = m_line.size() > 0;
        if (!stop || begun) {
            m_line.append(line);
            m_line.flush();
        }
        if (!stop)
            break;
        at = stop + 1;
        const bool last = begun ? m_line.size() == CopyEnd.size() && m_line.since(0) == CopyEnd : line == CopyEnd;
        const std::uint64_t bytes = begun ? m_line.size() : line.size();
        if (m_watch) {
            if (m_collects && !last && (!begun || m_line.isWhole()))
                collectLine(begun ? m_line.text() : line);
            else if (m_collects && !last)
                m_tooLong = true;
            m_line.clear();
        }
        const Digest digest = m_watch ? Digest() : begun ? m_line.finish() : m_digester.of(line);
        if (last) {
            m_mode = Mode::Statements;
            return static_cast<size_t>(at - data.data());
        }
        if (!m_watch)
            m_copyTable->addRow(digest, bytes);
    }
    return data.size();
}

Result<size_t> PgDumpIndexer::readTail(std::span<const char> data)
{
    if (m_tail.size() + static_cast<qsizetype>(data.size()) > MaxTail)
        return malformed(Format, m_offset, u"something follows the end mark"_s);
    m_tail.append(data.data(), static_cast<qsizetype>(data.size()));
    return data.size();
}

Result<void> PgDumpIndexer::add(std::span<const char> data)
{
    while (!data.empty()) {
        Result<size_t> taken = 0;
        switch (m_mode) {
        case Mode::Statements: taken = readStatements(data); break;
        case Mode::Rows: taken = readRows(data); break;
        case Mode::CopyStart: taken = readCopyStart(data); break;
        case Mode::Copy:
            taken = readCopy(data);
            if (m_tooLong)
                return malformed(Format, m_offset, u"a row has more than 64 MiB, too many to be shown"_s);
            break;
        case Mode::AfterEnd: taken = readTail(data); break;
        }
        if (!taken)
            return fail(taken.error());
        data = data.subspan(*taken);
        m_offset += static_cast<qint64>(*taken);
    }
    return {};
}

Result<QJsonObject> PgDumpIndexer::finish()
{
    if (m_mode != Mode::AfterEnd)
        return truncated(Format, m_offset, u"its last lines, \"PostgreSQL database dump complete\", are missing"_s);
    // pg_dump's last bytes are known, so that even a cut of the last line break is seen.
    const QByteArray end = m_restrictKey.isEmpty() ? "--\n\n" : "--\n\n\\unrestrict " + m_restrictKey + "\n\n";
    if (m_tail != end && end.startsWith(m_tail))
        return truncated(Format, m_offset, u"its last line is not whole"_s);
    if (m_tail != end)
        return malformed(Format, m_offset, u"something follows the end mark"_s);
    return m_entries.toJson(Format, u"The last lines are \"PostgreSQL database dump complete\"."_s);
}

} // namespace scalekeep::index
