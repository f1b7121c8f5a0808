#include "situations.h"

#include "tests/bundle/bundles.h"

#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::restore;
using State = run::Check::State;

Q_DECLARE_METATYPE(scalekeep::run::Check::State)

/// What a damaged namespace tells of itself, and what is only guessed of it.
class TestVersions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// What the namespace is, against a bundle of a template-based 2.7: a guess never refuses, nor does it pass.
    void versions_data()
    {
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("flavour");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QStringList>("guessed");
        QTest::addColumn<State>("state");
        QTest::addColumn<QString>("evidence");
        const QString dc = u"DeploymentConfig"_s, deployment = u"Deployment"_s, byTemplate = u"template"_s, byOperator = u"operator"_s, version = u"version"_s, flavour = u"flavour"_s, kind = u"kind"_s;
        QTest::newRow("the same") << u"2.7.1"_s << byTemplate << dc << QStringList{} << State::Passed << u"Bundle 2.7, namespace 2.7.1."_s;
        QTest::newRow("another version") << u"2.12"_s << byTemplate << dc << QStringList{} << State::Failed << u"Bundle 2.7, namespace 2.12."_s;
        QTest::newRow("another version, guessed") << u"2.12"_s << byTemplate << dc << QStringList{version} << State::Warning << u"the version (2.7)"_s;
        QTest::newRow("the version, guessed") << u"2.7"_s << byTemplate << dc << QStringList{version} << State::Warning << u"namespace not known"_s;
        QTest::newRow("another flavour") << u"2.7"_s << byOperator << dc << QStringList{} << State::Failed << u"template in the bundle, operator in the namespace"_s;
        QTest::newRow("another flavour, guessed") << u"2.7"_s << byOperator << dc << QStringList{flavour} << State::Warning << u"the way of installation (template)"_s;
        QTest::newRow("another kind") << u"2.7"_s << byTemplate << deployment << QStringList{} << State::Failed << u"DeploymentConfig in the bundle, Deployment in the namespace"_s;
        QTest::newRow("another kind, guessed") << u"2.7"_s << byTemplate << deployment << QStringList{kind} << State::Warning << u"the kind of workloads (DeploymentConfig)"_s;
        QTest::newRow("all other, all guessed") << u"2.16"_s << byOperator << deployment << QStringList{version, flavour, kind} << State::Warning << u"the version (2.7), the way of installation (template), the kind of workloads (DeploymentConfig)"_s;
        QTest::newRow("another flavour, the version guessed") << u"2.12"_s << byOperator << dc << QStringList{version} << State::Failed << u"operator in the namespace"_s;
        QTest::newRow("another version, the flavour guessed") << u"2.12"_s << byOperator << dc << QStringList{flavour} << State::Failed << u"namespace 2.12."_s;
    }
    void versions()
    {
        QFETCH(QString, version);
        QFETCH(QString, flavour);
        QFETCH(QString, kind);
        QFETCH(QStringList, guessed);
        QFETCH(QString, evidence);
        Situation here = situation();
        here.detected.emplace();
        here.detected->version = version;
        here.detected->flavour = flavour;
        here.detected->workloadKind = kind;
        here.detected->versionKnown = !guessed.contains(u"version"_s);
        here.detected->flavourKnown = !guessed.contains(u"flavour"_s);
        here.detected->workloadKindKnown = !guessed.contains(u"kind"_s);
        here.detected->reasons = {u"3scale: there is a Secret system-database."_s};
        const Redactor redactor;
        const oc::Client client({.program = u"/nonexistent"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        Options options;
        options.components = {u"secrets"_s};
        const QList<run::Check> all = restore::preflight(client, here, planOf(here, options.components), options);
        const auto check = std::find_if(all.begin(), all.end(), [](const run::Check& each) { return each.id == u"versions"; });
        QVERIFY(check != all.end());
        QTEST(check->state, "state");
        QVERIFY2(check->evidence.contains(evidence), qPrintable(check->evidence));
        QCOMPARE(check->evidence.contains(u"there is a Secret system-database"_s), check->state == State::Warning);
        QCOMPARE(check->remedy.isEmpty(), check->state == State::Passed);
        // The safety bundle is of what was seen, and leaves open what was not: the bundle's word for it is no sight of the namespace.
        const bundle::Header header = safetyHeader(here, u"somebody"_s);
        QCOMPARE(header.threescaleVersion, here.detected->versionKnown ? version : QString());
        QCOMPARE(header.flavour, here.detected->flavourKnown ? flavour : QString());
        QCOMPARE(header.workloadKind, here.detected->workloadKindKnown ? kind : QString());
        here.detected.reset(); // no 3scale there: nothing was seen
        const bundle::Header blank = safetyHeader(here, u"somebody"_s);
        QVERIFY(blank.threescaleVersion.isEmpty() && blank.flavour.isEmpty() && blank.workloadKind.isEmpty());
    }

    /// What the bundle leaves open was not seen when it was taken: nothing is compared with it, nor is it passed over.
    void bundlesLeaveItOpen_data()
    {
        QTest::addColumn<QStringList>("unsaid");
        QTest::addColumn<QString>("live"); // version and flavour; empty: no 3scale there
        QTest::addColumn<State>("state");
        QTest::addColumn<QString>("evidence");
        const QString version = u"version"_s, flavour = u"flavour"_s, kind = u"kind"_s;
        QTest::newRow("the version, another one there") << QStringList{version} << u"2.12 template"_s << State::Warning << u"Bundle not known, namespace 2.12. Could not be seen when the bundle was taken, so it is not compared: the version (assumed: 2.7)."_s;
        QTest::newRow("the flavour, another one there") << QStringList{flavour} << u"2.7 operator"_s << State::Warning << u"not compared: the way of installation (assumed: template)."_s;
        QTest::newRow("the kind") << QStringList{kind} << u"2.7 template"_s << State::Warning << u"not compared: the kind of workloads (assumed: DeploymentConfig)."_s;
        QTest::newRow("the flavour, another version there") << QStringList{flavour} << u"2.12 template"_s << State::Failed << u"Bundle 2.7, namespace 2.12."_s;
        QTest::newRow("all, into nothing") << QStringList{version, flavour, kind} << QString() << State::Warning << u"a version that is not known. Could not be seen when the bundle was taken"_s;
        QTest::newRow("nothing, into nothing") << QStringList{} << QString() << State::Passed << u"the bundle is of 2.7."_s;
    }
    void bundlesLeaveItOpen()
    {
        QFETCH(QStringList, unsaid);
        QFETCH(QString, live);
        QFETCH(QString, evidence);
        Situation here = situation();
        if (unsaid.contains(u"version"_s))
            here.header.threescaleVersion.clear();
        if (unsaid.contains(u"flavour"_s))
            here.header.flavour.clear();
        if (unsaid.contains(u"kind"_s))
            here.header.workloadKind.clear();
        if (!live.isEmpty()) {
            here.detected.emplace();
            here.detected->version = live.section(u' ', 0, 0);
            here.detected->flavour = live.section(u' ', 1);
            here.detected->workloadKind = u"DeploymentConfig"_s;
        }
        const Redactor redactor;
        const oc::Client client({.program = u"/nonexistent"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, redactor);
        Options options;
        options.components = {u"secrets"_s};
        const QList<run::Check> all = restore::preflight(client, here, planOf(here, options.components), options);
        const auto check = std::find_if(all.begin(), all.end(), [](const run::Check& each) { return each.id == u"versions"; });
        QVERIFY(check != all.end());
        QTEST(check->state, "state");
        QVERIFY2(check->evidence.contains(evidence), qPrintable(check->evidence));
        QCOMPARE(check->remedy.isEmpty(), check->state == State::Passed);
    }

    /// Whether there is an operator to keep out of it is not asked of a header that does not say it.
    void theOperatorIsStoppedAllTheSame()
    {
        Situation here = situation(u"2.15"_s, u"Deployment"_s, u"operator"_s);
        const plan::Plan said = planOf(here);
        here.header.flavour.clear();
        QVERIFY(planOf(here).stages == said.stages);
        QVERIFY(said.step(u"stop-operator"_s));
    }

    /// What the bundle has, and the catalogue that was chosen does not know, is not dropped without a word.
    void unknownToTheCatalogue()
    {
        Situation here = situation();
        QVERIFY(!restore::makePlan(here, {})->warnings.join(u' ').contains(u"Not restored"_s));
        bundle::Component lost = here.manifest.components[0];
        lost.id = u"apimanager"_s;
        here.manifest.components.append(lost);
        const auto made = restore::makePlan(here, {});
        QVERIFY(made);
        QVERIFY2(made->warnings.contains(u"Not restored: apimanager, because the installation is taken for a template's, of 3scale %1."_s.arg(here.catalog.version)), qPrintable(made->warnings.join(u'\n')));
        Options options;
        options.components = {u"apimanager"_s};
        const auto named = restore::makePlan(here, options);
        QVERIFY(!named);
        QCOMPARE(named.error().code, ErrorCode::Usage);
        QVERIFY2(named.error().message.contains(u"because the installation is taken for a template's"_s), qPrintable(named.error().message));
    }

    /// For what the header leaves open stands what the namespace shows, or else what is assumed.
    void openHeadersAreFilled_data()
    {
        QTest::addColumn<bool>("managed");
        QTest::addColumn<QString>("release");
        QTest::addColumn<QString>("expected");
        QTest::newRow("the namespace shows the flavour") << true << QString() << u"2.7 operator"_s;
        QTest::newRow("the namespace shows nothing") << false << QString() << u"2.7 template"_s;
        QTest::newRow("the namespace shows a version of its own") << false << u"2.12"_s << u"2.7 template"_s;
    }
    void openHeadersAreFilled()
    {
        QFETCH(bool, managed);
        QFETCH(QString, release);
        QFETCH(QString, expected);
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"b.scalekeep.tar"_s);
        bundle::Header header = bundle::testHeader();
        header.flavour.clear();
        VERIFY_RESULT(bundle::writeBundle(path, {{u"system-mysql/dump.sql"_s, QByteArray("rows")}}, header));
        const auto reader = bundle::Reader::open(path);
        VERIFY_RESULT(reader);
        QJsonArray objects;
        objects.append(QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"apiVersion"_s, u"apps.openshift.io/v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-app"_s}}}});
        if (managed)
            objects.append(QJsonObject{{u"kind"_s, u"APIManager"_s}, {u"apiVersion"_s, u"apps.3scale.net/v1alpha1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"apimanager"_s}}}});
        if (!release.isEmpty())
            objects.append(QJsonObject{{u"kind"_s, u"ConfigMap"_s}, {u"apiVersion"_s, u"v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-environment"_s}}}, {u"data"_s, QJsonObject{{u"AMP_RELEASE"_s, release}}}});
        oc::Connection connection;
        connection.namespaceName = u"threescale"_s;
        const auto made = restore::situation(u"north"_s, **reader, cluster::inventoryFromObjects(objects, u"threescale"_s), connection, folder.path());
        VERIFY_RESULT(made);
        QCOMPARE(u"%1 %2"_s.arg(made->catalog.version, made->catalog.flavour), expected);
        QCOMPARE(made->flavour(), made->catalog.flavour);
        QVERIFY(made->header.flavour.isEmpty()); // it stays what the bundle says
    }

    /// A bundle without objects is read as what its header says, not as what a namespace with hardly anything left is guessed to be.
    void guessesGiveWayToTheHeader()
    {
        const QTemporaryDir folder;
        const QString path = folder.filePath(u"b.scalekeep.tar"_s);
        VERIFY_RESULT(bundle::writeBundle(path, {{u"system-mysql/dump.sql"_s, QByteArray("rows")}}));
        const auto reader = bundle::Reader::open(path);
        VERIFY_RESULT(reader);
        const QJsonObject systemApp{{u"kind"_s, u"DeploymentConfig"_s}, {u"apiVersion"_s, u"apps.openshift.io/v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-app"_s}}}};
        const QJsonObject environment{{u"kind"_s, u"ConfigMap"_s}, {u"apiVersion"_s, u"v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-environment"_s}}},
                                      {u"data"_s, QJsonObject{{u"AMP_RELEASE"_s, u"2.7"_s}, {u"THREESCALE_SUPERDOMAIN"_s, u"north.example"_s}}}};
        oc::Connection connection;
        connection.namespaceName = u"threescale"_s;
        for (const QJsonObject& left : {systemApp, environment}) {
            const auto made = restore::situation(u"north"_s, **reader, cluster::inventoryFromObjects(QJsonArray{left}, u"threescale"_s), connection, folder.path());
            VERIFY_RESULT(made);
            QVERIFY(made->detected && (made->detected->version != u"2.7" || made->detected->flavour != u"template"));
            QCOMPARE(made->catalog.version, u"2.7"_s);
            QCOMPARE(made->catalog.flavour, u"template"_s);
        }
    }
};

QTEST_GUILESS_MAIN(TestVersions)
#include "tst_versions.moc"
