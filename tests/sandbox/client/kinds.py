"""Resource types as users name them (dc, secrets, deployments.apps, apimanager/x) and the paths they have on the server.
The table stands for the discovery cache of the real client."""
from urllib.parse import quote

from server.kinds import RESOURCES, Resource

from .errors import Fail

# What `get all` lists, in the order of the real client.
ALL = ("pods", "replicationcontrollers", "services", "daemonsets", "deployments", "replicasets", "statefulsets",
       "horizontalpodautoscalers", "cronjobs", "jobs", "deploymentconfigs", "builds", "imagestreams", "routes")

_names = {}
for _r in RESOURCES:
    for _name in (_r.plural, _r.kind.lower(), *_r.short):
        # Two types may share a name; the first in the table wins, the others need their group.
        _names.setdefault(_name, _r)
        if _r.group:
            _names.setdefault(f"{_name}.{_r.group}", _r)
            _names.setdefault(f"{_name}.{_r.version}.{_r.group}", _r)
_by_kind = {(r.api_version, r.kind): r for r in RESOURCES}
# Types that can be created but not looked at: what is asked of the server by writing.
for _kind in ("SelfSubjectAccessReview", "SelfSubjectRulesReview"):
    _r = Resource(_kind.lower() + "s", _kind, "authorization.k8s.io", "v1", False)
    _by_kind[_r.api_version, _kind] = _r


def find(name):
    """The type called `name`, or None."""
    return _names.get(name.lower())


def lookup(name):
    found = find(name)
    if found is None:
        # The real client never names the group here, whatever was asked for.
        raise Fail(f'error: the server doesn\'t have a resource type "{name.partition(".")[0]}"')
    return found


def of_object(obj):
    return _by_kind.get((obj.get("apiVersion"), obj.get("kind")))


def path(resource, namespace=None, name=None, subresource=None):
    parts = ["", "apis", resource.group, resource.version] if resource.group else ["", "api", resource.version]
    if resource.namespaced and namespace:
        parts += ["namespaces", quote(namespace, safe="")]
    parts.append(resource.plural)
    parts += [quote(p, safe="~") for p in (name, subresource) if p]
    return "/".join(parts)


def singular(resource):
    """deploymentconfig.apps.openshift.io, as results are announced."""
    return f"{resource.kind.lower()}.{resource.group}" if resource.group else resource.kind.lower()


def about(verb, resource, name=""):
    return verb, resource.qualified, name


def gvr(resource):
    """How error texts of `apply` describe a type."""
    version = f"{resource.group}/{resource.version}"
    return f'Resource: "{version}, Resource={resource.plural}", GroupVersionKind: "{version}, Kind={resource.kind}"'


def targets(args, command):
    """Arguments as (resource, name) pairs and whether they name single objects: `TYPE[,TYPE] [NAME...]` or `TYPE/NAME...`."""
    slashed = [a for a in args if "/" in a]
    if slashed:
        if len(slashed) != len(args):
            raise Fail("error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name "
                       f"form (e.g. 'oc {command} resource/<resource_name>' instead of 'oc {command} resource resource/<resource_name>'")
        pairs = []
        for arg in args:
            kind, _, name = arg.partition("/")
            if not kind or not name or "/" in name:
                raise Fail("error: arguments in resource/name form must have a single resource and name")
            pairs += [(resource, name) for resource in types(kind)]
        return pairs
    kinds = types(args[0])
    if len(args) == 1:
        return [(resource, None) for resource in kinds]
    return [(resource, name) for resource in kinds for name in args[1:]]


def types(text):
    found = []
    for name in text.split(","):
        found += [lookup(n) for n in ALL] if name == "all" else [lookup(name)]
    return found
