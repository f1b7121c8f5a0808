#pragma once

#include "engine/bundle/reader.h"

/// Parts of a bundle as plain files (0600) in a folder of the user's. Nothing is overwritten, and a file has its name only when it is
/// whole and checked; until then it is `<path>.partial`, which is removed after a failure. Blocking; thread-safe.
namespace scalekeep::bundle {

/// `folder`/<component>/<stream>: names in a bundle are checked when it is opened, a path is never made of anything else.
QString extractedPath(const QString& folder, const Stream& stream);

/// Plain bytes of the stream read so far.
using ExtractProgress = std::function<void(qint64 done)>;

/// The whole stream as extractedPath(), whose directory is made private to the user.
Result<void> extractStream(const Reader& reader, const Stream& stream, const QString& folder, const ExtractProgress& progress = {}, const std::stop_token& stop = {});

/// One file of a stream of format "tar" as `path`, by its path in the content index (bytes, relative, without "./"). The whole stream is
/// read, so that it is proven. `sha256` (hex): of the file by the index; empty: not compared.
Result<void> extractFile(const Reader& reader, const Stream& stream, const QByteArray& member, const QByteArray& sha256, const QString& path,
                         const ExtractProgress& progress = {}, const std::stop_token& stop = {});

} // namespace scalekeep::bundle
