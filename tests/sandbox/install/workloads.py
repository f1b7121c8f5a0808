"""The 15 workloads: pods, and the DeploymentConfigs (2.7) or Deployments (2.15) around them."""
from . import environment as env
from .images import image

APP = "${APP_LABEL}"
CURL_MASTER = ("until $(curl --output /dev/null --silent --fail --head http://system-master:3000/status); "
               "do sleep $SLEEP_SECONDS; done")
SLEEP = env.value("SLEEP_SECONDS", "1")
PRE_2_7 = ('bundle exec rake boot openshift:deploy MASTER_ACCESS_TOKEN="${MASTER_ACCESS_TOKEN}" && bundle exec rake '
           "services:create_backend_apis services:update_metric_owners proxy:update_proxy_rule_owners")
POST = "bundle exec rake boot openshift:post_deploy"


def labels(component=None, element=None):
    found = {"app": APP}
    if component:
        found["threescale_component"] = component
    if element:
        found["threescale_component_element"] = element
    return found


def resources(cpu=None, memory=None, cpu_limit=None, memory_limit=None):
    keep = lambda **values: {k: v for k, v in values.items() if v}
    return {"limits": keep(cpu=cpu_limit, memory=memory_limit), "requests": keep(cpu=cpu, memory=memory)}


def tcp(port, delay, period, **more):
    return {"initialDelaySeconds": delay, "periodSeconds": period, "tcpSocket": {"port": port}, **more}


def http(path, port, delay, **more):
    return {"httpGet": {"path": path, "port": port}, "initialDelaySeconds": delay, "timeoutSeconds": 5, **more}


def command(argv, delay, period, timeout):
    return {"exec": {"command": argv}, "initialDelaySeconds": delay, "periodSeconds": period, "timeoutSeconds": timeout}


def port(number, name=None):
    return {"containerPort": number, "protocol": "TCP", **({"name": name} if name else {})}


def claim(name):
    return {"name": name, "persistentVolumeClaim": {"claimName": name}}


def config_volume(name, source, *keys):
    items = {"items": [{"key": key, "path": key} for key in keys]} if keys else {}
    return {"configMap": {"name": source, **items}, "name": name}


def mount(path, name, **more):
    return {"mountPath": path, "name": name, **more}


class Workload:
    """One workload in both forms. `init`: name, command and environment of its init container."""

    def __init__(self, name, component, element, stream, containers, volumes=(), init=None, recreate=False, timeout=600,
                 annotations=None, pod_annotations=None, account="amp", pod_component=True, pre=None, post=None):
        self.name, self.stream, self.recreate, self.timeout = name, stream, recreate, timeout
        self.labels = labels(component, element)
        self.pod_labels = labels(component, element) if pod_component else labels()
        self.annotations, self.pod_annotations = annotations, pod_annotations
        self.pre, self.post = pre, post
        self.containers, self.init, self.volumes, self.account = containers, init, list(volumes), account

    def pod(self, modern):
        ref = image(self.stream, modern)
        containers = []
        for container in self.containers:
            containers.append({"image": ref, "imagePullPolicy": "IfNotPresent", **container})
        spec = {"containers": containers, "serviceAccountName": self.account}
        if self.init:
            spec["initContainers"] = [{"image": ref, "resources": {}, **self.init}]
        if self.volumes:
            spec["volumes"] = self.volumes
        return spec

    def template(self, selector, modern):
        meta = {"labels": {**self.pod_labels, selector: self.name}}
        if self.pod_annotations:
            meta["annotations"] = dict(self.pod_annotations)
        return {"metadata": meta, "spec": self.pod(modern)}

    def metadata(self):
        return {"labels": dict(self.labels), "name": self.name, **({"annotations": dict(self.annotations)} if self.annotations else {})}

    def deployment_config(self):
        if self.recreate:
            strategy = {"resources": {}, "type": "Recreate"}
        else:
            rolling = {"intervalSeconds": 1, "maxSurge": "25%", "maxUnavailable": "25%", "timeoutSeconds": self.timeout, "updatePeriodSeconds": 1}
            if self.pre:
                rolling["pre"] = {"execNewPod": {"command": ["bash", "-c", self.pre], "containerName": "system-master",
                                                 "env": self.containers[0]["env"], "volumes": ["system-storage"]}, "failurePolicy": "Retry"}
                rolling["post"] = {"execNewPod": {"command": ["bash", "-c", self.post], "containerName": "system-master"}, "failurePolicy": "Abort"}
            strategy = {"resources": {}, "rollingParams": rolling, "type": "Rolling"}
        names = [c["name"] for c in ([self.init] if self.init else []) + self.containers]
        triggers = [{"type": "ConfigChange"},
                    {"imageChangeParams": {"automatic": True, "containerNames": names,
                                           "from": {"kind": "ImageStreamTag", "name": self.stream + ":${AMP_RELEASE}"}}, "type": "ImageChange"}]
        return {"apiVersion": "apps.openshift.io/v1", "kind": "DeploymentConfig", "metadata": self.metadata(),
                "spec": {"replicas": 1, "selector": {"deploymentConfig": self.name}, "strategy": strategy,
                         "template": self.template("deploymentConfig", False), "test": False, "triggers": triggers}}

    def deployment(self):
        if self.recreate:
            strategy = {"type": "Recreate"}
        else:
            strategy = {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": self.metadata(),
                "spec": {"replicas": 1, "selector": {"matchLabels": {"deployment": self.name}}, "strategy": strategy,
                         "template": self.template("deployment", True)}}


def redis(name, component, modern):
    binary = "/usr/bin/redis-server" if modern else "/opt/rh/rh-redis32/root/usr/bin/redis-server"
    backend = component == "backend"
    probe = command(["container-entrypoint", "bash", "-c", 'redis-cli set liveness-probe "`date`" | grep OK'],
                    10 if backend else 30, 30 if backend else 10, 1 if backend else 5)
    container = {"args": ["/etc/redis.d/redis.conf", "--daemonize", "no"], "command": [binary], "name": name,
                 "livenessProbe": tcp(6379, 10, 10 if backend else 5), "readinessProbe": probe,
                 "resources": resources("1", "1Gi", "2", "32Gi") if backend else resources("150m", "256Mi", "500m", "32Gi"),
                 "volumeMounts": [mount("/var/lib/redis/data", name + "-storage"), mount("/etc/redis.d/", "redis-config")]}
    return Workload(name, component, "redis", name, [container], recreate=True,
                    volumes=[claim(name + "-storage"), config_volume("redis-config", "redis-config", "redis.conf")])


def mysql():
    # The root password really is a literal here: the template and the operator both write it so.
    container = {"name": "system-mysql", "ports": [port(3306)],
                 "env": [env.secret("MYSQL_USER", "system-database", "DB_USER"), env.secret("MYSQL_PASSWORD", "system-database", "DB_PASSWORD"),
                         env.value("MYSQL_DATABASE", "${SYSTEM_DATABASE}"), env.value("MYSQL_ROOT_PASSWORD", "${SYSTEM_DATABASE_ROOT_PASSWORD}"),
                         env.value("MYSQL_LOWER_CASE_TABLE_NAMES", "1"), env.value("MYSQL_DEFAULTS_FILE", "/etc/my-extra/my.cnf")],
                 "livenessProbe": tcp(3306, 30, 10),
                 "readinessProbe": command(["/bin/sh", "-i", "-c", 'MYSQL_PWD="$MYSQL_PASSWORD" mysql -h 127.0.0.1 -u $MYSQL_USER '
                                            "-D $MYSQL_DATABASE -e 'SELECT 1'"], 10, 30, 5),
                 "resources": resources("250m", "512Mi", None, "2Gi"),
                 "volumeMounts": [mount("/var/lib/mysql/data", "mysql-storage"), mount("/etc/my-extra.d", "mysql-extra-conf"),
                                  mount("/etc/my-extra", "mysql-main-conf")]}
    return Workload("system-mysql", "system", "mysql", "system-mysql", [container], recreate=True,
                    volumes=[claim("mysql-storage"), config_volume("mysql-extra-conf", "mysql-extra-conf"),
                             config_volume("mysql-main-conf", "mysql-main-conf")])


def backend(element, args, extra, timeout, requests, waits=True, **container):
    name = "backend-" + element
    init = {"command": ["/opt/app/entrypoint.sh", "sh", "-c", "until rake connectivity:redis_storage_queue_check; do sleep $SLEEP_SECONDS; done"],
            "env": env.backend() + [SLEEP], "name": "backend-redis-svc"}
    return Workload(name, "backend", element, "amp-backend", [{"args": args, "env": env.backend() + extra, "name": name,
                    "resources": requests, **container}], init=init if waits else None, timeout=timeout)


def system_app(modern):
    containers = []
    for mode, number in (("master", 3002), ("provider", 3000), ("developer", 3001)):
        tenant_mode = [] if mode == "developer" else ["TENANT_MODE=" + mode]
        check = {"failureThreshold": 10, "initialDelaySeconds": 60, "periodSeconds": 30, "timeoutSeconds": 10,
                 "httpGet": {"httpHeaders": [{"name": "X-Forwarded-Proto", "value": "https"}], "path": "/check.txt", "port": mode, "scheme": "HTTP"}}
        storage = mount("/opt/system/public/system", "system-storage", **({"readOnly": True} if mode == "developer" else {}))
        containers.append({"args": ["env", *tenant_mode, f"PORT={number}", "container-entrypoint", "bundle", "exec", "unicorn", "-c", "config/unicorn.rb"],
                           "env": env.system(modern), "name": "system-" + mode, "ports": [port(number, mode)],
                           "livenessProbe": tcp(mode, 40, 10, failureThreshold=40, timeoutSeconds=10), "readinessProbe": check,
                           "resources": resources("50m", "600Mi", "1", "800Mi"),
                           "volumeMounts": [storage, mount("/opt/system-extra-configs", "system-config")]})
    return Workload("system-app", "system", "app", "amp-system", containers, timeout=1200, volumes=[claim("system-storage"), SYSTEM_CONFIG],
                    pre=PRE_2_7, post=POST)


SYSTEM_CONFIG = config_volume("system-config", "system", "zync.yml", "rolling_updates.yml", "service_discovery.yml")


def sidekiq(modern):
    container = {"args": ["rake", "sidekiq:worker", "RAILS_MAX_THREADS=25"], "env": env.system(modern), "name": "system-sidekiq",
                 "resources": resources("100m", "500Mi", "1", "2Gi"),
                 "volumeMounts": [mount("/opt/system/public/system", "system-storage"), mount("/tmp", "system-tmp"),
                                  mount("/opt/system-extra-configs", "system-config")]}
    init = {"command": ["sh", "-c", CURL_MASTER], "env": env.system_redis(not modern) + [SLEEP], "name": "check-svc"}
    return Workload("system-sidekiq", "system", "sidekiq", "amp-system", [container], init=init, timeout=1200,
                    volumes=[{"emptyDir": {"medium": "Memory"}, "name": "system-tmp"}, claim("system-storage"), SYSTEM_CONFIG])


def search(modern):
    if modern:
        container = {"name": "system-searchd", "livenessProbe": tcp(9306, 60, 10), "readinessProbe": tcp(9306, 30, 30),
                     "resources": resources("80m", "250Mi", "1", "512Mi"), "volumeMounts": [mount("/var/lib/searchd", "system-searchd-database")]}
        volume = {"name": "system-searchd-database", "persistentVolumeClaim": {"claimName": "system-searchd-manticore"}}
        return Workload("system-searchd", "system", "searchd", "system-searchd", [container], recreate=True, volumes=[volume])
    container = {"args": ["rake", "openshift:thinking_sphinx:start"], "env": env.search(modern), "name": "system-sphinx",
                 "livenessProbe": tcp(9306, 60, 10), "resources": resources("80m", "250Mi", "1", "512Mi"),
                 "volumeMounts": [mount("/opt/system/db/sphinx", "system-sphinx-database")]}
    init = {"command": ["sh", "-c", CURL_MASTER], "env": [SLEEP], "name": "system-master-svc"}
    return Workload("system-sphinx", "system", "sphinx", "amp-system", [container], init=init, timeout=1200,
                    volumes=[{"emptyDir": {}, "name": "system-sphinx-database"}])


def memcache():
    container = {"command": ["memcached", "-m", "64"], "name": "memcache", "ports": [port(11211)], "livenessProbe": tcp(11211, 10, 10),
                 "readinessProbe": command(["sh", "-c", "echo version | nc $HOSTNAME 11211 | grep VERSION"], 10, 30, 5),
                 "resources": resources("50m", "64Mi", "250m", "96Mi")}
    return Workload("system-memcache", "system", "memcache", "system-memcached", [container])


def zync():
    container = {"env": env.zync(), "name": "zync", "ports": [port(8080)], "livenessProbe": http("/status/live", 8080, 10),
                 "readinessProbe": http("/status/ready", 8080, 100), "resources": resources("150m", "250M", "1", "512Mi")}
    init = {"command": ["bash", "-c", 'bundle exec sh -c "until rake boot:db; do sleep $SLEEP_SECONDS; done"'],
            "env": [SLEEP, env.secret("DATABASE_URL", "zync", "DATABASE_URL")], "name": "zync-db-svc"}
    return Workload("zync", "zync", None, "amp-zync", [container], init=init,
                    annotations={"prometheus.io/port": "9393", "prometheus.io/scrape": "true"})


def zync_que():
    container = {"args": ["-c", "bundle exec rake 'que[--worker-count 10]'"], "command": ["/usr/bin/bash"], "env": env.zync(), "name": "que",
                 "imagePullPolicy": "Always", "ports": [port(9394, "metrics")], "livenessProbe": http("/metrics", 9394, 10),
                 "resources": resources("250m", "250M", "1", "512Mi")}
    return Workload("zync-que", "zync", None, "amp-zync", [container], account="zync-que-sa", pod_component=False,
                    pod_annotations={"prometheus.io/port": "9394", "prometheus.io/scrape": "true"})


def zync_database():
    container = {"name": "postgresql", "ports": [port(5432)],
                 "env": [env.value("POSTGRESQL_USER", "zync"), env.secret("POSTGRESQL_PASSWORD", "zync", "ZYNC_DATABASE_PASSWORD"),
                         env.value("POSTGRESQL_DATABASE", "zync_production")],
                 "livenessProbe": tcp(5432, 30, 10),
                 "readinessProbe": command(["/bin/sh", "-i", "-c", "psql -h 127.0.0.1 -U zync -q -d zync_production -c 'SELECT 1'"], 5, 10, 1),
                 "resources": resources("50m", "250M", "250m", "2G"), "volumeMounts": [mount("/var/lib/pgsql/data", "zync-database-data")]}
    return Workload("zync-database", "zync", "database", "zync-database-postgresql", [container], recreate=True,
                    volumes=[{"emptyDir": {}, "name": "zync-database-data"}])


def apicast(element):
    staging = element == "staging"
    name = "apicast-" + element
    container = {"env": env.apicast(staging), "name": name, "ports": [port(8080), port(8090), port(9421, "metrics")],
                 "livenessProbe": http("/status/live", 8090, 10, periodSeconds=10), "readinessProbe": http("/status/ready", 8090, 15, periodSeconds=30),
                 "resources": resources("50m", "64Mi", "100m", "128Mi") if staging else resources("500m", "64Mi", "1", "128Mi")}
    init = {"command": ["sh", "-c", CURL_MASTER], "env": [SLEEP], "name": "system-master-svc"}
    return Workload(name, "apicast", element, "amp-apicast", [container], init=None if staging else init, timeout=1800,
                    pod_annotations={"prometheus.io/port": "9421", "prometheus.io/scrape": "true"})


def workloads(modern):
    listener = [env.value("PUMA_WORKERS", "16"), env.secret("CONFIG_INTERNAL_API_USER", "backend-internal-api", "username"),
                env.secret("CONFIG_INTERNAL_API_PASSWORD", "backend-internal-api", "password")]
    worker = [env.secret("CONFIG_EVENTS_HOOK", "system-events-hook", "URL"),
              env.secret("CONFIG_EVENTS_HOOK_SHARED_SECRET", "system-events-hook", "PASSWORD")]
    return [
        redis("backend-redis", "backend", modern), redis("system-redis", "system", modern),
        backend("cron", ["backend-cron"], [], 1200, resources("50m", "40Mi", "150m", "80Mi")),
        backend("listener", ["bin/3scale_backend", "start", "-e", "production", "-p", "3000", "-x", "/dev/stdout"], listener, 600,
                resources("500m", "550Mi", "1", "700Mi"), waits=False, ports=[port(3000)], livenessProbe=tcp(3000, 30, 10),
                readinessProbe=http("/status", 3000, 30)),
        backend("worker", ["bin/3scale_backend_worker", "run"], worker, 1200, resources("150m", "50Mi", "1", "300Mi")),
        mysql(), memcache(), system_app(modern), sidekiq(modern), search(modern),
        zync(), zync_que(), zync_database(), apicast("staging"), apicast("production"),
    ]


def hook_jobs():
    """2.15: what the DeploymentConfig's hooks were, as Jobs that the operator runs around a change of system-app."""
    app = system_app(True)
    jobs = []
    for name, script in (("system-app-pre", "bundle exec rake boot openshift:deploy"), ("system-app-post", POST)):
        container = {"args": ["bash", "-c", script], "image": image("amp-system", True), "imagePullPolicy": "IfNotPresent", "name": name,
                     "env": env.system(True) + [env.secret("MASTER_ACCESS_TOKEN", "system-seed", "MASTER_ACCESS_TOKEN")]}
        if name == "system-app-pre":
            container["volumeMounts"] = [mount("/opt/system/public/system", "system-storage")]
        spec = {"containers": [container], "restartPolicy": "Never", "serviceAccountName": "amp"}
        if name == "system-app-pre":
            spec["volumes"] = [claim("system-storage")]
        jobs.append({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"labels": dict(app.labels), "name": name},
                     "spec": {"backoffLimit": 6, "completions": 1, "template": {"spec": spec}}})
    return jobs
