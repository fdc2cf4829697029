from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from theorycheck.cube import BooleanFunction, KPattern, ProductDistribution, UniformDistribution
from theorycheck.errors import ParameterError
from theorycheck.networks.problems import LearningProblem

PARITY = KPattern.parity(3, 2, 1)


def test_the_distribution_is_uniform_unless_given():
    problem = LearningProblem(PARITY)
    assert problem.distribution == UniformDistribution(3) and problem.is_uniform and problem.n == 3
    given = LearningProblem(PARITY, ProductDistribution([0, 0, "1/2"]), 0.25)
    assert not given.is_uniform and given.hinge_slope == Fraction(1, 4)


def test_labels_are_the_targets_values_for_a_pattern_and_for_its_truth_table():
    expected = [(1 - 2 * (x >> 1 & 1)) * (1 - 2 * (x >> 2 & 1)) for x in range(8)]
    assert LearningProblem(PARITY).labels().tolist() == expected
    labels = LearningProblem(PARITY.truth_table()).labels()
    assert labels.tolist() == expected and labels.dtype == np.int8


@pytest.mark.parametrize("arguments, message", [
    (("parity",), "'target' must be a KPattern or a BooleanFunction, not str."),
    ((BooleanFunction([1, 0, 1, -1]),), "'target' must hold only +1 and -1."),
    ((BooleanFunction([1, 1, 1, -1], 2),), "'target' must hold only +1 and -1."),
    ((BooleanFunction([0.5, 1.0]),), "'target' must hold only +1 and -1."),
    ((PARITY, "uniform"), "'distribution' must be a Distribution, not str."),
    ((PARITY, UniformDistribution(2)), "'distribution' must have the dimension n=3 of the target, not 2."),
    ((PARITY, None, 2), "'hinge_slope' must be at least 0 and at most 1, not 2."),
    ((PARITY, None, -0.1), "'hinge_slope' must be at least 0 and at most 1, not -1/10."),
    ((PARITY, None, float("nan")), "'hinge_slope' must be a finite number, not nan."),
    ((PARITY, None, True), "'hinge_slope' must be a finite number, not True.")])
def test_bad_input(arguments, message):
    with pytest.raises(ParameterError) as caught:
        LearningProblem(*arguments)
    assert str(caught.value) == message
