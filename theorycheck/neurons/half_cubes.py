"""The half of the cube where the last variable is +1, in order of the sums s = Σ magnitudes[j]·x_j.

A function of s with f(-s) = ±f(s) is known on the whole cube from this half, and so is its spectrum: one transform of
half the size.  All comparisons with s are made exactly, in 64-bit integers where they fit and in Python's where not.
Where the low variables' sums do not fit 32 bits they are sorted once, and a threshold is looked up among them once for
each choice of the high variables: what is compared at every point is a rank.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.memory import require_memory

_LARGEST_NARROW = 2**62
_LARGEST_KEY = 2**31 - 2
_LOW_VARIABLES = 9
_MOST_HIGH_VARIABLES = 16


def signed_sums(magnitudes: Sequence[int], start: int = 0) -> NDArray[Any]:
    """Return start + Σ_j magnitudes[j]·x_j for all x: bit j of the index is 0 where x_j = +1.

    Returns
    -------
    int64 array of shape (2^len(magnitudes),), or one of Python integers where the sums do not fit.

    Examples
    --------
    >>> signed_sums([1, 10], 100).tolist()
    [111, 109, 91, 89]
    """
    is_narrow = abs(start) + sum(map(abs, magnitudes)) < _LARGEST_NARROW
    sums = np.empty(1 << len(magnitudes), dtype=np.int64 if is_narrow else object)
    sums[0] = start + sum(magnitudes)
    for place, magnitude in enumerate(magnitudes):
        np.subtract(sums[:1 << place], 2 * magnitude, out=sums[1 << place:2 << place])
    return sums


def require_tables(variables: int, bytes_per_point: int) -> None:
    """Raise InstanceTooLarge unless tables over half the cube, so many bytes for each of its points, fit the budget."""
    require_memory(variables, -(-bytes_per_point // 2), "number of nonzero weights")


@dataclass(frozen=True, eq=False)
class HalfCube:
    """The points x of {±1}^d with x_{d-1} = +1, as rows (high variables) and columns (low variables).

    Parameters
    ----------
    magnitudes : tuple of d >= 1 positive integers
        Of any size.

    Examples
    --------
    >>> half = HalfCube((1, 2, 4))
    >>> half.points, half.reach, half.count(7), half.count(-7)
    (4, 7, 1, 0)
    """

    magnitudes: tuple[int, ...]

    @property
    def points(self) -> int:
        """How many points it has: 2^(d-1)."""
        return 1 << (len(self.magnitudes) - 1)

    @cached_property
    def reach(self) -> int:
        """The largest s."""
        return sum(self.magnitudes)

    @cached_property
    def low_variables(self) -> int:
        """How many variables the columns are made of."""
        d = len(self.magnitudes)
        return min((d + 1) // 2, d - 1, max(_LOW_VARIABLES, d - 1 - _MOST_HIGH_VARIABLES))

    def row_sums(self, weights: Sequence[int]) -> NDArray[Any]:
        """Return the high variables' share of Σ_j weights[j]·x_j, the last variable's included, for every row."""
        return signed_sums(weights[self.low_variables:-1], weights[-1])

    def column_sums(self, weights: Sequence[int]) -> NDArray[Any]:
        """Return the low variables' share for every column."""
        return signed_sums(weights[:self.low_variables])

    @cached_property
    def _rows(self) -> NDArray[Any]:
        return self._wide_enough(self.row_sums(self.magnitudes))

    @cached_property
    def _columns(self) -> NDArray[Any]:
        return self._wide_enough(self.column_sums(self.magnitudes))

    def _wide_enough(self, sums: NDArray[Any]) -> NDArray[Any]:
        """In Python's integers unless 64 bits hold every s: one kind for whatever is compared."""
        return sums if self.reach < _LARGEST_NARROW else sums.astype(object)

    @cached_property
    def _sorted_columns(self) -> NDArray[Any]:
        return np.sort(self._columns)

    @cached_property
    def _is_short(self) -> bool:
        """Whether differences of columns' sums fit 32 bits."""
        return 2 * self._short_reach < _LARGEST_KEY

    @cached_property
    def _short_reach(self) -> int:
        """The largest of the columns' sums."""
        return sum(self.magnitudes[:self.low_variables])

    @cached_property
    def keys(self) -> NDArray[np.int32]:
        """A number from 0 on for each column, in the order of the sums: the sum itself, shifted, or its rank."""
        if self._is_short:
            return (self._columns + self._short_reach).astype(np.int32)
        keys = np.empty(self._columns.size, dtype=np.int32)
        keys[np.argsort(self._columns)] = np.arange(keys.size, dtype=np.int32)
        return keys

    def cuts(self, starts: Sequence[int]) -> NDArray[np.int32]:
        """Return for every row and every start the key from which on s >= start: int32 array (rows, starts).

        0 where all columns have it, above all keys where none has.
        """
        cuts = np.empty((self._rows.size, len(starts)), dtype=np.int32)
        for place, start in enumerate(starts):
            if self._is_short:
                rest = self._clipped(start) + self._short_reach - self._rows
                cuts[:, place] = np.minimum(np.maximum(rest, 0), 2 * self._short_reach + 1)
            else:
                cuts[:, place] = self._below(start)
        return cuts

    def _below(self, start: int) -> NDArray[np.int64]:
        """How many columns of each row have s < start."""
        return np.searchsorted(self._sorted_columns, self._clipped(start) - self._rows)

    def _clipped(self, start: int) -> int:
        """The start, or one that no sum reaches either and that fits where the sums do."""
        return min(max(start, -self.reach - 1), self.reach + 1)

    def count(self, value: int) -> int:
        """Return how many points have s = value."""
        return int((self._below(value + 1) - self._below(value)).sum())

    def filler(self, starts: Sequence[int], constants: Sequence[int], slopes: Sequence[int], weights: Sequence[int],
               kind: np.dtype[Any]) -> Callable[[int, NDArray[Any]], None]:
        """Return what fills tables with constants[i] + slopes[i]·Σ_j weights[j]·x_j, i the number of starts <= s.

        Parameters
        ----------
        starts : r ascending integers
        constants, slopes : r+1 integers
        weights : d integers
            The caller sees to it that |constants| + |slopes|·Σ|weights| fits the table's type.
        kind : int32 or int64

        Returns
        -------
        callable
            Takes the index of a point and an array for the values at it and at the points that follow: whole rows.
        """
        from theorycheck.kernels.threshold_tables import fill_affine_steps, fill_steps
        cuts, keys = self.cuts(starts), self.keys
        levels = np.array(constants, dtype=np.int64)

        def fill_steps_from(first: int, values: NDArray[Any]) -> None:
            rows = values.reshape(-1, keys.size)
            fill_steps(keys, cuts[first // keys.size:], steps, rows)

        def fill_affine_steps_from(first: int, values: NDArray[Any]) -> None:
            rows, row = values.reshape(-1, keys.size), first // keys.size
            fill_affine_steps(keys, cuts[row:], levels, tilts, shares[row:], columns, rows)
        if not any(slopes):
            steps = levels.astype(kind)
            return fill_steps_from
        tilts, shares = np.array(slopes, dtype=np.int64), self.row_sums(weights)
        columns = (tilts[:, None] * self.column_sums(weights)).astype(kind)
        return fill_affine_steps_from
