from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import integer_functions, k_patterns, rational_functions, rationals, subsets

F = Fraction


def test_golden_values_are_in_the_order_of_the_points() -> None:
    f = BooleanFunction.from_truth_table([1, 2, 3, 4])
    assert (f([1, 1]), f([-1, 1]), f([1, -1]), f([-1, -1])) == (1, 2, 3, 4)
    assert (f.n, f.mean, f.is_exact, f.is_sign_valued) == (2, F(5, 2), True, False)


def test_golden_fourier_masks() -> None:
    # 5 + 3 x_0 - x_1: at (+,+) 7, (-,+) 1, (+,-) 9, (-,-) 3.
    assert BooleanFunction.from_fourier(2, {0: 5, 1: 3, 2: -1}).values.tolist() == [7, 1, 9, 3]


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(subsets(4), rationals(), max_size=6))
def test_from_fourier_is_the_sum_of_its_characters(coefficients: dict[int, Fraction]) -> None:
    f = BooleanFunction.from_fourier(4, coefficients)
    for index, x in enumerate(oracles.cube_points(4)):
        assert f.value_at(index) == sum(value * oracles.character(mask, x) for mask, value in coefficients.items())


def test_from_fourier_reads_decimals_exactly_and_has_no_spurious_overflow() -> None:
    assert BooleanFunction.from_fourier(1, {0: 0.1, 1: "1e-1"}).value_at(0) == F(1, 5)
    assert BooleanFunction.from_fourier(10, {0: 2**61}).value_at(5) == 2**61


@settings(deadline=None, max_examples=30)
@given(rational_functions())
def test_from_callable_either_way(f: BooleanFunction) -> None:
    assert BooleanFunction.from_callable(f.n, f, vectorised=False) == f
    vectorised = BooleanFunction.from_callable(f.n, f.evaluate)
    assert vectorised.values.tolist() == f.values.tolist()


def test_from_callable_streams_blocks() -> None:
    shapes = []

    def first_times_last(x: np.ndarray) -> np.ndarray:
        shapes.append(x.shape)
        return x[:, 0] * x[:, -1]

    f = BooleanFunction.from_callable(17, first_times_last)
    assert shapes == [(2**16, 17)] * 2
    assert f == BooleanFunction.from_fourier(17, {1 | 1 << 16: 1})


@settings(deadline=None, max_examples=30)
@given(k_patterns())
def test_from_pattern(pattern: KPattern) -> None:
    f = BooleanFunction.from_pattern(pattern)
    assert f.values.tolist() == oracles.pattern_table(pattern.n, pattern.k, pattern.table.tolist(), pattern.offset)
    assert f.is_sign_valued


@settings(deadline=None)
@given(rational_functions())
def test_mean_and_values_agree_with_fractions(f: BooleanFunction) -> None:
    values = [f.value_at(index) for index in range(1 << f.n)]
    assert f.mean == F(sum(values)) / len(values)
    assert [f(x) for x in oracles.cube_points(f.n)] == values
    assert f.evaluate(f.cube.all_points()).tolist() == [value * f.denominator for value in values]


def test_mean_of_values_whose_sum_exceeds_64_bits() -> None:
    values = [2**62 - 1, 2**62 - 2, -(2**62) + 1, 2**62 - 5, 2**62 - 1, 2**62 - 1, 2**62 - 1, -3]
    assert BooleanFunction(values).mean == F(sum(values), 8)


def test_equality_and_hashing_look_at_values_only() -> None:
    f, g = BooleanFunction(np.array([2, -4]), 6), BooleanFunction.from_truth_table([F(1, 3), F(-2, 3)])
    assert f == g and hash(f) == hash(g)
    assert f != BooleanFunction([1, -2]) and f != [1, -2]
    assert BooleanFunction([-0.0, 0.5]) == BooleanFunction([0.0, 0.5])
    assert hash(BooleanFunction([-0.0, 0.5])) == hash(BooleanFunction([0.0, 0.5]))


def test_floats_are_tracked_as_inexact() -> None:
    f = BooleanFunction([0.5, 0.25])
    assert not f.is_exact and not f.is_sign_valued and f.mean == 0.375 and isinstance(f.mean, float)
    assert BooleanFunction([1.0, -1.0]).is_sign_valued


@pytest.mark.parametrize("values", [[1, -1, 1, 0], [1, -1, -2, 1], [127, -128], [1.0, 0.5]])
def test_not_sign_valued(values: list[float]) -> None:
    assert not BooleanFunction(values).is_sign_valued


def test_frozen() -> None:
    f = BooleanFunction([1, -1])
    with pytest.raises(ValueError, match="read-only"):
        f.values[0] = 5
    with pytest.raises(AttributeError):
        f.denominator = 2  # type: ignore[misc]


def test_representation() -> None:
    assert repr(BooleanFunction([1, -1], 2)) == "BooleanFunction([1, -1], denominator=2)"
    assert repr(BooleanFunction([1, -1] * 16)) == "BooleanFunction(n=5, int8, in [-1, 1])"


@settings(deadline=None, max_examples=30)
@given(integer_functions())
def test_truth_table_length_is_checked_against_n(f: BooleanFunction) -> None:
    assert BooleanFunction.from_truth_table(f.values.tolist(), n=f.n) == f
    with pytest.raises(ParameterError, match=f"^'truth_table' must have 2\\^n={2 << f.n} values, not {1 << f.n}.$"):
        BooleanFunction.from_truth_table(f.values, n=f.n + 1)


@pytest.mark.parametrize("call, text", [
    (lambda: BooleanFunction.from_truth_table([1] * 15, n=4), "'truth_table' must have 2^n=16 values, not 15."),
    (lambda: BooleanFunction.from_truth_table([1], n=100), "'truth_table' must have 2^n=2^100 values, not 1."),
    (lambda: BooleanFunction.from_truth_table([1] * 15), "'truth_table' must have a power of two of entries, not 15."),
    (lambda: BooleanFunction([1, float("nan")]), "'truth_table' must hold finite numbers, not nan (index 1)."),
    (lambda: BooleanFunction([1, 2], 0), "'denominator' must be at least 1, not 0."),
    (lambda: BooleanFunction([1, 2], 1, -1), "'tie_count' must be at least 0, not -1."),
    (lambda: BooleanFunction([1, 2]).value_at(2), "'index' must be at least 0 and at most 2^n-1=1, not 2."),
    (lambda: BooleanFunction([1, 2])([1, 1]), "'point' must have n=1 entries, not shape (2,)."),
    (lambda: BooleanFunction.from_callable(2, lambda x: x), "'function' must return shape (m,)=(4,), not (4, 2)."),
    (lambda: BooleanFunction.from_callable(2, lambda x: x[:, 0] > 0),
     "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    (lambda: BooleanFunction.from_callable(2, lambda x: bool(x[0] > 0), vectorised=False),
     "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    (lambda: BooleanFunction.from_callable(2, lambda x: np.where(x[:, 0] > 0, np.nan, 1)),
     "'truth_table' must hold finite numbers, not nan (index 0)."),
    (lambda: BooleanFunction.from_fourier(2, {4: 1}), "'subset' must be at least 0 and at most 2^n-1=3, not 4."),
    (lambda: BooleanFunction.from_fourier(2, {True: 1}), "'subset' must be an integer, not the boolean True."),
    (lambda: BooleanFunction.from_fourier(2, {0: float("inf")}), "'coefficient' must be a finite number, not inf."),
    (lambda: BooleanFunction.from_fourier(2, {0: 2**61, 1: 2**61}),
     "'coefficients' must have numerators whose sum stays below 2^62."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


def test_memory_guard() -> None:
    with memory_budget(1000):
        for build in (lambda: BooleanFunction.from_callable(20, lambda x: x[:, 0]),
                      lambda: BooleanFunction.from_callable(20, lambda x: 1, vectorised=False),
                      lambda: BooleanFunction.from_fourier(20, {})):
            with pytest.raises(InstanceTooLarge):
                build()
