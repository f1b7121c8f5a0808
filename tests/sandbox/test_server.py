"""The API servers of the sandbox: REST semantics, errors in the real server's words; see also test_rights.py."""
import base64
import json
import pathlib
import tempfile
import threading
import unittest
import urllib.parse

from server_fixture import ClusterTest, Store, claim, config_map, deployment_config, pod

MERGE, STRATEGIC, JSON, APPLY = ("application/merge-patch+json", "application/strategic-merge-patch+json", "application/json-patch+json",
                                 "application/apply-patch+yaml")


class Objects(ClusterTest):
    def test_create_read_update_delete(self):
        made = self.create(config_map("crud", {"a": "1"}, labels={"x": "y"}))
        self.assertTrue(made["metadata"]["uid"] and made["metadata"]["resourceVersion"] and made["metadata"]["creationTimestamp"])
        made["data"]["a"] = "2"
        second = self.call("PUT", self.path("configmaps", "crud"), made)
        self.assertGreater(int(second["metadata"]["resourceVersion"]), int(made["metadata"]["resourceVersion"]))
        self.assertEqual(self.message(409, "PUT", self.path("configmaps", "crud"), made),
                         'Operation cannot be fulfilled on configmaps "crud": the object has been modified; please apply your changes to the '
                         "latest version and try again")
        self.call("DELETE", self.path("configmaps", "crud"))
        self.assertEqual(self.message(404, "GET", self.path("configmaps", "crud")), 'configmaps "crud" not found')

    def test_an_unchanged_write_keeps_the_version(self):
        made = self.create(config_map("same", {"a": "1"}))
        again = self.call("PUT", self.path("configmaps", "same"), made)
        self.assertEqual(again["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"])

    def test_exists_already(self):
        self.create(config_map("twice"))
        self.assertEqual(self.message(409, "POST", self.path("configmaps"), config_map("twice")), 'configmaps "twice" already exists')
        self.create(deployment_config("twice"))
        self.assertEqual(self.message(409, "POST", self.path("deploymentconfigs"), deployment_config("twice")),
                         'deploymentconfigs.apps.openshift.io "twice" already exists')

    def test_version_and_namespace_of_a_saved_object(self):
        self.assertEqual(self.message(500, "POST", self.path("configmaps"), config_map("saved", resourceVersion="7")),
                         "resourceVersion should not be set on objects to be created")
        kept = self.create(config_map("saved", uid="11111111-2222-3333-4444-555555555555"))
        self.assertNotEqual(kept["metadata"]["uid"], "11111111-2222-3333-4444-555555555555")
        self.assertEqual(self.message(400, "POST", self.path("configmaps"), config_map("saved2", namespace="other")),
                         "the namespace of the provided object does not match the namespace sent on the request")
        self.assertEqual(self.message(404, "POST", self.path("configmaps", namespace="absent"), config_map("x")), 'namespaces "absent" not found')

    def test_update_without_a_version(self):
        self.create(deployment_config("blind"))
        text = self.message(422, "PUT", self.path("deploymentconfigs", "blind"), deployment_config("blind"))
        self.assertEqual(text, 'deploymentconfigs.apps.openshift.io "blind" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be '
                               "specified for an update")
        self.create(config_map("blind"))
        self.call("PUT", self.path("configmaps", "blind"), config_map("blind", {"k": "v"}))

    def test_names(self):
        text = self.message(422, "POST", self.path("configmaps"), config_map("Bad_Name"))
        self.assertEqual(text, 'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must '
                               "consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character "
                               "(e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')")
        for name in ("../x", "a/b", "", "x" * 254):
            self.assertIn("metadata.name", self.message(422, "POST", self.path("configmaps"), config_map(name)))
        self.create(config_map("x" * 253))
        made = self.create({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"generateName": "gen-"}})
        self.assertRegex(made["metadata"]["name"], "^gen-[a-z0-9]{5}$")

    def test_unknown_fields_are_dropped(self):
        made = self.create(config_map("unknown") | {"dataa": {"x": "y"}, "status": {"phase": "x"}})
        self.assertNotIn("dataa", made)
        made = self.create(deployment_config("unknown", replicas=0) | {"status": {"latestVersion": 9}})
        self.assertEqual(made["status"]["latestVersion"], 0)

    def test_wrong_types_are_refused(self):
        for obj, text in (({"data": {"a": 1}}, "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"),
                          ({"data": ["a"]}, "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string"),
                          ({"metadata": {"name": "t", "labels": {"a": True}}},
                           "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string")):
            self.assertIn(text, self.message(400, "POST", self.path("configmaps"), config_map("t") | obj))
        broken = deployment_config("t")
        broken["spec"]["replicas"] = "2"
        self.assertIn("of type int32", self.message(400, "POST", self.path("deploymentconfigs"), broken))
        self.message(400, "POST", self.path("configmaps"), b"[]")
        self.message(400, "POST", self.path("configmaps"), b"{")

    def test_secret_data(self):
        made = self.create({"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "YQ=="}, "stringData": {"b": "ü"}})
        self.assertEqual(made["data"], {"a": "YQ==", "b": base64.b64encode("ü".encode()).decode()})
        self.assertEqual(made["type"], "Opaque")
        self.assertNotIn("stringData", made)
        text = self.message(400, "POST", self.path("secrets"), {"kind": "Secret", "metadata": {"name": "bad"}, "data": {"a": "no base64!"}})
        self.assertIn("illegal base64 data at input byte 2", text)
        self.assertIn("field is immutable", self.message(422, "PATCH", self.path("secrets", "s"), {"type": "kubernetes.io/tls"}, kind=MERGE))

    def test_size_limits(self):
        self.create(config_map("big", {"a": "x" * 400000}))
        self.assertIn("Too long: must have at most 1048576 bytes", self.message(422, "POST", self.path("configmaps"), config_map("huge", {"a": "x" * 1100000})))
        self.assertEqual(self.message(422, "POST", self.path("configmaps"), config_map("note", annotations={"a": "x" * 262145})),
                         'ConfigMap "note" is invalid: metadata.annotations: Too long: must have at most 262144 bytes')
        status, _, answer = self.send("POST", self.path("configmaps"), b"x" * (3 * 1024 * 1024 + 1))
        self.assertEqual((status, answer["reason"]), (413, "RequestEntityTooLarge"))
        self.local.connection.close()
        del self.local.connection

    def test_patches(self):
        self.create(deployment_config("patched", replicas=0))
        path = self.path("deploymentconfigs", "patched")
        self.call("PATCH", path, {"spec": {"template": {"spec": {"containers": [{"name": "c", "env": [{"name": "A", "value": "1"}]}]}}}}, kind=STRATEGIC)
        done = self.call("PATCH", path, {"spec": {"template": {"spec": {"containers": [
            {"name": "c", "env": [{"name": "B", "value": "2"}, {"name": "A", "$patch": "delete"}]}]}}}}, kind=STRATEGIC)
        container = done["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual((container["image"], container["env"]), ("registry.example/app:1", [{"name": "B", "value": "2"}]))
        done = self.call("PATCH", path, {"spec": {"revisionHistoryLimit": 3, "test": None}}, kind=MERGE)
        self.assertEqual((done["spec"]["revisionHistoryLimit"], done["spec"]["test"]), (3, False))
        done = self.call("PATCH", path, [{"op": "test", "path": "/spec/replicas", "value": 0}, {"op": "add", "path": "/metadata/labels", "value": {"a/b": "c"}},
                                         {"op": "replace", "path": "/metadata/labels/a~1b", "value": "d"}], kind=JSON)
        self.assertEqual(done["metadata"]["labels"], {"a/b": "d"})
        self.assertEqual(self.message(400, "PATCH", path, "{bad", kind=MERGE),
                         "error decoding patch: invalid character 'b' looking for beginning of object key string")
        self.message(415, "PATCH", path, {}, kind="application/json")
        self.message(409, "PATCH", path, {"metadata": {"resourceVersion": "1"}}, kind=MERGE)
        self.message(422, "PATCH", path, [{"op": "remove", "path": "/nothing/here"}], kind=JSON)

    def test_dry_run_changes_nothing(self):
        self.call("POST", self.path("configmaps") + "?dryRun=All", config_map("dry"), expect=201)
        self.assertIsNone(self.store.find("configmaps", "ns", "dry"))
        self.create(config_map("dry", {"a": "1"}))
        self.assertEqual(self.call("PATCH", self.path("configmaps", "dry") + "?dryRun=All", {"data": {"a": "2"}}, kind=MERGE)["data"], {"a": "2"})
        self.call("DELETE", self.path("configmaps", "dry") + "?dryRun=All")
        self.assertEqual(self.get("configmaps", "dry")["data"], {"a": "1"})

    def test_lists_and_selectors(self):
        for name, labels in (("l1", {"app": "a", "n": "1"}), ("l2", {"app": "a", "n": "2"}), ("l3", {"app": "b"})):
            self.create(config_map(name, labels=labels), "other")
        names = lambda query: [i["metadata"]["name"] for i in self.call("GET", self.path("configmaps", namespace="other") + "?" + query)["items"]]
        quote = urllib.parse.quote
        self.assertEqual(names("labelSelector=app%3Da"), ["l1", "l2"])
        self.assertEqual(names("labelSelector=" + quote("app in (a, b),n notin (2),n")), ["l1"])
        self.assertEqual(names("labelSelector=" + quote("app,!n")), ["l3"])
        self.assertEqual(names("labelSelector=" + quote("app==a,n!=1")), ["l2"])
        self.assertEqual(names("fieldSelector=metadata.name%3Dl3"), ["l3"])
        self.message(400, "GET", self.path("configmaps") + "?fieldSelector=data.a%3Db")
        self.message(400, "GET", self.path("configmaps") + "?labelSelector=" + quote("a in b c"))
        listing = self.call("GET", self.path("configmaps", namespace="other"))
        self.assertEqual((listing["kind"], listing["apiVersion"]), ("ConfigMapList", "v1"))
        self.assertNotIn("kind", listing["items"][0])

    def test_service_addresses(self):
        service = {"kind": "Service", "metadata": {"name": "svc"}, "spec": {"ports": [{"port": 80}]}}
        made = self.create(service)
        address = made["spec"]["clusterIP"]
        copy = {"kind": "Service", "metadata": {"name": "svc"}, "spec": {"ports": [{"port": 80}], "clusterIP": address, "clusterIPs": [address]}}
        text = f'Service "svc" is invalid: spec.clusterIPs: Invalid value: []string{{"{address}"}}: failed to allocate IP {address}: provided IP is already allocated'
        self.assertEqual(self.message(422, "POST", self.path("services", namespace="other"), copy), text)
        self.assertEqual(self.message(422, "PUT", self.path("services", "svc", "other"), copy), text)
        kept = self.call("PUT", self.path("services", "svc"), service | {"metadata": {"name": "svc", "labels": {"a": "b"}}})
        self.assertEqual(kept["spec"]["clusterIP"], address)

    def test_pod_admission(self):
        made = self.create(pod("plain"), role="edit")
        self.assertEqual(made["metadata"]["annotations"]["openshift.io/scc"], "restricted-v2")
        first = int(self.get("namespaces", "ns")["metadata"]["annotations"]["openshift.io/sa.scc.uid-range"].split("/")[0])
        self.assertEqual(made["spec"]["containers"][0]["securityContext"]["runAsUser"], first)
        text = self.message(403, "POST", self.path("pods"), pod("root", securityContext={"runAsUser": 0, "fsGroup": first + 1, "seLinuxOptions": {"level": "s0"}}), role="edit")
        self.assertIn("unable to validate against any security context constraint", text)
        self.assertIn(f"must be in the ranges: [{first}, {first + 9999}]", text)
        self.assertIn(f"{first + 1} is not an allowed group", text)
        self.assertIn("seLinuxOptions.level", text)
        self.assertIn('serviceaccount "absent" not found', self.message(403, "POST", self.path("pods"), pod("sa", serviceAccountName="absent")))
        self.assertIn("pod updates may not change fields", self.message(422, "PATCH", self.path("pods", "plain"), {"spec": {"hostname": "x"}}, kind=MERGE))

    def test_pods_of_a_cluster_admin(self):
        """anyuid comes first, and fills in neither user nor group; what is stated is kept, and a seccomp profile leads to restricted-v2."""
        made = self.create(pod("any"))
        self.assertEqual(made["metadata"]["annotations"]["openshift.io/scc"], "anyuid")
        self.assertEqual(set(made["spec"]["securityContext"]), {"seLinuxOptions"})
        self.assertEqual(made["spec"]["containers"][0]["securityContext"], {"capabilities": {"drop": ["MKNOD"]}})
        given = made["spec"]["securityContext"] | {"runAsUser": 5, "fsGroup": 6, "runAsNonRoot": True}
        made = self.create(pod("stated", securityContext=given))
        self.assertEqual((made["metadata"]["annotations"]["openshift.io/scc"], made["spec"]["securityContext"]), ("anyuid", given))
        made = self.create(pod("profile", securityContext={"seccompProfile": {"type": "RuntimeDefault"}}))
        self.assertEqual(made["metadata"]["annotations"]["openshift.io/scc"], "restricted-v2")
        self.create(deployment_config("by-controller"))
        made = self.wait(lambda: [p for p in self.store.list("pods", "ns") if p["metadata"]["name"].startswith("by-controller-1-") and "deployer" not in p["spec"]["serviceAccountName"]])[0]
        self.assertEqual(made["metadata"]["annotations"]["openshift.io/scc"], "restricted-v2")

    def test_claim_is_immutable(self):
        self.create(claim("fixed"))
        self.wait(lambda: self.get("persistentvolumeclaims", "fixed")["status"]["phase"] == "Bound")
        path = self.path("persistentvolumeclaims", "fixed")
        self.assertIn("spec is immutable after creation except resources.requests for bound claims",
                      self.message(422, "PATCH", path, {"spec": {"accessModes": ["ReadWriteMany"]}}, kind=MERGE))
        self.assertIn("field can not be less than previous value", self.message(422, "PATCH", path, {"spec": {"resources": {"requests": {"storage": "1Mi"}}}}, kind=MERGE))
        self.call("PATCH", path, {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}, kind=MERGE)

    def test_exec_and_its_errors(self):
        self.create(pod("target"))
        self.wait(lambda: self.get("pods", "target")["status"]["phase"] == "Running")
        done = self.call("POST", self.path("pods", "target", sub="exec") + "?container=c&command=ls&command=-l&command=&stdin=true")
        self.assertEqual(done, {"socket": "/socket", "ticket": "ticket"})
        self.assertEqual(self.kubelet.tickets[-1], ("ns", "target", "c", ["ls", "-l", ""], True))
        self.assertEqual(self.message(400, "POST", self.path("pods", "target", sub="exec") + "?container=nope&command=ls"),
                         "container nope is not valid for pod target")
        self.assertEqual(self.message(403, "POST", self.path("pods", "target", sub="exec") + "?command=ls", role="view"),
                         'pods "target" is forbidden: User "viewer3s" cannot create resource "pods/exec" in API group "" in the namespace "ns"')
        self.assertEqual(self.send("GET", self.path("pods", "target", sub="log"))[2], b"a line\n")

    def test_deprecation_warning(self):
        headers = self.send("GET", self.path("deploymentconfigs"))[1]
        self.assertEqual(headers["Warning"], '299 - "apps.openshift.io/v1 DeploymentConfig is deprecated in v4.14+, unavailable in v4.10000+"')
        self.assertIsNone(self.send("GET", self.path("pods"))[1]["Warning"])

    def test_paths_that_do_not_exist(self):
        for path in ("/api/v1/namespaces/ns/frobs", "/apis/foo.example/v1/foos", "/api/v1/namespaces/ns/configmaps/a/b/c", "/apis/nope"):
            self.assertEqual(self.message(404, "GET", path), "the server could not find the requested resource")
        self.message(405, "POST", self.path("configmaps", "kube-root-ca.crt"))


class Watching(ClusterTest):
    def events(self, query, count, namespace="ns"):
        connection = self.connect()
        self.addCleanup(connection.close)
        connection.request("GET", self.path("configmaps", namespace=namespace) + "?watch=1&" + query, headers={"Authorization": "Bearer " + self.tokens["edit"]})
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        return [json.loads(response.readline()) for _ in range(count)]

    def test_from_a_version(self):
        version = self.call("GET", self.path("configmaps"))["metadata"]["resourceVersion"]
        self.create(config_map("w1", labels={"w": "1"}))
        self.merge("configmaps", "w1", {"metadata": {"labels": {"w": "2"}}})
        self.merge("configmaps", "w1", {"metadata": {"labels": {"w": "1"}}})
        self.call("DELETE", self.path("configmaps", "w1"))
        found = self.events(f"resourceVersion={version}&labelSelector=w%3D1&timeoutSeconds=5", 4)
        self.assertEqual([e["type"] for e in found], ["ADDED", "DELETED", "ADDED", "DELETED"])
        self.assertEqual(found[0]["object"]["kind"], "ConfigMap")

    def test_from_nothing_and_bookmark_at_the_end(self):
        self.create(config_map("w2"), "other")
        found = self.events("fieldSelector=metadata.name%3Dw2&timeoutSeconds=1&allowWatchBookmarks=true", 2, "other")
        self.assertEqual([e["type"] for e in found], ["ADDED", "BOOKMARK"])

    def test_too_old(self):
        found = self.events("resourceVersion=5", 1)[0]
        self.assertEqual((found["type"], found["object"]["code"], found["object"]["reason"]), ("ERROR", 410, "Expired"))


class ServerSideApply(ClusterTest):
    def apply(self, name, fields, manager="one", query="", expect=200, kind="ConfigMap"):
        obj = {"kind": kind, "apiVersion": "v1", "metadata": {"name": name}} | fields
        return self.call("PATCH", self.path(kind, name) + f"?fieldManager={manager}{query}", obj, kind=APPLY, expect=expect)

    def test_fields_come_and_go_with_their_manager(self):
        self.apply("a", {"data": {"x": "1", "y": "1"}}, expect=201)
        self.apply("a", {"data": {"z": "1"}}, "two")
        done = self.apply("a", {"data": {"x": "2"}})
        self.assertEqual(done["data"], {"x": "2", "z": "1"})
        again = self.apply("a", {"data": {"x": "2"}})
        self.assertEqual(again["metadata"]["resourceVersion"], done["metadata"]["resourceVersion"])

    def test_conflict_and_force(self):
        self.create(config_map("b", {"x": "1", "w": "1"}))
        answer = self.apply("b", {"data": {"x": "2"}}, expect=409)
        self.assertEqual(answer["message"], 'Apply failed with 1 conflict: conflict with "tests" using v1: .data.x')
        self.assertEqual(self.get("configmaps", "b")["data"], {"x": "1", "w": "1"})
        done = self.apply("b", {"data": {"x": "2"}}, query="&force=true")
        self.assertEqual(done["data"], {"x": "2", "w": "1"})
        owners = {m["manager"]: m["fieldsV1"] for m in done["metadata"]["managedFields"]}
        self.assertEqual(owners["one"], {"f:data": {"f:x": {}}})
        self.assertNotIn("f:x", owners["tests"]["f:data"])

    def test_lists_are_merged_by_key(self):
        self.create(deployment_config("sub", replicas=0))
        obj = {"kind": "DeploymentConfig", "apiVersion": "apps.openshift.io/v1", "metadata": {"name": "sub"}, "spec": {"template": {"spec": {
            "containers": [{"name": "c", "env": [{"name": "A", "value": "1"}]}]}}}}
        path = self.path("DeploymentConfig", "sub") + "?fieldManager=one"
        done = self.call("PATCH", path, obj, kind=APPLY)
        self.assertEqual(done["spec"]["template"]["spec"]["containers"][0]["image"], "registry.example/app:1")
        obj["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "B", "value": "1"}]
        done = self.call("PATCH", path, obj, kind=APPLY)
        self.assertEqual(done["spec"]["template"]["spec"]["containers"][0]["env"], [{"name": "B", "value": "1"}])

    def test_refusals(self):
        self.assertEqual(self.apply("c", {"metadata": {"name": "c", "managedFields": []}}, expect=400)["message"], "metadata.managedFields must be nil")
        self.assertIn("uid mismatch", self.apply("c", {"metadata": {"name": "c", "uid": "x"}}, expect=409)["message"])
        self.create(config_map("c"))
        self.apply("c", {"metadata": {"name": "c", "resourceVersion": "1"}}, expect=409)
        self.assertIn("fieldManager: Required value", self.message(422, "PATCH", self.path("configmaps", "c"), config_map("c"), kind=APPLY))
        self.message(400, "PATCH", self.path("configmaps", "c") + "?fieldManager=x", b"a: &a [1]\nb: *a\n", kind=APPLY)

    def test_yaml_and_dry_run(self):
        text = b"kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: d\ndata:\n  x: |\n    two\n    lines\n"
        self.call("PATCH", self.path("configmaps", "d") + "?fieldManager=one&dryRun=All", text, kind=APPLY, expect=201)
        self.assertIsNone(self.store.find("configmaps", "ns", "d"))
        done = self.call("PATCH", self.path("configmaps", "d") + "?fieldManager=one", text, kind=APPLY, expect=201)
        self.assertEqual(done["data"], {"x": "two\nlines\n"})


class Stored(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name) / "objects"
        self.store = Store(self.path)

    def config(self, name, **data):
        return self.store.create(config_map(name, data, namespace="ns"))

    def test_what_is_written_is_there_after_a_restart(self):
        kept = [self.config(name, a=name) for name in ("plain", "x" * 250, "odd:name ü/..")]
        self.config("gone")
        self.store.delete("configmaps", "ns", "gone")
        again = Store(self.path)
        self.assertEqual(again.list("configmaps"), sorted(kept, key=lambda o: o["metadata"]["name"]))
        self.assertGreater(again.version, self.store.version)
        files = [f for f in self.path.rglob("*") if f.is_file()]
        self.assertEqual({f.stat().st_mode & 0o777 for f in files}, {0o600})
        self.assertTrue(all(f.resolve().is_relative_to(self.path.resolve()) for f in files))

    def test_put_back_keeps_uids_and_versions(self):
        saved = self.config("a", v="1")
        seen = []
        self.store.modify("configmaps", "ns", "a", lambda o: o["data"].update(v="2"))
        self.store.drop_namespace("ns")
        end = self.store.watch(lambda e: seen.append((e.type, e.version)))
        self.store.put_back([saved])
        end()
        self.assertEqual(self.store.get("configmaps", "ns", "a"), saved)
        self.assertGreater(seen[0][1], int(saved["metadata"]["resourceVersion"]))
        self.config("b")
        self.assertEqual(len(seen), 1)

    def test_writers_at_the_same_time(self):
        self.config("counter", n="0")

        def count():
            for _ in range(50):
                self.store.modify("configmaps", "ns", "counter", lambda o: o["data"].update(n=str(int(o["data"]["n"]) + 1)))
        threads = [threading.Thread(target=count) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(self.store.get("configmaps", "ns", "counter")["data"]["n"], "200")


if __name__ == "__main__":
    unittest.main()
