#include "models/clusters/clusterhubprivate.h"

#include "models/clusters/volumes.h"

#include <algorithm>

namespace scalekeep::models {

namespace {
constexpr qint64 discoverySeconds = 300, volumeSeconds = 300;

bool isOlder(const QDateTime& time, qint64 seconds)
{
    return !time.isValid() || time.secsTo(QDateTime::currentDateTimeUtc()) >= seconds;
}
} // namespace

ClusterState* ClusterHub::Private::find(const QString& name)
{
    auto place = std::find_if(hub->m_clusters.begin(), hub->m_clusters.end(), [&name](const ClusterState& c) { return c.cluster.name == name; });
    return place == hub->m_clusters.end() ? nullptr : &*place;
}

NamespaceState* ClusterHub::Private::find(const NamespaceRef& where)
{
    ClusterState* cluster = find(where.cluster);
    if (!cluster)
        return nullptr;
    auto place = std::find_if(cluster->namespaces.begin(), cluster->namespaces.end(), [&where](const NamespaceState& n) { return n.name == where.name; });
    return place == cluster->namespaces.end() ? nullptr : &*place;
}

void ClusterHub::Private::outdate(const QString& cluster)
{
    ++generation[cluster];
    clustersInWork.erase(cluster);
    clustersAgain.erase(cluster);
    discovered.erase(cluster);
    if (ClusterState* state = find(cluster)) {
        for (NamespaceState& each : state->namespaces)
            each.reading = false;
    }
    std::erase_if(namespacesAgain, [&cluster](const NamespaceRef& where) { return where.cluster == cluster; });
    std::erase_if(volumesRead, [&cluster](const auto& entry) { return entry.first.cluster == cluster; });
}

void ClusterHub::Private::setState(const QString& name, ConnectionState state, const std::optional<Error>& error)
{
    ClusterState* cluster = find(name);
    if (!cluster)
        return;
    const ConnectionState before = cluster->state;
    cluster->state = state;
    cluster->error = error;
    // The engine's advice names commands of the terminal.
    if (state == ConnectionState::LoginExpired && cluster->error)
        cluster->error->hint = ClusterHub::tr("Log in again; nothing that was chosen is lost.");
    cluster->readAt = QDateTime::currentDateTimeUtc();
    Q_EMIT hub->clusterChanged(name);
    if (state == before)
        return;
    if (state == ConnectionState::LoginExpired) {
        Q_EMIT hub->message(ClusterHub::tr("%1: the login is no longer valid.").arg(name));
        Q_EMIT hub->loginExpired(name);
    } else if (state == ConnectionState::Unreachable) {
        Q_EMIT hub->message(ClusterHub::tr("%1 cannot be reached: %2").arg(name, error ? error->message : QString()));
    } else if (state == ConnectionState::Connected) {
        Q_EMIT hub->message(ClusterHub::tr("%1: connected.").arg(name));
        if (before == ConnectionState::LoginExpired)
            Q_EMIT hub->loginRenewed(name);
    }
}

// Clusters ---------------------------------------------------------------------------------------------------------------

void ClusterHub::Private::readCluster(const QString& name, bool discover)
{
    ClusterState* cluster = find(name);
    if (!cluster)
        return;
    if (clustersInWork.contains(name)) {
        if (discover)
            clustersAgain.insert(name);
        return;
    }
    clustersInWork.insert(name);
    if (cluster->state == ConnectionState::LoggedOut && !cluster->cluster.tokenStore.isEmpty())
        setState(name, ConnectionState::Connecting, {});
    const Workplace& workplace = hub->m_workplace;
    workplace.inBackground(
        hub, [&workplace, known = cluster->cluster, discover, token = stop.get_token()] { return reading::readCluster(workplace, known, discover, token); },
        [this, discover, at = generation[name]](const reading::ClusterReading& reading) {
            if (generation[reading.cluster.name] == at)
                take(reading, discover);
        });
}

void ClusterHub::Private::take(const reading::ClusterReading& reading, bool discover)
{
    const QString name = reading.cluster.name;
    clustersInWork.erase(name);
    ClusterState* cluster = find(name);
    if (!cluster || stop.stop_requested())
        return;
    cluster->cluster = reading.cluster;
    if (!reading.serverVersion.isEmpty())
        cluster->serverVersion = reading.serverVersion;
    if (reading.looked) {
        cluster->mayListProjects = reading.mayListProjects;
        mergeNamespaces(*cluster, reading.found);
        discovered[name] = QDateTime::currentDateTimeUtc();
    }
    setState(name, reading.state, reading.error);
    // Whoever hears of it may have changed the list.
    cluster = find(name);
    if (!cluster || cluster->state != ConnectionState::Connected)
        return;
    QStringList names;
    for (const NamespaceState& each : std::as_const(cluster->namespaces))
        names.append(each.name);
    for (const QString& each : std::as_const(names))
        readNamespace({name, each}, discover);
    if (clustersAgain.erase(name) > 0)
        readCluster(name, true);
}

bool ClusterHub::Private::mergeNamespaces(ClusterState& cluster, const QList<catalog::FoundNamespace>& found)
{
    QList<NamespaceState> merged;
    for (const catalog::FoundNamespace& each : found) {
        const NamespaceState* known = find(NamespaceRef{cluster.cluster.name, each.name});
        NamespaceState state = known ? *known : NamespaceState{};
        state.name = each.name;
        if (!each.error) {
            state.version = each.version;
            state.flavour = each.flavour;
            state.versionKnown = each.versionKnown;
            state.flavourKnown = each.flavourKnown;
        }
        state.error = each.error;
        merged.append(state);
    }
    std::sort(merged.begin(), merged.end(), [](const NamespaceState& a, const NamespaceState& b) { return a.name < b.name; });
    const bool changed = merged.size() != cluster.namespaces.size();
    cluster.namespaces = merged;
    return changed;
}

// Namespaces -------------------------------------------------------------------------------------------------------------

void ClusterHub::Private::readNamespace(const NamespaceRef& where, bool wanted)
{
    NamespaceState* state = find(where);
    if (!state)
        return;
    if (state->reading) {
        // What is being read may be older than what the user wants to see.
        if (wanted)
            namespacesAgain.insert(where);
        return;
    }
    state->reading = true;
    Q_EMIT hub->namespaceChanged(where);
    const Workplace& workplace = hub->m_workplace;
    workplace.inBackground(
        hub, [&workplace, where, token = stop.get_token()] { return reading::readNamespace(workplace, where, token); },
        [this, where, at = generation[where.cluster]](const reading::NamespaceReading& reading) {
            if (generation[where.cluster] == at)
                take(where, reading);
        });
}

void ClusterHub::Private::take(const NamespaceRef& where, const reading::NamespaceReading& reading)
{
    NamespaceState* state = find(where);
    if (!state || stop.stop_requested())
        return;
    state->reading = false;
    state->error = reading.error;
    if (reading.inventory) {
        state->inventory = *reading.inventory;
        state->read = true;
        state->readAt = QDateTime::currentDateTimeUtc();
    }
    if (reading.detection) {
        state->version = reading.detection->version;
        state->flavour = reading.detection->flavour;
        state->versionKnown = reading.detection->versionKnown;
        state->flavourKnown = reading.detection->flavourKnown;
        state->detection = reading.detection;
    }
    Q_EMIT hub->namespaceChanged(where);
    if (reading.error && reading.error->code == ErrorCode::NotLoggedIn)
        setState(where.cluster, ConnectionState::LoginExpired, reading.error);
    if (namespacesAgain.erase(where) > 0)
        readNamespace(where, false);
    else if (reading.inventory)
        readVolumes(where);
}

void ClusterHub::Private::readVolumes(const NamespaceRef& where)
{
    const NamespaceState* state = find(where);
    if (!state || !isOlder(volumesRead[where], volumeSeconds))
        return;
    volumesRead[where] = QDateTime::currentDateTimeUtc();
    const Workplace& workplace = hub->m_workplace;
    workplace.inBackground(
        hub,
        [&workplace, where, inventory = state->inventory, token = stop.get_token()] {
            const auto connection = workplace.logins.connection(where.cluster, where.name);
            return connection ? readUsedBytes(oc::Client(*connection, workplace.redactor, {}, token), inventory) : QMap<QString, qint64>();
        },
        [this, where, at = generation[where.cluster]](const QMap<QString, qint64>& used) {
            NamespaceState* found = find(where);
            if (!found || generation[where.cluster] != at || found->usedBytes == used)
                return;
            // A pod that restarts cannot answer; what was known a moment ago is better than nothing.
            for (auto entry = used.begin(); entry != used.end(); ++entry)
                found->usedBytes.insert(entry.key(), entry.value());
            Q_EMIT hub->namespaceChanged(where);
        });
}

void ClusterHub::Private::tick()
{
    QStringList names;
    for (const ClusterState& each : std::as_const(hub->m_clusters)) {
        if (each.state == ConnectionState::Connected || each.state == ConnectionState::Unreachable)
            names.append(each.cluster.name);
    }
    for (const QString& name : std::as_const(names))
        readCluster(name, isOlder(discovered[name], discoverySeconds));
}

} // namespace scalekeep::models
