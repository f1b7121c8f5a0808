"""Secrets and ConfigMaps, with the exact contents of the releases."""
from .workloads import labels

REDIS_CONF = """protected-mode no

port 6379

timeout 0
tcp-keepalive 300

daemonize no
supervised no

loglevel notice

databases 16

save 900 1
save 300 10
save 60 10000

stop-writes-on-bgsave-error yes

rdbcompression yes
rdbchecksum yes

dbfilename dump.rdb

slave-serve-stale-data yes
slave-read-only yes

repl-diskless-sync no
repl-disable-tcp-nodelay no

appendonly yes
appendfilename "appendonly.aof"
appendfsync everysec
no-appendfsync-on-rewrite no
auto-aof-rewrite-percentage 100
auto-aof-rewrite-min-size 64mb
aof-load-truncated yes

lua-time-limit 5000

activerehashing no

aof-rewrite-incremental-fsync yes
dir /var/lib/redis/data
"""
REDIS_RENAMES = '\nrename-command REPLICAOF ""\nrename-command SLAVEOF ""\n'
MYSQL_MAIN = "!include /etc/my.cnf\n!includedir /etc/my-extra.d\n"
MYSQL_CHARSET = """[client]
default-character-set = utf8

[mysql]
default-character-set = utf8

[mysqld]
character-set-server = utf8
collation-server = utf8_unicode_ci
"""
MYSQL_PLUGIN = "[mysqld]\ndefault_authentication_plugin=mysql_native_password\n"
# Empty until the administrator fills it in: a ConfigMap in 2.7, a Secret later.
NO_MAIL = dict.fromkeys(("address", "authentication", "domain", "openssl.verify.mode", "password", "port", "username"), "")
ROLLING_UPDATES = "production: {}\n"
SERVICE_DISCOVERY = """production:
  enabled: <%= cluster_token_file_exists = File.exists?(cluster_token_file_path = '/var/run/secrets/kubernetes.io/serviceaccount/token') %>
  server_scheme: 'https'
  server_host: 'kubernetes.default.svc.cluster.local'
  server_port: 443
  bearer_token: "<%= File.read(cluster_token_file_path) if cluster_token_file_exists %>"
  authentication_method: service_account # can be service_account|oauth
  oauth_server_type: builtin # can be builtin|rh_sso
  client_id:
  client_secret:
  timeout: 1
  open_timeout: 1
  max_retry: 5
  verify_ssl: <%= OpenSSL::SSL::VERIFY_NONE %> # 0
"""
ZYNC_YML = """production:
  endpoint: 'http://zync:8080'
  authentication:
    token: "<%= ENV.fetch('ZYNC_AUTHENTICATION_TOKEN') %>"
  connect_timeout: 5
  send_timeout: 5
  receive_timeout: 10
  root_url:
"""


def config_map(name, data, component, element=None):
    return {"apiVersion": "v1", "data": data, "kind": "ConfigMap", "metadata": {"labels": labels(component, element), "name": name}}


def secret(name, data, component=None, element=None, type="Opaque"):
    meta = {"labels": labels(component, element), "name": name} if component else {"name": name}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": data, "type": type}


def config_maps(modern):
    environment = {
        "AMP_RELEASE": "${AMP_RELEASE}", "APICAST_REGISTRY_URL": "${APICAST_REGISTRY_URL}", "FORCE_SSL": "true", "PROVIDER_PLAN": "enterprise",
        "RAILS_ENV": "production", "RAILS_LOG_LEVEL": "info", "RAILS_LOG_TO_STDOUT": "true", "SSL_CERT_DIR": "/etc/pki/tls/certs",
        "THINKING_SPHINX_PORT": "9306", "THREESCALE_SANDBOX_PROXY_OPENSSL_VERIFY_MODE": "VERIFY_NONE",
        "THREESCALE_SUPERDOMAIN": "${WILDCARD_DOMAIN}"}
    extra = {"mysql-charset.cnf": MYSQL_CHARSET}
    if modern:
        del environment["AMP_RELEASE"]
        extra["mysql-default-authentication-plugin.cnf"] = MYSQL_PLUGIN
    maps = [
        config_map("redis-config", {"redis.conf": REDIS_CONF + (REDIS_RENAMES if modern else "")}, "system", "redis"),
        config_map("backend-environment", {"RACK_ENV": "production"}, "backend"),
        config_map("mysql-main-conf", {"my.cnf": MYSQL_MAIN}, "system", "mysql"),
        config_map("mysql-extra-conf", extra, "system", "mysql"),
        config_map("system", {"rolling_updates.yml": ROLLING_UPDATES, "service_discovery.yml": SERVICE_DISCOVERY, "zync.yml": ZYNC_YML}, "system"),
        config_map("system-environment", environment, "system"),
        config_map("apicast-environment", {"APICAST_MANAGEMENT_API": "${APICAST_MANAGEMENT_API}",
                                           "APICAST_RESPONSE_CODES": "${APICAST_RESPONSE_CODES}",
                                           "OPENSSL_VERIFY": "${APICAST_OPENSSL_VERIFY}"}, "apicast"),
    ]
    if not modern:
        maps.append(config_map("smtp", NO_MAIL, "system", "smtp"))
    return maps


def secrets(modern):
    redis_url = {"REDIS_QUEUES_SENTINEL_HOSTS": "", "REDIS_QUEUES_SENTINEL_ROLE": "", "REDIS_QUEUES_URL": "redis://backend-redis:6379/1",
                 "REDIS_STORAGE_SENTINEL_HOSTS": "", "REDIS_STORAGE_SENTINEL_ROLE": "", "REDIS_STORAGE_URL": "redis://backend-redis:6379/0"}
    system_redis = {"MESSAGE_BUS_NAMESPACE": "${SYSTEM_MESSAGE_BUS_REDIS_NAMESPACE}", "MESSAGE_BUS_SENTINEL_HOSTS": "",
                    "MESSAGE_BUS_SENTINEL_ROLE": "", "MESSAGE_BUS_URL": "${SYSTEM_MESSAGE_BUS_REDIS_URL}",
                    "NAMESPACE": "${SYSTEM_REDIS_NAMESPACE}", "SENTINEL_HOSTS": "", "SENTINEL_ROLE": "", "URL": "${SYSTEM_REDIS_URL}"}
    master_apicast = {"ACCESS_TOKEN": "${APICAST_ACCESS_TOKEN}", "BASE_URL": "http://${APICAST_ACCESS_TOKEN}@system-master:3000",
                      "PROXY_CONFIGS_ENDPOINT": "http://${APICAST_ACCESS_TOKEN}@system-master:3000/master/api/proxy/configs"}
    app = {"SECRET_KEY_BASE": "${SYSTEM_APP_SECRET_KEY_BASE}"}
    if modern:
        system_redis = {key: system_redis[key] for key in ("SENTINEL_HOSTS", "SENTINEL_ROLE", "URL")}
        del master_apicast["BASE_URL"]
        app["USER_SESSION_TTL"] = ""
    found = [
        secret("backend-redis", redis_url, "backend"),
        secret("system-redis", system_redis, "system"),
        secret("backend-internal-api", {"password": "${SYSTEM_BACKEND_PASSWORD}", "username": "${SYSTEM_BACKEND_USERNAME}"}, "backend"),
        secret("backend-listener", {"route_endpoint": "https://backend-${TENANT_NAME}.${WILDCARD_DOMAIN}",
                                    "service_endpoint": "http://backend-listener:3000"}, "backend"),
        secret("system-database", {"DB_PASSWORD": "${SYSTEM_DATABASE_PASSWORD}", "DB_USER": "${SYSTEM_DATABASE_USER}",
                                   "URL": "mysql2://root:${SYSTEM_DATABASE_ROOT_PASSWORD}@system-mysql/${SYSTEM_DATABASE}"}, "system"),
        secret("system-events-hook", {"PASSWORD": "${SYSTEM_BACKEND_SHARED_SECRET}", "URL": "http://system-master:3000/master/events/import"}, "system"),
        secret("system-master-apicast", master_apicast, "system"),
        secret("system-seed", {"ADMIN_ACCESS_TOKEN": "${ADMIN_ACCESS_TOKEN}", "ADMIN_EMAIL": "${ADMIN_EMAIL}", "ADMIN_PASSWORD": "${ADMIN_PASSWORD}",
                               "ADMIN_USER": "${ADMIN_USERNAME}", "MASTER_ACCESS_TOKEN": "${MASTER_ACCESS_TOKEN}", "MASTER_DOMAIN": "${MASTER_NAME}",
                               "MASTER_PASSWORD": "${MASTER_PASSWORD}", "MASTER_USER": "${MASTER_USER}", "TENANT_NAME": "${TENANT_NAME}"}, "system"),
        secret("system-recaptcha", {"PRIVATE_KEY": "${RECAPTCHA_PRIVATE_KEY}", "PUBLIC_KEY": "${RECAPTCHA_PUBLIC_KEY}"}, "system"),
        secret("system-app", app, "system"),
        secret("system-memcache", {"SERVERS": "system-memcache:11211"}, "system"),
        secret("zync", {"DATABASE_URL": "postgresql://zync:${ZYNC_DATABASE_PASSWORD}@zync-database:5432/zync_production",
                        "SECRET_KEY_BASE": "${ZYNC_SECRET_KEY_BASE}", "ZYNC_AUTHENTICATION_TOKEN": "${ZYNC_AUTHENTICATION_TOKEN}",
                        "ZYNC_DATABASE_PASSWORD": "${ZYNC_DATABASE_PASSWORD}"}, "zync"),
    ]
    if modern:
        found.append(secret("system-smtp", {**NO_MAIL, "from_address": ""}, "system", "smtp"))
    return found
