"""What has to be done before a row of the table runs: `step` or `step:argument`, several separated by spaces. A step may return
variables for the row's environment, or a function to be called after it."""
import json
import threading
import time

from lab import CLEANED, PROJECT, SAVED


def saved(lab, _):
    """The saved objects as they are, with another namespace written into them, and cleaned."""
    for name, what in SAVED.items():
        obj = lab.json("edit", "-n", PROJECT, "get", what)
        meta = obj["metadata"]
        variants = {"": obj, "-ns": obj | {"metadata": meta | {"namespace": "threescale-restore"}},
                    "-clean": {k: v for k, v in obj.items() if k != "status"} | {"metadata": {k: v for k, v in meta.items() if k not in CLEANED}}}
        for suffix, variant in variants.items():
            (lab.work / "o" / f"{name}{suffix}.json").write_text(json.dumps(variant))


def objects(lab, names):
    """ConfigMaps and Secrets for rows that delete them: kind/name, separated by commas."""
    for word in names.split(","):
        kind, _, name = word.partition("/")
        lab.run_oc("edit", "-n", PROJECT, "apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}))


def settled(lab, workload):
    lab.settle(workload)


def rolling(lab, workload):
    """A rollout of the workload that has begun and not ended."""
    lab.settle(workload)
    lab.run_oc("edit", "-n", PROJECT, "rollout", "latest", f"dc/{workload}")


def failing(lab, workload):
    """A rollout that will fail soon: a variable from nowhere, and no time to wait for it. Put right afterwards."""
    lab.settle(workload)
    before = lab.json("edit", "-n", PROJECT, "get", "dc", workload)["spec"]
    container = before["template"]["spec"]["containers"][0]
    triggers = [t for t in before["triggers"] if t["type"] == "ConfigChange"]
    wrong = {"name": "NEVER", "valueFrom": {"configMapKeyRef": {"name": "no-such-map", "key": "x"}}}
    change = {"triggers": triggers, "strategy": {"rollingParams": {"timeoutSeconds": 2}},
              "template": {"spec": {"containers": [container | {"env": (container.get("env") or []) + [wrong]}]}}}
    lab.run_oc("edit", "-n", PROJECT, "patch", "dc", workload, "--type=merge", "-p", json.dumps({"spec": change}))

    def mend():
        back = {key: before[key] for key in ("triggers", "strategy", "template")}
        lab.run_oc("edit", "-n", PROJECT, "patch", "dc", workload, "--type=merge", "-p", json.dumps({"spec": back}))
        limit = time.monotonic() + 30
        # The deployer of the failed rollout may still be ending; the mended template starts one more.
        while lab.run_oc("edit", "-n", PROJECT, "rollout", "latest", f"dc/{workload}", check=False).returncode and time.monotonic() < limit:
            time.sleep(0.5)
        lab.settle(workload)
    return mend


def failed(lab, workload):
    """A rollout that has failed."""
    mend = failing(lab, workload)
    lab.run_oc("edit", "-n", PROJECT, "rollout", "status", f"dc/{workload}", check=False)
    return mend


def killed(lab, argument):
    """The pod is deleted two seconds into the row: killed:WORKLOAD or killed:WORKLOAD,gracefully."""
    workload, _, how = argument.partition(",")
    pod = lab.pod(workload)
    options = [] if how else ["--force", "--grace-period=0"]
    timer = threading.Timer(2, lab.run_oc, ("edit", "-n", PROJECT, "delete", "pod", pod, "--wait=false", *options))
    timer.start()

    def after():
        timer.join()
        lab.settle(workload)
    return after


def fault(lab, argument):
    """One fault of oc for this row: fault:KIND,BYTES."""
    kind, _, size = argument.partition(",")
    lab.sandbox("fault", "add", kind, "--verb", "exec", *(["--bytes", size] if size else []))
    lab.sandbox("fault", "add", kind, "--verb", "rsh", *(["--bytes", size] if size else []))
    return lambda: lab.sandbox("fault", "clear")


def variable(lab, argument):
    name, _, value = argument.partition("=")
    return {name: value}


def pushed(lab, argument):
    """A file in the pod, made by a script there that reads what another script wrote: pushed:WORKLOAD,NAME."""
    workload, _, name = argument.partition(",")
    dump = {"mysql": 'export MYSQL_PWD=${MYSQL_ROOT_PASSWORD}; mysqldump --single-transaction -hsystem-mysql -uroot system | gzip',
            "pg": "pg_dumpall -c --if-exists | gzip"}[name]
    target = {"mysql": "${HOME}/system-mysql-backup.gz", "pg": "${HOME}/zync-database-backup.gz"}[name]
    lab.in_pod(workload, f"cat > {target}", lab.in_pod(workload, dump))


def redis_dump(lab, direction):
    """Fetches the documented dump, or puts it back as the documentation does after the first rollout."""
    file = lab.work / "backend-redis-dump.rdb"
    if direction == "fetch":
        lab.in_pod("backend-redis", "redis-cli SAVE >/dev/null")
        file.write_bytes(lab.in_pod("backend-redis", "cat ${HOME}/data/dump.rdb"))
    else:
        lab.in_pod("backend-redis", "cat > ${HOME}/data/dump.rdb", file.read_bytes())


def script(lab, argument):
    """Something in a pod, written without spaces as script:WORKLOAD,COMMAND with _ for a space."""
    workload, _, text = argument.partition(",")
    lab.in_pod(workload, text.replace("_", " "))


def logged_in(lab, _):
    """A session of its own in the kubeconfig that rows as `kept` use: one that may be ended."""
    path = lab.work / "kept.kubeconfig"
    path.unlink(missing_ok=True)
    lab.run_oc("edit", f"--kubeconfig={path}", "login", lab.server, "-u", "admin3s", "-p", lab.fill("{password:edit}"),
               f"--certificate-authority={lab.lab}/pki/ca.crt")


def patch_file(lab, text):
    (lab.work / "patch.json").write_text(text)


def slow_rollout(lab, name):
    """A DeploymentConfig whose image never comes and that is given all the time in the world."""
    pod = {"metadata": {"labels": {"deploymentConfig": name}},
           "spec": {"containers": [{"name": "c", "image": "lab.local/no-such-image:1", "imagePullPolicy": "Never"}]}}
    lab.run_oc("edit", "-n", PROJECT, "apply", "-f", "-", stdin=json.dumps({
        "apiVersion": "apps.openshift.io/v1", "kind": "DeploymentConfig", "metadata": {"name": name},
        "spec": {"replicas": 1, "selector": {"deploymentConfig": name}, "triggers": [{"type": "ConfigChange"}], "template": pod}}))
    return lambda: lab.run_oc("edit", "-n", PROJECT, "delete", "dc", name)


def odd_program(lab, _):
    """The client itself below a directory with a space."""
    link = lab.work / "my dir" / "oc"
    link.parent.mkdir(exist_ok=True)
    if not link.exists():
        link.symlink_to(lab.oc)
    return {"program": str(link)}


def take(lab, row):
    """Runs the steps of a row: the variables they ask for, and what to do afterwards."""
    variables, after = {}, []
    for word in row.before.split():
        name, _, argument = word.partition(":")
        result = globals()[name](lab, argument)
        if isinstance(result, dict):
            variables |= result
        elif result:
            after.append(result)
    return variables, after
