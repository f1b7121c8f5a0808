#pragma once

#include "engine/plan/plan.h"
#include "engine/run/journal.h"

#include <QHash>

#include <stop_token>

namespace scalekeep::run {

/// What the journal of an earlier run says, and what can be done about it. A value.
struct Past {
    QString runId, journal;
    plan::Plan plan;
    QJsonObject setup;            ///< data of run-started: nonce, operator, host, catalogue, writesTo ...
    QString state;                ///< as run-finished says ("done", "failed-unchanged", "failed-undone", "needs-attention"), "interrupted" or "running"
    QDateTime started, ended;     ///< ended: of the last event
    std::optional<Error> error;   ///< the first one
    bool resumable = false, undoable = false;
    QList<Event> events;
};

/// Reads and checks a journal. Hostile input: Damaged where its chain is broken or its plan is not the one that was begun.
Result<Past> readPast(const QString& home, const QString& runId);

/// The steps that are done and stand: neither undone nor to be done again since. Id -> what the step answered.
QHash<QString, QJsonObject> doneSteps(const Past& past);

/// A file that the journal names (the bundle that is read, the safety bundle): where it was, or where import put it, in the run's own folder.
QString fileOf(const Past& past, const QString& recorded);

/// Takes over a run's folder from another workstation: its journal, which is checked, and the bundles that lie beside it or where the journal says
/// from there (`../../safety`). Answers the run's id; AlreadyExists where the run is known here, Locked while another one is imported, Cancelled when
/// `stop` was requested: then nothing is left of it. Blocking. Hostile input.
Result<QString> importRun(const QString& home, const QString& folder, const std::stop_token& stop = {});

/// Held by the process that works on a run; two never do at once. A lock of a process that died does not count.
class RunGuard {
public:
    ~RunGuard();
    static Result<std::unique_ptr<RunGuard>> take(const QString& home, const QString& runId);
    static bool isTaken(const QString& home, const QString& runId);

private:
    RunGuard();
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace scalekeep::run
