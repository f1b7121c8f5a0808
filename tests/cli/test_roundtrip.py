"""The main job on one installation: back up, verify, lose everything, restore, and an independent check finds all equal.

Usage: test_roundtrip.py CLUSTER/NAMESPACE; SCALEKEEP_CLI names the program."""
import json
import stat
import sys
import unittest

from lab import OBJECTS, STORES, Lab, said

SHORT_LIVED = 7     # keys of the sandbox that expire within minutes (sandbox/install/redis_data.py)
TARGET = sys.argv.pop() if __name__ == "__main__" else "north/threescale"


class RoundTrip(unittest.TestCase):
    def test_everything_lost_is_back(self):
        lab = Lab(TARGET, rows=50)
        self.addCleanup(lab.close)
        cluster, namespace = TARGET.split("/")
        lab.login(cluster)
        before = lab.capture(TARGET, "before")
        bundle = lab.folder / "B.scalekeep.tar"

        done = lab.cli("backup", TARGET, "--output", bundle)
        self.assertEqual(done.returncode, 0, said(done))
        self.assertIn("Completeness 100 of 100", done.stdout)
        self.assertEqual(stat.S_IMODE(bundle.stat().st_mode), 0o600)
        # A backup leaves nothing behind.
        same = lab.compare(before, lab.capture(TARGET, "backed-up"))
        self.assertEqual(same.returncode, 0, same.stdout)
        done = lab.cli("verify", bundle)
        self.assertEqual(done.returncode, 0, said(done))

        lab.sandbox("destroy", TARGET, *STORES, *OBJECTS)
        done = lab.cli("restore", bundle, TARGET, "--confirm", namespace)
        self.assertEqual(done.returncode, 0, said(done))
        same = lab.compare(before, lab.capture(TARGET, "after"))
        self.assertEqual(same.returncode, 0, same.stdout)

        # What the record counts is what the bundle holds.
        run = next(json.loads(line)["runId"] for line in lab.cli("runs", "--json").stdout.splitlines() if json.loads(line)["kind"] == "restore")
        done = lab.cli("record", run, "--format", "json", "--output", lab.folder / "record.json")
        self.assertEqual(done.returncode, 0, said(done))
        counts = json.loads((lab.folder / "record.json").read_text())["record"]["counts"]
        self.assertGreaterEqual(len(counts), 9)
        for count in counts:
            self.assertEqual(count["state"], "proven", count)
            # Of a few keys the time ends while this runs; the proof tells them from lost ones.
            expired = count["bundle"] - count["after"]
            self.assertIn(expired, range(SHORT_LIVED + 1) if count["unit"] == "keys" else [0], count)

        safety = [p for p in lab.state.rglob("*.scalekeep.tar")] + [p for p in lab.folder.glob("*.scalekeep.tar") if p != bundle]
        self.assertEqual(len(safety), 1, f"safety bundles: {safety}")
        done = lab.cli("verify", safety[0])
        self.assertEqual(done.returncode, 0, said(done))
        self.assertEqual([str(p) for p in lab.folder.rglob("*.partial")], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
