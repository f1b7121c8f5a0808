#pragma once

#include "engine/store/common.h"

/// What the steps of a run that goes on after a crash take back from their earlier answers (run::Handler::recall).
namespace scalekeep::store {

/// A component's entry of the manifest, as part of a step's answer.
QJsonObject entryToJson(const bundle::Component& entry);

/// A dump that is in the bundle which is written on: its entry and its moment are known again. False where the bundle lacks it.
Result<bool> recallDump(run::StepRun& step, const QJsonObject& result);

/// Whether the bundle that is written on holds the step's component; also where none is written on, for it is complete then.
bool isStored(const run::StepRun& step);

/// A file staged in a pod, as long as nothing was loaded from it.
Result<bool> recallStaged(run::StepRun& step, const QJsonObject& result);
/// A load: only a store that keeps its data in the pod can have lost it.
Result<bool> recallLoaded(run::StepRun& step, const QJsonObject& result);

/// Probe of a step that stages a file: it has its name only when it is whole. `mayCompress`: as in stageInPod().
Result<run::Handler::Probe> probeStaged(run::StepRun& step, const oc::PodRef& pod, const QString& directory, const QString& stream, bool mayCompress = true);
/// Probe of a step that loads a staged dump into a database: by the marks that its command leaves beside the file.
Result<run::Handler::Probe> probeLoaded(run::StepRun& step);

/// Whether this file is there, an error where that cannot be told.
Result<bool> existsInPod(run::StepRun& step, const oc::PodRef& pod, const QString& path);
/// Whether this file is there; false as well where the container does not answer any more.
bool isInPod(run::StepRun& step, const oc::PodRef& pod, const QString& path);

/// Whether a step of this run, by its id, is done (and still stands).
bool isDone(const run::StepRun& step, const QString& id);
/// In a resumed run, where steps are asked in the plan's order: whether the load of a store that keeps its data in its pod has to be done again, so that what followed it is void.
bool lostWithItsPod(const run::StepRun& step);

/// For the undo of a load that puts the old data aside (at `path`, in this run's own name), which may be a second one: whether the component's tidy step removed
/// it, so that the safety bundle alone has it. What is not there otherwise was never put aside, or is back.
Result<bool> wasTidied(run::StepRun& step, const oc::PodRef& pod, const QString& path);
/// Noted by the tidy step before it removes anything, and by the undo before it moves anything back.
Result<void> noteTidying(run::StepRun& step);
Result<void> noteMovingBack(run::StepRun& step);

/// Why there is no safety copy of the step's component: Unsupported with what to do. "absent" is told apart: nothing was there.
struct Before { const bundle::Stream* stream = nullptr; bool absent = false; };
Result<Before> safetyCopy(const run::StepRun& step, const QString& stream);
/// No safety bundle was taken, or it could not keep it: what is put aside is all that there is.
bool isOnlyCopy(const run::StepRun& step, const QString& stream);
/// For the tidy step, whose parameter `withoutCopy` says that the user gave up the safety bundle, or that nothing was there: whether it leaves what was put aside.
bool staysAside(const run::StepRun& step, const QString& stream);

} // namespace scalekeep::store
