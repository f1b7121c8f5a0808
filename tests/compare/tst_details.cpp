#include "sides.h"

#include "engine/compare/export.h"

#include <QDir>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::compare;

namespace {
const QByteArray users = "CREATE TABLE `users` (`id` bigint(20) NOT NULL, `name` varchar(255) DEFAULT 'a,(b', `crypted_password` varchar(40), `photo` longblob, PRIMARY KEY (`id`), KEY `k` (`name`(10))) ENGINE=InnoDB;\n";

QByteArray usersDump(const QByteArray& rows, const QByteArray& create = users)
{
    return mysql(create + "INSERT INTO `users` VALUES " + rows + ";\n");
}

RowDetail rowsOf(Side& a, Side& b, const QString& path, const Limits& limits = {})
{
    const auto detail = detailOf(comparisonOf(a, b), path, a, b, limits);
    if (!detail)
        throw std::runtime_error(detail.error().message.toStdString());
    return detail->rows;
}
} // namespace

class DetailsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rowsByPrimaryKey()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(2,'two','x',NULL),(10,'ten','old',0x00ff),(3,'NULL','x',NULL),(4,'it''s','x',NULL),(7,'gone','x','abc')"));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(10,'ten','new',0x00fe),(3,NULL,'x',NULL),(2,'two','x',NULL),(4,'it\\'s','x',NULL),(11,'fresh','y',NULL)"));
        const RowDetail detail = rowsOf(a, b, u"m/table/users"_s);
        QCOMPARE(detail.columns, QStringList({u"id"_s, u"name"_s, u"crypted_password"_s, u"photo"_s}));
        QCOMPARE(detail.keyColumns, QList<int>{0});
        QCOMPARE(rowsIn(detail), QStringList({u"changed: 3|NULL!|•••|∅ -> 3|∅!|•••|∅"_s, u"removed: 7|gone|•••|abc"_s, u"changed: 10|ten|•••!|0x00ff! -> 10|ten|•••!|0x00fe!"_s, u"added: 11|fresh|•••|∅"_s}));
        QCOMPARE(detail.counts, (Counts{.added = 1, .removed = 1, .changed = 2}));
        QCOMPARE(detail.rowsA, 5);
        QVERIFY(detail.isWhole);
        const QByteArray json = QJsonDocument(toJson(Detail{.kind = Node::Detail::Rows, .rows = detail, .text = {}, .secret = {}})).toJson();
        QVERIFY(!json.contains("\"new\"") && !json.contains("\"old\""));
    }

    void tinyMemory()
    {
        // More than a run and a merge in steps; keys come in no order.
        QByteArray left, right;
        for (int i = 0; i < 4000; ++i) {
            const int id = i * 7919 % 4000, other = i * 104'729 % 4000;
            left += (left.isEmpty() ? "(" : ",(") + QByteArray::number(id) + ",'n" + QByteArray::number(id) + "','p',NULL)";
            if (other != 17)
                right += (right.isEmpty() ? "(" : ",(") + QByteArray::number(other) + ",'n" + QByteArray::number(other == 42 ? 0 : other) + "','p',NULL)";
        }
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump(left));
        b.add(u"m"_s, u"mysqldump"_s, usersDump(right + ",(-5,'new','p',NULL)"));
        const RowDetail detail = rowsOf(a, b, u"m/table/users"_s, {.memory = 4096});
        QCOMPARE(rowsIn(detail), QStringList({u"added: -5|new|•••|∅"_s, u"removed: 17|n17|•••|∅"_s, u"changed: 42|n42!|•••|∅ -> 42|n0!|•••|∅"_s}));
        QCOMPARE(rowsIn(rowsOf(a, b, u"m/table/users"_s)), rowsIn(detail));
    }

    void onlySoManyAreKept()
    {
        Side a, b;
        QByteArray rows;
        for (int i = 0; i < 100; ++i)
            rows += (i ? ",(" : "(") + QByteArray::number(i) + ",'a','b',NULL)";
        a.add(u"m"_s, u"mysqldump"_s, usersDump(rows));
        b.add(u"m"_s, u"mysqldump"_s, usersDump(rows.replace("'a'", "'z'")));
        const RowDetail detail = rowsOf(a, b, u"m/table/users"_s, {.rows = 7});
        QCOMPARE(detail.rows.size(), 7);
        QCOMPARE(detail.counts.changed, 100);
        QVERIFY(!detail.isWhole);
        QCOMPARE(detail.rows[6].a[0].text, u"6"_s);
    }

    void noPrimaryKey()
    {
        const QByteArray create = "CREATE TABLE `users` (`id` int, `name` text) ENGINE=InnoDB;\n";
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a'),(1,'a'),(2,'b'),(3,'c')", create));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(3,'c'),(1,'a'),(2,'B')", create));
        const RowDetail detail = rowsOf(a, b, u"m/table/users"_s);
        QCOMPARE(rowsIn(detail), QStringList({u"removed: 1|a"_s, u"added: 2|B"_s, u"removed: 2|b"_s}));
        QVERIFY(detail.keyColumns.isEmpty());
        QCOMPARE(detail.notes.size(), 1);
    }

    void keysOfSeveralColumns()
    {
        const QByteArray create = "CREATE TABLE `users` (`a` varbinary(9) NOT NULL, `b` varchar(9) NOT NULL, `v` int, PRIMARY KEY (`b`,`a`) USING BTREE) ENGINE=InnoDB;\n";
        Side a, b;
        // Joined without care these keys would be the same bytes.
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(0x6100,'b',1),(0x61,'\\0b',2),('','x',3)", create));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(0x61,'\\0b',2),(0x6100,'b',9),('x','',3)", create));
        QCOMPARE(rowsIn(rowsOf(a, b, u"m/table/users"_s)), QStringList({u"added: x||3"_s, u"changed: 0x6100|b|1! -> 0x6100|b|9!"_s, u"removed: |x|3"_s}));
    }

    void otherColumns()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, mysql("CREATE TABLE `t` (`id` int NOT NULL, `old` int, `name` text, PRIMARY KEY (`id`));\nINSERT INTO `t` VALUES (1,5,'a'),(2,6,'b');\n"));
        b.add(u"m"_s, u"mysqldump"_s, mysql("CREATE TABLE `t` (`name` text, `new` int, `id` int NOT NULL, PRIMARY KEY (`id`));\nINSERT INTO `t` VALUES ('a',7,1),('B',7,2);\n"));
        const RowDetail detail = rowsOf(a, b, u"m/table/t"_s);
        QCOMPARE(detail.columns, QStringList({u"id"_s, u"name"_s}));
        QCOMPARE(rowsIn(detail), QStringList(u"changed: 2|b! -> 2|B!"_s));
        QCOMPARE(detail.notes, QStringList({u"The column old is only in A and not compared."_s, u"The column new is only in B and not compared."_s}));
    }

    void onlyOnOneSide()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a','p',NULL),(2,'b','p',NULL)"));
        b.add(u"m"_s, u"mysqldump"_s, mysql("SELECT 1;\n"));
        const RowDetail detail = rowsOf(a, b, u"m/table/users"_s);
        QCOMPARE(rowsIn(detail), QStringList({u"removed: 1|a|•••|∅"_s, u"removed: 2|b|•••|∅"_s}));
        QCOMPARE(detail.rowsB, 0);
    }

    void postgresqlCopy()
    {
        const auto dump = [](const QByteArray& rows) {
            return postgres("CREATE TABLE public.other (id integer);\nCOPY public.other (id) FROM stdin;\n1\n\\.\n\nCREATE TABLE public.integrations (\n id bigint NOT NULL,\n key text,\n note text\n);\nCOPY public.integrations (id, key, note) FROM stdin;\n" + rows +
                            "\\.\n\nALTER TABLE ONLY public.integrations\n    ADD CONSTRAINT integrations_pkey PRIMARY KEY (id);\n");
        };
        Side a, b;
        a.add(u"p"_s, u"pg_dump"_s, dump("10\tabc\tplain\n2\tabc\t\\N\n3\tabc\ttab\\there\\\\\n"));
        b.add(u"p"_s, u"pg_dump"_s, dump("2\tabc\t\\\\N\n10\txyz\tplain\n3\tabc\ttab\\there\\\\\n4\t\\N\t\n"));
        const RowDetail detail = rowsOf(a, b, u"p/table/public.integrations"_s);
        QCOMPARE(detail.columns, QStringList({u"id"_s, u"key"_s, u"note"_s}));
        QCOMPARE(rowsIn(detail), QStringList({u"changed: 2|•••|∅! -> 2|•••|\\N!"_s, u"added: 4|∅|"_s, u"changed: 10|•••!|plain -> 10|•••!|plain"_s}));
    }

    void postgresqlInserts()
    {
        const auto dump = [](const QByteArray& rows) { return postgres("CREATE TABLE public.t (id integer NOT NULL, v text);\n" + rows + "ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);\n"); };
        Side a, b;
        a.add(u"p"_s, u"pg_dump"_s, dump("INSERT INTO public.t VALUES (1, 'it''s');\nINSERT INTO public.t VALUES (2, 'b\\n');\n"));
        b.add(u"p"_s, u"pg_dump"_s, dump("INSERT INTO public.t VALUES (1, 'it''s');\nINSERT INTO public.t VALUES (2, 'c\\n');\n"));
        QCOMPARE(rowsIn(rowsOf(a, b, u"p/table/public.t"_s)), QStringList(u"changed: 2|b\\n! -> 2|c\\n!"_s));
    }

    void redisKeys()
    {
        const qint64 before = 1'700'000'000'000;
        Side a(before), b(before + 60'000);
        a.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(0, "stat:a", RdbWriter::string("1")).key(0, "stat:gone", RdbWriter::string("hush")).key(0, "stat:same", RdbWriter::string("x")).expires(before + 1000).key(0, "stat:over", RdbWriter::string("x"))
                                    .expires(before + 900'000).key(0, "stat:ttl", RdbWriter::string("v")).key(0, "other", RdbWriter::string("1")).database(3).key(0, "stat:a", RdbWriter::string("5")).finish());
        b.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(0, "stat:same", RdbWriter::string("x")).key(0, "stat:a", RdbWriter::string("2")).key(0, "stat:new", RdbWriter::number(77, 1))
                                    .expires(before + 800'000).key(0, "stat:ttl", RdbWriter::string("v")).key(0, "other", RdbWriter::string("1")).database(3).key(0, "stat:a", RdbWriter::string("5")).finish());
        const RowDetail detail = rowsOf(a, b, u"r/0/string/stat:*"_s);
        QCOMPARE(rowsIn(detail), QStringList({u"changed: stat:a|1!|never -> stat:a|2!|never"_s, u"removed: stat:gone|text, 13 bytes with its key|never"_s, u"added: stat:new|77|never"_s,
                                              u"changed: stat:ttl|text, 9 bytes with its key|2023-11-14T22:28:20Z! -> stat:ttl|text, 9 bytes with its key|2023-11-14T22:26:40Z!"_s}));
        QCOMPARE(detail.notes, QStringList(u"1 key is gone because its time to live was over; it is not counted."_s));
        QCOMPARE(detail.rowsA, 5);
    }

    void redisCollections()
    {
        Side a, b;
        a.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(4, "h", RdbWriter::length(1) + RdbWriter::string("f") + RdbWriter::string("v")).finish());
        // The same hash in another encoding and with one more field.
        b.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(13, "h", RdbWriter::string(RdbWriter::ziplist({"f", "v", "g", "w"}))).finish());
        QCOMPARE(rowsIn(rowsOf(a, b, u"r/0/hash/h"_s)), QStringList(u"changed: h|1 field, 3 bytes with its key!|never -> h|2 fields, 5 bytes with its key!|never"_s));
    }

    void filesAndObjects()
    {
        const auto objects = [](const QByteArray& ssl, const QByteArray& password) {
            return QByteArray(R"({"items": [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "resourceVersion": "@1"}, "spec": {"env": [{"name": "FORCE_SSL", "value": "@1"}, {"name": "DB_PASSWORD", "value": "@2"}]}}]})")
                .replace("@1", ssl).replace("@2", password);
        };
        Side a, b;
        a.add(u"s"_s, u"tar"_s, archive({member("./a.txt", "one\ntwo\n"), member("./bin", QByteArray("\0\1\2", 3)), member("./long", QByteArray(9 * 1024 * 1024, 'x')), member("./hard", "h1"), member("./zz", {}, '1', 0644, 1'700'000'000, "./hard")}))
            .add(u"o"_s, u"json"_s, objects("false", "hunter2"));
        b.add(u"s"_s, u"tar"_s, archive({member("./a.txt", "one\nTWO\n"), member("./bin", QByteArray("\0\1\3", 3)), member("./long", QByteArray(9 * 1024 * 1024, 'y')), member("./hard", "h2"), member("./zz", {}, '1', 0644, 1'700'000'000, "./hard")}))
            .add(u"o"_s, u"json"_s, objects("true", "hunter3"));
        const Comparison comparison = comparisonOf(a, b);
        const TextDetail text = detailOf(comparison, u"s/a.txt"_s, a, b).value().text;
        QCOMPARE(text.counts, (Counts{.changed = 1}));
        QCOMPARE(text.hunks[0].lines[1].b, u"TWO"_s);
        QCOMPARE(detailOf(comparison, u"s/bin"_s, a, b).value().text.notes, QStringList(u"A binary file, or one of more than 8 MiB: 3 bytes in A, 3 bytes in B."_s));
        QVERIFY(detailOf(comparison, u"s/long"_s, a, b).value().text.hunks.isEmpty());
        QCOMPARE(detailOf(comparison, u"s/zz"_s, a, b).value().text.hunks[0].lines[0].a, u"h1"_s);

        const Detail object = detailOf(comparison, u"o/Deployment/d"_s, a, b).value();
        QCOMPARE(object.text.counts, (Counts{.changed = 2}));
        const ExportOptions options{.onlyDifferences = true, .details = {{u"o/Deployment/d"_s, object}}};
        const QByteArray shown = QJsonDocument(toJson(comparison, options)).toJson() + toHtml(comparison, options);
        QVERIFY(shown.contains("FORCE_SSL"));
        QVERIFY(!shown.contains("hunter"));
        QVERIFY(!shown.contains("resourceVersion"));
    }

    void statements()
    {
        const auto dump = [](const QByteArray& body) { return mysql("DELIMITER ;;\nCREATE TRIGGER `t` BEFORE INSERT ON `a` FOR EACH ROW BEGIN SET @x = 1; SET @y = " + body + "; END ;;\nDELIMITER ;\n"); };
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, dump("2"));
        b.add(u"m"_s, u"mysqldump"_s, dump("3"));
        const TextDetail detail = detailOf(comparisonOf(a, b), u"m/trigger/t"_s, a, b).value().text;
        QCOMPARE(detail.language, u"sql"_s);
        QCOMPARE(detail.counts, (Counts{.changed = 1}));
    }

    void cancelled()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a','p',NULL)"));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'b','p',NULL)"));
        std::stop_source stop;
        stop.request_stop();
        const auto detail = detailOf(comparisonOf(a, b), u"m/table/users"_s, a, b, {}, stop.get_token());
        QVERIFY(!detail);
        QCOMPARE(detail.error().code, ErrorCode::Cancelled);
    }

    void nothingToShow()
    {
        Side a;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a','p',NULL)"));
        const auto detail = detailOf(comparisonOf(a, a), u"m/table/users"_s, a, a);
        QVERIFY(!detail);
        QCOMPARE(detail.error().code, ErrorCode::Usage);
    }

    // A row that does not fit its table's definition cannot be taken apart by name.
    void madeUpRows()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a','p',NULL),(2)"));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'b','p',NULL)"));
        const auto detail = detailOf(comparisonOf(a, b), u"m/table/users"_s, a, b);
        QVERIFY(!detail);
        QCOMPARE(detail.error().code, ErrorCode::Unsupported);
    }

    void progressIsTold()
    {
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'a','p',NULL)"));
        b.add(u"m"_s, u"mysqldump"_s, usersDump("(1,'b','p',NULL)"));
        QStringList told;
        QVERIFY(detailOf(comparisonOf(a, b), u"m/table/users"_s, a, b, {}, {}, [&told](const QString& doing, qint64 done, qint64 total) {
            if (done == total && !told.contains(doing))
                told.append(doing);
        }));
        QCOMPARE(told, QStringList({u"reading A"_s, u"reading B"_s, u"comparing rows"_s}));
    }
};

QTEST_GUILESS_MAIN(DetailsTest)
#include "tst_details.moc"
