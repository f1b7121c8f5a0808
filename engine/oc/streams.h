#pragma once

#include "engine/base/digest.h"
#include "engine/oc/client.h"

#include <QElapsedTimer>

#include <memory>
#include <optional>

struct z_stream_s;

namespace scalekeep::oc {

/// What a script says on standard error, told from what the remote program says there: `@@NONCE word ...`, also in the middle of a
/// line of the program's. Fed a line at a time; keeps the last 64 KiB of the program's own text.
class Markers {
public:
    explicit Markers(const QString& nonce) : m_mark("@@" + nonce.toLatin1() + ' ') {}

    void line(const QByteArray& line);
    /// The words behind the last marker of this kind, e.g. {"rc": "0", "size": "12"}; words without `=` are keys without a value.
    [[nodiscard]] std::optional<QMap<QByteArray, QByteArray>> said(const QByteArray& kind) const;
    /// The program that the container lacks, as far as the script says that there is one; "such program" where it does not say which.
    [[nodiscard]] std::optional<QString> lacks() const;
    [[nodiscard]] QByteArray remoteText() const { return m_text; }

private:
    QByteArray m_mark;
    QMap<QByteArray, QByteArray> m_said; ///< kind -> the rest of the line
    QByteArray m_text;
};

/// The client's end of form A: undoes the transport's compression, digests, passes on, and compares with what the pod says. One stream,
/// one thread.
class StreamReceiver {
public:
    StreamReceiver(const QString& nonce, const ByteSink& sink, const StreamOptions& options);
    ~StreamReceiver();
    StreamReceiver(const StreamReceiver&) = delete;
    StreamReceiver& operator=(const StreamReceiver&) = delete;

    Result<void> take(std::span<const char> data);
    void errorLine(const QByteArray& line) { m_markers.line(line); }
    /// The answer for Command::reply: the acknowledgement once everything has come and agrees; empty when it never will.
    std::optional<QByteArray> reply();
    /// Afterwards: the proof, or what is wrong with the stream. The message begins with `doing`.
    [[nodiscard]] Result<StreamProof> proof(const CommandResult& result, const QString& doing) const;
    [[nodiscard]] qint64 bytes() const { return m_bytes; }
    [[nodiscard]] const Markers& markers() const { return m_markers; }

private:
    enum class Transport { Unknown, Plain, Gzip, Sample };
    struct Trailer { int exitCode = -1; qint64 bytes = -1; QByteArray sha256; QByteArray helperFailure; };

    Result<void> head(std::span<const char>& data);
    Result<void> inflateAll(std::span<const char> data);
    Result<void> pass(std::span<const char> plain);
    [[nodiscard]] std::optional<Trailer> trailer() const;
    [[nodiscard]] bool complete(const Trailer& trailer) const;

    QByteArray m_nonce;
    const ByteSink& m_sink;
    const StreamOptions& m_options;
    Markers m_markers;
    Transport m_transport = Transport::Unknown;
    QByteArray m_head;
    std::unique_ptr<z_stream_s> m_inflate;
    QByteArray m_buffer;
    bool m_inflated = false;           ///< the end of the gzip stream was seen and its check sum is right
    Sha256 m_digest;
    QByteArray m_sha256;               ///< once the stream is whole
    qint64 m_bytes = 0;
    qint64 m_transportBytes = 0;
    bool m_acknowledged = false;
    QElapsedTimer m_sinceData;
    QElapsedTimer m_sinceProgress;
};

} // namespace scalekeep::oc
