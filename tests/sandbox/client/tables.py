"""The tables that `oc get` prints when no output format is asked for."""
import calendar
import time


def age(stamp, now=None):
    """Kubernetes' human duration since a time stamp: 45s, 3m12s, 18m, 5h12m, 2d4h, 400d."""
    if not stamp:
        return "<unknown>"
    seconds = int((time.time() if now is None else now) - calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 0:
        return "0s" if seconds > -2 else "<invalid>"
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m" + (f"{seconds % 60}s" if seconds % 60 else "")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h" + (f"{minutes % 60}m" if minutes % 60 else "")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d" + (f"{hours % 24}h" if hours % 24 else "")
    if days < 730:
        return f"{days}d"
    years = days // 365
    return f"{years}y" + (f"{days % 365}d" if years < 8 and days % 365 else "")


def _born(obj):
    return age(obj["metadata"].get("creationTimestamp"))


def _pod(obj):
    status = obj.get("status") or {}
    shown, restarts, ready = status.get("reason") or status.get("phase", ""), 0, 0
    running = False
    for container in status.get("containerStatuses") or []:
        restarts += container.get("restartCount", 0)
        ready += bool(container.get("ready"))
        state = container.get("state") or {}
        waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
        if waiting.get("reason"):
            shown = waiting["reason"]
        elif ended.get("reason"):
            shown = ended["reason"]
        elif ended:
            shown = f'ExitCode:{ended.get("exitCode", 0)}'
        running = running or (container.get("ready") and "running" in state)
    if shown == "Completed" and running:
        shown = "Running"
    if obj["metadata"].get("deletionTimestamp"):
        shown = "Terminating"
    return [f'{ready}/{len(obj["spec"].get("containers") or [])}', shown, restarts, _born(obj)]


def _service(obj):
    spec = obj.get("spec") or {}
    ports = ",".join(f'{p["port"]}{":%s" % p["nodePort"] if p.get("nodePort") else ""}/{p.get("protocol", "TCP")}' for p in spec.get("ports") or [])
    return [spec.get("type", "ClusterIP"), spec.get("clusterIP", "<none>"), spec.get("externalName") or "<none>", ports or "<none>", _born(obj)]


def _dc(obj):
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    triggers = set()
    for trigger in spec.get("triggers") or []:
        image = (trigger.get("imageChangeParams") or {}).get("from") or {}
        triggers.add({"ConfigChange": "config", "ImageChange": f'image({image.get("name", "")})'}.get(trigger.get("type"), trigger.get("type", "")))
    return [status.get("latestVersion", 0), spec.get("replicas", 0), status.get("replicas", 0), ",".join(sorted(triggers))]


def _route(obj):
    spec = obj.get("spec") or {}
    tls, port, to = spec.get("tls") or {}, spec.get("port") or {}, spec.get("to") or {}
    ends = "/".join(p for p in (tls.get("termination"), tls.get("insecureEdgeTerminationPolicy")) if p)
    return [spec.get("host", ""), spec.get("path", ""), to.get("name", ""), port.get("targetPort", "<all>"), ends,
            spec.get("wildcardPolicy") or "None"]


def _deployment(obj):
    status = obj.get("status") or {}
    ready = f'{status.get("readyReplicas", 0)}/{(obj.get("spec") or {}).get("replicas", 1)}'
    return [ready, status.get("updatedReplicas", 0), status.get("availableReplicas", 0), _born(obj)]


def _replicas(obj):
    status = obj.get("status") or {}
    return [(obj.get("spec") or {}).get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0), _born(obj)]


def _modes(obj, where):
    short = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
    return ",".join(short.get(m, m) for m in (obj.get(where) or {}).get("accessModes") or [])


def _claim(obj):
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    return [status.get("phase", ""), spec.get("volumeName", ""), (status.get("capacity") or {}).get("storage", ""), _modes(obj, "status"),
            spec.get("storageClassName") or "", _born(obj)]


def _volume(obj):
    spec, claim = obj.get("spec") or {}, (obj.get("spec") or {}).get("claimRef") or {}
    bound = f'{claim["namespace"]}/{claim["name"]}' if claim else ""
    return [(spec.get("capacity") or {}).get("storage", ""), _modes(obj, "spec"), spec.get("persistentVolumeReclaimPolicy", ""),
            (obj.get("status") or {}).get("phase", ""), bound, spec.get("storageClassName") or "", "", _born(obj)]


def _event(obj):
    about = obj.get("involvedObject") or {}
    return [age(obj.get("lastTimestamp") or obj["metadata"].get("creationTimestamp")), obj.get("type", ""), obj.get("reason", ""),
            f'{about.get("kind", "").lower()}/{about.get("name", "")}', obj.get("message", "")]


def _tags(obj):
    tags = [t.get("tag", t.get("name", "")) for t in (obj.get("status") or {}).get("tags") or (obj.get("spec") or {}).get("tags") or []]
    return [(obj.get("status") or {}).get("dockerImageRepository", ""), ",".join(tags), ""]


_COLUMNS = {
    "Pod": ("READY STATUS RESTARTS AGE", _pod),
    "ReplicationController": ("DESIRED CURRENT READY AGE", _replicas),
    "ReplicaSet": ("DESIRED CURRENT READY AGE", _replicas),
    "Service": ("TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE", _service),
    "DeploymentConfig": ("REVISION DESIRED CURRENT TRIGGERED_BY", _dc),
    "Deployment": ("READY UP-TO-DATE AVAILABLE AGE", _deployment),
    "StatefulSet": ("READY AGE", lambda o: [_deployment(o)[0], _born(o)]),
    "Route": ("HOST/PORT PATH SERVICES PORT TERMINATION WILDCARD", _route),
    "Secret": ("TYPE DATA AGE", lambda o: [o.get("type", ""), len(o.get("data") or {}), _born(o)]),
    "ConfigMap": ("DATA AGE", lambda o: [len(o.get("data") or {}) + len(o.get("binaryData") or {}), _born(o)]),
    "PersistentVolumeClaim": ("STATUS VOLUME CAPACITY ACCESS_MODES STORAGECLASS AGE", _claim),
    "PersistentVolume": ("CAPACITY ACCESS_MODES RECLAIM_POLICY STATUS CLAIM STORAGECLASS REASON AGE", _volume),
    "Namespace": ("STATUS AGE", lambda o: [(o.get("status") or {}).get("phase", ""), _born(o)]),
    "Project": ("DISPLAY_NAME STATUS", lambda o: [(o["metadata"].get("annotations") or {}).get("openshift.io/display-name", ""),
                                                  (o.get("status") or {}).get("phase", "")]),
    "ServiceAccount": ("SECRETS AGE", lambda o: [len(o.get("secrets") or []), _born(o)]),
    "ImageStream": ("IMAGE_REPOSITORY TAGS UPDATED", _tags),
}


def table(resource, objects, prefix=False, no_headers=False, labels=False, widths=None):
    """The rows of one type as text; `prefix` puts kind/ before the names, as when several types are listed."""
    from .kinds import singular
    if resource.kind == "Event":
        header, rows = "LAST_SEEN TYPE REASON OBJECT MESSAGE".split(), [_event(o) for o in objects]
    else:
        columns, cells = _COLUMNS.get(resource.kind, ("AGE", lambda o: [_born(o)]))
        header = ["NAME", *columns.split()]
        rows = [[(singular(resource) + "/" if prefix else "") + o["metadata"]["name"], *cells(o)] for o in objects]
    if labels:
        header.append("LABELS")
        for row, obj in zip(rows, objects):
            row.append(",".join(f"{k}={v}" for k, v in sorted((obj["metadata"].get("labels") or {}).items())) or "<none>")
    return layout(([] if no_headers else [[h.replace("_", " ") for h in header]]) + [[str(c) for c in row] for row in rows], widths)


def layout(rows, widths=None):
    """Columns as Go's tabwriter lays them out: three spaces apart, the last one not padded. A watch gives the same
    `widths` with every row, to stay in line with those before."""
    if not rows:
        return ""
    widths = [] if widths is None else widths
    needed = [max(len(row[i]) for row in rows) + 3 for i in range(len(rows[0]) - 1)]
    widths[:] = [max(pair) for pair in zip(needed, widths or needed)]
    return "".join("".join(cell.ljust(width) for cell, width in zip(row, widths)) + row[-1] + "\n" for row in rows)
