#pragma once

#include "engine/base/result.h"

#include <QJsonObject>
#include <QList>
#include <QStringList>

namespace scalekeep::plan {

/// One step of a plan, as data. `action` names the handler that runs, undoes and probes it (run/handler.h).
struct Step {
    QString id;               ///< unique in the plan, stable: "load:system-mysql"
    QString title;            ///< "Load the dump into system-mysql"
    QString component;        ///< catalogue id, or empty
    QString section;          ///< documentation section, "6.6.3", or empty
    QString departure;        ///< why it departs from that text, or empty
    QString action;           ///< "mysql.load"
    QJsonObject parameters;   ///< for the handler; no secret ever
    QStringList commands;     ///< what it will run, for people, redacted
    QStringList after;        ///< ids of steps of the same stage that must be done first
    qint64 weight = 1;        ///< for progress; bytes where known
    bool changes = false;     ///< changes the cluster: journaled with fsync before and after, lock checked
    bool idempotent = false;  ///< may simply be run again after an unclear end
    bool proves = false;      ///< new data is proven once this is done: automatic undo does not go back beyond it
    bool always = false;      ///< runs even after a failure or cancel before it (put replicas back, remove helper pods)
    QString undo;             ///< what its undo does, for people; or why there is none
    bool undoable = false;
    bool operator==(const Step&) const = default;
};

struct Stage {
    QString id, title;
    int parallel = 1;         ///< how many of its steps may run at once
    QList<Step> steps;
    bool operator==(const Stage&) const = default;
};

/// What a run will do: the dry run, the confirmation page, the exported script, golden tests and the run itself show this value.
struct Plan {
    QString kind;             ///< "backup" or "restore"
    QString cluster, apiUrl, namespaceName, projectUid;
    QString bundle;           ///< path
    QJsonObject choices;      ///< what the user chose: components, queues, redis method, quiesce, reasons ...
    QStringList warnings;     ///< to be shown before the run
    QList<Stage> stages;
    [[nodiscard]] const Step* step(const QString& id) const;
    [[nodiscard]] QByteArray digest() const; ///< SHA-256 of its canonical JSON
    bool operator==(const Plan&) const = default;
};

QJsonObject toJson(const Plan& plan);
Result<Plan> fromJson(const QJsonObject& json);
/// A commented POSIX script of the commands: what an administrator would type.
QString toShell(const Plan& plan);

} // namespace scalekeep::plan
