#pragma once

#include "engine/base/stream.h"
#include "engine/bundle/manifest.h"

#include <memory>
#include <optional>
#include <stop_token>

namespace scalekeep::bundle {

/// One member as the strict scanner saw it.
struct Member {
    QString name;
    qint64 offset = 0; ///< of the data
    qint64 size = 0;
    bool operator==(const Member&) const = default;
};

/// Opens a bundle of unknown origin: the strict scanner runs before anything else looks at the file. Read-only,
/// thread-safe after open.
class Reader {
public:
    /// Whole bundles only: end mark, manifest and every name checked; content is checked by verify() and while it is
    /// read.
    static Result<std::unique_ptr<Reader>> open(const QString& path);
    ~Reader();

    [[nodiscard]] const Header& header() const;
    [[nodiscard]] const Manifest& manifest() const;
    [[nodiscard]] QString path() const;
    [[nodiscard]] qint64 fileSize() const;
    [[nodiscard]] const QList<Member>& members() const;
    [[nodiscard]] const Stream* stream(const QString& component, const QString& name) const;

    /// Streams the plain data in order, every frame checked; size and SHA-256 are compared at the end: the sink must
    /// not trust the data before read() has answered.
    [[nodiscard]] Result<void> read(const Stream& stream, const ByteSink& sink, std::stop_token stop = {}) const;
    /// Any part of a stream by decompressing only the segments that hold it.
    [[nodiscard]] Result<QByteArray> readAt(const Stream& stream, qint64 offset, qint64 size) const;
    /// A pull source over one stream for uploads; checks at the end like read().
    [[nodiscard]] ByteSource source(const Stream& stream) const;
    [[nodiscard]] Result<QByteArray> index(const QString& component) const;
    /// The same text in pieces, once its digest was found right; out of the file, so the reader must outlive it.
    [[nodiscard]] Result<ByteSource> indexSource(const QString& component) const;

    /// A check of a stream's content beyond its bytes, such as the format's own end mark (the indexers have it): gets
    /// all of its plain bytes in order, from one thread at a time.
    class ContentCheck {
    public:
        virtual ~ContentCheck() = default;
        virtual Result<void> add(std::span<const char> data) = 0;
        virtual Result<void> finish() = 0;
    };
    /// Makes the check of one stream, or nothing where there is none.
    using ContentChecks = std::function<std::unique_ptr<ContentCheck>(const Stream&)>;

    struct Report {
        bool whole = false;
        qint64 bytes = 0;     ///< plain bytes checked
        QStringList problems; ///< one sentence each, 100 at most; empty: every byte is what was written
        bool operator==(const Report&) const = default;
    };
    /// Reads everything once: every digest, every frame, membersSha256, and what `checks` adds. Uses all cores.
    /// `progress` counts the file's bytes and is called from several threads, one at a time.
    [[nodiscard]] Result<Report> verify(const std::function<void(qint64 done, qint64 total)>& progress = {},
                                        std::stop_token stop = {}, const ContentChecks& checks = {}) const;

    struct Private;

private:
    Reader();
    std::unique_ptr<Private> d;
};

/// SHA-256 of the whole file, for the record and for people who compare copies.
Result<QByteArray> fileDigest(const QString& path, std::stop_token stop = {});

/// Copies the whole, digest-checked streams of a cut-off or damaged bundle into a new one, whose manifest names what is
/// missing and which is never offered as whole (completeness 0..99 and the note "salvaged"). Answers what was saved and
/// what was lost.
struct Salvage {
    QStringList saved, lost;
};
Result<Salvage> salvage(const QString& partialPath, const QString& outputPath, std::stop_token stop = {});

/// What a cut-off or damaged bundle seems to hold, by its headers and stream records alone: quick, and no proof. A stream
/// in `complete` has all of its segments, but only salvage() reads them.
struct Survey {
    Header header;
    std::optional<Manifest> manifest; ///< where it can still be read
    QList<Stream> complete;
    QStringList lost; ///< "component/name: why"
};
Result<Survey> survey(const QString& path, std::stop_token stop = {});

} // namespace scalekeep::bundle
