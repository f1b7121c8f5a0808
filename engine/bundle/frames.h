#pragma once

#include "engine/base/result.h"

#include <QByteArray>

#include <memory>
#include <optional>
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
    /// One frame after the other: takes it from `stored`. The answer is valid until the next call.
    Result<std::span<const char>> next(std::span<const char>& stored);

private:
    struct Free {
        void operator()(ZSTD_DCtx_s* context) const;
    };
    std::unique_ptr<ZSTD_DCtx_s, Free> m_context;
    std::vector<char> m_plain;
};

class RandomFile;

/// The frames of a member that concatenates them, out of the file one after the other: two segments of it are held, however long it is. Not thread-safe.
class MemberFrames {
public:
    /// `limit`: plain bytes of all frames together. The file must outlive it.
    MemberFrames(const RandomFile& file, qint64 offset, qint64 size, qint64 limit) : m_file(file), m_at(offset), m_end(offset + size), m_left(limit) {}
    /// The plain bytes of the next one, valid until the next call; nothing behind the last. What is wrong with a frame is Damaged or BadInput.
    Result<std::optional<std::span<const char>>> next();

private:
    const RandomFile& m_file;
    qint64 m_at, m_end, m_left;
    bool m_begun = false; ///< even a member without bytes has to be a frame
    std::vector<char> m_stored;
    size_t m_used = 0;    ///< of m_stored
    FrameReader m_frames;
};

} // namespace scalekeep::bundle
