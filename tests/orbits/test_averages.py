"""Theorem 12's orbit averages: golden values, brute force over all permutations, and networks."""
from __future__ import annotations

import json
from fractions import Fraction
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import orbit_average_by_levels, orbit_average_by_permutations

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork
from theorycheck.networks.initialisers import sample_fully_connected_network
from theorycheck.neurons.neuron import read_neuron
from theorycheck.orbits.averages import filters_average, network_orbit_average, orbit_average, slope_levels
from theorycheck.rigor import decide

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["theorem12"]


@pytest.mark.parametrize("case", GOLDEN["orbit_averages"])
@pytest.mark.parametrize("share", [0, 1])
def test_golden_values(case, share):
    activation = activation_named("relu").with_kink_slope(share)
    average = orbit_average(read_neuron(case["weights"], case["bias"], activation), case["k"])
    assert average.filters.exact == Fraction(case["filters"])
    assert average.readout.exact == Fraction(case["readout"])


@given(st.lists(st.integers(-2, 3), min_size=2, max_size=4), st.fractions(-2, 2, max_denominator=2), st.data(),
       st.sampled_from([Fraction(0), Fraction(1, 3)]), st.sampled_from([Fraction(1), Fraction(-2, 3)]))
@settings(deadline=None, max_examples=30)
def test_against_all_permutations(weights, bias, data, share, u):
    k = data.draw(st.integers(1, len(weights)))
    neuron = read_neuron(weights, bias, activation_named("relu").with_kink_slope(share))
    average = orbit_average(neuron, k, readout=u)
    filters, readout = orbit_average_by_permutations(list(map(Fraction, weights)), bias, k, share)
    # ∂w scales as u², ∂u does not depend on u.
    assert (average.filters.exact, average.readout.exact) == (u**2 * filters, readout)


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=5), st.data())
@settings(deadline=None, max_examples=20)
def test_permutations_and_signs_change_nothing(weights, data):
    k = data.draw(st.integers(1, len(weights)))
    moved = [data.draw(st.sampled_from([1, -1])) * w for w in data.draw(st.permutations(weights))]
    first, second = (orbit_average(read_neuron(w, "1/2"), k) for w in (weights, moved))
    assert first.filters.exact == second.filters.exact and first.readout.exact == second.readout.exact


def test_k_is_not_n_minus_k():
    # Negative control: at w = 1⁶ the roles of k and n-k cannot be swapped.
    two, four = (orbit_average(read_neuron([1] * 6), k) for k in (2, 4))
    assert two.filters.exact != four.filters.exact and two.readout.exact != four.readout.exact


def test_the_full_parity_needs_no_level_above_n():
    assert slope_levels(4, 4) == [3]
    average = orbit_average(read_neuron([1, 2, 3, 4]), 4)
    assert average.filters.exact == average.levels.slope[3].exact
    assert filters_average(average.levels, 4, 4).exact == average.filters.exact


def test_the_sharp_bound_holds_far_out():
    # Equal weights at n = 10 000: within q max(n-k+1, k+1)/C(n,k), in rationals of thousands of digits.
    n, k = 10_000, 100
    average = orbit_average(read_neuron([1] * n, 0, "relu", Fraction(1, n)), k)
    assert average.levels.method == "krawtchouk"
    assert decide(average.filters, "<=", Fraction(n - k + 1, comb(n, k))) is True
    assert decide(average.readout, ">", 0) is True


NETWORK_WEIGHTS = [[1, 2, -3], [3, 1, 2], [1, 1, 1], [1, 2, 3]]


def test_a_network_sums_its_neurons_each_key_once():
    network = FullyConnectedNetwork(NETWORK_WEIGHTS, [0, 0, 0, "1/2"], [1, "-1/2", 2, 3])
    seen = []
    average = network_orbit_average(network, 2, progress=lambda done, total: seen.append((done, total)))
    parts = [orbit_average_by_levels(list(map(Fraction, w)), Fraction(b), 2)
             for w, b in zip(NETWORK_WEIGHTS, [0, 0, 0, Fraction(1, 2)])]
    readouts = [1, Fraction(-1, 2), 2, 3]
    assert average.filters.exact == sum(u**2 * part[0] for u, part in zip(readouts, parts))
    assert average.readout.exact == sum(part[1] for part in parts)
    assert (average.neurons, average.distinct, seen[-1]) == (4, 3, (3, 3))
    assert sum(average.methods.values()) == 3


def test_float_parameters_are_the_dyadic_numbers_that_they_are():
    network = sample_fully_connected_network(6, 3, np.random.default_rng(0), law="gaussian:1",
                                             readout=np.array([1.0, 0.1, -2.0]))
    average = network_orbit_average(network, 3)
    expected = Fraction(0)
    for row, bias, u in zip(network.filters, network.biases, network.readout):
        neuron = read_neuron([Fraction(float(w)) for w in row], Fraction(float(bias)))
        expected += Fraction(float(u))**2 * orbit_average(neuron, 3).filters.exact
    assert average.filters.exact == expected


def test_many_enclosed_neurons_make_one_sum():
    # Sums of reals nest; hundreds of them must not exhaust the stack.
    filters = np.random.default_rng(0).integers(1, 400, size=(400, 3))
    network = FullyConnectedNetwork(filters, np.full(400, 0.5), np.ones(400), "tanh")
    average = network_orbit_average(network, 2)
    assert decide(average.filters, ">", 0) is True and average.distinct > 390


@pytest.mark.parametrize("call, message", [
    (lambda: orbit_average(read_neuron([1, 2]), 3), "'k' must be at least 1 and at most n=2, not 3."),
    (lambda: orbit_average(read_neuron([1, 2]), 0), "'k' must be at least 1 and at most n=2, not 0."),
    (lambda: orbit_average(read_neuron([1, 2]), 1, readout=float("nan")),
     "'readout' must be a finite number, not nan."),
    (lambda: network_orbit_average(ConvolutionalNetwork([[1]], [0], [[1]]), 1),
     "'network' must be fully connected, not convolutional."),
    (lambda: orbit_average([1, 2], 1), "'neuron' must be a Neuron, as read_neuron returns, not [1, 2]."),
])
def test_bad_arguments(call, message):
    with pytest.raises(ParameterError) as caught:
        call()
    assert str(caught.value) == message
