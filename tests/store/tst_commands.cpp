#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"
#include "engine/store/redis.h"

#include "tests/bundle/bundles.h"
#include "tests/index/servers.h"
#include "tests/store/storepod.h"

#include <QStandardPaths>
#include <QTcpServer>
#include <QTest>

#include <csignal>
#include <sys/resource.h>

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
    catalog::Catalog catalog = catalogue();
    return componentIn(catalog, id);
}

/// system-mysql as the catalogue has it, on a server of this machine.
struct SystemMysql {
    SystemMysql() : mysql(componentIn(catalog, u"system-mysql"_s))
    {
        mysql.port = server.port;
        qputenv(mysql.passwordEnv.toLatin1().constData(), "a b$\"c");
    }
    [[nodiscard]] QByteArray query(const QString& statement, bool inDatabase) const
    {
        const Ended ended = runInPod(store::mysql::queryCommand(mysql, statement, inDatabase));
        return ended.code == 0 ? ended.output.trimmed() : QByteArray("failed");
    }

    MysqlOnTcp server;
    catalog::Catalog catalog = catalogue();
    catalog::Component& mysql;
};

/// A load of an earlier run, in a session of its own as in a pod.
class Loader {
public:
    explicit Loader(const QStringList& command) { m_process.start(u"setsid"_s, command); }
    ~Loader() { kill(); }
    /// All of it that runs in the pod.
    void kill()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        ::kill(-static_cast<pid_t>(m_process.processId()), SIGKILL);
        m_process.waitForFinished();
    }
    [[nodiscard]] bool hasEnded() { return m_process.state() == QProcess::NotRunning || m_process.waitForFinished(10000); }
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

private:
    QProcess m_process;
};

/// A safety bundle of a component that had no data.
std::unique_ptr<bundle::Reader> absent(const QString& path, const QString& component)
{
    bundle::Manifest manifest;
    manifest.components.append(bundle::testComponent(component));
    manifest.components.last().state = u"absent"_s;
    manifest.finished = bundle::testHeader().started.addSecs(60);
    const auto writer = bundle::Writer::create(path, bundle::testHeader());
    if (!writer || !(*writer)->finish(manifest))
        qFatal("cannot write the safety bundle");
    auto reader = bundle::Reader::open(path);
    if (!reader)
        qFatal("cannot read the safety bundle");
    return std::move(*reader);
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
    static void loadersLeft()
    {
        QTest::addColumn<bool>("killed");
        QTest::newRow("its client was killed") << true;
        QTest::newRow("its client lives on") << false;
    }
    using Ask = std::function<QByteArray()>;
    /// A loader that an earlier run left: whether its client lives or not, the server goes on with its statement. Neither the next load nor the undo waits for that.
    void endsLoaders(const catalog::Catalog& catalog, const QString& component, const QByteArray& dump, const std::function<QStringList(const QString&)>& earlierWith, const Ask& loaders, const Ask& tables)
    {
        QFETCH(bool, killed);
        QVERIFY(dump.contains("notes"));
        const QString action = catalog.component(component)->engine + u".load"_s;
        LoneStep lone(catalog, u"load"_s, component);
        StorePod pod;
        const QString mark = store::orphanMark(lone.context);
        pod.onlyHas(mark);
        const QStringList earlier = earlierWith(mark);
        const store::Staged whole = staged(gzip(dump));
        lone.context.results.insert(u"stage:"_s + component, {{u"uid"_s, u"uid-1"_s}, {u"path"_s, whole.path}, {u"compressed"_s, true}});
        lone.context.safety = absent(m_directory.filePath(lone.context.nonce), component);
        for (const bool undone : {false, true}) {
            Loader loader(earlier);
            QTRY_COMPARE_WITH_TIMEOUT(loaders(), "1", 30000);
            if (killed)
                loader.kill();
            QCOMPARE(loaders(), "1");
            if (undone)
                VERIFY_RESULT(undoStep(lone, pod, action));
            else
                VERIFY_RESULT(runStep(lone, pod, action));
            QTRY_COMPARE(loaders(), "0");
            QVERIFY(loader.hasEnded());
            QCOMPARE(tables(), QByteArray(undone ? "" : "notes")); // nothing of the loader's, and nobody goes on with it
        }
    }
    static QByteArray gzip(const QByteArray& content) { return runProgram({u"gzip"_s, u"-1"_s}, content); }

private Q_SLOTS:
    void initTestCase()
    {
        // What the images have: the server's own variables, and no configuration of this machine's user.
        qputenv("HOME", m_directory.path().toUtf8());
    }
    void cleanup()
    {
        for (const char* name : {"PGOPTIONS", "MYSQL_DATABASE", "POSTGRESQL_DATABASE"})
            qunsetenv(name);
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

    /// Before its database is overwritten, a store that has none is told from one whose pod has gone: only of the first there is nothing to keep.
    void safetyTellsAbsentFromGone()
    {
        SystemMysql world;
        const catalog::Catalog& catalog = world.catalog;
        const catalog::Component& mysql = world.mysql;
        LoneStep lone(catalog, u"safety-dump"_s, mysql.id);
        lone.step.parameters[u"inner"] = u"mysql.dump"_s;
        StorePod pod;
        const auto absent = runStep(lone, pod, u"safety.try"_s);
        QVERIFY2(absent, qPrintable(absent ? QString() : absent.error().message));
        QVERIFY(absent->contains(u"absent"_s));
        QCOMPARE(lone.context.manifest.components.size(), 1);

        lone.context.manifest.components.clear();
        pod.goes();
        const auto gone = runStep(lone, pod, u"safety.try"_s);
        QVERIFY(!gone);
        QCOMPARE(gone.error().code, ErrorCode::NotReady);
        QVERIFY2(gone.error().message.contains(u"cannot be read, so what it holds cannot be kept"_s), qPrintable(gone.error().message));
        QVERIFY(lone.context.manifest.components.isEmpty());
    }

    /// The pod that held zync's data has gone with it: what was proven of it, and what was tidied behind it, is to be done again with the load.
    void proofsGoWithTheirPod()
    {
        const catalog::Catalog catalog = catalogue();
        const StorePod pod;
        for (const bool emptyDir : {true, false}) {
            LoneStep lone(catalog, u"prove"_s, emptyDir ? u"zync-database"_s : u"system-mysql"_s);
            for (const bool loaded : {true, false}) {
                if (loaded)
                    lone.context.results.insert(u"load:"_s + lone.step.component, {{u"uid"_s, u"uid-1"_s}});
                else
                    lone.context.results.clear();
                run::StepRun step = lone.on(pod.client());
                for (const QString& action : {emptyDir ? u"postgresql.prove"_s : u"mysql.prove"_s, u"store.unstage"_s}) {
                    const auto holds = handler(action)->recall(step, {});
                    VERIFY_RESULT(holds);
                    QCOMPARE(*holds, loaded || !emptyDir);
                }
            }
        }
    }

    /// A writer whose node died left its transaction open, and a loader may be waiting for it, with no database yet: neither holds up the load.
    void mysqlEndsWhatHoldsTheDatabase()
    {
        SystemMysql world;
        const catalog::Catalog& catalog = world.catalog;
        const catalog::Component& mysql = world.mysql;
        const auto query = [&](const QString& statement, bool inDatabase = false) { return world.query(statement, inDatabase); };
        QCOMPARE(query(u"CREATE DATABASE system"_s), "");
        QCOMPARE(query(u"CREATE TABLE notes (id INT PRIMARY KEY); INSERT INTO notes VALUES (1); CREATE USER app@'127.0.0.1' IDENTIFIED BY 'x'; GRANT ALL ON system.* TO app@'127.0.0.1'"_s, true), "");
        QCOMPARE(query(u"SET GLOBAL lock_wait_timeout = 20"_s), "");
        const Ended dumped = runInPod(store::mysql::dumpCommand(mysql));
        const QString port = QString::number(mysql.port);
        Loader writer({u"bash"_s, u"-c"_s, u"MYSQL_PWD=x exec mysql -h127.0.0.1 -P%1 -uapp system -e 'START TRANSACTION; UPDATE notes SET id = 2; SELECT SLEEP(600)'"_s.arg(port)});
        QTRY_COMPARE_WITH_TIMEOUT(query(u"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'"_s), "1", 10000);
        Loader waiting({u"bash"_s, u"-c"_s, u"MYSQL_PWD='a b$\"c' exec mysql -h127.0.0.1 -P%1 -uroot -e 'DROP DATABASE system'"_s.arg(port)});
        QTRY_COMPARE_WITH_TIMEOUT(query(u"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'DROP DATABASE%'"_s), "1", 10000);

        LoneStep lone(catalog, u"load"_s, mysql.id);
        StorePod pod;
        pod.onlyHas(store::orphanMark(lone.context));
        const store::Staged whole = staged(gzip(dumped.output));
        lone.context.results.insert(u"stage:"_s + mysql.id, {{u"uid"_s, u"uid-1"_s}, {u"path"_s, whole.path}, {u"compressed"_s, true}});
        VERIFY_RESULT(runStep(lone, pod, u"mysql.load"_s));
        QVERIFY(writer.hasEnded());
        QVERIFY(waiting.hasEnded());
        QCOMPARE(query(u"SELECT id FROM notes"_s, true), "1");
        const QString script = store::mysql::loadCommand(mysql, whole, u"m"_s).join(u' ');
        QVERIFY(script.contains(u"lock_wait_timeout = 300"_s));
    }

    void mysqlEndsLoaders_data() { loadersLeft(); }
    void mysqlEndsLoaders()
    {
        SystemMysql world;
        const catalog::Catalog& catalog = world.catalog;
        const catalog::Component& mysql = world.mysql;
        qputenv(mysql.databaseEnv.toLatin1().constData(), "porta"); // an installation that names its database itself
        const auto query = [&](const QString& statement, bool inDatabase = false) { return world.query(statement, inDatabase); };
        LoneStep lone(catalog, u"prepare"_s, mysql.id);
        VERIFY_RESULT(runStep(lone, StorePod(), u"mysql.prepare"_s));
        QCOMPARE(query(u"SHOW DATABASES LIKE 'porta'"_s), "porta");
        QCOMPARE(query(u"CREATE TABLE notes (id INT PRIMARY KEY); INSERT INTO notes VALUES (1), (2)"_s, true), "");
        // What waits for the loader's locks is to fail soon.
        QCOMPARE(query(u"SET GLOBAL lock_wait_timeout = 10"_s), "");
        endsLoaders(catalog, mysql.id, runInPod(store::mysql::dumpCommand(mysql)).output,
                    [&](const QString& mark) {
                        return store::mysql::loadCommand(mysql, staged("CREATE TABLE orphan (id INT);\nINSERT INTO orphan SELECT BENCHMARK(1000000000000, SHA2('x', 512));\n", false), mark);
                    },
                    [&] { return query(u"SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'INSERT INTO orphan%'"_s); },
                    [&] { return query(u"SHOW TABLES"_s, true); });
        QCOMPARE(query(u"SHOW DATABASES LIKE '%1'"_s.arg(mysql.database)), "");
    }

    void postgresqlEndsLoaders_data() { loadersLeft(); }
    void postgresqlEndsLoaders()
    {
        PostgresServer server;
        qputenv("PGHOST", server.directory().toUtf8());
        qputenv("PGOPTIONS", "-c lock_timeout=10s"); // what waits for the loader's locks is to fail soon
        catalog::Catalog catalog = catalogue();
        catalog::Component& zync = componentIn(catalog, u"zync-database"_s);
        qputenv(zync.databaseEnv.toLatin1().constData(), "zync_2");
        zync.ownerEnv.clear();
        const auto query = [&](const QString& statement, const QString& inDatabase = {}) {
            const Ended ended = runInPod(store::postgresql::queryCommand(zync, statement, inDatabase));
            return ended.code == 0 ? ended.output.trimmed() : QByteArray("failed");
        };
        LoneStep lone(catalog, u"prepare"_s, zync.id);
        VERIFY_RESULT(runStep(lone, StorePod(), u"postgresql.prepare"_s));
        QCOMPARE(query(u"CREATE TABLE notes (id int PRIMARY KEY); INSERT INTO notes VALUES (1), (2)"_s), "CREATE TABLE\nINSERT 0 2");
        endsLoaders(catalog, zync.id, runInPod(store::postgresql::dumpCommand(zync)).output,
                    [&](const QString& mark) {
                        return store::postgresql::loadCommand(zync, staged("CREATE TABLE orphan (id int);\nINSERT INTO orphan SELECT 1 FROM pg_sleep(600);\n", false), u"postgres"_s, true, mark);
                    },
                    [&] { return query(u"SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'INSERT INTO orphan%'"_s, u"postgres"_s); },
                    [&] { return query(u"SELECT tablename FROM pg_tables WHERE schemaname = 'public'"_s); });
        QCOMPARE(query(u"SELECT count(*) FROM pg_database WHERE datname = '%1'"_s.arg(zync.database), u"postgres"_s), "0");
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
