"""The networks' shapes, what they store, and what they refuse."""
from __future__ import annotations

from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest

from theorycheck.errors import ParameterError
from theorycheck.networks.activations import activation_named
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                with_float64_parameters)

F = Fraction


@pytest.mark.parametrize("windows, n", [("all", 4), ("paper", 5)])
def test_dimensions(windows: str, n: int) -> None:
    cnn = ConvolutionalNetwork(np.ones((5, 2)), np.zeros(5), np.ones((3, 5)), "relu", windows)
    assert (cnn.n, cnn.k, cnn.filter_count, cnn.window_count) == (n, 2, 5, 3)
    lcn = LocallyConnectedNetwork(np.ones((3, 5, 2)), np.zeros((3, 5)), np.ones((3, 5)), "relu", windows)
    assert (lcn.n, lcn.k, lcn.filter_count, lcn.window_count) == (n, 2, 5, 3)
    fcn = FullyConnectedNetwork(np.ones((5, 3)), np.zeros(5), np.ones(5))
    assert (fcn.n, fcn.filter_count) == (3, 5)


def test_floats_stay_and_everything_else_becomes_rational() -> None:
    network = FullyConnectedNetwork(np.array([[0.1]]), [0.1], np.array([2]))
    assert network.filters.dtype == np.float64
    assert network.biases.tolist() == [F(1, 10)] and network.readout.tolist() == [F(2)]
    rounded = with_float64_parameters(network)
    assert rounded.biases.dtype == np.float64 and rounded.biases[0] == 0.1


def test_parameters_are_copied_and_frozen() -> None:
    filters = np.ones((1, 2))
    network = FullyConnectedNetwork(filters, [0], [1])
    filters[0, 0] = 9
    assert network.filters[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        network.filters[0, 0] = 3
    with pytest.raises(FrozenInstanceError):
        network.biases = [1]  # type: ignore[misc]


def test_activation_by_name_or_object() -> None:
    by_name = FullyConnectedNetwork([[1]], [0], [1], "clip:-2,2")
    assert by_name.activation == activation_named("clip:-2,2")
    assert FullyConnectedNetwork([[1]], [0], [1]).activation.name == "relu"
    with pytest.raises(ParameterError, match="'activation' must be an Activation or its name, not 3"):
        FullyConnectedNetwork([[1]], [0], [1], 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("arguments, text", [
    (([1, 2], [0], [[1]]), r"'filters' must have shape \(q, k\), not \(2,\)."),
    (([[1, 2]], [0, 1], [[1]]), r"'biases' must have shape \(q,\) with q=1, not \(2,\)."),
    (([[1, 2]], [0], [[1, 1]]), r"'readout' must have shape \(N, q\) with q=1, not \(1, 2\)."),
    (([[1, 2]], [0], np.empty((0, 1))), "'readout' must not be empty"),
    (([[1, float("nan")]], [0], [[1]]), "'filters' must be a finite number, not nan."),
    ((np.array([[1, np.inf]]), [0], [[1]]), "'filters' must be finite, not inf."),
    (([[1, 2]], [True], [[1]]), "'biases' must be a finite number, not True."),
])
def test_bad_convolutional_networks(arguments: tuple, text: str) -> None:
    with pytest.raises(ParameterError, match=text):
        ConvolutionalNetwork(*arguments)


def test_other_bad_networks() -> None:
    with pytest.raises(ParameterError, match="'windows' must be one of all, paper, not 'some'"):
        ConvolutionalNetwork([[1]], [0], [[1]], windows="some")
    with pytest.raises(ParameterError, match=r"'biases' must have shape \(N, q\) with N=1, q=1, not \(2, 1\)."):
        LocallyConnectedNetwork([[[1]]], [[0], [0]], [[1]])
    with pytest.raises(ParameterError, match=r"'readout' must have shape \(q,\) with q=1, not \(2,\)."):
        FullyConnectedNetwork([[1]], [0], [1, 2])
