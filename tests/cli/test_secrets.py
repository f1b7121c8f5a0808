"""After a backup, a failed restore and a restore, no secret of the installation is anywhere but in bundles and in the store of logins.

SCALEKEEP_CLI names the program."""
import base64
import os
import pathlib
import stat
import unittest
import urllib.parse

from lab import Lab, said

TARGET = "north/threescale"


def forms(value):
    """A secret as it might be written: raw, base64 (with and without a newline at the end), URL-encoded, as a JSON string."""
    raw = value.encode()
    encoded = {urllib.parse.quote(value, safe=""), urllib.parse.quote(value), urllib.parse.quote_plus(value), value.replace("\n", "\\n"),
               base64.urlsafe_b64encode(raw).decode()}
    return {raw, base64.b64encode(raw), base64.b64encode(raw + b"\n"), *(e.encode() for e in encoded)}


class Secrets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = lab = Lab(TARGET, rows=50)
        cls.addClassCleanup(lab.close)
        values = lab.secret_values(TARGET) + [lab.secret_file(n) for n in ("token-north", "password-north-edit")]
        cls.needles = {form: number for number, value in enumerate(values) for form in forms(value)}
        old = os.umask(0o000)
        cls.addClassCleanup(os.umask, old)
        cls.others = {p for p in pathlib.Path("/tmp").iterdir()}
        lab.sandbox("oc-log", "--clear")
        lab.login("north")
        password = lab.secret_file("password-north-edit")
        # Who logs in with a password, and to what address, is public; the password and the token that comes back are not.
        done = lab.cli("login", "--name", "second", "--server", lab.server("north"), "--ca", lab.home / "ca-north.crt", "--user", "admin3s", "--password-stdin",
                       send=password + "\n")
        assert done.returncode == 0, said(done)
        cls.bundle = lab.folder / "B.scalekeep.tar"
        done = lab.cli("backup", TARGET, "--output", cls.bundle, "--json")
        assert done.returncode == 0, said(done)
        lab.sandbox("destroy", TARGET, "system-mysql")
        lab.sandbox("fault", "add", "exit", "--verb", "exec", "--contains=-dump.sql", "--code", "1", "--stderr", "error: unable to upgrade connection")
        cls.failed = lab.cli("restore", cls.bundle, TARGET, "--confirm", "threescale", "--component", "system-mysql")
        lab.sandbox("fault", "clear")
        lab.sandbox("destroy", TARGET, "secrets", "configmaps", "routes")
        components = [word for each in ("secrets", "configmaps", "routes", "system-mysql") for word in ("--component", each)]
        cls.restored = lab.cli("restore", cls.bundle, TARGET, "--confirm", "threescale", *components, "--json")
        for arguments in (("plan", "restore", cls.bundle, TARGET, "--shell"), ("plan", "backup", TARGET, "--shell"), ("show", cls.bundle), ("inventory", TARGET), ("runs",),
                          ("clusters",)):
            lab.cli(*arguments)

    def found(self, data):
        return sorted({number for form, number in self.needles.items() if form in data})

    def test_runs_ended_as_meant(self):
        self.assertEqual(self.failed.returncode, 3, said(self.failed))
        self.assertEqual(self.restored.returncode, 0, said(self.restored))

    def test_output(self):
        for text in self.lab.outputs:
            self.assertEqual(self.found(text.encode()), [], text[:300])

    def test_state(self):
        """Journals, logs, caches; the store of logins is the positive control: the search finds what is there."""
        searched = 0
        for path in self.lab.state.rglob("*"):
            if path.is_file() and not path.name.endswith((".scalekeep.tar", ".scalekeep.tar.partial")):
                searched += 1
                self.assertEqual(self.found(path.read_bytes()), [], path)
        self.assertGreater(searched, 5)
        logins = [p for p in (self.lab.folder / "run").rglob("*") if p.is_file()]
        self.assertTrue(any(self.found(p.read_bytes()) for p in logins), "the search finds nothing at all")

    def test_temporary_files(self):
        for path in self.lab.temporary.rglob("*"):
            self.assertFalse(path.is_file() and self.found(path.read_bytes()), path)
        new = [p for p in pathlib.Path("/tmp").iterdir() if p not in self.others and "scalekeep" in p.name and "test" not in p.name and p.is_file()]
        self.assertEqual([p for p in new if self.found(p.read_bytes())], [])

    def test_argv(self):
        ours = [line for line in self.lab.oc_log() if str(self.lab.folder / "run") in " ".join(line["argv"])]
        self.assertGreater(len(ours), 50)
        for line in ours:
            self.assertEqual(self.found("\0".join(line["argv"]).encode()), [], line["argv"][2:6])

    def test_private_to_the_user(self):
        """With a umask that forbids nothing."""
        for top in (self.lab.state, self.lab.folder / "run"):
            for path in [p for p in top.rglob("*") if not p.is_symlink()]:
                mode = stat.S_IMODE(path.stat().st_mode)
                # kubectl writes its cache of API resources itself, in a folder that nobody else can enter.
                if "cache" not in path.parts:
                    self.assertEqual(mode, 0o700 if path.is_dir() else 0o600, path)
        self.assertEqual(stat.S_IMODE((self.lab.state / "cache").stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(self.bundle.stat().st_mode), 0o600)


if __name__ == "__main__":
    unittest.main(verbosity=2)
