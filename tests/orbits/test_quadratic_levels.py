"""Closed forms of quadratic activations against the oracle."""
from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, level_weights

from theorycheck.errors import ParameterError
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation
from theorycheck.orbits.neuron import read_neuron
from theorycheck.orbits.quadratic_levels import is_quadratic, quadratic_levels
from theorycheck.orbits.table_levels import table_levels

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
    with pytest.raises(ParameterError, match="'activation' must be a quadratic polynomial here, not relu."):
        quadratic_levels(read_neuron([1]), [0], [])
    cubic = Activation("cubic", PiecewisePolynomial((), ((Fraction(0), Fraction(0), Fraction(0), Fraction(1)),)), None,
                       None)
    assert not is_quadratic(read_neuron([1], 0, cubic))
