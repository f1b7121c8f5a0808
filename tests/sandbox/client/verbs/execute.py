"""oc exec and oc rsh: a command in a container."""
import time
from urllib.parse import urlencode

from .. import kinds
from ..errors import Fail, ServerError
from ..pump import Session

FINISHED = ("Succeeded", "Failed")
DEPRECATED = "kubectl exec [POD] [COMMAND] is DEPRECATED and will be removed in a future version. Use kubectl exec [POD] -- [COMMAND] instead."
EXPECTED = ("error: expected '{0}'.\nPOD or TYPE/NAME is a required argument for the {1} command\nSee 'oc {1} -h' for help and examples")


def execute(command):
    flags, args, dash = command.flags, command.args, command.flags.dash
    if not args or dash == 0:
        raise Fail("error: pod, type/name or --filename must be specified" if args or dash is not None else
                   EXPECTED.format("exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]", "exec"))
    target, remote = args[0], args[dash:] if dash is not None else args[1:]
    if dash is None and remote and not flags["quiet"]:
        command.complain(DEPRECATED)
    if not remote:
        raise Fail("error: you must specify at least one command for the container")
    command.config.cluster()
    if flags["tty"] and not flags["quiet"]:
        command.complain("Unable to use a TTY - input is not a terminal or the right kind of file" if flags["stdin"] else
                         "Unable to use a TTY - container will be attached without a terminal")
    return run(command, target, remote, with_stdin=flags["stdin"])


def rsh(command):
    flags, args = command.flags, command.args
    command.config.cluster()
    if not args:
        raise Fail("error: pod, type/name or --filename must be specified")
    if args[1:2] == ["--"] or flags.dash is not None:
        raise Fail(EXPECTED.format("rsh [-c CONTAINER] [flags] (POD | TYPE/NAME) COMMAND [args...]", "rsh"))
    if flags["tty"] and flags["no-tty"]:
        raise Fail("error: you may not specify -t and -T together")
    if flags["tty"]:
        command.complain("Unable to use a TTY - input is not a terminal or the right kind of file")
    return run(command, args[0], args[1:] or [flags["shell"]], with_stdin=True)


def run(command, target, remote, with_stdin):
    server, namespace = command.server, command.namespace
    pod = find_pod(command, target)
    phase = (pod.get("status") or {}).get("phase")
    if phase in FINISHED:
        raise Fail(f"error: cannot exec into a container in a completed pod; current phase is {phase}")
    container = command.flags["container"] or default_container(command, pod)
    name = pod["metadata"]["name"]
    query = [("command", word) for word in remote] + [("container", container)]
    query += [("stdin", "true")] * with_stdin + [("stdout", "true"), ("stderr", "true")]
    path = kinds.path(kinds.lookup("pods"), namespace, name, "exec") + "?" + urlencode(query, errors="surrogateescape")
    try:
        ticket = server.request("POST", path)
    except ServerError as error:
        # The upgrade of the connection fails: no Status object reaches the user in these cases.
        if error.message.startswith("unable to upgrade connection"):
            raise Fail(f"error: {error.message}") from None
        raise
    session = Session(command.run, ticket, with_stdin, at_limit=lambda: command.run.stream_limit(lambda: kill(server.fresh(), namespace, name)))
    code = session.finish()
    command.run.done()
    if code is None or command.run.fault.get("do") == "drop-after":
        return 0
    if code:
        command.complain(f"command terminated with exit code {code}")
    return code


def kill(server, namespace, name):
    """Returns when the pod is gone: until then its processes could come to a good end on a busy machine."""
    path = kinds.path(kinds.lookup("pods"), namespace, name)
    server.request("DELETE", path, {"gracePeriodSeconds": 0})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            server.request("GET", path)
        except ServerError as error:
            if error.reason == "NotFound":
                return
            raise
        time.sleep(0.05)
    raise Fail(f"sandbox: pod {name} was to be killed and is still there", 70)


def default_container(command, pod):
    containers = [c["name"] for c in pod["spec"]["containers"]]
    chosen = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if chosen in containers:
        return chosen
    quiet = "quiet" in command.flags.values and command.flags["quiet"]
    if len(containers) > 1 and not quiet:
        command.complain(f'Defaulted container "{containers[0]}" out of: {", ".join(containers + init_containers(pod))}')
    return containers[0]


def init_containers(pod):
    return [f'{c["name"]} (init)' for c in pod["spec"].get("initContainers") or []]


def find_pod(command, target):
    """A pod by its name, or the first running one of a workload; waits for one as the real client does."""
    server, namespace, pods = command.server, command.namespace, kinds.lookup("pods")
    if "/" not in target:
        return server.request("GET", kinds.path(pods, namespace, target), about=kinds.about("get", pods, target))
    (resource, name), = kinds.targets([target], command.name)
    found = server.request("GET", kinds.path(resource, namespace, name), about=kinds.about("get", resource, name))
    if resource is pods:
        return found
    selector = (found.get("spec") or {}).get("selector") or {}
    labels = selector.get("matchLabels", selector) if resource.group == "apps" else selector
    if not labels:
        raise Fail(f"error: cannot attach to {resource.kind}: selector not found")
    wanted = ",".join(f"{k}={v}" for k, v in sorted(labels.items()))
    deadline = time.monotonic() + command.flags["pod-running-timeout"]
    while True:
        listed = server.request("GET", kinds.path(pods, namespace), query={"labelSelector": wanted})["items"]
        if listed:
            return sorted(listed, key=readiness)[0]
        if time.monotonic() > deadline:
            raise Fail("error: timed out waiting for the condition")
        time.sleep(0.2)


def readiness(pod):
    """Sorts scheduled before unscheduled, running before pending, ready before not ready, longest running first."""
    status = pod.get("status") or {}
    ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in status.get("conditions") or [])
    rank = {"Running": 0, "Unknown": 1, "Pending": 2}.get(status.get("phase"), 3)
    return not pod["spec"].get("nodeName"), rank, not ready, pod["metadata"].get("creationTimestamp", "")


COMMANDS = {"exec": (execute, "container pod-running-timeout quiet stdin tty"),
            "rsh": (rsh, "container no-tty pod-running-timeout shell tty")}
