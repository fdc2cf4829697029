"""Networks to arrays and back, and between torch modules and networks: the same numbers, the same function."""
from __future__ import annotations

import importlib.util
import io
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from theorycheck.cube import KPattern
from theorycheck.errors import ParameterError
from theorycheck.gradients.plans import loss_and_gradient
from theorycheck.networks import adapters
from theorycheck.networks.activations import Activation, activation_named, step_wise, user_activation
from theorycheck.networks.adapters import from_arrays, from_torch, to_arrays, to_torch
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                Network)
from theorycheck.networks.problems import LearningProblem

F = Fraction
THIRD = activation_named("clipped_relu:2/3").with_kink_slope("1/3")
NETWORKS = [ConvolutionalNetwork([[1, "1/3"], [2, 0]], ["1/7", 0], [[1, 2], [3, "4/5"], [5, 6]], THIRD, "paper"),
            LocallyConnectedNetwork([[[1, 2]], [["1/3", 4]]], [[1], ["1/9"]], [[1], ["1/3"]], "tanh"),
            FullyConnectedNetwork([[1, "1/3"]], [0], ["1/7"], "leaky_relu:1/100")]
NAMES = ("filters", "biases", "readout")


def make_layer(kind: str, **attributes: Any) -> Any:
    """Stands in for a torch layer: what is read from one is its class's name and these attributes."""
    return type(kind, (SimpleNamespace,), {})(**attributes)


def convolution(**changes: Any) -> Any:
    weight = np.array([[[1, 2]], [[3, 4]], [[5, 6]]], dtype=np.float32)
    parts = dict(weight=weight, bias=np.array([7, 8, 9], dtype=np.float32), stride=(1,), padding=(0,), dilation=(1,),
                 groups=1, in_channels=1)
    return make_layer("Conv1d", **(parts | changes))


def last(count: int, **changes: Any) -> Any:
    return make_layer("Linear", **(dict(weight=np.arange(count, dtype=np.float32)[None], bias=None) | changes))


def flatten(**changes: Any) -> Any:
    return make_layer("Flatten", **(dict(start_dim=1, end_dim=-1) | changes))


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: type(network).__name__)
def test_exact_arrays_bring_the_network_back(network: Network) -> None:
    back = from_arrays(to_arrays(network, "exact"))
    assert type(back) is type(network) and back.activation == network.activation
    for name in NAMES:
        assert getattr(back, name).tolist() == getattr(network, name).tolist()
    assert getattr(back, "windows", None) == getattr(network, "windows", None)


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: type(network).__name__)
def test_float_arrays_go_through_a_file(network: Network) -> None:
    file = io.BytesIO()
    np.savez(file, **to_arrays(network))
    file.seek(0)
    back = from_arrays(np.load(file))  # without pickle: plain arrays and text alone
    assert type(back) is type(network) and back.activation == network.activation
    for name in NAMES:
        assert getattr(back, name).tolist() == np.asarray(getattr(network, name), dtype=np.float64).tolist()
    assert getattr(back, "windows", None) == getattr(network, "windows", None)


def test_the_arrays_are_copies() -> None:
    network = FullyConnectedNetwork(np.ones((1, 2)), np.zeros(1), np.ones(1))
    arrays = to_arrays(network)
    arrays["filters"][:] = 5
    assert network.filters.tolist() == [[1, 1]]


def test_a_users_activation_comes_from_the_user() -> None:
    cube = user_activation("cube", lambda t: t**3)
    arrays = to_arrays(FullyConnectedNetwork([[1, 2]], [0], [1], cube))
    with pytest.raises(ParameterError, match="'activation' must be one of relu, .* not 'cube'"):
        from_arrays(arrays)
    assert from_arrays(arrays, cube)([1, 1]).exact == 27


def test_bad_arrays() -> None:
    good = to_arrays(NETWORKS[0])
    with pytest.raises(ParameterError, match="'arrays' must hold 'filters'"):
        from_arrays({name: value for name, value in good.items() if name != "filters"})
    with pytest.raises(ParameterError, match="'network' must be one of convolutional, .* not 'cnn'"):
        from_arrays(good | {"network": "cnn"})
    with pytest.raises(ParameterError, match=r"'biases' must have shape \(q,\) with q=2, not \(3,\)"):
        from_arrays(good | {"biases": np.zeros(3)})
    with pytest.raises(ParameterError, match="'filters' must be finite, not nan"):
        from_arrays(good | {"filters": np.full((2, 2), np.nan)})
    with pytest.raises(ParameterError, match="'dtype' must be one of float64, exact, not 'float32'"):
        to_arrays(NETWORKS[0], "float32")


def test_the_layout_of_a_convolution() -> None:
    """Entry i N + j of the flattened readout is filter i at window j."""
    network = from_torch([convolution(), make_layer("ReLU"), flatten(), last(12)])
    assert isinstance(network, ConvolutionalNetwork)
    assert (network.n, network.k, network.window_count) == (5, 2, 4)
    assert network.filters.tolist() == [[1, 2], [3, 4], [5, 6]] and network.biases.tolist() == [7, 8, 9]
    assert network.readout.tolist() == [[j, 4 + j, 8 + j] for j in range(4)]


def test_float32_values_are_read_as_the_dyadics_they_are() -> None:
    weight = np.array([[0.1, 0.2]], dtype=np.float32)
    network = from_torch([make_layer("Linear", weight=weight, bias=None), make_layer("Identity"),
                          make_layer("Linear", weight=np.ones((1, 1), np.float32), bias=None)])
    assert isinstance(network, FullyConnectedNetwork) and network.biases.tolist() == [0]
    expected = Fraction(float(np.float32(0.1))) + Fraction(float(np.float32(0.2)))
    assert network([1, 1]).exact == expected != F(3, 10)


@pytest.mark.parametrize("layer, name", [
    (make_layer("ReLU"), "relu"), (make_layer("Tanh"), "tanh"), (make_layer("Identity"), "identity"),
    (make_layer("LeakyReLU", negative_slope=0.01), "leaky_relu:1/100"),
    (make_layer("Hardtanh", min_val=-0.1, max_val=2), "clip:-1/10,2"),
    (make_layer("Hardtanh", min_val=0.0, max_val=0.5), "clipped_relu:1/2"),
    (make_layer("ReLU6", min_val=0.0, max_val=6.0), "clipped_relu:6")], ids=lambda part: str(part))
def test_activations(layer: Any, name: str) -> None:
    network = from_torch([last(3), layer, last(1)])
    assert network.activation.form == activation_named(name).form


@pytest.mark.parametrize("module, message", [
    (5, r"must be Sequential\(Conv1d"), ([last(3), make_layer("ReLU")], r"not list\(Linear, ReLU\)"),
    ([last(3), make_layer("GELU"), last(1)], "activation among ReLU, .* not GELU; .* user_activation"),
    ([last(3), make_layer("ReLU"), last(1, bias=np.array([0.5]))], "without a bias, not one of 0.5: .* bias=False"),
    ([last(3), make_layer("ReLU"), last(1, weight=np.ones((2, 1)))], "must end in one output, not 2"),
    ([convolution(stride=(2,)), make_layer("ReLU"), flatten(), last(12)], "stride=1, not .2"),
    ([convolution(padding="same"), make_layer("ReLU"), flatten(), last(12)], "padding=0, not same"),
    ([convolution(in_channels=2), make_layer("ReLU"), flatten(), last(12)], "in_channels=1, not 2"),
    ([convolution(), make_layer("ReLU"), flatten(start_dim=0), last(12)], "flatten all but the batch"),
    ([convolution(), make_layer("ReLU"), flatten(), last(11)], "q.N inputs in its last layer with q=3, not 11")])
def test_other_modules_are_refused(module: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        from_torch(module)


def test_a_zero_output_bias_is_no_bias() -> None:
    assert from_torch([last(3), make_layer("ReLU"), last(1, bias=np.zeros(1))]).n == 3


def test_a_locally_connected_network_is_refused() -> None:
    with pytest.raises(ParameterError, match="embed it first, with as_fully_connected"):
        to_torch(NETWORKS[1])


def test_torch_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)
    monkeypatch.setattr(adapters, "import_module", absent)
    with pytest.raises(ParameterError, match=r"pip install theorycheck\[experiments\]"):
        to_torch(NETWORKS[2])


needs_torch = pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")


def float_network(rng: np.random.Generator, kind: str, activation: str | Activation) -> Any:
    if kind == "fcn":
        return FullyConnectedNetwork(rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=3), activation)
    return ConvolutionalNetwork(rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=(4, 3)), activation,
                                "paper" if kind == "paper" else "all")


@needs_torch
@pytest.mark.parametrize("kind", ["fcn", "cnn", "paper"])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu:1/4", "clip:-1/2,1", "clipped_relu:1/2", "tanh",
                                        "identity"])
def test_torch_computes_the_same_function(kind: str, activation: str) -> None:
    import torch
    network = float_network(np.random.default_rng(0), kind, activation)
    module = to_torch(network)
    points = KPattern.parity(network.n, 1).truth_table().cube.all_points()
    inputs = torch.tensor(points, dtype=torch.float64)
    outputs = module(inputs if kind == "fcn" else inputs[:, None, :]).detach().numpy().ravel()
    expected = [float(network(point)) for point in points]
    # A few dozen float64 operations on numbers of size 1.
    assert np.allclose(outputs, expected, rtol=0, atol=1e-13)
    back = from_torch(module)
    assert back.activation.form == network.activation.form
    for name in ("filters", "biases"):
        assert getattr(back, name).tolist() == getattr(network, name).tolist()
    assert back.readout.tolist() == network.readout.tolist() + ([[0] * 3] if kind == "paper" else [])


@needs_torch
@pytest.mark.parametrize("kind", ["fcn", "cnn"])
@pytest.mark.parametrize("activation", ["relu", "clipped_relu:1/2", "tanh"])
def test_gradients_agree_with_autograd(kind: str, activation: str) -> None:
    import torch
    network = float_network(np.random.default_rng(1), kind, activation)
    target = KPattern.parity(network.n, 2, 1)
    module = to_torch(network)
    points = target.truth_table().cube.all_points()
    inputs = torch.tensor(points, dtype=torch.float64)
    outputs = module(inputs if kind == "fcn" else inputs[:, None, :])[:, 0]
    loss = torch.clamp(1 - torch.tensor(target.evaluate(points)) * outputs, min=0).mean()
    loss.backward()
    result = loss_and_gradient(network, LearningProblem(target))
    readout = module[-1].weight.grad.numpy().ravel()
    expected = readout if kind == "fcn" else readout.reshape(3, -1).T
    # Sums of 16 or 32 terms of size 1 on either side; no point of this draw is on a kink.
    assert result.margin_kinks == result.activation_kinks == 0
    assert abs(result.loss - loss.item()) < 1e-14
    assert np.allclose(result.readout, expected, rtol=0, atol=1e-14)
    assert np.allclose(result.filters, module[0].weight.grad.numpy().reshape(network.filters.shape), rtol=0, atol=1e-14)


@needs_torch
@pytest.mark.parametrize("activation, message", [
    (activation_named("relu").with_kink_slope("1/2"), "kink_slope 0, as torch has, not 1/2"),
    (activation_named("square"), "not square"), (step_wise("sign", (0,), (-1, 1)), "not sign")],
    ids=["kink", "square", "sign"])
def test_activations_that_torch_lacks(activation: Activation, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        to_torch(FullyConnectedNetwork([[1]], [0], [1], activation))
