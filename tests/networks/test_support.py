"""The points that an enumeration runs over, against the distribution's own probabilities."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import InstanceTooLarge
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.support import support_of

DISTRIBUTIONS = [UniformDistribution(3), ProductDistribution(["1/3", 1, "-1/2"]), ProductDistribution(["1/3", 0, 0]),
                 ExplicitDistribution(3, {6: "1/7", 1: "6/7"}),
                 EmpiricalDistribution([[1, -1, 1], [-1, 1, 1], [1, -1, 1]])]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_points_and_weights_are_the_distributions(distribution: Distribution) -> None:
    support = support_of(LearningProblem(KPattern.parity(3, 2, offset=1), distribution))
    masses = {i: Fraction(int(w), support.denominator)
              for i, w in zip(support.indices.tolist(), support.weights.tolist())}
    assert masses == {i: p for i, p in enumerate(distribution.probabilities()) if p}
    assert support.indices.tolist() == sorted(masses) and support.size == len(masses)
    assert support.is_cube == (len(masses) == 8)


def test_labels_of_a_pattern_and_of_a_truth_table_agree() -> None:
    pattern = KPattern.from_hex(4, 2, "0xB", offset=2)
    whole = BooleanFunction(pattern.truth_table().values)
    for distribution in (UniformDistribution(4), ExplicitDistribution(4, {13: "1/2", 2: "1/2"})):
        labels = [support_of(LearningProblem(f, distribution)).labels.tolist() for f in (pattern, whole)]
        assert labels[0] == labels[1]


def test_contents_and_signs_follow_the_convention() -> None:
    support = support_of(LearningProblem(KPattern.parity(4, 2)))
    points = oracles.cube_points(4)
    assert [tuple(x) for x in support.signs().tolist()] == points
    assert support.contents(3, 1).tolist() == [oracles.point_index(x[1:4]) for x in points]


def test_a_sample_in_high_dimension_costs_no_enumeration() -> None:
    n, rng = 200, np.random.default_rng(0)
    points = np.where(rng.random((5, n)) < 0.5, -1, 1)
    support = support_of(LearningProblem(KPattern.parity(n, 3, offset=150), EmpiricalDistribution(points)))
    cube = BooleanCube(n)
    assert sorted(cube.index(x) for x in points) == support.indices.tolist()
    assert [support.labels[support.indices.tolist().index(cube.index(x))] for x in points] == [
        int(np.prod(x[150:153])) for x in points]
    assert np.array_equal(support.signs()[0], cube.point(support.indices[0]))
    assert support.contents(2, 198).tolist() == [int(i) >> 198 for i in support.indices]


def test_weights_beyond_64_bits_stay_exact() -> None:
    tiny = Fraction(1, 3**50)
    support = support_of(LearningProblem(KPattern.parity(2, 1), ExplicitDistribution(2, {0: tiny, 3: 1 - tiny})))
    assert support.weights.tolist() == [1, 3**50 - 1] and support.denominator == 3**50


def test_arrays_are_read_only_and_the_budget_holds() -> None:
    support = support_of(LearningProblem(KPattern.parity(2, 1)))
    for array in (support.indices, support.labels, support.weights):
        with pytest.raises(ValueError):
            array[0] = 0
    with memory_budget(1000), pytest.raises(InstanceTooLarge):
        support_of(LearningProblem(KPattern.parity(6, 1)))
