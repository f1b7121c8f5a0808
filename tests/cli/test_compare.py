"""Comparing two bundles, and a bundle with the namespace, after known edits of every kind. SCALEKEEP_CLI names the program."""
import base64
import json
import pathlib
import stat
import unittest

from lab import Lab, said

TARGET = "north/threescale"
FILES = "/opt/system/public/system"
NEW_SECRET = "rotated-by-the-test-4711"
EDITS = {
    "system-mysql/table/accounts": ("changed", 0, 0, 2),
    "system-mysql/table/settings": ("changed", 2, 0, 0),
    "system-mysql/table/log_entries": ("changed", 0, 3, 0),
    "system-mysql/trigger/users_tenant_id": ("changed", 0, 0, 1),
    "backend-redis/0/string/compare:*": ("changed", 0, 0, 1),
    "system-storage/compare/edit.txt": ("changed", 0, 0, 1),
    "system-storage/compare/gone.txt": ("removed", 0, 1, 0),
    "system-storage/compare/fresh.txt": ("added", 1, 0, 0),
    "system-storage/compare/moved/new.txt": ("changed", 0, 0, 1),
    "secrets/Secret/system-recaptcha/data.PRIVATE_KEY": ("changed", 0, 0, 1),
    "configmaps/ConfigMap/system-environment/data.RAILS_LOG_LEVEL": ("changed", 0, 0, 1),
}


class Compare(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=50)
        cls.redis("SET compare:old 1", "SET compare:kept 1")
        cls.storage("mkdir -p compare; echo moved >compare/old.txt; printf 'one\\ntwo\\nthree\\n' >compare/edit.txt; echo gone >compare/gone.txt")
        cls.a = cls.lab.backup(TARGET, name="a")
        # Written again with what it has: another resourceVersion, nothing else.
        cls.patch("configmap", "system-environment", {"data": {"MARK": "x"}})
        cls.patch("configmap", "system-environment", {"data": {"MARK": None}})
        cls.same = cls.lab.backup(TARGET, name="same")
        cls.edit()
        cls.b = cls.lab.backup(TARGET, name="b")

    @classmethod
    def inside(cls, workload, script):
        pods = json.loads(cls.lab.oc("north", "-n", "threescale", "get", "pods", "-l", f"deploymentConfig={workload}", "-o", "json").stdout)["items"]
        pod = next(p for p in pods if p["status"]["phase"] == "Running" and "deletionTimestamp" not in p["metadata"])
        done = cls.lab.oc("north", "-n", "threescale", "exec", pod["metadata"]["name"], "-c", pod["spec"]["containers"][0]["name"], "--", "bash", "-ec", script)
        assert done.returncode == 0, said(done)
        return done.stdout

    @classmethod
    def redis(cls, *commands):
        cls.inside("backend-redis", "; ".join(f"redis-cli {command}" for command in commands))

    @classmethod
    def storage(cls, script):
        cls.inside("system-app", f"cd {FILES}; {script}")

    @classmethod
    def patch(cls, kind, name, change):
        done = cls.lab.oc("north", "-n", "threescale", "patch", kind, name, "--type=merge", "-p", json.dumps(change))
        assert done.returncode == 0, said(done)

    @classmethod
    def edit(cls):
        sql = ("UPDATE accounts SET org_name = CONCAT(org_name, ' (edited)') ORDER BY id LIMIT 2; "
               "INSERT INTO settings (account_id, \\`key\\`, value) VALUES (1, 'compare', 'one'), (2, 'compare', NULL); "
               "DELETE FROM log_entries ORDER BY id LIMIT 3; DROP TRIGGER users_tenant_id; "
               "CREATE TRIGGER users_tenant_id BEFORE INSERT ON users FOR EACH ROW SET NEW.tenant_id = 1")
        cls.inside("system-mysql", f'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h127.0.0.1 -uroot system -e "{sql}"')
        cls.redis("DEL compare:old", "SET compare:new 5", "INCR compare:kept")
        cls.storage("mkdir compare/moved; mv compare/old.txt compare/moved/new.txt; printf 'one\\nTWO\\nthree\\n' >compare/edit.txt; rm compare/gone.txt; echo fresh >compare/fresh.txt")
        cls.patch("secret", "system-recaptcha", {"data": {"PRIVATE_KEY": base64.b64encode(NEW_SECRET.encode()).decode()}})
        cls.patch("configmap", "system-environment", {"data": {"RAILS_LOG_LEVEL": "debug"}})

    def compare(self, a, b, *arguments):
        done = self.lab.cli("compare", a, b, *arguments, "--json")
        self.assertEqual(done.returncode, 0, said(done))
        return [json.loads(line) for line in done.stdout.splitlines()]

    def differences(self, lines):
        return {line["path"]: (line["state"], line["added"], line["removed"], line["changed"]) for line in lines if line["type"] == "difference"}

    def detail(self, path, a=None, b=None):
        return next(line for line in self.compare(a or self.a, b or self.b, "--detail", path) if line["type"] == "detail")

    def rows(self, detail):
        """(state, what A has, what B has) of each differing row."""
        def values(cells):
            return [cell.get("text", "•••" if cell.get("masked") else None) for cell in cells] if cells else None
        return [(row["state"], values(row.get("a")), values(row.get("b"))) for row in detail["rows"]]

    def test_unedited_backups_are_equal(self):
        lines = self.compare(self.a, self.same)
        self.assertEqual(self.differences(lines), {})
        self.assertTrue(lines[0]["equal"])
        done = self.lab.cli("compare", self.a, self.same)
        self.assertIn("Equal: no difference but what the", done.stdout)

    def test_names_exactly_the_edits(self):
        lines = self.compare(self.a, self.b)
        self.assertEqual(self.differences(lines), EDITS)
        self.assertFalse(lines[0]["equal"])
        self.assertEqual(next(line for line in lines if line.get("renamedFrom"))["renamedFrom"], "compare/old.txt")
        # The other way round what was added was removed.
        back = self.differences(self.compare(self.b, self.a, "--component", "system-storage"))
        self.assertEqual(back["system-storage/compare/fresh.txt"], ("removed", 0, 1, 0))

    def test_rows(self):
        changed = self.rows(self.detail("system-mysql/table/accounts"))
        self.assertEqual([state for state, _, _ in changed], ["changed", "changed"])
        for _, a, b in changed:
            self.assertEqual([(left, right) for left, right in zip(a, b) if left != right], [(a[1], a[1] + " (edited)")])
        added = self.rows(self.detail("system-mysql/table/settings"))
        self.assertEqual([(state, a, b[3]) for state, a, b in added], [("added", None, "one"), ("added", None, None)])
        self.assertEqual([state for state, _, _ in self.rows(self.detail("system-mysql/table/log_entries"))], ["removed"] * 3)
        done = self.lab.cli("compare", self.a, self.b, "--rows", "accounts")
        self.assertRegex(done.stdout, r"B ~ .*\(edited\)")

    def test_trigger(self):
        self.assertIn("SET NEW.tenant_id = 1", json.dumps(self.detail("system-mysql/trigger/users_tenant_id")))

    def test_redis(self):
        self.assertEqual(self.rows(self.detail("backend-redis/0/string/compare:*")), [
            ("changed", ["compare:kept", "1", "never"], ["compare:kept", "2", "never"]),
            ("added", None, ["compare:new", "5", "never"]),
            ("removed", ["compare:old", "1", "never"], None)])

    def test_file(self):
        lines = [line for hunk in self.detail("system-storage/compare/edit.txt")["hunks"] for line in hunk if line["state"] != "equal"]
        self.assertEqual([(line["a"], line["b"]) for line in lines], [("two", "TWO")])

    def test_configmap(self):
        lines = [line for hunk in self.detail("configmaps/ConfigMap/system-environment")["hunks"] for line in hunk if line["state"] != "equal"]
        self.assertEqual([line["b"] for line in lines], ["  RAILS_LOG_LEVEL: debug"])

    def test_secret(self):
        keys = self.detail("secrets/Secret/system-recaptcha")["keys"]
        self.assertEqual([key["name"] for key in keys if key["state"] != "equal"], ["PRIVATE_KEY"])

    def test_live_namespace(self):
        self.assertEqual(self.differences(self.compare(self.a, TARGET)), EDITS)
        lines = self.compare(self.b, TARGET)
        self.assertEqual((self.differences(lines), lines[0]["equal"]), ({}, True))
        # Rows out of the running database; and nothing is left where it was read.
        self.assertEqual(len(self.rows(self.detail("system-mysql/table/accounts", b=TARGET))), 2)
        for store in ("backend-redis", "system-redis"):
            self.assertNotIn("scalekeep", self.inside(store, "ls /var/lib/redis/data"))
        self.assertEqual(list(self.lab.state.glob("tmp-*")), [])
        self.assertEqual([p for p in (self.lab.state / "runs").glob("*") if "compare" in p.name], [])

    def test_exports(self):
        html, exported, rules = (self.lab.folder / name for name in ("c.html", "c.json", "rules.json"))
        done = self.lab.cli("compare", self.a, self.b, "--html", html, "--json-file", exported, "--rules-to", rules, "--all", "--rows", "accounts", "--detail", "secrets/Secret/system-recaptcha")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual({stat.S_IMODE(path.stat().st_mode) for path in (html, exported, rules)}, {0o600})
        tree = json.loads(exported.read_text())
        self.assertEqual((tree["format"], tree["equal"]), ("scalekeep-comparison", False))
        page = html.read_text()
        self.assertIn("(edited)", page)
        self.assertNotIn("<script", page)
        for text in (page, exported.read_text(), *self.lab.outputs):
            for value in [*self.lab.secret_values(TARGET), NEW_SECRET]:
                for form in (value, base64.b64encode(value.encode()).decode()):
                    self.assertFalse(form in text, "a secret value is shown")

    def test_rules(self):
        """A rule of the user's own takes the edited files for noise."""
        path = self.lab.folder / "own.json"
        path.write_text(json.dumps({"format": "scalekeep-noise-rules", "version": 1, "rules": [{"id": "mine", "title": "Files of the test", "kind": "file", "name": "compare/*"}]}))
        lines = self.compare(self.a, self.b, "--rules", path, "--component", "system-storage")
        self.assertEqual((self.differences(lines), lines[0]["equal"]), ({}, True))
        self.assertTrue(any(line.get("noise") for line in self.compare(self.a, self.b, "--rules", path, "--all", "--component", "system-storage")))
        kept = self.lab.state / "compare-rules.json"  # where the window keeps its own
        kept.write_text(path.read_text())
        try:
            lines = self.compare(self.a, self.b, "--component", "system-storage")
            self.assertEqual((self.differences(lines), lines[0]["equal"]), ({}, True))
        finally:
            kept.unlink()
        path.write_text('{"format": "scalekeep-noise-rules", "version": 1, "rules": [{"id": "all"}]}')
        done = self.lab.cli("compare", self.a, self.b, "--rules", path)
        self.assertEqual(done.returncode, 2, said(done))
        self.assertIn("names neither", done.stderr)

    def test_mistakes(self):
        for arguments, code in (((self.a, self.b, "--component", "nonsense"), 1), ((self.a, self.b, "--detail", "nonsense"), 1), ((self.a, self.b, "--rows", "nonsense"), 1),
                                ((self.a,), 1), ((self.a, "nonsense"), 1), ((self.a, pathlib.Path("/none.scalekeep.tar")), 2)):
            with self.subTest(arguments[1:]):
                done = self.lab.cli("compare", *arguments)
                self.assertEqual(done.returncode, code, said(done))


if __name__ == "__main__":
    unittest.main(verbosity=2)
