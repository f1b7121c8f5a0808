"""Parameter files as the real client reads them, with a parser made for shells' `.env` files: values do not arrive as they were written.
Quotes go, outer blanks go, `$NAME` is looked up among the lines before, and `#` begins a comment."""
import re

_VARIABLE = re.compile(r"(\\)?\$(\()?\{?([A-Z0-9_]+)?\}?")


class Bad(Exception):
    pass


def read(text):
    found = {}
    for line in text.split("\n"):
        line = line.removesuffix("\r")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        line = without_comment(line)
        equals, colon = line.find("="), line.find(":")
        key, separator, value = line.partition(":" if colon >= 0 and (equals < 0 or colon < equals) else "=")
        if not separator:
            raise Bad("Can't separate key from value")
        found[re.sub(r"^export\s+", "", key.strip())] = value_of(value, found)
    return found


def without_comment(line):
    """Up to the first `#` that is in no quotes: a part with a single quote mark of a kind opens or closes them."""
    kept, is_open = [], False
    for part in line.split("#"):
        if part.count('"') == 1 or part.count("'") == 1:
            is_open = not is_open
            if not is_open:
                kept.append(part)
        if not kept or is_open:
            kept.append(part)
    return "#".join(kept)


def value_of(text, earlier):
    text = text.strip(" ")
    if len(text) < 2:
        return text
    single, double = (text[0] == text[-1] == mark for mark in "'\"")
    if single or double:
        text = text[1:-1]
    if double:
        text = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[0]), text)
        text = re.sub(r"\\([^$])", r"\1", text)
    return text if single else _VARIABLE.sub(lambda m: expanded(m, earlier), text)


def expanded(match, earlier):
    if match[1] or match[2]:
        return match[0][1:]
    return earlier.get(match[3], "") if match[3] else match[0]
