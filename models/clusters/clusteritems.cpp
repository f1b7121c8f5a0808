#include "models/clusters/clusteritems.h"

#include "engine/store/completeness.h"
#include "models/clusters/volumes.h"
#include "models/common/format.h"

#include <QCoreApplication>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::ClusterItem)
};

constexpr qsizetype longestShown = 300;
const QString bullets = u"••••••••"_s;

/// Names come from the cluster: one line, no control characters, not longer than anybody could read.
QString clean(const QString& text)
{
    QString cleaned = text.left(longestShown);
    for (QChar& c : cleaned) {
        if (!c.isPrint())
            c = u' ';
    }
    return cleaned;
}

QString explain(const Error& error)
{
    return error.hint.isEmpty() ? error.message : error.message + u'\n' + error.hint;
}

/// The rows of one namespace.
class Builder {
public:
    Builder(const ClusterState& cluster, const NamespaceState& state) : m_cluster(cluster), m_state(state), m_where{cluster.cluster.name, state.name} {}

    [[nodiscard]] ClusterBranch whole() const;

private:
    [[nodiscard]] ClusterItem item(ClusterItemKind kind, const QString& id, const QString& name, const QString& detail, const QString& icon) const;
    [[nodiscard]] ClusterBranch detail(const QString& name, const QString& value) const;
    [[nodiscard]] ClusterBranch group(const QString& id, const QString& name, const QString& icon, const QString& kind) const;
    [[nodiscard]] QList<ComponentRef> componentOfKind(const QString& kind) const;
    [[nodiscard]] ClusterBranch data() const;
    [[nodiscard]] ClusterBranch store(const catalog::Component& component) const;
    [[nodiscard]] ClusterBranch workloads() const;
    [[nodiscard]] ClusterBranch workload(const cluster::Workload& workload, const QList<ComponentRef>& components) const;
    [[nodiscard]] ClusterBranch claims() const;
    [[nodiscard]] ClusterBranch secrets() const;
    [[nodiscard]] ClusterBranch configMaps() const;
    [[nodiscard]] ClusterBranch routes() const;
    void addCustomResources(QList<ClusterBranch>& children) const;

    const ClusterState& m_cluster;
    const NamespaceState& m_state;
    NamespaceRef m_where;
};

ClusterItem Builder::item(ClusterItemKind kind, const QString& id, const QString& name, const QString& detail, const QString& icon) const
{
    ClusterItem made;
    made.kind = kind;
    made.id = id;
    made.name = clean(name);
    made.detail = clean(detail);
    made.icon = icon;
    made.where = m_where;
    made.readOnly = m_cluster.cluster.readOnly;
    return made;
}

ClusterBranch Builder::detail(const QString& name, const QString& value) const
{
    ClusterItem made = item(ClusterItemKind::Detail, name, name, value, {});
    made.toolTip = made.detail;
    return {made, {}};
}

QList<ComponentRef> Builder::componentOfKind(const QString& kind) const
{
    if (!m_state.detection)
        return {};
    const catalog::Catalog& catalog = m_state.detection->catalog;
    for (const catalog::Component& component : catalog.components) {
        for (const QString& id : component.kinds) {
            const catalog::ObjectKind* found = catalog.kind(id);
            if (found && found->kind == kind)
                return {{m_where, component.id}};
        }
    }
    return {};
}

ClusterBranch Builder::group(const QString& id, const QString& name, const QString& icon, const QString& kind) const
{
    ClusterBranch branch{item(ClusterItemKind::Group, id, name, {}, icon), {}};
    branch.item.components = kind.isEmpty() ? QList<ComponentRef>() : componentOfKind(kind);
    branch.item.marks = !branch.item.components.isEmpty();
    return branch;
}

ClusterBranch Builder::store(const catalog::Component& component) const
{
    ClusterItem row = item(ClusterItemKind::Store, component.id, component.id, {}, iconOfComponent(component.engine, component.id));
    row.components = {{m_where, component.id}};
    row.marks = true;
    QStringList lines{component.title};
    const auto claim = std::find_if(m_state.inventory.claims.begin(), m_state.inventory.claims.end(), [&component](const cluster::Claim& c) { return !component.claim.isEmpty() && c.name == component.claim; });
    if (claim == m_state.inventory.claims.end()) {
        row.detail = Texts::tr("no volume");
        if (component.emptyDir)
            lines.append(Texts::tr("Its data lies in the pod and is lost with it."));
    } else {
        const qint64 capacity = bytesOfQuantity(claim->capacity), used = m_state.usedBytes.value(claim->name, -1);
        row.detail = used < 0 ? (capacity < 0 ? clean(claim->capacity) : formatBytes(capacity)) : formatBytesOf(used, capacity);
        lines.append(Texts::tr("Volume claim %1, %2.").arg(clean(claim->name), used < 0 ? Texts::tr("used space not known") : Texts::tr("%1 used").arg(row.detail)));
    }
    if (component.engine != u"files") {
        const auto pod = m_state.inventory.readyPod(component.workload);
        if (!pod) {
            row.glyph = u"warning"_s;
            row.glyphText = clean(pod.error().message);
            lines.append(explain(pod.error()));
        }
    }
    row.toolTip = lines.join(u'\n');
    return {row, {}};
}

ClusterBranch Builder::data() const
{
    ClusterBranch branch = group(u"data"_s, Texts::tr("Data"), u"data"_s, {});
    const catalog::Catalog& catalog = m_state.detection->catalog;
    const QStringList present = store::presentComponents(catalog, m_state.inventory);
    qint64 used = -1;
    for (const catalog::Component& component : catalog.components) {
        if (component.engine == u"objects" || !present.contains(component.id))
            continue;
        branch.children.append(store(component));
        branch.item.components.append({m_where, component.id});
        if (const qint64 own = usedBytesOf(m_state, component.id); own >= 0)
            used = std::max<qint64>(used, 0) + own;
    }
    branch.item.marks = !branch.children.isEmpty();
    branch.item.detail = used < 0 ? QString() : Texts::tr("%1 used").arg(formatBytes(used));
    branch.item.toolTip = Texts::tr("Databases, queues and files. Drag it to take all of them.");
    return branch;
}

ClusterBranch Builder::workload(const cluster::Workload& workload, const QList<ComponentRef>& components) const
{
    const bool ready = workload.ready >= workload.desired;
    const QString age = workload.created.isValid() ? u" · "_s + formatAge(workload.created) : QString();
    ClusterBranch branch{item(ClusterItemKind::Workload, workload.kind + u'/' + workload.name, workload.name,
                              Texts::tr("%1 of %2").arg(workload.ready).arg(workload.desired) + age, u"cube"_s), {}};
    branch.item.components = components;
    QStringList lines{Texts::tr("%1 %2: %3 of %4 ready.").arg(clean(workload.kind), clean(workload.name)).arg(workload.ready).arg(workload.desired)};
    if (!ready) {
        branch.item.glyph = u"warning"_s;
        branch.item.glyphText = Texts::tr("not ready");
        if (workload.rolloutInProgress)
            lines.append(Texts::tr("A rollout is in progress."));
    } else if (workload.desired == 0) {
        lines.append(Texts::tr("It is scaled to 0."));
    }
    if (workload.paused)
        lines.append(Texts::tr("Its rollouts are paused."));
    for (const QString& container : workload.containers)
        branch.children.append(detail(container, workload.images.value(container)));
    branch.item.toolTip = lines.join(u'\n');
    return branch;
}

ClusterBranch Builder::workloads() const
{
    const auto& list = m_state.inventory.workloads;
    const bool configs = std::any_of(list.begin(), list.end(), [](const cluster::Workload& w) { return w.kind == u"DeploymentConfig"; });
    const QString kind = m_state.detection ? m_state.detection->workloadKind : configs ? u"DeploymentConfig"_s : u"Deployment"_s;
    ClusterBranch branch = group(u"workloads"_s, kind == u"DeploymentConfig" ? Texts::tr("DeploymentConfigs") : Texts::tr("Deployments"), u"cube"_s, kind);
    int ready = 0;
    for (const cluster::Workload& each : list) {
        branch.children.append(workload(each, branch.item.components));
        ready += each.ready >= each.desired ? 1 : 0;
    }
    if (ready < list.size()) {
        branch.item.glyph = u"warning"_s;
        branch.item.glyphText = Texts::tr("not all ready");
        branch.item.detail = Texts::tr("%1 of %2").arg(ready).arg(list.size());
    } else if (!list.isEmpty()) {
        branch.item.detail = Texts::tr("%1 of %2 ready").arg(ready).arg(list.size());
    }
    return branch;
}

ClusterBranch Builder::claims() const
{
    ClusterBranch branch = group(u"claims"_s, Texts::tr("Persistent volumes"), u"volume"_s, {});
    for (const cluster::Claim& claim : m_state.inventory.claims) {
        const qint64 capacity = bytesOfQuantity(claim.capacity), used = m_state.usedBytes.value(claim.name, -1);
        const QString size = capacity < 0 ? clean(claim.capacity) : used < 0 ? formatBytes(capacity) : formatBytesOf(used, capacity);
        ClusterBranch row{item(ClusterItemKind::Claim, claim.name, claim.name, size, u"volume"_s), {}};
        // The data on a claim belongs to a store: that is what can be taken.
        if (m_state.detection) {
            for (const catalog::Component& component : m_state.detection->catalog.components) {
                if (!component.claim.isEmpty() && component.claim == claim.name)
                    row.item.components = {{m_where, component.id}};
            }
        }
        const QString none = u"–"_s;
        row.children = {detail(Texts::tr("Access"), claim.accessModes.isEmpty() ? none : claim.accessModes.join(u", "_s)),
                        detail(Texts::tr("Class"), claim.storageClass.isEmpty() ? none : claim.storageClass),
                        detail(Texts::tr("Bound to"), claim.volume.isEmpty() ? none : claim.volume)};
        QStringList lines{Texts::tr("%1: %2, %3.").arg(row.item.name, clean(claim.phase), size)};
        if (claim.phase != u"Bound") {
            row.item.glyph = u"warning"_s;
            row.item.glyphText = Texts::tr("not bound");
        }
        row.item.toolTip = lines.join(u'\n');
        branch.children.append(row);
    }
    branch.item.detail = QString::number(branch.children.size());
    return branch;
}

ClusterBranch Builder::secrets() const
{
    ClusterBranch branch = group(u"secrets"_s, Texts::tr("Secrets"), u"key"_s, u"Secret"_s);
    for (const cluster::NamedObject& secret : m_state.inventory.secrets) {
        ClusterBranch row{item(ClusterItemKind::Secret, secret.name, secret.name, {}, u"key"_s), {}};
        row.item.components = branch.item.components;
        for (const QString& key : secret.keys) {
            ClusterItem value = item(ClusterItemKind::SecretKey, key, key, {}, {});
            value.detail = bullets;
            value.object = secret.name;
            value.key = key;
            value.toolTip = Texts::tr("The value is not shown. “Reveal value” reads it once and shows it for a moment.");
            row.children.append({value, {}});
        }
        branch.children.append(row);
    }
    branch.item.detail = QString::number(branch.children.size());
    return branch;
}

ClusterBranch Builder::configMaps() const
{
    ClusterBranch branch = group(u"configmaps"_s, Texts::tr("ConfigMaps"), u"file"_s, u"ConfigMap"_s);
    for (const cluster::NamedObject& map : m_state.inventory.configMaps) {
        ClusterBranch row{item(ClusterItemKind::ConfigMap, map.name, map.name, {}, u"file"_s), {}};
        row.item.components = branch.item.components;
        for (const QString& key : map.keys)
            row.children.append({item(ClusterItemKind::Detail, key, key, {}, {}), {}});
        branch.children.append(row);
    }
    branch.item.detail = QString::number(branch.children.size());
    return branch;
}

ClusterBranch Builder::routes() const
{
    ClusterBranch branch = group(u"routes"_s, Texts::tr("Routes"), u"route"_s, u"Route"_s);
    for (const cluster::Route& route : m_state.inventory.routes) {
        ClusterBranch row{item(ClusterItemKind::Route, route.name, route.name, route.host, u"route"_s), {}};
        row.item.components = branch.item.components;
        row.item.toolTip = Texts::tr("%1 to service %2%3.").arg(row.item.detail, clean(route.service), route.tls ? Texts::tr(", TLS") : QString());
        if (!route.admitted) {
            row.item.glyph = u"warning"_s;
            row.item.glyphText = Texts::tr("not admitted");
            row.item.toolTip += u'\n' + clean(route.problem);
        }
        branch.children.append(row);
    }
    branch.item.detail = QString::number(branch.children.size());
    return branch;
}

void Builder::addCustomResources(QList<ClusterBranch>& children) const
{
    for (const cluster::NamedObject& other : m_state.inventory.others) {
        if (other.kind != u"APIManager")
            continue;
        ClusterItem row = item(ClusterItemKind::CustomResource, u"apimanager/"_s + other.name, Texts::tr("APIManager"), other.name, u"sliders"_s);
        row.components = componentOfKind(u"APIManager"_s);
        row.marks = !row.components.isEmpty();
        row.toolTip = Texts::tr("The custom resource from which the operator makes the installation.");
        children.append({row, {}});
    }
}

ClusterBranch Builder::whole() const
{
    ClusterBranch branch{item(ClusterItemKind::Namespace, m_state.name, m_state.name, m_state.installation(), u"namespace"_s), {}};
    ClusterItem& row = branch.item;
    QStringList lines;
    if (m_state.detection) {
        row.components = {{m_where, {}}};
        lines.append(Texts::tr("3scale %1. Drag it to take everything.").arg(clean(m_state.installation())));
        if (!m_state.versionKnown || !m_state.flavourKnown || !m_state.detection->workloadKindKnown) {
            lines.append(Texts::tr("Not everything of it could be seen in the namespace; the rest is assumed:"));
            for (const QString& reason : m_state.detection->reasons)
                lines.append(clean(reason));
        }
    }
    if (m_state.error) {
        row.glyph = u"warning"_s;
        row.glyphText = clean(m_state.error->message);
        lines.append(explain(*m_state.error));
        if (m_state.readAt.isValid())
            lines.append(Texts::tr("Shown is what was read at %1.").arg(formatExact(m_state.readAt)));
    } else if (!m_state.inventory.problems.isEmpty()) {
        row.glyph = u"warning"_s;
        row.glyphText = Texts::tr("not everything could be read");
        for (const Error& problem : m_state.inventory.problems)
            lines.append(clean(problem.message));
    }
    if (m_state.reading) {
        row.glyph = u"running"_s;
        row.glyphText = Texts::tr("being read");
    }
    row.toolTip = lines.join(u'\n');
    if (!m_state.read)
        return branch;
    if (m_state.detection)
        branch.children.append(data());
    branch.children.append(workloads());
    branch.children.append(claims());
    branch.children.append(secrets());
    branch.children.append(configMaps());
    branch.children.append(routes());
    addCustomResources(branch.children);
    return branch;
}

QString subtitleOf(const ClusterState& cluster, const QDateTime& now)
{
    switch (cluster.state) {
    case ConnectionState::LoggedOut: return Texts::tr("Logged out");
    case ConnectionState::Connecting: return Texts::tr("Connecting…");
    case ConnectionState::LoginExpired: return Texts::tr("Login expired · Log in again…");
    case ConnectionState::Unreachable: return Texts::tr("Not reachable");
    case ConnectionState::Connected: break;
    }
    QStringList parts;
    if (!cluster.serverVersion.isEmpty())
        parts.append(clean(cluster.serverVersion));
    if (!cluster.cluster.user.isEmpty())
        parts.append(clean(cluster.cluster.user));
    if (const QDateTime expires = cluster.cluster.tokenExpires; expires.isValid() && expires > now)
        parts.append(Texts::tr("token %1 left").arg(formatAge(now, expires)));
    return parts.join(u" · "_s);
}

QStringList clusterLines(const ClusterState& cluster)
{
    QStringList lines{cluster.cluster.server.toString()};
    if (!cluster.cluster.user.isEmpty())
        lines.append(Texts::tr("Logged in as %1.").arg(clean(cluster.cluster.user)));
    if (cluster.state == ConnectionState::LoggedOut || cluster.state == ConnectionState::LoginExpired)
        lines.removeAll(lines.size() > 1 ? lines.constLast() : QString());
    if (cluster.cluster.tokenExpires.isValid())
        lines.append(Texts::tr("The token ends at %1.").arg(formatExact(cluster.cluster.tokenExpires)));
    if (cluster.cluster.readOnly)
        lines.append(Texts::tr("Read only: backup and compare, no restore."));
    if (!cluster.mayListProjects)
        lines.append(Texts::tr("This user may not list projects. Add namespaces by name."));
    if (cluster.error)
        lines.append(explain(*cluster.error));
    return lines;
}
} // namespace

ClusterItem clusterItem(const ClusterState& cluster, const QDateTime& now)
{
    ClusterItem row;
    row.kind = ClusterItemKind::Cluster;
    row.id = row.name = cluster.cluster.name;
    row.subtitle = subtitleOf(cluster, now);
    row.icon = u"cluster"_s;
    row.where.cluster = cluster.cluster.name;
    row.colour = cluster.cluster.colour;
    row.production = cluster.cluster.production;
    row.readOnly = cluster.cluster.readOnly;
    row.state = cluster.state;
    row.toolTip = clusterLines(cluster).join(u'\n');
    if (cluster.state == ConnectionState::LoginExpired || cluster.state == ConnectionState::Unreachable || cluster.error) {
        row.glyph = u"warning"_s;
        row.glyphText = cluster.error ? clean(cluster.error->message) : row.subtitle;
    } else if (cluster.state == ConnectionState::Connecting) {
        row.glyph = u"running"_s;
        row.glyphText = row.subtitle;
    }
    return row;
}

ClusterBranch namespaceBranch(const ClusterState& cluster, const NamespaceState& state)
{
    return Builder(cluster, state).whole();
}

ClusterBranch clusterBranch(const ClusterState& cluster, const QDateTime& now)
{
    ClusterBranch branch{clusterItem(cluster, now), {}};
    for (const NamespaceState& each : cluster.namespaces)
        branch.children.append(namespaceBranch(cluster, each));
    return branch;
}

qint64 usedBytesOf(const NamespaceState& state, const QString& component)
{
    if (!state.detection)
        return -1;
    const catalog::Component* found = state.detection->catalog.component(component);
    return found && !found->claim.isEmpty() ? state.usedBytes.value(found->claim, -1) : -1;
}

} // namespace scalekeep::models
