"""The home of a sandbox: where it is, who may change it at a time, and the daemon's life."""
import contextlib
import fcntl
import json
import os
import pathlib
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time

from .errors import SandboxError

PORT = 6443
CLUSTERS = ("north", "south")
START_SECONDS = 30
STOP_SECONDS = 60


def default_home():
    return os.environ.get("SCALEKEEP_SANDBOX_HOME") or os.path.join(tempfile.gettempdir(), f"scalekeep-sandbox-{os.getuid()}")


def private_write(path, text):
    part = path.with_name(path.name + ".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    os.replace(part, path)


class Home:
    def __init__(self, path):
        self.path = pathlib.Path(path).absolute()
        if len(str(self.path / "admin.sock.part")) > 100:
            raise SandboxError(f"The path of the sandbox home {self.path} is too long for its sockets; nothing was changed. "
                               "Choose one of 80 characters or fewer with --home.")

    def create(self):
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = self.path.stat()
        if owner.st_uid != os.getuid():
            raise SandboxError(f"{self.path} belongs to another user; nothing was changed. Choose another place with --home.")
        self.path.chmod(0o700)

    @contextlib.contextmanager
    def lock(self):
        """One command that changes the sandbox at a time."""
        self.create()
        with open(self.path / "command.lock", "a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                print("waiting for another scalekeep-sandbox command ...", file=sys.stderr)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # -- the daemon --------------------------------------------------------------------------------------------------

    def daemon_pid(self):
        """The pid of the running daemon, None when there is none: it holds a lock as long as it lives."""
        try:
            with open(self.path / "daemon.lock", "r+") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except OSError:
            with open(self.path / "daemon.lock") as file:
                return int(file.read() or 0) or None
        return None

    def require_daemon(self):
        if self.daemon_pid() is None:
            raise SandboxError(f"No sandbox runs in {self.path}; nothing was changed. Start it with: scalekeep-sandbox up")

    def addresses(self):
        """{cluster: address} in a block 127.A.B.0/24 of its own: the one used before if it is still free."""
        file = self.path / "addresses.json"
        known = json.loads(file.read_text()) if file.exists() else None
        while known is None or not all(_free(a) for a in known.values()):
            block = f"127.{secrets.randbelow(253) + 1}.{secrets.randbelow(254) + 1}"
            known = {cluster: f"{block}.{i}" for i, cluster in enumerate(CLUSTERS, 1)}
        private_write(file, json.dumps(known))
        return known

    def start_daemon(self, program, die_with):
        """Start it in the background; returns when it answers. What a crashed one left behind is taken up again."""
        self.create()
        addresses = self.addresses()
        argv = ["/usr/bin/python3", str(program), "--home", str(self.path), "serve", "--addresses", json.dumps(addresses)]
        if die_with:
            argv += ["--die-with", str(die_with)]
        with open(os.open(self.path / "daemon.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            start = log.tell()
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True)
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and process.poll() is None:
            try:
                return self.call("ping")
            except (OSError, SandboxError):
                time.sleep(0.05)
        if process.poll() is None:
            process.kill()
            process.wait()
        with open(self.path / "daemon.log", errors="replace") as log:
            log.seek(start)
            tail = "\n".join(log.read().strip().splitlines()[-15:])
        raise SandboxError(f"The sandbox's daemon did not start; the files in {self.path} are as they were. "
                           f"The end of its log (daemon.log):\n{tail}")

    def stop_daemon(self):
        """Whether one ran. When this returns, no process of the sandbox is left."""
        pid = self.daemon_pid()
        if pid is None:
            return False
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 10)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            limit = time.monotonic() + seconds
            while self.daemon_pid() is not None and time.monotonic() < limit:
                time.sleep(0.05)
            if self.daemon_pid() is None:
                break
        return True

    # -- talking to it -----------------------------------------------------------------------------------------------

    def call(self, operation, **arguments):
        """Ask the daemon; SandboxError with its sentence when it refuses."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.path / "admin.sock"))
            client.sendall(json.dumps({"operation": operation, **arguments}).encode() + b"\n")
            with client.makefile("rb") as lines:
                line = lines.readline()
        if not line:
            raise SandboxError(f"The sandbox's daemon ended while it worked on {operation!r}. See daemon.log in {self.path}, then: scalekeep-sandbox up")
        answer = json.loads(line)
        if "error" in answer:
            raise SandboxError(answer["error"])
        return answer["result"]

    def exec(self, cluster, namespace, pod, container, command, stdin, stdout, stderr):
        """Run a command in a container with these descriptors; its exit code."""
        ticket = self.call("exec", cluster=cluster, namespace=namespace, pod=pod, container=container, command=command)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(ticket["socket"])
            socket.send_fds(client, [json.dumps({"ticket": ticket["ticket"]}).encode() + b"\n"], [stdin, stdout, stderr])
            with client.makefile("rb") as lines:
                line = lines.readline()
        if not line:
            raise SandboxError(f"The connection to {namespace}/{pod} was lost while {command[0]} ran in it.")
        answer = json.loads(line)
        if "error" in answer:
            raise SandboxError(answer["error"])
        return answer["exitCode"]


def _free(address):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, PORT))
        except OSError:
            return False
    return True
