"""Networks from and to plain arrays, and from and to torch modules of the same shape.

Torch is imported only when a module is made, never to read one.
"""
from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError, abbreviate, require_choice
from theorycheck.networks.activation_forms import PiecewisePolynomial
from theorycheck.networks.activations import Activation, activation_named
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                Network)
from theorycheck.networks.rationals import exact_entries
from theorycheck.networks.smooth_forms import HyperbolicTangent
from theorycheck.rigor import exact_rational

_KINDS: dict[str, type] = {"convolutional": ConvolutionalNetwork, "locally_connected": LocallyConnectedNetwork,
                           "fully_connected": FullyConnectedNetwork}
_SHAPES = ("Sequential(Conv1d(1, q, k), activation, Flatten(), Linear(q*N, 1, bias=False)) or "
           "Sequential(Linear(n, q), activation, Linear(q, 1, bias=False))")
_LAYERS = "ReLU, ReLU6, LeakyReLU, Hardtanh, Tanh, Identity"


def to_arrays(network: Network, dtype: str = "float64") -> dict[str, Any]:
    """Return a network as a plain dictionary: three arrays and what else makes it up, as text.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
    dtype : str
        ``"float64"`` rounds the parameters to float64; ``"exact"`` gives object arrays of Fractions.

    Returns
    -------
    dict
        ``network`` (convolutional, locally_connected or fully_connected), ``filters``, ``biases``, ``readout``,
        ``activation``, ``kink_slope``, and ``windows`` but for a fully-connected network.  In float64 it can go to
        ``numpy.savez`` as it is.

    Raises
    ------
    ParameterError
        ``'dtype' must be one of float64, exact, not 'float32'.``

    Examples
    --------
    >>> arrays = to_arrays(FullyConnectedNetwork([[1, "1/2"]], [0], [3]))
    >>> arrays["filters"].tolist(), arrays["activation"]
    ([[1.0, 0.5]], 'relu')
    """
    require_choice("dtype", dtype, ("float64", "exact"))
    parts: dict[str, Any] = {"network": next(name for name, kind in _KINDS.items() if type(network) is kind)}
    for name in ("filters", "biases", "readout"):
        values = getattr(network, name)
        parts[name] = np.array(values, dtype=np.float64) if dtype == "float64" else _fractions(values)
    parts["activation"], parts["kink_slope"] = network.activation.name, str(network.activation.kink_slope)
    if not isinstance(network, FullyConnectedNetwork):
        parts["windows"] = network.windows
    return parts


def from_arrays(arrays: Mapping[str, Any], activation: Activation | None = None) -> Network:
    """Return the network that :func:`to_arrays` wrote down, or that ``numpy.load`` brings back.

    Parameters
    ----------
    arrays : mapping
        As :func:`to_arrays` returns; ``kink_slope`` and ``windows`` may be missing.
    activation : Activation, optional
        For an activation that has no name of its own.

    Raises
    ------
    ParameterError
        ``'arrays' must hold 'filters'.``, ``'network' must be one of convolutional, …, not 'cnn'.``, and those of the
        network's own class.

    Examples
    --------
    >>> from_arrays({"network": "fully_connected", "filters": [[1, 2]], "biases": [0], "readout": [1],
    ...              "activation": "tanh"}).n
    2
    """
    for name in ("network", "filters", "biases", "readout") + (("activation",) if activation is None else ()):
        if name not in arrays:
            raise ParameterError(f"'arrays' must hold '{name}'.")
    kind = require_choice("network", str(arrays["network"]), _KINDS)
    chosen = activation or activation_named(str(arrays["activation"]))
    if activation is None and "kink_slope" in arrays:
        chosen = chosen.with_kink_slope(str(arrays["kink_slope"]))
    windows = {} if kind == "fully_connected" else {"windows": str(arrays.get("windows", "all"))}
    network: Network = _KINDS[kind](*(arrays[name] for name in ("filters", "biases", "readout")), chosen, **windows)
    return network


def from_torch(module: Any) -> Network:
    """Return the network that a torch module of the same shape computes, with its very parameters.

    Parameters
    ----------
    module : torch.nn.Sequential
        ``Sequential(Conv1d(1, q, k), activation, Flatten(), Linear(q*N, 1, bias=False))``, read as a CNN on n = N+k-1
        variables, or ``Sequential(Linear(n, q), activation, Linear(q, 1, bias=False))``, read as an FCN.  The first
        layer may lack a bias.  The activation is ReLU, ReLU6, LeakyReLU, Hardtanh, Tanh or Identity.

    Returns
    -------
    ConvolutionalNetwork or FullyConnectedNetwork
        With float64 arrays: every float32 value is read as the dyadic number that it is.  A LeakyReLU's slope and a
        Hardtanh's ends are Python floats and read as their shortest decimals.

    Raises
    ------
    ParameterError
        ``'module' must be Sequential(Conv1d(1, q, k), activation, …) or …, not …``, which says what to change.

    Notes
    -----
    Flatten puts the channels outside: entry i·N + j of the last weight is filter i at window j.  At their kinks the
    slopes are autograd's, but for the upper end of a Hardtanh, where autograd takes 0 and ``kink_slope=0`` the slope on
    the left.
    """
    layers = _layers(module)
    kinds = [type(layer).__name__ for layer in layers]
    if len(kinds) == 4 and (kinds[0], kinds[2], kinds[3]) == ("Conv1d", "Flatten", "Linear"):
        return _convolutional(*layers)
    if len(kinds) == 3 and (kinds[0], kinds[2]) == ("Linear", "Linear"):
        inner, between, outer = layers
        filters = _numbers(inner.weight)
        return FullyConnectedNetwork(filters, _biases(inner, filters.shape[0]), _output(outer).ravel(),
                                     _activation(between))
    raise ParameterError(f"'module' must be {_SHAPES}, not {type(module).__name__}({', '.join(kinds)}).")


def to_torch(network: Network) -> Any:
    """Return a float64 torch module that computes the network; the inverse of :func:`from_torch`.

    Parameters
    ----------
    network : ConvolutionalNetwork or FullyConnectedNetwork
        Rational parameters are rounded to float64.

    Returns
    -------
    torch.nn.Sequential
        A CNN takes inputs of shape (batch, 1, n), an FCN (batch, n); outputs (batch, 1).  With ``windows="paper"`` the
        last window is there with readout 0.

    Raises
    ------
    ParameterError
        ``'torch' must be installed for this: pip install theorycheck[experiments].``,
        ``'network' must be convolutional or fully connected: torch has no module for local connections; embed it first,
        with as_fully_connected.``, ``'activation' must be one of relu, …, not square.`` or
        ``'activation' must have kink_slope 0, as torch has, not 1/2.``
    """
    if isinstance(network, LocallyConnectedNetwork):
        raise ParameterError("'network' must be convolutional or fully connected: torch has no module for local "
                             "connections; embed it first, with as_fully_connected.")
    try:
        torch: Any = import_module("torch")
    except ImportError:
        raise ParameterError("'torch' must be installed for this: pip install theorycheck[experiments].") from None
    return _torch_module(network, torch)


def _fractions(values: np.ndarray) -> np.ndarray:
    entries, shape = exact_entries(values, "parameters")
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


def _layers(module: Any) -> list[Any]:
    try:
        return list(module)
    except TypeError:
        raise ParameterError(f"'module' must be {_SHAPES}, not {type(module).__name__}.") from None


def _numbers(tensor: Any) -> np.ndarray:
    """A tensor as float64, which holds every smaller float exactly."""
    return np.array(tensor.detach().cpu().double().numpy() if hasattr(tensor, "detach") else tensor, dtype=np.float64)


def _biases(layer: Any, count: int) -> np.ndarray:
    return np.zeros(count) if layer.bias is None else _numbers(layer.bias)


def _output(layer: Any) -> np.ndarray:
    weights = _numbers(layer.weight)
    if weights.shape[0] != 1:
        raise ParameterError(f"'module' must end in one output, not {weights.shape[0]}.")
    if layer.bias is not None and _numbers(layer.bias).any():
        raise ParameterError(f"'module' must end in a layer without a bias, not one of "
                             f"{abbreviate(_numbers(layer.bias)[0])}: make it with bias=False.")
    return weights


def _convolutional(inner: Any, between: Any, flatten: Any, outer: Any) -> ConvolutionalNetwork:
    for name, wanted in (("stride", 1), ("padding", 0), ("dilation", 1), ("groups", 1), ("in_channels", 1)):
        value = getattr(inner, name)
        if value not in (wanted, (wanted,)):
            raise ParameterError(f"'module' must have a Conv1d with {name}={wanted}, not {abbreviate(value)}.")
    if (flatten.start_dim, flatten.end_dim) != (1, -1):
        raise ParameterError("'module' must flatten all but the batch: Flatten() without arguments.")
    filters = _numbers(inner.weight)[:, 0, :]
    readout = _output(outer).ravel()
    if readout.size % len(filters):
        raise ParameterError(f"'module' must have q*N inputs in its last layer with q={len(filters)}, not "
                             f"{readout.size}.")
    return ConvolutionalNetwork(filters, _biases(inner, len(filters)), readout.reshape(len(filters), -1).T.copy(),
                                _activation(between))


def _activation(layer: Any) -> Activation:
    kind = type(layer).__name__
    if kind in ("ReLU", "Tanh", "Identity"):
        return activation_named(kind.lower())
    if kind == "LeakyReLU":
        return activation_named(f"leaky_relu:{exact_rational(layer.negative_slope, 'negative_slope')}")
    if kind in ("Hardtanh", "ReLU6"):
        low, high = (exact_rational(value, "Hardtanh") for value in (layer.min_val, layer.max_val))
        return activation_named(f"clipped_relu:{high}" if low == 0 else f"clip:{low},{high}")
    raise ParameterError(f"'module' must have an activation among {_LAYERS}, not {kind}; for another one build the "
                         f"network from arrays with a user_activation.")


def _torch_module(network: ConvolutionalNetwork | FullyConnectedNetwork, torch: Any) -> Any:
    nn, double, q = torch.nn, {"dtype": torch.float64}, network.filter_count
    between = _torch_activation(network.activation, nn)
    filters, biases, readout = (np.array(getattr(network, name), dtype=np.float64)
                                for name in ("filters", "biases", "readout"))
    if isinstance(network, FullyConnectedNetwork):
        module = nn.Sequential(nn.Linear(network.n, q, **double), between, nn.Linear(q, 1, bias=False, **double))
    else:
        count = network.n - network.k + 1
        readout = np.vstack([readout, np.zeros((count - len(readout), q))]).T
        module = nn.Sequential(nn.Conv1d(1, q, network.k, **double), between, nn.Flatten(),
                               nn.Linear(q * count, 1, bias=False, **double))
        filters = filters[:, None, :]
    with torch.no_grad():
        module[0].weight.copy_(torch.from_numpy(filters))
        module[0].bias.copy_(torch.from_numpy(biases))
        module[-1].weight.copy_(torch.from_numpy(readout.reshape(1, -1)))
    return module


def _torch_activation(activation: Activation, nn: Any) -> Any:
    if activation.kink_slope:
        raise ParameterError(f"'activation' must have kink_slope 0, as torch has, not {activation.kink_slope}.")
    form, plain = activation.form, {"relu": nn.ReLU, "identity": nn.Identity}
    if isinstance(form, HyperbolicTangent):
        return nn.Tanh()
    for name, layer in plain.items():
        if form == activation_named(name).form:
            return layer()
    if isinstance(form, PiecewisePolynomial) and form.degree <= 1:
        slopes = [piece[1] if len(piece) > 1 else 0 for piece in form.coefficients]
        points = form.breakpoints
        if len(points) == 1 and points[0] == 0 and slopes[1] == 1 and not any(c[0] for c in form.coefficients):
            return nn.LeakyReLU(float(slopes[0]))
        if len(points) == 2 and form == activation_named(f"clip:{points[0]},{points[1]}").form:
            return nn.Hardtanh(float(points[0]), float(points[1]))
    raise ParameterError(f"'activation' must be one of relu, clipped_relu, leaky_relu, clip, tanh, identity for torch, "
                         f"not {activation.name}.")
