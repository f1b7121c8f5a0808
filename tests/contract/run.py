#!/usr/bin/python3
"""Holds the sandbox's `oc` to the behaviour of the real client: see README.md. The exit code says whether it passed."""
import argparse
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(1, str(pathlib.Path(__file__).resolve().parent.parent / "sandbox"))
import lab as surroundings
import normal
import rows
import streams
import transcripts
import units


def case(row, recorded):
    """One test of one row: the table's own expectation, and the recording where there is one."""
    def test(self):
        places = LAB.places()
        row.filled = [LAB.fill(word) for word in row.argv]
        outcome = rows.run(LAB, row)
        problems = rows.check(row, outcome, places)
        if recorded:
            problems += transcripts.departures(transcripts.Recording(row.name), row, outcome, places)
        if problems:
            said = normal.text(outcome.err.decode("utf-8", "replace"), places)[:1000]
            self.fail(f"oc {' '.join(row.filled)}\n" + "\n".join(problems) + f"\nstderr: {said}")
    test.__doc__ = row.name
    return test


def table_suite(pattern):
    """The rows in the order of the table: later ones build on what earlier ones did."""
    recorded = set(transcripts.names())
    methods = {f"test_{i:04d}_{row.name}": case(row, row.name in recorded) for i, row in enumerate(rows.table()) if pattern in row.name}
    return unittest.defaultTestLoader.loadTestsFromTestCase(type("Table", (unittest.TestCase,), methods))


class Completeness(unittest.TestCase):
    def test_every_recording_is_replayed_or_excluded_with_a_reason(self):
        known = transcripts.names()
        if not known:
            self.skipTest("the recordings are not at hand")
        table, left_out = [row.name for row in rows.table()], rows.excluded()
        self.assertEqual([], sorted(set(known) - set(table) - set(left_out)))
        self.assertEqual([], sorted(set(left_out) - set(known)), "excluded, but no recording")
        self.assertEqual([], sorted(set(table) & set(left_out)), "both replayed and excluded")
        self.assertEqual([], sorted(n for n, reason in left_out.items() if len(reason) < 20), "no reason given")

    def test_names_are_unique(self):
        table = [row.name for row in rows.table()]
        self.assertEqual([], sorted({n for n in table if table.count(n) > 1}))


def main():
    global LAB
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox-command", default=str(pathlib.Path(__file__).resolve().parent.parent / "sandbox" / "scalekeep-sandbox"))
    parser.add_argument("--home", help="use the sandbox that runs in this home, and leave it running")
    parser.add_argument("-k", default="", metavar="TEXT", help="only rows with this text in their name")
    parser.add_argument("-v", action="store_true")
    parser.add_argument("-f", action="store_true", help="stop at the first failure")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the sandbox is taken down
    LAB = surroundings.Lab(options.sandbox_command, options.home)
    streams.LAB = LAB
    try:
        loader = unittest.defaultTestLoader
        suites = [table_suite(options.k)]
        if not options.k:
            suites = [loader.loadTestsFromTestCase(Completeness), loader.loadTestsFromModule(units), *suites, loader.loadTestsFromModule(streams)]
        result = unittest.TextTestRunner(verbosity=1 + options.v, failfast=options.f).run(unittest.TestSuite(suites))
    finally:
        LAB.close()
    if not transcripts.names():
        print("The recordings of the real client are not at hand: only the table was checked.")
    return not result.wasSuccessful()


LAB = None
if __name__ == "__main__":
    sys.exit(main())
