#include "engine/oc/runner.h"

#include "engine/oc/processgroup.h"

#include <QElapsedTimer>
#include <QEventLoop>

namespace scalekeep::oc {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qint64 inputBuffered = 4LL * 1024LL * 1024;
constexpr qsizetype inputChunk = 256LL * 1024;
constexpr qsizetype errorKept = 64LL * 1024;
constexpr int pollMs = 20;

/// One run: the process, what has been read and written so far, and why it is being ended.
class Run {
public:
    Run(const Command& command, std::stop_token stop, milliseconds grace) : m_command(command), m_stop(std::move(stop)), m_grace(grace) {}

    CommandResult execute()
    {
        m_total.start();
        if (start()) {
            converse();
            if (m_process.state() != QProcess::NotRunning)
                endGroup();
            finishResult();
        }
        m_result.duration = milliseconds(m_total.elapsed());
        return std::move(m_result);
    }

private:
    bool start()
    {
        m_process.setProgram(m_command.program);
        m_process.setArguments(m_command.args);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (auto it = m_command.environment.begin(); it != m_command.environment.end(); ++it)
            environment.insert(it.key(), it.value());
        m_process.setProcessEnvironment(environment);
        m_feeding = m_command.input.has_value();
        m_replying = m_command.reply != nullptr;
        if (!m_feeding && !m_replying)
            m_process.setStandardInputFile(QProcess::nullDevice());
        QObject::connect(&m_process, &QProcess::bytesWritten, &m_process, [this](qint64 bytes) {
            m_result.bytesIn += bytes;
            m_sinceByte.restart();
            m_sinceData.restart();
        });
        // Taken as it comes, inside the waits: a child that floods the output that is not waited for would pile up there. A wait goes on
        // while the other output has data, so it is always for the one that spoke last.
        QObject::connect(&m_process, &QProcess::readyReadStandardOutput, &m_process, [this] {
            takeOutput();
            m_process.setReadChannel(QProcess::StandardOutput);
        });
        QObject::connect(&m_process, &QProcess::readyReadStandardError, &m_process, [this] {
            takeErrors();
            m_process.setReadChannel(QProcess::StandardError);
        });
        m_group.prepare(m_process);
        m_sinceByte.start();
        m_sinceData.start();
        m_process.start();
        if (!m_process.waitForStarted()) {
            m_result.ending = Ending::FailedToStart;
            m_result.errorTail = m_process.errorString().toUtf8();
            return false;
        }
        m_group.adopt(m_process);
        return true;
    }

    void converse()
    {
        while (!m_ending) {
            if (m_feeding)
                feed();
            if (m_replying)
                reply();
            if (m_process.bytesToWrite() > 0)
                m_process.waitForBytesWritten(pollMs);
            else
                m_process.waitForReadyRead(pollMs);
            // False from a wait means timeout or end alike. At the end all that came before it has been taken.
            if (m_process.state() == QProcess::NotRunning)
                return;
            checkLimits();
        }
    }

    void feed()
    {
        while (m_feeding && m_process.bytesToWrite() < inputBuffered) {
            const Result<QByteArray> chunk = (*m_command.input)(inputChunk);
            if (!chunk) {
                end(Ending::SourceFailed, chunk.error());
                m_feeding = false;
            } else if (chunk->isEmpty()) {
                m_process.closeWriteChannel();
                m_feeding = false;
            } else {
                m_process.write(chunk->constData(), chunk->size()); // copied: a chunk may hold much more memory than bytes
            }
        }
    }

    void reply()
    {
        if (const std::optional<QByteArray> answer = m_command.reply()) {
            m_process.write(*answer);
            m_process.closeWriteChannel();
            m_replying = false;
        }
    }

    void takeOutput()
    {
        const QByteArray data = m_process.readAllStandardOutput();
        if (data.isEmpty() || m_ending)
            return;
        m_result.bytesOut += data.size();
        if (m_command.output) {
            if (const Result<void> taken = m_command.output(std::span(data.constData(), static_cast<size_t>(data.size()))); !taken)
                end(Ending::SinkFailed, taken.error());
        } else if (m_result.output.size() + data.size() > m_command.maxOutput) {
            end(Ending::SinkFailed, Error{ErrorCode::BadInput, u"The answer is larger than %1 MiB, which no answer to this command can be."_s
                                                                   .arg(m_command.maxOutput / (1024LL * 1024)), {}, {}});
        } else {
            m_result.output += data;
        }
        // Restarted after the sink: its own time is not the child's silence.
        m_sinceByte.restart();
        m_sinceData.restart();
    }

    void takeErrors()
    {
        const QByteArray data = m_process.readAllStandardError();
        if (data.isEmpty())
            return;
        m_sinceByte.restart();
        m_result.errorTail += data.right(errorKept);
        if (m_result.errorTail.size() > errorKept)
            m_result.errorTail.remove(0, m_result.errorTail.size() - errorKept);
        if (m_command.errorLine)
            splitLines(data);
    }

    void splitLines(const QByteArray& data)
    {
        qsizetype from = 0;
        while (from < data.size()) {
            const qsizetype end = data.indexOf('\n', from);
            // A line without an end is handed on in pieces.
            const qsizetype room = errorKept - m_line.size();
            const qsizetype to = std::min(end < 0 ? data.size() : end, from + room);
            m_line += data.sliced(from, to - from);
            from = to + (to == end ? 1 : 0);
            if (to == end || m_line.size() == errorKept) {
                m_command.errorLine(m_line);
                m_line.clear();
            }
        }
    }

    void checkLimits()
    {
        const auto passed = [](const QElapsedTimer& timer, milliseconds limit) { return limit > 0ms && timer.elapsed() > limit.count(); };
        if (m_ending)
            return;
        if (m_stop.stop_requested())
            end(Ending::Cancelled);
        else if (passed(m_total, m_command.timeout))
            end(Ending::TimedOut);
        else if (passed(m_sinceByte, m_command.silence) || passed(m_sinceData, m_command.dataSilence))
            end(Ending::Hung);
    }

    void end(Ending ending, std::optional<Error> error = {})
    {
        m_ending = ending;
        m_result.streamError = std::move(error);
    }

    /// Asks the group to end, reads on meanwhile (a child that waits on a full pipe cannot end), and ends it when the grace is over.
    void endGroup()
    {
        QElapsedTimer waited;
        waited.start();
        m_group.terminate();
        while (m_process.state() != QProcess::NotRunning && waited.elapsed() < m_grace.count())
            m_process.waitForFinished(pollMs);
        // Also when the leader has ended by itself: a grandchild may have ignored the request.
        m_group.kill();
        m_process.waitForFinished();
    }

    void finishResult()
    {
        if (m_command.errorLine && !m_line.isEmpty())
            m_command.errorLine(m_line);
        const bool crashed = m_process.exitStatus() == QProcess::CrashExit;
        m_result.ending = m_ending.value_or(crashed ? Ending::Crashed : Ending::Exited);
        m_result.exitCode = crashed ? 128 + m_process.exitCode() : m_process.exitCode();
    }

    const Command& m_command;
    std::stop_token m_stop;
    milliseconds m_grace;
    QProcess m_process;
    ProcessGroup m_group;
    CommandResult m_result;
    std::optional<Ending> m_ending;
    bool m_feeding = false;
    bool m_replying = false;
    QByteArray m_line; ///< of standard error, not yet whole
    QElapsedTimer m_total;
    QElapsedTimer m_sinceByte;
    QElapsedTimer m_sinceData;
};

} // namespace

CommandResult Runner::run(const Command& command, std::stop_token stop) const
{
    // QProcess wants the thread to have an event dispatcher, also when it is only waited for; a plain std::thread has none.
    const QEventLoop dispatcher;
    return Run(command, std::move(stop), m_grace).execute();
}

} // namespace scalekeep::oc
