#include "engine/run/pause.h"

namespace scalekeep::run {

void Pause::hold(bool on)
{
    {
        const std::lock_guard lock(m_mutex);
        m_held = on;
    }
    m_changed.notify_all();
}

bool Pause::held() const
{
    const std::lock_guard lock(m_mutex);
    return m_held;
}

bool Pause::waiting() const
{
    const std::lock_guard lock(m_mutex);
    return m_waiting;
}

void Pause::wait(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    m_waiting = m_held && !stop.stop_requested();
    m_changed.wait(lock, stop, [this] { return !m_held; });
    m_waiting = false;
}

} // namespace scalekeep::run
