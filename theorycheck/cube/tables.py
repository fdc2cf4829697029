"""Reading truth tables: integers and fractions stay exact, in the smallest integer type that holds them."""
from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.transform import largest_magnitude, require_dimension
from theorycheck.errors import ParameterError
from theorycheck.rigor.exact import exact_rational

# One bit of int64 is the sign; one more lets f(x) - f(y) be formed.
_LARGEST = 2**62
_LARGEST_EXACT_FLOAT = 2.0**53


def read_table(table: ArrayLike, name: str = "truth_table") -> tuple[NDArray[Any], int]:
    """Return the values as a numeric array and their common denominator."""
    if not isinstance(table, np.ndarray):
        if isinstance(table, str):
            raise ParameterError(f"'{name}' must be a sequence of numbers, not text.")
        entries = list(table) if isinstance(table, Iterable) else table
        if isinstance(entries, list) and any(isinstance(entry, (bool, np.bool_)) for entry in entries):
            raise ParameterError(f"'{name}' must hold numbers, not booleans: write +1 and -1.")
        try:
            table = np.asarray(entries)
        except ValueError:
            raise ParameterError(f"'{name}' must be a vector of numbers.") from None
    if table.dtype.kind != "O" or table.ndim != 1:
        return table, 1
    numerators, denominator = common_denominator([exact_rational(entry, name) for entry in table])
    if any(abs(value) >= _LARGEST for value in numerators):
        raise ParameterError(f"'{name}' must have numerators below 2^62 in magnitude.")
    return np.array(numerators, dtype=np.int64), denominator


def canonical_table(table: ArrayLike, denominator: int) -> tuple[NDArray[Any], int]:
    """Return a read-only vector of 2^n values, n >= 1, and its denominator in lowest terms."""
    values = np.asarray(table)
    if values.dtype.kind == "b":
        raise ParameterError("'truth_table' must hold numbers, not booleans: write +1 and -1.")
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise ParameterError(f"'truth_table' must hold integers, fractions or float64, not {values.dtype}.")
    if require_dimension("truth_table", values) == 0:
        raise ParameterError("'truth_table' must have at least 2 entries, not 1.")
    if values.dtype.kind == "f":
        values = _read_floats(values)
    if values.dtype.kind == "f":
        if denominator != 1:
            raise ParameterError("'denominator' must be 1 for floats.")
    else:
        if largest_magnitude(values) >= _LARGEST:
            raise ParameterError("'truth_table' must stay below 2^62 in magnitude.")
        if denominator != 1:
            divisor = math.gcd(int(np.gcd.reduce(values)), denominator)
            values, denominator = values // divisor, denominator // divisor
        values = values.astype(smallest_integer_type(values), copy=False)
    if values.flags.writeable or values.base is not None:
        values = values.copy()
        values.flags.writeable = False
    return values, denominator


def smallest_integer_type(values: NDArray[Any]) -> np.dtype[Any]:
    """Return the narrowest signed integer type that holds every entry."""
    low, high = int(values.min()), int(values.max())
    return next(np.dtype(kind) for kind in (np.int8, np.int16, np.int32, np.int64)
                if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)


def common_denominator(values: list[Fraction]) -> tuple[list[int], int]:
    """Return integer numerators over the least common denominator."""
    denominator = math.lcm(*(value.denominator for value in values))
    return [value.numerator * (denominator // value.denominator) for value in values], denominator


def require_sequence(name: str, value: Any) -> list[Any]:
    """Return the entries of a sequence that is not text and not empty, or raise ParameterError."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ParameterError(f"'{name}' must be a sequence, not {value!r}.")
    entries = list(value)
    if not entries:
        raise ParameterError(f"'{name}' must have at least one entry.")
    return entries


def _read_floats(values: NDArray[Any]) -> NDArray[Any]:
    finite = np.isfinite(values)
    if not finite.all():
        index = int(np.argmin(finite))
        raise ParameterError(f"'truth_table' must hold finite numbers, not {values[index]} (index {index}).")
    if (values == np.rint(values)).all() and np.abs(values).max() <= _LARGEST_EXACT_FLOAT:
        return values.astype(np.int64)
    # Adding zero turns -0.0 into 0.0, so that equal functions hash alike.
    return values.astype(np.float64) + 0.0
