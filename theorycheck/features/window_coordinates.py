"""Coordinates on the functions that windows make: the subsets of windows, numbered.

Number 0 is the empty set.  A set with smallest element a ≤ N-1 is 1 + a·2^{k-1} + (the rest of it, relative to a+1);
the sets within the last k-1 variables follow.  In all 2^{k-1}(N+1).
"""
from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from theorycheck.cube.points import require_offset, window_count
from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.characters import character_matrix, fourier_coefficients_of, require_pattern
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude, read_only

# (windows)·2^k coordinates held at once.
COORDINATE_LIMIT = 2**22


@dataclass(frozen=True)
class WindowCoordinates:
    """The coordinates for n variables, k-bit windows.

    Parameters
    ----------
    n, k : int
    windows : str
        ``"all"`` or ``"paper"``.

    Raises
    ------
    ParameterError
        ``'k' must be at least 1 and at most n=3, not 4.``
    InstanceTooLarge
        ``n=1000000, k=4 has 999997*2^4 window coordinates, above the limit of 4194304; the largest n that fits is
        262147.``

    Examples
    --------
    >>> coordinates = WindowCoordinates(3, 2)
    >>> coordinates.dimension, coordinates.places.tolist(), [coordinates.mask(i) for i in range(6)]
    (6, [[0, 1, 3, 2], [0, 3, 5, 4]], [0, 1, 3, 2, 6, 4])
    """

    n: int
    k: int
    windows: str = "all"

    def __post_init__(self) -> None:
        count = window_count(self.n, self.k, self.windows)
        if count == 0:
            raise ParameterError(f"'n' must be at least k+1={self.k + 1} with the paper's windows, not {self.n}.")

    @property
    def window_count(self) -> int:
        """Number N of windows."""
        return window_count(self.n, self.k, self.windows)

    @property
    def dimension(self) -> int:
        """2^{k-1}(N+1)."""
        return (self.window_count + 1) << (self.k - 1)

    def largest_n(self, count: int) -> int | None:
        """The n that has ``count`` windows of k bits; None if there is no window."""
        return count + self.k - (1 if self.windows == "all" else 0) if count > 0 else None

    @cached_property
    def places(self) -> np.ndarray:
        """The number of the set that is mask A relative to window j: (N, 2^k), int64."""
        count, k = self.window_count, self.k
        if count << k > COORDINATE_LIMIT:
            largest = self.largest_n(COORDINATE_LIMIT >> k)
            nearest = f"the largest n that fits is {largest}" if largest else "no n fits at this k"
            raise InstanceTooLarge(f"n={self.n}, k={k} has {count}*2^{k} window coordinates, above the limit of "
                                   f"{COORDINATE_LIMIT}; {nearest}.")
        masks = np.arange(1, 1 << k)
        lowest = np.bitwise_count((masks & -masks) - 1).astype(np.int64)
        windows = np.arange(count)[:, None]
        first = windows + lowest
        within = 1 + (first << (k - 1)) + (masks >> (lowest + 1))
        # Sets beyond the first variable of the last window: relative to variable N.
        tail = (count << (k - 1)) + (masks >> np.minimum(count - windows, k))
        numbers = np.where(first < count, within, tail)
        return read_only(np.concatenate([np.zeros((count, 1), dtype=np.int64), numbers], axis=1))

    def mask(self, place: int) -> int:
        """The set with this number as a mask of variables."""
        if place == 0:
            return 0
        block, rest = divmod(place - 1, 1 << (self.k - 1))
        if block < self.window_count:
            return (2 * rest + 1) << block
        return (rest + 1) << self.window_count

    def windows_containing(self, offset: int) -> np.ndarray:
        """How many windows contain the set that is mask A relative to variable ``offset``: r_S, (2^k,), int64.

        Examples
        --------
        >>> WindowCoordinates(4, 2).windows_containing(1).tolist()
        [3, 2, 2, 1]
        """
        masks = range(1, 1 << self.k)
        first = [offset + (m & -m).bit_length() - 1 for m in masks]
        last = [offset + m.bit_length() - 1 for m in masks]
        counts = [max(0, min(a, self.window_count - 1) - max(b - self.k + 1, 0) + 1) for a, b in zip(first, last)]
        return np.array([self.window_count] + counts)

    def set_out_of_reach(self, coefficients: RationalArray, offset: int) -> int | None:
        """Return a mask, relative to ``offset``, that lies in no window and has a coefficient other than zero.

        Parameters
        ----------
        coefficients : RationalArray (2^k, r)
            Fourier coefficients of r functions of the k variables from ``offset`` on.
        offset : int

        Returns
        -------
        int or None
            None with all windows; with the paper's, a set through the last variable is out of reach.
        """
        require_offset(self.n, self.k, offset)
        if offset < self.window_count:
            return None
        half = 1 << (self.k - 1)
        beyond = np.flatnonzero((coefficients.numerators[half:] != 0).any(axis=1))
        return half + int(beyond[0]) if beyond.size else None

    def expand(self, coefficients: RationalArray, offset: int) -> RationalArray:
        """Return the coordinates (d, r) of functions of variables offset ... offset+k-1 that are within reach.

        Parameters
        ----------
        coefficients : RationalArray (2^k, r)
            Fourier coefficients relative to ``offset``.
        offset : int
        """
        numbers = coefficients.numerators
        if self.dimension * numbers.shape[1] > COORDINATE_LIMIT:
            raise InstanceTooLarge(f"d=2^{{k-1}}(N+1)={self.dimension} coordinates are above the limit of "
                                   f"{COORDINATE_LIMIT // numbers.shape[1]}.")
        result = np.zeros((self.dimension, numbers.shape[1]), dtype=numbers.dtype)
        if offset < self.window_count:
            result[self.places[offset]] = numbers
        else:
            inside = np.arange(1 << (self.k - 1))
            result[self.places[offset - 1][inside << 1]] = numbers[inside]
        return RationalArray(result, coefficients.denominator)

    def gram(self, window: RationalArray) -> RationalArray:
        """Return G = Σ_j E_j Ĝ E_jᵀ, (d, d): the Gram matrix of all windows' features in these coordinates.

        Parameters
        ----------
        window : RationalArray (2^k, 2^k)
            Ĝ, one window's Gram matrix in characters.
        """
        numbers = window.numerators
        if numbers.dtype != object and self.window_count * largest_magnitude(numbers) >= 2**63:
            numbers = numbers.astype(object)
        total = np.zeros((self.dimension,) * 2, dtype=numbers.dtype)
        for place in self.places:
            total[np.ix_(place, place)] += numbers
        return RationalArray(total, window.denominator)

    def gather(self, values: RationalArray) -> RationalArray:
        """Return, for each window, the entries of a coordinate vector (d,) at its subsets: (N, 2^k)."""
        return RationalArray(values.numerators[self.places], values.denominator)

    def scatter(self, windows: RationalArray) -> RationalArray:
        """Return the coordinate vector (d,) of the sum of N functions given by their coefficients (N, 2^k)."""
        numbers = windows.numerators
        if numbers.dtype != object and self.window_count * largest_magnitude(numbers) >= 2**63:
            numbers = numbers.astype(object)
        total = np.zeros(self.dimension, dtype=numbers.dtype)
        np.add.at(total, self.places, numbers)
        return RationalArray(total, windows.denominator)


def is_pattern_represented(tables: RationalArray, table: Any, n: int, offset: int = 0, windows: str = "all") -> bool:
    """Whether Σ_j T_j[x^(j)] = g(x^(offset)) on the whole cube, decided exactly in Fourier coordinates for any n.

    Parameters
    ----------
    tables : RationalArray (N, 2^k)
        For instance ``features.table(separator.readout)``.
    table : array-like (2^k,) of signs
    n, offset : int
    windows : str

    Notes
    -----
    O(N 4^k) integer operations instead of 2^n points.

    Examples
    --------
    >>> tables = RationalArray(np.array([[0, 0], [1, -1]]), 1)
    >>> is_pattern_represented(tables, [1, -1], 2, 1), is_pattern_represented(tables, [1, -1], 2, 0)
    (True, False)
    """
    signs = require_pattern(table)
    coordinates = WindowCoordinates(n, signs.size.bit_length() - 1, windows)
    if tables.shape != (coordinates.window_count, signs.size):
        raise ParameterError(f"'tables' must have shape (N, 2^k)={(coordinates.window_count, signs.size)}, not "
                             f"{tables.shape}.")
    target = fourier_coefficients_of(signs[:, None])
    if coordinates.set_out_of_reach(target, offset) is not None:
        return False
    spectrum = integer_product(tables.numerators, character_matrix(coordinates.k))
    made = coordinates.scatter(RationalArray(spectrum, tables.denominator << coordinates.k))
    return made.equals(coordinates.expand(target, offset)[:, 0])
