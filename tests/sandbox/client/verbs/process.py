"""oc process: a template into the objects it describes, here or on the server."""
import contextlib
import os
import re
import sys
import tempfile

from .. import dotenv, files, kinds, output, template
from ..errors import Fail, ServerError
from ..tables import layout

FORMATS = "json,yaml,name,describe,go-template-file,templatefile,template,go-template,jsonpath,jsonpath-file"


def process(command):
    flags = command.flags
    form = output.check(flags["output"], FORMATS)
    given = parameters(command)
    if flags["local"] and not flags["filename"]:
        raise Fail("error: --local requires --filename")
    if not flags["filename"] and not [a for a in command.args if "=" not in a]:
        raise Fail("error: Must pass a filename or name of stored template")
    source = load(command)
    if flags["parameters"]:
        rows = [["NAME", "DESCRIPTION", "GENERATOR", "VALUE"]]
        rows += [[p["name"], p.get("description", ""), p.get("generate", ""), p.get("from", "") if p.get("generate") else str(p.get("value", ""))]
                 for p in source.get("parameters") or []]
        command.write(layout(rows))
        return
    unknown = [n for n in given if n not in {p["name"] for p in source.get("parameters") or []}]
    if unknown and not flags["ignore-unknown-parameters"]:
        raise Fail(f'error: unknown parameter name "{unknown[0]}"')
    labels = dict(label.split("=", 1) for label in flags["labels"].split(",") if "=" in label)
    try:
        objects = template.process(source, given, labels) if flags["local"] else on_server(command, source, given, labels)
    except (template.Refused, ServerError) as error:
        raise Fail(f"error: unable to process template\n  {getattr(error, 'message', error)}") from None
    command.write(output.structured({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": objects}, form, typed=True))


def parameters(command):
    """Values from arguments, --param and --param-file; the former win."""
    given = {}
    for name in command.flags["param-file"]:
        given |= from_file(name)
    for word in [a for a in command.args if "=" in a] + command.flags["param"]:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise Fail(f'error: invalid parameter assignment in "{word}"')
        given[key] = value
    return given


def from_file(name):
    shown = "stdin" if name == "-" else name
    with contextlib.ExitStack() as stack:
        if name == "-":
            # The real client copies its standard input to a file, which stays there when it is killed.
            copy = stack.enter_context(tempfile.NamedTemporaryFile(prefix="origin-env-stdin"))
            copy.write(sys.stdin.buffer.read())
            copy.flush()
            name = copy.name
        if os.path.isdir(name):
            raise Fail(f'error: Cannot read variables from "{name}": is a directory')
        try:
            with open(name, encoding="utf-8", errors="surrogateescape") as file:
                found = dotenv.read(file.read())
        except OSError as error:
            raise Fail(f'error: Cannot stat "{name}": stat {name}: {error.strerror.lower()}') from None
        except dotenv.Bad as error:
            raise Fail(f'error: Cannot read variables from file "{shown}": {error}') from None
    for key, value in found.items():
        if not re.fullmatch(r"[-._a-zA-Z][-._a-zA-Z0-9]*", key):
            raise Fail(f"error: invalid parameter assignment in {key}={value}")
    return found


def load(command):
    name = command.flags["filename"]
    if not name:
        stored = next(a for a in command.args if "=" not in a)
        resource = kinds.lookup("templates")
        return command.server.request("GET", kinds.path(resource, command.namespace, stored), about=kinds.about("get", resource, stored))
    if not command.flags["local"]:
        command.config.cluster()
    found = files.one(name)
    if not isinstance(found, dict) or found.get("kind") != "Template":
        kind = found.get("kind") if isinstance(found, dict) else type(found).__name__
        raise Fail(f'error: unable to parse "{name}", not a valid Template but {kind}')
    return found


def on_server(command, source, given, labels):
    """The server fills the parameters in."""
    chosen = [p | ({"value": given[p["name"]], "generate": ""} if p["name"] in given else {}) for p in source.get("parameters") or []]
    filled = source | {"parameters": chosen}
    if labels:
        filled["labels"] = (source.get("labels") or {}) | labels
    path = kinds.path(kinds.lookup("templates"), command.namespace).rpartition("/")[0] + "/processedtemplates"
    return command.server.request("POST", path, filled)["objects"]


COMMANDS = {"process": (process, "filename ignore-unknown-parameters labels local output param param-file parameters")}
