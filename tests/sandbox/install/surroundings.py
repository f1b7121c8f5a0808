"""What stands around the workloads: Services, Routes, volume claims, image streams, accounts and rights."""
from .images import REGISTRY, STREAMS
from .values import token
from .workloads import labels


def service(name, workload, component, element, ports, selector):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"labels": labels(component, element), "name": name},
            "spec": {"ports": [{**({"name": n} if n else {}), "port": p, "protocol": "TCP", "targetPort": t} for n, p, t in ports],
                     "selector": {selector: workload}}}


def services(modern):
    selector = "deployment" if modern else "deploymentConfig"
    search = "system-searchd" if modern else "system-sphinx"
    gateway = [("gateway", 8080, 8080), ("management", 8090, 8090)]
    rows = [
        ("backend-redis", "backend-redis", "backend", "redis", [(None, 6379, 6379)]),
        ("system-redis", "system-redis", "system", "redis", [("redis", 6379, 6379)]),
        ("backend-listener", "backend-listener", "backend", "listener", [("http", 3000, 3000)]),
        ("system-mysql", "system-mysql", "system", "mysql", [("system-mysql", 3306, 3306)]),
        ("system-provider", "system-app", "system", "provider-ui", [("http", 3000, "provider")]),
        ("system-master", "system-app", "system", "master-ui", [("http", 3000, "master")]),
        ("system-developer", "system-app", "system", "developer-ui", [("http", 3000, "developer")]),
        (search, search, "system", search.removeprefix("system-"), [(search.removeprefix("system-"), 9306, 9306)]),
        ("system-memcache", "system-memcache", "system", "memcache", [("memcache", 11211, 11211)]),
        ("zync", "zync", "zync", None, [("8080-tcp", 8080, 8080)]),
        ("zync-database", "zync-database", "zync", "database", [("postgresql", 5432, 5432)]),
        ("apicast-staging", "apicast-staging", "apicast", "staging", gateway),
        ("apicast-production", "apicast-production", "apicast", "production", gateway),
    ]
    return [service(*row, selector) for row in rows]


def claims(modern):
    rows = [("backend-redis-storage", "backend", "redis", "ReadWriteOnce", "1Gi"), ("system-redis-storage", "system", "redis", "ReadWriteOnce", "1Gi"),
            ("mysql-storage", "system", "mysql", "ReadWriteOnce", "1Gi"), ("system-storage", "system", "app", "ReadWriteMany", "100Mi")]
    if modern:
        rows.append(("system-searchd-manticore", "system", "searchd", "ReadWriteOnce", "1Gi"))
    return [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"labels": labels(component, element), "name": name},
             "spec": {"accessModes": [mode], "resources": {"requests": {"storage": size}}}} for name, component, element, mode, size in rows]


def image_streams():
    found = []
    for name, (title, component, parameter, _) in STREAMS.items():
        tag = {"annotations": {"openshift.io/display-name": f"{title} ${{AMP_RELEASE}}"}, "from": {"kind": "DockerImage", "name": f"${{{parameter}}}"},
               "importPolicy": {"insecure": "${{IMAGESTREAM_TAG_IMPORT_INSECURE}}"}, "name": "${AMP_RELEASE}", "referencePolicy": {"type": "Source"}}
        found.append({"apiVersion": "image.openshift.io/v1", "kind": "ImageStream",
                      "metadata": {"annotations": {"openshift.io/display-name": title}, "labels": labels(component), "name": name},
                      "spec": {"lookupPolicy": {"local": False}, "tags": [tag]}})
    return found


def image_parameters():
    return {parameter: REGISTRY + ref for _, _, parameter, ref in STREAMS.values()}


def access(modern):
    workloads = {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"], "verbs": ["get", "list"]} if modern else \
                {"apiGroups": ["apps.openshift.io"], "resources": ["deploymentconfigs"], "verbs": ["get", "list"]}
    pull = [{"name": "threescale-registry-auth"}]
    return [
        {"apiVersion": "v1", "imagePullSecrets": pull, "kind": "ServiceAccount", "metadata": {"name": "amp"}},
        {"apiVersion": "v1", "imagePullSecrets": pull, "kind": "ServiceAccount", "metadata": {"name": "zync-que-sa"}},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "zync-que-role"}, "rules": [
            workloads,
            {"apiGroups": [""], "resources": ["pods", "replicationcontrollers"], "verbs": ["get", "list"]},
            {"apiGroups": ["route.openshift.io"], "resources": ["routes"], "verbs": ["get", "list", "create", "delete", "patch", "update"]},
            {"apiGroups": ["route.openshift.io"], "resources": ["routes/status"], "verbs": ["get"]},
            {"apiGroups": ["route.openshift.io"], "resources": ["routes/custom-host"], "verbs": ["create"]}]},
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "zync-que-rolebinding"},
         "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "zync-que-role"},
         "subjects": [{"kind": "ServiceAccount", "name": "zync-que-sa"}]},
    ]


def backend_route():
    """The only Route that template and operator make; Zync makes the others."""
    return {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": {"labels": labels("backend"), "name": "backend"},
            "spec": {"host": "backend-${TENANT_NAME}.${WILDCARD_DOMAIN}", "port": {"targetPort": "http"},
                     "tls": {"insecureEdgeTerminationPolicy": "Allow", "termination": "edge"}, "to": {"kind": "Service", "name": "backend-listener", "weight": 100}}}


def zync_routes(installation, domain, tenant, workload_kind):
    """Routes as Zync makes them: generated names, its labels, and the workload zync-que as owner."""
    alphabet = "bcdfghjklmnpqrstvwxz2456789"
    group = {"DeploymentConfig": "apps.openshift.io/v1", "Deployment": "apps/v1"}[workload_kind]
    rows = [("master", "provider", "1", "1", f"master.{domain}", "system-master", "http"),
            ("provider", "provider", "2", "2", f"{tenant}.{domain}", "system-developer", "http"),
            ("provider", "provider", "2", "2", f"{tenant}-admin.{domain}", "system-provider", "http"),
            ("api", "proxy", "2", "2", f"api-{tenant}-apicast-production.{domain}", "apicast-production", "gateway"),
            ("api", "proxy", "2", "2", f"api-{tenant}-apicast-staging.{domain}", "apicast-staging", "gateway")]
    found = []
    for prefix, kind, tenant_id, record, host, target, port in rows:
        record_label = "3scale.net/provider_id" if kind == "provider" else "3scale.net/service_id"
        meta = {"annotations": {"3scale.net/gid": f"gid://zync/{kind.capitalize()}/{record}", "zync.3scale.net/host": host},
                "labels": {"app": "3scale-api-management", "threescale_component": "zync", "3scale.net/created-by": "zync",
                           "3scale.net/tenant_id": tenant_id, "zync.3scale.net/ingress": kind, record_label: record, "zync.3scale.net/route-to": target},
                "name": f"zync-3scale-{prefix}-{token(installation, 'route ' + host, 5, alphabet)}",
                "ownerReferences": [{"apiVersion": group, "kind": workload_kind, "name": "zync-que", "uid": ""}]}
        found.append({"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": meta,
                      "spec": {"host": host, "port": {"targetPort": port}, "tls": {"insecureEdgeTerminationPolicy": "Redirect", "termination": "edge"},
                               "to": {"kind": "Service", "name": target, "weight": 100}}})
    return found


def custom_route(domain, certificate, key, ca):
    """Made by hand for the customer's own domain; nothing but a backup brings it back."""
    return {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": {"labels": {"app": "3scale-api-management"}, "name": "developer-portal-custom"},
            "spec": {"host": f"developers.{domain.split('.', 1)[1]}", "port": {"targetPort": "http"},
                     "tls": {"caCertificate": ca, "certificate": certificate, "insecureEdgeTerminationPolicy": "Redirect", "key": key, "termination": "edge"},
                     "to": {"kind": "Service", "name": "system-developer", "weight": 100}}}
