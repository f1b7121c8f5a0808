"""Streams whose ends are not nice: killed clients, full disks, faults on demand, and what the log of the stand-in says."""
import json
import os
import signal
import subprocess
import time
import unittest

LAB = None
NAMESPACE = ["-n", "threescale"]


class Streams(unittest.TestCase):
    def setUp(self):
        self.pod = LAB.pod("system-mysql")
        self.environment = LAB.environment(LAB.kubeconfigs["edit"])

    def tearDown(self):
        LAB.sandbox("fault", "clear")

    def oc(self, *args, **options):
        return subprocess.run([LAB.oc, *NAMESPACE, *args], capture_output=True, env=self.environment, timeout=60, **options)

    def remote(self, script, **options):
        return self.oc("exec", "-i", self.pod, "--", "bash", "-c", script, **options)

    def started(self, script, **options):
        process = subprocess.Popen([LAB.oc, *NAMESPACE, "exec", "-i", self.pod, "--", "bash", "-c", script], env=self.environment, **options)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_a_remote_writer_outlives_its_killed_client(self):
        for number in (signal.SIGKILL, signal.SIGTERM):
            script = f"rm -f /tmp/alive; for i in $(seq 40); do head -c 300000 /dev/zero; sleep 0.05; done; echo {number} >/tmp/alive"
            process = self.started(script, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
            process.stdout.read(1000000)
            process.send_signal(number)
            self.assertEqual(-number, process.wait(10))
            process.stdout.close()
            limit = time.monotonic() + 20
            while time.monotonic() < limit and self.remote("cat /tmp/alive").stdout != b"%d\n" % number:
                time.sleep(0.3)
            self.assertEqual(b"%d\n" % number, self.remote("cat /tmp/alive").stdout)

    def test_a_killed_client_looks_like_the_end_of_input(self):
        process = self.started("rm -f /tmp/got; cat >/tmp/got.part; mv /tmp/got.part /tmp/got", stdin=subprocess.PIPE)
        process.stdin.write(b"half of it")
        process.stdin.flush()
        limit = time.monotonic() + 20
        while time.monotonic() < limit and self.remote("cat /tmp/got.part").stdout != b"half of it":
            time.sleep(0.2)
        process.kill()
        process.wait(10)
        limit = time.monotonic() + 20
        while time.monotonic() < limit and self.remote("cat /tmp/got").stdout != b"half of it":
            time.sleep(0.2)
        self.assertEqual(b"half of it", self.remote("cat /tmp/got").stdout)
        process.stdin.close()

    def test_a_full_disk_is_no_error(self):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([LAB.oc, *NAMESPACE, "exec", self.pod, "--", "head", "-c", "3000000", "/dev/zero"], stdout=full,
                                  stderr=subprocess.PIPE, env=self.environment, timeout=60)
        self.assertEqual(0, done.returncode)
        self.assertRegex(done.stderr, rb"^E\d{4} .*no space left on device\n$")

    def test_a_closed_reader_ends_the_client(self):
        process = self.started("cat /dev/zero", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        process.stdout.read(10)
        process.stdout.close()
        self.assertEqual(-signal.SIGPIPE, process.wait(20))

    def test_files_are_written_where_they_end(self):
        path = LAB.work / "both"
        with open(path, "wb") as file:
            subprocess.run(["sh", "-c", '"$@" 2>&1; echo after; "$@"', "sh", LAB.oc, *NAMESPACE, "exec", self.pod, "--",
                            "sh", "-c", "echo out; echo err >&2; sleep 0.2; echo out2"],
                           stdout=file, stderr=subprocess.DEVNULL, env=self.environment, check=True, timeout=60)
        self.assertEqual(sorted(["out", "err", "out2", "after", "out", "out2"]), sorted(path.read_text().split()))

    def fault(self, kind, *options):
        LAB.sandbox("fault", "clear")
        LAB.sandbox("fault", "add", kind, "--verb", "exec", *options)

    def test_faults(self):
        data = "head -c 2000000 /dev/zero; echo err >&2"
        for kind, options, code, size, text in (
                ("truncate", ["--bytes", "123456"], 0, 123456, b""), ("exit", ["--code", "9", "--stderr", "no way"], 9, 0, b"no way\n"),
                ("exit", ["--bytes", "1000", "--code", "7"], 7, 1000, None), ("drop", [], 1, 0, b"Unable to connect to the server: EOF\n"),
                ("drop-after", [], 0, 0, b"")):
            with self.subTest(kind, options=options):
                self.fault(kind, *options)
                done = self.remote(data, stdin=subprocess.DEVNULL)
                self.assertEqual((code, size), (done.returncode, len(done.stdout)))
                if text is not None:
                    self.assertEqual(text, done.stderr)
                again = self.remote(data, stdin=subprocess.DEVNULL)
                self.assertEqual((0, 2000000, b"err\n"), (again.returncode, len(again.stdout), again.stderr), "a fault of one time happened twice")

    def test_truncated_input(self):
        self.fault("truncate-stdin", "--bytes", "5000")
        self.assertEqual(b"5000\n", self.remote("wc -c", input=bytes(100000)).stdout)

    def test_hanging(self):
        for options in ([], ["--bytes", "10"]):
            self.fault("hang", *options)
            with self.assertRaises(subprocess.TimeoutExpired):
                subprocess.run([LAB.oc, *NAMESPACE, "exec", self.pod, "--", "head", "-c", "100000", "/dev/zero"], stdout=subprocess.DEVNULL,
                               env=self.environment, timeout=3)

    def test_throttle(self):
        self.fault("throttle", "--rate", "1M")
        started = time.monotonic()
        self.assertEqual(2000000, len(self.remote("head -c 2000000 /dev/zero").stdout))
        self.assertGreater(time.monotonic() - started, 1.8)

    def test_a_killed_pod(self):
        workload = "backend-cron"
        self.pod = LAB.pod(workload)
        self.fault("kill-pod", "--bytes", "300000")
        done = self.oc("exec", self.pod, "--", "bash", "-c", "while :; do head -c 100000 /dev/zero; sleep 0.1; done")
        self.assertEqual((137, b"command terminated with exit code 137\n"), (done.returncode, done.stderr))
        self.assertGreaterEqual(len(done.stdout), 300000)
        LAB.settle(workload)

    def test_occurrence_and_content(self):
        self.fault("exit", "--contains", "second", "--occurrence", "2", "--code", "3")
        codes = [self.remote(f"true {word}").returncode for word in ("first", "second", "first", "second", "second")]
        self.assertEqual([0, 0, 0, 3, 0], codes)

    def test_an_expired_token_stays_expired(self):
        LAB.run_oc("edit", f"--kubeconfig={LAB.work}/expiring", "login", LAB.server, "-u", "admin3s", "-p", LAB.fill("{password:edit}"),
                   f"--certificate-authority={LAB.lab}/pki/ca.crt")
        self.environment = LAB.environment(LAB.work / "expiring")
        LAB.sandbox("fault", "add", "expire-token", "--verb", "get")
        for _ in range(2):
            done = self.oc("get", "pods", "-o", "name")
            self.assertEqual((1, b"error: You must be logged in to the server (Unauthorized)\n"), (done.returncode, done.stderr))

    def test_the_log(self):
        self.remote("cat >/dev/null; head -c 4321 /dev/zero; exit 6", input=bytes(1234))
        line = json.loads((LAB.home / "oc-log.jsonl").read_text().splitlines()[-1])
        self.assertEqual((6, 4321, 1234), (line["exit"], line["bytesOut"], line["bytesIn"]))
        self.assertIn(self.pod, line["argv"])
        self.assertEqual(0o600, os.stat(LAB.home / "oc-log.jsonl").st_mode & 0o777)
