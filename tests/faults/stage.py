"""What all cases of an installation share: a bundle, an installation that has changed since, and the procedures' references."""
import json
import shutil

import check
import reference
from world import World

CHANGES = (
    ("system-mysql", 'MYSQL_PWD="$MYSQL_ROOT_PASSWORD" mysql -h127.0.0.1 -uroot "$MYSQL_DATABASE" -e "UPDATE accounts SET org_name = \'after the backup\'"'),
    ("zync-database", 'psql -X -q -d "$POSTGRESQL_DATABASE" -c "CREATE TABLE after_the_backup AS SELECT 1 AS one"'),
    ("backend-redis", "redis-cli SET after-the-backup 1; redis-cli -n 1 RPUSH resque:queue:after one"),
    ("system-redis", "redis-cli SET after-the-backup 1"),
    ("system-app/system-provider", 'echo new >"${HOME}/public/system/after-the-backup"'))


class Stage:
    """Owns the World."""

    def __init__(self, target, say=print):
        self.world, self.say = World(target), say
        try:
            self._prepare()
        except BaseException:
            self.world.close()
            raise

    def _prepare(self):
        world = self.world
        self.bundle = world.folder / "B.scalekeep.tar"
        code, text = world.run("backup", world.target, "--output", self.bundle)
        if code:
            raise AssertionError(f"the bundle: {code}\n{text[-3000:]}")
        shown = json.loads(world.run("show", self.bundle, "--json")[1].splitlines()[0])
        self.components = [c["id"] for c in shown["manifest"]["components"] if c["state"] == "proven"]
        self.stores = [c for c in self.components if c in check.FILES]
        self.saved = check.capture(world, world.folder / "saved")
        for workload, command in CHANGES:
            done = world.sandbox("exec-in", world.target, workload, "bash", "-c", command)
            if done.returncode:
                raise AssertionError(f"{workload}: {done.stderr}")
        for kind, name in (("configmap", "system-environment"), ("secret", "system-smtp" if world.cluster == "south" else "system-seed")):
            done = world.oc(world.cluster, "-n", world.namespace, "patch", kind, name, "--type=merge", "-p", '{"%s":{"AFTER":"MQ=="}}' % "data")
            if done.returncode:
                raise AssertionError(f"patch {kind}/{name}: {done.stderr}")
        left = world.unready()
        if left:
            raise AssertionError(f"not ready: {left}")
        self.base = check.capture(world, world.folder / "base")
        if len(check.differences(self.saved, self.base)) < 5:
            raise AssertionError("the installation is hardly different from the bundle")
        # No run yet: what asks before the first step is told from what asks after the last one by the journal.
        shutil.rmtree(world.state / "runs")
        world.keep("base")
        self.procedures = {p.name: p for p in reference.procedures(world, self.bundle, self.components, self.stores)}
        self.references = {}

    def reference(self, name):
        if name not in self.references:
            made = reference.record(self.world, self.procedures[name])
            self._proven(made)
            self.references[name] = made
            self.say(f"{self.world.target} {name}: {len(made.steps)} steps, {len(made.calls)} commands, reference run {made.seconds:.1f} s")
        return self.references[name]

    def _proven(self, made):
        """A restore made its stores equal to the bundle and left the others alone; a backup changed nothing."""
        stores = set(made.procedure.components)
        emptied = made.procedure.name == "restore-queues"
        wrong = [] if emptied else check.differences(self.saved, made.final, stores, objects=False)
        wrong += check.differences(self.base, made.final, set(check.FILES) - stores, objects=made.procedure.backup)
        if wrong:
            raise AssertionError(f"{made.procedure.name}: the reference run is wrong:\n" + "\n".join(wrong))

    def places(self):
        """{component: places in pods that can be filled}: its pod's claims, and where dumps are staged."""
        found = {}
        for pod in self.world.call("objects", namespace=self.world.namespace, kind="pods"):
            claims = [f"claim/{v['persistentVolumeClaim']['claimName']}" for v in pod["spec"].get("volumes") or [] if "persistentVolumeClaim" in v]
            for component in self.stores:
                if pod["metadata"]["name"].startswith(component + "-") and pod.get("status", {}).get("phase") == "Running":
                    found[component] = [*claims, f"{component}/tmp"]
        if "system-storage" in self.stores:
            found["system-storage"] = ["claim/system-storage", "scalekeep-system-storage/tmp"]
        return found

    def close(self):
        self.world.close()
