"""FLINT's matrices of rationals and of balls, from and to the package's own numbers."""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from flint import arb, fmpq, fmpq_mat

from theorycheck.networks.rationals import exact_entries, from_flint, integer_array
from theorycheck.rigor import Real

# fmpq or arb, and fmpq_mat or arb_mat: never mixed in one place, which a union of types could not say.
Scalar: TypeAlias = Any
Matrix: TypeAlias = Any


def rational_matrix(values: Any, name: str = "matrix") -> fmpq_mat:
    """Return a two-dimensional array of rationals as FLINT's matrix; float64 entries stand for their dyadic numbers.

    Examples
    --------
    >>> rational_matrix([["1/2", 3]])
    [1/2, 3]
    """
    entries, shape = exact_entries(values, name)
    return fmpq_mat(shape[0], shape[1], [fmpq(e.numerator, e.denominator) for e in entries])


def sign_matrix(signs: np.ndarray) -> fmpq_mat:
    """Return an integer array (rows, columns) as FLINT's matrix of rationals.

    Examples
    --------
    >>> sign_matrix(np.array([[1, -1]]))
    [1, -1]
    """
    return fmpq_mat(signs.shape[0], signs.shape[1], signs.ravel().tolist())


def fractions_of(matrix: Matrix) -> list[list[Fraction]]:
    """Return the rows of a matrix of rationals as Fractions.

    Examples
    --------
    >>> fractions_of(rational_matrix([["1/2", 3]]))
    [[Fraction(1, 2), Fraction(3, 1)]]
    """
    return [[from_flint(entry) for entry in row] for row in matrix.tolist()]


def as_real(value: Scalar) -> Real:
    """Return a rational of FLINT's or a ball as a Real.

    Examples
    --------
    >>> as_real(fmpq(1, 3)).exact
    Fraction(1, 3)
    """
    return Real(from_flint(value)) if isinstance(value, fmpq) else Real(value)


def stack_rows(blocks: Sequence[Matrix]) -> Matrix:
    """Return the matrices one below the other; one matrix is returned as it is.

    Examples
    --------
    >>> stack_rows([rational_matrix([[1, 2]]), rational_matrix([[3, 4]])])
    [1, 2]
    [3, 4]
    """
    if len(blocks) == 1:
        return blocks[0]
    rows = sum(block.nrows() for block in blocks)
    return type(blocks[0])(rows, blocks[0].ncols(), [entry for block in blocks for entry in block.entries()])


def row_of(matrix: Matrix, row: int) -> Matrix:
    """Return one row as a matrix.

    Examples
    --------
    >>> row_of(rational_matrix([[1, 2], [3, 4]]), 1)
    [3, 4]
    """
    return type(matrix)(1, matrix.ncols(), [matrix[row, column] for column in range(matrix.ncols())])


def rounded(entries: Sequence[Scalar]) -> tuple[np.ndarray, np.ndarray]:
    """Return float64 numbers near the entries, and a bound for each on its distance from the number.

    Examples
    --------
    >>> numbers, errors = rounded([fmpq(1, 3)])
    >>> numbers.tolist(), bool(0 < errors[0] < 1e-15)
    ([0.3333333333333333], True)
    """
    if entries and isinstance(entries[0], fmpq):
        entries = [arb(entry) for entry in entries]
    numbers = np.array([float(entry) for entry in entries])
    radii = np.array([float(entry.rad()) for entry in entries])
    # float() rounds a mid point by at most one unit in the last place, a radius (of 30 bits) by less than 2^-20.
    return numbers, np.abs(numbers) * 2.0**-52 + radii * (1 + 2.0**-20) + 2.0**-1070


def integers_of(matrix: fmpq_mat) -> tuple[np.ndarray, int]:
    """Return the entries as integers over one denominator: int64 where they fit, else Python integers.

    Examples
    --------
    >>> integers_of(rational_matrix([["1/2", "1/3"]]))
    (array([[3, 2]]), 6)
    """
    numerators, denominator = matrix.numer_denom()
    shape = (matrix.nrows(), matrix.ncols())
    return integer_array((int(entry) for entry in numerators.entries()), shape), int(denominator)


def rational_scalar(value: Fraction) -> fmpq:
    """Return a Fraction as FLINT's rational.

    Examples
    --------
    >>> rational_scalar(Fraction(1, 3))
    1/3
    """
    return fmpq(value.numerator, value.denominator)
