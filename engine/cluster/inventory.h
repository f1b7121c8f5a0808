#pragma once

#include "engine/oc/client.h"

#include <QDateTime>

namespace scalekeep::cluster {

/// What one namespace holds at one moment, as plain values taken from the client's JSON. Secrets' values are kept out: only key
/// names; the values are read when a step needs them. Everything here is cluster output: never trusted, lengths bounded.
struct Pod {
    QString name, uid, phase, nodeName;
    bool ready = false, terminating = false;
    QMap<QString, QString> labels;
    QStringList containers;
    QMap<QString, QString> images;   ///< container -> image as resolved (imageID when known)
    QStringList claims;              ///< PVCs that it mounts
    QDateTime created;
    bool operator==(const Pod&) const = default;
};

struct Workload {
    QString kind;                    ///< "DeploymentConfig", "Deployment", "StatefulSet"
    QString name;
    int desired = 0, ready = 0;
    bool paused = false;
    QStringList containers;
    QMap<QString, QString> images;
    QMap<QString, QString> selector; ///< the pods' labels
    QDateTime created;
    bool rolloutInProgress = false;
    bool operator==(const Workload&) const = default;
};

struct Claim {
    QString name, phase, volume, capacity, storageClass;
    QStringList accessModes;
    bool operator==(const Claim&) const = default;
};

struct NamedObject { QString kind, name; QStringList keys; bool operator==(const NamedObject&) const = default; };
struct Route { QString name, host, service; bool admitted = false, tls = false; QString problem; bool operator==(const Route&) const = default; };

struct Inventory {
    QString namespaceName, projectUid, apiUrl;
    QDateTime taken;
    QList<Workload> workloads;
    QList<Pod> pods;
    QList<Claim> claims;
    QList<NamedObject> secrets, configMaps, others; ///< others: Services, ImageStreams, ServiceAccounts, Jobs ... (kind, name)
    QList<Route> routes;
    QJsonArray objects;              ///< the objects as read, for detection and plans; a Secret without its values. They hold secrets all
                                     ///< the same (environment of a workload, ConfigMap smtp): in memory only, never shown as a whole
    QMap<QString, QString> environment; ///< ConfigMap system-environment's data (AMP_RELEASE, THREESCALE_SUPERDOMAIN)
    QMap<QString, QString> projectLabels, projectAnnotations; ///< the ids that its pods may run as, and what is enforced on them
    QList<Error> problems;           ///< kinds that could not be read, and why

    [[nodiscard]] const Workload* workload(const QString& name) const;
    /// The object as read; empty when there is none.
    [[nodiscard]] QJsonObject object(const QString& kind, const QString& name) const;
    [[nodiscard]] QList<Pod> podsOf(const Workload& workload) const;
    /// Running, Ready and not terminating: `.items[0]` may be any of the others. NotReady names what was found instead.
    [[nodiscard]] Result<Pod> readyPod(const QString& workloadName) const;
    /// Fails with what could not be read because the cluster did not answer for it: nothing may be planned or decided from what is left, for what is not seen would not be kept.
    [[nodiscard]] Result<void> whole() const;
    bool operator==(const Inventory&) const = default;
};

/// Reads everything but values in two or three `oc get`s (form E); kinds that the cluster does not know are left out.
Result<Inventory> takeInventory(const oc::Client& client);

/// Pure: the same from saved JSON, for tests and for the inventory a bundle holds.
Inventory inventoryFromObjects(const QJsonArray& items, const QString& namespaceName);

/// Pure: takes over what the Project object says of the namespace.
void addProject(Inventory& inventory, const QJsonObject& project);

} // namespace scalekeep::cluster
