"""A window's tables and their characters: small dense matrices, for the solver's own algebra."""
from __future__ import annotations

import numpy as np

from theorycheck.cube.points import require_signs
from theorycheck.errors import ParameterError, require_integer
from theorycheck.networks.rationals import RationalArray, integer_product, read_only


def require_pattern(table: object) -> np.ndarray:
    """Return a pattern's 2^k values as int64 signs.

    Raises
    ------
    ParameterError
        ``'table' must hold 2^k signs, k at least 1, not 3 of them.``
    """
    signs = require_signs("table", np.asarray(table)).astype(np.int64)
    if signs.ndim != 1 or signs.size < 2 or signs.size & (signs.size - 1):
        raise ParameterError(f"'table' must hold 2^k signs, k at least 1, not {signs.size} of them.")
    return signs


def require_multiplicities(value: object, size: int, minimum: int = 0) -> np.ndarray:
    """Return ``size`` integers in ``minimum`` ... 2^62 as a read-only int64 array.

    Raises
    ------
    ParameterError
        ``'multiplicities' must be 4 integers that are at least 0.``
    """
    counts = np.array(value)
    if counts.dtype.kind not in "iu" or counts.shape != (size,) or (counts < minimum).any() or (counts > 2**62).any():
        raise ParameterError(f"'multiplicities' must be {size} integers that are at least {minimum}.")
    return read_only(counts.astype(np.int64, copy=False))


def character_matrix(k: int) -> np.ndarray:
    """Return χ_S(z) for all masks S and points z: (2^k, 2^k), int64, symmetric.

    Examples
    --------
    >>> character_matrix(1).tolist()
    [[1, 1], [1, -1]]
    """
    codes = np.arange(1 << require_integer("k", k, minimum=0, maximum=12), dtype=np.uint64)
    return 1 - 2 * (np.bitwise_count(codes[:, None] & codes[None, :]).astype(np.int64) & 1)


def fourier_coefficients_of(tables: np.ndarray) -> RationalArray:
    """Return 2^{-k}Σ_z g(z)χ_A(z) for each column of an integer array (2^k, r)."""
    k = tables.shape[0].bit_length() - 1
    return RationalArray(integer_product(character_matrix(k), tables), 1 << k)
