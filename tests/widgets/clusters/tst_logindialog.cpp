#include "engine/cluster/login.h"
#include "httpsserver.h"
#include "models/clusters/fixture.h"
#include "widgets/clusters/addclusterdialog.h"
#include "widgets/clusters/loginline.h"
#include "widgets/common/theme.h"

#include <QCheckBox>
#include <QClipboard>
#include <QDir>
#include <QRadioButton>
#include <QSignalSpy>
#include <QSslCertificate>
#include <QTabWidget>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::models;
using namespace scalekeep::widgets;

namespace {
const QByteArray goodToken = "sha256~Zq3_good-token-value";

QByteArray answer(const HttpsServer::Request& request)
{
    if (request.path == "/apis/user.openshift.io/v1/users/~" && request.headers.value("authorization") == "Bearer " + goodToken)
        return HttpsServer::json(R"({"kind":"User","metadata":{"name":"mwagner"}})");
    return HttpsServer::json("{}", "401 Unauthorized");
}

void grab(QWidget& widget, const QString& name)
{
    const QString folder = qEnvironmentVariable("SCALEKEEP_PICTURES");
    if (folder.isEmpty())
        return;
    QTest::qWait(50);
    widget.grab().save(QDir(folder).filePath(name + u".png"_s));
}
} // namespace

class TestLoginDialog : public QObject {
    Q_OBJECT

    TestCertificate m_certificate;
    std::unique_ptr<HttpsServer> m_server;
    std::unique_ptr<QTemporaryDir> m_runtime;

    [[nodiscard]] QString url() const { return u"https://127.0.0.1:%1"_s.arg(m_server->port()); }
    [[nodiscard]] QString line(const QByteArray& token = goodToken) const { return u"oc login --token=%1 --server=%2"_s.arg(QString::fromLatin1(token), url()); }
    [[nodiscard]] QString fingerprint() const
    {
        return QString::fromLatin1(QSslCertificate(m_certificate.pem).digest(QCryptographicHash::Sha256).toHex(':').toUpper());
    }
    static QPushButton* button(QWidget& dialog, const QString& name) { return dialog.findChild<QPushButton*>(name); }
    static QLineEdit* field(QWidget& dialog, const QString& name) { return dialog.findChild<QLineEdit*>(name); }

private Q_SLOTS:
    void initTestCase()
    {
        qunsetenv("DBUS_SESSION_BUS_ADDRESS");
        qputenv("SCALEKEEP_OC", "/bin/false");
        theme::install(*qApp);
        theme::choose(theme::Choice::Light);
        m_certificate = makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}});
    }

    void init()
    {
        m_runtime = std::make_unique<QTemporaryDir>();
        qputenv("XDG_RUNTIME_DIR", m_runtime->path().toUtf8());
        m_server = std::make_unique<HttpsServer>(m_certificate, answer);
    }

    void pastedLineToConnectedCluster()
    {
        fixture::Place place;
        AddClusterDialog dialog(*place.hub);
        QSignalSpy connected(&dialog, &AddClusterDialog::connected);
        dialog.show();
        grab(dialog, u"add-cluster"_s);
        QVERIFY(!button(dialog, u"connect"_s)->isEnabled());

        // Pasted as a user does; the token is gone from the field at once.
        auto* pasted = dialog.findChild<LoginLine*>();
        pasted->setFocus();
        QGuiApplication::clipboard()->setText(line());
        QTest::keyClick(pasted, Qt::Key_V, Qt::ControlModifier);
        QVERIFY(pasted->text().contains(u"••••"));
        QVERIFY(!pasted->text().contains(u"good-token"));
        pasted->undo();
        QVERIFY(!pasted->text().contains(u"good-token"));
        QVERIFY(pasted->command());

        auto* name = field(dialog, u"clusterName"_s);
        QCOMPARE(name->text(), u"127-0-0-1"_s);
        name->selectAll();
        QTest::keyClicks(name, u"dr-eu"_s);
        QVERIFY(button(dialog, u"connect"_s)->isEnabled());
        dialog.findChild<QCheckBox*>(u"production"_s)->click();
        dialog.findChild<QCheckBox*>(u"readOnly"_s)->click();
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        grab(dialog, u"add-cluster-connecting"_s);

        // The certificate is shown and asked about; nothing has been sent.
        auto* expected = field(dialog, u"expectedFingerprint"_s);
        QTRY_VERIFY_WITH_TIMEOUT(expected->isVisible(), 10'000);
        QVERIFY(m_server->requests().isEmpty());
        QCOMPARE(dialog.findChild<QLabel*>(u"fingerprint"_s)->text().remove(u'\n').size(), fingerprint().size() - 1);
        QCOMPARE(button(dialog, u"connect"_s)->text(), u"Trust and connect"_s);
        QVERIFY(button(dialog, u"connect"_s)->isEnabled());
        expected->setText(u"00:11"_s);
        QVERIFY(!button(dialog, u"connect"_s)->isEnabled());
        grab(dialog, u"add-cluster-different"_s);
        expected->setText(u"SHA256 Fingerprint="_s + fingerprint().toLower());
        QVERIFY(button(dialog, u"connect"_s)->isEnabled());
        grab(dialog, u"add-cluster-certificate"_s);
        theme::choose(theme::Choice::Dark);
        grab(dialog, u"add-cluster-certificate-dark"_s);
        theme::choose(theme::Choice::Light);
        dialog.findChild<QRadioButton*>(u"trustFile"_s)->click();
        QVERIFY(!button(dialog, u"connect"_s)->isEnabled());
        dialog.findChild<QRadioButton*>(u"trustThis"_s)->click();

        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(connected.size(), 1, 10'000);
        QVERIFY(!dialog.isVisible());
        const ClusterState* state = place.hub->cluster(u"dr-eu"_s);
        QVERIFY(state);
        QCOMPARE(state->cluster.user, u"mwagner"_s);
        QVERIFY(state->cluster.production && state->cluster.readOnly);
        QCOMPARE(state->cluster.fingerprint, fingerprint());
        // And after a restart.
        const auto kept = cluster::Logins(place.home.path(), place.redactor).cluster(u"dr-eu"_s);
        QVERIFY(kept && kept->production && kept->readOnly);
    }

    void wrongTokenIsSaidInTheDialog()
    {
        fixture::Place place;
        AddClusterDialog dialog(*place.hub);
        dialog.show();
        dialog.showTab(AddClusterDialog::Token);
        field(dialog, u"tokenServer"_s)->setText(url());
        field(dialog, u"token"_s)->setText(u"sha256~wrong-token"_s);
        field(dialog, u"clusterName"_s)->selectAll();
        QTest::keyClicks(field(dialog, u"clusterName"_s), u"dr-eu"_s);
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(field(dialog, u"expectedFingerprint"_s)->isVisible(), 10'000);
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        auto* problem = dialog.findChild<Banner*>(u"loginProblem"_s);
        QTRY_VERIFY_WITH_TIMEOUT(problem->isVisible(), 10'000);
        grab(dialog, u"add-cluster-refused"_s);
        QVERIFY(dialog.isVisible());
        QVERIFY(!place.hub->cluster(u"dr-eu"_s));
        // The same dialog with the right one.
        field(dialog, u"token"_s)->setText(QString::fromLatin1(goodToken));
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(place.hub->cluster(u"dr-eu"_s), 10'000);
        QTRY_VERIFY(!dialog.isVisible());
    }

    void logInAgainAsksNoQuestionAboutCertificates()
    {
        fixture::Place place;
        const auto added = place.logins.loginWithToken(u"dr-eu"_s, QUrl(url()), Secret(goodToken), {{}, fingerprint()}, false);
        QVERIFY2(added, added ? "" : qPrintable(added.error().message));
        ClusterState state;
        state.cluster = *added;
        state.state = ConnectionState::LoginExpired;
        place.hub->put(state);

        {
            AddClusterDialog dialog(*place.hub, *added);
            QSignalSpy connected(&dialog, &AddClusterDialog::connected), renewed(place.hub.get(), &ClusterHub::loginRenewed);
            dialog.show();
            grab(dialog, u"login-again"_s);
            QVERIFY(!field(dialog, u"clusterName"_s)->isVisible());
            auto* pasted = dialog.findChild<LoginLine*>();
            pasted->setText(u"oc login --token=%1 --server=https://other.example.com:6443"_s.arg(QString::fromLatin1(goodToken)));
            QVERIFY(!button(dialog, u"connect"_s)->isEnabled());
            pasted->setText(line());
            QVERIFY(button(dialog, u"connect"_s)->isEnabled());
            QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
            QTRY_COMPARE_WITH_TIMEOUT(connected.size(), 1, 10'000);
            QCOMPARE(renewed.size(), 1);
        }
        // The server has another certificate now: an error, not the question.
        const TestCertificate before = m_certificate;
        const quint16 port = m_server->port();
        m_server = std::make_unique<HttpsServer>(makeCertificate({u"api"_s, {u"IP:127.0.0.1"_s}}), answer);
        cluster::Cluster moved = *added;
        moved.server.setPort(m_server->port());
        QVERIFY(port != m_server->port());
        QVERIFY(place.logins.forget(u"dr-eu"_s));
        QFile list(place.home.filePath(u"clusters.json"_s));
        QVERIFY(list.open(QIODevice::WriteOnly));
        list.write(QStringLiteral(R"({"version":1,"clusters":[{"name":"dr-eu","server":"%1","fingerprint":"%2"}]})").arg(moved.server.toString(), moved.fingerprint).toUtf8());
        list.close();
        AddClusterDialog dialog(*place.hub, moved);
        dialog.show();
        dialog.findChild<LoginLine*>()->setText(line());
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(dialog.findChild<Banner*>(u"loginProblem"_s)->isVisible(), 10'000);
        QVERIFY(!field(dialog, u"expectedFingerprint"_s)->isVisible());
        QVERIFY(m_server->requests().isEmpty());
        grab(dialog, u"login-again-changed"_s);
    }

    void cancelTakesTheLoginBack()
    {
        fixture::Place place;
        AddClusterDialog dialog(*place.hub);
        dialog.show();
        dialog.showTab(AddClusterDialog::Token);
        field(dialog, u"tokenServer"_s)->setText(url());
        field(dialog, u"token"_s)->setText(QString::fromLatin1(goodToken));
        field(dialog, u"clusterName"_s)->selectAll();
        QTest::keyClicks(field(dialog, u"clusterName"_s), u"dr-eu"_s);
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(field(dialog, u"expectedFingerprint"_s)->isVisible(), 10'000);
        QSignalSpy lists(place.hub.get(), &ClusterHub::clustersChanged);
        QTest::mouseClick(button(dialog, u"connect"_s), Qt::LeftButton);
        QTest::keyClick(&dialog, Qt::Key_Escape);
        QVERIFY(!dialog.isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(lists.size(), 2, 10'000); // added, and removed again
        QVERIFY(place.hub->clusters().isEmpty());
        QVERIFY(place.logins.clusters()->isEmpty());
    }

    void linesThatAreNone_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("something else") << u"kubectl get pods"_s;
        QTest::newRow("no token") << u"oc login https://api.example.com:6443"_s;
        QTest::newRow("insecure") << u"oc login --token=sha256~abc --server=https://api.example.com:6443 --insecure-skip-tls-verify"_s;
        QTest::newRow("bullets") << u"oc login --token=sha256~•••• --server=https://api.example.com:6443"_s;
    }

    void linesThatAreNone()
    {
        QFETCH(QString, text);
        fixture::Place place;
        AddClusterDialog dialog(*place.hub);
        dialog.show();
        dialog.findChild<LoginLine*>()->setText(text);
        QVERIFY(dialog.findChild<LoginLine*>()->error());
        QVERIFY(!dialog.findChild<QLabel*>(u"loginLineState"_s)->text().isEmpty());
        QVERIFY(!button(dialog, u"connect"_s)->isEnabled());
    }

    void namesAreSuggested()
    {
        fixture::Place place;
        place.hub->put(fixture::clusterState(u"ocp4-dr"_s, {}));
        AddClusterDialog dialog(*place.hub);
        dialog.show();
        dialog.findChild<LoginLine*>()->setText(u"oc login --token=sha256~abc --server=https://api.ocp4-dr.example.com:6443"_s);
        QCOMPARE(field(dialog, u"clusterName"_s)->text(), u"ocp4-dr-2"_s);
        field(dialog, u"clusterName"_s)->setText(u"ocp4-dr"_s);
        QVERIFY(!button(dialog, u"connect"_s)->isEnabled());
        auto* tabs = dialog.findChild<QTabWidget*>();
        for (int tab = 0; tab < tabs->count(); ++tab) {
            tabs->setCurrentIndex(tab);
            grab(dialog, u"add-cluster-tab%1"_s.arg(tab));
        }
    }
};

QTEST_MAIN(TestLoginDialog)
#include "tst_logindialog.moc"
