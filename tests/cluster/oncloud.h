#pragma once

#include "engine/cluster/login.h"

#include "httpsserver.h"

#include <QCryptographicHash>
#include <QDir>
#include <QDirIterator>
#include <QTemporaryDir>
#include <QTest>
#include <QUrlQuery>

#include <memory>

namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

inline const QByteArray goodToken = "sha256~Zq3_good-token-value";
inline const Secret password("pa ss:w\xc3\xb6rd%+&='\"");

inline QByteArray me() { return HttpsServer::json(R"({"kind":"User","metadata":{"name":"dev user"}})"); }

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

inline QString shown(const Error& error)
{
    return error.message + u'\n' + error.detail + u'\n' + error.hint;
}

/// What the tests of logins have in common: a cluster that answers, and a state directory of its own for each test.
class OnCloud : public QObject {
protected:
    void makeCertificates()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        m_authority = makeCertificate({u"Test CA"_s, {}, true});
        m_leaf = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}}, &m_authority);
    }

    /// Before each test.
    void beginAnew()
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
        m_logins = std::make_unique<cluster::Logins>(m_home, *m_redactor);
    }

    [[nodiscard]] QUrl url() const { return QUrl(u"https://127.0.0.1:%1"_s.arg(m_server->port())); }
    [[nodiscard]] cluster::Trust trust() const { return {m_caFile, {}}; }
    Result<cluster::Cluster> byPassword(const Secret& secret = password) { return m_logins->loginWithPassword(u"north"_s, url(), u"dev"_s, secret, trust(), false); }
    Result<cluster::Cluster> byToken() { return m_logins->loginWithToken(u"north"_s, url(), Secret(goodToken), trust(), false); }

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

    QTemporaryDir m_top;
    QString m_home;
    TestCertificate m_authority, m_leaf;
    QString m_caFile;
    Cloud m_cloud;
    std::unique_ptr<HttpsServer> m_server;
    std::unique_ptr<Redactor> m_redactor;
    std::unique_ptr<cluster::Logins> m_logins;
};

} // namespace scalekeep::test
