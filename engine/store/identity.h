#pragma once

#include "engine/cluster/inventory.h"

namespace scalekeep::store::helper {

/// Who a helper pod runs as: parts of its own securityContext and of its container's. They are stated because SCC admission takes the first constraint
/// that the user or the service account may use. For a cluster-admin that is `anyuid`, which fills in nothing: the pod would run as its image's user
/// without the volume's group, and neither get at the workload's files nor leave any that the workload can write.
struct Identity {
    QJsonObject pod, container;
};

/// As pods that a controller has made for this service account: the workload's own, else another's. Where there is none (everything is stopped), as the
/// constraint `restricted` would have it by the project's annotations. Empty where neither tells.
Identity identityFor(const cluster::Inventory& inventory, const cluster::Workload& workload, const QString& container, const QString& serviceAccount);

} // namespace scalekeep::store::helper
