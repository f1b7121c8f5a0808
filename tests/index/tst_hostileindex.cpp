#include "rdbwriter.h"
#include "servers.h"
#include "support.h"
#include "tests/base/sanitized.h"

#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
QByteArray snapshot()
{
    using W = RdbWriter;
    return W(11).database(0).expires(1'700'000'000'000).key(0, "a:1", W::packedTwice("0123456789"))
        .key(16, "h", W::string(W::listpack({"f", "1", "g", QByteArray(100, 'x')})))
        .key(13, "z", W::string(W::ziplist({"f", "1", "g", QByteArray(100, 'x')})))
        .key(11, "i", W::string(W::intset({1, 2, 3}, 2))).key(9, "m", W::string(W::zipmap({{"a", "b"}})))
        .key(18, "l", W::length(1) + W::length(2) + W::string(W::listpack({"a", "-70000"})))
        .key(5, "s", W::length(1) + W::string("a") + W::binaryDouble(1.5))
        .key(19, "x", W::length(1) + W::string(QByteArray(16, '\1')) + W::string(W::listpack({"1", "0", "1", "f", "0", "2", "0", "0", "v", "4"})) +
                          QByteArray("\x01\x05\x01\x05\x01\x00\x00\x01\x00", 9))
        .finish(false); // or every mutation would end at the checksum
}

QByteArray archive()
{
    const QTemporaryDir directory;
    for (const QString& name : {u"a"_s, u"b"_s})
        runProgram({u"cp"_s, u"/etc/passwd"_s, directory.filePath(name)});
    runProgram({u"ln"_s, directory.filePath(u"a"_s), directory.filePath(u"hard"_s)});
    runProgram({u"ln"_s, u"-s"_s, u"a"_s, directory.filePath(QString(150, u'n'))});
    return runProgram({u"tar"_s, u"-C"_s, directory.path(), u"-cf"_s, u"-"_s, u"."_s});
}

QByteArray mutated(const QByteArray& data, QRandomGenerator& random)
{
    QByteArray result = data;
    const int changes = 1 + random.bounded(4);
    for (int i = 0; i < changes; ++i) {
        const qsizetype at = random.bounded(static_cast<int>(result.size()));
        static const QByteArray special("\x00\xff\x80\x81\x7f'\"`\\;()/*-$\n ", 18);
        switch (random.bounded(5)) {
        case 0: result[at] = static_cast<char>(random.bounded(256)); break;
        case 1: result[at] = special[random.bounded(static_cast<int>(special.size()))]; break;
        case 2: result.remove(at, random.bounded(20)); break;
        case 3: result.insert(at, result.mid(random.bounded(static_cast<int>(result.size())), random.bounded(40))); break;
        default: result.insert(at, special[random.bounded(static_cast<int>(special.size()))]); break;
        }
        if (result.isEmpty())
            result = "x";
    }
    return result;
}

// The address sanitizer keeps up to 256 MiB of freed memory.
constexpr qint64 MaxKilobytes = (isSanitized ? 500 : 200) * 1024;

qint64 peakKilobytes()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}
} // namespace

class TestHostileIndex : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mutations_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("sample");
        QTest::newRow("mysqldump") << u"mysqldump"_s << testData(u"mysql57.sql"_s);
        QTest::newRow("mysqldump 8") << u"mysqldump"_s << testData(u"mysql80.sql"_s);
        QTest::newRow("pg_dump") << u"pg_dump"_s << testData(u"postgres15.sql"_s);
        QTest::newRow("rdb") << u"rdb"_s << snapshot();
        QTest::newRow("tar") << u"tar"_s << archive();
        QTest::newRow("json") << u"json"_s << testData(u"objects-before.json"_s);
    }

    // Whatever the bytes: an index or an error with a text, soon, and in little memory. Pieces of any size give the same.
    void mutations()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, sample);
        goodIndex(format, sample);
        const qint64 before = peakKilobytes();
        QElapsedTimer timer;
        timer.start();
        QRandomGenerator random(4711); // the same every time
        for (int i = 0; i < 2000; ++i) {
            const QByteArray data = mutated(sample, random);
            const auto index = indexOf(format, data);
            const auto pieces = indexOf(format, data, 1 + random.bounded(100));
            QCOMPARE(pieces.has_value(), index.has_value());
            if (index) {
                QCOMPARE(*pieces, *index);
                QCOMPARE(texts(index::differences(*index, *pieces)), QStringList{});
            } else {
                QVERIFY(!index.error().message.isEmpty());
                QVERIFY(index.error().code == ErrorCode::BadInput || index.error().code == ErrorCode::TruncatedStream ||
                        index.error().code == ErrorCode::Unsupported);
            }
        }
        QVERIFY2(timer.elapsed() < 120'000, qPrintable(QString::number(timer.elapsed())));
        QVERIFY2(peakKilobytes() - before < MaxKilobytes, qPrintable(QString::number(peakKilobytes() - before)));
    }

    // A row, a line and a file of any length pass through in the memory of a piece.
    void memoryIsConstant_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<QByteArray>("after");
        QTest::newRow("row") << u"mysqldump"_s << QByteArray("INSERT INTO `t` VALUES (1,'") << QByteArray("');\n-- Dump completed\n");
        QTest::newRow("hex row") << u"mysqldump"_s << QByteArray("INSERT INTO `t` VALUES (1,0x") << QByteArray(");\n-- Dump completed\n");
        QTest::newRow("line") << u"pg_dump"_s << QByteArray("COPY t (a) FROM stdin;\n")
                              << QByteArray("\n\\.\n--\n-- PostgreSQL database dump complete\n--\n\n");
        QTest::newRow("end mark that never ends") << u"mysqldump"_s << QByteArray("-- Dump completed") << QByteArray("\n");
    }

    void memoryIsConstant()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, before);
        QFETCH(QByteArray, after);
        const auto indexer = index::indexer(format);
        const QByteArray piece(1024 * 1024, 'a');
        QVERIFY(indexer->add(before));
        const qint64 start = peakKilobytes();
        for (int i = 0; i < 100; ++i)
            QVERIFY(indexer->add(piece));
        QVERIFY(indexer->add(after));
        QVERIFY2(peakKilobytes() - start < 20 * 1024, qPrintable(QString::number(peakKilobytes() - start)));
        const auto index = indexer->finish();
        if (qstrcmp(QTest::currentDataTag(), "end mark that never ends") == 0)
            QVERIFY(!index);
        else
            QCOMPARE(entry(*index, u"table"_s, u"t"_s)["rows"_L1].toInt(), 1);
    }
};

QTEST_GUILESS_MAIN(TestHostileIndex)
#include "tst_hostileindex.moc"
