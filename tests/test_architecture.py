"""The house rules as tests: style, types, layers, file lengths, one test file a module, a light start."""
from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "theorycheck"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)
LONGEST_FILE = 350
# Modules that a test of another name covers: the face and the entry point by the command line's tests.
TESTED_ELSEWHERE = {"_version.py", "__main__.py"}
HEAVY = ("numba", "llvmlite", "sympy", "scipy", "matplotlib", "torch", "hypothesis")


def run(*arguments: str, folder: Path = ROOT) -> None:
    """Run a command and fail the test with everything it printed."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"{' '.join(arguments)} exited {done.returncode}\n{done.stdout}\n{done.stderr}", pytrace=False)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run([sys.executable, "-c", code, "--config", "setup.cfg", "--no-cache"], cwd=folder,
                          capture_output=True, text=True)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_style():
    run("-m", "flake8", "theorycheck", "tests")


def test_types():
    run("-m", "mypy")


def test_layers():
    done = lint_imports(ROOT)
    if done.returncode != 0:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)


def imports_of(source: str) -> set[str]:
    """The names a module imports, inside functions too, but for what only a type checker sees."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {name for node in found for alias in node.names for name in (node.module, f"{node.module}.{alias.name}")}


def require_no_circle(sources: dict[str, str]) -> None:
    TopologicalSorter({name: imports_of(source) & set(sources) for name, source in sources.items()}).prepare()


def test_no_modules_import_one_another_in_a_circle():
    # A package's own __init__ may gather what its modules offer.
    require_no_circle({relative(path)[:-3].replace("/", "."): path.read_text(encoding="utf-8") for path in MODULES
                       if path.name != "__init__.py"})


def test_a_circle_through_a_function_is_noticed():
    apart = {"a": "if TYPE_CHECKING:\n    from b import f", "b": "from a import g"}
    require_no_circle(apart)
    with pytest.raises(CycleError):
        require_no_circle({**apart, "a": "def f():\n    from b import f"})


@pytest.mark.parametrize("path, line, contract", [
    ("rigor/compare.py", "from theorycheck.claims import Verdict", "Rooms know only the rooms below them"),
    ("cube/points.py", "import theorycheck.probability", "Rooms know only the rooms below them"),
    ("probability/__init__.py", "import numba", "Numba lives in kernels alone"),
    ("kernels/compilation.py", "import sympy", "The numeric rooms know no sympy"),
    ("statements/lemma6.py", "import theorycheck.statements.definitions", "Statements never import one another")])
def test_a_broken_layer_is_noticed(tmp_path, path, line, contract):
    shutil.copytree(PACKAGE, tmp_path / "theorycheck", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    broken = tmp_path / "theorycheck" / path
    # Inside a function: the contracts must see such imports too.
    broken.write_text(f"{broken.read_text()}\n\ndef _broken() -> None:\n    {line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0 and f"{contract} BROKEN" in done.stdout, done.stdout + done.stderr


def test_every_room_stands_in_the_layers():
    text = (ROOT / "setup.cfg").read_text()
    layers = text.partition("[importlinter:contract:layers]")[2].partition("[importlinter:contract")[0]
    rooms = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()
             if (path / "__init__.py").is_file() or path.suffix == ".py"}
    missing = {room for room in rooms - {"__init__", "_version"} if f"theorycheck.{room}" not in layers.split()}
    assert not missing, f"setup.cfg's layers do not name {sorted(missing)}"


def test_every_statement_is_independent_of_the_others():
    text = (ROOT / "setup.cfg").read_text().partition("[importlinter:contract:statements]")[2]
    names = set(text.partition("modules =")[2].partition("[")[0].split())
    modules = {f"theorycheck.statements.{path.stem}" for path in (PACKAGE / "statements").glob("*.py")
               if "CLAIM" in path.read_text()}
    assert names == {"theorycheck.statements.*"} or modules <= names


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_file_is_too_long(path):
    length = len(path.read_text().splitlines())
    assert length < LONGEST_FILE, f"{relative(path)} has {length} lines"


def test_rooms_are_one_level_of_folders():
    nested = [relative(path) for path in MODULES if len(path.relative_to(PACKAGE).parts) > 2]
    assert not nested


@pytest.mark.parametrize("path", [path for path in MODULES
                                  if path.name != "__init__.py" and path.name not in TESTED_ELSEWHERE], ids=relative)
def test_every_module_has_its_test_file(path):
    inside = path.relative_to(PACKAGE)
    mirror = ROOT / "tests" / inside.parent / f"test_{inside.name}"
    assert mirror.is_file(), f"{relative(mirror)} is missing"
    tree = ast.parse(mirror.read_text())
    functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert any(name.startswith("test_") for name in functions), f"{relative(mirror)} tests nothing"


@pytest.mark.parametrize("room", sorted(path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()))
def test_no_test_file_is_left_without_its_module(room):
    folder = ROOT / "tests" / room
    orphans = [relative(path) for path in folder.glob("test_*.py")  # test_face.py is for the room's __init__
               if path.name != "test_face.py" and not (PACKAGE / room / path.name.removeprefix("test_")).is_file()]
    assert not orphans


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_public_function_and_class_says_what_it_is(path):
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    public = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")
              and "overload" not in map(ast.unparse, node.decorator_list)]
    silent = [node.name for node in public if not ast.get_docstring(node)]
    assert ast.get_docstring(tree) and not silent, f"{relative(path)}: no docstring for {silent or 'the module'}"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_nothing_is_left_undone_or_swallowed(path):
    text = path.read_text()
    for word in ("TODO", "FIXME", "NotImplementedError", "XXX"):
        assert word not in text, f"{relative(path)} has {word}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None and not all(isinstance(line, ast.Pass) for line in node.body), (
                f"{relative(path)}:{node.lineno} swallows an exception")


def test_no_module_is_called_utils_or_helpers():
    bad = [relative(path) for path in MODULES
           if any(word in path.stem for word in ("util", "helper", "misc", "common", "_fast", "_v2"))]
    assert not bad


@pytest.mark.parametrize("code, heavy", [
    ("import theorycheck", (*HEAVY, "numpy", "flint", "rich", "argparse")),
    ("import theorycheck; theorycheck.list_claims()", HEAVY),
    ("import theorycheck.cli", HEAVY),
    ("main(['--help'])", HEAVY), ("main(['--version'])", HEAVY), ("main([])", HEAVY), ("main(['list'])", HEAVY),
    ("main(['list', '--json'])", HEAVY), ("main(['lemma6', '--help'])", HEAVY), ("main(['definitions', '-h'])", HEAVY),
    ("main(['lemma6', '--nn', '3'])", HEAVY), ("main(['lemma6', '--n', '2', '--k', '3'])", HEAVY),
    ("main(['lemma6', '--n', '2.5', '--k', '2'])", HEAVY), ("main(['lemma7'])", HEAVY), ("main(['show', 'x'])", HEAVY),
    ("main(['lemma6', '--n', '20', '--k', '4', '--delta', 'nan'])", HEAVY)])
def test_a_light_start_imports_nothing_heavy(code, heavy):
    script = f"""
import sys
from contextlib import suppress
with suppress(SystemExit):
    {"from theorycheck.cli import main; " if code.startswith("main") else ""}{code}
loaded = sorted(set({heavy!r}) & set(sys.modules))
assert not loaded, f"imported {{loaded}}"
"""
    run("-c", script)


def test_the_light_start_test_would_notice():
    with pytest.raises(pytest.fail.Exception, match="imported .'sympy'"):
        test_a_light_start_imports_nothing_heavy("import sympy", ("sympy",))


def test_the_package_has_its_type_marker():
    assert (PACKAGE / "py.typed").is_file()
