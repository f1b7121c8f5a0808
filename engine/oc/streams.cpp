#include "engine/oc/streams.h"

#include "engine/oc/classify.h"

#include <utility>
#include <zlib.h>

namespace scalekeep::oc {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype textKept = 64LL * 1024;
constexpr qsizetype longestHead = 256;
constexpr qsizetype bufferSize = 256LL * 1024;
// After the pod has said that it sent everything, what is still under way gets this long without a byte.
constexpr qint64 tailPatienceMs = 30'000;
constexpr qint64 progressEveryMs = 100;
constexpr qint64 sampleSize = 8LL * 1024 * 1024; // as the script has it
} // namespace

void Markers::line(const QByteArray& line)
{
    const qsizetype at = line.indexOf(m_mark);
    if (at >= 0) {
        const QByteArray rest = line.sliced(at + m_mark.size()).trimmed();
        const qsizetype space = rest.indexOf(' ');
        m_said[space < 0 ? rest : rest.first(space)] = space < 0 ? QByteArray() : rest.sliced(space + 1);
        m_text += line.first(at);
    } else {
        m_text += line + '\n';
    }
    if (m_text.size() > textKept)
        m_text.remove(0, m_text.size() - textKept);
}

std::optional<QMap<QByteArray, QByteArray>> Markers::said(const QByteArray& kind) const
{
    const auto found = m_said.constFind(kind);
    if (found == m_said.constEnd())
        return std::nullopt;
    QMap<QByteArray, QByteArray> words;
    for (const QByteArray& word : found->split(' ')) {
        const qsizetype equals = word.indexOf('=');
        if (!word.isEmpty())
            words[equals < 0 ? word : word.first(equals)] = equals < 0 ? QByteArray() : word.sliced(equals + 1);
    }
    return words;
}

std::optional<QString> Markers::lacks() const
{
    const auto words = said("lacks");
    if (!words)
        return std::nullopt;
    return words->isEmpty() ? u"such program"_s : QString::fromUtf8(words->firstKey());
}

StreamReceiver::StreamReceiver(const QString& nonce, const ByteSink& sink, const StreamOptions& options)
    : m_nonce(nonce.toLatin1()), m_sink(sink), m_options(options), m_markers(nonce)
{
    m_sinceData.start();
    m_sinceProgress.start();
}

StreamReceiver::~StreamReceiver()
{
    if (m_inflate)
        inflateEnd(m_inflate.get());
}

Result<void> StreamReceiver::take(std::span<const char> data)
{
    m_transportBytes += static_cast<qint64>(data.size());
    m_sinceData.restart();
    Result<void> taken;
    while (taken && !data.empty()) {
        if (m_transport == Transport::Unknown) {
            taken = head(data);
        } else if (m_transport == Transport::Plain) {
            taken = pass(std::exchange(data, {}));
        } else if (m_transport == Transport::Sample) {
            const auto some = std::min(data.size(), static_cast<size_t>(sampleSize - m_bytes));
            taken = pass(data.first(some));
            data = data.subspan(some);
            if (m_bytes == sampleSize)
                m_transport = Transport::Unknown;
        } else {
            taken = inflateAll(std::exchange(data, {}));
        }
    }
    if (taken && m_options.progress && m_sinceProgress.elapsed() >= progressEveryMs) {
        m_options.progress(m_bytes, m_transportBytes);
        m_sinceProgress.restart();
    }
    m_sinceData.restart();
    return taken;
}

/// The first line says how the rest is encoded; nothing else may come first.
Result<void> StreamReceiver::head(std::span<const char>& data)
{
    bool known = true;
    while (known && !data.empty()) {
        const char c = data.front();
        data = data.subspan(1);
        if (c != '\n') {
            m_head += c;
            known = m_head.size() <= longestHead;
            continue;
        }
        const QByteArray line = std::exchange(m_head, {});
        const QByteArray mark = "@@" + m_nonce + ' ';
        if (line == mark + "plain") {
            m_transport = Transport::Plain;
            return {};
        }
        if (line == mark + "sample" && m_bytes == 0) {
            m_transport = Transport::Sample;
            return {};
        }
        if (line == mark + "gzip") {
            m_transport = Transport::Gzip;
            m_inflate = std::make_unique<z_stream_s>();
            m_buffer.resize(bufferSize);
            constexpr int gzipOnly = 16 + MAX_WBITS;
            if (inflateInit2(m_inflate.get(), gzipOnly) != Z_OK) {
                m_inflate.reset();
                return fail(ErrorCode::Internal, u"The memory for inflating the stream could not be had."_s);
            }
            return {};
        }
        m_head = line;
        known = false;
    }
    if (known)
        return {};
    return fail(ErrorCode::BadInput, u"The pod did not answer as the stream's script does."_s,
                u"Nothing was changed. Something between this program and the container adds to its output; try the pod with `oc exec`."_s,
                QString::fromUtf8(m_head.first(std::min(m_head.size(), longestHead))));
}

Result<void> StreamReceiver::inflateAll(std::span<const char> data)
{
    if (data.empty())
        return {};
    m_inflate->next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(data.data()));
    m_inflate->avail_in = static_cast<uInt>(data.size());
    while (m_inflate->avail_in > 0 && !m_inflated) {
        int status = Z_OK;
        do {
            m_inflate->next_out = reinterpret_cast<Bytef*>(m_buffer.data());
            m_inflate->avail_out = static_cast<uInt>(m_buffer.size());
            status = ::inflate(m_inflate.get(), Z_NO_FLUSH);
            const size_t made = static_cast<size_t>(m_buffer.size()) - m_inflate->avail_out;
            if (const Result<void> passed = pass(std::span(m_buffer.constData(), made)); !passed)
                return passed;
        } while (status == Z_OK && m_inflate->avail_out == 0);
        m_inflated = status == Z_STREAM_END;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
            return fail(ErrorCode::TruncatedStream, u"The stream was damaged on the way after %1 bytes (gzip: %2)."_s.arg(m_bytes).arg(
                                                        QString::fromLatin1(m_inflate->msg ? m_inflate->msg : "unreadable")));
    }
    if (m_inflate->avail_in > 0)
        return fail(ErrorCode::TruncatedStream, u"The stream went on after its end, at %1 bytes."_s.arg(m_bytes));
    return {};
}

Result<void> StreamReceiver::pass(std::span<const char> plain)
{
    if (plain.empty())
        return {};
    m_bytes += static_cast<qint64>(plain.size());
    m_digest.add(plain);
    return m_sink(plain);
}

std::optional<StreamReceiver::Trailer> StreamReceiver::trailer() const
{
    const auto words = m_markers.said("end");
    if (!words)
        return std::nullopt;
    Trailer trailer;
    for (auto it = words->begin(); it != words->end(); ++it) {
        bool number = true;
        if (it.key() == "rc")
            trailer.exitCode = it->toInt(&number);
        else if (it.key() == "size")
            trailer.bytes = it->toLongLong(&number);
        else if (it.key() == "sha256")
            trailer.sha256 = *it;
        else
            trailer.helperFailure = it.key() + ' ' + *it;
        if (!number)
            trailer.helperFailure = it.key() + ' ' + *it;
    }
    return trailer;
}

bool StreamReceiver::complete(const Trailer& trailer) const
{
    return trailer.helperFailure.isEmpty() && m_options.acceptedExitCodes.contains(trailer.exitCode) && trailer.bytes == m_bytes &&
           (m_transport == Transport::Plain || m_transport == Transport::Sample || (m_transport == Transport::Gzip && m_inflated));
}

std::optional<QByteArray> StreamReceiver::reply()
{
    const auto end = trailer();
    if (!end)
        return std::nullopt;
    if (complete(*end)) {
        m_sha256 = m_digest.finish();
        m_acknowledged = m_sha256 == end->sha256;
        return m_acknowledged ? "ok " + m_nonce + '\n' : QByteArray();
    }
    const bool mayStillCome = m_options.acceptedExitCodes.contains(end->exitCode) && end->helperFailure.isEmpty() && m_bytes <= end->bytes &&
                              m_sinceData.elapsed() < tailPatienceMs;
    return mayStillCome ? std::nullopt : std::optional(QByteArray());
}

Result<StreamProof> StreamReceiver::proof(const CommandResult& result, const QString& doing) const
{
    const QString detail = QString::fromUtf8(withoutNoise(m_markers.remoteText()));
    const auto truncated = [&](const QString& what) {
        return fail(ErrorCode::TruncatedStream, u"Could not %1: %2."_s.arg(doing, what),
                    u"What arrived is not used. Check the connection and the pod, then try again."_s, detail);
    };
    if (const auto lacks = m_markers.lacks())
        return fail(ErrorCode::ToolMissing, u"Could not %1: the container has no %2."_s.arg(doing, *lacks),
                    u"Nothing was changed. The stream cannot be proven without it; use a container image that has it."_s, detail);
    if (result.ending == Ending::Hung)
        return fail(ErrorCode::Timeout, u"Could not %1: the stream stalled after %2 bytes."_s.arg(doing).arg(m_bytes),
                    u"What arrived is not used. Check the connection and whether the program in the pod waits for something, then try again."_s, detail);
    if (result.ending == Ending::Crashed)
        return truncated(u"the client oc was ended by a signal after %1 bytes"_s.arg(m_bytes));
    if (result.ending != Ending::Exited)
        return fail(classify(result, doing));

    const auto end = trailer();
    if (!end) {
        // Only the client's own words can explain a stream that never began; later ones would be taken for the remote program's.
        if (m_transport == Transport::Unknown && result.exitCode != 0)
            return fail(classify(result, doing));
        return truncated(u"the connection was lost after %1 bytes (oc ended with %2)"_s.arg(m_bytes).arg(result.exitCode));
    }
    if (!end->helperFailure.isEmpty())
        return truncated(u"a helper of the stream failed in the pod (%1)"_s.arg(QString::fromUtf8(end->helperFailure)));
    if (!m_options.acceptedExitCodes.contains(end->exitCode)) {
        constexpr int notFound = 127;
        const bool missing = end->exitCode == notFound;
        return fail(missing ? ErrorCode::ToolMissing : ErrorCode::RemoteFailed,
                    missing ? u"Could not %1: the container has no such program."_s.arg(doing)
                            : u"Could not %1: the program in the pod ended with %2."_s.arg(doing).arg(end->exitCode),
                    u"What arrived is not used. The program's own words say why."_s, detail);
    }
    if (end->bytes != m_bytes || m_transport == Transport::Unknown || (m_transport == Transport::Gzip && !m_inflated))
        return truncated(u"%1 of %2 bytes arrived"_s.arg(m_bytes).arg(end->bytes));
    if (!m_acknowledged && !m_sha256.isEmpty())
        return truncated(u"all %1 bytes arrived, but with another digest than in the pod"_s.arg(m_bytes));
    if (!m_acknowledged || result.exitCode != 0)
        return truncated(u"all %1 bytes arrived, but the connection was lost before the pod could confirm it"_s.arg(m_bytes));
    if (m_options.progress)
        m_options.progress(m_bytes, m_transportBytes);
    return StreamProof{m_bytes, m_sha256, m_transportBytes, m_transport == Transport::Gzip, m_markers.remoteText(), end->exitCode};
}

} // namespace scalekeep::oc
