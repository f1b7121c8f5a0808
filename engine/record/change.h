#pragma once

#include "engine/base/result.h"

#include <QDateTime>
#include <QJsonObject>
#include <QMap>

#include <span>

/// The record of a run for a change board: what was planned, done and proven, as one value made of the run's journal.
namespace scalekeep::record {

/// A field of the change, named as in ServiceNow's change form.
struct ChangeField {
    const char* name;      ///< "short_description"
    const char* title;     ///< "Short description"
    const char* help;      ///< what belongs in it, one sentence
    bool paragraph;        ///< several lines
};
std::span<const ChangeField> changeFields();
/// Null for a name that no field has.
const ChangeField* changeField(const QString& name);

/// Field name -> text, without empty ones. A plan carries it as choices["change"].
using Change = QMap<QString, QString>;
QJsonObject toJson(const Change& change);
/// Input of people and files: BadInput names the first field that is unknown, too long (8,000 characters) or holds control characters.
Result<Change> changeFromJson(const QJsonObject& json);
/// From a file of at most 1 MiB that holds one JSON object.
Result<Change> readChange(const QString& path);

/// What was entered after the run had begun; who and when by this machine's word alone.
struct Afterwards {
    QString field = {}, text = {};
    QDateTime at = {}; ///< UTC
    QString by = {}; ///< "wagner on ops-ws-07"
    bool operator==(const Afterwards&) const = default;
};
QJsonObject toJson(const Afterwards& entry);
Result<QList<Afterwards>> afterwardsFromJson(const QJsonArray& json);

/// Kept beside the journal: <home>/runs/<run>/change.json, 0600. A missing file is an empty list; hostile input otherwise. NotFound: no such run.
Result<QList<Afterwards>> readAfterwards(const QString& home, const QString& runId);
/// Those entries with these fields entered or replaced as of now.
Result<QList<Afterwards>> withEntered(QList<Afterwards> entries, const QMap<QString, QString>& fields);
/// Enters or replaces these fields as of now; an empty text takes a field out again. Fields that stand so already keep their time.
Result<void> enterAfterwards(const QString& home, const QString& runId, const QMap<QString, QString>& fields);

} // namespace scalekeep::record
