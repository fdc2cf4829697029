"""Means over all parities: level weights beyond the cube say what the cube says, and bounds on σ hold."""
from fractions import Fraction

import pytest
from oracles import orbit_average_by_levels

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge
from theorycheck.networks.activations import piecewise_linear
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.orbits.parities import parity_average
from theorycheck.rigor import decide
from theorycheck.statements.stuck import StuckParameters
from theorycheck.statements.stuck_averages import average_of, largest_value
from theorycheck.statements.stuck_instance import Stuck


def instance(**values):
    return Stuck(StuckParameters.from_values({"n": 6, "k": 3, "q": 4, "steps": 3, **values}), Settings())


@pytest.mark.parametrize("law", ["signs/n", "orbit:1,1,2,2,3,3,1,1,2,2,3,3,1,1,0", "gaussian"])
def test_beyond_the_cube_level_weights_say_the_same(law):
    at = instance(n=15, k=4, q=2, weights=law)
    by_levels, by_cube = at.average, parity_average(at.network, 4)
    assert by_levels.method != by_cube.method and by_levels.is_still
    assert decide(by_levels.filters, "==", by_cube.filters) is not False
    assert decide(by_levels.readout, "==", by_cube.readout) is not False
    if law != "gaussian":
        assert by_levels.total.exact == by_cube.total.exact > 0
    assert decide(by_levels.second_moment, ">=", by_cube.second_moment) is True
    assert [neuron.places for neuron in by_levels.neurons] == [(0,), (1,)]


def test_the_mean_is_theorem_twelves_orbit_average():
    at = instance(weights="orbit:1,2,3,4,5,6", bias="1/2", q=1, k=2)
    filters, readout = orbit_average_by_levels(range(1, 7), Fraction(1, 2), 2)
    u = at.network.readout[0]
    assert at.average.filters.exact == u**2 * filters and at.average.readout.exact == readout


def test_where_outputs_may_reach_one_the_cube_is_asked():
    network = FullyConnectedNetwork([[1] * 15], [0], [1])
    assert not average_of(network, 2, Fraction(0), None).is_still
    with pytest.raises(InstanceTooLarge):
        average_of(FullyConnectedNetwork([[1] * 40], [0], [1]), 2, Fraction(0), None)


def test_the_largest_value():
    jump = piecewise_linear("jump", (0,), ((-5, 0), (1, 1)))
    for activation, expected in (("relu", 7), ("clipped_relu:2", 2), ("abs", 7), (jump, 8), ("tanh", 1),
                                 ("leaky_relu:1/10", 7), ("zero", 0), ("square", None)):
        assert largest_value(FullyConnectedNetwork([[1, -2, 3], [0, 0, 1]], [1, 0], [1, 1], activation)) == expected
    # The jump's piece on the left ends at -5, higher in size than anything on its right.
    near = FullyConnectedNetwork([["1/2"]], ["1/4"], [1], jump)
    assert largest_value(near) == 5
