#pragma once

#include "engine/store/common.h"

/// Helper pods: a component's own image, service account and volume with nothing running in it, so that files and RDB dumps can be put in place
/// while the workload is stopped. They copy no label of the workload (Services and controllers select by those), carry the label
/// `scalekeep.io/run=<nonce>`, and are found and removed by it.
namespace scalekeep::store::helper {

inline const QString runLabel = QStringLiteral("scalekeep.io/run");
inline const QString volumePath = QStringLiteral("/scalekeep/volume"); ///< where the component's claim is mounted

/// The Pod object, from the workload's own pod template as the inventory knows it; it runs as the workload's own pods do, whoever creates it.
Result<QJsonObject> podFor(const catalog::Component& component, const cluster::Inventory& inventory, const QString& nonce);
/// The helper pod of this run for a component, when its step has made one.
Result<oc::PodRef> container(const run::StepRun& step, const QString& component);

/// The same for an undo: made again where it is gone. The undo of its own step, which comes later, removes it.
Result<oc::PodRef> ensure(run::StepRun& step);

/// Actions helper.create (undo: removes it) and helper.remove.
void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::helper
