"""Gradients of fully-connected networks: definitions, symmetries, differences, and what is refused."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube import BooleanFunction, EmpiricalDistribution, ExplicitDistribution, KPattern, ProductDistribution
from theorycheck.cube.memory import memory_budget
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.gradients.neuron_cube import NeuronCube
from theorycheck.gradients.neuron_gradients import NeuronGradient, NeuronGradients
from theorycheck.gradients.plans import loss_and_gradient, plan_gradients
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem

F = Fraction
SIZES = [4, 12]  # block by block, and fused


def draw_network(n: int, q: int, seed: int, activation: str = "relu") -> FullyConnectedNetwork:
    rng = np.random.default_rng(seed)
    return FullyConnectedNetwork(rng.normal(size=(q, n)), rng.normal(size=q), rng.normal(size=q), activation)


def draw_target(n: int, seed: int) -> BooleanFunction:
    return BooleanFunction.from_truth_table(1 - 2 * np.random.default_rng(seed).integers(0, 2, 2**n))


def assert_same(first: NeuronGradient, second: NeuronGradient, change: Any = lambda array: array) -> None:
    """Equal within what both may round; ``change`` maps the second's filter gradient to the first's."""
    bounds, others = first.error_bounds(), second.error_bounds()
    assert abs(first.loss - second.loss) <= bounds.loss + others.loss < 1e-10
    assert np.abs(first.filters - change(second.filters)).max() <= bounds.filters + others.filters < 1e-10


@pytest.mark.parametrize("name", ["relu", "clipped_relu:1/2", "abs", "tanh"])
@pytest.mark.parametrize("n", SIZES)
def test_gradient_is_the_limit_of_differences(n: int, name: str) -> None:
    network, problem = draw_network(n, 3, 7, name), LearningProblem(draw_target(n, 8))
    plan = NeuronGradients(network, problem)
    result, step = plan.evaluate(network.filters, network.readout), 2.0**-26
    rng = np.random.default_rng(9)
    for _ in range(5):
        inner, outer = rng.normal(size=network.filters.shape), rng.normal(size=3)
        ahead, behind = (plan.evaluate(network.filters + sign * step * inner, network.readout + sign * step * outer)
                         for sign in (1, -1))
        slope = np.sum(inner * result.filters) + outer @ result.readout
        # Curvature costs O(step^2), rounding 1e-15/step, and a few points between the two ends may cross a kink: each
        # changes the slope by at most its weight times the step, below 10 step.
        assert abs((ahead.loss - behind.loss) / (2 * step) - slope) < 1e-6


@pytest.mark.parametrize("n", SIZES)
def test_permutations_of_the_variables(n: int) -> None:
    """h(x∘π) with permuted weights: the filter gradient is permuted, all else stays."""
    network, target = draw_network(n, 3, 1), draw_target(n, 2)
    order = np.random.default_rng(3).permutation(n)
    points = target.cube.all_points()
    moved = np.empty_like(points)
    moved[:, order] = points  # variable i becomes variable order[i]
    table = np.empty(2**n, dtype=np.int64)
    table[target.cube.indices(moved)] = target.values
    weights = np.empty_like(network.filters)
    weights[:, order] = network.filters
    other = FullyConnectedNetwork(weights, network.biases, network.readout)
    first = loss_and_gradient(network, LearningProblem(target))
    second = loss_and_gradient(other, LearningProblem(BooleanFunction.from_truth_table(table)))
    assert_same(first, second, lambda filters: filters[:, order])
    assert not np.allclose(first.filters, second.filters)


@pytest.mark.parametrize("n", SIZES)
def test_signs_of_the_variables(n: int) -> None:
    """x_l -> s_l x_l in the target and in the weights: the filter gradient changes sign with them."""
    network, target = draw_network(n, 3, 4), draw_target(n, 5)
    signs = 1 - 2 * np.random.default_rng(6).integers(0, 2, n)
    flipped = target.values[target.cube.indices(target.cube.all_points() * signs)]
    other = FullyConnectedNetwork(network.filters * signs, network.biases, network.readout)
    first = loss_and_gradient(network, LearningProblem(target))
    second = loss_and_gradient(other, LearningProblem(BooleanFunction.from_truth_table(flipped)))
    assert_same(first, second, lambda filters: filters * signs)


@pytest.mark.parametrize("n", SIZES)
def test_sign_of_the_label_and_order_of_the_neurons(n: int) -> None:
    network, target = draw_network(n, 4, 4), draw_target(n, 5)
    opposite = BooleanFunction.from_truth_table(-target.values)
    order = [2, 0, 3, 1]
    other = FullyConnectedNetwork(network.filters[order], network.biases[order], -network.readout[order])
    first = loss_and_gradient(network, LearningProblem(target))
    second = loss_and_gradient(other, LearningProblem(opposite))
    assert np.abs(first.readout[order] + second.readout).max() < 1e-12  # 4 neurons of size 10: rounding below 1e-13
    assert_same(first, second, lambda filters: filters[np.argsort(order)])


@pytest.mark.parametrize("n", SIZES)
def test_multiplicities_stand_for_equal_neurons(n: int) -> None:
    network, problem = draw_network(n, 3, 1), LearningProblem(KPattern.parity(n, 2))
    copies = [2, 1, 3]
    wide = FullyConnectedNetwork(*(np.repeat(getattr(network, name), copies, axis=0)
                                   for name in ("filters", "biases", "readout")))
    collapsed = loss_and_gradient(network, problem, multiplicities=copies)
    full = loss_and_gradient(wide, problem)
    first = np.cumsum([0, *copies[:-1]])
    assert_same(collapsed, full, lambda filters: filters[first])
    assert np.allclose(collapsed.readout, full.readout[first], rtol=0, atol=1e-12)
    absent = loss_and_gradient(network, problem, multiplicities=[2, 0, 3])
    assert not np.isclose(absent.loss, collapsed.loss)


@pytest.mark.parametrize("kind", ["uniform", "product"])
def test_results_do_not_depend_on_the_threads(kind: str) -> None:
    n = 13
    network = draw_network(n, 37, 2, "clipped_relu:1/2")
    problem = LearningProblem(draw_target(n, 3), None if kind == "uniform" else ProductDistribution(["1/3"] * n))
    results = [loss_and_gradient(network, problem, threads=threads) for threads in (1, 2, 5)]
    for other in results[1:]:
        assert other.loss == results[0].loss and other.smallest_distance == results[0].smallest_distance
        assert other.readout.tolist() == results[0].readout.tolist()
        assert other.filters.tolist() == results[0].filters.tolist()


@pytest.mark.parametrize("n", SIZES)
def test_one_distribution_given_in_several_ways(n: int) -> None:
    """Uniform as such, as a product, by its weights, and as a sample of all points: four separate paths."""
    network, target = draw_network(n, 3, 2), draw_target(n, 3)
    ways = [None, ProductDistribution([0] * n), ExplicitDistribution(n, [F(1, 2**n)] * 2**n),
            EmpiricalDistribution(target.cube.all_points())]
    results: list[Any] = [loss_and_gradient(network, LearningProblem(target, way)) for way in ways]
    for other in results[1:]:
        assert_same(results[0], other)
        assert other.readout == pytest.approx(results[0].readout, abs=1e-12)
        assert other.margin_kinks == results[0].margin_kinks == 0


def test_points_of_probability_zero_count_for_nothing() -> None:
    """x = (-1, ...) is on both kinks, and has no probability."""
    for n in SIZES:
        network = FullyConnectedNetwork(np.eye(1, n), np.ones(1), np.ones(1) / 2)
        problem = LearningProblem(KPattern.parity(n, 1), ProductDistribution([1] + [0] * (n - 1)))
        result = loss_and_gradient(network, problem)
        assert (result.activation_kinks, result.margin_kinks, result.smallest_distance) == (0, 2**(n - 1), 0)
        everywhere = loss_and_gradient(network, LearningProblem(KPattern.parity(n, 1)))
        assert everywhere.activation_kinks == 2**(n - 1)


def test_the_slope_at_margin_one() -> None:
    for n in SIZES:
        network = FullyConnectedNetwork(np.eye(1, n), np.zeros(1), np.ones(1), "identity")  # h = f = x_0
        for slope in (F(0), F(1, 2), F(1)):
            result = loss_and_gradient(network, LearningProblem(KPattern.parity(n, 1), None, slope))
            assert (result.loss, result.margin_kinks) == (0, 2**n)
            assert result.readout.tolist() == [-slope]
            assert result.filters.tolist() == [[-slope] + [0] * (n - 1)]


def test_samples_of_many_variables() -> None:
    n, rng = 1000, np.random.default_rng(0)
    points = 1 - 2 * rng.integers(0, 2, (5, n))
    network = FullyConnectedNetwork(rng.integers(-1, 2, (2, n)) / 1.0, np.zeros(2), np.array([0.5, 0.25]))
    result = loss_and_gradient(network, LearningProblem(KPattern.parity(n, 2), EmpiricalDistribution(points)))
    labels = points[:, 0] * points[:, 1]
    inner = points @ network.filters.T
    weights = labels * (labels * (np.maximum(inner, 0) @ network.readout) < 1) / 5
    assert result.readout == pytest.approx(-weights @ np.maximum(inner, 0), abs=1e-13)
    assert result.filters == pytest.approx(-network.readout[:, None] * ((inner > 0) * weights[:, None]).T @ points,
                                           abs=1e-13)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_plan_is_used_again_and_again(seed: int) -> None:
    """Earlier evaluations leave no trace, and what they returned stays."""
    network = draw_network(12, 2, 0)
    plan = plan_gradients(network, LearningProblem(KPattern.parity(12, 3)))
    other = draw_network(12, 2, seed)
    first = plan.evaluate(network.filters, network.readout)
    kept = first.filters.copy()
    plan.evaluate(other.filters, other.readout)
    again = plan.evaluate(network.filters, network.readout)
    assert again.loss == first.loss and again.filters.tolist() == first.filters.tolist() == kept.tolist()


def test_a_users_activation() -> None:
    cube = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2)
    network = FullyConnectedNetwork(np.array([[1.0, 0.5]]), np.zeros(1), np.array([0.25]), cube)
    result = loss_and_gradient(network, LearningProblem(KPattern.parity(2, 1)))
    assert result.readout.tolist() == [-(1.5**3 + 0.5**3) / 2]
    assert result.filters.tolist() == [[-0.25 * 3 * (1.5**2 + 0.5**2) / 2, -0.25 * 3 * (1.5**2 - 0.5**2) / 2]]


PROBLEM = LearningProblem(KPattern.parity(3, 2))


@pytest.mark.parametrize("arguments, message", [
    (dict(multiplicities=[1]), "'multiplicities' must be q=2 non-negative integers, not .1."),
    (dict(multiplicities=[1, -1]), "'multiplicities' must be q=2 non-negative integers"),
    (dict(multiplicities=[1.0, 2.0]), "'multiplicities' must be q=2 non-negative integers"),
    (dict(multiplicities=[1, 2**53 + 1]), "'multiplicities' must be at most 2.53"),
    (dict(threads=0), "'threads' must be at least 1, not 0"),
    (dict(threads=True), "'threads' must be an integer, not the boolean True")])
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        NeuronGradients(draw_network(3, 2, 0), PROBLEM, **arguments)


def test_other_networks_and_problems() -> None:
    with pytest.raises(ParameterError, match="'network' must be a FullyConnectedNetwork, not ConvolutionalNetwork"):
        NeuronGradients(ConvolutionalNetwork([[1, 1]], [0], [[1], [2]]), PROBLEM)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="'problem' must have the network's dimension n=4, not 3"):
        NeuronGradients(draw_network(4, 2, 0), PROBLEM)


@pytest.mark.parametrize("n", SIZES)
def test_bad_parameters(n: int) -> None:
    network = draw_network(n, 2, 0)
    plan = NeuronGradients(network, LearningProblem(KPattern.parity(n, 2)))
    with pytest.raises(ParameterError, match=rf"'filters' must have shape \(2, {n}\), not \({n}, 2\)"):
        plan.evaluate(network.filters.T, network.readout)
    with pytest.raises(ParameterError, match=r"'readout' must have shape \(2,\), not \(1,\)"):
        plan.evaluate(network.filters, network.readout[:1])
    for bad in (np.nan, np.inf):
        with pytest.raises(ParameterError, match="'readout' must be finite, not"):
            plan.evaluate(network.filters, np.array([1.0, bad]))
    with pytest.raises(ParameterError, match="too large for float64"):
        plan.evaluate(np.full((2, n), 1e308), network.readout)


def test_an_activation_without_a_derivative_is_refused() -> None:
    network = FullyConnectedNetwork(np.ones((1, 2)), np.zeros(1), np.ones(1), user_activation("cube", lambda t: t**3))
    with pytest.raises(ParameterError, match="'derivative' must be given"):
        loss_and_gradient(network, LearningProblem(KPattern.parity(2, 1)))


@pytest.mark.parametrize("name", ["relu", "tanh"])
def test_memory_is_asked_for_first(name: str) -> None:
    network, problem = draw_network(16, 1, 0, name), LearningProblem(KPattern.parity(16, 2))
    with memory_budget(2**18), pytest.raises(InstanceTooLarge, match="n=16 needs 512.0 KiB"):
        NeuronGradients(network, problem)


def test_the_activation_decides_which_passes_run() -> None:
    """A σ with a jump is no sum of ReLUs, and must not be taken for one."""
    for name, has_form in (("relu", True), ("clip:-1,1", True), ("square", False)):
        plan = NeuronGradients(draw_network(12, 1, 0, name), LearningProblem(KPattern.parity(12, 2)))
        assert (plan.form is not None) == has_form
    assert activation_named("square").exact_value(3) == 9


def test_a_sum_of_losses_beyond_float64_is_refused() -> None:
    # Each tile of 2^12 points has a finite sum of losses, all 16 together have none.
    network = FullyConnectedNetwork(np.full((2, 16), 1e150), np.zeros(2), np.full(2, 3e153))
    plan = NeuronGradients(network, LearningProblem(KPattern.parity(16, 2)))
    with pytest.raises(ParameterError, match="'readout' and 'filters' are too large for float64"):
        plan.evaluate(network.filters, network.readout)


def test_a_value_that_is_no_number_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    network = draw_network(12, 2, 5)
    plan = NeuronGradients(network, LearningProblem(KPattern.parity(12, 2)))
    values = np.full(2**12, np.nan)
    values[:2**10] = np.inf
    monkeypatch.setattr(NeuronCube, "_values", lambda *_: values)
    masses = plan.sign_masses(network.filters, network.readout)
    assert masses.undecided == 0.75 and masses.wrong == 0.125
