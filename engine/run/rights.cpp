#include "engine/run/rights.h"

#include <QJsonArray>

#include <algorithm>

namespace scalekeep::run {

using namespace Qt::Literals::StringLiterals;

namespace {
/// What a handler does in the cluster, in bits.
enum Use : unsigned {
    Nothing = 0,
    Exec = 1U << 0U,            // finds a pod, runs a command or a stream in it
    MakePods = 1U << 1U,        // a helper pod comes and goes
    ReadWorkloads = 1U << 2U,
    Scale = 1U << 3U,
    RollOut = 1U << 4U,
    PatchWorkloads = 1U << 5U,  // pause and resume
    EditConfigMap = 1U << 6U,
    ReadObjects = 1U << 7U,     // the kinds of the step's component
    WriteObjects = 1U << 8U,
    PatchObjects = 1U << 9U,
    CustomResource = 1U << 10U, // list and patch of the step's parameter `resource`
    ReadRoutes = 1U << 11U,
    TemplateFile = 1U << 12U,   // what a template creates is in the user's file: restore::preflight adds it
};

/// One line an action. A test goes through every handler, so that a new one cannot be forgotten here.
const QHash<QString, unsigned>& table()
{
    static const QHash<QString, unsigned> uses{
        {u"mysql.inspect"_s, Exec},
        {u"mysql.dump"_s, Exec},
        {u"mysql.prepare"_s, Exec},
        {u"mysql.stage"_s, Exec},
        {u"mysql.load"_s, Exec},
        {u"mysql.prove"_s, Exec},
        {u"postgresql.inspect"_s, Exec},
        {u"postgresql.dump"_s, Exec},
        {u"postgresql.prepare"_s, Exec},
        {u"postgresql.stage"_s, Exec},
        {u"postgresql.load"_s, Exec},
        {u"postgresql.prove"_s, Exec},
        {u"postgresql.samePod"_s, Exec},
        {u"redis.inspect"_s, Exec},
        {u"redis.snapshot"_s, Exec},
        {u"redis.dump"_s, Exec},
        {u"redis.unlink"_s, Exec},
        {u"redis.check"_s, Exec},
        {u"redis.stage"_s, Exec | MakePods}, // an undo makes the helper again
        {u"redis.load"_s, Exec | MakePods},
        {u"redis.prove"_s, Exec},
        {u"redis.shutdown"_s, Exec},
        {u"redis.tidy"_s, Exec},
        {u"redis.documented.edit"_s, Exec | EditConfigMap | ReadWorkloads | RollOut}, // an undo rolls out once the ConfigMap is as it was
        {u"redis.documented.checkOff"_s, Exec},
        {u"redis.documented.load"_s, Exec | ReadWorkloads | RollOut},
        {u"redis.documented.rewrite"_s, Exec},
        {u"redis.documented.prove"_s, Exec},
        {u"redis.documented.tidy"_s, Exec},
        {u"redis.documented.restoreConfig"_s, EditConfigMap},
        {u"files.dump"_s, Exec},
        {u"files.stage"_s, Exec | MakePods},
        {u"files.extract"_s, Exec | MakePods},
        {u"files.swap"_s, Exec | MakePods},
        {u"files.prove"_s, Exec},
        {u"files.tidy"_s, Exec},
        {u"store.unstage"_s, Exec},
        {u"helper.create"_s, MakePods | ReadWorkloads},
        {u"helper.remove"_s, MakePods},
        {u"objects.save"_s, ReadObjects},
        {u"objects.restore"_s, ReadObjects | WriteObjects},
        {u"objects.adopt"_s, ReadObjects | PatchObjects},
        {u"objects.prove"_s, ReadObjects},
        {u"objects.readers"_s, Exec | ReadWorkloads | RollOut}, // its undo rolls out who had read the restored values
        {u"bundle.finish"_s, Nothing},
        {u"workloads.stop"_s, ReadWorkloads | Scale},
        {u"workloads.stayed"_s, ReadWorkloads},
        {u"workloads.start"_s, ReadWorkloads | Scale},
        {u"workloads.resume"_s, ReadWorkloads | Scale},
        {u"workloads.await"_s, ReadWorkloads},
        {u"workloads.settle"_s, ReadWorkloads},
        {u"workloads.putBack"_s, Exec | MakePods | ReadWorkloads | Scale | PatchWorkloads | EditConfigMap | CustomResource},
        {u"workloads.rollout"_s, ReadWorkloads | RollOut},
        {u"workloads.rolloutChanged"_s, ReadWorkloads | RollOut},
        {u"rollouts.pause"_s, ReadWorkloads | PatchWorkloads},
        {u"rollouts.resume"_s, ReadWorkloads | PatchWorkloads},
        {u"apimanager.zero"_s, CustomResource},
        {u"task.run"_s, Exec},
        {u"verify.workloads"_s, ReadWorkloads},
        {u"verify.routes"_s, ReadRoutes},
        {u"verify.http"_s, Exec},
        {u"template.create"_s, TemplateFile},
    };
    return uses;
}

Need need(const QString& verb, const QString& resource)
{
    // "routes.route.openshift.io", "deployments.apps/scale"
    const QString name = resource.section(u'/', 0, 0), sub = resource.section(u'/', 1);
    return {verb, name.section(u'.', 1), name.section(u'.', 0, 0) + (sub.isEmpty() ? QString{} : u'/' + sub)};
}

QString resourceOf(const QString& workloadKind)
{
    return workloadKind == u"DeploymentConfig" ? u"deploymentconfigs.apps.openshift.io"_s : workloadKind == u"StatefulSet" ? u"statefulsets.apps"_s : u"deployments.apps"_s;
}

class Collector {
public:
    Collector(const catalog::Catalog& catalog, const QJsonArray& saved, const QJsonArray& live) : m_catalog(catalog)
    {
        QHash<QString, QString> hosts; // of the live Routes
        for (const QJsonValue& object : live) {
            if (object[u"kind"].toString() == u"Route")
                hosts.insert(object[u"metadata"][u"name"].toString(), object[u"spec"][u"host"].toString());
        }
        for (const QJsonValue& object : saved) {
            const QString version = object[u"apiVersion"].toString();
            m_kinds.insert(object[u"kind"].toString());
            const auto host = hosts.constFind(object[u"metadata"][u"name"].toString());
            m_changesHost = m_changesHost || (object[u"kind"].toString() == u"Route" && host != hosts.cend() && *host != object[u"spec"][u"host"].toString());
            m_groups.insert(version.contains(u'/') ? version.section(u'/', 0, 0) : QString{});
        }
    }

    void add(const plan::Step& step)
    {
        const QString action = step.action == u"safety.try" ? step.parameters[u"inner"].toString() : step.action;
        const auto uses = table().constFind(action);
        if (uses == table().constEnd()) {
            if (!rights.unknown.contains(action))
                rights.unknown.append(action);
            return;
        }
        if (*uses & Exec)
            add({need(u"get"_s, u"pods"_s), need(u"list"_s, u"pods"_s), need(u"create"_s, u"pods/exec"_s)});
        if (*uses & MakePods)
            add({need(u"get"_s, u"pods"_s), need(u"list"_s, u"pods"_s), need(u"watch"_s, u"pods"_s), need(u"create"_s, u"pods"_s), need(u"delete"_s, u"pods"_s)}); // removal is awaited
        if (*uses & EditConfigMap)
            add({need(u"get"_s, u"configmaps"_s), need(u"patch"_s, u"configmaps"_s), need(u"update"_s, u"configmaps"_s)});
        if (*uses & ReadRoutes)
            add({need(u"list"_s, u"routes.route.openshift.io"_s)});
        if (*uses & CustomResource) {
            const QString named = step.parameters[u"resource"].toString(), resource = named.isEmpty() ? m_catalog.customResource : named;
            if (!resource.isEmpty())
                add({need(u"list"_s, resource), need(u"patch"_s, resource)});
        }
        QSet<QString> kinds;
        for (const QJsonValue& each : step.parameters[u"workloads"].toArray())
            kinds.insert(each[u"kind"].toString());
        if (kinds.isEmpty())
            kinds.insert(m_catalog.workloadKind);
        for (const QString& kind : std::as_const(kinds))
            workloads(*uses, kind);
        if (*uses & (ReadObjects | WriteObjects | PatchObjects))
            objects(*uses, step);
    }

    void addLock()
    {
        for (const QString& verb : {u"get"_s, u"create"_s, u"update"_s, u"delete"_s})
            add({need(verb, u"configmaps"_s)});
    }

    Rights rights;

private:
    void add(const QList<Need>& needs)
    {
        for (const Need& each : needs) {
            if (!rights.needs.contains(each))
                rights.needs.append(each);
        }
    }

    void workloads(unsigned uses, const QString& kind)
    {
        const QString resource = resourceOf(kind);
        if (uses & (ReadWorkloads | Scale | RollOut | PatchWorkloads))
            add({need(u"get"_s, resource), need(u"list"_s, resource)});
        if (uses & Scale) // by patch, or by update where the count of now is given; then every pod is seen to go
            add({need(u"get"_s, u"pods"_s), need(u"list"_s, u"pods"_s), need(u"watch"_s, u"pods"_s), need(u"get"_s, resource + u"/scale"_s), need(u"patch"_s, resource + u"/scale"_s), need(u"update"_s, resource + u"/scale"_s)});
        if (uses & RollOut) { // the client looks whether one is under way; which pods are older than a change is seen in their list
            add({need(u"list"_s, u"pods"_s), need(u"watch"_s, resource)});
            add(kind == u"DeploymentConfig" ? QList{need(u"create"_s, resource + u"/instantiate"_s), need(u"get"_s, u"replicationcontrollers"_s)} : QList{need(u"patch"_s, resource)});
        }
        if (uses & PatchWorkloads)
            add({need(u"patch"_s, resource)});
    }

    void objects(unsigned uses, const plan::Step& step)
    {
        const catalog::Component* component = m_catalog.component(step.component);
        if (!component)
            return;
        const QJsonArray skipped = step.parameters[u"skip"].toArray(), only = step.parameters[u"only"].toArray();
        for (const QString& id : component->kinds) {
            const catalog::ObjectKind* kind = m_catalog.kind(id);
            // Roles may be refused: a restore goes on without them, and says so.
            if (!kind || kind->kind == u"Role" || kind->kind == u"RoleBinding" || skipped.contains(kind->kind) || (!only.isEmpty() && !only.contains(kind->kind)))
                continue;
            const bool wholeGroup = kind->resource.startsWith(u"*.");
            const bool isSaved = wholeGroup ? m_groups.contains(kind->resource.mid(2)) : m_kinds.contains(kind->kind);
            const bool isRequired = std::any_of(kind->names.begin(), kind->names.end(), [](const catalog::ObjectName& name) { return name.required; });
            if (isSaved || (isRequired && !(uses & (WriteObjects | PatchObjects))))
                add({need(u"list"_s, kind->resource)});
            if (!isSaved)
                continue;
            if (uses & PatchObjects)
                add({need(u"get"_s, kind->resource), need(u"patch"_s, kind->resource)});
            if (uses & WriteObjects)
                write(*kind);
        }
    }

    void write(const catalog::ObjectKind& kind)
    {
        add({need(u"get"_s, kind.resource), need(u"create"_s, kind.resource)});
        const bool isKept = kind.kind == u"PersistentVolumeClaim" || kind.kind == u"ServiceAccount" || kind.kind == u"Job";
        if (!isKept)
            add({need(u"update"_s, kind.resource)});
        if (kind.kind != u"PersistentVolumeClaim" && kind.kind != u"APIManager" && kind.resource != u"*.capabilities.3scale.net") // their undo leaves them
            add({need(u"delete"_s, kind.resource)});
        if (kind.kind == u"Route")
            add({need(u"create"_s, kind.resource + u"/custom-host"_s)});
        if (kind.kind == u"Route" && m_changesHost)
            add({need(u"update"_s, kind.resource + u"/custom-host"_s)});
    }

    const catalog::Catalog& m_catalog;
    QSet<QString> m_kinds, m_groups;
    bool m_changesHost = false;
};

bool covers(const QJsonArray& list, const QString& value)
{
    return list.contains(value) || list.contains(u"*"_s);
}
} // namespace

QString toText(const Need& need)
{
    const QString name = need.resource.section(u'/', 0, 0), sub = need.resource.section(u'/', 1);
    return u"%1 %2%3%4"_s.arg(need.verb, name, need.group.isEmpty() ? QString{} : u'.' + need.group, sub.isEmpty() ? QString{} : u'/' + sub);
}

Rights rightsOf(const plan::Plan& plan, const catalog::Catalog& catalog, const QJsonArray& saved, const QJsonArray& live)
{
    Collector collector(catalog, saved, live);
    bool changes = false;
    for (const plan::Stage& stage : plan.stages) {
        for (const plan::Step& step : stage.steps) {
            collector.add(step);
            changes = changes || step.changes;
        }
    }
    if (changes)
        collector.addLock();
    return collector.rights;
}

bool hasRights(const QString& action)
{
    return action == u"safety.try" || table().contains(action);
}

bool isGranted(const QJsonObject& status, const Need& need)
{
    const QString slashed = need.resource.contains(u'/') ? u"*/"_s + need.resource.section(u'/', 1) : QString{};
    for (const QJsonValue& value : status[u"resourceRules"].toArray()) {
        const QJsonObject rule = value.toObject();
        if (!rule[u"resourceNames"].toArray().isEmpty())
            continue; // a right on one named object says nothing of the others
        const QJsonArray resources = rule[u"resources"].toArray();
        const bool isResource = covers(resources, need.resource) || (!slashed.isEmpty() && resources.contains(slashed)) || (need.resource == u"*" && !resources.isEmpty());
        if (isResource && covers(rule[u"verbs"].toArray(), need.verb) && covers(rule[u"apiGroups"].toArray(), need.group))
            return true;
    }
    return false;
}

} // namespace scalekeep::run
