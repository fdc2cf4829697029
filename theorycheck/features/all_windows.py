"""The separator of smallest norm over all windows.

With every window's readout free, h ranges over the functions supported on subsets of windows, of dimension
d = 2^{k-1}(N+1).  In Fourier coordinates their Gram matrix is G[S, S'] = Σ_{j: S∪S' ⊆ window j} Ĝ[S-j, S'-j], Ĝ one
window's Gram matrix in characters, and min ‖u‖² = f̂ᵀG^{-1}f̂.
"""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from theorycheck.errors import InstanceTooLarge
from theorycheck.features.characters import character_matrix, fourier_coefficients_of
from theorycheck.features.linear_systems import Obstruction, bilinear, solve_semidefinite
from theorycheck.features.maps import FeatureMap
from theorycheck.features.separators import (EXACT_DIMENSION, NoSeparator, Separator, character_gram, is_diagonal,
                                             require_table)
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.rationals import RationalArray, integer_product, rational_array, scaled_integers

# Readout entries written out for a separator over all windows.
READOUT_LIMIT = 2**20


@dataclass(frozen=True, eq=False)
class GlobalMinimum:
    """The smallest ‖u‖² over all windows.

    Parameters
    ----------
    lower, upper : Fraction
        Equal where the solution is exact; else a certified enclosure.
    method : str
        ``"exact"`` (the d×d system), ``"balanced"`` (a closed form) or ``"enclosed"``.
    separator : Separator or None
        The readout that attains it; None where only the norm was asked for or its entries exceed 2^20.
    """

    lower: Fraction
    upper: Fraction
    method: str
    separator: Separator | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the two ends agree."""
        return self.lower == self.upper


def minimum_norm_over_all_windows(features: FeatureMap, table: Any, n: int, offset: int = 0,
                                  windows: str = "all") -> GlobalMinimum | NoSeparator:
    """Return the smallest ‖u‖² with h = f on the whole cube, every window's readout free.

    Parameters
    ----------
    features : FeatureMap
        Any σ, any filters, empty cells allowed.
    table : array-like (2^k,) of signs
        g; f(x) = g(x_offset, ..., x_{offset+k-1}).
    n, offset : int
    windows : str
        ``"all"`` or ``"paper"``.

    Returns
    -------
    GlobalMinimum
        Exact while d = 2^{k-1}(N+1) ≤ 300, or for any d when Ĝ is diagonal (equal multiplicities on the grid): then
        Σ_S f̂(S)²/(r_S Ĝ[S,S]), which for the paper's features is (4^k k²/q)Σ_S f̂(S)²/r_S.  Else enclosed between
        rationals, where :func:`theorycheck.features.enclosure.enclose_minimum_norm` can.
    NoSeparator
        With an integer function supported on subsets of windows, orthogonal to every feature but not to f.

    Raises
    ------
    InstanceTooLarge
        Where neither an exact nor an enclosed solution fits; the message says what it would cost.
    ParameterError
        ``'offset' must be at least 0 and at most n-k=16, not 17.``

    Notes
    -----
    n=20, k=4 (d=144): about 0.03 seconds; d=300: 0.2.  MS21, Lemma 6 (the separator is not the global minimum).

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> features = sign_grid_features(activation_named("relu"), [3, 2, 1, 2])
    >>> minimum_norm_over_all_windows(features, [1, -1, -1, 1], n=3).lower
    Fraction(1732, 195)
    """
    coordinates = WindowCoordinates(n, features.k, windows)
    signs = require_table(features, table)
    target = fourier_coefficients_of(signs[:, None])
    beyond = _beyond_windows(coordinates, target, offset)
    if beyond is not None:
        return beyond
    gram = character_gram(features.window_gram)
    if is_diagonal(gram):
        return _balanced(features, coordinates, target, gram, offset)
    if coordinates.dimension > EXACT_DIMENSION:
        from theorycheck.features.enclosure import enclose_minimum_norm
        lower, upper = enclose_minimum_norm(features, signs, coordinates, offset)
        return GlobalMinimum(lower, upper, "enclosed")
    full = coordinates.gram(gram)
    side = coordinates.expand(target, offset)
    result = solve_semidefinite(full.numerators, side.numerators)
    if isinstance(result, Obstruction):
        product = bilinear(RationalArray(result.vector, 1), side)
        return NoSeparator(tuple(coordinates.mask(i) for i in range(coordinates.dimension)), result.vector, product)
    dual = _scaled_dual(result.values, full.denominator, side.denominator)
    norm = bilinear(dual, side)
    return GlobalMinimum(norm, norm, "exact", separator_from_dual(features, coordinates, dual[:, 0], norm))


def global_minimum_norm_form(features: FeatureMap | RationalArray, n: int, offset: int = 0,
                             windows: str = "all") -> RationalArray | None:
    """Return M with min ‖u‖² = gᵀMg over all windows for every pattern g; None if some pattern has no separator.

    Parameters
    ----------
    features : FeatureMap, or one window's ΦᵀΦ itself as RationalArray (2^k, 2^k)
    n, offset : int
    windows : str

    Returns
    -------
    RationalArray (2^k, 2^k)

    Raises
    ------
    InstanceTooLarge
        ``d=2^{k-1}(N+1)=304 equations are above the limit of 300 for an exact solution; n=39 fits.``

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> form = global_minimum_norm_form(sign_grid_features(activation_named("relu"), [3, 2, 1, 2]), n=3)
    >>> signs = [1, -1, -1, 1]
    >>> sum(form[i, j] * signs[i] * signs[j] for i in range(4) for j in range(4))
    Fraction(1732, 195)
    """
    window_gram = features.window_gram if isinstance(features, FeatureMap) else features
    size = window_gram.shape[0]
    coordinates = WindowCoordinates(n, size.bit_length() - 1, windows)
    basis = fourier_coefficients_of(np.eye(size, dtype=np.int64))
    if _beyond_windows(coordinates, basis, offset) is not None:
        return None
    gram = character_gram(window_gram)
    if is_diagonal(gram):
        return _balanced_form(coordinates, gram, offset)
    require_exact_coordinates(coordinates)
    full, side = coordinates.gram(gram), coordinates.expand(basis, offset)
    result = solve_semidefinite(full.numerators, side.numerators)
    if isinstance(result, Obstruction):
        return None
    dual = _scaled_dual(result.values, full.denominator, side.denominator)
    product = integer_product(np.ascontiguousarray(side.numerators.T), dual.numerators)
    return RationalArray(product, side.denominator * dual.denominator).reduced()


def require_exact_coordinates(coordinates: WindowCoordinates) -> None:
    """Raise InstanceTooLarge unless the d×d system is within the exact limit."""
    if coordinates.dimension > EXACT_DIMENSION:
        largest = coordinates.largest_n((EXACT_DIMENSION >> (coordinates.k - 1)) - 1)
        nearest = f"n={largest} fits" if largest else "no n fits at this k"
        raise InstanceTooLarge(f"d=2^{{k-1}}(N+1)={coordinates.dimension} equations are above the limit of "
                               f"{EXACT_DIMENSION} for an exact solution; {nearest}.")


def separator_from_dual(features: FeatureMap, coordinates: WindowCoordinates, dual: RationalArray,
                        squared_norm: Fraction) -> Separator | None:
    """Return u_c^(j) = Σ_S α_S φ̂_c(S-j) for coordinates α; None above 2^20 entries."""
    if coordinates.window_count * features.class_count > READOUT_LIMIT:
        return None
    return Separator(features.represent(dual_tables(coordinates, dual)).reduced(), features.multiplicities,
                     squared_norm)


def dual_tables(coordinates: WindowCoordinates, dual: RationalArray) -> RationalArray:
    """Return a_j(z) = 2^{-k}Σ_A χ_A(z)α_{A+j}: the readout is u^(j) = Φ a_j, and the norm Σ_j a_jᵀΦᵀΦa_j."""
    gathered = coordinates.gather(dual)
    product = integer_product(gathered.numerators, character_matrix(coordinates.k))
    return RationalArray(product, gathered.denominator << coordinates.k)


def _scaled_dual(values: RationalArray, gram_denominator: int, side_denominator: int) -> RationalArray:
    """Solutions of integer systems G'X' = B' turned into those of (G'/g)X = B'/b."""
    return RationalArray(scaled_integers(values.numerators, gram_denominator), values.denominator * side_denominator)


def _beyond_windows(coordinates: WindowCoordinates, target: RationalArray, offset: int) -> NoSeparator | None:
    """A character of f that lies in no window, which the paper's indexing makes possible."""
    beyond = coordinates.set_out_of_reach(target, offset)
    if beyond is None:
        return None
    coefficient = next(int(p) for p in target.numerators[beyond] if p)
    return NoSeparator((beyond << offset,), np.array([1]), Fraction(coefficient, target.denominator))


def _balanced(features: FeatureMap, coordinates: WindowCoordinates, target: RationalArray, gram: RationalArray,
              offset: int) -> GlobalMinimum | NoSeparator:
    """Ĝ diagonal: Σ_S f̂(S)²/(r_S Ĝ[S,S])."""
    weights = gram.numerators.diagonal()
    counts = coordinates.windows_containing(offset)
    norm, dual = Fraction(0), {}
    for mask in np.flatnonzero(target.numerators[:, 0]):
        coefficient = target[int(mask), 0]
        if weights[mask] == 0:
            return NoSeparator((int(mask) << offset,), np.array([1]), coefficient)
        dual[int(mask)] = coefficient / (int(counts[mask]) * Fraction(int(weights[mask]), gram.denominator))
        norm += coefficient * dual[int(mask)]
    separator = None
    if coordinates.window_count * features.class_count <= READOUT_LIMIT:
        entries = rational_array([[dual.get(mask, Fraction(0))] for mask in range(1 << coordinates.k)], "dual")
        spread = coordinates.expand(entries, offset)
        separator = separator_from_dual(features, coordinates, spread[:, 0], norm)
    return GlobalMinimum(norm, norm, "balanced", separator)


def _balanced_form(coordinates: WindowCoordinates, gram: RationalArray, offset: int) -> RationalArray | None:
    weights = gram.numerators.diagonal()
    if (weights == 0).any():
        return None
    counts = coordinates.windows_containing(offset)
    inverse = rational_array([Fraction(gram.denominator, int(r) * int(w)) for r, w in zip(counts, weights)], "gram")
    characters = character_matrix(coordinates.k)
    codes = np.arange(1 << coordinates.k)
    # M[z, z'] = 4^{-k} Σ_S χ_S(z)χ_S(z')/(r_S Ĝ[S,S]) depends on z xor z' only.
    sums = integer_product(characters, inverse.numerators[:, None])[:, 0]
    return RationalArray(sums[codes[:, None] ^ codes[None, :]], inverse.denominator << (2 * coordinates.k)).reduced()
