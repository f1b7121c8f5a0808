#pragma once

#include "app/cli/arguments.h"

#include "engine/plan/plan.h"
#include "engine/record/change.h"

namespace scalekeep::cli {

/// The options that say what change a run is part of; the record shows them.
void declareChange(Arguments& arguments);
/// What they name: the file's fields, replaced by the options'.
Result<record::Change> changeFrom(const Arguments& arguments);
/// Puts it into the plan, so that it stands in the journal before anything happens.
void carry(const record::Change& change, plan::Plan& plan);

} // namespace scalekeep::cli
