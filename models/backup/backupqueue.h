#pragma once

#include "models/backup/backupplan.h"
#include "models/run/runhub.h"
#include "models/run/runstate.h"

#include <stop_token>

namespace scalekeep::models {

/// What was found out before a backup of one namespace starts.
struct BackupPreparation {
    NamespaceRef where;
    std::optional<Error> error;             ///< it could not even be looked at
    QList<run::Check> checks;
    plan::Plan plan;
    std::shared_ptr<RunRequest> request;    ///< ready to start; none after an error
    [[nodiscard]] bool mayStart() const { return !error && request && !run::anyFailed(checks); }
};

/// Logs in as the cluster's user, reads the namespace anew, makes the plan and checks what must hold. Changes nothing. Blocking, for workers.
BackupPreparation prepareBackup(const Workplace& workplace, const BackupJob& job, const std::stop_token& stop);

/// Starts the backups of a plan, one namespace after the other, each after its checks; and dry runs. A namespace whose checks fail is refused with
/// them, the others go on. GUI thread; made once, outlived by hubs.
class BackupQueue : public QObject {
    Q_OBJECT
public:
    BackupQueue(ClusterHub& clusters, RunHub& runs, QObject* parent = nullptr);
    ~BackupQueue() override;

    enum class State { Waiting, Checking, Running };
    struct Item { BackupJob job; QJsonObject change; State state = State::Waiting; RunState* run = nullptr; };

    [[nodiscard]] const QList<Item>& items() const { return m_items; } ///< those that have not ended
    [[nodiscard]] bool contains(const NamespaceRef& where) const;
    /// `change`: fields of the change that they are part of, carried by each plan for the record.
    void start(const QList<BackupJob>& jobs, const QJsonObject& change = {});
    /// Takes back what has not begun, checks included; a run that runs is cancelled on its own page.
    void cancelWaiting();

    using Answer = std::function<void(const QList<BackupPreparation>&)>;
    void dryRun(const QList<BackupJob>& jobs, QObject* context, Answer answer);

Q_SIGNALS:
    void changed();
    void runStarted(scalekeep::models::RunState* run);
    void refused(const scalekeep::models::BackupPreparation& preparation);

private:
    void next();
    void prepared(const BackupPreparation& preparation);
    void runEnded(RunState* run);
    void note(const BackupPreparation& preparation);

    ClusterHub& m_clusters;
    RunHub& m_runs;
    QList<Item> m_items;
    std::stop_source m_stop;
    quint64 m_serial = 0;
};

} // namespace scalekeep::models
