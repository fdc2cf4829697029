from __future__ import annotations

from fractions import Fraction
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named, piecewise_linear
from theorycheck.neurons.neuron import IntegerSteps, read_neuron, require_neuron

CROWDED = piecewise_linear("crowded", ("-1/3", "-1/4", 0, "1/5", "1/4"),
                           ((0, 0), (1, 1), (0, 2), (3, 1), (0, "1/2"), (1, 5)))
ACTIVATIONS = (CROWDED, *map(activation_named, ("relu", "clip:-1,1", "clipped_relu:1/2", "abs", "leaky_relu:1/3",
                                                "identity", "zero")))
small = st.fractions(-4, 4, max_denominator=3)


def is_at_least(s, factor, square, shift, point):
    """Whether √square·factor·s + shift >= point, and whether they are equal: signs and squares of rationals alone."""
    left, right = factor * s, point - shift
    left_square, right_square = square * left**2 * (1 if left >= 0 else -1), right**2 * (1 if right >= 0 else -1)
    return left_square >= right_square, left_square == right_square


@given(st.lists(small, min_size=1, max_size=4), small, st.sampled_from(ACTIVATIONS),
       st.sampled_from([Fraction(1), Fraction(1, 4), Fraction(2), Fraction(1, 3), Fraction(4, 9)]),
       st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 3)]))
def test_pieces_are_the_activation_at_every_integer(weights, bias, activation, square, share):
    neuron = read_neuron(weights, bias, activation.with_kink_slope(share), square)
    lines = [(piece + (Fraction(0),) * 2)[:2] for piece in activation.form.coefficients]
    for s in range(-neuron.reach - 2, neuron.reach + 3):
        seen = [is_at_least(s, neuron.unit, square, bias, point) for point in activation.form.breakpoints]
        right = sum(above for above, _ in seen)
        left = right - sum(tied for _, tied in seen)
        assert neuron.pieces.slope(s) == (1 - share) * lines[left][1] + share * lines[right][1]
        assert neuron.pieces.rise(s) == lines[right][1] * neuron.unit
        assert neuron.pieces.intercept(s) == lines[right][0] + lines[right][1] * bias
        if left != right and share:
            assert s in neuron.pieces.kinks
    assert all(any(is_at_least(s, neuron.unit, square, bias, point)[1] for point in activation.form.breakpoints)
               for s in neuron.pieces.kinks)


@given(st.lists(small, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_magnitudes_forget_order_and_signs_and_nothing_else(weights, random):
    neuron = read_neuron(weights, 1)
    other = [weight * random.choice((-1, 1)) for weight in weights]
    random.shuffle(other)
    assert read_neuron(other, 1).key == neuron.key
    assert sorted(abs(weight) for weight in weights) == [m * neuron.unit for m in neuron.magnitudes]
    assert gcd(*neuron.magnitudes) <= 1 and sum(count for _, count in neuron.classes) == neuron.n == len(weights)
    assert neuron.reach == sum(neuron.magnitudes)


def test_keys_tell_neurons_apart():
    keys = {read_neuron(*given).key for given in (([1, 2], 0), ([1, 2], 1), ([2, 4], 0), ([1, 3], 0), ([1, 2, 0], 0),
                                                  ([1, 2], 0, "abs"), ([1, 2], 0, "relu", "1/2"))}
    assert len(keys) == 7
    assert read_neuron([1, 1], 0, "relu", 4).key == read_neuron([2, 2]).key  # √4·1 = 2


def test_a_scale_that_is_irrational_keeps_its_threshold_exact():
    # √(1/8)·s + 1 >= 0 from s = -2 on, since 2/√8 < 1 < 3/√8; at a scale of 1/9, s = -3 is a tie.
    assert read_neuron([1] * 8, 1, "relu", "1/8").pieces.slope == IntegerSteps((-2,), (Fraction(0), Fraction(1)))
    tied = read_neuron([1] * 9, 1, activation_named("relu").with_kink_slope("1/2"), "1/9").pieces
    assert tied.kinks == (-3,) and [tied.slope(s) for s in (-4, -3, -2)] == [0, Fraction(1, 2), 1]


def test_floats_are_the_numbers_that_they_hold():
    neuron = read_neuron(np.array([0.1, -0.1, 1e300, 5e-324]), np.float64(0.5))
    assert [m * neuron.unit for m in neuron.magnitudes] == [Fraction(5e-324), Fraction(0.1), Fraction(0.1),
                                                            Fraction(1e300)]
    assert read_neuron([0.1]).unit == Fraction(1, 10)


def test_all_zero_weights_have_a_unit():
    neuron = read_neuron([0, 0], 1)
    assert neuron.magnitudes == (0, 0) and neuron.unit > 0 and neuron.pieces.slope(0) == 1


@pytest.mark.parametrize("arguments, message", [
    (([],), "'weights' must have at least one entry, in one row, not shape (0,)."),
    (([[1, 2]],), "'weights' must have at least one entry, in one row, not shape (1, 2)."),
    (([1, float("nan")],), "'weights' must be a finite number, not nan."),
    (([1, True],), "'weights' must be"), (([1], True), "'bias' must be"), (([1], float("inf")), "'bias' must be"),
    (([1], 0, "swish"), "'activation' must be one of relu"), (([1], 0, "relu", 0), "'squared_scale' must be above 0"),
    (([1], 0, "relu", -1), "'squared_scale' must be above 0, not -1."), (("ab",), "'weights' must be")])
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(ParameterError) as caught:
        read_neuron(*arguments)
    assert str(caught.value).startswith(message)


def test_pieces_need_a_piecewise_linear_activation():
    for name in ("tanh", "square"):
        neuron = read_neuron([1], 0, name)
        assert not neuron.is_piecewise_linear
        with pytest.raises(ParameterError, match=f"'activation' must be piecewise linear here, not {name}."):
            neuron.pieces


@pytest.mark.parametrize("value", [[1, 2], None, "relu", 3])
def test_only_a_neuron_is_one(value):
    with pytest.raises(ParameterError, match="^'neuron' must be a Neuron, as read_neuron returns, not "):
        require_neuron(value)
