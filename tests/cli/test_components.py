"""Each component alone on north/threescale, and what a restore refuses. SCALEKEEP_CLI names the program."""
import json
import unittest

from lab import OBJECTS, SANDBOX, STORES, Lab, said

TARGET = "north/threescale"
QUEUES = {"backend-redis": "1", "system-redis": None}  # the database that holds the queues; None: all of them


class Components(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=50)
        cls.before = cls.lab.capture(TARGET, "before")
        cls.bundle = cls.lab.backup(TARGET)

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

    def test_a_namespace_that_is_not_there(self):
        """Named by the user's kubeconfig: the list says why it could not be looked at, and shows no empty version for it."""
        config = json.loads((self.lab.home / "kubeconfig-north").read_text())
        config["contexts"][0]["context"]["namespace"] = "no-such"
        path = self.lab.folder / "kubeconfig-no-such"
        path.write_text(json.dumps(config))
        done = self.lab.cli("login", "--name", "typed", "--kubeconfig", path)
        self.assertEqual(done.returncode, 0, said(done))
        done = self.lab.cli("inventory", "typed")
        self.assertRegex(done.stdout, "(?m)^no-such +could not be looked at: .")
        self.assertRegex(done.stdout, "(?m)^threescale +3scale 2.7")
        found = {o["name"]: o for o in map(json.loads, self.lab.cli("inventory", "typed", "--json").stdout.splitlines()) if o["type"] == "namespace"}
        self.assertTrue(found["no-such"]["error"]["message"], found)
        self.assertNotIn("version", found["no-such"])
        self.assertNotIn("error", found["threescale"])

    def test_what_is_only_assumed(self):
        """Without the mark of `oc new-app`, a template's installation looks like an operator's that lost its APIManager: said so, and left open by a bundle."""
        def mark(value):
            patched = self.lab.oc("north", "-n", "threescale", "patch", "deploymentconfig", "system-app", "--type=merge", "-p",
                                  json.dumps({"metadata": {"annotations": {"openshift.io/generated-by": value}}}))
            self.assertEqual(patched.returncode, 0, said(patched))

        def flags():
            return [[o["versionKnown"], o["flavourKnown"]] for target in ("north", TARGET)
                    for o in map(json.loads, self.lab.cli("inventory", target, "--json").stdout.splitlines()) if o.get("name", o.get("namespace")) == "threescale"]
        self.assertEqual(flags(), [[True, True]] * 2)
        self.assertNotIn("assumed", self.lab.cli("inventory", TARGET).stdout)
        self.addCleanup(mark, "OpenShiftNewApp")
        mark(None)
        self.assertEqual(flags(), [[True, False]] * 2)
        for target in ("north", TARGET):
            self.assertIn("template-based (assumed)", self.lab.cli("inventory", target).stdout)
        bundle = self.lab.folder / "open.scalekeep.tar"
        done = self.lab.cli("backup", TARGET, "--component", "configmaps", "--component", "secrets", "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        shown = json.loads(self.lab.cli("show", bundle, "--json").stdout.splitlines()[-1])
        self.assertEqual((shown["header"]["threescaleVersion"][:3], shown["header"]["flavour"], shown["header"]["workloadKind"]), ("2.7", "", "DeploymentConfig"))
        self.assertIn("the way of installation (assumed: template)", shown["manifest"]["notes"][0])
        self.assertIn("way of installation not known", self.lab.cli("show", bundle).stdout)
        done = self.lab.cli("restore", bundle, TARGET, "--dry-run")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Could not be seen when the bundle was taken, so it is not compared: the way of installation (assumed: template)", done.stdout)

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
