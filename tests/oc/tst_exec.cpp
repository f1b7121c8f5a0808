#include "localpod.h"

#include <QElapsedTimer>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

class TestExec : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void exec_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QStringList>("argv");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errorText");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            const auto row = [&shell](const char* name, const QStringList& argv, int code, const QByteArray& out, const QByteArray& err) {
                QTest::addRow("%s %s", qPrintable(shell), name) << shell << argv << code << out << err;
            };
            row("nothing", {u"true"_s}, 0, "", "");
            row("output", {u"echo"_s, u"a b"_s, u"$HOME"_s, u"it's"_s}, 0, "a b $HOME it's\n", "");
            row("no end of line", {u"printf"_s, u"x"_s}, 0, "x", "");
            row("binary", {u"printf"_s, u"\\0\\377\\n\\n"_s}, 0, QByteArray("\0\xff\n\n", 4), "");
            row("own marker", {u"echo"_s, u"@@0123 rc=0"_s}, 0, "@@0123 rc=0\n", "");
            row("exit code", {u"sh"_s, u"-c"_s, u"echo out; echo err >&2; exit 42"_s}, 42, "out\n", "err");
            row("killed", {u"sh"_s, u"-c"_s, u"kill -9 $$"_s}, 137, "", "");
            row("no input", {u"cat"_s}, 0, "", "");
        }
    }
    void exec()
    {
        QFETCH(QString, shell);
        QFETCH(QStringList, argv);
        const LocalPod local(shell);
        const auto result = local.client().exec(LocalPod::pod(), argv);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QTEST(result->exitCode, "exitCode");
        QTEST(result->output, "output");
        // The shell itself may say that something was killed.
        if (result->exitCode != 137)
            QTEST(result->errorText, "errorText");
    }

    void missingProgram()
    {
        const LocalPod local;
        const auto result = local.client().exec(LocalPod::pod(), {u"no-such-program"_s});
        QVERIFY(result);
        QCOMPARE(result->exitCode, 127);
    }

    void endsInThePodInTime()
    {
        const LocalPod local;
        QElapsedTimer timer;
        timer.start();
        const auto result = local.client().exec(LocalPod::pod(), {u"sleep"_s, u"60"_s}, 1s);
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Timeout);
        QVERIFY(timer.elapsed() < 5000);
    }

    void worksWithoutTimeout()
    {
        LocalPod local;
        local.onlyTools({u"echo"_s});
        const auto result = local.client().exec(LocalPod::pod(), {u"echo"_s, u"x"_s});
        QVERIFY(result);
        QCOMPARE(result->output, "x\n");
    }

    void cutAnswer_data()
    {
        QTest::addColumn<int>("at");
        // "12345\n" and "\n@@<32 digits> rc=0\n"
        for (const int at : {0, 1, 5, 6, 7, 20, 45, 46})
            QTest::addRow("%d", at) << at;
    }
    void cutAnswer()
    {
        QFETCH(int, at);
        LocalPod local;
        local.set("TRUNCATE", at);
        const auto result = local.client().exec(LocalPod::pod(), {u"echo"_s, u"12345"_s});
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::TruncatedStream);
    }

    void input_data() { shells(); }
    void input()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        const QByteArray sql = "SELECT 'it''s';\n\n  -- ends with newlines and \xff\n\n";
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, sql);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->exitCode, 0);
        QCOMPARE(result->output, sql);
    }

    void emptyInput()
    {
        const LocalPod local;
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, {});
        QVERIFY(result);
        QCOMPARE(result->output, "");
    }

    void largestInput_data() { shells(); }
    void largestInput()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        const QByteArray sql = QByteArray("INSERT INTO t VALUES (1);\n").repeated(50000).left(1024LL * 1024);
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, sql);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->output, sql);
    }

    void unreadInput_data() { shells(); }
    void unreadInput()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"sh"_s, u"-c"_s, u"echo 'ERROR 1146' >&2; exit 1"_s}, QByteArray(500'000, 'x'));
        QVERIFY2(result, result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->exitCode, 1);
        QCOMPARE(result->errorText, "ERROR 1146");
    }

    void cutInputIsNotBegun_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<int>("at");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            for (const int at : {1, 20, 39})
                QTest::addRow("%s %d", qPrintable(shell), at) << shell << at;
        }
    }
    void cutInputIsNotBegun()
    {
        QFETCH(QString, shell);
        QFETCH(int, at);
        QTemporaryDir directory;
        const QString trace = directory.filePath(u"begun"_s);
        LocalPod local(shell);
        local.set("CUT_INPUT", at);
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"sh"_s, u"-c"_s, u"cat >\"$1\""_s, u"sh"_s, trace}, "DELETE FROM t WHERE id = 1 OR id = 12345;");
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::TruncatedStream);
        QVERIFY2(!QFile::exists(trace), "half a statement was run");
    }

    void refusedInput()
    {
        const LocalPod local;
        QCOMPARE(local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, QByteArray(1024LL * 1024 + 1, 'x')).error().code, ErrorCode::Usage);
        QCOMPARE(local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, QByteArray("a\0b", 3)).error().code, ErrorCode::Usage);
    }

    void noDigestProgram()
    {
        LocalPod local;
        local.onlyTools({u"cat"_s, u"head"_s});
        const auto result = local.client().execWithInput(LocalPod::pod(), {u"cat"_s}, "x");
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::ToolMissing);
    }

    void tools()
    {
        LocalPod local;
        local.onlyTools({u"cat"_s, u"tar"_s});
        const auto found = local.client().tools(LocalPod::pod(), {u"cat"_s, u"gzip"_s, u"tar"_s, u"-x"_s});
        QVERIFY(!found);
        local.onlyTools({u"sh"_s});
        const auto now = local.client().tools(LocalPod::pod(), {u"cat"_s, u"gzip"_s, u"tar"_s});
        QVERIFY2(now, now ? "" : qPrintable(now.error().message));
        QCOMPARE(*now, (QSet<QString>{u"cat"_s, u"tar"_s}));
    }

    void hostileNames()
    {
        const LocalPod local;
        for (const PodRef& pod : {PodRef{u"--as=admin"_s, u"c"_s, {}}, PodRef{{}, u"c"_s, {}}, PodRef{u"p"_s, u"-i"_s, {}}}) {
            QCOMPARE(local.client().exec(pod, {u"true"_s}).error().code, ErrorCode::BadInput);
            QCOMPARE(local.client().execWithInput(pod, {u"true"_s}, {}).error().code, ErrorCode::BadInput);
        }
    }

    void cancel()
    {
        const LocalPod local;
        std::stop_source source;
        source.request_stop();
        const auto result = local.client(source.get_token()).exec(LocalPod::pod(), {u"sleep"_s, u"60"_s});
        QVERIFY(!result);
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
    }

private:
    static void shells()
    {
        QTest::addColumn<QString>("shell");
        QTest::newRow("dash") << u"dash"_s;
        QTest::newRow("bash") << u"bash"_s;
    }
};

QTEST_GUILESS_MAIN(TestExec)
#include "tst_exec.moc"
