"""Resources that are not stored as such: projects, the caller's own user, reviews of rights, tokens; and the sub-resources that act."""
import json

from client import template

from . import errors, rights, schema, strategy
from .controllers import CONTROL_PLANE, deployer, deploymentconfigs
from .http import Response
from .kinds import BY_PLURAL
from .objects import decode
from .selectors import Filter

PROJECTS, NAMESPACES, PODS = BY_PLURAL["projects"], BY_PLURAL["namespaces"], BY_PLURAL["pods"]
TOKENS, USERS = BY_PLURAL["oauthaccesstokens"], BY_PLURAL["users"]
PROJECT_REQUEST = schema.Struct("ProjectRequest", metadata=schema.METADATA, displayName=str, description=str)
REVIEW = schema.Struct("Review", spec=schema.Struct(
    "ReviewSpec", namespace=str, nonResourceAttributes={"*": str},
    resourceAttributes={"*": str}))
PREFIXES = ("openshift", "kube-", "kubernetes-")


def project_of(namespace):
    meta = {k: v for k, v in namespace["metadata"].items() if k not in ("managedFields",)}
    return {"kind": "Project", "apiVersion": "project.openshift.io/v1", "metadata": meta, "spec": namespace.get("spec", {}),
            "status": namespace.get("status", {})}


class Virtual:
    def __init__(self, api):
        self.api, self.store, self.authorizer = api, api.store, api.authorizer

    def respond(self, request, user, group, plural, namespace, name, subresource):
        """A Response, or None when the path means a stored resource."""
        key = (group, plural)
        if key == ("project.openshift.io", "projects"):
            return self._projects(request, user, name)
        if key == ("project.openshift.io", "projectrequests"):
            return self._project_request(request, user)
        if key == ("template.openshift.io", "processedtemplates"):
            return self._process(request, user, namespace)
        if key == ("user.openshift.io", "users"):
            return self._user(request, user, name)
        if key == ("oauth.openshift.io", "oauthaccesstokens"):
            return self._tokens(request, user, name)
        if key[0] in ("authorization.k8s.io", "authorization.openshift.io") and request.method == "POST":
            return self._review(request, user, plural)
        if key == ("", "namespaces") and request.method == "DELETE" and name:
            self.authorizer.require(user, "delete", NAMESPACES, None, name, name)
            return self._delete_namespace(name)
        return None

    # -- projects ------------------------------------------------------------------------------------------------------

    def _projects(self, request, user, name):
        method = request.method
        if name is None:
            self.authorizer.require(user, {"GET": "list"}.get(method, "create"), PROJECTS)
            if method != "GET" or request.query.get("watch") in ("1", "true"):
                raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            wanted = Filter(request.query, NAMESPACES)
            entries, version = self.store.entries("namespaces")
            items = []
            for entry in entries:
                project = entry.obj["metadata"]["name"]
                if wanted(entry.obj) and self.authorizer.allowed(user, "get", "project.openshift.io", "projects", project, project):
                    items.append({k: v for k, v in project_of(entry.obj).items() if k not in ("kind", "apiVersion")})
            return Response(200, {"kind": "ProjectList", "apiVersion": "project.openshift.io/v1",
                                  "metadata": {"resourceVersion": str(version)}, "items": items})
        verb = {"GET": "get", "DELETE": "delete", "PUT": "update", "PATCH": "patch"}.get(method, "get")
        self.authorizer.require(user, verb, PROJECTS, None, name, name)
        found = self.store.find("namespaces", None, name)
        if found is None:
            raise errors.not_found(PROJECTS, name)
        if method == "GET":
            return Response(200, project_of(found))
        if method == "DELETE":
            return self._delete_namespace(name, PROJECTS)
        raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")

    def _delete_namespace(self, name, resource=NAMESPACES):
        with self.store.lock:
            found = self.store.get("namespaces", None, name)
            # The namespace controller takes the finalizer off when everything in it is gone.
            found["metadata"]["finalizers"] = ["kubernetes"]
            found["status"] = {"phase": "Terminating"}
            self.store.update(found)
            self.store.delete("namespaces", None, name)
        return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                              "details": {"name": name, "kind": resource.plural, "uid": found["metadata"]["uid"]}})

    def _project_request(self, request, user):
        if not self.authorizer.allowed(user, "create" if request.method == "POST" else "list", "project.openshift.io", "projectrequests"):
            raise errors.ApiError(403, "Forbidden", "You may not request a new project via this API.")
        if request.method != "POST":
            return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
        body = schema.loads(request.body, lambda error: errors.bad_request(f"the project request is not JSON: {error}"))
        schema.check(PROJECTS, body, PROJECT_REQUEST, "", "ProjectRequest")
        name, display, description = (body.get("metadata") or {}).get("name") or "", body.get("displayName") or "", body.get("description") or ""
        if name.startswith(PREFIXES):
            raise errors.ApiError(403, "Forbidden", f'project.project.openshift.io "{name}" is forbidden: cannot request a project starting with '
                                                    f'one of: {", ".join(PREFIXES)}')
        if self.store.find("namespaces", None, name):
            raise errors.ApiError(409, "AlreadyExists", f'project.project.openshift.io "{name}" already exists')
        annotations = {"openshift.io/display-name": display, "openshift.io/description": description, "openshift.io/requester": user.name}
        made = strategy.prepare_create(self.store, self.api.cluster, NAMESPACES, decode(
            NAMESPACES, json.dumps({"metadata": {"name": name, "annotations": annotations}}), None))
        with self.store.lock:
            made = self.store.create(made, NAMESPACES)
            self.store.create(rights.binding("RoleBinding", "admin", "admin", "User", user.name, name))
        return Response(201, project_of(made))

    def _process(self, request, user, namespace):
        if request.method != "POST":
            raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if not self.authorizer.allowed(user, "create", "template.openshift.io", "processedtemplates", namespace):
            raise errors.ApiError(403, "Forbidden", f'processedtemplates.template.openshift.io is forbidden: User "{user.name}" cannot create resource '
                                                    f'"processedtemplates" in API group "template.openshift.io" in the namespace "{namespace}"')
        source = decode(BY_PLURAL["templates"], request.body, namespace)
        try:
            return Response(201, source | {"objects": template.process(source, {}, {})})
        except template.Refused as error:
            raise errors.ApiError(422, "Invalid", str(error)) from None

    # -- users, tokens, reviews ----------------------------------------------------------------------------------------

    def _user(self, request, user, name):
        self.authorizer.require(user, {"GET": "get" if name else "list"}.get(request.method, "update"), USERS, None, None, name)
        if request.method != "GET" or name is None:
            raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        if name not in ("~", user.name):
            raise errors.not_found(USERS, name)
        return Response(200, {"kind": "User", "apiVersion": "user.openshift.io/v1", "metadata": {"name": user.name, "uid": user.uid},
                              "identities": [f"sandbox:{user.name}"], "groups": list(user.groups)})

    def _tokens(self, request, user, name):
        verb = {"GET": "get" if name else "list", "DELETE": "delete"}.get(request.method, "update")
        self.authorizer.require(user, verb, TOKENS, None, None, name)
        tokens = self.api.identity.objects()
        if request.method == "GET" and name is None:
            return Response(200, {"kind": "OAuthAccessTokenList", "apiVersion": "oauth.openshift.io/v1", "metadata": {}, "items": tokens})
        found = next((t for t in tokens if t["metadata"]["name"] == name), None)
        if found is None:
            raise errors.not_found(TOKENS, name)
        if request.method == "GET":
            return Response(200, found)
        if request.method != "DELETE":
            raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
        self.api.identity.revoke(name)
        return Response(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                              "details": {"name": name, "group": "oauth.openshift.io", "kind": "oauthaccesstokens"}})

    def _review(self, request, user, plural):
        kinds = {"selfsubjectaccessreviews": "SelfSubjectAccessReview", "selfsubjectrulesreviews": "SelfSubjectRulesReview"}
        if plural not in kinds:
            raise errors.ApiError(404, "NotFound", "the server could not find the requested resource")
        if not self.authorizer.allowed(user, "create", "authorization.k8s.io", plural):
            raise errors.ApiError(403, "Forbidden", f'{plural}.authorization.k8s.io is forbidden: User "{user.name}" cannot create resource '
                                                    f'"{plural}" in API group "authorization.k8s.io" at the cluster scope')
        body = schema.loads(request.body, lambda error: errors.bad_request(f"the review is not JSON: {error}"))
        schema.check(NAMESPACES, body, REVIEW, "", kinds[plural])
        spec = body.get("spec") or {}
        namespace, wanted = spec.get("namespace"), spec.get("resourceAttributes") or {}
        if plural == "selfsubjectaccessreviews":
            status = rights.access_review(self.authorizer, user, spec | {"resourceAttributes": wanted})
        elif not namespace:
            raise errors.bad_request("no namespace on request")
        else:
            status = rights.rules_review(self.authorizer, user, namespace)
        return Response(201, {"kind": kinds[plural], "apiVersion": "authorization.k8s.io/v1", "metadata": {"creationTimestamp": None},
                              "spec": spec, "status": status})

    # -- sub-resources that act ----------------------------------------------------------------------------------------

    def subresource(self, request, user, resource, namespace, name, subresource):
        verb = "get" if subresource == "log" else "create"
        self.authorizer.require(user, verb, resource, subresource, namespace, name)
        if subresource == "instantiate":
            if request.method != "POST":
                raise errors.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            return Response(201, deploymentconfigs.instantiate(self.store, namespace, name, request.body))
        if subresource == "eviction":
            self.store.delete(PODS, namespace, name)
            return Response(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})
        if resource.plural == "deploymentconfigs":
            name = deploymentconfigs.latest_deployer(self.store, namespace, name)
        pod = self.store.get(PODS, namespace, name)
        container = self._container(pod, request.query.get("container"))
        if not pod["spec"].get("nodeName"):
            raise errors.bad_request(f"pod {name} does not have a host assigned")
        if subresource == "log" and pod["spec"]["nodeName"] == CONTROL_PLANE:
            return Response(200, deployer.log_of(pod).encode(), [("Content-Type", "text/plain")])
        if subresource == "log":
            return Response(200, self.api.kubelet.log(namespace, name, container), [("Content-Type", "text/plain")])
        command = request.lists.get("command") or []
        if not command:
            raise errors.bad_request("you must specify at least 1 command for the container")
        socket, ticket = self.api.kubelet.exec_ticket(namespace, name, container, command, request.query.get("stdin") in ("1", "true"))
        return Response(200, {"socket": str(socket), "ticket": ticket})

    def _container(self, pod, wanted):
        name = pod["metadata"]["name"]
        names = [c["name"] for c in pod["spec"]["containers"]]
        if wanted:
            if wanted not in names + [c["name"] for c in pod["spec"].get("initContainers") or []]:
                raise errors.bad_request(f"container {wanted} is not valid for pod {name}")
            return wanted
        if len(names) > 1:
            raise errors.bad_request(f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]")
        return names[0]
