#include "engine/index/contentdigest.h"
#include "engine/index/crc64.h"
#include "engine/index/rowsketch.h"
#include "engine/index/scan.h"

#include <QTest>

using namespace scalekeep::index;

namespace {
Digest row(int number)
{
    return Digester().of("row " + std::to_string(number));
}

DigestSum sumOf(const QList<int>& rows)
{
    DigestSum sum;
    for (const int number : rows)
        sum.add(row(number));
    return sum;
}
} // namespace

class TestDigests : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sumDependsOnMembersNotOnOrder()
    {
        QCOMPARE(sumOf({1, 2, 3}), sumOf({3, 1, 2}));
        QVERIFY(sumOf({1, 2, 3}) != sumOf({1, 2, 2, 3}));
        QVERIFY(sumOf({1, 2}) != sumOf({1, 4}));
        QCOMPARE(sumOf({}).toHex(), QByteArray(64, '0'));
    }

    void sumCarriesAndBorrows()
    {
        const auto all = DigestSum::fromHex(QByteArray(64, 'f'));
        const auto one = DigestSum::fromHex(QByteArray(63, '0') + "1");
        QVERIFY(all && one);
        DigestSum sum = *all;
        sum.add(*one);
        QCOMPARE(sum, DigestSum());
        sum.subtract(*one);
        QCOMPARE(sum, *all);
        DigestSum several = sumOf({1, 2, 3, 4, 5});
        several.subtract(sumOf({2, 4}));
        QCOMPARE(several, sumOf({5, 3, 1}));
        QCOMPARE(DigestSum::fromHex(several.toHex()), std::optional(several));
    }

    void damagedSumsAreRefused()
    {
        QVERIFY(!DigestSum::fromHex("12"));
        QVERIFY(!DigestSum::fromHex(QByteArray(64, 'x')));
        QVERIFY(!DigestSum::fromHex(QByteArray(65, '1')));
    }

    void partsAreDelimited()
    {
        Digester digester;
        digester.part("ab");
        digester.part("c");
        const Digest first = digester.finish();
        digester.part("a");
        digester.part("bc");
        QVERIFY(first != digester.finish());
    }

    void crcIsRedis()
    {
        QCOMPARE(crc64(0, std::span("123456789", 9)), 0xe9c6d914c4b8d9caULL);
        const QByteArray text = "The quick brown fox jumps over the lazy dog, twice over.";
        for (int cut = 0; cut <= text.size(); ++cut) {
            const auto first = crc64(0, std::span(text.constData(), static_cast<size_t>(cut)));
            QCOMPARE(crc64(first, std::span(text).subspan(static_cast<size_t>(cut))), crc64(0, std::span(text)));
        }
    }

    void findEitherFindsTheFirst()
    {
        for (int size = 0; size < 70; ++size) {
            for (int at = 0; at < size; ++at) {
                QByteArray text(size, 'x');
                text[at] = at % 2 == 0 ? '\'' : '\\';
                QCOMPARE(findEither(text.constData(), text.constData() + size, '\'', '\\') - text.constData(), at);
            }
            const QByteArray none(size, '\xff');
            QCOMPARE(findEither(none.constData(), none.constData() + size, '\'', '\\') - none.constData(), size);
        }
    }

    void sketchCountsDifferences_data()
    {
        QTest::addColumn<int>("missing");
        QTest::addColumn<int>("extra");
        QTest::newRow("none") << 0 << 0;
        QTest::newRow("one changed") << 1 << 1;
        QTest::newRow("one missing") << 1 << 0;
        QTest::newRow("three extra") << 0 << 3;
        QTest::newRow("ten of each") << 10 << 10;
    }

    void sketchCountsDifferences()
    {
        QFETCH(int, missing);
        QFETCH(int, extra);
        RowSketch first;
        RowSketch second;
        for (int i = 0; i < 100'000; ++i) {
            first.add(row(i));
            if (i >= missing)
                second.add(row(i));
        }
        for (int i = 0; i < extra; ++i)
            second.add(row(1'000'000 + i));
        const auto copy = RowSketch::fromBase64(second.toBase64());
        QVERIFY(copy);
        const auto difference = first.compare(*copy);
        QVERIFY(difference.exact);
        QCOMPARE(difference.missing, missing);
        QCOMPARE(difference.extra, extra);
    }

    void sketchSaysWhenItCannotCount()
    {
        RowSketch first;
        RowSketch second;
        for (int i = 0; i < 5000; ++i) {
            first.add(row(i));
            second.add(row(10'000 + i));
        }
        const auto difference = first.compare(second);
        QVERIFY(!difference.exact);
        QVERIFY(difference.missing + difference.extra > 0);
        QVERIFY(difference.missing + difference.extra <= 10'000);
    }

    void madeUpSketchesEnd()
    {
        for (int seed = 0; seed < 200; ++seed) {
            QByteArray raw;
            for (int i = 0; i < 32; ++i)
                raw += QByteArray::fromRawData(reinterpret_cast<const char*>(row(seed * 100 + i).data()), 32);
            const auto sketch = RowSketch::fromBase64(raw.toBase64());
            QVERIFY(sketch);
            QVERIFY(!sketch->compare(RowSketch()).exact);
        }
        QVERIFY(!RowSketch::fromBase64("AAAA"));
        QVERIFY(!RowSketch::fromBase64("no base64!"));
    }
};

QTEST_GUILESS_MAIN(TestDigests)
#include "tst_digests.moc"
