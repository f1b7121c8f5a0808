"""A namespace at one moment: its objects, its volumes and its emptyDirs, saved to a directory and put back."""
import json
import os
import pathlib
import shutil
import subprocess

from ..kinds import RESOURCES

STOP_SECONDS = 20
# They hold the authority of this very cluster, whose controllers make them again: a snapshot may go to another sandbox.
OF_THE_CLUSTER = (("configmaps", "kube-root-ca.crt"), ("configmaps", "openshift-service-ca.crt"))


def _copy(source, target):
    """A tree with everything that it may hold: sparse files, odd names, links, modes."""
    if source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", "--reflink=auto", "--sparse=auto", "-T", str(source), str(target)], check=True, stdin=subprocess.DEVNULL)


def _objects(store, namespace):
    """The namespace, all objects in it, and the volumes that its claims are bound to."""
    found = [o for r in RESOURCES if r.namespaced and r.plural != "events" for o in store.list(r, namespace)
             if (r.plural, o["metadata"]["name"]) not in OF_THE_CLUSTER]
    volumes = [v for v in store.list("persistentvolumes") if v["spec"].get("claimRef", {}).get("namespace") == namespace]
    return [store.get("namespaces", None, namespace), *volumes, *found]


def _empty_dirs(pod):
    return [v["name"] for v in pod["spec"].get("volumes") or [] if "emptyDir" in v]


def save(kubelet, namespace, directory):
    """Stops the pods, so that every store is whole on the disk; the caller takes them up again."""
    directory = pathlib.Path(directory)
    kubelet.stop_pods(namespace, STOP_SECONDS)
    with kubelet.store.lock:
        objects = _objects(kubelet.store, namespace)
    directory.mkdir(parents=True, mode=0o700)
    with open(os.open(directory / "objects.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(objects, out)
    kubelet.faults.keep(namespace)
    _copy(kubelet.directory / "volumes" / namespace, directory / "volumes")
    for pod in objects:
        if pod["kind"] == "Pod":
            for name in _empty_dirs(pod):
                _copy(kubelet.directory / "pods" / pod["metadata"]["uid"] / "volumes" / name, directory / "pods" / pod["metadata"]["uid"] / name)


def clear(kubelet, namespace):
    """Nothing of the namespace is left: neither pods nor objects nor volumes."""
    kubelet.stop_pods(namespace, 0)
    store = kubelet.store
    with store.lock:
        gone = [p["metadata"]["uid"] for p in store.list("pods", namespace)]
        for volume in store.list("persistentvolumes"):
            if volume["spec"].get("claimRef", {}).get("namespace") == namespace:
                store.remove("persistentvolumes", None, volume["metadata"]["name"])
        store.drop_namespace(namespace)
    kubelet.settle()
    kubelet.faults.clear(namespace)
    for uid in gone:
        shutil.rmtree(kubelet.directory / "pods" / uid, ignore_errors=True)
    shutil.rmtree(kubelet.directory / "volumes" / namespace, ignore_errors=True)


def load(kubelet, namespace, directory):
    """Put a saved moment in the place of what is there now; the caller keeps the controllers still meanwhile and takes the pods up."""
    directory = pathlib.Path(directory)
    objects = json.loads((directory / "objects.json").read_text())
    clear(kubelet, namespace)
    _copy(directory / "volumes", kubelet.directory / "volumes" / namespace)
    for pod in objects:
        if pod["kind"] == "Pod":
            for name in _empty_dirs(pod):
                _copy(directory / "pods" / pod["metadata"]["uid"] / name, kubelet.directory / "pods" / pod["metadata"]["uid"] / "volumes" / name)
    kubelet.store.put_back(objects)
