#include "engine/cluster/kubeconfig.h"

#include "engine/base/files.h"
#include "engine/yaml/reader.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;
using yaml::Value;

namespace {

constexpr qint64 largestFile = 1024LL * 1024;

const QString unchanged =
    u"Nothing was changed, and the file was only read. Log in with a token or with user and password instead."_s;

QString text(const Value* map, QStringView key)
{
    const Value* value = map ? map->find(key) : nullptr;
    return value && value->kind == Value::Kind::Scalar ? value->text : QString();
}

QStringList namesOf(const Value& root, QStringView list)
{
    QStringList names;
    if (const Value* entries = root.find(list)) {
        for (const Value& entry : entries->items)
            names.append(text(&entry, u"name"));
    }
    return names;
}

// Entry `name` of the list `contexts`, `clusters` or `users`; the first of several, as the client does.
const Value* entryOf(const Value& root, QStringView list, QStringView body, const QString& name)
{
    const Value* entries = root.find(list);
    if (!entries)
        return nullptr;
    for (const Value& entry : entries->items) {
        if (text(&entry, u"name") == name)
            return entry.find(body);
    }
    return nullptr;
}

class Reader {
public:
    Reader(const QString& path, const QString& folder) : m_path(path), m_folder(folder) {}

    // Data given inline in base64 under `key`-data, or in a file under `key`.
    Result<QByteArray> dataOrFile(const Value* map, const QString& key) const
    {
        const QString inlined = text(map, QString(key + u"-data"_s));
        if (!inlined.isEmpty()) {
            const auto decoded =
                QByteArray::fromBase64Encoding(inlined.toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
            if (!decoded)
                return fail(yaml::errorAt(m_path, map->find(QString(key + u"-data"_s))->line,
                                          u"%1-data is not base64"_s.arg(key)));
            return *decoded;
        }
        const QString file = text(map, key);
        return file.isEmpty() ? Result<QByteArray>() : content(file);
    }

    Result<QByteArray> content(const QString& file) const
    {
        const QString path = QDir(m_folder).absoluteFilePath(file);
        // A pipe or a device would keep us reading for ever.
        if (QFileInfo(path).exists() && !QFileInfo(path).isFile())
            return fail(ErrorCode::BadInput, u"“%1”, which %2 names, is not a regular file."_s.arg(path, m_path),
                        unchanged);
        return readFile(path, largestFile);
    }

    Result<Credential> credential(const Value* user, const QString& name) const
    {
        const auto refuse = [&](const QString& why) {
            return fail(ErrorCode::Unsupported, u"The user “%1” in %2 %3."_s.arg(name, m_path, why), unchanged);
        };
        if (user->find(u"exec"))
            return refuse(u"gets its token from the program “%1”, which is not run here"_s.arg(
                text(user->find(u"exec"), u"command").left(200)));
        if (user->find(u"auth-provider"))
            return refuse(u"uses an auth-provider, which is not supported"_s);
        if (user->find(u"as") || user->find(u"as-uid") || user->find(u"as-groups"))
            return refuse(u"impersonates somebody else, so that records would name the wrong person"_s);
        Credential found;
        if (const QString file = text(user, u"tokenFile"); !file.isEmpty()) {
            const auto token = content(file);
            if (!token)
                return fail(token.error());
            found.token = Secret(token->trimmed());
        } else {
            found.token = Secret(text(user, u"token").trimmed().toUtf8());
        }
        if (!found.token.isEmpty())
            return found;
        const auto certificate = dataOrFile(user, u"client-certificate"_s);
        const auto key = dataOrFile(user, u"client-key"_s);
        if (!certificate)
            return fail(certificate.error());
        if (!key)
            return fail(key.error());
        if (!certificate->isEmpty() && !key->isEmpty())
            return Credential{{}, *certificate, Secret(*key)};
        if (user->find(u"username"))
            return refuse(u"has a password, which OpenShift does not take at the API"_s);
        return refuse(u"has neither token nor client certificate (its session has ended, perhaps)"_s);
    }

private:
    QString m_path, m_folder;
};

} // namespace

Result<Kubeconfig> readKubeconfig(const QString& path, const QString& context)
{
    if (QFileInfo(path).exists() && !QFileInfo(path).isFile())
        return fail(ErrorCode::BadInput, u"“%1” is not a regular file."_s.arg(path));
    const auto content = readFile(path, largestFile);
    if (!content)
        return fail(content.error());
    return parseKubeconfig(*content, path, QFileInfo(path).absolutePath(), context);
}

Result<Kubeconfig> parseKubeconfig(const QByteArray& content, const QString& path, const QString& folder,
                                   const QString& wanted)
{
    const auto root = yaml::parse(content, path);
    if (!root)
        return fail(root.error());
    if (text(&*root, u"kind") != u"Config" && !root->find(u"clusters"))
        return fail(ErrorCode::BadInput, u"“%1” is not a kubeconfig file: it has no list of clusters."_s.arg(path));
    Kubeconfig found;
    found.context = wanted.isEmpty() ? text(&*root, u"current-context") : wanted;
    const QString known = namesOf(*root, u"contexts").join(u", "_s).left(2000);
    const Value* context = entryOf(*root, u"contexts", u"context", found.context);
    if (!context)
        return fail(ErrorCode::NotFound,
                    found.context.isEmpty() ? u"%1 has no current context."_s.arg(path)
                                            : u"%1 has no context “%2”."_s.arg(path, found.context),
                    known.isEmpty() ? QString() : u"It has: %1. Choose one with --context."_s.arg(known));
    found.namespaceName = text(context, u"namespace");
    const QString clusterName = text(context, u"cluster"), userName = text(context, u"user");
    const Value* cluster = entryOf(*root, u"clusters", u"cluster", clusterName);
    const Value* user = entryOf(*root, u"users", u"user", userName);
    if (!cluster || !user)
        return fail(
            ErrorCode::BadInput,
            u"The context “%1” in %2 names the %3, which the file does not have."_s.arg(
                found.context, path, cluster ? u"user “%1”"_s.arg(userName) : u"cluster “%1”"_s.arg(clusterName)));
    if (text(cluster, u"insecure-skip-tls-verify") == u"true")
        return fail(
            ErrorCode::Unsupported,
            u"The cluster “%1” in %2 has its certificate checks turned off, which is not taken over."_s.arg(clusterName,
                                                                                                            path),
            u"Nothing was changed. Log in with --ca FILE or with --trust and the fingerprint of its certificate."_s);
    for (const QStringView key : {QStringView(u"proxy-url"), QStringView(u"tls-server-name")}) {
        if (cluster->find(key))
            return fail(ErrorCode::Unsupported,
                        u"The cluster “%1” in %2 uses “%3”, which is not supported."_s.arg(clusterName, path, key),
                        unchanged);
    }
    const auto server = checkedServer(QUrl(text(cluster, u"server"), QUrl::StrictMode));
    if (!server)
        return fail(server.error());
    found.server = *server;
    const Reader reader(path, folder);
    const auto ca = reader.dataOrFile(cluster, u"certificate-authority"_s);
    if (!ca)
        return fail(ca.error());
    found.ca = *ca;
    const auto credential = reader.credential(user, userName);
    if (!credential)
        return fail(credential.error());
    found.credential = *credential;
    return found;
}

QByteArray kubeconfigFor(const QUrl& server, const QString& caFile, const Credential& credential)
{
    QJsonObject cluster{{u"server"_s, server.toString()}};
    if (!caFile.isEmpty())
        cluster[u"certificate-authority"] = caFile;
    QJsonObject user;
    if (!credential.token.isEmpty()) {
        user[u"token"] = QString::fromUtf8(credential.token.reveal());
    } else {
        user[u"client-certificate-data"] = QString::fromLatin1(credential.clientCertificate.toBase64());
        user[u"client-key-data"] = QString::fromLatin1(credential.clientKey.reveal().toBase64());
    }
    // JSON is YAML, and its quoting cannot be broken by a value.
    return QJsonDocument(
               QJsonObject{
                   {u"apiVersion"_s, u"v1"_s},
                   {u"kind"_s, u"Config"_s},
                   {u"clusters"_s, QJsonArray{QJsonObject{{u"name"_s, u"scalekeep"_s}, {u"cluster"_s, cluster}}}},
                   {u"users"_s, QJsonArray{QJsonObject{{u"name"_s, u"scalekeep"_s}, {u"user"_s, user}}}},
                   {u"contexts"_s, QJsonArray{QJsonObject{{u"name"_s, u"scalekeep"_s},
                                                          {u"context"_s, QJsonObject{{u"cluster"_s, u"scalekeep"_s},
                                                                                     {u"user"_s, u"scalekeep"_s}}}}}},
                   {u"current-context"_s, u"scalekeep"_s},
               })
        .toJson();
}

Result<QUrl> serverOf(const QString& path)
{
    const auto kubeconfig = readKubeconfig(path);
    if (!kubeconfig)
        return fail(kubeconfig.error());
    return kubeconfig->server;
}

Result<QUrl> checkedServer(const QUrl& given)
{
    const QString hint =
        u"Nothing was changed. The address of the API is printed by `oc whoami --show-server`, for example https://api.cluster.example:6443."_s;
    const QString shown = given.toString(QUrl::RemoveUserInfo | QUrl::RemoveQuery | QUrl::RemoveFragment);
    if (given.scheme() == u"http")
        return fail(ErrorCode::Usage, u"“%1” would send the login unencrypted, which is refused."_s.arg(shown), hint);
    if (!given.isValid() || given.scheme() != u"https" || given.host().isEmpty())
        return fail(ErrorCode::Usage, u"“%1” is not the https:// address of an API server."_s.arg(shown.left(500)),
                    hint);
    if (!given.userInfo().isEmpty() || given.hasQuery() || given.hasFragment() ||
        (!given.path().isEmpty() && given.path() != u"/"))
        return fail(
            ErrorCode::Usage,
            u"“%1” has more than a host and a port, so it is not the address of an API server."_s.arg(shown.left(500)),
            hint);
    QUrl server;
    server.setScheme(u"https"_s);
    server.setHost(given.host());
    server.setPort(given.port());
    return server;
}

} // namespace scalekeep::cluster
