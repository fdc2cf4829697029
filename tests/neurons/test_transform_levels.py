from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import level_weights, orbit_average_by_levels, orbit_average_by_permutations

from theorycheck.cube.memory import memory_budget
from theorycheck.cube.spectral_weights import level_weights as transformed_level_weights
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear
from theorycheck.neurons.neuron import read_neuron
from theorycheck.neurons.transform_levels import read_levels, transform_levels

CROWDED = piecewise_linear("crowded", ("-1/3", "-1/4", 0, "1/5", "1/4"),
                           ((0, 0), (1, 1), (0, 2), (3, 1), (0, "1/2"), (1, 5)))
ACTIVATIONS = (CROWDED, *map(activation_named, ("relu", "clip:-1,1", "clipped_relu:1/2", "abs", "leaky_relu:1/3",
                                                "identity", "zero")))
small = st.fractions(-4, 4, max_denominator=3)
floats = st.floats(allow_nan=False, allow_infinity=False)
weights = st.one_of(st.lists(st.integers(-2, 2), min_size=1, max_size=6), st.lists(small, min_size=1, max_size=6),
                    st.lists(floats, min_size=1, max_size=5).map(np.array))
shares = st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 3)])


def tables(neuron):
    """σ' and σ at every point from the definitions, and how many points are on a breakpoint."""
    n, row = neuron.n, neuron.weights.fractions()
    inside = [sum(w * (1 - 2 * (index >> j & 1)) for j, w in enumerate(row)) + neuron.bias for index in range(1 << n)]
    return ([neuron.activation.derivative(t).exact for t in inside], [neuron.activation.exact_value(t) for t in inside],
            sum(t in neuron.activation.form.breakpoints for t in inside))


def exact(found, n):
    return [found[level].exact for level in range(n + 1)]


@settings(deadline=None)  # the first example compiles
@given(weights, st.one_of(small, floats.map(Fraction)), st.sampled_from(ACTIVATIONS), shares)
def test_every_level_is_that_of_the_definition(row, bias, activation, share):
    neuron = read_neuron(row, bias, activation.with_kink_slope(share))
    levels = transform_levels(neuron, range(neuron.n + 1), range(neuron.n + 1))
    slopes, values, kinks = tables(neuron)
    assert exact(levels.slope, neuron.n) == level_weights(slopes)
    assert exact(levels.value, neuron.n) == level_weights(values)
    assert levels.kinks == kinks and levels.method == "transform"


@settings(deadline=None)
@given(weights, small, st.sampled_from(ACTIVATIONS), st.data())
def test_a_level_does_not_depend_on_which_others_are_asked_for(row, bias, activation, data):
    neuron = read_neuron(row, bias, activation)
    everything = transform_levels(neuron, range(neuron.n + 1), range(neuron.n + 1))
    some = data.draw(st.lists(st.integers(0, neuron.n), max_size=2))
    for slopes, values in ((some, ()), ((), some), (some, some[:1])):
        found = transform_levels(neuron, slopes, values, threads=data.draw(st.sampled_from([None, 1, 2])))
        assert list(found.slope) == sorted(set(slopes)) and list(found.value) == sorted(set(values))
        assert all(found.slope[m].exact == everything.slope[m].exact for m in slopes)
        assert all(found.value[m].exact == everything.value[m].exact for m in values)


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=6), small, st.integers(1, 6),
       st.sampled_from([Fraction(0), Fraction(1)]))
def test_orbit_averages_are_those_of_the_oracles(row, bias, k, share):
    n, k = len(row), min(k, len(row))
    levels = transform_levels(read_neuron(row, bias, activation_named("relu").with_kink_slope(share)),
                              {k - 1, min(k + 1, n)}, (k,))
    above = (k + 1) * levels.slope[k + 1].exact if k < n else 0
    found = ((n - k + 1) * levels.slope[k - 1].exact + above) / comb(n, k), levels.value[k].exact / comb(n, k)
    assert found == orbit_average_by_levels(row, bias, k, share)
    if n <= 4:
        assert found == orbit_average_by_permutations(row, bias, k, share)


@settings(deadline=None)
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), small, st.sampled_from(ACTIVATIONS),
       st.sampled_from([Fraction(1, 2), Fraction(3), Fraction(4, 9)]))
def test_scales_by_a_square_root(row, bias, activation, squared_scale):
    neuron = read_neuron(row, bias, activation, squared_scale)
    n = neuron.n
    levels = transform_levels(neuron, range(n + 1), range(n + 1))
    points = [[1 - 2 * (index >> j & 1) for j in range(n)] for index in range(1 << n)]
    sums = [sum(w * x for w, x in zip(row, point)) // neuron.unit for point in points]
    # σ = A + √r B with rational tables, which the neuron's pieces give point by point.
    plain, rooted = [neuron.pieces.intercept(s) for s in sums], [neuron.pieces.rise(s) * s for s in sums]
    both, apart = level_weights([a + b for a, b in zip(plain, rooted)]), (level_weights(plain), level_weights(rooted))
    root = arb(squared_scale.numerator).sqrt() / arb(squared_scale.denominator).sqrt()
    assert exact(levels.slope, n) == level_weights([neuron.pieces.slope(s) for s in sums])
    for m in range(n + 1):
        cross = both[m] - apart[0][m] - apart[1][m]  # twice the sum of products of coefficients
        rational = apart[0][m] + squared_scale * apart[1][m]
        if levels.value[m].exact is None:
            expected = ball(rational) + root * ball(cross)
            found = levels.value[m].enclose()
            assert cross != 0 and found.overlaps(expected) and found.rad() < 2**-60 * (1 + abs(expected))
        else:
            assert levels.value[m].exact == rational + cross * (0 if cross == 0 else Fraction(2, 3))


def ball(value):
    return arb(value.numerator) / arb(value.denominator)


def test_sums_above_one_row_of_a_table():
    # n = 20: rows of 512 KiB: four of them, eight for the value in 64 bits.
    row = [Fraction(7 * j + 1, 100003) for j in range(20)]
    neuron = read_neuron(row, "1/7")
    found = transform_levels(neuron, (3, 5, 9), (4, 10))
    signs = 1 - 2 * (np.arange(2**20)[:, None] >> np.arange(20) & 1)
    inside = 7 * (signs @ np.array([7 * j + 1 for j in range(20)])) + 100003
    slopes = transformed_level_weights((inside > 0).astype(np.int64))
    values = transformed_level_weights(np.maximum(inside, 0))
    assert [found.slope[m].exact for m in (3, 5, 9)] == [slopes[m] for m in (3, 5, 9)]
    assert [found.value[m].exact for m in (4, 10)] == [values[m] / 700021**2 for m in (4, 10)]


# Parseval is a check on every coefficient at once, at a size where no oracle goes.
@pytest.mark.parametrize("row, bias", [
    (np.random.default_rng(0).normal(size=14), "1/10"), (np.random.default_rng(1).normal(size=14) * 1e300, 0),
    (np.array([5e-324, 1.5e-320] * 7), 0), ([Fraction(1, j) for j in range(1, 15)], 1), ([1] * 14, "1/2")])
def test_weights_add_up_to_the_mean_square(row, bias):
    neuron = read_neuron(row, bias)
    levels, n = transform_levels(neuron, range(15), range(15)), neuron.n
    numerators = neuron.weights.numerators.astype(object)
    signs = (1 - 2 * (np.arange(2**n)[:, None] >> np.arange(n) & 1)).astype(object)
    inside = signs @ numerators + neuron.bias * neuron.weights.denominator
    values = [max(t, 0) for t in inside.tolist()]
    scale = Fraction(1, 4**n * neuron.weights.denominator**2)
    assert sum(exact(levels.slope, n)) == Fraction(sum(t > 0 for t in inside.tolist()), 2**n)
    assert sum(exact(levels.value, n)) == sum(Fraction(v) ** 2 for v in values) * scale * 2**n
    # Level 0 is the mean's square, which no shuffling of levels would leave.
    assert levels.value[0].exact == sum(map(Fraction, values)) ** 2 * scale


def test_exactly_on_the_threshold():
    for share in (Fraction(0), Fraction(1), Fraction(1, 2)):
        neuron = read_neuron([1, 1, 1, 1], 0, activation_named("relu").with_kink_slope(share))
        levels = transform_levels(neuron, (0, 2), ())
        assert levels.kinks == 6 and levels.slope[0].exact == (Fraction(5, 16) + share * Fraction(6, 16)) ** 2
    huge = read_neuron(np.array([1e300, 1e300, 5e-324]), Fraction(5e-324))
    assert transform_levels(huge, (0,), ()).kinks == 2
    assert transform_levels(read_neuron([0, 0]), (0, 1), (0, 2)).kinks == 4


def test_zero_weights_change_no_level_and_those_above_the_others_are_0():
    alone, padded = (transform_levels(read_neuron(row, "1/2"), range(4), range(4)) for row in (
        [2, -3, 1], [0, 2, 0, -3, 1]))
    assert exact(alone.slope, 3) == exact(padded.slope, 3) and exact(alone.value, 3) == exact(padded.value, 3)
    above = transform_levels(read_neuron([0, 2, 0, -3, 1], "1/2"), (4, 5), (4, 5))
    assert [above.slope[4].exact, above.value[5].exact] == [0, 0]
    assert transform_levels(read_neuron([0, 0], "3/2"), (0, 1), (0, 1)).value[0].exact == Fraction(9, 4)


def test_a_changed_weight_is_noticed():
    one, other = (transform_levels(read_neuron(row), (1, 3), (2,)) for row in ([1, 2, 3, 4, 5], [1, 2, 3, 4, 8]))
    assert one.slope[1].exact != other.slope[1].exact and one.value[2].exact != other.value[2].exact


def test_bad_input():
    neuron = read_neuron([1, 2, 3])
    with pytest.raises(ParameterError, match="'slope_levels' must be at least 0 and at most n=3, not 4."):
        transform_levels(neuron, (4,), ())
    with pytest.raises(ParameterError, match="'value_levels' must be at least 0 and at most n=3, not -1."):
        transform_levels(neuron, (), (-1,))
    with pytest.raises(ParameterError, match="'threads' must be at least 1, not 0."):
        transform_levels(neuron, (), (), threads=0)
    with pytest.raises(ParameterError, match="'activation' must be piecewise linear here, not tanh."):
        transform_levels(read_neuron([1], activation="tanh"), (0,), ())
    assert read_levels("levels", [3, 1, 3], 3) == (1, 3)


def test_memory():
    many = read_neuron(list(range(1, 61)) + [0] * 10)
    with pytest.raises(InstanceTooLarge, match=r"number of nonzero weights=60 needs .* that fits is 31\."):
        transform_levels(many, (3,), ())
    neuron = read_neuron(list(range(1, 15)), "1/3")
    with memory_budget(4 << 13):
        transform_levels(neuron, (3,), ())
    with memory_budget((4 << 13) - 1), pytest.raises(InstanceTooLarge, match="nonzero weights=14 needs 32.0 KiB"):
        transform_levels(neuron, (3,), ())
    on_kinks = read_neuron(list(range(1, 61)) + [0] * 10)
    with pytest.raises(InstanceTooLarge, match="nonzero weights=60"):  # they are counted among 2^60 points
        transform_levels(on_kinks, (), ())
    # An affine σ needs no table.
    found = transform_levels(read_neuron([1] * 60, "1/2", "identity"), (0, 60), (0, 1, 2))
    assert [value.exact for value in found.value.values()] == [Fraction(1, 4), 60, 0] and found.slope[0].exact == 1
