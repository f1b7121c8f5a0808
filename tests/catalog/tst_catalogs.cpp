#include "engine/catalog/catalog.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::catalog;

namespace {

// A whole catalogue in which the rows below break one thing each.
const QByteArray whole = R"(format: 1
id: "9.1"
title: Test 9.1
versions: {min: "9.1", max: "9.10"}
workload_kind: Deployment
pod_label: deployment
flavours: [template, operator]
documentation: {title: Text, url: https://docs.example}
operator:
  deployments: [op]
  custom_resource: {kind: APIManager, resource: apimanagers.apps.3scale.net}
components:
  - id: db
    title: Database
    engine: mysql
    presence: required
    documentation: {backup: ["6.5.1"], restore: []}
    source_of_truth: true
    workload: db
    container: mysql
    home: /h
    data_dir: /h/data
    port: 3306
    database: system
    database_env: D
    user: root
    password_env: P
    pvc: {name: claim, access_mode: ReadWriteOnce}
    writers: {admin: [app], api: []}
    external: {secret: s, url_keys: [URL], own_host: "", tool: mysqldump}
  - id: cache
    title: Cache
    engine: redis
    presence: required
    documentation: {backup: [], restore: []}
    source_of_truth: false
    workload: redis
    container: redis
    home: /r
    data_dir: /r/data
    port: 6379
    volume: emptyDir
    databases:
      - {index: 0, title: All, queues: false, source_of_truth: true}
    append_only: either
    rdb_version: 7
    documented_restore: refused
    documented_restore_reason: it loses data
    volatile_keys: []
    writers: {admin: [app], api: []}
    external: {secret: s, url_keys: [], own_host: redis, schemes: [redis], tool: redis-cli}
  - id: secrets
    title: Secrets
    engine: objects
    presence: required
    documentation: {backup: [], restore: []}
    forgotten: much
    source_of_truth: true
    kinds: [secrets]
kinds:
  - id: secrets
    kind: Secret
    resource: secrets
    title: Secrets
    others: save
    created_by: installation
    ignore: {names: ["x-*"], types: [t], owner_kinds: [K], labels: ["a=b"]}
    names:
      - {name: old, required: true, documented: true, versions: {max: "9.5"}}
      - {name: new, required: true, documented: false, versions: {min: "9.6"}}
workloads:
  - {name: db, title: Db, containers: [mysql], side: store, reverted_by_operator: never, start_stage: 1}
  - {name: redis, title: Redis, containers: [redis], side: store, reverted_by_operator: never, start_stage: 1}
  - {name: app, title: App, containers: [app, side], side: admin, replicas_field: spec.app.replicas, reverted_by_operator: always, start_stage: 2, needs: [db], restart_after: [db, secrets], optional: true}
hooks: {workload: app, kind: Job, pre: before, post: after, needs: [db], effect: migrates}
tasks:
  - {id: t, title: T, workload: app, container: app, argv: [rake, x], documentation: []}
  - {id: u, title: U, workload: app, container: side, argv: [rake], documentation: [], flavours: [operator]}
secret_refs:
  - {resource: apimanagers.apps.3scale.net, path: spec.a.name}
notes: [one]
)";

} // namespace

class TestCatalogs : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString write(const QByteArray& text, const QString& name = u"test.yaml"_s) const
    {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            return {};
        return file.fileName();
    }

private Q_SLOTS:
    void readsEveryField()
    {
        const auto catalog = readCatalog(write(whole), u"9.10.3"_s, u"operator"_s);
        QVERIFY2(catalog, qPrintable(catalog ? QString() : catalog.error().message));
        QCOMPARE(catalog->id, u"9.1"_s);
        QCOMPARE(catalog->maxVersion, u"9.10"_s);
        QCOMPARE(catalog->customResource, u"apimanagers.apps.3scale.net"_s);
        const Component* db = catalog->component(u"db"_s);
        QVERIFY(db);
        QCOMPARE(db->passwordEnv, u"P"_s);
        QCOMPARE(db->claim, u"claim"_s);
        QCOMPARE(db->adminWriters, QStringList{u"app"_s});
        QCOMPARE(db->backupSections, QStringList{u"6.5.1"_s});
        const Component* cache = catalog->component(u"cache"_s);
        QVERIFY(cache->emptyDir);
        QVERIFY(!cache->documentedRestore);
        QCOMPARE(cache->documentedRestoreReason, u"it loses data"_s);
        QCOMPARE(cache->external.schemes, QStringList{u"redis"_s});
        const ObjectKind* secrets = catalog->kind(u"secrets"_s);
        QVERIFY(secrets->saveOthers);
        QCOMPARE(secrets->ignoreLabels, QStringList{u"a=b"_s});
        QCOMPARE(secrets->names.size(), 1);
        QCOMPARE(secrets->names[0].name, u"new"_s);
        const WorkloadFact* app = catalog->workload(u"app"_s);
        QVERIFY(app->optional);
        QCOMPARE(app->restartAfter, (QStringList{u"db"_s, u"secrets"_s}));
        QVERIFY(catalog->task(u"u"_s));
        QCOMPARE(catalog->hooks.post, u"after"_s);
        QCOMPARE(catalog->secretRefs, (QList<SecretRef>{{u"apimanagers.apps.3scale.net"_s, u"spec.a.name"_s}}));
        QCOMPARE(catalog->notes, QStringList{u"one"_s});
        QCOMPARE(catalog->component(u"none"_s), nullptr);
    }

    void leavesOutOtherVersionsAndFlavours()
    {
        const auto old = readCatalog(write(whole), u"9.2"_s, u"template"_s);
        QVERIFY(old);
        QCOMPARE(old->kind(u"secrets"_s)->names[0].name, u"old"_s);
        QVERIFY(!old->task(u"u"_s));
        const auto all = readCatalog(write(whole));
        QVERIFY(all);
        QCOMPARE(all->kind(u"secrets"_s)->names.size(), 2);
        QVERIFY(all->task(u"u"_s));
    }

    void namesFileLineAndReason_data()
    {
        QTest::addColumn<QByteArray>("from");
        QTest::addColumn<QByteArray>("to");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const char* from, const char* to, int line, const QString& reason) {
            QTest::newRow(name) << QByteArray(from) << QByteArray(to) << line << reason;
        };
        row("unknown key", "title: Test 9.1", "title: Test 9.1\ncolour: red", 4, u"unknown key “colour”"_s);
        row("unknown key in an entry", "kind: Secret", "kind: Secret\n    nmaes: []", 63, u"unknown key “nmaes”"_s);
        row("key of another engine", "    home: /h\n", "    home: /h\n    append_only: file\n", 22, u"unknown key “append_only”"_s);
        row("missing key", "title: Test 9.1\n", "", 1, u"lacks “title”"_s);
        row("missing key in an entry", "    user: root\n", "", 13, u"lacks “user”"_s);
        row("missing list", "tasks:\n  - {id: t, title: T, workload: app, container: app, argv: [rake, x], documentation: []}\n  - {id: u, title: U, workload: app, container: side, argv: [rake], documentation: [], flavours: [operator]}\n", "", 1, u"lacks “tasks”"_s);
        row("text for a list", "flavours: [template, operator]", "flavours: template", 7, u"“flavours” must be a list"_s);
        row("list for text", "title: Test 9.1", "title: [a]", 3, u"“title” must be text"_s);
        row("number for text", "title: Test 9.1", "title: 9", 3, u"put it in quotes"_s);
        row("text for a number", "port: 3306", "port: \"3306\"", 23, u"“port” must be a number"_s);
        row("number too large", "port: 3306", "port: 99999", 23, u"a number from 1 to 65535"_s);
        row("octal", "port: 3306", "port: 0777", 23, u"“port” must be a number"_s);
        row("yes for true", "source_of_truth: true\n    workload: db", "source_of_truth: yes\n    workload: db", 18, u"true or false"_s);
        row("empty text", "container: mysql", "container: \"\"", 20, u"“container” is empty"_s);
        row("null", "container: mysql", "container: ~", 20, u"“container” must be text"_s);
        row("unquoted version", "min: \"9.1\"", "min: 9.1", 4, u"in quotes"_s);
        row("bad version", "min: \"9.1\"", "min: \"9\"", 4, u"a version like"_s);
        row("range the wrong way", "max: \"9.10\"", "max: \"9.0\"", 4, u"ends (9.0) before it begins"_s);
        row("no lower end", "{min: \"9.1\", max: \"9.10\"}", "{max: \"9.10\"}", 1, u"lacks “min”"_s);
        row("other format", "format: 1", "format: 2", 1, u"format 2"_s);
        row("unknown engine", "engine: mysql", "engine: oracle", 15, u"must be one of mysql"_s);
        row("unknown presence", "presence: required\n    documentation: {backup: [\"6.5.1\"]", "presence: maybe\n    documentation: {backup: [\"6.5.1\"]", 16, u"must be one of required"_s);
        row("one_of without group", "presence: required\n    documentation: {backup: [\"6.5.1\"]", "presence: one_of\n    documentation: {backup: [\"6.5.1\"]", 13, u"no “group”"_s);
        row("unknown flavour", "flavours: [template, operator]", "flavours: [template, helm]", 1, u"“helm”"_s);
        row("no such workload", "workload: db\n", "workload: dbx\n", 13, u"“dbx” is not one of the “workloads”"_s);
        row("no such container", "container: mysql", "container: mariadb", 13, u"“mariadb” is not one of the containers of db"_s);
        row("no such writer", "writers: {admin: [app], api: []}\n    external: {secret: s, url_keys: [URL]", "writers: {admin: [apq], api: []}\n    external: {secret: s, url_keys: [URL]", 29, u"“apq” is not one of"_s);
        row("no such kind", "kinds: [secrets]", "kinds: [secret]", 52, u"“secret” is not one of the “kinds”"_s);
        row("no such component", "restart_after: [db, secrets]", "restart_after: [db, secretz]", 74, u"“secretz” is not one of the “components”"_s);
        row("task without workload", "{id: t, title: T, workload: app", "{id: t, title: T, workload: apx", 77, u"“apx” is not one of"_s);
        row("same id twice", "id: cache", "id: db", 31, u"“db” is in “components” twice"_s);
        row("same name, ranges overlap", "max: \"9.5\"", "max: \"9.6\"", 0, {});
        row("same name in overlapping ranges", "{name: new,", "{name: old,", 0, {});
        row("same name twice", "{name: new, required: true, documented: false, versions: {min: \"9.6\"}}", "{name: old, required: true, documented: false, versions: {min: \"9.5\"}}", 70, u"“old” is in “names of secrets” twice"_s);
        row("volume and pvc", "    volume: emptyDir\n", "    volume: emptyDir\n    pvc: {name: a, access_mode: ReadWriteOnce}\n", 31, u"either “pvc” or “volume”"_s);
        row("relative path", "data_dir: /h/data", "data_dir: data", 13, u"absolute path"_s);
        row("database twice", "source_of_truth: true}\n    append_only", "source_of_truth: true}\n      - {index: 0, title: B, queues: true, source_of_truth: false}\n    append_only", 45, u"twice"_s);
        row("refused without reason", "    documented_restore_reason: it loses data\n", "", 31, u"lacks “documented_restore_reason”"_s);
        row("no password", "    password_env: P\n", "", 13, u"needs “password_env”"_s);
        row("entry is text", "  - {resource: apimanagers.apps.3scale.net, path: spec.a.name}", "  - spec.a.name", 80, u"must be a map"_s);
        row("list names twice", "flavours: [template, operator]", "flavours: [operator, operator]", 7, u"names “operator” twice"_s);
        row("duplicate key", "title: Test 9.1", "title: A\ntitle: B", 4, u"appears twice"_s);
        row("alias", "title: Test 9.1", "title: &a x\nid2: *a", 3, u"anchors"_s);
        row("fault in another version's entry", "{name: new, required: true", "{name: new, required: 1", 70, u"true or false"_s);
    }

    void namesFileLineAndReason()
    {
        QFETCH(QByteArray, from);
        QFETCH(QByteArray, to);
        QFETCH(int, line);
        QFETCH(QString, reason);
        QCOMPARE(whole.count(from), 1);
        const QString path = write(QByteArray(whole).replace(from, to));
        const auto catalog = readCatalog(path, u"9.2"_s, u"operator"_s);
        if (line == 0) {
            QVERIFY2(catalog, qPrintable(catalog ? QString() : catalog.error().message));
            return;
        }
        QVERIFY(!catalog);
        QCOMPARE(catalog.error().code, ErrorCode::BadInput);
        const QString& message = catalog.error().message;
        QVERIFY2(message.startsWith(u"%1:%2: "_s.arg(path).arg(line)), qPrintable(message));
        QVERIFY2(message.contains(reason), qPrintable(message));
    }

    void refusesHostileFiles()
    {
        QVERIFY(!readCatalog(write(QByteArray(2'000'000, '#'))));
        QVERIFY(!readCatalog(write("a: &a [1]\nb: [*a, *a]\n")));
        QVERIFY(!readCatalog(write("[]")));
        QVERIFY(!readCatalog(write("")));
        QVERIFY(!readCatalog(m_folder.filePath(u"missing.yaml"_s)));
        QCOMPARE(readCatalog(u"/dev/zero"_s).error().code, ErrorCode::BadInput);
    }

    void builtInCataloguesAreWhole()
    {
        const auto all = allCatalogs();
        QVERIFY2(all, qPrintable(all ? QString() : all.error().message));
        // What is compiled in is what lies in the source folder.
        const QStringList files = QDir(QStringLiteral(CATALOGUE_FOLDER)).entryList({u"*.yaml"_s});
        QCOMPARE(all->size(), files.size() - 1);
        QString before;
        for (const QString& version : {u"2.7"_s, u"2.8"_s, u"2.9"_s, u"2.10"_s, u"2.11"_s, u"2.12"_s, u"2.13"_s, u"2.14"_s, u"2.15"_s, u"2.16"_s}) {
            const QString kind = version == u"2.15" || version == u"2.16" ? u"Deployment"_s : u"DeploymentConfig"_s;
            const auto catalog = catalogFor(version, kind, u"operator"_s);
            QVERIFY2(catalog, qPrintable(catalog ? QString() : catalog.error().message));
            for (const QString& id : {u"backend-redis"_s, u"system-redis"_s, u"zync-database"_s, u"system-storage"_s, u"secrets"_s, u"configmaps"_s})
                QVERIFY2(catalog->component(id), qPrintable(version + u" lacks "_s + id));
            QVERIFY(catalog->workload(u"system-app"_s));
            QVERIFY(catalog->workloads.size() >= 11);
            const bool searchd = catalog->workload(u"system-searchd"_s), sphinx = catalog->workload(u"system-sphinx"_s);
            QCOMPARE(searchd, version == u"2.14" || version == u"2.15" || version == u"2.16");
            QCOMPARE(sphinx, !searchd);
        }
        QCOMPARE(catalogFor(u"2.16"_s, u"Deployment"_s, u"operator"_s)->component(u"system-mysql"_s)->presence, u"external"_s);
        QCOMPARE(catalogFor(u"2.7"_s, u"Deployment"_s, u"operator"_s).error().code, ErrorCode::Unsupported);
        QCOMPARE(catalogFor(u"2.15"_s, u"Deployment"_s, u"template"_s).error().code, ErrorCode::Unsupported);
    }

    // The operator's Deployment by the ClusterServiceVersions of its releases, and the ConfigMaps by which its pods choose their leader.
    void operatorsByVersion()
    {
        for (const auto& [versions, name] : {std::pair{QStringList{u"2.7"_s, u"2.8"_s, u"2.9"_s, u"2.10"_s}, u"3scale-operator"_s},
                                             {{u"2.11"_s, u"2.12"_s, u"2.13"_s, u"2.14"_s, u"2.15"_s, u"2.16"_s}, u"threescale-operator-controller-manager-v2"_s}}) {
            for (const QString& version : versions) {
                const QString kind = version == u"2.15" || version == u"2.16" ? u"Deployment"_s : u"DeploymentConfig"_s;
                const auto catalog = catalogFor(version, kind, u"operator"_s);
                QVERIFY2(catalog && catalog->operatorDeployments.contains(name), qPrintable(version));
                const ObjectKind* maps = catalog->kind(u"configmaps"_s);
                QVERIFY2(maps && maps->ignoreOwnerKinds == QStringList{u"Pod"_s}, qPrintable(version));
                QVERIFY2(maps->ignoreNames.contains(u"3scale-operator-lock"_s) && maps->ignoreNames.contains(u"82355b9c.3scale.net"_s), qPrintable(version));
            }
        }
    }

    void usersFilesReplaceByIdOrStopWithAReason()
    {
        QTemporaryDir mine;
        const auto put = [&mine](const QString& name, const QByteArray& text) {
            QFile file(mine.filePath(name));
            return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
        };
        QVERIFY(put(u"a.yaml"_s, whole));
        QVERIFY(put(u"notes.txt"_s, "not a catalogue"));
        const auto all = allCatalogs(mine.path());
        QVERIFY(all);
        QCOMPARE(all->size(), allCatalogs()->size() + 1);
        QCOMPARE(all->first().id, u"9.1"_s);
        QVERIFY(put(u"a.yaml"_s, QByteArray(whole).replace("id: \"9.1\"", "id: \"2.7\"").replace("\"9.10\"", "\"9.1\"").replace("\"9.1\"", "\"2.7\"")));
        const auto replaced = catalogFor(u"2.7"_s, u"Deployment"_s, u"template"_s, mine.path());
        QVERIFY2(replaced, qPrintable(replaced ? QString() : replaced.error().message));
        QVERIFY(!catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s, mine.path()));
        QVERIFY(put(u"b.yaml"_s, "format: 1\nidd: x\n"));
        const auto broken = allCatalogs(mine.path());
        QVERIFY(!broken);
        QVERIFY2(broken.error().message.contains(u"b.yaml:"), qPrintable(broken.error().message));
        QVERIFY(put(u"b.yaml"_s, QByteArray(whole).replace("id: \"9.1\"", "id: \"2.7\"")));
        QVERIFY(allCatalogs(mine.path()).error().message.contains(u"second catalogue"));
        QVERIFY(allCatalogs(mine.filePath(u"nothing-here"_s)));
    }

    // Whatever a byte is changed to, the answer is a catalogue or a sentence with a place.
    void survivesMutations()
    {
        QFile file(u":/scalekeep/catalogue/2.7.yaml"_s);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray good = file.readAll();
        quint32 seed = 7;
        const QByteArray bytes = "[]{}:,-?&*!|>'\"%@`#\n \\~<x0";
        for (int round = 0; round < 60; ++round) {
            QByteArray text = good;
            for (int change = 0; change < 2; ++change) {
                seed = seed * 1664525u + 1013904223u;
                text[static_cast<int>((seed >> 8) % static_cast<quint32>(text.size()))] = bytes[static_cast<int>((seed >> 3) % static_cast<quint32>(bytes.size()))];
            }
            const auto catalog = readCatalog(write(text), u"2.7"_s, u"template"_s);
            QVERIFY(catalog || (catalog.error().code == ErrorCode::BadInput && !catalog.error().message.isEmpty()));
        }
    }
};

QTEST_GUILESS_MAIN(TestCatalogs)
#include "tst_catalogs.moc"
