#pragma once

#include "models/run/runfold.h"

namespace scalekeep::models {

/// The steps of one stage taken together. Pure.
struct StageSummary {
    StepState state = StepState::Waiting;
    int steps = 0, ended = 0, failed = 0, undone = 0;
    QDateTime started, finished;          ///< finished: of the last, when none runs
    int percent = -1;                     ///< while it runs, by weights; negative: not known
    qint64 bytesDone = 0, bytesTotal = 0; ///< total 0: not known
    bool bytes = false;                   ///< some step moves data
    double rate = -1;
    qint64 millisecondsLeft = -1;
};
StageSummary summaryOf(const plan::Stage& stage, const RunFold& fold);

} // namespace scalekeep::models
