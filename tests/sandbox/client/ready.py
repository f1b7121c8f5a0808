"""`oc`, loaded once and forked for every call: see ../quick/oc.c. Run as `python3 -IS -m client.ready`-like by `tests/sandbox/oc-ready HOME`.

Each call is a child with the caller's arguments, environment, folder and streams; it dies when its caller does. Nothing else differs."""
import _thread
import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys

from . import main as program
from . import config, faults, files, follow, journal, kinds, output, pump, rest, tables  # noqa: F401 (loaded for the children)

HEAD = struct.Struct("=4I")


def receive(channel):
    """(argv, environment, parent, folder, descriptors) or None."""
    data, descriptors, total = b"", [], None
    while total is None or len(data) < total:
        part, more, _, _ = socket.recv_fds(channel, 1 << 20, 3, socket.MSG_CMSG_CLOEXEC)
        descriptors += more
        if not part:
            break
        data += part
        if total is None and len(data) >= HEAD.size:
            arguments, variables, parent, folder = HEAD.unpack_from(data)
            total = HEAD.size + arguments + variables + folder
    if total is None or len(data) < total or len(descriptors) != 3:
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    strings, at = [], HEAD.size
    for length in (arguments, variables):
        strings.append([os.fsdecode(s) for s in data[at:at + length].split(b"\0")[:-1]])
        at += length
    return strings[0], dict(s.split("=", 1) for s in strings[1] if "=" in s), parent, os.fsdecode(data[at:at + folder]), descriptors


def watch(channel, main_thread):
    """Signals that the caller passes on; with the caller's death this process dies as it would have by the kernel's hand."""
    while True:
        try:
            byte = channel.recv(1)
        except OSError:
            byte = b""
        if not byte:
            os.kill(os.getpid(), signal.SIGKILL)
        signal.pthread_kill(main_thread, byte[0])


def child(request, channel):
    argv, environment, parent, folder, descriptors = request
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for target, source in enumerate([os.dup2(d, 100 + i) for i, d in enumerate(descriptors)]):
        os.dup2(source, target)
    for descriptor in (*descriptors, 100, 101, 102):
        os.close(descriptor)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    try:
        os.chdir(folder)
    except OSError:
        pass
    _thread.start_new_thread(watch, (channel, _thread.get_ident()))
    faults.caller = lambda: parent
    sys.argv = argv
    program.main(argv)


def serve(path):
    for module in set(program.MODULES.values()):
        importlib.import_module(f".verbs.{module}", __package__)
    listener = socket.socket(socket.AF_UNIX)
    if os.path.exists(path):
        os.unlink(path)
    listener.bind(path)
    listener.listen(128)
    listener.setblocking(False)
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    running = {}
    gc.disable()
    gc.freeze()
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([listener, wake_read], [], [])
        if wake_read in readable:
            try:
                os.read(wake_read, 4096)
            except BlockingIOError:
                pass
        while running:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            with running.pop(pid) as channel:
                try:
                    channel.sendall(struct.pack("=i", status))
                except OSError:
                    pass
        if listener not in readable:
            continue
        try:
            channel, _ = listener.accept()
        except OSError:
            continue
        channel.setblocking(True)
        request = receive(channel)
        if request is None:
            channel.close()
            continue
        pid = os.fork()
        if pid == 0:
            try:
                listener.close()
                for other in running.values():
                    other.close()
                child(request, channel)
            finally:
                os._exit(126)
        for descriptor in request[4]:
            os.close(descriptor)
        running[pid] = channel
