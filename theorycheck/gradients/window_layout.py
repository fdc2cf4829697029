"""Windows, target and fixed variables brought to one shape: all windows of one length over the variables that vary."""
from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from theorycheck.cube.patterns import KPattern


class WindowLayout:
    """How N windows of length k and a pattern's window become all N' = n'-K+1 windows of length K over n' variables.

    The last variables may be unread (MS21's own indexing, n = N+k), the pattern may be longer or shorter than the
    windows, and some variables may be fixed; every window then lies within a window of length K of the others.

    Parameters
    ----------
    window_count, k, n : int
    pattern : KPattern
        Of dimension n.
    fixed : mapping from variable to bit, optional
        Variables that a distribution never varies; at least one variable is left.

    Attributes
    ----------
    n, k, window_count : int
        n', K and N'.
    signs : ndarray (2^K,) of int8
        The pattern as a function of the window at ``offset``.
    offset : int

    Examples
    --------
    >>> layout = WindowLayout(2, 2, 4, KPattern.parity(4, 2, offset=2))
    >>> layout.window_count, layout.combine(np.array([[1., 2, 3, 4], [5, 6, 7, 8]])).tolist()
    (3, [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [0.0, 0.0, 0.0, 0.0]])
    """

    def __init__(self, window_count: int, k: int, n: int, pattern: KPattern,
                 fixed: Mapping[int, int] | None = None) -> None:
        bits = dict(fixed or {})
        self._ranks = {v: rank for rank, v in enumerate(v for v in range(n) if v not in bits)}
        self._bits = bits
        self.n = len(self._ranks)
        self.k = min(self.n, max(k, pattern.k))
        self.window_count = self.n - self.k + 1
        self.offset, place = self._place(pattern.offset, pattern.k)
        self.signs = np.ascontiguousarray(pattern.table[place])
        self._shape = (window_count, 1 << k)
        self.is_plain = not bits and self.k == k and self.window_count == window_count
        self._places = [] if self.is_plain else [self._place(j, k) for j in range(window_count)]

    def _place(self, first: int, length: int) -> tuple[int, np.ndarray]:
        """The window of length K that holds a window, and the inner window's content for each of its contents."""
        ranks = [self._ranks[v] for v in range(first, first + length) if v in self._ranks]
        outer = min(min(ranks, default=0), self.window_count - 1)
        contents = np.arange(1 << self.k)
        inner = np.zeros_like(contents)
        for i, v in enumerate(range(first, first + length)):
            inner |= (contents >> (self._ranks[v] - outer) & 1 if v in self._ranks else self._bits[v]) << i
        return outer, inner

    def labels(self) -> np.ndarray:
        """Return the target at all 2^n' points, as int8; 2^n' bytes, within the budget."""
        return KPattern(self.n, self.k, self.offset, self.signs).truth_table().values

    def combine(self, tables: np.ndarray) -> np.ndarray:
        """Return tables (N', 2^K) with the same sum; the argument itself where nothing changes."""
        if self.is_plain:
            return tables
        combined = np.zeros((self.window_count, 1 << self.k))
        for table, (outer, inner) in zip(tables, self._places):
            combined[outer] += table[inner]
        return combined

    def distribute(self, marginals: np.ndarray) -> np.ndarray:
        """Return the marginals (N, 2^k) of the given windows from those (N', 2^K) of the layout's."""
        if self.is_plain:
            return marginals
        result = np.zeros(self._shape, dtype=marginals.dtype)
        for row, (outer, inner) in zip(result, self._places):
            np.add.at(row, inner, marginals[outer])
        return result
