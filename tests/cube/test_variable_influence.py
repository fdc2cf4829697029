from __future__ import annotations

from fractions import Fraction
from typing import Any

import oracles
import pytest
from hypothesis import given, settings

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.fourier import fourier_coefficient
from theorycheck.cube.functions import dictator
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.spectral_weights import level_weights
from theorycheck.cube.variable_influence import influence, influences, total_influence
from theorycheck.errors import ParameterError
from theorycheck.strategies import k_patterns, linear_thresholds, rational_functions, sign_functions

F = Fraction


def exact_values(f: BooleanFunction) -> list[Fraction]:
    return [F(f.value_at(index)) for index in range(1 << f.n)]


def test_golden_influences() -> None:
    assert influences(dictator(3, 1)) == (0, 1, 0)
    # x_0 counts 4, x_1 counts 2: f = 4 x_0 + 2 x_1.
    assert influences([6, -2, 2, -6]) == (16, 4)


@settings(deadline=None)
@given(rational_functions())
def test_definition_and_spectral_form(f: BooleanFunction) -> None:
    values = exact_values(f)
    assert list(influences(f)) == [oracles.influence(values, i) for i in range(f.n)]
    assert [influence(f, i) for i in range(f.n)] == list(influences(f))
    assert total_influence(f) == sum(influences(f)) == sum(m * w for m, w in enumerate(level_weights(f)))


@settings(deadline=None, max_examples=40)
@given(sign_functions())
def test_poincare_inequality(f: BooleanFunction) -> None:
    # O'Donnell, Section 2.3: Var f <= I[f].
    assert 1 - Fraction(f.mean) ** 2 <= total_influence(f)


@settings(deadline=None, max_examples=40)
@given(linear_thresholds())
def test_thresholds_have_influence_the_absolute_level_1_coefficient(f: BooleanFunction) -> None:
    # O'Donnell, Proposition 2.21 holds for unate f, whose derivatives do not change sign.
    assert [abs(fourier_coefficient(f, 1 << i)) for i in range(f.n)] == list(influences(f))


def test_negative_control_parity_is_not_unate() -> None:
    assert abs(fourier_coefficient([1, -1, -1, 1], 1)) != influence([1, -1, -1, 1], 0)


@settings(deadline=None)
@given(k_patterns())
def test_patterns_cost_their_window_only(pattern: KPattern) -> None:
    table = pattern.truth_table()
    assert influences(pattern) == influences(table)
    assert [influence(pattern, i) for i in range(pattern.n)] == list(influences(table))
    assert total_influence(pattern) == total_influence(table)


def test_a_million_variables() -> None:
    f = KPattern.parity(10**6, 3, 5)
    assert (influence(f, 4), influence(f, 5), influence(f, 7), influence(f, 8)) == (0, 1, 1, 0)
    assert total_influence(f) == 3


def test_values_too_large_for_64_bit_squares_stay_exact() -> None:
    for values in ([2**62 - 1, -(2**62) + 1, 5, -7], [2**30, -(2**30), 0, 1], [2**30, -(2**30)] * 2,
                   [2**30 - 1, 1 - 2**30] * 2, [127, -128, -128, 127]):
        assert list(influences(values)) == [oracles.influence(values, i) for i in range(2)]


@pytest.mark.parametrize("n", [3, 4, 6])
def test_the_largest_values_at_every_point_stay_exact(n: int) -> None:
    # From n=4 on the squared differences of variable 0 add up to more than 2^128.
    largest = 2**62 - 1
    assert influences([largest, -largest] * 2**(n - 1)) == (largest**2,) + (0,) * (n - 1)


def test_floats_give_floats() -> None:
    f = BooleanFunction([0.5, 0.25, -0.5, 1.5])
    assert list(influences(f)) == [oracles.influence([F(v) for v in f.values.tolist()], i) for i in range(2)]
    assert isinstance(influence(f, 0), float) and isinstance(total_influence(f), float)


@pytest.mark.parametrize("variable, text", [
    (3, "'variable' must be at least 0 and at most n-1=1, not 3."),
    (-1, "'variable' must be at least 0 and at most n-1=1, not -1."),
    (True, "'variable' must be an integer, not the boolean True."),
    (0.0, "'variable' must be an integer, not 0.0.")])
def test_bad_input(variable: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        influence([1, -1, 1, 1], variable)
    assert str(caught.value) == text
