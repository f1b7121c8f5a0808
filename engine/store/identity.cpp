#include "engine/store/identity.h"

#include <QJsonArray>
#include <QRegularExpression>

namespace scalekeep::store::helper {

using namespace Qt::Literals::StringLiterals;

namespace {
/// The first number of "START/SIZE" or "START-END"; of several ranges that of the first.
std::optional<qint64> firstOf(const QString& ranges)
{
    static const QRegularExpression end(u"[-/,]"_s);
    bool isNumber = false;
    const qint64 first = ranges.left(ranges.indexOf(end)).toLongLong(&isNumber);
    return isNumber ? std::optional(first) : std::nullopt;
}

QJsonObject examplePod(const cluster::Inventory& inventory, const cluster::Workload& workload, const QString& serviceAccount)
{
    QStringList own;
    for (const cluster::Pod& pod : inventory.podsOf(workload))
        own.append(pod.name);
    QJsonObject other;
    for (const QJsonValue& value : inventory.objects) {
        const QJsonObject object = value.toObject(), meta = object[u"metadata"].toObject();
        // One that somebody has made by hand (an earlier helper, a debug pod) was admitted by that user's rights.
        const bool byController = !meta[u"ownerReferences"].toArray().isEmpty();
        if (object[u"kind"].toString() != u"Pod" || !byController || object[u"spec"][u"serviceAccountName"].toString() != serviceAccount)
            continue;
        if (own.contains(meta[u"name"].toString()))
            return object;
        other = object;
    }
    return other;
}

QJsonObject containerIn(const QJsonObject& pod, const QString& name)
{
    const QJsonArray containers = pod[u"spec"][u"containers"].toArray();
    for (const QJsonValue& each : containers) {
        if (each[u"name"].toString() == name)
            return each.toObject();
    }
    return containers.first().toObject();
}

QJsonObject asPod(const QJsonObject& pod, const QString& container)
{
    const QJsonObject ofPod = pod[u"spec"][u"securityContext"].toObject(), ofContainer = containerIn(pod, container)[u"securityContext"].toObject();
    QJsonObject context;
    for (const QString& key : {u"runAsUser"_s, u"fsGroup"_s, u"supplementalGroups"_s, u"seLinuxOptions"_s, u"seccompProfile"_s}) {
        if (ofPod.contains(key))
            context.insert(key, ofPod[key]);
    }
    if (ofContainer.contains(u"runAsUser"_s)) // where admission fills it in
        context.insert(u"runAsUser"_s, ofContainer[u"runAsUser"]);
    return context;
}

QJsonObject asAnnotated(const QMap<QString, QString>& annotations)
{
    const std::optional<qint64> user = firstOf(annotations.value(u"openshift.io/sa.scc.uid-range"_s));
    if (!user)
        return {};
    QJsonObject context{{u"runAsUser"_s, *user}, {u"fsGroup"_s, firstOf(annotations.value(u"openshift.io/sa.scc.supplemental-groups"_s)).value_or(*user)}};
    if (const QString level = annotations.value(u"openshift.io/sa.scc.mcs"_s); !level.isEmpty())
        context.insert(u"seLinuxOptions"_s, QJsonObject{{u"level"_s, level}});
    return context;
}
} // namespace

Identity identityFor(const cluster::Inventory& inventory, const cluster::Workload& workload, const QString& container, const QString& serviceAccount)
{
    const QJsonObject example = examplePod(inventory, workload, serviceAccount);
    Identity identity{.pod = example.isEmpty() ? asAnnotated(inventory.projectAnnotations) : asPod(example, container), .container = {}};
    // Until OpenShift 4.10 `restricted` refuses a pod that sets a seccomp profile: it is set where pods have one, or where one is demanded.
    if (inventory.projectLabels.value(u"pod-security.kubernetes.io/enforce"_s) == u"restricted" && !identity.pod.contains(u"seccompProfile"_s))
        identity.pod.insert(u"seccompProfile"_s, QJsonObject{{u"type"_s, u"RuntimeDefault"_s}});
    // What PodSecurity `restricted` demands besides. `restricted-v2` fills in the same, and the older constraints take it.
    if (identity.pod.value(u"runAsUser"_s).toInteger() > 0) {
        identity.pod.insert(u"runAsNonRoot"_s, true);
        identity.container = {{u"allowPrivilegeEscalation"_s, false}, {u"capabilities"_s, QJsonObject{{u"drop"_s, QJsonArray{u"ALL"_s}}}}};
    }
    return identity;
}

} // namespace scalekeep::store::helper
