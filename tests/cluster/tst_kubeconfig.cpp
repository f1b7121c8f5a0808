#include "engine/cluster/kubeconfig.h"

#include "engine/yaml/reader.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

class TestKubeconfig : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QByteArray m_whole;

    QString write(const QString& name, const QByteArray& text) const
    {
        QFile file(m_folder.filePath(name));
        return file.open(QIODevice::WriteOnly) && file.write(text) == text.size() ? file.fileName() : QString();
    }

private Q_SLOTS:
    void initTestCase()
    {
        QFile file(QStringLiteral(TEST_DATA "/kubeconfig.yaml"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        m_whole = file.readAll();
        QVERIFY(!write(u"ca.pem"_s, "PEM").isEmpty());
        QVERIFY(!write(u"key.pem"_s, "KEY").isEmpty());
        QVERIFY(!write(u"token"_s, "sha256~filed\n").isEmpty());
    }

    void readsContexts()
    {
        const QString path = write(u"config"_s, m_whole);
        const auto current = readKubeconfig(path);
        QVERIFY2(current, qPrintable(current ? QString() : current.error().message));
        QCOMPARE(current->context, u"n"_s);
        QCOMPARE(current->server.toString(), u"https://api.north.example:6443"_s);
        QCOMPARE(current->ca, QByteArray("CA"));
        QCOMPARE(current->credential.token.reveal(), QByteArray("sha256~tok"));
        QCOMPARE(current->namespaceName, u"threescale"_s);
        const auto certificate = readKubeconfig(path, u"s"_s);
        QVERIFY2(certificate, qPrintable(certificate ? QString() : certificate.error().message));
        QCOMPARE(certificate->server.toString(), u"https://api.south.example:6443"_s);
        QCOMPARE(certificate->ca, QByteArray("PEM"));
        QCOMPARE(certificate->credential.clientCertificate, QByteArray("CERT"));
        QCOMPARE(certificate->credential.clientKey.reveal(), QByteArray("KEY"));
        QCOMPARE(readKubeconfig(path, u"f"_s)->credential.token.reveal(), QByteArray("sha256~filed"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), m_whole);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("context");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* from, const char* to, const QString& context, const QString& reason) { QTest::newRow(name) << QByteArray(from) << QByteArray(to) << context << reason; };
        row("unknown context", "", "", u"x"_s, u"has no context “x”"_s);
        row("no current context", "current-context: n\n", "", {}, u"no current context"_s);
        row("missing user", "", "", u"nobody"_s, u"names the user “missing”"_s);
        row("missing cluster", "cluster: north, user", "cluster: west, user", {}, u"names the cluster “west”"_s);
        row("exec", "{token: sha256~tok}", "{exec: {command: /bin/sh, args: [-c, rm]}}", {}, u"the program “/bin/sh”"_s);
        row("auth provider", "{token: sha256~tok}", "{auth-provider: {name: gcp}}", {}, u"auth-provider"_s);
        row("impersonation", "{token: sha256~tok}", "{token: sha256~tok, as: root}", {}, u"impersonates"_s);
        row("password", "{token: sha256~tok}", "{username: a, password: b}", {}, u"has a password"_s);
        row("logged out", "{token: sha256~tok}", "{}", {}, u"neither token nor client certificate"_s);
        row("insecure", "certificate-authority-data: Q0E=", "insecure-skip-tls-verify: true", {}, u"certificate checks turned off"_s);
        row("proxy", "certificate-authority-data: Q0E=", "proxy-url: http://evil", {}, u"“proxy-url”"_s);
        row("other server name", "certificate-authority-data: Q0E=", "tls-server-name: evil", {}, u"“tls-server-name”"_s);
        row("http", "server: https://api.north", "server: http://api.north", {}, u"unencrypted"_s);
        row("no server", "server: https://api.north.example:6443", "servr: x", {}, u"not the https:// address"_s);
        row("bad base64", "Q0E=", "Q0!E=", {}, u":7: certificate-authority-data is not base64"_s);
        row("missing file", "client-key: key.pem", "client-key: none.pem", u"s"_s, u"none.pem"_s);
        row("device", "tokenFile: token", "tokenFile: /dev/zero", u"f"_s, u"not a regular file"_s);
        row("alias", "preferences: {}", "preferences: &a {}", {}, u"anchors"_s);
        row("no kubeconfig", "kind: Config\nclusters:", "kind: Pod\nclustrs:", {}, u"is not a kubeconfig file"_s);
        row("broken", "users:", "users: ]", {}, u"config:"_s);
    }

    void refuses()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, context);
        QFETCH(QString, reason);
        const QByteArray text = from.isEmpty() ? m_whole : QByteArray(m_whole).replace(from, to);
        QVERIFY(from.isEmpty() || text != m_whole);
        const auto kubeconfig = readKubeconfig(write(u"config"_s, text), context);
        QVERIFY(!kubeconfig);
        const Error error = kubeconfig.error();
        QVERIFY2(error.message.contains(reason), qPrintable(error.message));
        QVERIFY(!(error.message + error.hint + error.detail).contains(u"sha256~"));
    }

    void boundsInput()
    {
        QVERIFY(!readKubeconfig(write(u"big"_s, QByteArray(2'000'000, '#'))));
        QCOMPARE(readKubeconfig(u"/dev/zero"_s).error().code, ErrorCode::BadInput);
        QCOMPARE(readKubeconfig(m_folder.filePath(u"none"_s)).error().code, ErrorCode::NotFound);
    }

    void writesWhatItReads()
    {
        const Credential credential{Secret("to\"ken: {x}"), {}, {}};
        const QByteArray text = kubeconfigFor(QUrl(u"https://h:6443"_s), u"/a \"b\"/ca.pem"_s, credential);
        QVERIFY(yaml::parse(text, u"x"_s));
        const QJsonObject json = QJsonDocument::fromJson(text).object();
        QCOMPARE(json[u"clusters"][0][u"cluster"][u"certificate-authority"].toString(), u"/a \"b\"/ca.pem"_s);
        QVERIFY(json[u"clusters"][0][u"cluster"][u"insecure-skip-tls-verify"].isUndefined());
        const QString path = write(u"own"_s, kubeconfigFor(QUrl(u"https://h:6443"_s), {}, credential));
        const auto read = readKubeconfig(path);
        QVERIFY2(read, qPrintable(read ? QString() : read.error().message));
        QCOMPARE(read->credential.token.reveal(), credential.token.reveal());
        QCOMPARE(serverOf(path)->toString(), u"https://h:6443"_s);
        const QString other = write(u"own"_s, kubeconfigFor(QUrl(u"https://h"_s), {}, {{}, "C", Secret("K")}));
        QCOMPARE(readKubeconfig(other)->credential.clientKey.reveal(), QByteArray("K"));
    }
};

QTEST_GUILESS_MAIN(TestKubeconfig)
#include "tst_kubeconfig.moc"
