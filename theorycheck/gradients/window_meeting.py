"""Meeting in the middle: where to split the variables, and the buffers: sorted sums on one side, sums on the other.

See :mod:`theorycheck.kernels.window_marginals_meeting` for the method.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.cube.memory import require_memory
from theorycheck.gradients.window_layout import WindowLayout

# Nanoseconds, measured: a low word listed, placed and folded; a search for a high word, and each of its steps.
_WORD_COST, _SEARCH_COST, _STEP_COST = 12.0, 10.0, 1.0
_MOST_LOW_BITS = 30  # words are int32
_SHARED_BITS = 17  # of words whose lists take more than half a millisecond to merge
_SHARED_COST = 1e6  # nanoseconds above which threads share the work


def cheapest_split(layout: WindowLayout) -> tuple[int, float]:
    """Return the number of low variables at which meeting in the middle costs least, and that cost in nanoseconds.

    The target's window must lie above the boundary's first variable, in the given or in the mirrored order; infinite
    cost where no split is allowed.
    """
    n, k = layout.n, layout.k
    highest = min(max(layout.offset, n - k - layout.offset) + k - 1, n - 1, _MOST_LOW_BITS)
    costs = {split: _WORD_COST * 2.0**split + 2.0**(n - split + k - 1) * (_SEARCH_COST + _STEP_COST * (split - k + 1))
             for split in range(k - 1, highest + 1)}
    if not costs:
        return 0, np.inf
    split = min(costs, key=costs.__getitem__)
    return split, costs[split]


class Meeting:
    """The two sides for tables of one layout; keeps its buffers, so one thread at a time.

    Parameters
    ----------
    layout : WindowLayout
    threads : int, optional
        Most threads; the result does not depend on it.

    Attributes
    ----------
    team : int or None
        Threads to use: 1 where the work is too little to share.
    low_bits, low_size, high_size : int
        L; 2^L low words; 2^(n-L+k-1) high words, each with its boundary in its lowest k-1 bits.
    is_mirrored : bool
        Whether variables are taken in the opposite order.

    Notes
    -----
    28 bytes for each low word and 8 for each high one.
    """

    def __init__(self, layout: WindowLayout, threads: int | None = None) -> None:
        n, self._k, self._shape = layout.n, layout.k, (layout.window_count, 1 << layout.k)
        self.low_bits, cost = cheapest_split(layout)
        self.team = threads if cost > _SHARED_COST else 1
        first = self.low_bits - self._k + 1
        self.is_mirrored = layout.offset < first
        self._mirror = mirrored_contents(self._k)
        self._shift = (n - self._k - layout.offset if self.is_mirrored else layout.offset) - first
        self._signs = layout.signs[self._mirror] if self.is_mirrored else layout.signs
        self.low_size, self.high_size = 1 << self.low_bits, 1 << (n - first)
        # With the counts or masses that the sides are given: 44 bytes a low word, 24 a high word.
        require_memory(max(self.low_bits, n - first), 68)
        self._values = np.empty((2, self.low_size))
        self._words = np.empty((2, self.low_size), dtype=np.int32)
        self._high_values = np.empty(self.high_size)

    def prepare(self, tables: np.ndarray, limit: float) -> tuple[Any, ...]:
        """Return what the kernels take: sorted sums, their words, high sums, signs and their shift, limit, 2^(k-1)."""
        from theorycheck.kernels.threads import run_parts
        from theorycheck.kernels.window_marginals import add_windows
        from theorycheck.kernels.window_marginals_meeting import merge_lists, sort_low_side
        if self.is_mirrored:
            tables = tables[::-1].take(self._mirror, axis=1)
        windows, half = self.low_bits - self._k + 1, 1 << (self._k - 1)
        values, words = self._values, self._words
        together = min(windows, max(0, _SHARED_BITS - self._k + 1)) if self.team != 1 else windows
        sort_low_side(tables, together, values, words)
        for window in range(together, windows):
            arguments = (values[window % 2], words[window % 2], 1 << window, tables[window], window + self._k - 1)
            merged = values[(window + 1) % 2], words[(window + 1) % 2]
            run_parts(half, lambda part: merge_lists(*arguments, part, part + 1, *merged), self.team)
        add_windows(tables, windows, self._high_values)
        return (values[windows % 2], words[windows % 2], self._high_values, self._signs, self._shift, limit, half)

    def fold(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return the marginals (N, 2^k) of what low and high words were given, which is overwritten."""
        from theorycheck.kernels.window_marginals import fold_windows
        marginals = np.zeros(self._shape, dtype=low.dtype)
        first = self.low_bits - self._k + 1
        fold_windows(high, high.size, first, marginals)
        if first > 0:
            fold_windows(low, low.size, 0, marginals)
        return np.ascontiguousarray(marginals[::-1].take(self._mirror, axis=1)) if self.is_mirrored else marginals


def mirrored_contents(k: int) -> np.ndarray:
    """Return, for every content of a window of k variables, the content read backwards.

    Examples
    --------
    >>> mirrored_contents(2).tolist()
    [0, 2, 1, 3]
    """
    contents = np.arange(1 << k)
    backwards = np.zeros_like(contents)
    for i in range(k):
        backwards |= (contents >> i & 1) << (k - 1 - i)
    return backwards
