"""The patch that `oc apply` computes on the client from three states of an object: last applied, wanted, live."""
import json

from server.patch import SETS, list_key

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def configuration(obj):
    """The text that is kept in the annotation: the object without that annotation."""
    meta = obj.get("metadata") or {}
    annotations = {k: v for k, v in (meta.get("annotations") or {}).items() if k != LAST_APPLIED}
    text = json.dumps(obj | {"metadata": meta | {"annotations": annotations}}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e") + "\n"


def annotated(obj):
    meta = obj["metadata"]
    return obj | {"metadata": meta | {"annotations": (meta.get("annotations") or {}) | {LAST_APPLIED: configuration(obj)}}}


def last_applied(obj):
    text = (obj["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return {}


def three_way(original, wanted, live, strategic, path=()):
    """A merge patch, or a strategic one with lists merged by key for the types that have such lists."""
    patch = {}
    for key, value in wanted.items():
        if value is None:
            continue
        place = path + (key,)
        old, now = (original or {}).get(key), live.get(key)
        if isinstance(value, dict) and isinstance(now, dict):
            change = three_way(old if isinstance(old, dict) else {}, value, now, strategic, place)
            if change:
                patch[key] = change
        elif strategic and isinstance(value, list) and isinstance(now, list) and list_key(place):
            patch |= _keyed(key, list_key(place), old if isinstance(old, list) else [], value, now, place)
        elif strategic and isinstance(value, list) and isinstance(now, list) and key in SETS:
            added, gone = [v for v in value if v not in now], [v for v in old or [] if v not in value]
            patch |= ({key: added} if added else {}) | ({f"$deleteFromPrimitiveList/{key}": gone} if gone else {})
        elif value != now:
            patch[key] = value
    for key in original or {}:
        if wanted.get(key) is None and original[key] is not None:
            patch[key] = None
    return patch


def _keyed(name, key, old, wanted, live, path):
    now = {i.get(key): i for i in live if isinstance(i, dict)}
    before = {i.get(key): i for i in old if isinstance(i, dict)}
    changes = []
    for item in wanted:
        if not isinstance(item, dict) or item.get(key) not in now:
            changes.append(item)
            continue
        change = three_way(before.get(item[key]) or {}, item, now[item[key]], True, path)
        if change:
            changes.append({key: item[key]} | change)
    kept = {i.get(key) for i in wanted if isinstance(i, dict)}
    changes += [{"$patch": "delete", key: k} for k in before if k not in kept and k in now]
    if not changes:
        return {}
    return {f"$setElementOrder/{name}": [{key: i[key]} for i in wanted if isinstance(i, dict) and key in i], name: changes}
