#pragma once

#include "engine/run/handler.h"

/// The checks after a restore (3scale-facts F): workloads ready at their counts, Routes admitted, 3scale's own status pages.
namespace scalekeep::workload {

void registerVerifyHandlers(run::Handlers& handlers);

} // namespace scalekeep::workload
