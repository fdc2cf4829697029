"""Level weights of tables on the cube: exact for rationals of any length, enclosed for float64 with a known error.

A float64 transform errs little in the mean square: each of its n rounds of additions changes the table by at most
u = 2^-53 of its norm, and the rounds keep norms, so the computed spectrum is within ((1+u)^n - 1)‖f‖ of the exact one.
The root of a level weight is a norm, and so it is wrong by at most that and the table's own error.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import frexp, isfinite, ldexp
from typing import TypeAlias

import numpy as np
from flint import arb
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.characters import levels as subset_levels
from theorycheck.cube.memory import require_memory
from theorycheck.cube.spectral_weights import level_weights
from theorycheck.cube.transform import require_dimension, walsh_hadamard_transform
from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer
from theorycheck.gradients.exact_blocks import exact_dot
from theorycheck.gradients.neuron_rounding import gamma
from theorycheck.networks.evaluation import PYTHON_INTEGER_LIMIT
from theorycheck.networks.rationals import RationalArray, largest_magnitude
from theorycheck.rigor import Real

_LEAST_WIDE = 2**62
_UNDERFLOW = 2.0**-500


@dataclass(frozen=True, eq=False)
class FloatTable:
    """A function on the cube, known in float64.

    Parameters
    ----------
    values : float64 array (2^n,)
    error : float
        Bound on the root of the mean squared difference between ``values`` and the function.
    """

    values: NDArray[np.float64]
    error: float


CubeTable: TypeAlias = "RationalArray | FloatTable"


def exact_spectrum(table: RationalArray, threads: int | None = None) -> RationalArray:
    """Return every Fourier coefficient E[f χ_S] of a table of rationals, in the order of the bit masks.

    Parameters
    ----------
    table : RationalArray (2^n,)
    threads : int, optional

    Raises
    ------
    ParameterError
        ``'values' must have a power of two of entries, not 15.``
    InstanceTooLarge
        Above the memory budget, or beyond 64 bits above 2^22 entries.

    Notes
    -----
    O(n 2^n), at the speed of memory where the sums fit 64 bits, else about n·2^n/10^7 seconds.

    Examples
    --------
    >>> exact_spectrum(RationalArray(np.array([1, 1, 1, -1]), 2)).fractions()
    [Fraction(1, 4), Fraction(1, 4), Fraction(1, 4), Fraction(-1, 4)]
    """
    n = require_dimension("values", table.numerators)
    if _is_narrow(table, n):
        return RationalArray(walsh_hadamard_transform(table.numerators, threads=threads).astype(np.int64),
                             table.denominator << n)
    _require_few(n)
    spectrum = table.numerators.astype(object)
    for variable in range(n):
        pairs = spectrum.reshape(-1, 2, 1 << variable)
        plus, minus = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        spectrum = np.stack([plus, minus], axis=1).ravel()
    return RationalArray(spectrum, table.denominator << n)


def table_level_weights(table: CubeTable, levels: Iterable[int], threads: int | None = None) -> dict[int, Real]:
    """Return W^{=m}, the sum of squared Fourier coefficients over the subsets of m variables, for some levels m.

    Parameters
    ----------
    table : RationalArray or FloatTable, 2^n entries
    levels : iterable of int
        Levels outside 0 … n have weight 0.
    threads : int, optional

    Returns
    -------
    dict of int to Real
        Exact for rationals; an enclosure for a float table, whose lower end may be 0.

    Examples
    --------
    >>> table_level_weights(RationalArray(np.array([1, 1, 1, -1]), 1), (1, 2, 3))
    {1: Real(1/2), 2: Real(1/4), 3: Real(0)}
    """
    wanted = [require_integer("levels", level) for level in levels]
    if isinstance(table, FloatTable):
        return _enclosed_weights(table, wanted, threads)
    n = require_dimension("values", table.numerators)
    inside = [level for level in wanted if 0 <= level <= n]
    found = dict.fromkeys(wanted, Real(0))
    if not inside:
        return found
    if n and _is_narrow(table, n):
        weights = level_weights(BooleanFunction(table.numerators, table.denominator), threads)
        return {**found, **{level: Real(Fraction(weights[level])) for level in inside}}
    spectrum = exact_spectrum(table, threads)
    sizes = subset_levels(n) if n else np.zeros(1, dtype=np.uint8)
    for level in inside:
        entries = spectrum.numerators[sizes == level].tolist()
        found[level] = Real(Fraction(sum(entry * entry for entry in entries), spectrum.denominator**2))
    return found


def mean_square(table: CubeTable) -> Real:
    """Return E f², exact or enclosed.

    Examples
    --------
    >>> mean_square(RationalArray(np.array([1, 2]), 1))
    Real(5/2)
    """
    if isinstance(table, RationalArray):
        return Real(Fraction(exact_dot(table.numerators, table.numerators),
                             table.denominator**2 * table.numerators.size))
    values, exponent, error = _scaled(table)
    # Pairwise or one after the other: at most 2^n roundings in a sum of 2^n terms.
    return _squared(float(np.mean(values**2)), gamma(values.size + 8), error, exponent)


def _enclosed_weights(table: FloatTable, levels: list[int], threads: int | None) -> dict[int, Real]:
    from theorycheck.kernels.fourier import level_sums
    n = require_dimension("values", table.values)
    require_memory(n, 24)
    values, exponent, error = _scaled(table)
    norm = float(np.sqrt(np.mean(values**2))) * (1 + gamma(values.size + 8))
    sums = np.zeros(n + 1)
    level_sums(walsh_hadamard_transform(values, threads=threads), sums)
    # Squares are added over blocks of 2^8 masks, place by place, and then over the places of each level.
    relative = gamma((1 << max(0, n - 8)) + 256 * (n + 1))
    return {level: _squared(float(sums[level]) / 4.0**n, relative, error + gamma(n + 2) * norm, exponent)
            if 0 <= level <= n else Real(0) for level in levels}


def _scaled(table: FloatTable) -> tuple[NDArray[np.float64], int, float]:
    """The table and its error times a power of two, so that its values are at most 1; and the exponent taken away."""
    largest = float(np.abs(table.values).max())
    if not (isfinite(largest) and isfinite(table.error) and table.error >= 0):
        raise ParameterError("'table' must hold finite values, and an error of at least 0.")
    exponent = frexp(max(largest, table.error))[1]
    # What underflows on the way changes no norm by more than this.
    return np.ldexp(table.values, -exponent), exponent, ldexp(table.error, -exponent) + _UNDERFLOW


def _squared(total: float, relative: float, error: float, exponent: int) -> Real:
    """The square of a norm whose computed square errs by a factor 1 ± relative, and which itself errs by ``error``."""
    square, wrong, scale = arb(total), arb(error), arb(4)**exponent
    low = (square * (1 - arb(relative))).sqrt() - wrong
    high = (square * (1 + arb(relative))).sqrt() + wrong
    return Real(scale * (low**2 if low > 0 else arb(0)).union(high**2))


def _is_narrow(table: RationalArray, n: int) -> bool:
    return table.numerators.dtype != object and largest_magnitude(table.numerators) << n < _LEAST_WIDE


def _require_few(n: int) -> None:
    if 1 << n > PYTHON_INTEGER_LIMIT:
        raise InstanceTooLarge(f"n={n} has 2^{n} numbers beyond 64 bits; the largest n that fits is "
                               f"{PYTHON_INTEGER_LIMIT.bit_length() - 1}.")
