#pragma once

#include "engine/index/contentdigest.h"

#include <QString>

namespace scalekeep::index {

/// Digest of one Redis value, independent of how it is encoded: elements of lists count in their order; members of sets, fields of
/// hashes and members with scores do not; numbers are their decimal text, scores are doubles. Constant memory.
class RdbValue {
public:
    /// The numbers are part of the digests that lie in bundles.
    enum class Type { String = 0, List = 1, Set = 2, SortedSet = 3, Hash = 4, ExpiringHash = 5, Stream = 6 };

    void start(Type type, std::string_view key, std::optional<std::int64_t> expiryMilliseconds);
    /// The next element: of a hash field and value in turn, of a sorted set member and score, of an expiring hash field, value
    /// and expiry in milliseconds (0: none).
    void element(std::string_view element);
    void score(double score);
    void number(std::uint64_t number)
    {
        m_digester.part(number);
        m_bytes += sizeof number;
    }
    /// False when the last field has no value.
    [[nodiscard]] bool isWhole() const { return m_position == 0; }
    [[nodiscard]] bool badScore() const { return m_badScore; }
    [[nodiscard]] QString typeName() const;
    /// Bytes of the key and of what is in the value, however it is encoded: a score counts 8.
    [[nodiscard]] qint64 bytes() const { return m_bytes; }
    /// Members of a set, fields of a hash, elements of a list; 1 for a string; of a stream its entries, groups and consumers in parts.
    [[nodiscard]] qint64 count() const { return m_count; }
    /// Digest of type, key, value and expiry, the latter as given to start().
    Digest finish(std::string_view key, std::optional<std::int64_t> expiryMilliseconds);

private:
    [[nodiscard]] bool isOrdered() const { return m_type == Type::String || m_type == Type::List || m_type == Type::Stream; }
    void digestName(std::string_view key, std::optional<std::int64_t> expiryMilliseconds);
    void endMember();

    Type m_type = Type::String;
    Digester m_digester;
    DigestSum m_members;
    int m_position = 0; ///< in a member of several parts
    bool m_badScore = false;
    qint64 m_bytes = 0, m_count = 0;
};

} // namespace scalekeep::index
