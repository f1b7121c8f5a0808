#pragma once

#include "engine/run/handler.h"
#include "engine/run/past.h"

#include <QMap>

namespace scalekeep::run {

/// What a run that goes on may keep of the bundle that it had begun to write. A value.
struct Kept {
    QStringList components; ///< whose streams, where the file holds them whole, show a moment that the others fit to
    QMap<QString, QString> after; ///< of these: by the one that it must not be older than, without which it is not kept either
    QList<Event> again;     ///< step-again, for what was done and must be done anew
};

/// Asks the handlers whether what was stopped before the reads is stopped still (recall): what was read before writers ran again, and what is read
/// after, would be of two times. The same of a dump that was to show a moment not before another one's, which is not whole and is read later now.
/// Changes nothing; blocking.
Result<Kept> keptOf(const Past& past, const Handlers& handlers, Context& context, const std::stop_token& stop);

/// Id of the step whose data a dump must not be older than: the dump of the component that its parameter `afterSnapshotOf` names. Empty: none.
QString firstOf(const plan::Step& step);

} // namespace scalekeep::run
