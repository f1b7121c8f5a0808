#pragma once

#include "engine/oc/command.h"

namespace scalekeep::oc {

/// Turns the end of an `oc` run into an Error, by exit code and the client's texts on both outputs (oc-findings.md, tested
/// against every recording): never from exit code 0 alone to success of a stream. `doing` completes the sentence
/// "Could not <doing>: ...".
Error classify(const CommandResult& result, const QString& doing);

/// The kind in "the server doesn't have a resource type "X"", or nothing. Empty as well when the server could not be asked for all kinds, as
/// then nothing is known about X.
QString unknownKind(const CommandResult& result);

/// Standard error without what the client always prints (deprecation warnings, "Defaulted container", klog lines) and without
/// transport markers.
QByteArray withoutNoise(const QByteArray& errorText);

} // namespace scalekeep::oc
