"""Window marginals of the active points: what the loss and the gradient of a CNN or LCN need of the whole cube.

With window tables, h(x) = Σ_j T_j[x^(j)]; see :mod:`theorycheck.kernels.window_marginals_meeting` for the method.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from theorycheck.cube.memory import require_memory
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import MAXIMUM_INDEX_BITS
from theorycheck.errors import InstanceTooLarge, ParameterError, require_choice, require_integer
from theorycheck.gradients.window_layout import WindowLayout
from theorycheck.gradients.window_meeting import Meeting, cheapest_split

METHODS = ("automatic", "enumeration", "meeting")
ROUNDOFF = 2.0**-53
_POINT_COST = 5.0  # nanoseconds for a point enumerated, beside the costs in window_meeting


@dataclass(frozen=True, eq=False)
class WindowMarginals:
    """Signed counts over the points of the cube at which the hinge loss has a slope, by window content.

    Attributes
    ----------
    active : ndarray (N, 2^k) of int64
        Σ f(x) over the x with x^(j) = z and margin f(x)h(x) below 1, as computed.
    tied : ndarray (N, 2^k) of int64
        The same over margin computed as exactly 1.
    active_count, tied_count : int
        How many points these are.
    smallest_distance : float
        min |1 - f(x)h(x)| over the cube, as computed.
    """

    active: np.ndarray
    tied: np.ndarray
    active_count: int
    tied_count: int
    smallest_distance: float


def window_marginals(tables: ArrayLike, n: int, pattern: KPattern, threads: int | None = None, *,
                     method: str = "automatic") -> WindowMarginals:
    """Return the active and tied marginals of h(x) = Σ_j T_j[x^(j)] over the uniform cube, as integers.

    Parameters
    ----------
    tables : array-like (N, 2^k) of float64
        T_j by window content; k >= 1 and N+k-1 <= n.  Variables beyond the last window are not read by h.
    n : int
        Dimension of the cube.
    pattern : KPattern
        The labels f; its window may have another length, and may lie where h does not look.
    threads : int, optional
        Most threads; the result does not depend on it.
    method : str
        ``"enumeration"`` of the cube, ``"meeting"`` in the middle, or the faster one, ``"automatic"``.

    Returns
    -------
    WindowMarginals
        Exact for the computed h, which is off by at most :func:`value_error_bound`: the integers are those of the
        exact h where ``smallest_distance`` exceeds that bound.

    Raises
    ------
    ParameterError
        ``'tables' must have shape (N, 2^k), not (3,).``, ``'tables' must be finite.``,
        ``'n' must be at least N+k-1=4, not 3.``, ``'pattern' must have the dimension n=4, not 5.``
    InstanceTooLarge
        Where the lists are above the cube's memory budget.

    Notes
    -----
    Time and memory O(2^(n/2)) up to factors in 2^k and n; n=24 takes a fraction of a millisecond, n=40 about a second.

    Examples
    --------
    >>> marginals = window_marginals([[2., 0, 0, 0], [0, 0, 0, 0]], 3, KPattern.parity(3, 2))
    >>> marginals.active.tolist(), marginals.active_count, marginals.smallest_distance
    ([[0, -2, -2, 2], [-1, 0, -1, 0]], 6, 1.0)
    """
    array = require_tables(tables)
    n = require_integer("n", n, minimum=1)
    window_count, k = array.shape[0], array.shape[1].bit_length() - 1
    if n < window_count + k - 1:
        raise ParameterError(f"'n' must be at least N+k-1={window_count + k - 1}, not {n}.")
    if pattern.n != n:
        raise ParameterError(f"'pattern' must have the dimension n={n}, not {pattern.n}.")
    layout = WindowLayout(window_count, k, n, pattern)
    found = UniformMarginals(layout, threads=threads, method=method).find(layout.combine(array))
    return WindowMarginals(layout.distribute(found.active), layout.distribute(found.tied), found.active_count,
                           found.tied_count, found.smallest_distance)


def value_error_bound(tables: np.ndarray) -> float:
    """Return a bound on how far a computed h, and a computed 1 - f h, can be from the exact sum of these tables.

    Parameters
    ----------
    tables : ndarray (N, 2^k) of float64

    Returns
    -------
    float
        0 where every sum is exact in float64, in any order: multiples of one power of two that stay below 2^53 of it.

    Notes
    -----
    With R = Σ_j max_z |T_j[z]|, each of the N-1 additions errs by at most 2^-53 of a partial sum below
    R(1 + N 2^-53), the comparison with f rounds once, and the distance from 1 once more, each of them at most 1 + R.
    So ((N + 1) R + 2) 2^-53, raised by 1% for the second order.

    Examples
    --------
    >>> value_error_bound(np.array([[0.5, 0.25]])), value_error_bound(np.array([[0.1, 0.25]])) < 3e-16
    (0.0, True)
    """
    array = require_tables(tables)
    reach = float(np.abs(array).max(axis=1).sum())
    return 0.0 if _sums_are_exact(array, reach) else 1.01 * ROUNDOFF * ((array.shape[0] + 1) * reach + 2.0)


def _sums_are_exact(tables: np.ndarray, reach: float) -> bool:
    """Whether all entries and 1 are multiples of one power of two whose 2^53-fold no partial sum reaches."""
    unit = np.ldexp(2.0 ** (np.ceil(np.log2(reach + 2.0)) + 1), -53)
    scaled = tables / unit
    return bool(unit <= 1 and (scaled == np.rint(scaled)).all())


def require_tables(tables: ArrayLike) -> np.ndarray:
    """Return window tables as a contiguous float64 array whose sums are finite, or raise ParameterError."""
    array = np.ascontiguousarray(tables, dtype=np.float64)
    if array.ndim != 2 or array.shape[0] < 1 or array.shape[1] < 2 or array.shape[1] & (array.shape[1] - 1):
        raise ParameterError(f"'tables' must have shape (N, 2^k), not {np.shape(tables)}.")
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(np.abs(array).max(axis=1).sum())
    if not is_finite:
        raise ParameterError("'tables' must be finite.")
    return array


class UniformMarginals:
    """The marginals of tables of one layout over the uniform cube; keeps its buffers, so one thread at a time.

    Parameters
    ----------
    layout : WindowLayout
    threads : int, optional
    method : str
        As in :func:`window_marginals`.
    """

    def __init__(self, layout: WindowLayout, *, threads: int | None = None, method: str = "automatic") -> None:
        if layout.n > MAXIMUM_INDEX_BITS:
            raise InstanceTooLarge(f"n={layout.n} has counts beyond 64 bits; the largest n that fits is "
                                   f"{MAXIMUM_INDEX_BITS}.")
        self._layout = layout
        self.method = require_choice("method", method, METHODS)
        if method == "automatic":
            self.method = "meeting" if cheapest_split(layout)[1] < _POINT_COST * 2.0**layout.n else "enumeration"
        if self.method == "meeting":
            self._meeting = Meeting(layout, threads)
            self._sides = np.empty(self._meeting.low_size, dtype=np.int64), np.empty(
                self._meeting.high_size, dtype=np.int64)
        else:
            self._enumeration = Enumeration(layout.n, layout.labels(), np.ones(1, dtype=np.int64))

    def find(self, tables: np.ndarray, limit: float = 1.0) -> WindowMarginals:
        """Return the marginals of the points whose margin is below, and exactly, ``limit``; fresh arrays."""
        if self.method == "enumeration":
            active, tied, counts, _, distance = self._enumeration.find(tables, limit)
            return WindowMarginals(active, tied, int(counts[0]), int(counts[1]), distance)
        from theorycheck.kernels.window_marginals_meeting import count_tied
        arguments = (*self._meeting.prepare(tables, limit), *self._sides)
        counts, distance = self._count(arguments)
        active = self._meeting.fold(*self._sides)
        if counts[1]:
            count_tied(*arguments)
            tied = self._meeting.fold(*self._sides)
        else:
            tied = np.zeros(active.shape, dtype=np.int64)
        return WindowMarginals(active, tied, int(counts[0]), int(counts[1]), distance)

    def _count(self, arguments: tuple[Any, ...]) -> tuple[np.ndarray, float]:
        """Counts of active and tied, and the smallest distance; threads share the boundaries where it pays."""
        from theorycheck.kernels.threads import run_parts
        from theorycheck.kernels.window_marginals_meeting import count_active
        boundaries = 1 << (self._layout.k - 1)
        if self._meeting.team == 1:
            alone = np.zeros(2, dtype=np.int64)
            return alone, float(count_active(*arguments, 0, boundaries, alone))
        counts, distances = np.zeros((boundaries, 2), dtype=np.int64), np.empty(boundaries)

        def count(part: int) -> None:
            distances[part] = count_active(*arguments, part, part + 1, counts[part])
        run_parts(boundaries, count, self._meeting.team)
        return counts.sum(axis=0), float(distances.min())


class Enumeration:
    """The marginals of tables (N, 2^k), n = N+k-1, over all 2^n points; keeps its buffers.

    Parameters
    ----------
    n : int
    labels : ndarray (2^n,) of int8
    weights : ndarray (2^i,) of int64 or float64
        One for each point, in a cycle if there are fewer.
    """

    def __init__(self, n: int, labels: np.ndarray, weights: np.ndarray) -> None:
        require_memory(n, 32)
        self.n, self._labels, self._weights = n, labels, weights
        self._values = np.empty(1 << n)
        self._marks = np.empty((2, 1 << n), dtype=weights.dtype)

    def find(self, tables: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, float]:
        """Return active and tied marginals, counts and masses of both, and the smallest distance from the limit."""
        from theorycheck.kernels.window_marginals import add_windows, fold_windows, mark_active
        counts, masses = np.zeros(2, dtype=np.int64), np.zeros(2, dtype=self._weights.dtype)
        marginals = np.zeros((2, *tables.shape), dtype=self._weights.dtype)
        add_windows(tables, 0, self._values)
        distance = mark_active(self._values, self._labels, self._weights, limit, *self._marks, counts, masses)
        for marks, result, count in zip(self._marks, marginals, counts):
            if count:
                fold_windows(marks, marks.size, 0, result)
        return marginals[0], marginals[1], counts, masses, float(distance)
