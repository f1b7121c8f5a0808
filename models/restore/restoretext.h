#pragma once

#include "engine/plan/plan.h"

namespace scalekeep::models {

/// A plan as people read it: stages, steps, documentation sections, commands, departures.
QString planAsText(const plan::Plan& plan);
/// What takes each change back, step by step.
QString backOutAsText(const plan::Plan& plan);

} // namespace scalekeep::models
