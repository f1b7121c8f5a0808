#include "models/clusters/clusterhub.h"

#include "models/clusters/clusterhubprivate.h"
#include "models/clusters/clusterreading.h"

#include <QPointer>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr std::chrono::seconds periodic{60};
} // namespace

QString NamespaceState::installation() const
{
    const auto marked = [](const QString& value, bool isKnown) { return isKnown ? value : ClusterHub::tr("%1 (assumed)").arg(value); };
    if (version.isEmpty())
        return {};
    return flavour.isEmpty() ? marked(version, versionKnown) : marked(version, versionKnown) + u" · "_s + marked(flavour, flavourKnown);
}

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
