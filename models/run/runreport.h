#pragma once

#include "models/run/runstate.h"

/// What a run that failed, or has ended, says to its user: sentences and choices, made of its state. Pure.
namespace scalekeep::models {

struct NextStep {
    enum class Action { None, Resume, Undo, Again, Record, Lock, OpenLog };
    Action action = Action::None;
    QString title, text;       ///< a bold sentence and a plain one
    QString button;            ///< empty: nothing to press
    bool enabled = true;
    bool operator==(const NextStep&) const = default;
};

struct RunReport {
    bool problem = false;      ///< failed, interrupted or unreadable
    bool warning = false;      ///< nobody knows yet, or the user wanted it: not red
    QString title, text;       ///< of the banner
    QString happened;          ///< the error in words
    QString command, output;   ///< what was run and the client's own words
    QDateTime at;
    QList<NextStep> next;
    bool operator==(const RunReport&) const = default;
};
RunReport reportOf(const RunState& run);
/// What a run that has ended has left in the namespace.
QString endSentence(const RunState& run);
/// The report as text, for Copy.
QString reportText(const RunState& run);
/// One line for the status bar: "Backup of north / threescale: 59 %, about 0:45 left".
QString jobText(const RunState& run);
/// What a cancel would take back, and what it leaves, as text for the question.
QString cancelText(const RunState& run);
/// What an undo of the run would take back: also what is proven.
QString undoText(const RunState& run);

} // namespace scalekeep::models
