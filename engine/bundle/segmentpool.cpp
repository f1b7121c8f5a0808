#include "engine/bundle/segmentpool.h"

#include "engine/base/digest.h"
#include "engine/bundle/manifest.h"

#include <algorithm>
#include <zstd.h>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using Context = std::unique_ptr<ZSTD_CCtx, FreeContext>;

Context makeContext()
{
    Context context(ZSTD_createCCtx());
    if (!context)
        throw std::bad_alloc();
    // Level 3 is half as fast and gains nothing on dumps.
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    return context;
}

std::optional<Error> compress(ZSTD_CCtx* context, std::span<const char> plain, std::vector<char>& frame)
{
    frame.resize(ZSTD_compressBound(plain.size()));
    const size_t size = ZSTD_compress2(context, frame.data(), frame.size(), plain.data(), plain.size());
    if (ZSTD_isError(size))
        return Error{ErrorCode::Internal,
                     u"A segment could not be compressed."_s,
                     QString::fromLatin1(ZSTD_getErrorName(size)),
                     {}};
    frame.resize(size);
    return {};
}
} // namespace

SegmentPool::SegmentPool(Done done) : m_done(std::move(done))
{
    const int workers = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 2, 4);
    m_limit = 2 * workers;
    for (int i = 0; i < workers; ++i)
        m_threads.emplace_back([this] { work(); });
}

SegmentPool::~SegmentPool()
{
    {
        const std::lock_guard lock(m_mutex);
        m_ending = true;
    }
    m_submitted.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

std::unique_ptr<Segment> SegmentPool::take()
{
    std::unique_lock lock(m_mutex);
    m_returned.wait(lock, [this] { return !m_free.empty() || m_made < m_limit; });
    if (m_free.empty()) {
        ++m_made;
        return std::make_unique<Segment>();
    }
    auto segment = std::move(m_free.back());
    m_free.pop_back();
    return segment;
}

void SegmentPool::submit(std::unique_ptr<Segment> segment)
{
    {
        const std::lock_guard lock(m_mutex);
        m_queue.push_back(std::move(segment));
    }
    m_submitted.notify_one();
}

void SegmentPool::giveBack(std::unique_ptr<Segment> segment)
{
    segment->stream.reset();
    segment->plain.clear();
    segment->error.reset();
    {
        const std::lock_guard lock(m_mutex);
        m_free.push_back(std::move(segment));
    }
    m_returned.notify_one();
}

void SegmentPool::work()
{
    const Context context = makeContext();
    Sha256 digest;
    while (true) {
        std::unique_ptr<Segment> segment;
        {
            std::unique_lock lock(m_mutex);
            m_submitted.wait(lock, [this] { return !m_queue.empty() || m_ending; });
            if (m_queue.empty())
                return;
            segment = std::move(m_queue.front());
            m_queue.pop_front();
        }
        segment->error = compress(context.get(), segment->plain, segment->frame);
        if (!segment->error) {
            digest.add(segment->frame);
            segment->sha256 = digest.finish();
        }
        m_done(std::move(segment));
    }
}

Result<QByteArray> compressFrames(const QByteArray& data)
{
    const Context context = makeContext();
    QByteArray frames;
    std::vector<char> frame;
    qsizetype at = 0;
    do {
        const qsizetype size = std::min<qsizetype>(SegmentSize, data.size() - at);
        if (const auto error =
                compress(context.get(), std::span(data.constData() + at, static_cast<size_t>(size)), frame))
            return fail(*error);
        frames.append(frame.data(), static_cast<qsizetype>(frame.size()));
        at += size;
    } while (at < data.size());
    return frames;
}

} // namespace scalekeep::bundle
