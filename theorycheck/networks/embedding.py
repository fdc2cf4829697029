"""The eFCN embedding: a CNN is an LCN with tied filters, an LCN an FCN with zero weights off each window."""
from __future__ import annotations

import numpy as np

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
