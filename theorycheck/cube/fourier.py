"""The Fourier expansion.

With ``f^(S) = E[f chi_S]`` under the uniform distribution, ``f = sum over S of f^(S) chi_S``.  A function with integer
values over a common denominator has exact answers, as Fractions or as integers; a float64 function has floats, to look
at.  Functions may be given as a BooleanFunction, as a KPattern (whose window alone is transformed, whatever n), or as a
truth table.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from theorycheck.cube.boolean_function import BooleanFunction
from theorycheck.cube.characters import require_subset
from theorycheck.cube.conversion import CubeFunction, as_boolean_function, require_exact, resolve
from theorycheck.cube.memory import require_memory
from theorycheck.cube.tables import read_table
from theorycheck.cube.transform import largest_magnitude, walsh_hadamard_transform
from theorycheck.errors import ParameterError, require_integer


def fourier_coefficients(f: CubeFunction, threads: int | None = None) -> NDArray[np.float64]:
    """Return all Fourier coefficients ``E[f chi_S]`` as floats, in the order of the bit masks.

    Parameters
    ----------
    f : BooleanFunction, KPattern or array of shape (2^n,)
        The function.
    threads : int, optional
        Number of threads of the transform; the result does not depend on it.

    Returns
    -------
    float64 array of shape (2^n,)
        Normalised (a mean, not a sum), with :func:`coefficient_error_bound` as error; no error for sign-valued f.  For
        exact numbers take :func:`integer_spectrum`, :func:`fourier_coefficient` or :func:`fourier_expansion`.

    Raises
    ------
    InstanceTooLarge
        Where 16*2^n bytes are above the memory budget.

    Notes
    -----
    Time O(n 2^n).  Source: O'Donnell, Analysis of Boolean Functions, Proposition 1.8.

    Examples
    --------
    >>> fourier_coefficients([1, 1, 1, -1]).tolist()
    [0.5, 0.5, 0.5, -0.5]
    """
    table = as_boolean_function(f)
    require_memory(table.n, 16)
    spectrum = walsh_hadamard_transform(table.values, threads=threads)
    scaled = spectrum if spectrum.dtype == np.float64 else spectrum.astype(np.float64)
    scaled *= float(Fraction(1, table.denominator << table.n))
    return scaled


def coefficient_error_bound(f: CubeFunction) -> Fraction:
    """Return a bound on the absolute error of every entry of :func:`fourier_coefficients`.

    Sums by doubling have depth n, so that each coefficient of a float function errs by at most
    ``n u / (1 - n u) * E|f|`` with u = 2^-53 (underflow apart); an exact function's coefficients are merely rounded.

    Examples
    --------
    >>> coefficient_error_bound([1, -1]), 0 < coefficient_error_bound([0.1, 0.7]) < 1e-15
    (Fraction(0, 1), True)
    """
    table = as_boolean_function(f)
    largest = Fraction(largest_magnitude(table.values) if table.is_exact else float(np.abs(table.values).max()))
    if not table.is_exact:
        # E|f| <= max|f| spares a rounding of its own; one more ulp covers the division.
        return Fraction(table.n + 1, 2**53 - table.n - 1) * largest
    power_of_two = table.denominator & (table.denominator - 1) == 0
    if power_of_two and largest * 2**table.n <= 2**53:
        return Fraction(0)
    # Three roundings: of the integer, of 1/denominator, of their product.
    return 4 * largest / table.denominator / 2**53


def integer_spectrum(f: CubeFunction, threads: int | None = None) -> tuple[NDArray[Any], int]:
    """Return the exact spectrum as integers over one denominator.

    Returns
    -------
    numerators : int32 or int64 array of shape (2^n,)
        Entry S is ``denominator * f^(S)``.
    denominator : int
        2^n times that of f's values.

    Raises
    ------
    ParameterError
        ``'f' must have integer or rational values: with floats no coefficient is known to be 0.``

    Examples
    --------
    >>> numerators, denominator = integer_spectrum([1, 1, 1, -1])
    >>> numerators.tolist(), denominator
    ([2, 2, 2, -2], 4)
    """
    table = require_exact(as_boolean_function(f))
    return walsh_hadamard_transform(table.values, threads=threads), table.denominator << table.n


def fourier_coefficient(f: CubeFunction, subset: int) -> Fraction | float:
    """Return the one coefficient ``E[f chi_S]``: exact where f is; O(2^n) time, for a KPattern O(2^k).

    Examples
    --------
    >>> fourier_coefficient([1, 1, 1, -1], 0b11)
    Fraction(-1, 2)
    """
    inner, n, offset = resolve(f)
    subset = require_subset(subset, n)
    mask = subset >> offset
    if mask << offset != subset or mask >> inner.n:
        return Fraction(0)
    # Folding one variable at a time: the sum of the two halves, or their difference where the variable is in S.
    kind: Any = np.float64
    if inner.is_exact:
        kind = np.int64 if largest_magnitude(inner.values) << inner.n < 2**63 else object
    folded: Any = inner.values.astype(kind)
    for variable in reversed(range(inner.n)):
        plus, minus = folded[:1 << variable], folded[1 << variable:]
        folded = plus - minus if mask >> variable & 1 else plus + minus
    if not inner.is_exact:
        return float(folded[0]) / 2**inner.n
    return Fraction(int(folded[0]), inner.denominator << inner.n)


def fourier_expansion(f: CubeFunction) -> dict[int, Fraction]:
    """Return the nonzero coefficients by bit mask, in increasing order, exactly.

    Examples
    --------
    >>> fourier_expansion([1, -1, -1, 1])
    {3: Fraction(1, 1)}
    """
    inner, _, offset = resolve(f)
    numerators, denominator = integer_spectrum(inner)
    return {int(mask) << offset: Fraction(int(numerators[mask]), denominator) for mask in np.flatnonzero(numerators)}


def inverse_fourier_transform(coefficients: Sequence[Any] | NDArray[Any], denominator: int = 1) -> BooleanFunction:
    """Return the function with Fourier coefficients ``coefficients[S] / denominator``, S in the order of the bit masks.

    Integer coefficients give an exact function: it undoes :func:`integer_spectrum`.  Floats give floats.

    Examples
    --------
    >>> inverse_fourier_transform([2, 2, 2, -2], 4).values.tolist()
    [1, 1, 1, -1]
    """
    given, common = read_table(coefficients, "coefficients")
    denominator = common * require_integer("denominator", denominator, minimum=1)
    if given.dtype.kind != "f":
        return BooleanFunction(walsh_hadamard_transform(given), denominator)
    return BooleanFunction(walsh_hadamard_transform(given.astype(np.float64)) / denominator)


def fourier_support(f: CubeFunction) -> tuple[int, ...]:
    """Return the bit masks of the nonzero coefficients, in increasing order; exact functions only.

    Examples
    --------
    >>> fourier_support([1, -1, -1, 1])
    (3,)
    """
    inner, _, offset = resolve(f)
    return tuple(int(mask) << offset for mask in np.flatnonzero(integer_spectrum(inner)[0]))


def sparsity(f: CubeFunction) -> int:
    """Return the number of nonzero coefficients; exact functions only."""
    return int(np.count_nonzero(integer_spectrum(resolve(f)[0])[0]))


def inner_product(f: CubeFunction, g: CubeFunction) -> Fraction | float:
    """Return ``E[f g]`` under the uniform distribution: by Plancherel the sum of ``f^(S) g^(S)``.

    Raises
    ------
    ParameterError
        ``'g' must have the dimension n=2 of 'f', not 3.``

    Examples
    --------
    >>> inner_product([1, 1, 1, -1], [1, -1, 1, -1])
    Fraction(1, 2)
    """
    left, right = as_boolean_function(f), as_boolean_function(g)
    if left.n != right.n:
        raise ParameterError(f"'g' must have the dimension n={left.n} of 'f', not {right.n}.")
    exact = left.is_exact and right.is_exact
    bound = largest_magnitude(left.values) * largest_magnitude(right.values) if exact else 0
    kind: Any = np.float64 if not exact else np.int64 if bound << 16 < 2**63 else object
    total: Any = 0
    for block in left.cube.blocks():
        part = slice(int(block[0]), int(block[-1]) + 1)
        total += np.dot(left.values[part].astype(kind), right.values[part].astype(kind)).item() if kind is not object \
            else sum(a * b for a, b in zip(left.values[part].tolist(), right.values[part].tolist()))
    if not exact:
        return float(total) / (2.0**left.n * left.denominator * right.denominator)
    return Fraction(total, left.denominator * right.denominator << left.n)
