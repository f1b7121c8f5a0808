#!/usr/bin/python3
"""20 GB through the sandbox: backup, verify, disaster, restore, and proof, first with a tenth of it: peak memory must not grow with the data.

    tests/benchmarks/benchmark_large.py --cli build/release/bin/scalekeep-cli --folder /var/tmp/scalekeep-large

Not a test and no part of ctest: it prints what it measured against the goals, and ends with 1 when one of them is missed. It takes hours.
"""
import argparse
import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from benchmark_backup import HERE, MB, TARGET, Benchmark, plain_bytes

sys.path.insert(0, str(HERE.parent / "sandbox"))
import independent_check  # noqa: E402

GB = 1000 * MB
FILES = "/opt/system/public/system/more"
NAMESPACE = TARGET.partition("/")[2]
DESTROYED = ("system-mysql", "zync-database", "system-redis", "backend-redis", "system-storage", "secrets", "configmaps", "routes")
# What sclorg's image gives InnoDB of the 2Gi that the template allows the container: half for pages, 15 % for the log. The sandbox holds no such limit, so
# it is told by the image's own variables.
INNODB = {"MYSQL_INNODB_BUFFER_POOL_SIZE": "1G", "MYSQL_INNODB_LOG_FILE_SIZE": "307M"}
# Bytes of disk: of the sandbox whatever its data, of the data of a row in it, and of what backup and restore add for a row.
DISK, DISK_DATA, DISK_WORK = 2 * GB, 9_000, 3_000
# The proof is made by stock tools. Objects and files are captured by independent_check.py: what it holds grows with their number only. It would hold the
# dumps and every key of Redis in memory, 40 GB of it, so of the databases only digests leave the pods, one a table: in the order of the primary key, or
# sorted where nobody promises an order. Of Redis it is the sum of the digests of the keys, a page at a time: DEBUG DIGEST is switched off, and would
# count keys that expire meanwhile and the key of the readiness probe.
MYSQL = r"""set -euo pipefail
dump() { mysqldump -uroot --single-transaction --skip-dump-date --skip-comments --hex-blob --order-by-primary --default-character-set=utf8mb4 "$@"; }
dump --no-data --routines --triggers "$MYSQL_DATABASE" | sha256sum | sed 's/-$/schema/'
tables=$(mysql -uroot -N -D "$MYSQL_DATABASE" -e "SELECT CONCAT(table_name, '/', MIN(IFNULL(non_unique, 1))) FROM information_schema.tables
    LEFT JOIN information_schema.statistics USING (table_schema, table_name) WHERE table_schema = DATABASE() GROUP BY table_name ORDER BY table_name")
for table in $tables; do
    rows=(dump --no-create-info --skip-triggers)
    if [ "${table#*/}" = 0 ]; then "${rows[@]}" "$MYSQL_DATABASE" "${table%/*}"
    else "${rows[@]}" --skip-extended-insert "$MYSQL_DATABASE" "${table%/*}" | LC_ALL=C sort -S 256M; fi | sha256sum | sed "s|-\$|${table%/*}|"
done"""
POSTGRESQL = r"""set -euo pipefail
ask() { psql -XAtq -v ON_ERROR_STOP=1 -d "$POSTGRESQL_DATABASE" -c "$1"; }
pg_dump --schema-only "$POSTGRESQL_DATABASE" | grep -v '^--\|^\\' | sha256sum | sed 's/-$/schema/'
ask 'SELECT * FROM pg_sequences ORDER BY schemaname, sequencename' | sha256sum | sed 's/-$/sequences/'
tables=$(ask "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1")
for table in $tables; do ask "COPY $table TO STDOUT" | LC_ALL=C sort -S 256M | sha256sum | sed "s|-\$|$table|"; done"""
REDIS = r"""set -euo pipefail
page=$(redis-cli -e script load "$1")
for db in $(redis-cli -e info keyspace | sed -n 's/^db\([0-9]*\):.*/\1/p'); do
    cursor=
    while [ "$cursor" != 0 ]; do
        sums=$(redis-cli -e -n "$db" evalsha "$page" 0 "${cursor:-0}" "$2")
        cursor=${sums%% *} && echo "$db ${sums#* }"
    done
done"""
# The script of independent_check.py goes through all keys and lists them; as a page it answers the next cursor, how many keys it saw, and their sums.
REDIS_CHANGES = (
    ("local lines, cursor = {}, '0'", """local cursor, count, sums = ARGV[1], 0, {0, 0, 0, 0}
local function add(key, kind, expires, value)
  if key == 'liveness-probe' or (expires >= 0 and expires < tonumber(ARGV[2])) then return end
  local digest = redis.sha1hex(#key .. ':' .. key .. kind .. ' ' .. expires .. ' ' .. value)
  for i = 1, 4 do sums[i] = sums[i] + tonumber(digest:sub(i * 10 - 9, i * 10), 16) end
  count = count + 1
end"""),
    ("lines[#lines + 1] = hex(key) .. ' ' .. kind .. ' ' .. redis.call('PEXPIRETIME', key) .. ' ' .. redis.sha1hex(value)",
     "add(key, kind, redis.call('PEXPIRETIME', key), redis.sha1hex(value))"),
    ("until cursor == '0'", "until true"),
    ("return lines", "return string.format('%s %d %.0f %.0f %.0f %.0f', cursor, count, unpack(sums))"))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cli", required=True, type=Path, help="scalekeep-cli of a release build")
    parser.add_argument("--rows", type=int, default=3_700_000, help="size of the data: the default is about 20 GB in all streams")
    parser.add_argument("--small-rows", type=int, help="size for the comparison (default: a tenth of --rows; 0: none)")
    parser.add_argument("--files", type=int, default=0,
                        help="so many small files more beside the data of --rows: with equal --rows and --small-rows it shows what files alone cost")
    parser.add_argument("--folder", type=Path, help="work here and keep everything, also the sandbox's data for another run")
    parser.add_argument("--seeded", action="store_true", help="the sandbox in --folder holds the data of --rows already: without the small round")
    parser.add_argument("--json", type=Path, help="write all figures here")
    return parser.parse_args()


class Large(Benchmark):
    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.most = 0  # of the disk, used at one time since the round began
        threading.Thread(target=self.watch, args=(shutil.disk_usage(folder).free,), daemon=True).start()
        self.lasting = str((int(time.time()) + 24 * 3600) * 1000)  # keys that expire earlier are not compared
        self.page = independent_check.REDIS_SCRIPT
        for old, new in REDIS_CHANGES:
            assert self.page.count(old) == 1, f"The Redis script of independent_check.py has changed: adapt {old!r} in REDIS_CHANGES."
            self.page = self.page.replace(old, new)

    def watch(self, free):
        while True:
            self.most = max(self.most, free - shutil.disk_usage(self.folder).free)
            time.sleep(1)

    def client(self):
        return independent_check.Client(self.sandbox.environment["SCALEKEEP_OC"], self.sandbox.environment["SANDBOX_NORTH_KUBECONFIG"], NAMESPACE)

    def give_memory(self):
        container = {"name": "system-mysql", "env": [{"name": name, "value": value} for name, value in INNODB.items()]}
        template = {"spec": {"template": {"spec": {"containers": [container]}}}}
        for command in (["patch", "dc/system-mysql", "-p", json.dumps(template)], ["rollout", "status", "dc/system-mysql"]):
            done = self.client().run(*command)
            if done.returncode:
                raise SystemExit(f"oc {command[0]}: {done.stderr.decode(errors='replace')}")

    def databases(self):
        """(store, {part: digest}) of each database. A command that fails ends the benchmark."""
        for workload, script in (("system-mysql", MYSQL), ("zync-database", POSTGRESQL)):
            said = self.sandbox.call("exec-in", TARGET, workload, "bash", "-c", script)
            yield workload, {line.split(None, 1)[1]: line.split()[0] for line in said.splitlines()}
        for workload in ("backend-redis", "system-redis"):
            sums = {}
            for line in self.sandbox.call("exec-in", TARGET, workload, "bash", "-c", REDIS, "bash", self.page, self.lasting).splitlines():
                db, *numbers = line.split()
                sums[db] = [a + b for a, b in zip(sums.get(db, [0] * 5), map(int, numbers))]
            yield workload, sums

    def capture(self, name):
        started, out = time.monotonic(), self.folder / name
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(mode=0o700)
        independent_check.capture_objects(self.client(), out)
        independent_check.capture_files(self.client(), out)
        (out / "databases.json").write_text(json.dumps(dict(self.databases()), indent=1))
        print(f"captured by stock tools in {time.monotonic() - started:.0f} s", flush=True)
        return out

    def measure(self, name, rows, files=0):
        """Everything once with so many rows, and so many files that do not come with rows."""
        self.bundle.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "state" / "safety", ignore_errors=True)
        self.most = 0
        if not self.options.seeded:
            self.seed(rows)
        if files:  # each with a number of its own in it
            self.sandbox.call("exec-in", TARGET, "system-app", "bash", "-c", f"mkdir -p {FILES} && cd {FILES} && seq {files} | split -l 1 -a 7 -d -")
        before, bundle = self.capture("before"), str(self.bundle)
        figures = self.figures[name] = {"rows": rows, "files": files}
        for command in (["backup", TARGET, "--output", bundle], ["verify", bundle], ["restore", bundle, TARGET, "--confirm", NAMESPACE]):
            if command[0] == "restore":
                self.sandbox.call("destroy", TARGET, *DESTROYED)
                if self.sandbox.call("exec-in", TARGET, "system-mysql", "mysql", "-uroot", "-N", "-e", "SHOW DATABASES LIKE 'system'"):
                    raise SystemExit("Nothing was destroyed: a restore would prove nothing.")
            cost = self.meter.run([self.cli, *command])
            shown = subprocess.run([self.cli, "show", "--json", bundle], env=self.sandbox.environment, check=True, capture_output=True).stdout
            plain = plain_bytes(json.loads(shown.splitlines()[-1])) / MB
            figures[command[0]] = cost.values() | {"rate": plain / cost.wall}
            print(f"{name:6} {command[0]:8} {cost.wall:8.1f} s wall  {cost.cpu:7.1f} s CPU (client {cost.client_cpu:.1f}, cluster {cost.cluster_cpu:.1f}; "
                  f"others {cost.other_cpu:.1f})  {plain:8.0f} MB plain  {plain / cost.wall:6.1f} MB/s  peak {cost.peak / MB:.0f} MB", flush=True)
        after, report = self.capture("after"), independent_check.Report()
        independent_check.compare_maps(report, before, after, "objects.json")
        independent_check.compare_maps(report, before, after, "databases.json")
        independent_check.compare_files(report, before, after)
        figures |= {"bytes": round(plain * MB), "bundle": self.bundle.stat().st_size, "differences": report.differences, "disk": self.most}
        print(f"{name}: bundle {figures['bundle'] / MB:.0f} MB; most of the disk {figures['disk'] / GB:.2f} GB, what others wrote meanwhile included", flush=True)


def goals(figures):
    """(what, measured, goal: at most)"""
    large, small = figures["large"], figures.get("small")
    for way in ("backup", "verify", "restore"):
        yield f"{way}: peak memory, MB", large[way]["peak"] / MB, 200
        yield f"{way}: MB/s of plain data", large[way]["rate"], None
        if small:
            yield f"{way}: peak memory, large / small data", large[way]["peak"] / small[way]["peak"], 1.15
            yield f"{way}: MB/s, large / small data", large[way]["rate"] / small[way]["rate"], None
    for name in [name for name in ("small", "large") if name in figures]:
        yield f"differences after the restore, {name} data", figures[name]["differences"], 0


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = (options.folder or Path(tempfile.mkdtemp(prefix="scalekeep-large-"))).resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not options.folder:
        atexit.register(shutil.rmtree, folder, ignore_errors=True)  # not below: should `down` be interrupted, the disk is to be freed all the same
    benchmark, missed = Large(options, folder), 0
    free, needed = shutil.disk_usage(folder).free, DISK + options.rows * (DISK_WORK + (0 if options.seeded else DISK_DATA))
    print(f"{options.rows} rows need about {needed / GB:.1f} GB of disk; {folder} has {free / GB:.1f} GB", flush=True)
    try:
        if free < needed:
            raise SystemExit("Not enough room on the disk; nothing was done. Choose another --folder, or fewer --rows.")
        benchmark.start()
        benchmark.give_memory()
        small_rows = options.rows // 10 if options.small_rows is None else options.small_rows
        if small_rows and not options.seeded:
            benchmark.measure("small", small_rows)
        benchmark.measure("large", options.rows, options.files)
        lines = []
        for what, measured, goal in goals(benchmark.figures):
            met = goal is None or measured <= goal
            missed += not met
            lines.append(f"{what:48} {measured:8.2f}  {'' if goal is None else '<= ' + str(goal):8} {'' if goal is None else 'met' if met else 'MISSED'}")
            benchmark.figures.setdefault("goals", []).append({"what": what, "measured": measured, "goal": goal, "met": met})
        print("\n" + "\n".join(lines) + f"\n\n{os.cpu_count()} cores")
    finally:
        if options.json and benchmark.figures:
            options.json.write_text(json.dumps(benchmark.figures, indent=1) + "\n")
        benchmark.sandbox.call("down")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
