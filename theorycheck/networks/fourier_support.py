"""The functions that a CNN or LCN can represent: Fourier support on the sets of diameter below k.

Every CNN and LCN, whatever σ, q and weights, is Σ_j F_j(x^(j)); so its Fourier coefficients vanish unless S lies in a
window.  These functions form a space of dimension 2^{k-1}(N+1), however many filters there are.
"""
from __future__ import annotations

import numpy as np
from flint import fmpz_mat

from theorycheck.cube.characters import window_dimension, window_support
from theorycheck.cube.memory import require_memory
from theorycheck.cube.points import window_count
from theorycheck.errors import InstanceTooLarge, ParameterError

_RANK_LIMIT = 2**22


def fourier_support(n: int, k: int, windows: str = "all") -> tuple[int, ...]:
    """Return the bit masks of all subsets of windows, in increasing order.

    Returns
    -------
    tuple of int
        2^{k-1}(N+1) masks; with all windows these are the S with diam(S) = max S - min S < k, and the empty set.

    Raises
    ------
    ParameterError
        ``'n' must be at least k+1=4 with the paper's windows, not 3.``
    InstanceTooLarge
        Where the masks, of n bits each, are above the cube's memory budget.

    Notes
    -----
    :func:`theorycheck.cube.characters.window_support`, and no empty answer.

    Examples
    --------
    >>> fourier_support(3, 2)
    (0, 1, 2, 3, 4, 6)
    """
    count = _windows(n, k, windows)
    require_memory(k - 1, (64 + n // 8) * (count + 1), "k-1")
    return window_support(n, k, windows)


def fourier_dimension(n: int, k: int, windows: str = "all") -> int:
    """Return 2^{k-1}(N+1), the dimension of the space of all CNNs (and of all LCNs) on the cube.

    Examples
    --------
    >>> fourier_dimension(4, 2), fourier_dimension(5, 3), fourier_dimension(7, 3)
    (8, 16, 24)
    """
    _windows(n, k, windows)
    return window_dimension(n, k, windows)


def window_function_rank(n: int, k: int, windows: str = "all") -> int:
    """Return the rank of the N·2^k functions 1{x^(j)=z} on the cube, by exact elimination and by no formula.

    Raises
    ------
    InstanceTooLarge
        ``n=20, k=4 has a matrix of 272 by 2^20 entries, above the limit of 4194304.``

    Examples
    --------
    >>> window_function_rank(4, 2), window_function_rank(4, 2, windows="paper")
    (8, 6)
    """
    count = _windows(n, k, windows)
    rows = count << k
    if n > 62 or rows << n > _RANK_LIMIT:
        raise InstanceTooLarge(f"n={n}, k={k} has a matrix of {rows} by 2^{n} entries, above the limit of "
                               f"{_RANK_LIMIT}.")
    x = np.arange(1 << n)
    indicators = np.array([((x >> j) & ((1 << k) - 1)) == z for j in range(count) for z in range(1 << k)])
    return int(fmpz_mat(rows, 1 << n, indicators.astype(int).ravel().tolist()).rank())


def _windows(n: int, k: int, windows: str) -> int:
    count = window_count(n, k, windows)
    if count == 0:
        raise ParameterError(f"'n' must be at least k+1={k + 1} with the paper's windows, not {n}.")
    return count
