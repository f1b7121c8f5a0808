#pragma once

#include "engine/run/check.h"
#include "engine/run/executor.h"

/// What journals say, in the words that they say it in: shared by those who write them and those who fold over them.
namespace scalekeep::run {

/// Stable name of a state ("failed-undone"); nothing for a name that this version does not know.
QString stateName(Outcome::State state);
std::optional<Outcome::State> stateFromName(const QString& name);

/// Exit status, size, digest and end mark agree, or the content index does: only then what a step answered may be called proven.
bool isProven(const QJsonObject& result);

QJsonObject errorToJson(const Error& error);
Error errorFromJson(const QJsonObject& json);
Check checkFromJson(const QJsonObject& json); ///< of unknown origin: an unknown state counts as failed

/// The whole lines of a journal of at most `limit` bytes as they stand there, without their ends; nothing is checked but their length.
Result<QList<QByteArray>> journalLines(const QString& path, qint64 limit);
/// Their events, as Journal::read() gives them.
Result<QList<Event>> journalEvents(const QList<QByteArray>& lines, QByteArray* head = nullptr);

/// NotFound where this state directory has no run of this name (hostile: it may be no name of a folder).
Result<void> knownRun(const QString& home, const QString& runId);

} // namespace scalekeep::run
