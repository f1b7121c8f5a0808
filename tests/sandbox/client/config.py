"""Kubeconfig files: which ones are read, what they come to together with the flags, and how they are changed."""
import os
import sys
import time
from urllib.parse import urlsplit

from .errors import Fail

INCOMPLETE = """error: Missing or incomplete configuration info.  Please point to an existing, complete config file:


  1. Via the command-line flag --kubeconfig
  2. Via the KUBECONFIG environment variable
  3. In your home directory as ~/.kube/config

To view or setup config directly use the 'config' command."""


def klog(severity, source, text):
    now = time.time()
    stamp = time.strftime("%m%d %H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1e6):06d}"
    print(f"{severity}{stamp} {os.getpid():7d} {source}] {text}", file=sys.stderr, flush=True)


def load_yaml(text):
    """One YAML document; JSON, which is YAML, without loading the YAML library."""
    if text.lstrip()[:1] in ("{", "["):
        import json
        try:
            return json.loads(text)
        except ValueError:
            pass
    return next(iter(yaml_documents(text)), None)


def yaml_documents(text):
    yaml = yaml_library()
    try:
        return list(yaml.load_all(text, yaml_loader(yaml)))
    except yaml.YAMLError as error:
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None) or str(error).split("\n")[0]
        if problem.startswith("mapping values are not allowed"):
            problem = "mapping values are not allowed in this context"
        raise ValueError("yaml: " + (f"line {mark.line}: " if mark and mark.line else "") + problem) from None


def yaml_library():
    # The start line skips site-packages, because looking for them costs more than most commands.
    if "/usr/lib/python3/dist-packages" not in sys.path:
        sys.path.append("/usr/lib/python3/dist-packages")
    import yaml
    return yaml


def yaml_loader(yaml):
    """Like the safe loader, but dates stay text, as in JSON."""
    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        yaml_implicit_resolvers = {k: [r for r in v if r[0] != "tag:yaml.org,2002:timestamp"]
                                   for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    return Loader


class Config:
    def __init__(self, flags, must_exist=True):
        self.flags = flags
        self.missing = []
        explicit, environment = flags["kubeconfig"], os.environ.get("KUBECONFIG")
        if explicit:
            self.paths = [explicit]
        elif environment:
            self.paths = [p for p in environment.split(os.pathsep) if p]
        else:
            self.paths = [os.path.expanduser("~/.kube/config")]
        self.data = {"clusters": {}, "users": {}, "contexts": {}, "current-context": ""}
        for path in self.paths:
            self._merge(path)
        if explicit and must_exist and not os.path.exists(explicit):
            raise Fail(f"error: stat {explicit}: no such file or directory")
        if environment and not explicit:
            self.missing = [p for p in self.paths if not os.path.exists(p)]
            self.warn_missing()

    def warn_missing(self):
        for path in self.missing:
            klog("W", "loader.go:222", f"Config not found: {path}")

    def _merge(self, path):
        try:
            with open(path, encoding="utf-8") as file:
                read = load_yaml(file.read()) or {}
        except FileNotFoundError:
            return
        except (ValueError, OSError) as error:
            why = error if isinstance(error, ValueError) else error.strerror.lower()
            raise Fail(f'error: error loading config file "{path}": {why}') from None
        if not isinstance(read, dict):
            raise Fail(f'error: error loading config file "{path}": couldn\'t get version/kind; json parse error')
        for section, key in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
            for entry in read.get(section) or []:
                value = dict(entry.get(key) or {})
                for name in ("certificate-authority", "client-certificate", "client-key", "tokenFile"):
                    if value.get(name):
                        value[name] = os.path.join(os.path.dirname(os.path.abspath(path)), value[name])
                self.data[section].setdefault(entry.get("name", ""), value)
        self.data["current-context"] = self.data["current-context"] or read.get("current-context") or ""

    @property
    def context_name(self):
        return self.flags["context"] or self.data["current-context"]

    @property
    def context(self):
        name = self.flags["context"]
        if name and name not in self.data["contexts"]:
            raise Fail(f'error: context "{name}" does not exist')
        return self.data["contexts"].get(self.context_name, {})

    @property
    def namespace(self):
        return self.flags["namespace"] or self.context.get("namespace") or "default"

    @property
    def cluster_name(self):
        return self.flags["cluster"] or self.context.get("cluster", "")

    def cluster(self):
        """The server and how it is trusted, with the flags before the file."""
        found = dict(self.data["clusters"].get(self.cluster_name, {}))
        if self.flags["server"]:
            found["server"] = self.flags["server"]
        if self.flags["certificate-authority"]:
            found["certificate-authority"] = self.flags["certificate-authority"]
            found.pop("certificate-authority-data", None)
        if self.flags["insecure-skip-tls-verify"]:
            found["insecure-skip-tls-verify"] = True
        if self.flags["tls-server-name"]:
            found["tls-server-name"] = self.flags["tls-server-name"]
        if not found.get("server"):
            raise Fail(INCOMPLETE)
        return found

    def user(self):
        found = dict(self.data["users"].get(self.flags["user"] or self.context.get("user", ""), {}))
        for name in ("client-certificate", "client-key"):
            if self.flags[name]:
                found[name] = self.flags[name]
        if self.flags["token"]:
            found = {"token": self.flags["token"]}
        if found.get("tokenFile"):
            with open(found["tokenFile"], encoding="utf-8") as file:
                found["token"] = file.read().strip()
        return found

    def put(self, cluster_name, cluster, user_name, user, context_name, namespace):
        self.data["clusters"][cluster_name] = cluster
        self.data["users"][user_name] = user
        self.data["contexts"][context_name] = {"cluster": cluster_name, "namespace": namespace, "user": user_name}
        self.data["current-context"] = context_name
        self.save()

    def save(self):
        """Writes everything to the first file that exists, or the last one named, readable by its owner alone."""
        path = next((p for p in self.paths if os.path.exists(p)), self.paths[-1])
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self.as_yaml(self.data))

    @staticmethod
    def as_yaml(data):
        lists = {section: [{key: data[section][name], "name": name} for name in sorted(data[section])]
                 for section, key in (("clusters", "cluster"), ("contexts", "context"), ("users", "user"))}
        return yaml_library().safe_dump({"apiVersion": "v1", "kind": "Config", "preferences": {},
                                         "current-context": data["current-context"], **lists},
                                        default_flow_style=False, allow_unicode=True)


def nickname(server):
    """127-0-0-1:6443, as `oc login` names a cluster."""
    url = urlsplit(server)
    return f"{(url.hostname or '').replace('.', '-')}:{url.port or (443 if url.scheme == 'https' else 80)}"
