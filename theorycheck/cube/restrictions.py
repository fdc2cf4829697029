"""Fixing some variables, and summing out all but a window."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.conversion import CubeFunction, resolve
from theorycheck.cube.patterns import KPattern
from theorycheck.cube.points import require_offset
from theorycheck.cube.transform import largest_magnitude
from theorycheck.errors import ParameterError, require_integer


@overload
def restriction(f: KPattern, fixed: Mapping[int, int]) -> KPattern: ...


@overload
def restriction(f: BooleanFunction | Sequence[Any] | NDArray[Any], fixed: Mapping[int, int]) -> BooleanFunction: ...


def restriction(f: Any, fixed: Mapping[int, int]) -> BooleanFunction | KPattern:
    """Return f with some variables fixed, as a function of the others.

    Parameters
    ----------
    f : BooleanFunction, KPattern or truth table
        The function; a KPattern stays one (constant, with k=1, where its whole window is fixed).
    fixed : mapping from variable to sign
        0-based variables and the values +1 or -1 they take.  The other variables keep their order.

    Raises
    ------
    ParameterError
        ``'fixed' must leave at least one of n=2 variables free.``, ``'fixed' must give variable 0 the value +1 or -1,
        not 0.``, ``'variable' must be at least 0 and at most n-1=1, not 2.``

    Notes
    -----
    Time and memory: those of the result.  Source: O'Donnell, Analysis of Boolean Functions, Definition 3.18.

    Examples
    --------
    >>> restriction(BooleanFunction.from_truth_table([1, 2, 3, 4]), {1: -1}).values.tolist()
    [3, 4]
    """
    inner, n, offset = resolve(f)
    signs = _require_fixed(fixed, n)
    bits = {variable - offset: (1 - sign) // 2 for variable, sign in signs.items()
            if offset <= variable < offset + inner.n}
    free = [variable for variable in range(inner.n) if variable not in bits]
    # Axis 0 of the reshaped table is the highest variable.
    cube = inner.values.reshape((2,) * inner.n)
    values = np.ascontiguousarray(cube[tuple(bits.get(v, slice(None)) for v in reversed(range(inner.n)))]).reshape(-1)
    if not isinstance(f, KPattern):
        return BooleanFunction(values, inner.denominator)
    if not free:
        return KPattern(n - len(signs), 1, 0, np.repeat(values, 2))
    before = sum(variable < offset for variable in signs)
    return KPattern(n - len(signs), len(free), offset - before, values)


def window_sums(f: CubeFunction, k: int, offset: int) -> NDArray[Any]:
    """Return, for each content z of a window, the sum of f over the 2^(n-k) points x with ``x^(offset) = z``.

    Divided by 2^n they are E[f 1{x^(offset)=z}] under the uniform distribution; other distributions have
    :meth:`~theorycheck.cube.distributions.Distribution.window_expectation`.

    Returns
    -------
    array of shape (2^k,)
        Sums of ``f.values`` (that is, times ``f.denominator``): int64, or float64 for a float function.

    Raises
    ------
    ParameterError
        ``'f' has window sums that may exceed 64 bits.``

    Examples
    --------
    >>> window_sums([1, 2, 3, 4], 1, 0).tolist(), window_sums([1, 2, 3, 4], 1, 1).tolist()
    ([4, 6], [3, 7])
    """
    inner, n, start = resolve(f)
    offset = require_offset(n, k, offset)
    if isinstance(f, KPattern):
        return _pattern_window_sums(f, k, offset)
    if inner.is_exact and largest_magnitude(inner.values) << (n - k) >= 2**63:
        raise ParameterError("'f' has window sums that may exceed 64 bits.")
    kind = np.int64 if inner.is_exact else np.float64
    return inner.values.reshape(-1, 1 << k, 1 << offset).sum(axis=(0, 2), dtype=kind)


def _pattern_window_sums(f: KPattern, k: int, offset: int) -> NDArray[Any]:
    """The variables of either window, in order, make a small cube; the others only multiply."""
    if f.n - k > 62:
        raise ParameterError("'f' has window sums that may exceed 64 bits.")
    used = sorted(set(range(offset, offset + k)) | set(range(f.offset, f.offset + f.k)))
    small = KPattern(len(used), f.k, used.index(f.offset), f.table).truth_table()
    return window_sums(small, k, used.index(offset)) << (f.n - len(used))


def _require_fixed(fixed: Mapping[int, int], n: int) -> dict[int, int]:
    signs = {}
    for variable, sign in fixed.items():
        variable = require_integer("variable", variable, 0, n - 1, "n-1")
        if isinstance(sign, (bool, np.bool_)) or sign not in (1, -1):
            raise ParameterError(f"'fixed' must give variable {variable} the value +1 or -1, not {sign}.")
        signs[variable] = int(sign)
    if len(signs) >= n:
        raise ParameterError(f"'fixed' must leave at least one of n={n} variables free.")
    return signs
