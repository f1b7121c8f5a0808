"""The disaster by hand: what `destroy` does to one component. Always in the store itself, never through Scalekeep."""
import os

from . import bring_up
from .errors import SandboxError


def _run(home, i, workload, container, *command):
    """Run a command in a workload's container; its output goes to the log of the sandbox."""
    pod = bring_up.pod_of(home, i, workload)
    null = os.open(os.devnull, os.O_RDONLY)
    with open(home.path / "destroy.log", "ab") as log:
        code = home.exec(i.cluster, i.namespace, pod, container, list(command), null, log.fileno(), log.fileno())
    os.close(null)
    if code:
        raise SandboxError(f"Destroying {workload} of {i.name} ended with exit code {code}; see destroy.log in {home.path}.")


def mysql(home, i):
    _run(home, i, "system-mysql", "system-mysql", "mysql", "-uroot", "-e", "DROP DATABASE IF EXISTS system")


def zync(home, i):
    _run(home, i, "zync-database", "postgresql", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", "zync_production",
         "-c", "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION zync")


def redis(name):
    return lambda home, i: _run(home, i, name, name, "redis-cli", "FLUSHALL")


def storage(home, i):
    bring_up.clean(home.path / "kubelet" / i.cluster / "volumes" / i.namespace / "system-storage")


def objects(*kinds):
    def remove(home, i):
        for kind in kinds:
            home.call("remove", cluster=i.cluster, namespace=i.namespace, kind=kind)
    return remove


COMPONENTS = {"system-mysql": mysql, "zync-database": zync, "backend-redis": redis("backend-redis"), "system-redis": redis("system-redis"),
              "system-storage": storage, "secrets": objects("secrets"), "configmaps": objects("configmaps"), "routes": objects("routes")}


def destroy(home, i, component):
    COMPONENTS[component](home, i)
