#include "engine/cluster/keychain.h"
#include "engine/cluster/kubeconfig.h"

#include "oncloud.h"

#include <QElapsedTimer>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;
using namespace scalekeep::test;

/// What is kept of logins, where, how long, and what a logout ends.
class TestRememberedLogins : public OnCloud {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeCertificates(); }
    void init() { beginAnew(); }

    void remembersWithoutSecrets()
    {
        const auto cluster = byToken();
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QCOMPARE(m_logins->clusters()->size(), 1);
        QCOMPARE(*m_logins->cluster(u"north"_s), *cluster);
        const auto connection = m_logins->connection(u"north"_s, u"threescale"_s);
        QVERIFY(connection);
        QCOMPARE(connection->namespaceName, u"threescale"_s);
        // The token lies in one file, outside of the state directory, that nobody else can read.
        QCOMPARE(filesWith(goodToken), QStringList{connection->kubeconfig});
        QVERIFY(connection->kubeconfig.startsWith(qEnvironmentVariable("XDG_RUNTIME_DIR")));
        for (const QString& file : {connection->kubeconfig, m_home + u"/clusters.json"_s, cluster->caFile})
            QCOMPARE(QFile::permissions(file) & (QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther), QFile::Permissions());
        QCOMPARE(QFile::permissions(QFileInfo(connection->kubeconfig).path()) & (QFile::ExeGroup | QFile::ExeOther | QFile::ReadOther), QFile::Permissions());
        const auto kubeconfig = readKubeconfig(connection->kubeconfig);
        QVERIFY(kubeconfig);
        QCOMPARE(kubeconfig->credential.token.reveal(), goodToken);
        QCOMPARE(kubeconfig->ca, m_authority.pem);
        QCOMPARE(filesWith(m_authority.key), QStringList{m_caFile});
        // Another program's Logins learns the token for redaction when it connects.
        Redactor other;
        QVERIFY(Logins(m_home, other).connection(u"north"_s));
        QVERIFY(other.contains(goodToken));
    }

    void storesOnRequest()
    {
        QVERIFY(m_logins->loginWithToken(u"north"_s, url(), Secret(goodToken), trust(), true));
        const auto connection = m_logins->connection(u"north"_s);
        QVERIFY(connection->kubeconfig.startsWith(m_home));
        QCOMPARE(filesWith(goodToken), QStringList{connection->kubeconfig});
        m_logins->endSession();
        QVERIFY(m_logins->connection(u"north"_s));
        // A later login without it takes the stored token away.
        QVERIFY(byToken());
        QVERIFY(!QFile::exists(connection->kubeconfig));
        QCOMPARE(filesWith(goodToken).size(), 1);
    }

    void endsTheSession()
    {
        QVERIFY(byToken());
        m_logins->endSession();
        QVERIFY(filesWith(goodToken).isEmpty());
        const auto connection = m_logins->connection(u"north"_s);
        QCOMPARE(connection.error().code, ErrorCode::NotLoggedIn);
        QVERIFY(connection.error().message.contains(u"kept for the session only"));
        QCOMPARE(m_logins->connection(u"south"_s).error().code, ErrorCode::NotFound);
    }

    void logsOut()
    {
        QVERIFY(byPassword());
        QVERIFY(m_logins->logout(u"north"_s));
        const auto last = m_server->requests().last();
        QCOMPARE(last.method, QByteArray("DELETE"));
        QCOMPARE(last.path, "/apis/oauth.openshift.io/v1/oauthaccesstokens/sha256~" +
                     QCryptographicHash::hash("Zq3_good-token-value", QCryptographicHash::Sha256).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals));
        QCOMPARE(last.headers["authorization"], "Bearer " + goodToken);
        QVERIFY(filesWith(goodToken).isEmpty());
        QCOMPARE(m_logins->connection(u"north"_s).error().code, ErrorCode::NotLoggedIn);
        QCOMPARE(m_logins->cluster(u"north"_s)->tokenStore, QString());
        QVERIFY(m_logins->logout(u"north"_s));
        QCOMPARE(m_logins->logout(u"nowhere"_s).error().code, ErrorCode::NotFound);
    }

    void logsOutWithoutTheServer()
    {
        QVERIFY(byPassword());
        m_server->stop();
        const auto out = m_logins->logout(u"north"_s);
        QVERIFY(!out);
        QVERIFY2(out.error().message.contains(u"was removed from this machine, but its token stays valid until 20"), qPrintable(out.error().message));
        QVERIFY(filesWith(goodToken).isEmpty());
        QCOMPARE(m_logins->connection(u"north"_s).error().code, ErrorCode::NotLoggedIn);
    }

    void keepsWhatTheUserSet()
    {
        QVERIFY(byToken());
        QVERIFY(m_logins->addNamespace(u"north"_s, u"threescale"_s));
        QVERIFY(m_logins->addNamespace(u"north"_s, u"threescale"_s));
        Cluster changed = *m_logins->cluster(u"north"_s);
        changed.colour = u"#aa0000"_s;
        changed.readOnly = true;
        changed.user = u"somebody else"_s;
        QVERIFY(m_logins->update(changed));
        // The trust is remembered, too: no CA is named here.
        const auto again = m_logins->loginWithPassword(u"north"_s, url(), u"dev"_s, password, {}, false);
        QVERIFY2(again, qPrintable(again ? QString() : shown(again.error())));
        QCOMPARE(again->colour, u"#aa0000"_s);
        QVERIFY(again->readOnly);
        QCOMPARE(again->user, u"dev user"_s);
        QCOMPARE(again->namespaces, QStringList{u"threescale"_s});
        QCOMPARE(m_logins->addNamespace(u"x"_s, u"y"_s).error().code, ErrorCode::NotFound);
    }

    void oneNameOneServer()
    {
        QVERIFY(byToken());
        HttpsServer other(m_leaf, [](const auto&) { return me(); });
        const QUrl elsewhere(u"https://127.0.0.1:%1"_s.arg(other.port()));
        const auto taken = m_logins->loginWithToken(u"north"_s, elsewhere, Secret(goodToken), trust(), false);
        QCOMPARE(taken.error().code, ErrorCode::AlreadyExists);
        QVERIFY(other.requests().isEmpty());
        QVERIFY(m_logins->addNamespace(u"north"_s, u"threescale"_s));
        QVERIFY(m_logins->logout(u"north"_s));
        const auto moved = m_logins->loginWithToken(u"north"_s, elsewhere, Secret(goodToken), trust(), false);
        QVERIFY(moved);
        QVERIFY(moved->namespaces.isEmpty());
        QCOMPARE(m_logins->clusters()->size(), 1);
    }

    void damagedList_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("no JSON") << QByteArray("{\"version\":1,\"clusters\":[");
        QTest::newRow("other version") << QByteArray(R"({"version":9,"clusters":[]})");
        QTest::newRow("evil name") << QByteArray("{\"version\":1,\"clusters\":[{\"name\":\"../../x\",\"server\":\"https://h\"}]}");
        QTest::newRow("evil server") << QByteArray("{\"version\":1,\"clusters\":[{\"name\":\"x\",\"server\":\"http://h\"}]}");
        QTest::newRow("huge") << QByteArray(5'000'000, ' ');
    }

    void damagedList()
    {
        QFETCH(QByteArray, content);
        QFile file(m_home + u"/clusters.json"_s);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
        file.close();
        QCOMPARE(m_logins->clusters().error().code, ErrorCode::BadInput);
        QVERIFY(!byToken());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), content);
        QVERIFY(filesWith(goodToken).isEmpty());
    }

    void noKeychainAnswersAtOnce()
    {
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!keychain::available());
        QCOMPARE(keychain::read(u"x"_s).error().code, ErrorCode::Unsupported);
        QCOMPARE(keychain::write(u"x"_s, Secret("y")).error().code, ErrorCode::Unsupported);
        QVERIFY(timer.elapsed() < 1000);
    }
};

QTEST_GUILESS_MAIN(TestRememberedLogins)
#include "tst_rememberedlogins.moc"
