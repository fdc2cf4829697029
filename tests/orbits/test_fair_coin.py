"""The fair coin's run: the mean over both labels point by point, and where it stands still."""
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import cube_points, dot, fcn_gradient, fcn_value, relu, relu_slope

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.orbits.fair_coin import fair_coin_descent, fair_coin_gradient


def slow(u, w, b, gamma, at_zero):
    """E over both labels and all points of the hinge's own slopes, written out."""
    points = cube_points(len(w[0]))
    values, weights, loss = [fcn_value(x, u, w, b) for x in points], [], Fraction(0)
    for h in values:
        total = Fraction(0)
        for label in (1, -1):
            margin = label * h
            total += label * (1 if margin < 1 else gamma if margin == 1 else 0)
            loss += max(Fraction(0), 1 - margin)
        weights.append(total / 2 / len(points))
    return loss / 2 / len(points), fcn_gradient(points, weights, u, w, b, relu, relu_slope(at_zero))


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_a_run_of_two_steps_against_the_definition(data):
    n, q = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    numbers = st.fractions(-3, 3, max_denominator=4)
    w = data.draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=q, max_size=q))
    b, u = (data.draw(st.lists(numbers, min_size=q, max_size=q)) for _ in range(2))
    gamma, at_zero = (data.draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)])) for _ in range(2))
    network = FullyConnectedNetwork(w, b, u, activation_named("relu").with_kink_slope(at_zero))
    eta = Fraction(2, 3)
    for reached, gradient in fair_coin_descent(network, eta, 2, hinge_slope=gamma):
        loss, (du, dw) = slow(u, w, b, gamma, at_zero)
        assert gradient.loss == loss and gradient.readout.fractions() == du
        assert gradient.filters.fractions() == [entry for row in dw for entry in row]
        assert gradient.squared_norm == dot(du, du) + sum(dot(row, row) for row in dw)
        assert reached.filters.tolist() == w and reached.readout.tolist() == u
        u = [a - eta * d for a, d in zip(u, du)]
        w = [[a - eta * d for a, d in zip(*rows)] for rows in zip(w, dw)]


def test_it_stands_still_while_outputs_are_inside():
    inside = FullyConnectedNetwork([[1, 2], [2, -1]], [0, "1/2"], ["1/8", "-1/8"])
    assert [gradient.squared_norm for _, gradient in fair_coin_descent(inside, 1, 3)] == [0] * 4
    # At |h| = 1 exactly it depends on the hinge's slope there: only 1 keeps it still.
    at_one = FullyConnectedNetwork([[1]], [0], [1])
    assert fair_coin_gradient(at_one, hinge_slope=1).squared_norm == 0
    assert fair_coin_gradient(at_one, hinge_slope=0).squared_norm == 2 * Fraction(1, 4)**2


def test_bad_input():
    network = FullyConnectedNetwork([[1]], [0], [1])
    with pytest.raises(ParameterError, match="'eta' must be above 0, not -1"):
        fair_coin_descent(network, -1, 2)
    with pytest.raises(ParameterError, match="'steps' must be at least 0, not -1"):
        fair_coin_descent(network, 1, -1)
    with pytest.raises(ParameterError, match="must be a FullyConnectedNetwork, not int"):
        fair_coin_gradient(5)
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh does not"):
        fair_coin_gradient(FullyConnectedNetwork([[1]], [1], [1], "tanh"))
    with pytest.raises(InstanceTooLarge):
        fair_coin_gradient(FullyConnectedNetwork([[1] * 40], [0], [1]))
