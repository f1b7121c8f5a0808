#include "engine/cluster/inventory.h"

namespace scalekeep::cluster {

using namespace Qt::Literals::StringLiterals;

namespace {

// Cluster output is not trusted: nothing longer than the longest sensible value reaches lists, logs or the screen.
constexpr qsizetype longestText = 4096;

QString text(const QJsonValue& value)
{
    return value.toString().left(longestText);
}

QJsonObject metadata(const QJsonObject& object)
{
    return object[u"metadata"].toObject();
}

QDateTime time(const QJsonValue& value)
{
    return QDateTime::fromString(text(value), Qt::ISODate);
}

QMap<QString, QString> textMap(const QJsonObject& object)
{
    QMap<QString, QString> map;
    for (auto entry = object.begin(); entry != object.end(); ++entry) {
        if (entry->isString())
            map.insert(entry.key().left(longestText), text(*entry));
    }
    return map;
}

QStringList keysOf(const QJsonObject& object)
{
    return object.keys().mid(0, longestText);
}

const QJsonObject conditionOf(const QJsonValue& conditions, QStringView type)
{
    for (const auto& condition : conditions.toArray()) {
        if (condition[u"type"].toString() == type)
            return condition.toObject();
    }
    return {};
}

// A digest's image name as a helper pod can use it, without the runtime's own prefix.
QString imageName(const QJsonValue& value)
{
    QString image = text(value);
    for (const QLatin1StringView prefix : {"docker-pullable://"_L1, "docker://"_L1}) {
        if (image.startsWith(prefix))
            image.remove(0, prefix.size());
    }
    return image;
}

Pod podFrom(const QJsonObject& object)
{
    const QJsonObject meta = metadata(object), spec = object[u"spec"].toObject(), status = object[u"status"].toObject();
    Pod pod;
    pod.name = text(meta[u"name"]);
    pod.uid = text(meta[u"uid"]);
    pod.phase = text(status[u"phase"]);
    pod.nodeName = text(spec[u"nodeName"]);
    pod.terminating = meta.contains(u"deletionTimestamp");
    pod.ready = conditionOf(status[u"conditions"], u"Ready")[u"status"].toString() == u"True";
    pod.labels = textMap(meta[u"labels"].toObject());
    pod.created = time(meta[u"creationTimestamp"]);
    for (const auto& container : spec[u"containers"].toArray()) {
        pod.containers.append(text(container[u"name"]));
        pod.images.insert(text(container[u"name"]), text(container[u"image"]));
    }
    for (const auto& container : status[u"containerStatuses"].toArray()) {
        // A bare digest ("sha256:…") names an image on that node only; one with a repository can be pulled.
        const QString image = imageName(container[u"imageID"]);
        if (image.contains(u'/') && image.contains(u'@') && pod.images.contains(text(container[u"name"])))
            pod.images.insert(text(container[u"name"]), image);
    }
    for (const auto& volume : spec[u"volumes"].toArray()) {
        const QString claim = text(volume[u"persistentVolumeClaim"][u"claimName"]);
        if (!claim.isEmpty())
            pod.claims.append(claim);
    }
    return pod;
}

bool isRollingOut(const QJsonObject& meta, const QJsonObject& spec, const QJsonObject& status)
{
    if (status[u"observedGeneration"].toInteger() < meta[u"generation"].toInteger())
        return true;
    const QJsonObject progressing = conditionOf(status[u"conditions"], u"Progressing");
    if (progressing.isEmpty() || spec[u"paused"].toBool())
        return false;
    // The reason is empty while a deployer pod waits or its pre-hook runs (openshift-controller-manager, updateConditions): only an end is known by its name.
    const QString reason = progressing[u"reason"].toString();
    return progressing[u"status"].toString() != u"False" && reason != u"NewReplicationControllerAvailable" && reason != u"NewReplicaSetAvailable";
}

Workload workloadFrom(const QJsonObject& object)
{
    const QJsonObject meta = metadata(object), spec = object[u"spec"].toObject(), status = object[u"status"].toObject();
    Workload workload;
    workload.kind = text(object[u"kind"]);
    workload.name = text(meta[u"name"]);
    // The API server leaves out a Deployment's default of one, and counts of zero.
    workload.desired = spec[u"replicas"].toInt(1);
    workload.ready = status[u"readyReplicas"].toInt(0);
    workload.paused = spec[u"paused"].toBool();
    workload.created = time(meta[u"creationTimestamp"]);
    workload.rolloutInProgress = isRollingOut(meta, spec, status);
    // A DeploymentConfig's selector is a plain map, that of the others has matchLabels.
    const QJsonObject selector = spec[u"selector"].toObject();
    workload.selector = textMap(workload.kind == u"DeploymentConfig" ? selector : selector[u"matchLabels"].toObject());
    for (const auto& container : spec[u"template"][u"spec"][u"containers"].toArray()) {
        workload.containers.append(text(container[u"name"]));
        workload.images.insert(text(container[u"name"]), text(container[u"image"]));
    }
    return workload;
}

Claim claimFrom(const QJsonObject& object)
{
    const QJsonObject spec = object[u"spec"].toObject(), status = object[u"status"].toObject();
    Claim claim;
    claim.name = text(metadata(object)[u"name"]);
    claim.phase = text(status[u"phase"]);
    claim.volume = text(spec[u"volumeName"]);
    claim.storageClass = text(spec[u"storageClassName"]);
    claim.capacity = text(status[u"capacity"][u"storage"]);
    if (claim.capacity.isEmpty())
        claim.capacity = text(spec[u"resources"][u"requests"][u"storage"]);
    for (const auto& mode : spec[u"accessModes"].toArray())
        claim.accessModes.append(text(mode));
    return claim;
}

Route routeFrom(const QJsonObject& object)
{
    const QJsonObject spec = object[u"spec"].toObject();
    Route route;
    route.name = text(metadata(object)[u"name"]);
    route.host = text(spec[u"host"]);
    route.service = text(spec[u"to"][u"name"]);
    route.tls = spec.contains(u"tls");
    // One router that takes the route is enough; the first refusal is shown when none does.
    for (const auto& ingress : object[u"status"][u"ingress"].toArray()) {
        const QJsonObject admitted = conditionOf(ingress[u"conditions"], u"Admitted");
        if (admitted[u"status"].toString() == u"True")
            route.admitted = true;
        else if (route.problem.isEmpty() && !admitted.isEmpty())
            route.problem = u"%1: %2"_s.arg(text(admitted[u"reason"]), text(admitted[u"message"]));
    }
    if (route.admitted)
        route.problem.clear();
    else if (route.problem.isEmpty())
        route.problem = u"no router has taken it"_s;
    return route;
}

// Without a Secret's values, and without the copies of them (and of literal passwords) that `oc apply` and the API
// server keep.
QJsonObject withoutValues(QJsonObject object)
{
    QJsonObject meta = metadata(object), annotations = meta[u"annotations"].toObject();
    meta.remove(u"managedFields");
    annotations.remove(u"kubectl.kubernetes.io/last-applied-configuration");
    if (!annotations.isEmpty())
        meta[u"annotations"] = annotations;
    else
        meta.remove(u"annotations");
    object[u"metadata"] = meta;
    if (object[u"kind"].toString() == u"Secret") {
        QJsonObject data = object[u"data"].toObject();
        for (QJsonValueRef value : data)
            value = QString();
        object[u"data"] = data;
        object.remove(u"stringData");
    }
    return object;
}

} // namespace

Inventory inventoryFromObjects(const QJsonArray& items, const QString& namespaceName)
{
    Inventory inventory;
    inventory.namespaceName = namespaceName;
    for (const auto& item : items) {
        const QJsonObject object = item.toObject();
        const QString kind = text(object[u"kind"]), name = text(metadata(object)[u"name"]);
        const QString itsNamespace = text(metadata(object)[u"namespace"]);
        if (kind.isEmpty() || name.isEmpty() || (!itsNamespace.isEmpty() && itsNamespace != namespaceName))
            continue;
        inventory.objects.append(withoutValues(object));
        if (kind == u"Pod") {
            inventory.pods.append(podFrom(object));
        } else if (kind == u"DeploymentConfig" || kind == u"Deployment" || kind == u"StatefulSet") {
            inventory.workloads.append(workloadFrom(object));
        } else if (kind == u"PersistentVolumeClaim") {
            inventory.claims.append(claimFrom(object));
        } else if (kind == u"Secret") {
            inventory.secrets.append({kind, name, keysOf(object[u"data"].toObject())});
        } else if (kind == u"ConfigMap") {
            inventory.configMaps.append(
                {kind, name, keysOf(object[u"data"].toObject()) + keysOf(object[u"binaryData"].toObject())});
            if (name == u"system-environment")
                inventory.environment = textMap(object[u"data"].toObject());
        } else if (kind == u"Route") {
            inventory.routes.append(routeFrom(object));
        } else {
            inventory.others.append({kind, name, {}});
        }
    }
    return inventory;
}

void addProject(Inventory& inventory, const QJsonObject& project)
{
    const QJsonObject meta = metadata(project);
    inventory.projectUid = text(meta[u"uid"]);
    inventory.projectLabels = textMap(meta[u"labels"].toObject());
    inventory.projectAnnotations = textMap(meta[u"annotations"].toObject());
}

} // namespace scalekeep::cluster
