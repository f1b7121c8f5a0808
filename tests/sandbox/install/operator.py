"""What the operator makes, and what stands beside it: APIManager, operator, custom resources and the Secrets they refer to."""
import json
import urllib.parse

from . import configuration, surroundings, values
from .template import load, process, substitute
from .workloads import PRE_2_7, workloads
from . import environment as env

OWNER = {"apiVersion": "apps.3scale.net/v1alpha1", "blockOwnerDeletion": True, "controller": True, "kind": "APIManager", "name": "apimanager", "uid": ""}
CAPABILITIES = "capabilities.3scale.net/"


def encoded_database_url(objects, password):
    """Unlike the template, the operator takes the Secret as the administrator wrote it: with the password percent-encoded."""
    for obj in objects:
        if obj["kind"] == "Secret" and obj["metadata"]["name"] == "system-database":
            quoted = urllib.parse.quote(password, safe="")
            obj["stringData"]["URL"] = f"mysql2://root:{quoted}@system-mysql/system"


def own(objects, secrets_too):
    for obj in objects:
        if secrets_too or obj["kind"] != "Secret":
            obj["metadata"]["ownerReferences"] = [dict(OWNER)]
    return objects


def objects_2_7(parameters):
    objects = process(load(), parameters)
    for obj in objects:
        if obj["kind"] == "DeploymentConfig" and obj["metadata"]["name"] == "system-app":
            # The operator leaves the token to the shell; only the template writes it into the object.
            hook = obj["spec"]["strategy"]["rollingParams"]["pre"]["execNewPod"]
            hook["command"][2] = PRE_2_7
            hook["env"].append(env.secret("MASTER_ACCESS_TOKEN", "system-seed", "MASTER_ACCESS_TOKEN"))
    encoded_database_url(objects, parameters["SYSTEM_DATABASE_ROOT_PASSWORD"])
    # From 2.11 on, Secrets have no owner any more.
    return own(objects, secrets_too=True)


def objects_2_15(parameters):
    raw = (surroundings.access(True) + surroundings.claims(True) + configuration.secrets(True) + configuration.config_maps(True)
           + surroundings.services(True) + [surroundings.backend_route()] + [w.deployment() for w in workloads(True)])
    objects = substitute(raw, parameters)
    encoded_database_url(objects, parameters["SYSTEM_DATABASE_ROOT_PASSWORD"])
    return own(objects, secrets_too=False)


def manager(version, operator_version, spec, workloads_ready):
    annotations = {"apps.3scale.net/apimanager-threescale-version": version, "apps.3scale.net/threescale-operator-version": operator_version}
    return {"apiVersion": OWNER["apiVersion"], "kind": "APIManager", "metadata": {"annotations": annotations, "name": "apimanager"}, "spec": spec,
            "status": {"conditions": [{"status": "True", "type": "Available"}], "deployments": {"ready": workloads_ready}}}


def spec_2_7(domain, tenant, replicas):
    one = lambda name: {"replicas": replicas.get(name, 1)}
    return {
        "apicast": {"managementAPI": "status", "openSSLVerify": False, "productionSpec": one("apicast-production"),
                    "registryURL": "http://apicast-staging:8090/policies", "responseCodes": True, "stagingSpec": one("apicast-staging")},
        "appLabel": "3scale-api-management",
        "backend": {"cronSpec": one("backend-cron"), "listenerSpec": one("backend-listener"), "workerSpec": one("backend-worker")},
        "imageStreamTagImportInsecure": False, "resourceRequirementsEnabled": True,
        "system": {"appSpec": one("system-app"), "fileStorage": {"persistentVolumeClaim": {}}, "sidekiqSpec": one("system-sidekiq")},
        "tenantName": tenant, "wildcardDomain": domain, "zync": {"appSpec": one("zync"), "queSpec": one("zync-que")}}


def spec_2_15(domain, tenant, replicas):
    """Only what the administrator set: since 2.13 the operator leaves everything else to itself."""
    return {
        "apicast": {
            "productionSpec": {"replicas": replicas["apicast-production"], "httpsCertificateSecretRef": {"name": "apicast-https"}, "httpsPort": 8443,
                               "customPolicies": [{"name": "rate-stamp", "version": "0.1", "secretRef": {"name": "custom-policy-rate-stamp"}}]},
            "stagingSpec": {"customEnvironments": [{"secretRef": {"name": "apicast-custom-env"}}]}},
        "appLabel": "3scale-api-management", "backend": {"cronSpec": {}, "listenerSpec": {"replicas": replicas["backend-listener"]}, "workerSpec": {}},
        "imagePullSecrets": [{"name": "threescale-registry-auth"}], "resourceRequirementsEnabled": True,
        "system": {"appSpec": {}, "database": {"mysql": {}}, "fileStorage": {"persistentVolumeClaim": {}}, "searchdSpec": {}, "sidekiqSpec": {}},
        "tenantName": tenant, "wildcardDomain": domain, "zync": {"appSpec": {}, "queSpec": {}}}


def operator(name, image, version, account, channel):
    """The operator's own Deployment and its Subscription."""
    labels = {"olm.deployment-spec-hash": values.token(version, "spec hash", 10), "olm.owner": f"3scale-operator.v{version}",
              "olm.owner.kind": "ClusterServiceVersion"}
    select = {"name": "threescale-operator"} if name == "3scale-operator" else {"app": "3scale-api-management", "control-plane": "controller-manager"}
    container = {"command": ["manager"], "image": image, "imagePullPolicy": "IfNotPresent", "name": "manager" if "manager" in name else name,
                 "env": [env.field("WATCH_NAMESPACE", "metadata.annotations['olm.targetNamespaces']"), env.field("POD_NAME", "metadata.name"),
                         env.value("OPERATOR_NAME", "threescale-operator")], "resources": {"limits": {"cpu": "100m", "memory": "300Mi"}}}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": account}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"labels": labels, "name": name},
         "spec": {"replicas": 1, "selector": {"matchLabels": select}, "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
                  "type": "RollingUpdate"}, "template": {"metadata": {"labels": dict(select)}, "spec": {"containers": [container], "serviceAccountName": account}}}},
        {"apiVersion": "operators.coreos.com/v1", "kind": "OperatorGroup", "metadata": {"name": "threescale-operators"}, "spec": {"upgradeStrategy": "Default"}},
        {"apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription", "metadata": {"name": "3scale-operator"},
         "spec": {"channel": channel, "installPlanApproval": "Manual", "name": "3scale-operator", "source": "redhat-operators",
                  "sourceNamespace": "openshift-marketplace", "startingCSV": f"3scale-operator.v{version}"}},
    ]


def tenant(installation, domain, with_annotation):
    """The second tenant: its annotation is what keeps a re-applied Tenant from making a third."""
    meta = {"name": "globex", "finalizers": ["tenant.capabilities.3scale.net/finalizer"]}
    if with_annotation:
        meta["annotations"] = {"capabilities.3scale.net/tenantID": "3", "tenantID": "3"}
    return [
        configuration.secret("globex-admin", {"admin_password": values.awkward(installation, "globex admin", "#~<@ ")}),
        configuration.secret("globex-account", {"adminURL": f"https://globex-admin.{domain}", "token": values.token(installation, "globex token", 64)}),
        {"apiVersion": CAPABILITIES + "v1alpha1", "kind": "Tenant", "metadata": meta,
         "spec": {"email": "globex@example.com", "masterCredentialsRef": {"name": "system-seed"}, "organizationName": "Globex",
                  "passwordCredentialsRef": {"name": "globex-admin"}, "systemMasterUrl": f"https://master.{domain}",
                  "tenantSecretRef": {"name": "globex-account"}, "username": "globex"},
         "status": {"adminId": 12, "tenantId": 3}},
    ]


def capabilities(installation):
    account = {"providerAccountRef": {"name": "globex-account"}}
    return [
        configuration.secret("john-doe", {"password": values.awkward(installation, "developer user", "^:@/ ")}),
        {"apiVersion": CAPABILITIES + "v1beta1", "kind": "Backend", "metadata": {"finalizers": ["backend.capabilities.3scale.net/finalizer"], "name": "orders"},
         "spec": {"mappingRules": [{"httpMethod": "GET", "increment": 1, "metricMethodRef": "hits", "pattern": "/orders/{id}"}],
                  "metrics": {"hits": {"description": "Number of API hits", "friendlyName": "Hits", "unit": "hit"}},
                  "name": "Orders", "privateBaseURL": "https://orders.example.com:443", "systemName": "orders", **account},
         "status": {"backendId": 7, "conditions": [{"status": "True", "type": "Synced"}]}},
        {"apiVersion": CAPABILITIES + "v1beta1", "kind": "DeveloperAccount", "metadata": {"annotations": {"accountID": "41"}, "name": "initech"},
         "spec": {"orgName": "Initech", **account}, "status": {"accountID": 41, "accountState": "approved"}},
        {"apiVersion": CAPABILITIES + "v1beta1", "kind": "DeveloperUser", "metadata": {"annotations": {"userID": "57"}, "name": "john-doe"},
         "spec": {"developerAccountRef": {"name": "initech"}, "email": "john.doe@example.com", "passwordCredentialsRef": {"name": "john-doe"},
                  "role": "admin", "username": "john.doe", **account}, "status": {"accountID": 41, "developerUserID": 57}},
        {"apiVersion": CAPABILITIES + "v1beta1", "kind": "Application", "metadata": {"annotations": {"applicationID": "63"}, "name": "orders-client"},
         "spec": {"accountCR": {"name": "initech"}, "applicationPlanName": "basic", "description": "Orders client", "name": "Orders client",
                  "productCR": {"name": "orders"}}, "status": {"applicationID": 63, "state": "live"}},
    ]


def referenced_secrets(installation):
    """Named in the APIManager of 2.15; they belong to the administrator, no label tells what they are for."""
    policy = json.dumps({"$schema": "http://apicast.io/policy-v1/schema", "name": "rate-stamp", "version": "0.1",
                         "x-signing-key": values.token(installation, "policy key", 40)}, indent=2)
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "apicast-https"}, "type": "kubernetes.io/tls",
         "stringData": {"tls.crt": values.pem(installation, "apicast certificate", "CERTIFICATE", 20),
                        "tls.key": values.pem(installation, "apicast key", "PRIVATE KEY", 25)}},
        configuration.secret("custom-policy-rate-stamp", {"apicast-policy.json": policy, "init.lua": "return require('rate_stamp')\n",
                                                          "rate_stamp.lua": "local _M = require('apicast.policy').new('rate stamp', '0.1')\nreturn _M\n"}),
        configuration.secret("apicast-custom-env", {"custom_env.lua": "return { ports = { metrics = 9421 }, api_key = '"
                                                    + values.token(installation, "environment key", 40) + "' }\n"}),
    ]
