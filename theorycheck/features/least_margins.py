"""The smallest margin of a sum of window tables over the whole cube, by dynamic programming over the windows.

h(x) = Σ_j T_j[x^(j)] is a sum along a chain of overlapping windows, so its minimum over the points with x^(offset) = z
takes O(N 2^k) operations instead of 2^n.
"""
from __future__ import annotations

import numpy as np

from theorycheck.networks.rationals import RationalArray, largest_magnitude


def least_values(tables: np.ndarray, table: np.ndarray, offset: int, places: np.ndarray,
                 patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest f(x)h(x) over the x with prescribed label and window, and such an x, for many prescriptions.

    Parameters
    ----------
    tables : ndarray (N, 2^k)
        float64, int64 or Python integers; the sums must fit.
    table : ndarray (2^k,) of signs
        f(x) = g(x^(offset)).
    offset : int
        Below N.
    places, patterns : ndarray (B,) of int64
        x^(places_b) = patterns_b.

    Returns
    -------
    values : ndarray (R,)
        First the reachable prescriptions with label +1, then those with label -1; R ≤ 2B.
    windows : ndarray (R, N) of int64
        The minimising points as their N windows.

    Notes
    -----
    O(B N 2^k) time and memory.

    Examples
    --------
    >>> tables = np.array([[0, 1, 2, 3], [0, 10, -5, 7]])
    >>> least_values(tables, np.array([1, 1, 1, -1]), 0, np.array([0, 0]), np.array([0, 3]))[0].tolist()
    [-5, -13]
    """
    found = [_least_of_label(tables, np.asarray(table) == sign, sign, offset, places, patterns) for sign in (1, -1)]
    return np.concatenate([found[0][0], found[1][0]]), np.concatenate([found[0][1], found[1][1]])


def _least_of_label(tables: np.ndarray, labelled: np.ndarray, sign: int, offset: int, places: np.ndarray,
                    patterns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count, size = tables.shape
    half, batch = size >> 1, len(patterns)
    states = np.arange(size) & (half - 1)
    costs = np.zeros((batch, half), dtype=tables.dtype)
    reachable = np.ones((batch, half), dtype=bool)
    choices = np.empty((count, batch, half), dtype=bool)
    codes = np.arange(size)
    for j in range(count):
        total = costs[:, states] + sign * tables[j]
        allowed = reachable[:, states] & ((places != j)[:, None] | (codes == patterns[:, None]))
        if j == offset:
            allowed = allowed & labelled
        # The next state is z >> 1: the two z that lead to it differ in their lowest bit.
        total, allowed = total.reshape(batch, half, 2), allowed.reshape(batch, half, 2)
        choices[j] = allowed[:, :, 1] & (~allowed[:, :, 0] | np.asarray(total[:, :, 1] < total[:, :, 0], dtype=bool))
        costs = np.where(choices[j], total[:, :, 1], total[:, :, 0])
        reachable = allowed.any(axis=2)
    kept = np.flatnonzero(reachable.any(axis=1))
    state = _least_reachable(costs[kept], reachable[kept])
    values = costs[kept, state]
    windows = np.empty((len(kept), count), dtype=np.int64)
    for j in range(count - 1, -1, -1):
        windows[:, j] = (state << 1) | choices[j][kept, state]
        state = windows[:, j] & (half - 1)
    return values, windows


def least_margin(tables: RationalArray, table: np.ndarray, offset: int) -> tuple[int, np.ndarray]:
    """Return min over x of g(x^(offset))·h(x), as an integer over the tables' denominator, and a minimising point.

    Parameters
    ----------
    tables : RationalArray (N, 2^k)
    table : ndarray (2^k,) of signs
    offset : int

    Returns
    -------
    (int, ndarray)
        The point as its N windows.

    Examples
    --------
    >>> least_margin(RationalArray(np.array([[2, -3], [1, -1]]), 1), np.array([1, -1]), 0)[0]
    1
    """
    numbers = tables.numerators
    if numbers.dtype != object and tables.shape[0] * largest_magnitude(numbers) >= 2**62:
        numbers = numbers.astype(object)
    patterns = np.arange(np.asarray(table).size)
    values, windows = least_values(numbers, table, offset, np.full_like(patterns, offset), patterns)
    place = int(values.argmin())
    return int(values[place]), windows[place]


def point_of_windows(windows: np.ndarray, k: int) -> int:
    """Return the index of the point whose N windows these are.

    Examples
    --------
    >>> point_of_windows(np.array([1, 2]), 2)
    5
    """
    index = int(windows[0])
    for j, code in enumerate(windows[1:].tolist(), start=1):
        index |= (code >> (k - 1)) << (j + k - 1)
    return index


def _least_reachable(costs: np.ndarray, reachable: np.ndarray) -> np.ndarray:
    """The cheapest reachable end state of each row."""
    best = reachable.argmax(axis=1)
    rows = np.arange(len(best))
    for state in range(costs.shape[1]):
        better = reachable[:, state] & (costs[:, state] < costs[rows, best])
        best = np.where(better, state, best)
    return best
