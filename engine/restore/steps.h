#pragma once

#include "engine/restore/restore.h"
#include "engine/store/steps.h"

/// Steps of a restore, as data; plan.cpp puts them in order.
namespace scalekeep::restore {

struct RestoreSteps {
    const Situation& situation;
    const Options& options;
    const catalog::Catalog& catalog;
    bool workloadsRestored;              ///< whether the workloads' objects are among what is restored
    store::StepMaker maker;
    QStringList kept = {};               ///< components that the safety bundle is to keep; empty: none is taken
    QStringList left = {};               ///< objects that are not restored, see leftAsTheyAre()

    [[nodiscard]] plan::Step workloads(const QString& id, const QString& title, const QString& action, const QStringList& names) const;
    [[nodiscard]] plan::Step stop(const QString& id, const QString& title, const QStringList& names) const;
    [[nodiscard]] plan::Step start(const QString& id, const QString& title, const QStringList& names) const;
    [[nodiscard]] plan::Step startOperator(const QStringList& names) const;
    [[nodiscard]] plan::Step rollout(const QString& id, const QString& name) const;
    [[nodiscard]] plan::Step settle(const QStringList& names) const; ///< until the definitions that were put back are rolled out
    [[nodiscard]] plan::Step task(const QString& task) const;
    [[nodiscard]] plan::Step objects(const catalog::Component& component) const;
    /// Of what the operator carries out in 3scale; empty for components without such kinds.
    [[nodiscard]] QList<plan::Step> capabilities(const catalog::Component& component) const;
    [[nodiscard]] plan::Step proveObjects(const catalog::Component& component) const;
    [[nodiscard]] plan::Step prepare(const catalog::Component& component) const; ///< an empty database where there is none
    /// Stage, load, prove, tidy: one after the other.
    [[nodiscard]] QList<plan::Step> database(const catalog::Component& component) const;
    [[nodiscard]] QList<plan::Step> files(const catalog::Component& component, bool helperIsThere) const;
    [[nodiscard]] QList<plan::Step> redisByHelper(const catalog::Component& component) const;
    [[nodiscard]] QList<plan::Step> redisDocumented(const catalog::Component& component) const;

    /// How many pods it should have afterwards: the bundle's count where it knows one and the workloads are restored or nothing runs now, else today's.
    [[nodiscard]] int replicas(const QString& workload) const;
    [[nodiscard]] QString kindOf(const QString& workload) const;
    [[nodiscard]] bool exists(const QString& workload) const; ///< in the namespace now, or in the bundle's workloads

private:
    /// Title and undo of the step that removes what was put aside, by where there is a copy of it; and whether it may do so without one.
    void tellWhatIsLeft(plan::Step& tidy, const catalog::Component& component) const;
    [[nodiscard]] plan::Step component(const catalog::Component& component, const QString& verb, const QString& title, const QString& action) const;
    [[nodiscard]] QJsonArray emptiedDatabases(const catalog::Component& component) const;
};

} // namespace scalekeep::restore
