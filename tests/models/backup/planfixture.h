#pragma once

#include "models/backup/backupplan.h"
#include "tests/plan/installation.h"

#include <QDir>
#include <QTemporaryDir>

/// A hub with one cluster and two namespaces, without a cluster: what the plan is computed from.
struct PlanFixture {
    QTemporaryDir folder;
    scalekeep::Redactor redactor;
    scalekeep::cluster::Logins logins{folder.path(), redactor};
    QThreadPool workers;
    scalekeep::models::Workplace workplace{folder.path(), redactor, logins, workers};
    scalekeep::models::ClusterHub hub{workplace};

    static inline const scalekeep::models::NamespaceRef first{QStringLiteral("prod-eu"), QStringLiteral("threescale")};
    static inline const scalekeep::models::NamespaceRef second{QStringLiteral("prod-eu"), QStringLiteral("threescale-partner")};

    explicit PlanFixture(bool filled = true)
    {
        if (filled)
            hub.put(state());
    }
    ~PlanFixture() { workers.waitForDone(); }
    PlanFixture(const PlanFixture&) = delete;
    PlanFixture& operator=(const PlanFixture&) = delete;

    static QJsonObject object(const QString& kind, const QString& name, const QString& type = {})
    {
        QJsonObject made{{QStringLiteral("kind"), kind}, {QStringLiteral("metadata"), QJsonObject{{QStringLiteral("name"), name}}}};
        if (!type.isEmpty())
            made.insert(QStringLiteral("type"), type);
        return made;
    }

    static scalekeep::models::NamespaceState namespaceState(const QString& name, const QString& flavour)
    {
        using namespace scalekeep;
        Installation installation(QStringLiteral("2.7"), QStringLiteral("DeploymentConfig"), flavour);
        installation.inventory.namespaceName = name;
        const auto add = [&installation](const QString& kind, const QString& each, const QString& type = {}) {
            installation.inventory.objects.append(object(kind, each, type));
            if (kind == u"Secret")
                installation.inventory.secrets.append({kind, each, {}});
            if (kind == u"ConfigMap")
                installation.inventory.configMaps.append({kind, each, {}});
        };
        for (const catalog::ObjectKind& kind : installation.catalog.kinds) {
            for (const catalog::ObjectName& each : kind.names) {
                if (each.required && !each.pattern && !each.skip)
                    add(kind.kind, each.name);
            }
        }
        for (const QString& each : {QStringLiteral("builder-token-1"), QStringLiteral("default-token-2"), QStringLiteral("deployer-token-3")})
            add(QStringLiteral("Secret"), each, QStringLiteral("kubernetes.io/service-account-token"));
        for (const QString& each : {QStringLiteral("api"), QStringLiteral("portal")})
            add(QStringLiteral("Route"), each);
        for (const catalog::WorkloadFact& fact : installation.catalog.workloads)
            installation.inventory.objects.append(object(QStringLiteral("DeploymentConfig"), fact.name));
        models::NamespaceState made;
        made.name = name;
        made.version = QStringLiteral("2.7");
        made.flavour = flavour;
        made.read = true;
        made.detection = catalog::Detection{.catalog = installation.catalog, .version = QStringLiteral("2.7"), .flavour = flavour, .workloadKind = QStringLiteral("DeploymentConfig"), .reasons = {}, .certain = true};
        made.inventory = installation.inventory;
        constexpr qint64 mebi = 1024LL * 1024;
        for (const catalog::Component& component : installation.catalog.components) {
            if (component.id == u"system-mysql")
                made.usedBytes.insert(component.claim, 2970 * mebi);
            if (component.id == u"backend-redis")
                made.usedBytes.insert(component.claim, 1126 * mebi);
            if (component.id == u"system-redis")
                made.usedBytes.insert(component.claim, 38 * mebi);
        }
        return made;
    }

    static scalekeep::models::ClusterState state()
    {
        scalekeep::models::ClusterState made;
        made.cluster.name = first.cluster;
        made.cluster.server = QUrl(QStringLiteral("https://api.prod-eu.example.com:6443"));
        made.cluster.user = QStringLiteral("mwagner");
        made.state = scalekeep::models::ConnectionState::Connected;
        made.serverVersion = QStringLiteral("4.6.61");
        made.namespaces = {namespaceState(first.name, QStringLiteral("template")), namespaceState(second.name, QStringLiteral("operator"))};
        return made;
    }
};
