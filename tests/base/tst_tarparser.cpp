#include "engine/base/tarparser.h"

#include "engine/base/digest.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {

struct Found {
    TarEntry entry;
    QByteArray content;
    bool ended = false;
};

class Collector : public TarVisitor {
public:
    QList<Found> found;
    Result<void> entry(const TarEntry& entry) override
    {
        found.append({entry, {}, false});
        return {};
    }
    Result<void> data(std::span<const char> bytes) override
    {
        found.last().content.append(bytes.data(), static_cast<qsizetype>(bytes.size()));
        return {};
    }
    Result<void> entryEnd() override
    {
        found.last().ended = true;
        return {};
    }
    [[nodiscard]] const Found* named(const QByteArray& name) const
    {
        for (const Found& each : found) {
            if (each.entry.name == name)
                return &each;
        }
        return nullptr;
    }
};

Result<void> parse(const QByteArray& tar, Collector& into, qsizetype piece = 1 << 20)
{
    TarParser parser(into);
    for (qsizetype at = 0; at < tar.size(); at += piece) {
        const qsizetype size = qMin(piece, tar.size() - at);
        if (auto done = parser.add(std::span(tar.constData() + at, static_cast<size_t>(size))); !done)
            return done;
    }
    return parser.finish();
}

QByteArray header(const QByteArray& name, char type, const QByteArray& size, const QByteArray& link = {})
{
    QByteArray block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 7, "0000644");
    block.replace(124, size.size(), size);
    block.replace(136, 11, "14524770400");
    block[156] = type;
    block.replace(157, link.size(), link);
    block.replace(257, 8, QByteArray("ustar\00000", 8));
    block.replace(148, 8, "        ");
    qint64 sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    block.replace(148, 7, QByteArray::number(sum, 8).rightJustified(6, '0') + '\0');
    return block;
}

QByteArray sized(const QByteArray& data)
{
    return data + QByteArray((512 - data.size() % 512) % 512, '\0');
}

QByteArray extension(char type, const QByteArray& data)
{
    return header("ext", type, QByteArray::number(data.size(), 8).rightJustified(11, '0')) + sized(data);
}

QByteArray pax(const QByteArray& key, const QByteArray& value)
{
    const QByteArray rest = ' ' + key + '=' + value + '\n';
    qsizetype length = rest.size() + 1;
    while (QByteArray::number(length).size() + rest.size() != length)
        ++length;
    return QByteArray::number(length) + rest;
}

const QByteArray end(1024, '\0');

} // namespace

class TestTarParser : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_directory;
    QByteArray m_longName = QByteArray(180, 'd') + '/' + QByteArray(200, 'f');

    void write(const QByteArray& name, const QByteArray& content)
    {
        const QString path = m_directory.filePath(u"tree/"_s) + QFile::decodeName(name);
        QVERIFY(QDir().mkpath(path.left(path.lastIndexOf(u'/'))));
        QFile file(path);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(file.errorString()));
        QCOMPARE(file.write(content), content.size());
    }

    QByteArray tarOf(const QStringList& options)
    {
        QProcess tar;
        tar.start(u"tar"_s, options + QStringList{u"-C"_s, m_directory.filePath(u"tree"_s), u"-cf"_s, u"-"_s, u"."_s});
        if (!tar.waitForFinished() || tar.exitCode() != 0)
            qFatal("tar failed: %s", tar.readAllStandardError().constData());
        return tar.readAllStandardOutput();
    }

private Q_SLOTS:
    void initTestCase()
    {
        write("plain", "hello");
        write("empty", {});
        write("name with spaces", "x");
        write("new\nline", "y");
        write("sub/.dot", QByteArray(512, 'z'));
        write(m_longName, QByteArray(70000, 'q'));
        const QByteArray root = QFile::encodeName(m_directory.filePath(u"tree/"_s));
        // A name that is not UTF-8 cannot be made with Qt.
        FILE* odd = fopen((root + "b\xff\xfe").constData(), "w");
        QVERIFY(odd);
        QCOMPARE(fputs("odd", odd) >= 0, true);
        fclose(odd);
        QCOMPARE(symlink("../outside", (root + "link").constData()), 0);
        QCOMPARE(symlink(QByteArray(150, 't').constData(), (root + "longlink").constData()), 0);
        QCOMPARE(link((root + "plain").constData(), (root + "plain2").constData()), 0);
        QCOMPARE(mkfifo((root + "pipe").constData(), 0600), 0);
        QCOMPARE(chmod((root + "empty").constData(), 0640), 0);
    }

    void cleanupTestCase()
    {
        QCOMPARE(unlink((QFile::encodeName(m_directory.filePath(u"tree/"_s)) + "b\xff\xfe").constData()),
                 0); // Qt cannot name it
    }

    void readsWhatTarWrites_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<int>("piece");
        for (const char* format : {"gnu", "pax", "posix"}) {
            for (const int piece : {1, 511, 512, 4096, 1 << 20})
                QTest::addRow("%s in pieces of %d", format, piece)
                    << QStringList{u"--format=%1"_s.arg(QLatin1String(format))} << piece;
        }
        QTest::newRow("pax with times of nanoseconds") << QStringList{u"--format=pax"_s, u"--xattrs"_s} << 1000;
    }
    void readsWhatTarWrites()
    {
        QFETCH(QStringList, options);
        QFETCH(int, piece);
        Collector collector;
        const auto done = parse(tarOf(options), collector, piece);
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        using enum TarEntry::Type;
        QCOMPARE(collector.found.size(), 14); // ., sub, the long directory, 11 others
        for (const Found& each : std::as_const(collector.found)) {
            QVERIFY(each.ended);
            QCOMPARE(each.content.size(), each.entry.size);
        }
        const auto check = [&](const QByteArray& name, TarEntry::Type type, const QByteArray& content,
                               const QByteArray& target = {}) {
            const Found* found = collector.named("./" + name);
            QVERIFY2(found, name.constData());
            QCOMPARE(found->entry.type, type);
            QCOMPARE(found->content, content);
            QCOMPARE(found->entry.target, target);
        };
        check("name with spaces", File, "x");
        check("new\nline", File, "y");
        check("sub/.dot", File, QByteArray(512, 'z'));
        check("sub/", Directory, {});
        check("empty", File, {});
        check(m_longName, File, QByteArray(70000, 'q'));
        check("b\xff\xfe", File, "odd");
        check("link", SymbolicLink, {}, "../outside");
        check("longlink", SymbolicLink, {}, QByteArray(150, 't'));
        check("pipe", Fifo, {});
        // tar stores the first name of a hard link as the file; which comes first is the directory's order.
        const bool plainFirst = collector.named("./plain")->entry.type == File;
        check(plainFirst ? "plain" : "plain2", File, "hello");
        check(plainFirst ? "plain2" : "plain", HardLink, {}, plainFirst ? "./plain" : "./plain2");
        struct stat status {};
        QCOMPARE(stat(QFile::encodeName(m_directory.filePath(u"tree/empty"_s)).constData(), &status), 0);
        QCOMPARE(collector.named("./empty")->entry.mode, 0640U);
        QCOMPARE(collector.named("./empty")->entry.mtime, status.st_mtime);
    }

    void everyCutIsFound()
    {
        const QByteArray tar = header("a", '0', "00000000005") + sized("hello") + extension('L', "long name") +
                               header("b", '0', "00000000000") + end;
        Collector whole;
        QVERIFY(parse(tar, whole));
        QCOMPARE(whole.found.size(), 2);
        QCOMPARE(whole.found.at(1).entry.name, "long name");
        for (qsizetype cut = 0; cut < tar.size(); ++cut) {
            Collector collector;
            const auto done = parse(tar.left(cut), collector);
            QVERIFY2(!done, qPrintable(QString::number(cut)));
            QCOMPARE(done.error().code, ErrorCode::TruncatedStream);
        }
    }

    void everyHeaderBitFlipIsFound()
    {
        const QByteArray tar = header("name", '0', "00000000000") + end;
        for (qsizetype bit = 0; bit < 512 * 8; ++bit) {
            if (bit / 8 >= 148 && bit / 8 < 156)
                continue; // the checksum itself may be written in several ways: a flip of a leading zero to a space
                          // means the same
            QByteArray changed = tar;
            changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
            Collector collector;
            QVERIFY2(!parse(changed, collector), qPrintable(QString::number(bit)));
        }
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("tar");
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("why");
        const auto row = [](const char* name, const QByteArray& tar, const QString& why,
                            ErrorCode code = ErrorCode::BadInput) { QTest::newRow(name) << tar + end << code << why; };
        const QByteArray file = header("f", '0', "00000000000");
        row("negative size", header("f", '0', "-0000000001"), u"size"_s);
        row("size with letters", header("f", '0', "0000000012x"), u"size"_s);
        row("no size", header("f", '0', ""), u"size"_s);
        row("binary size that is negative", header("f", '0', QByteArray(12, '\xff')), u"size"_s);
        row("binary size beyond all bounds",
            header("f", '0', QByteArray("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)), u"size"_s);
        row("binary size of 88 bits", header("f", '0', QByteArray("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12)), u"size"_s);
        row("no name", header("", '0', "00000000000"), u"no name"_s);
        row("directory with data", header("d", '5', "00000000001") + sized("x"), u"not a file has data"_s);
        row("symbolic link with data", header("d", '2', "00000000001", "t") + sized("x"), u"not a file has data"_s);
        row("link without target", header("d", '2', "00000000000"), u"no target"_s);
        row("sparse", header("s", 'S', "00000000000"), u"sparse"_s, ErrorCode::Unsupported);
        row("sparse by pax", extension('x', pax("GNU.sparse.major", "1")) + file, u"sparse"_s, ErrorCode::Unsupported);
        row("volume label", header("v", 'V', "00000000000"), u"unknown type"_s, ErrorCode::Unsupported);
        row("two long names", extension('L', "one") + extension('L', "two") + file, u"two long names"_s);
        row("empty long name", extension('L', QByteArray(1, '\0')) + file, u"two long names or an empty"_s);
        row("long name of a megabyte", extension('L', QByteArray(1 << 20, 'n')) + file, u"1048576 bytes"_s);
        row("pax header of 8 GiB", header("p", 'x', "77777777777"), u"bytes"_s);
        row("pax record too long", extension('x', "99 path=a\n") + file, u"wrong length"_s);
        row("pax record of length 0", extension('x', "0 path=a\n") + file, u"wrong length"_s);
        row("pax record of negative length", extension('x', "-9 path=a\n") + file, u"wrong length"_s);
        row("pax record without length", extension('x', "path=a\n") + file, u"wrong length"_s);
        row("pax record without newline", extension('x', "9 path=a.") + file, u"not key=value"_s);
        row("pax record without value", extension('x', "8 path.\n") + file, u"not key=value"_s);
        row("pax path with NUL", extension('x', pax("path", QByteArray("a\0b", 3))) + file, u"NUL"_s);
        row("pax negative size", extension('x', pax("size", "-1")) + file, u"size that makes no sense"_s);
        row("pax size overflow", extension('x', pax("size", "99999999999999999999")) + file,
            u"size that makes no sense"_s);
        row("pax time", extension('x', pax("mtime", "now")) + file, u"time"_s);
        row("global path", extension('g', pax("path", "a")) + file, u"global"_s);
        row("extension without a member", file + extension('L', "name"), u"does not follow"_s);
        row("lone zero block", file + QByteArray(512, '\0') + file, u"lone zero block"_s);
        row("data after the end", file + end + file, u"after its end mark"_s);
        row("not a tar at all", QByteArray(2048, 'x'), u"checksum"_s);
    }
    void refuses()
    {
        QFETCH(QByteArray, tar);
        QFETCH(ErrorCode, code);
        QFETCH(QString, why);
        for (const qsizetype piece : {qsizetype(7), tar.size()}) {
            Collector collector;
            const auto done = parse(tar, collector, piece);
            QVERIFY(!done);
            QCOMPARE(done.error().code, code);
            QVERIFY2(done.error().message.contains(why), qPrintable(done.error().message));
        }
    }

    void understandsExtensions()
    {
        const QByteArray tar = extension('g', pax("comment", "made by hand")) +
                               extension('x', pax("path", "täglich/ä") + pax("mtime", "-1.25") + pax("size", "3") +
                                                  pax("SCHILY.xattr.user.a", "\n=\n")) +
                               header("short", '0', "00000000000") + sized("abc") +
                               header("big", '0', QByteArray("\x80\0\0\0\0\0\0\0\0\0\0\x02", 12)) + sized("de") + end;
        Collector collector;
        const auto done = parse(tar, collector);
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
        QCOMPARE(collector.found.size(), 2);
        QCOMPARE(collector.found.at(0).entry.name, "täglich/ä");
        QCOMPARE(collector.found.at(0).entry.mtime, -2);
        QCOMPARE(collector.found.at(0).content, "abc");
        QCOMPARE(collector.found.at(1).entry.name, "big");
        QCOMPARE(collector.found.at(1).content, "de");
        QCOMPARE(collector.found.at(1).entry.mtime, 014524770400);
    }

    void visitorEndsTheParsing()
    {
        class Refusing : public Collector {
            Result<void> data(std::span<const char>) override { return fail(ErrorCode::Cancelled, u"enough"_s); }
        } refusing;
        const auto done = parse(header("a", '0', "00000000005") + sized("hello") + end, refusing);
        QVERIFY(!done);
        QCOMPARE(done.error().code, ErrorCode::Cancelled);
    }

    void survivesMutants()
    {
        const QByteArray tar = tarOf({u"--format=pax"_s});
        QRandomGenerator random(20240607);
        int refused = 0;
        for (int round = 0; round < 2000; ++round) {
            QByteArray mutant = tar;
            for (int i = random.bounded(1, 6); i > 0; --i)
                mutant[static_cast<qsizetype>(random.bounded(static_cast<quint32>(mutant.size())))] =
                    static_cast<char>(random.bounded(256));
            Collector collector;
            refused += parse(mutant, collector, random.bounded(1, 9000)) ? 0 : 1;
        }
        QVERIFY(refused > 0);
    }
};

QTEST_GUILESS_MAIN(TestTarParser)
#include "tst_tarparser.moc"
