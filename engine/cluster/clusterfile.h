#pragma once

#include "engine/cluster/login.h"

#include <functional>

namespace scalekeep::cluster {

/// clusters.json in the state directory: the clusters that the user has added. Holds no secret. Each change reads,
/// changes and replaces the file under a lock, so that several programs can do so at once.
class ClusterFile {
public:
    explicit ClusterFile(const QString& home);

    [[nodiscard]] Result<QList<Cluster>> read() const;
    /// Adds the cluster or replaces the one of its name.
    Result<void> put(const Cluster& cluster) const;
    /// Takes the cluster of this name out; an absent one counts as removed.
    Result<void> remove(const QString& name) const;
    /// Changes the cluster of this name as it stands in the file; NotFound when there is none.
    Result<Cluster> change(const QString& name, const std::function<void(Cluster&)>& edit) const;

private:
    Result<void> rewrite(const std::function<Result<void>(QList<Cluster>&)>& edit) const;

    QString m_path;
};

Error unknownCluster(const QString& name);

/// A cluster's name is typed, shown, and part of file names: letters, digits, dot, dash, underscore, at most 63.
Result<void> checkClusterName(const QString& name);

} // namespace scalekeep::cluster
