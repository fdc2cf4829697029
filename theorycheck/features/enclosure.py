"""The smallest norm over all windows, enclosed where the exact system is too large.

A float64 solution α of Gα = f̂ is rounded to integers over a power of two, and everything after that is exact:
with r = f̂ - Gα,

    2α·f̂ - αᵀGα  ≤  f̂ᵀG^{-1}f̂  =  2α·f̂ - αᵀGα + rᵀG^{-1}r  ≤  2α·f̂ - αᵀGα + ‖r‖²/λ,

for any λ > 0 with G ⪰ λ.  Both ends err by the square of the residual, so that 30 bits of α give some 18 digits.
As every set lies in at least one window, G ⪰ λ_min(Ĝ) = 2^{-k}λ_min(ΦᵀΦ).
"""
from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from theorycheck.errors import InstanceTooLarge
from theorycheck.features.characters import character_matrix
from theorycheck.features.eigenvalues import level_eigenvalues_of
from theorycheck.features.linear_systems import Obstruction, bilinear, solve_semidefinite
from theorycheck.features.maps import FeatureMap
from theorycheck.features.separators import is_diagonal
from theorycheck.features.window_coordinates import WindowCoordinates
from theorycheck.networks.rationals import RationalArray, integer_product, largest_magnitude

_ROUNDS = 1000
# Window Gram matrices without further structure are inverted exactly up to this size.
_DENSE_SIZE = 64


def enclose_minimum_norm(features: FeatureMap, table: np.ndarray, coordinates: WindowCoordinates,
                         offset: int) -> tuple[Fraction, Fraction]:
    """Return rationals below and above min ‖u‖² over all windows.

    Parameters
    ----------
    features : FeatureMap
        One window must represent every table: on the grid, every cell occupied and every λ_l ≠ 0.
    table : ndarray (2^k,) of signs
    coordinates : WindowCoordinates
    offset : int

    Raises
    ------
    InstanceTooLarge
        ``d=2^{k-1}(N+1)=6144 equations are above the limit of 300 for an exact solution, and no enclosure is known
        when a window does not represent every table: an exact one would take about 8600 times d=300.``

    Notes
    -----
    Conjugate gradients through the windows: O(N 4^k) for each round, some dozens of rounds; 8 arrays of N·2^k.

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> features = sign_grid_features(activation_named("relu"), [3, 2, 1, 2])
    >>> signs = np.array([1, -1, -1, 1])
    >>> lower, upper = enclose_minimum_norm(features, signs, WindowCoordinates(3, 2), 0)
    >>> lower <= Fraction(1732, 195) <= upper, upper - lower < Fraction(1, 10**15)
    (True, True)
    """
    smallest = smallest_eigenvalue_bound(features)
    if smallest <= 0:
        cost = (coordinates.dimension / 300) ** 3
        raise InstanceTooLarge(
            f"d=2^{{k-1}}(N+1)={coordinates.dimension} equations are above the limit of 300 for an exact solution, and "
            f"no enclosure is known when a window does not represent every table: an exact one would take about "
            f"{cost:.2g} times d=300.")
    size = table.size
    characters = character_matrix(coordinates.k)
    target = coordinates.expand(RationalArray((characters @ table)[:, None], size), offset)[:, 0]
    gram = features.window_gram
    operator, exponent = _float_operator(gram, coordinates)
    approximate = _conjugate_gradients(operator, target.to_float64(), 1.0 / np.bincount(coordinates.places.ravel()))
    spare = 60 - 2 * coordinates.k - largest_magnitude(gram.numerators).bit_length()
    bits = min(40, spare) if spare >= 24 else 30
    dual = _rounded(approximate, bits, exponent)
    image = _exact_operator(gram, coordinates, dual)
    lower = 2 * bilinear(dual, target) - bilinear(dual, image)
    residual = target.plus(RationalArray(-image.numerators, image.denominator))
    return lower, lower + bilinear(residual, residual) * size / smallest


def smallest_eigenvalue_bound(features: FeatureMap) -> Fraction:
    """Return a rational in (0, λ_min(ΦᵀΦ)], or 0 where the features do not span all tables or nothing is known.

    Notes
    -----
    Diagonal Φ: the smallest entry.  The grid: min m_z · min λ_l².  Else, up to 64 points, 1/trace((ΦᵀΦ)^{-1}), the
    inverse being exact.

    Examples
    --------
    >>> from theorycheck.features.maps import sign_grid_features
    >>> from theorycheck.networks.activations import activation_named
    >>> smallest_eigenvalue_bound(sign_grid_features(activation_named("abs"), [3, 1, 2, 2]))
    Fraction(1, 1)
    """
    gram = features.window_gram
    if is_diagonal(gram):
        return Fraction(min(int(d) for d in gram.numerators.diagonal()), gram.denominator)
    if features.levels is not None:
        eigenvalues = level_eigenvalues_of(features.levels)
        return int(features.multiplicities.min()) * min(value * value for value in eigenvalues)
    size = gram.shape[0]
    if size > _DENSE_SIZE:
        return Fraction(0)
    result = solve_semidefinite(gram.numerators, np.eye(size, dtype=np.int64))
    if isinstance(result, Obstruction):
        return Fraction(0)
    trace = Fraction(sum(int(p) for p in result.values.numerators.diagonal()), result.values.denominator)
    return 1 / (trace * gram.denominator)


def _float_operator(gram: RationalArray,
                    coordinates: WindowCoordinates) -> tuple[Callable[[np.ndarray], np.ndarray], int]:
    """α ↦ 2^{-e}Gα in float64, and e: neither very large nor very small features leave float64's range."""
    characters = character_matrix(coordinates.k).astype(np.float64)
    window, exponent = gram.to_scaled_float64()
    transform = characters @ (window / 4.0**coordinates.k) @ characters
    places = coordinates.places

    def apply(vector: np.ndarray) -> np.ndarray:
        return np.bincount(places.ravel(), weights=(vector[places] @ transform).ravel())
    return apply, exponent


def _exact_operator(gram: RationalArray, coordinates: WindowCoordinates, dual: RationalArray) -> RationalArray:
    """Gα exactly, for integers over a denominator."""
    characters = character_matrix(coordinates.k)
    values = integer_product(coordinates.gather(dual).numerators, characters)
    if is_diagonal(gram):
        weights = gram.numerators.diagonal()
        if largest_magnitude(values) * largest_magnitude(weights) >= 2**63:
            values = values.astype(object)
        values = values * weights
    else:
        values = integer_product(values, gram.numerators)
    spectrum = integer_product(values, characters)
    return coordinates.scatter(RationalArray(spectrum, (dual.denominator * gram.denominator) << (2 * coordinates.k)))


def _conjugate_gradients(apply: Callable[[np.ndarray], np.ndarray], target: np.ndarray,
                         preconditioner: np.ndarray) -> np.ndarray:
    """An approximate solution; however rough it is, what is built on it stays valid."""
    solution = np.zeros_like(target)
    residual = target.copy()
    direction = preconditioner * residual
    energy = float(residual @ direction)
    goal = 1e-32 * energy
    for _ in range(_ROUNDS):
        if energy <= goal:
            break
        image = apply(direction)
        curvature = float(direction @ image)
        if curvature <= 0.0:  # G is regular, but not to float64's digits
            break
        step = energy / curvature
        solution += step * direction
        residual -= step * image
        scaled = preconditioner * residual
        fresh = float(residual @ scaled)
        direction = scaled + (fresh / energy) * direction
        energy = fresh
    return solution


def _rounded(vector: np.ndarray, bits: int, scale: int) -> RationalArray:
    """2^{-scale} times the nearest multiples of a power of two, the largest entry having ``bits`` bits."""
    exponent = bits - int(np.ceil(np.log2(max(float(np.abs(vector).max()), 1e-300))))
    integers = np.rint(np.ldexp(vector, exponent)).astype(np.int64)
    exponent += scale
    if exponent < 0:
        return RationalArray(integers.astype(object) << -exponent, 1)
    return RationalArray(integers, 1 << exponent)
