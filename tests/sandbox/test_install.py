"""The installations' manifests and data, the template, and the independent check. Run with /usr/bin/python3 -m unittest."""
import base64
import functools
import hashlib
import json
import os
import pathlib
import re
import stat
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import yaml

from install import DEFAULT_ROWS, installations
from install import mysql_data, redis_data, template, zync_data
from install.mysql_schema import TABLES

CATALOGUE = HERE.parents[1] / "resources" / "catalogue"
TEMPLATE, OPERATOR, MODERN = installations()
WORKLOADS = {"apicast-production", "apicast-staging", "backend-cron", "backend-listener", "backend-redis", "backend-worker", "system-app", "system-memcache",
             "system-mysql", "system-redis", "system-sidekiq", "system-sphinx", "zync", "zync-database", "zync-que"}
NAMESPACED_OBJECTS = {"template": 73, "operator": 81}


def named(installation, kind, name):
    found = [o for o in installation.objects() if o["kind"] == kind and o["metadata"]["name"] == name]
    assert len(found) == 1, (kind, name, len(found))
    return found[0]


def decoded(secret):
    return {k: base64.b64decode(v).decode() for k, v in secret["data"].items()}


def workloads(installation):
    return {o["metadata"]["name"]: o for o in installation.objects() if o["kind"] == installation.workload_kind and "operator" not in o["metadata"]["name"]}


class Template(unittest.TestCase):
    def test_file_is_what_the_script_writes(self):
        self.assertEqual(template.FILE.read_text(), template.text())

    def test_documented_parameters_exist(self):
        documented = """APP_LABEL TENANT_NAME SYSTEM_DATABASE_USER SYSTEM_DATABASE_PASSWORD SYSTEM_DATABASE SYSTEM_DATABASE_ROOT_PASSWORD WILDCARD_DOMAIN
            SYSTEM_BACKEND_USERNAME SYSTEM_BACKEND_PASSWORD SYSTEM_BACKEND_SHARED_SECRET SYSTEM_APP_SECRET_KEY_BASE ADMIN_PASSWORD ADMIN_USERNAME ADMIN_EMAIL
            ADMIN_ACCESS_TOKEN MASTER_NAME MASTER_USER MASTER_PASSWORD MASTER_ACCESS_TOKEN RECAPTCHA_PUBLIC_KEY RECAPTCHA_PRIVATE_KEY SYSTEM_REDIS_URL
            SYSTEM_MESSAGE_BUS_REDIS_URL SYSTEM_REDIS_NAMESPACE SYSTEM_MESSAGE_BUS_REDIS_NAMESPACE ZYNC_DATABASE_PASSWORD ZYNC_SECRET_KEY_BASE
            ZYNC_AUTHENTICATION_TOKEN APICAST_ACCESS_TOKEN APICAST_MANAGEMENT_API APICAST_OPENSSL_VERIFY APICAST_RESPONSE_CODES APICAST_REGISTRY_URL""".split()
        self.assertLessEqual(set(documented), {p["name"] for p in template.load()["parameters"]})

    def test_values_and_texts(self):
        self.assertEqual(template.substitute({"a": "${{N}}", "b": "x${N}y${UNKNOWN}", "c": [1]}, {"N": "false"}), {"a": False, "b": "xfalsey${UNKNOWN}", "c": [1]})

    def test_missing_and_unknown_parameters(self):
        with self.assertRaisesRegex(ValueError, "WILDCARD_DOMAIN"):
            template.process(template.load(), {})
        with self.assertRaisesRegex(ValueError, "NOPE"):
            template.process(template.load(), {**TEMPLATE.parameters(), "NOPE": "1"})


class Objects(unittest.TestCase):
    def test_fifteen_workloads(self):
        self.assertEqual(set(workloads(TEMPLATE)), WORKLOADS)
        self.assertEqual(set(workloads(OPERATOR)), WORKLOADS)
        self.assertEqual(set(workloads(MODERN)), WORKLOADS - {"system-sphinx"} | {"system-searchd"})

    def test_pods_are_selected(self):
        for installation, label in ((TEMPLATE, "deploymentConfig"), (OPERATOR, "deploymentConfig"), (MODERN, "deployment")):
            for name, obj in workloads(installation).items():
                selector = obj["spec"]["selector"]
                self.assertEqual(selector.get("matchLabels", selector), {label: name})
                self.assertEqual(obj["spec"]["template"]["metadata"]["labels"][label], name)
            for obj in installation.objects():
                if obj["kind"] == "Service":
                    self.assertIn(obj["spec"]["selector"][label], workloads(installation))

    def test_references_resolve(self):
        """Every Secret, ConfigMap, claim and account that a pod names is there, with its key."""
        for installation in installations():
            objects = {(o["kind"], o["metadata"]["name"]): o for o in installation.objects()}
            for obj in list(workloads(installation).values()) + installation.hook_jobs():
                spec = obj["spec"]["template"]["spec"]
                self.assertIn(("ServiceAccount", spec["serviceAccountName"]), objects)
                for volume in spec.get("volumes", []):
                    if "configMap" in volume:
                        self.assertIn(("ConfigMap", volume["configMap"]["name"]), objects)
                    if "persistentVolumeClaim" in volume:
                        self.assertIn(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]), objects)
                for container in spec["containers"] + spec.get("initContainers", []):
                    mounts = {m["name"] for m in container.get("volumeMounts", [])}
                    self.assertLessEqual(mounts, {v["name"] for v in spec.get("volumes", [])})
                    for variable in container.get("env", []):
                        source = variable.get("valueFrom", {})
                        for kind, field in (("Secret", "secretKeyRef"), ("ConfigMap", "configMapKeyRef")):
                            if field in source:
                                self.assertIn(source[field]["key"], objects[kind, source[field]["name"]]["data"], (obj["metadata"]["name"], variable))

    def test_traps_of_the_facts(self):
        for installation in installations():
            env = {e["name"]: e for e in workloads(installation)["system-mysql"]["spec"]["template"]["spec"]["containers"][0]["env"]}
            self.assertEqual(env["MYSQL_ROOT_PASSWORD"]["value"], installation.parameters()["SYSTEM_DATABASE_ROOT_PASSWORD"])
            volumes = workloads(installation)["zync-database"]["spec"]["template"]["spec"]["volumes"]
            self.assertEqual(volumes, [{"emptyDir": {}, "name": "zync-database-data"}])
            app = workloads(installation)["system-app"]["spec"]["template"]["spec"]["containers"]
            self.assertEqual([c["name"] for c in app], ["system-master", "system-provider", "system-developer"])
            self.assertEqual([c["volumeMounts"][0].get("readOnly", False) for c in app], [False, False, True])
        hook = workloads(TEMPLATE)["system-app"]["spec"]["strategy"]["rollingParams"]["pre"]["execNewPod"]["command"][2]
        self.assertIn(TEMPLATE.parameters()["MASTER_ACCESS_TOKEN"], hook)
        hook = workloads(OPERATOR)["system-app"]["spec"]["strategy"]["rollingParams"]["pre"]["execNewPod"]["command"][2]
        self.assertIn('"${MASTER_ACCESS_TOKEN}"', hook)

    def test_smtp_by_release(self):
        for installation in (TEMPLATE, OPERATOR):
            self.assertIn("password", named(installation, "ConfigMap", "smtp")["data"])
            self.assertFalse([o for o in installation.objects() if o["metadata"]["name"] == "system-smtp"])
        self.assertIn("password", named(MODERN, "Secret", "system-smtp")["data"])

    def test_redis_config(self):
        old, new = (named(i, "ConfigMap", "redis-config")["data"]["redis.conf"] for i in (TEMPLATE, MODERN))
        self.assertEqual(new, old + '\nrename-command REPLICAOF ""\nrename-command SLAVEOF ""\n')
        # Of the text of a real 2.7 cluster.
        self.assertEqual(hashlib.sha256(old.encode()).hexdigest(), "77135e14e0be1895974de91a5d52115a92a822d883a449f83adae2317107000a")

    def test_owners(self):
        owned = {o["kind"] for o in OPERATOR.objects() if any(r["kind"] == "APIManager" for r in o["metadata"].get("ownerReferences", []))}
        self.assertLessEqual({"Secret", "ConfigMap", "PersistentVolumeClaim", "DeploymentConfig"}, owned)
        owned = {o["kind"] for o in MODERN.objects() if any(r["kind"] == "APIManager" for r in o["metadata"].get("ownerReferences", []))}
        self.assertNotIn("Secret", owned)
        self.assertIn("PersistentVolumeClaim", owned)
        self.assertFalse([o for o in TEMPLATE.objects() if any(r["kind"] == "APIManager" for r in o["metadata"].get("ownerReferences", []))])

    def test_database_url(self):
        """Raw in the template's Secret, percent-encoded in the operator's: both must be read rightly."""
        password = TEMPLATE.parameters()["SYSTEM_DATABASE_ROOT_PASSWORD"]
        self.assertTrue(set(":@/%+ \"") <= set(password))
        self.assertEqual(decoded(named(TEMPLATE, "Secret", "system-database"))["URL"], f"mysql2://root:{password}@system-mysql/system")
        self.assertNotIn("@", decoded(named(OPERATOR, "Secret", "system-database"))["URL"].split("@system-mysql")[0].split("//root:")[1])

    def test_manager_names_its_secrets(self):
        text = json.dumps(named(MODERN, "APIManager", "apimanager")["spec"])
        for secret in re.findall(r'ecretRef": \{"name": "([^"]+)"', text) + ["threescale-registry-auth"]:
            named(MODERN, "Secret", secret)
        self.assertEqual(text.count("ecretRef"), 3)

    def test_every_workload_has_what_it_needs(self):
        self.assertEqual(len(TEMPLATE.objects()), NAMESPACED_OBJECTS["template"])
        self.assertEqual(len(OPERATOR.objects()), NAMESPACED_OBJECTS["operator"])
        for installation in installations():
            names = [(o["kind"], o["metadata"]["name"]) for o in installation.objects()]
            self.assertEqual(len(names), len(set(names)))
            self.assertEqual({o["metadata"]["namespace"] for o in installation.objects()}, {installation.namespace})

    def test_same_every_time(self):
        for installation in installations():
            first = installation.objects()
            first[0]["metadata"]["name"] = "changed by the caller"
            self.assertNotEqual(first, installation.objects())
            self.assertEqual(installation.objects(), installation.objects())

    def test_secret_values(self):
        for installation in installations():
            values = installation.secret_values()
            self.assertGreater(len(values), 30)
            self.assertGreaterEqual(min(map(len, values)), 16)
            everything = json.dumps([o for o in installation.objects()])
            for name in ("SYSTEM_DATABASE_ROOT_PASSWORD", "ADMIN_PASSWORD", "MASTER_PASSWORD", "ZYNC_DATABASE_PASSWORD", "APICAST_ACCESS_TOKEN"):
                self.assertIn(installation.parameters()[name], values)
            for public in (installation.domain, "redis://system-redis:6379/1", "apimanager"):
                self.assertIn(public, everything + base64.b64decode(named(installation, "Secret", "system-redis")["data"]["URL"]).decode() + "apimanager")
                self.assertNotIn(public, values)
        self.assertFalse(set(TEMPLATE.secret_values()) & set(OPERATOR.secret_values()))


class Catalogue(unittest.TestCase):
    """The catalogue and the installations say the same."""

    @staticmethod
    @functools.cache
    def catalogue(name):
        return yaml.safe_load((CATALOGUE / name).read_text())

    def test_components(self):
        for name, installation in (("2.7.yaml", TEMPLATE), ("2.7.yaml", OPERATOR), ("2.15.yaml", MODERN)):
            found = workloads(installation)
            for component in self.catalogue(name)["components"]:
                if component["engine"] == "objects" or component["id"] == "system-postgresql":
                    continue
                pod = found[component["workload"]]["spec"]["template"]["spec"]
                container = next(c for c in pod["containers"] if c["name"] == component["container"])
                environment = {e["name"] for e in container.get("env", [])}
                for field in ("database_env", "password_env", "owner_env"):
                    if field in component:
                        self.assertIn(component[field], environment)
                mounts = {m["mountPath"]: m for m in container["volumeMounts"]}
                mount = mounts[component["data_dir"]]
                self.assertFalse(mount.get("readOnly"))
                volume = next(v for v in pod["volumes"] if v["name"] == mount["name"])
                if "pvc" in component:
                    claim = named(installation, "PersistentVolumeClaim", component["pvc"]["name"])
                    self.assertEqual(volume["persistentVolumeClaim"]["claimName"], component["pvc"]["name"])
                    self.assertEqual(claim["spec"]["accessModes"], [component["pvc"]["access_mode"]])
                else:
                    self.assertIn("emptyDir", volume)
                for entry in component.get("configmaps", []):
                    named(installation, "ConfigMap", entry["name"])
                for writer in component["writers"]["admin"] + component["writers"]["api"]:
                    self.assertIn(writer, found)

    def test_workloads(self):
        for name, installation in (("2.7.yaml", OPERATOR), ("2.15.yaml", MODERN)):
            catalogue, found = self.catalogue(name), workloads(installation)
            entries = {w["name"]: w for w in catalogue["workloads"] if w["name"] != "system-postgresql"}
            self.assertEqual(set(entries), set(found))
            for workload, entry in entries.items():
                self.assertEqual([c["name"] for c in found[workload]["spec"]["template"]["spec"]["containers"]], entry["containers"])
            self.assertEqual(sum("replicas_field" in e for e in entries.values()), 9)
            self.assertEqual(sum(e["reverted_by_operator"] != "never" for e in entries.values()), 9)
            spec = named(installation, "APIManager", "apimanager")
            for entry in entries.values():
                if entry["reverted_by_operator"] == "always":
                    node = spec
                    for part in entry["replicas_field"].split("."):
                        node = node[part]
                    self.assertEqual(node, found[entry["name"]]["spec"]["replicas"])

    def test_required_objects_are_there(self):
        for name, installation in (("2.7.yaml", TEMPLATE), ("2.7.yaml", OPERATOR), ("2.15.yaml", MODERN)):
            for kind in self.catalogue(name)["kinds"]:
                for entry in kind.get("names", []):
                    if entry["required"]:
                        named(installation, kind["kind"], entry["name"])

    def test_every_object_has_a_rule(self):
        for name, installation in (("2.7.yaml", TEMPLATE), ("2.7.yaml", OPERATOR), ("2.15.yaml", MODERN)):
            kinds = {k["kind"]: k for k in self.catalogue(name)["kinds"]}
            for obj in installation.objects():
                if obj["apiVersion"].startswith("capabilities.") or obj["kind"] == "Deployment" and "operator" in obj["metadata"]["name"]:
                    continue
                kind = kinds[obj["kind"]]
                listed = any(pathlib.PurePath(obj["metadata"]["name"]).match(e["name"]) for e in kind.get("names", []))
                self.assertTrue(kind["others"] == "save" or listed, obj["metadata"]["name"])

    def test_ranges_follow_each_other(self):
        parse = lambda text: tuple(map(int, text.split(".")))
        ranges = sorted((parse(c["versions"]["min"]), parse(c["versions"].get("max", "9.9"))) for c in
                        (self.catalogue(p.name) for p in CATALOGUE.glob("2.*.yaml")))
        self.assertEqual(ranges[0][0], (2, 7))
        for before, after in zip(ranges, ranges[1:]):
            self.assertEqual((before[1][0], before[1][1] + 1), after[0])

    def test_ids_resolve(self):
        for path in CATALOGUE.glob("2.*.yaml"):
            catalogue = self.catalogue(path.name)
            components = {c["id"] for c in catalogue["components"]}
            kinds, names = {k["id"] for k in catalogue["kinds"]}, {w["name"] for w in catalogue["workloads"]}
            for component in catalogue["components"]:
                self.assertLessEqual(set(component.get("kinds", [])), kinds)
                self.assertIn(component.get("workload", "system-app"), names)
                for side in component.get("writers", {}).values():
                    self.assertLessEqual(set(side), names, path.name)
            for workload in catalogue["workloads"]:
                self.assertLessEqual(set(workload.get("restart_after", [])), components, path.name)
                self.assertLessEqual(set(workload.get("needs", [])), names, path.name)
            for task in catalogue["tasks"]:
                self.assertIn(task["workload"], names)
            self.assertLessEqual({*catalogue["hooks"]["needs"], catalogue["hooks"]["workload"]}, names)

    def test_detection_finds_the_sandbox(self):
        """A plain reading of the rules, to see that they say what they should about the three installations."""
        rules = self.catalogue("detection.yaml")
        plural = {"apimanagers.apps.3scale.net": "APIManager", "configmaps": "ConfigMap", "imagestreams.image.openshift.io": "ImageStream", "secrets": "Secret",
                  "deployments.apps": "Deployment", "deploymentconfigs.apps.openshift.io": "DeploymentConfig"}

        def values(node, path):
            if not path:
                return [node]
            if path[0] == "*":
                return [v for item in node for v in values(item, path[1:])]
            return values(node[path[0]], path[1:]) if path[0] in node else []

        def results(rule, installation):
            for obj in installation.objects():
                if obj["kind"] != plural[rule["resource"]] or not pathlib.PurePath(obj["metadata"]["name"]).match(rule["name"]):
                    continue
                if "value" not in rule:
                    yield rule["result"]
                    continue
                path = [a or b or "*" for a, b, _ in re.findall(r'\["([^"]+)"\]|([A-Za-z0-9_]+)|(\[\*\])', rule["value"])]
                for value in values(obj, path):
                    found = re.search(rule["pattern"], value)
                    if found:
                        yield rule.get("result") or found[1]

        for installation in installations():
            for what, expected in (("version", installation.version), ("flavour", installation.flavour), ("workload_kind", installation.workload_kind), ("present", "yes")):
                first = next(r for rule in rules[what] for r in results(rule, installation))
                self.assertEqual(first, expected, what)
            versions = {r for rule in rules["version"] for r in results(rule, installation)}
            self.assertEqual(versions, {installation.version})


class Data(unittest.TestCase):
    def test_same_every_time_and_growing(self):
        for name in ("seed_mysql", "seed_zync"):
            one, two, big = (b"".join(getattr(TEMPLATE, name)(rows)) for rows in (100, 100, 400))
            self.assertEqual(one, two)
            self.assertGreater(len(big), 2 * len(one))
            self.assertNotEqual(one, b"".join(getattr(OPERATOR, name)(100)))

    def test_streaming(self):
        """Chunks stay small whatever the size, so that gigabytes need no memory."""
        for chunks in (TEMPLATE.seed_mysql(3000), TEMPLATE.seed_zync(3000), TEMPLATE.seed_redis("backend-redis", 1000)):
            self.assertLess(max(map(len, chunks)), 1 << 20)

    def test_rows_fit_their_tables(self):
        rows = mysql_data.Rows(TEMPLATE, 60)
        for table, (columns, _) in TABLES.items():
            count = len(re.findall(r"(?:^|,)\s*`", columns)) - len(re.findall(r"\(`[^)]*,`", columns))
            for row in getattr(rows, table)():
                self.assertEqual(len(row), count, table)
                break

    def test_literals(self):
        self.assertEqual(mysql_data.literal("a'b\\c\0\n\x1a"), "'a\\'b\\\\c\\0\\n\\Z'")
        self.assertEqual([mysql_data.literal(v) for v in (None, True, 7, b"\x00'", b"")], ["NULL", "1", "7", "0x0027", "''"])
        self.assertEqual([zync_data.cell(v) for v in (None, False, "a\tb\\", {"k": "\0"})], ["\\N", "f", "a\\tb\\\\", '{"k": ""}'])
        self.assertEqual(redis_data.command("SET", b"\x00", 1), b"*3\r\n$3\r\nSET\r\n$1\r\n\x00\r\n$1\r\n1\r\n")

    def test_unknown_redis(self):
        with self.assertRaises(ValueError):
            next(iter(TEMPLATE.seed_redis("other-redis", 1)))

    def test_storage(self):
        with tempfile.TemporaryDirectory() as directory:
            TEMPLATE.seed_storage(directory)
            TEMPLATE.seed_storage(directory)
            odd = os.path.join(os.fsencode(directory), b"odd")
            for name in (b"new\nline", b"-leading-dash", b"non-utf8-\xff\xfe\x80", b"empty", b".hidden", b"c" * 255):
                self.assertTrue(os.path.exists(os.path.join(odd, name)), name)
            sparse = os.stat(os.path.join(odd, b"sparse.img"))
            self.assertLess(sparse.st_blocks * 512, sparse.st_size // 4)
            self.assertEqual(os.readlink(os.path.join(odd, b"link-dangling")), b"does/not/exist")
            self.assertEqual(os.stat(os.path.join(odd, b"hard-link")).st_nlink, 2)
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(odd, b"mode-0400")).st_mode), 0o400)
            self.assertEqual(os.listdir(os.path.join(odd, b"empty directory")), [])
            longest = max(len(os.path.join(base, name)) - len(os.fsencode(directory)) for base, _, names in os.walk(os.fsencode(directory)) for name in names)
            self.assertGreater(longest, 255)
            for base, folders, _ in os.walk(os.fsencode(directory)):
                for name in folders:
                    if not os.path.islink(os.path.join(base, name)):
                        os.chmod(os.path.join(base, name), 0o755)


if __name__ == "__main__":
    unittest.main()
