#include "engine/bundle/layout.h"

#include "engine/base/digest.h"

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
        return fail(
            ErrorCode::BadInput,
            u"The bundle was altered: its member “%1” (at byte %2) is not where Scalekeep writes it, or is there twice."_s
                .arg(member.name, QString::number(member.offset)),
            salvageHint());
    return {};
}

Error damagedStream(const RandomFile& file, const Stream& stream, const QString& what)
{
    return Error{
        ErrorCode::Damaged,
        u"The bundle “%1” is damaged in %2: %3."_s.arg(file.path(), streamKey(stream.component, stream.name), what),
        {},
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
        return fail(ErrorCode::TruncatedStream, u"The bundle “%1” is cut off: it has no manifest."_s.arg(file->path()),
                    salvageHint());
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
        return fail(ErrorCode::BadInput,
                    u"The bundle “%1” was altered: it has streams that its manifest does not name."_s.arg(file->path()),
                    salvageHint());
    for (const QString& key : manifest.abandoned) {
        if (!layout.streams.contains(key) || layout.streams[key].record >= 0)
            return fail(
                ErrorCode::BadInput,
                u"The bundle “%1” was altered: its manifest names a stream that it does not have."_s.arg(file->path()),
                salvageHint());
    }
    return {};
}

Result<void> Reader::Private::checkIndexes() const
{
    if (layout.indexes.keys() != manifest.indexSha256.keys())
        return fail(
            ErrorCode::BadInput,
            u"The bundle “%1” was altered: its indexes are not those that its manifest names."_s.arg(file->path()),
            salvageHint());
    return {};
}

Result<const Layout::StreamMembers*> Reader::Private::find(const Stream& stream) const
{
    const auto found = layout.streams.constFind(streamKey(stream.component, stream.name));
    if (found == layout.streams.constEnd())
        return fail(ErrorCode::NotFound,
                    u"The bundle “%1” has no stream %2."_s.arg(file->path(), streamKey(stream.component, stream.name)));
    return &*found;
}

qint64 Reader::Private::plainSize(const Stream& stream, qsizetype segment) const
{
    return segment + 1 < stream.segments ? SegmentSize : stream.bytes - segment * SegmentSize;
}

Result<std::span<const char>> Reader::Private::segment(const Stream& stream, const Layout::StreamMembers& members,
                                                       qsizetype number, FrameReader& frames,
                                                       std::vector<char>& stored) const
{
    const Member& member = layout.members.at(members.segments.at(number));
    stored.resize(static_cast<size_t>(member.size));
    if (const auto read = file->read(member.offset, stored); !read)
        return fail(read.error());
    auto plain = frames.segment(stored);
    if (!plain)
        return fail(
            damagedStream(*file, stream,
                          u"segment %1 at byte %2, %3"_s.arg(QString::number(number + 1),
                                                             QString::number(member.offset), plain.error().message)));
    if (static_cast<qint64>(plain->size()) != plainSize(stream, number))
        return fail(damagedStream(*file, stream, u"segment %1 has another size than was written"_s.arg(number + 1)));
    return plain;
}

Result<IndexDigest> indexDigest(const RandomFile& file, const Member& index)
{
    MemberFrames frames(file, index.offset, index.size, LargestIndex);
    Sha256 digest;
    qint64 bytes = 0;
    auto plain = frames.next();
    for (; plain && *plain; plain = frames.next()) {
        digest.add(**plain);
        bytes += static_cast<qint64>((*plain)->size());
    }
    return plain ? Result<IndexDigest>({digest.finish(), bytes}) : fail(plain.error());
}

bool isDamage(const Error& error)
{
    return error.code == ErrorCode::Damaged || error.code == ErrorCode::BadInput;
}

} // namespace scalekeep::bundle
