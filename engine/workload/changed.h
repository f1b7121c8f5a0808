#pragma once

#include "engine/run/handler.h"

namespace scalekeep::workload {

/// "Secret/NAME" and "ConfigMap/NAME" that a workload's pods read, by environment or volume.
QStringList referencedObjects(const QJsonObject& workload);

/// workloads.rolloutChanged: rolls out those of the named workloads that read a Secret or ConfigMap which this run created or replaced: a running
/// pod does not see the new value. workloads.settle: waits for the rollouts that definitions which this run replaced have
/// begun by themselves.
void registerChangedHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
