"""The slope sums of the recursion agree in all three arithmetics, and with the oracle."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from flint import arb

from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution
from theorycheck.networks.problems import LearningProblem
from theorycheck.training.recursion_slopes import slope_sums

F = Fraction
# A quarter: exact in every arithmetic, so that the ties agree too.
ROWS = [[F(1, 2), F(-3, 4), F(1), F(0)], [F(1, 2), F(1, 4), F(1, 2), F(1)]]


@pytest.mark.parametrize("distribution", [UniformDistribution(3), ProductDistribution(["1/2", 0, "-1/4"]),
                                          EmpiricalDistribution([[1, 1, 1], [-1, 1, -1], [1, 1, 1]])])
@pytest.mark.parametrize("gamma", [F(0), F(1, 2)])
def test_three_arithmetics_agree(distribution: Any, gamma: Fraction) -> None:
    problem = LearningProblem(KPattern.from_hex(3, 2, "0xB", offset=1), distribution, gamma)
    points, labels = oracles.cube_points(3), problem.labels().tolist()
    masses = list(distribution.probabilities())
    values = [sum(row[oracles.point_index(x[j:j + 2])] for j, row in enumerate(ROWS)) for x in points]
    weights = oracles.hinge_weights(values, labels, masses, gamma)
    expected = [entry for j in range(2) for entry in oracles.window_marginal(weights, 2, j)]
    margins = [(p, f * h) for p, f, h in zip(masses, labels, values) if p]
    assert any(m == 1 for _, m in margins) or isinstance(distribution, EmpiricalDistribution)  # else γ says nothing
    for arithmetic, number in (("rational", F), ("enclosed", lambda v: arb(v.numerator) / v.denominator),
                               ("float64", float)):
        tables = np.array([[number(entry) for entry in row] for row in ROWS],
                          dtype=np.float64 if arithmetic == "float64" else object)
        found = slope_sums(problem, 2, 2, arithmetic)(tables)
        assert found.tied_count == sum(m == 1 for _, m in margins)
        assert found.smallest_distance == float(min(abs(1 - m) for _, m in margins))
        mean = sum(abs(w) for w in weights)
        pairs = list(zip([*found.marginals.ravel().tolist(), found.slope_mean], [*expected, mean]))
        if arithmetic == "rational":
            assert all(one == other for one, other in pairs)
        elif arithmetic == "enclosed":
            assert all(one.contains(arb(other.numerator) / other.denominator) for one, other in pairs)
        else:  # sums of eight weights below 1
            assert all(abs(one - other) < 1e-15 for one, other in pairs)
