"""Runs the pods of a sandbox's clusters: `Kubelets` is what the daemon uses of this package."""
import pathlib

from .exec_server import ExecServer
from .kubelet import Addresses, Kubelet
from .node_client import Node, NodeError

__all__ = ["Kubelets", "NodeError"]


class Kubelets:
    """One node for the sandbox, one kubelet a cluster. `stores`: {cluster: Store}. Owns all processes of the pods."""

    def __init__(self, home, stores):
        home = pathlib.Path(home)
        self._log = open(home / "node.log", "ab")
        self._addresses = Addresses(128)
        self._node = Node("10.128.0.1/14", self._log)
        self._exec = ExecServer(home / "exec.sock")
        self.of = {cluster: Kubelet(store, self._node, home / "kubelet" / cluster, self._addresses, home / "rake.sock")
                   for cluster, store in stores.items()}

    def start(self):
        for kubelet in self.of.values():
            kubelet.start()

    def exec_ticket(self, cluster, pod, container, command, stdin):
        """(socket, ticket) for the exec route; `pod` is the object. ApiError with the kubelet's text when nothing runs there."""
        metadata = pod["metadata"]
        running = self.of[cluster].running(metadata["namespace"], metadata["name"], container)
        return self._exec.ticket(running, container, command, stdin)

    def log_path(self, cluster, pod, container):
        """The file with a container's output; it may not exist yet."""
        return self.of[cluster].log_path(pod, container)

    def close(self):
        for kubelet in self.of.values():
            kubelet.close()
        self._exec.close()
        self._node.close()
        self._log.close()
