#include "certificates.h"

#include <QRandomGenerator>

#include <memory>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace {

struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(BIO* p) const { BIO_free(p); }
    void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

QByteArray content(BIO* bio)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return QByteArray(data, size);
}

void extend(X509* certificate, X509* issuer, int kind, const QByteArray& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.constData()));
    X509_add_ext(certificate, extension.get(), -1);
}

Owned<BIO> reading(const QByteArray& bytes)
{
    return Owned<BIO>(BIO_new_mem_buf(bytes.constData(), static_cast<int>(bytes.size())));
}

} // namespace

TestCertificate makeCertificate(const CertificateWish& wish, const TestCertificate* issuer)
{
    const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
    const Owned<X509> certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), QRandomGenerator::system()->generate());
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), wish.fromSeconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), wish.toSeconds);
    X509_set_pubkey(certificate.get(), key.get());
    const QByteArray name = wish.name.toUtf8();
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.constData()), -1, -1, 0);

    Owned<X509> signer;
    Owned<EVP_PKEY> signingKey;
    if (issuer) {
        signer.reset(PEM_read_bio_X509(reading(issuer->pem).get(), nullptr, nullptr, nullptr));
        signingKey.reset(PEM_read_bio_PrivateKey(reading(issuer->key).get(), nullptr, nullptr, nullptr));
    }
    X509* by = signer ? signer.get() : certificate.get();
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
    extend(certificate.get(), by, NID_basic_constraints, wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!wish.alternatives.isEmpty())
        extend(certificate.get(), by, NID_subject_alt_name, wish.alternatives.join(u',').toUtf8());
    X509_sign(certificate.get(), signingKey ? signingKey.get() : key.get(), EVP_sha256());

    const Owned<BIO> pem(BIO_new(BIO_s_mem())), keyPem(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(pem.get(), certificate.get());
    PEM_write_bio_PrivateKey(keyPem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {content(pem.get()), content(keyPem.get())};
}
