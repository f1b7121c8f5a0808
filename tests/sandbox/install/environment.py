"""Environment of the containers: which variable comes from which Secret or ConfigMap."""


def value(name, text):
    return {"name": name, "value": text}


def secret(name, source, key):
    return {"name": name, "valueFrom": {"secretKeyRef": {"key": key, "name": source}}}


def config(name, source, key):
    return {"name": name, "valueFrom": {"configMapKeyRef": {"key": key, "name": source}}}


def field(name, path):
    return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}


def backend():
    """Common to listener, worker and cron."""
    keys = (("CONFIG_REDIS_PROXY", "REDIS_STORAGE_URL"), ("CONFIG_REDIS_SENTINEL_HOSTS", "REDIS_STORAGE_SENTINEL_HOSTS"),
            ("CONFIG_REDIS_SENTINEL_ROLE", "REDIS_STORAGE_SENTINEL_ROLE"), ("CONFIG_QUEUES_MASTER_NAME", "REDIS_QUEUES_URL"),
            ("CONFIG_QUEUES_SENTINEL_HOSTS", "REDIS_QUEUES_SENTINEL_HOSTS"), ("CONFIG_QUEUES_SENTINEL_ROLE", "REDIS_QUEUES_SENTINEL_ROLE"))
    return [secret(name, "backend-redis", key) for name, key in keys] + [config("RACK_ENV", "backend-environment", "RACK_ENV")]


def system_redis(message_bus):
    env = [secret("REDIS_URL", "system-redis", "URL"), secret("REDIS_NAMESPACE", "system-redis", "NAMESPACE"),
           secret("REDIS_SENTINEL_HOSTS", "system-redis", "SENTINEL_HOSTS"), secret("REDIS_SENTINEL_ROLE", "system-redis", "SENTINEL_ROLE")]
    if message_bus:
        env += [secret("MESSAGE_BUS_REDIS_" + key, "system-redis", "MESSAGE_BUS_" + key)
                for key in ("URL", "NAMESPACE", "SENTINEL_HOSTS", "SENTINEL_ROLE")]
    else:
        # 2.15 dropped the namespace and the separate message bus.
        env = [e for e in env if e["name"] != "REDIS_NAMESPACE"]
    return env


SYSTEM_ENVIRONMENT_KEYS = ("APICAST_REGISTRY_URL", "FORCE_SSL", "PROVIDER_PLAN", "RAILS_ENV", "RAILS_LOG_LEVEL", "RAILS_LOG_TO_STDOUT",
                           "SSL_CERT_DIR", "THINKING_SPHINX_PORT", "THREESCALE_SANDBOX_PROXY_OPENSSL_VERIFY_MODE", "THREESCALE_SUPERDOMAIN")
SMTP_KEYS = (("SMTP_ADDRESS", "address"), ("SMTP_USER_NAME", "username"), ("SMTP_PASSWORD", "password"), ("SMTP_DOMAIN", "domain"),
             ("SMTP_PORT", "port"), ("SMTP_AUTHENTICATION", "authentication"), ("SMTP_OPENSSL_VERIFY_MODE", "openssl.verify.mode"))


def system(modern):
    """Base environment of system-app and system-sidekiq; `modern` is 2.15 (searchd, Secret system-smtp)."""
    keys = SYSTEM_ENVIRONMENT_KEYS if modern else ("AMP_RELEASE",) + SYSTEM_ENVIRONMENT_KEYS
    env = [config(key, "system-environment", key) for key in keys]
    env += [secret("DATABASE_URL", "system-database", "URL")]
    env += [secret(name, "system-seed", key) for name, key in (
        ("MASTER_DOMAIN", "MASTER_DOMAIN"), ("MASTER_USER", "MASTER_USER"), ("MASTER_PASSWORD", "MASTER_PASSWORD"),
        ("ADMIN_ACCESS_TOKEN", "ADMIN_ACCESS_TOKEN"), ("USER_LOGIN", "ADMIN_USER"), ("USER_PASSWORD", "ADMIN_PASSWORD"),
        ("USER_EMAIL", "ADMIN_EMAIL"), ("TENANT_NAME", "TENANT_NAME"))]
    env += [value("THINKING_SPHINX_ADDRESS", "system-searchd" if modern else "system-sphinx"),
            value("THINKING_SPHINX_CONFIGURATION_FILE", "/tmp/sphinx.conf"),
            secret("EVENTS_SHARED_SECRET", "system-events-hook", "PASSWORD"),
            secret("RECAPTCHA_PUBLIC_KEY", "system-recaptcha", "PUBLIC_KEY"),
            secret("RECAPTCHA_PRIVATE_KEY", "system-recaptcha", "PRIVATE_KEY"),
            secret("SECRET_KEY_BASE", "system-app", "SECRET_KEY_BASE"),
            secret("MEMCACHE_SERVERS", "system-memcache", "SERVERS")]
    env += system_redis(message_bus=not modern)
    env += [secret("BACKEND_REDIS_" + name, "backend-redis", "REDIS_STORAGE_" + name) for name in ("URL", "SENTINEL_HOSTS", "SENTINEL_ROLE")]
    env += [secret("APICAST_BACKEND_ROOT_ENDPOINT", "backend-listener", "route_endpoint"),
            secret("BACKEND_ROUTE", "backend-listener", "route_endpoint")]
    env += [secret(name, "system-smtp", key) if modern else config(name, "smtp", key) for name, key in SMTP_KEYS]
    env += [secret("APICAST_ACCESS_TOKEN", "system-master-apicast", "ACCESS_TOKEN"),
            secret("ZYNC_AUTHENTICATION_TOKEN", "zync", "ZYNC_AUTHENTICATION_TOKEN"),
            secret("CONFIG_INTERNAL_API_USER", "backend-internal-api", "username"),
            secret("CONFIG_INTERNAL_API_PASSWORD", "backend-internal-api", "password")]
    return env


def search(modern):
    """Of system-sphinx; searchd (2.15) needs none."""
    if modern:
        return []
    return [config("RAILS_ENV", "system-environment", "RAILS_ENV"), secret("DATABASE_URL", "system-database", "URL"),
            value("THINKING_SPHINX_ADDRESS", "0.0.0.0"), value("THINKING_SPHINX_CONFIGURATION_FILE", "db/sphinx/production.conf"),
            value("THINKING_SPHINX_PID_FILE", "db/sphinx/searchd.pid"), value("DELTA_INDEX_INTERVAL", "5"),
            value("FULL_REINDEX_INTERVAL", "60")] + system_redis(message_bus=True)


def zync():
    return [value("RAILS_LOG_TO_STDOUT", "true"), value("RAILS_ENV", "production"), secret("DATABASE_URL", "zync", "DATABASE_URL"),
            secret("SECRET_KEY_BASE", "zync", "SECRET_KEY_BASE"), secret("ZYNC_AUTHENTICATION_TOKEN", "zync", "ZYNC_AUTHENTICATION_TOKEN"),
            field("POD_NAME", "metadata.name"), field("POD_NAMESPACE", "metadata.namespace")]


def apicast(staging):
    return [secret("THREESCALE_PORTAL_ENDPOINT", "system-master-apicast", "PROXY_CONFIGS_ENDPOINT"),
            secret("BACKEND_ENDPOINT_OVERRIDE", "backend-listener", "service_endpoint"),
            config("APICAST_MANAGEMENT_API", "apicast-environment", "APICAST_MANAGEMENT_API"),
            config("OPENSSL_VERIFY", "apicast-environment", "OPENSSL_VERIFY"),
            config("APICAST_RESPONSE_CODES", "apicast-environment", "APICAST_RESPONSE_CODES"),
            value("APICAST_CONFIGURATION_LOADER", "lazy" if staging else "boot"),
            value("APICAST_CONFIGURATION_CACHE", "0" if staging else "300"),
            value("THREESCALE_DEPLOYMENT_ENV", "staging" if staging else "production")]
