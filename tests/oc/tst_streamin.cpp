#include "localpod.h"

#include "engine/base/digest.h"

#include <thread>

using namespace scalekeep;
using namespace scalekeep::oc;
using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

ByteSource source(const QByteArray& content)
{
    return [content, at = qsizetype(0)](qsizetype max) mutable -> Result<QByteArray> {
        // Odd pieces, so that no border of a block is one of ours.
        const QByteArray part = content.mid(at, std::min<qsizetype>(max, 777'777));
        at += part.size();
        return part;
    };
}

QByteArray pattern(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    for (qint64 i = 0; i < size; ++i)
        bytes[i] = static_cast<char>((i * 7 + i / 251) & 0xff);
    return bytes;
}

} // namespace

class TestStreamIn : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_directory = std::make_unique<QTemporaryDir>();
        m_path = m_directory->filePath(u"it's a dump.gz"_s);
    }

    void arrivesWhole_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<qint64>("size");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            for (const qint64 size : {0, 1, 4096, 5'000'000})
                QTest::addRow("%s %lld", qPrintable(shell), size) << shell << size;
        }
    }
    void arrivesWhole()
    {
        QFETCH(QString, shell);
        QFETCH(qint64, size);
        const LocalPod local(shell);
        const QByteArray content = pattern(size);
        StreamOptions options;
        qint64 reported = -1;
        options.progress = [&reported](qint64 plain, qint64) { reported = plain; };
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, size, Sha256::of(content), source(content), options);
        QVERIFY2(written, qPrintable(message(written)));
        QCOMPARE(read(), content);
        QCOMPARE(reported, size);
        QCOMPARE(QFile(m_path).permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
        nothingElseIsLeft({u"it's a dump.gz"_s});
    }

    void replacesWhole()
    {
        const LocalPod local;
        old("old content");
        QVERIFY(local.client().streamIn(LocalPod::pod(), m_path, 3, Sha256::of("new"), source("new")));
        QCOMPARE(read(), "new");
    }

    /// Whatever goes wrong, what was there before stays and nothing else appears.
    void failures_data()
    {
        QTest::addColumn<QString>("shell");
        QTest::addColumn<QByteArray>("fault");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<int>("code");
        QTest::addColumn<QString>("said");
        for (const QString& shell : {u"dash"_s, u"bash"_s}) {
            const auto row = [&shell](const char* name, const QByteArray& fault, const QByteArray& value, ErrorCode code, const QString& said) {
                QTest::addRow("%s %s", qPrintable(shell), name) << shell << fault << value << static_cast<int>(code) << said;
            };
            row("cut at once", "CUT_INPUT", "1", ErrorCode::TruncatedStream, u"1 of 3000000 bytes"_s);
            row("cut in the middle", "CUT_INPUT", "1500000", ErrorCode::TruncatedStream, u"1500000 of 3000000 bytes"_s);
            row("cut before the last byte", "CUT_INPUT", "2999999", ErrorCode::TruncatedStream, u"2999999 of 3000000 bytes"_s);
            row("disk full", "FILE_SIZE", "1000000", ErrorCode::NoSpace, u"3000000 bytes are needed"_s);
            row("no digest program", "PATH", "/nonexistent", ErrorCode::ToolMissing, u"sha256sum"_s);
        }
    }
    void failures()
    {
        QFETCH(QString, shell);
        QFETCH(QByteArray, fault);
        QFETCH(QByteArray, value);
        QFETCH(int, code);
        QFETCH(QString, said);
        old("old content");
        LocalPod local(shell);
        local.set(fault.constData(), value);
        const QByteArray content = pattern(3'000'000);
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, content.size(), Sha256::of(content), source(content));
        QVERIFY(!written);
        QVERIFY2(written.error().code == static_cast<ErrorCode>(code), qPrintable(message(written)));
        QVERIFY2(written.error().message.contains(said), qPrintable(message(written)));
        QCOMPARE(read(), "old content");
        nothingElseIsLeft({u"it's a dump.gz"_s});
    }

    void otherDigest()
    {
        old("old content");
        const LocalPod local;
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, 3, Sha256::of("new"), source("nEw"));
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::TruncatedStream);
        QVERIFY(written.error().message.contains(u"digest"_s));
        QCOMPARE(read(), "old content");
        nothingElseIsLeft({u"it's a dump.gz"_s});
    }

    void ownDataOfAnotherSize_data()
    {
        QTest::addColumn<int>("size");
        QTest::newRow("fewer") << 1'000'001;
        QTest::newRow("more") << 999'999;
    }
    void ownDataOfAnotherSize()
    {
        QFETCH(int, size);
        const LocalPod local;
        const QByteArray content = pattern(1'000'000);
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, size, Sha256::of(content), source(content));
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::BadInput);
        nothingAppears();
    }

    void failingSource()
    {
        const LocalPod local;
        int calls = 0;
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, 1'000'000, QByteArray(64, '0'), [&calls](qsizetype) -> Result<QByteArray> {
            if (++calls == 3)
                return fail(ErrorCode::Damaged, u"The bundle is damaged."_s);
            return QByteArray(1000, 'x');
        });
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::Damaged);
        nothingAppears();
    }

    void missingDirectory()
    {
        const LocalPod local;
        const auto written = local.client().streamIn(LocalPod::pod(), m_directory->filePath(u"no/such/file"_s), 5'000'000, Sha256::of(pattern(5'000'000)),
                                                     source(pattern(5'000'000)));
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::RemoteFailed);
        QVERIFY2(written.error().detail.contains(u"no/such/file"_s), qPrintable(message(written)));
        nothingElseIsLeft({});
    }

    void pathIsADirectory()
    {
        const LocalPod local;
        QVERIFY(QDir().mkpath(m_path));
        QVERIFY(!local.client().streamIn(LocalPod::pod(), m_path, 3, Sha256::of("new"), source("new")));
        QVERIFY(QDir(m_path).isEmpty());
        nothingElseIsLeft({u"it's a dump.gz"_s});
    }

    void relativePath()
    {
        const LocalPod local;
        const auto written = local.client().streamIn(LocalPod::pod(), u"dump.gz"_s, 3, Sha256::of("new"), source("new"));
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::Usage);
    }

    void cancelled()
    {
        const LocalPod local;
        std::stop_source stop;
        const auto written = local.client(stop.get_token()).streamIn(LocalPod::pod(), m_path, 1LL << 40, QByteArray(64, '0'), [&stop](qsizetype max) -> Result<QByteArray> {
            stop.request_stop();
            return QByteArray(max, 'x');
        });
        QVERIFY(!written);
        QCOMPARE(written.error().code, ErrorCode::Cancelled);
        nothingAppears();
    }

    void largeFile()
    {
        const LocalPod local;
        const QByteArray block = pattern(1 << 20);
        constexpr qint64 blocks = 200;
        Sha256 digest;
        for (qint64 i = 0; i < blocks; ++i)
            digest.add(block);
        const auto written = local.client().streamIn(LocalPod::pod(), m_path, blocks << 20, digest.finish(), [&block, at = qint64(0)](qsizetype max) mutable -> Result<QByteArray> {
            const QByteArray part = at < blocks << 20 ? block.mid(at % block.size(), max) : QByteArray();
            at += part.size();
            return part;
        });
        QVERIFY2(written, qPrintable(message(written)));
        QCOMPARE(QFileInfo(m_path).size(), blocks << 20);
    }

private:
    static QString message(const Result<void>& result)
    {
        return result ? QString() : result.error().message + u" | "_s + result.error().hint + u" | "_s + result.error().detail;
    }
    void old(const QByteArray& content) const
    {
        QFile file(m_path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(content);
    }
    [[nodiscard]] QByteArray read() const
    {
        QFile file(m_path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("missing");
    }
    void nothingElseIsLeft(const QStringList& names) const
    {
        // The script in the "pod" cleans up a moment after a client that was ended.
        QTRY_COMPARE_WITH_TIMEOUT(QDir(m_directory->path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden), names, 5000);
    }
    /// The script in the "pod" lives a little longer than a client that was ended.
    void nothingAppears() const
    {
        QTRY_VERIFY_WITH_TIMEOUT(QDir(m_directory->path()).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden), 5000);
        std::this_thread::sleep_for(100ms);
        nothingElseIsLeft({});
    }

    std::unique_ptr<QTemporaryDir> m_directory;
    QString m_path;
};

QTEST_GUILESS_MAIN(TestStreamIn)
#include "tst_streamin.moc"
