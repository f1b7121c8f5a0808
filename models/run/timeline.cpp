#include "models/run/timeline.h"

#include "models/common/format.h"
#include "models/run/runtexts.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::Timeline)
};

QString words(const TimelineBar& bar)
{
    const QString from = formatDuration(bar.from), to = formatDuration(bar.to);
    switch (bar.kind) {
    case TimelineBar::Kind::Proven: return Texts::tr("done from %1 to %2").arg(from, to);
    case TimelineBar::Kind::Running: return Texts::tr("running since %1").arg(from);
    case TimelineBar::Kind::Failed: return Texts::tr("failed, from %1 to %2").arg(from, to);
    case TimelineBar::Kind::Undo: return Texts::tr("undo from %1 to %2").arg(from, to);
    case TimelineBar::Kind::Expected: return Texts::tr("expected until %1").arg(to);
    }
    return {};
}

/// Bars of one step; the same moments count for a stage, of which they are the parts.
QList<TimelineBar> barsOf(const plan::Step& step, const RunFold& fold, const QDateTime& origin, const QDateTime& now)
{
    QList<TimelineBar> bars;
    const StepProgress progress = fold.steps().value(step.id);
    const auto at = [&](const QDateTime& time) { return std::max<qint64>(origin.msecsTo(time), 0); };
    if (progress.started.isValid()) {
        const bool running = progress.state == StepState::Running;
        const auto kind = running ? TimelineBar::Kind::Running : progress.error || progress.state == StepState::Failed ? TimelineBar::Kind::Failed : TimelineBar::Kind::Proven;
        const qint64 from = at(progress.started), to = progress.finished.isValid() ? at(progress.finished) : at(now);
        bars.append({kind, from, std::max(from, to)});
        if (const qint64 left = running ? fold.stepMillisecondsLeft(step.id) : -1; left > 0)
            bars.append({TimelineBar::Kind::Expected, to, to + left});
    }
    if (progress.undoStarted.isValid()) {
        const qint64 from = at(progress.undoStarted);
        bars.append({TimelineBar::Kind::Undo, from, std::max(from, progress.undoFinished.isValid() ? at(progress.undoFinished) : at(now))});
    }
    return bars;
}

/// Bars of one kind that touch become one: the steps of a stage follow each other.
QList<TimelineBar> joined(QList<TimelineBar> bars)
{
    constexpr qint64 gap = 250;
    std::sort(bars.begin(), bars.end(), [](const TimelineBar& a, const TimelineBar& b) { return std::tie(a.kind, a.from) < std::tie(b.kind, b.from); });
    QList<TimelineBar> list;
    for (const TimelineBar& bar : bars) {
        if (!list.isEmpty() && list.last().kind == bar.kind && bar.from <= list.last().to + gap)
            list.last().to = std::max(list.last().to, bar.to);
        else
            list.append(bar);
    }
    return list;
}

void finish(TimelineRow& row)
{
    QStringList parts;
    for (const TimelineBar& bar : row.bars)
        parts.append(words(bar));
    row.text = Texts::tr("%1: %2").arg(row.title, parts.isEmpty() ? Texts::tr("not started") : parts.join(u", "_s));
}
} // namespace

Timeline timelineOf(const RunFold& fold, const QDateTime& started, const QDateTime& now, bool live)
{
    Timeline timeline{.rows = {}, .live = live};
    const QDateTime until = live || !fold.finished().isValid() ? now : fold.finished();
    const QDateTime origin = started.isValid() ? started : until;
    timeline.now = timeline.end = std::max<qint64>(origin.msecsTo(until), 0);
    for (const plan::Stage& stage : fold.plan().stages) {
        const bool sideBySide = stage.parallel > 1 && stage.steps.size() > 1 && stage.steps.size() <= 12 && std::any_of(stage.steps.begin(), stage.steps.end(), [&](const plan::Step& step) {
            return step.weight > 1 || fold.steps().value(step.id).unit == u"bytes";
        });
        TimelineRow row{bounded(stage.title.isEmpty() ? stage.id : stage.title, 100), {}, {}};
        for (const plan::Step& step : stage.steps) {
            const QList<TimelineBar> bars = barsOf(step, fold, origin, until);
            for (const TimelineBar& bar : bars)
                timeline.end = std::max(timeline.end, bar.to);
            if (!sideBySide) {
                row.bars.append(bars);
                continue;
            }
            TimelineRow own{bounded(step.component.isEmpty() ? step.title : step.component, 100), bars, {}};
            finish(own);
            timeline.rows.append(own);
        }
        if (sideBySide)
            continue;
        row.bars = joined(row.bars);
        finish(row);
        timeline.rows.append(row);
    }
    return timeline;
}

QList<qint64> timelineTicks(qint64 end, int most)
{
    static constexpr std::array<qint64, 15> steps{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1'800, 3'600, 7'200, 21'600};
    qint64 step = steps.back() * 1'000;
    for (const qint64 seconds : steps) {
        if (end / (seconds * 1'000) < std::max(most, 1)) {
            step = seconds * 1'000;
            break;
        }
    }
    while (end / step >= std::max(most, 1))
        step *= 2;
    QList<qint64> ticks;
    for (qint64 at = 0; at <= end; at += step)
        ticks.append(at);
    return ticks;
}

QString timelineText(const Timeline& timeline)
{
    QStringList lines;
    for (const TimelineRow& row : timeline.rows)
        lines.append(row.text);
    return lines.join(u'\n');
}

} // namespace scalekeep::models
