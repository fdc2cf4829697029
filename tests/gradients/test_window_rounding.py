"""Rounding bounds against exact rationals, near kinks and away from them, and their size at n=24."""
from __future__ import annotations

from fractions import Fraction
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
from theorycheck.gradients.window_gradients import WindowGradients
from theorycheck.networks.activations import activation_named, user_activation
from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
from theorycheck.networks.problems import LearningProblem

F = Fraction
ACTIVATIONS = ("relu", "clipped_relu:1/3", "leaky_relu:1/7", "clip:-1/3,1", "abs", "identity", "square")


def fractions(array: Any) -> Any:
    if isinstance(array, np.ndarray):
        return [fractions(x) for x in array]
    return array if isinstance(array, F) else F(float(array))


def errors(network: Any, problem: LearningProblem, multiplicities: Any = None) -> tuple[list[Fraction], Any]:
    """The true errors of loss, readout and filters, against the exact biases, and the result."""
    result = WindowGradients(network, problem, multiplicities=multiplicities).evaluate(
        np.asarray(network.filters, dtype=float), np.asarray(network.readout, dtype=float))
    w, u, b = fractions(result.parameters[0]), fractions(result.parameters[1]), fractions(network.biases)
    copies = [1] * len(u[0]) if multiplicities is None else [int(m) for m in multiplicities]
    value, gradient = oracles.NETWORKS["cnn" if isinstance(network, ConvolutionalNetwork) else "lcn"]
    points, labels = oracles.cube_points(network.n), problem.labels().tolist()
    masses = list(problem.distribution.probabilities())
    sigma, slope = network.activation.exact_value, network.activation.derivative
    outputs = [value(x, [[a * m for a, m in zip(row, copies)] for row in u], w, b, sigma) for x in points]
    weights = oracles.hinge_weights(outputs, labels, masses, problem.hinge_slope)
    du, dw = gradient(points, weights, u, w, b, sigma, lambda t: slope(t).exact)
    found = [abs(F(result.loss) - oracles.hinge_loss(outputs, labels, masses))]
    for computed, exact in ((result.readout, du), (result.filters, dw)):
        flat = np.array(exact, dtype=object).ravel()
        found.append(max(abs(F(float(c)) - e) for c, e in zip(computed.ravel(), flat)))
    return found, result


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32))
def test_the_bounds_hold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    k, count, q, paper = (int(v) for v in rng.integers([1, 1, 1, 0], [4, 4, 4, 2]))
    n, scale, windows = count + k - 1 + paper, [1.0, 1e-3, 30.0][rng.integers(3)], "paper" if paper else "all"
    has_thirds = rng.integers(2)  # sums of thirds meet kinks and margins in exact arithmetic, not in float64

    def numbers(*shape: int) -> np.ndarray:
        return rng.integers(-4, 5, shape) / 3 if has_thirds else rng.normal(size=shape) * scale
    pattern_k = int(rng.integers(1, n + 1))
    target: Any = KPattern.sample(n, pattern_k, rng, int(rng.integers(0, n - pattern_k + 1)))
    if rng.integers(4) == 0:
        target = BooleanFunction(1 - 2 * rng.integers(0, 2, 1 << n))
    weights = rng.integers(0, 4, 1 << n)
    weights[0] += 1
    distribution: Any = [
        UniformDistribution(n), ProductDistribution([[F(1, 3), F(-1, 7), 0, 1][i] for i in rng.integers(0, 4, n)]),
        ExplicitDistribution(n, [F(int(w), int(weights.sum())) for w in weights]),
        EmpiricalDistribution(1 - 2 * rng.integers(0, 2, (7, n)))][rng.integers(4)]
    problem = LearningProblem(target, distribution, [0, F(1, 3), 1][rng.integers(3)])
    activation = activation_named(ACTIVATIONS[rng.integers(7)]).with_kink_slope([0, 0, F(1, 3)][rng.integers(3)])
    multiplicities = None if rng.integers(2) else rng.integers(0, 4, q)
    if rng.integers(2):
        network: Any = ConvolutionalNetwork(numbers(q, k), numbers(q), numbers(count, q), activation, windows)
    else:
        network = LocallyConnectedNetwork(numbers(count, q, k), numbers(count, q), numbers(count, q), activation,
                                          windows)
    found, result = errors(network, problem, multiplicities)
    bounds = result.error_bounds()
    assert all(error <= F(bound) for error, bound in zip(found, (bounds.loss, bounds.readout, bounds.filters)))


def test_exact_biases_that_float64_rounds_are_covered() -> None:
    # w = (1/3, 1/3, 1/3) as floats and b = 1/3 - 1: the pre-activations meet ReLU's kink up to rounding.
    points = oracles.cube_points(3)
    network = ConvolutionalNetwork(np.array(points) / 3, [F(1, 3) - 1] * 8, np.arange(16.0).reshape(2, 8) / 3)
    found, result = errors(network, LearningProblem(KPattern.parity(4, 3)))
    bounds = result.error_bounds()
    assert all(error <= F(bound) for error, bound in zip(found, (bounds.loss, bounds.readout, bounds.filters)))
    assert bounds.loss < 1e-13  # kinks and ties leave the loss alone


def test_points_within_the_error_of_margin_one_are_counted() -> None:
    # h = 0.1 + 0.2 + 0.7 is 1 within rounding on one point of eight, so a gradient may be off by all of its mass.
    readout = np.array([[0.1], [0.2], [0.7]])
    network = ConvolutionalNetwork(np.array([[0.75]]), np.array([0.25]), readout)
    pattern = KPattern(3, 1, 0, np.array([1, 1]))
    bounds = WindowGradients(network, LearningProblem(pattern)).evaluate(network.filters, readout).error_bounds()
    assert 1 / 8 <= bounds.readout < 0.13 and bounds.loss < 1e-14
    apart = WindowGradients(network, LearningProblem(pattern)).evaluate(network.filters, 0.9 * readout).error_bounds()
    assert apart.readout < 1e-14 and apart.filters < 1e-14


@pytest.mark.parametrize("activation", ("relu", "clipped_relu:1", "tanh", "leaky_relu:1/100"))
@pytest.mark.parametrize("is_local", (False, True))
def test_at_most_1e_9_relative_at_n_24(activation: str, is_local: bool) -> None:
    rng = np.random.default_rng(7)
    q, count = 32, 21
    shape = (count, q) if is_local else (q,)
    kind: Any = LocallyConnectedNetwork if is_local else ConvolutionalNetwork
    network = kind(rng.normal(size=(*shape, 4)), rng.normal(size=shape), rng.normal(size=(count, q)) / q, activation)
    for distribution in (UniformDistribution(24), ProductDistribution(["1/3"] * 24)):
        problem = LearningProblem(KPattern.parity(24, 4, 10), distribution)
        result = WindowGradients(network, problem).evaluate(network.filters, network.readout)
        bounds = result.error_bounds()
        assert 0 < bounds.loss <= 1e-9 * result.loss
        assert 0 < bounds.readout <= 1e-9 * np.abs(result.readout).max()
        assert 0 < bounds.filters <= 1e-9 * np.abs(result.filters).max()


def test_tanh_against_mpmath() -> None:
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(8)
    network = ConvolutionalNetwork(rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=(3, 3)), "tanh")
    plan = WindowGradients(network, LearningProblem(KPattern.parity(4, 2, 1)))
    result = plan.evaluate(network.filters, network.readout)
    with mpmath.workdps(60):
        exactly = np.vectorize(mpmath.mpf, otypes=[object])
        w, b, u = exactly(network.filters), exactly(network.biases), exactly(network.readout)
        loss, gradient = mpmath.mpf(0), mpmath.mpf(0)
        for x in oracles.cube_points(4):
            inner = [[w[i, 0] * x[j] + w[i, 1] * x[j + 1] + b[i] for i in range(3)] for j in range(3)]
            margin = x[1] * x[2] * sum(u[j, i] * mpmath.tanh(inner[j][i]) for j in range(3) for i in range(3))
            if margin < 1:
                loss += (1 - margin) / 16
                gradient -= sum(u[j, 0] * mpmath.sech(inner[j][0])**2 * x[j] for j in range(3)) * x[1] * x[2] / 16
        bounds = result.error_bounds()
        assert abs(result.loss - loss) <= bounds.loss < 1e-13
        assert abs(result.filters[0, 0] - gradient) <= bounds.filters < 1e-13


def test_the_cosine_against_mpmath() -> None:
    mpmath = pytest.importorskip("mpmath")
    rng = np.random.default_rng(9)
    network = ConvolutionalNetwork(rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=(2, 2)), "cosine:3")
    result = WindowGradients(network, LearningProblem(KPattern.parity(3, 2, 1))).evaluate(network.filters,
                                                                                          network.readout)
    with mpmath.workdps(60):
        exactly = np.vectorize(mpmath.mpf, otypes=[object])
        w, b, u = exactly(network.filters), exactly(network.biases), exactly(network.readout)
        loss, gradient = mpmath.mpf(0), mpmath.mpf(0)
        for x in oracles.cube_points(3):
            turns = [[(w[i, 0] * x[j] + w[i, 1] * x[j + 1] + b[i] - 3) / 2 for i in range(2)] for j in range(2)]
            margin = x[1] * x[2] * sum(u[j, i] * 2 / mpmath.pi * mpmath.sinpi(turns[j][i])
                                       for j in range(2) for i in range(2))
            if margin < 1:
                loss += (1 - margin) / 8
                gradient -= sum(u[j, 0] * mpmath.cospi(turns[j][0]) * x[j] for j in range(2)) * x[1] * x[2] / 8
        bounds = result.error_bounds()
        assert abs(result.loss - loss) <= bounds.loss < 1e-13
        assert abs(result.filters[0, 0] - gradient) <= bounds.filters < 1e-13


def test_an_unknown_activation_has_no_bounds() -> None:
    cube = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2)
    network = ConvolutionalNetwork(np.eye(2), np.zeros(2), np.ones((2, 2)) / 8, cube)
    result = WindowGradients(network, LearningProblem(KPattern.parity(3, 2))).evaluate(network.filters, network.readout)
    assert result.loss > 0
    with pytest.raises(ParameterError, match="'activation' must be a piecewise polynomial, tanh or cosine for rounding-"
                                             "error bounds, not cube."):
        result.error_bounds()
