from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, level_weights

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear
from theorycheck.neurons import class_levels as module
from theorycheck.neurons.class_levels import class_cost, class_levels, class_split
from theorycheck.neurons.krawtchouk import krawtchouk_levels
from theorycheck.neurons.neuron import read_neuron

ZIGZAG = piecewise_linear("zigzag", (-2, 0, 1), ((0, 1), (-4, -1), (-4, "1/2"), (-5, "3/2")))
STEPS = piecewise_linear("steps", (-1, 2), ((3, 0), (-1, 0), (1, 0)))
RELU = activation_named("relu")
ACTIVATIONS = (RELU, RELU.with_kink_slope("1/3"), activation_named("clip:-1,1"), ZIGZAG.with_kink_slope(1), STEPS)
small = st.fractions(-3, 3, max_denominator=2)
SCALES = [(Fraction(1), Fraction(1)), (Fraction(1, 4), Fraction(1, 2)), (Fraction(4, 9), Fraction(2, 3))]


def table(weights, bias, root=1):
    """The pre-activation at every point of the cube."""
    return [root * dot([Fraction(w) for w in weights], x) + bias for x in cube_points(len(weights))]


def everything(neuron):
    """All level weights at the levels -1 … n+1, and the number of kinks."""
    levels = range(-1, neuron.n + 2)
    found = class_levels(neuron, levels, levels)
    return [value.exact for value in found.slope.values()], [value.exact for value in found.value.values()], found.kinks


def by_table(neuron, inside):
    """The same by the slow oracle."""
    slopes, values = ([side(t).exact for t in inside] for side in (neuron.activation.derivative, neuron.activation))
    return ([0, *level_weights(slopes), 0], [0, *level_weights(values), 0],
            sum(t in neuron.activation.form.breakpoints for t in inside))


@settings(max_examples=60, deadline=None)
@given(st.lists(small, min_size=1, max_size=5), small, st.sampled_from(SCALES), st.sampled_from(ACTIVATIONS))
def test_level_weights_are_those_of_the_table(weights, bias, scale, activation):
    square, root = scale
    neuron = read_neuron(weights, bias, activation, square)
    assert everything(neuron) == by_table(neuron, table(weights, bias, root))


@pytest.mark.parametrize("weights, bias", [
    (np.array([1e300, -1e300, 5e-324, 3.5, 0.0, 1.0]), 0),          # huge, subnormal, zero
    (np.array([0.1, 0.2, -0.3, 1 / 3, 0.7, 1e-9]), Fraction(1, 7)),  # dyadics of float64
    ([10**40, 10**40, 3, 3, 7, 7], 4),                               # on the threshold exactly
    ([1, 1, 1, 1, 2, 2, 4], -4)])
def test_weights_of_every_size(weights, bias):
    neuron = read_neuron(weights, bias, RELU.with_kink_slope("1/3"))
    exact = [Fraction(float(w)) if isinstance(weights, np.ndarray) else w for w in weights]
    assert everything(neuron) == by_table(neuron, table(exact, Fraction(bias)))


def test_golden_orbit_average():
    # The golden value for n=6, k=2, w=(1..6), b=1/2.
    found = class_levels(read_neuron([1, 2, 3, 4, 5, 6], "1/2"), (1, 3), (2,))
    filters = (5 * found.slope[1].exact + 3 * found.slope[3].exact) / comb(6, 2)
    assert (filters, found.value[2].exact / comb(6, 2)) == (Fraction(179, 2560), Fraction(7079, 15360))
    # Negative control: with k and n-k swapped the numbers are others.
    other = class_levels(read_neuron([1, 2, 3, 4, 5, 6], "1/2"), (3, 5), (4,))
    assert (3 * other.slope[3].exact + 5 * other.slope[5].exact) / comb(6, 4) != filters


@pytest.mark.parametrize("activation, square, bias", [
    ("relu", "1/301", "1/2"), ("clip:-1,2", 1, "1/3"), ("relu", 1, 0)])
def test_one_magnitude_agrees_with_the_closed_form(activation, square, bias):
    neuron = read_neuron([-3] * 301 + [0, 0], bias, activation, square)
    levels = (0, 1, 4, 5, 297, 301, 303)
    ours, closed = class_levels(neuron, levels, levels), krawtchouk_levels(neuron, levels, levels)
    assert [value.exact for value in ours.slope.values()] == [value.exact for value in closed.slope.values()]
    assert ours.kinks == closed.kinks and (ours.method, closed.method) == ("classes", "krawtchouk")
    for one, other in zip(ours.value.values(), closed.value.values()):
        assert one.exact == other.exact and one.enclose().overlaps(other.enclose())


def test_parseval_for_three_magnitudes():
    sizes = {1: 20, 2: 15, 10**20: 12}
    neuron = read_neuron([m for m, many in sizes.items() for _ in range(many)], 2, RELU.with_kink_slope("1/2"))
    found = class_levels(neuron, range(48), range(48))
    law = [(1, Fraction(0))]
    for magnitude, many in sizes.items():  # the distribution of the sum by convolution, with no characters
        law = [(ways * comb(many, p), s + magnitude * (many - 2 * p)) for ways, s in law for p in range(many + 1)]
    square = sum((Fraction(ways, 2**47) * max(s + 2, 0)**2 for ways, s in law), Fraction(0))
    assert sum((value.exact for value in found.value.values()), Fraction(0)) == square
    slope = sum((Fraction(ways, 2**47) * (1 if s > -2 else Fraction(1, 4) if s == -2 else 0) for ways, s in law),
                Fraction(0))
    assert sum((value.exact for value in found.slope.values()), Fraction(0)) == slope
    assert found.kinks == sum(ways for ways, s in law if s == -2) > 0


def test_an_irrational_scale_is_enclosed():
    weights, bias = [1, 1, 2, 3], Fraction(1, 2)
    found = class_levels(read_neuron(weights, bias, "relu", "1/3"), (), range(5))
    with ctx.workprec(200):
        inside = [arb(fmpq(int(s))) / arb(3).sqrt() + arb("0.5") for s in table(weights, 0)]
        coefficients = [sum(t * (-1)**bin(subset & x).count("1") for x, t in enumerate(inside) if t > 0) / 16
                        for subset in range(16)]
        for level in range(5):
            slow = sum((c**2 for subset, c in enumerate(coefficients) if subset.bit_count() == level), arb(0))
            ball = found.value[level].enclose(200)
            # Both enclose one number, at 200 bits; a wrong term would show in the first digits.
            assert ball.overlaps(slow) and ball.rad() < arb(2)**-150 and slow.rad() < arb(2)**-150


def test_without_a_bias_the_scale_is_only_a_factor():
    plain = class_levels(read_neuron([1, 2, 2]), (), (1, 2))
    scaled = class_levels(read_neuron([1, 2, 2], 0, "relu", "1/3"), (), (1, 2))
    assert [value.exact for value in scaled.value.values()] == [value.exact / 3 for value in plain.value.values()]


def test_irrelevant_variables_and_signs_change_no_weight():
    plain = class_levels(read_neuron([1, 2, 2, 5]), range(5), range(5))
    other = class_levels(read_neuron([0, -5, 2, 0, -2, 1, 0]), range(5), range(5))
    assert [v.exact for v in (*plain.slope.values(), *plain.value.values())] == [
        v.exact for v in (*other.slope.values(), *other.value.values())]
    assert other.kinks == 8 * plain.kinks > 0


def test_blocks_of_rows_add_up(monkeypatch):
    neuron = read_neuron([1, 1, 2, 2, 3, 3, 4, 5], "1/2", ZIGZAG)
    whole = everything(neuron)
    monkeypatch.setattr(module, "BLOCK", 2)
    assert everything(neuron) == whole


def test_the_cost_is_that_of_the_levels_inside():
    neuron = read_neuron([1, 2, 3] * 50)
    assert class_cost(neuron, (4, -1, 151)) == class_cost(neuron, (4,)) < class_cost(neuron, (4, 20))
    assert class_cost(read_neuron(range(1, 60)), (30,)) > 10**15


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="'value_levels' must be an integer, not 2.0."):
        class_levels(read_neuron([1, 2]), (1,), (2.0,))
    with pytest.raises(ParameterError, match="'levels' must be an integer, not 'x'."):
        class_cost(read_neuron([1, 2]), "x")
    for function in (lambda neuron: class_levels(neuron, (1,), ()), lambda neuron: class_cost(neuron, (1,))):
        with pytest.raises(ParameterError, match="'activation' must be piecewise linear here, not tanh."):
            function(read_neuron([1, 2], 0, "tanh"))
    with pytest.raises(InstanceTooLarge, match="59 distinct magnitudes at level 30 need about"):
        class_levels(read_neuron(range(1, 60)), (30,), ())
    with memory_budget(1000), pytest.raises(InstanceTooLarge, match="memory budget"):
        class_levels(read_neuron([1, 2, 3] * 50), (5,), ())


def test_levels_without_weight_need_no_sums():
    # The halves' sums would not fit any memory.
    neuron = read_neuron([3**power for power in range(120)] + [0] * 40)
    found = class_levels(neuron, (121, -1), (160,))
    assert [value.exact for value in (*found.slope.values(), *found.value.values())] == [0, 0, 0]
    assert found.kinks is None and class_levels(read_neuron([1, 2, 3]), (), ()).kinks == 2
    assert class_split(neuron, (121,)).cost == class_cost(neuron, ())
