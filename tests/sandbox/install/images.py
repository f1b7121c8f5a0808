"""Which image each workload runs, by release."""
import hashlib

REGISTRY = "registry.redhat.io/"

# 2.7: image stream -> (display name, component label, template parameter, image)
STREAMS = {
    "amp-backend": ("AMP backend", "backend", "AMP_BACKEND_IMAGE", "3scale-amp2/backend-rhel7:3scale2.7"),
    "amp-zync": ("AMP Zync", "zync", "AMP_ZYNC_IMAGE", "3scale-amp2/zync-rhel7:3scale2.7"),
    "amp-apicast": ("AMP APIcast", "apicast", "AMP_APICAST_IMAGE", "3scale-amp2/apicast-gateway-rhel7:3scale2.7"),
    "amp-system": ("AMP System", "system", "AMP_SYSTEM_IMAGE", "3scale-amp2/system-rhel7:3scale2.7"),
    "zync-database-postgresql": ("Zync database PostgreSQL", "system", "ZYNC_DATABASE_IMAGE", "rhscl/postgresql-10-rhel7"),
    "system-memcached": ("System Memcached", "system", "MEMCACHED_IMAGE", "3scale-amp2/memcached-rhel7:3scale2.7"),
    "system-mysql": ("System MySQL", "system", "SYSTEM_DATABASE_IMAGE", "rhscl/mysql-57-rhel7:5.7"),
    "backend-redis": ("Backend Redis", "backend", "REDIS_IMAGE", "rhscl/redis-32-rhel7:3.2"),
    "system-redis": ("System Redis", "system", "REDIS_IMAGE", "rhscl/redis-32-rhel7:3.2"),
}

# 2.15: the same roles without image streams, by digest.
MODERN = {
    "amp-backend": "3scale-amp2/backend-rhel8", "amp-zync": "3scale-amp2/zync-rhel9", "amp-apicast": "3scale-amp2/apicast-gateway-rhel8",
    "amp-system": "3scale-amp2/system-rhel8", "zync-database-postgresql": "rhel8/postgresql-10",
    "system-memcached": "3scale-amp2/memcached-rhel8", "system-mysql": "rhel8/mysql-80", "backend-redis": "rhel8/redis-6",
    "system-redis": "rhel8/redis-6", "system-searchd": "3scale-amp2/manticore-rhel9",
}


def image(stream, modern):
    if not modern:
        # The ImageChange trigger replaces it; the template really has a blank for the database of Zync.
        return " " if stream == "zync-database-postgresql" else stream + ":latest"
    name = MODERN[stream]
    return f"{REGISTRY}{name}@sha256:{hashlib.sha256(name.encode()).hexdigest()}"
