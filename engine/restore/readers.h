#pragma once

#include "engine/run/handler.h"

namespace scalekeep::restore {

/// objects.readers, a step before objects are restored, that changes nothing itself: its undo comes after theirs, and rolls out the pods that had read the
/// restored values. A store that its definition, or this, restarts and whose data goes with its pod is loaded again. Knows the actions that are registered before it.
void registerReadersHandler(run::Handlers& handlers);

} // namespace scalekeep::restore
