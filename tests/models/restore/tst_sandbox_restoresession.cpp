#include "models/restore/restoresession.h"
#include "tests/cluster/sandbox.h"

#include <QFileInfo>
#include <QTest>

using namespace scalekeep;
using namespace scalekeep::models;
using namespace Qt::Literals::StringLiterals;
using Step = RestoreSession::Step;

/// A restore of a bundle that the command-line program made, prepared on a live installation; nothing is changed there.
class TestSandboxRestoreSession : public QObject {
    Q_OBJECT

    Sandbox m_sandbox;
    QTemporaryDir m_folder;
    QString m_bundle;

    static QByteArray cli(const QStringList& arguments)
    {
        QProcess program;
        program.setProcessChannelMode(QProcess::MergedChannels);
        program.start(QStringLiteral(SCALEKEEP_CLI), arguments);
        const bool ended = program.waitForFinished(400'000) && program.exitCode() == 0;
        return ended ? QByteArray() : program.readAll() + "\n(failed)";
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QByteArray said = m_sandbox.up(u"north/threescale"_s);
        QVERIFY2(said.isEmpty(), said.constData());
        Redactor redactor;
        cluster::Logins logins(m_sandbox.state(), redactor);
        const auto north = logins.loginWithToken(u"north"_s, m_sandbox.server(u"north"_s), m_sandbox.token(u"north"_s, u"edit"_s), m_sandbox.trust(u"north"_s), true);
        QVERIFY2(north, north ? "" : qPrintable(north.error().message));
        m_bundle = m_folder.filePath(u"north.scalekeep.tar"_s);
        const QByteArray problem = cli({u"backup"_s, u"north/threescale"_s, u"--output"_s, m_bundle});
        QVERIFY2(problem.isEmpty(), problem.constData());
    }

    void prepared()
    {
        Redactor redactor;
        cluster::Logins logins(m_sandbox.state(), redactor);
        QThreadPool workers;
        const Workplace workplace{.home = m_sandbox.state(), .redactor = redactor, .logins = logins, .workers = workers};
        ClusterHub clusters(workplace);
        RunHub runs(workplace);
        RestoreSession session(clusters, runs);
        clusters.start();
        QTRY_VERIFY_WITH_TIMEOUT(clusters.cluster(u"north"_s) && clusters.cluster(u"north"_s)->state == ConnectionState::Connected, 60000);

        session.begin(m_bundle, {});
        QTRY_VERIFY_WITH_TIMEOUT(session.target().has_value() && session.kinship() == Kinship::Own, 60000);
        QCOMPARE(session.target()->name, u"threescale"_s);
        session.goTo(Step::Check);
        QCOMPARE(session.step(), Step::Check);
        QVERIFY(session.checking());
        QTRY_VERIFY_WITH_TIMEOUT(!session.checking(), 180000);
        QVERIFY2(!session.checkError(), session.checkError() ? qPrintable(session.checkError()->message) : "");
        QVERIFY2(session.checksPassed(), qPrintable(session.checks()->asText()));
        QVERIFY(session.checks()->rowCount() >= 9);

        // Nothing has changed since the backup: every object is equal.
        int equal = 0;
        for (const Change& change : session.changes()->changes()) {
            equal += change.glyph == u"equal" ? 1 : 0;
            QVERIFY2(change.now && (change.now == change.afterwards), qPrintable(change.object)); // counted, and as the bundle has it
        }
        QVERIFY2(!session.changes()->asText().contains(u"unreadable"_s), qPrintable(session.changes()->asText()));
        QVERIFY2(equal >= 3, qPrintable(session.changes()->asText()));
        QVERIFY(session.changes()->asText().contains(u"system-mysql, rows"_s));

        session.setTypedName(u"threescale"_s);
        QVERIFY(session.canStart());
        session.check();
        QTRY_VERIFY_WITH_TIMEOUT(!session.checking(), 180000);
        QVERIFY(!session.changedSince());
        QCOMPARE(session.typedName(), u"threescale"_s);

        // The ConfigMaps disappear: what would be done is something else now, and has to be looked at again.
        QVERIFY(m_sandbox.run({u"destroy"_s, u"north/threescale"_s, u"configmaps"_s}));
        session.check();
        QTRY_VERIFY_WITH_TIMEOUT(!session.checking(), 180000);
        QVERIFY(session.checkError() || session.changedSince());
        QCOMPARE(session.typedName(), QString());
        QVERIFY(!session.canStart());
        workers.waitForDone();
    }

    /// What was destroyed comes back, proven.
    void restored()
    {
        Redactor redactor;
        cluster::Logins logins(m_sandbox.state(), redactor);
        QThreadPool workers;
        const Workplace workplace{.home = m_sandbox.state(), .redactor = redactor, .logins = logins, .workers = workers};
        ClusterHub clusters(workplace);
        RunHub runs(workplace);
        RestoreSession session(clusters, runs);
        clusters.start();
        QTRY_VERIFY_WITH_TIMEOUT(clusters.cluster(u"north"_s) && clusters.cluster(u"north"_s)->state == ConnectionState::Connected, 60000);
        session.begin(m_bundle, NamespaceRef{u"north"_s, u"threescale"_s});
        QTRY_VERIFY_WITH_TIMEOUT(session.header().has_value(), 60000);
        session.components()->choose({u"configmaps"_s});
        session.goTo(Step::Check);
        QTRY_VERIFY_WITH_TIMEOUT(!session.checking(), 180000);
        QVERIFY2(session.checksPassed(), qPrintable(session.checkError() ? session.checkError()->message : session.checks()->asText()));
        const QList<Change>& changes = session.changes()->changes();
        const auto configMaps = std::find_if(changes.begin(), changes.end(), [](const Change& each) { return each.object == u"ConfigMaps"; });
        QVERIFY(configMaps != changes.end());
        QVERIFY2(configMaps->change.startsWith(u'+'), qPrintable(configMaps->change));
        QCOMPARE(session.start(), nullptr); // not confirmed
        session.setTypedName(u"threescale"_s);
        QVERIFY(session.start());
        QCOMPARE(session.step(), Step::Run);
        QTRY_COMPARE_WITH_TIMEOUT(session.step(), Step::Result, 300000);
        QVERIFY2(session.result().glyph == u"proven", qPrintable(asText(session.result())));
        QCOMPARE(session.result().proven.size(), 1);
        QCOMPARE(session.result().proven.first().component, u"configmaps"_s);
        QVERIFY(QFileInfo::exists(session.result().safetyBundle));
        workers.waitForDone();
    }

    void cleanupTestCase() { m_sandbox.run({u"down"_s, u"--purge"_s}); }
};

QTEST_GUILESS_MAIN(TestSandboxRestoreSession)
#include "tst_sandbox_restoresession.moc"
