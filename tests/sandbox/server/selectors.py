"""Label and field selectors of list and watch requests."""
import re

from . import errors

_REQUIREMENT = re.compile(r"\s*(?:(!)\s*([^\s=!,()]+)|([^\s=!,()]+)\s*(?:(==|=|!=)\s*([^\s=!,()]*)|\s(in|notin)\s*\(([^)]*)\))?)\s*(?:,|$)")
_FIELDS = {
    "pods": ("status.phase", "spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.podIP"),
    "events": ("involvedObject.kind", "involvedObject.name", "involvedObject.namespace", "involvedObject.uid", "reason", "type"),
    "secrets": ("type",), "namespaces": ("status.phase",), "replicationcontrollers": ("status.replicas",),
    "replicasets": ("status.replicas",), "jobs": ("status.successful",), "routes": ("spec.host", "spec.path", "spec.to.name"),
}


def parse_labels(text):
    """A list of (key, operator, values)."""
    requirements, at = [], 0
    while at < len(text):
        match = _REQUIREMENT.match(text, at)
        if not match or match.end() == at:
            raise errors.bad_request(f"unable to parse requirement: found '{text[at:]}', expected: identifier")
        absent, absent_key, key, equals, value, set_based, values = match.groups()
        if absent:
            requirements.append((absent_key, "!", ()))
        elif equals:
            requirements.append((key, "!=" if equals == "!=" else "=", (value,)))
        elif set_based:
            requirements.append((key, "=" if set_based == "in" else "!=", tuple(v.strip() for v in values.split(","))))
        else:
            requirements.append((key, "exists", ()))
        at = match.end()
    return requirements


def labels_match(requirements, labels):
    for key, operator, values in requirements:
        if operator == "!" and key in labels or operator == "exists" and key not in labels:
            return False
        if operator == "=" and labels.get(key) not in values or operator == "!=" and labels.get(key) in values:
            return False
    return True


def of_object(selector):
    """Requirements of a selector in an object: a plain map (RC, Service) or matchLabels/matchExpressions."""
    if not selector:
        return None
    if "matchLabels" not in selector and "matchExpressions" not in selector:
        return [(k, "=", (v,)) for k, v in selector.items()]
    found = [(k, "=", (v,)) for k, v in (selector.get("matchLabels") or {}).items()]
    operators = {"In": "=", "NotIn": "!=", "Exists": "exists", "DoesNotExist": "!"}
    for e in selector.get("matchExpressions") or []:
        found.append((e["key"], operators[e["operator"]], tuple(e.get("values") or ())))
    return found


def field(obj, path):
    for part in path.split("."):
        obj = (obj or {}).get(part)
    return "" if obj is None else str(obj)


def parse_fields(text, resource):
    requirements = []
    for part in filter(None, text.split(",")):
        match = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", part)
        if not match:
            raise errors.bad_request(f"invalid field selector: {text}; can't understand '{part}'")
        path, operator, value = match.groups()
        if path not in ("metadata.name", "metadata.namespace") + _FIELDS.get(resource.plural, ()):
            raise errors.bad_request(f'field label not supported: {path}')
        requirements.append((path, operator, value))
    return requirements


def fields_match(requirements, obj):
    return all((field(obj, path) == value) != (operator == "!=") for path, operator, value in requirements)


class Filter:
    """The labelSelector and fieldSelector of one request."""

    def __init__(self, query, resource):
        self.labels = parse_labels(query.get("labelSelector", ""))
        self.fields = parse_fields(query.get("fieldSelector", ""), resource)

    def __call__(self, obj):
        return (labels_match(self.labels, obj["metadata"].get("labels") or {}) if self.labels else True) and (
            fields_match(self.fields, obj) if self.fields else True)
