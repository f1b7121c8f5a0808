"""A sandbox, a login and the command-line program of one test module: started by it, ended with it."""
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
SANDBOX = HERE.parent / "sandbox"
sys.path.insert(0, str(SANDBOX))

from install import installations

PROGRAM = os.environ.get("SCALEKEEP_CLI", "")
QUICK = os.environ.get("SCALEKEEP_QUICK_OC", "")
MEMORY_NEEDED = 2 << 30
STORES = ["system-mysql", "backend-redis", "system-redis", "zync-database", "system-storage"]
OBJECTS = ["secrets", "configmaps", "routes"]

Done = subprocess.CompletedProcess


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Lab:
    """Ended by `close`; everything it makes is in one private folder, in memory where there is room: databases of few rows do little but wait
    for a disk. SCALEKEEP_QUICK_OC names the quick start of the sandbox's `oc`, which is used where it is built."""

    def __init__(self, *namespaces, rows=60):
        memory = "/dev/shm" if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > MEMORY_NEEDED else None
        self.folder, self.ready = pathlib.Path(tempfile.mkdtemp(prefix="scalekeep-cli-test-", dir=memory)), None
        self.home, self.state, self.temporary = (self.folder / n for n in ("sandbox", "state", "temporary"))
        for folder in (self.home, self.state, self.temporary, self.folder / "run"):
            folder.mkdir(mode=0o700)
        # No keychain and no session of the user: logins stay in `run`.
        self.environment = {k: v for k, v in os.environ.items() if k not in ("DBUS_SESSION_BUS_ADDRESS", "KUBECONFIG")}
        self.environment |= {"SCALEKEEP_SANDBOX_HOME": str(self.home), "SCALEKEEP_OC": str(SANDBOX / "oc"), "SCALEKEEP_HOME": str(self.state),
                             "XDG_RUNTIME_DIR": str(self.folder / "run"), "TMPDIR": str(self.temporary), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self.outputs = []
        try:
            if namespaces:
                self.sandbox("up", "--only", ",".join(namespaces), "--rows", str(rows), "--die-with-parent")
            if QUICK:
                self.environment["SCALEKEEP_OC"] = QUICK
                self.ready = subprocess.Popen([str(SANDBOX / "oc-ready"), str(self.home)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                              preexec_fn=die_with_parent)
                self.ready.stdout.readline()
        except BaseException:
            self.close()
            raise

    @classmethod
    def for_class(cls, case, target, rows):
        """One for all tests of a class, ended after them, and logged in: for setUpClass."""
        lab = cls(target, rows=rows)
        case.addClassCleanup(lab.close)
        lab.login(target.split("/")[0])
        return lab

    def close(self):
        if self.ready:
            self.ready.kill()
            self.ready.wait()
        if (self.home / "clusters").exists():
            self.sandbox("down", "--purge", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sandbox(self, *arguments, check=True):
        environment = {k: v for k, v in self.environment.items() if k != "TMPDIR"}
        done = subprocess.run([str(SANDBOX / "scalekeep-sandbox"), "--home", str(self.home), *arguments], env=environment, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=420)
        if check and done.returncode:
            raise AssertionError(f"scalekeep-sandbox {' '.join(arguments)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def cli(self, *arguments, send="", timeout=540, **options):
        """Runs the program; its output is kept for the search for secrets."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, cwd=self.folder, input=send, capture_output=True, text=True,
                              errors="replace", timeout=timeout, **options)
        self.outputs.append(done.stdout + done.stderr)
        return done

    def cli_until(self, mark, stop, *arguments, timeout=300):
        """Runs the program, sends `stop` when its output first shows `mark`; the answer has all output in stdout."""
        with subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as child:
            said, seen = [], False
            end = time.monotonic() + timeout
            try:
                for line in child.stdout:
                    said.append(line)
                    if mark in line and not seen:
                        seen = True
                        stop(child) if callable(stop) else child.send_signal(stop)
                    if time.monotonic() > end:
                        raise AssertionError("still running: " + "".join(said[-20:]))
                child.wait(timeout=60)
            finally:
                if child.poll() is None:
                    child.kill()
        self.outputs.append("".join(said))
        if not seen:
            raise AssertionError(f"“{mark}” was not shown:\n" + "".join(said[-30:]))
        return Done(child.args, child.returncode, "".join(said), "")

    def secret_file(self, name):
        return (self.home / name).read_text().strip()

    def server(self, cluster):
        return json.loads((self.home / "clusters.json").read_text())[f"sandbox-{cluster}"]

    def login(self, cluster, role="edit", name=None):
        token = self.secret_file(f"token-{cluster}" if role == "edit" else f"token-{cluster}-{role}")
        done = self.cli("login", "--name", name or cluster, "--server", self.server(cluster), "--ca", self.home / f"ca-{cluster}.crt", "--token-stdin",
                        send=token + "\n")
        if done.returncode:
            raise AssertionError(f"login: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def backup(self, target, *arguments, name="B"):
        """The bundle of a backup that is no test of its own."""
        bundle = self.folder / f"{name}.scalekeep.tar"
        done = self.cli("backup", target, "--output", bundle, *arguments)
        if done.returncode:
            raise AssertionError(f"backup: {said(done)}")
        return bundle

    def oc(self, cluster, *arguments):
        return subprocess.run([self.environment["SCALEKEEP_OC"], "--kubeconfig", str(self.home / f"kubeconfig-{cluster}"), *arguments],
                              env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

    def capture(self, target, name):
        """What stock tools find now; the folder with it."""
        cluster, namespace = target.split("/")
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        done = subprocess.run([sys.executable, str(SANDBOX / "independent_check.py"), "--oc", self.environment["SCALEKEEP_OC"], "--kubeconfig",
                               str(self.home / f"kubeconfig-{cluster}"), "capture", namespace, str(folder)], env=self.environment, capture_output=True,
                              text=True, timeout=300)
        if done.returncode:
            raise AssertionError(f"capture: {done.stdout}{done.stderr}")
        return folder

    def compare(self, before, after):
        return subprocess.run([sys.executable, str(SANDBOX / "independent_check.py"), "compare", str(before), str(after)], capture_output=True, text=True,
                              timeout=120)

    def replicas(self, target):
        """Workload -> replicas that are wanted."""
        cluster, namespace = target.split("/")
        found = {}
        for kind in ("deploymentconfigs", "deployments"):
            listed = self.oc(cluster, "-n", namespace, "get", kind, "-o", "json")
            if listed.returncode == 0:
                found |= {o["metadata"]["name"]: o["spec"]["replicas"] for o in json.loads(listed.stdout)["items"]}
        return found

    def oc_log(self):
        return [json.loads(line) for line in self.sandbox("oc-log").stdout.splitlines()]

    @contextlib.contextmanager
    def read_only(self, cluster):
        """As the window's mark of that name."""
        path = self.state / "clusters.json"
        before = path.read_text()
        clusters = json.loads(before)
        next(c for c in clusters["clusters"] if c["name"] == cluster)["readOnly"] = True
        path.write_text(json.dumps(clusters))
        try:
            yield
        finally:
            path.write_text(before)

    def changes(self):
        """What the log has of commands that change something. `create` is left out: the question about rights is one, and no run that
        changes anything does without the others (its lock is deleted at the end)."""
        verbs = {"apply", "replace", "patch", "delete", "scale", "rollout", "set", "annotate", "label"}
        return [line["argv"][1:] for line in self.oc_log() if "exec" not in line["argv"] and "--dry-run=server" not in line["argv"] and verbs & set(line["argv"])]

    def secret_values(self, target):
        return next(i for i in installations() if i.name == target).secret_values()


def said(done):
    """For messages of failed checks: the end of what a command printed."""
    return f"exit code {done.returncode}\n{done.stdout[-3500:]}\n{done.stderr[-1500:]}"


