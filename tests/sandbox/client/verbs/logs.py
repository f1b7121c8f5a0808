"""oc logs of a pod or of a DeploymentConfig's latest deployer."""
from urllib.parse import urlencode

from .. import kinds
from ..errors import Fail
from .execute import default_container


def logs(command):
    if len(command.args) not in (1, 2):
        raise Fail("error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs "
                   "command\nSee 'oc logs -h' for help and examples")
    command.config.cluster()
    target = command.args[0] if len(command.args) == 1 else "/".join(command.args)
    (resource, name), = kinds.targets([target if "/" in target else f"pods/{target}"], "logs")
    if resource.kind not in ("Pod", "DeploymentConfig"):
        raise Fail(f"error: cannot get the logs from {resource.kind}.{resource.group}")
    obj = command.server.request("GET", kinds.path(resource, command.namespace, name), about=kinds.about("get", resource, name))
    query = {"container": command.flags["container"] or default_container(command, obj)} if resource.kind == "Pod" else {}
    path = kinds.path(resource, command.namespace, name, "log") + ("?" + urlencode(query) if query else "")
    lines = command.server.stream(path).read().splitlines(keepends=True)
    command.write(b"".join(lines if command.flags["tail"] < 0 else lines[max(0, len(lines) - command.flags["tail"]):]))


COMMANDS = {"logs": (logs, "container tail")}
