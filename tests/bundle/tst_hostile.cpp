#include "forge.h"

#include <QElapsedTimer>
#include <QTemporaryDir>

#include <zstd.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

Q_DECLARE_METATYPE(ErrorCode)

namespace {
const QByteArray first = "streams/a/dump.sql/000001.zst";
const QByteArray second = "streams/a/dump.sql/000002.zst";

QByteArray frame(const QByteArray& data, bool withSize = true)
{
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, withSize ? 1 : 0);
    QByteArray out(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(data.size()))), '\0');
    const size_t size = ZSTD_compress2(context, out.data(), static_cast<size_t>(out.size()), data.constData(),
                                       static_cast<size_t>(data.size()));
    ZSTD_freeCCtx(context);
    return out.left(static_cast<qsizetype>(size));
}
} // namespace

class TestHostile : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QString m_genuine = m_directory.filePath(u"genuine.tar"_s);
    QString m_forged = m_directory.filePath(u"forged.tar"_s);

    void row(const char* name, const QString& expected, ErrorCode code, const std::function<void(Forge&)>& forgery)
    {
        Forge forge(m_genuine);
        forgery(forge);
        QTest::newRow(name) << forge.bytes() << expected << code;
    }

private Q_SLOTS:
    void initTestCase()
    {
        VERIFY_RESULT(writeBundle(
            m_genuine, {{u"a/dump.sql"_s, textData(SegmentSize + 100, 1)}, {u"b/dump.rdb"_s, randomData(2000, 2)}}));
        // The forge itself must be able to write what the writer writes, or every refusal would mean nothing.
        Forge forge(m_genuine);
        QVERIFY(forge.bytes() == fileContent(m_genuine));
        forge.seal();
        QVERIFY(forge.bytes() == fileContent(m_genuine));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("expected");
        QTest::addColumn<ErrorCode>("code");
        using enum ErrorCode;

        QTest::newRow("empty file") << QByteArray() << u"not a Scalekeep bundle"_s << BadInput;
        QTest::newRow("only zeros") << QByteArray(10240, '\0') << u"not a Scalekeep bundle"_s << BadInput;
        QTest::newRow("text") << QByteArray("-- MySQL dump\n").repeated(500) << u"not a Scalekeep bundle"_s << BadInput;
        row("another tar", u"not a Scalekeep bundle"_s, BadInput, [](Forge& f) {
            f.members = {{"etc/passwd", "root"}};
        });

        const auto sizeField = [](const QByteArray& digits) {
            return [digits](Forge& f) {
                f[first].change = [digits](QByteArray& header) { header.replace(124, digits.size(), digits); };
            };
        };
        row("negative size", u"size in a tar header"_s, Damaged, sizeField("-00000001000"));
        row("size in letters", u"size in a tar header"_s, Damaged, sizeField("0000000zzzz "));
        row("binary size", u"a tar header is not as it was written"_s, Damaged,
            sizeField(QByteArray("\x80\0\0\0\0\0\0\0\0\0\x10\0", 12)));
        row("size with leading spaces", u"a tar header is not as it was written"_s, Damaged, sizeField("      10000"));
        row("huge segment", u"no bundle has a member"_s, BadInput, sizeField("77777777777"));
        row("huge index", u"no bundle has a member"_s, BadInput,
            [](Forge& f) { f["index/a.json.zst"].change = [](QByteArray& h) { h.replace(124, 11, "77777777777"); }; });
        row("size beyond the file", u"cut off"_s, TruncatedStream, sizeField("00003777777"));

        for (const char type : {'1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', '\0'}) {
            const QByteArray name = QByteArray("type ") + (type ? type : '-');
            row(name.constData(), u"not a regular file"_s, BadInput,
                [type](Forge& f) { f[first].change = [type](QByteArray& h) { h[156] = type; }; });
        }
        row("long link", u"not a regular file"_s, BadInput, [](Forge& f) {
            f.members.insert(2, {"././@LongLink", QByteArray(2000, 'a') + '\0', [](QByteArray& h) { h[156] = 'L'; }});
        });
        row("deep path", u"no bundle has a member"_s, BadInput, [](Forge& f) {
            f.members.insert(2, {QByteArray("a/").repeated(49) + 'b', "x"});
        });
        const auto named = [&](const char* row_, const QByteArray& name) {
            row(row_, u"no bundle has a member"_s, BadInput, [name](Forge& f) { f.members.insert(2, {name, "x"}); });
        };
        named("above the folder", "../evil");
        named("above the folder, inside a stream", "streams/../../000001.zst");
        named("dots for a stream", "streams/a/../000001.zst");
        named("absolute", "/etc/cron.d/evil");
        named("file used as folder", "bundle.json/x");
        named("segment used as folder", first + "/x");
        named("folder used as file", "streams/a");
        named("unknown file", "run-me.sh");
        named("dot in front", "./" + first);
        named("double slash", "streams//a/dump.sql/000003.zst");
        named("segment zero", "streams/a/dump.sql/000000.zst");
        named("segment of five digits", "streams/a/dump.sql/00003.zst");
        named("segment of seven digits", "streams/a/dump.sql/0000003.zst");
        named("segment with a sign", "streams/a/dump.sql/+00003.zst");
        named("segment with a space", "streams/a/dump.sql/ 00003.zst");
        named("capital letters", "STREAMS/a/dump.sql/000003.zst");
        named("not UTF-8", "streams/a\xff/dump.sql/000001.zst");
        named("terminal escapes", "index/\x1b[2J.json.zst");
        named("empty name", "");
        row("name behind the NUL", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h[60] = 'x'; }; });
        row("ustar prefix", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h.replace(345, 3, "etc"); }; });
        row("link name on a file", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h.replace(157, 3, "etc"); }; });
        row("set-user-id bit", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h[102] = '4'; }; });
        row("another owner", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h.replace(265, 4, "root"); }; });
        row("another time", u"a tar header is not as it was written"_s, Damaged,
            [](Forge& f) { f[first].change = [](QByteArray& h) { h[146] = h[146] == '0' ? '1' : '0'; }; });

        row("README not first", u"not a Scalekeep bundle"_s, BadInput, [](Forge& f) { f.members.swapItemsAt(0, 1); });
        row("README twice", u"is not where Scalekeep writes it, or is there twice"_s, BadInput,
            [](Forge& f) { f.members.insert(3, f.members.at(0)); });
        row("bundle.json not second", u"is not where"_s, BadInput, [](Forge& f) { f.members.swapItemsAt(1, 2); });
        row("segment twice", u"is not where"_s, BadInput,
            [](Forge& f) { f.members.insert(f.find(first) + 1, f[first]); });
        row("segments swapped", u"is not where"_s, BadInput,
            [](Forge& f) { f.members.swapItemsAt(f.find(first), f.find(second)); });
        row("first segment missing", u"is not where"_s, BadInput, [](Forge& f) { f.members.removeAt(f.find(first)); });
        row("segment after its record", u"is not where"_s, BadInput, [](Forge& f) {
            f.members.insert(f.members.size() - 1, {"streams/a/dump.sql/000003.zst", "x"});
        });
        row("record without segments", u"is not where"_s, BadInput, [](Forge& f) {
            f.members.insert(2, {"streams/c/x/stream.json", "{}"});
        });
        row("index twice", u"is not where"_s, BadInput,
            [](Forge& f) { f.members.insert(f.find("index/a.json.zst"), f["index/a.json.zst"]); });
        row("manifest in the middle", u"is not where"_s, BadInput,
            [](Forge& f) { f.members.insert(2, f["manifest.json"]); });
        row("no manifest", u"has no manifest"_s, TruncatedStream, [](Forge& f) { f.members.removeLast(); });
        row("last segment missing", u"segments are missing"_s, Damaged, [](Forge& f) {
            f.members.removeAt(f.find(second));
            f.seal();
        });
        row("record missing", u"segments are missing"_s, Damaged, [](Forge& f) {
            f.members.removeAt(f.find("streams/a/dump.sql/stream.json"));
            f.seal();
        });
        row("record of another stream", u"record does not agree"_s, Damaged,
            [](Forge& f) { f["streams/a/dump.sql/stream.json"].data = f["streams/b/dump.rdb/stream.json"].data; });
        row("stream that the manifest does not name", u"streams that its manifest does not name"_s, BadInput,
            [](Forge& f) {
                f.members.insert(2, {"streams/c/x/000001.zst", frame("x")});
                f.seal();
            });
        row("stream that is not there", u"no stream c/x"_s, NotFound, [](Forge& f) {
            f.seal([](Manifest& m) {
                m.streams.append(m.streams.at(0));
                m.streams.last().component = u"c"_s;
                m.streams.last().name = u"x"_s;
            });
        });
        row("abandoned stream that is whole", u"names a stream that it does not have"_s, BadInput, [](Forge& f) {
            f.seal([](Manifest& m) {
                m.streams.removeFirst();
                m.abandoned = {u"a/dump.sql"_s};
            });
        });
        row("index that the manifest does not name", u"its indexes are not those"_s, BadInput, [](Forge& f) {
            f.members.insert(2, {"index/c.json.zst", frame("{}")});
            f.seal();
        });
        row("index missing", u"its indexes are not those"_s, BadInput, [](Forge& f) {
            f.members.removeAt(f.find("index/a.json.zst"));
            f.seal();
        });

        row("padding", u"there is something in the padding"_s, Damaged, [](Forge& f) { f[first].padding = 'x'; });
        row("one zero block", u"cut off"_s, TruncatedStream, [](Forge& f) { f.end.chop(512); });
        row("no end mark", u"cut off"_s, TruncatedStream, [](Forge& f) { f.end.clear(); });
        row("zeros behind the end", u"put behind its end"_s, Damaged,
            [](Forge& f) { f.end += QByteArray(9216, '\0'); });
        row("another tar behind the end", u"put behind its end"_s, Damaged, [](Forge& f) { f.end += f.bytes(); });
        row("a byte behind the end", u"put behind its end"_s, Damaged, [](Forge& f) { f.end += 'x'; });

        row("frame of another size", u"has another size"_s, Damaged, [](Forge& f) {
            f[second].data = frame(QByteArray(99, 'x'));
            f.seal();
        });
        row("frame larger than a segment", u"more than a segment holds"_s, Damaged, [](Forge& f) {
            f[first].data = frame(QByteArray(SegmentSize + 1, 'x'));
            f.seal();
        });
        row("frame of 4 GB", u"more than a segment holds"_s, Damaged, [](Forge& f) {
            // The declared size lies behind the magic number and the descriptor (8-byte size, single segment, no
            // checksum).
            f[first].data = QByteArray("\x28\xb5\x2f\xfd\xe0\x00\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00", 16);
            f.seal();
        });
        row("frame without a size", u"declares no size"_s, Damaged, [](Forge& f) {
            f[first].data = frame(QByteArray(SegmentSize, 'x'), false);
            f.seal();
        });
        row("two frames", u"something after its zstd frame"_s, Damaged, [](Forge& f) {
            f[second].data = frame(QByteArray(50, 'x')) + frame(QByteArray(50, 'y'));
            f.seal();
        });
        row("skippable frame", u"has another size"_s, Damaged, [](Forge& f) {
            f[second].data = QByteArray("\x50\x2a\x4d\x18\x04\x00\x00\x00wxyz", 12);
            f.seal();
        });
        row("no frame at all", u"not a whole zstd frame"_s, Damaged, [](Forge& f) {
            f[second].data = "hello";
            f.seal();
        });
        row("empty member", u"not a whole zstd frame"_s, Damaged, [](Forge& f) {
            f[second].data.clear();
            f.seal();
        });
        row("cut frame", u"not a whole zstd frame"_s, Damaged, [](Forge& f) {
            f[first].data.chop(1);
            f.seal();
        });
        row("other data of the same size", u"its data is not the one that was written"_s, Damaged, [](Forge& f) {
            f[second].data = frame(QByteArray(100, 'x'));
            f.seal();
        });
        row("other data, other members digest", u"their digest does not match"_s, Damaged,
            [](Forge& f) { f["README.txt"].data.replace("zstd", "sh  "); });
        row("other index", u"index of “a” is damaged: its digest"_s, Damaged, [](Forge& f) {
            f["index/a.json.zst"].data = frame("{\"of\": \"evil\"}");
            f.seal();
        });
        row("index of nothing, in a million pieces", u"index of “a” is damaged: its digest"_s, Damaged, [](Forge& f) {
            f["index/a.json.zst"].data = frame("").repeated(1'000'000);
            f.seal();
        });
        row("index larger than any", u"holds more than any bundle does"_s, Damaged, [](Forge& f) {
            f["index/a.json.zst"].data = frame(QByteArray(SegmentSize, '\0')).repeated(257);
            f.seal();
        });
    }
    void refuses()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, expected);
        QFETCH(ErrorCode, code);
        writeFile(m_forged, bytes);
        QElapsedTimer timer;
        timer.start();
        ErrorCode found = ErrorCode::Internal;
        const QString problem = wrongWith(m_forged, &found);
        QVERIFY2(problem.contains(expected), qPrintable(problem));
        QCOMPARE(found, code);
        QVERIFY(std::ranges::all_of(problem, [](QChar c) { return c.isPrint(); }));
        QVERIFY2(timer.elapsed() < 5000, "a forged file must not cost time");
    }

    void damagedDataNeverPassesForWhole()
    {
        Forge forge(m_genuine);
        forge[second].data = frame(QByteArray(100, 'x'));
        forge.seal();
        writeFile(m_forged, forge.bytes());
        const auto reader = Reader::open(m_forged);
        VERIFY_RESULT(reader);
        const Stream& stream = *(*reader)->stream(u"a"_s, u"dump.sql"_s);
        const auto read = readWhole(**reader, stream);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Damaged);
        QVERIFY(read.error().hint.contains(u"Do not use"_s));
        const ByteSource source = (*reader)->source(stream);
        Result<QByteArray> part = QByteArray("x");
        while (part && !part->isEmpty())
            part = source(SegmentSize);
        QVERIFY(!part);
        QCOMPARE(part.error().code, ErrorCode::Damaged);
        Stream unknown = stream;
        unknown.name = u"other"_s;
        QCOMPARE(readWhole(**reader, unknown).error().code, ErrorCode::NotFound);
    }

    void whatIsNotAFile()
    {
        QCOMPARE(Reader::open(m_directory.filePath(u"nothing"_s)).error().code, ErrorCode::NotFound);
        QCOMPARE(Reader::open(m_directory.path()).error().code, ErrorCode::BadInput);
        QCOMPARE(Reader::open(u"/dev/zero"_s).error().code, ErrorCode::BadInput);
    }

    void aNewerFormatIsToldApart()
    {
        Forge forge(m_genuine);
        Header header = testHeader();
        header.formatVersion = 2;
        forge["bundle.json"].data = sealedJson(toJson(header));
        forge.members.insert(2, {"something/new.age", "x"}); // and whatever else a newer format does behind it
        writeFile(m_forged, forge.bytes());
        ErrorCode code = ErrorCode::Internal;
        QVERIFY(wrongWith(m_forged, &code).contains(u"format version 2"_s));
        QCOMPARE(code, ErrorCode::Unsupported);
        QVERIFY(Reader::open(m_forged).error().hint.contains(u"newer version of Scalekeep"_s));
        QCOMPARE(salvage(m_forged, m_directory.filePath(u"salvaged.tar"_s)).error().code, ErrorCode::Unsupported);
    }

    /// Found by fuzzing: seals, digests and data are right, the sizes are not.
    void aRecordOfAnotherSizeIsNotSalvaged_data()
    {
        QTest::addColumn<qint64>("more");
        QTest::addColumn<qint64>("moreStored");
        QTest::newRow("bytes") << qint64(1) << qint64(0);
        QTest::newRow("stored bytes") << qint64(0) << qint64(1);
    }
    void aRecordOfAnotherSizeIsNotSalvaged()
    {
        QFETCH(qint64, more);
        QFETCH(qint64, moreStored);
        const QString salvaged = m_directory.filePath(u"salvaged.tar"_s);
        Forge forge(m_genuine);
        QString key;
        forge.seal([&](Manifest& manifest) {
            Stream& stream = manifest.streams.first();
            stream.bytes += more;
            stream.storedBytes += moreStored;
            key = stream.component + u'/' + stream.name;
        });
        writeFile(m_forged, forge.bytes());
        const auto saved = salvage(m_forged, salvaged);
        VERIFY_RESULT(saved);
        QVERIFY(!saved->saved.contains(key) && saved->lost.contains(key + u": its record tells another size"_s));
        QCOMPARE(wrongWith(salvaged), QString{});
        QVERIFY(QFile::remove(salvaged));
    }

    void manyMembersOpenFast()
    {
        const QString file = m_directory.filePath(u"many.tar"_s);
        Forge forge(m_genuine);
        const QByteArray full = frame(QByteArray(SegmentSize, 'x'));
        QByteArray bytes;
        for (int i = 0; i < 2; ++i)
            bytes += forge.header(forge.members.at(i)) + forge.members.at(i).data +
                     QByteArray((512 - forge.members.at(i).data.size() % 512) % 512, '\0');
        for (int i = 1; i <= 100'000; ++i) {
            const ForgedMember segment{"streams/a/dump.sql/" + QByteArray::number(i).rightJustified(6, '0') + ".zst",
                                       full};
            bytes += forge.header(segment) + segment.data + QByteArray((512 - full.size() % 512) % 512, '\0');
        }
        writeFile(file, bytes + QByteArray(1024, '\0'));
        QElapsedTimer timer;
        timer.start();
        const auto reader = Reader::open(file);
        QCOMPARE(reader.error().code,
                 ErrorCode::TruncatedStream); // it has no manifest, which shows after the scan only
        QVERIFY2(timer.elapsed() < 20'000, qPrintable(QString::number(timer.elapsed())));
        qInfo("100,000 members in %lld ms", timer.elapsed());
    }
};

QTEST_GUILESS_MAIN(TestHostile)
#include "tst_hostile.moc"
