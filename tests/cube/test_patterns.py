from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.fourier import fourier_expansion
from theorycheck.cube.patterns import KPattern
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import k_patterns


def test_golden_hexadecimal_bit_z_is_set_where_g_is_minus_1() -> None:
    assert KPattern.from_hex(2, 2, "0x6").table.tolist() == [1, -1, -1, 1]
    assert KPattern.from_hex(2, 2, "0xe") == KPattern.logical_and(2, 2)
    assert KPattern.from_hex(3, 3, "0x80").table.tolist() == [1] * 7 + [-1]
    assert KPattern.from_hex(1, 1, "0x2").table.tolist() == [1, -1]
    assert KPattern.parity(2, 2).to_hex() == "0x6"
    assert KPattern.logical_or(2, 2).to_hex() == "0x8"
    assert KPattern.majority(4, 4).to_hex() == "0xE880"
    assert KPattern.majority(4, 4, tie=-1).to_hex() == "0xFEE8"


def test_golden_offset() -> None:
    # f(x) = x_1 x_2 on three variables: -1 at the indices where exactly one of bits 1 and 2 is set.
    assert KPattern.parity(3, 2, offset=1).truth_table().values.tolist() == [1, 1, -1, -1, -1, -1, 1, 1]
    assert KPattern.parity(3, 2, offset=1)([-1, 1, -1]) == -1


@settings(deadline=None)
@given(k_patterns())
def test_every_way_to_evaluate_is_the_definition(f: KPattern) -> None:
    expected = oracles.pattern_table(f.n, f.k, f.table.tolist(), f.offset)
    points = np.array(oracles.cube_points(f.n))
    assert f.truth_table().values.tolist() == expected
    assert f.evaluate(points).tolist() == expected
    assert f.evaluate_indices(np.arange(1 << f.n)).tolist() == expected
    assert [f(x) for x in points] == expected
    assert f.mean == Fraction(sum(expected), len(expected))
    assert f.fourier_expansion() == fourier_expansion(f.truth_table())


@given(k_patterns(maximum_k=5))
def test_hexadecimal_round_trip(f: KPattern) -> None:
    assert KPattern.from_hex(f.n, f.k, f.to_hex(), f.offset) == f
    assert hash(KPattern.from_hex(f.n, f.k, f.to_hex().lower(), f.offset)) == hash(f)
    other = KPattern(f.n + 1, f.k, f.offset, f.table)
    assert other != f and f != KPattern(f.n, f.k, f.offset, -f.table) and f != f.table.tolist()


def test_a_million_variables() -> None:
    n = 10**6
    f = KPattern.majority(n, 3, offset=n - 3)
    x = np.ones((2, n), dtype=np.int8)
    x[1, n - 2:] = -1
    assert f.evaluate(x).tolist() == [1, -1]
    top = 1 << (n - 3)
    assert f.fourier_expansion() == {top: Fraction(1, 2), 2 * top: Fraction(1, 2), 4 * top: Fraction(1, 2),
                                     7 * top: Fraction(-1, 2)}
    with pytest.raises(InstanceTooLarge, match="largest n that fits is 31"):
        f.truth_table()


def test_ties_are_counted_and_carried_to_the_truth_table() -> None:
    assert KPattern.majority(6, 4).tie_count == 6
    assert KPattern.majority(6, 4).truth_table().tie_count == 6 * 4
    assert KPattern.majority(6, 3).tie_count == 0


def test_from_name() -> None:
    n, k, offset = 7, 4, 2
    assert KPattern.from_name("parity", n, k, offset) == KPattern.parity(n, k, offset)
    assert KPattern.from_name("and", n, k, offset) == KPattern.logical_and(n, k, offset)
    assert KPattern.from_name("majority", n, k, offset, tie=-1) == KPattern.majority(n, k, offset, tie=-1)
    assert KPattern.from_name("0X0F0f", n, k, offset) == KPattern.from_hex(n, k, "0x0f0f", offset)
    drawn = KPattern.from_name("random", n, k, offset, rng=np.random.default_rng(3))
    assert drawn == KPattern.sample(n, k, np.random.default_rng(3), offset)


def test_window_function_and_from_function() -> None:
    f = KPattern.logical_and(9, 3, 4)
    assert f.window_function == BooleanFunction([1] + [-1] * 7)
    assert KPattern.from_function(9, f.window_function, 4) == f


def test_table_is_a_read_only_copy() -> None:
    mine = np.array([1, -1], dtype=np.int8)
    f = KPattern(1, 1, 0, mine)
    mine[0] = -1
    assert f.table.tolist() == [1, -1]
    with pytest.raises(ValueError, match="read-only"):
        f.table[0] = -1


@pytest.mark.parametrize("call, text", [
    (lambda: KPattern(4, 4, 0, [1] * 15), "'truth_table' must have 2^k=16 values, not 15."),
    (lambda: KPattern(4, 1, 0, [[1, 1]]), "'truth_table' must have 2^k=2 values, not shape (1, 2)."),
    (lambda: KPattern(100, 90, 0, [1, 1]), "'truth_table' must have 2^k=2^90 values, not 2."),
    (lambda: KPattern(4, 1, 0, [1, 0]), "'truth_table' must hold only +1 and -1, not 0."),
    (lambda: KPattern(4, 1, 0, [1, float("nan")]), "'truth_table' must hold only +1 and -1, not nan."),
    (lambda: KPattern(4, 1, 0, [True, False]), "'truth_table' must hold numbers, not booleans: write +1 and -1."),
    (lambda: KPattern(4, 1, 0, [1, Fraction(1, 2)]), "'truth_table' must hold only +1 and -1, not fractions."),
    (lambda: KPattern(20, 21, 0, [1]), "'k' must be at least 1 and at most n=20, not 21."),
    (lambda: KPattern(20, 0, 0, [1]), "'k' must be at least 1 and at most n=20, not 0."),
    (lambda: KPattern(20, 1, 20, [1, 1]), "'offset' must be at least 0 and at most n-k=19, not 20."),
    (lambda: KPattern.parity(3, 4), "'k' must be at least 1 and at most n=3, not 4."),
    (lambda: KPattern.majority(3, 2, tie=2), "'tie' must be +1 or -1, not 2."),
    (lambda: KPattern.from_hex(4, 4, "0x123"),
     "'truth_table' must be 0x and 4 hexadecimal digits for 2^k=16 values, not '0x123'."),
    (lambda: KPattern.from_hex(4, 4, "0x12345"),
     "'truth_table' must be 0x and 4 hexadecimal digits for 2^k=16 values, not '0x12345'."),
    (lambda: KPattern.from_hex(1, 1, "0x4"), "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=2 values, not "
                                             "'0x4'."),
    (lambda: KPattern.from_hex(2, 2, "0xg"), "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=4 values, not "
                                             "'0xg'."),
    (lambda: KPattern.from_hex(2, 2, "6"), "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=4 values, not "
                                           "'6'."),
    (lambda: KPattern.from_hex(2, 2, 6), "'truth_table' must be 0x and 1 hexadecimal digit for 2^k=4 values, not 6."),
    (lambda: KPattern.from_name("xor", 2, 2),
     "'pattern' must be one of parity, and, majority, random or a truth table 0x..., not 'xor'."),
    (lambda: KPattern.from_name("random", 2, 2), "'rng' must be given for a random pattern."),
    (lambda: KPattern.from_function(3, BooleanFunction([1, 0])), "'function' must take only the values +1 and -1."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


def test_a_window_too_wide_to_hold_is_refused_by_its_own_name() -> None:
    for build in (lambda: KPattern.from_hex(100, 50, "0x0"), lambda: KPattern.parity(100, 50)):
        with pytest.raises(InstanceTooLarge):
            build()
