from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from theorycheck.cube.tables import (canonical_table, common_denominator, read_table, require_sequence,
                                     smallest_integer_type)
from theorycheck.errors import ParameterError

F = Fraction


@pytest.mark.parametrize("low, high, expected", [
    (-128, 127, np.int8), (-129, 0, np.int16), (0, 128, np.int16), (-(2**31), 2**31 - 1, np.int32),
    (0, 2**31, np.int64)])
def test_smallest_integer_type(low: int, high: int, expected: type) -> None:
    assert smallest_integer_type(np.array([low, high])) == expected
    assert canonical_table([low, high], 1)[0].dtype == expected


def test_fractions_and_large_integers_are_read_exactly() -> None:
    values, denominator = read_table([F(1, 2), F(-1, 3), 1, 0.1])
    assert (values.tolist(), denominator) == ([15, -10, 30, 3], 30)
    assert common_denominator([F(1, 4), F(1, 6)]) == ([3, 2], 12)


def test_lowest_terms() -> None:
    values, denominator = canonical_table(np.array([4, -6]), 8)
    assert (values.tolist(), denominator) == ([2, -3], 4)
    values, denominator = canonical_table(np.array([0, 0]), 8)
    assert (values.tolist(), denominator) == ([0, 0], 1)


def test_integer_valued_floats_become_integers_and_others_do_not() -> None:
    assert canonical_table(np.array([1.0, -1.0]), 1)[0].dtype == np.int8
    assert canonical_table(np.array([1.0, 0.5], dtype=np.float32), 1)[0].dtype == np.float64
    # Above 2^53 a float stands for an interval of integers.
    assert canonical_table(np.array([2.0**54, 0.0]), 1)[0].dtype == np.float64


def test_the_callers_array_is_neither_shared_nor_frozen() -> None:
    mine = np.array([1, -1], dtype=np.int8)
    values, _ = canonical_table(mine, 1)
    mine[0] = -1
    assert values.tolist() == [1, -1] and not values.flags.writeable
    view = mine[:]
    view.flags.writeable = False
    values, _ = canonical_table(view, 1)
    mine[1] = 1
    assert values.tolist() == [-1, -1]


@pytest.mark.parametrize("table, text", [
    ("0x6", "'truth_table' must be a sequence of numbers, not text."),
    ([True, False], "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    ([1, np.True_], "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    ([[1, 2], [3]], "'truth_table' must be a vector of numbers."),
    ([F(1, 2), float("nan")], "'truth_table' must be a finite number, not nan."),
    ([F(2**62), 1.5], "'truth_table' must have numerators below 2^62 in magnitude."),
])
def test_tables_that_cannot_be_read(table: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        read_table(table)
    assert str(caught.value) == text


@pytest.mark.parametrize("table, denominator, text", [
    (np.array([True, False]), 1, "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    (np.array([1j, 0]), 1, "'truth_table' must hold integers, fractions or float64, not complex128."),
    (np.array(["a", "b"]), 1, "'truth_table' must hold integers, fractions or float64, not <U1."),
    (np.zeros((2, 2)), 1, "'truth_table' must be a vector, not of shape (2, 2)."),
    (np.ones(3), 1, "'truth_table' must have a power of two of entries, not 3."),
    (np.ones(0), 1, "'truth_table' must have a power of two of entries, not 0."),
    (np.ones(1), 1, "'truth_table' must have at least 2 entries, not 1."),
    (np.array([1, 2, 3, np.inf]), 1, "'truth_table' must hold finite numbers, not inf (index 3)."),
    (np.array([np.nan, 2]), 1, "'truth_table' must hold finite numbers, not nan (index 0)."),
    (np.array([0.5, 2]), 3, "'denominator' must be 1 for floats."),
    (np.array([2**62, 0]), 1, "'truth_table' must stay below 2^62 in magnitude."),
    (np.array([-(2**63), 0]), 1, "'truth_table' must stay below 2^62 in magnitude."),
])
def test_tables_that_are_no_functions(table: Any, denominator: int, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        canonical_table(table, denominator)
    assert str(caught.value) == text


@pytest.mark.parametrize("value, text", [
    ("abc", "'weights' must be a sequence, not 'abc'."), (3, "'weights' must be a sequence, not 3."),
    ([], "'weights' must have at least one entry.")])
def test_require_sequence(value: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        require_sequence("weights", value)
    assert str(caught.value) == text
