"""The daemon's side of the node: start programs in the sandbox's namespaces and learn how they end."""
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import threading

from . import wire

HERE = pathlib.Path(__file__).parent
PYTHON = "/usr/bin/python3"
# One new user namespace in which we are root; it owns the mount, network and process namespaces, so no real right is needed.
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"]


class NodeError(Exception):
    pass


class Node:
    """Owns the node process; thread-safe. `bridge` is the node's address with prefix length."""

    def __init__(self, bridge, log):
        ours, theirs = wire.pair()
        os.set_inheritable(theirs.fileno(), True)
        self._process = subprocess.Popen([*UNSHARE, PYTHON, "-I", "-S", str(HERE / "node.py"), str(theirs.fileno()), bridge],
                                         stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[theirs.fileno()],
                                         start_new_session=True)
        theirs.close()
        self._socket = ours
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._ended = {}
        self._listener = None
        ours.settimeout(20)
        try:
            hello, _ = wire.receive(ours)
        except OSError:
            hello = None
        if not hello:
            self.close()
            raise NodeError("The sandbox's node could not start, so no pod can run; nothing else was changed. "
                            "See daemon.log in the sandbox home; user namespaces and bubblewrap must be allowed on this machine.")
        ours.settimeout(None)
        self._listener = threading.Thread(target=self._listen, name="node", daemon=True)
        self._listener.start()

    def start(self, argv, fds, ended, env=None):
        """Start a program whose descriptors 0, 1, 2... are `fds`; `ended(code)` is called once, in the node's thread."""
        with self._lock:
            number = next(self._ids)
            self._ended[number] = ended
            wire.send(self._socket, {"id": number, "argv": argv, "env": env}, fds)
        return number

    def signal(self, number, which=signal.SIGKILL):
        with self._lock:
            try:
                wire.send(self._socket, {"signal": number, "number": int(which)})
            except OSError:
                pass  # the node is gone, and the program with it

    def run(self, argv):
        """Run a program to its end; NodeError with its output when it fails."""
        done = threading.Event()
        result = []
        read_end, write_end = os.pipe()
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            self.start(argv, [null, write_end, write_end], lambda code: (result.append(code), done.set()))
        finally:
            os.close(write_end)
            os.close(null)
        with open(read_end, "rb") as output:
            text = output.read().decode(errors="replace")
        done.wait()
        if result[0] != 0:
            raise NodeError(f"{' '.join(argv)}: exit code {result[0]}: {text.strip()}")
        return text

    def _listen(self):
        while True:
            try:
                message, _ = wire.receive(self._socket)
            except OSError:
                message = None
            if message is None:
                break
            with self._lock:
                ended = self._ended.pop(message["exit"], None)
            if ended:
                self._tell(ended, message["code"])
        with self._lock:
            left, self._ended = self._ended, {}
        for ended in left.values():
            self._tell(ended, -signal.SIGKILL)

    def _tell(self, ended, code):
        try:
            ended(code)
        except Exception as e:
            print(f"node: {type(e).__name__}: {e}", file=sys.stderr, flush=True)

    def close(self):
        self._socket.shutdown(2)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._listener:
            self._listener.join()
        self._socket.close()
