"""The flow's equations at every point against the definition."""
from __future__ import annotations

from fractions import Fraction

import pytest

from theorycheck.cube import ExplicitDistribution, KPattern, ProductDistribution
from theorycheck.flow.points import flow_points, point_system, window_contents
from theorycheck.networks.problems import LearningProblem


def test_points_and_windows():
    problem = LearningProblem(KPattern.parity(3, 2), ExplicitDistribution(3, {1: "1/4", 6: "3/4"}))
    assert flow_points(problem) == (1, 6)
    # x = 001 and 110, bit 0 first: windows 1, 0 and 2, 3.
    assert window_contents(problem, 2).tolist() == [[1, 0], [2, 3]]
    assert window_contents(problem, 2, "paper").tolist() == [[1], [2]]


@pytest.mark.parametrize("tied", [True, False])
def test_rows_and_forces(tied):
    problem = LearningProblem(KPattern.parity(3, 2, 1), ProductDistribution(("1/3", "0", "1/5")))
    system, slots = point_system(problem, 2, (3, 1, 0, 2), tied=tied)
    assert system.class_total == (3 if tied else len(slots)) and all(z != 2 for _, z in slots)
    p = [problem.distribution.probability(x) for x in range(8)]
    for x, row in enumerate(system.rows):
        f = int(problem.labels()[x])
        wanted = {(j, x >> j & 3): Fraction(f * (3, 1, 0, 2)[x >> j & 3]) for j in range(2) if x >> j & 3 != 2}
        assert {slots[i]: c for i, c in row.items()} == wanted
        assert all(system.forces[slots.index(slot)][x] == f * p[x] for slot in wanted)
    assert sum(system.probabilities) == 1


def test_curvature_bounds_every_hessian():
    # λ² = k max_z Σ_j p_j(z)²: two windows of probability 1/4 each.
    system, _ = point_system(LearningProblem(KPattern.parity(3, 2)), 2, (1, 1, 1, 1))
    assert system.curvature_squared == Fraction(2 * 2, 16)
    untied, _ = point_system(LearningProblem(KPattern.parity(3, 2)), 2, (1, 1, 1, 1), tied=False)
    assert untied.curvature_squared == Fraction(2, 16)
