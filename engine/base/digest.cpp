#include "engine/base/digest.h"

#include <array>
#include <new>
#include <openssl/evp.h>

namespace scalekeep {

namespace {
void start(evp_md_ctx_st* context)
{
    // Fails only when memory is exhausted or OpenSSL itself is broken: nothing a caller could handle.
    if (EVP_DigestInit_ex(context, EVP_sha256(), nullptr) != 1)
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
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(m_context.get(), digest.data(), &size);
    start(m_context.get());
    return QByteArray(reinterpret_cast<const char*>(digest.data()), static_cast<qsizetype>(size)).toHex();
}

QByteArray Sha256::of(const QByteArray& data)
{
    Sha256 digest;
    digest.add(data);
    return digest.finish();
}

} // namespace scalekeep
