"""Faults of containers: tools that are not there, volumes and directories that are too small. Kept in container-faults.json."""
import json
import os
import subprocess
import threading

from .images import MOUNT

HOST_PATHS = ("/usr/bin", "/usr/sbin")
TOOLS = "/run/tools"
# Arguments: the volume, where the small file system goes, the bytes that stay free in it.
MAKE_SMALL = """used=$(du -s -B4096 "$1" | cut -f1) && mount -t tmpfs -o "size=$((used * 4096 + $3)),mode=2777" none "$2" &&
{ cp -a "$1/." "$2/" || { umount "$2"; exit 1; }; }"""


class Faults:
    """`hidden`: {"NS/WORKLOAD": [tool]}; `limits`: {"NS/claim/CLAIM" or "NS/WORKLOAD/PATH": bytes left free}. Thread-safe."""

    def __init__(self, kubelet):
        self._kubelet = kubelet
        self._path = kubelet.directory / "container-faults.json"
        self._lock = threading.Lock()
        self._state = json.loads(self._path.read_text()) if self._path.exists() else {"hidden": {}, "limits": {}}
        self._mounted = set()

    def _save(self):
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._state, indent=1))
        os.replace(part, self._path)

    def all(self):
        with self._lock:
            return json.loads(json.dumps(self._state))

    # -- hidden tools ------------------------------------------------------------------------------------------------

    def hide(self, namespace, workload, tools):
        with self._lock:
            self._state["hidden"][f"{namespace}/{workload}"] = sorted(tools)
            self._save()

    def path_for(self, namespace, pod, container, layer, image):
        """The PATH without the hidden tools (None: nothing is hidden); found in a farm of links, so that it needs no restart."""
        with self._lock:
            hidden = {t for key, tools in self._state["hidden"].items() if self._names(key, namespace, pod, container) for t in tools}
            if not hidden:
                return None
            farm = layer / "run" / "tools"
            if not farm.exists() or set(os.listdir(farm)) & hidden:
                part = layer / "run" / "tools.part"
                subprocess.run(["rm", "-rf", part, farm], check=True)
                part.mkdir()
                for directory in filter(os.path.isdir, [image.path, *HOST_PATHS] if image.path else HOST_PATHS):
                    for name in os.listdir(directory):
                        if name not in hidden and not (part / name).is_symlink():
                            (part / name).symlink_to(f"{directory}/{name}")
                part.rename(farm)
        return (f"{MOUNT}/programs/{image.programs}:" if image.programs else "") + TOOLS

    @staticmethod
    def _names(key, namespace, pod, container):
        """Whether "NS/WORKLOAD" or "NS/WORKLOAD/CONTAINER" means this container of this pod."""
        fault_namespace, workload, *only = key.split("/")
        return (fault_namespace == namespace and (pod == workload or pod.startswith(workload + "-"))
                and only in ([], [container]))

    # -- small file systems ------------------------------------------------------------------------------------------

    def limit(self, namespace, what, room):
        """Leave only `room` bytes free. `what` is claim/CLAIM or WORKLOAD/PATH; it counts for pods that start from now on."""
        with self._lock:
            self._state["limits"][f"{namespace}/{what}"] = room
            self._save()

    def layer_limits(self, namespace, pod):
        """{path: size} of the directories of a pod's containers that are small; they are empty at the start."""
        with self._lock:
            found = {}
            for key, size in self._state["limits"].items():
                fault_namespace, workload, path = key.split("/", 2)
                if workload != "claim" and self._names(f"{fault_namespace}/{workload}", namespace, pod, ""):
                    found["/" + path.lstrip("/")] = size
            return found

    def claim(self, namespace, claim, directory):
        """The directory to mount for a claim: its own, or a small file system with the same files in it."""
        with self._lock:
            room = self._state["limits"].get(f"{namespace}/claim/{claim}")
            if room is None:
                return directory
            small = self._small(namespace, claim)
            if small not in self._mounted:
                small.mkdir(parents=True, exist_ok=True)
                self._kubelet.node.run(["sh", "-c", MAKE_SMALL, "sh", str(directory), str(small), str(room)])
                self._mounted.add(small)
            return small

    def _small(self, namespace, claim):
        return self._kubelet.directory / "small" / namespace / claim

    def keep(self, namespace=None):
        """Copy what is in the small file systems back to the volumes; their pods must not run."""
        with self._lock:
            for small in self._mounted:
                if namespace in (None, small.parent.name):
                    volume = self._kubelet.directory / "volumes" / small.parent.name / small.name
                    self._kubelet.node.run(["sh", "-c", 'find "$2" -mindepth 1 -delete && cp -a "$1/." "$2/"', "sh", str(small), str(volume)])

    def clear(self, namespace=None):
        """Forget the faults of a namespace (None: of all); its pods must not run. Data in small file systems is dropped."""
        with self._lock:
            for kind in ("hidden", "limits"):
                self._state[kind] = {k: v for k, v in self._state[kind].items() if namespace is not None and k.split("/")[0] != namespace}
            for small in [s for s in self._mounted if namespace in (None, s.parent.name)]:
                self._kubelet.node.run(["umount", str(small)])
                self._mounted.discard(small)
            self._save()
