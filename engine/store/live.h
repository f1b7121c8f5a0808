#pragma once

#include "engine/store/common.h"

namespace scalekeep::store {

/// The format of a component's stream, as Stream::format names it; empty for an engine that has none.
QString formatOf(const catalog::Component& component);

/// What a component holds now, plain, into a sink: the commands of a backup without a bundle. Nothing is written on this machine; in the cluster only a
/// Redis snapshot is, whose link is removed again whatever happens. The sink must not trust the data before this has answered.
struct LiveStream {
    QDateTime moment;      ///< what the data shows
    QStringList notes;     ///< kinds of objects that could not be read
};
Result<LiveStream> streamLive(run::StepRun& step, const ByteSink& sink);

} // namespace scalekeep::store
