"""Margin histograms and level weights against enumeration."""
from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import oracles
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.cube.distributions import ProductDistribution
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray
from theorycheck.networks.support import support_of
from theorycheck.training.measurements import (enumerable_support, integer_tables, margin_histogram, neuron_values,
                                               window_level_weights, window_values)

EDGES = (F(-1), F(1, 3), F(1))
DISTRIBUTIONS = [None, ProductDistribution(["1/2", 0, "-1/3"]), ExplicitDistribution(3, {1: "1/4", 6: "3/4"}),
                 EmpiricalDistribution([[1, 1, -1], [1, -1, 1], [1, -1, 1]]), ProductDistribution([1, 0, 0])]


def problem_on(distribution) -> LearningProblem:
    return LearningProblem(KPattern.parity(3, 2), distribution) if distribution else LearningProblem(
        KPattern.parity(3, 2))


def brute_histogram(margins: list, weights: list, edges: tuple) -> list[int]:
    return [sum(w for m, w in zip(margins, weights) if sum(m >= edge for edge in edges) == place)
            for place in range(len(edges) + 1)]


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("scale", [1, 10**18])
def test_exact_margins_are_sorted_exactly(distribution, scale: int) -> None:
    support = support_of(problem_on(distribution))
    numbers = np.random.default_rng(1).integers(-6, 7, support.size)
    values = numbers * scale if scale == 1 else np.array([int(v) * scale for v in numbers], dtype=object)
    margins = [F(int(v) * int(f), 3) for v, f in zip(numbers, support.labels)]
    histogram = margin_histogram(values, support, EDGES, denominator=3 * scale)
    assert list(histogram.counts) == brute_histogram(margins, support.weights.tolist(), EDGES)
    assert histogram.undecided == 0 and sum(histogram.probabilities) == 1


@given(st.lists(st.sampled_from([1 / 3, np.nextafter(1 / 3, 0), np.nextafter(1 / 3, 1), 1.0, -1.0, 0.0, 5e-324, 7.5]),
                min_size=8, max_size=8))
def test_floats_are_compared_with_the_rational_edges(values: list[float]) -> None:
    support = support_of(problem_on(None))
    histogram = margin_histogram(np.array(values), support, EDGES)
    margins = [F(v) * int(f) for v, f in zip(values, support.labels)]
    assert list(histogram.counts) == brute_histogram(margins, [1] * 8, EDGES)


def test_a_margin_within_the_radius_of_an_edge_is_undecided() -> None:
    support = support_of(LearningProblem(KPattern.parity(2, 2)))
    values = np.array([1.0 + 1e-9, -0.5, 0.2, 1.5])  # margins 1 + 1e-9, 0.5, -0.2, 1.5
    near, far = (margin_histogram(values, support, (F(0), F(1)), radius=radius) for radius in (2e-9, 1e-10))
    assert (near.counts, near.undecided) == ((1, 1, 1), 1)
    assert (far.counts, far.undecided) == ((1, 1, 2), 0)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_window_values_are_sums_of_tables(distribution) -> None:
    support = support_of(problem_on(distribution))
    tables = np.random.default_rng(2).integers(-9, 10, (2, 4))
    expected = [int(tables[0][i & 3] + tables[1][i >> 1 & 3]) for i in support.indices.tolist()]
    assert window_values(tables, support).tolist() == expected
    assert window_values(tables.astype(float), support).tolist() == expected
    assert window_values(tables[:1], support).tolist() == [int(tables[0][i & 3]) for i in support.indices.tolist()]


@pytest.mark.parametrize("n, k, count", [(4, 2, 3), (4, 2, 2), (5, 3, 3), (3, 3, 1), (3, 1, 3), (1, 1, 1)])
def test_level_weights_are_those_of_the_enumerated_function(n: int, k: int, count: int) -> None:
    rng = np.random.default_rng(n + k)
    integers = rng.integers(-9, 10, (count, 1 << k))
    values = [sum(int(integers[j][i >> j & ((1 << k) - 1)]) for j in range(count)) for i in range(1 << n)]
    expected = oracles.level_weights([F(v, 7) for v in values])
    for number in (lambda v: F(int(v), 7), lambda v: fmpq(int(v), 7)):
        tables = np.empty(integers.shape, dtype=object)
        tables.ravel()[:] = [number(v) for v in integers.ravel()]
        found = [F(int(w.numerator if isinstance(w, F) else w.p), int(w.denominator if isinstance(w, F) else w.q))
                 for w in (F(w) if isinstance(w, int) else w for w in window_level_weights(tables, n))]
        assert found == expected
    # Sums of at most 5·2^3 products of numbers below 100, in float64.
    assert np.allclose(window_level_weights(integers / 7, n), [float(w) for w in expected], rtol=0, atol=1e-12)
    balls = np.empty(integers.shape, dtype=object)
    balls.ravel()[:] = [arb(int(v)) / 7 for v in integers.ravel()]
    for weight, ball in zip(expected, window_level_weights(balls, n), strict=True):
        close = arb(fmpq(ball.numerator, ball.denominator)) if isinstance(ball, F) else arb(ball)
        assert close.contains(fmpq(weight.numerator, weight.denominator)) and close.rad() < 1e-9


def test_level_weights_need_no_cube() -> None:
    weights = window_level_weights(np.array([[1.0, -1.0, -1.0, 1.0]] * 99), 100)
    assert weights == [0.0, 0.0, 99.0] + [0.0] * 98


def test_neuron_values_are_the_definition() -> None:
    points = np.array(oracles.cube_points(3))
    w, b, u = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 1.0]]), np.array([0.5, -1.0]), np.array([2.0, -3.0])
    expected = [oracles.fcn_value(x, u.tolist(), w.tolist(), b.tolist()) for x in points.tolist()]
    assert neuron_values(w, b, u, activation_named("relu"), points).tolist() == expected


def test_integer_tables_never_overflow() -> None:
    large = RationalArray(np.array([[2**62, 0], [2**62, 0]]), 1)
    assert integer_tables(large).dtype == object and integer_tables(RationalArray(np.eye(2, dtype=int), 3)).dtype == int


def test_what_is_too_large_to_enumerate_is_said() -> None:
    wide = ConvolutionalNetwork([[1, 1]], [0], [[0]] * 29)
    dense = LearningProblem(KPattern.parity(30, 2), ProductDistribution(["1/2"] * 30))
    assert enumerable_support(wide, dense, 2**20, 2**20)[1][0].startswith("No margin histogram: n=30 needs")
    full = FullyConnectedNetwork([[1] * 20] * 100, [0] * 100, [0] * 100)
    uniform = LearningProblem(KPattern.parity(20, 2))
    assert enumerable_support(full, uniform, 2**20, 2**20)[1] == (
        "No margin histogram and no level weights: q=100 neurons on 1048576 points are above the limit of 67108864 "
        "values.",)
    small = FullyConnectedNetwork([[1] * 13], [0], [0])
    support, limits = enumerable_support(small, LearningProblem(KPattern.parity(13, 2)), 2**16, 2**12)
    assert support is not None and limits == ("No level weights: 2^13 points are above the limit of 4096.",)
    assert enumerable_support(wide, LearningProblem(KPattern.parity(30, 2)), 2**20, 2**20)[0] is None
    with memory_budget(100):
        assert "above the budget" in enumerable_support(small, LearningProblem(KPattern.parity(13, 2)), 2**16, 1)[1][0]


@pytest.mark.parametrize("values", [np.array([2, 0, 0, 0]), np.zeros(4, dtype=np.int64),
                                    np.array([0.5, 0.0, 0.0, 1.7e308])])
def test_edges_that_float64_and_int64_do_not_hold(values: np.ndarray) -> None:
    support = support_of(LearningProblem(KPattern.from_hex(2, 1, "0x0")))
    edges = (-F(10) ** 400, F(1, 10**400), F(10) ** 400)
    assert margin_histogram(values, support, edges).counts == (0, 4 - np.count_nonzero(values),
                                                               np.count_nonzero(values), 0)
