#pragma once

#include "engine/record/change.h"
#include "engine/run/check.h"
#include "engine/run/facts.h"

namespace scalekeep::record {

struct FieldText {
    QString field = {}, text = {};
    QDateTime at = {}; ///< when it was entered, where it was entered afterwards; else invalid
    QString by = {};
    [[nodiscard]] bool afterwards() const { return at.isValid(); }
    bool operator==(const FieldText&) const = default;
};

/// One pass over the run: the first, and each resume or undo.
struct Pass {
    QString mode = {}; ///< "run", "resume", "undo"
    QDateTime at = {};
    QString operatorIdentity = {}, localUser = {}, host = {}, program = {};
    bool repaired = false;        ///< the journal's last line was not whole
    bool operator==(const Pass&) const = default;
};

/// A bundle that the run read or wrote.
struct BundleFact {
    QString role = {}; ///< "restored", "written", "safety"
    QString path = {}, digest = {}; ///< digest: SHA-256 over the list of its members, as its manifest says; empty: never finished
    qint64 bytes = -1;            ///< of the file; negative: not known
    QString cluster = {}, namespaceName = {}, threescaleVersion = {}, flavour = {};
    QDateTime taken = {};
    int completeness = -1;        ///< of 100; negative: not known
    QStringList contents = {}; ///< "system-mysql 5.7.24: 102 tables, 2,423,020 rows"
    bool operator==(const BundleFact&) const = default;
};

struct CommandFact {
    qint64 line = 0;              ///< of the journal, from 1, where it ended (or began, if it never did)
    QString command = {};
    bool ended = false;
    int exitCode = 0;
    qint64 milliseconds = 0, bytesIn = 0, bytesOut = 0;
    QString errorText = {};
    bool operator==(const CommandFact&) const = default;
};

/// One time that a step was run, taken back, or looked at; in the order of their beginnings.
struct Activity {
    qint64 line = 0;              ///< of the journal, from 1, where it began
    QString step = {}, title = {}, kind = {}; ///< "step", "undo", "cleanup" (an always-step after a failure), "check" (looked at before it goes on)
    QString component = {}, section = {};
    QString state = {}; ///< "done", "proven", "failed", "interrupted"
    QDateTime started = {};
    qint64 milliseconds = -1;     ///< negative: it never ended
    QString result = {}; ///< "2,423,020 rows", or the error
    QList<CommandFact> commands = {};
    bool changes = false;
    bool operator==(const Activity&) const = default;
};

struct StageFact {
    QString id = {}, title = {};
    int steps = 0, done = 0, failed = 0, undone = 0, never = 0;
    QStringList sections = {};
    QDateTime started = {}; ///< invalid: it never began
    qint64 milliseconds = -1;
    bool proven = false;          ///< something in it was
    bool operator==(const StageFact&) const = default;
};

/// One count of a component; negative: not counted.
struct CountFact {
    QString component = {}, unit = {};
    qint64 before = -1, bundle = -1, after = -1;
    QString beforeNote = {}; ///< instead of a number: "absent", "unreadable", "about 2300"
    QString proof = {}, state = {}; ///< state: "proven", "written", "failed", "undone", "none"
    bool operator==(const CountFact&) const = default;
};

struct Departure {
    QString section = {}, step = {}, reason = {};
    bool operator==(const Departure&) const = default;
};

/// A bundle that was searched for secret values before the export, or could not be.
struct Searched {
    QString path = {};
    bool atHand = false;
    bool operator==(const Searched&) const = default;
};

/// Everything that a change board wants to know of one run. A value; made of the journal alone, but for what was entered afterwards and
/// the list of searched bundles. Times are UTC.
struct Record {
    QString runId = {}, kind = {}; ///< kind: "backup" or "restore"
    QString state = {}; ///< as run-finished says, or "interrupted"
    QList<FieldText> change = {}; ///< in the order of the form
    QList<Pass> passes = {};
    QString cluster = {}, apiUrl = {}, serverVersion = {}, namespaceName = {}, projectUid = {}, threescaleVersion = {}, flavour = {};
    QDateTime started = {}, ended = {};
    qint64 stoppedMilliseconds = 0; ///< how long any workload was stopped by the run
    bool stillStopped = false;
    QStringList stopped = {}; ///< those workloads
    QList<BundleFact> bundles = {};
    QStringList choices = {}; ///< in sentences
    QList<run::Check> checks = {};
    QList<StageFact> stages = {};
    QList<Activity> activities = {};
    QList<CountFact> counts = {};
    QList<Departure> departures = {};
    QStringList warnings = {};
    QStringList interruptions = {}; ///< pauses, lost logins, crashes: "12:00:01 UTC: ..."
    std::optional<Error> error = {}; ///< the first of the last pass
    QList<Error> undoErrors = {};
    qint64 lines = 0;             ///< of the journal
    QByteArray head = {}; ///< SHA-256 of its last line
    QList<Searched> searched = {};

    [[nodiscard]] QString text(const QString& field) const; ///< of a field of the change; what was entered before the run wins
    bool operator==(const Record&) const = default;
};

/// Pure. Hostile input: Damaged names the first line whose chain is broken, or says that the journal does not say what was to be done. The
/// lines are those of run::journalLines().
Result<Record> makeRecord(const QList<QByteArray>& lines, const QList<Afterwards>& afterwards = {}, const QList<Searched>& searched = {});

/// The record as JSON; equal records give equal JSON.
QJsonObject toJson(const Record& record);

} // namespace scalekeep::record
