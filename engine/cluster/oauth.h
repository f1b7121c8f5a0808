#pragma once

#include "engine/cluster/https.h"

namespace scalekeep::cluster {

struct Granted {
    Secret token;
    QDateTime expires;
}; ///< expires: UTC, invalid when the server did not say

/// Exchanges user and password for a token by OpenShift's challenge flow, as `oc login -u` does (code with PKCE where
/// the server offers it, else the token in the redirect). The password is sent in one header to the OAuth server that
/// the API names, over verified TLS only. NotLoggedIn: wrong user or password; Unsupported: no OAuth server, or one
/// that wants a browser.
Result<Granted> tokenForPassword(const Https& https, const QUrl& server, const QString& user, const Secret& password);

} // namespace scalekeep::cluster
