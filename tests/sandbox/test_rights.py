"""Rights, dead tokens and logging in at the server of the sandbox."""
import base64
import hashlib
import json
import time
import unittest
import urllib.parse

from server_fixture import ClusterTest, config_map, pod

MERGE = "application/merge-patch+json"


class Rights(ClusterTest):
    def test_forbidden_in_the_real_words(self):
        cases = [("GET", self.path("secrets"), "nobody", 'secrets is forbidden: User "nobody3s" cannot list resource "secrets" in API group "" in the namespace "ns"'),
                 ("GET", self.path("secrets", "x"), "view", 'secrets "x" is forbidden: User "viewer3s" cannot get resource "secrets" in API group "" in the namespace "ns"'),
                 ("GET", "/api/v1/persistentvolumes", "edit", 'persistentvolumes is forbidden: User "admin3s" cannot list resource "persistentvolumes" in API group "" at the cluster scope'),
                 ("GET", self.path("pods", namespace="absent"), "edit", 'pods is forbidden: User "admin3s" cannot list resource "pods" in API group "" in the namespace "absent"'),
                 ("GET", self.path("rolebindings"), "edit", 'rolebindings.rbac.authorization.k8s.io is forbidden: User "admin3s" cannot list resource "rolebindings" in API group "rbac.authorization.k8s.io" in the namespace "ns"'),
                 ("GET", self.path("pods"), None, 'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "ns"'),
                 ("GET", "/apis/user.openshift.io/v1/users/~", None, 'users.user.openshift.io "~" is forbidden: User "system:anonymous" cannot get resource "users" in API group "user.openshift.io" at the cluster scope'),
                 ("GET", "/apis/project.openshift.io/v1/projects", None, 'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope')]
        for method, path, role, text in cases:
            self.assertEqual(self.message(403, method, path, role=role), text)
        self.assertEqual(self.message(403, "PATCH", self.path("deploymentconfigs", "x", sub="scale"), {}, role="view", kind=MERGE),
                         'deploymentconfigs.apps.openshift.io "x" is forbidden: User "viewer3s" cannot patch resource "deploymentconfigs/scale" in API group "apps.openshift.io" in the namespace "ns"')

    def test_what_edit_may(self):
        self.call("POST", self.path("configmaps"), config_map("mine"), role="edit", expect=201)
        self.call("POST", "/apis/coordination.k8s.io/v1/namespaces/ns/leases", {"kind": "Lease", "metadata": {"name": "l"}, "spec": {}}, role="edit", expect=201)
        role = {"kind": "Role", "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "r"}, "rules": []}
        self.message(403, "POST", self.path("roles"), role, role="edit")

    def test_owners_are_enforced(self):
        manager = self.create({"kind": "APIManager", "apiVersion": "apps.3scale.net/v1alpha1", "metadata": {"name": "owner"}, "spec": {}})
        owner = {"apiVersion": "apps.3scale.net/v1alpha1", "kind": "APIManager", "name": "owner", "uid": manager["metadata"]["uid"], "controller": True}
        blocking = owner | {"blockOwnerDeletion": True}
        text = 'configmaps "{}" is forbidden: cannot set blockOwnerDeletion if an ownerReference refers to a resource you can\'t set finalizers on: , <nil>'
        self.assertEqual(self.message(403, "POST", self.path("configmaps"), config_map("blocks", ownerReferences=[blocking]), role="edit"), text.format("blocks"))
        self.assertEqual(self.message(403, "POST", self.path("configmaps") + "?dryRun=All", config_map("blocks", ownerReferences=[blocking]), role="edit"),
                         text.format("blocks"))
        self.call("POST", self.path("configmaps"), config_map("owned", ownerReferences=[owner]), role="edit", expect=201)
        change = lambda name, owners, code: self.call("PATCH", self.path("configmaps", name), {"metadata": {"ownerReferences": owners}}, "edit", MERGE, code)
        self.assertEqual(change("owned", [blocking], 403)["message"], text.format("owned"))
        change("owned", None, 200)
        # What an administrator set may stay, whoever writes the rest.
        made = self.create(config_map("blocks", ownerReferences=[blocking]))
        self.call("PUT", self.path("configmaps", "blocks"), made | {"data": {"a": "b"}}, role="edit")
        rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "patcher"}}
        self.create(rbac | {"kind": "Role", "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]})
        self.create(rbac | {"kind": "RoleBinding", "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "patcher"},
                            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer3s"}]})
        self.assertEqual(self.message(403, "PATCH", self.path("configmaps", "blocks"), {"metadata": {"ownerReferences": None}}, "view", MERGE),
                         'configmaps "blocks" is forbidden: cannot set an ownerRef on a resource you can\'t delete: , <nil>')

    def test_hosts_of_routes(self):
        route = lambda name, host=None, **tls: {"kind": "Route", "apiVersion": "route.openshift.io/v1", "metadata": {"name": name},
                                                "spec": {"to": {"kind": "Service", "name": "s"}} | ({"host": host} if host else {}) | ({"tls": tls} if tls else {})}
        made = self.create(route("host", "a.example.com", termination="edge"), role="edit")
        path = self.path("routes", "host")
        change = lambda spec, code, role="edit", query="": self.call("PATCH", path + query, {"spec": spec}, role, MERGE, code)
        self.assertEqual(change({"host": "b.example.com"}, 422)["message"],
                         'Route.route.openshift.io "host" is invalid: spec.host: Invalid value: "b.example.com": field is immutable')
        change({"host": "b.example.com"}, 422, query="?dryRun=All")
        change({"tls": {"key": "K"}, "to": {"name": "t"}}, 200)  # `create` is enough for certificates
        change({"host": "b.example.com"}, 200, "admin")
        rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "routes"}}
        self.create(rbac | {"kind": "Role", "rules": [{"apiGroups": ["route.openshift.io"], "resources": ["routes"], "verbs": ["create", "patch"]}]})
        self.create(rbac | {"kind": "RoleBinding", "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "routes"},
                            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer3s"}]})
        self.assertEqual(self.message(422, "POST", self.path("routes"), route("other", "c.example.com"), "view"),
                         'Route.route.openshift.io "other" is invalid: spec.host: Forbidden: you do not have permission to set the host field of the route')
        self.assertIn("spec.tls", change({"tls": {"key": "L"}}, 422, "view")["message"])

    def test_dead_tokens(self):
        identity = self.cluster.identity
        for token in ("sha256~nonsense", "", identity.issue("admin3s", seconds=-1)):
            status, _, answer = self.send("GET", self.path("pods"), headers={"Authorization": "Bearer " + token})
            self.assertEqual((status, answer["message"], answer["reason"]), (401, "Unauthorized", "Unauthorized"))
        token = identity.issue("viewer3s")
        self.assertEqual(self.send("GET", self.path("pods"), headers={"Authorization": "Bearer " + token})[0], 200)
        name = next(t["metadata"]["name"] for t in identity.objects() if t["userName"] == "viewer3s")
        names = [t["metadata"]["name"] for t in identity.objects()]
        mine = "sha256~" + base64.urlsafe_b64encode(hashlib.sha256(token[7:].encode()).digest()).decode().rstrip("=")
        self.assertIn(mine, names)
        self.assertIn(name, names)
        self.call("DELETE", "/apis/oauth.openshift.io/v1/oauthaccesstokens/" + mine, role="secluded")
        self.assertEqual(self.send("GET", self.path("pods"), headers={"Authorization": "Bearer " + token})[0], 401)

    def test_projects(self):
        names = lambda role: [i["metadata"]["name"] for i in self.call("GET", "/apis/project.openshift.io/v1/projects", role=role)["items"]]
        self.assertEqual(names("edit"), ["ns", "other"])
        self.assertEqual(names("nobody"), [])
        self.assertIn('projects.project.openshift.io is forbidden: User "secluded3s" cannot list resource "projects"',
                      self.message(403, "GET", "/apis/project.openshift.io/v1/projects", role="secluded"))
        self.assertEqual(self.call("GET", "/apis/user.openshift.io/v1/users/~", role="secluded")["metadata"]["name"], "secluded3s")
        self.call("GET", self.path("pods"), role="secluded")
        project = self.call("GET", "/apis/project.openshift.io/v1/projects/ns", role="secluded")
        self.assertEqual(project["metadata"]["uid"], self.get("namespaces", "ns")["metadata"]["uid"])

    def test_a_requested_project_and_its_end(self):
        self.call("POST", "/apis/project.openshift.io/v1/projectrequests", {"metadata": {"name": "own"}, "displayName": "My own"}, role="nobody", expect=201)
        self.wait(lambda: self.store.find("serviceaccounts", "own", "default"))
        self.call("POST", self.path("pods", namespace="own"), pod("p"), role="nobody", expect=201)
        self.message(403, "GET", self.path("pods", namespace="own"), role="edit")
        self.call("DELETE", "/apis/project.openshift.io/v1/projects/own", role="nobody")
        self.wait(lambda: not self.store.find("namespaces", None, "own"))
        self.assertEqual(self.store.list("configmaps", "own"), [])

    def test_reviews(self):
        def can(role, **attributes):
            body = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"resourceAttributes": {"namespace": "ns"} | attributes}}
            return self.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body, role=role, expect=201)["status"]["allowed"]
        self.assertTrue(can("edit", verb="create", resource="pods", subresource="exec"))
        self.assertFalse(can("view", verb="create", resource="pods", subresource="exec"))
        self.assertTrue(can("edit", verb="update", resource="deploymentconfigs", group="apps.openshift.io", subresource="scale"))
        self.assertTrue(can("edit", verb="create", resource="deploymentconfigs", group="apps.openshift.io", subresource="instantiate"))
        self.assertFalse(can("edit", verb="get", resource="frobs"))
        self.assertFalse(can("edit", verb="list", resource="persistentvolumes"))
        self.assertTrue(can("admin", verb="list", resource="persistentvolumes"))
        rules = self.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {"spec": {"namespace": "ns"}}, role="edit", expect=201)["status"]
        self.assertTrue(any("secrets" in r["resources"] and "list" in r["verbs"] for r in rules["resourceRules"]))
        self.assertTrue(any("/version" in r["nonResourceURLs"] for r in rules["nonResourceRules"]))

    def test_a_binding_taken_away_stays_away(self):
        self.call("DELETE", self.path("rolebindings", "view", "other"))
        self.create(config_map("busy"), "other")
        self.call("DELETE", self.path("configmaps", "busy", "other"))
        time.sleep(0.2)
        self.message(403, "GET", self.path("pods", namespace="other"), role="view")


class Login(ClusterTest):
    def authorize(self, query, user="admin3s", password=None, csrf=True):
        password = self.cluster.identity.password("admin3s") if password is None else password
        headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()} if user else {}
        headers |= {"X-CSRF-Token": "1"} if csrf else {}
        return self.send("GET", "/oauth/authorize?" + urllib.parse.urlencode({"client_id": "openshift-challenging-client"} | query), role=None, headers=headers)

    def user_of(self, token):
        return self.send("GET", "/apis/user.openshift.io/v1/users/~", role=None, headers={"Authorization": "Bearer " + token})[2]["metadata"]["name"]

    def test_discovery(self):
        found = self.call("GET", "/.well-known/oauth-authorization-server", role=None)
        self.assertEqual(found["authorization_endpoint"], self.cluster.url + "/oauth/authorize")
        self.assertIn("S256", found["code_challenge_methods_supported"])

    def test_implicit(self):
        self.assertEqual(self.authorize({"response_type": "token"}, csrf=False)[1]["WWW-Authenticate"], None)
        for user, password in ((None, ""), ("admin3s", "wrong"), ("ghost", "x"), ("ghost", ""), ("admin3s", "")):
            status, headers, _ = self.authorize({"response_type": "token"}, user, password)
            self.assertEqual((status, headers["WWW-Authenticate"]), (401, 'Basic realm="openshift"'))
        status, headers, _ = self.authorize({"response_type": "token", "state": "s"})
        self.assertEqual(status, 302)
        fragment = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).fragment))
        self.assertEqual((fragment["expires_in"], fragment["token_type"], fragment["state"]), ("3600", "Bearer", "s"))
        self.assertEqual(self.user_of(fragment["access_token"]), "admin3s")

    def test_code_with_pkce(self):
        verifier = "v" * 60
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

        def code():
            _, headers, _ = self.authorize({"response_type": "code", "code_challenge": challenge, "code_challenge_method": "S256"})
            return urllib.parse.parse_qs(urllib.parse.urlsplit(headers["Location"]).query)["code"][0]

        def token(code, verifier):
            form = urllib.parse.urlencode({"grant_type": "authorization_code", "code": code, "code_verifier": verifier,
                                           "client_id": "openshift-challenging-client"})
            return self.send("POST", "/oauth/token", form, role=None, kind="application/x-www-form-urlencoded")
        used = code()
        status, _, answer = token(used, verifier)
        self.assertEqual((status, self.user_of(answer["access_token"])), (200, "admin3s"))
        self.assertEqual(token(used, verifier)[2]["error"], "invalid_grant")
        self.assertEqual(token(code(), "wrong")[2]["error"], "invalid_grant")

    def test_other_clients_are_refused(self):
        self.assertEqual(self.authorize({"client_id": "evil", "response_type": "token"})[2]["error"], "unauthorized_client")
        self.assertEqual(self.authorize({"response_type": "token", "redirect_uri": "https://evil.example/"})[2]["error"], "invalid_request")

    def test_nothing_secret_on_disk_but_digests(self):
        token = self.cluster.identity.issue("admin3s")
        file = self.cluster.identity.path
        self.assertNotIn(token[7:], file.read_text())
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
