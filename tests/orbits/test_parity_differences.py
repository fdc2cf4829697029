"""Every parity's gradient: against the chain rule, one parity at a time."""
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import networks
from oracles import character, cube_points, dot, fcn_gradient, fcn_value, hinge_weights, relu, relu_slope

from theorycheck.cube.characters import subsets_of_level
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.orbits.parities import parity_average
from theorycheck.orbits.parity_differences import parity_deviations, parity_differences


def slow_gradient(network, labels, gamma, at_zero=Fraction(0)):
    """(∂u, ∂W) of the hinge loss by the chain rule, for ReLU."""
    points = cube_points(network.n)
    u, w, b = network.readout.tolist(), network.filters.tolist(), network.biases.tolist()
    values = [fcn_value(x, u, w, b) for x in points]
    weights = hinge_weights(values, labels, [Fraction(1, len(points))] * len(points), gamma)
    return fcn_gradient(points, weights, u, w, b, relu, relu_slope(at_zero))


def slow_differences(network, k, gamma, at_zero=Fraction(0)):
    """For each I the pair (∂u, ∂W) of L_I - L_0, L_0 the mean of the losses of labels +1 and -1."""
    points = cube_points(network.n)
    plus, minus = (slow_gradient(network, [sign] * len(points), gamma, at_zero) for sign in (1, -1))
    for subset in subsets_of_level(network.n, k):
        du, dw = slow_gradient(network, [character(subset, x) for x in points], gamma, at_zero)
        yield ([a - (p + m) / 2 for a, p, m in zip(du, plus[0], minus[0])],
               [[a - (p + m) / 2 for a, p, m in zip(*rows)] for rows in zip(dw, plus[1], minus[1])])


@settings(deadline=None, max_examples=40)
@given(networks(), st.data())
def test_every_parity_against_the_chain_rule(network, data):
    k = data.draw(st.integers(0, network.n))
    gamma = data.draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)]))
    expected = list(slow_differences(network, k, gamma, network.activation.kink_slope))
    found = list(parity_differences(network, k, hinge_slope=gamma))
    for part in found:
        for place in part.places:
            u = network.readout[place]
            for row, (du, dw) in enumerate(expected):
                assert part.readout[row] == du[place]
                assert [u * value for value in part.filters[row].fractions()] == dw[place]
    assert sorted(place for part in found for place in part.places) == list(range(network.filter_count))
    squares = [dot(du, du) + sum(dot(row, row) for row in dw) for du, dw in expected]
    assert parity_deviations(network, k, hinge_slope=gamma).fractions() == squares
    average = parity_average(network, k, hinge_slope=gamma)
    assert average.total.exact == sum(squares) / comb(network.n, k)
    assert average.readout.exact == sum(dot(du, du) for du, _ in expected) / comb(network.n, k)


def test_equal_neurons_come_together():
    twice = FullyConnectedNetwork([[1, 2, 3]] * 2, ["1/2"] * 2, ["1/20", "-1/20"])
    once = FullyConnectedNetwork([[1, 2, 3]], ["1/2"], ["1/20"])
    assert [part.places for part in parity_differences(twice, 2)] == [(0, 1)]
    doubled = [2 * square for square in parity_deviations(once, 2).fractions()]
    assert parity_deviations(twice, 2).fractions() == doubled


def test_bad_input():
    network = FullyConnectedNetwork([[1, 1, 1]], [0], [1])
    with pytest.raises(ParameterError, match="must be a FullyConnectedNetwork, not int"):
        parity_deviations(5, 1)
    with pytest.raises(ParameterError, match="'k' must be at least 0 and at most n=3, not 4"):
        parity_differences(network, 4)
    with pytest.raises(ParameterError, match="'hinge_slope' must be"):
        parity_differences(network, 1, hinge_slope=-1)
    with pytest.raises(InstanceTooLarge, match="n=30, k=15 has 155117520 parities of 30 variables, above the limit"):
        parity_deviations(FullyConnectedNetwork([[1] * 30], [0], [1]), 15)
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh does not"):
        parity_deviations(FullyConnectedNetwork([[1, 1]], [1], [1], "tanh"), 1)


def test_subsets_are_in_the_order_of_their_masks():
    network = FullyConnectedNetwork([[3, 2, 1]], [0], ["1/20"])
    masks = [sum(1 << i for i in chosen) for chosen in combinations(range(3), 1)]
    assert masks == list(subsets_of_level(3, 1))
    readout = next(parity_differences(network, 1)).readout.fractions()
    # E[x_j relu(s)] is w_j/2: larger weights first.
    assert readout == [-Fraction(3, 2), -Fraction(1), -Fraction(1, 2)]
