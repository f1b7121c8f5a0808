"""One object over time: as it is now, then every change of it, by a watch."""
import time

from . import kinds
from .errors import Fail, ServerError

WEEK = 7 * 24 * 3600.0


class TimedOut(Exception):
    pass


def states(server, resource, namespace, name, seconds):
    """The object whenever it changes, None when it is not there. TimedOut after `seconds` (0: at once, None: never)."""
    deadline = time.monotonic() + (WEEK if seconds is None else seconds)
    while True:
        try:
            obj = server.request("GET", kinds.path(resource, namespace, name), about=kinds.about("get", resource, name))
        except ServerError as error:
            if error.reason != "NotFound":
                raise
            obj = None
        yield obj
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut
        if obj is None:
            time.sleep(min(left, 0.2))
            continue
        query = {"fieldSelector": f"metadata.name={name}", "resourceVersion": obj["metadata"]["resourceVersion"]}
        for event in server.fresh().watch(kinds.path(resource, namespace), query, left):
            if event["type"] == "ERROR":
                break
            if event["type"] != "BOOKMARK":
                yield None if event["type"] == "DELETED" else event["object"]


def gone(server, resource, namespace, name, uid, seconds):
    """Waits until the object, or the one with that UID, is no more."""
    try:
        for obj in states(server, resource, namespace, name, seconds):
            if obj is None or (uid and obj["metadata"].get("uid") != uid):
                return
            uid = uid or obj["metadata"].get("uid")
    except TimedOut:
        raise Fail(f"error: timed out waiting for the condition on {resource.plural}/{name}") from None
