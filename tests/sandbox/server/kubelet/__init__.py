"""Runs the pods of a sandbox's clusters: the daemon makes a `Kubelets` and gives `kubelets.of[cluster]` to each API server,
which uses its exec_ticket() and log()."""
import pathlib

from .exec_server import ExecServer
from .kubelet import NODE_ADDRESS, Addresses, Kubelet
from .node_client import Node, NodeError
from .rake_server import RakeServer

__all__ = ["Kubelets", "NodeError"]


class Kubelets:
    """One node for the sandbox, in `of` one Kubelet a cluster. `stores`: {cluster: Store}. Owns all processes of the pods."""

    def __init__(self, home, stores):
        home = pathlib.Path(home)
        self._log = open(home / "node.log", "ab")
        self._addresses = Addresses()
        self._node = Node(f"{NODE_ADDRESS}/{Addresses.prefix}", self._log)
        self._exec = ExecServer(home / "exec.sock")
        self.of = {cluster: Kubelet(cluster, store, self._node, home, self._addresses, self._exec) for cluster, store in stores.items()}
        self._rake = RakeServer(home, self.of)

    def start(self):
        for kubelet in self.of.values():
            kubelet.start()

    def close(self):
        for kubelet in self.of.values():
            kubelet.close()
        self._exec.close()
        self._rake.close()
        self._node.close()
        self._log.close()
