"""The project's own table of what the client must do, and how one row of it is run."""
import pathlib
import shlex
import shutil
import subprocess
import time

import normal
import steps

HERE = pathlib.Path(__file__).parent
COLUMNS = ("name", "as", "before", "argv", "stdin", "exit", "out", "err", "compare")
# A command that never ends is given this long.
HANG_SECONDS = 3


class Row:
    """One line of table.tsv; see README.md for the columns."""

    def __init__(self, line):
        cells = dict(zip(COLUMNS, line.rstrip("\n").split("\t"), strict=True))
        self.name, self.identity, self.before = cells["name"], cells["as"], cells["before"]
        self.argv = shlex.split(unescape(cells["argv"]))
        self.stdin, self.exit = unescape(cells["stdin"]), cells["exit"]
        self.out, self.err = unescape(cells["out"]), unescape(cells["err"])
        self.out_mode, _, self.err_mode = cells["compare"].partition("/")


def unescape(cell):
    return cell.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\0", "\\")


def table():
    lines = (HERE / "table.tsv").read_text(encoding="utf-8").split("\n")
    return [Row(line) for line in lines if line and not line.startswith("#")]


def excluded():
    lines = (HERE / "excluded.tsv").read_text(encoding="utf-8").split("\n")
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


class Outcome:
    def __init__(self, code, out, err, seconds):
        self.code, self.out, self.err, self.seconds = code, out, err, seconds


def run(lab, row):
    variables, after = steps.take(lab, row)
    try:
        argv = [variables.pop("program", str(lab.oc)), *(lab.fill(word) for word in row.argv)]
        environment = lab.environment(kubeconfig(lab, row)) | variables
        return execute(argv, environment, row, lab)
    finally:
        for function in after:
            function()


def kubeconfig(lab, row):
    """The file that KUBECONFIG names. `new`: none yet; `login`: a copy of what a login wrote; others are the lab's own,
    copied where the row may write to them."""
    kind, _, name = row.identity.partition(":")
    if kind == "new":
        path = lab.work / "new.kubeconfig"
        path.unlink(missing_ok=True)
        return path
    if kind == "kept":
        # Written by the rows before, as a user's own file is.
        path = lab.work / "kept.kubeconfig"
        if name:
            shutil.copy(lab.kubeconfigs[name], path)
        return path
    if kind == "none":
        return lab.work / "none.kubeconfig"
    if kind == "empty":
        path = lab.work / "new.kubeconfig"
        path.write_text("apiVersion: v1\nkind: Config\n")
        return path
    if kind == "bad":
        path = lab.work / "bad.kubeconfig"
        path.write_text("a: b: c\n")
        return path
    if kind == "odd":
        path = lab.work / "my dir é" / "kube config"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(lab.kubeconfigs["edit"], path)
        return path
    return lab.kubeconfigs[kind]


def execute(argv, environment, row, lab):
    source, data = subprocess.DEVNULL, None
    if row.stdin.startswith("@file:"):
        path = lab.work / "input"
        path.write_bytes(bytes_of(row.stdin[6:]))
        source = open(path, "rb")
    elif row.stdin:
        source = subprocess.PIPE
        data = bytes_of(row.stdin[7:]) if row.stdin.startswith("@bytes:") else row.stdin.encode()
    started = time.monotonic()
    process = subprocess.Popen(argv, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=lab.work)
    try:
        out, err = process.communicate(data, HANG_SECONDS if row.exit == "hangs" else 120)
        code = str(process.returncode)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        code = "hangs"
    finally:
        if source not in (subprocess.DEVNULL, subprocess.PIPE):
            source.close()
    return Outcome(code, out, err, time.monotonic() - started)


def bytes_of(size):
    """Input of a size, or the SQL of the recordings: a wrong statement early in a few megabytes."""
    if size == "sql":
        good = b"INSERT INTO contract_scratch VALUES (%d);\n"
        return b"CREATE TEMPORARY TABLE contract_scratch (n INT);\nINSERT INTO nosuch VALUES(1);\n" + b"".join(good % i for i in range(80000))
    if size == "bigmap":
        return b'{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"lab-big"},"data":{"x":"' + b"y" * 400000 + b'"}}'
    return b"\0" * int(size)


def check(row, outcome, places):
    """How an outcome departs from the table, as sentences."""
    problems = []
    if outcome.code != row.exit:
        problems.append(f"exit {outcome.code} instead of {row.exit}")
    for what, expected, actual in (("stdout", row.out, outcome.out), ("stderr", row.err, outcome.err)):
        if expected == "*":
            continue
        if expected.startswith("#"):
            if len(actual) != int(expected[1:]):
                problems.append(f"{what} has {len(actual)} bytes instead of {expected[1:]}")
            continue
        text = normal.text(actual.decode("utf-8", "replace"), places)
        if expected.startswith("~"):
            if expected[1:] not in text:
                problems.append(f"{what} does not contain {expected[1:]!r}:\n{text[:1500]}")
        elif text != expected:
            problems.append(f"{what} is not as expected\nexpected:\n{expected}\nthis run:\n{text[:3000]}")
    return problems
