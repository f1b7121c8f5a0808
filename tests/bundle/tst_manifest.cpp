#include "bundles.h"

#include "engine/base/digest.h"
#include "engine/bundle/names.h"

#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

namespace {
Stream testStream()
{
    Stream stream;
    stream.component = u"system-mysql"_s;
    stream.name = u"dump.sql"_s;
    stream.format = u"mysqldump"_s;
    stream.bytes = 3 * SegmentSize + 1;
    stream.sha256 = stream.podSha256 = Sha256::of("data");
    stream.storedBytes = 12345;
    stream.transportBytes =
        (qint64(1) << 40) + 1; // more than a double's digits would be noticed at 2^53, more than an int's here
    stream.segments = 4;
    stream.endMark = u"-- Dump completed on 2024-05-31\n\t“Ende”"_s;
    stream.started = testHeader().started.addMSecs(123);
    stream.finished = stream.started.addMSecs(4567);
    return stream; // snapshot stays unknown
}

Manifest testManifest()
{
    Manifest manifest;
    manifest.components = {testComponent(u"system-mysql"_s), testComponent(u"zync"_s)};
    manifest.components[0].pod = u"system-mysql-1-abcde"_s;
    manifest.components[0].notes = {u"first"_s, u"second"_s};
    manifest.components[0].summary = {{u"tables"_s, 12}};
    manifest.components[1].state = u"absent"_s;
    manifest.streams = {testStream()};
    manifest.workloads = {
        QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"system-app"_s}, {u"replicas"_s, 1}}};
    manifest.completeness = {{u"score"_s, 100}, {u"missing"_s, QJsonArray{}}};
    manifest.skewMilliseconds = 17;
    manifest.notes = {u"note"_s};
    manifest.quiesced = true;
    manifest.finished = testHeader().started.addSecs(3600);
    manifest.membersSha256 = Sha256::of("members");
    manifest.indexSha256 = {{u"system-mysql"_s, Sha256::of("index")}};
    manifest.abandoned = {u"zync/dump.sql"_s};
    return manifest;
}
} // namespace

class TestManifest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundTrip()
    {
        const auto header = headerFromJson(sealedJson(toJson(testHeader())));
        VERIFY_RESULT(header);
        QCOMPARE(*header, testHeader());
        Header open = testHeader(); // of a damaged namespace
        open.threescaleVersion = open.flavour = open.workloadKind = QString();
        const auto read = headerFromJson(sealedJson(toJson(open)));
        VERIFY_RESULT(read);
        QCOMPARE(*read, open);
        const auto stream = streamFromJson(sealedJson(toJson(testStream())));
        VERIFY_RESULT(stream);
        QCOMPARE(*stream, testStream());
        const auto manifest = manifestFromJson(sealedJson(toJson(testManifest())));
        VERIFY_RESULT(manifest);
        QCOMPARE(*manifest, testManifest());
        Manifest empty;
        empty.membersSha256 = Sha256::of("");
        VERIFY_RESULT(manifestFromJson(sealedJson(toJson(empty))));
    }

    void everyChangedByteBreaksTheSeal()
    {
        const QByteArray json = sealedJson(toJson(testManifest()));
        for (qsizetype at = 0; at < json.size(); ++at) {
            QByteArray changed = json;
            changed[at] = static_cast<char>(changed.at(at) ^ 0x02);
            const auto manifest = manifestFromJson(changed);
            QVERIFY2(!manifest, qPrintable(QString::number(at)));
            QCOMPARE(manifest.error().code, ErrorCode::Damaged);
        }
        for (qsizetype size = 0; size < json.size(); ++size)
            QCOMPARE(manifestFromJson(json.left(size)).error().code, ErrorCode::Damaged);
        QCOMPARE(manifestFromJson(json + ' ').error().code, ErrorCode::Damaged);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("path"); ///< of the field, by dots
        QTest::addColumn<QJsonValue>("value");
        const auto row = [](const char* path, const char* what, const QJsonValue& value) {
            QTest::addRow("%s %s", path, what) << QString::fromLatin1(path) << value;
        };
        for (const char* field : {"components",
                                  "streams",
                                  "workloads",
                                  "completeness",
                                  "skewMilliseconds",
                                  "notes",
                                  "quiesced",
                                  "finished",
                                  "membersSha256",
                                  "indexSha256",
                                  "abandoned",
                                  "components.0.id",
                                  "components.0.title",
                                  "components.0.state",
                                  "components.0.summary",
                                  "components.0.notes",
                                  "streams.0.component",
                                  "streams.0.name",
                                  "streams.0.format",
                                  "streams.0.bytes",
                                  "streams.0.sha256",
                                  "streams.0.podSha256",
                                  "streams.0.storedBytes",
                                  "streams.0.transportBytes",
                                  "streams.0.segments",
                                  "streams.0.endMark",
                                  "streams.0.started",
                                  "streams.0.snapshot"}) {
            row(field, "missing", QJsonValue::Undefined);
            row(field, "null", QJsonValue::Null);
            row(field, "of another type", QJsonArray{QJsonArray{1}});
        }
        row("components.0", "not an object", u"text"_s);
        row("components.0.id", "with a slash", u"../x"_s);
        row("components.0.id", "twice", u"zync"_s);
        row("components.0.state", "unknown", u"maybe"_s);
        row("components.0.title", "with an escape", u"\x1b[2J"_s);
        row("components.0.title", "too long", QString(5000, u'x'));
        row("streams.0.bytes", "negative", -1);
        row("streams.0.bytes", "fraction", 1.5);
        row("streams.0.bytes", "beyond all bounds", 1e300);
        row("streams.0.bytes", "as text", u"12"_s);
        row("streams.0.bytes", "unlike segments", 5);
        row("streams.0.segments", "zero", 0);
        row("streams.0.segments", "too many", 1'000'000);
        row("streams.0.segments", "unlike bytes", 3);
        row("streams.0.sha256", "too short", u"abc"_s);
        row("streams.0.sha256", "in capitals", QString::fromLatin1(Sha256::of("data")).toUpper());
        row("streams.0.sha256", "empty", u""_s);
        row("streams.0.podSha256", "of something else", QString::fromLatin1(Sha256::of("other")));
        row("streams.0.started", "not a time", u"yesterday"_s);
        row("streams.0.started", "not a day", u"2024-02-30T00:00:00.000Z"_s);
        row("streams.0.started", "without zone", u"2024-02-03T00:00:00.000"_s);
        row("indexSha256.system-mysql", "not a digest", u"x"_s);
        row("indexSha256.a/b", "not a name", QString::fromLatin1(Sha256::of("data")));
        row("skewMilliseconds", "negative", -1);
        row("completeness.score", "above 100", 101);
        row("completeness.missing", "not a list", 1);
    }
    void refuses()
    {
        QFETCH(QString, path);
        QFETCH(QJsonValue, value);
        const std::function<QJsonValue(const QJsonValue&, QStringList)> change = [&](const QJsonValue& in,
                                                                                     QStringList rest) -> QJsonValue {
            if (rest.isEmpty())
                return value;
            const QString key = rest.takeFirst();
            if (in.isArray()) {
                QJsonArray array = in.toArray();
                array.replace(key.toInt(), change(array.at(key.toInt()), rest));
                return array;
            }
            QJsonObject object = in.toObject();
            const QJsonValue inner = change(object.value(key), rest);
            if (inner.isUndefined())
                object.remove(key);
            else
                object.insert(key, inner);
            return object;
        };
        const QJsonObject changed = change(toJson(testManifest()), path.split(u'.')).toObject();
        QVERIFY(changed != toJson(testManifest()));
        const auto manifest = manifestFromJson(sealedJson(changed));
        QVERIFY(!manifest);
        QCOMPARE(manifest.error().code, ErrorCode::BadInput);
        QVERIFY2(manifest.error().message.contains(u"manifest.json"_s), qPrintable(manifest.error().message));
        QVERIFY(std::ranges::all_of(manifest.error().message, [](QChar c) { return c.isPrint(); }));
    }

    void refusesHeaders()
    {
        for (const auto& [version, code] : {std::pair{2, ErrorCode::Unsupported},
                                            {99, ErrorCode::Unsupported},
                                            {0, ErrorCode::BadInput},
                                            {-1, ErrorCode::BadInput}}) {
            QJsonObject json = toJson(testHeader());
            json.insert(u"formatVersion"_s, version);
            QCOMPARE(headerFromJson(sealedJson(json)).error().code, code);
        }
        for (const QString& key : toJson(testHeader()).keys()) {
            QJsonObject json = toJson(testHeader());
            json.remove(key);
            QCOMPARE(headerFromJson(sealedJson(json)).error().code, ErrorCode::BadInput);
        }
        QCOMPARE(headerFromJson("{\"formatVersion\": 7}").error().code,
                 ErrorCode::Unsupported); // a newer format may have no seal
        QCOMPARE(headerFromJson("{}").error().code, ErrorCode::Damaged);
        QCOMPARE(headerFromJson({}).error().code, ErrorCode::Damaged);
        QCOMPARE(headerFromJson("[[[[[[[[[[").error().code, ErrorCode::Damaged);
    }

    void memberNames_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("known");
        for (const char* name :
             {"README.txt", "bundle.json", "manifest.json", "index/system-mysql.json.zst", "streams/a/b/000001.zst",
              "streams/a/b/999999.zst", "streams/a/b/stream.json", "streams/a.b/c_d-e/000010.zst"})
            QTest::newRow(name) << QByteArray(name) << true;
        for (const char* name :
             {"", "readme.txt", "README.txt/", "/README.txt", "index/.json.zst", "index/a/b.json.zst", "index/a.json",
              "index/..json.zst", "streams/a/b/000000.zst", "streams/a/b/0000001.zst", "streams/a/b/1.zst",
              "streams/a/b/-00001.zst", "streams/a/b/ 00001.zst", "streams/a/000001.zst", "streams/a/b/c/000001.zst",
              "streams/../b/000001.zst", "streams/a/b/000001.zst ", "streams/a/b/00001x.zst"})
            QTest::newRow(*name ? name : "(empty)") << QByteArray(name) << false;
    }
    void memberNames()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, known);
        QCOMPARE(parseMemberName(name).has_value(), known);
    }
};

QTEST_GUILESS_MAIN(TestManifest)
#include "tst_manifest.moc"
