"""The objects in -f FILES: paths, directories, `-`; JSON or YAML, one or many documents, Lists taken apart."""
import json
import os

from . import kinds
from .config import yaml_documents
from .errors import Fail, raise_all


class Document:
    """One object, where it came from, and what it is on the server."""

    def __init__(self, obj, source, resource, namespace):
        self.obj, self.source, self.resource, self.namespace = obj, source, resource, namespace

    @property
    def name(self):
        return self.obj["metadata"].get("name", "")

    def path(self, subresource=None):
        return kinds.path(self.resource, self.namespace, self.name, subresource)

    def collection(self):
        return kinds.path(self.resource, self.namespace)


def read(command, failures=None):
    """All documents. With `failures`, those that are no good are noted there and the rest is returned."""
    strict = failures is None
    failures = [] if strict else failures
    documents = []
    for name in command.flags["filename"]:
        try:
            for source in _sources(name, command.flags["recursive"]):
                documents += _documents(command, source, failures)
        except Fail as failure:
            failures.append(failure)
    if strict:
        raise_all(failures)
    return documents


def _sources(name, recursive):
    if name == "-":
        return ["-"]
    if not os.path.exists(name):
        raise Fail(f'error: the path "{name}" does not exist')
    if not os.path.isdir(name):
        return [name]
    found = []
    for folder, folders, files in os.walk(name):
        if not recursive:
            folders.clear()
        folders.sort()
        found += [os.path.join(folder, f) for f in sorted(files) if f.endswith((".json", ".yaml", ".yml"))]
    if not found:
        raise Fail(f"error: error reading [{name}]: recognized file extensions are [.json .yaml .yml]")
    return found


def _text(source):
    shown = "STDIN" if source == "-" else source
    try:
        with open(0 if source == "-" else source, "rb", closefd=source != "-") as file:
            return file.read().decode("utf-8"), shown
    except UnicodeDecodeError:
        raise Fail(f"error: error parsing {shown}: error converting YAML to JSON: yaml: invalid leading UTF-8 octet") from None
    except OSError as error:
        raise Fail(f"error: open {source}: {error.strerror.lower()}") from None


def one(name):
    """The first document of a file, whatever it is."""
    if name != "-" and not os.path.exists(name):
        raise Fail(f'error: the path "{name}" does not exist')
    return next((obj for obj, _ in _parse(*_text(name))), None)


def _documents(command, source, failures):
    text, shown = _text(source)
    documents = []
    for obj, raw in _parse(text, shown):
        if not isinstance(obj, dict):
            kind = {str: "string", list: "array", bool: "bool"}.get(type(obj), "number")
            raise Fail(f'error: unable to decode "{shown}": json: cannot unmarshal {kind} into Go value of type unstructured.detector')
        for one in _items(obj, raw, shown):
            try:
                documents.append(_check(command, one, shown))
            except Fail as failure:
                failures.append(failure)
    return documents


def _parse(text, shown):
    if text.lstrip()[:1] == "{":
        decoder, position, text = json.JSONDecoder(), 0, text.strip()
        while position < len(text):
            try:
                obj, end = decoder.raw_decode(text, position)
            except ValueError as error:
                raise Fail(f"error: error parsing {shown}: {go_json_error(text, error)}") from None
            yield obj, text[position:end]
            position = end + len(text[end:]) - len(text[end:].lstrip())
        return
    try:
        documents = yaml_documents(text)
    except ValueError as error:
        raise Fail(f"error: error parsing {shown}: error converting YAML to JSON: {error}") from None
    for obj in documents:
        if obj is not None:
            yield obj, json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def go_json_error(text, error):
    position = getattr(error, "pos", len(text))
    if position >= len(text) or "Unterminated" in str(error):
        return "unexpected EOF"
    after = "object key string" if "property name" in str(error) else "value"
    return f"invalid character '{text[position]}' looking for beginning of {after}"


def _items(obj, raw, shown):
    if not obj.get("kind"):
        raise Fail(f"error: unable to decode \"{shown}\": Object 'Kind' is missing in '{raw}'")
    if not obj.get("apiVersion"):
        raise Fail(f"error: unable to decode \"{shown}\": Object 'apiVersion' is missing in '{raw}'")
    if obj["kind"].endswith("List") and isinstance(obj.get("items"), list):
        for item in obj["items"]:
            if isinstance(item, dict):
                yield from _items(item, json.dumps(item, separators=(",", ":"), ensure_ascii=False), shown)
    else:
        yield obj


def _check(command, obj, shown):
    meta = obj["metadata"] = obj.get("metadata") or {}
    resource = kinds.of_object(obj)
    if resource is None:
        raise Fail(f'error: resource mapping not found for name: "{meta.get("name", "")}" namespace: "{meta.get("namespace", "")}" from "{shown}": '
                   f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"\nensure CRDs are installed first')
    if not resource.namespaced:
        return Document(obj, shown, resource, None)
    enforced, found = command.flags["namespace"], meta.get("namespace")
    if enforced and found and found != enforced:
        raise Fail(f'error: the namespace from the provided object "{found}" does not match the namespace "{enforced}". '
                   f"You must pass '--namespace={found}' to perform this operation.")
    meta["namespace"] = found or command.namespace
    return Document(obj, shown, resource, meta["namespace"])


def required(command):
    """The documents of a command that can't do without any."""
    if not command.flags["filename"]:
        raise Fail("error: must specify one of -f and -k")
    command.config.cluster()
    failures = []
    documents = read(command, failures)
    if not documents and not failures:
        raise Fail(f"error: no objects passed to {command.name}")
    return documents, failures
