"""oc create -f and oc replace -f."""
from .. import files, output
from ..errors import Fail, ServerError, raise_all


def create(command):
    flags = command.flags
    if command.args:
        raise command.usage(f'unknown command "{command.args[0]}"')
    if not flags["filename"]:
        raise Fail("error: must specify one of -f and -k")
    each(command, "created", create_one)


def replace(command):
    each(command, "replaced", replace_one)


def each(command, operation, function):
    output.check(command.flags["output"])
    strategy, suffix, query = output.dry_run(command)
    documents, failures = files.required(command)
    for document in documents:
        if command.flags["save-config"]:
            from .. import merge
            document.obj = merge.annotated(document.obj)
        try:
            obj = document.obj if strategy == "client" else function(command, document, query | {"fieldManager": command.flags["field-manager"]})
            output.announce(command, obj, operation + suffix)
        except Fail as failure:
            failures.append(failure)
    raise_all(failures)


def create_one(command, document, query):
    try:
        return command.server.request("POST", document.collection(), new(document.obj), query=query)
    except ServerError as error:
        raise error.within(f'error when creating "{document.source}"') from None


def new(obj):
    """An object as it is sent to be created: without the version of the one it was read from. A uid stays, as it does
    with the real client."""
    return obj | {"metadata": {k: v for k, v in obj["metadata"].items() if k != "resourceVersion"}}


def replace_one(command, document, query):
    """An object without a resourceVersion replaces whatever is there now; with one, only that version."""
    meta = document.obj["metadata"]
    if not meta.get("resourceVersion"):
        try:
            meta["resourceVersion"] = command.server.request("GET", document.path())["metadata"]["resourceVersion"]
        except ServerError:
            pass  # the real client tries nevertheless; some types are created by an update
    try:
        return command.server.request("PUT", document.path(), document.obj, query=query)
    except ServerError as error:
        raise error.within(f'error when replacing "{document.source}"') from None


COMMANDS = {"create": (create, "dry-run field-manager filename output recursive save-config show-managed-fields"),
            "replace": (replace, "dry-run field-manager filename output recursive save-config show-managed-fields")}
