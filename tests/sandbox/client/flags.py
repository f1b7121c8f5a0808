"""Command line flags as pflag reads them. Their names and types come from the recorded help texts in help/, so that what
--help prints is what is accepted; a flag that a verb of the stand-in does not implement is unknown to it, never ignored."""
import os

from .errors import Fail

HELP = os.path.join(os.path.dirname(__file__), "help")
GLOBAL = ("as certificate-authority client-certificate client-key cluster context insecure-skip-tls-verify kubeconfig "
          "loglevel namespace request-timeout server tls-server-name token user v").split()
# Flags that may be given without a value, and the value that stands for it.
BARE = {"cascade": "background"}


def help_text(command):
    with open(os.path.join(HELP, command.replace(" ", "-") + ".txt"), encoding="utf-8") as file:
        return file.read().replace("<HOME>", os.path.expanduser("~"))


class Flag:
    __slots__ = ("name", "short", "kind", "default")

    def __init__(self, line):
        names, default = line.strip()[:-1].split("=", 1)
        short, _, long = names.rpartition(", ")
        self.name, self.short = long[2:], short[1:]
        if default in ("true", "false"):
            self.kind, self.default = "bool", default == "true"
        elif default.startswith("["):
            self.kind, self.default = "list", []
        elif default.startswith("'"):
            self.kind, self.default = "string", default[1:-1]
        elif default[-1:] == "s":
            self.kind, self.default = "duration", duration(default)
        else:
            self.kind, self.default = "int", int(default or 0)


def declared(command, names):
    """The flags of one help text, by name; only those in `names`."""
    found = {}
    for line in help_text(command).split("\n"):
        if line.startswith("    -") and line.endswith(":") and "=" in line:
            flag = Flag(line)
            if flag.name in names:
                found[flag.name] = flag
    missing = [n for n in names if n not in found]
    if missing:
        raise AssertionError(f"the help of '{command}' has no flag {missing}")
    return found


def duration(text):
    """Seconds of a Go duration such as 1h30m, 20s or 0."""
    if text == "0":
        return 0.0
    units = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "ns": 1e-9}
    total, number, rest = 0.0, "", text.lstrip("+-")
    while rest:
        size = len(rest) - len(rest.lstrip("0123456789."))
        number, rest = rest[:size], rest[size:]
        unit = next((rest[:n] for n in (2, 1) if rest[:n] in units), None)
        if not number or number == ".":
            raise ValueError(f'time: invalid duration "{text}"')
        if unit is None:
            missing = not rest or rest[0] in "0123456789."
            raise ValueError(f'time: missing unit in duration "{text}"' if missing else f'time: unknown unit "{rest}" in duration "{text}"')
        total, rest = total + float(number) * units[unit], rest[len(unit):]
    if not number:
        raise ValueError(f'time: invalid duration "{text}"')
    return -total if text.startswith("-") else total


def _convert(flag, text):
    if flag.kind == "bool":
        if text in ("true", "True", "TRUE", "t", "T", "1"):
            return True
        if text in ("false", "False", "FALSE", "f", "F", "0"):
            return False
        raise ValueError(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    if flag.kind == "int":
        try:
            return int(text)
        except ValueError:
            raise ValueError(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None
    return duration(text) if flag.kind == "duration" else text


class Parsed:
    """The flags and arguments of one command line; `dash` is the number of arguments before `--`, or None."""

    def __init__(self, command, flags, argv, interspersed=True):
        self.command, self.flags, self.args, self.dash, self.given = command, flags, [], None, set()
        self.values = {f.name: list(f.default) if f.kind == "list" else f.default for f in flags.values()}
        self.help = False
        shorts = {f.short: f for f in flags.values() if f.short}
        rest = list(argv)
        while rest:
            arg = rest.pop(0)
            if arg == "--":
                self.dash, self.args = len(self.args), self.args + rest
                return
            if arg.startswith("--"):
                self._long(arg, rest)
            elif arg.startswith("-") and arg != "-":
                self._shorts(arg, rest, shorts)
            elif interspersed:
                self.args.append(arg)
            else:
                self.args += [arg] + rest
                return
            if self.help:
                return

    def __getitem__(self, name):
        return self.values[name]

    def usage_error(self, text):
        return Fail(f"error: {text}\nSee 'oc {self.command} --help' for usage." if self.command else f"error: {text}\nSee 'oc --help' for usage.")

    def _set(self, flag, text, shown):
        try:
            value = _convert(flag, text)
        except ValueError as error:
            raise self.usage_error(f'invalid argument "{text}" for "{shown}" flag: {error}') from None
        self.given.add(flag.name)
        if flag.kind == "list":
            self.values[flag.name].append(value)
        else:
            self.values[flag.name] = value

    def _long(self, arg, rest):
        name, equals, text = arg[2:].partition("=")
        if name == "help":
            self.help = True
            return
        flag = self.flags.get(name)
        if not name or flag is None:
            raise self.usage_error(f"unknown flag: --{name}")
        shown = f"-{flag.short}, --{name}" if flag.short else f"--{name}"
        if not equals:
            if flag.kind == "bool":
                text = "true"
            elif name in BARE:
                text = BARE[name]
            elif rest:
                text = rest.pop(0)
            else:
                raise self.usage_error(f"flag needs an argument: --{name}")
        self._set(flag, text, shown)

    def _shorts(self, arg, rest, shorts):
        letters = arg[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            flag = shorts.get(letter)
            if flag is None:
                if letter == "h":
                    self.help = True
                    return
                raise self.usage_error(f"unknown shorthand flag: '{letter}' in {arg}")
            shown = f"-{letter}, --{flag.name}"
            if letters.startswith("="):
                text, letters = letters[1:], ""
            elif flag.kind == "bool":
                text = "true"
            elif letters:
                text, letters = letters, ""
            elif rest:
                text = rest.pop(0)
            else:
                raise self.usage_error(f"flag needs an argument: '{letter}' in {arg}")
            self._set(flag, text, shown)


def first_words(argv, flags):
    """Where the words that are no flags stand in argv: what the command is looked for in."""
    positions, i = [], 0
    while i < len(argv):
        arg = argv[i]
        if arg == "--":
            break
        if arg.startswith("-") and arg != "-":
            name = arg.lstrip("-")
            flag = flags.get(name) if arg.startswith("--") else next((f for f in flags.values() if f.short == arg[1:]), None)
            takes_value = "=" not in arg and (arg.startswith("--") or len(arg) == 2) and name not in ("help", "h")
            if takes_value and not (flag and flag.kind == "bool"):
                i += 1
        else:
            positions.append(i)
        i += 1
    return positions
