#pragma once

#include "models/clusters/clusterhub.h"
#include "models/clusters/clusterreading.h"

#include <QTimer>

#include <map>
#include <set>
#include <stop_token>

namespace scalekeep::models {

/// What of the hub nobody else sees: which readings are under way, and what one that comes back changes.
class ClusterHub::Private {
public:
    explicit Private(ClusterHub* owner) : hub(owner) {}

    ClusterState* find(const QString& name);
    NamespaceState* find(const NamespaceRef& where);
    void readCluster(const QString& name, bool discover);
    void take(const reading::ClusterReading& reading, bool discover);
    void readNamespace(const NamespaceRef& where, bool wanted);
    void take(const NamespaceRef& where, const reading::NamespaceReading& reading);
    void readVolumes(const NamespaceRef& where);
    bool mergeNamespaces(ClusterState& cluster, const QList<catalog::FoundNamespace>& found);
    void setState(const QString& name, ConnectionState state, const std::optional<Error>& error);
    void tick();
    /// What was asked before a login or logout does not count after it.
    void outdate(const QString& cluster);

    ClusterHub* hub;
    std::stop_source stop;
    QTimer timer;
    std::map<QString, int> generation;
    std::set<QString> clustersInWork, clustersAgain;
    std::set<NamespaceRef> namespacesAgain;
    std::map<QString, QDateTime> discovered;
    std::map<NamespaceRef, QDateTime> volumesRead;
};

} // namespace scalekeep::models
