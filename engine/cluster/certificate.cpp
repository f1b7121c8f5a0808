#include "engine/cluster/certificate.h"

#include "engine/base/files.h"

#include <QHostAddress>
#include <QRegularExpression>

#include <algorithm>
#include <memory>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qint64 largestCaFile = 1024LL * 1024;

Result<QString> normalFingerprint(const QString& given)
{
    // As `openssl` prints it, with or without its label, or as plain hex.
    static const QRegularExpression label(u"^\\s*sha-?256(\\s+fingerprint)?\\s*[:=]\\s*"_s,
                                          QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression digits(u"^[0-9A-F]{64}$"_s);
    const QString hex = QString(given).remove(label).remove(u':').remove(u' ').trimmed().toUpper();
    if (!digits.match(hex).hasMatch())
        return fail(ErrorCode::Usage,
                    u"“%1” is not a SHA-256 fingerprint of 64 hexadecimal digits."_s.arg(given.left(200)),
                    u"`openssl x509 -noout -fingerprint -sha256` prints that of a certificate."_s);
    QStringList pairs;
    for (qsizetype at = 0; at < hex.size(); at += 2)
        pairs.append(hex.mid(at, 2));
    return pairs.join(u':');
}

QString nameOf(const QStringList& common, const QStringList& organisation)
{
    const QString name = common.join(u", "_s);
    return name.isEmpty() ? organisation.join(u", "_s) : name;
}

QStringList namesIn(const QSslCertificate& certificate)
{
    QStringList names;
    const auto alternative = certificate.subjectAlternativeNames();
    for (const QString& name : alternative)
        names.append(name);
    std::sort(names.begin(), names.end());
    return names.isEmpty() ? certificate.subjectInfo(QSslCertificate::CommonName) : names;
}

QString reasonOf(const QSslCertificate& shown, const QString& host, const QList<QSslError>& problems,
                 const Roots& roots)
{
    if (!roots.fingerprints.isEmpty())
        return u"The certificate of %1 has another fingerprint than the trusted one"_s.arg(host);
    const auto has = [&problems](std::initializer_list<QSslError::SslError> kinds) {
        return std::any_of(problems.begin(), problems.end(), [kinds](const QSslError& p) {
            return std::find(kinds.begin(), kinds.end(), p.error()) != kinds.end();
        });
    };
    if (has({QSslError::CertificateExpired}))
        return u"The certificate of %1 expired at %2"_s.arg(host, shown.expiryDate().toUTC().toString(Qt::ISODate));
    if (has({QSslError::CertificateNotYetValid}))
        return u"The certificate of %1 is valid only from %2, by this machine's clock"_s.arg(
            host, shown.effectiveDate().toUTC().toString(Qt::ISODate));
    if (has({QSslError::UnableToGetIssuerCertificate, QSslError::UnableToGetLocalIssuerCertificate,
             QSslError::UnableToVerifyFirstCertificate, QSslError::SelfSignedCertificate,
             QSslError::SelfSignedCertificateInChain, QSslError::CertificateUntrusted, QSslError::NoPeerCertificate}))
        return roots.caFile.isEmpty()
                   ? u"The certificate of %1 is signed by an authority that this machine does not know"_s.arg(host)
                   : u"The certificate of %1 is not signed by the authority in “%2”"_s.arg(host, roots.caFile);
    if (has({QSslError::HostNameMismatch}))
        return u"The certificate of %1 is not for this name but for %2"_s.arg(host,
                                                                              namesIn(shown).join(u", "_s).left(1000));
    return u"The certificate of %1 was not accepted: %2"_s.arg(
        host, problems.isEmpty() ? u"no reason was given"_s : problems.first().errorString());
}

struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(X509_STORE* p) const { X509_STORE_free(p); }
    void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
};

} // namespace

Result<Roots> readTrust(const Trust& trust)
{
    Roots roots;
    for (const QString& given : trust.fingerprint.split(u',', Qt::SkipEmptyParts)) {
        const auto fingerprint = normalFingerprint(given);
        if (!fingerprint)
            return fail(fingerprint.error());
        roots.fingerprints.append(*fingerprint);
    }
    if (trust.caFile.isEmpty())
        return roots;
    if (!roots.fingerprints.isEmpty())
        return fail(ErrorCode::Usage,
                    u"A CA file and a fingerprint exclude each other: the server is trusted by one of them."_s);
    const auto content = readFile(trust.caFile, largestCaFile);
    if (!content)
        return fail(content.error());
    roots.caFile = trust.caFile;
    roots.ca = QSslCertificate::fromData(*content, QSsl::Pem);
    if (roots.ca.isEmpty())
        return fail(ErrorCode::BadInput, u"“%1” holds no certificate in PEM form."_s.arg(trust.caFile),
                    u"Nothing was changed. A CA file has lines like “-----BEGIN CERTIFICATE-----”."_s);
    return roots;
}

QString fingerprintOf(const QSslCertificate& certificate)
{
    return QString::fromLatin1(certificate.digest(QCryptographicHash::Sha256).toHex(':').toUpper());
}

Certificate describe(const QSslCertificate& certificate)
{
    return {nameOf(certificate.subjectInfo(QSslCertificate::CommonName),
                   certificate.subjectInfo(QSslCertificate::Organization)),
            nameOf(certificate.issuerInfo(QSslCertificate::CommonName),
                   certificate.issuerInfo(QSslCertificate::Organization)),
            fingerprintOf(certificate),
            certificate.effectiveDate().toUTC(),
            certificate.expiryDate().toUTC(),
            certificate.toPem()};
}

Error untrusted(const QString& host, const QSslCertificate& shown, const QList<QSslError>& problems, const Roots& roots)
{
    const Certificate facts = describe(shown);
    const QString detail = u"Subject: %1\nIssuer: %2\nNames: %3\nValid: %4 to %5\nSHA-256 fingerprint: %6"_s.arg(
        facts.subject.left(200), facts.issuer.left(200), namesIn(shown).join(u", "_s).left(1000),
        facts.notBefore.toString(Qt::ISODate), facts.notAfter.toString(Qt::ISODate), facts.fingerprint);
    const QString hint =
        roots.fingerprints.isEmpty()
            ? u"Nothing was sent to the server. Compare the fingerprint with the one that the cluster's administrator gives you, then log in again with --ca FILE or --trust %1."_s
                  .arg(facts.fingerprint)
            : u"Nothing was sent to the server. Either its certificate was renewed or somebody stands in between: ask the cluster's administrator for the fingerprint, then log in again with --trust."_s;
    return {ErrorCode::UntrustedCertificate, reasonOf(shown, host, problems, roots) + u'.', detail, hint};
}

Result<void> standsAlone(const QSslCertificate& certificate, const QString& host)
{
    const QByteArray der = certificate.toDer();
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.constData());
    const std::unique_ptr<X509, Free> leaf(d2i_X509(nullptr, &bytes, der.size()));
    const std::unique_ptr<X509_STORE, Free> store(X509_STORE_new());
    const std::unique_ptr<X509_STORE_CTX, Free> context(X509_STORE_CTX_new());
    if (!leaf || !store || !context || X509_STORE_add_cert(store.get(), leaf.get()) != 1 ||
        X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr) != 1)
        return fail(ErrorCode::UntrustedCertificate, u"The certificate of %1 cannot be read."_s.arg(host));
    X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
    // Go's verifier, which `oc` uses, takes any certificate of the pool as an authority, not only self-signed
    // ones, and looks for names in the alternative names alone.
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_SERVER);
    const QByteArray name = host.toUtf8();
    if (QHostAddress(host).isNull())
        X509_VERIFY_PARAM_set1_host(rules, name.constData(), static_cast<size_t>(name.size()));
    else
        X509_VERIFY_PARAM_set1_ip_asc(rules, name.constData());
    if (X509_verify_cert(context.get()) == 1)
        return {};
    const QString why = QString::fromUtf8(X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
    return fail(
        ErrorCode::UntrustedCertificate,
        u"The certificate with the trusted fingerprint is not valid for %1 (%2), so `oc` would refuse it."_s.arg(host,
                                                                                                                 why),
        u"Nothing was changed. Use one of the names in the certificate (%1) as the server's address, or --ca with the cluster's CA."_s
            .arg(namesIn(certificate).join(u", "_s).left(1000)));
}

} // namespace scalekeep::cluster
