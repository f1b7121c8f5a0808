#include "engine/store/counts.h"

#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include <QHash>
#include <QRegularExpression>

#include <algorithm>
#include <limits>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostTables = 20'000;
constexpr qsizetype longestScript = 900 * 1024; // form D takes 1 MiB of input
constexpr qsizetype longestLine = 4096;
constexpr std::chrono::seconds lookLimit{30};

/// A table as the server's catalogue has it.
struct Known {
    QByteArray schema, name;      // schema: PostgreSQL only
    qint64 estimate = 0;
};

struct Listing {
    Counts counts;
    QList<Known> tables;
};

Error failed(const oc::ExecResult& result, const QString& doing)
{
    return {ErrorCode::RemoteFailed, u"Could not %1: the command in the pod ended with status %2."_s.arg(doing).arg(result.exitCode), QString::fromUtf8((result.errorText.isEmpty() ? result.output : result.errorText).left(longestLine)), {}};
}

qint64 number(const QByteArray& text)
{
    return std::max<qint64>(0, text.trimmed().toLongLong());
}

QString nameOf(const Known& table)
{
    const QString name = QString::fromUtf8(table.name);
    return table.schema.isEmpty() ? name : QString::fromUtf8(table.schema) + u'.' + name;
}

/// Lines of words, each of them a fact: "version HEX", "size N", "table HEX-OF-SCHEMA HEX-OF-NAME ESTIMATE".
Listing parseListing(const QByteArray& output, char separator)
{
    Listing listing;
    const QList<QByteArray> lines = output.split('\n');
    for (const QByteArray& line : lines) {
        const QList<QByteArray> words = line.left(longestLine).trimmed().split(separator);
        if (words.first() == "version" && words.size() == 2)
            listing.counts.serverVersion = QString::fromUtf8(QByteArray::fromHex(words[1])).left(100);
        else if (words.first() == "size" && words.size() == 2)
            listing.counts.bytes = number(words[1]);
        else if (words.first() == "table" && words.size() == 4 && listing.tables.size() < mostTables)
            listing.tables.append({QByteArray::fromHex(words[1]), QByteArray::fromHex(words[2]), number(words[3])});
    }
    return listing;
}

Result<Listing> listMysql(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    const QByteArray script = "SELECT 'version', HEX(VERSION());\n"
                              "SELECT 'size', IFNULL(SUM(data_length + index_length), 0) FROM information_schema.tables WHERE table_schema = DATABASE();\n"
                              "SELECT 'table', '', HEX(table_name), IFNULL(table_rows, 0) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 4;\n";
    const auto answer = client.execWithInput(pod, mysql::scriptCommand(component), script, lookLimit);
    if (!answer)
        return fail(answer.error());
    const bool none = answer->errorText.contains("Unknown database") || answer->output.contains("Unknown database");
    if (answer->exitCode != 0 && !none)
        return fail(failed(*answer, u"ask %1 for its tables"_s.arg(component.id)));
    if (!none)
        return parseListing(answer->output, '\t');
    // There is a server all the same, and its version counts.
    const auto version = client.exec(pod, mysql::queryCommand(component, u"SELECT 'version', HEX(VERSION())"_s, false), lookLimit);
    if (!version)
        return fail(version.error());
    if (version->exitCode != 0)
        return fail(failed(*version, u"ask %1 for its version"_s.arg(component.id)));
    Listing listing = parseListing(version->output, '\t');
    listing.counts.exists = false;
    return listing;
}

Result<Listing> listPostgresql(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    const QByteArray script = "SELECT 'version', encode(convert_to(current_setting('server_version'), 'UTF8'), 'hex');\n"
                              "SELECT 'size', pg_database_size(current_database());\n"
                              "SELECT 'table', encode(convert_to(n.nspname, 'UTF8'), 'hex'), encode(convert_to(c.relname, 'UTF8'), 'hex'), greatest(c.reltuples, 0)::bigint FROM pg_class c "
                              "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
                              "AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 4;\n";
    const auto answer = client.execWithInput(pod, postgresql::scriptCommand(component), script, lookLimit);
    if (!answer)
        return fail(answer.error());
    const bool none = answer->errorText.contains("does not exist") && answer->errorText.contains("database");
    if (answer->exitCode != 0 && !none)
        return fail(failed(*answer, u"ask %1 for its tables"_s.arg(component.id)));
    if (!none)
        return parseListing(answer->output, '|');
    const auto version = client.exec(pod, postgresql::queryCommand(component, u"SELECT 'version', encode(convert_to(current_setting('server_version'), 'UTF8'), 'hex')"_s, u"postgres"_s), lookLimit);
    if (!version)
        return fail(version.error());
    if (version->exitCode != 0)
        return fail(failed(*version, u"ask %1 for its version"_s.arg(component.id)));
    Listing listing = parseListing(version->output, '|');
    listing.counts.exists = false;
    return listing;
}

Result<Listing> lookAtRedis(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    const auto answer = client.exec(pod, redis::cliCommand({u"INFO"_s}), lookLimit);
    if (!answer)
        return fail(answer.error());
    const QMap<QString, QString> info = redis::parseInfo(answer->output);
    // redis-cli ends with 0 although the server refused: only what looks like an answer is one.
    if (answer->exitCode != 0 || !info.contains(u"redis_version"_s))
        return fail(failed(*answer, u"ask %1 for its keys"_s.arg(component.id)));
    Listing listing;
    listing.counts.serverVersion = info.value(u"redis_version"_s).left(100);
    listing.counts.bytes = number(info.value(u"used_memory"_s).toLatin1());
    static const QRegularExpression database(u"\\Adb(\\d{1,5})\\z"_s), keys(u"\\bkeys=(\\d{1,18})\\b"_s);
    for (auto entry = info.cbegin(); entry != info.cend(); ++entry) {
        const auto name = database.match(entry.key()), count = keys.match(entry.value());
        if (name.hasMatch() && count.hasMatch())
            listing.counts.keys.insert(name.captured(1).toInt(), count.captured(1).toLongLong());
    }
    return listing;
}

Result<Listing> list(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    if (component.engine == u"mysql")
        return listMysql(client, pod, component);
    if (component.engine == u"postgresql")
        return listPostgresql(client, pod, component);
    if (component.engine == u"redis")
        return lookAtRedis(client, pod, component);
    return fail(ErrorCode::Unsupported, u"%1 is no data store that can be counted."_s.arg(component.id));
}

/// Quoted as an identifier: a name may hold the quote itself.
QByteArray identifier(const QByteArray& name, char quote)
{
    return quote + QByteArray(name).replace(quote, QByteArray(2, quote)) + quote;
}

/// One COUNT(*) a table, the smallest first, each under a limit of the server's own; read only. MySQL and MariaDB each take the other's limit for a comment.
QByteArray countScript(const QList<Known>& tables, bool isMysql, const CountLimits& limits)
{
    const QByteArray seconds = QByteArray::number(qint64(limits.table.count())), milliseconds = QByteArray::number(qint64(limits.table.count()) * 1000);
    QByteArray script = isMysql ? "SET SESSION TRANSACTION READ ONLY;\n/*!50708 SET SESSION max_execution_time = " + milliseconds + " */;\n/*M!100101 SET SESSION max_statement_time = " + seconds + " */;\n"
                                : "SET default_transaction_read_only = on;\nSET statement_timeout = " + milliseconds + ";\n";
    const char quote = isMysql ? '`' : '"';
    for (const Known& table : tables) {
        const QByteArray from = (table.schema.isEmpty() ? QByteArray() : identifier(table.schema, quote) + '.') + identifier(table.name, quote);
        const QByteArray statement = "SELECT '" + table.schema.toHex() + '.' + table.name.toHex() + "', COUNT(*) FROM " + from + ";\n";
        if (script.size() + statement.size() > longestScript)
            break;
        // A line break in a name would end the statement's line, but not the statement; a NUL cannot be in a name.
        if (!table.name.contains('\0') && !table.schema.contains('\0'))
            script += statement;
    }
    return script;
}
} // namespace

Result<Counts> lookAt(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component)
{
    auto listing = list(client, pod, component);
    return listing ? Result<Counts>(std::move(listing->counts)) : fail(listing.error());
}

Result<Counts> countIn(const oc::Client& client, const oc::PodRef& pod, const catalog::Component& component, const CountLimits& limits)
{
    auto listing = list(client, pod, component);
    if (!listing)
        return fail(listing.error());
    Counts counts = std::move(listing->counts);
    if (listing->tables.isEmpty())
        return counts;
    const bool isMysql = component.engine == u"mysql";
    const auto answer = client.execWithInput(pod, isMysql ? mysql::scriptCommand(component) : postgresql::scriptCommand(component), countScript(listing->tables, isMysql, limits), limits.all);
    if (!answer && answer.error().code == ErrorCode::Cancelled)
        return fail(answer.error());
    QHash<QByteArray, qint64> exact;
    if (answer) {
        const QList<QByteArray> lines = answer->output.split('\n');
        for (const QByteArray& line : lines) {
            const QList<QByteArray> words = line.trimmed().split(isMysql ? '\t' : '|');
            bool isNumber = false;
            const qint64 rows = words.value(1).toLongLong(&isNumber);
            if (words.size() == 2 && isNumber && rows >= 0)
                exact.insert(words.first(), rows);
        }
    }
    // What was not counted in time is known from the statistics; the counts as a whole stay good.
    for (const Known& table : std::as_const(listing->tables)) {
        const auto found = exact.constFind(table.schema.toHex() + '.' + table.name.toHex());
        counts.tables.append({nameOf(table), found == exact.constEnd() ? table.estimate : *found, found == exact.constEnd()});
    }
    return counts;
}

std::optional<Room> parseDf(const QByteArray& output)
{
    const QList<QByteArray> lines = output.trimmed().split('\n');
    const QStringList fields = QString::fromUtf8(lines.value(1).left(longestLine)).split(QRegularExpression(u"\\s+"_s), Qt::SkipEmptyParts);
    bool isNumber = false;
    const qint64 kibibytes = fields.value(3).toLongLong(&isNumber);
    if (lines.size() != 2 || fields.size() < 6 || !isNumber || kibibytes < 0 || kibibytes > std::numeric_limits<qint64>::max() / 1024)
        return {};
    return Room{kibibytes * 1024, fields.value(0)};
}

Result<Room> roomIn(const oc::Client& client, const oc::PodRef& pod, const QString& directory)
{
    const auto answer = client.exec(pod, {u"df"_s, u"-Pk"_s, directory}, lookLimit);
    if (!answer)
        return fail(answer.error());
    const auto room = answer->exitCode == 0 ? parseDf(answer->output) : std::nullopt;
    return room ? Result<Room>(*room) : fail(failed(*answer, u"read the free space of %1 in pod %2"_s.arg(directory, pod.pod)));
}

} // namespace scalekeep::store
