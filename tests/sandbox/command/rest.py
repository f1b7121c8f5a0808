"""Creating objects through a cluster's API server, as its administrator."""
import http.client
import json
import ssl
from urllib.parse import urlsplit

from server.kinds import resource

from .errors import SandboxError


class Api:
    def __init__(self, home, cluster):
        url = urlsplit(home.call("servers")[cluster])
        context = ssl.create_default_context(cafile=str(home.path / "clusters" / cluster / "tls" / "ca.crt"))
        self._connection = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=60)
        self._headers = {"Authorization": "Bearer " + home.call("token", cluster=cluster, user="kubeadmin"), "Content-Type": "application/json"}

    def send(self, method, path, obj=None):
        self._connection.request(method, path, obj and json.dumps(obj), self._headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def create(self, obj):
        """The created object, or the one of this name that is there already (an operator may be faster)."""
        r, metadata = resource(obj["kind"]), obj["metadata"]
        prefix = f"/apis/{r.group}/{r.version}" if r.group else f"/api/{r.version}"
        path = f"{prefix}/namespaces/{metadata['namespace']}/{r.plural}" if r.namespaced else f"{prefix}/{r.plural}"
        code, answer = self.send("POST", path, obj)
        if code == 409:
            code, answer = self.send("GET", f"{path}/{metadata['name']}")
        if code >= 300:
            raise SandboxError(f"The API server refused {obj['kind']} {metadata.get('name')}: {answer.get('message')}")
        return answer

    def create_namespace(self, name):
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
