"""What is particular to a resource type when its objects are written: pruning, allocation, immutable fields."""
import random

from . import defaults, errors, schema, validate
from .kinds import BY_PLURAL
from .store import copy

NAMESPACES = BY_PLURAL["namespaces"]
WITHOUT_STATUS = ("configmaps", "secrets", "serviceaccounts", "endpoints", "events", "roles", "rolebindings", "clusterroles",
                  "clusterrolebindings", "templates", "leases", "storageclasses", "operatorgroups", "limitranges")
_TOP_FIELDS = {"configmaps": ("data", "binaryData", "immutable"), "secrets": ("data", "stringData", "type", "immutable"),
               "serviceaccounts": ("secrets", "imagePullSecrets", "automountServiceAccountToken"), "endpoints": ("subsets",),
               "roles": ("rules",), "clusterroles": ("rules", "aggregationRule"), "rolebindings": ("subjects", "roleRef"),
               "clusterrolebindings": ("subjects", "roleRef"), "leases": ("spec",),
               "templates": ("objects", "parameters", "labels", "message"),
               "storageclasses": ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode", "allowVolumeExpansion")}
_META_FIELDS = ("name", "generateName", "namespace", "labels", "annotations", "ownerReferences", "finalizers", "uid", "resourceVersion",
                "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields")
_SERVER_META = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
                "selfLink", "managedFields")
_NO_UNCONDITIONAL_UPDATE = ("deploymentconfigs", "routes", "imagestreams", "templates", "leases")
CREATED_ON_UPDATE = ("services", "endpoints", "leases", "roles", "rolebindings", "events")
_SUBRESOURCES = {"deploymentconfigs": ("scale", "instantiate", "log"), "deployments": ("scale",), "replicasets": ("scale",),
                 "replicationcontrollers": ("scale",), "statefulsets": ("scale",), "pods": ("exec", "log", "eviction")}


def subresources(resource):
    return _SUBRESOURCES.get(resource.plural, ())


def needs_version(resource):
    """Types whose updates must name the version they replace."""
    return resource.custom or resource.plural in _NO_UNCONDITIONAL_UPDATE


def _prune(resource, obj):
    """Drop what the type does not have, silently, as the API does without strict field validation."""
    if not resource.custom:
        keep = ("apiVersion", "kind", "metadata") + _TOP_FIELDS.get(resource.plural, ("spec", "status"))
        for key in [k for k in obj if k not in keep]:
            del obj[key]
    meta = obj["metadata"]
    for key in [k for k, v in meta.items() if k not in _META_FIELDS or v is None or v == {} or v == []]:
        del meta[key]
    for key in [k for k, v in obj.items() if v is None]:
        del obj[key]


def prepare_create(store, cluster, resource, obj):
    obj = copy(obj) if resource.custom else schema.without_nulls(obj)
    for key in _SERVER_META:
        obj["metadata"].pop(key, None)
    _prune(resource, obj)
    schema.check_object(resource, obj)
    if resource.plural not in WITHOUT_STATUS:
        obj.pop("status", None)
    if resource.plural == "secrets":
        validate.decode_secret(resource, obj)
    defaults.apply(resource, obj, cluster, creating=True)
    validate.check(resource, obj)
    if resource.plural == "services":
        _allocate_addresses(store, resource, obj)
    if resource.plural in ("pods", "persistentvolumeclaims"):
        obj["status"] = {"phase": "Pending"} | ({"qosClass": "BestEffort"} if resource.plural == "pods" else {})
    elif resource.plural == "deploymentconfigs":
        obj["status"] = {"latestVersion": 0, "observedGeneration": 0, "replicas": 0, "updatedReplicas": 0, "availableReplicas": 0,
                         "unavailableReplicas": 0}
    elif resource.plural in ("replicationcontrollers", "replicasets"):
        obj["status"] = {"replicas": 0}
    elif resource.plural == "services":
        obj["status"] = {"loadBalancer": {}}
    elif not resource.custom and resource.plural not in WITHOUT_STATUS:
        obj.setdefault("status", {})
    return obj


def prepare_update(store, resource, old, new):
    new = copy(new) if resource.custom else schema.without_nulls(new)
    new["kind"], new["apiVersion"] = resource.kind, resource.api_version
    _prune(resource, new)
    meta, before = new["metadata"], old["metadata"]
    for key in _SERVER_META:
        if key in before:
            meta[key] = before[key]
        else:
            meta.pop(key, None)
    schema.check_object(resource, new)
    if resource.plural not in WITHOUT_STATUS:
        new.pop("status", None)
        if "status" in old:
            new["status"] = old["status"]
    if resource.plural == "secrets":
        validate.decode_secret(resource, new)
    if resource.plural == "services":
        _keep_addresses(old, new)
    defaults.apply(resource, new, None, creating=False)
    validate.check(resource, new)
    _check_immutable(resource, old, new)
    if resource.plural == "services":
        _check_addresses(resource, old, new)
    return new


def _check_immutable(resource, old, new):
    name, causes = old["metadata"]["name"], []
    was, now = old.get("spec") or {}, new.get("spec") or {}
    if resource.plural == "persistentvolumeclaims":
        strip = lambda spec: {k: v for k, v in spec.items() if k != "resources" and not (k == "volumeName" and not was.get("volumeName"))}
        if strip(was) != strip(now):
            causes.append(("spec", "Forbidden: spec is immutable after creation except resources.requests for bound claims", "FieldValueForbidden"))
        elif was.get("resources") != now.get("resources") and (old.get("status") or {}).get("phase") != "Bound":
            causes.append(("spec", "Forbidden: spec is immutable after creation except resources.requests for bound claims", "FieldValueForbidden"))
        elif bytes_of((now.get("resources") or {}).get("requests", {}).get("storage", "0")) < bytes_of(was["resources"]["requests"]["storage"]):
            causes.append(("spec.resources.requests.storage", "Forbidden: field can not be less than previous value", "FieldValueForbidden"))
    elif resource.plural == "secrets" and old.get("type") != new.get("type"):
        causes.append(("type", f'Invalid value: "{new.get("type")}": field is immutable', "FieldValueInvalid"))
    elif resource.plural in ("deployments", "replicasets", "jobs") and was.get("selector") != now.get("selector"):
        causes.append(("spec.selector", "Invalid value: v1.LabelSelector: field is immutable", "FieldValueInvalid"))
    elif resource.plural == "jobs" and was.get("template") != now.get("template"):
        causes.append(("spec.template", "Invalid value: core.PodTemplateSpec: field is immutable", "FieldValueInvalid"))
    elif resource.plural == "pods":
        if _fixed_part(was) != _fixed_part(now):
            causes.append(("spec", "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*]."
                           "image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                           "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)", "FieldValueForbidden"))
    elif resource.plural in ("rolebindings", "clusterrolebindings") and old.get("roleRef") != new.get("roleRef"):
        causes.append(("roleRef", "Invalid value: rbac.RoleRef: cannot change roleRef", "FieldValueInvalid"))
    if old.get("immutable") and resource.plural in ("secrets", "configmaps") and old.get("data") != new.get("data"):
        causes.append(("data", "Forbidden: field is immutable when `immutable` is set", "FieldValueForbidden"))
    if causes:
        raise errors.invalid(resource, name, *causes)


def _fixed_part(spec):
    spec = copy(spec)
    for container in (spec.get("containers") or []) + (spec.get("initContainers") or []):
        container.pop("image", None)
    return {k: v for k, v in spec.items() if k not in ("activeDeadlineSeconds", "tolerations")}


def bytes_of(quantity):
    """A resource quantity as a number; ValueError when it is none."""
    text = str(quantity)
    factors = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "m": 1e-3}
    for unit, factor in factors.items():
        if text.endswith(unit):
            return float(text[: -len(unit)]) * factor
    return float(text)


# -- addresses of services ---------------------------------------------------------------------------------------------

def _taken(store):
    return {a for e in store.entries("services")[0] for a in e.obj["spec"].get("clusterIPs") or ()}


def _go_list(addresses):
    return "[]string{" + ", ".join(f'"{a}"' for a in addresses) + "}"


def _allocate_addresses(store, resource, obj):
    spec = obj["spec"]
    wanted = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    if spec["type"] == "ExternalName" or wanted == ["None"]:
        spec.update({"clusterIP": "None", "clusterIPs": ["None"]} if wanted else {})
        return
    taken = _taken(store)
    for address in wanted:
        if address in taken:
            raise errors.invalid(resource, obj["metadata"].get("name", ""),
                                 ("spec.clusterIPs", f"Invalid value: {_go_list(wanted)}: failed to allocate IP {address}: provided IP is already "
                                                     "allocated", "FieldValueInvalid"))
    while not wanted:
        address = f"172.30.{random.randrange(256)}.{random.randrange(1, 255)}"
        wanted = [] if address in taken else [address]
    spec.update(clusterIP=wanted[0], clusterIPs=wanted)


def _keep_addresses(old, new):
    """A client that sends a service without its addresses means to keep them."""
    if old["spec"].get("type") != "ExternalName" and isinstance(new.get("spec"), dict):
        for field in ("clusterIP", "clusterIPs"):
            if not new["spec"].get(field) and field in old["spec"]:
                new["spec"][field] = old["spec"][field]


def _check_addresses(resource, old, new):
    was, now = old["spec"].get("clusterIPs"), new["spec"].get("clusterIPs")
    if was != now or old["spec"].get("clusterIP") != new["spec"].get("clusterIP"):
        raise errors.invalid(resource, old["metadata"]["name"],
                             ("spec.clusterIPs[0]", f"Invalid value: {_go_list(now or [])}: may not change once set", "FieldValueInvalid"))


# -- scale -------------------------------------------------------------------------------------------------------------

def scale_of(resource, obj):
    meta = {k: v for k, v in obj["metadata"].items() if k in ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")}
    selector = obj["spec"].get("selector") or {}
    labels = selector.get("matchLabels", selector)
    text = ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
    status = {"replicas": (obj.get("status") or {}).get("replicas", 0)}
    if resource.plural == "deploymentconfigs":
        return {"kind": "Scale", "apiVersion": "extensions/v1beta1", "metadata": meta, "spec": {"replicas": obj["spec"]["replicas"]},
                "status": status | {"selector": labels, "targetSelector": text}}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": {"replicas": obj["spec"].get("replicas", 0)},
            "status": status | {"selector": text}}
