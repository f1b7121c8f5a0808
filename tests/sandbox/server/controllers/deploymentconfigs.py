"""DeploymentConfigs: triggers, versions, and the ReplicationControllers of the rollouts. deployer.py carries a rollout out."""
import json

from .. import errors
from ..kinds import BY_PLURAL
from ..store import copy, now
from . import Controller, is_active, is_ready, owner, reference_to, set_condition

DCS = BY_PLURAL["deploymentconfigs"]
A = "openshift.io/"
PHASE, CANCELLED, REASON = A + "deployment.phase", A + "deployment.cancelled", A + "deployment.status-reason"
VERSION, DC_NAME, RC_NAME = A + "deployment-config.latest-version", A + "deployment-config.name", A + "deployment.name"
DESIRED = "kubectl.kubernetes.io/desired-replicas"
DONE = ("Complete", "Failed")


def phase(rc):
    return rc["metadata"]["annotations"].get(PHASE, "New")


def version(rc):
    return int(rc["metadata"]["annotations"].get(VERSION, 0))


def controllers_of(store, dc):
    """The ReplicationControllers of a DeploymentConfig, oldest first."""
    return sorted((e.obj for e in store.entries("replicationcontrollers", dc["metadata"]["namespace"])[0]
                   if (owner(e.obj) or {}).get("uid") == dc["metadata"]["uid"]), key=version)


def resolve_images(store, dc):
    """Put the images that the ImageStreams name now into the template. True when that changed anything."""
    changed = False
    for trigger in dc["spec"].get("triggers") or []:
        params = trigger.get("imageChangeParams")
        if trigger.get("type") != "ImageChange" or not params or not params.get("automatic") and params.get("lastTriggeredImage"):
            continue
        name, _, tag = params["from"].get("name", "").partition(":")
        stream = store.find("imagestreams", params["from"].get("namespace") or dc["metadata"]["namespace"], name)
        tags = ((stream or {}).get("status") or {}).get("tags") or []
        image = next((t["items"][0]["dockerImageReference"] for t in tags if t["tag"] == (tag or "latest") and t.get("items")), None)
        if image is None or params.get("lastTriggeredImage") == image:
            continue
        params["lastTriggeredImage"] = image
        spec, changed = dc["spec"]["template"]["spec"], True
        for container in spec["containers"] + (spec.get("initContainers") or []):
            if container["name"] in params.get("containerNames", ()):
                container["image"] = image
    return changed


def unresolved(dc):
    """True while an ImageChange trigger has not delivered the image of a container."""
    waiting = {name for t in dc["spec"].get("triggers") or [] if t.get("type") == "ImageChange"
               and not (t.get("imageChangeParams") or {}).get("lastTriggeredImage") for name in t["imageChangeParams"].get("containerNames", ())}
    spec = dc["spec"]["template"]["spec"]
    return any(c["name"] in waiting or not (c.get("image") or "").strip() for c in spec["containers"] + (spec.get("initContainers") or []))


def instantiate(store, namespace, name, body):
    """What `oc rollout latest` asks for: the next version, now."""
    try:
        request = json.loads(body)
    except ValueError:
        raise errors.bad_request("the DeploymentRequest is not JSON") from None
    if not isinstance(request, dict) or request.get("name") != name:
        raise errors.bad_request("the name of the DeploymentRequest is not the name on the URL")
    with store.lock:
        dc = store.get(DCS, namespace, name)
        if dc["spec"].get("paused"):
            raise errors.bad_request("cannot deploy a paused deployment config")
        if request.get("latest"):
            resolve_images(store, dc)
        if unresolved(dc):
            raise errors.bad_request(f'cannot trigger a deployment for "{name}" because it contains unresolved images')
        if request.get("force"):
            _next_version(dc, "Manual", "manual change")
        return store.update(dc)


def latest_deployer(store, namespace, name):
    """The pod whose log is the log of the DeploymentConfig."""
    dc = store.get(DCS, namespace, name)
    return f"{name}-{(dc.get('status') or {}).get('latestVersion', 0)}-deploy"


def _next_version(dc, cause, message, **details):
    status = dc.setdefault("status", {})
    status["latestVersion"] = status.get("latestVersion", 0) + 1
    status["details"] = {"causes": [{"type": cause} | details], "message": message}


def new_controller(dc):
    """The ReplicationController of the latest version."""
    name, number = dc["metadata"]["name"], dc["status"]["latestVersion"]
    rc_name = f"{name}-{number}"
    template = copy(dc["spec"]["template"])
    marks = {VERSION: str(number), DC_NAME: name, RC_NAME: rc_name}
    template["metadata"]["annotations"] = (template["metadata"].get("annotations") or {}) | marks
    labels = {"deployment": rc_name, "deploymentconfig": name}
    template["metadata"]["labels"] = (template["metadata"].get("labels") or {}) | labels
    config = dc | {"status": {k: dc["status"][k] for k in ("latestVersion", "details")}}
    annotations = marks | {PHASE: "New", REASON: dc["status"]["details"]["message"], A + "deployer-pod.name": rc_name + "-deploy",
                           DESIRED: str(dc["spec"]["replicas"]), A + "encoded-deployment-config": json.dumps(config, separators=(",", ":"))}
    del annotations[RC_NAME]
    return {"kind": "ReplicationController", "apiVersion": "v1",
            "metadata": {"name": rc_name, "namespace": dc["metadata"]["namespace"], "annotations": annotations,
                         "labels": (dc["metadata"].get("labels") or {}) | {A + "deployment-config.name": name},
                         "ownerReferences": [reference_to(dc)]},
            "spec": {"replicas": 0, "selector": dc["spec"]["selector"] | labels, "template": template}, "status": {"replicas": 0}}


class DeploymentConfigs(Controller):
    def keys(self, event):
        obj = event.entry.obj
        meta = obj["metadata"]
        if event.resource is DCS:
            return [(meta["namespace"], meta["name"])]
        if event.resource.plural == "replicationcontrollers":
            reference = owner(obj, "DeploymentConfig")
            return [(meta["namespace"], reference["name"])] if reference else []
        if event.resource.plural == "pods" and DC_NAME in (meta.get("annotations") or {}):
            return [(meta["namespace"], meta["annotations"][DC_NAME])]
        if event.resource.plural == "imagestreams":
            return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(DCS)[0]]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(DCS)[0]]

    def sync(self, namespace, name):
        dc = self.store.find(DCS, namespace, name)
        if dc is None or dc["metadata"].get("deletionTimestamp"):
            return None
        with self.store.lock:
            dc = self.store.get(DCS, namespace, name)
            dc = self._trigger(dc)
        rcs = controllers_of(self.store, dc)
        latest = dc["status"].get("latestVersion", 0)
        if latest and not any(version(rc) == latest for rc in rcs):
            running = [rc for rc in rcs if phase(rc) not in DONE]
            for rc in running:
                self._cancel(rc, "newer deployment was found running")
            if running:
                return 0.2
            self.store.create(new_controller(dc))
            rcs = controllers_of(self.store, dc)
        if not dc["spec"].get("paused"):
            self._scale(dc, rcs)
        self._status(dc, rcs)
        self._clean_up(dc, rcs)
        return None

    def _trigger(self, dc):
        """Begin a new version when the template or an image changed and the triggers say so."""
        kinds = [t.get("type") for t in dc["spec"].get("triggers") or []]
        if dc["spec"].get("paused") or not kinds:
            return dc
        image_changed = resolve_images(self.store, dc)
        if image_changed:
            dc = self.store.update(dc)
        if unresolved(dc):
            return dc
        rcs = controllers_of(self.store, dc)
        status = dc.get("status") or {}
        if not status.get("latestVersion"):
            # A DeploymentConfig whose ReplicationControllers outlived it goes on with their numbers.
            if rcs:
                dc.setdefault("status", {})["latestVersion"] = version(rcs[-1])
            elif "ConfigChange" in kinds or image_changed:
                _next_version(dc, "ConfigChange", "config change")
            return self.store.update(dc)
        latest = next((rc for rc in rcs if version(rc) == status["latestVersion"]), None)
        if latest is None or self._template(latest) == dc["spec"]["template"]:
            return dc
        if image_changed:
            source = next(t["imageChangeParams"]["from"] for t in dc["spec"]["triggers"] if t["type"] == "ImageChange")
            _next_version(dc, "ImageChange", "image change", imageTrigger={"from": source})
        elif "ConfigChange" in kinds:
            _next_version(dc, "ConfigChange", "config change")
        else:
            return dc
        return self.store.update(dc)

    def _template(self, rc):
        return json.loads(rc["metadata"]["annotations"][A + "encoded-deployment-config"])["spec"]["template"]

    def _cancel(self, rc, reason):
        def mark(obj):
            obj["metadata"]["annotations"].update({CANCELLED: "true", REASON: reason})
        if rc["metadata"]["annotations"].get(CANCELLED) != "true":
            self.store.modify("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"], mark)

    def _scale(self, dc, rcs):
        """Outside of a rollout the last good version has the replicas, all others have none."""
        if any(phase(rc) not in DONE for rc in rcs):
            return
        good = [rc for rc in rcs if phase(rc) == "Complete"]
        for rc in rcs:
            wanted = dc["spec"]["replicas"] if good and rc is good[-1] else 0
            if rc["spec"].get("replicas", 0) != wanted:
                def change(obj, wanted=wanted):
                    obj["spec"]["replicas"] = wanted
                self.store.modify("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"], change)

    def _status(self, dc, rcs):
        meta, latest = dc["metadata"], dc["status"].get("latestVersion", 0)
        rc = next((r for r in rcs if version(r) == latest), None)
        uids = {r["metadata"]["uid"] for r in rcs}
        pods = [e.obj for e in self.store.entries("pods", meta["namespace"])[0] if (owner(e.obj) or {}).get("uid") in uids and is_active(e.obj)]
        ready = sum(map(is_ready, pods))
        updated = sum(1 for p in pods if rc and owner(p)["uid"] == rc["metadata"]["uid"])
        conditions = (dc.get("status") or {}).get("conditions") or []
        minimum = ready >= max(0, dc["spec"]["replicas"] - self._tolerated(dc)) and (ready > 0 or dc["spec"]["replicas"] == 0)
        text = "Deployment config has minimum availability." if minimum else "Deployment config does not have minimum availability."
        conditions = set_condition(conditions, "Available", "True" if minimum else "False", None, text, now())
        if dc["spec"].get("paused"):
            conditions = set_condition(conditions, "Progressing", "Unknown", "DeploymentConfigPaused", "deployment config is paused", now())
        elif rc:
            conditions = set_condition(conditions, "Progressing", *self._progress(rc), now())
        self.store.patch_status(DCS, meta["namespace"], meta["name"], {
            "replicas": len(pods), "readyReplicas": ready or None, "availableReplicas": ready, "updatedReplicas": updated,
            "unavailableReplicas": max(0, len(pods) - ready), "observedGeneration": meta.get("generation", 1), "conditions": conditions})

    def _tolerated(self, dc):
        value = (dc["spec"]["strategy"].get("rollingParams") or {}).get("maxUnavailable", 0)
        return dc["spec"]["replicas"] * int(value[:-1]) // 100 if isinstance(value, str) else value

    def _progress(self, rc):
        name, state = rc["metadata"]["name"], phase(rc)
        if state == "Complete":
            return "True", "NewReplicationControllerAvailable", f'replication controller "{name}" successfully rolled out'
        if state == "Failed":
            if rc["metadata"]["annotations"].get(CANCELLED) == "true":
                return "False", "RolloutCancelled", f'rollout of replication controller "{name}" was cancelled'
            return "False", "ProgressDeadlineExceeded", f'replication controller "{name}" has failed progressing'
        # Nothing has progressed yet while a pre-hook runs.
        if state == "Running" and rc["spec"].get("replicas"):
            return "True", "ReplicationControllerUpdated", f'replication controller "{name}" is progressing'
        return "Unknown", "NewReplicationControllerCreated" if state == "New" else "", f'replication controller "{name}" is waiting for pod "{name}-deploy" to run'

    def _clean_up(self, dc, rcs):
        finished = [rc for rc in rcs if phase(rc) in DONE and version(rc) != dc["status"].get("latestVersion") and not rc["spec"].get("replicas")]
        limit = dc["spec"].get("revisionHistoryLimit", 10)
        for rc in finished[: max(0, len(finished) - limit)]:
            self.store.delete("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"])
