"""The points of the cube, and THE convention by which everything else numbers them.

Variable i is bit i of a point's index, least significant first; bit 0 stands for +1 and bit 1 for -1.  So index 0 is
the point (1, ..., 1), and the window ``x^(j)`` is bits ``j ... j+k-1``, itself an index into the 2^k points of a
smaller cube.  Subsets of variables are bit masks in the same order.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.memory import require_memory
from theorycheck.errors import InstanceTooLarge, ParameterError, require_choice, require_integer

WINDOWS = ("all", "paper")
# One bit is the sign of int64; one more keeps 2^n itself representable.
MAXIMUM_INDEX_BITS = 62


def window_count(n: int, k: int, windows: str = "all") -> int:
    """Return how many windows of ``k`` consecutive variables are summed over.

    ``"all"`` gives N = n-k+1; ``"paper"`` gives the n-k of MS21's Definition 1, which misses the last window.

    Raises
    ------
    ParameterError
        ``'k' must be at least 1 and at most n=20, not 21.``

    Examples
    --------
    >>> window_count(20, 4), window_count(20, 4, windows="paper")
    (17, 16)
    """
    require_integer("n", n, minimum=1)
    require_integer("k", k, minimum=1, maximum=n, maximum_name="n")
    require_choice("windows", windows, WINDOWS)
    return n - k + 1 if windows == "all" else n - k


def require_offset(n: int, k: int, offset: object) -> int:
    """Return ``offset`` if the window of ``k`` variables that starts there lies within ``n``, or raise ParameterError.

    Raises
    ------
    ParameterError
        ``'offset' must be at least 0 and at most n-k=16, not 17.``
    """
    require_integer("n", n, minimum=1)
    require_integer("k", k, minimum=1, maximum=n, maximum_name="n")
    return require_integer("offset", offset, minimum=0, maximum=n - k, maximum_name="n-k")


@dataclass(frozen=True)
class BooleanCube:
    """The cube {+1, -1}^n.

    Parameters
    ----------
    n : int
        Dimension, at least 1.  Nothing is enumerated until it is asked for, so n may be 10^6; arrays of indices need
        n <= 62.

    Raises
    ------
    ParameterError
        ``'n' must be at least 1, not 0.``

    Examples
    --------
    >>> cube = BooleanCube(3)
    >>> cube.size, cube.point(6).tolist(), cube.index([1, -1, -1])
    (8, [1, -1, -1], 6)
    """

    n: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", require_integer("n", self.n, minimum=1))

    @property
    def size(self) -> int:
        """Number of points, 2^n."""
        return 1 << self.n

    def point(self, index: int) -> NDArray[np.int8]:
        """Return the point of this index as an int8 vector of n signs; any n.

        Raises
        ------
        ParameterError
            ``'index' must be at least 0 and at most 2^n-1=7, not 8.``
        """
        index = require_integer("index", index, minimum=0)
        if index >> self.n:
            # Python refuses to print integers of more than 4300 digits.
            rest = f"={self.size - 1}, not {index}" if index.bit_length() < 1000 else f" with n={self.n}"
            raise ParameterError(f"'index' must be at least 0 and at most 2^n-1{rest}.")
        digits = np.frombuffer(index.to_bytes(-(-self.n // 8), "little"), dtype=np.uint8)
        return _signs(np.unpackbits(digits, count=self.n, bitorder="little"))

    def index(self, point: ArrayLike) -> int:
        """Return the index of one point, given as n signs; any n.

        Raises
        ------
        ParameterError
            ``'point' must have n=3 entries, not shape (2,).`` or ``'point' must hold only +1 and -1, not 0.``
        """
        signs = self._require_signs("point", point, one=True)
        return int.from_bytes(np.packbits(signs < 0, bitorder="little").tobytes(), "little")

    def points(self, indices: ArrayLike) -> NDArray[np.int8]:
        """Return the points of many indices: shape (m,) in, (m, n) int8 out.

        Time and memory O(mn).

        Examples
        --------
        >>> BooleanCube(2).points([0, 1, 2]).tolist()
        [[1, 1], [-1, 1], [1, -1]]
        """
        places = np.ascontiguousarray(self.require_indices(indices), dtype="<i8")
        digits = places.reshape(-1, 1).view(np.uint8)
        return _signs(np.unpackbits(digits, axis=1, count=self.n, bitorder="little"))

    def indices(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return the indices of many points: shape (m, n) of signs in, (m,) int64 out; n <= 62.

        Raises
        ------
        ParameterError
            ``'points' must have shape (m, n) with n=3, not (4, 2).``
        InstanceTooLarge
            ``n=63 has indices beyond 64 bits; the largest n that fits is 62.``
        """
        self._require_index_bits()
        signs = self._require_signs("points", points, one=False)
        digits = np.zeros((signs.shape[0], 8), dtype=np.uint8)
        packed = np.packbits(signs < 0, axis=1, bitorder="little")
        digits[:, :packed.shape[1]] = packed
        return digits.view("<i8").reshape(-1).astype(np.int64, copy=False)

    def all_points(self) -> NDArray[np.int8]:
        """Return every point, in the order of the indices: shape (2^n, n), int8, n*2^n bytes.

        Raises
        ------
        InstanceTooLarge
            Where that is above the memory budget.
        """
        require_memory(self.n, 10 + self.n)
        return self.points(np.arange(self.size, dtype=np.int64))

    def blocks(self, block_size: int = 2**16) -> Iterator[NDArray[np.int64]]:
        """Yield all indices in increasing order, ``block_size`` at a time, so that memory stays constant.

        Examples
        --------
        >>> [block.tolist() for block in BooleanCube(2).blocks(3)]
        [[0, 1, 2], [3]]
        """
        self._require_index_bits()
        step = require_integer("block_size", block_size, minimum=1)
        for start in range(0, self.size, step):
            yield np.arange(start, min(start + step, self.size), dtype=np.int64)

    def window(self, points: ArrayLike, k: int, offset: int) -> NDArray[np.int8]:
        """Return the window ``x^(offset)`` of many points: shape (m, n) in, (m, k) out; any n."""
        offset = require_offset(self.n, k, offset)
        return self._require_signs("points", points, one=False)[:, offset:offset + k]

    def window_indices(self, indices: ArrayLike, k: int, offset: int) -> NDArray[np.int64]:
        """Return the window's own index, in 0 ... 2^k-1, for many points given by index.

        Examples
        --------
        >>> BooleanCube(4).window_indices([0b0110, 0b1000], k=2, offset=1).tolist()
        [3, 0]
        """
        offset = require_offset(self.n, k, offset)
        return (self.require_indices(indices) >> offset) & ((1 << k) - 1)

    def require_indices(self, indices: ArrayLike) -> NDArray[np.int64]:
        """Return ``indices`` as a vector of int64, or raise ParameterError.

        Raises
        ------
        ParameterError
            ``'indices' must be integers, not float64.`` or ``'indices' must lie in 0 ... 2^n-1=7.``
        """
        self._require_index_bits()
        places = np.asarray(indices)
        if places.size and places.dtype.kind not in "iu":
            raise ParameterError(f"'indices' must be integers, not {places.dtype}.")
        if places.ndim != 1:
            raise ParameterError(f"'indices' must be a vector, not of shape {places.shape}.")
        if places.size and (places.min() < 0 or places.max() >= self.size):
            raise ParameterError(f"'indices' must lie in 0 ... 2^n-1={self.size - 1}.")
        return places.astype(np.int64, copy=False)

    def _require_index_bits(self) -> None:
        if self.n > MAXIMUM_INDEX_BITS:
            raise InstanceTooLarge(f"n={self.n} has indices beyond 64 bits; the largest n that fits is "
                                   f"{MAXIMUM_INDEX_BITS}.")

    def _require_signs(self, name: str, value: ArrayLike, one: bool) -> NDArray[Any]:
        signs = np.asarray(value)
        if one and signs.shape != (self.n,):
            raise ParameterError(f"'{name}' must have n={self.n} entries, not shape {signs.shape}.")
        if not one and (signs.ndim != 2 or signs.shape[1] != self.n):
            raise ParameterError(f"'{name}' must have shape (m, n) with n={self.n}, not {signs.shape}.")
        return require_signs(name, signs)


def require_signs(name: str, value: ArrayLike) -> NDArray[np.int8]:
    """Return ``value`` as int8 if every entry is +1 or -1, or raise ParameterError.

    Raises
    ------
    ParameterError
        ``'truth_table' must hold only +1 and -1, not 0.``
    """
    signs = np.asarray(value)
    if signs.dtype.kind not in "iuf":
        raise ParameterError(f"'{name}' must hold only the numbers +1 and -1, not {signs.dtype}.")
    wrong = (signs != 1) & (signs != -1)
    if wrong.any():
        raise ParameterError(f"'{name}' must hold only +1 and -1, not {signs[wrong][0]}.")
    return signs.astype(np.int8, copy=False)


def _signs(bits: NDArray[np.uint8]) -> NDArray[np.int8]:
    signs = bits.view(np.int8)
    np.multiply(signs, -2, out=signs)
    signs += 1
    return signs
