#include "engine/index/mysqldump.h"

#include "engine/index/errors.h"

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
const QString Format = u"mysqldump"_s;

// The next id of a table is not content: servers set it anew when they start. Only the table options can hold it so.
std::string withoutNextId(std::string_view create)
{
    std::string text;
    SqlWords words(create);
    const char* from = create.data();
    for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
        if (!isWord(word, "AUTO_INCREMENT") || words.peek() != "=")
            continue;
        text.append(from, word.data());
        if (text.ends_with(' '))
            text.pop_back();
        words.next();
        const std::string_view number = words.next();
        from = number.empty() ? create.data() + create.size() : number.data() + number.size();
    }
    return text.append(from, create.data() + create.size());
}
} // namespace

QByteArray MysqldumpIndexer::qualified(const QByteArray& name) const
{
    return m_database.isEmpty() ? name : m_database + '.' + name;
}

Result<void> MysqldumpIndexer::add(const QString& kind, const QByteArray& name, const Digest& digest)
{
    if (m_watch && m_watch->definition && m_watch->watches(kind, name))
        m_watch->definition(m_lexer.text());
    return m_entries.add(kind, name, digest);
}

Result<void> MysqldumpIndexer::setStatement(SqlWords words)
{
    words.skip({"SESSION"});
    if (!words.skip({"sql_mode"}) || words.next() != "=")
        return {};
    const std::string_view mode = words.next();
    m_sqlMode = mode.starts_with('\'') ? copyOf(mode) : QByteArray();
    const bool noEscapes = m_sqlMode.contains("NO_BACKSLASH_ESCAPES");
    m_lexer.setBackslashEscapes(!noEscapes, !noEscapes && !m_sqlMode.contains("ANSI_QUOTES"));
    return {};
}

Result<void> MysqldumpIndexer::create(SqlWords words)
{
    const std::string_view what = words.skipTo({"TABLE", "VIEW", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "SEQUENCE",
                                                "PACKAGE", "DATABASE", "SCHEMA"});
    if (isOneOf(what, {"DATABASE", "SCHEMA"}))
        return {};
    QByteArray kind = copyOf(what).toLower();
    if (kind == "package" && words.skip({"BODY"}))
        kind += " body";
    while (words.skip({"IF", "NOT", "EXISTS"})) {
    }
    const QByteArray name = qualified(words.name());
    if (kind == "table") {
        auto table = m_entries.table(name);
        if (!table)
            return fail(table.error());
        (*table)->addDefinition(digestOf(withoutNextId(m_lexer.text())));
        if (m_watch && m_watch->definition && m_watch->watches(u"table"_s, name))
            m_watch->definition(m_lexer.text());
        return {};
    }
    if (kind == "view" || kind == "sequence")
        return add(QString::fromLatin1(kind), name, digestOf(m_lexer.text()));
    if (!kind.isEmpty()) {
        m_digester.part(std::string_view(m_sqlMode.constData(), static_cast<size_t>(m_sqlMode.size())));
        m_digester.part(m_lexer.text());
        const bool own = kind == "trigger" || kind == "event";
        return add(own ? QString::fromLatin1(kind) : u"routine"_s, own ? name : kind + ' ' + name, m_digester.finish());
    }
    return m_entries.add(u"statement"_s, "CREATE", digestOf(m_lexer.text()));
}

Result<void> MysqldumpIndexer::statement()
{
    SqlWords words(m_lexer.text());
    const std::string_view verb = words.next();
    if (verb.empty() || isOneOf(verb, {"LOCK", "UNLOCK", "START", "BEGIN", "COMMIT", "CHANGE", "FLUSH", "ANALYZE"}))
        return {};
    if (isWord(verb, "SET"))
        return setStatement(words);
    if (isWord(verb, "USE")) {
        m_database = words.name();
        return {};
    }
    if (isWord(verb, "CREATE"))
        return create(words);
    if (isWord(verb, "DROP")) {
        // A view begins as a placeholder (a table in old servers), dropped right before the real one is created.
        const bool view = isWord(words.peek(), "VIEW");
        const bool table = words.skip({"TABLE", "VIEW"}) && !view;
        while (words.skip({"IF", "EXISTS"})) {
        }
        const QByteArray name = qualified(words.name());
        if (table)
            m_entries.dropTable(name);
        else if (view)
            m_entries.drop(u"view"_s, name);
        return {};
    }
    if (isWord(verb, "ALTER")) {
        const bool table = words.skip({"TABLE"});
        const QByteArray name = qualified(words.name());
        if (!table || words.skip({"DISABLE", "ENABLE"}))
            return {}; // ALTER DATABASE around a routine; keys switched off for speed
        return m_entries.table(name).map([&](Table* t) { t->addDefinition(digestOf(m_lexer.text())); });
    }
    if (isOneOf(verb, {"DO", "SELECT"}) && words.skip({"SETVAL"})) {
        words.next(); // the parenthesis
        const QByteArray sequence = qualified(words.name());
        words.next(); // the comma
        return m_entries.setValue(sequence, copyOf(words.rest()).replace(')', QByteArray()).trimmed());
    }
    return m_entries.add(u"statement"_s, copyOf(verb).toUpper(), digestOf(m_lexer.text()));
}

Result<void> MysqldumpIndexer::startRows()
{
    SqlWords words(m_lexer.text());
    words.skipTo({"INTO"});
    const QByteArray name = qualified(words.name());
    auto table = m_entries.table(name);
    if (!table)
        return fail(table.error());
    const std::string_view columns = words.rest().substr(0, words.rest().rfind(')') + 1);
    if (!columns.empty())
        (*table)->setColumns(digestOf(columns));
    const bool watched = m_watch && m_watch->watches(u"table"_s, name);
    if (watched && m_watch->columns && !columns.empty())
        m_watch->columns(columns);
    if (!m_watch)
        m_rows.start(**table);
    else if (watched && m_watch->row)
        m_rows.collect(m_watch->row);
    else
        m_rows.skip();
    m_lexer.reset();
    m_mode = Mode::Rows;
    return {};
}

Result<size_t> MysqldumpIndexer::readStatements(std::span<const char> data)
{
    const auto progress = m_lexer.read(data);
    Result<void> result;
    switch (progress.event) {
    case MysqlLexer::Event::NeedMore: break;
    case MysqlLexer::Event::Values: result = startRows(); break;
    case MysqlLexer::Event::EndMark: m_mode = Mode::AfterEnd; break;
    case MysqlLexer::Event::Statement:
        result = statement();
        m_lexer.reset();
        break;
    case MysqlLexer::Event::Problem:
        return malformed(Format, m_offset + static_cast<qint64>(progress.taken), QString::fromLatin1(m_lexer.problem()));
    }
    if (!result)
        return fail(result.error());
    return progress.taken;
}

Result<size_t> MysqldumpIndexer::readRows(std::span<const char> data)
{
    const auto progress = m_rows.read(data);
    if (progress.problem)
        return malformed(Format, m_offset + static_cast<qint64>(progress.taken), QString::fromLatin1(progress.problem));
    if (progress.done)
        m_mode = Mode::Statements;
    return progress.taken;
}

Result<void> MysqldumpIndexer::add(std::span<const char> data)
{
    while (!data.empty()) {
        if (m_mode == Mode::AfterEnd) {
            for (const char c : data)
                if (c != '\n' && c != '\r' && c != ' ' && c != '\t')
                    return malformed(Format, m_offset, u"something follows the end mark"_s);
            m_offset += static_cast<qint64>(data.size());
            return {};
        }
        const auto taken = m_mode == Mode::Rows ? readRows(data) : readStatements(data);
        if (!taken)
            return fail(taken.error());
        data = data.subspan(*taken);
        m_offset += static_cast<qint64>(*taken);
    }
    return {};
}

Result<QJsonObject> MysqldumpIndexer::finish()
{
    if (m_mode != Mode::AfterEnd)
        return truncated(Format, m_offset, u"its last line, \"-- Dump completed\", is missing"_s);
    return m_entries.toJson(Format, u"The last line is \"-- Dump completed\"."_s);
}

} // namespace scalekeep::index
