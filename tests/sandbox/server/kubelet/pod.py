"""One pod: its network, volumes and containers from the first start to the removal of the object."""
import os
import shutil
import signal
import sys
import threading
import time
import traceback

from . import container as c
from . import moments
from .images import OTHER, image_of
from .node_client import NodeError
from .runtime import Container
from .status import ContainerStatus, now, pod_status

RETRY_SECONDS = 0.5
MAX_BACKOFF_SECONDS = 10
PROBE_SECONDS = 0.25
TERMINATING_SECONDS = 0.5


class Pod:
    """Owns a thread that lives as long as the pod runs. `kubelet` gives store, node, addresses and claims."""

    def __init__(self, kubelet, obj):
        self.kubelet, self.spec, self.metadata = kubelet, obj["spec"], obj["metadata"]
        self.namespace, self.name, self.uid = self.metadata["namespace"], self.metadata["name"], self.metadata["uid"]
        self.directory = kubelet.directory / "pods" / self.uid
        self.address = None
        self.phase, self.initialized = "Pending", False
        self.started = now()
        old = {s["name"]: s for k in ("containerStatuses", "initContainerStatuses") for s in obj.get("status", {}).get(k) or []}
        self.init = [ContainerStatus(s, old.get(s["name"])) for s in self.spec.get("initContainers") or []]
        self.main = [ContainerStatus(s, old.get(s["name"])) for s in self.spec["containers"]]
        self.running = {}
        self.object = obj
        self.waiting_for_volume = None
        self._wake = threading.Event()
        self._stop, self._seen_until = None, 0
        self.thread = threading.Thread(target=self._run, name=f"pod {self.namespace}/{self.name}", daemon=True)

    # -- from other threads ------------------------------------------------------------------------------------------

    def changed(self, obj):
        """The stored object changed, or went away (None)."""
        if obj is None:
            self.stop(0, remove=False)
        elif obj["metadata"].get("deletionTimestamp"):
            self.stop(obj["metadata"].get("deletionGracePeriodSeconds", 30), remove=True)
        elif obj.get("status", {}).get("phase") in ("Succeeded", "Failed") and self.phase not in ("Succeeded", "Failed"):
            self.stop(0, remove=False)
        if obj is not None:
            self.object = obj

    def stop(self, grace, remove):
        """End the containers; with `remove` the object goes when they are gone. A shorter grace period wins."""
        if self._stop is None or grace < self._stop[0] - time.monotonic():
            self._stop = (time.monotonic() + grace, remove)
            self._seen_until = time.monotonic() + (min(grace, TERMINATING_SECONDS) if remove else 0)
        self._wake.set()

    def container(self, name):
        return self.running.get(name)

    def log_path(self, name):
        return self.directory / f"{name}.log"

    # -- the pod's thread --------------------------------------------------------------------------------------------

    def _run(self):
        try:
            if self._prepare() and self._run_init():
                self._run_main()
        except NodeError as e:
            self._broken(e)
        except Exception as e:
            traceback.print_exc()
            self._broken(e)
        self._end_containers()
        # With nothing but small processes inside, pods would be gone before anybody could see them terminate.
        time.sleep(max(0, self._seen_until - time.monotonic()))
        self._release()
        self.kubelet.pod_ended(self, remove=bool(self._stop and self._stop[1]))

    def _broken(self, error):
        """The kubelet could not go on: a failed pod is one that its controller replaces."""
        print(f"pod {self.namespace}/{self.name}: {error}", file=sys.stderr, flush=True)
        if self._stop is None:
            self.phase = "Failed"
            self._publish()

    def _publish(self):
        status = pod_status(self.object.get("status", {}), self.phase, self.address, self.started, self.initialized, self.init,
                            self.main, self.waiting_for_volume)
        self.kubelet.publish(self, status)

    def _pause(self, seconds):
        """Wait for a change; whether the pod goes on."""
        self._wake.wait(seconds)
        self._wake.clear()
        return self._stop is None

    def _prepare(self):
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._publish()
        while self._stop is None:
            missing = self._missing_claim()
            if not missing:
                self.waiting_for_volume = None
                self._network()
                return True
            if missing != self.waiting_for_volume:
                self.waiting_for_volume = missing
                self._publish()
            self._pause(RETRY_SECONDS)
        return False

    def _missing_claim(self):
        for volume in self.spec.get("volumes") or []:
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            if name:
                claim = self.kubelet.find("persistentvolumeclaims", self.namespace, name)
                if claim is None:
                    return f'0/1 nodes are available: 1 persistentvolumeclaim "{name}" not found.'
                if claim.get("status", {}).get("phase") != "Bound":
                    return "0/1 nodes are available: 1 pod has unbound immediate PersistentVolumeClaims."
        return None

    def _network(self):
        """A network namespace with one end of a cable to the node's bridge, held by a bind mount on a file of the pod."""
        self.address, self.cable = self.kubelet.addresses.take()
        self.netns = self.directory / "netns"
        self.netns.touch()
        node = self.kubelet.node
        node.run(["unshare", f"--net={self.netns}", "sh", "-c", f"""set -e
            ip link set lo up
            ip link add eth0 type veth peer name {self.cable} netns 1
            ip address add {self.address}/{self.kubelet.addresses.prefix} dev eth0
            ip link set eth0 up"""])
        node.run(["ip", "link", "set", self.cable, "master", "br0", "up"])

    def _run_init(self):
        past = self.uid in self.kubelet.initialized
        self.kubelet.initialized.discard(self.uid)
        for status in [] if past else self.init:
            while True:
                if not self._start(status):
                    return False
                running = self.running[status.spec["name"]]
                while not running.ended.is_set():
                    if not self._pause(None):
                        return False
                status.terminated(running.code, running.error)
                del self.running[status.spec["name"]]
                if running.code == 0:
                    status.ready = True
                    break
                if self.spec.get("restartPolicy") == "Never":
                    self.phase = "Failed"
                    self._publish()
                    return False
                status.restart()
                status.waiting("CrashLoopBackOff")
                self._publish()
                if not self._pause(min(MAX_BACKOFF_SECONDS, status.restarts)):
                    return False
            self._publish()
        self.initialized = True
        return True

    def _run_main(self):
        again, probes = {}, {}
        pending = list(self.main)
        while self._stop is None:
            for status in pending:
                if not self._start(status):
                    return
                probes[status] = 0
            pending = []
            self.phase = "Running"
            for status in self.main:
                running = self.running.get(status.spec["name"])
                if running and running.ended.is_set():
                    self._ended(status, running)
                    if self._restarts(running.code):
                        again[status] = time.monotonic() + min(MAX_BACKOFF_SECONDS, 2 ** min(status.restarts, 5) - 1)
                elif running and time.monotonic() >= probes[status]:
                    probes[status] = self._probe(status, running)
            self._publish()
            if not self.running and not again:
                codes = [s.state.get("terminated", {}).get("exitCode") for s in self.main]
                self.phase = "Failed" if any(codes) else "Succeeded"
                self._publish()
                return
            due = [*again.values(), *(probes[s] for s in self.main if s.spec["name"] in self.running)]
            if not self._pause(max(0.01, min(min(due) - time.monotonic(), 3600))):
                return
            pending = [s for s, t in again.items() if t <= time.monotonic()]
            for status in pending:
                del again[status]
                status.restart()

    def _restarts(self, code):
        policy = self.spec.get("restartPolicy", "Always")
        return policy == "Always" or (policy == "OnFailure" and code != 0)

    def _ended(self, status, running):
        status.terminated(running.code, running.error)
        del self.running[status.spec["name"]]

    def _probe(self, status, running):
        """Ask the readiness probe; when to ask again. A container without one is ready as soon as it runs."""
        probe = status.spec.get("readinessProbe") or {}
        period = probe.get("periodSeconds", 10)
        if "exec" in probe:
            ready = running.run(probe["exec"]["command"], probe.get("timeoutSeconds", 1) + 1) == 0
        elif "tcpSocket" in probe or "httpGet" in probe:
            ready = running.connects(self._port(status.spec, (probe.get("tcpSocket") or probe["httpGet"])["port"]))
            period = max(period, 30)
        else:
            ready, period = True, float("inf")
        status.ready = ready and not running.ended.is_set()
        # Before the first success the delays of the manifest would only make the sandbox slow.
        return time.monotonic() + (period if ready else PROBE_SECONDS)

    @staticmethod
    def _port(spec, port):
        named = {p.get("name"): p["containerPort"] for p in spec.get("ports") or []}
        return named.get(port, port)

    def _start(self, status):
        """Start a container, waiting for what it refers to; False when the pod is to end before that."""
        while self._stop is None:
            try:
                self._create(status)
                return True
            except c.ConfigError as e:
                status.waiting(e.reason, str(e))
                self._publish()
                self._pause(RETRY_SECONDS)
        return False

    def _create(self, status):
        spec, kubelet = status.spec, self.kubelet
        name = spec["name"]
        image = image_of(spec.get("image", ""), name)
        if image is OTHER and spec.get("imagePullPolicy") == "Never":
            raise c.ConfigError(f'Container image "{spec.get("image", "")}" is not present with pull policy of Never', "ErrImageNeverPull")
        env = c.environment(kubelet.find, self.object, spec, image, self.address)
        argv = c.command(spec, image, env)
        volumes = {v["name"]: v for v in self.spec.get("volumes") or []}
        mounts = []
        for mount in spec.get("volumeMounts") or []:
            if mount["name"] not in volumes:
                raise c.ConfigError(f'volume mount "{mount["name"]}" has no volume')
            source, read_only = c.prepare_volume(kubelet.find, self.object, volumes[mount["name"]], self.directory, kubelet.claim_directory)
            if mount.get("subPath"):
                source = source / mount["subPath"]
                if not source.exists():
                    source.mkdir(parents=True)
            mounts.append((source, mount["mountPath"], read_only or mount.get("readOnly", False)))
        layer = self.directory / name
        with kubelet.hosts_lock:
            shutil.rmtree(layer, ignore_errors=True)
            layer.mkdir(mode=0o711)
            for part, saved in kubelet.layers.pop((self.uid, name), {}).items():
                moments.put(str(saved), str(layer / part))
            etc = c.prepare_etc(layer / "etc", image, {"cluster": kubelet.cluster, "namespace": self.namespace, "pod": self.name})
        kubelet.write_hosts(self.namespace, self)
        limits = kubelet.faults.layer_limits(self.namespace, self.name)
        line = c.bubblewrap(self.name, self.netns, etc, layer, image, mounts, limits, kubelet.rake_socket)
        log = os.open(self.log_path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        running = Container(kubelet.node, line, spec, log, self._wake.set)
        status.running(f"{self.uid} {name} {status.restarts}")
        ports = [p["containerPort"] for p in spec.get("ports") or [] if p.get("protocol", "TCP") == "TCP"]
        running.start(argv, env, spec.get("workingDir") or image.workdir, [*ports, *image.ports] if image.serve else ())
        self.running[name] = running

    # -- the end -----------------------------------------------------------------------------------------------------

    def _end_containers(self):
        deadline = self._stop[0] if self._stop else time.monotonic()
        if deadline > time.monotonic():
            for running in self.running.values():
                running.terminate()
        for running in self.running.values():
            while not running.ended.wait(max(0, min(0.5, deadline - time.monotonic()))):
                # The grace period may have been shortened meanwhile.
                deadline = self._stop[0] if self._stop else deadline
                if time.monotonic() >= deadline:
                    running.kill()
                    running.ended.wait(10)
                    break
        for status in [*self.init, *self.main]:
            running = self.running.pop(status.spec["name"], None)
            if running:
                status.terminated(running.code if running.code is not None else 128 + signal.SIGKILL)

    def _release(self):
        if self.address:
            try:
                self.kubelet.node.run(["umount", str(self.netns)])
            except (NodeError, OSError):
                pass  # the node is ending, and the name space with it
            self.kubelet.addresses.give_back(self.address)
