"""The smallest margin of a sum of window tables over the whole cube, by dynamic programming over the windows.

h(x) = Σ_j T_j[x^(j)] is a sum along a chain of overlapping windows, so its minimum over the points with x^(offset) = z
takes O(N 2^k) operations instead of 2^n.
"""
from __future__ import annotations

import numpy as np

from theorycheck.networks.rationals import RationalArray, largest_magnitude


def least_values(tables: np.ndarray, patterns: np.ndarray, offset: int, signs: np.ndarray) -> tuple[np.ndarray,
                                                                                                   np.ndarray]:
    """Return, for each prescribed window z_b, the smallest s_b·h(x) over the x with x^(offset) = z_b, and such an x.

    Parameters
    ----------
    tables : ndarray (N, 2^k)
        float64, int64 or Python integers; the sums must fit.
    patterns : ndarray (B,) of int64
        z_b.
    offset : int
        Below N.
    signs : ndarray (B,) of ±1
        s_b.

    Returns
    -------
    values : ndarray (B,)
    windows : ndarray (B, N) of int64
        The minimising point as its N windows.

    Notes
    -----
    O(B N 2^k) time and memory.

    Examples
    --------
    >>> tables = np.array([[0, 1, 2, 3], [0, 10, -5, 7]])
    >>> least_values(tables, np.array([0, 1]), 0, np.array([1, -1]))[0].tolist()
    [-5, -1]
    """
    count, size = tables.shape
    half = size >> 1
    batch = len(patterns)
    states = np.arange(size) & (half - 1) if half > 1 else np.zeros(size, dtype=np.int64)
    factors = signs.astype(tables.dtype)[:, None]
    costs = np.zeros((batch, half), dtype=tables.dtype)
    choices = np.empty((count, batch, half), dtype=np.int64)
    reachable = np.ones((batch, half), dtype=bool)
    rows = np.arange(batch)
    for j in range(count):
        total = costs[:, states] + factors * tables[j]
        allowed = reachable[:, states]
        if j == offset:
            keep = np.zeros((batch, size), dtype=bool)
            keep[rows, patterns] = True
            allowed = allowed & keep
        # The next state is z >> 1: the two z that lead to it differ in their lowest bit.
        total, allowed = total.reshape(batch, half, 2), allowed.reshape(batch, half, 2)
        second = allowed[:, :, 1] & (~allowed[:, :, 0] | (total[:, :, 1] < total[:, :, 0]))
        choices[j] = second
        costs = np.where(second, total[:, :, 1], total[:, :, 0])
        reachable = allowed.any(axis=2)
    ends = _least_reachable(costs, reachable)
    windows = np.empty((batch, count), dtype=np.int64)
    state = ends
    for j in range(count - 1, -1, -1):
        windows[:, j] = (state << 1) | choices[j][rows, state]
        state = windows[:, j] & (half - 1)
    return costs[rows, ends], windows


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
    values, windows = least_values(numbers, np.arange(table.size), offset, np.asarray(table, dtype=np.int64))
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
