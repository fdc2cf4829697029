"""Arrays of exact rationals as integers over one common denominator."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from flint import fmpq, fmpz_mat

from theorycheck.errors import ParameterError
from theorycheck.rigor import exact_rational

_INT64 = 2**63


@dataclass(frozen=True, eq=False)
class RationalArray:
    """``numerators / denominator``, exactly.

    Parameters
    ----------
    numerators : ndarray of int64, or of Python integers where those do not fit
    denominator : int
        At least 1; not necessarily in lowest terms.

    Examples
    --------
    >>> half = RationalArray(np.array([1, 2, 3]), 2)
    >>> half[1], half.to_float64().tolist()
    (Fraction(1, 1), [0.5, 1.0, 1.5])
    """

    numerators: np.ndarray
    denominator: int

    def __post_init__(self) -> None:
        if self.denominator < 1:
            raise ParameterError(f"'denominator' must be at least 1, not {self.denominator}.")
        frozen = np.asarray(self.numerators).view()
        frozen.flags.writeable = False
        object.__setattr__(self, "numerators", frozen)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return self.numerators.shape

    def __getitem__(self, index: Any) -> Any:
        """One entry as a Fraction, or a part of the array."""
        part = self.numerators[index]
        return RationalArray(part, self.denominator) if isinstance(part, np.ndarray) else Fraction(
            int(part), self.denominator)

    def fractions(self) -> list[Fraction]:
        """Return the entries in C order as Fractions, made anew."""
        return [Fraction(int(p), self.denominator) for p in self.numerators.ravel().tolist()]

    def to_float64(self) -> np.ndarray:
        """Return the nearest float64 values, to look at."""
        if self.numerators.dtype != object and self.denominator < 2**53 and largest_magnitude(self.numerators) < 2**53:
            return self.numerators / self.denominator
        return np.array([float(value) for value in self.fractions()]).reshape(self.shape)

    def plus(self, other: RationalArray) -> RationalArray:
        """Return the entrywise sum of two arrays of one shape, over the least common denominator of the two."""
        common = lcm(self.denominator, other.denominator)
        left = scaled_integers(self.numerators, common // self.denominator)
        right = scaled_integers(other.numerators, common // other.denominator)
        if largest_magnitude(left) + largest_magnitude(right) >= _INT64:
            left = left.astype(object)
        return RationalArray(left + right, common)

    def equals(self, other: RationalArray) -> bool:
        """Whether the two arrays have the same shape and the same rationals."""
        if self.shape != other.shape:
            return False
        common = gcd(self.denominator, other.denominator)
        left, right = other.denominator // common, self.denominator // common
        return bool(np.all(scaled_integers(self.numerators, left) == scaled_integers(other.numerators, right)))

    def reduced(self) -> RationalArray:
        """Return the same rationals over their least common denominator, in int64 where they fit."""
        common = self.denominator
        for p in self.numerators.ravel().tolist():
            common = gcd(common, p)
            if common == 1:
                break
        return RationalArray(integer_array([p // common for p in self.numerators.ravel().tolist()], self.shape),
                             self.denominator // common)


def rational_array(values: Any, name: str) -> RationalArray:
    """Return ``values`` as integers over their least common denominator.

    Parameters
    ----------
    values : array-like of rationals
        A NumPy array of floats stands for the dyadic numbers that it holds; anything else is read entry by entry as
        :func:`theorycheck.rigor.exact_rational` reads it, a Python float as its shortest decimal.
    name : str
        The argument's name, for the message.

    Raises
    ------
    ParameterError
        ``'filters' must be a finite number, not nan.``

    Examples
    --------
    >>> rational_array([[0.5, "1/3"]], "filters").numerators.tolist()
    [[3, 2]]
    """
    if isinstance(values, RationalArray):
        return values
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.integer):
        return RationalArray(integer_array(values.ravel().tolist(), values.shape), 1)
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.floating):
        return _dyadic_array(values.astype(np.float64, copy=False), name)
    entries, shape = exact_entries(values, name)
    common = lcm(*(entry.denominator for entry in entries))
    return RationalArray(integer_array([e.numerator * (common // e.denominator) for e in entries], shape), common)


def _dyadic_array(values: np.ndarray, name: str) -> RationalArray:
    """float64 numbers as integers over a power of two."""
    if not np.isfinite(values).all():
        raise ParameterError(f"'{name}' must be finite, not {values[~np.isfinite(values)][0]}.")
    fractions, exponents = np.frexp(values)
    mantissas = (fractions * 2.0**53).astype(np.int64)
    zeros = np.bitwise_count((mantissas & -mantissas) - 1).astype(np.int64) * (mantissas != 0)
    mantissas >>= zeros
    powers = np.where(mantissas != 0, exponents.astype(np.int64) - 53 + zeros, 0)
    common = max(0, -int(powers.min())) if values.size else 0
    shifts = powers + common
    if values.size and int(shifts.max()) + 53 >= 63:
        return RationalArray(mantissas.astype(object) << shifts.astype(object), 1 << common)
    return RationalArray(mantissas << shifts, 1 << common)


def exact_entries(values: Any, name: str) -> tuple[list[Fraction], tuple[int, ...]]:
    """Return the entries of ``values`` in C order as Fractions, and its shape."""
    if isinstance(values, np.ndarray) and np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise ParameterError(f"'{name}' must be finite, not {values[~np.isfinite(values)][0]}.")
        # Fraction of a float is the dyadic number itself.
        return [Fraction(entry) for entry in values.ravel().tolist()], values.shape
    array = values if isinstance(values, np.ndarray) else _object_array(values, name)
    return [exact_rational(entry, name) for entry in array.ravel().tolist()], array.shape


def integer_array(entries: Iterable[int], shape: tuple[int, ...]) -> np.ndarray:
    """Return Python integers as an int64 array where all fit, else as an array of Python integers."""
    listed = list(entries)
    fits = all(-_INT64 < entry < _INT64 for entry in listed)
    array = np.array(listed, dtype=np.int64 if fits else object)
    return array.reshape(shape)


def scaled_integers(numerators: np.ndarray, factor: int) -> np.ndarray:
    """Return ``numerators * factor``, in Python integers where int64 might not hold it."""
    if numerators.dtype != object and max(1, largest_magnitude(numerators)) * abs(factor) >= _INT64:
        numerators = numerators.astype(object)
    return numerators * factor


def largest_magnitude(numerators: np.ndarray) -> int:
    """Return the largest absolute value as a Python integer; 0 for an empty array."""
    return max(abs(int(numerators.max())), abs(int(numerators.min()))) if numerators.size else 0


def integer_product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the exact matrix product: int64 where the bound on every partial sum fits, else through FLINT."""
    bound = left.shape[1] * largest_magnitude(left) * largest_magnitude(right)
    if bound < _INT64 and left.dtype != object and right.dtype != object:
        return left @ right
    product = to_flint(left) * to_flint(right)
    return integer_array((int(entry) for entry in product.entries()), (left.shape[0], right.shape[1]))


def to_flint(matrix: np.ndarray) -> fmpz_mat:
    """Return a two-dimensional integer array as FLINT's integer matrix."""
    return fmpz_mat(matrix.shape[0], matrix.shape[1], matrix.ravel().tolist())


def from_flint(value: fmpq) -> Fraction:
    """Return FLINT's rational as a Fraction."""
    return Fraction(int(value.p), int(value.q))


def _object_array(values: Any, name: str) -> np.ndarray:
    refusal = ParameterError(f"'{name}' must be a rectangular array of numbers.")
    try:
        array = np.array(values, dtype=object)
    except ValueError:
        raise refusal from None
    if any(isinstance(entry, (list, tuple, np.ndarray)) for entry in array.ravel().tolist()):
        raise refusal
    return array
