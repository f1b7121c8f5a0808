"""One rollout of a DeploymentConfig: the deployer pod, the hook pods, and moving the replicas from the old version to the new.

All state is in the ReplicationController's annotations and in the pods, so that a rollout goes on after a restart.
"""
import json
import math
import time

from ..store import now
from . import CONTROL_PLANE, Controller, is_ready, owner
from .deploymentconfigs import A, CANCELLED, DONE, DESIRED, PHASE, REASON, controllers_of, phase
from .pods import create_pod, owned_pods

FOR, TYPE = A + "deployer-pod-for.name", A + "deployer-pod.type"
PENDING_SECONDS = 0.3
CANCEL_SECONDS = 1.5
# Keeps hooks and time limits apart from the annotations that clients read.
STARTED = "sandbox.example/progress"


def log_of(pod):
    """What a deployer says: nothing runs in its pod."""
    name, state = pod["metadata"]["name"].removesuffix("-deploy"), (pod.get("status") or {}).get("phase")
    end = {"Succeeded": "--> Success\n", "Failed": f"error: {name} failed progressing\n"}.get(state, "")
    return f"--> Scaling {name}\n{end}"


class Deployer(Controller):
    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource.plural == "replicationcontrollers":
            return [(meta["namespace"], meta["name"])] if PHASE in (meta.get("annotations") or {}) else []
        if event.resource.plural == "pods":
            name = (meta.get("labels") or {}).get(FOR)
            if name:
                return [(meta["namespace"], name)]
            # The pods of any version of a config matter to its rollout.
            config = (meta.get("annotations") or {}).get(A + "deployment-config.name")
            return [(meta["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("replicationcontrollers", meta["namespace"])[0]
                    if config and (e.obj["metadata"].get("annotations") or {}).get(A + "deployment-config.name") == config
                    and phase(e.obj) not in DONE]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("replicationcontrollers")[0]
                if PHASE in (e.obj["metadata"].get("annotations") or {})]

    def sync(self, namespace, name):
        self._bury(namespace, name)
        rc = self.store.find("replicationcontrollers", namespace, name)
        if rc is None or phase(rc) in DONE:
            return None
        if rc["metadata"]["annotations"].get(CANCELLED) == "true":
            # The real deployer takes this long to be gone; a client that asks at once still sees the rollout running.
            left = CANCEL_SECONDS - (time.time() - self._progress(rc, "cancelled"))
            return left if left > 0 else self._fail(rc)
        pod = self.store.find("pods", namespace, name + "-deploy")
        if phase(rc) == "New":
            self._make_deployer(rc)
            self._annotate(rc, {PHASE: "Pending", A + "deployer-pod.created-at": now()})
            return PENDING_SECONDS
        if pod is None or pod["metadata"].get("deletionTimestamp"):
            return self._fail(rc, "deployer pod no longer exists")
        if phase(rc) == "Pending":
            if time.time() - self._progress(rc, "pending") < PENDING_SECONDS:
                return PENDING_SECONDS
            self._pod_state(rc, "Running")
            self._annotate(rc, {PHASE: "Running", A + "deployer-pod.started-at": now()})
            return 0
        return self._run(rc)

    # -- the rollout ---------------------------------------------------------------------------------------------------

    def _run(self, rc):
        dc = json.loads(rc["metadata"]["annotations"][A + "encoded-deployment-config"])
        strategy = dc["spec"]["strategy"]
        recreate = strategy["type"] == "Recreate"
        params = strategy.get("recreateParams" if recreate else "rollingParams") or {}
        if not self._hook(rc, dc, params, "pre"):
            return self._again(rc, params)
        done = self._recreate(rc, dc, params) if recreate else self._roll(rc, dc, params)
        if done is None:
            return None
        if not done:
            return self._again(rc, params)
        if not self._hook(rc, dc, params, "post"):
            return self._again(rc, params)
        if self.store.find("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"]) and phase(self._fresh(rc)) != "Failed":
            self._pod_state(rc, "Succeeded")
            self._annotate(rc, {PHASE: "Complete", A + "deployer-pod.completed-at": now()})
        return None

    def _again(self, rc, params):
        """Look again later, or give up when nothing has moved for the strategy's time."""
        fresh = self._fresh(rc)
        if fresh is None or phase(fresh) in DONE:
            return None
        if self._hook_runs(fresh):
            return 1  # hooks have a limit of their own
        if time.time() - self._progress(fresh, self._state(fresh)) > params.get("timeoutSeconds", 600):
            return self._fail(fresh)
        return 1

    def _state(self, rc):
        """What has been reached: a text that changes with every bit of progress."""
        return f"{self._ready(rc)} of {rc['spec'].get('replicas', 0)}"

    def _hook_runs(self, rc):
        meta = rc["metadata"]
        pods = [self.store.find("pods", meta["namespace"], f"{meta['name']}-hook-{kind}") for kind in ("pre", "mid", "post")]
        return any(p and (p.get("status") or {}).get("phase") not in ("Succeeded", "Failed") for p in pods)

    def _progress(self, rc, state):
        """When `state` was first seen."""
        known = json.loads(rc["metadata"]["annotations"].get(STARTED, "[null, 0]"))
        if known[0] != state:
            known = [state, time.time()]
            self._annotate(rc, {STARTED: json.dumps(known)})
        return known[1]

    def _olds(self, rc):
        dc = {"metadata": {"namespace": rc["metadata"]["namespace"], "uid": owner(rc)["uid"]}}
        return [r for r in controllers_of(self.store, dc) if r["metadata"]["uid"] != rc["metadata"]["uid"]]

    def _wanted(self, rc):
        """A scale during the rollout counts for the new version."""
        dc = self.store.find("deploymentconfigs", rc["metadata"]["namespace"], owner(rc)["name"])
        return dc["spec"]["replicas"] if dc else int(rc["metadata"]["annotations"][DESIRED])

    def _recreate(self, rc, dc, params):
        wanted, namespace = self._wanted(rc), rc["metadata"]["namespace"]
        for old in self._olds(rc):
            self._set_replicas(old, 0)
        if any(owned_pods(self.store, namespace, old["metadata"]["uid"]) for old in self._olds(rc)):
            return False
        if not self._hook(rc, dc, params, "mid"):
            return False
        self._set_replicas(rc, wanted)
        return self._ready(rc) >= wanted

    def _roll(self, rc, dc, params):
        wanted = self._wanted(rc)
        surge, missing = self._part(params["maxSurge"], wanted, math.ceil), self._part(params["maxUnavailable"], wanted, math.floor)
        if not surge and not missing:
            missing = 1
        olds = self._olds(rc)
        current = sum(old["spec"].get("replicas", 0) for old in olds)
        self._set_replicas(rc, min(wanted, max(rc["spec"].get("replicas", 0), wanted + surge - current)))
        can_go = self._ready(rc) + sum(self._ready(old) for old in olds) - (wanted - missing)
        for old in olds:
            unready = old["spec"].get("replicas", 0) - self._ready(old)
            step = min(old["spec"].get("replicas", 0), max(0, can_go) + max(0, unready))
            self._set_replicas(old, old["spec"].get("replicas", 0) - step)
            can_go -= step
        left = sum(len(owned_pods(self.store, rc["metadata"]["namespace"], old["metadata"]["uid"])) for old in olds)
        return self._ready(rc) >= wanted and not left

    def _part(self, value, whole, rounding):
        return rounding(whole * int(value.rstrip("%")) / 100) if isinstance(value, str) else value

    def _ready(self, rc):
        return sum(map(is_ready, owned_pods(self.store, rc["metadata"]["namespace"], rc["metadata"]["uid"])))

    def _set_replicas(self, rc, count):
        if rc["spec"].get("replicas", 0) != count:
            def change(obj):
                obj["spec"]["replicas"] = count
            self.store.modify("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"], change)
            rc["spec"]["replicas"] = count

    def _fail(self, rc, reason=None):
        """Back to the last version that worked; the deployer pod says what became of it."""
        cancelled = rc["metadata"]["annotations"].get(CANCELLED) == "true"
        self._set_replicas(rc, 0)
        if cancelled:
            self.store.remove("pods", rc["metadata"]["namespace"], rc["metadata"]["name"] + "-deploy")
        else:
            self._pod_state(rc, "Failed")
        self._annotate(rc, {PHASE: "Failed"} | ({REASON: reason} if reason else {}))
        return None

    # -- hooks ---------------------------------------------------------------------------------------------------------

    def _hook(self, rc, dc, params, kind):
        """True when the hook is done or there is none."""
        hook = params.get(kind)
        if not hook or not hook.get("execNewPod"):
            return True
        meta = rc["metadata"]
        if meta["annotations"].get("sandbox.example/hook-" + kind) == "done":
            return True
        name = f"{meta['name']}-hook-{kind}"
        pod = self.store.find("pods", meta["namespace"], name)
        if pod is None:
            self._make_hook(rc, dc, hook["execNewPod"], kind, name)
            return False
        state = (pod.get("status") or {}).get("phase")
        if state == "Succeeded" or state == "Failed" and hook.get("failurePolicy") == "Ignore":
            self._annotate(rc, {"sandbox.example/hook-" + kind: "done"})
            return True
        if state == "Failed" and hook.get("failurePolicy") == "Retry":
            self.store.remove("pods", meta["namespace"], name)
        elif state == "Failed":
            self._fail(rc)
        return False

    def _make_hook(self, rc, dc, action, kind, name):
        spec = dc["spec"]["template"]["spec"]
        base = next(c for c in spec["containers"] if c["name"] == action["containerName"])
        env = {e["name"]: e for e in base.get("env") or []} | {e["name"]: e for e in action.get("env") or []}
        volumes = set(action.get("volumes") or [])
        marks = {A + "deployment.name": rc["metadata"]["name"]}
        env = list(env.values()) + [{"name": "OPENSHIFT_DEPLOYMENT_NAME", "value": rc["metadata"]["name"]},
                                    {"name": "OPENSHIFT_DEPLOYMENT_NAMESPACE", "value": rc["metadata"]["namespace"]}]
        container = {"name": "lifecycle", "image": base["image"], "command": action["command"], "env": env,
                     "resources": base.get("resources", {}), "imagePullPolicy": base.get("imagePullPolicy", "IfNotPresent"),
                     "volumeMounts": [m for m in base.get("volumeMounts") or [] if m["name"] in volumes]}
        template = {"metadata": {"labels": {FOR: rc["metadata"]["name"], TYPE: "hook-" + kind}, "annotations": marks},
                    "spec": {"containers": [container], "restartPolicy": "Never", "serviceAccountName": spec.get("serviceAccountName", "default"),
                             "activeDeadlineSeconds": dc["spec"]["strategy"].get("activeDeadlineSeconds", 21600),
                             "volumes": [v for v in spec.get("volumes") or [] if v["name"] in volumes]}}
        create_pod(self.store, rc["metadata"]["namespace"], template, rc, name=name, controlled=False)

    # -- the deployer pod ----------------------------------------------------------------------------------------------

    def _make_deployer(self, rc):
        meta = rc["metadata"]
        if self.store.find("pods", meta["namespace"], meta["name"] + "-deploy"):
            return
        marks = {A + "deployment-config.name": meta["annotations"][A + "deployment-config.name"], A + "deployment.name": meta["name"]}
        container = {"name": "deployment", "image": "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:" + "5" * 64,
                     "env": [{"name": "OPENSHIFT_DEPLOYMENT_NAME", "value": meta["name"]},
                             {"name": "OPENSHIFT_DEPLOYMENT_NAMESPACE", "value": meta["namespace"]}]}
        template = {"metadata": {"labels": {FOR: meta["name"]}, "annotations": marks},
                    "spec": {"containers": [container], "restartPolicy": "Never", "serviceAccountName": "deployer", "nodeName": CONTROL_PLANE,
                             "activeDeadlineSeconds": 21600}}
        create_pod(self.store, meta["namespace"], template, rc, name=meta["name"] + "-deploy", controlled=False)

    def _pod_state(self, rc, state):
        namespace, name = rc["metadata"]["namespace"], rc["metadata"]["name"] + "-deploy"
        if self.store.find("pods", namespace, name) is None:
            return
        running = state == "Running"
        code = 0 if state == "Succeeded" else 1
        inner = {"running": {"startedAt": now()}} if running else {"terminated": {"exitCode": code, "finishedAt": now(),
                                                                                 "reason": "Completed" if code == 0 else "Error"}}
        conditions = [{"type": t, "status": "True" if running or t in ("Initialized", "PodScheduled") else "False", "lastProbeTime": None,
                       "lastTransitionTime": now()} for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]
        self.store.patch_status("pods", namespace, name, {
            "phase": state, "conditions": conditions, "hostIP": "10.0.0.10", "startTime": now(),
            "containerStatuses": [{"name": "deployment", "ready": running, "started": running, "restartCount": 0, "lastState": {}, "state": inner}]})

    def _bury(self, namespace, name):
        """Nothing runs in a deployer pod, so its deletion needs no wait."""
        pod = self.store.find("pods", namespace, name + "-deploy")
        if pod and pod["metadata"].get("deletionTimestamp") and pod["spec"].get("nodeName") == CONTROL_PLANE:
            self.store.remove("pods", namespace, name + "-deploy")

    def _fresh(self, rc):
        return self.store.find("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"])

    def _annotate(self, rc, values):
        def change(obj):
            obj["metadata"]["annotations"].update(values)
        self.store.modify("replicationcontrollers", rc["metadata"]["namespace"], rc["metadata"]["name"], change)
        rc["metadata"]["annotations"].update(values)
