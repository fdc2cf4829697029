"""Which methods can run, in which order, and what stands in the way of the others."""
from __future__ import annotations

import numpy as np
import pytest

from theorycheck.cube.memory import memory_budget
from theorycheck.errors import ParameterError
from theorycheck.networks.activations import user_activation
from theorycheck.neurons.method_costs import feasible_methods, method_costs
from theorycheck.neurons.neuron import read_neuron


def _names(neuron, slope_levels=(1, 3), value_levels=(2,)):
    return [cost.method for cost in feasible_methods(neuron, slope_levels, value_levels)]


def test_the_first_method_is_the_one_of_its_kind():
    draw = np.random.default_rng(0).standard_normal
    assert _names(read_neuron([1] * 10_000), (99, 101), (100,))[:1] == ["krawtchouk"]
    assert _names(read_neuron([1, 2] * 100))[:1] == ["classes"]
    assert _names(read_neuron(draw(20)))[:1] == ["transform"]
    assert _names(read_neuron(draw(20), 0, "tanh")) == ["float"]
    assert _names(read_neuron([1] * 100, 0, "tanh"))[:1] == ["classes"]
    assert _names(read_neuron(draw(20), 0, "square"))[:1] == ["quadratic"]


def test_float_comes_last_even_where_it_is_cheapest():
    names = _names(read_neuron(np.arange(1, 13)))
    assert set(names) == {"classes", "transform", "float"} and names[-1] == "float"


@pytest.mark.parametrize("weights, activation, method, obstacle", [
    ([1, 2], "relu", "krawtchouk", "the nonzero weights have 2 magnitudes, not one"),
    ([1, 1], "tanh", "krawtchouk", "tanh is not piecewise linear"),
    ([1, 1], "tanh", "transform", "tanh is not piecewise linear"),
    ([1, 1], "relu", "quadratic", "relu is not a quadratic polynomial"),
    (list(range(1, 61)), "relu", "classes", "60 distinct magnitudes at level 3 would take more than 300 seconds"),
])
def test_obstacles(weights, activation, method, obstacle):
    costs = {cost.method: cost for cost in method_costs(read_neuron(weights, 0, activation), [1, 3], [2])}
    if weights == list(range(1, 61)):
        # Magnitudes as large as their number squared: no sums coincide.
        costs = {cost.method: cost for cost in method_costs(
            read_neuron([2**w for w in weights], 0, activation), [1, 3], [2])}
    assert costs[method].obstacle == obstacle and not costs[method].is_feasible


def test_memory_is_the_obstacle_of_a_transform():
    neuron = read_neuron(np.arange(1, 41))
    costs = {cost.method: cost for cost in method_costs(neuron, [3], [])}
    assert costs["transform"].obstacle.startswith("number of nonzero weights=40 needs 2.0 TiB")
    with memory_budget(2**20):
        costs = {cost.method: cost for cost in method_costs(read_neuron(np.arange(1, 23)), [3], [])}
    assert not costs["transform"].is_feasible and not costs["float"].is_feasible
    assert method_costs(read_neuron([1] * 10**4), [3])[-1].obstacle  # no overflow at any n


def test_zero_weights_cost_nothing():
    sparse = read_neuron([1, 2, 4, 8] + [0] * 500)
    assert "transform" in _names(sparse)
    assert {cost.method for cost in feasible_methods(sparse, [499], [500])} >= {"transform", "classes"}


def test_a_user_activation_has_its_table_only():
    mine = user_activation("mine", lambda t: t**3)
    assert _names(read_neuron([1, 1, 2], 0, mine)) == ["classes"]
    assert _names(read_neuron(np.arange(1, 21), 0, mine)) == []


def test_costs_grow():
    costs = [{cost.method: cost.nanoseconds for cost in method_costs(read_neuron(np.arange(1, n + 1)), [3], [2])}
             for n in (16, 22)]
    for method in ("classes", "transform", "float"):
        assert costs[0][method] < costs[1][method]


def test_a_small_memory_budget_is_an_obstacle_of_the_classes():
    neuron = read_neuron([1, 2, 5, 9] * 10)
    with memory_budget(2**16):
        costs = {cost.method: cost for cost in method_costs(neuron, [9], [])}
    assert costs["classes"].obstacle == "4 distinct magnitudes at level 9 would take more than the memory budget"
    assert costs["classes"].is_too_large and not costs["krawtchouk"].is_too_large


def test_an_activation_that_is_always_on_is_quadratic():
    assert _names(read_neuron(np.arange(1, 200), 10**9)) == ["quadratic"]


@pytest.mark.parametrize("levels", [["1"], [None], [True], 4])
def test_bad_levels(levels):
    with pytest.raises(ParameterError, match="^'slope_levels' must be a"):
        feasible_methods(read_neuron([1, 2]), levels)


def test_only_neurons():
    with pytest.raises(ParameterError, match="'neuron' must be a Neuron, as read_neuron returns, not \\[1, 2\\]."):
        feasible_methods([1, 2], [1])
