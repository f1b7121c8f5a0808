#include "engine/index/contentdigest.h"

#include <QtEndian>

namespace scalekeep::index {

QByteArray hexOf(const Digest& digest)
{
    return QByteArray(reinterpret_cast<const char*>(digest.data()), static_cast<qsizetype>(digest.size())).toHex();
}

void DigestSum::add(const Digest& digest)
{
    DigestSum other;
    for (size_t word = 0; word < 4; ++word)
        other.m_words[3 - word] = qFromBigEndian<quint64>(digest.data() + 8 * word);
    add(other);
}

void DigestSum::add(const DigestSum& other)
{
    std::uint64_t carry = 0;
    for (size_t word = 0; word < 4; ++word) {
        const std::uint64_t partial = m_words[word] + other.m_words[word];
        const std::uint64_t overflow = partial < m_words[word] ? 1 : 0;
        m_words[word] = partial + carry;
        carry = overflow + (m_words[word] < partial ? 1 : 0);
    }
}

void DigestSum::subtract(const DigestSum& other)
{
    std::uint64_t borrow = 0;
    for (size_t word = 0; word < 4; ++word) {
        const std::uint64_t partial = m_words[word] - other.m_words[word];
        const std::uint64_t underflow = m_words[word] < other.m_words[word] ? 1 : 0;
        m_words[word] = partial - borrow;
        borrow = underflow + (partial < borrow ? 1 : 0);
    }
}

QByteArray DigestSum::toHex() const
{
    Digest digest;
    for (size_t word = 0; word < 4; ++word)
        qToBigEndian<quint64>(m_words[3 - word], digest.data() + 8 * word);
    return hexOf(digest);
}

std::optional<DigestSum> DigestSum::fromHex(QByteArrayView hex)
{
    const QByteArray raw = QByteArray::fromHex(hex.toByteArray());
    if (hex.size() != 64 || raw.size() != 32)
        return std::nullopt;
    Digest digest;
    std::copy(raw.begin(), raw.end(), digest.begin());
    DigestSum sum;
    sum.add(digest);
    return sum;
}

Digest Digester::of(std::string_view bytes)
{
    m_sha.add(bytesOf(bytes));
    return m_sha.finishRaw();
}

void Digester::part(std::string_view bytes)
{
    part(static_cast<std::uint64_t>(bytes.size()));
    m_sha.add(bytesOf(bytes));
}

void Digester::part(std::uint64_t number)
{
    std::array<char, 8> raw;
    qToLittleEndian<quint64>(number, raw.data());
    m_sha.add(raw);
}

} // namespace scalekeep::index
