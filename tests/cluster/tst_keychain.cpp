#include "engine/cluster/keychain.h"
#include "engine/cluster/login.h"

#include "httpsserver.h"

#include <QDir>
#include <QDirIterator>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::cluster;

/// Runs inside a session bus of its own with a real secret service (see main below).
class TestKeychain : public QObject {
    Q_OBJECT

    QStringList kubeconfigs() const { return QDir(qEnvironmentVariable("XDG_RUNTIME_DIR")).entryList({u"scalekeep-*"_s}).isEmpty() ? QStringList() : filesBelow(qEnvironmentVariable("XDG_RUNTIME_DIR")); }
    static QStringList filesBelow(const QString& folder)
    {
        QStringList found;
        QDirIterator files(folder, {u"*.kubeconfig"_s}, QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext())
            found.append(files.next());
        return found;
    }

private Q_SLOTS:
    void initTestCase()
    {
        if (!qEnvironmentVariableIsSet("KEYCHAIN_TEST_BUS"))
            QSKIP("needs dbus-run-session and gnome-keyring-daemon");
    }

    void keepsReadsAndRemoves()
    {
        QVERIFY(keychain::available());
        const Secret value(QByteArray("line\n\0binary\xff", 13));
        QCOMPARE(keychain::read(u"a (/x)"_s).error().code, ErrorCode::NotFound);
        const auto written = keychain::write(u"a (/x)"_s, value);
        QVERIFY2(written, qPrintable(written ? QString() : written.error().message + written.error().detail));
        QCOMPARE(keychain::read(u"a (/x)"_s)->reveal(), value.reveal());
        QVERIFY(keychain::write(u"a (/x)"_s, Secret("other")));
        QCOMPARE(keychain::read(u"a (/x)"_s)->reveal(), QByteArray("other"));
        QCOMPARE(keychain::read(u"a (/y)"_s).error().code, ErrorCode::NotFound);
        QVERIFY(keychain::remove(u"a (/x)"_s));
        QVERIFY(keychain::remove(u"a (/x)"_s));
        QCOMPARE(keychain::read(u"a (/x)"_s).error().code, ErrorCode::NotFound);
    }

    void loginsUseIt()
    {
        const QByteArray token = "sha256~keychain-token";
        const TestCertificate certificate = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}});
        HttpsServer server(certificate, [](const auto&) { return HttpsServer::json("{\"metadata\":{\"name\":\"dev\"}}"); });
        const QUrl url(u"https://127.0.0.1:%1"_s.arg(server.port()));
        QTemporaryDir home;
        qputenv("SCALEKEEP_HOME", home.path().toUtf8());
        Redactor redactor;
        QString kubeconfig;
        {
            Logins logins(home.path(), redactor);
            const auto cluster = logins.loginWithToken(u"north"_s, url, Secret(token), {{}, Logins::peekCertificate(url)->fingerprint}, false);
            QVERIFY2(cluster, qPrintable(cluster ? QString() : cluster.error().message));
            QCOMPARE(cluster->tokenStore, u"keychain"_s);
            QVERIFY(kubeconfigs().isEmpty());
        }
        {
            Logins logins(home.path(), redactor);
            const auto connection = logins.connection(u"north"_s);
            QVERIFY(connection);
            kubeconfig = connection->kubeconfig;
            QFile file(kubeconfig);
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY(file.readAll().contains(token));
            QCOMPARE(logins.connection(u"north"_s)->kubeconfig, kubeconfig);
            QCOMPARE(kubeconfigs(), QStringList{kubeconfig});
        }
        QVERIFY(!QFile::exists(kubeconfig));
        // What a killed program left behind goes with the next connection; that of a living one stays.
        const QString folder = QFileInfo(kubeconfig).path();
        for (const QString& name : {u"999999999-1-north.kubeconfig"_s, u"%1-1-north.kubeconfig"_s.arg(QCoreApplication::applicationPid())}) {
            QFile file(folder + u'/' + name);
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
        Logins logins(home.path(), redactor);
        QVERIFY(logins.connection(u"north"_s));
        QVERIFY(!QFile::exists(folder + u"/999999999-1-north.kubeconfig"_s));
        QCOMPARE(kubeconfigs().size(), 2);
        QVERIFY(logins.logout(u"north"_s));
        QCOMPARE(keychain::read(u"north (%1)"_s.arg(QDir(home.path()).absolutePath())).error().code, ErrorCode::NotFound);
        QCOMPARE(logins.connection(u"north"_s).error().code, ErrorCode::NotLoggedIn);
        // A stored login takes the place of the keychain's.
        const Trust trust{{}, Logins::peekCertificate(url)->fingerprint};
        QVERIFY(logins.loginWithToken(u"north"_s, url, Secret(token), trust, false));
        QVERIFY(logins.loginWithToken(u"north"_s, url, Secret(token), trust, true));
        QCOMPARE(logins.cluster(u"north"_s)->tokenStore, u"state"_s);
        QCOMPARE(keychain::read(u"north (%1)"_s.arg(QDir(home.path()).absolutePath())).error().code, ErrorCode::NotFound);
    }
};

// Without a bus of ours, starts itself again inside one, so that no keyring of the person who runs the tests is ever touched.
int main(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QString session = QStandardPaths::findExecutable(u"dbus-run-session"_s), daemon = QStandardPaths::findExecutable(u"gnome-keyring-daemon"_s);
    if (qEnvironmentVariableIsSet("KEYCHAIN_TEST_BUS") || session.isEmpty() || daemon.isEmpty()) {
        TestKeychain test;
        return QTest::qExec(&test, argc, argv);
    }
    const QTemporaryDir folder;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
        environment.insert(QString::fromLatin1(name), folder.path());
    environment.insert(u"KEYCHAIN_TEST_BUS"_s, u"1"_s);
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(session, QStringList{u"--"_s, u"sh"_s, u"-c"_s, u"printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec \"$@\""_s, u"sh"_s, application.applicationFilePath()} +
                      application.arguments().mid(1));
    process.waitForFinished(-1);
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : 1;
}

#include "tst_keychain.moc"
