"""The recordings of the real client, where they are at hand: SCALEKEEP_TRANSCRIPTS, or beside the repository."""
import base64
import csv
import json
import os
import pathlib

import normal

FOLDER = pathlib.Path(os.environ.get("SCALEKEEP_TRANSCRIPTS") or
                      pathlib.Path(__file__).resolve().parents[3] / "shared" / "reference" / "oc-transcripts")


def names():
    """All recordings, or none where there are none at hand."""
    index = FOLDER / "INDEX.tsv"
    if not index.exists():
        return []
    with open(index, encoding="utf-8", newline="") as file:
        return [row["name"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


class Recording:
    def __init__(self, name):
        with open(FOLDER / f"{name}.json", encoding="utf-8") as file:
            self.raw = json.load(file)
        self.hangs = bool(self.raw.get("timed_out") or self.raw.get("timed_out_after")) or self.raw.get("exit") == -9
        self.exit = "hangs" if self.hangs else str(self.raw.get("exit", 0))

    def stream(self, name):
        """The text of a stream, or as much of it as was kept; and its size where only that is known."""
        if self.raw.get("states"):
            return (self.raw["states"][0], None) if name == "stdout" else ("", None)
        size = self.raw.get(f"{name}_bytes")
        if size is None:
            return self.raw.get(name) or "", None
        return base64.b64decode(self.raw[f"{name}_b64head"]).decode("utf-8", "replace"), size


def departures(recording, row, outcome, places):
    problems = []
    argv = [normal.text(word, places) for word in recording.raw["argv"][1:]]
    mine = [normal.text(word, places) for word in row.filled]
    if argv != mine and "argv" not in row.err_mode:
        problems.append(f"the table runs {mine}, recorded was {argv}")
    if outcome.code != recording.exit:
        problems.append(f"exit {outcome.code}, recorded was {recording.exit}")
    for name, mode, actual in (("stdout", row.out_mode, outcome.out), ("stderr", row.err_mode.removesuffix(",argv"), outcome.err)):
        recorded, size = recording.stream(name)
        if mode == "size":
            if size != len(actual):
                problems.append(f"{name} has {len(actual)} bytes, recorded were {size}")
            continue
        recorded, actual = (normal.text(t, places) for t in (recorded, actual.decode("utf-8", "replace")))
        found = normal.difference(mode, recorded, actual)
        if found:
            problems.append(f"{name}: {found[:4000]}")
    return problems
