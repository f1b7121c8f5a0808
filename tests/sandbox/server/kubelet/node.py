"""The node: first process of the sandbox's own user, mount, network and process namespaces; starts programs on request.

Run as `node.py FD` below unshare(1). The kernel ends everything in the process namespace with this process, and this
process ends with its socket: whatever becomes of the daemon, no server survives it.
"""
import os
import signal
import select
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wire


def start(request, fds):
    """The request's descriptors become 0, 1, 2, 3... of the program."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        high = [os.dup2(fd, 100 + i) for i, fd in enumerate(fds)]
        for i, fd in enumerate(high):
            os.dup2(fd, i)
        os.closerange(len(fds), 1024)
        os.execvpe(request["argv"][0], request["argv"], request.get("env") or os.environ)
    except OSError as e:
        os.write(2, f"{request['argv'][0]}: {e.strerror}\n".encode())
    os._exit(127)


def prepare(address):
    """Loopback and the bridge that connects the pods. Without an address of its own the bridge would take that of a port, and
    change it while pods still know the old one."""
    for argv in (["ip", "link", "set", "lo", "up"],
                 ["ip", "link", "add", "br0", "address", "02:00:00:00:00:01", "type", "bridge", "forward_delay", "0"],
                 ["ip", "address", "add", address, "dev", "br0"], ["ip", "link", "set", "br0", "up"]):
        code = os.spawnvp(os.P_WAIT, argv[0], argv)
        if code:
            raise SystemExit(f"the node could not run {' '.join(argv)} (exit code {code})")


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wake_write)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    prepare(sys.argv[2])
    signal.signal(signal.SIGCHLD, lambda *_: None)
    ids = {}
    wire.send(control, {"ready": os.getpid()})
    while True:
        readable, _, _ = select.select([control, wake_read], [], [])
        if wake_read in readable:
            try:
                os.read(wake_read, 4096)
            except BlockingIOError:
                pass
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            if pid in ids:
                wire.send(control, {"exit": ids.pop(pid), "code": os.waitstatus_to_exitcode(status)})
        if control in readable:
            request, fds = wire.receive(control)
            if request is None:
                return
            if "argv" in request:
                ids[start(request, fds)] = request["id"]
            else:
                for pid in [p for p, i in ids.items() if i == request["signal"]]:
                    os.kill(pid, request["number"])
            for fd in fds:
                os.close(fd)


main()
