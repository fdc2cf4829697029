"""What can be imported from the room itself."""
from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

import theorycheck.cube as cube


def test_every_public_name_leads_to_its_module() -> None:
    for module, names in cube._NAMES.items():
        for name in names:
            # A name that is also a module's would depend on the order of imports.
            assert name not in cube._NAMES
            assert getattr(cube, name) is getattr(importlib.import_module(f"theorycheck.cube.{module}"), name)
    assert set(dir(cube)) == set(cube.__all__)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'hadamard'"):
        cube.hadamard  # noqa: B018


def test_points_come_without_the_compiled_kernels() -> None:
    code = "import sys; from theorycheck.cube import BooleanCube, window_count; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
