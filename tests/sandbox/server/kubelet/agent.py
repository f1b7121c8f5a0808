"""First process of a container: starts its command, runs the exec requests, answers probes of ports, reaps orphans.

Run as `agent.py FD`; the daemon is at the other end of FD. When the container's command ends, this process ends, and the
kernel ends everything else in the container, as in a real one.
"""
import errno
import os
import select
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire

# The answers of the servers that are not here, by the first word of the question.
ANSWERS = {b"version": b"VERSION 1.5.22\r\n", b"flush_all": b"OK\r\n"}
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n"


def find(program, path):
    """The program as execvp finds it; OSError as the runtime words it when it can't be started."""
    if "/" in program:
        candidates, missing = [program], "no such file or directory"
    else:
        candidates, missing = [os.path.join(d, program) for d in path.split(":") if d], "executable file not found in $PATH"
    for candidate in candidates:
        if os.path.isfile(candidate):
            if os.access(candidate, os.X_OK):
                return candidate
            missing = "permission denied"
    raise OSError(errno.ENOENT, missing)


def start(argv, env, cwd, fds):
    """A process in a session of its own with `fds` as its 0, 1, 2. Closes the descriptors here."""
    program = find(argv[0], env.get("PATH", ""))
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        # First above the range of 0 to 2: the descriptors may themselves be in it.
        for target, source in enumerate([os.dup2(fd, 100 + i) for i, fd in enumerate(fds)]):
            os.dup2(source, target)
        os.closerange(3, 1024)
        os.chdir(cwd)
        os.execve(program, argv, env)
    except OSError as e:
        os.write(2, f"{argv[0]}: {e.strerror}\n".encode())
    os._exit(126)


class Agent:
    def __init__(self, control):
        self.control = control
        self.main = None
        self.children = {}
        self.listeners = {}
        self.env, self.cwd = {}, "/"

    def handle(self, message, fds):
        kind = message["do"]
        if kind == "start":
            self.env, self.cwd = message["env"], message["cwd"]
            for port in message["serve"]:
                self.listeners[port] = socket.create_server(("", port), backlog=8)
            self.main = start(message["argv"], self.env, self.cwd, fds)
        elif kind == "exec":
            self.children[start(message["argv"], self.env | message["env"], self.cwd, fds)] = message["id"]
        elif kind == "connect":
            with socket.socket() as probe:
                probe.settimeout(1)
                wire.send(self.control, {"id": message["id"], "code": int(probe.connect_ex(("127.0.0.1", message["port"])) != 0)})
        elif kind == "signal":
            os.kill(self.main, message["number"])

    def request(self):
        message, fds = wire.receive(self.control)
        if message is None:
            sys.exit(0)
        try:
            self.handle(message, fds)
        except OSError as e:
            if message["do"] == "start":
                self.finish(127, f'exec: "{message["argv"][0]}": {e.strerror}')
            wire.send(self.control, {"id": message["id"], "error": f'exec: "{message["argv"][0]}": {e.strerror}'})
        finally:
            for fd in fds:
                os.close(fd)

    def reap(self):
        ended = {}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            code = os.waitstatus_to_exitcode(status)
            ended[pid] = 128 - code if code < 0 else code
        # With the command, everything in the container ends: an exec that was still open did not end by itself.
        if self.main in ended:
            self.finish(ended[self.main])
        for pid, code in ended.items():
            if pid in self.children:
                wire.send(self.control, {"id": self.children.pop(pid), "code": code})

    def finish(self, code, error=None):
        wire.send(self.control, {"main": code, "error": error})
        os._exit(0)

    def serve(self, listener):
        """3scale's own servers are not here; their status pages are, because init containers and probes ask for them."""
        client, _ = listener.accept()
        with client:
            client.settimeout(1)
            try:
                question = client.recv(4096).split(maxsplit=1)
                client.sendall(ANSWERS.get(question[0], PAGE) if question else b"")
            except OSError:
                pass


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    agent = Agent(control)
    wire.send(control, {"up": True})
    while True:
        readable, _, _ = select.select([control, wake_read, *agent.listeners.values()], [], [])
        if wake_read in readable:
            os.read(wake_read, 4096)
            agent.reap()
        if control in readable:
            agent.request()
        for listener in agent.listeners.values():
            if listener in readable:
                agent.serve(listener)


main()
