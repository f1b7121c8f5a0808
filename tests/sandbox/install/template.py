"""The 2.7 template: builds it (`python3 -m install > install/amp.yml` writes it) and processes it as `oc process` does."""
import copy
import functools
import pathlib
import re

import yaml

from . import configuration, surroundings
from .workloads import workloads

FILE = pathlib.Path(__file__).with_name("amp.yml")

# name, description, required, default value or {"from": expression to generate it}
PARAMETERS = [
    ("AMP_RELEASE", "AMP release tag.", True, "2.7"),
    ("APP_LABEL", "Used for object app labels", True, "3scale-api-management"),
    ("TENANT_NAME", "Tenant name under the root that Admin UI will be available with -admin suffix.", True, "3scale"),
    ("IMAGESTREAM_TAG_IMPORT_INSECURE", "Set to true if the server may bypass certificate verification during image import.", True, "false"),
    ("SYSTEM_DATABASE_USER", "Username for System's MySQL user that will be used for accessing the database.", True, "mysql"),
    ("SYSTEM_DATABASE_PASSWORD", "Password for the System's MySQL user.", True, {"from": "[a-z0-9]{8}"}),
    ("SYSTEM_DATABASE", "Name of the System's MySQL database accessed.", True, "system"),
    ("SYSTEM_DATABASE_ROOT_PASSWORD", "Password for Root user.", True, {"from": "[a-z0-9]{8}"}),
    ("WILDCARD_DOMAIN", "Root domain for the wildcard routes. Eg. example.com will generate 3scale-admin.example.com.", True, None),
    ("SYSTEM_BACKEND_USERNAME", "Internal 3scale API username for internal 3scale api auth.", True, "3scale_api_user"),
    ("SYSTEM_BACKEND_PASSWORD", "Internal 3scale API password for internal 3scale api auth.", True, {"from": "[a-z0-9]{8}"}),
    ("SYSTEM_BACKEND_SHARED_SECRET", "Shared secret to import events from backend to system.", True, {"from": "[a-z0-9]{8}"}),
    ("SYSTEM_APP_SECRET_KEY_BASE", "System application secret key base", True, {"from": "[a-f0-9]{128}"}),
    ("ADMIN_PASSWORD", None, True, {"from": "[a-z0-9]{8}"}),
    ("ADMIN_USERNAME", None, True, "admin"),
    ("ADMIN_EMAIL", None, False, None),
    ("ADMIN_ACCESS_TOKEN", "Admin Access Token with all scopes and write permissions for API access.", False, {"from": "[a-z0-9]{16}"}),
    ("MASTER_NAME", "The root name which Master Admin UI will be available at.", True, "master"),
    ("MASTER_USER", None, True, "master"),
    ("MASTER_PASSWORD", None, True, {"from": "[a-z0-9]{8}"}),
    ("MASTER_ACCESS_TOKEN", None, True, {"from": "[a-z0-9]{8}"}),
    ("RECAPTCHA_PUBLIC_KEY", "reCAPTCHA site key (used in spam protection)", False, None),
    ("RECAPTCHA_PRIVATE_KEY", "reCAPTCHA secret key (used in spam protection)", False, None),
    ("SYSTEM_REDIS_URL", "Define the external system-redis to connect to", True, "redis://system-redis:6379/1"),
    ("SYSTEM_MESSAGE_BUS_REDIS_URL", "Define the external system-redis message bus to connect to.", False, None),
    ("SYSTEM_REDIS_NAMESPACE", "Define the namespace to be used by System's Redis Database.", False, None),
    ("SYSTEM_MESSAGE_BUS_REDIS_NAMESPACE", "Define the namespace to be used by System's Message Bus Redis Database.", False, None),
    ("ZYNC_DATABASE_PASSWORD", "Password for the Zync Database PostgreSQL connection user.", True, {"from": "[a-zA-Z0-9]{16}"}),
    ("ZYNC_SECRET_KEY_BASE", None, True, {"from": "[a-zA-Z0-9]{16}"}),
    ("ZYNC_AUTHENTICATION_TOKEN", None, True, {"from": "[a-zA-Z0-9]{16}"}),
    ("APICAST_ACCESS_TOKEN", "Read Only Access Token that is APIcast going to use to download its configuration.", True, {"from": "[a-z0-9]{8}"}),
    ("APICAST_MANAGEMENT_API", "Scope of the APIcast Management API. Can be disabled, status or debug.", False, "status"),
    ("APICAST_OPENSSL_VERIFY", "Turn on/off the OpenSSL peer verification when downloading the configuration.", False, "false"),
    ("APICAST_RESPONSE_CODES", "Enable logging response codes in APIcast.", False, "true"),
    ("APICAST_REGISTRY_URL", "The URL to point to APIcast policies registry management", True, "http://apicast-staging:8090/policies"),
]


def build():
    parameters = []
    rows = PARAMETERS + [(name, None, True, ref) for name, ref in surroundings.image_parameters().items()]
    for name, description, required, default in rows:
        entry = {"name": name}
        if description:
            entry["description"] = description
        if required:
            entry["required"] = True
        if isinstance(default, dict):
            entry.update(default, generate="expression")
        elif default is not None:
            entry["value"] = default
        parameters.append(entry)
    objects = (surroundings.image_streams() + surroundings.access(False) + surroundings.claims(False) + configuration.secrets(False)
               + configuration.config_maps(False) + surroundings.services(False) + [surroundings.backend_route()]
               + [w.deployment_config() for w in workloads(False)])
    return {"apiVersion": "template.openshift.io/v1", "kind": "Template",
            "message": "Login on https://${TENANT_NAME}-admin.${WILDCARD_DOMAIN} as ${ADMIN_USERNAME}/${ADMIN_PASSWORD}",
            "metadata": {"annotations": {"description": "3scale API Management main system", "iconClass": "icon-3scale",
                                         "openshift.io/display-name": "3scale API Management", "tags": "integration, api management, 3scale"},
                         "name": "3scale-api-management"},
            "objects": objects, "parameters": parameters}


@functools.cache
def load():
    return yaml.load(FILE.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def substitute(node, values):
    """`${X}` is text, a string that is `${{X}}` and nothing else is a value; unknown names stay as they are."""
    if isinstance(node, dict):
        return {key: substitute(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [substitute(value, values) for value in node]
    if not isinstance(node, str):
        return node
    whole = re.fullmatch(r"\$\{\{([A-Z0-9_]+)\}\}", node)
    if whole and whole[1] in values:
        return yaml.safe_load(values[whole[1]])
    return re.sub(r"\$\{([A-Z0-9_]+)\}", lambda m: values.get(m[1], m[0]), node)


def defaults(template):
    return {p["name"]: p.get("value", "") for p in template["parameters"] if "generate" not in p}


def process(template, parameters):
    """The objects of the template. Every generated parameter must be given: the sandbox has no random values."""
    values = {**defaults(template), **parameters}
    names = {p["name"] for p in template["parameters"]}
    unknown = set(parameters) - names
    missing = {p["name"] for p in template["parameters"] if p.get("required") and not values.get(p["name"])}
    if unknown or missing:
        raise ValueError(f"unknown parameters: {sorted(unknown)}; missing: {sorted(missing)}")
    return substitute(copy.deepcopy(template["objects"]), values)


class _Plain(yaml.SafeDumper):
    """Without anchors, and with block scalars for texts of several lines, as templates are written."""

    def ignore_aliases(self, data):
        return True


_Plain.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))


def text():
    return yaml.dump(build(), Dumper=_Plain, sort_keys=True, width=1000, allow_unicode=True)

