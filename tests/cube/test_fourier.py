"""Coefficients: direct sums, inversion, Plancherel, and errors of the float ones against exact arithmetic."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.fourier import (coefficient_error_bound, fourier_coefficient, fourier_coefficients,
                                      fourier_expansion, fourier_support, inner_product, integer_spectrum,
                                      inverse_fourier_transform, sparsity)
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import dimensions, integer_functions, k_patterns, rational_functions

F = Fraction
NOT_EXACT = "'f' must have integer or rational values: with floats no coefficient is known to be 0."


def exact_values(f: BooleanFunction) -> list[Fraction]:
    return [F(f.value_at(index)) for index in range(1 << f.n)]


def test_golden_coefficients() -> None:
    # OR of two variables (truth +1): 1/2 + x_0/2 + x_1/2 - x_0 x_1 / 2.
    assert fourier_expansion([1, 1, 1, -1]) == {0: F(1, 2), 1: F(1, 2), 2: F(1, 2), 3: F(-1, 2)}
    assert fourier_expansion([1, -1, 1, -1]) == {0b01: F(1)}
    assert fourier_coefficients([1, 1, -1, -1]).tolist() == [0, 0, 1, 0]


@settings(deadline=None, max_examples=40)
@given(rational_functions(dimensions(1, 5)))
def test_every_form_agrees_with_the_direct_sum(f: BooleanFunction) -> None:
    expected = oracles.fourier_coefficients(exact_values(f))
    numerators, denominator = integer_spectrum(f)
    assert [F(int(value), denominator) for value in numerators] == expected
    assert [fourier_coefficient(f, mask) for mask in range(1 << f.n)] == expected
    assert fourier_expansion(f) == {mask: value for mask, value in enumerate(expected) if value}
    assert fourier_support(f) == tuple(mask for mask, value in enumerate(expected) if value)
    assert sparsity(f) == sum(value != 0 for value in expected)
    bound = coefficient_error_bound(f)
    assert all(abs(F(value) - exact) <= bound for value, exact in zip(fourier_coefficients(f).tolist(), expected))


@settings(deadline=None)
@given(rational_functions())
def test_inversion(f: BooleanFunction) -> None:
    assert inverse_fourier_transform(*integer_spectrum(f)) == f
    assert BooleanFunction.from_fourier(f.n, fourier_expansion(f)) == f
    expansion = fourier_expansion(f)
    assert inverse_fourier_transform([expansion.get(mask, F(0)) for mask in range(1 << f.n)]) == f


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6).filter(lambda v: v == 0 or abs(v) > 1e-200), min_size=8, max_size=8))
def test_float_coefficients_are_within_their_bound(values: list[float]) -> None:
    f = BooleanFunction(values + [0.5] * 8)
    exact = oracles.fourier_coefficients([F(value) for value in f.values.tolist()])
    bound = coefficient_error_bound(f)
    errors = [abs(F(value) - right) for value, right in zip(fourier_coefficients(f).tolist(), exact)]
    assert max(errors) <= bound
    single = [fourier_coefficient(f, mask) for mask in range(16)]
    assert all(abs(F(value) - right) <= bound for value, right in zip(single, exact))


def test_error_bounds_are_zero_only_where_floats_are_exact() -> None:
    assert coefficient_error_bound([1, -1]) == 0
    assert coefficient_error_bound(BooleanFunction([1, -1], 4)) == 0
    assert coefficient_error_bound(BooleanFunction([1, -1], 3)) > 0
    assert coefficient_error_bound([2**53, 1]) > 0
    assert coefficient_error_bound([0.1, 0.2]) > 0


@settings(deadline=None)
@given(k_patterns())
def test_patterns_are_transformed_through_their_window_alone(pattern: KPattern) -> None:
    table = pattern.truth_table()
    assert fourier_expansion(pattern) == fourier_expansion(table)
    assert fourier_support(pattern) == fourier_support(table)
    assert sparsity(pattern) == sparsity(table)
    assert [fourier_coefficient(pattern, mask) for mask in range(1 << pattern.n)] == [
        fourier_coefficient(table, mask) for mask in range(1 << pattern.n)]
    assert fourier_coefficients(pattern).tolist() == fourier_coefficients(table).tolist()


def test_a_million_variables() -> None:
    f = KPattern.parity(10**6, 3, 999_000)
    assert fourier_coefficient(f, 0b111 << 999_000) == 1
    assert fourier_coefficient(f, 0b1111 << 999_000) == fourier_coefficient(f, 0b111) == 0
    assert fourier_support(f) == (0b111 << 999_000,)


@settings(deadline=None)
@given(st.data(), dimensions())
def test_plancherel(data: Any, n: int) -> None:
    f, g = data.draw(rational_functions(n)), data.draw(rational_functions(n))
    product = sum(a * b for a, b in zip(exact_values(f), exact_values(g))) / 2**n
    assert inner_product(f, g) == product
    left, right = fourier_expansion(f), fourier_expansion(g)
    assert sum((value * right.get(mask, F(0)) for mask, value in left.items()), F(0)) == product


def test_negative_control_a_changed_value_breaks_inversion_and_plancherel() -> None:
    numerators, denominator = integer_spectrum([3, -1, 4, 1])
    numerators[2] += 1
    assert inverse_fourier_transform(numerators, denominator) != BooleanFunction([3, -1, 4, 1])
    assert sum(F(int(v), denominator) ** 2 for v in numerators) != inner_product([3, -1, 4, 1], [3, -1, 4, 1])


def test_inner_product_beyond_64_bits_and_with_floats() -> None:
    large = 2**62 - 1
    assert inner_product([large, large], [large, 1]) == F(large * large + large, 2)
    assert inner_product([0.5, 2], [4, 8]) == 9.0
    n = 17
    f = BooleanFunction(np.arange(1 << n))
    assert inner_product(f, f) == F(sum(v * v for v in range(1 << n)), 1 << n)


def test_single_coefficient_where_the_transform_would_not_fit() -> None:
    values = [2**61, 2**61, 2**61, 2**61 + 1]
    assert fourier_coefficient(values, 0) == F(sum(values), 4)
    with pytest.raises(ParameterError, match="exceed 64 bits"):
        integer_spectrum(values)


def test_float_inverse() -> None:
    f = inverse_fourier_transform([0.5, 0.25], 2)
    assert f.values.tolist() == [0.375, 0.125] and not f.is_exact


@pytest.mark.parametrize("call, text", [
    (lambda: integer_spectrum([0.5, 1]), NOT_EXACT),
    (lambda: fourier_expansion([0.5, 1]), NOT_EXACT),
    (lambda: fourier_support([0.5, 1]), NOT_EXACT),
    (lambda: sparsity([0.5, 1]), NOT_EXACT),
    (lambda: fourier_coefficient([1, 1], 2), "'subset' must be a bit mask of n=1 variables, at least 0 and below 2^1, "
                                             "not 2."),
    (lambda: inner_product([1, 1, 1, 1], [1] * 8), "'g' must have the dimension n=2 of 'f', not 3."),
    (lambda: inverse_fourier_transform([1, 2, 3]), "'values' must have a power of two of entries, not 3."),
    (lambda: inverse_fourier_transform([1, 2], 0), "'denominator' must be at least 1, not 0."),
    (lambda: inverse_fourier_transform([True, False]),
     "'coefficients' must hold numbers, not booleans: write +1 and -1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


def test_memory_guard() -> None:
    with memory_budget(2**14), pytest.raises(InstanceTooLarge, match="largest n that fits is 10"):
        fourier_coefficients(np.ones(2**11, dtype=np.int8))


@settings(deadline=None, max_examples=20)
@given(integer_functions(), st.integers(1, 3))
def test_threads_do_not_matter(f: BooleanFunction, threads: int) -> None:
    assert fourier_coefficients(f, threads=threads).tolist() == fourier_coefficients(f).tolist()
