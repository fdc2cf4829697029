"""Descent in rationals and balls: records against the oracle, saved steps, populations, limits."""
from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import numpy as np
import oracles
import pytest

from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution
from theorycheck.errors import ParameterError
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.rigor import Real, decide, to_text
from theorycheck.training.certified_descent import CertifiedDescent
from theorycheck.training.descent import train
from theorycheck.training.trajectories import Record

EDGES = (F(0), F(1, 2), F(1))
START, COUNTS = collapsed_network(4, 2, [3, 1, 2, 2])
PROBLEM = LearningProblem(KPattern.parity(4, 2, 1))
SAMPLE = LearningProblem(PROBLEM.target, EmpiricalDistribution([[1, -1, 1, 1], [-1, -1, 1, -1], [1, 1, 1, -1]]))


def descent_of(network: Any = START, problem: LearningProblem = PROBLEM, population: Any = None, *,
               arithmetic: str = "rational", steps: int = 3, trains: str = "all", multiplicities: Any = COUNTS,
               eta: Any = F(1), precision: int = 128) -> CertifiedDescent:
    counts = np.ones(network.filter_count, dtype=np.int64) if multiplicities is None else multiplicities
    return CertifiedDescent(network, problem, population, eta=eta, steps=steps, trains=trains, multiplicities=counts,
                            edges=EDGES, arithmetic=arithmetic, precision=precision, restarts=0)


def expanded() -> ConvolutionalNetwork:
    return ConvolutionalNetwork(np.repeat(START.filters, COUNTS, axis=0), np.repeat(START.biases, COUNTS),
                                np.repeat(START.readout, COUNTS, axis=1))


def square(nested: Any) -> F:
    return sum((square(entry) for entry in nested), F(0)) if isinstance(nested, list) else nested**2


def test_records_of_a_collapsed_run_are_the_oracles_of_the_whole_network() -> None:
    descent, whole = descent_of(), expanded()
    labels = PROBLEM.labels().tolist()
    run = oracles.gradient_descent("cnn", whole.readout.tolist(), whole.filters.tolist(), whole.biases.tolist(),
                                   labels, F(1), 3)
    points = oracles.cube_points(4)
    for step, (loss, u, w) in zip(descent.run(), run, strict=True):
        record = descent.record(step)
        values = [oracles.cnn_value(x, u, w, whole.biases.tolist()) for x in points]
        weights = oracles.hinge_weights(values, labels, [F(1, 16)] * 16, F(0))
        du, dw = oracles.cnn_gradient(points, weights, u, w, whole.biases.tolist(), oracles.relu, oracles.relu_slope())
        margins = [f * h for f, h in zip(labels, values)]
        assert record.loss == loss and record.step == step.t
        assert record.squared_readout_norm == square(u)
        assert record.squared_drift == square(oracles.descend(w, whole.filters.tolist(), F(1)))
        assert (record.squared_readout_gradient_norm, record.squared_filters_gradient_norm) == (square(du), square(dw))
        assert record.margin_kinks == sum(m == 1 for m in margins)
        assert record.smallest_distance == float(min(abs(1 - m) for m in margins))
        assert list(record.level_weights or ()) == oracles.level_weights(values)
        assert record.margins is not None and list(record.margins.counts) == [
            sum(sum(m >= edge for edge in EDGES) == place for m in margins) for place in range(4)]


def inside(ball: Any, value: Any) -> bool:
    return decide(ball, "<", value) is not True and decide(ball, ">", value) is not True


def test_balls_contain_the_exact_records() -> None:
    exact, enclosed = descent_of(), descent_of(arithmetic="enclosed")
    for first, second in zip(exact.run(), enclosed.run(), strict=True):
        one, two = exact.record(first), enclosed.record(second)
        for name in ("loss", "squared_drift", "squared_readout_norm", "squared_readout_gradient_norm",
                     "squared_filters_gradient_norm"):
            assert inside(getattr(two, name), getattr(one, name))
            assert decide(Real(getattr(two, name)) - getattr(one, name), "<", F(1, 2**100)) is True
        assert one.margins == two.margins and two.margins is not None and two.margins.undecided == 0
        assert all(inside(b, a) for a, b in zip(one.level_weights or (), two.level_weights or (), strict=True))
        assert one.levels == two.levels or first.t == 0


NETWORKS = [START, as_locally_connected(START), as_fully_connected(START)]


@pytest.mark.parametrize("arithmetic", ["rational", "enclosed"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("trains", ["all", "readout"])
def test_saved_steps_come_back_to_the_bit(network: Any, arithmetic: str, trains: str) -> None:
    settings: dict[str, Any] = {"arithmetic": arithmetic, "trains": trains, "multiplicities": None, "eta": F(1, 3),
                                "steps": 4}
    descent = descent_of(network, **settings)
    steps = list(descent.run())
    for t in (0, 1, 3):
        other = descent_of(network, **settings)
        again = list(other.run(descent.saved(steps[t])))
        assert [step.t for step in again] == list(range(t, 5))
        for first, second in zip(steps[t:], again):
            assert descent.saved(first) == other.saved(second)
            assert texts(descent.record(first)) == texts(other.record(second))


def texts(record: Record) -> list[str]:
    entries = [record.loss, record.population_loss, record.squared_drift, record.squared_filters_gradient_norm,
               *(record.level_weights or ())]
    return [to_text(entry) for entry in entries if isinstance(entry, (F, Real))] + [
        repr((record.margins, record.margin_kinks, record.activation_kinks, record.smallest_distance))]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("arithmetic", ["rational", "enclosed"])
def test_the_population_loss_is_exact(network: Any, arithmetic: str) -> None:
    if arithmetic == "enclosed" and isinstance(network, FullyConnectedNetwork):
        with pytest.raises(ParameterError, match="'population' needs arithmetic float64 or rational for a fully"):
            descent_of(network, SAMPLE, PROBLEM, arithmetic=arithmetic, multiplicities=None)
        return
    descent = descent_of(network, SAMPLE, PROBLEM, arithmetic=arithmetic, multiplicities=None, eta=F(1, 2))
    exact = descent_of(network, SAMPLE, arithmetic="rational", multiplicities=None, eta=F(1, 2))
    labels = PROBLEM.labels().tolist()
    for step, same in zip(descent.run(), exact.run(), strict=True):
        values = exact.finish(same)[0].values_on_cube().fractions()
        assert inside(descent.record(step).population_loss, oracles.hinge_loss(values, labels, [F(1, 16)] * 16))


def test_the_final_network_and_its_radius() -> None:
    exact, enclosed = descent_of(), descent_of(arithmetic="enclosed")
    network, radius = exact.finish(list(exact.run())[-1])
    near, width = enclosed.finish(list(enclosed.run())[-1])
    assert radius == 0 and 0 <= width < 2.0**-100
    assert max(abs(a - b) for a, b in zip(network.readout.ravel(), near.readout.ravel())) <= F(width)
    assert max(abs(a - b) for a, b in zip(network.filters.ravel(), near.filters.ravel())) <= F(width)
    local = descent_of(as_locally_connected(START))
    assert local.finish(next(local.run()))[0].filters.tolist() == as_locally_connected(START).filters.tolist()


def test_sums_and_means() -> None:
    exact, enclosed = descent_of(), descent_of(arithmetic="enclosed")
    assert exact.mean(exact.plus(F(1, 3), F(1, 6)), 2) == F(1, 4)
    third = Real(1) / 3
    total = enclosed.plus(enclosed.plus(F(0), third), Real(third.enclose(128)))
    assert inside(enclosed.mean(total, 2), F(1, 3)) and isinstance(total, Real)


def test_level_weights_of_a_large_fully_connected_network_are_left_out() -> None:
    network = FullyConnectedNetwork([[1] * 13], [0], [0])
    descent = descent_of(network, LearningProblem(KPattern.parity(13, 2)), multiplicities=None)
    record = descent.record(next(descent.run()))
    assert record.level_weights is None and record.margins is not None
    assert descent.limits == ("No level weights: 2^13 points are above the limit of 4096.",)


def test_records_of_balls_are_those_of_the_rationals_to_the_precision_of_the_run() -> None:
    start, copies = collapsed_network(4, 2, [3, 1, 2, 5])
    exact, balls = (train(start, LearningProblem(KPattern.parity(4, 2, 1)), eta=F(1, 3), steps=2, arithmetic=arithmetic,
                          multiplicities=copies) for arithmetic in ("rational", "enclosed"))
    # A few hundred operations at 128 bits on numbers below 100 leave far more than 100 bits.
    pairs = [(balls.mean_loss, exact.mean_loss)]
    for ball, value in zip(balls.records, exact.records):
        pairs += [(getattr(ball, name), getattr(value, name)) for name in (
            "loss", "squared_drift", "squared_readout_norm", "squared_readout_gradient_norm",
            "squared_filters_gradient_norm")]
    for found, value in pairs:
        difference = Real(found) - value
        assert decide(difference, "<", F(1, 2**100)) is True and decide(difference, ">", -F(1, 2**100)) is True
    assert 0 < balls.radius < 2.0**-100
    drift = [sum((w - w0)**2 for w, w0 in zip(row, row0)) for row, row0 in zip(exact.network.filters, start.filters)]
    assert exact.records[-1].squared_drift == sum(m * d for m, d in zip(copies.tolist(), drift))
