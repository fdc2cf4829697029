"""The eFCN embedding: a CNN is an LCN with tied filters, an LCN an FCN with zero weights off each window."""
from __future__ import annotations

import numpy as np

from theorycheck.errors import ParameterError
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                WindowNetwork)


def as_locally_connected(network: ConvolutionalNetwork) -> LocallyConnectedNetwork:
    """Return the LCN with the CNN's filters at every window: the same function.

    Examples
    --------
    >>> network = ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])
    >>> as_locally_connected(network).values_on_cube().equals(network.values_on_cube())
    True
    """
    count = network.window_count
    return LocallyConnectedNetwork(np.repeat(network.filters[None], count, axis=0),
                                   np.repeat(network.biases[None], count, axis=0),
                                   network.readout, network.activation, network.windows)


def as_fully_connected(network: WindowNetwork) -> FullyConnectedNetwork:
    """Return the FCN with a neuron for each (window, filter), window outer: the same function.

    Notes
    -----
    N·q neurons of n weights.  d'Ascoli, Sagun, Biroli and Bruna, *Finding the Needle in the Haystack with
    Convolutions*, NeurIPS 2019 (eFCN).

    Examples
    --------
    >>> network = ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])
    >>> embedded = as_fully_connected(network)
    >>> embedded.filters.astype(int).tolist()
    [[1, 1, 0], [0, 1, 1]]
    >>> embedded.values_on_cube().equals(network.values_on_cube())
    True
    """
    if isinstance(network, ConvolutionalNetwork):
        network = as_locally_connected(network)
    count, q, k = network.filters.shape
    wide = np.zeros((count, q, network.n), dtype=network.filters.dtype)
    for j in range(count):
        wide[j, :, j:j + k] = network.filters[j]
    return FullyConnectedNetwork(wide.reshape(count * q, -1), network.biases.reshape(-1), network.readout.reshape(-1),
                                 network.activation)


def window_mask(network: WindowNetwork) -> np.ndarray:
    """Return which weights of the embedded network lie on their neuron's window, as booleans (N·q, n).

    Training the embedding with all other weights held at 0 is training the LCN.

    Examples
    --------
    >>> window_mask(ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])).astype(int).tolist()
    [[1, 1, 0], [0, 1, 1]]
    """
    count, q, k = network.window_count, network.filter_count, network.k
    mask = np.zeros((count, q, network.n), dtype=bool)
    for j in range(count):
        mask[j, :, j:j + k] = True
    return mask.reshape(count * q, -1)


def pull_back_gradient(network: WindowNetwork, readout: np.ndarray,
                       filters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradient in a CNN's or LCN's own parameters from that in its embedding's, by the chain rule.

    Parameters
    ----------
    network : ConvolutionalNetwork or LocallyConnectedNetwork
        For the shapes; a CNN's filters are shared by its windows, so their gradients add up.
    readout : array (N·q,)
    filters : array (N·q, n)
        The gradient of :func:`as_fully_connected`'s network.

    Returns
    -------
    (ndarray, ndarray)
        Readout (N, q), filters (q, k) or (N, q, k).

    Raises
    ------
    ParameterError
        ``'filters' must have shape (2, 3), not (3, 2).``

    Examples
    --------
    >>> cnn = ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])
    >>> pull_back_gradient(cnn, np.array([5, 6]), np.array([[1, 2, 3], [4, 5, 6]]))[1].tolist()
    [[6, 8]]
    """
    count, q, k = network.window_count, network.filter_count, network.k
    for name, array, shape in (("readout", readout, (count * q,)), ("filters", filters, (count * q, network.n))):
        if np.shape(array) != shape:
            raise ParameterError(f"'{name}' must have shape {shape}, not {np.shape(array)}.")
    inner = np.asarray(filters)[window_mask(network)].reshape(count, q, k)
    outer = np.asarray(readout).reshape(count, q)
    return outer, inner.sum(axis=0) if isinstance(network, ConvolutionalNetwork) else inner
