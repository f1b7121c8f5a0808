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
        // The safety bundle is of what was seen; else it would be refused where it came from.
        const bundle::Header header = safetyHeader(here, u"somebody"_s);
        QCOMPARE(header.threescaleVersion, here.detected->versionKnown ? version : u"2.7"_s);
        QCOMPARE(header.flavour, here.detected->flavourKnown ? flavour : u"template"_s);
        QCOMPARE(header.workloadKind, here.detected->workloadKindKnown ? kind : u"DeploymentConfig"_s);
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
