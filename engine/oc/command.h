#pragma once

#include "engine/base/stream.h"

#include <QByteArray>
#include <QProcessEnvironment>
#include <QMap>
#include <QStringList>

#include <chrono>
#include <optional>

namespace scalekeep::oc {

/// One run of a client program as a value: building it is a pure function (argv.h), running it is Runner's.
struct Command {
    QString program;
    QStringList args;
    QMap<QString, QString> environment;      ///< additions to the inherited environment
    std::optional<ByteSource> input;         ///< none: standard input is the null device, so that the client can never prompt
    /// Instead of `input`, for a stream that is acknowledged: asked again and again until it answers; the answer is written and standard
    /// input is closed. Until then standard input stays open.
    std::function<std::optional<QByteArray>()> reply;
    ByteSink output;                         ///< none: standard output is collected, at most maxOutput bytes
    std::function<void(const QByteArray& line)> errorLine; ///< every line of standard error as it comes (heartbeats, trailer)
    qint64 maxOutput = 256LL * 1024 * 1024;  ///< more than this on a collected output is an error
    std::chrono::milliseconds timeout{120'000};    ///< of the whole run; zero: none
    std::chrono::milliseconds silence{0};    ///< no byte on either output for so long ends the run as hung; zero: no limit
    std::chrono::milliseconds dataSilence{0};///< no byte on standard *output* or into standard input for so long (heartbeats do not count)
    bool idempotentRead = false;             ///< may be repeated with back-off when the server could not be reached
};

/// How a run ended. Exactly one of these for every run, also after "failed to start" and after a crash.
enum class Ending { Exited, Crashed, FailedToStart, TimedOut, Hung, Cancelled, SinkFailed, SourceFailed };

struct CommandResult {
    Ending ending = Ending::Exited;
    int exitCode = -1;
    QByteArray output;        ///< standard output when it was collected
    QByteArray errorTail;     ///< the last 64 KiB of standard error
    qint64 bytesOut = 0;      ///< read from standard output
    qint64 bytesIn = 0;       ///< written to standard input
    std::chrono::milliseconds duration{0};
    std::optional<Error> streamError; ///< what the sink or the source answered

    [[nodiscard]] bool ok() const { return ending == Ending::Exited && exitCode == 0; }
};

} // namespace scalekeep::oc
