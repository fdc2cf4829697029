from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.fourier import inner_product, integer_spectrum
from theorycheck.cube.functions import dictator, majority, parity
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.sampling import sample_boolean_function, sample_integer_function
from theorycheck.cube.spectral_weights import degree, level_weight, level_weights, noise_stability
from theorycheck.errors import ParameterError
from theorycheck.strategies import dimensions, k_patterns, rational_functions, rationals

F = Fraction


def exact_values(f: BooleanFunction) -> list[Fraction]:
    return [F(f.value_at(index)) for index in range(1 << f.n)]


@settings(deadline=None, max_examples=40)
@given(rational_functions(dimensions(1, 5)))
def test_weights_and_degree_agree_with_the_definition(f: BooleanFunction) -> None:
    expected = oracles.level_weights(exact_values(f))
    assert list(level_weights(f)) == expected
    assert [level_weight(f, m) for m in range(f.n + 1)] == expected
    assert degree(f) == oracles.degree(exact_values(f))


@settings(deadline=None)
@given(rational_functions())
def test_parseval(f: BooleanFunction) -> None:
    assert sum(level_weights(f)) == inner_product(f, f)


@pytest.mark.parametrize("n", [3, 6])
def test_weights_of_the_largest_values_stay_exact(n: int) -> None:
    # At n=6 a level's squares add up to more than 2^128.
    values = [2**62 - 1, 2**62 - 1] + [0] * (2**n - 2)
    assert list(level_weights(values)) == oracles.level_weights([F(value) for value in values])


@settings(deadline=None, max_examples=25)
@given(rational_functions(dimensions(1, 4)), rationals(-1, 1))
def test_noise_stability_is_the_correlation_of_noisy_copies(f: BooleanFunction, rho: Fraction) -> None:
    assert noise_stability(f, rho) == oracles.noise_stability(exact_values(f), rho)


@pytest.mark.parametrize("n", [1, 3, 4])
def test_noise_stability_closed_forms(n: int) -> None:
    # O'Donnell, Section 2.4: rho^|S| for a character; for Maj_3, 3/4 rho + 1/4 rho^3.
    assert noise_stability(parity(n), "1/3") == F(1, 3) ** n
    assert noise_stability(dictator(n, 0), -0.25) == F(-1, 4)
    rho = F(2, 5)
    assert noise_stability(majority(3), rho) == F(3, 4) * rho + F(1, 4) * rho**3
    assert noise_stability(majority(n), 1) == 1 and noise_stability(majority(n), 0) == majority(n).mean ** 2


@settings(deadline=None)
@given(k_patterns())
def test_patterns_cost_their_window_only(pattern: KPattern) -> None:
    table = pattern.truth_table()
    assert level_weights(pattern) == level_weights(table)
    assert [level_weight(pattern, m) for m in range(pattern.n + 1)] == list(level_weights(table))
    assert degree(pattern) == degree(table)
    assert noise_stability(pattern, "1/2") == noise_stability(table, "1/2")


def test_a_million_variables() -> None:
    f = KPattern.majority(10**6, 3, 5)
    assert (level_weight(f, 1), level_weight(f, 3), level_weight(f, 10**6)) == (F(3, 4), F(1, 4), 0)
    assert degree(f) == 3 and noise_stability(f, -1) == -1


def test_values_too_large_for_64_bit_squares_stay_exact() -> None:
    f = BooleanFunction([2**60, -(2**60) + 1, 3, 2**59 + 7])
    assert list(level_weights(f)) == oracles.level_weights(f.values.tolist())
    # The limit of the narrow path: 4^n max^2 just below, at and above 2^63.
    for largest in (2**30, 1518500249, 1518500250, 2**31):
        g = BooleanFunction([largest, -largest, largest, largest])
        assert list(level_weights(g)) == oracles.level_weights(g.values.tolist())


def test_many_variables_against_the_spectrum_itself() -> None:
    rng = np.random.default_rng(0)
    for f in (sample_boolean_function(14, rng), sample_integer_function(14, 2**20, rng)):
        sums = [0] * 15
        numerators, denominator = integer_spectrum(f)
        for mask, value in enumerate(numerators.tolist()):
            sums[mask.bit_count()] += value**2
        assert list(level_weights(f)) == [F(total, denominator**2) for total in sums]


def test_floats_give_floats() -> None:
    f = BooleanFunction([0.5, 0.25, -0.5, 1.5])
    # Dyadic values with few bits: the float answers are exact.
    assert list(level_weights(f)) == oracles.level_weights([F(v) for v in f.values.tolist()])
    assert all(isinstance(weight, float) for weight in level_weights(f))
    assert noise_stability(f, "1/2") == float(oracles.noise_stability([F(v) for v in f.values.tolist()], F(1, 2)))


def test_zero_function_has_degree_0() -> None:
    assert degree([0, 0, 0, 0]) == 0 and level_weights([0, 0]) == (0, 0)


@pytest.mark.parametrize("call, text", [
    (lambda: level_weight([1, 1], 2), "'level' must be at least 0 and at most n=1, not 2."),
    (lambda: level_weight([1, 1], True), "'level' must be an integer, not the boolean True."),
    (lambda: noise_stability([1, 1], 2), "'correlation' must be at least -1 and at most 1, not 2."),
    (lambda: noise_stability([1, 1], float("nan")), "'correlation' must be a finite number, not nan."),
    (lambda: degree([0.5, 1]), "'f' must have integer or rational values: with floats no coefficient is known to be "
                               "0."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text
