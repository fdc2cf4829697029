"""Where training starts: networks with drawn, balanced or collapsed first layers and a readout of zeros, or given.

Laws of a first layer over windows of k variables: ``paper`` (±1/k, bias 1/k-1; MS21, Lemma 6), ``balanced`` (the same
grid, every sign pattern equally often), ``gaussian``, ``gaussian:BETA`` (bias scale β; MS21, Comment 7), ``uniform``.
Laws of a fully connected first layer, all permutation invariant as MS21's Theorem 12 asks: ``gaussian``,
``gaussian:BETA``, ``uniform``, ``signs/n`` (±1/n, exact) and ``signs/sqrt(n)`` (±1/√n, in float64).
"""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.points import window_count
from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.networks.architectures import (ConvolutionalNetwork, FullyConnectedNetwork, LocallyConnectedNetwork,
                                                WindowNetwork)
from theorycheck.networks.rationals import RationalArray
from theorycheck.probability.multiplicities import sample_cells
from theorycheck.rigor import exact_rational

WINDOW_LAWS = ("paper", "balanced", "gaussian", "gaussian:BETA", "uniform")
NEURON_LAWS = ("gaussian", "gaussian:BETA", "uniform", "signs/n", "signs/sqrt(n)")
# Weights held at once: Python's rationals take about a hundred bytes each, floats eight.
RATIONAL_LIMIT, FLOAT_LIMIT = 2**22, 2**27


def balanced_multiplicities(q: int, k: int) -> NDArray[np.int64]:
    """Return how many of q filters each of the 2^k sign patterns gets: as equal as possible, the first ones more.

    Raises
    ------
    ParameterError
        ``'q' must be at least 1, not 0.``, ``'k' must be at least 1 and at most 22, not 23.``

    Examples
    --------
    >>> balanced_multiplicities(10723, 2).tolist()
    [2681, 2681, 2681, 2680]
    """
    q = require_integer("q", q, minimum=1, maximum=2**62)
    size = 1 << require_integer("k", k, minimum=1, maximum=22)
    return q // size + (np.arange(size) < q % size).astype(np.int64)


def collapsed_network(n: int, k: int, multiplicities: ArrayLike, *, readout: Any = None,
                      activation: Any = "relu", windows: str = "all",
                      tied: bool = True) -> tuple[WindowNetwork, NDArray[np.int64]]:
    """Return the paper's start with one filter for each occupied sign pattern, and how many filters each stands for.

    Parameters
    ----------
    n, k : int
        Dimension and window length.
    multiplicities : array of 2^k non-negative integers
        m_z, the number of filters with sign pattern z; :func:`balanced_multiplicities`, or a drawn
        :func:`theorycheck.probability.multiplicities.sample_multiplicities`.
    readout : array-like (N, C), optional
        For the C occupied classes; zeros unless given.
    activation, windows
        As in the network's class.
    tied : bool
        A ConvolutionalNetwork, or else a LocallyConnectedNetwork with these filters at every window.

    Returns
    -------
    (network, multiplicities)
        Exact rational parameters ±1/k and 1/k-1; the multiplicities (C,) of its filters, as training takes them.

    Raises
    ------
    ParameterError
        ``'multiplicities' must have 2^k=4 entries, not 3.``, ``'multiplicities' must be at least 0, not -1.``,
        ``'multiplicities' must have a positive entry.``

    Notes
    -----
    Equal filters with equal readouts stay equal under gradient descent, so this small network runs for any q.
    MS21, Theorem 4.

    Examples
    --------
    >>> network, counts = collapsed_network(3, 2, [3, 1, 0, 2])
    >>> network.filter_count, counts.tolist()
    (3, [3, 1, 2])
    """
    count = require_window_count(n, k, windows)
    counts = read_multiplicities(multiplicities, k)
    occupied = np.flatnonzero(counts)
    return _grid_network(count, k, occupied, readout, activation, windows, tied), counts[occupied]


def read_multiplicities(multiplicities: ArrayLike, k: int) -> NDArray[np.int64]:
    """Return m_z, how many filters each of the 2^k sign patterns has, as int64.

    Raises
    ------
    ParameterError
        ``'multiplicities' must have 2^k=4 entries, not 3.``, ``'multiplicities' must have a positive entry.``,
        ``'multiplicities' must be at least 0 and at most 4611686018427387904, not -1.``

    Examples
    --------
    >>> read_multiplicities([1, 0], 1).tolist()
    [1, 0]
    """
    if k > 22:
        raise InstanceTooLarge(f"k={k} has 2^{k} sign patterns; the largest k that fits is 22.")
    size = 1 << k
    array = np.asarray(multiplicities)
    if array.shape != (size,):
        raise ParameterError(f"'multiplicities' must have 2^k={size} entries, not "
                             f"{array.size if array.ndim == 1 else f'shape {array.shape}'}.")
    counts = np.array([require_integer("multiplicities", m, minimum=0, maximum=2**62) for m in array.tolist()])
    if not counts.any():
        raise ParameterError("'multiplicities' must have a positive entry.")
    return counts.astype(np.int64)


def sample_convolutional_network(n: int, k: int, q: int, rng: np.random.Generator, *, law: str = "paper",
                                 readout: Any = None, activation: Any = "relu",
                                 windows: str = "all") -> ConvolutionalNetwork:
    """Draw a CNN of q filters.

    Parameters
    ----------
    n, k, q : int
        Dimension, window length, number of filters.
    rng : numpy.random.Generator
    law : str
        One of ``WINDOW_LAWS``.  ``paper`` and ``balanced`` give exact rationals, the others float64 numbers.
    readout : array-like (N, q), optional
        Zeros unless given.
    activation, windows
        As in the network's class.

    Raises
    ------
    ParameterError
        ``'law' must be one of paper, balanced, gaussian, gaussian:BETA, uniform, not 'xavier'.``,
        ``'rng' must be a numpy.random.Generator, not ….``
    InstanceTooLarge
        ``q=9000000, k=4 has 36000000 rational weights, above the limit of 4194304: collapsed_network
        needs only 2^k filters.``

    Examples
    --------
    >>> network = sample_convolutional_network(4, 2, 3, np.random.default_rng(0))
    >>> network.filters[0].tolist(), network.biases[0], network.readout.shape
    ([Fraction(-1, 2), Fraction(-1, 2)], Fraction(-1, 2), (3, 3))
    """
    count = require_window_count(n, k, windows)
    filters, biases = _sample_window(law, k, q, 1, rng)
    return ConvolutionalNetwork(filters[0], biases[0], _readout(readout, (count, q), filters), activation,
                                windows)


def sample_locally_connected_network(n: int, k: int, q: int, rng: np.random.Generator, *, law: str = "paper",
                                     readout: Any = None, activation: Any = "relu",
                                     windows: str = "all") -> LocallyConnectedNetwork:
    """Draw an LCN with q filters at each window, each window's drawn on its own by the CNN's rule.

    See :func:`sample_convolutional_network`; ``balanced`` has the same filters at every window.

    Examples
    --------
    >>> sample_locally_connected_network(4, 2, 5, np.random.default_rng(0), law="uniform").filters.shape
    (3, 5, 2)
    """
    count = require_window_count(n, k, windows)
    filters, biases = _sample_window(law, k, q, count, rng)
    return LocallyConnectedNetwork(filters, biases, _readout(readout, (count, q), filters), activation, windows)


def sample_fully_connected_network(n: int, q: int, rng: np.random.Generator, *, law: str = "gaussian",
                                   biases: Any = None, readout: Any = None,
                                   activation: Any = "relu") -> FullyConnectedNetwork:
    """Draw an FCN of q neurons.

    Parameters
    ----------
    n, q : int
    rng : numpy.random.Generator
    law : str
        One of ``NEURON_LAWS``.
    biases : array-like (q,), optional
        The law's unless given: zeros for signs and for ``gaussian``.
    readout : array-like (q,), optional
        Zeros unless given.
    activation : Activation or str

    Raises
    ------
    ParameterError, InstanceTooLarge
        As :func:`sample_convolutional_network`.

    Notes
    -----
    Each law is invariant under permutations of the n weights, given the bias.  MS21, Theorem 12.

    Examples
    --------
    >>> network = sample_fully_connected_network(4, 2, np.random.default_rng(0), law="signs/n")
    >>> sorted(set(abs(network.filters).ravel().tolist()))
    [Fraction(1, 4)]
    """
    n, q = require_integer("n", n, minimum=1), require_integer("q", q, minimum=1)
    name, scale = _read_law(law, NEURON_LAWS)
    _require_generator(rng)
    _require_weights(f"q={q}, n={n}", q * n, name == "signs/n")
    if name.startswith("signs"):
        signs = 1 - 2 * rng.integers(0, 2, size=(q, n))
        filters: Any = RationalArray(signs, n) if name == "signs/n" else signs / np.sqrt(n)
        drawn: Any = RationalArray(np.zeros(q, dtype=np.int64), 1) if name == "signs/n" else np.zeros(q)
    else:
        filters, drawn = _sample_floats(name, scale, n, q, rng)
    return FullyConnectedNetwork(filters, drawn if biases is None else biases, _readout(readout, (q,), filters),
                                 activation)


def _sample_window(law: str, k: int, q: int, count: int, rng: np.random.Generator) -> tuple[Any, Any]:
    """Filters (count, q, k) and biases (count, q)."""
    q = require_integer("q", q, minimum=1)
    name, scale = _read_law(law, WINDOW_LAWS)
    _require_generator(rng)
    is_exact = name in ("paper", "balanced")
    label = f"q={q}, k={k}" if count == 1 else f"N={count}, q={q}, k={k}"
    _require_weights(label, count * q * k, is_exact, ": collapsed_network needs only 2^k filters")
    if is_exact:
        rows = [sample_cells(q, k, rng) if name == "paper" else _balanced_cells(q, k) for _ in range(count)]
        cells = np.array([row.astype(np.uint64) for row in rows])
        return _grid_filters(cells, k), _grid_biases(cells.shape, k)
    drawn = [_sample_floats(name, scale, k, q, rng) for _ in range(count)]
    return np.array([filters for filters, _ in drawn]), np.array([biases for _, biases in drawn])


def _sample_floats(name: str, scale: Fraction, width: int, q: int, rng: np.random.Generator) -> tuple[Any, Any]:
    if name == "gaussian":
        filters = rng.standard_normal((q, width))
        return filters, float(scale) * rng.standard_normal(q) if scale else np.zeros(q)
    reach = width**-0.5
    return rng.uniform(-reach, reach, (q, width)), rng.uniform(-reach, reach, q)


def _balanced_cells(q: int, k: int) -> NDArray[np.int64]:
    # Up to 2^k filters need no counts, so that k may be as large as for a draw.
    if k >= 22 or q <= 1 << k:
        return np.arange(q)
    return np.repeat(np.arange(1 << k), balanced_multiplicities(q, k))


def _grid_network(count: int, k: int, cells: np.ndarray, readout: Any, activation: Any, windows: str,
                  tied: bool) -> WindowNetwork:
    if not isinstance(tied, bool):
        raise ParameterError(f"'tied' must be True or False, not {abbreviate(repr(tied))}.")
    rows = np.tile(cells.astype(np.uint64), (1 if tied else count, 1))
    filters, biases = _grid_filters(rows, k), _grid_biases(rows.shape, k)
    start = _readout(readout, (count, len(cells)), filters)
    if tied:
        return ConvolutionalNetwork(filters[0], biases[0], start, activation, windows)
    return LocallyConnectedNetwork(filters, biases, start, activation, windows)


def _grid_filters(cells: np.ndarray, k: int) -> RationalArray:
    bits = (cells[..., None] >> np.arange(k, dtype=np.uint64)) & np.uint64(1)
    return RationalArray(1 - 2 * bits.astype(np.int64), k)


def _grid_biases(shape: tuple[int, ...], k: int) -> RationalArray:
    return RationalArray(np.full(shape, 1 - k, dtype=np.int64), k)


def _readout(readout: Any, shape: tuple[int, ...], filters: Any) -> Any:
    if readout is not None:
        return readout
    return np.zeros(shape) if isinstance(filters, np.ndarray) else RationalArray(np.zeros(shape, dtype=np.int64), 1)


def require_window_count(n: int, k: int, windows: str) -> int:
    """Return the number of windows, at least one.

    Raises
    ------
    ParameterError
        ``'n' must be at least k+1=4 with the paper's windows, not 3.``

    Examples
    --------
    >>> require_window_count(4, 2, "all"), require_window_count(4, 2, "paper")
    (3, 2)
    """
    count = window_count(n, k, windows)
    if count == 0:
        raise ParameterError(f"'n' must be at least k+1={k + 1} with the paper's windows, not {n}.")
    return count


def _read_law(law: object, laws: tuple[str, ...]) -> tuple[str, Fraction]:
    name, colon, scale = law.strip().partition(":") if isinstance(law, str) else ("", "", "")
    if name not in laws or (colon and name != "gaussian"):
        raise ParameterError(f"'law' must be one of {', '.join(laws)}, not {abbreviate(repr(law))}.")
    beta = exact_rational(scale, "law") if colon else Fraction(0)
    if beta < 0 or (beta and not 2**-1000 <= beta <= 2**1000):
        raise ParameterError(f"'law' must have a bias scale of 0 or in 2^-1000 ... 2^1000, not {abbreviate(beta)}.")
    return name, beta


def _require_generator(rng: object) -> None:
    if not isinstance(rng, np.random.Generator):
        raise ParameterError(f"'rng' must be a numpy.random.Generator, not {abbreviate(repr(rng))}.")


def _require_weights(label: str, size: int, is_exact: bool, remedy: str = "") -> None:
    limit = RATIONAL_LIMIT if is_exact else FLOAT_LIMIT
    if size > limit:
        kind = "rational" if is_exact else "float64"
        raise InstanceTooLarge(f"{label} has {size} {kind} weights, above the limit of {limit}"
                               f"{remedy if is_exact else ''}.")
