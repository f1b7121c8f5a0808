#include "engine/bundle/frames.h"

#include "engine/bundle/manifest.h"
#include "engine/bundle/randomfile.h"
#include "engine/bundle/scanner.h"

#include <zstd.h>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

void FrameReader::Free::operator()(ZSTD_DCtx_s* context) const
{
    ZSTD_freeDCtx(context);
}

FrameReader::FrameReader() : m_context(ZSTD_createDCtx()), m_plain(SegmentSize)
{
    if (!m_context)
        throw std::bad_alloc();
}

Result<std::span<const char>> FrameReader::next(std::span<const char>& stored)
{
    const unsigned long long declared = ZSTD_getFrameContentSize(stored.data(), stored.size());
    const size_t frame = ZSTD_findFrameCompressedSize(stored.data(), stored.size());
    if (declared == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(frame))
        return fail(ErrorCode::Damaged, u"it is not a whole zstd frame"_s);
    if (declared == ZSTD_CONTENTSIZE_UNKNOWN || declared > static_cast<unsigned long long>(SegmentSize))
        return fail(ErrorCode::BadInput, u"its zstd frame declares no size, or more than a segment holds"_s);
    const size_t size = ZSTD_decompressDCtx(m_context.get(), m_plain.data(), m_plain.size(), stored.data(), frame);
    if (ZSTD_isError(size) || size != declared)
        return fail(ErrorCode::Damaged, u"its zstd frame is damaged (%1)"_s.arg(QString::fromLatin1(
                                            ZSTD_isError(size) ? ZSTD_getErrorName(size) : "wrong size")));
    stored = stored.subspan(frame);
    return std::span<const char>(m_plain.data(), size);
}

Result<std::span<const char>> FrameReader::segment(std::span<const char> stored)
{
    auto plain = next(stored);
    if (plain && !stored.empty())
        return fail(ErrorCode::BadInput, u"there is something after its zstd frame"_s);
    return plain;
}

Result<std::optional<std::span<const char>>> MemberFrames::next()
{
    // A frame of ours is no longer than this; many that are much shorter must not be read over and over.
    const auto longest = static_cast<size_t>(largestMember(MemberName::Kind::Segment));
    if (m_stored.size() - m_used < longest && m_at < m_end) {
        m_stored.erase(m_stored.begin(), m_stored.begin() + static_cast<std::ptrdiff_t>(m_used));
        m_used = 0;
        const size_t have = m_stored.size();
        const qint64 more = std::min(m_end - m_at, static_cast<qint64>(2 * longest - have));
        m_stored.resize(have + static_cast<size_t>(more));
        if (const auto read = m_file.read(m_at, std::span(m_stored).subspan(have)); !read)
            return fail(read.error());
        m_at += more;
    }
    std::span<const char> rest = std::span(m_stored).subspan(m_used);
    if (rest.empty() && m_begun)
        return std::nullopt;
    m_begun = true;
    const auto plain = m_frames.next(rest);
    if (!plain)
        return fail(plain.error());
    m_used = m_stored.size() - rest.size();
    m_left -= static_cast<qint64>(plain->size());
    if (m_left < 0)
        return fail(ErrorCode::BadInput, u"it holds more than any bundle does"_s);
    return std::optional(*plain);
}

} // namespace scalekeep::bundle
