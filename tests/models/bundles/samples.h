#pragma once

#include "engine/base/digest.h"
#include "engine/bundle/writer.h"
#include "engine/index/index.h"
#include "models/bundles/bundlejobs.h"
#include "models/common/workplace.h"
#include "tests/index/rdbwriter.h"

#include <QDir>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

/// Small bundles with real streams and the indexes that the indexers make of them.
namespace samples {

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

inline QByteArray tarHeader(const QByteArray& name, char type, qint64 size, const QByteArray& target = {})
{
    QByteArray block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 8, QByteArray("0000644\0", 8));
    block.replace(108, 8, QByteArray("0000000\0", 8));
    block.replace(116, 8, QByteArray("0000000\0", 8));
    block.replace(124, 12, QByteArray::number(size, 8).rightJustified(11, '0') + '\0');
    block.replace(136, 12, QByteArray("00000000000\0", 12));
    block.replace(148, 8, "        ");
    block[156] = type;
    block.replace(157, target.size(), target);
    block.replace(257, 8, QByteArray("ustar\00000", 8));
    int sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    block.replace(148, 8, QByteArray::number(sum, 8).rightJustified(6, '0') + QByteArray("\0 ", 2));
    return block;
}

inline QByteArray tarFile(const QByteArray& name, const QByteArray& data)
{
    return tarHeader(name, '0', data.size()) + data + QByteArray((512 - data.size() % 512) % 512, '\0');
}

inline const QByteArray logo = QByteArray("a picture, ").repeated(400);

inline QByteArray filesTar()
{
    return tarHeader("./provider-name/", '5', 0) + tarHeader("./provider-name/2020/", '5', 0) + tarFile("./provider-name/2020/logo.png", logo) + tarFile("./provider-name/page.html", "<html></html>") +
           tarHeader("./again.png", '1', 0, "./provider-name/2020/logo.png") + QByteArray(1024, '\0');
}

inline QByteArray mysqlDump(int tables = 3)
{
    QByteArray dump = "-- MySQL dump\n";
    for (int i = 0; i < tables; ++i) {
        const QByteArray name = i == 0 ? "cinstances" : i == 1 ? "log_entries" : "table_" + QByteArray::number(i).rightJustified(4, '0');
        dump += "CREATE TABLE `" + name + "` (`a` int, `b` text);\n";
        for (int row = 0; row < (i == 1 ? 9 : i == 0 ? 2 : 1); ++row)
            dump += "INSERT INTO `" + name + "` VALUES (" + QByteArray::number(row) + ",'text');\n";
    }
    return dump + "\n-- Dump completed on 2020-01-01  0:00:00\n";
}

inline QByteArray redisDump()
{
    RdbWriter rdb(9);
    rdb.database(0);
    for (int i = 0; i < 5; ++i)
        rdb.key(0, "stats/{service:" + QByteArray::number(i) + "}/hits", RdbWriter::string("1"));
    rdb.database(1).key(0, "resque:stat:processed", RdbWriter::string("7"));
    return rdb.finish();
}

inline const QByteArray secretValue = "c3VwZXItc2VjcmV0";

inline QByteArray secretsJson()
{
    return R"({"items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"system-seed"},"type":"Opaque","data":{"MASTER_PASSWORD":")" + secretValue +
           R"(","a.b":")" + secretValue + R"("}}]})";
}

inline QByteArray configMapsJson()
{
    return R"({"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"system"},"data":{"rolling_updates.yml":"production: {}","settings":"on"}}]})";
}

struct Sample {
    QString component, engine, stream, format;
    QByteArray data;
};

inline QList<Sample> streams(int tables = 3)
{
    return {{u"system-mysql"_s, u"mysql"_s, u"dump.sql"_s, u"mysqldump"_s, mysqlDump(tables)},
            {u"backend-redis"_s, u"redis"_s, u"dump.rdb"_s, u"rdb"_s, redisDump()},
            {u"system-storage"_s, u"files"_s, u"files.tar"_s, u"tar"_s, filesTar()},
            {u"secrets"_s, u"objects"_s, u"objects.json"_s, u"json"_s, secretsJson()},
            {u"configmaps"_s, u"objects"_s, u"objects.json"_s, u"json"_s, configMapsJson()}};
}

struct Options {
    QString cluster = u"prod-eu"_s, namespaceName = u"3scale"_s, purpose = u"backup"_s, projectUid = u"8c7f"_s;
    QDateTime started = QDateTime(QDate(2026, 1, 15), QTime(10, 41, 7), Qt::UTC);
    QStringList missing = {};
    QString version = u"2.7.1"_s;
    bool finish = true; ///< else a .partial is left, with the last stream unfinished
};

inline void check(const Result<void>& result)
{
    if (!result)
        qFatal("%s %s", qPrintable(result.error().message), qPrintable(result.error().detail));
}

inline void writeBundle(const QString& path, const Options& options = {}, const QList<Sample>& samples = streams())
{
    bundle::Header header;
    header.cluster = options.cluster;
    header.apiUrl = u"https://api.example:6443"_s;
    header.namespaceName = options.namespaceName;
    header.projectUid = options.projectUid;
    header.wildcardDomain = u"apps.example"_s;
    header.threescaleVersion = options.version;
    header.flavour = u"template"_s;
    header.workloadKind = u"DeploymentConfig"_s;
    header.purpose = options.purpose;
    header.runId = u"20260115-104107-a1"_s;
    header.program = u"scalekeep test"_s;
    header.operatorIdentity = u"mwagner"_s;
    header.started = options.started;
    auto writer = bundle::Writer::create(path, header);
    check(writer ? Result<void>() : fail(writer.error()));
    bundle::Manifest manifest;
    for (qsizetype i = 0; i < samples.size(); ++i) {
        const Sample& sample = samples.at(i);
        auto stream = (*writer)->openStream(sample.component, sample.stream, sample.format);
        check(stream ? Result<void>() : fail(stream.error()));
        check((*stream)->write(std::span(sample.data.constData(), size_t(sample.data.size()))));
        if (!options.finish && i == samples.size() - 1) {
            // Long enough that some segments of it are in the file.
            const qint64 before = (*writer)->bytesWritten();
            const QByteArray rest(3 * bundle::SegmentSize, 'x');
            check((*stream)->write(std::span(rest.constData(), size_t(rest.size()))));
            if (!QTest::qWaitFor([&] { return (*writer)->bytesWritten() > before; }, 20'000))
                qFatal("nothing was written");
            return;
        }
        const auto finished = (*stream)->finish({});
        check(finished ? Result<void>() : fail(finished.error()));
        const auto indexer = index::indexer(sample.format);
        check(indexer->add(std::span(sample.data.constData(), size_t(sample.data.size()))));
        const auto index = indexer->finish();
        check(index ? Result<void>() : fail(index.error()));
        check((*writer)->addIndex(sample.component, QJsonDocument(*index).toJson(QJsonDocument::Compact)));
        bundle::Component component;
        component.id = component.title = sample.component;
        component.engine = sample.engine;
        component.state = u"proven"_s;
        component.summary = (*index)[u"summary"].toObject();
        manifest.components.append(component);
    }
    QJsonArray missing;
    for (const QString& id : options.missing)
        missing.append(QJsonObject{{u"id"_s, id}, {u"reason"_s, u"%1 is not part of the backup."_s.arg(id)}});
    manifest.completeness = {{u"score"_s, missing.isEmpty() ? 100 : 80}, {u"missing"_s, missing}};
    manifest.skewMilliseconds = 79'000;
    manifest.finished = options.started.addSecs(102);
    check((*writer)->finish(manifest));
}

inline QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Changes one byte in the middle of a member whose name ends so.
inline void damage(const QString& path, const QString& member)
{
    const auto reader = bundle::Reader::open(path);
    check(reader ? Result<void>() : fail(reader.error()));
    for (const bundle::Member& each : (*reader)->members()) {
        if (!each.name.endsWith(member))
            continue;
        QFile file(path);
        if (!file.open(QIODevice::ReadWrite) || !file.seek(each.offset + each.size / 2))
            qFatal("cannot write %s", qPrintable(path));
        char byte = 0;
        file.peek(&byte, 1);
        byte = char(byte ^ 0x55);
        file.write(&byte, 1);
        return;
    }
    qFatal("no such member");
}

/// So that nobody takes the file for one that is still being written.
inline void makeOld(const QString& path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || !file.setFileTime(QDateTime::currentDateTime().addSecs(-3600), QFileDevice::FileModificationTime))
        qFatal("cannot set the time of %s", qPrintable(path));
}

/// A state directory, a folder for bundles, and the services over them.
struct Place {
    QTemporaryDir directory;
    Redactor redactor;
    cluster::Logins logins{directory.path(), redactor};
    QThreadPool workers;
    models::Workplace workplace{directory.filePath(u"home"_s), redactor, logins, workers};
    QString folder = directory.filePath(u"bundles"_s);

    Place() { QDir().mkpath(folder); }
    ~Place() { workers.waitForDone(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] QString path(const QString& name) const { return QDir(folder).filePath(name + u".scalekeep.tar"_s); }
};

inline bool settled(const models::BundleLibrary& library)
{
    return QTest::qWaitFor([&library] { return !library.isReading(); }, 20'000);
}

} // namespace samples
