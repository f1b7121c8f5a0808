"""The REST operations on one stored resource type: what a create, update, patch or delete does before the store sees it."""
import json

from . import apply, errors, patch, schema, strategy
from .store import copy

PATCHES = {"application/json-patch+json": patch.json_patch, "application/merge-patch+json": patch.merge,
           "application/strategic-merge-patch+json": patch.strategic}
SCALE = schema.Struct("Scale", metadata=schema.METADATA, spec=schema.Struct("ScaleSpec", replicas=int))
APPLY = "application/apply-patch+yaml"


def decode(resource, body, namespace):
    """The object in a request body, checked against the path it was sent to."""
    obj = schema.loads(body, lambda error: errors.bad_request(
        f"the object provided is unrecognized (must be of type {resource.kind}): couldn't get version/kind; json parse error: {error}"))
    if not isinstance(obj, dict) or not isinstance(obj.get("metadata") or {}, dict):
        raise errors.bad_request(f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: '
                                 "json: cannot unmarshal array into Go value of type map[string]interface {}")
    obj.setdefault("kind", resource.kind)
    obj.setdefault("apiVersion", resource.api_version)
    if (obj["kind"], obj["apiVersion"]) != (resource.kind, resource.api_version):
        raise errors.bad_request(f"{obj['kind']} in version {json.dumps(obj['apiVersion'])} cannot be handled as a {resource.kind}: "
                                 f"no kind \"{obj['kind']}\" is registered for version \"{obj['apiVersion']}\"")
    meta = obj["metadata"] = obj.get("metadata") or {}
    if resource.namespaced:
        if meta.setdefault("namespace", namespace) != namespace:
            raise errors.bad_request("the namespace of the provided object does not match the namespace sent on the request")
    else:
        meta.pop("namespace", None)
    return obj


class Objects:
    def __init__(self, store, cluster):
        self.store, self.cluster = store, cluster

    # `admit(old, new)` refuses what the user may not write so (old: None for a new object).

    def create(self, resource, namespace, obj, manager, dry_run, admit):
        meta = obj["metadata"]
        if meta.get("resourceVersion"):
            raise errors.ApiError(500, "", "resourceVersion should not be set on objects to be created")
        with self.store.lock:
            self._check_namespace(resource, namespace, meta)
            obj = strategy.prepare_create(self.store, self.cluster, resource, obj)
            admit(None, obj)
            apply.record(None, obj, manager, "Update")
            if dry_run:
                return self._pretend_create(resource, obj)
            return self.store.create(obj, resource)

    def _pretend_create(self, resource, obj):
        meta = obj["metadata"]
        if self.store.find(resource, meta.get("namespace"), meta.get("name")):
            raise errors.already_exists(resource, meta["name"])
        return obj | {"metadata": meta | {"uid": "00000000-0000-0000-0000-000000000000", "creationTimestamp": None}}

    def _check_namespace(self, resource, namespace, meta):
        if not resource.namespaced:
            return
        found = self.store.find("namespaces", None, namespace)
        if found is None:
            raise errors.not_found(strategy.NAMESPACES, namespace)
        if found["metadata"].get("deletionTimestamp"):
            raise errors.ApiError(403, "Forbidden", f'{resource.qualified} "{meta.get("name", "")}" is forbidden: unable to create new '
                                                    f"content in namespace {namespace} because it is being terminated")

    def update(self, resource, namespace, name, obj, subresource, manager, dry_run, admit):
        meta = obj["metadata"]
        if meta.setdefault("name", name) != name:
            raise errors.bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
        with self.store.lock:
            if resource.plural in strategy.CREATED_ON_UPDATE and self.store.find(resource, namespace, name) is None:
                meta.pop("resourceVersion", None)
                return self.create(resource, namespace, obj, manager, dry_run, admit)
            old = self.store.get(resource, namespace, name)
            return self._write(resource, old, obj, subresource, manager, dry_run, admit)

    def patch(self, resource, namespace, name, kind, body, subresource, manager, dry_run, admit):
        function = PATCHES.get(kind)
        if function is None:
            raise errors.ApiError(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types "
                                  "include: " + ", ".join([*PATCHES, APPLY]))
        if resource.custom and function is patch.strategic:
            raise errors.ApiError(415, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types "
                                  "include: application/json-patch+json, application/merge-patch+json, " + APPLY)
        change = patch.load(body)
        with self.store.lock:
            old = self.store.get(resource, namespace, name)
            if subresource == "scale":
                return self.scale(resource, old, function(strategy.scale_of(resource, old), change), manager, dry_run)
            if not isinstance(change, (list if function is patch.json_patch else dict)):
                raise errors.bad_request("error decoding patch: json: cannot unmarshal the patch into a value of its type")
            new = function(copy(old), change)
            meta = new.get("metadata")
            if not isinstance(meta, dict):
                raise errors.bad_request("metadata must be an object")
            if (meta.get("name"), meta.get("namespace")) != (name, old["metadata"].get("namespace")):
                raise errors.bad_request("the name or namespace of the object may not be changed by a patch")
            if (new.get("kind"), new.get("apiVersion")) != (old["kind"], old["apiVersion"]):
                raise errors.bad_request("the kind or apiVersion of the object may not be changed by a patch")
            return self._write(resource, old, new, subresource, manager, dry_run, admit)

    def apply(self, resource, namespace, name, body, manager, force, dry_run, admit):
        """Server-side apply. (object, whether it was created)."""
        if not manager:
            raise errors.ApiError(422, "Invalid", 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for '
                                                  "apply patch")
        obj = decode(resource, apply.to_json(body), namespace)
        meta = obj["metadata"]
        if meta.setdefault("name", name) != name:
            raise errors.bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
        if "managedFields" in meta and meta["managedFields"] is not None:
            raise errors.bad_request("metadata.managedFields must be nil")
        obj = obj if resource.custom else schema.without_nulls(obj)
        schema.check_object(resource, obj)
        meta = obj["metadata"]
        with self.store.lock:
            old = self.store.find(resource, namespace if resource.namespaced else None, name)
            if old is None:
                if meta.get("uid"):
                    raise errors.conflict(resource, name, f"uid mismatch: the provided object specified uid {meta['uid']}, and no existing "
                                                          "object was found")
                self._check_namespace(resource, namespace, meta)
                meta.pop("resourceVersion", None)
                new = strategy.prepare_create(self.store, self.cluster, resource, copy(obj))
                admit(None, new)
                apply.record_apply(new, obj, manager)
                return (self._pretend_create(resource, new) if dry_run else self.store.create(new, resource)), True
            new = apply.merge(resource, old, obj, manager, force)
            return self._write(resource, old, new, None, None, dry_run, admit), False

    def _write(self, resource, old, new, subresource, manager, dry_run, admit):
        meta, before = new["metadata"], old["metadata"]
        name = before["name"]
        if meta.get("resourceVersion") in (None, ""):
            if strategy.needs_version(resource) and not dry_run and subresource is None:
                error = errors.invalid(resource, name, ("metadata.resourceVersion", "Invalid value: 0x0: must be specified for an update",
                                                        "FieldValueInvalid"))
                error.details["kind"] = resource.plural
                error.message = error.message.replace(f"{resource.kind}.", f"{resource.plural}.", 1)
                raise error
        elif meta["resourceVersion"] != before["resourceVersion"]:
            raise errors.conflict(resource, name)
        if meta.get("uid") and meta["uid"] != before["uid"]:
            raise errors.conflict(resource, name, f"Precondition failed: UID in precondition: {meta['uid']}, UID in object meta: {before['uid']}")
        if subresource == "status":
            new = old | {"status": new.get("status") or {}}
            schema.check_object(resource, new)
        else:
            owners = meta.get("managedFields")
            new = strategy.prepare_update(self.store, resource, old, new)
            if manager is None:  # a server-side apply has settled the ownership already
                new["metadata"]["managedFields"] = owners
            admit(old, new)
        if manager:
            apply.record(old, new, manager, "Update", subresource)
        if dry_run:
            return new
        return self.store.update(new, resource)

    def scale(self, resource, old, scale, manager, dry_run):
        schema.check(resource, scale, SCALE, "", "Scale")
        replicas = (scale.get("spec") or {}).get("replicas") or 0
        wanted = (scale.get("metadata") or {}).get("resourceVersion")
        name = old["metadata"]["name"]
        if wanted and wanted != old["metadata"]["resourceVersion"]:
            raise errors.conflict(resource, name)
        if replicas < 0:
            raise errors.ApiError(422, "Invalid", f'Scale "{name}" is invalid: spec.replicas: Invalid value: {replicas}: must be greater '
                                                  "than or equal to 0")
        new = old | {"spec": old["spec"] | {"replicas": replicas}}
        apply.record(old, new, manager, "Update", "scale")
        return strategy.scale_of(resource, new if dry_run else self.store.update(new, resource))

    def delete(self, resource, namespace, name, options, dry_run):
        with self.store.lock:
            old = self.store.get(resource, namespace, name)
            meta, wanted = old["metadata"], options.get("preconditions") or {}
            if wanted.get("uid") not in (None, meta["uid"]):
                raise errors.conflict(resource, name, f"Precondition failed: UID in precondition: {wanted['uid']}, UID in object meta: {meta['uid']}")
            if wanted.get("resourceVersion") not in (None, meta["resourceVersion"]):
                raise errors.conflict(resource, name, f"Precondition failed: resource version in precondition: {wanted['resourceVersion']}, "
                                                      f"resource version in object meta: {meta['resourceVersion']}")
            if dry_run:
                return old
            self._note_policy(resource, old, options)
            last = self.store.delete(resource, namespace, name, options.get("gracePeriodSeconds"))
            if resource.plural == "pods" and options.get("gracePeriodSeconds") == 0:
                # --force: the API forgets the pod, the kubelet ends it when it sees that.
                self.store.remove(resource, namespace, name)
            return last

    def _note_policy(self, resource, old, options):
        """Orphan and foreground deletion are finalizers that the garbage collector takes off when it is done."""
        policy = options.get("propagationPolicy") or ("Orphan" if options.get("orphanDependents") else None)
        finalizer = {"Orphan": "orphan", "Foreground": "foregroundDeletion"}.get(policy)
        finalizers = old["metadata"].setdefault("finalizers", [])
        if finalizer and finalizer not in finalizers:
            finalizers.append(finalizer)
            self.store.update(old, resource)
