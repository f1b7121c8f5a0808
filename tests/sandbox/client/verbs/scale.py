"""oc scale."""
import time

from .. import kinds, output
from ..errors import Fail, raise_all
from ..rest import MERGE

NONE = "error: no objects passed to scale"


def scale(command):
    flags = command.flags
    output.check(flags["output"])
    if "replicas" not in flags.given:
        raise Fail('error: required flag(s) "replicas" not set')
    if flags["replicas"] < 0:
        raise Fail("error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    strategy, suffix, query = output.dry_run(command)
    found, failures = find(command), []
    # Whatever keeps the objects from being found, the real client has only this to say.
    if not found:
        raise Fail(NONE)
    for resource, obj in found:
        try:
            one(command, resource, obj, strategy, query)
            output.announce(command, obj, "scaled" + suffix)
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def find(command):
    flags = command.flags
    if not command.args:
        raise Fail(NONE)
    if flags["selector"] or flags["all"]:
        found = []
        for resource in kinds.types(command.args[0]):
            query = {"labelSelector": flags["selector"]} if flags["selector"] else {}
            items = quietly(lambda: command.server.request("GET", kinds.path(resource, command.namespace), query=query)["items"]) or []
            found += [(resource, {"apiVersion": resource.api_version, "kind": resource.kind} | o) for o in items]
        return found
    found = []
    for resource, name in kinds.targets(command.args, "scale"):
        obj = name and quietly(lambda: command.server.request("GET", kinds.path(resource, command.namespace, name)))
        if obj:
            found.append((resource, obj))
    return found


def quietly(request):
    try:
        return request()
    except Fail:
        return None


def one(command, resource, obj, strategy, query):
    flags, server, name = command.flags, command.server, obj["metadata"]["name"]
    path = kinds.path(resource, command.namespace, name, "scale")
    if strategy == "client":
        return
    wanted = {"spec": {"replicas": flags["replicas"]}}
    if flags["current-replicas"] != -1 or flags["resource-version"]:
        current = server.request("GET", path, about=kinds.about("get", resource, name))
        had, version = (current.get("spec") or {}).get("replicas", 0), current["metadata"].get("resourceVersion", "")
        if flags["current-replicas"] not in (-1, had):
            raise Fail(f'error: Expected replicas to be {flags["current-replicas"]}, was {had}')
        if flags["resource-version"] not in ("", version):
            raise Fail(f'error: Expected resource version to be {flags["resource-version"]}, was {version}')
        current["spec"] = (current.get("spec") or {}) | wanted["spec"]
        done = server.request("PUT", path, current, query=query, about=kinds.about("update", resource, name))
    else:
        done = server.request("PATCH", path, wanted, MERGE, query, about=kinds.about("patch", resource, name))
    if flags["timeout"] > 0 and strategy == "none":
        settle(command, resource, name, path, done["metadata"].get("resourceVersion"))


def settle(command, resource, name, path, version):
    """Waits for the number of pods; ends well, too, when somebody else asks for another number meanwhile."""
    deadline = time.monotonic() + command.flags["timeout"]
    while True:
        now = command.server.request("GET", path, about=kinds.about("get", resource, name))
        asked, there = (now.get("spec") or {}).get("replicas", 0), (now.get("status") or {}).get("replicas", 0)
        if now["metadata"].get("resourceVersion") != version and asked != command.flags["replicas"]:
            return
        if asked == there == command.flags["replicas"]:
            return
        if time.monotonic() >= deadline:
            raise Fail(f'error: timed out waiting for "{name}" to be synced')
        time.sleep(min(1, max(0.01, deadline - time.monotonic())))


COMMANDS = {"scale": (scale, "all current-replicas dry-run output replicas resource-version selector show-managed-fields timeout")}
