from __future__ import annotations

from fractions import Fraction
from typing import Any

import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.fourier import fourier_coefficient
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.restrictions import restriction, window_sums
from theorycheck.errors import ParameterError
from theorycheck.strategies import dimensions, k_patterns, rational_functions

SIGNS = st.sampled_from([1, -1])


def slow_restriction(f: Any, n: int, fixed: dict[int, int]) -> list[Any]:
    free = [v for v in range(n) if v not in fixed]
    values = []
    for y in oracles.cube_points(len(free)):
        x = [0] * n
        for v, sign in [*fixed.items(), *zip(free, y)]:
            x[v] = sign
        values.append(f(x))
    return values


def test_golden_remaining_variables_keep_their_order() -> None:
    f = BooleanFunction([0, 1, 2, 3, 4, 5, 6, 7])
    assert restriction(f, {0: 1}).values.tolist() == [0, 2, 4, 6]
    assert restriction(f, {1: -1}).values.tolist() == [2, 3, 6, 7]
    assert restriction(f, {2: -1, 0: -1}).values.tolist() == [5, 7]


@settings(deadline=None)
@given(st.data(), rational_functions(dimensions(2, 5)))
def test_restriction_is_substitution(data: Any, f: BooleanFunction) -> None:
    fixed = data.draw(st.dictionaries(st.integers(0, f.n - 1), SIGNS, max_size=f.n - 1))
    g = restriction(f, fixed)
    assert [g.value_at(i) for i in range(1 << g.n)] == slow_restriction(f, f.n, fixed)


@settings(deadline=None)
@given(st.data(), rational_functions(dimensions(2, 5)))
def test_restriction_identities(data: Any, f: BooleanFunction) -> None:
    # O'Donnell, Section 3.3: the coefficient of S becomes that of S plus the sign times that of S with i.
    variable = data.draw(st.integers(0, f.n - 1))
    up, down = restriction(f, {variable: 1}), restriction(f, {variable: -1})
    assert (Fraction(up.mean) + Fraction(down.mean)) / 2 == f.mean
    for mask in range(1 << up.n):
        low = mask & ((1 << variable) - 1)
        spread = low | (mask ^ low) << 1
        without, within = (fourier_coefficient(f, m) for m in (spread, spread | 1 << variable))
        assert fourier_coefficient(up, mask) == without + within
        assert fourier_coefficient(down, mask) == without - within


@settings(deadline=None)
@given(st.data(), k_patterns(dimensions(2, 6)))
def test_a_pattern_stays_a_pattern(data: Any, f: KPattern) -> None:
    fixed = data.draw(st.dictionaries(st.integers(0, f.n - 1), SIGNS, max_size=f.n - 1))
    g = restriction(f, fixed)
    assert isinstance(g, KPattern)
    assert g.truth_table().values.tolist() == slow_restriction(f, f.n, fixed)


@settings(deadline=None)
@given(st.data(), rational_functions(dimensions(1, 5)))
def test_window_sums(data: Any, f: BooleanFunction) -> None:
    k = data.draw(st.integers(1, f.n))
    offset = data.draw(st.integers(0, f.n - k))
    expected = oracles.window_marginal(f.values.tolist(), k, offset)
    assert window_sums(f, k, offset).tolist() == expected
    assert sum(expected) == f.mean * f.denominator * 2**f.n


@settings(deadline=None)
@given(st.data(), k_patterns())
def test_window_sums_of_patterns_on_any_other_window(data: Any, f: KPattern) -> None:
    k = data.draw(st.integers(1, f.n))
    offset = data.draw(st.integers(0, f.n - k))
    assert window_sums(f, k, offset).tolist() == window_sums(f.truth_table(), k, offset).tolist()


def test_a_pattern_of_many_variables() -> None:
    f = KPattern.logical_and(64, 2, 10)
    assert window_sums(f, 2, 10).tolist() == [2**62, -(2**62), -(2**62), -(2**62)]
    assert window_sums(f, 2, 40).tolist() == [-(2**61)] * 4
    assert restriction(f, {10: -1}) == KPattern(63, 1, 10, [-1, -1])
    assert restriction(f, {0: 1, 10: 1, 11: 1}) == KPattern(61, 1, 0, [1, 1])


def test_sums_are_wider_than_the_values() -> None:
    assert window_sums(BooleanFunction([127] * 8), 1, 1).tolist() == [508, 508]
    assert window_sums([0.5, 1, 2, 4], 1, 0).tolist() == [2.5, 5.0]


@pytest.mark.parametrize("call, text", [
    (lambda: restriction(BooleanFunction([1, 2]), {0: 1}), "'fixed' must leave at least one of n=1 variables free."),
    (lambda: restriction(BooleanFunction([1, 2, 3, 4]), {0: 0}),
     "'fixed' must give variable 0 the value +1 or -1, not 0."),
    (lambda: restriction(BooleanFunction([1, 2, 3, 4]), {0: True}),
     "'fixed' must give variable 0 the value +1 or -1, not True."),
    (lambda: restriction(BooleanFunction([1, 2, 3, 4]), {2: 1}),
     "'variable' must be at least 0 and at most n-1=1, not 2."),
    (lambda: window_sums([1, 2, 3, 4], 2, 1), "'offset' must be at least 0 and at most n-k=0, not 1."),
    (lambda: window_sums([2**61, 0, 0, 0, 0, 0, 0, 0], 1, 0), "'f' has window sums that may exceed 64 bits."),
    (lambda: window_sums(KPattern.parity(100, 2), 1, 0), "'f' has window sums that may exceed 64 bits."),
])
def test_bad_input(call: Any, text: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == text
