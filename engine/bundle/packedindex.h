#pragma once

#include "engine/base/stream.h"
#include "engine/index/index.h"

#include <QTemporaryFile>

namespace scalekeep::bundle {

/// A content index as a bundle stores it: its JSON text in zstd frames, a fifth as large. They are in a file (0600, nameless where the system can do that), for they
/// would be 50 bytes of memory for each file of a tree.
struct PackedIndex {
    std::shared_ptr<QTemporaryFile> file;
    /// What is in it, from the beginning on.
    [[nodiscard]] ByteSource frames() const;
    qint64 storedBytes = 0;
    QByteArray storedSha256;
    QByteArray sha256;  ///< of the text
    qint64 bytes = 0;   ///< of the text
    QJsonObject index;  ///< without its entries
};

/// finish() of the indexer, packed while it is made. Both: the file is made in `folder`; Unsupported where the text is longer than a bundle's index may be.
Result<PackedIndex> packIndex(index::Indexer& indexer, const QString& folder);
Result<PackedIndex> packIndex(const QByteArray& json, const QString& folder);

} // namespace scalekeep::bundle
