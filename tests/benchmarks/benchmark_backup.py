#!/usr/bin/python3
"""`scalekeep-cli backup` beside the documented commands, on a sandbox of its own: wall time, CPU, bytes through `oc`, peak memory.

    tests/benchmarks/benchmark_backup.py --cli build/release/bin/scalekeep-cli

Not a test and no part of ctest: it prints what it measured against the goals, and ends with 1 when one of them is missed.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import documented
from measure import Meter, Sandbox

HERE = Path(__file__).resolve().parent
TARGET = "north/threescale"
THROTTLE = 20_000_000
MB = 1_000_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cli", required=True, type=Path, help="scalekeep-cli of a release build")
    parser.add_argument("--rows", type=int, default=420_000, help="size of the data: the default gives a dump of 1 GB and 500 MB of files")
    parser.add_argument("--small-rows", type=int, help="size for the comparison of peak memory (default: a tenth of --rows; 0: none)")
    parser.add_argument("--rounds", type=int, default=2, help="runs of each way; the best counts")
    parser.add_argument("--no-throttle", action="store_true", help="without the runs over a slow line")
    parser.add_argument("--folder", type=Path, help="work here and keep everything, also the sandbox's data for another run")
    parser.add_argument("--seeded", action="store_true", help="the sandbox in --folder holds the data of --rows already")
    parser.add_argument("--json", type=Path, help="write all figures here")
    return parser.parse_args()


class Benchmark:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.cli = str(options.cli.resolve())
        self.sandbox = Sandbox(HERE.parent / "sandbox" / "scalekeep-sandbox", folder / "sandbox", TARGET)
        self.bundle = folder / "backup.scalekeep.tar"
        self.meter = None
        self.figures = {}

    def start(self):
        self.sandbox.up()
        environment = self.sandbox.environment
        environment["SCALEKEEP_HOME"] = str(self.folder / "state")
        with open(environment["SANDBOX_NORTH_TOKEN_FILE"], "rb") as token:
            subprocess.run([self.cli, "login", "--name", "north", "--server", environment["SANDBOX_NORTH_SERVER"], "--ca", environment["SANDBOX_NORTH_CA"], "--token-stdin"],
                           stdin=token, env=environment, check=True, stdout=subprocess.DEVNULL)
        self.meter = Meter(self.sandbox)

    def seed(self, rows):
        started = time.monotonic()
        self.sandbox.call("seed", "--rows", str(rows), TARGET)
        for redis in ("backend-redis", "system-redis"):  # the documentation copies the dump.rdb that happens to lie there: let it be today's
            self.sandbox.call("exec-in", TARGET, redis, "redis-cli", "SAVE")
        print(f"seeded {rows} rows in {time.monotonic() - started:.0f} s", flush=True)

    def documented(self):
        output = self.folder / "documented"
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        cost = self.meter.run(documented.command(), documented.environment(self.sandbox, output))
        shutil.rmtree(output)
        return cost

    def scalekeep(self):
        self.bundle.unlink(missing_ok=True)
        return self.meter.run([self.cli, "backup", TARGET, "--output", str(self.bundle)])

    def both(self, name):
        """Alternating, so that what else the machine does meets both."""
        ways = {"documented": self.documented, "scalekeep": self.scalekeep}
        runs = {way: [] for way in ways}
        for _ in range(self.options.rounds):
            for way, run in ways.items():
                cost = run()
                runs[way].append(cost)
                print(f"{name:10} {way:10} {cost.wall:7.1f} s wall  {cost.cpu:6.1f} s CPU (client {cost.client_cpu:.1f}, cluster {cost.cluster_cpu:.1f}; others {cost.other_cpu:.1f})"
                      f"  {cost.through / MB:7.1f} MB through oc ({cost.dumps / MB:.1f} of dumps)  peak {cost.peak / MB:.0f} MB", flush=True)
        best = {way: min(costs, key=lambda cost: cost.wall) for way, costs in runs.items()}
        self.figures[name] = {way: cost.values() for way, cost in best.items()}
        return best["documented"], best["scalekeep"]

    def verify(self):
        shown = json.loads(subprocess.run([self.cli, "show", "--json", str(self.bundle)], env=self.sandbox.environment, check=True, capture_output=True).stdout.splitlines()[-1])
        plain = plain_bytes(shown)
        cost = min((self.meter.run([self.cli, "verify", str(self.bundle)]) for _ in range(max(2, self.options.rounds))), key=lambda run: run.client_cpu)
        self.figures["verify"] = cost.values() | {"bytes": plain}
        print(f"verify: {plain / MB:.0f} MB of data in {cost.wall:.1f} s wall, {cost.client_cpu:.1f} s CPU, peak {cost.peak / MB:.0f} MB", flush=True)
        return plain / MB / cost.client_cpu


def plain_bytes(shown):
    """Bytes of all streams of the bundle, as `show` lists them."""
    if isinstance(shown, dict):
        if isinstance(shown.get("streams"), list):
            return sum(int(stream["bytes"]) for stream in shown["streams"])
        return sum(map(plain_bytes, shown.values()))
    return 0


def goals(benchmark, small):
    """(what, measured, goal, whether less is good)"""
    options = benchmark.options
    slow, fast = benchmark.both("full")
    yield "wall time, scalekeep / documented", fast.wall / slow.wall, 0.75, True
    yield "CPU seconds of client and cluster, scalekeep / documented", fast.cpu / slow.cpu, None, True
    yield "bytes through oc, everything", fast.through / slow.through, None, True
    yield "bytes through oc, text dumps", fast.dumps / slow.dumps, 0.25, True
    yield "peak memory of scalekeep-cli, MB", fast.peak / MB, 200, True
    if small:
        yield "peak memory, full / small data", fast.peak / small.peak, 1.15, True
    yield "verify, MB a second and core", benchmark.verify(), 300, False
    if not options.no_throttle:
        benchmark.sandbox.call("fault", "add", "throttle", "--times", "0", "--rate", str(THROTTLE))
        slow, fast = benchmark.both("throttled")
        benchmark.sandbox.call("fault", "clear")
        yield f"wall time at {THROTTLE // MB} MB/s a stream, scalekeep / documented", fast.wall / slow.wall, 0.35, True


def main():
    options = arguments()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="scalekeep-benchmark-"))
    folder = folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    benchmark = Benchmark(options, folder)
    missed = 0
    try:
        benchmark.start()
        small = None
        small_rows = options.rows // 10 if options.small_rows is None else options.small_rows
        if small_rows and not options.seeded:
            benchmark.seed(small_rows)
            small = benchmark.both("small")[1]
        if not options.seeded:
            benchmark.seed(options.rows)
        lines = []
        for what, measured, goal, less in goals(benchmark, small):
            met = goal is None or (measured <= goal if less else measured >= goal)
            missed += not met
            lines.append(f"{what:66} {measured:8.2f}  {'' if goal is None else ('<= ' if less else '>= ') + str(goal):8} {'' if goal is None else 'met' if met else 'MISSED'}")
            benchmark.figures.setdefault("goals", []).append({"what": what, "measured": measured, "goal": goal, "met": met})
        print("\n" + "\n".join(lines) + f"\n\n{os.cpu_count()} cores")
        if options.json:
            options.json.write_text(json.dumps(benchmark.figures, indent=1) + "\n")
    finally:
        benchmark.sandbox.call("down")
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
