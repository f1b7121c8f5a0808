#pragma once

#include "engine/run/handler.h"

namespace scalekeep::workload {

/// A merge patch that sets each dotted field ("spec.zync.appSpec.replicas") of a custom resource to 0, and one that puts back what was there: null
/// for a field that was absent, which a patch with the saved spec would not do (3scale-facts D).
QJsonObject zeroPatch(const QStringList& fields);
QJsonObject backPatch(const QJsonObject& resource, const QStringList& fields);

/// apimanager.zero, apimanager.back: for where the operator itself cannot be stopped (6.6.5, operator-based). workloads.await: waits until the operator has
/// made workloads and they are ready.
void registerApiManagerHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
