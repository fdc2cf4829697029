"""What a record of a training run measures on the cube: where the margins lie, which Fourier levels carry weight."""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.errors import InstanceTooLarge
from theorycheck.networks.activations import Activation
from theorycheck.networks.architectures import FullyConnectedNetwork, Network
from theorycheck.networks.evaluation import add_windows
from theorycheck.networks.problems import LearningProblem
from theorycheck.networks.rationals import RationalArray, largest_magnitude
from theorycheck.networks.support import Support, support_of
from theorycheck.training.trajectories import MarginHistogram

_INT64 = 2**63
_LARGEST_FLOAT = Fraction(np.finfo(np.float64).max)
# Points whose margins a record sorts into bins, and values of neurons that it works out for that.
POINT_LIMIT = 2**20
NEURON_LIMIT = 2**26


def enumerable_support(network: Network, problem: LearningProblem, limit: int,
                       level_limit: int) -> tuple[Support | None, tuple[str, ...]]:
    """Return the points of positive probability for the records, or what these leave out and why.

    Parameters
    ----------
    network, problem
        Of the run.
    limit : int
        Most points whose margins are sorted.
    level_limit : int
        Most points of the cube for the level weights of an FCN; a CNN and an LCN need none.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> network = ConvolutionalNetwork([[1, 1]], [0], [[0]] * 29)
    >>> enumerable_support(network, LearningProblem(KPattern.parity(30, 2)), 2**20, 2**20)
    (None, ('No margin histogram: its points are above the limit of 1048576.',))
    """
    is_full = isinstance(network, FullyConnectedNetwork)
    what = "margin histogram and no level weights" if is_full else "margin histogram"
    try:
        support = None if problem.is_uniform and problem.n >= limit.bit_length() else support_of(problem)
    except InstanceTooLarge as error:
        return None, (f"No {what}: {error}",)
    if support is None or support.size > limit:
        return None, (f"No {what}: its points are above the limit of {limit}.",)
    if is_full and support.size * network.filter_count > NEURON_LIMIT:
        return None, (f"No {what}: q={network.filter_count} neurons on {support.size} points are above the limit of "
                      f"{NEURON_LIMIT} values.",)
    if is_full and not support.is_cube:
        return support, ("No level weights: they need every point of the cube to have positive probability.",)
    if is_full and support.size > level_limit:
        return support, (f"No level weights: 2^{problem.n} points are above the limit of {level_limit}.",)
    return support, ()


def margin_histogram(values: NDArray, support: Support, edges: Sequence[Fraction], *, denominator: int = 1,
                     radius: float = 0.0) -> MarginHistogram:
    """Sort the margins f(x)h(x) of the points of positive probability into bins, by their exact weights.

    Parameters
    ----------
    values : ndarray (P,)
        h(x) at the support's points: float64, or integers over ``denominator``, which are sorted exactly.
    support : Support
    edges : sequence of Fractions, increasing
    denominator : int
        Of integer values.
    radius : float
        Of float64 values: a bound on their error; a margin this close to an edge counts as undecided.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.problems import LearningProblem
    >>> from theorycheck.networks.support import support_of
    >>> support = support_of(LearningProblem(KPattern.parity(2, 2)))
    >>> margin_histogram(np.array([2, 1, 0, 2]), support, [Fraction(0), Fraction(1)], denominator=2).counts
    (1, 1, 2)
    """
    if values.dtype.kind == "f":
        margins = values * support.labels
        # Rounding an end by half a unit must not move it past an edge that the margin might reach.
        slack = radius + np.abs(margins) * 2.0**-52 if radius else 0.0
        bins, upper = _float_bins(margins - slack, edges), _float_bins(margins + slack, edges)
        unknown = bins != upper
    else:
        bins, unknown = _exact_bins(values * support.labels.astype(values.dtype), denominator, edges), None
    weights = support.weights
    counts = [_total(weights[(bins == place) & ~unknown if unknown is not None else bins == place])
              for place in range(len(edges) + 1)]
    return MarginHistogram(tuple(edges), tuple(counts), 0 if unknown is None else _total(weights[unknown]),
                           support.denominator)


def window_values(tables: NDArray, support: Support) -> NDArray:
    """Return h(x) = Σ_j tables[j, x^(j)] at the support's points; the numbers of ``tables`` are added as they are.

    Parameters
    ----------
    tables : ndarray (N, 2^k)
        float64, or integers whose sums fit their type.
    support : Support

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.problems import LearningProblem
    >>> from theorycheck.networks.support import support_of
    >>> window_values(np.array([[1., 0.], [2., 4.]]), support_of(LearningProblem(KPattern.parity(2, 2)))).tolist()
    [3.0, 2.0, 5.0, 4.0]
    """
    count, size = tables.shape
    k = size.bit_length() - 1
    if support.is_cube:
        values = np.empty(support.size, dtype=tables.dtype)
        add_windows(tables, values)
        return values
    return sum((tables[j, support.contents(k, j)] for j in range(1, count)), start=tables[0, support.contents(k, 0)])


def neuron_values(filters: NDArray, biases: NDArray, readout: NDArray, activation: Activation,
                  points: NDArray) -> NDArray[np.float64]:
    """Return Σ_i u_i σ(⟨w_i, x⟩ + b_i) in float64 at points given as signs (P, n), one neuron at a time.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> neuron_values(np.ones((1, 2)), np.zeros(1), np.ones(1), activation_named("relu"), np.array([[1, 1], [1, -1]]))
    array([2., 0.])
    """
    values = np.zeros(points.shape[0])
    columns = points.T.astype(np.float64)
    for row, bias, weight in zip(filters, biases, readout):
        # Additions in a fixed order; a library's matrix product may depend on the number of threads.
        inner = np.full(points.shape[0], bias)
        for entry, column in zip(row, columns):
            inner += entry * column
        values += weight * activation.on_array(inner)
    return values


def window_level_weights(tables: NDArray, n: int) -> list[Any]:
    """Return Σ_{|S|=m} ĥ(S)², m = 0 … n, of h(x) = Σ_j tables[j, x^(j)], whatever n: no enumeration of the cube.

    Parameters
    ----------
    tables : ndarray (N, 2^k)
        float64, or any numbers in an array of objects, which decide the type of the result.
    n : int

    Notes
    -----
    Each window's transform, N·k·2^k additions; coefficients of a set that lies in several windows add up.  A CNN or LCN
    has no weight above level k.

    Examples
    --------
    >>> window_level_weights(np.array([[1., -1., -1., 1.], [0., 0., 2., 2.]]), 3)
    [1.0, 1.0, 1.0, 0.0]
    """
    count, size = tables.shape
    k = size.bit_length() - 1
    spectra = _window_spectra(tables)
    is_float = tables.dtype.kind == "f"
    zero: Any = 0.0 if is_float else Fraction(0)
    sums = np.full((n, max(1, size // 2)), 0.0) if is_float else np.full((n, max(1, size // 2)), 0, dtype=object)
    for mask in range(1, size):
        lowest = (mask & -mask).bit_length() - 1
        # A set is known by its least element and by its shape from there on, whose lowest bit is set.
        sums[lowest:lowest + count, mask >> lowest >> 1] += spectra[:, mask]
    weights: list[Any] = [zero] * (n + 1)
    mean = _add_up(spectra[:, 0])
    weights[0] = mean * mean / 4**k  # a product: a power of a ball around 0 is not a number
    for level in range(1, k + 1):
        shapes = [shape for shape in range(size // 2) if shape.bit_count() == level - 1]
        chosen = sums[:, shapes].ravel()
        weights[level] = _add_up(chosen * chosen) / 4**k
    return weights


def integer_tables(tables: RationalArray) -> NDArray:
    """Return the numerators of (N, 2^k) tables in a type that also holds a sum over the windows."""
    numbers = tables.numerators
    return numbers.astype(object) if tables.shape[0] * largest_magnitude(numbers) >= _INT64 else numbers


def _window_spectra(tables: NDArray) -> NDArray:
    spectra = tables.copy()
    half = 1
    while half < tables.shape[1]:
        pairs = spectra.reshape(tables.shape[0], -1, 2, half)
        low, high = pairs[:, :, 0] + pairs[:, :, 1], pairs[:, :, 0] - pairs[:, :, 1]
        pairs[:, :, 0], pairs[:, :, 1] = low, high
        half *= 2
    return spectra


def _add_up(numbers: NDArray) -> Any:
    return float(np.sum(numbers)) if numbers.dtype.kind == "f" else sum(numbers.tolist(), start=0)


def _float_bins(margins: NDArray, edges: Sequence[Fraction]) -> NDArray:
    bins = np.zeros(margins.shape, dtype=np.int64)
    for edge in edges:
        near = float(edge) if abs(edge) <= _LARGEST_FLOAT else inf if edge > 0 else -inf
        # A float is at least a rational edge exactly when it is at least the next float from that edge on.
        bins += margins >= (near if not isfinite(near) or Fraction(near) >= edge else np.nextafter(near, np.inf))
    return bins


def _exact_bins(margins: NDArray, denominator: int, edges: Sequence[Fraction]) -> NDArray:
    largest = max(1, largest_magnitude(margins))
    reach = max([abs(edge.numerator) * denominator for edge in edges] + [largest * edge.denominator for edge in edges])
    numbers = margins.astype(object) if reach >= _INT64 else margins
    bins = np.zeros(margins.shape, dtype=np.int64)
    for edge in edges:
        bins += (numbers * edge.denominator >= edge.numerator * denominator).astype(np.int64)
    return bins


def _total(weights: NDArray) -> int:
    return int(weights.sum()) if weights.size else 0
