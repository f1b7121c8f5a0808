#include "engine/cluster/https.h"

#include "engine/cluster/proxy.h"

#include <QEventLoop>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QThread>
#include <QTimer>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype largestBody = 1024LL * 1024;

/// What happened to the connection apart from the reply's own error code.
struct Observed {
    QByteArray body;
    QSslCertificate shown;
    QList<QSslError> refused;
    bool otherFingerprint = false, tooLarge = false, timedOut = false;
};

Error unreachable(const QString& sentence, const QString& detail = {})
{
    return {ErrorCode::Unreachable, sentence, detail,
            u"Nothing was changed. Check the address, the network and the VPN, then try again."_s};
}

Error connectionError(QNetworkReply::NetworkError code, const QString& text, const QUrl& url)
{
    const QString host = authorityOf(url);
    switch (code) {
    case QNetworkReply::HostNotFoundError:
        return unreachable(u"There is no host called %1."_s.arg(url.host()));
    case QNetworkReply::ConnectionRefusedError:
        return unreachable(u"%1 refused the connection."_s.arg(host));
    case QNetworkReply::RemoteHostClosedError:
        return unreachable(u"%1 closed the connection before it had answered."_s.arg(host));
    case QNetworkReply::SslHandshakeFailedError:
        return unreachable(u"%1 does not answer as an HTTPS server."_s.arg(host), text);
    case QNetworkReply::ProxyConnectionRefusedError:
    case QNetworkReply::ProxyConnectionClosedError:
    case QNetworkReply::ProxyNotFoundError:
    case QNetworkReply::ProxyTimeoutError:
    case QNetworkReply::ProxyAuthenticationRequiredError:
    case QNetworkReply::UnknownProxyError:
        return unreachable(u"The proxy that HTTPS_PROXY names did not connect to %1."_s.arg(host), text);
    default:
        return unreachable(u"%1 could not be reached."_s.arg(host), text);
    }
}

} // namespace

QByteArray HttpAnswer::header(const QByteArray& name) const
{
    QByteArrayList values;
    for (const auto& [key, value] : headers) {
        if (key.compare(name, Qt::CaseInsensitive) == 0)
            values.append(value);
    }
    return values.join(", ");
}

QString authorityOf(const QUrl& url)
{
    return u"%1:%2"_s.arg(url.host()).arg(url.port(443));
}

void Https::setClientCertificate(const QSslCertificate& certificate, const QSslKey& key)
{
    m_certificate = certificate;
    m_key = key;
}

Result<HttpAnswer> Https::send(const HttpRequest& request) const
{
    if (request.url.scheme() != u"https" || request.url.host().isEmpty())
        return fail(ErrorCode::BadInput,
                    u"“%1” is not an https:// address, and a login never goes over anything else."_s.arg(
                        request.url.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment)));
    // The caller may be any thread, with or without events to wait for; this one lives for the exchange.
    Result<HttpAnswer> answer;
    const std::unique_ptr<QThread> thread(QThread::create([&] { answer = exchange(request); }));
    thread->start();
    thread->wait();
    return answer;
}

Result<HttpAnswer> Https::exchange(const HttpRequest& request) const
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setProtocol(QSsl::TlsV1_2OrLater);
    if (!m_roots.ca.isEmpty())
        tls.setCaCertificates(request.systemRoots ? m_roots.ca + QSslConfiguration::systemCaCertificates()
                                                  : m_roots.ca);
    if (!m_certificate.isNull()) {
        tls.setLocalCertificate(m_certificate);
        tls.setPrivateKey(m_key);
    }
    QNetworkRequest wire(request.url);
    wire.setSslConfiguration(tls);
    wire.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    wire.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    for (const auto option : {QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::CookieSaveControlAttribute,
                              QNetworkRequest::AuthenticationReuseAttribute})
        wire.setAttribute(option, QNetworkRequest::Manual);
    wire.setHeader(QNetworkRequest::UserAgentHeader, u"scalekeep/%1"_s.arg(QLatin1StringView(SCALEKEEP_VERSION)));
    for (const auto& [name, value] : request.headers)
        wire.setRawHeader(name, value);

    QNetworkAccessManager manager;
    manager.setProxy(proxyFor(request.url, QProcessEnvironment::systemEnvironment()));
    const std::unique_ptr<QNetworkReply> reply(manager.sendCustomRequest(wire, request.method, request.body));
    Observed observed;
    QEventLoop loop;
    const auto pinned = [this](const QSslCertificate& shown) {
        return m_roots.fingerprints.contains(fingerprintOf(shown));
    };
    QObject::connect(reply.get(), &QNetworkReply::sslErrors, &loop, [&](const QList<QSslError>& errors) {
        observed.shown = reply->sslConfiguration().peerCertificate();
        if (pinned(observed.shown))
            reply->ignoreSslErrors();
        else
            observed.refused = errors;
    });
    // Comes before the request is sent, also when the certificate has no fault but is not the pinned one.
    QObject::connect(reply.get(), &QNetworkReply::encrypted, &loop, [&] {
        if (m_roots.fingerprints.isEmpty() || pinned(reply->sslConfiguration().peerCertificate()))
            return;
        observed.shown = reply->sslConfiguration().peerCertificate();
        observed.otherFingerprint = true;
        reply->abort();
    });
    QObject::connect(reply.get(), &QNetworkReply::readyRead, &loop, [&] {
        observed.body += reply->read(largestBody + 1 - observed.body.size());
        observed.tooLarge = observed.body.size() > largestBody;
        if (observed.tooLarge)
            reply->abort();
    });
    QObject::connect(reply.get(), &QNetworkReply::finished, &loop, &QEventLoop::quit);
    QTimer::singleShot(m_timeout, &loop, [&] {
        observed.timedOut = true;
        reply->abort();
    });
    loop.exec();

    const QString host = authorityOf(request.url);
    if (observed.otherFingerprint || !observed.refused.isEmpty())
        return fail(untrusted(host, observed.shown, observed.refused, m_roots));
    if (observed.timedOut)
        return fail(
            ErrorCode::Timeout,
            u"%1 did not answer within %2 seconds."_s.arg(host).arg(static_cast<double>(m_timeout.count()) / 1000),
            u"Nothing was changed. Check the network and the VPN, then try again."_s);
    if (observed.tooLarge)
        return fail(
            ErrorCode::BadInput,
            u"%1 answered with more than a login needs (over 1 MiB), so it is not taken for an OpenShift server."_s.arg(
                host));
    HttpAnswer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    // Codes below 200 are failures of the connection or a proxy; above, the server has answered, with whatever status.
    if (answer.status == 0 ||
        (reply->error() != QNetworkReply::NoError && reply->error() < QNetworkReply::ContentAccessDenied))
        return fail(connectionError(reply->error(), reply->errorString(), request.url));
    observed.body += reply->readAll().left(largestBody - observed.body.size());
    answer.body = observed.body;
    for (const auto& [name, value] : reply->rawHeaderPairs())
        answer.headers.emplaceBack(name, value);
    return answer;
}

Result<QSslCertificate> Https::peek(const QUrl& server, std::chrono::milliseconds timeout)
{
    QSslSocket socket;
    socket.setPeerVerifyMode(QSslSocket::VerifyNone);
    socket.setProxy(proxyFor(server, QProcessEnvironment::systemEnvironment()));
    socket.connectToHostEncrypted(server.host(), static_cast<quint16>(server.port(443)));
    const bool encrypted = socket.waitForEncrypted(static_cast<int>(timeout.count()));
    const QSslCertificate shown = socket.peerCertificate();
    if (!encrypted || shown.isNull()) {
        const QString host = authorityOf(server);
        switch (socket.error()) {
        case QAbstractSocket::HostNotFoundError:
            return fail(connectionError(QNetworkReply::HostNotFoundError, {}, server));
        case QAbstractSocket::ConnectionRefusedError:
            return fail(connectionError(QNetworkReply::ConnectionRefusedError, {}, server));
        case QAbstractSocket::SslHandshakeFailedError:
        case QAbstractSocket::RemoteHostClosedError:
            return fail(connectionError(QNetworkReply::SslHandshakeFailedError, socket.errorString(), server));
        default:
            return fail(unreachable(u"%1 could not be reached."_s.arg(host), socket.errorString()));
        }
    }
    return shown;
}

} // namespace scalekeep::cluster
