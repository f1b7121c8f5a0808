#include "support.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// All entries as an array beside the rest of the index: what QJsonDocument would read.
Result<QJsonObject> readAll(const QByteArray& text, qsizetype piece)
{
    index::EntryReader reader(source(text, piece));
    QJsonArray entries;
    while (true) {
        const auto entry = reader.next();
        if (!entry)
            return fail(entry.error());
        if (!*entry)
            break;
        entries.append(QJsonDocument::fromJson(**entry).object());
    }
    QJsonObject index = reader.index();
    index["entries"_L1] = entries;
    return index;
}

// JSON with single quotes.
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

QByteArray file(const QByteArray& path, int size)
{
    return json("{'kind':'file','mode':420,'mtime':0,'path':'PATH','sha256':'00','size':").replace("PATH", path) + QByteArray::number(size) + '}';
}

QByteArray indexOf(const QByteArrayList& entries)
{
    return json("{'endMark':'x','entries':[") + entries.join(',') + json("],'format':'tar','summary':{'files':1}}");
}

/// An indexer that found these entries.
class Found : public index::Indexer {
public:
    explicit Found(const QByteArrayList& entries) : m_text(indexOf(entries)) {}
    Result<void> add(std::span<const char>) override { return {}; }
    Result<QJsonObject> finish() override { return QJsonDocument::fromJson(m_text).object(); }

private:
    QByteArray m_text;
};
} // namespace

class TestEntries : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFormat_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("data");
        QTest::newRow("tar without files") << u"tar"_s << QByteArray(1024, '\0');
        QTest::newRow("objects") << u"json"_s << json("{'kind': 'List', 'apiVersion': 'v1', 'items': ["
            "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a'}, 'data': {'k': '\\'}],[{\\\\'}},"
            "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'b'}}]}");
        QTest::newRow("nothing") << u"json"_s << json("{'kind': 'List', 'apiVersion': 'v1', 'items': []}");
    }
    void everyFormat()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, data);
        const QJsonObject index = goodIndex(format, data);
        const auto indexer = index::indexer(format);
        QVERIFY(indexer->add(std::span(data.constData(), size_t(data.size()))));
        QByteArray text;
        const auto written = index::writeText(*indexer, [&text](std::span<const char> piece) -> Result<void> {
            text.append(piece.data(), qsizetype(piece.size()));
            return {};
        });
        QVERIFY(written);
        QCOMPARE(written->value("summary"_L1), index["summary"_L1]);
        QVERIFY(!written->contains("entries"_L1));
        QCOMPARE(QJsonDocument::fromJson(text).object(), index);
        QVERIFY(!indexer->finish()); // once only
        // As this and as older programs wrote it, in any pieces.
        for (const QByteArray& each : {text, QJsonDocument(index).toJson(QJsonDocument::Compact), QJsonDocument(index).toJson()})
            for (const qsizetype piece : {qsizetype(1), qsizetype(7), qsizetype(100'000)})
                QCOMPARE(*readAll(each, piece), index);
    }

    void aSinkThatFails()
    {
        const auto indexer = index::indexer(u"tar"_s);
        const QByteArray data(1024, '\0');
        QVERIFY(indexer->add(std::span(data.constData(), size_t(data.size()))));
        const auto written = index::writeText(*indexer, [](std::span<const char>) -> Result<void> { return fail(ErrorCode::NoSpace, u"full"_s); });
        QCOMPARE(written.error().code, ErrorCode::NoSpace);
    }

    void hostileText_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no entries") << QByteArray("{}");
        QTest::newRow("an array") << QByteArray("[]");
        QTest::newRow("entries that are none") << json("{'entries':5}");
        QTest::newRow("entries deeper down") << json("{'a':{'entries':[{}]}}");
        QTest::newRow("twice") << json("{'entries':[],'entries':[{}]}");
        QTest::newRow("a number among them") << json("{'entries':[{},5]}");
        QTest::newRow("a string among them") << json("{'entries':['{}']}");
        QTest::newRow("an array among them") << json("{'entries':[[]]}");
        QTest::newRow("cut in an entry") << json("{'entries':[{'a':1");
        QTest::newRow("cut in a string") << json("{'entries':[{'a':'}]}");
        QTest::newRow("cut behind an entry") << json("{'entries':[{}]");
        QTest::newRow("twice, in another way") << json("{'entries':[{}],'entries':5}");
        QTest::newRow("twice, with an escape") << json("{'entries':[{}],'entr\\u0069es':[{}]}");
        QTest::newRow("twice, the other empty") << json("{'entries':[{}],'entr\\u0069es':[]}");
        QTest::newRow("no comma") << json("{'entries':[{}{}]}");
        QTest::newRow("two commas") << json("{'entries':[{},,{}]}");
        QTest::newRow("comma first") << json("{'entries':[,{}]}");
        QTest::newRow("comma last") << json("{'entries':[{},]}");
        QTest::newRow("closed too often") << json("{'entries':[]}}");
        QTest::newRow("something behind it") << json("{'entries':[]} x");
        QTest::newRow("an endless entry") << json("{'entries':[{'a':'") + QByteArray(5'000'000, 'x');
        QTest::newRow("an endless rest") << json("{'a':'") + QByteArray(5'000'000, 'x');
    }
    void hostileText()
    {
        QFETCH(QByteArray, text);
        const auto read = readAll(text, 1000);
        QVERIFY(!read);
        QCOMPARE(read.error().code, ErrorCode::Damaged);
    }

    void trees_data()
    {
        QTest::addColumn<QByteArrayList>("expected");
        QTest::addColumn<QByteArrayList>("found");
        QTest::addColumn<QStringList>("differences");
        const QByteArray a = file("a", 1), b = file("b", 2), c = file("c", 3);
        QTest::newRow("equal") << QByteArrayList{a, b, c} << QByteArrayList{a, b, c} << QStringList{};
        QTest::newRow("first is missing") << QByteArrayList{a, b, c} << QByteArrayList{b, c} << QStringList{u"file a: is missing"_s};
        QTest::newRow("last is missing") << QByteArrayList{a, b, c} << QByteArrayList{a, b} << QStringList{u"file c: is missing"_s};
        QTest::newRow("all are missing") << QByteArrayList{a, b} << QByteArrayList{} << QStringList{u"file a: is missing"_s, u"file b: is missing"_s};
        QTest::newRow("first is additional") << QByteArrayList{b, c} << QByteArrayList{a, b, c} << QStringList{u"file a: is additional"_s};
        QTest::newRow("last is additional") << QByteArrayList{a} << QByteArrayList{a, b, c} << QStringList{u"file b: is additional"_s, u"file c: is additional"_s};
        QTest::newRow("one in the place of another") << QByteArrayList{a, c} << QByteArrayList{b, c} << QStringList{u"file a: is missing"_s, u"file b: is additional"_s};
        QTest::newRow("changed") << QByteArrayList{a, b, c} << QByteArrayList{a, file("b", 5), c} << QStringList{u"file b: has 5 bytes instead of 2"_s};
        // What lists its entries in another order was changed by somebody. No entry may count for two.
        QTest::newRow("out of order") << QByteArrayList{b, a} << QByteArrayList{a, b} << QStringList{u"file a: is additional"_s, u"file a: is missing"_s};
        QTest::newRow("twice, once wrong") << QByteArrayList{file("a", 7), a} << QByteArrayList{a} << QStringList{u"file a: has 1 bytes instead of 7"_s, u"file a: is missing"_s};
        QTest::newRow("twice") << QByteArrayList{a, a, b} << QByteArrayList{a, b} << QStringList{u"file a: is missing"_s};
    }
    void trees()
    {
        QFETCH(QByteArrayList, expected);
        QFETCH(QByteArrayList, found);
        QFETCH(QStringList, differences);
        index::EntryReader stored(source(indexOf(expected)));
        Found now(found);
        const auto compared = index::compareTree(stored, now);
        QVERIFY2(compared, compared ? "" : qPrintable(compared.error().message));
        QStringList said = texts(compared->differences);
        said.sort();
        differences.sort();
        QCOMPARE(said, differences);
        QCOMPARE(compared->expected, (QJsonObject{{u"endMark"_s, u"x"_s}, {u"format"_s, u"tar"_s}, {u"summary"_s, QJsonObject{{u"files"_s, 1}}}}));
        QCOMPARE(compared->found, compared->expected);
    }

    void damagedTree()
    {
        Found now({file("a", 1)});
        for (const QByteArray& text : {QByteArray("{}"), indexOf({"{\"path\" 5}"}), indexOf({file("a", 1), "{x}"}), QByteArray(indexOf({file("a", 1)}).chopped(1))}) {
            index::EntryReader stored(source(text));
            QVERIFY(!index::compareTree(stored, now));
        }
        index::EntryReader other(source(json("{'entries':[],'format':'json'}")));
        QVERIFY(texts(index::compareTree(other, now)->differences).contains(u"index: cannot be compared: the two are not indexes of the same format"_s));
    }

    void veryMuchDiffers()
    {
        QByteArrayList expected, found;
        for (int i = 0; i < 12'000; ++i) {
            expected << file(QByteArray::number(100'000 + i), 1);
            found << file(QByteArray::number(100'000 + i), 1).replace("\"mode\":420", "\"mode\":384");
        }
        found << file("x", 1);
        index::EntryReader stored(source(indexOf(expected)));
        Found now(found);
        const auto differences = index::compareTree(stored, now)->differences;
        QCOMPARE(differences.size(), index::TreeComparison::MostDifferences + 1); // warnings crowd out no failure
        QVERIFY(!differences.last().warning);
    }
};

QTEST_GUILESS_MAIN(TestEntries)
#include "tst_entries.moc"
