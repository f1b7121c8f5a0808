#include "engine/run/lock.h"
#include "engine/store/completeness.h"
#include "engine/store/objects.h"

#include "tests/bundle/bundles.h"
#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

Q_DECLARE_METATYPE(scalekeep::catalog::ObjectKind)

namespace {
QJsonObject json(const char* text)
{
    QJsonParseError error{};
    const QJsonObject object = QJsonDocument::fromJson(text, &error).object();
    if (error.error != QJsonParseError::NoError)
        qFatal("bad JSON in the test: %s", text);
    return object;
}

catalog::Catalog catalogue()
{
    const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
    if (!catalog)
        qFatal("no catalogue");
    return *catalog;
}

/// A namespace that has all that the catalogue asks for.
cluster::Inventory everything(const catalog::Catalog& catalog)
{
    cluster::Inventory inventory;
    for (const catalog::WorkloadFact& fact : catalog.workloads) {
        cluster::Workload workload;
        workload.kind = u"DeploymentConfig"_s;
        workload.name = fact.name;
        inventory.workloads.append(workload);
    }
    for (const catalog::Component& component : catalog.components) {
        cluster::Claim claim;
        claim.name = component.claim;
        if (!component.claim.isEmpty())
            inventory.claims.append(claim);
    }
    for (const catalog::ObjectKind& kind : catalog.kinds) {
        for (const catalog::ObjectName& name : kind.names) {
            if (kind.kind == u"Secret")
                inventory.secrets.append({kind.kind, name.name, {}});
            else if (kind.kind == u"ConfigMap")
                inventory.configMaps.append({kind.kind, name.name, {}});
        }
    }
    return inventory;
}

QStringList missing(const QJsonObject& completeness)
{
    QStringList ids;
    for (const QJsonValue& each : completeness[u"missing"].toArray())
        ids.append(each[u"id"].toString());
    return ids;
}
} // namespace

class TestObjects : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stripped_data()
    {
        QTest::addColumn<QJsonObject>("before");
        QTest::addColumn<QJsonObject>("after");
        QTest::newRow("what only its cluster knew") << json(R"({"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"s","namespace":"old","uid":"u","resourceVersion":"5","generation":3,"creationTimestamp":"2026-01-01T00:00:00Z",
            "selfLink":"/x","managedFields":[{}],"ownerReferences":[{"kind":"APIManager","uid":"gone"}],"deletionTimestamp":"x","deletionGracePeriodSeconds":1,"labels":{"app":"3scale"},"annotations":{"note":"mine"}},"data":{"a":"YQ=="}})")
            << json(R"({"apiVersion":"v1","kind":"Secret","type":"Opaque","metadata":{"name":"s","labels":{"app":"3scale"},"annotations":{"note":"mine"}},"data":{"a":"YQ=="}})");
        QTest::newRow("annotations of the cluster") << json(R"({"kind":"ConfigMap","metadata":{"name":"c","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}},"data":{}})") << json(R"({"kind":"ConfigMap","metadata":{"name":"c"},"data":{}})");
        QTest::newRow("service") << json(R"({"kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"172.30.1.2","clusterIPs":["172.30.1.2"],"ipFamilies":["IPv4"],"ipFamilyPolicy":"SingleStack","healthCheckNodePort":3,"ports":[{"port":80,"nodePort":30001}],"selector":{"a":"b"}},"status":{}})")
            << json(R"({"kind":"Service","metadata":{"name":"s"},"spec":{"ports":[{"port":80}],"selector":{"a":"b"}}})");
        QTest::newRow("claim") << json(R"({"kind":"PersistentVolumeClaim","metadata":{"name":"p","annotations":{"pv.kubernetes.io/bind-completed":"yes","volume.kubernetes.io/selected-node":"n"}},"spec":{"volumeName":"pv-1","storageClassName":"rwx","accessModes":["ReadWriteMany"]},"status":{"phase":"Bound"}})")
            << json(R"({"kind":"PersistentVolumeClaim","metadata":{"name":"p"},"spec":{"storageClassName":"rwx","accessModes":["ReadWriteMany"]}})");
        QTest::newRow("service account") << json(R"({"kind":"ServiceAccount","metadata":{"name":"amp"},"secrets":[{"name":"amp-token-x"}],"imagePullSecrets":[{"name":"pull"}]})") << json(R"({"kind":"ServiceAccount","metadata":{"name":"amp"},"imagePullSecrets":[{"name":"pull"}]})");
        QTest::newRow("deployment config") << json(R"({"kind":"DeploymentConfig","metadata":{"name":"d","namespace":"old","generation":4},"spec":{"replicas":2,"triggers":[{"type":"ConfigChange"},{"type":"ImageChange","imageChangeParams":{"automatic":true,"lastTriggeredImage":"sha256:x","from":{"kind":"ImageStreamTag","name":"amp:latest","namespace":"old"}}}]},"status":{"replicas":2}})")
            << json(R"({"kind":"DeploymentConfig","metadata":{"name":"d"},"spec":{"replicas":2,"triggers":[{"type":"ConfigChange"},{"type":"ImageChange","imageChangeParams":{"automatic":true,"from":{"kind":"ImageStreamTag","name":"amp:latest"}}}]}})");
        QTest::newRow("another namespace's stream") << json(R"({"kind":"DeploymentConfig","metadata":{"name":"d","namespace":"old"},"spec":{"triggers":[{"type":"ImageChange","imageChangeParams":{"from":{"kind":"ImageStreamTag","name":"redis:6","namespace":"openshift"}}}]}})")
            << json(R"({"kind":"DeploymentConfig","metadata":{"name":"d"},"spec":{"triggers":[{"type":"ImageChange","imageChangeParams":{"from":{"kind":"ImageStreamTag","name":"redis:6","namespace":"openshift"}}}]}})");
        QTest::newRow("headless service") << json(R"({"kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"None","clusterIPs":["None"],"ipFamilies":["IPv4"],"selector":{"a":"b"}}})")
            << json(R"({"kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"None","clusterIPs":["None"],"selector":{"a":"b"}}})");
        QTest::newRow("route keeps its host and key") << json(R"({"kind":"Route","metadata":{"name":"r"},"spec":{"host":"api.example.com","tls":{"key":"K","termination":"edge"}},"status":{"ingress":[]}})") << json(R"({"kind":"Route","metadata":{"name":"r"},"spec":{"host":"api.example.com","tls":{"key":"K","termination":"edge"}}})");
    }
    void stripped()
    {
        QFETCH(QJsonObject, before);
        QFETCH(QJsonObject, after);
        QCOMPARE(store::objects::stripped(before), after);
        QCOMPARE(store::objects::stripped(after), after);
    }

    /// A saved object made ready for `replace` is equal to the live one that it was saved from, whatever the server has filled in since.
    void preparedIsEqual()
    {
        const QJsonObject live = json(R"({"apiVersion":"apps.openshift.io/v1","kind":"DeploymentConfig","metadata":{"name":"a","resourceVersion":"9","uid":"u"},"spec":{"replicas":0,"paused":true,"triggers":[
            {"type":"ConfigChange"},
            {"type":"ImageChange","imageChangeParams":{"automatic":true,"from":{"kind":"ImageStreamTag","name":"amp:2.7","namespace":"threescale"},"lastTriggeredImage":"x@sha256:1"}}]}})");
        QJsonObject saved = live;
        QJsonObject spec = saved[u"spec"].toObject();
        spec[u"replicas"] = 2;
        spec.remove(u"paused"_s);
        saved[u"spec"] = spec;
        const QJsonObject wanted = store::objects::prepared(store::objects::stripped(saved), live);
        QCOMPARE(wanted[u"metadata"][u"resourceVersion"].toString(), u"9"_s);
        QCOMPARE(wanted[u"spec"][u"replicas"].toInt(), 0);
        const auto same = store::objects::equal(wanted, live);
        QVERIFY(same && *same);
        // Another image, or a trigger that the live one has not, is a difference.
        for (const auto& [from, to] : {std::pair{"amp:2.7", "amp:2.8"}, {"ImageStreamTag", "DockerImage"}, {"ConfigChange", "Other"}}) {
            const QJsonObject other = json(QJsonDocument(saved).toJson().replace(from, to).constData());
            const auto equal = store::objects::equal(store::objects::prepared(store::objects::stripped(other), live), live);
            QVERIFY2(equal && !*equal, to);
        }
        // No triggers at all is a choice: manual rollouts.
        QJsonObject manual = saved;
        spec[u"triggers"] = QJsonArray{};
        manual[u"spec"] = spec;
        QVERIFY(store::objects::prepared(store::objects::stripped(manual), live)[u"spec"].toObject().contains(u"triggers"_s));
    }

    /// What an automatic trigger has set it sets again at once: the bundle's image would be one more rollout. Every other image is a choice.
    void imagesOfTriggers_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("image");
        QTest::newRow("the tag has moved") << QByteArray("amp:2.7") << QByteArray("amp:2.7") << u"x@sha256:2"_s;
        QTest::newRow("another tag") << QByteArray("amp:2.7") << QByteArray("amp:2.6") << u"x@sha256:1"_s;
        QTest::newRow("another namespace's tag") << QByteArray(R"("namespace":"threescale"}})") << QByteArray(R"("namespace":"openshift"}})") << u"x@sha256:1"_s;
        QTest::newRow("rolled out by hand") << QByteArray(R"("automatic":true)") << QByteArray(R"("automatic":false)") << u"x@sha256:1"_s;
    }
    void imagesOfTriggers()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, image);
        const QByteArray text = R"({"kind":"DeploymentConfig","metadata":{"name":"a","namespace":"threescale"},"spec":{"replicas":1,
            "template":{"spec":{"initContainers":[{"name":"init","image":"x@sha256:1"}],"containers":[{"name":"app","image":"x@sha256:1"},{"name":"side","image":"y@sha256:1"}]}},
            "triggers":[{"type":"ConfigChange"},{"type":"ImageChange","imageChangeParams":{"automatic":true,"containerNames":["init","app"],"lastTriggeredImage":"x@sha256:1",
            "from":{"kind":"ImageStreamTag","name":"amp:2.7","namespace":"threescale"}}}]}})";
        const QJsonObject live = json(QByteArray(text).replace("sha256:1", "sha256:2").constData()), saved = json(QByteArray(text).replace(from, to).constData());
        const QJsonObject wanted = store::objects::prepared(store::objects::stripped(saved), live);
        const QJsonValue pod = wanted[u"spec"][u"template"][u"spec"];
        QCOMPARE(pod[u"initContainers"][0][u"image"].toString(), image);
        QCOMPARE(pod[u"containers"][0][u"image"].toString(), image);
        QCOMPARE(pod[u"containers"][1][u"image"].toString(), u"y@sha256:1"_s);
        // Without it a tag that cannot be looked up keeps every rollout off.
        QCOMPARE(wanted[u"spec"][u"triggers"][1][u"imageChangeParams"][u"lastTriggeredImage"].toString(), image == u"x@sha256:2" ? image : QString());
    }

    void belongs_data()
    {
        QTest::addColumn<catalog::ObjectKind>("kind");
        QTest::addColumn<QJsonObject>("object");
        QTest::addColumn<bool>("expected");
        catalog::ObjectKind kind;
        kind.kind = u"Secret"_s;
        kind.ignoreNames = {u"*-token-?????"_s, u"builder-*"_s};
        kind.ignoreTypes = {u"kubernetes.io/service-account-token"_s};
        kind.ignoreOwnerKinds = {u"ServiceAccount"_s};
        kind.ignoreLabels = {u"owner=helm"_s};
        catalog::ObjectName known, globbed, skipped;
        known.name = u"system-seed"_s;
        globbed.name = u"apicast-*"_s;
        globbed.pattern = true;
        skipped.name = u"system-cache"_s;
        skipped.skip = true;
        kind.names = {known, globbed, skipped};
        catalog::ObjectKind open = kind;
        open.saveOthers = true;
        const auto named = [](const QString& name) { return QJsonObject{{u"metadata"_s, QJsonObject{{u"name"_s, name}}}}; };
        QTest::newRow("known") << kind << named(u"system-seed"_s) << true;
        QTest::newRow("by pattern") << kind << named(u"apicast-configuration"_s) << true;
        QTest::newRow("pattern in the middle only") << kind << named(u"my-apicast-x"_s) << false;
        QTest::newRow("to be skipped") << open << named(u"system-cache"_s) << false;
        QTest::newRow("unknown, closed kind") << kind << named(u"other"_s) << false;
        QTest::newRow("unknown, open kind") << open << named(u"other"_s) << true;
        QTest::newRow("ignored name") << open << named(u"default-token-x7z2q"_s) << false;
        QTest::newRow("not quite that name") << open << named(u"default-token-x7z2q9"_s) << true;
        QTest::newRow("ignored type") << open << json(R"({"type":"kubernetes.io/service-account-token","metadata":{"name":"system-seed"}})") << false;
        QTest::newRow("ignored owner") << open << json(R"({"metadata":{"name":"x","ownerReferences":[{"kind":"APIManager"},{"kind":"ServiceAccount"}]}})") << false;
        QTest::newRow("another owner") << open << json(R"({"metadata":{"name":"x","ownerReferences":[{"kind":"APIManager"}]}})") << true;
        QTest::newRow("ignored label") << open << json(R"({"metadata":{"name":"x","labels":{"owner":"helm"}}})") << false;
        QTest::newRow("that label, another value") << open << json(R"({"metadata":{"name":"x","labels":{"owner":"me"}}})") << true;
        QTest::newRow("no name") << open << QJsonObject() << false;
    }
    void belongs()
    {
        QFETCH(catalog::ObjectKind, kind);
        QFETCH(QJsonObject, object);
        QFETCH(bool, expected);
        QCOMPARE(store::objects::belongs(kind, object), expected);
    }

    /// Of the real catalogue: the ConfigMap that the documentation forgets is saved, our own lock never.
    void builtIn()
    {
        const catalog::Catalog catalog = catalogue();
        for (const catalog::ObjectKind& kind : catalog.kinds) {
            if (kind.kind != u"ConfigMap")
                continue;
            QVERIFY(store::objects::belongs(kind, json(R"({"kind":"ConfigMap","metadata":{"name":"smtp"}})")));
            QVERIFY(store::objects::belongs(kind, json(R"({"kind":"ConfigMap","metadata":{"name":"redis-config"}})")));
            QVERIFY(!store::objects::belongs(kind, json(R"({"kind":"ConfigMap","metadata":{"name":"of-any-operator","annotations":{"control-plane.alpha.kubernetes.io/leader":"{}"}}})")));
            QVERIFY(!store::objects::belongs(kind, json(R"({"kind":"ConfigMap","metadata":{"name":"scalekeep-lock","labels":{"app.kubernetes.io/managed-by":"scalekeep"}}})")));
        }
    }

    /// The APIManager owns the claims: an undo that removed it, or one of them, would destroy all data. With a Tenant the operator would remove the tenant.
    void undoLeavesWhatHoldsData()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"bundle.tar"_s);
        const QByteArray objects = QJsonDocument(json(R"({"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp"},"data":{}},
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"mysql-storage"},"spec":{}},
            {"apiVersion":"apps.3scale.net/v1alpha1","kind":"APIManager","metadata":{"name":"apimanager"},"spec":{"wildcardDomain":"example.com"}},
            {"apiVersion":"capabilities.3scale.net/v1alpha1","kind":"Tenant","metadata":{"name":"globex","finalizers":["tenant.capabilities.3scale.net/finalizer"]},"spec":{}}]})")).toJson();
        VERIFY_RESULT(bundle::writeBundle(file, {{u"apimanager/objects.json"_s, objects}}));
        const auto reader = bundle::Reader::open(file);
        VERIFY_RESULT(reader);
        const catalog::Catalog catalog = catalogue();
        run::Handlers handlers;
        store::objects::registerHandlers(handlers);
        const auto handler = handlers.value(u"objects.restore"_s);
        const EmptyNamespace cluster;
        LoneStep lone(catalog, u"restore"_s, u"apimanager"_s);
        lone.context.reader = reader->get();
        run::StepRun step = lone.on(cluster.client());
        const auto restored = handler->run(step);
        VERIFY_RESULT(restored);
        QCOMPARE((*restored)[u"created"].toArray().size(), 4);
        run::StepRun back = lone.on(cluster.client());
        VERIFY_RESULT(handler->undo(back));
        QVERIFY2(cluster.deleted().contains(u" ConfigMap smtp "_s), qPrintable(cluster.deleted()));
        QCOMPARE(cluster.deleted().count(u'\n'), 1);
        for (const QString& key : {u"APIManager/apimanager"_s, u"PersistentVolumeClaim/mysql-storage"_s})
            QVERIFY2(lone.said.contains(key + u" stays: removing it would destroy data."_s), qPrintable(lone.said.join(u'\n')));
        QVERIFY2(lone.said.contains(u"Tenant/globex stays: with it the operator would remove from 3scale what it stands for."_s), qPrintable(lone.said.join(u'\n')));

        // Of a whole API group: left to another step, or nothing but it.
        const QJsonArray group{u"*.capabilities.3scale.net"_s}, tenant{u"Tenant/globex"_s};
        for (const QString& parameter : {u"skip"_s, u"only"_s}) {
            LoneStep part(catalog, u"restore"_s, u"apimanager"_s);
            part.context.reader = reader->get();
            part.step.parameters[parameter] = group;
            run::StepRun some = part.on(cluster.client());
            const auto made = handler->run(some);
            VERIFY_RESULT(made);
            const QJsonArray created = (*made)[u"created"].toArray();
            QCOMPARE(created.contains(tenant[0]), parameter == u"only");
            QCOMPARE(created.size(), parameter == u"only" ? 1 : 3);
        }
        // Or one object alone.
        LoneStep others(catalog, u"restore"_s, u"apimanager"_s);
        others.context.reader = reader->get();
        others.step.parameters[u"skip"] = QJsonArray{u"ConfigMap/smtp"_s};
        run::StepRun rest = others.on(cluster.client());
        const auto made = handler->run(rest);
        VERIFY_RESULT(made);
        QCOMPARE((*made)[u"created"].toArray().size(), 3);
        QVERIFY(!(*made)[u"created"].toArray().contains(u"ConfigMap/smtp"_s));
    }

    /// The deployer of a new DeploymentConfig runs its hooks whatever its replicas, here on a database that is yet to be loaded. Who lets rollouts go looks into the lock.
    void createdPaused_data()
    {
        QTest::addColumn<bool>("paused");
        QTest::newRow("a system database is loaded") << true;
        QTest::newRow("none is") << false;
    }
    void createdPaused()
    {
        QFETCH(bool, paused);
        QTemporaryDir folder;
        const QString file = folder.filePath(u"bundle.tar"_s);
        const QByteArray objects = QJsonDocument(json(R"({"items":[{"apiVersion":"apps.openshift.io/v1","kind":"DeploymentConfig","metadata":{"name":"system-app"},"spec":{"replicas":2}}]})")).toJson();
        VERIFY_RESULT(bundle::writeBundle(file, {{u"workloads/objects.json"_s, objects}}));
        const auto reader = bundle::Reader::open(file);
        VERIFY_RESULT(reader);
        const EmptyNamespace cluster(R"sh(
*' get configmap '*) cat "$(dirname "$0")/lock" ;;
*' create '*|*' replace '*) body=$(cat)
    case "$body" in *'"kind":"DeploymentConfig"'*) kept=written ;; *) kept=lock ;; esac
    printf '%s\n' "$body" | tee "$(dirname "$0")/$kept" ;;
)sh");
        const auto lock = run::Lock::acquire(cluster.client(), {.nonce = u"abcd"_s, .runId = u"run-1"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}});
        VERIFY_RESULT(lock);
        const catalog::Catalog catalog = catalogue();
        run::Handlers handlers;
        store::objects::registerHandlers(handlers);
        LoneStep lone(catalog, u"restore"_s, u"workloads"_s);
        lone.context.reader = reader->get();
        lone.context.lock = lock->get();
        lone.step.parameters[u"stopped"] = QJsonArray{u"system-app"_s};
        lone.step.parameters[u"paused"] = paused ? QJsonArray{u"system-app"_s} : QJsonArray();
        run::StepRun step = lone.on(cluster.client());
        const auto made = handlers.value(u"objects.restore"_s)->run(step);
        VERIFY_RESULT(made);
        const QJsonObject created = json(cluster.written().toUtf8().constData());
        QCOMPARE(created[u"spec"][u"replicas"].toInt(-1), 0);
        QCOMPARE(created[u"spec"][u"paused"].toBool(), paused);
        QCOMPARE((*lock)->originals(), (paused ? QJsonObject{{u"paused:system-app"_s, false}} : QJsonObject()));
        // In the journal as well, should the lock be removed by hand; and it is still what an undo removes.
        QCOMPARE(lone.noted.size(), 1);
        QCOMPARE(lone.noted.constFirst()[u"original"].toString(), paused ? u"paused:system-app"_s : QString());
        QCOMPARE(lone.noted.constFirst()[u"value"].isBool(), paused);
        run::StepRun back = lone.on(cluster.client());
        VERIFY_RESULT(handlers.value(u"objects.restore"_s)->undo(back));
        QVERIFY2(cluster.deleted().contains(u"system-app"_s), qPrintable(cluster.deleted()));
    }

    /// OpenShift lets only those set blockOwnerDeletion who may update the owner's finalizers; the role `edit` may not.
    void ownersWithoutBlocking()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"bundle.tar"_s);
        const QByteArray objects = QJsonDocument(json(R"({"items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp","ownerReferences":[
            {"apiVersion":"apps.3scale.net/v1alpha1","kind":"APIManager","name":"apimanager","uid":"old","controller":true,"blockOwnerDeletion":true}]},"data":{}}]})")).toJson();
        VERIFY_RESULT(bundle::writeBundle(file, {{u"configmaps/objects.json"_s, objects}}));
        const auto reader = bundle::Reader::open(file);
        VERIFY_RESULT(reader);
        const catalog::Catalog catalog = catalogue();
        run::Handlers handlers;
        store::objects::registerHandlers(handlers);
        for (const auto& [action, isThere] : {std::pair{u"objects.restore"_s, false}, {u"objects.adopt"_s, true}}) {
            const EmptyNamespace cluster(ownersEnforced + (isThere ? aConfigMap : QByteArray()));
            LoneStep lone(catalog, u"restore"_s, u"configmaps"_s);
            lone.context.reader = reader->get();
            run::StepRun step = lone.on(cluster.client());
            const auto made = handlers.value(action)->run(step);
            VERIFY_RESULT(made);
            QVERIFY2(cluster.written().contains(u"new"_s) && cluster.written().contains(u"controller"_s), qPrintable(action + cluster.written()));
        }
    }

    /// What `edit` may not even look at is a warning, in the step, its probe and its undo.
    void rolesMayBeRefused()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"bundle.tar"_s);
        const QByteArray objects = QJsonDocument(json(R"({"items":[{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"zync-que-role"},"rules":[]},
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"zync-que-rolebinding"}},
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp"}}]})")).toJson();
        VERIFY_RESULT(bundle::writeBundle(file, {{u"workloads/objects.json"_s, objects}}));
        const auto reader = bundle::Reader::open(file);
        VERIFY_RESULT(reader);
        const catalog::Catalog catalog = catalogue();
        run::Handlers handlers;
        store::objects::registerHandlers(handlers);
        const auto handler = handlers.value(u"objects.restore"_s);
        LoneStep lone(catalog, u"restore"_s, u"workloads"_s);
        lone.context.reader = reader->get();
        const EmptyNamespace cluster(rolesForbidden), afterwards(rolesForbidden + aConfigMap);
        run::StepRun step = lone.on(cluster.client());
        const auto made = handler->run(step);
        VERIFY_RESULT(made);
        QCOMPARE((*made)[u"created"].toArray(), QJsonArray{u"ConfigMap/smtp"_s});
        QCOMPARE((*made)[u"refused"].toArray(), (QJsonArray{u"Role/zync-que-role"_s, u"RoleBinding/zync-que-rolebinding"_s}));
        QVERIFY2(lone.said.filter(u"Warning: Role/zync-que-role"_s).size() == 1, qPrintable(lone.said.join(u'\n')));
        run::StepRun looked = lone.on(afterwards.client());
        const auto probe = handler->probe(looked);
        VERIFY_RESULT(probe);
        QCOMPARE(*probe, run::Handler::Probe::Happened);
        // One that was refused when it was to be created may have been noted before.
        lone.noted.append(QJsonObject{{u"creating"_s, u"Role/x"_s}, {u"resource"_s, u"Role.rbac.authorization.k8s.io"_s}, {u"name"_s, u"x"_s}});
        run::StepRun back = lone.on(cluster.client());
        VERIFY_RESULT(handler->undo(back));
        QVERIFY2(cluster.deleted().contains(u" ConfigMap smtp "_s), qPrintable(cluster.deleted()));
    }

    /// Zync makes its Routes under generated names: one whose host is exposed again is not made beside it, nor missed by the proof.
    void routesOfZyncByHost()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(u"bundle.tar"_s);
        const QByteArray objects = QJsonDocument(json(R"({"items":[
            {"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"zync-3scale-provider-saved","labels":{"3scale.net/created-by":"zync"}},"spec":{"host":"admin.example.com"}},
            {"apiVersion":"route.openshift.io/v1","kind":"Route","metadata":{"name":"zync-3scale-master-saved","labels":{"3scale.net/created-by":"zync"}},"spec":{"host":"master.example.com"}}]})")).toJson();
        VERIFY_RESULT(bundle::writeBundle(file, {{u"routes/objects.json"_s, objects}}));
        const auto reader = bundle::Reader::open(file);
        VERIFY_RESULT(reader);
        const catalog::Catalog catalog = catalogue();
        run::Handlers handlers;
        store::objects::registerHandlers(handlers);
        const EmptyNamespace cluster(aRouteOfZync);
        LoneStep lone(catalog, u"restore"_s, u"routes"_s);
        lone.context.reader = reader->get();
        run::StepRun step = lone.on(cluster.client());
        const auto made = handlers.value(u"objects.restore"_s)->run(step);
        VERIFY_RESULT(made);
        QCOMPARE((*made)[u"created"].toArray(), QJsonArray{u"Route/zync-3scale-master-saved"_s}); // nobody exposes its host
        QCOMPARE((*made)[u"unchanged"].toArray(), QJsonArray{u"Route/zync-3scale-provider-saved"_s});
        const auto proven = handlers.value(u"objects.prove"_s)->run(step);
        QVERIFY(!proven); // of a namespace that takes nothing: the other one is missing
        QVERIFY2(proven.error().message.contains(u"zync-3scale-master-saved"_s) && !proven.error().detail.contains(u"provider"_s), qPrintable(proven.error().detail));
        // A Route of somebody else is itself, whatever its host.
        const QJsonObject own = json(R"({"kind":"Route","metadata":{"name":"mine"},"spec":{"host":"admin.example.com"}})");
        QVERIFY(!store::objects::madeByZync(own));
    }

    void completeness()
    {
        const catalog::Catalog catalog = catalogue();
        const cluster::Inventory all = everything(catalog);
        const QStringList present = store::presentComponents(catalog, all);
        QVERIFY(present.contains(u"system-mysql"_s) && present.contains(u"system-storage"_s) && present.contains(u"zync-database"_s));
        const QJsonObject whole = store::completeness(catalog, all, present);
        QCOMPARE(missing(whole), QStringList());
        QCOMPARE(whole[u"score"].toInt(), 100);

        for (const QString& id : present) {
            QStringList less = present;
            less.removeAll(id);
            const QJsonObject found = store::completeness(catalog, all, less);
            const bool oneOfOthers = catalog.component(id)->presence == u"optional";
            QVERIFY2(missing(found).contains(id) || oneOfOthers, qPrintable(id));
            QVERIFY2(found[u"score"].toInt() < 100, qPrintable(id));
        }
        const QJsonObject nothing = store::completeness(catalog, all, {});
        QVERIFY(nothing[u"score"].toInt() < 50);
        // The source of truth weighs more than what can be rebuilt.
        QStringList noTruth = present, noRebuilt = present;
        noTruth.removeAll(u"system-mysql"_s);
        noRebuilt.removeAll(u"routes"_s);
        QVERIFY(store::completeness(catalog, all, noTruth)[u"score"].toInt() < store::completeness(catalog, all, noRebuilt)[u"score"].toInt());

        // A store outside of the cluster is missing, and said so.
        cluster::Inventory without = all;
        without.workloads.removeIf([](const cluster::Workload& workload) { return workload.name == u"backend-redis"; });
        QVERIFY(missing(store::completeness(catalog, without, store::presentComponents(catalog, without))).contains(u"backend-redis"_s));
        // So is a Secret that 3scale needs, whatever was chosen.
        without = all;
        without.secrets.removeIf([](const cluster::NamedObject& object) { return object.name == u"system-seed"; });
        const QJsonObject noSeed = store::completeness(catalog, without, present);
        QCOMPARE(missing(noSeed), QStringList{u"Secret/system-seed"_s});
        QCOMPARE(noSeed[u"score"].toInt(), 99);
    }
};

QTEST_GUILESS_MAIN(TestObjects)
#include "tst_objects.moc"
