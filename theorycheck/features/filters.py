"""The first layer's filters: the paper's sign grid as cell codes, or filters held as numbers.

The paper's grid is held as q cell codes, never as a q×k matrix: cell z is the filter w with k·w_i = +1 where bit i of z
is 0 and -1 where it is 1, and its bias is 1/k - 1.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import ParameterError, require_integer
from theorycheck.networks.rationals import RationalArray, rational_array, read_only, require_floats
from theorycheck.rigor import exact_rational


def paper_bias(k: int) -> Fraction:
    """Return 1/k - 1, the bias of every filter in MS21, Lemma 6.

    Examples
    --------
    >>> paper_bias(4)
    Fraction(-3, 4)
    """
    return Fraction(1, require_integer("k", k, minimum=1)) - 1


@dataclass(frozen=True, eq=False)
class SignGridFilters:
    """q filters from {±1/k}^k, one cell code for each, with one bias.

    Parameters
    ----------
    k : int
    cells : array-like (q,) of integers in 0 ... 2^k-1
    bias : Fraction, optional
        The paper's 1/k - 1 unless given.

    Raises
    ------
    ParameterError
        ``'cells' must be integers in 0 ... 2^k-1=3, not 4.``

    Examples
    --------
    >>> filters = SignGridFilters(2, [0, 3, 3])
    >>> filters.q, filters.multiplicities().tolist(), filters.row(1)
    (3, [1, 0, 0, 2], (Fraction(-1, 2), Fraction(-1, 2)))
    """

    k: int
    cells: Any
    bias: Any = None

    def __post_init__(self) -> None:
        k = require_integer("k", self.k, minimum=1, maximum=26)
        cells = np.array(self.cells)
        if cells.ndim != 1 or cells.size == 0 or cells.dtype.kind not in "iu":
            raise ParameterError(f"'cells' must be a vector of at least one integer, not {cells.dtype} {cells.shape}.")
        wrong = cells[(cells < 0) | (cells >= 1 << k)]
        if wrong.size:
            raise ParameterError(f"'cells' must be integers in 0 ... 2^k-1={2**k - 1}, not {wrong[0]}.")
        cells.flags.writeable = False
        object.__setattr__(self, "cells", cells)
        bias = paper_bias(k) if self.bias is None else exact_rational(self.bias, "bias")
        object.__setattr__(self, "bias", bias)

    @property
    def q(self) -> int:
        """Number of filters."""
        return int(self.cells.size)

    def multiplicities(self) -> np.ndarray:
        """Return m_z for all 2^k cells, int64."""
        return np.bincount(self.cells, minlength=1 << self.k).astype(np.int64)

    def row(self, i: int) -> tuple[Fraction, ...]:
        """Return filter i as k rationals."""
        cell = int(self.cells[i])
        return tuple(Fraction(-1 if cell >> bit & 1 else 1, self.k) for bit in range(self.k))


@dataclass(frozen=True, eq=False)
class GivenFilters:
    """q filters and biases as numbers: drawn float64, standing for the dyadic rationals they hold, or user-given.

    Parameters
    ----------
    filters : array-like (q, k)
    biases : array-like (q,), optional
        Zero unless given.

    Raises
    ------
    ParameterError
        ``'biases' must have shape (q,) with q=2, not (3,).``

    Examples
    --------
    >>> GivenFilters([["1/2", 0.1]]).exact_filters()[0, 1]
    Fraction(1, 10)
    """

    filters: Any
    biases: Any = None

    def __post_init__(self) -> None:
        weights = _frozen(self.filters, "filters")
        if len(weights.shape) != 2 or 0 in weights.shape:
            raise ParameterError(f"'filters' must have shape (q, k), not {weights.shape}.")
        q = weights.shape[0]
        shifts = _frozen(np.zeros(q, dtype=np.int64) if self.biases is None else self.biases, "biases")
        if shifts.shape != (q,):
            raise ParameterError(f"'biases' must have shape (q,) with q={q}, not {shifts.shape}.")
        object.__setattr__(self, "filters", weights)
        object.__setattr__(self, "biases", shifts)

    @property
    def q(self) -> int:
        """Number of filters."""
        return int(self.filters.shape[0])

    @property
    def k(self) -> int:
        """Number of variables in a window."""
        return int(self.filters.shape[1])

    def exact_filters(self) -> RationalArray:
        """Return the filters as exact rationals, (q, k)."""
        return rational_array(self.filters, "filters")

    def exact_biases(self) -> RationalArray:
        """Return the biases as exact rationals, (q,)."""
        return rational_array(self.biases, "biases")


def _frozen(value: Any, name: str) -> np.ndarray | RationalArray:
    """A float64 array as it is, read-only; anything else as exact rationals."""
    if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, np.floating):
        return rational_array(value, name)
    return read_only(np.array(require_floats(value, name)))
