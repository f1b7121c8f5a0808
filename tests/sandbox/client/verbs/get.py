"""oc get: objects by type and name, raw paths, watches."""
from .. import kinds, output
from ..errors import Fail, ServerError, raise_all

FLAGS = ("all-namespaces field-selector filename ignore-not-found no-headers output output-watch-events raw recursive selector "
         "show-kind show-labels show-managed-fields watch watch-only")
EMPTY = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}}


def get(command):
    flags = command.flags
    if flags["raw"]:
        return raw(command)
    form = output.check(flags["output"], output.GET_FORMATS)
    command.config.cluster()
    fetch = Fetch(command)
    if flags["watch"] or flags["watch-only"]:
        return watch(command, fetch, form)
    if form:
        show_structured(command, fetch, form)
    else:
        show_tables(command, fetch)
    raise_all(fetch.failures)


class Fetch:
    """What was asked for, per type in the order asked: `groups` is [(resource, objects)]."""

    def __init__(self, command):
        flags, args = command.flags, command.args
        self.command, self.groups, self.failures = command, [], []
        if flags["filename"]:
            from .. import files
            self.targets = [(kinds.of_object(d.obj), d.obj["metadata"]["name"]) for d in files.read(command)]
        elif not args:
            raise Fail('You must specify the type of resource to get. Use "oc api-resources" for a complete list of supported resources.\n\n'
                       "error: Required resource not specified.\nSee 'oc get -h' for help and examples")
        else:
            self.targets = kinds.targets(args, "get")
        named = [t for t in self.targets if t[1]]
        if named and (flags["selector"] or flags["field-selector"]):
            raise Fail("error: name cannot be provided when a selector is specified" if flags["selector"] else
                       "error: field selectors cannot be used when passing resource/name arguments")
        if named and flags["all-namespaces"]:
            raise Fail("error: a resource cannot be retrieved by name across all namespaces")
        self.single = len(self.targets) == 1 and bool(named)

    def path(self, resource, name=None):
        return kinds.path(resource, None if self.command.flags["all-namespaces"] else self.command.namespace, name)

    def query(self):
        flags = self.command.flags
        return {k: v for k, v in (("labelSelector", flags["selector"]), ("fieldSelector", flags["field-selector"])) if v}

    def run(self):
        for resource, name in self.targets:
            try:
                objects = [self.one(resource, name)] if name else self.list(resource)["items"]
            except ServerError as error:
                if not (self.command.flags["ignore-not-found"] and error.reason == "NotFound"):
                    self.failures.append(error)
                continue
            except Fail as error:
                self.failures.append(error)
                continue
            if not self.command.flags["show-managed-fields"]:
                objects = [output.without_managed_fields(o) for o in objects]
            if self.groups and self.groups[-1][0] is resource:
                self.groups[-1][1].extend(objects)
            else:
                self.groups.append((resource, objects))
        return self.groups

    def one(self, resource, name):
        return self.command.server.request("GET", self.path(resource, name), about=kinds.about("get", resource, name))

    def list(self, resource):
        answer = self.command.server.request("GET", self.path(resource), query=self.query(), about=kinds.about("get", resource))
        answer["items"] = [{"apiVersion": resource.api_version, "kind": resource.kind} | o for o in answer.get("items") or []]
        return answer


def show_structured(command, fetch, form):
    objects = [o for _, group in fetch.run() for o in group]
    if fetch.single:
        if objects:
            command.write(output.structured(objects[0], form))
    elif objects or not command.flags["ignore-not-found"] or not any(name for _, name in fetch.targets):
        command.write(output.structured(EMPTY | {"items": objects}, form))


def show_tables(command, fetch):
    from .. import tables
    flags = command.flags
    groups = [(r, objects) for r, objects in fetch.run() if objects]
    prefix = flags["show-kind"] or len({r for r, _ in fetch.targets}) > 1
    for i, (resource, objects) in enumerate(groups):
        command.write(("\n" if i else "") + tables.table(resource, objects, prefix, flags["no-headers"], flags["show-labels"]))
    if not groups and not fetch.failures and not flags["ignore-not-found"]:
        scoped = any(r.namespaced for r, _ in fetch.targets) and not flags["all-namespaces"]
        command.complain(f"No resources found in {command.namespace} namespace." if scoped else "No resources found")


def raw(command):
    """The bytes of any path as the server sends them; a watch goes on until the server ends it."""
    if command.args:
        raise Fail("error: arguments may not be passed when --raw is specified")
    path = command.flags["raw"]
    response = command.server.stream(path if path.startswith("/") else "/" + path)
    while chunk := response.read1(1 << 16):
        command.write(chunk)


def watch(command, fetch, form):
    """The objects, then every change of them. However the watch ends, the real client exits with 0."""
    flags = command.flags
    if len(fetch.targets) != 1:
        raise Fail("error: you may only specify a single resource type")
    resource, name = fetch.targets[0]
    widths = []

    def show(obj, event, first):
        obj = obj if flags["show-managed-fields"] else output.without_managed_fields(obj)
        if flags["output-watch-events"] and form:
            obj = {"type": event, "object": obj}
        if form:
            command.write(output.structured(obj, form))
        else:
            from .. import tables
            command.write(tables.table(resource, [obj], flags["show-kind"], flags["no-headers"] or not first, flags["show-labels"], widths))

    objects = [fetch.one(resource, name)] if name else None
    listed = None if name else fetch.list(resource)
    version = (objects[0] if name else listed)["metadata"].get("resourceVersion", "")
    objects = objects or listed["items"]
    first = True
    if not flags["watch-only"]:
        if objects and not form:
            from .. import tables
            command.write(tables.table(resource, objects, flags["show-kind"], flags["no-headers"], flags["show-labels"], widths))
            first = False
        for obj in objects if form else ():
            show(obj, "ADDED", False)
    query = fetch.query() | {"resourceVersion": version}
    if name:
        query["fieldSelector"] = f"metadata.name={name}"
    for event in command.server.watch(fetch.path(resource), query):
        if event["type"] == "ERROR":
            raise ServerError(event["object"])
        if event["type"] != "BOOKMARK":
            show(event["object"], event["type"], first)
            first = False


COMMANDS = {"get": (get, FLAGS)}
