#include "engine/cluster/proxy.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using scalekeep::cluster::proxyFor;

class TestProxy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void followsTheEnvironment_data()
    {
        QTest::addColumn<QString>("proxy");
        QTest::addColumn<QString>("except");
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("expected");
        const QString api = u"https://api.north.example.com:6443"_s;
        QTest::newRow("none set") << QString() << QString() << api << QString();
        QTest::newRow("url") << u"http://proxy:3128"_s << QString() << api << u"proxy:3128"_s;
        QTest::newRow("bare") << u"proxy:3128"_s << QString() << api << u"proxy:3128"_s;
        QTest::newRow("socks") << u"socks5://proxy"_s << QString() << api << u"proxy:1080"_s;
        QTest::newRow("star") << u"proxy:1"_s << u"*"_s << api << QString();
        QTest::newRow("domain") << u"proxy:1"_s << u"a.b, example.com"_s << api << QString();
        QTest::newRow("dotted domain") << u"proxy:1"_s << u".north.example.com"_s << api << QString();
        QTest::newRow("dotted domain is not the host") << u"proxy:1"_s << u".api.north.example.com"_s << api << u"proxy:1"_s;
        QTest::newRow("part of a name") << u"proxy:1"_s << u"xample.com"_s << api << u"proxy:1"_s;
        QTest::newRow("right port") << u"proxy:1"_s << u"example.com:6443"_s << api << QString();
        QTest::newRow("other port") << u"proxy:1"_s << u"example.com:443"_s << api << u"proxy:1"_s;
        QTest::newRow("subnet") << u"proxy:1"_s << u"10.0.0.0/8"_s << u"https://10.1.2.3"_s << QString();
        QTest::newRow("other subnet") << u"proxy:1"_s << u"10.0.0.0/8"_s << u"https://11.1.2.3"_s << u"proxy:1"_s;
        QTest::newRow("bad subnet") << u"proxy:1"_s << u"nonsense/99"_s << u"https://10.1.2.3"_s << u"proxy:1"_s;
        QTest::newRow("loopback") << u"proxy:1"_s << QString() << u"https://127.0.3.1:6443"_s << QString();
        QTest::newRow("localhost") << u"proxy:1"_s << QString() << u"https://localhost:6443"_s << QString();
    }

    void followsTheEnvironment()
    {
        QFETCH(QString, proxy);
        QFETCH(QString, except);
        QFETCH(QString, url);
        QFETCH(QString, expected);
        for (const bool upper : {true, false}) {
            QProcessEnvironment environment;
            environment.insert(upper ? u"HTTPS_PROXY"_s : u"https_proxy"_s, proxy);
            environment.insert(upper ? u"NO_PROXY"_s : u"no_proxy"_s, except);
            const QNetworkProxy found = proxyFor(QUrl(url), environment);
            QCOMPARE(found.type() == QNetworkProxy::NoProxy ? QString() : u"%1:%2"_s.arg(found.hostName()).arg(found.port()), expected);
        }
    }
};

QTEST_GUILESS_MAIN(TestProxy)
#include "tst_proxy.moc"
