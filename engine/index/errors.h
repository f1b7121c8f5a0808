#pragma once

#include "engine/base/result.h"

#include <QByteArray>

namespace scalekeep::index {

/// The hint of every error here: what was left unchanged and what to do next.
QString notProven();
/// BadInput: the stream is not what its format says, from this byte on.
tl::unexpected<Error> malformed(const QString& format, qint64 offset, const QString& what);
/// TruncatedStream: the stream ended before its own end mark.
tl::unexpected<Error> truncated(const QString& format, qint64 offset, const QString& what);

/// UTF-8 as it is; other bytes as Latin-1, so that different names stay different.
QString printable(const QByteArray& bytes);

} // namespace scalekeep::index
