"""Parameters of the three installations: generated from a fixed seed, awkward on purpose.

Passwords hold `:@/%+`, quotes and spaces, because the documented commands cut them to pieces; every confidential value has
16 characters or more, so that a scan for it has no chance hits.
"""
import base64
import json
import random
import string

ALNUM = string.ascii_lowercase + string.digits


def _source(*names):
    return random.Random("scalekeep sandbox " + " ".join(names))


def token(installation, name, length=32, alphabet=ALNUM):
    rng = _source(installation, name)
    return "".join(rng.choice(alphabet) for _ in range(length))


def awkward(installation, name, middle):
    """Characters of a password around the ones that break naive parsing."""
    rng = _source(installation, name)
    pick = lambda n: "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(n))
    return pick(8) + middle + pick(8)


def pem(installation, name, label, lines):
    """The look of a key or a certificate. Nothing ever parses it: routers do, the sandbox has none."""
    body = base64.b64encode(_source(installation, name).randbytes(48 * lines)).decode()
    rows = "\n".join(body[i:i + 64] for i in range(0, len(body), 64))
    return f"-----BEGIN {label}-----\n{rows}\n-----END {label}-----\n"


def docker_config(installation):
    user = "12345678|" + token(installation, "registry user", 20)
    password = token(installation, "registry password", 180, string.ascii_letters + string.digits)
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    return json.dumps({"auths": {"registry.redhat.io": {"auth": auth}}}, separators=(",", ":"))


def parameters(installation, wildcard_domain, tenant, **overrides):
    """Every parameter of the 2.7 template, as an administrator would have passed or got it."""
    p = {
        "APP_LABEL": "3scale-api-management",
        "TENANT_NAME": tenant,
        "WILDCARD_DOMAIN": wildcard_domain,
        "SYSTEM_DATABASE_USER": "mysql_" + token(installation, "database user", 16),
        "SYSTEM_DATABASE_PASSWORD": awkward(installation, "database password", ':p@s/s%w+"o r"d$'),
        "SYSTEM_DATABASE": "system",
        "SYSTEM_DATABASE_ROOT_PASSWORD": awkward(installation, "root password", ':r@o/o%t+"p w" #$X1'),
        "SYSTEM_BACKEND_USERNAME": "3scale_api_user_" + token(installation, "backend user", 6),
        "SYSTEM_BACKEND_PASSWORD": awkward(installation, "backend password", "'&<b>=?#"),
        "SYSTEM_BACKEND_SHARED_SECRET": awkward(installation, "shared secret", "%2F+/=:@"),
        "SYSTEM_APP_SECRET_KEY_BASE": token(installation, "secret key base", 128, "0123456789abcdef"),
        "ADMIN_PASSWORD": awkward(installation, "admin password", " äé€ :@/%+\"' "),
        "ADMIN_USERNAME": "admin",
        "ADMIN_EMAIL": "api-owner." + token(installation, "admin email", 8) + "@example.com",
        "ADMIN_ACCESS_TOKEN": token(installation, "admin token", 32),
        "MASTER_NAME": "master",
        "MASTER_USER": "master",
        "MASTER_PASSWORD": awkward(installation, "master password", "\\`!$(x)*;|"),
        "MASTER_ACCESS_TOKEN": token(installation, "master token", 32),
        "RECAPTCHA_PUBLIC_KEY": token(installation, "recaptcha public", 40, string.ascii_letters + string.digits + "_-"),
        "RECAPTCHA_PRIVATE_KEY": token(installation, "recaptcha private", 40, string.ascii_letters + string.digits + "_-"),
        "SYSTEM_REDIS_URL": "redis://system-redis:6379/1",
        "SYSTEM_MESSAGE_BUS_REDIS_URL": "",
        "SYSTEM_REDIS_NAMESPACE": "",
        "SYSTEM_MESSAGE_BUS_REDIS_NAMESPACE": "",
        "ZYNC_DATABASE_PASSWORD": token(installation, "zync password", 24, string.ascii_letters + string.digits),
        "ZYNC_SECRET_KEY_BASE": token(installation, "zync key base", 64, "0123456789abcdef"),
        "ZYNC_AUTHENTICATION_TOKEN": token(installation, "zync token", 24, string.ascii_letters + string.digits),
        "APICAST_ACCESS_TOKEN": token(installation, "apicast token", 32),
        "APICAST_MANAGEMENT_API": "status",
        "APICAST_OPENSSL_VERIFY": "false",
        "APICAST_RESPONSE_CODES": "true",
        "APICAST_REGISTRY_URL": "http://apicast-staging:8090/policies",
    }
    p.update(overrides)
    return p


def smtp(installation):
    return {"address": "smtp.example.com", "authentication": "plain", "domain": "example.com", "openssl.verify.mode": "peer",
            "password": awkward(installation, "smtp password", "!:@/ %+"), "port": "587",
            "username": "3scale-mailer-" + token(installation, "smtp user", 8)}
