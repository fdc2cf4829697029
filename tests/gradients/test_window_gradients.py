"""Loss and gradient of CNN and LCN over the cube: exact for dyadic parameters, and every symmetry they must have."""
from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube import BooleanFunction, KPattern
from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.plans import loss_and_gradient, plan_gradients
from theorycheck.gradients.window_gradients import WindowGradients, WindowLossAndGradient
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem

F = Fraction
ACTIVATIONS = ("relu", "clipped_relu:1/2", "leaky_relu:1/2", "clip:-1,1", "abs", "identity", "square")
Window = ConvolutionalNetwork | LocallyConnectedNetwork


def fractions(array: Any) -> Any:
    return [fractions(x) for x in array] if isinstance(array, np.ndarray) else F(float(array))


def expected(network: Window, problem: LearningProblem, multiplicities: Any = None) -> tuple:
    """Loss, gradients, ties and smallest distance by the oracle, in Fractions."""
    u, w, b = fractions(network.readout), fractions(network.filters), fractions(network.biases)
    copies = [1] * len(u[0]) if multiplicities is None else [int(m) for m in multiplicities]
    value, gradient = oracles.NETWORKS["cnn" if isinstance(network, ConvolutionalNetwork) else "lcn"]
    points, labels = oracles.cube_points(network.n), problem.labels().tolist()
    masses = list(problem.distribution.probabilities())
    whole = [[a * m for a, m in zip(row, copies)] for row in u]
    sigma, slope = network.activation.exact_value, network.activation.derivative
    outputs = [value(x, whole, w, b, sigma) for x in points]
    weights = oracles.hinge_weights(outputs, labels, masses, problem.hinge_slope)
    du, dw = gradient(points, weights, u, w, b, sigma, lambda t: slope(t).exact)
    distances = [abs(1 - f * h) for f, h, p in zip(labels, outputs, masses) if p > 0]
    return oracles.hinge_loss(outputs, labels, masses), du, dw, distances.count(0), min(distances)


def as_fractions(result: WindowLossAndGradient) -> tuple:
    return (F(result.loss), fractions(result.readout), fractions(result.filters), result.margin_kinks,
            F(result.smallest_distance))


def sample_distribution(rng: np.random.Generator, n: int) -> Any:
    kind = rng.integers(4)
    if kind == 0:
        return UniformDistribution(n)
    if kind == 1:
        return ProductDistribution([[F(1, 2), F(-1, 4), 0, 1, -1][i] for i in rng.integers(0, 5, n)])
    if kind == 2:
        weights = rng.integers(0, 4, 1 << n)
        weights[0] += (1 << int(weights.sum()).bit_length()) - weights.sum()
        return ExplicitDistribution(n, [F(int(w), int(weights.sum())) for w in weights])
    return EmpiricalDistribution(1 - 2 * rng.integers(0, 2, (8, n)))


def sample_instance(seed: int) -> tuple[Window, LearningProblem, Any]:
    """Quarters everywhere, so that float64 is exact and kinks are frequent."""
    rng = np.random.default_rng(seed)
    k, count, q, paper = (int(v) for v in rng.integers([1, 1, 1, 0], [4, 4, 4, 2]))
    n = count + k - 1 + paper

    def quarters(*shape: int) -> np.ndarray:
        return rng.integers(-8, 9, shape) / 4
    pattern_k = int(rng.integers(1, n + 1))
    target: Any = KPattern.sample(n, pattern_k, rng, int(rng.integers(0, n - pattern_k + 1)))
    if rng.integers(4) == 0:
        target = BooleanFunction(1 - 2 * rng.integers(0, 2, 1 << n))
    problem = LearningProblem(target, sample_distribution(rng, n), [0, F(1, 4), 1][rng.integers(3)])
    activation = activation_named(ACTIVATIONS[rng.integers(7)]).with_kink_slope([0, 0, F(1, 2)][rng.integers(3)])
    windows = "paper" if paper else "all"
    multiplicities = None if rng.integers(2) else rng.integers(0, 4, q)
    readout = quarters(count, q)
    if rng.integers(2):
        return ConvolutionalNetwork(quarters(q, k), quarters(q), readout, activation, windows), problem, multiplicities
    return (LocallyConnectedNetwork(quarters(count, q, k), quarters(count, q), readout, activation, windows), problem,
            multiplicities)


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_dyadic_parameters_give_the_exact_gradient(seed: int) -> None:
    network, problem, multiplicities = sample_instance(seed)
    plan = WindowGradients(network, problem, multiplicities=multiplicities)
    for _ in range(2):  # buffers are used again
        result = plan.evaluate(network.filters, network.readout)
        assert as_fractions(result) == expected(network, problem, multiplicities)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_activation_kinks_are_counted(seed: int) -> None:
    network, problem, _ = sample_instance(seed)
    result = WindowGradients(network, problem).evaluate(network.filters, network.readout)
    points, count = oracles.cube_points(network.k), 0
    masses = [problem.distribution.window_marginal(network.k, j) for j in range(network.window_count)]
    banks = [(fractions(network.filters), fractions(network.biases), [any(p > 0 for p in z) for z in zip(*masses)])]
    if isinstance(network, LocallyConnectedNetwork):
        banks = [(w, b, [p > 0 for p in mass])
                 for w, b, mass in zip(fractions(network.filters), fractions(network.biases), masses)]
    for w, b, occurs in banks:
        for row, bias in zip(w, b):
            for z, x in enumerate(points):
                left, right = network.activation.form.slopes(oracles.dot(row, x) + bias)
                count += occurs[z] and left.exact != right.exact
    assert result.activation_kinks == count


GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())["trajectories"]["runs"]


@pytest.mark.parametrize("run, kind", [(run, kind) for run in GOLDEN for kind in run["networks"] if kind != "fcn"])
def test_golden_trajectories(run: dict, kind: str) -> None:
    # k=2, η=1, every sign pattern once: dyadic all along, so float64 is exact, ties included (γ=0, σ'(0)=0).
    n, pattern = run["n"], KPattern.from_hex(run["n"], run["k"], run["pattern"], run["offset"])
    assert (run["k"], run["eta"]) == (2, "1")
    filters = np.array(oracles.cube_points(2)) / 2
    biases, readout = np.full(4, -0.5), np.zeros((n - 1, 4))
    network: Window = ConvolutionalNetwork(filters, biases, readout)
    if kind == "lcn":
        filters = np.tile(filters, (n - 1, 1, 1))
        network = LocallyConnectedNetwork(filters, np.tile(biases, (n - 1, 1)), readout)
    plan = plan_gradients(network, LearningProblem(pattern))
    for loss in run["losses"]:
        result = plan.evaluate(filters, readout)
        assert F(result.loss) == F(loss)
        filters, readout = filters - result.filters, readout - result.readout


def random_network(rng: np.random.Generator, n: int, k: int, q: int, activation: str = "relu") -> ConvolutionalNetwork:
    return ConvolutionalNetwork(rng.normal(size=(q, k)), rng.normal(size=q), rng.normal(size=(n - k + 1, q)) / q,
                                activation_named(activation))


@pytest.mark.parametrize("activation", ("relu", "clipped_relu:1", "tanh", "leaky_relu:1/10"))
def test_a_tied_network_is_a_local_one(activation: str) -> None:
    network = random_network(np.random.default_rng(0), 12, 3, 5, activation)
    count = network.window_count
    local = LocallyConnectedNetwork(np.tile(network.filters, (count, 1, 1)), np.tile(network.biases, (count, 1)),
                                    network.readout, network.activation)
    problem = LearningProblem(KPattern.parity(12, 3, 4))
    shared, own = loss_and_gradient(network, problem), loss_and_gradient(local, problem)
    # The two add up in another order: some hundred terms of size 1.
    assert shared.loss == pytest.approx(own.loss, abs=1e-13)
    np.testing.assert_allclose(shared.readout, own.readout, rtol=0, atol=1e-13)
    np.testing.assert_allclose(shared.filters, own.filters.sum(axis=0), rtol=0, atol=1e-13)


def test_multiplicities_stand_for_copies() -> None:
    network, problem = random_network(np.random.default_rng(1), 12, 3, 4), LearningProblem(KPattern.parity(12, 3, 4))
    copies = np.array([1, 3, 0, 2])
    collapsed = loss_and_gradient(network, problem, multiplicities=copies)
    whole = loss_and_gradient(ConvolutionalNetwork(network.filters.repeat(copies, 0), network.biases.repeat(copies),
                                                   network.readout.repeat(copies, 1)), problem)
    assert collapsed.loss == pytest.approx(whole.loss, abs=1e-14)  # another order of q+N 2^k terms
    np.testing.assert_allclose(collapsed.readout.repeat(copies, 1), whole.readout, rtol=0, atol=1e-14)
    np.testing.assert_allclose(collapsed.filters.repeat(copies, 0), whole.filters, rtol=0, atol=1e-14)
    with pytest.raises(ParameterError, match="'multiplicities' must be q=4 non-negative integers"):
        WindowGradients(network, problem, multiplicities=[1, 1, -1, 1])


def test_exact_differences_at_n_24() -> None:
    # Away from kinks the loss is smooth; a central difference of step 2^-14 errs by about 2^-28 times its curvature.
    rng = np.random.default_rng(2)
    network, problem = random_network(rng, 24, 4, 6, "tanh"), LearningProblem(KPattern.parity(24, 4, 9))
    plan = WindowGradients(network, problem)
    result = plan.evaluate(network.filters, network.readout)
    w, u, step = np.array(network.filters), np.array(network.readout), 2.0**-14
    for array, gradient, place in ((w, result.filters, (2, 1)), (u, result.readout, (9, 3)),
                                   (u, result.readout, (0, 5))):
        sides = []
        for sign in (1, -1):
            array[place] += sign * step
            sides.append(plan.evaluate(w, u).loss)
            array[place] -= sign * step
        assert (sides[0] - sides[1]) / (2 * step) == pytest.approx(gradient[place], abs=1e-6)


def test_flipping_the_first_variable_flips_its_weights() -> None:
    # x_0 -> -x_0 maps the LCN with its first window's filters flipped in place 0 to itself, and f to f flipped.
    rng = np.random.default_rng(3)
    filters, biases, readout = rng.normal(size=(6, 3, 2)), rng.normal(size=(6, 3)), rng.normal(size=(6, 3))
    pattern = KPattern.sample(7, 2, rng)
    flipped = KPattern(7, 2, 0, pattern.table[[1, 0, 3, 2]])
    turned = filters.copy()
    turned[0, :, 0] *= -1
    one = loss_and_gradient(LocallyConnectedNetwork(filters, biases, readout), LearningProblem(pattern))
    other = loss_and_gradient(LocallyConnectedNetwork(turned, biases, readout), LearningProblem(flipped))
    assert one.loss == pytest.approx(other.loss, abs=1e-13)  # rounding of sums in another order
    np.testing.assert_allclose(one.readout, other.readout, rtol=0, atol=1e-13)
    turned = one.filters.copy()
    turned[0, :, 0] *= -1
    np.testing.assert_allclose(turned, other.filters, rtol=0, atol=1e-13)


def test_results_are_fresh_and_parameters_untouched() -> None:
    network, problem = random_network(np.random.default_rng(4), 10, 3, 4), LearningProblem(KPattern.parity(10, 3))
    plan = WindowGradients(network, problem)
    filters, readout = np.array(network.filters), np.array(network.readout)
    first = plan.evaluate(filters, readout)
    kept = first.loss, first.readout.copy(), first.filters.copy(), first.error_bounds()
    filters -= first.filters
    readout *= -1
    plan.evaluate(filters, readout)
    np.testing.assert_array_equal(first.readout, kept[1])
    np.testing.assert_array_equal(first.filters, kept[2])
    assert first.error_bounds() == kept[3]  # worked out from the parameters of that call
    lists = plan.evaluate(network.filters.tolist(), np.asfortranarray(network.readout))  # type: ignore[arg-type]
    assert lists.loss == kept[0]


def test_rational_networks_go_through_the_door() -> None:
    network = ConvolutionalNetwork([["1/2", "1/2"], ["1/2", "-1/2"]], ["-1/2", "-1/2"], [[1, 1], [1, 1]])
    result = loss_and_gradient(network, LearningProblem(KPattern.parity(3, 2)))
    assert (result.loss, result.margin_kinks, result.activation_kinks) == (1.0, 2, 0)
    assert result.readout.tolist() == [[0.0, 0.125], [0.0625, 0.0625]]


@pytest.mark.parametrize("filters, readout, message", [
    (np.zeros((3, 3)), np.zeros((8, 4)), "'filters' must have shape (4, 3), not (3, 3)."),
    (np.zeros((4, 3)), np.zeros((4, 8)), "'readout' must have shape (8, 4), not (4, 8)."),
    (np.full((4, 3), np.nan), np.zeros((8, 4)), "'filters' must be finite."),
    (np.zeros((4, 3)), np.full((8, 4), -np.inf), "'readout' must be finite."),
    (np.full((4, 3), 1e308), np.full((8, 4), 1e308), "'parameters' must have finite window tables.")])
def test_bad_parameters(filters: np.ndarray, readout: np.ndarray, message: str) -> None:
    plan = WindowGradients(random_network(np.random.default_rng(5), 10, 3, 4), LearningProblem(KPattern.parity(10, 3)))
    with pytest.raises(ParameterError) as caught:
        plan.evaluate(filters, readout)
    assert str(caught.value) == message


def test_bad_networks() -> None:
    network, problem = random_network(np.random.default_rng(6), 10, 3, 4), LearningProblem(KPattern.parity(9, 3))
    with pytest.raises(ParameterError, match="'problem' must have the network's dimension n=10, not 9."):
        WindowGradients(network, problem)
    with pytest.raises(ParameterError, match="'network' must be a ConvolutionalNetwork or a LocallyConnectedNetwork"):
        WindowGradients(FullyConnectedNetwork([[1.0] * 9], [0.0], [1.0]), problem)


def test_a_wrong_slope_would_be_noticed() -> None:
    # A negative control: at ties the hinge slope matters, and so does σ'(0).
    network = ConvolutionalNetwork(np.array([[0.5, 0.5]]), np.array([0.0]), np.array([[1.0], [0.5]]))
    results = [loss_and_gradient(network, LearningProblem(KPattern.logical_or(3, 2), None, slope))  # type: ignore
               for slope in (0, F(1, 2), 1)]
    assert results[0].margin_kinks > 0 and len({result.readout.tobytes() for result in results}) == 3
    softer = replace(network, activation=activation_named("relu").with_kink_slope(1))
    found = loss_and_gradient(softer, LearningProblem(KPattern.logical_or(3, 2)))
    assert found.activation_kinks == 2 and found.filters.tolist() != results[0].filters.tolist()
