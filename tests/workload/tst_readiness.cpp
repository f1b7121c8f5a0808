#include "engine/run/lock.h"
#include "engine/workload/handlers.h"
#include "engine/workload/state.h"

#include "tests/run/world.h"
#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// A client whose every answer is this object.
class OneObject {
public:
    explicit OneObject(const QJsonObject& object)
    {
        QFile program(m_directory.filePath(u"oc"_s));
        const QByteArray script = "#!/bin/sh\ncat <<'EOF'\n" + QJsonDocument(object).toJson() + "EOF\n";
        if (!program.open(QIODevice::WriteOnly) || program.write(script) != script.size() || !program.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
            qFatal("cannot write the client");
    }
    [[nodiscard]] oc::Client client() const { return {oc::Connection{.program = m_directory.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor}; }

private:
    QTemporaryDir m_directory;
    Redactor m_redactor;
};

QJsonObject listener(int desired, int ready)
{
    return {{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"backend-listener"_s}, {u"generation"_s, 3}}}, {u"spec"_s, QJsonObject{{u"replicas"_s, desired}}},
            {u"status"_s, QJsonObject{{u"observedGeneration"_s, 3}, {u"readyReplicas"_s, ready}}}};
}
} // namespace

/// What a restore waits for and checks at its end, with answers of the cluster as they are.
class TestReadiness : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void counts_data()
    {
        QTest::addColumn<int>("desired");
        QTest::addColumn<int>("ready");
        QTest::addColumn<bool>("well");
        QTest::addColumn<bool>("warned");
        QTest::newRow("as planned") << 5 << 5 << true << false;
        QTest::newRow("one is missing") << 5 << 4 << false << false;
        QTest::newRow("an autoscaler wants fewer") << 1 << 1 << true << true;
        QTest::newRow("an autoscaler wants fewer, and they are not ready") << 2 << 1 << false << true;
        QTest::newRow("an autoscaler wants more") << 8 << 5 << true << false;
        QTest::newRow("stopped by somebody") << 0 << 0 << false << false;
    }
    void counts()
    {
        QFETCH(int, desired);
        QFETCH(int, ready);
        QFETCH(bool, well);
        QFETCH(bool, warned);
        const OneObject cluster(listener(desired, ready));
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"verify"_s, {});
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"backend-listener"_s}, {u"replicas"_s, 5}}};
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(cluster.client());
        const auto verified = handlers.value(u"verify.workloads"_s)->run(step);
        QCOMPARE(bool(verified), well);
        if (!well)
            QCOMPARE(verified.error().code, ErrorCode::VerificationFailed);
        QCOMPARE(lone.said.join(u' ').contains(u"Warning: backend-listener"_s), warned);
        const auto waited = workload::awaitReady(step, u"DeploymentConfig"_s, u"backend-listener"_s, 5, std::chrono::minutes(0));
        QCOMPARE(bool(waited), well);
    }

    /// The end of a quiesced backup, and an undo: a writer that cannot be scaled keeps no other one down, and is named all the same.
    void startedAsFarAsItGoes_data()
    {
        QTest::addColumn<QString>("action");
        QTest::newRow("resume") << u"workloads.resume"_s;
        QTest::newRow("undo") << u"workloads.stop"_s;
    }
    void startedAsFarAsItGoes()
    {
        QFETCH(QString, action);
        const EmptyNamespace cluster(R"sh(
*' get deploymentconfigs.apps.openshift.io '*) n=0; case " $* " in *second*) [ ! -e "$(dirname "$0")/written" ] || n=2;; esac
    echo '{"kind":"DeploymentConfig","metadata":{"name":"x"},"spec":{"replicas":'$n'},"status":{"readyReplicas":'$n'}}' ;;
*' scale '*first*) echo 'Error from server (Forbidden): deploymentconfigs "first" is forbidden' >&2; exit 1 ;;
*' scale '*) echo "$*" | tee -a "$(dirname "$0")/written" ;;
*' get configmap '*) cat "$(dirname "$0")/lock" ;;
*' create '*|*' replace '*) tee "$(dirname "$0")/lock" ;;
)sh");
        const oc::Client client = cluster.client();
        const auto lock = run::Lock::acquire(client, {.nonce = u"n"_s, .runId = u"run-1"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"backup"_s, .since = QDateTime::currentDateTimeUtc(),
                                                      .originals = {{u"replicas:DeploymentConfig/first"_s, 1}, {u"replicas:DeploymentConfig/second"_s, 2}}});
        QVERIFY2(lock, lock ? "" : qPrintable(lock.error().message));
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"resume"_s, {});
        lone.context.lock = lock->get();
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"first"_s}}, QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"second"_s}}};
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(client);
        const auto handler = handlers.value(action);
        const auto ran = action == u"workloads.stop" ? handler->undo(step) : handler->run(step).map([](const QJsonObject&) {});
        QVERIFY(!ran);
        QCOMPARE(ran.error().code, ErrorCode::Forbidden);
        QVERIFY2(cluster.written().contains(u"dc/second"_s) && cluster.written().contains(u"--replicas=2"_s), qPrintable(cluster.written()));
        QVERIFY2(lone.said.isEmpty(), qPrintable(lone.said.join(u' '))); // and it is awaited
    }

    /// Redis is not started on files that are neither old nor new, by whomever; a database is, for it has to run to be put right.
    void notOnHalfLoadedData()
    {
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        QVERIFY(catalog);
        World world;
        world.lock();
        const auto lost = run::Lock::adopt(world.client(), u"run-1"_s, u"eve"_s, u"there"_s);
        QVERIFY(lost);
        QVERIFY((*lost)->endanger(u"backend-redis"_s, u"load"_s, u"redis.load"_s) && (*lost)->endanger(u"system-mysql"_s, u"load"_s, u"mysql.load"_s));
        LoneStep lone(*catalog, u"stop-store"_s, u"backend-redis"_s);
        lone.context.lock = lost->get();
        const run::StepRun step = lone.on(world.client());
        for (const auto& [name, starts] : {std::pair{u"backend-redis"_s, false}, std::pair{u"system-mysql"_s, true}, std::pair{u"system-redis"_s, true}, std::pair{u"system-app"_s, false}}) {
            const auto may = workload::mayStart(step, {name});
            QVERIFY2(starts ? may && *may : !may && may.error().code == ErrorCode::Conflict, qPrintable(name));
        }
        // The documented way loads, and takes back, in the running server.
        QVERIFY((*lost)->settle(u"backend-redis"_s, false) && (*lost)->endanger(u"backend-redis"_s, u"load"_s, u"redis.documented.load"_s));
        const auto documented = workload::mayStart(step, {u"backend-redis"_s});
        QVERIFY(documented && *documented);
        QVERIFY((*lost)->settle(u"backend-redis"_s, false) && (*lost)->endanger(u"backend-redis"_s, u"load"_s, u"redis.load"_s));
        // Half-loaded before this run: it stays as it was found.
        QVERIFY((*lost)->leave());
        const auto taken = run::Lock::acquire(world.client(), {.nonce = u"efgh"_s, .runId = u"run-2"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}}, true);
        QVERIFY(taken);
        lone.context.lock = taken->get();
        const auto may = workload::mayStart(step, {u"backend-redis"_s});
        QVERIFY(may && !*may);
    }
};

QTEST_GUILESS_MAIN(TestReadiness)
#include "tst_readiness.moc"
