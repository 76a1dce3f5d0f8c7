"""Laws of the repository: who may import whom, what is public, how long a file is, what never gets in."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "plotwriter"

#: a unit imports only from ranks before its own; units of one rank never see each other
RANKS = [
    {"errors"},
    {"units", "ink"},
    {"config", "exchange"},
    {"registry"},
    {"text", "nets", "motion", "strokes"},
    {"styles"},
    {"samplers", "layout", "preview", "devices"},
    {"scribe", "output", "inkfiles", "signature", "cluster"},
    {"running"},
    {"letter"},
    {"specimen", "merge", "forms"},
    {"training"},
    {"evaluation"},
    {"hands"},
    {"studio"},
    {"cli"},
    {"__main__"},
]
RANK = {unit: rank for rank, units in enumerate(RANKS) for unit in units}

#: package -> where it may be imported
FENCES = {
    "torch": ("nets/", "samplers/", "training/", "evaluation/", "styles/", "hands/", "cli/train.py"),
    "accelerate": ("training/",),
    "safetensors": ("nets/", "training/", "evaluation/", "styles/", "hands/"),
    "serial": ("devices/transport.py", "devices/ports.py"),
    "vpype": ("layout/vpype_bridge.py", "plugins/"),
    "vpype_cli": ("layout/vpype_bridge.py", "plugins/"),
    "svgelements": ("layout/",),
    "shapely": ("layout/",),
    "rapidocr_onnxruntime": ("evaluation/ocr.py",),
    "PIL": ("preview/", "training/", "evaluation/", "hands/"),
    "skimage": ("hands/photo",),
    "ray": ("cluster.py",),
    "click": ("cli/", "plugins/"),
    "rich": ("cli/", "plugins/"),
}

MAX_LINES = 400


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def modules() -> list[Path]:
    return [*sorted(PACKAGE.rglob("*.py")), *sorted((ROOT / "plugins").rglob("*.py"))]


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE if PACKAGE in path.parents else ROOT)).replace("\\", "/")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, wherever in it; relative imports are refused."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def unit_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_unit_has_a_rank():
    units = {unit_of(path) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert units <= RANK.keys()


def test_imports_go_one_way():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        unit = unit_of(path)
        for line, name in imports(path):
            package, *parts = name.split(".")
            if package != "plotwriter" or parts in ([], ["__version__"]):
                continue
            if unit == "__init__" or (parts[0] != unit and RANK[parts[0]] >= RANK[unit]):
                wrong.append(f"{name_of(path)}:{line} imports {name}")
    assert wrong == []


def test_an_installation_from_the_tree_runs_the_plugins_of_the_tree():
    """Copies of them in site-packages, as older installations left, would hide every edit."""
    import vpype_handwrite

    import plotwriter

    if Path(plotwriter.__file__).resolve().is_relative_to(ROOT):
        assert Path(vpype_handwrite.__file__).resolve().parent == ROOT / "plugins", "run again: pip install -e '.[test]'"


def test_plugins_import_no_command():
    assert [name for path in (ROOT / "plugins").rglob("*.py") for _, name in imports(path) if name.startswith("plotwriter.cli")] == []


def test_fences():
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in modules()
        for line, name in imports(path)
        if not name_of(path).startswith(FENCES.get(name.split(".")[0], ("",)))
    ]
    assert wrong == []


def defined(path: Path) -> tuple[set[str], set[str]]:
    """Names of public functions and classes, and of all that a module binds at its top level."""
    bodies, bound = set(), set()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
            if not node.name.startswith("_"):
                bodies.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and path.name == "__init__.py" and (node.module or "").startswith("plotwriter."):
            bound |= {alias.asname or alias.name for alias in node.names}
    return bodies, bound


def exported(path: Path) -> list[str] | None:
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["__all__"]:
            return list(ast.literal_eval(node.value))
    return None


def test_all_says_what_is_public():
    """Every public function and class is in `__all__`, every name in it is there, and the list has no twins."""
    wrong = []
    for path in modules():
        bodies, bound = defined(path)
        names = exported(path)
        if names is None:
            if bodies:
                wrong.append(f"{name_of(path)}: no __all__ for {sorted(bodies)}")
            continue
        if missing := bodies - set(names):
            wrong.append(f"{name_of(path)}: not in __all__: {sorted(missing)}")
        if unknown := set(names) - bound:
            wrong.append(f"{name_of(path)}: in __all__ but not there: {sorted(unknown)}")
        if len(set(names)) < len(names) or any(name.startswith("_") and name != "__version__" for name in names):
            wrong.append(f"{name_of(path)}: twins or private names in __all__")
    assert wrong == []


def test_packages_export_what_they_import():
    """A folder's `__init__` brings names in only to hand them on."""
    for path in PACKAGE.rglob("__init__.py"):
        taken = {
            alias.asname or alias.name
            for node in tree(path).body
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"plotwriter.{path.parent.name}.")
            for alias in node.names
        }
        assert taken <= set(exported(path) or []), name_of(path)


def test_every_public_thing_has_a_docstring():
    wrong = []
    for path in modules():
        if not ast.get_docstring(tree(path)):
            wrong.append(name_of(path))
        for node in tree(path).body:
            if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
                continue
            inner = [n for n in node.body if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []
            for thing in [node, *(n for n in inner if not n.name.startswith("_"))]:
                if not ast.get_docstring(thing):
                    wrong.append(f"{name_of(path)}:{thing.lineno} {thing.name}")
    assert wrong == []


def tracked() -> list[Path]:
    """Every file that is committed or would be; a copy without git gives what lies there."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        return [path for path in ROOT.rglob("*") if path.is_file() and not {".venv", "build", "dist"} & set(path.parts)]
    return [path for path in (ROOT / name for name in listed.stdout.decode().split("\0") if name) if path.is_file()]


def test_no_file_is_too_long():
    long = {path.name: n for path in tracked() if path.suffix == ".py" and (n := path.read_text(encoding="utf-8").count("\n")) > MAX_LINES}
    assert long == {}


@pytest.mark.parametrize(
    "banned",
    [r"/(?:home|Users)/[a-z]", r"/(?:root|work)/", r"[A-Z]:\\{1,2}Users", r"/tmp/[a-z]", r"\bscratch/venv\b"],
    ids=["home", "root", "windows", "tmp", "venv"],
)
def test_no_path_of_one_computer(banned):
    """Nothing names the place of one person's files."""
    pattern = re.compile(banned.encode())
    found = []
    for path in tracked():
        content = path.read_bytes()
        if path != Path(__file__) and path.suffix not in (".safetensors", ".png") and (match := pattern.search(content)):
            line = content.count(b"\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT)}:{line}")
    assert found == []


def test_the_readme_says_how_to_test():
    """What `.ci/run` looks for is there, and both scripts can be run."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Test\n")[2].partition("\n## ")[0]
    assert "./check" in section.partition("```")[2].partition("```")[0]
    modes = subprocess.run(["git", "ls-files", "--stage", "check", ".ci/run"], cwd=ROOT, capture_output=True, text=True)
    assert modes.returncode or [line.split()[0] for line in modes.stdout.splitlines()] == ["100755", "100755"]


def loaded_by(*command: str) -> set[str]:
    """Packages in memory after a command, in a process of its own."""
    program = (
        "import sys\nfrom plotwriter.cli import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit as end: assert not end.code, end.code\n"
        "print('\\nloaded', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("loaded ")[2].split())


@pytest.mark.parametrize("command", [["--help"], ["--version"], ["write", "--help"], ["train", "--help"]], ids=" ".join)
def test_help_loads_next_to_nothing(command):
    assert not loaded_by(*command) & {"torch", "numpy", "vpype", "svgelements", "serial", "PIL"}


@pytest.mark.parametrize(
    "command", [["styles"], ["styles", "show", "linden"], ["machines"], ["plot", "SVG", "--port", "sim"], ["estimate", "SVG"]], ids=" ".join
)
def test_torch_is_loaded_only_to_write(command, tmp_path):
    drawing = tmp_path / "drawing.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm" viewBox="0 0 9 9"><path d="M1,1L5,5"/></svg>')
    assert "torch" not in loaded_by(*(str(drawing) if part == "SVG" else part for part in command))
