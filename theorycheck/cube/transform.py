"""The Walsh-Hadamard transform: the one public door to the kernel."""
from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from theorycheck.cube.memory import require_memory
from theorycheck.errors import ParameterError, require_integer


def walsh_hadamard_transform(values: ArrayLike, *, out: NDArray[Any] | None = None,
                             threads: int | None = None) -> NDArray[Any]:
    """Return the unnormalised transform ``F(S) = sum over x of values[x] chi_S(x)``.

    Parameters
    ----------
    values : array of shape (2^n,)
        Integers of any width, float32 or float64; entry x is the value at the point of index x.
    out : array of shape (2^n,), optional
        Where to write; ``out=values`` transforms in place.  Its dtype must be the one chosen below, or int64 for
        integers.
    threads : int, optional
        Number of threads; the result does not depend on it.

    Returns
    -------
    array of shape (2^n,)
        Entry S belongs to the subset with bit mask S.  float32 and float64 keep their type; integers give int32 where
        ``2^n * max|values|`` is below 2^31, else int64, and are exact.  Twice the transform is 2^n times the identity.

    Raises
    ------
    ParameterError
        ``'values' must have a power of two of entries, not 15.``, ``'values' must be integers,
        float32 or float64, not bool.``, ``'values' must be finite and have a finite transform.``,
        ``'values' have a transform that may exceed 64 bits.``,
        ``'out' must be int64 to hold the transform, not int32.``
    InstanceTooLarge
        Where the output is above the memory budget.

    Notes
    -----
    Time O(n 2^n); memory: the output, and at most 64 MiB beside it.  Source: O'Donnell, Analysis of Boolean Functions,
    Proposition 1.8, times 2^n.

    Examples
    --------
    >>> walsh_hadamard_transform([1, -1, -1, 1]).tolist()
    [0, 0, 0, 4]
    """
    table = np.asarray(values)
    n = require_dimension("values", table)
    if threads is not None:
        threads = require_integer("threads", threads, minimum=1)
    dtype = _transform_dtype(table, n)
    if out is None:
        require_memory(n, dtype.itemsize)
        out = table.astype(dtype)
    else:
        _require_output(out, table, dtype)
        if out is not values:
            np.copyto(out, table)
    if out.size > 1:
        # Here, so that what needs no transform loads no compiler.
        from theorycheck.kernels.walsh_hadamard import transform_in_place
        transform_in_place(out, threads)
    return out


def require_dimension(name: str, table: NDArray[Any]) -> int:
    """Return n where ``table`` is a vector of 2^n entries, or raise ParameterError."""
    if table.ndim != 1:
        raise ParameterError(f"'{name}' must be a vector, not of shape {table.shape}.")
    if table.size == 0 or table.size & (table.size - 1):
        raise ParameterError(f"'{name}' must have a power of two of entries, not {table.size}.")
    return table.size.bit_length() - 1


def largest_magnitude(table: NDArray[Any]) -> int:
    """Return max|table| of an integer array as a Python integer."""
    return max(int(table.max()), -int(table.min()))


def _transform_dtype(table: NDArray[Any], n: int) -> np.dtype[Any]:
    if table.dtype in (np.float32, np.float64):
        # A NaN or an infinity shows in the extremes, and so does a sum that could overflow.
        largest = max(float(table.max()), -float(table.min()))
        if not largest < float(np.finfo(table.dtype).max) / 2**n:
            raise ParameterError("'values' must be finite and have a finite transform.")
        return table.dtype
    if table.dtype.kind not in "iu":
        raise ParameterError(f"'values' must be integers, float32 or float64, not {table.dtype}.")
    bound = largest_magnitude(table) << n
    if bound < 2**31:
        return np.dtype(np.int32)
    if bound >= 2**63 and _absolute_sum(table) >= 2**63:
        raise ParameterError("'values' have a transform that may exceed 64 bits.")
    return np.dtype(np.int64)


def _absolute_sum(table: NDArray[Any]) -> int:
    """The exact sum of |table|, which bounds every coefficient and every partial sum."""
    magnitude = np.where(table < 0, -(table + 1), table).astype(np.uint64) + (table < 0).astype(np.uint64)
    return (int((magnitude >> np.uint64(32)).sum()) << 32) + int((magnitude & np.uint64(2**32 - 1)).sum())


def _require_output(out: object, table: NDArray[Any], dtype: np.dtype[Any]) -> None:
    if not isinstance(out, np.ndarray) or out.shape != table.shape:
        raise ParameterError(f"'out' must be an array of {table.size} entries.")
    # int64 holds whatever int32 does; floats keep their own type.
    if out.dtype != dtype and not (dtype == np.int32 and out.dtype == np.int64):
        raise ParameterError(f"'out' must be {dtype} to hold the transform, not {out.dtype}.")
    if not (out.flags.c_contiguous and out.flags.writeable and out.dtype.isnative):
        raise ParameterError("'out' must be contiguous, writeable and of native byte order.")
