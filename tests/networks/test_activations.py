"""Activations by name: values, constants, the slope at kinks, and what is refused."""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear, step_wise, user_activation
from theorycheck.rigor import decide

F = Fraction
rationals = st.fractions(min_value=-4, max_value=4, max_denominator=40)
DEFINITIONS = {
    "relu": lambda t: max(t, F(0)),
    "clipped_relu:1/2": lambda t: min(max(t, F(0)), F(1, 2)),
    "leaky_relu:1/100": lambda t: t if t >= 0 else t / 100,
    "clip:-2,2": lambda t: max(F(-2), min(F(2), t)),
    "abs": abs,
    "square": lambda t: t * t,
    "identity": lambda t: t,
    "zero": lambda t: F(0),
}
# name: (bound, Lipschitz constant)
CONSTANTS = {"relu": (None, 1), "clipped_relu:1/2": (F(1, 2), 1), "leaky_relu:1/100": (None, 1), "clip:-2,3": (3, 1),
             "abs": (None, 1), "square": (None, None), "identity": (None, 1), "zero": (0, 0), "tanh": (1, 1),
             "cosine:3": (F(212, 333), 1), "triangle:3": (1, 1), "peaks:3": (1, 1), "peaks:0": (1, 0)}


@pytest.mark.parametrize("name", DEFINITIONS)
@given(t=rationals)
def test_values_follow_the_definition(name: str, t: Fraction) -> None:
    activation = activation_named(name)
    assert activation(t).exact == DEFINITIONS[name](t) == activation.exact_value(t)
    values, scale = activation.on_numerators(np.array([t.numerator]), t.denominator)
    assert F(int(values[0]), scale) == DEFINITIONS[name](t)


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants(name: str) -> None:
    activation = activation_named(name)
    assert (activation.bound, activation.lipschitz) == CONSTANTS[name]


@pytest.mark.parametrize("name", [name for name, (bound, _) in CONSTANTS.items() if bound is not None])
@given(t=rationals)
def test_bounds_hold(name: str, t: Fraction) -> None:
    activation = activation_named(name)
    assert activation.bound is not None
    assert decide(activation(t), "<=", activation.bound) is True
    assert decide(activation(t), ">=", -activation.bound) is True


@given(rationals, rationals)
def test_lipschitz_constant_holds_and_is_attained(s: Fraction, t: Fraction) -> None:
    leaky = activation_named("leaky_relu:-3")
    assert leaky.lipschitz == 3
    assert abs(leaky.exact_value(s) - leaky.exact_value(t)) <= 3 * abs(s - t)
    assert leaky.exact_value(F(-1)) - leaky.exact_value(F(0)) == 3


def test_slope_at_zero_is_a_choice() -> None:
    relu = activation_named("relu")
    assert relu.derivative(0).exact == 0
    assert relu.with_kink_slope("1/3").derivative(0).exact == F(1, 3)
    assert relu.with_kink_slope("1/3").derivative(F(-1, 9)).exact == 0
    assert relu.with_kink_slope("1/3").derivative(F(1, 9)).exact == 1
    assert activation_named("abs").with_kink_slope(F(1, 2)).derivative(0).exact == 0
    assert relu.with_kink_slope(1).derivative_on_array(np.array([-1.0, 0.0, 1.0])).tolist() == [0, 1, 1]


@pytest.mark.parametrize("share", [-1, 2, "nan"])
def test_slope_out_of_range(share: object) -> None:
    with pytest.raises(ParameterError, match="'kink_slope' must be"):
        activation_named("relu").with_kink_slope(share)


def test_tanh_is_not_rational() -> None:
    tanh = activation_named("tanh")
    assert not tanh.is_rational and activation_named("relu").is_rational
    assert tanh(F(1, 3)).exact is None
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh does not at 1/3"):
        tanh.exact_value(F(1, 3))
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh"):
        tanh.on_numerators(np.array([1, 2]), 3)


@pytest.mark.parametrize("name, text", [
    ("swish", "'activation' must be one of relu, clipped_relu:CAP, .*, zero, not 'swish'"),
    (3, "'activation' must be one of relu"),
    ("clipped_relu", "'activation' clipped_relu needs CAP, as in clipped_relu:1/2"),
    ("clip:1", "'activation' clip needs LOW,HIGH, as in clip:-2,2"),
    ("clip:2,-2", "'activation' clip must have its low end below its high end, not 2,-2"),
    ("clipped_relu:0", "'activation' clipped_relu must have a cap above 0, not 0"),
    ("relu:1", "'activation' relu takes no numbers"),
    ("cosine", "'activation' cosine needs R, as in cosine:3"),
    ("cosine:1/2", "'activation' cosine must have a whole R, at least 0 and at most 10000, not 1/2"),
    ("triangle:-1", "'activation' triangle must have a whole R, at least 0 and at most 10000, not -1"),
    ("peaks:10001", "'activation' peaks must have a whole R, at least 0 and at most 10000, not 10001"),
    ("peaks:1,2", "'activation' peaks needs R, as in peaks:3"),
    ("clip:a,b", "'activation' must be a finite number, not a"),
])
def test_bad_names(name: str, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        activation_named(name)


def test_equal_names_are_equal_and_hashable() -> None:
    assert activation_named("clip:-2,2") == activation_named("clip:-2,2")
    assert hash(activation_named("relu")) == hash(activation_named("relu"))
    assert activation_named("clipped_relu:1/2") != activation_named("clipped_relu:1/3")


def test_step_wise() -> None:
    steps = step_wise("steps", (-1, "1/2"), (3, -1, 2))
    assert [steps(t).exact for t in (-2, -1, 0, F(1, 2), 5)] == [3, -1, -1, 2, 2]
    assert (steps.bound, steps.lipschitz) == (3, None)
    assert steps.derivative(F(1, 2)).exact == 0


def test_bound_sees_both_sides_of_a_jump() -> None:
    # Rises to -5 just left of 0 and never gets there on the right.
    jump = piecewise_linear("jump", (-1, 0), ((0, 0), (-5, -5), (0, 0)))
    assert jump.bound == 5


def test_user_activation() -> None:
    cube = user_activation("cube", lambda t: t**3, bound="8", lipschitz=12, derivative=lambda t: 3 * t * t)
    assert (cube.bound, cube.lipschitz, cube.derivative(F(1, 2)).exact) == (8, 12, F(3, 4))
    values, scale = cube.on_numerators(np.array([[1, 2], [2, -3]]), 2)
    assert [F(int(v), scale) for v in values.ravel()] == [F(1, 8), 1, 1, F(-27, 8)]
    with pytest.raises(ParameterError, match="'function' must be callable"):
        user_activation("nothing", 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("make, text", [
    (lambda: user_activation("f", abs, derivative=3), "'derivative' must be callable, not 3."),  # type: ignore
    (lambda: user_activation("f", None), "'function' must be callable, not None."),  # type: ignore[arg-type]
    (lambda: user_activation("f", abs, bound=-1), "'bound' must be at least 0, not -1."),
    (lambda: user_activation("f", abs, lipschitz="-1/2"), "'lipschitz' must be at least 0, not -1/2."),
    (lambda: piecewise_linear("f", (0,), ((0, 1), (0,))), r"must be pairs \(intercept, slope\)."),  # type: ignore
    (lambda: activation_named("clipped_relu:-1e9999"), "a cap above 0, not a number of more than 4300 digits."),
    (lambda: activation_named("clip:1e9999,2"), "its low end below its high end, not a number of more than"),
    (lambda: activation_named("relu").with_kink_slope("1e9999"), "at most 1, not a number of more than 4300")])
def test_misuse_has_one_clear_line(make: Callable[[], object], text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        make()
