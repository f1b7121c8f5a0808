"""The patch formats of the API: JSON patch, merge patch and strategic merge patch."""
import json

from . import errors, schema

# Lists that are merged by a key, for kinds that the server knows; all other lists are replaced as a whole.
LIST_KEYS = {"containers": "name", "initContainers": "name", "ephemeralContainers": "name", "env": "name", "volumes": "name",
             "volumeMounts": "mountPath", "volumeDevices": "devicePath", "imagePullSecrets": "name", "hostAliases": "ip",
             "ownerReferences": "uid", "conditions": "type", "secrets": "name", "topologySpreadConstraints": "topologyKey"}
SETS = ("finalizers",)


def list_key(path):
    """The merge key of the list at `path` (field names, list elements left out), or None when the list is one value."""
    if not path:
        return None
    if path[-1] == "ports":
        return "containerPort" if "containers" in path or "initContainers" in path else "port" if path == ("spec", "ports") else None
    if path[-1] == "conditions":
        return "type" if path == ("status", "conditions") else None
    if path[-1] == "secrets" and len(path) > 1 or path[-1] == "ownerReferences" and path[:1] != ("metadata",):
        return None
    return LIST_KEYS.get(path[-1])


def load(body, what="patch"):
    return schema.loads(body, lambda error: errors.bad_request(f"error decoding {what}: {_go_text(body, error)}"))


def _go_text(body, error):
    """A JSON error in the words of the real server's decoder, for the case that people meet."""
    position = getattr(error, "pos", 0)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    if position >= len(text):
        return "unexpected end of JSON input"
    after = "object key string" if "property name" in str(error) else "value"
    return f"invalid character '{text[position]}' looking for beginning of {after}"


def merge(target, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def strategic(target, patch, path=()):
    if not isinstance(patch, dict):
        return patch
    directive = patch.get("$patch")
    if directive == "replace":
        return {k: v for k, v in patch.items() if k != "$patch"}
    if directive == "delete":
        return None
    result = dict(target) if isinstance(target, dict) else {}
    retain = patch.get("$retainKeys")
    if retain is not None:
        result = {k: v for k, v in result.items() if k in retain}
    for key, value in patch.items():
        if key.startswith("$deleteFromPrimitiveList/"):
            name = key.split("/", 1)[1]
            result[name] = [v for v in result.get(name) or [] if v not in value]
        elif key.startswith("$"):
            continue
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, list):
            order = patch.get(f"$setElementOrder/{key}")
            result[key] = _strategic_list(result.get(key), value, path + (key,), order)
        else:
            merged = strategic(result.get(key), value, path + (key,))
            if merged is None:
                result.pop(key, None)
            else:
                result[key] = merged
    for key, order in patch.items():
        if key.startswith("$setElementOrder/"):
            name = key.split("/", 1)[1]
            if isinstance(result.get(name), list) and name not in patch:
                result[name] = _reorder(result[name], order, list_key(path + (name,)))
    return result


def _strategic_list(target, patch, path, order):
    if path[-1] in SETS:
        target = target or []
        return target + [v for v in patch if v not in target]
    key = list_key(path)
    if key is None or not isinstance(target, list):
        return [_without_directives(v) for v in patch if not (isinstance(v, dict) and v.get("$patch") == "delete")]
    if any(isinstance(v, dict) and v.get("$patch") == "replace" for v in patch):
        return [v for v in patch if v.get("$patch") != "replace"]
    result = list(target)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            raise errors.bad_request(f"map: {json.dumps(item)} does not contain declared merge key: {key}")
        at = next((i for i, old in enumerate(result) if old.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            if at is not None:
                del result[at]
        elif at is None:
            result.append(strategic({}, item, path))
        else:
            result[at] = strategic(result[at], item, path)
    return _reorder(result, order, key) if order else result


def _without_directives(value):
    return strategic({}, value) if isinstance(value, dict) else value


def _reorder(items, order, key):
    """Listed elements in the order of the list; others keep their places behind."""
    wanted = [o.get(key) if isinstance(o, dict) else o for o in order]
    value = (lambda i: i.get(key)) if key else (lambda i: i)
    return sorted(items, key=lambda i: wanted.index(value(i)) if value(i) in wanted else len(wanted))


def json_patch(target, operations):
    """RFC 6902."""
    document = json.loads(json.dumps(target))
    if not isinstance(operations, list):
        raise errors.bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    for operation in operations:
        kind, path = operation.get("op"), operation.get("path", "")
        try:
            if kind in ("move", "copy"):
                value = json.loads(json.dumps(_at(document, operation["from"])))
                if kind == "move":
                    _change(document, operation["from"], "remove", None)
                _change(document, path, "add", value)
            elif kind == "test":
                if _at(document, path) != operation.get("value"):
                    raise errors.ApiError(422, "Invalid", "the server rejected our request due to an error in our request: "
                                                          f"testing value {path} failed: test failed")
            else:
                _change(document, path, kind, operation.get("value"))
        except (KeyError, IndexError, ValueError, TypeError):
            raise errors.ApiError(422, "Invalid", "the server rejected our request due to an error in our request") from None
    return document


def _steps(path):
    if path and not path.startswith("/"):
        raise KeyError(path)
    return [s.replace("~1", "/").replace("~0", "~") for s in path.split("/")[1:]]


def _at(document, path):
    for step in _steps(path):
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _change(document, path, kind, value):
    *parents, last = _steps(path)
    for step in parents:
        document = document[int(step)] if isinstance(document, list) else document[step]
    if isinstance(document, list):
        at = len(document) if last == "-" else int(last)
        if kind == "add" and 0 <= at <= len(document):
            document.insert(at, value)
        elif kind == "replace":
            document[at] = value
        elif kind == "remove":
            del document[at]
        else:
            raise KeyError(path)
    elif kind == "add" or kind == "replace" and last in document:
        document[last] = value
    elif kind == "remove":
        del document[last]
    else:
        raise KeyError(path)
