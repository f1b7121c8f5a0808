"""A sandbox with one installation, the program and its state: moments of all three are taken and put back in about a second."""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "cli"), str(HERE.parent / "sandbox")]

from lab import PROGRAM, Lab, said  # noqa: E402
from command.errors import SandboxError  # noqa: E402
from command.home import Home  # noqa: E402
from server.identity import USERS  # noqa: E402

ROWS = 5
PATIENCE = "0.05"
READY_SECONDS = 90


def as_run():
    """Without this the kernel would end the program where a full disk answers with an error."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


class World(Lab):
    """One installation (`target`, as "north/threescale"); ended by `close`."""

    def __init__(self, target):
        self.target, (self.cluster, self.namespace) = target, target.split("/")
        self.moments = None
        super().__init__(target, rows=ROWS)
        try:
            self.direct = Home(self.home)
            self.moments, self.out, self.gate = pathlib.Path(tempfile.mkdtemp(prefix="scalekeep-moments-")), self.folder / "out", self.folder / "gate"
            for folder in (self.out, self.gate):
                folder.mkdir(mode=0o700)
            self.environment |= {"SCALEKEEP_SANDBOX_STEPS": "1", "TMPDIR": str(self.temporary)}
            self.login(self.cluster)
        except BaseException:
            self.close()
            raise

    def close(self):
        if self.moments:
            shutil.rmtree(self.moments, ignore_errors=True)
        super().close()

    def call(self, operation, **arguments):
        return self.direct.call(operation, cluster=self.cluster, **arguments)

    # -- the program -------------------------------------------------------------------------------------------------

    def start(self, *arguments, gate=False, patience=None):
        environment = self.environment | ({"SCALEKEEP_SANDBOX_GATE": str(self.gate)} if gate else {}) | ({"SCALEKEEP_PATIENCE": patience} if patience else {})
        output = open(self.folder / "output.txt", "w+b")
        child = subprocess.Popen([PROGRAM, *map(str, arguments)], env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                 preexec_fn=as_run)
        child.output = output
        return child

    @staticmethod
    def ended(child):
        """(exit code, output) of a program that has ended."""
        child.output.seek(0)
        text = child.output.read().decode(errors="replace")
        child.output.close()
        return child.returncode, text

    def run(self, *arguments, timeout=240, **options):
        """(exit code, output); "hung" when it does not end."""
        child = self.start(*arguments, **options)
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return "hung", self.ended(child)[1]
        return self.ended(child)

    def runs(self):
        code, text = self.run("runs", "--json")
        if code:
            raise AssertionError(f"runs: {code}\n{text}")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def journal(self):
        found = sorted((self.state / "runs").glob("*/journal.jsonl")) if (self.state / "runs").exists() else []
        return found[-1] if found else None

    def events(self):
        path = self.journal()
        return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.endswith(b"}")] if path else []

    def new_login(self):
        """As a user does whose token has expired."""
        token = self.call("token", user=USERS["edit"])
        done = self.cli("login", "--name", self.cluster, "--server", self.server(self.cluster), "--ca", self.home / f"ca-{self.cluster}.crt", "--token-stdin",
                        send=token + "\n")
        if done.returncode:
            raise AssertionError(f"login: {said(done)}")

    # -- faults ------------------------------------------------------------------------------------------------------

    def arm(self, *faults):
        (self.home / "faults-state.json").unlink(missing_ok=True)
        part = self.home / "faults.json.part"
        part.write_text(json.dumps(list(faults)))
        part.rename(self.home / "faults.json")

    def disarm(self):
        self.arm()

    def fired(self):
        """Whether a fault was played: counted when it is chosen."""
        path = self.home / "faults-state.json"
        return path.exists() and any(json.loads(path.read_text()).values())

    def log_size(self):
        path = self.home / "oc-log.jsonl"
        return path.stat().st_size if path.exists() else 0

    def calls_since(self, size):
        with open(self.home / "oc-log.jsonl", "rb") as file:
            file.seek(size)
            return [json.loads(line) for line in file.read().splitlines()]

    # -- moments -----------------------------------------------------------------------------------------------------

    def keep(self, name, previous=None):
        """The cluster, the state folder and the output folder at this moment."""
        folder = self.moments / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.call("freeze", namespace=self.namespace, directory=str(folder / "cluster"), previous=str(self.moments / previous / "cluster") if previous else None)
        for part in ("runs", "safety"):
            if (self.state / part).exists():
                shutil.copytree(self.state / part, folder / part)
        shutil.copytree(self.out, folder / "out")

    def back(self, name, limits=None):
        """Names of the pods that were started again."""
        folder = self.moments / name
        answer = self.call("thaw", namespace=self.namespace, directory=str(folder / "cluster"), limits=limits)
        for part, live in (("runs", self.state / "runs"), ("safety", self.state / "safety"), ("out", self.out)):
            shutil.rmtree(live, ignore_errors=True)
            if (folder / part).exists():
                shutil.copytree(folder / part, live)
        if answer["unready"]:
            raise SandboxError(f"not ready after going back to {name}: {', '.join(answer['unready'])}")
        return answer["started"]

    def forget(self, name):
        shutil.rmtree(self.moments / name, ignore_errors=True)

    def unready(self, seconds=READY_SECONDS):
        """What is not ready, after a wait for it."""
        limit = time.monotonic() + seconds
        while left := self.call("unready", namespace=self.namespace):
            if time.monotonic() > limit:
                return left
            time.sleep(0.1)
        return []
