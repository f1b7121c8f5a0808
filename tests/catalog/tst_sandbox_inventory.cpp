#include "tests/cluster/sandbox.h"

#include "engine/catalog/catalog.h"
#include "engine/catalog/namespaces.h"

#include <QElapsedTimer>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::catalog;

/// The three installations of the sandbox as the program sees them: what is there, what it is, who may see it.
class TestSandboxInventory : public QObject {
    Q_OBJECT

    Sandbox m_sandbox;
    Redactor m_redactor;
    std::unique_ptr<cluster::Logins> m_logins;

    Result<oc::Client> client(const QString& clusterName, const QString& role, const QString& namespaceName = {})
    {
        const QString name = clusterName + u'-' + role;
        if (!m_logins->cluster(name)) {
            const auto login = m_logins->loginWithToken(name, m_sandbox.server(clusterName), m_sandbox.token(clusterName, role), m_sandbox.trust(clusterName), false);
            if (!login)
                return fail(login.error());
        }
        const auto connection = m_logins->connection(name, namespaceName);
        if (!connection)
            return fail(connection.error());
        return oc::Client(*connection, m_redactor);
    }
    static QByteArray text(const Error& error) { return (error.message + u" | "_s + error.detail).toUtf8(); }
    static QStringList names(const QList<FoundNamespace>& found)
    {
        QStringList list;
        for (const FoundNamespace& each : found)
            list.append(each.error ? each.name + u'!' : u"%1 %2 %3"_s.arg(each.name, each.version, each.flavour));
        return list;
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QByteArray said = m_sandbox.up(u"north/threescale,north/acme-api,south/threescale"_s);
        QVERIFY2(said.isEmpty(), said.constData());
        m_logins = std::make_unique<cluster::Logins>(m_sandbox.state(), m_redactor);
    }
    void cleanupTestCase() { m_sandbox.run({u"down"_s, u"--purge"_s}); }

    void installations_data()
    {
        QTest::addColumn<QString>("cluster");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("version");
        QTest::addColumn<QString>("flavour");
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("catalogue");
        QTest::newRow("2.7 template") << u"north"_s << u"threescale"_s << u"2.7"_s << u"template"_s << u"DeploymentConfig"_s << u"2.7"_s;
        QTest::newRow("2.7 operator") << u"north"_s << u"acme-api"_s << u"2.7"_s << u"operator"_s << u"DeploymentConfig"_s << u"2.7"_s;
        QTest::newRow("2.15 operator") << u"south"_s << u"threescale"_s << u"2.15"_s << u"operator"_s << u"Deployment"_s << u"2.15"_s;
    }

    void installations()
    {
        QFETCH(QString, cluster);
        QFETCH(QString, name);
        QFETCH(QString, version);
        QFETCH(QString, flavour);
        QFETCH(QString, kind);
        QFETCH(QString, catalogue);
        const auto oc = client(cluster, u"edit"_s, name);
        QVERIFY2(oc, oc ? "" : text(oc.error()).constData());
        QElapsedTimer timer;
        timer.start();
        const auto inventory = cluster::takeInventory(*oc);
        QVERIFY2(inventory, inventory ? "" : text(inventory.error()).constData());
        qInfo("inventory in %lld ms", timer.elapsed());
        QVERIFY2(inventory->problems.isEmpty(), inventory->problems.isEmpty() ? "" : text(inventory->problems.first()).constData());
        QCOMPARE(inventory->apiUrl, m_sandbox.server(cluster).toString());
        QCOMPARE(inventory->projectUid.size(), 36);
        QVERIFY(inventory->projectAnnotations.contains(u"openshift.io/sa.scc.uid-range"_s));
        QVERIFY(!inventory->environment[u"THREESCALE_SUPERDOMAIN"_s].isEmpty());
        QVERIFY(inventory->claims.size() >= 4);
        for (const cluster::Claim& claim : inventory->claims)
            QVERIFY2(claim.phase == u"Bound" && !claim.volume.isEmpty() && !claim.capacity.isEmpty(), qPrintable(claim.name));
        QVERIFY(!inventory->routes.isEmpty());

        const auto detection = detect(*inventory);
        QVERIFY2(detection, detection ? "" : text(detection.error()).constData());
        const QString reasons = detection->reasons.join(u'\n');
        QVERIFY2(detection->version.startsWith(version), qPrintable(reasons));
        QCOMPARE(detection->flavour, flavour);
        QCOMPARE(detection->workloadKind, kind);
        QCOMPARE(detection->catalog.id, catalogue);
        QVERIFY2(detection->certain, qPrintable(reasons));

        // The catalogue's list is complete, and what it says of containers, claims and variables is so.
        int found = 0;
        for (const WorkloadFact& fact : detection->catalog.workloads) {
            const cluster::Workload* workload = inventory->workload(fact.name);
            if (!workload && (fact.optional || fact.name == u"system-postgresql"))
                continue;
            QVERIFY2(workload, qPrintable(fact.name));
            ++found;
            QCOMPARE(workload->kind, kind);
            QCOMPARE(workload->containers, fact.containers);
            QCOMPARE(workload->selector.value(detection->catalog.podLabel), fact.name);
            const auto pod = inventory->readyPod(fact.name);
            QVERIFY2(pod, pod ? "" : text(pod.error()).constData());
        }
        QVERIFY2(found >= 15, qPrintable(QString::number(found)));
        for (const Component& component : detection->catalog.components) {
            if (component.claim.isEmpty() || component.id == u"system-postgresql")
                continue;
            const auto pod = inventory->readyPod(component.workload);
            QVERIFY2(pod && pod->claims.contains(component.claim), qPrintable(component.id));
            QVERIFY(pod->containers.contains(component.container));
        }
    }

    void viewersSeeNoSecrets()
    {
        const auto oc = client(u"north"_s, u"view"_s, u"threescale"_s);
        const auto inventory = cluster::takeInventory(*oc);
        QVERIFY2(inventory, inventory ? "" : text(inventory.error()).constData());
        QVERIFY(inventory->secrets.isEmpty());
        QVERIFY(!inventory->problems.isEmpty());
        QCOMPARE(inventory->problems.last().code, ErrorCode::Forbidden);
        QVERIFY(detect(*inventory));
    }

    void missingNamespace()
    {
        const auto oc = client(u"north"_s, u"edit"_s, u"no-such"_s);
        const auto inventory = cluster::takeInventory(*oc);
        QVERIFY(!inventory);
        QVERIFY2(inventory.error().message.contains(u"no namespace no-such"), text(inventory.error()).constData());
        const auto nobody = client(u"north"_s, u"nobody"_s, u"threescale"_s);
        QCOMPARE(cluster::takeInventory(*nobody).error().code, ErrorCode::Forbidden);
    }

    void namespaces_data()
    {
        QTest::addColumn<QString>("role");
        QTest::addColumn<QStringList>("typed");
        QTest::addColumn<QStringList>("expected");
        const QString template27 = u"threescale 2.7 template"_s, operator27 = u"acme-api 2.7 operator"_s;
        QTest::newRow("edit") << u"edit"_s << QStringList() << QStringList{operator27, template27};
        QTest::newRow("administrator") << u"admin"_s << QStringList() << QStringList{operator27, template27};
        QTest::newRow("may not list") << u"secluded"_s << QStringList{u"threescale"_s} << QStringList{template27};
        QTest::newRow("typed and listed") << u"edit"_s << QStringList{u"threescale"_s, u"no-such"_s} << QStringList{operator27, u"no-such!"_s, template27};
        QTest::newRow("nothing of one's own") << u"nobody"_s << QStringList() << QStringList();
        QTest::newRow("nothing of one's own, typed") << u"nobody"_s << QStringList{u"threescale"_s} << QStringList{u"threescale!"_s};
    }

    void namespaces()
    {
        QFETCH(QString, role);
        QFETCH(QStringList, typed);
        QFETCH(QStringList, expected);
        const auto oc = client(u"north"_s, role);
        QVERIFY2(oc, oc ? "" : text(oc.error()).constData());
        const auto found = findNamespaces(*oc, typed);
        QVERIFY2(found, found ? "" : text(found.error()).constData());
        QCOMPARE(names(*found), expected);
        for (const FoundNamespace& each : *found)
            QCOMPARE(each.reasons.isEmpty(), each.error.has_value());
    }

    void namespacesWithoutTheRightToList()
    {
        const auto oc = client(u"north"_s, u"secluded"_s);
        const auto found = findNamespaces(*oc, {});
        QCOMPARE(found.error().code, ErrorCode::Forbidden);
        QVERIFY(found.error().message.contains(u"may not list the projects"));
    }

    void expiredTokenIsNotMissingRights()
    {
        const auto oc = client(u"south"_s, u"edit"_s, u"threescale"_s);
        QVERIFY(m_sandbox.run({u"expire-token"_s, u"--cluster"_s, u"south"_s}));
        QCOMPARE(cluster::takeInventory(*oc).error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(findNamespaces(*oc, {u"threescale"_s}).error().code, ErrorCode::NotLoggedIn);
    }
};

QTEST_GUILESS_MAIN(TestSandboxInventory)
#include "tst_sandbox_inventory.moc"
