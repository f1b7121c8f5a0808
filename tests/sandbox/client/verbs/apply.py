"""oc apply: merged on the client, or --server-side."""
import json
import time

from .. import files, kinds, merge, output
from ..errors import Fail, ServerError, raise_all
from ..rest import APPLY, MERGE, STRATEGIC
from .create import new

TRIES, SECONDS_BETWEEN = 5, 1
ADVICE = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


def apply(command):
    flags = command.flags
    output.check(flags["output"])
    strategy, suffix, query = output.dry_run(command)
    if flags["force-conflicts"] and not flags["server-side"]:
        raise Fail("error: --force-conflicts only works with --server-side")
    if flags["server-side"] and strategy == "client":
        raise Fail("error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
    documents, failures = files.required(command)
    together = [] if flags["output"] in ("json", "yaml") and len(documents) > 1 else None
    for document in documents:
        try:
            one = server_side if flags["server-side"] else client_side
            obj, operation = one(command, document, strategy, query)
            if together is None:
                output.announce(command, obj, operation + suffix)
            else:
                together.append(obj if flags["show-managed-fields"] else output.without_managed_fields(obj))
        except Fail as failure:
            failures.append(failure)
    if together:
        command.write(output.structured({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": together}, flags["output"], typed=True))
    raise_all(failures)


def server_side(command, document, strategy, query):
    flags = command.flags
    if not document.name:
        raise Fail("error: resource name may not be empty")
    manager = flags["field-manager"] if "field-manager" in flags.given else "kubectl"
    query = query | {"fieldManager": manager, "force": "true" if flags["force-conflicts"] else "false"}
    try:
        return command.server.request("PATCH", document.path(), document.obj, APPLY, query), "serverside-applied"
    except ServerError as error:
        if error.reason == "Conflict":
            raise Fail(f"error: {error.message}{ADVICE}") from None
        raise


def client_side(command, document, strategy, query):
    if not document.name:
        raise Fail("error: resource name may not be empty")
    query = query | {"fieldManager": command.flags["field-manager"]}
    place = f'{kinds.gvr(document.resource)}\nName: "{document.name}", Namespace: "{document.namespace or ""}"'
    try:
        live = fetch(command, document)
    except ServerError as error:
        if error.reason != "NotFound":
            raise error.within(f'error when retrieving current configuration of:\n{place}\nfrom server for: "{document.source}"') from None
        return create(command, document, strategy, query), "created"
    except Fail as error:
        raise error.within(f'error when retrieving current configuration of:\n{place}\nfrom server for: "{document.source}"') from None
    if strategy == "client":
        return live, "configured"
    if merge.last_applied(live) is None:
        command.complain(f"Warning: resource {document.resource.plural}/{document.name} is missing the {merge.LAST_APPLIED} annotation which is "
                         "required by oc apply. oc apply should only be used on resources created declaratively by either oc create "
                         "--save-config or oc apply. The missing annotation will be patched automatically.")
    for attempt in range(TRIES + 1):
        patch = merge.three_way(merge.last_applied(live), merge.annotated(document.obj), live, not document.resource.custom)
        if not patch:
            return live, "unchanged"
        try:
            kind = MERGE if document.resource.custom else STRATEGIC
            return command.server.request("PATCH", document.path(), patch, kind, query), "configured"
        except ServerError as error:
            if error.reason != "Conflict" or attempt == TRIES:
                shown = json.dumps(patch, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                raise error.within(f'error when applying patch:\n{shown}\nto:\n{place}\nfor: "{document.source}": '
                                   f'error when patching "{document.source}"') from None
        if attempt:
            time.sleep(SECONDS_BETWEEN)
        live = fetch(command, document)


def fetch(command, document):
    return command.server.request("GET", document.path(), about=kinds.about("get", document.resource, document.name))


def create(command, document, strategy, query):
    if strategy == "client":
        return document.obj
    try:
        return command.server.request("POST", document.collection(), new(merge.annotated(document.obj)), query=query)
    except ServerError as error:
        raise error.within(f'error when creating "{document.source}"') from None


COMMANDS = {"apply": (apply, "dry-run field-manager filename force-conflicts output recursive server-side show-managed-fields")}
