#pragma once

#include "models/clusters/clusterhub.h"
#include "models/common/components.h"

#include <QDateTime>

namespace scalekeep::models {

/// Kinds of rows of the clusters tree.
enum class ClusterItemKind { Cluster, Namespace, Group, Store, Workload, Claim, Secret, SecretKey, ConfigMap, Route, CustomResource, Detail };

/// What one row of the clusters tree shows. A value: two readings are merged by comparing it.
struct ClusterItem {
    ClusterItemKind kind = ClusterItemKind::Detail;
    QString id;                       ///< unique among its siblings, the same in every reading
    QString name, detail;             ///< left and right text
    QString subtitle;                 ///< second line of a cluster
    QString icon, glyph, glyphText, toolTip;
    NamespaceRef where;               ///< cluster alone for a cluster's row
    QString object, key;              ///< of a Secret and its key
    QList<ComponentRef> components;   ///< what dragging the row takes
    bool marks = false;               ///< shows whether its components are in the plan
    QString colour;
    bool production = false, readOnly = false;
    ConnectionState state = ConnectionState::Connected;
    bool operator==(const ClusterItem&) const = default;
};

/// A row with the rows below it.
struct ClusterBranch {
    ClusterItem item;
    QList<ClusterBranch> children;
};

/// Rows for what is known, with bounded and cleaned texts. Pure.
ClusterBranch clusterBranch(const ClusterState& cluster, const QDateTime& now);
ClusterBranch namespaceBranch(const ClusterState& cluster, const NamespaceState& state);
/// The cluster's own row alone.
ClusterItem clusterItem(const ClusterState& cluster, const QDateTime& now);

/// Bytes on the volumes of a component; negative when it has none or they are not known.
qint64 usedBytesOf(const NamespaceState& state, const QString& component);

} // namespace scalekeep::models
