"""Gaussian ReLU features: their covariance by levels, by quadrature, and how a drawn Gram matrix compares with it.

Features φ_z = ReLU(⟨w, z⟩ + b), w ~ N(0, I_k), b ~ N(0, β²).  The characters diagonalise E[φφᵀ], with the eigenvalue
λ_|S|.  The event of MS21's Lemma 6, every m_z above half its mean, says that ΦᵀΦ/q is at least half of E[φφᵀ]: in that
form it has a meaning for every law of the filters, and on it every pattern has q‖u*‖² at most 2·gᵀE[φφᵀ]^{-1}g.
"""
from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import acb, arb, arb_mat, ctx, fmpq

from theorycheck.errors import InstanceTooLarge, ParameterError, abbreviate, require_integer
from theorycheck.features.characters import character_matrix, require_pattern
from theorycheck.features.eigenvalues import gaussian_eigenvalues, require_eigenvalues
from theorycheck.features.linear_systems import Obstruction, bilinear, solve_semidefinite
from theorycheck.features.maps import distances
from theorycheck.networks.rationals import RationalArray, integer_product
from theorycheck.rigor import Real, exact_rational
from theorycheck.rigor.real import precision_range

# 256 rows are eliminated in balls in a few seconds.
_LARGEST_K = 8


def gaussian_level_eigenvalues(k: int, bias_scale: object) -> tuple[Real, ...]:
    """Return λ_0, ..., λ_k of E[φφᵀ]; without bias (β = 0) the odd levels are exact: 2^k/4 at level 1, 0 at 3, 5, ….

    Parameters
    ----------
    k : int
    bias_scale : rational
        β, at least 0.

    Raises
    ------
    ParameterError
        ``'bias_scale' must be at least 0, not -1.``

    Notes
    -----
    At β = 0 the odd part of κ is ρ/4, so that λ_l = Σ_m K_m(l)(k-2m)/4 for odd l, and k-2m = K_1(m) is orthogonal to
    every level but the first.  MS21, Comment 7.

    Examples
    --------
    >>> [value.exact for value in gaussian_level_eigenvalues(3, 0)]
    [None, Fraction(2, 1), None, Fraction(0, 1)]
    """
    scale = exact_rational(bias_scale, "bias_scale")
    if scale < 0:
        raise ParameterError(f"'bias_scale' must be at least 0, not {abbreviate(scale)}.")
    values = gaussian_eigenvalues(k, scale)
    if scale:
        return values
    return tuple(value if level % 2 == 0 else Real(Fraction(2**k, 4) if level == 1 else 0)
                 for level, value in enumerate(values))


def arc_cosine_kernel_by_quadrature(correlation: object) -> Real:
    """Return E[ReLU(s)ReLU(t)], s and t standard Gaussians of this correlation ρ, by certified integration.

    In polar coordinates s = r cos θ, t = r cos(θ-α) with cos α = ρ, the radius integrates to 2 and the angle over
    the arc where both are positive; the arc's integral is done by Arb's Gauss–Legendre rule, not in closed form.

    Raises
    ------
    ParameterError
        ``'correlation' must be at least -1 and at most 1, not 2.``

    Examples
    --------
    >>> from theorycheck.features.eigenvalues import arc_cosine_kernel
    >>> difference = arc_cosine_kernel_by_quadrature("1/3") - arc_cosine_kernel("1/3")
    >>> bool(abs(difference.enclose()) < 1e-30)
    True
    """
    rho = exact_rational(correlation, "correlation")
    if abs(rho) > 1:
        raise ParameterError(f"'correlation' must be at least -1 and at most 1, not {abbreviate(rho)}.")

    def enclosure() -> arb:
        angle = arb(fmpq(rho.numerator, rho.denominator)).acos()
        low, high = angle - arb.pi() / 2, arb.pi() / 2
        value: Any = acb.integral(lambda theta, _: theta.cos() * (theta - angle).cos(), acb(low), acb(high))
        return value.real / arb.pi()
    return Real(enclosure)


def eigenvalues_by_quadrature(k: int, bias_scale: object) -> tuple[Real, ...]:
    """Return λ_0, ..., λ_k from the kernel matrix by quadrature: Σ_z K[0, z]χ_S(z) over all 2^k points, |S| = l.

    Shares neither the closed form of κ nor the Krawtchouk polynomials with :func:`gaussian_level_eigenvalues`.

    Raises
    ------
    InstanceTooLarge
        ``k=13 sums over 2^13 points, above the limit of 2^12.``
    """
    k = require_integer("k", k, minimum=1)
    if k > 12:
        raise InstanceTooLarge(f"k={k} sums over 2^{k} points, above the limit of 2^12.")
    square = exact_rational(bias_scale, "bias_scale") ** 2
    size = k + square
    kernel = [arc_cosine_kernel_by_quadrature(Fraction(k - 2 * d + square) / size) * size for d in range(k + 1)]
    points = distances(k)
    sums = []
    for level in range(k + 1):
        # One set of each size: the first `level` variables.
        signs = 1 - 2 * (np.bitwise_count(np.arange(1 << k) & ((1 << level) - 1)).astype(np.int64) & 1)
        counts = np.bincount(points, weights=signs, minlength=k + 1).astype(int)
        sums.append(sum((kernel[d] * int(counts[d]) for d in range(k + 1)), Real(0)))
    return tuple(sums)


def limiting_squared_norm(table: Any, eigenvalues: Sequence[Real]) -> Real | None:
    """Return gᵀE[φφᵀ]^{-1}g = Σ_S 2^k ĝ(S)²/λ_|S|, the limit of q‖u*‖²; None where some needed λ is exactly 0.

    Parameters
    ----------
    table : array-like (2^k,) of signs
    eigenvalues : sequence of k+1 Real
        Those of E[φφᵀ].

    Notes
    -----
    MS21, Comment 7.

    Examples
    --------
    >>> limiting_squared_norm([1, -1, -1, 1], [Real(1), Real(1), Real(Fraction(1, 4))]).exact
    Fraction(16, 1)
    """
    signs = require_pattern(table)
    k = signs.size.bit_length() - 1
    require_eigenvalues(eigenvalues, k)
    squares = (character_matrix(k) @ signs).astype(object) ** 2
    total = Real(0)
    for level, value in enumerate(eigenvalues):
        weight = Fraction(int(squares[distances(k) == level].sum()), signs.size)
        if weight and value.exact == 0:
            return None
        total = total + (Real(weight) / value if weight else 0)
    return total


def exceeds_share_of_covariance(gram: RationalArray, q: int, eigenvalues: Sequence[Real],
                                share: Fraction = Fraction(1, 2)) -> bool | None:
    """Return whether ΦᵀΦ/q - share·E[φφᵀ] is positive definite; None if it is not decided.

    Parameters
    ----------
    gram : RationalArray (2^k, 2^k)
        ΦᵀΦ of the q drawn filters, exactly.
    q : int
    eigenvalues : sequence of k+1 Real
        Those of E[φφᵀ], by level.
    share : Fraction

    Raises
    ------
    InstanceTooLarge
        ``k=9 has 512 rows to eliminate in balls, above the limit of 256.``

    Notes
    -----
    Symmetric elimination in balls: all pivots positive says yes, a negative one after positive ones says no.  The
    precision doubles until it is decided.  O(8^k) ball operations.

    Examples
    --------
    >>> identity = RationalArray(np.eye(2, dtype=np.int64), 1)
    >>> [exceeds_share_of_covariance(identity, q, [Real(1), Real(1)]) for q in (1, 3)]
    [True, False]
    """
    k = gram.shape[0].bit_length() - 1
    if k > _LARGEST_K:
        raise InstanceTooLarge(f"k={k} has {1 << k} rows to eliminate in balls, above the limit of {1 << _LARGEST_K}.")
    require_eigenvalues(eigenvalues, k)
    require_integer("q", q, minimum=1)
    bits, limit = precision_range()
    while bits <= limit:
        with ctx.workprec(bits):
            answer = _is_positive_definite(_difference(gram, q, eigenvalues, share))
        if answer is not None:
            return answer
        bits *= 2
    return None


def _difference(gram: RationalArray, q: int, eigenvalues: Sequence[Real], share: Fraction) -> arb_mat:
    """Both matrices at points z, z': the covariance depends on z xor z' only."""
    k = gram.shape[0].bit_length() - 1
    levels = distances(k)
    characters = character_matrix(k)
    balls = [value.enclose(ctx.prec) for value in eigenvalues]
    factor = arb(fmpq(share.numerator, share.denominator)) / (1 << k)
    row = []
    for d in range(k + 1):
        point = (1 << d) - 1
        counts = np.bincount(levels, weights=characters[point], minlength=k + 1).astype(int).tolist()
        row.append(factor * sum((ball * count for ball, count in zip(balls, counts)), arb(0)))
    scale = fmpq(1, gram.denominator * q)
    numbers = gram.numerators.tolist()
    return arb_mat([[arb(fmpq(int(p)) * scale) - row[(i ^ j).bit_count()] for j, p in enumerate(line)]
                    for i, line in enumerate(numbers)])


def _is_positive_definite(matrix: arb_mat) -> bool | None:
    size = matrix.nrows()
    rows = [[matrix[i, j] for j in range(i, size)] for i in range(size)]
    for i in range(size):
        pivot = rows[i][0]
        if pivot < 0:
            return False
        if not pivot > 0:
            return None
        for j in range(i + 1, size):
            factor = rows[i][j - i] / pivot
            rows[j] = [entry - factor * above for entry, above in zip(rows[j], rows[i][j - i:])]
    return True


def least_squared_norm(gram: RationalArray, table: Any) -> Fraction | np.ndarray:
    """Return min ‖u‖² over the readouts with h = g at one window, exactly; or why there is none.

    Parameters
    ----------
    gram : RationalArray (2^k, 2^k)
        ΦᵀΦ.
    table : array-like (2^k,) of signs

    Returns
    -------
    Fraction
        gᵀa with ΦᵀΦa = g, checked by multiplying back.
    ndarray (2^k,) of integers
        Orthogonal to every feature but not to g, where g is out of reach.

    Examples
    --------
    >>> gram = RationalArray(np.array([[2, 0], [0, 0]]), 1)
    >>> least_squared_norm(RationalArray(np.eye(2, dtype=np.int64), 2), [1, -1])
    Fraction(4, 1)
    >>> least_squared_norm(gram, [1, -1]).tolist()
    [0, 1]
    """
    signs = require_pattern(table)
    result = solve_semidefinite(gram.numerators, signs[:, None])
    if isinstance(result, Obstruction):
        return result.vector
    back = integer_product(gram.numerators, result.values.numerators)[:, 0]
    if any(int(p) != int(s) * result.values.denominator for p, s in zip(back, signs)):
        raise ArithmeticError("The solution of the normal equations does not give h = g.")
    return bilinear(result.values, RationalArray(signs[:, None], 1)) * gram.denominator
