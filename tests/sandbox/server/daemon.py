"""The daemon of a sandbox: the clusters with their API servers and controllers, and the kubelets below them.

    daemon = Daemon(home, {"north": "127.1.2.1", "south": "127.1.2.2"}); daemon.start(); ...; daemon.close()

`daemon.clusters[name]` has store, identity, kubelet, controllers (pause, resume), api and url.
"""
import pathlib
import threading

from . import rights, tls
from .api import Api
from .controllers import Manager
from .controllers.deployer import Deployer
from .controllers.deploymentconfigs import DeploymentConfigs
from .controllers.deployments import Deployments
from .controllers.housekeeping import Garbage, ImageStreams, Namespaces, ServiceAccounts
from .controllers.network import Endpoints, Routes
from .controllers.operator import Operator
from .controllers.pods import Jobs, Replicas, Scheduler
from .controllers.volumes import Claims
from .discovery import OPENSHIFT_VERSION
from .http import Listener
from .identity import TOKEN_SECONDS, USERS, Identity
from .kubelet import Kubelets
from .store import Store

PORT = 6443
# Rights of the users; the namespaces' own bindings are made when the namespaces are.
CLUSTER_BINDINGS = [("cluster-admins", "cluster-admin", "User", USERS["admin"]), ("self-access", "self", "Group", "system:authenticated"),
                    ("basic-users", "basic-user", "Group", "system:authenticated:oauth")]
NAMESPACE_BINDINGS = [("edit", "edit", USERS["edit"]), ("edit-secluded", "edit", USERS["secluded"]), ("view", "view", USERS["view"])]


class Cluster:
    def __init__(self, name, directory, address, store, kubelet, token_seconds=TOKEN_SECONDS):
        self.name, self.store, self.kubelet = name, store, kubelet
        self.url = f"https://{address}:{PORT}"
        tls.make(directory / "tls", f"sandbox-{name}", address)
        self.authority = (directory / "tls" / "ca.crt").read_text()
        self.identity = Identity(directory, token_seconds)
        self._furnish()
        self.api = Api(name, store, self.identity, kubelet, self.url)
        self._listener = Listener((address, PORT), tls.context(directory / "tls"), self.api.respond)
        domain = f"apps.sandbox-{name}.example"
        self.controllers = Manager(store, [
            Namespaces(store, self.authority, self._bind_users), Garbage(store), ServiceAccounts(store), ImageStreams(store),
            Claims(store, kubelet.drop_claim), Scheduler(store), Replicas(store), DeploymentConfigs(store), Deployer(store),
            Deployments(store), Jobs(store), Endpoints(store), Routes(store, domain), Operator(store, name)])
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.2,), name="api " + name, daemon=True)

    def start(self):
        self.controllers.start()
        self._thread.start()

    def close(self):
        if self._thread.is_alive():
            self._listener.shutdown()
        self._listener.server_close()
        self.controllers.stop()

    def _furnish(self):
        """What a cluster has before anybody works in it; roles follow the code when it changes."""
        for role in rights.cluster_roles():
            self._put(role)
        for name, role, kind, subject in CLUSTER_BINDINGS:
            self._put(rights.binding("ClusterRoleBinding", name, role, kind, subject))
        self._put({"kind": "ClusterVersion", "metadata": {"name": "version"}, "spec": {"channel": "stable-4.14"},
                   "status": {"desired": {"version": OPENSHIFT_VERSION}, "history": [{"state": "Completed", "version": OPENSHIFT_VERSION}]}})
        for storage in ("sandbox-rwo", "sandbox-rwx"):
            self._put({"kind": "StorageClass", "metadata": {"name": storage}, "provisioner": "sandbox.example/directory", "reclaimPolicy": "Delete",
                       "volumeBindingMode": "Immediate"})

    def _put(self, obj):
        found = self.store.find(obj["kind"], None, obj["metadata"]["name"])
        if found is None:
            self.store.create(obj)
        else:
            self.store.update(found | obj | {"metadata": found["metadata"]})

    def _bind_users(self, namespace):
        """The users' roles in a namespace that an administrator made; who asks for a project is its administrator instead."""
        if "openshift.io/requester" in (namespace["metadata"].get("annotations") or {}):
            return []
        name = namespace["metadata"]["name"]
        bindings = [rights.binding("RoleBinding", binding, role, "User", user, name) for binding, role, user in NAMESPACE_BINDINGS]
        if self.store.entries("subscriptions", name)[0]:
            # The operator brings the roles for its resource types with it.
            bindings += [rights.binding("RoleBinding", "operator-" + binding, "operator-" + role, "User", user, name)
                         for binding, role, user in NAMESPACE_BINDINGS]
        return bindings


class Daemon:
    """`addresses`: {cluster: loopback address}. Nothing listens and nothing runs before start()."""

    def __init__(self, home, addresses):
        home = pathlib.Path(home)
        directories = {name: home / "clusters" / name for name in addresses}
        stores = {}
        for name, directory in directories.items():
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            stores[name] = Store(directory / "objects")
        self.kubelets = Kubelets(home, stores)
        self.clusters = {name: Cluster(name, directories[name], address, stores[name], self.kubelets.of[name])
                         for name, address in addresses.items()}

    def start(self):
        self.kubelets.start()
        for cluster in self.clusters.values():
            cluster.start()

    def close(self):
        for cluster in self.clusters.values():
            cluster.close()
        self.kubelets.close()

