"""Activation forms: exact values against definitions, one-sided slopes, and exact arithmetic near the 64-bit edge."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.activation_forms import PiecewisePolynomial, UserForm
from theorycheck.rigor import Real, decide

F = Fraction
RELU = PiecewisePolynomial((F(0),), ((F(0),), (F(0), F(1))))
# t² below -1/2, 3t+1 up to 2/3, -t³ beyond.
MIXED = PiecewisePolynomial((F(-1, 2), F(2, 3)), ((F(0), F(0), F(1)), (F(1), F(3)), (F(0), F(0), F(0), F(-1))))

rationals = st.fractions(min_value=-5, max_value=5, max_denominator=60)


def mixed(t: Fraction) -> Fraction:
    return t * t if t < F(-1, 2) else 3 * t + 1 if t < F(2, 3) else -t**3


@given(rationals)
def test_piecewise_values_follow_the_definition(t: Fraction) -> None:
    assert MIXED.value(t).exact == mixed(t)


def test_a_breakpoint_belongs_to_its_right() -> None:
    assert MIXED.value(F(-1, 2)).exact == F(-1, 2)
    assert MIXED.value(F(2, 3)).exact == F(-8, 27)


@given(st.lists(st.integers(-200, 200), min_size=1, max_size=8), st.integers(1, 50))
def test_integer_arithmetic_agrees_with_rational(numerators: list[int], denominator: int) -> None:
    values, scale = MIXED.on_numerators(np.array(numerators), denominator)
    assert [F(int(v), scale) for v in values] == [mixed(F(p, denominator)) for p in numerators]


@pytest.mark.parametrize("size", [2**20, 2**31, 2**62])
def test_integer_arithmetic_does_not_overflow(size: int) -> None:
    numerators = np.array([size, -size, size - 1], dtype=np.int64)
    values, scale = MIXED.on_numerators(numerators, 7)
    assert [F(int(v), scale) for v in values] == [mixed(F(int(p), 7)) for p in numerators]


def test_small_numbers_stay_in_int64() -> None:
    assert RELU.on_numerators(np.array([-3, 5]), 2)[0].dtype == np.int64


@given(rationals)
def test_slopes_are_those_of_the_neighbouring_pieces(t: Fraction) -> None:
    left, right = (slope.exact for slope in MIXED.slopes(t))
    tiny = F(1, 10**9)
    assert left is not None and right is not None
    # The pieces are smooth with second derivative at most 30 in size here, so a difference is off by 30·tiny at most.
    assert abs((mixed(t + tiny + tiny) - mixed(t + tiny)) / tiny - right) < 100 * tiny or t in MIXED.breakpoints
    assert (left == right) or t in MIXED.breakpoints


def test_one_sided_slopes_at_the_breakpoints() -> None:
    assert [tuple(s.exact for s in MIXED.slopes(b)) for b in MIXED.breakpoints] == [(-1, 3), (3, F(-4, 3))]


def test_float_values_and_slopes() -> None:
    points = np.array([-2.0, -0.5, 0.0, 0.25, 1.0])
    expected = [float(mixed(F(t))) for t in points.tolist()]
    assert np.allclose(MIXED.on_array(points), expected, rtol=1e-15)  # a few float operations each
    left, right = MIXED.slopes_on_array(np.array([-0.5, 1.0]))
    assert (left.tolist(), right.tolist()) == ([-1.0, -3.0], [3.0, -3.0])


@pytest.mark.parametrize("breakpoints, pieces, text", [
    ((F(0),), ((F(1),),), "'coefficients' must have 2 pieces, not 1."),
    ((F(1), F(1)), ((F(1),),) * 3, "'breakpoints' must increase strictly, not"),
])
def test_malformed_pieces(breakpoints: tuple, pieces: tuple, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        PiecewisePolynomial(breakpoints, pieces)


def test_user_form_reads_numbers_pairs_and_balls() -> None:
    form = UserForm(lambda t: 2 * t, lambda t: (F(1), F(2)), None, None, True)
    assert form.value(F(1, 3)).exact == F(2, 3)
    assert [s.exact for s in form.slopes(F(0))] == [1, 2]
    assert form.on_array(np.array([[0.5, 1.5]])).tolist() == [[1.0, 3.0]]
    assert form.slopes_on_array(np.array([0.5]))[1].tolist() == [2.0]
    ball = UserForm(lambda t: Real(lambda: arb(2).sqrt()), None, np.sqrt, np.cbrt, False)
    assert decide(ball.value(F(0)), "<", F(142, 100)) is True
    assert ball.on_array(np.array([4.0]))[0] == 2.0
    assert ball.slopes_on_array(np.array([8.0]))[0][0] == 2.0
    with pytest.raises(ParameterError, match="'derivative' must be given"):
        ball.slopes(F(0))


@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.uint16])
def test_narrow_integers_do_not_overflow(dtype: type) -> None:
    square = PiecewisePolynomial((), ((F(0), F(0), F(1)),))
    assert square.on_numerators(np.array([100], dtype=dtype), 1)[0].tolist() == [10**4]
    assert square.on_numerators(np.array([10**6], dtype=np.int32), 1)[0].tolist() == [10**12]
    with pytest.raises(ParameterError, match="'numerators' must be integers, not float64."):
        square.on_numerators(np.array([0.5]), 1)


def test_the_empty_polynomial_is_zero() -> None:
    numerators, denominator = PiecewisePolynomial((), ((),)).on_numerators(np.array([1, 2]), 3)
    assert numerators.tolist() == [0, 0] and isinstance(denominator, int)


def test_user_answers_of_the_wrong_shape() -> None:
    form = UserForm(abs, lambda t: (0, 1, 2), lambda t: np.zeros(3), lambda t: np.zeros(3), True)
    with pytest.raises(ParameterError, match=r"'derivative' must return a number or a pair \(left, right\), not 3."):
        form.slopes(F(1))
    for call, name in ((form.on_array, "on_array"), (form.slopes_on_array, "array_derivative")):
        with pytest.raises(ParameterError, match=rf"'{name}' must return an array of shape \(2, 2\), not \(3,\)."):
            call(np.zeros((2, 2)))
