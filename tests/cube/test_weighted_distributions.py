"""Explicit weights and samples; their marginals and expectations are tested with the other kinds."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from theorycheck.cube.distributions import UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import dimensions, empirical_distributions

F = Fraction


def test_a_sequence_is_in_the_order_of_the_points() -> None:
    d = ExplicitDistribution(2, [0.1, 0.2, 0.3, 0.4])
    assert d == ExplicitDistribution(2, {1: "0.2", 3: "2/5", 0: "1/10", 2: "0.3"})
    assert hash(d) == hash(ExplicitDistribution(2, {1: "0.2", 3: "2/5", 0: "1/10", 2: "0.3"}))
    assert d.expectation([1, 2, 3, 4]) == F(1 + 4 + 9 + 16, 10)
    # x_0 = -1 at the indices 1 and 3.
    assert d.window_marginal(1, 0) == (F(4, 10), F(6, 10))


def test_zero_weights_are_dropped_and_the_mapping_is_read_only() -> None:
    d = ExplicitDistribution(2, [0, 1, 0, 0])
    assert dict(d.weights) == {1: 1}  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        d.weights[0] = F(1)  # type: ignore[index]


def test_point_masses_of_any_dimension() -> None:
    n = 10**4
    d = ExplicitDistribution(n, {0: "1/4", 1 << (n - 1): "3/4"})
    assert d.window_marginal(1, n - 1) == (F(1, 4), F(3, 4))
    assert d.expectation(KPattern.parity(n, 2, n - 2)) == F(-1, 2)
    assert (d.probability(1 << (n - 1)), d.probability(1)) == (F(3, 4), 0)
    assert d.sample(3, np.random.default_rng(0)).shape == (3, n)
    with pytest.raises(InstanceTooLarge):
        d.probabilities()


@settings(deadline=None, max_examples=40)
@given(empirical_distributions(dimensions(1, 5)))
def test_empirical_is_explicit_with_counted_weights(d: EmpiricalDistribution) -> None:
    indices = BooleanCube(d.n).indices(d.points).tolist()
    weights = {index: F(indices.count(index), len(indices)) for index in indices}
    assert d.probabilities() == ExplicitDistribution(d.n, weights).probabilities()
    assert d.size == len(indices)


def test_empirical_of_many_variables() -> None:
    n = 10**5
    points = np.ones((3, n), dtype=np.int8)
    points[0, 7] = -1
    d = EmpiricalDistribution(points)
    assert d.window_marginal(2, 6) == (F(2, 3), 0, F(1, 3), 0)
    assert d.expectation(KPattern.parity(n, 2, 7)) == F(1, 3)
    assert d.probability(0) == F(2, 3)


def test_the_whole_cube_once_is_the_uniform_distribution() -> None:
    d = EmpiricalDistribution(BooleanCube(4).all_points())
    assert d.probabilities() == UniformDistribution(4).probabilities()
    # A point drawn twice is noticed.
    assert EmpiricalDistribution(BooleanCube(4).points([*range(16), 3])).probabilities() != d.probabilities()


def test_empirical_sums_cannot_overflow() -> None:
    d = EmpiricalDistribution([[1]] * 5)
    assert d.expectation([2**62 - 1, 0]) == 2**62 - 1


def test_samples_have_the_right_frequencies() -> None:
    d = ExplicitDistribution(3, {0: "1/2", 5: "1/3", 6: "1/6"})
    for source in (d, EmpiricalDistribution(BooleanCube(3).points([0, 0, 0, 5, 5, 6]))):
        points = source.sample(20_000, np.random.default_rng(0))
        counts = np.bincount(BooleanCube(3).indices(points), minlength=8) / 20_000
        # Hoeffding: each of 8 frequencies is off by 0.03 with probability below 5e-16; the others are exactly 0.
        assert all(abs(counts[i] - p) < 0.03 for i, p in enumerate(source.probabilities()))
        assert set(np.flatnonzero(counts)) == {0, 5, 6}


def test_weights_with_denominators_beyond_64_bits_are_sampled() -> None:
    small = F(1, 3**50)
    points = ExplicitDistribution(1, {0: small, 1: 1 - small}).sample(100, np.random.default_rng(0))
    # P(any +1) < 100/3^50 < 2e-22.
    assert (points == -1).all()


def test_empirical_copies_and_compares_its_points() -> None:
    mine = np.array([[1, -1]])
    d = EmpiricalDistribution(mine)
    mine[0, 0] = -1
    assert d == EmpiricalDistribution([[1.0, -1.0]]) and hash(d) == hash(EmpiricalDistribution([[1, -1]]))
    assert d != EmpiricalDistribution([[-1, -1]]) and d != 3
    assert d.sample(2, np.random.default_rng(0)).tolist() == [[1, -1]] * 2


@pytest.mark.parametrize("call, text", [
    (lambda: ExplicitDistribution(1, [0.5, 0.4]), "'weights' must sum to exactly 1, not 9/10."),
    (lambda: ExplicitDistribution(1, ["3/2", "-1/2"]), "'weights' must be non-negative, not -1/2."),
    (lambda: ExplicitDistribution(1, [0.1 + 0.2, 0.7]), "'weights' must sum to exactly 1, not "
                                                        "25000000000000001/25000000000000000."),
    (lambda: ExplicitDistribution(2, [1, 0, 0]), "'weights' must have 2^n=4 values, not 3."),
    (lambda: ExplicitDistribution(100, [1, 0]), "'weights' must have 2^n=2^100 values, not 2."),
    (lambda: ExplicitDistribution(2, {4: 1}), "'index' must be at least 0 and at most 2^n-1=3, not 4."),
    (lambda: ExplicitDistribution(2, {"a": 1}), "'index' must be an integer, not 'a'."),
    (lambda: ExplicitDistribution(2, {}), "'weights' must sum to exactly 1, not 0."),
    (lambda: ExplicitDistribution(2, {0: float("nan")}), "'weights' must be a finite number, not nan."),
    (lambda: EmpiricalDistribution([1, -1, 1]), "'points' must have shape (m, n) with m, n >= 1, not (3,)."),
    (lambda: EmpiricalDistribution(np.ones((0, 3))), "'points' must have shape (m, n) with m, n >= 1, not (0, 3)."),
    (lambda: EmpiricalDistribution([[1, 0]]), "'points' must hold only +1 and -1, not 0."),
    (lambda: EmpiricalDistribution([[1, -1]]).expectation([1, 1]),
     "'f' must have the dimension n=2 of the distribution, not 1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text
