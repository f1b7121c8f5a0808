#pragma once

#include "engine/base/stream.h"

#include <QByteArray>

#include <memory>
#include <span>
#include <vector>

struct ZSTD_DCtx_s;

namespace scalekeep::bundle {

/// Decompresses zstd frames of unknown origin: a frame must declare its size, a segment at most, so nothing that is
/// read decides how much memory is used. Not thread-safe: one for each thread.
class FrameReader {
public:
    FrameReader();

    /// A member that is exactly one frame. The answer is valid until the next call.
    Result<std::span<const char>> segment(std::span<const char> stored);
    /// A member of concatenated frames, at most `limit` plain bytes together.
    Result<QByteArray> all(std::span<const char> stored, qint64 limit);
    /// The same without keeping them.
    Result<void> each(std::span<const char> stored, qint64 limit, const ByteSink& sink);
    /// One frame after the other: takes it from `stored`. The answer is valid until the next call.
    Result<std::span<const char>> next(std::span<const char>& stored);

private:
    struct Free {
        void operator()(ZSTD_DCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_DCtx_s, Free> m_context;
    std::vector<char> m_plain;
};

} // namespace scalekeep::bundle
