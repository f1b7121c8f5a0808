#pragma once

#include "engine/cluster/https.h"
#include "engine/cluster/kubeconfig.h"

#include <QJsonObject>

namespace scalekeep::cluster {

/// The body of a 200 answer as a JSON object; otherwise an Error that says that this is not an OpenShift API, or out of
/// service.
Result<QJsonObject> jsonOf(const HttpAnswer& answer, const QUrl& url);

/// Who the server says that this credential is: the proof that a login works, as `oc whoami`. NotLoggedIn when it is
/// refused.
Result<QString> userOf(const Https& https, const QUrl& server, const Credential& credential);

/// Ends an OAuth token at the server, as `oc logout` does. A token that is already dead counts as ended.
Result<void> revoke(const Https& https, const QUrl& server, const Secret& token);

} // namespace scalekeep::cluster
