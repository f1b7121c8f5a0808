#pragma once

#include "engine/run/handler.h"

namespace scalekeep::restore {

/// objects.readers, a step before Secrets and ConfigMaps are restored, that changes nothing itself: its undo comes after theirs, and rolls out the pods
/// that had read the restored values. Knows the actions that are registered before it.
void registerReadersHandler(run::Handlers& handlers);

} // namespace scalekeep::restore
