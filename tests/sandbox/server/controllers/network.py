"""Endpoints of Services, and admission of Routes by the router."""
from .. import selectors
from ..kinds import BY_PLURAL
from ..store import now
from . import Controller, is_ready

ROUTES = BY_PLURAL["routes"]


class Endpoints(Controller):
    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource.plural == "services":
            return [(meta["namespace"], meta["name"])]
        if event.resource.plural == "pods":
            return [(meta["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("services", meta["namespace"])[0]
                    if (e.obj["spec"].get("selector") or {}).items() <= (meta.get("labels") or {}).items() and e.obj["spec"].get("selector")]
        return []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("services")[0]]

    def sync(self, namespace, name):
        service = self.store.find("services", namespace, name)
        if service is None or not service["spec"].get("selector"):
            if service is None:
                self.store.remove("endpoints", namespace, name)
            return
        wanted = selectors.of_object(service["spec"]["selector"])
        addresses = {True: [], False: []}
        for entry in self.store.entries("pods", namespace)[0]:
            pod = entry.obj
            status = pod.get("status") or {}
            if selectors.labels_match(wanted, pod["metadata"].get("labels") or {}) and status.get("podIP") and status.get("phase") == "Running" \
                    and not pod["metadata"].get("deletionTimestamp"):
                addresses[is_ready(pod)].append({"ip": status["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": {
                    "kind": "Pod", "name": pod["metadata"]["name"], "namespace": namespace, "uid": pod["metadata"]["uid"]}})
        ports = [{k: v for k, v in (("name", p.get("name")), ("port", p["targetPort"] if isinstance(p.get("targetPort"), int) else p["port"]),
                                    ("protocol", p.get("protocol", "TCP"))) if v} for p in service["spec"].get("ports") or []]
        subset = {"addresses": addresses[True], "notReadyAddresses": addresses[False], "ports": ports}
        subset = {k: v for k, v in subset.items() if v}
        subsets = [subset] if addresses[True] or addresses[False] else []
        old = self.store.find("endpoints", namespace, name)
        if old is None:
            self.store.create({"kind": "Endpoints", "apiVersion": "v1", "subsets": subsets,
                               "metadata": {"name": name, "namespace": namespace, "labels": service["metadata"].get("labels") or {}}})
        elif old.get("subsets") != subsets:
            old["subsets"] = subsets
            self.store.update(old)


class Routes(Controller):
    """The router admits the oldest route of a host; another namespace's later one is told who has it."""

    def __init__(self, store, domain):
        super().__init__(store)
        self.domain = domain

    def keys(self, event):
        if event.resource is not ROUTES:
            return []
        host = event.entry.obj["spec"].get("host")
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(ROUTES)[0]
                if e.obj["spec"].get("host") == host]

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(ROUTES)[0]]

    def sync(self, namespace, name):
        route = self.store.find(ROUTES, namespace, name)
        if route is None:
            return
        host, path = route["spec"].get("host"), route["spec"].get("path", "")
        rank = lambda r: (r["metadata"]["creationTimestamp"], r["metadata"]["namespace"], r["metadata"]["name"])
        rivals = [e.obj for e in self.store.entries(ROUTES)[0] if e.obj["spec"].get("host") == host and e.obj["spec"].get("path", "") == path]
        first = min(rivals, key=rank)
        condition = {"type": "Admitted", "status": "True"}
        if first["metadata"]["uid"] != route["metadata"]["uid"]:
            condition |= {"status": "False", "reason": "HostAlreadyClaimed",
                          "message": f"route {first['metadata']['name']} already exposes {host} and is older"}
        old = ((route.get("status") or {}).get("ingress") or [{}])[0]
        known = (old.get("conditions") or [{}])[0]
        if old.get("host") == host and all(known.get(k) == condition.get(k) for k in ("status", "reason", "message")):
            return
        condition["lastTransitionTime"] = now()
        self.store.patch_status(ROUTES, namespace, name, {"ingress": [{
            "host": host, "routerName": "default", "routerCanonicalHostname": f"router-default.{self.domain}", "wildcardPolicy": "None",
            "conditions": [condition]}]})
