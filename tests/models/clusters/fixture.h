#pragma once

#include "models/clusters/clusterhub.h"

#include <QTemporaryDir>

/// Clusters without a cluster: states as readings would give them, and a hub to put them in.
namespace scalekeep::models::fixture {

inline QJsonObject named(const QString& kind, const QString& name, QJsonObject rest = {})
{
    static const QMap<QString, QString> groups{{QStringLiteral("DeploymentConfig"), QStringLiteral("apps.openshift.io/v1")}, {QStringLiteral("Deployment"), QStringLiteral("apps/v1")},
                                               {QStringLiteral("Route"), QStringLiteral("route.openshift.io/v1")}, {QStringLiteral("ImageStream"), QStringLiteral("image.openshift.io/v1")},
                                               {QStringLiteral("APIManager"), QStringLiteral("apps.3scale.net/v1alpha1")}};
    rest[u"apiVersion"] = groups.value(kind, QStringLiteral("v1"));
    rest[u"kind"] = kind;
    QJsonObject metadata = rest[u"metadata"].toObject();
    metadata[u"name"] = name;
    metadata[u"namespace"] = QStringLiteral("3scale");
    metadata[u"uid"] = name + QStringLiteral("-uid");
    metadata[u"creationTimestamp"] = QStringLiteral("2026-10-01T08:00:00Z");
    rest[u"metadata"] = metadata;
    return rest;
}

inline QJsonObject workload(const QString& kind, const QString& name, int ready = 1, int desired = 1)
{
    const QJsonObject container{{QStringLiteral("name"), name}, {QStringLiteral("image"), QStringLiteral("registry.example.com/3scale/%1@sha256:0123456789abcdef0123456789abcdef").arg(name)}};
    const QJsonObject spec{{QStringLiteral("replicas"), desired},
                           {QStringLiteral("selector"), QJsonObject{{QStringLiteral("deploymentConfig"), name}}},
                           {QStringLiteral("template"), QJsonObject{{QStringLiteral("spec"), QJsonObject{{QStringLiteral("containers"), QJsonArray{container}}}}}}};
    return named(kind, name, {{QStringLiteral("spec"), spec}, {QStringLiteral("status"), QJsonObject{{QStringLiteral("readyReplicas"), ready}}}});
}

inline QJsonObject pod(const QString& workload, const QString& claim = {}, const QString& path = {})
{
    QJsonObject container{{QStringLiteral("name"), workload}};
    QJsonObject spec{{QStringLiteral("nodeName"), QStringLiteral("node-1")}};
    if (!claim.isEmpty()) {
        container[u"volumeMounts"] = QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("vol")}, {QStringLiteral("mountPath"), path}}};
        spec[u"volumes"] = QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("vol")}, {QStringLiteral("persistentVolumeClaim"), QJsonObject{{QStringLiteral("claimName"), claim}}}}};
    }
    spec[u"containers"] = QJsonArray{container};
    return named(QStringLiteral("Pod"), workload + QStringLiteral("-1-abcde"),
                 {{QStringLiteral("metadata"), QJsonObject{{QStringLiteral("labels"), QJsonObject{{QStringLiteral("deploymentConfig"), workload}}}}},
                  {QStringLiteral("spec"), spec},
                  {QStringLiteral("status"), QJsonObject{{QStringLiteral("phase"), QStringLiteral("Running")},
                                                         {QStringLiteral("conditions"), QJsonArray{QJsonObject{{QStringLiteral("type"), QStringLiteral("Ready")}, {QStringLiteral("status"), QStringLiteral("True")}}}}}}});
}

inline QJsonObject claim(const QString& name, const QString& capacity, const QString& mode = QStringLiteral("ReadWriteOnce"))
{
    return named(QStringLiteral("PersistentVolumeClaim"), name,
                 {{QStringLiteral("spec"), QJsonObject{{QStringLiteral("volumeName"), QStringLiteral("pvc-") + name}, {QStringLiteral("storageClassName"), QStringLiteral("gp2")}, {QStringLiteral("accessModes"), QJsonArray{mode}}}},
                  {QStringLiteral("status"), QJsonObject{{QStringLiteral("phase"), QStringLiteral("Bound")}, {QStringLiteral("capacity"), QJsonObject{{QStringLiteral("storage"), capacity}}}}}});
}

inline QJsonObject secret(const QString& name, const QStringList& keys)
{
    QJsonObject data;
    for (const QString& key : keys)
        data[key] = QStringLiteral("dG9wLXNlY3JldC12YWx1ZQ==");
    return named(QStringLiteral("Secret"), name, {{QStringLiteral("data"), data}});
}

inline QJsonObject configMap(const QString& name, const QJsonObject& data)
{
    return named(QStringLiteral("ConfigMap"), name, {{QStringLiteral("data"), data}});
}

inline QJsonObject route(const QString& name, const QString& host, bool admitted = true)
{
    const QJsonObject condition{{QStringLiteral("type"), QStringLiteral("Admitted")}, {QStringLiteral("status"), admitted ? QStringLiteral("True") : QStringLiteral("False")}, {QStringLiteral("reason"), QStringLiteral("HostAlreadyClaimed")}};
    return named(QStringLiteral("Route"), name,
                 {{QStringLiteral("spec"), QJsonObject{{QStringLiteral("host"), host}, {QStringLiteral("to"), QJsonObject{{QStringLiteral("name"), QStringLiteral("system-provider")}}}}},
                  {QStringLiteral("status"), QJsonObject{{QStringLiteral("ingress"), QJsonArray{QJsonObject{{QStringLiteral("conditions"), QJsonArray{condition}}}}}}}});
}

/// A namespace with 3scale 2.7 from the template.
inline QJsonArray threescaleObjects()
{
    const QString dc = QStringLiteral("DeploymentConfig");
    QJsonArray objects;
    for (const char* name : {"apicast-production", "apicast-staging", "backend-cron", "backend-listener", "backend-redis", "backend-worker", "system-app", "system-memcache", "system-mysql", "system-redis", "system-sidekiq",
                             "system-sphinx", "zync", "zync-database", "zync-que"})
        objects.append(workload(dc, QLatin1String(name)));
    for (QJsonValueRef each : objects) {
        // As `oc new-app` leaves it: nothing else tells a template's installation from what is left of an operator's.
        QJsonObject object = each.toObject();
        QJsonObject metadata = object[u"metadata"].toObject();
        metadata[u"annotations"] = QJsonObject{{QStringLiteral("openshift.io/generated-by"), QStringLiteral("OpenShiftNewApp")}};
        object[u"metadata"] = metadata;
        each = object;
    }
    objects.append(named(QStringLiteral("ImageStream"), QStringLiteral("amp-system"), {{QStringLiteral("spec"), QJsonObject{{QStringLiteral("tags"), QJsonArray{QJsonObject{{QStringLiteral("name"), QStringLiteral("2.7")}}}}}}}));
    objects.append(pod(QStringLiteral("system-mysql"), QStringLiteral("mysql-storage"), QStringLiteral("/var/lib/mysql/data")));
    objects.append(pod(QStringLiteral("backend-redis"), QStringLiteral("backend-redis-storage"), QStringLiteral("/var/lib/redis/data")));
    objects.append(pod(QStringLiteral("system-redis"), QStringLiteral("system-redis-storage"), QStringLiteral("/var/lib/redis/data")));
    objects.append(pod(QStringLiteral("zync-database")));
    objects.append(claim(QStringLiteral("backend-redis-storage"), QStringLiteral("5Gi")));
    objects.append(claim(QStringLiteral("mysql-storage"), QStringLiteral("20Gi")));
    objects.append(claim(QStringLiteral("system-redis-storage"), QStringLiteral("1Gi")));
    objects.append(claim(QStringLiteral("system-storage"), QStringLiteral("1Gi"), QStringLiteral("ReadWriteMany")));
    for (const char* name : {"backend-internal-api", "system-app", "system-database", "system-seed", "zync"})
        objects.append(secret(QLatin1String(name), {QStringLiteral("URL"), QStringLiteral("PASSWORD")}));
    objects.append(configMap(QStringLiteral("smtp"), {{QStringLiteral("address"), QString()}}));
    objects.append(configMap(QStringLiteral("system-environment"), {{QStringLiteral("AMP_RELEASE"), QStringLiteral("2.7")}, {QStringLiteral("THREESCALE_SUPERDOMAIN"), QStringLiteral("apps.example.com")}}));
    objects.append(route(QStringLiteral("zync-3scale-provider"), QStringLiteral("3scale-admin.apps.example.com")));
    objects.append(route(QStringLiteral("backend"), QStringLiteral("backend-3scale.apps.example.com")));
    return objects;
}

inline NamespaceState namespaceState(const QString& name, const QJsonArray& objects)
{
    NamespaceState state;
    state.name = name;
    QJsonArray moved;
    for (const auto& each : objects) {
        QJsonObject object = each.toObject();
        QJsonObject metadata = object[u"metadata"].toObject();
        metadata[u"namespace"] = name;
        object[u"metadata"] = metadata;
        moved.append(object);
    }
    state.inventory = cluster::inventoryFromObjects(moved, name);
    if (const auto detection = catalog::detect(state.inventory)) {
        state.detection = *detection;
        state.version = detection->version;
        state.flavour = detection->flavour;
        state.versionKnown = detection->versionKnown;
        state.flavourKnown = detection->flavourKnown;
    }
    state.read = true;
    state.readAt = QDateTime::currentDateTimeUtc();
    state.usedBytes = {{QStringLiteral("mysql-storage"), qint64(3.4 * (1 << 30))}, {QStringLiteral("backend-redis-storage"), qint64(1.1 * (1 << 30))}, {QStringLiteral("system-storage"), 214LL << 20}, {QStringLiteral("system-redis-storage"), 38LL << 20}};
    return state;
}

inline ClusterState clusterState(const QString& name, const QList<NamespaceState>& namespaces)
{
    ClusterState state;
    state.cluster.name = name;
    state.cluster.server = QUrl(QStringLiteral("https://api.%1.example.com:6443").arg(name));
    state.cluster.user = QStringLiteral("mwagner");
    state.cluster.colour = QStringLiteral("violet");
    state.cluster.tokenStore = QStringLiteral("runtime");
    state.cluster.tokenExpires = QDateTime::currentDateTimeUtc().addSecs(7 * 3600 + 600);
    state.state = ConnectionState::Connected;
    state.serverVersion = QStringLiteral("OpenShift 4.6.61");
    state.namespaces = namespaces;
    return state;
}

/// A workplace in a folder of its own, with a hub.
struct Place {
    QTemporaryDir home;
    Redactor redactor;
    cluster::Logins logins{home.path(), redactor};
    QThreadPool workers;
    Workplace workplace{home.path(), redactor, logins, workers};
    std::unique_ptr<ClusterHub> hub = std::make_unique<ClusterHub>(workplace);

    Place() { workers.setMaxThreadCount(4); }
    ~Place()
    {
        hub.reset();
        workers.waitForDone();
    }
};

} // namespace scalekeep::models::fixture
