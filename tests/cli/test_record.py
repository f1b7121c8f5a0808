"""The record of a restore on north/threescale, in every form, signed, stamped and tampered with; and of one that was undone. SCALEKEEP_CLI names
the program."""
import base64
import copy
import hashlib
import html.parser
import http.server
import json
import os
import pwd
import re
import stat
import subprocess
import threading
import unittest

from lab import Lab, said
from test_secrets import forms

TARGET = "north/threescale"
CHANGE = {"short_description": "Return accounts to the state before the failed plan migration", "risk_impact_analysis": "Portals stop for about 7 min.\nGateways go on.",
          "backout_plan": "Undo from the safety bundle.", "test_plan": "Counts and digests; status pages.", "cmdb_ci": "3scale <north>"}


class TimeStampServer:
    """An RFC 3161 authority made with openssl's own tool, behind HTTP on this machine."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "tsa.cnf").write_text(
            "[req]\ndistinguished_name=dn\n[dn]\n[tsa_ext]\nextendedKeyUsage=critical,timeStamping\n[ca_ext]\nbasicConstraints=critical,CA:TRUE\n"
            "[tsa]\ndefault_tsa=t\n[t]\nserial=./serial\nsigner_cert=./tsa.pem\nsigner_key=./tsa.key\nsigner_digest=sha256\ndefault_policy=1.2.3.4\n"
            "digests=sha256\nordering=no\ntsa_name=yes\ness_cert_id_chain=no\n")
        (folder / "serial").write_text("01\n")
        self.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=Test CA", "-config", "tsa.cnf", "-extensions", "ca_ext")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Test TSA", "-config", "tsa.cnf")
        self.openssl("x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "tsa.pem", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "tsa_ext")
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                (folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                owner.openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "q.tsq", "-out", "r.tsr")
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write((folder / "r.tsr").read_bytes())

            def log_message(self, *arguments):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def openssl(self, *arguments):
        return subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True).stdout

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Tags(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)

    def handle_data(self, data):
        self.text.append(data)


def seal_of(whole):
    """As documented, by other means than the program's."""
    sealed = {k: whole[k] for k in ("journal", "record", "schema", "version")}
    return hashlib.sha256(json.dumps(sealed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


class Record(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab = Lab.for_class(cls, TARGET, rows=50)
        cls.bundle = lab.backup(TARGET, "--change", "CHG0041800")
        lab.sandbox("destroy", TARGET, "system-mysql", "system-storage")
        (lab.folder / "change.json").write_text(json.dumps(CHANGE))
        done = lab.cli("restore", cls.bundle, TARGET, "--confirm", "threescale", "--component", "system-mysql", "--component", "system-storage", "--component", "secrets", "--json",
                       "--change", "CHG0041877", "--change-file", lab.folder / "change.json", "--requested-by", "J. Okafor", "--approved-by", "Change board", "--justification", "It was <b>lost</b>.")
        assert done.returncode == 0, said(done)
        cls.restored = json.loads(done.stdout.splitlines()[-1])["runId"]
        lab.sandbox("fault", "add", "exit", "--verb", "exec", "--contains=-dump.sql", "--code", "1", "--stderr", "error: unable to upgrade connection")
        done = lab.cli("restore", cls.bundle, TARGET, "--confirm", "threescale", "--component", "system-mysql")
        assert done.returncode == 3, said(done)
        lab.sandbox("fault", "clear")
        runs = [json.loads(line) for line in lab.cli("runs", "--json").stdout.splitlines()]
        cls.undone = next(run["runId"] for run in runs if run["state"] == "failed-undone")
        cls.backup = next(run["runId"] for run in runs if run["kind"] == "backup")

        (lab.folder / "tsa").mkdir()
        cls.stamps = TimeStampServer(lab.folder / "tsa")
        cls.addClassCleanup(cls.stamps.close)
        cls.key = lab.folder / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "mwagner", "-f", cls.key], check=True)
        cls.outputs = {form: lab.folder / f"r.{form}" for form in ("html", "pdf", "markdown", "json")}
        pairs = [word for form, path in cls.outputs.items() for word in ("--format", form, "--output", path)]
        environment = dict(lab.environment)
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "SSH_AUTH_SOCK"):
            lab.environment.pop(name, None)  # a PDF needs no display
        done = lab.cli("record", cls.restored, *pairs, "--close-notes", "All is well.", "--sign", cls.key, "--timestamp", cls.stamps.url, "--tsa-ca", lab.folder / "tsa" / "ca.pem")
        lab.environment = environment
        assert done.returncode == 0, said(done)
        cls.whole = json.loads(cls.outputs["json"].read_text())

    def export(self, run, form, *arguments):
        path = self.lab.folder / f"{self.id().rsplit('.', 1)[1]}-{len(list(self.lab.folder.iterdir()))}.{form}"
        return self.lab.cli("record", run, "--format", form, "--output", path, *arguments), path

    def verify(self, whole, *arguments):
        path = self.lab.folder / "tampered.json"
        path.write_text(whole if isinstance(whole, str) else self.written(whole))
        return self.lab.cli("verify-record", path, *arguments)

    @staticmethod
    def written(whole):
        text = json.dumps(whole, sort_keys=True, indent=4, ensure_ascii=False) + "\n"
        # Qt breaks the line also in what is empty.
        return re.sub(r"^( *)(.*)(\[|\{)(\]|\})(,?)$", r"\1\2\3\n\1\4\5", text, flags=re.M)

    def pdf_text(self, path):
        return " ".join(subprocess.run(["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True).stdout.split())

    def test_every_form_says_it(self):
        page = Tags(self.outputs["html"].read_text())
        self.assertFalse({"script", "img", "link", "iframe"} & set(page.names))
        texts = {"html": " ".join(" ".join(page.text).split()), "pdf": self.pdf_text(self.outputs["pdf"]), "markdown": self.outputs["markdown"].read_text().replace("\\", ""),
                 "json": self.outputs["json"].read_text()}
        for form, text in texts.items():
            for wanted in ("CHG0041877", "J. Okafor", "Change board", "Return accounts to the state before", "Undo from the safety bundle.", "All is well.", "threescale", "2.7"):
                self.assertIn(wanted, text, form)
        for form in ("html", "pdf"):
            for wanted in ("It was <b>lost</b>.", "Successful. The restored data is equal to the bundle.", "3 of 3 components proven", "without service", "tables equal by digest", "Entered before the run, except", "RFC 3161",
                           "Test TSA", "by SSH key", "Departures from the documented procedure", "Stop the writers"):
                self.assertIn(wanted, texts[form], form)
        self.assertIn("It was &lt;b>lost&lt;/b>.", texts["markdown"])

    def test_what_it_says_is_so(self):
        record = self.whole["record"]
        self.assertEqual(record["state"], "done")
        self.assertRegex(record["serverVersion"], "^Kubernetes [0-9.]+")  # OpenShift tells its own version to administrators only
        self.assertEqual(record["passes"][0]["localUser"], pwd.getpwuid(os.getuid()).pw_name)
        self.assertTrue(record["threescaleVersion"].startswith("2.7"))
        self.assertGreater(len(record["checks"]), 5)
        counts = {c["component"]: c for c in record["counts"]}
        self.assertEqual(counts["system-mysql"]["bundle"], counts["system-mysql"]["after"])
        self.assertGreater(counts["system-mysql"]["after"], 50)
        self.assertTrue(all(c["state"] == "proven" for c in record["counts"]), record["counts"])
        self.assertGreater(record["stoppedMilliseconds"], 0)
        self.assertFalse(record["stillStopped"])
        commands = [c for a in record["activities"] for c in a["commands"]]
        events = [json.loads(line) for line in self.whole["journal"]]
        self.assertEqual(len(commands), sum(e["type"] == "command-started" for e in events))
        self.assertTrue(all(c["ended"] for c in commands))
        roles = {b["role"]: b for b in record["bundles"]}
        self.assertEqual(set(roles), {"restored", "safety"})
        for bundle in roles.values():
            self.assertEqual(bundle["fileBytes"], os.stat(bundle["path"]).st_size)
            self.assertRegex(bundle["membersSha256"], "^[0-9a-f]{64}$")
        self.assertTrue(all(s["atHand"] for s in record["searched"]))
        self.assertGreater(len(record["departures"]), 2)

    def test_pdf(self):
        fonts = subprocess.run(["pdffonts", self.outputs["pdf"]], check=True, capture_output=True, text=True).stdout.splitlines()[2:]
        self.assertTrue(fonts and all(line.split()[-5] == "yes" for line in fonts), fonts)
        done, path = self.export(self.restored, "pdf", "--paper", "letter")
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("612 x 792", subprocess.run(["pdfinfo", path], check=True, capture_output=True, text=True).stdout)

    def test_no_secret(self):
        needles = {form for value in self.lab.secret_values(TARGET) + [self.lab.secret_file("token-north")] for form in forms(value)}
        self.assertGreater(len(needles), 50)
        for path in self.outputs.values():
            data = path.read_bytes() if path.suffix != ".pdf" else self.pdf_text(path).encode()
            self.assertEqual([n for n in needles if n in data], [], path)
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)

    def test_a_secret_stops_the_export(self):
        secret = next(v for v in self.lab.secret_values(TARGET) if 12 <= len(v) <= 64 and "\n" not in v and not v.startswith(("http", "redis", "mysql", "postgresql")) and any(c.isdigit() for c in v))
        journal = self.lab.state / "runs" / self.undone / "change.json"
        self.addCleanup(journal.unlink, missing_ok=True)
        done, path = self.export(self.undone, "html", "--close-notes", f"The password was {secret}.")
        self.assertEqual(done.returncode, 2, said(done))
        self.assertRegex(done.stderr, r"(Secret|ConfigMap|Route|DeploymentConfig) \S+ in the bundle stands in the change's field close_notes")
        self.assertNotIn(secret, done.stdout + done.stderr)
        self.assertFalse(path.exists())

    def test_genuine(self):
        self.assertEqual(seal_of(self.whole), self.whole["seal"])
        signers = self.lab.folder / "signers"
        signers.write_text("mwagner@example.com " + self.key.with_suffix(".pub").read_text())
        done = self.lab.cli("verify-record", self.outputs["json"], "--allowed-signers", signers, "--tsa-ca", self.lab.folder / "tsa" / "ca.pem", "--json")
        self.assertEqual(done.returncode, 0, said(done))
        answer = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({line.get("state") for line in answer[:-1]}, {"holds"}, answer)
        self.assertTrue(answer[-1]["holds"])
        self.assertIn("A known signer vouched", answer[-1]["worth"])
        self.assertTrue(any("belongs to the journal" in line["text"] for line in answer[:-1]))
        # By hand, with stock tools.
        message = f"scalekeep-record {self.whole['seal']}\n".encode()
        (self.lab.folder / "sig").write_text(self.whole["signature"]["text"])
        subprocess.run(["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "mwagner@example.com", "-n", "scalekeep-record", "-s", self.lab.folder / "sig"], input=message, check=True, capture_output=True)
        (self.lab.folder / "tsa" / "m").write_bytes(message)
        (self.lab.folder / "tsa" / "s.tsr").write_bytes(base64.b64decode(self.whole["timestamp"]["response"]))
        self.stamps.openssl("ts", "-verify", "-data", "m", "-in", "s.tsr", "-CAfile", "ca.pem")
        # Another machine, with nothing but the file.
        environment = dict(self.lab.environment)
        self.lab.environment["SCALEKEEP_HOME"] = str(self.lab.folder / "elsewhere")
        done = self.lab.cli("verify-record", self.outputs["json"])
        self.lab.environment = environment
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("journal was not looked at", done.stdout)

    def test_tampered(self):
        self.assertEqual(self.verify(self.whole, "--journal", self.lab.state / "runs" / self.restored / "journal.jsonl").returncode, 0)  # our own writing is the program's

        def command(whole, change):
            activity = next(a for a in whole["record"]["activities"] if len(a["commands"]) > 1)
            change(activity["commands"])

        def journal(change):
            def apply(whole):
                change(whole["journal"])
            return apply

        rows = {
            "exit code": lambda w: command(w, lambda c: c[0].update(exitCode=7)),
            "command removed": lambda w: command(w, lambda c: c.pop()),
            "command inserted": lambda w: command(w, lambda c: c.insert(0, copy.deepcopy(c[1]))),
            "commands exchanged": lambda w: command(w, lambda c: c.insert(0, c.pop(1))),
            "step removed": lambda w: w["record"]["activities"].pop(3),
            "approval": lambda w: next(f for f in w["record"]["change"] if f["field"] == "approvals").update(text="Everybody"),
            "outcome": lambda w: w["record"].update(state="failed-unchanged"),
            "line edited": journal(lambda j: j.__setitem__(5, j[5].replace("T", "t", 1))),
            "line removed": journal(lambda j: j.pop(9)),
            "line inserted": journal(lambda j: j.insert(9, j[9])),
            "lines exchanged": journal(lambda j: j.insert(4, j.pop(8))),
            "last line removed": journal(lambda j: j.pop()),
            "signature": lambda w: w["signature"].update(text=w["signature"]["text"].replace("A", "B", 1)),
            "stamp": lambda w: w["timestamp"].update(at="2020-01-01T00:00:00Z"),
        }
        for reseal in (False, True):
            for name, change in rows.items():
                with self.subTest(name, reseal=reseal):
                    whole = copy.deepcopy(self.whole)
                    change(whole)
                    self.assertNotEqual(whole, self.whole)
                    if reseal:
                        whole["seal"] = seal_of(whole)
                    done = self.verify(whole, "--tsa-ca", self.lab.folder / "tsa" / "ca.pem")
                    if name == "stamp" and done.returncode == 0:
                        continue  # what is for people there is not believed: the finding names the time in the token
                    self.assertEqual(done.returncode, 5, f"{name}\n{said(done)}")
                    self.assertIn("FAILS", done.stdout)
        self.assertEqual(self.verify("{}").returncode, 5)
        self.assertEqual(self.verify(self.whole, "--journal", self.lab.state / "runs" / self.undone / "journal.jsonl").returncode, 5)

    def test_undone(self):
        done, path = self.export(self.undone, "html")
        self.assertEqual(done.returncode, 0, said(done))
        text = " ".join(" ".join(Tags(path.read_text()).text).split())
        for wanted in ("Unsuccessful, and undone. Every change was taken back.", "Failure, undo and interruptions", "Taken back", "unable to upgrade connection", "Undo: "):
            self.assertIn(wanted, text)
        done, path = self.export(self.undone, "json")
        record = json.loads(path.read_text())["record"]
        self.assertTrue([a for a in record["activities"] if a["kind"] == "undo" and a["state"] == "done"])
        self.assertFalse(record["stillStopped"])

    def test_backup(self):
        done, path = self.export(self.backup, "json")
        self.assertEqual(done.returncode, 0, said(done))
        record = json.loads(path.read_text())["record"]
        self.assertTrue(all(c["state"] == "proven" and c["bundle"] >= 0 for c in record["counts"]), record["counts"])
        self.assertEqual([b["role"] for b in record["bundles"]], ["written"])
        self.assertEqual(record["change"][0]["text"], "CHG0041800")
        self.assertEqual(self.lab.cli("verify-record", path).returncode, 0)

    def test_mistakes(self):
        there = self.outputs["html"]
        for arguments, code, text in ((("record", self.restored, "--format", "html", "--output", there), 2, "is there already"), (("record", self.restored, "--format", "word", "--output", "x"), 1, "html, pdf, markdown, json"),
                                      (("record", self.restored, "--format", "html"), 1, "--output"), (("record", "nope", "--format", "html", "--output", "x"), 2, "no run"),
                                      (("record", self.restored, "--format", "html", "--output", "x", "--sign", "nokey"), 2, "nokey"), (("record", self.restored, "--format", "html", "--output", "x", "--timestamp", "http://127.0.0.1:9/"), 2, "did not answer"),
                                      (("record", self.restored, "--format", "html", "--output", "x", "--change-file", "none.json"), 2, "none.json"), (("verify-record", "none.json"), 2, "none.json"),
                                      (("verify-record", there), 5, "no record"), (("restore", self.bundle, TARGET, "--confirm", "threescale", "--change", "a\x07b"), 2, "control characters")):
            done = self.lab.cli(*arguments)
            self.assertEqual(done.returncode, code, f"{arguments}\n{said(done)}")
            self.assertIn(text, done.stdout + done.stderr)
        self.assertFalse((self.lab.folder / "x").exists())

    def test_damaged_journal(self):
        folder = self.lab.state / "runs" / "20200101T000000Z-abcdef"
        folder.mkdir(mode=0o700)
        lines = (self.lab.state / "runs" / self.restored / "journal.jsonl").read_text().splitlines(keepends=True)
        (folder / "journal.jsonl").write_text("".join(lines[:4] + lines[5:]))
        done, path = self.export(folder.name, "html")
        self.assertEqual(done.returncode, 5, said(done))
        self.assertFalse(path.exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
