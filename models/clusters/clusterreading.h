#pragma once

#include "engine/catalog/namespaces.h"
#include "models/clusters/clusterhub.h"

#include <stop_token>

/// The blocking part of ClusterHub, for worker threads: plain values in, plain values out.
namespace scalekeep::models::reading {

struct ClusterReading {
    cluster::Cluster cluster;
    ConnectionState state = ConnectionState::LoggedOut;
    QString serverVersion;
    bool mayListProjects = true;
    bool looked = false;                            ///< `found` is what is there now
    QList<catalog::FoundNamespace> found;
    std::optional<Error> error;
};
/// Who we are there, and with `discover` which namespaces hold 3scale.
ClusterReading readCluster(const Workplace& workplace, const cluster::Cluster& known, bool discover, const std::stop_token& stop);

struct NamespaceReading {
    std::optional<catalog::Detection> detection;
    std::optional<cluster::Inventory> inventory;
    std::optional<Error> error;
};
/// The redactor has learned the namespace's secrets before this returns anything.
NamespaceReading readNamespace(const Workplace& workplace, const NamespaceRef& where, const std::stop_token& stop);

/// One value of one Secret, read now.
Result<Secret> readSecretValue(const Workplace& workplace, const NamespaceRef& where, const QString& secret, const QString& key, const std::stop_token& stop);

Result<cluster::Cluster> logIn(const Workplace& workplace, const LoginRequest& request);

} // namespace scalekeep::models::reading
