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

/// For EmptyNamespace: the lock.
const QByteArray lockKept = R"sh(
*' get configmap '*) cat "$(dirname "$0")/lock" ;;
*' create '*) [ ! -e "$(dirname "$0")/lock" ] || { cat >/dev/null; echo 'Error from server (AlreadyExists): error when creating "STDIN": configmaps "scalekeep-lock" already exists' >&2; exit 1; }
    tee "$(dirname "$0")/lock" ;;
*' replace '*) tee "$(dirname "$0")/lock" ;;
)sh";

/// The lock of a lost run, which had loaded the Secrets and remembers this, taken over by another.
std::unique_ptr<run::Lock> takenOver(const oc::Client& client, const QJsonObject& originals)
{
    const auto acquire = [&client](const QString& id, const QJsonObject& remembered) {
        auto lock = run::Lock::acquire(client, {.nonce = id, .runId = id, .owner = u"eve"_s, .host = u"there"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = remembered}, true);
        if (!lock)
            qFatal("no lock: %s", qPrintable(lock.error().message));
        return std::move(*lock);
    };
    const auto lost = acquire(u"run-1"_s, originals);
    if (!lost->noteLoaded(u"secrets"_s) || !lost->leave())
        qFatal("the lock was not left");
    return acquire(u"run-2"_s, {});
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

    /// A definition that was put back rolls out by itself, a moment later: its deployer ends a pod that is ready until then.
    void settled_data()
    {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<int>("observed"); // of generation 3
        QTest::addColumn<QString>("reason");
        QTest::addColumn<int>("updated"); // of one pod
        QTest::addColumn<int>("patience");
        QTest::addColumn<bool>("ends");
        QTest::addColumn<bool>("warned");
        const QString dc = u"DeploymentConfig"_s, deployment = u"Deployment"_s, done = u"NewReplicationControllerAvailable"_s, going = u"ReplicationControllerUpdated"_s;
        QTest::newRow("at rest, ready or not") << dc << 3 << done << 1 << 2 << true << false;
        QTest::newRow("replaced a moment ago") << dc << 2 << done << 1 << 0 << false << false;
        QTest::newRow("its deployer waits") << dc << 3 << QString() << 0 << 0 << false << false;
        QTest::newRow("the old pod runs") << dc << 3 << going << 0 << 0 << false << false;
        QTest::newRow("the new pod is not ready yet") << dc << 3 << going << 1 << 2 << false << false;
        QTest::newRow("the new pod does not get ready") << dc << 3 << going << 1 << 0 << true << true;
        QTest::newRow("it failed, and the last version is back") << dc << 3 << u"ProgressDeadlineExceeded"_s << 0 << 2 << true << false;
        QTest::newRow("a Deployment at rest") << deployment << 3 << u"NewReplicaSetAvailable"_s << 1 << 2 << true << false;
        QTest::newRow("a Deployment whose old pod is ended first") << deployment << 3 << u"NewReplicaSetAvailable"_s << 0 << 0 << false << false;
    }
    void settled()
    {
        QFETCH(QString, kind);
        QFETCH(int, observed);
        QFETCH(QString, reason);
        QFETCH(int, updated);
        QFETCH(int, patience);
        QFETCH(bool, ends);
        QFETCH(bool, warned);
        const QString status = reason.isEmpty() ? u"Unknown"_s : reason.startsWith(u"Progress"_s) ? u"False"_s : u"True"_s;
        const QJsonObject progressing{{u"type"_s, u"Progressing"_s}, {u"status"_s, status}, {u"reason"_s, reason}};
        const QJsonObject now{{u"observedGeneration"_s, observed}, {u"replicas"_s, 1}, {u"updatedReplicas"_s, updated}, {u"conditions"_s, QJsonArray{progressing}}};
        const QJsonObject object{{u"kind"_s, kind}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-mysql"_s}, {u"generation"_s, 3}}}, {u"spec"_s, QJsonObject{{u"replicas"_s, 1}}}, {u"status"_s, now}};
        const OneObject cluster(object);
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"settle"_s, {});
        run::StepRun step = lone.on(cluster.client());
        const auto waited = workload::awaitSettled(step, kind, u"system-mysql"_s, std::chrono::minutes(0), std::chrono::minutes(patience));
        QCOMPARE(bool(waited), ends);
        QCOMPARE(waited ? ErrorCode::Timeout : waited.error().code, ErrorCode::Timeout);
        QCOMPARE(lone.said.join(u' ').contains(u"Warning: the rollout of system-mysql"_s), warned);
    }

    /// A store that was broken before, and whose definition is as it was, is what the restore is for.
    void settlesWhatWasReplaced()
    {
        const EmptyNamespace cluster(R"sh(
*' get deploymentconfigs.apps.openshift.io '*) echo "$*" >>"$(dirname "$0")/written"
    echo '{"kind":"DeploymentConfig","metadata":{"name":"x"},"spec":{"replicas":1},"status":{}}' ;;
)sh");
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"settle"_s, {});
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"system-mysql"_s}}, QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"system-redis"_s}}};
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(cluster.client());
        QVERIFY(handlers.value(u"workloads.settle"_s)->run(step));
        QVERIFY2(cluster.written().isEmpty(), qPrintable(cluster.written()));
        lone.context.results.insert(u"restore:workloads"_s, QJsonObject{{u"replaced"_s, QJsonArray{u"DeploymentConfig/system-mysql"_s, u"Service/system-redis"_s}}});
        QVERIFY(handlers.value(u"workloads.settle"_s)->run(step));
        QVERIFY2(cluster.written().count(u'\n') == 1 && cluster.written().contains(u"system-mysql"_s), qPrintable(cluster.written()));
    }

    /// Between the last old pod and the deployer's new one there is none: a helper's server must not meet the real one on the volume.
    void stoppedUnderARollout()
    {
        const EmptyNamespace cluster(R"sh(
*' get deploymentconfigs.apps.openshift.io '*) echo >>"$(dirname "$0")/looks"
    [ "$(wc -l <"$(dirname "$0")/looks")" -gt 3 ] && reason=NewReplicationControllerAvailable || reason=ReplicationControllerUpdated
    echo '{"kind":"DeploymentConfig","metadata":{"name":"backend-redis"},"spec":{"replicas":0,"selector":{"name":"backend-redis"}},"status":{"conditions":[{"type":"Progressing","status":"True","reason":"'$reason'"}]}}' ;;
*' get pods '*) pod=; [ "$(wc -l <"$(dirname "$0")/looks")" -ne 3 ] || pod='{"kind":"Pod","metadata":{"name":"backend-redis-2-new"},"status":{"phase":"Running"}}'
    echo '{"apiVersion":"v1","kind":"List","items":['"$pod"']}' ;;
*' wait '*) echo "$*" >>"$(dirname "$0")/written" ;;
)sh");
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"stop-store"_s, u"backend-redis"_s);
        run::StepRun step = lone.on(cluster.client());
        const QString kind = u"DeploymentConfig"_s, name = u"backend-redis"_s;
        const auto state = workload::read(step.client, kind, name);
        QVERIFY(state && state->desired == 0);
        const auto stopped = workload::isStopped(step, *state);
        QVERIFY(stopped && !*stopped);
        QVERIFY(workload::awaitGone(step, kind, name, {}));
        QVERIFY2(cluster.written().contains(u"pod/backend-redis-2-new"_s), qPrintable(cluster.written()));
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

    /// A lost run's lock keeps down what it had stopped while some components hold what it loaded, and the rest what was there before: who takes it over and is undone starts only
    /// what ran when it began.
    void notOnAMixture()
    {
        const EmptyNamespace cluster(R"sh(
*' get deploymentconfigs.apps.openshift.io '*) case " $* " in *' first '*) f=first n=1 ;; *) f=second n=2 ;; esac
    [ -e "$(dirname "$0")/scaled-$f" ] || n=0
    echo '{"kind":"DeploymentConfig","metadata":{"name":"'$f'"},"spec":{"replicas":'$n',"paused":true},"status":{"readyReplicas":'$n'}}' ;;
*' scale '*) case " $* " in *dc/first*) f=first ;; *) f=second ;; esac
    : >"$(dirname "$0")/scaled-$f"; echo "$*" | tee -a "$(dirname "$0")/written" ;;
*' rollout resume '*) echo "$*" | tee -a "$(dirname "$0")/written" ;;
)sh" + lockKept);
        const oc::Client client = cluster.client();
        const QString first = u"replicas:DeploymentConfig/first"_s, second = u"replicas:DeploymentConfig/second"_s;
        const auto lock = takenOver(client, {{first, 1}, {u"paused:first"_s, false}});
        QVERIFY(lock->inFlight().isEmpty() && !lock->info().inherited.isEmpty());
        const catalog::Catalog catalog;
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        const auto stopper = handlers.value(u"workloads.stop"_s), pauser = handlers.value(u"rollouts.pause"_s);
        const QJsonObject one{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"first"_s}}, two{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"second"_s}};
        LoneStep lone(catalog, u"stop"_s, {});
        lone.step.id = u"stop-writers"_s;
        lone.context.lock = lock.get();
        lone.step.parameters[u"workloads"] = QJsonArray{one, two};
        run::StepRun stop = lone.on(client);
        // As the step does it before it scales: the first was stopped when it came.
        QVERIFY(workload::remember(stop, first, 0) && workload::remember(stop, second, 2));
        run::StepRun undone = lone.on(client);
        QCOMPARE(workload::keptDown(undone), QStringList{u"first"_s});
        QVERIFY(stopper->undo(undone));
        QVERIFY2(cluster.written().contains(u"scale dc/second"_s) && !cluster.written().contains(u"dc/first"_s), qPrintable(cluster.written()));
        QVERIFY2(lone.said.join(u' ').contains(u"as this run found it"_s), qPrintable(lone.said.join(u' ')));
        // Killed before it had stopped anything, so before it noted what it found.
        lone.noted.clear();
        QCOMPARE(workload::keptDown(lone.on(client)), (QStringList{u"first"_s, u"second"_s}));

        lone.step.id = u"pause-rollouts"_s;
        lone.step.parameters[u"workloads"] = QJsonArray{one};
        run::StepRun paused = lone.on(client);
        QVERIFY(pauser->undo(paused));
        QVERIFY2(!cluster.written().contains(u"resume"_s), qPrintable(cluster.written()));
        // Whoever puts back what the lock remembers has accepted the mixture, or made it whole.
        lone.step.parameters[u"acceptMixed"] = true;
        QVERIFY(pauser->undo(paused) && stopper->undo(paused));
        QVERIFY2(cluster.written().contains(u"resume dc/first"_s) && cluster.written().contains(u"scale dc/first"_s), qPrintable(cluster.written()));
        lone.step.parameters[u"acceptMixed"] = false;
        QCOMPARE(workload::keptDown(paused), QStringList{u"first"_s});
        QVERIFY(lock->closeInheritance(true) && workload::keptDown(paused).isEmpty());
    }

    /// An operator that cannot be stopped would start what has its count in the APIManager again.
    void fieldsOfWhatStaysDown()
    {
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"operator"_s);
        QVERIFY(catalog);
        const EmptyNamespace cluster("*' patch '*) tee \"$(dirname \"$0\")/written\" ;;\n" + lockKept);
        const QString zync = u"replicas:DeploymentConfig/zync"_s, listener = u"replicas:DeploymentConfig/backend-listener"_s;
        const QStringList fields{u"spec.zync.appSpec.replicas"_s, u"spec.backend.listenerSpec.replicas"_s};
        const QJsonObject counts{{u"replicas"_s, 2}};
        const QJsonObject spec{{u"zync"_s, QJsonObject{{u"appSpec"_s, counts}}}, {u"backend"_s, QJsonObject{{u"listenerSpec"_s, counts}}}};
        const auto lock = takenOver(cluster.client(), {{zync, 2}, {listener, 2}, {u"apimanager"_s, QJsonObject{{u"threescale"_s, QJsonObject{{u"spec"_s, spec}}}}}});
        LoneStep lone(*catalog, u"apimanager-zero"_s, {});
        lone.context.lock = lock.get();
        lone.others.insert(u"stop-writers"_s, QList<QJsonObject>{QJsonObject{{u"original"_s, zync}, {u"found"_s, 0}}, QJsonObject{{u"original"_s, listener}, {u"found"_s, 2}}});
        lone.step.parameters[u"resource"] = u"apimanagers.apps.3scale.net"_s;
        lone.step.parameters[u"fields"] = QJsonArray::fromStringList(fields);
        lone.step.parameters[u"workloads"] = QJsonArray{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"zync"_s}}, QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"name"_s, u"backend-listener"_s}}};
        run::Handlers handlers;
        workload::registerHandlers(handlers);
        run::StepRun step = lone.on(cluster.client());
        QVERIFY(handlers.value(u"apimanager.zero"_s)->undo(step));
        QVERIFY2(cluster.written().contains(u"listenerSpec"_s) && !cluster.written().contains(u"zync"_s), qPrintable(cluster.written()));
    }
};

QTEST_GUILESS_MAIN(TestReadiness)
#include "tst_readiness.moc"
