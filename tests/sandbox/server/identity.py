"""The users of a cluster, their passwords and their access tokens; kept outside the object store, so that putting the
objects back to an earlier state does not log anybody out."""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import secrets
import threading
import time

from .rights import User

# role in the sandbox -> user name. `secluded3s` may work in the namespaces but not list projects.
USERS = {"admin": "kubeadmin", "edit": "admin3s", "view": "viewer3s", "nobody": "nobody3s", "secluded": "secluded3s"}
TOKEN_SECONDS = 86400


def token_name(token):
    """The OAuthAccessToken object that belongs to a token: the server keeps only a digest."""
    digest = hashlib.sha256(token.removeprefix("sha256~").encode("utf-8", "surrogatepass")).digest()
    return "sha256~" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _write_private(path, value):
    part = path.with_suffix(".part")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(value, out, indent=1)
    os.replace(part, path)


class Identity:
    def __init__(self, directory, token_seconds=TOKEN_SECONDS):
        self.path = pathlib.Path(directory) / "tokens.json"
        self.passwords_path = pathlib.Path(directory) / "passwords.json"
        self.token_seconds = token_seconds
        self.lock = threading.Lock()
        self._tokens = json.loads(self.path.read_text()) if self.path.exists() else {}
        if not self.passwords_path.exists():
            # Spaces, colons and quotes are allowed in passwords and break careless clients.
            _write_private(self.passwords_path, {name: f'S3cret pass:%"{secrets.token_hex(8)}' for name in USERS.values()})
        self._passwords = json.loads(self.passwords_path.read_text())

    def user(self, name):
        groups = ("system:authenticated",) if name == USERS["secluded"] else User.groups
        return User(name, groups, hashlib.sha256(name.encode()).hexdigest()[:32])

    def password(self, name):
        return self._passwords[name]

    def check_password(self, name, password):
        known = self._passwords.get(name, "")
        return hmac.compare_digest(known.encode(), password.encode("utf-8", "surrogateescape")) and bool(known)

    def issue(self, user_name, client="openshift-challenging-client", seconds=None):
        token = "sha256~" + secrets.token_urlsafe(32)
        seconds = self.token_seconds if seconds is None else seconds
        with self.lock:
            self._tokens[token_name(token)] = {"user": user_name, "client": client, "created": time.time(), "seconds": seconds}
            _write_private(self.path, self._tokens)
        return token

    def find(self, token):
        """The user of a live token, or None."""
        entry = self._tokens.get(token_name(token))
        if not entry or time.time() > entry["created"] + entry["seconds"]:
            return None
        return self.user(entry["user"])

    def revoke(self, name):
        """Forget the token with this object name; False when there is none."""
        with self.lock:
            found = self._tokens.pop(name, None)
            _write_private(self.path, self._tokens)
        return found is not None

    def expire(self, user_name):
        """End all tokens of a user as if their time were over. How many there were."""
        with self.lock:
            mine = [t for t in self._tokens.values() if t["user"] == user_name]
            for entry in mine:
                entry["seconds"] = 0
            _write_private(self.path, self._tokens)
        return len(mine)

    def objects(self):
        """The live tokens as OAuthAccessToken objects."""
        with self.lock:
            items = sorted(self._tokens.items())
        return [{"kind": "OAuthAccessToken", "apiVersion": "oauth.openshift.io/v1",
                 "metadata": {"name": name, "creationTimestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t["created"]))},
                 "clientName": t["client"], "expiresIn": int(t["seconds"]), "scopes": ["user:full"], "userName": t["user"]}
                for name, t in items if time.time() <= t["created"] + t["seconds"]]
