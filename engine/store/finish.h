#pragma once

#include "engine/run/handler.h"

namespace scalekeep::store {

/// store.unstage: removes a staged dump. bundle.finish: completes the bundle that the context writes (manifest, sync, rename). safety.try: runs another action for a safety bundle, and
/// records what is absent or unreadable instead of failing.
void registerFinishHandlers(run::Handlers& handlers);

} // namespace scalekeep::store
