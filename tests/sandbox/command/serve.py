"""The daemon's process: one a home, ended by SIGTERM, by the end of its parent's parent where that is wished, never twice."""
import fcntl
import os
import select
import signal
import sys
import threading
import time

from .errors import SandboxError
from .home import private_write


def _end_with(pid):
    """Send ourselves SIGTERM when that process ends."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        os.kill(os.getpid(), signal.SIGTERM)
        return

    def wait():
        select.select([descriptor], [], [])
        os.kill(os.getpid(), signal.SIGTERM)
    threading.Thread(target=wait, name="parent", daemon=True).start()


def _locked(file):
    """Who looks whether a daemon runs holds the lock for a moment: try for a while."""
    limit = time.monotonic() + 2
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > limit:
                return False
            time.sleep(0.05)


def serve(home, addresses, die_with):
    from server.daemon import Daemon

    from .admin import Admin
    home.create()
    # Held until this process ends, however it ends: that is how everyone knows whether a daemon runs.
    lock = open(home.path / "daemon.lock", "a+")
    if not _locked(lock):
        raise SandboxError(f"Another daemon runs in {home.path}; nothing was changed.")
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    os.set_inheritable(lock.fileno(), False)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    if die_with:
        _end_with(die_with)
    daemon = Daemon(home.path, addresses)
    admin = None
    try:
        daemon.start()
        admin = Admin(home.path, daemon.clusters)
        for name, cluster in daemon.clusters.items():
            private_write(home.path / f"ca-{name}.crt", cluster.authority)
        print("up", flush=True)
        ended.wait()
    finally:
        if admin:
            admin.close()
        daemon.close()
        print("down", flush=True)
    sys.stdout.flush()
    # Threads that wait for clients would keep the process, and the lock, for as long as those live.
    os._exit(0)
