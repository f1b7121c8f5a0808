#include "engine/cluster/inventory.h"

#include "engine/cluster/kubeconfig.h"

#include <algorithm>

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

// Full resource names: a short one may mean another group on a cluster with more APIs. Secrets are asked for
// separately, so that a user without the right to them still sees the rest in one call.
const QStringList& inventoryKinds()
{
    static const QStringList kinds{u"pods"_s,
                                   u"deploymentconfigs.apps.openshift.io"_s,
                                   u"deployments.apps"_s,
                                   u"statefulsets.apps"_s,
                                   u"persistentvolumeclaims"_s,
                                   u"services"_s,
                                   u"serviceaccounts"_s,
                                   u"configmaps"_s,
                                   u"jobs.batch"_s,
                                   u"routes.route.openshift.io"_s,
                                   u"imagestreams.image.openshift.io"_s,
                                   u"apimanagers.apps.3scale.net"_s};
    return kinds;
}

QString describe(const Pod& pod)
{
    const QString state = pod.terminating           ? u"being deleted"_s
                          : pod.phase == u"Running" ? u"running but not ready"_s
                                                    : pod.phase.toLower();
    return u"%1 is %2"_s.arg(pod.name, state);
}

// The project's UID tells a namespace from one of the same name that was made anew. It is also the first answer of the
// namespace, so its failures are worded here.
Result<QJsonObject> projectOf(const oc::Client& client)
{
    const QString name = client.connection().namespaceName;
    auto project = client.get(u"projects.project.openshift.io"_s, name);
    if (project)
        return project;
    Error error = project.error();
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::Forbidden) {
        // The server gives a member the same answer for a project that is missing and for one that is not theirs.
        error.message = u"There is no namespace %1 in this cluster, or this user has no rights in it."_s.arg(name);
        error.hint = u"Nothing was changed. Check the name, or ask an administrator for the role “edit” in it."_s;
    }
    return fail(error);
}

} // namespace

Result<void> Inventory::whole() const
{
    const auto unanswered = std::find_if(problems.begin(), problems.end(), [](const Error& problem) { return problem.code == ErrorCode::Unreachable; });
    if (unanswered == problems.end())
        return {};
    return fail(ErrorCode::Unreachable, u"A part of namespace %1 cannot be read now. %2"_s.arg(namespaceName, unanswered->message), u"Try again when the cluster answers for all of it."_s, unanswered->detail);
}

const Workload* Inventory::workload(const QString& name) const
{
    const auto place =
        std::find_if(workloads.begin(), workloads.end(), [&name](const Workload& w) { return w.name == name; });
    return place == workloads.end() ? nullptr : &*place;
}

QJsonObject Inventory::object(const QString& kind, const QString& name) const
{
    for (const auto& object : objects) {
        if (object[u"kind"].toString() == kind && object[u"metadata"][u"name"].toString() == name)
            return object.toObject();
    }
    return {};
}

QList<Pod> Inventory::podsOf(const Workload& workload) const
{
    QList<Pod> found;
    if (workload.selector.isEmpty())
        return found;
    for (const Pod& pod : pods) {
        const bool selected =
            std::all_of(workload.selector.keyValueBegin(), workload.selector.keyValueEnd(), [&pod](const auto& label) {
                const auto place = pod.labels.constFind(label.first);
                return place != pod.labels.constEnd() && *place == label.second;
            });
        if (selected)
            found.append(pod);
    }
    return found;
}

Result<Pod> Inventory::readyPod(const QString& workloadName) const
{
    const Workload* owner = workload(workloadName);
    if (!owner)
        return fail(ErrorCode::NotFound, u"The namespace %1 has no workload %2."_s.arg(namespaceName, workloadName));
    const QList<Pod> all = podsOf(*owner);
    const Pod* chosen = nullptr;
    QStringList states;
    for (const Pod& pod : all) {
        const bool usable = pod.phase == u"Running" && pod.ready && !pod.terminating;
        // The newest: during a rollout the older ones are about to go.
        if (usable && (!chosen || pod.created > chosen->created))
            chosen = &pod;
        states.append(describe(pod));
    }
    if (chosen)
        return *chosen;
    const QString found = states.isEmpty() ? u"it has no pod"_s : states.join(u", "_s);
    const QString hint = owner->desired == 0
                             ? u"It is scaled to 0: scale %1 %2 up and try again."_s.arg(owner->kind, owner->name)
                             : u"Wait until it is ready, or look at its events, and try again."_s;
    return fail(ErrorCode::NotReady, u"%1 has no ready pod: %2."_s.arg(workloadName, found), hint);
}

Result<Inventory> takeInventory(const oc::Client& client)
{
    const QString name = client.connection().namespaceName;
    if (name.isEmpty())
        return fail(ErrorCode::Usage, u"An inventory needs a namespace."_s);
    const auto project = projectOf(client);
    // A cluster without the project API still has namespaces.
    if (!project && project.error().code != ErrorCode::Unsupported)
        return fail(project.error());
    auto listing = client.list(inventoryKinds());
    if (!listing)
        return fail(listing.error());
    auto secrets = client.list({u"secrets"_s});

    QJsonArray items = std::move(listing->items);
    if (secrets) {
        for (const auto& item : std::as_const(secrets->items))
            items.append(item);
    }
    Inventory inventory = inventoryFromObjects(items, name);
    inventory.problems = listing->problems;
    if (secrets)
        inventory.problems += secrets->problems;
    else
        inventory.problems.append(secrets.error());
    if (project)
        addProject(inventory, *project);
    inventory.taken = QDateTime::currentDateTimeUtc();
    if (const auto server = serverOf(client.connection().kubeconfig))
        inventory.apiUrl = server->toString();
    return inventory;
}

} // namespace scalekeep::cluster
