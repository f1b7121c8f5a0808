"""Sections 6.5.1 to 6.5.6 of the documentation as one shell script, one command after the other, as an administrator would type them.

Two departures, as the stand-in for `oc` has neither `rsync` nor `cp`: system-storage comes as `tar` through `oc exec`, which is what
`oc rsync` without a local rsync and `oc cp` do themselves, and dump.rdb through `cat`. The dump is of today's memory only if the server has
just saved; the documentation doesn't ask for that, and neither does this script.
"""

# Without system-smtp, which the text names as well: 2.7 has a configmap `smtp` instead.
SECRETS = ("system-seed", "system-database", "backend-internal-api", "system-events-hook", "system-app", "system-recaptcha",
           "system-redis", "zync", "system-master-apicast")
CONFIGMAPS = ("system-environment", "apicast-environment")

SCRIPT = r"""
set -euo pipefail
oc() { "$SCALEKEEP_OC" --kubeconfig="$KUBECONFIG_FILE" -n "$NAMESPACE" "$@"; }
pod() { oc get pods -l "deploymentConfig=$1" -o json | /usr/bin/python3 -c 'import json,sys; print(json.load(sys.stdin)["items"][0]["metadata"]["name"])'; }
cd "$OUTPUT"
oc rsh "$(pod system-mysql)" bash -c 'export MYSQL_PWD=${MYSQL_ROOT_PASSWORD}; mysqldump --single-transaction -hsystem-mysql -uroot system' | gzip > system-mysql-backup.gz
mkdir system
oc exec "$(pod system-app)" -c system-master -- tar -C /opt/system/public/system -cf - . | { tar -C system -xf -; cat > rest; }
oc exec "$(pod backend-redis)" -- cat /var/lib/redis/data/dump.rdb > backend-redis-dump.rdb
oc exec "$(pod system-redis)" -- cat /var/lib/redis/data/dump.rdb > system-redis-dump.rdb
oc rsh "$(pod zync-database)" bash -c 'pg_dump zync_production' | gzip > zync-database-backup.gz
for name in $SECRETS; do oc get secrets "$name" -o json > "secret-$name.json"; done
for name in $CONFIGMAPS; do oc get configmaps "$name" -o json > "configmap-$name.json"; done
"""


def command():
    return ["bash", "-c", SCRIPT]


def environment(sandbox, output):
    cluster, _, namespace = sandbox.target.partition("/")
    return sandbox.environment | {"OUTPUT": str(output), "NAMESPACE": namespace, "KUBECONFIG_FILE": sandbox.environment[f"SANDBOX_{cluster.upper()}_KUBECONFIG"],
                                  "SECRETS": " ".join(SECRETS), "CONFIGMAPS": " ".join(CONFIGMAPS)}
