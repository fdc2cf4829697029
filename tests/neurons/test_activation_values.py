"""σ at integer sums: exact parts against the activation itself, balls against the exact numbers, ties."""
from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.neurons.activation_values import enclosed_values, exact_parts, kink_sums, rational_root
from theorycheck.neurons.neuron import read_neuron
from theorycheck.rigor import Real, decide

ACTIVATIONS = st.sampled_from(["relu", "clip:-2,2", "abs", "square", "identity", "triangle:3"])
SCALES = st.sampled_from([Fraction(1), Fraction(4, 9), Fraction(1, 2), Fraction(3)])
SUMS = list(range(-6, 7))


@given(ACTIVATIONS, SCALES, st.fractions(-2, 2, max_denominator=4), st.sampled_from([0, 1]),
       st.sampled_from([Fraction(0), Fraction(1, 3)]))
@settings(deadline=None, max_examples=60)
def test_parts_are_the_activation_at_the_pre_activation(name, scale, bias, order, share):
    neuron = read_neuron([2, 4], bias, activation_named(name).with_kink_slope(share), scale)
    parts = exact_parts(neuron, SUMS, order)
    assert parts is not None
    with ctx.workprec(200):
        enclosed = enclosed_values(neuron, SUMS, order)
    for place, (s, ball) in enumerate(zip(SUMS, enclosed)):
        radical = parts.radical[place] if parts.radical else Fraction(0)
        both = Real(parts.rational[place]) + Real(parts.radicand).sqrt() * radical
        root = rational_root(scale)
        if root is not None:
            t = root * 2 * s + bias
            expected = neuron.activation.derivative(t) if order else neuron.activation(t)
            assert radical == 0 and parts.rational[place] == expected.exact
        assert both.enclose(200).overlaps(ball)
        assert ball.rad() < arb(2)**-150


def test_an_irrational_scale_meets_its_kink_at_zero_alone():
    # √2·s = 1 for no s; with b equal to the breakpoint, s = 0 is on it.
    neuron = read_neuron([1, 1], 0, activation_named("relu").with_kink_slope("1/2"), 2)
    assert exact_parts(neuron, [-1, 0, 1], 1).rational == [0, Fraction(1, 2), 1]
    assert kink_sums(neuron, [-1, 0, 1]) == {0}
    assert kink_sums(read_neuron([1, 1], -1, "relu", 2), SUMS) == set()
    assert kink_sums(read_neuron([1, 1], -2, "relu", 4), SUMS) == {1}


def test_a_near_tie_is_decided_by_precision():
    # √2·10^40·s + b with b within 10^-41 of -√2·10^40: the ball at 64 bits contains the breakpoint.
    near = Fraction(141421356237309504880168872420969807856967187537694807317667973799073247846210, 10**77) * 10**40
    neuron = read_neuron([10**40, 10**40], -near, "relu", 2)
    with ctx.workprec(64):
        assert enclosed_values(neuron, [1], 1)[0] in (arb(0), arb(1))
    exact = exact_parts(neuron, [1], 1).rational[0]
    assert exact == (1 if decide(Real(2).sqrt() * 10**40, ">", near) else 0)


def test_what_is_not_rational_has_no_exact_parts():
    assert exact_parts(read_neuron([1], activation="tanh"), [0, 1], 0) is None
    assert exact_parts(read_neuron([1], activation="cosine:1"), [-1, 1], 1).rational == [-1, 1]
    assert exact_parts(read_neuron([1], activation="cosine:1", squared_scale=2), [1], 1) is None
    assert kink_sums(read_neuron([1], activation="tanh"), [0]) is None


def test_a_users_activation_needs_a_rational_scale():
    cube = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t * t)
    assert exact_parts(read_neuron([1], 1, cube, "1/4"), [2], 1).rational == [12]
    with pytest.raises(ParameterError, match="to be followed by enclosures, not cube"):
        enclosed_values(read_neuron([1], 1, cube, "1/2"), [2], 0)
