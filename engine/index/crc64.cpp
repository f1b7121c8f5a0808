#include "engine/index/crc64.h"

#include <QtEndian>

#include <array>

namespace scalekeep::index {

namespace {
using Tables = std::array<std::array<std::uint64_t, 256>, 8>;

constexpr Tables makeTables()
{
    constexpr std::uint64_t Reflected = 0x95ac9329ac4bc9b5ULL;
    Tables tables{};
    for (std::uint64_t byte = 0; byte < 256; ++byte) {
        std::uint64_t crc = byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1) != 0 ? (crc >> 1) ^ Reflected : crc >> 1;
        tables[0][byte] = crc;
    }
    for (size_t byte = 0; byte < 256; ++byte)
        for (size_t step = 1; step < 8; ++step)
            tables[step][byte] = tables[0][tables[step - 1][byte] & 0xff] ^ (tables[step - 1][byte] >> 8);
    return tables;
}

constexpr Tables table = makeTables();
} // namespace

std::uint64_t crc64(std::uint64_t crc, std::span<const char> data)
{
    for (; data.size() >= 8; data = data.subspan(8)) {
        crc ^= qFromLittleEndian<quint64>(data.data());
        std::uint64_t next = 0;
        for (size_t step = 0; step < 8; ++step)
            next ^= table[7 - step][(crc >> (8 * step)) & 0xff];
        crc = next;
    }
    for (const char byte : data)
        crc = table[0][(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
    return crc;
}

} // namespace scalekeep::index
