"""Options and the commands that need few lines."""
import argparse
import json
import os
import pathlib
import re
import shlex
import shutil
import sys

from install import DEFAULT_ROWS, installations

from . import access, destruction, faults
from .bring_up import Filler, pod_of, pristine, say, wait_ready
from .errors import SandboxError
from .home import Home, default_home

PROGRAM = pathlib.Path(__file__).parent.parent / "scalekeep-sandbox"


def chosen(names):
    """Installations by name; all without names."""
    known = {i.name: i for i in installations()}
    for name in names:
        if name not in known:
            raise SandboxError(f"There is no installation {name!r}; nothing was changed. Choose of: {', '.join(known)}")
    return [known[n] for n in dict.fromkeys(names)] or list(known.values())


def split(names):
    return [n for n in (names or "").split(",") if n]


def present(home):
    return [i for i in installations() if pristine(home, i).exists()]


def up(home, args):
    wanted = chosen(split(args.only))
    with home.lock():
        if home.daemon_pid() is None:
            home.start_daemon(PROGRAM, os.getppid() if args.die_with_parent else None)
        access.write(home)
        Filler(home, args.rows, not args.no_cache).fill(wanted)
    say(f"The sandbox is up in {home.path}. For its variables: eval \"$({shlex.quote(str(PROGRAM))} --home {shlex.quote(str(home.path))} env)\"")


def down(home, args):
    with home.lock():
        stopped = home.stop_daemon()
        if args.purge:
            for entry in home.path.iterdir():
                if entry.name != "command.lock":
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    say("The sandbox is down." if stopped else "No sandbox was running.")


def status(home, args):
    pid = home.daemon_pid()
    if pid is None:
        print(f"down ({home.path})")
        return 3
    servers = home.call("servers")
    print(f"up ({home.path}, process {pid})")
    bad = 0
    for i in present(home):
        left = home.call("unready", cluster=i.cluster, namespace=i.namespace)
        bad += bool(left)
        print(f"{i.name}  {i.version} {i.flavour}  {servers[i.cluster]}  {'ready' if not left else '; '.join(left)}")
    return 4 if bad else 0


def reset(home, args):
    home.require_daemon()
    with home.lock():
        load(home, chosen(args.namespace) if args.namespace else present(home), "pristine")
        if not args.namespace:
            faults.forget(home)


def load(home, wanted, name):
    saved = {i: home.path / "snapshots" / name / i.name for i in wanted}
    missing = [i.name for i, directory in saved.items() if not directory.exists()]
    if missing:
        raise SandboxError(f"There is no snapshot {name!r} of {', '.join(missing)}; nothing was changed.")
    for i, directory in saved.items():
        home.call("load", cluster=i.cluster, namespace=i.namespace, directory=str(directory))
    for i in wanted:
        wait_ready(home, i)


def snapshot(home, args):
    home.require_daemon()
    if args.name in ("pristine", "new") or not re.fullmatch(r"[A-Za-z0-9_-]+", args.name):
        raise SandboxError(f"{args.name!r} can't be the name of a snapshot; nothing was saved. Use letters, digits, - and _.")
    with home.lock():
        wanted = present(home)
        for i in wanted:
            target = home.path / "snapshots" / args.name / i.name
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            home.call("save", cluster=i.cluster, namespace=i.namespace, directory=str(target))
        for i in wanted:
            wait_ready(home, i)


def rollback(home, args):
    home.require_daemon()
    with home.lock():
        load(home, present(home), args.name)


def seed(home, args):
    home.require_daemon()
    with home.lock():
        filler = Filler(home, args.rows, False)
        for i in chosen(args.namespace) if args.namespace else present(home):
            say(f"{i.name}: loading data with {args.rows} rows")
            filler.seed(i)


def expire_token(home, args):
    home.require_daemon()
    for cluster in home.call("servers"):
        if args.cluster in (None, cluster):
            say(f"{cluster}: {home.call('expire', cluster=cluster, user=access.USERS[args.user])} tokens of {access.USERS[args.user]} have expired")


def renew_token(home, args):
    home.require_daemon()
    access.write(home, renew=True)


def destroy(home, args):
    home.require_daemon()
    with home.lock():
        for component in args.component:
            destruction.destroy(home, chosen([args.namespace])[0], component)


def env(home, args):
    home.require_daemon()
    for name, value in access.variables(home, PROGRAM.parent / "oc").items():
        print(f"export {name}={shlex.quote(value)}")


def oc_log(home, args):
    path = home.path / "oc-log.jsonl"
    if args.clear:
        path.unlink(missing_ok=True)
    elif path.exists():
        sys.stdout.write(path.read_text())


def exec_in(home, args):
    home.require_daemon()
    i = chosen([args.namespace])[0]
    workload, _, container = args.workload.partition("/")
    pod = pod_of(home, i, workload)
    if not container:
        pods = home.call("objects", cluster=i.cluster, namespace=i.namespace, kind="pods")
        container = next(p for p in pods if p["metadata"]["name"] == pod)["spec"]["containers"][0]["name"]
    return home.exec(i.cluster, i.namespace, pod, container, args.command, 0, 1, 2)


def serve(home, args):
    from .serve import serve as run
    return run(home, json.loads(args.addresses), args.die_with)


def parser():
    made = argparse.ArgumentParser(prog="scalekeep-sandbox", description="Local 3scale clusters for Scalekeep's tests; see README.md beside it.")
    made.add_argument("--home", default=default_home(), help="where the sandbox keeps its state (default: %(default)s)")
    commands = made.add_subparsers(dest="verb", required=True)

    def command(name, function, text):
        one = commands.add_parser(name, help=text, description=text)
        one.set_defaults(function=function)
        return one

    one = command("up", up, "start the sandbox and fill it; what is up already stays as it is")
    one.add_argument("--only", metavar="CLUSTER/NS,...", help="only these installations")
    one.add_argument("--rows", type=int, default=DEFAULT_ROWS, help="size of the data (default: %(default)s)")
    one.add_argument("--no-cache", action="store_true", help="fill from nothing and keep nothing for the next time")
    one.add_argument("--die-with-parent", action="store_true", help="end the sandbox when the process that called this ends")
    one = command("down", down, "stop everything; the state stays for the next up")
    one.add_argument("--purge", action="store_true", help="remove the state too")
    command("status", status, "what runs; exit code 0 ready, 3 down, 4 something is not ready")
    one = command("reset", reset, "back to the state after the first up")
    one.add_argument("namespace", nargs="*", metavar="CLUSTER/NS")
    command("snapshot", snapshot, "save the state of all installations").add_argument("name")
    command("rollback", rollback, "back to a saved state").add_argument("name")
    one = command("seed", seed, "replace the data of the stores")
    one.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    one.add_argument("namespace", nargs="*", metavar="CLUSTER/NS")
    one = command("expire-token", expire_token, "let a user's tokens expire")
    one.add_argument("--cluster", choices=("north", "south"))
    one.add_argument("--user", choices=sorted(access.USERS), default="edit")
    command("renew-token", renew_token, "write fresh tokens to the token files and kubeconfigs")
    one = command("destroy", destroy, "the disaster by hand")
    one.add_argument("namespace", metavar="CLUSTER/NS")
    one.add_argument("component", nargs="+", choices=sorted(destruction.COMPONENTS))
    command("env", env, "shell lines with the sandbox's variables")
    command("oc-log", oc_log, "what oc was called for, one JSON object a line").add_argument("--clear", action="store_true")
    one = command("exec-in", exec_in, "run a command in a workload's container, without oc")
    one.add_argument("namespace", metavar="CLUSTER/NS")
    one.add_argument("workload", metavar="WORKLOAD[/CONTAINER]")
    one.add_argument("command", nargs=argparse.REMAINDER)
    faults.add_commands(command("fault", faults.run, "faults of oc, of containers and of volumes"))
    one = command("serve", serve, "the daemon itself (started by up)")
    one.add_argument("--addresses", required=True)
    one.add_argument("--die-with", type=int)
    return made


def main():
    args = parser().parse_args()
    try:
        return args.function(Home(args.home), args) or 0
    except SandboxError as e:
        print(f"scalekeep-sandbox: {e}", file=sys.stderr)
        return 1
    except ConnectionError:
        print("scalekeep-sandbox: The sandbox's daemon does not answer. See daemon.log in the sandbox home, then: scalekeep-sandbox up", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
