"""The controllers of the sandbox: rollouts, replicas, volumes, garbage, routes and the 3scale operator."""
import time
import unittest

from install import installations
from server.controllers.operator import LOCK, RENAMES
from server_fixture import ClusterTest, claim, config_map, deployment, deployment_config, pod, pod_template

A = "openshift.io/"


class WorkloadTest(ClusterTest):
    def pods(self, label, value, namespace="ns"):
        return self.store.list("pods", namespace, {label: value})

    def ready(self, name, kind="deploymentconfigs", namespace="ns"):
        obj = self.get(kind, name, namespace)
        wanted, status = obj["spec"]["replicas"], obj["status"]
        return status.get("readyReplicas", 0) == status.get("updatedReplicas", 0) == status.get("replicas", 0) == wanted and obj

    def rollout(self, name, number):
        """Wait until rollout `number` has ended; its phase."""
        def phase():
            rc = self.store.find("replicationcontrollers", "ns", f"{name}-{number}")
            return rc and rc["metadata"]["annotations"][A + "deployment.phase"] in ("Complete", "Failed") and rc["metadata"]["annotations"][A + "deployment.phase"]
        return self.wait(phase)

    def instantiate(self, name, expect=201):
        body = {"kind": "DeploymentRequest", "apiVersion": "apps.openshift.io/v1", "name": name, "latest": True, "force": True}
        return self.call("POST", self.path("deploymentconfigs", name, sub="instantiate"), body, expect=expect)

    def condition(self, name, kind="Progressing"):
        return self.wait(lambda: next((c for c in self.get("deploymentconfigs", name)["status"].get("conditions", []) if c["type"] == kind), None))

    def scale(self, kind, name, replicas, namespace="ns"):
        return self.merge(kind, name, {"spec": {"replicas": replicas}}, namespace, sub="scale")


class DeploymentConfigs(WorkloadTest):
    def test_first_rollout(self):
        self.create(deployment_config("first", replicas=2))
        self.assertEqual(self.rollout("first", 1), "Complete")
        dc = self.wait(lambda: self.ready("first"))
        self.assertEqual(dc["status"]["latestVersion"], 1)
        self.assertEqual(self.condition("first")["message"], 'replication controller "first-1" successfully rolled out')
        self.assertEqual(self.condition("first", "Available")["status"], "True")
        pods = self.pods("deploymentConfig", "first")
        self.assertEqual(len(pods), 2)
        for one in pods:
            self.assertRegex(one["metadata"]["name"], "^first-1-[a-z0-9]{5}$")
            self.assertEqual(one["metadata"]["labels"]["deployment"], "first-1")
        deployer = self.get("pods", "first-1-deploy")
        self.assertEqual((deployer["status"]["phase"], deployer["metadata"]["labels"]), ("Succeeded", {A + "deployer-pod-for.name": "first-1"}))

    def test_latest_and_a_changed_template(self):
        self.create(deployment_config("again"))
        self.rollout("again", 1)
        old = self.pods("deploymentConfig", "again")[0]["metadata"]["name"]
        self.assertEqual(self.instantiate("again")["status"]["latestVersion"], 2)
        self.assertEqual(self.rollout("again", 2), "Complete")
        self.wait(lambda: [p["metadata"]["name"] for p in self.pods("deploymentConfig", "again")] != [old] and self.ready("again"))
        self.assertEqual(self.get("replicationcontrollers", "again-2")["metadata"]["annotations"][A + "deployment.status-reason"], "manual change")
        self.merge("deploymentconfigs", "again", {"spec": {"template": {"metadata": {"annotations": {"x": "1"}}}}})
        self.assertEqual(self.rollout("again", 3), "Complete")
        self.assertEqual(self.get("replicationcontrollers", "again-3")["metadata"]["annotations"][A + "deployment.status-reason"], "config change")
        self.scale("deploymentconfigs", "again", 3)
        self.wait(lambda: self.ready("again") and len(self.pods("deployment", "again-3")) == 3)
        self.assertIsNone(self.store.find("replicationcontrollers", "ns", "again-4"))

    def test_paused(self):
        self.create(deployment_config("paused"))
        self.rollout("paused", 1)
        self.merge("deploymentconfigs", "paused", {"spec": {"paused": True, "template": {"metadata": {"annotations": {"x": "1"}}}}})
        self.assertEqual(self.instantiate("paused", 400)["message"], "cannot deploy a paused deployment config")
        self.wait(lambda: self.condition("paused")["reason"] == "DeploymentConfigPaused")
        self.assertIsNone(self.store.find("replicationcontrollers", "ns", "paused-2"))
        self.merge("deploymentconfigs", "paused", {"spec": {"paused": False}})
        self.assertEqual(self.rollout("paused", 2), "Complete")

    def test_an_image_that_does_not_come(self):
        self.create(deployment_config("broken", image="registry.example/good:1", strategy={"type": "Rolling", "rollingParams": {"timeoutSeconds": 1}}))
        self.rollout("broken", 1)
        self.merge("deploymentconfigs", "broken", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "no-such:1"}]}}}})
        self.assertEqual(self.rollout("broken", 2), "Failed")
        self.wait(lambda: self.condition("broken")["message"] == 'replication controller "broken-2" has failed progressing')
        self.assertEqual(self.get("pods", "broken-2-deploy")["status"]["phase"], "Failed")
        self.wait(lambda: [p["metadata"]["labels"]["deployment"] for p in self.pods("deploymentConfig", "broken")] == ["broken-1"])

    def test_cancelled_and_replaced_by_a_newer_one(self):
        self.create(deployment_config("cancelled", image="no-such:1"))
        self.wait(lambda: self.pods("deployment", "cancelled-1"))
        self.merge("replicationcontrollers", "cancelled-1", {"metadata": {"annotations": {A + "deployment.cancelled": "true"}}})
        self.assertEqual(self.rollout("cancelled", 1), "Failed")
        self.wait(lambda: self.condition("cancelled")["message"] == 'rollout of replication controller "cancelled-1" was cancelled')
        self.instantiate("cancelled")
        self.wait(lambda: self.pods("deployment", "cancelled-2"))
        self.merge("deploymentconfigs", "cancelled", {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "good:1"}]}}}})
        self.assertEqual(self.rollout("cancelled", 3), "Complete")
        marks = self.get("replicationcontrollers", "cancelled-2")["metadata"]["annotations"]
        self.assertEqual((marks[A + "deployment.phase"], marks[A + "deployment.status-reason"]), ("Failed", "newer deployment was found running"))

    def test_recreate_waits_for_the_old_pod(self):
        self.create(deployment_config("recreate", strategy={"type": "Recreate"}))
        self.rollout("recreate", 1)
        self.kubelet.slow.add("recreate-1-")
        self.instantiate("recreate")
        old = self.wait(lambda: [p for p in self.pods("deploymentConfig", "recreate") if p["metadata"].get("deletionTimestamp")])
        self.assertEqual(len(self.pods("deploymentConfig", "recreate")), 1)
        self.assertEqual(old[0]["metadata"]["deletionGracePeriodSeconds"], 1)
        self.kubelet.release("ns")
        self.assertEqual(self.rollout("recreate", 2), "Complete")

    def test_rolling_keeps_a_ready_pod(self):
        self.create(deployment_config("rolling"))
        self.rollout("rolling", 1)
        self.kubelet.slow.add("rolling-1-")
        self.instantiate("rolling")
        self.wait(lambda: len(self.pods("deploymentConfig", "rolling")) == 2)
        # The one that goes and the one that came: who takes the first of the list may get either.
        self.wait(lambda: any(p["metadata"].get("deletionTimestamp") for p in self.pods("deploymentConfig", "rolling")))
        self.kubelet.release("ns")
        self.assertEqual(self.rollout("rolling", 2), "Complete")

    def hooked(self, name, command, policy, kind="pre"):
        hook = {"failurePolicy": policy, "execNewPod": {"containerName": "c", "command": command, "env": [{"name": "A", "value": "2"}]}}
        self.create(deployment_config(name, strategy={"type": "Rolling", "rollingParams": {kind: hook, "timeoutSeconds": 30}}))

    def test_hooks(self):
        self.hooked("hooked", ["true"], "Abort")
        self.assertEqual(self.rollout("hooked", 1), "Complete")
        hook = self.get("pods", "hooked-1-hook-pre")
        self.assertEqual((hook["status"]["phase"], hook["metadata"]["labels"][A + "deployer-pod.type"]), ("Succeeded", "hook-pre"))
        self.assertNotIn("deploymentConfig", hook["metadata"]["labels"])
        self.assertIn({"name": "A", "value": "2"}, hook["spec"]["containers"][0]["env"])
        self.hooked("hook-abort", ["fail"], "Abort")
        self.assertEqual(self.rollout("hook-abort", 1), "Failed")
        self.assertEqual(self.pods("deploymentConfig", "hook-abort"), [])
        self.hooked("hook-ignore", ["fail"], "Ignore", "post")
        self.assertEqual(self.rollout("hook-ignore", 1), "Complete")
        self.hooked("hook-retry", ["fail"], "Retry")
        first = self.wait(lambda: self.store.find("pods", "ns", "hook-retry-1-hook-pre"))["metadata"]["uid"]
        self.wait(lambda: (self.store.find("pods", "ns", "hook-retry-1-hook-pre") or {"metadata": {"uid": first}})["metadata"]["uid"] != first)
        self.call("DELETE", self.path("deploymentconfigs", "hook-retry"))

    def test_images_from_a_stream(self):
        trigger = {"type": "ImageChange", "imageChangeParams": {"automatic": True, "containerNames": ["c"], "from": {"kind": "ImageStreamTag", "name": "app:1"}}}
        self.create(deployment_config("streamed", triggers=[{"type": "ConfigChange"}, trigger], image=" "))
        self.assertEqual(self.instantiate("streamed", 400)["message"], 'cannot trigger a deployment for "streamed" because it contains unresolved images')
        self.create({"kind": "ImageStream", "metadata": {"name": "app"}, "spec": {"tags": [{"name": "1", "from": {"kind": "DockerImage", "name": "registry.example/x/app:1"}}]}})
        self.assertEqual(self.rollout("streamed", 1), "Complete")
        image = self.pods("deployment", "streamed-1")[0]["spec"]["containers"][0]["image"]
        self.assertRegex(image, "^registry.example/x/app@sha256:[0-9a-f]{64}$")
        self.assertEqual(self.get("deploymentconfigs", "streamed")["spec"]["triggers"][1]["imageChangeParams"]["lastTriggeredImage"], image)

    def test_deletion_takes_everything_along(self):
        self.create(deployment_config("gone"))
        self.rollout("gone", 1)
        self.call("DELETE", self.path("deploymentconfigs", "gone"))
        self.wait(lambda: not [o for kind in ("replicationcontrollers", "pods") for o in self.store.list(kind, "ns") if o["metadata"]["name"].startswith("gone-")])

    def test_a_pod_that_carries_the_labels_is_taken_over_and_removed(self):
        self.create(deployment_config("labels"))
        self.rollout("labels", 1)
        self.wait(lambda: self.ready("labels"))
        old = self.pods("deploymentConfig", "labels")[0]
        helper = pod("labels-helper")
        helper["metadata"]["labels"] = old["metadata"]["labels"]
        self.create(helper)
        self.wait(lambda: len(self.pods("deploymentConfig", "labels")) == 1)


class Deployments(WorkloadTest):
    def test_rollout_and_restart(self):
        self.create(deployment("app", replicas=2))
        made = self.wait(lambda: self.ready("app", "deployments"))
        self.assertEqual(made["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1")
        first = {p["metadata"]["name"] for p in self.pods("deployment", "app")}
        self.merge("deployments", "app", {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "now"}}}}})
        self.wait(lambda: self.ready("app", "deployments") and not first & {p["metadata"]["name"] for p in self.pods("deployment", "app")})
        again = self.get("deployments", "app")
        self.assertEqual(again["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "2")
        self.assertEqual({c["type"]: c["reason"] for c in again["status"]["conditions"]},
                         {"Available": "MinimumReplicasAvailable", "Progressing": "NewReplicaSetAvailable"})
        self.scale("deployments", "app", 0)
        self.wait(lambda: not self.pods("deployment", "app"))

    def test_recreate(self):
        self.create(deployment("single", strategy="Recreate"))
        self.wait(lambda: self.ready("single", "deployments"))
        self.kubelet.slow.add("single-")
        self.merge("deployments", "single", {"spec": {"template": {"metadata": {"annotations": {"a": "b"}}}}})
        self.wait(lambda: [p for p in self.pods("deployment", "single") if p["metadata"].get("deletionTimestamp")])
        self.assertEqual(len(self.pods("deployment", "single")), 1)
        self.kubelet.release("ns")
        self.wait(lambda: self.ready("single", "deployments"))

    def test_jobs(self):
        def job(name, command, limit=1):
            spec = pod_template({}, restartPolicy="Never")
            spec["spec"]["containers"][0]["command"] = [command]
            return {"kind": "Job", "metadata": {"name": name}, "spec": {"backoffLimit": limit, "template": spec}}
        self.create(job("good", "true"))
        self.wait(lambda: [c for c in self.get("jobs", "good")["status"].get("conditions", []) if c["type"] == "Complete"])
        self.create(job("bad", "fail"))
        done = self.wait(lambda: [c for c in self.get("jobs", "bad")["status"].get("conditions", []) if c["type"] == "Failed"])
        self.assertEqual(done[0]["reason"], "BackoffLimitExceeded")
        self.assertEqual(len([p for p in self.store.list("pods", "ns") if p["metadata"]["name"].startswith("bad-")]), 2)


class Volumes(WorkloadTest):
    def phase(self, name, namespace="ns"):
        return self.get("persistentvolumeclaims", name, namespace)["status"]["phase"]

    def test_binding(self):
        self.create(claim("bound"))
        self.wait(lambda: self.phase("bound") == "Bound")
        found = self.get("persistentvolumeclaims", "bound")
        volume = self.get("persistentvolumes", found["spec"]["volumeName"])
        self.assertEqual((volume["spec"]["claimRef"]["uid"], volume["status"]["phase"]), (found["metadata"]["uid"], "Bound"))
        self.assertEqual(found["status"]["capacity"], {"storage": "1Gi"})
        # As a saved claim that is created elsewhere with its volume's name and the annotation of its binding.
        saved = claim("bound", volumeName=found["spec"]["volumeName"])
        saved["metadata"]["annotations"] = found["metadata"]["annotations"]
        self.create(saved, "other")
        self.wait(lambda: self.phase("bound", "other") == "Lost")
        self.assertEqual(self.phase("bound"), "Bound")

    def test_a_pod_waits_for_its_claim(self):
        self.create(pod("waits", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "late"}}]))
        self.wait(lambda: self.get("pods", "waits")["status"].get("conditions"))
        self.assertIn('persistentvolumeclaim "late" not found', self.get("pods", "waits")["status"]["conditions"][0]["message"])
        self.create(claim("late"))
        self.wait(lambda: self.get("pods", "waits")["status"]["phase"] == "Running")
        self.call("DELETE", self.path("persistentvolumeclaims", "late"))
        self.assertTrue(self.get("persistentvolumeclaims", "late")["metadata"]["deletionTimestamp"])
        self.call("DELETE", self.path("pods", "waits"))
        self.wait(lambda: self.store.find("persistentvolumeclaims", "ns", "late") is None)
        self.wait(lambda: ("ns", "late") in self.kubelet.dropped)


class Garbage(WorkloadTest):
    def owned(self, name, uid, **more):
        return config_map(name, ownerReferences=[{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": uid} | more])

    def test_dead_owner(self):
        self.create(self.owned("orphaned", "00000000-1111-2222-3333-444444444444"))
        self.wait(lambda: self.store.find("configmaps", "ns", "orphaned") is None)

    def test_policies(self):
        for policy, stays in (("Background", False), ("Foreground", False), ("Orphan", True)):
            uid = self.create(config_map("owner"))["metadata"]["uid"]
            self.create(self.owned("dependent", uid, blockOwnerDeletion=True))
            self.call("DELETE", self.path("configmaps", "owner"), {"propagationPolicy": policy})
            self.wait(lambda: self.store.find("configmaps", "ns", "owner") is None)
            if stays:
                self.assertNotIn("ownerReferences", self.wait(lambda: self.store.find("configmaps", "ns", "dependent"))["metadata"])
                self.call("DELETE", self.path("configmaps", "dependent"))
            self.wait(lambda: self.store.find("configmaps", "ns", "dependent") is None)

    def test_account_secrets(self):
        def made(kind):
            return [s["metadata"]["name"] for s in self.store.list("secrets", "ns") if s["type"] == "kubernetes.io/" + kind and
                    s["metadata"]["annotations"]["kubernetes.io/service-account.name"] == "own"]
        account = {"kind": "ServiceAccount", "metadata": {"name": "own"}, "imagePullSecrets": [{"name": "pull"}]}
        self.create(account)
        self.wait(lambda: made("dockercfg") and made("service-account-token"))
        self.wait(lambda: self.get("serviceaccounts", "own").get("secrets"))
        saved = self.get("serviceaccounts", "own")
        old = made("dockercfg")
        self.assertEqual(saved["imagePullSecrets"], [{"name": "pull"}, {"name": old[0]}])
        self.call("DELETE", self.path("serviceaccounts", "own"))
        self.wait(lambda: not made("dockercfg") and not made("service-account-token"))
        # A saved account brings references to Secrets that are gone; they are replaced.
        self.create(account | {"secrets": saved["secrets"]})
        self.wait(lambda: made("dockercfg") and self.get("serviceaccounts", "own")["secrets"] == [{"name": made("dockercfg")[0]}])
        self.assertNotEqual(made("dockercfg"), old)

    def test_routes(self):
        route = {"kind": "Route", "metadata": {"name": "r"}, "spec": {"host": "a.example.com", "to": {"name": "svc"}}}
        self.create(route)
        self.create(route, "other")
        conditions = lambda namespace: self.wait(lambda: (self.get("routes", "r", namespace)["status"].get("ingress") or [{}])[0].get("conditions"))
        self.assertEqual(conditions("ns")[0]["status"], "True")
        refused = conditions("other")[0]
        self.assertEqual((refused["status"], refused["reason"]), ("False", "HostAlreadyClaimed"))
        self.call("DELETE", self.path("routes", "r"))
        self.wait(lambda: self.get("routes", "r", "other")["status"]["ingress"][0]["conditions"][0]["status"] == "True")


class OperatorTest(WorkloadTest):
    @classmethod
    def install(cls, name):
        """All objects of an installation, in `ns`; the operator last."""
        i = next(i for i in installations() if i.name == name)
        objects = sorted(i.objects(), key=lambda o: o["kind"] == "Deployment" and "operator" in o["metadata"]["name"])
        uids = {}
        for obj in objects:
            obj["metadata"]["namespace"] = "ns"
            for owner in obj["metadata"].get("ownerReferences") or []:
                owner["uid"] = uids[owner["kind"], owner["name"]]
            made = cls.create(obj)
            uids[made["kind"], made["metadata"]["name"]] = made["metadata"]["uid"]

    def settled(self, kind):
        return self.wait(lambda: all(self.ready(o["metadata"]["name"], kind) for o in self.store.list(kind, "ns")), 60)

    def replicas(self, kind, name):
        return self.get(kind, name)["spec"]["replicas"]


class OldOperator(OperatorTest):
    def test_what_it_reverts_and_what_it_makes_again(self):
        self.install("north/acme-api")
        self.settled("deploymentconfigs")
        self.settled("deployments")
        nine = {"apicast-production", "apicast-staging", "backend-cron", "backend-listener", "backend-worker", "system-app", "system-sidekiq", "zync", "zync-que"}
        names = {o["metadata"]["name"] for o in self.store.list("deploymentconfigs", "ns")}
        self.assertEqual(len(names), 15)
        before = {name: self.replicas("deploymentconfigs", name) for name in names}
        for name in names:
            self.scale("deploymentconfigs", name, 0)
        self.wait(lambda: all(self.replicas("deploymentconfigs", name) == before[name] for name in nine))
        self.assertEqual({name for name in names if self.replicas("deploymentconfigs", name) == 0}, names - nine)
        # The field of the APIManager is the way to stop one of the nine.
        self.merge("apimanagers", "apimanager", {"spec": {"zync": {"queSpec": {"replicas": 0}}}})
        self.wait(lambda: self.replicas("deploymentconfigs", "zync-que") == 0)
        # Without the operator's pod nothing is reverted.
        owner = self.get("configmaps", LOCK)["metadata"]["ownerReferences"][0]
        self.assertEqual(owner["uid"], self.get("pods", owner["name"])["metadata"]["uid"])
        self.scale("deployments", "3scale-operator", 0)
        self.wait(lambda: not self.get("deployments", "3scale-operator")["status"].get("readyReplicas"))
        self.wait(lambda: not self.store.find("configmaps", "ns", LOCK))
        self.scale("deploymentconfigs", "system-app", 0)
        self.call("DELETE", self.path("persistentvolumeclaims", "system-redis-storage"))
        self.call("DELETE", self.path("secrets", "zync"))
        self.wait(lambda: not self.store.find("persistentvolumeclaims", "ns", "system-redis-storage"))
        self.assertEqual(self.replicas("deploymentconfigs", "system-app"), 0)
        self.assertIsNone(self.store.find("secrets", "ns", "zync"))
        # A lock without its pod, as from a backup, keeps the operator waiting.
        self.create(config_map(LOCK))
        self.scale("deployments", "3scale-operator", 1)
        self.wait(lambda: self.get("deployments", "3scale-operator")["status"].get("readyReplicas"))
        time.sleep(0.5)
        self.assertEqual(self.replicas("deploymentconfigs", "system-app"), 0)
        self.call("DELETE", self.path("configmaps", LOCK))
        self.wait(lambda: self.replicas("deploymentconfigs", "system-app") == 1)
        made = self.wait(lambda: self.store.find("persistentvolumeclaims", "ns", "system-redis-storage"))
        self.assertEqual(made["metadata"]["ownerReferences"][0]["uid"], self.get("apimanagers", "apimanager")["metadata"]["uid"])
        # A Secret that was not restored comes back with another password.
        old = next(o for i in installations() if i.name == "north/acme-api" for o in i.objects() if (o["kind"], o["metadata"]["name"]) == ("Secret", "zync"))
        new = self.wait(lambda: self.store.find("secrets", "ns", "zync"))
        self.assertNotEqual(new["data"]["ZYNC_DATABASE_PASSWORD"], old["data"]["ZYNC_DATABASE_PASSWORD"])
        # The end of the APIManager is the end of everything that it owns.
        self.call("DELETE", self.path("apimanagers", "apimanager"))
        self.wait(lambda: not self.store.list("persistentvolumeclaims", "ns") and not self.store.list("deploymentconfigs", "ns"))
        self.wait(lambda: ("ns", "mysql-storage") in self.kubelet.dropped)


class NewOperator(OperatorTest):
    def complete(self, name):
        job = self.store.find("jobs", "ns", name)
        return job and [c for c in (job.get("status") or {}).get("conditions", []) if c["type"] == "Complete"] and job

    def test_replicas_jobs_and_redis_config(self):
        self.install("south/threescale")
        self.settled("deployments")
        first = self.wait(lambda: self.complete("system-app-post"))["metadata"]["uid"]
        self.wait(lambda: {c["type"]: c["status"] for c in self.get("apimanagers", "apimanager")["status"]["conditions"]} == {"Available": "True"}, 20)
        # No value in the APIManager: not the operator's business since 2.13.
        self.scale("deployments", "zync", 0)
        self.scale("deployments", "backend-listener", 0)
        self.wait(lambda: self.replicas("deployments", "backend-listener") == 2)
        self.assertEqual(self.replicas("deployments", "zync"), 0)
        self.scale("deployments", "zync", 1)
        # A restart of system-app brings its hook Jobs again, a scale does not.
        self.scale("deployments", "system-app", 0)
        self.scale("deployments", "system-app", 1)
        self.settled("deployments")
        self.assertEqual(self.complete("system-app-post")["metadata"]["uid"], first)
        self.merge("deployments", "system-app", {"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "1"}}}}})
        self.wait(lambda: self.complete("system-app-post") and self.complete("system-app-post")["metadata"]["uid"] != first)
        # Deleting a capability resource waits for the operator; it is gone for good in 3scale, too.
        self.call("DELETE", self.path("developeraccounts", "initech"))
        self.call("DELETE", self.path("backends", "orders"))
        self.wait(lambda: not self.store.find("backends", "ns", "orders"))
        # A change of redis-config restarts both Redis; only the renames come back.
        self.settled("deployments")
        before = {p["metadata"]["name"] for name in ("backend-redis", "system-redis") for p in self.pods("deployment", name)}
        self.merge("configmaps", "redis-config", {"data": {"redis.conf": "appendonly no\n"}})
        self.wait(lambda: RENAMES in self.get("configmaps", "redis-config")["data"]["redis.conf"])
        self.assertTrue(self.get("configmaps", "redis-config")["data"]["redis.conf"].startswith("appendonly no\n"))
        self.wait(lambda: not before & {p["metadata"]["name"] for name in ("backend-redis", "system-redis") for p in self.pods("deployment", name)})


if __name__ == "__main__":
    unittest.main()
