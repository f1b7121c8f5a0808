#include "sandbox.h"

#include "engine/cluster/kubeconfig.h"

#include <QDirIterator>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

/// Every way to log in, against the real HTTPS end points of the sandbox, each proven by the client that uses it afterwards.
class TestSandboxLogin : public QObject {
    Q_OBJECT

    Sandbox m_sandbox;
    Redactor m_redactor;
    std::unique_ptr<Logins> m_logins;

    [[nodiscard]] QUrl north() const { return m_sandbox.server(u"north"_s); }
    [[nodiscard]] Secret password() const { return Secret(m_sandbox.file(u"password-north-edit"_s)); }

    // Who `oc` is with the kubeconfig of this login.
    [[nodiscard]] Result<QString> whoami(const QString& name) const
    {
        const auto connection = m_logins->connection(name, u"threescale"_s);
        return connection ? oc::Client(*connection, m_redactor).whoami() : Result<QString>(fail(connection.error()));
    }
    Result<Cluster> byToken(const QString& role = u"edit"_s) { return m_logins->loginWithToken(u"north"_s, north(), m_sandbox.token(u"north"_s, role), m_sandbox.trust(u"north"_s), false); }
    Result<Cluster> byPassword(const Secret& secret) { return m_logins->loginWithPassword(u"north"_s, north(), u"admin3s"_s, secret, m_sandbox.trust(u"north"_s), false); }
    template <class T>
    static QByteArray text(const Result<T>& result)
    {
        return result ? QByteArray("no error") : (result.error().message + u" | "_s + result.error().detail).toUtf8();
    }

private Q_SLOTS:
    void initTestCase()
    {
        const QByteArray said = m_sandbox.up(u"north/threescale"_s);
        QVERIFY2(said.isEmpty(), said.constData());
        m_logins = std::make_unique<Logins>(m_sandbox.state(), m_redactor);
    }
    void cleanupTestCase() { m_sandbox.run({u"down"_s, u"--purge"_s}); }

    void token()
    {
        const auto cluster = byToken();
        QVERIFY2(cluster, text(cluster).constData());
        QCOMPARE(cluster->user, u"admin3s"_s);
        QCOMPARE(whoami(u"north"_s).value_or(u"?"_s), u"admin3s"_s);
    }

    void passwordWithSpacesAndColons()
    {
        QVERIFY(password().reveal().contains(' ') && password().reveal().contains(':'));
        const auto cluster = byPassword(password());
        QVERIFY2(cluster, text(cluster).constData());
        QCOMPARE(cluster->user, u"admin3s"_s);
        QVERIFY(QDateTime::currentDateTimeUtc().secsTo(cluster->tokenExpires) > 3600);
        QCOMPARE(whoami(u"north"_s).value_or(u"?"_s), u"admin3s"_s);
    }

    void wrongPassword()
    {
        QVERIFY(byToken());
        const auto cluster = byPassword(Secret(password().reveal().left(6)));
        QCOMPARE(cluster.error().code, ErrorCode::NotLoggedIn);
        QVERIFY2(cluster.error().message.contains(u"does not accept this user and password"), text(cluster).constData());
        // The login that was there is as it was.
        QCOMPARE(whoami(u"north"_s).value_or(u"?"_s), u"admin3s"_s);
    }

    void unknownAuthority()
    {
        const auto cluster = m_logins->loginWithPassword(u"other"_s, north(), u"admin3s"_s, password(), {}, false);
        QCOMPARE(cluster.error().code, ErrorCode::UntrustedCertificate);
        QVERIFY(cluster.error().hint.contains(Logins::peekCertificate(north())->fingerprint));
        const auto wrong = m_logins->loginWithPassword(u"other"_s, north(), u"admin3s"_s, password(), m_sandbox.trust(u"south"_s), false);
        QCOMPARE(wrong.error().code, ErrorCode::UntrustedCertificate);
    }

    void fingerprint()
    {
        const auto cluster = m_logins->loginWithPassword(u"pinned"_s, north(), u"admin3s"_s, password(), {{}, Logins::peekCertificate(north())->fingerprint}, false);
        QVERIFY2(cluster, text(cluster).constData());
        const auto who = whoami(u"pinned"_s);
        QVERIFY2(who, text(who).constData());
        QCOMPARE(*who, u"admin3s"_s);
    }

    void expiredToken()
    {
        QVERIFY(byToken());
        QVERIFY(m_sandbox.run({u"expire-token"_s}));
        QCOMPARE(whoami(u"north"_s).error().code, ErrorCode::NotLoggedIn);
        const auto again = byToken();
        QCOMPARE(again.error().code, ErrorCode::NotLoggedIn);
        QVERIFY2(again.error().message.contains(u"has expired"), text(again).constData());
        QVERIFY(m_sandbox.run({u"renew-token"_s}));
        QVERIFY(byToken());
        QCOMPARE(whoami(u"north"_s).value_or(u"?"_s), u"admin3s"_s);
    }

    void restrictedUsers()
    {
        for (const auto& [role, user] : {std::pair(u"nobody"_s, u"nobody3s"_s), std::pair(u"secluded"_s, u"secluded3s"_s), std::pair(u"view"_s, u"viewer3s"_s)}) {
            const auto cluster = byToken(role);
            QVERIFY2(cluster, text(cluster).constData());
            QCOMPARE(cluster->user, user);
        }
    }

    void logoutRevokes()
    {
        QVERIFY(byPassword(password()));
        const auto kubeconfig = readKubeconfig(m_logins->connection(u"north"_s)->kubeconfig);
        const auto out = m_logins->logout(u"north"_s);
        QVERIFY2(out, text(out).constData());
        const auto dead = m_logins->loginWithToken(u"north"_s, north(), kubeconfig->credential.token, m_sandbox.trust(u"north"_s), false);
        QCOMPARE(dead.error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(whoami(u"north"_s).error().code, ErrorCode::NotLoggedIn);
    }

    void importedKubeconfig()
    {
        const QString file = m_sandbox.path(u"kubeconfig-north"_s);
        const QByteArray before = m_sandbox.file(u"kubeconfig-north"_s);
        const auto cluster = m_logins->importKubeconfig(u"imported"_s, file, {}, true);
        QVERIFY2(cluster, text(cluster).constData());
        QCOMPARE(cluster->namespaces, QStringList{u"threescale"_s});
        QCOMPARE(whoami(u"imported"_s).value_or(u"?"_s), u"admin3s"_s);
        QVERIFY(m_logins->logout(u"imported"_s));
        QCOMPARE(m_sandbox.file(u"kubeconfig-north"_s), before);
        QVERIFY(byToken());
    }

    // No password anywhere, no token where nobody asked for it: files, the client's argv, and what is left after the logouts.
    void leavesNoSecrets()
    {
        QVERIFY(byPassword(password()));
        QVERIFY(whoami(u"north"_s));
        const QByteArray live = readKubeconfig(m_logins->connection(u"north"_s)->kubeconfig)->credential.token.reveal();
        QStringList holders;
        QDirIterator files(m_sandbox.state(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            const QByteArray content = file.readAll();
            QVERIFY2(!content.contains(password().reveal()) && !content.contains(password().reveal().toBase64()), qPrintable(file.fileName()));
            if (content.contains(live))
                holders.append(file.fileName());
        }
        QCOMPARE(holders, QStringList{m_logins->connection(u"north"_s)->kubeconfig});
        const QByteArray log = m_sandbox.file(u"oc-log.jsonl"_s);
        QVERIFY(log.contains("whoami"));
        QVERIFY(!m_redactor.contains(log));
    }
};

QTEST_GUILESS_MAIN(TestSandboxLogin)
#include "tst_sandbox_login.moc"
