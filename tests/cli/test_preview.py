"""What `restore --dry-run` says before anything changes, on north/threescale: the numbers of known edits, and every refusal. SCALEKEEP_CLI names the program."""
import base64
import json
import signal
import time
import unittest

from lab import Lab, said

TARGET = "north/threescale"
ROTATED = "rotated-secret-value-81c7"


class Preview(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=40)
        cls.bundle = cls.lab.backup(TARGET)

    def preview(self, *arguments, target=TARGET, code=0):
        """The objects of a dry run by type. Nothing is changed by it, whatever it finds."""
        self.lab.sandbox("oc-log", "--clear")
        done = self.lab.cli("restore", self.bundle, target, "--dry-run", "--json", *arguments)
        self.assertEqual(done.returncode, code, said(done))
        self.assertEqual(self.lab.changes(), [])
        found = {}
        for line in done.stdout.splitlines():
            one = json.loads(line)
            self.assertEqual(one["schema"], 1)
            found.setdefault(one["type"], []).append(one.get(one["type"], one))
        return found

    def changes(self, *arguments):
        return {tuple(c["path"]): c for c in self.preview("--all", *arguments)["change"]}

    def check(self, found, name):
        checks = {c["id"]: c for c in found["check"]}
        self.assertIn(name, checks)
        return checks[name]

    def refused(self, name, text, *arguments, target=TARGET, code=2):
        """This check fails, the program says so, and a real restore does not begin either."""
        check = self.check(self.preview(*arguments, target=target, code=code), name)
        self.assertEqual(check["state"], "failed", check)
        self.assertIn(text, check["evidence"])
        self.assertTrue(check["remedy"], check)
        self.lab.sandbox("oc-log", "--clear")
        done = self.lab.cli("restore", self.bundle, target, "--confirm", target.split("/")[1], *arguments)
        self.assertEqual(done.returncode, code, said(done))
        self.assertEqual(self.lab.changes(), [])
        self.assertIn("Nothing was changed", done.stdout + done.stderr)

    def inside(self, workload, script):
        done = self.lab.sandbox("exec-in", TARGET, workload, "bash", "-c", script)
        return done.stdout

    def sql(self, statements):
        return self.inside("system-mysql", f'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h127.0.0.1 -uroot -N -B system -e "{statements}"')

    def oc(self, *arguments):
        done = self.lab.oc("north", "-n", "threescale", *arguments)
        self.assertEqual(done.returncode, 0, said(done))
        return done.stdout

    def settled(self):
        """Once no workload rolls out and every pod is ready."""
        end = time.monotonic() + 120
        while self.lab.sandbox("status", check=False).returncode != 0:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.5)

    def test_numbers(self):
        before = self.changes()
        tables = {p: c for p, c in before.items() if c["kind"] == "table"}
        self.assertGreater(len(tables), 20)
        for path, change in tables.items():
            self.assertEqual((change["now"], change.get("approximate")), (change["afterwards"], None), path)
        self.assertGreater(before["zync-database",]["now"], 0)
        files = before["system-storage",]
        self.assertEqual((files["fate"], files["now"], files["added"], files["changed"], files["removed"]), ("equal", files["afterwards"], 0, 0, 0))
        for path, change in before.items():
            if change["kind"] == "object":
                self.assertIn(change["fate"], ("equal", "kept"), path)
        keys = {p: c["now"] for p, c in before.items() if c["kind"] == "keys"}
        self.assertEqual(keys, {p: c["afterwards"] for p, c in before.items() if c["kind"] == "keys"})

        # Known edits of every kind; taken back whatever comes, or the tests that follow would start from them.
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        path, users = max(tables.items(), key=lambda item: item[1]["now"] if item[0][0] == "system-mysql" else -1)
        table = path[1]
        self.sql(f"SET FOREIGN_KEY_CHECKS=0; DELETE FROM \\`{table}\\` LIMIT 3; CREATE TABLE \\`odd ta'ble\\` (a INT); INSERT INTO \\`odd ta'ble\\` VALUES (1),(2)")
        self.inside("zync-database/postgresql", 'psql -q -U postgres -d zync_production -c "CREATE TABLE \\"New Table\\" (a int)" -c "INSERT INTO \\"New Table\\" SELECT generate_series(1, 5)"')
        self.inside("backend-redis", "redis-cli MSET preview:1 a preview:2 b preview:3 c >/dev/null; redis-cli -n 1 RPUSH preview:queue job >/dev/null")
        storage = "/opt/system/public/system"
        self.inside("system-app/system-provider", f"cd {storage}/odd && rm -- -leading-dash $'tab\\there' && printf more >>'with spaces  and two' && "
                                                  "printf x >$'new \\nfile \"1\"' && printf x >$'bytes-\\xff'")
        secret = json.loads(self.oc("get", "secret", "system-recaptcha", "-o", "json"))
        for key in ("PUBLIC_KEY", "PRIVATE_KEY"):
            secret["data"][key] = base64.b64encode(f"{ROTATED}-{key}".encode()).decode()
        file = self.lab.folder / "secret.json"
        file.write_text(json.dumps(secret))
        self.oc("replace", "-f", str(file))
        config = json.loads(self.oc("get", "configmap", "redis-config", "-o", "json"))
        config["data"]["redis.conf"] = config["data"]["redis.conf"].replace("timeout 0", "timeout 17", 1)
        file.write_text(json.dumps(config))
        self.oc("replace", "-f", str(file))
        self.oc("delete", "configmap", "smtp")

        after = self.changes()
        one = after["system-mysql", table]
        self.assertEqual((one["now"], one["afterwards"], one["fate"]), (users["now"] - 3, users["now"], "replaced"))
        one = after["system-mysql", "odd ta'ble"]
        self.assertEqual((one["now"], one["afterwards"], one["fate"]), (2, 0, "removed"))
        self.assertEqual(after["system-mysql",]["now"], before["system-mysql",]["now"] - 1)
        self.assertEqual(after["system-mysql",]["afterwards"], before["system-mysql",]["afterwards"])
        one = after["zync-database", "public.New Table"]
        self.assertEqual((one["now"], one["fate"]), (5, "removed"))
        for path, change in after.items():
            if change["kind"] == "keys":
                more = {"backend-redis /0": 3, "backend-redis /1": 1}.get(path[0], 0)
                self.assertEqual(change["now"], keys.get(path, 0) + more, path)
        files = after["system-storage",]
        self.assertEqual((files["added"], files["changed"], files["removed"]), (2, 1, 2))
        self.assertEqual(files["now"], files["afterwards"])
        fates = {p[1]: c["fate"] for p, c in after.items() if c["kind"] == "file"}
        self.assertEqual(fates, {"odd/-leading-dash": "created", "odd/tab\there": "created", "odd/with spaces  and two": "replaced", "odd/new \nfile \"1\"": "removed", "odd/bytes-\ufffd": "removed"})
        objects = {p[1]: c["fate"] for p, c in after.items() if c["kind"] == "object" and c["fate"] not in ("equal", "kept")}
        self.assertEqual(objects, {"Secret system-recaptcha": "replaced", "ConfigMap redis-config": "replaced", "ConfigMap smtp": "created"})
        fields = {p[1:]: (c["was"], c["will"]) for p, c in after.items() if c["kind"] == "field"}
        self.assertEqual(fields, {("Secret system-recaptcha", "data.PUBLIC_KEY"): ("", ""), ("Secret system-recaptcha", "data.PRIVATE_KEY"): ("", ""),
                                  ("ConfigMap redis-config", 'data["redis.conf"]'): ("line 5: timeout 17", "line 5: timeout 0")})
        # The sums are the same without the entries, and in words; but for keys whose time has come between the two.
        def still(entries):
            return {p: {k: v for k, v in c.items() if k != "now" or c["kind"] != "keys"} for p, c in entries.items() if len(p) == 1}
        self.assertEqual(still({tuple(c["path"]): c for c in self.preview()["change"]}), still(after))
        done = self.lab.cli("restore", self.bundle, TARGET, "--dry-run", "--all")
        self.assertIn("2 added, 1 changed, 2 removed", done.stdout)
        self.assertIn("$ oc ", done.stdout)
        for output in self.lab.outputs:
            self.assertNotIn(ROTATED, output)
            self.assertNotIn(base64.b64encode(ROTATED.encode()).decode()[:-4], output)

        # What was counted stands in the journal of the run that follows.
        done = self.lab.cli("restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "configmaps", "--component", "system-storage")
        self.assertEqual(done.returncode, 0, said(done))
        journal = max((self.lab.state / "runs").glob("*/journal.jsonl"), key=lambda p: p.stat().st_mtime)
        started = json.loads(journal.read_text().splitlines()[0])["data"]
        self.assertIn("passed", {c["state"] for c in started["checks"]})
        entries = {e["component"]: e for e in started["changes"]["entries"]}
        self.assertEqual((entries["system-storage"]["added"], entries["system-storage"]["removed"]), (2, 2))
        self.assertEqual(entries["configmaps"]["added"], 1)

    def test_refuses_missing_tools(self):
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        self.lab.sandbox("fault", "hide", TARGET, "system-mysql", "mysql", "mysqldump")
        self.refused("tools", "mysql in system-mysql")
        self.lab.sandbox("fault", "hide", TARGET, "system-app/system-provider", "find")
        self.refused("tools", "find in system-provider", "--component", "system-storage")

    def test_refuses_without_room(self):
        self.addCleanup(self.settled)
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        self.lab.sandbox("fault", "limit", TARGET, "claim/system-storage", "2Mi")
        self.lab.sandbox("fault", "limit", TARGET, "system-mysql/tmp", "3Mi")
        self.settled()
        self.refused("volume-space", "system-storage", "--component", "system-storage")
        self.refused("pod-space", "system-mysql", "--component", "system-mysql")

    def test_refuses_without_rights(self):
        self.lab.login("north", "view", "viewer")
        self.refused("rights", "create pods/exec", target="viewer/threescale", code=6)

    def grant(self, name, user, rules):
        metadata = {"name": name, "namespace": "threescale"}
        admin = ("--token", self.lab.secret_file("token-north-admin"), "-n", "threescale")
        for one in ({"kind": "Role", "rules": rules}, {"kind": "RoleBinding", "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
                                                       "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]}):
            file = self.lab.folder / "role.json"
            file.write_text(json.dumps(one | {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata}))
            created = self.lab.oc("north", *admin, "create", "-f", str(file))
            self.assertEqual(created.returncode, 0, said(created))
            self.addCleanup(self.lab.oc, "north", *admin, "delete", one["kind"].lower(), name)

    def may_look(self):
        kinds = {"": ["configmaps", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services", "resourcequotas", "namespaces"], "apps": ["deployments", "statefulsets"],
                 "apps.openshift.io": ["deploymentconfigs"], "batch": ["jobs"], "route.openshift.io": ["routes"], "image.openshift.io": ["imagestreams"],
                 "apps.3scale.net": ["apimanagers"], "project.openshift.io": ["projects"]}
        self.grant("look", "nobody3s", [{"verbs": ["get", "list"], "apiGroups": [group], "resources": resources} for group, resources in kinds.items()])
        self.lab.login("north", "nobody", "exact")

    def exactly(self, evidence):
        """Rules that grant what the check names, and nothing else."""
        rules = []
        for need in evidence.split(": ", 1)[1].rstrip(".").split(", "):
            verb, name = need.split(" ")
            name, _, sub = name.partition("/")
            resource, _, group = name.partition(".")
            rules.append({"verbs": [verb], "apiGroups": [group], "resources": [f"{resource}/{sub}" if sub else resource]})
        return rules

    def test_rights_are_enough(self):
        """Who may look at the inventory's kinds, and has the rights that the check names and no other one, gets through a whole restore: none is forgotten,
        whatever oc asks the server for."""
        self.may_look()
        rules = self.exactly(self.check(self.preview(target="exact/threescale", code=6), "rights")["evidence"])
        self.assertGreater(len(rules), 10)
        self.grant("exactly-that", "nobody3s", rules)
        self.lab.sandbox("destroy", TARGET, "system-redis", "configmaps")
        done = self.lab.cli("restore", self.bundle, "exact/threescale", "--confirm", "threescale")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Proven equal to the bundle", done.stdout)

    def test_rights_are_enough_to_quiesce(self):
        """A quiesced backup that lacked one in the middle would leave the namespace locked and its writers down."""
        self.may_look()
        bundle = self.lab.folder / "quiesced.scalekeep.tar"
        before = self.lab.replicas(TARGET)
        refused = self.lab.cli("backup", "exact/threescale", "--quiesce", "--output", bundle, "--json")
        self.assertEqual(refused.returncode, 6, said(refused))
        checks = [json.loads(line)["check"] for line in refused.stdout.splitlines() if json.loads(line)["type"] == "check"]
        rules = self.exactly(next(c["evidence"] for c in checks if c["id"] == "rights"))
        self.grant("exactly-that", "nobody3s", rules)
        done = self.lab.cli("backup", "exact/threescale", "--quiesce", "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual(self.lab.replicas(TARGET), before)

    def test_refuses_under_a_lock(self):
        lock = self.lab.folder / "lock.json"
        lock.write_text(json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "scalekeep-lock"},
                                    "data": {"owner": "somebody", "host": "elsewhere", "runId": "20260101T000000Z-abcdef", "since": "2026-01-01T10:00:00Z", "purpose": "restore",
                                             "nonce": "0123456789abcdef"}}))
        self.oc("create", "-f", str(lock))
        self.addCleanup(self.oc, "delete", "configmap", "scalekeep-lock")
        self.refused("lock", "restore by somebody on elsewhere since 2026-01-01T10:00:00")
        with self.lab.read_only("north"):
            done = self.lab.cli("unlock", TARGET, "--confirm", "threescale")
        self.assertEqual(done.returncode, 1, said(done))
        self.assertIn("somebody", self.oc("get", "configmap", "scalekeep-lock", "-o", "yaml"))
        # A plain backup, too: what a restore is writing is neither old nor new.
        bundle = self.lab.folder / "mixed.scalekeep.tar"
        for holder, code in (({}, 2), ({"purpose": "backup", "inFlight": json.dumps({"system-mysql": {"step": "load"}})}, 2), ({"purpose": "backup", "inFlight": "{}"}, 0)):
            self.oc("patch", "configmap", "scalekeep-lock", "--type=merge", "-p", json.dumps({"data": holder}))
            done = self.lab.cli("backup", TARGET, "--output", bundle, "--component", "routes")
            self.assertEqual(done.returncode, code, said(done))
            self.assertEqual(bundle.exists(), code == 0)

    def test_refuses_to_change_a_read_only_cluster(self):
        bundle = self.lab.folder / "read-only.scalekeep.tar"
        with self.lab.read_only("north"):
            self.preview("--component", "routes")
            for command in (["restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "routes"], ["backup", TARGET, "--quiesce", "--output", bundle]):
                self.lab.sandbox("oc-log", "--clear")
                done = self.lab.cli(*command)
                self.assertEqual(done.returncode, 1, said(done))
                self.assertIn("north is marked read only", done.stdout + done.stderr)
                self.assertEqual(self.lab.changes(), [])
            done = self.lab.cli("backup", TARGET, "--output", bundle, "--component", "routes")
            self.assertEqual(done.returncode, 0, said(done))

    def test_restored_while_backed_up(self):
        """A plain backup locks nothing: a restore that begins and ends while it reads would leave a bundle of two times."""
        bundle = self.lab.folder / "meanwhile.scalekeep.tar"

        def restore(child):
            child.send_signal(signal.SIGSTOP)
            try:
                done = self.lab.cli("restore", self.bundle, TARGET, "--confirm", "threescale", "--component", "configmaps")
                self.assertEqual(done.returncode, 0, said(done))
            finally:
                child.send_signal(signal.SIGCONT)

        done = self.lab.cli_until("done: Look at", restore, "backup", TARGET, "--output", bundle)
        self.assertEqual(done.returncode, 2, said(done))
        self.assertIn("A restore began in namespace threescale meanwhile", done.stdout)
        self.assertFalse(bundle.exists())
        bundle = self.lab.folder / "afterwards.scalekeep.tar"
        done = self.lab.cli("backup", TARGET, "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertNotIn("scalekeep-last", self.lab.cli("show", bundle, "--json").stdout)

    def test_refuses_another_installation(self):
        self.lab.login("north", "admin", "boss")
        manifest = self.lab.folder / "namespace.json"
        manifest.write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "something-else"}}')
        created = self.lab.oc("north", "--token", self.lab.secret_file("token-north-admin"), "create", "-f", str(manifest))
        self.assertEqual(created.returncode, 0, said(created))
        self.refused("identity", "another installation", target="boss/something-else")
        mapped = self.check(self.preview("--map", target="boss/something-else"), "identity")
        self.assertEqual(mapped["state"], "warning", mapped)

    def test_refuses_while_rolling_out(self):
        """A new pod that never gets ready: the rollout goes on until it is given up."""
        self.addCleanup(self.settled)
        self.addCleanup(self.lab.sandbox, "reset", TARGET)
        probe = {"exec": {"command": ["false"]}, "periodSeconds": 1}
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "backend-cron", "readinessProbe": probe}]}}}}
        self.oc("patch", "dc/backend-cron", "-p", json.dumps(patch))
        end = time.monotonic() + 60
        while "Progressing" not in self.oc("get", "dc/backend-cron", "-o", "json") or not any(
                c["type"] == "Progressing" and c.get("reason") in ("NewReplicationControllerCreated", "ReplicationControllerUpdated", "")
                for c in json.loads(self.oc("get", "dc/backend-cron", "-o", "json"))["status"]["conditions"]):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.3)
        self.refused("rollout", "backend-cron")
        # Where it is none of the plan's workloads, it is a warning.
        check = self.check(self.preview("--component", "zync-database"), "rollout")
        self.assertEqual(check["state"], "warning", check)

    def test_refuses_files_that_cannot_be_kept(self):
        """One file that nobody may read: no safety copy of the volume, unless it is given up."""
        folder = "/opt/system/public/system"
        self.addCleanup(self.inside, "system-app", f"chmod -R u+rwX {folder}/hidden; rm -rf {folder}/hidden")
        self.inside("system-app", f"mkdir {folder}/hidden; echo x > {folder}/hidden/file; ln -s nowhere {folder}/hidden/link")
        self.assertEqual(self.check(self.preview("--component", "system-storage"), "readable")["state"], "passed")
        self.inside("system-app", f"chmod 0 {folder}/hidden")
        self.refused("readable", f"{folder}/hidden", "--component", "system-storage")
        self.inside("system-app", f"chmod u+rwX {folder}/hidden; chmod 0 {folder}/hidden/file")
        self.refused("readable", f"{folder}/hidden/file", "--component", "system-storage")
        check = self.check(self.preview("--component", "system-storage", "--accept-unreadable", "system-storage"), "readable")
        self.assertEqual(check["state"], "warning", check)
        self.assertIn("put aside on its volume", check["remedy"])

    def test_what_cannot_be_looked_at_is_a_warning(self):
        self.addCleanup(self.lab.sandbox, "fault", "clear")
        self.lab.sandbox("fault", "add", "exit", "--verb", "exec", "--contains", "redis-cli", "--code", "1", "--stderr", "error: unable to upgrade connection", "--times", "0")
        found = self.preview("--component", "system-redis", "--accept-unreadable", "system-redis")
        check = self.check(found, "stores")
        self.assertEqual(check["state"], "warning", check)
        self.assertIn("could not be looked at", check["evidence"])
        for change in found["change"]:
            if change["kind"] == "keys":
                self.assertIsNone(change["now"])
                self.assertTrue(change["unreadable"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
