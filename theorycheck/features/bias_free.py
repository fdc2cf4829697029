"""ReLU filters without bias: ReLU(t) = t/2 + |t|/2, so that no odd Fourier coefficient survives above level 1.

Whatever the filter, σ(⟨w, z⟩) is a linear function plus an even one.  What bias-free filters span is the space of the
functions whose coefficients at the levels 3, 5, 7, … vanish, of dimension 2^{k-1}+k (MS21, Comment 7).
"""
from __future__ import annotations

from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge, require_integer
from theorycheck.features.characters import character_matrix
from theorycheck.networks.rationals import RationalArray, integer_product, to_flint

# All 2^16 patterns of four variables; 2^32 of five are too many.
_COUNTED_K = 4


def is_hidden_level(level: int) -> bool:
    """Return whether the level is out of reach of bias-free ReLU filters: 3, 5, 7, ….

    Examples
    --------
    >>> [level for level in range(8) if is_hidden_level(level)]
    [3, 5, 7]
    """
    return require_integer("level", level, minimum=0) >= 3 and level % 2 == 1


def hidden_sets(k: int) -> tuple[int, ...]:
    """Return the masks of all subsets of k variables with 3, 5, 7, … elements, in increasing order.

    Examples
    --------
    >>> hidden_sets(3), len(hidden_sets(5))
    ((7,), 11)
    """
    size = require_integer("k", k, minimum=1, maximum=20)
    return tuple(mask for mask in range(1 << size) if is_hidden_level(mask.bit_count()))


def feature_coefficients(values: RationalArray) -> RationalArray:
    """Return the Fourier coefficients of each row of a table of features: (C, 2^k) in, (C, 2^k) out, exactly.

    Examples
    --------
    >>> feature_coefficients(RationalArray(np.array([[1, 0]]), 1)).fractions()
    [Fraction(1, 2), Fraction(1, 2)]
    """
    k = values.shape[1].bit_length() - 1
    return RationalArray(integer_product(values.numerators, character_matrix(k)), values.denominator << k)


def nonzero_hidden_coefficients(values: RationalArray) -> list[tuple[int, int]]:
    """Return every (row, mask) whose coefficient at a level 3, 5, 7, … is not 0: none, for bias-free ReLU filters.

    Examples
    --------
    >>> parity = RationalArray(np.array([[1, -1, -1, 1, -1, 1, 1, -1]]), 1)
    >>> nonzero_hidden_coefficients(parity)
    [(0, 7)]
    """
    k = values.shape[1].bit_length() - 1
    hidden = np.array(hidden_sets(k), dtype=np.int64)
    found = np.argwhere(feature_coefficients(values).numerators[:, hidden] != 0)
    return [(int(row), int(hidden[place])) for row, place in found]


def rank_of_gram(gram: RationalArray) -> int:
    """Return the exact rank of ΦᵀΦ, the dimension of what one window's filters span.

    Examples
    --------
    >>> rank_of_gram(RationalArray(np.array([[1, 1], [1, 1]]), 3))
    1
    """
    return int(to_flint(gram.numerators).rank())


def patterns_in_reach(gram: RationalArray) -> int:
    """Return how many of the 2^{2^k} patterns the filters with this Gram matrix represent at one window, exactly.

    A pattern is in reach if it is orthogonal to the null space of ΦᵀΦ, which is found by elimination.

    Raises
    ------
    InstanceTooLarge
        ``k=5 has 2^32 patterns; the largest k that fits is 4.``

    Examples
    --------
    >>> patterns_in_reach(RationalArray(np.eye(4, dtype=np.int64), 1))
    16
    """
    k = gram.shape[0].bit_length() - 1
    null, rank = to_flint(gram.numerators).nullspace()
    if rank == 0:
        return len(_all_patterns(k))
    basis = np.array([[int(entry) for entry in row[:rank]] for row in null.tolist()], dtype=object)
    return _orthogonal_patterns(_all_patterns(k), basis)


def patterns_without_hidden_levels(k: int) -> int:
    """Return how many patterns have no coefficient at the levels 3, 5, 7, …, by their transforms.

    Examples
    --------
    >>> [patterns_without_hidden_levels(k) for k in (1, 2, 3)]
    [4, 16, 70]
    """
    patterns = _all_patterns(k)
    basis = character_matrix(k)[:, list(hidden_sets(k))]
    return int(np.count_nonzero((patterns.astype(np.int64) @ basis == 0).all(axis=1)))


def _all_patterns(k: int) -> np.ndarray:
    if k > _COUNTED_K:
        raise InstanceTooLarge(f"k={k} has 2^{1 << k} patterns; the largest k that fits is {_COUNTED_K}.")
    codes = np.arange(1 << (1 << k), dtype=np.int64)
    return (1 - 2 * ((codes[:, None] >> np.arange(1 << k)) & 1)).astype(np.int8)


def _orthogonal_patterns(patterns: np.ndarray, basis: np.ndarray) -> int:
    """Patterns with Σ_z g(z)y(z) = 0 for every column y, whose integers may be long: residues sieve, then exactly."""
    small: Any = np.array([[int(entry) % 1048573 for entry in row] for row in basis.tolist()], dtype=np.int64)
    candidates = patterns[((patterns.astype(np.int64) @ small) % 1048573 == 0).all(axis=1)]
    exact = candidates.astype(object) @ basis
    return int(np.count_nonzero((exact == 0).all(axis=1))) if len(candidates) else 0


def odd_set(k: int) -> int | None:
    """Return the mask of the largest odd number, at least 3, of leading variables; None for k < 3.

    Examples
    --------
    >>> odd_set(2), odd_set(3), odd_set(6)
    (None, 7, 31)
    """
    require_integer("k", k, minimum=1)
    return None if k < 3 else (1 << (k if k % 2 else k - 1)) - 1


def largest_hidden_weight(table: np.ndarray) -> tuple[int, int] | None:
    """Return (mask, 2^k ĝ(S)) of a pattern's largest coefficient out of reach without bias; None if there is none.

    Examples
    --------
    >>> largest_hidden_weight(np.array([1, 1, 1, -1, 1, -1, -1, -1]))
    (7, -4)
    >>> largest_hidden_weight(np.array([1, -1, -1, 1])) is None
    True
    """
    k = table.size.bit_length() - 1
    sums = character_matrix(k) @ np.asarray(table, dtype=np.int64)
    hidden = [mask for mask in hidden_sets(k) if sums[mask]]
    if not hidden:
        return None
    mask = max(hidden, key=lambda place: abs(int(sums[place])))
    return mask, int(sums[mask])
