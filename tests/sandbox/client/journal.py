"""Where in a run of Scalekeep this command stands, read from the run's journal (SCALEKEEP_HOME): tests put faults on the steps of plans
instead of counting commands. Asked only with SCALEKEEP_SANDBOX_STEPS set; the real client knows nothing of the kind."""
import hashlib
import json
import os
import re
import time

TAIL = 256 * 1024
# What differs between two runs of the same plan, in this order.
VOLATILE = ((re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}"), "RUN"), (re.compile(r"\b[0-9a-f]{12,}\b"), "HEX"),
            (re.compile(r"-(?:\d+|[0-9a-f]{8,10})-[bcdfghjklmnpqrstvwxz2456789]{5}\b"), "-POD"), (re.compile(r"\d{2,}"), "N"))
FINAL = ("step-done", "step-failed", "step-skipped", "undo-done", "undo-failed")


def newest():
    """The journal of the newest run, or None."""
    runs = os.path.join(os.environ.get("SCALEKEEP_HOME", ""), "runs")
    try:
        names = sorted(os.listdir(runs), reverse=True)
    except OSError:
        return None
    return next((path for path in (os.path.join(runs, n, "journal.jsonl") for n in names) if os.path.exists(path)), None)


def events():
    path = newest()
    if path is None:
        return []
    with open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
        lines = file.read().split(b"\n")
    # The first may be the end of a line, the last one not be written yet.
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            pass
    return found


def place_of(argv):
    """(step, signature): the step that runs this command; "undo:STEP"; or "after:STEP" for what is asked between steps ("start" before the first)."""
    words, inner = split(argv)
    place, open_commands = "start", {}
    for event in events():
        kind, step, data = event.get("type"), event.get("step"), event.get("data") or {}
        if kind == "run-resumed":
            place, open_commands = "resume", {}
        elif kind == "step-started":
            place = ("cleanup:" if data.get("cleanup") else "") + step
        elif kind == "undo-started":
            place = "undo:" + step
        elif kind in FINAL:
            place = "after:" + step
        elif kind == "run-finished":
            place = "end"
        elif kind == "command-started":
            open_commands[data.get("number")] = (step if place in ("start", "resume", "end") or place.startswith("after:") or place.split(":", 1)[-1] != step else place,
                                                 data.get("command", ""))
        elif kind == "command-finished":
            open_commands.pop(data.get("number"), None)
    wanted = [w for w in words + inner if len(w) < 200 and "\n" not in w][:40]
    best = (0, None)
    for step, text in open_commands.values():
        # Its verb and its first argument must be there; of several commands the one that has most of the words.
        if all(w in text for w in words[:2]):
            best = max(best, (1 + sum(w in text for w in wanted), step), key=lambda b: b[0])
    return best[1] or place, signature(words, inner)


def split(argv):
    """The words before and after `--`, without what says only where; the script that carries a command by its digest."""
    words, skip = [], False
    rest = argv[1:]
    cut = rest.index("--") if "--" in rest else len(rest)
    for word in rest[:cut]:
        if skip or word == "-n":
            skip = not skip
        elif not word.startswith(("--kubeconfig", "--request-timeout")):
            words.append(word)
    inner = rest[cut + 1:]
    if inner[:2] == ["sh", "-c"] and len(inner) > 2:
        inner = [hashlib.sha1(inner[2].encode("utf-8", "surrogateescape")).hexdigest()[:6].upper(), *inner[3:]]
    return words, inner


def signature(words, inner):
    """The same for the same command of every run: readable, and a digest of the whole."""
    plain = "\0".join(words + ["--"] + inner)
    for pattern, name in VOLATILE:
        plain = pattern.sub(name, plain)
    shown = " ".join(w for w in plain.replace("\n", " ").split("\0") if w not in ("--", "sh"))
    return f"{shown[:90]} #{hashlib.sha1(plain.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}"


def wait_at_gate(step):
    """With SCALEKEEP_SANDBOX_GATE (a folder): the first command of every step waits until the test opens the step's gate."""
    gate = os.environ.get("SCALEKEEP_SANDBOX_GATE")
    if not gate or step == "start" or step.startswith(("after:", "undo:", "cleanup:", "resume", "end")):
        return
    name = os.path.join(gate, step.replace("/", "_"))
    if not os.path.exists(name + ".open"):
        with open(name + ".waiting", "a"):
            pass
        while not os.path.exists(name + ".open"):
            time.sleep(0.01)
