"""The three installations of the sandbox: manifests and data, as pure functions of fixed seeds.

    for i in installations(): i.objects(), i.seed_mysql(rows), i.seed_redis("backend-redis", rows), i.seed_storage(directory) ...
"""
import base64
import copy
import dataclasses
import functools
import re

from . import configuration, operator, surroundings, values
from .template import load, process, substitute
from .workloads import hook_jobs

# About 6000 rows in MySQL; everything else grows with it.
DEFAULT_ROWS = 500
# Values of these keys are no secrets: names, addresses and switches that outputs may show.
PUBLIC_KEYS = {"ADMIN_USER", "MASTER_DOMAIN", "MASTER_USER", "TENANT_NAME", "SERVERS", "route_endpoint", "service_endpoint", "adminURL",
               "REDIS_QUEUES_URL", "REDIS_STORAGE_URL", "init.lua", "rate_stamp.lua", "address", "authentication", "domain", "port",
               "openssl.verify.mode", "tls.crt"}


@dataclasses.dataclass(frozen=True)
class Installation:
    cluster: str
    namespace: str
    version: str
    flavour: str
    workload_kind: str
    domain: str
    tenant: str
    # Replica counts that somebody changed since: neither the template nor a default brings them back.
    replicas: tuple = ()

    @property
    def name(self):
        return f"{self.cluster}/{self.namespace}"

    def parameters(self):
        """Parameters of the template (of the operator flavours: the values its Secrets were made from)."""
        return values.parameters(self.name, self.domain, self.tenant)

    def objects(self):
        """Manifests for POST, in an order in which they can be created. An ownerReference with uid "" means the object of that
        kind and name: whoever creates the objects fills it in."""
        return copy.deepcopy(_objects(self))

    def hook_jobs(self):
        """2.15: the Jobs around a change of system-app, which the operator makes."""
        return substitute(hook_jobs(), self.parameters()) if self.workload_kind == "Deployment" else []

    def secret_values(self):
        """Every confidential value, each 16 characters or longer: what must never be seen outside of its place."""
        found = set()
        for obj in _objects(self):
            if obj["kind"] == "Secret":
                for key, data in obj["data"].items():
                    text = base64.b64decode(data).decode()
                    if key not in PUBLIC_KEYS and not re.fullmatch(r"redis://[^@]*|http://system-master:3000/master/events/import|", text):
                        found.add(text)
            elif obj["kind"] == "Route" and "key" in obj["spec"].get("tls", {}):
                found.add(obj["spec"]["tls"]["key"])
            elif obj["kind"] == "ConfigMap" and obj["metadata"]["name"] == "smtp":
                found |= {obj["data"][key] for key in ("password", "username")}
        parameters = self.parameters()
        found |= {parameters[name] for name in ("SYSTEM_DATABASE_ROOT_PASSWORD", "MASTER_ACCESS_TOKEN")}
        # The parts are secrets as well as the whole.
        whole = [text for text in found if text.startswith("-----BEGIN")]
        found |= {line for text in whole for line in text.split("\n") if len(line) == 64}
        pull = re.search(r'"auth":"([^"]+)"', values.docker_config(self.name))[1]
        found |= {pull, base64.b64decode(pull).decode().split(":", 1)[1]}
        return sorted(found)

    def seed_mysql(self, rows=DEFAULT_ROWS):
        from .mysql_data import statements
        return statements(self, rows)

    def seed_zync(self, rows=DEFAULT_ROWS):
        from .zync_data import statements
        return statements(self, rows)

    def seed_redis(self, name, rows=DEFAULT_ROWS):
        from .redis_data import commands
        return commands(self, name, rows)

    def seed_storage(self, directory, rows=DEFAULT_ROWS):
        from .storage_data import write
        write(self, directory, rows)


INSTALLATIONS = [
    Installation("north", "threescale", "2.7", "template", "DeploymentConfig", "apps.north.sandbox.example", "3scale", (("apicast-production", 2),)),
    Installation("north", "acme-api", "2.7", "operator", "DeploymentConfig", "acme.apps.north.sandbox.example", "acme", (("apicast-production", 2),)),
    Installation("south", "threescale", "2.15", "operator", "Deployment", "apps.south.sandbox.example", "3scale",
                 (("apicast-production", 2), ("backend-listener", 2))),
]


def installations():
    return list(INSTALLATIONS)


@functools.cache
def _objects(i):
    replicas = dict(i.replicas)
    objects = [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "threescale-registry-auth"}, "type": "kubernetes.io/dockerconfigjson",
                "stringData": {".dockerconfigjson": values.docker_config(i.name)}}]
    # The operator comes last: as soon as it runs it makes whatever it misses.
    last = []
    if i.flavour == "template":
        made = process(load(), i.parameters())
        for obj in made:
            obj["metadata"].setdefault("annotations", {})["openshift.io/generated-by"] = "OpenShiftNewApp"
            if obj["kind"] == "DeploymentConfig":
                obj["spec"]["template"]["metadata"].setdefault("annotations", {})["openshift.io/generated-by"] = "OpenShiftNewApp"
    elif i.version == "2.7":
        last = operator.operator("3scale-operator", surroundings.REGISTRY + "3scale-amp2/3scale-rhel7-operator:1.10", "0.4.0",
                                 "3scale-operator", "threescale-2.7")
        objects.append(operator.manager("2.7", "0.4.0", operator.spec_2_7(i.domain, i.tenant, replicas), workload_names(i)))
        made = operator.objects_2_7(i.parameters()) + operator.tenant(i.name, i.domain, with_annotation=False)
    else:
        last = operator.operator("threescale-operator-controller-manager-v2", surroundings.REGISTRY + "3scale-amp2/3scale-rhel9-operator:0.12",
                                 "0.12.0", "3scale-operator", "threescale-2.15")
        objects += operator.referenced_secrets(i.name)
        objects.append(operator.manager("2.15", "0.12.0", operator.spec_2_15(i.domain, i.tenant, replicas), workload_names(i)))
        made = operator.objects_2_15(i.parameters()) + operator.tenant(i.name, i.domain, with_annotation=True) + operator.capabilities(i.name)
    for obj in made:
        if obj["kind"] == i.workload_kind and obj["metadata"]["name"] in replicas:
            obj["spec"]["replicas"] = replicas[obj["metadata"]["name"]]
        if obj["metadata"]["name"] in ("smtp", "system-smtp"):
            obj["data" if obj["kind"] == "ConfigMap" else "stringData"].update(values.smtp(i.name))
    objects += made
    objects += surroundings.zync_routes(i.name, i.domain, i.tenant, i.workload_kind)
    objects.append(surroundings.custom_route(i.domain, *(values.pem(i.name, what, label, lines) for what, label, lines in (
        ("portal certificate", "CERTIFICATE", 20), ("portal key", "PRIVATE KEY", 25), ("portal ca", "CERTIFICATE", 18)))))
    objects += last
    for obj in objects:
        obj["metadata"]["namespace"] = i.namespace
        if "stringData" in obj:
            obj["data"] = {k: base64.b64encode(v.encode()).decode() for k, v in obj.pop("stringData").items()}
    return objects


def workload_names(i):
    search = "system-searchd" if i.workload_kind == "Deployment" else "system-sphinx"
    return ["apicast-production", "apicast-staging", "backend-cron", "backend-listener", "backend-redis", "backend-worker", "system-app",
            "system-memcache", "system-mysql", "system-redis", "system-sidekiq", search, "zync", "zync-database", "zync-que"]
