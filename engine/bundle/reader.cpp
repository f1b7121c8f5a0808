#include "engine/bundle/reader.h"

#include "engine/base/digest.h"
#include "engine/bundle/layout.h"

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

Result<void> Layout::add(const ScannedMember& found)
{
    using enum MemberName::Kind;
    const auto& [member, name] = found;
    const int at = static_cast<int>(members.size());
    members.append(member);
    bool fits = manifest < 0 && (name.kind == Readme) == (at == 0) && (name.kind == Header) == (at == 1);
    if (name.kind == Segment) {
        StreamMembers& stream = streams[streamKey(name.component, name.stream)];
        fits = fits && stream.record < 0 && name.number == stream.segments.size() + 1;
        stream.segments.append(at);
    } else if (name.kind == StreamRecord) {
        StreamMembers& stream = streams[streamKey(name.component, name.stream)];
        fits = fits && stream.record < 0 && !stream.segments.isEmpty();
        stream.record = at;
    } else if (name.kind == Index) {
        fits = fits && !indexes.contains(name.component);
        indexes.insert(name.component, at);
    } else if (name.kind == Manifest) {
        manifest = at;
    }
    if (!fits)
        return fail(ErrorCode::BadInput, u"The bundle was altered: its member “%1” (at byte %2) is not where Scalekeep writes it, or is there twice."_s
                                             .arg(member.name, QString::number(member.offset)), salvageHint());
    return {};
}

Error damagedStream(const RandomFile& file, const Stream& stream, const QString& what)
{
    return Error{ErrorCode::Damaged, u"The bundle “%1” is damaged in %2: %3."_s.arg(file.path(), streamKey(stream.component, stream.name), what), {},
                 u"Do not use what was read of this stream. “scalekeep-cli verify” lists all damage, and “scalekeep-cli salvage” saves the streams that are whole."_s};
}

Result<QByteArray> Reader::Private::content(int member) const
{
    return file->read(layout.members.at(member).offset, layout.members.at(member).size);
}

Result<void> Reader::Private::load()
{
    Scanner scanner(*file);
    while (true) {
        auto found = scanner.next();
        if (!found)
            return fail(found.error());
        if (!*found)
            break;
        if (auto added = layout.add(**found); !added)
            return added;
        // The version comes before everything that a newer format may do in another way.
        if (layout.members.size() == 2) {
            const auto json = content(1);
            auto read = json ? headerFromJson(*json) : tl::make_unexpected(json.error());
            if (!read)
                return fail(read.error());
            header = *read;
        }
    }
    if (layout.manifest < 0)
        return fail(ErrorCode::TruncatedStream, u"The bundle “%1” is cut off: it has no manifest."_s.arg(file->path()), salvageHint());
    const auto json = content(layout.manifest);
    auto read = json ? manifestFromJson(*json) : tl::make_unexpected(json.error());
    if (!read)
        return fail(read.error());
    manifest = *read;
    if (auto checked = checkStreams(); !checked)
        return checked;
    return checkIndexes();
}

/// The manifest, the streams' own records and the members must tell the same.
Result<void> Reader::Private::checkStreams() const
{
    for (const Stream& stream : manifest.streams) {
        const auto members = find(stream);
        if (!members)
            return fail(members.error());
        if ((*members)->segments.size() != stream.segments || (*members)->record < 0)
            return fail(damagedStream(*file, stream, u"segments are missing"_s));
        qint64 stored = 0;
        for (const int segment : (*members)->segments)
            stored += layout.members.at(segment).size;
        const auto json = content((*members)->record);
        if (!json)
            return fail(json.error());
        const auto record = streamFromJson(*json);
        if (stored != stream.storedBytes || !record || *record != stream)
            return fail(damagedStream(*file, stream, u"its record does not agree with the manifest"_s));
    }
    if (manifest.streams.size() + manifest.abandoned.size() != layout.streams.size())
        return fail(ErrorCode::BadInput, u"The bundle “%1” was altered: it has streams that its manifest does not name."_s.arg(file->path()), salvageHint());
    for (const QString& key : manifest.abandoned) {
        if (!layout.streams.contains(key) || layout.streams[key].record >= 0)
            return fail(ErrorCode::BadInput, u"The bundle “%1” was altered: its manifest names a stream that it does not have."_s.arg(file->path()), salvageHint());
    }
    return {};
}

Result<void> Reader::Private::checkIndexes() const
{
    if (layout.indexes.keys() != manifest.indexSha256.keys())
        return fail(ErrorCode::BadInput, u"The bundle “%1” was altered: its indexes are not those that its manifest names."_s.arg(file->path()), salvageHint());
    return {};
}

Result<const Layout::StreamMembers*> Reader::Private::find(const Stream& stream) const
{
    const auto found = layout.streams.constFind(streamKey(stream.component, stream.name));
    if (found == layout.streams.constEnd())
        return fail(ErrorCode::NotFound, u"The bundle “%1” has no stream %2."_s.arg(file->path(), streamKey(stream.component, stream.name)));
    return &*found;
}

qint64 Reader::Private::plainSize(const Stream& stream, qsizetype segment) const
{
    return segment + 1 < stream.segments ? SegmentSize : stream.bytes - segment * SegmentSize;
}

Result<std::span<const char>> Reader::Private::segment(const Stream& stream, const Layout::StreamMembers& members, qsizetype number, FrameReader& frames, std::vector<char>& stored) const
{
    const Member& member = layout.members.at(members.segments.at(number));
    stored.resize(static_cast<size_t>(member.size));
    if (const auto read = file->read(member.offset, stored); !read)
        return fail(read.error());
    auto plain = frames.segment(stored);
    if (!plain)
        return fail(damagedStream(*file, stream, u"segment %1 at byte %2, %3"_s.arg(QString::number(number + 1), QString::number(member.offset), plain.error().message)));
    if (static_cast<qint64>(plain->size()) != plainSize(stream, number))
        return fail(damagedStream(*file, stream, u"segment %1 has another size than was written"_s.arg(number + 1)));
    return plain;
}

Reader::Reader() : d(std::make_unique<Private>()) {}
Reader::~Reader() = default;

Result<std::unique_ptr<Reader>> Reader::open(const QString& path)
{
    auto file = RandomFile::open(path);
    if (!file)
        return fail(file.error());
    std::unique_ptr<Reader> reader(new Reader);
    reader->d->file = std::move(*file);
    if (const auto loaded = reader->d->load(); !loaded)
        return fail(loaded.error());
    return reader;
}

const Header& Reader::header() const { return d->header; }
const Manifest& Reader::manifest() const { return d->manifest; }
QString Reader::path() const { return d->file->path(); }
qint64 Reader::fileSize() const { return d->file->size(); }
const QList<Member>& Reader::members() const { return d->layout.members; }

const Stream* Reader::stream(const QString& component, const QString& name) const
{
    for (const Stream& stream : d->manifest.streams) {
        if (stream.component == component && stream.name == name)
            return &stream;
    }
    return nullptr;
}

namespace {
/// One pass over a stream, a segment at a time.
class Pass {
public:
    Pass(const Reader::Private& reader, Stream stream) : m_reader(reader), m_stream(std::move(stream)) {}

    /// The next plain bytes; empty at the end, once everything was found to be what was written.
    Result<std::span<const char>> next()
    {
        const auto members = m_reader.find(m_stream);
        if (!members)
            return fail(members.error());
        while (m_next < (*members)->segments.size()) {
            const auto plain = m_reader.segment(m_stream, **members, m_next++, m_frames, m_stored);
            if (!plain)
                return plain;
            m_digest.add(*plain);
            if (!plain->empty())
                return plain;
        }
        if (!m_ended && m_digest.finish() != m_stream.sha256)
            return fail(damagedStream(*m_reader.file, m_stream, u"the digest of its data is not the one that was written"_s));
        m_ended = true;
        return std::span<const char>();
    }

private:
    const Reader::Private& m_reader;
    Stream m_stream;
    qsizetype m_next = 0;
    FrameReader m_frames;
    std::vector<char> m_stored;
    Sha256 m_digest;
    bool m_ended = false;
};
} // namespace

Result<void> Reader::read(const Stream& stream, const ByteSink& sink, std::stop_token stop) const
{
    Pass pass(*d, stream);
    while (true) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"Reading %1 was cancelled."_s.arg(streamKey(stream.component, stream.name)));
        const auto plain = pass.next();
        if (!plain)
            return fail(plain.error());
        if (plain->empty())
            return {};
        if (auto taken = sink(*plain); !taken)
            return taken;
    }
}

Result<QByteArray> Reader::readAt(const Stream& stream, qint64 offset, qint64 size) const
{
    if (offset < 0 || size < 0 || offset > stream.bytes || size > stream.bytes - offset)
        return fail(ErrorCode::Usage, u"The stream %1 has no %2 bytes at %3."_s.arg(streamKey(stream.component, stream.name), QString::number(size), QString::number(offset)));
    const auto members = d->find(stream);
    if (!members)
        return fail(members.error());
    FrameReader frames;
    std::vector<char> stored;
    QByteArray bytes;
    bytes.reserve(size);
    while (bytes.size() < size) {
        const qint64 at = offset + bytes.size();
        const auto plain = d->segment(stream, **members, at / SegmentSize, frames, stored);
        if (!plain)
            return fail(plain.error());
        const auto part = plain->subspan(static_cast<size_t>(at % SegmentSize));
        bytes.append(part.data(), std::min<qint64>(static_cast<qint64>(part.size()), size - bytes.size()));
    }
    return bytes;
}

ByteSource Reader::source(const Stream& stream) const
{
    struct Pull {
        Pass pass;
        std::span<const char> rest;
    };
    const auto pull = std::make_shared<Pull>(Pull{Pass(*d, stream), {}});
    return [pull](qsizetype max) -> Result<QByteArray> {
        if (pull->rest.empty()) {
            const auto plain = pull->pass.next();
            if (!plain)
                return fail(plain.error());
            pull->rest = *plain;
        }
        const size_t size = std::min(pull->rest.size(), static_cast<size_t>(max));
        QByteArray bytes(pull->rest.data(), static_cast<qsizetype>(size));
        pull->rest = pull->rest.subspan(size);
        return bytes;
    };
}

Result<QByteArray> Reader::index(const QString& component) const
{
    const int member = d->layout.indexes.value(component, -1);
    if (member < 0)
        return fail(ErrorCode::NotFound, u"The bundle “%1” has no index of “%2”."_s.arg(path(), component));
    const auto stored = d->content(member);
    if (!stored)
        return fail(stored.error());
    auto json = FrameReader().all(std::span(stored->constData(), static_cast<size_t>(stored->size())), LargestIndex);
    if (!json || Sha256::of(*json) != d->manifest.indexSha256.value(component))
        return fail(ErrorCode::Damaged, u"The index of “%1” in the bundle “%2” is damaged: %3."_s.arg(component, path(), json ? u"its digest does not match"_s : json.error().message), salvageHint());
    return json;
}

Result<QByteArray> fileDigest(const QString& path, std::stop_token stop)
{
    const auto file = RandomFile::open(path);
    if (!file)
        return fail(file.error());
    Sha256 digest;
    std::vector<char> buffer(1024 * 1024);
    for (qint64 at = 0; at < (*file)->size();) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, u"Reading “%1” was cancelled."_s.arg(path));
        const auto part = std::span(buffer).first(static_cast<size_t>(std::min<qint64>(static_cast<qint64>(buffer.size()), (*file)->size() - at)));
        if (const auto read = (*file)->read(at, part); !read)
            return fail(read.error());
        digest.add(part);
        at += static_cast<qint64>(part.size());
    }
    return digest.finish();
}

} // namespace scalekeep::bundle
