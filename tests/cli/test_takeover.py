"""A run whose workstation is gone: its folder is carried over, or what its lock remembers is put back; what cannot be read is given up on purpose only.

SCALEKEEP_CLI names the program."""
import json
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import time
import unittest

from lab import PROGRAM, Lab, said

TARGET = "north/threescale"
STORES = ("system-mysql", "backend-redis", "system-storage")


class Takeover(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=20)
        cls.replicas = cls.lab.replicas(TARGET)
        cls.saved = cls.lab.capture(TARGET, "saved")
        cls.bundle = cls.lab.backup(TARGET)
        cls.other = cls.lab.folder / "other"
        cls.other.mkdir(mode=0o700)
        done = cls.elsewhere("login", "--name", "north", "--server", cls.lab.server("north"), "--ca", cls.lab.home / "ca-north.crt", "--token-stdin", send=cls.lab.secret_file("token-north"))
        assert done.returncode == 0, said(done)

    @classmethod
    def elsewhere(cls, *arguments, send="", oc=None):
        """The program on another workstation: another state, another name of the machine would not matter."""
        return subprocess.run([PROGRAM, *map(str, arguments)], env=cls.lab.environment | {"SCALEKEEP_HOME": str(cls.other)} | ({"SCALEKEEP_OC": str(oc)} if oc else {}), cwd=cls.lab.folder, input=send, capture_output=True,
                              text=True, timeout=540)

    def killed(self, mark, *arguments):
        done = self.lab.cli_until(mark, signal.SIGKILL, *arguments)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        return json.loads(self.lab.cli("runs", "--json").stdout.splitlines()[0])["runId"]

    def restore_killed(self, mark, component):
        return self.killed(mark, "restore", self.bundle, TARGET, "--confirm", "threescale", "--component", component)

    def lock(self):
        done = self.elsewhere("inventory", TARGET, "--json")
        self.assertEqual(done.returncode, 0, said(done))
        return json.loads(done.stdout.splitlines()[-1])["lock"]

    def left(self):
        return self.lab.oc("north", "-n", "threescale", "get", "pods,configmaps", "-l", "app.kubernetes.io/managed-by=scalekeep", "-o", "name").stdout

    def assert_like(self, expected, name):
        same = self.lab.compare(expected, self.lab.capture(TARGET, name))
        self.assertEqual(same.returncode, 0, same.stdout)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)
        self.assertEqual(self.left(), "")

    def test_1_carried_over(self):
        run = self.restore_killed("--comments", "system-mysql")
        journal = self.lab.state / "runs" / run
        done = self.elsewhere("runs", "--import", journal)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.lock()["inFlight"]["system-mysql"]["step"], "load:system-mysql")
        done = self.elsewhere("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Proven equal to the bundle: system-mysql", done.stdout)
        self.assert_like(self.saved, "after-1")
        # The journal on the first workstation is out of date: it is not gone by.
        for verb in ("resume", "undo"):
            done = self.lab.cli(verb, run)
            self.assertEqual(done.returncode, 2, said(done))
            self.assertIn("--lock-removed", done.stdout + done.stderr)
        self.assert_like(self.saved, "after-1-again")

    def test_2_lost_with_a_half_loaded_database(self):
        """Nothing is started on it; a restore takes the lock over and starts what the lost run had stopped."""
        run = self.restore_killed("--comments", "system-mysql")
        shutil.move(self.lab.state / "runs" / run, self.lab.folder / "lost")
        self.addCleanup(shutil.rmtree, self.lab.folder / "lost", ignore_errors=True)
        done = self.elsewhere("unlock", TARGET, "--put-back")
        self.assertEqual(done.returncode, 1, said(done))
        done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--put-back")
        self.assertEqual(done.returncode, 4, said(done))
        self.assertIn("--component system-mysql", done.stdout)
        self.assertEqual(self.lab.replicas(TARGET)["system-app"], 0)
        holder = self.lock()
        self.assertEqual((holder["left"], list(holder["inFlight"])), (True, ["system-mysql"]))
        for arguments, code in ((("--component", "backend-redis"), 1), (("--component", "system-mysql"), 0)):
            done = self.elsewhere("restore", self.bundle, TARGET, "--confirm", "threescale", *arguments)
            self.assertEqual(done.returncode, code, said(done))
        self.assert_like(self.saved, "after-2")

    def test_3_lost_with_files_aside(self):
        """The old files lie on the volume, the old Redis beside the new one: both come back without a bundle."""
        for mark, component in (("mv_all", "system-storage"), ("appendonly yes", "backend-redis")):
            with self.subTest(component):
                before = self.lab.capture(TARGET, "before")
                run = self.restore_killed(mark, component)
                shutil.move(self.lab.state / "runs" / run, self.lab.folder / "lost")
                done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--put-back")
                shutil.rmtree(self.lab.folder / "lost")
                self.assertEqual(done.returncode, 0, said(done))
                self.wait_until_ready()
                self.assert_like(before, "after-3")

    def test_7_lost_between_two_components(self):
        """Some hold the bundle's data, the rest what was there: nothing is started on such a mixture unless it is accepted."""
        patched = self.lab.oc("north", "-n", "threescale", "patch", "secret", "backend-redis", "--type=merge", "-p", json.dumps({"stringData": {"NOTE": "changed"}}))
        self.assertEqual(patched.returncode, 0, said(patched))
        components = [word for id in ("secrets", "system-mysql", "backend-redis") for word in ("--component", id)]
        run = self.killed("== Restore backend-redis", "restore", self.bundle, TARGET, "--confirm", "threescale", *components)
        shutil.move(self.lab.state / "runs" / run, self.lab.folder / "lost")
        self.addCleanup(shutil.rmtree, self.lab.folder / "lost", ignore_errors=True)
        self.assertEqual((self.lock()["inFlight"], self.lock()["loaded"]), ({}, {"secrets": run, "system-mysql": run}))
        for _ in range(2):
            done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--put-back")
            self.assertEqual(done.returncode, 4, said(done))
            self.assertIn(f"secrets, system-mysql hold what run {run} loaded", done.stdout)
            self.assertIn("/safety/safety-north-threescale-", done.stdout)
            self.assertEqual(self.lab.replicas(TARGET)["system-app"], 0)
            self.assertTrue(self.lock()["left"])
        done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--put-back", "--accept-mixed")
        self.assertEqual(done.returncode, 0, said(done))
        self.wait_until_ready()
        self.assert_like(self.saved, "after-7")

    def test_8_started_by_hand_meanwhile(self):
        """Somebody starts Redis on the half-loaded volume: it is stopped again before its old files come back, or it would save what it holds over them."""
        for verb in ("undo", "unlock"):
            with self.subTest(verb):
                wrote = self.lab.sandbox("exec-in", TARGET, "backend-redis", "redis-cli", "SET", "after-the-backup", verb)
                self.assertEqual(wrote.returncode, 0, said(wrote))
                before = self.lab.capture(TARGET, "before-8")
                run = self.restore_killed("appendonly yes", "backend-redis")
                scaled = self.lab.oc("north", "-n", "threescale", "scale", "dc/backend-redis", "--replicas=1")
                self.assertEqual(scaled.returncode, 0, said(scaled))
                end = time.monotonic() + 120
                while not json.loads(self.lab.oc("north", "-n", "threescale", "get", "dc/backend-redis", "-o", "json").stdout)["status"].get("readyReplicas"):
                    self.assertLess(time.monotonic(), end, "not started")
                    time.sleep(0.5)
                if verb == "undo":
                    done = self.lab.cli("undo", run)
                else:
                    shutil.move(self.lab.state / "runs" / run, self.lab.folder / "lost")
                    done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--put-back")
                    shutil.rmtree(self.lab.folder / "lost")
                self.assertEqual(done.returncode, 0, said(done))
                self.wait_until_ready()
                self.assert_like(before, "after-8")

    def wait_until_ready(self):
        end = time.monotonic() + 120
        while self.lab.sandbox("status", check=False).returncode:
            self.assertLess(time.monotonic(), end, "not ready")
            time.sleep(1)

    def test_4_unreadable(self):
        """A store that does not run cannot be kept: refused until it is given up by name, then restored."""
        self.lab.oc("north", "-n", "threescale", "scale", "dc/backend-redis", "--replicas=0")
        end = time.monotonic() + 60
        while json.loads(self.lab.oc("north", "-n", "threescale", "get", "pods", "-l", "deploymentConfig=backend-redis", "-o", "json").stdout)["items"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(1)
        self.lab.sandbox("oc-log", "--clear")
        command = ("restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "backend-redis")
        done = self.lab.cli(*command)
        self.assertEqual(done.returncode, 2, said(done))
        self.assertIn("--accept-unreadable backend-redis", done.stdout + done.stderr)
        self.assertEqual(self.lab.changes(), [])
        done = self.lab.cli(*command, "--accept-unreadable", "system-redis")
        self.assertEqual(done.returncode, 1, said(done))
        done = self.lab.cli(*command, "--accept-unreadable", "backend-redis")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Unreadable, recorded as such", done.stdout)
        run = json.loads(self.lab.cli("runs", "--json").stdout.splitlines()[0])["runId"]
        started = json.loads((self.lab.state / "runs" / run / "journal.jsonl").read_text().splitlines()[0])
        self.assertEqual(started["data"]["plan"]["choices"]["acceptUnreadable"], ["backend-redis"])
        self.assert_like(self.saved, "after-4")

    def test_5_no_safety_bundle(self):
        """Only with a reason, which goes into the journal."""
        command = ("restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "system-storage", "--without-safety-bundle")
        self.assertEqual(self.lab.cli(*command, "").returncode, 1)
        self.assertEqual(self.lab.cli(*command, "  ").returncode, 1)
        done = self.lab.cli(*command, "the disk is full")
        self.assertEqual(done.returncode, 0, said(done))
        run = json.loads(self.lab.cli("runs", "--json").stdout.splitlines()[0])["runId"]
        self.assertIn("the disk is full", (self.lab.state / "runs" / run / "journal.jsonl").read_text().splitlines()[0])

    def test_6_readers_of_secrets(self):
        """A pod that had read a restored Secret reads the old one again after an undo."""
        patch = json.dumps({"stringData": {"REDIS_STORAGE_URL": "redis://backend-redis:6379/0?changed=yes"}})
        def seen():
            return self.lab.sandbox("exec-in", TARGET, "backend-listener", "sh", "-c", "printenv CONFIG_REDIS_PROXY").stdout.strip()
        original = seen()
        patched = self.lab.oc("north", "-n", "threescale", "patch", "secret", "backend-redis", "--type=merge", "-p", patch)
        self.assertEqual(patched.returncode, 0, said(patched))
        rolled = self.lab.oc("north", "-n", "threescale", "rollout", "latest", "dc/backend-listener")
        self.assertEqual(rolled.returncode, 0, said(rolled))
        self.lab.oc("north", "-n", "threescale", "rollout", "status", "dc/backend-listener")
        changed = seen()
        self.assertNotEqual(original, changed)
        run = self.killed("== Verify", "restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "secrets")
        self.assertEqual(seen(), original)
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(seen(), changed)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)

    def test_9_the_lock_is_broken(self):
        """Not under a run that lives here, nor without a file for what it remembers, nor when it changes at the last moment; the run, gone on with on
        purpose, ends as it should."""
        refused = []

        def look(child):
            child.send_signal(signal.SIGSTOP)
            refused.append(self.lab.cli("unlock", TARGET, "--confirm", "threescale"))
            child.send_signal(signal.SIGCONT)

        done = self.lab.cli_until("appendonly yes", look, "restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "backend-redis")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(refused[0].returncode, 2, said(refused[0]))
        self.assertIn("another process of this workstation", refused[0].stderr)
        self.wait_until_ready()
        before = self.lab.capture(TARGET, "before-9")
        run = self.restore_killed("appendonly yes", "backend-redis")
        locks = self.other / "locks"
        locks.write_text("in the way")
        done = self.elsewhere("unlock", TARGET, "--confirm", "threescale")
        self.assertEqual(done.returncode, 2, said(done))
        self.assertIn("The lock was kept", done.stderr)
        self.assertEqual(self.lock()["runId"], run)
        locks.unlink()
        self.changes_at_the_last_moment(run)
        done = self.elsewhere("unlock", TARGET, "--confirm", "threescale")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("replicas:DeploymentConfig/backend-redis", done.stdout)
        saved = pathlib.Path(re.search(r"It was saved as (\S+\.json)\.", done.stdout)[1])
        self.assertEqual((saved.parent, saved.stat().st_mode & 0o777), (locks, 0o600))
        self.assertIn("replicas:DeploymentConfig/backend-redis", json.loads(saved.read_text())["originals"])
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 2, said(done))
        done = self.lab.cli("undo", run, "--lock-removed")
        self.assertEqual(done.returncode, 0, said(done))
        self.wait_until_ready()
        self.assert_like(before, "after-9")

    def changes_at_the_last_moment(self, run):
        """Another run's lock comes between the last look and the removal: the server refuses, and it stays."""
        admin = [self.lab.environment["SCALEKEEP_OC"], "--kubeconfig", str(self.lab.home / "kubeconfig-north"), "-n", "threescale"]
        meanwhile = [*admin, "patch", "configmap", "scalekeep-lock", "--type=merge", "-p", json.dumps({"data": {"runId": "another", "nonce": "ffffffff"}})]
        late = self.lab.folder / "late-oc"
        late.write_text(f"""#!/bin/sh
case " $* " in *" replace "*) {shlex.join(meanwhile)} >/dev/null </dev/null ;; esac
exec {shlex.quote(admin[0])} "$@"
""")
        late.chmod(0o700)
        before = json.loads(self.lab.oc("north", "-n", "threescale", "get", "configmap", "scalekeep-lock", "-o", "json").stdout)["data"]
        done = self.elsewhere("unlock", TARGET, "--confirm", "threescale", "--json", oc=late)
        self.assertEqual(done.returncode, 2, said(done))
        said_last = [json.loads(line) for line in done.stdout.splitlines()][-2:]
        self.assertEqual([each.get("code") or each["type"] for each in said_last], ["conflict", "lock-saved"])
        self.assertEqual(json.loads(pathlib.Path(said_last[1]["file"]).read_text())["runId"], run)
        self.assertEqual(self.lock()["runId"], "another")
        back = json.dumps({"data": {key: before[key] for key in ("runId", "nonce")}})
        patched = self.lab.oc("north", "-n", "threescale", "patch", "configmap", "scalekeep-lock", "--type=merge", "-p", back)
        self.assertEqual(patched.returncode, 0, said(patched))


if __name__ == "__main__":
    unittest.main(verbosity=2)
