#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace scalekeep::run {

/// Holds a run before its next step. Shared by whoever asks (any thread) and the executor, which waits in it. Outlives the run.
class Pause {
public:
    void hold(bool on);
    [[nodiscard]] bool held() const;
    [[nodiscard]] bool waiting() const; ///< the executor stands in wait()
    /// Returns when nothing holds the run any more, or when it is stopped.
    void wait(const std::stop_token& stop);

private:
    mutable std::mutex m_mutex;
    std::condition_variable_any m_changed;
    bool m_held = false, m_waiting = false;
};

} // namespace scalekeep::run
