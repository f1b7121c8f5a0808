#pragma once

#include "engine/base/secret.h"
#include "engine/oc/client.h"

#include <QDateTime>
#include <QUrl>

#include <memory>

namespace scalekeep::cluster {

/// One cluster that the user has added: what is remembered between starts (clusters.json in the state directory, no secret in it).
struct Cluster {
    QString name;             ///< the user's own, unique
    QUrl server;
    QString user;             ///< `oc whoami` at the last login
    QString caFile;           ///< copy in the state directory, or empty
    QString fingerprint;      ///< SHA-256 of the trusted server certificate, or empty
    QString tokenStore;       ///< "keychain", "runtime" (memory file system, gone at logout), "state" (on request), or empty: logged out
    QStringList namespaces;   ///< typed by the user where projects may not be listed
    QString colour;
    bool production = false;
    bool readOnly = false;
    bool imported = false;    ///< the login was taken from a kubeconfig of the user's: logging out here leaves it valid
    QDateTime tokenExpires;   ///< UTC, when known
    bool operator==(const Cluster&) const = default;
};

/// How to trust the server: a CA file, the SHA-256 fingerprint of its certificate (several, separated by commas, where the OAuth server
/// shows another one), or the system's CAs.
struct Trust { QString caFile; QString fingerprint; };

class KubeconfigStore;

struct Certificate { QString subject, issuer, fingerprint; QDateTime notBefore, notAfter; QByteArray pem; };

/// Remembers clusters, logs in, keeps tokens and writes one private kubeconfig a cluster (0600, never the user's own). Blocking calls for worker
/// threads; thread-safe. Passwords go over HTTPS with Qt Network (OAuth challenge flow), never in argv.
/// A login under the name of a known cluster of the same server keeps its colour, namespaces and, unless another is given, its trust.
class Logins {
public:
    explicit Logins(QString home, Redactor& redactor); ///< home: state directory ($SCALEKEEP_HOME)
    ~Logins();                                         ///< removes the kubeconfigs made from keychain entries
    Logins(const Logins&) = delete;
    Logins& operator=(const Logins&) = delete;

    [[nodiscard]] Result<QList<Cluster>> clusters() const;
    [[nodiscard]] Result<Cluster> cluster(const QString& name) const;
    Result<Cluster> loginWithToken(const QString& name, const QUrl& server, const Secret& token, const Trust& trust, bool storeToken);
    Result<Cluster> loginWithPassword(const QString& name, const QUrl& server, const QString& user, const Secret& password, const Trust& trust, bool storeToken);
    Result<Cluster> importKubeconfig(const QString& name, const QString& file, const QString& context, bool storeToken);
    /// Removes the login from this machine, then revokes the token at the server (unless imported); an Error about revoking says
    /// that the rest was done. The cluster itself stays remembered.
    Result<void> logout(const QString& name);
    Result<void> addNamespace(const QString& name, const QString& namespaceName);
    Result<void> update(const Cluster& cluster);   ///< colour, production, read-only, namespaces
    /// Removes the cluster from the list, with its login and its certificates here. The token stays valid at the server: log out first.
    Result<void> forget(const QString& name);

    /// The connection for `oc`, with a kubeconfig that holds the token now; NotLoggedIn when there is none.
    [[nodiscard]] Result<oc::Connection> connection(const QString& name, const QString& namespaceName = {}) const;
    /// For the end of a desktop session: removes the logins that are kept in the runtime directory only.
    void endSession();
    /// The certificate that a server shows, for the trust question.
    static Result<Certificate> peekCertificate(const QUrl& server);

private:
    struct Session;
    Result<Cluster> prepare(const QString& name, const QUrl& server, Trust& trust) const;
    Result<Cluster> keep(Cluster cluster, const Session& session, bool storeToken);

    QString m_home;
    Redactor* m_redactor;
    std::unique_ptr<KubeconfigStore> m_store;
};

} // namespace scalekeep::cluster
