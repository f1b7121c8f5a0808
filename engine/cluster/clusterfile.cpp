#include "engine/cluster/clusterfile.h"

#include "engine/base/files.h"
#include "engine/cluster/kubeconfig.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLockFile>
#include <QRegularExpression>

#include <algorithm>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr int formatVersion = 1;
constexpr qint64 largestFile = 4LL * 1024 * 1024;

QJsonObject toJson(const Cluster& cluster)
{
    return {{u"name"_s, cluster.name},
            {u"server"_s, cluster.server.toString()},
            {u"user"_s, cluster.user},
            {u"caFile"_s, cluster.caFile},
            {u"fingerprint"_s, cluster.fingerprint},
            {u"tokenStore"_s, cluster.tokenStore},
            {u"namespaces"_s, QJsonArray::fromStringList(cluster.namespaces)},
            {u"colour"_s, cluster.colour},
            {u"production"_s, cluster.production},
            {u"readOnly"_s, cluster.readOnly},
            {u"imported"_s, cluster.imported},
            {u"tokenExpires"_s, cluster.tokenExpires.toString(Qt::ISODate)}};
}

Result<Cluster> fromJson(const QJsonObject& json)
{
    Cluster cluster;
    cluster.name = json[u"name"].toString();
    if (const auto checked = checkClusterName(cluster.name); !checked)
        return fail(checked.error());
    const auto server = checkedServer(QUrl(json[u"server"].toString(), QUrl::StrictMode));
    if (!server)
        return fail(server.error());
    cluster.server = *server;
    cluster.user = json[u"user"].toString();
    cluster.caFile = json[u"caFile"].toString();
    cluster.fingerprint = json[u"fingerprint"].toString();
    cluster.tokenStore = json[u"tokenStore"].toString();
    for (const auto& name : json[u"namespaces"].toArray())
        cluster.namespaces.append(name.toString());
    cluster.colour = json[u"colour"].toString();
    cluster.production = json[u"production"].toBool();
    cluster.readOnly = json[u"readOnly"].toBool();
    cluster.imported = json[u"imported"].toBool();
    cluster.tokenExpires = QDateTime::fromString(json[u"tokenExpires"].toString(), Qt::ISODate);
    return cluster;
}

} // namespace

ClusterFile::ClusterFile(const QString& home) : m_path(home + u"/clusters.json"_s) {}

Result<QList<Cluster>> ClusterFile::read() const
{
    QList<Cluster> clusters;
    if (!QFileInfo::exists(m_path))
        return clusters;
    const auto content = readFile(m_path, largestFile);
    if (!content)
        return fail(content.error());
    const QJsonDocument document = QJsonDocument::fromJson(*content);
    const auto damaged = [this](const QString& why) {
        return fail(ErrorCode::BadInput, u"The list of clusters “%1” cannot be used: %2."_s.arg(m_path, why),
                    u"It was left as it is. Repair it, or move it away and add the clusters again."_s);
    };
    if (!document.isObject())
        return damaged(u"it is not JSON"_s);
    if (document[u"version"].toInt() != formatVersion)
        return damaged(u"it is of another version of the program"_s);
    for (const auto& entry : document[u"clusters"].toArray()) {
        const auto cluster = fromJson(entry.toObject());
        if (!cluster)
            return damaged(cluster.error().message.chopped(1));
        clusters.append(*cluster);
    }
    return clusters;
}

Result<void> ClusterFile::put(const Cluster& cluster) const
{
    return rewrite([&cluster](QList<Cluster>& clusters) -> Result<void> {
        const auto place = std::find_if(clusters.begin(), clusters.end(),
                                        [&cluster](const Cluster& c) { return c.name == cluster.name; });
        if (place == clusters.end())
            clusters.append(cluster);
        else
            *place = cluster;
        return {};
    });
}

Result<void> ClusterFile::remove(const QString& name) const
{
    return rewrite([&name](QList<Cluster>& clusters) -> Result<void> {
        clusters.removeIf([&name](const Cluster& c) { return c.name == name; });
        return {};
    });
}

Result<Cluster> ClusterFile::change(const QString& name, const std::function<void(Cluster&)>& edit) const
{
    Cluster changed;
    const auto done = rewrite([&](QList<Cluster>& clusters) -> Result<void> {
        const auto place =
            std::find_if(clusters.begin(), clusters.end(), [&name](const Cluster& c) { return c.name == name; });
        if (place == clusters.end())
            return fail(unknownCluster(name));
        edit(*place);
        changed = *place;
        return {};
    });
    if (!done)
        return fail(done.error());
    return changed;
}

Result<void> ClusterFile::rewrite(const std::function<Result<void>(QList<Cluster>&)>& edit) const
{
    QLockFile lock(m_path + u".lock"_s);
    if (!lock.tryLock(10'000))
        return fail(ErrorCode::Locked, u"Another program is changing the list of clusters “%1”."_s.arg(m_path),
                    u"Nothing was changed. Try again."_s);
    auto clusters = read();
    if (!clusters)
        return fail(clusters.error());
    if (const auto edited = edit(*clusters); !edited)
        return edited;
    QJsonArray list;
    for (const Cluster& each : std::as_const(*clusters))
        list.append(toJson(each));
    return writePrivateFile(m_path,
                            QJsonDocument(QJsonObject{{u"version"_s, formatVersion}, {u"clusters"_s, list}}).toJson());
}

Error unknownCluster(const QString& name)
{
    return {ErrorCode::NotFound,
            u"No cluster is called “%1” here."_s.arg(name.left(100)),
            {},
            u"Nothing was changed. `clusters` lists them; `login` adds one."_s};
}

Result<void> checkClusterName(const QString& name)
{
    static const QRegularExpression allowed(u"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"_s);
    if (allowed.match(name).hasMatch() && !name.endsWith(u'\n'))
        return {};
    return fail(
        ErrorCode::Usage,
        u"“%1” cannot be the name of a cluster: letters, digits, dot, dash and underscore are allowed, 63 at most, a letter or digit first."_s
            .arg(name.left(100)));
}

} // namespace scalekeep::cluster
