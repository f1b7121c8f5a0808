#pragma once

#include "engine/base/sorter.h"
#include "engine/base/tarparser.h"
#include "engine/index/contentdigest.h"
#include "engine/index/index.h"

#include <functional>
#include <vector>

namespace scalekeep::index {

/// Index of a directory tree in a tar stream. The order of the members does not count, nor which of several hard links the archive
/// names first: the file is the first path in byte order, the others link to it. Memory does not grow with the number of files: what `memory` does not
/// hold is sorted in a file of scratchFolder(), as Sorter says. It grows with that of hard links, which are limited as all names are.
class TarIndexer : public Indexer, private TarVisitor {
public:
    static constexpr qint64 MaxEntries = 2'000'000;
    static constexpr qsizetype MaxNames = 256LL * 1024 * 1024; ///< bytes of all paths and targets together

    /// `memory`: bytes, about: of 25 000 files.
    explicit TarIndexer(qint64 memory = 4LL * 1024 * 1024);
    Result<void> add(std::span<const char> data) override { return m_parser.add(data); }
    Result<QJsonObject> finish() override;
    Result<QJsonObject> finishInto(const EntrySink& entries) override;

private:
    struct Facts {
        qint64 size = 0;
        qint64 mtime = 0;
        Digest digest{};
        quint32 mode = 0;
        quint32 sequence = 0;   ///< its place in the archive
        TarEntry::Type type = TarEntry::Type::File;
    };
    struct Entry {
        QByteArray path;
        Facts facts;
        QByteArray target;
    };
    static Entry entryOf(const Sorter::Record& record);

    Result<void> entry(const TarEntry& entry) override;
    Result<void> data(std::span<const char> bytes) override;
    Result<void> entryEnd() override;
    /// All records in the order of their paths.
    Result<void> eachRecord(const std::function<Result<void>(Entry entry)>& take);
    Result<std::vector<Entry>> linkedEntries();
    Result<void> settleLinks(std::vector<Entry>& linked);
    Result<QJsonObject> each(const std::function<Result<void>(const QJsonObject&)>& entry);

    TarParser m_parser{*this};
    Entry m_entry;              ///< the one that is being read
    Sorter m_sorter;            ///< by path: Facts and target
    bool m_hasHardLinks = false;
    qsizetype m_names = 0;
    Sha256 m_sha;
};

} // namespace scalekeep::index
