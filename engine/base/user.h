#pragma once

#include <QString>

namespace scalekeep {

/// Who runs the program, as the system's user database says, for journals and records; environment variables, which anybody may set, only where there
/// is none.
QString localUser();

} // namespace scalekeep
