"""Closed forms of quadratic activations against the oracle."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, level_weights

from theorycheck.errors import ParameterError
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named
from theorycheck.neurons.neuron import read_neuron
from theorycheck.neurons.quadratic_levels import is_quadratic, quadratic_levels
from theorycheck.neurons.table_levels import table_levels

NUMBERS = st.fractions(-3, 3, max_denominator=4)


@given(st.lists(NUMBERS, min_size=1, max_size=5), NUMBERS, st.lists(NUMBERS, min_size=1, max_size=3))
@settings(deadline=None, max_examples=60)
def test_against_the_oracle(weights, bias, coefficients):
    activation = Activation("mine", PiecewisePolynomial((), (tuple(coefficients),)), None, None)
    n, inside = len(weights), [dot(weights, x) + bias for x in cube_points(len(weights))]
    found = quadratic_levels(read_neuron(weights, bias, activation), range(n + 1), range(n + 1))
    assert [found.value[m].exact for m in range(n + 1)] == level_weights([activation(t).exact for t in inside])
    assert [found.slope[m].exact for m in range(n + 1)] == level_weights(
        [activation.derivative(t).exact for t in inside])
    assert found.kinks == 0


def test_an_irrational_scale_stays_exact():
    neuron = read_neuron([1, 2, 3, 3], "1/2", "square", "1/7")
    quadratic, table = quadratic_levels(neuron, [0, 1], [0, 1, 2]), table_levels(neuron, [0, 1], [0, 1, 2])
    assert [quadratic.value[m].exact for m in range(3)] == [table.value[m].exact for m in range(3)]
    assert [quadratic.slope[m].exact for m in range(2)] == [table.slope[m].exact for m in range(2)]


def test_any_n():
    assert quadratic_levels(read_neuron([1] * 10**5, 0, "square"), [], [2]).value[2].exact == 2 * 10**5 * (10**5 - 1)


def test_others_are_refused():
    assert not is_quadratic(read_neuron([1]))
    with pytest.raises(ParameterError, match="'activation' must be a quadratic polynomial within reach here, not relu"):
        quadratic_levels(read_neuron([1]), [0], [])
    cubic = Activation("cubic", PiecewisePolynomial((), ((Fraction(0), Fraction(0), Fraction(0), Fraction(1)),)), None,
                       None)
    assert not is_quadratic(read_neuron([1], 0, cubic))


@pytest.mark.parametrize("scale", [Fraction(1), Fraction(1, 3), Fraction(2)])
@pytest.mark.parametrize("name", ["relu", "clip:-1,2", "triangle:1", "abs"])
def test_breakpoints_out_of_reach_do_not_count(name, scale):
    # Biases on both sides of every place where a breakpoint comes within reach, and exactly there where √r is rational.
    weights, answers = [1, -2, 2], set()
    for bias in [Fraction(step, 2) for step in range(-20, 21)]:
        neuron = read_neuron(weights, bias, activation_named(name).with_kink_slope("1/3"), scale)
        answers.add(is_quadratic(neuron))
        if is_quadratic(neuron):
            quadratic, table = quadratic_levels(neuron, range(4), range(4)), table_levels(neuron, range(4), range(4))
            for level in range(4):
                assert quadratic.slope[level].exact == table.slope[level].exact
                one, other = quadratic.value[level], table.value[level]
                assert one.exact == other.exact if other.exact is not None else one.enclose().overlaps(other.enclose())
            assert quadratic.kinks == table.kinks == 0
    assert answers == {True, False}


def test_a_breakpoint_exactly_at_the_end_is_within_reach():
    assert [is_quadratic(read_neuron([1, -2, 2], bias)) for bias in (-6, -5, 5, 6)] == [True, False, False, True]
    assert is_quadratic(read_neuron(np.arange(1, 200), 10**9)) and not is_quadratic(read_neuron([0, 0], 0))


@pytest.mark.parametrize("levels", [[True], [1.0], ["1"], 2])
def test_levels_are_integers(levels):
    with pytest.raises(ParameterError, match="'slope_levels' must be a"):
        quadratic_levels(read_neuron([1], 0, "square"), levels, [])
