#include "engine/store/counts.h"
#include "engine/store/livetree.h"

#include "tests/oc/localpod.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::store;

namespace {
void put(const QString& path, const QByteArray& content)
{
    QDir().mkpath(QFileInfo(path).absolutePath());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot write %s", qPrintable(path));
}

QJsonObject indexOf(const QString& directory)
{
    QProcess tar;
    tar.start(u"tar"_s, {u"-C"_s, directory, u"-cf"_s, u"-"_s, u"."_s});
    if (!tar.waitForFinished())
        qFatal("no tar");
    const QByteArray bytes = tar.readAllStandardOutput();
    const auto indexer = index::indexer(u"tar"_s);
    const auto added = indexer->add(std::span(bytes.constData(), size_t(bytes.size())));
    const auto index = added ? indexer->finish() : Result<QJsonObject>(fail(added.error()));
    if (!index)
        qFatal("%s", qPrintable(index.error().message));
    return *index;
}

index::EntryReader readerOf(const QJsonObject& index)
{
    return index::EntryReader([text = QJsonDocument(index).toJson()](qsizetype max) mutable -> Result<QByteArray> {
        const QByteArray piece = text.left(max);
        text.remove(0, max);
        return piece;
    });
}

Result<TreeChanges> changesOf(const oc::Client& client, const QString& directory, const QJsonObject& index, const TreeLimits& limits = {})
{
    index::EntryReader reader = readerOf(index);
    return treeChanges(client, LocalPod::pod(), directory, reader, limits);
}

QStringList texts(const TreeChanges& changes)
{
    QStringList list;
    for (const FileChange& each : changes.entries)
        list.append(u"%1 %2 %3->%4"_s.arg(QString(u"+~-"_s[int(each.fate)]), QString::fromUtf8(each.path)).arg(each.now).arg(each.afterwards));
    return list;
}

catalog::Component component(const QString& engine)
{
    catalog::Component made;
    made.id = made.workload = made.container = u"system-"_s + engine;
    made.engine = engine;
    made.database = u"system"_s;
    made.user = u"root"_s;
    made.passwordEnv = u"MYSQL_ROOT_PASSWORD"_s;
    return made;
}
} // namespace

/// What is in a store or a tree now, asked of this machine in place of a pod.
class TestLiveState : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;

    /// A container whose `name` is this script; everything else is as on this machine.
    static void program(LocalPod& local, const QString& folder, const QString& name, const QByteArray& script)
    {
        const QString path = folder + u'/' + name;
        put(path, "#!/bin/bash\n" + script);
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        local.set("PATH", folder.toUtf8() + ":/usr/bin:/bin");
    }

private Q_SLOTS:
    void tree_data()
    {
        QTest::addColumn<bool>("byContent");
        QTest::newRow("by content") << true;
        QTest::newRow("by size and time") << false;
    }
    void tree()
    {
        QFETCH(bool, byContent);
        QTemporaryDir folder;
        const QString root = folder.path();
        // The bundle's state.
        for (const QString& name : {u"kept"_s, u"sub/gone later"_s, u"it's \"odd\"\nline"_s, u"-rf"_s, u"größe.png"_s, u"grows"_s, u"same size"_s})
            put(root + u'/' + name, "12345");
        QVERIFY(QFile::link(u"kept"_s, root + u"/link"_s));
        QVERIFY(QDir(root).mkdir(u"lost+found"_s));
        QJsonObject index = indexOf(root);
        QJsonArray entries;
        for (const QJsonValue& entry : index[u"entries"].toArray()) {
            if (!entry[u"path"].toString().startsWith(u"lost+found"_s))
                entries.append(entry);
        }
        index[u"entries"] = entries;
        // And what became of it.
        put(root + u"/grows"_s, "123456789");
        QFile same(root + u"/same size"_s);
        QVERIFY(same.open(QIODevice::ReadWrite));
        QVERIFY(same.write("54321") == 5 && same.flush());
        QVERIFY(same.setFileTime(QDateTime::currentDateTimeUtc().addSecs(-1000), QFileDevice::FileModificationTime));
        same.close();
        QVERIFY(QFile::remove(root + u"/sub/gone later"_s));
        QVERIFY(QFile::remove(root + u"/it's \"odd\"\nline"_s));
        put(root + u"/new\tname"_s, "x");
        put(root + u"/.scalekeep-run-123-old/ours"_s, "x");
        put(root + u"/lost+found/theirs"_s, "x");
        QVERIFY(QFile::remove(root + u"/link"_s));
        QVERIFY(QFile::link(u"grows"_s, root + u"/link"_s));

        LocalPod local;
        TreeLimits limits;
        limits.contentBytes = byContent ? 1024 * 1024 : -1;
        const auto changes = changesOf(local.client(), root, index, limits);
        QVERIFY2(changes, changes ? "" : qPrintable(changes.error().message + changes.error().detail));
        QCOMPARE(texts(*changes), (QStringList{u"~ grows 9->5"_s, u"+ it's \"odd\"\nline -1->5"_s, u"~ link -1->-1"_s, u"- new\tname 1->-1"_s, u"~ same size 5->5"_s, u"+ sub/gone later -1->5"_s}));
        QCOMPARE(changes->added, 2);
        QCOMPARE(changes->changed, 3);
        QCOMPARE(changes->removed, 1);
        QCOMPARE(changes->now, 7);
        QCOMPARE(changes->afterwards, 8);
        QCOMPARE(changes->byContent, byContent);
        const auto bytes = treeBytes(local.client(), LocalPod::pod(), root);
        QVERIFY2(bytes, bytes ? "" : qPrintable(bytes.error().message + bytes.error().detail));
        QCOMPARE(*bytes, changes->nowBytes);
        // Only the newer time of an equal file is no change where the content is looked at.
        QFile kept(root + u"/kept"_s);
        QVERIFY(kept.open(QIODevice::ReadWrite));
        QVERIFY(kept.setFileTime(QDateTime::currentDateTimeUtc().addSecs(-500), QFileDevice::FileModificationTime));
        kept.close();
        const auto touched = changesOf(local.client(), root, index, limits);
        QVERIFY(touched);
        QCOMPARE(touched->changed, byContent ? 3 : 4);
        // Entries are bounded, counts are of all.
        limits.mostEntries = 2;
        const auto few = changesOf(local.client(), root, index, limits);
        QVERIFY(few);
        QCOMPARE(few->entries.size(), 2);
        QCOMPARE(few->added, 2);
        limits.mostFiles = 3;
        const auto many = treeBytes(local.client(), LocalPod::pod(), root, limits); // nothing is kept of each
        QCOMPARE(many.value_or(-1), *bytes);
        QVERIFY(!treeBytes(local.client(), LocalPod::pod(), root + u"/nowhere"_s));
        QCOMPARE(changesOf(local.client(), root, index, limits).error().code, ErrorCode::Unsupported);
        QVERIFY(!changesOf(local.client(), root + u"/nowhere"_s, index));
    }

    void treeIsCancelled()
    {
        LocalPod local;
        std::stop_source stop;
        stop.request_stop();
        const auto changes = changesOf(local.client(stop.get_token()), m_directory.path(), {});
        QVERIFY(!changes);
        QCOMPARE(changes.error().code, ErrorCode::Cancelled);
    }

    void hostileListing_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<bool>("good");
        QTest::newRow("nothing") << QByteArray() << true;
        QTest::newRow("one file") << QByteArray("f 5 12.5\0a\0\0", 12) << true;
        QTest::newRow("cut in a field") << QByteArray("f 5 12.5\0a", 10) << false;
        QTest::newRow("cut after a field") << QByteArray("f 5 12.5\0a\0", 11) << false;
        QTest::newRow("no size") << QByteArray("f x 12.5\0a\0\0", 12) << false;
        QTest::newRow("negative size") << QByteArray("f -5 1.5\0a\0\0", 12) << false;
        QTest::newRow("no name") << QByteArray("f 5 12.5\0\0\0", 11) << false;
        QTest::newRow("words") << QByteArray("find: unknown predicate\0x\0y\0", 28) << false;
        QTest::newRow("endless name") << QByteArray(200 * 1000, 'x') << false;
    }
    void hostileListing()
    {
        QFETCH(QByteArray, output);
        QFETCH(bool, good);
        for (const qsizetype piece : {qsizetype(1), qsizetype(7), output.size() + 1}) {
            Tree tree;
            TreeParser parser(tree, 100);
            Result<void> added;
            for (qsizetype at = 0; added && at < output.size(); at += piece)
                added = parser.add(std::span(output.constData() + at, size_t(std::min(piece, output.size() - at))));
            QCOMPARE(added && parser.finish(), good);
        }
    }

    void hostileSizes_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<qint64>("bytes"); // negative: refused
        QTest::newRow("no files") << QByteArray() << qint64(0);
        QTest::newRow("two") << QByteArray("5\n120\n") << qint64(125);
        QTest::newRow("cut in a number") << QByteArray("5\n12") << qint64(-1);
        QTest::newRow("words") << QByteArray("find: unknown predicate\n") << qint64(-1);
        QTest::newRow("negative") << QByteArray("-5\n") << qint64(-1);
        QTest::newRow("empty line") << QByteArray("5\n\n") << qint64(-1);
        QTest::newRow("endless number") << QByteArray(200 * 1000, '1') << qint64(-1);
        QTest::newRow("too large a number") << QByteArray("9223372036854775808\n") << qint64(-1);
        QTest::newRow("too large a sum") << QByteArray("9223372036854775807\n9223372036854775807\n") << std::numeric_limits<qint64>::max();
    }
    void hostileSizes()
    {
        QFETCH(QByteArray, output);
        for (const qsizetype piece : {qsizetype(1), qsizetype(7), output.size() + 1}) {
            SizeParser parser;
            Result<void> added;
            for (qsizetype at = 0; added && at < output.size(); at += piece)
                added = parser.add(std::span(output.constData() + at, size_t(std::min(piece, output.size() - at))));
            const auto bytes = added ? parser.finish() : Result<qint64>(fail(added.error()));
            QTEST(bytes.value_or(-1), "bytes");
        }
    }

    void sizesThatMakeNoSense()
    {
        Tree now, same;
        for (int i = 0; i < 10; ++i)
            QVERIFY(now.add({QByteArray::number(9 - i), 'f', std::numeric_limits<qint64>::max(), 0, {}, {}}));
        QVERIFY(now.finish());
        index::EntryReader afterwards = readerOf({{u"entries"_s, QJsonArray{QJsonObject{{u"path"_s, u"0"_s}, {u"kind"_s, u"file"_s}, {u"size"_s, -7}}}}});
        const auto changes = compareTrees(now, afterwards, 100);
        QVERIFY(changes);
        QCOMPARE(changes->nowBytes, std::numeric_limits<qint64>::max());
        QCOMPARE(changes->removed, 9);
        QCOMPARE(changes->changed, 1);
        index::EntryReader damaged = readerOf({{u"entries"_s, QJsonArray{u"x"_s}}});
        QVERIFY(!compareTrees(same, damaged, 100));
        index::EntryReader nameless = readerOf({{u"entries"_s, QJsonArray{QJsonObject{{u"path"_s, 5}}}}});
        QVERIFY(!compareTrees(same, nameless, 100));
    }

    void moreFilesThanMemoryHolds()
    {
        // As find and the tar list them: in the order of no one. Each third is gone, each fifth has another size.
        constexpr int files = 60'000;
        Tree now;
        QJsonArray entries;
        QList<FileChange> expected;
        for (int i = 0; i < files; ++i) {
            const QByteArray path = "2026/" + QByteArray::number(i).rightJustified(6, '0');
            const auto listed = static_cast<int>((qint64(i) * 7919) % files);
            QVERIFY(now.add({"2026/" + QByteArray::number(listed).rightJustified(6, '0'), 'f', listed, 1, {}, "a target of no file, as long as some are"}));
            if (i % 3 != 0)
                entries.append(QJsonObject{{u"path"_s, QString::fromLatin1(path)}, {u"kind"_s, u"file"_s}, {u"size"_s, i + (i % 5 == 0 ? 1 : 0)}, {u"mtime"_s, 1}});
            if (i % 3 == 0)
                expected.append({FileChange::Fate::Removed, path, i, -1});
            else if (i % 5 == 0)
                expected.append({FileChange::Fate::Changed, path, i, i + 1});
        }
        QVERIFY(now.finish());
        index::EntryReader afterwards = readerOf({{u"entries"_s, entries}});
        const auto changes = compareTrees(now, afterwards, files);
        QVERIFY(changes);
        QCOMPARE(changes->now, files);
        QCOMPARE(changes->afterwards, entries.size());
        QCOMPARE(changes->entries, expected);
        QCOMPARE(changes->removed + changes->changed, expected.size());
    }

    void mysqlCounts()
    {
        QTemporaryDir tools;
        LocalPod local(u"bash"_s);
        // 6163636f756e7473 accounts, 6c6f67 log, 62656e60742e the odd name ben`t. ; log is too large to be counted in time.
        program(local, tools.path(), u"mysql"_s, R"(in=$(cat); case $in in
*information_schema*) printf 'version\t31302e362e31322d4d617269614442\nsize\t16384\ntable\t\t6163636F756E7473\t10\ntable\t\t62656E60742E\t3\ntable\t\t6c6f67\t1000000\nrubbish\n' ;;
*) echo "$in" >"$(dirname "$0")/counted"; printf '.6163636f756e7473\t12\n.62656e60742e\t3\n.ffff\t9\n.6c6f67\tlots\n'; echo 'ERROR 1969 (70100) at line 5: Query execution was interrupted' >&2; exit 1 ;;
esac
)");
        const auto counts = countIn(local.client(), LocalPod::pod(), component(u"mysql"_s));
        QVERIFY2(counts, counts ? "" : qPrintable(counts.error().message + counts.error().detail));
        QCOMPARE(counts->serverVersion, u"10.6.12-MariaDB"_s);
        QCOMPARE(counts->bytes, 16384);
        QCOMPARE(counts->tables, (QList<TableCount>{{u"accounts"_s, 12, false}, {u"ben`t."_s, 3, false}, {u"log"_s, 1000000, true}}));
        QFile script(tools.filePath(u"counted"_s));
        QVERIFY(script.open(QIODevice::ReadOnly));
        const QByteArray sql = script.readAll();
        QVERIFY2(sql.contains("FROM `ben``t.`;"), sql.constData()); // quoted, whatever it is called
        QVERIFY(sql.startsWith("SET SESSION TRANSACTION READ ONLY;"));
        QVERIFY(sql.contains("max_execution_time") && sql.contains("max_statement_time"));
    }

    void withoutDatabase()
    {
        QTemporaryDir tools;
        LocalPod local(u"bash"_s);
        program(local, tools.path(), u"mysql"_s, R"(case "$*" in *-e*) printf 'version\t352e372e3234\n' ;; *) cat >/dev/null; echo "ERROR 1049 (42000): Unknown database 'system'" >&2; exit 1 ;; esac
)");
        const auto counts = countIn(local.client(), LocalPod::pod(), component(u"mysql"_s));
        QVERIFY2(counts, counts ? "" : qPrintable(counts.error().message));
        QVERIFY(!counts->exists);
        QCOMPARE(counts->serverVersion, u"5.7.24"_s);
        QVERIFY(counts->tables.isEmpty());
    }

    void postgresqlCounts()
    {
        QTemporaryDir tools;
        LocalPod local(u"bash"_s);
        program(local, tools.path(), u"psql"_s, R"(in=$(cat); case $in in
*pg_database_size*) printf 'version|31302e3231\nsize|8000000\ntable|7075626c6963|7175655f6a6f6273|5\ntable|7075626c6963|612262|0\n' ;;
*) echo "$in" >"$(dirname "$0")/counted"; printf '7075626c6963.7175655f6a6f6273|7\n7075626c6963.612262|0\n' ;;
esac
)");
        catalog::Component zync = component(u"postgresql"_s);
        zync.user = u"postgres"_s;
        const auto counts = countIn(local.client(), LocalPod::pod(), zync);
        QVERIFY2(counts, counts ? "" : qPrintable(counts.error().message + counts.error().detail));
        QCOMPARE(counts->serverVersion, u"10.21"_s);
        QCOMPARE(counts->tables, (QList<TableCount>{{u"public.que_jobs"_s, 7, false}, {u"public.a\"b"_s, 0, false}}));
        QFile script(tools.filePath(u"counted"_s));
        QVERIFY(script.open(QIODevice::ReadOnly));
        const QByteArray sql = script.readAll();
        QVERIFY2(sql.contains("FROM \"public\".\"a\"\"b\";"), sql.constData());
        QVERIFY(sql.contains("default_transaction_read_only") && sql.contains("statement_timeout"));
    }

    void redisCounts()
    {
        QTemporaryDir tools;
        LocalPod local(u"bash"_s);
        program(local, tools.path(), u"redis-cli"_s, R"(printf '# Server\r\nredis_version:6.2.7\r\nused_memory:1048576\r\n# Keyspace\r\ndb0:keys=120,expires=3,avg_ttl=0\r\ndb1:keys=4,expires=0,avg_ttl=0\r\ndbx:keys=9\r\ndb2:nonsense\r\n'
)");
        const auto counts = countIn(local.client(), LocalPod::pod(), component(u"redis"_s));
        QVERIFY2(counts, counts ? "" : qPrintable(counts.error().message));
        QCOMPARE(counts->keys, (QMap<int, qint64>{{0, 120}, {1, 4}}));
        QCOMPARE(counts->bytes, 1048576);
        // An answer with status 0 that is none.
        program(local, tools.path(), u"redis-cli"_s, "echo 'NOAUTH Authentication required.'\n");
        const auto refused = countIn(local.client(), LocalPod::pod(), component(u"redis"_s));
        QVERIFY(!refused);
        QVERIFY(refused.error().detail.contains(u"NOAUTH"_s));
    }

    void storeThatDoesNotAnswer()
    {
        QTemporaryDir tools;
        LocalPod local(u"bash"_s);
        program(local, tools.path(), u"mysql"_s, "cat >/dev/null; echo \"ERROR 2002 (HY000): Can't connect\" >&2; exit 1\n");
        const auto counts = countIn(local.client(), LocalPod::pod(), component(u"mysql"_s));
        QVERIFY(!counts);
        QVERIFY(counts.error().detail.contains(u"2002"_s));
        // Not a number, a table without a name: nothing of it may end the program or the counting.
        program(local, tools.path(), u"mysql"_s, "cat >/dev/null; head -c 300000 /dev/zero | tr '\\0' x; printf '\\ntable\\t\\t\\t-5\\ntable\\tzz\\tzz\\tzz\\nsize\\t-3\\n\\xff\\xfe\\n'\n");
        const auto rubbish = countIn(local.client(), LocalPod::pod(), component(u"mysql"_s));
        QVERIFY(rubbish);
        QVERIFY(std::all_of(rubbish->tables.begin(), rubbish->tables.end(), [](const TableCount& each) { return each.rows == 0 && each.estimated; }));
    }

    void df_data()
    {
        QTest::addColumn<QByteArray>("output");
        QTest::addColumn<qint64>("free"); // negative: no answer
        QTest::newRow("as usual") << QByteArray("Filesystem     1024-blocks    Used Available Capacity Mounted on\n/dev/sda1 1000 400 600 40% /data\n") << qint64(600 * 1024);
        QTest::newRow("none") << QByteArray() << qint64(-1);
        QTest::newRow("header only") << QByteArray("Filesystem 1024-blocks Used Available Capacity Mounted on\n") << qint64(-1);
        QTest::newRow("words") << QByteArray("h\n/dev/sda1 a b c d e\n") << qint64(-1);
        QTest::newRow("negative") << QByteArray("h\n/dev/sda1 1000 400 -600 40% /data\n") << qint64(-1);
        QTest::newRow("too large") << QByteArray("h\n/dev/sda1 1 1 9223372036854775807 40% /data\n") << qint64(-1);
        QTest::newRow("several") << QByteArray("h\n/dev/sda1 1 1 5 40% /a\n/dev/sdb1 1 1 5 40% /b\n") << qint64(-1);
    }
    void df()
    {
        QFETCH(QByteArray, output);
        QFETCH(qint64, free);
        const auto room = parseDf(output);
        QCOMPARE(room ? room->free : -1, free);
    }
};

QTEST_GUILESS_MAIN(TestLiveState)
#include "tst_livestate.moc"
