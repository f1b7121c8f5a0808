#include "engine/index/tar.h"

#include "engine/index/errors.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QMap>
#include <QStringDecoder>

#include <algorithm>
#include <vector>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
// "./a//b/" is "a/b"; nothing for a path that leads out of the directory.
std::optional<QByteArray> normalised(const QByteArray& path)
{
    if (path.startsWith('/'))
        return std::nullopt;
    QByteArray result;
    qsizetype start = 0;
    while (start < path.size()) {
        const qsizetype slash = path.indexOf('/', start);
        const qsizetype end = slash < 0 ? path.size() : slash;
        const QByteArrayView part = QByteArrayView(path).sliced(start, end - start);
        start = end + 1;
        if (part == "..")
            return std::nullopt;
        if (part.isEmpty() || part == ".")
            continue;
        if (!result.isEmpty())
            result.append('/');
        result.append(part);
    }
    return result.isEmpty() ? QByteArray(".") : result;
}

QString kindName(TarEntry::Type type)
{
    switch (type) {
    case TarEntry::Type::File: return u"file"_s;
    case TarEntry::Type::HardLink: return u"hardlink"_s;
    case TarEntry::Type::SymbolicLink: return u"symlink"_s;
    case TarEntry::Type::CharacterDevice:
    case TarEntry::Type::BlockDevice: return u"device"_s;
    case TarEntry::Type::Directory: return u"directory"_s;
    case TarEntry::Type::Fifo: return u"fifo"_s;
    }
    return {};
}

// Bytes that are not UTF-8 stand beside a form that people can read; so does what begins with a mark of the byte order, which readers of text drop.
void insertBytes(QJsonObject& json, const QString& key, QByteArrayView bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    json.insert(key, QString(decoder(bytes)));
    if (decoder.hasError() || bytes.startsWith("\xef\xbb\xbf"))
        json.insert(key + u"Base64"_s, QString::fromLatin1(bytes.toByteArray().toBase64()));
}
tl::unexpected<Error> wrongEntry(std::string_view path, quint32 sequence, const QString& what)
{
    return fail(ErrorCode::BadInput, u"The tar stream is wrong at its entry %1: %2 %3."_s.arg(sequence + 1).arg(printable(QByteArray::fromStdString(std::string(path))), what), notProven());
}

tl::unexpected<Error> tooMany()
{
    return fail(ErrorCode::Unsupported, u"The archive holds more than %1 files, or paths of more than 256 MiB."_s.arg(TarIndexer::MaxEntries), notProven());
}
} // namespace

Result<void> TarIndexer::entry(const TarEntry& header)
{
    const auto path = normalised(header.name);
    if (!path)
        return malformed(u"tar"_s, header.dataOffset,
                         u"the path %1 leads out of the directory"_s.arg(printable(header.name)));
    m_names += path->size() + header.target.size();
    if (m_entries.size() >= MaxEntries || m_names > MaxNames)
        return tooMany();
    const auto size = static_cast<size_t>(path->size());
    char* kept = static_cast<char*>(m_paths.allocate(size, 1));
    std::copy_n(path->constData(), size, kept);
    const auto sequence = static_cast<quint32>(m_entries.size());
    m_entries.push_back({{kept, size}, header.size, header.mtime, {}, header.mode, sequence, header.type});
    if (!header.target.isEmpty())
        m_targets.insert(sequence, header.target);
    return {};
}

Result<void> TarIndexer::data(std::span<const char> bytes)
{
    m_sha.add(bytes);
    return {};
}

Result<void> TarIndexer::entryEnd()
{
    if (m_entries.back().type == TarEntry::Type::File)
        m_entries.back().digest = m_sha.finishRaw();
    return {};
}

// Which of its names a file with several is stored under depends on the order of the directory. Expects the entries by path.
Result<void> TarIndexer::settleLinks()
{
    std::vector<Entry*> links;
    for (Entry& entry : m_entries)
        if (entry.type == TarEntry::Type::HardLink)
            links.push_back(&entry);
    std::ranges::sort(links, {}, &Entry::sequence);
    QHash<const Entry*, Entry*> originals; // of a link: the entry that holds the data
    struct First { Entry* entry = nullptr; QByteArray path; };
    QHash<Entry*, First> first;            // of an original: the first of its names
    for (Entry* link : links) {
        const auto path = normalised(m_targets.value(link->sequence));
        const auto found = path ? std::ranges::lower_bound(m_entries, std::string_view(path->constData(), static_cast<size_t>(path->size())), {}, &Entry::path)
                                : m_entries.end();
        if (found == m_entries.end() || QByteArrayView(found->path) != *path || found->sequence >= link->sequence || found->type == TarEntry::Type::Directory)
            return wrongEntry(link->path, link->sequence, u"is a hard link to nothing before it"_s);
        Entry* original = originals.value(&*found, &*found);
        originals.insert(link, original);
        Entry*& best = first[original].entry;
        if (!best)
            best = original;
        if (link->path < best->path)
            best = link;
    }
    for (Entry* link : links) {
        const Entry& original = *originals.value(link);
        m_targets.insert(link->sequence, m_targets.value(original.sequence));
        *link = {link->path, original.size, original.mtime, original.digest, original.mode, link->sequence, original.type};
    }
    const auto linkTo = [this](Entry& entry, First& best) {
        if (entry.type != TarEntry::Type::File || &entry == best.entry)
            return;
        if (best.path.isEmpty()) // shared by all that link to it
            best.path = QByteArray(best.entry->path.data(), static_cast<qsizetype>(best.entry->path.size()));
        entry.type = TarEntry::Type::HardLink;
        m_targets.insert(entry.sequence, best.path);
        m_names += best.path.size();
    };
    for (Entry* link : links)
        linkTo(*link, first[originals.value(link)]);
    for (auto it = first.begin(); it != first.end(); ++it)
        linkTo(*it.key(), *it);
    return m_names <= MaxNames ? Result<void>() : tooMany();
}

Result<QJsonObject> TarIndexer::each(const std::function<Result<void>(const QJsonObject&)>& take)
{
    if (auto end = m_parser.finish(); !end)
        return fail(end.error());
    std::ranges::sort(m_entries, {}, &Entry::path);
    if (const auto twice = std::ranges::adjacent_find(m_entries, {}, &Entry::path); twice != m_entries.end())
        return wrongEntry(twice->path, std::max(twice->sequence, std::next(twice)->sequence), u"is there twice"_s);
    if (auto settled = settleLinks(); !settled)
        return fail(settled.error());
    QMap<TarEntry::Type, qint64> counts;
    qint64 bytes = 0;
    for (const Entry& entry : m_entries) {
        QJsonObject json{{u"kind"_s, kindName(entry.type)},
                         {u"mode"_s, static_cast<qint64>(entry.mode)},
                         {u"mtime"_s, entry.mtime}};
        insertBytes(json, u"path"_s, entry.path);
        const bool isFile = entry.type == TarEntry::Type::File || entry.type == TarEntry::Type::HardLink;
        if (isFile) {
            json.insert(u"size"_s, entry.size);
            json.insert(u"sha256"_s, QString::fromLatin1(hexOf(entry.digest)));
        }
        if (const QByteArray target = m_targets.value(entry.sequence); !target.isEmpty())
            insertBytes(json, u"target"_s, target);
        if (auto taken = take(json); !taken)
            return fail(taken.error());
        ++counts[entry.type];
        bytes += entry.type == TarEntry::Type::File ? entry.size : 0;
    }
    const QJsonObject summary{{u"files"_s, counts.value(TarEntry::Type::File)},
                              {u"directories"_s, counts.value(TarEntry::Type::Directory)},
                              {u"links"_s, counts.value(TarEntry::Type::SymbolicLink) + counts.value(TarEntry::Type::HardLink)},
                              {u"bytes"_s, bytes}};
    return QJsonObject{{u"format"_s, u"tar"_s},
                       {u"endMark"_s, u"The archive ends with two zero blocks."_s},
                       {u"summary"_s, summary}};
}

Result<QJsonObject> TarIndexer::finish()
{
    QJsonArray entries;
    auto index = each([&entries](const QJsonObject& entry) -> Result<void> {
        entries.append(entry);
        return {};
    });
    if (index)
        index->insert("entries"_L1, entries);
    return index;
}

Result<QJsonObject> TarIndexer::finishInto(const EntrySink& entries)
{
    return each([&entries](const QJsonObject& entry) { return entries(QJsonDocument(entry).toJson(QJsonDocument::Compact)); });
}

} // namespace scalekeep::index
