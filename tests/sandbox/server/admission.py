"""Admission of pods (the service account's defaults, security context constraints), of owners and of Routes' hosts."""
from . import errors
from .kinds import BY_KIND, BY_PLURAL

PODS = BY_PLURAL["pods"]


def _forbidden(pod, text):
    meta = pod["metadata"]
    name = meta.get("name") or meta.get("generateName", "")
    return errors.ApiError(403, "Forbidden", f'pods "{name}" is forbidden: {text}', {"name": name, "kind": "pods"})


def admit_pod(store, pod, may=None):
    """`may(verb, group, resource, name)` asks for the rights of the user who makes it; none: a controller does, and only the account counts."""
    meta, spec = pod["metadata"], pod["spec"]
    namespace = meta["namespace"]
    account_name = spec.setdefault("serviceAccountName", "default")
    spec["serviceAccount"] = account_name
    account = store.find("serviceaccounts", namespace, account_name)
    if account is None:
        raise _forbidden(pod, f'error looking up service account {namespace}/{account_name}: serviceaccount "{account_name}" not found')
    if not spec.get("imagePullSecrets") and account.get("imagePullSecrets"):
        spec["imagePullSecrets"] = account["imagePullSecrets"]
    annotations = (store.find("namespaces", None, namespace) or {}).get("metadata", {}).get("annotations", {})
    users = annotations.get("openshift.io/sa.scc.uid-range", "1000650000/10000")
    group = annotations.get("openshift.io/sa.scc.supplemental-groups", users).partition("/")[0]
    level = annotations.get("openshift.io/sa.scc.mcs", "s0:c26,c5")
    # The first constraint, by priority, that the user may use and that takes the pod: for a cluster-admin that is anyuid.
    if may and may("use", "security.openshift.io", "securitycontextconstraints", "anyuid") and _suits_any_user(spec):
        _any_user(pod, level)
    else:
        first, _, count = users.partition("/")
        _restrict(pod, int(first), int(count), int(group), level)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    spec.setdefault("tolerations", [{"effect": "NoExecute", "key": f"node.kubernetes.io/{k}", "operator": "Exists", "tolerationSeconds": 300}
                                    for k in ("not-ready", "unreachable")])


def _containers(spec):
    return (spec.get("initContainers") or []) + (spec.get("containers") or [])


def _suits_any_user(spec):
    """anyuid takes no seccomp profile, whichever; and like restricted-v2 nothing of the host and no more rights."""
    contexts = [spec.get("securityContext") or {}] + [c.get("securityContext") or {} for c in _containers(spec)]
    return not (any(c.get("seccompProfile") or c.get("privileged") or (c.get("capabilities") or {}).get("add") for c in contexts)
                or any(spec.get(field) for field in ("hostNetwork", "hostPID", "hostIPC"))
                or any("hostPath" in volume for volume in spec.get("volumes") or []))


def _any_user(pod, level):
    """anyuid: no user and no group is filled in, so that the image's user runs without the group of the volumes."""
    spec = pod["spec"]
    context = spec["securityContext"] = dict(spec.get("securityContext") or {})
    for container in _containers(spec):
        own = container["securityContext"] = dict(container.get("securityContext") or {})
        own["capabilities"] = {"drop": sorted({"MKNOD", *((own.get("capabilities") or {}).get("drop") or ())})}
        effective = context | own
        if effective.get("runAsUser") and "runAsNonRoot" not in effective:
            own["runAsNonRoot"] = True
    context.setdefault("seLinuxOptions", {"level": level})
    pod["metadata"].setdefault("annotations", {})["openshift.io/scc"] = "anyuid"


def _restrict(pod, first, count, group, level):
    """restricted-v2: refuse what it does not allow, fill in what it prescribes."""
    spec = pod["spec"]
    context = spec["securityContext"] = dict(spec.get("securityContext") or {})
    faults = []
    allowed = range(first, first + count)

    def check_user(path, user):
        if user is not None and user not in allowed:
            faults.append(f"{path}.runAsUser: Invalid value: {user}: must be in the ranges: [{first}, {first + count - 1}]")

    check_user(".spec.securityContext", context.get("runAsUser"))
    if context.get("fsGroup") not in (None, group):
        faults.append(f".spec.securityContext.fsGroup: Invalid value: []int64{{{context['fsGroup']}}}: {context['fsGroup']} is not an allowed group")
    wanted = (context.get("seLinuxOptions") or {}).get("level", level)
    if wanted != level:
        faults.append(f".spec.securityContext.seLinuxOptions.level: Invalid value: \"{wanted}\": must be {level}")
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            faults.append(f".spec.securityContext.{field}: Invalid value: true: {field} is not allowed to be used")
    for i, volume in enumerate(spec.get("volumes") or []):
        if "hostPath" in volume:
            faults.append(f'spec.volumes[{i}]: Invalid value: "hostPath": hostPath volumes are not allowed to be used')
    for kind in ("initContainers", "containers"):
        for i, container in enumerate(spec.get(kind) or []):
            own = container["securityContext"] = dict(container.get("securityContext") or {})
            check_user(f".{kind}[{i}]", own.get("runAsUser"))
            if own.get("privileged"):
                faults.append(f".{kind}[{i}].privileged: Invalid value: true: Privileged containers are not allowed")
            if own.get("allowPrivilegeEscalation"):
                faults.append(f".{kind}[{i}].allowPrivilegeEscalation: Invalid value: true: Allowing privilege escalation for containers is not allowed")
            for capability in (own.get("capabilities") or {}).get("add") or []:
                if capability != "NET_BIND_SERVICE":
                    faults.append(f'.{kind}[{i}].capabilities.add: Invalid value: "{capability}": capability may not be added')
            own.setdefault("allowPrivilegeEscalation", False)
            own.setdefault("capabilities", {"drop": ["ALL"]})
            own.setdefault("runAsNonRoot", True)
            own.setdefault("runAsUser", context.get("runAsUser") or first)
    if faults:
        raise _forbidden(pod, 'unable to validate against any security context constraint: [provider "anyuid": Forbidden: not usable by user '
                              "or serviceaccount, provider restricted-v2: " + ", ".join(faults) + "]")
    context.setdefault("fsGroup", group)
    context.setdefault("seLinuxOptions", {"level": level})
    context.setdefault("seccompProfile", {"type": "RuntimeDefault"})
    pod["metadata"].setdefault("annotations", {}).update({"openshift.io/scc": "restricted-v2",
                                                          "seccomp.security.alpha.kubernetes.io/pod": "runtime/default"})


def admit_owners(may, resource, old, new):
    """OwnerReferencesPermissionEnforcement, which OpenShift turns on: who may not delete an object may not give it other owners, and
    only who may update the finalizers of an owner can make its deletion wait. `may(verb, group, resource, name)` asks the authorizer."""
    meta = new["metadata"]
    owners = meta.get("ownerReferences") or []
    before = ((old or {}).get("metadata") or {}).get("ownerReferences") or []
    if owners == before:
        return

    def forbidden(text):
        name = meta.get("name") or meta.get("generateName", "")
        return errors.ApiError(403, "Forbidden", f'{resource.qualified} "{name}" is forbidden: {text}: , <nil>',
                               {"name": name} | ({"group": resource.group} if resource.group else {}) | {"kind": resource.plural})

    if old and not may("delete", resource.group, resource.plural, meta["name"]):
        raise forbidden("cannot set an ownerRef on a resource you can't delete")
    known = {o["uid"] for o in before if o.get("blockOwnerDeletion")}
    for owner in owners:
        if not owner.get("blockOwnerDeletion") or owner["uid"] in known:
            continue
        kind = BY_KIND.get(owner["kind"])
        if kind is None:
            raise forbidden(f"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion {owner['apiVersion']} Kind {owner['kind']}")
        if not may("update", kind.group, f"{kind.plural}/finalizers", owner["name"]):
            raise forbidden("cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on")


def admit_host(may, resource, old, new):
    """A Route's host is the router's: `create` on routes/custom-host to set one, `update` to change it, either for other certificates."""
    if resource.plural != "routes":
        return
    host, before = (new.get("spec") or {}).get("host"), ((old or {}).get("spec") or {}).get("host")
    keys = ("certificate", "key", "caCertificate")
    certificates = lambda obj: [(((obj or {}).get("spec") or {}).get("tls") or {}).get(k) for k in keys]
    allowed = lambda verb: may(verb, resource.group, "routes/custom-host", new["metadata"].get("name"))
    cause = None
    if old is None:
        if (host or any(certificates(new))) and not allowed("create"):
            cause = (("spec.host", "Forbidden: you do not have permission to set the host field of the route", "FieldValueForbidden") if host else
                     ("spec.tls", "Forbidden: you do not have permission to set certificate fields on the route", "FieldValueForbidden"))
    elif host != before:
        if not allowed("update"):
            cause = ("spec.host", f'Invalid value: "{host or ""}": field is immutable', "FieldValueInvalid")
    elif certificates(old) != certificates(new) and not allowed("update") and not allowed("create"):
        cause = ("spec.tls", "Invalid value: field is immutable", "FieldValueInvalid")
    if cause:
        raise errors.invalid(resource, new["metadata"].get("name", ""), cause)
