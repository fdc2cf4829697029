"""The kept code: loaded when fresh, compiled again when stale, damaged or not to be kept.  Each run is a process."""
from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from numba.core.caching import FunctionCache

from theorycheck.kernels import compilation
from theorycheck.kernels.compilation import kernel

INNER = """
from theorycheck.kernels.compilation import kernel

@kernel
def inner(x):
    return x + {constant}
"""
OUTER = """
from inner import inner
from theorycheck.kernels.compilation import kernel

@kernel
def outer(x):
    return 10 * inner(x)

@kernel
def other(x):
    return -x
"""
MAIN = """
import outer
{before}
print(outer.outer(1), outer.other(1), *(sum(f.stats.cache_hits.values()) for f in (outer.outer, outer.other)))
"""


@dataclass
class Package:
    """Two modules of kernels in a folder, one calling the other, and a place for their compiled code."""

    folder: Path
    cache: Path

    def write(self, constant: int) -> None:
        (self.folder / "inner.py").write_text(INNER.format(constant=constant))
        (self.folder / "outer.py").write_text(OUTER)

    def run(self, before: str = "", options: tuple[str, ...] = ("-W", "error"),
            **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
        variables |= {"NUMBA_CACHE_DIR": str(self.cache), "PYTHONPATH": os.pathsep.join([str(self.folder), *sys.path])}
        return subprocess.run([sys.executable, *options, "-c", MAIN.format(before=before)], check=True, timeout=120,
                              env=variables | environment, capture_output=True, text=True)

    def values(self) -> tuple[int, ...]:
        """The results of both kernels, and how often the code of each was loaded; nothing may be printed beside."""
        process = self.run()
        assert process.stderr == ""
        return tuple(map(int, process.stdout.split()))

    def file(self, pattern: str) -> Path:
        found, = self.cache.rglob(pattern)
        return found


@pytest.fixture
def package(tmp_path: Path) -> Package:
    result = Package(tmp_path / "package", tmp_path / "cache")
    result.folder.mkdir()
    result.write(1)
    return result


def test_a_second_process_loads_and_a_changed_source_elsewhere_recompiles(package: Package) -> None:
    assert package.values() == (20, -1, 0, 0)
    assert package.values() == (20, -1, 1, 1)
    package.write(2)  # outer.py, whose code holds inner's, stays as it was
    assert package.values() == (30, -1, 0, 0)
    assert package.values() == (30, -1, 1, 1)


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2])


def flip(path: Path) -> None:
    """Change eight bytes in the middle: machine code, in the larger files."""
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content) // 2 + 8):
        content[place] ^= 0x55
    path.write_bytes(content)


def test_damaged_files_are_compiled_again_and_mended(package: Package) -> None:
    assert package.values() == (20, -1, 0, 0)
    truncate(package.file("*outer.outer*.nbi"))
    package.file("*outer.other*.nbi").write_bytes(b"not a pickle")
    assert package.values() == (20, -1, 0, 0)
    truncate(package.file("*outer.outer*.nbc"))
    flip(package.file("*outer.other*.nbc"))
    assert package.values() == (20, -1, 0, 0)
    # Whole, but another kernel's.
    package.file("*outer.outer*.nbc").write_bytes(package.file("*outer.other*.nbc").read_bytes())
    assert package.values() == (20, -1, 0, 1)
    assert package.values() == (20, -1, 1, 1)


def blocked(package: Package) -> dict[str, str]:
    """Surroundings in which no folder can be made for compiled code, though the tests may run as root."""
    (package.folder / "__pycache__").write_text("a file, so that the folder cannot be made")
    package.cache.write_text("another")
    return {"XDG_CACHE_HOME": str(package.cache), "HOME": str(package.cache), "LOCALAPPDATA": str(package.cache)}


def test_without_a_writable_folder_kernels_work_and_say_so_once(package: Package) -> None:
    process = package.run(options=(), **blocked(package))
    assert process.stdout.split() == ["20", "-1", "0", "0"]
    assert process.stderr.count("RuntimeWarning") == 1  # for three kernels
    assert "compiled kernels are not kept between runs" in process.stderr
    assert "set NUMBA_CACHE_DIR to a writable folder." in process.stderr


def test_a_folder_that_vanishes_before_the_first_call(package: Package) -> None:
    before = f"import shutil; shutil.rmtree({str(package.cache)!r}); open({str(package.cache)!r}, 'w').close()"
    process = package.run(before, options=())
    assert process.stdout.split() == ["20", "-1", "0", "0"]
    assert process.stderr.count("RuntimeWarning") == 1


def test_without_just_in_time_compilation_the_function_itself_runs(package: Package) -> None:
    before = "outer.outer.stats = outer.other.stats = type('', (), {'cache_hits': {}})"
    assert package.run(before, NUMBA_DISABLE_JIT="1").stdout.split() == ["20", "-1", "0", "0"]
    assert not list(package.cache.rglob("*.nb?"))


def test_an_unknown_layout_of_numbas_cache_means_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        def __init__(self, function: object) -> None:
            pass

    monkeypatch.setattr(FunctionCache, "__init__", Other.__init__)
    compilation._warn_uncached.cache_clear()
    with pytest.warns(RuntimeWarning, match="unknown cache of Numba"):
        function = kernel(lambda x: x + 1)
    compilation._warn_uncached.cache_clear()
    assert function(1) == 2


def test_options() -> None:
    def quotient(x: float, y: float) -> float:
        return x / y

    options = kernel(quotient).targetoptions
    assert options["nopython"] and options["nogil"] and not options.get("fastmath") and not options.get("parallel")
    assert kernel(quotient)(1.0, 0.0) == float("inf")  # error_model numpy
