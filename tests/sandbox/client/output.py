"""How results are printed: JSON and YAML as Go writes them, names, JSONPath."""
import json

from . import kinds
from .errors import Fail

# Go's encoder escapes these inside strings, and nowhere else can they stand in JSON.
_HTML = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
FORMATS = ("json,yaml,name,go-template,go-template-file,template,templatefile,jsonpath,jsonpath-as-json,jsonpath-file")
GET_FORMATS = ("custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,"
               "templatefile,wide,yaml")


def to_json(value, typed=False, indent=4):
    """Indented JSON. Generic objects have their keys sorted, typed ones (`typed`) start with kind and apiVersion."""
    if typed and value.get("kind") == "List":
        value = value | {"items": json.loads(json.dumps(value["items"], sort_keys=True))}
    text = json.dumps(kind_first(value) if typed else value, indent=indent, sort_keys=not typed, ensure_ascii=False)
    for char, escape in _HTML:
        text = text.replace(char, escape)
    return text + "\n"


def kind_first(value):
    if not isinstance(value, dict):
        return value
    head = {k: value[k] for k in ("kind", "apiVersion", "metadata") if k in value}
    return head | {k: v for k, v in value.items() if k not in head}


def to_yaml(value):
    from .config import yaml_library
    yaml = yaml_library()

    class Dumper(yaml.SafeDumper):
        pass

    Dumper.add_representer(str, lambda d, s: d.represent_scalar("tag:yaml.org,2002:str", s, style="|" if "\n" in s else None))
    return yaml.dump(value, Dumper=Dumper, default_flow_style=False, allow_unicode=True, width=1 << 30)


def without_managed_fields(obj):
    for part in (obj, *(obj.get("items") or [])):
        (part.get("metadata") or {}).pop("managedFields", None)
    return obj


def object_name(obj):
    resource = kinds.of_object(obj)
    name = kinds.singular(resource) if resource else obj.get("kind", "").lower()
    return f"{name}/{(obj.get('metadata') or {}).get('name', '<unknown>')}"


def check(form, formats=FORMATS):
    """Refuses an output format that is not offered, before anything else is done."""
    if form in ("", "json", "yaml", "name") or form.startswith(("jsonpath=", "jsonpath-as-json=")):
        return form
    raise Fail(f'error: unable to match a printer suitable for the output format "{form}", allowed formats are: {formats}')


def structured(obj, form, typed=False):
    """An object or list in a format that `check` let through, but for the empty one."""
    if form == "json":
        return to_json(obj, typed)
    if form == "yaml":
        return to_yaml(obj)
    if form == "name":
        return "".join(object_name(o) + "\n" for o in (obj["items"] if obj.get("kind") == "List" else [obj]))
    from . import jsonpath
    template = form.partition("=")[2]
    if form.startswith("jsonpath-as-json="):
        return to_json(jsonpath.values(template, obj))
    return jsonpath.text(template, obj)


def announce(command, obj, operation, typed=False):
    """The result of a changing command: `secret/x created`, or what -o asks for."""
    form = command.flags["output"] if "output" in command.flags.values else ""
    if not form:
        command.write(f"{object_name(obj)} {operation}\n")
    else:
        command.write(structured(obj if "show-managed-fields" in command.flags.values and command.flags["show-managed-fields"]
                                 else without_managed_fields(obj), form, typed))


def dry_run(command):
    """The strategy of --dry-run, the suffix it adds to messages, and the query that tells the server."""
    strategy = command.flags["dry-run"]
    if strategy not in ("none", "client", "server"):
        raise Fail(f'error: Invalid dry-run value ({strategy}). Must be "none", "server", or "client".')
    suffix = {"client": " (dry run)", "server": " (server dry run)"}.get(strategy, "")
    return strategy, suffix, {"dryRun": "All"} if strategy == "server" else {}
