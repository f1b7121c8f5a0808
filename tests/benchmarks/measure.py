"""Measuring: what a command costs the client, what it costs the cluster, and what went through `oc` for it."""
import json
import os
import subprocess
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """One measured run. Times in seconds, sizes in bytes."""
    wall: float = 0.0
    client_cpu: float = 0.0   # the command and every child that it waited for, `oc` among them
    cluster_cpu: float = 0.0  # the sandbox: API servers, kubelet, everything in the pods
    other_cpu: float = 0.0    # of both cores, by processes that are none of ours: how far the wall time can be trusted
    peak: int = 0             # the largest resident set of the command
    through: int = 0          # both directions of every `oc`
    dumps: int = 0            # what `oc` printed for mysqldump and pg_dump

    @property
    def cpu(self):
        return self.client_cpu + self.cluster_cpu

    def values(self):
        return asdict(self) | {"cpu": self.cpu}


def _stat(pid):
    """(parent, CPU ticks with those of waited-for children), or None for a process that is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2:].split()
    return int(fields[1]), sum(map(int, fields[11:15]))


def _cluster_cpu(daemon):
    """CPU seconds of the daemon and all below it. A child's time moves to the parent that waits for it, so nothing is lost between two looks."""
    stats = {int(name): stat for name in os.listdir("/proc") if name.isdigit() and (stat := _stat(name))}
    below = {daemon}
    while new := {pid for pid, (parent, _) in stats.items() if parent in below and pid not in below}:
        below |= new
    return sum(stats[pid][1] for pid in below if pid in stats) / TICK


def _machine_cpu():
    """Busy CPU seconds of the machine since it started (guest time is part of user time)."""
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    return (sum(fields) - fields[3] - fields[4]) / TICK


def _watch(pid, peaks):
    """The command's largest resident set, until it ends. wait4() would begin with that of this process, which shares its memory with what it starts."""
    while True:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        largest = [int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")]
        if not largest:
            return
        peaks.append(largest[0])
        time.sleep(0.05)


class Meter:
    """Measures commands against one sandbox."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.daemon = sandbox.daemon()

    def run(self, argv, environment=None):
        self.sandbox.call("oc-log", "--clear")
        cluster, machine, started = _cluster_cpu(self.daemon), _machine_cpu(), time.monotonic()
        peaks = [0]
        with subprocess.Popen(argv, env=environment or self.sandbox.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True).start()
            said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        cost = Cost(wall=time.monotonic() - started, client_cpu=usage.ru_utime + usage.ru_stime, peak=max(peaks))
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, argv))[:200]}\nended with {process.returncode}:\n{said.decode(errors='replace')[-3000:]}")
        cost.cluster_cpu = _cluster_cpu(self.daemon) - cluster
        cost.other_cpu = max(0.0, _machine_cpu() - machine - cost.cpu)
        for line in self.sandbox.call("oc-log").splitlines():
            entry = json.loads(line)
            cost.through += entry["bytesOut"] + entry["bytesErr"] + entry["bytesIn"]
            if any("mysqldump" in argument or "pg_dump" in argument for argument in entry["argv"]):
                cost.dumps += entry["bytesOut"]
        return cost


class Sandbox:
    """A sandbox of the benchmark's own, in `home`."""

    def __init__(self, program, home, target):
        self.program, self.home, self.target = str(program), Path(home), target
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")

    def call(self, *arguments):
        done = subprocess.run([self.program, "--home", str(self.home), *arguments], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"scalekeep-sandbox {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def up(self):
        self.call("up", "--only", self.target, "--die-with-parent")
        for line in self.call("env").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            self.environment[name] = value.strip("'\"")

    def daemon(self):
        """The process of the daemon: it alone has this home and `serve` among its arguments."""
        for name in os.listdir("/proc"):
            try:
                arguments = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0") if name.isdigit() else []
            except OSError:
                continue
            if b"serve" in arguments and os.fsencode(self.home) in arguments:
                return int(name)
        raise SystemExit("The sandbox's daemon was not found among the processes.")
