#pragma once

#include "engine/index/index.h"

namespace scalekeep::bundle {

/// A content index as a bundle stores it: its JSON text in zstd frames, a tenth as large.
struct PackedIndex {
    QByteArray frames;
    QByteArray sha256;  ///< of the text
    qint64 bytes = 0;   ///< of the text
    QJsonObject index;  ///< without its entries
};

/// finish() of the indexer, packed while it is made. Both: Unsupported where the text is longer than a bundle's index may be.
Result<PackedIndex> packIndex(index::Indexer& indexer);
Result<PackedIndex> packIndex(const QByteArray& json);

} // namespace scalekeep::bundle
