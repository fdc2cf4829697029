"""Arrays of exact rationals as integers over one common denominator."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any

import numpy as np
from flint import arb, ctx, fmpq, fmpz_mat

from theorycheck.errors import ParameterError, require_integer
from theorycheck.rigor import Real, exact_rational

_INT64 = 2**63
# Sizes 2^±500 that float64 still squares; beyond them numbers are scaled before they are rounded.
_EXPONENT_RANGE = 500


@dataclass(frozen=True, eq=False)
class RationalArray:
    """``numerators / denominator``, exactly.

    Parameters
    ----------
    numerators : ndarray of integers
        Held as int64, or as Python integers where those do not fit; a read-only view where nothing is converted.
    denominator : int
        At least 1; not necessarily in lowest terms.

    Raises
    ------
    ParameterError
        ``'numerators' must be integers, not float64.``

    Examples
    --------
    >>> half = RationalArray(np.array([1, 2, 3]), 2)
    >>> half[1], half.to_float64().tolist()
    (Fraction(1, 1), [0.5, 1.0, 1.5])
    """

    numerators: np.ndarray
    denominator: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "denominator", require_integer("denominator", self.denominator, minimum=1))
        object.__setattr__(self, "numerators", read_only(wide_integers(self.numerators, "numerators")))

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

    def to_scaled_float64(self) -> tuple[np.ndarray, int]:
        """Return A and e such that the rationals are about A·2^e, the largest |A| near 1, however large or small.

        Examples
        --------
        >>> scaled, exponent = RationalArray(np.array([10**400, 0], dtype=object), 1).to_scaled_float64()
        >>> bool(0.5 <= scaled[0] <= 2), exponent
        (True, 1328)
        """
        exponent = largest_magnitude(self.numerators).bit_length() - self.denominator.bit_length()
        if abs(exponent) <= _EXPONENT_RANGE:
            return np.ldexp(self.to_float64(), -exponent), exponent
        numerators = scaled_integers(self.numerators, 1 << max(0, -exponent))
        return RationalArray(numerators, self.denominator << max(0, exponent)).to_float64(), exponent

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
        return _dyadic_array(require_floats(values, name))
    entries, shape = exact_entries(values, name)
    common = lcm(*(entry.denominator for entry in entries))
    return RationalArray(integer_array([e.numerator * (common // e.denominator) for e in entries], shape), common)


def read_only(array: np.ndarray) -> np.ndarray:
    """Return a view that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view


def wide_integers(values: Any, name: str) -> np.ndarray:
    """Return integers as they are in int64 or as Python integers; narrower ones, which could overflow, widened."""
    array = np.asarray(values)
    if array.dtype == object or array.dtype == np.int64:
        return array
    if array.dtype.kind not in "iu":
        raise ParameterError(f"'{name}' must be integers, not {array.dtype}.")
    return array.astype(object if largest_magnitude(array) >= _INT64 else np.int64)


def require_floats(values: np.ndarray, name: str) -> np.ndarray:
    """Return an array of floats as float64 if that changes no number and all are finite, or raise ParameterError.

    Raises
    ------
    ParameterError
        ``'filters' must be finite, not nan.`` and ``'filters' must be at most float64, not longdouble.``
    """
    if values.dtype.itemsize > 8:
        raise ParameterError(f"'{name}' must be at most float64, not longdouble.")
    if not np.isfinite(values).all():
        raise ParameterError(f"'{name}' must be finite, not {values[~np.isfinite(values)][0]}.")
    return values.astype(np.float64, copy=False)


def _dyadic_array(values: np.ndarray) -> RationalArray:
    """float64 numbers as integers over a power of two."""
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
        # Fraction of a float is the dyadic number itself.
        return [Fraction(entry) for entry in require_floats(values, name).ravel().tolist()], values.shape
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


def total_of(terms: Sequence[Real]) -> Real:
    """Return the sum: exact if all terms are, else one recipe, which nests no deeper than the deepest term.

    Examples
    --------
    >>> total_of([Real(Fraction(1, 2)), Real(1)]).exact
    Fraction(3, 2)
    """
    exact = [term.exact for term in terms if term.exact is not None]
    if len(exact) == len(terms):
        return Real(sum(exact, Fraction(0)))
    return Real(lambda: sum((term.enclose(ctx.prec) for term in terms), arb(0)))


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
