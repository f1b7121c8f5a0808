#pragma once

#include "engine/oc/command.h"

namespace scalekeep::oc {

/// The factor on every time limit of a call of the client, from $SCALEKEEP_PATIENCE: 3 for a line so slow that calls are given up too early,
/// 0.5 where nobody wants to wait. 1 when it is not set; BadInput for anything but a number from 0.01 to 100.
Result<double> patience();
/// The command with its limits (none stays none) times the factor.
Command withPatience(Command command, double factor);

} // namespace scalekeep::oc
