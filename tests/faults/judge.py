"""One case: back to its moment, the fault, the program, the verdict."""
import json
import shutil
import time
import traceback

import check
import generate
from world import PATIENCE

# How a case may end. Everything else is a failure.
ENDS = ("completed", "as before", "resumed", "undone", "not reached", "FAILED")
# Far more than any run takes: a machine that is busy otherwise must not make a failure.
RUN_SECONDS = 600


class Failed(Exception):
    pass


class Judge:
    """`base`: folder with what the installation held before; `references`: {procedure: Reference}."""

    def __init__(self, world, base, references):
        self.world, self.base, self.references = world, base, references

    def run(self, case):
        """The row of a case."""
        started = time.monotonic()
        row = {"id": case.id, "target": self.world.target, "procedure": case.procedure, "step": case.step, "kind": case.kind, "command": case.command, "exits": []}
        texts = []
        try:
            row["end"] = self._run(case, row, texts, started)
        except Exception as error:
            row["end"] = "FAILED"
            row["why"] = str(error) if isinstance(error, Failed) else traceback.format_exc()
            row["output"] = [t[-6000:] for t in texts]
            journal = self.world.journal()
            row["journal"] = journal.read_text(errors="replace")[-60000:] if journal else ""
        row["seconds"] = round(time.monotonic() - started, 2)
        return row

    def _run(self, case, row, texts, started):
        world, reference = self.world, self.references[case.procedure]
        world.disarm()
        row["restarted"] = len(world.back(case.moment, case.limits or None))
        row["rollback"] = round(time.monotonic() - started, 2)
        fresh = case.moment == "base"
        run_id = None if fresh else world.journal().parent.name
        arguments = reference.procedure.arguments if fresh else ("resume", run_id)
        if case.fault:
            world.arm({"occurrence": 1, "times": 1, **case.fault})
        if case.fault or case.limits:
            code, text = world.run(*arguments, timeout=RUN_SECONDS, patience=PATIENCE if case.kind == "hang" else None)
            reached = code != 0 if case.limits else world.fired()
        else:
            code, text, reached = self._kill_at(case, arguments)
        row["exits"].append(code)
        texts.append(text)
        world.disarm()
        if code == "hung":
            raise Failed("the program does not end")
        if case.kind == "token":
            world.new_login()
        if case.limits:
            world.direct.call("clear_container_faults")
        self._bundle_rule(case)
        if case.kind in ("pod", "full-pod", "hang"):
            world.unready(60)
        if code == 0:
            self._as_reference(case, reference)
            return "completed" if reached else "not reached"
        state = next((r for r in world.runs() if run_id in (None, r["runId"])), None)
        if not reached and not case.kind.startswith("kill"):
            raise Failed(f"ended with {code}, though no fault was played")
        # A journal without its first line is told as "damaged" and offers nothing: nothing had begun.
        open_run = state and state.get("resumable") and state["state"] in ("interrupted", "needs-attention")
        if code == -9 and state and state["state"] == "done":
            self._as_reference(case, reference)
            return "completed"
        if (code in (2, 3, 6) and not open_run) or (code == -9 and (state is None or state["state"] == "damaged" or state["state"].startswith("failed-"))):
            self._as_before(case, reference)
            return "as before"
        if not open_run:
            raise Failed(f"ended with {code}, and the run cannot be resumed: {state}")
        if code == 3:
            # Undone, and the full disk kept the journal from saying so: what it offers must then be safe as well, or be refused because the lock is gone.
            self._as_before(case, reference)
            code, text = world.run("undo", state["runId"], timeout=RUN_SECONDS)
            row["exits"].append(code)
            texts.append(text)
            if code and not (code == 2 and "not locked by run" in text):
                raise Failed(f"undo of what is undone ended with {code}")
            self._as_before(case, reference)
            return "as before"
        elif code not in (-9, 2, 4, 6):
            raise Failed(f"ended with {code}, and the run is open: {state}")
        if generate.number("undo", case.id) % 4 == 0 and state.get("undoable"):
            code, text = world.run("undo", state["runId"], timeout=RUN_SECONDS)
            row["exits"].append(code)
            texts.append(text)
            if code == 2 and "not locked by run" in text:
                # It had ended, but for the last line of its journal.
                self._as_reference(case, reference)
                return "completed"
            if code:
                raise Failed(f"undo ended with {code}")
            self._as_before(case, reference)
            return "undone"
        self._salvage_rule(case)
        code, text = world.run("resume", state["runId"], timeout=RUN_SECONDS)
        row["exits"].append(code)
        texts.append(text)
        if code == 4 and ("only an undo can go on" in text or "would be overwritten" in text):
            code, text = world.run("undo", state["runId"], timeout=RUN_SECONDS)
            row["exits"].append(code)
            texts.append(text)
            if code:
                raise Failed(f"undo of what may not be resumed ended with {code}")
            self._as_before(case, reference)
            return "undone"
        if code:
            raise Failed(f"resume ended with {code}")
        self._as_reference(case, reference)
        return "resumed"

    def _kill_at(self, case, arguments):
        """Kills the program when its journal says that the step began, or is done."""
        world, (event, step) = self.world, case.command.split(" ", 1)
        child = world.start(*arguments)
        reached, position, limit = False, 0, time.monotonic() + RUN_SECONDS
        old = world.journal()
        position = old.stat().st_size if old and case.moment != "base" else 0
        rest, path = b"", None
        while child.poll() is None and not reached and time.monotonic() < limit:
            path = path or world.journal()
            if path:
                with open(path, "rb") as file:
                    file.seek(position)
                    data = file.read()
                position += len(data)
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    told = json.loads(line) if line.startswith(b"{") else {}
                    if told.get("type") == event and told.get("step") == step:
                        child.kill()
                        reached = True
                        break
            time.sleep(0.001)
        if not reached and child.poll() is None:
            child.kill()
            child.wait()
            world.ended(child)
            return "hung", "", False
        child.wait()
        code, text = world.ended(child)
        return code, text, reached and code == -9

    # -- verdicts ----------------------------------------------------------------------------------------------------

    def _found(self, name):
        world = self.world
        left = world.unready()
        if left:
            raise Failed(f"not ready: {'; '.join(left)}")
        remains = check.remains(world)
        if remains:
            raise Failed(f"left behind: {', '.join(remains[:8])}")
        return check.capture(world, world.folder / name)

    def _compare(self, case, expected, excused):
        found = self._found("found")
        differences = check.differences(expected, found, [c for c in check.FILES if c not in excused])
        if differences:
            raise Failed("\n".join(differences))

    def _excused(self, case):
        """zync-database keeps its data in its pod: the fault itself destroys it there."""
        return ["zync-database"] if case.kind == "pod" and "zync-database" in case.command else []

    def _as_reference(self, case, reference):
        excused = [] if "zync-database" in reference.procedure.components else self._excused(case)
        self._compare(case, reference.final, excused)
        if reference.procedure.backup:
            bundle = self.world.out / "backup.scalekeep.tar"
            if not bundle.exists():
                raise Failed("the backup says that it is done and there is no bundle")
            differences = check.bundle_differences(reference.bundle, check.unpacked(bundle, self.world.folder / "streams"))
            differences = [d for d in differences if not any(f" {c}." in d for c in excused)]
            if differences:
                raise Failed("\n".join(differences))
            self._bundle_rule(case)

    def _as_before(self, case, reference):
        self._compare(case, self.base, self._excused(case))

    def _bundle_rule(self, case):
        """A file under its final name is whole. A safety bundle that was there before the fault is not looked at again."""
        old = {p.name for p in (self.world.moments / case.moment / "safety").glob("*.tar")}
        for bundle in [*self.world.out.glob("*.tar"), *(p for p in (self.world.state / "safety").glob("*.tar") if p.name not in old)]:
            code, text = self.world.run("verify", bundle)
            if code:
                raise Failed(f"{bundle.name} does not verify: {code}\n{text[-1500:]}")

    def _salvage_rule(self, case):
        """Whole streams in a cut-off bundle can be had."""
        if generate.number("salvage", case.id) % 3:
            return
        salvage_rule(self.world, Failed)


def salvage_rule(world, failed):
    for partial in world.out.glob("*.partial"):
        whole = sorted({e["data"]["result"]["entry"]["id"] for e in world.events() if e["type"] == "step-done" and isinstance(e["data"].get("result", {}).get("entry"), dict)})
        if not whole:
            continue
        copy, salvaged = world.folder / "copy.partial", world.folder / "salvaged.scalekeep.tar"
        shutil.copyfile(partial, copy)
        salvaged.unlink(missing_ok=True)
        code, text = world.run("salvage", copy, "--output", salvaged)
        if code:
            raise failed(f"{partial.name} holds {whole}, and salvage ends with {code}: {text[-1500:]}")
        code, text = world.run("verify", salvaged)
        if code:
            raise failed(f"the salvaged bundle does not verify: {code}: {text[-1500:]}")
        code, text = world.run("show", salvaged, "--json")
        hidden = [c for c in whole if f'"{c}"' not in text]
        if code or hidden:
            raise failed(f"salvage hides {hidden}: {code}: {text[-1500:]}")
