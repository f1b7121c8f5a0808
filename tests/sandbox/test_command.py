"""`scalekeep-sandbox` from end to end, on one installation in a home of its own.

    /usr/bin/python3 -m unittest tests/sandbox/test_command.py
"""
import json
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).parent
PROGRAM, OC = HERE / "scalekeep-sandbox", HERE / "oc"
INSTALLATION = "north/threescale"
sys.path.insert(0, str(HERE))
from command.home import Home
from command.main import parser
from install import installations

SECRETS = next(i for i in installations() if i.name == INSTALLATION).secret_values()


def processes(home):
    """Pids of everything that belongs to a home."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if os.fsencode(home) in text and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


class Sandbox(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="sandbox-command-"))
        cls.addClassCleanup(shutil.rmtree, cls.home, ignore_errors=True)
        cls.addClassCleanup(lambda: subprocess.run([PROGRAM, "--home", cls.home, "down"], capture_output=True))
        cls.run_command("up", "--only", INSTALLATION)

    @classmethod
    def run_command(cls, *args, code=0, **options):
        done = subprocess.run([PROGRAM, "--home", cls.home, *args], capture_output=True, text=True, timeout=300, **options)
        if done.returncode != code:
            raise AssertionError(f"{args}: exit code {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def inside(self, workload, script, code=0):
        return self.run_command("exec-in", INSTALLATION, workload, "sh", "-c", script, code=code)

    def oc(self, *args, code=0, kubeconfig="kubeconfig-north"):
        environment = os.environ | {"KUBECONFIG": str(self.home / kubeconfig), "SCALEKEEP_SANDBOX_HOME": str(self.home)}
        done = subprocess.run([OC, *args], capture_output=True, text=True, env=environment, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def counts(self):
        """Something of every store; errors are part of it."""
        return [self.run_command("exec-in", INSTALLATION, workload, *command, code=code) for workload, code, *command in (
            ("system-mysql", 0, "mysql", "-uroot", "-BN", "-e", "SELECT COUNT(*), SUM(table_rows > 0) FROM information_schema.tables WHERE table_schema = 'system'"),
            ("zync-database", 0, "psql", "-XAt", "-d", "zync_production", "-c", "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'public'"),
            *((workload, 0, "sh", "-c", f"redis-cli -n {number} --scan --pattern '{keys}' | wc -l")  # keys that do not expire
              for workload, number, keys in (("backend-redis", 0, "service_id:*"), ("system-redis", 1, "*queue*"))),
            ("system-app", 0, "sh", "-c", "find /opt/system/public/system | wc -l"))]

    # -- the state of the sandbox ------------------------------------------------------------------------------------

    def test_up_twice_changes_nothing_and_status_says_ready(self):
        pods = self.oc("get", "pods", "-o", "name")
        self.run_command("up", "--only", INSTALLATION)
        self.assertEqual(self.oc("get", "pods", "-o", "name"), pods)
        self.assertIn("north/threescale  2.7 template", self.run_command("status"))

    def test_an_up_that_was_interrupted_begins_anew(self):
        before = self.counts()
        self.run_command("destroy", INSTALLATION, "system-mysql")
        shutil.rmtree(self.home / "snapshots" / "pristine" / INSTALLATION)
        self.run_command("up", "--only", INSTALLATION)
        self.assertEqual(self.counts(), before)

    def test_env_names_files_that_only_their_owner_reads(self):
        lines = self.run_command("env")
        script = lines + '\nenv | grep -E "^(SCALEKEEP|SANDBOX)"'
        variables = dict(line.split("=", 1) for line in subprocess.run(["sh", "-c", script], capture_output=True, text=True).stdout.splitlines())
        self.assertEqual(variables["SCALEKEEP_SANDBOX_HOME"], str(self.home))
        for name in ("SANDBOX_NORTH_TOKEN_FILE", "SANDBOX_NORTH_KUBECONFIG", "SANDBOX_NORTH_PASSWORD_FILE", "SANDBOX_SOUTH_TOKEN_FILE"):
            self.assertEqual(stat.S_IMODE(os.stat(variables[name]).st_mode), 0o600, name)
        self.assertEqual(stat.S_IMODE(os.stat(self.home).st_mode), 0o700)
        self.assertEqual(self.oc("whoami").strip(), variables["SANDBOX_USER"])

    def test_destroy_and_reset(self):
        before = self.counts()
        secrets = self.oc("get", "secrets", "-o", "name")
        self.run_command("destroy", INSTALLATION, "system-mysql", "zync-database", "backend-redis", "system-redis", "system-storage", "secrets", "routes")
        after = self.counts()
        self.assertTrue(all(a != b for a, b in zip(before, after)), (before, after))
        # Only what the platform makes again by itself is there.
        self.assertNotIn("secret/system-", self.oc("get", "secrets", "-o", "name"))
        self.run_command("reset", INSTALLATION)
        self.assertEqual(self.counts(), before)
        self.assertEqual(self.oc("get", "secrets", "-o", "name"), secrets)
        self.assertIn("ready", self.run_command("status"))

    def test_snapshot_and_rollback(self):
        self.inside("backend-redis", "redis-cli set mark one")
        self.run_command("snapshot", "before")
        self.inside("backend-redis", "redis-cli set mark two")
        self.run_command("rollback", "before")
        self.assertEqual(self.inside("backend-redis", "redis-cli get mark"), "one\n")
        self.assertIn("There is no snapshot 'nothing'", self.run_command("rollback", "nothing", code=1))
        self.assertIn("can't be the name", self.run_command("snapshot", "../x", code=1))

    def test_seed_replaces_the_data(self):
        counting = "mysql -uroot -BN system -e 'SELECT COUNT(*) FROM users'"
        usual = int(self.inside("system-mysql", counting))
        self.run_command("seed", "--rows", "50", INSTALLATION)
        self.assertLess(int(self.inside("system-mysql", counting)), usual)
        self.run_command("reset", INSTALLATION)
        self.assertEqual(int(self.inside("system-mysql", counting)), usual)

    # -- what rake decides -------------------------------------------------------------------------------------------

    def test_a_deploy_without_schema_version_drops_and_seeds(self):
        rows = "mysql -uroot -BN system -e 'SELECT COUNT(*) FROM accounts'"
        deploy = "bundle exec rake boot openshift:deploy MASTER_ACCESS_TOKEN=x"
        kept = self.inside("system-mysql", rows)
        self.assertIn("db:migrate", self.inside("system-app", deploy))
        self.assertEqual(self.inside("system-mysql", rows), kept)
        self.inside("system-mysql", "mysql -uroot system -e 'DELETE FROM schema_migrations'")
        self.assertIn("dropped and seeded", self.inside("system-app", deploy))
        self.assertEqual(self.inside("system-mysql", rows), "2\n")
        self.run_command("reset", INSTALLATION)

    def test_boot_needs_the_backend(self):
        self.oc("scale", "dc/backend-listener", "--replicas=0")
        limit = time.monotonic() + 20
        while "Connection refused" not in self.inside("system-app", "bundle exec rake boot; true"):
            self.assertLess(time.monotonic(), limit)
        self.inside("system-app", "bundle exec rake boot", code=1)
        self.run_command("reset", INSTALLATION)
        self.assertIn("status: ok", self.inside("system-app", "bundle exec rake boot"))

    def test_resync_makes_the_missing_routes_and_rake_is_logged(self):
        routes = self.oc("get", "routes", "-o", "jsonpath={.items[*].spec.host}").split()
        self.run_command("destroy", INSTALLATION, "routes")
        # Of many accounts the hosts are more than a MiB.
        self.inside("system-mysql", """mysql -uroot system -e "SET sql_mode = ''; INSERT INTO accounts (domain) SELECT CONCAT(seq, REPEAT('x', 200)) FROM seq_1_to_8000" """)
        self.inside("system-sidekiq", "bundle exec rake zync:resync:domains")
        made = self.oc("get", "routes", "-o", "jsonpath={.items[*].spec.host}").split()
        self.assertEqual(sorted(made), sorted(r for r in routes if r.split(".")[0] not in ("backend-3scale", "developers")))
        line = [json.loads(text) for text in (self.home / "rake-log.jsonl").read_text().splitlines()][-1]
        self.assertEqual((line["task"], line["state"], line["namespace"]), ("zync:resync:domains", "succeeded", "threescale"))
        self.run_command("reset", INSTALLATION)

    def test_an_unknown_task_aborts(self):
        self.assertIn("Don't know how to build task 'nope'", self.inside("system-app", "bundle exec rake nope", code=1))

    # -- faults ------------------------------------------------------------------------------------------------------

    def test_faults_of_oc_are_listed_played_and_cleared(self):
        self.run_command("fault", "add", "exit", "--verb", "get", "--contains", "configmaps", "--code", "9", "--stderr", "made to fail")
        self.assertEqual(json.loads(self.run_command("fault", "list"))["oc"][0]["do"], "exit")
        self.assertIn("made to fail", self.oc("get", "configmaps", code=9))
        self.oc("get", "configmaps")
        self.run_command("fault", "clear")
        self.assertEqual(json.loads(self.run_command("fault", "list"))["oc"], [])
        log = [json.loads(line) for line in self.run_command("oc-log").splitlines()]
        self.assertIn(9, [line["exit"] for line in log])

    def test_a_small_volume_is_really_full(self):
        self.run_command("fault", "hide", INSTALLATION, "system-app/system-master", "gzip")
        self.inside("system-app/system-master", "gzip --version", code=127)
        self.inside("system-app/system-provider", "gzip --version")
        self.run_command("fault", "limit", INSTALLATION, "claim/system-storage", "1Mi")
        self.run_command("fault", "limit", INSTALLATION, "system-mysql/var/lib/mysql", "1Mi")
        for workload, path in (("system-app", "/opt/system/public/system/big"), ("system-mysql", "/var/lib/mysql/big")):
            self.assertIn("No space left", self.inside(workload, f"dd if=/dev/zero of={path} bs=64k count=100", code=1))
        self.run_command("fault", "clear")
        self.inside("system-mysql", "dd if=/dev/zero of=/var/lib/mysql/big bs=64k count=100")
        self.run_command("reset", INSTALLATION)

    def test_expired_tokens_are_refused_until_renewed(self):
        self.run_command("expire-token", "--cluster", "north")
        self.assertIn("You must be logged in to the server (Unauthorized)", self.oc("get", "pods", code=1))
        self.run_command("renew-token")
        self.oc("get", "pods")

    # -- the life of the daemon --------------------------------------------------------------------------------------

    def test_after_a_crash_nothing_is_left_and_up_goes_on(self):
        before = self.counts()
        os.kill(Home(self.home).daemon_pid(), signal.SIGKILL)
        limit = time.monotonic() + 10
        while processes(self.home):
            self.assertLess(time.monotonic(), limit, processes(self.home))
        self.assertIn("down", self.run_command("status", code=3))
        self.assertIn("No sandbox runs", self.run_command("reset", code=1))
        self.run_command("up", "--only", INSTALLATION)
        self.assertEqual(self.counts(), before)

    def test_down_keeps_the_state(self):
        self.inside("system-redis", "redis-cli -n 5 set kept yes")
        self.run_command("down")
        self.assertEqual(processes(self.home), [])
        self.run_command("down")
        self.run_command("up", "--only", INSTALLATION)
        self.assertEqual(self.inside("system-redis", "redis-cli -n 5 get kept"), "yes\n")
        self.run_command("reset", INSTALLATION)

    def test_no_secret_is_in_a_command_line_or_a_log(self):
        self.run_command("up", "--only", INSTALLATION)
        texts = [(self.home / name).read_bytes() for name in ("daemon.log", "node.log", "rake-log.jsonl")]
        for pid in processes(self.home):
            texts.append(pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
        found = [value for value in SECRETS if any(value.encode() in text for text in texts)]
        self.assertEqual(found, [])


class Parent(unittest.TestCase):
    def test_the_sandbox_ends_with_the_process_that_asked_for_it(self):
        home = tempfile.mkdtemp(prefix="sandbox-parent-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        program = "import subprocess, sys, time; subprocess.run(sys.argv[1:], check=True); print('up', flush=True); time.sleep(600)"
        parent = subprocess.Popen([sys.executable, "-c", program, PROGRAM, "--home", home, "up", "--only", INSTALLATION, "--die-with-parent"],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.assertEqual(parent.stdout.readline(), b"up\n")
        self.assertTrue(processes(home))
        parent.kill()
        parent.wait()
        parent.stdout.close()
        limit = time.monotonic() + 30
        while processes(home):
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.1)


class Options(unittest.TestCase):
    def test_bad_input_is_one_sentence(self):
        home = tempfile.mkdtemp(prefix="sandbox-options-")
        self.addCleanup(shutil.rmtree, home)
        for args, text in ((["up", "--only", "north/nowhere"], "There is no installation 'north/nowhere'"), (["env"], "No sandbox runs in"),
                           (["fault", "add", "slow", "--rate", "much"], "'much' is no size")):
            done = subprocess.run([PROGRAM, "--home", home, *args], capture_output=True, text=True)
            self.assertEqual((done.returncode, text in done.stderr, "Traceback" in done.stderr), (1, True, False), done.stderr)
        done = subprocess.run([PROGRAM, "--home", home + "/" + "x" * 100, "up"], capture_output=True, text=True)
        self.assertIn("too long for its sockets", done.stderr)

    def test_every_command_has_a_help_text(self):
        commands = next(a for a in parser()._actions if a.dest == "verb").choices
        for name in ("up", "down", "status", "reset", "snapshot", "rollback", "seed", "fault", "expire-token", "destroy", "env", "oc-log", "exec-in"):
            self.assertTrue(commands[name].description, name)


if __name__ == "__main__":
    unittest.main()
