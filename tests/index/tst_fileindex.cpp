#include "servers.h"
#include "support.h"

#include "engine/index/tar.h"
#include "tests/base/sanitized.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
/// A directory of its own; QTemporaryDir cannot remove names that are not UTF-8.
class Directory {
public:
    Directory() { m_directory.setAutoRemove(false); }
    ~Directory() { std::filesystem::remove_all(QFile::encodeName(m_directory.path()).toStdString()); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    [[nodiscard]] QString path() const { return m_directory.path(); }

private:
    QTemporaryDir m_directory;
};

/// A directory like system-storage, with names that are hard to write down.
class Tree {
public:
    Tree()
    {
        write("plain.txt", "plain");
        write("empty", "");
        write("dir/sub dir/with\nnewline", "newline");
        write("dir/.dotfile", "dot");
        write("dir/\xff\xfe not utf-8", "bytes");
        write("dir/\xc3\xa4\xc3\xb6\xc3\xbc", "utf-8");
        write("long/" + QByteArray(200, 'n') + "/" + QByteArray(200, 'm'), "long");
        write("big", QByteArray(300'000, 'b'));
        link("plain.txt", "dir/soft");
        link("\xff nowhere", "dir/dangling");
        ::link(path("plain.txt").constData(), path("dir/zz hard").constData());
        ::link(path("plain.txt").constData(), path("aa hard").constData());
        ::mkdir(path("empty dir").constData(), 0750);
    }
    [[nodiscard]] QByteArray path(const QByteArray& name) const { return QFile::encodeName(m_directory.path()) + '/' + name; }
    void write(const QByteArray& name, const QByteArray& content) const
    {
        QByteArray parent;
        for (const QByteArray& part : name.left(name.lastIndexOf('/')).split('/')) {
            parent += part;
            if (name.contains('/'))
                ::mkdir(path(parent).constData(), 0755);
            parent += '/';
        }
        FILE* file = std::fopen(path(name).constData(), "wb");
        if (!file || std::fwrite(content.constData(), 1, static_cast<size_t>(content.size()), file) != static_cast<size_t>(content.size()) ||
            std::fclose(file) != 0)
            throw std::runtime_error("cannot write a file");
    }
    void link(const QByteArray& target, const QByteArray& name) const
    {
        if (::symlink(target.constData(), path(name).constData()) != 0)
            throw std::runtime_error("cannot make a link");
    }
    [[nodiscard]] QByteArray tar(const QStringList& options = {}) const
    {
        return runProgram(QStringList{u"tar"_s, u"-C"_s, m_directory.path()} + options + QStringList{u"-cf"_s, u"-"_s, u"."_s});
    }

private:
    Directory m_directory;
};

// As whole indexes and entry by entry.
QStringList compareTar(const QByteArray& first, const QByteArray& second)
{
    QStringList whole = compare(u"tar"_s, first, second);
    index::EntryReader stored(source(QJsonDocument(goodIndex(u"tar"_s, first)).toJson(QJsonDocument::Compact)));
    const auto indexer = index::indexer(u"tar"_s);
    const auto added = indexer->add(std::span(second.constData(), static_cast<size_t>(second.size())));
    const auto compared = added ? index::compareTree(stored, *indexer) : Result<index::TreeComparison>(fail(added.error()));
    QStringList each = compared ? texts(compared->differences) : QStringList{compared.error().message};
    const QStringList answer = whole;
    whole.sort();
    each.sort();
    if (each != whole)
        throw std::runtime_error("entry by entry it is " + each.join(u'\n').toStdString());
    return answer;
}

QByteArray list(const QByteArray& items)
{
    return "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [" + items + "]}";
}

// JSON with single quotes.
QByteArray json(QByteArray text)
{
    return text.replace('\'', '"');
}

QStringList compareObjects(const QByteArray& first, const QByteArray& second)
{
    return compare(u"json"_s, list(first), list(second));
}

// With one trigger for two of its three containers.
QByteArray zync()
{
    return json("{'apiVersion': 'apps.openshift.io/v1', 'kind': 'DeploymentConfig', 'metadata': {'name': 'zync', 'namespace': 'old'}, 'spec': {'triggers': ["
                "{'type': 'ConfigChange'}, {'type': 'ImageChange', 'imageChangeParams': {'automatic': true, 'containerNames': ['zync', 'zync-db-svc'], "
                "'from': {'kind': 'ImageStreamTag', 'name': 'amp-zync:2.7', 'namespace': 'old'}}}], 'template': {'spec': {"
                "'initContainers': [{'name': 'zync-db-svc', 'image': 'init@1'}], "
                "'containers': [{'name': 'zync', 'image': 'zync@1'}, {'name': 'side', 'image': 'side@1'}]}}}}");
}

// With the annotation that is a trigger of a Deployment.
QByteArray shop(const QString& field, bool paused, const QByteArray& owner)
{
    const QJsonObject from{{u"kind"_s, u"ImageStreamTag"_s}, {u"name"_s, u"shop:1"_s}};
    const QByteArray triggers = QJsonDocument(QJsonArray{QJsonObject{{u"from"_s, from}, {u"fieldPath"_s, field}, {u"paused"_s, paused}}}).toJson(QJsonDocument::Compact);
    const QByteArray quoted = QJsonDocument(QJsonArray{QString::fromUtf8(triggers)}).toJson(QJsonDocument::Compact);
    return json("{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'shop', 'ownerReferences': [{'kind': 'OWNER', 'name': 'o'}], "
                "'annotations': {'image.openshift.io/triggers': TRIGGERS}}, 'spec': {'template': {'spec': {'initContainers': [{'name': 'init', 'image': 'init@1'}], "
                "'containers': [{'name': 'web', 'image': 'web@1'}, {'name': 'side', 'image': 'side@1'}]}}}}")
        .replace("OWNER", owner)
        .replace("TRIGGERS", quoted.sliced(1).chopped(1));
}

// One ustar header block with a right checksum.
QByteArray header(const QByteArray& name, char type, qint64 size, const QByteArray& target = {})
{
    QByteArray block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 8, QByteArray("0000644\0", 8));
    block.replace(108, 8, QByteArray("0000000\0", 8));
    block.replace(116, 8, QByteArray("0000000\0", 8));
    block.replace(124, 12, QByteArray::number(size, 8).rightJustified(11, '0') + '\0');
    block.replace(136, 12, QByteArray("00000000000\0", 12));
    block.replace(148, 8, "        ");
    block[156] = type;
    block.replace(157, target.size(), target);
    block.replace(257, 8, QByteArray("ustar\00000", 8));
    int sum = 0;
    for (const char c : block)
        sum += static_cast<unsigned char>(c);
    block.replace(148, 8, QByteArray::number(sum, 8).rightJustified(6, '0') + QByteArray("\0 ", 2));
    return block;
}

QByteArray archive(const QByteArray& members)
{
    return members + QByteArray(1024, '\0');
}
} // namespace

class TestFileIndex : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { ::umask(022); }

    void everyKindOfFile()
    {
        const Tree tree;
        const auto index = goodIndex(u"tar"_s, tree.tar());
        QCOMPARE(entry(index, u"file"_s, u"big"_s)["size"_L1].toInt(), 300'000);
        QCOMPARE(entry(index, u"file"_s, u"big"_s)["sha256"_L1].toString().toLatin1(),
                 QCryptographicHash::hash(QByteArray(300'000, 'b'), QCryptographicHash::Sha256).toHex());
        QCOMPARE(entry(index, u"file"_s, u"empty"_s)["size"_L1].toInt(-1), 0);
        QVERIFY(!entry(index, u"file"_s, u"dir/sub dir/with\nnewline"_s).isEmpty());
        QVERIFY(!entry(index, u"file"_s, u"dir/äöü"_s).isEmpty());
        QVERIFY(!entry(index, u"file"_s, u"long/"_s + QString(200, u'n') + u'/' + QString(200, u'm')).isEmpty());
        QCOMPARE(entry(index, u"symlink"_s, u"dir/soft"_s)["target"_L1].toString(), u"plain.txt"_s);
        QCOMPARE(QByteArray::fromBase64(entry(index, u"symlink"_s, u"dir/dangling"_s)["targetBase64"_L1].toString().toLatin1()),
                 QByteArray("\xff nowhere"));
        QCOMPARE(entry(index, u"directory"_s, u"empty dir"_s)["mode"_L1].toInt(), 0750);
        QVERIFY(!entry(index, u"directory"_s, u"."_s).isEmpty());
        // Of three names the first in byte order is the file.
        QVERIFY(!entry(index, u"file"_s, u"aa hard"_s).isEmpty());
        QCOMPARE(entry(index, u"hardlink"_s, u"plain.txt"_s)["target"_L1].toString(), u"aa hard"_s);
        QCOMPARE(entry(index, u"hardlink"_s, u"dir/zz hard"_s)["target"_L1].toString(), u"aa hard"_s);
        bool notUtf8 = false;
        for (const QJsonValue& value : index["entries"_L1].toArray())
            notUtf8 = notUtf8 || QByteArray::fromBase64(value["pathBase64"_L1].toString().toLatin1()) == "dir/\xff\xfe not utf-8";
        QVERIFY(notUtf8);
        QCOMPARE(index["summary"_L1]["files"_L1].toInt(), 8);
        QCOMPARE(index["summary"_L1]["links"_L1].toInt(), 4);
    }

    void formatAndOrderDoNotCount()
    {
        const Tree tree;
        const auto index = goodIndex(u"tar"_s, tree.tar({u"--format=gnu"_s}));
        for (const QStringList& options : {QStringList{u"--format=posix"_s}, {u"--sort=name"_s}, {u"--format=posix"_s, u"--sort=inode"_s}})
            QCOMPARE(goodIndex(u"tar"_s, tree.tar(options)), index);
        const QByteArray data = tree.tar();
        for (const qsizetype piece : {1, 511, 10'000})
            QCOMPARE(goodIndex(u"tar"_s, data, piece), index);
    }

    void unpackedAndPackedAgain()
    {
        const Tree tree;
        const QByteArray first = tree.tar();
        const Directory target;
        runProgram({u"tar"_s, u"-C"_s, target.path(), u"-xpf"_s, u"-"_s}, first);
        const QByteArray second = runProgram({u"tar"_s, u"-C"_s, target.path(), u"-cf"_s, u"-"_s, u"."_s});
        QCOMPARE(goodIndex(u"tar"_s, second), goodIndex(u"tar"_s, first));
    }

    void oneFileIsOneDifference()
    {
        const Tree tree;
        const QByteArray first = tree.tar();
        const auto problems = [&] {
            QStringList found = compareTar(first, tree.tar());
            found.removeIf([](const QString& text) { return text.startsWith("warning"_L1); });
            return found;
        };
        QCOMPARE(problems(), QStringList{});
        tree.write("dir/.dotfile", "dOt");
        QCOMPARE(problems(), QStringList{u"file dir/.dotfile: its content differs"_s});
        tree.write("dir/.dotfile", "dotted");
        QCOMPARE(problems(), QStringList{u"file dir/.dotfile: has 6 bytes instead of 3"_s});
        tree.write("dir/.dotfile", "dot");
        ::unlink(tree.path("dir/\xff\xfe not utf-8").constData());
        QCOMPARE(problems().size(), 1);
        QVERIFY(problems().first().endsWith(": is missing"_L1));
        tree.write("dir/\xff\xfe not utf-8", "bytes");
        tree.write("dir/\xff\xfd not utf-8", "bytes");
        QCOMPARE(problems().size(), 1);
        QVERIFY(problems().first().endsWith(": is additional"_L1));
        ::unlink(tree.path("dir/\xff\xfd not utf-8").constData());
        ::unlink(tree.path("dir/soft").constData());
        tree.link("big", "dir/soft");
        QCOMPARE(problems(), QStringList{u"symlink dir/soft: leads to big instead of plain.txt"_s});
        ::unlink(tree.path("dir/soft").constData());
        tree.write("dir/soft", "x");
        QCOMPARE(problems(), QStringList{u"symlink dir/soft: is a file instead of a symlink"_s});
    }

    void modeTimeAndHardLinksAreWarnings()
    {
        const Tree tree;
        const QByteArray first = tree.tar();
        ::chmod(tree.path("big").constData(), 0600);
        QCOMPARE(compareTar(first, tree.tar()), QStringList{u"warning: file big: has mode 600 instead of 644"_s});
        ::chmod(tree.path("big").constData(), 0644);
        const timespec times[2] = {{1, 0}, {1'000'000'000, 0}};
        ::utimensat(AT_FDCWD, tree.path("big").constData(), times, 0);
        QCOMPARE(compareTar(first, tree.tar()), QStringList{u"warning: file big: has another modification time"_s});
        const QByteArray copied = tree.tar({u"--hard-dereference"_s});
        const QStringList found = compareTar(tree.tar(), copied);
        QCOMPARE(found, (QStringList{u"warning: hardlink dir/zz hard: is a file instead of a hardlink"_s,
                                     u"warning: hardlink plain.txt: is a file instead of a hardlink"_s}));
    }

    // A mark of the byte order at the begin is part of a name, though readers of text drop it.
    void namesThatBeginWithAByteOrderMark()
    {
        const QByteArray with = "\xef\xbb\xbf" "a";
        QCOMPARE(compareTar(archive(header("s", '2', 0, with)), archive(header("s", '2', 0, "a"))).size(), 1);
        QCOMPARE(compareTar(archive(header("a", '0', 0) + header(with, '0', 0)), archive(header(with, '0', 0))), QStringList{u"file a: is missing"_s});
        QCOMPARE(compareTar(archive(header(with, '0', 0)), archive(header(with, '0', 0))), QStringList{});
    }

    void cutsAreSeen()
    {
        const QByteArray data = archive(header("a", '0', 3) + QByteArray("abc").leftJustified(512, '\0') + header("d/", '5', 0));
        goodIndex(u"tar"_s, data);
        for (qsizetype size = 0; size < data.size(); ++size) {
            const auto index = indexOf(u"tar"_s, data.left(size), 100);
            QVERIFY(!index);
            QCOMPARE(index.error().code, ErrorCode::TruncatedStream);
        }
    }

    void hostileArchives_data()
    {
        QTest::addColumn<QByteArray>("data");
        QTest::newRow("up") << archive(header("../x", '0', 0));
        QTest::newRow("up inside") << archive(header("a/../../x", '0', 0));
        QTest::newRow("absolute") << archive(header("/etc/passwd", '0', 0));
        QTest::newRow("twice") << archive(header("a", '0', 0) + header("./a", '0', 0));
        QTest::newRow("twice, directory") << archive(header("a", '0', 0) + header("a/", '5', 0));
        QTest::newRow("hard link to nothing") << archive(header("a", '1', 0, "b"));
        QTest::newRow("hard link before its file") << archive(header("a", '1', 0, "b") + header("b", '0', 0));
        QTest::newRow("hard link to itself") << archive(header("a", '1', 0, "a"));
        QTest::newRow("hard link to a directory") << archive(header("d/", '5', 0) + header("a", '1', 0, "d"));
        QTest::newRow("hard link upwards") << archive(header("a", '1', 0, "../a"));
        QTest::newRow("checksum") << archive(header("a", '0', 0).replace(0, 1, "b"));
        QTest::newRow("data behind the end") << archive(header("a", '0', 0)) + header("b", '0', 0);
    }

    void hostileArchives()
    {
        QFETCH(QByteArray, data);
        const auto index = indexOf(u"tar"_s, data);
        QVERIFY(!index);
        QCOMPARE(index.error().code, ErrorCode::BadInput);
    }

    void sharedHardLinksAreOneGroup()
    {
        const QByteArray file = header("b", '0', 3) + QByteArray("abc").leftJustified(512, '\0');
        const QByteArray other = header("a", '0', 3) + QByteArray("abc").leftJustified(512, '\0');
        QCOMPARE(goodIndex(u"tar"_s, archive(file + header("a", '1', 0, "b") + header("c", '1', 0, "./a"))),
                 goodIndex(u"tar"_s, archive(other + header("c", '1', 0, "a") + header("b", '1', 0, "a"))));
        QCOMPARE(goodIndex(u"tar"_s, archive(header("s", '2', 0, "x") + header("a", '1', 0, "s"))),
                 goodIndex(u"tar"_s, archive(header("a", '2', 0, "x") + header("s", '2', 0, "x"))));
    }

    void moreFilesThanMemoryHolds()
    {
        // In no order, with links between what lies in memory and what lies on the disk.
        QByteArray members;
        for (int i = 0; i < 3000; ++i) {
            const QByteArray name = "d/" + QByteArray::number(i * 7919 % 3000);
            const QByteArray before = "d/" + QByteArray::number((i - 1) * 7919 % 3000);
            members += i % 50 == 1 ? header(name, '1', 0, before) : i % 70 == 2 ? header(name, '2', 0, before) : header(name, '0', 3) + QByteArray::number(100 + i % 900).leftJustified(512, '\0');
        }
        const auto indexed = [](const QByteArray& data) {
            index::TarIndexer small(20'000);
            const auto added = small.add(std::span(data.constData(), static_cast<size_t>(data.size())));
            return added ? small.finish() : Result<QJsonObject>(fail(added.error()));
        };
        const auto index = indexed(archive(members));
        QVERIFY(index);
        QCOMPARE((*index)["entries"_L1].toArray().size(), 3000);
        QVERIFY((*index)["summary"_L1].toObject()["links"_L1].toInt() > 60);
        QCOMPARE(*index, goodIndex(u"tar"_s, archive(members)));
        for (const QByteArray& wrong : {header("./d/7", '0', 0), header("z", '1', 0, "nowhere")}) {
            const auto refused = indexed(archive(members + wrong));
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::BadInput);
        }
    }

    void memoryDoesNotGrowWithFiles()
    {
        if (isSanitized)
            QSKIP("the sanitizer keeps freed memory");
        const auto peakKilobytes = [](int files) {
            index::TarIndexer indexer;
            Result<void> added;
            for (int i = 0; added && i < files; ++i) {
                const QByteArray block = header("spree/2026/11/30/" + QByteArray::number(i * qint64(7919) % files) + "/original.png", '0', 0);
                added = indexer.add(std::span(block.constData(), static_cast<size_t>(block.size())));
            }
            const QByteArray end = archive({});
            if (added)
                added = indexer.add(std::span(end.constData(), static_cast<size_t>(end.size())));
            int entries = 0;
            const auto index = indexer.finishInto([&entries](const QByteArray&) -> Result<void> {
                ++entries;
                return {};
            });
            rusage usage{};
            getrusage(RUSAGE_SELF, &usage);
            return added && index && entries == files ? qint64(usage.ru_maxrss) : -1;
        };
        const qint64 few = peakKilobytes(50'000), many = peakKilobytes(200'000);
        QVERIFY(few > 0 && many > 0);
        QVERIFY2(many - few < 4'000, qPrintable(u"%1 KB more"_s.arg(many - few)));
    }

    void objectsByField()
    {
        const QByteArray secret = json("{'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'system-app'}, 'data': {'KEY': 'YWJj', 'OTHER': 'eHl6'}}");
        const auto index = goodIndex(u"json"_s, list(secret));
        const auto fields = entry(index, u"Secret"_s, u"system-app"_s)["fields"_L1].toObject();
        QVERIFY(fields.contains(u"data.KEY"_s));
        const QByteArray text = QJsonDocument(index).toJson();
        for (const char* value : {"YWJj", "abc", "eHl6", "xyz"})
            QVERIFY2(!text.contains(value), value);
        QCOMPARE(compareObjects(secret, QByteArray(secret).replace("YWJj", "YWJk")), QStringList{u"Secret system-app: data.KEY differs"_s});
        QCOMPARE(compareObjects(secret, QByteArray(secret).replace(json("'KEY': 'YWJj', "), "")), QStringList{u"Secret system-app: data.KEY is missing"_s});
        QCOMPARE(compareObjects(QByteArray(secret).replace(json("'KEY': 'YWJj', "), ""), secret), QStringList{u"Secret system-app: data.KEY is additional"_s});
        QCOMPARE(compareObjects(secret, ""), QStringList{u"Secret system-app: is missing"_s});
        QCOMPARE(compareObjects("", secret), QStringList{u"Secret system-app: is additional"_s});
    }

    void whatTheClusterSetsDoesNotCount()
    {
        const QByteArray before = testData(u"objects-before.json"_s);
        const QByteArray after = testData(u"objects-after.json"_s);
        const auto index = goodIndex(u"json"_s, before);
        QCOMPARE(index["summary"_L1]["objects"_L1].toInt(), 8);
        QCOMPARE(index["summary"_L1]["generated"_L1].toInt(), 4);
        QCOMPARE(texts(index::differences(index, goodIndex(u"json"_s, after))),
                 QStringList{u"warning: Secret system-app: metadata.ownerReferences[amp].apiVersion is missing, "
                             "metadata.ownerReferences[amp].kind is missing, metadata.ownerReferences[amp].name is missing"_s});
    }

    void whatPeopleSetCounts_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("expected");
        const auto row = [](const QByteArray& from, const QByteArray& to, const QString& expected) {
            QTest::newRow(from.constData()) << from << to << expected;
        };
        row(json("'replicas': 2"), json("'replicas': 0"), u"DeploymentConfig system-app: spec.replicas differs"_s);
        row(json("'mountPath': '/opt/a'"), json("'mountPath': '/opt/b'"),
            u"DeploymentConfig system-app: spec.template.spec.containers[system-master].volumeMounts[system-storage].mountPath differs"_s);
        row(json("'clusterIP': 'None'"), json("'clusterIP': '172.30.0.9'"),
            u"Service headless: spec.clusterIP is missing, spec.clusterIPs[0] is missing"_s);
        row(json("'port': 3000"), json("'port': 3001"), u"Service system-provider: spec.ports[http].port differs"_s);
        row(json("'host': 'a.example.com'"), json("'host': 'b.example.com'"), u"Route zync-3scale-provider: spec.host differs"_s);
        row(json("'storage': '100Mi'"), json("'storage': '200Mi'"), u"PersistentVolumeClaim system-storage: spec.resources.requests.storage differs"_s);
        row(json("'name': 'my-pull-secret'"), json("'name': 'amp-token-x'"), u"ServiceAccount amp: imagePullSecrets[amp-token-x].name is additional, "
                                                                      "imagePullSecrets[my-pull-secret].name is missing"_s);
        row(json("'app': '3scale'"), json("'app': 'other'"), u"Service headless: metadata.labels.app differs"_s);
    }

    void whatPeopleSetCounts()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, expected);
        const QByteArray before = testData(u"objects-before.json"_s);
        QVERIFY(before.contains(from));
        QStringList found = compare(u"json"_s, before, QByteArray(before).replace(from, to));
        QCOMPARE(found.size(), 1);
        // The order of missing and additional fields is not promised.
        QStringList parts = found.first().section(u": "_s, 1).split(u", "_s);
        parts.sort();
        QCOMPARE(found.first().section(u": "_s, 0, 0) + u": "_s + parts.join(u", "_s), expected);
    }

    void leftToTheCluster_data()
    {
        QTest::addColumn<QByteArray>("object");
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<QString>("expected"); // empty: it may differ
        const QString web = u"spec.template.spec.containers[?(@.name==\"web\")].image"_s, first = u"spec.template.spec.initContainers[0].image"_s;
        const QString zyncDiffers = u"DeploymentConfig zync: spec.template.spec.containers[zync].image differs"_s;
        const QString webDiffers = u"Deployment shop: spec.template.spec.containers[web].image differs"_s, sideDiffers = QString(webDiffers).replace(u"[web]"_s, u"[side]"_s);
        const QByteArray map = json("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'm', 'ownerReferences': [{'kind': 'OWNER', 'name': 'o'}]}, 'data': {'a': 'one'}}");
        QTest::newRow("container of a trigger") << zync() << QByteArray("zync@1") << QByteArray("zync@2") << QString();
        QTest::newRow("init container of a trigger") << zync() << QByteArray("init@1") << QByteArray("init@2") << QString();
        QTest::newRow("container of no trigger") << zync() << QByteArray("side@1") << QByteArray("side@2") << u"DeploymentConfig zync: spec.template.spec.containers[side].image differs"_s;
        QTest::newRow("trigger that is not automatic") << zync().replace("true", "false") << QByteArray("zync@1") << QByteArray("zync@2") << zyncDiffers;
        QTest::newRow("trigger that follows no tag") << zync().replace("ImageStreamTag", "DockerImage") << QByteArray("zync@1") << QByteArray("zync@2") << zyncDiffers;
        QTest::newRow("restored into another namespace") << zync() << QByteArray("\"old\"") << QByteArray("\"new\"") << QString();
        QTest::newRow("stream of another namespace") << zync().replace("\"namespace\": \"old\"}}}]", "\"namespace\": \"openshift\"}}}]") << QByteArray("\"openshift\"") << QByteArray("\"old\"")
                                                     << u"DeploymentConfig zync: spec.triggers[1].imageChangeParams.from.namespace differs"_s;
        QTest::newRow("annotation, by name") << shop(web, false, "Shop") << QByteArray("web@1") << QByteArray("web@2") << QString();
        QTest::newRow("annotation, by place") << shop(first, false, "Shop") << QByteArray("init@1") << QByteArray("init@2") << QString();
        QTest::newRow("annotation, another container") << shop(web, false, "Shop") << QByteArray("side@1") << QByteArray("side@2") << sideDiffers;
        QTest::newRow("annotation, paused") << shop(web, true, "Shop") << QByteArray("web@1") << QByteArray("web@2") << webDiffers;
        QTest::newRow("annotation for another field") << shop(web + u".x"_s, false, "Shop") << QByteArray("web@1") << QByteArray("web@2") << webDiffers;
        QTest::newRow("container of the operator") << shop({}, false, "APIManager") << QByteArray("side@1") << QByteArray("side@2") << QString();
        QTest::newRow("init container of the operator") << shop({}, false, "APIManager") << QByteArray("init@1") << QByteArray("init@2") << QString();
        QTest::newRow("container of another owner") << shop({}, false, "Shop") << QByteArray("side@1") << QByteArray("side@2") << sideDiffers;
        QTest::newRow("name of a host that was generated") << json("{'apiVersion': 'route.openshift.io/v1', 'kind': 'Route', 'metadata': {'name': 'r', 'annotations': {"
                                                                   "'openshift.io/host.generated': 'true', 'a': 'b'}}, 'spec': {'host': 'h'}}")
                                                           << json("'openshift.io/host.generated': 'true', ") << QByteArray() << QString();
        QTest::newRow("address families") << json("{'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': 's'}, 'spec': {'ipFamilies': ['IPv4'], 'ports': [{'port': 80}]}}")
                                          << QByteArray("IPv4") << QByteArray("IPv6") << QString();
        QTest::newRow("lock that is renewed") << json("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': '82355b9c.3scale.net', 'annotations': {'control-plane.alpha.kubernetes.io/leader': 'one'}}}")
                                              << QByteArray("one") << QByteArray("two") << QString();
        QTest::newRow("lock of a pod") << QByteArray(map).replace("OWNER", "Pod") << QByteArray("one") << QByteArray("two") << QString();
        QTest::newRow("no lock") << QByteArray(map).replace("OWNER", "APIManager") << QByteArray("one") << QByteArray("two") << u"ConfigMap m: data.a differs"_s;
    }

    // No difference for a proof; the index has it all the same, for whoever compares.
    void leftToTheCluster()
    {
        QFETCH(QByteArray, object);
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(QString, expected);
        QVERIFY(object.contains(from));
        const QByteArray changed = QByteArray(object).replace(from, to);
        const QStringList found = expected.isEmpty() ? QStringList() : QStringList(expected);
        QCOMPARE(compareObjects(object, changed), found);
        QCOMPARE(compareObjects(changed, object).isEmpty(), expected.isEmpty());
        QVERIFY(goodIndex(u"json"_s, list(object))["entries"_L1] != goodIndex(u"json"_s, list(changed))["entries"_L1]);
    }

    void lockOfALeaderNeedNotBeThere()
    {
        const QByteArray lock = json("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a-lock', 'ownerReferences': [{'kind': 'Pod', 'name': 'p', 'uid': '1'}]}}");
        QCOMPARE(compareObjects(lock, ""), QStringList{});
        QCOMPARE(compareObjects(QByteArray(lock).replace("Pod", "Job"), ""), QStringList{u"ConfigMap a-lock: is missing"_s});
    }

    // It says nothing of what is open, fits its data all the same, and leaves nothing open.
    void indexOfAnOlderBundle()
    {
        QJsonObject older = goodIndex(u"json"_s, list(zync()));
        QJsonObject only = entry(older, u"DeploymentConfig"_s, u"zync"_s);
        QVERIFY(only.contains(u"open"_s));
        only.remove(u"open"_s);
        older[u"entries"_s] = QJsonArray{only};
        QCOMPARE(texts(index::differences(older, goodIndex(u"json"_s, list(zync())))), QStringList{});
        QCOMPARE(index::differences(older, goodIndex(u"json"_s, list(zync().replace("zync@1", "zync@2")))).size(), 1);
    }

    void badObjects_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no list") << QByteArray(json("{'kind': 'Secret'}"));
        QTest::newRow("an array") << QByteArray("[]");
        QTest::newRow("no name") << list(json("{'kind': 'Secret', 'metadata': {}}"));
        QTest::newRow("no object") << list("7");
        QTest::newRow("twice") << list(json("{'kind': 'Secret', 'metadata': {'name': 'a'}}, {'kind': 'Secret', 'metadata': {'name': 'a'}}"));
        QTest::newRow("deep") << list(json("{'kind': 'Secret', 'metadata': {'name': 'a'}, 'x': ") + QByteArray(5000, '[') + QByteArray(5000, ']') + "}");
        QTest::newRow("deep with long names")
            << list(json("{'kind': 'Secret', 'metadata': {'name': 'a'}, 'x': ") + QByteArray(json("{'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk':")).repeated(400) + "1" + QByteArray(400, '}') + "}");
        QTest::newRow("something behind") << list("") + "{}";
        QTest::newRow("too long") << list("\"" + QByteArray(65 * 1024 * 1024, 'x') + "\"");
    }

    void badObjects()
    {
        QFETCH(QByteArray, text);
        QVERIFY(!indexOf(u"json"_s, text));
    }

    void objectCutsAreSeen()
    {
        const QByteArray text = list(json("{'apiVersion': 'v1', 'kind': 'Secret', 'metadata': {'name': 'a'}, 'data': {'b': '}'}}"));
        goodIndex(u"json"_s, text, 5);
        for (qsizetype size = 0; size < text.size(); ++size)
            QVERIFY(!indexOf(u"json"_s, text.left(size)));
    }
};

QTEST_GUILESS_MAIN(TestFileIndex)
#include "tst_fileindex.moc"
