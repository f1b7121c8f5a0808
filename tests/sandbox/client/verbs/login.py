"""oc login: with a token, or with a user and a password by the OAuth challenge flow."""
import base64
import secrets
import sys
from urllib.parse import parse_qs, urlsplit

from ..config import nickname
from ..errors import Fail, ServerError, Unreachable
from .project import names_of
from .session import SELF

AUTHORIZE = "client_id=openshift-challenging-client&response_type=token"
UNTRUSTED = ("error: The server uses a certificate signed by unknown authority. You may need to use the --certificate-authority flag to provide "
             "the path to a certificate file for the certificate authority, or --insecure-skip-tls-verify to bypass the certificate check and use "
             "insecure connections.")


def login(command):
    config, flags = command.config, command.flags
    if len(command.args) > 1:
        raise Fail("error: Only the server URL may be specified as an argument")
    if command.args:
        flags.values["server"] = normalized(command.args[0])
    if not flags["server"]:
        flags.values["server"] = config.data["clusters"].get(config.cluster_name, {}).get("server", "")
    if not flags["server"]:
        raise Fail('error: --server is required.  Use "oc login <server>"')
    try:
        token, name, how = session(command)
    except Unreachable as error:
        raise reworded(error) from None
    if flags["insecure-skip-tls-verify"]:
        command.write("WARNING: Using insecure TLS client config. Setting this option is not supported!\n\n")
    command.write(f'Logged into "{flags["server"]}" as "{name}" using {how}.\n\n' if how else "Login successful.\n\n")
    command.server.user = {"token": token}
    namespace, text = choose_project(command)
    save(command, token, name, namespace)
    command.write(text)


def normalized(url):
    if " " in url:
        quoted = url.replace(" ", "%20")
        raise Fail(f'error: Not a valid URL: parse "https://{quoted}:443": invalid URL escape "%20".')
    url = url if "://" in url else "https://" + url
    parts = urlsplit(url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Fail(f'error: Not a valid URL: parse "{url}": invalid port ":{parts.netloc.rpartition(":")[2]}" after host.') from None
    return f"{parts.scheme}://{parts.hostname}:{port}"


def reworded(error):
    if "unknown authority" in error.cause:
        return Fail(UNTRUSTED)
    if error.cause.startswith("dial tcp"):
        return Fail(f"error: {error.cause} - verify you have provided the correct host and port and that the server is currently running.")
    return Fail(f"error: {error.cause}")


def session(command):
    """(token, user name, how it came about); None for the last where a password was given."""
    flags = command.flags
    server = command.server
    server.timeout = None  # --request-timeout is for what comes after the login
    if flags["token"]:
        return flags["token"], who(server, flags["token"]), "the token provided"
    existing = command.config.user().get("token")
    if existing and not flags["username"]:
        try:
            return existing, server.request("GET", SELF)["metadata"]["name"], "existing credentials"
        except ServerError:
            pass
    server.user = {}
    token = challenge(command, server)
    server.user = {"token": token}
    return token, server.request("GET", SELF)["metadata"]["name"], None


def who(server, token):
    try:
        return server.request("GET", SELF, about=("get", "users.user.openshift.io", "~"))["metadata"]["name"]
    except ServerError as error:
        if error.reason == "Unauthorized":
            raise Fail("error: The token provided is invalid or expired.\n") from None
        if error.reason == "NotFound":
            # A server without users, which is no OpenShift, is taken for one that knows the token.
            return "token-" + secrets.token_urlsafe(9)
        raise


def challenge(command, server):
    flags = command.flags
    endpoint = urlsplit(server.request("GET", "/.well-known/oauth-authorization-server")["authorization_endpoint"])
    oauth = server.at(f"{endpoint.scheme}://{endpoint.netloc}")
    path = f"{endpoint.path}?{AUTHORIZE}"
    user, password = flags["username"], flags["password"]
    if not user:
        command.write(f"You must obtain an API token by visiting {oauth.url}/oauth/token/request\n\nAlternatively, use \"oc login --web\" to login "
                      "via your browser. See \"oc login --help\" for more information.\n")
        raise Fail("")
    try:
        if not password:
            code, _ = oauth.challenge(path, {"X-CSRF-Token": "1"})
            command.write(f"Authentication required for {server.url} (openshift)\nUsername: {user}\nPassword: ")
            # The real client reads a word, not a line: a password with a space in it never works this way.
            password = (sys.stdin.readline().split() or [""])[0]
        basic = base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode()
        code, headers = oauth.challenge(path, {"X-CSRF-Token": "1", "Authorization": f"Basic {basic}"})
    except Unreachable as error:
        raise Fail(error.text) from None
    token = parse_qs(urlsplit(headers.get("Location") or "").fragment).get("access_token")
    if code != 302 or not token:
        command.write("Login failed (401 Unauthorized)\nVerify you have provided the correct credentials.\n")
        raise Fail("")
    return token[0]


def choose_project(command):
    config, wanted = command.config, command.flags["namespace"]
    switch = 'Using "default" namespace.  You can switch namespaces with:\n\n oc project <projectname>\n'
    try:
        names = names_of(command, fall_back=False)
    except ServerError as error:
        if error.reason == "NotFound":
            return "default", switch
        return "default", f"WARNING: Failed to list projects: {error.message}\n{switch}"
    if not names:
        return "default", ("You don't have any projects. You can try to create a new project, by running\n\n"
                           "    oc new-project <projectname>\n\n")
    before = config.context.get("namespace") if config.context_name else None
    current = next((n for n in (wanted, before, "default") if n in names), names[0])
    if len(names) == 1:
        return current, f'You have one project on this server: "{current}"\n\nUsing project "{current}".\n'
    listed = "".join(("  * " if n == current else "    ") + n + "\n" for n in names)
    return current, ("You have access to the following projects and can switch between them with 'oc project <projectname>':\n\n"
                     f'{listed}\nUsing project "{current}".\n')


def save(command, token, name, namespace):
    config, flags = command.config, command.flags
    nick = nickname(flags["server"])
    cluster = {"server": flags["server"]}
    known = config.data["clusters"].get(config.cluster_name, {})
    if flags["insecure-skip-tls-verify"]:
        cluster["insecure-skip-tls-verify"] = True
    elif flags["certificate-authority"]:
        cluster["certificate-authority"] = flags["certificate-authority"]
    elif known.get("server") == flags["server"]:
        cluster = known
    config.warn_missing()
    config.warn_missing()
    config.put(nick, cluster, f"{name}/{nick}", {"token": token}, f"{namespace}/{nick}/{name}", namespace)


COMMANDS = {"login": (login, "certificate-authority insecure-skip-tls-verify password token username")}
