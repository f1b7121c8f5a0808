#include "engine/index/rdbvalue.h"

#include <bit>
#include <charconv>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

void RdbValue::digestName(std::string_view key, std::optional<std::int64_t> expiryMilliseconds)
{
    m_digester.part(static_cast<std::uint64_t>(m_type == Type::ExpiringHash ? Type::Hash : m_type));
    m_digester.part(key);
    m_digester.part(expiryMilliseconds ? 1U : 0U);
    m_digester.part(static_cast<std::uint64_t>(expiryMilliseconds.value_or(0)));
}

void RdbValue::start(Type type, std::string_view key, std::optional<std::int64_t> expiryMilliseconds)
{
    m_type = type;
    m_members = {};
    m_position = 0;
    m_badScore = false;
    m_bytes = static_cast<qint64>(key.size());
    m_count = 0;
    // An ordered value is one sequence behind its name; members of others are digested one by one before it.
    if (isOrdered())
        digestName(key, expiryMilliseconds);
}

void RdbValue::endMember()
{
    m_members.add(m_digester.finish());
    m_position = 0;
    ++m_count;
}

void RdbValue::score(double score)
{
    // -0 and 0 are one score; Redis writes either.
    m_digester.part(std::bit_cast<std::uint64_t>(score == 0.0 ? 0.0 : score));
    m_bytes += sizeof score;
    endMember();
}

void RdbValue::element(std::string_view element)
{
    // What counts is the same for every encoding: no score as text, no expiry of a field.
    if ((m_type != Type::SortedSet || m_position == 0) && (m_type != Type::ExpiringHash || m_position < 2))
        m_bytes += static_cast<qint64>(element.size());
    switch (m_type) {
    case Type::String:
    case Type::List:
    case Type::Stream:
        m_digester.part(element);
        ++m_count;
        break;
    case Type::Set:
        m_digester.part(element);
        endMember();
        break;
    case Type::Hash:
        m_digester.part(element);
        if (++m_position == 2)
            endMember();
        break;
    case Type::SortedSet: {
        if (m_position == 0) {
            m_digester.part(element);
            m_position = 1;
            break;
        }
        double value = 0;
        const auto [end, error] = std::from_chars(element.data(), element.data() + element.size(), value);
        m_badScore = m_badScore || error != std::errc() || end != element.data() + element.size();
        score(value);
        break;
    }
    case Type::ExpiringHash:
        // A field that never expires counts as in an ordinary hash.
        if (m_position < 2 || element != "0")
            m_digester.part(element);
        if (++m_position == 3)
            endMember();
        break;
    }
}

QString RdbValue::typeName() const
{
    switch (m_type) {
    case Type::String: return u"string"_s;
    case Type::List: return u"list"_s;
    case Type::Set: return u"set"_s;
    case Type::SortedSet: return u"zset"_s;
    case Type::Hash:
    case Type::ExpiringHash: return u"hash"_s;
    case Type::Stream: return u"stream"_s;
    }
    return {};
}

Digest RdbValue::finish(std::string_view key, std::optional<std::int64_t> expiryMilliseconds)
{
    if (!isOrdered()) {
        digestName(key, expiryMilliseconds);
        for (const std::uint64_t word : m_members.words())
            m_digester.part(word);
    }
    return m_digester.finish();
}

} // namespace scalekeep::index
