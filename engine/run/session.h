#pragma once

#include "engine/run/check.h"
#include "engine/run/executor.h"
#include "engine/run/past.h"

namespace scalekeep::run {

/// Who runs a plan on what: everything that Session needs beside the plan. The references outlive the session.
struct Setup {
    plan::Plan plan;
    catalog::Catalog catalog;
    cluster::Inventory inventory;
    const oc::Client& client;         ///< in the plan's namespace
    Redactor& redactor;
    QString operatorIdentity;         ///< `oc whoami`
    bundle::Header header;            ///< of the bundle that the run writes; ignored without writesTo
    QString writesTo;                 ///< path of a backup's bundle or a restore's safety bundle; empty: none
    std::unique_ptr<bundle::Reader> reader; ///< of a restore
    Pause* pause = nullptr;           ///< waited for before each step; none: never
    LoginLost onLoginLost = {};       ///< empty: a lost login fails the run
    QList<Check> checks = {};         ///< what preflight found: journaled, for the record
    QJsonObject changes = {};         ///< what is there before and what will be there (restore::toJson of its Changes, rolled up): journaled, for the record
};

/// What resume and undo need beside the journal. The references outlive the session.
struct ResumeSetup {
    const oc::Client& client;         ///< in the run's namespace
    Redactor& redactor;
    QString operatorIdentity;         ///< `oc whoami`
    QString catalogueFolder = {};     ///< the user's catalogues
    Pause* pause = nullptr;
    LoginLost onLoginLost = {};
    bool lockWasRemoved = false;      ///< by hand, and nothing was changed since: else LockRemoved is the answer to a run whose lock is gone
};

/// Id of the step that puts back what a lost run has left; a plan that has it may take over that run's lock.
inline const QString putBackStep = QStringLiteral("put-back");

/// Runs one plan from start to end: run folder (<home>/runs/<run id>/journal.jsonl, 0700), secrets learned for redaction, lock when the plan
/// changes anything, bundle writer, executor. What the journal holds is all that resume, undo and the record need.
/// Blocking, for a worker thread.
class Session {
public:
    /// `live` gets every event as it happens, on the thread that caused it. `handlers`: those of a restore know every plan.
    Session(QString home, const Handlers& handlers, EventSink live);

    struct Ended {
        Outcome outcome;
        QString runId, journal;
        QJsonObject results;          ///< of the steps, by id
    };
    Result<Ended> run(Setup setup, std::stop_token stop = {});
    /// Goes on with a run that was cut off or needs attention, from its journal alone: what is done is skipped, what was begun is probed, what has
    /// gone since is made again.
    Result<Ended> resume(const QString& runId, ResumeSetup setup, std::stop_token stop = {});
    /// Takes back everything that such a run has begun, in reverse order. `stop` only ends the wait for a login.
    Result<Ended> undo(const QString& runId, ResumeSetup setup, std::stop_token stop = {});

    /// Run ids, newest first.
    static QStringList runs(const QString& home);
    static QString journalPath(const QString& home, const QString& runId);

private:
    enum class Mode { Resume, Undo };
    Result<Ended> goOn(Mode mode, const QString& runId, ResumeSetup setup, std::stop_token stop);
    static Ended finished(Outcome outcome, const Context& context, const QString& journal);

    QString m_home;
    const Handlers& m_handlers;
    EventSink m_live;
};

} // namespace scalekeep::run
