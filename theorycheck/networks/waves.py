"""Piecewise linear waves whose slopes or values are, at a sum of R signs, the product of the signs.

With m of the R signs -1 their sum is R-2m and their product (-1)^m: a function of the sum.  So a neuron with weight 1
on R variables and 0 elsewhere has all the Fourier weight of its slope, or of its value, at level R: the equality cases
of Theorem 12 (MS21), in rational numbers.
"""
from __future__ import annotations

from fractions import Fraction

from theorycheck.networks.activation_forms import PiecewisePolynomial


def triangle_wave(count: int) -> PiecewisePolynomial:
    """Return the wave with slope (-1)^m within 1 of R-2m, for m = 0…R, value 0 there, and constant beyond.

    Parameters
    ----------
    count : int
        R, at least 0.

    Returns
    -------
    PiecewisePolynomial
        Continuous, |σ| <= 1, with kinks at R+1, R-1, …, -R-1.  O(R) time and memory.

    Examples
    --------
    >>> wave = triangle_wave(2)
    >>> [str(wave.slopes(Fraction(s))[1].exact) for s in (2, 0, -2)], wave.value(Fraction(1, 2)).exact
    (['1', '-1', '1'], Fraction(-1, 2))
    """
    lines = [_line((-1)**m, count - 2 * m, 0) for m in range(count, -1, -1)]
    breakpoints = tuple(Fraction(t) for t in range(-count - 1, count + 2, 2))
    return PiecewisePolynomial(breakpoints, ((Fraction(-(-1)**count),), *lines, (Fraction(1),)))


def peaks_wave(count: int) -> PiecewisePolynomial:
    """Return the wave with value (-1)^m at R-2m, for m = 0…R, linear between them and constant beyond.

    Parameters
    ----------
    count : int
        R, at least 0.

    Returns
    -------
    PiecewisePolynomial
        Continuous, |σ| <= 1 and |σ'| <= 1, with kinks at R, R-2, …, -R (none for R = 0).  O(R) time and memory.

    Examples
    --------
    >>> wave = peaks_wave(3)
    >>> [str(wave.value(Fraction(s)).exact) for s in (3, 1, -1, -3)], wave.value(Fraction(2)).exact
    (['1', '-1', '1', '-1'], Fraction(0, 1))
    """
    if count == 0:
        return PiecewisePolynomial((), ((Fraction(1),),))
    lines = [_line((-1)**m, count - 2 * m, (-1)**m) for m in range(count - 1, -1, -1)]
    breakpoints = tuple(Fraction(t) for t in range(-count, count + 1, 2))
    return PiecewisePolynomial(breakpoints, ((Fraction((-1)**count),), *lines, (Fraction(1),)))


def _line(slope: int, point: int, value: int) -> tuple[Fraction, Fraction]:
    """The line with this slope through (point, value)."""
    return Fraction(value - slope * point), Fraction(slope)
