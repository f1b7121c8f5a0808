"""The socket at which `oc exec` hands over its pipes: one JSON line with the ticket and its descriptors (the read end of
stdin, the write ends of stdout and stderr; then the read ends of these two, if the process is to outlive its client), one JSON
line back."""
import json
import os
import secrets
import socket
import threading
import time

from ..errors import ApiError

TICKET_SECONDS = 60


class ExecServer:
    """Owns the listening socket and its thread. A process that was started lives on when its client goes away."""

    def __init__(self, path):
        self.path = str(path)
        self._tickets = {}
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        if os.path.exists(self.path):
            os.unlink(self.path)
        self._listener.bind(self.path)
        os.chmod(self.path, 0o600)
        self._listener.listen(64)
        threading.Thread(target=self._accept, name="exec", daemon=True).start()

    def ticket(self, running, container, command, stdin, env):
        """(socket, ticket) for one use; `running` is the Container, None when it does not run."""
        if running is None or running.ended.is_set():
            raise ApiError(404, "NotFound", f'unable to upgrade connection: container not found ("{container}")')
        ticket = secrets.token_hex(16)
        with self._lock:
            limit = time.monotonic() - TICKET_SECONDS
            self._tickets = {t: v for t, v in self._tickets.items() if v[0] > limit}
            self._tickets[ticket] = (time.monotonic(), running, list(command), stdin, env)
        return self.path, ticket

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="exec client", daemon=True).start()

    def _serve(self, client):
        fds = []
        try:
            client.settimeout(10)
            data = b""
            while not data.endswith(b"\n"):
                part, more, _, _ = socket.recv_fds(client, 4096, 5, socket.MSG_CMSG_CLOEXEC)
                fds += more
                data += part
                if not part or len(data) > 4096:
                    raise ValueError("no ticket")
            with self._lock:
                entry = self._tickets.pop(json.loads(data)["ticket"], None)
            if entry is None or len(fds) not in (3, 5):
                raise ValueError("unknown ticket or missing descriptors")
            _, running, command, stdin, env = entry
            null = os.open(os.devnull, os.O_RDONLY)
            running.exec(command, fds[:3] if stdin else [null, *fds[1:3]], lambda code, error: self._answer(client, code, error),
                         env)
            os.close(null)
            for fd in fds[:3]:
                os.close(fd)
            fds = fds[3:]
            self._outlive(client, fds)
        except (OSError, ValueError, KeyError, TypeError):
            pass
        finally:
            client.close()
            for fd in fds:
                os.close(fd)

    @staticmethod
    def _outlive(client, readers):
        """Once the client has gone, what the process still writes is read and thrown away, as a container runtime does:
        a process whose client was killed does not end by a broken pipe."""
        client.settimeout(None)
        try:
            client.recv(1)
        except OSError:
            pass  # reset instead of closed: gone all the same
        threads = [threading.Thread(target=_drain, args=(fd,), name="exec drain", daemon=True) for fd in readers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    @staticmethod
    def _answer(client, code, error):
        answer = {"exitCode": code}
        if error:
            identity = secrets.token_hex(32)
            answer = {"exitCode": 1, "error": "Internal error occurred: error executing command in container: failed to exec in "
                      f'container: failed to start exec "{identity}": OCI runtime exec failed: exec failed: unable to start '
                      f"container process: {error}: unknown"}
        try:
            client.sendall(json.dumps(answer).encode() + b"\n")
        except OSError:
            pass  # the client went away, the process did its work

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _drain(fd):
    while os.read(fd, 1 << 16):
        pass
