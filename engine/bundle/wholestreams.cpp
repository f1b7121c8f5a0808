#include "engine/bundle/wholestreams.h"

#include "engine/base/digest.h"
#include "engine/bundle/layout.h"

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Found { QMap<int, Member> segments; std::optional<Member> record; };

std::span<const char> spanOf(const QByteArray& bytes)
{
    return {bytes.constData(), static_cast<size_t>(bytes.size())};
}

/// Nothing when the stream is not what its record says.
Result<std::optional<WholeStreams::Whole>> prove(const RandomFile& file, const Found& found, FrameReader& frames)
{
    if (!found.record)
        return std::optional<WholeStreams::Whole>();
    const auto json = file.read(found.record->offset, found.record->size);
    if (!json)
        return fail(json.error());
    const auto stream = streamFromJson(*json);
    if (!stream || stream->segments != found.segments.size())
        return std::optional<WholeStreams::Whole>();
    WholeStreams::Whole whole{*stream, {}};
    Sha256 digest;
    for (int number = 1; number <= stream->segments; ++number) {
        const auto member = found.segments.constFind(number);
        if (member == found.segments.constEnd())
            return std::optional<WholeStreams::Whole>();
        const auto stored = file.read(member->offset, member->size);
        if (!stored)
            return fail(stored.error());
        const auto plain = frames.segment(spanOf(*stored));
        if (!plain)
            return std::optional<WholeStreams::Whole>();
        digest.add(*plain);
        whole.segments.append(*member);
    }
    if (digest.finish() != stream->sha256)
        return std::optional<WholeStreams::Whole>();
    return std::optional(std::move(whole));
}
} // namespace

Result<WholeStreams> wholeStreams(const RandomFile& file, const QStringList& components, const QMap<QString, QString>& after)
{
    using enum MemberName::Kind;
    QMap<QString, QMap<QString, Found>> found; // component, stream
    QMap<QString, Member> indexes;
    WholeStreams whole;
    bool hasHeader = false;
    Scanner scanner(file);
    // What follows a cut or damaged place was written after it; it is read again from the cluster.
    for (auto next = scanner.next(); next && *next; next = scanner.next()) {
        const auto& [member, name] = **next;
        if (name.kind == Header) {
            const auto json = file.read(member.offset, member.size);
            const auto header = json ? headerFromJson(*json) : tl::make_unexpected(json.error());
            if (!header)
                return fail(header.error());
            whole.header = *header;
            hasHeader = true;
        } else if (name.kind == Segment) {
            found[name.component][name.stream].segments.insert(name.number, member);
        } else if (name.kind == StreamRecord) {
            found[name.component][name.stream].record = member;
        } else if (name.kind == Index) {
            indexes.insert(name.component, member);
        }
    }
    if (!hasHeader)
        return fail(ErrorCode::Damaged, u"“%1” is cut off in its first bytes: nothing in it can be used."_s.arg(file.path()), u"Nothing was changed."_s);
    FrameReader frames;
    for (const QString& component : components) {
        if (!indexes.contains(component) || whole.indexes.contains(component))
            continue;
        const Member& index = indexes[component];
        const auto digest = indexDigest(file, index);
        if (!digest && !isDamage(digest.error()))
            return fail(digest.error());
        bool proven = digest && !found.value(component).isEmpty();
        QList<WholeStreams::Whole> streams;
        for (const Found& each : found.value(component)) {
            if (!proven)
                break;
            auto stream = prove(file, each, frames);
            if (!stream)
                return fail(stream.error());
            if (*stream)
                streams.append(std::move(**stream));
            else
                proven = false;
        }
        if (!proven)
            continue;
        whole.streams += streams;
        whole.indexes.insert(component, index);
        whole.indexSha256.insert(component, digest->sha256);
    }
    // That one is read again, and is the younger one then: files would lack what a younger database names.
    for (auto each = after.begin(); each != after.end(); ++each) {
        if (whole.indexes.contains(each.value()))
            continue;
        whole.indexes.remove(each.key());
        whole.indexSha256.remove(each.key());
        whole.streams.removeIf([&each](const WholeStreams::Whole& kept) { return kept.stream.component == each.key(); });
    }
    return whole;
}

} // namespace scalekeep::bundle
