// Writes the seeds of all targets below a folder (tests/fuzz/corpus): scalekeep_fuzz_seeds FOLDER. A seed is the target's choice byte
// and what the project's own fixtures and writers give.
#include "tests/bundle/bundles.h"
#include "tests/index/rdbwriter.h"

#include "engine/base/digest.h"
#include "engine/index/index.h"
#include "engine/plan/plan.h"
#include "engine/record/file.h"
#include "engine/run/journal.h"

#include <QDir>
#include <QJsonDocument>
#include <QTemporaryDir>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
QString folder;

void seed(const QString& target, const QString& name, char choice, const QByteArray& content)
{
    const QString path = u"%1/%2"_s.arg(folder, target);
    if (!QDir().mkpath(path))
        qFatal("cannot make a folder");
    bundle::writeFile(path + u'/' + name, choice + content);
}

QByteArray fixture(const QString& name)
{
    return bundle::fileContent(QStringLiteral(TEST_DATA "/") + name);
}

QByteArray compact(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

QByteArray snapshot()
{
    using W = RdbWriter;
    return W(11).database(0).expires(1'700'000'000'000).key(0, "a:1", W::packedTwice("0123456789")).key(0, "n", W::number(-70000, 4))
        .key(16, "h", W::string(W::listpack({"f", "1", "g", QByteArray(100, 'x')})))
        .key(13, "z", W::string(W::ziplist({"f", "1", "g", QByteArray(100, 'x')})))
        .key(11, "i", W::string(W::intset({1, 2, 3}, 2))).key(9, "m", W::string(W::zipmap({{"a", "b"}})))
        .key(18, "l", W::length(1) + W::length(2) + W::string(W::listpack({"a", "-70000"})))
        .key(5, "s", W::length(1) + W::string("a") + W::binaryDouble(1.5))
        .key(19, "x", W::length(1) + W::string(QByteArray(16, '\1')) + W::string(W::listpack({"1", "0", "1", "f", "0", "2", "0", "0", "v", "4"})) +
                          QByteArray("\x01\x05\x01\x05\x01\x00\x00\x01\x00", 9))
        .finish(false); // or every mutation would end at the checksum
}

QByteArray tarHeader(const QByteArray& name, char type, qsizetype size, const QByteArray& target = {})
{
    QByteArray header(512, '\0');
    header.replace(0, name.size(), name);
    header.replace(100, 7, "0000644");
    header.replace(124, 11, QByteArray::number(size, 8).rightJustified(11, '0'));
    header.replace(136, 11, "14600000000");
    header[156] = type;
    header.replace(157, target.size(), target);
    header.replace(257, 8, QByteArray("ustar\00000", 8));
    return header;
}

QByteArray archive() // the target computes the checksums
{
    const auto padded = [](const QByteArray& data) { return data.leftJustified((data.size() + 511) / 512 * 512, '\0'); };
    return tarHeader("./", '5', 0) + tarHeader("a", '0', 5) + padded("hello") + tarHeader("hard", '1', 0, "a") + tarHeader("s", '2', 0, "a") +
           tarHeader("././@LongLink", 'L', 151) + padded(QByteArray(150, 'n')) + tarHeader("n", '0', 0) + tarHeader("p", 'x', 24) +
           padded("15 path=pax/\xc3\xa4\n9 size=0\n") + tarHeader("x", '0', 0) + QByteArray(1024, '\0');
}

QJsonObject indexOf(const QString& format, const QByteArray& data)
{
    const auto indexer = index::indexer(format);
    const auto added = indexer->add(std::span(data.constData(), static_cast<size_t>(data.size())));
    const auto index = indexer->finish();
    if (!added || !index)
        qFatal("not a %s: %s", qPrintable(format), qPrintable(index ? QString() : index.error().message));
    return *index;
}

void bundles()
{
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"b.tar"_s);
    if (!bundle::writeBundle(path, {{u"system-mysql/dump.sql"_s, bundle::textData(300, 1)}}))
        qFatal("no bundle");
    const QByteArray content = bundle::fileContent(path);
    seed(u"bundle"_s, u"whole"_s, '\0', content);
    seed(u"bundle"_s, u"cut"_s, '\0', content.chopped(5000));
    seed(u"bundle"_s, u"script"_s, '\1', bundle::randomData(200, 3));
    seed(u"bundle"_s, u"script-text"_s, '\1', bundle::textData(400, 4));
    const auto reader = bundle::Reader::open(path);
    if (!reader)
        qFatal("no bundle");
    seed(u"records"_s, u"header"_s, '\0', bundle::sealedJson(toJson((*reader)->header())));
    seed(u"records"_s, u"stream"_s, '\1', bundle::sealedJson(toJson((*reader)->manifest().streams.first())));
    seed(u"records"_s, u"manifest"_s, '\2', bundle::sealedJson(toJson((*reader)->manifest())));
}

void indexes()
{
    const QByteArray mysql = fixture(u"index/mysql57.sql"_s), postgres = fixture(u"index/postgres10.sql"_s), before = fixture(u"index/objects-before.json"_s);
    seed(u"mysqldump"_s, u"mysql57"_s, '\6', mysql);
    seed(u"mysqldump"_s, u"mysql80"_s, '\6', fixture(u"index/mysql80.sql"_s));
    seed(u"pg_dump"_s, u"postgres10"_s, '\6', postgres);
    seed(u"pg_dump"_s, u"postgres15"_s, '\6', fixture(u"index/postgres15.sql"_s));
    seed(u"rdb"_s, u"all-types"_s, '\6', snapshot());
    seed(u"tar"_s, u"tree"_s, '\7', archive());
    seed(u"objects"_s, u"before"_s, '\6', before);
    const QList<std::tuple<QString, char, QJsonObject, QJsonObject>> pairs{
        {u"mysqldump"_s, '\0', indexOf(u"mysqldump"_s, mysql), indexOf(u"mysqldump"_s, QByteArray(mysql).replace("'a", "'b"))},
        {u"pg_dump"_s, '\1', indexOf(u"pg_dump"_s, postgres), {}},
        {u"rdb"_s, '\2', indexOf(u"rdb"_s, snapshot()), indexOf(u"rdb"_s, snapshot())},
        {u"objects"_s, '\4', indexOf(u"json"_s, before), indexOf(u"json"_s, fixture(u"index/objects-after.json"_s))},
    };
    for (const auto& [name, engine, a, b] : pairs) {
        seed(u"differences"_s, name, '\0', compact({{u"a"_s, a}, {u"b"_s, b}}));
        seed(u"comparison"_s, name, '\0', compact({{u"a"_s, a}, {u"b"_s, b}}));
        seed(u"content"_s, name, engine, compact(a));
    }
    seed(u"rows"_s, u"mysqldump"_s, '\2', mysql);
    seed(u"rows"_s, u"pg_dump"_s, '\1', postgres);
    seed(u"text"_s, u"yaml"_s, '\0', QByteArray("name: a\ncrypted_password:\n- x\n- y\nurl: redis://u:p@h/1\n\0name: b\ntoken: |\n  z\n", 77));
    const QJsonObject file{{u"kind"_s, u"file"_s}, {u"path"_s, u"a/b"_s}, {u"size"_s, 5}, {u"mode"_s, 420}, {u"mtime"_s, 1'700'000'000}, {u"sha256"_s, QString(64, u'a')}};
    const QJsonObject tree{{u"format"_s, u"tar"_s}, {u"endMark"_s, u"two zero blocks"_s}, {u"summary"_s, QJsonObject{{u"files"_s, 1}, {u"bytes"_s, 5}}}, {u"entries"_s, QJsonArray{file}}};
    QJsonObject other = file;
    other[u"mode"_s] = 384;
    QJsonObject changed = tree;
    changed[u"entries"_s] = QJsonArray{other, QJsonObject{{u"kind"_s, u"symlink"_s}, {u"path"_s, u"s"_s}, {u"targetBase64"_s, u"/w=="_s}}};
    seed(u"differences"_s, u"tar"_s, '\0', compact({{u"a"_s, tree}, {u"b"_s, changed}}));
    seed(u"entries"_s, u"tar"_s, '\0', compact(changed));
    seed(u"comparison"_s, u"tar"_s, '\0', compact({{u"a"_s, tree}, {u"b"_s, changed}}));
    seed(u"content"_s, u"tar"_s, '\3', compact(changed));
}

void clusters()
{
    seed(u"catalogue"_s, u"2.16"_s, '\0', bundle::fileContent(QStringLiteral(TEST_DATA "/../../resources/catalogue/2.16.yaml")));
    const QJsonArray items = QJsonDocument::fromJson(fixture(u"cluster/namespace.json"_s)).object()[u"items"_s].toArray();
    QHash<QString, QJsonArray> kinds;
    for (const QJsonValue& item : items) {
        QJsonArray& ofKind = kinds[item[u"kind"].toString()];
        if (ofKind.size() < 2)
            ofKind.append(item);
    }
    for (auto kind = kinds.begin(); kind != kinds.end(); ++kind)
        seed(u"inventory"_s, kind.key().toLower(), '\0', compact({{u"items"_s, *kind}}));
    int row = 0;
    for (const QByteArray& line : fixture(u"oc/failures.tsv"_s).split('\n')) {
        const auto cells = line.split('\t');
        if (cells.size() < 5 || line.startsWith('#') || ++row % 4 != 0)
            continue;
        seed(u"classify"_s, QString::fromLatin1(cells[0]), static_cast<char>(cells[1].toInt() % 32 * 8),
             QByteArray(cells[3]).replace("\\n", "\n") + '\0' + QByteArray(cells[4]).replace("\\n", "\n"));
    }
    const QByteArray plain = "some data\n";
    const QByteArray end = "@@n hb\nwarning of the program\n@@n end rc=0 size=10 sha256=" + Sha256::of(plain) + '\n';
    seed(u"transport"_s, u"plain"_s, '\6', end + '\0' + "@@n plain\n" + plain);
    // Python: gzip.compress(b"some data\n", mtime=0)
    seed(u"transport"_s, u"gzip"_s, '\6', end + '\0' + "@@n gzip\n" + QByteArray::fromBase64("H4sIAAAAAAACAyvOz01VSEksSeQCABn5AcgKAAAA"));
    seed(u"transport"_s, u"lacks"_s, '\7', QByteArray("@@n lacks gzip\n", 15) + '\0');
    seed(u"kubeconfig"_s, u"contexts"_s, '\0', fixture(u"cluster/kubeconfig.yaml"_s));
    seed(u"login"_s, u"console"_s, '\0', "oc login --token=sha256~AbC-_9 --server=https://api.north.example:6443");
    seed(u"login"_s, u"quotes"_s, '\0', "$ oc login \\\n -u dev -p 'pa ss\\' \"https://h:6443\" --certificate-authority='/c a'");
    seed(u"clusters"_s, u"two"_s, '\0',
         R"({"version":1,"clusters":[{"name":"north","server":"https://api.north.example:6443","namespaces":["threescale"],"production":true,"tokenExpires":"2026-01-01T00:00:00Z"},{"name":"south","server":"https://h"}]})");
}

void runs()
{
    const plan::Step dump{.id = u"dump:system-mysql"_s, .title = u"Dump"_s, .component = u"system-mysql"_s, .section = u"6.5.1"_s, .action = u"mysql.dump"_s, .commands = {u"oc rsh …"_s}, .weight = 100};
    const plan::Step load{.id = u"load"_s, .title = u"Load"_s, .action = u"mysql.load"_s, .after = {u"stop"_s}, .changes = true, .proves = true, .undo = u"puts it back"_s, .undoable = true};
    const plan::Step stop{.id = u"stop"_s, .title = u"Stop"_s, .action = u"workload.stop"_s, .changes = true, .undoable = true};
    const plan::Plan plan{.kind = u"restore"_s, .cluster = u"north"_s, .apiUrl = u"https://api.north.example:6443"_s, .namespaceName = u"threescale"_s, .projectUid = u"u"_s, .bundle = u"/b.tar"_s,
                          .warnings = {u"careful"_s}, .stages = {{.id = u"a"_s, .title = u"A"_s, .parallel = 2, .steps = {dump}}, {.id = u"b"_s, .title = u"B"_s, .steps = {stop, load}}}};
    seed(u"plan"_s, u"restore"_s, '\0', compact(plan::toJson(plan)));

    const QTemporaryDir directory;
    const auto journal = run::Journal::create(directory.filePath(u"j"_s));
    const QList<run::Event> events{
        {.type = u"run-started"_s, .data = {{u"plan"_s, plan::toJson(plan)}, {u"planSha256"_s, QString::fromLatin1(plan.digest())}, {u"runId"_s, u"r"_s}}},
        {.type = u"stage-started"_s, .data = {{u"stage"_s, u"a"_s}}},
        {.type = u"step-started"_s, .step = u"dump:system-mysql"_s},
        {.type = u"command-started"_s, .step = u"dump:system-mysql"_s, .data = {{u"command"_s, u"oc rsh"_s}, {u"number"_s, 1}}},
        {.type = u"command-finished"_s, .step = u"dump:system-mysql"_s, .data = {{u"number"_s, 1}, {u"exitCode"_s, 0}}},
        {.type = u"log"_s, .step = u"dump:system-mysql"_s, .data = {{u"text"_s, u"one\ntwo"_s}, {u"level"_s, u"warning"_s}}},
        {.type = u"progress"_s, .step = u"dump:system-mysql"_s, .data = {{u"done"_s, 5}, {u"total"_s, 10}, {u"unit"_s, u"bytes"_s}}},
        {.type = u"step-done"_s, .step = u"dump:system-mysql"_s, .data = {{u"bytes"_s, 10}}},
        {.type = u"step-failed"_s, .step = u"stop"_s, .data = {{u"code"_s, u"timeout"_s}, {u"message"_s, u"No."_s}}},
        {.type = u"undo-started"_s, .step = u"stop"_s},
        {.type = u"undo-done"_s, .step = u"stop"_s},
        {.type = u"run-finished"_s, .data = {{u"state"_s, u"needs-attention"_s}, {u"error"_s, QJsonObject{{u"code"_s, u"timeout"_s}, {u"message"_s, u"No."_s}}}}},
        {.type = u"run-resumed"_s, .data = {{u"mode"_s, u"undo"_s}}},
    };
    for (const run::Event& event : events) {
        if (!journal || !(*journal)->append(event, false))
            qFatal("no journal");
    }
    const QByteArray lines = bundle::fileContent(directory.filePath(u"j"_s));
    seed(u"journal"_s, u"as-it-is"_s, '\0', lines);
    seed(u"journal"_s, u"chained"_s, '\1', lines);
    seed(u"journal"_s, u"cut"_s, '\0', lines.chopped(30));
    seed(u"record"_s, u"lines"_s, '\1', lines);
    if (const auto raw = run::journalLines(directory.filePath(u"j"_s), 1024 * 1024)) {
        if (const auto made = record::makeRecord(*raw, {{.field = u"close_notes"_s, .text = u"Good."_s, .at = QDateTime(QDate(2026, 1, 1), QTime(0, 0), Qt::UTC), .by = u"me"_s}}, {{.path = u"/b.tar"_s, .atHand = true}}))
            seed(u"record"_s, u"file"_s, '\0', record::toFile({.record = *made, .lines = *raw, .signature = {}, .stamp = {}}));
    }
    seed(u"saved_plan"_s, u"plan"_s, '\0',
         R"({"format":1,"namespaces":[{"cluster":"north","namespace":"threescale","components":["system-mysql","backend-redis"]}],"folder":"/backups","quiesce":false,"verify":true,"compress":true,"parallel":3})");
}
} // namespace

int main(int argc, char** argv)
{
    if (argc != 2)
        return 2;
    folder = QString::fromLocal8Bit(argv[1]);
    bundles();
    indexes();
    clusters();
    runs();
    return 0;
}
