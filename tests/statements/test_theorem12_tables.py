"""One neuron at every point of a small cube, straight from the definition and not from what the orbits room does."""
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orbit_oracles import levels, relu_neuron

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.neurons.neuron import read_neuron
from theorycheck.statements.theorem12_tables import listed_level_weight, root_of, slope_and_value, tables

WEIGHTS = st.lists(st.fractions(-3, 3, max_denominator=4), min_size=1, max_size=4)
SLOPES = ("relu", "clipped_relu:1", "leaky_relu:1/3", "clip:-1,2", "abs", "identity", "triangle:2", "peaks:3", "zero")


@settings(max_examples=40, deadline=None)
@given(WEIGHTS, st.fractions(-2, 2, max_denominator=2), st.sampled_from(SLOPES), st.sampled_from([1, "1/4", "4/9"]))
def test_values_and_slopes_are_those_of_the_activation(weights, bias, name, scale):
    activation = activation_named(name).with_kink_slope("1/3")
    neuron = read_neuron(weights, bias, activation, scale)
    table, root = tables(neuron), root_of(neuron)
    for point, slope, value in zip(table.points.tolist(), table.slopes, table.values):
        inner = root * sum(w * x for w, x in zip(weights, point)) + bias
        assert slope == activation.derivative(inner).exact and value == activation(inner).exact


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(1, 5), Fraction(3)])
@pytest.mark.parametrize("bias", [Fraction(0), Fraction(1, 2), Fraction(-7, 5)])
def test_an_irrational_scale_is_decided_by_squares(scale, bias):
    neuron = read_neuron([1, 2, -1], bias, "relu", scale)
    sums = np.array([-4, -2, 0, 2, 4])
    slope, intercept, rise = slope_and_value(neuron, sums)
    # No sum but 0 is near a kink, so floats tell the sign here.
    inner = float(scale)**0.5 * sums + float(bias)
    assert slope.to_float64().tolist() == [float(t > 0) for t in inner]
    values = intercept.to_float64() + float(scale)**0.5 * rise.to_float64()
    assert np.allclose(values, np.maximum(inner, 0), rtol=0, atol=1e-12)  # rounding of a few operations on numbers < 10


def test_a_kink_at_an_irrational_distance_is_no_tie():
    # sqrt(2)*s + b is never 0 for rational b, and sqrt(4)*1-2 is.
    near = read_neuron([1], Fraction(-14142135623730951, 10**16), activation_named("relu").with_kink_slope("1/2"), 2)
    assert slope_and_value(near, np.array([1]))[0].fractions() == [0]  # sqrt(2) = 1.41421356237309504...
    tied = read_neuron([1], -2, activation_named("relu").with_kink_slope("1/2"), 4)
    assert slope_and_value(tied, np.array([1]))[0].fractions() == [Fraction(1, 2)]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=4), st.fractions(-1, 1, max_denominator=2))
def test_listed_level_weights_against_the_oracle(weights, bias):
    table = tables(read_neuron(weights, bias))
    slopes, values = levels(relu_neuron(weights, bias))
    n = len(weights)
    assert [listed_level_weight(table.points, table.slopes, level) for level in range(n + 1)] == slopes
    found = [listed_level_weight(table.points, table.values, level) for level in range(n + 1)]
    assert found == [value.exact() for value in values]
    assert listed_level_weight(table.points, table.slopes, n + 1) == 0


def test_an_irrational_root_is_refused():
    with pytest.raises(ParameterError, match="'squared_scale' must be the square of a rational here, not 1/2."):
        tables(read_neuron([1, 1], squared_scale="1/2"))
