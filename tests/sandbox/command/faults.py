"""`scalekeep-sandbox fault`: the list that `oc` reads (faults.json), hidden tools, small file systems."""
import contextlib
import fcntl
import json
import os

from install import installations

from . import bring_up
from .errors import SandboxError
from .home import private_write

KINDS = ("exit", "truncate", "truncate-stdin", "hang", "slow", "drop", "drop-after", "expire-token", "kill-pod", "throttle")
UNITS = {"": 1, "K": 1000, "M": 10**6, "G": 10**9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def size(text):
    number, unit = text.rstrip("KMGi"), text[len(text.rstrip("KMGi")):]
    if not number.isdigit() or unit not in UNITS:
        raise SandboxError(f"{text!r} is no size; nothing was changed. Write it like 20Mi or 500000.")
    return int(number) * UNITS[unit]


@contextlib.contextmanager
def _list(home):
    """The list of faults, written back when the block is left."""
    home.create()
    with open(home.path / "faults.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = home.path / "faults.json"
        faults = json.loads(path.read_text() or "[]") if path.exists() else []
        yield faults
        private_write(path, json.dumps(faults, indent=1) + "\n")


def forget(home):
    """No faults of oc any more, and none counted."""
    with _list(home) as faults:
        faults.clear()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(home.path / "faults-state.json")


def add_commands(parser):
    actions = parser.add_subparsers(dest="action", required=True)
    add = actions.add_parser("add", help="a fault of oc")
    add.add_argument("do", choices=KINDS)
    for option in ("verb", "contains", "cluster", "namespace"):
        add.add_argument(f"--{option}", help="only for commands that match")
    add.add_argument("--occurrence", type=int, default=1, help="the first match that counts (default: 1)")
    add.add_argument("--times", type=int, default=1, help="for how many matches, 0 for ever (default: 1)")
    add.add_argument("--bytes", help="after this much output (of input for truncate-stdin)")
    add.add_argument("--code", type=int, help="exit code")
    add.add_argument("--stderr", help="text on standard error")
    add.add_argument("--rate", help="bytes a second")
    hide = actions.add_parser("hide", help="tools that a workload's containers do not have, at once")
    hide.add_argument("namespace", metavar="CLUSTER/NS")
    hide.add_argument("workload", metavar="WORKLOAD[/CONTAINER]")
    hide.add_argument("tool", nargs="+")
    limit = actions.add_parser("limit", help="a volume claim or a writable path with little room left; replaces the pods")
    limit.add_argument("namespace", metavar="CLUSTER/NS")
    limit.add_argument("what", metavar="claim/CLAIM or WORKLOAD/PATH")
    limit.add_argument("room", help="how much is left free, like 20Mi")
    actions.add_parser("list", help="all faults as JSON")
    actions.add_parser("clear", help="no faults any more; pods with small file systems are restarted")


def _installation(home, name):
    home.require_daemon()
    found = [i for i in installations() if i.name == name]
    if not found:
        raise SandboxError(f"There is no installation {name!r}; nothing was changed. Choose of: {', '.join(i.name for i in installations())}")
    return found[0]


def run(home, args):
    if args.action == "add":
        match = {name: getattr(args, name) for name in ("verb", "contains", "cluster", "namespace") if getattr(args, name)}
        fault = {"match": match, "occurrence": args.occurrence, "times": args.times, "do": args.do}
        for name in ("bytes", "rate"):
            if getattr(args, name):
                fault[name] = size(getattr(args, name))
        fault |= {name: getattr(args, name) for name in ("code", "stderr") if getattr(args, name) is not None}
        with _list(home) as faults:
            faults.append(fault)
    elif args.action == "hide":
        i = _installation(home, args.namespace)
        home.call("hide", cluster=i.cluster, namespace=i.namespace, workload=args.workload, tools=args.tool)
    elif args.action == "limit":
        i = _installation(home, args.namespace)
        home.call("limit", cluster=i.cluster, namespace=i.namespace, what=args.what, room=size(args.room))
        bring_up.wait_ready(home, i)
    elif args.action == "list":
        with _list(home) as faults:
            containers = home.call("faults") if home.daemon_pid() else {}
            print(json.dumps({"oc": faults, "containers": containers}, indent=1))
    else:
        forget(home)
        if home.daemon_pid():
            for name in home.call("clear_container_faults"):
                bring_up.wait_ready(home, _installation(home, name))
    return 0
