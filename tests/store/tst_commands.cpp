#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include "tests/store/onservers.h"

#include <QStandardPaths>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::test;

namespace {
catalog::Component component(const QString& id)
{
    catalog::Catalog catalog = catalogue();
    return componentIn(catalog, id);
}

/// What may go wrong with a staged file between its check and the load: cut anywhere, or damaged inside.
QList<std::pair<QByteArray, QByteArray>> broken(const QByteArray& whole)
{
    QList<std::pair<QByteArray, QByteArray>> list;
    for (const qsizetype size : {qsizetype(0), qsizetype(1), qsizetype(9), qsizetype(11), whole.size() / 4, whole.size() / 2, whole.size() - 400, whole.size() - 20, whole.size() - 9, whole.size() - 8, whole.size() - 4, whole.size() - 1})
        list.append({"cut at " + QByteArray::number(size), whole.first(size)});
    for (const qsizetype place : {qsizetype(0), whole.size() / 3, whole.size() - 6, whole.size() - 2}) {
        QByteArray damaged = whole;
        damaged[place] = static_cast<char>(~damaged[place]);
        list.append({"damaged at " + QByteArray::number(place), damaged});
    }
    return list;
}

constexpr int rows = 3000;
} // namespace

/// The commands that Scalekeep has run in pods, run for real.
class TestCommands : public OnServers {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { setUp(); }

    void mysql()
    {
        MysqlOnTcp server;
        catalog::Component mysql = component(u"system-mysql"_s);
        mysql.port = server.port;
        qputenv(mysql.passwordEnv.toLatin1().constData(), "a b$\"c");
        const auto query = [&](const QString& statement, bool inDatabase = true) {
            const Ended ended = runInPod(store::mysql::queryCommand(mysql, statement, inDatabase));
            if (ended.code != 0)
                qWarning("%s", ended.errors.constData());
            return ended.code == 0 ? ended.output.trimmed() : QByteArray("failed");
        };
        QCOMPARE(query(u"CREATE DATABASE `@database@` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"_s, false), "");
        QCOMPARE(query(u"CREATE TABLE notes (id INT PRIMARY KEY, text VARCHAR(200), raw VARBINARY(20)); CREATE VIEW seen AS SELECT id FROM notes; "
                       "CREATE PROCEDURE twice() SELECT 2; CREATE TRIGGER rising BEFORE INSERT ON notes FOR EACH ROW SET NEW.text = CONCAT(NEW.text, '')"_s), "");
        QCOMPARE(query(u"INSERT INTO notes SELECT seq, CONCAT('Größe \\'', seq, '\\'; DROP'), UNHEX(SHA1(seq)) FROM seq_1_to_%1"_s.arg(rows)), "");
        const QByteArray before = query(u"CHECKSUM TABLE notes"_s);
        const Ended dumped = runInPod(store::mysql::dumpCommand(mysql));
        QVERIFY2(dumped.code == 0, dumped.errors.constData());
        QVERIFY(dumped.output.contains("-- Dump completed"));
        QVERIFY(dumped.output.contains("twice") && dumped.output.contains("rising"));

        // A newer schema lies there: all of it goes.
        QCOMPARE(query(u"DELETE FROM notes WHERE id > 5; CREATE TABLE newer (id INT)"_s), "");
        for (const bool compressed : {true, false}) {
            const Ended loaded = runInPod(store::mysql::loadCommand(mysql, staged(compressed ? gzip(dumped.output) : dumped.output, compressed), u"scalekeep-run-x"_s));
            QVERIFY2(loaded.code == 0, loaded.errors.constData());
            QCOMPARE(query(u"CHECKSUM TABLE notes"_s), before);
            QCOMPARE(query(u"SHOW TABLES LIKE 'newer'"_s), "");
            QCOMPARE(query(u"SELECT COUNT(*) FROM seen"_s), QByteArray::number(rows));
            QCOMPARE(query(u"SELECT @@collation_database"_s), "utf8mb4_bin"); // the text's DROP and CREATE would lose it
        }

        for (const auto& [what, content] : broken(gzip(dumped.output))) {
            const Ended loaded = runInPod(store::mysql::loadCommand(mysql, staged(content), u"scalekeep-run-x"_s));
            QVERIFY2(loaded.code != 0, what.constData()); // MySQL commits as it goes: that it ended badly must be seen
        }
        QVERIFY(runInPod(store::mysql::loadCommand(mysql, {m_directory.filePath(u"gone.gz"_s), true}, u"m"_s)).code != 0);
        QVERIFY(runInPod(store::mysql::loadCommand(mysql, staged("CREATE TABLE a (id INT);\nNONSENSE;\n", false), u"m"_s)).code != 0);
        QVERIFY(runInPod(store::mysql::queryCommand(mysql, u"NONSENSE"_s)).code != 0);

        // Whatever was left, the whole dump makes it right again.
        QCOMPARE(runInPod(store::mysql::loadCommand(mysql, staged(gzip(dumped.output)), u"m"_s)).code, 0);
        QCOMPARE(query(u"CHECKSUM TABLE notes"_s), before);

        // No database at all, as on a new volume.
        QCOMPARE(query(u"DROP DATABASE `@database@`"_s, false), "");
        QCOMPARE(runInPod(store::mysql::loadCommand(mysql, staged(gzip(dumped.output)), u"m"_s)).code, 0);
        QCOMPARE(query(u"CHECKSUM TABLE notes"_s), before);

        qputenv(mysql.passwordEnv.toLatin1().constData(), "wrong");
        const Ended refused = runInPod(store::mysql::loadCommand(mysql, staged(gzip(dumped.output)), u"m"_s));
        QVERIFY(refused.code != 0);
        QVERIFY(!refused.errors.contains("wrong"));
        qputenv(mysql.passwordEnv.toLatin1().constData(), "a b$\"c");
        QCOMPARE(query(u"CHECKSUM TABLE notes"_s), before); // and nothing was touched
        const QString argv = store::mysql::loadCommand(mysql, staged({}), u"m"_s).join(u' ');
        QVERIFY(!argv.contains(u"a b$"_s));
    }

    void postgresql()
    {
        PostgresServer server;
        qputenv("PGHOST", server.directory().toUtf8());
        const catalog::Component zync = component(u"zync-database"_s);
        server.run(zync.database, "CREATE TABLE notes (id int PRIMARY KEY, text text); INSERT INTO notes SELECT i, 'Größe ''' || i || '''; DROP' FROM generate_series(1, 3000) i; CREATE SEQUENCE counter START 42;");
        const auto query = [&](const QString& statement) {
            const Ended ended = runInPod(store::postgresql::queryCommand(zync, statement));
            return ended.code == 0 ? ended.output.trimmed() : QByteArray("failed");
        };
        const QString sum = u"SELECT md5(string_agg(id || text, ',' ORDER BY id)) FROM notes"_s;
        const QByteArray before = query(sum);
        QCOMPARE(before.size(), 32);
        const Ended dumped = runInPod(store::postgresql::dumpCommand(zync));
        QVERIFY2(dumped.code == 0, dumped.errors.constData());
        QVERIFY(dumped.output.contains("PostgreSQL database dump complete"));

        // What is there now, newer than the dump, stays to the last row unless the whole dump is loaded.
        QCOMPARE(query(u"DELETE FROM notes WHERE id > 5; CREATE TABLE newer (id int)"_s), "DELETE 2995\nCREATE TABLE");
        const QByteArray live = query(sum);
        const auto load = [&](const store::Staged& file) { return runInPod(store::postgresql::loadCommand(zync, file, u"postgres"_s, true, u"scalekeep-run-x"_s)); };
        const auto untouched = [&] { return query(sum) == live && query(u"SELECT count(*) FROM newer"_s) == "0"; };
        for (const auto& [what, content] : broken(gzip(dumped.output))) {
            const Ended loaded = load(staged(content));
            QVERIFY2(loaded.code != 0, what.constData());
            QVERIFY2(!loaded.output.contains("committed"), what.constData());
            QVERIFY2(untouched(), what.constData());
        }
        QVERIFY(load({m_directory.filePath(u"gone.gz"_s), true}).code != 0);
        QVERIFY(load(staged("CREATE TABLE a (id int);\nNONSENSE;\n", false)).code != 0);
        QVERIFY(load(staged("CREATE TABLE a (id int);\nCOPY a FROM stdin;\n1\n", false)).code != 0); // no end of the copy
        QVERIFY(untouched());

        for (const bool compressed : {true, false}) {
            const Ended loaded = load(staged(compressed ? gzip(dumped.output) : dumped.output, compressed));
            QVERIFY2(loaded.code == 0, loaded.errors.constData());
            QVERIFY2(loaded.output.contains("scalekeep-run-x committed"), loaded.output.constData());
            QCOMPARE(query(sum), before);
            QCOMPARE(query(u"SELECT to_regclass('newer') IS NULL"_s), "t");
            QCOMPARE(query(u"SELECT nextval('counter')"_s), "42");
        }
        QVERIFY(runInPod(store::postgresql::queryCommand(zync, u"NONSENSE"_s)).code != 0);
    }

    void redis()
    {
        RedisServer server;
        const QString socket = server.directory() + u"/socket"_s;
        const Ended info = runInPod(store::redis::cliCommand({u"INFO"_s}, socket));
        QCOMPARE(info.code, 0);
        const auto values = store::redis::parseInfo(info.output);
        QVERIFY(values.value(u"redis_version"_s).contains(u'.'));
        QVERIFY(values.value(u"used_memory"_s).toLongLong() > 0);
        QVERIFY(values.contains(u"rdb_last_bgsave_status"_s));
        const QString awkward = u"it's \"here\" $HOME `x` \\n *"_s;
        QCOMPARE(runInPod(store::redis::cliCommand({u"SET"_s, u"k"_s, awkward}, socket)).output.trimmed(), "OK");
        QCOMPARE(QString::fromUtf8(runInPod(store::redis::cliCommand({u"GET"_s, u"k"_s}, socket)).output.trimmed()), awkward);
    }

    /// The documented way goes on only where the server says that it saves nothing: `save` is off where its value is empty.
    void redisSavesNothing_data()
    {
        QTest::addColumn<QString>("save");
        QTest::addColumn<QString>("appendOnly");
        QTest::addColumn<QString>("refusal");
        QTest::newRow("nothing is saved") << QString() << u"no"_s << QString();
        QTest::newRow("save points") << u"900 1 300 10"_s << u"no"_s << u"save “900 1 300 10” and appendonly no"_s;
        QTest::newRow("append-only file") << QString() << u"yes"_s << u"save “” and appendonly yes"_s;
    }
    void redisSavesNothing()
    {
        QFETCH(QString, save);
        QFETCH(QString, appendOnly);
        QFETCH(QString, refusal);
        RedisServer server;
        const QString socket = server.directory() + u"/socket"_s;
        for (const auto& [name, value] : {std::pair(u"save"_s, save), std::pair(u"appendonly"_s, appendOnly)}) {
            QCOMPARE(server.command({u"CONFIG"_s, u"SET"_s, name, value}).trimmed(), "OK");
            const Ended answer = runInPod(store::redis::cliCommand({u"CONFIG"_s, u"GET"_s, name}, socket));
            QCOMPARE(answer.code, 0);
            QCOMPARE(store::redis::settingIn(answer.output, name), std::optional(value));
        }
        const catalog::Catalog catalog = catalogue();
        LoneStep lone(catalog, u"check-off"_s, u"backend-redis"_s);
        StorePod pod;
        pod.program(u"redis-cli"_s, "exec " + QStandardPaths::findExecutable(u"redis-cli"_s).toUtf8() + " -s " + socket.toUtf8() + " \"$@\"\n");
        const auto checked = runStep(lone, pod, u"redis.documented.checkOff"_s);
        QCOMPARE(checked.has_value(), refusal.isEmpty());
        if (!checked)
            QVERIFY2(checked.error().message.contains(refusal), qPrintable(checked.error().message));
    }

    /// As redis-cli of 3.2 to 7 answers, whole and as it is left when its ends are trimmed.
    void settingIn_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("value"); // null: it is no answer to this
        QTest::newRow("off") << QByteArray("save\n\n") << u"save"_s << u""_s;
        QTest::newRow("off, trimmed") << QByteArray("save") << u"save"_s << u""_s;
        QTest::newRow("on") << QByteArray("save\n3600 1 300 100 60 10000\n") << u"save"_s << u"3600 1 300 100 60 10000"_s;
        QTest::newRow("on, trimmed") << QByteArray("save\n3600 1 300 100 60 10000") << u"save"_s << u"3600 1 300 100 60 10000"_s;
        QTest::newRow("no") << QByteArray("appendonly\nno\n") << u"appendonly"_s << u"no"_s;
        QTest::newRow("no, trimmed") << QByteArray("appendonly\nno") << u"appendonly"_s << u"no"_s;
        QTest::newRow("line ends") << QByteArray("save\r\n900 1\r\n") << u"save"_s << u"900 1"_s;
        QTest::newRow("no such setting") << QByteArray("\n") << u"save"_s << QString();
        QTest::newRow("nothing") << QByteArray() << u"save"_s << QString();
        QTest::newRow("the command was renamed") << QByteArray("ERR unknown command 'CONFIG'\n\n") << u"save"_s << QString();
        QTest::newRow("another setting") << QByteArray("appendonly\nno\n") << u"save"_s << QString();
    }
    void settingIn()
    {
        QFETCH(QByteArray, answer);
        QFETCH(QString, name);
        QFETCH(QString, value);
        QCOMPARE(store::redis::settingIn(answer, name), value.isNull() ? std::nullopt : std::optional(value));
    }

    /// A BGSAVE without room for it makes Redis refuse all writes. So it is not asked for where there is none, and one that fails is no snapshot.
    void redisWithoutRoom()
    {
        // No file of its can become larger than 16 KiB, and it is told so as on a full volume.
        rlimit whole{};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &whole), 0);
        const rlimit small{16384, whole.rlim_max};
        const auto whenLarger = std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &small);
        RedisServer server;
        ::setrlimit(RLIMIT_FSIZE, &whole);
        std::signal(SIGXFSZ, whenLarger);
        const QString socket = server.directory() + u"/socket"_s, dump = server.directory() + u"/dump.rdb"_s;
        const auto say = [&socket](const QStringList& words) { return runInPod(store::redis::cliCommand(words, socket)).output.trimmed(); };
        QCOMPARE(say({u"SET"_s, u"old"_s, u"1"_s}), "OK");
        QCOMPARE(say({u"SAVE"_s}), "OK");
        const QByteArray before = bundle::fileContent(dump);
        QCOMPARE(say({u"CONFIG"_s, u"SET"_s, u"save"_s, u"900 1"_s}), "OK"); // as in production
        QCOMPARE(say({u"CONFIG"_s, u"SET"_s, u"rdbcompression"_s, u"no"_s}), "OK");
        QCOMPARE(say({u"SETRANGE"_s, u"large"_s, u"100000"_s, u"x"_s}), "100001");

        catalog::Catalog catalog = catalogue();
        catalog::Component& redis = componentIn(catalog, u"backend-redis"_s);
        redis.dataDirectory = server.directory();
        LoneStep lone(catalog, u"snapshot"_s, redis.id);
        const QString link = u"%1/scalekeep-%2.rdb"_s.arg(server.directory(), lone.context.nonce);
        StorePod pod;
        pod.program(u"redis-cli"_s, "exec " + QStandardPaths::findExecutable(u"redis-cli"_s).toUtf8() + " -s " + socket.toUtf8() + " \"$@\"\n");
        const auto snapshot = [&](const QByteArray& freeKibibytes) {
            pod.program(u"df"_s, "echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo '/dev/sda1 9000000 1000 " + freeKibibytes + " 50% /data'\n");
            return runStep(lone, pod, u"redis.snapshot"_s);
        };

        const auto refused = snapshot("100");
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::NoSpace);
        QVERIFY(!say({u"INFO"_s, u"commandstats"_s}).contains("cmdstat_bgsave"));
        QCOMPARE(say({u"SET"_s, u"new"_s, u"1"_s}), "OK");

        // The room went after it was looked at.
        const auto failed = snapshot("8000000");
        QVERIFY(!failed);
        QVERIFY2(failed.error().message.contains(u"rdb_last_bgsave_status:err"_s), qPrintable(failed.error().message));
        QVERIFY(say({u"SET"_s, u"new"_s, u"2"_s}).startsWith("MISCONF"));
        QVERIFY2(failed.error().hint.contains(u"refuse all writes"_s), qPrintable(failed.error().hint));
        QVERIFY(!QFile::exists(link));
        QCOMPARE(bundle::fileContent(dump), before);
        // A proof begins with a SAVE: without it, the file that was to be loaded would be compared with itself.
        {
            run::StepRun step = lone.on(pod.client());
            const auto saved = store::redis::saveNow(step, LocalPod::pod(), u"save"_s, socket);
            QVERIFY(!saved);
            QCOMPARE(saved.error().code, ErrorCode::RemoteFailed);
        }

        // Room again: that a save failed before is forgotten.
        QCOMPARE(say({u"CONFIG"_s, u"SET"_s, u"stop-writes-on-bgsave-error"_s, u"no"_s}), "OK");
        QCOMPARE(say({u"DEL"_s, u"large"_s}), "1");
        QCOMPARE(say({u"CONFIG"_s, u"SET"_s, u"stop-writes-on-bgsave-error"_s, u"yes"_s}), "OK");
        VERIFY_RESULT(snapshot("8000000"));
        QVERIFY(bundle::fileContent(link).contains("new"));
        QCOMPARE(say({u"SET"_s, u"new"_s, u"3"_s}), "OK");
        run::StepRun step = lone.on(pod.client());
        VERIFY_RESULT(store::redis::saveNow(step, LocalPod::pod(), u"save"_s, socket));
    }

    /// The snapshot is of a BGSAVE that began when it was asked for, whatever Redis was saving at that moment or has saved in the same second.
    void redisSavesAlready_data()
    {
        QTest::addColumn<QByteArray>("other");
        QTest::addColumn<QByteArray>("delay"); // microseconds a key
        QTest::newRow("a save is under way") << QByteArray("BGSAVE") << QByteArray("50000");
        QTest::newRow("the append-only file is being written anew") << QByteArray("BGREWRITEAOF") << QByteArray("50000");
        QTest::newRow("a save that was done just before") << QByteArray("SAVE") << QByteArray("0");
    }
    void redisSavesAlready()
    {
        QFETCH(QByteArray, other);
        QFETCH(QByteArray, delay);
        RedisServer server;
        const QString socket = server.directory() + u"/socket"_s;
        for (int i = 0; i < 40; ++i)
            server.command({u"SET"_s, u"old:%1"_s.arg(i), u"1"_s});
        catalog::Catalog catalog = catalogue();
        catalog::Component& redis = componentIn(catalog, u"backend-redis"_s);
        redis.dataDirectory = server.directory();
        LoneStep lone(catalog, u"snapshot"_s, redis.id);
        StorePod pod;
        // The other one begins when ours is asked for, and a key is written behind its back.
        pod.program(u"redis-cli"_s, "r='" + QStandardPaths::findExecutable(u"redis-cli"_s).toUtf8() + " -s " + socket.toUtf8() + "'\n"
                                    "if [ \"$*\" = BGSAVE ] && mkdir \"$(dirname \"$0\")/asked\" 2>/dev/null; then\n"
                                    "  { $r CONFIG SET rdb-key-save-delay " + delay + "; $r " + other + "; $r CONFIG SET rdb-key-save-delay 0; $r SET after-it-began 1; } >/dev/null\n"
                                    "fi\nexec $r \"$@\"\n");
        VERIFY_RESULT(runStep(lone, pod, u"redis.snapshot"_s));
        const QString calls = store::redis::parseInfo(server.command({u"INFO"_s, u"commandstats"_s})).value(u"cmdstat_bgsave"_s);
        QVERIFY2(calls.endsWith(u"failed_calls=0"_s) == (other == "SAVE"), qPrintable(calls)); // it was refused at first
        QVERIFY(bundle::fileContent(u"%1/scalekeep-%2.rdb"_s.arg(server.directory(), lone.context.nonce)).contains("after-it-began"));
    }

    void parseTime()
    {
        // Keys that expire at 1700000000 sharp are gone from a dump of 1700000000.2: the moment must lie behind them.
        QCOMPARE(store::redis::parseTime("1700000000\n200999\n").toMSecsSinceEpoch(), 1700000000200);
        QCOMPARE(store::redis::parseTime("1700000000\r\n5\r\n").toMSecsSinceEpoch(), 1700000000000);
        QVERIFY(!store::redis::parseTime("ERR\n").isValid());
        QVERIFY(!store::redis::parseTime("1700000000").isValid());
    }
    void parseInfo()
    {
        const QMap<QString, QString> expected{{u"redis_version"_s, u"3.2.12"_s}, {u"config_file"_s, {}}, {u"db0"_s, u"keys=5,expires=1"_s}, {u"path"_s, u"/a:b"_s}};
        QCOMPARE(store::redis::parseInfo("# Server\r\nredis_version:3.2.12\r\nconfig_file:\r\n\r\n# Keyspace: x\r\ndb0:keys=5,expires=1\r\npath:/a:b\nnonsense\n:empty\n"), expected);
        QVERIFY(store::redis::parseInfo({}).isEmpty());
    }

    void configurationForLoad_data()
    {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("after");
        QTest::newRow("3scale's own") << u"port 6379\nsave 900 1\nsave 300 10\nsave 60 10000\nappendonly yes\nappendfsync everysec\ndir /var/lib/redis/data\n"_s
                                      << u"port 6379\n#save 900 1\n#save 300 10\n#save 60 10000\nappendonly no\nappendfsync everysec\ndir /var/lib/redis/data\n"_s;
        QTest::newRow("already so") << u"#save 900 1\nappendonly no\n"_s << u"#save 900 1\nappendonly no\n"_s;
        QTest::newRow("other words") << u"# save is off\nsaved 1\nsave-x 2\nappendonlyfile x\nstop-writes-on-bgsave-error yes\n"_s << u"# save is off\nsaved 1\nsave-x 2\nappendonlyfile x\nstop-writes-on-bgsave-error yes\n"_s;
        QTest::newRow("indented") << u"  save 900 1\n\tappendonly\tyes"_s << u"#  save 900 1\nappendonly no"_s;
        QTest::newRow("capitals") << u"SAVE 900 1\nAppendOnly yes"_s << u"#SAVE 900 1\nappendonly no"_s;
        QTest::newRow("none") << QString() << QString();
    }
    void configurationForLoad()
    {
        QFETCH(QString, before);
        QFETCH(QString, after);
        QCOMPARE(store::redis::configurationForLoad(before), after);
        QCOMPARE(store::redis::configurationForLoad(after), after);
    }
};

QTEST_GUILESS_MAIN(TestCommands)
#include "tst_commands.moc"
