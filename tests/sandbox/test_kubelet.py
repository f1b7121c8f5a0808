"""The kubelet and its containers: real bubblewrap, MariaDB, PostgreSQL and Redis, without API server and controllers.

    /usr/bin/python3 -m unittest tests/sandbox/test_kubelet.py
"""
import base64
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from server.errors import ApiError
from server.kubelet import Kubelets
from server.kubelet.container import expand
from server.kubelet.images import image_of
from server.store import Store

NS = "lab"
REDIS = "registry.example/rhscl/redis-32-rhel7:3.2"
MYSQL = "registry.example/rhscl/mysql-57-rhel7@sha256:0"
PASSWORD = """p:@/%+'"\\ $x `y"""


def pod(name, image, command=None, env=(), volumes=(), mounts=(), init=(), policy="Always", probe=None, **labels):
    container = {"name": "c", "image": image, "env": list(env), "volumeMounts": list(mounts)}
    if command:
        container["command"] = command
    if probe:
        container["readinessProbe"] = probe
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NS, "labels": labels},
            "spec": {"nodeName": "sandbox-node", "restartPolicy": policy, "containers": [container], "initContainers": list(init),
                     "volumes": list(volumes)}, "status": {"phase": "Pending"}}


def shell(script):
    return ["sh", "-c", script]


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="kubelet-"))
        cls.store = Store(cls.home / "objects")
        cls.kubelets = Kubelets(cls.home, {"north": cls.store})
        cls.kubelet = cls.kubelets.of["north"]
        cls.kubelets.start()

    @classmethod
    def tearDownClass(cls):
        cls.kubelets.close()
        shutil.rmtree(cls.home)

    def create(self, obj):
        made = self.store.create(obj)
        if obj["kind"] == "Pod":
            self.addCleanup(self.remove, obj["metadata"]["name"])
        return made

    def remove(self, name):
        with contextlib.suppress(ApiError):
            self.store.delete("pods", NS, name, grace=0)
        self.until(lambda: self.store.find("pods", NS, name) is None)

    def until(self, condition, seconds=20):
        limit = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > limit:
                self.fail(f"not within {seconds} s; pods: {json.dumps([p['status'] for p in self.store.list('pods')])}")
            time.sleep(0.02)
        return found

    def ready(self, name):
        return self.until(lambda: next((c for c in self.store.get("pods", NS, name)["status"].get("conditions", [])
                                        if c["type"] == "Ready" and c["status"] == "True"), None))

    def exec(self, name, *argv, stdin=b"", container="c"):
        """(exit code or error text, output, errors)"""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            with self.start_exec(name, argv, given, out, err, container=container) as client:
                answer = json.loads(client.makefile("rb").readline())
            out.seek(0)
            err.seek(0)
            return answer.get("error") or answer["exitCode"], out.read(), err.read()

    def start_exec(self, name, argv, *files, container="c"):
        path, ticket = self.kubelet.exec_ticket(NS, name, container, list(argv), True)
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        socket.send_fds(client, [json.dumps({"ticket": ticket}).encode() + b"\n"], [f.fileno() for f in files])
        return client

    def status(self, name, kind="containerStatuses"):
        return self.store.get("pods", NS, name)["status"][kind][0]


class TakenUp(Cluster):
    """Pods whose namespace was held, as snapshots do it."""

    def setUp(self):
        self.create(pod("kept", REDIS, ["sleep", "infinity"]))
        self.ready("kept")

    def test_a_directory_that_goes_while_hosts_are_written_stops_no_pod(self):
        def gone(_):
            raise FileNotFoundError("as scandir says it")
        kept = self.kubelet._find_pod(NS, "kept")
        there, kept.directory = kept.directory, type("Gone", (), {"glob": staticmethod(gone)})()
        self.addCleanup(setattr, kept, "directory", there)
        self.kubelet._events.put(("names", "MODIFIED", self.store.get("pods", NS, "kept")))
        self.kubelet.settle()
        kept.directory = there
        self.create(pod("after", REDIS, ["sleep", "infinity"]))
        self.ready("after")

    def test_one_that_ends_late_runs_again(self):
        ended = self.kubelet.pod_ended

        def late(*args, **kwargs):
            time.sleep(2)
            ended(*args, **kwargs)
        self.kubelet.pod_ended = late
        self.addCleanup(delattr, self.kubelet, "pod_ended")
        running = self.kubelet._find_pod(NS, "kept")
        join, running.thread.join = running.thread.join, lambda *_: None
        self.kubelet.stop_pods(NS, 0)
        self.kubelet.take_up(NS)
        join()
        self.until(lambda: self.store.get("pods", NS, "kept")["status"]["phase"] == "Running", 10)


class Exec(Cluster):
    def setUp(self):
        self.create(pod("tool", REDIS, ["sleep", "infinity"]))
        self.ready("tool")

    def test_streams_codes_and_arguments_are_exact(self):
        data = os.urandom(3_000_000)
        self.assertEqual(self.exec("tool", "cat", stdin=data), (0, data, b""))
        self.assertEqual(self.exec("tool", *shell("echo out; echo err >&2; exit 42")), (42, b"out\n", b"err\n"))
        self.assertEqual(self.exec("tool", "printf", "%s|", "a b", "", "c'\"d\n$x"), (0, b"a b||c'\"d\n$x|", b""))
        self.assertEqual(self.exec("tool", *shell("kill -9 $$"))[0], 137)

    def test_what_cannot_start_is_said_as_the_runtime_says_it(self):
        error, out, _ = self.exec("tool", "no-such-binary", "-x")
        self.assertIn('unable to start container process: exec: "no-such-binary": executable file not found in $PATH: unknown', error)
        self.assertIn("argument list too long", self.exec("tool", "true", *["x" * 100_000] * 30)[0])
        with self.assertRaises(ApiError) as refused:
            self.kubelet.exec_ticket(NS, "tool", "nope", ["id"], False)
        self.assertEqual(refused.exception.message, 'unable to upgrade connection: container not found ("nope")')

    def test_a_ticket_is_good_for_one_use_and_a_wrong_one_for_none(self):
        path, ticket = self.kubelet.exec_ticket(NS, "tool", "c", ["true"], False)
        with open(os.devnull, "r+b") as null:
            for sent in (ticket, ticket, "0" * 32):
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(path)
                    socket.send_fds(client, [json.dumps({"ticket": sent}).encode() + b"\n"], [null.fileno()] * 3)
                    answers = client.makefile("rb").readline()
                    self.assertEqual(answers, b'{"exitCode": 0}\n' if sent == ticket and not hasattr(self, "used") else b"")
                    self.used = True

    def test_the_process_lives_on_when_the_client_goes(self):
        with open(os.devnull, "r+b") as null:
            self.start_exec("tool", shell("sleep 0.4; echo done > /tmp/late"), null, null, null).close()
        self.until(lambda: self.exec("tool", "cat", "/tmp/late")[1] == b"done\n")

    def test_user_name_root_and_processes_are_the_containers_own(self):
        self.assertEqual(self.exec("tool", *shell("id -u; id -g; whoami; hostname; echo $HOME"))[1], b"1001\n0\nredis\ntool\n/var/lib/redis\n")
        self.assertIn(b"Read-only file system", self.exec("tool", *shell("touch /x"))[2])
        self.assertIn(b"Read-only file system", self.exec("tool", *shell("touch /etc/x /usr/x"))[2])
        self.assertEqual(self.exec("tool", *shell("touch $HOME/x /tmp/x /run/x"))[0], 0)
        first, count = self.exec("tool", *shell("cat /proc/1/comm; ls -d /proc/[0-9]* | wc -l"))[1].split()
        # The container's own and no other; of the pipe's two, one may not be there yet.
        self.assertEqual(first, b"python3")
        self.assertIn(count, (b"4", b"5"))

    def test_hidden_tools_are_gone_at_once_and_come_back(self):
        self.kubelet.faults.hide(NS, "tool", ["gzip", "sha256sum"])
        self.assertEqual(self.exec("tool", *shell("command -v gzip; command -v sha256sum; command -v tar"))[1], b"/run/tools/tar\n")
        self.assertEqual(self.exec("tool", *shell("gzip --version"))[0], 127)
        self.kubelet.faults.hide(NS, "tool", ["tar"])
        self.assertEqual(self.exec("tool", *shell("command -v tar; command -v gzip"))[1], b"/run/tools/gzip\n")
        self.kubelet.faults.clear(NS)
        self.assertEqual(self.exec("tool", *shell("command -v tar"))[1], b"/usr/bin/tar\n")


class Life(Cluster):
    def test_deletion_asks_first_and_then_ends_everything(self):
        note = self.home / "note"
        note.mkdir()
        self.store.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "note", "namespace": NS}, "spec": {}, "status": {"phase": "Bound"}})
        volume = [{"name": "v", "persistentVolumeClaim": {"claimName": "note"}}]
        script = 'trap "echo asked > /v/asked; exit 3" TERM; touch /tmp/on; while :; do sleep 0.1; done'
        self.create(pod("polite", REDIS, shell(script), volumes=volume, mounts=[{"name": "v", "mountPath": "/v"}]))
        self.ready("polite")
        self.until(lambda: self.exec("polite", "test", "-e", "/tmp/on")[0] == 0)
        with open(os.devnull, "r+b") as null, self.start_exec("polite", ["sleep", "60"], null, null, null) as client:
            time.sleep(0.3)
            self.store.delete("pods", NS, "polite")
            self.assertEqual(json.loads(client.makefile("rb").readline())["exitCode"], 137)
        self.until(lambda: self.store.find("pods", NS, "polite") is None)
        self.assertEqual((self.kubelet.claim_directory(NS, "note") / "asked").read_text(), "asked\n")

    def test_one_that_does_not_listen_is_killed_after_its_grace_period(self):
        self.create(pod("stubborn", REDIS, shell('trap "" TERM; touch /tmp/deaf; while :; do sleep 0.1; done')))
        self.ready("stubborn")
        self.until(lambda: self.exec("stubborn", "test", "-e", "/tmp/deaf")[0] == 0)
        begin = time.monotonic()
        self.store.delete("pods", NS, "stubborn", grace=1)
        self.assertIsNotNone(self.store.get("pods", NS, "stubborn")["metadata"]["deletionTimestamp"])
        self.until(lambda: self.store.find("pods", NS, "stubborn") is None)
        self.assertTrue(1 <= time.monotonic() - begin < 8)

    def test_a_container_that_ends_is_restarted_with_a_fresh_layer(self):
        self.create(pod("again", REDIS, shell("sleep infinity")))
        self.ready("again")
        self.exec("again", *shell("touch /tmp/old"))
        self.until(lambda: self.exec("again", "pgrep", "-x", "sleep")[0] == 0)
        address = self.store.get("pods", NS, "again")["status"]["podIP"]
        with open(os.devnull, "r+b") as null, self.start_exec("again", ["sleep", "60"], null, null, null) as client:
            self.exec("again", *shell("kill $(pgrep -o -x sleep)"))
            self.assertEqual(json.loads(client.makefile("rb").readline())["exitCode"], 137)
        self.until(lambda: self.status("again")["restartCount"] == 1 and self.status("again")["ready"])
        self.assertEqual(self.status("again")["lastState"]["terminated"]["exitCode"], 143)
        self.assertEqual(self.exec("again", "ls", "/tmp")[1], b"")
        self.assertEqual(self.store.get("pods", NS, "again")["status"]["podIP"], address)

    def test_pods_that_never_restart_complete(self):
        for name, code, phase in (("good", 0, "Succeeded"), ("bad", 7, "Failed")):
            self.create(pod(name, REDIS, shell(f"echo said; exit {code}"), policy="Never"))
            self.until(lambda: self.store.get("pods", NS, name)["status"]["phase"] == phase)
            self.assertEqual(self.status(name)["state"]["terminated"]["exitCode"], code)
            self.assertEqual(self.kubelet.log(NS, name, "c"), b"said\n")
            with self.assertRaises(ApiError):
                self.kubelet.exec_ticket(NS, name, "c", ["id"], False)

    def test_init_containers_run_to_their_end_in_order(self):
        volume, mount = [{"name": "e", "emptyDir": {}}], [{"name": "e", "mountPath": "/e"}]
        init = [{"name": n, "image": REDIS, "command": shell(f"sleep 0.2; echo {n} >> /e/order"), "volumeMounts": mount} for n in ("one", "two")]
        self.create(pod("prepared", REDIS, ["sleep", "infinity"], volumes=volume, mounts=mount, init=init))
        self.assertEqual(self.store.get("pods", NS, "prepared")["status"]["phase"], "Pending")
        self.ready("prepared")
        self.assertEqual(self.exec("prepared", "cat", "/e/order")[1], b"one\ntwo\n")
        self.assertEqual(self.status("prepared", "initContainerStatuses")["state"]["terminated"]["reason"], "Completed")

    def test_a_crash_of_the_daemon_leaves_no_process(self):
        program = ("import sys, pathlib, time; sys.path.insert(0, sys.argv[1]); from server.kubelet import Kubelets; from server.store import Store; "
                   "from test_kubelet import pod, REDIS; home = pathlib.Path(sys.argv[2]); s = Store(home / 'o'); k = Kubelets(home, {'n': s}); "
                   "k.start(); s.create(pod('p', REDIS, ['sleep', '31415'])); print('up', flush=True); time.sleep(60)")
        home = tempfile.mkdtemp(prefix="kubelet-")
        self.addCleanup(shutil.rmtree, home)
        daemon = subprocess.Popen(["/usr/bin/python3", "-c", program, str(pathlib.Path(__file__).parent), home], stdout=subprocess.PIPE)
        daemon.stdout.readline()
        mine = lambda: subprocess.run(["pgrep", "-f", f"{home}/|sleep 31415"], capture_output=True, text=True).stdout.split()
        self.until(lambda: len(mine()) >= 2)
        daemon.kill()
        daemon.wait()
        daemon.stdout.close()
        self.until(lambda: not mine())


class Surroundings(Cluster):
    def test_environment_and_files_come_from_secrets_and_configmaps(self):
        self.create({"kind": "Secret", "metadata": {"name": "s", "namespace": NS}, "data": {"k": base64.b64encode(PASSWORD.encode()).decode()}})
        self.create({"kind": "ConfigMap", "metadata": {"name": "m", "namespace": NS}, "data": {"a": "A", "b": "B"}, "binaryData": {"z": "AP8="}})
        reference = lambda kind, name, key: {"valueFrom": {kind: {"name": name, "key": key}}}
        env = [{"name": "S", **reference("secretKeyRef", "s", "k")}, {"name": "M", **reference("configMapKeyRef", "m", "a")},
               {"name": "J", "value": "$(M)-$(S)-$(NONE)-$$(M)"}, {"name": "P", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
               {"name": "L", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['color']"}}}]
        volumes = [{"name": "s", "secret": {"secretName": "s"}}, {"name": "m", "configMap": {"name": "m", "items": [{"key": "b", "path": "sub/b"}]}},
                   {"name": "w", "configMap": {"name": "m"}}]
        mounts = [{"name": "s", "mountPath": "/etc/s"}, {"name": "m", "mountPath": "/opt/m/"}, {"name": "w", "mountPath": "/w"}]
        obj = pod("env", REDIS, ["sleep", "infinity"], env, volumes, mounts, color="red")
        obj["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "m"}, "prefix": "X_"}]
        self.create(obj)
        self.ready("env")
        read = lambda name: self.exec("env", "printenv", name)[1].decode()[:-1]
        self.assertEqual([read(n) for n in ("S", "M", "J", "L", "X_b")], [PASSWORD, "A", f"A-{PASSWORD}-$(NONE)-$(M)", "red", "B"])
        self.assertEqual(read("P"), self.store.get("pods", NS, "env")["status"]["podIP"])
        self.assertEqual(self.exec("env", "cat", "/etc/s/k", "/opt/m/sub/b", "/w/z")[1], PASSWORD.encode() + b"B\0\xff")
        self.assertNotEqual(self.exec("env", *shell("echo > /w/a"))[0], 0)
        command_lines = b"".join(p.read_bytes() for p in pathlib.Path("/proc").glob("[0-9]*/cmdline") if p.exists())
        self.assertNotIn(PASSWORD.encode(), command_lines)

    def test_a_pod_waits_for_what_it_refers_to(self):
        env = [{"name": "S", "valueFrom": {"secretKeyRef": {"name": "later", "key": "k"}}}]
        volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "later"}}]
        self.create(pod("waits", REDIS, ["sleep", "infinity"], env, volumes, [{"name": "v", "mountPath": "/v"}]))
        messages = lambda: [c["message"] for c in self.store.get("pods", NS, "waits")["status"].get("conditions", []) if c["type"] == "PodScheduled" and "message" in c]
        self.assertIn('persistentvolumeclaim "later" not found', self.until(messages)[0])
        self.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "later", "namespace": NS}, "spec": {}, "status": {"phase": "Bound"}})
        waiting = self.until(lambda: self.status("waits")["state"].get("waiting", {}).get("message") and self.status("waits")["state"]["waiting"])
        self.assertEqual(waiting, {"reason": "CreateContainerConfigError", "message": 'secret "later" not found'})
        self.create({"kind": "Secret", "metadata": {"name": "later", "namespace": NS}, "data": {"k": "eA=="}})
        self.ready("waits")

    def test_volumes_are_shared_kept_read_only_and_small_as_said(self):
        self.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "rwx", "namespace": NS}, "spec": {}, "status": {"phase": "Bound"}})
        volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "rwx"}}]
        self.create(pod("writer", REDIS, ["sleep", "infinity"], (), volumes, [{"name": "v", "mountPath": "/data"}]))
        self.create(pod("reader", REDIS, ["sleep", "infinity"], (), volumes, [{"name": "v", "mountPath": "/data", "readOnly": True}]))
        self.ready("writer")
        self.ready("reader")
        self.exec("writer", *shell("echo kept > /data/f"))
        self.assertEqual(self.exec("reader", "cat", "/data/f")[1], b"kept\n")
        self.assertIn(b"Read-only", self.exec("reader", *shell("rm /data/f"))[2])
        self.remove("writer")
        self.remove("reader")
        self.kubelet.faults.limit(NS, "claim/rwx", 1 << 20)
        self.kubelet.faults.limit(NS, "small/tmp", 1 << 16)
        self.create(pod("small", REDIS, ["sleep", "infinity"], (), volumes, [{"name": "v", "mountPath": "/data"}]))
        self.ready("small")
        self.assertEqual(self.exec("small", "cat", "/data/f")[1], b"kept\n")
        for path in ("/data/big", "/tmp/big"):
            self.assertIn(b"No space left on device", self.exec("small", "dd", "if=/dev/zero", f"of={path}", "bs=64k", "count=100")[2])
        self.exec("small", *shell("rm /data/big; echo new > /data/g"))
        self.remove("small")
        self.kubelet.faults.keep(NS)
        self.kubelet.faults.clear(NS)
        self.assertEqual((self.kubelet.claim_directory(NS, "rwx") / "g").read_text(), "new\n")

    def test_service_names_follow_the_ready_pods(self):
        self.create({"kind": "Service", "metadata": {"name": "store", "namespace": NS}, "spec": {"selector": {"app": "store"}}})
        self.create(pod("asker", REDIS, ["sleep", "infinity"]))
        self.ready("asker")
        self.assertIn(b"Connection refused", self.exec("asker", "redis-cli", "-h", "store", "ping")[2])
        self.create(pod("store-1", REDIS, ["redis-server", "--protected-mode", "no", "--save", ""], probe={"tcpSocket": {"port": 6379}}, app="store"))
        self.ready("store-1")
        self.until(lambda: self.exec("asker", "redis-cli", "-h", "store", "set", "where", "one")[1] == b"OK\n")
        self.assertIn(b"Connection refused", self.exec("asker", "redis-cli", "ping")[2])
        self.assertEqual(self.exec("store-1", "redis-cli", "get", "where")[1], b"one\n")
        self.remove("store-1")
        self.until(lambda: b"Connection refused" in self.exec("asker", "redis-cli", "-h", "store", "ping")[2])


class Databases(Cluster):
    def test_mysql_has_the_accounts_and_the_configuration_of_the_image(self):
        self.create({"kind": "ConfigMap", "metadata": {"name": "main", "namespace": NS},
                     "data": {"my.cnf": "!include /etc/my.cnf\n!includedir /etc/my-extra.d\n"}})
        self.create({"kind": "ConfigMap", "metadata": {"name": "extra", "namespace": NS}, "data": {
            "charset.cnf": "[mysqld]\ncharacter-set-server = utf8\n", "auth.cnf": "[mysqld]\ndefault_authentication_plugin=mysql_native_password\n"}})
        self.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "db", "namespace": NS}, "spec": {}, "status": {"phase": "Bound"}})
        env = [{"name": n, "value": v} for n, v in {"MYSQL_USER": "app", "MYSQL_PASSWORD": PASSWORD, "MYSQL_ROOT_PASSWORD": PASSWORD + "r",
               "MYSQL_DATABASE": "system", "MYSQL_LOWER_CASE_TABLE_NAMES": "1", "MYSQL_DEFAULTS_FILE": "/etc/my-extra/my.cnf"}.items()]
        volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "db"}}, {"name": "m", "configMap": {"name": "main"}},
                   {"name": "e", "configMap": {"name": "extra"}}]
        mounts = [{"name": n, "mountPath": p} for n, p in (("d", "/var/lib/mysql/data"), ("m", "/etc/my-extra"), ("e", "/etc/my-extra.d"))]
        probe = {"exec": {"command": ["/bin/sh", "-i", "-c", 'MYSQL_PWD="$MYSQL_PASSWORD" mysql -h 127.0.0.1 -u $MYSQL_USER -D $MYSQL_DATABASE -e "SELECT 1"']}}
        root = 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h127.0.0.1 -uroot -BN system '
        self.create(pod("db", MYSQL, None, env, volumes, mounts, probe=probe))
        self.ready("db")
        self.assertEqual(self.exec("db", *shell(root + '-e "CREATE TABLE T (i int); INSERT INTO T VALUES (7); SELECT CURRENT_USER(), @@character_set_server"'))[1], b"root@%\tutf8mb3\n")
        self.assertEqual(self.exec("db", *shell("mysql -h127.0.0.1 -uroot -e 'SELECT 1'"))[0], 1)
        self.remove("db")
        changed = [e | {"value": "another"} if e["name"] == "MYSQL_ROOT_PASSWORD" else e for e in env]
        self.create(pod("db", MYSQL, None, changed, volumes, mounts, probe=probe))
        self.ready("db")
        self.assertEqual(self.exec("db", *shell(root + '-e "SELECT i FROM t"'))[1], b"7\n")

    def test_postgresql_trusts_its_own_socket_and_asks_others(self):
        env = [{"name": n, "value": v} for n, v in {"POSTGRESQL_USER": "zync", "POSTGRESQL_PASSWORD": PASSWORD, "POSTGRESQL_DATABASE": "zync_production"}.items()]
        self.create(pod("pg", "rhscl/postgresql-10-rhel7", None, env, [{"name": "d", "emptyDir": {}}], [{"name": "d", "mountPath": "/var/lib/pgsql/data"}],
                        probe={"exec": {"command": ["/bin/sh", "-i", "-c", "psql -h 127.0.0.1 -U zync -q -d zync_production -c 'SELECT 1'"]}}))
        self.ready("pg")
        self.assertEqual(self.exec("pg", "psql", "-XAt", "-d", "zync_production", "-c", "CREATE TABLE t (i int); SELECT current_user")[1], b"CREATE TABLE\npostgres\n")
        self.assertIn(b"PostgreSQL database dump complete", self.exec("pg", "pg_dump", "zync_production")[1])
        there = 'psql -XAt -h $(hostname) -U zync -d zync_production -c "SELECT current_user"'
        self.assertEqual(self.exec("pg", *shell('PGPASSWORD="$POSTGRESQL_PASSWORD" ' + there))[1], b"zync\n")
        self.assertEqual(self.exec("pg", *shell("PGPASSWORD=wrong " + there))[0], 2)

    def test_redis_runs_the_command_of_the_manifest_and_keeps_its_data(self):
        self.create({"kind": "ConfigMap", "metadata": {"name": "redis-config", "namespace": NS},
                     "data": {"redis.conf": "protected-mode no\nappendonly yes\ndir /var/lib/redis/data\nslave-read-only yes\n"}})
        self.create({"kind": "PersistentVolumeClaim", "metadata": {"name": "redis", "namespace": NS}, "spec": {}, "status": {"phase": "Bound"}})
        volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "redis"}}, {"name": "c", "configMap": {"name": "redis-config"}}]
        mounts = [{"name": "d", "mountPath": "/var/lib/redis/data"}, {"name": "c", "mountPath": "/etc/redis.d/"}]
        command = ["/opt/rh/rh-redis32/root/usr/bin/redis-server", "/etc/redis.d/redis.conf", "--daemonize", "no"]
        probe = {"exec": {"command": ["container-entrypoint", "bash", "-c", 'redis-cli set liveness-probe "`date`" | grep OK']}}
        for turn, answer in ((1, b""), (2, b"kept")):
            self.create(pod("redis", REDIS, command, (), volumes, mounts, probe=probe))
            self.ready("redis")
            self.assertEqual(self.exec("redis", "redis-cli", "-n", "1", "get", "k")[1].strip(), answer)
            self.exec("redis", "redis-cli", "-n", "1", "set", "k", "kept")
            self.remove("redis") if turn == 2 else self.store.delete("pods", NS, "redis")
            self.until(lambda: self.store.find("pods", NS, "redis") is None)

    def test_shutdown_from_inside_ends_the_exec_and_restarts_the_container(self):
        self.create(pod("redis", REDIS, ["redis-server", "--save", ""], probe={"tcpSocket": {"port": 6379}}))
        self.ready("redis")
        self.assertIn(self.exec("redis", "redis-cli", "shutdown", "nosave")[0], (0, 137))
        self.until(lambda: self.status("redis")["restartCount"] == 1 and self.status("redis")["ready"])


class Pure(unittest.TestCase):
    def test_images_by_repository_and_by_container_name(self):
        homes = {"registry.redhat.io/3scale-amp2/system-rhel7:3scale2.7": "/opt/system", "amp-system:latest": "/opt/system", "amp-backend:latest": "/home/ruby",
                 "registry.redhat.io/3scale-amp2/zync-rhel9@sha256:1": "/opt/app-root/src", "rhel8/mysql-80": "/var/lib/mysql",
                 "zync-database-postgresql:latest": "/var/lib/pgsql", "host:5000/rhel8/redis-6@sha256:2": "/var/lib/redis"}
        self.assertEqual({name: image_of(name).home for name in homes}, homes)
        self.assertEqual(image_of(" ", "postgresql").home, "/var/lib/pgsql")
        self.assertEqual(image_of("registry.redhat.io/3scale-amp2/3scale-rhel7-operator:1.10").command, ["manager"])

    def test_variables_in_commands(self):
        self.assertEqual(expand("$(A)$$(A)$(B) $A $$", {"A": "x"}), "x$(A)$(B) $A $")


if __name__ == "__main__":
    unittest.main()
