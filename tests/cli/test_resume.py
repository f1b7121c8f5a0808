"""Runs that are killed in the middle: `resume` completes and proves them, `undo` brings back what was there, from the journal alone.

SCALEKEEP_CLI names the program."""
import json
import os
import pathlib
import signal
import subprocess
import time
import unittest
import unittest.mock

from lab import PROGRAM, Lab, said

TARGET = "north/threescale"
# SCALEKEEP_PATIENCE for a sleep: a stream that is silent for a tenth of 90 seconds is given up.
PATIENCE, SLEEP = "0.1", 12
COMPONENTS = [part for name in ("system-mysql", "backend-redis", "system-storage") for part in ("--component", name)]


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=20)
        cls.replicas = cls.lab.replicas(TARGET)
        cls.saved = cls.lab.capture(TARGET, "saved")
        cls.bundle = cls.lab.backup(TARGET, *COMPONENTS)

    def change(self, number):
        """Data that the bundle does not have, in each store; what an undo must bring back."""
        for workload, command in (("system-mysql", f'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h127.0.0.1 -uroot system -e "UPDATE accounts SET org_name = \'after the backup {number}\'"'),
                                  ("backend-redis", f"redis-cli SET after-the-backup {number}"),
                                  ("system-app/system-provider", f'echo {number} >"${{HOME}}/public/system/after-the-backup"')):
            done = self.lab.sandbox("exec-in", TARGET, workload, "bash", "-c", command)
            self.assertEqual(done.returncode, 0, said(done))
        changed = self.lab.capture(TARGET, f"changed-{number}")
        self.assertNotEqual(self.lab.compare(self.saved, changed).returncode, 0, "the change is not seen")
        return changed

    def killed(self, mark, *arguments):
        """Runs until it shows the mark, then kill -9; the id of the run."""
        done = self.lab.cli_until(mark, signal.SIGKILL, *arguments)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        run = self.runs()[0]
        self.assertEqual((run["state"], run["resumable"]), ("interrupted", True), run)
        return run["runId"]

    def runs(self):
        done = self.lab.cli("runs", "--json")
        self.assertEqual(done.returncode, 0, said(done))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def restore_killed(self, mark, *components):
        """`components`: fewer than all, for tests of one kind of step."""
        chosen = [part for name in components for part in ("--component", name)] or COMPONENTS
        return self.killed(mark, "restore", self.bundle, TARGET, "--confirm", "threescale", *chosen)

    def assert_like(self, expected, name):
        """The data, the counts, and nothing of ours left behind."""
        same = self.lab.compare(expected, self.lab.capture(TARGET, name))
        self.assertEqual(same.returncode, 0, same.stdout)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)
        left = self.lab.oc("north", "-n", "threescale", "get", "pods,configmaps", "-l", "app.kubernetes.io/managed-by=scalekeep", "-o", "name")
        self.assertEqual((left.returncode, left.stdout), (0, ""), said(left))
        self.assertEqual(list(self.lab.state.rglob("*.partial")), [])

    def test_1_after_the_writers_were_stopped(self):
        """Killed in its safety bundle: nothing was changed but the counts."""
        self.change(1)
        run = self.restore_killed("mysqldump")
        self.assertEqual(self.lab.replicas(TARGET)["system-app"], 0)
        with self.lab.read_only("north"):
            done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 1, said(done))
        self.assertIn("north is marked read only", done.stdout + done.stderr)
        done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Proven equal to the bundle: backend-redis, system-mysql, system-storage", done.stdout)
        self.assert_like(self.saved, "after-1")
        self.assertEqual(self.runs()[0]["state"], "done")
        again = self.lab.cli("resume", run)
        self.assertEqual(again.returncode, 1, said(again))

    def test_2_in_the_load_of_the_database(self):
        """Two workstations: the other one is refused and told where to go. Then undone."""
        changed = self.change(2)
        run = self.restore_killed("--comments")
        other = self.lab.folder / "other"
        other.mkdir(mode=0o700, exist_ok=True)
        environment = self.lab.environment | {"SCALEKEEP_HOME": str(other)}
        token = self.lab.secret_file("token-north")
        for arguments, send in ((("login", "--name", "north", "--server", self.lab.server("north"), "--ca", str(self.lab.home / "ca-north.crt"), "--token-stdin"), token),
                                (("restore", str(self.bundle), TARGET, "--confirm", "threescale", *COMPONENTS), ""),
                                (("resume", run), "")):
            done = subprocess.run([PROGRAM, *arguments], env=environment, cwd=self.lab.folder, input=send, capture_output=True, text=True, timeout=300)
            if arguments[0] == "login":
                self.assertEqual(done.returncode, 0, said(done))
            else:
                self.assertEqual(done.returncode, 2, said(done))
            if arguments[0] == "restore":
                self.assertIn(run, done.stdout + done.stderr)
                self.assertRegex(done.stdout + done.stderr, r"scalekeep-cli (resume|undo)")
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assert_like(changed, "after-2")
        self.assertEqual(self.runs()[0]["state"], "failed-undone")

    def test_3_in_the_helper_of_redis_with_half_a_line(self):
        """The journal's last line is cut, as by a power loss."""
        self.change(3)
        run = self.restore_killed("appendonly yes")
        journal = self.lab.state / "runs" / run / "journal.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:len(lines[-1]) // 2])
        done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assert_like(self.saved, "after-3")

    def test_4_undone_from_the_safety_bundle(self):
        """Proven, and the old files removed: what was there is in the safety bundle only."""
        changed = self.change(4)
        run = self.restore_killed("== Start ")
        helpers = self.lab.oc("north", "-n", "threescale", "get", "pods", "-l", "scalekeep.io/run", "-o", "name")
        self.assertEqual(helpers.stdout, "", "a helper pod is left after its store was restored")
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assert_like(changed, "after-4")

    def test_5_backup(self):
        """What was read and proven is not read again."""
        self.lab.sandbox("oc-log", "--clear")
        # The files hang, so that the program still runs when the database is whole.
        self.lab.sandbox("fault", "add", "hang", "--verb", "exec", "--contains=--numeric-owner", "--bytes", "100", "--times", "1")
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        bundle = self.lab.folder / "killed.scalekeep.tar"
        run = self.killed("done: Read system-mysql", "backup", TARGET, "--output", bundle, *COMPONENTS)
        self.assertFalse(bundle.exists())
        self.lab.sandbox("fault", "clear")
        done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        verified = self.lab.cli("verify", bundle)
        self.assertEqual(verified.returncode, 0, said(verified))
        dumps = [line for line in self.lab.oc_log() if "mysqldump" in " ".join(line["argv"])]
        self.assertEqual(len(dumps), 1, "the database was read again")
        self.assertEqual([p.name for p in self.lab.folder.glob("killed*")], [bundle.name])

    def test_5_files_older_than_the_database(self):
        """The files were read, the database which names them was not: they are read again, after it."""
        self.lab.sandbox("oc-log", "--clear")
        self.lab.sandbox("fault", "add", "slow", "--verb", "exec", "--contains=mysqldump", "--rate", "500", "--times", "1")
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        bundle = self.lab.folder / "older.scalekeep.tar"
        done = self.lab.cli_until("--numeric-owner", lambda child: (time.sleep(4), child.kill()), "backup", TARGET, "--output", bundle, *COMPONENTS)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        self.lab.sandbox("fault", "clear")
        done = self.lab.cli("resume", self.runs()[0]["runId"])
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.lab.cli("verify", bundle).returncode, 0)
        read = [line for line in self.lab.oc_log() if "--numeric-owner" in line["argv"]]
        self.assertEqual([line["exit"] for line in read], [0, 0], "the files were kept from before")

    def test_6_each_kind_of_step(self):
        """Killed where each kind of step begins: what was announced may have happened or not."""
        number = 60
        for mark, component, verb in (("scale dc/", "system-mysql", "undo"), ("cat >", "system-mysql", "undo"), ("done: Load the dump into system-mysql", "system-mysql", "resume"),
                                      ("rollout latest", "system-mysql", "resume"), ("mv_all", "system-storage", "undo"), ("done: Swap the old files", "system-storage", "resume"),
                                      ("done: Load the dump of backend-redis", "backend-redis", "undo"), ("SHUTDOWN NOSAVE", "backend-redis", "resume")):
            with self.subTest(mark=mark, component=component, verb=verb):
                number += 1
                changed = self.change(number)
                run = self.restore_killed(mark, component)
                done = self.lab.cli(verb, run)
                self.assertEqual(done.returncode, 0, said(done))
                self.assertEqual(self.runs()[0]["state"], "done" if verb == "resume" else "failed-undone")
                if verb == "undo":
                    self.assert_like(changed, f"after-{number}")
                else:
                    self.assert_only_left(component, changed, f"after-{number}")

    def assert_only_left(self, component, changed, name):
        """The component is as in the bundle, the others as they were changed."""
        now = self.lab.capture(TARGET, name)
        parts = {"system-mysql": "mysql.txt", "backend-redis": "backend-redis.json", "system-storage": "files"}
        for each, part in parts.items():
            report = self.lab.compare(self.saved if each == component else changed, now).stdout
            different = [line for line in report.splitlines() if line.startswith(f"DIFFERENT {part}")]
            self.assertEqual(different, [])
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)

    def test_7_quiesced_backup(self):
        """The writers come back, whichever way it goes on."""
        for verb in ("undo", "resume"):
            with self.subTest(verb):
                bundle = self.lab.folder / f"quiesced-{verb}.scalekeep.tar"
                run = self.killed("mysqldump", "backup", TARGET, "--quiesce", "--output", bundle, *COMPONENTS)
                self.assertEqual(self.lab.replicas(TARGET)["system-app"], 0)
                done = self.lab.cli(verb, run)
                self.assertEqual(done.returncode, 0, said(done))
                self.assertEqual(self.lab.replicas(TARGET), self.replicas)
                left = self.lab.oc("north", "-n", "threescale", "get", "pods,configmaps", "-l", "app.kubernetes.io/managed-by=scalekeep", "-o", "name")
                self.assertEqual(left.stdout, "")
                if verb == "resume":
                    self.assertEqual(self.lab.cli("verify", bundle).returncode, 0)

    def test_7_writers_ran_meanwhile(self):
        """Somebody needs the portal while a quiesced backup is down: what was read before is of another time, and is read again."""
        self.lab.sandbox("oc-log", "--clear")
        self.lab.sandbox("fault", "add", "hang", "--verb", "exec", "--contains=mysqldump", "--bytes", "100", "--times", "1")
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        bundle = self.lab.folder / "ran.scalekeep.tar"
        run = self.killed("done: Read backend-redis", "backup", TARGET, "--quiesce", "--output", bundle, *COMPONENTS)
        self.lab.sandbox("fault", "clear")
        for count in (1, 0):
            done = self.lab.oc("north", "-n", "threescale", "scale", "dc/system-app", f"--replicas={count}")
            self.assertEqual(done.returncode, 0, said(done))
        done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("again: Read backend-redis (the writers ran meanwhile)", done.stdout)
        self.assertEqual(self.lab.cli("verify", bundle).returncode, 0)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)
        saves = [line for line in self.lab.oc_log() if "BGSAVE" in " ".join(line["argv"])]
        self.assertGreaterEqual(len(saves), 2, "the snapshot is the old one")

    def test_7_writers_started_under_it(self):
        """As by an operator in another namespace: it ends without a bundle, and with the writers as they were."""
        def start(_):
            done = self.lab.oc("north", "-n", "threescale", "scale", "dc/system-app", "--replicas=1")
            self.assertEqual(done.returncode, 0, said(done))
        bundle = self.lab.folder / "under.scalekeep.tar"
        done = self.lab.cli_until("mysqldump", start, "backup", TARGET, "--quiesce", "--output", bundle, *COMPONENTS)
        self.assertEqual(done.returncode, 3, said(done))
        self.assertRegex(done.stdout, "system-app (was started by somebody else|is stopped, but was changed) while the data was read")
        self.assertFalse(bundle.exists())
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)

    def test_8_killed_in_the_undo(self):
        """An undo that was cut off: what it had begun to take back is neither done nor undone, and is done again by a resume."""
        self.change(8)
        run = self.restore_killed("done: Compare system-mysql", "system-mysql")
        done = self.lab.cli_until("--comments", signal.SIGKILL, "undo", run)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        holder = json.loads(self.lab.cli("inventory", TARGET, "--json").stdout.splitlines()[-1])["lock"]
        self.assertEqual((holder["runId"], list(holder["inFlight"])), (run, ["system-mysql"]))
        done = self.lab.cli("resume", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Proven equal to the bundle: system-mysql", done.stdout)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)

    def sleep(self, child):
        """As a laptop whose lid is closed: neither the program nor a client of its runs, while the cluster does."""
        parents = {}
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
            except OSError:
                pass
        family = [child.pid]
        for pid in family:
            family += [each for each, parent in parents.items() if parent == pid]
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in family:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            if number == signal.SIGSTOP:
                time.sleep(SLEEP)

    def test_9_the_laptop_sleeps(self):
        """Longer than a stream may be silent: the run goes on, or ends as one that lost its connection does, and what it left can be resumed."""
        for number, mark in enumerate(("mysqldump", "--comments")):
            with self.subTest(mark), unittest.mock.patch.dict(self.lab.environment, SCALEKEEP_PATIENCE=PATIENCE):
                changed = self.change(90 + number)
                done = self.lab.cli_until(mark, self.sleep, "restore", self.bundle, TARGET, "--confirm", "threescale", *COMPONENTS)
                self.assertIn(done.returncode, (0, 2, 3, 4), said(done))
                if done.returncode in (2, 3):
                    self.assert_like(changed, f"after-9-{number}")
                    continue
                if done.returncode == 4:
                    resumed = self.lab.cli("resume", self.runs()[0]["runId"])
                    self.assertEqual(resumed.returncode, 0, said(resumed))
                self.assert_like(self.saved, f"after-9-{number}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
