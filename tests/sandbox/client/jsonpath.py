"""The part of kubectl's JSONPath that scripts use: fields, indexes, slices, wildcards, filters, recursive descent, range,
literals and text between braces."""
import json
import operator
import re

from .errors import Fail

_STEP = re.compile(r"""
    \.\.(?P<deep>[A-Za-z0-9_\-]+|\*) | \.(?P<star>\*) | \.(?P<field>(?:\\.|[A-Za-z0-9_\-/])+) | \[(?P<quoted>'[^']*'|"[^"]*")\] |
    \[(?P<all>\*)\] | \[(?P<index>-?\d+)\] | \[(?P<slice>-?\d*:-?\d*)\] | \[\?\((?P<filter>[^)]*(?:\)[^\]][^)]*)*)\)\]
    """, re.X)
_COMPARE = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge}
_FILTER = re.compile(r"""^\s*@(?P<left>[^=!<>\s]*)\s*(?:(?P<op>==|!=|<=|>=|<|>)\s*(?P<right>.+?))?\s*$""")


def _bad(template, why):
    return Fail(f"error: error parsing jsonpath {template}, {why}")


def _steps(path, template):
    position = 1 if path[:1] in ("$", "@") else 0
    if path[position:] and path[position] not in ".[":
        path = path[:position] + "." + path[position:]
    while position < len(path):
        found = _STEP.match(path, position)
        if not found:
            if path[position:] == ".":
                return
            raise _bad(template, f"invalid path {path}")
        yield found
        position = found.end()


def _descend(value, name):
    if isinstance(value, dict):
        if name == "*":
            yield from value.values()
        elif name in value:
            yield value[name]
        for child in value.values():
            yield from _descend(child, name)
    elif isinstance(value, list):
        for child in value:
            yield from _descend(child, name)


def _keep(value, expression, template):
    found = _FILTER.match(expression)
    if not found:
        raise _bad(template, f"unsupported filter {expression}")
    left = find(found["left"], [value], template)
    if not found["op"]:
        return bool(left)
    right = found["right"]
    wanted = right[1:-1] if right[:1] in "'\"" else json.loads(right) if re.fullmatch(r"-?\d+(\.\d+)?|true|false", right) else right
    compare = _COMPARE[found["op"]]
    return any(isinstance(item, type(wanted)) and compare(item, wanted) for item in left)


def find(path, roots, template):
    values = list(roots)
    for step in _steps(path, template):
        kind, text = step.lastgroup, step[step.lastgroup]
        if kind in ("field", "quoted"):
            name = text[1:-1] if kind == "quoted" else re.sub(r"\\(.)", r"\1", text)
            values = [v[name] for v in values if isinstance(v, dict) and name in v]
        elif kind in ("star", "all"):
            values = [c for v in values if isinstance(v, (dict, list)) for c in (v.values() if isinstance(v, dict) else v)]
        elif kind == "index":
            values = [v[int(text)] for v in values if isinstance(v, list) and -len(v) <= int(text) < len(v)]
        elif kind == "slice":
            bounds = slice(*(int(b) if b else None for b in text.split(":")))
            values = [c for v in values if isinstance(v, list) for c in v[bounds]]
        elif kind == "deep":
            values = [c for v in values for c in _descend(v, text)]
        else:
            values = [c for v in values if isinstance(v, list) for c in v if _keep(c, text, template)]
    return values


def _show(value):
    if isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def _tokens(template):
    """Alternately plain text and what stands in braces, quotes inside braces respected."""
    for part in re.finditer(r"\{((?:\"(?:\\.|[^\"])*\"|'[^']*'|[^}\"'])*)\}|([^{]+)|(\{)", template):
        if part[3]:
            raise _bad(template, "unclosed action")
        yield (True, part[1].strip()) if part[1] is not None else (False, part[2])


def _walk(tokens, current, root, template):
    out, i = [], 0
    while i < len(tokens):
        action, text = tokens[i]
        if not action:
            out.append(text)
        elif text[:1] in "'\"" and text:
            out.append(text[1:-1].encode().decode("unicode_escape") if text[0] == '"' else text[1:-1])
        elif text.startswith("range "):
            depth, end = 1, i + 1
            while end < len(tokens) and depth:
                inside, word = tokens[end]
                depth += (inside and word.startswith("range ")) - (inside and word == "end")
                end += 1
            if depth:
                raise _bad(template, "not in range, nothing to end")
            for item in find(text[6:].strip(), [current], template):
                out.append(_walk(tokens[i + 1:end - 1], item, root, template))
            i = end - 1
        elif text == "end":
            raise _bad(template, "not in range, nothing to end")
        else:
            out.append(" ".join(_show(v) for v in find(text, [root if text.startswith("$") else current], template)))
        i += 1
    return "".join(out)


def _braced(template):
    return template if "{" in template else "{" + (template if template[:1] in ".[$" else "." + template) + "}"


def text(template, obj):
    template = _braced(template)
    return _walk(list(_tokens(template)), obj, obj, template)


def values(template, obj):
    template = _braced(template)
    return [v for action, path in _tokens(template) if action for v in find(path, [obj], template)]
