"""The controllers of one cluster: one thread that brings the objects of the store towards what they say."""
import heapq
import itertools
import queue
import sys
import threading
import time
import traceback

from .. import errors

# The kubelet runs the pods of this node.
NODE = "sandbox-node"
# Deployer pods are played by the controller itself: nothing of them runs, so the kubelet leaves this node alone.
CONTROL_PLANE = "sandbox-control-plane"


class Controller:
    """A kind of reconciliation. `keys(event)` names what must be looked at; `sync(*key)` does it, and may return the seconds
    after which to look again."""

    def __init__(self, store):
        self.store = store

    def keys(self, event):
        raise NotImplementedError

    def sync(self, *key):
        raise NotImplementedError

    def initial(self):
        """Keys to look at when the controllers start."""
        return []


class Manager:
    """Owns the thread. Events come from the store; a key is worked on once however often it was named meanwhile."""

    def __init__(self, store, controllers):
        self.store, self.controllers = store, controllers
        self._events = queue.SimpleQueue()
        self._heap, self._due, self._count = [], {}, itertools.count()
        self._paused, self._idle = set(), threading.Condition()
        self._working = False
        self._unwatch = None
        self._thread = threading.Thread(target=self._loop, name="controllers", daemon=True)

    def start(self):
        self._unwatch = self.store.watch(self._events.put)
        for controller in self.controllers:
            for key in controller.initial():
                self._add(controller, key, 0)
        self._thread.start()

    def stop(self):
        if self._unwatch:
            self._unwatch()
        self._events.put(None)
        if self._thread.is_alive():
            self._thread.join(10)

    def pause(self, namespace):
        """Leave a namespace alone until `resume`: its objects are being replaced as a whole. Returns when nothing is under way."""
        with self._idle:
            self._paused.add(namespace)
            self._idle.wait_for(lambda: not self._working, 10)

    def resume(self, namespace):
        with self._idle:
            self._paused.discard(namespace)
        self._events.put(namespace)

    def _add(self, controller, key, seconds):
        due = time.monotonic() + seconds
        known = self._due.get((controller, key))
        if known is None or due < known:
            self._due[controller, key] = due
            heapq.heappush(self._heap, (due, next(self._count), controller, key))

    def _loop(self):
        while True:
            wait = max(0, self._heap[0][0] - time.monotonic()) if self._heap else None
            try:
                event = self._events.get(timeout=wait)
            except queue.Empty:
                self._work()
                continue
            if event is None:
                return
            if isinstance(event, str):
                for controller in self.controllers:
                    for key in controller.initial():
                        self._add(controller, key, 0)
                continue
            for controller in self.controllers:
                try:
                    for key in controller.keys(event):
                        self._add(controller, key, 0)
                except Exception:
                    traceback.print_exc(file=sys.stderr)
            if self._events.empty():
                self._work()

    def _work(self):
        """Everything that is due; what the work itself causes comes in as new events."""
        while self._heap and self._heap[0][0] <= time.monotonic():
            due, _, controller, key = heapq.heappop(self._heap)
            if self._due.get((controller, key)) != due:
                continue
            del self._due[controller, key]
            with self._idle:
                if key[0] in self._paused:
                    continue
                self._working = True
            try:
                again = controller.sync(*key)
            except errors.ApiError as error:
                # Somebody else wrote first, or it is gone: look again.
                again = 0.1 if error.code == 409 else 2 if error.code != 404 else None
            except Exception:
                traceback.print_exc(file=sys.stderr)
                again = 5
            with self._idle:
                self._working = False
                self._idle.notify_all()
            if again is not None:
                self._add(controller, key, again)
            if not self._events.empty():
                return


def owner(obj, kind=None):
    """The controlling ownerReference (of that kind), or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller") and kind in (None, reference["kind"]):
            return reference
    return None


def reference_to(obj):
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "name": obj["metadata"]["name"], "uid": obj["metadata"]["uid"],
            "controller": True, "blockOwnerDeletion": True}


def is_ready(pod):
    return not pod["metadata"].get("deletionTimestamp") and any(
        c["type"] == "Ready" and c["status"] == "True" for c in (pod.get("status") or {}).get("conditions") or ())


def is_active(pod):
    """Counts for its owner: neither finished nor going away."""
    return not pod["metadata"].get("deletionTimestamp") and (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")


def set_condition(conditions, kind, status, reason=None, message="", timestamp=None, update_time=True):
    """The list of conditions with this one brought up to date; times change only when something did."""
    old = next((c for c in conditions if c["type"] == kind), None)
    new = {"type": kind, "status": status, "message": message} | ({"reason": reason} if reason else {})
    if old and all(old.get(k) == new.get(k) for k in ("status", "reason", "message")):
        return conditions
    new["lastTransitionTime"] = old["lastTransitionTime"] if old and old["status"] == status else timestamp
    if update_time:
        new["lastUpdateTime"] = timestamp
    return [c for c in conditions if c["type"] != kind] + [new]
