#pragma once

#include "engine/run/check.h"
#include "engine/run/session.h"
#include "models/common/workplace.h"
#include "models/run/runstate.h"

#include <QObject>

#include <stop_token>

namespace scalekeep::models {

/// Everything that starting a run needs: what backup::makePlan or restore::makePlan gave and what it was made of.
struct RunRequest {
    plan::Plan plan;
    catalog::Catalog catalog;
    cluster::Inventory inventory;
    oc::Connection connection;
    QString operatorIdentity;
    bundle::Header header;
    QString writesTo;                              ///< bundle of a backup, safety bundle of a restore; empty: none
    std::unique_ptr<bundle::Reader> reader;        ///< of a restore
    run::Handlers handlers;
    QList<run::Check> checks;                      ///< what preflight found, for the record
    QJsonObject changes = {};                      ///< what is there before and what will be there, for the record
    bool verifyAfterwards = false;                 ///< read the finished bundle once more (backup)
};

/// Id of the step that reads a finished bundle once more: it is the window's own, not the plan's.
inline const QString verifyBundleStep = QStringLiteral("scalekeep:verify-bundle");

/// One earlier run, from its journal.
struct RunSummary {
    QString runId, kind, cluster, namespaceName, bundle, journal;
    QString state;                                 ///< as run-finished says, or "interrupted", "running" (elsewhere), "damaged"
    bool resumable = false, undoable = false;
    QDateTime started, ended;
    QString message;                               ///< the first error, or why the journal cannot be read
    bool operator==(const RunSummary&) const = default;
};

/// Runs plans on threads of their own and keeps what is known of them: running ones live, ended ones from their journals.
/// GUI thread. A RunState lives as long as the hub or until another one of an ended run is loaded.
class RunHub : public QObject {
    Q_OBJECT
public:
    explicit RunHub(const Workplace& workplace, QObject* parent = nullptr);
    ~RunHub() override;                            ///< asks running runs, and an import, to stop; waits for the runs

    /// Starts at once; the state is owned by the hub.
    RunState* start(RunRequest request);
    [[nodiscard]] QList<RunState*> running() const;
    [[nodiscard]] RunState* state(const QString& runId) const; ///< of a run of this session, or null
    /// Reads the journal of an earlier run into a state (in the background; `loaded` on it when done).
    RunState* open(const QString& runId);
    /// Earlier and running runs, newest first, as last read; refresh() reads again in the background.
    [[nodiscard]] const QList<RunSummary>& summaries() const { return m_summaries; }
    void refresh();

    /// Continue or take back a run that was interrupted or needs attention. `lockWasRemoved`: by hand, and somebody says so; else a run whose lock is
    /// gone ends with LockRemoved.
    RunState* resume(const QString& runId, const oc::Connection& connection, bool lockWasRemoved = false);
    RunState* undo(const QString& runId, const oc::Connection& connection, bool lockWasRemoved = false);
    /// Takes over the folder of a run from another workstation, in the background; `answer` gets its id, and summaries() has it soon after. Its safety
    /// bundle is copied with it, which takes long; stopImport() gives it up, and so does the end of the hub: `answer` gets Cancelled.
    void importRun(const QString& folder, QObject* context, std::function<void(const Result<QString>&)> answer);
    void stopImport();

public Q_SLOTS:
    /// A login was renewed: runs that wait for it go on.
    void loginRenewed(const QString& cluster);

Q_SIGNALS:
    void started(scalekeep::models::RunState* run);
    void changed(scalekeep::models::RunState* run);         ///< progress, at most four times a second
    void ended(scalekeep::models::RunState* run);
    void loginLost(const QString& cluster);
    void summariesChanged();

private:
    class Private;
    const Workplace& m_workplace;
    QList<RunSummary> m_summaries;
    std::stop_source m_import;                              ///< of the one that was begun last
    std::unique_ptr<Private> d;
};

} // namespace scalekeep::models
