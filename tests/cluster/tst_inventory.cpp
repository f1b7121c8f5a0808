#include "engine/cluster/inventory.h"

#include <QFile>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

namespace {

QJsonObject parsed(const QByteArray& json)
{
    return QJsonDocument::fromJson(json).object();
}

// A pod of the workload "app" in a state.
QJsonObject pod(const QString& name, const QString& phase, bool ready, bool terminating, const QString& created = u"2026-01-01T00:00:00Z"_s)
{
    QJsonObject meta{{u"name"_s, name}, {u"namespace"_s, u"n"_s}, {u"creationTimestamp"_s, created}, {u"labels"_s, QJsonObject{{u"deploymentConfig"_s, u"app"_s}, {u"x"_s, u"y"_s}}}};
    if (terminating)
        meta[u"deletionTimestamp"] = u"2026-01-01T00:01:00Z"_s;
    return {{u"apiVersion"_s, u"v1"_s},
            {u"kind"_s, u"Pod"_s},
            {u"metadata"_s, meta},
            {u"status"_s, QJsonObject{{u"phase"_s, phase}, {u"conditions"_s, QJsonArray{QJsonObject{{u"type"_s, u"Ready"_s}, {u"status"_s, ready ? u"True"_s : u"False"_s}}}}}}};
}

QJsonObject workload(const QByteArray& spec, const QByteArray& status = "{}", const QByteArray& kind = "DeploymentConfig")
{
    return parsed("{\"apiVersion\":\"x/v1\",\"kind\":\"" + kind + "\",\"metadata\":{\"name\":\"app\",\"namespace\":\"n\",\"generation\":3},\"spec\":" + spec + ",\"status\":" + status + "}");
}

const QByteArray oneApp = R"({"replicas":1,"selector":{"deploymentConfig":"app"}})";

} // namespace

Q_DECLARE_METATYPE(QJsonArray)

class TestInventory : public QObject {
    Q_OBJECT

    Inventory m_recorded;

private Q_SLOTS:
    void initTestCase()
    {
        QFile file(QStringLiteral(TEST_DATA "/namespace.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_recorded = inventoryFromObjects(parsed(file.readAll())[u"items"].toArray(), u"threescale"_s);
    }

    void readsRecordedPods()
    {
        QCOMPARE(m_recorded.pods.size(), 1);
        const Pod& pod = m_recorded.pods[0];
        QCOMPARE(pod.name, u"system-mysql-1-s8xkp"_s);
        QCOMPARE(pod.uid, u"a684ebbe-c57d-452e-ae6f-e4aeb2633c96"_s);
        QVERIFY(pod.ready && !pod.terminating);
        QCOMPARE(pod.phase, u"Running"_s);
        QCOMPARE(pod.nodeName, u"node-1"_s);
        QCOMPARE(pod.containers, QStringList{u"system-mysql"_s});
        // This runtime gives a bare digest, which no other node could pull.
        QCOMPARE(pod.images[u"system-mysql"_s], u"example.com/3scale:1"_s);
        QCOMPARE(pod.claims, QStringList{u"mysql-storage"_s});
        QCOMPARE(pod.labels[u"deploymentConfig"_s], u"system-mysql"_s);
        QCOMPARE(pod.created, QDateTime(QDate(2026, 11, 22), QTime(9, 16, 6), Qt::UTC));
    }

    void readsRecordedWorkloads()
    {
        const Workload* zync = m_recorded.workload(u"zync"_s);
        QVERIFY(zync);
        QCOMPARE(zync->kind, u"DeploymentConfig"_s);
        QCOMPARE(zync->desired, 1);
        QCOMPARE(zync->ready, 1);
        QVERIFY(!zync->paused && !zync->rolloutInProgress);
        QCOMPARE(zync->selector, (QMap<QString, QString>{{u"deploymentConfig"_s, u"zync"_s}}));
        QCOMPARE(zync->containers, QStringList{u"zync"_s});
        QVERIFY(!m_recorded.workload(u"none"_s));
    }

    void readsRecordedClaimsAndRoutes()
    {
        QCOMPARE(m_recorded.claims.size(), 2);
        const Claim& claim = m_recorded.claims[1];
        QCOMPARE(claim.name, u"mysql-storage"_s);
        QCOMPARE(claim.phase, u"Bound"_s);
        QVERIFY(!claim.volume.isEmpty() && !claim.capacity.isEmpty());
        QCOMPARE(claim.accessModes, QStringList{u"ReadWriteOnce"_s});
        QCOMPARE(m_recorded.routes.size(), 4);
        QCOMPARE(m_recorded.routes[0].name, u"backend"_s);
        QCOMPARE(m_recorded.routes[0].host, u"backend-3scale.apps.example.com"_s);
    }

    void keepsNoSecretValue()
    {
        QCOMPARE(m_recorded.secrets.size(), 2);
        QVERIFY(m_recorded.secrets[1].keys.contains(u"URL"_s));
        const QJsonObject kept = m_recorded.object(u"Secret"_s, u"system-database"_s);
        QCOMPARE(kept[u"data"].toObject().keys(), m_recorded.secrets[1].keys);
        const QByteArray everything = QJsonDocument(m_recorded.objects).toJson();
        QVERIFY(!everything.contains(QByteArray("secret-value-").toBase64().chopped(4)));
        QVERIFY(!everything.contains("last-applied-configuration"));
        QVERIFY(!everything.contains("managedFields"));
    }

    void readsTheRest()
    {
        QCOMPARE(m_recorded.configMaps.size(), 3);
        QVERIFY(m_recorded.environment.contains(u"THREESCALE_SUPERDOMAIN"_s));
        QVERIFY(!m_recorded.object(u"APIManager"_s, u"apimanager"_s).isEmpty());
        QVERIFY(m_recorded.object(u"APIManager"_s, u"other"_s).isEmpty());
        const auto services = std::count_if(m_recorded.others.begin(), m_recorded.others.end(), [](const NamedObject& o) { return o.kind == u"Service"; });
        QCOMPARE(services, 2);
        QCOMPARE(m_recorded.objects.size(), 21);
    }

    void readsTheProject()
    {
        Inventory inventory;
        addProject(inventory, parsed(R"({"kind":"Project","metadata":{"name":"n","uid":"u-1","labels":{"pod-security.kubernetes.io/enforce":"restricted"},"annotations":{"openshift.io/sa.scc.uid-range":"1000650000/10000","other":7}}})"));
        QCOMPARE(inventory.projectUid, u"u-1"_s);
        QCOMPARE(inventory.projectLabels, (QMap<QString, QString>{{u"pod-security.kubernetes.io/enforce"_s, u"restricted"_s}}));
        QCOMPARE(inventory.projectAnnotations, (QMap<QString, QString>{{u"openshift.io/sa.scc.uid-range"_s, u"1000650000/10000"_s}}));
        addProject(inventory, parsed(R"({"metadata":[1]})"));
        QVERIFY(inventory.projectUid.isEmpty() && inventory.projectLabels.isEmpty() && inventory.projectAnnotations.isEmpty());
    }

    void readyPod_data()
    {
        QTest::addColumn<QJsonArray>("objects");
        QTest::addColumn<QString>("pod");
        QTest::addColumn<QString>("error");
        const QJsonObject app = workload(oneApp);
        QTest::newRow("one") << QJsonArray{app, pod(u"a"_s, u"Running"_s, true, false)} << u"a"_s << QString();
        QTest::newRow("first is terminating") << QJsonArray{app, pod(u"a"_s, u"Running"_s, true, true), pod(u"b"_s, u"Running"_s, true, false)} << u"b"_s << QString();
        QTest::newRow("first is pending") << QJsonArray{app, pod(u"a"_s, u"Pending"_s, false, false), pod(u"b"_s, u"Running"_s, true, false)} << u"b"_s << QString();
        QTest::newRow("first is not ready") << QJsonArray{app, pod(u"a"_s, u"Running"_s, false, false), pod(u"b"_s, u"Running"_s, true, false)} << u"b"_s << QString();
        QTest::newRow("succeeded but ready") << QJsonArray{app, pod(u"a"_s, u"Succeeded"_s, true, false)} << QString() << u"app has no ready pod: a is succeeded."_s;
        QTest::newRow("newest of two") << QJsonArray{app, pod(u"a"_s, u"Running"_s, true, false), pod(u"b"_s, u"Running"_s, true, false, u"2026-02-01T00:00:00Z"_s)} << u"b"_s << QString();
        QTest::newRow("none usable") << QJsonArray{app, pod(u"a"_s, u"Running"_s, true, true), pod(u"b"_s, u"Pending"_s, false, false), pod(u"c"_s, u"Running"_s, false, false)} << QString()
                                     << u"app has no ready pod: a is being deleted, b is pending, c is running but not ready."_s;
        QTest::newRow("no pod") << QJsonArray{app} << QString() << u"app has no ready pod: it has no pod."_s;
        QTest::newRow("scaled to zero") << QJsonArray{workload(R"({"replicas":0,"selector":{"deploymentConfig":"app"}})")} << QString() << u"scale DeploymentConfig app up"_s;
        QTest::newRow("no workload") << QJsonArray{pod(u"a"_s, u"Running"_s, true, false)} << QString() << u"The namespace n has no workload app."_s;
        QTest::newRow("no selector") << QJsonArray{workload(R"({"replicas":1})"), pod(u"a"_s, u"Running"_s, true, false)} << QString() << u"it has no pod"_s;
        QTest::newRow("other label") << QJsonArray{workload(R"({"replicas":1,"selector":{"deploymentConfig":"app","x":"z"}})"), pod(u"a"_s, u"Running"_s, true, false)} << QString() << u"it has no pod"_s;
        QTest::newRow("Deployment") << QJsonArray{workload(R"({"selector":{"matchLabels":{"deploymentConfig":"app"}}})", "{}", "Deployment"), pod(u"a"_s, u"Running"_s, true, false)} << u"a"_s << QString();
        QTest::newRow("pod of another namespace") << QJsonArray{app, parsed(R"({"kind":"Pod","metadata":{"name":"z","namespace":"m","labels":{"deploymentConfig":"app"}}})")} << QString() << u"it has no pod"_s;
    }

    void readyPod()
    {
        QFETCH(QJsonArray, objects);
        QFETCH(QString, pod);
        QFETCH(QString, error);
        const auto found = inventoryFromObjects(objects, u"n"_s).readyPod(u"app"_s);
        QCOMPARE(found.has_value(), error.isEmpty());
        if (found)
            QCOMPARE(found->name, pod);
        else
            QVERIFY2((found.error().message + found.error().hint).contains(error), qPrintable(found.error().message + found.error().hint));
    }

    void rollouts_data()
    {
        QTest::addColumn<QByteArray>("status");
        QTest::addColumn<bool>("inProgress");
        const auto condition = [](const char* status, const char* reason) {
            const QJsonObject progressing{{u"type"_s, u"Progressing"_s}, {u"status"_s, QString::fromLatin1(status)}, {u"reason"_s, QString::fromLatin1(reason)}};
            return QJsonDocument(QJsonObject{{u"observedGeneration"_s, 3}, {u"conditions"_s, QJsonArray{progressing}}}).toJson();
        };
        QTest::newRow("done") << condition("True", "NewReplicationControllerAvailable") << false;
        QTest::newRow("running") << condition("True", "ReplicationControllerUpdated") << true;
        QTest::newRow("created") << condition("Unknown", "NewReplicationControllerCreated") << true;
        QTest::newRow("its deployer pod waits, or its pre-hook runs") << condition("Unknown", "") << true;
        QTest::newRow("failed") << condition("False", "ProgressDeadlineExceeded") << false;
        QTest::newRow("cancelled") << condition("False", "ReplicationControllerUpdated") << false;
        QTest::newRow("deployment running") << condition("True", "ReplicaSetUpdated") << true;
        QTest::newRow("deployment done") << condition("True", "NewReplicaSetAvailable") << false;
        QTest::newRow("not seen yet") << QByteArray(R"({"observedGeneration":2})") << true;
        QTest::newRow("nothing known") << QByteArray(R"({"observedGeneration":3})") << false;
    }

    void rollouts()
    {
        QFETCH(QByteArray, status);
        QFETCH(bool, inProgress);
        QCOMPARE(inventoryFromObjects({workload(oneApp, status)}, u"n"_s).workload(u"app"_s)->rolloutInProgress, inProgress);
    }

    void counts()
    {
        const auto w = [](const QByteArray& spec, const QByteArray& status, const QByteArray& kind) { return *inventoryFromObjects({workload(spec, status, kind)}, u"n"_s).workload(u"app"_s); };
        QCOMPARE(w(R"({"replicas":3,"paused":true})", R"({"readyReplicas":2})", "Deployment").ready, 2);
        QVERIFY(w(R"({"paused":true})", "{}", "Deployment").paused);
        QCOMPARE(w("{}", "{}", "Deployment").desired, 1);
        QCOMPARE(w(R"({"replicas":0})", "{}", "DeploymentConfig").desired, 0);
        QCOMPARE(w(R"({"replicas":2})", "{}", "StatefulSet").ready, 0);
    }

    void resolvedImages_data()
    {
        QTest::addColumn<QString>("imageId");
        QTest::addColumn<QString>("image");
        QTest::newRow("cri-o") << u"registry.example/rhscl/mysql@sha256:ab"_s << u"registry.example/rhscl/mysql@sha256:ab"_s;
        QTest::newRow("docker") << u"docker-pullable://registry.example/mysql@sha256:ab"_s << u"registry.example/mysql@sha256:ab"_s;
        QTest::newRow("bare digest") << u"sha256:ab"_s << u"mysql:5.7"_s;
        QTest::newRow("none yet") << QString() << u"mysql:5.7"_s;
    }

    void resolvedImages()
    {
        QFETCH(QString, imageId);
        QFETCH(QString, image);
        QJsonObject object = pod(u"a"_s, u"Running"_s, true, false);
        object[u"spec"] = QJsonObject{{u"containers"_s, QJsonArray{QJsonObject{{u"name"_s, u"c"_s}, {u"image"_s, u"mysql:5.7"_s}}}}};
        QJsonObject status = object[u"status"].toObject();
        status[u"containerStatuses"] = QJsonArray{QJsonObject{{u"name"_s, u"c"_s}, {u"imageID"_s, imageId}}, QJsonObject{{u"name"_s, u"other"_s}, {u"imageID"_s, u"x/y@sha256:z"_s}}};
        object[u"status"] = status;
        const Inventory inventory = inventoryFromObjects({object}, u"n"_s);
        QCOMPARE(inventory.pods[0].images, (QMap<QString, QString>{{u"c"_s, image}}));
    }

    void routes_data()
    {
        QTest::addColumn<QByteArray>("ingress");
        QTest::addColumn<bool>("admitted");
        QTest::addColumn<QString>("problem");
        QTest::newRow("admitted") << QByteArray(R"([{"conditions":[{"type":"Admitted","status":"True"}]}])") << true << QString();
        QTest::newRow("claimed") << QByteArray(R"([{"conditions":[{"type":"Admitted","status":"False","reason":"HostAlreadyClaimed","message":"route x has it"}]}])") << false << u"HostAlreadyClaimed: route x has it"_s;
        QTest::newRow("one of two routers") << QByteArray(R"([{"conditions":[{"type":"Admitted","status":"False","reason":"R"}]},{"conditions":[{"type":"Admitted","status":"True"}]}])") << true << QString();
        QTest::newRow("none") << QByteArray("[]") << false << u"no router has taken it"_s;
    }

    void routes()
    {
        QFETCH(QByteArray, ingress);
        QFETCH(bool, admitted);
        QFETCH(QString, problem);
        const QJsonObject object = parsed(R"({"kind":"Route","metadata":{"name":"r"},"spec":{"host":"h","to":{"name":"s"},"tls":{"key":"k"}},"status":{"ingress":)" + ingress + "}}");
        const Inventory inventory = inventoryFromObjects({object}, u"n"_s);
        QCOMPARE(inventory.routes[0].admitted, admitted);
        QCOMPARE(inventory.routes[0].problem, problem);
        QVERIFY(inventory.routes[0].tls);
    }

    void survivesNonsense()
    {
        const QJsonArray objects{QJsonValue(), 7, u"text"_s, QJsonArray{1}, QJsonObject{}, parsed(R"({"kind":"Pod","metadata":[1]})"), parsed(R"({"kind":5,"metadata":{"name":{}}})"),
                                 parsed(R"({"kind":"Pod","metadata":{"name":"p","labels":[],"creationTimestamp":7},"spec":{"containers":"x","volumes":{}},"status":[]})"),
                                 parsed(R"({"kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":"many","selector":7,"template":[]},"status":"ok"})"),
                                 parsed(R"({"kind":"Secret","metadata":{"name":"s"},"data":[1,2],"stringData":{"a":"b"}})"),
                                 parsed(R"({"kind":"Route","metadata":{"name":"r"},"spec":null,"status":{"ingress":[7]}})"),
                                 parsed("{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" + QByteArray(100'000, 'x') + "\"}}")};
        const Inventory inventory = inventoryFromObjects(objects, u"n"_s);
        QCOMPARE(inventory.pods.size(), 2);
        QCOMPARE(inventory.pods[1].name.size(), 4096);
        QVERIFY(!inventory.readyPod(u"d"_s));
        QVERIFY(!QJsonDocument(inventory.objects).toJson().contains("stringData"));
    }
};

QTEST_GUILESS_MAIN(TestInventory)
#include "tst_inventory.moc"
