"""Equal filters with equal biases and readouts stay equal under gradient descent: classes with multiplicities.

The gradient of a filter and of its readout depends only on the function h and on that filter, its bias and its readout.
So the classes of equal ones never split, and a network of one filter for each class, with multiplicities, runs in their
place: the cost does not depend on q.
"""
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.errors import ParameterError, abbreviate
from theorycheck.networks.architectures import FullyConnectedNetwork, LocallyConnectedNetwork, Network
from theorycheck.networks.requirements import require_network

_PARAMETERS = ("filters", "biases", "readout")


@dataclass(frozen=True, eq=False)
class Collapsed:
    """A network with one filter for each class.

    Attributes
    ----------
    network : Network
        Of C filters, in the order in which their classes first occur.
    multiplicities : ndarray (C,) of int64
        How many filters each stands for; h(x) = Σ_c m_c ….
    classes : ndarray (q,) of int64
        The class of each filter of the whole network.
    """

    network: Any
    multiplicities: NDArray[np.int64]
    classes: NDArray[np.int64]

    def expand(self, network: Network | None = None) -> Any:
        """Return the whole network of q filters.

        Parameters
        ----------
        network : Network, optional
            One of C filters, such as the collapsed network after some steps; else the collapsed network itself.

        Raises
        ------
        ParameterError
            ``'network' must have C=2 filters, not 3.``

        Examples
        --------
        >>> from theorycheck.networks.architectures import ConvolutionalNetwork
        >>> network = ConvolutionalNetwork([[1, 1], [2, 1], [1, 1]], [0, 0, 0], [[3, 4, 3]])
        >>> collapse(network).expand().readout.tolist() == network.readout.tolist()
        True
        """
        small = self.network if network is None else network
        require_network(small)
        if small.filter_count != self.multiplicities.size:
            raise ParameterError(f"'network' must have C={self.multiplicities.size} filters, not "
                                 f"{small.filter_count}.")
        parts: dict[str, Any] = {name: self.spread(getattr(small, name), _axis(small, name)) for name in _PARAMETERS}
        return replace(small, **parts)

    def spread(self, values: NDArray, axis: int) -> NDArray:
        """Return an array whose ``axis`` runs over the classes with that axis over the whole network's filters.

        Examples
        --------
        >>> from theorycheck.networks.architectures import FullyConnectedNetwork
        >>> collapsed = collapse(FullyConnectedNetwork([[1], [2], [1]], [0, 0, 0], [0, 0, 0]))
        >>> collapsed.spread(np.array([5, 7]), axis=0).tolist()
        [5, 7, 5]
        """
        return np.take(values, self.classes, axis=axis)


def collapse(network: Network, multiplicities: ArrayLike | None = None) -> Collapsed:
    """Return the classes of filters that are equal with their biases and readouts.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
        Filters of an LCN are in one class where they agree at every window.
    multiplicities : array of q non-negative integers, optional
        Filter i already stands for that many; classes add them up.

    Returns
    -------
    Collapsed

    Raises
    ------
    ParameterError
        ``'multiplicities' must be q=2 non-negative integers, not ….``, ``'multiplicities' must sum to less than 2^62.``

    Notes
    -----
    O(q) parameters are hashed.  Holds for any σ, any loss and any distribution: equal filters get equal gradients.
    MS21, Theorem 4, leaves it unused.

    Examples
    --------
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> collapsed = collapse(ConvolutionalNetwork([[1, 1], [2, 1], [1, 1]], [0, 0, 0], [[0, 0, 0]]))
    >>> collapsed.multiplicities.tolist(), collapsed.classes.tolist(), collapsed.network.filter_count
    ([2, 1], [0, 1, 0], 2)
    """
    copies = require_multiplicities(network, multiplicities)
    columns = [np.moveaxis(getattr(network, name), _axis(network, name), 0).reshape(network.filter_count, -1)
               for name in _PARAMETERS]
    known: dict[tuple[Any, ...], int] = {}
    # Equal numbers hash alike, whether Fractions or floats, and -0.0 equals 0.0.
    classes = np.array([known.setdefault(tuple(row), len(known))
                        for row in zip(*(map(tuple, column.tolist()) for column in columns))], dtype=np.int64)
    if sum(copies.tolist()) >= 2**62:
        raise ParameterError("'multiplicities' must sum to less than 2^62.")
    counts = np.zeros(len(known), dtype=np.int64)
    np.add.at(counts, classes, copies)
    first = np.unique(classes, return_index=True)[1]
    small: dict[str, Any] = {name: np.take(getattr(network, name), first, axis=_axis(network, name))
                             for name in _PARAMETERS}
    return Collapsed(replace(network, **small), counts, classes)


def require_multiplicities(network: Network, multiplicities: ArrayLike | None) -> NDArray[np.int64]:
    """Return how many equal filters each filter stands for, shape (q,) int64; one each for None.

    Raises
    ------
    ParameterError
        ``'multiplicities' must be q=2 non-negative integers, not [-1, 1].``

    Examples
    --------
    >>> from theorycheck.networks.architectures import FullyConnectedNetwork
    >>> require_multiplicities(FullyConnectedNetwork([[1], [2]], [0, 0], [0, 0]), None).tolist()
    [1, 1]
    """
    require_network(network)
    q = network.filter_count
    if multiplicities is None:
        return np.ones(q, dtype=np.int64)
    counts = np.asarray(multiplicities)
    is_integral = counts.shape == (q,) and (counts.dtype.kind in "iu" or (
        counts.dtype == object and all(type(entry) is int for entry in counts.tolist())))
    if not is_integral or (counts < 0).any() or (counts >= 2**62).any():
        raise ParameterError(f"'multiplicities' must be q={q} non-negative integers, not {abbreviate(multiplicities)}.")
    return counts.astype(np.int64)


def _axis(network: Network, name: str) -> int:
    """The axis of a parameter that runs over the filters."""
    if name == "readout":
        return 0 if isinstance(network, FullyConnectedNetwork) else 1
    return 1 if isinstance(network, LocallyConnectedNetwork) else 0
