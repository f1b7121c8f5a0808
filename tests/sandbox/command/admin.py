"""The daemon's side of the command: a socket in the sandbox home, one JSON line a request, one an answer."""
import contextlib
import json
import os
import socket
import sys
import threading
import traceback

from server.errors import ApiError
from server.kubelet import NodeError, moments, snapshots

DEPLOYER = "openshift.io/deployer-pod-for.name"


class Refused(Exception):
    """The sentence for the user."""


def _ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions") or [])


def unready(store, namespace):
    """What is not as it should be in a namespace, one text each; empty when everything runs."""
    texts = []
    for kind in ("deploymentconfigs", "deployments"):
        for workload in (e.obj for e in store.entries(kind, namespace)[0]):
            wanted, status = workload["spec"].get("replicas", 1), workload.get("status", {})
            if (status.get("readyReplicas", 0), status.get("updatedReplicas", 0), status.get("replicas", 0)) != (wanted, wanted, wanted):
                texts.append(f"{workload['metadata']['name']}: {status.get('readyReplicas', 0)} of {wanted} ready")
    for job in (e.obj for e in store.entries("jobs", namespace)[0]):
        if not job.get("status", {}).get("succeeded"):
            texts.append(f"job {job['metadata']['name']}: not complete")
    for pod in (e.obj for e in store.entries("pods", namespace)[0]):
        name, phase = pod["metadata"]["name"], pod.get("status", {}).get("phase")
        if phase in ("Succeeded", "Failed"):
            continue
        if pod["metadata"].get("deletionTimestamp") or not _ready(pod) or DEPLOYER in (pod["metadata"].get("labels") or {}):
            texts.append(f"pod {name}: {phase}")
    return texts


class Admin:
    """Owns the listening socket. `clusters`: {name: object with store, kubelet, identity, url and controllers}."""

    def __init__(self, home, clusters):
        self.clusters, self.path = clusters, str(home / "admin.sock")
        self._changing = threading.Lock()
        if os.path.exists(self.path):
            os.unlink(self.path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        os.chmod(self.path, 0o600)
        self._listener.listen(16)
        threading.Thread(target=self._accept, name="admin", daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        os.unlink(self.path)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="admin client", daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as lines:
            try:
                request = json.loads(lines.readline())
                operation = getattr(self, "do_" + request.pop("operation"))
                answer = {"result": operation(**request)}
            except (Refused, NodeError) as e:
                answer = {"error": str(e)}
            except ApiError as e:
                answer = {"error": e.message}
            except Exception as e:
                traceback.print_exc(file=sys.stderr)
                answer = {"error": f"The daemon failed ({type(e).__name__}: {e}); see daemon.log in the sandbox home."}
            try:
                client.sendall(json.dumps(answer).encode() + b"\n")
            except OSError:
                pass

    # -- reading -----------------------------------------------------------------------------------------------------

    def do_ping(self):
        return os.getpid()

    def do_servers(self):
        return {name: cluster.url for name, cluster in self.clusters.items()}

    def do_unready(self, cluster, namespace):
        return unready(self.clusters[cluster].store, namespace)

    def do_objects(self, cluster, namespace, kind):
        return self.clusters[cluster].store.list(kind, namespace)

    def do_exec(self, cluster, namespace, pod, container, command):
        socket_path, ticket = self.clusters[cluster].kubelet.exec_ticket(namespace, pod, container, command, True)
        return {"socket": str(socket_path), "ticket": ticket}

    def do_token(self, cluster, user):
        return self.clusters[cluster].identity.issue(user)

    def do_token_works(self, cluster, token):
        return self.clusters[cluster].identity.find(token) is not None

    def do_password(self, cluster, user):
        return self.clusters[cluster].identity.password(user)

    def do_expire(self, cluster, user):
        return self.clusters[cluster].identity.expire(user)

    def do_faults(self):
        return {name: cluster.kubelet.faults.all() for name, cluster in self.clusters.items()}

    @contextlib.contextmanager
    def _still(self, cluster, namespace):
        """The kubelet of a namespace that nobody else works on; its pods run (again) afterwards."""
        one = self.clusters[cluster]
        with self._changing:
            one.controllers.pause(namespace)
            try:
                yield one.kubelet
            finally:
                one.controllers.resume(namespace)
                one.kubelet.take_up(namespace)

    # -- changing ----------------------------------------------------------------------------------------------------

    def do_save(self, cluster, namespace, directory):
        with self._still(cluster, namespace) as kubelet:
            snapshots.save(kubelet, namespace, directory)

    def do_load(self, cluster, namespace, directory):
        with self._still(cluster, namespace) as kubelet:
            snapshots.load(kubelet, namespace, directory)

    def do_freeze(self, cluster, namespace, directory, previous=None):
        """A moment of pods that go on running."""
        one = self.clusters[cluster]
        with self._changing:
            one.controllers.pause(namespace)
            try:
                moments.freeze(one.kubelet, namespace, directory, previous)
            finally:
                one.controllers.resume(namespace)

    def do_thaw(self, cluster, namespace, directory, limits=None):
        """Back to such a moment; answers when the pods that were ready then are ready again: {"started": [...], "unready": [...]}."""
        one = self.clusters[cluster]
        with self._changing:
            one.controllers.pause(namespace)
            try:
                started, ready = moments.thaw(one.kubelet, namespace, directory, limits)
            finally:
                one.controllers.resume(namespace)
        return {"started": sorted(started.values()), "unready": moments.await_ready(one.store, namespace, ready)}

    def do_clear(self, cluster, namespace):
        with self._still(cluster, namespace) as kubelet:
            snapshots.clear(kubelet, namespace)

    def do_remove(self, cluster, namespace, kind):
        """Delete all objects of a kind in a namespace."""
        store = self.clusters[cluster].store
        for obj in store.list(kind, namespace):
            store.delete(kind, namespace, obj["metadata"]["name"])

    def do_hide(self, cluster, namespace, workload, tools):
        self.clusters[cluster].kubelet.faults.hide(namespace, workload, tools)

    def do_limit(self, cluster, namespace, what, room):
        """The pods that have the place are replaced: a small file system counts from the start of a pod."""
        one = self.clusters[cluster]
        one.kubelet.faults.limit(namespace, what, room)
        first, _, rest = what.partition("/")
        for pod in one.store.list("pods", namespace):
            name = pod["metadata"]["name"]
            claims = [v.get("persistentVolumeClaim", {}).get("claimName") for v in pod["spec"].get("volumes") or []]
            if (rest in claims) if first == "claim" else (name == first or name.startswith(first + "-")):
                if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed"):
                    one.store.delete("pods", namespace, name)

    def do_clear_container_faults(self):
        """The names of the installations whose pods were restarted for it."""
        changed = []
        for name, one in self.clusters.items():
            for namespace in {k.split("/")[0] for kind in one.kubelet.faults.all().values() for k in kind}:
                with self._still(name, namespace) as kubelet:
                    kubelet.stop_pods(namespace)
                    kubelet.faults.keep(namespace)
                    kubelet.faults.clear(namespace)
                changed.append(f"{name}/{namespace}")
        return changed
