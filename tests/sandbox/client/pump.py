"""Moves bytes between the pipes of a process in a pod and this program's standard streams, inside the kernel where it can,
and behaves at the end as the real client's SPDY transport does: see ../README.md."""
import _thread
import errno
import fcntl
import json
import os
import socket
import stat
import struct
import termios
import time

from .config import klog
from .errors import Fail
from .faults import hang

CHUNK = 1 << 20
F_SETPIPE_SZ = 1031
# The real transport swallows about this much of stdin that the remote command leaves unread; with more it waits for ever.
UNREAD_LIMIT = 65536
GRACE_SECONDS = 0.5


def _pipe(size):
    reader, writer = os.pipe()
    try:
        fcntl.fcntl(reader, F_SETPIPE_SZ, size)
    except OSError:
        pass  # the user's share of pipe memory is used up: a smaller pipe is only slower
    return reader, writer


def _waiting(descriptor):
    """How many bytes can be read from a descriptor at once."""
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode):
        return status.st_size - os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        return struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, b"\0\0\0\0"))[0]
    except OSError:
        return 0


class Flow:
    """Copies one descriptor to another in a thread of its own until the source ends; `done` is free from then on.
    `at_limit` is called when the meter's limit is reached; it may end the program, or lift the limit and return."""

    def __init__(self, source, target, meter, at_limit=None, close_target=False):
        self.source, self.target, self.meter, self.at_limit, self.close_target = source, target, meter, at_limit, close_target
        self.failure = None
        self.done = _thread.allocate_lock()
        self.done.acquire()
        _thread.start_new_thread(self._run, ())

    def _run(self):
        try:
            self._copy()
        except OSError as error:
            self.failure = error
        if self.close_target:
            os.close(self.target)
        # What can't be delivered is still read, as the real client does, so that the other side does not block.
        try:
            while os.read(self.source, 65536):
                pass
        except OSError:
            pass
        self.done.release()

    def _copy(self):
        # splice() takes a file's position when it starts to wait for data, and would overwrite what others write meanwhile.
        move = self._read_write if stat.S_ISREG(os.fstat(self.target).st_mode) else self._splice
        while True:
            count = self.meter.allowance(CHUNK)
            if count <= 0 and self.at_limit:
                self.at_limit()
                count = self.meter.allowance(CHUNK)
            if count <= 0:
                return
            try:
                moved = move(count)
            except OSError as error:
                # Terminals and /dev/null take no part in splicing.
                if error.errno != errno.EINVAL or move == self._read_write:
                    raise
                move = self._read_write
                continue
            if not moved:
                return
            self.meter.bytes += moved

    def _splice(self, count):
        return os.splice(self.source, self.target, count)

    def _read_write(self, count):
        data = os.read(self.source, min(count, CHUNK))
        view = memoryview(data)
        while view:
            view = view[os.write(self.target, view):]
        return len(data)


class Session:
    """One remote command: three pipes to the node that runs it, and the flows at this end."""

    def __init__(self, run, ticket, with_stdin, at_limit):
        self.run = run
        stdin_reader, stdin_writer = _pipe(CHUNK)
        stdout_reader, stdout_writer = _pipe(CHUNK)
        stderr_reader, stderr_writer = _pipe(65536)
        self.channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.channel.connect(ticket["socket"])
            # The node gets the readers, too: when this program is killed it goes on reading, so that the remote command lives on.
            socket.send_fds(self.channel, [json.dumps({"ticket": ticket["ticket"]}).encode() + b"\n"],
                            [stdin_reader, stdout_writer, stderr_writer, stdout_reader, stderr_reader])
        except OSError as error:
            raise Fail(f"error: error sending request: dial unix: connect: {error.strerror.lower()}") from None
        os.close(stdout_writer)
        os.close(stderr_writer)
        # This end keeps a reader of stdin to see how much the remote command has left unread.
        self.stdin_reader, self.readers = stdin_reader, (stdout_reader, stderr_reader)
        self.input = Flow(0, stdin_writer, run.input, close_target=True) if with_stdin else None
        if not with_stdin:
            os.close(stdin_writer)
        self.out = Flow(stdout_reader, 1, run.out, at_limit)
        self.err = Flow(stderr_reader, 2, run.err)

    def finish(self):
        """Waits for the end and returns the remote exit code; None says that the connection was lost, which the real
        client takes for success."""
        received = b""
        try:
            while not received.endswith(b"\n") and (data := self.channel.recv(4096)):
                received += data
        except OSError:
            received = b""
        if not received.endswith(b"\n"):
            self._deliver_what_came()
            return None
        outcome = json.loads(received)
        if outcome.get("error"):
            raise Fail("error: " + outcome["error"])
        if self.input and self._stuck():
            hang()
        # A process that the command left behind may hold the streams open: the real client waits for it as well.
        self.out.done.acquire()
        self.err.done.acquire()
        if self.out.failure:
            klog("E", "v2.go:150", f"write /dev/stdout: {os.strerror(self.out.failure.errno).lower()}")
        return outcome["exitCode"]

    def _deliver_what_came(self):
        while any(flow.done.locked() and _waiting(reader) for flow, reader in zip((self.out, self.err), self.readers)):
            time.sleep(0.005)

    def _stuck(self):
        """Whether more of stdin is left over than the transport can swallow. What is on its way is waited for a little, unless
        the command has read all that ever came: the real client is slower than this one."""
        deadline = time.monotonic() + GRACE_SECONDS
        while True:
            left, open_still = _waiting(self.stdin_reader), self.input.done.locked() and self.run.input.limit is None
            left += _waiting(0) if open_still else 0
            if left > UNREAD_LIMIT:
                return True
            if not open_still or time.monotonic() > deadline or (left == 0 and self.run.input.bytes):
                return False
            time.sleep(0.01)
