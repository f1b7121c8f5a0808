"""The 3scale operator, as far as a backup or a restore meets it: it runs only while its own Deployment has a ready pod (2.7: one that leads).

It makes what is missing of what it owns, holds replica counts to the APIManager, and in 2.15 keeps the hook Jobs and redis-config.
"""
import base64
import re
import secrets
import urllib.parse

from .. import apply, strategy
from ..kinds import BY_PLURAL, RESOURCES, resource
from ..store import copy, now
from . import Controller, is_ready, reference_to, set_condition

MANAGERS = BY_PLURAL["apimanagers"]
OPERATORS = {"3scale-operator": "2.7", "threescale-operator-controller-manager-v2": "2.15"}
# By which the pods of 2.7 choose one of them; those of 2.15 use a Lease, which nobody here looks at.
LOCK = "3scale-operator-lock"
# Of the pod template: namespaces that an operator looks after instead of its own, as the lifecycle manager writes them.
TARGETS = "olm.targetNamespaces"
# The nine workloads with a replica count in the APIManager; the operator leaves the replicas of all others alone.
REPLICAS = {"apicast-production": ("apicast", "productionSpec"), "apicast-staging": ("apicast", "stagingSpec"),
            "backend-cron": ("backend", "cronSpec"), "backend-listener": ("backend", "listenerSpec"), "backend-worker": ("backend", "workerSpec"),
            "system-app": ("system", "appSpec"), "system-sidekiq": ("system", "sidekiqSpec"), "zync": ("zync", "appSpec"), "zync-que": ("zync", "queSpec")}
REDIS_VERSION = "redisConfigMapResourceVersion"
GENERATION = "system-app-deployment-generation"
RENAMES = 'rename-command REPLICAOF ""\nrename-command SLAVEOF ""\n'
CAPABILITIES = [r for r in RESOURCES if r.group == "capabilities.3scale.net"]
WATCHED = {"apimanagers", "deploymentconfigs", "deployments", "configmaps", "secrets", "services", "persistentvolumeclaims", "routes", "jobs",
           "serviceaccounts", "imagestreams", "roles", "rolebindings", "pods", *(r.plural for r in CAPABILITIES)}


def _expression(text):
    """A value for a template's generate expression such as [a-z0-9]{8}."""
    classes, length = re.fullmatch(r"\[(.+)\]\{(\d+)\}", text).groups()
    alphabet = "".join(chr(c) for a, b in re.findall(r"(.)-(.)", classes) for c in range(ord(a), ord(b) + 1))
    return "".join(secrets.choice(alphabet) for _ in range(int(length)))


class Operator(Controller):
    def __init__(self, store, cluster):
        super().__init__(store)
        self.cluster = cluster
        self._names = {}  # version -> [(resource, name)] of all that the operator makes

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource.plural not in WATCHED:
            return []
        operators = any(meta["name"].startswith(name) for name in OPERATORS)
        if event.resource.plural == "pods" and not operators:
            return []
        return self.initial() + [(meta["namespace"],)] if operators else [(meta["namespace"],)]

    def initial(self):
        return [(e.obj["metadata"]["namespace"],) for e in self.store.entries(MANAGERS)[0]]

    def sync(self, namespace):
        managers = self.store.list(MANAGERS, namespace)
        version = self._running(namespace)
        if len(managers) != 1 or version is None or managers[0]["metadata"].get("deletionTimestamp"):
            return None
        manager = managers[0]
        self._create_missing(namespace, version, manager)
        workloads = "deploymentconfigs" if version == "2.7" else "deployments"
        self._hold_replicas(namespace, manager, workloads, version)
        if version != "2.7":
            self._configure_redis(namespace)
            self._drop_redis_namespace(namespace)
            self._hook_jobs(namespace, version, manager)
        self._status(namespace, manager, workloads, version)
        self._finalize(namespace)
        return None

    def _running(self, namespace):
        """The version of the operator with a ready pod that looks after this namespace, or None."""
        for entry in self.store.entries("deployments")[0]:
            meta, found = entry.obj["metadata"], entry.obj
            if meta["name"] not in OPERATORS or not (found.get("status") or {}).get("readyReplicas"):
                continue
            targets = (found["spec"]["template"]["metadata"].get("annotations") or {}).get(TARGETS, meta["namespace"])
            version = OPERATORS[meta["name"]]
            if namespace in targets.split(",") and (version != "2.7" or self._leads(found)):
                return version
        return None

    def _leads(self, operator):
        """As leader.Become() of operator-sdk: the pod that makes the lock leads as long as it lives; a lock of nobody's is waited for, for ever."""
        namespace, labels = operator["metadata"]["namespace"], operator["spec"]["selector"]["matchLabels"]
        pods = {p["metadata"]["name"]: p["metadata"]["uid"] for p in self.store.list("pods", namespace, labels) if is_ready(p)}
        lock = self.store.find("configmaps", namespace, LOCK)
        if lock is None and pods:
            name, uid = next(iter(pods.items()))
            lock = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": LOCK, "namespace": namespace, "ownerReferences": [
                {"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid}]}}
            self._write(lock)
        return lock is not None and any(o["name"] in pods for o in lock["metadata"].get("ownerReferences") or ())

    # -- what it makes -------------------------------------------------------------------------------------------------

    def _objects(self, namespace, version, manager):
        """What the operator of this version makes for this APIManager; secret values are new ones where no Secret has them yet."""
        from install import installations, operator
        from install.template import PARAMETERS, defaults, load, substitute
        base = next(i for i in installations() if (i.version, i.flavour) == (version, "operator"))
        # The operator's own defaults, not what this installation once had: a lost Secret must not come back by itself.
        parameters = defaults(load()) | {name: _expression(default["from"]) for name, _, _, default in PARAMETERS if isinstance(default, dict)}
        spec = manager.get("spec") or {}
        parameters |= {"WILDCARD_DOMAIN": spec.get("wildcardDomain") or parameters["WILDCARD_DOMAIN"],
                       "TENANT_NAME": spec.get("tenantName") or "3scale", "APP_LABEL": spec.get("appLabel") or "3scale-api-management"}
        database = self.store.find("secrets", namespace, "system-database")
        if database:
            values = {k: base64.b64decode(v).decode("utf-8", "replace") for k, v in (database.get("data") or {}).items()}
            password = re.match(r"[^:]+://[^:]*:(.*)@[^@]*$", values.get("URL", ""))
            if password:
                parameters["SYSTEM_DATABASE_ROOT_PASSWORD"] = urllib.parse.unquote(password[1])
        objects = operator.objects_2_7(parameters) if version == "2.7" else operator.objects_2_15(parameters)
        jobs = substitute(base.hook_jobs(), parameters)
        return [o for o in objects if "ownerReferences" in o["metadata"] or o["kind"] == "Secret"] + jobs

    def _create_missing(self, namespace, version, manager):
        if version not in self._names:
            self._names[version] = [(resource(o["kind"]), o["metadata"]["name"]) for o in self._objects(namespace, version, manager)
                                    if o["kind"] != "Job"]
        missing = {(r, name) for r, name in self._names[version] if self.store.find(r, namespace, name) is None}
        for obj in self._objects(namespace, version, manager) if missing else ():
            if (resource(obj["kind"]), obj["metadata"]["name"]) in missing:
                self._create(namespace, manager, obj)

    def _create(self, namespace, manager, obj, **annotations):
        obj = copy(obj)
        meta = obj["metadata"]
        meta["namespace"] = namespace
        if obj["kind"] == "Job" or "ownerReferences" in meta:
            meta["ownerReferences"] = [reference_to(manager)]
        if annotations:
            meta["annotations"] = (meta.get("annotations") or {}) | annotations
        self._write(obj)

    def _write(self, obj):
        r = resource(obj["kind"])
        with self.store.lock:
            made = strategy.prepare_create(self.store, self.cluster, r, obj)
            apply.record(None, made, "manager", "Update")
            self.store.create(made, r)

    # -- what it holds -------------------------------------------------------------------------------------------------

    def _hold_replicas(self, namespace, manager, workloads, version):
        spec = manager.get("spec") or {}
        for name, (part, field) in REPLICAS.items():
            wanted = ((spec.get(part) or {}).get(field) or {}).get("replicas")
            if wanted is None and version == "2.7":
                wanted = 1  # since 2.13 no value means: not the operator's business
            found = self.store.find(workloads, namespace, name)
            if found is not None and isinstance(wanted, int) and found["spec"]["replicas"] != wanted:
                def change(obj, wanted=wanted):
                    obj["spec"]["replicas"] = wanted
                self.store.modify(workloads, namespace, name, change)

    def _configure_redis(self, namespace):
        """Both Redis restart whenever redis-config has another version; of its text only the renames are the operator's."""
        config = self.store.find("configmaps", namespace, "redis-config")
        if config is None:
            return
        text = (config.get("data") or {}).get("redis.conf", "")
        if RENAMES not in text:
            config.setdefault("data", {})["redis.conf"] = text + "\n" + RENAMES
            config = self.store.update(config)
        version = config["metadata"]["resourceVersion"]
        for name in ("backend-redis", "system-redis"):
            found = self.store.find("deployments", namespace, name)
            if found and (found["spec"]["template"]["metadata"].get("annotations") or {}).get(REDIS_VERSION) != version:
                self.store.modify("deployments", namespace, name, lambda d: d["spec"]["template"]["metadata"].setdefault(
                    "annotations", {}).update({REDIS_VERSION: version}))

    def _drop_redis_namespace(self, namespace):
        secret = self.store.find("secrets", namespace, "system-redis")
        if secret and "NAMESPACE" in (secret.get("data") or {}):
            del secret["data"]["NAMESPACE"]
            self.store.update(secret)

    def _hook_jobs(self, namespace, version, manager):
        """A new version of system-app gets its own pre Job at once and its post Job when it is up."""
        app = self.store.find("deployments", namespace, "system-app")
        if app is None:
            return
        # Changes with the pod template, not with the replicas.
        wanted = (app["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision")
        if wanted is None:
            return
        pre = self._job(namespace, version, manager, "system-app-pre", wanted)
        status = app.get("status") or {}
        up = status.get("readyReplicas", 0) >= app["spec"]["replicas"] > 0 and status.get("updatedReplicas") == app["spec"]["replicas"]
        if pre and up:
            self._job(namespace, version, manager, "system-app-post", wanted)

    def _job(self, namespace, version, manager, name, wanted):
        """True when the Job for this version of system-app is complete."""
        found = self.store.find("jobs", namespace, name)
        if found is not None and (found["metadata"].get("annotations") or {}).get(GENERATION) != wanted:
            self.store.delete("jobs", namespace, name)
            found = None
        if found is None:
            job = next(o for o in self._objects(namespace, version, manager) if (o["kind"], o["metadata"]["name"]) == ("Job", name))
            self._create(namespace, manager, job, **{GENERATION: wanted})
            return False
        return any(c["type"] == "Complete" for c in (found.get("status") or {}).get("conditions") or ())

    def _finalize(self, namespace):
        """Capability resources that are being deleted: the operator deletes the thing in 3scale, then lets the object go."""
        for r in CAPABILITIES:
            for entry in self.store.entries(r, namespace)[0]:
                if entry.obj["metadata"].get("deletionTimestamp"):
                    self.store.modify(r, namespace, entry.obj["metadata"]["name"], lambda o: o["metadata"].pop("finalizers", None))

    # -- what it reports -----------------------------------------------------------------------------------------------

    def _status(self, namespace, manager, workloads, version):
        ready, starting, stopped = [], [], []
        for entry in self.store.entries(workloads, namespace)[0]:
            name, status = entry.obj["metadata"]["name"], entry.obj.get("status") or {}
            if name in OPERATORS:
                continue
            group = stopped if entry.obj["spec"]["replicas"] == 0 else ready if status.get("readyReplicas", 0) >= entry.obj["spec"]["replicas"] else starting
            group.append(name)
        hosts = self._default_hosts(manager)
        admitted = {e.obj["spec"].get("host") for e in self.store.entries("routes", namespace)[0]
                    for i in (e.obj.get("status") or {}).get("ingress") or () for c in i["conditions"] if c["type"] == "Admitted" and c["status"] == "True"}
        available = not starting and not stopped and len(ready) >= 15 and (version == "2.7" or hosts <= admitted)
        conditions = set_condition((manager.get("status") or {}).get("conditions") or [], "Available", "True" if available else "False", None, "", now(),
                                   update_time=False)
        self.store.patch_status(MANAGERS, namespace, manager["metadata"]["name"], {
            "conditions": conditions, "deployments": {k: v for k, v in (("ready", ready), ("starting", starting), ("stopped", stopped)) if v}})

    def _default_hosts(self, manager):
        spec = manager.get("spec") or {}
        tenant, domain = spec.get("tenantName") or "3scale", spec.get("wildcardDomain", "")
        return {f"{name}.{domain}" for name in (f"backend-{tenant}", f"api-{tenant}-apicast-production", f"api-{tenant}-apicast-staging", "master",
                                                tenant, f"{tenant}-admin")}
