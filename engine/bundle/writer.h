#pragma once

#include "engine/base/stream.h"
#include "engine/bundle/manifest.h"
#include "engine/bundle/packedindex.h"

#include <QMap>

#include <memory>

namespace scalekeep::bundle {

/// Writes one bundle as `<path>.partial` (0600) and gives it its final name only when it is whole, flushed and synced.
/// Several streams can be open at once, each fed by its own thread; segments are compressed by a small pool (libzstd
/// level 1, checksum, one context a worker) and appended under one lock, so memory is constant whatever the size. A
/// Writer that is destroyed without finish() leaves the `.partial` for salvage unless discard() was called.
class Writer {
public:
    class StreamWriter;

    /// Creates the partial file with README.txt and bundle.json. `finalPath` must not exist.
    static Result<std::unique_ptr<Writer>> create(const QString& finalPath, const Header& header);
    /// Goes on with a bundle whose writing was cut off: `<path>.partial` is written anew with what is whole of these
    /// components, in streams() then; the rest is to be read again. `after`: as in wholeStreams(). Blocks as long as
    /// copying that takes.
    static Result<std::unique_ptr<Writer>> reopen(const QString& finalPath, const QStringList& components,
                                                  const QMap<QString, QString>& after = {});
    ~Writer();

    /// A new stream; the format is one of Stream::format. The StreamWriter belongs to the caller and must not outlive
    /// the Writer. One that was abandoned may be opened again: what is written now takes its place.
    Result<std::unique_ptr<StreamWriter>> openStream(const QString& component, const QString& name,
                                                     const QString& format);
    /// A small member of its own, index/<component>.json.zst.
    /// Where the bundle is made.
    [[nodiscard]] QString folder() const;
    Result<void> addIndex(const QString& component, const PackedIndex& index);
    Result<void> addIndex(const QString& component, const QByteArray& json);
    /// Writes manifest.json and the end mark, flushes, syncs file and directory, renames. The manifest's streams and
    /// membersSha256 are filled in by the writer.
    Result<void> finish(Manifest manifest);
    /// Removes the partial file.
    void discard();
    [[nodiscard]] QString partialPath() const;
    [[nodiscard]] qint64 bytesWritten() const;
    /// Finished streams so far, by which a caller builds the manifest's summary.
    [[nodiscard]] QList<Stream> streams() const;

private:
    Writer();
    struct Private;
    std::unique_ptr<Private> d;
};

/// One open stream: write() from one thread at a time, then finish() with what proved it, or abandon().
class Writer::StreamWriter {
public:
    ~StreamWriter(); ///< abandons when neither finish() nor abandon() was called
    Result<void> write(std::span<const char> data);
    /// Waits for this stream's segments, then records the stream as finished. `proof` carries podSha256, endMark,
    /// transportBytes, times; bytes and sha256 are the writer's own, and a podSha256 that differs is a TruncatedStream
    /// error.
    Result<Stream> finish(Stream proof);
    void abandon();

private:
    friend class Writer;
    struct Private;
    explicit StreamWriter(std::unique_ptr<Private> data);
    std::unique_ptr<Private> d;
};

} // namespace scalekeep::bundle
