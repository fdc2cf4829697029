"""CNN = tied LCN = masked FCN, exactly, and the embedding against the oracle's."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import oracles
import pytest

from theorycheck.networks.architectures import ConvolutionalNetwork, LocallyConnectedNetwork
from theorycheck.networks.embedding import as_fully_connected, as_locally_connected

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
