"""Routing of the Kubernetes REST paths of one cluster: authentication, rights, and which operation a request means."""
import json
import time

from . import admission, discovery, errors, oauth, rights, schema, strategy, virtual
from .http import Request, Response
from .kinds import BY_PATH, BY_PLURAL
from .objects import APPLY, Objects, decode
from .selectors import Filter

DEPRECATED = "is deprecated in v4.14+, unavailable in v4.10000+"
BOOKMARK_SECONDS = 10
NAMESPACES = BY_PLURAL["namespaces"]
DELETE_OPTIONS = schema.Struct("DeleteOptions", gracePeriodSeconds=int, propagationPolicy=str, orphanDependents=bool,
                               preconditions=schema.Struct("Preconditions", uid=str, resourceVersion=str))
MAX_WATCH_SECONDS = 1800


class Api:
    def __init__(self, cluster, store, identity, kubelet, url):
        self.cluster, self.store, self.identity, self.kubelet = cluster, store, identity, kubelet
        self.authorizer = rights.Authorizer(store)
        self.oauth = oauth.OAuth(url, identity)
        self.objects = Objects(store, cluster)
        self.virtual = virtual.Virtual(self)

    # -- a request -----------------------------------------------------------------------------------------------------

    def respond(self, request: Request):
        if request.path.startswith("/oauth/"):
            return self.oauth.respond(request)
        user = self._authenticate(request)
        parts = [p for p in request.path.split("/") if p]
        if parts[:1] == ["api"] and len(parts) > 2:
            group, version, rest = "", parts[1], parts[2:]
        elif parts[:1] == ["apis"] and len(parts) > 3:
            group, version, rest = parts[1], parts[2], parts[3:]
        else:
            self.authorizer.require_url(user, request.path)
            if request.method not in ("GET", "HEAD"):
                raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            return discovery.respond(self, request.path)
        namespace = None
        if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
            namespace, rest = rest[1], rest[2:]
        plural, name, subresource = (rest + [None, None])[:3]
        answer = self.virtual.respond(request, user, group, plural, namespace, name, subresource)
        if answer is not None:
            return answer
        resource = BY_PATH.get((group, version, plural))
        if resource is None or len(rest) > 3:
            raise errors.ApiError(404, "NotFound", "the server could not find the requested resource")
        if resource.namespaced and namespace is None and name:
            raise errors.ApiError(404, "NotFound", "the server could not find the requested resource")
        try:
            response = self._dispatch(request, user, resource, namespace if resource.namespaced else None, name, subresource)
        except errors.ApiError as error:
            response = Response(error.code, error.status())
            if error.code == 403:  # refused before anybody looks at the type
                return response
        self._warn(response, resource, subresource)
        return response

    def _authenticate(self, request):
        scheme, _, token = (request.headers.get("Authorization") or "").partition(" ")
        if not scheme:
            return rights.NOBODY
        user = self.identity.find(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise errors.ApiError(401, "Unauthorized", "Unauthorized")
        return self._impersonated(user, request.headers.get("Impersonate-User"))

    def _impersonated(self, user, name):
        if not name:
            return user
        if not self.authorizer.allowed(user, "impersonate", "", "users", None, name):
            raise errors.ApiError(403, "Forbidden", f'users "{name}" is forbidden: User "{user.name}" cannot impersonate resource "users" in '
                                                    'API group "" at the cluster scope')
        return self.identity.user(name)

    def _warn(self, response, resource, subresource):
        if resource.plural != "deploymentconfigs":
            return
        text = {"scale": "extensions/v1beta1 Scale is deprecated in v1.2+, unavailable in v1.16+",
                "instantiate": f"apps.openshift.io/v1 DeploymentRequest {DEPRECATED}",
                "log": f"apps.openshift.io/v1 DeploymentLog {DEPRECATED}"}.get(
                    subresource, f"apps.openshift.io/v1 DeploymentConfig {DEPRECATED}")
        response.headers.append(("Warning", f'299 - "{text}"'))

    def _dispatch(self, request, user, resource, namespace, name, subresource):
        method, query = request.method, request.query
        require = lambda verb: self.authorizer.require(user, verb, resource, subresource, namespace, name)
        if subresource not in (None, "status") and subresource not in strategy.subresources(resource):
            require({"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(method, "get"))
            raise errors.ApiError(404, "NotFound", "the server could not find the requested resource")
        if subresource in ("exec", "log", "eviction", "instantiate"):
            return self.virtual.subresource(request, user, resource, namespace, name, subresource)
        manager = query.get("fieldManager") or (request.headers.get("User-Agent") or "unknown").split("/")[0][:128]
        dry_run = self._dry_run(query)
        may = lambda verb, group, kind, named: self.authorizer.allowed(user, verb, group, kind, namespace, named)

        def admit(old, new):
            if old is None and resource.plural == "pods":
                admission.admit_pod(self.store, new, may)
            admission.admit_owners(may, resource, old, new)
            admission.admit_host(may, resource, old, new)

        if name is None:
            if method in ("GET", "HEAD"):
                if query.get("watch") in ("1", "true"):
                    require("watch")
                    return Response(200, self._watch(resource, namespace, query), [("Content-Type", "application/json")])
                require("list")
                return self._list(resource, namespace, query)
            if method == "POST":
                require("create")
                if resource.namespaced and namespace is None:
                    raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
                obj = decode(resource, request.body, namespace)
                return Response(201, self.objects.create(resource, namespace, obj, manager, dry_run, admit))
            if method == "DELETE" and (namespace or not resource.namespaced):
                require("deletecollection")
                return self._delete_collection(request, resource, namespace, dry_run)
        elif method in ("GET", "HEAD"):
            require("get")
            if query.get("watch") in ("1", "true"):
                return Response(200, self._watch(resource, namespace, query | {"fieldSelector": f"metadata.name={name}"}),
                                [("Content-Type", "application/json")])
            if subresource == "scale":
                return Response(200, strategy.scale_of(resource, self.store.get(resource, namespace, name)))
            return Response(200, self.store.entry(resource, namespace, name).raw.encode("utf-8", "surrogatepass"),
                            [("Content-Type", "application/json")])
        elif method == "PUT":
            require("update")
            if subresource == "scale":
                with self.store.lock:
                    old = self.store.get(resource, namespace, name)
                    scale = schema.loads(request.body, lambda error: errors.bad_request(f"the scale is not JSON: {error}"))
                    return Response(200, self.objects.scale(resource, old, scale, manager, dry_run))
            return Response(200, self.objects.update(resource, namespace, name, decode(resource, request.body, namespace), subresource,
                                                     manager, dry_run, admit))
        elif method == "PATCH":
            require("patch")
            kind = (request.headers.get("Content-Type") or "").split(";")[0].strip()
            if kind == APPLY and subresource is None:
                obj, created = self.objects.apply(resource, namespace, name, request.body, query.get("fieldManager"),
                                                  query.get("force") in ("1", "true"), dry_run, admit)
                return Response(201 if created else 200, obj)
            return Response(200, self.objects.patch(resource, namespace, name, kind, request.body, subresource, manager, dry_run, admit))
        elif method == "DELETE" and subresource is None:
            require("delete")
            return self._delete(request, resource, namespace, name, dry_run)
        raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def _dry_run(self, query):
        if query.get("dryRun", "All") != "All":
            raise errors.ApiError(422, "Invalid", f'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: "{query["dryRun"]}": '
                                                  'supported values: "All"')
        return "dryRun" in query

    # -- list, watch, delete -------------------------------------------------------------------------------------------

    def _list(self, resource, namespace, query):
        wanted = Filter(query, resource)
        entries, version = self.store.entries(resource, namespace)
        items = ",".join(e.item(resource.custom) for e in entries if wanted(e.obj))
        head = json.dumps({"kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": {"resourceVersion": str(version)}},
                          separators=(",", ":"))
        return Response(200, f'{head[:-1]},"items":[{items}]}}\n'.encode("utf-8", "surrogatepass"), [("Content-Type", "application/json")])

    def _watch(self, resource, namespace, query):
        wanted = Filter(query, resource)
        seconds = query.get("timeoutSeconds", "")
        end = time.monotonic() + min(int(seconds) if seconds.isdigit() and int(seconds) else MAX_WATCH_SECONDS, MAX_WATCH_SECONDS)
        bookmarks = query.get("allowWatchBookmarks") in ("1", "true")
        start = query.get("resourceVersion") or "0"
        if not start.isdigit():
            raise errors.bad_request(f'Invalid value: "{start}": strconv.ParseUint: parsing "{start}": invalid syntax')
        return self._events(resource, namespace, wanted, int(start), end, bookmarks)

    def _events(self, resource, namespace, wanted, version, end, bookmarks):
        if version == 0:
            entries, version = self.store.entries(resource, namespace)
            for entry in entries:
                if wanted(entry.obj):
                    yield _event("ADDED", entry.raw)
        next_bookmark = time.monotonic() + BOOKMARK_SECONDS
        while True:
            try:
                events = self.store.events_since(version)
            except errors.ApiError as error:
                yield _event("ERROR", json.dumps(error.status()))
                return
            for event in events:
                version = event.version
                if event.resource is resource and (namespace is None or event.entry.obj["metadata"].get("namespace") == namespace):
                    before = event.previous is not None and wanted(event.previous.obj)
                    after = event.type != "DELETED" and wanted(event.entry.obj)
                    # An object that starts or stops to match comes and goes for this watcher.
                    kind = "MODIFIED" if before and after else "ADDED" if after else "DELETED" if before else None
                    if kind:
                        yield _event(kind, event.entry.raw)
            left = end - time.monotonic()
            if bookmarks and (left <= 0 or time.monotonic() >= next_bookmark):
                next_bookmark = time.monotonic() + BOOKMARK_SECONDS
                yield _event("BOOKMARK", json.dumps({"kind": resource.kind, "apiVersion": resource.api_version,
                                                     "metadata": {"resourceVersion": str(version), "creationTimestamp": None}}))
            if left <= 0:
                return
            self.store.wait(version, min(left, BOOKMARK_SECONDS))

    def _options(self, request):
        options = {}
        if request.body:
            options = schema.loads(request.body, lambda error: errors.bad_request(f"the delete options are not JSON: {error}")) or {}
            schema.check(NAMESPACES, options, DELETE_OPTIONS, "", "DeleteOptions")
        for key in ("propagationPolicy", "gracePeriodSeconds"):
            if key in request.query:
                value = request.query[key]
                options[key] = int(value) if value.isdigit() else value
        if "dryRun" in options:
            options["dryRun"] = True
        if not 0 <= int(options.get("gracePeriodSeconds") or 0):
            raise errors.bad_request("gracePeriodSeconds must not be negative")
        return options

    def _delete(self, request, resource, namespace, name, dry_run):
        options = self._options(request)
        last = self.objects.delete(resource, namespace, name, options, dry_run or "dryRun" in options)
        if self.store.find(resource, namespace, name) is not None and not dry_run:
            return Response(200, last)
        details = {"name": name} | ({"group": resource.group} if resource.group else {}) | {"kind": resource.plural, "uid": last["metadata"]["uid"]}
        return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})

    def _delete_collection(self, request, resource, namespace, dry_run):
        wanted, options = Filter(request.query, resource), self._options(request)
        items = []
        for entry in self.store.entries(resource, namespace)[0]:
            if wanted(entry.obj):
                items.append(self.objects.delete(resource, namespace, entry.obj["metadata"]["name"], options, dry_run or "dryRun" in options))
        return Response(200, {"kind": resource.list_kind, "apiVersion": resource.api_version,
                              "metadata": {"resourceVersion": str(self.store.version)}, "items": items})


def _event(kind, raw):
    return f'{{"type":"{kind}","object":{raw}}}\n'.encode("utf-8", "surrogatepass")
