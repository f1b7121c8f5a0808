"""A procedure once without faults: its plan, the commands that every step ran, and a moment before each step."""
import dataclasses
import json
import re
import shutil
import time

import check

SETTLE_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Procedure:
    name: str
    arguments: tuple        # of the program, without --json
    components: tuple       # data stores that it restores; none for a backup
    backup: bool = False


@dataclasses.dataclass
class Call:
    """A command that a step ran, the first of its kind: what faults can hit."""
    step: str               # as client/journal.py names places: a step's id, "after:STEP" or "start"
    signature: str
    verb: str
    out: int                # bytes on standard output
    into: int               # bytes on standard input
    moment: str             # the moment that it is reached from
    changes: bool


@dataclasses.dataclass
class Reference:
    procedure: Procedure
    steps: list             # of the plan, in order: dicts as `plan --json` prints them
    calls: list
    moments: dict           # step -> name of the moment before it
    final: object           # folder with what the installation held at the end
    bundle: object          # of a backup: folder with its streams
    seconds: float


def verb_of(argv):
    verbs = {"get", "exec", "create", "replace", "patch", "delete", "scale", "rollout", "wait", "process", "auth", "whoami", "version", "apply", "logs"}
    found = [i for i, w in enumerate(argv) if w in verbs]
    if not found:
        return ""
    return " ".join(argv[found[0]:found[0] + 2]) if argv[found[0]] in ("rollout", "auth") else argv[found[0]]


def procedures(world, bundle, components, stores):
    """Every procedure of an installation: `components` are those that its bundle has, so a new one is covered."""
    target, namespace = world.target, world.namespace
    output = ("--output", str(world.out / "backup.scalekeep.tar"))
    restore = ("restore", str(bundle), target, "--confirm", namespace)
    found = [Procedure("backup", ("backup", target, *output), (), True), Procedure("backup-quiesce", ("backup", target, "--quiesce", *output), (), True)]
    for component in components:
        found.append(Procedure(f"restore-{component}", (*restore, "--component", component), (component,) if component in stores else ()))
    redis = [c for c in stores if "redis" in c]
    found.append(Procedure("restore-queues", (*restore, "--queues", "empty", *(w for c in redis for w in ("--component", c))), tuple(redis)))
    found.append(Procedure("restore-whole", restore, tuple(stores)))
    return found


def plan_of(world, procedure):
    """The steps as `plan --json` shows them."""
    arguments = [a for a in procedure.arguments]
    if procedure.backup:
        words = ["plan", "backup", arguments[1], *(["--quiesce"] if "--quiesce" in arguments else [])]
    else:
        rest = arguments[3:]
        at = rest.index("--confirm")
        words = ["plan", "restore", *arguments[1:3], *rest[:at], *rest[at + 2:]]
    code, text = world.run(*words, "--json")
    if code:
        raise AssertionError(f"plan: {code}\n{text}")
    plan = next(json.loads(line) for line in text.splitlines() if line.startswith("{") and "stages" in line)
    plan = plan.get("plan", plan)
    return [step for stage in plan["stages"] for step in stage["steps"]]


def record(world, procedure, base="base"):
    """Runs the procedure from the base moment, holding every step until a moment of it is kept."""
    started = time.monotonic()
    world.back(base)
    world.disarm()
    steps = plan_of(world, procedure)
    shutil.rmtree(world.gate, ignore_errors=True)
    world.gate.mkdir()
    size = world.log_size()
    child = world.start(*procedure.arguments, gate=True)
    moments, last, limit = {}, base, time.monotonic() + SETTLE_SECONDS
    by_file = {s["id"].replace("/", "_"): s["id"] for s in steps}
    while child.poll() is None:
        for waiting in sorted(world.gate.glob("*.waiting")):
            opened = waiting.with_suffix(".open")
            if opened.exists():
                continue
            step = by_file[waiting.stem]
            name = f"{procedure.name}-{len(moments) + 1:02}"
            world.keep(name, last)
            before(world, name, step)
            moments[step], last = name, name
            opened.touch()
        if time.monotonic() > limit:
            child.kill()
            child.wait()
            raise AssertionError(f"{procedure.name}: the reference run does not end:\n{world.ended(child)[1][-3000:]}")
        time.sleep(0.005)
    code, text = world.ended(child)
    if code:
        raise AssertionError(f"{procedure.name}: the reference run ended with {code}\n{text[-4000:]}")
    taken = {e["step"] for e in world.events() if e["type"] == "step-started"}
    missing = [s["id"] for s in steps if s["id"] not in taken]
    if missing:
        raise AssertionError(f"{procedure.name}: the run did not take the steps {missing} of its plan")
    calls = calls_of(world, procedure, steps, moments, world.calls_since(size), base)
    left = world.unready()
    if left:
        raise AssertionError(f"{procedure.name}: not ready after the reference run: {left}")
    final = check.capture(world, world.folder / f"final-{procedure.name}")
    remains = check.remains(world)
    if remains:
        raise AssertionError(f"{procedure.name}: the reference run leaves behind {remains}")
    bundle = None
    if procedure.backup:
        bundle = check.unpacked(world.out / "backup.scalekeep.tar", world.folder / f"streams-{procedure.name}")
    return Reference(procedure, steps, calls, moments, final, bundle, time.monotonic() - started)


def before(world, name, step):
    """The journal of a moment ends before its step began: what a program that was killed there leaves."""
    path, = (world.moments / name / "runs").glob("*/journal.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    for number, line in enumerate(lines):
        event = json.loads(line)
        if event["type"] == "step-started" and event["step"] == step:
            path.write_bytes(b"".join(lines[:number]))
            return
    raise AssertionError(f"the journal does not begin the step {step}")


def calls_of(world, procedure, steps, moments, log, base):
    """The first call of each kind at each place. A place without a moment of its own is reached from the last one before it."""
    order = [s["id"] for s in steps]
    changes = {s["id"]: s.get("changes", False) for s in steps}
    calls, last, seen = [], base, set()
    for line in sorted(log, key=lambda l: l["time"]):
        place = line.get("step")
        if place is None:
            continue
        step = re.sub("^after:", "", place)
        if step in moments:
            last = moments[step]
        elif step in order:
            last = next((moments[s] for s in reversed(order[:order.index(step)]) if s in moments), base)
        if (place, line["signature"]) in seen:
            continue
        seen.add((place, line["signature"]))
        calls.append(Call(place, line["signature"], verb_of(line["argv"]), line["bytesOut"], line["bytesIn"], base if place == "start" else last,
                          changes.get(step, False)))
    return calls
