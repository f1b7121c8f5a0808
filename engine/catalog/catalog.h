#pragma once

#include "engine/cluster/inventory.h"

namespace scalekeep::catalog {

/// One component of 3scale that holds data, as resources/catalogue/*.yaml says it for a version range.
struct Component {
    QString id, title;
    QString engine;               ///< "mysql", "postgresql", "redis", "files", "objects"
    QString workload;             ///< e.g. "system-mysql"
    QString container;
    QString claim;                ///< PVC, or empty
    QString dataDirectory, homeDirectory;
    QString database;
    QMap<QString, QString> environment; ///< role -> name of the variable in the container: "user", "password", "rootPassword", "database"
    bool sourceOfTruth = false;
    bool external = false;        ///< nothing to exec into: not covered, with the tool to use
    QString externalTool;
    QStringList writersAdmin, writersApi; ///< workloads that write to it
    QString backupSection, restoreSection;
    QJsonObject more;             ///< engine-specific facts (config map, config key, queue databases, ...)
    bool operator==(const Component&) const = default;
};

struct ObjectFact { QString kind, name; bool required = false; bool documented = false; QString note; bool operator==(const ObjectFact&) const = default; };

struct WorkloadFact {
    QString name;
    QString replicasPath;         ///< dotted path in the APIManager's spec, or empty
    bool operatorReverts = false; ///< the operator reverts `oc scale` of it
    int startOrder = 0;
    bool adminWriter = false, apiPath = false; ///< stopping it stops the admin side / is an API outage
    QString restoreSection;       ///< 6.6.8 ... 6.6.11
    QStringList containers;
    bool operator==(const WorkloadFact&) const = default;
};

/// The facts of one version range. A plain value, read once.
struct Catalog {
    QString file, title, versions, workloadKind, selectorLabel; ///< "deploymentConfig" or "deployment"
    QList<Component> components;
    QList<ObjectFact> objects;
    QStringList objectKinds;      ///< kinds that a rebuild from nothing needs, in order of creation
    QStringList secretReferences; ///< keys in an APIManager whose values name Secrets
    QList<WorkloadFact> workloads;
    QString operatorWorkload;     ///< e.g. "threescale-operator"
    [[nodiscard]] const Component* component(const QString& id) const;
    [[nodiscard]] const WorkloadFact* workload(const QString& name) const;
    bool operator==(const Catalog&) const = default;
};

/// Reads one file; an error names file, line and reason. The input may be the user's own: hostile, bounded.
Result<Catalog> readCatalog(const QString& path);

struct Detection {
    Catalog catalog;
    QString version;              ///< "2.7", "2.15"
    QString flavour;              ///< "template" or "operator"
    QString workloadKind;
    QStringList reasons;          ///< why, in sentences, for the user
    bool operator==(const Detection&) const = default;
};

/// Picks the file for what is in the namespace. NotFound when it holds no 3scale, with what was looked for.
Result<Detection> detect(const cluster::Inventory& inventory, const QStringList& userCatalogues = {});

} // namespace scalekeep::catalog
