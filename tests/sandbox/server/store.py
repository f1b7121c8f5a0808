"""The objects of one cluster: in memory, written through to one JSON file each, with resource versions and a change log.

Thread-safe. What it returns is a copy and what it takes is copied: callers may change their dicts freely.
A directory of a stopped store (or one taken under `with store.lock`) is a snapshot of the cluster.
"""
import hashlib
import json
import os
import pathlib
import re
import shutil
import threading
import time
import uuid
from collections import deque
from datetime import datetime, timezone

from . import errors
from .kinds import RESOURCES, resource

LOG_LENGTH = 5000
# Deleting a pod only marks it; whoever runs it (the kubelet) removes it when its processes are gone.
POD_GRACE_SECONDS = 30


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def copy(value):
    return json.loads(json.dumps(value))


def _file_name(name):
    """Names may be longer than file names, and those of roles hold nearly everything."""
    return name if re.fullmatch(r"[A-Za-z0-9:._~-]{1,200}", name) else hashlib.sha256(name.encode()).hexdigest()


def _latest(obj):
    """A new version of a DeploymentConfig is a new generation of it, though it is part of its status."""
    return (obj.get("status") or {}).get("latestVersion")


class Entry:
    """One version of one object; `obj` is never changed after it got here, `raw` is its JSON text."""
    __slots__ = ("obj", "raw", "_item")

    def __init__(self, obj):
        self.raw = json.dumps(obj, separators=(",", ":"), ensure_ascii=False)
        self.obj = json.loads(self.raw)
        self._item = None

    def item(self, with_kind):
        """JSON text as an element of a list: there, built-in types come without apiVersion and kind."""
        if with_kind:
            return self.raw
        if self._item is None:
            bare = {k: v for k, v in self.obj.items() if k not in ("apiVersion", "kind")}
            self._item = json.dumps(bare, separators=(",", ":"), ensure_ascii=False)
        return self._item


class Event:
    __slots__ = ("version", "type", "resource", "entry", "previous")

    def __init__(self, version, type, resource, entry, previous):
        self.version, self.type, self.resource, self.entry, self.previous = version, type, resource, entry, previous


class Store:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self._callbacks = []
        self.load()

    def load(self):
        """Read the directory again (after a snapshot was put in its place); watchers get no events, they must list anew."""
        with self.lock:
            self._objects = {r: {} for r in RESOURCES}
            self._log = deque(maxlen=LOG_LENGTH)
            version = 1000
            for r in RESOURCES:
                for file in (self.path / r.qualified).glob("*/*.json"):
                    entry = Entry(json.loads(file.read_text()))
                    meta = entry.obj["metadata"]
                    self._objects[r][meta.get("namespace"), meta["name"]] = entry
                    version = max(version, int(meta["resourceVersion"]))
            # Deletions consumed versions that no file remembers.
            self._version = version + 1000
            self._oldest = self._version
            self.changed.notify_all()

    # -- reading -----------------------------------------------------------------------------------------------------

    @property
    def version(self):
        return self._version

    def get(self, kind, namespace, name):
        """The object, or ApiError 404. The namespace of a cluster-scoped kind is None."""
        return json.loads(self.entry(kind, namespace, name).raw)

    def find(self, kind, namespace, name):
        """The object, or None."""
        with self.lock:
            entry = self._objects[resource(kind)].get((namespace, name))
        return json.loads(entry.raw) if entry else None

    def entry(self, kind, namespace, name):
        r = resource(kind)
        with self.lock:
            entry = self._objects[r].get((namespace, name))
        if entry is None:
            raise errors.not_found(r, name)
        return entry

    def entries(self, kind, namespace=None):
        """(entries sorted by namespace and name, version of the list); their obj must not be changed."""
        with self.lock:
            found = [(k, e) for k, e in self._objects[resource(kind)].items() if namespace is None or k[0] == namespace]
            version = self._version
        found.sort(key=lambda item: (item[0][0] or "", item[0][1]))
        return [e for _, e in found], version

    def list(self, kind, namespace=None, labels=None):
        """Objects of the namespace (None: of all) that carry all of `labels`."""
        wanted = (labels or {}).items()
        return [json.loads(e.raw) for e in self.entries(kind, namespace)[0]
                if not wanted or wanted <= (e.obj["metadata"].get("labels") or {}).items()]

    # -- writing -----------------------------------------------------------------------------------------------------

    def create(self, obj, kind=None):
        r = resource(kind or obj["kind"])
        obj = copy(obj)
        meta = obj["metadata"]
        with self.lock:
            if not meta.get("name"):
                meta["name"] = self._generate(r, meta)
            key = (meta.get("namespace"), meta["name"])
            if key in self._objects[r]:
                raise errors.already_exists(r, meta["name"])
            meta["uid"] = str(uuid.uuid4())
            meta["creationTimestamp"] = now()
            if "spec" in obj and r.plural not in ("services", "persistentvolumeclaims", "pods", "namespaces"):
                meta["generation"] = 1
            obj.setdefault("apiVersion", r.api_version)
            obj.setdefault("kind", r.kind)
            return self._write("ADDED", r, key, obj, None)

    def update(self, obj, kind=None):
        """Replace the whole object. A resourceVersion in it must be the current one; without one the write always wins."""
        r = resource(kind or obj["kind"])
        obj = copy(obj)
        meta = obj["metadata"]
        key = (meta.get("namespace"), meta["name"])
        with self.lock:
            old = self.entry(r, *key)
            before = old.obj["metadata"]
            if meta.get("resourceVersion") and meta["resourceVersion"] != before["resourceVersion"]:
                raise errors.conflict(r, meta["name"])
            if meta.get("uid") and meta["uid"] != before["uid"]:
                raise errors.conflict(r, meta["name"], f"Precondition failed: UID in precondition: {meta['uid']}, "
                                                       f"UID in object meta: {before['uid']}")
            for field in ("uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp",
                          "deletionGracePeriodSeconds"):
                meta.pop(field, None)
                if field in before:
                    meta[field] = before[field]
            if obj == old.obj:
                return obj
            if "generation" in before and (obj.get("spec") != old.obj.get("spec") or _latest(obj) != _latest(old.obj)):
                meta["generation"] = before["generation"] + 1
            if meta.get("deletionTimestamp") and not meta.get("finalizers") and r.plural != "pods":
                return self._write("DELETED", r, key, obj, old)
            return self._write("MODIFIED", r, key, obj, old)

    def modify(self, kind, namespace, name, change):
        """Read, let `change(obj)` alter it in place, write: atomic. The new object."""
        with self.lock:
            obj = self.get(kind, namespace, name)
            change(obj)
            return self.update(obj, kind)

    def patch_status(self, kind, namespace, name, status):
        """Merge the keys of `status` into .status (None removes a key). The new object."""
        def merge(obj):
            target = obj.setdefault("status", {})
            for key, value in status.items():
                if value is None:
                    target.pop(key, None)
                else:
                    target[key] = value
        return self.modify(kind, namespace, name, merge)

    def delete(self, kind, namespace, name, grace=None):
        """Begin the deletion: pods that run and objects with finalizers are marked, others are gone. The last object."""
        r = resource(kind)
        with self.lock:
            old = self.entry(r, namespace, name)
            obj = json.loads(old.raw)
            meta = obj["metadata"]
            if r.plural == "pods" and obj.get("spec", {}).get("nodeName"):
                seconds = obj["spec"].get("terminationGracePeriodSeconds", POD_GRACE_SECONDS) if grace is None else grace
                if obj.get("status", {}).get("phase") in ("Succeeded", "Failed"):
                    seconds = 0
                if meta.get("deletionTimestamp") and meta["deletionGracePeriodSeconds"] <= seconds:
                    return obj
                meta["deletionGracePeriodSeconds"] = seconds
                end = datetime.fromtimestamp(time.time() + seconds, timezone.utc)
                meta["deletionTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
                return self._write("MODIFIED", r, (namespace, name), obj, old)
            if meta.get("finalizers"):
                if meta.get("deletionTimestamp"):
                    return obj
                meta["deletionTimestamp"] = now()
                meta["deletionGracePeriodSeconds"] = 0
                return self._write("MODIFIED", r, (namespace, name), obj, old)
            return self._write("DELETED", r, (namespace, name), obj, old)

    def remove(self, kind, namespace, name):
        """End of a deletion: the object goes, whatever its state. Nothing happens when it is gone already."""
        r = resource(kind)
        with self.lock:
            old = self._objects[r].get((namespace, name))
            if old:
                self._write("DELETED", r, (namespace, name), json.loads(old.raw), old)

    def put_back(self, objects):
        """Create saved objects as they were, with uid, times and versions: references between them must hold, and who
        compares versions (as the operator does with redis-config) must find nothing changed."""
        with self.lock:
            for obj in objects:
                r, obj = resource(obj["kind"]), copy(obj)
                key = (obj["metadata"].get("namespace"), obj["metadata"]["name"])
                kept = obj["metadata"]["resourceVersion"]
                self._version = max(self._version, int(kept))
                self._write("ADDED", r, key, obj, self._objects[r].get(key), kept)

    def bring_back(self, namespace, objects, running, untouched):
        """The objects of a namespace (and the volumes of its claims) as they were saved, where they differ; what came since goes. Pods named in
        `running` keep the status that they have now, kinds and names in `untouched` are left alone."""
        with self.lock:
            wanted = {}
            for obj in objects:
                r = resource(obj["kind"])
                wanted[r, obj["metadata"].get("namespace"), obj["metadata"]["name"]] = obj
            for r in RESOURCES:
                for key, entry in list(self._objects[r].items()):
                    claimed = r.plural == "persistentvolumes" and entry.obj["spec"].get("claimRef", {}).get("namespace") == namespace
                    if (key[0] == namespace and r.plural != "events" or claimed) and (r, *key) not in wanted and (r.plural, key[1]) not in untouched:
                        self.remove(r, *key)
            for (r, *key), obj in wanted.items():
                old = self._objects[r].get(tuple(key))
                obj = copy(obj)
                if r.plural == "pods" and key[1] in running and old:
                    obj["status"] = old.obj.get("status")
                if old and old.obj == obj:
                    continue
                kept = obj["metadata"]["resourceVersion"]
                self._version = max(self._version, int(kept))
                self._write("MODIFIED" if old else "ADDED", r, tuple(key), obj, old, kept)

    def _generate(self, r, meta):
        alphabet = "bcdfghjklmnpqrstvwxz2456789"
        while True:
            tail = "".join(alphabet[b % len(alphabet)] for b in os.urandom(5))
            name = meta.get("generateName", "") + tail
            if (meta.get("namespace"), name) not in self._objects[r]:
                return name

    def _write(self, type, r, key, obj, old, version=None):
        self._version += 1
        obj["metadata"]["resourceVersion"] = version or str(self._version)
        entry = Entry(obj)
        file = self.path / r.qualified / (key[0] or "_") / f"{_file_name(key[1])}.json"
        if type == "DELETED":
            file.unlink(missing_ok=True)
            self._objects[r].pop(key, None)
        else:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = file.with_suffix(".part")
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                out.write(entry.raw)
            os.replace(part, file)
            self._objects[r][key] = entry
        event = Event(self._version, type, r, entry, old)
        if len(self._log) == LOG_LENGTH:
            self._oldest = self._log[0].version
        self._log.append(event)
        self.changed.notify_all()
        for callback in list(self._callbacks):
            callback(event)
        return obj

    # -- watching ----------------------------------------------------------------------------------------------------

    def watch(self, callback):
        """Call `callback(event)` (event.type ADDED|MODIFIED|DELETED, .resource, .entry.obj, .previous or None) at every
        change, in order, in the thread of the writer and under the lock: it must only note the event. Returns a function
        that ends the watch."""
        with self.lock:
            self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def events_since(self, version):
        """Events after `version`; ApiError 410 when the log does not reach back so far."""
        with self.lock:
            if version < self._oldest:
                raise errors.expired(version, self._oldest)
            found = []
            for event in reversed(self._log):
                if event.version <= version:
                    break
                found.append(event)
        return found[::-1]

    def wait(self, version, timeout):
        """Wait until the store is past `version` or the time is up."""
        with self.lock:
            self.changed.wait_for(lambda: self._version > version, timeout)

    def drop_namespace(self, namespace):
        """Take all objects of a namespace away at once, without graceful deletion."""
        with self.lock:
            for r in RESOURCES:
                for key in [k for k in self._objects[r] if k[0] == namespace]:
                    self.remove(r, *key)
                shutil.rmtree(self.path / r.qualified / namespace, ignore_errors=True)
