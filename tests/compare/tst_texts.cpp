#include "engine/compare/secretnames.h"
#include "engine/compare/textdiff.h"
#include "engine/compare/yamltext.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include <random>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep::compare;

namespace {
/// "=1/1 a", "!2/2 b > c", "-3/ d", "+/3 e"; hunks parted by "--".
QStringList linesOf(const TextDetail& detail)
{
    QStringList list;
    for (const Hunk& hunk : detail.hunks) {
        if (!list.isEmpty())
            list.append(u"--"_s);
        for (const LinePair& line : hunk.lines) {
            const auto number = [](int n) { return n ? QString::number(n) : QString(); };
            const QString sign = line.state == State::Equal ? u"="_s : line.state == State::Changed ? u"!"_s : line.state == State::Added ? u"+"_s : u"-"_s;
            list.append(u"%1%2/%3 %4%5"_s.arg(sign, number(line.numberA), number(line.numberB), line.state == State::Added ? QString() : line.a,
                                              line.state == State::Changed ? u" > "_s + line.b : line.state == State::Added ? line.b : QString()));
        }
    }
    return list;
}

QString rebuilt(const TextDetail& detail, bool b)
{
    QStringList lines;
    for (const Hunk& hunk : detail.hunks) {
        for (const LinePair& line : hunk.lines) {
            if ((b ? line.numberB : line.numberA) > 0)
                lines.append(b ? line.b : line.a);
        }
    }
    return lines.join(u'\n');
}
} // namespace

class TextsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sideBySide()
    {
        const TextDetail detail = diffTexts(u"a\nb\nc\nd\ne\nf\ng\nh\n"_s, u"a\nB\nc\nd\ne\nf\nx\ny\nh"_s, {.context = 1});
        QCOMPARE(linesOf(detail), QStringList({u"=1/1 a"_s, u"!2/2 b > B"_s, u"=3/3 c"_s, u"--"_s, u"=6/6 f"_s, u"!7/7 g > x"_s, u"+/8 y"_s, u"=8/9 h"_s}));
        QCOMPARE(detail.counts, (Counts{.added = 1, .removed = 0, .changed = 2}));
        QVERIFY(detail.isWhole);
        QCOMPARE(linesOf(diffTexts(u"a\nb"_s, {}, {})), QStringList({u"-1/ a"_s, u"-2/ b"_s}));
        QCOMPARE(linesOf(diffTexts({}, u"a"_s, {})), QStringList(u"+/1 a"_s));
        QVERIFY(diffTexts(u"same\n"_s, u"same"_s, {}).hunks.isEmpty());
    }

    void fewestChanges()
    {
        const TextDetail detail = diffTexts(u"a\nb\nc\na\nb\nb\na"_s, u"c\nb\na\nb\na\nc"_s, {.context = 99});
        // Myers' own example: five edits, of which those side by side count as one change.
        QCOMPARE(detail.counts.added + detail.counts.removed + 2 * detail.counts.changed, 5);
    }

    void anyTwoTextsAreRebuilt()
    {
        std::mt19937 random(11);
        for (int round = 0; round < 400; ++round) {
            QStringList a, b;
            const unsigned letters = 1 + random() % 5;
            for (QStringList* side : {&a, &b}) {
                for (unsigned i = random() % 30; i > 0; --i)
                    side->append(QString(QChar(u'a' + static_cast<char16_t>(random() % letters))));
            }
            const TextDetail detail = diffLines(a, b, a, b, {.context = 1000});
            if (a == b) {
                QVERIFY(detail.hunks.isEmpty());
                continue;
            }
            QCOMPARE(rebuilt(detail, false), a.join(u'\n'));
            QCOMPARE(rebuilt(detail, true), b.join(u'\n'));
        }
    }

    void nothingInCommon()
    {
        QStringList a, b;
        for (int i = 0; i < 20'000; ++i) {
            a.append(u"a%1"_s.arg(i));
            b.append(u"b%1"_s.arg(i));
        }
        const TextDetail detail = diffLines(a, b, a, b, {.lines = 100});
        QCOMPARE(detail.counts.changed, 20'000);
        QVERIFY(!detail.isWhole || !detail.hunks.isEmpty());
        qsizetype shown = 0;
        for (const Hunk& hunk : detail.hunks)
            shown += hunk.lines.size();
        QVERIFY(shown <= 110);
        QVERIFY(!detail.isWhole);
    }

    void changedParts_data()
    {
        QTest::addColumn<QString>("a");
        QTest::addColumn<QString>("b");
        QTest::addColumn<QString>("partA");
        QTest::addColumn<QString>("partB");
        QTest::newRow("value") << u"FORCE_SSL: \"false\""_s << u"FORCE_SSL: \"true\""_s << u"\"false\""_s << u"\"true\""_s;
        QTest::newRow("word") << u"level: info"_s << u"level: debug"_s << u"info"_s << u"debug"_s;
        QTest::newRow("number in a word") << u"x-12-y"_s << u"x-13-y"_s << u"12"_s << u"13"_s;
        QTest::newRow("appended") << u"a b"_s << u"a b c"_s << u""_s << u" c"_s;
        QTest::newRow("masked") << u"token: •••"_s << u"token: •••"_s << u"•••"_s << u"•••"_s;
    }
    void changedParts()
    {
        QFETCH(QString, a);
        QFETCH(QString, b);
        const auto [left, right] = changedRanges(a, b);
        QTEST(a.mid(left.from, left.length), "partA");
        QTEST(b.mid(right.from, right.length), "partB");
    }

    void secretNames()
    {
        for (const char* name : {"crypted_password", "salt", "user_key", "provider_key", "access_token", "password_digest", "client_secret", "api_key", "key", "credit_card_auth_token", "lost_password_token", "activation_code",
                                 "backend_authentication_value", "MYSQL_ROOT_PASSWORD", "SECRET_KEY_BASE", "app_keys"})
            QVERIFY2(isSecretName(QString::fromLatin1(name)), name);
        for (const char* name : {"id", "name", "state", "created_at", "org_name", "plan_id", "keyboard", "primary", "system_name", "email", "AMP_RELEASE", "monkey_id", "BACKEND_ENDPOINT_OVERRIDE"})
            QVERIFY2(!isSecretName(QString::fromLatin1(name)), name);
        QVERIFY(isSecretColumn(u"access_tokens"_s, u"value"_s));
        QVERIFY(isSecretColumn(u"application_keys"_s, u"value"_s));
        QVERIFY(!isSecretColumn(u"settings"_s, u"value"_s));
    }

    void redisNames()
    {
        QCOMPARE(maskedKey(u"service/provider_key:abc/ids"_s), u"service/provider_key:•••/ids"_s);
        QCOMPARE(maskedKey(u"application/service_id:1/key:a:b/id"_s), u"application/service_id:1/key:•••/id"_s);
        QCOMPARE(maskedKey(u"service_token/token:T0K/service_id:1"_s), u"service_token/token:•••/service_id:1"_s);
        QCOMPARE(maskedKey(u"stats/{service:1}/hits"_s), u"stats/{service:1}/hits"_s);
        QCOMPARE(maskedKey(u"application/service_id:1/id:a/keys"_s), u"application/service_id:1/id:a/keys"_s);
    }

    void maskedTexts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("masked");
        QTest::newRow("json") << u"{\"user_key\": \"abc\", \"name\": \"x\", \"secret\":\"a\\\"b\"}"_s << u"{\"user_key\": \"•••\", \"name\": \"x\", \"secret\":\"•••\"}"_s;
        QTest::newRow("url") << u"redis://:p@ss@host/1 and http://plain/x"_s << u"redis://:•••@host/1 and http://plain/x"_s;
        QTest::newRow("url with user") << u"url: mysql2://root:pw@system-mysql/system"_s << u"url: mysql2://root:•••@system-mysql/system"_s;
        QTest::newRow("yaml") << u"---\nname: a\ncrypted_password: xyz\nemail: a@b"_s << u"---\nname: a\ncrypted_password: •••\nemail: a@b"_s;
        QTest::newRow("old and new") << u"crypted_password:\n- old\n- new\nname:\n- a\n- b"_s << u"crypted_password:\n- •••\n- •••\nname:\n- a\n- b"_s;
        QTest::newRow("block") << u"token: |-\n  one\n  two\nnext: 1"_s << u"token: |-\n  •••\n  •••\nnext: 1"_s;
        QTest::newRow("environment") << u"env:\n- name: MYSQL_PASSWORD\n  value: hidden\n- name: RAILS_ENV\n  value: production"_s << u"env:\n- name: MYSQL_PASSWORD\n  value: •••\n- name: RAILS_ENV\n  value: production"_s;
        QTest::newRow("reference") << u"secretKeyRef:\n  key: PASSWORD\n  name: system-seed"_s << u"secretKeyRef:\n  key: PASSWORD\n  name: system-seed"_s;
        QTest::newRow("private key") << u"key: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIE\n  -----END RSA PRIVATE KEY-----\nhost: a"_s << u"key: |\n  •••\n  •••\n  •••\nhost: a"_s;
        QTest::newRow("certificate") << u"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"_s << u"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"_s;
        QTest::newRow("ini") << u"SECRET_KEY_BASE=abc\nPORT=3000"_s << u"SECRET_KEY_BASE=•••\nPORT=3000"_s;
    }
    void maskedTexts()
    {
        QFETCH(QString, text);
        QTEST(maskedText(text), "masked");
        QCOMPARE(maskedText(text).count(u'\n'), text.count(u'\n'));
    }

    // What is masked on both sides and differs is marked all the same.
    void maskedDifference()
    {
        const TextDetail detail = diffTexts(u"password: one\nport: 1\n"_s, u"password: two\nport: 1\n"_s, {});
        QCOMPARE(linesOf(detail), QStringList({u"!1/1 password: ••• > password: •••"_s, u"=2/2 port: 1"_s}));
        QCOMPARE(detail.hunks[0].lines[0].changedA, QList<Range>({{10, 3}}));
    }

    void yaml()
    {
        const QJsonObject object = QJsonDocument::fromJson(R"({"kind": "ConfigMap", "data": {"a": "true", "b": "plain text", "c": "x: y", "d": "one\ntwo\n", "e": "", "f": "5", "g.h/i": "ok"},
            "list": [{"name": "web", "ports": [1, 2]}, "s", [], {}], "nothing": null, "switch": true, "f": 1.5})").object();
        QCOMPARE(yamlText(object), u"data:\n  a: \"true\"\n  b: plain text\n  c: \"x: y\"\n  d: |\n    one\n    two\n  e: \"\"\n  f: \"5\"\n  g.h/i: ok\n"
                                   "f: 1.5\nkind: ConfigMap\nlist:\n- name: web\n  ports:\n  - 1\n  - 2\n- s\n- []\n- {}\nnothing: null\nswitch: true\n"_s);
        QJsonValue deep = u"x"_s;
        for (int i = 0; i < 900; ++i)
            deep = QJsonArray{deep};
        QVERIFY(!yamlText({{u"a"_s, deep}}).isEmpty());
    }

    void sql()
    {
        QCOMPARE(sqlText(u"CREATE TABLE `a` ( `id` decimal(10,2) DEFAULT 'x,y;z', `b` int )"_s), u"CREATE TABLE `a` ( `id` decimal(10,2) DEFAULT 'x,y;z',\n`b` int )"_s);
        QCOMPARE(sqlText(u"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END"_s), u"CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN\nSET @a = 1;\nSET @b = 2;\nEND"_s);
    }
};

QTEST_GUILESS_MAIN(TextsTest)
#include "tst_texts.moc"
