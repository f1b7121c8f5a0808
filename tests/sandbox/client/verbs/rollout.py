"""oc rollout: latest, status, pause, resume, restart, cancel, history."""
import time

from .. import follow, kinds, output
from ..errors import Fail, ServerError, raise_all
from ..rest import MERGE, STRATEGIC
from .rollout_status import VIEWERS

DONE = ("Complete", "Failed")
PHASE = "openshift.io/deployment.phase"
REASON = "openshift.io/deployment.status-reason"
VERSION = "openshift.io/deployment-config.latest-version"


def targets(command, default=None):
    """The objects asked for, as (resource, object)."""
    flags, args = command.flags, command.args
    if not args:
        raise Fail("error: required resource not specified")
    command.config.cluster()
    if "selector" in flags.values and flags["selector"]:
        found = []
        for resource in kinds.types(args[0]):
            listed = command.server.request("GET", kinds.path(resource, command.namespace), query={"labelSelector": flags["selector"]},
                                            about=kinds.about("get", resource))
            found += [(resource, {"apiVersion": resource.api_version, "kind": resource.kind} | o) for o in listed["items"]]
        return found
    if default and len(args) == 1 and "/" not in args[0]:
        args = [f"{default}/{args[0]}"]
    named = kinds.targets(args, command.name)
    if any(name is None for _, name in named):
        raise Fail("error: resource(s) were provided, but no name was specified")
    return [(r, command.server.request("GET", kinds.path(r, command.namespace, n), about=kinds.about("get", r, n))) for r, n in named]


def controllers(command, name):
    """The ReplicationControllers that a DeploymentConfig has made, oldest first."""
    query = {"labelSelector": f"openshift.io/deployment-config.name={name}"}
    listed = command.server.request("GET", kinds.path(kinds.lookup("rc"), command.namespace), query=query)["items"]
    return sorted(listed, key=lambda rc: int(annotation(rc, VERSION) or 0))


def annotation(obj, name):
    return (obj["metadata"].get("annotations") or {}).get(name, "")


def latest(command):
    flags = command.flags
    output.check(flags["output"], output.FORMATS)
    strategy, suffix, query = output.dry_run(command)
    if len(command.args) != 1:
        raise Fail("error: one deployment config name is needed as argument.\nSee 'oc rollout latest -h' for help and examples")
    (resource, dc), = targets(command, default="deploymentconfigs")
    name = dc["metadata"]["name"]
    if resource.kind != "DeploymentConfig":
        raise Fail(f"error: {command.args[0]} is not a deployment config")
    if (dc.get("spec") or {}).get("paused"):
        raise Fail("error: cannot deploy a paused deployment config")
    number = (dc.get("status") or {}).get("latestVersion", 0)
    try:
        rc = command.server.request("GET", kinds.path(kinds.lookup("rc"), command.namespace, f"{name}-{number}"))
        if annotation(rc, PHASE) not in DONE:
            raise Fail(f"error: #{number} is already in progress ({annotation(rc, PHASE) or 'New'}).")
    except ServerError as error:
        if error.reason != "NotFound":
            raise
    if strategy != "client":
        dc = start(command, resource, dc, query)
    output.announce(command, dc, "rolled out" + suffix, typed=True)


def start(command, resource, dc, query):
    name, server = dc["metadata"]["name"], command.server
    request = {"kind": "DeploymentRequest", "apiVersion": resource.api_version, "name": name, "latest": not command.flags["again"], "force": True}
    try:
        return server.request("POST", kinds.path(resource, command.namespace, name, "instantiate"), request, query=query)
    except ServerError as error:
        if error.reason not in ("NotFound", "Forbidden"):
            raise
    # So the real client does for servers older than 1.4, and for users who may not instantiate but update.
    dc["status"]["latestVersion"] = dc["status"].get("latestVersion", 0) + 1
    return server.request("PUT", kinds.path(resource, command.namespace, name), dc, query=query)


def status(command):
    flags, failures = command.flags, []
    for resource, obj in targets(command):
        try:
            viewer = VIEWERS.get(resource.kind)
            if viewer is None:
                raise Fail(f"error: no status viewer has been implemented for {resource.kind}.{resource.group}")
            if flags["watch"]:
                watch(command, resource, obj, viewer)
            else:
                command.write(viewer(obj, flags["revision"])[0])
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def watch(command, resource, obj, viewer):
    seconds = command.flags["timeout"] or None
    try:
        for state in follow.states(command.server, resource, command.namespace, obj["metadata"]["name"], seconds):
            if state is None:
                raise Fail("error: object has been deleted")
            line, done = viewer(state, command.flags["revision"])
            command.write(line)
            if done:
                return
    except follow.TimedOut:
        raise Fail("error: timed out waiting for the condition") from None


def pause(command):
    toggle(command, True, "paused")


def resume(command):
    toggle(command, False, "resumed")


def toggle(command, paused, word):
    output.check(command.flags["output"])
    failures = []
    for resource, obj in targets(command):
        try:
            name = obj["metadata"]["name"]
            if resource.kind not in ("DeploymentConfig", "Deployment"):
                raise Fail(f'error: {resource.qualified} "{name}" {"pausing" if paused else "resuming"} is not supported')
            if bool((obj.get("spec") or {}).get("paused")) == paused:
                raise Fail(f'error: {resource.qualified} "{name}" is {"already" if paused else "not"} paused')
            change = {"spec": {"paused": True if paused else None}}
            changed = command.server.request("PATCH", kinds.path(resource, command.namespace, name), change, STRATEGIC,
                                             {"fieldManager": command.flags["field-manager"]})
            output.announce(command, changed, word)
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def restart(command):
    output.check(command.flags["output"])
    failures = []
    for resource, obj in targets(command):
        try:
            name = obj["metadata"]["name"]
            if resource.kind not in ("Deployment", "StatefulSet", "DaemonSet"):
                raise Fail(f'error: {resource.qualified} "{name}" restarting is not supported')
            if (obj.get("spec") or {}).get("paused"):
                raise Fail(f'error: {resource.qualified} "{name}" can\'t restart paused deployment (run rollout resume first)')
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            change = {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": stamp}}}}}
            changed = command.server.request("PATCH", kinds.path(resource, command.namespace, name), change, STRATEGIC,
                                             {"fieldManager": command.flags["field-manager"]})
            output.announce(command, changed, "restarted")
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def cancel(command):
    """Marks what is running as cancelled; the real client prints nothing when it has done so."""
    for resource, obj in targets(command):
        if resource.kind != "DeploymentConfig":
            raise Fail(f"error: expected deployment configuration, got {resource.qualified}")
        if (obj.get("spec") or {}).get("paused"):
            raise Fail("error: unable to cancel paused deployment")
        change = {"metadata": {"annotations": {"openshift.io/deployment.cancelled": "true",
                                               REASON: "cancelled by the user"}}}
        for rc in controllers(command, obj["metadata"]["name"]):
            if annotation(rc, PHASE) not in DONE:
                command.server.request("PATCH", kinds.path(kinds.lookup("rc"), command.namespace, rc["metadata"]["name"]), change, MERGE)


def history(command):
    for resource, obj in targets(command):
        if resource.kind != "DeploymentConfig":
            raise Fail(f"error: no history viewer has been implemented for {resource.kind}.{resource.group}")
        found = controllers(command, obj["metadata"]["name"])
        if not found:
            command.write(f"{output.object_name(obj)} \nNo rollout history found.\n")
            continue
        command.write(f"{output.object_name(obj)} \nREVISION\tSTATUS\t\tCAUSE\n")
        for rc in found:
            command.write(f"{annotation(rc, VERSION)}\t\t{annotation(rc, PHASE)}\t{annotation(rc, REASON) or '<unknown>'}\n")
        command.write("\n")


CHANGE = "field-manager output selector show-managed-fields"
COMMANDS = {"rollout latest": (latest, "again dry-run output show-managed-fields"), "rollout status": (status, "revision selector timeout watch"),
            "rollout pause": (pause, CHANGE), "rollout resume": (resume, CHANGE), "rollout restart": (restart, CHANGE),
            "rollout cancel": (cancel, ""), "rollout history": (history, "selector")}
