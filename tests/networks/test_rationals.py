"""Integers over a common denominator: exactness, the 64-bit edge, and what floats stand for."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.rationals import (RationalArray, exact_entries, from_flint, integer_array, integer_product,
                                            largest_magnitude, rational_array, scaled_integers, total_of)
from theorycheck.rigor import Real, decide

F = Fraction
integers = st.integers(-2**70, 2**70)
small_matrices = st.integers(1, 4).flatmap(lambda inner: st.tuples(
    st.lists(st.lists(integers, min_size=inner, max_size=inner), min_size=1, max_size=4),
    st.lists(st.lists(integers, min_size=3, max_size=3), min_size=inner, max_size=inner)))


@given(st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=6))
def test_round_trip(values: list[Fraction]) -> None:
    array = rational_array(values, "values")
    assert array.fractions() == values == [array[i] for i in range(len(values))]
    scaled = RationalArray(scaled_integers(array.numerators, 6), array.denominator * 6)
    assert scaled.equals(array) and scaled.reduced().denominator <= array.denominator


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6))
def test_float_arrays_are_dyadic(values: list[float]) -> None:
    assert rational_array(np.array(values), "values").fractions() == [F(value) for value in values]
    assert exact_entries(np.array(values), "values")[0] == [F(value) for value in values]


def test_a_python_float_is_its_shortest_decimal() -> None:
    assert rational_array([0.1, [0.2][0]], "values").fractions() == [F(1, 10), F(1, 5)]
    assert rational_array(np.array([0.1]), "values").fractions() == [F(0.1)] != [F(1, 10)]


@given(small_matrices)
def test_integer_product_is_exact(pair: tuple[list, list]) -> None:
    left, right = pair
    shape = (len(left), len(right)), (len(right), 3)
    product = integer_product(integer_array((e for r in left for e in r), shape[0]),
                              integer_array((e for r in right for e in r), shape[1]))
    assert product.tolist() == [[sum(a * right[i][c] for i, a in enumerate(row)) for c in range(3)] for row in left]


@pytest.mark.parametrize("size", [2**31, 2**62, 2**63 - 1])
def test_scaling_and_adding_never_wrap(size: int) -> None:
    numbers = np.array([size, -size, 0], dtype=np.int64)
    assert scaled_integers(numbers, 3).tolist() == [3 * size, -3 * size, 0]
    assert scaled_integers(np.zeros(1, dtype=np.int64), 2**80).tolist() == [0]
    total = RationalArray(numbers, 2).plus(RationalArray(numbers, 3))
    assert total.fractions() == [F(5 * size, 6), F(-5 * size, 6), 0]


def test_largest_magnitude_of_the_smallest_integer() -> None:
    assert largest_magnitude(np.array([-2**63])) == 2**63
    assert largest_magnitude(np.array([], dtype=np.int64)) == 0


def test_equality_is_of_rationals() -> None:
    assert RationalArray(np.array([1, 2]), 2).equals(RationalArray(np.array([2, 4]), 4))
    assert not RationalArray(np.array([1, 2]), 2).equals(RationalArray(np.array([1, 2]), 3))
    assert not RationalArray(np.array([1, 2]), 2).equals(RationalArray(np.array([[1, 2]]), 2))


def test_reading_and_printing() -> None:
    array = RationalArray(np.array([[1, 2], [3, 4]]), 3)
    assert array[1].fractions() == [1, F(4, 3)] and array[1, 0] == 1
    assert array.to_float64().tolist() == [[1 / 3, 2 / 3], [1.0, 4 / 3]]
    huge = RationalArray(np.array([10**40, 1], dtype=object), 10**39)
    assert huge.to_float64().tolist() == [10.0, 1e-39]
    assert from_flint(fmpq(-2, 6)) == F(-1, 3)


def test_arrays_are_read_only_views() -> None:
    source = np.array([1, 2])
    array = RationalArray(source, 1)
    with pytest.raises(ValueError, match="read-only"):
        array.numerators[0] = 5
    source[0] = 7
    assert array[0] == 7


@pytest.mark.parametrize("values, text", [
    (np.array([1.0, np.nan]), "'values' must be finite, not nan"),
    ([float("inf")], "'values' must be a finite number, not inf"),
    ([True], "'values' must be a finite number, not True"),
    ([[1, 2], [3]], "'values' must be a rectangular array of numbers"),
])
def test_bad_values(values: object, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        rational_array(values, "values")
    with pytest.raises(ParameterError, match=text):
        exact_entries(values, "values")


def test_bad_denominator() -> None:
    with pytest.raises(ParameterError, match="'denominator' must be at least 1, not 0"):
        RationalArray(np.array([1]), 0)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_narrow_integers_are_widened(dtype: type) -> None:
    hundred = RationalArray(np.array([100], dtype=dtype), 1)
    assert hundred.plus(hundred).fractions() == [200]
    assert hundred.numerators.dtype == np.int64 and not hundred.numerators.flags.writeable


def test_unsigned_integers_beyond_int64() -> None:
    assert RationalArray(np.array([2**63 + 1], dtype=np.uint64), 1).fractions() == [2**63 + 1]


@pytest.mark.parametrize("numerators, denominator, text", [
    (np.array([0.5]), 1, "'numerators' must be integers, not float64."),
    (np.array([True]), 1, "'numerators' must be integers, not bool."),
    (np.array([1]), 0, "'denominator' must be at least 1, not 0."),
    (np.array([1]), 1.5, "'denominator' must be an integer, not 1.5.")])
def test_malformed_arrays(numerators: np.ndarray, denominator: Any, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        RationalArray(numerators, denominator)


def test_a_numpy_denominator_does_not_wrap() -> None:
    array = RationalArray(np.array([1]), np.int64(2**62))  # type: ignore[arg-type]
    assert array.plus(RationalArray(np.array([1]), 3)).fractions() == [F(1, 2**62) + F(1, 3)]


@given(st.lists(st.integers(-2**70, 2**70), min_size=1, max_size=4), st.integers(-3000, 3000))
def test_scaled_floats_are_near_one(numbers: list[int], power: int) -> None:
    array = RationalArray(integer_array([p << max(0, power) for p in numbers], (len(numbers),)), 1 << max(0, -power))
    scaled, exponent = array.to_scaled_float64()
    largest = float(np.abs(scaled).max())
    assert largest == 0 if not any(numbers) else 0.5 <= largest <= 2
    # One rounding of each entry, 2^-53, and entries below 2^-1000 of the largest may be lost.
    assert all(abs(F(value) * F(2) ** exponent - exact) <= abs(exact) / 2**52
               for value, exact in zip(scaled.tolist(), array.fractions()))


def test_wider_floats_are_refused_not_rounded() -> None:
    if np.dtype(np.longdouble).itemsize == 8:
        pytest.skip("this platform's longdouble is float64")
    third = np.array([np.longdouble(1) / 3])
    for read in (rational_array, exact_entries):
        with pytest.raises(ParameterError, match="'values' must be at most float64, not longdouble."):
            read(third, "values")


def test_totals() -> None:
    balls = [Real(lambda: arb(2).sqrt())] * 3000
    assert total_of([]).exact == 0 and total_of([Real(F(1, 3))] * 3).exact == 1
    total = total_of(balls + [Real(1)])
    assert decide(total, ">", F(4243)) is True and decide(total, "<", F(4244)) is True
