"""CNN = tied LCN = masked FCN, exactly, and the embedding against the oracle's."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.cube import EmpiricalDistribution, KPattern, ProductDistribution
from theorycheck.errors import ParameterError
from theorycheck.gradients.plans import loss_and_gradient
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                Network)
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected, pull_back_gradient, window_mask
from theorycheck.networks.problems import LearningProblem

F = Fraction


@pytest.mark.parametrize("windows", ["all", "paper"])
@pytest.mark.parametrize("activation", ["relu", "abs", "clip:-1/3,2"])
def test_embedding_keeps_the_function(activation: str, windows: str) -> None:
    rng = np.random.default_rng(3)
    cnn = ConvolutionalNetwork(rng.integers(-3, 4, (3, 3)), rng.integers(-2, 3, 3), rng.integers(-3, 4, (4, 3)),
                               activation, windows)
    lcn, fcn = as_locally_connected(cnn), as_fully_connected(cnn)
    assert (lcn.n, fcn.n) == (cnn.n, cnn.n)
    assert cnn.values_on_cube().equals(lcn.values_on_cube())
    assert cnn.values_on_cube().equals(fcn.values_on_cube())


def test_embedding_matches_the_oracle() -> None:
    u, w, b = [[1, 2], [3, 4]], [[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [[1, 2], [3, 4]]
    readout, filters, biases = oracles.embed_in_fcn(u, w, b, 3)
    fcn = as_fully_connected(LocallyConnectedNetwork(w, b, u))
    assert (fcn.readout.tolist(), fcn.filters.tolist(), fcn.biases.tolist()) == (readout, filters, biases)


def test_a_weight_off_the_window_changes_the_function() -> None:
    cnn = ConvolutionalNetwork([[1, 1]], [0], [[1], [2]])
    fcn = as_fully_connected(cnn)
    filters = fcn.filters.copy()
    filters[0, 2] = F(1)
    broken = type(fcn)(filters, fcn.biases, fcn.readout, fcn.activation)
    assert not broken.values_on_cube().equals(cnn.values_on_cube())


def test_float_parameters_stay_floats() -> None:
    cnn = ConvolutionalNetwork(np.ones((1, 2)), np.zeros(1), np.ones((2, 1)))
    assert as_fully_connected(cnn).filters.dtype == np.float64


def dyadic_network(windows: str = "all", activation: str = "relu") -> ConvolutionalNetwork:
    """Multiples of 1/2, so that every float64 step below is exact."""
    rng = np.random.default_rng(5)
    return ConvolutionalNetwork(rng.integers(-2, 3, (3, 2)) / 2, rng.integers(-1, 2, 3) / 2,
                                rng.integers(-2, 3, (4, 3)) / 2, activation_named(activation).with_kink_slope("1/2"),
                                windows)


@pytest.mark.parametrize("windows", ["all", "paper"])
@pytest.mark.parametrize("activation", ["relu", "clipped_relu:1/2", "abs", "square"])
@pytest.mark.parametrize("kind", ["uniform", "product", "sample"])
def test_gradients_of_the_embeddings(windows: str, activation: str, kind: str) -> None:
    """CNN = LCN with tied filters = FCN on the mask, exactly, kinks included: three separate computations."""
    cnn = dyadic_network(windows, activation)
    distribution = {"uniform": None, "product": ProductDistribution(["1/2", 0, "-1/2"] + [0] * (cnn.n - 3)),
                    "sample": EmpiricalDistribution(1 - 2 * np.random.default_rng(1).integers(0, 2, (8, cnn.n)))}[kind]
    problem = LearningProblem(KPattern.parity(cnn.n, 2, 1), distribution, F(1, 2))
    lcn, fcn = as_locally_connected(cnn), as_fully_connected(cnn)
    tied, local, full = (loss_and_gradient(network, problem) for network in (cnn, lcn, fcn))
    assert tied.loss == local.loss == full.loss
    assert tied.margin_kinks == local.margin_kinks == full.margin_kinks
    assert tied.smallest_distance == local.smallest_distance == full.smallest_distance
    readout, filters = pull_back_gradient(lcn, full.readout, full.filters)
    assert readout.tolist() == local.readout.tolist() == tied.readout.tolist()
    assert filters.tolist() == local.filters.tolist()
    assert local.filters.sum(axis=0).tolist() == tied.filters.tolist()
    assert pull_back_gradient(cnn, full.readout, full.filters)[1].tolist() == tied.filters.tolist()


def test_the_gradient_off_the_mask_is_not_zero() -> None:
    fcn = as_fully_connected(dyadic_network())
    result = loss_and_gradient(fcn, LearningProblem(KPattern.parity(fcn.n, 2, 1)))
    assert np.any(result.filters[~window_mask(dyadic_network())])


def losses_of_descent(network: Network, problem: LearningProblem, steps: int, mask: np.ndarray | float) -> list[F]:
    """Losses of gradient descent with step size 1, the filters moving on the mask alone."""
    losses = []
    for _ in range(steps + 1):
        result = loss_and_gradient(network, problem)
        losses.append(F(result.loss))
        network = type(network)(network.filters - mask * result.filters, network.biases,
                                network.readout - result.readout, network.activation)
    return losses


@pytest.mark.parametrize("name, expected", [
    ("LCN", ["1", "29/32", "101/128", "1223/2048", "1045/4096"]),
    ("CNN", ["1", "29/32", "99/128", "1045/2048", "1439/8192"])])
def test_golden_descent_on_and(name: str, expected: list[str]) -> None:
    """n=3, k=2, AND of the first two, every sign pattern once; in float64 every step is exact."""
    z = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    cnn = ConvolutionalNetwork(z / 2, np.full(4, -0.5), np.zeros((2, 4)))
    problem = LearningProblem(KPattern.logical_and(3, 2))
    golden = [F(text) for text in expected]
    if name == "CNN":
        assert losses_of_descent(cnn, problem, 4, 1.0) == golden
    else:
        assert losses_of_descent(as_locally_connected(cnn), problem, 4, 1.0) == golden
        fcn = as_fully_connected(cnn)
        assert losses_of_descent(fcn, problem, 4, window_mask(cnn)) == golden
        assert losses_of_descent(fcn, problem, 4, 1.0) == golden  # on this instance even without the mask


def test_shapes_that_disagree() -> None:
    cnn = dyadic_network()
    fcn = as_fully_connected(cnn)
    assert isinstance(fcn, FullyConnectedNetwork)
    with pytest.raises(ParameterError, match=r"'filters' must have shape \(12, 5\), not \(5, 12\)"):
        pull_back_gradient(cnn, fcn.readout, fcn.filters.T)
    with pytest.raises(ParameterError, match=r"'readout' must have shape \(12,\), not \(11,\)"):
        pull_back_gradient(cnn, fcn.readout[1:], fcn.filters)
