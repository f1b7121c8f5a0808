#pragma once

#include "engine/run/handler.h"

namespace scalekeep::workload {

/// workloads.stop, workloads.stayed, workloads.start, workloads.resume, workloads.rollout, rollouts.pause, rollouts.resume, task.run, verify.workloads,
/// verify.routes, verify.http. Parameters: `workloads`: [{kind, name, replicas}] (replicas missing: what the lock remembers).
void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
