#include "engine/cluster/logincommand.h"

#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using scalekeep::cluster::parseLoginCommand;

class TestLoginCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reads_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("server");
        QTest::addColumn<QByteArray>("token");
        const QByteArray token = "sha256~AbC-_9";
        const QString server = u"https://api.north.example:6443"_s;
        QTest::newRow("console") << u"oc login --token=sha256~AbC-_9 --server=https://api.north.example:6443"_s << server << token;
        QTest::newRow("prompt and newline") << u"  $ oc login --token=sha256~AbC-_9 --server=https://api.north.example:6443\n"_s << server << token;
        QTest::newRow("spaces for equals") << u"oc login --token sha256~AbC-_9 --server https://api.north.example:6443"_s << server << token;
        QTest::newRow("positional server") << u"oc login https://api.north.example:6443 --token=sha256~AbC-_9"_s << server << token;
        QTest::newRow("quotes") << u"oc login --token='sha256~AbC-_9' --server=\"https://api.north.example:6443\""_s << server << token;
        QTest::newRow("continued") << u"oc login \\\n  --token=sha256~AbC-_9 \\\n --server=https://api.north.example:6443"_s << server << token;
        QTest::newRow("path") << u"/usr/local/bin/oc login --token=sha256~AbC-_9 -s https://api.north.example:6443/"_s << server << token;
        QTest::newRow("no scheme") << u"oc login api.north.example:6443 --token=sha256~AbC-_9"_s << server << token;
        QTest::newRow("verify said aloud") << u"oc login api.north.example:6443 --insecure-skip-tls-verify=false --token=sha256~AbC-_9"_s << server << token;
    }

    void reads()
    {
        QFETCH(QString, line);
        QFETCH(QString, server);
        QFETCH(QByteArray, token);
        const auto command = parseLoginCommand(line);
        QVERIFY2(command, qPrintable(command ? QString() : command.error().message));
        QCOMPARE(command->server.toString(), server);
        QCOMPARE(command->token.reveal(), token);
    }

    void readsUsers()
    {
        const auto command = parseLoginCommand(u"oc login -u dev -p 'pa ss\\' https://h:6443 --certificate-authority='/c a'"_s);
        QVERIFY2(command, qPrintable(command ? QString() : command.error().message));
        QCOMPARE(command->user, u"dev"_s);
        QCOMPARE(command->password.reveal(), QByteArray("pa ss\\"));
        QCOMPARE(command->caFile, u"/c a"_s);
    }

    void refuses_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QString>("reason");
        QTest::newRow("empty") << QString() << u"not an “oc login” command"_s;
        QTest::newRow("other command") << u"oc get pods --token=sekret1"_s << u"not an “oc login” command"_s;
        QTest::newRow("kubectl") << u"kubectl login --token=sekret1"_s << u"not an “oc login” command"_s;
        QTest::newRow("bare token") << u"sha256~sekret1"_s << u"not an “oc login” command"_s;
        QTest::newRow("no server") << u"oc login --token=sekret1"_s << u"names no server"_s;
        QTest::newRow("no token") << u"oc login --server=https://h:6443"_s << u"neither a token nor a user"_s;
        QTest::newRow("value missing") << u"oc login --server=https://h:6443 --token"_s << u"has no value"_s;
        QTest::newRow("unknown option") << u"oc login --as=sekret1 --token=sekret1 --server=https://h"_s << u"“--as”"_s;
        QTest::newRow("value at a short option") << u"oc login -u dev -psekret1 --server=https://h"_s << u"“-p”"_s;
        QTest::newRow("token and user") << u"oc login -u dev --token=sekret1 --server=https://h"_s << u"both a token and a user"_s;
        QTest::newRow("insecure") << u"oc login --insecure-skip-tls-verify --token=sekret1 --server=https://h"_s << u"certificate checks off"_s;
        QTest::newRow("http") << u"oc login --token=sekret1 --server=http://h"_s << u"unencrypted"_s;
        QTest::newRow("path") << u"oc login --token=sekret1 --server=https://h/console?x=sekret1"_s << u"more than a host and a port"_s;
        QTest::newRow("user info") << u"oc login --token=sekret1 --server=https://u:sekret1@h"_s << u"more than a host and a port"_s;
    }

    void refuses()
    {
        QFETCH(QString, line);
        QFETCH(QString, reason);
        const auto command = parseLoginCommand(line);
        QVERIFY(!command);
        const Error error = command.error();
        QVERIFY2(error.message.contains(reason), qPrintable(error.message));
        QVERIFY2(!(error.message + error.hint + error.detail).contains(u"sekret1"), qPrintable(error.message));
    }
};

QTEST_GUILESS_MAIN(TestLoginCommand)
#include "tst_logincommand.moc"
