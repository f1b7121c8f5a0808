#pragma once

#include "engine/catalog/catalog.h"
#include "engine/oc/client.h"
#include "engine/plan/plan.h"
#include "engine/run/handler.h"

/// Steps that back a namespace up, as data: the backup's plan and the safety stage of a restore are made of the same ones.
namespace scalekeep::store {

struct StepMaker {
    const catalog::Catalog& catalog;
    const cluster::Inventory& inventory;
    const oc::Connection& connection;
    bool safety = false;  ///< steps of a safety bundle: what is absent or unreadable is recorded instead of failing
    bool quiesced = false;       ///< the plan stops the writers before the snapshots
    bool writersStopped = false; ///< no pod of system-app: files are read through a helper pod that the plan makes
    QStringList absent = {};          ///< of a safety bundle: components that it is to say were not there
    QStringList mayBeUnreadable = {}; ///< of a safety bundle: components that the user gives up where they cannot be read
    bool compress = true;        ///< gzip in the pod while a dump travels

    /// What a person would type for this, with the pod as it is named now.
    [[nodiscard]] QString command(const catalog::Component& component, const QStringList& argv) const;
    [[nodiscard]] QString inHelper(const catalog::Component& component, const QStringList& argv) const;

    [[nodiscard]] plan::Step inspect(const catalog::Component& component) const;
    [[nodiscard]] plan::Step snapshot(const catalog::Component& component) const;      ///< Redis
    [[nodiscard]] plan::Step dump(const catalog::Component& component, const QString& afterSnapshotOf = {}) const;
    [[nodiscard]] plan::Step unlink(const catalog::Component& component) const;        ///< Redis
    [[nodiscard]] plan::Step finish() const;
    [[nodiscard]] plan::Step helper(const catalog::Component& component) const;        ///< a pod of our own on the component's volume
    [[nodiscard]] plan::Step removeHelper(const catalog::Component& component) const;

    /// The stages of a backup of these components, in the decided order: Redis BGSAVE, then the MySQL transaction, then files and zync; transfers in
    /// parallel once the snapshots stand.
    [[nodiscard]] QList<plan::Stage> backupStages(const QStringList& components, int parallel) const;

private:
    [[nodiscard]] plan::Step make(const catalog::Component& component, const QString& verb, const QString& title, const QString& action) const;
};

/// Every action of the data stores.
void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store
