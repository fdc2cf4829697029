"""The exact hinge loss and its slopes against the oracle, in int64 and beyond."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import ExplicitDistribution
from theorycheck.gradients.exact_hinge import exact_hinge, table_marginals, table_values
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray
from theorycheck.networks.support import support_of

F = Fraction
UNIFORM = LearningProblem(KPattern.parity(3, 2, offset=1))
WEIGHTS = {1: F(1, 3**50), 4: F(1, 2) - F(1, 3**50), 7: F(1, 2)}
PROBLEMS = [UNIFORM, LearningProblem(UNIFORM.target, ExplicitDistribution(3, WEIGHTS))]


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("scale", [1, 2**70])
@pytest.mark.parametrize("gamma", [F(0), F(1, 3), F(1)])
def test_loss_and_slopes_are_the_oracles(problem: LearningProblem, scale: int, gamma: Fraction) -> None:
    support = support_of(problem)
    numbers = np.array([2, -2, 1, 0, 2, -3, 2, -2])[:support.size]
    found = exact_hinge(RationalArray(numbers.astype(object) * scale, 2 * scale), support, gamma)
    values = [F(int(v), 2) for v in numbers]
    labels = support.labels.tolist()
    masses = [problem.distribution.probability(x) for x in support.indices.tolist()]
    assert found.loss == oracles.hinge_loss(values, labels, masses)
    assert found.signed_slopes.fractions() == oracles.hinge_weights(values, labels, masses, gamma)
    margins = [f * h for f, h in zip(labels, values)]
    assert found.active_probability == sum(p for p, m in zip(masses, margins) if m < 1)
    assert found.tied_probability == sum(p for p, m in zip(masses, margins) if m == 1)
    assert found.tied_count == margins.count(1)
    assert found.smallest_distance == min(abs(1 - m) for m in margins)


def test_an_integer_numerator_that_only_rounds_to_one_is_no_tie() -> None:
    # In float64, (2^60 + 1) / 2^60 is 1.
    support = support_of(LearningProblem(KPattern(1, 1, 0, np.array([1, 1], dtype=np.int8))))
    found = exact_hinge(RationalArray(np.array([2**60 + 1, 2**60 - 1]), 2**60), support, F(0))
    assert (found.tied_count, found.loss, found.active_probability) == (0, F(1, 2**61), F(1, 2))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("scale", [1, 2**60, 2**62])
def test_tables_and_marginals(problem: LearningProblem, scale: int) -> None:
    support = support_of(problem)
    tables = np.arange(8, dtype=object).reshape(2, 4) * scale
    points = [oracles.cube_points(3)[x] for x in support.indices.tolist()]
    expected = [sum(int(tables[j][oracles.point_index(x[j:j + 2])]) for j in range(2)) for x in points]
    values = table_values(RationalArray(tables.astype(np.int64) if scale < 2**61 else tables, 3), support)
    assert values.fractions() == [F(v, 3) for v in expected]
    slopes = RationalArray(np.arange(1, support.size + 1), 5)
    sums = [[F(sum(i + 1 for i, x in enumerate(points) if oracles.point_index(x[j:j + 2]) == z), 5) for z in range(4)]
            for j in range(2)]
    assert table_marginals(slopes, support, 2, 2).fractions() == sums[0] + sums[1]


def test_int64_numbers_near_the_end_of_their_range() -> None:
    support = support_of(LearningProblem(KPattern(1, 1, 0, np.array([1, -1], dtype=np.int8))))
    largest = 2**63 - 1
    found = exact_hinge(RationalArray(np.array([-largest, largest]), 3), support, F(0))
    assert (found.loss, found.smallest_distance) == (1 + F(largest, 3), 1 + F(largest, 3))
    found = exact_hinge(RationalArray(np.array([0, largest]), 2**63 - 1), support, F(1))
    assert (found.loss, found.tied_count, found.active_probability) == (F(3, 2), 0, 1)
