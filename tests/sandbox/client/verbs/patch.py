"""oc patch."""
import json

from server.errors import ApiError
from server.patch import json_patch, merge, strategic

from .. import kinds, output
from ..config import load_yaml
from ..errors import Fail, raise_all
from ..rest import JSON_PATCH, MERGE, STRATEGIC

TYPES = {"json": (JSON_PATCH, json_patch), "merge": (MERGE, merge), "strategic": (STRATEGIC, strategic)}


def patch(command):
    flags = command.flags
    output.check(flags["output"])
    if flags["type"] not in TYPES:
        raise Fail(f'error: --type must be one of [json merge strategic], not "{flags["type"]}"')
    if flags["patch"] and flags["patch-file"]:
        raise Fail("error: cannot specify --patch and --patch-file together")
    if not flags["patch"] and not flags["patch-file"]:
        raise Fail("error: must specify --patch or --patch-file containing the contents of the patch")
    if flags["subresource"] not in ("", "status", "scale"):
        raise Fail(f'error: invalid subresource value: "{flags["subresource"]}". Must be one of [status scale]')
    if not command.args:
        raise Fail("error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
                   "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'")
    change = text(flags)
    strategy, suffix, query = output.dry_run(command)
    query = query | {"fieldManager": flags["field-manager"]}
    targets = kinds.targets(command.args, "patch")
    if any(name is None for _, name in targets):
        raise Fail("error: resource(s) were provided, but no name was specified")
    failures = []
    for resource, name in targets:
        try:
            one(command, resource, name, change, strategy, suffix, query)
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def text(flags):
    """The patch as JSON; what looks like JSON goes to the server as it is, right or wrong."""
    given = flags["patch"]
    if flags["patch-file"]:
        try:
            with open(flags["patch-file"], encoding="utf-8") as file:
                given = file.read()
        except OSError as error:
            raise Fail(f"error: unable to read patch file: open {flags['patch-file']}: {error.strerror.lower()}") from None
    if given.lstrip()[:1] in ("{", "["):
        return given
    try:
        return json.dumps(load_yaml(given))
    except ValueError as error:
        raise Fail(f'error: unable to parse "{given}": {error}') from None


def one(command, resource, name, change, strategy, suffix, query):
    content_type, function = TYPES[command.flags["type"]]
    path = kinds.path(resource, command.namespace, name, command.flags["subresource"] or None)
    before = command.server.request("GET", path, about=kinds.about("get", resource, name))
    if strategy == "client":
        try:
            after = function(before, json.loads(change))
        except (ApiError, ValueError) as error:
            raise Fail(f"error: {error}") from None
    else:
        after = command.server.request("PATCH", path, change, content_type, query, about=kinds.about("patch", resource, name))
    same = output.without_managed_fields(before) == (after | {"metadata": {k: v for k, v in after["metadata"].items() if k != "managedFields"}})
    output.announce(command, after, "patched" + suffix + (" (no change)" if same else ""))


COMMANDS = {"patch": (patch, "dry-run field-manager output patch patch-file show-managed-fields subresource type")}
