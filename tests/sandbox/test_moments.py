"""Moments' files and the quick start of `oc`, without a cluster. SCALEKEEP_QUICK_OC names the quick start."""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from client import journal
from server.kubelet import moments


# Writes the same byte to all of a file, then another, with a large write each; `bwrap` is what marks a pod's processes.
WRITER = """import itertools, os, sys
print(flush=True)
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
for number in itertools.count():
    os.pwrite(file, bytes([number % 256]) * (64 << 20), 0)
"""


class Stopping(unittest.TestCase):
    def pod(self, *command):
        """A process that counts as one of a pod."""
        process = subprocess.Popen(["bwrap", "--dev-bind", "/", "/", "--die-with-parent", "--setenv", "POD", "uid-of-a-pod", *command], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        process.stdout.readline()
        return process

    @staticmethod
    def look(files):
        """A byte of each megabyte: quick enough to see a write going on."""
        return [[os.pread(file, 1, place << 20) for place in range(64)] for file in files]

    def test_nothing_is_written_any_more(self):
        with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
            # More writers than processors: most of them are in the middle of a write without a processor to go on.
            writers = [self.pod(sys.executable, "-c", WRITER, f"{folder}/{number}") for number in range(2 * os.cpu_count())]
            time.sleep(0.5)
            files = [os.open(os.path.join(folder, name), os.O_RDONLY) for name in os.listdir(folder)]
            for file in files:
                self.addCleanup(os.close, file)
            for _ in range(10):
                time.sleep(0.05)
                held = moments._stop(["uid-of-a-pod"])
                self.assertEqual(len(held["uid-of-a-pod"]), 2 * len(writers))
                before = self.look(files)
                time.sleep(0.05)
                self.assertEqual(before, self.look(files))
                moments._signal(held, signal.SIGCONT)
            for writer in writers:
                writer.kill()  # before its folder goes

    def test_a_shell_that_is_starting_a_program(self):
        # It waits in vfork() most of its time; a child that is stopped there keeps it from being stopped.
        self.pod("sh", "-c", "echo; while :; do /bin/true; done")
        for _ in range(20):
            time.sleep(0.01)
            moments._signal(moments._stop(["uid-of-a-pod"]), signal.SIGCONT)


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.live, self.first, self.second = (os.path.join(folder.name, n) for n in ("live", "first", "second"))
        os.makedirs(self.live + "/a/b")
        self.write("a/b/one", b"1" * 5000)
        self.write("two", b"2")
        os.symlink("two", self.live + "/link")
        os.chmod(self.live + "/two", 0o640)
        moments.keep(self.live, self.first, None)

    def write(self, name, data):
        # A directory of odd names is what volumes hold.
        with open(os.path.join(self.live, name), "wb") as file:
            file.write(data)

    def tree(self, root):
        return {os.path.relpath(os.path.join(f, n), root): (os.readlink(os.path.join(f, n)) if os.path.islink(os.path.join(f, n))
                                                            else pathlib.Path(f, n).read_bytes(), os.lstat(os.path.join(f, n)).st_mode)
                for f, _, names in os.walk(root) for n in names}

    def test_unchanged(self):
        self.assertFalse(moments.differs(self.first, self.live))

    def test_every_change_is_seen_and_put_back(self):
        before = self.tree(self.live)
        time.sleep(0.01)
        changes = {"same size": lambda: self.write("two", b"3"), "longer": lambda: self.write("a/b/one", b"1" * 6000), "new": lambda: self.write("a/new", b""),
                   "gone": lambda: os.unlink(self.live + "/two"), "mode": lambda: os.chmod(self.live + "/two", 0o600),
                   "link": lambda: (os.unlink(self.live + "/link"), os.symlink("a", self.live + "/link")),
                   "folder for file": lambda: (os.unlink(self.live + "/two"), os.makedirs(self.live + "/two/x")),
                   "file for folder": lambda: (os.unlink(self.live + "/a/b/one"), os.rmdir(self.live + "/a/b"), self.write("a/b", b""))}
        for name, change in changes.items():
            with self.subTest(name):
                change()
                self.assertTrue(moments.differs(self.first, self.live))
                moments.put(self.first, self.live)
                self.assertEqual(self.tree(self.live), before)
                self.assertFalse(moments.differs(self.first, self.live))

    def test_a_change_through_a_mapping_is_seen_and_put_back(self):
        name = os.path.join(self.live, moments.MAPPED[0])
        self.write(name, b"1" * 5000)
        moments.keep(self.live, self.second, None)
        status = os.stat(name)
        self.write(name, b"2" * 5000)
        os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns))
        third = self.second + "-later"
        moments.keep(self.live, third, self.second)
        self.assertTrue(moments.differs(self.second, self.live))
        moments.put(self.second, self.live)
        self.assertEqual(pathlib.Path(name).read_bytes(), b"1" * 5000)
        self.assertTrue(moments.differs(third, self.live))

    def test_a_later_moment_shares_files_and_keeps_the_earlier_one(self):
        before = self.tree(self.first)
        time.sleep(0.01)
        self.write("two", b"changed")
        moments.keep(self.live, self.second, self.first)
        self.assertTrue(os.path.samefile(self.first + "/a/b/one", self.second + "/a/b/one"))
        self.write("a/b/one", b"changed")
        moments.put(self.second, self.live)
        self.write("a/b/one", b"again")
        self.assertEqual(self.tree(self.first), before)
        self.assertEqual(self.tree(self.second)["two"][0], b"changed")
        self.assertEqual(self.tree(self.second)["a/b/one"][0], b"1" * 5000)


class Places(unittest.TestCase):
    def test_the_same_command_of_two_runs(self):
        def signature(nonce, pod, size):
            return journal.signature(*journal.split(["oc", "--kubeconfig=/x", "-n", "ns", "exec", "-i", pod, "-c", "c", "--", "sh", "-c", "script", "sh", nonce, str(size)]))
        one = signature("0123456789abcdef", "system-mysql-1-abcde", 1234)
        self.assertNotEqual(one, signature("0123456789abcdef", "system-mysql-1-abcde", 7), "one digit is a word")
        # What is random in pods' names has none of the letters that words have.
        self.assertEqual(signature("0123456789abcdef", "system-mysql-1-bcdfg", 1234), signature("fedcba9876543210", "system-mysql-2-x2456", 98765))
        self.assertNotEqual(one, signature("0123456789abcdef", "zync-database-1-bcdfg", 1234))


@unittest.skipUnless(os.environ.get("SCALEKEEP_QUICK_OC"), "SCALEKEEP_QUICK_OC is not set")
class Quick(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.home = folder.name
        # A server that accepts and says nothing.
        cls.silent = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.silent.close)
        cls.ready = subprocess.Popen([str(HERE / "oc-ready"), cls.home], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.ready.stdout.close)
        cls.addClassCleanup(cls.ready.wait)
        cls.addClassCleanup(cls.ready.kill)
        cls.ready.stdout.readline()

    def start(self, *arguments):
        return subprocess.Popen([os.environ["SCALEKEEP_QUICK_OC"], *arguments], env={"SCALEKEEP_SANDBOX_HOME": self.home, "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def children(self):
        return subprocess.run(["ps", "--no-headers", "--ppid", str(self.ready.pid)], capture_output=True, text=True).stdout.splitlines()

    def test_says_and_returns_the_same(self):
        for arguments in (("version", "--client"), ("nonsense",), ("get", "pods", "--server", "http://127.0.0.1:1"), ("exec",)):
            with self.subTest(arguments):
                slow = subprocess.run([str(HERE / "oc"), *arguments], env={"LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL, capture_output=True, text=True)
                with self.start(*arguments) as child:
                    out, err = child.communicate()
                self.assertEqual((child.returncode, out, err), (slow.returncode, slow.stdout, slow.stderr))

    def hanging(self):
        child = self.start("get", "pods", "--server", f"http://127.0.0.1:{self.silent.getsockname()[1]}")
        accepted, _ = self.silent.accept()
        self.addCleanup(accepted.close)
        return child

    def test_signals_reach_it(self):
        with self.hanging() as child:
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(10), -signal.SIGTERM)

    def test_it_dies_with_its_caller(self):
        with self.hanging() as child:
            child.kill()
        limit = time.monotonic() + 10
        while self.children() and time.monotonic() < limit:
            time.sleep(0.02)
        self.assertEqual(self.children(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
