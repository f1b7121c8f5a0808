#include "engine/store/steps.h"

#include "tests/bundle/bundles.h"
#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

/// What others do in the namespace while a backup that only reads, and takes no lock, is made, or a restore writes.
class TestMeanwhile : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    run::Handlers handlers() const
    {
        run::Handlers all;
        store::registerHandlers(all);
        return all;
    }
    static catalog::Catalog catalogue()
    {
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        if (!catalog)
            qFatal("no catalogue");
        return *catalog;
    }

private Q_SLOTS:
    void restored_data()
    {
        QTest::addColumn<QByteArray>("mark");
        QTest::addColumn<QByteArray>("lock");
        QTest::addColumn<QString>("before");
        QTest::addColumn<bool>("safety");
        QTest::addColumn<ErrorCode>("code"); // Internal: none
        const QByteArray old = R"(echo '{"data":{"runId":"run-1","holder":"x"}}')", another = R"(echo '{"data":{"runId":"run-2","holder":"y"}}')",
                         forbidden = R"(echo 'Error from server (Forbidden): configmaps "x" is forbidden' >&2; exit 1)", none = R"(echo 'Error from server (NotFound): configmaps "x" not found' >&2; exit 1)",
                         silent = R"(echo 'Unable to connect to the server: net/http: TLS handshake timeout' >&2; exit 1)",
                         restoring = R"(echo '{"data":{"runId":"run-2","purpose":"restore"}}')", quiesced = R"(echo '{"data":{"runId":"run-2","purpose":"backup"}}')";
        const QString mark = u"run-1 x"_s;
        QTest::newRow("nothing") << old << none << mark << false << ErrorCode::Internal;
        QTest::newRow("never restored") << none << none << u""_s << false << ErrorCode::Internal;
        QTest::newRow("a quiesced backup") << old << quiesced << mark << false << ErrorCode::Internal;
        QTest::newRow("a restore that has ended") << another << none << mark << false << ErrorCode::Conflict;
        QTest::newRow("the first one") << old << none << u""_s << false << ErrorCode::Conflict;
        QTest::newRow("one of a version that leaves no mark") << old << restoring << mark << false << ErrorCode::Conflict;
        QTest::newRow("the restore's own safety bundle") << another << restoring << QString() << true << ErrorCode::Internal;
        QTest::newRow("no right to look") << forbidden << forbidden << QString() << false << ErrorCode::Internal;
        QTest::newRow("cannot be asked") << silent << silent << mark << false << ErrorCode::Unreachable;
    }
    void restored()
    {
        QFETCH(QByteArray, mark);
        QFETCH(QByteArray, lock);
        QFETCH(QString, before);
        QFETCH(bool, safety);
        QFETCH(ErrorCode, code);
        const EmptyNamespace cluster("\n*' get configmap scalekeep-last '*) " + mark + " ;;\n*' get configmap scalekeep-lock '*) " + lock + " ;;");
        const catalog::Catalog catalog = catalogue();
        LoneStep lone(catalog, u"finish"_s, {});
        lone.context.bundlePath = m_directory.filePath(QString::fromLatin1(QTest::currentDataTag()) + u".scalekeep.tar"_s);
        const auto writer = bundle::Writer::create(lone.context.bundlePath, bundle::testHeader());
        QVERIFY2(writer, writer ? "" : qPrintable(writer.error().message));
        lone.context.writer = writer->get();
        if (!before.isNull())
            lone.context.restoreMark = before;
        lone.step.parameters[u"safety"] = safety;
        run::StepRun step = lone.on(cluster.client());
        const auto finished = handlers().value(u"bundle.finish"_s)->run(step);
        QCOMPARE(finished ? ErrorCode::Internal : finished.error().code, code);
        QCOMPARE(QFile::exists(lone.context.bundlePath), code == ErrorCode::Internal);
        if (!finished)
            return;
        const auto reader = bundle::Reader::open(lone.context.bundlePath);
        QVERIFY(reader);
        QCOMPARE((*reader)->manifest().notes.size(), before.isNull() && !safety ? 1 : 0);
    }

    /// A resumed backup that had to save Redis anew, and keeps a database that was read before, says so.
    void redisIsTheYoungerOne_data()
    {
        QTest::addColumn<int>("seconds"); // from the database to Redis
        QTest::addColumn<bool>("quiesced");
        QTest::addColumn<int>("notes");
        QTest::newRow("as in one go") << -5 << false << 0;
        QTest::newRow("saved anew") << 3600 << false << 1;
        QTest::newRow("saved anew, with the writers stopped") << 3600 << true << 0;
    }
    void redisIsTheYoungerOne()
    {
        QFETCH(int, seconds);
        QFETCH(bool, quiesced);
        QFETCH(int, notes);
        const EmptyNamespace cluster;
        const catalog::Catalog catalog = catalogue();
        LoneStep lone(catalog, u"finish"_s, {});
        lone.context.bundlePath = m_directory.filePath(u"younger%1%2.scalekeep.tar"_s.arg(seconds).arg(int(quiesced)));
        const auto writer = bundle::Writer::create(lone.context.bundlePath, bundle::testHeader());
        QVERIFY2(writer, writer ? "" : qPrintable(writer.error().message));
        lone.context.writer = writer->get();
        lone.context.restoreMark = u""_s;
        lone.step.parameters[u"quiesced"] = quiesced;
        const QDateTime read = QDateTime::currentDateTimeUtc();
        lone.context.snapshots.insert(u"system-mysql"_s, read);
        lone.context.snapshots.insert(u"backend-redis"_s, read.addSecs(seconds));
        run::StepRun step = lone.on(cluster.client());
        const auto finished = handlers().value(u"bundle.finish"_s)->run(step);
        QVERIFY2(finished, finished ? "" : qPrintable(finished.error().message));
        const auto reader = bundle::Reader::open(lone.context.bundlePath);
        QVERIFY(reader);
        const bundle::Manifest& manifest = (*reader)->manifest();
        QCOMPARE(manifest.skewMilliseconds, qAbs(qint64(seconds)) * 1000);
        QCOMPARE(manifest.notes.size(), notes);
        QCOMPARE(lone.said.size(), notes);
        if (notes > 0)
            QVERIFY2(manifest.notes.first().startsWith(u"backend-redis shows a moment 3600 s later than system-mysql"_s), qPrintable(manifest.notes.first()));
    }

    /// Others' zeros are nobody's originals.
    void stopped_data()
    {
        QTest::addColumn<QByteArray>("lock");
        QTest::addColumn<bool>("seenBefore");
        QTest::addColumn<int>("app");
        const QJsonObject data{{u"runId"_s, u"run-2"_s}, {u"purpose"_s, u"backup"_s}, {u"originals"_s, u"{\"replicas:DeploymentConfig/system-app\":2,\"replicas:DeploymentConfig/backend-listener\":7}"_s}};
        const QByteArray held = "echo '" + QJsonDocument(QJsonObject{{u"data"_s, data}}).toJson(QJsonDocument::Compact) + '\'',
                         none = R"(echo 'Error from server (NotFound): configmaps "x" not found' >&2; exit 1)";
        QTest::newRow("by a quiesced backup") << held << false << 2;
        QTest::newRow("by one that has let go a moment ago") << none << true << 2;
        QTest::newRow("by somebody who means it") << none << false << 0;
    }
    void stopped()
    {
        QFETCH(QByteArray, lock);
        QFETCH(bool, seenBefore);
        QFETCH(int, app);
        const EmptyNamespace cluster("\n*' get configmap scalekeep-lock '*) " + lock + R"sh( ;;
*' get deploymentconfigs.apps.openshift.io '*) echo '{"kind":"List","items":[
    {"apiVersion":"apps.openshift.io/v1","kind":"DeploymentConfig","metadata":{"name":"system-app"},"spec":{"replicas":0}},
    {"apiVersion":"apps.openshift.io/v1","kind":"DeploymentConfig","metadata":{"name":"backend-listener"},"spec":{"replicas":3}}]}' ;;
*' get '*) echo '{"kind":"List","items":[]}' ;;)sh");
        const catalog::Catalog catalog = catalogue();
        LoneStep lone(catalog, u"save"_s, u"workloads"_s);
        const QString path = m_directory.filePath(QString::fromLatin1(QTest::currentDataTag()) + u".scalekeep.tar"_s);
        const auto writer = bundle::Writer::create(path, bundle::testHeader());
        QVERIFY(writer);
        lone.context.writer = writer->get();
        if (seenBefore)
            lone.context.inventory.objects = {QJsonObject{{u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"scalekeep-lock"_s}}},
                                                          {u"data"_s, QJsonObject{{u"originals"_s, u"{\"replicas:DeploymentConfig/system-app\":2}"_s}}}}};
        run::StepRun step = lone.on(cluster.client());
        const auto saved = handlers().value(u"objects.save"_s)->run(step);
        QVERIFY2(saved, saved ? "" : qPrintable(saved.error().message));
        bundle::Manifest manifest = lone.context.manifest;
        manifest.finished = QDateTime::currentDateTimeUtc();
        QVERIFY((*writer)->finish(manifest));
        const auto reader = bundle::Reader::open(path);
        QVERIFY(reader);
        QByteArray json;
        QVERIFY((*reader)->read((*reader)->manifest().streams.value(0), [&json](std::span<const char> data) -> Result<void> {
            json.append(data.data(), static_cast<qsizetype>(data.size()));
            return {};
        }));
        QHash<QString, int> counts;
        for (const QJsonValue& item : QJsonDocument::fromJson(json)[u"items"].toArray())
            counts.insert(item[u"metadata"][u"name"].toString(), item[u"spec"][u"replicas"].toInt(-1));
        QCOMPARE(counts.size(), 2);
        QCOMPARE(counts.value(u"system-app"_s), app);
        QCOMPARE(counts.value(u"backend-listener"_s), 3); // started again, or scaled, since
    }

    /// An operator writes its APIManager's status whenever a pod gets ready: one version counts for both halves of the object.
    void versionsOfOthers_data()
    {
        QTest::addColumn<int>("refused"); // in a row
        QTest::addColumn<int>("attempts");
        QTest::newRow("for a moment") << 2 << 3;
        QTest::newRow("all the time") << 99 << 5;
    }
    void versionsOfOthers()
    {
        QFETCH(int, refused);
        QFETCH(int, attempts);
        QTemporaryDir folder;
        const QByteArray object = R"({"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp"},"data":{"a":"ours"}}]})";
        VERIFY_RESULT(bundle::writeBundle(folder.filePath(u"bundle.tar"_s), {{u"configmaps/objects.json"_s, object}}));
        VERIFY_RESULT(bundle::writeBundle(folder.filePath(u"safety.tar"_s), {{u"configmaps/objects.json"_s, QByteArray(object).replace("ours", "theirs")}}));
        const auto reader = bundle::Reader::open(folder.filePath(u"bundle.tar"_s));
        auto safety = bundle::Reader::open(folder.filePath(u"safety.tar"_s));
        VERIFY_RESULT(reader);
        VERIFY_RESULT(safety);
        // The version is the number of attempts so far.
        const EmptyNamespace cluster(QByteArray(R"sh(
*' get ConfigMap '*) touch "$(dirname "$0")/written"
    echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp","resourceVersion":"'$(wc -l <"$(dirname "$0")/written")'"},"data":{"a":"theirs"}}' ;;
*' replace '*) body=$(cat); printf '%s\n' "$body" >>"$(dirname "$0")/written"; n=$(wc -l <"$(dirname "$0")/written")
    if [ $((n % COUNT)) -ne 0 ]; then
        echo 'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "smtp": the object has been modified; please apply your changes to the latest version and try again' >&2
        exit 1
    fi
    printf '%s\n' "$body" ;;
)sh").replace("COUNT", QByteArray::number(refused + 1)));
        const catalog::Catalog catalog = catalogue();
        LoneStep lone(catalog, u"restore"_s, u"configmaps"_s);
        lone.context.reader = reader->get();
        run::StepRun step = lone.on(cluster.client());
        const auto made = handlers().value(u"objects.restore"_s)->run(step);
        QCOMPARE(bool(made), refused < 5);
        QCOMPARE(made ? ErrorCode::Conflict : made.error().code, ErrorCode::Conflict);
        const QStringList sent = cluster.written().split(u'\n', Qt::SkipEmptyParts);
        QCOMPARE(sent.size(), attempts);
        for (qsizetype i = 0; i < sent.size(); ++i)
            QVERIFY2(sent[i].contains(u"\"resourceVersion\":\"%1\""_s.arg(i)) && sent[i].contains(u"ours"_s), qPrintable(sent[i]));
        QCOMPARE(lone.noted.size(), 1); // what it began is one thing
        if (!made)
            return;
        lone.context.safety = std::move(*safety);
        run::StepRun back = lone.on(cluster.client());
        VERIFY_RESULT(handlers().value(u"objects.restore"_s)->undo(back));
        QCOMPARE(cluster.written().count(u"theirs"_s), attempts);
    }
};

QTEST_GUILESS_MAIN(TestMeanwhile)
#include "tst_meanwhile.moc"
