#include "engine/bundle/writer.h"

#include "engine/base/files.h"
#include "engine/bundle/archive.h"
#include "engine/bundle/layout.h"
#include "engine/bundle/randomfile.h"
#include "engine/bundle/readme.h"
#include "engine/bundle/segmentpool.h"
#include "engine/bundle/wholestreams.h"

#include <QFileInfo>
#include <QSet>

#include <map>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

/// What is known of a stream while its segments are under way; guarded by the writer's mutex.
struct StreamState {
    QString component, name;
    std::map<int, std::unique_ptr<Segment>> waiting; ///< compressed, but one before them is not yet
    int arrived = 0; ///< appended (or dropped, once given up) in order up to this number
    QList<qint64> appended; ///< where in the file the header of each segment begins
    qint64 storedBytes = 0;
    bool givenUp = false;
};

struct Writer::Private {
    std::unique_ptr<Archive> archive;
    mutable std::mutex mutex;
    std::condition_variable progress;
    std::optional<Error> error; ///< the first failure; the bundle cannot become whole any more
    QSet<QString> names;        ///< of all streams ever opened
    int open = 0;
    QList<Stream> finished;
    QMap<QString, std::shared_ptr<StreamState>> abandoned; ///< by key, with segments in the file
    QMap<QString, QByteArray> indexSha256;
    std::unique_ptr<SegmentPool> pool; ///< last: its threads use all of the above

    void arrive(std::unique_ptr<Segment> segment);
    Result<void> append(const QString& name, const QByteArray& data);
    Result<void> append(const QString& name, qint64 size, const ByteSource& data, const QByteArray& sha256 = {});
    Result<void> setAside(const QString& key);
    Result<void> copy(const RandomFile& from, const WholeStreams& whole);
};

struct Writer::StreamWriter::Private {
    Writer::Private& writer;
    std::shared_ptr<StreamState> state;
    QString format;
    std::vector<char> buffer;
    Sha256 digest;
    qint64 bytes = 0;
    int submitted = 0;
    bool closed = false;

    Result<void> submit();
    void giveUp();
};

/// A segment comes from the pool. Segments of a stream are appended in order; what comes early waits.
void Writer::Private::arrive(std::unique_ptr<Segment> segment)
{
    const std::lock_guard lock(mutex);
    const std::shared_ptr<StreamState> state = segment->stream;
    state->waiting.emplace(segment->number, std::move(segment));
    for (auto next = state->waiting.begin(); next != state->waiting.end() && next->first == state->arrived + 1;
         next = state->waiting.erase(next)) {
        auto& [number, ready] = *next;
        if (!error && ready->error)
            error = ready->error;
        if (!error && !state->givenUp) {
            const QString name = segmentName(state->component, state->name, number);
            const qint64 at = archive->size();
            if (const auto done = archive->append(name, ready->frame, ready->sha256); done) {
                state->appended.append(at);
                state->storedBytes += static_cast<qint64>(ready->frame.size());
            } else {
                error = done.error();
            }
        }
        ++state->arrived;
        pool->giveBack(std::move(ready));
    }
    progress.notify_all();
}

Result<void> Writer::Private::append(const QString& name, const QByteArray& data)
{
    if (error)
        return fail(*error);
    auto done = archive->append(name, std::span(data.constData(), static_cast<size_t>(data.size())));
    if (!done)
        error = done.error();
    return done;
}

Result<void> Writer::Private::append(const QString& name, qint64 size, const ByteSource& data, const QByteArray& sha256)
{
    if (error)
        return fail(*error);
    auto done = archive->append(name, size, data, sha256);
    if (!done)
        error = done.error();
    return done;
}

/// The segments of a stream that was given up get the name of one that nobody reads, so that its own is free again.
Result<void> Writer::Private::setAside(const QString& key)
{
    const std::shared_ptr<StreamState> state = abandoned.value(key);
    QString name;
    for (int number = 1; name.isEmpty() || names.contains(streamKey(state->component, name)); ++number)
        name = u"%1.cut%2"_s.arg(state->name).arg(number);
    if (!isStreamName(state->component, name))
        return fail(ErrorCode::Unsupported, u"The stream %1 was given up and cannot be read again into the same bundle."_s.arg(key));
    for (qsizetype number = 0; number < state->appended.size(); ++number) {
        const auto renamed = archive->rename(state->appended.at(number), segmentName(state->component, name, static_cast<int>(number) + 1));
        if (!renamed) {
            error = renamed.error();
            return renamed;
        }
    }
    abandoned.remove(key);
    state->name = name;
    names.insert(streamKey(state->component, name));
    abandoned.insert(streamKey(state->component, name), state);
    return {};
}

Result<void> Writer::Private::copy(const RandomFile& from, const WholeStreams& whole)
{
    const auto copyMember = [&](const Member& member) -> Result<void> {
        return append(member.name, member.size, from.source(member.offset, member.size));
    };
    for (const WholeStreams::Whole& each : whole.streams) {
        for (const Member& segment : each.segments) {
            if (const auto copied = copyMember(segment); !copied)
                return copied;
        }
        if (const auto written = append(streamRecordName(each.stream.component, each.stream.name), sealedJson(toJson(each.stream))); !written)
            return written;
        names.insert(streamKey(each.stream.component, each.stream.name));
        finished.append(each.stream);
    }
    for (const Member& index : whole.indexes) {
        if (const auto copied = copyMember(index); !copied)
            return copied;
    }
    indexSha256 = whole.indexSha256;
    return {};
}

Writer::Writer() : d(std::make_unique<Private>()) {}

Writer::~Writer() = default;

Result<std::unique_ptr<Writer>> Writer::create(const QString& finalPath, const Header& header)
{
    const QByteArray headerText = sealedJson(toJson(header));
    if (const auto readable = headerFromJson(headerText); !readable)
        return fail(readable.error());
    auto archive = Archive::create(finalPath, header.started);
    if (!archive)
        return fail(archive.error());
    std::unique_ptr<Writer> writer(new Writer);
    Private& d = *writer->d;
    d.archive = std::move(*archive);
    d.pool = std::make_unique<SegmentPool>([&d](std::unique_ptr<Segment> segment) { d.arrive(std::move(segment)); });
    auto written = d.append(ReadmeName, readmeText());
    if (written)
        written = d.append(HeaderName, headerText);
    if (!written) {
        d.archive->discard();
        return fail(written.error());
    }
    return writer;
}

Result<std::unique_ptr<Writer>> Writer::reopen(const QString& finalPath, const QStringList& components,
                                               const QMap<QString, QString>& after)
{
    const QString partial = finalPath + u".partial"_s, cut = finalPath + u".cut"_s;
    // Left by an attempt that was cut off itself: what it had written is only a copy.
    if (QFile::exists(cut)) {
        QFile::remove(partial);
    } else if (QFile::exists(partial)) {
        if (const auto aside = renameWithoutReplacing(partial, cut); !aside)
            return fail(aside.error());
    } else {
        return fail(ErrorCode::NotFound, u"There is no half-written bundle “%1” to go on with."_s.arg(partial), u"Nothing was changed. Put it back where it was, or start anew."_s);
    }
    const auto putBack = [&](const Error& error) {
        if (!QFile::exists(partial))
            (void)renameWithoutReplacing(cut, partial);
        return fail(error);
    };
    const auto file = RandomFile::open(cut);
    if (!file)
        return putBack(file.error());
    const auto whole = wholeStreams(**file, components, after);
    if (!whole)
        return putBack(whole.error());
    auto writer = create(finalPath, whole->header);
    if (!writer)
        return putBack(writer.error());
    auto copied = (*writer)->d->copy(**file, *whole);
    if (copied)
        copied = (*writer)->d->archive->sync();
    if (!copied) {
        (*writer)->discard();
        return putBack(copied.error());
    }
    if (!QFile::remove(cut)) {
        (*writer)->discard();
        return putBack(Error{ErrorCode::Io, u"“%1” could not be removed."_s.arg(cut), {}, u"Nothing was lost: it holds what was read so far."_s});
    }
    return writer;
}

Result<std::unique_ptr<Writer::StreamWriter>> Writer::openStream(const QString& component, const QString& name,
                                                                 const QString& format)
{
    if (!isStreamName(component, name))
        return fail(
            ErrorCode::Usage,
            u"“%1/%2” cannot be the name of a stream in a bundle: letters, digits, “.”, “_” and “-”, 78 characters at most."_s
                .arg(component, name));
    const std::lock_guard lock(d->mutex);
    if (d->error)
        return fail(*d->error);
    const QString key = streamKey(component, name);
    if (d->abandoned.contains(key)) {
        if (const auto aside = d->setAside(key); !aside)
            return fail(aside.error());
    } else if (d->names.contains(key))
        return fail(ErrorCode::AlreadyExists, u"The bundle has a stream “%1” already."_s.arg(key));
    d->names.insert(key);
    ++d->open;
    auto state = std::make_shared<StreamState>();
    state->component = component;
    state->name = name;
    std::unique_ptr<StreamWriter::Private> stream(new StreamWriter::Private{
        .writer = *d, .state = std::move(state), .format = format, .buffer = {}, .digest = {}});
    stream->buffer.reserve(SegmentSize);
    return std::unique_ptr<StreamWriter>(new StreamWriter(std::move(stream)));
}

Result<void> Writer::addIndex(const QString& component, const QByteArray& json)
{
    const auto index = packIndex(json, folder());
    return index ? addIndex(component, *index) : Result<void>(fail(index.error()));
}

Result<void> Writer::addIndex(const QString& component, const PackedIndex& index)
{
    const QString name = indexName(component);
    if (!parseMemberName(name.toUtf8()))
        return fail(ErrorCode::Usage, u"“%1” cannot be the name of a component in a bundle."_s.arg(component));
    if (index.storedBytes > largestMember(MemberName::Kind::Index))
        return fail(ErrorCode::Unsupported, u"The index of “%1” has %2 bytes, more than a bundle can hold."_s.arg(
                                                component, QString::number(index.bytes)));
    const std::lock_guard lock(d->mutex);
    if (d->indexSha256.contains(component))
        return fail(ErrorCode::AlreadyExists, u"The bundle has an index of “%1” already."_s.arg(component));
    auto done = d->append(name, index.storedBytes, index.frames(), index.storedSha256);
    if (done)
        d->indexSha256.insert(component, index.sha256);
    return done;
}

Result<void> Writer::finish(Manifest manifest)
{
    const std::lock_guard lock(d->mutex);
    if (d->error)
        return fail(*d->error);
    if (d->open > 0)
        return fail(ErrorCode::Internal,
                    u"The bundle cannot be finished while %1 of its streams are open."_s.arg(d->open));
    manifest.streams = d->finished;
    manifest.indexSha256 = d->indexSha256;
    manifest.abandoned = d->abandoned.keys();
    const auto members = d->archive->membersSha256();
    if (!members) {
        d->error = members.error();
        return fail(*d->error);
    }
    manifest.membersSha256 = *members;
    const QByteArray text = sealedJson(toJson(manifest));
    // What a reader would refuse must not be called a bundle.
    auto readable = manifestFromJson(text);
    if (readable && text.size() > largestMember(MemberName::Kind::Manifest))
        readable = fail(ErrorCode::Unsupported,
                        u"The manifest of the bundle has %1 bytes, more than a bundle can hold."_s.arg(text.size()));
    if (!readable) {
        d->error = readable.error();
        return fail(*d->error);
    }
    if (const auto done = d->append(ManifestName, text); !done)
        return done;
    auto done = d->archive->finish();
    d->error = done ? Error{ErrorCode::Internal, u"The bundle is already finished."_s, {}, {}} : done.error();
    return done;
}

void Writer::discard()
{
    const std::lock_guard lock(d->mutex);
    d->archive->discard();
    d->error = Error{ErrorCode::Cancelled, u"The bundle was discarded."_s, {}, {}};
}

QString Writer::folder() const
{
    return QFileInfo(d->archive->partialPath()).absolutePath();
}

QString Writer::partialPath() const
{
    return d->archive->partialPath();
}

qint64 Writer::bytesWritten() const
{
    return d->archive->size();
}

QList<Stream> Writer::streams() const
{
    const std::lock_guard lock(d->mutex);
    return d->finished;
}

Writer::StreamWriter::StreamWriter(std::unique_ptr<Private> data) : d(std::move(data)) {}

Writer::StreamWriter::~StreamWriter()
{
    abandon();
}

Result<void> Writer::StreamWriter::Private::submit()
{
    {
        const std::lock_guard lock(writer.mutex);
        if (writer.error)
            return fail(*writer.error);
    }
    if (submitted == MaxSegments)
        return fail(ErrorCode::Unsupported,
                    u"The stream %1 is longer than the %2 GB that a bundle can hold of one stream."_s
                        .arg(streamKey(state->component, state->name))
                        .arg(MaxSegments * SegmentSize / 1'000'000'000));
    auto segment = writer.pool->take();
    segment->stream = state;
    segment->number = ++submitted;
    std::swap(segment->plain, buffer);
    buffer.reserve(SegmentSize);
    writer.pool->submit(std::move(segment));
    return {};
}

Result<void> Writer::StreamWriter::write(std::span<const char> data)
{
    if (d->closed)
        return fail(ErrorCode::Internal, u"The stream is already closed."_s);
    d->digest.add(data);
    d->bytes += static_cast<qint64>(data.size());
    while (!data.empty()) {
        const size_t taken = std::min(data.size(), static_cast<size_t>(SegmentSize) - d->buffer.size());
        d->buffer.insert(d->buffer.end(), data.begin(), data.begin() + static_cast<std::ptrdiff_t>(taken));
        data = data.subspan(taken);
        if (d->buffer.size() == static_cast<size_t>(SegmentSize)) {
            if (auto done = d->submit(); !done)
                return done;
        }
    }
    return {};
}

Result<Stream> Writer::StreamWriter::finish(Stream proof)
{
    if (d->closed)
        return fail(ErrorCode::Internal, u"The stream is already closed."_s);
    if (!d->buffer.empty() || d->submitted == 0) {
        if (const auto done = d->submit(); !done)
            return fail(done.error());
    }
    const StreamState& state = *d->state;
    proof.component = state.component;
    proof.name = state.name;
    proof.format = d->format;
    proof.bytes = d->bytes;
    proof.sha256 = d->digest.finish();
    proof.segments = d->submitted;
    if (!proof.podSha256.isEmpty() && proof.podSha256 != proof.sha256) {
        abandon();
        return fail(
            ErrorCode::TruncatedStream,
            u"The stream %1 did not arrive as it was sent: the digest of the %2 bytes that arrived differs from the one computed in the pod."_s
                .arg(streamKey(state.component, state.name))
                .arg(d->bytes),
            u"Nothing was changed in the cluster, and no bundle was made of it. Try again."_s);
    }

    std::unique_lock lock(d->writer.mutex);
    d->writer.progress.wait(lock, [&] { return state.arrived == d->submitted; });
    d->closed = true;
    --d->writer.open;
    proof.storedBytes = state.storedBytes;
    const QString record = streamRecordName(state.component, state.name);
    if (const auto done = d->writer.append(record, sealedJson(toJson(proof))); !done)
        return fail(done.error());
    d->writer.finished.append(proof);
    return proof;
}

void Writer::StreamWriter::abandon()
{
    if (d->closed)
        return;
    d->closed = true;
    std::unique_lock lock(d->writer.mutex);
    d->state->givenUp = true;
    d->writer.progress.wait(lock, [&] { return d->state->arrived == d->submitted; });
    --d->writer.open;
    const QString key = streamKey(d->state->component, d->state->name);
    if (d->state->appended.isEmpty())
        d->writer.names.remove(key); // as if it had never been
    else
        d->writer.abandoned.insert(key, d->state);
}

} // namespace scalekeep::bundle
