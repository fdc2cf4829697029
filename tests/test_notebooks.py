"""The notebooks run from a fresh kernel, say what they said when stored, and define no mathematics.

``python tests/test_notebooks.py`` executes every notebook in the same way and stores its outputs.
"""
from __future__ import annotations

import ast
import os
import re
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 600_000
# What a notebook may import: no library with which mathematics could be done behind theorycheck's back, but for NumPy's
# generators and quantiles.
IMPORTS = {"theorycheck", "matplotlib", "numpy", "fractions"}
NUMPY = {"arange", "quantile", "random"}
# An absolute path into a machine's own folders; the slash must not continue a word, an address or a closing tag.
MACHINE_PATH = re.compile(r"(?<![\w.</:])/(?:work|root|home|tmp|Users|usr|opt|var|private|mnt|srv)/|\b[A-Z]:\\\w")
EVERY = pytest.mark.parametrize("path", NOTEBOOKS, ids=[path.stem for path in NOTEBOOKS])


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS][:3] == ["01_lemma6_separator", "02_training_a_cnn", "03_why_the_fcn_fails"]


@EVERY
def test_is_valid_and_small(path):
    book = _stored(path)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) >= (4, 5)
    identifiers = [cell.id for cell in book.cells]
    assert len(set(identifiers)) == len(identifiers)
    assert book.metadata.kernelspec.name == "python3"
    assert path.stat().st_size < LARGEST_BYTES


@EVERY
def test_was_stored_after_one_run_without_errors(path):
    cells = _code_cells(_stored(path))
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [trouble for cell in cells for trouble in _troubles(cell)]
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs)


@EVERY
def test_stores_no_machine_paths(path):
    assert not _machine_paths(_stored(path))


@EVERY
def test_defines_no_mathematics(path):
    assert not _forbidden(_stored(path))


@EVERY
def test_still_says_what_was_stored(path):
    executed = _executed(path)
    assert not [trouble for cell in _code_cells(executed) for trouble in _troubles(cell)]
    stored = {cell.id: _texts(cell) for cell in _code_cells(_stored(path))}
    assert {cell.id: _texts(cell) for cell in _code_cells(executed)} == stored
    assert not _machine_paths(executed)


def test_an_error_and_a_warning_are_troubles():
    error = new_output("error", ename="ValueError", evalue="wrong", traceback=[])
    warning = new_output("stream", name="stderr", text="x.py:1: DeprecationWarning: old\n")
    assert _troubles(new_code_cell("1", outputs=[error])) == ["ValueError: wrong"]
    assert _troubles(new_code_cell("1", outputs=[warning])) == ["x.py:1: DeprecationWarning: old\n"]


def test_texts_see_a_changed_digit_but_not_a_changed_picture():
    said = [_texts(new_code_cell("1", outputs=[new_output("execute_result", data=data)])) for data in (
        {"text/plain": "r", "text/html": "<td>0.1</td>", "image/png": "aaaa"},
        {"text/plain": "r", "text/html": "<td class='c'>0.1</td>", "image/png": "bbbb"},
        {"text/plain": "r", "text/html": "<td>0.2</td>", "image/png": "aaaa"})]
    assert said[0] == said[1] != said[2]


def test_texts_join_what_a_kernel_flushes_in_parts():
    parts = [new_output("stream", name="stdout", text=text) for text in ("one\n", "two\n")]
    whole = [new_output("stream", name="stdout", text="one\ntwo\n")]
    assert _texts(new_code_cell("1", outputs=parts)) == _texts(new_code_cell("1", outputs=whole)) == ["one\ntwo\n"]


@pytest.mark.parametrize("text", ["/home/ann/x.py", "File '/tmp/a'", "in C:\\Users\\ann", "(/root/.cache/b)"])
def test_machine_paths_are_noticed(text):
    book = new_notebook(cells=[new_code_cell("1", outputs=[new_output("stream", name="stdout", text=text)])])
    assert _machine_paths(book)
    assert _machine_paths(new_notebook(metadata={"where": text}))


@pytest.mark.parametrize("text", ["a/tmp/b", "https://example.org/home/ann", "</tmp>", "1/work", "P[m_z <= mu/2]"])
def test_other_slashes_are_no_machine_paths(text):
    assert not _machine_paths(new_notebook(metadata={"where": text}))


@pytest.mark.parametrize("source, found", [
    ("def tail(q):\n    return q", ["def tail"]), ("f = lambda q: q", ["lambda"]), ("class A:\n    pass", ["class A"]),
    ("from math import comb", ["import math"]), ("import scipy.stats", ["import scipy"]),
    ("np.linalg.solve(a, b)", ["np.linalg"]), ("def plot_x(a):\n    def inner():\n        pass", ["def inner"]),
    ("def plot_x(a):\n    a.plot()\nimport numpy as np\nnp.random.default_rng(0)", [])])
def test_mathematics_is_noticed(source, found):
    assert _forbidden(new_notebook(cells=[new_code_cell(source)])) == found


@cache
def _stored(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@cache
def _executed(path: Path) -> NotebookNode:
    """Run a notebook in a fresh kernel from the repository's root, so that it needs no installed package."""
    book = nbformat.read(path, as_version=4)
    for cell in _code_cells(book):
        cell.outputs, cell.execution_count = [], None
    with TemporaryDirectory() as profile:
        # No profile of the user's, and figures as notebooks show them whatever backend the tests run under.
        environment = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "MATPLOTLIBRC")}
        environment |= {"PYTHONPATH": str(ROOT), "IPYTHONDIR": profile}
        client = NotebookClient(book, timeout=300, kernel_name="python3", record_timing=False,
                                resources={"metadata": {"path": str(ROOT)}})
        client.execute(env=environment)
    return book


def _code_cells(book: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def _troubles(cell: NotebookNode) -> list[str]:
    """Errors, and whatever was written to stderr but matplotlib's word on its font cache, once per machine."""
    errors = [f"{output.ename}: {output.evalue}" for output in cell.outputs if output.output_type == "error"]
    return errors + [output.text for output in cell.outputs if output.output_type == "stream"
                     and output.name == "stderr" and "font cache" not in output.text]


def _texts(cell: NotebookNode) -> list[str]:
    """What a cell says: printed lines, plain representations, and the words of an HTML table; no pictures."""
    printed = "".join(output.text for output in cell.outputs
                      if output.output_type == "stream" and output.name == "stdout")
    shown = [output.data.get(kind, "") for output in cell.outputs if "data" in output
             for kind in ("text/plain", "text/html")]
    return [text for text in [printed, *(re.sub(r"<[a-z/][^<>]*>", " ", text) for text in shown)] if text]


def _machine_paths(book: NotebookNode) -> list[str]:
    outputs = [output for cell in _code_cells(book) for output in cell.outputs]
    texts = [str(value) for output in outputs for kind, value in (
        *output.get("data", {}).items(), ("text", output.get("text", "")), ("traceback", output.get("traceback", "")))
        if not kind.startswith("image/")]
    texts += [str(value) for part in (book, *book.cells) for value in part.metadata.values()]
    # The values of nested metadata appear as Python writes them, with a backslash doubled.
    return [text for text in texts if MACHINE_PATH.search(text) or MACHINE_PATH.search(text.replace("\\\\", "\\"))]


def _forbidden(book: NotebookNode) -> list[str]:
    """Definitions beyond plot_*, and imports or NumPy functions with which numbers could be computed."""
    found = []
    for node in (node for cell in _code_cells(book) for node in ast.walk(ast.parse(cell.source))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("plot_"):
            found.append(f"def {node.name}")
        elif isinstance(node, ast.ClassDef):
            found.append(f"class {node.name}")
        elif isinstance(node, ast.Lambda):
            found.append("lambda")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
            found += [f"import {name.split('.')[0]}" for name in names if name.split(".")[0] not in IMPORTS]
        elif (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "np"
              and node.attr not in NUMPY):
            found.append(f"np.{node.attr}")
    return found


def _store(path: Path) -> None:
    book = _executed(path)
    # The interpreter's version is nobody's business here, and would change with every machine.
    book.metadata.language_info = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    nbformat.write(book, path)


if __name__ == "__main__":
    for notebook in [Path(name).resolve() for name in sys.argv[1:]] or NOTEBOOKS:
        _store(notebook)
