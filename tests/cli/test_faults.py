"""Streams that are cut, killed, lost or hang, missing tools, pods and rights, a full disk, Ctrl-C: no bundle that is not whole, and nothing changed.

SCALEKEEP_CLI names the program."""
import json
import re
import signal
import time
import unittest

from lab import Lab, said

TARGET = "north/threescale"
# Component -> text in the command line of its stream's exec, and in no other exec of a backup.
STREAMS = {"system-mysql": "mysqldump", "zync-database": "pg_dump", "system-storage": "--numeric-owner", "backend-redis": "cat -- /var/lib/redis", "system-redis": "cat -- /var/lib/redis"}


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=50)
        cls.number = 0
        # What passes through oc for each stream, from a backup without faults: "the last bytes" are counted from it.
        cls.lab.sandbox("oc-log", "--clear")
        cls.lab.backup(TARGET, name="whole")
        cls.sizes = {}
        for line in cls.lab.oc_log():
            text = " ".join(line["argv"])
            for component, part in STREAMS.items():
                if " exec " in text and part in text and component in text or component == "system-storage" and part in text:
                    cls.sizes[component] = max(cls.sizes.get(component, 0), line["bytesOut"])

    def setUp(self):
        self.addCleanup(self.lab.sandbox, "fault", "clear")

    def bundle(self):
        type(self).number += 1
        return self.lab.folder / f"{self.number}.scalekeep.tar"

    def assert_no_bundle(self, bundle):
        self.assertFalse(bundle.exists(), "a bundle that is not whole has its final name")

    def backup_fails(self, *arguments, code=2):
        bundle = self.bundle()
        done = self.lab.cli("backup", TARGET, "--output", bundle, *arguments)
        self.assertEqual(done.returncode, code, said(done))
        self.assert_no_bundle(bundle)
        return done, bundle

    def assert_named(self, done, component):
        self.assertRegex(done.stdout, rf"FAILED: Read {component}: .*\b\d+ bytes", said(done))
        self.assertIn("There is no bundle.", done.stdout)

    def size_now(self, component, part):
        """Keys that expire make a Redis dump smaller while these tests run: a cut near its end must lie before the end of today's."""
        self.lab.sandbox("fault", "clear")
        self.lab.sandbox("oc-log", "--clear")
        done = self.lab.cli("backup", TARGET, "--component", component, "--output", self.bundle())
        self.assertEqual(done.returncode, 0, said(done))
        return max(line["bytesOut"] for line in self.lab.oc_log() if part in " ".join(line["argv"]))

    def test_cut_streams(self):
        """Standard output ends early and oc answers 0, as the real one does when the connection is lost."""
        for component, part in STREAMS.items():
            size = self.size_now(component, part) if component.endswith("redis") else self.sizes[component]
            for name, cut in (("start", 0), ("middle", size // 2), ("last bytes", size - 200)):
                if component in ("system-redis", "zync-database") and name == "start":
                    continue  # the same code as backend-redis and system-mysql; saves minutes on two cores
                with self.subTest(component=component, cut=name):
                    self.lab.sandbox("fault", "clear")
                    self.lab.sandbox("fault", "add", "truncate", "--verb", "exec", f"--contains={part}", "--bytes", str(cut), "--times", "0")
                    done, _ = self.backup_fails("--component", component)
                    self.assert_named(done, component)

    def test_killed_and_lost(self):
        for kind in ("kill-pod", "drop"):
            with self.subTest(kind=kind):
                self.lab.sandbox("fault", "clear")
                self.lab.sandbox("fault", "add", kind, "--verb", "exec", "--contains", "mysqldump", "--bytes", str(self.sizes["system-mysql"] // 2), "--times", "0")
                done, _ = self.backup_fails("--component", "system-mysql", "--component", "secrets")
                self.assert_named(done, "system-mysql")
                self.wait_until_ready()

    def wait_until_ready(self):
        end = time.monotonic() + 120
        while self.lab.sandbox("status", check=False).returncode:
            self.assertLess(time.monotonic(), end, "the killed pod does not come back")
            time.sleep(1)

    def test_partial_is_salvageable(self):
        """The other components' streams that were whole when one was cut can be saved, and the result is a bundle that says what it lacks."""
        self.lab.sandbox("fault", "add", "truncate", "--verb", "exec", "--contains", "pg_dump", "--bytes", "2000", "--times", "0")
        done, bundle = self.backup_fails()
        partial = bundle.with_name(bundle.name + ".partial")
        self.assertTrue(partial.exists(), said(done))
        saved = self.bundle()
        refused = self.lab.cli("restore", partial, TARGET, "--confirm", "threescale")
        self.assertEqual(refused.returncode, 2, said(refused))
        done = self.lab.cli("salvage", partial, "--output", saved)
        self.assertEqual(done.returncode, 0, said(done))
        done = self.lab.cli("verify", saved)
        self.assertEqual(done.returncode, 0, said(done))
        shown = self.lab.cli("show", saved)
        self.assertIn("secrets", shown.stdout)
        self.assertNotIn("zync-database", shown.stdout, "a stream that was cut is offered")

    def test_hung_stream(self):
        """Neither data nor heartbeats: the limit of 90 seconds ends it."""
        self.lab.sandbox("fault", "add", "hang", "--verb", "exec", "--contains", "mysqldump", "--bytes", "1000", "--times", "0")
        started = time.monotonic()
        done, _ = self.backup_fails("--component", "system-mysql")
        self.assertGreater(time.monotonic() - started, 80)
        self.assert_named(done, "system-mysql")

    def test_interrupted(self):
        self.lab.sandbox("fault", "add", "hang", "--verb", "exec", "--contains", "mysqldump", "--bytes", "1000", "--times", "0")
        bundle = self.bundle()
        started = time.monotonic()
        done = self.lab.cli_until("mysqldump -h", lambda child: (time.sleep(2), child.send_signal(signal.SIGINT)), "backup", TARGET, "--component", "system-mysql",
                                  "--output", bundle)
        self.assertEqual(done.returncode, 2, said(done))
        self.assert_no_bundle(bundle)
        self.assertLess(time.monotonic() - started, 80, "it did not end because it was asked")

    def test_interrupted_while_writers_are_stopped(self):
        before = self.lab.replicas(TARGET)
        self.lab.sandbox("fault", "add", "hang", "--verb", "exec", "--contains", "mysqldump", "--bytes", "1000", "--times", "0")
        bundle = self.bundle()
        stopped = {}

        def stop(child):
            time.sleep(1)
            stopped.update(self.lab.replicas(TARGET))
            child.send_signal(signal.SIGINT)
        done = self.lab.cli_until("mysqldump -h", stop, "backup", TARGET, "--quiesce", "--component", "system-mysql", "--output", bundle)
        self.assertIn(done.returncode, (2, 3), said(done))
        self.assert_no_bundle(bundle)
        self.assertEqual(stopped["system-app"], 0, "the writers were not stopped")
        self.assertEqual(self.lab.replicas(TARGET), before)
        self.lab.sandbox("fault", "clear")
        self.wait_until_ready()
        # No lock is left: the next run is not refused.
        done = self.lab.cli("backup", TARGET, "--quiesce", "--component", "zync-database", "--output", self.bundle())
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.lab.replicas(TARGET), before)
        self.wait_until_ready()

    def test_hidden_tools(self):
        self.lab.sandbox("fault", "hide", TARGET, "system-mysql", "gzip")
        done = self.lab.cli("backup", TARGET, "--component", "system-mysql", "--output", self.bundle())
        self.assertEqual(done.returncode, 0, said(done))
        self.assertRegex(done.stdout, r"warning.*No gzip in system-mysql")
        self.lab.sandbox("fault", "hide", TARGET, "system-app/system-provider", "tar")
        done, bundle = self.backup_fails("--component", "system-storage")
        self.assertRegex(done.stdout + done.stderr, r"FAILED.*tar in system-provider")
        self.assertFalse(bundle.with_name(bundle.name + ".partial").exists())

    def test_pod_not_ready(self):
        self.lab.oc("north", "-n", "threescale", "scale", "dc/backend-redis", "--replicas=0")
        self.addCleanup(self.wait_until_ready)
        self.addCleanup(self.lab.oc, "north", "-n", "threescale", "scale", "dc/backend-redis", "--replicas=1")
        end = time.monotonic() + 60
        while json.loads(self.lab.oc("north", "-n", "threescale", "get", "pods", "-l", "deploymentConfig=backend-redis", "-o", "json").stdout)["items"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)
        done, _ = self.backup_fails("--component", "backend-redis")
        self.assertRegex(done.stdout + done.stderr, r"FAILED.*backend-redis")

    def test_rights(self):
        self.lab.login("north", "view", "viewer")
        bundle = self.bundle()
        done = self.lab.cli("backup", "viewer/threescale", "--output", bundle)
        self.assertEqual(done.returncode, 6, said(done))
        self.assert_no_bundle(bundle)
        self.assertIn("threescale", done.stdout + done.stderr)

    def test_namespace_without_threescale(self):
        """One that the user may not see is a matter of rights; one that is there, but holds something else, is not."""
        self.lab.login("north", "admin", "boss")
        manifest = self.lab.folder / "namespace.json"
        manifest.write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "something-else"}}')
        created = self.lab.oc("north", "--token", self.lab.secret_file("token-north-admin"), "create", "-f", str(manifest))
        self.assertEqual(created.returncode, 0, said(created))
        for target, code in (("north/nothing-here", 6), ("boss/something-else", 2)):
            with self.subTest(target):
                bundle = self.bundle()
                done = self.lab.cli("backup", target, "--output", bundle)
                self.assertEqual(done.returncode, code, said(done))
                self.assert_no_bundle(bundle)
                self.assertIn(target.split("/")[1], done.stderr)

    def test_full_disk(self):
        """No file larger than 300 KiB, as on a disk that fills while the bundle is written."""
        import resource

        def limited():
            # Without this the kernel would end the program where a full disk answers with an error.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (300 * 1024, 300 * 1024))
        bundle = self.bundle()
        done = self.lab.cli("backup", TARGET, "--output", bundle, preexec_fn=limited)
        self.assertEqual(done.returncode, 2, said(done))
        self.assert_no_bundle(bundle)
        self.assertTrue(re.search(r"write|space|large", done.stderr + done.stdout), said(done))

    def test_zz_expired_token(self):
        """Last by its name: the token does not come back."""
        self.lab.sandbox("expire-token", "--cluster", "north", "--user", "edit")
        bundle = self.bundle()
        done = self.lab.cli("backup", TARGET, "--output", bundle)
        self.assertEqual(done.returncode, 6, said(done))
        self.assert_no_bundle(bundle)
        self.assertRegex(done.stderr + done.stdout, "(?i)expired|log in")


if __name__ == "__main__":
    unittest.main(verbosity=2)
