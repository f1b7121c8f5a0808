#include "engine/index/tar.h"

#include "engine/base/files.h"
#include "engine/index/errors.h"

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMap>
#include <QSet>
#include <QStringDecoder>

#include <algorithm>
#include <cstring>

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

tl::unexpected<Error> wrongEntry(const QByteArray& path, quint32 sequence, const QString& what)
{
    return fail(ErrorCode::BadInput, u"The tar stream is wrong at its entry %1: %2 %3."_s.arg(sequence + 1).arg(printable(path), what), notProven());
}

tl::unexpected<Error> tooMany()
{
    return fail(ErrorCode::Unsupported, u"The archive holds more than %1 files, or paths of more than 256 MiB."_s.arg(TarIndexer::MaxEntries), notProven());
}
} // namespace

TarIndexer::TarIndexer(qint64 memory) : m_sorter(scratchFolder(), memory) {}

Result<void> TarIndexer::entry(const TarEntry& header)
{
    const auto path = normalised(header.name);
    if (!path)
        return malformed(u"tar"_s, header.dataOffset,
                         u"the path %1 leads out of the directory"_s.arg(printable(header.name)));
    m_names += path->size() + header.target.size();
    if (m_sorter.count() >= MaxEntries || m_names > MaxNames)
        return tooMany();
    m_entry = {*path, {header.size, header.mtime, {}, header.mode, static_cast<quint32>(m_sorter.count()), header.type}, header.target};
    return {};
}

Result<void> TarIndexer::data(std::span<const char> bytes)
{
    m_sha.add(bytes);
    return {};
}

Result<void> TarIndexer::entryEnd()
{
    if (m_entry.facts.type == TarEntry::Type::File)
        m_entry.facts.digest = m_sha.finishRaw();
    m_hasHardLinks |= m_entry.facts.type == TarEntry::Type::HardLink;
    std::string payload(sizeof(Facts), '\0');
    std::memcpy(payload.data(), &m_entry.facts, sizeof(Facts));
    payload.append(m_entry.target.constData(), static_cast<size_t>(m_entry.target.size()));
    return m_sorter.add({m_entry.path.constData(), static_cast<size_t>(m_entry.path.size())}, payload);
}

TarIndexer::Entry TarIndexer::entryOf(const Sorter::Record& record)
{
    Entry entry{{record.key.data(), static_cast<qsizetype>(record.key.size())}, {}, {}};
    std::memcpy(&entry.facts, record.payload.data(), sizeof(Facts));
    const std::string_view target = record.payload.substr(sizeof(Facts));
    entry.target = {target.data(), static_cast<qsizetype>(target.size())};
    return entry;
}

Result<void> TarIndexer::eachRecord(const std::function<Result<void>(Entry entry)>& take)
{
    if (auto begun = m_sorter.rewind(); !begun)
        return begun;
    Sorter::Record record;
    auto more = m_sorter.next(record);
    for (; more && *more; more = m_sorter.next(record)) {
        if (auto taken = take(entryOf(record)); !taken)
            return taken;
    }
    return more ? Result<void>() : fail(more.error());
}

/// The hard links and what they name, by path.
Result<std::vector<TarIndexer::Entry>> TarIndexer::linkedEntries()
{
    QSet<QByteArray> paths;
    const auto named = eachRecord([&](const Entry& entry) -> Result<void> {
        if (entry.facts.type == TarEntry::Type::HardLink)
            paths << entry.path << normalised(entry.target).value_or(QByteArray());
        return {};
    });
    if (!named)
        return fail(named.error());
    std::vector<Entry> linked;
    const auto collected = eachRecord([&](Entry entry) -> Result<void> {
        if (paths.contains(entry.path))
            linked.push_back(std::move(entry));
        return {};
    });
    if (!collected)
        return fail(collected.error());
    return linked;
}

// Which of its names a file with several is stored under depends on the order of the directory.
Result<void> TarIndexer::settleLinks(std::vector<Entry>& linked)
{
    const auto sequence = [](const Entry* entry) { return entry->facts.sequence; };
    std::vector<Entry*> links;
    for (Entry& entry : linked)
        if (entry.facts.type == TarEntry::Type::HardLink)
            links.push_back(&entry);
    std::ranges::sort(links, {}, sequence);
    QHash<const Entry*, Entry*> originals; // of a link: the entry that holds the data
    QHash<Entry*, Entry*> first;           // of an original: the first of its names
    for (Entry* link : links) {
        const auto path = normalised(link->target);
        const auto found = path ? std::ranges::lower_bound(linked, *path, {}, &Entry::path) : linked.end();
        if (found == linked.end() || found->path != *path || found->facts.sequence >= link->facts.sequence || found->facts.type == TarEntry::Type::Directory)
            return wrongEntry(link->path, link->facts.sequence, u"is a hard link to nothing before it"_s);
        Entry* original = originals.value(&*found, &*found);
        originals.insert(link, original);
        Entry*& best = first[original];
        if (!best)
            best = original;
        if (link->path < best->path)
            best = link;
    }
    for (Entry* link : links) {
        const Entry& original = *originals.value(link);
        const quint32 place = link->facts.sequence;
        link->facts = original.facts;
        link->facts.sequence = place;
        link->target = original.target;
    }
    const auto linkTo = [this](Entry& entry, const Entry& best) {
        if (entry.facts.type != TarEntry::Type::File || &entry == &best)
            return;
        entry.facts.type = TarEntry::Type::HardLink;
        entry.target = best.path; // shared by all that link to it
        m_names += best.path.size();
    };
    for (Entry* link : links)
        linkTo(*link, *first.value(originals.value(link)));
    for (auto it = first.cbegin(); it != first.cend(); ++it)
        linkTo(*it.key(), **it);
    return m_names <= MaxNames ? Result<void>() : tooMany();
}

Result<QJsonObject> TarIndexer::each(const std::function<Result<void>(const QJsonObject&)>& take)
{
    if (auto end = m_parser.finish(); !end)
        return fail(end.error());
    if (auto sorted = m_sorter.finish(); !sorted)
        return fail(sorted.error());
    std::vector<Entry> linked;
    if (m_hasHardLinks) {
        auto entries = linkedEntries();
        if (!entries)
            return fail(entries.error());
        linked = std::move(*entries);
        if (auto settled = settleLinks(linked); !settled)
            return fail(settled.error());
    }
    auto nextLinked = linked.begin();
    std::optional<Entry> last;
    QMap<TarEntry::Type, qint64> counts;
    qint64 bytes = 0;
    const auto done = eachRecord([&](Entry entry) -> Result<void> {
        if (last && last->path == entry.path)
            return wrongEntry(entry.path, std::max(last->facts.sequence, entry.facts.sequence), u"is there twice"_s);
        if (nextLinked != linked.end() && nextLinked->path == entry.path)
            entry = *nextLinked++;
        const auto& [path, facts, target] = entry;
        QJsonObject json{{u"kind"_s, kindName(facts.type)},
                         {u"mode"_s, static_cast<qint64>(facts.mode)},
                         {u"mtime"_s, facts.mtime}};
        insertBytes(json, u"path"_s, path);
        const bool isFile = facts.type == TarEntry::Type::File || facts.type == TarEntry::Type::HardLink;
        if (isFile) {
            json.insert(u"size"_s, facts.size);
            json.insert(u"sha256"_s, QString::fromLatin1(hexOf(facts.digest)));
        }
        if (!target.isEmpty())
            insertBytes(json, u"target"_s, target);
        if (auto taken = take(json); !taken)
            return taken;
        ++counts[facts.type];
        bytes += facts.type == TarEntry::Type::File ? facts.size : 0;
        last = std::move(entry);
        return {};
    });
    if (!done)
        return fail(done.error());
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
