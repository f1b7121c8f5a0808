#include "engine/catalog/catalog.h"
#include "engine/catalog/rules.h"

#include <QJsonDocument>
#include <QTemporaryFile>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::catalog;

namespace {

QJsonObject object(const char* json)
{
    return QJsonDocument::fromJson(json).object();
}

QJsonObject workload(const QString& kind, const QString& name, const QString& image = u"registry.example/amp:latest"_s)
{
    return {{u"apiVersion"_s, kind == u"Deployment" ? u"apps/v1"_s : u"apps.openshift.io/v1"_s},
            {u"kind"_s, kind},
            {u"metadata"_s, QJsonObject{{u"name"_s, name}}},
            {u"spec"_s, QJsonObject{{u"template"_s, QJsonObject{{u"spec"_s, QJsonObject{{u"containers"_s, QJsonArray{QJsonObject{{u"name"_s, name}, {u"image"_s, image}}}}}}}}}}};
}

/// As `oc new-app` makes it of the template.
QJsonObject ofTemplate(const QString& key = u"annotations"_s, const QString& name = u"openshift.io/generated-by"_s, const QString& value = u"OpenShiftNewApp"_s)
{
    QJsonObject made = workload(u"DeploymentConfig"_s, u"system-app"_s);
    made[u"metadata"] = QJsonObject{{u"name"_s, u"system-app"_s}, {key, QJsonObject{{name, value}}}};
    return made;
}

QJsonObject environment(const QString& release)
{
    return {{u"apiVersion"_s, u"v1"_s},
            {u"kind"_s, u"ConfigMap"_s},
            {u"metadata"_s, QJsonObject{{u"name"_s, u"system-environment"_s}}},
            {u"data"_s, QJsonObject{{u"AMP_RELEASE"_s, release}, {u"THREESCALE_SUPERDOMAIN"_s, u"apps.example.com"_s}}}};
}

const QJsonObject apiManager = object(R"({"apiVersion":"apps.3scale.net/v1alpha1","kind":"APIManager","metadata":{"name":"apimanager"}})");
const QJsonObject imageStream = object(R"({"apiVersion":"image.openshift.io/v1","kind":"ImageStream","metadata":{"name":"amp-system"},
    "spec":{"tags":[{"name":"latest","from":{"kind":"ImageStreamTag","name":"2.7"}},{"name":"2.7","from":{"kind":"DockerImage","name":"registry.example/3scale-amp2/system-rhel7:3scale2.7"}}]}})");
const QJsonObject smtp = object(R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"smtp"},"data":{}})");
const QJsonObject databaseSecret = object(R"({"apiVersion":"v1","kind":"Secret","metadata":{"name":"system-database"},"data":{"URL":""}})");
const QJsonObject operatorThere = object(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"3scale-operator"}})");
const QJsonObject laterOperatorThere = object(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"threescale-operator-controller-manager-v2"}})");
const QJsonObject stranger = object(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"shop"}})");

QJsonObject annotated(const QString& version)
{
    QJsonObject manager = apiManager;
    manager[u"metadata"] = QJsonObject{{u"name"_s, u"apimanager"_s}, {u"annotations"_s, QJsonObject{{u"apps.3scale.net/apimanager-threescale-version"_s, version}}}};
    return manager;
}

} // namespace

Q_DECLARE_METATYPE(QJsonArray)

class TestDetection : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void detects_data()
    {
        QTest::addColumn<QJsonArray>("objects");
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("flavour");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("certain");
        QTest::addColumn<QString>("reason");
        const QString dc = u"DeploymentConfig"_s, deployment = u"Deployment"_s;
        QTest::newRow("2.7 template") << QJsonArray{ofTemplate(), environment(u"2.7"_s), imageStream, smtp} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << true << u"AMP_RELEASE"_s;
        QTest::newRow("2.7 operator") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.7"_s), apiManager, imageStream} << u"2.7"_s << u"operator"_s << dc << u"2.7"_s << true << u"there is an APIManager (apimanager)"_s;
        QTest::newRow("2.7 by its image stream") << QJsonArray{ofTemplate(), imageStream} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << true << u"has the tag 2.7"_s;
        QTest::newRow("2.11 operator") << QJsonArray{workload(dc, u"system-app"_s), annotated(u"2.11"_s)} << u"2.11"_s << u"operator"_s << dc << u"2.8-2.11"_s << true << u"version annotation 2.11"_s;
        QTest::newRow("2.12 operator") << QJsonArray{workload(dc, u"system-app"_s), apiManager, environment(u"2.12"_s)} << u"2.12"_s << u"operator"_s << dc << u"2.12"_s << true << u"AMP_RELEASE"_s;
        QTest::newRow("2.14 operator") << QJsonArray{workload(dc, u"system-app"_s), annotated(u"2.14.1"_s), environment(u"2.14"_s)} << u"2.14.1"_s << u"operator"_s << dc << u"2.13-2.14"_s << true << u"2.14.1"_s;
        QTest::newRow("2.15 operator") << QJsonArray{workload(deployment, u"system-app"_s), annotated(u"2.15.2"_s)} << u"2.15.2"_s << u"operator"_s << deployment << u"2.15"_s << true << u"system-app is a Deployment"_s;
        QTest::newRow("2.15 by its image") << QJsonArray{workload(deployment, u"system-app"_s, u"registry.example/system:3scale2.15.0"_s), apiManager} << u"2.15.0"_s << u"operator"_s << deployment << u"2.15"_s << true << u"image of the Deployment"_s;
        QTest::newRow("2.16 operator") << QJsonArray{workload(deployment, u"system-app"_s), apiManager, environment(u"2.16"_s)} << u"2.16"_s << u"operator"_s << deployment << u"2.16"_s << true << u"AMP_RELEASE"_s;
        QTest::newRow("later than all") << QJsonArray{workload(deployment, u"system-app"_s), apiManager, environment(u"2.17"_s)} << u"2.17"_s << u"operator"_s << deployment << u"2.16"_s << true << u"2.17"_s;
        QTest::newRow("operator, workloads not there yet") << QJsonArray{annotated(u"2.15"_s), environment(u"2.15"_s)} << u"2.15"_s << u"operator"_s << deployment << u"2.15"_s << false << u"no workload tells its kind"_s;
        QTest::newRow("version unknown") << QJsonArray{workload(dc, u"system-app"_s)} << u"2.12"_s << u"template"_s << dc << u"2.12"_s << false << u"nothing tells the version"_s;
        QTest::newRow("migration, both kinds") << QJsonArray{workload(dc, u"system-app"_s), workload(deployment, u"system-app"_s), annotated(u"2.15"_s)} << u"2.15"_s << u"operator"_s << deployment << u"2.15"_s << false << u"a migration may be under way"_s;
        QTest::newRow("operator new, workloads old") << QJsonArray{workload(dc, u"system-app"_s), annotated(u"2.15"_s)} << u"2.15"_s << u"operator"_s << dc << u"2.13-2.14"_s << false << u"no catalogue fits version 2.15"_s;
        QTest::newRow("signs disagree") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.12"_s), annotated(u"2.11"_s)} << u"2.11"_s << u"operator"_s << dc << u"2.8-2.11"_s << false << u"signs of the version disagree"_s;
        QTest::newRow("2.7 from the web console") << QJsonArray{ofTemplate(u"annotations"_s, u"openshift.io/generated-by"_s, u"OpenShiftWebConsole"_s), environment(u"2.7"_s)} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << true << u"in the web console"_s;
        QTest::newRow("2.7 of a TemplateInstance") << QJsonArray{ofTemplate(u"labels"_s, u"template.openshift.io/template-instance-owner"_s, u"8c7f"_s), environment(u"2.7"_s)} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << true << u"TemplateInstance"_s;
        QTest::newRow("2.7 template, beside an operator") << QJsonArray{ofTemplate(), environment(u"2.7"_s), operatorThere} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << true << u"Installed by template: "_s;
        QTest::newRow("APIManager and owners lost") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.7"_s)} << u"2.7"_s << u"template"_s << dc << u"2.7"_s << false << u"Perhaps installed by template: "_s;
        QTest::newRow("APIManager and owners lost, operator there") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.7"_s), operatorThere} << u"2.7"_s << u"operator"_s << dc << u"2.7"_s << false << u"Perhaps installed by operator: the operator 3scale-operator"_s;
        QTest::newRow("APIManager and owners lost, later operator there") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.12"_s), laterOperatorThere} << u"2.12"_s << u"operator"_s << dc << u"2.12"_s << false << u"Perhaps installed by operator: the operator threescale-operator-controller-manager-v2"_s;
        QTest::newRow("APIManager lost") << QJsonArray{workload(deployment, u"system-app"_s), environment(u"2.15"_s)} << u"2.15"_s << u"operator"_s << deployment << u"2.15"_s << true << u"APIManager is missing"_s;
    }

    void detects()
    {
        QFETCH(QJsonArray, objects);
        QFETCH(QString, version);
        QFETCH(QString, flavour);
        QFETCH(QString, kind);
        QFETCH(QString, id);
        QFETCH(bool, certain);
        QFETCH(QString, reason);
        objects.append(stranger);
        const auto detection = detect(cluster::inventoryFromObjects(objects, u"threescale"_s));
        QVERIFY2(detection, qPrintable(detection ? QString() : detection.error().message));
        QCOMPARE(detection->version, version);
        QCOMPARE(detection->flavour, flavour);
        QCOMPARE(detection->workloadKind, kind);
        QCOMPARE(detection->catalog.id, id);
        const QString reasons = detection->reasons.join(u'\n');
        QVERIFY2(detection->certain == certain, qPrintable(reasons));
        QVERIFY2(reasons.contains(reason), qPrintable(reasons));
        QVERIFY(!reasons.contains(u"{name}") && !reasons.contains(u"{value}"));
        QVERIFY2(!reasons.contains(u"there is an APIManager"_s) || !reasons.contains(u"no APIManager"_s), qPrintable(reasons));
    }

    /// What no sign tells is filled in, and said to be.
    void tellsWhatIsGuessed_data()
    {
        QTest::addColumn<QJsonArray>("objects");
        QTest::addColumn<QStringList>("guessed");
        const QString dc = u"DeploymentConfig"_s, deployment = u"Deployment"_s, version = u"version"_s, flavour = u"flavour"_s, kind = u"kind"_s;
        QTest::newRow("nothing") << QJsonArray{ofTemplate(), environment(u"2.7"_s)} << QStringList{};
        QTest::newRow("APIManager and owners lost") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.7"_s)} << QStringList{flavour};
        QTest::newRow("APIManager and owners lost, operator there") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.7"_s), operatorThere} << QStringList{flavour};
        QTest::newRow("APIManager and owners lost, of a version with one flavour") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.14"_s)} << QStringList{};
        QTest::newRow("signs disagree") << QJsonArray{workload(dc, u"system-app"_s), environment(u"2.12"_s), annotated(u"2.11"_s)} << QStringList{};
        QTest::newRow("only system-app is left") << QJsonArray{workload(dc, u"system-app"_s)} << QStringList{version, flavour};
        QTest::newRow("system-app is gone") << QJsonArray{environment(u"2.7"_s), workload(dc, u"backend-listener"_s), imageStream} << QStringList{flavour};
        QTest::newRow("only system-environment is left") << QJsonArray{environment(u"2.7"_s)} << QStringList{flavour};
        QTest::newRow("the version has one flavour and one kind") << QJsonArray{environment(u"2.15"_s)} << QStringList{};
        QTest::newRow("one flavour, of a guessed version") << QJsonArray{databaseSecret, workload(dc, u"backend-listener"_s)} << QStringList{version, flavour};
        QTest::newRow("both kinds, no version") << QJsonArray{apiManager, workload(dc, u"system-app"_s), workload(deployment, u"system-app"_s)} << QStringList{version, kind};
    }

    void tellsWhatIsGuessed()
    {
        QFETCH(QJsonArray, objects);
        QFETCH(QStringList, guessed);
        const auto detection = detect(cluster::inventoryFromObjects(objects, u"threescale"_s));
        QVERIFY2(detection, qPrintable(detection ? QString() : detection.error().message));
        QCOMPARE(!detection->versionKnown, guessed.contains(u"version"_s));
        QCOMPARE(!detection->flavourKnown, guessed.contains(u"flavour"_s));
        QCOMPARE(!detection->workloadKindKnown, guessed.contains(u"kind"_s));
        QVERIFY(guessed.isEmpty() || !detection->certain);
        const QString reasons = detection->reasons.join(u'\n');
        QCOMPARE(reasons.contains(u"tells what installed it"_s), guessed.contains(u"flavour"_s));
        // Beside a sign that is not sure it is not true that nothing tells it.
        QCOMPARE(reasons.contains(u"no sure sign tells what installed it"_s), reasons.contains(u"Perhaps installed by"_s));
    }

    void saysWhatIsMissing()
    {
        const auto none = detect(cluster::inventoryFromObjects({stranger}, u"shop"_s));
        QCOMPARE(none.error().code, ErrorCode::NotFound);
        QVERIFY(none.error().message.contains(u"shop holds no 3scale"));
        QVERIFY(none.error().hint.contains(u"APIManager"));
        const auto traces = detect(cluster::inventoryFromObjects({databaseSecret}, u"threescale"_s));
        QCOMPARE(traces.error().code, ErrorCode::NotFound);
        QVERIFY(traces.error().message.contains(u"traces of 3scale"));
        QVERIFY(traces.error().detail.contains(u"Secret system-database"));
    }

    void looksAtTheRightObjectsOnly()
    {
        // A Deployment of another API group, a DeploymentConfig called alike, and hostile shapes.
        const QJsonArray objects{object(R"({"apiVersion":"evil.example/v1","kind":"Deployment","metadata":{"name":"system-app"}})"), workload(u"DeploymentConfig"_s, u"system-app2"_s),
                                 object(R"({"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":["system-app"]},"spec":7})"), QJsonValue(3), QJsonValue()};
        QCOMPARE(detect(cluster::inventoryFromObjects(objects, u"n"_s)).error().code, ErrorCode::NotFound);
    }

    void refusesBadRules_data()
    {
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QString>("reason");
        QTest::newRow("unknown resource") << QByteArray("{id: a, resource: pods, name: x, result: \"yes\", reason: r}") << u"cannot look at “pods”"_s;
        QTest::newRow("bad path") << QByteArray("{id: a, resource: secrets, name: x, value: \"a..[b\", pattern: \"(x)\", reason: r}") << u"is not a path"_s;
        QTest::newRow("bad pattern") << QByteArray("{id: a, resource: secrets, name: x, value: a.b, pattern: \"(x\", reason: r}") << u"is not a regular expression"_s;
        QTest::newRow("no group") << QByteArray("{id: a, resource: secrets, name: x, value: a.b, pattern: \"x\", reason: r}") << u"needs a group"_s;
        QTest::newRow("no result") << QByteArray("{id: a, resource: secrets, name: x, reason: r}") << u"needs a “result”"_s;
        QTest::newRow("unknown key") << QByteArray("{id: a, resource: secrets, name: x, result: \"yes\", reason: r, wat: 1}") << u"unknown key “wat”"_s;
    }

    void refusesBadRules()
    {
        QFETCH(QByteArray, rule);
        QFETCH(QString, reason);
        QTemporaryFile file;
        QVERIFY(file.open());
        file.write("format: 1\npresent:\n  - " + rule + "\nversion: []\nflavour: []\nworkload_kind: []\n");
        file.close();
        const auto rules = readRules(file.fileName());
        QVERIFY(!rules);
        QVERIFY2(rules.error().message.contains(reason) && rules.error().message.contains(u":3: "), qPrintable(rules.error().message));
    }
};

QTEST_GUILESS_MAIN(TestDetection)
#include "tst_detection.moc"
