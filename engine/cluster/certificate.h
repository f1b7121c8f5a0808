#pragma once

#include "engine/cluster/login.h"

#include <QSslCertificate>
#include <QSslError>

namespace scalekeep::cluster {

/// A Trust whose parts have been checked and read: what the TLS code compares with.
struct Roots {
    QString caFile;            ///< for texts
    QList<QSslCertificate> ca; ///< empty: the system's
    QStringList fingerprints;  ///< "AA:BB:…" each; empty: no pin
};

/// Reads the CA file and normalises the fingerprints; BadInput says which of them is not one.
Result<Roots> readTrust(const Trust& trust);

/// SHA-256 as `openssl x509 -fingerprint -sha256` prints it: "AA:BB:…".
QString fingerprintOf(const QSslCertificate& certificate);
Certificate describe(const QSslCertificate& certificate);

/// Why the certificate that `host` showed is not accepted, in one sentence, with what is in it and what to do.
Error untrusted(const QString& host, const QSslCertificate& shown, const QList<QSslError>& problems,
                const Roots& roots);

/// Whether a client that knows this one certificate as its only authority (as `oc` with it as certificate-authority)
/// accepts it for `host` now. UntrustedCertificate says why not.
Result<void> standsAlone(const QSslCertificate& certificate, const QString& host);

} // namespace scalekeep::cluster
