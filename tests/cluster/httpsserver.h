#pragma once

#include "certificates.h"

#include <QHash>
#include <QMutex>
#include <QSslSocket>
#include <QThread>

#include <functional>

class QSslServer;

/// A real TLS server on 127.0.0.1 in a thread of its own, whose answers a test writes: what an OpenShift cluster, or something that
/// is none, may say. One request a connection.
class HttpsServer {
public:
    struct Request {
        QByteArray method, path, body;
        QHash<QByteArray, QByteArray> headers; ///< names in lower case
    };
    /// The bytes of the whole answer; empty: none, ever.
    using Answer = std::function<QByteArray(const Request&)>;

    HttpsServer(const TestCertificate& certificate, Answer answer, const QByteArray& clientAuthority = {});
    ~HttpsServer();

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QList<Request> requests() const;
    void stop();

    static QByteArray json(const QByteArray& body, const QByteArray& status = "200 OK", const QByteArray& headers = {});
    static QByteArray raw(const QByteArray& status, const QByteArray& headers, const QByteArray& body = {});

private:
    void take(QSslSocket* socket);

    Answer m_answer;
    QThread m_thread;
    QSslServer* m_server = nullptr;
    quint16 m_port = 0;
    mutable QMutex m_mutex;
    QList<Request> m_requests;
};
