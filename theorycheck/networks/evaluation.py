"""Exact values of networks: at a point, on a window, on the whole cube.

Every CNN and LCN is h(x) = Σ_j T_j[x^(j)] with N **window tables** of 2^k entries.  They are built once; the cube then
costs about two additions for each point, whatever the number of filters.
"""
from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import require_signs
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.networks.rationals import (RationalArray, exact_entries, integer_product, largest_magnitude,
                                            rational_array, scaled_integers, total_of)
from theorycheck.rigor import Real

if TYPE_CHECKING:
    from theorycheck.networks.architectures import Network, WindowNetwork

_INT64 = 2**63
# Integers beyond 64 bits are added one Python object at a time: a second for a few million of them.
PYTHON_INTEGER_LIMIT = 2**22
# The values of q filters on their windows, held at once.
NEURON_TABLE_LIMIT = 2**26


def value_at(network: Network, point: ArrayLike) -> Real:
    """Return h(x) straight from the definition; exact for a rational σ, enclosed for any other.

    Parameters
    ----------
    network : ConvolutionalNetwork, LocallyConnectedNetwork or FullyConnectedNetwork
    point : array-like of n signs

    Raises
    ------
    ParameterError
        ``'point' must have n=3 entries, not shape (2,).`` or ``'point' must hold only +1 and -1, not 0.``

    Notes
    -----
    O(N q k) rational operations.  MS21, Definitions 1, 2 and 11.
    """
    x = np.asarray(point)
    if x.shape != (network.n,):
        raise ParameterError(f"'point' must have n={network.n} entries, not shape {x.shape}.")
    signs = [int(s) for s in require_signs("point", x)]
    filters, biases, readout = (_nested(getattr(network, name)) for name in ("filters", "biases", "readout"))
    if network.kind == "fully connected":
        parts = [(filters, biases, readout, signs)]
    elif network.kind == "convolutional":
        parts = [(filters, biases, row, signs[j:j + network.k]) for j, row in enumerate(readout)]
    else:
        parts = [(filters[j], biases[j], row, signs[j:j + network.k]) for j, row in enumerate(readout)]
    return total_of([network.activation(sum((c * s for c, s in zip(row, z)), bias)) * weight
                     for w, b, u, z in parts for row, bias, weight in zip(w, b, u)])


def pre_activations(filters: ArrayLike | RationalArray, biases: ArrayLike | RationalArray) -> RationalArray:
    """Return the pre-activations ⟨w_i, z⟩ + b_i for every z of a k-cube, exactly, by doubling.

    Parameters
    ----------
    filters : array-like (q, k)
    biases : array-like (q,)

    Returns
    -------
    RationalArray (q, 2^k)

    Raises
    ------
    InstanceTooLarge
        ``'q'=1000000 filters on 2^10 points are above the limit of 67108864 values held at once.``

    Examples
    --------
    >>> pre_activations([[1, 2]], [0]).numerators.tolist()
    [[3, 1, -1, -3]]
    """
    weights, shifts = rational_array(filters, "filters"), rational_array(biases, "biases")
    q, k = weights.shape
    if q << k > NEURON_TABLE_LIMIT:
        raise InstanceTooLarge(f"'q'={q} filters on 2^{k} points are above the limit of {NEURON_TABLE_LIMIT} values "
                               f"held at once.")
    w, b, common = _common_integers(weights, shifts)
    values = np.empty((q, 1 << k), dtype=w.dtype)
    values[:, 0] = b + w.sum(axis=1)
    for i in range(k):
        values[:, 1 << i:2 << i] = values[:, :1 << i] - 2 * w[:, i:i + 1]
    return RationalArray(values, common)


def _common_integers(weights: RationalArray, shifts: RationalArray) -> tuple[np.ndarray, np.ndarray, int]:
    """Weights and biases over one denominator; Python integers unless every pre-activation provably fits int64."""
    w = scaled_integers(weights.numerators, shifts.denominator)
    b = scaled_integers(shifts.numerators, weights.denominator)
    k = w.shape[1]
    fits = w.dtype != object and b.dtype != object and 2 * k * largest_magnitude(w) + largest_magnitude(b) < _INT64
    if not fits:
        w, b = w.astype(object), b.astype(object)
    return w, b, weights.denominator * shifts.denominator


def window_tables(network: WindowNetwork) -> RationalArray:
    """Return the exact tables T_j[z] = ⟨u^(j), σ(W z + b)⟩, with W^(j), b^(j) for an LCN.

    Parameters
    ----------
    network : ConvolutionalNetwork or LocallyConnectedNetwork
        Its activation must map rationals to rationals.

    Returns
    -------
    RationalArray (N, 2^k)
        int64 numerators while a proven bound fits, else Python integers.

    Raises
    ------
    ParameterError
        ``'activation' must map rationals to rationals here; tanh does not at 1/3.``

    Notes
    -----
    q·2^k evaluations of σ (N times that for an LCN) and an exact matrix product.

    Examples
    --------
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> window_tables(ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])).numerators.tolist()
    [[1, 0, 0, 0], [2, 0, 0, 0]]
    """
    readout = rational_array(network.readout, "readout")
    if network.kind == "convolutional":
        inner = pre_activations(network.filters, network.biases)
        outer, scale = network.activation.on_numerators(inner.numerators, inner.denominator)
        return RationalArray(integer_product(readout.numerators, outer), readout.denominator * scale).reduced()
    q, k = network.filter_count, network.k
    inner = pre_activations(network.filters.reshape(-1, k), network.biases.reshape(-1))
    outer, scale = network.activation.on_numerators(inner.numerators, inner.denominator)
    rows = [integer_product(readout.numerators[j:j + 1], outer[j * q:(j + 1) * q]).ravel().tolist()
            for j in range(network.window_count)]
    denominator = readout.denominator * scale
    return rational_array([[Fraction(p, denominator) for p in row] for row in rows], "tables")


def window_sums(tables: RationalArray, n: int) -> RationalArray:
    """Return h(x) = Σ_j T_j[x^(j)] for every x of the n-cube, exactly.

    Parameters
    ----------
    tables : RationalArray (N, 2^k)
        Window j reads bits j ... j+k-1.
    n : int
        At least N+k-1.

    Returns
    -------
    RationalArray (2^n,)

    Raises
    ------
    ParameterError
        ``'n' must be at least N+k-1=3, not 2.``
    InstanceTooLarge
        Above the cube's memory budget, or with integers beyond 64 bits above 2^22 of them.

    Notes
    -----
    About 2·2^n additions and 8·2^n bytes.

    Examples
    --------
    >>> tables = RationalArray(np.array([[1, 0, 0, 0], [2, 0, 0, 0]]), 1)
    >>> window_sums(tables, 3).numerators.tolist()
    [3, 2, 0, 0, 1, 0, 0, 0]
    """
    count, size = tables.shape
    k = size.bit_length() - 1
    if n < count + k - 1:
        raise ParameterError(f"'n' must be at least N+k-1={count + k - 1}, not {n}.")
    require_memory(n, 8)
    numbers = tables.numerators
    if numbers.dtype == object or count * largest_magnitude(numbers) >= _INT64:
        _require_few(n)
        numbers = numbers.astype(object)
    values = np.empty(1 << n, dtype=numbers.dtype)
    add_windows(numbers, values)
    return RationalArray(values, tables.denominator)


def add_windows(tables: np.ndarray, values: np.ndarray) -> None:
    """Set values[x] = Σ_j tables[j, x^(j)] by extending prefixes one variable at a time.

    Parameters
    ----------
    tables : ndarray (N, 2^k)
    values : ndarray (2^n,), n at least N+k-1
        Overwritten; variables beyond the last window do not matter.

    Notes
    -----
    About 2·2^n additions, at the speed of memory; level with a compiled loop, and nothing to compile.

    Examples
    --------
    >>> values = np.empty(8)
    >>> add_windows(np.array([[1., 0., 0., 0.], [2., 0., 0., 0.]]), values)
    >>> values.tolist()
    [3.0, 2.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    size = tables.shape[1]
    half, length = size // 2, size
    values[:size] = tables[0]
    for j, table in enumerate(tables[1:], start=1):
        # Bits j ... j+k-2 choose the row, the new bit j+k-1 the half of the table.
        prefixes = values[:length].reshape(half, 1 << j)
        np.add(prefixes, table[half:, None], out=values[length:2 * length].reshape(half, 1 << j))
        prefixes += table[:half, None]
        length *= 2
    while length < values.size:
        values[length:2 * length] = values[:length]
        length *= 2


def values_on_cube(network: Network) -> RationalArray:
    """Return the exact h(x) for every x of the cube, in the order of the points' indices.

    Raises
    ------
    InstanceTooLarge
        Where 2^n values are above the cube's memory budget.
    ParameterError
        ``'activation' must map rationals to rationals here; tanh does not at 1/3.``

    Notes
    -----
    CNN and LCN: O(2^n) after the window tables.  FCN: O(q 2^n).

    Examples
    --------
    >>> from theorycheck.networks.architectures import ConvolutionalNetwork
    >>> values_on_cube(ConvolutionalNetwork([[1, 1]], [-1], [[1], [2]])).numerators.tolist()
    [3, 2, 0, 0, 1, 0, 0, 0]
    """
    if network.kind != "fully connected":
        return window_sums(window_tables(network), network.n)
    require_memory(network.n, 40)
    filters, biases = rational_array(network.filters, "filters"), rational_array(network.biases, "biases")
    readout = rational_array(network.readout, "readout")
    total = RationalArray(np.zeros(1 << network.n, dtype=np.int64), 1)
    for i in range(network.filter_count):
        if _common_integers(filters[i:i + 1], biases[i:i + 1])[0].dtype == object:
            _require_few(network.n)
        inner = pre_activations(filters[i:i + 1], biases[i:i + 1])
        outer, scale = network.activation.on_numerators(inner.numerators[0], inner.denominator)
        if outer.dtype == object:
            _require_few(network.n)
        term = scaled_integers(outer, int(readout.numerators[i]))
        total = total.plus(RationalArray(term, scale * readout.denominator))
    return total


def _nested(array: np.ndarray) -> list:
    """The parameters as nested lists of Fractions."""
    entries, shape = exact_entries(array, "parameters")
    flat = np.empty(len(entries), dtype=object)
    flat[:] = entries
    return flat.reshape(shape).tolist()


def _require_few(n: int) -> None:
    if 1 << n > PYTHON_INTEGER_LIMIT:
        raise InstanceTooLarge(f"n={n} has 2^{n} values beyond 64 bits; the largest n that fits is "
                               f"{PYTHON_INTEGER_LIMIT.bit_length() - 1}.")
