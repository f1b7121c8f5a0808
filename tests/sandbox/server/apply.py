"""Server-side apply and the field ownership behind it (metadata.managedFields).

Ownership is kept by leaf: a path of field names, with list elements that have a key named by it, as in fieldsV1.
"""
import json

import yaml

from . import errors
from .patch import list_key
from .store import copy, now

_OWN_META = ("labels", "annotations", "ownerReferences", "finalizers", "generateName")


def to_json(body):
    """An apply request may be YAML; the rest of the server reads JSON."""
    try:
        json.loads(body)
        return body
    except (ValueError, RecursionError):
        pass
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(body)):
            raise errors.bad_request("error decoding YAML: aliases are not accepted")  # they expand without bound
        return json.dumps(yaml.load(body, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))).encode()
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, UnicodeDecodeError):
        raise errors.bad_request("error decoding YAML: the body of the apply request is not valid YAML") from None


def leaves(obj):
    """{path: value} of everything a client can own; a path is a tuple of fieldsV1 keys ('f:spec', 'k:{"name":"a"}')."""
    found = {}
    for key, value in obj.items():
        if key == "metadata":
            for name in _OWN_META:
                if name in value:
                    _walk(value[name], ("f:metadata", f"f:{name}"), ("metadata", name), found)
        elif key not in ("apiVersion", "kind"):
            _walk(value, (f"f:{key}",), (key,), found)
    return found


def _walk(value, path, names, found):
    if isinstance(value, dict) and value:
        for key, item in value.items():
            _walk(item, path + (f"f:{key}",), names + (key,), found)
        return
    key = list_key(names) if isinstance(value, list) else None
    if key and value and all(isinstance(i, dict) and key in i for i in value):
        for item in value:
            at = path + ("k:" + json.dumps({key: item[key]}, separators=(",", ":"), ensure_ascii=False),)
            found[at + (".",)] = item[key]
            for field, inner in item.items():
                _walk(inner, at + (f"f:{field}",), names + (field,), found)
        return
    if value is not None:
        found[path] = value


def _encode(paths):
    tree = {}
    for path in sorted(paths):
        node = tree
        for step in path:
            node = node.setdefault(step, {})
    return tree


def _decode(tree, path=()):
    if not tree:
        return {path} if path else set()
    found = set()
    for step, inner in tree.items():
        found |= {path + (step,)} if step == "." else _decode(inner, path + (step,))
    return found


def _managers(obj):
    return [(m, _decode(m.get("fieldsV1") or {})) for m in obj["metadata"].get("managedFields") or []]


def _save(obj, managers):
    kept = [m | {"fieldsV1": _encode(paths)} for m, paths in managers if paths]
    if kept:
        obj["metadata"]["managedFields"] = kept
    else:
        obj["metadata"].pop("managedFields", None)


def _entry(obj, manager, operation, subresource=None):
    return {"manager": manager, "operation": operation, "apiVersion": obj["apiVersion"], "time": now(), "fieldsType": "FieldsV1"} | (
        {"subresource": subresource} if subresource else {})


def _same(entry, manager, operation, subresource=None):
    return (entry["manager"], entry["operation"], entry.get("subresource")) == (manager, operation, subresource)


def record(old, new, manager, operation, subresource=None):
    """Note in `new` that `manager` set what differs from `old` (None: everything). Others lose what was changed."""
    before, after = leaves(old) if old else {}, leaves(new)
    changed = {p for p, v in after.items() if p not in before or before[p] != v}
    managers = [(m, (paths & set(after)) - (changed if not _same(m, manager, operation, subresource) else set()))
                for m, paths in (_managers(old) if old else [])]
    if changed:
        mine = next((i for i, (m, _) in enumerate(managers) if _same(m, manager, operation, subresource)), None)
        paths = (managers.pop(mine)[1] if mine is not None else set()) | changed
        managers.append((_entry(new, manager, operation, subresource), paths))
    _save(new, managers)


def record_apply(new, applied, manager):
    _save(new, [(_entry(new, manager, "Apply"), set(leaves(applied)))])


def _labelled(path):
    """A path as conflict texts show it: .spec.containers[name="a"].image"""
    text = ""
    for step in path:
        if step.startswith("k:"):
            text += "[" + ",".join(f"{k}={json.dumps(v)}" for k, v in json.loads(step[2:]).items()) + "]"
        elif step != ".":
            text += "." + step[2:]
    return text


def merge(resource, old, applied, manager, force):
    """The new object, with ownership; ApiError 409 when others own what is changed and `force` is not given."""
    wanted, live = leaves(applied), leaves(old)
    managers = _managers(old)
    conflicts = []
    for path, value in wanted.items():
        if live.get(path) == value:
            continue
        for entry, paths in managers:
            if path in paths and not _same(entry, manager, "Apply"):
                conflicts.append((entry, path))
    if conflicts and not force:
        raise _conflict(conflicts)
    taken = {path for _, path in conflicts}
    previous = next((paths for m, paths in managers if _same(m, manager, "Apply")), set())
    others = [(m, paths - taken) for m, paths in managers if not _same(m, manager, "Apply")]
    # Fields that this manager applied before and no longer names go, unless somebody else owns them too.
    gone = previous - set(wanted) - set().union(*(paths for _, paths in others), set())
    new = _merged(copy(old), applied)
    # From the inside out, a list element after all its fields.
    for path in sorted(gone, key=lambda p: (-len(p), p[-1] == ".")):
        _remove(new, path, wanted)
    for key in ("resourceVersion", "uid"):
        if applied["metadata"].get(key):
            new["metadata"][key] = applied["metadata"][key]
    kept = next((m for m, _ in managers if _same(m, manager, "Apply")), None)
    unchanged = kept is not None and previous == set(wanted) and leaves(new) == live
    _save(new, others + [(kept if unchanged else _entry(new, manager, "Apply"), set(wanted))])
    return new


def _conflict(conflicts):
    by_manager = {}
    for entry, path in conflicts:
        label = f'"{entry["manager"]}"' + (f' with subresource "{entry["subresource"]}"' if entry.get("subresource") else "")
        label += f" using {entry['apiVersion']}" if entry["operation"] == "Update" else ""
        by_manager.setdefault(label, []).append(_labelled(path))
    count = len({path for _, path in conflicts})
    lines = []
    for label, paths in sorted(by_manager.items()):
        lines.append(f"conflict with {label}: {paths[0]}" if len(paths) == 1 else f"conflicts with {label}:\n- " + "\n- ".join(sorted(paths)))
    text = f"Apply failed with {count} conflict{'s' if count > 1 else ''}: " + "\n".join(lines)
    return errors.ApiError(409, "Conflict", text, {"causes": [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{e["manager"]}"', "field": _labelled(p)} for e, p in conflicts]})


def _merged(target, applied, names=()):
    for key, value in applied.items():
        path = names + (key,)
        if names == () and key in ("apiVersion", "kind"):
            continue
        if names == ("metadata",) and key not in _OWN_META:
            continue
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            _merged(target[key], value, path)
        elif isinstance(value, list) and isinstance(target.get(key), list) and list_key(path):
            _merge_list(target[key], value, list_key(path), path)
        elif value is not None:
            target[key] = copy(value)
    return target


def _merge_list(target, applied, key, path):
    for item in applied:
        old = next((t for t in target if t.get(key) == item.get(key)), None)
        if old is None:
            target.append(copy(item))
        else:
            _merged(old, item, path)


def _remove(obj, path, wanted):
    """Take the leaf away, and containers that become empty by that."""
    parents, node = [], obj
    for step in path:
        if step == ".":
            break
        if step.startswith("k:"):
            key = json.loads(step[2:])
            if not isinstance(node, list):
                return
            at = next((i for i, item in enumerate(node) if all(item.get(k) == v for k, v in key.items())), None)
        else:
            at = step[2:]
        if at is None or not isinstance(node, (dict, list)) or isinstance(node, dict) and at not in node:
            return
        parents.append((node, at))
        node = node[at]
    if path[-1] == ".":
        # A list element goes with its key, unless it is still applied or has fields of others.
        key = json.loads(path[-2][2:])
        if any(p[: len(path) - 1] == path[:-1] for p in wanted) or set(node) - set(key):
            return
    parent, at = parents[-1]
    if path[-1] != "." and path[-2:-1] and path[-2].startswith("k:") and path[-1][2:] in json.loads(path[-2][2:]):
        return
    del parent[at]
    for parent, at in reversed(parents[:-1]):
        if parent[at] in ({}, []) and parent is not obj:
            del parent[at]
        else:
            break
