#include "support.h"

#include <QJsonArray>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
const QByteArray End = "\n-- Dump completed on 2020-01-01  0:00:00\n";

QByteArray mysql(const QByteArray& statements)
{
    return "-- MySQL dump\n" + statements + End;
}

QByteArray table(const QByteArray& rows)
{
    return mysql("CREATE TABLE `t` (`a` int, `b` text);\nINSERT INTO `t` VALUES " + rows + ";\n");
}

QByteArray postgres(const QByteArray& statements)
{
    return "--\n-- PostgreSQL database dump\n--\n\n" + statements + "\n--\n-- PostgreSQL database dump complete\n--\n\n";
}

QStringList compareMysql(const QByteArray& first, const QByteArray& second)
{
    return compare(u"mysqldump"_s, first, second);
}

QStringList comparePostgres(const QByteArray& first, const QByteArray& second)
{
    return compare(u"pg_dump"_s, postgres(first), postgres(second));
}
} // namespace

class TestSqlIndex : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void mysql57()
    {
        const auto index = goodIndex(u"mysqldump"_s, testData(u"mysql57.sql"_s));
        const auto accounts = entry(index, u"table"_s, u"accounts"_s);
        QCOMPARE(accounts["rows"_L1].toInt(), 3);
        QCOMPARE(index["summary"_L1]["tables"_L1].toInt(), 1);
        QVERIFY(!entry(index, u"trigger"_s, u"accounts_tenant_id"_s).isEmpty());
        QVERIFY(!entry(index, u"routine"_s, u"procedure sp_invoices_friendly_id"_s).isEmpty());
        QVERIFY(!entry(index, u"view"_s, u"names"_s).isEmpty());
        QCOMPARE(index["entries"_L1].toArray().size(), 4);
        QVERIFY(index["endMark"_L1].toString().contains("Dump completed"_L1));
    }

    // The same rows, written down by another version with other options: escapes, hex, _binary, order, number of statements.
    void mysql80HasTheSameRows()
    {
        const auto old = entry(goodIndex(u"mysqldump"_s, testData(u"mysql57.sql"_s)), u"table"_s, u"accounts"_s);
        const auto now = entry(goodIndex(u"mysqldump"_s, testData(u"mysql80.sql"_s)), u"table"_s, u"accounts"_s);
        QCOMPARE(now["rows"_L1], old["rows"_L1]);
        QCOMPARE(now["bytes"_L1], old["bytes"_L1]);
        QVERIFY(now["bytes"_L1].toInt() > 0);
        QCOMPARE(now["sha256"_L1], old["sha256"_L1]);
        QCOMPARE(now["sketch"_L1], old["sketch"_L1]);
        QVERIFY(now["schemaSha256"_L1] != old["schemaSha256"_L1]);
    }

    /// Found by fuzzing: what follows the equals sign was read behind the end of the statement.
    void noNextId()
    {
        const auto index = goodIndex(u"mysqldump"_s, "CREATE TABLE `t` (`id` int) AUTO_INCREMENT =;\n" + End);
        QVERIFY(!entry(index, u"table"_s, u"t"_s).isEmpty());
    }

    void piecesOfAnySize_data()
    {
        QTest::addColumn<QString>("format");
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("mysql57") << u"mysqldump"_s << testData(u"mysql57.sql"_s);
        QTest::newRow("mysql80") << u"mysqldump"_s << testData(u"mysql80.sql"_s);
        QTest::newRow("pg10") << u"pg_dump"_s << testData(u"postgres10.sql"_s);
        QTest::newRow("pg15") << u"pg_dump"_s << testData(u"postgres15.sql"_s);
    }

    void piecesOfAnySize()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, text);
        const auto whole = goodIndex(format, text);
        for (const qsizetype piece : {1, 2, 3, 7, 64, 1000})
            QCOMPARE(goodIndex(format, text, piece), whole);
    }

    void cutsAreSeen_data() { piecesOfAnySize_data(); }

    void cutsAreSeen()
    {
        QFETCH(QString, format);
        QFETCH(QByteArray, text);
        // Every cut of the last lines, and many before them.
        for (qsizetype size = 0; size < text.size(); size += text.size() - size < 1500 ? 1 : 7) {
            const auto index = indexOf(format, text.left(size));
            QVERIFY2(!index, qPrintable(u"cut at %1 of %2"_s.arg(size).arg(text.size())));
            QCOMPARE(index.error().code, ErrorCode::TruncatedStream);
        }
    }

    void textAfterTheEndIsRefused()
    {
        QVERIFY(indexOf(u"mysqldump"_s, mysql("") + "\n \n"));
        QCOMPARE(indexOf(u"mysqldump"_s, mysql("") + "DROP TABLE x;").error().code, ErrorCode::BadInput);
        QVERIFY(!indexOf(u"pg_dump"_s, postgres("") + "DROP TABLE x;"));
        QVERIFY(!indexOf(u"pg_dump"_s, postgres("") + QByteArray(5000, '\n')));
        QVERIFY(!indexOf(u"pg_dump"_s, postgres("\\restrict abc\n")));
        QVERIFY(!indexOf(u"pg_dump"_s, postgres("\\restrict abc\n") + "\\unrestrict abd\n\n"));
        QVERIFY(indexOf(u"pg_dump"_s, postgres("\\restrict abc\n") + "\\unrestrict abc\n\n"));
    }

    void endMarkInsideOfDataDoesNotCount()
    {
        QVERIFY(!indexOf(u"mysqldump"_s, "INSERT INTO `t` VALUES ('" + End + "');\n"));
        QVERIFY(!indexOf(u"mysqldump"_s, "/* " + End + " */\n"));
        QVERIFY(!indexOf(u"mysqldump"_s, "SELECT 1 " + End));
        QVERIFY(!indexOf(u"mysqldump"_s, "/*!50003 " + End));
        const QByteArray end = "--\n-- PostgreSQL database dump complete\n--\n\n";
        QVERIFY(!indexOf(u"pg_dump"_s, "COPY t (a) FROM stdin;\n" + end));
        QVERIFY(!indexOf(u"pg_dump"_s, "CREATE FUNCTION f() AS $$\n" + end));
        QVERIFY(!indexOf(u"pg_dump"_s, "SELECT '\n" + end));
        QVERIFY(!indexOf(u"pg_dump"_s, "/* /* */\n" + end));
    }

    void oneRowIsOneDifference_data()
    {
        QTest::addColumn<QByteArray>("found");
        QTest::addColumn<QStringList>("expected");
        QTest::newRow("same in another order") << QByteArray("(3,'c'),(1,'a'),(2,'b')") << QStringList{};
        QTest::newRow("same in two statements") << QByteArray("(3,'c');\nINSERT INTO `t` VALUES (1,'a'),\n(2,'b')") << QStringList{};
        QTest::newRow("changed") << QByteArray("(1,'a'),(2,'B'),(3,'c')") << QStringList{u"table t: 1 of 3 rows differs"_s};
        QTest::newRow("missing") << QByteArray("(1,'a'),(3,'c')") << QStringList{u"table t: 1 of 3 rows is missing"_s};
        QTest::newRow("two missing") << QByteArray("(3,'c')") << QStringList{u"table t: 2 of 3 rows are missing"_s};
        QTest::newRow("twice") << QByteArray("(1,'a'),(2,'b'),(2,'b'),(3,'c')") << QStringList{u"table t: 1 additional row"_s};
        QTest::newRow("null for text") << QByteArray("(1,'a'),(2,NULL),(3,'c')") << QStringList{u"table t: 1 of 3 rows differs"_s};
        QTest::newRow("values moved") << QByteArray("(1,'a'),('2b',''),(3,'c')") << QStringList{u"table t: 1 of 3 rows differs"_s};
        QTest::newRow("fewer values") << QByteArray("(1,'a'),(2),(3,'c')") << QStringList{u"table t: 1 of 3 rows differs"_s};
        QTest::newRow("two and one")
            << QByteArray("(1,'A'),(2,'B'),(3,'c'),(4,'d')")
            << QStringList{u"table t: 2 of 3 rows differ, 1 additional row"_s};
    }

    void oneRowIsOneDifference()
    {
        QFETCH(QByteArray, found);
        QFETCH(QStringList, expected);
        QCOMPARE(compareMysql(table("(1,'a'),(2,'b'),(3,'c')"), table(found)), expected);
    }

    void manyRowsAreCountedFromBelow()
    {
        QByteArray first;
        QByteArray second;
        for (int i = 0; i < 1000; ++i) {
            first += (i > 0 ? ",(" : "(") + QByteArray::number(i) + ",'x')";
            second += (i > 0 ? ",(" : "(") + QByteArray::number(i) + ",'y')";
        }
        const QStringList found = compareMysql(table(first), table(second));
        QCOMPARE(found.size(), 1);
        QVERIFY2(found.first().startsWith(u"table t: at least "_s) && found.first().endsWith(u" of 1000 rows differ"_s),
                 qPrintable(found.first()));
    }

    void valuesHaveManyForms_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<bool>("equal");
        QTest::newRow("hex") << QByteArray("0x4142") << QByteArray("'AB'") << true;
        QTest::newRow("hex, small letters") << QByteArray("0xFF") << QByteArray("0xff") << true;
        QTest::newRow("binary") << QByteArray("_binary 'AB'") << QByteArray("0x4142") << true;
        QTest::newRow("binary hex") << QByteArray("_binary 0x4142") << QByteArray("'AB'") << true;
        QTest::newRow("escapes") << QByteArray("'a\\nb\\0\\Z\\t\\r\\'\\\"\\\\'") << QByteArray("0x610A62001A090D27225C") << true;
        QTest::newRow("doubled quote") << QByteArray("'it''s'") << QByteArray("'it\\'s'") << true;
        QTest::newRow("number and text") << QByteArray("12") << QByteArray("'12'") << true;
        QTest::newRow("null and text") << QByteArray("NULL") << QByteArray("'NULL'") << false;
        QTest::newRow("null and nothing") << QByteArray("NULL") << QByteArray("''") << false;
        QTest::newRow("x") << QByteArray("'0x41'") << QByteArray("0x41") << false;
        QTest::newRow("sign") << QByteArray("-1") << QByteArray("1") << false;
        QTest::newRow("long") << QByteArray("'" + QByteArray(1'000'000, 'x') + "'") << QByteArray("0x" + QByteArray(1'000'000, 'x').toHex()) << true;
        QTest::newRow("long, last byte") << QByteArray("'" + QByteArray(1'000'000, 'x') + "'") << QByteArray("'" + QByteArray(999'999, 'x') + "y'") << false;
        QTest::newRow("length 127 and 128") << QByteArray("'" + QByteArray(127, 'x') + "'") << QByteArray("'" + QByteArray(128, 'x') + "'") << false;
    }

    void valuesHaveManyForms()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(bool, equal);
        const QStringList found = compareMysql(table("(1," + first + ")"), table("(1," + second + ")"));
        QCOMPARE(found, equal ? QStringList{} : QStringList{u"table t: 1 of 1 rows differs"_s});
        QCOMPARE(goodIndex(u"mysqldump"_s, table("(1," + first + ")"), 3), goodIndex(u"mysqldump"_s, table("(1," + first + ")")));
    }

    void rowsThatMakeNoSense_data()
    {
        QTest::addColumn<QByteArray>("rows");
        for (const char* rows : {"(1,'a'", "(1,'a'))", "(1,,2)", "(1,)", "(,1)", "(1 2)", "('a' 'b')", "(0x4)", "(0x)", "(0xGG)",
                                 "(1,'a') (2,'b')", "(f(1))", "(1;)", "(1),,(2)"})
            QTest::newRow(rows) << QByteArray(rows);
    }

    void rowsThatMakeNoSense()
    {
        QFETCH(QByteArray, rows);
        QVERIFY(!indexOf(u"mysqldump"_s, table(rows)));
    }

    void mysqlDefinitions_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QString>("difference");
        const QByteArray trigger = "DELIMITER ;;\n/*!50003 CREATE*/ /*!50017 DEFINER=`a`@`b`*/ /*!50003 TRIGGER x BEFORE INSERT ON t"
                                   " FOR EACH ROW BEGIN SET @a = 'q;'; END */;;\nDELIMITER ;\n";
        QTest::newRow("next id") << QByteArray("CREATE TABLE `t` (`a` int) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8;")
                                 << QByteArray("CREATE TABLE `t` (`a` int) ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=utf8;") << QString();
        QTest::newRow("no next id") << QByteArray("CREATE TABLE `t` (`a` int) ENGINE=InnoDB AUTO_INCREMENT=5 DEFAULT CHARSET=utf8;")
                                    << QByteArray("CREATE TABLE `t` (`a` int) ENGINE=InnoDB DEFAULT CHARSET=utf8;") << QString();
        QTest::newRow("next id in a comment") << QByteArray("CREATE TABLE `t` (`a` int COMMENT ' AUTO_INCREMENT=5');")
                                              << QByteArray("CREATE TABLE `t` (`a` int COMMENT ' AUTO_INCREMENT=6');")
                                              << u"table t: its definition differs"_s;
        QTest::newRow("column") << QByteArray("CREATE TABLE `t` (`a` int);") << QByteArray("CREATE TABLE `t` (`a` bigint);")
                                << u"table t: its definition differs"_s;
        QTest::newRow("table") << QByteArray("CREATE TABLE `t` (`a` int);") << QByteArray() << u"table t: is missing"_s;
        QTest::newRow("order of columns") << QByteArray("CREATE TABLE t (a int, b int); INSERT INTO t (a,b) VALUES (1,2);")
                                          << QByteArray("CREATE TABLE t (a int, b int); INSERT INTO t (b,a) VALUES (1,2);")
                                          << u"table t: its definition differs"_s;
        QTest::newRow("definer") << trigger << QByteArray(trigger).replace("`a`@", "`c`@") << u"trigger x: differs"_s;
        QTest::newRow("body") << trigger << QByteArray(trigger).replace("q;", "q") << u"trigger x: differs"_s;
        QTest::newRow("sql_mode") << trigger << "/*!50003 SET sql_mode = 'ANSI' */ ;\n" + trigger << u"trigger x: differs"_s;
        QTest::newRow("sql_mode put back")
            << trigger << "/*!50003 SET sql_mode = 'ANSI' */ ;\n/*!50003 SET sql_mode = @saved_sql_mode */ ;\n" + trigger << QString();
        QTest::newRow("version of a comment") << trigger << QByteArray(trigger).replace("!50003", "!50100") << QString();
        QTest::newRow("comment in a body") << trigger << QByteArray(trigger).replace("BEGIN", "BEGIN -- it's\n /* a ' */ # b '\n") << QString();
        QTest::newRow("comment within quotes") << trigger << QByteArray(trigger).replace("'q;'", "'q; -- x'") << u"trigger x: differs"_s;
        QTest::newRow("no backslashes")
            << "SET sql_mode = 'NO_BACKSLASH_ESCAPES';\nDELIMITER ;;\nCREATE PROCEDURE p() SELECT 'C:\\', 'x;' ;;\nDELIMITER ;\n"_ba
            << "SET sql_mode = 'NO_BACKSLASH_ESCAPES';\nDELIMITER ;;\nCREATE PROCEDURE p() SELECT 'D:\\', 'x;' ;;\nDELIMITER ;\n"_ba
            << u"routine procedure p: differs"_s;
        QTest::newRow("procedure and function") << "DELIMITER ;;\nCREATE PROCEDURE p() SELECT 1;;\nCREATE FUNCTION p() RETURNS int RETURN 1;;\nDELIMITER ;\n"_ba
                                                << "DELIMITER ;;\nCREATE PROCEDURE p() SELECT 1;;\nDELIMITER ;\n"_ba
                                                << u"routine function p: is missing"_s;
        QTest::newRow("placeholder of a view")
            << "/*!50001 CREATE VIEW `v` AS SELECT 1 AS `a`*/;\n/*!50001 DROP VIEW IF EXISTS `v`*/;\nCREATE VIEW `v` AS select 2;"_ba
            << "/*!50001 CREATE TABLE `v` (`a` tinyint) */;\n/*!50001 DROP TABLE IF EXISTS `v`*/;\nCREATE VIEW `v` AS select 2;"_ba << QString();
        QTest::newRow("sequence") << "CREATE SEQUENCE s start with 1; DO SETVAL(`s`, 5, 0);"_ba
                                  << "CREATE SEQUENCE s start with 1; DO SETVAL(`s`, 6, 0);"_ba
                                  << u"sequence s: stands at 6, 0 instead of 5, 0"_s;
        QTest::newRow("several databases") << "USE `a`; CREATE TABLE t (a int); USE `b`; CREATE TABLE t (b int);"_ba
                                           << "USE `a`; CREATE TABLE t (a int); USE `b`; CREATE TABLE t (c int);"_ba
                                           << u"table b.t: its definition differs"_s;
        QTest::newRow("unknown statement") << "INSTALL SONAME 'x';"_ba << QByteArray() << u"statement INSTALL: is missing"_s;
        QTest::newRow("what does not count") << "SET @a = 1; LOCK TABLES t WRITE; UNLOCK TABLES; CHANGE MASTER TO x; FLUSH TABLES;"_ba
                                             << "ALTER DATABASE x CHARACTER SET utf8; CREATE DATABASE y;"_ba << QString();
    }

    void mysqlDefinitions()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QString, difference);
        QCOMPARE(compareMysql(mysql(first), mysql(second)), difference.isEmpty() ? QStringList{} : QStringList{difference});
    }

    void mysqlHostileStatements()
    {
        QVERIFY(!indexOf(u"mysqldump"_s, mysql("DELIMITER '\nSELECT 1'\n")));
        QVERIFY(!indexOf(u"mysqldump"_s, mysql("CREATE TABLE `" + QByteArray(10'000, 'x') + "` (a int);")));
        QByteArray many;
        for (int i = 0; i < 50'001; ++i)
            many += "CREATE TABLE t" + QByteArray::number(i) + " (a int);\n";
        QCOMPARE(indexOf(u"mysqldump"_s, mysql(many)).error().code, ErrorCode::Unsupported);
        QVERIFY(!indexOf(u"mysqldump"_s, mysql("SELECT '" + QByteArray(70'000'000, 'x') + "';")));
    }

    void postgresDump()
    {
        const auto index = goodIndex(u"pg_dump"_s, testData(u"postgres15.sql"_s));
        QCOMPARE(entry(index, u"table"_s, u"public.tenants"_s)["rows"_L1].toInt(), 4);
        QCOMPARE(entry(index, u"table"_s, u"public.Odd \" Name"_s)["rows"_L1].toInt(), 3);
        QCOMPARE(entry(index, u"table"_s, u"public.empty_table"_s)["rows"_L1].toInt(), 0);
        QCOMPARE(entry(index, u"sequence"_s, u"public.Own Seq"_s)["value"_L1].toString(), u"7, true"_s);
        for (const auto& [kind, name] : {std::pair(u"routine"_s, u"public.notify()"_s), {u"routine"_s, u"public.notify(n integer)"_s},
                                         {u"routine"_s, u"public.standard(n integer)"_s}, {u"trigger"_s, u"on_tenant on public.tenants"_s},
                                         {u"rule"_s, u"quiet on public.que_jobs"_s}, {u"index"_s, u"by_endpoint"_s},
                                         {u"view"_s, u"public.live"_s}, {u"type"_s, u"public.mood"_s}})
            QVERIFY2(!entry(index, kind, name).isEmpty(), qPrintable(kind + u' ' + name));
        for (const QJsonValue& each : index["entries"_L1].toArray())
            QVERIFY2(each["kind"_L1] != "statement"_L1, qPrintable(each["name"_L1].toString()));
    }

    void postgresDefinitions_data()
    {
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<QByteArray>("second");
        QTest::addColumn<QString>("difference");
        const QByteArray copy = "COPY public.t (a, b) FROM stdin;\n1\tx\n2\ty\n3\t\\N\n\\.\n\n";
        QTest::newRow("order") << copy << "COPY public.t (a, b) FROM stdin;\n3\t\\N\n1\tx\n2\ty\n\\.\n"_ba << QString();
        QTest::newRow("row") << copy << QByteArray(copy).replace("\ty", "\tz") << u"table public.t: 1 of 3 rows differs"_s;
        QTest::newRow("columns") << copy << QByteArray(copy).replace("(a, b)", "(b, a)") << u"table public.t: its definition differs"_s;
        QTest::newRow("inserts") << "INSERT INTO public.t VALUES (1, 'it''s\\');\nINSERT INTO public.t VALUES (2, NULL);"_ba
                                 << "INSERT INTO public.t VALUES (2, NULL), (1, 'it''s\\');"_ba << QString();
        QTest::newRow("insert") << "INSERT INTO public.t VALUES (1, 'a;b');"_ba << "INSERT INTO public.t VALUES (1, 'a;c');"_ba
                                << u"table public.t: 1 of 1 rows differs"_s;
        QTest::newRow("settings") << "SET a = 1; SELECT pg_catalog.set_config('search_path', '', false);"_ba << QByteArray() << QString();
        QTest::newRow("constraint") << "CREATE TABLE public.t (a int);\nALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK (a > 0);"_ba
                                    << "CREATE TABLE public.t (a int);\nALTER TABLE ONLY public.t ADD CONSTRAINT c CHECK (a > 1);"_ba
                                    << u"table public.t: its definition differs"_s;
        QTest::newRow("sequence value") << "SELECT pg_catalog.setval('public.s', 1, true);"_ba
                                        << "SELECT pg_catalog.setval('public.s', 2, true);"_ba
                                        << u"sequence public.s: stands at 2, true instead of 1, true"_s;
        QTest::newRow("owner") << "ALTER TABLE public.t OWNER TO a;"_ba << "ALTER TABLE public.t OWNER TO b;"_ba
                               << u"warning: owner TABLE public.t: differs"_s;
        QTest::newRow("rights") << "GRANT ALL ON SCHEMA public TO x;"_ba << QByteArray() << u"warning: privilege SCHEMA public: is missing"_s;
        QTest::newRow("comment") << QByteArray() << "COMMENT ON SCHEMA public IS 'standard';"_ba
                                 << u"warning: comment SCHEMA public: is additional"_s;
        QTest::newRow("function") << "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$SELECT 1; SELECT '$$';$_$;"_ba
                                  << "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $_$SELECT 2; SELECT '$$';$_$;"_ba
                                  << u"routine f(): differs"_s;
        QTest::newRow("not a dollar quote") << "CREATE VIEW v AS SELECT a$b$c, $1;"_ba << "CREATE VIEW v AS SELECT a$b$c, $2;"_ba
                                            << u"view v: differs"_s;
        QTest::newRow("escape string") << "CREATE VIEW v AS SELECT E'\\';', 1;"_ba << "CREATE VIEW v AS SELECT E'\\';', 2;"_ba
                                       << u"view v: differs"_s;
        QTest::newRow("no escape string") << "CREATE VIEW v AS SELECT 'C:\\'; CREATE VIEW w AS SELECT 1;"_ba
                                          << "CREATE VIEW v AS SELECT 'C:\\'; CREATE VIEW w AS SELECT 2;"_ba << u"view w: differs"_s;
        QTest::newRow("extension") << "CREATE EXTENSION IF NOT EXISTS hstore WITH SCHEMA public;"_ba << QByteArray()
                                   << u"extension hstore: is missing"_s;
    }

    void postgresDefinitions()
    {
        QFETCH(QByteArray, first);
        QFETCH(QByteArray, second);
        QFETCH(QString, difference);
        QCOMPARE(comparePostgres(first, second), difference.isEmpty() ? QStringList{} : QStringList{difference});
    }

    void psqlCommandsAreRefused()
    {
        QCOMPARE(indexOf(u"pg_dump"_s, postgres("\\! rm -rf /\n")).error().code, ErrorCode::BadInput);
        QVERIFY(!indexOf(u"pg_dump"_s, postgres("\\i /etc/passwd\n")));
        QVERIFY(indexOf(u"pg_dump"_s, postgres("\\connect x\n")));
    }

    void longCopyLines()
    {
        const QByteArray line = QByteArray(3'000'000, 'x');
        const QByteArray text = postgres("COPY t (a) FROM stdin;\n" + line + "\n" + line + "y\n\\.\n");
        const auto whole = goodIndex(u"pg_dump"_s, text);
        QCOMPARE(entry(whole, u"table"_s, u"t"_s)["rows"_L1].toInt(), 2);
        QCOMPARE(goodIndex(u"pg_dump"_s, text, 100'000), whole);
    }

    void anErrorStays()
    {
        const auto indexer = index::indexer(u"mysqldump"_s);
        const QByteArray good = mysql("");
        const QByteArray bad = good + "x";
        QVERIFY(!indexer->add(bad));
        QVERIFY(!indexer->add(QByteArray("\n")));
        QVERIFY(!indexer->finish());
        QVERIFY(!index::indexer(u"xml"_s));
    }

    void damagedIndexesAreNotEqual()
    {
        const QJsonObject good = goodIndex(u"mysqldump"_s, table("(1,'a')"));
        QVERIFY(!index::differences(good, {}).isEmpty());
        QVERIFY(!index::differences({}, {}).isEmpty());
        QVERIFY(!index::differences(good, goodIndex(u"pg_dump"_s, postgres(""))).isEmpty());
        QJsonObject noRows = good;
        QJsonArray entries = good["entries"_L1].toArray();
        QJsonObject first = entries[0].toObject();
        first["sha256"_L1] = u"00"_s;
        entries[0] = first;
        noRows["entries"_L1] = entries;
        QCOMPARE(texts(index::differences(good, noRows)), QStringList{u"table t: its rows differ"_s});
    }
};

QTEST_GUILESS_MAIN(TestSqlIndex)
#include "tst_sqlindex.moc"
