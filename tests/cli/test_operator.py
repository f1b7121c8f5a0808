"""north/acme-api without its APIManager, and with an operator that nobody may stop. SCALEKEEP_CLI names the program."""
import json
import signal
import time
import unittest

from lab import Lab, said

TARGET = "north/acme-api"
KINDS = "deploymentconfigs,deployments,pods,services,persistentvolumeclaims,configmaps,secrets,apimanagers"


class WithOperator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=20)
        cls.replicas = cls.lab.replicas(TARGET)
        cls.bundle = cls.lab.folder / "B.scalekeep.tar"

    def oc(self, *arguments, namespace="acme-api"):
        done = self.lab.oc("north", "-n", namespace, *arguments)
        self.assertEqual(done.returncode, 0, said(done))
        return done.stdout

    def admin(self, *arguments, namespace="acme-api"):
        return self.oc("--token", self.lab.secret_file("token-north-admin"), *arguments, namespace=namespace)

    def items(self, kind, namespace="acme-api"):
        return {o["metadata"]["name"]: o for o in json.loads(self.oc("get", kind, "-o", "json", namespace=namespace))["items"]}

    def eventually(self, what, seconds=120):
        end = time.monotonic() + seconds
        while not what():
            self.assertLess(time.monotonic(), end, "it did not come about")
            time.sleep(0.5)

    def back_up(self):
        done = self.lab.cli("backup", TARGET, "--output", self.bundle)
        self.assertEqual(done.returncode, 0, said(done))

    def latest(self):
        return json.loads(self.lab.cli("runs", "--json").stdout.splitlines()[0])

    def killed(self, mark, *arguments):
        """A restore that is killed when it shows the mark; its run."""
        done = self.lab.cli_until(mark, signal.SIGKILL, "restore", self.bundle, TARGET, "--confirm", "acme-api", *arguments)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        return self.latest()["runId"]

    def assert_like(self, expected, name):
        same = self.lab.compare(expected, self.lab.capture(TARGET, name))
        self.assertEqual(same.returncode, 0, same.stdout)
        self.assertEqual(self.lab.replicas(TARGET), self.replicas)
        self.assertEqual(self.oc("get", "pods,configmaps", "-l", "app.kubernetes.io/managed-by=scalekeep", "-o", "name"), "")


class Rebuild(WithOperator):
    """The APIManager is deleted, and with it what it owns. Secrets remain, as from 2.11 on: older than the bundle, and of no owner."""

    def delete_the_installation(self):
        self.oc("delete", "apimanager", "apimanager")
        self.eventually(lambda: not self.lab.replicas(TARGET).keys() - {"3scale-operator"} and not self.items("persistentvolumeclaims"))

    def secrets(self):
        """What was there before, by name: data and owners."""
        return {name: (each["data"], each["metadata"].get("ownerReferences")) for name, each in self.items("secrets").items() if name in self.remaining}

    def test_rebuild(self):
        before = self.lab.capture(TARGET, "before")
        self.back_up()
        self.remaining = ["system-app", "system-recaptcha", "system-seed"]
        for name in self.remaining:
            self.oc("patch", "secret", name, "--type=merge", "-p", json.dumps({"metadata": {"ownerReferences": None}, "stringData": {"OLDER": f"{name} of yesterday"}}))
        self.delete_the_installation()
        older = self.secrets()
        self.assertEqual(sorted(older), self.remaining)

        # Undone while the operator still works: the Secrets are again what they were, and belong to nobody.
        run = self.killed("done: Give the secrets to the APIManager")
        self.assertNotEqual(self.secrets(), older)
        self.assertTrue(self.secrets()["system-app"][1])
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.latest()["state"], "failed-undone")
        self.assertIn("APIManager/apimanager stays", done.stdout)
        self.assertEqual(self.secrets(), older)
        # What stayed is not what there was: deleting it takes none of the Secrets along.
        self.delete_the_installation()
        self.assertEqual(self.secrets(), older)

        done = self.lab.cli("restore", self.bundle, TARGET, "--confirm", "acme-api")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("leaves the APIManager", done.stdout)
        for part in ("secrets", "system-mysql", "system-storage", "zync-database", "apimanager"):
            self.assertIn(part, done.stdout.splitlines()[-2])
        self.assert_like(before, "after")
        # The safety bundle has the Secrets that were there, and says what was not.
        safety = max((self.lab.state / "safety").glob("*.tar"), key=lambda p: p.stat().st_mtime)
        done = self.lab.cli("verify", safety)
        self.assertEqual(done.returncode, 0, said(done))
        done = self.lab.cli("extract", safety, "--component", "secrets", "--output", self.lab.folder / "kept")
        self.assertEqual(done.returncode, 0, said(done))
        kept = json.loads(next((self.lab.folder / "kept").rglob("*.json")).read_text())
        saved = {o["metadata"]["name"]: o["data"] for o in (kept if isinstance(kept, list) else kept["items"])}
        self.assertEqual({name: saved[name] for name in self.remaining}, {name: data for name, (data, _) in older.items()})


class ElsewhereOperator(WithOperator):
    """The operator runs in a namespace where the user may do nothing: the writers are kept down through the APIManager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls("move_the_operator").move_the_operator()
        except BaseException:
            cls.doClassCleanups()
            raise

    def move_the_operator(self):
        manifest = self.lab.folder / "operator.json"
        deployment = self.items("deployments")["3scale-operator"]
        deployment["metadata"] = {"name": "3scale-operator", "labels": deployment["metadata"]["labels"]}
        deployment["spec"]["template"]["metadata"]["annotations"] = {"olm.targetNamespaces": "acme-api"}
        manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "operators"}}))
        self.admin("create", "-f", str(manifest), namespace="operators")
        manifest.write_text(json.dumps({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "3scale-operator"}}))
        self.admin("create", "-f", str(manifest), namespace="operators")
        manifest.write_text(json.dumps(deployment))
        self.admin("create", "-f", str(manifest), namespace="operators")
        self.admin("delete", "deployment/3scale-operator", "subscription/3scale-operator", "operatorgroup/threescale-operators")
        self.eventually(lambda: json.loads(self.admin("get", "deployment", "3scale-operator", "-o", "json", namespace="operators"))["status"].get("readyReplicas"))
        self.admin("delete", "rolebinding", "edit", namespace="operators")
        self.eventually(lambda: self.lab.oc("north", "-n", "operators", "scale", "deployment/3scale-operator", "--replicas=0").returncode)
        self.__class__.replicas = self.lab.replicas(TARGET)
        # It is at work there.
        self.oc("scale", "dc/backend-cron", "--replicas=0")
        self.eventually(lambda: self.lab.replicas(TARGET) == self.replicas)

    def spec(self):
        return self.items("apimanagers")["apimanager"]["spec"]

    def test_1_restore(self):
        """While the database is loaded, all that the operator holds is at 0; everything is back and proven at the end."""
        spec, seen = self.spec(), []
        self.back_up()
        before = self.lab.capture(TARGET, "before")
        self.lab.sandbox("destroy", TARGET, "system-mysql", "secrets")
        done = self.lab.cli_until("--comments", lambda child: seen.append(self.lab.replicas(TARGET)), "restore", self.bundle, TARGET, "--confirm", "acme-api")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual({n for n, count in seen[0].items() if count}, {"system-mysql", "backend-redis", "system-redis", "zync-database"})
        self.assertEqual(self.spec(), spec)
        self.assert_like(before, "after")
        # The safety bundle is one to be restored, too: its APIManager has the counts, not this run's zeros.
        safety = next((self.lab.state / "safety").glob("*.tar"))
        done = self.lab.cli("extract", safety, "--component", "apimanager", "--output", self.lab.folder / "kept")
        self.assertEqual(done.returncode, 0, said(done))
        kept = json.loads(next((self.lab.folder / "kept").rglob("*.json")).read_text())
        manager = next(o for o in (kept if isinstance(kept, list) else kept["items"]) if o["kind"] == "APIManager")
        self.assertEqual(manager["spec"], spec)

    def test_2_undo(self):
        """Killed when a part of the writers runs again, with the counts of that part in the APIManager."""
        spec = self.spec()
        before = self.lab.capture(TARGET, "before-2")
        run = self.killed("done: Start system-app", "--component", "system-storage")
        self.assertNotEqual(self.spec(), spec)
        done = self.lab.cli("undo", run)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.spec(), spec)
        self.eventually(lambda: self.lab.sandbox("status", check=False).returncode == 0)
        self.assert_like(before, "after-2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
