"""oc delete."""
from .. import files, follow, kinds, output
from ..errors import Fail, ServerError, raise_all

CASCADES = {"background": "Background", "orphan": "Orphan", "foreground": "Foreground"}
IMMEDIATE = ("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may "
             "continue to run on the cluster indefinitely.")


def delete(command):
    flags = command.flags
    if flags["output"] not in ("", "name"):
        raise Fail(f'error: unexpected -o output mode: {flags["output"]}. We only support \'-o name\'')
    strategy, suffix, _ = output.dry_run(command)
    grace = 1 if flags["now"] else flags["grace-period"]
    if grace == 0 and not flags["force"]:
        grace = 1  # the real client takes 0 for a mistake unless --force says otherwise
    if flags["force"] and grace > 0:
        raise Fail("error: --force and --grace-period greater than 0 cannot be specified together")
    if flags["cascade"] not in CASCADES:
        raise Fail(f'error: invalid cascade value ({flags["cascade"]}). Must be "background", "foreground", or "orphan"')
    options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": CASCADES[flags["cascade"]]}
    if flags["force"] or grace >= 0:
        options["gracePeriodSeconds"] = 0 if flags["force"] else grace
    if strategy == "server":
        options["dryRun"] = ["All"]
    failures = []
    targets = find(command, failures)
    if flags["force"] and targets:
        command.complain(IMMEDIATE)
    removed = []
    for resource, namespace, name in targets:
        try:
            answer = {} if strategy == "client" else command.server.request("DELETE", kinds.path(resource, namespace, name), options,
                                                                            about=kinds.about("delete", resource, name))
        except ServerError as error:
            if not (error.reason == "NotFound" and (flags["ignore-not-found"] or flags["all"])):
                failures.append(error)
            continue
        except Fail as error:
            failures.append(error)
            continue
        word = "force deleted" if flags["force"] else "deleted"
        kind = kinds.singular(resource)
        command.write(f"{kind}/{name}\n" if flags["output"] == "name" else f'{kind} "{name}" {word}{suffix}\n')
        removed.append((resource, namespace, name, ((answer.get("details") or {}).get("uid")) or (answer.get("metadata") or {}).get("uid")))
    if flags["wait"] and strategy == "none":
        wait(command, removed, failures)
    raise_all(failures)


def find(command, failures):
    """(resource, namespace, name) of everything that shall go."""
    flags, args = command.flags, command.args
    command.config.cluster()
    if flags["filename"]:
        return [(d.resource, d.namespace, d.name) for d in files.read(command, failures)]
    if not args:
        raise Fail("error: You must provide one or more resources by argument or filename.\nExample resource specifications include:\n"
                   "   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'")
    targets = kinds.targets(args, "delete")
    chosen = flags["selector"] or flags["field-selector"] or flags["all"]
    if any(name for _, name in targets):
        if chosen:
            raise Fail("error: name cannot be provided when a selector is specified" if not flags["all"] else
                       "error: setting 'all' parameter but found a non empty selector.")
        return [(resource, command.namespace, name) for resource, name in targets]
    if not chosen:
        raise Fail("error: resource(s) were provided, but no name was specified")
    query = {k: v for k, v in (("labelSelector", flags["selector"]), ("fieldSelector", flags["field-selector"])) if v}
    found = []
    for resource, _ in targets:
        try:
            listed = command.server.request("GET", kinds.path(resource, command.namespace), query=query, about=kinds.about("get", resource))
            found += [(resource, command.namespace, o["metadata"]["name"]) for o in listed["items"]]
        except Fail as error:
            failures.append(error)
    if not found and not failures:
        command.complain("No resources found")
    return found


def wait(command, removed, failures):
    for resource, namespace, name, uid in removed:
        try:
            follow.gone(command.server, resource, namespace, name, uid, command.flags["timeout"] or None)
        except ServerError as error:
            # Whoever may delete but not look, or not watch, does not wait.
            if error.reason not in ("Forbidden", "MethodNotAllowed"):
                failures.append(error)
        except Fail as error:
            failures.append(error)


COMMANDS = {"delete": (delete, "all cascade dry-run field-selector filename force grace-period ignore-not-found now output recursive selector "
                               "timeout wait")}
