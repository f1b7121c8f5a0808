#pragma once

#include "engine/cluster/certificate.h"

#include <QSslKey>

#include <chrono>

namespace scalekeep::cluster {

struct HttpRequest {
    QByteArray method = "GET";
    QUrl url;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    bool systemRoots =
        false; ///< accept the system's authorities besides the given CA (the OAuth server behind a public route)
};

struct HttpAnswer {
    int status = 0;
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body; ///< at most 1 MiB
    /// All values of a header, joined by commas.
    [[nodiscard]] QByteArray header(const QByteArray& name) const;
};

/// One HTTPS exchange at a time, blocking, each on a connection and a thread of its own: redirects are not followed,
/// nothing is cached or kept, nothing is sent before the server's certificate has been accepted. Any HTTP status is an
/// answer; Error is for what kept the exchange from happening. Thread-safe.
class Https {
public:
    explicit Https(Roots roots, std::chrono::milliseconds timeout = std::chrono::seconds(15))
        : m_roots(std::move(roots)), m_timeout(timeout)
    {
    }

    void setClientCertificate(const QSslCertificate& certificate, const QSslKey& key);
    [[nodiscard]] Result<HttpAnswer> send(const HttpRequest& request) const;
    /// The certificate that the server shows, accepted or not.
    [[nodiscard]] static Result<QSslCertificate> peek(const QUrl& server,
                                                      std::chrono::milliseconds timeout = std::chrono::seconds(15));

private:
    Result<HttpAnswer> exchange(const HttpRequest& request) const;

    Roots m_roots;
    std::chrono::milliseconds m_timeout;
    QSslCertificate m_certificate;
    QSslKey m_key;
};

/// "host:port", for texts.
QString authorityOf(const QUrl& url);

} // namespace scalekeep::cluster
