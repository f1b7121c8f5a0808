"""Each component alone on north/threescale, and what a restore refuses. SCALEKEEP_CLI names the program."""
import json
import unittest

from lab import OBJECTS, SANDBOX, STORES, Lab, said

TARGET = "north/threescale"
QUEUES = {"backend-redis": "1", "system-redis": None}  # the database that holds the queues; None: all of them


class Components(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(TARGET, rows=50)
        cls.addClassCleanup(cls.lab.close)
        cls.lab.login("north")
        cls.before = cls.lab.capture(TARGET, "before")
        cls.bundle = cls.lab.folder / "B.scalekeep.tar"
        done = cls.lab.cli("backup", TARGET, "--output", cls.bundle)
        assert done.returncode == 0, said(done)

    def restore(self, *arguments, target=TARGET, confirm=True):
        return self.lab.cli("restore", self.bundle, target, *(("--confirm", target.split("/")[1]) if confirm else ()), *arguments)

    def assert_equal_to_before(self):
        same = self.lab.compare(self.before, self.lab.capture(TARGET, "now"))
        self.assertEqual(same.returncode, 0, same.stdout)

    def one(self, component):
        try:
            self.lab.sandbox("destroy", TARGET, component)
            done = self.restore("--component", component)
            self.assertEqual(done.returncode, 0, said(done))
            self.assertIn(f"Proven equal to the bundle: {component}.", done.stdout)
            self.assert_equal_to_before()
        except BaseException:
            # Only now: what is proven equal needs no reset, which restarts fifteen workloads.
            self.lab.sandbox("reset", TARGET)
            raise

    def test_changes_nothing(self):
        """Everything that must leave the namespace as it is, looked at once at the end."""
        self.lab.sandbox("oc-log", "--clear")
        safety = sorted((self.lab.state / "safety").glob("*"))
        for what, arguments, code, text in (
                ("dry run", ("--dry-run",), 0, "nothing was changed"),
                ("documented Redis", ("--redis-method", "documented", "--component", "system-redis"), 2, "6.2"),
                ("no queues to empty", ("--component", "system-mysql", "--queues", "empty"), 1, "a Redis that is restored, and none is"),
                ("unknown component", ("--component", "nonsense"), 1, "nonsense")):
            with self.subTest(what):
                done = self.restore(*arguments)
                self.assertEqual(done.returncode, code, said(done))
                self.assertIn(text.lower(), (done.stdout + done.stderr).lower())
        for what, arguments in (("no --confirm", ()), ("another namespace", ("--confirm", "acme-api")), ("empty", ("--confirm", ""))):
            with self.subTest(what):
                done = self.restore(*arguments, confirm=False)
                self.assertEqual(done.returncode, 1, said(done))
        self.assertEqual(self.lab.changes(), [])
        self.assertEqual(safety, sorted((self.lab.state / "safety").glob("*")))
        self.assert_equal_to_before()

    def test_another_installation(self):
        """Told by its wildcard domain: refused, unless it is meant."""
        config = json.loads(self.lab.oc("north", "-n", "threescale", "get", "configmap", "system-environment", "-o", "json").stdout)

        def patch(domain):
            patched = self.lab.oc("north", "-n", "threescale", "patch", "configmap", "system-environment", "--type=merge", "-p",
                                  json.dumps({"data": {"THREESCALE_SUPERDOMAIN": domain}}))
            self.assertEqual(patched.returncode, 0, said(patched))
        self.addCleanup(patch, config["data"]["THREESCALE_SUPERDOMAIN"])
        patch("other.example.com")
        done = self.restore()
        self.assertEqual(done.returncode, 2, said(done))
        self.assertRegex(done.stdout, "FAILED.*another installation.*other.example.com")
        self.assertIn("--map", done.stdout)
        self.assertIn("Nothing was changed", done.stdout)
        self.assertEqual(self.restore("--dry-run").returncode, 2)
        done = self.restore("--dry-run", "--map")
        self.assertEqual(done.returncode, 0, said(done))

    def test_workloads_and_template_as_edit(self):
        """`edit` may not even read the Roles: of an administrator's bundle, or of the template, they are left out and all else is made."""
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        self.lab.login("north", "admin", "north-admin")
        bundle = self.lab.folder / "admin.scalekeep.tar"
        done = self.lab.cli("backup", "north-admin/threescale", "--component", "workloads", "--component", "configmaps", "--component", "secrets", "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        for arguments in (("--component", "workloads"), ("--component", "configmaps", "--template", SANDBOX / "install" / "amp.yml")):
            with self.subTest(arguments[1]):
                deleted = self.lab.oc("north", "-n", "threescale", "delete", "service", "apicast-staging")
                self.assertEqual(deleted.returncode, 0, said(deleted))
                done = self.lab.cli("restore", bundle, TARGET, "--confirm", "threescale", *arguments)
                self.assertEqual(done.returncode, 0, said(done))
                self.assertRegex(done.stdout, "Warning: Role/zync-que-role was")
                self.assertIn("Created Service/apicast-staging.", done.stdout)

    def test_routes_that_zync_has_made_again(self):
        """Under new names, since the backup: they are left alone, and nothing is made beside them."""
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        self.lab.sandbox("destroy", TARGET, "routes")
        self.lab.sandbox("exec-in", TARGET, "system-sidekiq", "bash", "-c", "bundle exec rake zync:resync:domains")
        names = lambda: set(self.lab.oc("north", "-n", "threescale", "get", "routes", "-o", "jsonpath={.items[*].metadata.name}").stdout.split())
        again = names()
        self.assertEqual(len(again), 5)
        done = self.restore("--component", "routes")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(names() - again, {"backend", "developer-portal-custom"})
        self.assertLessEqual(again, names())

    def test_a_route_with_another_host(self):
        """`edit` may set the host of a new Route, not change it: refused before anything is changed, and the preview says where."""
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        patched = self.lab.oc("north", "-n", "threescale", "--token", self.lab.secret_file("token-north-admin"), "patch", "route", "developer-portal-custom",
                              "--type=merge", "-p", json.dumps({"spec": {"host": "other.example.com"}}))
        self.assertEqual(patched.returncode, 0, said(patched))
        self.lab.sandbox("oc-log", "--clear")
        for arguments in (("--dry-run",), ()):
            done = self.restore("--component", "routes", *arguments)
            self.assertNotEqual(done.returncode, 0, said(done))
            self.assertIn("update routes.route.openshift.io/custom-host", done.stdout)
        self.assertEqual(self.lab.changes(), [])
        done = self.restore("--component", "routes", "--dry-run")
        self.assertRegex(done.stdout, "The server takes the objects.*\n?.*Route developer-portal-custom: The server would refuse it")
        # Once it is deleted it is created as it was.
        deleted = self.lab.oc("north", "-n", "threescale", "delete", "route", "developer-portal-custom")
        self.assertEqual(deleted.returncode, 0, said(deleted))
        done = self.restore("--component", "routes")
        self.assertEqual(done.returncode, 0, said(done))

    def test_empty_queues(self):
        """The queues' databases are empty afterwards, everything else is as in the bundle."""
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        self.lab.sandbox("destroy", TARGET, "backend-redis", "system-redis")
        done = self.restore("--component", "backend-redis", "--component", "system-redis", "--queues", "empty")
        self.assertEqual(done.returncode, 0, said(done))
        now = self.lab.capture(TARGET, "now")
        for store, queues in QUEUES.items():
            old, new = (json.loads((folder / f"{store}.json").read_text())["keys"] for folder in (self.before, now))
            in_queues = {key for key in old if queues is None or key.startswith(queues + ":")}
            self.assertTrue(in_queues, "the sandbox has no queues to empty")
            jobs = {key for key in new if queues is None or key.startswith(queues + ":")}
            self.assertEqual(jobs, set())
            kept = {key: value for key, value in old.items() if key not in in_queues and not 0 < value[1]}
            self.assertEqual({key: new.get(key) for key in kept}, kept)
            # The two stores were looked at: for the comparison of the rest, they are as before.
            (now / f"{store}.json").write_text((self.before / f"{store}.json").read_text())
        same = self.lab.compare(self.before, now)
        self.assertEqual(same.returncode, 0, same.stdout)


for each in STORES + OBJECTS:
    setattr(Components, "test_" + each.replace("-", "_"), lambda self, component=each: self.one(component))


if __name__ == "__main__":
    unittest.main(verbosity=2)
