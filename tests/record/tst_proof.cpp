#include "engine/record/signature.h"
#include "engine/record/timestamp.h"

#include <QDir>
#include <QFile>
#include <QHostAddress>
#include <QProcess>
#include <QStandardPaths>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::record;

namespace {
const QByteArray message = "scalekeep-record 0123456789abcdef\n";

bool tool(const QString& folder, const QString& program, const QStringList& arguments, const QByteArray& input = {}, QByteArray* output = nullptr)
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    if (!process.waitForFinished(30'000) || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0) {
        qWarning("%s: %s", qPrintable(program), process.readAllStandardError().constData());
        return false;
    }
    if (output)
        *output = process.readAllStandardOutput();
    return true;
}

bool put(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly | QIODevice::Truncate) && file.write(content) == content.size();
}

QByteArray get(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// A time-stamp authority made with openssl's own tool.
class Authority {
public:
    QTemporaryDir folder;
    [[nodiscard]] bool make()
    {
        return put(file("tsa.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n[tsa_ext]\nextendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n[ca_ext]\nbasicConstraints=critical,CA:TRUE\n[tsa]\ndefault_tsa=t\n[t]\n"
                                    "serial=./serial\nsigner_cert=./tsa.pem\nsigner_key=./tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256,sha512\naccuracy=secs:1\nordering=no\ntsa_name=yes\ness_cert_id_chain=no\n") &&
               put(file("serial"), "01\n") &&
               openssl({u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s, u"ca.key"_s, u"-out"_s, u"ca.pem"_s, u"-days"_s, u"30"_s, u"-subj"_s, u"/CN=Test CA"_s, u"-config"_s, u"tsa.cnf"_s, u"-extensions"_s, u"ca_ext"_s}) &&
               openssl({u"req"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s, u"tsa.key"_s, u"-out"_s, u"tsa.csr"_s, u"-subj"_s, u"/CN=Test TSA"_s, u"-config"_s, u"tsa.cnf"_s}) &&
               openssl({u"x509"_s, u"-req"_s, u"-in"_s, u"tsa.csr"_s, u"-CA"_s, u"ca.pem"_s, u"-CAkey"_s, u"ca.key"_s, u"-CAcreateserial"_s, u"-out"_s, u"tsa.pem"_s, u"-days"_s, u"30"_s, u"-extfile"_s, u"tsa.cnf"_s, u"-extensions"_s, u"tsa_ext"_s});
    }
    [[nodiscard]] QByteArray reply(const QByteArray& request)
    {
        if (!put(file("q.tsq"), request) || !openssl({u"ts"_s, u"-reply"_s, u"-config"_s, u"tsa.cnf"_s, u"-queryfile"_s, u"q.tsq"_s, u"-out"_s, u"r.tsr"_s}))
            return {};
        return get(file("r.tsr"));
    }
    [[nodiscard]] QString ca() const { return folder.filePath(u"ca.pem"_s); }
    [[nodiscard]] QString file(const char* name) const { return folder.filePath(QLatin1String(name)); }
    [[nodiscard]] bool openssl(const QStringList& arguments) const { return tool(folder.path(), u"openssl"_s, arguments); }
};

/// Answers each POST with what `answer` makes of its body, on a thread of its own.
class StampServer {
public:
    explicit StampServer(std::function<QByteArray(const QByteArray&)> answer, int status = 200)
    {
        auto* server = new QTcpServer;
        if (!server->listen(QHostAddress::LocalHost))
            qFatal("no port");
        m_port = server->serverPort();
        server->moveToThread(&m_thread);
        QObject::connect(&m_thread, &QThread::finished, server, &QObject::deleteLater);
        QObject::connect(server, &QTcpServer::newConnection, server, [this, server, status, answer = std::move(answer)] {
            auto* socket = server->nextPendingConnection();
            auto request = std::make_shared<QByteArray>();
            QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, request, answer, status] {
                *request += socket->readAll();
                const qsizetype head = request->indexOf("\r\n\r\n");
                const qsizetype length = request->mid(request->toLower().indexOf("content-length:") + 15).split('\r').value(0).trimmed().toLongLong();
                if (head < 0 || request->size() < head + 4 + length)
                    return;
                m_request = *request;
                const QByteArray body = answer(request->mid(head + 4));
                socket->write("HTTP/1.1 " + QByteArray::number(status) + " X\r\nContent-Type: application/timestamp-reply\r\nConnection: close\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
                socket->disconnectFromHost();
            });
        });
        m_thread.start();
    }
    ~StampServer()
    {
        m_thread.quit();
        m_thread.wait();
    }
    [[nodiscard]] QUrl url() const { return QUrl(u"http://127.0.0.1:%1/tsa"_s.arg(m_port)); }
    [[nodiscard]] QByteArray request() const { return m_request; }

private:
    QThread m_thread;
    quint16 m_port = 0;
    QByteArray m_request;
};

Finding::State worst(const QList<Finding>& findings)
{
    bool note = false;
    for (const Finding& each : findings) {
        if (each.state == Finding::State::Fails)
            return Finding::State::Fails;
        note = note || each.state == Finding::State::Note;
    }
    return note ? Finding::State::Note : Finding::State::Holds;
}
} // namespace

/// Signatures by the user's own tools, time stamps of a local authority.
class TestProof : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        // The keys of whoever runs this test are none of its business.
        qunsetenv("SSH_AUTH_SOCK");
        qunsetenv("SSH_ASKPASS");
        QVERIFY(m_authority.make());
        for (const char* name : {"mine", "other"})
            QVERIFY(tool(m_keys.path(), u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, QString(), u"-C"_s, QLatin1String(name), u"-f"_s, key(name)}));
        QVERIFY(tool(m_keys.path(), u"ssh-keygen"_s, {u"-q"_s, u"-t"_s, u"ed25519"_s, u"-N"_s, u"a passphrase"_s, u"-f"_s, key("locked")}));
        QVERIFY(put(key("signers"), "mwagner@example.com namespaces=\"scalekeep-record\" " + get(key("mine.pub"))));
        QVERIFY(put(key("others"), "other@example.com " + get(key("other.pub"))));
        QVERIFY(put(key("wrong-purpose"), "mwagner@example.com namespaces=\"git\" " + get(key("mine.pub"))));
    }

    void ssh()
    {
        const auto signature = sign(message, key("mine"), false);
        QVERIFY2(signature, signature ? "" : qPrintable(signature.error().message + signature.error().detail));
        QCOMPARE(signature->kind, u"ssh"_s);
        QVERIFY(signature->text.startsWith(u"-----BEGIN SSH SIGNATURE-----"_s));
        QVERIFY2(signature->key.startsWith(u"ED25519 key SHA256:"_s), qPrintable(signature->key));
        struct Row { QByteArray message; QString signers; Finding::State state; bool good, vouched; };
        for (const Row& row : {Row{message, {}, Finding::State::Note, true, false}, Row{message, key("signers"), Finding::State::Holds, true, true}, Row{message, key("others"), Finding::State::Fails, true, false},
                               Row{message, key("wrong-purpose"), Finding::State::Fails, true, false}, Row{message + "x", {}, Finding::State::Fails, false, false}, Row{message + "x", key("signers"), Finding::State::Fails, false, false}}) {
            const auto checked = checkSignature(row.message, *signature, row.signers, {});
            QVERIFY(checked);
            QCOMPARE(worst(checked->findings), row.state);
            QCOMPARE(checked->good, row.good);
            QCOMPARE(checked->vouched, row.vouched);
        }
        // A signature for another purpose is none for a record.
        QByteArray git;
        QVERIFY(tool(m_keys.path(), u"ssh-keygen"_s, {u"-Y"_s, u"sign"_s, u"-q"_s, u"-f"_s, key("mine"), u"-n"_s, u"git"_s}, message, &git));
        QVERIFY(!checkSignature(message, {.kind = u"ssh"_s, .text = QString::fromUtf8(git), .key = {}}, {}, {})->good);
        QVERIFY(!checkSignature(message, {.kind = u"ssh"_s, .text = u"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"_s, .key = {}}, {}, {})->good);
    }

    void keysThatCannotSign()
    {
        QVERIFY(put(key("age"), "# created: 2026-11-22T10:00:00Z\n# public key: age1x\nAGE-SECRET-KEY-1QQQQ\n"));
        QCOMPARE(sign(message, key("age"), false).error().code, ErrorCode::Unsupported);
        QVERIFY(sign(message, key("age"), false).error().message.contains(u"cannot sign"_s));
        // Nobody is asked where nobody can answer: it fails at once.
        const auto locked = sign(message, key("locked"), false);
        QVERIFY(!locked);
        QVERIFY(locked.error().hint.contains(u"ssh-add"_s));
        QVERIFY(put(key("garbage"), "garbage\n"));
        QVERIFY(!sign(message, key("garbage"), false));
        QVERIFY(!sign(message, key("missing"), false));
        QCOMPARE(checkSignature(message, {.kind = u"pgp"_s, .text = u"x"_s, .key = {}}, {}, {})->findings.first().state, Finding::State::Fails);
    }

    void aMinisignKeyIdIsANumber()
    {
        const QByteArray blob = "ED" + QByteArray::fromHex("6047d25497e83106").first(7) + QByteArray(1, '\0') + QByteArray(64, 's');
        const QString text = u"untrusted comment: x\n%1\n"_s.arg(QString::fromLatin1(blob.toBase64()));
        const QString said = checkSignature(message, {.kind = u"minisign"_s, .text = text, .key = {}}, {}, {})->findings.first().text;
        QVERIFY2(said.contains(u"minisign key 31E89754D24760,"_s), qPrintable(said));
    }

    void minisign()
    {
        if (QStandardPaths::findExecutable(u"minisign"_s).isEmpty())
            QSKIP("minisign is not installed");
        QVERIFY(tool(m_keys.path(), u"minisign"_s, {u"-G"_s, u"-W"_s, u"-p"_s, key("mini.pub"), u"-s"_s, key("mini")}));
        QVERIFY(tool(m_keys.path(), u"minisign"_s, {u"-G"_s, u"-W"_s, u"-p"_s, key("mini2.pub"), u"-s"_s, key("mini2")}));
        const auto signature = sign(message, key("mini"), false);
        QVERIFY2(signature, signature ? "" : qPrintable(signature.error().message + signature.error().detail));
        QCOMPARE(signature->kind, u"minisign"_s);
        QVERIFY2(get(key("mini.pub")).contains(signature->key.section(u' ', -1).toLatin1()), qPrintable(signature->key));
        QCOMPARE(worst(checkSignature(message, *signature, {}, {})->findings), Finding::State::Note);
        QVERIFY(checkSignature(message, *signature, {}, key("mini.pub"))->vouched);
        QVERIFY(checkSignature(message, *signature, {}, QString::fromUtf8(get(key("mini.pub")).split('\n').value(1)))->vouched);
        QVERIFY(!checkSignature(message + "x", *signature, {}, key("mini.pub"))->good);
        QVERIFY(!checkSignature(message, *signature, {}, key("mini2.pub"))->good);
    }

    void stamp()
    {
        QByteArray asked;
        const StampServer server([&](const QByteArray& request) { return m_authority.reply(request); });
        const auto stamp = requestStamp(message, server.url(), m_authority.ca());
        QVERIFY2(stamp, stamp ? "" : qPrintable(stamp.error().message + stamp.error().detail));
        QVERIFY(server.request().contains("application/timestamp-query"));
        QCOMPARE(stamp->authority, u"CN=Test TSA"_s);
        QVERIFY(qAbs(stamp->at.secsTo(QDateTime::currentDateTimeUtc())) < 600);
        // Openssl's own tool agrees.
        QVERIFY(put(m_authority.file("m"), message) && put(m_authority.file("s.tsr"), stamp->response));
        QVERIFY(m_authority.openssl({u"ts"_s, u"-verify"_s, u"-data"_s, u"m"_s, u"-in"_s, u"s.tsr"_s, u"-CAfile"_s, u"ca.pem"_s}));

        StampCheck checked = checkStamp(message, stamp->response, m_authority.ca());
        QVERIFY(checked.trusted);
        QCOMPARE(checked.at, stamp->at);
        checked = checkStamp(message, stamp->response, {});
        QVERIFY(!checked.trusted);
        QCOMPARE(worst(checked.findings), Finding::State::Note);
        Authority other;
        QVERIFY(other.make());
        for (const auto& [text, response, ca] : {std::tuple{message + "x", stamp->response, m_authority.ca()}, std::tuple{message, stamp->response, other.ca()}, std::tuple{message, QByteArray("garbage"), m_authority.ca()},
                                                 std::tuple{message, QByteArray(), m_authority.ca()}, std::tuple{message, stamp->response + "x", m_authority.ca()}, std::tuple{message, stamp->response.left(stamp->response.size() - 9), m_authority.ca()}}) {
            checked = checkStamp(text, response, ca);
            QVERIFY(!checked.trusted);
            QCOMPARE(worst(checked.findings), Finding::State::Fails);
        }
        // Any bit: the signature covers what counts, and the structure the rest.
        for (qsizetype at = 0; at < stamp->response.size(); at += 41) {
            QByteArray bent = stamp->response;
            bent[at] = char(bent[at] ^ 4);
            const StampCheck bad = checkStamp(message, bent, m_authority.ca());
            QVERIFY(!bad.trusted || bad.at == stamp->at);
        }
    }

    void stampRefused_data()
    {
        QTest::addColumn<QString>("way");
        for (const char* way : {"another message", "an old answer", "refusal", "garbage", "too long", "HTTP 500", "HTTP 302", "unknown authority", "nobody there", "no address"})
            QTest::newRow(way) << QString::fromLatin1(way);
    }
    void stampRefused()
    {
        QFETCH(QString, way);
        const auto old = makeStampRequest(message);
        const auto another = makeStampRequest("another message");
        QVERIFY(old && another);
        const StampServer server([&](const QByteArray& request) {
            if (way == u"another message")
                return m_authority.reply(another->der);
            if (way == u"an old answer")
                return m_authority.reply(old->der); // of the same message, but with its own nonce
            if (way == u"refusal")
                return QByteArray::fromHex("30073005020102") + QByteArray::fromHex("3000");
            if (way == u"garbage")
                return QByteArray("<html>");
            if (way == u"too long")
                return QByteArray(1024 * 1024, 'x');
            return m_authority.reply(request);
        }, way == u"HTTP 500" ? 500 : way == u"HTTP 302" ? 302 : 200);
        const QUrl url = way == u"nobody there" ? QUrl(u"http://127.0.0.1:9/"_s) : way == u"no address" ? QUrl(u"file:///etc/passwd"_s) : server.url();
        const auto stamp = requestStamp(message, url, way == u"unknown authority" ? QString() : m_authority.ca());
        QVERIFY(!stamp);
        QVERIFY(!stamp.error().message.isEmpty() && !stamp.error().hint.isEmpty());
    }

    void stampCancelled()
    {
        QTcpServer silent;
        QVERIFY(silent.listen(QHostAddress::LocalHost));
        std::stop_source stop;
        stop.request_stop();
        QCOMPARE(requestStamp(message, QUrl(u"http://127.0.0.1:%1/"_s.arg(silent.serverPort())), m_authority.ca(), stop.get_token()).error().code, ErrorCode::Cancelled);
    }

private:
    [[nodiscard]] QString key(const char* name) const { return m_keys.filePath(QLatin1String(name)); }
    QTemporaryDir m_keys;
    Authority m_authority;
};

QTEST_GUILESS_MAIN(TestProof)
#include "tst_proof.moc"
