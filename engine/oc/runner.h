#pragma once

#include "engine/oc/command.h"

#include <stop_token>

namespace scalekeep::oc {

/// Runs one Command to its end, blocking the calling worker thread (never the GUI thread).
/// The child leads a process group of its own; cancel sends SIGTERM to the group, SIGKILL after `grace`; the child dies with
/// this program (PR_SET_PDEATHSIG; a job object on Windows). The stop token and the limits are polled every 50 ms.
/// Sink and source are called on the calling thread; at most 4 MiB of input is buffered, so memory is bounded.
/// Thread-safe: holds no state.
class Runner {
public:
    explicit Runner(std::chrono::milliseconds grace = std::chrono::seconds(2)) : m_grace(grace) {}
    [[nodiscard]] CommandResult run(const Command& command, std::stop_token stop = {}) const;

private:
    std::chrono::milliseconds m_grace;
};

} // namespace scalekeep::oc
