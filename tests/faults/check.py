"""What an installation holds, by stock tools in its pods: sandbox/independent_check.py, asked through the daemon instead of `oc`, so that a
look takes a second and no fault of `oc` reaches it."""
import concurrent.futures
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile

import world  # noqa: F401 (paths)
import independent_check as stock
from command.errors import SandboxError

FILES = {"system-mysql": "mysql.txt", "zync-database": "zync.txt", "backend-redis": "backend-redis.json", "system-redis": "system-redis.json",
         "system-storage": "files.json"}


class Direct(stock.Client):
    """`get` and scripts in pods through the daemon's own socket."""

    def __init__(self, lab):
        self.lab = lab

    def run(self, *args):
        try:
            items = self.lab.call("objects", namespace=self.lab.namespace, kind=args[1].split(".")[0] if "capabilities" in args[1] else args[1])
        except SandboxError as error:
            return subprocess.CompletedProcess(args, 1, b"", str(error).encode())
        return subprocess.CompletedProcess(args, 0, json.dumps({"items": items}).encode(), b"")

    def json(self, *args):
        items = self.lab.call("objects", namespace=self.lab.namespace, kind=args[0])
        if "-l" in args:
            key, value = args[args.index("-l") + 1].split("=")
            items = [i for i in items if (i["metadata"].get("labels") or {}).get(key) == value]
        return {"items": items}

    def stream(self, workload, container, script, *args):
        pod = self.pod(workload)
        full = f"set -e; {script}; printf '%s' '{stock.END.decode()}'"
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, open(os.devnull) as null:
            code = self.lab.direct.exec(self.lab.cluster, self.lab.namespace, pod, container, ["sh", "-c", full, "sh", *args], null.fileno(), out.fileno(), err.fileno())
            out.seek(0)
            err.seek(0)
            data, said = out.read(), err.read()
        if code or not data.endswith(stock.END):
            raise stock.Failed(f"reading {workload} failed with exit code {code}: {said.decode(errors='replace').strip()[:500]}")
        return data[:-len(stock.END)]


def capture(lab, folder):
    """Files as independent_check's in `folder`."""
    client = Direct(lab)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def database(name, workload, container, script, lines):
        (folder / name).write_bytes(b"\n".join(lines(client.stream(workload, container, script))))
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(stock.capture_objects, client, folder),
                pool.submit(database, "mysql.txt", "system-mysql", "system-mysql", stock.MYSQLDUMP, stock.mysql_lines),
                pool.submit(database, "zync.txt", "zync-database", "postgresql", 'pg_dump "$POSTGRESQL_DATABASE"', stock.postgresql_lines),
                pool.submit(stock.capture_redis, client, "backend-redis", folder), pool.submit(stock.capture_redis, client, "system-redis", folder),
                pool.submit(stock.capture_files, client, folder)]
        for job in jobs:
            job.result()
    return folder


def differences(expected, found, components=None, objects=True):
    """Texts of what is different; of these data stores only, and of the objects."""
    report, silent = stock.Report(), io.StringIO()
    with contextlib.redirect_stdout(silent):
        if objects:
            stock.compare_maps(report, expected, found, "objects.json")
        for component, name in FILES.items():
            if components is not None and component not in components:
                continue
            if name.endswith(".txt"):
                stock.compare_text(report, expected, found, name)
            elif component == "system-storage":
                stock.compare_files(report, expected, found)
            else:
                stock.compare_redis(report, expected, found, name)
    return [line for line in silent.getvalue().splitlines() if line.startswith("DIFFERENT")] if report.differences else []


def remains(lab):
    """What a run may have left behind in the cluster: helper pods, its lock, files in pods and on volumes."""
    found = []
    for pod in lab.call("objects", namespace=lab.namespace, kind="pods"):
        if "scalekeep" in pod["metadata"]["name"] and not pod["metadata"].get("deletionTimestamp"):
            found.append("pod " + pod["metadata"]["name"])
    for configmap in lab.call("objects", namespace=lab.namespace, kind="configmaps"):
        if "scalekeep" in configmap["metadata"]["name"] and configmap["metadata"]["name"] != "scalekeep-last":  # which is to stay
            found.append("configmap " + configmap["metadata"]["name"])
    kubelet = lab.home / "kubelet" / lab.cluster
    uids = {p["metadata"]["uid"] for p in lab.call("objects", namespace=lab.namespace, kind="pods")}
    places = [kubelet / "volumes" / lab.namespace, *(kubelet / "pods" / uid for uid in uids)]
    for place in places:
        for folder, directories, files in os.walk(place):
            found += [os.path.relpath(os.path.join(folder, n), kubelet) for n in directories + files if "scalekeep" in n and not n.startswith("scalekeep-sandbox")]
    return found


def unpacked(bundle, folder):
    """The streams of a bundle by `tar` and `zstd` alone: <component>.<stream> in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "members").mkdir(parents=True, mode=0o700)
    subprocess.run(["tar", "-xf", str(bundle), "-C", str(folder / "members"), "streams"], check=True)
    for stream in sorted((folder / "members" / "streams").glob("*/*")):
        with open(folder / f"{stream.parent.name}.{stream.name}", "wb") as out:
            joined = b"".join(part.read_bytes() for part in sorted(stream.glob("*.zst")))
            subprocess.run(["zstd", "-dcq"], input=joined, stdout=out, check=True)
    shutil.rmtree(folder / "members")
    return folder


def _content(path):
    """What two backups of the same data have in common."""
    data = path.read_bytes()
    if data.startswith(b"REDIS"):
        told = subprocess.run(["redis-check-rdb", str(path)], capture_output=True, text=True).stdout
        number = {name: int(n) for n, name in re.findall(r"(\d+) (keys read|expires|already expired)", told)}
        # Keys that expire may do so between two backups.
        return number.get("keys read", 0) - number.get("expires", 0), "looks OK" in told
    if path.name.startswith(("system-mysql.", "zync-database.")):
        lines = stock.mysql_lines(data) if path.name.startswith("system-mysql.") else stock.postgresql_lines(data)
        return b"\n".join(lines)
    if path.name.startswith("system-storage."):
        with tarfile.open(path) as tar:
            # A moment of the sandbox keeps files with several names as several files.
            return sorted((m.name, tarfile.REGTYPE, "", tar.extractfile(m).read()) if m.isreg() or m.islnk() else (m.name, m.type, m.linkname, b"") for m in tar)
    return None


def bundle_differences(expected, found):
    names = [{p.name for p in folder.iterdir()} for folder in (expected, found)]
    if names[0] != names[1]:
        return [f"streams {sorted(names[0] ^ names[1])} are in one bundle only"]
    return [f"stream {name} differs" for name in sorted(names[0]) if _content(expected / name) != _content(found / name)]
