#include "engine/index/sqlwatch.h"

#include "engine/index/errors.h"
#include "engine/index/mysqldump.h"
#include "engine/index/pgdump.h"

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
constexpr qsizetype MaxColumns = 4096; // MySQL's limit; PostgreSQL has 1600

// Names between the parentheses that come next; "(`name`(10) DESC, `b`)" gives name and b.
QStringList namesIn(SqlWords& words)
{
    QStringList names;
    if (words.next() != "(")
        return names;
    int depth = 1;
    bool expected = true;
    while (depth > 0 && names.size() < MaxColumns) {
        const std::string_view next = words.peek();
        if (next.empty())
            break;
        if (expected && next != "(" && next != ")") {
            names.append(printable(words.name()));
            expected = false;
            continue;
        }
        words.next();
        depth += next == "(" ? 1 : next == ")" ? -1 : 0;
        expected = depth == 1 && next == ",";
    }
    return names;
}

bool beginsKey(std::string_view word)
{
    return isOneOf(word, {"KEY", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK", "PRIMARY", "EXCLUDE", "LIKE", "PERIOD"});
}
} // namespace

bool SqlWatch::watches(const QString& ofKind, const QByteArray& ofName) const
{
    return kind == ofKind && printable(ofName) == name;
}

std::unique_ptr<Indexer> sqlReader(const QString& format, const SqlWatch& watch)
{
    if (format == "mysqldump"_L1)
        return std::make_unique<MysqldumpIndexer>(&watch);
    if (format == "pg_dump"_L1)
        return std::make_unique<PgDumpIndexer>(&watch);
    return nullptr;
}

void TableShape::setColumns(std::string_view list)
{
    SqlWords words(list);
    const QStringList names = namesIn(words);
    if (!names.isEmpty())
        columns = names;
}

void TableShape::addDefinition(std::string_view statement)
{
    SqlWords words(statement);
    const std::string_view verb = words.next();
    if (isWord(verb, "ALTER")) {
        if (!words.skipTo({"PRIMARY"}).empty() && words.skip({"KEY"}))
            key = namesIn(words);
        return;
    }
    if (!isWord(verb, "CREATE") || words.skipTo({"TABLE"}).empty())
        return;
    while (words.skip({"IF", "NOT", "EXISTS"})) {
    }
    words.name();
    if (words.next() != "(")
        return;
    columns.clear();
    int depth = 1;
    bool begins = true; // of a column or a key
    while (depth > 0) {
        const std::string_view next = words.peek();
        if (next.empty())
            return;
        if (begins) {
            begins = false;
            if (!beginsKey(next)) {
                if (columns.size() < MaxColumns)
                    columns.append(printable(words.name()));
                continue;
            }
        }
        words.next();
        if (depth == 1 && isWord(next, "PRIMARY") && words.skip({"KEY"})) {
            while (!words.peek().empty() && words.peek() != "(" && words.peek() != "," && words.peek() != ")")
                words.next(); // USING BTREE
            if (words.peek() == "(")
                key = namesIn(words);
            else if (!columns.isEmpty())
                key = {columns.last()}; // "id integer PRIMARY KEY"
            continue;
        }
        depth += next == "(" ? 1 : next == ")" ? -1 : 0;
        begins = depth == 1 && next == ",";
    }
}

} // namespace scalekeep::index
