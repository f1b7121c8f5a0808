#include "engine/index/rdbvalue.h"

#include <bit>
#include <charconv>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

void RdbValue::start(Type type)
{
    m_type = type;
    m_digester.finish();
    m_members = {};
    m_position = 0;
    m_badScore = false;
}

void RdbValue::endMember()
{
    m_members.add(m_digester.finish());
    m_position = 0;
}

void RdbValue::score(double score)
{
    // -0 and 0 are one score; Redis writes either.
    m_digester.part(std::bit_cast<std::uint64_t>(score == 0.0 ? 0.0 : score));
    endMember();
}

void RdbValue::element(std::string_view element)
{
    switch (m_type) {
    case Type::String:
    case Type::List:
    case Type::Stream:
        m_digester.part(element);
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
    // The digest of an ordered value is what was added so far; of an unordered one nothing is left over but the sum.
    const Digest ordered = m_digester.finish();
    const QByteArray members = m_members.toHex();
    const QByteArray name = typeName().toLatin1();
    m_digester.part({name.constData(), static_cast<size_t>(name.size())});
    m_digester.part(key);
    m_digester.part({reinterpret_cast<const char*>(ordered.data()), ordered.size()});
    m_digester.part({members.constData(), static_cast<size_t>(members.size())});
    if (expiryMilliseconds)
        m_digester.part(static_cast<std::uint64_t>(*expiryMilliseconds));
    return m_digester.finish();
}

} // namespace scalekeep::index
