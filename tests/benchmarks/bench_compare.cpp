#include "engine/compare/detail.h"
#include "engine/index/index.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>

#include <cstdio>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

extern char** environ;

/// Comparing from indexes (100,000 files; two bundles of 20 GB) and by rows (5 million), beside `diff` of the two dumps: seconds, peak memory.
namespace {
QString digest(qint64 seed)
{
    return QString::number(static_cast<quint64>(seed) * 0x9e3779b97f4a7c15ULL, 16).rightJustified(64, u'0');
}

QJsonObject files(qint64 count, qint64 changed)
{
    QJsonArray entries;
    for (qint64 i = 0; i < count; ++i) {
        entries.append(QJsonObject{{u"kind"_s, u"file"_s}, {u"path"_s, u"tenant-%1/2026/%2/attachment-%3.png"_s.arg(i % 97).arg(i % 12).arg(i, 8, 10, QChar(u'0'))}, {u"size"_s, 1000 + i % 9000}, {u"mode"_s, 420},
                                   {u"mtime"_s, 1'700'000'000 + i}, {u"sha256"_s, digest(i < changed ? i + count : i)}});
    }
    return {{u"format"_s, u"tar"_s}, {u"endMark"_s, QString()}, {u"summary"_s, QJsonObject{{u"files"_s, count}}}, {u"entries"_s, entries}};
}

QJsonObject tables(int count, int changed)
{
    QJsonArray entries;
    const QString sketch = QString::fromLatin1(QByteArray(1024, '\1').toBase64());
    for (int i = 0; i < count; ++i) {
        entries.append(QJsonObject{{u"kind"_s, u"table"_s}, {u"name"_s, u"table_%1"_s.arg(i)}, {u"rows"_s, 250'000 + (i < changed ? 1 : 0)}, {u"bytes"_s, 50'000'000}, {u"sha256"_s, digest(i + (i < changed ? count : 0))},
                                   {u"schemaSha256"_s, digest(i)}, {u"sketch"_s, sketch}});
    }
    return {{u"format"_s, u"mysqldump"_s}, {u"endMark"_s, QString()}, {u"summary"_s, QJsonObject{{u"tables"_s, count}}}, {u"entries"_s, entries}};
}

QJsonObject keys(int prefixes, int moments, int changed)
{
    QJsonArray entries;
    for (int i = 0; i < prefixes; ++i) {
        QJsonArray expiring;
        for (int m = 0; m < moments / prefixes; ++m)
            expiring.append(QJsonArray{qint64(1'800'000'000'000) + m * 1000 + i, 1, digest(m)});
        entries.append(QJsonObject{{u"kind"_s, u"prefix"_s}, {u"database"_s, 0}, {u"prefix"_s, u"stats/{service:%1}/"_s.arg(i)}, {u"type"_s, u"string"_s}, {u"keys"_s, 5000}, {u"expiring"_s, moments / prefixes},
                                   {u"bytes"_s, 400'000}, {u"sha256"_s, digest(i + (i < changed ? prefixes : 0))}, {u"moments"_s, expiring}});
    }
    return {{u"format"_s, u"rdb"_s}, {u"endMark"_s, QString()}, {u"summary"_s, QJsonObject{{u"prefixLevel"_s, 0}, {u"momentShift"_s, 0}}}, {u"entries"_s, entries}};
}

QJsonObject objects(int count, int changed)
{
    QJsonArray entries;
    for (int i = 0; i < count; ++i) {
        QJsonObject fields;
        for (int f = 0; f < 60; ++f)
            fields.insert(u"spec.template.spec.containers[main].env[%1].value"_s.arg(f), digest(f + (i < changed && f == 7 ? 99 : 0)).right(32));
        entries.append(QJsonObject{{u"kind"_s, u"Deployment"_s}, {u"group"_s, u"apps"_s}, {u"name"_s, u"object-%1"_s.arg(i)}, {u"sha256"_s, digest(i + (i < changed ? count : 0))}, {u"fields"_s, fields}});
    }
    return {{u"format"_s, u"json"_s}, {u"endMark"_s, QString()}, {u"summary"_s, QJsonObject{}}, {u"entries"_s, entries}};
}

using Plain = QMap<QString, QByteArray>; ///< component -> its index as it lies in a bundle, unpacked

double seconds(const QElapsedTimer& timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e9;
}

long peakMegabytes(int who)
{
    rusage usage{};
    getrusage(who, &usage);
    return usage.ru_maxrss / 1024;
}

void compareIndexes(const char* what, const Plain& a, const Plain& b)
{
    QElapsedTimer timer;
    timer.start();
    compare::Content contents[2];
    qsizetype bytes = 0;
    for (int side = 0; side < 2; ++side) {
        const Plain& plain = side == 0 ? a : b;
        for (auto it = plain.cbegin(); it != plain.cend(); ++it) {
            bytes += it->size();
            contents[side].parts.insert(it.key(), {.index = QJsonDocument::fromJson(*it).object(), .moment = QDateTime::currentDateTimeUtc(), .title = {}, .engine = {}, .format = {}, .unreadable = false, .notes = {}});
        }
    }
    const double parsed = seconds(timer);
    timer.start();
    const compare::Comparison comparison = compare::compare(contents[0], contents[1]);
    const double compared = seconds(timer);
    std::printf("%s: indexes of %.1f MB read in %.2f s, compared in %.2f s; %lld differences; %ld MB peak\n", what, static_cast<double>(bytes) / 1e6, parsed, compared, static_cast<long long>(comparison.root->counts.sum()), peakMegabytes(RUSAGE_SELF));
}

Plain plain(const QMap<QString, QJsonObject>& indexes)
{
    Plain texts;
    for (auto it = indexes.cbegin(); it != indexes.cend(); ++it)
        texts.insert(it.key(), QJsonDocument(*it).toJson(QJsonDocument::Compact));
    return texts;
}

/// As mysqldump writes a table: lines of about 1 MB. Every 50,000th row is changed on side B, every 99,999th is missing, ten are new.
qint64 writeDump(const QString& path, qint64 rows, bool b)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("%s", qPrintable(file.errorString()));
    QByteArray text = "-- MySQL dump 10.13\n\nCREATE TABLE `cinstances` (`id` bigint(20) NOT NULL, `name` varchar(255), `user_key` varchar(64), `state` varchar(20), `plan_id` bigint(20), `created_at` datetime, PRIMARY KEY (`id`)) ENGINE=InnoDB;\n";
    bool open = false;
    for (qint64 id = 1; id <= rows + (b ? 10 : 0); ++id) {
        if (b && id % 99'999 == 0)
            continue;
        text += open ? "," : "INSERT INTO `cinstances` VALUES ";
        open = true;
        text += '(' + QByteArray::number(id) + ",'Application number " + QByteArray::number(id) + " of somebody','" + QByteArray::number(static_cast<quint64>(id) * 0x9e3779b97f4a7c15ULL, 16) + "','" +
                (b && id % 50'000 == 0 ? "suspended" : "live") + "'," + QByteArray::number(id % 500) + ",'2026-11-30 02:00:00')";
        if (text.size() > 1'000'000) {
            text += ";\n";
            open = false;
            file.write(text);
            text.clear();
        }
    }
    file.write(text + (open ? ";\n" : "") + "\n-- Dump completed on 2026-11-30  2:00:00\n");
    return file.size();
}

class FileSource : public compare::Source {
public:
    explicit FileSource(QString path) : m_path(std::move(path)) {}
    Result<void> read(const QString&, const ByteSink& sink, const std::function<void(qint64, qint64)>&, const std::stop_token&) override
    {
        QFile file(m_path);
        if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
            return fail(ErrorCode::Io, file.errorString());
        QByteArray buffer(1024LL * 1024, Qt::Uninitialized);
        for (qint64 got = 0; (got = file.read(buffer.data(), buffer.size())) > 0;) {
            if (auto taken = sink({buffer.constData(), static_cast<size_t>(got)}); !taken)
                return taken;
        }
        return {};
    }

private:
    QString m_path;
};

QJsonObject indexOf(FileSource& source)
{
    const auto indexer = index::indexer(u"mysqldump"_s);
    if (const auto read = source.read({}, [&indexer](std::span<const char> data) { return indexer->add(data); }, {}, {}); !read)
        qFatal("%s", qPrintable(read.error().message));
    return indexer->finish().value();
}

void compareRows(qint64 rows)
{
    const QTemporaryDir directory;
    const QString paths[] = {directory.filePath(u"a.sql"_s), directory.filePath(u"b.sql"_s)};
    const double megabytes = static_cast<double>(writeDump(paths[0], rows, false) + writeDump(paths[1], rows, true)) / 1e6;
    FileSource a(paths[0]), b(paths[1]);
    QElapsedTimer timer;
    timer.start();
    compare::Content contents[2];
    FileSource* sources[] = {&a, &b};
    for (int side = 0; side < 2; ++side)
        contents[side].parts.insert(u"m"_s, {.index = indexOf(*sources[side]), .moment = {}, .title = {}, .engine = {}, .format = {}, .unreadable = false, .notes = {}});
    std::printf("rows: two dumps of %lld rows, %.0f MB together, indexed in %.1f s (a backup does that on the way)\n", static_cast<long long>(rows), megabytes, seconds(timer));
    const compare::Comparison comparison = compare::compare(contents[0], contents[1]);
    const long before = peakMegabytes(RUSAGE_SELF);
    timer.start();
    const auto detail = compare::detail(comparison, *comparison.find(u"m/table/cinstances"_s), a, b, directory.filePath(u"tmp"_s));
    const double ours = seconds(timer);
    if (!detail)
        qFatal("%s", qPrintable(detail.error().message));
    const compare::Counts& counts = detail->rows.counts;
    std::printf("rows: by primary key in %.1f s (%.0f MB/s): %lld added, %lld removed, %lld changed; %ld MB peak (%ld MB before)\n", ours, megabytes / ours, static_cast<long long>(counts.added), static_cast<long long>(counts.removed),
                static_cast<long long>(counts.changed), peakMegabytes(RUSAGE_SELF), before);

    const std::string left = paths[0].toStdString(), right = paths[1].toStdString();
    const std::string command = "exec diff '" + left + "' '" + right + "' >/dev/null";
    const char* const arguments[] = {"sh", "-c", command.c_str(), nullptr};
    timer.start();
    pid_t child = 0;
    int status = 0;
    if (posix_spawn(&child, "/bin/sh", nullptr, nullptr, const_cast<char* const*>(arguments), environ) != 0 || waitpid(child, &status, 0) != child)
        qFatal("diff did not run");
    const double theirs = seconds(timer);
    std::printf("rows: diff of the two dumps in %.1f s, exit status %d (it names lines of 1 MB), %ld MB peak; ours takes %.2f times as long and %.3f of the memory\n", theirs, WEXITSTATUS(status), peakMegabytes(RUSAGE_CHILDREN),
                ours / theirs, static_cast<double>(peakMegabytes(RUSAGE_SELF)) / static_cast<double>(peakMegabytes(RUSAGE_CHILDREN)));
}
} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    const QString what = app.arguments().value(1, u"all"_s);
    const qint64 rows = app.arguments().value(2, u"5000000"_s).toLongLong();
    // The rows first: the peak of a process never goes down.
    if (what == u"all" || what == u"rows")
        compareRows(rows);
    if (what == u"all" || what == u"entries")
        compareIndexes("100,000 entries", plain({{u"s"_s, files(100'000, 0)}}), plain({{u"s"_s, files(100'000, 1000)}}));
    if (what == u"all" || what == u"indexes") {
        const auto side = [](int changed) {
            return plain({{u"system-mysql"_s, tables(220, changed)}, {u"system-storage"_s, files(30'000, changed)}, {u"backend-redis"_s, keys(3000, 45'000, changed)}, {u"workloads"_s, objects(300, changed)}});
        };
        compareIndexes("two bundles of 20 GB", side(0), side(40));
    }
    return 0;
}
