#include "models/clusters/clusterhub.h"

#include "models/clusters/clusterreading.h"
#include "models/clusters/volumes.h"

#include <QPointer>
#include <QTimer>

#include <algorithm>
#include <map>
#include <set>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::seconds periodic{60};
constexpr qint64 discoverySeconds = 300, volumeSeconds = 300;

bool isOlder(const QDateTime& time, qint64 seconds)
{
    return !time.isValid() || time.secsTo(QDateTime::currentDateTimeUtc()) >= seconds;
}
} // namespace

class ClusterHub::Private {
public:
    explicit Private(ClusterHub* owner) : hub(owner) {}

    ClusterState* find(const QString& name);
    NamespaceState* find(const NamespaceRef& where);
    void readCluster(const QString& name, bool discover);
    void take(const reading::ClusterReading& reading, bool discover);
    void readNamespace(const NamespaceRef& where, bool wanted);
    void take(const NamespaceRef& where, const reading::NamespaceReading& reading);
    void readVolumes(const NamespaceRef& where);
    bool mergeNamespaces(ClusterState& cluster, const QList<catalog::FoundNamespace>& found);
    void setState(const QString& name, ConnectionState state, const std::optional<Error>& error);
    void tick();
    /// What was asked before a login or logout does not count after it.
    void outdate(const QString& cluster);

    ClusterHub* hub;
    std::stop_source stop;
    QTimer timer;
    std::map<QString, int> generation;
    std::set<QString> clustersInWork, clustersAgain;
    std::set<NamespaceRef> namespacesAgain;
    std::map<QString, QDateTime> discovered;
    std::map<NamespaceRef, QDateTime> volumesRead;
};

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

// The hub ----------------------------------------------------------------------------------------------------------------

ClusterHub::ClusterHub(const Workplace& workplace, QObject* parent) : QObject(parent), m_workplace(workplace), d(std::make_unique<Private>(this))
{
    d->timer.setInterval(periodic);
    connect(&d->timer, &QTimer::timeout, this, [this] { d->tick(); });
}

ClusterHub::~ClusterHub()
{
    d->stop.request_stop();
}

const ClusterState* ClusterHub::cluster(const QString& name) const
{
    return d->find(name);
}

const NamespaceState* ClusterHub::namespaceState(const NamespaceRef& where) const
{
    return d->find(where);
}

Result<oc::Connection> ClusterHub::connection(const NamespaceRef& where) const
{
    return m_workplace.logins.connection(where.cluster, where.name);
}

void ClusterHub::put(const ClusterState& state)
{
    const QString name = state.cluster.name;
    QStringList changed;
    for (const NamespaceState& each : state.namespaces)
        changed.append(each.name);
    ClusterState* known = d->find(name);
    if (known)
        *known = state;
    else
        m_clusters.append(state);
    if (!known)
        Q_EMIT clustersChanged();
    Q_EMIT clusterChanged(name);
    for (const QString& each : std::as_const(changed))
        Q_EMIT namespaceChanged({name, each});
}

void ClusterHub::start()
{
    const auto remembered = m_workplace.logins.clusters();
    if (!remembered) {
        Q_EMIT message(remembered.error().message);
    } else {
        for (const cluster::Cluster& each : *remembered) {
            if (d->find(each.name))
                continue;
            ClusterState state;
            state.cluster = each;
            for (const QString& typed : each.namespaces) {
                NamespaceState known;
                known.name = typed;
                state.namespaces.append(known);
            }
            m_clusters.append(state);
        }
        Q_EMIT clustersChanged();
    }
    d->timer.start();
    refresh();
}

void ClusterHub::refresh()
{
    QStringList names;
    for (const ClusterState& each : std::as_const(m_clusters))
        names.append(each.cluster.name);
    for (const QString& name : std::as_const(names))
        refresh(name);
}

void ClusterHub::refresh(const QString& cluster)
{
    d->readCluster(cluster, true);
}

void ClusterHub::refresh(const NamespaceRef& where)
{
    d->readNamespace(where, true);
}

void ClusterHub::login(const LoginRequest& request, QObject* context, Answer answer)
{
    m_workplace.inBackground(
        this, [&workplace = m_workplace, request] { return reading::logIn(workplace, request); },
        [this, guard = QPointer<QObject>(context), answer = std::move(answer)](const Result<cluster::Cluster>& cluster) {
            if (cluster) {
                const QString name = cluster->name;
                d->outdate(name);
                ClusterState* known = d->find(name);
                const bool added = known == nullptr;
                if (added) {
                    m_clusters.append(ClusterState{});
                    known = &m_clusters.last();
                } else if (known->cluster.server != cluster->server) {
                    *known = ClusterState{};
                }
                known->cluster = *cluster;
                known->state = ConnectionState::Connected;
                known->error.reset();
                if (added)
                    Q_EMIT clustersChanged();
                Q_EMIT clusterChanged(name);
                if (!added)
                    Q_EMIT loginRenewed(name);
                Q_EMIT message(tr("%1: logged in as %2.").arg(name, cluster->user.left(100)));
                refresh(name);
            }
            if (guard)
                answer(cluster ? Result<void>() : Result<void>(fail(cluster.error())));
        });
}

void ClusterHub::logout(const QString& cluster, QObject* context, Answer answer)
{
    struct LoggedOut { Result<void> done; Result<cluster::Cluster> now; };
    m_workplace.inBackground(
        this,
        [&workplace = m_workplace, cluster] {
            LoggedOut result;
            result.done = workplace.logins.logout(cluster);
            result.now = workplace.logins.cluster(cluster);
            return result;
        },
        [this, cluster, guard = QPointer<QObject>(context), answer = std::move(answer)](const LoggedOut& logout) {
            // Also after an error: it may be about the server only, the login here is gone then.
            ClusterState* known = d->find(cluster);
            if (known && logout.now && logout.now->tokenStore.isEmpty()) {
                d->outdate(cluster);
                known->cluster = *logout.now;
                d->setState(cluster, ConnectionState::LoggedOut, {});
                Q_EMIT message(tr("%1: logged out.").arg(cluster));
            }
            if (guard)
                answer(logout.done);
        });
}

void ClusterHub::addNamespace(const NamespaceRef& where, QObject* context, Answer answer)
{
    m_workplace.inBackground(
        this,
        [&workplace = m_workplace, where, token = d->stop.get_token()] {
            auto reading = reading::readNamespace(workplace, where, token);
            if (!reading.error) {
                if (const auto added = workplace.logins.addNamespace(where.cluster, where.name); !added)
                    reading.error = added.error();
            }
            return reading;
        },
        [this, where, guard = QPointer<QObject>(context), answer = std::move(answer)](const reading::NamespaceReading& reading) {
            ClusterState* known = d->find(where.cluster);
            if (known && !reading.error) {
                if (!known->cluster.namespaces.contains(where.name))
                    known->cluster.namespaces.append(where.name);
                if (!d->find(where)) {
                    NamespaceState added;
                    added.name = where.name;
                    known->namespaces.append(added);
                    std::sort(known->namespaces.begin(), known->namespaces.end(), [](const NamespaceState& a, const NamespaceState& b) { return a.name < b.name; });
                }
                Q_EMIT clusterChanged(where.cluster);
                d->take(where, reading);
            }
            if (guard)
                answer(reading.error ? Result<void>(fail(*reading.error)) : Result<void>());
        });
}

void ClusterHub::removeNamespace(const NamespaceRef& where, QObject* context, Answer answer)
{
    const ClusterState* known = d->find(where.cluster);
    cluster::Cluster changed = known ? known->cluster : cluster::Cluster{};
    changed.name = where.cluster;
    changed.namespaces.removeAll(where.name);
    m_workplace.inBackground(
        this, [&workplace = m_workplace, changed] { return workplace.logins.update(changed); },
        [this, where, guard = QPointer<QObject>(context), answer = std::move(answer)](const Result<void>& done) {
            ClusterState* cluster = d->find(where.cluster);
            if (cluster && done) {
                cluster->cluster.namespaces.removeAll(where.name);
                cluster->namespaces.removeIf([&where](const NamespaceState& n) { return n.name == where.name; });
                Q_EMIT clusterChanged(where.cluster);
            }
            if (guard)
                answer(done);
        });
}

void ClusterHub::update(const cluster::Cluster& cluster, QObject* context, Answer answer)
{
    m_workplace.inBackground(
        this, [&workplace = m_workplace, cluster] { return workplace.logins.update(cluster); },
        [this, cluster, guard = QPointer<QObject>(context), answer = std::move(answer)](const Result<void>& done) {
            ClusterState* known = d->find(cluster.name);
            if (known && done) {
                known->cluster.colour = cluster.colour;
                known->cluster.production = cluster.production;
                known->cluster.readOnly = cluster.readOnly;
                const bool other = known->cluster.namespaces != cluster.namespaces;
                known->cluster.namespaces = cluster.namespaces;
                Q_EMIT clusterChanged(cluster.name);
                if (other)
                    refresh(cluster.name);
            }
            if (guard)
                answer(done);
        });
}

void ClusterHub::remove(const QString& cluster, QObject* context, Answer answer)
{
    struct Removed { Result<void> loggedOut, forgotten; };
    const ClusterState* known = d->find(cluster);
    const bool loggedIn = known && !known->cluster.tokenStore.isEmpty();
    m_workplace.inBackground(
        this,
        [&workplace = m_workplace, cluster, loggedIn] {
            Removed removed;
            if (loggedIn)
                removed.loggedOut = workplace.logins.logout(cluster);
            removed.forgotten = workplace.logins.forget(cluster);
            return removed;
        },
        [this, cluster, guard = QPointer<QObject>(context), answer = std::move(answer)](const Removed& removed) {
            if (removed.forgotten) {
                d->outdate(cluster);
                m_clusters.removeIf([&cluster](const ClusterState& c) { return c.cluster.name == cluster; });
                Q_EMIT clustersChanged();
                Q_EMIT message(tr("%1: removed from the list.").arg(cluster));
            }
            if (guard)
                answer(removed.forgotten ? removed.loggedOut : removed.forgotten);
        });
}

void ClusterHub::reveal(const NamespaceRef& where, const QString& secret, const QString& key, QObject* context, std::function<void(const Result<Secret>&)> answer)
{
    m_workplace.inBackground(
        context, [&workplace = m_workplace, where, secret, key, token = d->stop.get_token()] { return reading::readSecretValue(workplace, where, secret, key, token); }, std::move(answer));
}

void ClusterHub::loginLost(const QString& cluster)
{
    d->setState(cluster, ConnectionState::LoginExpired, Error{ErrorCode::NotLoggedIn, tr("The login at %1 is no longer valid.").arg(cluster), {}, {}});
}

} // namespace scalekeep::models
