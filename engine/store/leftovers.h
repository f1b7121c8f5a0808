#pragma once

#include "engine/run/handler.h"

/// What lost runs have left on a volume that a later run has loaded and proven: old and new files aside, staged dumps, links.
namespace scalekeep::store::leftovers {

inline const QString inFiles = QStringLiteral(".scalekeep-run-"); ///< how their names begin, before the run's nonce; no user's own file is named so
inline const QString inRedis = QStringLiteral("scalekeep-");
/// A file beside what was put aside (in the folder of the old files of Redis, in that of the state of a swap), with the name of the safety bundle that holds it.
inline const QString keptIn = QStringLiteral(".kept-in");

/// Shell text that writes this mark into `folder`, a word of the script; empty where there is no safety copy of the stream.
[[nodiscard]] QString mark(const run::StepRun& step, const QString& stream, const QString& folder);

/// Removes what belongs to the runs whose lock this one has taken over: nobody can resume or undo them any more. Old files stay without the mark that a
/// safety bundle holds them, and so does what belongs to a run that is not known, which may be resumed; these are named in the log. A failure is a
/// warning: the data is proven.
void tidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume, const QString& prefix);

} // namespace scalekeep::store::leftovers
