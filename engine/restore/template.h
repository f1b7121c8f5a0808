#pragma once

#include "engine/run/handler.h"

namespace scalekeep::restore {

/// template.create: processes the user's 3scale template with the documented parameters, taken from the bundle's secrets and ConfigMaps, and creates what the
/// namespace lacks, one object at a time. Workloads other than the data stores are created with no replicas: their data is not loaded yet.
void registerTemplateHandlers(run::Handlers& handlers);

} // namespace scalekeep::restore
