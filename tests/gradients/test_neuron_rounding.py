"""The rounding bounds against exact rationals: never below the true error, and not so far above it."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube import BooleanFunction, EmpiricalDistribution, ExplicitDistribution, KPattern, ProductDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.neuron_gradients import NeuronGradient, NeuronGradients
from theorycheck.gradients.neuron_rounding import activation_constants, gamma, lowest_bits
from theorycheck.gradients.plans import loss_and_gradient
from theorycheck.networks.activations import Activation, activation_named, step_wise, user_activation
from theorycheck.networks.architectures import FullyConnectedNetwork
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import rational_array
from theorycheck.rigor import Real

F = Fraction
STEPS = step_wise("steps", (0, F(1, 3)), (-1, 1, F(1, 3)))
RATIONAL = ["relu", "clipped_relu:1/3", "leaky_relu:1/10", "clip:-1/3,2", "abs", "square", "identity", "zero", "steps",
            "triangle:2", "peaks:3"]


def exact_gradient(network: FullyConnectedNetwork, problem: LearningProblem, copies: list[int]) -> tuple[Any, ...]:
    """Loss, readout and filter gradient in rationals, from the definitions."""
    points, sigma = oracles.cube_points(network.n), network.activation.exact_value
    masses, labels = problem.distribution.probabilities(), [int(label) for label in problem.labels()]
    w, b, u = ([[F(c) for c in row] for row in network.filters.tolist()], [F(c) for c in network.biases.tolist()],
               [F(c) for c in network.readout.tolist()])
    values = [oracles.fcn_value(x, [c * m for c, m in zip(u, copies)], w, b, sigma) for x in points]
    weights = oracles.hinge_weights(values, labels, masses, problem.hinge_slope)
    inner, outer = oracles.fcn_gradient(points, weights, u, w, b, sigma,
                                        lambda t: network.activation.derivative(t).exact)
    return oracles.hinge_loss(values, labels, masses), inner, outer


def errors(result: NeuronGradient, exact: tuple[Any, ...]) -> tuple[Fraction, Fraction, Fraction]:
    loss, readout, filters = exact
    return (abs(F(result.loss) - loss), max(abs(F(x) - y) for x, y in zip(result.readout.tolist(), readout)),
            max(abs(F(x) - y) for row, other in zip(result.filters.tolist(), filters) for x, y in zip(row, other)))


def assert_within(result: NeuronGradient, exact: tuple[Any, ...]) -> None:
    bounds = result.error_bounds()
    for error, bound in zip(errors(result, exact), (bounds.loss, bounds.readout, bounds.filters)):
        assert error <= F(bound), (float(error), bound)


def activation_of(name: str, kink: Fraction) -> Activation:
    return (STEPS if name == "steps" else activation_named(name)).with_kink_slope(kink)


shares = st.sampled_from([F(0), F(1, 3), F(1)])
entries = st.sampled_from([0.0, 0.5, -1.0, 1 / 3, 0.1, -0.7]) | st.floats(-3, 3, allow_subnormal=False)


@st.composite
def instances(draw: st.DrawFn) -> tuple[FullyConnectedNetwork, LearningProblem, list[int]]:
    n, q = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    array = [np.array(draw(st.lists(entries, min_size=size, max_size=size))) for size in (q * n, q, q)]
    network = FullyConnectedNetwork(array[0].reshape(q, n), array[1], array[2],
                                    activation_of(draw(st.sampled_from(RATIONAL)), draw(shares)))
    signs = st.sampled_from([1, -1])
    table = draw(st.lists(signs, min_size=2**n, max_size=2**n))
    sample = draw(st.lists(st.lists(signs, min_size=n, max_size=n), min_size=1, max_size=5))
    biases = draw(st.lists(st.sampled_from([F(0), F(1, 3), F(-1), F(9, 10)]), min_size=n, max_size=n))
    distribution = draw(st.sampled_from([None, ProductDistribution(biases), EmpiricalDistribution(sample),
                                         ExplicitDistribution(n, {0: F(1, 7), 2**n - 1: F(6, 7)})]))
    problem = LearningProblem(BooleanFunction.from_truth_table(table), distribution, draw(shares))
    return network, problem, draw(st.lists(st.integers(0, 3), min_size=q, max_size=q))


@settings(max_examples=150, deadline=None)
@given(instances())
def test_bounds_hold_for_any_instance(instance: tuple) -> None:
    """Kinks, ties and near misses included: there the bounds are wide, and must still hold."""
    network, problem, copies = instance
    plan = NeuronGradients(network, problem, multiplicities=np.array(copies))
    assert_within(plan.evaluate(network.filters, network.readout), exact_gradient(network, problem, copies))


def integer_gradient(network: FullyConnectedNetwork, problem: LearningProblem) -> tuple[Any, ...]:
    """As exact_gradient for a piecewise linear σ, in Python integers over common denominators, all points at once."""
    w, b, u = (rational_array(part, "part") for part in (network.filters, network.biases, network.readout))
    masses = rational_array(problem.distribution.probabilities(), "masses")
    labels, gamma = problem.labels().astype(object), problem.hinge_slope
    points = (1 - 2 * ((np.arange(labels.size)[:, None] >> np.arange(network.n)) & 1)).astype(object)
    common = w.denominator * b.denominator
    inner = (points @ (w.numerators.T.astype(object) * b.denominator) + b.numerators.astype(object) * w.denominator)
    outer, scale = network.activation.on_numerators(inner, common)
    margins = labels * (outer.astype(object) @ u.numerators.astype(object))
    limit = scale * u.denominator
    sloped = np.where(margins < limit, gamma.denominator, np.where(margins == limit, gamma.numerator, 0)).astype(object)
    weights, whole = labels * masses.numerators.astype(object) * sloped, masses.denominator * gamma.denominator
    form: Any = network.activation.form
    pieces = [piece[1] if len(piece) > 1 else F(0) for piece in form.coefficients]
    kink = network.activation.kink_slope
    slopes = np.full(inner.shape, pieces[0], dtype=object)
    for point, left, right in zip(form.breakpoints, pieces, pieces[1:]):
        beyond = inner * point.denominator - point.numerator * common
        slopes[beyond > 0] = right
        slopes[beyond == 0] = left + kink * (right - left)
    unit = int(np.lcm.reduce([slope.denominator for slope in slopes.ravel()]))
    moments = (np.vectorize(lambda slope: int(slope * unit), otypes=[object])(slopes) * weights[:, None]).T @ points
    loss = F(int(masses.numerators.astype(object) @ np.maximum(limit - margins, 0)), limit * masses.denominator)
    return (loss, [-F(int(entry), scale * whole) for entry in weights @ outer.astype(object)],
            [[-F(int(c) * int(entry), u.denominator * whole * unit) for entry in row]
             for c, row in zip(u.numerators, moments)])


def test_the_integers_are_the_definitions() -> None:
    rng = np.random.default_rng(2)
    network = FullyConnectedNetwork(rng.integers(-2, 3, (3, 3)) / 2, rng.normal(size=3), rng.normal(size=3),
                                    activation_of("clip:-1/3,2", F(1, 3)))
    problem = LearningProblem(KPattern.majority(3, 3), ProductDistribution(["1/2", 0, "-1/3"]), F(1, 5))
    assert integer_gradient(network, problem) == exact_gradient(network, problem, [1, 1, 1])


@pytest.mark.parametrize("kind", ["uniform", "product", "explicit"])
@pytest.mark.parametrize("name", ["relu", "clip:-1/3,2", "triangle:2"])
def test_bounds_hold_for_the_fused_passes(name: str, kind: str) -> None:
    n, rng = 12, np.random.default_rng(3)
    network = FullyConnectedNetwork(rng.normal(size=(2, n)), rng.normal(size=2), rng.normal(size=2),
                                    activation_of(name, F(1, 3)))
    masses = [int(c) for c in rng.integers(0, 3, 2**n)]
    distribution = {"uniform": None, "product": ProductDistribution([F(c, 7) for c in range(-6, 6)]),
                    "explicit": ExplicitDistribution(n, [F(c, sum(masses)) for c in masses])}[kind]
    problem = LearningProblem(KPattern.majority(n, 3, 2), distribution, F(1, 3))
    result, exact = loss_and_gradient(network, problem), integer_gradient(network, problem)
    assert isinstance(result, NeuronGradient)
    assert_within(result, exact)
    bounds = result.error_bounds()
    assert max(bounds.loss, bounds.readout, bounds.filters) < 1e-10
    broken = NeuronGradient(result.loss + 1e-9, result.readout, result.filters + 1e-9, 0, 0, 0.0, result._plan,
                            result._at)
    with pytest.raises(AssertionError):
        assert_within(broken, exact)


@pytest.mark.parametrize("seed", [0, 1])
def test_bounds_hold_against_integers_at_a_larger_size(seed: int) -> None:
    n, q, rng = 14, 6, np.random.default_rng(seed)
    network = FullyConnectedNetwork(rng.normal(size=(q, n)), rng.normal(size=q), rng.normal(size=q))
    labels = (1 - 2 * rng.integers(0, 2, 2**n)).astype(np.int8)
    problem = LearningProblem(BooleanFunction.from_truth_table(labels))
    result, exact = NeuronGradients(network, problem).evaluate(network.filters, network.readout), integer_gradient(
        network, problem)
    assert_within(result, exact)
    assert min(errors(result, exact)[:2]) > 0  # there was something to bound
    bounds = result.error_bounds()
    assert bounds.loss < 1e-10 * result.loss and bounds.filters < 1e-10 * np.abs(result.filters).max()


@pytest.mark.slow
@pytest.mark.parametrize("biases", [None, ["1/10"] * 24])
def test_bounds_stay_small_on_the_largest_cubes(biases: Any) -> None:
    n, rng = 24, np.random.default_rng(0)
    network = FullyConnectedNetwork(rng.normal(size=(16, n)) / n**0.5, rng.normal(size=16) / 10,
                                    rng.normal(size=16) / 4)
    problem = LearningProblem(KPattern.parity(n, 3), biases and ProductDistribution(biases))
    result = NeuronGradients(network, problem).evaluate(network.filters, network.readout)
    bounds = result.error_bounds()
    assert bounds.loss < 1e-9 * result.loss
    assert bounds.readout < 1e-9 * np.abs(result.readout).max()
    assert bounds.filters < 1e-9 * np.abs(result.filters).max()


def test_numbers_that_do_not_round_keep_kinks_certain() -> None:
    """Grid weights put thousands of points on kinks and ties; all is exact, so the bounds stay tiny."""
    rng = np.random.default_rng(1)
    network = FullyConnectedNetwork(rng.integers(-1, 2, (4, 13)) / 2, np.zeros(4), rng.integers(-2, 3, 4) / 2)
    problem = LearningProblem(KPattern.parity(13, 2))
    result = NeuronGradients(network, problem).evaluate(network.filters, network.readout)
    assert result.margin_kinks > 100 and result.activation_kinks > 100
    bounds = result.error_bounds()
    assert max(bounds.loss, bounds.readout, bounds.filters) < 1e-11


def test_a_point_near_a_kink_widens_the_bound() -> None:
    """0.1 + 0.2 - 0.3 is no kink in the dyadic numbers, yet float64 cannot be sure: half the points lie there."""
    network = FullyConnectedNetwork(np.array([[0.1, 0.2]]), np.array([-0.3]), np.array([0.5]))
    result = NeuronGradients(network, LearningProblem(KPattern.parity(2, 1))).evaluate(network.filters, network.readout)
    assert result.error_bounds().filters >= 0.125


def test_a_margin_near_1_widens_the_bound() -> None:
    network = FullyConnectedNetwork(np.array([[0.1]]), np.array([0.2]), np.array([1 / 0.30000000000000004]))
    result = NeuronGradients(network, LearningProblem(KPattern.parity(1, 1))).evaluate(network.filters, network.readout)
    assert result.smallest_distance < 1e-15 and result.error_bounds().filters > 1
    assert result.error_bounds().loss < 1e-12  # the loss is Lipschitz and does not mind


@pytest.mark.parametrize("name", ["tanh", "cosine:3"])
def test_smooth_activations_against_enclosures(name: str) -> None:
    n, rng = 4, np.random.default_rng(0)
    network = FullyConnectedNetwork(rng.normal(size=(3, n)), rng.normal(size=3), rng.normal(size=3), name)
    problem = LearningProblem(KPattern.parity(n, 2))
    result = NeuronGradients(network, problem).evaluate(network.filters, network.readout)
    bounds, points = result.error_bounds(), oracles.cube_points(n)
    labels, inner = problem.labels().tolist(), []
    for row, bias in zip(network.filters.tolist(), network.biases.tolist()):
        inner.append([oracles.dot([F(c) for c in row], x) + F(bias) for x in points])

    def middle(number: Real) -> Fraction:
        return F(str(number.enclose(200).mid().str(50, radius=False)))
    values = [[middle(network.activation(t)) for t in row] for row in inner]
    slopes = [[middle(network.activation.derivative(t)) for t in row] for row in inner]
    outputs = [sum((F(u) * row[place] for u, row in zip(network.readout.tolist(), values)), F(0))
               for place in range(2**n)]
    weights = oracles.hinge_weights(outputs, labels, [F(1, 2**n)] * 2**n, 0)
    assert abs(F(result.loss) - oracles.hinge_loss(outputs, labels, [F(1, 2**n)] * 2**n)) <= F(bounds.loss)
    for i, u in enumerate(network.readout.tolist()):
        assert abs(F(result.readout[i]) + oracles.dot(weights, values[i])) <= F(bounds.readout)
        for place in range(n):
            total = oracles.dot(weights, [slope * x[place] for slope, x in zip(slopes[i], points)])
            assert abs(F(result.filters[i, place]) + F(u) * total) <= F(bounds.filters)
    assert bounds.loss < 1e-12


def test_an_activation_without_a_rounding_error_is_refused() -> None:
    cube = user_activation("cube", lambda t: t**3, derivative=lambda t: 3 * t**2)
    network = FullyConnectedNetwork(np.ones((1, 2)), np.zeros(1), np.ones(1), cube)
    result = NeuronGradients(network, LearningProblem(KPattern.parity(2, 2))).evaluate(network.filters, network.readout)
    with pytest.raises(ParameterError, match="'activation' cube states no rounding error"):
        result.error_bounds()


@given(st.fractions(-5, 5, max_denominator=20), st.sampled_from(RATIONAL), st.integers(1, 5))
def test_the_constants_bound_the_activation(t: Fraction, name: str, radius: int) -> None:
    activation = activation_of(name, F(0))
    constants = activation_constants(activation, np.array([float(radius), 0.0]))
    t = max(-F(radius), min(F(radius), t))
    slopes = [abs(slope.exact or 0) for slope in activation.form.slopes(t)]
    assert abs(activation.exact_value(t)) <= F(constants.size[0])
    assert max(slopes) <= F(constants.steepness[0]) == F(constants.lipschitz[0])
    assert abs(F(float(activation.on_array(np.array([float(t)]))[0])) - activation.exact_value(F(float(t)))) <= F(
        constants.value_error[0]) or float(t) in constants.breakpoints.tolist()


def test_lowest_bits_and_gamma() -> None:
    values = [1.0, -6.0, 0.1, 2.0**-1074, 1.5 * 2.0**900]
    for value, bit in zip(values, lowest_bits(np.array(values)).tolist()):
        assert (F(value) / F(2)**bit).denominator == 1 and (F(value) / F(2)**bit).numerator % 2 == 1
    assert lowest_bits(np.zeros(1))[0] > 1024
    for count in (1, 10, 10**6):
        assert F(gamma(count)) >= F(count) / (2**53 - count)
