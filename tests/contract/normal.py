"""What is the same in two outputs of the client: names with random parts, times, addresses, versions made alike; and the
ways in which an output is compared with the recording of a real one."""
import json
import re

_RULES = [(re.compile(pattern, re.M), text) for pattern, text in (
    (r"\b([WEI])\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ ", r"\1 "),
    (r"/auth\d*\.kubeconfig|/fl\d*\.kubeconfig|/l1\.kubeconfig|/none\.kubeconfig", "/new.kubeconfig"),
    (r"/pki/proxy\.crt", "/pki/ca.crt"),
    (r"'root'@'[^']*'", "'root'@'HOST'"),
    (r"template\.parameters\[\d+\]", "template.parameters[N]"),
    (r"\b[0-9a-f]{64}\b", "HEX"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    (r"sha256~[\w-]+", "TOKEN"),
    (r"token-[\w-]{12}(?![\w-])", "token-RANDOM"),
    (r"\b127-\d+-\d+-\d+:\d+", "NICK"),
    (r"\blookup (\S+?)( on [\d.]+:53)?: no such host", r"lookup \1: no such host"),
    (r"\b127\.\d+\.\d+\.\d+:\d+", "ADDRESS"),
    (r"\b(10|172)\.\d+\.\d+\.\d+\b", "IP"),
    (r"\b([a-z][a-z0-9-]*?)-\d+-(deploy|hook-pre|hook-post)\b", r"\1-N-\2"),
    (r"\b([a-z][a-z0-9-]*?)-\d+-[a-z0-9]{5}\b", r"\1-N-XXXXX"),
    (r"\b([a-z][a-z0-9-]*)-\d+\" (successfully|has failed|was cancelled)", r'\1-N" \2'),
    (r"#\d+ is already in progress \((New|Pending|Running)\)", "#N is already in progress (PHASE)"),
    (r"revision \(\d+\)", "revision (N)"),
    (r'"resourceVersion":"\d+"', '"resourceVersion":"N"'),
    (r"uid=\d+\([^)]*\) gid=\d+\(\w+\) groups=.*", "uid=N gid=N"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME"),
    (r"(?<=\S) {2,}(?=\S)", "  "),
    (r"(?<=  )(\d+d)?(\d+h)?(\d+m)?(\d+s)?$", lambda m: "AGE" if m[0] else ""),
)]
# The real client says the same thing once for every change that it sees, and how many it sees is chance.
_PROGRESS = re.compile(r"^(Waiting for .*)\n(?:Waiting for .*\n)*", re.M)


def text(value, places):
    """`places` are (path, name) pairs: directories of this run and what the recordings call them."""
    for path, name in places:
        value = value.replace(path, name)
    for rule, replacement in _RULES:
        value = rule.sub(replacement, value)
    return _PROGRESS.sub("Waiting for ...\n", value)


def difference(mode, recorded, actual):
    """None, or how an output departs from the recorded one in what `mode` looks at."""
    if mode == "any":
        return None
    if mode in ("json", "list"):
        return _json(recorded, actual, mode)
    if mode == "table":
        return _table(recorded, actual)
    if mode == "head":
        recorded, actual = recorded.split("\n")[0], actual.split("\n")[0]
    if mode == "some":
        return None if actual.strip() else "nothing was printed"
    if mode == "rights":
        return _rights(recorded, actual)
    return None if recorded == actual else f"recorded:\n{recorded}\nthis run:\n{actual}"


def _table(recorded, actual):
    blocks = [[block.split("\n") for block in t.strip("\n").split("\n\n")] for t in (recorded, actual)]
    headers = [[re.split(r"  +", block[0]) for block in side] for side in blocks]
    missing = [h for h in headers[0] if h not in headers[1]]
    if missing:
        return f"no table with the columns {missing[0]}; there are {headers[1]}"
    for header, block in zip(headers[1], blocks[1]):
        for line in block[1:]:
            # Cells may be empty, but none may be added.
            if len(re.split(r"  +", line)) > len(header):
                return f"more cells than the {len(header)} columns: {line}"
    return None if len(blocks[1][0]) > 1 else "a table without rows"


def _rights(recorded, actual):
    """Tables of rights: the same resources with the same verbs, in whatever order and however often."""
    sides = []
    for side in (recorded, actual):
        rights = {}
        for line in side.split("\n")[1:]:
            match = re.match(r"(.*?)\s+\[(\S*)\]\s+\[(.*?)\]\s+\[(.*)\]$", line)
            if match:
                rights.setdefault(match.groups()[:3], set()).update(match[4].split())
        sides.append(rights)
    differing = sorted(k for k in set(sides[0]) | set(sides[1]) if sides[0].get(k) != sides[1].get(k))
    shown = "\n".join(f"{k}: recorded {sorted(sides[0].get(k, []))}, here {sorted(sides[1].get(k, []))}" for k in differing)
    return shown or (None if sides[0] else "no rights were recorded")


def _items(value):
    return value["items"] if isinstance(value, dict) and isinstance(value.get("items"), list) else [value]


# What depends on the objects that happen to be there, not on the client or the API.
_FREE = {"metadata": {"annotations", "labels", "finalizers", "generateName", "ownerReferences", "managedFields", "generation",
                      "deletionTimestamp", "deletionGracePeriodSeconds"}}


def _shape(obj):
    """The keys of an object and of its parts one level down, which is where the kinds differ."""
    keys = set()
    for key, value in obj.items():
        keys.add(key)
        if isinstance(value, dict) and key not in ("data", "stringData", "spec", "status"):
            keys |= {f"{key}.{k}" for k in value if k not in _FREE.get(key, ())}
    return keys


def _json(recorded, actual, mode):
    actual = json.loads(actual)
    head = recorded if isinstance(recorded, str) else ""
    try:
        recorded = json.loads(recorded)
    except ValueError:
        # Only the beginning was kept: its first keys must come in the same order.
        order = re.findall(r'^    "(\w+)"', head, re.M)
        return None if list(actual)[:len(order)] == order else f"keys {list(actual)} instead of {order}"
    if list(actual) != list(recorded):
        return f"keys {list(actual)} instead of {list(recorded)}"
    known = {}
    for obj in _items(recorded):
        known.setdefault(obj.get("kind"), []).append(_shape(obj))
    if not known:
        return None if actual.get("items") == [] else "the list is not empty"
    if not _items(actual) and mode == "json":
        return "the list is empty"
    for obj in _items(actual):
        shapes = known.get(obj.get("kind"))
        if shapes is None:
            if mode == "list":
                continue
            return f"an object of kind {obj.get('kind')}, recorded were {sorted(known)}"
        always, ever, now = set.intersection(*shapes), set.union(*shapes), _shape(obj)
        lacking = {k for k in always - now if not k.split(".")[-1] in ("data", "imagePullSecrets", "status")}
        added = {k for k in now - ever if not k.startswith("data") and k not in OPTIONAL}
        if lacking or added:
            return f"{obj['kind']} {obj['metadata'].get('name')}: keys lacking {sorted(lacking)}, keys that the real one never had {sorted(added)}"
    return None


# Keys that the API has for objects of the sandbox and that no recorded object happened to need.
OPTIONAL = {"binaryData", "immutable", "secrets", "imagePullSecrets", "status"}
