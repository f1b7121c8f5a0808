#include "situations.h"

#include "engine/run/rights.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::restore;
using State = run::Check::State;

Q_DECLARE_METATYPE(scalekeep::run::Check::State)

namespace {
cluster::Workload* workload(Situation& situation, const QString& name)
{
    for (cluster::Workload& each : situation.live.workloads) {
        if (each.name == name)
            return &each;
    }
    qFatal("no %s", qPrintable(name));
}

QJsonObject quota(const QString& key, const QString& hard, const QString& used)
{
    return {{u"metadata"_s, QJsonObject{{u"name"_s, u"compute"_s}}}, {u"spec"_s, QJsonObject{}}, {u"status"_s, QJsonObject{{u"hard"_s, QJsonObject{{key, hard}}}, {u"used"_s, QJsonObject{{key, used}}}}}};
}
} // namespace

/// The preflight of a restore: every refusal, and that a probe which fails is never a pass.
class TestChecks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// A step whose rights nobody wrote down would be refused in the middle of a run.
    void everyActionHasItsRights()
    {
        const run::Handlers handlers = restore::handlers();
        QVERIFY(handlers.size() > 40);
        for (auto handler = handlers.cbegin(); handler != handlers.cend(); ++handler)
            QVERIFY2(run::hasRights(handler.key()), qPrintable(handler.key()));
        for (const auto& [version, kind, flavour] : {std::tuple{u"2.7"_s, u"DeploymentConfig"_s, u"template"_s}, {u"2.7"_s, u"DeploymentConfig"_s, u"operator"_s}, {u"2.15"_s, u"Deployment"_s, u"operator"_s}}) {
            const Situation here = situation(version, kind, flavour);
            const run::Rights rights = run::rightsOf(planOf(here), here.catalog, here.saved.objects);
            QVERIFY2(rights.unknown.isEmpty(), qPrintable(rights.unknown.join(u' ')));
        }
    }

    void whatTheServerRefuses()
    {
        Reading reading;
        ObjectChange taken, refused;
        taken.kind = refused.kind = u"Route"_s;
        taken.name = u"taken"_s;
        refused.name = u"refused"_s;
        refused.isRefused = true;
        refused.note = u"The server would refuse it: spec.host is immutable"_s;
        reading.objects.insert(u"routes"_s, {{taken}, {}});
        QCOMPARE(checks::serverTakes(reading).state, run::Check::State::Passed);
        reading.objects.insert(u"routes"_s, {{taken, refused}, {}});
        const run::Check check = checks::serverTakes(reading);
        QCOMPARE(check.state, run::Check::State::Failed);
        QVERIFY2(check.evidence.contains(u"Route refused: The server would refuse it: spec.host is immutable"_s) && !check.evidence.contains(u"taken"_s), qPrintable(check.evidence));
        QVERIFY(!check.remedy.isEmpty());
    }

    void rightsFollowThePlan()
    {
        Situation here = situation();
        here.saved.objects = {QJsonObject{{u"kind"_s, u"Secret"_s}, {u"apiVersion"_s, u"v1"_s}}, QJsonObject{{u"kind"_s, u"Route"_s}, {u"apiVersion"_s, u"route.openshift.io/v1"_s}}, QJsonObject{{u"kind"_s, u"Role"_s}, {u"apiVersion"_s, u"rbac.authorization.k8s.io/v1"_s}},
                              QJsonObject{{u"kind"_s, u"PersistentVolumeClaim"_s}, {u"apiVersion"_s, u"v1"_s}}};
        const auto texts = [&here](const QStringList& components) {
            QStringList list;
            for (const run::Need& need : run::rightsOf(planOf(here, components), here.catalog, here.saved.objects).needs)
                list.append(run::toText(need));
            return list;
        };
        const QStringList all = texts({});
        for (const QString& need : {u"create pods/exec"_s, u"create pods"_s, u"delete pods"_s, u"update secrets"_s, u"delete secrets"_s, u"create routes.route.openshift.io/custom-host"_s, u"patch deploymentconfigs.apps.openshift.io/scale"_s,
                                    u"create deploymentconfigs.apps.openshift.io/instantiate"_s, u"patch deploymentconfigs.apps.openshift.io"_s, u"create configmaps"_s, u"delete configmaps"_s, u"create persistentvolumeclaims"_s,
                                    u"list pods"_s, u"watch pods"_s, u"get replicationcontrollers"_s, u"watch deploymentconfigs.apps.openshift.io"_s})
            QVERIFY2(all.contains(need), qPrintable(need + u" is not in "_s + all.join(u", "_s)));
        // Claims are never replaced or removed; the edit role may not touch Roles, and a restore goes on without.
        for (const QString& need : {u"update persistentvolumeclaims"_s, u"delete persistentvolumeclaims"_s})
            QVERIFY2(!all.contains(need), qPrintable(need));
        QVERIFY(all.filter(u"roles"_s).isEmpty());
        const QStringList redis = texts({u"system-redis"_s});
        QVERIFY(redis.contains(u"create pods/exec"_s));
        QVERIFY2(redis.filter(u"secrets"_s).isEmpty(), qPrintable(redis.join(u", "_s)));
        // A Route that is there with another host: the server lets only those change it who may update custom hosts.
        const auto route = [](const QString& host) {
            return QJsonObject{{u"kind"_s, u"Route"_s}, {u"apiVersion"_s, u"route.openshift.io/v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"r"_s}}}, {u"spec"_s, QJsonObject{{u"host"_s, host}}}};
        };
        for (const auto& [host, isNeeded] : {std::pair{u"a.example.com"_s, false}, {u"b.example.com"_s, true}}) {
            const run::Rights hosts = run::rightsOf(planOf(here), here.catalog, {route(u"a.example.com"_s)}, {route(host)});
            QCOMPARE(hosts.needs.contains(run::Need{u"update"_s, u"route.openshift.io"_s, u"routes/custom-host"_s}), isNeeded);
        }
        // Whoever stops a workload sees its pods go.
        plan::Plan stop;
        stop.stages.append(plan::Stage{});
        stop.stages.first().steps.append(plan::Step{});
        stop.stages.first().steps.first().action = u"workloads.stop"_s;
        QStringList stopping;
        for (const run::Need& need : run::rightsOf(stop, here.catalog).needs)
            stopping.append(run::toText(need));
        QVERIFY2(stopping.contains(u"list pods"_s) && stopping.contains(u"watch pods"_s), qPrintable(stopping.join(u", "_s)));
        // An action that the table does not know says so.
        plan::Plan odd = planOf(here, {u"system-redis"_s});
        odd.stages.first().steps.first().action = u"mystery.do"_s;
        QCOMPARE(run::rightsOf(odd, here.catalog).unknown, QStringList{u"mystery.do"_s});
        odd.stages.first().steps.first().action = u"safety.try"_s;
        odd.stages.first().steps.first().parameters[u"inner"] = u"mystery.read"_s;
        QCOMPARE(run::rightsOf(odd, here.catalog).unknown, QStringList{u"mystery.read"_s});
    }

    void mysqlVersions_data()
    {
        QTest::addColumn<QString>("saved");
        QTest::addColumn<QString>("live");
        QTest::addColumn<State>("state");
        QTest::newRow("the same") << u"5.7.24"_s << u"5.7.24"_s << State::Passed;
        QTest::newRow("another patch") << u"5.7.30"_s << u"5.7.24"_s << State::Passed;
        QTest::newRow("newer") << u"5.7.24"_s << u"8.0.32"_s << State::Passed;
        QTest::newRow("8.0 into 5.7") << u"8.0.32"_s << u"5.7.24"_s << State::Failed;
        QTest::newRow("8.4 into 8.0") << u"8.4.0"_s << u"8.0.32"_s << State::Failed;
        QTest::newRow("MariaDB the same") << u"10.11.6-MariaDB-0+deb12u1"_s << u"10.11.4-MariaDB"_s << State::Passed;
        QTest::newRow("MariaDB a series back") << u"10.11.6-MariaDB"_s << u"5.5.5-10.3.39-MariaDB"_s << State::Warning;
        QTest::newRow("MariaDB a version back") << u"11.2.2-MariaDB"_s << u"10.11.6-MariaDB"_s << State::Failed;
        QTest::newRow("MySQL into MariaDB") << u"5.7.24"_s << u"10.11.6-MariaDB"_s << State::Failed;
        QTest::newRow("MariaDB into MySQL") << u"10.3.39-MariaDB"_s << u"8.0.32"_s << State::Failed;
        QTest::newRow("unknown bundle") << QString() << u"8.0.32"_s << State::Warning;
        QTest::newRow("unknown server") << u"8.0.32"_s << u"mystery"_s << State::Warning;
    }
    void mysqlVersions()
    {
        QFETCH(QString, saved);
        QFETCH(QString, live);
        const checks::Verdict verdict = checks::mysqlVerdict(saved, live);
        QTEST(verdict.state, "state");
        QCOMPARE(verdict.reason.isEmpty(), verdict.state == State::Passed);
    }

    void postgresqlVersions_data()
    {
        QTest::addColumn<QString>("saved");
        QTest::addColumn<QString>("live");
        QTest::addColumn<State>("state");
        QTest::newRow("the same") << u"10.21"_s << u"10.23"_s << State::Passed;
        QTest::newRow("newer") << u"10.21"_s << u"15.4"_s << State::Passed;
        QTest::newRow("older") << u"15.4 (Debian 15.4-1)"_s << u"10.23"_s << State::Failed;
        QTest::newRow("9.6 into 9.5") << u"9.6.24"_s << u"9.5.1"_s << State::Failed;
        QTest::newRow("9.5 into 10") << u"9.5.1"_s << u"10.1"_s << State::Passed;
        QTest::newRow("unknown") << QString() << u"10.1"_s << State::Warning;
    }
    void postgresqlVersions()
    {
        QFETCH(QString, saved);
        QFETCH(QString, live);
        QTEST(checks::postgresqlVerdict(saved, live).state, "state");
    }

    void redisVersions_data()
    {
        QTest::addColumn<QString>("saved");
        QTest::addColumn<int>("rdb");
        QTest::addColumn<QString>("live");
        QTest::addColumn<State>("state");
        QTest::newRow("the same") << u"3.2.4"_s << 7 << u"3.2.4"_s << State::Passed;
        QTest::newRow("5 into 6") << u"5.0.3"_s << 9 << u"6.2.7"_s << State::Passed;
        QTest::newRow("6 into 5, one format") << u"6.2.7"_s << 9 << u"5.0.3"_s << State::Passed;
        QTest::newRow("5 into 3.2") << u"5.0.3"_s << 9 << u"3.2.4"_s << State::Failed;
        QTest::newRow("7.0 into 6.2") << u"7.0.15"_s << 10 << u"6.2.7"_s << State::Failed;
        QTest::newRow("7.2 into 7.0") << u"7.2.4"_s << 11 << u"7.0.15"_s << State::Failed;
        QTest::newRow("header against version") << u"5.0.3"_s << 11 << u"7.0.15"_s << State::Failed; // the header is what the server reads
        QTest::newRow("no header") << u"7.2.4"_s << 0 << u"7.0.15"_s << State::Failed;
        QTest::newRow("nothing known") << QString() << 0 << u"7.0.15"_s << State::Warning;
        QTest::newRow("unknown server") << u"7.0.15"_s << 10 << u"?"_s << State::Warning;
    }
    void redisVersions()
    {
        QFETCH(QString, saved);
        QFETCH(int, rdb);
        QFETCH(QString, live);
        QTEST(checks::redisVerdict(saved, rdb, live).state, "state");
    }

    void rdbHeaders()
    {
        QCOMPARE(rdbVersionOf("REDIS0011"), 11);
        QCOMPARE(rdbVersionOf("REDIS0007\xfa"), 7);
        for (const QByteArray& bad : {QByteArray(), QByteArray("REDIS00"), QByteArray("REDIS-001"), QByteArray("REDISabcd"), QByteArray("RODIS0011"), QByteArray("REDIS0000")})
            QCOMPARE(rdbVersionOf(bad), 0);
    }

    void stores()
    {
        Situation here = situation();
        here.rdbVersions = {{u"backend-redis"_s, 9}, {u"system-redis"_s, 9}};
        const QStringList all{u"system-mysql"_s, u"backend-redis"_s, u"zync-database"_s, u"system-storage"_s, u"secrets"_s};
        store::Counts mysql, redis, zync;
        mysql.serverVersion = u"10.5.9"_s;
        redis.serverVersion = u"6.2.7"_s;
        zync.serverVersion = u"10.21"_s;
        checks::SeenStores seen{{u"system-mysql"_s, {mysql, {}}}, {u"backend-redis"_s, {redis, {}}}, {u"zync-database"_s, {zync, {}}}};
        QVERIFY2(checks::stores(here, all, seen, false).state == State::Passed, qPrintable(checks::stores(here, all, seen, false).evidence));
        const run::Check documented = checks::stores(here, all, seen, true); // 6.2 keeps its default save points
        QVERIFY(documented.state == State::Failed && documented.remedy.contains(u"helper"_s));
        checks::SeenStores absent, silent;
        silent[u"backend-redis"_s] = {{}, u"no pod that is ready"_s};
        for (const checks::SeenStores& unseen : {absent, silent}) { // it may be one on which data is lost
            const run::Check refused = checks::stores(here, {u"backend-redis"_s}, unseen, true);
            QVERIFY2(refused.state == State::Failed && refused.remedy.contains(u"--redis-method helper"_s), qPrintable(refused.evidence));
            QVERIFY(checks::stores(here, {u"secrets"_s}, unseen, true).state == State::Passed); // no Redis is restored
        }
        seen[u"backend-redis"_s].value.serverVersion = u"3.2.4"_s;
        const run::Check older = checks::stores(here, all, seen, false);
        QVERIFY(older.state == State::Failed && older.evidence.contains(u"RDB version 9"_s));
        seen[u"backend-redis"_s] = {{}, u"no pod that is ready"_s};
        const run::Check blind = checks::stores(here, all, seen, false);
        QVERIFY(blind.state == State::Warning && blind.evidence.contains(u"could not be looked at"_s));
        QVERIFY(checks::stores(here, {u"secrets"_s}, seen, false).state == State::Passed); // of what is restored only
    }

    /// A template is only assumed where neither the bundle nor a sign in the namespace says it: then an operator may be there all the same.
    void operatorsThatNobodyKnowsOf_data()
    {
        QTest::addColumn<QString>("name");
        QTest::newRow("of 2.7 to 2.10") << u"3scale-operator"_s;
        QTest::newRow("later") << u"threescale-operator-controller-manager-v2"_s;
    }
    void operatorsThatNobodyKnowsOf()
    {
        QFETCH(QString, name);
        Situation here = situation();
        const plan::Plan plan = planOf(here);
        here.header.flavour.clear();
        here.live.workloads.removeIf([&here](const cluster::Workload& each) { return here.catalog.operatorDeployments.contains(each.name); });
        cluster::Workload manager;
        manager.kind = u"Deployment"_s;
        manager.name = name;
        for (const bool isThere : {false, true}) {
            if (isThere)
                here.live.workloads.append(manager);
            here.detected.reset();
            for (const bool isDetected : {false, true}) {
                if (isDetected) {
                    here.detected.emplace();
                    here.detected->flavour = u"template"_s;
                    here.detected->flavourKnown = false;
                }
                const run::Check guessed = checks::operatorCheck(here, plan);
                QVERIFY2(guessed.state == State::Warning && guessed.evidence.contains(u"assumed"_s) && !guessed.remedy.isEmpty(), qPrintable(guessed.evidence));
                QCOMPARE(guessed.evidence.contains(manager.name), isThere);
            }
            here.detected->flavourKnown = true;
            const run::Check seen = checks::operatorCheck(here, plan);
            QVERIFY2(seen.state == State::Passed && !seen.evidence.contains(u"assumed"_s), qPrintable(seen.evidence));
            here.detected->flavour = u"operator"_s;
            const run::Check other = checks::operatorCheck(here, plan);
            QVERIFY2(other.state == State::Warning && !other.evidence.contains(u"assumed"_s), qPrintable(other.evidence));
        }
    }

    void operators()
    {
        QVERIFY(checks::operatorCheck(situation(), planOf(situation())).state == State::Passed);
        Situation here = situation(u"2.15"_s, u"Deployment"_s, u"operator"_s);
        const run::Check inside = checks::operatorCheck(here, planOf(here));
        QVERIFY(inside.state == State::Passed);
        QVERIFY2(inside.evidence.contains(u"will be stopped"_s), qPrintable(inside.evidence));
        for (const QString& name : here.catalog.operatorDeployments)
            workload(here, name)->ready = 0;
        QVERIFY(checks::operatorCheck(here, planOf(here)).evidence.contains(u"does not run"_s));
        Situation old = situation(u"2.7"_s, u"DeploymentConfig"_s, u"operator"_s);
        old.live.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"threescale-operator"; }); // no release calls it so
        const run::Check stopped = checks::operatorCheck(old, planOf(old));
        QVERIFY2(stopped.evidence.startsWith(u"3scale-operator will be stopped"_s), qPrintable(stopped.evidence));
        // In another namespace: kept down through the APIManager, as far as that has a field.
        here.live.workloads.removeIf([&here](const cluster::Workload& each) { return here.catalog.operatorDeployments.contains(each.name); });
        const run::Check outside = checks::operatorCheck(here, planOf(here));
        QVERIFY2(outside.evidence.contains(u"APIManager"_s), qPrintable(outside.evidence));
        const plan::Plan plan = planOf(here);
        for (catalog::WorkloadFact& fact : here.catalog.workloads) {
            if (fact.name == u"system-app") {
                fact.revertedByOperator = u"always"_s;
                fact.replicasField.clear();
            }
        }
        const run::Check loose = checks::operatorCheck(here, plan);
        QVERIFY(loose.state == State::Failed && loose.evidence.contains(u"system-app"_s));
        // A rebuild by an operator that nobody has seen.
        here = situation(u"2.15"_s, u"Deployment"_s, u"operator"_s);
        here.live.workloads.clear();
        here.live.objects = {};
        QVERIFY(checks::operatorCheck(here, planOf(here)).state == State::Warning);
    }

    void quantities_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<qint64>("thousandths"); // negative: none
        QTest::newRow("plain") << u"4"_s << qint64(4000);
        QTest::newRow("milli") << u"250m"_s << qint64(250);
        QTest::newRow("fraction") << u"0.5"_s << qint64(500);
        QTest::newRow("binary") << u"1Ki"_s << qint64(1024000);
        QTest::newRow("decimal") << u"1k"_s << qint64(1000000);
        QTest::newRow("huge") << u"999999999999999Pi"_s << qint64(4e18);
        for (const char* bad : {"", "-1", "1.5.2", "1e3", "Gi", "1 Gi", "0x10", "1Xi"})
            QTest::newRow(bad) << QString::fromLatin1(bad) << qint64(-1);
    }
    void quantities()
    {
        QFETCH(QString, text);
        QFETCH(qint64, thousandths);
        QCOMPARE(checks::quantity(text).value_or(-1), thousandths);
    }

    void quotas_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("hard");
        QTest::addColumn<QString>("used");
        QTest::addColumn<int>("replicas"); // of backend-redis, which the plan stops first
        QTest::addColumn<State>("state");
        QTest::newRow("room") << u"pods"_s << u"20"_s << u"15"_s << 1 << State::Passed;
        QTest::newRow("full, but it is stopped first") << u"pods"_s << u"15"_s << u"15"_s << 1 << State::Passed;
        QTest::newRow("full, and it does not run") << u"pods"_s << u"15"_s << u"15"_s << 0 << State::Failed;
        QTest::newRow("by its other name") << u"count/pods"_s << u"15"_s << u"15"_s << 0 << State::Failed;
        QTest::newRow("memory") << u"limits.memory"_s << u"1Gi"_s << u"900Mi"_s << 0 << State::Failed;
        QTest::newRow("memory of requests") << u"memory"_s << u"1Gi"_s << u"1Gi"_s << 0 << State::Failed;
        QTest::newRow("what it does not take") << u"requests.storage"_s << u"1Gi"_s << u"1Gi"_s << 0 << State::Passed;
        QTest::newRow("rubbish") << u"pods"_s << u"many"_s << u"all"_s << 0 << State::Passed;
    }
    void quotas()
    {
        QFETCH(QString, key);
        QFETCH(QString, hard);
        QFETCH(QString, used);
        QFETCH(int, replicas);
        Situation here = situation();
        const QJsonObject resources{{u"limits"_s, QJsonObject{{u"memory"_s, u"512Mi"_s}}}, {u"requests"_s, QJsonObject{{u"memory"_s, u"256Mi"_s}}}};
        const QJsonObject container{{u"name"_s, u"backend-redis"_s}, {u"image"_s, u"redis"_s}, {u"resources"_s, resources}};
        here.live.objects.append(QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"backend-redis"_s}}},
                                             {u"spec"_s, QJsonObject{{u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, QJsonArray{container}}}}}}}}});
        for (cluster::Workload& each : here.live.workloads)
            each.desired = each.name == u"backend-redis" ? replicas : 0;
        const plan::Plan plan = planOf(here, {u"backend-redis"_s});
        const run::Check check = checks::quotas(here, plan, QJsonArray{quota(key, hard, used)});
        QTEST(check.state, "state");
        if (check.state == State::Failed)
            QVERIFY(check.evidence.contains(u"backend-redis"_s) && !check.remedy.isEmpty());
        const run::Check blind = checks::quotas(here, plan, fail(ErrorCode::Forbidden, u"No right to list resourcequotas."_s));
        QVERIFY(blind.state == State::Warning && blind.evidence.contains(u"No right"_s));
        QVERIFY(checks::quotas(here, planOf(here, {u"secrets"_s}), fail(ErrorCode::Forbidden, {})).state == State::Passed); // no helper, no question
    }

    void templates()
    {
        const Situation here = situation();
        const auto object = [](const QString& kind, const QString& version) { return QJsonObject{{u"kind"_s, kind}, {u"apiVersion"_s, version}, {u"metadata"_s, QJsonObject{{u"name"_s, u"x"_s}}}}; };
        const QJsonArray objects{object(u"Secret"_s, u"v1"_s), object(u"Role"_s, u"rbac.authorization.k8s.io/v1"_s), object(u"RoleBinding"_s, u"rbac.authorization.k8s.io/v1"_s)};
        const auto rules = [](const QStringList& resources) {
            return QJsonObject{{u"resourceRules"_s, QJsonArray{QJsonObject{{u"verbs"_s, QJsonArray{u"create"_s}}, {u"apiGroups"_s, QJsonArray{u"*"_s}}, {u"resources"_s, QJsonArray::fromStringList(resources)}}}}};
        };
        QVERIFY(checks::templateCheck(here, objects, rules({u"secrets"_s, u"roles"_s, u"rolebindings"_s})).state == State::Passed);
        const run::Check edit = checks::templateCheck(here, objects, rules({u"secrets"_s}));
        QVERIFY(edit.state == State::Warning);
        QVERIFY2(edit.evidence.contains(u"Role x, RoleBinding x"_s), qPrintable(edit.evidence));
        const run::Check viewer = checks::templateCheck(here, objects, rules({}));
        QVERIFY(viewer.state == State::Failed && viewer.evidence.contains(u"Secret x"_s));
        QVERIFY(checks::templateCheck(here, objects, fail(ErrorCode::Unreachable, u"no answer"_s)).state == State::Warning);
        QVERIFY(checks::templateCheck(here, fail(ErrorCode::BadInput, u"no template"_s), rules({})).state == State::Failed);
    }

    void databasesElsewhere()
    {
        const auto secret = [](const QString& name, const QString& key, const QString& url) {
            return QJsonObject{{u"kind"_s, u"Secret"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, name}}}, {u"data"_s, QJsonObject{{key, QString::fromLatin1(url.toUtf8().toBase64())}}}};
        };
        Situation here;
        const auto catalog = catalog::catalogFor(u"2.16"_s, u"Deployment"_s, u"operator"_s);
        QVERIFY(catalog);
        here.catalog = *catalog;
        const run::Check check = checks::external(here, {secret(u"system-database"_s, u"URL"_s, u"mysql2://root:p@ss:w/rd@db.example.com:3306/system"_s), secret(u"backend-redis"_s, u"REDIS_STORAGE_URL"_s, u"rediss://redis.example.com:6380/0"_s)});
        QVERIFY(check.state == State::Warning);
        QVERIFY2(check.evidence.contains(u"db.example.com"_s) && check.evidence.contains(u"redis.example.com"_s), qPrintable(check.evidence));
        QVERIFY(check.remedy.contains(u"mysqldump"_s) && !check.remedy.contains(u"pg_dump"_s)); // by the URL's scheme
        QVERIFY(!(check.evidence + check.remedy).contains(u"p@ss"_s));
        // Inside of the cluster, nothing is elsewhere.
        QVERIFY(checks::external(situation(), {secret(u"system-database"_s, u"URL"_s, u"mysql2://root:x@system-mysql/system"_s)}).state == State::Passed);
        QVERIFY(checks::external(here, {secret(u"system-database"_s, u"URL"_s, u"what is this"_s)}).state == State::Passed);
    }

    /// Somebody deleted a database's workload; its volume is there, with today's rows in it.
    void databaseWithoutWorkload()
    {
        Situation here = situation();
        here.live.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"system-mysql"; });
        const Redactor redactor;
        const oc::Client client({.program = u"/nonexistent"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        Options options;
        options.components = {u"system-mysql"_s, u"workloads"_s};
        const auto check = [&] { return readable(client, here, *makePlan(here, options), options); };
        here.live.claims.clear();
        QCOMPARE(check().state, State::Passed);
        cluster::Claim claim;
        claim.name = u"mysql-storage"_s;
        here.live.claims.append(claim);
        QCOMPARE(check().state, State::Failed);
        QVERIFY2(check().evidence.contains(u"mysql-storage"_s) && check().remedy.contains(u"--accept-unreadable system-mysql"_s), qPrintable(check().evidence + check().remedy));
        QCOMPARE(check().subjects, QStringList{u"system-mysql"_s});
        options.acceptUnreadable = {u"system-mysql"_s};
        QCOMPARE(check().state, State::Warning);
        options.acceptUnreadable.clear();
        options.withoutSafetyReason = u"told to"_s;
        QCOMPARE(check().state, State::Passed);
    }
};

QTEST_GUILESS_MAIN(TestChecks)
#include "tst_checks.moc"
