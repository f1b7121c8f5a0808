"""PersistentVolumeClaims: binding, protection while pods use them, and what becomes of the volume."""
from ..kinds import BY_PLURAL
from ..strategy import bytes_of
from . import Controller

CLAIMS, VOLUMES = BY_PLURAL["persistentvolumeclaims"], BY_PLURAL["persistentvolumes"]
PROTECTION, BOUND = "kubernetes.io/pvc-protection", "pv.kubernetes.io/bind-completed"


class Claims(Controller):
    """`drop_data(namespace, claim)` deletes the files of a volume whose claim is gone."""

    def __init__(self, store, drop_data):
        super().__init__(store)
        self.drop_data = drop_data

    def keys(self, event):
        obj = event.entry.obj
        meta = obj["metadata"]
        if event.resource is CLAIMS:
            if event.type == "DELETED":
                return [(meta["namespace"], meta["name"], meta["uid"], obj["spec"].get("volumeName") or "")]
            return [(meta["namespace"], meta["name"])]
        if event.resource is VOLUMES:
            claim = obj["spec"].get("claimRef") or {}
            return [(claim["namespace"], claim["name"])] if claim.get("name") and claim.get("namespace") else \
                [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(CLAIMS)[0]
                 if e.obj["spec"].get("volumeName") == meta["name"]]
        if event.resource.plural == "pods" and event.type == "DELETED":
            return [(meta["namespace"], v["persistentVolumeClaim"]["claimName"]) for v in obj["spec"].get("volumes") or []
                    if "persistentVolumeClaim" in v]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(CLAIMS)[0]]

    def sync(self, namespace, name, gone_uid=None, volume=None):
        claim = self.store.find(CLAIMS, namespace, name)
        if gone_uid and (claim is None or claim["metadata"]["uid"] != gone_uid):
            self._release(namespace, name, gone_uid, volume)
        if claim is None:
            return
        if claim["metadata"].get("deletionTimestamp"):
            self._finish_deletion(claim)
            return
        if (claim.get("status") or {}).get("phase") in ("Bound", "Lost"):
            self._check(claim)
            return
        wanted = claim["spec"].get("volumeName")
        if wanted:
            self._bind_named(claim, wanted)
        elif claim["spec"].get("storageClassName"):
            self._bind(claim, self._provision(claim))

    def _uses(self, namespace, name):
        return any((v.get("persistentVolumeClaim") or {}).get("claimName") == name for e in self.store.entries("pods", namespace)[0]
                   if (e.obj.get("status") or {}).get("phase") not in ("Succeeded", "Failed") for v in e.obj["spec"].get("volumes") or [])

    def _finish_deletion(self, claim):
        meta = claim["metadata"]
        if PROTECTION in (meta.get("finalizers") or []) and not self._uses(meta["namespace"], meta["name"]):
            def release(obj):
                obj["metadata"]["finalizers"] = [f for f in obj["metadata"]["finalizers"] if f != PROTECTION]
            self.store.modify(CLAIMS, meta["namespace"], meta["name"], release)

    def _release(self, namespace, name, uid, volume_name):
        """The claim is gone: with the policy Delete so are the volume and everything on it."""
        volume = self.store.find(VOLUMES, None, volume_name)
        if volume is None or (volume["spec"].get("claimRef") or {}).get("uid") != uid:
            return
        if volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
            self.store.remove(VOLUMES, None, volume_name)
            self.drop_data(namespace, name)
        else:
            self.store.patch_status(VOLUMES, None, volume_name, {"phase": "Released"})

    def _bind_named(self, claim, name):
        volume = self.store.find(VOLUMES, None, name)
        held = (volume or {}).get("spec", {}).get("claimRef") or {}
        meta = claim["metadata"]
        mine = (held.get("namespace"), held.get("name")) == (meta["namespace"], meta["name"]) and held.get("uid") in (None, "", meta["uid"])
        if volume is not None and (mine or not held):
            self._bind(claim, volume)
        elif BOUND in (meta.get("annotations") or {}):
            # It says that it was bound before, to a volume that is not there or not its own.
            self.store.patch_status(CLAIMS, meta["namespace"], meta["name"], {"phase": "Lost", "accessModes": None, "capacity": None})

    def _check(self, claim):
        meta = claim["metadata"]
        volume = self.store.find(VOLUMES, None, claim["spec"].get("volumeName") or "")
        held = (volume or {}).get("spec", {}).get("claimRef") or {}
        if held.get("uid") != meta["uid"] and claim["status"]["phase"] == "Bound":
            self.store.patch_status(CLAIMS, meta["namespace"], meta["name"], {"phase": "Lost"})

    def _provision(self, claim):
        spec, meta = claim["spec"], claim["metadata"]
        name = "pvc-" + meta["uid"]
        found = self.store.find(VOLUMES, None, name)
        return found or self.store.create({
            "kind": "PersistentVolume", "apiVersion": "v1",
            "metadata": {"name": name, "finalizers": ["kubernetes.io/pv-protection"],
                         "annotations": {"pv.kubernetes.io/provisioned-by": "sandbox.example/directory"}},
            "spec": {"accessModes": spec["accessModes"], "capacity": {"storage": spec["resources"]["requests"]["storage"]},
                     "persistentVolumeReclaimPolicy": "Delete", "storageClassName": spec["storageClassName"],
                     "volumeMode": spec.get("volumeMode", "Filesystem"),
                     "csi": {"driver": "sandbox.example/directory", "volumeHandle": f"{meta['namespace']}/{meta['name']}"}},
            "status": {"phase": "Available"}})

    def _bind(self, claim, volume):
        meta = claim["metadata"]
        size = volume["spec"]["capacity"]["storage"]
        small = bytes_of(size) < bytes_of(claim["spec"]["resources"]["requests"]["storage"])
        if small or not set(claim["spec"]["accessModes"]) <= set(volume["spec"]["accessModes"]):
            return
        reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"],
                     "resourceVersion": meta["resourceVersion"]}

        def hold(obj):
            obj["spec"]["claimRef"] = reference
            obj["status"] = {"phase": "Bound"}

        def bind(obj):
            obj["metadata"].setdefault("annotations", {}).update({BOUND: "yes", "pv.kubernetes.io/bound-by-controller": "yes"})
            obj["spec"]["volumeName"] = volume["metadata"]["name"]
            obj["status"] = {"phase": "Bound", "accessModes": volume["spec"]["accessModes"], "capacity": {"storage": size}}
        self.store.modify(VOLUMES, None, volume["metadata"]["name"], hold)
        self.store.modify(CLAIMS, meta["namespace"], meta["name"], bind)
