"""What the simulated rake tasks ask of the cluster: a line in rake-log.jsonl, and the Routes that Zync makes."""
import json
import os
import socket
import sys
import threading
import time

from ..errors import ApiError

MAX_REQUEST = 1 << 26  # the hosts of a million accounts


class RakeServer:
    """Owns the socket that is mounted into 3scale's containers. `kubelets`: {cluster: Kubelet}."""

    def __init__(self, home, kubelets):
        self._log, self._kubelets = home / "rake-log.jsonl", kubelets
        path = str(home / "rake.sock")
        if os.path.exists(path):
            os.unlink(path)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(64)
        threading.Thread(target=self._accept, name="rake", daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name="rake client", daemon=True).start()

    def _serve(self, client):
        with client:
            client.settimeout(30)
            try:
                with client.makefile("rb") as lines:
                    request = json.loads(lines.readline(MAX_REQUEST))
                client.sendall(json.dumps(self._answer(request)).encode() + b"\n")
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as e:
                print(f"rake: {type(e).__name__}: {e}", file=sys.stderr, flush=True)

    def _answer(self, request):
        if "hosts" in request:
            return {"created": self._routes(request["cluster"], request["namespace"], request["hosts"])}
        line = {"time": time.time(), **{k: request[k] for k in ("cluster", "namespace", "pod", "task", "state")}}
        with open(os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "w") as log:
            log.write(json.dumps(line) + "\n")
        return {}

    def _routes(self, cluster, namespace, hosts):
        """Make the Routes of these hosts that no Route in the namespace has, under new names as Zync does; how many were made."""
        from install import installations
        store = self._kubelets[cluster].store
        known = {route["spec"]["host"] for route in store.list("routes", namespace)}
        missing = set(hosts) - known
        created = 0
        for installation in installations():
            if (installation.cluster, installation.namespace) != (cluster, namespace):
                continue
            for route in installation.objects():
                if route["kind"] == "Route" and route["spec"]["host"] in missing and route["metadata"].get("labels", {}).get("3scale.net/created-by") == "zync":
                    route["metadata"]["generateName"] = route["metadata"].pop("name").rsplit("-", 1)[0] + "-"
                    created += self._create(store, namespace, route)
        return created

    @staticmethod
    def _create(store, namespace, route):
        for owner in route["metadata"].get("ownerReferences") or []:
            found = store.find(owner["kind"], namespace, owner["name"])
            if found is None:
                return 0
            owner["uid"] = found["metadata"]["uid"]
        try:
            store.create(route)
        except ApiError as e:
            if e.code != 409:
                raise
            return 0
        return 1

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
