#include "engine/store/mysql.h"
#include "engine/store/postgresql.h"

#include "tests/store/onservers.h"

#include <csignal>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::test;

namespace {
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
} // namespace

/// Sessions that somebody has left on a server, and pods that are gone: what the steps make of them, on real servers.
class TestLeftBehind : public OnServers {
    Q_OBJECT

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

private Q_SLOTS:
    void initTestCase() { setUp(); }
    void cleanup()
    {
        for (const char* name : {"PGOPTIONS", "MYSQL_DATABASE", "POSTGRESQL_DATABASE"})
            qunsetenv(name);
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
};

QTEST_GUILESS_MAIN(TestLeftBehind)
#include "tst_leftbehind.moc"
