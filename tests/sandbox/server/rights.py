"""Who may do what: ClusterRoles, Roles and their bindings in the store, evaluated as the real authorizer does."""
import pathlib
import re
from dataclasses import dataclass

from . import errors

ANONYMOUS = "system:anonymous"
URLS = ["/", "/.well-known", "/.well-known/*", "/.well-known/oauth-authorization-server", "/api", "/api/*", "/apis", "/apis/*",
        "/healthz", "/healthz/", "/livez", "/oapi", "/oapi/*", "/openapi", "/openapi/*", "/openapi/v2", "/osapi", "/osapi/", "/readyz",
        "/swagger-2.0.0.pb-v1", "/swagger.json", "/swaggerapi", "/swaggerapi/*", "/version", "/version/", "/version/*"]
# What the server answers before it knows who asks.
PUBLIC_URLS = ("/.well-known", "/healthz", "/livez", "/readyz", "/version", "/oauth")


@dataclass(frozen=True)
class User:
    name: str
    groups: tuple = ("system:authenticated", "system:authenticated:oauth")
    uid: str = ""

    def subjects(self):
        return {("User", self.name)} | {("Group", g) for g in self.groups}


NOBODY = User(ANONYMOUS, ("system:unauthenticated",))


def cluster_roles():
    """The ClusterRole objects of a new cluster, from roles.txt."""
    roles, rules = [], None
    for line in (pathlib.Path(__file__).parent / "roles.txt").read_text().splitlines():
        if line.startswith("["):
            rules = []
            roles.append({"kind": "ClusterRole", "metadata": {"name": line.strip("[]")}, "rules": rules})
        elif line and not line.startswith("#"):
            verbs, groups, resources = line.split(" : ")
            names = re.search(r" \((.*)\)$", resources)
            rule = {"verbs": verbs.split(), "apiGroups": ["" if g == "-" else g for g in groups.split()],
                    "resources": re.sub(r" \(.*\)$", "", resources).split()}
            if names:
                rule["resourceNames"] = names[1].split()
            rules.append(rule)
    self_role = next(r for r in roles if r["metadata"]["name"] == "self")
    self_role["rules"].append({"verbs": ["get"], "nonResourceURLs": URLS})
    return roles


def binding(kind, name, role, subject_kind, subject, namespace=None):
    meta = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"kind": kind, "metadata": meta, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": subject_kind, "name": subject}]}


def _covers(rule, verb, group, resource, name):
    return (any(v in ("*", verb) for v in rule.get("verbs", ())) and any(g in ("*", group) for g in rule.get("apiGroups", ()))
            and any(r in ("*", resource) for r in rule.get("resources", ()))
            and (not rule.get("resourceNames") or name in rule["resourceNames"]))


class Authorizer:
    def __init__(self, store):
        self.store = store

    def rules(self, user, namespace):
        """All rules that hold for the user in the namespace (None: cluster-wide rights only)."""
        wanted, found = user.subjects(), []
        bindings = list(self.store.entries("clusterrolebindings")[0])
        if namespace:
            bindings += self.store.entries("rolebindings", namespace)[0]
        for entry in bindings:
            obj = entry.obj
            if any((s["kind"], s["name"]) in wanted for s in obj.get("subjects") or ()):
                ref = obj["roleRef"]
                where = obj["metadata"].get("namespace") if ref["kind"] == "Role" else None
                try:
                    found += self.store.entry(ref["kind"], where, ref["name"]).obj.get("rules") or []
                except errors.ApiError:  # a binding may outlive its role
                    pass
        return found

    def allowed(self, user, verb, group, resource, namespace=None, name=None):
        """`resource` is plural or plural/subresource."""
        return any(_covers(rule, verb, group, resource, name) for rule in self.rules(user, namespace))

    def require(self, user, verb, resource, subresource=None, namespace=None, name=None):
        full = resource.plural + (f"/{subresource}" if subresource else "")
        if self.allowed(user, verb, resource.group, full, namespace, name):
            return
        where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
        group, plural = resource.group, full
        qualified = resource.qualified
        if resource.plural == "projects" and user.name == ANONYMOUS:
            group, plural, qualified = "", "namespaces", "namespaces"
        named = f'{qualified} "{name}"' if name else qualified
        details = ({"name": name} if name else {}) | ({"group": group} if group else {}) | {"kind": resource.plural}
        raise errors.ApiError(403, "Forbidden", f'{named} is forbidden: User "{user.name}" cannot {verb} resource "{plural}" '
                                                f'in API group "{group}" {where}', details)

    def require_url(self, user, path):
        if path.startswith(PUBLIC_URLS):
            return
        for rule in self.rules(user, None):
            for url in rule.get("nonResourceURLs") or (["*"] if rule.get("resources") == ["*"] else []):
                if url == path or url.endswith("*") and path.startswith(url[:-1]):
                    return
        raise errors.ApiError(403, "Forbidden", f'forbidden: User "{user.name}" cannot get path "{path}"')


def access_review(authorizer, user, spec):
    """Status of a SelfSubjectAccessReview."""
    wanted = spec.get("resourceAttributes")
    if wanted:
        resource = wanted.get("resource", "") + (f"/{wanted['subresource']}" if wanted.get("subresource") else "")
        allowed = authorizer.allowed(user, wanted.get("verb", ""), wanted.get("group", ""), resource,
                                     wanted.get("namespace") or None, wanted.get("name") or None)
    else:
        try:
            authorizer.require_url(user, (spec.get("nonResourceAttributes") or {}).get("path", ""))
            allowed = True
        except errors.ApiError:
            allowed = False
    return {"allowed": allowed} | ({} if allowed else {"reason": ""})


def rules_review(authorizer, user, namespace):
    rules = authorizer.rules(user, namespace)
    resource_rules = [{k: v for k, v in r.items() if k in ("verbs", "apiGroups", "resources", "resourceNames")}
                      for r in rules if r.get("resources")]
    return {"resourceRules": resource_rules, "incomplete": False,
            "nonResourceRules": [{k: v for k, v in r.items() if k in ("verbs", "nonResourceURLs")} for r in rules if r.get("nonResourceURLs")]}
