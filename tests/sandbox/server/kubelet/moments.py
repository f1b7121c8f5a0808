"""A moment of a namespace whose pods go on running: taken in a tenth of a second, put back by restarting only the pods whose files differ.

Snapshots (snapshots.py) stop every pod; tests that go back a thousand times use these. A moment is what a node's sudden end would leave behind:
the files of every volume and of `/tmp`, with all processes frozen while they are copied, and the objects. What only a process's memory held is not in it.
"""
import json
import os
import pathlib
import shutil
import signal
import stat
import time

from .snapshots import OF_THE_CLUSTER, _objects

# Writable parts of a container's layer that belong to a moment: dumps are staged there.
LAYERS = ("tmp", "var-tmp")
# MariaDB maps its log where that lies in memory.
MAPPED = ("ib_logfile0",)
READY_SECONDS = 60
STOP_SECONDS = 20


# -- files ---------------------------------------------------------------------------------------------------------------


def _entries(directory):
    try:
        with os.scandir(directory) as found:
            return {e.name: e for e in found}
    except FileNotFoundError:
        return {}


def _same(first, a, second, b):
    """Whether two regular files, of these states, are the same: every write moves the time of change, but those through a mapping."""
    return (a.st_size == b.st_size and a.st_mtime_ns == b.st_mtime_ns and a.st_mode == b.st_mode
            and (os.path.basename(first) not in MAPPED or pathlib.Path(first).read_bytes() == pathlib.Path(second).read_bytes()))


def _copy_file(source, target, status):
    with open(source, "rb") as reader, open(target, "wb") as writer:
        left = status.st_size
        while left > 0 and (done := os.sendfile(writer.fileno(), reader.fileno(), None, left)):
            left -= done
    os.chmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def keep(source, target, previous):
    """A copy of a tree; files that the previous moment has in the same state are its files."""
    os.makedirs(target, exist_ok=True)
    os.chmod(target, stat.S_IMODE(os.stat(source).st_mode))
    for name, entry in _entries(source).items():
        try:
            status = entry.stat(follow_symlinks=False)
            to, before = os.path.join(target, name), os.path.join(previous, name) if previous else None
            if stat.S_ISDIR(status.st_mode):
                keep(entry.path, to, before if before and os.path.isdir(before) else None)
            elif stat.S_ISLNK(status.st_mode):
                os.symlink(os.readlink(entry.path), to)
            elif stat.S_ISREG(status.st_mode):
                if before and os.path.lexists(before) and _same(before, os.lstat(before), entry.path, status):
                    os.link(before, to, follow_symlinks=False)
                else:
                    _copy_file(entry.path, to, status)
        except FileNotFoundError:
            pass  # a temporary file that has gone since
    status = os.stat(source)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def differs(saved, live):
    """Whether a tree is not as it was saved. Sockets and the like do not count."""
    now = {n: e for n, e in _entries(live).items() if e.is_dir(follow_symlinks=False) or e.is_symlink() or e.is_file()}
    then = _entries(saved)
    if now.keys() != then.keys():
        return True
    for name, entry in then.items():
        a, b = entry.stat(follow_symlinks=False), now[name].stat(follow_symlinks=False)
        if stat.S_IFMT(a.st_mode) != stat.S_IFMT(b.st_mode):
            return True
        if stat.S_ISDIR(a.st_mode):
            if differs(entry.path, now[name].path):
                return True
        elif stat.S_ISLNK(a.st_mode):
            if os.readlink(entry.path) != os.readlink(now[name].path):
                return True
        elif not _same(entry.path, a, now[name].path, b):
            return True
    return False


def put(saved, live):
    """Make a tree what it was, in place: it may be mounted somewhere."""
    os.makedirs(live, exist_ok=True)
    then, now = _entries(saved), _entries(live)
    for name in now.keys() - then.keys():
        entry = now[name]
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        elif entry.is_symlink() or entry.is_file():
            os.unlink(entry.path)
    for name, entry in then.items():
        status, to = entry.stat(follow_symlinks=False), os.path.join(live, name)
        if name in now:
            there = now[name].stat(follow_symlinks=False)
            if stat.S_ISDIR(there.st_mode) != stat.S_ISDIR(status.st_mode):
                shutil.rmtree(to, ignore_errors=True) if stat.S_ISDIR(there.st_mode) else os.unlink(to)
            elif stat.S_ISREG(status.st_mode) and stat.S_ISREG(there.st_mode) and _same(to, there, entry.path, status):
                continue
            elif not stat.S_ISDIR(status.st_mode):
                os.unlink(to)
        if stat.S_ISDIR(status.st_mode):
            put(entry.path, to)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(entry.path), to)
        else:
            _copy_file(entry.path, to, status)
    status = os.stat(saved)
    os.chmod(live, stat.S_IMODE(status.st_mode))
    os.utime(live, ns=(status.st_atime_ns, status.st_mtime_ns))


# -- processes -----------------------------------------------------------------------------------------------------------


def _processes(uids):
    """{pod uid: [(pid, parent, start)]} of all processes of these pods, as this process sees them."""
    parents, roots = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                name, fields = file.read().split(b"(", 1)[1].rsplit(b") ", 1)
            fields = fields.split()
            parents[int(pid)] = (int(fields[1]), int(fields[19]))
            if name == b"bwrap":
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read()
                uid = next((u for u in uids if u.encode() in line), None)
                if uid:
                    roots[int(pid)] = uid
        except OSError:
            pass
    found = {}
    for pid, (parent, start) in parents.items():
        above = pid
        while above in parents and above not in roots:
            above = parents[above][0]
        if above in roots:
            found.setdefault(roots[above], []).append((pid, parent, start))
    return found


def _signal(processes, number):
    for group in processes.values():
        for pid, _, _ in group:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass


def _is_still(pid):
    """Whether none of its threads runs on: one that was in the middle of a write when it was told to stop finishes that first, whenever it gets a processor.
    (A thread of io_uring that waits for work has none.)"""
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/stat", "rb") as file:
                name, fields = file.read().split(b"(", 1)[1].rsplit(b") ", 1)
            if fields[:1] not in b"TtZX" and not (name.startswith(b"iou-wrk") and fields[:1] == b"S"):
                return False
    except OSError:
        pass  # it has ended
    return True


def _stop(uids):
    """The processes of these pods, none of which does anything until it is told to go on."""
    limit, patience = time.monotonic() + STOP_SECONDS, 0.5
    while True:
        before, again = None, time.monotonic() + patience
        while True:
            processes = _processes(uids)
            _signal(processes, signal.SIGSTOP)
            now = {pid for group in processes.values() for pid, _, _ in group}
            moving = [pid for pid in now if not _is_still(pid)]
            if now == before and not moving:
                return processes
            if time.monotonic() > again:
                break
            before = now
        # Who waits in vfork() for a child that was stopped before its exec never stops itself: let them go past that, and try again.
        _signal(processes, signal.SIGCONT)
        if time.monotonic() > limit:
            raise TimeoutError(f"processes that do not stop: {moving}")
        time.sleep(0.05)
        patience *= 2


def _end_execs(processes):
    """What was started in a container beside its own command: children of the agent (whose parent is the outer process) but the first."""
    for group in processes.values():
        pids = {p for p, _, _ in group}
        outer = {p for p, parent, _ in group if parent not in pids}
        agents = {p for p, parent, _ in group if parent in outer}
        for agent in agents:
            children = sorted((start, p) for p, parent, start in group if parent == agent)
            for _, pid in children[1:]:
                for each, parent, _ in group:
                    if parent == pid or each == pid:
                        try:
                            os.kill(each, signal.SIGKILL)
                        except ProcessLookupError:
                            pass


# -- pods ----------------------------------------------------------------------------------------------------------------


def _claims(pod):
    return [v["persistentVolumeClaim"]["claimName"] for v in pod["spec"].get("volumes") or [] if "persistentVolumeClaim" in v]


def _empty_dirs(pod):
    return [v["name"] for v in pod["spec"].get("volumes") or [] if "emptyDir" in v]


def _containers(pod):
    return [c["name"] for c in pod["spec"]["containers"]]


def _ready(pod):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions") or [])


def _parts(kubelet, pod):
    """{name in a moment: live directory} of what is the pod's alone."""
    root = kubelet.directory / "pods" / pod["metadata"]["uid"]
    return ({f"emptydir/{name}": root / "volumes" / name for name in _empty_dirs(pod)} |
            {f"layer/{c}/{part}": root / c / part for c in _containers(pod) for part in LAYERS})


def freeze(kubelet, namespace, directory, previous=None):
    """Save the moment; the caller keeps the controllers still. `previous`: an earlier moment, whose unchanged files are shared."""
    directory, previous = pathlib.Path(directory), pathlib.Path(previous) if previous else None
    uids = [p["metadata"]["uid"] for p in kubelet.store.list("pods", namespace)]
    processes = _stop(uids)
    try:
        with kubelet.store.lock:
            objects = _objects(kubelet.store, namespace)
        directory.mkdir(parents=True, mode=0o700)
        with open(os.open(directory / "objects.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(objects, out)
        volumes = kubelet.directory / "volumes" / namespace
        if volumes.exists():
            keep(str(volumes), str(directory / "volumes"), str(previous / "volumes") if previous else None)
        for pod in (o for o in objects if o["kind"] == "Pod"):
            for name, live in _parts(kubelet, pod).items():
                if live.exists():
                    part = pathlib.Path("pods") / pod["metadata"]["uid"] / name
                    before = previous / part if previous and (previous / part).exists() else None
                    keep(str(live), str(directory / part), str(before) if before else None)
    finally:
        _signal(processes, signal.SIGCONT)


def thaw(kubelet, namespace, directory, limits=None):
    """Put a moment back; the caller keeps the controllers still meanwhile. ({uid: name} of the pods that had to be started again, the names of
    those that were ready). `limits`: {what: room} as in faults.py, from now on; pods that have or had one are always started again."""
    directory, store = pathlib.Path(directory), kubelet.store
    objects = [o for o in json.loads((directory / "objects.json").read_text()) if o["kind"] != "Pod" or not o["metadata"].get("deletionTimestamp")]
    saved = {o["metadata"]["uid"]: o for o in objects if o["kind"] == "Pod" and o.get("status", {}).get("phase") not in ("Succeeded", "Failed")
             and o["spec"].get("nodeName")}
    alone = {o["metadata"]["name"] for o in objects if o["kind"] == "PersistentVolumeClaim" and "ReadWriteMany" not in o["spec"].get("accessModes", [])}
    limited = bool(limits) or any(k.startswith(namespace + "/") for k in kubelet.faults.all()["limits"])
    with kubelet._lock:
        kubelet._held.add(namespace)
        live = {p.uid: p for p in kubelet._pods.values() if p.namespace == namespace}

    def must_end(pod):
        then, now = saved.get(pod.uid), store.find("pods", namespace, pod.name)
        if then is None or now is None or now["metadata"]["uid"] != pod.uid or now["metadata"].get("deletionTimestamp") or pod._stop is not None:
            return True
        if limited and (_claims(then) or _empty_dirs(then)) or _ready(then) and not _ready(now):
            return True
        if then["spec"] != now["spec"] or [c.get("restartCount") for c in then["status"].get("containerStatuses") or []] != [
                c.get("restartCount") for c in now["status"].get("containerStatuses") or []]:
            return True
        if any(differs(directory / "volumes" / c, kubelet.directory / "volumes" / namespace / c) for c in _claims(then) if c in alone):
            return True
        return any(differs(directory / "pods" / pod.uid / name, part) for name, part in _parts(kubelet, then).items() if name.startswith("emptydir/"))

    ending = {uid: pod for uid, pod in live.items() if must_end(pod)}
    for pod in ending.values():
        pod.stop(0, remove=False)
    for pod in ending.values():
        pod.thread.join(20)
    if limited:
        kubelet.faults.clear(namespace)
        for what, room in (limits or {}).items():
            kubelet.faults.limit(namespace, what, room)
    kept = live.keys() - ending.keys()
    _end_execs(_processes(list(kept)))
    again = {uid: pod for uid, pod in saved.items() if uid not in kept}
    for uid, pod in again.items():
        if _ready(pod):
            kubelet.initialized.add(uid)
        pod["status"] = {k: v for k, v in pod["status"].items() if k != "conditions"} | {"phase": "Pending"}
        for container in _containers(pod):
            for part in LAYERS:
                if (directory / "pods" / uid / "layer" / container / part).exists():
                    kubelet.layers.setdefault((uid, container), {})[part] = directory / "pods" / uid / "layer" / container / part
    store.bring_back(namespace, objects, {(o["metadata"]["name"]) for o in objects if o["metadata"]["uid"] in kept}, OF_THE_CLUSTER)
    kubelet.settle()

    volumes = kubelet.directory / "volumes" / namespace
    if (directory / "volumes").exists():
        put(str(directory / "volumes"), str(volumes))
    for uid, pod in saved.items():
        for name, part in _parts(kubelet, pod).items():
            then = directory / "pods" / uid / name
            if then.exists() and (uid in kept or name.startswith("emptydir/")):
                put(str(then), str(part))
    with kubelet._lock:
        kubelet._held.discard(namespace)
    for uid, pod in again.items():
        kubelet._events.put(("pods", "ADDED", pod))
    kubelet.write_hosts(namespace)
    return {uid: pod["metadata"]["name"] for uid, pod in again.items()}, {p["metadata"]["name"] for p in json.loads((directory / "objects.json").read_text())
                                                                         if p["kind"] == "Pod" and _ready(p) and not p["metadata"].get("deletionTimestamp")}


def await_ready(store, namespace, names):
    """Until these pods are ready, or have come to their end (of a hook that fails while its database starts again, another is made); those that are not
    in time."""
    limit = time.monotonic() + READY_SECONDS
    while True:
        left = [e.obj["metadata"]["name"] for e in store.entries("pods", namespace)[0] if e.obj["metadata"]["name"] in names and not _ready(e.obj)
                and e.obj.get("status", {}).get("phase") not in ("Succeeded", "Failed")]
        if not left or time.monotonic() > limit:
            return left
        time.sleep(0.05)
