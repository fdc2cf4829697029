"""Separators within one window: the paper's closed form, and the one of smallest norm for any σ and any filters."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge, ParameterError
from theorycheck.features.characters import character_matrix, require_multiplicities, require_pattern
from theorycheck.features.linear_systems import Obstruction, bilinear, solve_semidefinite
from theorycheck.features.maps import FeatureMap
from theorycheck.networks.rationals import RationalArray, integer_product, rational_array, read_only, scaled_integers
from theorycheck.rigor import Real

# Largest system solved exactly.
EXACT_DIMENSION = 300


@dataclass(frozen=True, eq=False)
class Separator:
    """A readout that is constant on classes of equal filters, with h = f exactly.

    Parameters
    ----------
    readout : RationalArray (windows, C)
        u of every filter of class c at window ``first_window`` + row; zero at other windows.
    multiplicities : ndarray (C,)
    squared_norm : Fraction
        ‖u‖² = Σ m_c u_c² over all windows.
    first_window : int
    """

    readout: RationalArray
    multiplicities: np.ndarray
    squared_norm: Fraction
    first_window: int = 0

    @property
    def norm(self) -> Real:
        """‖u‖."""
        return Real(self.squared_norm).sqrt()

    @property
    def absolute_norm(self) -> Fraction:
        """‖u‖_1 = Σ m_c |u_c|."""
        weights = np.abs(self.readout.numerators).sum(axis=0) if self.readout.numerators.dtype == object else \
            np.abs(self.readout.numerators).astype(object).sum(axis=0)
        return Fraction(sum(int(m) * int(w) for m, w in zip(self.multiplicities, weights)), self.readout.denominator)


@dataclass(frozen=True, eq=False)
class NoSeparator:
    """Why no readout gives h = f: an integer function orthogonal to every feature but not to f.

    Parameters
    ----------
    sets : tuple of int
        Masks of variables; empty when ``witness`` lists values on the window's 2^k points instead.
    witness : ndarray of integers
        y on those points, or y's Fourier coefficients on those sets: every feature φ has ⟨φ, y⟩ = 0.
    product : Fraction
        ⟨f, y⟩ ≠ 0.
    """

    sets: tuple[int, ...]
    witness: np.ndarray
    product: Fraction

    def __post_init__(self) -> None:
        object.__setattr__(self, "witness", read_only(self.witness))


def canonical_separator(table: Any, multiplicities: Any) -> Separator | NoSeparator:
    """Return the paper's u*_i = (k/m_z)g(z) for i in cell z: MS21, Lemma 6, step 7.

    Parameters
    ----------
    table : array-like (2^k,) of signs
    multiplicities : array-like (2^k,) of integers
        m_z.  An empty cell leaves g(z) out of reach: NoSeparator.

    Notes
    -----
    h = f provided σ meets Lemma 6's conditions (:func:`theorycheck.features.maps.indicator_failures`).  ‖u*‖² =
    k²Σ1/m_z and ‖u*‖_1 = 2^k k do not depend on g.  O(2^k) rationals.

    Examples
    --------
    >>> separator = canonical_separator([1, -1, -1, 1], [3, 1, 2, 2])
    >>> separator.squared_norm, separator.absolute_norm, separator.readout.fractions()[:2]
    (Fraction(28, 3), Fraction(8, 1), [Fraction(2, 3), Fraction(-2, 1)])
    """
    signs = require_pattern(table)
    counts = require_multiplicities(multiplicities, signs.size)
    k = signs.size.bit_length() - 1
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        return _unreached_point(signs, int(empty[0]))
    readout = rational_array([[Fraction(k * int(g), int(m)) for g, m in zip(signs, counts)]], "readout")
    return Separator(readout, counts, canonical_squared_norm(counts))


def canonical_squared_norm(multiplicities: Any) -> Fraction:
    """Return k²Σ_z 1/m_z, the squared norm of every pattern's canonical separator; every m_z at least 1.

    Raises
    ------
    ParameterError
        ``'multiplicities' must hold 2^k integers, k at least 1, not 3 of them.`` or
        ``'multiplicities' must be at least 1, not 0.``

    Examples
    --------
    >>> canonical_squared_norm([2, 2, 2, 2])
    Fraction(8, 1)
    """
    size = np.asarray(multiplicities).size
    if size < 2 or size & (size - 1):
        raise ParameterError(f"'multiplicities' must hold 2^k integers, k at least 1, not {size} of them.")
    counts = require_multiplicities(multiplicities, size)
    if counts.min() < 1:
        raise ParameterError(f"'multiplicities' must be at least 1, not {counts.min()}.")
    values, repeats = np.unique(counts, return_counts=True)
    k = counts.size.bit_length() - 1
    return k * k * sum((Fraction(int(r), int(m)) for m, r in zip(values, repeats)), Fraction(0))


def minimum_norm_separator(features: FeatureMap, table: Any) -> Separator | NoSeparator:
    """Return the readout of smallest norm at one window with h = f, for any σ and filters; or why there is none.

    Parameters
    ----------
    features : FeatureMap
    table : array-like (2^k,) of signs

    Returns
    -------
    Separator
        One row; the residual h - f is exactly zero.
    NoSeparator
        With a function on the window orthogonal to every feature but not to g.

    Raises
    ------
    InstanceTooLarge
        ``2^k=512 equations are above the limit of 300 for an exact solution; k=8 fits.``

    Notes
    -----
    Solves ΦᵀΦa = g exactly; u = Φa.  Immediate for a diagonal Φ.

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> features = sign_grid_features(activation_named("abs"), [2, 2, 2, 2])
    >>> minimum_norm_separator(features, [1, -1, -1, 1]).squared_norm
    Fraction(2, 1)
    """
    signs = require_table(features, table)
    gram = features.window_gram
    if is_diagonal(gram):
        diagonal = gram.numerators.diagonal()
        if (diagonal == 0).any():
            return _unreached_point(signs, int(np.argmax(diagonal == 0)))
        dual = rational_array([[Fraction(int(g) * gram.denominator, int(d)) for g, d in zip(signs, diagonal)]], "dual")
    else:
        require_exact_dimension("2^k", signs.size, f"k={EXACT_DIMENSION.bit_length() - 1}")
        result = solve_semidefinite(gram.numerators, signs[:, None])
        if isinstance(result, Obstruction):
            return NoSeparator((), result.vector, Fraction(sum(int(y) * int(g) for y, g in zip(result.vector, signs))))
        dual = RationalArray(scaled_integers(result.values.numerators.T, gram.denominator), result.values.denominator)
    norm = bilinear(dual, RationalArray(signs[None, :], 1))
    return Separator(features.represent(dual).reduced(), features.multiplicities, norm)


def minimum_norm_form(features: FeatureMap | RationalArray) -> RationalArray | None:
    """Return M with min ‖u‖² = gᵀMg within one window for every pattern g; None if some pattern has no separator.

    Parameters
    ----------
    features : FeatureMap, or ΦᵀΦ itself as RationalArray (2^k, 2^k)

    Returns
    -------
    RationalArray (2^k, 2^k)
        The inverse of ΦᵀΦ.

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> minimum_norm_form(sign_grid_features(activation_named("relu"), [1, 2])).fractions()
    [Fraction(1, 1), Fraction(0, 1), Fraction(0, 1), Fraction(1, 2)]
    """
    gram = features.window_gram if isinstance(features, FeatureMap) else features
    size = gram.shape[0]
    if is_diagonal(gram):
        diagonal = gram.numerators.diagonal()
        if (diagonal == 0).any():
            return None
        inverse = rational_array([Fraction(gram.denominator, int(d)) for d in diagonal], "gram")
        form = np.zeros((size, size), dtype=inverse.numerators.dtype)
        np.fill_diagonal(form, inverse.numerators)
        return RationalArray(form, inverse.denominator)
    require_exact_dimension("2^k", size, f"k={EXACT_DIMENSION.bit_length() - 1}")
    result = solve_semidefinite(gram.numerators, np.eye(size, dtype=np.int64))
    if isinstance(result, Obstruction):
        return None
    numerators = scaled_integers(result.values.numerators, gram.denominator)
    return RationalArray(numerators, result.values.denominator).reduced()


def character_gram(gram: RationalArray) -> RationalArray:
    """Return Ĝ[A, B] = Σ_c m_c φ̂_c(A)φ̂_c(B), one window's Gram matrix ΦᵀΦ in characters: (2^k, 2^k).

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> character_gram(sign_grid_features(activation_named("relu"), [1, 2]).window_gram).fractions()
    [Fraction(3, 4), Fraction(-1, 4), Fraction(-1, 4), Fraction(3, 4)]
    """
    k = gram.shape[0].bit_length() - 1
    characters = character_matrix(k)
    codes = np.arange(1 << k)
    if is_diagonal(gram):
        # No two features overlap, so that Ĝ[A, B] depends on A xor B only.
        sums = integer_product(characters, gram.numerators.diagonal()[:, None].copy())[:, 0]
        return RationalArray(sums[codes[:, None] ^ codes[None, :]], gram.denominator << (2 * k))
    product = integer_product(integer_product(characters, gram.numerators), characters)
    return RationalArray(product, gram.denominator << (2 * k))


def _unreached_point(signs: np.ndarray, z: int) -> NoSeparator:
    """Every feature vanishes at z."""
    witness = np.zeros(signs.size, dtype=np.int64)
    witness[z] = 1
    return NoSeparator((), witness, Fraction(int(signs[z])))


def is_diagonal(matrix: RationalArray) -> bool:
    """Whether a square matrix is zero off its diagonal."""
    return np.count_nonzero(matrix.numerators) == np.count_nonzero(matrix.numerators.diagonal())


def require_exact_dimension(name: str, size: int, nearest: str) -> None:
    """Raise InstanceTooLarge for a system above EXACT_DIMENSION."""
    if size > EXACT_DIMENSION:
        raise InstanceTooLarge(f"{name}={size} equations are above the limit of {EXACT_DIMENSION} for an exact "
                               f"solution; {nearest} fits.")


def require_table(features: FeatureMap, table: Any) -> np.ndarray:
    """Return a pattern's signs if they fit the features' window, or raise ParameterError."""
    signs = require_pattern(table)
    if signs.size != 1 << features.k:
        raise ParameterError(f"'table' must hold 2^k={1 << features.k} signs, not {signs.size} of them.")
    return signs
