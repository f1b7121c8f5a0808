"""What keeps a cluster tidy: garbage collection by owner, namespaces with what every one has, image import."""
import base64
import hashlib
import json
import secrets

from .. import rights
from ..kinds import BY_KIND, BY_PLURAL, RESOURCES
from ..store import now
from . import Controller

NAMESPACES, STREAMS = BY_PLURAL["namespaces"], BY_PLURAL["imagestreams"]
# A new object may be written before the owner that a client creates next to it; the real collector also takes a moment.
GRACE_SECONDS = 0.5
ACCOUNT, TOKEN_SECRET = "kubernetes.io/service-account.name", "openshift.io/token-secret.name"
TOKEN, DOCKERCFG = "kubernetes.io/service-account-token", "kubernetes.io/dockercfg"
REGISTRY = "image-registry.openshift-image-registry.svc:5000"


class Garbage(Controller):
    def __init__(self, store):
        super().__init__(store)
        self._waited = set()

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        namespace = meta.get("namespace")
        found = []
        if meta.get("ownerReferences") and event.type != "DELETED":
            found.append((namespace, event.resource.plural, meta["name"], meta["uid"]))
        if event.type == "DELETED" or meta.get("deletionTimestamp"):
            found.append((namespace, "dependents", event.resource.plural, meta["name"], meta["uid"]))
        return found

    def initial(self):
        return [(e.obj["metadata"].get("namespace"), r.plural, e.obj["metadata"]["name"], e.obj["metadata"]["uid"])
                for r in RESOURCES for e in self.store.entries(r)[0] if e.obj["metadata"].get("ownerReferences")]

    def sync(self, namespace, plural, *rest):
        if plural == "dependents":
            return self._owner_goes(namespace, *rest)
        return self._check(namespace, plural, *rest)

    def _check(self, namespace, plural, name, uid):
        obj = self.store.find(plural, namespace, name)
        if obj is None or obj["metadata"]["uid"] != uid or obj["metadata"].get("deletionTimestamp"):
            self._waited.discard(uid)
            return None
        if any(self._lives(namespace, reference) for reference in obj["metadata"].get("ownerReferences") or [{}]):
            self._waited.discard(uid)
            return None
        if uid not in self._waited:
            self._waited.add(uid)
            return GRACE_SECONDS
        self._waited.discard(uid)
        self.store.delete(plural, namespace, name)
        return None

    def _lives(self, namespace, reference):
        resource = BY_KIND.get(reference.get("kind"))
        if resource is None:  # a type that the sandbox does not have: the real collector keeps what it cannot check
            return True
        owner = self.store.find(resource, namespace if resource.namespaced else None, reference["name"])
        return owner is not None and owner["metadata"]["uid"] == reference["uid"]

    def _dependents(self, namespace, uid):
        return [(r, e.obj) for r in RESOURCES if namespace is None or r.namespaced for e in self.store.entries(r, namespace)[0]
                if any(o.get("uid") == uid for o in e.obj["metadata"].get("ownerReferences") or ())]

    def _owner_goes(self, namespace, plural, name, uid):
        owner = self.store.find(plural, namespace, name)
        if owner is not None and owner["metadata"]["uid"] != uid:
            owner = None
        finalizers = (owner or {}).get("metadata", {}).get("finalizers") or []
        dependents = self._dependents(namespace, uid)
        if owner is not None and "orphan" in finalizers:
            for resource, obj in dependents:
                self.store.modify(resource, obj["metadata"].get("namespace"), obj["metadata"]["name"], lambda o: _disown(o, uid))
            return self._finish(owner, plural, "orphan")
        if owner is None or "foregroundDeletion" in finalizers:
            for resource, obj in dependents:
                others = [r for r in obj["metadata"]["ownerReferences"] if r["uid"] != uid]
                if not any(self._lives(namespace, r) for r in others) and not obj["metadata"].get("deletionTimestamp"):
                    self.store.delete(resource, obj["metadata"].get("namespace"), obj["metadata"]["name"])
            if owner is not None:
                if any(r.get("blockOwnerDeletion") for _, o in self._dependents(namespace, uid)
                       for r in o["metadata"]["ownerReferences"] if r["uid"] == uid):
                    return 0.3
                return self._finish(owner, plural, "foregroundDeletion")
        return None

    def _finish(self, owner, plural, finalizer):
        def change(obj):
            obj["metadata"]["finalizers"] = [f for f in obj["metadata"]["finalizers"] if f != finalizer]
        self.store.modify(plural, owner["metadata"].get("namespace"), owner["metadata"]["name"], change)


def _disown(obj, uid):
    left = [r for r in obj["metadata"].pop("ownerReferences") if r["uid"] != uid]
    if left:
        obj["metadata"]["ownerReferences"] = left


class Namespaces(Controller):
    """Accounts, certificates and bindings of a new namespace; taking everything away from one that is deleted."""

    def __init__(self, store, authority, bindings):
        super().__init__(store)
        self.authority, self.bindings = authority, bindings

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource is NAMESPACES or event.resource.plural == "subscriptions":
            return [(meta.get("namespace") or meta["name"], event.type == "ADDED")]
        return [(meta["namespace"], False)] if event.type == "DELETED" and meta.get("namespace") else []

    def initial(self):
        return [(e.obj["metadata"]["name"], False) for e in self.store.entries(NAMESPACES)[0]]

    def sync(self, name, bind):
        namespace = self.store.find(NAMESPACES, None, name)
        if namespace is None:
            return
        if namespace["metadata"].get("deletionTimestamp"):
            self._empty(namespace)
            return
        furnish(self.store, name, self.authority)
        # Once only: a binding that is taken away later stays away.
        for binding in self.bindings(namespace) if bind else ():
            _ensure(self.store, binding)

    def _empty(self, namespace):
        name, left = namespace["metadata"]["name"], 0
        for resource in RESOURCES:
            if resource.namespaced:
                for entry in self.store.entries(resource, name)[0]:
                    left += 1
                    if not entry.obj["metadata"].get("deletionTimestamp"):
                        self.store.delete(resource, name, entry.obj["metadata"]["name"])
        if not any(self.store.entries(r, name)[0] for r in RESOURCES if r.namespaced):
            self.store.remove(NAMESPACES, None, name)


def furnish(store, name, authority):
    """What every namespace has."""
    for account in ("default", "builder", "deployer"):
        _ensure(store, {"kind": "ServiceAccount", "apiVersion": "v1", "metadata": {"name": account, "namespace": name}})
    for config_map, key in (("kube-root-ca.crt", "ca.crt"), ("openshift-service-ca.crt", "service-ca.crt")):
        _ensure(store, {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": config_map, "namespace": name}, "data": {key: authority}})
    _ensure(store, rights.binding("RoleBinding", "system:image-pullers", "system:image-puller", "Group", f"system:serviceaccounts:{name}", name))


def _ensure(store, obj):
    meta = obj["metadata"]
    if store.find(obj["kind"], meta["namespace"], meta["name"]) is None:
        store.create(obj)


class ServiceAccounts(Controller):
    """The Secrets that OpenShift makes for every account: a token and the credentials of the internal registry."""

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        if event.resource.plural == "serviceaccounts":
            return [(meta["namespace"], meta["name"])]
        account = (meta.get("annotations") or {}).get(ACCOUNT) if event.resource.plural == "secrets" else None
        return [(meta["namespace"], account)] if account else []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries("serviceaccounts")[0]]

    def sync(self, namespace, name):
        account = self.store.find("serviceaccounts", namespace, name)
        uid = account["metadata"]["uid"] if account else None
        mine = {}
        for entry in self.store.entries("secrets", namespace)[0]:
            marks = entry.obj["metadata"].get("annotations") or {}
            if marks.get(ACCOUNT) == name and entry.obj.get("type") in (TOKEN, DOCKERCFG):
                if marks.get(ACCOUNT + ".uid") == uid:
                    mine[entry.obj["type"]] = entry.obj["metadata"]["name"]
                else:  # made for an account that is gone, even if one of the same name is there again
                    self.store.delete("secrets", namespace, entry.obj["metadata"]["name"])
        if account is None:
            return
        if TOKEN not in mine:
            mine[TOKEN] = self._create(account, f"{name}-token-", TOKEN, {"token": secrets.token_urlsafe(48), "namespace": namespace}, {})
        if DOCKERCFG not in mine:
            config = json.dumps({REGISTRY: {"username": "serviceaccount", "password": secrets.token_urlsafe(48)}})
            mine[DOCKERCFG] = self._create(account, f"{name}-dockercfg-", DOCKERCFG, {".dockercfg": config},
                                           {TOKEN_SECRET: mine[TOKEN]})

        def refer(obj):
            for field in ("secrets", "imagePullSecrets"):
                listed = obj.setdefault(field, [])
                # References to what was made for an earlier account of this name say nothing any more.
                listed[:] = [r for r in listed if not r.get("name", "").startswith(f"{name}-dockercfg-") or r["name"] == mine[DOCKERCFG]]
                if {"name": mine[DOCKERCFG]} not in listed:
                    listed.append({"name": mine[DOCKERCFG]})
        self.store.modify("serviceaccounts", namespace, name, refer)

    def _create(self, account, prefix, kind, data, marks):
        meta = account["metadata"]
        secret = {"kind": "Secret", "apiVersion": "v1", "type": kind, "data": {k: base64.b64encode(v.encode()).decode() for k, v in data.items()},
                  "metadata": {"generateName": prefix, "namespace": meta["namespace"],
                               "annotations": {ACCOUNT: meta["name"], ACCOUNT + ".uid": meta["uid"]} | marks}}
        return self.store.create(secret)["metadata"]["name"]


class ImageStreams(Controller):
    """Import of the images that the tags name: the registry always has them."""

    def keys(self, event):
        meta = event.entry.obj["metadata"]
        return [(meta["namespace"], meta["name"])] if event.resource is STREAMS else []

    def initial(self):
        return [(e.obj["metadata"]["namespace"], e.obj["metadata"]["name"]) for e in self.store.entries(STREAMS)[0]]

    def sync(self, namespace, name):
        stream = self.store.find(STREAMS, namespace, name)
        if stream is None:
            return
        known = {t["tag"]: t for t in (stream.get("status") or {}).get("tags") or []}
        tags = []
        for tag in stream["spec"].get("tags") or []:
            source = (tag.get("from") or {}).get("name", "")
            if (tag.get("from") or {}).get("kind") != "DockerImage" or not source or not tag.get("name"):
                continue
            digest = "sha256:" + hashlib.sha256(source.encode()).hexdigest()
            repository = source.rsplit(":", 1)[0] if ":" in source.rsplit("/", 1)[-1] else source
            reference = f"{repository.split('@')[0]}@{digest}"
            old = known.get(tag["name"])
            if old and old["items"][0]["dockerImageReference"] == reference:
                tags.append(old)
            else:
                item = {"created": now(), "dockerImageReference": reference, "generation": 2, "image": digest}
                tags.append({"tag": tag["name"], "items": [item] + (old or {"items": []})["items"]})
        repository = f"image-registry.openshift-image-registry.svc:5000/{namespace}/{name}"
        self.store.patch_status(STREAMS, namespace, name, {"dockerImageRepository": repository, "tags": tags or None})
