#include "engine/cluster/api.h"

#include <QCryptographicHash>
#include <QJsonDocument>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

QUrl at(const QUrl& server, const QString& path)
{
    QUrl url = server;
    url.setPath(path);
    return url;
}

HttpRequest authorized(const QByteArray& method, const QUrl& url, const Secret& token)
{
    HttpRequest request{method, url, {{"Accept", "application/json"}}, {}, false};
    if (!token.isEmpty())
        request.headers.emplaceBack("Authorization", "Bearer " + token.reveal());
    return request;
}

// A cluster with an external identity provider has no users API; Kubernetes itself still says who one is.
Result<QString> reviewedUser(const Https& https, const QUrl& server, const Credential& credential)
{
    HttpRequest request =
        authorized("POST", at(server, u"/apis/authentication.k8s.io/v1/selfsubjectreviews"_s), credential.token);
    request.headers.emplaceBack("Content-Type", "application/json");
    request.body = R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})";
    auto answer = https.send(request);
    if (!answer)
        return fail(answer.error());
    if (answer->status == 201)
        answer->status = 200;
    const auto json = jsonOf(*answer, server);
    if (!json)
        return fail(json.error());
    return json->value(u"status"_s)[u"userInfo"][u"username"].toString();
}

} // namespace

Result<QJsonObject> jsonOf(const HttpAnswer& answer, const QUrl& url)
{
    const QString host = authorityOf(url);
    if (answer.status >= 500)
        return fail(ErrorCode::Unreachable,
                    u"The server %1 is out of service at the moment (HTTP status %2)."_s.arg(host).arg(answer.status),
                    u"Nothing was changed. Try again later."_s);
    const QJsonDocument document = QJsonDocument::fromJson(answer.body);
    if (answer.status == 200 && document.isObject())
        return document.object();
    const QString type = QString::fromLatin1(answer.header("Content-Type")).section(u';', 0, 0).left(100);
    return fail(
        ErrorCode::BadInput,
        u"%1 is not the API server of an OpenShift cluster: it answered with HTTP status %2 and %3."_s.arg(host)
            .arg(answer.status)
            .arg(type.isEmpty() ? u"no content"_s : type),
        u"Nothing was changed. The address of the API is printed by `oc whoami --show-server`, for example https://api.cluster.example:6443; the console has another."_s);
}

Result<QString> userOf(const Https& https, const QUrl& server, const Credential& credential)
{
    const auto answer =
        https.send(authorized("GET", at(server, u"/apis/user.openshift.io/v1/users/~"_s), credential.token));
    if (!answer)
        return fail(answer.error());
    if (answer->status == 401)
        return fail(
            ErrorCode::NotLoggedIn,
            u"The server %1 does not accept this login: the token is wrong, has expired or was revoked."_s.arg(
                authorityOf(server)),
            u"Nothing was changed. Get a new token (“Copy login command” in the console) or log in with user and password."_s);
    if (answer->status == 403)
        return fail(ErrorCode::Forbidden,
                    u"The server %1 knows this login but does not let it ask who it is."_s.arg(authorityOf(server)),
                    u"Nothing was changed. Ask the cluster's administrator for the role “basic-user”."_s);
    QString user;
    if (answer->status == 404) {
        const auto reviewed = reviewedUser(https, server, credential);
        if (!reviewed)
            return reviewed;
        user = *reviewed;
    } else {
        const auto json = jsonOf(*answer, server);
        if (!json)
            return fail(json.error());
        user = json->value(u"metadata"_s)[u"name"].toString();
    }
    if (user.isEmpty() || user.size() > 1000 || user == u"system:anonymous")
        return fail(ErrorCode::NotLoggedIn, u"The server %1 does not say who this login is."_s.arg(authorityOf(server)),
                    u"Nothing was changed. Log in with another token."_s);
    return user;
}

Result<void> revoke(const Https& https, const QUrl& server, const Secret& token)
{
    // The object's name is a digest of the token, so that the address of this request gives nothing away.
    constexpr QByteArrayView prefix = "sha256~";
    QByteArray name = token.reveal();
    if (name.startsWith(prefix))
        name = prefix.toByteArray() + QCryptographicHash::hash(name.mid(prefix.size()), QCryptographicHash::Sha256)
                                          .toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
    else
        return fail(
            ErrorCode::Unsupported,
            u"This token is not an OAuth session (a service account's token, perhaps), so it cannot be revoked."_s);
    const auto answer = https.send(authorized(
        "DELETE", at(server, u"/apis/oauth.openshift.io/v1/oauthaccesstokens/"_s + QString::fromLatin1(name)), token));
    if (!answer)
        return fail(answer.error());
    // 401 and 404: it had ended already.
    if (answer->status == 200 || answer->status == 401 || answer->status == 404)
        return {};
    return fail(
        ErrorCode::RemoteFailed,
        u"The server %1 did not revoke the token (HTTP status %2)."_s.arg(authorityOf(server)).arg(answer->status));
}

} // namespace scalekeep::cluster
