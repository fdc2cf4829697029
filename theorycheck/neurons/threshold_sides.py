"""The two sides of a meeting in the middle: their sorted sums, and what their entries are given."""
from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.cube.memory import require_memory
from theorycheck.errors import InstanceTooLarge
from theorycheck.kernels import threshold_meeting as kernels
from theorycheck.kernels.threads import run_parts

MOST_OUTER = 12


def split_variables(count: int, with_tied: bool = False, is_wide: bool = False) -> tuple[int, int, int]:
    """Return how many variables are low, high and outer: the fewest outer ones with which both sides fit memory.

    Parameters
    ----------
    count : int
        At least 1.
    with_tied : bool
        Whether entries are counted twice, above the threshold and on it.
    is_wide : bool
        Whether words may have to be listed.

    Raises
    ------
    InstanceTooLarge
        ``60 weights that are not 0 do not fit memory, even with all but two halves of them left outside (12 at most):
        half=24 needs …``

    Examples
    --------
    >>> split_variables(41)
    (20, 21, 0)
    >>> from theorycheck.cube.memory import memory_budget
    >>> with memory_budget(2**20):
    ...     split_variables(41)
    (15, 15, 11)
    """
    outer = 0
    while True:
        high = (count - outer + 1) // 2
        width = _counts_type(high, outer).itemsize
        size = 9 + width * (1 + with_tied) + 6 * is_wide
        try:
            require_memory(high, 2 * size, "half")
        except InstanceTooLarge as error:
            if outer == min(MOST_OUTER, count - 1):
                raise InstanceTooLarge(
                    f"{count} weights that are not 0 do not fit memory, even with all but two halves of them left "
                    f"outside ({outer} at most): {error}") from None
            outer += 1
        else:
            return count - outer - high, high, outer


def _counts_type(side: int, outer: int) -> np.dtype[Any]:
    # No entry is given more than one for each partner and outer content.
    return np.dtype(np.int64 if side + outer > 30 else np.int32)


class Side:
    """The sorted sums of some variables, and how they were merged.

    Parameters
    ----------
    weights, members : int64 arrays (m,)
        The members of the character's set are 1, the others 0.

    Attributes
    ----------
    values : int64 array (2^m,)
        Twice a sum, plus 1 where the character is -1, by ascending sums.
    choices : int8 array (2^m,)
        As :func:`theorycheck.kernels.threshold_meeting.sort_sums` writes them.
    total : int
        The sum of the character over all words.

    Examples
    --------
    >>> side = Side(np.array([1, 2]), np.array([1, 0]))
    >>> (side.values >> 1).tolist(), (side.values & 1).tolist(), side.words().tolist(), side.total
    ([-3, -1, 1, 3], [1, 0, 1, 0], [3, 2, 1, 0], 0)
    """

    def __init__(self, weights: np.ndarray, members: np.ndarray) -> None:
        size = 1 << weights.size
        self.values, self.choices = np.empty(size, np.int64), np.empty(size, np.int8)
        kernels.sort_sums(weights, members, self.values, np.empty(max(1, size // 2), np.int64), self.choices)
        self.total = 0 if members.any() else size

    def words(self) -> np.ndarray:
        """Return the word of each entry, bit v set where variable v is -1."""
        words = np.empty(self.values.size, np.int32)
        kernels.list_words(self.choices, words, np.empty(max(1, words.size // 2), np.int32))
        return words


class Tally:
    """What each entry of both sides was given, and what was given in all for each content of the outer variables.

    Parameters
    ----------
    low, high, outer : int
        Numbers of variables.

    Examples
    --------
    >>> tally = Tally(0, 1, 1)
    >>> tally.low[0], tally.high[1], tally.given[0] = 3, 3, 3  # three active points, all at -1 of the high variable
    >>> tally.sums(Side(*np.zeros((2, 0), int)), Side(np.array([-1]), np.array([0])), 1, None)  # high, outer, all
    [-3, 3, 3]
    """

    def __init__(self, low: int, high: int, outer: int) -> None:
        dtype = _counts_type(high, outer)
        self.low, self.high = np.zeros(1 << low, dtype), np.zeros(1 << high, dtype)
        self.given = [0] * (1 << outer)

    def sums(self, low: Side, high: Side, outer: int, threads: int | None) -> list[int]:
        """Return the sums against each coordinate, and last those against the character alone; uses up the sides."""
        found: list[list[int]] = [[], []]

        def fold(part: int) -> None:
            side, counts = ((low, self.low), (high, self.high))[part]
            moments = np.empty(counts.size.bit_length(), np.int64)
            kernels.fold_counts(counts, side.choices, side.values, moments)
            found[part] = moments.tolist()
        run_parts(2, fold, threads)
        outside = [sum(-given if word >> v & 1 else given for word, given in enumerate(self.given))
                   for v in range(outer)]
        return found[0][:-1] + found[1][:-1] + outside + [sum(self.given)]
