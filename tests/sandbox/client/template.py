"""OpenShift templates: parameters, generated values, substitution, labels; as `oc process` works them out."""
import json
import re
import secrets
import string

from . import kinds


class Refused(Exception):
    """The template can't be processed, in the words that follow "unable to process template"."""


_SETS = {"\\w": string.ascii_letters + string.digits + "_", "\\d": string.digits, "\\a": string.ascii_letters + string.digits,
         "\\A": "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}
_PIECE = re.compile(r"\[((?:[a-zA-Z0-9]-[a-zA-Z0-9]|\\[wdaA]|[a-zA-Z0-9_])+)\](?:\{(\w+)\})?")
_QUOTED = re.compile(r"\$\{([a-zA-Z0-9_]+)\}")
_WHOLE = re.compile(r"^\$\{\{([a-zA-Z0-9_]+)\}\}$")


def generate(expression):
    """A random value of a pattern such as [a-z0-9]{8}; text around the brackets stays."""
    def piece(match):
        ranges, count = match[1], match[2] or "1"
        if not count.isdigit() or not 0 < int(count) <= 255:
            raise Refused(f'template.parameters: Invalid value: "{expression}": range must be within [1-255] characters ({count})')
        letters = ""
        for part in re.finditer(r"(\w)-(\w)|(\\[wdaA])|(\w)", ranges):
            if part[1]:
                letters += "".join(chr(c) for c in range(ord(part[1]), ord(part[2]) + 1))
            else:
                letters += _SETS[part[3]] if part[3] else part[4]
        return "".join(secrets.choice(letters) for _ in range(int(count)))
    return _PIECE.sub(piece, expression)


def values(template, given):
    """The value of every parameter, from what was given, the template, or its generator."""
    found = {}
    for index, parameter in enumerate(template.get("parameters") or []):
        name = parameter["name"]
        value = given.get(name, parameter.get("value") or "")
        if not value and name not in given and parameter.get("generate") == "expression":
            value = generate(parameter.get("from") or "")
        elif not value and name not in given and parameter.get("generate"):
            raise Refused(f'template.parameters[{index}]: Not found: "{parameter["generate"]}"')
        if parameter.get("required") and not value:
            raise Refused(f"Required value: template.parameters[{index}]: parameter {name} is required and must be specified")
        found[name] = str(value)
    return found


def substitute(value, parameters):
    if isinstance(value, dict):
        return {substitute_text(k, parameters): substitute(v, parameters) for k, v in value.items()}
    if isinstance(value, list):
        return [substitute(v, parameters) for v in value]
    if not isinstance(value, str):
        return value
    whole = _WHOLE.match(value)
    if whole and whole[1] in parameters:
        # ${{X}} stands for a value that is no string.
        try:
            return json.loads(parameters[whole[1]])
        except ValueError:
            return parameters[whole[1]]
    return substitute_text(value, parameters)


def substitute_text(text, parameters):
    return _QUOTED.sub(lambda m: parameters.get(m[1], m[0]), text)


def process(template, given, labels):
    """The objects of a template with its parameters filled in."""
    parameters = values(template, given)
    common = substitute(template.get("labels") or {}, parameters) | labels
    objects = []
    for obj in template.get("objects") or []:
        obj = substitute(obj, parameters)
        if common:
            _label(obj, common)
        if "${" not in str((obj.get("metadata") or {}).get("namespace", "")):
            (obj.get("metadata") or {}).pop("namespace", None)
        objects.append(obj)
    return objects


def _label(obj, common):
    meta = obj.setdefault("metadata", {})
    meta["labels"] = (meta.get("labels") or {}) | common
    resource = kinds.of_object(obj)
    pod = (obj.get("spec") or {}).get("template")
    # The pods of a workload carry the template's labels, too.
    if resource is not None and resource.kind in ("DeploymentConfig", "ReplicationController", "Deployment") and isinstance(pod, dict):
        pod_meta = pod.setdefault("metadata", {})
        pod_meta["labels"] = (pod_meta.get("labels") or {}) | common
