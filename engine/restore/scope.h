#pragma once

#include "engine/restore/restore.h"

namespace scalekeep::restore {

/// What a plan is for, worked out once from the choices. The situation outlives it.
struct Scope {
    QStringList components;
    QStringList stopped;          ///< workloads that must not run while data is loaded, last started first
    QStringList operators;        ///< the operator's Deployments to be stopped with them
    bool systemDatabase = false;
    bool freshOperator = false;   ///< a rebuild: the operator is to make the installation, of which nothing runs
    [[nodiscard]] bool has(const QString& id) const { return components.contains(id); }
};

/// Usage errors: a component that the bundle does not have or the catalogue does not know, one that is given up without being restored, and what a lost run has half-loaded left out.
Result<Scope> scopeOf(const Situation& situation, const Options& options);
/// Data stores to be restored of which the namespace has neither workload nor claim: nothing is overwritten, and an undo may empty them again.
QStringList absentComponents(const Situation& situation, const Scope& scope);
/// Its workload is gone, but its volume is there: it holds what nobody can look at or keep a copy of.
bool isVolumeAlone(const Situation& situation, const catalog::Component& component);
/// Whether its old data is put aside on its volume, not dropped, before new data is loaded.
bool isPutAside(const catalog::Component& component);
/// Objects (“Deployment/zync-database”) that would restart a store whose data goes with its pod, and which is not restored: they stay, as its pod does when a Secret has changed.
QStringList leftAsTheyAre(const Situation& situation, const Scope& scope);
/// What the safety bundle is to keep of what is overwritten; empty where none is taken.
QStringList keptComponents(const Situation& situation, const Options& options, const Scope& scope);
/// Hosts of the bundle's Routes that a router had admitted: the others, which another namespace may have claimed, are not asked for at the end.
QStringList admittedHosts(const Situation& situation);
/// What the administrator is to know before the plan is confirmed.
QStringList warnings(const Situation& situation, const Options& options, const Scope& scope);

} // namespace scalekeep::restore
