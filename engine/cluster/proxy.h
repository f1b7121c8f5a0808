#pragma once

#include <QNetworkProxy>
#include <QProcessEnvironment>
#include <QUrl>

namespace scalekeep::cluster {

/// The proxy that `oc` would use for this HTTPS address: HTTPS_PROXY and NO_PROXY as Go's client reads them, so that a
/// login and the commands after it take the same way.
QNetworkProxy proxyFor(const QUrl& url, const QProcessEnvironment& environment);

} // namespace scalekeep::cluster
