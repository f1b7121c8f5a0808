"""The independent check against a stand-in for oc, a real Redis and real files. Run with /usr/bin/python3 -m unittest."""
import base64
import contextlib
import io
import json
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import independent_check
from install import installations

TEMPLATE = installations()[0]

FAKE_OC = """#!/usr/bin/python3
import json, os, sys
state = json.load(open(os.environ["FAKE_STATE"]))
args = sys.argv[3:]
if args[0] == "get" and args[1] == "pods":
    pod = {"metadata": {"name": args[3].split("=")[1] + "-1-abcde"}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}
    print(json.dumps({"items": [pod] if args[3].startswith("deploymentConfig") else []}))
elif args[0] == "get":
    if args[1] not in state["objects"]:
        sys.exit('error: the server doesn\\'t have a resource type "%s"' % args[1])
    print(json.dumps({"items": state["objects"][args[1]]}))
else:
    os.environ["PATH"] = state["tools"] + ":" + os.environ["PATH"]
    argv = args[args.index("--") + 1:]
    argv[2] = argv[2].replace(state["cut"], "exit 0") if state["cut"] else argv[2]
    argv = [state["storage"] if a == "/opt/system/public/system" else a for a in argv]
    os.environ["REDIS_SOCKET"] = state["sockets"].get(args[1].removesuffix("-1-abcde"), "")
    os.execvp(argv[0], argv)
"""


class IndependentCheck(unittest.TestCase):
    """With a real Redis and real files; the dumps of the databases are texts here, the sandbox has the real ones."""

    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        tools, storage = self.home / "tools", self.home / "storage"
        tools.mkdir()
        storage.mkdir()
        TEMPLATE.seed_storage(storage)
        sockets = {}
        for name in ("backend-redis", "system-redis"):
            sockets[name] = str(self.home / f"{name}.sock")
            server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", sockets[name], "--dir", str(self.home), "--save", ""],
                                      stdout=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.terminate)
        for name, path in sockets.items():
            for _ in range(100):
                with socket.socket(socket.AF_UNIX) as probe:
                    if probe.connect_ex(path) == 0:
                        break
                time.sleep(0.05)
            subprocess.run(["redis-cli", "-s", path, "--pipe"], input=b"".join(TEMPLATE.seed_redis(name, 40)), check=True, stdout=subprocess.DEVNULL)
        self.tool(tools / "redis-cli", 'exec /usr/bin/redis-cli -s "$REDIS_SOCKET" "$@"')
        self.tool(tools / "mysqldump", f"cat {self.home}/mysql.sql")
        self.tool(tools / "pg_dump", f"cat {self.home}/zync.sql")
        self.tool(self.home / "oc", FAKE_OC, whole=True)
        (self.home / "mysql.sql").write_text("CREATE TABLE `a` (\n  `x` int\n) ENGINE=InnoDB;\nINSERT INTO `a` VALUES (2);\nINSERT INTO `a` VALUES (1);\n"
                                             "CREATE TABLE `b` (\n  PRIMARY KEY (`x`)\n);\nINSERT INTO `b` VALUES (1);\nINSERT INTO `b` VALUES (2);\n-- Dump completed\n")
        (self.home / "zync.sql").write_text("\\restrict abc\nCOPY public.t (a) FROM stdin;\n1\n2\n\\.\n")
        plural = {"Secret": "secrets", "ConfigMap": "configmaps", "Route": "routes", "DeploymentConfig": "deploymentconfigs"}
        objects = {}
        for obj in TEMPLATE.objects():
            if obj["kind"] in plural:
                objects.setdefault(plural[obj["kind"]], []).append(obj)
        self.state = {"objects": objects, "tools": str(tools), "storage": str(storage), "sockets": sockets, "cut": ""}
        self.socket, self.storage = sockets["backend-redis"], storage
        self.assertEqual(self.capture("first").returncode, 0)

    def tool(self, path, text, whole=False):
        path.write_text(text if whole else f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def check(self, *args):
        (self.home / "state.json").write_text(json.dumps(self.state))
        return subprocess.run([str(HERE / "independent_check.py"), "--oc", str(self.home / "oc"), *args], capture_output=True, text=True,
                              env={**os.environ, "FAKE_STATE": str(self.home / "state.json")})

    def capture(self, name):
        return self.check("capture", "threescale", str(self.home / name))

    def compare(self, expected, text=""):
        captured = self.capture("second")
        self.assertEqual(captured.returncode, 0, captured.stderr)
        done = self.check("compare", str(self.home / "first"), str(self.home / "second"))
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        self.assertIn(text, done.stdout)
        return done.stdout

    def redis(self, *args):
        subprocess.run(["redis-cli", "-s", self.socket, *args], check=True, stdout=subprocess.DEVNULL)

    def test_equal(self):
        self.redis("set", "liveness-probe", "now")
        self.state["objects"]["secrets"][0]["metadata"].update(resourceVersion="7", uid="u", managedFields=[])
        self.state["objects"]["configmaps"].append({"kind": "ConfigMap", "metadata": {"name": "a-lock", "ownerReferences": [{"kind": "Pod", "name": "p"}]}})
        text = (self.home / "mysql.sql").read_text()
        (self.home / "mysql.sql").write_text(text.replace("VALUES (2);\nINSERT INTO `a` VALUES (1)", "VALUES (1);\nINSERT INTO `a` VALUES (2)"))
        (self.home / "zync.sql").write_text("\\restrict xyz\nCOPY public.t (a) FROM stdin;\n2\n1\n\\.\n")
        self.compare(0, "equal")
        self.assertEqual(stat.S_IMODE((self.home / "first").stat().st_mode), 0o700)

    def test_no_secret_in_the_capture(self):
        text = "".join((self.home / "first" / n).read_text() for n in ("objects.json", "unreadable.json"))
        for value in TEMPLATE.secret_values():
            for form in (value, base64.b64encode(value.encode()).decode()):
                self.assertNotIn(form, text)

    def test_rows(self):
        text = (self.home / "mysql.sql").read_text()
        (self.home / "mysql.sql").write_text(text.replace("`b` VALUES (2)", "`b` VALUES (3)"))
        (self.home / "zync.sql").write_text("COPY public.t (a) FROM stdin;\n1\n\\.\n")
        output = self.compare(1, "mysql.txt: different")
        self.assertIn("zync.txt: different", output)

    def test_keys(self):
        for change in (("hset", "hash:listpack", "field", "other"), ("set", "new", "1"), ("-n", "1", "lpop", "resque:queue:main"),
                       ("persist", "session:far:1"), ("xgroup", "setid", "stream:events", "workers", "0")):
            self.redis(*change)
        output = self.compare(1)
        for text in ("key b'hash:listpack' has another type or value", "key b'new' only in the second", "database 1 key b'resque:queue:main' has another",
                     "key b'session:far:1' expires at", "key b'stream:events' has another", "different: 5 differences"):
            self.assertIn(text, output)

    def test_expired_keys_are_no_difference(self):
        """A key whose time came before the later capture may be missing, one that lives on may not."""
        key = {"0:" + name.encode().hex(): ["string", expires, "d"] for name, expires in (("gone", 1500), ("lives", 9000), ("for ever", -1))}
        for name, time_of, keys in (("first", 1000, key), ("second", 2000, {})):
            (self.home / name / "r.json").parent.mkdir(exist_ok=True)
            (self.home / name / "r.json").write_text(json.dumps({"time": time_of, "keys": keys}))
        output, report = io.StringIO(), independent_check.Report()
        with contextlib.redirect_stdout(output):
            independent_check.compare_redis(report, self.home / "first", self.home / "second", "r.json")
        self.assertEqual(report.differences, 2)
        self.assertIn("note      r.json: database 0 key b'gone' has expired meanwhile", output.getvalue())

    def test_files(self):
        odd = os.path.join(os.fsencode(self.storage), b"odd")
        os.chmod(os.path.join(odd, b"mode-0600"), 0o644)
        self.compare(0, "has mode")
        with open(os.path.join(odd, b"new\nline"), "ab") as file:
            file.write(b"!")
        os.unlink(os.path.join(odd, b"link-dangling"))
        output = self.compare(1, "new\\nline")
        self.assertIn("link-dangling' only in the first", output)

    def test_objects(self):
        route = next(r for r in self.state["objects"]["routes"] if "key" in r["spec"]["tls"])
        route["spec"]["tls"]["key"] += "x"
        removed = self.state["objects"]["secrets"].pop()
        output = self.compare(1, "spec.tls.key")
        self.assertNotIn("PRIVATE KEY", output)
        self.assertIn(removed["metadata"]["name"] + " only in the first", output)

    def test_cut_stream_is_an_error(self):
        self.state["cut"] = "redis-cli info keyspace"
        done = self.capture("second")
        self.assertEqual(done.returncode, 2)
        self.assertIn("reading backend-redis failed", done.stderr)


if __name__ == "__main__":
    unittest.main()
