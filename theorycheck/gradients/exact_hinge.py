"""The exact hinge loss of given values, its slopes point by point, and their window marginals."""
from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from theorycheck.gradients.exact_blocks import exact_dot
from theorycheck.networks.evaluation import window_sums
from theorycheck.networks.rationals import RationalArray, largest_magnitude
from theorycheck.networks.support import Support

_INT64 = 2**63


@dataclass(frozen=True, eq=False)
class ExactHinge:
    """The hinge loss and its slopes.

    Attributes
    ----------
    loss : Fraction
        E max(0, 1 - f h).
    signed_slopes : RationalArray (P,)
        P(x) f(x) s(x) at the points of the support, s = 1, γ, 0 as the margin is below, at, above 1: minus the
        derivative of the loss in h(x).
    active_probability, tied_probability : Fraction
        P(f h < 1) and P(f h = 1).
    tied_count : int
    smallest_distance : Fraction
        min |1 - f h|.
    """

    loss: Fraction
    signed_slopes: RationalArray
    active_probability: Fraction
    tied_probability: Fraction
    tied_count: int
    smallest_distance: Fraction


def exact_hinge(values: RationalArray, support: Support, hinge_slope: Fraction) -> ExactHinge:
    """Return the hinge loss of h, given at the points of the support, and its slopes.

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.problems import LearningProblem
    >>> from theorycheck.networks.support import support_of
    >>> support = support_of(LearningProblem(KPattern.parity(2, 2)))
    >>> hinge = exact_hinge(RationalArray(np.array([1, -4, 0, 4]), 2), support, Fraction(1, 3))
    >>> hinge.loss, hinge.signed_slopes.fractions(), hinge.tied_count, hinge.smallest_distance
    (Fraction(3, 8), [Fraction(1, 4), Fraction(0, 1), Fraction(-1, 4), Fraction(0, 1)], 0, Fraction(1, 2))
    """
    numbers, denominator = values.numerators, values.denominator
    if denominator >= 2**62 or largest_magnitude(numbers) >= 2**62:
        numbers = numbers.astype(object)
    margins = numbers * support.labels.astype(numbers.dtype)
    below, tied = margins < denominator, margins == denominator
    gaps = np.where(below, denominator - margins, 0)
    loss = Fraction(exact_dot(support.weights, gaps), denominator * support.denominator)
    scale = support.denominator * hinge_slope.denominator
    weights = support.weights.astype(np.int64 if scale < 2**62 else object)
    slopes = np.zeros(support.size, dtype=weights.dtype)
    slopes[below], slopes[tied] = hinge_slope.denominator, hinge_slope.numerator
    masses = [Fraction(int(support.weights[chosen].sum()), support.denominator) for chosen in (below, tied)]
    return ExactHinge(loss, RationalArray(weights * support.labels * slopes, scale), masses[0], masses[1],
                      int(np.count_nonzero(tied)), Fraction(int(np.abs(denominator - margins).min()), denominator))


def table_values(tables: RationalArray, support: Support) -> RationalArray:
    """Return h(x) = Σ_j T_j[x^(j)] at the points of the support, for tables (N, 2^k).

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.cube.weighted_distributions import ExplicitDistribution
    >>> from theorycheck.networks.problems import LearningProblem
    >>> from theorycheck.networks.support import support_of
    >>> support = support_of(LearningProblem(KPattern.parity(3, 2), ExplicitDistribution(3, {6: 1})))
    >>> table_values(RationalArray(np.array([[0, 0, 5, 0], [0, 0, 0, 7]]), 1), support).fractions()
    [Fraction(12, 1)]
    """
    if support.is_cube:
        return window_sums(tables, support.n)
    numbers, k = tables.numerators, tables.shape[1].bit_length() - 1
    if tables.shape[0] * largest_magnitude(numbers) >= _INT64:
        numbers = numbers.astype(object)
    rows = [row[support.contents(k, j)] for j, row in enumerate(numbers)]
    return RationalArray(sum(rows[1:], rows[0]), tables.denominator)


def table_marginals(signed_slopes: RationalArray, support: Support, k: int, window_count: int) -> RationalArray:
    """Return Σ_{x: x^(j)=z} of the slopes for every window j and content z, shape (N, 2^k).

    Examples
    --------
    >>> from theorycheck.cube.patterns import KPattern
    >>> from theorycheck.networks.problems import LearningProblem
    >>> from theorycheck.networks.support import support_of
    >>> support = support_of(LearningProblem(KPattern.parity(2, 1)))
    >>> table_marginals(RationalArray(np.array([1, 2, 3, 4]), 1), support, 1, 2).numerators.tolist()
    [[4, 6], [3, 7]]
    """
    sums: NDArray = np.zeros((window_count, 1 << k), dtype=signed_slopes.numerators.dtype)
    for j, row in enumerate(sums):
        np.add.at(row, support.contents(k, j), signed_slopes.numerators)
    return RationalArray(sums, signed_slopes.denominator)
