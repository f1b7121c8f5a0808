#include "engine/yaml/reader.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

class TestYaml : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsValuesWithTheirLines()
    {
        const auto root = yaml::parse("a: 1\nb:\n  - x\n  - \"2\"\nc: {d: ~, e: ''}\n", u"f.yaml"_s);
        QVERIFY2(root, qPrintable(root ? QString() : root.error().message));
        QCOMPARE(root->keys, (QStringList{u"a"_s, u"b"_s, u"c"_s}));
        QCOMPARE(root->find(u"a")->text, u"1"_s);
        QVERIFY(!root->find(u"a")->quoted);
        const yaml::Value* list = root->find(u"b");
        QCOMPARE(list->items.size(), size_t(2));
        QCOMPARE(list->items[1].text, u"2"_s);
        QVERIFY(list->items[1].quoted);
        QCOMPARE(list->items[1].line, 4);
        QCOMPARE(root->find(u"c")->find(u"d")->kind, yaml::Value::Kind::Null);
        QCOMPARE(root->find(u"c")->find(u"e")->kind, yaml::Value::Kind::Scalar);
        QCOMPARE(root->find(u"z"), nullptr);
        QCOMPARE(list->find(u"a"), nullptr);
    }

    void json()
    {
        const auto root = yaml::parse("a: {n: 12, o: 0644, h: 0x1F, s: '12', d: 1.5, e: 1e3, neg: -3, big: 12345678901, v: 1.2.3, t: 2020-01-01, u: 1_000}\n"
                                      "b: [true, 'true', yes, No, ~, '', null, nope]\nc: {}\nd: []\ne: |\n  12\nf:\n",
                                      u"f.yaml"_s);
        QVERIFY2(root, qPrintable(root ? QString() : root.error().message));
        const QJsonObject expected = QJsonDocument::fromJson(R"({"a": {"n": 12, "o": 420, "h": 31, "s": "12", "d": 1.5, "e": 1000, "neg": -3, "big": 12345678901, "v": "1.2.3", "t": "2020-01-01", "u": 1000},
                                                                 "b": [true, "true", true, false, null, "", null, "nope"], "c": {}, "d": [], "e": "12\n", "f": null})").object();
        QCOMPARE(yaml::toJson(*root).toObject(), expected);
    }

    void emptyIsNull()
    {
        const auto root = yaml::parse("# nothing\n", u"f.yaml"_s);
        QVERIFY(root);
        QCOMPARE(root->kind, yaml::Value::Kind::Null);
    }

    void keepsTheLastNewlineOfABlock()
    {
        const auto root = yaml::parse("a: |\n  x\n  y\n", u"f.yaml"_s);
        QVERIFY(root);
        QCOMPARE(root->find(u"a")->text, u"x\ny\n"_s);
    }

    void readsJson()
    {
        const auto root = yaml::parse(R"({"a": {"b": ["c", 1, "\u00fc\/"]}})", u"f"_s);
        QVERIFY(root);
        QCOMPARE(root->find(u"a")->find(u"b")->items[2].text, u"ü/"_s);
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("expected");
        QTest::newRow("alias") << QByteArray("a: 1\nb: *x\n") << u"f.yaml:2:"_s;
        QTest::newRow("anchor") << QByteArray("a: &x 1\n") << u"anchors"_s;
        QTest::newRow("bomb") << QByteArray("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n") << u"f.yaml:1: anchors"_s;
        QTest::newRow("tag") << QByteArray("a: !!python/object x\n") << u"tags"_s;
        QTest::newRow("duplicate") << QByteArray("a: 1\nc: 2\na: 3\n") << u"f.yaml:3: the key \"a\" appears twice"_s;
        QTest::newRow("duplicate in flow") << QByteArray("x: {a: 1, a: 2}\n") << u"appears twice"_s;
        QTest::newRow("merge key") << QByteArray("a: {b: 1}\n<<: *a\n") << u"f.yaml:2:"_s;
        QTest::newRow("map as key") << QByteArray("{a: 1}: 2\n") << u"a key must be plain text"_s;
        QTest::newRow("null key") << QByteArray("? ~\n: 2\n") << u"a key must be plain text"_s;
        QTest::newRow("two documents") << QByteArray("a: 1\n---\nb: 2\n") << u"f.yaml:3: a second document"_s;
        QTest::newRow("deep flow") << QByteArray(500'000, '[') << u"f.yaml:1:"_s;
        QTest::newRow("deep closed flow") << QByteArray(100, '[') + QByteArray(100, ']') << u"nested deeper"_s;
        QTest::newRow("deep block") << QByteArray("- ").repeated(200'000) << u"nested deeper"_s;
        QTest::newRow("deep maps") << QByteArray("{a: ").repeated(100'000) << u"f.yaml:1:"_s;
        QTest::newRow("deep closed maps") << QByteArray("{a: ").repeated(100) + QByteArray(100, '}') << u"nested deeper"_s;
        QTest::newRow("deep keys") << QByteArray("? ").repeated(200'000) << u"plain text"_s;
        QTest::newRow("many") << QByteArray("[") + QByteArray("a,").repeated(60'000) + "]" << u"more than 50000 values"_s;
        QTest::newRow("large") << QByteArray(2'000'000, 'a') << u"larger than"_s;
        QTest::newRow("not utf-8") << QByteArray("a: \xff\xfe\n") << u"UTF-8"_s;
        QTest::newRow("nul") << QByteArray("a: b\0c\n", 7) << u"UTF-8"_s;
        QTest::newRow("utf-16") << QByteArray("\xff\xfe" "a\0:\0", 6) << u"UTF-8"_s;
        QTest::newRow("unclosed quote") << QByteArray("a: 1\nb: \"x\n") << u"f.yaml:"_s;
        QTest::newRow("unclosed flow") << QByteArray("a: [1, 2\n") << u"f.yaml:"_s;
        QTest::newRow("bad indent") << QByteArray("a:\n  b: 1\n c: 2\n") << u"f.yaml:3:"_s;
        QTest::newRow("tab indent") << QByteArray("a:\n\tb: 1\n") << u"f.yaml:"_s;
        QTest::newRow("bad escape") << QByteArray("a: \"\\q\"\n") << u"f.yaml:1:"_s;
        QTest::newRow("bad code point") << QByteArray("a: \"\\UFFFFFFFF\"\n") << u"f.yaml:1:"_s;
    }

    void refuses()
    {
        QFETCH(QByteArray, text);
        QFETCH(QString, expected);
        QElapsedTimer timer;
        timer.start();
        const auto root = yaml::parse(text, u"f.yaml"_s);
        QVERIFY(!root);
        QCOMPARE(root.error().code, ErrorCode::BadInput);
        QVERIFY2(root.error().message.contains(expected), qPrintable(root.error().message));
        QVERIFY2(timer.elapsed() < 5000, "refusing took too long");
    }

    // Whatever the bytes, the answer is a value or an error, in bounded time.
    void survivesMutations()
    {
        const QByteArray good = "a: [1, 'b', \"c\\n\"]\nb:\n  - {x: 1, y: ~}\n  - |\n    text\n    more\nc: >-\n  folded\n? d\n: e\n# end\n";
        const QByteArray bytes = "[]{}:,-?&*!|>'\"%@`#\n\t \\~<x0";
        quint32 seed = 1;
        for (int round = 0; round < 20'000; ++round) {
            QByteArray text = good;
            for (int change = 0; change < 3; ++change) {
                seed = seed * 1664525u + 1013904223u;
                text[static_cast<int>((seed >> 8) % static_cast<quint32>(text.size()))] = bytes[static_cast<int>((seed >> 4) % static_cast<quint32>(bytes.size()))];
            }
            const auto root = yaml::parse(text, u"f"_s);
            QVERIFY(root || root.error().code == ErrorCode::BadInput);
        }
    }
};

QTEST_GUILESS_MAIN(TestYaml)
#include "tst_yaml.moc"
