#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include "tests/index/servers.h"

#include <QTcpServer>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// As in a pod: reached by TCP, with a password that only the environment knows.
class MysqlOnTcp : public Server {
public:
    MysqlOnTcp()
    {
        QTcpServer probe;
        probe.listen(QHostAddress::LocalHost);
        port = probe.serverPort();
        probe.close();
        const QString data = directory() + u"/data"_s;
        runProgram(unprivileged({u"mariadb-install-db"_s, u"--no-defaults"_s, u"--datadir="_s + data, u"--auth-root-authentication-method=normal"_s, u"--skip-test-db"_s}));
        const QStringList client{u"mariadb"_s, u"--no-defaults"_s, u"--user=root"_s, u"--socket="_s + directory() + u"/socket"_s};
        start({QFile::exists(u"/usr/sbin/mariadbd"_s) ? u"/usr/sbin/mariadbd"_s : u"/usr/sbin/mysqld"_s, u"--no-defaults"_s, u"--datadir="_s + data, u"--socket="_s + directory() + u"/socket"_s,
               u"--pid-file="_s + directory() + u"/pid"_s, u"--bind-address=127.0.0.1"_s, u"--port=%1"_s.arg(port), u"--innodb-buffer-pool-size=16M"_s, u"--innodb-flush-log-at-trx-commit=0"_s},
              client + QStringList{u"-e"_s, u"SELECT 1"_s});
        runProgram(client, "CREATE OR REPLACE USER root@'127.0.0.1' IDENTIFIED BY 'a b$\"c'; GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION; ALTER USER root@localhost IDENTIFIED BY 'a b$\"c'; FLUSH PRIVILEGES");
    }
    int port = 0;
};

struct Ended { int code = -1; QByteArray output, errors; };
Ended runInPod(const QStringList& argv)
{
    QProcess process;
    process.start(argv.first(), argv.mid(1));
    process.closeWriteChannel();
    if (!process.waitForFinished(120'000) || process.exitStatus() != QProcess::NormalExit)
        qFatal("it did not end");
    return {process.exitCode(), process.readAllStandardOutput(), process.readAllStandardError()};
}

catalog::Component component(const QString& id)
{
    const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
    if (!catalog || !catalog->component(id))
        qFatal("no catalogue");
    return *catalog->component(id);
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
class TestCommands : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    store::Staged staged(const QByteArray& content, bool compressed = true)
    {
        const QString path = m_directory.filePath(compressed ? u"it's staged.sql.gz"_s : u"it's staged.sql"_s);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("cannot write the dump");
        return {path, compressed};
    }
    static QByteArray gzip(const QByteArray& content) { return runProgram({u"gzip"_s, u"-1"_s}, content); }

private Q_SLOTS:
    void initTestCase()
    {
        // What the images have: the server's own variables, and no configuration of this machine's user.
        qputenv("HOME", m_directory.path().toUtf8());
    }

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
        QCOMPARE(query(u"CREATE DATABASE `%1` DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"_s.arg(mysql.database), false), "");
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
        QCOMPARE(query(u"DROP DATABASE `%1`"_s.arg(mysql.database), false), "");
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
