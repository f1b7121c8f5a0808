#pragma once

#include "engine/cluster/inventory.h"

/// What a 3scale installation of a version range consists of, as resources/catalogue/*.yaml says it (schema: README.md there).
/// Plain values, read once and shared read-only. The fields are the keys of the schema, where every one is explained.
namespace scalekeep::catalog {

struct RedisDatabase { int index = 0; QString title; bool queues = false, sourceOfTruth = false; bool operator==(const RedisDatabase&) const = default; };
struct External { QString secret, ownHost, tool; QStringList urlKeys, schemes; bool operator==(const External&) const = default; };

/// One component: a data store, or a group of object kinds (engine "objects").
struct Component {
    QString id, title;
    QString engine;               ///< "mysql", "postgresql", "redis", "files", "objects"
    QString presence, group;      ///< "required", "optional", "one_of" (of `group`), "external" (never in the cluster)
    QStringList backupSections, restoreSections; ///< of the documentation; empty: the text forgets it
    QString forgotten;            ///< what that costs
    bool sourceOfTruth = false;
    QStringList kinds;            ///< engine "objects": ids of ObjectKind
    QString workload, container;
    QStringList neverIn;          ///< containers of the workload that mount it read-only
    QString home, dataDirectory;
    QStringList imageVersions;
    int port = 0;
    bool socket = false;          ///< the superuser gets in by the local socket without a password
    QString database, databaseEnv, user, passwordEnv, ownerEnv;
    QStringList configMaps;
    bool configMapShared = false;
    QString claim;                ///< PVC; empty with emptyDir
    QString accessMode;
    bool emptyDir = false;        ///< a replaced pod loses the data
    QList<RedisDatabase> databases;
    QString appendOnly;           ///< "file", "directory", "either"
    int rdbVersion = 0;
    bool documentedRestore = false; ///< Redis: the way of 6.6.7 may be offered
    QString documentedRestoreReason;
    QStringList volatileKeys, routines;
    QString guardTable;
    QStringList adminWriters, apiWriters;
    External external;
    bool operator==(const Component&) const = default;
};

struct ObjectName { QString name, forgotten; bool required = false, documented = false, defaultContent = false, pattern = false, skip = false; bool operator==(const ObjectName&) const = default; };

struct ObjectKind {
    QString id, kind, resource, title;
    bool saveOthers = false;
    QString createdBy;            ///< "installation", "operator", "zync"
    QStringList ignoreNames, ignoreTypes, ignoreOwnerKinds, ignoreLabels;
    QList<ObjectName> names;
    bool operator==(const ObjectKind&) const = default;
};

struct WorkloadFact {
    QString name, title, side;    ///< side: "admin", "api", "store", "support"
    QStringList containers;
    QString replicasField;        ///< dotted path in the custom resource, or empty
    QString revertedByOperator;   ///< "always", "when_set", "never"
    int startStage = 0;
    QStringList needs, restartAfter, sections;
    bool optional = false;        ///< may be absent by choice
    bool operator==(const WorkloadFact&) const = default;
};

struct Hooks { QString workload, kind, pre, post, effect; QStringList needs; bool operator==(const Hooks&) const = default; };
struct Task { QString id, title, workload, container; QStringList argv, sections; bool operator==(const Task&) const = default; };

struct SecretRef { QString resource, path; bool operator==(const SecretRef&) const = default; };

struct Catalog {
    QString file, id, title;
    QString minVersion, maxVersion; ///< "2.8"; maxVersion may be empty: and later
    QString version, flavour;     ///< for which it was read; empty: all of it
    QString workloadKind;         ///< "DeploymentConfig" or "Deployment"
    QString podLabel;             ///< "deploymentConfig" or "deployment"
    QStringList flavours;
    QString documentationTitle, documentationUrl;
    QStringList operatorDeployments;
    QString customResource;       ///< resource name of the APIManager, or empty
    QList<Component> components;
    QList<ObjectKind> kinds;      ///< in the order in which a restore creates them
    QList<WorkloadFact> workloads;
    Hooks hooks;
    QList<Task> tasks;
    QList<SecretRef> secretRefs;
    QStringList notes;
    [[nodiscard]] const Component* component(const QString& id) const;
    [[nodiscard]] const ObjectKind* kind(const QString& id) const;
    [[nodiscard]] const WorkloadFact* workload(const QString& name) const;
    [[nodiscard]] const Task* task(const QString& id) const;
    bool operator==(const Catalog&) const = default;
};

/// Reads one file as it stands for this version and flavour (entries outside of them are left out); an error names file, line and
/// reason. The input may be the user's own: hostile, bounded.
Result<Catalog> readCatalog(const QString& path, const QString& version = {}, const QString& flavour = {});

/// The built-in catalogues and the user's, one of each id. `userFolder` may be empty or missing. An error in any file is an error:
/// a catalogue that the user wrote is never left out silently.
Result<QList<Catalog>> allCatalogs(const QString& userFolder = {});

/// The catalogue for what a bundle says that it is of, where the namespace itself may be gone. Unsupported when none fits.
Result<Catalog> catalogFor(const QString& version, const QString& workloadKind, const QString& flavour, const QString& userFolder = {});

struct Detection {
    Catalog catalog;              ///< for this version and flavour
    QString version;              ///< "2.7", "2.15.2"
    QString flavour;              ///< "template" or "operator"
    QString workloadKind;
    QStringList reasons;          ///< why, in sentences, for the user
    bool certain = true;          ///< false: rules disagree, or no sign tells one of the parts: the user is asked
    // What no sign tells is filled in, to have a catalogue: whoever compares asks these first.
    bool versionKnown = true;      ///< by a sign; where several disagree, by the first rule's
    bool flavourKnown = true;      ///< by a sign, or the known version has one flavour only
    bool workloadKindKnown = true; ///< by a sign, or the known version has one kind only
    bool operator==(const Detection&) const = default;
};

/// Picks the file for what is in the namespace. NotFound when it holds no 3scale, with what was looked for.
/// `userFolder`: the user's own catalogues, which replace built-in ones of the same id.
Result<Detection> detect(const cluster::Inventory& inventory, const QString& userFolder = {});

} // namespace scalekeep::catalog
