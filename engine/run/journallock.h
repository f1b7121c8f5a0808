#pragma once

#include "engine/run/handler.h"
#include "engine/run/lock.h"
#include "engine/run/past.h"

namespace scalekeep::run {

/// Steps that an earlier pass has begun and not undone, in order.
QStringList begunSteps(const Past& past);

/// The lock of a run whose own one was removed by hand: what it remembered is in the journal, too. `info`: who goes on with it.
LockInfo lockFromJournal(const Past& past, const Handlers& handlers, LockInfo info);

/// What the run took over is in its journal as well: should its lock be removed by hand, it is not forgotten.
Result<void> noteInherited(Journal& journal, const Redactor& redactor, const Lock& lock, const EventSink& live);

} // namespace scalekeep::run
