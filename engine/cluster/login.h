#pragma once

#include "engine/base/secret.h"
#include "engine/oc/client.h"

#include <QDateTime>
#include <QUrl>

namespace scalekeep::cluster {

/// One cluster that the user has added: what is remembered between starts (clusters.json in the state directory, no secret in it).
struct Cluster {
    QString name;             ///< the user's own, unique
    QUrl server;
    QString user;             ///< `oc whoami` at the last login
    QString caFile;           ///< copy in the state directory, or empty
    QString fingerprint;      ///< SHA-256 of the trusted server certificate, or empty
    QString tokenStore;       ///< "keychain", "runtime" (memory file system, gone at logout and exit) or "state" (on request)
    QStringList namespaces;   ///< typed by the user where projects may not be listed
    QString colour;
    bool readOnly = false;
    QDateTime tokenExpires;   ///< when known
    bool operator==(const Cluster&) const = default;
};

/// How to trust the server: a CA file, a SHA-256 fingerprint of its certificate, or the system's CAs.
struct Trust { QString caFile; QString fingerprint; };

struct Certificate { QString subject, issuer, fingerprint; QDateTime notBefore, notAfter; QByteArray pem; };

/// Remembers clusters, logs in, keeps tokens and writes one private kubeconfig a cluster (0600, never the user's own). Blocking calls for worker
/// threads. Passwords go over HTTPS with Qt Network (OAuth challenge flow), never in argv.
class Logins {
public:
    explicit Logins(QString home, Redactor& redactor); ///< home: state directory ($SCALEKEEP_HOME)

    [[nodiscard]] Result<QList<Cluster>> clusters() const;
    [[nodiscard]] Result<Cluster> cluster(const QString& name) const;
    Result<Cluster> loginWithToken(const QString& name, const QUrl& server, const Secret& token, const Trust& trust, bool storeToken);
    Result<Cluster> loginWithPassword(const QString& name, const QUrl& server, const QString& user, const Secret& password, const Trust& trust, bool storeToken);
    Result<Cluster> importKubeconfig(const QString& name, const QString& file, const QString& context, bool storeToken);
    Result<void> logout(const QString& name);      ///< also revokes the token at the server where it can
    Result<void> addNamespace(const QString& name, const QString& namespaceName);
    Result<void> update(const Cluster& cluster);   ///< colour, read-only, namespaces

    /// The connection for `oc`, with a kubeconfig that holds the token now; NotLoggedIn when there is none.
    [[nodiscard]] Result<oc::Connection> connection(const QString& name, const QString& namespaceName = {}) const;
    /// The certificate that a server shows, for the trust question.
    static Result<Certificate> peekCertificate(const QUrl& server);

private:
    QString m_home;
    Redactor* m_redactor;
};

/// Namespaces that hold 3scale: from `projects` where the user may list them, and from cluster.namespaces.
struct FoundNamespace { QString name; QString version, flavour, reason; };
Result<QList<FoundNamespace>> findNamespaces(const oc::Client& client, const QStringList& typed);

} // namespace scalekeep::cluster
