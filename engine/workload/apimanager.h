#pragma once

#include "engine/run/handler.h"

namespace scalekeep::workload {

/// A merge patch that sets each dotted field ("spec.zync.appSpec.replicas") of a custom resource to 0, and one that puts back what was there: null
/// for a field that was absent, which a patch with the saved spec would not do (3scale-facts D).
QJsonObject zeroPatch(const QStringList& fields);
QJsonObject backPatch(const QJsonObject& resource, const QStringList& fields);

/// The fields of a step that stops or starts workloads whose operator cannot be stopped (parameters `resource`, `fields`; without them: nothing to do). They change
/// together with the workloads: with a field at 0 the operator takes every new pod away, with a count in it every stop is reverted. `kept`: workloads that stay stopped.
Result<void> zeroFields(run::StepRun& step);
Result<void> putFieldsBack(run::StepRun& step, const QStringList& kept = {});
Result<bool> fieldsAreBack(run::StepRun& step);

/// apimanager.zero: for where the operator itself cannot be stopped (6.6.5, operator-based). workloads.await: waits until the operator has made workloads and
/// they are ready.
void registerApiManagerHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
