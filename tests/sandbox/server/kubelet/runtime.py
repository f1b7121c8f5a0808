"""One running container: the process in the node, and the conversation with the agent inside."""
import errno
import itertools
import os
import signal
import threading

from . import wire

KILLED = 137
TOO_LONG = 'exec: "{}": argument list too long'


class Container:
    """Owns the control socket; thread-safe. `spec` is the container's in the pod. `on_end` is called once, in the container's own thread, when all is gone."""

    def __init__(self, node, argv, spec, log, on_end):
        self.spec = spec
        self.code, self.error = None, None
        self.ended = threading.Event()
        self._gone = threading.Event()
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._waiting = {}
        self._log = log
        self._on_end = on_end
        self._control, theirs = wire.pair()
        self._node = node
        null = os.open(os.devnull, os.O_RDONLY)
        try:
            self._process = node.start(argv, [null, log, log, theirs.fileno()], lambda code: self._gone.set())
        finally:
            os.close(null)
            theirs.close()
        threading.Thread(target=self._listen, name="container", daemon=True).start()

    def start(self, argv, env, cwd, serve=()):
        null = os.open(os.devnull, os.O_RDONLY)
        if not self._send({"do": "start", "argv": argv, "env": env, "cwd": cwd, "serve": list(serve)}, [null, self._log, self._log]):
            self.code, self.error = 127, TOO_LONG.format(argv[0])
            self.kill()
        os.close(null)

    def exec(self, argv, fds, done, env=None):
        """Run a program with `fds` as its 0, 1, 2; `done(code, error)` is called once. Does not close the descriptors."""
        self._ask({"do": "exec", "argv": argv, "env": env or {}}, fds, done)

    def run(self, argv, timeout):
        """Exit code of a short program, None when it took too long; its output is thrown away."""
        answer, arrived = [], threading.Event()
        null = os.open(os.devnull, os.O_RDWR)
        self.exec(argv, [null, null, null], lambda code, error: (answer.append(code), arrived.set()))
        os.close(null)
        return answer[0] if arrived.wait(timeout) else None

    def connects(self, port, timeout=2):
        answer, arrived = [], threading.Event()
        self._ask({"do": "connect", "port": port}, [], lambda code, error: (answer.append(code), arrived.set()))
        return arrived.wait(timeout) and answer[0] == 0

    def terminate(self):
        self._send({"do": "signal", "number": int(signal.SIGTERM)})

    def kill(self):
        self._node.signal(self._process)

    def _ask(self, message, fds, done):
        with self._lock:
            message["id"] = next(self._ids)
            if not self.ended.is_set():
                self._waiting[message["id"]] = done
                done = None
        if done:
            done(KILLED, None)
        elif not self._send(message, fds):
            with self._lock:
                done = self._waiting.pop(message["id"], None)
            if done:
                done(None, TOO_LONG.format(message["argv"][0]))

    def _send(self, message, fds=()):
        """False when the message is longer than a packet (and than what execve takes)."""
        with self._lock:
            try:
                wire.send(self._control, message, fds)
            except OSError as e:
                # Any other error means that the agent is gone: the listener tells everyone who waits.
                return e.errno != errno.EMSGSIZE
        return True

    def _listen(self):
        while True:
            try:
                message, _ = wire.receive(self._control)
            except OSError:
                message = None
            if message is None:
                break
            if "main" in message:
                self.code, self.error = message["main"], message["error"]
            elif "id" in message:
                with self._lock:
                    done = self._waiting.pop(message["id"], None)
                if done:
                    done(message.get("code"), message.get("error"))
        # Only when the last process is gone may someone else use the volumes.
        self._gone.wait()
        if self.code is None:
            self.code = KILLED
        with self._lock:
            self.ended.set()
            waiting, self._waiting = self._waiting, {}
            self._control.close()
        os.close(self._log)
        for done in waiting.values():
            done(KILLED, None)
        self._on_end()
