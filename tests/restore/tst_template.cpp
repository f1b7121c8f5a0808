#include "engine/restore/restore.h"
#include "engine/run/lock.h"

#include "tests/bundle/bundles.h"
#include "tests/store/lonestep.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

namespace {
using Values = QMap<QString, QString>;

QJsonObject object(const QString& kind, const QString& name, const Values& values)
{
    QJsonObject data;
    for (auto value = values.begin(); value != values.end(); ++value)
        data.insert(value.key(), kind == u"Secret" ? QString::fromLatin1(value.value().toUtf8().toBase64()) : value.value());
    return {{u"kind"_s, kind}, {u"metadata"_s, QJsonObject{{u"name"_s, name}, {u"labels"_s, QJsonObject{{u"app"_s, u"3scale-api-management"_s}}}}}, {u"data"_s, data}};
}

/// The Secrets of a 2.7 installation whose root password is this one.
QMap<QString, Values> secrets(const QString& password)
{
    return {{u"system-seed"_s, {{u"TENANT_NAME"_s, u"acme"_s}, {u"ADMIN_PASSWORD"_s, password}, {u"ADMIN_USER"_s, u"admin"_s}, {u"ADMIN_ACCESS_TOKEN"_s, u"token"_s}, {u"MASTER_DOMAIN"_s, u"master"_s}, {u"MASTER_USER"_s, u"master"_s}, {u"MASTER_PASSWORD"_s, password}}},
            {u"system-database"_s, {{u"URL"_s, u"mysql2://root:%1@system-mysql/system"_s.arg(password)}, {u"DB_USER"_s, u"mysql"_s}, {u"DB_PASSWORD"_s, password}}},
            {u"backend-internal-api"_s, {{u"username"_s, u"3scale_api_user"_s}, {u"password"_s, password}}},
            {u"system-events-hook"_s, {{u"PASSWORD"_s, password}}},
            {u"system-app"_s, {{u"SECRET_KEY_BASE"_s, u"base"_s}}},
            {u"system-redis"_s, {{u"URL"_s, u"redis://system-redis:6379/1"_s}, {u"NAMESPACE"_s, {}}}},
            {u"zync"_s, {{u"ZYNC_DATABASE_PASSWORD"_s, password}, {u"SECRET_KEY_BASE"_s, u"zync base"_s}, {u"ZYNC_AUTHENTICATION_TOKEN"_s, u"ztoken"_s}}},
            {u"system-master-apicast"_s, {{u"ACCESS_TOKEN"_s, u"atoken"_s}}}};
}

QJsonArray array(const QMap<QString, Values>& all)
{
    QJsonArray list;
    for (auto secret = all.begin(); secret != all.end(); ++secret)
        list.append(object(u"Secret"_s, secret.key(), secret.value()));
    return list;
}

const QJsonArray configMaps{object(u"ConfigMap"_s, u"system-environment"_s, {{u"THREESCALE_SUPERDOMAIN"_s, u"apps.example.com"_s}}), object(u"ConfigMap"_s, u"apicast-environment"_s, {{u"APICAST_MANAGEMENT_API"_s, u"status"_s}})};

QByteArray list(const QJsonArray& items)
{
    return QJsonDocument(QJsonObject{{u"kind"_s, u"List"_s}, {u"items"_s, items}}).toJson(QJsonDocument::Compact);
}

/// The step template.create, with a bundle that has all its parameters and a template that makes these objects.
class Step {
public:
    Step(const catalog::Catalog& catalog, const QJsonArray& made) : lone(catalog, u"template"_s, {}), processed("*' process '*) cat >/dev/null; echo '" + list(made) + "' ;;\n")
    {
        const QString file = m_folder.filePath(u"bundle.tar"_s);
        const auto written = bundle::writeBundle(file, {{u"secrets/objects.json"_s, list(array(secrets(u"x"_s)))}, {u"configmaps/objects.json"_s, list(configMaps)}});
        auto reader = written ? bundle::Reader::open(file) : Result<std::unique_ptr<bundle::Reader>>(fail(written.error()));
        const auto wanted = restore::templateParameters(array(secrets(u"x"_s)), configMaps);
        if (!reader || !wanted)
            qFatal("no bundle");
        m_reader = std::move(*reader);
        QJsonArray parameters;
        for (const QString& name : wanted->keys())
            parameters.append(QJsonObject{{u"name"_s, name}});
        const QString source = m_folder.filePath(u"amp.json"_s);
        bundle::writeFile(source, QJsonDocument(QJsonObject{{u"apiVersion"_s, u"template.openshift.io/v1"_s}, {u"kind"_s, u"Template"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"amp"_s}}}, {u"objects"_s, made}, {u"parameters"_s, parameters}}).toJson());
        lone.context.reader = m_reader.get();
        lone.step.parameters[u"file"] = source;
    }

    LoneStep lone;
    QByteArray processed; ///< what the client answers, for EmptyNamespace

private:
    QTemporaryDir m_folder;
    std::unique_ptr<bundle::Reader> m_reader;
};
} // namespace

class TestTemplate : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void passwords_data()
    {
        QTest::addColumn<QString>("password");
        int row = 0;
        for (const QString& password : {u"simple"_s, u"with@at"_s, u"a:b:c"_s, u"sl/ash"_s, u"@:/?#[]"_s, u"percent%40%zz"_s, u"sp ace"_s, u"\"quoted' `x` $HOME \\"_s, u"Größe€"_s, u"tab\tand\nline"_s, u"=&+;,"_s, u"root:x@system-mysql/other"_s})
            QTest::addRow("%d %s", ++row, qPrintable(password.simplified())) << password;
    }
    void passwords()
    {
        QFETCH(QString, password);
        const auto values = restore::templateParameters(array(secrets(password)), configMaps);
        QVERIFY2(values, values ? "" : qPrintable(values.error().message));
        for (const QString& name : {u"SYSTEM_DATABASE_ROOT_PASSWORD"_s, u"SYSTEM_DATABASE_PASSWORD"_s, u"ADMIN_PASSWORD"_s, u"MASTER_PASSWORD"_s, u"SYSTEM_BACKEND_PASSWORD"_s, u"SYSTEM_BACKEND_SHARED_SECRET"_s, u"ZYNC_DATABASE_PASSWORD"_s})
            QCOMPARE(values->value(name), password);
        QCOMPARE(values->value(u"SYSTEM_DATABASE"_s), u"system"_s);
    }

    void values()
    {
        const auto values = restore::templateParameters(array(secrets(u"x"_s)), configMaps);
        QVERIFY(values);
        QCOMPARE(values->value(u"TENANT_NAME"_s), u"acme"_s);
        QCOMPARE(values->value(u"MASTER_NAME"_s), u"master"_s);
        QCOMPARE(values->value(u"WILDCARD_DOMAIN"_s), u"apps.example.com"_s);
        QCOMPARE(values->value(u"APP_LABEL"_s), u"3scale-api-management"_s);
        QCOMPARE(values->value(u"SYSTEM_REDIS_URL"_s), u"redis://system-redis:6379/1"_s);
        QCOMPARE(values->value(u"APICAST_MANAGEMENT_API"_s), u"status"_s);
        // The text gives SYSTEM_APP_SECRET_KEY_BASE and ZYNC_SECRET_KEY_BASE each from its own Secret.
        QCOMPARE(values->value(u"SYSTEM_APP_SECRET_KEY_BASE"_s), u"base"_s);
        QCOMPARE(values->value(u"ZYNC_SECRET_KEY_BASE"_s), u"zync base"_s);
        QVERIFY(!values->contains(u"ADMIN_EMAIL"_s));          // absent: the template's default stands
        QVERIFY(!values->contains(u"SYSTEM_REDIS_NAMESPACE"_s)); // empty likewise
    }

    void databaseUrls_data()
    {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("password");
        QTest::addColumn<QString>("database");
        QTest::newRow("port") << u"mysql2://root:pw@system-mysql:3306/system"_s << u"pw"_s << u"system"_s;
        QTest::newRow("options") << u"mysql2://root:pw@system-mysql/system?encoding=utf8mb4"_s << u"pw"_s << u"system"_s;
        QTest::newRow("another database") << u"mysql2://root:p@w@db.example.com/threescale_prod"_s << u"p@w"_s << u"threescale_prod"_s;
    }
    void databaseUrls()
    {
        QFETCH(QString, url);
        QFETCH(QString, password);
        QFETCH(QString, database);
        auto all = secrets(u"x"_s);
        all[u"system-database"_s][u"URL"_s] = url;
        const auto values = restore::templateParameters(array(all), configMaps);
        QVERIFY(values);
        QCOMPARE(values->value(u"SYSTEM_DATABASE_ROOT_PASSWORD"_s), password);
        QCOMPARE(values->value(u"SYSTEM_DATABASE"_s), database);
    }

    void missing_data()
    {
        QTest::addColumn<QString>("secret");
        QTest::addColumn<QString>("key");
        for (const auto& [secret, key] : QList<std::pair<QString, QString>>{{u"system-seed"_s, u"TENANT_NAME"_s}, {u"system-seed"_s, u"MASTER_PASSWORD"_s}, {u"system-database"_s, u"URL"_s}, {u"zync"_s, u"ZYNC_DATABASE_PASSWORD"_s}, {u"system-app"_s, u"SECRET_KEY_BASE"_s}})
            QTest::addRow("%s %s", qPrintable(secret), qPrintable(key)) << secret << key;
    }
    void missing()
    {
        QFETCH(QString, secret);
        QFETCH(QString, key);
        auto all = secrets(u"topsecret"_s);
        all[secret].remove(key);
        const auto values = restore::templateParameters(array(all), configMaps);
        QVERIFY(!values);
        QCOMPARE(values.error().code, ErrorCode::BadInput);
        QVERIFY2(values.error().message.contains(secret) && values.error().message.contains(key), qPrintable(values.error().message));
        QVERIFY(!values.error().message.contains(u"topsecret"_s));
        QVERIFY(!restore::templateParameters(array(secrets(u"x"_s)), {})); // no wildcard domain
    }

    /// As `edit`: the Role and its binding cannot even be looked at. They are left out, as preflight has said.
    void rolesMayBeRefused()
    {
        const QJsonArray made{object(u"ConfigMap"_s, u"system"_s, {}), QJsonObject{{u"kind"_s, u"Role"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"zync-que-role"_s}}}},
                              QJsonObject{{u"kind"_s, u"RoleBinding"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"zync-que-rolebinding"_s}}}}, object(u"ConfigMap"_s, u"redis-config"_s, {})};
        const catalog::Catalog catalog;
        Step with(catalog, made);
        LoneStep& lone = with.lone;
        const EmptyNamespace cluster(with.processed + rolesForbidden);
        const auto handler = restore::handlers().value(u"template.create"_s);
        run::StepRun step = lone.on(cluster.client());
        const auto answer = handler->run(step);
        VERIFY_RESULT(answer);
        QCOMPARE((*answer)[u"created"].toArray(), (QJsonArray{u"ConfigMap/system"_s, u"ConfigMap/redis-config"_s}));
        QVERIFY2(lone.said.filter(u"Warning: Role"_s).size() == 2, qPrintable(lone.said.join(u'\n')));
        run::StepRun looked = lone.on(cluster.client());
        const auto probe = handler->probe(looked);
        VERIFY_RESULT(probe);
        QCOMPARE(*probe, run::Handler::Probe::Partly);
        lone.noted.append(QJsonObject{{u"creating"_s, u"Role/x"_s}, {u"kind"_s, u"Role"_s}, {u"name"_s, u"x"_s}});
        run::StepRun back = lone.on(cluster.client());
        VERIFY_RESULT(handler->undo(back));
        QCOMPARE(cluster.deleted().count(u'\n'), 2);
    }

    /// The deployer of a new DeploymentConfig runs its hooks whatever its replicas, here on a database that is yet to be loaded. Who lets rollouts go looks into the lock.
    void createdPaused()
    {
        const auto catalog = catalog::catalogFor(u"2.7"_s, u"DeploymentConfig"_s, u"template"_s);
        QVERIFY(catalog);
        Step with(*catalog, {QJsonObject{{u"kind"_s, u"DeploymentConfig"_s}, {u"metadata"_s, QJsonObject{{u"name"_s, u"system-app"_s}}}, {u"spec"_s, QJsonObject{{u"replicas"_s, 1}}}}});
        const EmptyNamespace cluster(with.processed + R"sh(
*' get configmap '*) cat "$(dirname "$0")/lock" ;;
*' create '*|*' replace '*) body=$(cat)
    case "$body" in *'"kind":"DeploymentConfig"'*) kept=written ;; *) kept=lock ;; esac
    printf '%s\n' "$body" | tee "$(dirname "$0")/$kept" ;;
)sh");
        const auto lock = run::Lock::acquire(cluster.client(), {.nonce = u"abcd"_s, .runId = u"run-1"_s, .owner = u"admin"_s, .host = u"here"_s, .purpose = u"restore"_s, .since = QDateTime::currentDateTimeUtc(), .originals = {}});
        VERIFY_RESULT(lock);
        with.lone.context.lock = lock->get();
        with.lone.step.parameters[u"paused"] = QJsonArray{u"system-app"_s};
        const auto handler = restore::handlers().value(u"template.create"_s);
        run::StepRun step = with.lone.on(cluster.client());
        VERIFY_RESULT(handler->run(step));
        const QJsonObject spec = QJsonDocument::fromJson(cluster.written().toUtf8()).object()[u"spec"].toObject();
        QCOMPARE(spec[u"replicas"].toInt(-1), 0);
        QVERIFY(spec[u"paused"].toBool());
        QCOMPARE((*lock)->originals()[u"paused:system-app"], QJsonValue(false));
        // What is noted of it is no object to be removed.
        run::StepRun back = with.lone.on(cluster.client());
        VERIFY_RESULT(handler->undo(back));
        QCOMPARE(cluster.deleted().count(u'\n'), 1);
    }

    void undoLeavesWhatHoldsData()
    {
        const EmptyNamespace cluster;
        const catalog::Catalog catalog;
        LoneStep lone(catalog, u"template"_s, {});
        for (const QString& kind : {u"PersistentVolumeClaim"_s, u"APIManager"_s, u"Service"_s})
            lone.noted.append({{u"creating"_s, kind + u"/x"_s}, {u"kind"_s, kind}, {u"name"_s, u"x"_s}});
        run::StepRun step = lone.on(cluster.client());
        QVERIFY(restore::handlers().value(u"template.create"_s)->undo(step));
        QVERIFY2(cluster.deleted().contains(u" Service x "_s), qPrintable(cluster.deleted()));
        QCOMPARE(cluster.deleted().count(u'\n'), 1);
        QCOMPARE(lone.said, (QStringList{u"APIManager/x stays: removing it would destroy data."_s, u"PersistentVolumeClaim/x stays: removing it would destroy data."_s}));
    }
};

QTEST_GUILESS_MAIN(TestTemplate)
#include "tst_template.moc"
