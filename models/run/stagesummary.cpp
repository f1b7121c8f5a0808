#include "models/run/stagesummary.h"

#include "models/run/runtexts.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

StageSummary summaryOf(const plan::Stage& stage, const RunFold& fold)
{
    StageSummary sum{.steps = int(stage.steps.size()), .started = {}, .finished = {}};
    int running = 0, undoing = 0, waiting = 0, skipped = 0, proven = 0;
    double done = 0, total = 0;
    bool sized = true;
    for (const plan::Step& step : stage.steps) {
        const StepProgress progress = fold.steps().value(step.id);
        const double weight = double(std::max<qint64>(step.weight, 1));
        total += weight;
        if (progress.started.isValid() && (!sum.started.isValid() || progress.started < sum.started))
            sum.started = progress.started;
        if (progress.finished.isValid() && (!sum.finished.isValid() || progress.finished > sum.finished))
            sum.finished = progress.finished;
        if (progress.unit == u"bytes" && progress.state != StepState::Undoing) {
            sum.bytes = true;
            sum.bytesDone += progress.done;
            sum.bytesTotal += progress.total;
            sized = sized && progress.total > 0;
        } else if (progress.state == StepState::Waiting && step.weight > 1) {
            sum.bytesTotal += step.weight;
        }
        switch (progress.state) {
        case StepState::Waiting: ++waiting; break;
        case StepState::Running:
            ++running;
            if (progress.total > 0)
                done += weight * std::min(double(progress.done) / double(progress.total), 0.99);
            if (progress.unit == u"bytes" && progress.rate >= 0)
                sum.rate = std::max(sum.rate, 0.0) + progress.rate;
            sum.millisecondsLeft = std::max(sum.millisecondsLeft, fold.stepMillisecondsLeft(step.id));
            break;
        case StepState::Proven: ++proven; [[fallthrough]];
        case StepState::Done:
            ++sum.ended;
            done += weight;
            break;
        case StepState::Failed:
        case StepState::UndoFailed: ++sum.failed; break;
        case StepState::Undoing: ++undoing; break;
        case StepState::Undone:
            ++sum.undone;
            sum.failed += progress.error ? 1 : 0;
            break;
        case StepState::Skipped: ++skipped; break;
        }
    }
    if (!sized)
        sum.bytesTotal = 0;
    if (sum.failed > 0)
        sum.state = StepState::Failed;
    else if (undoing > 0)
        sum.state = StepState::Undoing;
    else if (running > 0 || (sum.ended > 0 && waiting > 0))
        sum.state = StepState::Running;
    else if (sum.undone > 0)
        sum.state = StepState::Undone;
    else if (skipped > 0)
        sum.state = StepState::Skipped;
    else if (sum.ended == sum.steps && sum.steps > 0)
        sum.state = proven > 0 ? StepState::Proven : StepState::Done;
    if (sum.state == StepState::Running) {
        sum.finished = {};
        if (sum.steps > 0 && (total > double(sum.steps) || sum.ended > 0 || done > 0))
            sum.percent = int(done * 100 / total);
    }
    if (running > 0 || undoing > 0)
        sum.finished = {};
    return sum;
}

} // namespace scalekeep::models
