"""Deployments: a ReplicaSet for each pod template, and the move from one to the next."""
import hashlib
import json
import math
import time

from ..kinds import BY_PLURAL
from ..store import copy, now
from . import Controller, is_active, is_ready, owner, reference_to, set_condition
from .pods import owned_pods

DEPLOYMENTS = BY_PLURAL["deployments"]
REVISION, HASH = "deployment.kubernetes.io/revision", "pod-template-hash"


def _hash(template):
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join("bcdfghjklmnpqrstvwxz2456789"[b % 27] for b in digest[:10])


def _bare(template):
    """A ReplicaSet's template as the Deployment wrote it."""
    template = copy(template)
    template["metadata"].get("labels", {}).pop(HASH, None)
    return template


class Deployments(Controller):
    def __init__(self, store):
        super().__init__(store)
        self._seen = {}  # uid -> (what has been reached, when): progressDeadlineSeconds counts from there

    def keys(self, event):
        obj = event.entry.obj
        meta = obj["metadata"]
        if event.resource is DEPLOYMENTS:
            return [(meta["namespace"], meta["name"])]
        if event.resource.plural == "replicasets":
            reference = owner(obj, "Deployment")
            return [(meta["namespace"], reference["name"])] if reference else []
        if event.resource.plural == "pods":
            reference = owner(obj, "ReplicaSet")
            found = reference and self.store.find("replicasets", meta["namespace"], reference["name"])
            parent = found and owner(found, "Deployment")
            return [(meta["namespace"], parent["name"])] if parent else []
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(DEPLOYMENTS)[0]]

    def sync(self, namespace, name):
        deployment = self.store.find(DEPLOYMENTS, namespace, name)
        if deployment is None or deployment["metadata"].get("deletionTimestamp"):
            return None
        sets = [e.obj for e in self.store.entries("replicasets", namespace)[0] if (owner(e.obj) or {}).get("uid") == deployment["metadata"]["uid"]]
        new = next((s for s in sets if _bare(s["spec"]["template"]) == deployment["spec"]["template"]), None)
        paused = deployment["spec"].get("paused")
        if new is None and not paused:
            new = self._create_set(deployment, sets)
            sets.append(new)
        if new is not None and not paused:
            self._revise(deployment, new, sets)
        olds = [s for s in sets if s is not new]
        if paused:
            self._scale_paused(deployment, sets)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment, new, olds)
        else:
            self._roll(deployment, new, olds)
        again = self._status(deployment, new, sets)
        if not paused and new is not None:
            self._clean_up(deployment, olds)
        return again

    def _create_set(self, deployment, sets):
        template, meta = deployment["spec"]["template"], deployment["metadata"]
        mark = _hash(template)
        labelled = copy(template)
        labelled["metadata"].setdefault("labels", {})[HASH] = mark
        selector = copy(deployment["spec"]["selector"])
        selector.setdefault("matchLabels", {})[HASH] = mark
        revision = self._revision(sets) + 1
        return self.store.create({
            "kind": "ReplicaSet", "apiVersion": "apps/v1",
            "metadata": {"name": f"{meta['name']}-{mark}", "namespace": meta["namespace"], "labels": labelled["metadata"]["labels"],
                         "annotations": {REVISION: str(revision), "deployment.kubernetes.io/desired-replicas": str(deployment["spec"]["replicas"])},
                         "ownerReferences": [reference_to(deployment)]},
            "spec": {"replicas": 0, "selector": selector, "template": labelled}, "status": {"replicas": 0}})

    def _revision(self, sets):
        return max((int(s["metadata"].get("annotations", {}).get(REVISION, 0)) for s in sets), default=0)

    def _revise(self, deployment, new, sets):
        """A ReplicaSet that is used again becomes the latest revision; the Deployment shows the number."""
        latest, meta = self._revision(sets), deployment["metadata"]
        mine = int(new["metadata"]["annotations"].get(REVISION, 0))
        if mine < latest:
            mine = latest + 1
            self.store.modify("replicasets", meta["namespace"], new["metadata"]["name"],
                              lambda s: s["metadata"]["annotations"].update({REVISION: str(mine)}))
        if (meta.get("annotations") or {}).get(REVISION) != str(mine):
            self.store.modify(DEPLOYMENTS, meta["namespace"], meta["name"],
                              lambda d: d["metadata"].setdefault("annotations", {}).update({REVISION: str(mine)}))

    def _pods(self, replica_set):
        return owned_pods(self.store, replica_set["metadata"]["namespace"], replica_set["metadata"]["uid"])

    def _ready(self, replica_set):
        return sum(map(is_ready, self._pods(replica_set)))

    def _set(self, replica_set, count):
        if replica_set["spec"].get("replicas", 0) != count:
            def change(obj):
                obj["spec"]["replicas"] = count
            self.store.modify("replicasets", replica_set["metadata"]["namespace"], replica_set["metadata"]["name"], change)
            replica_set["spec"]["replicas"] = count

    def _recreate(self, deployment, new, olds):
        for old in olds:
            self._set(old, 0)
        if not any(self._pods(old) for old in olds):
            self._set(new, deployment["spec"]["replicas"])

    def _scale_paused(self, deployment, sets):
        used = [s for s in sets if s["spec"].get("replicas")] or sorted(sets, key=lambda s: self._revision([s]))[-1:]
        if len(used) == 1:
            self._set(used[0], deployment["spec"]["replicas"])

    def _roll(self, deployment, new, olds):
        wanted, params = deployment["spec"]["replicas"], deployment["spec"]["strategy"].get("rollingUpdate") or {}
        part = lambda value, rounding: rounding(wanted * int(value.rstrip("%")) / 100) if isinstance(value, str) else value
        surge, missing = part(params.get("maxSurge", "25%"), math.ceil), part(params.get("maxUnavailable", "25%"), math.floor)
        if not surge and not missing:
            missing = 1
        current = sum(old["spec"].get("replicas", 0) for old in olds)
        have = new["spec"].get("replicas", 0)
        self._set(new, wanted if have > wanted else min(wanted, max(have, wanted + surge - current)))
        can_go = self._ready(new) + sum(map(self._ready, olds)) - (wanted - missing)
        for old in olds:
            replicas = old["spec"].get("replicas", 0)
            step = min(replicas, max(0, can_go) + max(0, replicas - self._ready(old)))
            self._set(old, replicas - step)
            can_go -= step

    def _status(self, deployment, new, sets):
        meta, spec = deployment["metadata"], deployment["spec"]
        pods = {s["metadata"]["uid"]: [p for p in self._pods(s) if is_active(p)] for s in sets}
        total, ready = sum(map(len, pods.values())), sum(sum(map(is_ready, p)) for p in pods.values())
        updated = len(pods[new["metadata"]["uid"]]) if new else 0
        updated_ready = self._ready(new) if new else 0
        conditions = (deployment.get("status") or {}).get("conditions") or []
        part = (spec["strategy"].get("rollingUpdate") or {}).get("maxUnavailable", 0)
        missing = spec["replicas"] * int(part[:-1]) // 100 if isinstance(part, str) else part
        enough = ready >= spec["replicas"] - missing
        conditions = set_condition(conditions, "Available", "True" if enough else "False",
                                   "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                                   f"Deployment {'has' if enough else 'does not have'} minimum availability.", now())
        again = None
        if spec.get("paused"):
            conditions = set_condition(conditions, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused", now())
        elif new:
            name = new["metadata"]["name"]
            if updated == total == updated_ready == spec["replicas"]:
                self._seen.pop(meta["uid"], None)
                conditions = set_condition(conditions, "Progressing", "True", "NewReplicaSetAvailable",
                                           f'ReplicaSet "{name}" has successfully progressed.', now())
            else:
                state = (name, updated, ready, total)
                if self._seen.get(meta["uid"], (None,))[0] != state:
                    self._seen[meta["uid"]] = (state, time.monotonic())
                left = spec.get("progressDeadlineSeconds", 600) - (time.monotonic() - self._seen[meta["uid"]][1])
                if left <= 0:
                    conditions = set_condition(conditions, "Progressing", "False", "ProgressDeadlineExceeded",
                                               f'ReplicaSet "{name}" has timed out progressing.', now())
                else:
                    again = left
                    conditions = set_condition(conditions, "Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.', now())
        self.store.patch_status(DEPLOYMENTS, meta["namespace"], meta["name"], {
            "observedGeneration": meta.get("generation", 1), "replicas": total or None, "updatedReplicas": updated or None,
            "readyReplicas": ready or None, "availableReplicas": ready or None, "unavailableReplicas": max(0, spec["replicas"] - ready) or None,
            "conditions": conditions})
        return again

    def _clean_up(self, deployment, olds):
        idle = sorted((s for s in olds if not s["spec"].get("replicas") and not self._pods(s)), key=lambda s: self._revision([s]))
        for old in idle[: max(0, len(idle) - deployment["spec"].get("revisionHistoryLimit", 10))]:
            self.store.delete("replicasets", old["metadata"]["namespace"], old["metadata"]["name"])
