#pragma once

#include "engine/base/result.h"

#include <QDateTime>
#include <QFile>
#include <QJsonObject>

#include <functional>
#include <memory>
#include <mutex>

namespace scalekeep::run {

/// One thing that happened in a run. The journal is the only truth: window, CLI output, resume, undo and record fold over events.
struct Event {
    qint64 number = 0;
    QDateTime time = {};      ///< UTC, milliseconds
    QString type = {};            ///< run-started, stage-started, step-started, command-started, command-finished, progress (never journaled),
                              ///< log, evidence, step-done, step-failed, step-skipped, undo-started, undo-done, undo-failed, run-finished;
                              ///< run-resumed (data.mode: "resume" or "undo"; the run goes on after a run-finished or a crash), step-again (done before, but what it
                              ///< made is gone, or of no use: data.because), lock-inherited (data.inherited: what the lock that was taken over remembered but its originals), paused, resumed, login-lost, login-renewed; data.cleanup marks an `always` step that runs after a failure
    QString step = {};             ///< step id or empty
    QJsonObject data = {};
    bool operator==(const Event&) const = default;
};
QJsonObject toJson(const Event& event);

using EventSink = std::function<void(const Event&)>;

/// JSON Lines, one event a line, 0600; each line carries `prev`, the SHA-256 of the line before it. Appending is thread-safe.
class Journal {
public:
    static Result<std::unique_ptr<Journal>> create(const QString& path);
    /// Opens one that was cut off by a crash: a last line that is not whole is cut away (and said so in `repaired`).
    static Result<std::unique_ptr<Journal>> reopen(const QString& path, bool* repaired = nullptr);
    ~Journal();
    /// Writes the line; with `sync` it is on disk (fsync) before this returns.
    Result<void> append(Event event, bool sync);
    [[nodiscard]] QByteArray head() const; ///< SHA-256 of the last line
    [[nodiscard]] QString path() const;

    /// All events; Damaged names the first line whose chain is broken. Hostile input.
    static Result<QList<Event>> read(const QString& path, QByteArray* head = nullptr);

private:
    explicit Journal(const QString& path);
    mutable std::mutex m_mutex;
    QFile m_file;
    QByteArray m_head;
    qint64 m_number = 0;
};

} // namespace scalekeep::run
