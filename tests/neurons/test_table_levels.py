"""The table over classes against the slow oracle, at any activation and scale."""
from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, level_weights

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.neurons.neuron import read_neuron
from theorycheck.neurons.table_levels import require_table, table_cost, table_levels
from theorycheck.rigor import decide

WEIGHTS = st.lists(st.integers(-3, 3), min_size=1, max_size=5)
BIASES = st.fractions(-2, 2, max_denominator=3)


@given(WEIGHTS, BIASES, st.sampled_from(["relu", "square", "clip:-1,2", "abs"]),
       st.sampled_from([Fraction(0), Fraction(1, 3)]))
@settings(deadline=None, max_examples=60)
def test_exact_levels_against_the_oracle(weights, bias, name, share):
    activation, n = activation_named(name).with_kink_slope(share), len(weights)
    inside = [dot(weights, x) + bias for x in cube_points(n)]
    found = table_levels(read_neuron(weights, bias, activation), range(n + 1), range(n + 1))
    slopes = level_weights([activation.derivative(t).exact for t in inside])
    values = level_weights([activation(t).exact for t in inside])
    nonzero = sum(w != 0 for w in weights)
    assert [found.slope[m].exact for m in range(nonzero + 1)] == slopes[:nonzero + 1]
    assert [found.value[m].exact for m in range(nonzero + 1)] == values[:nonzero + 1]
    assert found.kinks == sum(t in activation.form.breakpoints for t in inside)


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5), BIASES, st.sampled_from(["tanh", "relu", "clip:-1,2"]))
@settings(deadline=None, max_examples=25)
def test_irrational_scales_against_balls_over_the_cube(weights, bias, name):
    neuron, n = read_neuron(weights, bias, name, "1/2"), len(weights)
    found = table_levels(neuron, range(n + 1), range(n + 1))
    with ctx.workprec(256):
        inside = [arb(1) / arb(2).sqrt() * dot(weights, x) + arb(bias.numerator) / bias.denominator
                  for x in cube_points(n)]
        clip = {"relu": lambda t: max(t, 0 * t), "clip:-1,2": lambda t: min(max(t, 0 * t - 1), 0 * t + 2),
                "tanh": lambda t: t.tanh()}[name]
        slow = [sum(sum(clip(t) * _sign(subset, x) for t, x in zip(inside, range(2**n)))**2
                    for subset in range(2**n) if subset.bit_count() == m) / 4**n for m in range(n + 1)]
    for m in range(n + 1):
        assert found.value[m].enclose(200).overlaps(slow[m])
        assert float(found.value[m].enclose(200).rad()) < 1e-40


def _sign(subset, index):
    return 1 - 2 * ((subset & index).bit_count() % 2)


def test_a_ball_is_refined_until_a_comparison_is_decided():
    level = table_levels(read_neuron([1] * 30, activation="tanh"), [], [21]).value[21]
    assert decide(level, ">", 0) is True
    # No more than the whole variance.
    assert decide(level, "<", 1) is True


def test_cancellation_costs_no_digits():
    # 2^n terms cancel by n bits, which the working precision is raised by.
    ball = table_levels(read_neuron([1] * 300, "1/3", "tanh"), [], [3]).value[3].enclose(128)
    assert float(ball.rel_accuracy_bits()) > 100


def test_parity_by_cosine_is_exact_at_any_n():
    levels = table_levels(read_neuron([1] * 200 + [0] * 300, activation="cosine:200"), [199, 200], [200])
    assert (levels.slope[199].exact, levels.slope[200].exact, levels.value[200].exact) == (0, 1, 0)


def test_a_users_activation_in_rationals():
    cube = user_activation("cube", lambda t: t**3)
    levels = table_levels(read_neuron([1, 1, 1], 0, cube), [], [1, 3])
    # (x+y+z)³ = 7(x+y+z) + 6xyz.
    assert (levels.value[1].exact, levels.value[3].exact) == (3 * 49, 36)
    assert levels.kinks is None and levels.method == "classes"


def test_all_weights_zero():
    levels = table_levels(read_neuron([0, 0], "1/2", "square"), [0], [0])
    assert (levels.slope[0].exact, levels.value[0].exact) == (1, Fraction(1, 16))


def test_limits():
    entries, _ = table_cost(read_neuron([1, 1, 2, 4]), [1])
    assert entries == 3 * 2 * 2
    require_table(read_neuron([1] * 5000, activation="tanh"), [2, 3])
    with pytest.raises(InstanceTooLarge, match="A table over 17 magnitudes has 131072 entries"):
        table_levels(read_neuron(range(1, 18), activation="tanh"), [1], [])


def test_weight_of_a_level_counts_every_subset():
    # σ = identity: level 1 is Σ w², whatever the classes.
    weights = [1, 1, 1, 2, 2, 5]
    assert table_levels(read_neuron(weights, 0, "identity"), [], [1]).value[1].exact == sum(w * w for w in weights)
    # Majority of 3, by O'Donnell's closed form: three coefficients 1/2 and one -1/2 of the sign.
    sign = user_activation("sign", lambda t: 1 if t > 0 else -1)
    levels = table_levels(read_neuron([1, 1, 1], 0, sign), [], [1, 3])
    assert (levels.value[1].exact, levels.value[3].exact) == (Fraction(3, 4), Fraction(1, 4))
    assert comb(3, 1) * Fraction(1, 4) == Fraction(3, 4)


def test_levels_may_be_given_once_only():
    neuron = read_neuron([1, 2, 0])
    once, listed = table_levels(neuron, iter([1, 3]), iter([2])), table_levels(neuron, [1, 3], [2])
    assert [once.slope[m].exact for m in (1, 3)] == [listed.slope[1].exact, 0]
    assert once.value[2].exact == listed.value[2].exact
    with pytest.raises(ParameterError, match="'value_levels' must be an integer, not the boolean True."):
        table_levels(neuron, [], [True])
