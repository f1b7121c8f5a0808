"""What a client needs: kubeconfigs, tokens and CA files in the sandbox home, and the variables that name them."""
import base64
import json

from server.identity import USERS

from .home import private_write

# The project that `oc login` would choose.
FIRST_NAMESPACE = "threescale"


def token_file(home, cluster, role="edit"):
    return home.path / f"token-{cluster}" if role == "edit" else home.path / f"token-{cluster}-{role}"


def write(home, renew=False):
    """Token files for every user, one kubeconfig a cluster for the edit user; tokens that still work are kept."""
    servers = home.call("servers")
    private_write(home.path / "clusters.json", json.dumps({f"sandbox-{name}": url for name, url in servers.items()}))
    for cluster, url in servers.items():
        directory = home.path / "clusters" / cluster / "tls"
        authority = (directory / "ca.crt").read_bytes()
        private_write(home.path / f"ca-{cluster}.crt", authority.decode())
        for role, user in USERS.items():
            file = token_file(home, cluster, role)
            if renew or not file.exists() or not home.call("token_works", cluster=cluster, token=file.read_text().strip()):
                private_write(file, home.call("token", cluster=cluster, user=user) + "\n")
            private_write(home.path / f"password-{cluster}-{role}", home.call("password", cluster=cluster, user=user) + "\n")
        private_write(home.path / f"kubeconfig-{cluster}", kubeconfig(cluster, url, authority, token_file(home, cluster).read_text().strip()))
    private_write(home.path / "scalekeep-sandbox-home", str(home.path) + "\n")


def kubeconfig(cluster, url, authority, token):
    """JSON, which is YAML."""
    name, user = f"sandbox-{cluster}", USERS["edit"]
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": url, "certificate-authority-data": base64.b64encode(authority).decode()}}],
        "users": [{"name": f"{user}/{name}", "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": f"{user}/{name}", "namespace": FIRST_NAMESPACE}}]}, indent=1) + "\n"


def variables(home, oc):
    found = {"SCALEKEEP_OC": str(oc), "SCALEKEEP_SANDBOX_HOME": str(home.path), "SANDBOX_USER": USERS["edit"]}
    for cluster, url in home.call("servers").items():
        name = cluster.upper()
        found |= {f"SANDBOX_{name}_SERVER": url, f"SANDBOX_{name}_CA": str(home.path / f"ca-{cluster}.crt"),
                  f"SANDBOX_{name}_KUBECONFIG": str(home.path / f"kubeconfig-{cluster}"),
                  f"SANDBOX_{name}_TOKEN_FILE": str(token_file(home, cluster)),
                  f"SANDBOX_{name}_PASSWORD_FILE": str(home.path / f"password-{cluster}-edit")}
    return found
