#pragma once

#include "engine/catalog/catalog.h"
#include "engine/oc/client.h"

#include <QJsonArray>

namespace scalekeep::restore {

/// One field that will have another value. Values are shortened and redacted; those of a Secret are never in here.
struct FieldChange {
    QString path;                   ///< "spec.template.spec.containers[zync].image"
    QString now, afterwards;        ///< empty: not there, or hidden
    bool isHidden = false;          ///< a secret value: only that it differs
    bool operator==(const FieldChange&) const = default;
};

/// What a restore does with one object.
struct ObjectChange {
    enum class Fate {
        Created,
        Replaced,
        Equal,
        Kept,                       ///< there already, and never replaced (claims, service accounts, jobs)
        MadeByZync,                 ///< not restored: Zync makes it again
        NotInBundle,                ///< left as it is
    };
    QString kind, name;
    Fate fate = Fate::Equal;
    QList<FieldChange> fields;      ///< of Replaced; at most `mostFields`
    qint64 fieldCount = 0;          ///< of all
    QString note;                   ///< what the server said to a dry run, where it refused
    bool isRefused = false;         ///< a restore would fail there
    bool operator==(const ObjectChange&) const = default;
};

struct ObjectLimits {
    qsizetype mostFields = 200;     ///< of one object
    int mostAsked = 60;             ///< objects that the server is asked about (dry run); the rest is worked out here
    std::chrono::seconds time{60};  ///< for asking
};

/// Objects of the bundle against those of the namespace. Every object that would be created or replaced is so in a dry run on the server first, so that what it
/// defaults, keeps or refuses shows; where it may not be asked, the difference is worked out. `skipped`: kinds that the restore leaves to Zync, and
/// single objects (“Deployment/zync-database”) that it leaves as they are.
Result<QList<ObjectChange>> objectChanges(const oc::Client& client, const QJsonArray& saved, const QJsonArray& live, const QStringList& skipped, const Redactor& redactor, const ObjectLimits& limits = {});

/// Pure: the fields of two objects that differ, by path.
Result<QList<FieldChange>> fieldChanges(const QJsonObject& now, const QJsonObject& afterwards, const Redactor& redactor);

} // namespace scalekeep::restore
