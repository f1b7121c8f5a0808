"""Validation of objects, with the API server's texts: what a client meets when it restores what it should not."""
import base64
import binascii
import json
import re

from . import errors

SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SERVICE = r"[a-z]([-a-z0-9]*[a-z0-9])?"
QUALIFIED = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_TEXTS = {
    SUBDOMAIN: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
               "an alphanumeric character (e.g. 'example.com', regex used for validation is '%s')" % SUBDOMAIN.replace("\\\\", "\\"),
    LABEL: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
           "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '%s')" % LABEL,
    SERVICE: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with "
             "an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '%s')" % SERVICE,
}
LABEL_VALUE = ("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
               "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
               "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
QUALIFIED_TEXT = ("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
                  "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")
CONFIG_KEY = ("a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', "
              "regex used for validation is '[-._a-zA-Z0-9]+')")
MEBIBYTE = 1024 * 1024
ANNOTATIONS_LIMIT = 262144
# Names of these kinds may hold what a path allows.
_PATH_NAMES = ("clusterroles", "clusterrolebindings", "roles", "rolebindings", "oauthaccesstokens", "users")


def check(resource, obj):
    """All that is wrong with a new object, as one Invalid error."""
    meta, causes = obj["metadata"], []
    _metadata(resource, meta, causes)
    spec = obj.get("spec") or {}
    if resource.plural in ("secrets", "configmaps"):
        _data(resource, obj, causes)
    elif resource.plural == "pods":
        _pod(spec, "spec", causes)
    elif resource.plural in ("deploymentconfigs", "deployments", "replicasets", "replicationcontrollers", "jobs"):
        _workload(resource, spec, causes)
    elif resource.plural == "services":
        _service(spec, causes)
    elif resource.plural == "persistentvolumeclaims":
        _claim(spec, causes)
    elif resource.plural in ("rolebindings", "clusterrolebindings"):
        _binding(obj, causes)
    elif resource.plural == "persistentvolumes":
        _required(spec, "spec", ("capacity", "accessModes"), causes)
        if not _is_quantity((spec.get("capacity") or {}).get("storage", "1")):
            causes.append(("spec.capacity[storage]", "Invalid value: must be a quantity", "FieldValueInvalid"))
    elif resource.plural == "routes" and not (spec.get("to") or {}).get("name"):
        causes.append(("spec.to.name", "Required value", "FieldValueRequired"))
    if causes:
        raise errors.invalid(resource, meta.get("name") or meta.get("generateName") or "", *causes)


def _required(target, path, fields, causes):
    for field in fields:
        if not target.get(field):
            causes.append((f"{path}.{field}", "Required value", "FieldValueRequired"))


def _is_quantity(value):
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?([KMGT]i|[kMGTm])?", str(value)) is not None


def _binding(obj, causes):
    _required(obj.get("roleRef") or {}, "roleRef", ("kind", "name"), causes)
    for i, subject in enumerate(obj.get("subjects") or []):
        _required(subject, f"subjects[{i}]", ("kind", "name"), causes)


def _bad(field, value, text):
    return field, f"Invalid value: {json.dumps(value, ensure_ascii=False)}: {text}", "FieldValueInvalid"


def _metadata(resource, meta, causes):
    name = meta.get("name") or meta.get("generateName", "").rstrip("-.")
    pattern = SERVICE if resource.plural == "services" else LABEL if resource.plural == "namespaces" else SUBDOMAIN
    if not name:
        causes.append(("metadata.name", "Required value: name or generateName is required", "FieldValueRequired"))
    elif resource.plural in _PATH_NAMES:
        if "/" in name or "%" in name or name in (".", ".."):
            causes.append(_bad("metadata.name", name, "may not contain '/' or '%'"))
    elif not re.fullmatch(pattern, name):
        causes.append(_bad("metadata.name", name, _TEXTS[pattern]))
    elif len(name) > (253 if pattern is SUBDOMAIN else 63):
        causes.append(_bad("metadata.name", name, f"must be no more than {253 if pattern is SUBDOMAIN else 63} characters"))
    for key, value in (meta.get("labels") or {}).items():
        if not re.fullmatch(rf"({SUBDOMAIN}/)?{QUALIFIED}", key):
            causes.append(_bad("metadata.labels", key, QUALIFIED_TEXT))
        if not re.fullmatch(rf"({QUALIFIED})?", value) or len(value) > 63:
            causes.append(_bad("metadata.labels", value, LABEL_VALUE if len(value) <= 63 else "must be no more than 63 characters"))
    annotations = meta.get("annotations") or {}
    if sum(len(k.encode()) + len(v.encode("utf-8", "surrogatepass")) for k, v in annotations.items()) > ANNOTATIONS_LIMIT:
        causes.append(("metadata.annotations", f"Too long: must have at most {ANNOTATIONS_LIMIT} bytes", "FieldValueTooLong"))
    for i, owner in enumerate(meta.get("ownerReferences") or []):
        for field in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(field):
                causes.append(_bad(f"metadata.ownerReferences[{i}].{field}" if field != "apiVersion" else f"metadata.ownerReferences[{i}].apiVersion",
                                   owner.get(field) or "", f"{field if field != 'apiVersion' else 'version'} must not be empty"))


def _data(resource, obj, causes):
    size = 0
    if resource.plural == "configmaps":
        for key, value in (obj.get("binaryData") or {}).items():
            if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value) or len(value) % 4:
                raise errors.bad_request('ConfigMap in version "v1" cannot be handled as a ConfigMap: illegal base64 data in binaryData')
    for field in ("data", "binaryData"):
        for key, value in (obj.get(field) or {}).items():
            if not re.fullmatch(r"[-._a-zA-Z0-9]+", key) or key in (".", ".."):
                causes.append(_bad(f"{field}[{key}]", key, CONFIG_KEY))
            size += len(value.encode("utf-8", "surrogatepass")) if resource.plural == "configmaps" and field == "data" else len(value) * 3 // 4
    if size > MEBIBYTE:
        causes.append(("data" if resource.plural == "secrets" else "[]", f"Too long: must have at most {MEBIBYTE} bytes", "FieldValueTooLong"))


def decode_secret(resource, obj):
    """stringData goes into data; data must be base64."""
    data = obj.get("data") or {}
    for key, value in data.items():
        try:
            data[key] = base64.b64encode(base64.b64decode((value or "").replace("\n", "").replace("\r", ""), validate=True)).decode()
        except (binascii.Error, ValueError):
            at = next((i for i, c in enumerate(value) if not re.match(r"[A-Za-z0-9+/=]", c)), len(value) - len(value) % 4)
            raise errors.bad_request(f'{resource.kind} in version "v1" cannot be handled as a {resource.kind}: illegal base64 data at input '
                                     f"byte {at}") from None
    for key, value in (obj.pop("stringData", None) or {}).items():
        data[key] = base64.b64encode(value.encode("utf-8", "surrogatepass")).decode()
    if data:
        obj["data"] = data


def _pod(spec, path, causes):
    containers = spec.get("containers") or []
    if not containers:
        causes.append((f"{path}.containers", "Required value", "FieldValueRequired"))
    volumes = [v.get("name") for v in spec.get("volumes") or []]
    for i, name in enumerate(volumes):
        if not name:
            causes.append((f"{path}.volumes[{i}].name", "Required value", "FieldValueRequired"))
        elif name in volumes[:i]:
            causes.append((f"{path}.volumes[{i}].name", f'Duplicate value: "{name}"', "FieldValueDuplicate"))
    for i, volume in enumerate(spec.get("volumes") or []):
        for source, field in (("persistentVolumeClaim", "claimName"), ("configMap", "name"), ("secret", "secretName")):
            if source in volume:
                _required(volume[source], f"{path}.volumes[{i}].{source}", (field,), causes)
    names = []
    for kind in ("initContainers", "containers"):
        for i, container in enumerate(spec.get(kind) or []):
            at, name = f"{path}.{kind}[{i}]", container.get("name") or ""
            if not name:
                causes.append((f"{at}.name", "Required value", "FieldValueRequired"))
            elif not re.fullmatch(LABEL, name):
                causes.append(_bad(f"{at}.name", name, _TEXTS[LABEL]))
            elif name in names:
                causes.append((f"{at}.name", f'Duplicate value: "{name}"', "FieldValueDuplicate"))
            names.append(name)
            if not (container.get("image") or "").strip() and path == "spec":
                causes.append((f"{at}.image", "Required value", "FieldValueRequired"))
            for j, mount in enumerate(container.get("volumeMounts") or []):
                if mount.get("name") not in volumes:
                    causes.append((f"{at}.volumeMounts[{j}].name", f'Not found: "{mount.get("name") or ""}"', "FieldValueNotFound"))
                if not mount.get("mountPath"):
                    causes.append((f"{at}.volumeMounts[{j}].mountPath", "Required value", "FieldValueRequired"))
    if spec.get("restartPolicy") not in (None, "Always", "OnFailure", "Never"):
        causes.append((f"{path}.restartPolicy", f'Unsupported value: "{spec["restartPolicy"]}": supported values: "Always", "OnFailure", "Never"',
                       "FieldValueNotSupported"))


def _workload(resource, spec, causes):
    template = spec.get("template")
    if not template:
        causes.append(("spec.template", "Required value", "FieldValueRequired"))
        return
    replicas = spec.get("replicas", 0)
    if (replicas or 0) < 0:
        causes.append(("spec.replicas", f"Invalid value: {replicas}: must be greater than or equal to 0", "FieldValueInvalid"))
    _pod(template.get("spec") or {}, "spec.template.spec", causes)
    labels, selector = (template.get("metadata") or {}).get("labels") or {}, spec.get("selector")
    if resource.plural == "jobs":
        if (template.get("spec") or {}).get("restartPolicy") not in ("OnFailure", "Never"):
            causes.append(("spec.template.spec.restartPolicy", f'Required value: valid values: "OnFailure", "Never"', "FieldValueRequired"))
        return
    if not selector:
        causes.append(("spec.selector", "Required value", "FieldValueRequired"))
        return
    wanted = selector.get("matchLabels", selector if "matchExpressions" not in selector else {})
    if any(labels.get(k) != v for k, v in wanted.items()):
        go = "map[string]string{" + ", ".join(f'"{k}":"{v}"' for k, v in sorted(labels.items())) + "}"
        causes.append(("spec.template.metadata.labels", f"Invalid value: {go}: `selector` does not match template `labels`", "FieldValueInvalid"))


def _service(spec, causes):
    ports = spec.get("ports") or []
    if not ports and spec.get("clusterIP") != "None" and spec.get("type") != "ExternalName":
        causes.append(("spec.ports", "Required value", "FieldValueRequired"))
    for i, port in enumerate(ports):
        if not isinstance(port.get("port"), int) or not 0 < port["port"] < 65536:
            causes.append((f"spec.ports[{i}].port", f"Invalid value: {json.dumps(port.get('port') or 0)}: must be between 1 and 65535, inclusive",
                           "FieldValueInvalid"))
        if len(ports) > 1 and not port.get("name"):
            causes.append((f"spec.ports[{i}].name", "Required value", "FieldValueRequired"))


def _claim(spec, causes):
    modes = spec.get("accessModes") or []
    known = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
    if not modes:
        causes.append(("spec.accessModes", "Required value: at least 1 access mode is required", "FieldValueRequired"))
    for mode in modes:
        if mode not in known:
            causes.append(("spec.accessModes", f'Unsupported value: "{mode}": supported values: ' + ", ".join(f'"{k}"' for k in known),
                           "FieldValueNotSupported"))
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if not size:
        causes.append(("spec.resources[storage]", "Required value", "FieldValueRequired"))
    elif not _is_quantity(size):
        raise errors.bad_request('PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: quantities must match the '
                                 "regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
