#include "engine/index/tar.h"

#include "engine/index/errors.h"

#include <QJsonArray>
#include <QMap>
#include <QStringDecoder>

#include <algorithm>

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

// Bytes that are not UTF-8 stand beside a form that people can read.
void insertBytes(QJsonObject& json, const QString& key, const QByteArray& bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    json.insert(key, QString(decoder(bytes)));
    if (decoder.hasError())
        json.insert(key + u"Base64"_s, QString::fromLatin1(bytes.toBase64()));
}
} // namespace

Result<void> TarIndexer::resolveLink(Entry& entry) const
{
    const auto path = normalised(entry.target);
    const auto found = path ? m_byPath.constFind(*path) : m_byPath.constEnd();
    if (found == m_byPath.constEnd() || m_entries[*found].type == TarEntry::Type::Directory)
        return malformed(u"tar"_s, m_parser.offset(),
                         u"the hard link %1 leads to nothing before it"_s.arg(printable(entry.path)));
    entry.original = m_entries[*found].original;
    return {};
}

Result<void> TarIndexer::entry(const TarEntry& header)
{
    const auto path = normalised(header.name);
    if (!path)
        return malformed(u"tar"_s, header.dataOffset,
                         u"the path %1 leads out of the directory"_s.arg(printable(header.name)));
    if (m_byPath.contains(*path))
        return malformed(u"tar"_s, header.dataOffset, u"the path %1 is there twice"_s.arg(printable(*path)));
    m_names += path->size() + header.target.size();
    if (m_entries.size() >= MaxEntries || m_names > MaxNames)
        return fail(ErrorCode::Unsupported, u"The archive holds more than %1 files, or paths of more than 256 MiB."_s.arg(MaxEntries),
                    notProven());
    Entry entry{header.type, *path, header.target, header.size, header.mode, header.mtime, {}, m_entries.size()};
    if (header.type == TarEntry::Type::HardLink)
        if (auto resolved = resolveLink(entry); !resolved)
            return resolved;
    m_byPath.insert(*path, m_entries.size());
    m_entries.push_back(entry);
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

// Which of its names a file with several is stored under depends on the order of the directory.
void TarIndexer::settleLinks()
{
    std::vector<size_t> first(m_entries.size());
    for (size_t i = 0; i < m_entries.size(); ++i) {
        first[i] = i;
        size_t& best = first[m_entries[i].original];
        best = m_entries[i].path < m_entries[best].path ? i : best;
    }
    for (size_t i = 0; i < m_entries.size(); ++i) {
        Entry& entry = m_entries[i];
        if (entry.original == i)
            continue;
        const QByteArray path = entry.path;
        const size_t original = entry.original;
        entry = m_entries[original];
        entry.path = path;
        entry.original = original;
    }
    for (size_t i = 0; i < m_entries.size(); ++i) {
        const size_t best = first[m_entries[i].original];
        if (m_entries[i].type != TarEntry::Type::File || best == i)
            continue;
        m_entries[i].type = TarEntry::Type::HardLink;
        m_entries[i].target = m_entries[best].path;
    }
}

Result<QJsonObject> TarIndexer::finish()
{
    if (auto end = m_parser.finish(); !end)
        return fail(end.error());
    m_byPath.clear();
    settleLinks();
    std::ranges::sort(m_entries, {}, &Entry::path);
    QJsonArray entries;
    QMap<TarEntry::Type, qint64> counts;
    qint64 bytes = 0;
    for (Entry& entry : m_entries) {
        QJsonObject json{{u"kind"_s, kindName(entry.type)},
                         {u"mode"_s, static_cast<qint64>(entry.mode)},
                         {u"mtime"_s, entry.mtime}};
        insertBytes(json, u"path"_s, entry.path);
        const bool isFile = entry.type == TarEntry::Type::File || entry.type == TarEntry::Type::HardLink;
        if (isFile) {
            json.insert(u"size"_s, entry.size);
            json.insert(u"sha256"_s, QString::fromLatin1(hexOf(entry.digest)));
        }
        if (!entry.target.isEmpty())
            insertBytes(json, u"target"_s, entry.target);
        entries.append(json);
        ++counts[entry.type];
        bytes += entry.type == TarEntry::Type::File ? entry.size : 0;
        entry = {}; // of many files it would be there twice
    }
    const QJsonObject summary{{u"files"_s, counts.value(TarEntry::Type::File)},
                              {u"directories"_s, counts.value(TarEntry::Type::Directory)},
                              {u"links"_s, counts.value(TarEntry::Type::SymbolicLink) + counts.value(TarEntry::Type::HardLink)},
                              {u"bytes"_s, bytes}};
    return QJsonObject{{u"format"_s, u"tar"_s},
                       {u"endMark"_s, u"The archive ends with two zero blocks."_s},
                       {u"summary"_s, summary},
                       {u"entries"_s, entries}};
}

} // namespace scalekeep::index
