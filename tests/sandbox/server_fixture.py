"""What the tests of the server share: a cluster with a kubelet that only pretends, and a client of its API."""
import http.client
import json
import os
import pathlib
import queue
import socket
import ssl
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from server.daemon import Cluster
from server.kinds import resource
from server.store import Store, now


class PretendingKubelet:
    """Pods of NODE become ready at once, except those whose image is missing; pods that are not restarted end at once,
    with failure when their command says so."""

    def __init__(self, store):
        self.store, self.dropped, self.tickets = store, [], []
        self.slow = set()  # names (prefixes) of pods that run on when they are deleted, until `release`
        self._events = queue.SimpleQueue()
        self._unwatch = store.watch(self._events.put)
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()

    def close(self):
        self._unwatch()
        self._events.put(None)
        self._thread.join()

    def drop_claim(self, namespace, claim):
        self.dropped.append((namespace, claim))

    def exec_ticket(self, namespace, pod, container, command, stdin):
        self.tickets.append((namespace, pod, container, command, stdin))
        return "/socket", "ticket"

    def log(self, namespace, pod, container):
        return b"a line\n"

    def release(self, namespace):
        self.slow.clear()
        for pod in self.store.list("pods", namespace):
            if pod["metadata"].get("deletionTimestamp"):
                self.store.remove("pods", namespace, pod["metadata"]["name"])

    def _loop(self):
        for event in iter(self._events.get, None):
            pod = event.entry.obj
            if event.resource.plural != "pods" or event.type == "DELETED" or pod["spec"].get("nodeName") != "sandbox-node":
                continue
            meta = pod["metadata"]
            if meta.get("deletionTimestamp"):
                if not any(meta["name"].startswith(s) for s in self.slow):
                    self.store.remove("pods", meta["namespace"], meta["name"])
            elif pod["status"]["phase"] == "Pending" and "no-such" not in pod["spec"]["containers"][0]["image"]:
                self._run(pod)

    def _run(self, pod):
        command = " ".join(pod["spec"]["containers"][0].get("command") or [])
        once = pod["spec"]["restartPolicy"] == "Never"
        phase = "Running" if not once else "Failed" if "fail" in command else "Succeeded"
        conditions = [{"type": t, "status": "True" if phase == "Running" else "False", "lastTransitionTime": now()} for t in ("Ready", "ContainersReady")]
        status = {"phase": phase, "podIP": "10.128.0.7", "conditions": conditions + [{"type": "PodScheduled", "status": "True"}]}
        if self.store.find("pods", pod["metadata"]["namespace"], pod["metadata"]["name"]):
            self.store.patch_status("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], status)


def free_address():
    """Of this process: others that look for one at the same moment get another."""
    pid = os.getpid()
    for second in range(128):
        address = f"127.{128 + (second + (pid >> 16)) % 128}.{pid >> 8 & 255}.{pid & 255}"
        with socket.socket() as probe:
            try:
                probe.bind((address, 6443))
                return address
            except OSError:
                continue
    raise RuntimeError("no free loopback address")


class ClusterTest(unittest.TestCase):
    """One cluster a class, with the namespaces ns and other."""

    @classmethod
    def setUpClass(cls):
        cls._directory = tempfile.TemporaryDirectory()
        home = pathlib.Path(cls._directory.name)
        cls.store = Store(home / "objects")
        cls.kubelet = PretendingKubelet(cls.store)
        cls.cluster = Cluster("north", home, free_address(), cls.store, cls.kubelet, 3600)
        cls.cluster.start()
        cls.tokens = {role: cls.cluster.identity.issue(user) for role, user in (
            ("admin", "kubeadmin"), ("edit", "admin3s"), ("view", "viewer3s"), ("nobody", "nobody3s"), ("secluded", "secluded3s"))}
        cls.local = threading.local()
        for name in ("ns", "other"):
            cls.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}}, expect=201)
            cls.wait(lambda name=name: cls.store.find("configmaps", name, "kube-root-ca.crt"))
            cls.wait(lambda name=name: cls.store.find("rolebindings", name, "view"))

    @classmethod
    def tearDownClass(cls):
        cls.local.connection.close()
        cls.cluster.close()
        cls.kubelet.close()
        cls._directory.cleanup()

    @classmethod
    def connect(cls):
        context = ssl.create_default_context(cadata=cls.cluster.authority)
        host = cls.cluster.url.split("/")[2].split(":")[0]
        return http.client.HTTPSConnection(host, 6443, context=context, timeout=20)

    @classmethod
    def send(cls, method, path, body=None, role="admin", kind="application/json", headers=None):
        """(status, headers, body as object or bytes)."""
        if not hasattr(cls.local, "connection"):
            cls.local.connection = cls.connect()
        all_headers = {"Content-Type": kind, "User-Agent": "tests/1"} | ({"Authorization": "Bearer " + cls.tokens[role]} if role else {})
        data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        cls.local.connection.request(method, path, data, all_headers | (headers or {}))
        response = cls.local.connection.getresponse()
        raw = response.read()
        return response.status, response.headers, json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    @classmethod
    def call(cls, method, path, body=None, role="admin", kind="application/json", expect=200):
        status, _, answer = cls.send(method, path, body, role, kind)
        if status != expect:
            raise AssertionError(f"{method} {path}: {status} instead of {expect}: {answer}")
        return answer

    def message(self, code, method, path, body=None, role="admin", kind="application/json"):
        """The message of the Status that a refused request is answered with."""
        answer = self.call(method, path, body, role, kind, code)
        self.assertEqual((answer["kind"], answer["status"], answer["code"]), ("Status", "Failure", code))
        return answer["message"]

    @staticmethod
    def path(kind, name=None, namespace="ns", sub=None):
        r = resource(kind)
        base = f"/apis/{r.group}/{r.version}" if r.group else f"/api/{r.version}"
        return base + (f"/namespaces/{namespace}" if r.namespaced else "") + f"/{r.plural}" + (f"/{name}" if name else "") + (f"/{sub}" if sub else "")

    @classmethod
    def create(cls, obj, namespace="ns", **options):
        return cls.call("POST", cls.path(obj["kind"], namespace=namespace), obj, expect=201, **options)

    @classmethod
    def get(cls, kind, name, namespace="ns"):
        return cls.call("GET", cls.path(kind, name, namespace))

    @classmethod
    def merge(cls, kind, name, patch, namespace="ns", sub=None, expect=200):
        return cls.call("PATCH", cls.path(kind, name, namespace, sub), patch, kind="application/merge-patch+json", expect=expect)

    @staticmethod
    def wait(condition, seconds=10):
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError("the condition did not become true in time")


def config_map(name, data=None, **meta):
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, **meta}, "data": data or {}}


def pod_template(labels, image="registry.example/app:1", **spec):
    return {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}], "terminationGracePeriodSeconds": 1, **spec}}


def pod(name, **spec):
    return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name}, "spec": pod_template({}, **spec)["spec"]}


def deployment_config(name, replicas=1, strategy=None, triggers=({"type": "ConfigChange"},), **template):
    return {"kind": "DeploymentConfig", "apiVersion": "apps.openshift.io/v1", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"deploymentConfig": name}, "strategy": strategy or {"type": "Rolling"},
                     "triggers": list(triggers), "template": pod_template({"deploymentConfig": name}, **template)}}


def deployment(name, replicas=1, strategy="RollingUpdate", **template):
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"deployment": name}}, "strategy": {"type": strategy},
                     "template": pod_template({"deployment": name}, **template)}}


def claim(name, **spec):
    return {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}}
