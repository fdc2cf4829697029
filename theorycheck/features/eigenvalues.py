"""Level eigenvalues: the grid's feature matrix, and the Gaussian's covariance, are diagonalised by characters.

Φ[w, z] = σ((k-2d(w,z))/k + b) depends on w xor z only, so every character χ_S is an eigenvector, with an eigenvalue
that depends on |S|: λ_l = Σ_m σ((1-2m)/k)·K_m(l), K_m the Krawtchouk polynomials (at the paper's bias).
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import numpy as np
from flint import arb, fmpq

from theorycheck.errors import ParameterError, abbreviate, require_integer
from theorycheck.features.characters import character_matrix, require_pattern
from theorycheck.features.maps import level_values
from theorycheck.networks.activations import Activation
from theorycheck.rigor import Real, decide, exact_rational


def krawtchouk(k: int, m: int, level: int) -> int:
    """Return K_m(l) = Σ_i (-1)^i C(l,i) C(k-l, m-i), the sum of χ_S over |S| = m at a point with l entries -1.

    Examples
    --------
    >>> [krawtchouk(3, 1, level) for level in range(4)]
    [3, 1, -1, -3]
    """
    return sum((-1) ** i * comb(level, i) * comb(k - level, m - i) for i in range(min(level, m) + 1))


def level_eigenvalues(activation: Activation, k: int, bias: object | None = None) -> tuple[Real, ...]:
    """Return λ_0, ..., λ_k of the sign grid's feature matrix: exact where σ is rational.

    Notes
    -----
    O(k²) terms.  MS21, Lemma 6, general σ.

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> [str(value.exact) for value in level_eigenvalues(activation_named("square"), 3)]
    ['56/9', '-32/9', '16/9', '0']
    """
    levels = level_values(activation, k, bias)
    return tuple(sum((levels[m] * krawtchouk(k, m, level) for m in range(k + 1)), Real(0)) for level in range(k + 1))


def level_eigenvalues_of(levels: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return Σ_m levels[m]·K_m(l) for l = 0 ... k, exactly: the eigenvalues of F[w, z] = levels[d(w, z)].

    Examples
    --------
    >>> level_eigenvalues_of([Fraction(1), Fraction(1), Fraction(2)])
    (Fraction(5, 1), Fraction(-1, 1), Fraction(1, 1))
    """
    k = len(levels) - 1
    return tuple(sum((levels[m] * krawtchouk(k, m, level) for m in range(k + 1)), Fraction(0))
                 for level in range(k + 1))


def unreachable_levels(eigenvalues: Sequence[Real]) -> tuple[int, ...]:
    """Return the levels whose eigenvalue is exactly 0: one window represents no function with weight there.

    Raises
    ------
    ParameterError
        ``'eigenvalues' must be decided to be zero or not; level 2 is not.``

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> unreachable_levels(level_eigenvalues(activation_named("square"), 3))
    (3,)
    """
    zero = []
    for level, value in enumerate(eigenvalues):
        is_zero = decide(value, "==", 0)
        if is_zero is None:
            raise ParameterError(f"'eigenvalues' must be decided to be zero or not; level {level} is not.")
        if is_zero:
            zero.append(level)
    return tuple(zero)


def unreachable_character(table: np.ndarray, eigenvalues: Sequence[Real]) -> int | None:
    """Return the smallest mask S with ĝ(S) ≠ 0 and λ_{|S|} = 0, or None: then one window represents g.

    Parameters
    ----------
    table : array-like (2^k,) of signs
    eigenvalues : sequence of k+1 Real

    Notes
    -----
    Every cell must be occupied.  MS21, Lemma 6, general σ.

    Raises
    ------
    ParameterError
        ``'eigenvalues' must hold k+1=4 numbers, not 2.``

    Examples
    --------
    >>> from theorycheck.networks.activations import activation_named
    >>> eigenvalues = level_eigenvalues(activation_named("square"), 3)
    >>> parity = [1, -1, -1, 1, -1, 1, 1, -1]
    >>> unreachable_character(parity, eigenvalues), unreachable_character([1] * 8, eigenvalues)
    (7, None)
    """
    signs = require_pattern(table)
    k = signs.size.bit_length() - 1
    missing = unreachable_levels(require_eigenvalues(eigenvalues, k))
    coefficients = character_matrix(k) @ signs
    for mask in np.flatnonzero(coefficients):
        if int(mask).bit_count() in missing:
            return int(mask)
    return None


def require_eigenvalues(eigenvalues: Sequence[Real], k: int) -> Sequence[Real]:
    """Return ``eigenvalues`` if there is one for each level 0 ... k, or raise ParameterError."""
    if len(eigenvalues) != k + 1:
        raise ParameterError(f"'eigenvalues' must hold k+1={k + 1} numbers, not {len(eigenvalues)}.")
    return eigenvalues


def arc_cosine_kernel(correlation: object) -> Real:
    """Return κ(ρ) = (√(1-ρ²) + ρ(π - arccos ρ))/2π = E[ReLU(s)·ReLU(t)] for standard Gaussians of correlation ρ.

    Raises
    ------
    ParameterError
        ``'correlation' must be at least -1 and at most 1, not 2.``

    Examples
    --------
    >>> arc_cosine_kernel(1), arc_cosine_kernel(-1)
    (Real(1/2), Real(0))
    """
    rho = exact_rational(correlation, "correlation")
    if abs(rho) > 1:
        raise ParameterError(f"'correlation' must be at least -1 and at most 1, not {abbreviate(rho)}.")
    if abs(rho) == 1:
        return Real((1 + rho) / 4)

    def enclosure() -> arb:
        r = arb(fmpq(rho.numerator, rho.denominator))
        return ((1 - r * r).sqrt() + r * (arb.pi() - r.acos())) / (2 * arb.pi())
    return Real(enclosure)


def gaussian_eigenvalues(k: int, bias_scale: object) -> tuple[Real, ...]:
    """Return λ_l = Σ_m K_m(l)(k+β²)κ(ρ_m), ρ_m = (k-2m+β²)/(k+β²): eigenvalues of E[φφᵀ] for Gaussian ReLU features.

    Parameters
    ----------
    k : int
    bias_scale : rational
        β; w ~ N(0, I_k), b ~ N(0, β²).

    Notes
    -----
    MS21, Comment 7.  Unlike :func:`level_eigenvalues`, these belong to the covariance, not to Φ itself.

    Examples
    --------
    >>> from theorycheck.rigor import nearest_decimal
    >>> [nearest_decimal(value, 8) for value in gaussian_eigenvalues(2, 1)]
    ['3.2627346…', '1.2457551…', '0.24575511…']
    """
    k = require_integer("k", k, minimum=1)
    square = exact_rational(bias_scale, "bias_scale") ** 2
    size = k + square
    kernel = [arc_cosine_kernel(Fraction(k - 2 * m + square) / size) * size for m in range(k + 1)]
    return tuple(sum((kernel[m] * krawtchouk(k, m, level) for m in range(k + 1)), Real(0)) for level in range(k + 1))
