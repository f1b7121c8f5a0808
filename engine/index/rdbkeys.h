#pragma once

#include "engine/index/contentdigest.h"
#include "engine/index/index.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace scalekeep::index {

/// The keys of a Redis snapshot, grouped by database, prefix and type, so that two snapshots can be compared although keys that
/// live for a limited time may be gone from the second. Bounded memory, whatever the number of keys.
///
/// A group holds the digest sum of all its keys, and that of its expiring keys once more for each *moment of expiry*. What must be
/// equal is then the rest (all but the expiring keys) and every moment that has not come; of a moment that has passed keys may be
/// missing, never added or changed. With more than MaxMoments moments their step doubles from 1 ms on, with more than MaxGroups
/// groups the prefixes become shorter; both are done so that the finer one of two indexes can always be brought to the other's step.
/// Of keys lost from the very step in which the comparison falls it cannot be told whether their time was over: a warning says so, with
/// the length of the step. With up to MaxMoments expiring keys a step is one millisecond, and nothing is unclear.
class RdbKeys {
public:
    static constexpr size_t MaxGroups = 10'000;
    static constexpr size_t MaxMoments = 50'000;
    static constexpr int LastLevel = 2; ///< of prefixOf(): every prefix is empty

    /// `key` digests type, name, value and expiry. Unsupported when there are more than MaxGroups databases and types.
    /// `bytes`: of key and value, see RdbValue.
    Result<void> add(qint64 database, std::string_view name, const QString& type, const Digest& key,
                     std::optional<qint64> expiryMilliseconds, qint64 bytes);
    /// The members "summary" and "entries" of the index.
    [[nodiscard]] QJsonObject toJson() const;
    /// Hostile input: nothing when a field is missing or makes no sense.
    static std::optional<RdbKeys> fromJson(const QJsonObject& index);
    static QList<Difference> differences(RdbKeys expected, RdbKeys found, qint64 atMilliseconds);

    /// What two snapshots have under one prefix.
    struct Pair {
        qint64 database = 0;
        std::string prefix;
        QString type;
        qint64 keysExpected = 0, keysFound = 0;
        qint64 bytesExpected = 0, bytesFound = 0; ///< -1: unknown, of older bundles
        qint64 missing = 0;   ///< keys that should be there
        qint64 extra = 0;     ///< keys that should not
        bool changed = false; ///< equal numbers with other digests
        qint64 expired = 0;   ///< keys gone because their time was over
        qint64 unclear = 0;   ///< of these, how many were gone from a step that is only partly over
    };
    struct Pairs {
        std::vector<Pair> list;
        int level = 0; ///< of prefixOf(): what both were brought to
        int shift = 0; ///< a moment is 2^shift milliseconds
    };
    /// All prefixes of both, in order, whether they differ or not. `atMilliseconds`: the moment of `found`.
    static Pairs pairs(RdbKeys expected, RdbKeys found, qint64 atMilliseconds);

private:
    struct Sum {
        qint64 keys = 0;
        DigestSum digest;
        void add(const Sum& other);
        void subtract(const Sum& other);
        bool operator==(const Sum&) const = default;
    };
    struct Name {
        qint64 database = 0;
        std::string prefix;
        QString type;
        bool operator<(const Name& other) const
        {
            return std::tie(database, prefix, type) < std::tie(other.database, other.prefix, other.type);
        }
    };
    struct Group {
        Sum all;
        qint64 bytes = 0; ///< -1: unknown
        void addBytes(qint64 more) { bytes = bytes < 0 || more < 0 ? -1 : bytes + more; }
        std::map<qint64, Sum> moments; ///< by expiry >> m_shift
        [[nodiscard]] Sum lasting() const;
        [[nodiscard]] qint64 expiring() const;
    };
    /// Where group() found one last, by hash: keys come in no order, and comparing names on the way down the tree took a third of the
    /// time. The places are in one object's tree, so a copy begins without any.
    struct Found {
        Found() = default;
        Found(const Found&) {}
        Found(Found&&) = default;
        Found& operator=(const Found&) { places.clear(); return *this; }
        Found& operator=(Found&&) = default;
        ~Found() = default;
        std::vector<std::map<Name, Group>::value_type*> places;
    };

    Group& group(qint64 database, std::string_view prefix, const QString& type);
    void shortenPrefixes();
    void widenMoments();
    void bringTo(int level, int shift);
    void judge(const Group& expected, const Group& found, qint64 at, Pair& pair) const;

    std::map<Name, Group> m_groups;
    Found m_found;
    size_t m_moments = 0;
    int m_level = 0; ///< of prefixOf()
    int m_shift = 0; ///< a moment is 2^shift milliseconds
};

/// The prefix that a key is counted under. Level 0: up to and with the first part that looks like an id, if more follows
/// ("stats/{service:1}/", "service_id:1/"), otherwise up to the last separator ("resque:queue:", "queue:", "stat:processed:"); a key
/// without separators is its own prefix unless it looks like an id. Level 1 stops before the id; level 2 is empty.
/// Always printable ASCII; a prefix of a prefix is the prefix at the higher level.
std::string_view prefixOf(std::string_view key, int level);

} // namespace scalekeep::index
