"""The values that the API server fills in where a client left them out."""
import secrets


def _default(target, **values):
    for key, value in values.items():
        if target.get(key) is None:
            target[key] = value


def _container(container):
    _default(container, resources={}, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    image = container.get("image") or ""
    latest = ":" not in image.rsplit("/", 1)[-1] and "@" not in image or image.endswith(":latest")
    _default(container, imagePullPolicy="Always" if latest else "IfNotPresent")
    for port in container.get("ports") or []:
        _default(port, protocol="TCP")
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(probe), dict):
            _default(container[probe], timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    for variable in container.get("env") or []:
        if "fieldRef" in (variable.get("valueFrom") or {}):
            _default(variable["valueFrom"]["fieldRef"], apiVersion="v1")


def pod_spec(spec):
    _default(spec, restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler", securityContext={},
             terminationGracePeriodSeconds=30)
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for container in (spec.get("containers") or []) + (spec.get("initContainers") or []):
        _container(container)
    for volume in spec.get("volumes") or []:
        if not set(volume) - {"name"}:
            volume["emptyDir"] = {}
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _default(volume[source], defaultMode=420)


def _template(spec):
    template = spec.get("template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        if template["metadata"] is None:
            template["metadata"] = {}
        template["metadata"].setdefault("creationTimestamp", None)
        if isinstance(template.get("spec"), dict):
            pod_spec(template["spec"])


def _deploymentconfig(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, strategy={}, test=False, revisionHistoryLimit=10)
    # The API server makes ConfigChange the trigger only where the field is absent; an empty list means none.
    if spec.get("triggers") is None:
        spec["triggers"] = [{"type": "ConfigChange"}]
    for trigger in spec["triggers"]:
        if trigger.get("type") == "ImageChange" and isinstance(trigger.get("imageChangeParams"), dict):
            source = trigger["imageChangeParams"].setdefault("from", {})
            _default(source, kind="ImageStreamTag", namespace=obj["metadata"].get("namespace"))
    strategy = spec["strategy"]
    _default(strategy, type="Rolling", activeDeadlineSeconds=21600, resources={})
    if strategy["type"] == "Rolling":
        _default(strategy, rollingParams={})
        params = strategy["rollingParams"]
        _default(params, intervalSeconds=1, updatePeriodSeconds=1, timeoutSeconds=600)
        if params.get("maxUnavailable") is None and params.get("maxSurge") is None:
            params.update(maxUnavailable="25%", maxSurge="25%")
        _default(params, maxUnavailable=0, maxSurge=0)
    elif strategy["type"] == "Recreate":
        _default(strategy, recreateParams={})
        _default(strategy["recreateParams"], timeoutSeconds=600)
    _default(spec, replicas=0)
    if not spec.get("selector") and isinstance(spec.get("template"), dict):
        spec["selector"] = dict((spec["template"].get("metadata") or {}).get("labels") or {})
    _template(spec)


def _deployment(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    _default(spec["strategy"], type="RollingUpdate")
    if spec["strategy"]["type"] == "RollingUpdate":
        _default(spec["strategy"], rollingUpdate={})
        _default(spec["strategy"]["rollingUpdate"], maxUnavailable="25%", maxSurge="25%")
    _template(spec)


def _replicas(obj, cluster):
    _default(obj.setdefault("spec", {}), replicas=1)
    _template(obj["spec"])


def _job(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, parallelism=1, completions=1, backoffLimit=6, completionMode="NonIndexed", suspend=False)
    _template(spec)


def _pod(obj, cluster):
    if isinstance(obj.get("spec"), dict):
        pod_spec(obj["spec"])
        _default(obj["spec"], enableServiceLinks=True)


def _service(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, type="ClusterIP", sessionAffinity="None", internalTrafficPolicy="Cluster", ipFamilies=["IPv4"], ipFamilyPolicy="SingleStack")
    for port in spec.get("ports") or []:
        _default(port, protocol="TCP")
        _default(port, targetPort=port.get("port"))


def _claim(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, volumeMode="Filesystem", storageClassName="sandbox-rwx" if "ReadWriteMany" in (spec.get("accessModes") or []) else "sandbox-rwo")
    finalizers = obj["metadata"].setdefault("finalizers", [])
    if "kubernetes.io/pvc-protection" not in finalizers:
        finalizers.append("kubernetes.io/pvc-protection")


def _route(obj, cluster):
    spec, meta = obj.setdefault("spec", {}), obj["metadata"]
    _default(spec, wildcardPolicy="None")
    if isinstance(spec.get("to"), dict):
        _default(spec["to"], kind="Service", weight=100)
    if not spec.get("host") and meta.get("name"):
        spec["host"] = f"{meta['name']}-{meta['namespace']}.apps.sandbox-{cluster}.example"
        meta.setdefault("annotations", {})["openshift.io/host.generated"] = "true"


def _stream(obj, cluster):
    _default(obj.setdefault("spec", {}), lookupPolicy={"local": False})


def _secret(obj, cluster):
    _default(obj, type="Opaque")


def _volume(obj, cluster):
    spec = obj.setdefault("spec", {})
    _default(spec, volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")
    obj["metadata"].setdefault("finalizers", ["kubernetes.io/pv-protection"])


def _namespace(obj, cluster):
    annotations = obj["metadata"].setdefault("annotations", {})
    # Each namespace gets its own range of user ids, as from OpenShift's security allocator.
    start = 1000000000 + 10000 * secrets.randbelow(60000)
    annotations.setdefault("openshift.io/sa.scc.uid-range", f"{start}/10000")
    annotations.setdefault("openshift.io/sa.scc.supplemental-groups", f"{start}/10000")
    annotations.setdefault("openshift.io/sa.scc.mcs", "s0:c26,c5")
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"].get("name", "")
    obj["spec"] = {"finalizers": ["kubernetes"]}
    obj["status"] = {"phase": "Active"}


_BY_PLURAL = {"deploymentconfigs": _deploymentconfig, "deployments": _deployment, "replicasets": _replicas,
              "replicationcontrollers": _replicas, "jobs": _job, "pods": _pod, "services": _service, "persistentvolumeclaims": _claim,
              "routes": _route, "imagestreams": _stream, "secrets": _secret, "persistentvolumes": _volume, "namespaces": _namespace}
# Fields that clients leave out on purpose when they send an object again.
ON_CREATE_ONLY = ("persistentvolumeclaims", "persistentvolumes", "namespaces")


def apply(resource, obj, cluster, creating):
    if resource.plural in _BY_PLURAL and (creating or resource.plural not in ON_CREATE_ONLY):
        _BY_PLURAL[resource.plural](obj, cluster)
