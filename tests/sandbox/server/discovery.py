"""What a client asks to learn about the server: versions, groups, resource lists, health."""
from . import errors, strategy
from .http import Response
from .kinds import RESOURCES

VERSION = {"major": "", "minor": "", "gitVersion": "v1.27.16", "gitCommit": "$Format:%H$", "gitTreeState": "",
           "buildDate": "1970-01-01T00:00:00Z", "goVersion": "go1.23.5", "compiler": "gc", "platform": "linux/amd64"}
OPENSHIFT_VERSION = "4.14.38"
# Types that are answered without being stored.
_VIRTUAL = {"authorization.k8s.io/v1": [("selfsubjectaccessreviews", "SelfSubjectAccessReview", False, ["create"]),
                                        ("selfsubjectrulesreviews", "SelfSubjectRulesReview", False, ["create"])],
            "project.openshift.io/v1": [("projectrequests", "ProjectRequest", False, ["create", "list"])]}


def _resources(api_version):
    found = []
    for r in RESOURCES:
        if r.api_version != api_version:
            continue
        entry = {"name": r.plural, "singularName": r.kind.lower(), "namespaced": r.namespaced, "kind": r.kind, "verbs": list(r.verbs)}
        found.append(entry | ({"shortNames": list(r.short)} if r.short else {}))
        for sub in strategy.subresources(r):
            found.append({"name": f"{r.plural}/{sub}", "singularName": "", "namespaced": r.namespaced,
                          "kind": "Scale" if sub == "scale" else r.kind, "verbs": ["get", "patch", "update"] if sub == "scale" else ["create"]})
    return found + [{"name": n, "singularName": "", "namespaced": ns, "kind": k, "verbs": v} for n, k, ns, v in _VIRTUAL.get(api_version, ())]


def _groups():
    versions = sorted({r.api_version for r in RESOURCES if r.group} | set(_VIRTUAL))
    groups = {}
    for version in versions:
        group, _, short = version.partition("/")
        groups.setdefault(group, []).append({"groupVersion": version, "version": short})
    return [{"name": g, "versions": v, "preferredVersion": v[0]} for g, v in groups.items()]


def respond(api, path):
    parts = [p for p in path.split("/") if p]
    if path in ("/healthz", "/livez", "/readyz"):
        return Response(200, b"ok", [("Content-Type", "text/plain; charset=utf-8")])
    if parts == ["version"]:
        return Response(200, VERSION)
    if parts == [".well-known", "oauth-authorization-server"]:
        return Response(200, api.oauth.metadata())
    if parts == ["api"]:
        return Response(200, {"kind": "APIVersions", "versions": ["v1"]})
    if parts == ["apis"]:
        return Response(200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups()})
    if len(parts) == 2 and parts[0] == "apis":
        found = [g for g in _groups() if g["name"] == parts[1]]
        if found:
            return Response(200, {"kind": "APIGroup", "apiVersion": "v1"} | found[0])
    version = parts[1] if parts[:1] == ["api"] and len(parts) == 2 else "/".join(parts[1:]) if parts[:1] == ["apis"] else None
    found = _resources(version) if version else []
    if found:
        return Response(200, {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": found})
    if not parts:
        return Response(200, {"paths": ["/api", "/api/v1", "/apis"] + ["/apis/" + g["name"] for g in _groups()] + ["/healthz", "/version"]})
    raise errors.ApiError(404, "NotFound", "the server could not find the requested resource")
