"""The starts of the four networks, their first gradients by definitions and permutations, and their runs."""
from __future__ import annotations

from fractions import Fraction as F
from itertools import permutations

import numpy as np
import pytest
from oracles import fcn_gradient

from theorycheck.claims import Settings
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.evaluation import values_on_cube
from theorycheck.statements.separation_instance import Separation
from theorycheck.statements.separation_parameters import SeparationParameters


def instance(seed=0, **values):
    given = {"n": 5, "k": 2, "q": 8, "steps": 12, "etas": "1/2,1,2", **values}
    return Separation(SeparationParameters.from_values(given), Settings(seed=seed))


def test_the_four_starts_are_what_they_are_called():
    one = instance(n=5, k=2, q=8)
    kinds = {"CNN": ConvolutionalNetwork, "LCN": LocallyConnectedNetwork, "eFCN": FullyConnectedNetwork,
             "FCN": FullyConnectedNetwork}
    for name, kind in kinds.items():
        network, counts = one.start(name)
        assert isinstance(network, kind) and network.n == 5 and network.filter_count == len(counts)
        assert not any(values_on_cube(network).fractions()), "h=0 at every start"
    assert one.start("CNN")[0].filter_count == 4 and sum(one.start("CNN")[1]) == sum(one.start("LCN")[1]) == 8
    # The embedding of C classes at N windows: C·N neurons, each for m of the q·N.
    assert one.start("eFCN")[0].filter_count == 16 and sum(one.start("eFCN")[1]) == 32
    assert sum(one.start("FCN")[1]) == 8 and one.fcn.filter_count == 8


@pytest.mark.parametrize("size, readout", [(6, [1, -1] * 3), (5, [1, -1, 1, -1, 0]), (1, [0])])
def test_neurons_in_pairs_cancel(size, readout):
    fcn = instance(fcn_neurons=size, fcn_weights="gaussian:1").fcn
    assert fcn.readout.tolist() == readout and fcn.filters.shape == (size, 5)
    for one, other in zip(range(0, size - 1, 2), range(1, size, 2)):
        assert np.array_equal(fcn.filters[one], fcn.filters[other]) and fcn.biases[one] == fcn.biases[other]


def test_a_readout_of_zeros_draws_every_neuron():
    fcn = instance(fcn_readout="zero", fcn_weights="gaussian").fcn
    assert not fcn.readout.any() and len({tuple(row) for row in fcn.filters.tolist()}) == 8


@pytest.mark.parametrize("law, sizes", [("signs/n", {0.2}), ("signs/sqrt(n)", {5**-0.5}), ("sparse:4", {0.0, 0.5}),
                                        ("orbit:1,2,3,4,5", {1.0, 2.0, 3.0, 4.0, 5.0})])
def test_the_laws_weights(law, sizes):
    # 1/sqrt(5) is a float either way, up to one rounding of the root and one of the product.
    found = np.unique(np.abs(instance(fcn_weights=law).fcn.filters))
    assert np.allclose(found, sorted(sizes), rtol=1e-15)


def test_one_seed_is_one_draw_and_another_is_another():
    draws = [instance(seed=seed, fcn_weights="uniform", init="paper") for seed in (3, 3, 4)]
    assert np.array_equal(draws[0].fcn.filters, draws[1].fcn.filters)
    assert not np.array_equal(draws[0].fcn.filters, draws[2].fcn.filters)
    assert draws[0].multiplicities.tolist() == draws[1].multiplicities.tolist()


def test_the_orbit_average_is_the_mean_over_permutations():
    one = instance(n=4, k=2, fcn_neurons=2, fcn_weights="orbit:1,2,3,5", fcn_bias="1/2")
    row, labels = [F(int(w)) for w in one.fcn.filters[0]], one.problem.labels().tolist()
    points = [[1 - 2 * (x >> i & 1) for i in range(4)] for x in range(16)]
    weights = [F(label, 16) for label in labels]
    inner = outer = F(0)
    for order in permutations(row):
        readout, filters = fcn_gradient(points, weights, [F(1)], [list(order)], [F(1, 2)], lambda t: max(t, F(0)),
                                        lambda t: F(int(t > 0)))
        inner += sum(entry**2 for entry in filters[0])
        outer += readout[0]**2
    # Two neurons with u = +1 and -1 have the same squares.
    assert one.orbit_average.filters.exact == 2 * inner / 24 and one.orbit_average.readout.exact == 2 * outer / 24


@pytest.mark.parametrize("activation, law, bias, c", [
    ("relu", "signs/n", "0", 1), ("relu", "orbit:1,2,3,4,5", "1/2", F(31, 2)), ("relu", "signs/n", "-3/4", F(1, 4)),
    ("clipped_relu:2", "orbit:1,2,3,4,5", "0", 2), ("clip:-3,1", "orbit:1,0,0,0,0", "-1", 2),
    ("abs", "orbit:1,0,0,0,0", "-1", 2), ("relu", "signs/n", "-2", 1)])
def test_the_constant_is_the_largest_value_reached(activation, law, bias, c):
    assert instance(activation=activation, fcn_weights=law, fcn_bias=bias).c.exact == pytest.approx(c, abs=1e-15)


def test_the_first_record_is_that_of_any_run():
    one = instance()
    assert one.first_record == one.comparison("FCN").runs[0].records[0] == one.comparison("FCN").runs[2].records[0]


def test_runs_are_made_once_and_the_reached_step_is_the_cnns():
    one = instance()
    assert one.comparison("CNN") is one.comparison("CNN") and one.best("FCN") is None
    best = one.best("CNN")
    assert one.reached in best.records and one.reached.loss <= 0.1
    before = [record for record in best.records if record.step < one.reached.step]
    assert before and all(record.loss > 0.1 for record in before)


def test_an_interrupted_comparison_stays_interrupted(monkeypatch):
    from theorycheck.training import planned_runs
    one, real, calls = instance(), planned_runs.measure, []

    def measure(*arguments):
        calls.append(1)
        if len(calls) > 12:
            raise KeyboardInterrupt
        return real(*arguments)
    monkeypatch.setattr(planned_runs, "measure", measure)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            one.comparison("CNN")
    assert one.done["CNN"].is_interrupted and one.best("CNN").is_finished and len(one.done["CNN"].runs) == 2


@pytest.mark.parametrize("pattern, is_parity", [("parity", True), ("0x9", True), ("0x6", True), ("and", False)])
def test_a_parity_and_its_negative_are_parities(pattern, is_parity):
    assert instance(pattern=pattern).is_parity is is_parity


def test_what_does_not_fit_is_refused():
    with pytest.raises(InstanceTooLarge, match="n=40 needs"):
        instance(n=40)
    with pytest.raises(ParameterError, match="'fcn_weights' must be one of"):
        instance(fcn_weights="xavier")
    with pytest.raises(ParameterError, match="'n' must be 3 for the law"):
        instance(fcn_weights="orbit:1,2,3")
    for values in ({"fcn_weights": "orbit:1e400,1,1,1,1"}, {"fcn_bias": "1e400"}):
        with pytest.raises(ParameterError, match="'fcn_weights' and 'fcn_bias' must be in float64's range."):
            instance(**values).start("FCN")
