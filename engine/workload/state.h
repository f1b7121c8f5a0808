#pragma once

#include "engine/run/handler.h"

/// Stopping and starting DeploymentConfigs and Deployments. What was before is kept in the namespace's lock object until the run is closed, so that
/// the zeros of a crashed run never become the next run's originals.
namespace scalekeep::workload {

/// "dc/NAME" or "deployment/NAME", as `oc scale` and `oc rollout` take it.
QString target(const QString& kind, const QString& name);

/// The same kind as `oc get` takes it.
QString resource(const QString& kind);

/// The workload as it is now; NotFound when there is none.
struct State { QString kind, name; int desired = 0, ready = 0, updated = 0; bool paused = false; bool rolloutInProgress = false; QJsonObject object; };
Result<State> read(const oc::Client& client, const QString& kind, const QString& name);

/// Scales to 0, with the original count put into the lock first; answers the pods that are going. A workload is stopped when awaitGone() has
/// seen the last of them go, and the end of a rollout that would bring others: only then nobody writes any more.
Result<QStringList> beginStop(run::StepRun& step, const QString& kind, const QString& name);
Result<void> awaitGone(run::StepRun& step, const QString& kind, const QString& name, const QStringList& pods);
/// Both for a workload that this run had started: there is nothing to remember.
Result<void> stopAgain(run::StepRun& step, const QString& kind, const QString& name);
/// Puts an original into the lock, and into the journal, should the lock be removed by hand. A key that is there keeps its first value; the journal has also what was found now.
Result<void> remember(run::StepRun& step, const QString& key, const QJsonValue& original);
/// A new rollout (`rollout latest` or `restart`), awaited.
Result<void> rollOut(run::StepRun& step, const QString& kind, const QString& name);
/// How many of the pods that it should have are asked for now: an autoscaler, or somebody, may have set fewer since; 0 is no such choice.
int wantedNow(const State& state, int replicas);
/// Waits until so many pods are ready, as far as they are asked for, and no rollout is under way.
inline constexpr std::chrono::minutes startLimit{15}; ///< images are pulled, hooks migrate a database
Result<void> awaitReady(run::StepRun& step, const QString& kind, const QString& name, int replicas, std::chrono::minutes limit = startLimit);
/// Waits until no rollout is under way. A changed definition begins one by itself, a moment later, and its deployer ends a pod that was ready until then. Once all old pods are gone,
/// one that does not end is waited for no longer than `patience`: a store without its database gets ready only when it has one.
inline constexpr std::chrono::minutes newPodPatience{2};
Result<void> awaitSettled(run::StepRun& step, const QString& kind, const QString& name, std::chrono::minutes limit = startLimit, std::chrono::minutes patience = newPodPatience);

/// No pod is wanted, none is left, and no rollout will bring one.
Result<bool> isStopped(const run::StepRun& step, const State& state);
/// What any change of the workload's own object leaves another, also one that was taken back since: which object it is, its generation, its rollouts.
QString changeMark(const State& state);
/// What tells one rollout from the next: a DeploymentConfig's latest version, a Deployment's time of the last restart.
QString rolloutMark(const State& state);
/// Whether a rollout after the noted mark has come to its end, has begun, or has not.
run::Handler::Probe sinceMark(const State& state, const QString& mark);
/// Happened when all of them are so, NotHappened when none is.
run::Handler::Probe allOrNone(qsizetype yes, qsizetype no);

/// Writers on data that is neither old nor new would make it worse: system-app drops and seeds a database that it takes for an empty one.
/// True: they may be started. False: the data was so before this run, which leaves it and them as they were. Conflict: this run's data must be put
/// right first. `names`: the workloads to be started.
Result<bool> mayStart(const run::StepRun& step, const QStringList& names);
/// Where some components hold what a lost run loaded, and the rest what was there before, its lock keeps down what it had stopped. Of the step's workloads those that this run,
/// which took the lock over, found so: its undo leaves them. None with the parameter `acceptMixed`.
QStringList keptDown(const run::StepRun& step);

/// What the lock remembers of a workload; none when it was not stopped by this run.
std::optional<int> originalReplicas(const run::StepRun& step, const QString& kind, const QString& name);

} // namespace scalekeep::workload
