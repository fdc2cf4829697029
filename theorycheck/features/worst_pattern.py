"""The pattern that needs the largest norm: max over all g in {±1}^{2^k} of gᵀMg.

M is the form of :func:`theorycheck.features.separators.minimum_norm_form` (one window) or
:func:`theorycheck.features.all_windows.global_minimum_norm_form` (all windows).
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, arb_mat, ctx, fmpq

from theorycheck.errors import ParameterError
from theorycheck.features.characters import character_matrix
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude, read_only

_LIMB_BITS = 30
# Gray code over 2^(2^k - 1) patterns: 16 points take 0.05 seconds, 32 would take hours.
_ENUMERABLE_SIZE = 16
# Balls multiplied twice to bound an eigenvalue: 128³ take a second.
_EIGENVALUE_SIZE = 128
_EIGENVALUE_BITS = 128


@dataclass(frozen=True, eq=False)
class WorstPattern:
    """The largest gᵀMg over all patterns.

    Parameters
    ----------
    table : ndarray (2^k,) of int8 signs
        A pattern that attains ``lower``.
    lower, upper : Fraction
        Equal where the maximum is exact.
    method : str
        ``"values"`` (M is diagonal), ``"characters"`` (M is diagonal in characters), ``"enumeration"`` or
        ``"interval"``.
    """

    table: np.ndarray
    lower: Fraction
    upper: Fraction
    method: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", read_only(self.table))

    @property
    def is_exact(self) -> bool:
        """Whether the two ends agree."""
        return self.lower == self.upper


def worst_pattern(form: RationalArray, known_upper: Fraction | None = None) -> WorstPattern:
    """Return max over g in {±1}^{2^k} of gᵀMg: exact where possible, else a certified interval.

    Parameters
    ----------
    form : RationalArray (2^k, 2^k)
        Symmetric and positive semidefinite.
    known_upper : Fraction, optional
        A bound on gᵀMg for every pattern, such as the canonical separator's squared norm; used for an interval only.

    Returns
    -------
    WorstPattern
        Exact if M is diagonal (then all patterns agree), if it is diagonal in characters (then the worst is a
        character), or if k ≤ 4 (all 2^{2^k} patterns).  Else the lower end is attained by a pattern found by local
        search, and the upper end is the smaller of Σ|M[z,z']| and 2^k times a certified bound on the largest
        eigenvalue.

    Raises
    ------
    ParameterError
        ``'form' must be symmetric with 2^k rows, not of shape (3, 3).``

    Notes
    -----
    k=4: 2^15 patterns in exact integers of any length, 0.05 seconds.

    Examples
    --------
    >>> worst = worst_pattern(RationalArray(np.array([[2, -1], [-1, 2]]), 1))
    >>> worst.lower, worst.table.tolist(), worst.method
    (Fraction(6, 1), [1, -1], 'characters')
    """
    numbers = form.numerators
    size = numbers.shape[0]
    if numbers.shape != (size, size) or size < 2 or size & (size - 1) or (numbers != numbers.T).any():
        raise ParameterError(f"'form' must be symmetric with 2^k rows, not of shape {numbers.shape}.")
    if np.count_nonzero(numbers) == np.count_nonzero(numbers.diagonal()):
        total = Fraction(sum(int(d) for d in numbers.diagonal()), form.denominator)
        return WorstPattern(np.ones(size, dtype=np.int8), total, total, "values")
    by_character = _worst_character(form)
    if by_character is not None:
        return by_character
    if size <= _ENUMERABLE_SIZE:
        from theorycheck.kernels.features import largest_quadratic_form
        code = int(largest_quadratic_form(_limbs(numbers), _LIMB_BITS))
        signs = 1 - 2 * ((code >> np.arange(size)) & 1)
        value = quadratic_form(form, signs)
        return WorstPattern(signs.astype(np.int8), value, value, "enumeration")
    signs, upper = _local_search(form), _upper_bound(form)
    return WorstPattern(signs.astype(np.int8), quadratic_form(form, signs),
                        upper if known_upper is None else min(upper, known_upper), "interval")


def quadratic_form(form: RationalArray, signs: np.ndarray) -> Fraction:
    """Return gᵀMg exactly.

    Examples
    --------
    >>> quadratic_form(RationalArray(np.array([[2, -1], [-1, 2]]), 3), np.array([1, 1]))
    Fraction(2, 3)
    """
    column = np.asarray(signs, dtype=np.int64)[:, None]
    product = integer_product(form.numerators, column)
    return Fraction(int(integer_product(np.ascontiguousarray(column.T), product)[0, 0]), form.denominator)


def _worst_character(form: RationalArray) -> WorstPattern | None:
    """gᵀMg = Σ_S ĝ(S)²·χ_SᵀMχ_S when M is diagonal in characters, and Σ_S ĝ(S)² = 1."""
    k = form.shape[0].bit_length() - 1
    codes = np.arange(1 << k)
    # Diagonal in characters means that M[z, z'] depends on z xor z' only.
    if (form.numerators != form.numerators[0][codes[:, None] ^ codes[None, :]]).any():
        return None
    characters = character_matrix(k)
    eigenvalues = integer_product(characters, form.numerators[0][:, None])[:, 0].tolist()
    mask = max(range(1 << k), key=lambda place: eigenvalues[place])
    value = Fraction(int(eigenvalues[mask]) << k, form.denominator)
    return WorstPattern(characters[mask].astype(np.int8), value, value, "characters")


def _limbs(numbers: np.ndarray) -> np.ndarray:
    """Digits to the base 2^30, all but the last in 0 ... 2^30-1: (size, size, L), int64."""
    count = largest_magnitude(numbers).bit_length() // _LIMB_BITS + 1
    limbs = np.empty(numbers.shape + (count,), dtype=np.int64)
    rest = numbers.astype(object)
    for place in range(count - 1):
        limbs[:, :, place] = (rest & ((1 << _LIMB_BITS) - 1)).astype(np.int64)
        rest = rest >> _LIMB_BITS
    limbs[:, :, count - 1] = rest.astype(np.int64)
    return limbs


def _local_search(form: RationalArray) -> np.ndarray:
    """Flip single signs upwards from every character and from the leading eigenvectors' signs; float64, to look."""
    matrix = form.to_scaled_float64()[0]
    k = matrix.shape[0].bit_length() - 1
    leading = np.linalg.eigh(matrix)[1][:, -8:].T
    starts = np.concatenate([character_matrix(k), np.where(leading < 0, -1, 1)]).astype(np.float64)
    products = starts @ matrix
    diagonal = matrix.diagonal()
    tolerance = 1e-12 * float(np.abs(matrix).sum())
    for _ in range(4 * matrix.shape[0]):
        gains = 4 * (diagonal - starts * products)
        flips = gains.argmax(axis=1)
        rows = np.flatnonzero(gains[np.arange(len(starts)), flips] > tolerance)
        if rows.size == 0:
            break
        columns = flips[rows]
        products[rows] -= 2 * starts[rows, columns][:, None] * matrix[columns]
        starts[rows, columns] *= -1
    return starts[(starts * products).sum(axis=1).argmax()].astype(np.int64)


def _upper_bound(form: RationalArray) -> Fraction:
    """The smaller of Σ|M[z,z']| and 2^k·(a bound on the largest eigenvalue)."""
    rows = Fraction(sum(abs(int(p)) for p in form.numerators.ravel().tolist()), form.denominator)
    size = form.shape[0]
    return rows if size > _EIGENVALUE_SIZE else min(rows, size * largest_eigenvalue_bound(form))


def largest_eigenvalue_bound(form: RationalArray) -> Fraction:
    """Return a rational at or above the largest eigenvalue of a symmetric matrix M.

    Notes
    -----
    With float64 eigenvectors V, the Gershgorin bound of VᵀMV, divided by 1 - ‖VᵀV - 1‖, all in balls: within some
    1e-13 of the truth.  O(size³) ball operations.

    Examples
    --------
    >>> bound = largest_eigenvalue_bound(RationalArray(np.array([[2, -1], [-1, 2]]), 1))
    >>> 3 <= bound < 3 + Fraction(1, 10**12)
    True
    """
    size = form.shape[0]
    vectors = np.linalg.eigh(form.to_scaled_float64()[0])[1]
    with ctx.workprec(_EIGENVALUE_BITS):
        basis = arb_mat(vectors.tolist())
        matrix = arb_mat([[arb(fmpq(int(p), form.denominator)) for p in row] for row in form.numerators.tolist()])
        rotated = basis.transpose() * matrix * basis
        defect = basis.transpose() * basis - arb_mat(np.eye(size).tolist())
        largest = max((sum((abs(rotated[i, j]) for j in range(size) if j != i), rotated[i, i])).upper()
                      for i in range(size))
        error = max(sum((abs(defect[i, j]) for j in range(size)), arb(0)).upper() for i in range(size))
        # For x = Vy: xᵀMx ≤ L|y|² and |x|² ≥ (1-ε)|y|²; a negative L gains nothing from the division.
        ball = largest.max(arb(0)) / (1 - error)
        mantissa, exponent = (int(part) for part in ball.upper().man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent
