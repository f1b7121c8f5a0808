"""Replicated pods (ReplicationController, ReplicaSet), their placement on the node, and Jobs."""
from .. import admission, selectors, strategy
from ..kinds import BY_PLURAL
from ..store import now
from . import NODE, Controller, is_active, is_ready, owner, reference_to, set_condition

PODS = BY_PLURAL["pods"]
_PLURALS = {"ReplicationController": "replicationcontrollers", "ReplicaSet": "replicasets", "Job": "jobs"}


def create_pod(store, namespace, template, owner_object, prefix=None, name=None, controlled=True):
    """A pod as a controller makes it: from a template, admitted like any other. One that is not `controlled` only goes with
    its owner: it does not count as a replica."""
    meta = template.get("metadata") or {}
    reference = reference_to(owner_object)
    if not controlled:
        del reference["controller"], reference["blockOwnerDeletion"]
    pod = {"kind": "Pod", "apiVersion": "v1", "spec": template["spec"],
           "metadata": {"namespace": namespace, "labels": dict(meta.get("labels") or {}),
                        "annotations": dict(meta.get("annotations") or {}), "ownerReferences": [reference]}}
    pod["metadata"].update({"name": name} if name else {"generateName": prefix})
    with store.lock:
        made = strategy.prepare_create(store, None, PODS, pod)
        admission.admit_pod(store, made)
        return store.create(made)


def owned_pods(store, namespace, uid):
    return [e.obj for e in store.entries("pods", namespace)[0] if (owner(e.obj) or {}).get("uid") == uid]


class Replicas(Controller):
    def keys(self, event):
        obj = event.entry.obj
        meta = obj["metadata"]
        if event.resource.plural in ("replicationcontrollers", "replicasets"):
            return [(meta["namespace"], event.resource.plural, meta["name"])]
        if event.resource is PODS:
            reference = owner(obj)
            if reference and reference["kind"] in ("ReplicationController", "ReplicaSet"):
                return [(meta["namespace"], _PLURALS[reference["kind"]], reference["name"])]
            if event.type != "DELETED" and not reference and meta.get("labels"):
                # A pod without an owner that carries their labels is taken over, and is then one too many.
                return [(meta["namespace"], plural, e.obj["metadata"]["name"]) for plural in ("replicationcontrollers", "replicasets")
                        for e in self.store.entries(plural, meta["namespace"])[0]
                        if selectors.labels_match(selectors.of_object(e.obj["spec"].get("selector")) or [("", "exists", ())], meta["labels"])]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], plural, e.obj["metadata"]["name"]) for plural in ("replicationcontrollers", "replicasets")
                for e in self.store.entries(plural)[0]]

    def sync(self, namespace, plural, name):
        obj = self.store.find(plural, namespace, name)
        if obj is None or obj["metadata"].get("deletionTimestamp"):
            return None
        self._adopt(obj)
        pods = [p for p in owned_pods(self.store, namespace, obj["metadata"]["uid"]) if is_active(p)]
        wanted = obj["spec"].get("replicas", 0)
        try:
            for _ in range(wanted - len(pods)):
                create_pod(self.store, namespace, obj["spec"]["template"], obj, prefix=name + "-")
        except Exception as error:
            conditions = set_condition((obj.get("status") or {}).get("conditions") or [], "ReplicaFailure", "True", "FailedCreate", str(error), now(),
                                       update_time=False)
            self._status(obj, pods, conditions)
            return 5
        surplus = sorted(pods, key=lambda p: p["metadata"]["creationTimestamp"], reverse=True)
        surplus.sort(key=is_ready)
        for pod in surplus[: max(0, len(pods) - wanted)]:
            self.store.delete("pods", namespace, pod["metadata"]["name"])
        conditions = [c for c in (obj.get("status") or {}).get("conditions") or [] if c["type"] != "ReplicaFailure"]
        self._status(obj, [p for p in owned_pods(self.store, namespace, obj["metadata"]["uid"]) if is_active(p)], conditions)
        return None

    def _adopt(self, obj):
        meta = obj["metadata"]
        wanted = selectors.of_object(obj["spec"].get("selector"))
        if not wanted:
            return
        for entry in self.store.entries("pods", meta["namespace"])[0]:
            pod = entry.obj
            if owner(pod) is None and is_active(pod) and selectors.labels_match(wanted, pod["metadata"].get("labels") or {}):
                self.store.modify("pods", meta["namespace"], pod["metadata"]["name"],
                                  lambda p: p["metadata"].setdefault("ownerReferences", []).append(reference_to(obj)))

    def _status(self, obj, pods, conditions):
        ready = sum(map(is_ready, pods))
        status = {"replicas": len(pods), "fullyLabeledReplicas": len(pods), "observedGeneration": obj["metadata"].get("generation", 1),
                  "readyReplicas": ready or None, "availableReplicas": ready or None, "conditions": conditions or None}
        if not pods:
            status["fullyLabeledReplicas"] = None
        self.store.patch_status(obj["kind"], obj["metadata"]["namespace"], obj["metadata"]["name"], status)


class Scheduler(Controller):
    """Gives a pod its node once its volumes can be had."""

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource is PODS and event.type == "ADDED":
            return [(meta["namespace"], meta["name"])]
        if event.resource.plural == "persistentvolumeclaims":
            return [(meta["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("pods", meta["namespace"])[0]
                    if not e.obj["spec"].get("nodeName")]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("pods")[0]
                if not e.obj["spec"].get("nodeName")]

    def sync(self, namespace, name):
        pod = self.store.find("pods", namespace, name)
        if pod is None or pod["spec"].get("nodeName") or pod["metadata"].get("deletionTimestamp"):
            return
        reason = self._obstacle(namespace, pod["spec"])

        def place(obj):
            status = obj.setdefault("status", {"phase": "Pending"})
            condition = {"type": "PodScheduled", "status": "False" if reason else "True", "lastProbeTime": None, "lastTransitionTime": now()}
            if reason:
                condition |= {"reason": "Unschedulable", "message": f"0/1 nodes are available: {reason}. preemption: 0/1 nodes are available: "
                                                                    "1 Preemption is not helpful for scheduling.."}
            else:
                obj["spec"]["nodeName"] = NODE
            old = next((c for c in status.get("conditions") or [] if c["type"] == "PodScheduled"), {})
            if (old.get("status"), old.get("message")) != (condition["status"], condition.get("message")):
                status["conditions"] = [condition]
        self.store.modify("pods", namespace, name, place)

    def _obstacle(self, namespace, spec):
        for volume in spec.get("volumes") or []:
            claim_name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if not claim_name:
                continue
            claim = self.store.find("persistentvolumeclaims", namespace, claim_name)
            if claim is None:
                return f'persistentvolumeclaim "{claim_name}" not found'
            if claim["metadata"].get("deletionTimestamp"):
                return f'persistentvolumeclaim "{claim_name}" is being deleted'
            phase = (claim.get("status") or {}).get("phase")
            if phase == "Lost":
                return f'persistentvolumeclaim "{claim_name}" bound to non-existent persistentvolume "{claim["spec"].get("volumeName")}"'
            if phase != "Bound":
                return "pod has unbound immediate PersistentVolumeClaims"
        return None


class Jobs(Controller):
    def __init__(self, store):
        super().__init__(store)
        self._failures = {}  # job uid -> failed pods that have been waited for

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource.plural == "jobs":
            return [(meta["namespace"], meta["name"])]
        reference = owner(event.entry.obj, "Job") if event.resource is PODS else None
        return [(meta["namespace"], reference["name"])] if reference else []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("jobs")[0]]

    def sync(self, namespace, name):
        job = self.store.find("jobs", namespace, name)
        if job is None or job["metadata"].get("deletionTimestamp"):
            return None
        status = job.get("status") or {}
        if any(c["type"] in ("Complete", "Failed") for c in status.get("conditions") or ()) or job["spec"].get("suspend"):
            return None
        if not (job["spec"].get("selector") or {}).get("matchLabels"):
            self.store.modify("jobs", namespace, name, self._label)
            return 0
        pods = owned_pods(self.store, namespace, job["metadata"]["uid"])
        phases = [(p.get("status") or {}).get("phase") for p in pods]
        active, good, bad = sum(map(is_active, pods)), phases.count("Succeeded"), phases.count("Failed")
        uid, conditions = job["metadata"]["uid"], status.get("conditions") or []
        if good >= job["spec"].get("completions", 1):
            conditions = conditions + [{"type": "Complete", "status": "True", "lastProbeTime": now(), "lastTransitionTime": now()}]
        elif bad > job["spec"].get("backoffLimit", 6):
            conditions = conditions + [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "lastProbeTime": now(),
                                        "lastTransitionTime": now(), "message": "Job has reached the specified backoff limit"}]
        elif not active:
            # The real back-off doubles from ten seconds; tests have no time for that.
            if bad > self._failures.get(uid, 0):
                self._failures[uid] = bad
                return min(0.5 * 2 ** bad, 10)
            create_pod(self.store, namespace, job["spec"]["template"], job, prefix=name + "-")
            active = 1
        ready = sum(map(is_ready, pods))
        done = any(c["type"] == "Complete" for c in conditions)
        self.store.patch_status("jobs", namespace, name, {
            "active": active or None, "ready": ready, "succeeded": good or None, "failed": bad or None, "conditions": conditions or None,
            "startTime": status.get("startTime") or now(), "completionTime": now() if done else None,
            "uncountedTerminatedPods": {}})
        return None

    def _label(self, job):
        uid = job["metadata"]["uid"]
        labels = {"controller-uid": uid, "batch.kubernetes.io/controller-uid": uid, "job-name": job["metadata"]["name"],
                  "batch.kubernetes.io/job-name": job["metadata"]["name"]}
        job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
        job["spec"]["template"].setdefault("metadata", {}).setdefault("labels", {}).update(labels)

