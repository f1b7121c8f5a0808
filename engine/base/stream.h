#pragma once

#include "engine/base/result.h"

#include <functional>
#include <span>

namespace scalekeep {

/// Takes the next bytes of a stream, in order; an error ends the stream. Called from one worker thread at a time.
using ByteSink = std::function<Result<void>(std::span<const char>)>;

/// Gives the next bytes of a stream, at most `max`; an empty array is the end.
using ByteSource = std::function<Result<QByteArray>(qsizetype max)>;

} // namespace scalekeep
