"""Smooth activations: values and slopes against other definitions, exact points, enclosures and rounding errors."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.networks.activations import activation_named
from theorycheck.networks.smooth_forms import CosineSlope, HyperbolicTangent, SmoothForm
from theorycheck.rigor import decide

F = Fraction
FORMS: list[SmoothForm] = [HyperbolicTangent(), CosineSlope(0), CosineSlope(3), CosineSlope(1000)]
rationals = st.fractions(-50, 50, max_denominator=60)


def ball(t: Fraction) -> arb:
    return arb(fmpq(t.numerator, t.denominator))


def test_hyperbolic_tangent_is_enclosed() -> None:
    form = HyperbolicTangent()
    assert form.value(F(0)).exact == 0
    # tanh(1/2) = (e-1)/(e+1).
    e = arb(1).exp()
    assert form.value(F(1, 2)).enclose(128).overlaps((e - 1) / (e + 1))
    assert decide(form.value(F(1, 2)), "<", F(462118, 10**6)) is True
    left, right = form.slopes(F(1, 3))
    square = arb(fmpq(1, 3)).tanh() ** 2
    assert left.enclose(64).overlaps(1 - square) and right is left
    assert form.on_array(np.array([0.0]))[0] == 0.0
    assert form.slopes_on_array(np.array([0.0]))[0][0] == 1.0


@given(rationals, st.integers(0, 30))
def test_cosine_follows_the_definition(t: Fraction, phase: int) -> None:
    form = CosineSlope(phase)
    angle = arb.pi() * ball(t - phase) / 2
    left, right = form.slopes(t)
    assert left is right
    value, slope = form.value(t).enclose(200), left.enclose(200)
    assert abs(value - 2 * angle.sin() / arb.pi()) < 1e-12 and abs(slope - angle.cos()) < 1e-12  # 53-bit balls


@pytest.mark.parametrize("count", range(7))
def test_slopes_at_sums_of_signs_are_their_products(count: int) -> None:
    form = CosineSlope(count)
    for negatives in range(count + 1):
        s = F(count - 2 * negatives)
        assert form.slopes(s)[0].exact == (-1)**negatives and form.value(s).exact == 0
        assert form.slopes(s + 1)[0].exact == 0  # odd multiples of a quarter turn
    floats = np.array([count - 2.0 * negatives for negatives in range(count + 1)])
    assert form.slopes_on_array(floats)[0].tolist() == [(-1)**negatives for negatives in range(count + 1)]
    assert form.on_array(floats).tolist() == [0] * (count + 1)
    assert form.slopes_on_array(floats + 1)[0].tolist() == [0] * (count + 1)


def test_rational_cosines_are_exact_and_the_others_are_not_rational() -> None:
    form = CosineSlope(0)
    expected = [1, None, F(1, 2), 0, F(-1, 2), None, -1, None, F(-1, 2), 0, F(1, 2), None]
    for place, value in enumerate(expected):  # cos of multiples of 30 degrees, and turns of them
        for turn in (0, 12, -24, 12 * 10**40):
            assert form.slopes(F(place + turn, 3))[0].exact == value
    # (2/π) sin(π/6) = 1/π: the sine is rational, the value is not.
    assert form.value(F(1, 3)).exact is None and form.value(F(1, 3)).enclose(64).overlaps(1 / arb.pi())


def test_huge_arguments_lose_no_digit() -> None:
    form = CosineSlope(1)
    near, far = form.value(F(3, 2)), form.value(F(3, 2) + 4 * 10**300)
    assert far.enclose(128).overlaps(near.enclose(128)) and far.enclose(128).rad() < 1e-30


@pytest.mark.parametrize("form", FORMS, ids=repr)
@given(t=rationals, radius=st.sampled_from([0.0, 1e-9, 0.25]))
def test_balls_contain_values_and_slopes(form: SmoothForm, t: Fraction, radius: float) -> None:
    values, slopes = form.balls(arb(fmpq(t.numerator, t.denominator), radius))
    with ctx.workprec(200):
        middle = form.balls(ball(t))
    for inside, outside, also in ((form.value(t), values, middle[0]), (form.slopes(t)[0], slopes, middle[1])):
        assert outside.contains(also) and inside.enclose(200).overlaps(also)
        assert also.rad() < 1e-50


@pytest.mark.parametrize("form", FORMS, ids=repr)
@given(t=st.floats(-1e6, 1e6))
def test_rounding_errors_are_bounded(form: SmoothForm, t: float) -> None:
    points = np.array([t])
    reach, pairs = np.abs(points), []
    pairs.append((form.on_array(points)[0], form.value(F(t)), form.value_error(reach)[0]))
    pairs.append((form.slopes_on_array(points)[0][0], form.slopes(F(t))[0], form.slope_error(reach)[0]))
    for computed, true, error in pairs:
        assert decide(true - F(float(computed)), "<=", F(float(error))) is True
        assert decide(true - F(float(computed)), ">=", -F(float(error))) is True


@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_rounding_errors_are_not_far_too_large(form: SmoothForm) -> None:
    reach = np.array([0.0, 10.0])
    assert (form.value_error(reach) < 2e-13).all() and (form.slope_error(reach) < 2e-13).all()
    assert (form.value_error(np.array([1e300])) <= 2).all() and (form.slope_error(np.array([1e300])) <= 2).all()


@pytest.mark.parametrize("form", FORMS, ids=repr)
@given(s=rationals, t=rationals)
def test_the_constants_bound_the_form(form: SmoothForm, s: Fraction, t: Fraction) -> None:
    def at(point: Fraction) -> Any:
        return form.value(point).enclose(), form.slopes(point)[0].enclose()
    (value, slope), (other_value, other_slope), distance = at(s), at(t), abs(ball(s - t))
    slack = 1e-12  # balls here have 53 bits, and numbers below 200
    assert abs(value) <= form.size + slack and abs(slope) <= form.steepness + slack
    assert abs(value - other_value) <= form.steepness * distance + slack
    assert abs(slope - other_slope) <= form.slope_lipschitz * distance + slack


def test_the_size_of_the_cosine_is_just_above_the_supremum() -> None:
    bound = activation_named("cosine:3").bound
    assert bound is not None
    assert arb(2) / arb.pi() < ball(bound) < arb(2) / arb.pi() + 1e-4
    assert CosineSlope.size >= float(bound) - 1e-3 and decide(CosineSlope(3).value(F(4)), "<=", bound) is True
    assert not CosineSlope(3).is_rational


def test_a_slope_of_tanh_far_out_is_a_number():
    for t in (Fraction(10**30), Fraction(-10**300), Fraction(200)):
        left, right = HyperbolicTangent().slopes(t)
        ball = left.enclose(128)
        assert ball.is_finite() and ball.contains(0) or 0 < ball < 1e-100
        assert ball.upper() < arb("1e-100") and right.enclose(128).is_finite()
