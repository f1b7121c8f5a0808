#pragma once

#include <QByteArray>
#include <QStringList>

/// Real X.509 certificates for tests, made on the spot with OpenSSL (EC P-256).
struct TestCertificate { QByteArray pem, key; };

struct CertificateWish {
    QString name = QStringLiteral("localhost");
    QStringList alternatives; ///< "DNS:localhost", "IP:127.0.0.1"
    bool authority = false;
    qint64 fromSeconds = -3600, toSeconds = 3600; ///< relative to now
};

/// Signed by `issuer`, or by itself when that is null.
TestCertificate makeCertificate(const CertificateWish& wish, const TestCertificate* issuer = nullptr);
