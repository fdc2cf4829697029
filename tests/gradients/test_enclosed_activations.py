"""σ and σ' at rationals and balls against the activation's own exact values; kinks; what is not decided."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.gradients.enclosed_activations import ActivationEvaluator, Undecided
from theorycheck.networks.activations import Activation, activation_named, step_wise, user_activation
from theorycheck.networks.rationals import from_flint

F = Fraction
NAMES = ["relu", "clipped_relu:1/2", "leaky_relu:1/7", "clip:-1/3,2", "abs", "square", "identity", "zero"]
ACTIVATIONS = [activation_named(name).with_kink_slope("1/3") for name in NAMES] + [
    step_wise("steps", (0, F(1, 2)), (-1, 3, 2))]


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda a: a.name)
@given(t=st.fractions(min_value=-3, max_value=3, max_denominator=6))
def test_rationals_and_balls_agree_with_the_activation(activation: Activation, t: Fraction) -> None:
    point = fmpq(t.numerator, t.denominator)
    exact = ActivationEvaluator(activation, is_enclosed=False).at([point])
    assert from_flint(exact.values[0]) == activation.exact_value(t)
    assert from_flint(exact.slopes[0]) == activation.derivative(t).exact
    breakpoints = activation.form.breakpoints  # type: ignore[attr-defined]
    assert exact.kinks == [t in breakpoints]
    evaluator = ActivationEvaluator(activation, is_enclosed=True)
    from_rational = evaluator.at_rationals([point])
    assert from_rational.kinks == exact.kinks
    pairs = [(from_rational.values[0], exact.values[0]), (from_rational.slopes[0], exact.slopes[0])]
    if t not in breakpoints:
        found = evaluator.at([arb(point)])
        pairs += [(found.values[0], exact.values[0]), (found.slopes[0], exact.slopes[0])]
        assert found.kinks == [False]
    for ball, number in pairs:
        assert ball.contains(number) and ball.rad() < 1e-10


def test_a_ball_across_a_breakpoint_is_not_decided() -> None:
    evaluator = ActivationEvaluator(activation_named("relu"), is_enclosed=True)
    with pytest.raises(Undecided, match="breakpoint"):
        evaluator.at([arb(0, 1e-30)])
    # The exact point is a kink, and is known to be one.
    assert evaluator.at([arb(0)]).kinks == [True]
    assert evaluator.at([arb(1, 0.5)]).slopes[0] == 1


def test_tanh_is_enclosed_and_has_no_kink() -> None:
    evaluator = ActivationEvaluator(activation_named("tanh"), is_enclosed=True)
    for found in (evaluator.at_rationals([fmpq(1, 3)]), evaluator.at([arb(fmpq(1, 3))])):
        assert found.values[0].overlaps(arb(fmpq(1, 3)).tanh())
        assert found.slopes[0].overlaps(1 / arb(fmpq(1, 3)).cosh() ** 2)
        assert found.kinks == [False]
    with pytest.raises(ParameterError, match="rationals to rationals for exact results, not tanh"):
        ActivationEvaluator(activation_named("tanh"), is_enclosed=False)


def test_the_cosine_is_enclosed_and_has_no_kink() -> None:
    evaluator = ActivationEvaluator(activation_named("cosine:1"), is_enclosed=True)
    for found in (evaluator.at_rationals([fmpq(1, 3)]), evaluator.at([arb(fmpq(1, 3))])):
        # (2/π) sin(-π/3) = -√3/π, and cos(-π/3) = 1/2.
        assert found.values[0].overlaps(-arb(3).sqrt() / arb.pi()) and found.values[0].rad() < 1e-10
        assert found.slopes[0].overlaps(arb(0.5)) and found.slopes[0].rad() < 1e-10
        assert found.kinks == [False]
    wide = evaluator.at([arb(1, 2)])  # from -1 to 3: the slope goes from -1 to 1 and back
    assert wide.slopes[0].contains(arb(1)) and wide.slopes[0].contains(arb(-1))
    with pytest.raises(ParameterError, match="rationals to rationals for exact results, not cosine:1"):
        ActivationEvaluator(activation_named("cosine:1"), is_enclosed=False)


def test_a_users_function_is_evaluated_at_rationals_only() -> None:
    hinge = user_activation("mine", lambda t: max(t, F(0)) ** 2, derivative=lambda t: (2 * min(t, F(0)) * 0, 2 * t + 1))
    evaluator = ActivationEvaluator(hinge.with_kink_slope(1), is_enclosed=False)
    assert [from_flint(v) for v in evaluator.at([fmpq(3), fmpq(-1)]).values] == [9, 0]
    assert [from_flint(v) for v in evaluator.at([fmpq(3)]).slopes] == [7]
    with pytest.raises(ParameterError, match="piecewise polynomial, tanh or cosine"):
        ActivationEvaluator(hinge, is_enclosed=True).at([arb(1)])
