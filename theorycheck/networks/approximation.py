"""float64 values of networks on the whole cube, for any activation: to look at, never to decide."""
from __future__ import annotations

import numpy as np

from theorycheck.cube.memory import require_memory
from theorycheck.networks.architectures import FullyConnectedNetwork, LocallyConnectedNetwork, Network
from theorycheck.networks.evaluation import add_windows


def approximate_values_on_cube(network: Network) -> np.ndarray:
    """Return h(x) for every x in float64, for any activation: to look at, never to decide.

    Examples
    --------
    >>> network = FullyConnectedNetwork([[1]], [0], [1], "tanh")
    >>> [round(value, 6) for value in approximate_values_on_cube(network).tolist()]
    [0.761594, -0.761594]
    """
    require_memory(network.n, 40)
    filters, biases, readout = (np.asarray(getattr(network, name), dtype=np.float64)
                                for name in ("filters", "biases", "readout"))
    values = np.zeros(1 << network.n)
    if isinstance(network, FullyConnectedNetwork):
        for w, b, u in zip(filters, biases, readout):
            values += u * network.activation.on_array(_doubled(w[None], b[None])[0])
        return values
    count, q, k = network.window_count, network.filter_count, network.k
    outer = network.activation.on_array(_doubled(filters.reshape(-1, k), biases.reshape(-1)))
    if isinstance(network, LocallyConnectedNetwork):
        tables = np.einsum("ji,jiz->jz", readout, outer.reshape(count, q, -1))
    else:
        tables = readout @ outer
    add_windows(tables, values)
    return values


def _doubled(weights: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    values = np.empty((weights.shape[0], 1 << weights.shape[1]))
    values[:, 0] = shifts + weights.sum(axis=1)
    for i in range(weights.shape[1]):
        values[:, 1 << i:2 << i] = values[:, :1 << i] - 2 * weights[:, i:i + 1]
    return values
