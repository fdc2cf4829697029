"""Means over all parities: Parseval over all levels, golden values, and float tables against rationals.

Against gradients one parity at a time: tests/orbits/test_parity_differences.py.
"""
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_strategies import networks

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.orbits.parities import parity_average, require_fully_connected
from theorycheck.rigor import decide, to_text


@settings(deadline=None, max_examples=40)
@given(networks(), st.data())
def test_parseval_over_all_levels_and_the_chain_of_bounds(network, data):
    gamma = data.draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(1)]))
    averages = [parity_average(network, k, hinge_slope=gamma) for k in range(network.n + 1)]
    # Σ_k C(n,k) times the mean over level k is Σ_c E v_c².
    total = sum(average.total.exact * average.parities for average in averages)
    assert total == averages[0].second_moment.exact
    assert total <= averages[0].network_moment.exact <= 4 * total
    if averages[0].is_still:
        assert total == averages[0].network_moment.exact


def test_the_hinge_factor_matters():
    # One neuron with |h| = 1, > 1 and < 1 somewhere: γ and the factor 1/2 both show.
    network = FullyConnectedNetwork([["1/2", "1/4"]], ["1/4"], [2])
    assert parity_average(network, 1).margin_kinks == 1 and not parity_average(network, 1).is_still
    totals = {parity_average(network, 1, hinge_slope=gamma).total.exact for gamma in (0, "1/2", 1)}
    assert len(totals) == 3
    scaled = FullyConnectedNetwork([["1/2", "1/4"]], ["1/4"], ["1/4"])
    assert len({parity_average(scaled, 1, hinge_slope=gamma).total.exact for gamma in (0, "1/2", 1)}) == 1


def test_theorem_twelves_golden_values_where_the_hinge_slope_is_one():
    # n=6, k=2, w=1^6, b=0: 27/512 and 9/256 at u=1; scaled by u², with |h| < 1.
    average = parity_average(FullyConnectedNetwork([[1] * 6], [0], ["1/8"]), 2)
    assert average.filters.exact == Fraction(27, 512) / 64 and average.readout.exact == Fraction(9, 256)
    average = parity_average(FullyConnectedNetwork([range(1, 7)], ["1/2"], ["1/32"]), 2)
    assert average.filters.exact == Fraction(179, 2560) / 1024 and average.readout.exact == Fraction(7079, 15360)


def test_equal_neurons_are_counted_as_often_as_they_are():
    twice = FullyConnectedNetwork([[1, 2, 3]] * 2, ["1/2"] * 2, ["1/20", "-1/20"])
    once = FullyConnectedNetwork([[1, 2, 3]], ["1/2"], ["1/20"])
    double, single = parity_average(twice, 2), parity_average(once, 2)
    assert double.total.exact == 2 * single.total.exact
    assert [neuron.places for neuron in double.neurons] == [(0, 1)]


def test_any_k_set_and_any_permutation_of_the_weights():
    # The mean over parities does not change when the variables are permuted.
    rng = np.random.default_rng(0)
    filters = rng.integers(-5, 6, size=(3, 6))
    base = parity_average(FullyConnectedNetwork(filters, [1, 0, 2], ["1/3", -1, "1/7"]), 3)
    for _ in range(3):
        order = rng.permutation(6)
        other = parity_average(FullyConnectedNetwork(filters[:, order], [1, 0, 2], ["1/3", -1, "1/7"]), 3)
        assert other.filters.exact == base.filters.exact and other.readout.exact == base.readout.exact


@pytest.mark.parametrize("activation", ["relu", "clipped_relu:1/2", "leaky_relu:1/100", "abs", "square", "clip:-1,2"])
@pytest.mark.parametrize("scale", ["1/100", 1])
def test_float_tables_enclose_the_rationals(activation, scale):
    rng = np.random.default_rng(1)
    network = FullyConnectedNetwork(rng.integers(-3, 4, size=(5, 7)) / 3, rng.integers(-2, 3, size=5) / 7,
                                    [Fraction(scale) * int(u) for u in rng.integers(-3, 4, size=5)], activation)
    exact = parity_average(network, 3, hinge_slope="1/3", method="exact")
    enclosed = parity_average(network, 3, hinge_slope="1/3", method="float")
    assert enclosed.method == "float" and enclosed.is_still == exact.is_still
    for name in ("filters", "readout", "second_moment", "network_moment"):
        known, ball = getattr(exact, name), getattr(enclosed, name)
        assert decide(known, "==", ball) is not False, name
        width = float(ball.enclose().rad()) if ball.exact is None else 0.0
        # A thousand roundings of 2^-53 of the mean square.
        assert width <= 1e-12 * (1 + float(known)), name


def test_rationals_that_are_no_floats_and_ties_on_every_kink():
    # 1/3 is no float64 number: with bias 0 and even n a third of the points sits on the kink within rounding.
    network = FullyConnectedNetwork([["1/3", "-1/3", "1/3", "1/3", "1/3", "-1/3"]], [0], ["1/2"],
                                    activation_named("relu").with_kink_slope("1/5"))
    exact, ball = (parity_average(network, 2, method=method) for method in ("exact", "float"))
    assert exact.filters.exact == ball.filters.exact > 0  # a level weight of a rational table, so exact
    # h = ±1 exactly at points: the outputs are looked at again.
    at_one = FullyConnectedNetwork([["1/3", "1/3", "1/3"]], [0], [1])
    assert parity_average(at_one, 2, method="float", hinge_slope=1).margin_kinks == 1
    assert parity_average(at_one, 2, method="float").filters.exact == parity_average(at_one, 2).filters.exact


def test_tanh_at_a_size_beyond_rationals():
    rng = np.random.default_rng(2)
    network = FullyConnectedNetwork(rng.standard_normal((2, 15)) / 4, np.zeros(2), np.array([0.25, -0.5]), "tanh")
    average = parity_average(network, 3)
    assert average.method == "float" and "tanh is not rational" in average.reason and average.is_still
    # u_i² E[x_j² σ'²] <= u_i² n, E σ² <= 1; and the mean is at most the second moment over C(n,k).
    assert decide(average.second_moment, "<=", 15 * Fraction(5, 16) + 2) is True
    assert decide(average.total * comb(15, 3), "<=", average.second_moment) is True
    assert decide(average.readout, ">", 0) is True


def test_short_rationals_stay_exact_above_the_dimension_of_long_ones():
    rng = np.random.default_rng(3)
    weights = rng.choice([-0.25, 0.25], size=(2, 16))
    exact = parity_average(FullyConnectedNetwork(weights, [0.125, 0.0], [0.01, -0.02]), 4)
    assert exact.method == "exact" and exact.filters.exact
    gaussian = parity_average(FullyConnectedNetwork(rng.standard_normal((1, 16)), [0.1], [0.01]), 4)
    assert gaussian.method == "float" and gaussian.filters.exact  # σ' is decided at every point all the same
    ball = parity_average(FullyConnectedNetwork(weights, [0.125, 0.0], [0.01, -0.02]), 4, method="float")
    assert decide(exact.readout, "==", ball.readout) is not False and exact.filters.exact == ball.filters.exact


def test_bad_input():
    network = FullyConnectedNetwork([[1, 1, 1]], [0], [1])
    for k, message in ((4, "at most n=3, not 4"), (-1, "at least 0"), (True, "boolean"), (1.5, "integer")):
        with pytest.raises(ParameterError, match=message):
            parity_average(network, k)
    with pytest.raises(ParameterError, match="'hinge_slope' must be at least 0 and at most 1, not 2."):
        parity_average(network, 1, hinge_slope=2)
    with pytest.raises(ParameterError, match="'method' must be one of auto, exact, float"):
        parity_average(network, 1, method="fast")
    with pytest.raises(ParameterError, match="must be a FullyConnectedNetwork, not int"):
        parity_average(5, 1)
    with pytest.raises(ParameterError, match="must be a FullyConnectedNetwork, not str"):
        require_fully_connected("network")
    with pytest.raises(ParameterError, match="too large for float64 tables"):
        parity_average(FullyConnectedNetwork([[10**200, 1]], [0], [1]), 1, method="float")
    with pytest.raises(InstanceTooLarge, match="the largest n that fits"):
        parity_average(FullyConnectedNetwork([[1] * 40], [0], [1]), 2)


@pytest.mark.parametrize("method", ["exact", "float"])
def test_the_number_of_threads_changes_nothing(method):
    rng = np.random.default_rng(7)
    network = FullyConnectedNetwork(rng.standard_normal((2, 9)), [0.1, 0.2], rng.standard_normal(2))
    one, two = (parity_average(network, 4, method=method, threads=threads) for threads in (1, 2))
    assert to_text(one.total) == to_text(two.total) and to_text(one.second_moment) == to_text(two.second_moment)
