"""Real-valued functions on the cube, held as truth tables that stay exact where the values are."""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import BooleanCube
from theorycheck.cube.tables import canonical_table, common_denominator, read_table
from theorycheck.cube.transform import walsh_hadamard_transform
from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor.exact import exact_rational

if TYPE_CHECKING:
    from theorycheck.cube.patterns import KPattern


@dataclass(frozen=True, eq=False, repr=False)
class BooleanFunction:
    """A function f: {+1, -1}^n -> R, given by ``f(x) = values[index of x] / denominator``.

    Build one with :meth:`from_truth_table`, :meth:`from_callable`, :meth:`from_fourier` or :meth:`from_pattern`, or
    with the named functions of :mod:`theorycheck.cube.functions`.

    Parameters
    ----------
    values : array of shape (2^n,), n >= 1
        Integers are kept in the smallest of int8 ... int64 and make every quantity of the function exact; they must
        stay below 2^62.  float64 otherwise (integer-valued floats up to 2^53 are read as integers).  Held read-only.
    denominator : int
        Common denominator of the values, at least 1; floats have 1.
    tie_count : int
        At how many points a tie rule decided the value (majority, linear threshold).

    Raises
    ------
    ParameterError
        ``'truth_table' must have a power of two of entries, not 15.``, ``'truth_table' must hold finite numbers, not
        nan (index 3).``, ``'truth_table' must hold numbers, not booleans: write +1 and -1.``

    Examples
    --------
    >>> f = BooleanFunction.from_truth_table([1, 1, 1, -1])
    >>> f.n, f([-1, -1]), f.mean
    (2, -1, Fraction(1, 2))
    """

    values: NDArray[Any]
    denominator: int = 1
    tie_count: int = 0

    def __post_init__(self) -> None:
        denominator = require_integer("denominator", self.denominator, minimum=1)
        values, denominator = canonical_table(self.values, denominator)
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "denominator", denominator)
        object.__setattr__(self, "tie_count", require_integer("tie_count", self.tie_count, minimum=0))

    @classmethod
    def from_truth_table(cls, table: ArrayLike, n: int | None = None) -> BooleanFunction:
        """Return the function with these values, in the order of the points' indices.

        Integers and Fractions stay exact.  ``n``, where given, is checked against the length.

        Raises
        ------
        ParameterError
            ``'truth_table' must have 2^n=16 values, not 15.``

        Examples
        --------
        >>> BooleanFunction.from_truth_table([Fraction(1, 2), 0], n=1).denominator
        2
        """
        values, denominator = read_table(table)
        if n is not None:
            n = require_integer("n", n, minimum=1)
            if values.ndim == 1 and (n > 62 or values.size != 1 << n):
                raise ParameterError(f"'truth_table' must have 2^n={1 << n if n <= 62 else f'2^{n}'} values, not "
                                     f"{values.size}.")
        return cls(values, denominator)

    @classmethod
    def from_callable(cls, n: int, function: Callable[[NDArray[np.int8]], Any],
                      vectorised: bool = True) -> BooleanFunction:
        """Return the function computed by ``function`` at all 2^n points, evaluated in blocks.

        Parameters
        ----------
        n : int
            Dimension.
        function : callable
            Takes points as an (m, n) array of signs and returns m values; with ``vectorised=False`` takes one point of
            n signs and returns one value (int, float or Fraction).
        vectorised : bool
            Which of the two.

        Raises
        ------
        ParameterError
            ``'function' must return shape (m,)=(4,), not (4, 1).``
        InstanceTooLarge
            Where 8*2^n bytes are above the memory budget.

        Examples
        --------
        >>> BooleanFunction.from_callable(2, lambda x: x[:, 0] * x[:, 1]).values.tolist()
        [1, -1, -1, 1]
        """
        cube = BooleanCube(n)
        require_memory(cube.n, 8 if vectorised else 40)
        if not vectorised:
            return cls.from_truth_table([function(x) for block in cube.blocks() for x in cube.points(block)])
        parts = []
        for block in cube.blocks():
            part = np.asarray(function(cube.points(block)))
            if part.shape != block.shape:
                raise ParameterError(f"'function' must return shape (m,)={block.shape}, not {part.shape}.")
            parts.append(part)
        if len({part.dtype.kind == "O" for part in parts}) == 1:
            return cls.from_truth_table(np.concatenate(parts))
        return cls.from_truth_table([value for part in parts for value in part.tolist()])

    @classmethod
    def from_fourier(cls, n: int, coefficients: Mapping[int, Any]) -> BooleanFunction:
        """Return ``sum over S of coefficients[S] chi_S``, exactly.

        Parameters
        ----------
        n : int
            Dimension.
        coefficients : mapping from bit mask to rational
            int, Fraction, text or float, the last read as its shortest decimal; masks that are missing have 0.

        Raises
        ------
        ParameterError
            ``'subset' must be at least 0 and at most 2^n-1=3, not 4.``

        Examples
        --------
        >>> half = Fraction(1, 2)
        >>> BooleanFunction.from_fourier(2, {0: half, 1: half, 2: half, 3: -half}).values.tolist()
        [1, 1, 1, -1]
        """
        n = require_integer("n", n, minimum=1)
        require_memory(n, 16)
        masks = [require_integer("subset", mask, 0, (1 << n) - 1, "2^n-1") for mask in coefficients]
        numerators, denominator = common_denominator(
            [exact_rational(value, "coefficient") for value in coefficients.values()])
        if sum(abs(value) for value in numerators) >= 2**62:
            raise ParameterError("'coefficients' must have numerators whose sum stays below 2^62.")
        spectrum = np.zeros(1 << n, dtype=np.int64)
        spectrum[masks] = numerators
        return cls(walsh_hadamard_transform(spectrum), denominator)

    @classmethod
    def from_pattern(cls, pattern: KPattern) -> BooleanFunction:
        """Return the truth table of a k-pattern; 2^n bytes."""
        return pattern.truth_table()

    @property
    def n(self) -> int:
        """Dimension of the cube."""
        return self.values.size.bit_length() - 1

    @property
    def cube(self) -> BooleanCube:
        """The cube the function lives on."""
        return BooleanCube(self.n)

    @property
    def is_exact(self) -> bool:
        """Whether the values are integers over the common denominator, rather than floats."""
        return self.values.dtype.kind == "i"

    @cached_property
    def is_sign_valued(self) -> bool:
        """Whether every value is +1 or -1."""
        return self.denominator == 1 and self.values.dtype == np.int8 and bool((np.abs(self.values) == 1).all())

    @cached_property
    def mean(self) -> Fraction | float:
        """E f under the uniform distribution, exact where the function is."""
        if not self.is_exact:
            return math.fsum(self.values) / self.values.size
        half = 2**31
        high = int((self.values // half).sum(dtype=np.int64)) if self.values.dtype == np.int64 else 0
        low = self.values % half if self.values.dtype == np.int64 else self.values
        return Fraction(high * half + int(low.sum(dtype=np.int64)), self.denominator << self.n)

    def value_at(self, index: int) -> int | Fraction | float:
        """Return f at the point of this index.

        Examples
        --------
        >>> BooleanFunction.from_fourier(1, {1: "1/3"}).value_at(1)
        Fraction(-1, 3)
        """
        index = require_integer("index", index, 0, self.values.size - 1, "2^n-1")
        value = self.values[index].item()
        return value if self.denominator == 1 else Fraction(value, self.denominator)

    def __call__(self, point: ArrayLike) -> int | Fraction | float:
        """Return f at one point, given as n signs."""
        return self.value_at(self.cube.index(point))

    def evaluate(self, points: ArrayLike) -> NDArray[Any]:
        """Return ``denominator * f`` at many points, shape (m, n) in and (m,) out, in the dtype of ``values``."""
        return self.values[self.cube.indices(points)]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BooleanFunction):
            return NotImplemented
        return self.denominator == other.denominator and np.array_equal(self.values, other.values)

    def __hash__(self) -> int:
        return hash((self.denominator, self.values.tobytes()))

    def __repr__(self) -> str:
        over = "" if self.denominator == 1 else f", denominator={self.denominator}"
        if self.n <= 4:
            return f"BooleanFunction({self.values.tolist()}{over})"
        return f"BooleanFunction(n={self.n}, {self.values.dtype}, in [{self.values.min()}, {self.values.max()}]{over})"
