#include "servers.h"
#include "support.h"

#include <QDateTime>
#include <QJsonArray>
#include <QTest>

#include <memory>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// Every type and encoding that a server of today writes, in two databases, some keys with a time to live.
QByteArray redisSeed()
{
    QByteArray lines = "SET plain value\nSET number 12345\nSET services_set:x 1\nSET long " + QByteArray(20'000, 'z') + "\n"
                       "RPUSH resque:queue:priority a b 1 2 300000 -5\nSADD services_set 1 2 3\nSADD words a b c\n"
                       "HSET small f 1 g two\nZADD scores 1.5 a -inf b 3 c 0.1 d\nXADD events 5-1 f1 v1 f2 w1\nXADD events 12-2 g v2\n"
                       "XADD events 13-0 g v3\nXDEL events 12-2\nXGROUP CREATE events group 0\n"
                       "XREADGROUP GROUP group consumer COUNT 1 STREAMS events >\n"
                       "SET stats/{service:1}/metric:1/minute:202001010000 7 EX 100000\nSET \"bin\\x00\\xff\" \"\\x00\\x01\"\n"
                       "FUNCTION LOAD \"#!lua name=lib\\nredis.register_function('f', function() return 1 end)\"\n";
    for (int i = 0; i < 700; ++i) {
        const QByteArray n = QByteArray::number(i);
        lines += "HSET large field" + n + " value" + n + "\nSADD members member" + n + "\nZADD ranking " + n + ".25 member" + n +
                 "\nRPUSH list element" + n + "\nSET application/service_id:" + QByteArray::number(i % 7) + "/id:" + n + "/state live\n";
    }
    return lines + "SELECT 1\nRPUSH queue:default \"{\\\"class\\\":1}\"\nSADD queues default\n";
}

QStringList withoutWarnings(QStringList list)
{
    list.removeIf([](const QString& text) { return text.startsWith("warning"_L1); });
    return list;
}
} // namespace

class TestRealDumps : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mariaDbComesBackEqual()
    {
        MariaDbServer server;
        server.run(u"system"_s, testData(u"mariadb-seed.sql"_s));
        const QByteArray first = server.dump(u"system"_s, {u"--hex-blob"_s});
        const auto index = goodIndex(u"mysqldump"_s, first, 4096);
        QCOMPARE(entry(index, u"table"_s, u"cinstances"_s)["rows"_L1].toInt(), 3000);
        QCOMPARE(entry(index, u"table"_s, u"log_entries"_s)["rows"_L1].toInt(), 3);
        QCOMPARE(index["summary"_L1]["tables"_L1].toInt(), 6);
        QCOMPARE(index["summary"_L1]["routines"_L1].toInt(), 2);
        QCOMPARE(index["summary"_L1]["triggers"_L1].toInt(), 1);
        QCOMPARE(index["summary"_L1]["views"_L1].toInt(), 1);
        for (const QJsonValue& each : index["entries"_L1].toArray())
            QVERIFY2(each["kind"_L1] != "statement"_L1, qPrintable(each["name"_L1].toString()));

        // Other options write the same rows in other words.
        const auto tables = [](const QJsonObject& of) {
            QJsonArray list;
            for (const QJsonValue& each : of["entries"_L1].toArray())
                if (each["kind"_L1] == "table"_L1)
                    list.append(QJsonArray{each["name"_L1], each["rows"_L1], each["sha256"_L1]});
            return list;
        };
        for (const QStringList& options : {QStringList{}, {u"--skip-extended-insert"_s}, {u"--hex-blob"_s, u"--order-by-primary"_s}})
            QCOMPARE(tables(goodIndex(u"mysqldump"_s, server.dump(u"system"_s, options))), tables(index));

        server.run(u"system"_s, first);
        const QByteArray second = server.dump(u"system"_s, {u"--hex-blob"_s});
        QCOMPARE(goodIndex(u"mysqldump"_s, second), index);

        server.run(u"system"_s, first + "UPDATE cinstances SET account_id = 1 + account_id % 5 WHERE id = 17;");
        QCOMPARE(compare(u"mysqldump"_s, first, server.dump(u"system"_s)), QStringList{u"table cinstances: 1 of 3000 rows differs"_s});
        server.run(u"system"_s, first + "DROP FUNCTION double_it; DELETE FROM cinstances WHERE id < 4;");
        QCOMPARE(compare(u"mysqldump"_s, first, server.dump(u"system"_s)),
                 (QStringList{u"routine function double_it: is missing"_s, u"table cinstances: 3 of 3000 rows are missing"_s}));
        for (const qsizetype cut : {first.size() - 1, first.size() - 20, first.size() / 2, qsizetype(1)})
            QCOMPARE(indexOf(u"mysqldump"_s, first.left(cut)).error().code, ErrorCode::TruncatedStream);
    }

    void postgresComesBackEqual()
    {
        PostgresServer server;
        server.run(u"zync_production"_s, testData(u"postgres-seed.sql"_s));
        for (const QStringList& options : {QStringList{}, {u"--inserts"_s}, {u"--column-inserts"_s, u"--rows-per-insert=100"_s}}) {
            server.run(u"zync_production"_s, testData(u"postgres-seed.sql"_s));
            const QByteArray first = server.dump(u"zync_production"_s, options);
            const auto index = goodIndex(u"pg_dump"_s, first, 4096);
            QCOMPARE(entry(index, u"table"_s, u"public.que_jobs"_s)["rows"_L1].toInt(), 2000);
            QCOMPARE(entry(index, u"table"_s, u"public.no_columns"_s)["rows"_L1].toInt(), 1);
            for (const QJsonValue& each : index["entries"_L1].toArray())
                QVERIFY2(each["kind"_L1] != "statement"_L1, qPrintable(each["name"_L1].toString()));

            server.run(u"zync_production"_s, first);
            QCOMPARE(goodIndex(u"pg_dump"_s, server.dump(u"zync_production"_s, options)), index);

            server.run(u"zync_production"_s, first + "UPDATE public.tenants SET endpoint = 'x' WHERE id = 2;");
            QCOMPARE(compare(u"pg_dump"_s, first, server.dump(u"zync_production"_s, options)),
                     QStringList{u"table public.tenants: 1 of 4 rows differs"_s});
            server.run(u"zync_production"_s, first + "SELECT nextval('public.tenants_id_seq');");
            QCOMPARE(compare(u"pg_dump"_s, first, server.dump(u"zync_production"_s, options)),
                     QStringList{u"sequence public.tenants_id_seq: stands at 5, true instead of 4, true"_s});
            for (const qsizetype cut : {first.size() - 1, first.size() - 20, first.size() / 2, qsizetype(1)})
                QCOMPARE(indexOf(u"pg_dump"_s, first.left(cut)).error().code, ErrorCode::TruncatedStream);
        }
    }

    // As the restore does it: the schema dropped and made anew in the transaction of the load. What is left over are rights and comments.
    void postgresSchemaMadeAnew()
    {
        PostgresServer server;
        server.run(u"zync_production"_s, testData(u"postgres-seed.sql"_s));
        const QByteArray first = server.dump(u"zync_production"_s);
        server.run(u"zync_production"_s, "CREATE TABLE leftover (a int);\nBEGIN;\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n" + first + "COMMIT;\n");
        QCOMPARE(withoutWarnings(compare(u"pg_dump"_s, first, server.dump(u"zync_production"_s))), QStringList{});
    }

    void redisComesBackEqual()
    {
        RedisServer server;
        server.run(redisSeed());
        const QByteArray first = server.dump();
        const auto index = goodIndex(u"rdb"_s, first, 4096);
        QCOMPARE(index["summary"_L1]["databases"_L1].toInt(), 2);
        QCOMPARE(index["summary"_L1]["keys"_L1].toInt(), 718);
        QCOMPARE(index["summary"_L1]["expiring"_L1].toInt(), 1);

        // Loaded and saved again, also with every collection in its other form.
        RedisServer again(first);
        QCOMPARE(goodIndex(u"rdb"_s, again.dump()), index);
        QByteArray other;
        {
            RedisServer unpacked(first, {u"--hash-max-listpack-entries"_s, u"0"_s, u"--zset-max-listpack-entries"_s, u"0"_s,
                                         u"--set-max-intset-entries"_s, u"0"_s, u"--list-max-listpack-size"_s, u"2"_s,
                                         u"--rdbcompression"_s, u"no"_s});
            other = unpacked.dump();
        }
        QVERIFY(other != first);
        QCOMPARE(goodIndex(u"rdb"_s, other), index);
        RedisServer packed(first, {u"--hash-max-listpack-entries"_s, u"100000"_s, u"--zset-max-listpack-entries"_s, u"100000"_s});
        QCOMPARE(goodIndex(u"rdb"_s, packed.dump()), index);

        again.command({u"HSET"_s, u"large"_s, u"field5"_s, u"changed"_s});
        QCOMPARE(compare(u"rdb"_s, first, again.dump()), QStringList{u"database 0, hash large: the content of some of its 1 keys differs"_s});
        again.command({u"HSET"_s, u"large"_s, u"field5"_s, u"value5"_s});
        again.command({u"DEL"_s, u"application/service_id:3/id:3/state"_s});
        QCOMPARE(compare(u"rdb"_s, first, again.dump()), QStringList{u"database 0, string application/service_id:3/*: 1 of 100 keys missing"_s});
        for (const qsizetype cut : {first.size() - 1, first.size() - 8, first.size() / 2, qsizetype(1)})
            QCOMPARE(indexOf(u"rdb"_s, first.left(cut)).error().code, ErrorCode::TruncatedStream);
    }

    // The same content, entered into servers with other limits, is packed in other ways.
    void redisEncodings()
    {
        RedisServer usual;
        usual.run(redisSeed());
        RedisServer unpacked({}, {u"--hash-max-listpack-entries"_s, u"0"_s, u"--zset-max-listpack-entries"_s, u"0"_s,
                                  u"--set-max-intset-entries"_s, u"0"_s, u"--list-max-listpack-size"_s, u"2"_s,
                                  u"--stream-node-max-entries"_s, u"1"_s, u"--rdbcompression"_s, u"no"_s});
        unpacked.run(redisSeed());
        RedisServer packed({}, {u"--hash-max-listpack-entries"_s, u"100000"_s, u"--zset-max-listpack-entries"_s, u"100000"_s,
                                u"--list-max-listpack-size"_s, u"-5"_s, u"--rdbchecksum"_s, u"no"_s});
        packed.run(redisSeed());
        const QByteArray first = usual.dump();
        // The expiring key and the pending entry of the stream carry the time at which they were made.
        for (RedisServer* server : {&unpacked, &packed}) {
            const QByteArray second = server->dump();
            QVERIFY(second != first);
            const QStringList found = compare(u"rdb"_s, first, second);
            QCOMPARE(found.size(), 2);
            QVERIFY(found.at(0).startsWith(u"database 0, stream events"_s));
            QVERIFY(found.at(1).startsWith(u"database 0, string stats/{service:1}/*"_s));
        }
    }

    // A restore some time after the backup: the server drops what is over when it loads the snapshot.
    void redisDropsWhatIsOver()
    {
        RedisServer server;
        QByteArray lines;
        for (int i = 0; i < 300; ++i)
            lines += "SET stats/{service:1}/minute:" + QByteArray::number(i) + " x PX " + (i % 3 == 0 ? "600000" : "1500") + "\n";
        server.run(lines + "SET lasting x\n");
        const QByteArray first = server.dump();
        QTest::qWait(2000);
        RedisServer restored(first);
        const QByteArray second = restored.dump();
        const qint64 at = QDateTime::currentMSecsSinceEpoch();
        QCOMPARE(goodIndex(u"rdb"_s, second)["summary"_L1]["keys"_L1].toInt(), 101);
        QCOMPARE(compare(u"rdb"_s, first, second, at), QStringList{u"warning: database 0: 200 keys are gone because their time to live was over"_s});
        QCOMPARE(withoutWarnings(compare(u"rdb"_s, first, second)).size(), 1);
        restored.command({u"DEL"_s, u"stats/{service:1}/minute:0"_s});
        QCOMPARE(withoutWarnings(compare(u"rdb"_s, first, restored.dump(), at)),
                 QStringList{u"database 0, string stats/{service:1}/*: 1 of 300 keys missing"_s});
    }
};

QTEST_GUILESS_MAIN(TestRealDumps)
#include "tst_realdumps.moc"
