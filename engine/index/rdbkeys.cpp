#include "engine/index/rdbkeys.h"

#include "engine/index/errors.h"

#include <QJsonArray>

#include <algorithm>
#include <limits>
#include <set>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
constexpr int LastShift = 62;
constexpr qint64 MaxKeys = 1'000'000'000'000; ///< in an index from a file: sums of such numbers do not overflow
constexpr qint64 MaxBytes = qint64(1) << 46;
} // namespace

void RdbKeys::Sum::add(const Sum& other)
{
    keys += other.keys;
    digest.add(other.digest);
}

void RdbKeys::Sum::subtract(const Sum& other)
{
    keys -= other.keys;
    digest.subtract(other.digest);
}

RdbKeys::Sum RdbKeys::Group::lasting() const
{
    Sum rest = all;
    for (const auto& [moment, sum] : moments)
        rest.subtract(sum);
    return rest;
}

qint64 RdbKeys::Group::expiring() const
{
    qint64 keys = 0;
    for (const auto& [moment, sum] : moments)
        keys += sum.keys;
    return keys;
}

RdbKeys::Group& RdbKeys::group(qint64 database, std::string_view prefix, const QString& type)
{
    m_found.places.resize(16'384, nullptr);
    const size_t hash = std::hash<std::string_view>{}(prefix) + static_cast<size_t>(database) * 31 + static_cast<size_t>(type.front().unicode()) * 257 + static_cast<size_t>(type.size());
    auto*& found = m_found.places[hash % m_found.places.size()];
    if (!found || found->first.database != database || found->first.prefix != prefix || found->first.type != type)
        found = &*m_groups.try_emplace(Name{database, std::string(prefix), type}).first;
    return found->second;
}

Result<void> RdbKeys::add(qint64 database, std::string_view name, const QString& type, const Digest& key, std::optional<qint64> expiryMilliseconds,
                          qint64 bytes)
{
    Sum sum{1, {}};
    sum.digest.add(key);
    Group& into = group(database, prefixOf(name, m_level), type);
    into.all.add(sum);
    into.bytes += bytes;
    if (expiryMilliseconds) {
        Sum& moment = into.moments[*expiryMilliseconds >> m_shift];
        m_moments += moment.keys == 0 ? 1 : 0;
        moment.add(sum);
    }
    while (m_groups.size() > MaxGroups && m_level < LastLevel)
        shortenPrefixes();
    while (m_moments > MaxMoments && m_shift < LastShift)
        widenMoments();
    if (m_groups.size() > MaxGroups)
        return fail(ErrorCode::Unsupported, u"The snapshot has keys in more databases than can be told apart."_s, notProven());
    return {};
}

void RdbKeys::shortenPrefixes()
{
    ++m_level;
    m_moments = 0;
    std::map<Name, Group> groups;
    for (const auto& [name, group] : m_groups) {
        Group& into = groups[{name.database, std::string(prefixOf(name.prefix, m_level)), name.type}];
        into.all.add(group.all);
        into.addBytes(group.bytes);
        for (const auto& [moment, sum] : group.moments)
            into.moments[moment].add(sum);
    }
    for (const auto& [name, group] : groups)
        m_moments += group.moments.size();
    m_groups = std::move(groups);
    m_found.places.clear();
}

void RdbKeys::widenMoments()
{
    ++m_shift;
    m_moments = 0;
    for (auto& [name, group] : m_groups) {
        std::map<qint64, Sum> moments;
        for (const auto& [moment, sum] : group.moments)
            moments.try_emplace(moments.end(), moment >> 1)->second.add(sum); // in order: always the last one
        group.moments = std::move(moments);
        m_moments += group.moments.size();
    }
}

void RdbKeys::bringTo(int level, int shift)
{
    while (m_level < level)
        shortenPrefixes();
    while (m_shift < shift)
        widenMoments();
}

QJsonObject RdbKeys::toJson() const
{
    QJsonArray entries;
    qint64 keys = 0;
    qint64 expiring = 0;
    std::set<qint64> databases;
    for (const auto& [name, group] : m_groups) {
        QJsonObject entry{{u"kind"_s, u"prefix"_s},
                          {u"database"_s, name.database},
                          {u"prefix"_s, QString::fromStdString(name.prefix)},
                          {u"type"_s, name.type},
                          {u"keys"_s, group.all.keys},
                          {u"expiring"_s, group.expiring()},
                          {u"sha256"_s, QString::fromLatin1(group.all.digest.toHex())}};
        if (group.bytes >= 0)
            entry.insert(u"bytes"_s, group.bytes);
        QJsonArray moments;
        for (const auto& [moment, sum] : group.moments)
            moments.append(QJsonArray{moment, sum.keys, QString::fromLatin1(sum.digest.toHex())});
        if (!moments.isEmpty())
            entry.insert(u"moments"_s, moments);
        entries.append(entry);
        keys += group.all.keys;
        expiring += group.expiring();
        databases.insert(name.database);
    }
    const QJsonObject summary{{u"keys"_s, keys},
                              {u"expiring"_s, expiring},
                              {u"databases"_s, static_cast<qint64>(databases.size())},
                              {u"prefixLevel"_s, m_level},
                              {u"momentShift"_s, m_shift}};
    return {{u"summary"_s, summary}, {u"entries"_s, entries}};
}

std::optional<RdbKeys> RdbKeys::fromJson(const QJsonObject& index)
{
    RdbKeys keys;
    const QJsonObject summary = index.value("summary"_L1).toObject();
    keys.m_level = summary.value("prefixLevel"_L1).toInt(-1);
    keys.m_shift = summary.value("momentShift"_L1).toInt(-1);
    if (keys.m_level < 0 || keys.m_level > LastLevel || keys.m_shift < 0 || keys.m_shift > LastShift)
        return std::nullopt;
    for (const QJsonValue value : index.value("entries"_L1).toArray()) {
        const QJsonObject entry = value.toObject();
        if (entry.value("kind"_L1) != "prefix"_L1)
            continue;
        Group group;
        const auto sum = DigestSum::fromHex(entry.value("sha256"_L1).toString().toLatin1());
        group.all = {entry.value("keys"_L1).toInteger(-1), sum.value_or(DigestSum())};
        if (!sum || group.all.keys < 0 || group.all.keys > MaxKeys)
            return std::nullopt;
        group.bytes = entry.value("bytes"_L1).toInteger(-1);
        if (group.bytes < -1 || group.bytes > MaxBytes)
            return std::nullopt;
        for (const QJsonValue moment : entry.value("moments"_L1).toArray()) {
            const auto part = DigestSum::fromHex(moment[2].toString().toLatin1());
            const qint64 count = moment[1].toInteger(-1);
            if (!part || count < 1 || count > group.all.keys || !moment[0].isDouble())
                return std::nullopt;
            group.moments[moment[0].toInteger()].add({count, *part});
        }
        keys.m_groups[{entry.value("database"_L1).toInteger(), entry.value("prefix"_L1).toString().toStdString(),
                       entry.value("type"_L1).toString()}] = group;
        keys.m_moments += group.moments.size();
    }
    return keys;
}

void RdbKeys::judge(const Group& expected, const Group& found, qint64 at, Pair& pair) const
{
    const auto compare = [&pair](const Sum& was, const Sum& is) {
        if (was == is)
            return;
        pair.missing += std::max<qint64>(0, was.keys - is.keys);
        pair.extra += std::max<qint64>(0, is.keys - was.keys);
        pair.changed = pair.changed || was.keys == is.keys;
    };
    compare(expected.lasting(), found.lasting());
    std::set<qint64> moments;
    for (const Group* group : {&expected, &found})
        for (const auto& [moment, sum] : group->moments)
            moments.insert(moment);
    const qint64 atMoment = at >> m_shift;
    for (const qint64 moment : moments) {
        const auto before = expected.moments.find(moment);
        const auto now = found.moments.find(moment);
        const Sum was = before == expected.moments.end() ? Sum() : before->second;
        const Sum is = now == found.moments.end() ? Sum() : now->second;
        // A step of one millisecond is over only when `at` is behind it; of a longer one a part may be.
        const bool over = moment < atMoment;
        const bool partlyOver = moment == atMoment && m_shift > 0;
        if ((!over && !partlyOver) || is.keys >= was.keys) {
            compare(was, is);
            continue;
        }
        pair.expired += was.keys - is.keys;
        if (partlyOver)
            pair.unclear += was.keys - is.keys;
    }
}

RdbKeys::Pairs RdbKeys::pairs(RdbKeys expected, RdbKeys found, qint64 atMilliseconds)
{
    Pairs answer{{}, std::max(expected.m_level, found.m_level), std::max(expected.m_shift, found.m_shift)};
    expected.bringTo(answer.level, answer.shift);
    found.bringTo(answer.level, answer.shift);

    std::map<Name, std::pair<Group, Group>> groups;
    for (auto& [name, group] : expected.m_groups)
        groups[name].first = std::move(group);
    for (auto& [name, group] : found.m_groups)
        groups[name].second = std::move(group);
    answer.list.reserve(groups.size());
    for (const auto& [name, both] : groups) {
        const auto& [before, now] = both;
        Pair pair{.database = name.database, .prefix = name.prefix, .type = name.type, .keysExpected = before.all.keys, .keysFound = now.all.keys,
                  .bytesExpected = before.bytes, .bytesFound = now.bytes};
        expected.judge(before, now, atMilliseconds, pair);
        answer.list.push_back(std::move(pair));
    }
    return answer;
}

QList<Difference> RdbKeys::differences(RdbKeys expected, RdbKeys found, qint64 atMilliseconds)
{
    const Pairs pairs = RdbKeys::pairs(std::move(expected), std::move(found), atMilliseconds);
    QList<Difference> list;
    QMap<qint64, std::pair<qint64, qint64>> expired;
    for (const Pair& pair : pairs.list) {
        expired[pair.database].first += pair.expired;
        expired[pair.database].second += pair.unclear;
        if (pair.missing == 0 && pair.extra == 0 && !pair.changed)
            continue;
        const bool open = pair.prefix.empty() || pair.prefix.ends_with(':') || pair.prefix.ends_with('/');
        QStringList what;
        if (pair.missing > 0)
            what << u"%1 of %2 keys missing"_s.arg(pair.missing).arg(pair.keysExpected);
        if (pair.extra > 0)
            what << u"%1 additional keys"_s.arg(pair.extra);
        if (pair.changed)
            what << u"the content of some of its %1 keys differs"_s.arg(pair.keysExpected);
        list.append({u"database %1, %2 %3"_s.arg(pair.database).arg(pair.type, QString::fromStdString(pair.prefix)) +
                         (open ? u"*"_s : QString()),
                     what.join(u", "_s), false});
    }
    for (auto it = expired.cbegin(); it != expired.cend(); ++it) {
        if (it->first == 0)
            continue;
        QString what = u"%1 keys are gone because their time to live was over"_s.arg(it->first);
        if (it->second > 0)
            what += u"; %1 of them expire within %2 ms of the comparison, so a loss could not be told from an expiry"_s
                        .arg(it->second)
                        .arg(qint64(1) << pairs.shift);
        list.append({u"database %1"_s.arg(it.key()), what, true});
    }
    return list;
}

} // namespace scalekeep::index
