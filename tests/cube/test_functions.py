"""The named functions, against their definitions and O'Donnell's closed forms."""
from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.functions import (dictator, junta, linear_threshold, logical_and, logical_or, majority, parity,
                                        require_tie, tribes)
from theorycheck.cube.memory import memory_budget
from theorycheck.cube.spectral_weights import level_weights
from theorycheck.cube.variable_influence import influences, total_influence
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.strategies import integer_functions, rationals, subsets

F = Fraction


def table(f: BooleanFunction) -> list[int]:
    return f.values.tolist()


def test_golden_tables_of_two_variables() -> None:
    assert table(parity(2)) == [1, -1, -1, 1]
    assert table(dictator(2, 0)) == [1, -1, 1, -1]
    assert table(dictator(2, 1)) == [1, 1, -1, -1]
    assert table(logical_and(2)) == [1, -1, -1, -1]
    assert table(logical_or(2)) == [1, 1, 1, -1]
    assert table(majority(2)) == [1, 1, 1, -1]
    assert table(majority(2, tie=-1)) == [1, -1, -1, -1]


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7])
def test_definitions(n: int) -> None:
    # The oracle's truth is -1, as O'Donnell's; the package's is +1, so that AND and OR trade places.
    assert table(logical_and(n)) == oracles.table(n, oracles.disjunction) == oracles.table(n, min)
    assert table(logical_or(n)) == oracles.table(n, oracles.conjunction) == oracles.table(n, max)
    assert table(parity(n)) == oracles.table(n, oracles.parity)
    for tie in (1, -1):
        assert table(majority(n, tie)) == oracles.table(n, lambda x: oracles.majority(x, tie))
        assert majority(n, tie).tie_count == (comb(n, n // 2) if n % 2 == 0 else 0)
    for variable in range(n):
        assert table(dictator(n, variable)) == oracles.table(n, lambda x: x[variable])


@given(subsets(5))
def test_subsets_of_the_variables(mask: int) -> None:
    variables = [v for v in range(5) if mask >> v & 1]
    assert table(parity(5, variables)) == oracles.table(5, lambda x: oracles.character(mask, x))
    if variables:
        assert table(logical_and(5, variables)) == oracles.table(5, lambda x: min(x[v] for v in variables))
        assert table(logical_or(5, variables)) == oracles.table(5, lambda x: max(x[v] for v in variables))


@pytest.mark.parametrize("width, count", [(1, 1), (1, 3), (3, 1), (2, 3), (3, 2)])
def test_tribes(width: int, count: int) -> None:
    n = width * count
    f = tribes(width, count)
    assert table(f) == oracles.table(n, lambda x: max(min(x[i:i + width]) for i in range(0, n, width)))
    # O'Donnell's Tribes has -1 for truth: f(x) = -Tribes(-x).
    assert table(f) == oracles.table(n, lambda x: -oracles.tribes([-v for v in x], width))
    # O'Donnell, Section 4.2: P[false] = (1-2^-w)^s, Inf_i = (1-2^-w)^(s-1) 2^(1-w).
    false = (1 - F(1, 2**width)) ** count
    assert f.mean == 1 - 2 * false
    assert influences(f) == ((1 - F(1, 2**width)) ** (count - 1) * F(2, 2**width),) * n


@pytest.mark.parametrize("n", [1, 3, 5, 9, 11])
def test_majority_closed_forms(n: int) -> None:
    # O'Donnell, Theorem 5.19 and Section 5.3: each influence is C(n-1, (n-1)/2) / 2^(n-1); coefficients on odd levels
    # are (-1)^((m-1)/2) C((n-1)/2, (m-1)/2) / C(n-1, m-1) * C(n-1, (n-1)/2) 2^(1-n).
    half = F(comb(n - 1, (n - 1) // 2), 2 ** (n - 1))
    assert influences(majority(n)) == (half,) * n
    assert total_influence(majority(n)) == n * half
    expected = [F(0)] * (n + 1)
    for m in range(1, n + 1, 2):
        coefficient = F(comb((n - 1) // 2, (m - 1) // 2), comb(n - 1, m - 1)) * half
        expected[m] = comb(n, m) * coefficient**2
    assert level_weights(majority(n)) == tuple(expected)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_and_or_closed_forms(n: int) -> None:
    # AND = -1 + 2 * 2^-n * sum of all characters (with truth +1).
    small = F(2, 2**n)
    expected = tuple((small - 1) ** 2 if m == 0 else comb(n, m) * small**2 for m in range(n + 1))
    assert level_weights(logical_and(n)) == expected == level_weights(logical_or(n))
    assert total_influence(logical_and(n)) == n * small
    assert logical_and(n).mean == small - 1 == -logical_or(n).mean


@settings(max_examples=60, deadline=None)
@given(st.lists(rationals(), min_size=1, max_size=5), rationals(), st.sampled_from([1, -1]))
def test_linear_threshold_is_the_exact_sign(weights: list[Fraction], bias: Fraction, tie: int) -> None:
    f = linear_threshold(weights, bias, tie)
    sums = [bias + sum(w * v for w, v in zip(weights, x)) for x in oracles.cube_points(len(weights))]
    assert table(f) == [tie if s == 0 else 1 if s > 0 else -1 for s in sums]
    assert f.tie_count == sum(s == 0 for s in sums)


def test_decimals_are_exact_where_floats_would_not_tie() -> None:
    assert 0.1 + 0.2 - 0.3 != 0
    f = linear_threshold([0.1, 0.2, 0.3], 0, tie=-1)
    # x = (+,+,-) sums to exactly 0, at index 4; and its negative, at index 3.
    assert (f.tie_count, f.values[3], f.values[4]) == (2, -1, -1)


def test_linear_threshold_across_blocks_of_low_variables() -> None:
    weights = [3, -1, 4, 1, -5, 9, 2, 6, 5, -3, 5, 8, 9, 7, 9, 3, 2, -3]
    f = linear_threshold(weights, 2)
    indices = np.random.default_rng(0).integers(0, 1 << 18, 200)
    for index, x in zip(indices.tolist(), f.cube.points(indices)):
        total = int(x.astype(int) @ np.array(weights)) + 2
        assert f.values[index] == (1 if total >= 0 else -1)
    assert majority(18).tie_count == comb(18, 9) and majority(18).mean == F(comb(18, 9), 2**18)


@settings(deadline=None, max_examples=40)
@given(integer_functions(st.integers(1, 3)), st.permutations(range(5)))
def test_junta(inner: BooleanFunction, order: list[int]) -> None:
    variables = order[:inner.n]
    f = junta(5, variables, inner.values)
    assert table(f) == oracles.table(5, lambda x: inner([x[v] for v in variables]))
    assert [i for i, value in enumerate(influences(f)) if value] == sorted(
        v for b, v in enumerate(variables) if influences(inner)[b])


def test_junta_across_blocks_keeps_fractions() -> None:
    f = junta(18, [17, 0], [F(1, 3), 2, 3, 4])
    assert [f.value_at(i) for i in (0, 1, 1 << 17, (1 << 17) + 1)] == [F(1, 3), 3, 2, 4]


@pytest.mark.parametrize("call, text", [
    (lambda: parity(0), "'n' must be at least 1, not 0."),
    (lambda: parity(3, [3]), "'variables' must be at least 0 and at most n-1=2, not 3."),
    (lambda: parity(3, [1, 1]), "'variables' must be distinct, not [1, 1]."),
    (lambda: dictator(3, -1), "'variables' must be at least 0 and at most n-1=2, not -1."),
    (lambda: logical_and(3, []), "'variables' must have at least one entry."),
    (lambda: majority(3, tie=0), "'tie' must be +1 or -1, not 0."),
    (lambda: majority(3, tie=True), "'tie' must be an integer, not the boolean True."),
    (lambda: majority(2.5), "'n' must be an integer, not 2.5."),  # type: ignore[arg-type]
    (lambda: tribes(0, 2), "'width' must be at least 1, not 0."),
    (lambda: linear_threshold([]), "'weights' must have at least one entry."),
    (lambda: linear_threshold("12"), "'weights' must be a sequence, not '12'."),
    (lambda: linear_threshold([1, float("nan")]), "'weights' must be a finite number, not nan."),
    (lambda: linear_threshold([1, True]), "'weights' must be a finite number, not True."),
    (lambda: linear_threshold([1], float("inf")), "'bias' must be a finite number, not inf."),
    (lambda: linear_threshold([2**62]), "'weights' must have sums below 2^62 over their common denominator."),
    (lambda: linear_threshold([F(1, 5**20), F(1, 3**30)], 1),
     "'weights' must have sums below 2^62 over their common denominator."),
    (lambda: junta(3, [0, 0], [1, 1, 1, 1]), "'variables' must be distinct, not [0, 0]."),
    (lambda: junta(3, [0, 1], [1, 1]), "'truth_table' must have 2^n=4 values, not 2."),
    (lambda: junta(3, [5], [1, 1]), "'variables' must be at least 0 and at most n-1=2, not 5."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text


def test_too_large_is_said_before_memory_is_taken() -> None:
    for build in (lambda: majority(60), lambda: parity(60), lambda: tribes(10, 6), lambda: logical_or(60)):
        with pytest.raises(InstanceTooLarge):
            build()
    with memory_budget(100), pytest.raises(InstanceTooLarge):
        junta(20, [0], [1, -1])


def test_require_tie() -> None:
    assert (require_tie(1), require_tie(np.int64(-1))) == (1, -1)
