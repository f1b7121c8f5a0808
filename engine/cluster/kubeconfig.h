#pragma once

#include "engine/base/result.h"
#include "engine/base/secret.h"

#include <QUrl>

namespace scalekeep::cluster {

/// What a user proves itself with: a token, or a client certificate with its key (PEM).
struct Credential {
    Secret token;
    QByteArray clientCertificate;
    Secret clientKey;
};

/// One context of a kubeconfig file, with what its files hold read in.
struct Kubeconfig {
    QString context;
    QUrl server;
    QByteArray ca; ///< PEM; empty: the system's authorities
    Credential credential;
    QString namespaceName;
};

/// Reads one context (the current one when `context` is empty) of a kubeconfig of unknown origin; the file is never
/// written. Refused with the reason: what runs programs (exec, auth-provider), passwords, impersonation, and whatever
/// would turn certificate checks off or send the connection elsewhere.
Result<Kubeconfig> readKubeconfig(const QString& path, const QString& context = {});
/// The same from memory; relative paths in it start at `folder`.
Result<Kubeconfig> parseKubeconfig(const QByteArray& text, const QString& path, const QString& folder,
                                   const QString& context = {});

/// A kubeconfig with this one context, for `oc`. `caFile`: path, or empty for the system's authorities.
QByteArray kubeconfigFor(const QUrl& server, const QString& caFile, const Credential& credential);

/// The API URL of a kubeconfig's current context.
Result<QUrl> serverOf(const QString& path);

/// https, a host, nothing else but a port: NormalizedServer of `oc`. Usage says what is wrong.
Result<QUrl> checkedServer(const QUrl& server);

} // namespace scalekeep::cluster
