"""Binomial probabilities and tails: rational for few trials, enclosed with full relative accuracy for many.

A tail is summed from its largest term outwards with the ratio of neighbouring terms, so every term is positive and the
rest is below a geometric series.  The tail that contains the mean is one minus the other.
"""
from __future__ import annotations

from fractions import Fraction
from math import comb, isqrt

from flint import arb, ctx, fmpq

from theorycheck.errors import InstanceTooLarge, ParameterError, require_integer
from theorycheck.rigor import Real, exact_rational

EXACT_BITS = 2048
"""A binomial probability is rational while ``q`` times the bit length of p's denominator is at most this."""

_TERMS_LIMIT = 2**24
# How often the geometric rest is compared with the sum: a comparison costs as much as a term.
_CHECK_EVERY = 16


def binomial_probability(q: int, p: Fraction | int | str, m: int) -> Real:
    """Return P[Bin(q, p) = m].

    Parameters
    ----------
    q : int
        Number of trials, at least 0.
    p : Fraction, int, str or float
        Success probability, read exactly (0.1 is 1/10), in [0, 1].
    m : int
        Number of successes; outside 0…q the probability is 0.

    Returns
    -------
    Real
        Rational while ``q * bits(denominator of p) <= EXACT_BITS``, else an enclosure of full relative accuracy.

    Raises
    ------
    ParameterError
        ``'q' must be at least 0, not -1.``; ``'p' must be at least 0 and at most 1, not 2.``

    Notes
    -----
    Microseconds, whatever q.

    Examples
    --------
    >>> binomial_probability(4, "1/2", 1).exact
    Fraction(1, 4)
    """
    q, p, m = _checked(q, p, m)
    if not 0 <= m <= q or p in (0, 1):
        return Real(int(m == q * p))
    if _is_small(q, p):
        return Real(comb(q, m) * p**m * (1 - p)**(q - m))
    return Real(lambda: _probability_ball(q, p, m))


def binomial_lower_tail(q: int, p: Fraction | int | str, m: int) -> Real:
    """Return P[Bin(q, p) <= m].

    Parameters
    ----------
    q, p, m
        As for :func:`binomial_probability`; below 0 the tail is 0, from q on it is 1.

    Returns
    -------
    Real
        Rational while ``q * bits(denominator of p) <= EXACT_BITS``, else an enclosure of full relative accuracy however
        small the tail is.

    Raises
    ------
    ParameterError
        As for :func:`binomial_probability`.
    InstanceTooLarge
        On enclosing: ``A binomial tail of q=… near its mean needs … terms, above the limit of 16777216.`` (from about
        q=10^11 on).

    Notes
    -----
    About a microsecond a term; at most ``14 sqrt(q p (1-p))`` terms at 128 bits, far fewer away from the mean.
    Memory O(1).

    Examples
    --------
    >>> binomial_lower_tail(4, Fraction(1, 2), 1).exact
    Fraction(5, 16)
    >>> from theorycheck.rigor import nearest_decimal
    >>> nearest_decimal(binomial_lower_tail(650, Fraction(1, 16), 20), 15)
    '0.000185368690567761…'
    """
    q, p, m = _checked(q, p, m)
    if m < 0 or m >= q or p in (0, 1):
        return Real(int(m >= q * p and m >= 0))
    if _is_small(q, p):
        return Real(_exact_lower_tail(q, p, m))
    if m <= q * p:
        return Real(lambda: _outer_tail(q, p, m))
    return Real(lambda: 1 - _outer_tail(q, 1 - p, q - m - 1))


def binomial_upper_tail(q: int, p: Fraction | int | str, m: int) -> Real:
    """Return P[Bin(q, p) >= m]: the lower tail of the failures, with the same limits and errors.

    Examples
    --------
    >>> binomial_upper_tail(4, Fraction(1, 2), 3).exact
    Fraction(5, 16)
    """
    q, p, m = _checked(q, p, m)
    return binomial_lower_tail(q, 1 - p, q - m)


def _checked(q: object, p: object, m: object) -> tuple[int, Fraction, int]:
    trials, probability = require_integer("q", q, minimum=0), exact_rational(p, "p")
    if not 0 <= probability <= 1:
        raise ParameterError(f"'p' must be at least 0 and at most 1, not {probability}.")
    return trials, probability, require_integer("m", m)


def _is_small(q: int, p: Fraction) -> bool:
    return q * p.denominator.bit_length() <= EXACT_BITS


def _exact_lower_tail(q: int, p: Fraction, m: int) -> Fraction:
    success, failure = p.numerator, p.denominator - p.numerator
    favourable = sum(comb(q, r) * success**r * failure**(q - r) for r in range(m + 1))
    return Fraction(favourable, p.denominator**q)


def _probability_ball(q: int, p: Fraction, m: int) -> arb:
    """P[Bin(q, p) = m] for 0 < p < 1 at the working precision, through logarithms of factorials."""
    # The logarithms are of the size of q log q and of m log(1/p): so many bits cancel before the exponential.
    guard = 2 * q.bit_length() + p.denominator.bit_length().bit_length() + 16
    with ctx.workprec(ctx.prec + guard):
        success = arb(fmpq(p.numerator, p.denominator))
        orders = arb(q + 1).lgamma() - arb(m + 1).lgamma() - arb(q - m + 1).lgamma()
        return (orders + m * success.log() + (q - m) * (-success).log1p()).exp()


def _outer_tail(q: int, p: Fraction, m: int) -> arb:
    """P[Bin(q, p) <= m] for 0 <= m <= q p, 0 < p < 1, at the working precision."""
    # Near the mean the terms fall like a Gaussian; 2^-bits is reached at sqrt(2 ln 2 bits) standard deviations.
    terms = min(m, isqrt(int(2 * ctx.prec * q * p * (1 - p))) + ctx.prec)
    if terms > _TERMS_LIMIT:
        raise InstanceTooLarge(f"A binomial tail of q={q} near its mean needs {terms} terms, above the limit of "
                               f"{_TERMS_LIMIT}.")
    success, failure = p.numerator, p.denominator - p.numerator
    tolerance = arb(2) ** (-ctx.prec)
    with ctx.workprec(ctx.prec + 2 * terms.bit_length() + 8):
        term = total = _probability_ball(q, p, m)
        for r in range(m, 0, -1):
            term = term * (r * failure) / ((q - r + 1) * success)
            total += term
            if r % _CHECK_EVERY == 0:
                # Ratios fall with r, so the terms below r - 1 sum to less than a geometric series of this ratio.
                ratio = Fraction((r - 1) * failure, (q - r + 2) * success)
                rest = term * fmpq(ratio.numerator, ratio.denominator) / (
                    1 - arb(fmpq(ratio.numerator, ratio.denominator)))
                if rest < tolerance * total:
                    return total + rest.union(arb(0))
        return total
