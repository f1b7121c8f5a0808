#include "engine/restore/template.h"

#include "engine/restore/restore.h"
#include "engine/store/objects.h"
#include "engine/workload/state.h"

#include <QJsonArray>

namespace scalekeep::restore {

using namespace Qt::Literals::StringLiterals;

namespace {
/// One documented `--param` (6.6.1): where its value is saved.
struct Parameter {
    const char* name;
    const char* kind;  // "Secret" or "ConfigMap"
    const char* object;
    const char* key;   // "labels.app": of the metadata; "URL#database", "URL#password": a part of the URL
    bool required;     // a missing key is an error; otherwise the template's default stands
};

constexpr Parameter parameters[] = {
    {"APP_LABEL", "ConfigMap", "system-environment", "labels.app", false},
    {"TENANT_NAME", "Secret", "system-seed", "TENANT_NAME", true},
    {"SYSTEM_DATABASE_USER", "Secret", "system-database", "DB_USER", true},
    {"SYSTEM_DATABASE_PASSWORD", "Secret", "system-database", "DB_PASSWORD", true},
    {"SYSTEM_DATABASE", "Secret", "system-database", "URL#database", true},
    {"SYSTEM_DATABASE_ROOT_PASSWORD", "Secret", "system-database", "URL#password", true},
    {"WILDCARD_DOMAIN", "ConfigMap", "system-environment", "THREESCALE_SUPERDOMAIN", true},
    {"SYSTEM_BACKEND_USERNAME", "Secret", "backend-internal-api", "username", true},
    {"SYSTEM_BACKEND_PASSWORD", "Secret", "backend-internal-api", "password", true},
    {"SYSTEM_BACKEND_SHARED_SECRET", "Secret", "system-events-hook", "PASSWORD", true},
    {"SYSTEM_APP_SECRET_KEY_BASE", "Secret", "system-app", "SECRET_KEY_BASE", true},
    {"ADMIN_PASSWORD", "Secret", "system-seed", "ADMIN_PASSWORD", true},
    {"ADMIN_USERNAME", "Secret", "system-seed", "ADMIN_USER", true},
    {"ADMIN_EMAIL", "Secret", "system-seed", "ADMIN_EMAIL", false},
    {"ADMIN_ACCESS_TOKEN", "Secret", "system-seed", "ADMIN_ACCESS_TOKEN", false},
    {"MASTER_NAME", "Secret", "system-seed", "MASTER_DOMAIN", true},
    {"MASTER_USER", "Secret", "system-seed", "MASTER_USER", true},
    {"MASTER_PASSWORD", "Secret", "system-seed", "MASTER_PASSWORD", true},
    {"MASTER_ACCESS_TOKEN", "Secret", "system-seed", "MASTER_ACCESS_TOKEN", false},
    {"RECAPTCHA_PUBLIC_KEY", "Secret", "system-recaptcha", "PUBLIC_KEY", false},
    {"RECAPTCHA_PRIVATE_KEY", "Secret", "system-recaptcha", "PRIVATE_KEY", false},
    {"SYSTEM_REDIS_URL", "Secret", "system-redis", "URL", true},
    {"SYSTEM_MESSAGE_BUS_REDIS_URL", "Secret", "system-redis", "MESSAGE_BUS_URL", false},
    {"SYSTEM_REDIS_NAMESPACE", "Secret", "system-redis", "NAMESPACE", false},
    {"SYSTEM_MESSAGE_BUS_REDIS_NAMESPACE", "Secret", "system-redis", "MESSAGE_BUS_NAMESPACE", false},
    {"ZYNC_DATABASE_PASSWORD", "Secret", "zync", "ZYNC_DATABASE_PASSWORD", true},
    {"ZYNC_SECRET_KEY_BASE", "Secret", "zync", "SECRET_KEY_BASE", true},
    {"ZYNC_AUTHENTICATION_TOKEN", "Secret", "zync", "ZYNC_AUTHENTICATION_TOKEN", true},
    {"APICAST_ACCESS_TOKEN", "Secret", "system-master-apicast", "ACCESS_TOKEN", true},
    {"APICAST_MANAGEMENT_API", "ConfigMap", "apicast-environment", "APICAST_MANAGEMENT_API", false},
    {"APICAST_OPENSSL_VERIFY", "ConfigMap", "apicast-environment", "OPENSSL_VERIFY", false},
    {"APICAST_RESPONSE_CODES", "ConfigMap", "apicast-environment", "APICAST_RESPONSE_CODES", false},
    {"APICAST_REGISTRY_URL", "ConfigMap", "system-environment", "APICAST_REGISTRY_URL", false},
};

/// The parts of scheme://user:password@host/database, where the password may hold any of `:@/` unencoded: the last @ ends it.
std::pair<QString, QString> passwordAndDatabase(const QString& url)
{
    const qsizetype start = url.indexOf(u"://"_s) + 3, at = url.lastIndexOf(u'@');
    const QString password = at > start ? url.mid(start, at - start).section(u':', 1) : QString{};
    const QString rest = url.mid(at > start ? at + 1 : start);
    return {password, rest.section(u'/', 1).section(u'?', 0, 0)};
}

QString valueOf(const QJsonObject& object, const QString& key, bool secret)
{
    if (key == u"labels.app")
        return object[u"metadata"][u"labels"][u"app"].toString();
    const QString raw = object[u"data"][key.section(u'#', 0, 0)].toString();
    const QString value = secret ? QString::fromUtf8(QByteArray::fromBase64(raw.toLatin1())) : raw;
    if (key.endsWith(u"#database"))
        return passwordAndDatabase(value).second;
    if (key.endsWith(u"#password"))
        return passwordAndDatabase(value).first;
    return value;
}

class TemplateHandler : public run::Handler {
public:
    Result<QJsonObject> run(run::StepRun& step) const override
    {
        const auto secrets = store::objects::savedObjects(*step.context.reader, u"secrets"_s);
        const auto configMaps = secrets ? store::objects::savedObjects(*step.context.reader, u"configmaps"_s) : secrets;
        if (!configMaps)
            return fail(configMaps.error());
        auto wanted = templateParameters(*secrets, *configMaps);
        if (!wanted)
            return fail(wanted.error());
        const auto objects = step.client.processTemplate(step.step.parameters[u"file"].toString(), *wanted);
        if (!objects)
            return fail(objects.error());
        QJsonArray created, there;
        for (const QJsonValue& item : *objects) {
            QJsonObject object = item.toObject();
            const QString name = object[u"metadata"][u"name"].toString(), kind = object[u"kind"].toString(), key = u"%1/%2"_s.arg(kind, name);
            // Only what was not there is ours to remove again, also when the program dies before it can answer.
            const auto live = step.client.get(kind, name);
            if (live) {
                there.append(key);
                continue;
            }
            const bool mayBeRefused = store::objects::mayBeRefused(kind);
            if (mayBeRefused && live.error().code == ErrorCode::Forbidden) {
                step.log(u"Warning: %1 was not created: %2"_s.arg(key, live.error().message));
                continue;
            }
            if (live.error().code != ErrorCode::NotFound)
                return fail(live.error());
            const catalog::WorkloadFact* fact = step.context.catalog->workload(name);
            if (kind == u"DeploymentConfig" && fact && fact->side != u"store") {
                QJsonObject spec = object[u"spec"].toObject();
                spec[u"replicas"] = 0;
                // Its hooks run all the same: remembered as by the step that pauses what is there.
                if (step.step.parameters[u"paused"].toArray().contains(name)) {
                    if (const auto noted = workload::remember(step, u"paused:"_s + name, false); !noted)
                        return fail(noted.error());
                    spec[u"paused"] = true;
                }
                object[u"spec"] = spec;
            }
            if (const auto noted = step.evidence({{u"creating"_s, key}, {u"kind"_s, kind}, {u"name"_s, name}}); !noted)
                return fail(noted.error());
            const auto made = step.client.create(object);
            if (made) {
                created.append(key);
                step.log(u"Created %1."_s.arg(key));
            } else if (made.error().code == ErrorCode::AlreadyExists) {
                there.append(key);
            } else if (mayBeRefused && made.error().code == ErrorCode::Forbidden) {
                step.log(u"Warning: %1 was not created: %2"_s.arg(key, made.error().message));
            } else {
                return fail(made.error());
            }
        }
        return QJsonObject{{u"created"_s, created}, {u"wasThere"_s, there}};
    }

    /// Noted before each creation; whether all of the template is there, only processing it again tells, which the step does.
    Result<Probe> probe(run::StepRun& step) const override { return step.earlierEvidence.isEmpty() ? Probe::NotHappened : Probe::Partly; }

    Result<void> undo(run::StepRun& step) const override
    {
        for (auto fact = step.earlierEvidence.crbegin(); fact != step.earlierEvidence.crend(); ++fact) {
            const QString key = (*fact)[u"creating"].toString(), kind = (*fact)[u"kind"].toString();
            if (key.isEmpty())
                continue;
            if (kind == u"PersistentVolumeClaim" || kind == u"APIManager") {
                step.log(u"%1 stays: removing it would destroy data."_s.arg(key));
                continue;
            }
            const auto removed = step.client.remove(kind, (*fact)[u"name"].toString());
            if (!removed && !(store::objects::mayBeRefused(kind) && removed.error().code == ErrorCode::Forbidden))
                return removed;
            if (!removed) // refused when it was to be made, most likely
                step.log(u"Warning: %1 was not removed, if it was created: %2"_s.arg(key, removed.error().message));
        }
        return {};
    }
};
} // namespace

Result<QMap<QString, QString>> templateParameters(const QJsonArray& secrets, const QJsonArray& configMaps)
{
    QHash<QString, QJsonObject> objects;
    for (const QJsonArray& list : {secrets, configMaps}) {
        for (const QJsonValue& item : list)
            objects.insert(u"%1/%2"_s.arg(item[u"kind"].toString(), item[u"metadata"][u"name"].toString()), item.toObject());
    }
    QMap<QString, QString> values;
    for (const Parameter& parameter : parameters) {
        const QString kind = QLatin1String(parameter.kind), name = QLatin1String(parameter.object), key = QLatin1String(parameter.key);
        const QString value = valueOf(objects.value(u"%1/%2"_s.arg(kind, name)), key, kind == u"Secret");
        if (!value.isEmpty())
            values.insert(QLatin1String(parameter.name), value);
        else if (parameter.required)
            return fail(ErrorCode::BadInput, u"The bundle's %1 %2 has no %3, from which the template's parameter %4 is taken."_s.arg(kind, name, key, QLatin1String(parameter.name)),
                        u"Nothing was created. Restore from the saved objects, without --template."_s);
    }
    return values;
}

void registerTemplateHandlers(run::Handlers& handlers)
{
    run::add<TemplateHandler>(handlers, u"template.create"_s);
}

} // namespace scalekeep::restore
