#pragma once

#include "engine/base/result.h"
#include "engine/base/secret.h"

#include <QJsonObject>

#include <mutex>

namespace scalekeep::cli {

/// Exit codes of the program (design, section 10): part of its interface.
enum Exit { Done = 0, Usage = 1, FailedUnchanged = 2, FailedUndone = 3, NeedsAttention = 4, VerificationFailed = 5, LoginOrRights = 6 };

/// Everything that the program prints goes through here, and so through the redactor. Thread-safe.
class Console {
public:
    Console(const Redactor& redactor, bool json);

    [[nodiscard]] bool json() const { return m_json; }
    /// A line for people; nothing with --json.
    void line(const QString& text = {});
    /// One JSON object a line; nothing without --json. The schema's version is added.
    void object(QJsonObject object);
    /// A line that the next one overwrites, on a terminal only.
    void status(const QString& text);
    /// Message, the other program's own words, and what to do next; the exit code that fits (nothing was changed).
    Exit error(const Error& error);

private:
    void write(const QByteArray& text, bool toError);

    const Redactor& m_redactor;
    bool m_json;
    bool m_terminal;
    bool m_statusShown = false;
    std::mutex m_mutex;
};

/// "12.3 MiB", one decimal under 10.
QString size(qint64 bytes);

} // namespace scalekeep::cli
