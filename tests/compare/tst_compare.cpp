#include "sides.h"

#include "engine/compare/export.h"
#include "engine/compare/secretnames.h"
#include "engine/compare/timeline.h"

#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::compare;

namespace {
const QByteArray accounts = "CREATE TABLE `accounts` (`id` bigint(20) NOT NULL AUTO_INCREMENT, `name` varchar(255), PRIMARY KEY (`id`)) ENGINE=InnoDB;\n";

QByteArray objects(const QByteArray& items)
{
    return "{\"items\": [" + items + "]}";
}

QByteArray configMap(const QByteArray& version, const QByteArray& ssl, const QByteArray& more = {})
{
    return QByteArray(R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "system-environment", "resourceVersion": "@1", "uid": "u@1"}, "data": {"FORCE_SSL": "@2", "AMP_RELEASE": "2.7"@3}})")
        .replace("@1", version).replace("@2", ssl).replace("@3", more);
}

QByteArray deployment(int replicas, const QByteArray& image, const QByteArray& annotation)
{
    return QByteArray(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "zync"}, "spec": {"replicas": @1, "template": {"metadata": {"annotations": {"example.com/deployment-timestamp": "@2"}}, "spec": {"containers": [{"name": "zync", "image": "@3"}]}}}})")
        .replace("@1", QByteArray::number(replicas)).replace("@2", annotation).replace("@3", image);
}

QByteArray secret(const QByteArray& value)
{
    return QByteArray(R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "system-seed"}, "data": {"ADMIN_PASSWORD": "@", "ADMIN_USER": "YWRtaW4="}})").replace("@", value.toBase64());
}
} // namespace

class CompareTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalContentIsEqual()
    {
        const auto side = [](const QByteArray& id, const QByteArray& version) {
            Side s;
            s.add(u"system-mysql"_s, u"mysqldump"_s, mysql(QByteArray(accounts).replace("ENGINE=InnoDB", "ENGINE=InnoDB AUTO_INCREMENT=" + id) + "INSERT INTO `accounts` VALUES (1,'a'),(2,NULL);\n"));
            s.add(u"configmaps"_s, u"json"_s, objects(configMap(version, "false")));
            s.add(u"system-storage"_s, u"tar"_s, archive({member("./a", "x")}));
            return s;
        };
        const Comparison comparison = comparisonOf(side("7", "100"), side("900", "222"));
        QVERIFY(comparison.isEqual());
        QCOMPARE(differencesIn(comparison, true), QStringList());
        QCOMPARE(comparison.root->counts, Counts());
        QCOMPARE(comparison.find(u"system-mysql/table/accounts"_s)->a, 2);
        QVERIFY(comparison.find(u"system-mysql/table/accounts"_s)->bytesA > 0);
        QCOMPARE(comparison.find(u"system-mysql/table/accounts"_s)->detail, Node::Detail::None);
    }

    void tables()
    {
        Side a, b;
        const QByteArray trigger = "DELIMITER ;;\nCREATE TRIGGER `t` BEFORE INSERT ON `accounts` FOR EACH ROW SET @a = 1 ;;\nDELIMITER ;\n";
        a.add(u"m"_s, u"mysqldump"_s, mysql(accounts + "INSERT INTO `accounts` VALUES (1,'a'),(2,'b'),(3,'c'),(4,'d');\n" + QByteArray(accounts).replace("accounts", "gone") + "INSERT INTO `gone` VALUES (1,'x'),(2,'y');\n" +
                                                QByteArray(accounts).replace("accounts", "shape") + trigger));
        b.add(u"m"_s, u"mysqldump"_s, mysql(accounts + "INSERT INTO `accounts` VALUES (1,'a'),(2,'B'),(3,'c'),(5,'e'),(6,'f');\n" + QByteArray(accounts).replace("accounts", "fresh") +
                                                QByteArray(accounts).replace("accounts", "shape").replace("varchar(255)", "text") + QByteArray(trigger).replace("@a = 1", "@a = 2")));
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison), QStringList({u"m/table/accounts changed +1 ~2"_s, u"m/table/fresh added +1"_s, u"m/table/gone removed -2"_s, u"m/table/shape changed ~1"_s, u"m/trigger/t changed ~1"_s}));
        const Node* component = comparison.find(u"m"_s);
        QCOMPARE(component->state, State::Changed);
        QCOMPARE(component->counts, (Counts{.added = 2, .removed = 2, .changed = 4}));
        QCOMPARE(component->a, 6);
        QCOMPARE(component->b, 5);
        QCOMPARE(comparison.find(u"m/table/shape"_s)->detail, Node::Detail::Text);
        QCOMPARE(comparison.find(u"m/table/accounts"_s)->parent, component);
        QCOMPARE(comparison.find(u"m/table/accounts"_s)->row, 0);
    }

    // More rows differ than a sketch can tell apart: a lower bound, marked as such.
    void manyRows()
    {
        const auto rows = [](const char* value, int from) {
            QByteArray text = accounts + "INSERT INTO `accounts` VALUES ";
            for (int id = from; id < from + 500; ++id)
                text += (id == from ? "(" : ",(") + QByteArray::number(id) + ",'" + value + "')";
            return mysql(text + ";\n");
        };
        Side a, b;
        a.add(u"m"_s, u"mysqldump"_s, rows("a", 1));
        b.add(u"m"_s, u"mysqldump"_s, rows("b", 1));
        const Counts counts = comparisonOf(a, b).root->counts;
        QVERIFY(!counts.exact);
        QVERIFY(counts.changed >= 1 && counts.changed <= 500);
        QCOMPARE(counts.added + counts.removed, 0);
    }

    // Bundles of before have neither bytes nor, in the smallest case, sketches.
    void olderIndexes()
    {
        Side a, b;
        const QByteArray one = mysql(accounts + "INSERT INTO `accounts` VALUES (1,'a');\n"), two = mysql(accounts + "INSERT INTO `accounts` VALUES (1,'a'),(2,'b');\n");
        const auto stripped = [](QJsonObject index) {
            QJsonArray entries;
            for (const QJsonValue value : index[u"entries"_s].toArray()) {
                QJsonObject entry = value.toObject();
                entry.remove(u"bytes"_s);
                entry.remove(u"sketch"_s);
                entries.append(entry);
            }
            index[u"entries"_s] = entries;
            return index;
        };
        const QByteArray redis = RdbWriter(9).key(0, "a:b", RdbWriter::string("1")).finish();
        a.add(u"m"_s, u"mysqldump"_s, one, stripped(goodIndex(u"mysqldump"_s, one))).add(u"r"_s, u"rdb"_s, redis, stripped(goodIndex(u"rdb"_s, redis)));
        b.add(u"m"_s, u"mysqldump"_s, two).add(u"r"_s, u"rdb"_s, redis);
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison), QStringList(u"m/table/accounts changed +1>"_s));
        QCOMPARE(comparison.find(u"m/table/accounts"_s)->bytesA, -1);
        QVERIFY(comparison.find(u"m/table/accounts"_s)->bytesB > 0);
        QCOMPARE(comparison.find(u"r"_s)->bytesA, -1);
        QCOMPARE(comparison.find(u"r"_s)->bytesB, 4);
    }

    void redisKeys()
    {
        const qint64 before = 1'700'000'000'000, later = before + 60'000;
        Side a(before), b(later);
        a.add(u"r"_s, u"rdb"_s, RdbWriter(9).database(0).key(0, "stat:x", RdbWriter::string("1")).key(0, "stat:y", RdbWriter::string("2")).key(2, "set", RdbWriter::length(1) + RdbWriter::string("m"))
                                    .expires(before + 1000).key(0, "session:a", RdbWriter::string("s")).expires(before + 900'000).key(0, "session:b", RdbWriter::string("s")).finish());
        b.add(u"r"_s, u"rdb"_s, RdbWriter(9).database(0).key(0, "stat:x", RdbWriter::string("7")).key(0, "stat:y", RdbWriter::string("2")).key(0, "queue:z", RdbWriter::string("n"))
                                    .expires(before + 900'000).key(0, "session:b", RdbWriter::string("s")).finish());
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison, true), QStringList({u"r/0/string/queue:* added +1"_s, u"r/0/string/session:* changed (noise: expired-keys)"_s, u"r/0/set/set removed -1"_s, u"r/0/string/stat:* changed ~1>"_s}));
        QCOMPARE(comparison.find(u"r/0"_s)->a, 5);
        QCOMPARE(comparison.find(u"r/0"_s)->b, 4);

        // The base may be the newer one: what it lacks by its time alone is no difference either.
        QCOMPARE(differencesIn(comparisonOf(b, a)), QStringList({u"r/0/string/queue:* removed -1"_s, u"r/0/set/set added +1"_s, u"r/0/string/stat:* changed ~1>"_s}));

        Rules rules = Rules::standard();
        for (Rule& rule : rules.list)
            rule.enabled = false;
        QVERIFY(differencesIn(comparisonOf(a, b, rules)).contains(u"r/0/string/session:* changed -1"_s));
    }

    // A provider key stands in the name of a key; as a prefix it must not be shown.
    void secretsInPrefixes()
    {
        Side a, b;
        a.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(0, "service/provider_key:abc123def/ids", RdbWriter::string("1")).key(0, "service/provider_key:zzz999/ids", RdbWriter::string("1")).finish());
        b.add(u"r"_s, u"rdb"_s, RdbWriter(9).key(0, "service/provider_key:abc123def/ids", RdbWriter::string("2")).finish());
        const Comparison comparison = comparisonOf(a, b);
        const QByteArray json = QJsonDocument(toJson(comparison, {.onlyDifferences = false, .details = {}})).toJson() + toHtml(comparison, {.onlyDifferences = false, .details = {}});
        QVERIFY(!json.contains("abc123def"));
        QVERIFY(!json.contains("zzz999"));
        QCOMPARE(differencesIn(comparison), QStringList({u"r/0/string/service/provider_key:•••/* changed ~1>"_s, u"r/0/string/service/provider_key:•••/* #2 removed -1"_s}));
    }

    void files()
    {
        Side a, b;
        a.add(u"s"_s, u"tar"_s, archive({member("./acme/", {}, '5', 0755), member("./acme/logo.png", "PNG"), member("./acme/old.txt", "moved content"), member("./acme/edit.txt", "one\n"), member("./acme/time.txt", "t"),
                                         member("./acme/mode.txt", "m"), member("./link", {}, '2', 0777, 1'700'000'000, "acme/logo.png"), member("./empty", {}), member("./gone/", {}, '5', 0755), member("./thing", "file")}));
        b.add(u"s"_s, u"tar"_s, archive({member("./acme/", {}, '5', 0755), member("./acme/logo.png", "PNG"), member("./acme/2026/11/new.txt", "moved content"), member("./acme/edit.txt", "two\n"),
                                         member("./acme/time.txt", "t", '0', 0644, 1'800'000'000), member("./acme/mode.txt", "m", '0', 0600), member("./link", {}, '2', 0777, 1'700'000'000, "elsewhere"), member("./nothing", {}),
                                         member("./thing/", {}, '5', 0755), member("./thing/inside", "new")}));
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison, true), QStringList({u"s/acme/2026/11/new.txt changed ~1"_s, u"s/acme/edit.txt changed ~1"_s, u"s/acme/mode.txt changed ~1"_s, u"s/acme/time.txt changed (noise: file-times)"_s,
                                                               u"s/gone removed -1"_s, u"s/thing/inside added +1"_s, u"s/empty removed -1"_s, u"s/link changed ~1"_s, u"s/nothing added +1"_s, u"s/thing (file) removed -1"_s}));
        const Node* moved = comparison.find(u"s/acme/2026/11/new.txt"_s);
        QCOMPARE(moved->renamedFrom, u"acme/old.txt"_s);
        QCOMPARE(comparison.find(u"s/acme/2026"_s)->state, State::Added);
        QCOMPARE(comparison.find(u"s/acme"_s)->a, 5);
        QCOMPARE(comparison.find(u"s/acme"_s)->b, 5);
        QCOMPARE(comparison.find(u"s"_s)->counts, (Counts{.added = 2, .removed = 3, .changed = 4}));
    }

    void sameContentTwiceMovesOnce()
    {
        Side a, b;
        a.add(u"s"_s, u"tar"_s, archive({member("./x/one", "same"), member("./x/two", "same")}));
        b.add(u"s"_s, u"tar"_s, archive({member("./y/two", "same")}));
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison), QStringList({u"s/x/one removed -1"_s, u"s/y/two changed ~1"_s}));
        QCOMPARE(comparison.find(u"s/y/two"_s)->renamedFrom, u"x/two"_s);
    }

    // A folder is noise where all that came with it is.
    void noiseInNewFolders()
    {
        Side a, b;
        a.add(u"s"_s, u"tar"_s, archive({member("./old/gone", "1"), member("./kept", "k")}));
        b.add(u"s"_s, u"tar"_s, archive({member("./new/", {}, '5', 0755), member("./new/deep/file", "2"), member("./kept", "k")}));
        Rules rules = Rules::standard();
        rules.list.append({u"mine"_s, {}, u"file"_s, u"new/*|old/*"_s, {}, true, false});
        const Comparison comparison = comparisonOf(a, b, rules);
        QVERIFY(comparison.isEqual());
        QCOMPARE(comparison.find(u"s/new"_s)->state, State::Added);
        QVERIFY(comparison.find(u"s/new"_s)->noise);
        QVERIFY(!comparisonOf(a, b).isEqual());
    }

    void objectsToTheField()
    {
        Side a, b;
        a.add(u"configmaps"_s, u"json"_s, objects(configMap("1", "false", R"(, "OLD": "x")"))).add(u"secrets"_s, u"json"_s, objects(secret("correct horse")))
            .add(u"workloads"_s, u"json"_s, objects(deployment(1, "zync:1", "yesterday") + R"(, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "zync"}})"));
        b.add(u"configmaps"_s, u"json"_s, objects(configMap("2", "true", R"(, "NEW": "y")"))).add(u"secrets"_s, u"json"_s, objects(secret("battery staple")))
            .add(u"workloads"_s, u"json"_s, objects(deployment(2, "zync:2", "today")));
        const Comparison comparison = comparisonOf(a, b);
        QCOMPARE(differencesIn(comparison), QStringList({u"configmaps/ConfigMap/system-environment/data.FORCE_SSL changed ~1"_s, u"configmaps/ConfigMap/system-environment/data.NEW added +1"_s,
                                                         u"configmaps/ConfigMap/system-environment/data.OLD removed -1"_s, u"secrets/Secret/system-seed/data.ADMIN_PASSWORD changed ~1"_s,
                                                         u"workloads/Deployment/zync/spec.replicas changed ~1"_s, u"workloads/Deployment/zync/spec.template.spec.containers[zync].image changed ~1"_s,
                                                         u"workloads/Service/zync removed -1"_s}));
        // One kind: its objects stand in the component itself; several: below their kinds.
        QCOMPARE(comparison.find(u"configmaps/ConfigMap/system-environment"_s)->parent->kind, Node::Kind::Component);
        QCOMPARE(comparison.find(u"workloads/Deployment/zync"_s)->parent->kind, Node::Kind::ObjectKind);
        QCOMPARE(comparison.find(u"secrets/Secret/system-seed"_s)->detail, Node::Detail::Secret);

        Rules rules = Rules::standard();
        for (Rule& rule : rules.list)
            rule.enabled = rule.id == "replicas"_L1 || rule.id == "images"_L1 || rule.id == "rollout-times"_L1;
        a.content.parts.remove(u"configmaps"_s);
        const Comparison quiet = comparisonOf(a, b, rules);
        const Node* zync = quiet.find(u"workloads/Deployment/zync"_s);
        QCOMPARE(zync->state, State::Equal);
        QVERIFY(zync->noise);
        QCOMPARE(zync->counts.sum(), 0);
        QCOMPARE(zync->children.size(), size_t(3));
        // What one side lacks altogether is not equal, and not taken for added either.
        QCOMPARE(quiet.find(u"configmaps"_s)->state, State::NotCompared);
        QVERIFY(!quiet.isEqual());
    }

    void secretsNeverLeave()
    {
        Side a, b;
        a.add(u"secrets"_s, u"json"_s, objects(secret("correct horse"))).add(u"s"_s, u"tar"_s, archive({member("./<script>alert(1)</script>", "1"), member("./\u202Egnp.exe", "x")}));
        b.add(u"secrets"_s, u"json"_s, objects(secret("battery staple"))).add(u"s"_s, u"tar"_s, archive({}));
        const Comparison comparison = comparisonOf(a, b);
        const Detail detail = detailOf(comparison, u"secrets/Secret/system-seed"_s, a, b).value();
        QCOMPARE(detail.secret.keys.size(), 2);
        QCOMPARE(detail.secret.keys[0].state, State::Changed);
        QCOMPARE(detail.secret.keys[1].state, State::Equal);
        const ExportOptions all{.onlyDifferences = false, .details = {{u"secrets/Secret/system-seed"_s, detail}}};
        const QByteArray json = QJsonDocument(toJson(comparison, all)).toJson(), html = toHtml(comparison, all);
        for (const QByteArray& value : {QByteArray("correct horse"), QByteArray("battery staple")}) {
            for (const QByteArray& form : {value, value.toBase64()}) {
                QVERIFY(!json.contains(form));
                QVERIFY(!html.contains(form));
            }
        }
        // Not even the digests, from which a short value could be guessed.
        for (const QJsonValue entry : a.content.parts[u"secrets"_s].index[u"entries"_s].toArray())
            QVERIFY(!json.contains(entry[u"fields"_s][u"data.ADMIN_PASSWORD"_s].toString().toUtf8()));
        QVERIFY(json.contains("\"ADMIN_PASSWORD\""));
        QVERIFY(!html.contains("<script"));
        QVERIFY(html.contains("&lt;script&gt;"));
        QVERIFY(!html.contains("http://"));
    }

    void rulesAreChecked_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("other file") << QByteArray(R"({"rules": []})");
        QTest::newRow("newer") << QByteArray(R"({"format": "scalekeep-noise-rules", "version": 2, "rules": []})");
        const auto file = [](const QByteArray& rule) { return QByteArray(R"({"format": "scalekeep-noise-rules", "version": 1, "rules": [@]})").replace("@", rule); };
        QTest::newRow("no object") << file("7");
        QTest::newRow("no id") << file(R"({"kind": "a"})");
        QTest::newRow("everything is noise") << file(R"({"id": "a"})");
        QTest::newRow("twice") << file(R"({"id": "a", "kind": "b"}, {"id": "a", "kind": "b"})");
        QTest::newRow("unknown member") << file(R"({"id": "a", "kind": "b", "fields": "c"})");
        QTest::newRow("text for a switch") << file(R"({"id": "a", "kind": "b", "enabled": "yes"})");
    }
    void rulesAreChecked()
    {
        QFETCH(QByteArray, json);
        const auto rules = Rules::fromJson(QJsonDocument::fromJson(json).object());
        QVERIFY(!rules);
        QCOMPARE(rules.error().code, ErrorCode::BadInput);
    }

    void rulesAreKept()
    {
        Rules rules = Rules::standard();
        rules.list[0].enabled = !rules.list[0].enabled;
        rules.list.append({u"mine"_s, u"Logos"_s, u"file"_s, u"acme/*.png|acme/?.(x)"_s, u"content"_s, true, false});
        QCOMPARE(Rules::fromJson(rules.toJson()).value(), rules);
        const NoiseFilter filter(rules);
        const auto mine = static_cast<int>(rules.list.size() - 1);
        QCOMPARE(filter.matches(u"file"_s, u"acme/a/b.png"_s, u"content"_s), mine);
        QCOMPARE(filter.matches(u"file"_s, u"acme/1.(x)"_s, u"content"_s), mine);
        QCOMPARE(filter.matches(u"file"_s, u"acme/12.(x)"_s, u"content"_s), -1);
        QCOMPARE(filter.matches(u"file"_s, u"other/a.png"_s, u"content"_s), -1);
        QCOMPARE(filter.matches(u"file"_s, u"acme/a.png"_s, u"mode"_s), -1);
        QCOMPARE(NoiseFilter(Rules()).matches(u"file"_s, u"a"_s, u"modified"_s), -1);
    }

    // Indexes come out of files: whatever is in them, there is a comparison.
    void madeUpIndexes()
    {
        QByteArray deep;
        for (int i = 0; i < 20'000; ++i)
            deep += "d/";
        const QList<QByteArray> indexes{
            R"({"format": "tar", "entries": [{"kind": "file", "path": "../../etc", "size": -5}, {"kind": "file", "path": "/abs"}, {"kind": "file", "path": ""}, {"kind": "directory", "path": "a"}, {"kind": "file", "path": "a/b"}, {"kind": "file", "path": "a"}, 7, null]})",
            QByteArray(R"({"format": "tar", "entries": [{"kind": "file", "path": "@f", "sha256": "x", "size": 1}]})").replace("@", deep),
            R"({"format": "mysqldump", "entries": [{"kind": "table", "name": "a", "rows": -7, "sketch": "AAAA"}, {"kind": "table", "name": "a", "rows": 9223372036854775807}, {"kind": "", "name": ""}]})",
            R"({"format": "mysqldump", "entries": [{"kind": "table", "name": "a", "rows": 9223372036854775807, "sha256": "1"}]})",
            R"({"format": "rdb", "summary": {"prefixLevel": 9}, "entries": []})",
            R"({"format": "rdb", "summary": {"prefixLevel": 0, "momentShift": 62}, "entries": [{"kind": "prefix", "database": -1, "prefix": "a", "type": "string", "keys": 3, "bytes": 4, "sha256": "0000000000000000000000000000000000000000000000000000000000000001"}, {"kind": "function"}]})",
            R"({"format": "json", "entries": [{"kind": "A", "name": "b", "sha256": "1", "fields": []}, {"kind": "A", "name": "b", "group": "c"}, {}]})",
            R"({"format": "json", "entries": [{"kind": "A", "name": "b", "sha256": "2"}]})",
            R"({"format": "other", "entries": []})",
            R"({"format": "json", "entries": 7})",
            R"({})",
        };
        for (const QByteArray& left : indexes) {
            for (const QByteArray& right : indexes) {
                Side a, b;
                a.add(u"c"_s, u"tar"_s, {}, QJsonDocument::fromJson(left).object());
                b.add(u"c"_s, u"tar"_s, {}, QJsonDocument::fromJson(right).object());
                const Comparison comparison = comparisonOf(a, b);
                const bool readable = comparison.find(u"c"_s)->state != State::NotCompared;
                QVERIFY(!readable || left != right || comparison.isEqual());
                QVERIFY(!toHtml(comparison).isEmpty());
                QVERIFY(!toJson(comparison).isEmpty());
            }
        }
    }

    void otherInstallationsAreNamed()
    {
        Side a, b(1'600'000'000'000);
        b.content.header.namespaceName = u"staging"_s;
        b.content.header.threescaleVersion = u"2.15"_s;
        QCOMPARE(comparisonOf(a, b).notes.size(), 3); // another namespace, another version, and A is the newer one
        QVERIFY(comparisonOf(a, a).notes.isEmpty());
    }

    void timelineOfOneInstallation()
    {
        const auto entry = [](const QString& name, qint64 when, const QString& uid, qint64 bytes) {
            TimelineEntry e;
            e.bundle = name;
            e.header.apiUrl = u"https://api"_s;
            e.header.namespaceName = u"threescale"_s;
            e.header.projectUid = uid;
            e.header.started = QDateTime::fromSecsSinceEpoch(when, Qt::UTC);
            bundle::Stream stream;
            stream.component = u"m"_s;
            stream.bytes = bytes;
            e.manifest.streams = {stream};
            bundle::Component component;
            component.id = u"m"_s;
            component.state = u"proven"_s;
            component.summary = {{u"tables"_s, 3}, {u"rows"_s, 40}};
            e.manifest.components = {component};
            return e;
        };
        const QList<TimePoint> points = timeline({entry(u"new"_s, 300, u"u1"_s, 70), entry(u"old"_s, 100, {}, 50), entry(u"other"_s, 200, u"u2"_s, 60)});
        QCOMPARE(points.size(), 2);
        QCOMPARE(points[0].bundle, u"old"_s);
        QCOMPARE(points[1].bytes, 70);
        QCOMPARE(points[1].parts[u"m"_s].counts[u"rows"_s], 40);
        QVERIFY(timeline({}).isEmpty());
    }
};

QTEST_GUILESS_MAIN(CompareTest)
#include "tst_compare.moc"
