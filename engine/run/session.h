#pragma once

#include "engine/run/executor.h"

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
};

/// Runs one plan from start to end: run folder (<home>/runs/<run id>/journal.jsonl, 0700), secrets learned for redaction, lock when the plan
/// changes anything, bundle writer, executor. What the journal holds is all that resume, undo and the record need.
/// Blocking, for a worker thread.
class Session {
public:
    /// `live` gets every event as it happens, on the thread that caused it.
    Session(QString home, const Handlers& handlers, EventSink live);

    struct Ended {
        Outcome outcome;
        QString runId, journal;
        QJsonObject results;          ///< of the steps, by id
    };
    Result<Ended> run(Setup setup, std::stop_token stop = {});

    /// Run ids, newest first.
    static QStringList runs(const QString& home);
    static QString journalPath(const QString& home, const QString& runId);

private:
    QString m_home;
    const Handlers& m_handlers;
    EventSink m_live;
};

} // namespace scalekeep::run
