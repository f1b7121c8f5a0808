#include "engine/compare/nodes.h"

#include <QHash>

#include <algorithm>
#include <map>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype MaxDepth = 100; ///< folders in folders; what is deeper is shown as one name

QString text(const QJsonObject& entry, QLatin1StringView key)
{
    return entry.value(key).toString();
}

QByteArray bytesOf(const QJsonObject& entry, const QString& key)
{
    const QString encoded = entry.value(key + u"Base64"_s).toString();
    return encoded.isEmpty() ? entry.value(key).toString().toUtf8() : QByteArray::fromBase64(encoded.toLatin1());
}

bool holdsData(const QJsonObject& entry)
{
    const QString kind = text(entry, "kind"_L1);
    return kind == "file"_L1 || kind == "hardlink"_L1;
}

bool isDirectory(const QJsonObject& entry)
{
    return text(entry, "kind"_L1) == "directory"_L1;
}

qint64 sizeOf(const QJsonObject& entry)
{
    constexpr qint64 most = qint64(1) << 41; // of an index from a file: sums of such numbers do not overflow
    return holdsData(entry) ? std::clamp<qint64>(entry.value("size"_L1).toInteger(), 0, most) : 0;
}

QString mode(const QJsonObject& entry)
{
    return QString::number(entry.value("mode"_L1).toInteger(), 8);
}

/// What differs between two entries of one path, noted in the node. True where it counts.
bool noteDifferences(const Builder& builder, Node& node, const QJsonObject& a, const QJsonObject& b, const QString& path)
{
    const QString was = text(a, "kind"_L1), is = text(b, "kind"_L1);
    bool differs = false, counted = false;
    const auto note = [&](const QString& field, const QString& what) {
        differs = true;
        node.notes << what;
        counted = builder.counts(node, is, path, field) || counted;
    };
    if (was != is && !(holdsData(a) && holdsData(b)))
        note(u"content"_s, u"is a %1 instead of a %2"_s.arg(is, was));
    else if (holdsData(a) && (a.value("sha256"_L1) != b.value("sha256"_L1) || sizeOf(a) != sizeOf(b)))
        note(u"content"_s, u"content: %1 bytes in A, %2 in B"_s.arg(sizeOf(a)).arg(sizeOf(b)));
    if (is == "symlink"_L1 && was == is && (a.value("target"_L1) != b.value("target"_L1) || a.value("targetBase64"_L1) != b.value("targetBase64"_L1)))
        note(u"target"_s, u"leads to %1 in A, to %2 in B"_s.arg(text(a, "target"_L1), text(b, "target"_L1)));
    if (is != "symlink"_L1 && a.value("mode"_L1) != b.value("mode"_L1))
        note(u"mode"_s, u"mode %1 in A, %2 in B"_s.arg(mode(a), mode(b)));
    if (is != "symlink"_L1 && a.value("mtime"_L1) != b.value("mtime"_L1))
        note(u"modified"_s, u"modified at another time"_s);
    if (!differs)
        return false;
    node.state = State::Changed;
    node.noise = !counted;
    return counted;
}

struct Folder {
    std::map<QString, Folder> folders;
    std::vector<Node> files;
    QJsonObject a, b; ///< its own entries
    qint64 filesA = 0, filesB = 0;
};

class FileTree {
public:
    explicit FileTree(const Builder& builder) : m_builder(builder) {}

    void add(const QJsonObject* a, const QJsonObject* b)
    {
        const QString path = text(a ? *a : *b, "path"_L1);
        if (a && b && isDirectory(*a) != isDirectory(*b)) {
            // A file where there was a folder: two things of one name, told apart by their paths here.
            const bool fileBefore = !isDirectory(*a);
            add(fileBefore ? nullptr : a, fileBefore ? b : nullptr);
            addFile(path, fileBefore ? a : nullptr, fileBefore ? nullptr : b).path += u" (file)"_s;
        } else if (isDirectory(a ? *a : *b)) {
            Folder& folder = folderAt(path == "."_L1 ? QString() : path);
            (a ? folder.a : folder.b) = a ? *a : *b;
            if (b)
                folder.b = *b;
        } else {
            addFile(path, a, b);
        }
    }

    void move(const QJsonObject& a, const QJsonObject& b)
    {
        Node& node = addFile(text(b, "path"_L1), nullptr, nullptr);
        fill(node, &a, &b);
        node.renamedFrom = text(a, "path"_L1);
        node.rawFrom = bytesOf(a, u"path"_s);
        (void)noteDifferences(m_builder, node, a, b, text(b, "path"_L1));
        node.notes.prepend(u"was %1 in A"_s.arg(node.renamedFrom));
        node.state = State::Changed;
        node.noise = !m_builder.counts(node, node.type, text(b, "path"_L1), u"name"_s);
        node.counts = {.changed = node.noise ? 0 : 1};
        node.detail = Node::Detail::None;
        count(text(a, "path"_L1), true, false);
        count(text(b, "path"_L1), false, true);
    }

    void finish(Node& component)
    {
        Node root = nodeOf(m_root, component.path, QString());
        component.children = std::move(root.children);
        component.a = root.a;
        component.b = root.b;
        // The folder itself has no node of its own: what differs in its rights stands at the component.
        if (root.state == State::Changed) {
            component.notes << root.notes;
            component.counts += root.counts;
            component.state = root.noise ? State::Equal : State::Changed;
            component.noise = root.noise;
        }
    }

private:
    static QStringList partsOf(const QString& path)
    {
        QStringList parts = path.split(u'/', Qt::SkipEmptyParts);
        if (parts.size() > MaxDepth) {
            const QString rest = parts.mid(MaxDepth - 1).join(u'/');
            parts.resize(MaxDepth - 1);
            parts.append(rest);
        }
        return parts;
    }

    Folder& folderOf(const QStringList& parts)
    {
        Folder* folder = &m_root;
        for (const QString& part : parts)
            folder = &folder->folders[part];
        return *folder;
    }
    Folder& folderAt(const QString& path) { return folderOf(partsOf(path)); }

    /// Counts a file in every folder above it.
    void count(const QString& path, bool inA, bool inB)
    {
        Folder* folder = &m_root;
        const QStringList parts = partsOf(path);
        for (qsizetype i = 0; i < parts.size(); ++i) {
            folder->filesA += inA ? 1 : 0;
            folder->filesB += inB ? 1 : 0;
            if (i + 1 < parts.size())
                folder = &folder->folders[parts.at(i)];
        }
    }

    void fill(Node& node, const QJsonObject* a, const QJsonObject* b) const
    {
        node.type = text(b ? *b : *a, "kind"_L1);
        node.raw = bytesOf(b ? *b : *a, u"path"_s);
        node.a = a ? 1 : -1;
        node.b = b ? 1 : -1;
        node.bytesA = a ? sizeOf(*a) : -1;
        node.bytesB = b ? sizeOf(*b) : -1;
    }

    Node& addFile(const QString& path, const QJsonObject* a, const QJsonObject* b)
    {
        QStringList parts = partsOf(path);
        const QString name = parts.isEmpty() ? path : parts.takeLast();
        Folder& folder = folderOf(parts);
        folder.files.push_back(m_builder.node(Node::Kind::File, {}, name, path));
        Node& node = folder.files.back();
        if (!a && !b)
            return node;
        fill(node, a, b);
        count(path, a, b);
        if (!a || !b) {
            m_builder.oneSided(node, a ? State::Removed : State::Added, node.type, path);
            node.detail = holdsData(a ? *a : *b) ? Node::Detail::Text : Node::Detail::None;
            return node;
        }
        node.counts.changed = noteDifferences(m_builder, node, *a, *b, path) ? 1 : 0;
        if (holdsData(*a) && holdsData(*b) && (a->value("sha256"_L1) != b->value("sha256"_L1) || sizeOf(*a) != sizeOf(*b)))
            node.detail = Node::Detail::Text;
        return node;
    }

    /// Moves what the folder holds into a node.
    Node nodeOf(Folder& folder, const QString& path, const QString& name)
    {
        Node node = m_builder.node(Node::Kind::Directory, u"directory"_s, name, {});
        node.path = path;
        node.a = folder.filesA;
        node.b = folder.filesB;
        for (auto& [childName, child] : folder.folders)
            node.children.push_back(nodeOf(child, path + u'/' + childName, childName));
        std::ranges::stable_sort(folder.files, {}, &Node::name);
        std::ranges::move(folder.files, std::back_inserter(node.children));
        const bool hereA = !folder.a.isEmpty() || folder.filesA > 0, hereB = !folder.b.isEmpty() || folder.filesB > 0;
        const QString relative = path.mid(m_builder.component.size() + 1);
        if (hereA && hereB) {
            if (!folder.a.isEmpty() && !folder.b.isEmpty() && noteDifferences(m_builder, node, folder.a, folder.b, relative))
                node.counts.changed = 1;
        } else if (hereA || hereB) {
            node.state = hereA ? State::Removed : State::Added;
            if (folder.filesA + folder.filesB == 0) {
                const bool hasFolders = !folder.folders.empty();
                m_builder.oneSided(node, node.state, u"directory"_s, relative);
                node.counts = hasFolders ? Counts{} : node.counts;
            } else if (!node.children.empty()) {
                // A folder that came with its files is noise where all of them are.
                node.noise = std::ranges::all_of(node.children, &Node::noise);
            }
            if (!hereA)
                node.a = -1;
            if (!hereB)
                node.b = -1;
        }
        return node;
    }

    const Builder& m_builder;
    Folder m_root;
};

/// Files that are gone from one path and stand, with the same content, at another.
struct Moves {
    QHash<QString, QList<const QJsonObject*>> gone; ///< by digest and size
    static QString identity(const QJsonObject& entry)
    {
        // Empty files are all alike, and a hard link has no content of its own.
        return text(entry, "kind"_L1) == "file"_L1 && sizeOf(entry) > 0 ? text(entry, "sha256"_L1) + u' ' + QString::number(sizeOf(entry)) : QString();
    }
    /// The file that `b` was, of the same name in another folder rather than of another name.
    const QJsonObject* take(const QJsonObject& b)
    {
        const auto found = gone.find(identity(b));
        if (found == gone.end() || found->isEmpty())
            return nullptr;
        const QString name = text(b, "path"_L1).section(u'/', -1);
        qsizetype chosen = 0;
        for (qsizetype i = 0; i < std::min<qsizetype>(found->size(), 100); ++i) {
            if (text(*found->at(i), "path"_L1).section(u'/', -1) == name) {
                chosen = i;
                break;
            }
        }
        return found->takeAt(chosen);
    }
};
} // namespace

void compareFiles(const Builder& builder, const QJsonObject& a, const QJsonObject& b, Node& component)
{
    const auto key = [](const QJsonObject& entry) {
        const QString encoded = text(entry, "pathBase64"_L1);
        return encoded.isEmpty() ? text(entry, "path"_L1) : text(entry, "path"_L1) + QChar(0) + encoded;
    };
    const std::vector<Keyed> left = keyed(a, key), right = keyed(b, key);
    Moves moves;
    std::vector<const QJsonObject*> removed, added;
    FileTree tree(builder);
    pairUp(left, right, [&](const QJsonObject* before, const QJsonObject* now) {
        if (before && now)
            tree.add(before, now);
        else
            (before ? removed : added).push_back(before ? before : now);
    });
    for (const QJsonObject* entry : removed) {
        if (const QString identity = Moves::identity(*entry); !identity.isEmpty())
            moves.gone[identity].append(entry);
        else
            tree.add(entry, nullptr);
    }
    for (const QJsonObject* entry : added) {
        const QJsonObject* from = Moves::identity(*entry).isEmpty() ? nullptr : moves.take(*entry);
        if (from)
            tree.move(*from, *entry);
        else
            tree.add(nullptr, entry);
    }
    for (const auto& rest : std::as_const(moves.gone)) {
        for (const QJsonObject* entry : rest)
            tree.add(entry, nullptr);
    }
    tree.finish(component);
}

} // namespace scalekeep::compare
