#pragma once

#include "engine/base/tarparser.h"
#include "engine/index/contentdigest.h"
#include "engine/index/index.h"

#include <QHash>

#include <vector>

namespace scalekeep::index {

/// Index of a directory tree in a tar stream. The order of the members does not count, nor which of several hard links the archive
/// names first: the file is the first path in byte order, the others link to it. Memory grows with the number of files and the length
/// of their paths, both limited, not with their sizes.
class TarIndexer : public Indexer, private TarVisitor {
public:
    static constexpr size_t MaxEntries = 2'000'000;
    static constexpr qsizetype MaxNames = 256LL * 1024 * 1024; ///< bytes of all paths together

    Result<void> add(std::span<const char> data) override { return m_parser.add(data); }
    Result<QJsonObject> finish() override;

private:
    struct Entry {
        TarEntry::Type type = TarEntry::Type::File;
        QByteArray path, target;
        qint64 size = 0;
        quint32 mode = 0;
        qint64 mtime = 0;
        Digest digest{};
        size_t original = 0; ///< of a hard link: the entry that holds the data
    };

    Result<void> entry(const TarEntry& entry) override;
    Result<void> data(std::span<const char> bytes) override;
    Result<void> entryEnd() override;
    Result<void> resolveLink(Entry& entry) const;
    void settleLinks();

    TarParser m_parser{*this};
    std::vector<Entry> m_entries;
    QHash<QByteArray, size_t> m_byPath;
    qsizetype m_names = 0;
    Sha256 m_sha;
};

} // namespace scalekeep::index
