#include "engine/cluster/https.h"

#include "httpsserver.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

Q_DECLARE_METATYPE(TestCertificate)
Q_DECLARE_METATYPE(scalekeep::cluster::Trust)

class TestHttps : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    TestCertificate m_authority, m_other, m_leaf;
    QString m_caFile, m_otherFile;

    QString write(const QString& name, const QByteArray& text) const
    {
        QFile file(m_folder.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
    }
    static QUrl at(const HttpsServer& server, const QString& host = u"127.0.0.1"_s) { return QUrl(u"https://%1:%2/x"_s.arg(host).arg(server.port())); }
    static QByteArray ok(const HttpsServer::Request&) { return HttpsServer::json("{\"a\":1}"); }
    static QString fingerprint(const TestCertificate& certificate) { return fingerprintOf(QSslCertificate(certificate.pem)); }

private Q_SLOTS:
    void initTestCase()
    {
        m_authority = makeCertificate({u"Test CA"_s, {}, true});
        m_other = makeCertificate({u"Other CA"_s, {}, true});
        m_leaf = makeCertificate({u"api"_s, {u"DNS:localhost"_s, u"IP:127.0.0.1"_s}}, &m_authority);
        m_caFile = write(u"ca.pem"_s, m_authority.pem);
        m_otherFile = write(u"other.pem"_s, m_other.pem);
    }

    void acceptsItsAuthority()
    {
        HttpsServer server(m_leaf, ok);
        const Https https(*readTrust({m_caFile, {}}));
        for (const QString& host : {u"127.0.0.1"_s, u"localhost"_s}) {
            const auto answer = https.send({"PUT", at(server, host), {{"X-A", "b"}}, "body", false});
            QVERIFY2(answer, qPrintable(answer ? QString() : answer.error().message + answer.error().detail));
            QCOMPARE(answer->status, 200);
            QCOMPARE(answer->body, QByteArray("{\"a\":1}"));
            QCOMPARE(answer->header("content-type"), QByteArray("application/json"));
        }
        QCOMPARE(server.requests().size(), 2);
        QCOMPARE(server.requests()[0].method, QByteArray("PUT"));
        QCOMPARE(server.requests()[0].body, QByteArray("body"));
        QCOMPARE(server.requests()[0].headers["x-a"], QByteArray("b"));
    }

    void statusesAreAnswers_data()
    {
        QTest::addColumn<int>("status");
        for (const int status : {302, 401, 403, 404, 409, 500, 503})
            QTest::newRow(qPrintable(QString::number(status))) << status;
    }

    void statusesAreAnswers()
    {
        QFETCH(int, status);
        HttpsServer server(m_leaf, [&](const auto&) { return HttpsServer::raw(QByteArray::number(status) + " X", "Location: /elsewhere\r\nWWW-Authenticate: Basic realm=\"x\"\r\n", "text"); });
        const auto answer = Https(*readTrust({m_caFile, {}})).send({"GET", at(server), {}, {}, false});
        QVERIFY2(answer, qPrintable(answer ? QString() : answer.error().message));
        QCOMPARE(answer->status, status);
        QCOMPARE(answer->header("Location"), QByteArray("/elsewhere"));
        QCOMPARE(server.requests().size(), 1);
    }

    void refusesCertificates_data()
    {
        QTest::addColumn<TestCertificate>("certificate");
        QTest::addColumn<Trust>("trust");
        QTest::addColumn<QString>("host");
        QTest::addColumn<QString>("reason");
        const QString ip = u"127.0.0.1"_s;
        const TestCertificate expired = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}, false, -7200, -3600}, &m_authority);
        const TestCertificate early = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}, false, 3600, 7200}, &m_authority);
        const TestCertificate named = makeCertificate({u"api"_s, {u"DNS:api.north.example"_s, u"DNS:api-int.north.example"_s}}, &m_authority);
        const TestCertificate selfSigned = makeCertificate({u"self"_s, {u"IP:127.0.0.1"_s}});
        QTest::newRow("unknown authority") << m_leaf << Trust{} << ip << u"signed by an authority that this machine does not know"_s;
        QTest::newRow("self-signed") << selfSigned << Trust{} << ip << u"signed by an authority that this machine does not know"_s;
        QTest::newRow("wrong CA file") << m_leaf << Trust{m_otherFile, {}} << ip << u"is not signed by the authority in “%1”"_s.arg(m_otherFile);
        QTest::newRow("expired") << expired << Trust{m_caFile, {}} << ip << u"expired at "_s;
        QTest::newRow("not yet valid") << early << Trust{m_caFile, {}} << ip << u"valid only from"_s;
        QTest::newRow("other name") << named << Trust{m_caFile, {}} << u"localhost"_s << u"not for this name but for api-int.north.example, api.north.example"_s;
        QTest::newRow("other address") << named << Trust{m_caFile, {}} << ip << u"not for this name but for"_s;
        QTest::newRow("other fingerprint") << m_leaf << Trust{{}, fingerprint(m_other)} << ip << u"another fingerprint"_s;
    }

    // The decisive part: whatever was to be sent, a password for example, never left.
    void refusesCertificates()
    {
        QFETCH(TestCertificate, certificate);
        QFETCH(Trust, trust);
        QFETCH(QString, host);
        QFETCH(QString, reason);
        HttpsServer server(certificate, ok);
        const auto answer = Https(*readTrust(trust)).send({"GET", at(server, host), {{"Authorization", "Basic c2VjcmV0"}}, {}, false});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::UntrustedCertificate);
        QVERIFY2(answer.error().message.contains(reason), qPrintable(answer.error().message));
        QVERIFY2(answer.error().detail.contains(fingerprint(certificate)), qPrintable(answer.error().detail));
        QVERIFY(answer.error().detail.contains(u"Issuer: "));
        QVERIFY(answer.error().hint.contains(u"--trust"));
        QTest::qWait(100);
        QVERIFY(server.requests().isEmpty());
    }

    void pinTrustsExactlyOneCertificate()
    {
        HttpsServer server(m_leaf, ok);
        QString plain = fingerprint(m_leaf).remove(u':').toLower();
        for (const QString& given : {fingerprint(m_leaf), plain, u"SHA256:"_s + plain, u"sha256 Fingerprint="_s + fingerprint(m_leaf), fingerprint(m_other) + u", "_s + plain}) {
            const auto roots = readTrust({{}, given});
            QVERIFY2(roots, qPrintable(given));
            QVERIFY(Https(*roots).send({"GET", at(server), {}, {}, false}));
        }
    }

    // Also when nothing is wrong with the certificate but that it is another one.
    void pinOverridesAuthorities()
    {
        HttpsServer server(m_leaf, ok);
        Roots roots = *readTrust({m_caFile, {}});
        roots.fingerprints = {fingerprint(m_other)};
        const auto answer = Https(roots).send({"GET", at(server), {{"Authorization", "Basic c2VjcmV0"}}, {}, false});
        QVERIFY(!answer);
        QCOMPARE(answer.error().code, ErrorCode::UntrustedCertificate);
        QTest::qWait(100);
        QVERIFY(server.requests().isEmpty());
    }

    void clientCertificates()
    {
        const TestCertificate user = makeCertificate({u"system:admin"_s, {}}, &m_authority);
        HttpsServer server(m_leaf, ok, m_authority.pem);
        Https https(*readTrust({m_caFile, {}}));
        QVERIFY(!https.send({"GET", at(server), {}, {}, false}));
        https.setClientCertificate(QSslCertificate(user.pem), QSslKey(user.key, QSsl::Ec));
        QVERIFY(https.send({"GET", at(server), {}, {}, false}));
    }

    void readsTrust()
    {
        QCOMPARE(readTrust({{}, u"abc"_s}).error().code, ErrorCode::Usage);
        QCOMPARE(readTrust({{}, fingerprint(m_leaf) + u"00"_s}).error().code, ErrorCode::Usage);
        QCOMPARE(readTrust({m_caFile, fingerprint(m_leaf)}).error().code, ErrorCode::Usage);
        QCOMPARE(readTrust({m_folder.filePath(u"none"_s), {}}).error().code, ErrorCode::NotFound);
        QCOMPARE(readTrust({write(u"text"_s, "hello"), {}}).error().code, ErrorCode::BadInput);
        QVERIFY(readTrust({})->ca.isEmpty());
    }

    void unreachable()
    {
        const Https https(*readTrust({m_caFile, {}}), std::chrono::seconds(3));
        HttpsServer gone(m_leaf, ok);
        const QUrl url = at(gone);
        gone.stop();
        const auto refused = https.send({"GET", url, {}, {}, false});
        QCOMPARE(refused.error().code, ErrorCode::Unreachable);
        QVERIFY(refused.error().message.contains(u"refused the connection"));
        const auto nobody = https.send({"GET", QUrl(u"https://no-such-host.invalid:6443"_s), {}, {}, false});
        QCOMPARE(nobody.error().code, ErrorCode::Unreachable);
        QVERIFY2(nobody.error().message.contains(u"no host called no-such-host.invalid"), qPrintable(nobody.error().message));
        QTcpServer plain;
        QVERIFY(plain.listen(QHostAddress::LocalHost));
        // It accepts (the kernel does) and never says a word.
        QElapsedTimer timer;
        timer.start();
        const auto silent = https.send({"GET", QUrl(u"https://127.0.0.1:%1"_s.arg(plain.serverPort())), {}, {}, false});
        QCOMPARE(silent.error().code, ErrorCode::Timeout);
        QVERIFY(timer.elapsed() < 5000);
        QCOMPARE(https.send({"GET", QUrl(u"http://127.0.0.1:%1"_s.arg(plain.serverPort())), {}, {}, false}).error().code, ErrorCode::BadInput);
    }

    void noTls()
    {
        QThread thread;
        auto* plain = new QTcpServer;
        plain->moveToThread(&thread);
        QObject::connect(plain, &QTcpServer::newConnection, plain, [plain] {
            QTcpSocket* socket = plain->nextPendingConnection();
            socket->write("HTTP/1.1 400 Bad Request\r\n\r\n");
            socket->disconnectFromHost();
        });
        thread.start();
        QMetaObject::invokeMethod(plain, [plain] { plain->listen(QHostAddress::LocalHost); }, Qt::BlockingQueuedConnection);
        const QUrl url(u"https://127.0.0.1:%1"_s.arg(plain->serverPort()));
        const auto answer = Https({}, std::chrono::seconds(5)).send({"GET", url, {}, {}, false});
        QCOMPARE(answer.error().code, ErrorCode::Unreachable);
        QVERIFY2(answer.error().message.contains(u"does not answer as an HTTPS server"), qPrintable(answer.error().message));
        QCOMPARE(Https::peek(url).error().code, ErrorCode::Unreachable);
        plain->deleteLater();
        thread.quit();
        thread.wait();
    }

    void boundsAnswers_data()
    {
        QTest::addColumn<QByteArray>("answer");
        QTest::addColumn<int>("code");
        QTest::newRow("huge") << HttpsServer::raw("200 OK", "", QByteArray(3'000'000, 'x')) << int(ErrorCode::BadInput);
        QTest::newRow("cut off") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc") << int(ErrorCode::Unreachable);
        QTest::newRow("no answer") << QByteArray() << int(ErrorCode::Timeout);
        QTest::newRow("no HTTP") << QByteArray("hello\r\n\r\n") << int(ErrorCode::Unreachable);
        QTest::newRow("stops within the headers") << QByteArray("HTTP/1.1 200 OK\r\nContent-Le") << int(ErrorCode::Unreachable);
    }

    void boundsAnswers()
    {
        QFETCH(QByteArray, answer);
        QFETCH(int, code);
        HttpsServer server(m_leaf, [&answer](const auto&) { return answer; });
        const auto got = Https(*readTrust({m_caFile, {}}), std::chrono::seconds(2)).send({"GET", at(server), {}, {}, false});
        QVERIFY2(!got, "an answer was accepted");
        QVERIFY2(int(got.error().code) == code, qPrintable(got.error().message));
    }

    void peeks()
    {
        HttpsServer server(m_leaf, ok);
        const auto shown = Https::peek(at(server));
        QVERIFY2(shown, qPrintable(shown ? QString() : shown.error().message));
        const Certificate facts = describe(*shown);
        QCOMPARE(facts.fingerprint, fingerprint(m_leaf));
        QCOMPARE(facts.subject, u"api"_s);
        QCOMPARE(facts.issuer, u"Test CA"_s);
        QVERIFY(facts.notBefore < facts.notAfter);
    }

    void standsAlone_data()
    {
        QTest::addColumn<TestCertificate>("certificate");
        QTest::addColumn<QString>("host");
        QTest::addColumn<bool>("alone");
        QTest::newRow("leaf of a CA") << m_leaf << u"127.0.0.1"_s << true;
        QTest::newRow("self-signed") << makeCertificate({u"s"_s, {u"DNS:h.example"_s}}) << u"h.example"_s << true;
        QTest::newRow("other name") << m_leaf << u"h.example"_s << false;
        QTest::newRow("other address") << m_leaf << u"127.0.0.2"_s << false;
        QTest::newRow("expired") << makeCertificate({u"s"_s, {u"DNS:h.example"_s}, false, -7200, -3600}) << u"h.example"_s << false;
        QTest::newRow("name in the subject only") << makeCertificate({u"h.example"_s, {}}) << u"h.example"_s << false;
        QTest::newRow("wildcard") << makeCertificate({u"s"_s, {u"DNS:*.example.com"_s}}) << u"h.example.com"_s << true;
    }

    void standsAlone()
    {
        QFETCH(TestCertificate, certificate);
        QFETCH(QString, host);
        QFETCH(bool, alone);
        const auto result = cluster::standsAlone(QSslCertificate(certificate.pem), host);
        QVERIFY2(result.has_value() == alone, qPrintable(result ? u"accepted"_s : result.error().message));
    }
};

QTEST_GUILESS_MAIN(TestHttps)
#include "tst_https.moc"
