#pragma once

#include "engine/store/common.h"

/// The tree of system-storage (documentation 6.5.2, 6.6.4) as one tar stream. A restore extracts beside the target, verifies, swaps by renames
/// on the same volume, and keeps the old tree until the new one is proven.
namespace scalekeep::store::files {

/// GNU tar of a directory; what this program or the file system itself keeps in it is left out.
QStringList dumpCommand(const QString& directory);
Dump dumpOf(const catalog::Component& component, const oc::PodRef& pod, const QString& directory);

/// What a bundle is to say of a tree that was written to while tar read it (status 1). Conflict: it cannot be used, for a file was cut short, or, with
/// the writers stopped, for nobody should have written. What tar says is hostile text.
Result<QStringList> notesOf(const oc::StreamProof& read, const QString& component, bool writersStopped);

void registerHandlers(run::Handlers& handlers);

} // namespace scalekeep::store::files
