"""Fills a running sandbox: objects and data of the installations, made once and kept in a cache for the next time."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

from . import rest
from .errors import SandboxError

READY_SECONDS = 240
CACHE_UNUSED_SECONDS = 24 * 3600
CACHES_KEPT = 4
SANDBOX = pathlib.Path(__file__).parent.parent
# What it takes to load the data of each store, in the container that holds it.
MYSQL = ["mysql", "--default-character-set=utf8mb4", "-uroot"]
PSQL = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "zync_production"]


def say(text):
    print(text, file=sys.stderr, flush=True)


# -- cache ---------------------------------------------------------------------------------------------------------------


def digest(rows):
    """Of everything that decides what a filled installation looks like."""
    found = hashlib.sha256(f"{rows}\n".encode())
    for program in (["mariadbd", "--version"], ["redis-server", "--version"], ["/usr/lib/postgresql/15/bin/postgres", "--version"]):
        found.update(subprocess.run(program, capture_output=True).stdout)
    for part in ("server", "install", "command"):
        for file in sorted((SANDBOX / part).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                found.update(f"{file.relative_to(SANDBOX)}\n".encode() + file.read_bytes())
    return found.hexdigest()[:24]


def cache_root():
    return pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "scalekeep-sandbox"


def prune_caches(current):
    folders = sorted((f for f in cache_root().iterdir() if f.is_dir()), key=lambda f: f.stat().st_mtime, reverse=True)
    for folder in [f for f in folders if f.name != current][CACHES_KEPT - 1:]:
        # Another sandbox may be copying from it at this moment, and a copy of half a tree looks whole: only what is long unused goes.
        if time.time() - folder.stat().st_mtime > CACHE_UNUSED_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


# -- filling -------------------------------------------------------------------------------------------------------------


class Filler:
    """Brings installations into the sandbox of a home whose daemon runs."""

    def __init__(self, home, rows, use_cache):
        self.home, self.rows, self.use_cache = home, rows, use_cache
        self.digest = digest(rows)

    def fill(self, installations):
        """Each installation that is not there yet, from the cache or from nothing, at the same time; then wait for all."""
        missing = [i for i in installations if not pristine(self.home, i).exists()]
        failures = []

        def one(i):
            try:
                self._fill_one(i)
            except Exception as e:
                failures.append(f"{i.name}: {e if isinstance(e, SandboxError) else repr(e)}")

        threads = [threading.Thread(target=one, args=(i,)) for i in missing]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise SandboxError("\n".join(failures))
        for i in installations:
            wait_ready(self.home, i)

    def _fill_one(self, i):
        cached = cache_root() / self.digest / i.name.replace("/", "-")
        made = self.home.path / "snapshots" / "new" / i.name
        shutil.rmtree(made, ignore_errors=True)
        made.parent.mkdir(parents=True, exist_ok=True)
        if self.use_cache and cached.exists():
            os.utime(cached.parent)
            subprocess.run(["cp", "-a", "--reflink=auto", "-T", str(cached), str(made)], check=True)
            self.home.call("load", cluster=i.cluster, namespace=i.namespace, directory=str(made))
        else:
            say(f"{i.name}: creating the installation (this is done once)")
            self.home.call("clear", cluster=i.cluster, namespace=i.namespace)
            self._install(i)
            wait_ready(self.home, i)
            self.seed(i)
            self.home.call("save", cluster=i.cluster, namespace=i.namespace, directory=str(made))
            self._keep(made, cached)
        # Only now the installation counts as there: an `up` that was interrupted begins anew.
        pristine(self.home, i).parent.mkdir(parents=True, exist_ok=True)
        made.rename(pristine(self.home, i))

    def _keep(self, made, cached):
        if not self.use_cache:
            return
        cached.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = cached.with_name(f"{cached.name}.{os.getpid()}.part")
        subprocess.run(["cp", "-a", "--reflink=auto", "-T", str(made), str(part)], check=True)
        try:
            part.rename(cached)
        except OSError:
            shutil.rmtree(part)  # another sandbox was faster
        prune_caches(self.digest)

    def _install(self, i):
        api = rest.Api(self.home, i.cluster)
        api.create_namespace(i.namespace)
        uids = {}
        for obj in i.objects():
            for owner in obj["metadata"].get("ownerReferences") or []:
                if owner.get("uid") == "":
                    owner["uid"] = uids[owner["kind"], owner["name"]]
            made = api.create(obj)
            uids[made["kind"], made["metadata"]["name"]] = made["metadata"]["uid"]

    # -- data --------------------------------------------------------------------------------------------------------

    def seed(self, i):
        self._pipe(i, "system-mysql", "system-mysql", MYSQL, [b"DROP DATABASE IF EXISTS system; CREATE DATABASE system; USE system;\n"],
                   i.seed_mysql(self.rows))
        self._pipe(i, "zync-database", "postgresql", PSQL,
                   [b"SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION zync;\n"], i.seed_zync(self.rows))
        for name in ("backend-redis", "system-redis"):
            self._pipe(i, name, name, ["redis-cli", "--pipe"], [b"*1\r\n$8\r\nFLUSHALL\r\n"], i.seed_redis(name, self.rows))
        storage = self.home.path / "kubelet" / i.cluster / "volumes" / i.namespace / "system-storage"
        clean(storage)
        i.seed_storage(storage, self.rows)

    def _pipe(self, i, workload, container, command, before, data):
        pod = pod_of(self.home, i, workload)
        read_end, write_end = os.pipe()
        failure = []

        def write():
            try:
                with open(write_end, "wb", buffering=1 << 20) as out:
                    for part in before:
                        out.write(part)
                    for part in data:
                        out.write(part)
            except BrokenPipeError:
                pass  # the program in the pod says why
            except Exception as e:
                failure.append(e)

        writer = threading.Thread(target=write)
        writer.start()
        with open(self.home.path / f"seed-{i.cluster}-{i.namespace}-{workload}.log", "w+b") as log:
            code = self.home.exec(i.cluster, i.namespace, pod, container, command, read_end, log.fileno(), log.fileno())
            os.close(read_end)
            writer.join()
            log.seek(0)
            text = log.read().decode(errors="replace").strip()
        if failure:
            raise failure[0]
        if code != 0:
            raise SandboxError(f"Loading the data of {workload} ended with exit code {code}: {text[-500:]}")


def wait_ready(home, i):
    """Until everything in the installation runs, seen twice: between two steps of a rollout nothing is missing."""
    limit = time.monotonic() + READY_SECONDS
    calm = 0
    while calm < 2:
        left = home.call("unready", cluster=i.cluster, namespace=i.namespace)
        calm = 0 if left else calm + 1
        if left and time.monotonic() > limit:
            raise SandboxError(f"{i.name} is not ready after {READY_SECONDS} s ({'; '.join(left)}); it goes on starting. "
                               "Look with: scalekeep-sandbox status")
        if calm < 2:
            time.sleep(0.1)


def pod_of(home, i, workload):
    """The name of a running pod of a workload."""
    for pod in home.call("objects", cluster=i.cluster, namespace=i.namespace, kind="pods"):
        labels = pod["metadata"].get("labels") or {}
        if workload in (labels.get("deploymentConfig"), labels.get("deployment")) and not pod["metadata"].get("deletionTimestamp") \
                and pod.get("status", {}).get("phase") == "Running":
            return pod["metadata"]["name"]
    raise SandboxError(f"{i.name} has no running pod of {workload}; nothing was changed in it. Look with: scalekeep-sandbox status")


def pristine(home, i):
    """The snapshot of an installation as it was first; it exists when the installation is in the sandbox."""
    return home.path / "snapshots" / "pristine" / i.name


def clean(directory):
    """Everything in a directory goes, the directory stays."""
    directory.mkdir(parents=True, exist_ok=True)
    for entry in os.scandir(os.fsencode(directory)):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
