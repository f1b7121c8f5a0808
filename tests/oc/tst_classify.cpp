#include "engine/oc/classify.h"
#include "engine/oc/streams.h"

#include <QFile>
#include <QSet>
#include <QTest>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace Qt::Literals::StringLiterals;

namespace {

QByteArray unescaped(const QByteArray& text)
{
    QByteArray plain;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text.at(i) != '\\' || i + 1 == text.size()) {
            plain += text.at(i);
            continue;
        }
        const char c = text.at(++i);
        plain += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
    return plain;
}

CommandResult ended(int exitCode, const QByteArray& output, const QByteArray& errors)
{
    CommandResult result;
    result.exitCode = exitCode;
    result.output = output;
    result.errorTail = errors;
    return result;
}

} // namespace

class TestClassify : public QObject {
    Q_OBJECT

private Q_SLOTS:
    /// What says so is the pod: it may leave the name out.
    void aContainerThatLacksSomething()
    {
        for (const auto& [line, name] : {std::pair<QByteArray, QString>{"@@n lacks gzip", u"gzip"_s}, {"@@n lacks", u"such program"_s}, {"@@n lacks\v", u"such program"_s}}) {
            const ByteSink sink = [](std::span<const char>) -> Result<void> { return {}; };
            const StreamOptions options;
            StreamReceiver receiver(u"n"_s, sink, options);
            receiver.errorLine(line);
            const auto proof = receiver.proof({}, u"read it"_s);
            QVERIFY(!proof);
            QCOMPARE(proof.error().code, ErrorCode::ToolMissing);
            QCOMPARE(proof.error().message, u"Could not read it: the container has no %1."_s.arg(name));
        }
    }

    void recordings_data()
    {
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errors");
        QFile table(QStringLiteral(TABLES "/failures.tsv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        int rows = 0;
        while (!table.atEnd()) {
            QByteArray line = table.readLine();
            line.chop(1);
            if (line.startsWith('#'))
                continue;
            const QByteArrayList fields = line.split('\t');
            QCOMPARE(fields.size(), 5);
            QTest::newRow(fields.at(0).constData()) << fields.at(1).toInt() << QString::fromUtf8(fields.at(2)) << unescaped(fields.at(3)) << unescaped(fields.at(4));
            ++rows;
        }
        QVERIFY(rows > 150);
    }
    void recordings()
    {
        QFETCH(int, exitCode);
        QFETCH(QString, code);
        QFETCH(QByteArray, output);
        QFETCH(QByteArray, errors);
        const Error error = classify(ended(exitCode, output, errors), u"read the pods"_s);
        QVERIFY2(errorCodeName(error.code) == code, qPrintable(errorCodeName(error.code) + u": "_s + error.message));
        // One sentence that says what happened, and what to do next.
        QVERIFY2(error.message.startsWith(u"Could not read the pods: "_s) && error.message.endsWith(u'.') && error.message.count(u'\n') == 0, qPrintable(error.message));
        QVERIFY(!error.hint.isEmpty());
        QVERIFY(!error.detail.contains(u"DeploymentConfig is deprecated"_s));
        QVERIFY(!error.detail.contains(u"loader.go"_s));
    }

    void sentences_data()
    {
        QTest::addColumn<QByteArray>("errors");
        QTest::addColumn<QString>("message");
        QTest::addColumn<QString>("hint");
        QTest::newRow("expired token") << QByteArray("error: You must be logged in to the server (Unauthorized)\n")
                                       << u"Could not read the pods: the token is expired or no longer valid."_s << u"Log in"_s;
        QTest::newRow("missing right") << QByteArray("Error from server (Forbidden): pods is forbidden: User \"viewer3s\" cannot list resource \"pods\" in API group \"\" in the namespace \"t\"\n")
                                       << u"Could not read the pods: the user viewer3s may not list pods."_s << u"administrator"_s;
        QTest::newRow("no session") << QByteArray("Error from server (Forbidden): pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API group \"\" in the namespace \"t\"\n")
                                    << u"Could not read the pods: there is no session with this cluster."_s << u"Log in"_s;
        QTest::newRow("unknown CA") << QByteArray("Unable to connect to the server: x509: certificate signed by unknown authority\n")
                                    << u"Could not read the pods: the server's certificate is not trusted."_s << u"--ca"_s;
        QTest::newRow("killed pod") << QByteArray("command terminated with exit code 137\n")
                                    << u"Could not read the pods: the pod or the program in it was killed (137)."_s << u"pod"_s;
    }
    void sentences()
    {
        QFETCH(QByteArray, errors);
        QFETCH(QString, hint);
        const Error error = classify(ended(errors.contains("137") ? 137 : 1, {}, errors), u"read the pods"_s);
        QTEST(error.message, "message");
        QVERIFY2(error.hint.contains(hint), qPrintable(error.hint));
    }

    /// What a program in a pod says must not be taken for the client's words.
    void remoteWordsAreNotTheClients()
    {
        const Error error = classify(ended(2, {}, "mysqldump: dial tcp: You must be logged in to the server\ncommand terminated with exit code 2\n"), u"dump"_s);
        QCOMPARE(error.code, ErrorCode::RemoteFailed);
        QVERIFY(error.detail.contains(u"mysqldump"_s));
        QVERIFY(!error.detail.contains(u"command terminated"_s));
    }

    void endings_data()
    {
        QTest::addColumn<int>("ending");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, Ending ending, ErrorCode code) { QTest::newRow(name) << static_cast<int>(ending) << static_cast<int>(code); };
        row("not started", Ending::FailedToStart, ErrorCode::ToolMissing);
        row("crash", Ending::Crashed, ErrorCode::Io);
        row("timeout", Ending::TimedOut, ErrorCode::Timeout);
        row("hung", Ending::Hung, ErrorCode::Timeout);
        row("cancel", Ending::Cancelled, ErrorCode::Cancelled);
        row("sink", Ending::SinkFailed, ErrorCode::NoSpace);
        row("source", Ending::SourceFailed, ErrorCode::NoSpace);
    }
    void endings()
    {
        QFETCH(int, ending);
        CommandResult result = ended(0, {}, "You must be logged in to the server");
        result.ending = static_cast<Ending>(ending);
        result.streamError = Error{ErrorCode::NoSpace, u"The disk is full."_s, {}, {}};
        const Error error = classify(result, u"read"_s);
        QTEST(static_cast<int>(error.code), "code");
        QVERIFY(error.message.endsWith(u'.'));
    }

    void unknownKinds()
    {
        QCOMPARE(unknownKind(ended(1, {}, "error: the server doesn't have a resource type \"frobs\"\n")), u"frobs"_s);
        QCOMPARE(unknownKind(ended(1, {}, "Error from server (Forbidden): pods is forbidden: User \"x\" cannot list\n")), QString());
        // While a part of the API is away nothing is known about its kinds.
        QCOMPARE(unknownKind(ended(1, {}, "E1122 10:00:00.000001 1 memcache.go:287] couldn't get resource list for route.openshift.io/v1: the server is currently unable to handle the request\n"
                                          "error: the server doesn't have a resource type \"routes\"\n")), QString());
    }

    void noise_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("kept");
        QTest::newRow("deprecation") << QByteArray("Warning: apps.openshift.io/v1 DeploymentConfig is deprecated in v4.14+, unavailable in v4.10000+\n") << QByteArray();
        QTest::newRow("old deprecation") << QByteArray("W0101 10:00:00.000001   12 warnings.go:70] apps.openshift.io/v1 DeploymentConfig is deprecated\nx\n") << QByteArray("x");
        QTest::newRow("container") << QByteArray("Defaulted container \"a\" out of: a, b\nERROR 1146\n") << QByteArray("ERROR 1146");
        QTest::newRow("kubeconfig") << QByteArray("W1122 09:08:54.339874   29104 loader.go:222] Config not found: /x\n") << QByteArray();
        QTest::newRow("markers") << QByteArray("@@0123 hb\n@@0123 end rc=0\n") << QByteArray();
        QTest::newRow("a program's warning stays") << QByteArray("Warning: Using a password on the command line interface can be insecure.\n")
                                                   << QByteArray("Warning: Using a password on the command line interface can be insecure.");
        QTest::newRow("last-applied") << QByteArray("Warning: resource secrets/x is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by oc apply.\n") << QByteArray();
    }
    void noise()
    {
        QFETCH(QByteArray, text);
        QTEST(withoutNoise(text), "kept");
    }
};

QTEST_GUILESS_MAIN(TestClassify)
#include "tst_classify.moc"
