#include "engine/bundle/archive.h"
#include "engine/bundle/layout.h"
#include "engine/bundle/packedindex.h"
#include "engine/bundle/readme.h"

#include "engine/base/digest.h"
#include "engine/index/index.h"

#include <QFileInfo>
#include <QSet>

namespace scalekeep::bundle {

using namespace Qt::Literals::StringLiterals;

namespace {
const QString salvagedNote = u"salvaged"_s;
const QString unfinished = u"it was not finished when the file was cut off, or its record is damaged"_s;

/// What can still be found in the file.
struct Remains {
    struct StreamRemains {
        QMap<int, Member> segments;
        std::optional<Member> record;
    };
    std::optional<Member> header, manifest;
    QMap<QString, StreamRemains> streams; ///< by streamKey()
    QMap<QString, Member> indexes;
};

struct WholeStream {
    Stream stream;
    QList<Member> segments;
    QList<QByteArray> digests; ///< of the stored segments
};

class Salvager {
public:
    Salvager(const RandomFile& file, std::stop_token stop) : m_file(file), m_stop(std::move(stop)) {}

    Result<Salvage> run(const QString& outputPath)
    {
        m_folder = QFileInfo(outputPath).absolutePath();
        if (auto done = look(); !done)
            return fail(done.error());
        if (auto done = prove(); !done)
            return fail(done.error());
        if (m_whole.isEmpty())
            return fail(ErrorCode::Damaged,
                        u"“%1” holds no stream that is whole: nothing could be salvaged."_s.arg(m_file.path()),
                        u"The file was left as it is. Its README.txt says how to look at what is in it by hand."_s,
                        m_answer.lost.join(u'\n'));
        auto archive = Archive::create(outputPath, m_header.started);
        if (!archive)
            return fail(archive.error());
        if (auto done = copy(**archive); !done) {
            (*archive)->discard();
            return fail(done.error());
        }
        return m_answer;
    }

    Result<Survey> survey()
    {
        if (auto done = look(); !done)
            return fail(done.error());
        addLostStreams();
        Survey found{m_header, m_old, {}, {}};
        for (auto at = m_remains.streams.begin(); at != m_remains.streams.end(); ++at) {
            if (m_old && m_old->abandoned.contains(at.key()))
                continue;
            const auto stream = record(*at);
            if (!stream)
                return fail(stream.error());
            if (!*stream || streamKey((*stream)->component, (*stream)->name) != at.key())
                found.lost.append(u"%1: %2"_s.arg(at.key(), unfinished));
            else if (at->segments.size() != (*stream)->segments)
                found.lost.append(u"%1: segments are missing"_s.arg(at.key()));
            else
                found.complete.append(**stream);
        }
        return found;
    }

private:
    /// Collects the members; a damaged place is skipped.
    Result<void> look()
    {
        Scanner scanner(m_file);
        while (true) {
            if (auto go = goOn(); !go)
                return go;
            auto found = scanner.next();
            if (!found) {
                const ErrorCode code = found.error().code;
                if (!m_remains.header && scanner.position() == 0)
                    return fail(found.error());
                if (code != ErrorCode::TruncatedStream && code != ErrorCode::Damaged && code != ErrorCode::BadInput)
                    return fail(found.error());
                if (!scanner.resync())
                    break;
                continue;
            }
            if (!*found)
                break;
            keep(**found);
        }
        if (!m_remains.header)
            return fail(
                ErrorCode::Damaged,
                u"“%1” has no readable bundle.json: it cannot be told what it is a backup of."_s.arg(m_file.path()),
                u"The file was left as it is. Its README.txt says how to get at the data by hand."_s);
        const auto json = content(*m_remains.header);
        auto header = json ? headerFromJson(*json) : tl::make_unexpected(json.error());
        if (!header)
            return fail(header.error());
        m_header = *header;
        if (m_remains.manifest) {
            const auto text = content(*m_remains.manifest);
            if (auto manifest = text ? manifestFromJson(*text) : tl::make_unexpected(text.error()); manifest)
                m_old = *manifest;
        }
        return {};
    }

    void keep(const ScannedMember& found)
    {
        using enum MemberName::Kind;
        const auto& [member, name] = found;
        const QString key = streamKey(name.component, name.stream);
        if (name.kind == Segment && !m_remains.streams[key].segments.contains(name.number))
            m_remains.streams[key].segments.insert(name.number, member);
        else if (name.kind == StreamRecord && !m_remains.streams[key].record)
            m_remains.streams[key].record = member;
        else if (name.kind == Index && !m_remains.indexes.contains(name.component))
            m_remains.indexes.insert(name.component, member);
        else if (name.kind == Header && !m_remains.header)
            m_remains.header = member;
        else if (name.kind == Manifest && !m_remains.manifest)
            m_remains.manifest = member;
    }

    /// Reads every stream that says it is whole, and believes only its digest.
    Result<void> prove()
    {
        addLostStreams();
        for (auto at = m_remains.streams.begin(); at != m_remains.streams.end(); ++at) {
            if (m_old && m_old->abandoned.contains(at.key()))
                continue;
            WholeStream whole;
            const auto why = prove(*at, whole);
            if (!why)
                return fail(why.error());
            if (why->isEmpty()) {
                m_answer.saved.append(at.key());
                m_whole.append(whole);
            } else {
                m_answer.lost.append(u"%1: %2"_s.arg(at.key(), *why));
                m_lost.insert(at.key(), *why);
            }
        }
        // What was read anew after its first attempt was given up has lost nothing.
        for (const QString& saved : std::as_const(m_answer.saved)) {
            const QString attempt = saved + u".cut"_s;
            m_answer.lost.removeIf([&attempt](const QString& text) { return text.startsWith(attempt); });
            m_lost.removeIf([&attempt](auto lost) { return lost.key().startsWith(attempt); });
        }
        return {};
    }

    /// One of which nothing is left is lost, too.
    void addLostStreams()
    {
        if (!m_old)
            return;
        for (const Stream& stream : m_old->streams)
            m_remains.streams[streamKey(stream.component, stream.name)];
    }

    /// Nothing where there is none that can be read.
    [[nodiscard]] Result<std::optional<Stream>> record(const Remains::StreamRemains& remains) const
    {
        if (!remains.record)
            return std::nullopt;
        const auto json = content(*remains.record);
        if (!json)
            return fail(json.error());
        const auto stream = streamFromJson(*json);
        return stream ? std::optional(*stream) : std::nullopt;
    }

    /// Why the stream is lost; empty when it is whole.
    Result<QString> prove(const Remains::StreamRemains& remains, WholeStream& whole)
    {
        const auto read = record(remains);
        if (!read)
            return fail(read.error());
        if (!*read)
            return unfinished;
        const std::optional<Stream>& stream = *read;
        whole.stream = *stream;
        const auto known = storedIndex(stream->component);
        if (!known)
            return fail(known.error());
        auto indexer = *known ? nullptr : index::indexer(stream->format);
        Result<void> indexed;
        Sha256 plainDigest;
        qint64 plainBytes = 0, storedBytes = 0;
        for (int number = 1; number <= stream->segments; ++number) {
            if (auto go = goOn(); !go)
                return fail(go.error());
            const auto member = remains.segments.constFind(number);
            if (member == remains.segments.constEnd())
                return u"segment %1 is missing"_s.arg(number);
            const auto stored = content(*member);
            if (!stored)
                return fail(stored.error());
            const auto plain = m_frames.segment(std::span(stored->constData(), static_cast<size_t>(stored->size())));
            if (!plain)
                return u"segment %1 is damaged"_s.arg(number);
            plainDigest.add(*plain);
            plainBytes += static_cast<qint64>(plain->size());
            storedBytes += stored->size();
            if (indexer && indexed)
                indexed = indexer->add(*plain);
            whole.segments.append(*member);
            whole.digests.append(Sha256::of(*stored));
        }
        if (plainDigest.finish() != stream->sha256)
            return u"its digest does not match"_s;
        if (plainBytes != stream->bytes || storedBytes != stream->storedBytes)
            return u"its record tells another size"_s;
        if (indexer) {
            const auto made = indexed ? packIndex(*indexer, m_folder) : tl::make_unexpected(indexed.error());
            if (made)
                m_made.insert(stream->component, *made);
            else if (made.error().code == ErrorCode::NoSpace || made.error().code == ErrorCode::Io)
                return fail(made.error()); // of this machine: the data may be right
            else
                m_answer.lost.append(u"the index of %1: %2"_s.arg(stream->component, made.error().message));
        }
        return QString{};
    }

    /// Of the content index of a component; nothing where there is none that can be read.
    Result<std::optional<IndexDigest>> storedIndex(const QString& component)
    {
        const auto member = m_remains.indexes.constFind(component);
        if (member == m_remains.indexes.constEnd())
            return std::nullopt;
        auto digest = indexDigest(m_file, *member);
        if (!digest && !isDamage(digest.error()))
            return fail(digest.error());
        if (!digest || (m_old && m_old->indexSha256.value(component) != digest->sha256))
            return std::nullopt;
        return std::optional(std::move(*digest));
    }

    Result<void> copy(Archive& archive)
    {
        auto done = archive.append(ReadmeName, readmeText());
        if (done)
            done = archive.append(HeaderName, sealedJson(toJson(m_header)));
        for (const WholeStream& whole : m_whole) {
            if (done)
                done = copyStream(archive, whole);
        }
        Manifest manifest = m_old.value_or(Manifest{});
        manifest.indexSha256.clear();
        for (const WholeStream& whole : m_whole) {
            if (done)
                done = copyIndex(archive, whole.stream.component, manifest);
        }
        if (!done)
            return done;
        describe(manifest);
        const auto members = archive.membersSha256();
        if (!members)
            return fail(members.error());
        manifest.membersSha256 = *members;
        done = archive.append(ManifestName, sealedJson(toJson(manifest)));
        return done ? archive.finish() : done;
    }

    Result<void> copyStream(Archive& archive, const WholeStream& whole)
    {
        for (qsizetype i = 0; i < whole.segments.size(); ++i) {
            if (auto go = goOn(); !go)
                return go;
            const auto stored = content(whole.segments.at(i));
            if (!stored)
                return fail(stored.error());
            if (Sha256::of(*stored) != whole.digests.at(i))
                return fail(ErrorCode::Io,
                            u"“%1” changed while it was read; nothing was salvaged."_s.arg(m_file.path()),
                            u"Make sure that no backup is being written there, and try again."_s);
            if (auto done = archive.append(whole.segments.at(i).name, *stored, whole.digests.at(i)); !done)
                return done;
        }
        return archive.append(streamRecordName(whole.stream.component, whole.stream.name),
                              sealedJson(toJson(whole.stream)));
    }

    /// Without its index a stream can neither be verified nor restored: where it was not written yet, or is damaged,
    /// it is made again from the data.
    Result<void> copyIndex(Archive& archive, const QString& component, Manifest& manifest)
    {
        if (manifest.indexSha256.contains(component))
            return {};
        const auto stored = storedIndex(component);
        if (!stored)
            return fail(stored.error());
        if (*stored) {
            const Member& member = *m_remains.indexes.constFind(component);
            manifest.indexSha256.insert(component, (*stored)->sha256);
            return archive.append(indexName(component), member.size, m_file.source(member.offset, member.size));
        }
        const PackedIndex index = m_made.value(component);
        if (index.bytes == 0)
            return {};
        if (index.storedBytes > largestMember(MemberName::Kind::Index)) {
            const QString lost = u"the index of %1: larger than a bundle can hold"_s.arg(component);
            if (!m_answer.lost.contains(lost))
                m_answer.lost.append(lost);
            return {};
        }
        manifest.indexSha256.insert(component, index.sha256);
        return archive.append(indexName(component), index.storedBytes, index.frames(), index.storedSha256);
    }

    void describe(Manifest& manifest) const
    {
        manifest.streams.clear();
        manifest.abandoned.clear();
        for (const WholeStream& whole : m_whole)
            manifest.streams.append(whole.stream);
        if (!m_old) {
            static const QHash<QString, QString> engines{{u"mysqldump"_s, u"mysql"_s},
                                                         {u"pg_dump"_s, u"postgresql"_s},
                                                         {u"rdb"_s, u"redis"_s},
                                                         {u"tar"_s, u"files"_s},
                                                         {u"json"_s, u"objects"_s}};
            QSet<QString> known;
            for (const Stream& stream : std::as_const(manifest.streams)) {
                if (known.contains(stream.component))
                    continue;
                known.insert(stream.component);
                Component component;
                component.id = component.title = stream.component;
                component.engine = engines.value(stream.format);
                component.state = u"proven"_s;
                manifest.components.append(component);
            }
        }
        QJsonArray missing = manifest.completeness.value(u"missing"_s).toArray();
        for (auto at = m_lost.begin(); at != m_lost.end(); ++at) {
            const QString id = at.key().section(u'/', 0, 0);
            missing.append(QJsonObject{{u"id"_s, id}, {u"reason"_s, u"%1: %2"_s.arg(at.key(), *at)}});
            for (Component& component : manifest.components) {
                if (component.id == id) {
                    component.state = u"unreadable"_s;
                    component.notes.append(u"%1 was lost: %2"_s.arg(at.key(), *at));
                }
            }
        }
        const auto share = static_cast<int>(99 * m_whole.size() / (m_whole.size() + m_lost.size()));
        const int before = manifest.completeness.value(u"score"_s).toInt(99);
        manifest.completeness = {{u"score"_s, qBound(0, qMin(share, before), 99)}, {u"missing"_s, missing}};
        if (!manifest.notes.contains(salvagedNote))
            manifest.notes.append(salvagedNote);
    }

    [[nodiscard]] Result<QByteArray> content(const Member& member) const
    {
        return m_file.read(member.offset, member.size);
    }

    [[nodiscard]] Result<void> goOn() const
    {
        if (m_stop.stop_requested())
            return fail(ErrorCode::Cancelled,
                        u"Salvaging “%1” was cancelled; the file was left as it is."_s.arg(m_file.path()));
        return {};
    }

    const RandomFile& m_file;
    std::stop_token m_stop;
    FrameReader m_frames;
    Remains m_remains;
    Header m_header;
    std::optional<Manifest> m_old;
    QList<WholeStream> m_whole;
    QMap<QString, QString> m_lost;    ///< streamKey() -> why
    QMap<QString, PackedIndex> m_made; ///< by component
    QString m_folder;                  ///< where they are
    Salvage m_answer;
};
} // namespace

Result<Salvage> salvage(const QString& partialPath, const QString& outputPath, std::stop_token stop)
{
    if (const auto reader = Reader::open(partialPath); reader) {
        const auto report = (*reader)->verify({}, stop);
        if (!report)
            return fail(report.error());
        if (report->whole)
            return fail(ErrorCode::Usage, u"“%1” is whole: there is nothing to salvage."_s.arg(partialPath),
                        u"Nothing was written. Use it as it is."_s);
    }
    const auto file = RandomFile::open(partialPath);
    if (!file)
        return fail(file.error());
    auto saved = Salvager(**file, stop).run(outputPath);
    if (!saved)
        return saved;
    // A proof of its own, as for every bundle.
    const auto reader = Reader::open(outputPath);
    const auto report = reader ? (*reader)->verify({}, stop) : tl::make_unexpected(reader.error());
    // What it holds is in the original as well.
    if (!report || !report->whole)
        QFile::remove(outputPath);
    if (!report)
        return fail(report.error());
    if (!report->whole)
        return fail(ErrorCode::Damaged,
                    u"The salvaged bundle “%1” could not be read back as it was written."_s.arg(outputPath),
                    u"The original was left as it is. Check the disk."_s, report->problems.join(u'\n'));
    return saved;
}

Result<Survey> survey(const QString& path, std::stop_token stop)
{
    const auto file = RandomFile::open(path);
    if (!file)
        return fail(file.error());
    return Salvager(**file, std::move(stop)).survey();
}

} // namespace scalekeep::bundle
