"""The float64 enclosures contain the exact level weights, and are narrow."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import level_weights

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named, piecewise_linear, user_activation
from theorycheck.neurons import float_levels as module
from theorycheck.neurons.float_levels import float_levels, require_float_levels
from theorycheck.neurons.level_weights import neuron_level_weights
from theorycheck.neurons.neuron import read_neuron
from theorycheck.neurons.table_levels import table_levels
from theorycheck.rigor import exact_rational

NAMES = ("relu", "tanh", "square", "clip:-1/3,2", "abs", "triangle:3", "peaks:2", "cosine:3")


def _contained(neuron, levels):
    found, exact = float_levels(neuron, levels, levels), table_levels(neuron, levels, levels)
    for ours, theirs in ((found.slope, exact.slope), (found.value, exact.value)):
        for level in levels:
            balls = ours[level].enclose(), theirs[level].enclose(200)
            assert all(ball.is_finite() for ball in balls)
            if not balls[0].overlaps(balls[1]):
                return False
    return True


@given(st.lists(st.fractions(-3, 3, max_denominator=7), min_size=1, max_size=7), st.fractions(-2, 2, max_denominator=3),
       st.sampled_from(NAMES), st.sampled_from([Fraction(1), Fraction(1, 3)]), st.sampled_from([0, 1]))
@settings(deadline=None, max_examples=50)
def test_the_exact_weights_are_inside(weights, bias, name, scale, share):
    neuron = read_neuron(weights, bias, activation_named(name).with_kink_slope(share), scale)
    assert _contained(neuron, range(sum(w != 0 for w in weights) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_gaussian_draws_are_narrow(name):
    neuron = read_neuron(np.random.default_rng(0).standard_normal(10), "1/3", name)
    assert _contained(neuron, (2, 3))
    levels = float_levels(neuron, [3], [2])
    for value in (levels.slope[3], levels.value[2]):
        # n levels of butterflies and a table each lose a few units in the last place, of numbers of size about 100.
        assert float(value.enclose().rad()) <= 1e-11
    assert levels.method == "float" and levels.kinks is None


def test_rounded_pre_activations_are_accounted_for():
    # Sums near 0 of weights near 10^8: their rounding moves tanh by 10^-8, far more than all other rounding does.
    neuron = read_neuron([10**8 + Fraction(1, 3), 10**8 + Fraction(1, 5), "1/7", 10**8, 10**8], "1/9", "tanh")
    assert _contained(neuron, (1, 2, 3))
    assert 1e-12 < float(float_levels(neuron, [], [1]).value[1].enclose().rad()) < 1e-4


def test_rounding_of_the_transform_is_accounted_for(monkeypatch):
    # A table of random floats, itself without error: what the transform rounds is in the radius.
    drawn = np.random.default_rng(3).random(64)
    neuron = read_neuron([1] * 6, 0, user_activation("drawn", lambda t: t, on_array=lambda table: drawn.copy()))
    monkeypatch.setattr(module, "_table_error", lambda *arguments: 0.0)
    exact = level_weights(list(map(Fraction, drawn.tolist())))
    balls = module._level_balls(neuron, np.zeros(64), 0.0, 1.0, 0, set(range(7)), 1)
    for level, weight in enumerate(exact):
        ball = balls[level].enclose()
        assert ball.contains(arb(weight.numerator) / weight.denominator)
        assert float(ball.rad()) < 1e-14


def test_ties_widen_the_ball_and_no_other():
    tied, free = read_neuron([1, 1, 1, 1]), read_neuron([1, 1, 1, 1], "1/2")
    assert float(float_levels(tied, [1], []).slope[1].enclose().rad()) > 0.1
    assert float(float_levels(free, [1], []).slope[1].enclose().rad()) < 1e-14


def test_sizes_far_from_one():
    for factor in (Fraction(10)**60, Fraction(10)**-60):
        weights = [factor * w for w in (1, 2, 4)]
        found, exact = (method(read_neuron(weights, 0, "abs"), [1, 3], [2]) for method in (float_levels, table_levels))
        assert found.value[2].enclose().contains(arb(found.value[2].enclose().mid()))
        assert abs(float(found.value[2] / exact.value[2]) - 1) < 1e-12
        assert found.value[2].enclose().overlaps(exact.value[2].enclose())


def test_a_wrong_table_is_outside(monkeypatch):
    # Negative control: one entry off by a part in a million leaves the balls.
    original = module._pre_activations

    def spoiled(weights, bias):
        table = original(weights, bias)
        table[0] *= 1 + 1e-6
        return table

    neuron = read_neuron(["1/10", "1/5", "3/10", "1/2"], "1/20", "tanh")
    assert _contained(neuron, (1, 2, 3))
    monkeypatch.setattr(module, "_pre_activations", spoiled)
    assert not _contained(neuron, (1, 2, 3))


def test_zero_activation_and_zero_weights():
    assert float(float_levels(read_neuron([1, 2], 0, "zero"), [1], [1]).value[1].enclose().upper()) < 1e-200
    assert float_levels(read_neuron([0, 0], "1/2"), [], [0]).value[0].enclose().contains(arb(1) / 4)


def test_refusals():
    with pytest.raises(ParameterError, match="states no rounding error of its float64 values"):
        float_levels(read_neuron([1], 0, user_activation("mine", lambda t: t**3)), [], [1])
    with pytest.raises(ParameterError, match="must be at most 2\\^400 in all for a float64 table"):
        require_float_levels(read_neuron([Fraction(10)**300]))
    with memory_budget(1000), pytest.raises(InstanceTooLarge, match="number of nonzero weights=10 needs"):
        float_levels(read_neuron([1] * 10 + [0] * 50), [], [1])


def test_threads_do_not_change_the_result():
    neuron = read_neuron(np.random.default_rng(1).standard_normal(16), 0, "tanh")
    one, two = (float_levels(neuron, [2], [3], threads=threads).value[3].enclose() for threads in (1, 2))
    assert one.mid() == two.mid() and one.rad() == two.rad()


@pytest.mark.parametrize("weights, bias, scale", [
    (np.full(3, 5e-324), np.array(5e-324).item(), Fraction(1, 7)),
    ([Fraction(1, 10**300)] * 4, Fraction(1, 10**300), Fraction(1)),
    ([Fraction(1, 10**170), Fraction(3, 10**170), Fraction(2, 10**171)], Fraction(1, 10**170), Fraction(1, 3)),
])
def test_tiny_weights_stay_inside(weights, bias, scale):
    # The squares of their errors are below the smallest float64 number.
    assert _contained(read_neuron(weights, exact_rational(bias, "bias"), "relu", scale), range(len(weights) + 1))
    assert _contained(read_neuron(weights, exact_rational(bias, "bias"), "tanh", scale), range(len(weights) + 1))


def test_levels_without_weight():
    found = float_levels(read_neuron([1, 0, 2, 0]), iter([3, 1]), iter([-1, 4, 2]))
    assert (found.slope[3].exact, found.value[-1].exact, found.value[4].exact) == (0, 0, 0)
    assert found.slope[1].exact is None and found.value[2].exact is None
    with pytest.raises(ParameterError, match="'slope_levels' must be an integer, not 1.0."):
        float_levels(read_neuron([1]), [1.0], [])


def _cubic(factor=1):
    return Activation("cubic", PiecewisePolynomial((), ((0, 0, 0, Fraction(factor)),)), None, None)


@pytest.mark.parametrize("activation, size", [
    ("clip:-1,1e400", 1), ("leaky_relu:1e400", 1), ("leaky_relu:1e-400", 1), (_cubic(), Fraction(10)**110),
    (piecewise_linear("steep", (0,), ((0, 10**308), (0, -10**308))), 1), (_cubic(Fraction(1, 10**300)), 1)])
def test_numbers_that_no_float_holds_are_refused(activation, size):
    neuron = read_neuron([size, 2 * size], 0, activation)
    with pytest.raises(ParameterError, match="must have numbers and values between 2\\^-900 and 2\\^900 in size"):
        require_float_levels(neuron)
    # The other methods do not mind.
    assert neuron_level_weights(neuron, [1], [1]).value[1].exact is not None


def test_large_polynomials_stay_inside():
    assert _contained(read_neuron([Fraction(10)**80 * w for w in (1, 2, 5)], 0, _cubic()), range(4))


def test_tiny_values_beside_a_large_jump_overflow_nothing():
    # The float64 values are subnormal, and a jump near the only sums is not: scaled alike, its error is above 10^308.
    steps = piecewise_linear("steps", (0,), ((0, 1), (2, 1)))
    assert _contained(read_neuron(np.array([5e-324]), exact_rational(np.array(-1e-323).item(), "bias"), steps), (0, 1))
