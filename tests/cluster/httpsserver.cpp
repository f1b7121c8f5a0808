#include "httpsserver.h"

#include <QSslCertificate>
#include <QSslConfiguration>
#include <QSslKey>
#include <QSslServer>

HttpsServer::HttpsServer(const TestCertificate& certificate, Answer answer, const QByteArray& clientAuthority) : m_answer(std::move(answer))
{
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    tls.setLocalCertificateChain(QSslCertificate::fromData(certificate.pem));
    tls.setPrivateKey(QSslKey(certificate.key, QSsl::Ec));
    if (!clientAuthority.isEmpty()) {
        tls.setCaCertificates(QSslCertificate::fromData(clientAuthority));
        tls.setPeerVerifyMode(QSslSocket::VerifyPeer);
    }
    m_server = new QSslServer;
    m_server->setSslConfiguration(tls);
    m_server->moveToThread(&m_thread);
    QObject::connect(m_server, &QSslServer::pendingConnectionAvailable, m_server, [this] {
        while (auto* socket = qobject_cast<QSslSocket*>(m_server->nextPendingConnection()))
            take(socket);
    });
    m_thread.start();
    QMetaObject::invokeMethod(m_server, [this] {
        m_server->listen(QHostAddress::LocalHost);
        m_port = m_server->serverPort();
    }, Qt::BlockingQueuedConnection);
}

HttpsServer::~HttpsServer()
{
    stop();
}

void HttpsServer::stop()
{
    if (!m_server)
        return;
    m_server->deleteLater();
    m_server = nullptr;
    m_thread.quit();
    m_thread.wait();
}

QList<HttpsServer::Request> HttpsServer::requests() const
{
    const QMutexLocker lock(&m_mutex);
    return m_requests;
}

void HttpsServer::take(QSslSocket* socket)
{
    QObject::connect(socket, &QSslSocket::disconnected, socket, &QObject::deleteLater);
    const auto bytes = std::make_shared<QByteArray>();
    const auto read = [this, socket, bytes] {
        *bytes += socket->readAll();
        const qsizetype end = bytes->indexOf("\r\n\r\n");
        if (end < 0)
            return;
        Request request;
        const QByteArrayList lines = bytes->left(end).split('\n');
        request.method = lines[0].split(' ').value(0);
        request.path = lines[0].split(' ').value(1);
        for (const QByteArray& line : lines.mid(1))
            request.headers.insert(line.left(line.indexOf(':')).toLower(), line.mid(line.indexOf(':') + 1).trimmed());
        request.body = bytes->mid(end + 4);
        if (request.body.size() < request.headers.value("content-length").toInt())
            return;
        bytes->clear();
        {
            const QMutexLocker lock(&m_mutex);
            m_requests.append(request);
        }
        const QByteArray answer = m_answer(request);
        if (answer.isEmpty())
            return;
        socket->write(answer);
        socket->disconnectFromHost();
    };
    QObject::connect(socket, &QSslSocket::readyRead, socket, read);
    read();
}

QByteArray HttpsServer::json(const QByteArray& body, const QByteArray& status, const QByteArray& headers)
{
    return raw(status, "Content-Type: application/json\r\n" + headers, body);
}

QByteArray HttpsServer::raw(const QByteArray& status, const QByteArray& headers, const QByteArray& body)
{
    return "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" + headers + "\r\n" + body;
}
