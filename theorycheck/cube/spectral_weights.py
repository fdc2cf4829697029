"""Level weights, and what follows from them: degree and noise stability."""
from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.conversion import CubeFunction, require_exact, resolve
from theorycheck.cube.transform import largest_magnitude, walsh_hadamard_transform
from theorycheck.errors import ParameterError, require_integer
from theorycheck.kernels.fourier import level_sums, wide_level_sums
from theorycheck.rigor.exact import exact_rational


def level_weights(f: CubeFunction, threads: int | None = None) -> tuple[Fraction, ...] | tuple[float, ...]:
    """Return the weights ``W^{=m}[f]``, the sum of ``f^(S)^2`` over |S| = m, for m = 0 ... n.

    Returns
    -------
    tuple of n+1 Fractions
        Exact, whatever the size of the values; floats for a float function.  They add up to ``E f^2`` (Parseval).

    Notes
    -----
    One transform and one pass over it: time O(n 2^n), memory that of the transform.  Source: O'Donnell, Analysis of
    Boolean Functions, Definition 1.18 and Section 1.4.

    Examples
    --------
    >>> level_weights([1, 1, 1, -1])
    (Fraction(1, 4), Fraction(1, 2), Fraction(1, 4))
    """
    inner, n, _ = resolve(f)
    weights = _local_level_weights(inner, threads)
    return weights + (Fraction(0),) * (n - inner.n)


def level_weight(f: CubeFunction, level: int) -> Fraction | float:
    """Return ``W^{=level}[f]``; see :func:`level_weights`.

    Examples
    --------
    >>> level_weight([1, 1, 1, -1], 1)
    Fraction(1, 2)
    """
    inner, n, _ = resolve(f)
    level = require_integer("level", level, 0, n, "n")
    return _local_level_weights(inner)[level] if level <= inner.n else Fraction(0)


def _local_level_weights(f: BooleanFunction, threads: int | None = None) -> tuple[Any, ...]:
    spectrum = walsh_hadamard_transform(f.values, threads=threads)
    if not f.is_exact:
        float_sums = np.zeros(f.n + 1)
        level_sums(spectrum, float_sums)
        return tuple((float_sums / 4.0**f.n).tolist())
    # Parseval: the squares add up to 2^n sum f^2 <= 4^n max f^2, which says whether int64 holds them.
    if largest_magnitude(f.values)**2 << (2 * f.n) < 2**63:
        sums = np.zeros(f.n + 1, dtype=np.int64)
        level_sums(spectrum, sums)
        totals = sums.tolist()
    else:
        limbs = np.zeros((f.n + 1, 4), dtype=np.uint64)
        wide_level_sums(spectrum, limbs)
        totals = [sum(limb << (32 * place) for place, limb in enumerate(row)) for row in limbs.tolist()]
    return tuple(Fraction(total, (f.denominator << f.n)**2) for total in totals)


def noise_stability(f: CubeFunction, correlation: Any) -> Fraction | float:
    """Return ``Stab_rho[f] = E[f(x) f(y)] = sum over m of rho^m W^{=m}[f]`` for rho-correlated x and y.

    Parameters
    ----------
    f : BooleanFunction, KPattern or truth table
        The function.
    correlation : rational
        rho in [-1, 1]; decimals are read exactly.

    Raises
    ------
    ParameterError
        ``'correlation' must be at least -1 and at most 1, not 2.``

    Notes
    -----
    Source: O'Donnell, Analysis of Boolean Functions, Definition 2.42 and Theorem 2.49.

    Examples
    --------
    >>> noise_stability([1, -1, -1, 1], "0.5")
    Fraction(1, 4)
    """
    rho = exact_rational(correlation, "correlation")
    if abs(rho) > 1:
        raise ParameterError(f"'correlation' must be at least -1 and at most 1, not {rho}.")
    inner, _, _ = resolve(f)
    weights = _local_level_weights(inner)
    if inner.is_exact:
        return sum((rho**level * weight for level, weight in enumerate(weights)), Fraction(0))
    return float(sum(float(rho)**level * weight for level, weight in enumerate(weights)))


def degree(f: CubeFunction) -> int:
    """Return the largest level with a nonzero coefficient, 0 for the zero function; exact functions only.

    Examples
    --------
    >>> degree([1, -1, -1, 1]), degree([1, 1, -1, -1])
    (2, 1)
    """
    weights = _local_level_weights(require_exact(resolve(f)[0]))
    return max((level for level, weight in enumerate(weights) if weight), default=0)
