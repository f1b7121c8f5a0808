#pragma once

#include "models/run/runfold.h"

/// What the window says about runs and steps, in one place so that tree, timeline, log and record of a failure agree. Any thread.
namespace scalekeep::models {

/// Exit status, size, digest and end mark agree, or the content index does: only then a result may be called proven.
bool isProven(const QJsonObject& stepResult);
/// "Proven: 3,412 files", "Done".
QString resultText(const QJsonObject& stepResult);
/// Bytes that a step's result names; negative: none.
qint64 resultBytes(const QJsonObject& stepResult);
/// "Backup of north / threescale"
QString runTitle(const QString& kind, const QString& cluster, const QString& namespaceName);
/// In what state an ended or interrupted run leaves the namespace: one sentence. `state` as RunSummary::state.
QString stateSentence(const QString& kind, const QString& state);
/// "Done", "Failed, undone": for lists.
QString stateTitle(const QString& state);
/// Name of the glyph for RunSummary::state and for a step.
QString stateGlyph(const QString& state);
QString stepGlyph(StepState state);
/// RunSummary::state of an outcome.
QString stateName(run::Outcome::State state);
/// The same of a fold without more to come: "interrupted" only where something had begun.
QString stateOf(const RunFold& fold);
/// Name of a level, as the log shows it: "info".
QString levelName(LogLine::Level level);
/// What the step's line says beside its name.
QString stepText(const StepProgress& step);

/// First `limit` characters, with … where it was cut, without control characters: for foreign text in one line.
QString bounded(const QString& text, qsizetype limit);

} // namespace scalekeep::models
