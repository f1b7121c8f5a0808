#include "engine/workload/apimanager.h"
#include "engine/workload/changed.h"
#include "engine/workload/verify.h"

#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
QJsonObject json(const char* text)
{
    QJsonParseError error{};
    const QJsonObject object = QJsonDocument::fromJson(text, &error).object();
    if (error.error != QJsonParseError::NoError)
        qFatal("bad JSON in the test: %s", text);
    return object;
}

/// RFC 7396, as the server applies it.
QJsonObject merged(QJsonObject target, const QJsonObject& patch)
{
    for (auto entry = patch.begin(); entry != patch.end(); ++entry) {
        if (entry.value().isNull())
            target.remove(entry.key());
        else if (entry.value().isObject())
            target.insert(entry.key(), merged(target.value(entry.key()).toObject(), entry.value().toObject()));
        else
            target.insert(entry.key(), entry.value());
    }
    return target;
}
} // namespace

class TestPatches : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// Zync makes its Routes again under new names: the bundle's, made before, may stand beside them and be refused.
    void anyAdmittedRouteOfAHost()
    {
        const auto route = [](const QString& name, const QString& host, bool admitted) {
            cluster::Route made;
            made.name = name;
            made.host = host;
            made.admitted = admitted;
            made.problem = admitted ? QString() : u"HostAlreadyClaimed"_s;
            return made;
        };
        const QList<cluster::Route> routes{route(u"zync-3scale-provider-saved"_s, u"admin.example.com"_s, false), route(u"zync-3scale-provider-again"_s, u"admin.example.com"_s, true),
                                           route(u"other"_s, u"other.example.com"_s, false)};
        QVERIFY(!workload::problemOf(u"admin.example.com"_s, routes));
        QVERIFY(workload::problemOf(u"other.example.com"_s, routes).value_or(QString()).contains(u"HostAlreadyClaimed"_s));
        QVERIFY(workload::problemOf(u"none.example.com"_s, routes).value_or(QString()).contains(u"no Route"_s));
    }

    void thereAndBack_data()
    {
        QTest::addColumn<QJsonObject>("resource");
        QTest::newRow("all set") << json(R"({"spec":{"zync":{"appSpec":{"replicas":2},"queSpec":{"replicas":3}},"backend":{"listenerSpec":{"replicas":4}},"wildcardDomain":"example.com"}})");
        QTest::newRow("one absent") << json(R"({"spec":{"zync":{"appSpec":{"replicas":2},"queSpec":{"resources":{}}},"backend":{"listenerSpec":{}},"wildcardDomain":"example.com"}})");
        QTest::newRow("zero on purpose") << json(R"({"spec":{"zync":{"appSpec":{"replicas":0},"queSpec":{"replicas":1}},"backend":{"listenerSpec":{"replicas":1}}}})");
    }
    void thereAndBack()
    {
        QFETCH(QJsonObject, resource);
        const QStringList fields{u"spec.zync.appSpec.replicas"_s, u"spec.zync.queSpec.replicas"_s, u"spec.backend.listenerSpec.replicas"_s};
        const QJsonObject stopped = merged(resource, workload::zeroPatch(fields));
        QCOMPARE(stopped[u"spec"][u"zync"][u"appSpec"][u"replicas"].toInt(-1), 0);
        QCOMPARE(stopped[u"spec"][u"zync"][u"queSpec"][u"replicas"].toInt(-1), 0);
        QCOMPARE(stopped[u"spec"][u"backend"][u"listenerSpec"][u"replicas"].toInt(-1), 0);
        QCOMPARE(stopped[u"spec"][u"wildcardDomain"], std::as_const(resource)[u"spec"][u"wildcardDomain"]);
        QCOMPARE(merged(stopped, workload::backPatch(resource, fields)), resource);
    }

    void patches()
    {
        QCOMPARE(workload::zeroPatch({u"spec.a.replicas"_s, u"spec.b"_s}), json(R"({"spec":{"a":{"replicas":0},"b":0}})"));
        // Absent becomes null: a merge patch with the saved spec would leave the 0 there.
        QCOMPARE(workload::backPatch(json(R"({"spec":{}})"), {u"spec.a.replicas"_s}), json(R"({"spec":{"a":{"replicas":null}}})"));
        QCOMPARE(workload::zeroPatch({}), QJsonObject());
    }

    void references()
    {
        const QJsonObject workload = json(R"({"spec":{"template":{"spec":{
            "containers":[{"env":[{"name":"A","value":"plain"},{"name":"B","valueFrom":{"secretKeyRef":{"name":"system-seed","key":"x"}}},{"name":"C","valueFrom":{"configMapKeyRef":{"name":"system-environment","key":"y"}}},
                                  {"name":"D","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}],
                           "envFrom":[{"secretRef":{"name":"from-secret"}},{"configMapRef":{"name":"from-map"}}]},
                          {"env":[{"name":"B","valueFrom":{"secretKeyRef":{"name":"system-seed","key":"z"}}}]}],
            "initContainers":[{"env":[{"name":"I","valueFrom":{"secretKeyRef":{"name":"init-secret","key":"x"}}}]}],
            "volumes":[{"secret":{"secretName":"volume-secret"}},{"configMap":{"name":"redis-config"}},{"persistentVolumeClaim":{"claimName":"system-storage"}},
                       {"projected":{"sources":[{"secret":{"name":"projected-secret"}},{"configMap":{"name":"projected-map"}}]}}]}}}})");
        QStringList found = workload::referencedObjects(workload);
        found.sort();
        QCOMPARE(found, (QStringList{u"ConfigMap/from-map"_s, u"ConfigMap/projected-map"_s, u"ConfigMap/redis-config"_s, u"ConfigMap/system-environment"_s, u"Secret/from-secret"_s, u"Secret/init-secret"_s,
                                     u"Secret/projected-secret"_s, u"Secret/system-seed"_s, u"Secret/volume-secret"_s}));
        QVERIFY(workload::referencedObjects({}).isEmpty());
        QVERIFY(workload::referencedObjects(json(R"({"spec":{"template":{"spec":{"containers":"x","volumes":[7]}}}})")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestPatches)
#include "tst_patches.moc"
