#include "engine/index/rdbreader.h"

#include <QtEndian>

#include <charconv>

namespace scalekeep::index {

namespace {
std::string_view decimal(std::int64_t number, std::string& scratch)
{
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    scratch.assign(text.data(), end);
    return scratch;
}
} // namespace

void RdbReader::start(std::string_view data)
{
    m_data = data;
    m_at = 0;
    m_needed = 0;
    m_problem = nullptr;
    m_nextScratch = 0;
}

bool RdbReader::fail(const char* problem)
{
    m_problem = problem;
    return false;
}

bool RdbReader::bytes(size_t count, std::string_view& out)
{
    if (m_data.size() - m_at < count) {
        m_needed = m_at + count;
        return false;
    }
    out = m_data.substr(m_at, count);
    m_at += count;
    return true;
}

bool RdbReader::byte(std::uint8_t& out)
{
    std::string_view raw;
    if (!bytes(1, raw))
        return false;
    out = static_cast<std::uint8_t>(raw.front());
    return true;
}

bool RdbReader::uint32(std::uint32_t& out)
{
    std::string_view raw;
    if (!bytes(4, raw))
        return false;
    out = qFromLittleEndian<quint32>(raw.data());
    return true;
}

bool RdbReader::uint64(std::uint64_t& out)
{
    std::string_view raw;
    if (!bytes(8, raw))
        return false;
    out = qFromLittleEndian<quint64>(raw.data());
    return true;
}

bool RdbReader::lengthOrEncoding(std::uint64_t& out, bool& encoded)
{
    std::uint8_t first = 0;
    std::string_view raw;
    if (!byte(first))
        return false;
    encoded = false;
    switch (first >> 6) {
    case 0:
        out = first & 0x3f;
        return true;
    case 1: {
        std::uint8_t second = 0;
        if (!byte(second))
            return false;
        out = (static_cast<std::uint64_t>(first & 0x3f) << 8) | second;
        return true;
    }
    case 2:
        if (first == 0x80) {
            if (!bytes(4, raw))
                return false;
            out = qFromBigEndian<quint32>(raw.data());
            return true;
        }
        if (first != 0x81)
            return fail("a length has an unknown form");
        if (!bytes(8, raw))
            return false;
        out = qFromBigEndian<quint64>(raw.data());
        return true;
    default:
        encoded = true;
        out = first & 0x3f;
        return true;
    }
}

bool RdbReader::length(std::uint64_t& out)
{
    bool encoded = false;
    if (!lengthOrEncoding(out, encoded))
        return false;
    return !encoded || fail("a string stands where a length should be");
}

bool RdbReader::packed(std::string& scratch, std::string_view& out)
{
    std::uint64_t packedSize = 0;
    std::uint64_t size = 0;
    std::string_view raw;
    if (!length(packedSize) || !length(size))
        return false;
    if (packedSize > MaxString || size > MaxString)
        return fail("a string has more than 512 MiB");
    if (!bytes(static_cast<size_t>(packedSize), raw))
        return false;
    if (!unpackLzf(raw, static_cast<size_t>(size), scratch))
        return fail("a packed string cannot be unpacked");
    out = scratch;
    return true;
}

bool RdbReader::string(std::string_view& out)
{
    std::uint64_t size = 0;
    bool encoded = false;
    std::string_view raw;
    if (!lengthOrEncoding(size, encoded))
        return false;
    if (!encoded) {
        if (size > MaxString)
            return fail("a string has more than 512 MiB");
        return bytes(static_cast<size_t>(size), out);
    }
    std::string& scratch = m_scratch[m_nextScratch];
    m_nextScratch = (m_nextScratch + 1) % m_scratch.size();
    switch (size) {
    case 0:
        if (!bytes(1, raw))
            return false;
        out = decimal(static_cast<std::int8_t>(raw.front()), scratch);
        return true;
    case 1:
        if (!bytes(2, raw))
            return false;
        out = decimal(qFromLittleEndian<qint16>(raw.data()), scratch);
        return true;
    case 2:
        if (!bytes(4, raw))
            return false;
        out = decimal(qFromLittleEndian<qint32>(raw.data()), scratch);
        return true;
    case 3: return packed(scratch, out);
    default: return fail("a string has an unknown encoding");
    }
}

bool unpackLzf(std::string_view packed, size_t size, std::string& out)
{
    // No input makes more than 264 bytes of three: a small string that claims to become a huge one takes no memory.
    if (size / 100 > packed.size())
        return false;
    out.resize(size);
    size_t to = 0;
    for (size_t from = 0; from < packed.size();) {
        const auto control = static_cast<unsigned char>(packed[from++]);
        if (control < 32) {
            const size_t count = control + 1U;
            if (packed.size() - from < count || size - to < count)
                return false;
            packed.copy(out.data() + to, count, from);
            from += count;
            to += count;
            continue;
        }
        size_t count = control >> 5;
        if (count == 7) {
            if (from == packed.size())
                return false;
            count += static_cast<unsigned char>(packed[from++]);
        }
        count += 2;
        if (from == packed.size())
            return false;
        const size_t back = (static_cast<size_t>(control & 0x1f) << 8) + static_cast<unsigned char>(packed[from++]) + 1;
        if (back > to || size - to < count)
            return false;
        // Byte by byte: the copied part may overlap what it makes.
        for (; count > 0; --count, ++to)
            out[to] = out[to - back];
    }
    return to == size;
}

} // namespace scalekeep::index
