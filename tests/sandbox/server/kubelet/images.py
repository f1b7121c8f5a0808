"""What the sandbox has in place of each container image: default command, environment, writable paths."""
import re
from dataclasses import dataclass, field

# Where this folder's programs appear in every container, and where the daemon's socket for rake does.
MOUNT = "/opt/sandbox"
BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
POSTGRESQL_BIN = "/usr/lib/postgresql/15/bin"


@dataclass
class Image:
    """`programs`: a folder of ours that goes first on the PATH. `serve`: the agent answers on the container's ports (and on
    `ports`) in place of a server that is not here."""
    command: list = field(default_factory=list)
    env: dict = field(default_factory=dict)
    home: str = "/"
    workdir: str = "/"
    path: str = ""
    programs: str = ""
    writable: tuple = ()
    links: dict = field(default_factory=dict)
    user: str = "default"
    serve: bool = False
    ports: tuple = ()

    def environment(self):
        first = [f"{MOUNT}/programs/{self.programs}"] if self.programs else []
        path = ":".join(first + ([self.path] if self.path else []) + [BASE_PATH])
        return {"PATH": path, "HOME": self.home, **self.env}


_REDIS_LINKS = {f"/opt/rh/rh-redis32/root/usr/bin/{p}": f"/usr/bin/{p}" for p in ("redis-server", "redis-cli", "redis-check-aof")}
_MYSQL_LINKS = {f"/opt/rh/rh-mysql57/root/usr/bin/{p}": f"/usr/bin/{p}" for p in ("mysql", "mysqldump", "mysqladmin")}
_RAILS = f"{MOUNT}/programs/rails/"
_BACKEND_LINKS = {"/opt/app/entrypoint.sh": _RAILS + "container-entrypoint", "/opt/ruby/src/bin/3scale_backend": _RAILS + "server",
                  "/opt/ruby/src/bin/3scale_backend_worker": _RAILS + "server"}

# The first pattern found in the image's name decides.
IMAGES = [
    (r"mysql|mariadb", Image(
        command=["container-entrypoint", "run-mysqld"], programs="mysql", home="/var/lib/mysql", workdir="/var/lib/mysql",
        user="mysql", links=_MYSQL_LINKS, writable=("/var/lib/mysql",),
        env={"MYSQL_VERSION": "5.7", "APP_DATA": "/opt/app-root/src"})),
    (r"postgres", Image(
        command=["container-entrypoint", "run-postgresql"], programs="postgresql", home="/var/lib/pgsql", workdir="/var/lib/pgsql",
        user="postgres", path=POSTGRESQL_BIN, writable=("/var/lib/pgsql",),
        env={"PGUSER": "postgres", "POSTGRESQL_VERSION": "10", "APP_DATA": "/opt/app-root"})),
    (r"redis", Image(
        command=["container-entrypoint", "redis-server", "--dir", "/var/lib/redis/data"], programs="common", home="/var/lib/redis",
        workdir="/var/lib/redis", user="redis", links=_REDIS_LINKS, writable=("/var/lib/redis",), env={"REDIS_VERSION": "3.2"})),
    (r"operator", Image(command=["manager"], programs="operator", serve=True)),
    (r"deployer|-cli", Image(command=["sleep", "infinity"], programs="common")),
    (r"memcache", Image(command=["memcached"], programs="memcached", serve=True)),
    (r"searchd|manticore", Image(command=["sleep", "infinity"], programs="common", serve=True, ports=(9306,),
                                 home="/var/lib/searchd", writable=("/var/lib/searchd",))),
    (r"apicast", Image(command=["sleep", "infinity"], serve=True, programs="common", home="/opt/app-root/src")),
    (r"zync", Image(command=["server"], programs="rails", serve=True, home="/opt/app-root/src", workdir="/opt/app-root/src",
                    env={"RAILS_ENV": "production"}, writable=("/opt/app-root/src",))),
    (r"backend|apisonator", Image(command=["server"], programs="rails", serve=True, home="/home/ruby", workdir="/opt/ruby/src",
                                  links=_BACKEND_LINKS, writable=("/home/ruby", "/opt/ruby/src"))),
    (r"system|porta", Image(command=["server"], programs="rails", serve=True, home="/opt/system", workdir="/opt/system",
                            env={"RAILS_ENV": "production"}, writable=("/opt/system",))),
]
OTHER = Image(command=["sleep", "infinity"], programs="common")


def image_of(name, container=""):
    """By the repository of the image; an image named by digest only (an unresolved trigger) by the container's name."""
    repository = re.sub(r"@sha256:.*|:[^/:]*$", "", name.strip())
    for text in (repository.rsplit("/", 1)[-1], container):
        for pattern, image in IMAGES:
            if text and re.search(pattern, text):
                return image
    return OTHER
