"""6.6.1: a template-based installation whose objects were all deleted is made again with `restore --template`, as an administrator does it: template.create is killed
in the middle, taken back by `undo`; and once more, looked for and completed by `resume`. SCALEKEEP_CLI names the program."""
import json
import re
import signal
import unittest

from lab import SANDBOX, Lab, said

TARGET = "north/threescale"
LABELLED = "deploymentconfigs,services,secrets,configmaps,persistentvolumeclaims,imagestreams,routes"
UNLABELLED = ("serviceaccount/amp", "serviceaccount/zync-que-sa", "role/zync-que-role", "rolebinding/zync-que-rolebinding")
# `oc new-app` notes on what it makes that it did; claims and service accounts stay as the template has them.
# What was on the claims that an undo has left is put aside and stays, for nothing else keeps it.
KNOWN = re.compile(r"(persistentvolumeclaims|serviceaccounts)/\S+ differs in metadata.annotations.openshift.io/generated-by$|files: '.scalekeep-run-[^']*' only in the second$")


class Template(unittest.TestCase):
    def oc(self, *arguments):
        done = self.lab.oc("north", "--token", self.lab.secret_file("token-north-admin"), "-n", "threescale", *arguments)
        self.assertEqual(done.returncode, 0, said(done))
        return done.stdout

    def objects(self, kinds):
        return json.loads(self.oc("get", kinds, "-o", "json"))["items"]

    def root_passwords(self):
        """In the literals of each revision of system-mysql: the first one is the template's own."""
        return [e["value"] for o in self.objects("replicationcontrollers") if o["metadata"]["name"].startswith("system-mysql-")
                for e in o["spec"]["template"]["spec"]["containers"][0]["env"] if e["name"] == "MYSQL_ROOT_PASSWORD"]

    def made(self):
        return self.oc("get", LABELLED, "-l", "app=3scale-api-management", "-o", "name") + self.oc("get", *UNLABELLED, "--ignore-not-found", "-o", "name")

    def killed(self, bundle, replicas, *arguments):
        """A restore from the template, killed in the middle: the id of its run."""
        done = self.lab.cli_until("Created DeploymentConfig/backend-redis", signal.SIGKILL, "restore", bundle, "boss/threescale", "--template", SANDBOX / "install" / "amp.yml",
                                  "--confirm", "threescale", *arguments)
        self.assertEqual(done.returncode, -signal.SIGKILL, said(done))
        made = {o["metadata"]["name"]: o["spec"]["replicas"] for o in self.objects("deploymentconfigs")}
        self.assertIn("backend-redis", made)
        self.assertLess(len(made), len(replicas))
        run = next(run for run in map(json.loads, self.lab.cli("runs", "--json").stdout.splitlines()) if run["resumable"])
        self.assertEqual((run["state"], run["kind"]), ("interrupted", "restore"), run)
        return run["runId"]

    def test_made_again(self):
        self.lab = lab = Lab(TARGET, rows=20)
        self.addCleanup(lab.close)
        lab.login("north", "admin", "boss")
        before, replicas = lab.capture(TARGET, "before"), lab.replicas(TARGET)
        bundle = lab.folder / "B.scalekeep.tar"
        done = lab.cli("backup", "boss/threescale", "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        root = self.root_passwords()[0]
        for awkward in ("$X", '"', " ", "#"):
            self.assertIn(awkward, root)

        # A Route that goes with its Service may be gone before its turn comes.
        lab.oc("north", "--token", lab.secret_file("token-north-admin"), "-n", "threescale", "delete", LABELLED, "-l", "app=3scale-api-management", "--ignore-not-found")
        self.oc("delete", *UNLABELLED)
        self.assertEqual(self.objects("deploymentconfigs,services,persistentvolumeclaims,imagestreams"), [])

        # Taken back, only claims are left: what is on them by now nobody knows.
        done = lab.cli("undo", self.killed(bundle, replicas))
        self.assertEqual(done.returncode, 0, said(done))
        left = self.made().split()
        self.assertIn("persistentvolumeclaim/mysql-storage", left)
        for claim in left:
            self.assertIn(f"PersistentVolumeClaim/{claim.removeprefix('persistentvolumeclaim/')} stays", done.stdout)

        # So it is not overwritten before it is given up.
        done = lab.cli("restore", bundle, "boss/threescale", "--template", SANDBOX / "install" / "amp.yml", "--confirm", "threescale")
        self.assertEqual(done.returncode, 2, said(done))
        self.assertIn("--accept-unreadable system-mysql", done.stdout)
        done = lab.cli("resume", self.killed(bundle, replicas, "--accept-unreadable", "system-mysql"))
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Proven equal to the bundle: backend-redis, configmaps, routes, secrets, system-mysql, system-redis, system-storage, workloads, zync-database", done.stdout)
        self.assertIn("Created RoleBinding/zync-que-rolebinding", "".join(lab.outputs))

        # The values came through oc unchanged, and were in no argument and in no file of its own.
        self.assertEqual(set(self.root_passwords()), {root})
        said_all = "".join(lab.outputs)
        self.assertEqual(set(re.findall(r"oc process .*", said_all)), {"oc process --local -f - -o json"})
        self.assertNotIn(root, said_all)
        self.assertEqual(lab.replicas(TARGET), replicas)
        same = lab.compare(before, lab.capture(TARGET, "after"))
        differences = [line for line in same.stdout.splitlines() if line.startswith("DIFFERENT") and not KNOWN.search(line)]
        self.assertEqual(differences, [], same.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
