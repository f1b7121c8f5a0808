"""The layers of the program (app -> widgets -> models -> engine, and the DEPENDS of the engine's folders) hold for every #include.

CMake alone does not see to it: static libraries share one include path, and Debian's Qt lets a Core-only target include Widgets.
"""
import re
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# What the files of a layer may include, longest prefix first.
LAYERS = {
    "app/cli": {"app", "widgets/print", "models", "engine"},
    "app": {"app", "widgets", "models", "engine"},
    "widgets/print": {"widgets/print", "engine"},
    "widgets": {"widgets", "models", "engine"},
    "models": {"models", "engine"},
    "engine": {"engine"},
}
FEATURES = {"backup", "restore", "compare", "record"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
WINDOWS = re.compile(r"^Qt(Gui|Widgets|PrintSupport|Svg|SvgWidgets|OpenGL|OpenGLWidgets|Quick|Qml)/|^Q(Widget|Application|GuiApplication|Pixmap|Image|Painter|Icon|Color|Font|Action|Window)$")
# The command line makes PDFs, too: it must not need Qt Widgets for that.
WIDGETS = re.compile(r"^QtWidgets/|^Q(Widget|Application|Dialog|Label|TextEdit|TextBrowser|PushButton|Layout|BoxLayout)$")
WINDOW_LIBRARIES = re.compile(r"Qt6::(Gui|Widgets|PrintSupport|Svg|SvgWidgets|OpenGL|OpenGLWidgets|Quick|Qml)\b")
MODULE = re.compile(r"scalekeep_module\(\s*(\w+)(.*?)\)", re.DOTALL)
DEPENDS = re.compile(r"\bDEPENDS\b(.*?)(?=\bSOURCES\b|\bLIBRARIES\b|$)", re.DOTALL)


def modules(root):
    """Engine folder -> the folders it names in DEPENDS."""
    found = {}
    for cmake in sorted(root.glob("engine/*/CMakeLists.txt")):
        for name, arguments in MODULE.findall(cmake.read_text()):
            depends = DEPENDS.search(arguments)
            found[name] = set(depends.group(1).split()) if depends else set()
    return found


def closure(found, name, path=()):
    """All folders that `name` reaches; a cycle is a ValueError."""
    if name in path:
        raise ValueError(" -> ".join([*path[path.index(name):], name]))
    reached = set()
    for each in found.get(name, ()):
        reached |= {each} | closure(found, each, (*path, name))
    return reached


def includes(path):
    return [(kind, target) for kind, target in INCLUDE.findall(path.read_text(errors="replace"))]


def layer_of(name):
    for layer in sorted(LAYERS, key=len, reverse=True):
        if name == layer or name.startswith(layer + "/"):
            return layer
    return None


def sources(root):
    for layer in ("app", "widgets", "models", "engine"):
        for path in sorted((root / layer).rglob("*")):
            if path.suffix in {".h", ".cpp"}:
                yield path


def violations(root):
    problems = []
    found = modules(root)
    reach = {}
    for name in found:
        try:
            reach[name] = closure(found, name)
        except ValueError as cycle:
            return [f"engine: the folders depend on each other: {cycle}"]
        for missing in sorted(found[name] - set(found)):
            problems.append(f"engine/{name}: depends on {missing}, which is no folder of the engine")
        for other in sorted(FEATURES & reach[name] & (FEATURES if name in FEATURES else set())):
            problems.append(f"engine/{name}: a feature may not depend on the feature {other}")
    for cmake in sorted(root.glob("engine/**/CMakeLists.txt")):
        for library in WINDOW_LIBRARIES.findall(cmake.read_text()):
            problems.append(f"{cmake.relative_to(root)}: the engine may not link Qt6::{library}")

    for cmake in sorted(root.glob("widgets/print/**/CMakeLists.txt")):
        for library in WINDOW_LIBRARIES.findall(cmake.read_text()):
            if library != "Gui":
                problems.append(f"{cmake.relative_to(root)}: printing may not link Qt6::{library}")

    for path in sources(root):
        here = path.relative_to(root).as_posix()
        layer = layer_of(here)
        folder = here.split("/")[1] if layer == "engine" else None
        if folder and folder not in found:
            problems.append(f"{here}: engine/{folder} is not built by scalekeep_module()")
            continue
        for kind, target in includes(path):
            if ".." in target.split("/"):
                problems.append(f"{here}: includes {target}; write the path from the top")
            if layer == "engine" and WINDOWS.search(target):
                problems.append(f"{here}: the engine may not include {target}")
            if layer == "widgets/print" and WIDGETS.search(target):
                problems.append(f"{here}: printing may not include {target}")
            if kind == "<":
                continue
            other = layer_of(target)
            if other and not any(other == allowed or target.startswith(allowed + "/") for allowed in LAYERS[layer]):
                problems.append(f"{here}: {layer} may not include {target}")
            elif other == "engine" and folder:
                module = target.split("/")[1]
                if module != folder and module not in reach[folder]:
                    problems.append(f"{here}: includes {target}, but engine/{folder} does not depend on {module}")
    return problems


class Layering(unittest.TestCase):
    def test_the_program(self):
        self.assertEqual(violations(ROOT), [])
        self.assertGreater(len(list(sources(ROOT))), 20)
        self.assertIn("base", modules(ROOT)["oc"])


class Finds(unittest.TestCase):
    """Each rule finds its violation in a small tree, so that a green run means something."""

    def tree(self, files):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        root = Path(directory.name)
        base = {
            "engine/base/CMakeLists.txt": "scalekeep_module(base SOURCES a.cpp LIBRARIES OpenSSL::Crypto)",
            "engine/oc/CMakeLists.txt": "scalekeep_module(oc DEPENDS base\n  SOURCES a.cpp)",
            "engine/run/CMakeLists.txt": "scalekeep_module(run\n  DEPENDS oc\n  SOURCES a.cpp)",
            "engine/backup/CMakeLists.txt": "scalekeep_module(backup DEPENDS run SOURCES a.cpp)",
            "engine/restore/CMakeLists.txt": "scalekeep_module(restore DEPENDS run SOURCES a.cpp)",
        }
        for name, text in {**base, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        return violations(root)

    def test_what_is_allowed(self):
        self.assertEqual(self.tree({
            "engine/run/a.cpp": '#include "engine/run/a.h"\n#include "engine/base/x.h"\n#include "local.h"\n#include <QString>\n#include <QIODevice>\n',
            "models/a.cpp": '#include "models/b.h"\n#include "engine/run/x.h"\n',
            "widgets/a.cpp": '#include "models/b.h"\n#include <QWidget>\n',
            "app/cli/a.cpp": '#include "engine/run/x.h"\n#include "widgets/print/p.h"\n',
            "app/desktop/a.cpp": '#include "widgets/x.h"\n',
        }), [])

    def assert_found(self, files, text):
        problems = self.tree(files)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(text, problems[0])

    def test_folders_of_the_engine(self):
        self.assert_found({"engine/oc/a.h": '#include "engine/run/x.h"'}, "does not depend on run")
        self.assert_found({"engine/base/a.h": '  #  include "engine/oc/x.h"'}, "does not depend on oc")
        self.assert_found({"engine/backup/a.cpp": '#include "engine/restore/x.h"'}, "does not depend on restore")
        self.assert_found({"engine/backup/CMakeLists.txt": "scalekeep_module(backup DEPENDS restore SOURCES a.cpp)"}, "feature restore")
        self.assert_found({"engine/base/CMakeLists.txt": "scalekeep_module(base DEPENDS run SOURCES a.cpp)"}, "depend on each other")
        self.assert_found({"engine/oc/CMakeLists.txt": "scalekeep_module(oc DEPENDS base nothing SOURCES a.cpp)"}, "no folder")
        self.assert_found({"engine/loose/a.cpp": ""}, "not built")

    def test_layers(self):
        self.assert_found({"engine/oc/a.cpp": '#include "models/x.h"'}, "may not include models/x.h")
        self.assert_found({"models/a.cpp": '#include "widgets/x.h"'}, "may not include widgets/x.h")
        self.assert_found({"widgets/a.cpp": '#include "app/desktop/x.h"'}, "may not include app/desktop/x.h")
        self.assert_found({"widgets/print/a.cpp": '#include "models/x.h"'}, "may not include models/x.h")
        self.assert_found({"app/cli/a.cpp": '#include "widgets/x.h"'}, "may not include widgets/x.h")
        self.assert_found({"models/a.cpp": '#include "../engine/oc/x.h"'}, "from the top")

    def test_no_windows_in_the_engine(self):
        self.assert_found({"engine/oc/a.cpp": "#include <QtWidgets/QWidget>"}, "QtWidgets/QWidget")
        self.assert_found({"engine/oc/a.cpp": "#include <QImage>"}, "QImage")
        self.assert_found({"engine/oc/CMakeLists.txt": "scalekeep_module(oc DEPENDS base SOURCES a.cpp LIBRARIES Qt6::Gui)"}, "Qt6::Gui")

    def test_no_widgets_in_printing(self):
        self.assert_found({"widgets/print/a.cpp": "#include <QTextEdit>"}, "QTextEdit")
        self.assert_found({"widgets/print/CMakeLists.txt": "scalekeep_module(widgets_print DEPENDS base SOURCES a.cpp LIBRARIES Qt6::Gui Qt6::Widgets)"}, "Qt6::Widgets")


if __name__ == "__main__":
    sys.exit(unittest.main())
