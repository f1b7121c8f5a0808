#include "engine/oc/argv.h"
#include "engine/oc/classify.h"
#include "engine/oc/client.h"
#include "engine/oc/detail.h"
#include "engine/oc/streams.h"

#include "engine/base/files.h"

namespace scalekeep::oc {

using namespace std::chrono_literals;
using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype longestInput = 1024LL * 1024;
// What the way there and back and the end of the remote program may take beyond the limit that the pod keeps itself.
constexpr auto beyondPodLimit = 20s;

QString placeOf(const PodRef& pod) { return pod.container.isEmpty() ? pod.pod : u"%1 (%2)"_s.arg(pod.pod, pod.container); }

/// The client's newer transport breaks streams that stall for a minute; the older one does not.
void useSteadyTransport(Command& command) { command.environment.insert(u"KUBECTL_REMOTE_COMMAND_WEBSOCKETS"_s, u"false"_s); }

std::chrono::seconds wholeSeconds(std::chrono::milliseconds time) { return std::chrono::ceil<std::chrono::seconds>(time); }

std::optional<Error> unsafePod(const PodRef& pod)
{
    if (auto bad = unsafeName({pod.pod}))
        return bad;
    return pod.container.isEmpty() ? std::nullopt : unsafeName({pod.container});
}

/// Form B's own report of a failure as an Error.
Error refusal(const QMap<QByteArray, QByteArray>& bad, qint64 size, const QByteArray& remoteText, const QString& doing)
{
    const QString detail = QString::fromUtf8(withoutNoise(remoteText));
    const QString left = u"Nothing was left in the pod."_s;
    for (const char* full : {"No space left on device", "Disk quota exceeded", "File too large", "File size limit"}) {
        if (remoteText.contains(full)) {
            const QByteArray available = bad.value("free");
            const QString room = available.isEmpty() ? QString() : u", %1 are free"_s.arg(QString::fromLatin1(available));
            return {ErrorCode::NoSpace, u"Could not %1: there is no room, %2 bytes are needed%3."_s.arg(doing).arg(size).arg(room), detail,
                    left + u" Make room on that volume, then try again."_s};
        }
    }
    if (bad.value("rc") != "0")
        return {ErrorCode::RemoteFailed, u"Could not %1: the container can't write there (%2)."_s.arg(doing, QString::fromLatin1(bad.value("rc"))), detail,
                left + u" Check the path and the container's rights on it."_s};
    if (bad.value("size") != QByteArray::number(size))
        return {ErrorCode::TruncatedStream, u"Could not %1: %2 of %3 bytes arrived."_s.arg(doing, QString::fromLatin1(bad.value("size"))).arg(size), detail,
                left + u" Check the connection, then try again."_s};
    return {ErrorCode::TruncatedStream, u"Could not %1: all %2 bytes arrived, but with another digest or at a path that is taken."_s.arg(doing).arg(size), detail,
            left + u" Check the path, then try again."_s};
}

} // namespace

Result<ExecResult> Client::marked(const CommandResult& result, const QString& nonce, std::chrono::milliseconds timeout, const QString& doing) const
{
    if (result.ending != Ending::Exited)
        return fail(podFailure(failure(result, doing)));
    Markers markers(nonce);
    for (const QByteArray& line : result.errorTail.split('\n'))
        markers.line(line);
    if (const auto lacks = markers.lacks())
        return fail(ErrorCode::ToolMissing, u"Could not %1: the container has no %2."_s.arg(doing, *lacks),
                    u"Nothing was changed. Use a container image that has it."_s);

    const QByteArray mark = "\n@@" + nonce.toLatin1() + " rc=";
    const qsizetype at = result.output.lastIndexOf(mark);
    const QByteArray status = at < 0 ? QByteArray() : result.output.sliced(at + mark.size());
    bool number = false;
    const int exitCode = status.trimmed().toInt(&number);
    if (status == "input\n")
        return fail(ErrorCode::TruncatedStream, u"Could not %1: its input did not arrive whole, so it was not begun."_s.arg(doing),
                    u"Nothing was changed. Check the connection, then try again."_s);
    if (!number || !status.endsWith('\n'))
        return fail(podFailure(failure(result, doing)));
    constexpr int timedOut = 124;
    constexpr int killed = 137;
    if ((exitCode == timedOut || exitCode == killed) && result.duration >= timeout)
        return fail(ErrorCode::Timeout, u"Could not %1: the program in the pod took longer than %2 s and was ended."_s.arg(doing).arg(wholeSeconds(timeout).count()),
                    u"Look at what it had done before you repeat it."_s, m_redactor->redact(QString::fromUtf8(withoutNoise(result.errorTail))));
    return ExecResult{exitCode, result.output.first(at), withoutNoise(result.errorTail)};
}

Result<ExecResult> Client::exec(const PodRef& pod, const QStringList& argv, std::chrono::milliseconds timeout) const
{
    if (const auto bad = unsafePod(pod))
        return fail(*bad);
    const QString nonce = randomHex(16);
    Command remote = command(argv::exec(m_connection, pod, argv, nonce, wholeSeconds(timeout)));
    remote.timeout = timeout + beyondPodLimit;
    return marked(run(remote), nonce, timeout, u"run %1 in %2"_s.arg(argv.value(0), placeOf(pod)));
}

Result<ExecResult> Client::execWithInput(const PodRef& pod, const QStringList& argv, const QByteArray& input, std::chrono::milliseconds timeout) const
{
    if (const auto bad = unsafePod(pod))
        return fail(*bad);
    const QString doing = u"run %1 in %2"_s.arg(argv.value(0), placeOf(pod));
    // It passes through a variable of the shell in the pod.
    if (input.size() > longestInput || input.contains('\0'))
        return fail(ErrorCode::Usage, u"Could not %1: its input is not a text of at most 1 MiB."_s.arg(doing));
    const QString nonce = randomHex(16);
    Command remote = command(argv::execWithInput(m_connection, pod, argv, nonce, wholeSeconds(timeout), input.size(), Sha256::of(input)));
    remote.input = sourceOf(input);
    remote.timeout = timeout + beyondPodLimit;
    useSteadyTransport(remote);
    return marked(run(remote), nonce, timeout, doing);
}

Result<StreamProof> Client::streamOut(const PodRef& pod, const QStringList& argv, const ByteSink& sink, const StreamOptions& options) const
{
    if (const auto bad = unsafePod(pod))
        return fail(*bad);
    const QString nonce = randomHex(16);
    StreamReceiver receiver(nonce, sink, options);
    Command remote = command(argv::streamOut(m_connection, pod, argv, nonce, options.compress, options.compressIfItPays));
    remote.output = [&receiver](std::span<const char> data) { return receiver.take(data); };
    remote.errorLine = [&receiver](const QByteArray& line) { receiver.errorLine(line); };
    remote.reply = [&receiver] { return receiver.reply(); };
    remote.timeout = 0ms;
    remote.silence = options.silence;
    remote.dataSilence = options.dataSilence;
    useSteadyTransport(remote);
    Result<StreamProof> proof = receiver.proof(run(remote), u"read the output of %1 in %2"_s.arg(argv.value(0), placeOf(pod)));
    if (!proof)
        return fail(podFailure(redacted(proof.error())));
    return proof;
}

Result<void> Client::streamIn(const PodRef& pod, const QString& path, qint64 size, const QByteArray& sha256, const ByteSource& source,
                              const StreamOptions& options) const
{
    if (const auto bad = unsafePod(pod))
        return fail(*bad);
    const QString doing = u"write %1 in %2"_s.arg(path, placeOf(pod));
    if (!path.startsWith(u'/'))
        return fail(ErrorCode::Usage, u"Could not %1: the path is not absolute."_s.arg(doing));
    const QString nonce = randomHex(16);
    Markers markers(nonce);
    qint64 sent = 0;
    Command remote = command(argv::streamIn(m_connection, pod, path, size, sha256, nonce));
    remote.input = [&](qsizetype max) -> Result<QByteArray> {
        // The pod has given up already: no use in sending the rest.
        if (markers.said("bad") || markers.lacks())
            return QByteArray();
        Result<QByteArray> chunk = source(max);
        if (!chunk)
            return chunk;
        sent += chunk->size();
        if (sent > size || (chunk->isEmpty() && sent < size))
            return fail(ErrorCode::BadInput, u"Could not %1: the data have not the %2 bytes that they should have."_s.arg(doing).arg(size),
                        u"Nothing was left in the pod. Verify the bundle."_s);
        if (options.progress)
            options.progress(sent, sent);
        return chunk;
    };
    remote.errorLine = [&markers](const QByteArray& line) { markers.line(line); };
    remote.timeout = 0ms;
    remote.silence = options.silence;
    remote.dataSilence = options.dataSilence;
    useSteadyTransport(remote);
    const CommandResult result = run(remote);
    if (const auto lacks = markers.lacks())
        return fail(ErrorCode::ToolMissing, u"Could not %1: the container has no %2."_s.arg(doing, *lacks),
                    u"Nothing was changed. Use a container image that has it."_s);
    if (const auto bad = markers.said("bad"))
        return fail(redacted(refusal(*bad, size, markers.remoteText(), doing)));
    const auto written = markers.said("ok");
    if (!result.ok() || !written)
        return fail(podFailure(failure(result, doing)));
    if (!written->contains(QByteArray::number(size)) || !written->contains(sha256))
        return fail(ErrorCode::TruncatedStream, u"Could not %1: the pod confirms other bytes than were sent."_s.arg(doing),
                    u"Delete the file in the pod, then try again."_s);
    return {};
}

Result<QSet<QString>> Client::tools(const PodRef& pod, const QStringList& names) const
{
    const QString script = u"for t; do command -v \"$t\" >/dev/null 2>&1 && echo \"$t\"; done; :"_s;
    const Result<ExecResult> answered = exec(pod, QStringList{u"sh"_s, u"-c"_s, script, u"sh"_s} + names);
    if (!answered)
        return fail(answered.error());
    if (answered->exitCode != 0)
        return fail(ErrorCode::ToolMissing, u"Could not look for programs in %1: its shell ended with %2."_s.arg(placeOf(pod)).arg(answered->exitCode), {},
                    m_redactor->redact(QString::fromUtf8(answered->errorText)));
    const QStringList found = QString::fromUtf8(answered->output).split(u'\n', Qt::SkipEmptyParts);
    return QSet<QString>(found.begin(), found.end());
}

} // namespace scalekeep::oc
