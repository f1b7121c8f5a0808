#pragma once

#include "models/run/runstate.h"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace scalekeep::models {

/// What a run's threads and the window share: events on their way, the pause, the stop, the wait for a login. Thread-safe; nothing in it blocks
/// whoever sends an event for longer than it takes to append one. Shared between the thread of the run and its RunState.
class RunState::Feed {
public:
    /// Any thread. A progress event replaces the one of its step that has not been fetched; log lines are a ring as in the fold.
    void send(const run::Event& event);

    struct Batch {
        std::vector<run::Event> events;
        QList<LogLine> lines;
        qint64 lostLines = 0;    ///< that did not fit between two fetches
    };
    [[nodiscard]] Batch fetch();

    /// Waits until renewed() or stop; true: the login is good again. Any thread; several may wait.
    bool awaitLogin(const std::stop_token& stop);
    void loginRenewed();
    [[nodiscard]] bool waitsForLogin() const;

    /// Size of the file that the run writes, looked at once a second by whoever sends.
    [[nodiscard]] qint64 written() const { return m_written; }

    QString writes;          ///< path without .partial; set before the run begins
    run::Pause pause;
    std::stop_source stop;

private:
    void measure();
    void flushProgress(const QString& step);

    mutable std::mutex m_mutex;
    std::condition_variable_any m_renewed;
    std::vector<run::Event> m_events;
    QHash<QString, run::Event> m_progress;
    QList<LogLine> m_lines;
    qint64 m_lost = 0;
    std::atomic<qint64> m_written = -1, m_measured = 0;
    int m_waiting = 0;
    quint64 m_renewals = 0;
};

} // namespace scalekeep::models
