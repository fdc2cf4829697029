"""Influences: how much a function depends on each variable."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.conversion import CubeFunction, resolve
from theorycheck.cube.transform import largest_magnitude
from theorycheck.errors import require_integer
from theorycheck.kernels.boolean_functions import difference_square_sum, wide_difference_square_sum


def influence(f: CubeFunction, variable: int) -> Fraction | float:
    """Return ``Inf_i[f] = E[((f(x^{i=1}) - f(x^{i=-1})) / 2)^2]``, the sum of ``f^(S)^2`` over the S that contain i.

    For a sign-valued f it is the probability that flipping variable i flips f.

    Parameters
    ----------
    f : BooleanFunction, KPattern or truth table
        The function.
    variable : int
        i, 0-based.

    Returns
    -------
    Fraction
        Exact; a float for a float function.

    Raises
    ------
    ParameterError
        ``'variable' must be at least 0 and at most n-1=2, not 3.``

    Notes
    -----
    Time O(2^n) without a transform, no memory; a KPattern costs 2^k.  Source: O'Donnell, Analysis of Boolean Functions,
    Definition 2.17 and Theorem 2.20.

    Examples
    --------
    >>> influence([1, 1, 1, -1], 0)
    Fraction(1, 2)
    """
    inner, n, offset = resolve(f)
    variable = require_integer("variable", variable, 0, n - 1, "n-1") - offset
    return _influence(inner, variable) if 0 <= variable < inner.n else Fraction(0)


def influences(f: CubeFunction) -> tuple[Fraction, ...] | tuple[float, ...]:
    """Return the influences of all n variables; see :func:`influence`.

    Examples
    --------
    >>> influences([1, -1, 1, -1])
    (Fraction(1, 1), Fraction(0, 1))
    """
    inner, n, offset = resolve(f)
    inside: tuple[Any, ...] = tuple(_influence(inner, variable) for variable in range(inner.n))
    return (Fraction(0),) * offset + inside + (Fraction(0),) * (n - offset - inner.n)


def total_influence(f: CubeFunction) -> Fraction | float:
    """Return ``I[f]``, the sum of all influences: the sum over m of ``m W^{=m}[f]``; O(n 2^n).

    Examples
    --------
    >>> total_influence([1, -1, -1, 1])
    Fraction(2, 1)
    """
    inner, _, _ = resolve(f)
    return sum(_influence(inner, variable) for variable in range(inner.n))


def _influence(f: BooleanFunction, variable: int) -> Fraction | float:
    if not f.is_exact:
        return float(difference_square_sum(f.values, variable, 0.0)) / 2.0**(f.n + 1)
    if largest_magnitude(f.values)**2 << (f.n + 1) < 2**63:
        total = int(difference_square_sum(f.values, variable, np.int64(0)))
    else:
        limbs = np.zeros(4, dtype=np.uint64)
        wide_difference_square_sum(f.values, variable, limbs)
        total = sum(limb << (32 * place) for place, limb in enumerate(limbs.tolist()))
    return Fraction(total, f.denominator**2 << (f.n + 1))
