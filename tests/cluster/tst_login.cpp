#include "engine/cluster/kubeconfig.h"

#include "oncloud.h"

#include <QSslCertificate>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;
using namespace scalekeep::test;

/// Logging in by password, token and kubeconfig, and whom it trusts.
class TestLogin : public OnCloud {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { makeCertificates(); }
    void init() { beginAnew(); }

    void passwordWithCode()
    {
        const auto cluster = byPassword();
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QCOMPARE(cluster->user, u"dev user"_s);
        QCOMPARE(cluster->tokenStore, u"runtime"_s);
        const qint64 left = QDateTime::currentDateTimeUtc().secsTo(cluster->tokenExpires);
        QVERIFY(left > 86'300 && left <= 86'400);
        QCOMPARE(m_logins->cluster(u"north"_s)->tokenExpires.toSecsSinceEpoch(), cluster->tokenExpires.toSecsSinceEpoch());
        QVERIFY(m_redactor->contains(goodToken));
        QVERIFY(m_redactor->contains(password.reveal()));
        QVERIFY(filesWith(password.reveal()).isEmpty());
    }

    void passwordWithToken()
    {
        m_cloud.pkce = false;
        const auto cluster = byPassword();
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QVERIFY(QDateTime::currentDateTimeUtc().secsTo(cluster->tokenExpires) <= 3600);
    }

    void passwordProblems_data()
    {
        QTest::addColumn<QByteArray>("discovery");
        QTest::addColumn<QByteArray>("authorize");
        QTest::addColumn<QByteArray>("token");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        QTest::addColumn<bool>("passwordSent");
        const auto row = [](const char* name, const QByteArray& discovery, const QByteArray& authorize, const QByteArray& token, ErrorCode code, const QString& message, bool sent) {
            QTest::newRow(name) << discovery << authorize << token << int(code) << message << sent;
        };
        const QByteArray html = HttpsServer::raw("200 OK", "Content-Type: text/html; charset=utf-8\r\n", "<html>");
        row("no OAuth server", HttpsServer::json("{}", "404 Not Found"), {}, {}, ErrorCode::Unsupported, u"external identity provider"_s, false);
        row("a web site", html, {}, {}, ErrorCode::BadInput, u"is not the API server of an OpenShift cluster"_s, false);
        row("a web site without the page", HttpsServer::raw("404 Not Found", "Content-Type: text/html\r\n", "<html>"), {}, {}, ErrorCode::BadInput, u"is not the API server"_s, false);
        row("a redirect", HttpsServer::raw("302 Found", "Location: https://elsewhere.invalid/\r\n"), {}, {}, ErrorCode::BadInput, u"is not the API server"_s, false);
        row("a list", HttpsServer::json("[1]"), {}, {}, ErrorCode::BadInput, u"is not the API server"_s, false);
        row("empty discovery", HttpsServer::json("{\"a\":1}"), {}, {}, ErrorCode::BadInput, u"names no usable OAuth server"_s, false);
        row("OAuth over http", HttpsServer::json("{\"issuer\":\"https://h\",\"authorization_endpoint\":\"http://h/a\",\"token_endpoint\":\"https://h/t\"}"), {}, {}, ErrorCode::BadInput, u"“http://h/a”"_s, false);
        row("API down", HttpsServer::raw("503 Service Unavailable", ""), {}, {}, ErrorCode::Unreachable, u"out of service at the moment (HTTP status 503)"_s, false);
        row("OAuth down", {}, HttpsServer::raw("503 Service Unavailable", ""), {}, ErrorCode::Unreachable, u"The OAuth server 127.0.0.1"_s, true);
        row("no password provider", {}, HttpsServer::raw("401 Unauthorized", "Link: </oauth/token/request>\r\n"), {}, ErrorCode::Unsupported, u"want a login in the browser"_s, true);
        row("single sign-on", {}, HttpsServer::raw("302 Found", "Location: https://sso.example/auth?x=1\r\n"), {}, ErrorCode::Unsupported, u"on to sso.example"_s, true);
        row("refused", {}, HttpsServer::raw("302 Found", "Location: /oauth/token/implicit?error=access_denied&error_description=no+way\r\n"), {}, ErrorCode::NotLoggedIn, u"refused the login: access_denied"_s, true);
        row("a page", {}, html, {}, ErrorCode::BadInput, u"no login (HTTP status 200)"_s, true);
        row("redirect to nowhere", {}, HttpsServer::raw("302 Found", ""), {}, ErrorCode::BadInput, u"no login (HTTP status 302)"_s, true);
        row("code refused", {}, {}, HttpsServer::json("{\"error\":\"invalid_grant\"}", "400 Bad Request"), ErrorCode::BadInput, u"HTTP status 400"_s, true);
        row("no token in it", {}, {}, HttpsServer::json("{}"), ErrorCode::BadInput, u"gave no token"_s, true);
        row("token page", {}, {}, html, ErrorCode::BadInput, u"text/html"_s, true);
    }

    void passwordProblems()
    {
        QFETCH(int, code);
        QFETCH(QString, message);
        QFETCH(bool, passwordSent);
        m_cloud.discovery = *static_cast<QByteArray*>(QTest::qData("discovery", QMetaType::QByteArray));
        m_cloud.authorize = *static_cast<QByteArray*>(QTest::qData("authorize", QMetaType::QByteArray));
        m_cloud.token = *static_cast<QByteArray*>(QTest::qData("token", QMetaType::QByteArray));
        const auto cluster = byPassword();
        QVERIFY(!cluster);
        QVERIFY2(cluster.error().message.contains(message), qPrintable(shown(cluster.error())));
        QCOMPARE(int(cluster.error().code), code);
        QVERIFY(!cluster.error().hint.isEmpty());
        QVERIFY2(!m_redactor->contains(shown(cluster.error()).toUtf8()), "a secret in the error");
        const auto requests = m_server->requests();
        QCOMPARE(std::any_of(requests.begin(), requests.end(), [](const auto& r) { return r.headers.value("authorization").startsWith("Basic ZGV2O"); }), passwordSent);
        QVERIFY(m_logins->clusters()->isEmpty());
        QVERIFY(QDir(m_home).entryList(QDir::Files).isEmpty());
    }

    void wrongPassword()
    {
        const auto cluster = byPassword(Secret("pa ss"));
        QCOMPARE(cluster.error().code, ErrorCode::NotLoggedIn);
        QVERIFY(cluster.error().message.contains(u"does not accept this user and password"));
        QCOMPARE(m_logins->loginWithPassword(u"north"_s, url(), u"a:b"_s, password, trust(), false).error().code, ErrorCode::Usage);
    }

    void tokenProblems_data()
    {
        QTest::addColumn<QByteArray>("user");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("message");
        QTest::newRow("expired") << HttpsServer::json("{}", "401 Unauthorized") << int(ErrorCode::NotLoggedIn) << u"has expired or was revoked"_s;
        QTest::newRow("no right") << HttpsServer::json("{}", "403 Forbidden") << int(ErrorCode::Forbidden) << u"does not let it ask who it is"_s;
        QTest::newRow("no users API, no reviews") << HttpsServer::json("{}", "404 Not Found") << int(ErrorCode::BadInput) << u"is not the API server"_s;
        QTest::newRow("down") << HttpsServer::raw("500 Oops", "") << int(ErrorCode::Unreachable) << u"out of service"_s;
        QTest::newRow("a web site") << HttpsServer::raw("200 OK", "Content-Type: text/html\r\n", "<html>") << int(ErrorCode::BadInput) << u"text/html"_s;
        QTest::newRow("a redirect") << HttpsServer::raw("302 Found", "Location: https://elsewhere.invalid/\r\n") << int(ErrorCode::BadInput) << u"HTTP status 302"_s;
        QTest::newRow("nobody") << HttpsServer::json("{\"metadata\":{}}") << int(ErrorCode::NotLoggedIn) << u"does not say who"_s;
        QTest::newRow("anonymous") << HttpsServer::json(R"({"metadata":{"name":"system:anonymous"}})") << int(ErrorCode::NotLoggedIn) << u"does not say who"_s;
    }

    void tokenProblems()
    {
        QFETCH(QByteArray, user);
        QFETCH(int, code);
        QFETCH(QString, message);
        m_cloud.user = user;
        const auto cluster = byToken();
        QVERIFY(!cluster);
        QCOMPARE(int(cluster.error().code), code);
        QVERIFY2(cluster.error().message.contains(message), qPrintable(shown(cluster.error())));
        QVERIFY(filesWith(goodToken).isEmpty());
    }

    void oddTokens()
    {
        for (const QByteArray& odd : {QByteArray(), QByteArray("a b"), QByteArray("a\r\nX-Evil: 1"), QByteArray("a\0b", 3), QByteArray("\xc3\xa4")})
            QCOMPARE(m_logins->loginWithToken(u"north"_s, url(), Secret(odd), trust(), false).error().code, ErrorCode::Usage);
        QVERIFY(m_server->requests().isEmpty());
    }

    void badNamesAndAddresses()
    {
        for (const QString& name : {u""_s, u"../x"_s, u"a/b"_s, u"-x"_s, u".x"_s, u"a b"_s, u"x\n"_s, QString(64, u'a')})
            QCOMPARE(m_logins->loginWithToken(name, url(), Secret(goodToken), trust(), false).error().code, ErrorCode::Usage);
        for (const QString& server : {u"http://127.0.0.1"_s, u"127.0.0.1:6443"_s, u"https://"_s, u"https://h/console"_s, u"https://u:p@h"_s, u"ftp://h"_s, u""_s})
            QCOMPARE(m_logins->loginWithToken(u"north"_s, QUrl(server), Secret(goodToken), trust(), false).error().code, ErrorCode::Usage);
        QVERIFY(m_server->requests().isEmpty());
    }

    void unknownAuthority()
    {
        const auto cluster = m_logins->loginWithPassword(u"north"_s, url(), u"dev"_s, password, {}, false);
        QCOMPARE(cluster.error().code, ErrorCode::UntrustedCertificate);
        QVERIFY(m_server->requests().isEmpty());
        const auto shownCertificate = Logins::peekCertificate(url());
        QVERIFY(shownCertificate);
        QVERIFY(cluster.error().detail.contains(shownCertificate->fingerprint));
        QVERIFY(cluster.error().hint.contains(u"--trust "_s + shownCertificate->fingerprint));
    }

    // `oc` gets the pinned certificate as its only authority, never a switched-off check.
    void trustsByFingerprint()
    {
        const QString fingerprint = Logins::peekCertificate(url())->fingerprint;
        const auto cluster = m_logins->loginWithPassword(u"north"_s, url(), u"dev"_s, password, {{}, fingerprint}, false);
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QCOMPARE(cluster->fingerprint, fingerprint);
        const auto kubeconfig = readKubeconfig(m_logins->connection(u"north"_s)->kubeconfig);
        QCOMPARE(kubeconfig->ca, QSslCertificate(m_leaf.pem).toPem());
        QVERIFY(m_logins->logout(u"north"_s));
        QCOMPARE(m_server->requests().last().method, QByteArray("DELETE"));
        const auto wrong = m_logins->loginWithToken(u"north"_s, url(), Secret(goodToken), {{}, QString(64, u'A')}, false);
        QCOMPARE(wrong.error().code, ErrorCode::UntrustedCertificate);
    }

    void fingerprintOfAnotherName()
    {
        HttpsServer other(makeCertificate({u"x"_s, {u"DNS:api.north.example"_s}}), [](const auto&) { return me(); });
        const QUrl elsewhere(u"https://127.0.0.1:%1"_s.arg(other.port()));
        const auto cluster = m_logins->loginWithToken(u"south"_s, elsewhere, Secret(goodToken), {{}, Logins::peekCertificate(elsewhere)->fingerprint}, false);
        QCOMPARE(cluster.error().code, ErrorCode::UntrustedCertificate);
        QVERIFY(cluster.error().message.contains(u"`oc` would refuse it"));
        QVERIFY(cluster.error().hint.contains(u"api.north.example"));
        QVERIFY(filesWith(goodToken).isEmpty());
    }

    void importsAKubeconfig()
    {
        const QString path = m_home + u"/../user-config"_s;
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: '" + url().toEncoded() + "', certificate-authority: ca.pem}}]\n"
                   "users: [{name: u, user: {token: " + goodToken + "}}]\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: threescale}}]\n");
        file.close();
        QVERIFY(m_logins->importKubeconfig(u"north"_s, path, {}, false).error().message.contains(u"no current context"));
        const auto cluster = m_logins->importKubeconfig(u"north"_s, path, u"x"_s, false);
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QVERIFY(cluster->imported);
        QCOMPARE(cluster->namespaces, QStringList{u"threescale"_s});
        const qsizetype before = m_server->requests().size();
        QVERIFY(m_logins->logout(u"north"_s));
        // The user's own session goes on: nothing was revoked, and the file still has it.
        QCOMPARE(m_server->requests().size(), before);
        QCOMPARE(filesWith(goodToken).size(), 1);
    }

    void importsAClientCertificate()
    {
        const TestCertificate user = makeCertificate({u"system:admin"_s, {}}, &m_authority);
        HttpsServer strict(m_leaf, [](const auto&) { return HttpsServer::json(R"({"metadata":{"name":"system:admin"}})"); }, m_authority.pem);
        const QString path = m_home + u"/../admin-config"_s;
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("kind: Config\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:" + QByteArray::number(strict.port()) + "', certificate-authority: ca.pem}}]\n"
                   "users: [{name: u, user: {client-certificate-data: " + user.pem.toBase64() + ", client-key-data: " + user.key.toBase64() + "}}]\n"
                   "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n");
        file.close();
        const auto cluster = m_logins->importKubeconfig(u"admin"_s, path, {}, false);
        QVERIFY2(cluster, qPrintable(cluster ? QString() : shown(cluster.error())));
        QCOMPARE(cluster->user, u"system:admin"_s);
        QCOMPARE(readKubeconfig(m_logins->connection(u"admin"_s)->kubeconfig)->credential.clientKey.reveal(), user.key);
        QVERIFY(m_redactor->contains(user.key.toBase64()));
    }
};

QTEST_GUILESS_MAIN(TestLogin)
#include "tst_login.moc"
