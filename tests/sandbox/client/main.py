"""The command line: which command is meant, its flags, its help, its exit code."""
import importlib
import os
import signal
import sys

from . import flags as flag_table
from .errors import Fail
from .faults import Run

# The file in verbs/ that implements each command. Everything else is unknown, as it would be to the real client.
MODULES = {
    "get": "get", "exec": "execute", "rsh": "execute", "apply": "apply", "create": "create", "replace": "create", "patch": "patch",
    "delete": "delete", "scale": "scale", "rollout": "rollout", "wait": "wait", "process": "process", "auth": "auth", "whoami": "session",
    "version": "session", "login": "login", "logout": "session", "project": "project", "projects": "project", "new-project": "project",
    "config": "session",
    "api-resources": "session", "logs": "logs",
}
PARENTS = ("rollout", "auth", "config")


class Command:
    """One command line under way: what the verbs are given."""

    def __init__(self, name, parsed, run):
        self.name, self.flags, self.args, self.run = name, parsed, parsed.args, run
        self._config = self._server = None

    @property
    def config(self):
        if self._config is None:
            from .config import Config
            self._config = Config(self.flags, must_exist=self.name != "login")
            self.run.locate(self._config)
        return self._config

    @property
    def server(self):
        if self._server is None:
            from .rest import Server
            server = Server(self.config)
            self.run.choose(self.name, self.config, server.url)
            self._server = server
            self.run.before_request(server)
        return self._server

    @property
    def namespace(self):
        return self.config.namespace

    def write(self, text):
        self.run.write(text)

    def usage(self, text):
        """A complaint about the arguments, with the pointer to the help that the real client adds."""
        return Fail(f"error: {text}\nSee 'oc {self.name} -h' for help and examples")

    def complain(self, text):
        print(text, file=sys.stderr, flush=True)


def find(argv):
    """The command's name, the rest of the words without it, and its module."""
    known = flag_table.declared("options", flag_table.GLOBAL)
    words = flag_table.first_words(argv, known)
    if not words:
        return "", argv, known
    first = argv[words[0]]
    if first in ("options", "help"):
        return first, [a for i, a in enumerate(argv) if i != words[0]], known
    if first not in MODULES:
        raise Fail(f'error: unknown command "{first}" for "oc"')
    if first not in PARENTS:
        return first, argv[:words[0]] + argv[words[0] + 1:], known
    if len(words) == 1:
        return first, argv[:words[0]] + argv[words[0] + 1:], known
    name = f"{first} {argv[words[1]]}"
    return name, [a for i, a in enumerate(argv) if i not in words[:2]], known


def dispatch(run, argv):
    name, rest, known = find(argv)
    if name == "options":
        sys.stderr.write(flag_table.help_text("options"))
        return 0
    if name == "help":
        name, rest, known = find(rest)
        rest = ["--help"]
    if name == "":
        flag_table.Parsed("", known, rest)
        run.write(flag_table.help_text("root"))
        return 0
    first = name.split(" ")[0]
    module = importlib.import_module(f".verbs.{MODULES[first]}", __package__)
    if name not in module.COMMANDS:
        if name in PARENTS:
            asked = flag_table.Parsed(name, known, rest).help
            text = flag_table.help_text(name)
            if asked:
                run.write(text)
                return 0
            sys.stderr.write(text)
            return 1
        raise Fail(f"error: unknown command \"{name.split(' ')[1]}\"\nSee 'oc {first} -h' for help and examples")
    function, names = module.COMMANDS[name]
    parsed = flag_table.Parsed(name, known | flag_table.declared(name, names.split()), rest, interspersed=name != "rsh")
    if parsed.help:
        run.write(flag_table.help_text(name))
        return 0
    return function(Command(name, parsed, run)) or 0


def main(argv):
    run = Run(argv)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)

    def ended(number, _):
        run.log(-number)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ended)
    try:
        code = dispatch(run, argv[1:])
    except Fail as failure:
        code = failure.code
        if failure.text:
            print(failure.text, file=sys.stderr)
    run.log(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
