#pragma once

#include "engine/base/digest.h"

#include <QByteArray>

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace scalekeep::index {

/// A raw SHA-256.
using Digest = std::array<unsigned char, 32>;

inline std::span<const char> bytesOf(std::string_view text) { return {text.data(), text.size()}; }
QByteArray hexOf(const Digest& digest);

/// Digest of a multiset: the sum of its members' SHA-256 modulo 2^256. It does not depend on their order, duplicates count, and a
/// part can be taken out again.
class DigestSum {
public:
    void add(const Digest& digest);
    void add(const DigestSum& other);
    void subtract(const DigestSum& other);
    [[nodiscard]] QByteArray toHex() const;                       ///< 64 lower-case digits
    static std::optional<DigestSum> fromHex(QByteArrayView hex);
    [[nodiscard]] const std::array<std::uint64_t, 4>& words() const { return m_words; }
    bool operator==(const DigestSum&) const = default;

private:
    std::array<std::uint64_t, 4> m_words{}; ///< least significant first
};

/// Makes digests of byte strings and of sequences of them. In a sequence each part stands behind its length, so that ("ab", "c") and
/// ("a", "bc") differ. Not thread-safe.
class Digester {
public:
    Digest of(std::string_view bytes);

    void part(std::string_view bytes);
    void part(std::uint64_t number);
    /// Ends the sequence; the next part starts another.
    Digest finish() { return m_sha.finishRaw(); }

private:
    Sha256 m_sha;
};

} // namespace scalekeep::index
