"""Cases out of a plan and its reference run: every fault that can befall a step, on the commands that it runs. No step is named here."""
import dataclasses
import hashlib

READS = ("get", "whoami", "version", "auth can-i", "wait", "rollout status", "logs", "process")
# In the order in which the summary shows them.
KINDS = ("exit", "cut-start", "cut-middle", "cut-end", "stdin-start", "stdin-middle", "stdin-end", "hang", "drop-before", "drop-middle", "drop-after", "token",
         "pod", "full-disk", "full-pod", "kill-before", "kill-middle", "kill-after", "kill-done")


@dataclasses.dataclass(frozen=True)
class Case:
    id: str
    procedure: str
    step: str
    kind: str
    moment: str
    fault: dict             # for oc, or {}
    limits: dict            # of the pods, or {}
    command: str            # what it hits, for people


def number(*parts):
    return int(hashlib.sha256("/".join(parts).encode()).hexdigest()[:12], 16)


def faults_of(call):
    """{kind: fault} of all that can befall this command."""
    match = {"match": {"step": call.step, "signature": call.signature}}
    stream = call.verb == "exec"
    found = {"exit": {"do": "exit"}, "hang": {"do": "hang"}, "drop-before": {"do": "drop"}, "drop-after": {"do": "drop-after"}, "token": {"do": "expire-token"},
             "full-disk": {"do": "full-app", "bytes": number("room", call.step, call.signature) % 3000},
             "kill-before": {"do": "kill-app"}, "kill-after": {"do": "kill-app", "after": True}}
    if call.out > 1:
        found |= {"cut-start": {"do": "truncate", "bytes": 0}, "cut-middle": {"do": "truncate", "bytes": call.out // 2}, "cut-end": {"do": "truncate", "bytes": call.out - 1}}
    if call.into > 1:
        found |= {"stdin-start": {"do": "truncate-stdin", "bytes": 0}, "stdin-middle": {"do": "truncate-stdin", "bytes": call.into // 2},
                  "stdin-end": {"do": "truncate-stdin", "bytes": call.into - 1}}
    if stream:
        found["pod"] = {"do": "kill-pod", "bytes": call.out // 2}
        if call.out > 200:
            found |= {"drop-middle": {"do": "drop", "bytes": call.out // 2}, "kill-middle": {"do": "kill-app", "bytes": call.out // 2}}
    return {kind: fault | match for kind, fault in found.items()}


def limits_of(step, places):
    """{name: {what: room}}: the places in pods that a step which leaves something in its store's pod or on its volume may fill."""
    if not step.get("component") or not step.get("undo"):
        return {}
    return {f"full-pod-{number}": {what: 4096} for number, what in enumerate(places.get(step["component"], ()), 1)}


def cases(target, reference, places, every=False):
    """All cases of a procedure. Without `every`: each kind once a step, on one of its commands by a fixed choice, and for each command that
    changes something what hides its success (connection or program gone after it took effect)."""
    name, found = reference.procedure.name, {}
    places_of = {}
    for call in reference.calls:
        places_of.setdefault(call.step, []).append(call)

    def add(step, kind, moment, fault, limits, command):
        key = hashlib.sha256(f"{command} {sorted(fault.items(), key=str)} {limits}".encode()).hexdigest()[:6]
        case = Case(f"{target}/{name}/{step}/{kind}/{key}", name, step, kind, moment, fault, limits, command)
        found[case.id] = case

    for place, calls in places_of.items():
        options = {}
        for call in calls:
            for kind, fault in faults_of(call).items():
                options.setdefault(kind, []).append((call, fault))
                if every or (kind in ("kill-after", "drop-after") and call.verb not in READS and not (call.verb == "exec" and not call.changes)):
                    add(place, kind, call.moment, fault, {}, call.signature)
        for kind, choice in options.items():
            call, fault = choice[number(name, place, kind) % len(choice)]
            add(place, kind, call.moment, fault, {}, call.signature)
    last = "base"
    for step in reference.steps:
        last = reference.moments.get(step["id"], last)
        # The journal tells that a step began or is done: the program is killed at that line. Steps without commands have only these.
        add(step["id"], "kill-done", last, {}, {}, f"step-done {step['id']}")
        if step["id"] not in places_of:
            add(step["id"], "kill-before", last, {}, {}, f"step-started {step['id']}")
        for limits in limits_of(step, places).values():
            if step["id"] in reference.moments:
                add(step["id"], "full-pod", last, {}, limits, f"{step['id']} with {', '.join(limits)} full")
    # A fixed order that mixes kinds and steps: the first hundred are as good a sample as any.
    return sorted(found.values(), key=lambda c: number(c.id))
