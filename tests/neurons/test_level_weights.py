"""The chooser: every method gives the same level weights, and says which it was."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, level_weights

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.neurons.level_weights import compare_levels, cross_check, neuron_level_weights
from theorycheck.neurons.method_costs import feasible_methods
from theorycheck.neurons.neuron import read_neuron
from theorycheck.neurons.results import NeuronLevels
from theorycheck.rigor import Real


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.fractions(-2, 2, max_denominator=3),
       st.sampled_from(["relu", "square", "clip:-1,2", "triangle:2"]), st.sampled_from([0, 1]))
@settings(deadline=None, max_examples=25)
def test_every_method_against_the_oracle(weights, bias, name, share):
    activation, n = activation_named(name).with_kink_slope(share), len(weights)
    neuron, inside = read_neuron(weights, bias, activation), [dot(weights, x) + bias for x in cube_points(n)]
    slopes = level_weights([activation.derivative(t).exact for t in inside])
    values = level_weights([activation(t).exact for t in inside])
    for method in ("auto", *(cost.method for cost in feasible_methods(neuron, range(n + 1), range(n + 1)))):
        found = neuron_level_weights(neuron, range(n + 1), range(n + 1), method=method)
        for level in range(n + 1):
            for ours, theirs in ((found.slope[level], slopes[level]), (found.value[level], values[level])):
                if found.method == "float":
                    assert ours.enclose().contains(Real(theirs).enclose().mid()) or ours.enclose().overlaps(
                        Real(theirs).enclose())
                else:
                    assert ours.exact == theirs
        if found.kinks is not None:
            assert found.kinks == sum(t in activation.form.breakpoints for t in inside)


def test_levels_above_the_nonzero_weights_are_zero():
    found = neuron_level_weights(read_neuron([1, 2, 0, 0]), range(5), range(5))
    assert [found.slope[m].exact for m in (3, 4)] == [0, 0] == [found.value[m].exact for m in (3, 4)]
    assert set(found.slope) == set(range(5))


def test_it_says_what_it_chose_and_why():
    found = neuron_level_weights(read_neuron([1] * 30), [1], [2])
    assert found.method == "krawtchouk"
    assert found.reason == ("all weights other than 0 have one magnitude: a closed form "
                            "(also possible: classes, transform)")
    assert neuron_level_weights(read_neuron([1] * 30), [1], [2], method="classes").reason == "asked for"


def test_cross_checks():
    exact = cross_check(read_neuron([1, 2, 2, 3, 5, 5], "1/2"), [1, 3], [2])
    assert exact.agrees is True and exact.first.method != exact.second.method
    assert cross_check(read_neuron(np.random.default_rng(0).standard_normal(15), "1/2"), [2], [3]).agrees is True
    assert cross_check(read_neuron(np.random.default_rng(0).standard_normal(18), 0, "tanh"), [2], [3]) is None
    # Nothing exact within the time: the transform beside its float64 neighbour.
    found = cross_check(read_neuron(np.random.default_rng(0).standard_normal(20), "1/2"), [9], [10], seconds=1)
    assert found.agrees is None and {found.first.method, found.second.method} == {"transform", "float"}
    # Both enclosed: they overlap, which is all that can be said.
    assert cross_check(read_neuron([1, 2, 4], "1/3", "tanh"), [0], [1]).agrees is None


def test_a_wrong_level_is_noticed():
    # Negative controls: an exact level off by the smallest amount, an enclosed one by more than its radius.
    neuron = read_neuron([1, 2, 4], "1/2")
    right = neuron_level_weights(neuron, [1], [2])
    wrong = NeuronLevels({1: right.slope[1] + Fraction(1, 10**9)}, right.value, right.kinks + 1, "transform")
    found = compare_levels(right, wrong)
    assert found.agrees is False and found.differences == ("slope 1", "kinks")
    enclosed = neuron_level_weights(neuron, [1], [2], method="float")
    assert compare_levels(enclosed, right).agrees is None
    assert compare_levels(enclosed, NeuronLevels({1: right.slope[1] + Fraction(1, 10**9)}, {}, None, "")).differences \
        == ("slope 1",)


@pytest.mark.parametrize("call, message", [
    (lambda n: neuron_level_weights(n, [5], []), "'slope_levels' must be at least 0 and at most n=4, not 5."),
    (lambda n: neuron_level_weights(n, [], [True]), "'value_levels' must be an integer, not the boolean True."),
    (lambda n: neuron_level_weights(n, [1], [], method="fast"),
     "'method' must be one of auto, quadratic, krawtchouk, classes, transform, float, not 'fast'."),
    (lambda n: neuron_level_weights(n, [1], [], method="krawtchouk"),
     "'method' must be one that can run here, not krawtchouk: the nonzero weights have 4 magnitudes, not one."),
    (lambda n: neuron_level_weights(n, 3, []), "'slope_levels' must be a collection of integers, not 3."),
    (lambda n: neuron_level_weights(n.magnitudes, [1], []),
     "'neuron' must be a Neuron, as read_neuron returns, not (1, 2, 3, 4)."),
    (lambda n: cross_check(n, [1], [5]), "'value_levels' must be at least 0 and at most n=4, not 5."),
    (lambda n: cross_check(n, [1], [], seconds=-1), "'seconds' must be at least 0, not -1."),
    (lambda n: cross_check(n, [1], [], seconds=float("nan")), "'seconds' must be a finite number, not nan."),
    (lambda n: cross_check(n, [1], [], seconds=True), "'seconds' must be a finite number, not True."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call(read_neuron([1, 2, 3, 4]))
    assert str(caught.value) == message


def test_nothing_can_run():
    neuron = read_neuron([2**j for j in range(60)])
    with pytest.raises(InstanceTooLarge, match="^No method can compute level weights of this neuron: ") as caught:
        neuron_level_weights(neuron, [9, 11], [10])
    for part in ("transform: number of nonzero weights=60 needs", "float: ", "classes: 60 distinct magnitudes",
                 "that fits is 31"):
        assert part in str(caught.value)
    with pytest.raises(InstanceTooLarge, match="The method transform cannot run here: number of nonzero weights=6"):
        neuron_level_weights(neuron, [1], [], method="transform")


def test_a_user_activation_of_many_magnitudes_is_refused_clearly():
    mine = user_activation("mine", lambda t: t**3)
    with pytest.raises(InstanceTooLarge, match="float: 'activation' mine states no rounding error"):
        neuron_level_weights(read_neuron(np.arange(1, 21), 0, mine), [], [1])


def test_an_odd_function_has_no_even_level():
    found = neuron_level_weights(read_neuron([1, 2, 4], 0, "tanh"), [1, 2], [2, 3])
    assert (found.slope[1].exact, found.value[2].exact) == (0, 0)
    assert found.slope[2].exact is None and found.value[3].exact is None
    assert neuron_level_weights(read_neuron([1, 2, 4], "1/9", "tanh"), [1], [2]).slope[1].exact is None


def test_threads_do_not_change_the_result():
    neuron = read_neuron(np.random.default_rng(2).standard_normal(14), "1/3")
    one, two = (neuron_level_weights(neuron, [2, 4], [3], method="transform", threads=threads) for threads in (1, 2))
    assert compare_levels(one, two).agrees is True


def test_levels_above_all_nonzero_weights_are_known_beforehand():
    neuron = read_neuron([2**j for j in range(60)] + [0] * 40)
    found = neuron_level_weights(neuron, [79, 81], [80])
    assert [found.slope[79].exact, found.slope[81].exact, found.value[80].exact] == [0, 0, 0]


def test_a_neuron_that_is_always_active_needs_no_sums():
    # σ = 10^9 + Σ w_j x_j, at any number of magnitudes.
    found = neuron_level_weights(read_neuron(range(1, 101), 10**9), [0, 1], [0, 1, 2])
    assert found.method == "quadratic" and [found.slope[m].exact for m in (0, 1)] == [1, 0]
    assert [found.value[m].exact for m in (0, 1, 2)] == [10**18, sum(w * w for w in range(1, 101)), 0]
