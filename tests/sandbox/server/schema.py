"""Types of the fields that the server, the kubelet and the controllers rely on: a client's mistake must not become a crash.

A type is str, int, bool, a list [type], a map {"*": type}, a Struct, or AMOUNT (a number or a string).
"""
import json
import math

from . import errors

AMOUNT = object()


class Struct:
    """Named as the API server's Go type, for the error texts. Fields that are not listed are not checked."""

    def __init__(self, name, /, **fields):
        self.name, self.fields = name, fields


def loads(body, failed):
    """JSON as the API server reads it: no NaN, no lone surrogates. `failed(error)` makes the exception to raise."""
    def number(text):
        value = float(text)
        if not math.isfinite(value):
            raise ValueError(f"invalid number {text}")
        return value
    try:
        value = json.loads(body, parse_constant=number, parse_float=number)
        if b"\\ud" in (body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")).lower():
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value
    except (ValueError, RecursionError) as error:
        raise failed(error) from None


def _go(value):
    return {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _wrong(resource, struct, path, value, wanted):
    return errors.bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: json: cannot unmarshal '
                              f"{_go(value)} into Go struct field {struct}.{path} of type {wanted}")


def _name(kind):
    if isinstance(kind, list):
        return "[]" + _name(kind[0])
    if isinstance(kind, dict):
        return "map[string]" + _name(kind["*"])
    return kind.name if isinstance(kind, Struct) else {str: "string", int: "int32", bool: "bool", AMOUNT: "resource.Quantity"}[kind]


def check(resource, value, kind, path, struct):
    """ApiError 400 when the value is not of the type; null counts as absent everywhere but in lists and maps."""
    if isinstance(kind, (Struct, dict)):
        good = isinstance(value, dict)
    elif isinstance(kind, list):
        good = isinstance(value, list)
    elif kind is AMOUNT:
        good = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    elif kind is int:
        good = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31
    else:
        good = isinstance(value, kind)
    if not good:
        raise _wrong(resource, struct, path, value, _name(kind)) if value is not None else errors.bad_request(f"{path} must not be null")
    if isinstance(kind, Struct):
        for name, inner in kind.fields.items():
            if value.get(name) is not None:
                check(resource, value[name], inner, f"{path}.{name}" if path else name, kind.name)
    elif isinstance(kind, dict):
        for item in value.values():
            check(resource, item, kind["*"], path, struct)
    elif isinstance(kind, list):
        for item in value:
            check(resource, item, kind[0], path, struct)


def without_nulls(value):
    """Typed objects have no nulls: what a client sends as null is absent."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


_NAMED = Struct("LocalObjectReference", name=str)
_MAP = {"*": str}
_OWNER = Struct("OwnerReference", apiVersion=str, kind=str, name=str, uid=str, controller=bool, blockOwnerDeletion=bool)
METADATA = Struct("ObjectMeta", name=str, generateName=str, namespace=str, uid=str, resourceVersion=str, labels=_MAP, annotations=_MAP,
                  finalizers=[str], ownerReferences=[_OWNER])
_CONTEXT = Struct("SecurityContext", runAsUser=int, fsGroup=int, privileged=bool, allowPrivilegeEscalation=bool,
                  capabilities=Struct("Capabilities", add=[str], drop=[str]), runAsNonRoot=bool, supplementalGroups=[int],
                  seLinuxOptions=Struct("SELinuxOptions", level=str), seccompProfile=Struct("SeccompProfile", type=str))
_KEY = Struct("SecretKeySelector", name=str, key=str, optional=bool)
_FROM = Struct("EnvVarSource", secretKeyRef=_KEY, configMapKeyRef=_KEY, fieldRef=Struct("ObjectFieldSelector", fieldPath=str),
               resourceFieldRef=Struct("ResourceFieldSelector", resource=str))
_ENV = Struct("EnvVar", name=str, value=str, valueFrom=_FROM)
_SOURCE = Struct("EnvFromSource", prefix=str, configMapRef=_KEY, secretRef=_KEY)
_PROBE = Struct("Probe", exec=Struct("ExecAction", command=[str]), httpGet=Struct("HTTPGetAction", path=str, port=AMOUNT),
                tcpSocket=Struct("TCPSocketAction", port=AMOUNT), periodSeconds=int, timeoutSeconds=int, failureThreshold=int)
_AMOUNTS = Struct("ResourceRequirements", limits={"*": AMOUNT}, requests={"*": AMOUNT})
_CONTAINER = Struct("Container", name=str, image=str, command=[str], args=[str], env=[_ENV], envFrom=[_SOURCE], imagePullPolicy=str, workingDir=str,
                    ports=[Struct("ContainerPort", containerPort=int, name=str, protocol=str)], resources=_AMOUNTS, securityContext=_CONTEXT,
                    volumeMounts=[Struct("VolumeMount", name=str, mountPath=str, readOnly=bool, subPath=str)],
                    readinessProbe=_PROBE, livenessProbe=_PROBE, startupProbe=_PROBE)
_ITEMS = [Struct("KeyToPath", key=str, path=str)]
_VOLUME = Struct("Volume", name=str, emptyDir=Struct("EmptyDirVolumeSource", medium=str, sizeLimit=AMOUNT), hostPath=Struct("HostPathVolumeSource", path=str),
                 persistentVolumeClaim=Struct("PersistentVolumeClaimVolumeSource", claimName=str, readOnly=bool),
                 configMap=Struct("ConfigMapVolumeSource", name=str, items=_ITEMS, defaultMode=int, optional=bool),
                 secret=Struct("SecretVolumeSource", secretName=str, items=_ITEMS, defaultMode=int, optional=bool),
                 projected=Struct("ProjectedVolumeSource", sources=[Struct("VolumeProjection")], defaultMode=int),
                 downwardAPI=Struct("DownwardAPIVolumeSource", items=[Struct("DownwardAPIVolumeFile", path=str)], defaultMode=int))
_POD = Struct("PodSpec", containers=[_CONTAINER], initContainers=[_CONTAINER], volumes=[_VOLUME], restartPolicy=str, nodeName=str,
              serviceAccountName=str, serviceAccount=str, terminationGracePeriodSeconds=int, imagePullSecrets=[_NAMED], securityContext=_CONTEXT,
              hostNetwork=bool, hostPID=bool, hostIPC=bool, hostAliases=[Struct("HostAlias", ip=str, hostnames=[str])])
_TEMPLATE = Struct("PodTemplateSpec", metadata=METADATA, spec=_POD)
_SELECTOR = Struct("LabelSelector", matchLabels=_MAP, matchExpressions=[Struct("LabelSelectorRequirement", key=str, operator=str, values=[str])])
_HOOK = Struct("LifecycleHook", failurePolicy=str, execNewPod=Struct("ExecNewPodHook", command=[str], containerName=str, env=[_ENV], volumes=[str]))
_PARAMS = Struct("RollingDeploymentStrategyParams", timeoutSeconds=int, intervalSeconds=int, updatePeriodSeconds=int, maxSurge=AMOUNT,
                 maxUnavailable=AMOUNT, pre=_HOOK, mid=_HOOK, post=_HOOK)
_REFERENCE = Struct("ObjectReference", kind=str, name=str, namespace=str, uid=str)
_IMAGE_CHANGE = Struct("DeploymentTriggerImageChangeParams", automatic=bool, containerNames=[str], lastTriggeredImage=str, **{"from": _REFERENCE})
_RULE = Struct("PolicyRule", verbs=[str], apiGroups=[str], resources=[str], resourceNames=[str], nonResourceURLs=[str])
_SUBJECTS, _ROLE = [Struct("Subject", kind=str, name=str, namespace=str)], Struct("RoleRef", kind=str, name=str, apiGroup=str)
_CLAIM = dict(accessModes=[str], resources=_AMOUNTS, volumeName=str, storageClassName=str, volumeMode=str)


def _replicas(name, selector):
    return Struct(name, replicas=int, selector=selector, template=_TEMPLATE, minReadySeconds=int)


def _spec(spec):
    return Struct("", spec=spec)


_COUNT = Struct("ComponentSpec", replicas=int)
_OBJECTS = {
    "pods": _spec(_POD), "configmaps": Struct("ConfigMap", data=_MAP, binaryData=_MAP, immutable=bool),
    "secrets": Struct("Secret", data=_MAP, stringData=_MAP, type=str, immutable=bool),
    "deploymentconfigs": _spec(Struct(
        "DeploymentConfigSpec", replicas=int, selector=_MAP, template=_TEMPLATE, paused=bool, test=bool, revisionHistoryLimit=int,
        strategy=Struct("DeploymentStrategy", type=str, activeDeadlineSeconds=int, rollingParams=_PARAMS, recreateParams=_PARAMS),
        triggers=[Struct("DeploymentTriggerPolicy", type=str, imageChangeParams=_IMAGE_CHANGE)])),
    "deployments": _spec(Struct(
        "DeploymentSpec", replicas=int, selector=_SELECTOR, template=_TEMPLATE, paused=bool, revisionHistoryLimit=int, progressDeadlineSeconds=int,
        strategy=Struct("DeploymentStrategy", type=str, rollingUpdate=_PARAMS))),
    "replicasets": _spec(_replicas("ReplicaSetSpec", _SELECTOR)), "replicationcontrollers": _spec(_replicas("ReplicationControllerSpec", _MAP)),
    "jobs": _spec(Struct("JobSpec", selector=_SELECTOR, template=_TEMPLATE, backoffLimit=int, completions=int, parallelism=int, suspend=bool)),
    "services": _spec(Struct("ServiceSpec", selector=_MAP, clusterIP=str, clusterIPs=[str], type=str,
                             ports=[Struct("ServicePort", port=int, targetPort=AMOUNT, name=str, protocol=str)])),
    "routes": _spec(Struct("RouteSpec", host=str, path=str, to=Struct("RouteTargetReference", kind=str, name=str, weight=int),
                           port=Struct("RoutePort", targetPort=AMOUNT), tls={"*": AMOUNT})),
    "persistentvolumeclaims": _spec(Struct("PersistentVolumeClaimSpec", **_CLAIM)),
    "persistentvolumes": _spec(Struct("PersistentVolumeSpec", capacity={"*": AMOUNT}, accessModes=[str], claimRef=_REFERENCE,
                                      persistentVolumeReclaimPolicy=str, storageClassName=str)),
    "imagestreams": _spec(Struct("ImageStreamSpec", tags=[Struct("TagReference", name=str, **{"from": _REFERENCE})])),
    "serviceaccounts": Struct("ServiceAccount", secrets=[_NAMED], imagePullSecrets=[_NAMED]),
    "roles": Struct("Role", rules=[_RULE]), "clusterroles": Struct("ClusterRole", rules=[_RULE]),
    "rolebindings": Struct("RoleBinding", subjects=_SUBJECTS, roleRef=_ROLE),
    "clusterrolebindings": Struct("ClusterRoleBinding", subjects=_SUBJECTS, roleRef=_ROLE),
    "apimanagers": _spec(Struct(
        "APIManagerSpec", wildcardDomain=str, tenantName=str, appLabel=str, apicast=Struct("Apicast", productionSpec=_COUNT, stagingSpec=_COUNT),
        backend=Struct("Backend", cronSpec=_COUNT, listenerSpec=_COUNT, workerSpec=_COUNT),
        system=Struct("System", appSpec=_COUNT, sidekiqSpec=_COUNT), zync=Struct("Zync", appSpec=_COUNT, queSpec=_COUNT))),
}
_ANY = Struct("", spec=Struct("Spec"))


def check_object(resource, obj):
    check(resource, obj["metadata"], METADATA, "metadata", "ObjectMeta")
    check(resource, obj, _OBJECTS.get(resource.plural, _ANY), "", resource.kind)
    if obj.get("status") is not None and not isinstance(obj["status"], dict):
        raise _wrong(resource, resource.kind, "status", obj["status"], resource.kind + "Status")
