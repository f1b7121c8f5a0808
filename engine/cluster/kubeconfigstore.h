#pragma once

#include "engine/cluster/login.h"

#include <mutex>

namespace scalekeep::cluster {

/// Where the kubeconfigs with the logins lie: the keychain where there is one, else the runtime directory, or the state
/// directory on request. Thread-safe. `oc` reads files: those made from keychain entries are removed with this object.
class KubeconfigStore {
public:
    explicit KubeconfigStore(QString home) : m_home(std::move(home)) {}
    ~KubeconfigStore();
    KubeconfigStore(const KubeconfigStore&) = delete;
    KubeconfigStore& operator=(const KubeconfigStore&) = delete;

    /// Keeps it and answers where: a value for Cluster::tokenStore.
    Result<QString> keep(const Cluster& cluster, const Secret& kubeconfig, bool inState);
    /// NotLoggedIn says why there is none any more.
    [[nodiscard]] Result<Secret> read(const Cluster& cluster) const;
    /// The file for `oc`, with this content.
    Result<QString> fileFor(const Cluster& cluster, const Secret& kubeconfig);
    /// Removes what is kept of this cluster's login, but for what lies in the store `except`.
    Result<void> forget(const Cluster& cluster, const QString& except = {});
    /// Removes it when it is kept for the session only.
    void endSession(const Cluster& cluster);

private:
    Result<QString> filePath(const Cluster& cluster, const QString& store) const;
    [[nodiscard]] QString keychainKey(const Cluster& cluster) const;

    QString m_home;
    std::mutex m_mutex;
    QStringList m_sessionFiles;
};

} // namespace scalekeep::cluster
