#include "engine/cluster/proxy.h"

#include <QHostAddress>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

QString variable(const QProcessEnvironment& environment, const QString& upper)
{
    const QString value = environment.value(upper);
    return (value.isEmpty() ? environment.value(upper.toLower()) : value).trimmed();
}

bool matches(const QString& entry, const QString& host, int port)
{
    if (entry == u"*")
        return true;
    const QHostAddress address(host);
    if (entry.contains(u'/')) {
        const auto subnet = QHostAddress::parseSubnet(entry);
        return !address.isNull() && subnet.second >= 0 && address.isInSubnet(subnet);
    }
    QString name = entry;
    // "name:port", but not a bare IPv6 address.
    if (const qsizetype colon = name.lastIndexOf(u':'); colon > 0 && name.count(u':') == 1) {
        if (name.mid(colon + 1).toInt() != port)
            return false;
        name.truncate(colon);
    }
    if (name.startsWith(u'.') || name.startsWith(u"*."))
        return host.endsWith(name.mid(name.indexOf(u'.')), Qt::CaseInsensitive);
    return host.compare(name, Qt::CaseInsensitive) == 0 || host.endsWith(u'.' + name, Qt::CaseInsensitive);
}

} // namespace

QNetworkProxy proxyFor(const QUrl& url, const QProcessEnvironment& environment)
{
    const QString setting = variable(environment, u"HTTPS_PROXY"_s);
    const QString host = url.host();
    if (setting.isEmpty() || host == u"localhost" || QHostAddress(host).isLoopback())
        return QNetworkProxy(QNetworkProxy::NoProxy);
    for (const QString& entry : variable(environment, u"NO_PROXY"_s).split(u',', Qt::SkipEmptyParts)) {
        if (matches(entry.trimmed(), host, url.port(443)))
            return QNetworkProxy(QNetworkProxy::NoProxy);
    }
    const QUrl proxy(setting.contains(u"://") ? setting : u"http://"_s + setting);
    const bool socks = proxy.scheme().startsWith(u"socks5");
    return QNetworkProxy(socks ? QNetworkProxy::Socks5Proxy : QNetworkProxy::HttpProxy, proxy.host(),
                         static_cast<quint16>(proxy.port(socks ? 1080 : 80)), proxy.userName(), proxy.password());
}

} // namespace scalekeep::cluster
