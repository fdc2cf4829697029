"""Which parameters a step leaves where they are: float16 exhaustively, NumPy's own arithmetic, ties, ends, balls."""
from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.rationals import RationalArray
from theorycheck.rigor import Real
from theorycheck.training.rounded_steps import round_to_float, rounded_step, rounding_interval

ALL_HALVES = np.arange(2**16, dtype=np.uint16).view(np.float16)
FINITE = np.sort(ALL_HALVES[np.isfinite(ALL_HALVES)])
FLOATS = {name: st.floats(allow_nan=False, allow_infinity=False, width=width)
          for name, width in (("float16", 16), ("float32", 32), ("float64", 64))}


def exact(value):
    return Fraction(float(value))


def nearest_by_search(value, floats):
    """The nearest float, ties to the even bit pattern: by the distance to every one of them."""
    gaps = [abs(exact(f) - value) for f in floats]
    best = min(gaps)
    nearest = [f for f, gap in zip(floats, gaps) if gap == best]
    return next((f for f in nearest if not f.view(np.uint16) & 1), nearest[0])


def test_the_intervals_of_float16_tile_the_line():
    # Every boundary once, closed on exactly one side: no real rounds to two floats, and none to none.
    distinct = FINITE[np.r_[True, FINITE[1:] != FINITE[:-1]]]
    intervals = [rounding_interval(value) for value in distinct]
    for left, right in zip(intervals, intervals[1:]):
        assert left.high == right.low and left.is_closed != right.is_closed
    assert intervals[-1].high == 65520 and not intervals[-1].is_closed  # 65504 is odd: its midpoint overflows
    assert all(interval.low < exact(value) < interval.high for value, interval in zip(distinct, intervals))


@settings(deadline=None, max_examples=150)
@given(FLOATS["float16"], st.fractions(-2, 2, max_denominator=64))
def test_rounding_in_float16_against_a_search(start, units):
    # A point a few units of the start's size, so that midpoints come up.
    base = np.float16(start)
    place = int(np.searchsorted(FINITE, base))
    around = FINITE[max(0, place - 6):place + 8]
    value = exact(base) + units * max(abs(exact(around[-1]) - exact(around[-2])), Fraction(1, 2**24))
    if exact(around[0]) <= value <= exact(around[-1]):
        assert exact(round_to_float(value, "float16")) == exact(nearest_by_search(value, around))
        assert rounding_interval(base).contains(value) is bool(round_to_float(value, "float16") == base)


@pytest.mark.parametrize("name", sorted(FLOATS))
def test_one_exact_operation_of_numpy(name):
    # a - b is rounded once, correctly, by the processor: random pairs of every size, 2000 of them.
    kind, rng = np.dtype(name).type, np.random.default_rng(0)
    limits = np.finfo(name)
    theta = np.ldexp(rng.standard_normal(2000), rng.integers(-20, 12, 2000)).astype(kind)
    units = theta * kind(limits.eps)
    step = (units * rng.choice([0.25, 0.5, 0.75, 1, 0.24, 0.26, 0.49, 0.51, -0.5, -0.25, -0.74], 2000)).astype(kind)
    found = rounded_step(theta, step, 1)
    expected = theta - step == theta
    assert (found.unchanged == expected).all() and 100 < found.unchanged_count < 1900 and not found.undecided.any()
    assert found.float_format == name and found.is_stuck is False
    each = rounded_step(theta, step, Fraction(3, 7), rounding="each")
    assert (each.unchanged == (theta - round_to_float(Fraction(3, 7), name) * step == theta)).all()


@pytest.mark.parametrize("name, half", [("float16", Fraction(1, 2**12)), ("float32", Fraction(1, 2**25)),
                                        ("float64", Fraction(1, 2**54))])
def test_a_power_of_two_has_half_the_room_below(name, half):
    one = np.ones(1, dtype=name)
    below, above = Fraction(half), -2 * half

    def stays(gradient):
        return rounded_step(one, [gradient], 1).is_stuck
    # 1 is even, so both midpoints stay; just beyond them it moves.
    assert stays(below) and stays(above)
    assert not stays(below * Fraction(1001, 1000)) and not stays(above * Fraction(1001, 1000))
    odd = np.nextafter(one, np.inf).astype(name)
    assert rounded_step(odd, [2 * half], 1).is_stuck is False  # a tie goes to the even neighbour
    assert rounded_step(odd, [2 * half * Fraction(999, 1000)], 1).is_stuck


def test_zero_and_subnormals_and_the_largest():
    tiny = Fraction(1, 2**149)
    zero = np.array([0.0, -0.0], dtype=np.float32)
    assert rounded_step(zero, [tiny / 2, -tiny / 2], 1).is_stuck  # the tie goes to 0
    assert rounded_step(zero, [tiny * Fraction(501, 1000), 0], 1).unchanged.tolist() == [False, True]
    subnormal = np.array([float(3 * tiny)], dtype=np.float32)
    assert rounded_step(subnormal, [tiny / 2], 1).is_stuck is False  # 3 is odd
    assert rounded_step(subnormal, [tiny * Fraction(499, 1000)], 1).is_stuck
    largest = np.array([np.finfo(np.float32).max])
    spacing = Fraction(2)**104
    assert rounded_step(largest, [-spacing * Fraction(499, 1000)], 1).is_stuck
    assert rounded_step(largest, [-spacing / 2], 1).is_stuck is False  # it overflows
    assert rounded_step(-largest, [spacing / 2], 1).is_stuck is False


@settings(deadline=None, max_examples=200)
@given(FLOATS["float64"], st.integers(-3, 3))
def test_neighbours_round_to_themselves(value, shift):
    start = np.float64(value)
    with np.errstate(over="ignore"):
        for _ in range(abs(shift)):
            start = np.nextafter(start, np.float64(np.sign(shift) * np.inf))
    if np.isfinite(start):
        assert round_to_float(exact(start)) == start
        interval = rounding_interval(start)
        assert interval.contains(exact(start)) is True
        assert interval.contains(interval.low) is interval.is_closed is interval.contains(interval.high)


def test_rounding_once_and_in_turn_differ():
    # η g = 2^-25 + 2^-60 moves 1 exactly, but the product is rounded to float32 first, and then it is a tie.
    one, slope = np.ones(1, dtype=np.float32), [Fraction(1, 2**25) + Fraction(1, 2**60)]
    assert rounded_step(one, slope, 1).is_stuck is False
    assert rounded_step(one, slope, 1, rounding="each").is_stuck is True
    # A step size that underflows moves nothing in turn; one that overflows moves everything but not 0 by 0.
    assert rounded_step(one, [1], Fraction(1, 2**200), rounding="each").is_stuck
    assert rounded_step(one, [Fraction(1, 2**300)], 2**300, rounding="each").is_stuck is False
    assert rounded_step(one, [Fraction(1, 2**300)], 2**300).is_stuck is False


def test_enclosed_gradients():
    one = np.ones(3, dtype=np.float32)
    half = Real(lambda: arb(2)**-25)
    balls = [Real(arb(0, 2.0**-30)), Real(arb(0, 1.0)), Real(arb(1, 0.5))]
    for rounding in ("once", "each"):
        step = rounded_step(one, balls, 1, rounding=rounding)
        assert step.unchanged.tolist() == [True, False, False] and step.undecided.tolist() == [False, True, False]
        assert step.is_stuck is False
    assert rounded_step(one[:2], balls[:2], 1).is_stuck is None
    # Enclosed, but exactly the midpoint: an exact ball decides.
    assert rounded_step(one[:1], [half], 1).is_stuck is True
    root = Real(2).sqrt()
    assert rounded_step(one[:1], [Fraction(1, 2**26)], root).is_stuck is True  # √2/2^26 < 2^-25
    assert rounded_step(one[:1], [Fraction(1, 2**25)], root).is_stuck is False
    huge = Real(lambda: arb(10)**(10**9))
    assert rounded_step(one[:1], [huge], 1, rounding="each").is_stuck is False


def test_every_kind_of_gradient():
    theta = np.array([[1, 2], [3, 4]], dtype=np.float64)
    for gradient in (RationalArray(np.array([[1, 0], [0, 0]]), 3), [[Fraction(1, 3), 0], [0, 0]],
                     np.array([[0.5, 0], [0, 0]]), np.array([[1, 0], [0, 0]])):
        assert rounded_step(theta, gradient, "1/2").unchanged.tolist() == [[False, True], [True, True]]


def test_bad_input():
    one = np.ones(1)
    for arguments, message in (
            (([1], [0], 1), "'parameters' must be an array of float16, float32 or float64, not int64"),
            ((np.array([np.nan]), [0], 1), "'parameters' must be finite, not nan"),
            ((one, [0, 0], 1), r"'gradient' must have the shape \(1,\) of 'parameters', not \(2,\)"),
            ((one, [0], 0), "'eta' must be above 0, not 0"), ((one, [float("nan")], 1), "'gradient' must be a finite"),
            ((one, [0], float("inf")), "'eta' must be a finite number")):
        with pytest.raises(ParameterError, match=message):
            rounded_step(*arguments)
    with pytest.raises(ParameterError, match="'rounding' must be one of once, each"):
        rounded_step(one, [0], 1, rounding="twice")
    with pytest.raises(ParameterError, match="'float_format' must be float64, that of 'parameters', not float32"):
        rounded_step(one, [0], 1, float_format="float32")
    with pytest.raises(ParameterError, match="'float_format' must be one of"):
        round_to_float(1, "double")
    for value, shown in ((float("nan"), "nan"), (True, "True"), ("one", "one")):
        with pytest.raises(ParameterError, match=f"'value' must be a finite number, not {shown}"):
            round_to_float(value)
    with pytest.raises(ParameterError, match="'eta' must be above 0, not an enclosure that reaches 0"):
        rounded_step(one, [0], Real(arb(0, 1)))
    with pytest.raises(ParameterError, match="'value' must be finite, not inf"):
        rounding_interval(np.float32(np.inf))
    with pytest.raises(ParameterError, match="'value' must be a float16, float32 or float64 number, not 1"):
        rounding_interval(1)
