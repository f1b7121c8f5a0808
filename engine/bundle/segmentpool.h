#pragma once

#include "engine/base/result.h"

#include <QByteArray>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace scalekeep::bundle {

struct StreamState;

/// One segment on its way: filled by a stream, compressed by the pool, appended by the writer, then used again.
struct Segment {
    std::shared_ptr<StreamState> stream;
    int number = 0;
    std::vector<char> plain;
    std::vector<char> frame; ///< compressed
    QByteArray sha256;       ///< of the frame
    std::optional<Error> error;
};

/// Compresses segments on a few threads, one zstd context each. The number of segments under way is bounded, so a
/// producer that is faster than compression and disk waits in take(), and memory stays constant.
class SegmentPool {
public:
    using Done = std::function<void(std::unique_ptr<Segment>)>;

    /// `done` is called on the pool's threads, out of order, and must give every segment back.
    explicit SegmentPool(Done done);
    ~SegmentPool(); ///< waits for everything submitted

    /// An empty segment; blocks while all are under way.
    std::unique_ptr<Segment> take();
    void submit(std::unique_ptr<Segment> segment);
    void giveBack(std::unique_ptr<Segment> segment);

private:
    void work();

    Done m_done;
    std::mutex m_mutex;
    std::condition_variable m_submitted, m_returned;
    std::deque<std::unique_ptr<Segment>> m_queue;
    std::vector<std::unique_ptr<Segment>> m_free;
    int m_made = 0;
    int m_limit = 0;
    bool m_ending = false;
    std::vector<std::thread> m_threads;
};

/// One buffer as concatenated zstd frames of a segment's size each: level 1, checksum, content size.
Result<QByteArray> compressFrames(const QByteArray& data);

} // namespace scalekeep::bundle
