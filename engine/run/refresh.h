#pragma once

#include "engine/run/handler.h"

namespace scalekeep::run {

/// Reads the inventory anew into the context; fails, and leaves the old one, where a part of the namespace does not answer.
Result<void> refresh(StepRun& step);

} // namespace scalekeep::run
