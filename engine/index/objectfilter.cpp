#include "engine/index/objectfilter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QSet>

#include <algorithm>
#include <functional>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::index {

namespace {
QJsonArray changedEach(const QJsonArray& array, const std::function<void(QJsonObject&)>& change)
{
    QJsonArray result;
    for (const QJsonValue value : array) {
        QJsonObject item = value.toObject();
        change(item);
        result.append(value.isObject() ? QJsonValue(item) : value);
    }
    return result;
}

// Changes a member that is there and is of the right type, and drops it when nothing is left.
void changeObject(QJsonObject& parent, const QString& key, const std::function<void(QJsonObject&)>& change)
{
    if (!parent.value(key).isObject())
        return;
    QJsonObject child = parent.value(key).toObject();
    change(child);
    if (child.isEmpty())
        parent.remove(key);
    else
        parent.insert(key, child);
}

void changeEach(QJsonObject& parent, const QString& key, const std::function<void(QJsonObject&)>& change)
{
    if (parent.value(key).isArray())
        parent.insert(key, changedEach(parent.value(key).toArray(), change));
}

bool isVolatileAnnotation(const QString& key)
{
    static const QSet<QString> names{
        u"kubectl.kubernetes.io/last-applied-configuration"_s,
        u"kubectl.kubernetes.io/restartedAt"_s,
        u"deployment.kubernetes.io/revision"_s,
        u"openshift.io/image.dockerRepositoryCheck"_s,
        u"pv.kubernetes.io/bind-completed"_s,
        u"pv.kubernetes.io/bound-by-controller"_s,
        u"volume.beta.kubernetes.io/storage-provisioner"_s,
        u"volume.kubernetes.io/storage-provisioner"_s,
        u"volume.kubernetes.io/selected-node"_s,
        u"controller-uid"_s,
        u"batch.kubernetes.io/controller-uid"_s,
    };
    // The 3scale operator notes the resourceVersion of what a pod was started with, under several names.
    return names.contains(key) || key.contains("resourceversion"_L1, Qt::CaseInsensitive);
}

void dropVolatileKeys(QJsonObject& map)
{
    const QStringList keys = map.keys();
    for (const QString& key : keys)
        if (isVolatileAnnotation(key))
            map.remove(key);
}

// Of an object and of the templates in it.
void filterMetadata(QJsonObject& metadata)
{
    metadata.remove(u"creationTimestamp"_s);
    changeObject(metadata, u"annotations"_s, dropVolatileKeys);
    changeObject(metadata, u"labels"_s, dropVolatileKeys);
}

void filterService(QJsonObject& spec)
{
    // A headless service is one by the word "None": that is a choice, an address is not.
    if (spec.value("clusterIP"_L1) != "None"_L1) {
        spec.remove(u"clusterIP"_s);
        spec.remove(u"clusterIPs"_s);
    }
    spec.remove(u"healthCheckNodePort"_s);
    changeEach(spec, u"ports"_s, [](QJsonObject& port) { port.remove(u"nodePort"_s); });
}

// OpenShift makes a token and a registry secret for every service account and enters them there.
void dropGeneratedReferences(QJsonObject& account, const QString& key)
{
    if (!account.value(key).isArray())
        return;
    const QString name = account.value("metadata"_L1)["name"_L1].toString();
    const QRegularExpression generated(u"^%1-(token|dockercfg)-[a-z0-9]{5}$"_s.arg(QRegularExpression::escape(name)));
    QJsonArray kept;
    for (const QJsonValue reference : account.value(key).toArray())
        if (!generated.match(reference["name"_L1].toString()).hasMatch())
            kept.append(reference);
    if (kept.isEmpty())
        account.remove(key);
    else
        account.insert(key, kept);
}

bool hasOwner(const QJsonObject& object, QLatin1StringView kind)
{
    const QJsonArray owners = object.value("metadata"_L1)["ownerReferences"_L1].toArray();
    return std::any_of(owners.begin(), owners.end(), [kind](const QJsonValue& owner) { return owner["kind"_L1] == kind; });
}

// The containers whose image the cluster sets, whatever a restore writes: by an automatic trigger of a DeploymentConfig
// (UpdateDeploymentConfigImages in openshift/origin), by the annotation that is one of a Deployment (ContainerForObjectFieldPath there), or by
// the operator (DeploymentPodContainerImageMutator and DeploymentPodInitContainerImageMutator in 3scale-operator).
QSet<QString> containersOfTheCluster(const QJsonObject& object)
{
    static const QRegularExpression field(u"\\Aspec\\.template\\.spec\\.(containers|initContainers)\\[(?:(\\d{1,4})|\\?\\(@\\.name==\"([^\"]+)\"\\))\\]\\.image\\z"_s);
    const QJsonValue spec = object.value("spec"_L1), pod = spec["template"_L1]["spec"_L1];
    QSet<QString> names;
    for (const QJsonValue trigger : spec["triggers"_L1].toArray()) {
        const QJsonValue parameters = trigger["imageChangeParams"_L1];
        if (!parameters["automatic"_L1].toBool() || parameters["from"_L1]["kind"_L1] != "ImageStreamTag"_L1)
            continue;
        for (const QJsonValue name : parameters["containerNames"_L1].toArray())
            names.insert(name.toString());
    }
    const QString annotation = object.value("metadata"_L1)["annotations"_L1]["image.openshift.io/triggers"_L1].toString();
    for (const QJsonValue trigger : QJsonDocument::fromJson(annotation.toUtf8()).array()) {
        const auto match = field.match(trigger["fieldPath"_L1].toString());
        if (match.hasMatch() && !trigger["paused"_L1].toBool())
            names.insert(match.hasCaptured(3) ? match.captured(3) : pod[match.captured(1)][match.captured(2).toInt()]["name"_L1].toString());
    }
    if (object.value("kind"_L1) != "Deployment"_L1 || !hasOwner(object, "APIManager"_L1))
        return names;
    for (const QString& list : {u"containers"_s, u"initContainers"_s})
        for (const QJsonValue container : pod[list].toArray())
            names.insert(container["name"_L1].toString());
    return names;
}
} // namespace

bool isGenerated(const QJsonObject& object)
{
    static const QSet<QString> kinds{u"Pod"_s,           u"ReplicaSet"_s, u"ReplicationController"_s, u"Endpoints"_s,
                                     u"EndpointSlice"_s, u"Event"_s,      u"ControllerRevision"_s};
    const QString kind = object.value("kind"_L1).toString();
    const QJsonValue metadata = object.value("metadata"_L1);
    if (kinds.contains(kind))
        return true;
    if (kind == "ConfigMap"_L1) {
        const QString name = metadata["name"_L1].toString();
        return name == "kube-root-ca.crt"_L1 || name == "openshift-service-ca.crt"_L1;
    }
    if (kind != "Secret"_L1)
        return false;
    const QString type = object.value("type"_L1).toString();
    if (type == "kubernetes.io/service-account-token"_L1)
        return true;
    const QJsonObject annotations = metadata["annotations"_L1].toObject();
    return type == "kubernetes.io/dockercfg"_L1 && (annotations.contains("kubernetes.io/service-account.name"_L1) ||
                                                    annotations.contains("openshift.io/token-secret.name"_L1) ||
                                                    annotations.contains("openshift.io/internal-registry-auth-token.service-account"_L1));
}

QJsonObject withoutVolatile(QJsonObject object)
{
    const QString kind = object.value("kind"_L1).toString();
    object.remove(u"status"_s);
    changeObject(object, u"metadata"_s, [](QJsonObject& metadata) {
        // The name and namespace are where the object is, not what it is.
        for (const QString& key : {u"uid"_s, u"resourceVersion"_s, u"generation"_s, u"managedFields"_s, u"selfLink"_s, u"namespace"_s})
            metadata.remove(key);
        filterMetadata(metadata);
        changeEach(metadata, u"ownerReferences"_s, [](QJsonObject& owner) { owner.remove(u"uid"_s); });
    });
    changeObject(object, u"spec"_s, [&](QJsonObject& spec) {
        changeObject(spec, u"template"_s, [](QJsonObject& pod) { changeObject(pod, u"metadata"_s, filterMetadata); });
        changeObject(spec, u"selector"_s, [](QJsonObject& selector) { changeObject(selector, u"matchLabels"_s, dropVolatileKeys); });
        if (kind == "Service"_L1)
            filterService(spec);
        else if (kind == "PersistentVolumeClaim"_L1)
            spec.remove(u"volumeName"_s);
        else if (kind == "DeploymentConfig"_L1)
            changeEach(spec, u"triggers"_s, [](QJsonObject& trigger) {
                changeObject(trigger, u"imageChangeParams"_s,
                             [](QJsonObject& parameters) { parameters.remove(u"lastTriggeredImage"_s); });
            });
        else if (kind == "ImageStream"_L1)
            changeEach(spec, u"tags"_s, [](QJsonObject& tag) { tag.remove(u"generation"_s); });
    });
    if (kind == "ServiceAccount"_L1) {
        dropGeneratedReferences(object, u"secrets"_s);
        dropGeneratedReferences(object, u"imagePullSecrets"_s);
    }
    return object;
}

QJsonObject restorable(QJsonObject object)
{
    if (isLeaderLock(object))
        return {};
    const QString kind = object.value("kind"_L1).toString(), own = object.value("metadata"_L1)["namespace"_L1].toString();
    const auto dropImage = [names = containersOfTheCluster(object)](QJsonObject& container) {
        if (names.contains(container.value("name"_L1).toString()))
            container.remove(u"image"_s);
    };
    // The server fills in the namespace that it restores into (SetDefaults_DeploymentConfig in openshift/origin); any other is a choice.
    const auto dropOwn = [&own](QJsonObject& from) {
        if (!own.isEmpty() && from.value("namespace"_L1) == own)
            from.remove(u"namespace"_s);
    };
    changeObject(object, u"metadata"_s, [](QJsonObject& metadata) {
        changeObject(metadata, u"annotations"_s, [](QJsonObject& annotations) { annotations.remove(u"openshift.io/host.generated"_s); });
    });
    changeObject(object, u"spec"_s, [&](QJsonObject& spec) {
        changeObject(spec, u"template"_s, [&](QJsonObject& pods) {
            changeObject(pods, u"spec"_s, [&](QJsonObject& pod) {
                changeEach(pod, u"containers"_s, dropImage);
                changeEach(pod, u"initContainers"_s, dropImage);
            });
        });
        changeEach(spec, u"triggers"_s, [&](QJsonObject& trigger) {
            changeObject(trigger, u"imageChangeParams"_s, [&](QJsonObject& parameters) { changeObject(parameters, u"from"_s, dropOwn); });
        });
        if (kind == "Service"_L1) {
            spec.remove(u"ipFamilies"_s);
            spec.remove(u"ipFamilyPolicy"_s);
        }
    });
    return object;
}

bool isLeaderLock(const QJsonObject& object)
{
    if (object.value("kind"_L1) != "ConfigMap"_L1)
        return false;
    // client-go's lock in a ConfigMap (controller-runtime before 0.12), and operator-sdk's leader.Become().
    return object.value("metadata"_L1)["annotations"_L1].toObject().contains("control-plane.alpha.kubernetes.io/leader"_L1) || hasOwner(object, "Pod"_L1);
}

} // namespace scalekeep::index
