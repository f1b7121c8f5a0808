"""oc wait."""
import time

from .. import follow, kinds, output
from ..errors import Fail, ServerError, raise_all


def wait(command):
    flags, args = command.flags, command.args
    output.check(flags["output"])
    condition = parse(flags["for"])
    if not args:
        raise Fail("error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
                   "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'")
    seconds = None if flags["timeout"] < 0 else flags["timeout"]
    deadline = time.monotonic() + (follow.WEEK if seconds is None else seconds)
    failures, visited = [], 0
    for resource, name in find(command, condition, failures):
        visited += 1
        try:
            until(command, resource, name, condition, max(0.0, deadline - time.monotonic()))
        except Fail as failure:
            failures.append(failure)
    if not visited and not failures and condition[0] != "delete":
        raise Fail("error: no matching resources found")
    raise_all(failures)


def parse(text):
    if text.lower() == "delete":
        return "delete", "", ""
    kind, _, rest = text.partition("=")
    if kind == "condition" and rest:
        name, _, value = rest.partition("=")
        return "condition", name, value or "true"
    if kind == "jsonpath" and rest:
        path, equals, value = rest.rpartition("=")
        if not equals or not path:
            raise Fail("error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3")
        return "jsonpath", path.strip("'\""), value.strip("'\"")
    raise Fail(f'error: unrecognized condition: "{text}"')


def find(command, condition, failures):
    flags = command.flags
    command.config.cluster()
    if not (flags["selector"] or flags["all"] or flags["field-selector"]):
        targets = kinds.targets(command.args, "wait")
        if any(name is None for _, name in targets):
            raise Fail("error: resource(s) were provided, but no name was specified")
        return targets
    query = {k: v for k, v in (("labelSelector", flags["selector"]), ("fieldSelector", flags["field-selector"])) if v}
    found = []
    for resource in kinds.types(command.args[0]):
        try:
            listed = command.server.request("GET", kinds.path(resource, command.namespace), query=query, about=kinds.about("get", resource))
            found += [(resource, o["metadata"]["name"]) for o in listed["items"]]
        except Fail as failure:
            failures.append(failure)
    return found


def until(command, resource, name, condition, seconds):
    last = None
    try:
        for obj in follow.states(command.server, resource, command.namespace, name, seconds):
            if obj is None and last is None:
                if condition[0] == "delete":
                    return  # it was gone before: nothing is said
                raise ServerError({"reason": "NotFound", "message": f'{resource.qualified} "{name}" not found'})
            replaced = obj and last and obj["metadata"].get("uid") != last["metadata"].get("uid")
            if condition[0] == "delete" and (obj is None or replaced):
                return output.announce(command, last, "condition met")
            if obj is not None and condition[0] != "delete" and met(obj, condition):
                return output.announce(command, obj, "condition met")
            last = obj or last
    except follow.TimedOut:
        raise Fail(f"error: timed out waiting for the condition on {resource.plural}/{name}") from None


def met(obj, condition):
    kind, what, value = condition
    if kind == "jsonpath":
        from .. import jsonpath
        found = jsonpath.values(what, obj)
        if len(found) > 1:
            raise Fail("error: given jsonpath expression matches more than one value")
        if found and isinstance(found[0], (dict, list)):
            raise Fail("error: jsonpath leads to a nested object or list which is not supported")
        return bool(found) and text(found[0]) == value
    for entry in (obj.get("status") or {}).get("conditions") or []:
        if entry.get("type", "").lower() == what.lower():
            observed, generation = entry.get("observedGeneration"), obj["metadata"].get("generation", 0)
            return not (observed and observed < generation) and entry.get("status", "").lower() == value.lower()
    return False


def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


COMMANDS = {"wait": (wait, "all field-selector for output selector show-managed-fields timeout")}
