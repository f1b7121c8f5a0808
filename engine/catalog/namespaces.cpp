#include "engine/catalog/namespaces.h"

#include "engine/catalog/catalog.h"

#include <QJsonDocument>
#include <QtConcurrent>

#include <algorithm>

namespace scalekeep::catalog {

using namespace Qt::Literals::StringLiterals;

namespace {

// Each request is a process of its own; more at once would only queue at the machine's cores and the server's limits.
constexpr int atOnce = 4;

// What every installation has, in whatever state: asking for two small things is much cheaper than an inventory.
const QStringList& signs()
{
    static const QStringList queries{u"configmaps?fieldSelector=metadata.name%3Dsystem-environment"_s,
                                     u"services?labelSelector=threescale_component"_s};
    return queries;
}

Result<QStringList> namespacesIn(const Result<QByteArray>& listing, bool byName)
{
    if (!listing)
        return fail(listing.error());
    QStringList names;
    for (const auto& item : QJsonDocument::fromJson(*listing)[u"items"].toArray())
        names.append(item[u"metadata"][byName ? u"name" : u"namespace"].toString());
    names.removeDuplicates();
    return names;
}

bool isPlatform(const QString& name)
{
    return name == u"default" || name == u"openshift" || name.startsWith(u"openshift-") || name.startsWith(u"kube-");
}

// One request for the whole cluster where the user may do that, else one or two a project.
Result<QStringList> candidates(const oc::Client& client, QThreadPool& pool)
{
    QStringList found;
    bool wholeCluster = true;
    for (const QString& sign : signs()) {
        const auto names = namespacesIn(client.raw(u"/api/v1/"_s + sign), false);
        wholeCluster = wholeCluster && names.has_value();
        if (!names && names.error().code != ErrorCode::Forbidden)
            return names;
        if (!wholeCluster)
            break;
        found += *names;
    }
    if (wholeCluster) {
        found.removeDuplicates();
        return found;
    }
    auto projects = namespacesIn(client.raw(u"/apis/project.openshift.io/v1/projects"_s), true);
    if (!projects)
        return projects;
    projects->removeIf(isPlatform);
    const auto holds = [&client](const QString& name) {
        return std::any_of(signs().begin(), signs().end(), [&](const QString& sign) {
            const auto listing = client.raw(u"/api/v1/namespaces/%1/%2"_s.arg(name, sign));
            return listing && !QJsonDocument::fromJson(*listing)[u"items"].toArray().isEmpty();
        });
    };
    QtConcurrent::blockingFilter(&pool, *projects, holds);
    return projects;
}

FoundNamespace lookInto(const oc::Client& client, const QString& name, const QString& userCatalogues)
{
    FoundNamespace found{.name = name, .version = {}, .flavour = {}, .reasons = {}, .error = {}};
    const auto inventory = cluster::takeInventory(client.inNamespace(name));
    if (!inventory) {
        found.error = inventory.error();
        return found;
    }
    const auto detection = detect(*inventory, userCatalogues);
    if (!detection) {
        found.error = detection.error();
        return found;
    }
    found.version = detection->version;
    found.flavour = detection->flavour;
    found.versionKnown = detection->versionKnown;
    found.flavourKnown = detection->flavourKnown;
    found.reasons = detection->reasons;
    return found;
}

} // namespace

Result<QList<FoundNamespace>> findNamespaces(const oc::Client& client, const QStringList& typed,
                                             const QString& userCatalogues)
{
    QThreadPool pool;
    pool.setMaxThreadCount(atOnce);
    auto names = candidates(client, pool);
    if (!names && (names.error().code != ErrorCode::Forbidden || typed.isEmpty())) {
        Error error = names.error();
        if (error.code == ErrorCode::Forbidden) {
            error.message = u"This user may not list the projects of the cluster."_s;
            error.hint = u"Nothing was changed. Name the namespace instead: `inventory CLUSTER/NAMESPACE`."_s;
        }
        return fail(error);
    }
    QStringList all = typed + names.value_or(QStringList());
    all.removeDuplicates();
    std::sort(all.begin(), all.end());
    QList<FoundNamespace> found = QtConcurrent::blockingMapped<QList<FoundNamespace>>(
        &pool, all, [&](const QString& name) { return lookInto(client, name, userCatalogues); });
    // A sign that turns out to be something else's is no finding; what the user typed is answered whatever it is.
    found.removeIf([&typed](const FoundNamespace& n) {
        return n.error && n.error->code == ErrorCode::NotFound && !typed.contains(n.name);
    });
    return found;
}

} // namespace scalekeep::catalog
