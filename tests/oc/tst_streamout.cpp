#include "localpod.h"
#include "observed.h"

#include "engine/base/digest.h"
#include "engine/oc/argv.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>

#include <csignal>
#include <thread>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

struct Received {
    Result<StreamProof> proof;
    QByteArray data;
};

Received receive(const Client& client, const QStringList& argv, StreamOptions options = {})
{
    QByteArray data;
    auto proof = client.streamOut(
        LocalPod::pod(), argv,
        [&data](std::span<const char> part) -> Result<void> {
            data.append(part.data(), static_cast<qsizetype>(part.size()));
            return {};
        },
        options);
    return {std::move(proof), data};
}

QByteArray noise(int size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    QRandomGenerator generator(7);
    for (char& c : bytes)
        c = static_cast<char>(generator.generate());
    return bytes;
}

QByteArray text(int lines)
{
    QByteArray bytes;
    for (int i = 0; i < lines; ++i)
        bytes += "INSERT INTO `accounts` VALUES (" + QByteArray::number(i) + ",'provider','approved');\n";
    return bytes + "-- Dump completed\n";
}

StreamOptions inTransit(const QByteArray& transit)
{
    StreamOptions options;
    options.compress = transit != "plain";
    options.compressIfItPays = transit == "sample";
    return options;
}

QStringList cat(const QTemporaryDir& directory) { return {u"cat"_s, directory.filePath(u"data"_s)}; }

} // namespace

class TestStreamOut : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void arrivesWhole_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QByteArray>("transit");
        QTest::addColumn<QByteArray>("content");
        constexpr int sample = 8 * 1024 * 1024;
        const QByteArray longText = text(200000);
        const QList<QPair<const char*, QByteArray>> contents{
            {"empty", {}},
            {"one byte", "x"},
            {"a NUL", QByteArray(1, '\0')},
            {"text", text(20000)},
            {"long text", longText},
            {"binary", noise(3'000'000)},
            {"as long as the sample", longText.first(sample)},
            {"a byte longer than the sample", noise(sample + 1)},
            {"longer than the sample", longText + noise(1'000'000)},
            {"looks like gzip", QByteArray::fromHex("1f8b08000000000000") + noise(1000)},
            {"looks like the script", "@@0123 plain\n@@0123 end rc=0 size=0\nok\n"},
        };
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            for (const char* transit : {"gzip", "sample", "plain"}) {
                for (const auto& [name, content] : contents)
                    QTest::addRow("%s %s %s", qPrintable(shell), transit, name) << shell << QByteArray(transit) << content;
            }
        }
    }
    void arrivesWhole()
    {
        QFETCH(QString, shell);
        QFETCH(QByteArray, transit);
        QFETCH(QByteArray, content);
        const LocalPod local(shell);
        write(content);
        StreamOptions options = inTransit(transit);
        qint64 reported = -1;
        options.progress = [&reported](qint64 plain, qint64) { reported = plain; };
        const Received got = receive(local.client(), cat(m_directory), options);
        QVERIFY2(got.proof, qPrintable(message(got)));
        QCOMPARE(got.data, content);
        QCOMPARE(got.proof->bytes, content.size());
        QCOMPARE(got.proof->sha256, Sha256::of(content));
        QCOMPARE(got.proof->compressedInTransit, transit == "gzip");
        QCOMPARE(reported, content.size());
        if (content.size() > 1'000'000 && content.startsWith("INSERT") && content.endsWith("completed\n"))
            QVERIFY(transit == "gzip" ? got.proof->bytesThroughClient < content.size() / 4 : got.proof->bytesThroughClient > content.size());
    }

    /// The pod times the first 8 MiB: a line that takes them slowly gets the rest compressed.
    void slowLineGetsGzip_data() { shells(); }
    void slowLineGetsGzip()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        constexpr qsizetype sample = 8 * 1024 * 1024;
        const QByteArray content = text(300'000);
        write(content);
        QByteArray data;
        const auto proof = local.client().streamOut(
            LocalPod::pod(), cat(m_directory),
            [&data](std::span<const char> part) -> Result<void> {
                if (data.size() < sample)
                    std::this_thread::sleep_for(std::chrono::microseconds(part.size() / 4));
                data.append(part.data(), static_cast<qsizetype>(part.size()));
                return {};
            },
            inTransit("sample"));
        QVERIFY(proof);
        QCOMPARE(data, content);
        QVERIFY(proof->compressedInTransit);
        QVERIFY(proof->bytesThroughClient < sample + (content.size() - sample) / 4);
    }

    void keepsTheProgramsOwnErrors_data() { shells(); }
    void keepsTheProgramsOwnErrors()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        // The last words have no end of line, so that the trailer follows on the same line.
        const Received got = receive(local.client(), {u"sh"_s, u"-c"_s, u"echo data; echo 'mysqldump: [Warning] first' >&2; printf 'no end' >&2"_s});
        QVERIFY2(got.proof, qPrintable(message(got)));
        QCOMPARE(got.data, "data\n");
        QCOMPARE(got.proof->errorText, "mysqldump: [Warning] first\nno end");
    }

    /// Cut after every kind of place: before the first line, in it, in the data, in gzip's own trailer, before the script's.
    void cutStreamIsNeverProven_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QByteArray>("transit");
        QTest::addColumn<qint64>("at");
        const QByteArray content = text(3000);
        write(content);
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            for (const QByteArray transit : {"gzip", "plain", "sample"}) {
                const LocalPod local(shell);
                const Received whole = receive(local.client(), cat(m_directory), inTransit(transit));
                QVERIFY2(whole.proof, qPrintable(message(whole)));
                const qint64 total = whole.proof->bytesThroughClient;
                const qint64 mark = 2 + 32 + 1;
                const qint64 head = mark + transit.size() + 1;
                QList<qint64> places{0, 1, head - 1, head, head + 1, head + 9, total / 4, total / 2, total - 9, total - 8, total - 4, total - 1, total};
                for (const qint64 at : places)
                    QTest::addRow("%s %s %lld of %lld", qPrintable(shell), transit.constData(), at, total) << shell << transit << at;
            }
        }
    }
    void cutStreamIsNeverProven()
    {
        QFETCH(QString, shell);
        QFETCH(QByteArray, transit);
        QFETCH(qint64, at);
        write(text(3000));
        LocalPod local(shell);
        local.set("TRUNCATE", at);
        const Received got = receive(local.client(), cat(m_directory), inTransit(transit));
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::TruncatedStream);
        QVERIFY2(got.proof.error().message.contains(u"%1 bytes"_s.arg(got.data.size())), qPrintable(message(got)));
        QVERIFY(!got.proof.error().hint.isEmpty());
        QVERIFY(text(3000).startsWith(got.data));
    }

    void alteredStreamIsNeverProven_data()
    {
        QTest::addColumn<bool>("compress");
        QTest::addColumn<int>("at");
        for (const int at : {0, 20, 45, 60, 1000, 50000})
            QTest::addRow("plain %d", at) << false << at;
        for (const int at : {0, 20, 45, 60, 1000, 5000})
            QTest::addRow("gzip %d", at) << true << at;
    }
    void alteredStreamIsNeverProven()
    {
        QFETCH(bool, compress);
        QFETCH(int, at);
        write(text(3000));
        LocalPod local;
        local.set("FLIP", at);
        StreamOptions options;
        options.compress = compress;
        const Received got = receive(local.client(), cat(m_directory), options);
        // In the head of gzip's own format there are bytes that mean nothing (time, system); the data are then right all the same.
        if (got.proof) {
            QVERIFY(compress);
            QCOMPARE(got.data, text(3000));
            return;
        }
        QVERIFY(got.proof.error().code == ErrorCode::TruncatedStream || got.proof.error().code == ErrorCode::BadInput);
    }

    void failingDump_data() { shells(); }
    void failingDump()
    {
        QFETCH(QString, shell);
        const LocalPod local(shell);
        const Received got = receive(local.client(), {u"sh"_s, u"-c"_s, u"echo half; echo 'Got error: 1045: Access denied' >&2; exit 3"_s});
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::RemoteFailed);
        QVERIFY(got.proof.error().message.contains(u"ended with 3"_s));
        QVERIFY(got.proof.error().detail.contains(u"Access denied"_s));
    }

    void acceptedExitCode()
    {
        const LocalPod local;
        StreamOptions options;
        options.acceptedExitCodes = {0, 1};
        const Received got = receive(local.client(), {u"sh"_s, u"-c"_s, u"echo tree; echo 'tar: ./x: file changed as we read it' >&2; exit 1"_s}, options);
        QVERIFY2(got.proof, qPrintable(message(got)));
        QVERIFY(got.proof->errorText.contains("file changed"));
    }

    void killedDump()
    {
        const LocalPod local;
        const Received got = receive(local.client(), {u"sh"_s, u"-c"_s, u"echo half; kill -9 $$"_s});
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::RemoteFailed);
        QVERIFY(got.proof.error().message.contains(u"137"_s));
    }

    void tools_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QStringList>("without");
        QTest::addColumn<bool>("compressed");
        QTest::addColumn<QString>("missing");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            const auto row = [&](const char* name, const QStringList& without, bool compressed, const QString& missing) {
                QTest::addRow("%s %s", qPrintable(shell), name) << shell << without << compressed << missing;
            };
            row("all", {}, true, {});
            row("no gzip", {u"gzip"_s}, false, {});
            row("no openssl", {u"openssl"_s}, true, {});
            row("no sha256sum", {u"sha256sum"_s}, true, {});
            row("no digest", {u"openssl"_s, u"sha256sum"_s}, true, u"sha256sum"_s);
            row("no tee", {u"tee"_s}, true, u"tee"_s);
            row("no wc", {u"wc"_s}, true, u"wc"_s);
            row("no such program", {u"cat"_s}, true, u"program"_s);
        }
    }
    void tools()
    {
        QFETCH(QString, shell);
        QFETCH(QStringList, without);
        QFETCH(bool, compressed);
        QFETCH(QString, missing);
        QStringList tools{u"cat"_s, u"gzip"_s, u"openssl"_s, u"sha256sum"_s, u"tee"_s, u"wc"_s, u"sleep"_s};
        for (const QString& name : without)
            tools.removeAll(name);
        LocalPod local(shell);
        local.onlyTools(tools);
        write(text(100));
        const Received got = receive(local.client(), cat(m_directory));
        if (missing.isEmpty()) {
            QVERIFY2(got.proof, qPrintable(message(got)));
            QCOMPARE(got.data, text(100));
            QCOMPARE(got.proof->compressedInTransit, compressed);
        } else {
            QVERIFY(!got.proof);
            QCOMPARE(got.proof.error().code, ErrorCode::ToolMissing);
            QVERIFY2(got.proof.error().message.contains(missing), qPrintable(message(got)));
        }
    }

    void helperThatFailsIsNoticed()
    {
        LocalPod local;
        QTemporaryDir bin;
        for (const QString& name : {u"cat"_s, u"openssl"_s, u"tee"_s, u"wc"_s, u"sleep"_s})
            QVERIFY(QFile::link(u"/usr/bin/"_s + name, bin.filePath(name)));
        QFile gzip(bin.filePath(u"gzip"_s));
        QVERIFY(gzip.open(QIODevice::WriteOnly));
        gzip.write("#!/bin/sh\n/bin/gzip -1\nexit 1\n");
        gzip.setPermissions(gzip.permissions() | QFile::ExeOwner);
        gzip.close();
        local.set("PATH", bin.path().toUtf8());
        write(text(10));
        const Received got = receive(local.client(), cat(m_directory));
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::TruncatedStream);
        QVERIFY(got.proof.error().message.contains(u"gzip"_s));
    }

    void lostAcknowledgement_data() { shells(); }
    void lostAcknowledgement()
    {
        QFETCH(QString, shell);
        LocalPod local(shell);
        local.set("CUT_INPUT", 1);
        write(text(10));
        const Received got = receive(local.client(), cat(m_directory));
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::TruncatedStream);
        QVERIFY(got.proof.error().message.contains(u"confirm"_s) || got.proof.error().message.contains(u"connection"_s));
    }

    void failingSink()
    {
        const LocalPod local;
        const auto proof = local.client().streamOut(LocalPod::pod(), {u"yes"_s}, [](std::span<const char>) -> Result<void> {
            return fail(ErrorCode::NoSpace, u"The disk is full."_s);
        });
        QVERIFY(!proof);
        QCOMPARE(proof.error().code, ErrorCode::NoSpace);
    }

    void stalls_data()
    {
        QTest::addColumn<QByteArray>("how");
        QTest::newRow("nothing comes any more") << QByteArray("SILENT");
        QTest::newRow("only heartbeats come") << QByteArray("STALL");
    }
    void stalls()
    {
        QFETCH(QByteArray, how);
        LocalPod local;
        local.set(how.constData(), 5000);
        StreamOptions options;
        // Heartbeats come every 5 s; the one limit is below, the other above.
        options.silence = how == "SILENT" ? 1000ms : 20000ms;
        options.dataSilence = how == "SILENT" ? 20000ms : 6000ms;
        const Received got = receive(local.client(), {u"yes"_s}, options);
        QVERIFY(!got.proof);
        QCOMPARE(got.proof.error().code, ErrorCode::Timeout);
        QVERIFY(got.proof.error().message.contains(u"%1 bytes"_s.arg(got.data.size())));
    }

    /// The client is gone, by cancel or by force: what ran in the pod must end, with all that it started.
    void nothingLivesOnInThePod_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<bool>("byForce");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            QTest::addRow("%s cancelled", qPrintable(shell)) << shell << false;
            QTest::addRow("%s killed", qPrintable(shell)) << shell << true;
        }
    }
    void nothingLivesOnInThePod()
    {
        QFETCH(QString, shell);
        QFETCH(bool, byForce);
        LocalPod local(shell);
        const QString pids = m_directory.filePath(u"pids"_s);
        QFile::remove(pids);
        // A dump with a child that ignores SIGTERM, and a silent parent: both block without writing.
        const QString dump = u"(trap '' TERM; echo child-$(exec sh -c 'echo $PPID') >>%1; while :; do sleep 1; done) & echo dump-$$ >>%1; echo ready; sleep 1000"_s.arg(pids);
        std::stop_source source;
        std::optional<Received> ended;
        std::thread worker([&] { ended = receive(local.client(source.get_token()), {u"sh"_s, u"-c"_s, dump}); });
        const auto told = [&] {
            QFile file(pids);
            return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().split('\n') : QByteArrayList();
        };
        QElapsedTimer waited;
        waited.start();
        while (told().size() < 2 && waited.elapsed() < 10000)
            std::this_thread::sleep_for(20ms);
        const QByteArrayList running = told();
        if (byForce) {
            for (const qint64 pid : clients())
                ::kill(static_cast<pid_t>(pid), SIGKILL);
        } else {
            source.request_stop();
        }
        worker.join();
        QCOMPARE(running.size(), 2);
        QVERIFY(!ended->proof);
        QCOMPARE(ended->proof.error().code, byForce ? ErrorCode::TruncatedStream : ErrorCode::Cancelled);
        for (const QByteArray& line : running) {
            const qint64 pid = line.split('-').last().toLongLong();
            QVERIFY(pid > 1);
            QTRY_VERIFY2_WITH_TIMEOUT(!lives(pid), line.constData(), 6000);
        }
    }

    /// Where the runtime gives the script no group of its own, the group is somebody else's and must not be signalled.
    void sharedGroupIsSpared()
    {
        const QStringList argv = argv::streamOut({}, LocalPod::pod(), {u"sleep"_s, u"60"_s}, u"0123"_s, false);
        QProcess group;
        group.setStandardInputFile(QProcess::nullDevice());
        group.start(u"setsid"_s, QStringList{u"-w"_s, u"sh"_s, u"-c"_s, u"sleep 30 & echo $!; \"$@\"; echo script $?; kill $!"_s, u"sh"_s} +
                                     argv.mid(argv.indexOf(u"--"_s) + 1));
        QVERIFY(group.waitForFinished(10000));
        const QByteArray said = group.readAllStandardOutput();
        // The neighbour was there to be killed by its own parent, which saw the script end.
        QVERIFY2(said.contains("script 143"), said.constData());
        QCOMPARE(group.exitStatus(), QProcess::NormalExit);
        QCOMPARE(group.exitCode(), 0);
    }

    void largeStreamInLittleMemory()
    {
        const LocalPod local;
        constexpr qint64 size = 200LL * 1024LL * 1024;
        Sha256 digest;
        qint64 bytes = 0;
        const MemoryPeak memory;
        const auto proof = local.client().streamOut(LocalPod::pod(), {u"sh"_s, u"-c"_s, u"yes 'INSERT INTO t VALUES (1);' | head -c %1"_s.arg(size)},
                                                    [&](std::span<const char> part) -> Result<void> {
                                                        digest.add(part);
                                                        bytes += static_cast<qint64>(part.size());
                                                        return {};
                                                    });
        QVERIFY(proof);
        QCOMPARE(bytes, size);
        QCOMPARE(digest.finish(), proof->sha256);
        QVERIFY2(memory.below(32), "a stream of 200 MB took more than 32 MB of memory");
    }

private:
    static void shells()
    {
        QTest::addColumn<QString>("shell");
        QTest::newRow("dash") << u"dash"_s;
        QTest::newRow("bash") << u"bash"_s;
    }
    static QString message(const Received& got)
    {
        return got.proof ? QString() : got.proof.error().message + u" | "_s + got.proof.error().detail;
    }
    void write(const QByteArray& content) const
    {
        QFile file(m_directory.filePath(u"data"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(content), content.size());
    }
    /// The clients that this test runs now.
    static QList<qint64> clients()
    {
        QList<qint64> found;
        const QString self = QString::number(QCoreApplication::applicationPid());
        for (const QString& entry : QDir(u"/proc"_s).entryList(QDir::Dirs)) {
            QFile stat(u"/proc/%1/stat"_s.arg(entry));
            if (!stat.open(QIODevice::ReadOnly))
                continue;
            const QByteArray line = stat.readAll();
            const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
            if (fields.value(1) == self.toLatin1() && line.contains("(localclient)"))
                found << entry.toLongLong();
        }
        return found;
    }

    QTemporaryDir m_directory;
};

QTEST_GUILESS_MAIN(TestStreamOut)
#include "tst_streamout.moc"
