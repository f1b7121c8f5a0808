#include "engine/cluster/keychain.h"
#include "engine/cluster/kubeconfig.h"
#include "engine/cluster/login.h"

#include "httpsserver.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSslCertificate>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

namespace {

const QByteArray goodToken = "sha256~Zq3_good-token-value";
const Secret password("pa ss:w\xc3\xb6rd%+&='\"");

QByteArray me() { return HttpsServer::json(R"({"kind":"User","metadata":{"name":"dev user"}})"); }

/// What a cluster answers, where a test does not say otherwise.
struct Cloud {
    QByteArray discovery, authorize, token, user; ///< empty: as a healthy cluster
    bool pkce = true;
    quint16 port = 0;
    QByteArray challenge;

    [[nodiscard]] QByteArray base() const { return "https://127.0.0.1:" + QByteArray::number(port); }

    QByteArray operator()(const HttpsServer::Request& request)
    {
        const QUrl url = QUrl::fromEncoded(base() + request.path);
        if (url.path() == u"/.well-known/oauth-authorization-server") {
            const QByteArray methods = pkce ? R"(["plain","S256"])" : "[]";
            return !discovery.isEmpty() ? discovery
                                        : HttpsServer::json("{\"issuer\":\"" + base() + "\",\"authorization_endpoint\":\"" + base() + "/oauth/authorize\",\"token_endpoint\":\"" + base() +
                                                            "/oauth/token\",\"code_challenge_methods_supported\":" + methods + "}");
        }
        if (url.path() == u"/oauth/authorize")
            return !authorize.isEmpty() ? authorize : challenged(request, QUrlQuery(url));
        if (url.path() == u"/oauth/token")
            return !token.isEmpty() ? token : exchanged(request);
        if (url.path() == u"/apis/user.openshift.io/v1/users/~" && !user.isEmpty())
            return user;
        if (url.path() == u"/apis/user.openshift.io/v1/users/~")
            return request.headers.value("authorization") == "Bearer " + goodToken ? me() : HttpsServer::json("{}", "401 Unauthorized");
        if (request.method == "DELETE")
            return HttpsServer::json("{}");
        return HttpsServer::json("{}", "404 Not Found");
    }

    QByteArray challenged(const HttpsServer::Request& request, const QUrlQuery& query)
    {
        const bool right = request.headers.value("authorization") == "Basic " + ("dev:" + password.reveal()).toBase64();
        if (request.headers.value("x-csrf-token").isEmpty() || query.queryItemValue(u"client_id"_s) != u"openshift-challenging-client")
            return HttpsServer::raw("302 Found", "Location: " + base() + "/login\r\n");
        if (!right)
            return HttpsServer::raw("401 Unauthorized", "WWW-Authenticate: Basic realm=\"openshift\"\r\n");
        challenge = query.queryItemValue(u"code_challenge"_s).toLatin1();
        if (query.queryItemValue(u"response_type"_s) == u"token")
            return HttpsServer::raw("302 Found", "Location: " + base() + "/oauth/token/implicit#access_token=" + QByteArray(goodToken).replace("~", "%7E") + "&expires_in=3600&token_type=Bearer\r\n");
        return HttpsServer::raw("302 Found", "Location: " + base() + "/oauth/token/implicit?code=sha256~c%2Bode\r\n");
    }

    QByteArray exchanged(const HttpsServer::Request& request) const
    {
        const QUrlQuery form(QString::fromLatin1(request.body));
        const auto value = [&form](const QString& key) { return form.queryItemValue(key, QUrl::FullyDecoded).toUtf8(); };
        const QByteArray hash = QCryptographicHash::hash(value(u"code_verifier"_s), QCryptographicHash::Sha256).toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
        const bool right = value(u"code"_s) == "sha256~c+ode" && value(u"grant_type"_s) == "authorization_code" && !challenge.isEmpty() && hash == challenge &&
            value(u"redirect_uri"_s) == base() + "/oauth/token/implicit" && request.headers.value("authorization") == "Basic " + QByteArray("openshift-challenging-client:").toBase64();
        return right ? HttpsServer::json("{\"access_token\":\"" + goodToken + "\",\"expires_in\":86400,\"token_type\":\"Bearer\"}") : HttpsServer::json("{\"error\":\"invalid_grant\"}", "400 Bad Request");
    }
};

QString shown(const Error& error)
{
    return error.message + u'\n' + error.detail + u'\n' + error.hint;
}

} // namespace

class TestLogin : public QObject {
    Q_OBJECT

    QTemporaryDir m_top;
    QString m_home;
    TestCertificate m_authority, m_leaf;
    QString m_caFile;
    Cloud m_cloud;
    std::unique_ptr<HttpsServer> m_server;
    std::unique_ptr<Redactor> m_redactor;
    std::unique_ptr<Logins> m_logins;

    [[nodiscard]] QUrl url() const { return QUrl(u"https://127.0.0.1:%1"_s.arg(m_server->port())); }
    [[nodiscard]] Trust trust() const { return {m_caFile, {}}; }
    Result<Cluster> byPassword(const Secret& secret = password) { return m_logins->loginWithPassword(u"north"_s, url(), u"dev"_s, secret, trust(), false); }
    Result<Cluster> byToken() { return m_logins->loginWithToken(u"north"_s, url(), Secret(goodToken), trust(), false); }

    // Every file of this test whose content holds one of the secrets.
    QStringList filesWith(const QByteArray& secret) const
    {
        QStringList found;
        QDirIterator files(QFileInfo(m_home).path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            if (file.open(QIODevice::ReadOnly) && file.readAll().contains(secret))
                found.append(file.fileName());
        }
        return found;
    }

private Q_SLOTS:
    void initTestCase()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        m_authority = makeCertificate({u"Test CA"_s, {}, true});
        m_leaf = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}}, &m_authority);
    }

    void init()
    {
        static int round = 0;
        const QString folder = m_top.filePath(QString::number(++round));
        m_home = folder + u"/home"_s;
        const QString runtime = folder + u"/run"_s;
        QVERIFY(QDir().mkpath(runtime) && QDir().mkpath(m_home));
        qputenv("XDG_RUNTIME_DIR", runtime.toUtf8());
        qputenv("SCALEKEEP_HOME", m_home.toUtf8());
        m_caFile = folder + u"/ca.pem"_s;
        QFile file(m_caFile);
        QVERIFY(file.open(QIODevice::WriteOnly));
        // A careless administrator's file: the key must not be copied along.
        file.write(m_authority.key + m_authority.pem);
        file.close();
        m_cloud = Cloud{};
        m_server = std::make_unique<HttpsServer>(m_leaf, [this](const auto& request) { return m_cloud(request); });
        m_cloud.port = m_server->port();
        m_redactor = std::make_unique<Redactor>();
        m_logins = std::make_unique<Logins>(m_home, *m_redactor);
    }

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

QTEST_GUILESS_MAIN(TestLogin)
#include "tst_login.moc"
