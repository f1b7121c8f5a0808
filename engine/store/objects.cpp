#include "engine/store/objects.h"

#include "engine/index/objectfilter.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QRegularExpression>

#include <algorithm>

namespace scalekeep::store::objects {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr int replaceAttempts = 5;

bool matches(const QStringList& globs, const QString& text)
{
    return std::any_of(globs.begin(), globs.end(), [&text](const QString& glob) {
        return QRegularExpression(QRegularExpression::wildcardToRegularExpression(glob)).match(text).hasMatch();
    });
}

/// The containers of one of the pod's lists, the named ones with the images that they have in the live pod.
QJsonArray withImages(const QJsonValue& containers, const QJsonValue& live, const QSet<QString>& names)
{
    QJsonArray filled;
    for (const QJsonValue& value : containers.toArray()) {
        QJsonObject container = value.toObject();
        for (const QJsonValue& other : live.toArray()) {
            if (other[u"name"] == container.value(u"name") && names.contains(other[u"name"].toString()))
                container[u"image"] = other[u"image"];
        }
        filled.append(container);
    }
    return filled;
}

/// What the cluster fills in for the triggers of a DeploymentConfig. The namespace of an image's stream: without it a trigger would look like another one, and be replaced for nothing.
/// The image that an automatic trigger has set: the cluster would set it again at once, and roll out twice (UpdateDeploymentConfigImages and triggerActivated in OpenShift).
void fillTriggers(QJsonObject& spec, const QJsonObject& live)
{
    QSet<QString> containers;
    QJsonArray filled;
    for (const QJsonValue& value : spec.value(u"triggers").toArray()) {
        QJsonObject trigger = value.toObject(), parameters = trigger.value(u"imageChangeParams").toObject(), stream = parameters.value(u"from").toObject();
        for (const QJsonValue& other : live.value(u"triggers").toArray()) {
            const QJsonObject known = other[u"imageChangeParams"].toObject(), from = known.value(u"from").toObject();
            if (stream.isEmpty() || from.value(u"kind") != stream.value(u"kind") || from.value(u"name") != stream.value(u"name") || (stream.contains(u"namespace"_s) && from.value(u"namespace") != stream.value(u"namespace")))
                continue;
            if (from.contains(u"namespace"_s))
                stream[u"namespace"] = from.value(u"namespace");
            parameters[u"from"] = stream;
            if (parameters.value(u"automatic").toBool() && known.value(u"automatic").toBool() && known.contains(u"lastTriggeredImage"_s)) {
                parameters[u"lastTriggeredImage"] = known.value(u"lastTriggeredImage");
                for (const QJsonValue& name : known.value(u"containerNames").toArray())
                    containers.insert(name.toString());
            }
            trigger[u"imageChangeParams"] = parameters;
        }
        filled.append(trigger);
    }
    spec[u"triggers"] = filled;
    if (containers.isEmpty())
        return;
    QJsonObject pods = spec.value(u"template").toObject(), pod = pods.value(u"spec").toObject();
    for (const QString& list : {u"containers"_s, u"initContainers"_s}) {
        if (pod.contains(list))
            pod[list] = withImages(pod.value(list), live[u"template"][u"spec"][list], containers);
    }
    pods[u"spec"] = pod;
    spec[u"template"] = pods;
}
} // namespace

QString nameOf(const QJsonObject& object)
{
    return object[u"metadata"][u"name"].toString();
}

QJsonObject stripped(QJsonObject object)
{
    // value() and not []: reading a field that is absent would put a null there, which a strict server refuses.
    object.remove(u"status"_s);
    QJsonObject metadata = object.value(u"metadata").toObject();
    const QJsonValue ownNamespace = metadata.value(u"namespace");
    for (const QString& key : {u"uid"_s, u"resourceVersion"_s, u"generation"_s, u"creationTimestamp"_s, u"managedFields"_s, u"ownerReferences"_s, u"selfLink"_s, u"namespace"_s,
                               u"deletionTimestamp"_s, u"deletionGracePeriodSeconds"_s})
        metadata.remove(key);
    QJsonObject annotations = metadata.value(u"annotations").toObject();
    for (const QString& key : {u"kubectl.kubernetes.io/last-applied-configuration"_s, u"pv.kubernetes.io/bind-completed"_s, u"pv.kubernetes.io/bound-by-controller"_s,
                               u"volume.beta.kubernetes.io/storage-provisioner"_s, u"volume.kubernetes.io/storage-provisioner"_s, u"volume.kubernetes.io/selected-node"_s,
                               u"deployment.kubernetes.io/revision"_s, u"openshift.io/host.generated"_s})
        annotations.remove(key);
    if (annotations.isEmpty())
        metadata.remove(u"annotations"_s);
    else
        metadata[u"annotations"] = annotations;
    object[u"metadata"] = metadata;
    const QString kind = object[u"kind"].toString();
    QJsonObject spec = object.value(u"spec").toObject();
    if (kind == u"Service") {
        // A headless one is headless by its definition; an address is the cluster's.
        const bool headless = spec.value(u"clusterIP").toString() == u"None";
        for (const QString& key : {u"clusterIP"_s, u"clusterIPs"_s, u"ipFamilies"_s, u"ipFamilyPolicy"_s, u"healthCheckNodePort"_s}) {
            if (!headless || !key.startsWith(u"clusterIP"_s))
                spec.remove(key);
        }
        QJsonArray ports;
        for (const QJsonValue& value : spec.value(u"ports").toArray()) {
            QJsonObject port = value.toObject();
            port.remove(u"nodePort"_s);
            ports.append(port);
        }
        if (!ports.isEmpty())
            spec[u"ports"] = ports;
    } else if (kind == u"PersistentVolumeClaim") {
        spec.remove(u"volumeName"_s);
    } else if (kind == u"ServiceAccount") {
        object.remove(u"secrets"_s); // tokens that the cluster made for the old one
    } else if (kind == u"DeploymentConfig") {
        QJsonArray triggers;
        for (const QJsonValue& value : spec.value(u"triggers").toArray()) {
            QJsonObject trigger = value.toObject();
            QJsonObject parameters = trigger.value(u"imageChangeParams").toObject();
            if (!parameters.isEmpty()) {
                parameters.remove(u"lastTriggeredImage"_s);
                QJsonObject from = parameters.value(u"from").toObject();
                if (from.value(u"namespace") == ownNamespace)
                    from.remove(u"namespace"_s);
                parameters[u"from"] = from;
                trigger[u"imageChangeParams"] = parameters;
            }
            triggers.append(trigger);
        }
        if (!triggers.isEmpty())
            spec[u"triggers"] = triggers;
    }
    if (object.contains(u"spec"_s))
        object[u"spec"] = spec;
    return object;
}

QString keyOf(const QJsonObject& object)
{
    return object[u"kind"].toString() + u'/' + nameOf(object);
}

QString resourceOf(const QJsonObject& object)
{
    const QString apiVersion = object[u"apiVersion"].toString();
    const QString group = apiVersion.contains(u'/') ? apiVersion.section(u'/', 0, 0) : QString{};
    return group.isEmpty() ? object[u"kind"].toString() : u"%1.%2"_s.arg(object[u"kind"].toString(), group);
}

bool isWorkload(const QString& kind)
{
    return kind == u"DeploymentConfig" || kind == u"Deployment" || kind == u"StatefulSet";
}

bool createOnly(const QString& kind)
{
    return kind == u"PersistentVolumeClaim" || kind == u"ServiceAccount" || kind == u"Job";
}

bool mayBeRefused(const QString& kind)
{
    return kind == u"Role" || kind == u"RoleBinding";
}

bool madeByZync(const QJsonObject& object)
{
    return object[u"kind"].toString() == u"Route" && object[u"metadata"][u"labels"][u"3scale.net/created-by"].toString() == u"zync";
}

QJsonObject routeOf(const QString& host, const QJsonArray& live)
{
    const auto route = std::find_if(live.begin(), live.end(), [&host](const QJsonValue& each) { return each[u"kind"].toString() == u"Route" && each[u"spec"][u"host"].toString() == host; });
    return host.isEmpty() || route == live.end() ? QJsonObject() : route->toObject();
}

Result<bool> equal(const QJsonObject& saved, const QJsonObject& live)
{
    const auto expected = indexOfObjects({saved});
    const auto found = expected ? indexOfObjects({live}) : expected;
    if (!found)
        return fail(found.error());
    return index::differences(*expected, *found).isEmpty();
}

QJsonObject prepared(const QJsonObject& saved, const QJsonObject& live)
{
    QJsonObject object = saved;
    QJsonObject metadata = object.value(u"metadata").toObject();
    const QJsonObject liveMetadata = live[u"metadata"].toObject();
    metadata[u"resourceVersion"] = liveMetadata[u"resourceVersion"];
    // The operator's ownership of the live object stays: without it the object would outlive its owner, with the saved one it would be collected.
    if (liveMetadata.contains(u"ownerReferences"_s))
        metadata[u"ownerReferences"] = liveMetadata[u"ownerReferences"];
    object[u"metadata"] = metadata;
    QJsonObject spec = object.value(u"spec").toObject();
    const QJsonObject liveSpec = live[u"spec"].toObject();
    if (object[u"kind"].toString() == u"Service") {
        for (const QString& key : {u"clusterIP"_s, u"clusterIPs"_s, u"ipFamilies"_s, u"ipFamilyPolicy"_s, u"healthCheckNodePort"_s}) {
            if (liveSpec.contains(key))
                spec[key] = liveSpec[key];
        }
        object[u"spec"] = spec;
    }
    if (object[u"kind"].toString() == u"DeploymentConfig" && spec.contains(u"triggers"_s))
        fillTriggers(spec, liveSpec);
    if (isWorkload(object[u"kind"].toString())) {
        spec[u"replicas"] = liveSpec[u"replicas"]; // the plan's own steps stop and start workloads
        if (liveSpec.contains(u"paused"_s))
            spec[u"paused"] = liveSpec[u"paused"];
        else
            spec.remove(u"paused"_s);
        object[u"spec"] = spec;
    }
    return object;
}

Result<QJsonObject> replace(const oc::Client& client, const QJsonObject& saved, QJsonObject live)
{
    for (int attempt = 1;; ++attempt) {
        const auto made = client.replace(prepared(saved, live));
        if (made || made.error().code != ErrorCode::Conflict || attempt == replaceAttempts)
            return made;
        const auto now = client.get(resourceOf(saved), nameOf(saved));
        if (!now)
            return fail(now.error());
        live = *now;
    }
}

bool belongs(const catalog::ObjectKind& kind, const QJsonObject& object)
{
    const QString name = nameOf(object);
    const QJsonObject metadata = object[u"metadata"].toObject();
    if (name.isEmpty() || index::isLeaderLock(object) || matches(kind.ignoreNames, name) || kind.ignoreTypes.contains(object[u"type"].toString()))
        return false;
    for (const QJsonValue& owner : metadata[u"ownerReferences"].toArray()) {
        if (kind.ignoreOwnerKinds.contains(owner[u"kind"].toString()))
            return false;
    }
    for (const QString& label : kind.ignoreLabels) {
        if (metadata[u"labels"][label.section(u'=', 0, 0)].toString() == label.section(u'=', 1))
            return false;
    }
    for (const catalog::ObjectName& known : kind.names) {
        if (known.pattern ? matches({known.name}, name) : known.name == name)
            return !known.skip;
    }
    return kind.saveOthers;
}

Result<QJsonObject> indexOfObjects(const QJsonArray& items)
{
    const auto indexer = index::indexer(u"json"_s);
    const QByteArray json = QJsonDocument(QJsonObject{{u"items"_s, items}}).toJson(QJsonDocument::Compact);
    if (const auto added = indexer->add(std::span(json.constData(), static_cast<size_t>(json.size()))); !added)
        return fail(added.error());
    return indexer->finish();
}

Result<QJsonArray> savedObjects(const bundle::Reader& reader, const QString& component)
{
    const bundle::Stream* stream = reader.stream(component, streamName);
    if (!stream)
        return QJsonArray{};
    QByteArray json;
    const auto read = reader.read(*stream, [&json](std::span<const char> data) -> Result<void> {
        constexpr qsizetype limit = 512LL * 1024 * 1024;
        if (json.size() + static_cast<qsizetype>(data.size()) > limit)
            return fail(ErrorCode::BadInput, u"The objects of the bundle take more than 512 MiB."_s);
        json.append(data.data(), static_cast<qsizetype>(data.size()));
        return {};
    });
    if (!read)
        return fail(read.error());
    QJsonParseError parsing{};
    const QJsonDocument document = QJsonDocument::fromJson(json, &parsing);
    if (parsing.error != QJsonParseError::NoError || !document.object()[u"items"].isArray())
        return fail(ErrorCode::Damaged, u"The objects of %1 in the bundle are no list of objects."_s.arg(component), {}, parsing.errorString());
    QJsonArray items;
    for (const QJsonValue& item : document.object()[u"items"].toArray()) {
        if (!index::isLeaderLock(item.toObject())) // bundles of earlier versions have them
            items.append(item);
    }
    return items;
}

Result<Live> liveObjects(const oc::Client& client, const catalog::Catalog& catalog, const catalog::Component& component)
{
    Live live;
    for (const QString& id : component.kinds) {
        const catalog::ObjectKind* kind = catalog.kind(id);
        if (!kind)
            continue;
        QStringList resources{kind->resource};
        if (kind->resource.startsWith(u"*.")) {
            // All kinds of one API group, of which the cluster may have none.
            const QString group = kind->resource.mid(2);
            resources.clear();
            const auto versions = client.raw(u"/apis/%1"_s.arg(group));
            if (!versions) {
                if (versions.error().code == ErrorCode::NotFound)
                    continue;
                return fail(versions.error());
            }
            const QString version = QJsonDocument::fromJson(*versions)[u"preferredVersion"][u"groupVersion"].toString();
            const auto list = client.raw(u"/apis/%1"_s.arg(version));
            if (!list)
                return fail(list.error());
            for (const QJsonValue& resource : QJsonDocument::fromJson(*list)[u"resources"].toArray()) {
                const QString name = resource[u"name"].toString();
                if (!name.contains(u'/') && resource[u"namespaced"].toBool())
                    resources.append(u"%1.%2"_s.arg(name, group));
            }
            if (resources.isEmpty())
                continue;
        }
        // A kind that must not be missing is an error; of the others the manifest says that they could not be read. The edit role, which the
        // documentation asks for, may not see Roles.
        const bool needed = !mayBeRefused(kind->kind) && std::any_of(kind->names.begin(), kind->names.end(), [](const catalog::ObjectName& name) { return name.required; });
        const auto listing = client.list(resources);
        if (!listing && (needed || listing.error().code != ErrorCode::Forbidden))
            return fail(listing.error());
        if (!listing) {
            live.problems.append(listing.error());
            continue;
        }
        if (needed && !listing->problems.isEmpty())
            return fail(listing->problems.first());
        live.problems.append(listing->problems);
        for (const QJsonValue& item : listing->items) {
            if (belongs(*kind, item.toObject()))
                live.items.append(item);
        }
    }
    return live;
}

} // namespace scalekeep::store::objects
