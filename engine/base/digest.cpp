#include "engine/base/digest.h"

#include <new>
#include <openssl/evp.h>

namespace scalekeep {

namespace {
void start(evp_md_ctx_st* context)
{
    // Fetched once and never freed: EVP_sha256() looks the algorithm up each time, which triples the cost of a short digest.
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    // Fails only when memory is exhausted or OpenSSL itself is broken: nothing a caller could handle.
    if (!sha256 || EVP_DigestInit_ex(context, sha256, nullptr) != 1)
        throw std::bad_alloc();
}
} // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const
{
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : m_context(EVP_MD_CTX_new())
{
    if (!m_context)
        throw std::bad_alloc();
    start(m_context.get());
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::add(std::span<const char> data)
{
    EVP_DigestUpdate(m_context.get(), data.data(), data.size());
}

QByteArray Sha256::finish()
{
    const auto digest = finishRaw();
    return QByteArray(reinterpret_cast<const char*>(digest.data()), static_cast<qsizetype>(digest.size())).toHex();
}

std::array<unsigned char, 32> Sha256::finishRaw()
{
    std::array<unsigned char, 32> digest{};
    EVP_DigestFinal_ex(m_context.get(), digest.data(), nullptr);
    start(m_context.get());
    return digest;
}

QByteArray Sha256::of(const QByteArray& data)
{
    Sha256 digest;
    digest.add(data);
    return digest.finish();
}

} // namespace scalekeep
