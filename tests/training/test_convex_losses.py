"""Losses of online gradient descent: values, subgradients, kinks, and what is refused."""
from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.rigor import Real, decide
from theorycheck.training.convex_losses import (AbsoluteLoss, ConvexLoss, HingeLoss, LinearLoss, QuadraticLoss,
                                                UserLoss, convexity_witness, inner_product, number, sign_of, vector)

numbers = st.fractions(-3, 3, max_denominator=4)
pairs = st.tuples(numbers, numbers)
losses = st.one_of(
    st.builds(LinearLoss, pairs, numbers), st.builds(AbsoluteLoss, pairs, numbers, st.fractions(-1, 1)),
    st.builds(HingeLoss, pairs, numbers, st.fractions(0, 1)),
    st.builds(QuadraticLoss, pairs, numbers, st.fractions(0, 3)))


@given(losses, st.lists(pairs, min_size=2, max_size=4))
def test_every_subgradient_supports_its_loss(loss: ConvexLoss, points: list) -> None:
    assert convexity_witness(loss, points) is None
    for x in points:
        for y in points:
            step = tuple(b - a for a, b in zip(x, y))
            assert loss.value(y) >= loss.value(x) + inner_product(loss.subgradient(x), step)


@given(st.sampled_from([LinearLoss, AbsoluteLoss, HingeLoss, QuadraticLoss]), pairs, numbers, pairs)
def test_values_are_those_of_the_formula(kind: type, a: tuple, b: F, x: tuple) -> None:
    inside = a[0] * x[0] + a[1] * x[1] - b
    expected = {LinearLoss: inside, AbsoluteLoss: max(inside, -inside), HingeLoss: max(0, 1 - inside),
                QuadraticLoss: inside ** 2}[kind]
    assert kind(a, b).value(x) == expected


def test_kinks_take_the_slope_that_was_chosen() -> None:
    assert AbsoluteLoss([3]).subgradient((F(0),)) == (0,)
    assert AbsoluteLoss([3], 0, "-1/3").subgradient((F(0),)) == (-1,)
    assert HingeLoss([2]).subgradient((F(1, 2),)) == (0,)
    assert HingeLoss([2], 0, 1).subgradient((F(1, 2),)) == (-2,)
    assert HingeLoss([2], 1, 1).subgradient((F(1, 2),)) == (-2,) and HingeLoss([2]).subgradient((F(1),)) == (0,)


def test_a_hinge_slope_outside_its_range_would_not_support_the_loss() -> None:
    wrong = UserLoss(HingeLoss([1]).value, lambda point: [F(-2)])
    x, y = convexity_witness(wrong, [[1], [0]]) or ((), ())
    assert (x, y) == ((1,), (0,))


def test_a_concave_function_is_found_out() -> None:
    concave = UserLoss(lambda x: -x[0] ** 2, lambda x: [-2 * x[0]], "concave")
    assert convexity_witness(concave, [[0], [1]]) is not None
    assert convexity_witness(concave, [[1]]) is None


@pytest.mark.parametrize("loss, value, slope", [
    (LinearLoss([2], 1), 2 * 2**0.5 - 1, 2), (AbsoluteLoss([1], 2), 2 - 2**0.5, -1), (HingeLoss([1]), 0, 0),
    (HingeLoss([1], 1), 2 - 2**0.5, -1), (QuadraticLoss([1], 0, 2), 4, 4 * 2**0.5)])
def test_enclosed_points(loss: ConvexLoss, value: float, slope: float) -> None:
    root = Real(2).sqrt()
    close = F(1, 10**12)  # the reference is a float64 expression: a few units of 2^-52
    assert decide(abs_(Real(loss.value((root,))) - F(value)), "<", close) is True
    assert decide(abs_(Real(loss.subgradient((root,))[0]) - F(slope)), "<", close) is True


def abs_(value: Real) -> Real:
    return Real(lambda: abs(value.enclose(256)))


def test_an_undecided_kink_says_what_to_do() -> None:
    with pytest.raises(ParameterError, match="'precision' must be larger: the sign of 1 - margin is not decided"):
        HingeLoss([1]).subgradient((Real(arb(1, 1e-9)),))
    assert sign_of(Real(arb(0)), "zero") == 0 and sign_of(Real(2).sqrt(), "root") == 1
    assert sign_of(-Real(2).sqrt(), "root") == -1


def test_reading() -> None:
    assert number(Real(F(1, 3)), "x") == F(1, 3)
    # An array of floats is its dyadic numbers, a Python float its shortest decimal.
    assert vector(np.array([0.1]), "x") == (F(0.1),) and vector([0.1], "x") == (F(1, 10),)
    assert vector(np.array([F(1, 3), 2], dtype=object), "x") == (F(1, 3), 2)


@pytest.mark.parametrize("call, message", [
    (lambda: vector([], "x"), "'x' must be a vector of at least one number."),
    (lambda: vector("12", "x"), "'x' must be a vector of at least one number."),
    (lambda: vector(3, "x"), "'x' must be a vector of at least one number."),
    (lambda: vector([[1, 2]], "x"), "'x' must be a vector of at least one number."),
    (lambda: vector(np.ones((2, 2)), "x"), "'x' must be a vector of at least one number."),
    (lambda: vector([1, 2], "x", 3), "'x' must have 3 entries, not 2."),
    (lambda: vector([True], "x"), "'x' must be a finite number, not True."),
    (lambda: vector(np.array([np.nan]), "x"), "'x' must be finite, not nan."),
    (lambda: number(float("inf"), "x"), "'x' must be a finite number, not inf."),
    (lambda: number(arb("nan"), "x"), "'x' must be a finite number; its enclosure is not finite."),
    (lambda: HingeLoss([1], 0, 2), "'hinge_slope' must be at least 0 and at most 1, not 2."),
    (lambda: AbsoluteLoss([1], 0, -2), "'kink_slope' must be at least -1 and at most 1, not -2."),
    (lambda: QuadraticLoss([1], 0, -1), "'scale' must be at least 0, not -1."),
    (lambda: LinearLoss([1, 2]).value((F(1),)), "'point' must have 2 entries, not 1."),
    (lambda: LinearLoss([1, 2]).subgradient((F(1),)), "'point' must have 2 entries, not 1."),
    (lambda: UserLoss(3, 4), "'function' must be callable, not 3."),
    (lambda: UserLoss(abs, 4), "'gradient' must be callable, not 4."),
    (lambda: UserLoss(abs, lambda x: [1, 2]).subgradient((F(1),)), "'gradient' must have 1 entries, not 2."),
    (lambda: UserLoss(lambda x: "big", abs).value((F(1),)), "'function' must be a finite number, not big.")])
def test_bad_input(call, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
