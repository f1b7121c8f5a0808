#include "engine/store/helper.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
const QByteArray annotated = R"({"openshift.io/sa.scc.uid-range": "1000650000/10000", "openshift.io/sa.scc.supplemental-groups": "1000660000/10000", "openshift.io/sa.scc.mcs": "s0:c26,c5"})";
const QByteArray unprivileged = R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]}})";
const QByteArray byReplicas = R"("ownerReferences": [{"kind": "ReplicationController", "name": "x-1"}])";

QJsonObject parsed(const QByteArray& json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (!document.isObject())
        qFatal("%s in %s", qPrintable(error.errorString()), json.constData());
    return document.object();
}

QByteArray text(const QJsonValue& value) { return QJsonDocument(value.toObject()).toJson(QJsonDocument::Compact); }

/// Of backend-redis, or of another workload with a container of another name.
QByteArray pod(const QByteArray& workload, const QByteArray& context, const QByteArray& containerContext, const QByteArray& account = "amp", const QByteArray& owners = byReplicas)
{
    return R"({"kind": "Pod", "metadata": {"name": ")" + workload + R"(-1-abcde", "labels": {"deploymentConfig": ")" + workload + "\"}" + (owners.isEmpty() ? QByteArray() : QByteArray(", " + owners)) +
           R"(}, "spec": {"serviceAccountName": ")" + account + R"(", "securityContext": )" + context + R"(, "containers": [{"name": ")" + workload + R"(", "securityContext": )" + containerContext +
           R"(}, {"name": "sidecar", "securityContext": {"runAsUser": 1337}}]}})";
}

Result<QJsonObject> helperFor(const QList<QByteArray>& pods, const QByteArray& project, const QByteArray& podTemplate = R"({"serviceAccountName": "amp", "securityContext": {}})", const QByteArray& containerContext = {})
{
    const auto found = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
    const catalog::Component* redis = found ? found->component(u"backend-redis"_s) : nullptr;
    if (!redis)
        qFatal("no catalogue");
    QJsonObject container{{u"name"_s, redis->container}, {u"image"_s, u"redis@sha256:ab"_s}};
    if (!containerContext.isEmpty())
        container[u"securityContext"] = parsed(containerContext);
    QJsonObject spec = parsed(podTemplate);
    spec[u"containers"] = QJsonArray{container};
    QJsonArray items{QJsonObject{{u"kind"_s, u"DeploymentConfig"_s},
                                 {u"metadata"_s, QJsonObject{{u"name"_s, redis->workload}}},
                                 {u"spec"_s, QJsonObject{{u"selector"_s, QJsonObject{{u"deploymentConfig"_s, redis->workload}}}, {u"template"_s, QJsonObject{{u"spec"_s, spec}}}}}}};
    for (const QByteArray& each : pods)
        items.append(parsed(each));
    cluster::Inventory inventory = cluster::inventoryFromObjects(items, u"threescale"_s);
    cluster::addProject(inventory, parsed(project));
    return store::helper::podFor(*redis, inventory, u"nonce"_s);
}
} // namespace

class TestHelper : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void runsAsTheWorkload_data()
    {
        QTest::addColumn<QList<QByteArray>>("pods");
        QTest::addColumn<QByteArray>("project");
        QTest::addColumn<QByteArray>("context");
        QTest::addColumn<QByteArray>("containerContext");
        const QByteArray project = R"({"metadata": {"annotations": )" + annotated + "}}";
        const QByteArray enforced = R"({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}, "annotations": )" + annotated + "}}";
        const auto withAnnotations = [](const QByteArray& annotations) -> QByteArray { return R"({"metadata": {"annotations": )" + annotations + "}}"; };
        const QByteArray filled = R"({"fsGroup": 1000001, "supplementalGroups": [5], "seLinuxOptions": {"level": "s0:c1,c0"}, "seccompProfile": {"type": "RuntimeDefault"}})";
        const QByteArray asOwn = R"({"fsGroup":1000001,"runAsNonRoot":true,"runAsUser":1000000,"seLinuxOptions":{"level":"s0:c1,c0"},"seccompProfile":{"type":"RuntimeDefault"},"supplementalGroups":[5]})";
        const QByteArray asAnnotated = R"({"fsGroup":1000660000,"runAsNonRoot":true,"runAsUser":1000650000,"seLinuxOptions":{"level":"s0:c26,c5"}})";
        const QByteArray asEnforced = R"({"fsGroup":1000660000,"runAsNonRoot":true,"runAsUser":1000650000,"seLinuxOptions":{"level":"s0:c26,c5"},"seccompProfile":{"type":"RuntimeDefault"}})";
        const QByteArray filledContainer = R"({"runAsUser": 1000000, "runAsNonRoot": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}})";

        QTest::newRow("its own pod") << QList{pod("system-mysql", R"({"fsGroup": 7})", R"({"runAsUser": 7})"), pod("backend-redis", filled, filledContainer), pod("zync", R"({"fsGroup": 7})", R"({"runAsUser": 7})")} << project << asOwn << unprivileged;
        QTest::newRow("its own pod under the older restricted") << QList{pod("backend-redis", R"({"fsGroup": 1000001, "seLinuxOptions": {"level": "s0:c1,c0"}})", R"({"runAsUser": 1000000, "capabilities": {"drop": ["KILL", "MKNOD", "SETGID", "SETUID"]}})")}
                                                                << project << QByteArray(R"({"fsGroup":1000001,"runAsNonRoot":true,"runAsUser":1000000,"seLinuxOptions":{"level":"s0:c1,c0"}})") << unprivileged;
        QTest::newRow("its own pod states its user for the pod") << QList{pod("backend-redis", R"({"fsGroup": 3, "runAsUser": 4})", "{}")} << project << QByteArray(R"({"fsGroup":3,"runAsNonRoot":true,"runAsUser":4})") << unprivileged;
        QTest::newRow("its own pod runs as its image's user") << QList{pod("backend-redis", R"({"seLinuxOptions": {"level": "s0:c1,c0"}})", R"({"capabilities": {"drop": ["MKNOD"]}})")}
                                                              << project << QByteArray(R"({"seLinuxOptions":{"level":"s0:c1,c0"}})") << QByteArray("{}");
        QTest::newRow("its own pod runs as root") << QList{pod("backend-redis", "{}", R"({"runAsUser": 0})")} << project << QByteArray(R"({"runAsUser":0})") << QByteArray("{}");
        QTest::newRow("its own pod is gone, another of the account is there") << QList{pod("system-mysql", filled, filledContainer)} << project << asOwn << unprivileged;
        QTest::newRow("pods that tell nothing of it") << QList{pod("zync-que", filled, filledContainer, "zync-que-sa"), pod("debug", filled, filledContainer, "amp", {})} << project << asAnnotated << unprivileged;
        QTest::newRow("annotations") << QList<QByteArray>() << project << asAnnotated << unprivileged;
        QTest::newRow("annotations, with the end of the range, and several ranges") << QList<QByteArray>()
                                                                                    << withAnnotations(R"({"openshift.io/sa.scc.uid-range": "1000650000-1000659999", "openshift.io/sa.scc.supplemental-groups": "1000660000-1000669999,5/1", "openshift.io/sa.scc.mcs": "s0:c26,c5"})")
                                                                                    << asAnnotated << unprivileged;
        QTest::newRow("annotations without groups and level") << QList<QByteArray>() << withAnnotations(R"({"openshift.io/sa.scc.uid-range": "1000650000/10000"})")
                                                              << QByteArray(R"({"fsGroup":1000650000,"runAsNonRoot":true,"runAsUser":1000650000})") << unprivileged;
        QTest::newRow("PodSecurity demands a seccomp profile") << QList<QByteArray>() << enforced << asEnforced << unprivileged;
        QTest::newRow("nothing") << QList<QByteArray>() << QByteArray("{}") << QByteArray("{}") << QByteArray("{}");
        QTest::newRow("no range") << QList<QByteArray>() << withAnnotations(R"({"openshift.io/sa.scc.uid-range": "many", "openshift.io/sa.scc.supplemental-groups": "1000660000/10000", "openshift.io/sa.scc.mcs": "s0:c26,c5"})") << QByteArray("{}") << QByteArray("{}");
    }
    /// A cluster-admin's helper would be admitted by `anyuid`, which fills in nothing.
    void runsAsTheWorkload()
    {
        QFETCH(QList<QByteArray>, pods);
        QFETCH(QByteArray, project);
        QFETCH(QByteArray, context);
        QFETCH(QByteArray, containerContext);
        const auto helper = helperFor(pods, project);
        QVERIFY2(helper, helper ? "" : qPrintable(helper.error().message));
        const QJsonObject spec = (*helper)[u"spec"].toObject();
        QCOMPARE(text(spec[u"securityContext"]), context);
        QCOMPARE(text(spec[u"containers"][0][u"securityContext"]), containerContext);
        QCOMPARE(spec[u"serviceAccountName"].toString(), u"amp"_s);
    }

    void theTemplateHolds()
    {
        const QByteArray project = R"({"metadata": {"annotations": )" + annotated + "}}";
        const auto stated = helperFor({}, project, R"({"securityContext": {"fsGroup": 3, "fsGroupChangePolicy": "OnRootMismatch"}})", R"({"runAsUser": 4, "readOnlyRootFilesystem": true})");
        QVERIFY(stated);
        const QJsonObject spec = (*stated)[u"spec"].toObject();
        QCOMPARE(text(spec[u"securityContext"]), R"({"fsGroup":3,"fsGroupChangePolicy":"OnRootMismatch","runAsNonRoot":true,"runAsUser":1000650000,"seLinuxOptions":{"level":"s0:c26,c5"}})");
        QCOMPARE(text(spec[u"containers"][0][u"securityContext"]), R"({"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"readOnlyRootFilesystem":true,"runAsUser":4})");
        QVERIFY(!spec.contains(u"serviceAccountName"_s));

        // Its pods have the account `default` then.
        const QList<QByteArray> pods{pod("zync", R"({"fsGroup": 9})", R"({"runAsUser": 8})", "default"), pod("system-mysql", R"({"fsGroup": 7})", R"({"runAsUser": 7})")};
        const auto byDefault = helperFor(pods, project, "{}");
        QVERIFY(byDefault);
        QCOMPARE(text((*byDefault)[u"spec"][u"securityContext"]), R"({"fsGroup":9,"runAsNonRoot":true,"runAsUser":8})");
    }
};

QTEST_GUILESS_MAIN(TestHelper)
#include "tst_helper.moc"
