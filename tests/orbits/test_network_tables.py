"""The tables behind the parities: hinge factor, groups of equal neurons, and which networks are enumerated exactly."""
from fractions import Fraction

import numpy as np
import pytest
from oracles import cube_points, dot, relu

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.rationals import RationalArray
from theorycheck.orbits.network_tables import (equal_neurons, exact_tables, hinge_factor, is_enumerated_exactly,
                                               squared_readout)


def test_the_hinge_factor_is_the_mean_of_two_slopes():
    gamma = Fraction(2, 7)
    outputs = [Fraction(p, 3) for p in range(-7, 8)]
    factor = hinge_factor(RationalArray(np.arange(-7, 8), 3), gamma)

    def slope(margin):
        return 1 if margin < 1 else gamma if margin == 1 else 0
    assert factor.values.fractions() == [(slope(h) + slope(-h)) / Fraction(2) for h in outputs]
    assert factor.margin_kinks == 2 and not factor.is_one
    assert hinge_factor(RationalArray(np.array([1, -1]), 2), gamma).is_one
    assert not hinge_factor(RationalArray(np.array([1, -2]), 2), Fraction(1)).is_one  # for certain inside, not at 1
    huge = hinge_factor(RationalArray(np.array([10**30, 1], dtype=object), 10**30), Fraction(1, 2**61))
    assert huge.values.fractions() == [Fraction(2**61 + 1, 2**62), 1]


def test_the_tables_are_the_neurons_times_the_factor():
    sigma = activation_named("relu").with_kink_slope("1/3")
    network = FullyConnectedNetwork([[1, "1/2"], [1, -1], [1, "1/2"]], ["1/2", 0, "1/2"], [1, 2, "1/2"], sigma)
    factor, neurons = exact_tables(network, Fraction(1, 5))
    listed = list(neurons)
    assert [tables.places for tables in listed] == [(0, 2), (1,)]
    assert listed[0].squared_readout == Fraction(5, 4) == squared_readout(network, (0, 2))
    for tables in listed:
        row, bias = network.filters[tables.places[0]], network.biases[tables.places[0]]
        inner = [dot(row, x) + bias for x in cube_points(2)]
        slopes = [Fraction(1) if t > 0 else Fraction(1, 3) if t == 0 else Fraction(0) for t in inner]
        assert tables.plain_slope.fractions() == slopes and tables.plain_value.fractions() == list(map(relu, inner))
        a = factor.values.fractions()
        assert tables.slope.fractions() == [f * t for f, t in zip(a, slopes)]
        assert tables.value.fractions() == [f * relu(t) for f, t in zip(a, inner)]
    still = exact_tables(FullyConnectedNetwork([[1, 1]], [0], ["1/3"]), Fraction(0))
    tables = next(still[1])
    assert still[0].is_one and tables.slope is tables.plain_slope and tables.value is tables.plain_value


def test_groups_of_equal_neurons():
    rows = [[1, 2], [2, 1], [1, 2], [1, 2]]
    assert equal_neurons(FullyConnectedNetwork(rows, [0, 0, 0, 1], [1] * 4)) == ((0, 2), (1,), (3,))
    assert equal_neurons(FullyConnectedNetwork(np.array(rows) / 3, [0, 0, 0, 1], [1] * 4)) == ((0, 2), (1,), (3,))


@pytest.mark.parametrize("network, expected", [
    (FullyConnectedNetwork(np.full((2, 14), 0.1), [0, 0], [1, 1]), True),
    (FullyConnectedNetwork(np.full((2, 15), 0.1), [0, 0], [1, 1]), False),
    (FullyConnectedNetwork([["1/15"] * 15] * 2, ["1/4", 0], [1, "1/3"]), True),
    (FullyConnectedNetwork([[1] * 22], [0], [1]), True), (FullyConnectedNetwork([[1] * 23], [0], [1]), False),
    (FullyConnectedNetwork([[2**44] * 15], [0], [2**20]), False),
    (FullyConnectedNetwork([[1] * 15], [0], [1], "square"), False),
    (FullyConnectedNetwork([[1] * 3], [0], [1], "tanh"), False)])
def test_which_networks_are_enumerated_exactly(network, expected):
    assert is_enumerated_exactly(network, Fraction(0)) is expected


def test_what_fits_is_really_summed_in_64_bits():
    # The bound promises it; the transform refuses what may not fit.
    from theorycheck.orbits.cube_tables import table_level_weights
    network = FullyConnectedNetwork([[2**11] * 15], [1], [1], "leaky_relu:1/100")
    assert is_enumerated_exactly(network, Fraction(0))
    factor, neurons = exact_tables(network, Fraction(0))
    tables = next(neurons)
    assert tables.value.numerators.dtype == np.int64 and table_level_weights(tables.value, [1])[1].exact > 0


def test_bad_input():
    with pytest.raises(ParameterError, match="must map rationals to rationals here; tanh does not"):
        exact_tables(FullyConnectedNetwork([[1, 1]], [1], [1], "tanh"), Fraction(0))
    with pytest.raises(InstanceTooLarge, match="the largest n that fits"):
        exact_tables(FullyConnectedNetwork([[1] * 40], [0], [1]), Fraction(0))
