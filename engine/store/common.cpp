#include "engine/store/common.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"
#include "engine/run/kept.h"
#include "engine/store/recall.h"

#include <QDateTime>
#include <QRegularExpression>

#include <thread>
#include <zlib.h>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int readyAttempts = 60;              // a replaced pod needs some seconds until it is ready again
constexpr int unreadyAttempts = 8;
constexpr std::chrono::seconds readyInterval{2};
constexpr qint64 spareSpace = 8 * 1024 * 1024; // beside what a staged file needs
constexpr qsizetype longOutputLimit = 1024 * 1024;

/// gzip members of one segment each: their concatenation is a gzip file, and its bytes are the same at every pass.
class GzipSource {
public:
    explicit GzipSource(ByteSource plain) : m_plain(std::move(plain)) {}

    Result<QByteArray> next(qsizetype max)
    {
        while (m_ready.isEmpty() && !m_ended) {
            QByteArray segment;
            while (segment.size() < bundle::SegmentSize) {
                const auto more = m_plain(bundle::SegmentSize - segment.size());
                if (!more)
                    return fail(more.error());
                if (more->isEmpty()) {
                    m_ended = true;
                    break;
                }
                segment += *more;
            }
            if (!segment.isEmpty())
                m_ready = compress(segment);
        }
        const QByteArray part = m_ready.left(max);
        m_ready.remove(0, part.size());
        return part;
    }

private:
    static QByteArray compress(const QByteArray& segment)
    {
        z_stream stream{};
        constexpr int gzipFormat = 15 + 16;
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzipFormat, 8, Z_DEFAULT_STRATEGY);
        QByteArray packed(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(segment.size()))) + 32, Qt::Uninitialized);
        QByteArray input = segment;
        stream.next_in = reinterpret_cast<Bytef*>(input.data());
        stream.avail_in = static_cast<uInt>(input.size());
        stream.next_out = reinterpret_cast<Bytef*>(packed.data());
        stream.avail_out = static_cast<uInt>(packed.size());
        deflate(&stream, Z_FINISH);
        packed.resize(static_cast<qsizetype>(stream.total_out));
        deflateEnd(&stream);
        return packed;
    }

    ByteSource m_plain;
    QByteArray m_ready;
    bool m_ended = false;
};

bundle::Component describe(const run::StepRun& step, const catalog::Component& component, const oc::PodRef& pod)
{
    bundle::Component entry{.id = component.id, .title = component.title, .engine = component.engine, .pod = pod.pod, .container = pod.container,
                            .image = {}, .serverVersion = {}, .state = u"proven"_s, .notes = {}, .summary = {}};
    const std::lock_guard lock(step.context.mutex);
    for (const cluster::Pod& candidate : step.context.inventory.pods) {
        if (candidate.name == pod.pod)
            entry.image = candidate.images.value(pod.container);
    }
    return entry;
}
/// Waits until the dump that this one must not be older than is whole. False: that one was begun anew after `moment`, and this one is older now.
Result<bool> isNotOlder(run::StepRun& step, const QString& first, const QDateTime& moment)
{
    while (!first.isEmpty() && !isDone(step, first)) {
        if (const auto waited = pause(step, std::chrono::milliseconds(50)); !waited)
            return fail(waited.error());
    }
    return first.isEmpty() || snapshotOf(step.context, step.step.parameters[u"afterSnapshotOf"].toString()) == moment;
}

/// None: what was read is given up, for it must be read again.
Result<std::optional<QJsonObject>> readOnce(run::StepRun& step, const Dump& dump)
{
    bundle::Stream proof{.component = dump.component.id, .name = dump.stream, .format = dump.format, .bytes = 0, .sha256 = {}, .podSha256 = {},
                         .storedBytes = 0, .transportBytes = 0, .segments = 0, .endMark = {}, .started = QDateTime::currentDateTimeUtc(), .finished = {}, .snapshot = dump.snapshot};
    const QString first = run::firstOf(step.step);
    const QDateTime moment = snapshotOf(step.context, step.step.parameters[u"afterSnapshotOf"].toString());
    auto writer = step.context.writer->openStream(dump.component.id, dump.stream, dump.format);
    if (!writer)
        return fail(writer.error());
    const auto giveUp = [&] {
        (*writer)->abandon();
        // Whoever waits for this moment waits for the next attempt's; whoever did not has to look again.
        const std::lock_guard lock(step.context.mutex);
        if (!dump.snapshot.isValid())
            step.context.snapshots.remove(dump.component.id);
    };
    const auto indexer = index::indexer(dump.format);
    oc::StreamOptions options;
    options.compress = dump.compress && step.step.parameters.value(u"compress").toBool(true);
    options.compressIfItPays = dump.compressIfItPays;
    options.acceptedExitCodes = dump.acceptedExitCodes;
    options.progress = [&](qint64 plain, qint64) { step.progress(plain, step.step.weight, u"bytes"_s); };
    const auto streamed = step.client.streamOut(
        dump.pod, dump.argv,
        [&](std::span<const char> data) -> Result<void> {
            if (!proof.snapshot.isValid()) {
                // The dump's transaction has begun: what is read from now on shows this moment.
                proof.snapshot = QDateTime::currentDateTimeUtc();
                noteSnapshot(step.context, dump.component.id, proof.snapshot);
            }
            if (const auto written = (*writer)->write(data); !written)
                return written;
            return indexer->add(data);
        },
        options);
    if (!streamed) {
        giveUp();
        return fail(streamed.error());
    }
    const auto content = bundle::packIndex(*indexer, step.context.writer->folder());
    if (!content) {
        giveUp();
        return fail(content.error());
    }
    if (!streamed->errorText.trimmed().isEmpty())
        step.log(QString::fromUtf8(streamed->errorText));
    const auto notes = dump.notes ? dump.notes(*streamed) : Result<QStringList>(QStringList{});
    if (!notes) {
        giveUp();
        return fail(notes.error());
    }
    for (const QString& note : *notes)
        step.log(u"Warning: %1"_s.arg(note));
    proof.podSha256 = streamed->sha256;
    proof.transportBytes = streamed->bytesThroughClient;
    proof.finished = QDateTime::currentDateTimeUtc();
    proof.endMark = content->index[u"endMark"].toString();
    if (!proof.snapshot.isValid())
        proof.snapshot = proof.started;
    const auto fits = isNotOlder(step, first, moment);
    if (!fits || !*fits) {
        giveUp();
        if (!fits)
            return fail(fits.error());
        step.log(u"%1 is read again, for %2 was, and must not be the younger one."_s.arg(dump.component.id, first.section(u':', 1)));
        return std::optional<QJsonObject>();
    }
    const auto stored = (*writer)->finish(proof);
    if (!stored)
        return fail(stored.error());
    if (const auto indexed = step.context.writer->addIndex(dump.component.id, *content); !indexed)
        return fail(indexed.error());
    bundle::Component entry = describe(step, dump.component, dump.pod);
    entry.notes = *notes;
    entry.summary = content->index[u"summary"].toObject();
    entry.serverVersion = step.context.result(u"inspect:"_s + dump.component.id)[u"serverVersion"].toString();
    {
        const std::lock_guard lock(step.context.mutex);
        step.context.manifest.components.append(entry);
        step.context.snapshots.insert(dump.component.id, proof.snapshot);
    }
    return std::optional(QJsonObject{{u"bytes"_s, stored->bytes},
                                     {u"transportBytes"_s, stored->transportBytes},
                                     {u"storedBytes"_s, stored->storedBytes},
                                     {u"sha256"_s, QString::fromLatin1(stored->sha256)},
                                     {u"endMark"_s, stored->endMark},
                                     {u"summary"_s, entry.summary},
                                     {u"entry"_s, entryToJson(entry)}});
}
} // namespace

Result<const catalog::Component*> componentOf(const run::StepRun& step)
{
    if (const catalog::Component* component = step.context.catalog->component(step.step.component))
        return component;
    return fail(ErrorCode::BadInput, u"The catalogue %1 has no component “%2”."_s.arg(step.context.catalog->title, step.step.component));
}

Result<oc::PodRef> containerOf(run::StepRun& step, const catalog::Component& component)
{
    const QString selector = u"%1=%2"_s.arg(step.context.catalog->podLabel, component.workload);
    for (int attempt = 0;; ++attempt) {
        const auto listing = step.client.list({u"pods"_s}, selector);
        if (!listing)
            return fail(listing.error());
        if (!listing->problems.isEmpty())
            return fail(listing->problems.first());
        QStringList seen;
        oc::PodRef unready;
        const QList<cluster::Pod> pods = cluster::inventoryFromObjects(listing->items, step.client.connection().namespaceName).pods;
        for (const cluster::Pod& pod : pods) {
            // The first of the list may be the one that goes, or one that does not answer yet.
            if (pod.phase == u"Running" && pod.ready && !pod.terminating) {
                const std::lock_guard lock(step.context.mutex);
                step.context.inventory.pods.removeIf([&pod](const cluster::Pod& known) { return known.name == pod.name; });
                step.context.inventory.pods.append(pod);
                return oc::PodRef{pod.name, component.container, pod.uid};
            }
            if (pod.phase == u"Running" && !pod.terminating)
                unready = {pod.name, component.container, pod.uid};
            seen.append(u"%1 is %2"_s.arg(pod.name, pod.terminating ? u"terminating"_s : pod.ready ? pod.phase : u"not ready"_s));
        }
        // A store that lost its database never gets ready, for its probe asks for it; a restore is what it needs. Patience once a pod.
        if (!unready.pod.isEmpty()) {
            const std::lock_guard lock(step.context.mutex);
            QJsonObject& accepted = step.context.results[u"unready:"_s + component.workload];
            if (attempt >= unreadyAttempts || accepted[u"uid"].toString() == unready.uid) {
                if (accepted[u"uid"].toString() != unready.uid)
                    step.log(u"Warning: pod %1 runs but is not ready; it is used all the same."_s.arg(unready.pod));
                accepted[u"uid"] = unready.uid;
                return unready;
            }
        }
        const Error notReady{ErrorCode::NotReady, u"%1 has no pod that is ready%2."_s.arg(component.workload, seen.isEmpty() ? QString{} : u" (%1)"_s.arg(seen.join(u", "_s))), {},
                             u"Look at its pods' events, or scale it up, then try again."_s};
        // Waiting helps only where a pod is on its way; several looks, for one is replaced by the next within a moment.
        if ((seen.isEmpty() && attempt > 2) || attempt >= readyAttempts)
            return fail(notReady);
        if (const auto waited = pause(step, readyInterval); !waited)
            return fail(waited.error());
    }
}

Result<QJsonObject> dumpToBundle(run::StepRun& step, const Dump& dump)
{
    while (true) {
        const auto answer = readOnce(step, dump);
        if (!answer)
            return fail(answer.error());
        if (*answer)
            return **answer;
    }
}

Result<qint64> freeBytesInPod(run::StepRun& step, const oc::PodRef& pod, const QString& directory)
{
    const auto output = execChecked(step, pod, {u"df"_s, u"-Pk"_s, directory}, u"read the free space of %1 in pod %2"_s.arg(directory, pod.pod));
    if (!output)
        return fail(output.error());
    const QList<QByteArray> lines = output->split('\n');
    const QStringList fields = QString::fromUtf8(lines.value(1)).split(QRegularExpression(u"\\s+"_s), Qt::SkipEmptyParts);
    bool number = false;
    const qint64 kibibytes = fields.value(3).toLongLong(&number);
    if (!number || kibibytes < 0)
        return fail(ErrorCode::BadInput, u"`df` in pod %1 did not say how much space is free in %2."_s.arg(pod.pod, directory), {}, QString::fromUtf8(*output));
    return kibibytes * 1024;
}

QString stagedPath(const run::Context& context, const QString& directory, const QString& stream)
{
    return u"%1/scalekeep-%2-%3"_s.arg(directory, context.nonce, stream);
}

Result<Staged> stageInPod(run::StepRun& step, const bundle::Reader& reader, const bundle::Stream& stream, const oc::PodRef& pod, const QString& directory, bool mayCompress)
{
    const auto tools = step.client.tools(pod, {u"gzip"_s});
    if (!tools)
        return fail(tools.error());
    // What an undo stages must not take the place of what the run has staged: an undo that is cut off may be followed by a resume.
    const QString name = &reader == step.context.safety.get() ? stream.name + u".before"_s : stream.name;
    Staged staged{.path = stagedPath(step.context, directory, name), .compressed = mayCompress && tools->contains(u"gzip"_s)};
    qint64 size = stream.bytes;
    QByteArray sha256 = stream.sha256;
    const auto source = [&]() -> ByteSource {
        if (!staged.compressed)
            return reader.source(stream);
        return [gzip = std::make_shared<GzipSource>(reader.source(stream))](qsizetype max) { return gzip->next(max); };
    };
    if (staged.compressed) {
        staged.path += u".gz"_s;
        // A first pass for size and digest, so that the pod can check what arrives and nothing secret lies in a local file.
        Sha256 digest;
        size = 0;
        const ByteSource pass = source();
        while (true) {
            if (step.stop.stop_requested())
                return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
            const auto part = pass(bundle::SegmentSize);
            if (!part)
                return fail(part.error());
            if (part->isEmpty())
                break;
            digest.add(*part);
            size += part->size();
        }
        sha256 = digest.finish();
    }
    const auto space = freeBytesInPod(step, pod, directory);
    if (!space)
        return fail(space.error());
    if (*space < size + spareSpace) {
        return fail(ErrorCode::NoSpace,
                    u"%1 in pod %2 has %3 MiB free; staging the dump of %4 needs %5 MiB more."_s.arg(directory, pod.pod).arg(*space / 1048576).arg(step.step.component).arg((size + spareSpace - *space) / 1048576 + 1),
                    u"Nothing was loaded. Enlarge or clean that file system, then restore again."_s);
    }
    oc::StreamOptions options;
    options.progress = [&step, size](qint64 done, qint64) { step.progress(done, size, u"bytes"_s); };
    if (const auto sent = step.client.streamIn(pod, staged.path, size, sha256, source(), options); !sent)
        return fail(sent.error());
    return staged;
}

Result<void> unstage(run::StepRun& step, const oc::PodRef& pod, const QString& path)
{
    const auto removed = execChecked(step, pod, {u"sh"_s, u"-c"_s, u"rm -rf -- \"$1\"*"_s, u"sh"_s, path}, u"remove the staged file from pod %1"_s.arg(pod.pod));
    return removed ? Result<void>{} : Result<void>(fail(removed.error()));
}

Result<QByteArray> execChecked(const run::StepRun& step, const oc::PodRef& pod, const QStringList& argv, const QString& doing, std::chrono::milliseconds timeout)
{
    const auto result = step.client.exec(pod, argv, timeout);
    if (!result)
        return fail(result.error());
    if (result->exitCode != 0)
        return fail(ErrorCode::RemoteFailed, u"Could not %1: the command in the pod ended with status %2."_s.arg(doing).arg(result->exitCode), {},
                    QString::fromUtf8(result->errorText.isEmpty() ? result->output.left(4096) : result->errorText));
    return result->output.trimmed();
}

Result<QByteArray> runLong(const run::StepRun& step, const oc::PodRef& pod, const QStringList& argv, const QString& doing)
{
    QByteArray output;
    oc::StreamOptions options;
    options.compress = false;
    options.dataSilence = std::chrono::milliseconds{0}; // a load prints nothing while it works; heartbeats show that it lives
    const auto streamed = step.client.streamOut(
        pod, argv,
        [&output](std::span<const char> data) -> Result<void> {
            output.append(data.data(), std::min(static_cast<qsizetype>(data.size()), longOutputLimit - output.size()));
            return {};
        },
        options);
    if (!streamed) {
        Error error = streamed.error();
        error.message = u"Could not %1: %2"_s.arg(doing, error.message);
        return fail(error);
    }
    if (!streamed->errorText.trimmed().isEmpty())
        step.log(QString::fromUtf8(streamed->errorText));
    return output;
}

QString orphanMark(const run::Context& context)
{
    return u"scalekeep-run-"_s + context.nonce;
}

Result<void> endOrphans(run::StepRun& step, const oc::PodRef& pod)
{
    // Any of our runs, not only this one: an earlier run may have died on another workstation. The shell that looks is not its own prey: its
    // command line is assembled so that it does not hold the mark.
    const QString script = u"m=scalekeep-; m=${m}run-; for d in /proc/[0-9]*; do p=${d#/proc/}; [ \"$p\" = $$ ] && continue; "
                           "if tr '\\0' ' ' <\"$d/cmdline\" 2>/dev/null | grep -q \"$m\"; then kill -TERM \"$p\" 2>/dev/null && echo \"$p\"; fi; done; exit 0"_s;
    const auto ended = execChecked(step, pod, {u"sh"_s, u"-c"_s, script}, u"look for loaders that an interrupted run left in pod %1"_s.arg(pod.pod));
    if (!ended)
        return fail(ended.error());
    if (!ended->isEmpty())
        step.log(u"Ended processes that an interrupted run had left in pod %1: %2"_s.arg(pod.pod, QString::fromUtf8(*ended).simplified()));
    return {};
}

void noteSnapshot(run::Context& context, const QString& component, const QDateTime& moment)
{
    const std::lock_guard lock(context.mutex);
    if (!context.snapshots.contains(component))
        context.snapshots.insert(component, moment);
}

QDateTime snapshotOf(run::Context& context, const QString& component)
{
    const std::lock_guard lock(context.mutex);
    return context.snapshots.value(component);
}

Result<void> awaitSnapshot(run::StepRun& step, const QString& component)
{
    while (true) {
        {
            const std::lock_guard lock(step.context.mutex);
            if (step.context.snapshots.contains(component))
                return {};
        }
        if (const auto waited = pause(step, std::chrono::milliseconds(50)); !waited)
            return waited;
    }
}

Result<void> pause(const run::StepRun& step, std::chrono::milliseconds time)
{
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
        if (step.stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"The run was cancelled."_s);
        std::this_thread::sleep_for(std::min(time, std::chrono::milliseconds(50)));
    }
    return {};
}

QString quoted(const QString& text)
{
    QString inner = text;
    return u'\'' + inner.replace(u'\'', u"'\\''"_s) + u'\'';
}

} // namespace scalekeep::store
