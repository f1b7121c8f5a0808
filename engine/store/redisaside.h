#pragma once

#include "engine/run/handler.h"

/// The old files of Redis while new ones are loaded and not yet proven: in a directory of this run on their own volume. It is made before the first file
/// is moved, the mark in it after the last one, so that a load or an undo that was cut off at any place goes on from there. The same in a helper pod and,
/// the documented way, beside the running server: `volume` is where that container has the files. Errors are those of the exec; nothing is guessed from them.
namespace scalekeep::store::redis::aside {

QString directory(const run::StepRun& step, const QString& volume);

/// Once, whatever is run again: what lies in the volume after it is the run's own.
Result<void> put(run::StepRun& step, const oc::PodRef& pod, const QString& volume);
/// NotHappened: no file was moved. Happened: all were.
Result<run::Handler::Probe> probe(run::StepRun& step, const oc::PodRef& pod, const QString& volume);
/// Takes the new files away and puts the old ones back; success where none lie aside. Not for what wasTidied().
Result<void> back(run::StepRun& step, const oc::PodRef& pod, const QString& volume);

/// Removes them, unless they are the only copy; a tidy step's answer.
Result<QJsonObject> tidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume);
/// Happened where nothing of them is left.
Result<run::Handler::Probe> probeTidy(run::StepRun& step, const oc::PodRef& pod, const QString& volume);

} // namespace scalekeep::store::redis::aside
