#include "observed.h"

#include "engine/oc/patience.h"
#include "engine/oc/runner.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <csignal>
#include <ctime>
#include <thread>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

Command client(const QStringList& args)
{
    Command command;
    command.program = QStringLiteral(BADCLIENT);
    command.args = args;
    return command;
}

ByteSource zeros(qint64 total)
{
    return [left = total](qsizetype max) mutable -> Result<QByteArray> {
        const qint64 size = std::min<qint64>(left, max);
        left -= size;
        return QByteArray(size, '\0');
    };
}

} // namespace

class TestRunner : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void patience_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<double>("factor"); // 0: refused
        QTest::newRow("not set") << QByteArray() << 1.0;
        QTest::newRow("slow line") << QByteArray("3") << 3.0;
        QTest::newRow("impatient") << QByteArray(" 0.05 ") << 0.05;
        QTest::newRow("nothing") << QByteArray("0") << 0.0;
        QTest::newRow("negative") << QByteArray("-1") << 0.0;
        QTest::newRow("not a number") << QByteArray("nan") << 0.0;
        QTest::newRow("for ever") << QByteArray("inf") << 0.0;
        QTest::newRow("a word") << QByteArray("3x") << 0.0;
    }
    void patience()
    {
        QFETCH(QByteArray, text);
        QFETCH(double, factor);
        qputenv("SCALEKEEP_PATIENCE", text);
        const auto read = oc::patience();
        qunsetenv("SCALEKEEP_PATIENCE");
        QCOMPARE(read.value_or(0), factor);
        if (factor == 0)
            QVERIFY(read.error().message.contains(u"SCALEKEEP_PATIENCE"_s));
    }
    void patienceShortensLimits()
    {
        Command command = client({u"hang"_s});
        command.timeout = 1000s;
        command.silence = 0ms;
        const Command shorter = withPatience(command, 0.0001);
        QCOMPARE(shorter.timeout, 100ms);
        QCOMPARE(shorter.silence, 0ms); // no limit stays none
        QCOMPARE(Runner(100ms).run(shorter).ending, Ending::TimedOut);
    }
    void endings_data()
    {
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<int>("ending");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<QByteArray>("errorTail");
        const auto row = [](const char* name, const QStringList& args, Ending ending, int code, const QByteArray& out, const QByteArray& err) {
            QTest::newRow(name) << args << static_cast<int>(ending) << code << out << err;
        };
        row("success", {u"exit"_s, u"0"_s}, Ending::Exited, 0, "out\n", "err\n");
        row("exit code", {u"exit"_s, u"42"_s}, Ending::Exited, 42, "out\n", "err\n");
        row("crash", {u"crash"_s}, Ending::Crashed, 128 + SIGSEGV, "before", "");
        row("partial lines", {u"partial-lines"_s}, Ending::Exited, 0, "", "one line\nsecond\nno end");
        row("closes stdout early", {u"close-stdout"_s}, Ending::Exited, 5, "early", "still here\n");
        row("input is the null device", {u"cat"_s}, Ending::Exited, 0, "", "");
        row("no terminal", {u"terminal"_s}, Ending::Exited, 0, "no", "");
        row("inherits the environment", {u"environment"_s, u"RUNNER_TEST"_s}, Ending::Exited, 0, "inherited", "");
    }
    void endings()
    {
        QFETCH(QStringList, args);
        qputenv("RUNNER_TEST", "inherited");
        const CommandResult result = Runner().run(client(args));
        QTEST(static_cast<int>(result.ending), "ending");
        QTEST(result.exitCode, "exitCode");
        QTEST(result.output, "output");
        QTEST(result.errorTail, "errorTail");
        QCOMPARE(result.bytesOut, result.output.size());
        QVERIFY(!result.streamError);
    }

    void addsToTheEnvironment()
    {
        Command command = client({u"environment"_s, u"RUNNER_ADDED"_s});
        command.environment.insert(u"RUNNER_ADDED"_s, u"value"_s);
        QCOMPARE(Runner().run(command).output, "value");
    }

    void missingProgram()
    {
        Command command = client({});
        command.program = u"/nonexistent/oc"_s;
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::FailedToStart);
        QVERIFY(!result.ok());
        QVERIFY(!result.errorTail.isEmpty());
    }

    void errorLinesAsTheyCome()
    {
        QByteArrayList lines;
        Command command = client({u"partial-lines"_s});
        command.errorLine = [&lines](const QByteArray& line) { lines << line; };
        QVERIFY(Runner().run(command).ok());
        QCOMPARE(lines, (QByteArrayList{"one line", "second", "no end"}));
    }

    void aLineWithoutEndIsCut()
    {
        qint64 total = 0;
        qint64 longest = 0;
        Command command = client({u"long-line"_s, QString::number(1024LL * 1024)});
        command.errorLine = [&](const QByteArray& line) {
            total += line.size();
            longest = std::max<qint64>(longest, line.size());
        };
        QVERIFY(Runner().run(command).ok());
        QCOMPARE(total, 1024LL * 1024);
        QVERIFY(longest < 1024LL * 1024);
    }

    void keepsTheTailOfAFlood()
    {
        const MemoryPeak memory;
        const CommandResult result = Runner().run(client({u"flood-stderr"_s, u"300"_s}));
        QVERIFY(result.ok());
        QVERIFY(result.errorTail.size() <= 64LL * 1024);
        QVERIFY(result.errorTail.endsWith("\nlast words\n"));
        QVERIFY2(memory.below(16), "300 MB of standard error were kept in memory");
    }

    void refusesTooLargeAnAnswer()
    {
        Command command = client({u"flood-until-stopped"_s});
        command.maxOutput = 3LL * 1024 * 1024;
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::SinkFailed);
        QCOMPARE(result.streamError->code, ErrorCode::BadInput);
        QVERIFY(result.output.size() <= command.maxOutput);
    }

    void slowSinkBoundsMemory()
    {
        const MemoryPeak memory;
        qint64 taken = 0;
        Command command = client({u"flood-stdout"_s, u"400"_s});
        command.output = [&taken](std::span<const char> data) -> Result<void> {
            taken += static_cast<qint64>(data.size());
            if (taken % 7 == 0)
                std::this_thread::sleep_for(2ms);
            return {};
        };
        const CommandResult result = Runner().run(command);
        QVERIFY(result.ok());
        QCOMPARE(taken, 400LL * 1024LL * 1024);
        QCOMPARE(result.bytesOut, taken);
        QVERIFY(result.output.isEmpty());
        QVERIFY(memory.below(16));
    }

    void failingSinkEndsTheRun()
    {
        Command command = client({u"flood-until-stopped"_s});
        command.output = [](std::span<const char>) -> Result<void> { return fail(ErrorCode::NoSpace, u"full"_s); };
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::SinkFailed);
        QCOMPARE(result.streamError->code, ErrorCode::NoSpace);
        QVERIFY(!result.ok());
    }

    void inputArrivesWhole()
    {
        Command command = client({u"count"_s});
        command.input = zeros(300LL * 1024LL * 1024);
        const MemoryPeak memory;
        const CommandResult result = Runner().run(command);
        QVERIFY(result.ok());
        QCOMPARE(result.output, QByteArray::number(300LL * 1024LL * 1024));
        QCOMPARE(result.bytesIn, 300LL * 1024LL * 1024);
        QVERIFY(memory.below(16));
    }

    void inputOfHollowChunks()
    {
        // As from a compressor: little in much. So many chunks wait until they are taken.
        qint64 left = 400;
        Command command = client({u"never-read"_s, u"500"_s});
        command.input = [&left](qsizetype) -> Result<QByteArray> {
            QByteArray chunk;
            if (left-- > 0) {
                chunk = QByteArray(256 * 1024, 'x');
                chunk.resize(8 * 1024);
            }
            return chunk;
        };
        const MemoryPeak memory;
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.exitCode, 7);
        QVERIFY(memory.below(16));
    }

    void inputIsAskedForOnlyAsItIsTaken()
    {
        qint64 asked = 0;
        Command command = client({u"never-read"_s, u"500"_s});
        command.input = [&asked](qsizetype max) -> Result<QByteArray> {
            asked += max;
            return QByteArray(max, 'x');
        };
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.exitCode, 7);
        QCOMPARE(result.ending, Ending::Exited);
        QVERIFY2(asked <= 6LL * 1024 * 1024, "more than the bound was buffered");
    }

    void bothDirectionsAtOnce()
    {
        qint64 back = 0;
        Command command = client({u"cat"_s});
        command.input = zeros(64LL * 1024LL * 1024);
        command.output = [&back](std::span<const char> data) -> Result<void> {
            back += static_cast<qint64>(data.size());
            return {};
        };
        QVERIFY(Runner().run(command).ok());
        QCOMPARE(back, 64LL * 1024LL * 1024);
    }

    void emptyInputIsAnEnd()
    {
        Command command = client({u"count"_s});
        command.input = zeros(0);
        QCOMPARE(Runner().run(command).output, "0");
    }

    void leavingInputUnreadIsNoFailureOfOurs()
    {
        Command command = client({u"exit-unread"_s});
        command.input = zeros(50LL * 1024LL * 1024);
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::Exited);
        QCOMPARE(result.exitCode, 5);
    }

    void failingSourceEndsTheRun()
    {
        Command command = client({u"count"_s});
        command.input = [](qsizetype) -> Result<QByteArray> { return fail(ErrorCode::Damaged, u"bad bundle"_s); };
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::SourceFailed);
        QCOMPARE(result.streamError->code, ErrorCode::Damaged);
    }

    void replyIsSentWhenItIsReady()
    {
        QElapsedTimer timer;
        timer.start();
        Command command = client({u"first-line"_s});
        command.reply = [&timer]() -> std::optional<QByteArray> {
            return timer.elapsed() < 200 ? std::nullopt : std::optional<QByteArray>("ok 1\n");
        };
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.exitCode, 0);
        QCOMPARE(result.output, "ok 1\n");
        QCOMPARE(result.bytesIn, 5);
        QVERIFY(timer.elapsed() >= 200);
    }

    void limits_data()
    {
        QTest::addColumn<QStringList>("args");
        QTest::addColumn<int>("timeout");
        QTest::addColumn<int>("silence");
        QTest::addColumn<int>("dataSilence");
        QTest::addColumn<int>("ending");
        const auto row = [](const char* name, const QStringList& args, int timeout, int silence, int data, Ending ending) {
            QTest::newRow(name) << args << timeout << silence << data << static_cast<int>(ending);
        };
        row("timeout", {u"hang"_s}, 150, 0, 0, Ending::TimedOut);
        row("timeout though it talks", {u"drip"_s, u"1000"_s}, 200, 0, 0, Ending::TimedOut);
        row("silence", {u"hang"_s}, 0, 150, 0, Ending::Hung);
        row("heartbeats are no silence", {u"heartbeats"_s, u"60"_s}, 0, 800, 0, Ending::Exited);
        row("heartbeats hide no missing data", {u"heartbeats"_s, u"1000"_s}, 0, 0, 150, Ending::Hung);
        row("data", {u"drip"_s, u"60"_s}, 0, 800, 800, Ending::Exited);
        row("no limits", {u"drip"_s, u"20"_s}, 0, 0, 0, Ending::Exited);
    }
    void limits()
    {
        QFETCH(QStringList, args);
        QFETCH(int, timeout);
        QFETCH(int, silence);
        QFETCH(int, dataSilence);
        Command command = client(args);
        command.timeout = std::chrono::milliseconds(timeout);
        command.silence = std::chrono::milliseconds(silence);
        command.dataSilence = std::chrono::milliseconds(dataSilence);
        const CommandResult result = Runner().run(command);
        QTEST(static_cast<int>(result.ending), "ending");
        QVERIFY(result.duration < 5s);
    }

    void waitingCostsNothing_data()
    {
        QTest::addColumn<QStringList>("args");
        QTest::newRow("silent") << QStringList{u"hang"_s};
        QTest::newRow("standard output is closed") << QStringList{u"close-all"_s};
    }
    void waitingCostsNothing()
    {
        QFETCH(QStringList, args);
        Command command = client(args);
        command.timeout = 1s;
        const std::clock_t before = std::clock();
        QCOMPARE(Runner().run(command).ending, Ending::TimedOut);
        QVERIFY2(std::clock() - before < CLOCKS_PER_SEC / 5, "the thread is busy while it waits");
    }

    void writingCountsAsData()
    {
        Command command = client({u"count"_s, u"5"_s});
        command.input = zeros(8LL * 1024LL * 1024);
        command.dataSilence = 300ms;
        const CommandResult result = Runner().run(command);
        QCOMPARE(result.ending, Ending::Exited);
        QCOMPARE(result.output, QByteArray::number(8LL * 1024LL * 1024));
    }

    void cancel()
    {
        std::stop_source source;
        std::thread later([&source] {
            std::this_thread::sleep_for(100ms);
            source.request_stop();
        });
        const CommandResult result = Runner().run(client({u"hang"_s}), source.get_token());
        later.join();
        QCOMPARE(result.ending, Ending::Cancelled);
        QVERIFY2(result.duration < 1500ms, "a client that does as it is told ends at once");
    }

    void cancelIsForcedAfterTheGrace()
    {
        std::stop_source source;
        Command command = client({u"ignore-term"_s});
        command.output = [&source](std::span<const char>) -> Result<void> {
            source.request_stop();
            return {};
        };
        const CommandResult result = Runner(300ms).run(command, source.get_token());
        QCOMPARE(result.ending, Ending::Cancelled);
        QVERIFY(result.duration >= 300ms);
        QVERIFY(result.duration < 2s);
    }

    void cancelWhileItFloods()
    {
        std::stop_source source;
        qint64 taken = 0;
        Command command = client({u"flood-until-stopped"_s});
        command.output = [&](std::span<const char> data) -> Result<void> {
            taken += static_cast<qint64>(data.size());
            if (taken > 1024LL * 1024)
                source.request_stop();
            return {};
        };
        QCOMPARE(Runner().run(command, source.get_token()).ending, Ending::Cancelled);
    }

    void cancelReachesGrandchildren_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("both ignore SIGTERM") << u"grandchild"_s;
        QTest::newRow("only the grandchild ignores it") << u"leave-grandchild"_s;
    }
    void cancelReachesGrandchildren()
    {
        QFETCH(QString, how);
        std::stop_source source;
        QByteArray said;
        Command command = client({how});
        command.output = [&](std::span<const char> data) -> Result<void> {
            said.append(data.data(), static_cast<qsizetype>(data.size()));
            source.request_stop();
            return {};
        };
        QCOMPARE(Runner(200ms).run(command, source.get_token()).ending, Ending::Cancelled);
        const qint64 grandchild = said.trimmed().toLongLong();
        QVERIFY(grandchild > 0);
        QTRY_VERIFY_WITH_TIMEOUT(!lives(grandchild), 2000);
    }

    void cancelledBeforeItBegins()
    {
        std::stop_source source;
        source.request_stop();
        QCOMPARE(Runner().run(client({u"hang"_s}), source.get_token()).ending, Ending::Cancelled);
    }

    void worksOnAPlainThread()
    {
        QTest::failOnWarning(QRegularExpression(u".*"_s));
        CommandResult result;
        std::thread worker([&result] { result = Runner().run(client({u"exit"_s, u"3"_s})); });
        worker.join();
        QCOMPARE(result.exitCode, 3);
        QCOMPARE(result.output, "out\n");
    }

    /// This program is started again as the one that dies.
    void childrenDieWithTheProgram()
    {
        QProcess host;
        host.start(QCoreApplication::applicationFilePath(), {u"--host"_s});
        QVERIFY(host.waitForReadyRead(5000));
        const qint64 child = host.readLine().trimmed().toLongLong();
        QVERIFY(child > 0);
        QVERIFY(lives(child));
        host.kill();
        QVERIFY(host.waitForFinished(5000));
        QTRY_VERIFY_WITH_TIMEOUT(!lives(child), 3000);
    }
};

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().contains(u"--host"_s)) {
        Command command = client({u"ignore-term"_s});
        command.output = [](std::span<const char> data) -> Result<void> {
            std::fwrite(data.data(), 1, data.size(), stdout);
            std::fflush(stdout);
            return {};
        };
        command.timeout = 20s;
        return Runner().run(command).exitCode;
    }
    TestRunner test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_runner.moc"
