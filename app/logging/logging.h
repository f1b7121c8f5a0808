#pragma once

#include "engine/base/secret.h"

/// Sends Qt's messages to spdlog: a rotating file <home>/logs/scalekeep.log (0600) and, for warnings, standard error. One place for
/// redaction: nothing that the redactor knows is written. `redactor` outlives the program's messages.
namespace scalekeep::logging {

void install(const QString& home, const Redactor& redactor);

} // namespace scalekeep::logging
