"""The exact loss and gradient against the oracle, golden trajectories, equivariance, differences, kinks."""
from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import oracles
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.distributions import ProductDistribution, UniformDistribution
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.weighted_distributions import EmpiricalDistribution, ExplicitDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.exact_gradients import exact_descent, exact_loss_and_gradient
from theorycheck.gradients.plans import loss_and_gradient
from theorycheck.networks.activations import activation_named
from theorycheck.networks.approximation import approximate_values_on_cube
from theorycheck.networks.architectures import ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected
from theorycheck.networks.problems import LearningProblem
from theorycheck.training.enclosed_descent import descend

F = Fraction
GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "paper_golden.json").read_text())
MAKERS: dict[str, Any] = {"cnn": lambda n: n, "lcn": as_locally_connected, "fcn": as_fully_connected}
KINDS: dict[str, Any] = {"cnn": (ConvolutionalNetwork, oracles.cnn_value, oracles.cnn_gradient),
                         "lcn": (LocallyConnectedNetwork, oracles.lcn_value, oracles.lcn_gradient),
                         "fcn": (FullyConnectedNetwork, oracles.fcn_value, oracles.fcn_gradient)}
SIGMAS: dict[str, Any] = {
    "relu": (oracles.relu, lambda t: F(t > 0) if t else F(1, 3)),
    "clipped_relu:1/2": (oracles.clipped(F(0), F(1, 2)), lambda t: F(0 < t < F(1, 2)) + F(1, 3) * (t == 0) + F(2, 3) * (
        t == F(1, 2))),
    "abs": (abs, lambda t: F(1 if t > 0 else -1 if t < 0 else F(-1, 3))), "square": (lambda t: t * t, lambda t: 2 * t)}
# Few values with small denominators, so that ties and kinks are common.
entries = st.sampled_from([F(-1), F(-1, 2), F(0), F(1, 2), F(1), F(2)]) | st.fractions(-2, 2, max_denominator=10**20)


def nested(*shape: int) -> st.SearchStrategy:
    return st.lists(nested(*shape[1:]), min_size=shape[0], max_size=shape[0]) if shape else entries


@st.composite
def instances(draw: st.DrawFn) -> tuple:
    kind, q, k, count = (draw(st.sampled_from(sorted(KINDS))), draw(st.integers(1, 2)), draw(st.integers(1, 2)),
                         draw(st.integers(1, 2)))
    n = count + k - 1
    shapes = {"cnn": ((q, k), (q,), (count, q)), "lcn": ((count, q, k), (count, q), (count, q)),
              "fcn": ((q, n), (q,), (q,))}[kind]
    weights = draw(st.lists(st.integers(0, 3), min_size=2**n, max_size=2**n).filter(any))
    distribution = draw(st.sampled_from([
        UniformDistribution(n), ProductDistribution([F(1, 3), -1, F(1, 2)][:n]),
        ExplicitDistribution(n, [F(w, sum(weights)) for w in weights]),
        EmpiricalDistribution([[1] * n, [-1] * n, [1] * n])]))
    labels = BooleanFunction(np.array(draw(st.lists(st.sampled_from([-1, 1]), min_size=2**n, max_size=2**n))))
    gamma = draw(st.sampled_from([F(0), F(1, 4), F(1)]))
    return (kind, draw(st.sampled_from(sorted(SIGMAS))), [draw(nested(*shape)) for shape in shapes],
            LearningProblem(labels, distribution, gamma), draw(st.lists(st.integers(0, 3), min_size=q, max_size=q)))


def repeated(kind: str, arrays: list, copies: list[int]) -> list:
    """The parameters with every filter written out as often as it counts."""
    axes = {"cnn": (0, 0, 1), "lcn": (1, 1, 1), "fcn": (0, 0, 0)}[kind]
    return [np.repeat(np.array(array, dtype=object), copies, axis=axis).tolist() for array, axis in zip(arrays, axes)]


@settings(max_examples=150, deadline=None)
@given(instances())
def test_everything_is_the_oracles(instance: tuple) -> None:
    kind, name, arrays, problem, copies = instance
    make, value, gradient = KINDS[kind]
    sigma, slope = SIGMAS[name]
    network = make(*arrays, activation_named(name).with_kink_slope(F(1, 3)))
    found = exact_loss_and_gradient(network, problem, multiplicities=copies)
    w, b, u = arrays
    points, labels = oracles.cube_points(problem.n), problem.labels().tolist()
    masses = list(problem.distribution.probabilities())
    many_w, many_b, many_u = repeated(kind, arrays, copies)
    values = [value(x, many_u, many_w, many_b, sigma) if any(copies) else F(0) for x in points]
    assert found.loss == oracles.hinge_loss(values, labels, masses)
    weights = oracles.hinge_weights(values, labels, masses, problem.hinge_slope)
    by_readout, by_filters = gradient(points, weights, u, w, b, sigma, slope)
    assert found.readout.fractions() == np.array(by_readout, dtype=object).ravel().tolist()
    assert found.filters.fractions() == np.array(by_filters, dtype=object).ravel().tolist()
    margins = [(p, f * h) for p, f, h in zip(masses, labels, values) if p]
    assert found.margin_kinks == sum(m == 1 for _, m in margins)
    assert found.tied_probability == sum(p for p, m in margins if m == 1)
    assert found.active_probability == sum(p for p, m in margins if m < 1)
    assert found.smallest_distance == min(abs(1 - m) for _, m in margins)
    assert found.activation_kinks == kink_count(network, problem)


def kink_count(network: Any, problem: LearningProblem) -> int:
    """Distinct (filter, content) with a pre-activation on a breakpoint, over the points of positive probability."""
    points = [x for x, p in zip(oracles.cube_points(problem.n), problem.distribution.probabilities()) if p]
    breakpoints, found = network.activation.form.breakpoints, set()
    for x in points:
        if isinstance(network, FullyConnectedNetwork):
            windows = [(0, x, network.filters, network.biases)]
        else:
            k, tied = network.k, isinstance(network, ConvolutionalNetwork)
            windows = [(0 if tied else j, x[j:j + k], network.filters if tied else network.filters[j],
                        network.biases if tied else network.biases[j]) for j in range(network.window_count)]
        for place, z, filters, biases in windows:
            for i, (w, b) in enumerate(zip(filters, biases)):
                if oracles.dot(w, z) + b in breakpoints:
                    found.add((place, i, z))
    return len(found)


@pytest.mark.parametrize("run, kind", [(run, kind) for run in GOLDEN["trajectories"]["runs"]
                                       for kind in run["networks"]])
def test_golden_trajectories(run: dict, kind: str) -> None:
    n, k = run["n"], run["k"]
    filters = [[F(s, k) for s in z] for z in oracles.cube_points(k)]
    start = MAKERS[kind](ConvolutionalNetwork(filters, [F(1, k) - 1] * 2**k, [[0] * 2**k] * (n - k + 1)))
    problem = LearningProblem(KPattern.from_hex(n, k, run["pattern"], run["offset"]))
    trace = list(exact_descent(start, problem, run["eta"], len(run["losses"]) - 1))
    assert [result.loss for _, result in trace] == [F(loss) for loss in run["losses"]]
    assert type(trace[-1][0]) is type(start)


def test_lemma_8_fails_for_plain_relu_on_a_point() -> None:
    given = GOLDEN["lemma8"]["counterexample"]
    start = ConvolutionalNetwork([given["filter"]], ["-1/2"], [[0]] * 3)
    problem = LearningProblem(KPattern(4, 2, 0, np.ones(4, dtype=np.int8)), ExplicitDistribution(4, {0: 1}))
    last = list(exact_descent(start, problem, given["eta"], given["steps"]))[-1][0]
    assert last.readout.ravel().tolist() == [F(given["readout"])] * 3 and F(given["readout"]) > F(given["stated"])


def test_the_gradient_is_the_exact_slope_away_from_kinks() -> None:
    start = ConvolutionalNetwork([["1/3", "2/7"], ["-1/5", "3/4"]], ["1/11", "-1/13"], [["1/2", "1/3"], ["-2/5", 1]])
    problem = LearningProblem(KPattern.logical_and(3, 2), ProductDistribution(["1/3", "1/4", 0]))
    found, step = exact_loss_and_gradient(start, problem), F(1, 1000)
    assert found.margin_kinks == found.activation_kinks == 0 and found.smallest_distance > 3 * step
    for name in ("filters", "readout"):
        values = getattr(start, name)
        for number, place in enumerate(np.ndindex(values.shape)):
            losses = []
            for sign in (1, -1):
                moved = values.copy()
                moved[place] += sign * step
                both = {"filters": start.filters, "readout": start.readout, name: moved}
                losses.append(exact_loss_and_gradient(
                    ConvolutionalNetwork(both["filters"], start.biases, both["readout"]), problem).loss)
            # The loss is linear in one parameter between kinks, so the difference quotient is exact.
            assert (losses[0] - losses[1]) / (2 * step) == getattr(found, name).fractions()[number]


def test_flipping_a_coordinate_everywhere_flips_its_weights() -> None:
    flips, rng = np.array([1, -1, -1]), np.random.default_rng(5)
    filters = rng.integers(-3, 4, (4, 3))
    one = FullyConnectedNetwork(filters, [F(1, 2)] * 4, [F(1, 3)] * 4)
    other = FullyConnectedNetwork(filters * flips, [F(1, 2)] * 4, [F(1, 3)] * 4)
    table = rng.choice([-1, 1], 8)
    moved = [x ^ 0b110 for x in range(8)]
    first = exact_loss_and_gradient(one, LearningProblem(BooleanFunction(table)))
    second = exact_loss_and_gradient(other, LearningProblem(BooleanFunction(table[moved])))
    assert first.loss == second.loss and first.readout.fractions() == second.readout.fractions()
    flipped = np.array(second.filters.fractions(), dtype=object).reshape(4, 3) * flips
    assert flipped.ravel().tolist() == first.filters.fractions()


def test_a_point_in_a_high_dimension() -> None:
    n = 100
    network = ConvolutionalNetwork([[F(1, 2), F(1, 2)]], [F(-1, 2)], [[F(1, 7)]] * (n - 1))
    problem = LearningProblem(KPattern.parity(n, 2), ExplicitDistribution(n, {0: 1}))
    assert exact_loss_and_gradient(network, problem).loss == 0  # h = 99/14
    wide = FullyConnectedNetwork([[F(1)] * n], [F(1 - n)], [F(1, 7)])
    found = exact_loss_and_gradient(wide, problem)
    assert found.loss == F(6, 7) and found.filters.fractions() == [F(-1, 7)] * n


def test_a_larger_cube_stays_in_integers() -> None:
    n, k = 16, 3
    filters = [[F(s, k) for s in z] for z in oracles.cube_points(k)]
    start = ConvolutionalNetwork(filters, [F(1, k) - 1] * 8, [[F(j + 1, 50)] * 8 for j in range(n - k + 1)])
    problem = LearningProblem(KPattern.parity(n, k, offset=5))
    found = exact_loss_and_gradient(start, problem)
    assert found.marginals.numerators.dtype == np.int64 and found.readout.numerators.dtype == np.int64
    rounded = np.maximum(0, 1 - problem.labels() * approximate_values_on_cube(start)).mean()
    assert float(found.loss) == pytest.approx(rounded, abs=1e-12)  # 2^16 values below 10, each rounded 15 times
    # Every window's marginal sums to E[s f].
    assert len({sum(found.marginals[j].fractions(), F(0)) for j in range(n - k + 1)}) == 1


def test_bad_input_is_refused() -> None:
    network = FullyConnectedNetwork([[1, 1]], [0], [1], "tanh")
    problem = LearningProblem(KPattern.parity(2, 2))
    with pytest.raises(ParameterError, match="tanh does not"):
        exact_loss_and_gradient(network, problem)
    with pytest.raises(ParameterError, match="'problem' must have the network's dimension n=2, not 3"):
        exact_loss_and_gradient(network, LearningProblem(KPattern.parity(3, 2)))
    for eta, steps in ((0, 1), ("nan", 1), (-1, 1), (1, -1)):
        with pytest.raises(ParameterError):
            exact_descent(network, problem, eta, steps)


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("name", ["relu", "clipped_relu:1/2", "abs"])
def test_float64_is_within_its_bounds_of_the_exact_gradient(kind: str, name: str) -> None:
    rng = np.random.default_rng(7)
    for distribution in (UniformDistribution(4), ProductDistribution(["1/3", 0, 1, "-1/7"])):
        # Dyadic numbers with few bits meet kinks exactly, random ones nowhere (a chance below 10^-12).
        for draw in (lambda shape: rng.integers(-4, 5, shape) / 4, lambda shape: rng.normal(size=shape) / 2):
            network = MAKERS[kind](ConvolutionalNetwork(draw((3, 2)), draw(3), draw((3, 3)), activation_named(name)))
            problem = LearningProblem(KPattern.from_hex(4, 2, "0xB", offset=1), distribution, F(1, 2))
            counts = rng.integers(0, 4, network.filter_count)
            found = loss_and_gradient(network, problem, multiplicities=counts)
            exact = exact_loss_and_gradient(network, problem, multiplicities=counts)
            bounds = found.error_bounds()
            assert abs(F(found.loss) - exact.loss) <= F(bounds.loss)
            for part in ("readout", "filters"):
                errors = [abs(F(number) - value) for number, value in
                          zip(getattr(found, part).ravel().tolist(), getattr(exact, part).fractions(), strict=True)]
                assert max(errors) <= F(getattr(bounds, part))
                # On a kink a rounding may choose the other slope, which no float64 bound can exclude.
                if not exact.activation_kinks + exact.margin_kinks:
                    assert F(getattr(bounds, part)) <= F(1, 10**12)
            assert (found.margin_kinks, found.activation_kinks) == (exact.margin_kinks, exact.activation_kinks)


@pytest.mark.parametrize("kind, count", [("cnn", 2), ("lcn", 2), ("fcn", 0)])
def test_kinks_count_only_where_there_is_probability(kind: str, count: int) -> None:
    # ⟨w, z⟩ = 0 at z = +- and -+; the points are +++ and ++-, so that +- occurs at the second window only.
    problem = LearningProblem(KPattern.parity(3, 2), ExplicitDistribution(3, {0: "1/2", 4: "1/2"}))
    one = ConvolutionalNetwork([[1, 1], [2, 2]], [0, 0], [[1, 1], [1, 1]])
    network = FullyConnectedNetwork([[1, 1, 1]], [0], [1]) if kind == "fcn" else MAKERS[kind](one)
    assert exact_loss_and_gradient(network, problem).activation_kinks == count
    assert next(descend(network, problem, 1, 0)).activation_kinks == count
