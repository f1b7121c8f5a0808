"""The surroundings that the recordings were made in, set up in a sandbox with the sandbox's own means: users, projects, saved
objects, servers that do not answer."""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

import proxy

PROJECT = "threescale"
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
APIMANAGER = {"apiVersion": "apps.3scale.net/v1alpha1", "kind": "APIManager", "metadata": {"name": "apimanager"},
              "spec": {"resourceRequirementsEnabled": False, "system": {"fileStorage": {"persistentVolumeClaim": {}}},
                       "wildcardDomain": "apps.lab.local"}}
# The objects that the recordings save and apply again: file name -> what to get.
SAVED = {"secret": "secret/system-seed", "configmap": "configmap/system-environment", "dc": "dc/zync", "pvc": "pvc/system-storage",
         "route": "route/backend", "service": "service/zync", "apimanager": "apimanager/apimanager"}
# What a careful user removes before applying a saved object elsewhere.
CLEANED = ("resourceVersion", "uid", "creationTimestamp", "generation", "managedFields", "ownerReferences", "namespace", "selfLink")


class Lab:
    """A running sandbox and the directories of one run; call close() at the end."""

    def __init__(self, command, home=None):
        self.command = pathlib.Path(command).resolve()
        self.oc = self.command.parent / "oc"
        self.own_home = home is None
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="contract-"))
        self.home = pathlib.Path(home or self.root / "h")
        self.work, self.lab = self.root / "work", self.root / "lab"
        for directory in (self.work / "o", self.work / "home", self.lab / "pki", self.lab / "manifests"):
            directory.mkdir(parents=True)
        self.closers = []
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def close(self):
        for close in self.closers:
            close()
        if self.own_home:
            subprocess.run([self.command, "--home", self.home, "down"], check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(self.root, ignore_errors=True)

    # -- setting up ----------------------------------------------------------------------------------------------------

    def _start(self):
        if self.own_home:
            self.sandbox("up", "--only", f"north/{PROJECT}", "--rows", "2000", "--die-with-parent")
        self.server = json.loads((self.home / "clusters.json").read_text())["sandbox-north"]
        shutil.copy(self.home / "ca-north.crt", self.lab / "pki" / "ca.crt")
        self._certificates()
        shutil.copy(self.command.parent / "install" / "amp.yml", self.lab / "manifests" / "amp-lab.yml")
        self.kubeconfigs = {}
        for name, user in (("edit", "admin3s"), ("view", "viewer3s"), ("nobody", "nobody3s"), ("admin", "kubeadmin")):
            self.kubeconfig(name, user, token=(self.home / f"token-north{'' if name == 'edit' else '-' + name}").read_text().strip())
        self.kubeconfig("revoked", "admin3s", token="sha256~RODdTnbF_a4_m7ZmNsJrGpXYH1lVpC_lFUW_YmG2wZs")
        self.kubeconfig("anonymous", "admin3s")
        self._failing_servers()
        self._projects()

    def _certificates(self):
        """A CA that signed nothing here, and a self-signed certificate for the servers that this program plays."""
        for name, subject in (("badca", "/CN=another CA"), ("proxy", "/CN=127.0.0.1")):
            files = ["-keyout", self.lab / "pki" / f"{name}.key", "-out", self.lab / "pki" / f"{name}.crt"]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                            "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True)

    def _failing_servers(self):
        self.kubeconfig("down", "admin3s", token="sha256~labEditToken0000000000000000000000000000000", server="https://127.0.0.1:6999")
        frozen = socket.create_server(("127.0.0.1", 0))
        self.closers.append(frozen.close)
        self.frozen = f"https://127.0.0.1:{frozen.getsockname()[1]}"
        self.kubeconfig("frozen", "admin3s", token="sha256~x", server=self.frozen)
        web = proxy.NotFoundServer()
        self.closers.append(web.shutdown)
        self.web = web.url
        host, _, port = self.server.removeprefix("https://").partition(":")
        self.proxies = {}
        pki = self.lab / "pki"
        for name, failing in (("oas_down", proxy.openshift_down), ("kubelet_down", proxy.kubelet_down), ("oauth_down", proxy.oauth_down)):
            server = proxy.Proxy((host, int(port)), str(pki / "ca.crt"), [str(pki / "proxy.crt"), str(pki / "proxy.key")], failing)
            self.closers.append(server.shutdown)
            self.proxies[name] = server.url
            self.kubeconfig(name, "admin3s", token=self.token("edit"), server=server.url, authority="proxy.crt")

    def _projects(self):
        title = json.dumps({"metadata": {"annotations": {"openshift.io/display-name": "3scale lab"}}})
        self.run_oc("admin", "patch", "namespace", PROJECT, "--type=merge", "-p", title)
        # In a home that is used again, what the last run left goes first.
        self.run_oc("admin", "delete", "namespace", "threescale-restore", "--ignore-not-found", "--timeout=60s")
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "threescale-restore"}}
        self.run_oc("admin", "create", "-f", "-", stdin=json.dumps(namespace))
        scratch = self.kubeconfig("scratch", "kubeadmin", token=self.token("admin"))
        self.run_oc("admin", "--kubeconfig", scratch, "new-project", "other-project", check=False)
        rbac = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "lab-apimanager"}}
        role = rbac | {"kind": "Role", "rules": [{"apiGroups": ["apps.3scale.net"], "resources": ["apimanagers"], "verbs": VERBS}]}
        binding = rbac | {"kind": "RoleBinding", "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "lab-apimanager"},
                          "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "admin3s"}]}
        for project in (PROJECT, "threescale-restore"):
            for obj in (role, binding):
                self.run_oc("admin", "-n", project, "apply", "-f", "-", stdin=json.dumps(obj))
        self.run_oc("edit", "-n", PROJECT, "delete", "apimanager", "apimanager", "--ignore-not-found")
        self.run_oc("edit", "-n", PROJECT, "apply", "-f", "-", stdin=json.dumps(APIMANAGER))

    # -- tools ---------------------------------------------------------------------------------------------------------

    def sandbox(self, *args):
        subprocess.run([self.command, "--home", self.home, *args], check=True, stdout=subprocess.DEVNULL)

    def token(self, identity):
        return json.loads(pathlib.Path(self.kubeconfigs[identity]).read_text())["users"][0]["user"]["token"]

    def kubeconfig(self, name, user, token=None, server=None, authority="ca.crt"):
        path = self.lab / f"{name}.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": "lab",
            "clusters": [{"name": "lab", "cluster": {"server": server or self.server, "certificate-authority": str(self.lab / "pki" / authority)}}],
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "namespace": PROJECT, "user": user}}],
            "users": [{"name": user, "user": {"token": token} if token else {}}]}))
        self.kubeconfigs[name] = str(path)
        return str(path)

    def environment(self, kubeconfig):
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.work / "home"), "LC_ALL": "C.UTF-8", "KUBECONFIG": str(kubeconfig),
                "SCALEKEEP_SANDBOX_HOME": str(self.home), "TERM": "dumb"}

    def run_oc(self, identity, *args, stdin=None, check=True):
        done = subprocess.run([self.oc, *map(str, args)], input=stdin, capture_output=True, text=True, cwd=self.work,
                              env=self.environment(self.kubeconfigs[identity]))
        if check and done.returncode:
            raise AssertionError(f"setting up: oc {' '.join(map(str, args))}: exit {done.returncode}\n{done.stderr}")
        return done

    def json(self, identity, *args):
        return json.loads(self.run_oc(identity, *args, "-o", "json").stdout)

    def pods(self, workload):
        return self.json("edit", "-n", PROJECT, "get", "pods", "-l", f"deploymentConfig={workload}")["items"]

    def pod(self, workload):
        """The name of a pod of the workload that is ready and stays."""
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            for pod in self.pods(workload):
                ready = {c["type"]: c["status"] for c in pod.get("status", {}).get("conditions") or []}.get("Ready")
                if ready == "True" and not pod["metadata"].get("deletionTimestamp"):
                    return pod["metadata"]["name"]
            time.sleep(0.2)
        raise AssertionError(f"no pod of {workload} is ready")

    def settle(self, workload):
        """Waits until no rollout of the workload runs and only its newest pods are there."""
        limit = time.monotonic() + 90
        while time.monotonic() < limit:
            dc = self.json("edit", "-n", PROJECT, "get", "dc", workload)
            latest = f'{workload}-{dc["status"].get("latestVersion", 0)}'
            rc = self.run_oc("edit", "-n", PROJECT, "get", "rc", latest, "-o", "json", check=False)
            phase = json.loads(rc.stdout)["metadata"]["annotations"].get("openshift.io/deployment.phase") if rc.returncode == 0 else ""
            pods = self.pods(workload)
            if phase in ("Complete", "Failed") and len(pods) == dc["spec"]["replicas"] and all(
                    c.get("ready") for p in pods for c in p.get("status", {}).get("containerStatuses") or [{}]):
                return
            time.sleep(0.3)
        raise AssertionError(f"{workload} does not settle")

    def in_pod(self, workload, script, stdin=b""):
        drained = script + "; rc=$?; cat >/dev/null; exit $rc"
        done = subprocess.run([self.oc, "-n", PROJECT, "exec", "-i", self.pod(workload), "--", "bash", "-c", drained],
                              input=stdin, capture_output=True, env=self.environment(self.kubeconfigs["edit"]))
        if done.returncode:
            raise AssertionError(f"setting up: {script}: {done.stderr.decode()}")
        return done.stdout

    def fill(self, text):
        """An argv word of the table with its {placeholders} filled in."""
        def value(match):
            kind, _, name = match[1].partition(":")
            if kind == "pod":
                return self.pod(name)
            if kind == "token":
                return self.token(name)
            if kind == "password":
                return (self.home / f"password-north-{name}").read_text().strip()
            return {"server": self.server, "work": str(self.work), "lab": str(self.lab), "web": self.web, "frozen": self.frozen,
                    "http": self.server.replace("https:", "http:"), **self.proxies}[kind]
        return re.sub(r"\{((?:pod|token|password):[\w-]+|server|work|lab|web|frozen|http|oas_down|oauth_down|kubelet_down)\}", value, text)

    def places(self):
        return [(str(self.work / "home"), "<HOME>"), (str(self.work), "<WORKDIR>"), (str(self.lab), "<LAB>")]
