"""float64 descent: its steps by the definition, its records against the exact ones, its saved bits."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from typing import Any

import numpy as np
import pytest

from theorycheck.cube.distributions import ProductDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.results import ErrorBounds
from theorycheck.networks.activations import user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.initialisers import collapsed_network
from theorycheck.networks.problems import LearningProblem
from theorycheck.training import float_descent
from theorycheck.training.descent import train
from theorycheck.training.float_descent import FloatDescent

EDGES = (F(0), F(1))
RNG = np.random.default_rng(4)
CNN = ConvolutionalNetwork(RNG.normal(size=(3, 2)), RNG.normal(size=3), RNG.normal(size=(3, 3)))
PROBLEM = LearningProblem(KPattern.parity(4, 2, 1))


@dataclass
class Result:
    """A gradient of ones, for tests of what is done with it."""

    filters: np.ndarray
    readout: np.ndarray
    loss: float = 0.5
    margin_kinks: int = 1
    activation_kinks: int = 2
    smallest_distance: float = 0.25

    def error_bounds(self) -> ErrorBounds:
        return ErrorBounds(1e-9, 1e-8, 1e-7)


class Plan:
    """Answers with ones of size ``size``."""

    def __init__(self, size: float = 1.0) -> None:
        self.size = size

    def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> Result:
        return Result(np.full(filters.shape, self.size), np.full(readout.shape, self.size))


def descent_of(network: Any, problem: LearningProblem = PROBLEM, population: Any = None, *, eta: float = 0.1,
               steps: int = 3, trains: str = "all", multiplicities: Any = None) -> FloatDescent:
    counts = np.ones(network.filter_count, dtype=np.int64) if multiplicities is None else np.array(multiplicities)
    return FloatDescent(network, problem, population, eta=eta, steps=steps, trains=trains, multiplicities=counts,
                        edges=EDGES, threads=None)


@pytest.mark.parametrize("trains", ["all", "readout"])
def test_a_step_subtracts_eta_times_the_gradient(monkeypatch: pytest.MonkeyPatch, trains: str) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan(3.0))
    steps = list(descent_of(CNN, trains=trains).run())
    assert [step.t for step in steps] == [0, 1, 2, 3]
    w, u = CNN.filters, CNN.readout
    for step in steps:
        assert np.array_equal(step.readout, u) and np.array_equal(step.filters, w)
        w, u = w - (0.1 * 3.0 if trains == "all" else 0.0), u - 0.1 * 3.0


def test_an_overflow_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan(1e308))
    with pytest.raises(ParameterError) as caught:
        list(descent_of(CNN, eta=1.5, steps=9).run())
    assert str(caught.value) == "'eta' must be smaller: a parameter is not finite after 2 steps."


def test_saved_steps_come_back_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan(1 / 3))
    descent = descent_of(CNN, steps=5)
    steps = list(descent.run())
    again = list(descent_of(CNN, steps=5).run(descent.saved(steps[2])))
    assert [step.t for step in again] == [2, 3, 4, 5]
    for first, second in zip(steps[2:], again):
        assert first.filters.tobytes() == second.filters.tobytes()
        assert first.readout.tobytes() == second.readout.tobytes()


@pytest.mark.parametrize("network, counts", [(CNN, [2, 1, 5]), (as_locally_connected(CNN), [2, 1, 5]),
                                             (as_fully_connected(CNN), [3] * 9)])
def test_norms_count_every_copy(monkeypatch: pytest.MonkeyPatch, network: Any, counts: list) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan(2.0))
    descent = descent_of(network, multiplicities=counts)
    first, last = [descent.record(step) for step in descent.run()][::3]
    copies = np.array(counts)
    readout = float((network.readout**2 * copies).sum())
    rows, windows = network.filters.size // len(counts), network.readout.size // len(counts)
    # Sums of a few numbers near 1 in another order.
    assert first.squared_readout_norm == pytest.approx(readout, rel=1e-14) and first.squared_drift == 0
    assert last.squared_drift == pytest.approx(0.36 * rows * copies.sum(), rel=1e-14)
    assert first.squared_filters_gradient_norm == 4 * rows * copies.sum()
    assert first.squared_readout_gradient_norm == 4 * windows * copies.sum()
    assert (first.loss, first.loss_error, first.margin_kinks, first.activation_kinks, first.smallest_distance) == (
        0.5, 1e-9, 1, 2, 0.25)


@pytest.mark.parametrize("network", [CNN, as_fully_connected(CNN),
                                     LocallyConnectedNetwork(RNG.normal(size=(3, 2, 2)), RNG.normal(size=(3, 2)),
                                                             RNG.normal(size=(3, 2)))])
@pytest.mark.parametrize("distribution", [None, ProductDistribution(["1/2"] * 4),
                                          EmpiricalDistribution([[1, 1, -1, 1], [1, -1, -1, -1]])])
def test_histograms_and_levels_are_those_of_the_exact_values(monkeypatch: pytest.MonkeyPatch, network: Any,
                                                             distribution: Any) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan())
    problem = PROBLEM if distribution is None else LearningProblem(PROBLEM.target, distribution)
    descent = descent_of(network, problem)
    record = descent.record(next(descent.run()))
    values = network.values_on_cube().fractions()
    margins = [value * int(label) for value, label in zip(values, problem.labels())]
    masses = problem.distribution.probabilities()
    assert record.margins is not None
    assert list(record.margins.probabilities) == [
        sum((p for m, p in zip(margins, masses) if sum(m >= edge for edge in EDGES) == place), F(0))
        for place in range(3)]
    if isinstance(network, FullyConnectedNetwork) and isinstance(distribution, EmpiricalDistribution):
        assert record.level_weights is None and "No level weights" in descent.limits[0]
        return
    from theorycheck.cube.boolean_function import BooleanFunction
    from theorycheck.cube.spectral_weights import level_weights
    exact = level_weights(BooleanFunction(np.array([float(value) for value in values])))
    # 16 values below 50, in float64.
    assert np.allclose(record.level_weights, exact, rtol=0, atol=1e-11)


def test_the_population_is_measured_with_its_own_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    other = LearningProblem(KPattern.parity(4, 2))

    class Half(Plan):
        def evaluate(self, filters: np.ndarray, readout: np.ndarray) -> Result:
            result = super().evaluate(filters, readout)
            result.loss = 0.125
            return result

    monkeypatch.setattr(float_descent, "plan_gradients",
                        lambda _, problem, **__: Half() if problem is other else Plan())
    descent = descent_of(CNN, PROBLEM, other)
    record = descent.record(next(descent.run()))
    assert (record.loss, record.population_loss) == (0.5, 0.125)


def test_the_mean_loss_is_rounded_once() -> None:
    descent = object.__new__(FloatDescent)
    total = F(0)
    for _ in range(10):
        total = descent.plus(total, 0.1)
    assert descent.mean(total, 10) == 0.1 and sum([0.1] * 10) / 10 != 0.1


def test_a_users_activation_has_no_rounding_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float_descent, "plan_gradients", lambda *_, **__: Plan())
    cubic = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2)
    descent = descent_of(ConvolutionalNetwork(CNN.filters, CNN.biases, CNN.readout, cubic))
    assert descent.record(next(descent.run())).loss_error is None
    assert descent.limits == ("No bounds on rounding errors: a user's activation states none.",)


def test_numbers_beyond_float64_are_refused_without_a_warning() -> None:
    # A warning is an error in this suite.
    large = FullyConnectedNetwork([[1e200, 1e200]], [0.0], [1e200])
    with pytest.raises(ParameterError, match="'network' must have smaller parameters: a value after 0 steps"):
        train(large, LearningProblem(KPattern.parity(2, 2)), eta=1, steps=2)
    with pytest.raises(ParameterError, match="the loss or its gradient is not finite"):
        train(large, LearningProblem(KPattern.from_hex(2, 2, "0x1")), eta=1, steps=2)
    large = ConvolutionalNetwork(np.full((1, 2), 1e200), np.zeros(1), np.full((3, 1), 1e200))
    with pytest.raises(ParameterError, match="must have finite window tables"):
        train(large, PROBLEM, eta=1, steps=2)
    start, copies = collapsed_network(4, 2, [1, 2, 3, 4], activation="identity")
    with pytest.raises(ParameterError, match="'eta' must be smaller; after 2 steps: "):
        train(start, LearningProblem(KPattern.logical_and(4, 2)), eta=1e154, steps=5, multiplicities=copies)
