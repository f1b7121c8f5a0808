"""The resource types that the clusters know: one table for routing, discovery and the store."""
from collections import namedtuple

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


# A named tuple, not a data class: `oc` imports this table at every start. `custom`: defined by a CRD (no defaults,
# no strategic merge, RV required on update).
class Resource(namedtuple("Resource", "plural kind group version namespaced short verbs custom", defaults=((), VERBS, False))):
    __slots__ = ()

    @property
    def api_version(self):
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self):
        """plural.group, as error texts name a type."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def list_kind(self):
        return self.kind + "List"


_TABLE = """
pods Pod - v1 ns po
services Service - v1 ns svc
secrets Secret - v1 ns
configmaps ConfigMap - v1 ns cm
persistentvolumeclaims PersistentVolumeClaim - v1 ns pvc
persistentvolumes PersistentVolume - v1 cluster pv
namespaces Namespace - v1 cluster ns
nodes Node - v1 cluster no
serviceaccounts ServiceAccount - v1 ns sa
replicationcontrollers ReplicationController - v1 ns rc
endpoints Endpoints - v1 ns ep
events Event - v1 ns ev
limitranges LimitRange - v1 ns limits
resourcequotas ResourceQuota - v1 ns quota
deployments Deployment apps v1 ns deploy
replicasets ReplicaSet apps v1 ns rs
statefulsets StatefulSet apps v1 ns sts
daemonsets DaemonSet apps v1 ns ds
jobs Job batch v1 ns
cronjobs CronJob batch v1 ns cj
horizontalpodautoscalers HorizontalPodAutoscaler autoscaling v2 ns hpa
poddisruptionbudgets PodDisruptionBudget policy v1 ns pdb
leases Lease coordination.k8s.io v1 ns
ingresses Ingress networking.k8s.io v1 ns ing
networkpolicies NetworkPolicy networking.k8s.io v1 ns netpol
roles Role rbac.authorization.k8s.io v1 ns
rolebindings RoleBinding rbac.authorization.k8s.io v1 ns
clusterroles ClusterRole rbac.authorization.k8s.io v1 cluster
clusterrolebindings ClusterRoleBinding rbac.authorization.k8s.io v1 cluster
storageclasses StorageClass storage.k8s.io v1 cluster sc
customresourcedefinitions CustomResourceDefinition apiextensions.k8s.io v1 cluster crd
deploymentconfigs DeploymentConfig apps.openshift.io v1 ns dc
routes Route route.openshift.io v1 ns
imagestreams ImageStream image.openshift.io v1 ns is
templates Template template.openshift.io v1 ns
buildconfigs BuildConfig build.openshift.io v1 ns bc
builds Build build.openshift.io v1 ns
projects Project project.openshift.io v1 cluster
users User user.openshift.io v1 cluster
oauthaccesstokens OAuthAccessToken oauth.openshift.io v1 cluster
clusterversions ClusterVersion config.openshift.io v1 cluster
operatorgroups OperatorGroup operators.coreos.com v1 ns og
subscriptions Subscription operators.coreos.com v1alpha1 ns sub
clusterserviceversions ClusterServiceVersion operators.coreos.com v1alpha1 ns csv
apimanagers APIManager apps.3scale.net v1alpha1 crd
apimanagerbackups APIManagerBackup apps.3scale.net v1alpha1 crd
apimanagerrestores APIManagerRestore apps.3scale.net v1alpha1 crd
tenants Tenant capabilities.3scale.net v1alpha1 crd
activedocs ActiveDoc capabilities.3scale.net v1beta1 crd
applications Application capabilities.3scale.net v1beta1 crd
backends Backend capabilities.3scale.net v1beta1 crd
custompolicydefinitions CustomPolicyDefinition capabilities.3scale.net v1beta1 crd
developeraccounts DeveloperAccount capabilities.3scale.net v1beta1 crd
developerusers DeveloperUser capabilities.3scale.net v1beta1 crd
openapis OpenAPI capabilities.3scale.net v1beta1 crd
products Product capabilities.3scale.net v1beta1 crd
proxyconfigpromotes ProxyConfigPromote capabilities.3scale.net v1beta1 crd
"""


def _parse(line):
    plural, kind, group, version, scope, *short = line.split()
    return Resource(plural, kind, "" if group == "-" else group, version, scope != "cluster", tuple(short), custom=scope == "crd")


RESOURCES = [_parse(line) for line in _TABLE.split("\n") if line]
BY_PLURAL = {r.plural: r for r in RESOURCES}
BY_KIND = {r.kind: r for r in RESOURCES}
BY_PATH = {(r.group, r.version, r.plural): r for r in RESOURCES}


def resource(kind):
    """A Resource from a Resource, a plural ('pods') or a kind ('Pod')."""
    if isinstance(kind, Resource):
        return kind
    found = BY_PLURAL.get(kind) or BY_KIND.get(kind)
    if found is None:
        raise KeyError(f"the sandbox has no resource type {kind!r}")
    return found
