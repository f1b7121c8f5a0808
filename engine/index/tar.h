#pragma once

#include "engine/base/tarparser.h"
#include "engine/index/contentdigest.h"
#include "engine/index/index.h"

#include <QHash>

#include <deque>
#include <functional>
#include <memory_resource>
#include <string_view>

namespace scalekeep::index {

/// Index of a directory tree in a tar stream. The order of the members does not count, nor which of several hard links the archive
/// names first: the file is the first path in byte order, the others link to it. Memory grows by 80 bytes and the path for each file (some more for each
/// link), which is limited, not with their sizes.
class TarIndexer : public Indexer, private TarVisitor {
public:
    static constexpr size_t MaxEntries = 2'000'000;
    static constexpr qsizetype MaxNames = 256LL * 1024 * 1024; ///< bytes of all paths together

    Result<void> add(std::span<const char> data) override { return m_parser.add(data); }
    Result<QJsonObject> finish() override;
    Result<QJsonObject> finishInto(const EntrySink& entries) override;

private:
    struct Entry {
        std::string_view path;  ///< in m_paths
        qint64 size = 0;
        qint64 mtime = 0;
        Digest digest{};
        quint32 mode = 0;
        quint32 sequence = 0;   ///< its place in the archive
        TarEntry::Type type = TarEntry::Type::File;
    };

    Result<void> entry(const TarEntry& entry) override;
    Result<void> data(std::span<const char> bytes) override;
    Result<void> entryEnd() override;
    Result<void> settleLinks();
    Result<QJsonObject> each(const std::function<Result<void>(const QJsonObject&)>& entry);

    TarParser m_parser{*this};
    std::pmr::monotonic_buffer_resource m_paths{64 * 1024};
    std::deque<Entry> m_entries; ///< a vector that grows would be there twice
    QHash<quint32, QByteArray> m_targets; ///< of links, by sequence
    qsizetype m_names = 0;
    Sha256 m_sha;
};

} // namespace scalekeep::index
