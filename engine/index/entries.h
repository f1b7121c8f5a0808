#pragma once

#include "engine/index/index.h"

#include <optional>

namespace scalekeep::index {

/// Goes through the JSON text of an index entry by entry, so that the text of many is never held as a whole. Hostile input: text that is no
/// JSON object, or whose "entries" are not all objects, is Damaged; of an entry itself only its end is looked for. Not thread-safe.
class EntryReader {
public:
    explicit EntryReader(ByteSource text) : m_text(std::move(text)) {}
    /// The text of the next entry; nothing behind the last.
    Result<std::optional<QByteArray>> next();
    /// The index without its entries; complete once next() has answered nothing.
    [[nodiscard]] const QJsonObject& index() const { return m_index; }

private:
    static constexpr qsizetype Longest = 4 * 1024 * 1024; ///< bytes of an entry (its paths are limited), and of what stands beside all of them

    Result<bool> take(char c);
    bool takeOutside(char c);
    Result<void> end();

    ByteSource m_text;
    QByteArray m_piece;
    qsizetype m_at = 0;
    QByteArray m_entry, m_rest, m_key;
    int m_depth = 0;
    bool m_inString = false, m_escaped = false, m_inEntries = false, m_inEntry = false, m_hadEntries = false, m_ended = false;
    char m_last = 0; ///< between entries: the last that was no space
    QJsonObject m_index;
};

/// finish() as the text that an EntryReader takes, in pieces; the answer is the index without its entries.
Result<QJsonObject> writeText(Indexer& indexer, const ByteSink& text);

/// The bytes of a "path" or "target", which may not be UTF-8.
QByteArray bytesOf(const QJsonObject& entry, const QString& key);

/// Two indexes of trees beside each other. As differences() says it, in the order of the paths; `expected` and `found` are without their entries.
struct TreeComparison {
    static constexpr qsizetype MostDifferences = 10'000; ///< warnings, and as many others: what is beyond them is not listed
    QList<Difference> differences;
    QJsonObject expected, found;
};
/// finish() of the indexer of a tar, compared with an index as it passes: nothing is kept but what differs. Both list their paths
/// in the order of their bytes, as every indexer of a tar does.
Result<TreeComparison> compareTree(EntryReader& expected, Indexer& found);

} // namespace scalekeep::index
