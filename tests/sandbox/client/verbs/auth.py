"""oc auth can-i."""
from .. import kinds
from ..errors import Fail
from ..tables import layout

ACCESS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"


def can_i(command):
    flags, args = command.flags, command.args
    if flags["list"]:
        if args:
            raise Fail("error: list option must be specified with no arguments")
        return listing(command)
    if len(args) not in (2, 3):
        raise Fail("error: you must specify two or three arguments: verb, resource, and optional resourceName")
    review = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": attributes(command)}
    answer = command.server.request("POST", ACCESS, review)
    allowed = (answer.get("status") or {}).get("allowed", False)
    reason = (answer.get("status") or {}).get("reason", "")
    if not flags["quiet"]:
        command.write("yes\n" if allowed else "no" + (f" - {reason}" if reason else "") + "\n")
    return 0 if allowed else 1


def attributes(command):
    flags, (verb, what, *name) = command.flags, command.args
    if what.startswith("/"):
        if flags["subresource"]:
            raise Fail("error: --subresource can not be used with NonResourceURL")
        return {"nonResourceAttributes": {"verb": verb, "path": what}}
    kind, slash, slashed = what.partition("/")
    name = slashed if slash else name[0] if name else ""
    resource = kinds.find(kind)
    if resource is None:
        if kind != "*":
            command.complain(f"Warning: the server doesn't have a resource type '{kind}'\n" if "." not in kind else
                             f"Warning: the server doesn't have a resource type '{kind.partition('.')[0]}' in group '{kind.partition('.')[2]}'\n")
        plural, group = kind.partition(".")[0], "*" if kind == "*" else kind.partition(".")[2]
    else:
        plural, group = resource.plural, resource.group
    if resource is not None and not resource.namespaced:
        # The real client says so and asks nevertheless, for the namespace.
        where = f" in group '{group}'" if group else ""
        command.complain(f"Warning: resource '{plural}' is not namespace scoped{where}\n")
    found = {"verb": verb, "resource": plural, "group": group, "name": name, "subresource": flags["subresource"],
             "namespace": "" if flags["all-namespaces"] else command.namespace}
    return {"resourceAttributes": {k: v for k, v in found.items() if v}}


def listing(command):
    review = {"kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": {"namespace": command.namespace}}
    status = command.server.request("POST", RULES, review).get("status") or {}
    verbs = {}  # rules about the same thing are one row
    for rule in status.get("resourceRules") or []:
        for group in rule.get("apiGroups") or [""]:
            for resource in rule.get("resources") or []:
                known = verbs.setdefault((group, resource, bracketed(rule.get("resourceNames"))), [])
                known += [v for v in rule.get("verbs") or [] if v not in known]
    found = []
    for (group, resource, names), words in verbs.items():
        plural, slash, sub = resource.partition("/")
        shown = f"{plural}.{group}{slash}{sub}" if group else resource
        found.append((f"{bracketed(words)} [{group}] [{resource}]", [shown, "[]", names, bracketed(words)]))
    for rule in status.get("nonResourceRules") or []:
        words = bracketed(rule.get("verbs"))
        found += [(f"{words} [] [] {url}", ["", f"[{url}]", "[]", words]) for url in rule.get("nonResourceURLs") or []]
    head = [] if command.flags["no-headers"] else [["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]]
    command.write(layout(head + [row for _, row in sorted(found, key=lambda f: f[0])]))


def bracketed(words):
    return f"[{' '.join(words or [])}]"


COMMANDS = {"auth can-i": (can_i, "all-namespaces list no-headers quiet subresource")}
