"""oc whoami, version, logout, config view, api-resources: who is talking to what."""
import json

from .. import config, kinds, output
from ..errors import Fail, ServerError
from ..rest import token_object
from ..tables import layout

SELF = "/apis/user.openshift.io/v1/users/~"
CLIENT = {"major": "", "minor": "", "gitVersion": "4.14.0-202407260656.p0.g44b3ac2.assembly.stream", "gitCommit": "44b3ac26e",
          "gitTreeState": "clean", "buildDate": "2024-07-26T06:56:09Z", "goVersion": "go1.23.5", "compiler": "gc", "platform": "linux/amd64"}


def whoami(command):
    flags = command.flags
    if command.args:
        raise Fail("error: no arguments required for this command")
    if len([f for f in ("show-token", "show-context", "show-server", "show-console") if flags[f]]) > 1:
        raise Fail("error: --show-token, --show-context, --show-server and --show-console are mutually exclusive")
    cluster = command.config.cluster()
    if flags["show-token"]:
        token = command.config.user().get("token")
        if not token:
            raise Fail("error: no token is currently in use for this session")
        command.write(token + "\n")
    elif flags["show-context"]:
        command.write(command.config.context_name + "\n")
    elif flags["show-server"]:
        command.write(cluster["server"] + "\n")
    elif flags["show-console"]:
        command.write(console(command) + "\n")
    else:
        command.write(command.server.request("GET", SELF, about=("get", "users.user.openshift.io", "~"))["metadata"]["name"] + "\n")


def console(command):
    try:
        public = command.server.request("GET", kinds.path(kinds.lookup("configmaps"), "openshift-config-managed", "console-public"))
    except ServerError as error:
        raise Fail(f"error: unable to determine console location: {error.message}") from None
    return (public.get("data") or {}).get("consoleURL", "")


def version(command):
    form = command.flags["output"]
    if form not in ("", "json", "yaml"):
        raise Fail("error: --output must be 'yaml' or 'json'")
    shown, failure = {"clientVersion": CLIENT, "kustomizeVersion": "v5.0.1"}, None
    if not command.flags["client"]:
        try:
            shown["serverVersion"] = command.server.request("GET", "/version")
            release = cluster_version(command)
            if release:
                shown["openshiftVersion"] = release
        except Fail as error:
            # Without a session only the client's own version is told, and that is no error.
            failure = None if error.text == config.INCOMPLETE else error
    if form == "json":
        command.write(json.dumps(shown, indent=2) + "\n")
    elif form == "yaml":
        command.write(output.to_yaml(shown))
    else:
        command.write(f"Client Version: {CLIENT['gitVersion']}\nKustomize Version: {shown['kustomizeVersion']}\n")
        if "openshiftVersion" in shown:
            command.write(f"Server Version: {shown['openshiftVersion']}\n")
        if "serverVersion" in shown:
            command.write(f"Kubernetes Version: {shown['serverVersion']['gitVersion']}\n")
    if failure:
        raise failure


def cluster_version(command):
    """The release of OpenShift; only administrators may ask, for everybody else it is left out."""
    try:
        found = command.server.request("GET", kinds.path(kinds.lookup("clusterversions"), None, "version"))
    except ServerError:
        return None
    history = (found.get("status") or {}).get("history") or []
    return next((h.get("version") for h in history if h.get("state") == "Completed"), None)


def logout(command):
    if command.args:
        raise Fail("error: No arguments are allowed")
    cluster = command.config.cluster()
    token = command.config.user().get("token")
    if not token:
        raise Fail("error: You must have a token in order to logout.")
    name = command.server.request("GET", SELF, about=("get", "users.user.openshift.io", "~"))["metadata"]["name"]
    try:
        command.server.request("DELETE", f"/apis/oauth.openshift.io/v1/oauthaccesstokens/{token_object(token)}")
    except ServerError as error:
        if error.reason not in ("NotFound", "Forbidden"):
            raise
    for user in command.config.data["users"].values():
        if user.get("token") == token:
            del user["token"]
    command.config.save()
    command.write(f'Logged "{name}" out on "{cluster["server"]}"\n')


def config_view(command):
    data, flags = command.config.data, command.flags
    if flags["minify"]:
        context = command.config.context
        keep = {"clusters": context.get("cluster"), "users": context.get("user"), "contexts": command.config.context_name}
        data = data | {section: {k: v for k, v in data[section].items() if k == name} for section, name in keep.items()}
    if not flags["raw"]:
        data = data | {section: {name: {k: hidden(k, v) for k, v in entry.items()} for name, entry in data[section].items()}
                       for section in ("users", "clusters")}
    text = config.Config.as_yaml(data)
    form = flags["output"]
    if form in ("", "yaml"):
        command.write(text)
    else:
        output.check(form)
        command.write(output.structured(config.load_yaml(text), form, typed=True))


def hidden(key, value):
    if key in ("token", "password"):
        return "REDACTED"
    return "DATA+OMITTED" if key.endswith("-data") else value


def api_resources(command):
    from server.kinds import RESOURCES
    flags = command.flags
    if flags["output"] not in ("", "name"):
        raise Fail(f"error: --output {flags['output']} is not available")
    found = []
    for resource in RESOURCES:
        if "api-group" in flags.given and resource.group != flags["api-group"]:
            continue
        if "namespaced" in flags.given and resource.namespaced != flags["namespaced"]:
            continue
        found.append(resource)
    command.server.request("GET", "/apis")
    found.sort(key=lambda r: (r.group, r.plural))
    if flags["output"] == "name":
        command.write("".join(r.qualified + "\n" for r in found))
        return
    rows = [] if flags["no-headers"] else [["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]]
    rows += [[r.plural, ",".join(r.short), r.api_version, str(r.namespaced).lower(), r.kind] for r in found]
    command.write(layout(rows))


COMMANDS = {"whoami": (whoami, "show-console show-context show-server show-token"), "version": (version, "client output"), "logout": (logout, ""),
            "config view": (config_view, "minify output raw"), "api-resources": (api_resources, "api-group namespaced no-headers output")}
