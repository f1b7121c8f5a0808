#include "engine/store/livetree.h"

#include "engine/base/files.h"
#include "engine/index/tar.h"
#include "engine/store/files.h"

#include <QDataStream>
#include <QElapsedTimer>
#include <QHash>
#include <QJsonDocument>

#include <algorithm>
#include <limits>
#include <utility>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestField = 64 * 1024; // a path is at most 4096 bytes
constexpr qsizetype longestNumber = 20;
constexpr qint64 sortedInMemory = 4LL * 1024 * 1024;

char typeOf(const QString& kind)
{
    static const QHash<QString, char> letters{{u"file"_s, 'f'}, {u"hardlink"_s, 'f'}, {u"directory"_s, 'd'}, {u"symlink"_s, 'l'}, {u"fifo"_s, 'p'}};
    return letters.value(kind, 'c');
}

/// Of a tar's content index.
Result<TreeEntry> entryOf(const QByteArray& json)
{
    const QJsonObject entry = QJsonDocument::fromJson(json).object();
    const QByteArray path = index::bytesOf(entry, u"path"_s);
    if (path.isEmpty())
        return fail(ErrorCode::Damaged, u"The content index names a file without a path."_s);
    return TreeEntry{path, typeOf(entry[u"kind"].toString()), std::max<qint64>(0, entry[u"size"].toInteger()), entry[u"mtime"].toInteger(), entry[u"sha256"].toString().toLatin1(), index::bytesOf(entry, u"target"_s)};
}

bool isEqual(const TreeEntry& now, const TreeEntry& afterwards)
{
    if (now.type != afterwards.type)
        return false;
    if (now.type == 'l')
        return now.target == afterwards.target;
    if (now.type != 'f')
        return true;
    if (now.size != afterwards.size)
        return false;
    return now.sha256.isEmpty() || afterwards.sha256.isEmpty() ? now.time == afterwards.time : now.sha256 == afterwards.sha256;
}

/// Sizes may be anything that a hostile file system says.
void addTo(qint64& sum, qint64 size)
{
    sum = size > std::numeric_limits<qint64>::max() - sum ? std::numeric_limits<qint64>::max() : sum + size;
}

qint64 sizeOf(const TreeEntry& entry)
{
    return entry.type == 'f' ? entry.size : -1;
}

/// A stream out of the pod that ends when its time is over.
Result<void> stream(const oc::Client& client, const oc::PodRef& pod, const QStringList& argv, const ByteSink& sink, std::chrono::seconds time, const QSet<int>& accepted)
{
    QElapsedTimer timer;
    timer.start();
    oc::StreamOptions options;
    options.acceptedExitCodes = accepted;
    options.compressIfItPays = true;
    options.dataSilence = time;
    const auto read = client.streamOut(
        pod, argv,
        [&](std::span<const char> data) -> Result<void> {
            if (timer.hasExpired(std::chrono::milliseconds(time).count()))
                return fail(ErrorCode::Timeout, u"Looking through the files took longer than %1 s and was ended."_s.arg(time.count()), u"Nothing was changed."_s);
            return sink(data);
        },
        options);
    return read ? Result<void>{} : Result<void>(fail(read.error()));
}

/// Of the same entries as the tar of a backup has.
QStringList findCommand(const QString& directory, const QStringList& what)
{
    return QStringList{u"find"_s, directory, u"-mindepth"_s, u"1"_s, u"("_s, u"-path"_s, directory + u"/.scalekeep-run-*"_s, u"-o"_s, u"-path"_s, directory + u"/lost+found"_s, u")"_s, u"-prune"_s, u"-o"_s} + what;
}

Result<void> list(Tree& tree, const oc::Client& client, const oc::PodRef& pod, const QString& directory, const TreeLimits& limits)
{
    TreeParser parser(tree, limits.mostFiles);
    if (const auto listed = stream(client, pod, listCommand(directory), [&parser](std::span<const char> data) { return parser.add(data); }, limits.time, {0}); !listed)
        return fail(listed.error());
    return parser.finish();
}
} // namespace

Tree::Tree() : m_sorter(scratchFolder(), sortedInMemory) {}

Result<void> Tree::add(const TreeEntry& entry)
{
    m_names += entry.path.size() + entry.target.size();
    if (m_names > index::TarIndexer::MaxNames)
        return fail(ErrorCode::Unsupported, u"The paths of all files together have more than %1 MiB."_s.arg(index::TarIndexer::MaxNames / (1024 * 1024)));
    QByteArray payload;
    QDataStream(&payload, QIODevice::WriteOnly) << static_cast<qint8>(entry.type) << entry.size << entry.time << entry.sha256 << entry.target;
    if (entry.type == 'f')
        addTo(m_bytes, entry.size);
    return m_sorter.add({entry.path.constData(), static_cast<size_t>(entry.path.size())}, {payload.constData(), static_cast<size_t>(payload.size())});
}

Result<std::optional<TreeEntry>> Tree::next()
{
    Sorter::Record record;
    const auto more = m_sorter.next(record);
    if (!more)
        return fail(more.error());
    if (!*more)
        return std::nullopt;
    TreeEntry entry;
    entry.path = {record.key.data(), static_cast<qsizetype>(record.key.size())};
    qint8 type = 0;
    QDataStream(QByteArray::fromRawData(record.payload.data(), static_cast<qsizetype>(record.payload.size()))) >> type >> entry.size >> entry.time >> entry.sha256 >> entry.target;
    entry.type = static_cast<char>(type);
    return std::optional(std::move(entry));
}

QStringList listCommand(const QString& directory)
{
    // NUL ends every field, for names may hold all else.
    return findCommand(directory, {u"-printf"_s, u"%y %s %T@\\0%P\\0%l\\0"_s});
}

QStringList unreadableCommand(const QString& directory)
{
    // A link is read itself, not what it points to.
    return findCommand(directory, {u"!"_s, u"-type"_s, u"l"_s, u"!"_s, u"-readable"_s, u"-print"_s, u"-quit"_s});
}

Result<void> SizeParser::add(std::span<const char> data)
{
    for (const char c : data) {
        if (c >= '0' && c <= '9' && m_number.size() < longestNumber) {
            m_number.append(c);
            continue;
        }
        bool isSize = false;
        const qint64 size = m_number.toLongLong(&isSize);
        if (c != '\n' || !isSize)
            return fail(ErrorCode::BadInput, u"The list of sizes is not what `find` prints."_s, {}, QString::fromLatin1(m_number));
        addTo(m_bytes, size);
        m_number.clear();
    }
    return {};
}

Result<qint64> SizeParser::finish() const
{
    if (!m_number.isEmpty())
        return fail(ErrorCode::TruncatedStream, u"The list of sizes ends in the middle of one."_s);
    return m_bytes;
}

Result<void> TreeParser::add(std::span<const char> data)
{
    for (size_t at = 0; at < data.size();) {
        const auto* end = std::find(data.data() + at, data.data() + data.size(), '\0');
        m_field.append(data.data() + at, end - (data.data() + at));
        if (m_field.size() > longestField)
            return fail(ErrorCode::BadInput, u"The list of files holds a name of more than %1 bytes."_s.arg(longestField));
        at = static_cast<size_t>(end - data.data());
        if (at == data.size())
            break;
        ++at;
        m_fields.append(std::exchange(m_field, {}));
        if (m_fields.size() < 3)
            continue;
        const QByteArrayList facts = m_fields[0].split(' ');
        bool isSize = false;
        const qint64 size = facts.value(1).toLongLong(&isSize);
        if (facts.size() != 3 || facts[0].size() != 1 || !isSize || size < 0 || m_fields[1].isEmpty())
            return fail(ErrorCode::BadInput, u"The list of files is not what `find` prints."_s, {}, QString::fromUtf8(m_fields[0].left(200)));
        if (m_tree.count() >= m_mostFiles)
            return fail(ErrorCode::Unsupported, u"There are more than %1 files."_s.arg(m_mostFiles));
        if (auto added = m_tree.add({m_fields[1], facts[0][0], size, facts[2].split('.').first().toLongLong(), {}, m_fields[2]}); !added)
            return added;
        m_fields.clear();
    }
    return {};
}

Result<void> TreeParser::finish()
{
    if (!m_field.isEmpty() || !m_fields.isEmpty())
        return fail(ErrorCode::TruncatedStream, u"The list of files ends in the middle of an entry."_s);
    return m_tree.finish();
}

Result<TreeChanges> compareTrees(Tree& now, index::EntryReader& afterwards, qsizetype mostEntries)
{
    TreeChanges changes;
    changes.nowBytes = now.bytes();
    const auto note = [&](FileChange::Fate fate, const QByteArray& path, const TreeEntry* was, const TreeEntry* will) {
        ++(fate == FileChange::Fate::Added ? changes.added : fate == FileChange::Fate::Removed ? changes.removed : changes.changed);
        if (changes.entries.size() < mostEntries)
            changes.entries.append({fate, path, was ? sizeOf(*was) : -1, will ? sizeOf(*will) : -1});
    };
    std::optional<TreeEntry> was, will;
    const auto nextWas = [&]() -> Result<void> {
        auto entry = now.next();
        while (entry && *entry && was && (*entry)->path == was->path) // a directory that changes while it is listed may name a file twice
            entry = now.next();
        if (!entry)
            return fail(entry.error());
        was = std::move(*entry);
        changes.now += was && was->type != 'd' ? 1 : 0;
        return {};
    };
    const auto nextWill = [&]() -> Result<void> {
        const auto json = afterwards.next();
        if (!json)
            return fail(json.error());
        auto entry = *json ? entryOf(**json) : Result<TreeEntry>();
        if (!entry)
            return fail(entry.error());
        will = *json ? std::optional(std::move(*entry)) : std::nullopt;
        changes.afterwards += will && will->type != 'd' ? 1 : 0;
        return {};
    };
    auto going = nextWas();
    if (going)
        going = nextWill();
    while (going && (was || will)) {
        const bool isOld = was && (!will || was->path <= will->path), isNew = will && (!was || will->path <= was->path);
        if (isOld && isNew) {
            if (!isEqual(*was, *will))
                note(FileChange::Fate::Changed, will->path, &*was, &*will);
        } else if (isOld) {
            if (was->type != 'd')
                note(FileChange::Fate::Removed, was->path, &*was, nullptr);
        } else if (will->type != 'd') { // as is "." itself, which only the index lists
            note(FileChange::Fate::Added, will->path, nullptr, &*will);
        }
        if (isOld)
            going = nextWas();
        if (going && isNew)
            going = nextWill();
    }
    if (!going)
        return fail(going.error());
    return changes;
}

Result<qint64> treeBytes(const oc::Client& client, const oc::PodRef& pod, const QString& directory, const TreeLimits& limits)
{
    // However many files there are: added up while they come, without their names.
    SizeParser parser;
    const QStringList command = findCommand(directory, {u"-type"_s, u"f"_s, u"-printf"_s, u"%s\\n"_s});
    if (const auto read = stream(client, pod, command, [&parser](std::span<const char> data) { return parser.add(data); }, limits.time, {0}); !read)
        return fail(read.error());
    return parser.finish();
}

Result<TreeChanges> treeChanges(const oc::Client& client, const oc::PodRef& pod, const QString& directory, index::EntryReader& afterwards, const TreeLimits& limits)
{
    std::optional<Tree> now(std::in_place);
    if (const auto listed = list(*now, client, pod, directory, limits); !listed)
        return fail(listed.error());
    const bool byContent = now->bytes() <= limits.contentBytes;
    if (byContent) {
        now.emplace();
        const auto indexer = index::indexer(u"tar"_s);
        constexpr int changedWhileRead = 1;
        if (const auto read = stream(client, pod, files::dumpCommand(directory), [&indexer](std::span<const char> data) { return indexer->add(data); }, limits.time, {0, changedWhileRead}); !read)
            return fail(read.error());
        const auto found = indexer->finishInto([&now](const QByteArray& json) -> Result<void> {
            const auto entry = entryOf(json);
            return !entry ? fail(entry.error()) : entry->path == "." ? Result<void>() : now->add(*entry);
        });
        if (!found)
            return fail(found.error());
        if (const auto sorted = now->finish(); !sorted)
            return fail(sorted.error());
    }
    auto changes = compareTrees(*now, afterwards, limits.mostEntries);
    if (changes)
        changes->byContent = byContent;
    return changes;
}

} // namespace scalekeep::store
