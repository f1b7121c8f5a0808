#include "engine/restore/changes.h"

#include "tests/plan/installation.h"

#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::restore;
using Fate = Change::Fate;

namespace {
bundle::Component saved(const QString& id, const QString& engine, const QJsonObject& summary)
{
    return {.id = id, .title = id, .engine = engine, .pod = {}, .container = {}, .image = {}, .serverVersion = {}, .state = u"proven"_s, .notes = {}, .summary = summary};
}

Situation situation()
{
    const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
    Situation made;
    made.header.flavour = u"template"_s;
    made.header.threescaleVersion = u"2.7"_s;
    made.header.workloadKind = u"DeploymentConfig"_s;
    made.catalog = installation.catalog;
    made.saved = made.live = installation.inventory;
    made.manifest.components = {saved(u"system-mysql"_s, u"mysql"_s, {{u"tables"_s, 3}, {u"rows"_s, 30}}), saved(u"zync-database"_s, u"postgresql"_s, {{u"tables"_s, 1}, {u"rows"_s, 5}}),
                                saved(u"backend-redis"_s, u"redis"_s, {{u"keys"_s, 12}}), saved(u"system-storage"_s, u"files"_s, {{u"files"_s, 4}, {u"links"_s, 1}}),
                                saved(u"secrets"_s, u"objects"_s, {{u"objects"_s, 2}})};
    made.bundlePath = u"/b.tar"_s;
    made.safetyPath = u"/s.tar"_s;
    made.connection.namespaceName = u"threescale"_s;
    return made;
}

QJsonObject table(const QString& name, qint64 rows)
{
    return {{u"kind"_s, u"table"_s}, {u"name"_s, name}, {u"rows"_s, rows}};
}

QJsonObject prefix(int database, const QString& name, qint64 keys)
{
    return {{u"kind"_s, u"prefix"_s}, {u"database"_s, database}, {u"prefix"_s, name}, {u"keys"_s, keys}};
}

Reading reading()
{
    Reading made;
    made.saved[u"system-mysql"_s] = {{u"entries"_s, QJsonArray{table(u"users"_s, 10), table(u"accounts"_s, 15), table(u"lost"_s, 5)}}};
    made.saved[u"zync-database"_s] = {{u"entries"_s, QJsonArray{table(u"public.que_jobs"_s, 5)}}};
    made.saved[u"backend-redis"_s] = {{u"entries"_s, QJsonArray{prefix(0, u"stats/"_s, 6), prefix(0, u"stats/"_s, 3), prefix(1, u"resque:"_s, 3)}}};
    store::Counts mysql, zync, redis;
    mysql.tables = {{u"users"_s, 12, false}, {u"accounts"_s, 15, false}, {u"newer"_s, 7, true}};
    zync.tables = {{u"public.que_jobs"_s, 9, false}, {u"public.other"_s, 1, false}, {u"audit.kept"_s, 2, false}};
    redis.keys = {{0, 11}, {4, 2}};
    made.stores = {{u"system-mysql"_s, {mysql, {}}}, {u"zync-database"_s, {zync, {}}}, {u"backend-redis"_s, {redis, {}}}};
    store::TreeChanges tree;
    tree.now = 4;
    tree.afterwards = 5;
    tree.added = 2;
    tree.changed = 1;
    tree.removed = 1;
    tree.byContent = true;
    tree.entries = {{store::FileChange::Fate::Added, "a\nb", -1, 5}, {store::FileChange::Fate::Removed, "gone", 3, -1}};
    made.trees = {{u"system-storage"_s, {tree, {}}}};
    made.objects = {{u"secrets"_s, {{{.kind = u"Secret"_s, .name = u"system-seed"_s, .fate = ObjectChange::Fate::Replaced, .fields = {{u"data.PASSWORD"_s, {}, {}, true}}, .fieldCount = 1, .note = {}},
                                     {.kind = u"Secret"_s, .name = u"zync"_s, .fate = ObjectChange::Fate::Created, .fields = {}, .fieldCount = 0, .note = {}},
                                     {.kind = u"Secret"_s, .name = u"own"_s, .fate = ObjectChange::Fate::NotInBundle, .fields = {}, .fieldCount = 0, .note = {}}},
                                    {}}}};
    return made;
}

plan::Plan planOf(const Situation& situation, const Options& options = {})
{
    const auto plan = makePlan(situation, options);
    if (!plan)
        qFatal("%s", qPrintable(plan.error().message));
    return *plan;
}

Change find(const QList<Change>& list, const QString& name)
{
    for (const Change& each : list) {
        if (each.name == name)
            return each;
    }
    Change none;
    none.name = u"not found: "_s + name;
    return none;
}

QString text(const Change& change)
{
    return u"%1 %2->%3 %4%5"_s.arg(change.name, change.now ? QString::number(*change.now) : u"?"_s, change.afterwards ? QString::number(*change.afterwards) : u"?"_s, fateName(change.fate), change.isApproximate ? u" about"_s : QString{});
}

QJsonObject configMap(const QString& name, const QJsonObject& data)
{
    return {{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"ConfigMap"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, name}, {u"resourceVersion"_s, u"7"_s}}}, {u"data"_s, data}};
}
} // namespace

class TestChanges : public QObject {
    Q_OBJECT

    QTemporaryDir m_directory;
    Redactor m_redactor;

    /// A client that answers every call with this text and status; what it was called with is kept.
    oc::Client answering(const QByteArray& answer, int status = 0)
    {
        const auto put = [this](const QString& name, const QByteArray& text) {
            QFile file(m_directory.filePath(name));
            if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size() || !file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner))
                qFatal("cannot write the client");
        };
        put(u"answer"_s, answer);
        put(u"oc"_s, "#!/bin/sh\nd=$(dirname \"$0\")\necho \"$@\" >>\"$d/calls\"\ncat >/dev/null\n" + (status ? "cat \"$d/answer\" >&2; exit 1\n" : QByteArray("cat \"$d/answer\"\n")));
        return oc::Client({.program = m_directory.filePath(u"oc"_s), .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, m_redactor);
    }
    QByteArray calls()
    {
        QFile file(m_directory.filePath(u"calls"_s));
        const QByteArray text = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        file.close();
        file.remove();
        return text;
    }

private Q_SLOTS:
    void everything()
    {
        const Situation here = situation();
        const plan::Plan plan = planOf(here);
        const QList<Change> changes = changesOf(here, plan, reading());
        QCOMPARE(changesOf(here, plan, reading()), changes); // pure

        const Change mysql = find(changes, u"system-mysql"_s);
        QCOMPARE(text(mysql), u"system-mysql 34->30 replaced about"_s);
        QCOMPARE(text(find(mysql.children, u"users"_s)), u"users 12->10 replaced"_s);
        QCOMPARE(text(find(mysql.children, u"newer"_s)), u"newer 7->0 removed about"_s);
        QCOMPARE(text(find(mysql.children, u"lost"_s)), u"lost 0->5 created"_s);
        QCOMPARE(mysql.children.size(), 4);
        const Change zync = find(changes, u"zync-database"_s);
        QCOMPARE(text(find(zync.children, u"public.other"_s)), u"public.other 1->0 removed"_s);
        QCOMPARE(text(find(zync.children, u"audit.kept"_s)), u"audit.kept 2->2 kept"_s); // only the schema public is dropped
        QCOMPARE(text(find(changes, u"backend-redis /0"_s)), u"backend-redis /0 11->9 replaced"_s);
        QCOMPARE(text(find(find(changes, u"backend-redis /0"_s).children, u"stats/"_s)), u"stats/ ?->9 replaced"_s);
        QCOMPARE(text(find(changes, u"backend-redis /1"_s)), u"backend-redis /1 0->3 created"_s);
        QCOMPARE(text(find(changes, u"backend-redis /4"_s)), u"backend-redis /4 2->0 removed"_s);
        const Change files = find(changes, u"system-storage"_s);
        QCOMPARE(text(files), u"system-storage 4->5 replaced"_s);
        QCOMPARE(files.added + files.changed + files.removed, 4);
        QCOMPARE(files.left, 2);
        QCOMPARE(text(find(files.children, u"a\nb"_s)), u"a\nb ?->5 created"_s);
        const Change secrets = find(changes, u"secrets"_s);
        QCOMPARE(text(secrets), u"secrets 2->3 replaced"_s);
        QCOMPARE(text(find(secrets.children, u"Secret own"_s)), u"Secret own 1->1 kept"_s);
        QCOMPARE(find(find(secrets.children, u"Secret system-seed"_s).children, u"data.PASSWORD"_s).will, QString());
        const Change writers = find(changes, u"Writers"_s);
        QVERIFY(writers.children.size() > 5);
        QCOMPARE(writers.fate, Fate::PutBack);

        const QJsonObject summary = summaryOf(changes);
        QCOMPARE(summary[u"entries"].toArray().size(), changes.size());
        QCOMPARE(summary[u"entries"][0][u"now"].toInt(), 34);
        QCOMPARE(summary[u"entries"][0][u"approximate"].toBool(), true);
    }

    void emptiedQueues()
    {
        const Situation here = situation();
        const QList<Change> changes = changesOf(here, planOf(here, {.components = {}, .emptyQueues = true, .documentedRedis = false, .templateFile = {}, .map = false, .withoutSafetyReason = {}}), reading());
        QCOMPARE(text(find(changes, u"backend-redis /1"_s)), u"backend-redis /1 0->0 emptied"_s);
        QCOMPARE(text(find(changes, u"backend-redis /0"_s)), u"backend-redis /0 11->9 replaced"_s);
    }

    /// What cannot be read is unreadable, never nothing.
    void unreadable()
    {
        const Situation here = situation();
        Reading blind;
        blind.saved = reading().saved;
        blind.stores[u"system-mysql"_s] = {{}, u"Pod system-mysql-1 does not answer."_s};
        for (const Change& change : changesOf(here, planOf(here), blind)) {
            if (change.kind == Change::Kind::Writers)
                continue;
            QVERIFY2(!change.unreadable.isEmpty(), qPrintable(change.name));
            QVERIFY2(!change.now, qPrintable(change.name));
            QVERIFY(toJson(change)[u"now"].isNull());
            for (const Change& child : change.children)
                QVERIFY2(!child.now, qPrintable(child.name));
        }
        // And an empty namespace has nothing, for sure.
        Situation empty = here;
        empty.live = {};
        for (const Change& change : changesOf(empty, planOf(empty), blind)) {
            if (change.kind == Change::Kind::Database || change.kind == Change::Kind::Keys || change.kind == Change::Kind::Files)
                QVERIFY2(change.now == 0 && change.fate == Fate::Created, qPrintable(text(change)));
        }
    }

    /// Its workload was deleted, its volume was not: nobody has looked, so it is neither empty nor created.
    void volumeAlone()
    {
        Situation here = situation();
        here.live.workloads.removeIf([](const cluster::Workload& each) { return each.name == u"system-mysql" || each.name == u"backend-redis" || each.name == u"system-app"; });
        const QList<Change> changes = changesOf(here, planOf(here), reading());
        for (const QString& name : {u"system-mysql"_s, u"backend-redis /0"_s, u"system-storage"_s}) {
            const Change change = find(changes, name);
            QVERIFY2(!change.now && change.fate == Fate::Replaced && change.added == 0, qPrintable(text(change)));
            QVERIFY2(change.unreadable.contains(u"Nothing runs on its volume"_s), qPrintable(change.unreadable));
        }
        here.live.claims.clear();
        QCOMPARE(find(changesOf(here, planOf(here), reading()), u"system-storage"_s).fate, Fate::Created);
    }

    void hostile()
    {
        Situation here = situation();
        Reading bad = reading();
        QJsonArray entries;
        for (int i = 0; i < 30'000; ++i)
            entries.append(table(QString(2000, u'x') + QString::number(i), i % 2 ? -5 : std::numeric_limits<qint64>::max()));
        bad.saved[u"system-mysql"_s] = {{u"entries"_s, entries}};
        bad.saved[u"zync-database"_s] = {{u"entries"_s, u"nonsense"_s}};
        QJsonArray databases{prefix(-3, u"x"_s, 1), prefix(0, u"x"_s, std::numeric_limits<qint64>::max()), prefix(0, u"x"_s, std::numeric_limits<qint64>::max())};
        for (int i = 0; i < 1000; ++i)
            databases.append(prefix(i, u"x"_s, 1));
        bad.saved[u"backend-redis"_s] = {{u"entries"_s, databases}};
        here.manifest.components[0].summary = {{u"rows"_s, u"many"_s}, {u"tables"_s, -4}};
        const QList<Change> changes = changesOf(here, planOf(here), bad);
        const Change mysql = find(changes, u"system-mysql"_s);
        QCOMPARE(mysql.afterwards, 0);
        QCOMPARE(mysql.children.size(), mostChildren);
        QVERIFY(mysql.left > 9000);
        QVERIFY(mysql.children.first().name.size() <= 500);
        QVERIFY(changes.size() < 100);
    }

    void fields()
    {
        m_redactor.add("geheimnis-123");
        const QJsonObject now = configMap(u"redis-config"_s, {{u"redis.conf"_s, u"port 6379\nsave 900 1\ndaemonize no\n"_s}, {u"gone"_s, u"x"_s}, {u"password"_s, u"geheimnis-123"_s}});
        const QJsonObject afterwards = configMap(u"redis-config"_s, {{u"redis.conf"_s, u"port 6379\nsave 300 10\ndaemonize no\n"_s}, {u"new"_s, QString(5000, u'y')}, {u"password"_s, u"other"_s}});
        const auto changes = fieldChanges(now, afterwards, m_redactor);
        QVERIFY(changes);
        QCOMPARE(changes->size(), 4);
        QCOMPARE((*changes)[0].path, u"data.gone"_s);
        QCOMPARE((*changes)[0].afterwards, QString());
        QVERIFY((*changes)[1].afterwards.size() <= 300);
        QVERIFY2(!(*changes)[2].now.contains(u"geheimnis"_s), qPrintable((*changes)[2].now));
        QCOMPARE((*changes)[3].path, u"data[\"redis.conf\"]"_s);
        QCOMPARE((*changes)[3].now, u"line 2: save 900 1"_s);
        QCOMPARE((*changes)[3].afterwards, u"line 2: save 300 10"_s);
        // Of a Secret only that it differs; the cluster's own fields are none.
        QJsonObject secret = configMap(u"zync"_s, {{u"KEY"_s, u"YWJj"_s}}), other = configMap(u"zync"_s, {{u"KEY"_s, u"eHl6"_s}});
        for (QJsonObject* each : {&secret, &other})
            (*each)[u"kind"] = u"Secret"_s;
        other[u"metadata"] = QJsonObject{{u"name"_s, u"zync"_s}, {u"resourceVersion"_s, u"9"_s}, {u"ownerReferences"_s, QJsonArray{QJsonObject{{u"kind"_s, u"APIManager"_s}, {u"name"_s, u"a"_s}}}}};
        const auto hidden = fieldChanges(secret, other, m_redactor);
        QVERIFY(hidden);
        QCOMPARE(*hidden, (QList<FieldChange>{{u"data.KEY"_s, {}, {}, true}}));
        // Nested beyond any sense.
        QJsonValue deep = 1;
        for (int i = 0; i < 3000; ++i)
            deep = QJsonObject{{u"aa"_s, deep}};
        QVERIFY(!fieldChanges(configMap(u"x"_s, {{u"d"_s, deep}}), configMap(u"x"_s, {}), m_redactor));
    }

    void objects()
    {
        const QJsonArray savedItems{configMap(u"equal"_s, {{u"a"_s, u"1"_s}}), configMap(u"differs"_s, {{u"a"_s, u"2"_s}}), configMap(u"missing"_s, {}),
                                    QJsonObject{{u"kind"_s, u"PersistentVolumeClaim"_s}, {u"apiVersion"_s, u"v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"c"_s}}}, {u"spec"_s, QJsonObject{{u"a"_s, 1}}}},
                                    QJsonObject{{u"kind"_s, u"Route"_s}, {u"apiVersion"_s, u"route.openshift.io/v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"r"_s}}}}};
        const QJsonArray live{configMap(u"equal"_s, {{u"a"_s, u"1"_s}}), configMap(u"differs"_s, {{u"a"_s, u"1"_s}}), configMap(u"other"_s, {}),
                              QJsonObject{{u"kind"_s, u"PersistentVolumeClaim"_s}, {u"apiVersion"_s, u"v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"c"_s}}}, {u"spec"_s, QJsonObject{{u"a"_s, 2}}}}};
        // What the server would make of it: it defaults a field that nobody wrote.
        QJsonObject defaulted = configMap(u"differs"_s, {{u"a"_s, u"2"_s}, {u"default"_s, u"by the server"_s}});
        const auto asked = objectChanges(answering(QJsonDocument(defaulted).toJson()), savedItems, live, {u"Route"_s}, m_redactor);
        QVERIFY2(asked, asked ? "" : qPrintable(asked.error().message));
        QMap<QString, ObjectChange> byName;
        for (const ObjectChange& each : *asked)
            byName.insert(each.name, each);
        QCOMPARE(byName[u"equal"_s].fate, ObjectChange::Fate::Equal);
        QCOMPARE(byName[u"missing"_s].fate, ObjectChange::Fate::Created);
        QCOMPARE(byName[u"c"_s].fate, ObjectChange::Fate::Kept);
        QCOMPARE(byName[u"r"_s].fate, ObjectChange::Fate::MadeByZync);
        QCOMPARE(byName[u"other"_s].fate, ObjectChange::Fate::NotInBundle);
        QCOMPARE(byName[u"differs"_s].fate, ObjectChange::Fate::Replaced);
        QCOMPARE(byName[u"differs"_s].fieldCount, 2);
        QCOMPARE(byName[u"differs"_s].fields.value(1).path, u"data.default"_s);
        const QByteArray questions = calls(); // nothing but questions
        QCOMPARE(questions.count("replace --dry-run=server"), 1);
        QCOMPARE(questions.count("create --dry-run=server"), 1);
        QVERIFY(!byName[u"differs"_s].isRefused && !byName[u"missing"_s].isRefused);

        // It may not be asked: worked out here, and said.
        const auto refused = objectChanges(answering("Error from server (Forbidden): configmaps \"differs\" is forbidden: User \"viewer\" cannot update\n", 1), savedItems, live, {u"Route"_s}, m_redactor);
        QVERIFY(refused);
        QCOMPARE((*refused)[1].fields, (QList<FieldChange>{{u"data.a"_s, u"1"_s, u"2"_s, false}}));
        QVERIFY2((*refused)[1].note.contains(u"refuse"_s), qPrintable((*refused)[1].note));
        QVERIFY((*refused)[1].isRefused && (*refused)[2].isRefused); // also what would be created
        const QJsonObject role{{u"kind"_s, u"Role"_s}, {u"apiVersion"_s, u"rbac.authorization.k8s.io/v1"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"role"_s}}}};
        const auto left = objectChanges(answering("Error from server (Forbidden): roles \"role\" is forbidden: User \"edit\" cannot create\n", 1), {role}, {}, {}, m_redactor);
        QVERIFY(left && !left->first().isRefused && !left->first().note.isEmpty()); // a restore goes on without
        calls();
        ObjectLimits offline;
        offline.mostAsked = 0;
        QVERIFY(objectChanges(answering(""), savedItems, live, {}, m_redactor, offline));
        QCOMPARE(calls(), QByteArray());
        // One that would restart what holds its data in the pod.
        const auto one = objectChanges(answering(""), savedItems, live, {u"ConfigMap/differs"_s}, m_redactor, offline);
        QVERIFY(one);
        QCOMPARE((*one)[1].fate, ObjectChange::Fate::Kept);
        QVERIFY2((*one)[1].note.contains(u"left as it is"_s), qPrintable((*one)[1].note));
    }

    void routesOfZyncByHost()
    {
        const auto route = [](const QString& name, const QString& host, const QString& by) {
            return QJsonObject{{u"apiVersion"_s, u"route.openshift.io/v1"_s}, {u"kind"_s, u"Route"_s}, {u"spec"_s, QJsonObject{{u"host"_s, host}}},
                               {u"metadata"_s, QJsonObject{{u"name"_s, name}, {u"labels"_s, QJsonObject{{u"3scale.net/created-by"_s, by}}}}}};
        };
        ObjectLimits offline;
        offline.mostAsked = 0;
        const QJsonArray savedItems{route(u"zync-saved"_s, u"a.example.com"_s, u"zync"_s), route(u"zync-missing"_s, u"b.example.com"_s, u"zync"_s), route(u"mine"_s, u"a.example.com"_s, u"me"_s)};
        const auto changes = objectChanges(answering(""), savedItems, {route(u"zync-again"_s, u"a.example.com"_s, u"zync"_s)}, {}, m_redactor, offline);
        QVERIFY(changes);
        QCOMPARE((*changes)[0].fate, ObjectChange::Fate::MadeByZync);
        QCOMPARE((*changes)[1].fate, ObjectChange::Fate::Created);
        QCOMPARE((*changes)[2].fate, ObjectChange::Fate::Created);
    }

    void whatTheClusterSetsIsNoChange()
    {
        const auto workload = [](const QString& image, const QString& side, const QString& space) {
            const QJsonObject from{{u"kind"_s, u"ImageStreamTag"_s}, {u"name"_s, u"amp:2.7"_s}, {u"namespace"_s, space}};
            const QJsonObject trigger{{u"type"_s, u"ImageChange"_s}, {u"imageChangeParams"_s, QJsonObject{{u"automatic"_s, true}, {u"containerNames"_s, QJsonArray{u"app"_s}}, {u"from"_s, from}}}};
            const QJsonArray containers{QJsonObject{{u"name"_s, u"app"_s}, {u"image"_s, image}}, QJsonObject{{u"name"_s, u"side"_s}, {u"image"_s, side}}};
            const QJsonObject pods{{u"spec"_s, QJsonObject{{u"containers"_s, containers}}}};
            return QJsonObject{{u"apiVersion"_s, u"apps.openshift.io/v1"_s}, {u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-app"_s}, {u"namespace"_s, u"here"_s}}},
                               {u"spec"_s, QJsonObject{{u"triggers"_s, QJsonArray{trigger}}, {u"template"_s, pods}}}};
        };
        const auto changes = fieldChanges(workload(u"app@sha256:1"_s, u"side@sha256:1"_s, u"here"_s), workload(u"app@sha256:2"_s, u"side@sha256:2"_s, u"here"_s), m_redactor);
        QVERIFY(changes);
        QCOMPARE(changes->size(), 1);
        QCOMPARE(changes->first().path, u"spec.template.spec.containers[side].image"_s);
        // Another project's tag is a choice, and so is an image without a trigger.
        QCOMPARE(fieldChanges(workload(u"a"_s, u"s"_s, u"here"_s), workload(u"a"_s, u"s"_s, u"there"_s), m_redactor)->size(), 1);
    }

    void workloadsAreComparedWithoutTheirReplicas()
    {
        const auto workload = [](int replicas, const QString& image) {
            return QJsonObject{{u"apiVersion"_s, u"apps.openshift.io/v1"_s}, {u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-app"_s}}},
                               {u"spec"_s, QJsonObject{{u"replicas"_s, replicas}, {u"image"_s, image}}}};
        };
        ObjectLimits offline;
        offline.mostAsked = 0;
        for (const auto& [image, fate] : {std::pair{u"one"_s, ObjectChange::Fate::Equal}, {u"two"_s, ObjectChange::Fate::Replaced}}) {
            const auto changes = objectChanges(answering(""), {workload(3, u"one"_s)}, {workload(0, image)}, {}, m_redactor, offline);
            QVERIFY(changes);
            QCOMPARE(changes->first().fate, fate);
        }
    }
};

QTEST_GUILESS_MAIN(TestChanges)
#include "tst_changes.moc"
