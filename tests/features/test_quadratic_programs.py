"""Least-distance problems with known answers."""
from __future__ import annotations

import sys

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.features.quadratic_programs import solve_least_distance


def solvers() -> list:
    return ["nnls", pytest.param("clarabel", marks=pytest.mark.skipif(
        "clarabel" not in sys.modules and __import__("importlib.util").util.find_spec("clarabel") is None,
        reason="the extra quadratic is not installed"))]


@pytest.mark.parametrize("solver", solvers())
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_conditions_of_optimality(solver: str, scale: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        rows = scale * (rng.standard_normal((12, 6)) + 0.7)
        weights, solution = solve_least_distance(rows, solver)
        assert solution is not None
        margins = rows @ solution
        # Interior-point and active-set solvers stop at relative residuals near 1e-10.
        assert margins.min() > 1 - 1e-7 and weights.min() >= 0
        direction = rows.T @ weights
        cosine = direction @ solution / np.linalg.norm(direction) / np.linalg.norm(solution)
        assert cosine > 1 - 1e-9
        assert (weights * (margins - 1)).max() < 1e-7 * weights.max()


@pytest.mark.parametrize("solver", solvers())
def test_contradiction(solver: str) -> None:
    weights, solution = solve_least_distance(np.array([[1.0, 2.0], [-2.0, -4.0], [0.0, 1.0]]), solver)
    assert solution is None
    # An interior-point solver stops as soon as the contradiction shows, at a few digits.
    assert abs(weights[0] - 2 * weights[1]) < 1e-4 * weights.max() and weights[2] < 1e-4 * weights.max()


def test_no_unknowns() -> None:
    weights, solution = solve_least_distance(np.empty((2, 0)))
    assert solution is None and weights.sum() > 0


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clarabel", None)
    with pytest.raises(ParameterError, match=r"needs the package clarabel: pip install theorycheck\[quadratic\]"):
        solve_least_distance(np.ones((1, 1)), "clarabel")
