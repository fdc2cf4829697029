"""One coefficient and its neighbours against sums over all points, closed forms and counting by sums."""
from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import character, cube_points

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.rationals import RationalArray
from theorycheck.neurons.threshold_coefficients import threshold_coefficients

HALF = Fraction(1, 2)


def direct(weights: Any, bias: Any, subset: int, kink_slope: Any = 0) -> tuple[Any, ...]:
    """E χ_I g, E x_j χ_I g, the ties and E χ_I relu, point by point."""
    exact, shift = [Fraction(weight) for weight in weights], Fraction(bias)
    n, constant, coordinates, ties, relu = len(exact), Fraction(0), [Fraction(0)] * len(exact), 0, Fraction(0)
    for x in cube_points(n):
        value = sum((w * xj for w, xj in zip(exact, x)), shift)
        slope = Fraction(kink_slope) if value == 0 else Fraction(value > 0)
        sign = character(subset, x)
        ties += value == 0
        constant += sign * slope
        relu += sign * max(value, Fraction(0))
        coordinates = [c + xj * sign * slope for c, xj in zip(coordinates, x)]
    return constant / 2**n, tuple(c / 2**n for c in coordinates), ties, relu / 2**n


def parts(found: Any) -> tuple[Any, ...]:
    return found.constant, found.coordinates, found.ties, found.relu.exact


NUMBERS = st.one_of(st.integers(-3, 3), st.fractions(-2, 2, max_denominator=3),
                    st.sampled_from([10**300, -10**300, Fraction(1, 10**300), 0]))
SLOPES = st.sampled_from([0, HALF, 1])


@given(st.lists(NUMBERS, min_size=1, max_size=7), NUMBERS, st.integers(0, 127), SLOPES)
@settings(deadline=None, max_examples=50)
def test_against_all_points(weights: list[Any], bias: Any, subset: int, kink_slope: Any) -> None:
    subset %= 2**len(weights)
    found = threshold_coefficients(weights, bias, subset, kink_slope=kink_slope)
    assert parts(found) == direct(weights, bias, subset, kink_slope)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6), st.integers(-1, 5),
       st.integers(0, 63), SLOPES)
@settings(deadline=None, max_examples=60)
def test_floats_of_any_size(values: list[float], tied: int, subset: int, kink_slope: Any) -> None:
    # NumPy floats are the numbers they hold: huge, subnormal, zero; the bias often meets a sum exactly.
    weights, subset = np.array(values), subset % 2**len(values)
    bias = Fraction(0) if tied < 0 else sum((Fraction(value) for value in values[:tied]), Fraction(0))
    found = threshold_coefficients(weights, bias, subset, kink_slope=kink_slope)
    assert parts(found) == direct(values, bias, subset, kink_slope)


def test_the_middle_of_the_kink() -> None:
    found = [threshold_coefficients([1, -1, 2, 2], 0, 7, kink_slope=share) for share in (0, HALF, 1)]
    assert found[0].ties == 4 and found[0].coordinates != found[2].coordinates
    assert all(2 * b == a + c for a, b, c in zip(*(each.coordinates for each in found)))
    assert {each.relu.exact for each in found} == {found[0].relu.exact}


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.integers(-3, 3), SLOPES)
@settings(deadline=None, max_examples=30)
def test_neighbours_and_parseval(weights: list[int], bias: int, kink_slope: Any) -> None:
    n = len(weights)
    found = [threshold_coefficients(weights, bias, subset, kink_slope=kink_slope) for subset in range(2**n)]
    assert all(found[subset].coordinates[j] == found[subset ^ 1 << j].constant for subset in range(2**n)
               for j in range(n))
    # E g² is the share of active points and κ² times that of the ties; E g is found[0].constant.
    ties = Fraction(found[0].ties, 2**n)
    share = Fraction(kink_slope)
    assert sum(each.constant**2 for each in found) == found[0].constant - share * ties + share**2 * ties
    assert found[0].squared_norm == sum(each**2 for each in found[0].coordinates)


@given(st.permutations(range(7)), st.lists(st.sampled_from([1, -1]), min_size=7, max_size=7), st.integers(0, 127))
@settings(deadline=None, max_examples=30)
def test_equivariance(order: list[int], signs: list[int], subset: int) -> None:
    weights = np.array([0.1, -2.5, 1e-30, 0.0, 7.25, 0.1, 3.0])
    plain = threshold_coefficients(weights, "1/3", subset)
    moved = sum(1 << place for place, j in enumerate(order) if subset >> j & 1)
    found = threshold_coefficients(weights[order] * signs, "1/3", moved)
    sign = character(moved, signs)
    assert found.constant == sign * plain.constant and found.relu.exact == sign * plain.relu.exact
    assert found.coordinates == tuple(sign * s * plain.coordinates[j] for s, j in zip(signs, order))


@pytest.mark.parametrize("factor", (Fraction(7, 3), 2**1000, Fraction(1, 3**700)))
def test_scaling_changes_the_relu_alone(factor: Fraction) -> None:
    weights = [Fraction(value) for value in np.random.default_rng(2).normal(size=10).tolist()]
    plain = threshold_coefficients(weights, HALF, 77)
    found = threshold_coefficients([factor * weight for weight in weights], factor * HALF, 77)
    assert found.coordinates == plain.coordinates and found.constant == plain.constant
    assert found.relu.exact == factor * plain.relu.exact


@pytest.mark.parametrize("scale, root", (("1/4", HALF), ("4/9", Fraction(2, 3))))
def test_square_scales_are_factors(scale: str, root: Fraction) -> None:
    scaled = threshold_coefficients([1, 2, -3, 1], HALF, 3, squared_scale=scale)
    plain = threshold_coefficients([root * w for w in (1, 2, -3, 1)], HALF, 3)
    assert parts(scaled) == parts(plain)


def test_irrational_scales() -> None:
    # ±1/√2: the sums are ±√2 and 0, so with bias -1.4 one point is active, and with -1.42 none.
    found = threshold_coefficients([1, 1], "-1.4", 1, squared_scale="1/2")
    assert (found.constant, found.coordinates, found.ties) == (Fraction(1, 4), (Fraction(1, 4),) * 2, 0)
    assert found.relu.exact is None
    # E x_1 relu = (√2 - 7/5)/4.
    ball = found.relu.enclose(200)
    assert ((4 * ball + fmpq(7, 5))**2).contains(2) and ball.rad() < 1e-50
    none = threshold_coefficients([1, 1], "-1.42", 1, squared_scale="1/2")
    assert parts(none) == (0, (0, 0), 0, 0)


@pytest.mark.parametrize("n", (31, 40))
@pytest.mark.parametrize("k", (0, 1, 6))
def test_majority(n: int, k: int) -> None:
    # Coefficient of degree d of 1{Σx > 0} (+ half the ties): Σ_m Σ_i (-1)^i C(d,i) C(n-d,m-i) over m < n/2 minus signs.
    def coefficient(degree: int) -> Fraction:
        total = Fraction(0)
        for minus in range(n // 2 + 1):
            krawtchouk = sum((-1)**i * comb(degree, i) * comb(n - degree, minus - i) for i in range(minus + 1))
            total += krawtchouk * (HALF if 2 * minus == n else 1)
        return total / 2**n
    found = threshold_coefficients([3] * n, 0, (1 << k) - 1, kink_slope="1/2")
    assert found.constant == coefficient(k)
    assert all(found.coordinates[j] == coefficient(k - 1 if j < k else k + 1) for j in (*range(k), k, n - 1))
    assert found.ties == (comb(n, n // 2) if n % 2 == 0 else 0)


def by_sums(weights: list[int], bias: int, subset: int) -> tuple[Fraction, int]:
    """E χ_I 1{s + bias > 0} and the ties: Σ χ_I over the points of each sum, one weight after the other."""
    signed, plain = {0: 1}, {0: 1}
    for j, weight in enumerate(weights):
        after: tuple[Any, Any] = defaultdict(int), defaultdict(int)
        for laws, new, sign in ((signed, after[0], -1 if subset >> j & 1 else 1), (plain, after[1], 1)):
            for total, count in laws.items():
                new[total + weight] += count
                new[total - weight] += sign * count
        signed, plain = after
    return Fraction(sum(count for s, count in signed.items() if s + bias > 0), 2**len(weights)), plain.get(-bias, 0)


def test_many_small_integers() -> None:
    rng = np.random.default_rng(3)
    weights, subset = rng.integers(-4, 5, 42).tolist(), 0b1011 << 19
    found = threshold_coefficients(weights, 1 - sum(weights) % 2, subset)
    constant, ties = by_sums(weights, 1 - sum(weights) % 2, subset)
    assert (found.constant, found.ties) == (constant, ties) and 0 in weights
    for j in (0, 19, 20, 41):
        assert found.coordinates[j] == by_sums(weights, 1 - sum(weights) % 2, subset ^ 1 << j)[0]


def test_wide_weights_that_cancel() -> None:
    # Twelve wide numbers, each twice: every pair cancels at half of its points, 2^12 ties, all in the rounding's band.
    values = np.ldexp(np.random.default_rng(1).normal(size=12), np.arange(0, -36, -3)).tolist()
    weights = np.repeat(values, 2)
    found = threshold_coefficients(weights, 0, 0b11 << 11, kink_slope="1/2")
    assert found.ties == 2**12 and "2^" not in found.reason and "rounded" in found.reason
    # With σ'(0) = 1/2 the slope less 1/2 is odd, so that even coefficients vanish.
    assert found.constant == 0 and any(found.coordinates)
    # x_{2i} = -x_{2i+1} at a tie, so these have E x_j χ_I 1{tie} = 0 for all j, and σ'(0) does not matter.
    assert threshold_coefficients(weights, 0, 0b11 << 11).coordinates == found.coordinates


def test_variables_without_weight() -> None:
    inside = threshold_coefficients([2, 0, 1, 3], 2, 0b0101)
    plain = threshold_coefficients([2, 1, 3], 2, 0b011)
    assert inside.constant == plain.constant and inside.ties == 2 * plain.ties
    assert inside.coordinates == (plain.coordinates[0], 0, *plain.coordinates[1:])
    one = threshold_coefficients([2, 0, 1, 3], 2, 0b0111)
    assert (one.constant, one.coordinates, one.relu.exact) == (0, (0, plain.constant, 0, 0), 0)
    two = threshold_coefficients([2, 0, 0, 1, 3], 2, 0b01111)
    assert parts(two) == (0, (0,) * 5, 4 * plain.ties, 0) and two.ties > 0
    # 200 variables, 6 of them relevant.
    many = threshold_coefficients([1] * 6 + [0] * 194, 0, 1)
    assert many.constant == threshold_coefficients([1] * 6, 0, 1).constant and many.ties == comb(6, 3) << 194


@pytest.mark.parametrize("weights, bias, slope, expected, ties", [([1, 1], 3, 0, 1, 0), ([1, 1], -3, 0, 0, 0),
                                                                  ([0, 0], 0, "1/3", Fraction(1, 3), 4)])
def test_constant_slopes(weights: list[int], bias: int, slope: Any, expected: Any, ties: int) -> None:
    for subset in range(4):
        found = threshold_coefficients(weights, bias, subset, kink_slope=slope)
        assert parts(found) == direct(weights, bias, subset, slope) and found.ties == ties
    assert threshold_coefficients(weights, bias, 0, kink_slope=slope).constant == expected


def test_reasons_say_what_was_done() -> None:
    assert threshold_coefficients([1, 2, 3], 0, 1).reason == "sorted sums of 1 and of 2 weights; exact in 64 bits"
    wide = RationalArray(np.array([3**50, -5**35, 3**50 - 2], dtype=object), 2)
    assert threshold_coefficients(wide, 0, 1).reason == (
        "sorted sums of 1 and of 2 weights; rounded to 64 bits, 0 points too near the threshold for them decided in "
        "full")
    assert threshold_coefficients([1, 1], 9, 1).method == "meeting"


@pytest.mark.parametrize("arguments, options, message", [
    (([1, 1], 0, 4), {}, "'subset' must be at least 0 and at most 3, not 4."),
    (([1, 1], 0, True), {}, "'subset' must be an integer, not the boolean True."),
    (([1, 1], 0, 1), {"kink_slope": 2}, "'kink_slope' must be at least 0 and at most 1, not 2."),
    (([1, float("nan")], 0, 1), {}, "'weights' must be a finite number, not nan."),
    (([], 0, 0), {}, "'weights' must have at least one entry, in one row, not shape (0,)."),
    (([1], float("inf"), 0), {}, "'bias' must be a finite number, not inf."),
    (([1], 0, 0), {"squared_scale": 0}, "'squared_scale' must be above 0, not 0."),
    (([1], 0, 0), {"threads": 0}, "'threads' must be at least 1, not 0.")])
def test_bad_inputs(arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        threshold_coefficients(*arguments, **options)
    assert str(caught.value) == message


def test_too_many_weights() -> None:
    with pytest.raises(InstanceTooLarge, match="63 weights that are not 0 are too many"):
        threshold_coefficients([1] * 63 + [0] * 9, 0, 1)
