#!/usr/bin/python3
"""Says whether two moments of a 3scale installation are equal, with stock tools only: it shares no code with Scalekeep.

    independent_check.py [--oc PATH] [--kubeconfig FILE] capture NAMESPACE DIRECTORY
    independent_check.py compare DIRECTORY DIRECTORY

Exit code: 0 equal (or captured), 1 different, 2 it could not be found out.
"""
import argparse
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

END = b"#capture-complete#"
KINDS = ["secrets", "configmaps", "services", "routes", "persistentvolumeclaims", "serviceaccounts", "roles", "rolebindings", "imagestreams",
         "deploymentconfigs", "deployments", "horizontalpodautoscalers", "poddisruptionbudgets", "apimanagers", "tenants.capabilities.3scale.net",
         "backends.capabilities.3scale.net", "products.capabilities.3scale.net", "developeraccounts.capabilities.3scale.net",
         "developerusers.capabilities.3scale.net", "applications.capabilities.3scale.net"]
MARK = "scalekeep-last"  # stays in a namespace after a restore, for those who back it up meanwhile
DERIVED_SECRETS = ("kubernetes.io/service-account-token", "kubernetes.io/dockercfg")
VOLATILE_ANNOTATION = re.compile(r"last-applied-configuration|^pv\.kubernetes\.io/|^volume\.(beta\.)?kubernetes\.io/|^deployment\.kubernetes\.io/|"
                                 r"restartedAt|[Rr]esource-?[Vv]ersion|deployment-config\.latest-version")
# Written by the readiness probe, for ever different.
PROBE_KEY = b"liveness-probe".hex()

# One line a key: name in hex, type, absolute expiry, digest of the value in an order that does not depend on the encoding.
REDIS_SCRIPT = """
local function hex(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
local flat
flat = function(list, sorted)
  local parts = {}
  for _, v in ipairs(list) do
    if type(v) == 'table' then v = flat(v) else v = tostring(v) end
    parts[#parts + 1] = #v .. ':' .. v
  end
  if sorted then table.sort(parts) end
  return table.concat(parts)
end
local lines, cursor = {}, '0'
repeat
  local page = redis.call('SCAN', cursor, 'COUNT', 2000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    local kind = redis.call('TYPE', key).ok
    local value
    if kind == 'string' then value = redis.call('GET', key)
    elseif kind == 'list' then value = flat(redis.call('LRANGE', key, 0, -1))
    elseif kind == 'set' then value = flat(redis.call('SMEMBERS', key), true)
    elseif kind == 'zset' then value = flat(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES'))
    elseif kind == 'hash' then
      local pairs_of, all = {}, redis.call('HGETALL', key)
      for i = 1, #all, 2 do pairs_of[#pairs_of + 1] = flat({all[i], all[i + 1]}) end
      value = flat(pairs_of, true)
    elseif kind == 'stream' then
      value = flat(redis.call('XRANGE', key, '-', '+'))
      for _, group in ipairs(redis.call('XINFO', 'GROUPS', key)) do
        for i = 1, #group, 2 do
          if group[i] ~= 'lag' and group[i] ~= 'entries-read' then value = value .. flat({group[i], group[i + 1] or ''}) end
        end
      end
    else value = redis.call('DUMP', key) end
    if value then lines[#lines + 1] = hex(key) .. ' ' .. kind .. ' ' .. redis.call('PEXPIRETIME', key) .. ' ' .. redis.sha1hex(value) end
  end
until cursor == '0'
return lines
"""


class Failed(Exception):
    pass


class Client:
    def __init__(self, oc, kubeconfig, namespace):
        self.prefix = [oc] + (["--kubeconfig", kubeconfig] if kubeconfig else []) + ["-n", namespace]

    def run(self, *args):
        return subprocess.run(self.prefix + list(args), stdin=subprocess.DEVNULL, capture_output=True)

    def json(self, *args):
        done = self.run("get", *args, "-o", "json")
        if done.returncode:
            raise Failed(f"oc get {' '.join(args)}: {done.stderr.decode(errors='replace').strip()}")
        return json.loads(done.stdout)

    def pod(self, workload):
        for label in ("deploymentConfig", "deployment"):
            for pod in self.json("pods", "-l", f"{label}={workload}")["items"]:
                ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
                if ready and pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]:
                    return pod["metadata"]["name"]
        raise Failed(f"no pod of {workload} is ready; nothing was captured of it")

    def stream(self, workload, container, script, *args):
        """Standard output of a shell script in a pod; cut output is told by the missing end mark."""
        pod = self.pod(workload)
        full = f"set -e; {script}; printf '%s' '{END.decode()}'"
        done = self.run("exec", pod, "-c", container, "--", "sh", "-c", full, "sh", *args)
        if done.returncode or not done.stdout.endswith(END):
            raise Failed(f"reading {workload} failed with exit code {done.returncode}: {done.stderr.decode(errors='replace').strip()[:500]}")
        return done.stdout[:-len(END)]


def mysql_lines(dump):
    """Comments away; rows of tables without a key in sorted order, because nobody promises them one."""
    rows, keyed, create = [], True, None
    for line in dump.split(b"\n"):
        if line.startswith(b"CREATE TABLE"):
            create = line
        elif create is not None:
            create += line
            if line.startswith(b")"):
                keyed, create = b"PRIMARY KEY" in create or b"UNIQUE KEY" in create, None
        if not keyed and line.startswith(b"INSERT INTO"):
            rows.append(line)
            continue
        yield from sorted(rows)
        rows = []
        if line and not line.startswith(b"--"):
            yield line


def postgresql_lines(dump):
    rows = None
    for line in dump.split(b"\n"):
        if rows is not None and line != b"\\.":
            rows.append(line)
            continue
        if rows is not None:
            yield from sorted(rows)
            rows = None
        if line.startswith(b"COPY ") and line.endswith(b"FROM stdin;"):
            rows = []
        # A random key stands in these lines of newer releases.
        if line and not line.startswith((b"--", b"\\restrict", b"\\unrestrict")):
            yield line


def capture_files(client, out):
    where = "/opt/system/public/system"
    listing = client.stream("system-app", "system-provider", "cd \"$1\"; find . -printf '%y\\0%m\\0%s\\0%l\\0%P\\0'", where).split(b"\0")
    digests = client.stream("system-app", "system-provider", "cd \"$1\"; find . -type f -print0 | xargs -0 -r sha256sum -z --", where).split(b"\0")
    sums = {line[66:]: line[:64].decode() for line in digests if line}
    entries = []
    for i in range(0, len(listing) - 1, 5):
        kind, mode, size, link, path = listing[i:i + 5]
        regular = kind == b"f"
        entries.append({"path": path.hex(), "name": path.decode(errors="backslashreplace"), "type": kind.decode(), "mode": mode.decode(), "link": link.hex(),
                        "size": int(size) if regular else 0, "sha256": sums["./".encode() + path] if regular else ""})
    entries.sort(key=lambda e: e["path"])
    (out / "files.json").write_text(json.dumps(entries, indent=0))


def capture_redis(client, name, out):
    keyspace = client.stream(name, name, "redis-cli info keyspace").decode()
    found = {}
    for db in sorted({*re.findall(r"^db(\d+):", keyspace, re.M), "0", "1"}, key=int):
        for line in client.stream(name, name, 'redis-cli -n "$1" eval "$2" 0', db, REDIS_SCRIPT).decode().split("\n"):
            if line and not line.startswith(PROBE_KEY + " "):
                if line.count(" ") != 3:
                    raise Failed(f"{name} answered: {line[:300]}")
                key, kind, expires, digest = line.split(" ")
                found[f"{db}:{key}"] = [kind, int(expires), digest]
    (out / f"{name}.json").write_text(json.dumps({"time": time.time() * 1000, "keys": found}, sort_keys=True, indent=0))


def sanitized(obj):
    """What is left of an object when everything that the cluster itself writes is taken away."""
    obj.pop("status", None)
    meta = obj["metadata"]
    owners = [{"kind": o["kind"], "name": o["name"]} for o in meta.get("ownerReferences", [])]
    annotations = {k: v for k, v in (meta.get("annotations") or {}).items() if not VOLATILE_ANNOTATION.search(k)}
    obj["metadata"] = {"name": meta["name"], "labels": meta.get("labels") or {}, "annotations": annotations, "owners": owners}
    spec = obj.get("spec", {})
    for key in ("clusterIP", "clusterIPs", "volumeName"):
        spec.pop(key, None)
    template = spec.get("template") or {}
    for key in list((template.get("metadata") or {}).get("annotations") or {}):
        if VOLATILE_ANNOTATION.search(key):
            del template["metadata"]["annotations"][key]
    for trigger in spec.get("triggers") or []:
        (trigger.get("imageChangeParams") or {}).pop("lastTriggeredImage", None)
    if obj["kind"] == "ServiceAccount":
        for field in ("secrets", "imagePullSecrets"):
            obj[field] = [r for r in obj.get(field) or [] if not re.search(r"-(dockercfg|token)-", r["name"])]
    return obj


def leaves(node, path=""):
    """Path -> digest, so that no value of a Secret gets into a file or a message. Empty containers say nothing."""
    if isinstance(node, dict):
        for key in node:
            yield from leaves(node[key], f"{path}.{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from leaves(value, f"{path}[{i}]")
    elif node is not None:
        yield path.lstrip("."), hashlib.sha256(json.dumps(node).encode()).hexdigest()[:20]


def is_derived(kind, obj):
    """What the cluster makes anew, the mark of a restore, and locks that a pod has made to lead the others of its kind: they go with it."""
    return obj.get("type") in DERIVED_SECRETS or kind == "configmaps" and (
        obj["metadata"]["name"] == MARK or any(o["kind"] == "Pod" for o in obj["metadata"].get("ownerReferences", [])))


def capture_objects(client, out):
    found, unreadable = {}, {}
    for kind in KINDS:
        done = client.run("get", kind, "-o", "json")
        if done.returncode:
            unreadable[kind] = done.stderr.decode(errors="replace").strip()
            continue
        for obj in json.loads(done.stdout)["items"]:
            if not is_derived(kind, obj):
                found[f"{kind}/{obj['metadata']['name']}"] = dict(leaves(sanitized(obj)))
    if "secrets" in unreadable:
        raise Failed(f"oc get secrets: {unreadable['secrets']}")
    (out / "objects.json").write_text(json.dumps(found, sort_keys=True, indent=0))
    (out / "unreadable.json").write_text(json.dumps(unreadable, sort_keys=True, indent=0))


MYSQLDUMP = ("MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\" mysqldump --single-transaction --skip-dump-date --order-by-primary --routines --triggers --hex-blob "
             "--skip-extended-insert --default-character-set=utf8mb4 -h127.0.0.1 -uroot \"$MYSQL_DATABASE\"")


def capture(client, out):
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chmod(out, 0o700)
    capture_objects(client, out)
    (out / "mysql.txt").write_bytes(b"\n".join(mysql_lines(client.stream("system-mysql", "system-mysql", MYSQLDUMP))))
    dump = client.stream("zync-database", "postgresql", 'pg_dump "$POSTGRESQL_DATABASE"')
    (out / "zync.txt").write_bytes(b"\n".join(postgresql_lines(dump)))
    for name in ("backend-redis", "system-redis"):
        capture_redis(client, name, out)
    capture_files(client, out)


class Report:
    """Prints the first differences of each store; the text before the first colon names the store."""
    LIMIT = 10

    def __init__(self):
        self.differences, self.printed = 0, {}

    def _print(self, mark, text):
        store = mark, text.split(":")[0]
        self.printed[store] = self.printed.get(store, 0) + 1
        if self.printed[store] <= self.LIMIT:
            print(f"{mark:9} {text[:400]}")

    def difference(self, text):
        self.differences += 1
        self._print("DIFFERENT", text)

    def note(self, text):
        self._print("note", text)


def compare_text(report, a, b, name):
    with open(a / name, "rb") as left, open(b / name, "rb") as right:
        number, differences = 0, 0
        while True:
            one, two = left.readline(), right.readline()
            number += 1
            if one == two:
                if not one:
                    break
                continue
            differences += 1
            report.difference(f"{name}:{number}: {one.rstrip()[:150]!r} and {two.rstrip()[:150]!r}")
            # After an inserted line everything is shifted: the first differences tell enough.
            if differences == 5 or not one or not two:
                break
    print(f"{name}: {'equal' if not differences else 'different'}, {number - 1} lines read")


def compare_maps(report, a, b, name):
    one, two = (json.loads((d / name).read_text()) for d in (a, b))
    for key in sorted(one.keys() | two.keys()):
        if key not in one or key not in two:
            report.difference(f"{name}: {key} only in the {'second' if key not in one else 'first'}")
        elif one[key] != two[key]:
            fields = sorted(f for f in one[key].keys() | two[key].keys() if one[key].get(f) != two[key].get(f))
            report.difference(f"{name}: {key} differs in {', '.join(fields[:8])}")
    print(f"{name}: {len(one)} and {len(two)} objects")


def compare_redis(report, a, b, name):
    one, two = (json.loads((d / name).read_text()) for d in (a, b))
    latest = max(one["time"], two["time"])
    for key in sorted(one["keys"].keys() | two["keys"].keys()):
        left, right = one["keys"].get(key), two["keys"].get(key)
        db, _, raw = key.partition(":")
        title = f"{name}: database {db} key {bytes.fromhex(raw)!r}"
        if left is None or right is None:
            expires = (left or right)[1]
            # A key whose time has come by the later capture may be missing on either side.
            if 0 < expires <= latest:
                report.note(f"{title} has expired meanwhile")
            else:
                report.difference(f"{title} only in the {'second' if left is None else 'first'}")
        elif (left[0], left[2]) != (right[0], right[2]):
            report.difference(f"{title} has another type or value")
        elif (left[1] < 0) != (right[1] < 0) or abs(left[1] - right[1]) > 2000:
            report.difference(f"{title} expires at {left[1]} and at {right[1]}")
    print(f"{name}: {len(one['keys'])} and {len(two['keys'])} keys")


def compare_files(report, a, b):
    one, two = ({e["path"]: e for e in json.loads((d / "files.json").read_text())} for d in (a, b))
    for path in sorted(one.keys() | two.keys()):
        left, right = one.get(path), two.get(path)
        if left is None or right is None:
            report.difference(f"files: {(left or right)['name']!r} only in the {'second' if left is None else 'first'}")
            continue
        changed = [f for f in ("type", "size", "sha256", "link") if left[f] != right[f]]
        if changed:
            report.difference(f"files: {left['name']!r} differs in {', '.join(changed)}")
        elif left["mode"] != right["mode"] and left["type"] != "l":
            report.note(f"files: {left['name']!r} has mode {left['mode']} and {right['mode']}")
    print(f"files: {len(one)} and {len(two)} entries")


def compare(a, b):
    report = Report()
    compare_maps(report, a, b, "objects.json")
    for name in ("mysql.txt", "zync.txt"):
        compare_text(report, a, b, name)
    for name in ("backend-redis.json", "system-redis.json"):
        compare_redis(report, a, b, name)
    compare_files(report, a, b)
    unreadable = [json.loads((d / "unreadable.json").read_text()) for d in (a, b)]
    if unreadable[0].keys() != unreadable[1].keys():
        report.difference(f"kinds that could not be read: {sorted(unreadable[0])} and {sorted(unreadable[1])}")
    print("equal" if not report.differences else f"different: {report.differences} differences")
    return 1 if report.differences else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--oc", default=os.environ.get("SCALEKEEP_OC", str(pathlib.Path(__file__).with_name("oc"))))
    parser.add_argument("--kubeconfig")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("capture")
    one.add_argument("namespace")
    one.add_argument("directory", type=pathlib.Path)
    two = commands.add_parser("compare")
    two.add_argument("first", type=pathlib.Path)
    two.add_argument("second", type=pathlib.Path)
    args = parser.parse_args()
    try:
        if args.command == "compare":
            return compare(args.first, args.second)
        capture(Client(args.oc, args.kubeconfig, args.namespace), args.directory)
        print(f"captured into {args.directory}")
        return 0
    except (Failed, OSError, ValueError, KeyError) as error:
        print(f"independent_check: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
