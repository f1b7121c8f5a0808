#include "bundles.h"

#include "engine/base/tarparser.h"

#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

namespace {
constexpr qint64 diskSize = 8 * 1024 * 1024;

struct Attempt {
    std::optional<Error> error;
    bool finalName = false;
    bool partial = false;
};

/// A backup of `segments` segments that do not compress.
Attempt backUp(const QString& path, int segments)
{
    Attempt attempt;
    {
        auto writer = Writer::create(path, testHeader());
        if (!writer)
            return {writer.error(), QFileInfo::exists(path), QFileInfo::exists(path + u".partial"_s)};
        const auto stream = writeStream(**writer, u"a"_s, u"dump.sql"_s, randomData(segments * SegmentSize, 1));
        if (!stream)
            attempt.error = stream.error();
        const auto finished = (*writer)->finish({});
        if (!attempt.error && !finished)
            attempt.error = finished.error();
        // What failed once stays failed: no later call may make a bundle of it.
        if (attempt.error && ((*writer)->openStream(u"b"_s, u"x"_s, u"tar"_s) || (*writer)->addIndex(u"b"_s, "{}") ||
                              (*writer)->finish({})))
            qFatal("a failed bundle went on");
    }
    attempt.finalName = QFileInfo::exists(path);
    attempt.partial = QFileInfo::exists(path + u".partial"_s);
    return attempt;
}
} // namespace

class TestDiskFull : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aFileSizeLimit_data()
    {
        QTest::addColumn<qint64>("limit");
        QTest::addColumn<bool>("partial");
        QTemporaryDir directory;
        const QString path = directory.filePath(u"bundle.tar"_s);
        QVERIFY(!backUp(path, 3).error);
        const qint64 size = QFileInfo(path).size();
        const Member second = (*Reader::open(path))->members().at(1);
        const qint64 beginning = second.offset + second.size + tarPadding(second.size);
        // What did not even hold its first two members is not left behind.
        for (const qint64 limit :
             {qint64(0), qint64(100), qint64(512), beginning - 512, beginning - 1, beginning, beginning + 1,
              beginning + 512, beginning + 600, SegmentSize, SegmentSize * 2, size - 4000, size - 1536, size - 1025,
              size - 1024, size - 1023, size - 512, size - 1})
            QTest::addRow("%lld of %lld bytes", limit, size) << limit << (limit >= beginning);
    }
    void aFileSizeLimit()
    {
        QFETCH(qint64, limit);
        QFETCH(bool, partial);
        QTemporaryDir directory;
        const QString path = directory.filePath(u"bundle.tar"_s);
        rlimit before{};
        QCOMPARE(getrlimit(RLIMIT_FSIZE, &before), 0);
        const rlimit limited{static_cast<rlim_t>(limit), before.rlim_max};
        std::signal(SIGXFSZ, SIG_IGN);
        QCOMPARE(setrlimit(RLIMIT_FSIZE, &limited), 0);
        const Attempt attempt = backUp(path, 3);
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(attempt.error);
        QCOMPARE(attempt.error->code, ErrorCode::NoSpace);
        QVERIFY2(attempt.error->message.contains(u"No space is left"_s), qPrintable(attempt.error->message));
        QVERIFY(attempt.error->hint.contains(u"try again"_s));
        QVERIFY(!attempt.finalName);
        QCOMPARE(attempt.partial, partial);
        QVERIFY(backUp(directory.filePath(u"again.tar"_s), 3).finalName);
    }

    /// A full file system, which fails in other places than a limit does; needs user namespaces for a file system of
    /// its own.
    void aFullFileSystem()
    {
        QProcess self;
        self.start(u"bwrap"_s, {u"--dev-bind"_s, u"/"_s, u"/"_s, u"--size"_s, QString::number(diskSize), u"--tmpfs"_s,
                                u"/mnt"_s, QCoreApplication::applicationFilePath(), u"--on-small-disk"_s});
        if (!self.waitForStarted())
            QSKIP("bubblewrap is not installed");
        QVERIFY(self.waitForFinished(60'000));
        const QByteArray errors = self.readAllStandardError();
        if (errors.contains("bwrap:"))
            QSKIP("this machine lets no user make a file system: " + errors);
        QCOMPARE(self.readAllStandardOutput(), "fits: no-error final\nfull: no-space partial\nagain: no-space\n");
        QCOMPARE(self.exitCode(), 0);
    }
};

namespace {
int onSmallDisk()
{
    const auto print = [](const char* name, const Attempt& attempt) {
        std::printf("%s: %s%s%s\n", name, attempt.error ? qPrintable(errorCodeName(attempt.error->code)) : "no-error",
                    attempt.finalName ? " final" : "", attempt.partial ? " partial" : "");
    };
    print("fits", backUp(u"/mnt/fits.tar"_s, 4));
    print("full", backUp(u"/mnt/full.tar"_s, 8));
    print("again", backUp(u"/mnt/again.tar"_s, 1));
    return 0;
}
} // namespace

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().contains(u"--on-small-disk"_s))
        return onSmallDisk();
    TestDiskFull test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_diskfull.moc"
