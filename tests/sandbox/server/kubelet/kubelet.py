"""The kubelet of one cluster: takes the pods of its store, runs them in the node, reports their state."""
import os
import queue
import shutil
import threading
import traceback

from ..errors import bad_request
from .faults import Faults
from .images import image_of
from .pod import Pod


# As the controllers schedule it; pods of other nodes are not this kubelet's.
NODE = "sandbox-node"
NODE_ADDRESS = "10.128.0.1"


def _served(pod):
    """The address of a pod that services may send to, None of any other."""
    status = pod.get("status") or {}
    ready = any(c["type"] == "Ready" and c["status"] == "True" for c in status.get("conditions") or ())
    return status.get("podIP") if ready and not pod["metadata"].get("deletionTimestamp") else None


class Addresses:
    """Pod addresses of a sandbox and the names of their cables; thread-safe. The first address is the node's."""

    prefix = 14

    def __init__(self):
        self._lock = threading.Lock()
        self._used = set()
        self._next = 1

    def take(self):
        with self._lock:
            # Not the lowest free one: an address should not come back at once with another pod.
            while True:
                self._next = self._next % 65000 + 1
                number = self._next + 1
                if number not in self._used:
                    break
            self._used.add(number)
        return f"10.128.{number >> 8}.{number & 255}", f"veth{number}"

    def give_back(self, address):
        parts = address.split(".")
        with self._lock:
            self._used.discard(int(parts[2]) << 8 | int(parts[3]))


class Kubelet:
    """Owns a thread that reads the store's events and one thread a pod; `directory` holds pods and volumes."""

    def __init__(self, cluster, store, node, home, addresses, exec_server):
        self.cluster, self.store, self.node, self.addresses, self._exec = cluster, store, node, addresses, exec_server
        self.rake_socket = home / "rake.sock"
        self.directory = home / "kubelet" / cluster
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._events = queue.SimpleQueue()
        self._pods = {}
        self._held = set()
        # {(pod uid, container): {part: directory}}: what the layer of a container holds when it is started next (moments.py).
        self.layers = {}
        # Uids of pods whose init containers have run before that moment: what those waited for may be gone since.
        self.initialized = set()
        self.faults = Faults(self)
        self._lock = threading.Lock()
        self.hosts_lock = threading.Lock()
        self._unwatch = None
        self._thread = threading.Thread(target=self._loop, name="kubelet", daemon=True)

    def start(self):
        self._unwatch = self.store.watch(self._note)
        self._thread.start()
        for namespace in {e.obj["metadata"]["namespace"] for e in self.store.entries("pods")[0]}:
            self.take_up(namespace)

    def close(self, grace=10):
        """Stop all pods (the objects stay) and the thread."""
        self._unwatch()
        self._events.put(None)
        self._thread.join()
        self.stop_pods(None, grace)
        self.faults.keep()

    def stop_pods(self, namespace, grace=10):
        """Stop the pods of a namespace (None: of all) and start none until take_up; their objects stay."""
        with self._lock:
            if namespace:
                self._held.add(namespace)
            pods = [p for p in self._pods.values() if namespace in (None, p.namespace)]
        for pod in pods:
            pod.stop(grace, remove=False)
        for pod in pods:
            pod.thread.join(grace + 15)

    def take_up(self, namespace):
        """Run the stored pods of a namespace (again). What their status says is of an earlier life."""
        # A pod started by an event from before would publish its state first, and then be called Pending for ever.
        self.settle()
        with self._lock:
            self._held.discard(namespace)
        for pod in self.store.list("pods", namespace):
            if pod["spec"].get("nodeName") == NODE and pod["status"].get("phase") not in ("Succeeded", "Failed"):
                pod = self.store.patch_status("pods", namespace, pod["metadata"]["name"], {"phase": "Pending", "conditions": None})
            self._events.put(("pods", "ADDED", pod))

    def settle(self):
        """Wait until the events that the store has sent so far are worked off."""
        done = threading.Event()
        self._events.put(("settle", done, None))
        done.wait(30)

    # -- for pods ----------------------------------------------------------------------------------------------------

    def find(self, kind, namespace, name):
        return self.store.find(kind, namespace, name)

    def claim_directory(self, namespace, claim):
        path = self.directory / "volumes" / namespace / claim
        path.mkdir(parents=True, exist_ok=True)
        return self.faults.claim(namespace, claim, path)

    def drop_claim(self, namespace, claim):
        """The volume of a deleted claim is gone with everything on it."""
        shutil.rmtree(self.directory / "volumes" / namespace / claim, ignore_errors=True)

    def publish(self, pod, status):
        def change(obj):
            if obj["metadata"]["uid"] != pod.uid:
                return
            old = obj.setdefault("status", {})
            if old.get("phase") in ("Succeeded", "Failed"):
                return
            for key, value in status.items():
                if value is None:
                    old.pop(key, None)
                else:
                    old[key] = value
        try:
            self.store.modify("pods", pod.namespace, pod.name, change)
        except Exception as e:
            if getattr(e, "code", None) != 404:
                raise

    def pod_ended(self, pod, remove):
        with self._lock:
            self._pods.pop(pod.uid, None)
        obj = self.find("pods", pod.namespace, pod.name)
        same = obj is not None and obj["metadata"]["uid"] == pod.uid
        if same and (remove or obj["metadata"].get("deletionTimestamp")):
            self.store.remove("pods", pod.namespace, pod.name)
            same = False
        if not same:
            shutil.rmtree(pod.directory, ignore_errors=True)
        else:
            # It may have been taken up again before its end was seen; the loop starts it unless it is held or done.
            self._events.put(("pods", "ENDED", obj))

    # -- events ------------------------------------------------------------------------------------------------------

    def _note(self, event):
        plural = event.resource.plural
        if plural == "services":
            self._events.put((plural, event.type, event.entry.obj))
        elif plural == "pods":
            self._events.put((plural, event.type, event.entry.obj))
            if event.previous is None or event.type != "MODIFIED" or _served(event.previous.obj) != _served(event.entry.obj):
                self._events.put(("names", event.type, event.entry.obj))

    def _loop(self):
        while True:
            batch = [self._events.get()]
            while not self._events.empty():
                batch.append(self._events.get())
            namespaces, settled = set(), []
            for event in batch:
                if event is None:
                    return
                what, kind, obj = event
                try:
                    if what == "settle":
                        settled.append(kind)
                    elif what == "pods":
                        self._pod_event(kind, obj)
                    else:
                        namespaces.add(obj["metadata"]["namespace"])
                except Exception:
                    traceback.print_exc()
            for namespace in namespaces:
                try:
                    self.write_hosts(namespace)
                except Exception:
                    traceback.print_exc()  # without this thread every pod would stay Pending
            for done in settled:
                done.set()

    def _pods_of(self, namespace):
        with self._lock:
            return [p for p in self._pods.values() if p.namespace == namespace]

    def _pod_event(self, kind, obj):
        uid = obj["metadata"]["uid"]
        with self._lock:
            pod = self._pods.get(uid)
            held = obj["metadata"]["namespace"] in self._held
        if pod:
            pod.changed(None if kind == "DELETED" else obj)
        elif kind != "DELETED" and obj["spec"].get("nodeName") == NODE and not held:
            if obj["metadata"].get("deletionTimestamp"):
                self.store.remove("pods", obj["metadata"]["namespace"], obj["metadata"]["name"])
                shutil.rmtree(self.directory / "pods" / uid, ignore_errors=True)
            elif obj.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
                pod = Pod(self, obj)
                with self._lock:
                    self._pods[uid] = pod
                pod.thread.start()
        elif kind == "DELETED":
            shutil.rmtree(self.directory / "pods" / uid, ignore_errors=True)

    # -- names -------------------------------------------------------------------------------------------------------

    def hosts(self, namespace):
        """Lines of /etc/hosts: every service with the address of a ready pod, or the node's, which refuses connections."""
        served = [(address, (e.obj["metadata"].get("labels") or {}).items()) for e in self.store.entries("pods", namespace)[0]
                  if (address := _served(e.obj))]
        lines = []
        for entry in self.store.entries("services", namespace)[0]:
            name, selector = entry.obj["metadata"]["name"], (entry.obj["spec"].get("selector") or {}).items()
            address = next((a for a, labels in served if selector and selector <= labels), NODE_ADDRESS)
            full = f"{name}.{namespace}.svc"
            lines.append(f"{address} {name} {name}.{namespace} {full} {full}.cluster.local")
        return lines

    def write_hosts(self, namespace, only=None):
        """Bring the hosts files of a namespace's pods (or of one) up to date."""
        # Reading the store and writing are one step: otherwise an older state could overwrite a newer one.
        with self.hosts_lock:
            lines = ["127.0.0.1 localhost localhost.localdomain", "::1 localhost", *self.hosts(namespace)]
            for pod in [only] if only else self._pods_of(namespace):
                text = "\n".join([*lines, f"{pod.address} {pod.name}"]) + "\n"
                try:
                    for etc in pod.directory.glob("*/etc"):
                        part = etc / "hosts.part"
                        part.write_text(text)
                        os.replace(part, etc / "hosts")
                except FileNotFoundError:
                    pass  # the pod has just ended, or has no directory yet

    # -- exec --------------------------------------------------------------------------------------------------------

    def _find_pod(self, namespace, name):
        with self._lock:
            return next((p for p in self._pods.values() if (p.namespace, p.name) == (namespace, name)), None)

    def exec_ticket(self, namespace, name, container, command, stdin):
        """(socket, ticket) for the exec route. ApiError with the kubelet's text when nothing runs there."""
        pod = self._find_pod(namespace, name)
        running = pod and pod.container(container)
        path = None
        if running:
            image = image_of(running.spec.get("image", ""), container)
            path = self.faults.path_for(namespace, name, container, pod.directory / container, image)
        return self._exec.ticket(running, container, command, stdin, {"PATH": path} if path else {})

    def log(self, namespace, name, container):
        """What a container has written, as bytes. ApiError as long as it has not started."""
        obj = self.store.get("pods", namespace, name)
        path = self.directory / "pods" / obj["metadata"]["uid"] / f"{container}.log"
        if not path.exists():
            raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: ContainerCreating')
        return path.read_bytes()
