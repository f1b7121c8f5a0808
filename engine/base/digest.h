#pragma once

#include <QByteArray>

#include <array>
#include <memory>
#include <span>

struct evp_md_ctx_st;

namespace scalekeep {

/// SHA-256 while data streams by, with OpenSSL EVP (ten times as fast as QCryptographicHash, see bundle measurements).
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::span<const char> data);
    void add(const QByteArray& data) { add(std::span(data.constData(), static_cast<size_t>(data.size()))); }
    /// 64 lower-case hex digits; the object can be used for another stream afterwards.
    [[nodiscard]] QByteArray finish();
    /// The same as 32 raw bytes, without an allocation: for the digests of millions of rows.
    [[nodiscard]] std::array<unsigned char, 32> finishRaw();

    static QByteArray of(const QByteArray& data);

private:
    struct Free { void operator()(evp_md_ctx_st* context) const; };
    std::unique_ptr<evp_md_ctx_st, Free> m_context;
};

} // namespace scalekeep
