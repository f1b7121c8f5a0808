"""The parts of the stand-in that can be looked at without a cluster."""
import importlib
import time
import unittest

import normal
from client import errors, flags, jsonpath, main, merge, tables, template


class Flags(unittest.TestCase):
    def parse(self, *argv, command="get", interspersed=True):
        names = {"get": ["output", "selector", "watch"], "rsh": ["container"]}[command]
        known = flags.declared("options", flags.GLOBAL) | flags.declared(command, names)
        return flags.Parsed(command, known, argv, interspersed)

    def test_forms_of_a_flag(self):
        for argv in (["-o", "json", "pods"], ["-ojson", "pods"], ["-o=json", "pods"], ["pods", "--output=json"], ["pods", "--output", "json"]):
            parsed = self.parse(*argv)
            self.assertEqual(("json", ["pods"]), (parsed["output"], parsed.args), argv)

    def test_bool_flags_take_no_word(self):
        parsed = self.parse("-w", "pods", "--watch=false")
        self.assertEqual((False, ["pods"]), (parsed["watch"], parsed.args))

    def test_everything_after_dashes_is_an_argument(self):
        parsed = self.parse("p", "--", "ls", "-o", "--x")
        self.assertEqual((["p", "ls", "-o", "--x"], 1), (parsed.args, parsed.dash))

    def test_rsh_stops_at_the_pod(self):
        self.assertEqual(["p", "ls", "-c", "--", "x"], self.parse("p", "ls", "-c", "--", "x", command="rsh", interspersed=False).args)

    def test_unknown_flags(self):
        for argv, text in ((["--nope"], "unknown flag: --nope"), (["-Z"], "unknown shorthand flag: 'Z' in -Z")):
            with self.assertRaises(errors.Fail) as caught:
                self.parse(*argv)
            self.assertIn(text, caught.exception.text)

    def test_durations(self):
        for text, seconds in (("0", 0), ("20s", 20), ("1m30s", 90), ("1.5h", 5400), ("300ms", 0.3), ("-1s", -1)):
            self.assertAlmostEqual(seconds, flags.duration(text))
        for text in ("", "5", "5x", "s", "1m5"):
            with self.assertRaises(ValueError):
                flags.duration(text)

    def test_the_command_is_found_behind_global_flags(self):
        known = flags.declared("options", flags.GLOBAL)
        for argv, words in ((["-n", "x", "get", "pods"], [2, 3]), (["--namespace=x", "get"], [1]), (["--insecure-skip-tls-verify", "get"], [1]),
                            (["--kubeconfig", "get", "whoami"], [2])):
            self.assertEqual(words, flags.first_words(argv, known), argv)


    def test_every_flag_of_every_command_is_in_its_help(self):
        for name in set(main.MODULES.values()):
            for command, (_, names) in importlib.import_module(f"client.verbs.{name}").COMMANDS.items():
                flags.declared(command, names.split())


class JsonPath(unittest.TestCase):
    OBJECT = {"a": {"b": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]}, "m": {"k.l/z": "q"}, "t": True, "items": [{"metadata": {"name": "p"}}]}

    def test_expressions(self):
        for template_text, expected in (("{.a.b[0].n}", "x"), ("{.a.b[*].v}", "1 2"), ('{.a.b[?(@.n=="y")].v}', "2"), ("{.a.b[?(@.v>1)].n}", "y"),
                                        (r"{.m.k\.l/z}", "q"), ("{.m['k.l/z']}", "q"), ("{..name}", "p"), ("{.t}", "true"), ("{.none}", ""),
                                        ('{range .a.b[*]}{.n}{"\\n"}{end}', "x\ny\n"), (".a.b[1]", '{"n":"y","v":2}'), ("n={.a.b[-1].n};", "n=y;")):
            self.assertEqual(expected, jsonpath.text(template_text, self.OBJECT), template_text)

    def test_mistakes(self):
        for wrong in ("{.a", "{range .a}", "{.a.b[x]}"):
            with self.assertRaises(errors.Fail):
                jsonpath.text(wrong, self.OBJECT)


class ThreeWay(unittest.TestCase):
    def test_lists_are_merged_by_their_key(self):
        live = {"spec": {"containers": [{"name": "a", "image": "1", "added": "by the server"}, {"name": "b", "image": "1"}]}}
        wanted = {"spec": {"containers": [{"name": "a", "image": "2"}]}}
        original = {"spec": {"containers": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]}}
        patch = merge.three_way(original, wanted, live, True)
        self.assertEqual([{"name": "a", "image": "2"}, {"$patch": "delete", "name": "b"}], patch["spec"]["containers"])

    def test_without_keys_the_list_is_replaced(self):
        patch = merge.three_way({}, {"spec": {"containers": [{"name": "a"}]}}, {"spec": {"containers": [{"name": "b"}]}}, False)
        self.assertEqual({"spec": {"containers": [{"name": "a"}]}}, patch)

    def test_what_was_applied_and_is_wanted_no_more_goes(self):
        both, one = {"data": {"old": "1", "k": "2"}}, {"data": {"k": "2"}}
        self.assertEqual({"data": {"old": None}}, merge.three_way(both, one, both, True))

    def test_what_others_added_stays(self):
        self.assertEqual({}, merge.three_way({"data": {"k": "1"}}, {"data": {"k": "1"}}, {"data": {"k": "1", "other": "2"}}, True))


class Templates(unittest.TestCase):
    TEMPLATE = {"kind": "Template", "labels": {"app": "${APP}"}, "parameters": [
        {"name": "APP", "value": "x"}, {"name": "N", "value": "3"}, {"name": "SECRET", "generate": "expression", "from": "[a-f0-9]{12}"},
        {"name": "MUST", "required": True}],
        "objects": [{"apiVersion": "apps.openshift.io/v1", "kind": "DeploymentConfig", "metadata": {"name": "${APP}-dc"},
                     "spec": {"replicas": "${{N}}", "template": {"spec": {"x": "${SECRET} ${UNKNOWN}"}}}}]}

    def test_filled_in(self):
        made, = template.process(self.TEMPLATE, {"MUST": "y"}, {})
        self.assertEqual(("x-dc", 3), (made["metadata"]["name"], made["spec"]["replicas"]))
        self.assertEqual({"app": "x"}, made["spec"]["template"]["metadata"]["labels"])
        self.assertRegex(made["spec"]["template"]["spec"]["x"], r"^[a-f0-9]{12} \$\{UNKNOWN\}$")

    def test_refused(self):
        with self.assertRaisesRegex(template.Refused, r"template.parameters\[3\]: parameter MUST is required"):
            template.process(self.TEMPLATE, {}, {})


class Printing(unittest.TestCase):
    def test_ages(self):
        now = 1_800_000_000
        for seconds, text in ((0, "0s"), (119, "119s"), (120, "2m"), (599, "9m59s"), (600, "10m"), (10799, "179m"), (10800, "3h"), (28799, "7h59m"),
                              (90000, "25h"), (200000, "2d7h"), (700000, "8d")):
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - seconds))
            self.assertEqual(text, tables.age(stamp, now))

    def test_columns(self):
        self.assertEqual("NAME   X\nlonger name   y\n".replace("NAME   ", "NAME          "), tables.layout([["NAME", "X"], ["longer name", "y"]]))


class Normal(unittest.TestCase):
    """A comparison that can't fail proves nothing."""

    def test_differences_are_seen(self):
        self.assertIsNotNone(normal.difference("", "a\n", "b\n"))
        self.assertIsNotNone(normal.difference("table", "NAME   AGE\nx   1s\n", "NAME   OLD\nx   1s\n"))
        self.assertIsNotNone(normal.difference("table", "NAME   AGE\nx   1s\n", "NAME   AGE\n"))
        item = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {}}'
        self.assertIsNone(normal.difference("json", item, item))
        self.assertIsNotNone(normal.difference("json", item, item.replace('"spec": {}', '"other": {}')))
        self.assertIsNotNone(normal.difference("json", item, item.replace("Pod", "Secret")))
        self.assertNotEqual(normal.text('secrets "a" not found', []), normal.text('secrets "b" not found', []))

    def test_what_is_chance_is_made_alike(self):
        self.assertEqual(normal.text("pod zync-1-abcde 10m\n", []), normal.text("pod zync-12-x9z8y 10m\n", []))
        self.assertEqual(normal.text("W1122 09:08:54.339874   29104 loader.go:222] x", []), normal.text("W0101 00:00:00.000001 1 loader.go:222] x", []))
