#pragma once

#include "models/run/runfold.h"

namespace scalekeep::models {

/// Which part of a run was busy when, as rows of bars: a stage is a row, but one whose steps move data side by side is a row a step. Pure.
struct TimelineBar {
    enum class Kind { Proven, Running, Failed, Undo, Expected };
    Kind kind = Kind::Running;
    qint64 from = 0, to = 0;    ///< milliseconds since the run began
    bool operator==(const TimelineBar&) const = default;
};

struct TimelineRow {
    QString title;
    QList<TimelineBar> bars;
    QString text;               ///< the same in words
    bool operator==(const TimelineRow&) const = default;
};

struct Timeline {
    QList<TimelineRow> rows;
    qint64 now = 0, end = 0;    ///< milliseconds since the run began; end: of the axis
    bool live = false;
    bool operator==(const Timeline&) const = default;
};

Timeline timelineOf(const RunFold& fold, const QDateTime& started, const QDateTime& now, bool live);
/// Marks of the axis, milliseconds: at most `most`, at round distances.
QList<qint64> timelineTicks(qint64 end, int most);
/// All rows in words, one a line.
QString timelineText(const Timeline& timeline);

} // namespace scalekeep::models
