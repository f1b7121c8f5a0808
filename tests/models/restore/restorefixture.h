#pragma once

#include "engine/bundle/writer.h"
#include "engine/store/objects.h"
#include "models/restore/restoresession.h"
#include "tests/plan/installation.h"

#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

/// A small whole bundle on disk, hubs with two clusters that nobody answers for, and a session.
namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;

inline QJsonObject secret(const QString& name, const QString& value)
{
    return {{u"apiVersion"_s, u"v1"_s}, {u"kind"_s, u"Secret"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, name}}}, {u"data"_s, QJsonObject{{u"key"_s, value}}}};
}

inline QJsonObject mysqlIndex()
{
    QJsonArray tables;
    for (const auto& [name, rows] : {std::pair{u"accounts"_s, 4102}, {u"cinstances"_s, 9377}, {u"log_entries"_s, 1902118}})
        tables.append(QJsonObject{{u"kind"_s, u"table"_s}, {u"name"_s, name}, {u"rows"_s, rows}, {u"sha256"_s, u"0"_s}});
    return {{u"format"_s, u"mysqldump"_s}, {u"summary"_s, QJsonObject{{u"tables"_s, 3}, {u"rows"_s, 1915597}}}, {u"entries"_s, tables}};
}

inline QJsonObject redisIndex()
{
    const auto prefix = [](int database, const QString& name, const QString& type, int keys) {
        return QJsonObject{{u"kind"_s, u"prefix"_s}, {u"database"_s, database}, {u"prefix"_s, name}, {u"type"_s, type}, {u"keys"_s, keys}};
    };
    return {{u"format"_s, u"rdb"_s},
            {u"summary"_s, QJsonObject{{u"keys"_s, 4603}}},
            {u"entries"_s, QJsonArray{prefix(0, u"stats/"_s, u"string"_s, 4000), prefix(0, u"stats/"_s, u"hash"_s, 500), prefix(0, u"application/"_s, u"string"_s, 100), prefix(1, u"resque:"_s, u"list"_s, 3)}}};
}

class RestoreFixture {
public:
    static constexpr auto apiUrl = "https://api.north.example.com:6443";

    RestoreFixture() : logins(home.path(), redactor), workplace{.home = home.path(), .redactor = redactor, .logins = logins, .workers = workers}, clusters(workplace), runs(workplace), session(clusters, runs)
    {
        cluster::Cluster north;
        north.name = u"north"_s;
        north.server = QUrl(QString::fromLatin1(apiUrl));
        put(north, {u"acme-api"_s, u"threescale"_s});
        cluster::Cluster south;
        south.name = u"south"_s;
        south.server = QUrl(u"https://api.south.example.com:6443"_s);
        south.readOnly = true;
        put(south, {u"threescale"_s});
    }
    ~RestoreFixture() { workers.waitForDone(); }

    void put(const cluster::Cluster& cluster, const QStringList& namespaces, models::ConnectionState state = models::ConnectionState::Connected)
    {
        models::ClusterState made;
        made.cluster = cluster;
        made.state = state;
        for (const QString& name : namespaces) {
            models::NamespaceState each;
            each.name = name;
            each.version = u"2.7"_s;
            each.flavour = u"template"_s;
            each.read = true;
            each.inventory = Installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s).inventory;
            each.inventory.namespaceName = name;
            each.inventory.apiUrl = cluster.server.toString();
            each.inventory.projectUid = u"uid-"_s + name;
            made.namespaces.append(each);
        }
        clusters.put(made);
    }

    static bundle::Header header()
    {
        bundle::Header header;
        header.cluster = u"north"_s;
        header.apiUrl = QString::fromLatin1(apiUrl);
        header.namespaceName = u"threescale"_s;
        header.projectUid = u"uid-threescale"_s;
        header.wildcardDomain = u"apps.example.com"_s;
        header.threescaleVersion = u"2.7"_s;
        header.flavour = u"template"_s;
        header.workloadKind = u"DeploymentConfig"_s;
        header.purpose = u"backup"_s;
        header.runId = u"run-1"_s;
        header.program = u"scalekeep 0.1.0"_s;
        header.operatorIdentity = u"mwagner"_s;
        header.started = QDateTime::currentDateTimeUtc().addSecs(-900);
        return header;
    }

    /// system-mysql, backend-redis, system-storage and secrets are whole; zync-database could not be read.
    QString writeBundle(const QString& name = u"north-threescale-20261122T104100Z.scalekeep.tar"_s)
    {
        const QString path = home.filePath(name);
        auto writer = bundle::Writer::create(path, header());
        if (!writer)
            qFatal("%s", qPrintable(writer.error().message));
        bundle::Manifest manifest;
        const auto add = [&](const QString& id, const QString& title, const QString& engine, const QString& stream, const QString& format, const QByteArray& data, const QJsonObject& index) {
            auto open = (*writer)->openStream(id, stream, format);
            if (!open)
                qFatal("%s", qPrintable(open.error().message));
            const auto written = (*open)->write(std::span(data.constData(), size_t(data.size())));
            bundle::Stream proof;
            proof.component = id;
            proof.name = stream;
            proof.format = format;
            proof.endMark = u"The end."_s;
            proof.started = proof.finished = proof.snapshot = header().started;
            const auto finished = (*open)->finish(proof);
            const auto indexed = (*writer)->addIndex(id, QJsonDocument(index).toJson(QJsonDocument::Compact));
            if (!written || !finished || !indexed)
                qFatal("%s was not written", qPrintable(id));
            manifest.components.append({.id = id, .title = title, .engine = engine, .pod = id + u"-1-abcde"_s, .container = id, .image = u"image"_s, .serverVersion = u"5.7.24"_s, .state = u"proven"_s, .notes = {},
                                        .summary = index[u"summary"].toObject()});
        };
        add(u"system-mysql"_s, u"System database (MySQL)"_s, u"mysql"_s, u"dump.sql"_s, u"mysqldump"_s, QByteArray(300'000, 'x'), mysqlIndex());
        add(u"backend-redis"_s, u"Backend database (Redis)"_s, u"redis"_s, u"dump.rdb"_s, u"rdb"_s, QByteArray(20'000, 'r'), redisIndex());
        add(u"system-storage"_s, u"System storage (files of the portals)"_s, u"files"_s, u"files.tar"_s, u"tar"_s, QByteArray(5'000, 'f'),
            {{u"format"_s, u"tar"_s}, {u"summary"_s, QJsonObject{{u"files"_s, 3412}, {u"bytes"_s, 5000}}}, {u"entries"_s, QJsonArray{}}});
        const QJsonArray secrets{secret(u"system-database"_s, u"c2VjcmV0LW9uZQ=="_s), secret(u"backend-redis"_s, u"c2VjcmV0LXR3bw=="_s)};
        const auto index = store::objects::indexOfObjects(secrets);
        if (!index)
            qFatal("%s", qPrintable(index.error().message));
        add(u"secrets"_s, u"Secrets"_s, u"objects"_s, u"objects.json"_s, u"json"_s, QJsonDocument(QJsonObject{{u"items"_s, secrets}}).toJson(), *index);
        manifest.components.append({.id = u"zync-database"_s, .title = u"Zync database (PostgreSQL)"_s, .engine = u"postgresql"_s, .pod = {}, .container = {}, .image = {}, .serverVersion = {}, .state = u"unreadable"_s,
                                    .notes = {u"The pod was not ready."_s}, .summary = {}});
        manifest.completeness = {{u"score"_s, 84}, {u"missing"_s, QJsonArray{QJsonObject{{u"id"_s, u"zync-database"_s}, {u"reason"_s, u"zync-database could not be read."_s}}}}};
        manifest.finished = header().started.addSecs(60);
        if (const auto done = (*writer)->finish(manifest); !done)
            qFatal("%s", qPrintable(done.error().message));
        return path;
    }

    /// What a check would have found in threescale, for the session's choices as they are.
    std::shared_ptr<models::Preparation> preparation(QList<run::Check> checks = {})
    {
        auto made = std::make_shared<models::Preparation>();
        auto reader = bundle::Reader::open(session.bundlePath());
        if (!reader)
            qFatal("%s", qPrintable(reader.error().message));
        made->reader = std::move(*reader);
        const Installation installation(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        const oc::Connection connection{.program = u"/nonexistent/oc"_s, .kubeconfig = u"/nonexistent/kubeconfig"_s, .namespaceName = u"threescale"_s, .cacheDir = home.filePath(u"cache"_s)};
        made->situation = {.cluster = u"north"_s, .header = session.header().value(), .manifest = session.manifest(), .saved = installation.inventory, .live = installation.inventory, .detected = {},
                           .catalog = installation.catalog, .rdbVersions = {}, .bundlePath = session.bundlePath(), .safetyPath = home.filePath(u"safety.scalekeep.tar"_s), .connection = connection};
        restore::Options options = session.options();
        options.components = session.components()->chosen();
        auto plan = restore::makePlan(made->situation, options);
        if (!plan)
            qFatal("%s", qPrintable(plan.error().message));
        made->plan = *plan;
        made->checks = checks.isEmpty() ? passed() : checks;
        made->found = restore::changesOf(made->situation, made->plan, reading(*made->reader, options.components));
        made->changes = models::rowsOf(made->found, made->situation);
        made->operatorIdentity = u"mwagner"_s;
        made->at = QDateTime::currentDateTimeUtc();
        made->fingerprint = models::fingerprintOf(*made, options);
        return made;
    }

    /// What would have been counted: a row less in one table, one table more; keys gone; files come, change and go; one of two Secrets is missing, one differs,
    /// and a third is not in the bundle. zync-database cannot be reached.
    static restore::Reading reading(const bundle::Reader& reader, const QStringList& components)
    {
        restore::Reading made;
        for (const QString& id : components) {
            const auto json = reader.index(id);
            made.saved.insert(id, QJsonDocument::fromJson(json.value()).object());
        }
        store::Counts mysql, redis;
        mysql.tables = {{u"accounts"_s, 4102, false}, {u"cinstances"_s, 9443, false}, {u"log_entries"_s, 1900000, true}, {u"newer"_s, 7, false}};
        redis.keys = {{0, 4700}, {1, 3}};
        made.stores.insert(u"system-mysql"_s, {mysql, {}});
        made.stores.insert(u"backend-redis"_s, {redis, {}});
        store::TreeChanges tree;
        tree.now = 3398;
        tree.afterwards = 3412;
        tree.added = 17;
        tree.changed = 1;
        tree.removed = 3;
        tree.byContent = true;
        tree.entries = {{store::FileChange::Fate::Removed, "a b\n.txt", 3, -1}, {store::FileChange::Fate::Added, "logo.png", -1, 2048}};
        made.trees.insert(u"system-storage"_s, {tree, {}});
        Redactor none;
        const oc::Client nobody({.program = u"/nonexistent/oc"_s, .kubeconfig = {}, .namespaceName = u"threescale"_s, .cacheDir = {}}, none);
        restore::ObjectLimits offline;
        offline.mostAsked = 0;
        const auto objects = restore::objectChanges(nobody, store::objects::savedObjects(reader, u"secrets"_s).value(), {secret(u"backend-redis"_s, u"b3RoZXI="_s), secret(u"own"_s, u"b3du"_s)}, {}, none, offline);
        made.objects.insert(u"secrets"_s, {objects.value(), {}});
        return made;
    }

    static QList<run::Check> passed()
    {
        using run::Check;
        return {{.id = u"rights"_s, .title = u"Login and rights"_s, .state = Check::State::Passed, .evidence = u"All 9 rights that the plan needs are there."_s, .remedy = {}},
                {.id = u"identity"_s, .title = u"The bundle is of this installation"_s, .state = Check::State::Passed, .evidence = u"Same API URL, project and wildcard domain as in the bundle."_s, .remedy = {}},
                {.id = u"tools"_s, .title = u"Programs in the containers"_s, .state = Check::State::Warning, .evidence = u"No gzip in backend-redis: data travels uncompressed."_s, .remedy = {}}};
    }

    /// The session with the bundle open and its own namespace chosen.
    [[nodiscard]] bool opened()
    {
        session.begin(writeBundle(), {});
        return QTest::qWaitFor([this] { return !session.opening(); }) && session.header().has_value();
    }
    /// The session at Check, with these checks as found.
    [[nodiscard]] bool checked(const QList<run::Check>& checks = {})
    {
        if (!opened())
            return false;
        session.goTo(models::RestoreSession::Step::Check);
        session.put(preparation(checks));
        return session.step() == models::RestoreSession::Step::Check && session.preparation();
    }

    QTemporaryDir home;
    Redactor redactor;
    cluster::Logins logins;
    QThreadPool workers;
    models::Workplace workplace;
    models::ClusterHub clusters;
    models::RunHub runs;
    models::RestoreSession session;
};

} // namespace scalekeep::test
