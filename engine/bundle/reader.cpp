#include "engine/bundle/reader.h"

#include "engine/base/digest.h"
#include "engine/bundle/layout.h"

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

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

const Header& Reader::header() const
{
    return d->header;
}
const Manifest& Reader::manifest() const
{
    return d->manifest;
}
QString Reader::path() const
{
    return d->file->path();
}
qint64 Reader::fileSize() const
{
    return d->file->size();
}
const QList<Member>& Reader::members() const
{
    return d->layout.members;
}

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
            return fail(
                damagedStream(*m_reader.file, m_stream, u"the digest of its data is not the one that was written"_s));
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
            return fail(ErrorCode::Cancelled,
                        u"Reading %1 was cancelled."_s.arg(streamKey(stream.component, stream.name)));
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
        return fail(ErrorCode::Usage,
                    u"The stream %1 has no %2 bytes at %3."_s.arg(streamKey(stream.component, stream.name),
                                                                  QString::number(size), QString::number(offset)));
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
    const auto source = indexSource(component);
    if (!source)
        return fail(source.error());
    QByteArray json;
    while (true) {
        const auto piece = (*source)(SegmentSize);
        if (!piece || piece->isEmpty())
            return piece ? Result<QByteArray>(json) : piece;
        json += *piece;
    }
}

Result<ByteSource> Reader::indexSource(const QString& component) const
{
    const int member = d->layout.indexes.value(component, -1);
    if (member < 0)
        return fail(ErrorCode::NotFound, u"The bundle “%1” has no index of “%2”."_s.arg(path(), component));
    const Member& stored = d->layout.members.at(member);
    const auto failed = [this, component](const Error& error) {
        return isDamage(error) ? fail(ErrorCode::Damaged, u"The index of “%1” in the bundle “%2” is damaged: %3."_s.arg(component, path(), error.message), salvageHint())
                               : fail(error);
    };
    static const Error otherDigest{ErrorCode::Damaged, u"its digest does not match"_s, {}, {}};
    const auto digest = indexDigest(*d->file, stored);
    if (!digest)
        return failed(digest.error());
    const QByteArray expected = d->manifest.indexSha256.value(component);
    if (digest->sha256 != expected)
        return failed(otherDigest);
    struct Pull {
        MemberFrames frames;
        std::span<const char> plain = {};
        Sha256 digest = {};
        bool ended = false;
    };
    const auto pull = std::make_shared<Pull>(Pull{MemberFrames(*d->file, stored.offset, stored.size, LargestIndex)});
    return [pull, failed, expected](qsizetype max) -> Result<QByteArray> {
        while (pull->plain.empty() && !pull->ended) {
            const auto plain = pull->frames.next();
            if (!plain)
                return failed(plain.error());
            if (!*plain && pull->digest.finish() != expected) // changed since it was looked at
                return failed(otherDigest);
            pull->ended = !plain->has_value();
            pull->plain = plain->value_or(std::span<const char>());
            pull->digest.add(pull->plain);
        }
        const size_t size = std::min(pull->plain.size(), static_cast<size_t>(max));
        const QByteArray piece(pull->plain.data(), static_cast<qsizetype>(size));
        pull->plain = pull->plain.subspan(size);
        return piece;
    };
}

Result<QByteArray> fileDigest(const QString& path, std::stop_token stop)
{
    const auto file = RandomFile::open(path);
    return file ? (*file)->digest(0, (*file)->size(), std::move(stop)) : fail(file.error());
}

} // namespace scalekeep::bundle
