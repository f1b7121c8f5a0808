"""Bundles that are damaged or not ours, and the data of a whole one with stock tools only. SCALEKEEP_CLI names the program."""
import json
import re
import shutil
import subprocess
import tarfile
import unittest

from lab import Lab, said

TARGET = "north/threescale"


class Bundle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab.for_class(cls, TARGET, rows=50)
        cls.bundle = cls.lab.backup(TARGET)
        cls.whole = cls.bundle.read_bytes()

    def refused(self, name, content):
        path = self.lab.folder / f"{name}.scalekeep.tar"
        path.write_bytes(content)
        with self.subTest(name):
            done = self.lab.cli("verify", path)
            self.assertEqual(done.returncode, 5, said(done))
            self.assertNotIn("Proven", done.stdout)
            self.lab.sandbox("oc-log", "--clear")
            done = self.lab.cli("restore", path, TARGET, "--confirm", "threescale")
            self.assertEqual(done.returncode, 2, said(done))
            text = (done.stdout + done.stderr).strip()
            self.assertRegex(text, r"(?i)damaged|not whole|cut|bundle|version")
            self.assertLessEqual(len(text.splitlines()), 8, text)
            self.assertEqual(self.lab.changes(), [])
        path.unlink()

    def test_cut(self):
        for name, size in (("empty", 0), ("head", 700), ("middle", len(self.whole) // 2 // 512 * 512), ("no-end", len(self.whole) - 1024), ("one-byte", len(self.whole) - 1)):
            self.refused(f"cut-{name}", self.whole[:size])

    def test_altered(self):
        with tarfile.open(self.bundle) as tar:
            members = tar.getmembers()
        segment = next(m for m in members if re.search(r"streams/system-mysql/.*\.zst$", m.name))
        for name, at in (("data", segment.offset_data + segment.size // 2), ("header", segment.offset + 5), ("info", members[1].offset_data + 10),
                         ("manifest", members[-1].offset_data + 20)):
            self.refused(f"altered-{name}", self.whole[:at] + bytes([self.whole[at] ^ 1]) + self.whole[at + 1:])

    def test_foreign(self):
        self.refused("text", b"This is not a bundle at all.\n" * 100)
        folder = self.lab.folder / "other"
        folder.mkdir()
        (folder / "file").write_text("x")
        with tarfile.open(self.lab.folder / "other.tar", "w") as tar:
            tar.add(folder / "file", "file")
        self.refused("other-tar", (self.lab.folder / "other.tar").read_bytes())

    def test_newer_format(self):
        """Written by a later release: the member says another version, with a header that fits."""
        with tarfile.open(self.bundle) as tar:
            member = tar.getmember("bundle.json")
            info = json.loads(tar.extractfile(member).read())
        key = next(k for k in info if "ormat" in k and isinstance(info[k], int))
        text = self.whole[member.offset_data:member.offset_data + member.size]
        newer = re.sub(rb'("%s":\s*)%d' % (key.encode(), info[key]), rb"\g<1>9", text)
        self.assertEqual((len(newer), newer == text), (len(text), False))
        content = self.whole[:member.offset_data] + newer + self.whole[member.offset_data + member.size:]
        self.refused("newer", content)
        path = self.lab.folder / "newer.scalekeep.tar"
        path.write_bytes(content)
        done = self.lab.cli("verify", path)
        self.assertRegex(done.stdout + done.stderr, r"(?i)version|newer")

    def test_by_hand(self):
        """As the bundle's README.txt says: tar and zstd, and the dump loads with the stock client."""
        folder = self.lab.folder / "by-hand"
        folder.mkdir(mode=0o700)
        self.addCleanup(shutil.rmtree, folder)

        def shell(command):
            subprocess.run(["sh", "-ec", command], cwd=folder, check=True)
        shell(f"tar -xf {self.bundle}")
        command = re.search(r"^    (cat streams/system-mysql/.*)$", (folder / "README.txt").read_text(), re.M)[1]
        shell(command)
        digest = json.loads((folder / "streams/system-mysql/dump.sql/stream.json").read_text())["sha256"]
        self.assertIn(digest, subprocess.run(["sha256sum", "dump.sql"], cwd=folder, capture_output=True, text=True, check=True).stdout)

        pods = json.loads(self.lab.oc("north", "-n", "threescale", "get", "pods", "-l", "deploymentConfig=system-mysql", "-o", "json").stdout)["items"]
        enter = [self.lab.environment["SCALEKEEP_OC"], "--kubeconfig", str(self.lab.home / "kubeconfig-north"), "-n", "threescale", "exec", "-i",
                 pods[0]["metadata"]["name"], "-c", "system-mysql", "--", "sh", "-c"]

        def inside(script, data=b""):
            done = subprocess.run(enter + [f"export MYSQL_PWD=\"$MYSQL_ROOT_PASSWORD\"; {script}"], env=self.lab.environment, input=data, capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            return done.stdout
        inside("mysql -h127.0.0.1 -uroot -e 'CREATE DATABASE byhand CHARACTER SET utf8mb4'")
        inside("mysql -h127.0.0.1 -uroot --default-character-set=utf8mb4 byhand", (folder / "dump.sql").read_bytes())
        dump = ("mysqldump -h127.0.0.1 -uroot --skip-dump-date --skip-comments --order-by-primary --routines --triggers --hex-blob --skip-extended-insert "
                "--default-character-set=utf8mb4 {} | sort")
        live, loaded = (inside(dump.format(database)) for database in ("system", "byhand"))
        self.assertGreater(live.count(b"INSERT INTO"), 300)
        # Compared as lines, so that a failed check does not print two dumps.
        left, right = (set(text.splitlines()) for text in (live.replace(b"`system`", b"`byhand`"), loaded))
        self.assertEqual((sorted(left - right)[:3], sorted(right - left)[:3]), ([], []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
