"""The .status of a pod as the kubelet writes it."""
import hashlib
from datetime import datetime, timezone

HOST_IP = "10.0.0.10"


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class ContainerStatus:
    """What is known of one container of a pod over all its starts."""

    def __init__(self, spec, previous=None):
        self.spec = spec
        self.restarts = (previous or {}).get("restartCount", 0)
        self.state = {"waiting": {"reason": "PodInitializing" if previous else "ContainerCreating"}}
        self.last_state = {}
        self.ready = self.started = False
        self.id = ""

    def waiting(self, reason, message=None):
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}
        self.ready = self.started = False

    def running(self, identity):
        self.id = "cri-o://" + hashlib.sha256(identity.encode()).hexdigest()
        self.state = {"running": {"startedAt": now()}}
        self.started = True

    def terminated(self, code, message=None):
        begin = self.state.get("running", {}).get("startedAt", now())
        self.state = {"terminated": {"containerID": self.id, "exitCode": code, "finishedAt": now(), "startedAt": begin,
                                     "reason": "Completed" if code == 0 else "Error", **({"message": message} if message else {})}}
        self.ready = self.started = False

    def restart(self):
        self.last_state, self.restarts = self.state, self.restarts + 1

    def json(self):
        image = self.spec.get("image", "")
        status = {"image": image, "imageID": image if "@sha256:" in image else "", "lastState": self.last_state,
                  "name": self.spec["name"], "ready": self.ready, "restartCount": self.restarts, "started": self.started,
                  "state": self.state}
        return ({"containerID": self.id} if self.id else {}) | status


def conditions(old, values):
    """`values`: {type: (true, reason, message)}; the transition time of an unchanged condition stays."""
    before = {c["type"]: c for c in old or []}
    result = []
    for kind, (true, reason, message) in values.items():
        condition = {"lastProbeTime": None, "lastTransitionTime": now(), "status": "True" if true else "False", "type": kind}
        if reason and not true:
            condition |= {"reason": reason, "message": message}
        if before.get(kind, {}).get("status") == condition["status"]:
            condition["lastTransitionTime"] = before[kind]["lastTransitionTime"]
        result.append(condition)
    return result


def pod_status(old, phase, address, started, initialized, init, containers, waiting_for_volume=None):
    unready = [c.spec["name"] for c in containers if not c.ready]
    done = phase == "Succeeded"
    text = f"containers with unready status: [{' '.join(unready)}]"
    reason = "PodCompleted" if done else "ContainersNotReady"
    not_yet = [c.spec["name"] for c in init if c.state.get("terminated", {}).get("exitCode") != 0]
    scheduled = (waiting_for_volume is None, "Unschedulable", waiting_for_volume or "")
    status = {
        "phase": phase, "hostIP": HOST_IP, "startTime": started, "qosClass": "BestEffort",
        "containerStatuses": [c.json() for c in containers],
        "initContainerStatuses": [c.json() for c in init] or None,
        "podIP": address, "podIPs": [{"ip": address}] if address else None,
        "conditions": conditions(old.get("conditions"), {
            "Initialized": (initialized, "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(not_yet)}]"),
            "Ready": (not unready, reason, "" if done else text),
            "ContainersReady": (not unready, reason, "" if done else text),
            "PodScheduled": scheduled}),
    }
    return status
