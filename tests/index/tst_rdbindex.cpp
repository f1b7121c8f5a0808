#include "engine/index/rdbkeys.h"
#include "engine/index/rdbreader.h"
#include "rdbwriter.h"
#include "support.h"

#include <QJsonArray>
#include <QTest>

#include <cmath>
#include <limits>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
using W = RdbWriter;

QByteArray oneKey(int type, const QByteArray& value, int version = 11)
{
    return W(version).database(0).key(type, "key", value).finish();
}

QStringList compareRdb(const QByteArray& first, const QByteArray& second, qint64 at = 0)
{
    return compare(u"rdb"_s, first, second, at);
}

QByteArray joined(const QList<QByteArray>& strings)
{
    QByteArray bytes = W::length(static_cast<quint64>(strings.size()));
    for (const QByteArray& text : strings)
        bytes += W::string(text);
    return bytes;
}

// Strings with these expiries in milliseconds (0: none), in database 0.
QByteArray expiring(const QList<std::pair<QByteArray, qint64>>& keys)
{
    W writer(9);
    writer.database(0);
    for (const auto& [name, at] : keys) {
        if (at != 0)
            writer.expires(at);
        writer.key(0, name, W::string("value of " + name));
    }
    return writer.finish();
}

// A stream with two entries, one of them deleted if asked for, a group with one consumer and one pending entry.
QByteArray stream(int version, bool deleted, const QByteArray& value = "v2")
{
    const QByteArray id = QByteArray::fromHex("0000000000000005" "0000000000000001");
    const QList<QByteArray> master{"1", deleted ? "1" : "0", "2", "f1", "f2", "0"};
    const QList<QByteArray> first{deleted ? "3" : "2", "0", "0", "v1", "w1", "5"};
    const QList<QByteArray> second{"0", "7", "1", "1", "g", value, "6"};
    const QByteArray second16 = QByteArray::fromHex("000000000000000c" "0000000000000002");
    QByteArray bytes = W::length(1) + W::string(id) + W::string(W::listpack(master + first + second));
    bytes += W::length(deleted ? 1 : 2) + W::length(12) + W::length(2);
    if (version >= 2)
        bytes += W::length(5) + W::length(1) + W::length(deleted ? 5 : 0) + W::length(deleted ? 1 : 0) + W::length(2);
    bytes += W::length(1) + W::string("group") + W::length(12) + W::length(2);
    if (version >= 2)
        bytes += W::length(2);
    bytes += W::length(1) + second16 + W::fixed(1000, 8) + W::length(1);
    bytes += W::length(1) + W::string("consumer") + W::fixed(2000, 8);
    if (version >= 3)
        bytes += W::fixed(3000, 8);
    return bytes + W::length(1) + second16;
}
} // namespace

class TestRdbIndex : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Each row: one value in two encodings.
    void encodingsDoNotCount_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        const QList<QByteArray> list{"a", "", "7", "-1", "100", "-300", "70000", "-9000000", "3000000000", "-3000000000",
                                     QByteArray(70, 'x'), QByteArray(300, 'y'), QByteArray(20'000, 'z'), QByteArray("\0\xff\n", 3)};
        QByteArray quicklist2 = W::length(3) + W::length(2) + W::string(W::listpack(list.mid(0, 5)));
        quicklist2 += W::length(1) + W::string(list.at(5)) + W::length(2) + W::string(W::listpack(list.mid(6)));
        const QByteArray quicklist = W::length(2) + W::string(W::ziplist(list.mid(0, 3))) + W::string(W::ziplist(list.mid(3)));
        QTest::newRow("list, ziplist") << oneKey(1, joined(list)) << oneKey(10, W::string(W::ziplist(list)), 6);
        QTest::newRow("list, quicklist") << oneKey(1, joined(list)) << oneKey(14, quicklist, 7);
        QTest::newRow("list, quicklist 2") << oneKey(1, joined(list)) << oneKey(18, quicklist2, 10);

        QTest::newRow("string, number") << oneKey(0, W::string("-5")) << oneKey(0, W::number(-5, 1));
        QTest::newRow("string, number of 16 bits") << oneKey(0, W::string("1000")) << oneKey(0, W::number(1000, 2));
        QTest::newRow("string, number of 32 bits") << oneKey(0, W::string("-70000")) << oneKey(0, W::number(-70000, 4));
        QTest::newRow("string, packed") << oneKey(0, W::string("0123456789012301234567890123")) << oneKey(0, W::packedTwice("01234567890123"));

        const QList<QByteArray> numbers{"3", "-1", "300", "70000"};
        QTest::newRow("set, intset") << oneKey(2, joined({"300", "3", "-1", "70000"})) << oneKey(11, W::string(W::intset({3, -1, 300, 70000}, 4)));
        QTest::newRow("set, wide intset") << oneKey(2, joined(numbers)) << oneKey(11, W::string(W::intset({-1, 3, 300, 70000}, 8)));
        QTest::newRow("set, listpack") << oneKey(2, joined(numbers)) << oneKey(20, W::string(W::listpack(numbers)));

        const QByteArray hash = W::length(2) + W::string("f") + W::string("1") + W::string("g") + W::string("two");
        QTest::newRow("hash, zipmap") << oneKey(4, hash) << oneKey(9, W::string(W::zipmap({{"g", "two"}, {"f", "1"}})), 6);
        QTest::newRow("hash, ziplist") << oneKey(4, hash) << oneKey(13, W::string(W::ziplist({"f", "1", "g", "two"})), 6);
        QTest::newRow("hash, listpack") << oneKey(4, hash) << oneKey(16, W::string(W::listpack({"g", "two", "f", "1"})));
        QTest::newRow("hash, with expiring fields but none expires")
            << oneKey(4, hash)
            << oneKey(24, W::fixed(0, 8) + W::length(2) + W::length(0) + W::string("f") + W::number(1, 1) + W::length(0) + W::string("g") + W::string("two"), 12);
        QTest::newRow("expiring hash, listpack")
            << oneKey(24, W::fixed(1'700'000'000'000, 8) + W::length(2) + W::length(1) + W::string("f") + W::string("1") + W::length(501) + W::string("g") + W::string("two"), 12)
            << oneKey(25, W::fixed(1'700'000'000'000, 8) + W::string(W::listpack({"f", "1", "1700000000000", "g", "two", "1700000000500"})), 12);

        const QByteArray zset2 = W::length(3) + W::string("a") + W::binaryDouble(1.5) + W::string("b") +
                                 W::binaryDouble(-std::numeric_limits<double>::infinity()) + W::string("c") + W::binaryDouble(-0.0);
        QTest::newRow("sorted set, text scores") << oneKey(5, zset2) << oneKey(3, W::length(3) + W::string("c") + QByteArray("\x01" "0") + W::string("b") + '\xff' + W::string("a") + QByteArray("\x03" "1.5"));
        QTest::newRow("sorted set, ziplist") << oneKey(5, zset2) << oneKey(12, W::string(W::ziplist({"b", "-inf", "c", "0", "a", "1.5"})), 6);
        QTest::newRow("sorted set, listpack") << oneKey(5, zset2) << oneKey(17, W::string(W::listpack({"c", "-0", "b", "-inf", "a", "1.5"})));
        QTest::newRow("score with 17 digits") << oneKey(5, W::length(1) + W::string("a") + W::binaryDouble(0.1)) << oneKey(12, W::string(W::ziplist({"a", "0.10000000000000001"})), 6);

        QTest::newRow("stream 1 and 2") << oneKey(15, stream(1, false)) << oneKey(19, stream(2, false));
        QTest::newRow("stream 2 and 3") << oneKey(19, stream(2, true)) << oneKey(21, stream(3, true));
    }

    void encodingsDoNotCount()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QCOMPARE(goodIndex(u"rdb"_s, second), goodIndex(u"rdb"_s, first));
        for (const qsizetype piece : {1, 3, 100})
            QCOMPARE(goodIndex(u"rdb"_s, second, piece), goodIndex(u"rdb"_s, first));
    }

    // However a value is encoded, it has as many bytes: of its key, its members, 8 a score.
    void bytesAreThoseOfTheContent()
    {
        const auto bytes = [](const QByteArray& snapshot) { return goodIndex(u"rdb"_s, snapshot)["entries"_L1][0]["bytes"_L1].toInt(-1); };
        QCOMPARE(bytes(W(9).key(0, "ab", W::string("xyz")).finish()), 5);
        QCOMPARE(bytes(W(9).key(0, "ab", W::number(77, 4)).finish()), 4);
        QCOMPARE(bytes(oneKey(17, W::string(W::listpack({"member", "1.5"})))) - bytes(oneKey(17, W::string(W::listpack({"m", "1.5"})))), 5);
        QCOMPARE(bytes(W(9).key(0, "a:1", W::string("x")).key(0, "a:2", W::string("yy")).finish()), 9);
    }

    void contentCounts_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::newRow("string") << oneKey(0, W::string("a")) << oneKey(0, W::string("b"));
        QTest::newRow("list order") << oneKey(1, joined({"a", "b"})) << oneKey(1, joined({"b", "a"}));
        QTest::newRow("list split") << oneKey(1, joined({"ab", "c"})) << oneKey(1, joined({"a", "bc"}));
        QTest::newRow("set") << oneKey(2, joined({"a", "b"})) << oneKey(2, joined({"a", "c"}));
        QTest::newRow("hash value") << oneKey(16, W::string(W::listpack({"f", "1"}))) << oneKey(16, W::string(W::listpack({"f", "2"})));
        QTest::newRow("hash swapped") << oneKey(16, W::string(W::listpack({"f", "1", "g", "2"}))) << oneKey(16, W::string(W::listpack({"f", "2", "g", "1"})));
        QTest::newRow("field expiry") << oneKey(25, W::fixed(0, 8) + W::string(W::listpack({"f", "1", "5"})), 12)
                                      << oneKey(25, W::fixed(0, 8) + W::string(W::listpack({"f", "1", "6"})), 12);
        QTest::newRow("score") << oneKey(17, W::string(W::listpack({"a", "1"}))) << oneKey(17, W::string(W::listpack({"a", "1.0000001"})));
        QTest::newRow("stream value") << oneKey(19, stream(2, false)) << oneKey(19, stream(2, false, "v3"));
        QTest::newRow("stream deleted entry") << oneKey(19, stream(2, false)) << oneKey(19, stream(2, true));
        QTest::newRow("key") << W(9).key(0, "a", W::string("x")).finish() << W(9).key(0, "b", W::string("x")).finish();
    }

    void contentCounts()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        const QStringList found = compareRdb(first, second);
        QVERIFY2(found.size() == 1 || found.size() == 2, qPrintable(found.join(u'\n')));
        if (qstrcmp(QTest::currentDataTag(), "key") != 0)
            QCOMPARE(found.size(), 1);
        QVERIFY(!found.first().startsWith("warning"_L1));
    }

    void databasesAndTypesAreTold()
    {
        const QByteArray first = W(9).database(0).key(0, "queue:a", W::string("x")).database(1).key(1, "queue:b", joined({"x"})).finish();
        const QByteArray second = W(9).database(1).key(1, "queue:b", joined({"y"})).finish();
        QCOMPARE(compareRdb(first, second), (QStringList{u"database 0, string queue:*: 1 of 1 keys missing"_s,
                                                         u"database 1, list queue:*: the content of some of its 1 keys differs"_s}));
        QCOMPARE(compareRdb(second, first).first(), u"database 0, string queue:*: 1 additional keys"_s);
    }

    void opcodesThatAreNoContent()
    {
        W writer(11);
        writer.raw('\xfa' + W::string("redis-ver") + W::string("7.2.0")).raw('\xfa' + W::string("ctime") + W::number(1'700'000'000, 4));
        writer.database(0).raw('\xfb' + W::length(1) + W::length(0)).raw('\xf4' + W::length(1) + W::length(2) + W::length(3));
        writer.raw('\xf8' + W::length(100)).raw(QByteArray("\xf9\x07", 2)).key(0, "key", W::string("x"));
        QCOMPARE(goodIndex(u"rdb"_s, writer.finish()), goodIndex(u"rdb"_s, oneKey(0, W::string("x"))));
    }

    void functionsCount()
    {
        const QByteArray first = W(10).raw('\xf5' + W::string("#!lua name=x\nreturn 1")).finish();
        const QByteArray second = W(10).raw('\xf5' + W::string("#!lua name=x\nreturn 2")).finish();
        QCOMPARE(compareRdb(first, second), QStringList{u"function #!lua name=x: differs"_s});
        QCOMPARE(compareRdb(first, W(10).finish()), QStringList{u"function #!lua name=x: is missing"_s});
    }

    void modulesAreRefused()
    {
        // "ReJSON-RL" with version 3, as its six-bit letters.
        constexpr std::string_view Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        quint64 id = 0;
        for (const char letter : std::string_view("ReJSON-RL"))
            id = (id << 6) | Letters.find(letter);
        id = (id << 10) | 3;
        for (const QByteArray& bytes : {'\x07' + W::string("key") + W::length(id), '\xf7' + W::length(id)}) {
            const auto index = indexOf(u"rdb"_s, W(9).raw(bytes).finish());
            QVERIFY(!index);
            QCOMPARE(index.error().code, ErrorCode::Unsupported);
            QVERIFY2(index.error().message.contains(u"ReJSON-RL"_s), qPrintable(index.error().message));
        }
    }

    void checksumIsChecked()
    {
        const QByteArray good = oneKey(0, W::string("some value"));
        QVERIFY(goodIndex(u"rdb"_s, good)["endMark"_L1].toString().contains("CRC64"_L1));
        for (qsizetype i = 9; i < good.size(); ++i) {
            QByteArray bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 1);
            QVERIFY2(!indexOf(u"rdb"_s, bad), qPrintable(QString::number(i)));
        }
        const QByteArray unchecked = W(11).database(0).key(0, "key", W::string("some value")).finish(false);
        QVERIFY(goodIndex(u"rdb"_s, unchecked)["endMark"_L1].toString().contains("no checksum"_L1));
        QCOMPARE(compareRdb(good, unchecked), QStringList{});
    }

    void cutsAndTailsAreSeen()
    {
        QByteArray whole = W(11).database(0).key(21, "s", stream(3, true)).key(18, "l", W::length(1) + W::length(2) + W::string(W::listpack({"a", "1"})))
                               .key(5, "z", W::length(1) + W::string("a") + W::binaryDouble(1)).key(0, "p", W::packedTwice("0123456789")).finish();
        for (qsizetype size = 0; size < whole.size(); ++size) {
            const auto index = indexOf(u"rdb"_s, whole.left(size), 16);
            QVERIFY2(!index, qPrintable(QString::number(size)));
            QCOMPARE(index.error().code, ErrorCode::TruncatedStream);
        }
        for (const qsizetype piece : {0, 1, 7})
            QCOMPARE(indexOf(u"rdb"_s, whole + "x", piece).error().code, ErrorCode::BadInput);
    }

    void badFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::newRow("not a snapshot") << QByteArray("PK\x03\x04 something else");
        QTest::newRow("newer") << W(13).finish();
        QTest::newRow("ancient") << W(3).finish();
        QTest::newRow("unknown type") << oneKey(8, W::string("x"));
        QTest::newRow("release candidate type") << oneKey(22, W::string("x"));
        QTest::newRow("length that is an encoding") << oneKey(1, "\xc0\x01");
        QTest::newRow("reserved length") << oneKey(1, "\x82\x01");
        QTest::newRow("huge string") << oneKey(0, "\x81\x00\x00\x00\x00\xff\xff\xff\xff" + QByteArray(100, 'x'));
        QTest::newRow("bomb") << oneKey(0, '\xc3' + W::length(3) + W::length(500'000'000) + QByteArray("\x01" "ab"));
        QTest::newRow("back reference before the start") << oneKey(0, '\xc3' + W::length(4) + W::length(5) + QByteArray("\x00" "a\x40\x09", 4));
        QTest::newRow("half a field") << oneKey(16, W::string(W::listpack({"f", "1", "g"})));
        QTest::newRow("score that is none") << oneKey(17, W::string(W::listpack({"a", "high"})));
        QTest::newRow("cut ziplist") << oneKey(13, W::string(W::ziplist({"f", "1"}).chopped(1)));
        QTest::newRow("cut listpack") << oneKey(16, W::string(W::listpack({"f", "1"}).chopped(2)));
        QTest::newRow("long listpack") << oneKey(16, W::string(W::listpack({"f", "1"}) + "x"));
        QTest::newRow("cut zipmap") << oneKey(9, W::string(W::zipmap({{"f", "1"}}).chopped(1)));
        QTest::newRow("cut intset") << oneKey(11, W::string(W::intset({1, 2}, 4).chopped(1)));
        QTest::newRow("intset width") << oneKey(11, W::string(W::intset({1, 2}, 3)));
        QTest::newRow("quicklist node") << oneKey(18, W::length(1) + W::length(3) + W::string("x"));
        QTest::newRow("stream node") << oneKey(15, W::length(1) + W::string("short") + W::string(W::listpack({})));
        QTest::newRow("stream entries") << oneKey(15, W::length(1) + W::string(QByteArray(16, 'x')) + W::string(W::listpack({"1", "0", "9", "f"})));
        QTest::newRow("database number") << W(9).raw('\xfe' + W::length(1ULL << 40)).finish();
    }

    void badFilesAreRefused()
    {
        QFETCH(QByteArray, file);
        const auto index = indexOf(u"rdb"_s, file);
        QVERIFY(!index);
        QVERIFY2(index.error().code == ErrorCode::BadInput || index.error().code == ErrorCode::Unsupported, qPrintable(index.error().message));
    }

    void lostByTheirTime_data()
    {
        QTest::addColumn<QByteArray>("found");
        QTest::addColumn<qint64>("at");
        QTest::addColumn<QStringList>("expected");
        const QString gone = u"warning: database 0: %1 keys are gone because their time to live was over"_s;
        QTest::newRow("nothing lost") << expiring({{"a:1", 0}, {"a:2", 1000}, {"a:3", 2000}, {"a:4", 2000}}) << 5000LL << QStringList{};
        QTest::newRow("all in time") << expiring({{"a:1", 0}}) << 2001LL << QStringList{gone.arg(3)};
        QTest::newRow("some, later") << expiring({{"a:1", 0}, {"a:3", 2000}, {"a:4", 2000}}) << 1001LL << QStringList{gone.arg(1)};
        QTest::newRow("one of two of the same moment") << expiring({{"a:1", 0}, {"a:4", 2000}}) << 9000LL << QStringList{gone.arg(2)};
        QTest::newRow("too early by a millisecond") << expiring({{"a:1", 0}, {"a:3", 2000}, {"a:4", 2000}}) << 1000LL
                                                    << QStringList{u"database 0, string a:*: 1 of 4 keys missing"_s};
        QTest::newRow("too early") << expiring({{"a:1", 0}, {"a:2", 1000}, {"a:4", 2000}}) << 1500LL
                                   << QStringList{u"database 0, string a:*: 1 of 4 keys missing"_s};
        QTest::newRow("no moment given") << expiring({{"a:1", 0}}) << 0LL << QStringList{u"database 0, string a:*: 3 of 4 keys missing"_s};
        QTest::newRow("lasting key lost too") << expiring({{"a:3", 2000}, {"a:4", 2000}}) << 1500LL
                                              << QStringList{u"database 0, string a:*: 1 of 4 keys missing"_s, gone.arg(1)};
        QTest::newRow("expired key that was not there") << expiring({{"a:1", 0}, {"a:2", 1000}, {"a:9", 1000}, {"a:3", 2000}, {"a:4", 2000}}) << 1500LL
                                                        << QStringList{u"database 0, string a:*: 1 additional keys"_s};
        QTest::newRow("another key instead") << expiring({{"a:1", 0}, {"a:9", 1000}, {"a:3", 2000}, {"a:4", 2000}}) << 1500LL
                                             << QStringList{u"database 0, string a:*: the content of some of its 4 keys differs"_s};
        QTest::newRow("no longer expires") << expiring({{"a:1", 0}, {"a:2", 0}, {"a:3", 2000}, {"a:4", 2000}}) << 500LL
                                           << QStringList{u"database 0, string a:*: 1 of 4 keys missing, 1 additional keys"_s};
        QTest::newRow("expires later") << expiring({{"a:1", 0}, {"a:2", 1001}, {"a:3", 2000}, {"a:4", 2000}}) << 500LL
                                       << QStringList{u"database 0, string a:*: 1 of 4 keys missing, 1 additional keys"_s};
    }

    void lostByTheirTime()
    {
        QFETCH(QByteArray, found);
        QFETCH(qint64, at);
        QFETCH(QStringList, expected);
        QCOMPARE(compareRdb(expiring({{"a:1", 0}, {"a:2", 1000}, {"a:3", 2000}, {"a:4", 2000}}), found, at), expected);
    }

    void secondsAreMilliseconds()
    {
        const QByteArray seconds = W(9).database(0).raw('\xfd' + W::fixed(1'600'000'000, 4)).key(0, "k", W::string("v")).finish();
        const QByteArray milliseconds = W(9).database(0).expires(1'600'000'000'000).key(0, "k", W::string("v")).finish();
        QCOMPARE(goodIndex(u"rdb"_s, seconds), goodIndex(u"rdb"_s, milliseconds));
    }

    // More moments than are kept apart: steps of several milliseconds, and still only what is over may be missing.
    void manyMoments()
    {
        constexpr int Count = 120'000;
        constexpr qint64 Start = 1'700'000'000'000;
        const auto file = [](int from, int skip) {
            W writer(9);
            writer.database(0);
            for (int i = from; i < Count; ++i)
                if (i != skip)
                    writer.expires(Start + 3 * i).key(0, "a:" + QByteArray::number(i), W::string("x"));
            return goodIndex(u"rdb"_s, writer.finish(false));
        };
        const QJsonObject all = file(0, -1);
        QVERIFY(all["summary"_L1]["momentShift"_L1].toInt() > 0);
        const QJsonObject half = file(Count / 2, -1);
        const qint64 at = Start + 3 * (Count / 2);
        const QStringList found = texts(index::differences(all, half, at));
        QCOMPARE(found.size(), 1);
        QVERIFY2(found.first().startsWith(u"warning: database 0: 60000 keys are gone because"_s), qPrintable(found.first()));
        const QStringList early = texts(index::differences(all, half, at - 1000));
        QVERIFY2(early.size() == 2 && early.first().contains(u"keys missing"_s), qPrintable(early.join(u'\n')));
        // One key that lasts a minute longer is lost as well.
        const QStringList lost = texts(index::differences(all, file(Count / 2, Count / 2 + 20'000), at));
        QVERIFY2(lost.size() == 2 && lost.first() == u"database 0, string a:*: 1 of 120000 keys missing"_s, qPrintable(lost.join(u'\n')));
    }

    void prefixes_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("fine");
        QTest::addColumn<QByteArray>("coarse");
        const auto row = [](const char* key, const char* fine, const char* coarse) {
            QTest::newRow(key) << QByteArray(key) << QByteArray(fine) << QByteArray(coarse);
        };
        row("stats/{service:1}/metric:5/day:20200101", "stats/{service:1}/", "stats/{service:");
        row("stats/{service:1}/cinstance:abc/metric:5/eternity", "stats/{service:1}/", "stats/{service:");
        row("service_id:12/applications", "service_id:12/", "service_id:");
        row("application/service_id:2/id:3f/state", "application/service_id:2/", "application/service_id:");
        row("service/provider_key:abcdef/ids", "service/provider_key:abcdef/", "service/provider_key:abcdef/");
        row("services_set", "services_set", "services_set");
        row("resque:queue:priority", "resque:queue:", "resque:queue:");
        row("resque:stat:processed", "resque:stat:", "resque:stat:");
        row("queue:default", "queue:", "queue:");
        row("queues", "queues", "queues");
        row("stat:processed:2020-01-01", "stat:processed:", "stat:processed:");
        row("unique:0123456789abcdef", "unique:", "unique:");
        row("a1b2c3", "", "");
        row("", "", "");
        row("system-sidekiq-1-x7:12:abc", "system-sidekiq-1-x7:", "");
        row("\xc3\xa4:x", "", "");
        row("a/\xff/b", "a/", "a/");
    }

    void prefixes()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, fine);
        QFETCH(QByteArray, coarse);
        const auto prefix = [](const QByteArray& text, int level) {
            const auto found = index::prefixOf({text.constData(), static_cast<size_t>(text.size())}, level);
            return QByteArray(found.data(), static_cast<qsizetype>(found.size()));
        };
        QCOMPARE(prefix(key, 0), fine);
        QCOMPARE(prefix(key, 1), coarse);
        QCOMPARE(prefix(key, 2), QByteArray());
        QCOMPARE(prefix(prefix(key, 0), 1), prefix(key, 1));
        QCOMPARE(prefix(prefix(key, 0), 0), prefix(key, 0));
    }

    // More prefixes than are kept apart: an index with few of them can still be compared with one of many.
    void manyPrefixes()
    {
        constexpr int Count = 11'000;
        const auto file = [](int count, const QByteArray& last) {
            W writer(9);
            writer.database(0).key(2, "services_set", joined({"1"}));
            for (int i = 0; i < count; ++i)
                writer.key(0, "service_id:" + QByteArray::number(i) + "/applications", W::string(i == 17 ? last : QByteArray("x")));
            return goodIndex(u"rdb"_s, writer.finish(false));
        };
        const QJsonObject many = file(Count, "x");
        QCOMPARE(many["summary"_L1]["prefixLevel"_L1].toInt(), 1);
        QCOMPARE(many["entries"_L1].toArray().size(), 2);
        QCOMPARE(texts(index::differences(many, file(Count, "y"))),
                 QStringList{u"database 0, string service_id:*: the content of some of its 11000 keys differs"_s});
        QCOMPARE(texts(index::differences(many, file(9000, "x"))),
                 QStringList{u"database 0, string service_id:*: 2000 of 11000 keys missing"_s});
        QCOMPARE(texts(index::differences(file(100, "x"), file(100, "y"))),
                 QStringList{u"database 0, string service_id:17/*: the content of some of its 1 keys differs"_s});
    }

    void damagedIndexesAreRefused()
    {
        const QJsonObject good = goodIndex(u"rdb"_s, expiring({{"a:1", 0}, {"a:2", 1000}}));
        const auto changed = [&](const QString& key, const QJsonValue& value) {
            QJsonArray entries = good["entries"_L1].toArray();
            QJsonObject first = entries[0].toObject();
            first[key] = value;
            entries[0] = first;
            QJsonObject index = good;
            index[u"entries"_s] = entries;
            return texts(index::differences(good, index));
        };
        const QStringList damaged{u"index: cannot be compared: it is damaged"_s};
        QCOMPARE(changed(u"sha256"_s, u"zz"_s), damaged);
        QCOMPARE(changed(u"keys"_s, -1), damaged);
        QCOMPARE(changed(u"keys"_s, 1e300), damaged);
        QCOMPARE(changed(u"moments"_s, QJsonArray{QJsonArray{u"x"_s, 1, u"y"_s}}), damaged);
        QCOMPARE(changed(u"moments"_s, QJsonArray{1, 2}), damaged);
        QVERIFY(!changed(u"moments"_s, QJsonArray{}).isEmpty());
        QJsonObject noSummary = good;
        noSummary.remove(u"summary"_s);
        QCOMPARE(texts(index::differences(good, noSummary)), damaged);
    }
};

QTEST_GUILESS_MAIN(TestRdbIndex)
#include "tst_rdbindex.moc"
