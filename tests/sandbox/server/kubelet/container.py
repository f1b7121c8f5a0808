"""From a pod's specification to the command line of bubblewrap, the environment and the files of one container."""
import base64
import json
import os
import pathlib
import re
import shutil

from .images import MOUNT

HERE = pathlib.Path(__file__).parent
# Parts of the host's /etc that programs in /usr need; everything else in the container's /etc is its own.
HOST_ETC = ("alternatives", "ld.so.cache", "ssl", "localtime")
UID = 1001


class ConfigError(Exception):
    """The container can't be made yet: `reason` as in .status.containerStatuses[].state.waiting."""

    def __init__(self, message, reason="CreateContainerConfigError"):
        super().__init__(message)
        self.reason = reason


def for_environment(obj):
    """Keys of a Secret, or of the text part of a ConfigMap, as variables can hold them."""
    data = contents(obj | {"binaryData": None}) if obj else {}
    for key, value in data.items():
        if b"\0" in value:
            raise ConfigError(f"the value of {key} in {obj['kind']} {obj['metadata']['name']} holds a NUL byte")
    return {key: value.decode(errors="surrogateescape") for key, value in data.items()}


def key_of(find, kind, namespace, reference):
    """The text of a secretKeyRef or configMapKeyRef, None when it is optional and absent."""
    name, key = reference["name"], reference["key"]
    word = {"secrets": "secret", "configmaps": "configmap"}[kind]
    obj = find(kind, namespace, name)
    data = for_environment(obj)
    if key in data:
        return data[key]
    if reference.get("optional"):
        return None
    if obj is None:
        raise ConfigError(f'{word} "{name}" not found')
    raise ConfigError(f"couldn't find key {key} in {word.replace('m', 'M', 1) if kind == 'configmaps' else 'Secret'} {namespace}/{name}")


def contents(obj):
    """Keys of a Secret or ConfigMap with their bytes."""
    if obj["kind"] == "Secret":
        return {k: base64.b64decode(v or "") for k, v in (obj.get("data") or {}).items()}
    plain = {k: v.encode() for k, v in (obj.get("data") or {}).items()}
    return plain | {k: base64.b64decode(v) for k, v in (obj.get("binaryData") or {}).items()}


def field_of(pod, address, path):
    metadata = pod["metadata"]
    entry = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if entry:
        return (metadata.get(entry[1]) or {}).get(entry[2], "")
    values = {"metadata.name": metadata["name"], "metadata.namespace": metadata["namespace"], "metadata.uid": metadata["uid"],
              "status.podIP": address, "status.hostIP": "10.0.0.10", "spec.nodeName": pod["spec"].get("nodeName", ""),
              "spec.serviceAccountName": pod["spec"].get("serviceAccountName", "default")}
    if path not in values:
        raise ConfigError(f"unsupported fieldPath {path}")
    return values[path]


def expand(text, env):
    """$(NAME) as the kubelet replaces it; $$(NAME) stays as $(NAME)."""
    return re.sub(r"\$\$|\$\(([A-Za-z_.\-][\w.\-]*)\)", lambda m: "$" if m[0] == "$$" else env.get(m[1], m[0]), text)


def environment(find, pod, spec, image, address):
    namespace = pod["metadata"]["namespace"]
    env = image.environment() | {"HOSTNAME": pod["metadata"]["name"], "KUBERNETES_PORT": "tcp://172.30.0.1:443"}
    for source in spec.get("envFrom") or []:
        for field, kind, word in (("configMapRef", "configmaps", "configmap"), ("secretRef", "secrets", "secret")):
            if field in source:
                obj = find(kind, namespace, source[field]["name"])
                if obj is None and not source[field].get("optional"):
                    raise ConfigError(f'{word} "{source[field]["name"]}" not found')
                env |= {source.get("prefix", "") + k: v for k, v in for_environment(obj).items()}
    for variable in spec.get("env") or []:
        origin = variable.get("valueFrom")
        if not origin:
            env[variable["name"]] = expand(variable.get("value") or "", env)
        elif "fieldRef" in origin:
            env[variable["name"]] = field_of(pod, address, origin["fieldRef"]["fieldPath"])
        elif "secretKeyRef" in origin or "configMapKeyRef" in origin:
            kind = "secrets" if "secretKeyRef" in origin else "configmaps"
            value = key_of(find, kind, namespace, origin.get("secretKeyRef") or origin["configMapKeyRef"])
            if value is not None:
                env[variable["name"]] = value
    return env


def command(spec, image, env):
    words = list(spec.get("command") or [])
    if not words:
        # Arguments without a command are the image's entrypoint's, which runs them as they are.
        words = ["container-entrypoint"] if spec.get("args") else image.command
    return [expand(w, env) for w in words + list(spec.get("args") or [])]


def write_files(directory, items, mode):
    directory.mkdir(parents=True, exist_ok=True, mode=0o755)
    for name, data in items.items():
        path = directory / name
        if not path.resolve().is_relative_to(directory.resolve()):
            raise ConfigError(f"the path {name} leaves the volume")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(mode | 0o440)


def _selected(find, namespace, kind, name, source):
    word = {"secrets": "secret", "configmaps": "configmap"}[kind]
    obj = find(kind, namespace, name)
    if obj is None:
        if source.get("optional"):
            return {}
        raise ConfigError(f'MountVolume.SetUp failed for volume: {word} "{name}" not found', "ContainerCreating")
    data = contents(obj)
    if not source.get("items"):
        return data
    missing = [i["key"] for i in source["items"] if i["key"] not in data]
    if missing and not source.get("optional"):
        raise ConfigError(f"MountVolume.SetUp failed for volume: references non-existent {word} key: {missing[0]}", "ContainerCreating")
    return {i["path"]: data[i["key"]] for i in source["items"] if i["key"] in data}


def prepare_volume(find, pod, volume, pod_directory, claim_directory):
    """(host directory, read-only) of a volume; makes the files of ConfigMaps and Secrets anew at every pod's start."""
    namespace, directory = pod["metadata"]["namespace"], pod_directory / "volumes" / volume["name"]
    if "persistentVolumeClaim" in volume:
        claim = volume["persistentVolumeClaim"]
        return claim_directory(namespace, claim["claimName"]), claim.get("readOnly", False)
    if "emptyDir" in volume:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o2777)
        return directory, False
    if "configMap" in volume:
        source = volume["configMap"]
        files = _selected(find, namespace, "configmaps", source["name"], source)
    elif "secret" in volume:
        source = volume["secret"]
        files = _selected(find, namespace, "secrets", source["secretName"], source)
    elif "projected" in volume:
        source, files = volume["projected"], {}
        for part in source.get("sources") or []:
            for field, kind in (("configMap", "configmaps"), ("secret", "secrets")):
                if field in part:
                    files |= _selected(find, namespace, kind, part[field]["name"], part[field])
    else:
        kinds = ", ".join(k for k in volume if k != "name")
        raise ConfigError(f'volume "{volume["name"]}" is of a kind that the sandbox does not have: {kinds}', "ContainerCreating")
    shutil.rmtree(directory, ignore_errors=True)
    write_files(directory, files, source.get("defaultMode", 0o644))
    return directory, True


def prepare_etc(directory, image, identity):
    """The container's own /etc; the hosts file in it is kept up to date by the kubelet. `identity` tells rake where it runs."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "passwd").write_text(f"root:x:0:0:root:/root:/bin/bash\n{image.user}:x:{UID}:0:,,,:{image.home}:/bin/bash\n")
    (directory / "group").write_text("root:x:0:\n")
    (directory / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
    (directory / "resolv.conf").write_text("")
    (directory / "hostname").write_text(identity["pod"] + "\n")
    (directory / "sandbox-pod").write_text(json.dumps(identity))
    (directory / "my.cnf").write_bytes((HERE / "programs/mysql/my.cnf").read_bytes())
    return directory


def bubblewrap(pod_name, netns, etc, layer, image, mounts, limits, rake_socket):
    """Arguments that make the container; `mounts`: (source, mountPath, read-only), `limits`: {writable path: bytes}."""
    argv = ["nsenter", f"--net={netns}", "bwrap", "--unshare-user", "--uid", str(UID), "--gid", "0", "--unshare-pid",
            "--unshare-ipc", "--unshare-uts", "--hostname", pod_name[:63], "--die-with-parent", "--as-pid-1", "--clearenv",
            "--ro-bind", "/usr", "/usr", "--proc", "/proc", "--dev", "/dev", "--symlink", "../run", "/var/run"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink(f"/{name}"):
            argv += ["--symlink", f"usr/{name}", f"/{name}"]
    argv += ["--bind", str(etc), "/etc"]
    for name in HOST_ETC:
        if os.path.exists(f"/etc/{name}"):
            argv += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    argv += ["--ro-bind", str(HERE), MOUNT]
    writable = {"/tmp": 0o1777, "/run": 0o775, "/var/tmp": 0o1777, **{p: 0o775 for p in image.writable}}
    for path, mode in writable.items():
        if path in limits:
            argv += ["--size", str(limits[path]), "--perms", f"{mode:o}", "--tmpfs", path]
            continue
        part = layer / path.strip("/").replace("/", "-")
        part.mkdir(parents=True, exist_ok=True)
        part.chmod(mode)
        if path in ("/var/lib/mysql", "/var/lib/pgsql", "/var/lib/redis"):
            (part / "data").mkdir(exist_ok=True)
        argv += ["--bind", str(part), path]
    argv += ["--dir", "/run/postgresql"]
    for path, target in image.links.items():
        argv += ["--symlink", target, path]
    for source, path, read_only in sorted(mounts, key=lambda m: m[1].rstrip("/").count("/")):
        argv += ["--ro-bind" if read_only else "--bind", str(source), path]
    if image.programs == "rails":
        argv += ["--ro-bind", str(rake_socket), "/run/rake.sock"]
    return [*argv, "--remount-ro", "/etc", "--remount-ro", "/", "--chdir", "/", "/usr/bin/python3", "-I", "-S", f"{MOUNT}/agent.py", "3"]
