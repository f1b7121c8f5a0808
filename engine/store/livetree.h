#pragma once

#include "engine/base/sorter.h"
#include "engine/catalog/catalog.h"
#include "engine/index/entries.h"
#include "engine/oc/client.h"

/// The files of a component as they are in a pod now, beside those of a bundle: what a restore would add, change and remove.
/// Blocking, for workers. Hostile input: names may hold any byte but NUL, of the pod as of the bundle.
namespace scalekeep::store {

struct FileChange {
    enum class Fate { Added, Changed, Removed };
    Fate fate = Fate::Added;
    QByteArray path;                ///< as the file system has it, without "./"
    qint64 now = -1, afterwards = -1; ///< bytes; negative: not there, or no file
    bool operator==(const FileChange&) const = default;
};

/// Files and links; directories are not counted, but one in the place of a file is a change.
struct TreeChanges {
    qint64 now = 0, nowBytes = 0, afterwards = 0;
    qint64 added = 0, changed = 0, removed = 0;
    bool byContent = false;         ///< false: the tree is large, a file of equal size and time counts as equal
    QList<FileChange> entries;      ///< by path; at most `mostEntries`, the counts are of all
    bool operator==(const TreeChanges&) const = default;
};

struct TreeLimits {
    qint64 contentBytes = 64LL * 1024 * 1024; ///< trees up to this size are read and compared by their content
    std::chrono::seconds time{120};
    qsizetype mostEntries = 20'000, mostFiles = 2'000'000;
};

/// `afterwards`: the bundle's content index of the component.
Result<TreeChanges> treeChanges(const oc::Client& client, const oc::PodRef& pod, const QString& directory, index::EntryReader& afterwards, const TreeLimits& limits = {});

/// Bytes of the files that are there now; nothing is read but their sizes, so of `limits` only the time counts.
Result<qint64> treeBytes(const oc::Client& client, const oc::PodRef& pod, const QString& directory, const TreeLimits& limits = {});

/// `find` for the first entry that a backup could not read; its errors tell of directories that are gone wrong.
QStringList unreadableCommand(const QString& directory);

/// What one entry is compared by.
struct TreeEntry {
    QByteArray path;
    char type = 'f';                ///< f, d, l, p or another letter of find's %y
    qint64 size = 0, time = 0;      ///< time: seconds
    QByteArray sha256, target;      ///< sha256: hex, empty where it was not read
};

/// The entries of a tree in the order of their paths, in bounded memory.
class Tree {
public:
    Tree();
    Result<void> add(const TreeEntry& entry);
    Result<void> finish() { return m_sorter.finish(); }
    /// After finish(): the next entry; nothing behind the last.
    Result<std::optional<TreeEntry>> next();
    [[nodiscard]] qint64 count() const { return m_sorter.count(); }
    [[nodiscard]] qint64 bytes() const { return m_bytes; } ///< of its files

private:
    Sorter m_sorter;
    qint64 m_bytes = 0;
    qsizetype m_names = 0; ///< bytes of paths and targets, limited as those of a tar
};

/// The tree now, finished, beside a tar's content index, step by step: paths of an index that is not in their order count as added and removed.
Result<TreeChanges> compareTrees(Tree& now, index::EntryReader& afterwards, qsizetype mostEntries);

/// Takes the output of the listing's `find` in any pieces.
class TreeParser {
public:
    TreeParser(Tree& tree, qint64 mostFiles) : m_tree(tree), m_mostFiles(mostFiles) {}
    Result<void> add(std::span<const char> data);
    Result<void> finish();

private:
    Tree& m_tree;
    qint64 m_mostFiles;
    QByteArray m_field;
    QByteArrayList m_fields;        ///< of the entry so far: facts, path, target
};
QStringList listCommand(const QString& directory);

/// The sum of sizes, one a line, in any pieces.
class SizeParser {
public:
    Result<void> add(std::span<const char> data);
    [[nodiscard]] Result<qint64> finish() const;

private:
    QByteArray m_number;
    qint64 m_bytes = 0;
};

} // namespace scalekeep::store
