#include "engine/store/livetree.h"

#include "engine/index/index.h"
#include "engine/store/files.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <algorithm>
#include <limits>
#include <utility>

namespace scalekeep::store {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype longestField = 64 * 1024; // a path is at most 4096 bytes
constexpr qsizetype longestNumber = 20;

QByteArray bytesOf(const QJsonObject& entry, const QString& key)
{
    const QString base64 = entry[key + u"Base64"_s].toString();
    return base64.isEmpty() ? entry[key].toString().toUtf8() : QByteArray::fromBase64(base64.toLatin1());
}

char typeOf(const QString& kind)
{
    static const QHash<QString, char> letters{{u"file"_s, 'f'}, {u"hardlink"_s, 'f'}, {u"directory"_s, 'd'}, {u"symlink"_s, 'l'}, {u"fifo"_s, 'p'}};
    return letters.value(kind, 'c');
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

Result<Tree> list(const oc::Client& client, const oc::PodRef& pod, const QString& directory, const TreeLimits& limits)
{
    TreeParser parser(limits.mostFiles);
    if (const auto listed = stream(client, pod, listCommand(directory), [&parser](std::span<const char> data) { return parser.add(data); }, limits.time, {0}); !listed)
        return fail(listed.error());
    return parser.finish();
}

qint64 sizeOf(const Tree& tree)
{
    qint64 bytes = 0;
    for (const TreeEntry& entry : tree) {
        if (entry.type == 'f')
            addTo(bytes, entry.size);
    }
    return bytes;
}
} // namespace

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
        if (m_tree.size() >= m_mostFiles)
            return fail(ErrorCode::Unsupported, u"There are more than %1 files."_s.arg(m_mostFiles));
        m_tree.insert(m_fields[1], {facts[0][0], size, facts[2].split('.').first().toLongLong(), {}, m_fields[2]});
        m_fields.clear();
    }
    return {};
}

Result<Tree> TreeParser::finish()
{
    if (!m_field.isEmpty() || !m_fields.isEmpty())
        return fail(ErrorCode::TruncatedStream, u"The list of files ends in the middle of an entry."_s);
    return std::move(m_tree);
}

Tree treeOf(const QJsonObject& index)
{
    Tree tree;
    const QJsonArray entries = index[u"entries"].toArray();
    tree.reserve(entries.size());
    for (const QJsonValue& value : entries) {
        const QJsonObject entry = value.toObject();
        const QByteArray path = bytesOf(entry, u"path"_s);
        if (path.isEmpty() || path == ".")
            continue;
        tree.insert(path, {typeOf(entry[u"kind"].toString()), std::max<qint64>(0, entry[u"size"].toInteger()), entry[u"mtime"].toInteger(), entry[u"sha256"].toString().toLatin1(), bytesOf(entry, u"target"_s)});
    }
    return tree;
}

TreeChanges compareTrees(const Tree& now, const Tree& afterwards, qsizetype mostEntries)
{
    TreeChanges changes;
    const auto note = [&](FileChange::Fate fate, const QByteArray& path, const TreeEntry* was, const TreeEntry* will) {
        ++(fate == FileChange::Fate::Added ? changes.added : fate == FileChange::Fate::Removed ? changes.removed : changes.changed);
        changes.entries.append({fate, path, was ? sizeOf(*was) : -1, will ? sizeOf(*will) : -1});
    };
    for (auto it = now.cbegin(); it != now.cend(); ++it) {
        const bool isDirectory = it->type == 'd';
        changes.now += isDirectory ? 0 : 1;
        if (it->type == 'f')
            addTo(changes.nowBytes, it->size);
        const auto other = afterwards.constFind(it.key());
        if (other == afterwards.cend() && !isDirectory)
            note(FileChange::Fate::Removed, it.key(), &*it, nullptr);
        else if (other != afterwards.cend() && !isEqual(*it, *other))
            note(FileChange::Fate::Changed, it.key(), &*it, &*other);
    }
    for (auto it = afterwards.cbegin(); it != afterwards.cend(); ++it) {
        if (it->type == 'd')
            continue;
        ++changes.afterwards;
        if (!now.contains(it.key()))
            note(FileChange::Fate::Added, it.key(), nullptr, &*it);
    }
    std::sort(changes.entries.begin(), changes.entries.end(), [](const FileChange& a, const FileChange& b) { return a.path < b.path; });
    if (changes.entries.size() > mostEntries)
        changes.entries.resize(mostEntries);
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

Result<TreeChanges> treeChanges(const oc::Client& client, const oc::PodRef& pod, const QString& directory, const QJsonObject& index, const TreeLimits& limits)
{
    auto now = list(client, pod, directory, limits);
    if (!now)
        return fail(now.error());
    const bool byContent = sizeOf(*now) <= limits.contentBytes;
    if (byContent) {
        const auto indexer = index::indexer(u"tar"_s);
        constexpr int changedWhileRead = 1;
        if (const auto read = stream(client, pod, files::dumpCommand(directory), [&indexer](std::span<const char> data) { return indexer->add(data); }, limits.time, {0, changedWhileRead}); !read)
            return fail(read.error());
        const auto found = indexer->finish();
        if (!found)
            return fail(found.error());
        now = treeOf(*found);
    }
    TreeChanges changes = compareTrees(*now, treeOf(index), limits.mostEntries);
    changes.byContent = byContent;
    return changes;
}

} // namespace scalekeep::store
