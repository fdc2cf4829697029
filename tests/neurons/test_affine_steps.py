from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear
from theorycheck.neurons.affine_steps import AffineSteps, ValueParts, affine_steps, slope_function, value_parts
from theorycheck.neurons.neuron import IntegerSteps, read_neuron
from theorycheck.rigor import decide

STEP = piecewise_linear("step", (0,), ((0, 0), (1, 0)))
ACTIVATIONS = (STEP, *map(activation_named, ("relu", "clip:-1,1", "abs", "leaky_relu:1/3", "identity", "zero")))
small = st.fractions(-4, 4, max_denominator=3)


@st.composite
def integer_steps(draw):
    starts = tuple(sorted(draw(st.sets(st.integers(-5, 5), max_size=4))))
    return IntegerSteps(starts, tuple(draw(small) for _ in range(len(starts) + 1)))


@given(integer_steps(), integer_steps(), small)
def test_two_steps_are_put_together(intercept, rise, factor):
    function = affine_steps(intercept, rise, factor)
    for s in range(-8, 9):
        assert function(s) == intercept(s) + factor * rise(s) * s
        # The changes say the same: a sum of thresholds on top of the first piece.
        total = function.intercepts[0] + function.rises[0] * s + sum(
            constant + slope * s for start, constant, slope in function.changes if s >= start)
        assert Fraction(total, function.denominator) == function(s)


def test_without_a_rise_the_function_is_constant_between_starts():
    steps = IntegerSteps((0,), (Fraction(1, 2), Fraction(1, 3)))
    assert affine_steps(steps) == AffineSteps((0,), (3, 2), (0, 0), 6)


@pytest.mark.parametrize("function, is_zero", [
    (AffineSteps((), (0,), (0,), 1), True), (AffineSteps((0,), (0, 1), (0, 0), 1), False),
    (AffineSteps((0,), (0, 0), (0, 1), 1), False)])
def test_zero_is_noticed(function, is_zero):
    assert function.is_zero is is_zero


@given(st.lists(small, min_size=1, max_size=3), small, st.sampled_from(ACTIVATIONS),
       st.sampled_from([Fraction(1), Fraction(4, 9), Fraction(2), Fraction(1, 3)]))
def test_the_parts_add_up_to_the_activation(weights, bias, activation, square):
    neuron = read_neuron(weights, bias, activation, square)
    parts, slope = value_parts(neuron), slope_function(neuron)
    for s in range(-neuron.reach, neuron.reach + 1):
        assert slope(s) == neuron.pieces.slope(s)
        values = [function(s) for function in parts.functions]
        constant, rise = neuron.pieces.intercept(s), neuron.pieces.rise(s) * s
        if len(values) == 2:
            assert values == [constant, rise] and parts.squared_scale == square
        else:  # √(its scale) times the one function is the value
            lone = values[0]**2 * parts.squared_scale
            assert decide((parts.weight((values[0]**2,))), "==", lone) is True
            root = {Fraction(1): Fraction(1), Fraction(4, 9): Fraction(2, 3)}.get(square)
            assert lone == ((constant + root * rise)**2 if root else constant**2 + square * rise**2)
            assert root or constant == 0 or rise == 0


def test_a_weight_is_exact_unless_the_mixed_term_needs_the_root():
    parts = ValueParts((AffineSteps((), (1,), (0,), 1), AffineSteps((), (0,), (1,), 1)), Fraction(1, 2))
    assert parts.pairs == ((0, 0), (1, 1), (0, 1))
    assert parts.weight((Fraction(1), Fraction(3), Fraction(0))).exact == Fraction(5, 2)
    mixed = parts.weight((Fraction(1), Fraction(3), Fraction(1)))  # 5/2 + √2 = 3.914...
    assert mixed.exact is None
    assert decide(mixed, ">", Fraction(3914, 1000)) and decide(mixed, "<", Fraction(3915, 1000))


def test_an_activation_that_is_not_piecewise_linear_is_refused():
    with pytest.raises(ParameterError, match="'activation' must be piecewise linear here, not tanh."):
        slope_function(read_neuron([1], 0, "tanh"))
    with pytest.raises(ParameterError, match="'activation' must be piecewise linear here, not square."):
        value_parts(read_neuron([1], 0, "square"))
