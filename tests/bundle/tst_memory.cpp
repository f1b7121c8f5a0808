#include "bundles.h"
#include "engine/base/digest.h"
#include "engine/bundle/packedindex.h"
#include "tests/base/sanitized.h"

#include <QFileInfo>
#include <QTemporaryDir>

#include <sys/resource.h>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

namespace {
/// Says that it has seen many files.
class Files : public index::Indexer {
public:
    explicit Files(int count) : m_count(count) {}
    Result<void> add(std::span<const char>) override { return {}; }
    Result<QJsonObject> finish() override { return QJsonObject(); }
    Result<QJsonObject> finishInto(const index::EntrySink& entries) override
    {
        for (int i = 0; i < m_count; ++i) {
            if (auto taken = entries("{\"path\":\"" + Sha256::of(QByteArray::number(i)) + "\"}"); !taken)
                return fail(taken.error());
        }
        return QJsonObject{{u"format"_s, u"tar"_s}};
    }

private:
    int m_count;
};
} // namespace

/// Memory must not grow with the size of what is written, read or verified.
class TestMemory : public QObject {
    Q_OBJECT

    static qint64 peakKilobytes()
    {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    }

    /// Three components at once, each of `megabytes`, and an index of as many; then verified and read.
    static Result<void> pass(const QString& path, int megabytes)
    {
        auto writer = Writer::create(path, testHeader());
        if (!writer)
            return fail(writer.error());
        const QByteArray block = textData(SegmentSize / 2, 1) + randomData(SegmentSize / 2, 2);
        std::vector<std::thread> threads;
        std::array<Result<void>, 3> results;
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&, i] {
                auto stream = (*writer)->openStream(u"component-%1"_s.arg(i), u"data"_s, u"tar"_s);
                for (int n = 0; n < megabytes && stream; ++n) {
                    if (results.at(static_cast<size_t>(i)) =
                            (*stream)->write(std::span(block.constData(), static_cast<size_t>(block.size())));
                        !results.at(static_cast<size_t>(i)))
                        return;
                }
                if (const auto done = (*stream)->finish({}); !done)
                    results.at(static_cast<size_t>(i)) = fail(done.error());
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        for (const auto& result : results) {
            if (!result)
                return result;
        }
        Files files(megabytes * 14'000);
        const auto index = packIndex(files, QFileInfo(path).path());
        if (!index)
            return fail(index.error());
        if (auto added = (*writer)->addIndex(u"component-0"_s, *index); !added)
            return added;
        if (auto finished = (*writer)->finish({}); !finished)
            return finished;
        const auto reader = Reader::open(path);
        if (!reader)
            return fail(reader.error());
        const auto report = (*reader)->verify();
        if (!report || !report->whole)
            return fail(ErrorCode::Damaged, report ? report->problems.join(u'\n') : report.error().message);
        const auto text = (*reader)->indexSource(u"component-0"_s);
        if (!text)
            return fail(text.error());
        qint64 bytes = 0;
        for (auto piece = (*text)(SegmentSize); piece && !piece->isEmpty(); piece = (*text)(SegmentSize))
            bytes += piece->size();
        if (bytes != index->bytes)
            return fail(ErrorCode::Damaged, u"wrong size of an index"_s);
        bytes = 0;
        auto read =
            (*reader)->read((*reader)->manifest().streams.at(0), [&](std::span<const char> data) -> Result<void> {
                bytes += static_cast<qint64>(data.size());
                return {};
            });
        return read && bytes != qint64(megabytes) * SegmentSize ? fail(ErrorCode::Damaged, u"wrong size"_s) : read;
    }

private Q_SLOTS:
    void isConstant()
    {
        if (isSanitized)
            QSKIP("the sanitizer keeps freed memory");
        QTemporaryDir directory;
        VERIFY_RESULT(pass(directory.filePath(u"small.tar"_s), 12));
        const qint64 small = peakKilobytes();
        VERIFY_RESULT(pass(directory.filePath(u"large.tar"_s), 60));
        const qint64 large = peakKilobytes();
        qInfo("peak %lld KB for %lld MB, %lld KB for %lld MB", small,
              QFileInfo(directory.filePath(u"small.tar"_s)).size() >> 20, large,
              QFileInfo(directory.filePath(u"large.tar"_s)).size() >> 20);
        QVERIFY2(large - small < 8'000, qPrintable(u"%1 KB more"_s.arg(large - small)));
        QVERIFY2(large < 100'000, qPrintable(u"%1 KB"_s.arg(large)));
    }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "tst_memory.moc"
