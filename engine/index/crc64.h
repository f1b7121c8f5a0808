#pragma once

#include <cstdint>
#include <span>

namespace scalekeep::index {

/// The CRC-64 that ends an RDB file (Jones polynomial, reflected, no final inversion), eight bytes a step. Start with 0.
std::uint64_t crc64(std::uint64_t crc, std::span<const char> data);

} // namespace scalekeep::index
