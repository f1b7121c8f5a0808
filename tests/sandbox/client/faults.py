"""Faults on demand and the log of every run: see "Faults" in ../README.md. Both live in the sandbox's home; without one
this module does nothing."""
import fcntl
import json
import os
import resource
import signal
import sys
import time

from .errors import Fail

KINDS = {"exit", "truncate", "truncate-stdin", "hang", "slow", "drop", "drop-after", "expire-token", "kill-pod", "throttle", "kill-app", "full-app"}


def caller():
    """The program that called `oc`."""
    return os.getppid()


class Meter:
    """One direction of data: how much went through, where it is cut, how fast it may flow."""
    __slots__ = ("bytes", "limit", "rate", "started")

    def __init__(self, limit=None, rate=None):
        self.bytes, self.limit, self.rate, self.started = 0, limit, rate, None

    def allowance(self, wanted):
        """How many bytes may go now; waits where the rate says so, 0 means that the limit is reached."""
        if self.limit is not None:
            wanted = min(wanted, self.limit - self.bytes)
        if self.rate and wanted > 0:
            self.started = self.started or time.monotonic()
            # A fiftieth of a second's worth at a time keeps the flow even and the number of calls small.
            wanted = min(wanted, max(1, int(self.rate / 50)))
            ahead = (self.bytes + wanted) / self.rate - (time.monotonic() - self.started)
            if ahead > 0:
                time.sleep(ahead)
        return wanted


class Run:
    """This invocation: its fault, its meters, its line in the log."""

    def __init__(self, argv):
        self.argv, self.started, self.home, self.fault = argv, time.time(), None, {}
        self.out, self.err, self.input = Meter(), Meter(), Meter()
        self.app, self.step, self.signature = caller(), None, None

    def locate(self, config):
        self.home = os.environ.get("SCALEKEEP_SANDBOX_HOME")
        authority = config.data["clusters"].get(config.cluster_name, {}).get("certificate-authority") if not self.home else None
        if authority:
            try:
                with open(os.path.join(os.path.dirname(authority), "scalekeep-sandbox-home"), encoding="utf-8") as file:
                    self.home = file.read().strip()
            except OSError:
                pass

    def choose(self, verb, config, server_url):
        """Finds the fault that is due for this command, counting every match under a lock."""
        if not self.home:
            return
        if os.environ.get("SCALEKEEP_SANDBOX_STEPS"):
            from . import journal
            self.step, self.signature = journal.place_of(self.argv)
            journal.wait_at_gate(self.step)
        if not self._list():
            return
        with open(os.path.join(self.home, "faults.lock"), "a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            faults = self._list()
            counts = self._counts()
            known = self._known_clusters().get(server_url, "")
            names = (config.cluster_name, known, known.removeprefix("sandbox-"))
            for fault in faults:
                if fault.get("do") not in KINDS:
                    raise Fail(f'sandbox: faults.json asks for the unknown fault {fault.get("do")!r}; nothing was run', 70)
                if not self._matches(fault.get("match") or {}, verb, names, config.namespace):
                    continue
                key = json.dumps(fault, sort_keys=True)
                counts[key] = counts.get(key, 0) + 1
                first, times = fault.get("occurrence", 1), fault.get("times", 1)
                if counts[key] >= first and (times == 0 or counts[key] < first + times):
                    self.fault = fault
                    break
            scratch = os.path.join(self.home, "faults-state.json.new")
            with open(scratch, "w", encoding="utf-8") as file:
                json.dump(counts, file, indent=1)
            os.rename(scratch, scratch[:-4])
        self._arm()

    def _list(self):
        try:
            with open(os.path.join(self.home, "faults.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return []

    def _counts(self):
        try:
            with open(os.path.join(self.home, "faults-state.json"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def _known_clusters(self):
        """Server addresses of the sandbox's clusters, where it has said so: a kubeconfig may call them anything."""
        try:
            with open(os.path.join(self.home, "clusters.json"), encoding="utf-8") as file:
                return {url: name for name, url in json.load(file).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _matches(self, match, verb, clusters, namespace):
        line = " ".join(self.argv[1:])
        return (match.get("verb") in (None, verb, verb.split(" ")[0]) and match.get("contains", "") in line
                and match.get("cluster") in (None, *clusters) and match.get("namespace") in (None, namespace)
                and match.get("step") in (None, self.step) and match.get("signature") in (None, self.signature))

    def _arm(self):
        do, size, rate = self.fault.get("do"), self.fault.get("bytes"), self.fault.get("rate")
        if do in ("truncate", "kill-pod", "drop-after") or (do in ("exit", "hang", "drop", "kill-app") and size is not None):
            self.out.limit = size or 0
        if do == "drop-after":
            self.err.limit = 0
        elif do == "truncate-stdin":
            self.input.limit = size or 0
        elif do == "slow":
            self.out.rate = rate or 1000
        elif do == "throttle":
            self.out.rate = self.err.rate = self.input.rate = rate or 20_000_000

    def before_request(self, server):
        """The faults that come before anything has reached the cluster."""
        do, late = self.fault.get("do"), self.fault.get("bytes") is not None
        if do == "expire-token":
            expire_token(server)
        elif do == "full-app":
            self._fill()
        elif do == "kill-app" and not late and not self.fault.get("after"):
            self.kill_app()
        elif late or do not in ("exit", "hang", "drop"):
            return
        elif do == "exit":
            raise Fail(self.fault.get("stderr", "error: fault of the sandbox"), self.fault.get("code", 1))
        elif do == "drop":
            raise Fail(self.fault.get("stderr", "Unable to connect to the server: EOF"), 1)
        else:
            hang()

    def kill_app(self):
        """The program that called is killed at this moment, and this one with it, as the kernel does for the children of Scalekeep."""
        os.kill(self.app, signal.SIGKILL)
        os._exit(128 + signal.SIGKILL)

    def _fill(self):
        """From now on no file of the program that called may grow beyond `bytes` over what its journal has: its disk is full."""
        from . import journal
        path = journal.newest()
        limit = (os.path.getsize(path) if path else 0) + self.fault.get("bytes", 0)
        resource.prlimit(self.app, resource.RLIMIT_FSIZE, (limit, limit))

    def done(self):
        """The command took effect; its caller has not learned of it yet."""
        if self.fault.get("do") == "kill-app" and self.fault.get("after"):
            self.kill_app()

    def at_limit(self):
        """The faults that come when `bytes` of the output have been written; what ends the run ends it here."""
        do = self.fault["do"]
        if do == "kill-app":
            self.kill_app()
        if do == "hang":
            hang()
        if do == "exit":
            raise Fail(self.fault.get("stderr", "error: fault of the sandbox"), self.fault.get("code", 1))
        raise Fail("", self.fault.get("code", 0))

    def stream_limit(self, kill_pod):
        """The same for the output of a command in a pod, called in the thread that copies it."""
        do = self.fault.get("do")
        if do == "kill-pod":
            kill_pod()
            self.out.limit = None
        elif do != "drop-after":
            # The remote command lives on, as after any lost connection.
            try:
                self.at_limit()
            except Fail as failure:
                if failure.text:
                    print(failure.text, file=sys.stderr, flush=True)
                self.log(failure.code)
                os._exit(failure.code)

    def write(self, data):
        """Output of a command other than exec."""
        data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.done()
        if self.fault.get("do") == "drop-after":
            raise Fail(self.fault.get("stderr", "Unable to connect to the server: unexpected EOF"), self.fault.get("code", 1))
        while data:
            count = self.out.allowance(len(data))
            if count <= 0:
                self.at_limit()
            count = os.write(1, data[:count])
            self.out.bytes, data = self.out.bytes + count, data[count:]

    def log(self, code):
        if not self.home:
            return
        if code == 0:
            self.done()
        line = {"time": self.started, "seconds": round(time.time() - self.started, 4), "pid": os.getpid(), "argv": self.argv, "exit": code,
                "bytesOut": self.out.bytes, "bytesErr": self.err.bytes, "bytesIn": self.input.bytes}
        if self.fault:
            line["fault"] = self.fault["do"]
        if self.step is not None:
            line |= {"step": self.step, "signature": self.signature}
        try:
            descriptor = os.open(os.path.join(self.home, "oc-log.jsonl"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            os.write(descriptor, json.dumps(line, ensure_ascii=True).encode() + b"\n")
            os.close(descriptor)
        except OSError as error:
            print(f"sandbox: cannot write oc-log.jsonl: {error.strerror}", file=sys.stderr)


def hang():
    while True:
        time.sleep(3600)


def expire_token(server):
    """Revokes the session's token on the server, as `oc logout` does, without telling the kubeconfig."""
    from .rest import token_object
    if server.user.get("token"):
        server.request("DELETE", f"/apis/oauth.openshift.io/v1/oauthaccesstokens/{token_object(server.user['token'])}")
