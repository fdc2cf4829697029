"""Definition 1 evaluated on drawn filters, one neuron at a time: the check of h = f that uses no classes.

Each of the q drawn filters contributes its own u_i σ(⟨w_i, z⟩ + b_i) at each of the 2^k points of the window, in
integers.  That the filters in one cell are equal is not used, so that the check is no tautology.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer
from theorycheck.features.filters import SignGridFilters
from theorycheck.features.maps import distances, exact_level_values
from theorycheck.networks.activations import Activation
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude, rational_array

# Entries of the table (groups)·2^k, eight bytes each.
GROUP_TABLE_LIMIT = 2**24
# Neurons times points up to which NumPy is done before the compiler has been loaded (half a second).
COMPILED_ABOVE = 2**21
MAXIMUM_THREADS = 256
_LIMB_BITS = 30


def group_responses(filters: SignGridFilters, activation: Activation, groups: Any, count: int,
                    weights: Any | None = None, threads: int | None = None) -> RationalArray:
    """Return R[g, z] = Σ over the drawn filters i of group g of weights_i·σ(⟨w_i, z⟩ + b_i), exactly.

    Parameters
    ----------
    filters : SignGridFilters
    activation : Activation
        Must map rationals to rationals.
    groups : array-like (q,) of integers in 0 ... count-1
    count : int
        Number of groups.
    weights : array-like (q,) of integers, optional
        1 unless given.
    threads : int, optional
        The processors available unless given; the result does not depend on it.

    Returns
    -------
    RationalArray (count, 2^k)

    Raises
    ------
    ParameterError
        ``'groups' must hold q=3 integers in 0 ... 1.``
    InstanceTooLarge
        ``4096 groups on 2^13 points are above the limit of 16777216 sums.``

    Notes
    -----
    q·2^k additions, about 0.6 seconds for 10^9.  MS21, Definition 1.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> filters = SignGridFilters(1, [0, 1, 1])
    >>> group_responses(filters, activation_named("relu"), [0, 0, 1], 2).numerators.tolist()
    [[1, 1], [0, 1]]
    """
    count = require_integer("count", count, minimum=1)
    if threads is not None:
        threads = require_integer("threads", threads, minimum=1, maximum=MAXIMUM_THREADS)
    labels = np.asarray(groups)
    if labels.shape != (filters.q,) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= count:
        raise ParameterError(f"'groups' must hold q={filters.q} integers in 0 ... {count - 1}.")
    if count << filters.k > GROUP_TABLE_LIMIT:
        raise InstanceTooLarge(f"{count} groups on 2^{filters.k} points are above the limit of {GROUP_TABLE_LIMIT} "
                               f"sums.")
    factors = np.ones(filters.q, dtype=np.int64) if weights is None else np.asarray(weights)
    if factors.shape != (filters.q,) or factors.dtype.kind not in "iu":
        raise ParameterError(f"'weights' must hold q={filters.q} integers.")
    if filters.q * largest_magnitude(factors) >= 2**32:
        raise InstanceTooLarge(f"q={filters.q} weights of up to {largest_magnitude(factors)} would overflow 64 bits.")
    levels = rational_array(exact_level_values(activation, filters.k, filters.bias), "activation")
    order = np.argsort(labels, kind="stable")
    cells = filters.cells[order].astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels, minlength=count))])
    limbs = _limbs([int(p) for p in levels.numerators])
    total: RationalArray | None = None
    for place, limb in enumerate(limbs):
        sums = np.zeros((count, 1 << filters.k), dtype=np.int64)
        _add_neurons(cells, factors[order].astype(np.int64), starts, limb[distances(filters.k)], sums, threads)
        scaled = sums if place == 0 else sums.astype(object) << (_LIMB_BITS * place)
        part = RationalArray(scaled, levels.denominator)
        total = part if total is None else total.plus(part)
    assert total is not None
    return total


def _add_neurons(cells: np.ndarray, weights: np.ndarray, starts: np.ndarray, values: np.ndarray,
                 sums: np.ndarray, threads: int | None) -> None:
    """Add weights[i]·values[cells[i] xor z] to sums[g, z] for the neurons of each group g and all z."""
    if cells.size * sums.shape[1] <= COMPILED_ABOVE:
        groups = np.repeat(np.arange(sums.shape[0]), np.diff(starts))
        np.add.at(sums, groups, weights[:, None] * values[cells[:, None] ^ np.arange(sums.shape[1])])
        return
    from concurrent.futures import ThreadPoolExecutor

    from theorycheck.kernels.features import accumulate_neurons
    from theorycheck.kernels.threads import MAXIMUM_THREADS, available_threads
    team = min(threads or available_threads(), MAXIMUM_THREADS)
    # Each thread has groups of its own, with about the same number of neurons.
    cuts = np.searchsorted(starts, np.linspace(0, cells.size, team + 1)[1:-1])
    spans = [slice(a, b) for a, b in zip([0, *cuts], [*cuts, sums.shape[0]]) if a < b]
    with ThreadPoolExecutor(team) as pool:
        list(pool.map(lambda span: accumulate_neurons(cells, weights, starts[span.start:span.stop + 1], values,
                                                      sums[span]), spans))


def cell_responses(filters: SignGridFilters, activation: Activation, threads: int | None = None) -> RationalArray:
    """Return R[c, z], the sum over the drawn filters of cell c, each evaluated by itself at z: (2^k, 2^k).

    Every readout that is constant on cells, hence every pattern's canonical separator, follows by linearity:
    T[z] = Σ_c u_c R[c, z].

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> cell_responses(SignGridFilters(1, [0, 1, 1]), activation_named("relu")).numerators.tolist()
    [[1, 0], [0, 2]]
    """
    return group_responses(filters, activation, filters.cells, 1 << filters.k, threads=threads)


def unseparated_cells(responses: RationalArray, multiplicities: Any, k: int) -> tuple[int, int] | None:
    """Return the first (c, z) with (k/m_c)·R[c, z] ≠ 1{c=z}, or None: then (k/m_z)g(z) gives h = g for **every** g.

    Parameters
    ----------
    responses : RationalArray (2^k, 2^k)
        From :func:`cell_responses`.
    multiplicities : array-like (2^k,) of integers
    k : int

    Notes
    -----
    An empty cell c fails at (c, c).  MS21, Lemma 6, step 7, for all 2^{2^k} patterns at once by linearity.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> filters = SignGridFilters(1, [0, 1, 1])
    >>> unseparated_cells(cell_responses(filters, activation_named("relu")), filters.multiplicities(), 1) is None
    True
    >>> unseparated_cells(cell_responses(filters, activation_named("abs")), filters.multiplicities(), 1)
    (0, 1)
    """
    counts = np.asarray(multiplicities)
    wanted = np.diag([int(m) * responses.denominator for m in counts])
    given = responses.numerators.astype(object) * k if largest_magnitude(responses.numerators) >= 2**40 \
        else responses.numerators * k
    wrong = given != wanted
    wrong[np.diag_indices_from(wrong)] |= counts == 0
    places = np.argwhere(wrong)
    return (int(places[0][0]), int(places[0][1])) if places.size else None


def drawn_window_table(filters: SignGridFilters, activation: Activation, groups: Any,
                       readouts: Sequence[Fraction], threads: int | None = None) -> RationalArray:
    """Return T[z] = Σ_i u_i σ(⟨w_i, z⟩ + b_i) with u_i = readouts[groups[i]], through every drawn filter.

    Parameters
    ----------
    filters : SignGridFilters
    activation : Activation
    groups : array-like (q,) of integers
        Which of the readout values filter i has.
    readouts : sequence of Fraction
        The distinct readout values.
    threads : int, optional

    Returns
    -------
    RationalArray (2^k,)

    Notes
    -----
    As :func:`group_responses`, then one exact product.  MS21, Definition 1, at one window.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> table = drawn_window_table(SignGridFilters(1, [0, 1, 1]), activation_named("relu"), [0, 1, 1],
    ...                            [Fraction(1), Fraction(-1, 2)])
    >>> table.fractions()
    [Fraction(1, 1), Fraction(-1, 1)]
    """
    responses = group_responses(filters, activation, groups, len(readouts), threads=threads)
    values = rational_array(list(readouts), "readouts")
    product = integer_product(values.numerators[None, :], responses.numerators)[0]
    return RationalArray(product, values.denominator * responses.denominator).reduced()


def _limbs(levels: list[int]) -> list[np.ndarray]:
    """Signed digits to the base 2^30, so that sums of q < 2^32 of them stay within 64 bits."""
    digits: list[np.ndarray] = []
    rest = levels
    while any(rest) or not digits:
        low = [abs(p) & ((1 << _LIMB_BITS) - 1) for p in rest]
        digits.append(np.array([d if p >= 0 else -d for d, p in zip(low, rest)], dtype=np.int64))
        rest = [(abs(p) >> _LIMB_BITS) * (1 if p >= 0 else -1) for p in rest]
    return digits
