"""Every kind of distribution against sums over all points; product and uniform in particular."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.characters import character
from theorycheck.cube.distributions import Distribution, ProductDistribution, UniformDistribution
from theorycheck.cube.fourier import fourier_coefficient
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import dimensions, distributions, k_patterns, product_distributions, rational_functions

F = Fraction


def slow_window_expectation(d: Distribution, f: Any, k: int, offset: int) -> list[Fraction]:
    sums = [F(0)] * 2**k
    for index, x in enumerate(oracles.cube_points(d.n)):
        sums[oracles.point_index(x[offset:offset + k])] += d.probability(index) * f(x)
    return sums


def test_golden_biases_are_means() -> None:
    d = ProductDistribution(["1/2", 0])
    # P(x_0 = +1) = 3/4; the indices are ++, -+, +-, --.
    assert d.probabilities() == (F(3, 8), F(1, 8), F(3, 8), F(1, 8))
    assert d.expectation([1, -1, 1, -1]) == F(1, 2)


@settings(deadline=None)
@given(distributions(dimensions(1, 5)))
def test_probabilities_are_a_distribution_and_agree_one_by_one(d: Distribution) -> None:
    probabilities = d.probabilities()
    assert sum(probabilities) == 1 and min(probabilities) >= 0
    assert list(probabilities) == [d.probability(index) for index in range(1 << d.n)]


@settings(deadline=None)
@given(product_distributions(dimensions(1, 5)))
def test_product_probabilities_are_products(d: ProductDistribution) -> None:
    for probability, x in zip(d.probabilities(), oracles.cube_points(d.n)):
        product = F(1)
        for sign, bias in zip(x, d.biases):
            product *= (1 + bias) / 2 if sign == 1 else (1 - bias) / 2
        assert probability == product


@settings(deadline=None)
@given(st.data(), distributions(dimensions(1, 5)))
def test_marginals_against_brute_force(data: Any, d: Distribution) -> None:
    variables = data.draw(st.lists(st.integers(0, d.n - 1), min_size=1, unique=True))
    sums = [F(0)] * 2 ** len(variables)
    for probability, x in zip(d.probabilities(), oracles.cube_points(d.n)):
        sums[oracles.point_index([x[v] for v in variables])] += probability
    assert list(d.marginal(variables).probabilities()) == sums
    k = data.draw(st.integers(1, d.n))
    offset = data.draw(st.integers(0, d.n - k))
    assert list(d.window_marginal(k, offset)) == oracles.window_marginal(d.probabilities(), k, offset)


@settings(deadline=None, max_examples=150)
@given(st.data(), distributions(dimensions(1, 5)))
def test_expectations_against_brute_force(data: Any, d: Distribution) -> None:
    f = data.draw(st.one_of(rational_functions(d.n), k_patterns(d.n)))
    k = data.draw(st.integers(1, d.n))
    offset = data.draw(st.integers(0, d.n - k))
    expected = slow_window_expectation(d, f, k, offset)
    assert list(d.window_expectation(f, k, offset)) == expected
    assert d.expectation(f) == sum(expected)


@settings(deadline=None, max_examples=60)
@given(st.data(), distributions(dimensions(1, 4)))
def test_float_functions_give_floats(data: Any, d: Distribution) -> None:
    values = data.draw(st.lists(st.integers(-8, 8), min_size=1 << d.n, max_size=1 << d.n))
    halves = BooleanFunction([v + 0.5 for v in values])
    expected = slow_window_expectation(d, halves, 1, 0)
    found = d.window_expectation(halves, 1, 0)
    assert all(isinstance(value, float) for value in found)
    # At most 2^4 terms below 8.5, each a product of up to five rounded factors: far below 1e-12.
    assert all(abs(F(value) - exact) < F(1, 10**12) for value, exact in zip(found, expected))


@settings(deadline=None)
@given(rational_functions(dimensions(1, 5)))
def test_uniform_agrees_with_the_fourier_coefficients_and_with_zero_biases(f: BooleanFunction) -> None:
    d = UniformDistribution(f.n)
    for mask in range(1 << f.n):
        chi = character(f.n, mask)
        twisted = BooleanFunction(f.values * chi.values.astype(int), f.denominator)
        assert d.expectation(twisted) == fourier_coefficient(f, mask)
    assert d.window_expectation(f, 1, f.n - 1) == ProductDistribution([0] * f.n).window_expectation(f, 1, f.n - 1)


def test_characters_have_the_product_of_the_biases_as_mean() -> None:
    biases = [F(1, 7), F(-2, 5), F(3, 11), F(1), F(-1, 3)]
    d = ProductDistribution(biases)
    assert d.expectation(character(5, 0b10111)) == F(1, 7) * F(-2, 5) * F(3, 11) * F(-1, 3)
    # A shifted bias must be noticed.
    assert ProductDistribution(biases[::-1]).expectation(character(5, 0b00011)) != F(1, 7) * F(-2, 5)


def test_denominators_beyond_64_bits() -> None:
    d = ProductDistribution([F(1, 10**9 + 7)] * 12)
    assert d.expectation(character(12, (1 << 12) - 1)) == F(1, 10**9 + 7) ** 12
    assert d.expectation(BooleanFunction([2**61] * 2**12)) == 2**61
    # Just beyond: 2^61 * 3^4 lies between 2^67 and 2^68.
    assert ProductDistribution(["1/3"] * 5).expectation(BooleanFunction([2**61] * 2**5)) == 2**61


def test_a_million_variables() -> None:
    n = 10**6
    f = KPattern.parity(n, 2, 500)
    uniform = UniformDistribution(n)
    assert uniform.expectation(f) == 0
    assert uniform.window_marginal(2, n - 2) == (F(1, 4),) * 4
    assert uniform.window_expectation(f, 2, 501) == (0, 0, 0, 0)
    assert uniform.window_expectation(f, 2, 500) == (F(1, 4), F(-1, 4), F(-1, 4), F(1, 4))
    product = ProductDistribution(["1/3"] * 2000)
    assert product.expectation(KPattern.parity(2000, 3, 700)) == F(1, 27)
    with pytest.raises(InstanceTooLarge):
        uniform.probabilities()


def frequencies_are_near(d: Distribution, size: int, seed: int, radius: float) -> bool:
    points = d.sample(size, np.random.default_rng(seed))
    assert points.shape == (size, d.n) and points.dtype == np.int8
    counts = np.bincount(BooleanFunction([0] * 2**d.n).cube.indices(points), minlength=1 << d.n)
    return all(abs(count / size - probability) < radius for count, probability in zip(counts, d.probabilities()))


@pytest.mark.parametrize("d", [UniformDistribution(3), ProductDistribution(["1/2", "-1/3", 1]),
                               ProductDistribution([F(1, 3**45), "1/5"])])
def test_samples_have_the_right_frequencies(d: Distribution) -> None:
    # Hoeffding: each of 8 frequencies is off by 0.03 with probability below 2 exp(-2*0.0009*20000) < 5e-16.
    assert frequencies_are_near(d, 20_000, 0, 0.03)


def test_samples_are_reproducible_and_may_be_empty() -> None:
    d = ProductDistribution(["1/3"] * 100)
    first, second = (d.sample(5, np.random.default_rng(1)) for _ in range(2))
    assert first.tolist() == second.tolist()
    assert d.sample(0, np.random.default_rng(1)).shape == (0, 100)
    assert (ProductDistribution([1, -1]).sample(50, np.random.default_rng(0)) == [1, -1]).all()


@pytest.mark.parametrize("call, text", [
    (lambda: UniformDistribution(0), "'n' must be at least 1, not 0."),
    (lambda: ProductDistribution([]), "'biases' must have at least one entry."),
    (lambda: ProductDistribution([2]), "'biases' must be at least -1 and at most 1, not 2."),
    (lambda: ProductDistribution([float("nan")]), "'biases' must be a finite number, not nan."),
    (lambda: ProductDistribution("0"), "'biases' must be a sequence, not '0'."),
    (lambda: UniformDistribution(3).expectation([1, 1]), "'f' must have the dimension n=3 of the distribution, not 1."),
    (lambda: UniformDistribution(3).window_marginal(4, 0), "'k' must be at least 1 and at most n=3, not 4."),
    (lambda: UniformDistribution(3).marginal([0, 0]), "'variables' must be distinct and at least one, not [0, 0]."),
    (lambda: UniformDistribution(3).marginal([]), "'variables' must be distinct and at least one, not []."),
    (lambda: UniformDistribution(3).probability(8), "'index' must be at least 0 and at most 2^n-1=7, not 8."),
    (lambda: UniformDistribution(3).sample(-1, np.random.default_rng(0)), "'size' must be at least 0, not -1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


def test_equality_and_hashing() -> None:
    assert ProductDistribution([0.5, 0]) == ProductDistribution(["1/2", F(0)])
    assert len({UniformDistribution(2), UniformDistribution(2), UniformDistribution(3)}) == 2
    assert hash(ProductDistribution([0.5])) == hash(ProductDistribution(["1/2"]))
    with memory_budget(100), pytest.raises(InstanceTooLarge):
        ProductDistribution([0] * 10).probabilities()
