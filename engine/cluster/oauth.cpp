#include "engine/cluster/oauth.h"

#include "engine/cluster/api.h"

#include <QCryptographicHash>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QUrlQuery>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

const QString client = u"openshift-challenging-client"_s;

struct OAuthServer {
    QUrl issuer, authorize, token;
    bool pkce = false;
    [[nodiscard]] QString redirect() const
    {
        return issuer.toString(QUrl::StripTrailingSlash) + u"/oauth/token/implicit"_s;
    }
    [[nodiscard]] QString tokenPage() const
    {
        return issuer.toString(QUrl::StripTrailingSlash) + u"/oauth/token/request"_s;
    }
};

Result<OAuthServer> discover(const Https& https, const QUrl& server)
{
    QUrl url = server;
    url.setPath(u"/.well-known/oauth-authorization-server"_s);
    const auto answer = https.send({"GET", url, {{"Accept", "application/json"}}, {}, false});
    if (!answer)
        return fail(answer.error());
    const QString type = QString::fromLatin1(answer->header("Content-Type"));
    if (answer->status == 404 && !type.contains(u"html"))
        return fail(
            ErrorCode::Unsupported,
            u"The server %1 has no OAuth server of its own: it is not OpenShift, or users log in at an external identity provider."_s
                .arg(authorityOf(server)),
            u"Nothing was changed. Log in with a token instead."_s);
    const auto json = jsonOf(*answer, server);
    if (!json)
        return fail(json.error());
    const auto https_ = [&json](const QString& key) { return QUrl(json->value(key).toString(), QUrl::StrictMode); };
    OAuthServer found{https_(u"issuer"_s), https_(u"authorization_endpoint"_s), https_(u"token_endpoint"_s),
                      json->value(u"code_challenge_methods_supported"_s).toArray().contains(u"S256"_s)};
    for (const QUrl& endpoint : {found.issuer, found.authorize, found.token}) {
        if (endpoint.scheme() != u"https" || endpoint.host().isEmpty())
            return fail(ErrorCode::BadInput,
                        u"The server %1 names no usable OAuth server (“%2”)."_s.arg(authorityOf(server),
                                                                                    endpoint.toString().left(300)),
                        u"Nothing was sent to it. Log in with a token instead."_s);
    }
    return found;
}

QByteArray urlSafe(const QByteArray& bytes)
{
    return bytes.toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

QByteArray randomVerifier()
{
    QByteArray bytes;
    for (int i = 0; i < 32; ++i)
        bytes.append(static_cast<char>(QRandomGenerator::system()->bounded(256)));
    return urlSafe(bytes);
}

// Form values: QUrlQuery would leave a plus as it is, which the server reads as a space.
QByteArray form(const QList<std::pair<QByteArray, QByteArray>>& fields)
{
    QByteArrayList parts;
    for (const auto& [key, value] : fields)
        parts.append(key + '=' + value.toPercentEncoding());
    return parts.join('&');
}

QDateTime expiry(qint64 seconds)
{
    return seconds > 0 ? QDateTime::currentDateTimeUtc().addSecs(seconds) : QDateTime();
}

Error noPasswords(const OAuthServer& oauth, const QString& why)
{
    return {ErrorCode::Unsupported,
            why,
            {},
            u"Nothing was changed. Get a token at %1 and log in with it."_s.arg(oauth.tokenPage().left(500))};
}

// The answer to the challenge when it is no redirect.
Error refusal(const HttpAnswer& answer, const OAuthServer& oauth)
{
    const QString host = authorityOf(oauth.authorize);
    if (answer.status == 401 && answer.header("WWW-Authenticate").toLower().contains("basic"))
        return {ErrorCode::NotLoggedIn,
                u"%1 does not accept this user and password."_s.arg(host),
                {},
                u"Nothing was changed. Check both and try again."_s};
    if (answer.status == 401)
        return noPasswords(
            oauth,
            u"The identity providers of this cluster take no password here: they want a login in the browser."_s);
    if (answer.status >= 500)
        return {ErrorCode::Unreachable,
                u"The OAuth server %1 is out of service at the moment (HTTP status %2)."_s.arg(host).arg(answer.status),
                {},
                u"Nothing was changed. Try again later, or log in with a token."_s};
    return {ErrorCode::BadInput,
            u"The OAuth server %1 gave an answer that is no login (HTTP status %2)."_s.arg(host).arg(answer.status),
            {},
            u"Nothing was changed. Get a token at %1 and log in with it."_s.arg(oauth.tokenPage().left(500))};
}

Result<Granted> exchangeCode(const Https& https, const OAuthServer& oauth, const QString& code,
                             const QByteArray& verifier)
{
    HttpRequest request{"POST",
                        oauth.token,
                        {{"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}},
                        {},
                        true};
    request.headers.emplaceBack("Authorization", "Basic " + (client + u':').toUtf8().toBase64());
    request.body = form({{"grant_type", "authorization_code"},
                         {"code", code.toUtf8()},
                         {"redirect_uri", oauth.redirect().toUtf8()},
                         {"code_verifier", verifier}});
    const auto answer = https.send(request);
    if (!answer)
        return fail(answer.error());
    const auto json = jsonOf(*answer, oauth.token);
    const QByteArray token = json ? json->value(u"access_token"_s).toString().toUtf8() : QByteArray();
    if (token.isEmpty() && json.has_value())
        return fail(ErrorCode::BadInput,
                    u"The OAuth server %1 accepted the password but gave no token."_s.arg(authorityOf(oauth.token)),
                    u"Nothing was changed. Log in with a token instead."_s);
    if (token.isEmpty())
        return fail(json.error());
    return Granted{Secret(token), expiry(json->value(u"expires_in"_s).toInteger())};
}

} // namespace

Result<Granted> tokenForPassword(const Https& https, const QUrl& server, const QString& user, const Secret& password)
{
    if (user.isEmpty() || user.contains(u':'))
        return fail(ErrorCode::Usage, u"A user name is needed, and it cannot contain a colon."_s);
    const auto oauth = discover(https, server);
    if (!oauth)
        return fail(oauth.error());
    const QByteArray verifier = randomVerifier();
    QList<std::pair<QByteArray, QByteArray>> query{{"client_id", client.toUtf8()},
                                                   {"response_type", oauth->pkce ? "code" : "token"},
                                                   {"redirect_uri", oauth->redirect().toUtf8()}};
    if (oauth->pkce)
        query += {{"code_challenge", urlSafe(QCryptographicHash::hash(verifier, QCryptographicHash::Sha256))},
                  {"code_challenge_method", "S256"}};
    QUrl url = oauth->authorize;
    url.setQuery(QString::fromLatin1(form(query)), QUrl::StrictMode);
    // Without the CSRF header the server would answer with its login page for browsers.
    const auto answer = https.send(
        {"GET",
         url,
         {{"X-CSRF-Token", "1"}, {"Authorization", "Basic " + (user.toUtf8() + ':' + password.reveal()).toBase64()}},
         {},
         true});
    if (!answer)
        return fail(answer.error());
    const QUrl target = url.resolved(QUrl::fromEncoded(answer->header("Location")));
    if (answer->status < 300 || answer->status >= 400 || answer->header("Location").isEmpty())
        return fail(refusal(*answer, *oauth));

    const QUrlQuery inQuery(target.query()), inFragment(target.fragment());
    const auto value = [&](const QString& key) {
        return inQuery.hasQueryItem(key) ? inQuery.queryItemValue(key, QUrl::FullyDecoded)
                                         : inFragment.queryItemValue(key, QUrl::FullyDecoded);
    };
    if (const QString error = value(u"error"_s); !error.isEmpty())
        return fail(ErrorCode::NotLoggedIn,
                    u"The OAuth server %1 refused the login: %2."_s.arg(authorityOf(oauth->authorize), error.left(200)),
                    u"Nothing was changed. Check user and password, or log in with a token."_s,
                    value(u"error_description"_s).left(1000));
    if (oauth->pkce && !value(u"code"_s).isEmpty())
        return exchangeCode(https, *oauth, value(u"code"_s), verifier);
    if (!oauth->pkce && !value(u"access_token"_s).isEmpty())
        return Granted{Secret(value(u"access_token"_s).toUtf8()), expiry(value(u"expires_in"_s).toLongLong())};
    return fail(noPasswords(
        *oauth, u"The OAuth server sends this login on to %1, which wants a browser."_s.arg(target.host().left(300))));
}

} // namespace scalekeep::cluster
